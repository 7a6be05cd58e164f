/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * No further walls, see confine.h: for systems where the root directory, the
 * user and the filter are all there is.
 */

#include <errno.h>

#include "base/confine.h"

void
confine_network(struct walls *w, enum proc_id role)
{
}

void
confine_user_namespace(struct walls *w, enum proc_id role)
{
}

void
confine_drop_bounding(struct walls *w)
{
}

void
confine_keep(enum proc_id role)
{
}

void
confine_drop_rest(struct walls *w, const struct msg_start *s)
{
}

int
confine_writer(pid_t parent)
{
	return 0;
}

int
confine_get_oom(int *score)
{
	errno = ENOTSUP;
	return -1;
}

int
confine_set_oom(int score)
{
	errno = ENOTSUP;
	return -1;
}
