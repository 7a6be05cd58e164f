/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The tables: images made by the loader, mapped to be read.
 *
 * An image comes from a process that reads what others wrote, so it is looked
 * at with care; that it does not change any more is the kernel's word, given to
 * the parent who sealed it.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/msg_table.h"
#include "conf/conf.h"
#include "router/session.h"
#include "router/state.h"
#include "router/tables.h"
#include "table/table.h"

/* Where the bytes of a table are. */
struct mapping {
	void  *bytes; /* NULL if there are none */
	size_t size;
};

static struct tables *tables_new(struct conf *, char *, size_t);
static void           tables_free(struct tables *);
static int  image_map(struct table *, struct mapping *, enum table_kind, int *,
     uint64_t, const char **);
static void mapping_clear(struct mapping *);
static const char *tables_set(struct router *, const struct msg_table_set *,
    int *);

/* In the order of enum conf_table_kind. */
static const enum table_kind kinds[] = {
	[CONF_TABLE_ADDRESS] = TABLE_ADDR,
	[CONF_TABLE_DOMAIN] = TABLE_DOMAIN,
	[CONF_TABLE_USER] = TABLE_USER,
};

int
tables_prepare(struct router *r, struct conf *next, char *why, size_t size)
{
	r->next_tables = tables_new(next, why, size);
	return r->next_tables == NULL ? -1 : 0;
}

void
tables_abort(struct router *r)
{
	tables_free(r->next_tables);
	r->next_tables = NULL;
}

void
tables_commit(struct router *r)
{
	tables_free(r->tables);
	r->tables = r->next_tables;
	r->next_tables = NULL;
}

/* Their descriptors are closed, for the mappings stay without them. */
static struct tables *
tables_new(struct conf *conf, char *why, size_t size)
{
	struct conf_table *t;
	struct tables     *ts;
	const char        *fault = "out of memory";
	const char        *name = "";
	size_t             n = 0;

	TAILQ_FOREACH(t, &conf->tables, entry)
		n++;
	if ((ts = calloc(1, sizeof(*ts))) == NULL ||
	    (ts->at = calloc(n + 1, sizeof(*ts->at))) == NULL ||
	    (ts->maps = calloc(n + 1, sizeof(*ts->maps))) == NULL)
		goto fail;
	TAILQ_FOREACH(t, &conf->tables, entry) {
		name = t->name;
		if (image_map(&ts->at[ts->n], &ts->maps[ts->n], kinds[t->kind],
			&t->fd, t->image.size, &fault) == -1)
			goto fail;
		ts->n++;
	}
	name = "countries";
	if (image_map(&ts->countries, &ts->maps[n], TABLE_COUNTRY,
		&conf->geoip_fd, conf->geoip_image.size, &fault) == -1)
		goto fail;
	return ts;
fail:
	(void)snprintf(why, size, "table <%s>: %s", name, fault);
	tables_free(ts);
	return NULL;
}

static void
tables_free(struct tables *ts)
{
	size_t i;

	if (ts == NULL)
		return;
	/* One more than tables, for that of countries. */
	for (i = 0; ts->maps != NULL && i <= ts->n; i++)
		mapping_clear(&ts->maps[i]);
	free(ts->maps);
	free(ts->at);
	free(ts);
}

/* Takes the descriptor, if it was not lost on the way.  0, or -1 with why. */
static int
image_map(struct table *t, struct mapping *map, enum table_kind kind, int *fd,
    uint64_t size, const char **why)
{
	table_init_empty(t, kind);
	if (size == 0)
		return 0;
	*why = "its image was lost: out of descriptors";
	if (*fd == -1)
		return -1;
	*why = "its image is too long";
	if (size > SIZE_MAX)
		return -1;
	map->size = (size_t)size;
	map->bytes = mmap(NULL, map->size, PROT_READ, MAP_SHARED, *fd, 0);
	(void)close(*fd);
	*fd = -1;
	if (map->bytes == MAP_FAILED) {
		map->bytes = NULL;
		*why = strerror(errno);
		return -1;
	}
	*why = "its image is damaged";
	return table_init(t, kind, map->bytes, map->size);
}

static void
mapping_clear(struct mapping *map)
{
	if (map->bytes != NULL)
		(void)munmap(map->bytes, map->size);
	map->bytes = NULL;
}

const struct table *
tables_find(const struct router *r, const char *name,
    const struct conf_table **found)
{
	const struct conf_table *t;
	size_t                   i = 0;

	TAILQ_FOREACH(t, &r->role.conf->tables, entry) {
		if (strcmp(t->name, name) == 0) {
			*found = t;
			return &r->tables->at[i];
		}
		i++;
	}
	return NULL;
}

/* A table has changed, but not the config. */
void
tables_on_set(void *arg, struct peer *parent, struct msg *m)
{
	struct router       *r = arg;
	struct msg_table_set s;
	const char          *why;
	uint8_t              data[MSG_TEXT_SIZE];
	struct wbuf          b;
	int                  fd;

	if (msg_get_table_set(m, &s) == -1)
		fatalx("parent: malformed %s", msg_name(m->type));
	fd = msg_take_fd(m);
	why = tables_set(r, &s, &fd);
	if (fd != -1)
		(void)close(fd);
	wbuf_init(&b, data, sizeof(data));
	msg_put_result(&b, why == NULL ? RESULT_OK : RESULT_REFUSED,
	    why == NULL ? "" : why);
	(void)peer_send(parent, MSG_TABLE_SET_RES, m->id, &b, -1);
}

/* The table stays where it is, for rules may know the place. */
static const char *
tables_set(struct router *r, const struct msg_table_set *s, int *fd)
{
	struct conf_table *t;
	struct mapping     map = { NULL, 0 };
	struct table       table;
	const char        *why;
	size_t             i = 0;

	TAILQ_FOREACH(t, &r->role.conf->tables, entry) {
		if (strcmp(t->name, s->name) == 0)
			break;
		i++;
	}
	if (t == NULL)
		return "no such table";
	if (image_map(&table, &map, kinds[t->kind], fd, s->size, &why) == -1) {
		mapping_clear(&map);
		return why;
	}
	mapping_clear(&r->tables->maps[i]);
	r->tables->maps[i] = map;
	r->tables->at[i] = table;
	t->image.size = s->size;
	t->image.changed = s->changed;
	t->image.loaded_ms = clock_ms();
	return NULL;
}
