/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay's handshake, driven through the table of protocols: SOCKS5, and one
 * of this test's own, "WORD name\n", which has login and request in a single
 * message, as HTTP and SOCKS4 do.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/channel.h"
#include "base/msg_codec.h"
#include "base/msg_login.h"
#include "compat/poller.h"
#include "relay/handshake.h"
#include "relay/protocol.h"
#include "relay/session.h"
#include "relay/state.h"

#define ID      UINT64_C(7)
#define BUCKETS 16

static struct relay   *relay;
static struct channel *router, *auth; /* their ends */
static int             client;        /* its end */

static int
word_begins(uint8_t first)
{
	return first >= 'A' && first <= 'Z';
}

/* One line; the first time it is a login, the second time a request. */
static enum heard_what
word_hear(struct talk *t, const uint8_t *p, size_t len, struct heard *h)
{
	const uint8_t *end, *space;
	size_t         n;

	if ((end = memchr(p, '\n', len)) == NULL)
		return HEARD_MORE;
	if ((space = memchr(p, ' ', len)) == NULL || space > end) {
		h->cause = CAUSE_BAD_PROTOCOL;
		h->hint = HINT_REQUEST;
		h->rep = SOCKS_REP_FAILURE;
		return HEARD_BAD;
	}
	if (t->auth != AUTH_MODE_NONE && t->state++ == 0) {
		h->login.passlen = 0;
		h->login.userlen = (uint8_t)(space - p);
		memcpy(h->login.user, p, h->login.userlen);
		return HEARD_LOGIN;
	}
	memset(&h->request, 0, sizeof(h->request));
	h->request.command = SESSION_CONNECT;
	h->request.port = 80;
	n = (size_t)(end - space) - 1;
	h->request.namelen = (uint8_t)n;
	memcpy(h->request.name, space + 1, n);
	h->used = (size_t)(end - p) + 1;
	return HEARD_REQUEST;
}

static size_t
word_put_login(uint8_t *out, int ok)
{
	return ok ? 0 : strlcpy((char *)out, "WHO?", PROTOCOL_OUT_MAX);
}

static size_t
word_put_reply(uint8_t *out, uint8_t rep, const struct addr *bound,
    uint16_t port)
{
	return strlcpy((char *)out, rep == 0 ? "YES" : "NO", PROTOCOL_OUT_MAX);
}

static const struct protocol protocol_word = {
	.name = "word",
	.begins = word_begins,
	.hear = word_hear,
	.put_login = word_put_login,
	.put_reply = word_put_reply,
};

/* In place of relay/protocol.c. */
const struct protocol *
protocol_of(uint8_t first)
{
	if (protocol_socks5.begins(first))
		return &protocol_socks5;
	return protocol_word.begins(first) ? &protocol_word : NULL;
}

static struct channel *
link_to(enum proc_id role)
{
	struct channel *c;
	int             fd[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd));
	relay->role.peers[role][0] = peer_open(&link_loop, relay,
	    channel_new(fd[0], PROC_RELAY, role, 0), NULL, NULL, NULL);
	c = channel_new(fd[1], role, PROC_RELAY, 0);
	ATF_REQUIRE(c != NULL && role_peer(&relay->role, role, 0) != NULL);
	return c;
}

/* A relay with one client, which has said nothing yet. */
static void
start(enum auth_mode mode)
{
	const struct msg_session_new n = {
		.auth = mode, .handshake_ms = 1000, .token.client.af = AF_INET
	};
	unsigned int i;
	int          fd[2];

	ATF_REQUIRE((relay = calloc(1, sizeof(*relay))) != NULL);
	ATF_REQUIRE((relay->poller = poller_new()) != NULL);
	relay->nbuckets = BUCKETS;
	ATF_REQUIRE((relay->bucket = calloc(BUCKETS, sizeof(*relay->bucket))) !=
	    NULL);
	for (i = 0; i < TIMER_MAX; i++)
		TAILQ_INIT(&relay->timer[i]);
	RB_INIT(&relay->own);
	TAILQ_INIT(&relay->busy);
	RB_INIT(&relay->allows);
	router = link_to(PROC_ROUTER);
	auth = link_to(PROC_AUTH);
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd));
	client = fd[1];
	ATF_REQUIRE_EQ(0, handshake_start(relay, ID, fd[0], &n));
}

static void
stop(void)
{
	ATF_REQUIRE_EQ(0, close(client));
	channel_free(router);
	channel_free(auth);
	peer_free(role_peer(&relay->role, PROC_ROUTER, 0));
	peer_free(role_peer(&relay->role, PROC_AUTH, 0));
	free(relay->bucket);
	free(relay);
}

static struct session *
session(void)
{
	struct session *s;

	ATF_REQUIRE((s = session_byid(relay, ID)) != NULL);
	return s;
}

static void
says(const void *bytes, size_t n)
{
	struct session *s = session_bykey(relay, KEY(ID, CLIENT));

	ATF_REQUIRE_EQ((ssize_t)n, write(client, bytes, n));
	if (s != NULL)
		s->ops->event(relay, s, CLIENT, POLLER_IN);
}

static void
hears(const char *bytes, size_t n)
{
	char buf[64];

	ATF_REQUIRE_EQ((ssize_t)n, read(client, buf, sizeof(buf)));
	ATF_REQUIRE_EQ(0, memcmp(buf, bytes, n));
}

