/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Quotas: bytes in a day or a month, which outlive this process.
 *
 * The parent keeps a file of what was used, says it to each new router, and
 * hears of changes every few seconds.  A meter of a quota is there while its
 * period lasts, whether there are sessions or not.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/quota.h"
#include "conf/conf.h"
#include "router/meter.h"
#include "router/quota.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

/* The parent hears of a change at most so much later. */
#define TELL_S 3

/* While so much waits to be told, nothing is added to it. */
#define TELL_QUEUE_MAX (1024 * 1024)
#define TELL_AGAIN_MS  50

_Static_assert(TELL_QUEUE_MAX + MSG_PAYLOAD_MAX < CHANNEL_QUEUE_MAX,
    "what is below it can always be sent");

enum quota_make {
	QUOTA_FIND,
	QUOTA_MAKE, /* if there is room for it */
	QUOTA_LOAD, /* the parent has room for it */
};

static struct meter *quota_meter(struct router *, const char *rule,
    const char *user, int month, enum quota_make);
static struct meter *quota_first(struct router *);
static void          quota_renew(struct router *, struct meter *);
static void          quota_keep(struct router *, struct meter *);
static int  quota_has_room(const struct router *, const char *, const char *);
static void quota_tell_soon(struct router *);
static void quota_load(struct router *, const struct quota_row *);
static void quota_soon(struct router *, struct meter *);
static void quota_put(struct wbuf *, const struct meter *,
    const struct quota_slot *);
static void quota_row_of(const struct meter *, struct quota_row *);
static void quota_cb(evutil_socket_t, short, void *);
static int  quota_tell_message(struct router *, struct meter **);
static void quota_sweep(struct router *);

void
quota_init(struct router *r, void (*told)(struct router *))
{
	r->quota_told = told;
	if ((r->quota_tell = evtimer_new(r->role.base, quota_cb, r)) == NULL)
		fatalx("router: memory");
	/* What it is now is believed; what it leaps to later is not. */
	(void)quota_clock(&r->quota_clock, time(NULL), clock_ms());
}

struct meter *
quota_find(struct router *r, const struct rule_stat *rule, const char *user)
{
	return quota_meter(r, rule->quota,
	    rule->limits.quota_per == CONF_PER_USER ? user : NULL,
	    rule->limits.quota_period == CONF_MONTH, QUOTA_FIND);
}

struct meter *
quota_get(struct router *r, const struct rule_stat *rule, const char *user)
{
	return quota_meter(r, rule->quota,
	    rule->limits.quota_per == CONF_PER_USER ? user : NULL,
	    rule->limits.quota_period == CONF_MONTH, QUOTA_MAKE);
}

/* Its key: "d" or "m", the rule, a NUL, the user. */
static struct meter *
quota_meter(struct router *r, const char *rule, const char *user, int month,
    enum quota_make make)
{
	struct meter *m;
	char          key[METER_KEY_MAX + 1];
	int           len;

	len = snprintf(key, sizeof(key), "%c%s%c%s", month ? 'm' : 'd', rule,
	    '\0', user == NULL ? "" : user);
	if (len < 0 || (size_t)len >= sizeof(key))
		return NULL;
	m = meter_find(&r->meters, LIMIT_QUOTA, NULL, key, (size_t)len);
	/* What cannot be kept is not counted, but refused. */
	if (m == NULL && make != QUOTA_FIND &&
	    (make == QUOTA_LOAD || quota_has_room(r, rule, user)))
		m = meter_get(&r->meters, LIMIT_QUOTA, NULL, key, (size_t)len,
		    clock_ms());
	if (m != NULL)
		quota_renew(r, m);
	return m;
}

static void
quota_keep(struct router *r, struct meter *m)
{
	struct quota_row row;

	quota_row_of(m, &row);
	m->kept = 1;
	r->nquotas++;
	r->quota_bytes += quota_row_room(&row);
	meter_hold(&r->meters, m);
}

