/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Allowances: what sessions under a rate or a quota may move is granted here,
 * in portions, to the relays that ask for it.
 *
 * An allowance is of one rule and one key of its rate and of its quota; a rate
 * is one bucket, however many allowances and relays share it.  Grants are in
 * proportion to the members that wait in each relay.  While nobody asks
 * nothing happens here.
 *
 * What a relay has of an allowance is its portion, which begins with its first
 * member there.  A relay asks for its members only, gives back only what it
 * got, and says of no more that it was moved: all else broke the rules.  As
 * its messages come in order, an honest one never does: it leaves an
 * allowance before it tells of a member's end, so while it asks there is a
 * member here, and only what it gives back may come later.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/msg_limit.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/bucket.h"
#include "router/grant.h"
#include "router/identity.h"
#include "router/limit.h"
#include "router/meter.h"
#include "router/quota.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

/* How often those that wait get what has come in. */
#define TICK_MS 25

/* A rate may be ahead of itself by this part of a second. */
#define BURST_PART 5

/* One grant is worth this part of a second of the rate, unless many wait. */
#define GRANT_PART 20

/* No less than this is worth a message, nor held by any bucket. */
#define GRANT_LEAST 1460

/* Of a quota without a rate, while there is much left. */
#define GRANT_QUOTA (4 * 1024 * 1024)

/* Of the rest of a quota, so that other relays have something, too. */
#define QUOTA_PART  8
#define QUOTA_LEAST (64 * 1024)

struct allow {
	RB_ENTRY(allow)   byid;
	RB_ENTRY(allow)   bywhat;
	LIST_ENTRY(allow) same; /* quota */
	uint64_t          id;
	struct rule_stat *rule;
	struct meter     *rate;  /* or NULL */
	struct meter     *quota; /* or NULL */
	unsigned int      refs;  /* members */
	LIST_HEAD(, member)  sessions;
	LIST_HEAD(, member)  flows;
	LIST_HEAD(, portion) portions;
};

/* What one relay has of an allowance, and waits for. */
struct portion {
	TAILQ_ENTRY(portion) entry; /* of the meter, if it waits */
	LIST_ENTRY(portion)  own;   /* of the allowance */
	struct allow        *allow;
	unsigned int         relay;
	uint32_t             members;
	uint64_t             granted; /* and not come back */
	uint64_t             fresh;   /* of it, in this period */
	uint32_t             period;  /* of the quota: its number */
	uint64_t             early;   /* read before any grant */
	uint64_t             moved;   /* by members that are over */
	int                  unsure;  /* of some it is not known */
	uint32_t             waiting; /* members; 0: it does not */
	uint64_t             wanted;  /* bytes, then */
};

static int           byid_cmp(const struct allow *, const struct allow *);
static int           bywhat_cmp(const struct allow *, const struct allow *);
static struct allow *grant_new(struct router *, struct rule_stat *,
    struct meter *, struct meter *);
static void grant_add(struct allow *, struct portion *, struct member *, int);
static void grant_free(struct router *, struct allow *);
static struct allow   *grant_byid(struct router *, uint64_t);
static struct portion *portion_of(struct allow *, unsigned int);
static struct portion *portion_get(struct allow *, unsigned int);
static void            portion_free(struct router *, struct portion *);
static void            portion_settle(struct router *, struct portion *);
static void            portion_charge(struct router *, struct portion *);
static void     portion_wait(struct portion *, const struct msg_allow_want *);
static void     portion_served(struct router *, struct portion *);
static void     rate_serve(struct router *, struct meter *);
static uint64_t rate_level(struct meter *, struct bucket *, uint64_t);
static struct bucket *rate_bucket(struct meter *, uint64_t);
static void           rate_count(struct meter *, uint64_t, uint64_t);
static uint64_t       grant_give(struct router *, struct portion *, uint64_t);
static uint64_t       grant_fresh(struct router *, struct portion *);
static int            grant_never_was(const struct router *, uint64_t);
static void           grant_used_up(struct router *, struct meter *);
static void           grant_end(struct router *, struct member *, const char *);
static void grant_post(struct router *, unsigned int, uint64_t, uint64_t);
static void tick_cb(evutil_socket_t, short, void *);

RB_PROTOTYPE(allow_ids, allow, byid, byid_cmp)
RB_GENERATE(allow_ids, allow, byid, byid_cmp)
RB_PROTOTYPE(allow_whats, allow, bywhat, bywhat_cmp)
RB_GENERATE(allow_whats, allow, bywhat, bywhat_cmp)

