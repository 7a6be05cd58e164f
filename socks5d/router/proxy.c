/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The upstreams in force: see proxy.h.
 *
 * Pure but for the log.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "router/proxy.h"

/* So many requests in a row that it left unanswered are shown. */
#define VAIN_MANY 5

static struct upstream *upstream_new(const struct conf_upstream *,
    const struct upstreams *);
static struct proxy    *proxy_of(const struct conf_upstream *,
       const struct conf_proxy *, unsigned int, const struct upstreams *);
static uint64_t         proxy_identity(const struct conf_proxy *);
static uint64_t         hash(uint64_t, const void *, size_t);
static struct proxy *proxy_same(const struct upstreams *, const struct proxy *,
    unsigned int);
static int           upstreams_link(struct upstreams *, const struct conf *);
static void          upstream_free(struct upstream *);

struct upstreams *
upstreams_new(const struct conf *conf, const struct upstreams *old)
{
	const struct conf_upstream *c;
	struct upstreams           *set;
	struct upstream            *u;

	if ((set = calloc(1, sizeof(*set))) == NULL)
		return NULL;
	TAILQ_INIT(&set->list);
	set->refs = 1;
	TAILQ_FOREACH(c, &conf->upstreams, entry) {
		if ((u = upstream_new(c, old)) == NULL) {
			upstreams_release(set);
			errno = ENOMEM;
			return NULL;
		}
		TAILQ_INSERT_TAIL(&set->list, u, entry);
	}
	if (upstreams_link(set, conf) == -1) {
		upstreams_release(set);
		errno = EINVAL;
		return NULL;
	}
	return set;
}

static struct upstream *
upstream_new(const struct conf_upstream *c, const struct upstreams *old)
{
	const struct conf_proxy *p;
	struct upstream         *u;
	struct balance          *b;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	(void)strlcpy(u->name, c->name, sizeof(u->name));
	u->retry = c->retry;
	u->backoff_min_ms = c->backoff_min_ms;
	u->backoff_max_ms = c->backoff_max_ms;
	u->check_ms = c->check_ms;
	b = &u->balance;
	b->how = c->balance;
	TAILQ_FOREACH(p, &c->members, entry) {
		if (b->n == CONF_MEMBERS_MAX)
			break;
		u->member[b->n] = proxy_of(c, p, b->n + 1, old);
		if (u->member[b->n] == NULL) {
			upstream_free(u);
			return NULL;
		}
		b->identity[b->n] = u->member[b->n]->identity;
		b->n++;
	}
	b->last = b->n == 0 ? 0 : b->n - 1; /* the first is next */
	return u;
}

/* The one there was, if it is the same in all that counts. */
static struct proxy *
proxy_of(const struct conf_upstream *c, const struct conf_proxy *conf,
    unsigned int number, const struct upstreams *old)
{
	struct proxy *p, *same;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->refs = 1;
	p->number = number;
	(void)strlcpy(p->upstream, c->name, sizeof(p->upstream));
	p->protocol = conf->protocol;
	p->addr = conf->addr;
	p->port = conf->port;
	p->identity = proxy_identity(conf);
	p->connect_ms = PROXY_NEVER;
	if (old == NULL || (same = proxy_same(old, p, number)) == NULL)
		return p;
	proxy_release(p);
	return proxy_hold(same);
}

static uint64_t
proxy_identity(const struct conf_proxy *p)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	uint8_t  protocol = (uint8_t)p->protocol;

	h = hash(h, &protocol, sizeof(protocol));
	h = hash(h, p->addr.b, sizeof(p->addr.b));
	h = hash(h, &p->port, sizeof(p->port));
	return hash(h, p->user, strlen(p->user) + 1);
}