/* Room to keep one more, that of the parent. */
static int
quota_has_room(const struct router *r, const char *rule, const char *user)
{
	struct quota_row row;

	memset(&row, 0, sizeof(row));
	(void)strlcpy(row.rule, rule, sizeof(row.rule));
	if (user != NULL)
		(void)strlcpy(row.user, user, sizeof(row.user));
	return r->nquotas < QUOTA_ROWS_MAX &&
	    r->quota_bytes + quota_row_room(&row) <= QUOTA_BYTES_MAX;
}

int
quota_is_full(struct router *r, const struct rule_stat *rule, const char *user)
{
	return quota_find(r, rule, user) == NULL &&
	    !quota_has_room(r, rule->quota,
		rule->limits.quota_per == CONF_PER_USER ? user : NULL);
}

/* What is old may make room, soon. */
void
quota_refused(struct router *r)
{
	if (r->quota_full == 0)
		log_warn("router: too many used quotas (%zu): refusing users "
			 "that have none yet",
		    r->nquotas);
	r->quota_full = 1;
	quota_tell_soon(r);
}

/* A new period has begun, or the first: it lasts, so the meter does. */
static void
quota_renew(struct router *r, struct meter *m)
{
	char period[QUOTA_PERIOD_SIZE];
	int  first = m->count.now.period[0] == '\0';

	quota_period(time(NULL), m->key[0] == 'm', period);
	if (quota_turn(&m->count, period) == 0)
		return;
	/* The parent keeps two periods, and must know which they are. */
	if (first == 0) {
		m->turned = 1;
		quota_soon(r, m);
	}
	if (m->kept == 0)
		quota_keep(r, m);
	m->renewed++;
}

uint64_t
quota_used(struct router *r, struct meter *m)
{
	quota_renew(r, m);
	return m->count.now.bytes;
}

int
quota_is_used(struct router *r, const struct rule_stat *rule, const char *user)
{
	struct meter *m;

	return (m = quota_find(r, rule, user)) != NULL &&
	    m->count.now.bytes >= rule->limits.quota;
}

uint64_t
quota_left(struct router *r, struct meter *m, uint64_t most)
{
	uint64_t used = quota_used(r, m);

	m->most = most;
	return used < most ? most - used : 0;
}

void
quota_add(struct router *r, struct meter *m, int64_t bytes)
{
	uint64_t *used = &m->count.now.bytes;

	if (bytes < 0 && *used < (uint64_t)-bytes)
		*used = 0; /* of the last period */
	else
		*used += (uint64_t)bytes;
	quota_soon(r, m);
}

static void
quota_soon(struct router *r, struct meter *m)
{
	m->dirty = 1;
	quota_tell_soon(r);
}

static void
quota_tell_soon(struct router *r)
{
	static const struct timeval tv = { TELL_S, 0 };

	if (evtimer_pending(r->quota_tell, NULL) == 0)
		(void)event_add(r->quota_tell, &tv);
}

static void
quota_cb(evutil_socket_t fd, short what, void *arg)
{
	struct router *r = arg;

	if (quota_tell(r))
		r->quota_told(r);
}

static struct meter *
quota_first(struct router *r)
{
	r->meters.probe->kind = LIMIT_QUOTA;
	r->meters.probe->rule = NULL;
	r->meters.probe->len = 0;
	return RB_NFIND(meter_tree, &r->meters.tree, r->meters.probe);
}

/* A row stays to be told until it is on its way. */
int
quota_tell(struct router *r)
{
	static const struct timeval again = { 0, TELL_AGAIN_MS * 1000 };
	struct meter               *m = quota_first(r);
	int                         n;

	while (peer_queued(r->role.parent) <= TELL_QUEUE_MAX) {
		if ((n = quota_tell_message(r, &m)) == -1)
			break;
		if (n == 0) {
			quota_sweep(r);
			return 1;
		}
	}
	(void)event_add(r->quota_tell, &again);
	return 0;
}

