/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of a channel on an event loop, on both loops that there are: who sends
 * much keeps nobody else from his turn, what is left is read without anybody
 * sending more, and a peer may go in each of its own callbacks.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <atf-c.h>

#include "base/channel_event.h"
#include "base/packet.h"
#include "base/peer.h"
#include "compat/nitems.h"
#include "compat/poller.h"

/* A pack that leaves no doubt that there may be another one behind it. */
#define PACK  (PACKET_MAX / 2 / (2 + MSG_HEADER_LEN) + 1)
#define PACKS 8 /* which all fit into a socket */

/* One end is a relay's and the test's, the other that of its router. */
struct side {
	struct channel *far;
	struct peer    *peer;
	unsigned int    heard; /* messages */
	unsigned int    ended;
	unsigned int    again; /* times that it was asked for */
	int             quits; /* at the first message */
};

/* A loop that only notes what it is asked for. */
static void *note_watch(void *, struct peer *);
static void  note_unwatch(void *);
static void  note_again(void *);
static void  note_output(void *, enum peer_when);

static const struct peer_loop notes = {
	.watch = note_watch,
	.unwatch = note_unwatch,
	.again = note_again,
	.output = note_output,
};

static void side_start(struct side *, const struct peer_loop *, void *);
static void side_end(struct side *);
static void say(struct side *, unsigned int);
static void say_pack(struct side *, unsigned int);
static int  has_input(const struct side *);
static void on_msg(void *, struct peer *, struct msg *);
static void on_end(void *, struct peer *, const char *);
static void on_drained(void *, struct peer *);

ATF_TC(batch);
ATF_TC_HEAD(batch, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a call takes all of a datagram, and no more than enough");
}
ATF_TC_BODY(batch, tc)
{
	struct side  s;
	unsigned int n;

	side_start(&s, &notes, &s);
	for (n = 0; n < PACKS; n++)
		say_pack(&s, PACK);
	for (n = 1; n <= PACKS; n++) {
		ATF_CHECK(has_input(&s));
		peer_in(s.peer);
		ATF_CHECK_EQ_MSG(n * PACK, s.heard, "%u of %u", s.heard,
		    n * PACK);
		ATF_CHECK(!channel_pending(peer_channel(s.peer)));
	}
	ATF_CHECK(!has_input(&s));
	/* It is the socket that tells of more. */
	ATF_CHECK_EQ(0, s.again);
	side_end(&s);
}

ATF_TC(libevent);
ATF_TC_HEAD(libevent, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "on libevent all is read in turns, and others come between");
}
ATF_TC_BODY(libevent, tc)
{
	struct event_base *base;
	struct side        a, b;
	unsigned int       n;

	ATF_REQUIRE((base = event_base_new()) != NULL);
	side_start(&a, &channel_event_loop, base);
	side_start(&b, &channel_event_loop, base);
	for (n = 0; n < PACKS; n++)
		say_pack(&a, PACK);
	say(&b, 1);
	/* Nobody sends anything from here on. */
	for (n = 1; n <= PACKS; n++) {
		ATF_REQUIRE(event_base_loop(base,
				EVLOOP_ONCE | EVLOOP_NONBLOCK) != -1);
		ATF_CHECK_EQ(n * PACK, a.heard);
		ATF_CHECK_EQ(1, b.heard);
	}
	side_end(&a);
	side_end(&b);
	event_base_free(base);
}

ATF_TC(poller);
ATF_TC_HEAD(poller, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the relay's poller tells of what is left, though nothing is new");
}
ATF_TC_BODY(poller, tc)
{
	struct poller      *p;
	struct poller_event ev[4];
	struct side         s;
	unsigned int        n;

	ATF_REQUIRE((p = poller_new()) != NULL);
	side_start(&s, &notes, &s);
	ATF_REQUIRE_EQ(0,
	    poller_add_input(p, channel_fd(peer_channel(s.peer)), 1));
	for (n = 0; n < PACKS; n++)
		say_pack(&s, PACK);
	for (n = 1; n <= PACKS; n++) {
		ATF_REQUIRE_EQ(1, poller_wait(p, ev, nitems(ev), 0, 0));
		ATF_CHECK_EQ(1, ev[0].key);
		peer_in(s.peer);
		ATF_CHECK_EQ(n * PACK, s.heard);
	}
	ATF_CHECK_EQ(0, poller_wait(p, ev, nitems(ev), 0, 0));
	side_end(&s);
}

