/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of a relay's flows: each destination has one, the longest unused one
 * goes for a new one, the router hears of each begin and end in its order, and
 * what waits for verdicts is bounded and shared.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/channel.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "compat/poller.h"
#include "relay/link.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"
#include "relay/udp.h"

#define ID    UINT64_C(77)
#define PLACE 8   /* flows at a time */
#define WAIT  16  /* datagrams that may wait */
#define NAMES 200 /* destinations */

static struct relay   *relay;
static struct channel *router; /* its end */
static struct session *session;
static struct udp     *udp;
static uint32_t        open_ids[PLACE + 1]; /* as the router knows them */
static unsigned int    nopen;
static enum udp_drop   why; /* of the last one that was not asked for */

static void
start(void)
{
	int fd[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd));
	ATF_REQUIRE((relay = calloc(1, sizeof(*relay))) != NULL);
	ATF_REQUIRE((session = calloc(1, sizeof(*session))) != NULL);
	ATF_REQUIRE((udp = calloc(1, sizeof(*udp))) != NULL);
	relay->now = 1000;
	relay->udp_ms = 60000;
	TAILQ_INIT(&relay->busy);
	TAILQ_INIT(&relay->udp_ready);
	RB_INIT(&relay->allows);
	ATF_REQUIRE((relay->poller = poller_new()) != NULL);
	relay->role.peers[PROC_ROUTER][0] = peer_open(&link_loop, relay,
	    channel_new(fd[0], PROC_RELAY, PROC_ROUTER, 0), NULL, NULL, NULL);
	router = channel_new(fd[1], PROC_ROUTER, PROC_RELAY, 0);
	ATF_REQUIRE(router != NULL);
	session->id = ID;
	session->udp = udp;
	udp->session = session;
	udp->flows_max = PLACE;
	udp->waiting_max = WAIT;
	RB_INIT(&udp->flows);
	TAILQ_INIT(&udp->used);
	TAILQ_INIT(&udp->flows_ready);
	srandom(1);
}

/* Of destination n: addresses, then names that begin alike; its length. */
static size_t
header(uint8_t *h, unsigned int n)
{
	struct socks_udp u = { .port = (uint16_t)(1 + n % 3) };
	uint8_t          name[255];

	if (n % 2 == 0) {
		u.addr.af = n % 4 == 0 ? AF_INET : AF_INET6;
		u.addr.b[3] = (uint8_t)n;
	} else {
		memset(name, 'a', sizeof(name));
		u.name = name;
		u.namelen = (uint8_t)(1 + n);
	}
	return socks_udp_put_to(h, &u);
}

static struct flow *
find(unsigned int n)
{
	uint8_t h[SOCKS_UDP_HEADER_MAX];
	size_t  len = header(h, n);

	return flow_find(udp, h, len);
}

static struct flow *
ask(unsigned int n)
{
	uint8_t h[SOCKS_UDP_HEADER_MAX];
	size_t  len = header(h, n);

	return flow_ask(relay, session, h, len, &why);
}

static void
grant(struct flow *f)
{
	ATF_REQUIRE((f->fd = open("/dev/null", O_RDWR)) != -1);
	/* What cannot be polled is none of ours here. */
	(void)flow_opened(relay, session, f, 0);
	ATF_REQUIRE_EQ(FLOW_OPEN, f->state);
}

/* The router: it never has more flows than places, nor an id twice. */
static void
hear(void)
{
	struct msg_udp_want w;
	struct udp_count    c;
	struct msg         *m;
	struct rbuf         b;
	unsigned int        i;

	ATF_REQUIRE_EQ(0,
	    channel_flush(peer_channel(role_peer(&relay->role, PROC_ROUTER,
		0))));
	while (channel_recv(router, &m) == CHANNEL_MSG) {
		ATF_REQUIRE_EQ(ID, m->id);
		if (m->type == MSG_UDP_WANT) {
			ATF_REQUIRE_EQ(0, msg_get_udp_want(m, &w));
			for (i = 0; i < nopen; i++)
				ATF_REQUIRE(open_ids[i] != w.flow);
			open_ids[nopen++] = w.flow;
			ATF_REQUIRE_MSG(nopen <= PLACE, "too many flows");
			continue;
		}
		ATF_REQUIRE_EQ(MSG_UDP_COUNT, m->type);
		rbuf_init(&b, m->data, m->len);
		ATF_REQUIRE_EQ(0, udp_count_get(&b, &c));
		ATF_REQUIRE(c.over == UDP_END_EVICTED);
		for (i = 0; i < nopen && open_ids[i] != c.flow; i++)
			;
		ATF_REQUIRE_MSG(i < nopen, "the end of what it has not");
		open_ids[i] = open_ids[--nopen];
	}
}

