/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What rules match, compared as sets: whether all that one matches is matched
 * by another, condition by condition.
 *
 * Pure.  Used by shadow.c alone.
 *
 * The requests are cut into pieces within which no list of the two rules can
 * tell one from the other, and one of each piece, a point, is looked at.  What
 * is in a table, and in which groups a user is, is taken for possible in any
 * combination.
 */

#ifndef CONFIG_COVER_H
#define CONFIG_COVER_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/* First those that are cheap to compare. */
enum cover_cond {
	COVER_COMMAND,
	COVER_DAYS,
	COVER_PORT,
	COVER_TIME,
	COVER_COUNTRY,
	COVER_ON,
	COVER_USER,
	COVER_GROUP,
	COVER_DOMAIN,
	COVER_FROM,
	COVER_TO,
	COVER_MAX,
};

struct cover_member;

struct cover_rule {
	const struct conf_rule *rule;
	struct cover_member    *member;
	size_t                  first[COVER_MAX + 1]; /* by condition */
	unsigned int            uses;     /* a bit for each that says no */
	int                     anywhere; /* asks for no address */
	int                     login;    /* asks for one */
};

struct cover {
	const struct conf  *conf;
	struct cover_rule  *rule; /* in their order */
	size_t              n;
	struct cover_point *points;
	size_t              npoints;
	size_t              size;
	struct cover_point *around; /* what is internal anyway */
	size_t              naround;
	uint64_t            work; /* done so far */
};

/* Refers to the config; -1 with errno if memory is short. */
int  cover_init(struct cover *, const struct conf *);
void cover_clear(struct cover *);

/*
 * Whether all that the second rule matches is matched by the first, and
 * whether a rule matches anything.  -1 with errno if memory is short.
 */
int cover_all(struct cover *, const struct cover_rule *,
    const struct cover_rule *);
int cover_some(struct cover *, const struct cover_rule *);

#endif /* CONFIG_COVER_H */