/* FNV-1a: identities come from our own config and need no key. */
static uint64_t
hash(uint64_t h, const void *data, size_t n)
{
	const uint8_t *b = data;
	size_t         i;

	for (i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	return h;
}

/*
 * Proxies are known by upstream and number in what the roles say to each
 * other, so one that has changed its place is another one.
 */
static struct proxy *
proxy_same(const struct upstreams *old, const struct proxy *p,
    unsigned int number)
{
	const struct upstream *u;
	struct proxy          *o;

	if ((u = upstream_find(old, p->upstream)) == NULL ||
	    number > u->balance.n)
		return NULL;
	o = u->member[number - 1];
	if (o->protocol != p->protocol || o->port != p->port ||
	    addr_cmp(&o->addr, &p->addr) != 0 || o->identity != p->identity)
		return NULL;
	return o;
}

/* The parser has refused circles; here they would be without end. */
static int
upstreams_link(struct upstreams *set, const struct conf *conf)
{
	const struct conf_upstream *c;
	const struct upstream      *next;
	struct upstream            *u;
	unsigned int                hops;

	TAILQ_FOREACH(c, &conf->upstreams, entry) {
		u = upstream_find(set, c->name);
		if (c->via[0] != '\0' &&
		    (u->via = upstream_find(set, c->via)) == NULL)
			return -1;
	}
	TAILQ_FOREACH(u, &set->list, entry) {
		hops = 0;
		for (next = u; next != NULL; next = next->via)
			if (++hops > CONF_HOPS_MAX)
				return -1;
	}
	return 0;
}

void
upstreams_commit(struct upstreams *set, const struct conf *conf)
{
	const struct conf_upstream *c;
	struct upstream            *u;
	struct breaker_limit       *l;
	unsigned int                i;

	TAILQ_FOREACH(u, &set->list, entry) {
		if ((c = conf_upstream_find(conf, u->name)) == NULL)
			continue;
		for (i = 0; i < u->balance.n; i++) {
			l = &u->member[i]->limit;
			l->failures = c->breaker_failures;
			l->within_ms = c->breaker_within_ms;
			l->open_ms = c->breaker_for_ms;
			if (l->failures == 0)
				breaker_reset(&u->member[i]->breaker);
			if (c->check_ms == 0)
				u->member[i]->unwell = 0;
		}
	}
}

struct upstreams *
upstreams_hold(struct upstreams *set)
{
	set->refs++;
	return set;
}

void
upstreams_release(struct upstreams *set)
{
	struct upstream *u;

	if (set == NULL || --set->refs != 0)
		return;
	while ((u = TAILQ_FIRST(&set->list)) != NULL) {
		TAILQ_REMOVE(&set->list, u, entry);
		upstream_free(u);
	}
	free(set);
}

static void
upstream_free(struct upstream *u)
{
	unsigned int i;

	for (i = 0; i < u->balance.n; i++)
		proxy_release(u->member[i]);
	free(u);
}

struct upstream *
upstream_find(const struct upstreams *set, const char *name)
{
	struct upstream *u;

	TAILQ_FOREACH(u, &set->list, entry)
		if (strcmp(u->name, name) == 0)
			break;
	return u;
}

uint64_t
upstream_usable(const struct upstream *u, uint64_t now)
{
	const struct proxy *p;
	uint64_t            set = 0;
	unsigned int        i;

	for (i = 0; i < u->balance.n; i++) {
		p = u->member[i];
		if (p->down == 0 && p->unwell == 0 &&
		    breaker_admits(&p->breaker, &p->limit, now))
			set |= MEMBER_BIT(i);
	}
	return set;
}

void
upstream_idle(const struct upstream *u, uint64_t now, char *dst, size_t size)
{
	unsigned int count[PROXY_STATE_MAX] = { 0 }, i;
	const char  *sep = ": ";
	size_t       at;

	for (i = 0; i < u->balance.n; i++)
		count[proxy_state_of(u->member[i], now)]++;
	(void)snprintf(dst, size, "upstream \"%s\" has no usable member",
	    u->name);
	for (i = 0; i < PROXY_STATE_MAX; i++) {
		if (count[i] == 0)
			continue;
		at = strlen(dst);
		(void)snprintf(dst + at, size - at, "%s%u %s", sep, count[i],
		    proxy_state_name((enum proxy_state)i));
		sep = ", ";
	}
}

struct proxy *
proxy_hold(struct proxy *p)
{
	p->refs++;
	return p;
}

void
proxy_release(struct proxy *p)
{
	if (p != NULL && --p->refs == 0)
		free(p);
}

void
proxy_worked(struct proxy *p, uint32_t ticket)
{
	p->failing = 0;
	p->vain = 0;
	p->unproven = 0;
	breaker_worked(&p->breaker, ticket);
}

void
proxy_failed(struct proxy *p, uint32_t ticket, uint64_t now)
{
	p->failures++;
	p->failing = 1;
	(void)breaker_failed(&p->breaker, &p->limit, ticket, now);
}

void
proxy_unanswered(struct proxy *p)
{
	if (p->vain < VAIN_MANY)
		p->vain++;
}

void
proxy_checked(struct proxy *p, int passed, uint64_t now)
{
	p->unwell = !passed;
	if (!passed)
		return;
	if (p->unproven)
		breaker_due(&p->breaker, &p->limit, now);
	else
		proxy_mended(p);
}

void
proxy_mended(struct proxy *p)
{
	p->unwell = 0;
	p->failing = 0;
	p->unproven = 0;
	breaker_reset(&p->breaker);
}

enum proxy_state
proxy_state_of(const struct proxy *p, uint64_t now)
{
	if (p->down)
		return PROXY_DOWN;
	if (p->unwell)
		return PROXY_CHECK_FAILED;
	switch (breaker_state(&p->breaker, &p->limit, now)) {
	case BREAKER_CLOSED:
		break;
	case BREAKER_OPEN:
		return PROXY_TRIPPED;
	case BREAKER_HALF_OPEN:
		return PROXY_HALF_OPEN;
	}
	if (p->failing || p->vain >= VAIN_MANY)
		return PROXY_FAILING;
	return PROXY_UP;
}

/*
 * That a breaker is half-open comes by time and says nothing yet, nor does a
 * single try that failed.
 */
int
proxy_notice(struct proxy *p, const char *why)
{
	enum proxy_state state = PROXY_UP;
	char             text[ADDRPORT_STRLEN];
	void (*say)(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));

	if (p->down)
		state = PROXY_DOWN;
	else if (p->unwell)
		state = PROXY_CHECK_FAILED;
	else if (p->breaker.open)
		state = PROXY_TRIPPED;
	if (state == p->noticed)
		return 0;
	p->noticed = state;
	if (why == NULL)
		why = state == PROXY_UP ? "" : p->error;
	/* Down is what somebody wanted. */
	say = state == PROXY_UP || state == PROXY_DOWN ? log_info : log_warn;
	say("upstream %s: member %u, %s: %s%s%s", p->upstream, p->number,
	    addr_print_port(&p->addr, p->port, text, sizeof(text)),
	    proxy_state_name(state), why[0] == '\0' ? "" : ": ", why);
	return state == PROXY_TRIPPED;
}
