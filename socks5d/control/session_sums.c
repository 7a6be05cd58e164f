/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sums of sessions: see session_sums.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "control/session_sums.h"

struct sum {
	RB_ENTRY(sum)      node;
	struct session_sum s;
	struct share_key   source;
};

static int  sum_cmp(const struct sum *, const struct sum *);
static void sum_key(struct sum *, const struct addr *, const char *);
static int  sum_line(struct session_sums *, int, struct sum *);
static void tell_rest(void (*)(void *, const struct session_sum *), void *,
    uint64_t, int);
static struct sum *sum_make(struct session_sums *, struct sum *);
static struct sum *sum_insert(struct session_sums *, const struct sum *);
static int         kind_of(const struct session_log *);

RB_PROTOTYPE(sum_tree, sum, node, sum_cmp)
RB_GENERATE(sum_tree, sum, node, sum_cmp)

void
session_sums_init(struct session_sums *s)
{
	static const size_t most[SESSION_KINDS] = {
		[SESSION_EARLY] = EARLY_LINES_MAX,
		[SESSION_LOGIN] = LOGIN_LINES_MAX,
		[SESSION_REFUSED] = REFUSED_LINES_MAX,
	};
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < SESSION_KINDS; i++)
		shares_init(&s->lines[i], most[i], LINES_PART, 1);
	shares_init(&s->places, SUMS_MAX, SUMS_PART, 1);
	RB_INIT(&s->tree);
}

int
session_sums_line(struct session_sums *s, const struct session_log *l)
{
	struct sum key;
	int        kind;

	if ((kind = kind_of(l)) == -1)
		return 1;
	sum_key(&key, &l->client, l->user);
	key.s.cause = l->cause;
	return sum_line(s, kind, &key);
}

int
session_sums_flow(struct session_sums *s, const struct flow_log *f)
{
	struct sum key;

	if (f->end != UDP_END_NONE)
		return 1;
	sum_key(&key, &f->client, f->user);
	key.s.flows = 1;
	key.s.why = f->why;
	return sum_line(s, SESSION_REFUSED, &key);
}

static int
sum_line(struct session_sums *s, int kind, struct sum *key)
{
	struct sum *sum;

	s->any = 1;
	if (share_take(&s->lines[kind], &key->source, SIZE_MAX) != NULL)
		return 1;
	if ((sum = RB_FIND(sum_tree, &s->tree, key)) != NULL ||
	    (sum = sum_make(s, key)) != NULL)
		sum->s.sessions++;
	else if (key->s.flows)
		s->rest_flows++;
	else
		s->rest++;
	return 0;
}

void
session_sums_end(struct session_sums *s,
    void (*tell)(void *, const struct session_sum *), void *arg)
{
	struct sum  *sum;
	unsigned int i;

	while ((sum = RB_MIN(sum_tree, &s->tree)) != NULL) {
		tell(arg, &sum->s);
		(void)RB_REMOVE(sum_tree, &s->tree, sum);
		free(sum);
	}
	tell_rest(tell, arg, s->rest, 0);
	tell_rest(tell, arg, s->rest_flows, 1);
	for (i = 0; i < SESSION_KINDS; i++)
		shares_clear(&s->lines[i]);
	shares_clear(&s->places);
	s->nmany = 0;
	s->rest = 0;
	s->rest_flows = 0;
	s->any = 0;
}

static void
tell_rest(void (*tell)(void *, const struct session_sum *), void *arg,
    uint64_t n, int flows)
{
	struct session_sum rest;

	if (n == 0)
		return;
	memset(&rest, 0, sizeof(rest));
	rest.sessions = n;
	rest.many = 1;
	rest.flows = flows;
	rest.why = DROP_MAX;
	tell(arg, &rest);
}

/* What its lines come out of; -1 for a session that came to something. */
static int
kind_of(const struct session_log *l)
{
	if (l->cause == CAUSE_LOGIN_FAILED)
		return SESSION_LOGIN;
	if (l->command == SESSION_NO_COMMAND)
		return SESSION_EARLY;
	return l->rep == 0 ? -1 : SESSION_REFUSED;
}

static void
sum_key(struct sum *key, const struct addr *client, const char *user)
{
	struct session_sum *s = &key->s;

	memset(key, 0, sizeof(*key));
	share_key_source(&key->source, client);
	s->source.addr = *client;
	s->source.len = addr_source(&s->source.addr);
	(void)strlcpy(s->user, user, sizeof(s->user));
}

/* One of this user if the source has room for it, else one for all of them. */
static struct sum *
sum_make(struct session_sums *s, struct sum *key)
{
	struct sum *sum;

	if (share_take(&s->places, &key->source, SIZE_MAX) != NULL)
		return sum_insert(s, key);
	key->s.user[0] = '\0';
	key->s.many = 1;
	if ((sum = RB_FIND(sum_tree, &s->tree, key)) != NULL ||
	    s->nmany == SUMS_MAX)
		return sum;
	if ((sum = sum_insert(s, key)) != NULL)
		s->nmany++;
	return sum;
}

static struct sum *
sum_insert(struct session_sums *s, const struct sum *key)
{
	struct sum *sum;

	if ((sum = malloc(sizeof(*sum))) == NULL)
		return NULL;
	*sum = *key;
	(void)RB_INSERT(sum_tree, &s->tree, sum);
	return sum;
}

static int
sum_cmp(const struct sum *a, const struct sum *b)
{
	if (a->source.hi != b->source.hi)
		return a->source.hi < b->source.hi ? -1 : 1;
	if (a->source.lo != b->source.lo)
		return a->source.lo < b->source.lo ? -1 : 1;
	if (a->s.cause != b->s.cause)
		return a->s.cause < b->s.cause ? -1 : 1;
	if (a->s.flows != b->s.flows)
		return a->s.flows - b->s.flows;
	if (a->s.why != b->s.why)
		return a->s.why < b->s.why ? -1 : 1;
	if (a->s.many != b->s.many)
		return a->s.many - b->s.many;
	return strcmp(a->s.user, b->s.user);
}
