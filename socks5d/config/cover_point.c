/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Points from which lists are looked at: see cover_list.h.
 *
 * Pure.
 */

#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/internal.h"
#include "base/session.h"
#include "config/cover_list.h"

/* From and to: what numbers there are. */
static const uint32_t numbers[COVER_MAX][2] = {
	[COVER_COMMAND] = { SESSION_CONNECT, SESSION_UDP },
	[COVER_DAYS] = { 0, 6 },
	[COVER_PORT] = { 1, UINT16_MAX },
	[COVER_TIME] = { 0, 1439 },
	[COVER_COUNTRY] = { 0, UINT16_MAX },
};

static int points_of(struct cover *, const struct cover_rule *,
    enum cover_cond);
static int points_listeners(struct cover *);
static int points_around(struct cover *, const struct prefix *);
static int point_addr(struct cover *, const struct addr *);
static int prefix_next(const struct prefix *, struct addr *);
static int point_number(struct cover *, enum cover_cond, uint32_t);
static int point_add(struct cover *, const struct cover_point *);

/* A point in each piece into which the members of both rules cut. */
int
cover_points(struct cover *c, const struct cover_rule *a,
    const struct cover_rule *b, enum cover_cond cond)
{
	struct cover_point p;
	size_t             i;

	c->npoints = 0;
	memset(&p, 0, sizeof(p));
	switch (cond) {
	case COVER_USER:
	case COVER_GROUP:
	case COVER_DOMAIN:
		if (point_add(c, &p) == -1)
			return -1;
		p.absent = 1;
		/* Who is asked for one thing has all that logins have. */
		if ((cond == COVER_DOMAIN || b->login == 0) &&
		    point_add(c, &p) == -1)
			return -1;
		break;
	case COVER_FROM:
	case COVER_TO:
		for (i = 0; i < c->naround; i++)
			if (point_add(c, &c->around[i]) == -1)
				return -1;
		break;
	case COVER_ON:
		return points_listeners(c);
	case COVER_COMMAND:
	case COVER_DAYS:
	case COVER_PORT:
	case COVER_TIME:
	case COVER_COUNTRY:
	case COVER_MAX:
		if (point_number(c, cond, numbers[cond][0]) == -1)
			return -1;
		break;
	}
	return points_of(c, a, cond) == -1 || points_of(c, b, cond) == -1 ? -1 :
									    0;
}

static int
points_of(struct cover *c, const struct cover_rule *r, enum cover_cond cond)
{
	const struct cover_member *m = r->member + r->first[cond];
	struct cover_point         p;
	int                        ret = 0;

	for (; m < r->member + r->first[cond + 1] && ret == 0; m++) {
		memset(&p, 0, sizeof(p));
		switch (m->kind) {
		case MEMBER_RANGE:
			ret = point_number(c, cond, m->low);
			if (ret == 0 && m->high != UINT32_MAX)
				ret = point_number(c, cond, m->high + 1);
			break;
		case MEMBER_PREFIX:
			ret = points_around(c, &m->prefix);
			break;
		case MEMBER_NAME:
		case MEMBER_DOMAIN:
			p.name = m->name;
			ret = point_add(c, &p);
			p.below = 1;
			if (ret == 0 && m->kind == MEMBER_DOMAIN)
				ret = point_add(c, &p);
			break;
		case MEMBER_ALL:
		case MEMBER_INTERNAL:
		case MEMBER_UNKNOWN:
			break;
		}
	}
	return ret;
}

/* Clients come by these and no others. */
static int
points_listeners(struct cover *c)
{
	const struct conf_listener *l;
	struct cover_point          p;

	memset(&p, 0, sizeof(p));
	TAILQ_FOREACH(l, &c->conf->listeners, entry) {
		p.name = l->name;
		if (point_add(c, &p) == -1)
			return -1;
	}
	p.name = NULL;
	return TAILQ_EMPTY(&c->conf->listeners) ? point_add(c, &p) : 0;
}

/* Where the prefix begins, and where it has ended. */
static int
points_around(struct cover *c, const struct prefix *prefix)
{
	struct addr next;

	if (point_addr(c, &prefix->addr) == -1)
		return -1;
	if (prefix_next(prefix, &next) == -1)
		return 0;
	return point_addr(c, &next);
}

/* ISATAP and others can hide an internal address nearly anywhere in IPv6. */
static int
point_addr(struct cover *c, const struct addr *a)
{
	struct cover_point p;
	struct prefix      prefix;
	size_t             i;
	int                surely = 0;

	memset(&p, 0, sizeof(p));
	p.addr = *a;
	for (i = 0; surely == 0 && internal_prefix(i, &prefix) == 0; i++)
		surely = prefix_match(&prefix, a);
	p.may_be_public = surely == 0;
	p.may_be_internal = surely || a->af == AF_INET6;
	return point_add(c, &p);
}

int
cover_around(struct cover *c)
{
	struct addr   first[] = { { .af = AF_INET }, { .af = AF_INET6 } };
	struct prefix p;
	size_t        i;

	c->npoints = 0;
	if (point_addr(c, &first[0]) == -1 || point_addr(c, &first[1]) == -1)
		return -1;
	for (i = 0; internal_prefix(i, &p) == 0; i++)
		if (points_around(c, &p) == -1)
			return -1;
	c->around = reallocarray(NULL, c->npoints, sizeof(*c->around));
	if (c->around == NULL)
		return -1;
	memcpy(c->around, c->points, c->npoints * sizeof(*c->around));
	c->naround = c->npoints;
	return 0;
}

/* The address after the last one of the prefix; -1 if there is none. */
static int
prefix_next(const struct prefix *p, struct addr *next)
{
	unsigned int i = (p->len + 7U) / 8;

	*next = p->addr;
	if (i == 0)
		return -1;
	next->b[i - 1] |= (uint8_t)(0xff >> ((p->len - 1U) % 8 + 1));
	for (; i > 0; i--)
		if (++next->b[i - 1] != 0)
			return 0;
	return -1;
}

/* Numbers that no request has are no points. */
static int
point_number(struct cover *c, enum cover_cond cond, uint32_t number)
{
	struct cover_point p;

	if (number < numbers[cond][0] || number > numbers[cond][1])
		return 0;
	memset(&p, 0, sizeof(p));
	p.number = number;
	return point_add(c, &p);
}

static int
point_add(struct cover *c, const struct cover_point *p)
{
	struct cover_point *points;
	size_t              size;

	if (c->npoints == c->size) {
		size = c->size == 0 ? 64 : 2 * c->size;
		points = reallocarray(c->points, size, sizeof(*points));
		if (points == NULL)
			return -1;
		c->points = points;
		c->size = size;
	}
	c->points[c->npoints++] = *p;
	return 0;
}
