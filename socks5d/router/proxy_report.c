/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks about the proxies of upstreams, and what it says of them.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/breaker.h"
#include "router/proxy.h"
#include "router/proxy_report.h"
#include "router/state.h"

_Static_assert(PROXY_NAME_SIZE == CONF_NAME_SIZE &&
	PROXY_MEMBERS_MAX == CONF_MEMBERS_MAX,
    "messages and config differ");

static int  row_of(const struct router *, uint64_t, struct proxy_row *);
static void row_fill(const struct upstream *, const struct proxy *, uint64_t,
    struct proxy_row *);
static struct proxy *proxy_find(const struct router *, const char *,
    unsigned int, char *, size_t);

void
proxy_report(void *arg, struct page *p)
{
	union list_row row;

	while (row_of(arg, p->at, &row.proxy) && page_row(p, &row))
		p->at++;
}

/* 0 if there is none of that number. */
static int
row_of(const struct router *r, uint64_t number, struct proxy_row *row)
{
	const struct upstream *u;

	if (r->upstreams == NULL)
		return 0;
	TAILQ_FOREACH(u, &r->upstreams->list, entry) {
		if (number < u->balance.n) {
			row_fill(u, u->member[number], clock_ms(), row);
			return 1;
		}
		number -= u->balance.n;
	}
	return 0;
}

static void
row_fill(const struct upstream *u, const struct proxy *p, uint64_t now,
    struct proxy_row *row)
{
	const struct breaker *b = &p->breaker;

	memset(row, 0, sizeof(*row));
	(void)strlcpy(row->upstream, u->name, sizeof(row->upstream));
	if (u->via != NULL)
		(void)strlcpy(row->via, u->via->name, sizeof(row->via));
	row->balance = (uint8_t)u->balance.how;
	row->member = (uint8_t)p->number;
	row->protocol = (uint8_t)p->protocol;
	row->addr = p->addr;
	row->port = p->port;
	row->state = proxy_state_of(p, now);
	if (row->state == PROXY_TRIPPED)
		row->left_ms = (uint32_t)(b->opened_ms + p->limit.open_ms -
		    now);
	row->sessions = p->sessions;
	row->bytes_up = p->bytes_up;
	row->bytes_down = p->bytes_down;
	row->connect_ms = p->connect_ms;
	row->tries = p->tries;
	row->failures = p->failures;
	(void)strlcpy(row->error, p->error, sizeof(row->error));
	if (p->error[0] != '\0')
		row->error_ms = now - p->error_ms;
}

void
proxy_report_on_set(void *arg, struct peer *from, struct msg *m)
{
	struct router       *r = arg;
	struct msg_proxy_set set;
	struct proxy        *p;
	char                 why[128] = "";
	uint8_t              data[sizeof(why) + 8];
	struct wbuf          b;

	if (msg_get_proxy_set(m, &set) == -1) {
		role_bad_peer(&r->role, from, "malformed proxy-set-req");
		return;
	}
	p = proxy_find(r, set.upstream, set.member, why, sizeof(why));
	if (p != NULL) {
		p->down = set.down;
		/* Whoever says that it is up has mended it. */
		if (!set.down)
			proxy_mended(p);
		(void)proxy_notice(p, "by socks5ctl");
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_result(&b, p == NULL ? RESULT_REFUSED : RESULT_OK, why);
	(void)peer_send(from, MSG_PROXY_SET_RES, m->id, &b, -1);
}

static struct proxy *
proxy_find(const struct router *r, const char *name, unsigned int member,
    char *why, size_t size)
{
	const struct upstream *u = NULL;

	if (r->upstreams != NULL)
		u = upstream_find(r->upstreams, name);
	if (u == NULL) {
		(void)snprintf(why, size, "no such upstream: %s", name);
		return NULL;
	}
	if (member > u->balance.n) {
		(void)snprintf(why, size, "upstream %s has %u member%s", name,
		    u->balance.n, u->balance.n == 1 ? "" : "s");
		return NULL;
	}
	return u->member[member - 1];
}