/* As many rows as one takes, from *next on: 0 if none, -1 if it cannot go. */
static int
quota_tell_message(struct router *r, struct meter **next)
{
	struct meter *m, *first = *next;
	uint8_t       data[MSG_PAYLOAD_MAX];
	struct wbuf   b;

	wbuf_init(&b, data, sizeof(data));
	for (m = first; m != NULL && m->kind == LIMIT_QUOTA;
	     m = RB_NEXT(meter_tree, &r->meters.tree, m)) {
		if (m->dirty == 0)
			continue;
		if (wbuf_space(&b) < 2 * QUOTA_LINE_SIZE)
			break;
		/* The one that is counted in comes last. */
		if (m->turned)
			quota_put(&b, m, &m->count.before);
		quota_put(&b, m, &m->count.now);
		m->dirty = m->turned = 0;
	}
	*next = m;
	if (b.len == 0)
		return 0;
	if (peer_send(r->role.parent, MSG_QUOTA_ROWS, 0, &b, -1) == 0)
		return 1;
	/* Once more, then: what was told before does no harm. */
	for (; first != m;
	     first = RB_NEXT(meter_tree, &r->meters.tree, first)) {
		first->dirty = 1;
		first->turned = first->count.before.period[0] != '\0';
	}
	return -1;
}

/* Those of a period that is over are not kept any longer. */
static void
quota_sweep(struct router *r)
{
	struct quota_row row;
	struct meter    *m, *next;
	time_t           t;

	t = quota_clock(&r->quota_clock, time(NULL), clock_ms());
	for (m = quota_first(r); m != NULL && m->kind == LIMIT_QUOTA;
	     m = next) {
		next = RB_NEXT(meter_tree, &r->meters.tree, m);
		if (m->kept && m->refs == 1 &&
		    quota_count_is_old(&m->count, t)) {
			quota_row_of(m, &row);
			r->nquotas--;
			r->quota_bytes -= quota_row_room(&row);
			r->quota_full = 0;
			meter_free(&r->meters, m);
		}
	}
}

static void
quota_put(struct wbuf *b, const struct meter *m, const struct quota_slot *s)
{
	struct quota_row row;
	char             line[QUOTA_LINE_SIZE];

	quota_row_of(m, &row);
	memcpy(row.period, s->period, sizeof(row.period));
	row.bytes = s->bytes;
	wbuf_bytes(b, line, quota_line_put(line, sizeof(line), &row));
}

/* But for period and bytes. */
static void
quota_row_of(const struct meter *m, struct quota_row *row)
{
	const char *rule = (const char *)m->key + 1;
	size_t      len = strnlen(rule, m->len - 1);

	memset(row, 0, sizeof(*row));
	memcpy(row->rule, rule, len);
	memcpy(row->user, rule + len + 1, m->len - 1 - len - 1);
}

void
quota_key(const struct meter *m, const char **rule, char *user, size_t size)
{
	struct quota_row row;

	quota_row_of(m, &row);
	*rule = (const char *)m->key + 1;
	(void)strlcpy(user, row.user, size);
}

/* What the parent has kept for us. */
void
quota_on_rows(void *arg, struct peer *from, struct msg *m)
{
	struct router   *r = arg;
	struct quota_row row;
	const char      *p = (const char *)m->data, *end, *nl;

	for (end = p + m->len; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL ||
		    quota_line_get(p, (size_t)(nl - p), &row) == -1)
			fatalx("router: malformed %s", msg_name(m->type));
		quota_load(r, &row);
	}
}

static void
quota_load(struct router *r, const struct quota_row *row)
{
	struct meter *m;
	int           counted;

	m = quota_meter(r, row->rule, row->user, quota_is_month(row->period),
	    QUOTA_LOAD);
	/* It would begin anew; our successor is told again. */
	if (m == NULL)
		fatalx("router: no memory for used quota");
	counted = m->count.now.bytes != 0;
	/* What we have counted since is on top. */
	if (strcmp(m->count.now.period, row->period) == 0)
		m->count.now.bytes += row->bytes;
	else if (strcmp(m->count.before.period, row->period) == 0)
		m->count.before.bytes += row->bytes;
	else {
		memcpy(m->count.before.period, row->period,
		    sizeof(row->period));
		m->count.before.bytes = row->bytes;
	}
	/* What we have told of it meanwhile is not all any more. */
	if (counted) {
		m->turned = m->count.before.period[0] != '\0';
		quota_add(r, m, 0);
	}
}
