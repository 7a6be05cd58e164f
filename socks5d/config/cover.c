/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What rules match, as sets: see cover.h.
 *
 * Pure.
 */

#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "config/cover.h"
#include "config/cover_list.h"

/* What a member says of a point. */
enum say {
	SAY_NO,
	SAY_YES,
	SAY_UNKNOWN,
};

/* A list as it is seen from a point. */
struct view {
	const struct cover_member *m;
	size_t                     n;
	const struct cover_point  *p;
	int                        named; /* wants internals named */
	int                        rest;  /* what silence means */
};

/* Looks at two lists from a point. */
typedef int (*cover_look)(const struct view *, const struct view *);

static int rule_init(struct cover_rule *, const struct conf_rule *);
static int surely_uses(const struct cover_rule *, enum cover_cond);
static int rule_anywhere(const struct conf_rule *);

static int  misses_first(const struct cover_rule *, const struct cover_rule *,
     enum cover_cond);
static int  list_negates(const struct cover_rule *, enum cover_cond);
static int  look_all(struct cover *, const struct cover_rule *,
     const struct cover_rule *, enum cover_cond, cover_look);
static int  look_from(const struct cover_rule *, const struct cover_rule *,
     enum cover_cond, const struct cover_point *, cover_look);
static void view_init(struct view *, const struct cover_rule *, enum cover_cond,
    const struct cover_point *);
static int  look_escapes(const struct view *, const struct view *);
static int  look_matches(const struct view *, const struct view *);
static int  view_may(const struct view *, const char *, const struct view *);
static int  view_says(const struct view *, int, const char *);
static enum say member_say(const struct view *, const struct cover_member *);
static int domain_says(const struct cover_member *, const struct cover_point *);
static int speaks_internal(const struct cover_rule *, enum cover_cond);

int
cover_init(struct cover *c, const struct conf *conf)
{
	static struct cover_member     unused;
	static const struct cover_rule none = { .member = &unused };
	const struct conf_rule        *rule;
	struct cover_rule             *r;
	enum cover_cond                cond;
	size_t                         n = 0;
	int                            says;

	memset(c, 0, sizeof(*c));
	c->conf = conf;
	TAILQ_FOREACH(rule, &conf->rules, entry)
		n++;
	if (cover_around(c) == -1 ||
	    (c->rule = calloc(n + 1, sizeof(*c->rule))) == NULL)
		goto fail;
	TAILQ_FOREACH(rule, &conf->rules, entry) {
		r = &c->rule[c->n++];
		if (rule_init(r, rule) == -1)
			goto fail;
		for (cond = 0; cond < COVER_MAX; cond++) {
			says = surely_uses(r, cond);
			/* Of all empty lists "to" alone may say no. */
			if (says == 0 &&
			    (cond == COVER_TO ||
				r->first[cond] != r->first[cond + 1]))
				says = look_all(c, r, &none, cond,
				    look_escapes);
			if (says == -1)
				goto fail;
			r->uses |= (unsigned int)says << cond;
		}
	}
	c->work = 0;
	return 0;
fail:
	cover_clear(c);
	return -1;
}

void
cover_clear(struct cover *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->rule[i].member);
	free(c->rule);
	free(c->points);
	free(c->around);
	memset(c, 0, sizeof(*c));
}

static int
rule_init(struct cover_rule *r, const struct conf_rule *rule)
{
	struct cover_member *m;
	enum cover_cond      cond;

	r->rule = rule;
	r->member = calloc(cover_members(rule), sizeof(*r->member));
	if (r->member == NULL)
		return -1;
	m = r->member;
	for (cond = 0; cond < COVER_MAX; cond++) {
		cover_fill(&m, rule, cond);
		r->first[cond + 1] = (size_t)(m - r->member);
	}
	r->anywhere = rule_anywhere(rule);
	r->login = !TAILQ_EMPTY(&rule->users) || !TAILQ_EMPTY(&rule->groups);
	return 0;
}

/* A list of addresses that says so, or without "any", leaves out some. */
static int
surely_uses(const struct cover_rule *r, enum cover_cond cond)
{
	const struct cover_member *m = r->member + r->first[cond];
	int                        plain = 0, wide = 0;

	if (cond != COVER_FROM && cond != COVER_TO)
		return 0;
	for (; m < r->member + r->first[cond + 1]; m++) {
		if (m->negated && m->kind == MEMBER_PREFIX)
			return 1;
		plain |= m->negated == 0;
		if (m->negated == 0 &&
		    (m->kind == MEMBER_ALL ||
			(m->kind == MEMBER_PREFIX && m->prefix.len <= 1)))
			wide = 1;
	}
	return plain && wide == 0;
}

