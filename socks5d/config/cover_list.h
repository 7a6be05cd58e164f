/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The lists of a rule in one form, and the points from which they are looked
 * at: see cover.h.
 *
 * Pure.  Shared by cover_list.c, cover_point.c and cover.c.
 */

#ifndef CONFIG_COVER_LIST_H
#define CONFIG_COVER_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "config/cover.h"

enum member_kind {
	MEMBER_ALL,   /* all, or all that are there */
	MEMBER_RANGE, /* numbers */
	MEMBER_PREFIX,
	MEMBER_INTERNAL,
	MEMBER_NAME,
	MEMBER_DOMAIN,
	MEMBER_UNKNOWN, /* a table, or a group */
};

/* A member of any list. */
struct cover_member {
	enum member_kind      kind;
	int                   negated;
	enum conf_domain_kind domain;
	uint32_t              low;
	uint32_t              high;
	struct prefix         prefix;
	const char           *name;
};

/* A request, as one condition sees it. */
struct cover_point {
	int         absent; /* nobody, no name */
	int         internal;
	int         may_be_public; /* some address of that piece */
	int         may_be_internal;
	int         below; /* a new name below that one */
	uint32_t    number;
	struct addr addr;
	const char *name; /* NULL: one that is in no list */
};

/* Room for so many members is enough for all lists of a rule. */
size_t cover_members(const struct conf_rule *);

/* Writes the members of one list, and moves on behind them. */
void cover_fill(struct cover_member **, const struct conf_rule *,
    enum cover_cond);

/*
 * Makes the points of a condition: one in each piece into which the members
 * of both rules cut what there is.  -1 with errno if memory is short.
 */
int cover_points(struct cover *, const struct cover_rule *,
    const struct cover_rule *, enum cover_cond);

/* Makes the points that all lists of addresses share; -1 with errno. */
int cover_around(struct cover *);

#endif /* CONFIG_COVER_LIST_H */
