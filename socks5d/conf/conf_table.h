/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables, and the images that they and the database of countries are.
 */

#ifndef CONF_CONF_TABLE_H
#define CONF_CONF_TABLE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>
#include <time.h>

#include "conf/conf_size.h"

/* The image that a descriptor is, as the parent knows it. */
struct conf_image {
	uint64_t size;      /* bytes */
	uint64_t loaded_ms; /* when, see clock.h */
	int      changed;   /* no more what the config says */
	struct conf_stat {  /* parent alone: the file it is from */
		dev_t           dev;
		ino_t           ino;
		off_t           size;
		struct timespec mtime;
		struct timespec ctime;
	} from;
};

/* What tables are of. */
enum conf_table_kind {
	CONF_TABLE_ADDRESS,
	CONF_TABLE_DOMAIN,
	CONF_TABLE_USER,
};

/* A member of a table as it was written. */
struct conf_member {
	STAILQ_ENTRY(conf_member) entry;
	char                      text[];
};
STAILQ_HEAD(conf_members, conf_member);

/*
 * A list with a name.  The parent has what was written; the router has an
 * image of it, see table/table.h.
 */
struct conf_table {
	TAILQ_ENTRY(conf_table) entry;
	char                    name[CONF_NAME_SIZE]; /* without <> */
	enum conf_table_kind    kind;
	struct conf_members     members;              /* in the configuration */
	char                    path[CONF_PATH_SIZE]; /* a file; "" none */
	int                     skip_invalid; /* in it; for the parent */
	int                     fd;           /* image: parent, router; or -1 */
	struct conf_image       image;
	char                    file[CONF_PATH_SIZE]; /* where it stands */
	uint32_t                line;
};
TAILQ_HEAD(conf_tables, conf_table);

/* An empty table without an image; NULL with errno. */
struct conf_table *conf_table_new(void);
void conf_table_free(struct conf_table *); /* closes no descriptor */

/* "address", as the language has it. */
const char *conf_table_kind_name(enum conf_table_kind);

/* True if it is the same file, and nobody has written to it since. */
int conf_stat_equal(const struct conf_stat *, const struct conf_stat *);

#endif /* CONF_CONF_TABLE_H */