static int
rule_anywhere(const struct conf_rule *rule)
{
	const struct conf_addr *a;

	TAILQ_FOREACH(a, &rule->to, entry)
		if (a->kind != CONF_ADDR_ANY || a->negated)
			return 0;
	return TAILQ_EMPTY(&rule->countries);
}

int
cover_all(struct cover *c, const struct cover_rule *by,
    const struct cover_rule *r)
{
	enum cover_cond cond;
	int             escapes;

	/* All that one leaves open must be open to the other. */
	c->work++;
	if ((by->uses & ~r->uses) != 0)
		return 0;
	for (cond = 0; cond < COVER_MAX; cond++)
		if ((by->uses >> cond & 1) != 0 && misses_first(by, r, cond))
			return 0;
	for (cond = 0; cond < COVER_MAX; cond++) {
		if ((by->uses >> cond & 1) == 0)
			continue;
		escapes = look_all(c, by, r, cond, look_escapes);
		if (escapes != 0)
			return escapes == -1 ? -1 : 0;
	}
	return 1;
}

int
cover_some(struct cover *c, const struct cover_rule *r)
{
	enum cover_cond cond;
	int             matches;

	for (cond = 0; cond < COVER_MAX; cond++) {
		/* Of listeners some may not be there. */
		if (cond != COVER_ON && list_negates(r, cond) == 0)
			continue;
		matches = look_all(c, r, r, cond, look_matches);
		if (matches != 1)
			return matches;
	}
	return 1;
}

/*
 * A quick look, by which most pairs are told apart: does the first list leave
 * out where the first member of the second begins?
 */
static int
misses_first(const struct cover_rule *by, const struct cover_rule *r,
    enum cover_cond cond)
{
	const struct cover_member *m, *first;
	int                        plain = 0, holds;

	first = r->member + r->first[cond];
	if (r->first[cond] == r->first[cond + 1] || list_negates(r, cond) ||
	    (first->kind != MEMBER_RANGE &&
		(first->kind != MEMBER_PREFIX || first->prefix.len == 0)))
		return 0;
	for (m = by->member + by->first[cond];
	     m < by->member + by->first[cond + 1]; m++) {
		if (m->kind != MEMBER_RANGE && m->kind != MEMBER_PREFIX) {
			if (m->negated == 0)
				return 0;
			continue;
		}
		holds = m->kind == MEMBER_RANGE ?
		    first->low >= m->low && first->low <= m->high :
		    prefix_match(&m->prefix, &first->prefix.addr);
		if (holds)
			return m->negated;
		plain |= m->negated == 0;
	}
	return plain;
}

static int
list_negates(const struct cover_rule *r, enum cover_cond cond)
{
	size_t i;

	for (i = r->first[cond]; i < r->first[cond + 1]; i++)
		if (r->member[i].negated)
			return 1;
	return 0;
}

/* Whether from any point the two lists look as asked for. */
static int
look_all(struct cover *c, const struct cover_rule *a,
    const struct cover_rule *b, enum cover_cond cond, cover_look look)
{
	struct cover_point *p;
	size_t              i, n;
	int                 this_host;

	this_host = speaks_internal(a, cond) || speaks_internal(b, cond);
	if (cover_points(c, a, b, cond) == -1)
		return -1;
	n = a->first[cond + 1] - a->first[cond] + b->first[cond + 1] -
	    b->first[cond] + 1;
	for (i = 0; i < c->npoints; i++) {
		c->work += n;
		p = &c->points[i];
		p->internal = 0;
		if (cond != COVER_FROM && cond != COVER_TO) {
			if (look_from(a, b, cond, p, look))
				return 1;
			continue;
		}
		if (p->may_be_public && look_from(a, b, cond, p, look))
			return 1;
		p->internal = 1;
		if ((p->may_be_internal || this_host) &&
		    look_from(a, b, cond, p, look))
			return 1;
	}
	return 0;
}

static int
look_from(const struct cover_rule *a, const struct cover_rule *b,
    enum cover_cond cond, const struct cover_point *p, cover_look look)
{
	struct view va, vb;

	view_init(&va, a, cond, p);
	view_init(&vb, b, cond, p);
	return look(&va, &vb);
}