void
grant_init(struct router *r)
{
	RB_INIT(&r->allow_ids);
	RB_INIT(&r->allow_whats);
	TAILQ_INIT(&r->hungry);
	r->last_allow = (uint64_t)r->role.child->start.incarnation
	    << ID_SERIAL_BITS;
	if ((r->tick = evtimer_new(r->role.base, tick_cb, r)) == NULL)
		fatalx("router: memory");
}

static int
byid_cmp(const struct allow *a, const struct allow *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static int
bywhat_cmp(const struct allow *a, const struct allow *b)
{
	uintptr_t x[3] = { (uintptr_t)a->rule, (uintptr_t)a->rate,
		(uintptr_t)a->quota };
	uintptr_t y[3] = { (uintptr_t)b->rule, (uintptr_t)b->rate,
		(uintptr_t)b->quota };
	int       i;

	for (i = 0; i < 2 && x[i] == y[i]; i++)
		;
	return (x[i] > y[i]) - (x[i] < y[i]);
}

void
grant_on_used_up(struct router *r,
    void (*end)(struct router *, struct member *))
{
	r->flow_used_up = end;
}

int
grant_join(struct router *r, struct session *s, struct member *m,
    struct rule_stat *rule, uint64_t *id)
{
	const struct conf_limits *l;
	struct meter             *rate = NULL, *quota = NULL;
	struct allow             *a = NULL, key;
	struct portion           *p;
	struct limit_who          who;

	*id = 0;
	if (rule == NULL)
		return 0;
	l = &rule->limits;
	if (l->rate == 0 && l->quota == 0)
		return 0;
	limit_who(s, &who);
	/* What is held is not made room with for the other one. */
	if (l->rate != 0 &&
	    (rate = limit_meter(r, LIMIT_RATE, rule, l->rate_per, &who)) !=
		NULL)
		meter_hold(&r->meters, rate);
	if (l->quota != 0 && (quota = quota_get(r, rule, who.user)) != NULL)
		meter_hold(&r->meters, quota);
	if ((rate != NULL) == (l->rate != 0) &&
	    (quota != NULL) == (l->quota != 0)) {
		key.rule = rule;
		key.rate = rate;
		key.quota = quota;
		if ((a = RB_FIND(allow_whats, &r->allow_whats, &key)) == NULL)
			a = grant_new(r, rule, rate, quota);
	}
	if (a != NULL && (p = portion_get(a, s->relay)) == NULL) {
		if (a->refs == 0)
			grant_free(r, a);
		a = NULL;
	}
	if (a != NULL) {
		grant_add(a, p, m, m == &s->member);
		*id = a->id;
	}
	/* A new allowance holds them, too. */
	if (rate != NULL)
		meter_release(&r->meters, rate);
	if (quota != NULL)
		meter_release(&r->meters, quota);
	return a == NULL ? -1 : 0;
}

static void
grant_add(struct allow *a, struct portion *p, struct member *m, int is_session)
{
	m->portion = p;
	p->members++;
	a->refs++;
	if (is_session) {
		p->early += SESSION_EARLY_MAX;
		LIST_INSERT_HEAD(&a->sessions, m, entry);
	} else {
		p->early += ALLOW_OVER_MAX;
		LIST_INSERT_HEAD(&a->flows, m, entry);
	}
	if (a->rate != NULL)
		a->rate->sessions++;
	if (a->quota != NULL)
		a->quota->sessions++;
}

static struct allow *
grant_new(struct router *r, struct rule_stat *rule, struct meter *rate,
    struct meter *quota)
{
	struct allow *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->id = ++r->last_allow;
	a->rule = rule;
	rule->refs++;
	LIST_INIT(&a->sessions);
	LIST_INIT(&a->flows);
	LIST_INIT(&a->portions);
	if ((a->rate = rate) != NULL)
		meter_hold(&r->meters, rate);
	if ((a->quota = quota) != NULL) {
		meter_hold(&r->meters, quota);
		LIST_INSERT_HEAD(&quota->allows, a, same);
	}
	(void)RB_INSERT(allow_ids, &r->allow_ids, a);
	(void)RB_INSERT(allow_whats, &r->allow_whats, a);
	return a;
}

int
grant_covers(const struct member *m, uint64_t bytes)
{
	const struct portion *p = m->portion;

	return p == NULL || p->unsure ||
	    p->moved + bytes <= p->granted + p->early;
}

void
grant_lose(const struct member *m)
{
	if (m->portion != NULL)
		m->portion->unsure = 1;
}

void
grant_leave(struct router *r, struct member *m, uint64_t bytes)
{
	struct portion *p = m->portion;
	struct allow   *a;

	if (p == NULL)
		return;
	a = p->allow;
	LIST_REMOVE(m, entry);
	m->portion = NULL;
	p->members--;
	p->moved += bytes;
	if (p->members == 0)
		portion_charge(r, p);
	if (a->rate != NULL)
		a->rate->sessions--;
	if (a->quota != NULL)
		a->quota->sessions--;
	if (--a->refs == 0)
		grant_free(r, a);
}

static void
grant_free(struct router *r, struct allow *a)
{
	struct portion *p;

	while ((p = LIST_FIRST(&a->portions)) != NULL)
		portion_free(r, p);
	(void)RB_REMOVE(allow_ids, &r->allow_ids, a);
	(void)RB_REMOVE(allow_whats, &r->allow_whats, a);
	if (a->rate != NULL)
		meter_release(&r->meters, a->rate);
	if (a->quota != NULL) {
		LIST_REMOVE(a, same);
		meter_release(&r->meters, a->quota);
	}
	rule_stat_release(a->rule);
	free(a);
}

static struct portion *
portion_of(struct allow *a, unsigned int relay)
{
	struct portion *p;

	LIST_FOREACH(p, &a->portions, own)
		if (p->relay == relay)
			break;
	return p;
}

static struct portion *
portion_get(struct allow *a, unsigned int relay)
{
	struct portion *p;

	if ((p = portion_of(a, relay)) != NULL ||
	    (p = calloc(1, sizeof(*p))) == NULL)
		return p;
	p->allow = a;
	p->relay = relay;
	LIST_INSERT_HEAD(&a->portions, p, own);
	return p;
}

static void
portion_free(struct router *r, struct portion *p)
{
	portion_served(r, p);
	portion_settle(r, p);
	LIST_REMOVE(p, own);
	free(p);
}

/*
 * Its members are over: what they did not move of the grants is not used.  A
 * grant may still be on its way to those who have gone.
 */
static void
portion_settle(struct router *r, struct portion *p)
{
	uint64_t rest;

	if (p->unsure || p->members != 0)
		return;
	portion_charge(r, p);
	if (p->allow->quota == NULL)
		return;
	rest = p->granted - p->moved;
	if (rest > grant_fresh(r, p))
		rest = p->fresh;
	quota_add(r, p->allow->quota, -(int64_t)rest);
}

/*
 * Its members are over, and have moved more than it was granted: what came
 * before the first grant, and the last datagram of each.  The relay has
 * forgotten that debt with them; those who come next have to wait for it.
 */
static void
portion_charge(struct router *r, struct portion *p)
{
	struct allow *a = p->allow;
	uint64_t      over;

	if (p->unsure || p->moved <= p->granted)
		return;
	over = p->moved - p->granted;
	p->granted = p->moved;
	if (a->rate != NULL)
		a->rate->owed += over;
	if (a->quota != NULL)
		quota_add(r, a->quota, (int64_t)over);
}

/* Of the grants to it, what counts in the present period of the quota. */
static uint64_t
grant_fresh(struct router *r, struct portion *p)
{
	struct allow *a = p->allow;

	(void)quota_left(r, a->quota, a->rule->limits.quota);
	if (p->period != a->quota->renewed) {
		p->period = a->quota->renewed;
		p->fresh = 0;
	}
	return p->fresh;
}

/* It has asked, perhaps not for the first time: the last word counts. */
static void
portion_wait(struct portion *p, const struct msg_allow_want *ask)
{
	struct meter *rate = p->allow->rate;

	if (p->waiting == 0)
		TAILQ_INSERT_TAIL(&rate->portions, p, entry);
	rate->waiting += ask->sessions - p->waiting;
	p->waiting = ask->sessions;
	p->wanted = ask->bytes;
}

static void
portion_served(struct router *r, struct portion *p)
{
	struct meter *m = p->allow->rate;

	if (p->waiting == 0)
		return;
	m->waiting -= p->waiting;
	p->waiting = 0;
	TAILQ_REMOVE(&m->portions, p, entry);
	if (m->hungry_now && TAILQ_EMPTY(&m->portions)) {
		TAILQ_REMOVE(&r->hungry, m, hungry);
		m->hungry_now = 0;
	}
}

static struct allow *
grant_byid(struct router *r, uint64_t id)
{
	struct allow key;

	key.id = id;
	return RB_FIND(allow_ids, &r->allow_ids, &key);
}

void
grant_on_want(void *arg, struct peer *from, struct msg *m)
{
	struct router        *r = arg;
	struct msg_allow_want ask;
	struct allow         *a;
	struct portion       *p = NULL;
	unsigned int          relay = channel_instance(peer_channel(from));

	if (msg_get_allow_want(m, &ask) == -1) {
		role_bad_peer(&r->role, from, "malformed allow-want");
		return;
	}
	if ((a = grant_byid(r, m->id)) != NULL)
		p = portion_of(a, relay);
	else if (m->id >> ID_SERIAL_BITS < r->role.child->start.incarnation) {
		/* A former router's: nobody knows any more what it was. */
		grant_post(r, relay, m->id, ask.bytes);
		return;
	}
	if (p == NULL || ask.sessions > p->members) {
		role_bad_peer(&r->role, from,
		    "allow-want for sessions it does not own");
		return;
	}
	if (ask.bytes > (uint64_t)ask.sessions * ALLOW_WANT_BYTES + p->early) {
		role_bad_peer(&r->role, from,
		    "allow-want of more than its sessions can use");
		return;
	}
	if (a->rate == NULL) {
		(void)grant_give(r, p,
		    ask.bytes < GRANT_QUOTA ? ask.bytes : GRANT_QUOTA);
		return;
	}
	portion_wait(p, &ask);
	rate_serve(r, a->rate);
}

/* Of an id that no router has given to anybody yet. */
static int
grant_never_was(const struct router *r, uint64_t id)
{
	return id == 0 || id > r->last_allow;
}

static struct bucket *
rate_bucket(struct meter *m, uint64_t now)
{
	const struct rule_stat *rule = m->rule;
	uint64_t                rate = rule->limits.rate, size;

	size = rate / BURST_PART;
	return meter_bucket(m, rate, 1000,
	    size < GRANT_LEAST ? GRANT_LEAST : size, now);
}

/* What has come in, when what is owed of it is paid. */
static uint64_t
rate_level(struct meter *m, struct bucket *b, uint64_t now)
{
	uint64_t level = bucket_level(b, now);
	uint64_t paid = m->owed < level ? m->owed : level;

	(void)bucket_take(b, paid, now);
	m->owed -= paid;
	return level - paid;
}

/* What has come in goes to those that wait, in turn and by their number. */
static void
rate_serve(struct router *r, struct meter *m)
{
	static const struct timeval tv = { 0, TICK_MS * 1000 };
	uint64_t                    now = clock_ms();
	struct bucket              *b = rate_bucket(m, now);
	uint64_t                    level, least, most, share;
	struct portion             *p;

	level = rate_level(m, b, now);
	least = b->count / 1000 * TICK_MS;
	if (least < GRANT_LEAST)
		least = GRANT_LEAST;
	most = b->count / GRANT_PART;
	if (most < GRANT_LEAST)
		most = GRANT_LEAST;
	p = TAILQ_FIRST(&m->portions);
	if (p != NULL && level < least && level < p->wanted)
		p = NULL;
	for (; p != NULL && level >= GRANT_LEAST;
	     p = TAILQ_FIRST(&m->portions)) {
		share = level / m->waiting * p->waiting;
		if (share < GRANT_LEAST)
			share = GRANT_LEAST;
		if (share > most)
			share = most;
		if (share > p->wanted)
			share = p->wanted;
		portion_served(r, p);
		share = grant_give(r, p, share);
		(void)bucket_take(b, share, now);
		rate_count(m, share, now);
		level -= share;
	}
	if (TAILQ_EMPTY(&m->portions))
		return;
	if (m->hungry_now == 0) {
		TAILQ_INSERT_TAIL(&r->hungry, m, hungry);
		m->hungry_now = 1;
	}
	if (evtimer_pending(r->tick, NULL) == 0)
		(void)event_add(r->tick, &tv);
}

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval tv = { 0, TICK_MS * 1000 };
	struct router              *r = arg;
	struct meter               *m, *next;

	for (m = TAILQ_FIRST(&r->hungry); m != NULL; m = next) {
		next = TAILQ_NEXT(m, hungry);
		rate_serve(r, m);
	}
	if (!TAILQ_EMPTY(&r->hungry) && evtimer_pending(r->tick, NULL) == 0)
		(void)event_add(r->tick, &tv);
}

