/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * No further walls, see walls.h: for systems where the root directory, the
 * user and the filter are all there is.
 */

#include <errno.h>

#include "base/walls.h"

void
walls_network(struct walls *w, enum proc_id role)
{
}

void
walls_user_namespace(struct walls *w, enum proc_id role)
{
}

void
walls_drop_bounding(struct walls *w)
{
}

void
walls_drop_rest(struct walls *w, const struct msg_start *s)
{
}

int
walls_writer(pid_t parent)
{
	return 0;
}

int
walls_get_oom(int *score)
{
	errno = ENOTSUP;
	return -1;
}

int
walls_set_oom(int score)
{
	errno = ENOTSUP;
	return -1;
}
