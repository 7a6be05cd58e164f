/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables: made and freed, and whether their file has changed.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "conf/conf_table.h"

struct conf_table *
conf_table_new(void)
{
	struct conf_table *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	STAILQ_INIT(&t->members);
	t->fd = -1;
	return t;
}

void
conf_table_free(struct conf_table *t)
{
	struct conf_member *m;

	if (t == NULL)
		return;
	while ((m = STAILQ_FIRST(&t->members)) != NULL) {
		STAILQ_REMOVE_HEAD(&t->members, entry);
		free(m);
	}
	free(t);
}

int
conf_stat_equal(const struct conf_stat *a, const struct conf_stat *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec &&
	    a->ctime.tv_sec == b->ctime.tv_sec &&
	    a->ctime.tv_nsec == b->ctime.tv_nsec;
}