/* For those who ask how much it is at present. */
static void
rate_count(struct meter *m, uint64_t bytes, uint64_t now)
{
	if (now - m->since >= 1000) {
		m->used = m->moved * 1000 / (now - m->since);
		m->since = now;
		m->moved = 0;
	}
	m->moved += bytes;
}

/* Grants what the quota allows of it: how much. */
static uint64_t
grant_give(struct router *r, struct portion *p, uint64_t bytes)
{
	struct allow *a = p->allow;
	uint64_t      left, part;

	if (a->quota != NULL) {
		left = quota_left(r, a->quota, a->rule->limits.quota);
		if (left == 0) {
			grant_used_up(r, a->quota);
			return 0;
		}
		part = left / QUOTA_PART;
		if (part < QUOTA_LEAST)
			part = QUOTA_LEAST;
		if (part > left)
			part = left;
		if (bytes > part)
			bytes = part;
		quota_add(r, a->quota, (int64_t)bytes);
		p->fresh = grant_fresh(r, p) + bytes;
	}
	p->granted += bytes;
	grant_post(r, p->relay, a->id, bytes);
	return bytes;
}

static void
grant_post(struct router *r, unsigned int relay, uint64_t id, uint64_t bytes)
{
	uint8_t     data[8];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u64(&b, bytes);
	(void)role_post(&r->role, PROC_RELAY, relay, MSG_ALLOW_GRANT, id, &b,
	    -1);
}