ATF_TC(find);
ATF_TC_HEAD(find, tc)
{
	atf_tc_set_md_var(tc, "descr", "each destination has its own flow");
}
ATF_TC_BODY(find, tc)
{
	struct flow *f[NAMES];
	unsigned int i, n;

	start();
	udp->flows_max = udp->waiting_max = NAMES;
	for (i = 0; i < NAMES; i++) {
		ATF_REQUIRE(find(i) == NULL);
		ATF_REQUIRE((f[i] = ask(i)) != NULL);
		ATF_REQUIRE(find(i) == f[i]);
		ATF_REQUIRE((f[i]->id & UINT16_MAX) < udp->nslots);
		ATF_REQUIRE(udp->slot[f[i]->id & UINT16_MAX] == f[i]);
	}
	for (n = 0; n < 10000; n++) {
		i = (unsigned int)random() % NAMES;
		ATF_REQUIRE(find(i) == f[i]);
	}
	/* The one that was found last is forgotten as well. */
	for (i = 0; i < NAMES; i++) {
		ATF_REQUIRE(find(i) == f[i]);
		flow_end(relay, session, f[i]);
		ATF_REQUIRE(find(i) == NULL);
	}
	ATF_CHECK_EQ(0, udp->nflows);
}

ATF_TC(order);
ATF_TC_HEAD(order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the longest unused one goes, unless it waits for the router");
}
ATF_TC_BODY(order, tc)
{
	unsigned int used[PLACE + 1]; /* the longest unused one first */
	unsigned int n, i, k, nused = 0, gone;
	struct flow *f;
	uint32_t     id, last = 0;

	start();
	for (n = 0; n < 20000; n++) {
		relay->now += (uint64_t)random() % 2;
		k = (unsigned int)random() % (3 * PLACE);
		for (i = 0; i < nused && used[i] != k; i++)
			;
		ATF_REQUIRE_EQ(i < nused, find(k) != NULL);
		if (i < nused) {
			f = find(k);
			if (f->state == FLOW_ASKED)
				grant(f);
			flow_use(relay, udp, f);
			memmove(&used[i], &used[i + 1],
			    (nused - i - 1) * sizeof(used[0]));
			used[nused - 1] = k;
			continue;
		}
		for (gone = 0; nused == PLACE && gone < nused; gone++)
			if (find(used[gone])->state != FLOW_ASKED)
				break;
		f = ask(k);
		if (nused == PLACE && gone == nused) {
			ATF_REQUIRE(f == NULL);
			/* One is answered, so that it goes on. */
			grant(find(used[0]));
			continue;
		}
		ATF_REQUIRE(f != NULL);
		id = f->id;
		ATF_REQUIRE(id != last);
		last = id;
		if (nused == PLACE) {
			ATF_REQUIRE(find(used[gone]) == NULL);
			memmove(&used[gone], &used[gone + 1],
			    (nused - gone - 1) * sizeof(used[0]));
			nused--;
		}
		used[nused++] = k;
		if (random() % 4 != 0)
			grant(f);
		hear();
		ATF_REQUIRE_EQ(nused, udp->nflows);
		ATF_REQUIRE_EQ(nused, nopen);
	}
}

/* Puts one of that length there. */
static void
wait_one(struct flow *f, size_t len)
{
	static const uint8_t data[UINT16_MAX];

	flow_wait(relay, session, f, data, len);
}

