/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules in the shadow of others: see shadow.h.
 *
 * Pure.
 */

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>

#include "config/cover.h"
#include "config/shadow.h"

/* Some tenths of a second. */
#define WORK_MAX (20 * 1000 * 1000)

static void shadow_note(void *, const struct conf_rule *,
    const struct conf_rule *);
static int  any_remote(const struct cover *);
static int  overridden_by(struct cover *, size_t, int,
     const struct conf_rule **);
static int  shadow_of(struct cover *, const struct cover_rule *, int,
     const struct cover_rule **, size_t, const struct conf_rule **);

int
shadow_rules(const struct conf *conf, shadow_found found, void *arg)
{
	const struct cover_rule **quick;
	const struct conf_rule   *by;
	struct cover              c;
	size_t                    i, nquick = 0;
	int                       remote, ret = 0;

	if (cover_init(&c, conf) == -1)
		return -1;
	remote = any_remote(&c);
	if ((quick = calloc(c.n + 1, sizeof(*quick))) == NULL)
		ret = -1;
	for (i = 0; i < c.n && ret != -1 && c.work < WORK_MAX; i++) {
		ret = shadow_of(&c, &c.rule[i], remote, quick, nquick, &by);
		if (ret == 1)
			found(arg, c.rule[i].rule, by);
		else if (c.rule[i].rule->quick)
			quick[nquick++] = &c.rule[i];
	}
	free(quick);
	cover_clear(&c);
	return ret == -1 ? -1 : 0;
}

int
shadow_overridden(const struct conf *conf, shadow_found found, void *arg)
{
	const struct conf_rule *by;
	struct cover            c;
	size_t                  i;
	int                     remote, ret = 0;

	if (cover_init(&c, conf) == -1)
		return -1;
	remote = any_remote(&c);
	for (i = 0; i < c.n && ret != -1 && c.work < WORK_MAX; i++) {
		if (c.rule[i].rule->quick || c.rule[i].rule->shadow != 0)
			continue;
		ret = overridden_by(&c, i, remote, &by);
		if (ret == 1)
			found(arg, c.rule[i].rule, by);
	}
	cover_clear(&c);
	return ret == -1 ? -1 : 0;
}

/*
 * 1 if a later rule matches all that this one matches.  Read from below: the
 * last one is the one that decides.
 */
static int
overridden_by(struct cover *c, size_t at, int remote,
    const struct conf_rule **by)
{
	const struct cover_rule *r = &c->rule[at], *other;
	size_t                   i;
	int                      ret;

	for (i = c->n - 1; i > at && c->work < WORK_MAX; i--) {
		other = &c->rule[i];
		/* When only the name is known, this one is not asked. */
		if (other->rule->shadow != 0 ||
		    (remote && r->anywhere && other->anywhere == 0))
			continue;
		*by = other->rule;
		if ((ret = cover_all(c, other, r)) != 0)
			return ret;
	}
	return 0;
}

/* Without memory to look none is known. */
void
shadow_mark(struct conf *conf)
{
	struct conf_rule *at;

	TAILQ_FOREACH(at, &conf->rules, entry)
		at->shadow = 0;
	at = TAILQ_FIRST(&conf->rules);
	(void)shadow_rules(conf, shadow_note, &at);
}

/* They come in their order. */
static void
shadow_note(void *arg, const struct conf_rule *rule, const struct conf_rule *by)
{
	struct conf_rule **at = arg;

	while (*at != rule)
		*at = TAILQ_NEXT(*at, entry);
	(*at)->shadow = (by == NULL ? rule : by)->number + 1;
}

/* Only then it matters what matches a name alone. */
static int
any_remote(const struct cover *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->rule[i].rule->route.remote)
			return 1;
	return 0;
}

/* 1 if the rule never matches, with who is to blame. */
static int
shadow_of(struct cover *c, const struct cover_rule *r, int remote,
    const struct cover_rule **quick, size_t nquick, const struct conf_rule **by)
{
	size_t i;
	int    ret;

	*by = NULL;
	if ((ret = cover_some(c, r)) != 1)
		return ret == 0 ? 1 : -1;
	for (i = 0; i < nquick && c->work < WORK_MAX; i++) {
		/* When only the name is known, this one is not asked. */
		if (remote && r->anywhere && quick[i]->anywhere == 0)
			continue;
		*by = quick[i]->rule;
		if ((ret = cover_all(c, quick[i], r)) != 0)
			return ret;
	}
	return 0;
}
