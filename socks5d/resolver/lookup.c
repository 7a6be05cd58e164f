/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Running lookups and their waiters: see lookup.h.
 *
 * A lookup outlives its waiters, as a query that was sent cannot be taken back
 * and its answer is good for the cache; it ends in lookup_finish() and nowhere
 * else.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg_codec.h"
#include "base/share.h"
#include "resolver/lookup.h"

struct waiter {
	RB_ENTRY(waiter)    node;  /* by id and family */
	TAILQ_ENTRY(waiter) entry; /* of its lookup */
	TAILQ_ENTRY(waiter) due;   /* by deadline */
	struct lookup      *lookup;
	uint64_t            id;
	uint64_t            deadline;
	uint8_t             family;
};
RB_HEAD(waiter_tree, waiter);
TAILQ_HEAD(waiter_list, waiter);

struct lookup {
	RB_ENTRY(lookup)   node;
	struct waiter_list waiters;
	struct share      *share; /* whose it is */
	uint8_t            family;
	struct name_fault  fault;
	uint64_t           begun;
	char               name[HOSTNAME_MAX + 1];
};
RB_HEAD(lookup_tree, lookup);

struct lookups {
	struct lookup_tree lookups;
	struct waiter_tree waiters;
	struct waiter_list due;
	struct shares      shares; /* of those that run */
	unsigned int       nwaiters;
	lookup_answer      answer;
	void              *arg;
};

static int  lookup_cmp(const struct lookup *, const struct lookup *);
static int  waiter_cmp(const struct waiter *, const struct waiter *);
static void waiter_schedule(struct lookups *, struct waiter *);
static void waiter_del(struct lookups *, struct waiter *);
static void waiter_answer(struct lookups *, struct waiter *,
    const struct msg_name_answer *);

RB_PROTOTYPE(lookup_tree, lookup, node, lookup_cmp)
RB_PROTOTYPE(waiter_tree, waiter, node, waiter_cmp)
RB_GENERATE(lookup_tree, lookup, node, lookup_cmp)
RB_GENERATE(waiter_tree, waiter, node, waiter_cmp)

struct lookups *
lookups_new(lookup_answer answer, void *arg)
{
	struct lookups *ls;

	if ((ls = calloc(1, sizeof(*ls))) == NULL)
		return NULL;
	RB_INIT(&ls->lookups);
	RB_INIT(&ls->waiters);
	TAILQ_INIT(&ls->due);
	shares_init(&ls->shares, LOOKUPS_MAX, LOOKUPS_PART, LOOKUPS_LEAST);
	ls->answer = answer;
	ls->arg = arg;
	return ls;
}

void
lookups_free(struct lookups *ls)
{
	struct lookup *l;

	if (ls == NULL)
		return;
	lookups_cancel_all(ls);
	while ((l = RB_ROOT(&ls->lookups)) != NULL)
		lookup_finish(ls, l, NULL);
	free(ls);
}

struct lookup *
lookups_find(struct lookups *ls, const char *name, uint8_t family)
{
	struct lookup key;

	memset(&key, 0, sizeof(key));
	key.family = family;
	if (strlcpy(key.name, name, sizeof(key.name)) >= sizeof(key.name))
		return NULL;
	return RB_FIND(lookup_tree, &ls->lookups, &key);
}

struct lookup *
lookups_add(struct lookups *ls, const char *name, uint8_t family,
    uint64_t source, size_t most)
{
	struct share_key key = { 0, source };
	struct lookup   *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	if ((l->share = share_take(&ls->shares, &key, most)) == NULL) {
		free(l);
		return NULL;
	}
	TAILQ_INIT(&l->waiters);
	l->family = family;
	if (strlcpy(l->name, name, sizeof(l->name)) >= sizeof(l->name) ||
	    RB_INSERT(lookup_tree, &ls->lookups, l) != NULL) {
		share_release(&ls->shares, l->share);
		free(l);
		errno = EEXIST;
		return NULL;
	}
	return l;
}

size_t
lookups_running(const struct lookups *ls)
{
	return ls->shares.taken;
}

const char *
lookup_name(const struct lookup *l)
{
	return l->name;
}