static void
view_init(struct view *v, const struct cover_rule *r, enum cover_cond cond,
    const struct cover_point *p)
{
	v->m = r->member + r->first[cond];
	v->n = r->first[cond + 1] - r->first[cond];
	v->p = p;
	v->named = cond == COVER_TO && p->internal && r->rule != NULL &&
	    r->rule->action == CONF_PASS;
	v->rest = v->named == 0;
}

/*
 * Whether the second list may match here while the first does not, whatever
 * is in tables.
 */
static int
look_escapes(const struct view *by, const struct view *v)
{
	size_t   i;
	int      plain = 0, sure = 0;
	enum say say;

	if (by->p->absent && by->n != 0)
		return view_may(v, NULL, NULL);
	for (i = 0; i < by->n; i++) {
		say = member_say(by, &by->m[i]);
		plain |= by->m[i].negated == 0;
		sure |= by->m[i].negated == 0 && say == SAY_YES;
		if (by->m[i].negated && say == SAY_YES)
			return view_may(v, NULL, NULL);
		if (by->m[i].negated && say == SAY_UNKNOWN &&
		    view_may(v, by->m[i].name, NULL))
			return 1;
	}
	if (plain == 0)
		return by->rest == 0 && view_may(v, NULL, NULL);
	return sure == 0 && view_may(v, NULL, by);
}

/* Whether both may match here. */
static int
look_matches(const struct view *a, const struct view *b)
{
	return view_may(a, NULL, NULL) && view_may(b, NULL, NULL);
}

/*
 * Whether the list may match here if the table of that name holds the point,
 * and none does that is a plain member of the other list.
 */
static int
view_may(const struct view *v, const char *in, const struct view *out)
{
	const struct cover_member *m;
	size_t                     i;
	int                        plain = 0, yes = 0;
	enum say                   say;

	if (v->p->absent && v->n != 0)
		return 0;
	for (i = 0; i < v->n; i++) {
		m = &v->m[i];
		say = member_say(v, m);
		if (m->negated) {
			if (say == SAY_YES ||
			    (say == SAY_UNKNOWN && in != NULL &&
				strcmp(m->name, in) == 0))
				return 0;
			continue;
		}
		plain = 1;
		if (say == SAY_YES ||
		    (say == SAY_UNKNOWN && !view_says(v, 1, m->name) &&
			(out == NULL || !view_says(out, 0, m->name))))
			yes = 1;
	}
	return plain ? yes : v->rest;
}

/* Whether an unknown of that name is a member, negated or not. */
static int
view_says(const struct view *v, int negated, const char *name)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->m[i].kind == MEMBER_UNKNOWN &&
		    v->m[i].negated == negated &&
		    strcmp(v->m[i].name, name) == 0)
			return 1;
	return 0;
}

static enum say
member_say(const struct view *v, const struct cover_member *m)
{
	const struct cover_point *p = v->p;
	int                       yes = 0;

	switch (m->kind) {
	case MEMBER_ALL:
		yes = m->negated || v->named == 0;
		break;
	case MEMBER_RANGE:
		yes = p->number >= m->low && p->number <= m->high;
		break;
	case MEMBER_PREFIX:
		yes = prefix_match(&m->prefix, &p->addr) &&
		    (m->negated || m->prefix.len != 0 || v->named == 0);
		break;
	case MEMBER_INTERNAL:
		yes = p->internal;
		break;
	case MEMBER_NAME:
		yes = p->name != NULL && strcmp(p->name, m->name) == 0;
		break;
	case MEMBER_DOMAIN:
		yes = p->name != NULL && domain_says(m, p);
		break;
	case MEMBER_UNKNOWN:
		return SAY_UNKNOWN;
	}
	return yes ? SAY_YES : SAY_NO;
}

static int
domain_says(const struct cover_member *m, const struct cover_point *p)
{
	size_t n = strlen(p->name), d = strlen(m->name);

	if (n < d || strcmp(p->name + n - d, m->name) != 0)
		return 0;
	if (n == d && p->below == 0)
		return m->domain != CONF_DOMAIN_SUB;
	if (n > d && p->name[n - d - 1] != '.')
		return 0;
	return m->domain != CONF_DOMAIN_EXACT;
}

/* Whatever is this host's is meant, too. */
static int
speaks_internal(const struct cover_rule *r, enum cover_cond cond)
{
	size_t i;

	for (i = r->first[cond]; i < r->first[cond + 1]; i++)
		if (r->member[i].kind == MEMBER_INTERNAL)
			return 1;
	return 0;
}
