/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules as they are judged: blocks of 64, in which a condition is an axis.
 *
 * Pure.  Shared by ruleset.c, which collects what rules speak of, block.c,
 * which draws the axes, and rules.c, which judges.
 */

#ifndef ROUTER_BLOCK_H
#define ROUTER_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/session.h"
#include "conf/conf.h"
#include "router/axis.h"
#include "router/cut.h"
#include "router/names.h"
#include "table/table.h"

/* The conditions; first the one that most often says no. */
enum cond {
	COND_TO,
	COND_PORT,
	COND_FROM,
	COND_USER,
	COND_GROUP,
	COND_DOMAIN,
	COND_COUNTRY,
	COND_ON,
	COND_COMMAND,
	COND_TIME,
	COND_DAYS,
	COND_MAX,
};

#define BIT(rule) ((uint64_t)1 << (rule))

/* What it means for the rules that their lists hold a table. */
struct block_table {
	enum cond cond;
	uint32_t  table; /* by order in the config */
	uint64_t  yes;   /* members "<table>" */
	uint64_t  no;    /* members "!<table>" */
};

/* Numbers of names, of which it may know some that it never met. */
struct sieve {
	uint64_t w[8];
};

struct block {
	struct axis         axis[COND_MAX];
	uint64_t            uses[COND_MAX];     /* rules with such a list */
	struct axis_row     internal[COND_MAX]; /* "<internal>" */
	struct sieve        groups;             /* that the lists name */
	struct sieve        domains;
	struct block_table *tables;
	size_t              ntables;
	uint64_t            tabled[COND_MAX]; /* the yes of all */
	uint64_t            unsure;           /* rules with any table */
	uint64_t            all;              /* the rules that there are */
	uint64_t            anywhere;         /* where "to" is no matter */
	uint64_t            pass;
	uint64_t            elsewhere; /* of these: "via" or "rdr-to" */
	uint64_t            quick;
};

struct rules {
	const struct conf        *conf;
	const struct conf_rule  **rule;
	size_t                    n;
	struct block             *block;
	size_t                    nblocks;
	const struct conf_table **table;
	size_t                    ntables;
	struct names              tables;
	struct cuts               cuts; /* of both from and to */
	struct names              users;
	struct names              groups;
	struct names              listeners;
	struct names              domains;
	unsigned int              depth;          /* most labels of a domain */
	int                       used[COND_MAX]; /* by any rule */
};

/* Where a domain lies: the name itself, and what is below it. */
#define DOMAIN_AT(number)    (2 * (number))
#define DOMAIN_BELOW(number) (2 * (number) + 1)

static inline void
sieve_add(struct sieve *s, uint32_t number)
{
	s->w[number / 64 % 8] |= BIT(number % 64);
}

/* Whether the number may be among those that were added. */
static inline int
sieve_has(const struct sieve *s, uint32_t number)
{
	return (s->w[number / 64 % 8] & BIT(number % 64)) != 0;
}

/* The rules from number first on; -1 with errno. */
int  block_init(struct block *, const struct rules *, size_t first);
void block_clear(struct block *);

/* Of that name in the order of the config; -1 if there is none. */
int rules_table(const struct rules *, enum conf_table_kind, const char *,
    uint32_t *);

/* What the member says in prefixes; returns how many there are. */
size_t member_prefixes(const struct conf_addr *, const struct prefix **);

#endif /* ROUTER_BLOCK_H */
