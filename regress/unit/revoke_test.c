/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sessions whose users are asked about late, more of them than fit into the
 * channel to auth: none is forgotten.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <event2/event.h>

#include "base/channel.h"
#include "base/channel_event.h"
#include "base/child.h"
#include "base/mac.h"
#include "base/msg_policy.h"
#include "router/identity.h"
#include "router/revoke.h"
#include "router/session.h"
#include "router/state.h"

#define SESSIONS 100000 /* 250 bytes are asked of each */

static struct router  *router;
static struct peer    *peer;
static struct channel *auth; /* its end */

static void
heard(void *arg, struct peer *p, struct msg *m)
{
}

static void
ended(void *arg, struct peer *p, const char *why)
{
}

static void
start(void)
{
	static struct child child;
	struct channel     *c;
	int                 fd[2];

	child.start.incarnation = 1;
	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	router->role.child = &child;
	ATF_REQUIRE((router->role.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd));
	ATF_REQUIRE((c = channel_new(fd[0], PROC_ROUTER, PROC_AUTH, 0)) !=
	    NULL);
	ATF_REQUIRE((auth = channel_new(fd[1], PROC_AUTH, PROC_ROUTER, 0)) !=
	    NULL);
	ATF_REQUIRE((peer = peer_new(router->role.base, c, heard, ended,
			 NULL)) != NULL);
	sess_init(router);
	revoke_new(router);
}

/* Open, of a user that auth was not asked about yet. */
static struct session *
session(const char *user)
{
	struct session *s;

	ATF_REQUIRE((s = sess_new(router, 0)) != NULL);
	s->state = SESSION_OPEN;
	ATF_REQUIRE_EQ(0, addr_parse(&s->client, "192.0.2.1"));
	identity_adopt(s, user);
	ATF_REQUIRE(identity_of(s) != NULL);
	return s;
}

/* Auth knows nobody.  How often it was asked. */
static unsigned int
answers(void)
{
	const struct msg_who_res w = { .status = LOGIN_UNKNOWN_USER };
	uint8_t                  data[64];
	struct msg_who_req       q;
	struct wbuf              b;
	struct msg              *m, res;
	unsigned int             n = 0, before;

	wbuf_init(&b, data, sizeof(data));
	msg_put_who_res(&b, &w);
	do {
		before = n;
		while (channel_recv(auth, &m) == CHANNEL_MSG) {
			ATF_REQUIRE_EQ(MSG_WHO_REQ, m->type);
			ATF_REQUIRE_EQ(0, msg_get_who_req(m, &q));
			res = (struct msg){ .id = m->id,
				.data = b.data,
				.len = b.len,
				.fd = -1 };
			revoke_on_who(router, peer, &res);
			n++;
		}
		ATF_REQUIRE(channel_flush(peer_channel(peer)) != -1);
	} while (n != before);
	return n;
}

static void
check_all_ended(void)
{
	struct session *s;
	unsigned int    n = 0;

	RB_FOREACH(s, sess_tree, &router->sessions)
		n += s->killed;
	ATF_CHECK_EQ(SESSIONS, n);
	ATF_CHECK_EQ(SESSIONS,
	    router->role.counters.v[COUNTER_SESSIONS_REVOKED]);
}

static void
name(char user[LOGIN_NAME_SIZE])
{
	memset(user, 'a', LOGIN_NAME_SIZE);
	user[LOGIN_NAME_SIZE - 1] = '\0';
}

/* Auth died and is there again. */
ATF_TC_WITHOUT_HEAD(auth_again);
ATF_TC_BODY(auth_again, tc)
{
	char         user[LOGIN_NAME_SIZE];
	unsigned int i;

	start();
	name(user);
	for (i = 0; i < SESSIONS; i++)
		session(user)->late = LATE_UNASKED;
	router->role.peers[PROC_AUTH][0] = peer;
	revoke_auth_up(router);
	ATF_CHECK_EQ(SESSIONS, answers());
	check_all_ended();
}

/* The router died, and its relays tell the next one what they have. */
ATF_TC_WITHOUT_HEAD(router_again);
ATF_TC_BODY(router_again, tc)
{
	char         user[LOGIN_NAME_SIZE];
	unsigned int i;

	start();
	name(user);
	router->role.peers[PROC_AUTH][0] = peer;
	for (i = 0; i < SESSIONS; i++)
		revoke_late(router, session(user));
	ATF_CHECK_EQ(SESSIONS, answers());
	check_all_ended();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, auth_again);
	ATF_TP_ADD_TC(tp, router_again);
	return atf_no_error();
}
