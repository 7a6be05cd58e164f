/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The images of tables, mapped.
 */

#ifndef ROUTER_TABLES_H
#define ROUTER_TABLES_H

#include <stddef.h>

#include "table/table.h"

struct conf;
struct conf_table;
struct mapping;
struct msg;
struct peer;
struct router;

/* The images of a config, mapped. */
struct tables {
	struct table   *at; /* in the order of the config */
	size_t          n;
	struct table    countries; /* empty without a database */
	struct mapping *maps;      /* of each, and of countries */
};

/*
 * Maps the images of a config to come, whose descriptors are closed then; -1
 * with why.  They come into force with it, or not.
 */
int  tables_prepare(struct router *, struct conf *, char *why, size_t);
void tables_abort(struct router *);
void tables_commit(struct router *);
void tables_on_set(void *, struct peer *, struct msg *);

/* The table in force of that name, and what the config says; or NULL. */
const struct table *tables_find(const struct router *, const char *,
    const struct conf_table **);

#endif /* ROUTER_TABLES_H */