ATF_TC(gone);
ATF_TC_HEAD(gone, tc)
{
	atf_tc_set_md_var(tc, "descr", "a peer may go in each callback of it");
}
ATF_TC_BODY(gone, tc)
{
	struct event_base *base;
	struct side        s;
	struct msg        *m;

	ATF_REQUIRE((base = event_base_new()) != NULL);
	/* While it is told of a message, with more of them behind. */
	side_start(&s, &channel_event_loop, base);
	s.quits = 1;
	say_pack(&s, PACK);
	while (s.heard == 0)
		ATF_REQUIRE(event_base_loop(base, EVLOOP_ONCE) != -1);
	ATF_REQUIRE(event_base_loop(base, EVLOOP_NONBLOCK) != -1);
	ATF_CHECK_EQ(1, s.heard);
	ATF_CHECK_EQ(0, s.ended);
	channel_free(s.far);
	/* At its end. */
	side_start(&s, &channel_event_loop, base);
	channel_free(s.far);
	while (s.peer != NULL)
		ATF_REQUIRE(event_base_loop(base, EVLOOP_ONCE) != -1);
	ATF_CHECK_EQ(1, s.ended);
	ATF_CHECK_EQ(1, event_base_loop(base, EVLOOP_NONBLOCK));
	/* When all is sent; the other end hears it all the same. */
	side_start(&s, &channel_event_loop, base);
	peer_on_drained(s.peer, on_drained);
	ATF_REQUIRE_EQ(0, peer_post(s.peer, MSG_SESSION_TOLD, 1, NULL, -1));
	while (s.peer != NULL)
		ATF_REQUIRE(event_base_loop(base, EVLOOP_ONCE) != -1);
	ATF_CHECK_EQ(1, event_base_loop(base, EVLOOP_NONBLOCK));
	ATF_REQUIRE_EQ(CHANNEL_MSG, channel_recv(s.far, &m));
	ATF_CHECK_EQ(MSG_SESSION_TOLD, m->type);
	channel_free(s.far);
	event_base_free(base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, batch);
	ATF_TP_ADD_TC(tp, libevent);
	ATF_TP_ADD_TC(tp, poller);
	ATF_TP_ADD_TC(tp, gone);
	return atf_no_error();
}

static void *
note_watch(void *loop, struct peer *p)
{
	return loop;
}

static void
note_unwatch(void *watch)
{
}

static void
note_again(void *watch)
{
	struct side *s = watch;

	s->again++;
}

static void
note_output(void *watch, enum peer_when when)
{
}

static void
side_start(struct side *s, const struct peer_loop *loop, void *arg_loop)
{
	struct channel *near;
	int             sv[2];

	memset(s, 0, sizeof(*s));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	s->far = channel_new(sv[0], PROC_ROUTER, PROC_RELAY, 0);
	near = channel_new(sv[1], PROC_RELAY, PROC_ROUTER, 0);
	ATF_REQUIRE(s->far != NULL && near != NULL);
	s->peer = peer_open(loop, arg_loop, near, on_msg, on_end, s);
	ATF_REQUIRE(s->peer != NULL);
}

static void
side_end(struct side *s)
{
	ATF_CHECK_EQ(0, s->ended);
	peer_free(s->peer);
	channel_free(s->far);
}

/* So many messages, each a datagram of its own. */
static void
say(struct side *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(0,
		    channel_send(s->far, MSG_SESSION_KILL, i, NULL, -1));
	ATF_REQUIRE(!channel_wants_write(s->far));
}

/* As many in one. */
static void
say_pack(struct side *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(0,
		    channel_post(s->far, MSG_SESSION_KILL, i, NULL, -1));
	ATF_REQUIRE_EQ(0, channel_flush(s->far));
}

static int
has_input(const struct side *s)
{
	struct pollfd p = { channel_fd(peer_channel(s->peer)), POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

static void
on_msg(void *arg, struct peer *p, struct msg *m)
{
	struct side *s = arg;

	ATF_CHECK_EQ(MSG_SESSION_KILL, m->type);
	s->heard++;
	if (s->quits)
		peer_free(p);
}

static void
on_end(void *arg, struct peer *p, const char *reason)
{
	struct side *s = arg;

	s->ended++;
	s->peer = NULL;
	peer_free(p);
}

static void
on_drained(void *arg, struct peer *p)
{
	struct side *s = arg;

	s->peer = NULL;
	peer_free(p);
}