ATF_TC(waiting);
ATF_TC_HEAD(waiting, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no more wait than may, and who has fewer takes from who has most");
}
ATF_TC_BODY(waiting, tc)
{
	struct flow *f[4];
	unsigned int i, n;

	start();
	for (i = 0; i < 4; i++)
		ATF_REQUIRE((f[i] = ask(i)) != NULL);
	for (n = 0; n < WAIT + 4; n++)
		wait_one(f[0], n);
	ATF_CHECK_EQ(WAIT, f[0]->room.n);
	ATF_CHECK_EQ(4, udp->stats.drops[DROP_WAITING]);
	/* It keeps the oldest of its own. */
	ATF_CHECK_EQ(0, STAILQ_FIRST(&f[0]->waiting)->len);
	for (n = 0; n < 3 * WAIT; n++)
		wait_one(f[1], 1);
	ATF_CHECK_EQ(WAIT / 2, f[0]->room.n);
	ATF_CHECK_EQ(WAIT / 2, f[1]->room.n);
	ATF_CHECK_EQ(WAIT / 2, STAILQ_FIRST(&f[0]->waiting)->len);
	wait_one(f[2], 1);
	wait_one(f[3], 1);
	ATF_CHECK_EQ(1, f[2]->room.n);
	ATF_CHECK_EQ(1, f[3]->room.n);
	ATF_CHECK_EQ(WAIT - 2, f[0]->room.n + f[1]->room.n);
	ATF_CHECK_EQ(4 + 3 * WAIT - WAIT / 2 + WAIT / 2 + 2,
	    udp->stats.drops[DROP_WAITING]);
	for (i = 0; i < 4; i++)
		flow_end(relay, session, f[i]);
	ATF_CHECK_EQ(0, udp->waiting[0].n);
	ATF_CHECK_EQ(0, udp->waiting[0].bytes);
	ATF_CHECK_EQ(0, relay->waiting_bytes);
	ATF_CHECK_EQ(WAIT + 4 + 3 * WAIT + 2, udp->stats.drops[DROP_WAITING]);
}

ATF_TC(bytes);
ATF_TC_HEAD(bytes, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the longest datagram may wait, but not many such ones");
}
ATF_TC_BODY(bytes, tc)
{
	struct flow *a, *b;
	unsigned int n, most;

	start();
	ATF_REQUIRE((a = ask(0)) != NULL);
	ATF_REQUIRE((b = ask(1)) != NULL);
	for (n = 0; n < WAIT; n++)
		wait_one(a, 65507);
	most = a->room.n;
	ATF_CHECK(most >= 1 && most <= 4);
	ATF_CHECK_EQ(WAIT - most, udp->stats.drops[DROP_WAITING]);
	wait_one(b, 65507);
	ATF_CHECK_EQ(1, b->room.n);
	ATF_CHECK_EQ(most - 1, a->room.n);
	wait_one(b, 0);
	ATF_CHECK_EQ(2, b->room.n);
	/* Others have all that there is: one of each association, no more. */
	relay->waiting_bytes = UINT64_C(1) << 30;
	wait_one(b, 1);
	ATF_CHECK_EQ(2, b->room.n);
	flow_unwait(relay, session, a, DROP_WAITING);
	flow_unwait(relay, session, b, DROP_WAITING);
	relay->waiting_bytes = UINT64_C(1) << 30;
	wait_one(b, 9000);
	ATF_CHECK_EQ(0, b->room.n);
	wait_one(b, 1200);
	ATF_CHECK_EQ(1, b->room.n);
	wait_one(a, 1);
	wait_one(b, 1);
	ATF_CHECK_EQ(1, udp->waiting[0].n);
}

