/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the common life of children: when one is ready, what becomes of one
 * that loses the channel to a sibling, and of a sibling that breaks the rules.
 * The test is the parent, the siblings and the loop.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/buf.h"
#include "base/msg_codec.h"
#include "base/role.h"

#define GENERATION 7

struct world {
	struct child    child;
	struct role     role;
	struct channel *parent; /* its end */
	int             answer; /* of peer_lost */
	unsigned int    lost[PROC_MAX];
	unsigned int    up;
	unsigned int    down;
	unsigned int    room; /* it asks to be told of */
};

static void          world_start(struct world *, const struct role_ops *);
static void          offer(struct world *, enum proc_id, uint64_t);
static void          give_peer(struct world *, enum proc_id, uint64_t);
static void          lose_peer(struct world *, enum proc_id);
static void          say(struct world *, enum msg_type, uint32_t);
static void          hear(struct world *);
static int           ends(struct world *, enum proc_id);
static enum msg_type told(struct world *, struct msg **);
static void         *watch(void *, struct peer *);
static void          unwatch(void *);
static void          output(void *, enum peer_when);
static int           receive(struct conf **, struct msg *);
static uint32_t      generation(const struct conf *);
static void          discard(struct conf *);
static int           on_lost(void *, enum proc_id);
static void          on_up(void *, struct peer *);
static void          on_down(void *, enum proc_id, unsigned int);

static const struct peer_loop loop = {
	.watch = watch,
	.unwatch = unwatch,
	.output = output,
};

static const struct role_conf conf = { receive, generation, discard };

static const struct role_ops goes_on = {
	.conf = &conf,
	.peer_up = on_up,
	.peer_down = on_down,
	.peer_lost = on_lost,
};

static const struct role_ops does_not = { .conf = &conf };

/* The walls would be those of the test. */
void
child_confine(struct child *c)
{
}

ATF_TC(ready);
ATF_TC_HEAD(ready, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a child is ready with its first config, once");
}
ATF_TC_BODY(ready, tc)
{
	struct world w;
	struct msg  *m;

	world_start(&w, &goes_on);
	ATF_CHECK_EQ(MSG_NONE, told(&w, &m));
	say(&w, MSG_CONF_BEGIN, GENERATION);
	ATF_CHECK_EQ(MSG_CONF_READY, told(&w, &m));
	ATF_CHECK_EQ(MSG_NONE, told(&w, &m));
	say(&w, MSG_CONF_COMMIT, GENERATION);
	ATF_CHECK_EQ(MSG_CHILD_READY, told(&w, &m));
	say(&w, MSG_CONF_BEGIN, GENERATION + 1);
	ATF_CHECK_EQ(MSG_CONF_READY, told(&w, &m));
	say(&w, MSG_CONF_COMMIT, GENERATION + 1);
	ATF_CHECK_EQ(MSG_NONE, told(&w, &m));
}

ATF_TC(ready_later);
ATF_TC_HEAD(ready_later, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what the parent has no room for waits for room");
}
ATF_TC_BODY(ready_later, tc)
{
	struct world w;
	int          fd;

	world_start(&w, &goes_on);
	say(&w, MSG_CONF_BEGIN, GENERATION);
	fd = channel_fd(peer_channel(w.role.parent));
	while (write(fd, "", 1) == 1)
		continue;
	ATF_CHECK_EQ(0, w.room);
	say(&w, MSG_CONF_COMMIT, GENERATION);
	ATF_CHECK(w.room != 0);
}

ATF_TC(peer_lost);
ATF_TC_HEAD(peer_lost, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who goes on without a sibling keeps the others, gets it later");
}
ATF_TC_BODY(peer_lost, tc)
{
	struct world w;
	struct peer *router;

	world_start(&w, &goes_on);
	give_peer(&w, PROC_ROUTER, 3);
	ATF_REQUIRE((router = role_peer(&w.role, PROC_ROUTER, 0)) != NULL);
	lose_peer(&w, PROC_AUTH);
	ATF_CHECK_EQ(1, w.lost[PROC_AUTH]);
	ATF_CHECK_EQ(NULL, role_peer(&w.role, PROC_AUTH, 0));
	ATF_CHECK_EQ(router, role_peer(&w.role, PROC_ROUTER, 0));
	ATF_CHECK_EQ(3, w.role.starts[PROC_ROUTER][0]);
	ATF_CHECK_EQ(1, w.up);
	ATF_CHECK_EQ(0, w.down);
	/* The parent still speaks to it. */
	give_peer(&w, PROC_AUTH, 2);
	ATF_CHECK(role_peer(&w.role, PROC_AUTH, 0) != NULL);
	ATF_CHECK_EQ(2, w.up);
}

ATF_TC(peer_lost_ends);
ATF_TC_HEAD(peer_lost_ends, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who does not go on without it ends, and is started anew");
}
ATF_TC_BODY(peer_lost_ends, tc)
{
	struct world w;

	world_start(&w, &goes_on);
	w.answer = -1;
	ATF_CHECK(ends(&w, PROC_ROUTER));
	w.answer = 1;
	ATF_CHECK(ends(&w, PROC_ROUTER));
	world_start(&w, &does_not);
	ATF_CHECK(ends(&w, PROC_AUTH));
}