/* Nothing is left of it: all who live on it end. */
static void
grant_used_up(struct router *r, struct meter *quota)
{
	struct allow  *a;
	struct member *m;
	char           text[256];

	LIST_FOREACH(a, &quota->allows, same) {
		limit_quota_text(a->rule, text, sizeof(text));
		LIST_FOREACH(m, &a->sessions, entry)
			grant_end(r, m, text);
		LIST_FOREACH(m, &a->flows, entry)
			r->flow_used_up(r, m);
	}
}

static void
grant_end(struct router *r, struct member *m, const char *why)
{
	struct session *s;

	s = (struct session *)((char *)m - offsetof(struct session, member));
	if (s->killed || s->state != SESSION_OPEN)
		return;
	role_count(&r->role, COUNTER_QUOTA_ENDED);
	free(s->hint);
	s->hint = strdup(why);
	sess_kill(r, s, CAUSE_QUOTA);
}

/*
 * The last member there may have ended meanwhile, and the allowance with it;
 * then all was settled.
 */
void
grant_on_return(void *arg, struct peer *from, struct msg *m)
{
	struct router  *r = arg;
	struct allow   *a;
	struct portion *p;
	uint64_t        bytes, now = clock_ms();

	if (msg_get_u64(m, &bytes) == -1) {
		role_bad_peer(&r->role, from, "malformed allow-return");
		return;
	}
	if ((a = grant_byid(r, m->id)) == NULL && !grant_never_was(r, m->id))
		return;
	p = a == NULL ? NULL :
			portion_of(a, channel_instance(peer_channel(from)));
	if (p == NULL || bytes > p->granted) {
		role_bad_peer(&r->role, from,
		    "allow-return of more than was granted");
		return;
	}
	p->granted -= bytes;
	if (a->rate != NULL)
		bucket_put(rate_bucket(a->rate, now), bytes, now);
	if (a->quota == NULL)
		return;
	/* What was granted in another period was used in that. */
	if (bytes > grant_fresh(r, p))
		bytes = p->fresh;
	p->fresh -= bytes;
	quota_add(r, a->quota, -(int64_t)bytes);
}