ATF_TC(grants);
ATF_TC_HEAD(grants, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what waits for grants is bounded, however many flows are opened "
	    "with something that waits");
}
ATF_TC_BODY(grants, tc)
{
	struct flow *f[PLACE];
	unsigned int i, n, held = 0;

	start();
	for (i = 0; i < PLACE; i++) {
		ATF_REQUIRE((f[i] = ask(i)) != NULL);
		for (n = 0; n < WAIT; n++)
			wait_one(f[i], i == 0 ? 10 : 30000);
		ATF_REQUIRE(f[i]->room.n >= 4);
		ATF_REQUIRE((f[i]->fd = open("/dev/null", O_RDWR)) != -1);
		(void)flow_opened(relay, session, f[i], 5);
		ATF_REQUIRE(f[i]->in.member.allow != NULL);
		held = 0;
		for (n = 0; n <= i; n++)
			held += f[n]->room.n;
		ATF_REQUIRE_EQ(held, udp->waiting[1].n);
		ATF_REQUIRE(held <= WAIT);
		ATF_REQUIRE(udp->waiting[1].bytes <= 128 * 1024);
		ATF_REQUIRE_EQ(udp->waiting[1].bytes, relay->waiting_bytes);
	}
	/* Who was there first has lost nothing. */
	ATF_CHECK_EQ(WAIT, f[0]->room.n);
	ATF_CHECK_EQ(PLACE * WAIT,
	    held + udp->stats.drops[DROP_RATE] +
		udp->stats.drops[DROP_WAITING]);
}

ATF_TC(untold);
ATF_TC_HEAD(untold, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "while the router is behind no flow is asked for, and an end that "
	    "it cannot be told ends the association");
}
ATF_TC_BODY(untold, tc)
{
	const uint8_t zeros[4096] = { 0 };
	struct wbuf   b = { .data = (uint8_t *)(uintptr_t)zeros,
		  .len = sizeof(zeros) - sizeof(zeros) % SESSION_MOVED_LEN };
	struct peer  *p;
	struct flow  *f;

	start();
	RB_INIT(&relay->own);
	session->timer = TIMER_UDP;
	timer_insert(relay, session);
	timer_set(relay, session, TIMER_UDP, 1000);
	ATF_REQUIRE((f = ask(0)) != NULL);
	grant(f);
	p = role_peer(&relay->role, PROC_ROUTER, 0);
	while (peer_queued(p) < 64 * 1024)
		ATF_REQUIRE_EQ(0, peer_send(p, MSG_SESSION_MOVED, 0, &b, -1));
	ATF_CHECK(ask(1) == NULL);
	ATF_CHECK_EQ(1, udp->nflows);
	while (peer_send(p, MSG_SESSION_MOVED, 0, &b, -1) == 0)
		;
	b.len = SESSION_MOVED_LEN;
	while (peer_send(p, MSG_SESSION_MOVED, 0, &b, -1) == 0)
		;
	ATF_CHECK_EQ(0, udp->untold);
	ATF_CHECK_EQ(relay->now + 1000, session->deadline);
	flow_end(relay, session, f);
	ATF_CHECK_EQ(1, udp->untold);
	ATF_CHECK_EQ(TIMER_UDP, session->timer);
	ATF_CHECK_EQ(relay->now, session->deadline);
}

ATF_TC(random_wait);
ATF_TC_HEAD(random_wait, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each datagram waits, has been sent, or is counted as dropped");
}
ATF_TC_BODY(random_wait, tc)
{
	unsigned int n, k, put = 0, sent = 0, held = 0;
	uint64_t     bytes = 0;
	struct flow *f;

	start();
	for (n = 0; n < 50000; n++) {
		k = (unsigned int)random() % PLACE;
		f = find(k);
		if (f == NULL) {
			ATF_REQUIRE((f = ask(k)) != NULL);
		} else if (random() % 16 == 0) {
			sent += f->room.n;
			flow_sent(relay, session, f, f->room.n);
			flow_end(relay, session, f);
			f = NULL;
		} else if (random() % 16 == 0) {
			flow_end(relay, session, f);
			f = NULL;
		}
		if (f == NULL)
			continue;
		wait_one(f, (size_t)random() % 10000);
		put++;
		held = 0;
		bytes = 0;
		TAILQ_FOREACH(f, &udp->used, used) {
			held += f->room.n;
			bytes += f->room.bytes;
		}
		ATF_REQUIRE(held <= WAIT);
		ATF_REQUIRE_EQ(held, udp->waiting[0].n);
		ATF_REQUIRE_EQ(bytes, udp->waiting[0].bytes);
		ATF_REQUIRE_EQ(bytes, relay->waiting_bytes);
		ATF_REQUIRE_EQ(put,
		    sent + held + udp->stats.drops[DROP_WAITING]);
	}
}

