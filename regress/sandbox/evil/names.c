/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A resolver that lies: answers, and sockets to what is no name server.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <string.h>

#include "evil.h"

static void
put_answer(struct wbuf *w, void *space, size_t size)
{
	struct msg_name_answer a;

	memset(&a, 0, sizeof(a));
	a.family = RESOLVE_INET;
	a.status = NAME_OK;
	for (a.naddrs = 0; a.naddrs < NAME_ADDRS_MAX; a.naddrs++) {
		a.addrs[a.naddrs].af = AF_INET;
		a.addrs[a.naddrs].b[0] = 127;
		a.addrs[a.naddrs].b[3] = (uint8_t)(a.naddrs + 1);
	}
	wbuf_init(w, space, size);
	msg_put_name_answer(w, &a);
}

static void
answer_unasked(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[1024];
	uint64_t    id;

	put_answer(&w, space, sizeof(space));
	for (id = 0; id < 1000; id++)
		(void)evil_raw_wbuf(ch, MSG_NAME_ANSWER, id, &w);
}

/* The name asked for is an outside one, the answer is our own loopback. */
static void
answer_forbidden(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[1024];

	put_answer(&w, space, sizeof(space));
	(void)evil_raw_wbuf(ch, MSG_NAME_ANSWER, e->id, &w);
}

static void
answer_flood(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[1024];

	put_answer(&w, space, sizeof(space));
	evil_flood_id(ch, MSG_NAME_ANSWER, e->id, &w, FLOOD);
}

static void
put_dns(const struct evil *e, struct wbuf *w, void *space, size_t size,
    uint8_t tcp)
{
	struct msg_dns d;

	memset(&d, 0, sizeof(d));
	d.server.af = AF_INET;
	d.server.b[0] = 127;
	d.server.b[3] = 1;
	d.port = (uint16_t)e->port;
	d.tcp = tcp;
	wbuf_init(w, space, size);
	msg_put_dns(w, &d);
}

/* A socket to what is no name server. */
static void
dns_want_foreign(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[64];

	put_dns(e, &w, space, sizeof(space), 1);
	(void)evil_raw_wbuf(ch, MSG_DNS_WANT, 1, &w);
	put_dns(e, &w, space, sizeof(space), 0);
	(void)evil_raw_wbuf(ch, MSG_DNS_WANT, 2, &w);
}

static void
dns_want_flood(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[64];

	put_dns(e, &w, space, sizeof(space), 1);
	evil_flood(ch, MSG_DNS_WANT, &w, FLOOD);
}

/* Sockets to the right server, without end; nobody takes them. */
static void
dns_hoard(struct evil *e, struct channel *ch)
{
	struct msg_dns d;
	struct wbuf    w;
	uint8_t        space[64];

	memset(&d, 0, sizeof(d));
	d.server = e->ns.addr;
	d.port = e->ns.port;
	wbuf_init(&w, space, sizeof(space));
	msg_put_dns(&w, &d);
	evil_flood(ch, MSG_DNS_WANT, &w, 10000);
	/* Never read again. */
	(void)epoll_ctl(e->epoll, EPOLL_CTL_DEL, channel_fd(ch), NULL);
}

const struct attack attacks_names[] = {
	{ "answer-unasked", MSG_NAME_ANSWER, NEED_NOTHING, answer_unasked,
	    NULL },
	{ "answer-forbidden", MSG_NAME_ANSWER, NEED_QUESTION, answer_forbidden,
	    NULL },
	{ "answer-flood", MSG_NAME_ANSWER, NEED_QUESTION, answer_flood, NULL },
	{ "dns-want", MSG_DNS_WANT, NEED_NOTHING, dns_want_foreign, NULL },
	{ "dns-want-flood", MSG_DNS_WANT, NEED_NOTHING, dns_want_flood, NULL },
	{ "dns-hoard", MSG_DNS_WANT, NEED_NOTHING, dns_hoard, NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