const char *
grant_where(const struct meter *quota)
{
	const struct allow *a = LIST_FIRST(&quota->allows);

	return a == NULL ? "" : a->rule->where;
}

void
grant_relay_down(struct router *r, unsigned int relay)
{
	struct allow   *a;
	struct portion *p;

	/* Its successor has none of what it had. */
	RB_FOREACH(a, allow_ids, &r->allow_ids)
		if ((p = portion_of(a, relay)) != NULL)
			portion_free(r, p);
}

void
grant_adopt(struct router *r, struct session *s)
{
	uint8_t     data[8];
	struct wbuf b;
	uint64_t    id;

	/* Without what counts for it, it would move as much as it likes. */
	if (grant_join(r, s, &s->member, s->rule, &id) == -1) {
		sess_kill(r, s, CAUSE_NO_RESOURCES);
		return;
	}
	grant_lose(&s->member); /* it has moved some before */
	/* Under no rule, as it is not in force, it is free from now on. */
	if (id == 0 && s->rule != NULL)
		return;
	wbuf_init(&b, data, sizeof(data));
	msg_put_u64(&b, id);
	/* With its old allowance, too: nobody knows what that was. */
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_ALLOW_SET, s->id, &b,
		-1) == -1)
		sess_kill(r, s, CAUSE_NO_RESOURCES);
}