ATF_TC(asked);
ATF_TC_HEAD(asked, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no more addresses are asked for at once than datagrams may wait; "
	    "names, which take longer, do not count");
}
ATF_TC_BODY(asked, tc)
{
	struct msg_udp_refused no = { .why = DROP_RULE };
	unsigned int           i;
	struct flow           *f;

	start();
	udp->flows_max = NAMES;
	for (i = 1; i < 2 * WAIT; i += 2)
		ATF_REQUIRE(ask(i) != NULL);
	for (i = 0; i < 2 * WAIT; i += 2)
		ATF_REQUIRE(ask(i) != NULL);
	ATF_CHECK(ask(i) == NULL);
	ATF_CHECK_EQ(DROP_WAITING, why);
	ATF_CHECK(ask(i + 1) != NULL);
	/* One that is opened, refused or given up makes way. */
	grant(find(0));
	ATF_CHECK(ask(i) != NULL);
	ATF_CHECK(ask(i + 2) == NULL);
	no.flow = find(2)->id;
	udp_flow_refused(relay, session, &no);
	ATF_CHECK(ask(i + 2) != NULL);
	ATF_CHECK(ask(i + 4) == NULL);
	flow_end(relay, session, find(4));
	ATF_CHECK(ask(i + 4) != NULL);
	ATF_CHECK(ask(i + 6) == NULL);
	/* What was answered for counts no more when it ends. */
	flow_end(relay, session, find(0));
	flow_end(relay, session, find(2));
	flow_end(relay, session, find(1));
	ATF_CHECK(ask(i + 6) == NULL);
	while ((f = TAILQ_FIRST(&udp->used)) != NULL)
		flow_end(relay, session, f);
	ATF_CHECK_EQ(0, udp->nasked);
}

ATF_TC(due);
ATF_TC_HEAD(due, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a flow is idle in its rule's time or in that which is set; a "
	    "refusal lasts as long, whatever they are");
}
ATF_TC_BODY(due, tc)
{
	struct msg_udp_refused no = { .why = DROP_RULE };
	struct flow           *f;

	start();
	ATF_REQUIRE((f = ask(0)) != NULL);
	ATF_CHECK_EQ(relay->now + 60000, flow_due(relay, f));
	grant(f);
	f->idle_ms = 3;
	relay->now += 100;
	flow_use(relay, udp, f);
	ATF_CHECK_EQ(relay->now + 3, flow_due(relay, f));
	/* A no for what is open, or for a flow that is gone, says nothing. */
	no.flow = f->id;
	udp_flow_refused(relay, session, &no);
	ATF_CHECK_EQ(FLOW_OPEN, f->state);
	no.flow += 65536;
	udp_flow_refused(relay, session, &no);
	no.flow = UINT16_MAX;
	udp_flow_refused(relay, session, &no);
	udp_flow_close(relay, session, &no);
	ATF_REQUIRE((f = ask(1)) != NULL);
	wait_one(f, 10);
	wait_one(f, 10);
	no.flow = f->id;
	relay->now += 100;
	udp_flow_refused(relay, session, &no);
	ATF_CHECK_EQ(FLOW_REFUSED, f->state);
	ATF_CHECK_EQ(2, udp->stats.drops[DROP_RULE]);
	ATF_CHECK_EQ(0, udp->waiting[0].n);
	ATF_CHECK_EQ(relay->now + 5000, flow_due(relay, f));
	/* To be closed is what is open. */
	udp_flow_close(relay, session, &no);
	ATF_CHECK(find(1) == f);
	no.flow = find(0)->id;
	udp_flow_close(relay, session, &no);
	ATF_CHECK(find(0) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, find);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, waiting);
	ATF_TP_ADD_TC(tp, bytes);
	ATF_TP_ADD_TC(tp, grants);
	ATF_TP_ADD_TC(tp, untold);
	ATF_TP_ADD_TC(tp, random_wait);
	ATF_TP_ADD_TC(tp, asked);
	ATF_TP_ADD_TC(tp, due);
	return atf_no_error();
}