ATF_TC(bad_peer);
ATF_TC_HEAD(bad_peer, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a sibling that breaks the rules goes, and the parent knows");
}
ATF_TC_BODY(bad_peer, tc)
{
	struct world        w;
	struct msg         *m;
	struct msg_bad_peer bad;

	world_start(&w, &goes_on);
	give_peer(&w, PROC_AUTH, 1);
	role_bad_peer(&w.role, role_peer(&w.role, PROC_AUTH, 0), "lied");
	ATF_CHECK_EQ(NULL, role_peer(&w.role, PROC_AUTH, 0));
	ATF_CHECK_EQ(1, w.down);
	ATF_CHECK_EQ(1, w.role.counters.v[COUNTER_BAD_PEERS]);
	ATF_REQUIRE_EQ(MSG_CHILD_BAD_PEER, told(&w, &m));
	ATF_REQUIRE_EQ(0, msg_get_bad_peer(m, &bad));
	ATF_CHECK_EQ(PROC_AUTH, bad.role);
	ATF_CHECK_STREQ("lied", bad.what);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ready);
	ATF_TP_ADD_TC(tp, ready_later);
	ATF_TP_ADD_TC(tp, peer_lost);
	ATF_TP_ADD_TC(tp, peer_lost_ends);
	ATF_TP_ADD_TC(tp, bad_peer);
	return atf_no_error();
}

static void
world_start(struct world *w, const struct role_ops *ops)
{
	int sv[2];

	memset(w, 0, sizeof(*w));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	w->parent = channel_new(sv[0], PROC_PARENT, PROC_RELAY, 0);
	w->child.parent = channel_new(sv[1], PROC_RELAY, PROC_PARENT, 0);
	ATF_REQUIRE(w->parent != NULL && w->child.parent != NULL);
	w->child.start.role = PROC_RELAY;
	role_init_loop(&w->role, &w->child, ops, w, &loop, w);
	role_begin(&w->role);
}

/* The parent gives it a channel to that sibling, started so many times. */
static void
offer(struct world *w, enum proc_id role, uint64_t starts)
{
	struct msg_peer p = { .role = role };
	uint8_t         data[8];
	struct wbuf     b;
	int             sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	wbuf_init(&b, data, sizeof(data));
	msg_put_peer(&b, &p);
	ATF_REQUIRE_EQ(0,
	    channel_send(w->parent, MSG_CHILD_PEER, starts, &b, sv[0]));
}

static void
give_peer(struct world *w, enum proc_id role, uint64_t starts)
{
	offer(w, role, starts);
	hear(w);
}

/* It is given one, and has no descriptor left to take it. */
static void
lose_peer(struct world *w, enum proc_id role)
{
	struct rlimit few, was;

	offer(w, role, 1);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &was));
	few = was;
	few.rlim_cur = 0;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	hear(w);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &was));
}

static void
say(struct world *w, enum msg_type type, uint32_t number)
{
	uint8_t     data[8];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, number);
	ATF_REQUIRE_EQ(0, channel_send(w->parent, type, 0, &b, -1));
	hear(w);
}

/* The first may find nothing but a guess. */
static void
hear(struct world *w)
{
	peer_in(w->role.parent);
	peer_in(w->role.parent);
}

/* True if the process ends when it loses that channel. */
static int
ends(struct world *w, enum proc_id role)
{
	pid_t pid;
	int   status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		lose_peer(w, role);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* Messages of the parent but for logs; MSG_NONE if there is none. */
static enum msg_type
told(struct world *w, struct msg **m)
{
	enum channel_result res;
	int                 idle = 0;

	while (idle < 2) {
		res = channel_recv(w->parent, m);
		if (res == CHANNEL_MSG && (*m)->type != MSG_CHILD_LOG)
			return (*m)->type;
		if (res != CHANNEL_MSG)
			idle++;
	}
	return MSG_NONE;
}

static void *
watch(void *arg, struct peer *p)
{
	return arg;
}

static void
unwatch(void *arg)
{
}

static void
output(void *arg, enum peer_when when)
{
	struct world *w = arg;

	w->room += when == PEER_ROOM;
}

/* A config is its number, in the message that begins it. */
static int
receive(struct conf **next, struct msg *m)
{
	uint32_t number;

	if (msg_get_u32(m, &number) == -1)
		return -1;
	*next = (struct conf *)(uintptr_t)number;
	return 1;
}

static uint32_t
generation(const struct conf *c)
{
	return (uint32_t)(uintptr_t)c;
}

static void
discard(struct conf *c)
{
}

static int
on_lost(void *arg, enum proc_id role)
{
	struct world *w = arg;

	w->lost[role]++;
	return w->answer;
}

static void
on_up(void *arg, struct peer *p)
{
	struct world *w = arg;

	w->up++;
}

static void
on_down(void *arg, enum proc_id role, unsigned int instance)
{
	struct world *w = arg;

	w->down++;
}