uint64_t
lookup_source(const struct lookup *l)
{
	return l->share->key.lo;
}

uint8_t
lookup_family(const struct lookup *l)
{
	return l->family;
}

void
lookup_fault(struct lookup *l, const struct name_fault *f, uint64_t now)
{
	if (l->begun == 0)
		l->begun = now;
	l->fault = *f;
}

void
lookup_failed(const struct lookup *l, uint64_t now, struct name_fault *f)
{
	*f = l->fault;
	if (f->kind != NAME_FAULT_NONE)
		f->ms = (uint32_t)(now - l->begun);
}

int
lookup_wait(struct lookups *ls, struct lookup *l, uint64_t id,
    uint64_t deadline)
{
	struct waiter *w;

	if (ls->nwaiters == WAITERS_MAX ||
	    (w = calloc(1, sizeof(*w))) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	w->lookup = l;
	w->id = id;
	w->family = l->family;
	w->deadline = deadline;
	if (RB_INSERT(waiter_tree, &ls->waiters, w) != NULL) {
		free(w);
		errno = EEXIST;
		return -1;
	}
	TAILQ_INSERT_TAIL(&l->waiters, w, entry);
	waiter_schedule(ls, w);
	ls->nwaiters++;
	return 0;
}

void
lookups_cancel(struct lookups *ls, uint64_t id)
{
	static const uint8_t families[] = { RESOLVE_INET, RESOLVE_INET6 };
	struct waiter        key, *w;
	size_t               i;

	memset(&key, 0, sizeof(key));
	key.id = id;
	for (i = 0; i < sizeof(families); i++) {
		key.family = families[i];
		if ((w = RB_FIND(waiter_tree, &ls->waiters, &key)) != NULL)
			waiter_del(ls, w);
	}
}

void
lookups_cancel_all(struct lookups *ls)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(&ls->due)) != NULL)
		waiter_del(ls, w);
}

void
lookups_expire(struct lookups *ls, uint64_t now)
{
	struct msg_name_answer a;
	struct waiter         *w;

	while ((w = TAILQ_FIRST(&ls->due)) != NULL && w->deadline <= now) {
		memset(&a, 0, sizeof(a));
		a.family = w->family;
		a.status = NAME_FAILED;
		lookup_failed(w->lookup, now, &a.fault);
		waiter_answer(ls, w, &a);
	}
}

uint64_t
lookups_deadline(const struct lookups *ls)
{
	return TAILQ_EMPTY(&ls->due) ? 0 : TAILQ_FIRST(&ls->due)->deadline;
}

void
lookup_finish(struct lookups *ls, struct lookup *l,
    const struct msg_name_answer *a)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(&l->waiters)) != NULL)
		waiter_answer(ls, w, a);
	(void)RB_REMOVE(lookup_tree, &ls->lookups, l);
	share_release(&ls->shares, l->share);
	free(l);
}

static int
lookup_cmp(const struct lookup *a, const struct lookup *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int
waiter_cmp(const struct waiter *a, const struct waiter *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->family < b->family ? -1 : a->family > b->family;
}

/* All wait equally long unless the config changed, so this looks at one. */
static void
waiter_schedule(struct lookups *ls, struct waiter *w)
{
	struct waiter *before;

	TAILQ_FOREACH_REVERSE(before, &ls->due, waiter_list, due) {
		if (before->deadline <= w->deadline)
			break;
	}
	if (before == NULL)
		TAILQ_INSERT_HEAD(&ls->due, w, due);
	else
		TAILQ_INSERT_AFTER(&ls->due, before, w, due);
}

static void
waiter_del(struct lookups *ls, struct waiter *w)
{
	(void)RB_REMOVE(waiter_tree, &ls->waiters, w);
	TAILQ_REMOVE(&w->lookup->waiters, w, entry);
	TAILQ_REMOVE(&ls->due, w, due);
	ls->nwaiters--;
	free(w);
}

/* The waiter is gone before its asker hears of it. */
static void
waiter_answer(struct lookups *ls, struct waiter *w,
    const struct msg_name_answer *a)
{
	uint64_t id;

	id = w->id;
	waiter_del(ls, w);
	ls->answer(ls->arg, id, a);
}
