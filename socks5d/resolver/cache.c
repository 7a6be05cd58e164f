/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The answer cache: see cache.h.
 *
 * A sorted tree instead of a hash, as clients choose the names and could choose
 * colliding ones.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "base/msg_codec.h"
#include "resolver/cache.h"

struct centry {
	RB_ENTRY(centry)    node;
	TAILQ_ENTRY(centry) lru;
	uint64_t            expires;
	uint8_t             family;
	enum name_status    status;
	char               *name; /* behind the addresses */
	unsigned int        naddrs;
	struct addr         addrs[];
};
RB_HEAD(cache_tree, centry);
TAILQ_HEAD(cache_list, centry);

struct cache {
	struct cache_tree tree;
	struct cache_list list; /* the most recently used last */
	size_t            count;
	size_t            max;
};

static int            centry_cmp(const struct centry *, const struct centry *);
static struct centry *centry_new(const char *, const struct msg_name_answer *);
static struct centry *centry_find(struct cache *, char *, uint8_t);
static void           centry_del(struct cache *, struct centry *);
static uint64_t       answer_lifetime(const struct msg_name_answer *, uint32_t);

RB_PROTOTYPE(cache_tree, centry, node, centry_cmp)
RB_GENERATE(cache_tree, centry, node, centry_cmp)

struct cache *
cache_new(size_t max)
{
	struct cache *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	RB_INIT(&c->tree);
	TAILQ_INIT(&c->list);
	c->max = max;
	return c;
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	cache_clear(c);
	free(c);
}

void
cache_resize(struct cache *c, size_t max)
{
	c->max = max;
	while (c->count > c->max)
		centry_del(c, TAILQ_FIRST(&c->list));
}

void
cache_clear(struct cache *c)
{
	struct centry *e;

	while ((e = TAILQ_FIRST(&c->list)) != NULL)
		centry_del(c, e);
}

size_t
cache_count(const struct cache *c)
{
	return c->count;
}

void
cache_put(struct cache *c, const char *name, const struct msg_name_answer *a,
    uint32_t ttl, uint64_t now)
{
	struct centry *e, *old;
	uint64_t       lifetime;

	lifetime = answer_lifetime(a, ttl);
	if (c->max == 0 || lifetime == 0 || (e = centry_new(name, a)) == NULL)
		return;
	e->expires = now + lifetime;
	if ((old = RB_FIND(cache_tree, &c->tree, e)) != NULL)
		centry_del(c, old);
	else if (c->count == c->max)
		centry_del(c, TAILQ_FIRST(&c->list));
	(void)RB_INSERT(cache_tree, &c->tree, e);
	TAILQ_INSERT_TAIL(&c->list, e, lru);
	c->count++;
}

int
cache_get(struct cache *c, const char *name, uint8_t family, uint64_t now,
    struct msg_name_answer *a)
{
	char           key[HOSTNAME_MAX + 1];
	struct centry *e;

	if (strlcpy(key, name, sizeof(key)) >= sizeof(key) ||
	    (e = centry_find(c, key, family)) == NULL)
		return 0;
	if (e->expires <= now) {
		centry_del(c, e);
		return 0;
	}
	TAILQ_REMOVE(&c->list, e, lru);
	TAILQ_INSERT_TAIL(&c->list, e, lru);
	memset(a, 0, sizeof(*a));
	a->family = e->family;
	a->status = e->status;
	a->naddrs = e->naddrs;
	memcpy(a->addrs, e->addrs, e->naddrs * sizeof(e->addrs[0]));
	return 1;
}

static int
centry_cmp(const struct centry *a, const struct centry *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* One allocation: the entry, its addresses, its name. */
static struct centry *
centry_new(const char *name, const struct msg_name_answer *a)
{
	struct centry *e;
	size_t         addrs, len;

	addrs = a->naddrs * sizeof(e->addrs[0]);
	len = strlen(name) + 1;
	if ((e = calloc(1, sizeof(*e) + addrs + len)) == NULL)
		return NULL;
	e->family = a->family;
	e->status = a->status;
	e->naddrs = a->naddrs;
	memcpy(e->addrs, a->addrs, addrs);
	e->name = (char *)(e->addrs + a->naddrs);
	memcpy(e->name, name, len);
	return e;
}

static struct centry *
centry_find(struct cache *c, char *name, uint8_t family)
{
	struct centry key;

	memset(&key, 0, sizeof(key));
	key.name = name;
	key.family = family;
	return RB_FIND(cache_tree, &c->tree, &key);
}

static void
centry_del(struct cache *c, struct centry *e)
{
	(void)RB_REMOVE(cache_tree, &c->tree, e);
	TAILQ_REMOVE(&c->list, e, lru);
	c->count--;
	free(e);
}

/* Milliseconds that an answer may be given again. */
static uint64_t
answer_lifetime(const struct msg_name_answer *a, uint32_t ttl)
{
	switch (a->status) {
	case NAME_OK:
		if ((uint64_t)ttl * 1000 > CACHE_TTL_MAX_MS)
			return CACHE_TTL_MAX_MS;
		return (uint64_t)ttl * 1000;
	case NAME_NOT_FOUND:
		return CACHE_NOT_FOUND_MS;
	case NAME_FAILED:
	case NAME_BUSY:
		return 0;
	}
	return 0;
}