/* What the router is asked, by name. */
static void
asks(const char *name)
{
	struct msg_session_open o;
	struct msg             *m;

	link_flush(relay);
	ATF_REQUIRE_EQ(CHANNEL_MSG, channel_recv(router, &m));
	ATF_REQUIRE_EQ(MSG_SESSION_OPEN, m->type);
	ATF_REQUIRE_EQ(ID, m->id);
	ATF_REQUIRE_EQ(0, msg_get_session_open(m, &o));
	ATF_REQUIRE_EQ(SESSION_CONNECT, o.command);
	ATF_REQUIRE_EQ(80, o.port);
	ATF_REQUIRE_EQ(strlen(name), o.namelen);
	ATF_REQUIRE_EQ(0, memcmp(o.name, name, o.namelen));
}

static void
checks(const char *user)
{
	struct msg_login_check c;
	struct msg            *m;

	link_flush(relay);
	ATF_REQUIRE_EQ(CHANNEL_MSG, channel_recv(auth, &m));
	ATF_REQUIRE_EQ(0, msg_get_login_check(m, &c));
	ATF_REQUIRE_EQ(strlen(user), c.userlen);
	ATF_REQUIRE_EQ(0, memcmp(c.user, user, c.userlen));
}

static void
opened(void)
{
	struct msg_session_opened o;
	int                       fd[2];

	memset(&o, 0, sizeof(o));
	o.bound.af = AF_INET;
	o.bound_port = 0x1234;
	o.facts = (const uint8_t *)"facts";
	o.nfacts = 5;
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd));
	ATF_REQUIRE_EQ(0, handshake_opened(relay, session(), &o, fd[0]));
	ATF_CHECK_EQ(0, session()->rep);
}

ATF_TC_WITHOUT_HEAD(socks5);
ATF_TC_BODY(socks5, tc)
{
	static const char greeting[] = "\5\2\0\1",
			  request[] = "\5\1\0\3\4host\0\120early";
	const size_t g = sizeof(greeting) - 1, r = sizeof(request) - 1;
	size_t       i;

	/* However the two are cut. */
	for (i = 1; i < g + r; i++) {
		start(AUTH_MODE_NONE);
		says(greeting, i < g ? i : g);
		if (i < g)
			says(greeting + i, g - i);
		hears("\5\0", 2);
		if (i > g)
			says(request, i - g);
		if (session()->timer == TIMER_HANDSHAKE)
			says(request + (i > g ? i - g : 0),
			    r - (i > g ? i - g : 0));
		asks("host");
		stop();
	}
	start(AUTH_MODE_NONE);
	says(greeting, g);
	hears("\5\0", 2);
	says(request, r);
	asks("host");
	opened();
	hears("\5\0\0\1\0\0\0\0\x12\x34", 10);
	ATF_CHECK_EQ(5, session()->end[CLIENT].len);
	ATF_CHECK_EQ(0, memcmp(session()->end[CLIENT].pending, "early", 5));
	stop();
}

ATF_TC_WITHOUT_HEAD(one_message);
ATF_TC_BODY(one_message, tc)
{
	start(AUTH_MODE_REQUIRED);
	says("MARY ho", 7);
	says("st\nearly", 8);
	checks("MARY");
	handshake_login(relay, session(), LOGIN_TOLD_OK);
	asks("host");
	opened();
	hears("YES", 3);
	ATF_CHECK_EQ(5, session()->end[CLIENT].len);
	stop();
}

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	start(AUTH_MODE_REQUIRED);
	says("MARY host\n", 10);
	handshake_login(relay, session(), LOGIN_TOLD_NO);
	hears("WHO?", 4);
	ATF_CHECK_EQ(TIMER_CLOSING, session()->timer);
	ATF_CHECK_EQ(CAUSE_LOGIN_FAILED, session()->cause);
	stop();

	start(AUTH_MODE_NONE);
	says("MARY host\n", 10);
	handshake_refused(relay, session(), SOCKS_REP_NOT_ALLOWED, CAUSE_RULE);
	hears("NO", 2);
	ATF_CHECK_EQ(SOCKS_REP_NOT_ALLOWED, session()->rep);
	stop();

	start(AUTH_MODE_NONE);
	says("MARY\n", 5);
	hears("NO", 2);
	ATF_CHECK_EQ(CAUSE_BAD_PROTOCOL, session()->cause);
	ATF_CHECK_EQ(1, relay->role.counters.v[COUNTER_REFUSED_PROTOCOL]);
	stop();
}

/* No row: closed without a word. */
ATF_TC_WITHOUT_HEAD(foreign);
ATF_TC_BODY(foreign, tc)
{
	char c;

	start(AUTH_MODE_NONE);
	says("\4\1", 2);
	ATF_CHECK_EQ(0, read(client, &c, 1));
	ATF_CHECK_EQ(TIMER_FINISHED, session()->timer);
	ATF_CHECK_EQ(HINT_SOCKS4, session()->hint);
	ATF_CHECK_EQ(1, relay->role.counters.v[COUNTER_REFUSED_PROTOCOL]);
	stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, socks5);
	ATF_TP_ADD_TC(tp, one_message);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, foreign);
	return atf_no_error();
}
