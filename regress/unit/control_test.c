/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the control process: the real one, between a parent, a router,
 * relays and clients that the test plays.
 *
 * It runs without its walls, which the tests of the sandbox are for; so the
 * functions of child.h are ours here.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/msg_list.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "control/control.h"
#include "control/ctl.h"
#include "control/session_lines.h"

#include "msg_kinds.h"

#define SOCKET_PATH "ctl.sock"
#define NRELAYS     2
#define PATIENCE_MS 10000

/* Nobody, and a group that nobody is in unless we say so. */
#define OTHER_UID  65534
#define MEMBER_UID 61000
#define OTHER_GID  65534
#define CTL_GID    64999

struct world {
	pid_t           pid;
	struct channel *parent;
	struct channel *router;
	struct channel *relay[NRELAYS];
};

static void world_start(struct world *, int sessions, enum conf_log_format);
static _Noreturn void  be_control(int);
static struct channel *give_peer(struct world *, enum proc_id, unsigned int);
static void            give_socket(struct world *);
static void            give_conf(struct world *, int, enum conf_log_format);
static int             emit(void *, enum msg_type, const struct wbuf *, int);
static void            world_check(struct world *);
static void say(struct channel *, enum msg_type, uint64_t, const struct wbuf *);
static struct msg     *hear(struct channel *, enum msg_type);
static struct msg     *hear_any(struct channel *);
static int             hears_nothing(struct channel *, int);
static int             is_closed(struct channel *);
static int             ctl_socket(void);
static struct channel *ctl_connect(void);
static struct channel *ctl_greet(void);
static struct channel *greet_as(uid_t, char *, size_t);
static void            ask(struct channel *, enum msg_type);
static void            ask_list(struct channel *, enum list);
static void            one_list(struct channel *, struct channel *, enum list);
static void answer_rows(struct channel *, enum list, uint64_t, uint64_t, int);
static const struct kind *kind_of_list(enum list);
static void               hear_rows(struct channel *, enum list, unsigned int);
static void               ask_u32(struct channel *, enum msg_type, uint32_t);
static void     hear_done(struct channel *, enum result, const char *);
static void     answer_page(struct world *, uint64_t, uint64_t, int);
static void     answer_stats(struct channel *);
static uint64_t hear_row(struct channel *, struct session_row *);
static void     answer_counters(struct channel *, uint64_t);
static void     log_sessions(struct world *, unsigned int, enum session_command,
	int);
static unsigned int hear_lines(struct world *, char *, size_t, int);
static int          refused_as(uid_t, gid_t, gid_t);

ATF_TC(status);
ATF_TC_HEAD(status, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what the parent knows and how many sessions there are");
}
ATF_TC_BODY(status, tc)
{
	struct world      w;
	struct channel   *c;
	struct msg       *m;
	struct status_row s;
	struct child_row  row;
	struct wbuf       b;
	struct rbuf       r;
	uint8_t           space[4096];

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask(c, MSG_CTL_STATUS);
	memset(&s, 0, sizeof(s));
	(void)strlcpy(s.version, "1", sizeof(s.version));
	s.pid = 77;
	memset(&row, 0, sizeof(row));
	row.role = PROC_ROUTER;
	wbuf_init(&b, space, sizeof(space));
	status_row_put(&b, &s);
	child_row_put(&b, &row);
	row.role = PROC_AUTH;
	child_row_put(&b, &row);
	say(w.parent, MSG_STATUS_RES, hear(w.parent, MSG_STATUS_REQ)->id, &b);
	answer_counters(w.router, 3);
	m = hear(c, MSG_CTL_STATUS_ROW);
	rbuf_init(&r, m->data, m->len);
	ATF_REQUIRE_EQ(0, status_row_get(&r, &s));
	ATF_CHECK_EQ(77, s.pid);
	ATF_CHECK_EQ(3 * (COUNTER_SESSIONS_CLOSED - COUNTER_SESSIONS_ACCEPTED),
	    s.sessions);
	(void)hear(c, MSG_CTL_CHILD_ROW);
	(void)hear(c, MSG_CTL_CHILD_ROW);
	hear_done(c, RESULT_REFUSED,
	    "router 0: not running; auth 0: not running");
	channel_free(c);
	world_check(&w);
}

ATF_TC(sessions);
ATF_TC_HEAD(sessions, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "pages of the router with bytes of the relays, in order, once");
}
ATF_TC_BODY(sessions, tc)
{
	struct world       w;
	struct channel    *c;
	struct session_row row;
	uint64_t           id, next = 1;
	unsigned int       page;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_SESSION);
	for (page = 0; page < 5; page++) {
		answer_page(&w, page * 100, page * 100 + 100, page < 4);
		answer_stats(w.relay[0]);
		answer_stats(w.relay[1]);
		for (; next <= page * 100 + 100; next++) {
			id = hear_row(c, &row);
			ATF_REQUIRE_EQ(next, id);
			ATF_REQUIRE_EQ(id * 10, row.up);
			ATF_REQUIRE_EQ(id * 20, row.down);
			ATF_REQUIRE_EQ(SESSION_HALF_CLOSED, row.state);
		}
	}
	hear_done(c, RESULT_OK, "");
	channel_free(c);
	world_check(&w);
}

ATF_TC(sessions_without_relay);
ATF_TC_HEAD(sessions_without_relay, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a relay that is silent, or dies, does not hold up the list");
}
ATF_TC_BODY(sessions_without_relay, tc)
{
	struct world       w;
	struct channel    *c;
	struct session_row row;
	uint64_t           start, i;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	start = clock_ms();
	ask_list(c, LIST_SESSION);
	answer_page(&w, 0, 100, 1);
	answer_stats(w.relay[0]);
	(void)hear(w.relay[1], MSG_STATS_REQ);
	for (i = 1; i <= 100; i++) {
		ATF_REQUIRE_EQ(i, hear_row(c, &row));
		ATF_REQUIRE_EQ(i % 2 == 0 ? i * 10 : SESSION_ROW_UNKNOWN,
		    row.up);
	}
	/* It had its chance: the second page does not wait for it again. */
	answer_page(&w, 100, 200, 1);
	answer_stats(w.relay[0]);
	for (i = 101; i <= 200; i++)
		ATF_REQUIRE_EQ(i, hear_row(c, &row));
	ATF_CHECK(hears_nothing(w.relay[1], 0));
	ATF_CHECK(clock_ms() - start < 2 * ASK_ANSWER_MS);
	/* Now the other one dies in the middle of a page. */
	start = clock_ms();
	answer_page(&w, 200, 300, 0);
	(void)hear(w.relay[0], MSG_STATS_REQ);
	channel_free(w.relay[0]);
	w.relay[0] = NULL;
	for (i = 201; i <= 300; i++)
		ATF_REQUIRE_EQ(i, hear_row(c, &row));
	hear_done(c, RESULT_REFUSED,
	    "relay 0, relay 1: no answer: "
	    "bytes and idle times of sessions there are unknown");
	ATF_CHECK(clock_ms() - start < ASK_ANSWER_MS / 2);
	channel_free(c);
	world_check(&w);
}

/* Flow i is of session 100 + i, and even ones are of relay 0. */
static void
answer_flows(struct world *w, uint64_t after, uint64_t last, int more)
{
	const struct list_head head = { (uint8_t)more, last };
	struct msg            *m;
	struct flow_row        row;
	struct wbuf            b;
	uint8_t                space[MSG_PAYLOAD_MAX];
	uint64_t               i;

	m = hear(w->router, MSG_LIST_REQ);
	wbuf_init(&b, space, sizeof(space));
	list_head_put(&b, &head);
	memset(&row, 0, sizeof(row));
	for (i = after + 1; i <= last; i++) {
		row.session = 100 + i;
		row.flow = (uint32_t)i;
		row.relay = (uint16_t)(i % 2);
		flow_row_put(&b, &row);
	}
	ATF_REQUIRE_EQ(0, b.bad);
	say(w->router, MSG_FLOW_ROWS, m->id, &b);
}

/* Those whose number can be divided by ten have ended meanwhile. */
static void
answer_flow_stats(struct channel *relay)
{
	struct flow_stats st;
	struct msg       *m;
	struct wbuf       b;
	struct rbuf       r;
	uint8_t           space[MSG_PAYLOAD_MAX];

	m = hear(relay, MSG_FLOWS_REQ);
	wbuf_init(&b, space, sizeof(space));
	rbuf_init(&r, m->data, m->len);
	memset(&st, 0, sizeof(st));
	while (r.left > 0) {
		ATF_REQUIRE_EQ(0, flow_id_get(&r, &st.id));
		ATF_REQUIRE_EQ(st.id.session, 100 + st.id.flow);
		st.up = st.id.flow * 10U;
		st.nup = st.id.flow;
		if (st.id.flow % 10 != 0)
			flow_stats_put(&b, &st);
	}
	/* One that is another relay's must change nothing. */
	st.id.session++;
	st.id.flow++;
	st.up = 0;
	flow_stats_put(&b, &st);
	ATF_REQUIRE_EQ(0, b.bad);
	say(relay, MSG_FLOWS_RES, m->id, &b);
}

static void
hear_flows(struct channel *c, uint64_t after, uint64_t last, int silent)
{
	struct flow_row row;
	struct msg     *m;
	struct rbuf     r;
	uint64_t        i;

	for (i = after + 1; i <= last; i++) {
		if (i % 10 == 0)
			continue;
		m = hear(c, MSG_CTL_FLOW_ROW);
		rbuf_init(&r, m->data, m->len);
		ATF_REQUIRE_EQ(0, flow_row_get(&r, &row));
		ATF_REQUIRE_EQ(i, row.flow);
		if (silent && i % 2 == 1) {
			ATF_REQUIRE_EQ(FLOW_ROW_UNKNOWN, row.up);
			ATF_REQUIRE_EQ(FLOW_ROW_UNKNOWN, row.nup);
			ATF_REQUIRE_EQ(FLOW_ROW_UNKNOWN, row.idle_ms);
		} else {
			ATF_REQUIRE_EQ(i * 10, row.up);
			ATF_REQUIRE_EQ(i, row.nup);
		}
	}
}

ATF_TC(flows);
ATF_TC_HEAD(flows, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "flows have what their relays say, page by page; those that have "
	    "ended are left out, and a relay that is silent holds nothing up");
}
ATF_TC_BODY(flows, tc)
{
	struct world    w;
	struct channel *c;
	unsigned int    page;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_FLOW);
	for (page = 0; page < 3; page++) {
		answer_flows(&w, page * 100, page * 100 + 100, page < 2);
		answer_flow_stats(w.relay[0]);
		answer_flow_stats(w.relay[1]);
		hear_flows(c, page * 100, page * 100 + 100, 0);
	}
	hear_done(c, RESULT_OK, "");
	/* Again on the same connection, as socks5ctl asks twice. */
	ask_list(c, LIST_FLOW);
	answer_flows(&w, 0, 9, 1);
	answer_flow_stats(w.relay[0]);
	(void)hear(w.relay[1], MSG_FLOWS_REQ);
	hear_flows(c, 0, 9, 1);
	answer_flows(&w, 10, 19, 0);
	answer_flow_stats(w.relay[0]);
	hear_flows(c, 10, 19, 1);
	ATF_CHECK(hears_nothing(w.relay[1], 0));
	hear_done(c, RESULT_REFUSED,
	    "relay 1: no answer: "
	    "what has gone to destinations there is unknown");
	channel_free(c);
	world_check(&w);
}

ATF_TC(sessions_without_router);
ATF_TC_HEAD(sessions_without_router, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no router, a silent or a dying one end the list with words");
}
ATF_TC_BODY(sessions_without_router, tc)
{
	struct world    w;
	struct channel *c;
	struct msg     *m;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_SESSION);
	m = hear(w.router, MSG_LIST_REQ);
	hear_done(c, RESULT_REFUSED, "the router does not answer");
	/* Too late is not wrong. */
	say(w.router, MSG_SESSION_ROWS, m->id, NULL);
	ask_list(c, LIST_RULE);
	(void)hear(w.router, MSG_LIST_REQ);
	channel_free(w.router);
	w.router = NULL;
	hear_done(c, RESULT_REFUSED, "the router does not answer");
	ask_list(c, LIST_SESSION);
	hear_done(c, RESULT_REFUSED, "the router is not running");
	channel_free(c);
	world_check(&w);
}

ATF_TC(reader_stops);
ATF_TC_HEAD(reader_stops, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a client that does not read stops the list; when it reads, the"
	    " list goes on where it was");
}
ATF_TC_BODY(reader_stops, tc)
{
	struct world       w;
	struct channel    *c;
	struct session_row row;
	uint64_t           after, i, asked;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_SESSION);
	for (after = 0; !hears_nothing(w.router, 500); after += 100) {
		ATF_REQUIRE_MSG(after < 100000, "it never stops");
		answer_page(&w, after, after + 100, 1);
		answer_stats(w.relay[0]);
		answer_stats(w.relay[1]);
	}
	ATF_CHECK(after > 100);
	asked = after;
	for (i = 1; i <= asked; i++)
		ATF_REQUIRE_EQ(i, hear_row(c, &row));
	answer_page(&w, after, after + 100, 0);
	answer_stats(w.relay[0]);
	answer_stats(w.relay[1]);
	for (; i <= asked + 100; i++)
		ATF_REQUIRE_EQ(i, hear_row(c, &row));
	hear_done(c, RESULT_OK, "");
	channel_free(c);
	world_check(&w);
}

ATF_TC(rules);
ATF_TC_HEAD(rules, tc)
{
	atf_tc_set_md_var(tc, "descr", "pages of rules, as they come");
}
ATF_TC_BODY(rules, tc)
{
	struct world        w;
	struct channel     *c;
	struct msg         *m;
	struct msg_list_req req;
	struct list_head    head;
	struct rule_row     row;
	struct wbuf         b;
	struct rbuf         r;
	uint8_t             space[MSG_PAYLOAD_MAX];
	uint32_t            page, i;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_RULE);
	memset(&row, 0, sizeof(row));
	(void)strlcpy(row.text, "pass from any to any", sizeof(row.text));
	for (page = 0; page < 3; page++) {
		m = hear(w.router, MSG_LIST_REQ);
		ATF_REQUIRE_EQ(0, msg_get_list_req(m, &req));
		ATF_REQUIRE_EQ(LIST_RULE, req.list);
		ATF_REQUIRE_EQ(page * 10, req.at);
		wbuf_init(&b, space, sizeof(space));
		head.more = page < 2;
		head.at = (page + 1) * 10;
		list_head_put(&b, &head);
		for (i = 0; i < 10; i++) {
			row.number = page * 10 + i;
			rule_row_put(&b, &row);
		}
		say(w.router, MSG_RULE_ROWS, m->id, &b);
	}
	for (i = 0; i < 30; i++) {
		m = hear(c, MSG_CTL_RULE_ROW);
		rbuf_init(&r, m->data, m->len);
		ATF_REQUIRE_EQ(0, rule_row_get(&r, &row));
		ATF_CHECK_EQ(i, row.number);
	}
	hear_done(c, RESULT_REFUSED,
	    "relay 0, relay 1: no answer: "
	    "bytes of open sessions there are as of earlier");
	channel_free(c);
	world_check(&w);
}

ATF_TC(lists);
ATF_TC_HEAD(lists, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each list comes from its keeper, page by page and row by row; "
	    "one that does not go on ends");
}
ATF_TC_BODY(lists, tc)
{
	struct world    w;
	struct channel *c, *auth;
	unsigned int    list;

	world_start(&w, 1, CONF_LOG_TEXT);
	auth = give_peer(&w, PROC_AUTH, 0);
	c = ctl_greet();
	for (list = 0; list < LIST_MAX; list++) {
		/* These ask relays, too, and have tests of their own. */
		if (list != LIST_SESSION && list != LIST_FLOW &&
		    list != LIST_RULE)
			one_list(c,
			    list_keeper(list) == PROC_AUTH ? auth : w.router,
			    (enum list)list);
	}
	/* The next page does not begin behind this one. */
	ask_list(c, LIST_BAN);
	answer_rows(auth, LIST_BAN, 0, 5, 1);
	answer_rows(auth, LIST_BAN, 5, 5, 1);
	hear_rows(c, LIST_BAN, 5);
	hear_done(c, RESULT_REFUSED, "auth does not answer");
	ATF_CHECK(is_closed(auth));
	channel_free(auth);
	channel_free(c);
	world_check(&w);
}

ATF_TC(counters);
ATF_TC_HEAD(counters, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "sums over all processes; who does not answer is left out");
}
ATF_TC_BODY(counters, tc)
{
	struct world       w;
	struct channel    *c;
	struct msg        *m;
	struct counter_row row;
	struct rbuf        r;
	unsigned int       i;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask(c, MSG_CTL_COUNTERS);
	answer_counters(w.parent, 1);
	answer_counters(w.router, 10);
	answer_counters(w.relay[0], 100);
	(void)hear(w.relay[1], MSG_COUNTERS_REQ);
	for (i = 0; i < COUNTER_MAX; i++) {
		m = hear(c, MSG_CTL_COUNTER_ROW);
		rbuf_init(&r, m->data, m->len);
		ATF_REQUIRE_EQ(0, counter_row_get(&r, &row));
		ATF_CHECK_STREQ(counter_name((enum counter)i), row.name);
		ATF_CHECK_EQ(111 * (COUNTER_MAX - i), row.value);
	}
	hear_done(c, RESULT_REFUSED, "relay 1: no answer: not in the sums");
	channel_free(c);
	world_check(&w);
}

ATF_TC(kill_session);
ATF_TC_HEAD(kill_session, tc)
{
	atf_tc_set_md_var(tc, "descr", "a session that is there, one not");
}
ATF_TC_BODY(kill_session, tc)
{
	struct world    w;
	struct channel *c;
	struct msg     *m;
	struct wbuf     b;
	uint8_t         space[16];
	uint64_t        id;
	uint32_t        killed;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	for (killed = 0; killed < 2; killed++) {
		wbuf_init(&b, space, sizeof(space));
		msg_put_u64(&b, 4711);
		say(c, MSG_CTL_KILL, 0, &b);
		m = hear(w.router, MSG_KILL_REQ);
		ATF_REQUIRE_EQ(0, msg_get_u64(m, &id));
		ATF_CHECK_EQ(4711, id);
		wbuf_init(&b, space, sizeof(space));
		msg_put_u32(&b, killed);
		say(w.router, MSG_KILL_RES, m->id, &b);
		if (killed)
			hear_done(c, RESULT_OK, "session 4711 ended");
		else
			hear_done(c, RESULT_REFUSED, "no such session: 4711");
	}
	channel_free(c);
	world_check(&w);
}

ATF_TC(reload);
ATF_TC_HEAD(reload, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the parent's lines and its verdict go to who asked, also when "
	    "another one has asked before and left");
}
ATF_TC_BODY(reload, tc)
{
	struct world    w;
	struct channel *c, *d;
	struct wbuf     b;
	uint8_t         space[256];
	char            text[MSG_TEXT_SIZE];
	uint64_t        id, other;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	d = ctl_greet();
	ask(c, MSG_CTL_RELOAD);
	id = hear(w.parent, MSG_RELOAD_REQ)->id;
	ask(d, MSG_CTL_REVOKE);
	other = hear(w.parent, MSG_REVOKE_REQ)->id;
	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, RESULT_MORE, "socks5d.conf:1: syntax error");
	say(w.parent, MSG_RELOAD_RES, id, &b);
	ATF_REQUIRE_EQ(0,
	    msg_get_text(hear(c, MSG_CTL_TEXT), text, sizeof(text)));
	ATF_CHECK_STREQ("socks5d.conf:1: syntax error", text);
	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, RESULT_REFUSED, "nothing was changed");
	say(w.parent, MSG_RELOAD_RES, id, &b);
	hear_done(c, RESULT_REFUSED, "nothing was changed");
	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, RESULT_MORE, "");
	say(w.parent, MSG_RELOAD_RES, other, &b);
	ATF_REQUIRE_EQ(0,
	    msg_get_text(hear(d, MSG_CTL_TEXT), text, sizeof(text)));
	ATF_CHECK_STREQ("", text);
	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, RESULT_OK, "");
	say(w.parent, MSG_RELOAD_RES, other, &b);
	hear_done(d, RESULT_OK, "");

	ask(c, MSG_CTL_RELOAD);
	id = hear(w.parent, MSG_RELOAD_REQ)->id;
	channel_free(c);
	ask(d, MSG_CTL_RELOAD);
	other = hear(w.parent, MSG_RELOAD_REQ)->id;
	say(w.parent, MSG_RELOAD_RES, id, &b);
	say(w.parent, MSG_RELOAD_RES, other, &b);
	hear_done(d, RESULT_OK, "");
	channel_free(d);
	world_check(&w);
}

ATF_TC(log_and_stop);
ATF_TC_HEAD(log_and_stop, tc)
{
	atf_tc_set_md_var(tc, "descr", "what the parent does, unanswered");
}
ATF_TC_BODY(log_and_stop, tc)
{
	struct world    w;
	struct channel *c;
	uint32_t        v, got;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	for (v = 0; v < 2; v++) {
		ask_u32(c, MSG_CTL_VERBOSE, v);
		hear_done(c, RESULT_OK, "");
		ATF_REQUIRE_EQ(0,
		    msg_get_u32(hear(w.parent, MSG_VERBOSE_REQ), &got));
		ATF_CHECK_EQ(v, got);
		ask_u32(c, MSG_CTL_STOP, v);
		hear_done(c, RESULT_OK,
		    v ? "stopping: ending sessions" :
			"stopping: sessions left, with 30s to end");
		ATF_REQUIRE_EQ(0,
		    msg_get_u32(hear(w.parent, MSG_STOP_REQ), &got));
		ATF_CHECK_EQ(v, got);
	}
	ask_u32(c, MSG_CTL_STOP, 2);
	ATF_CHECK(is_closed(c));
	channel_free(c);
	world_check(&w);
}

ATF_TC(versions);
ATF_TC_HEAD(versions, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "another version hears ours and is refused; none at all is"
	    " closed, as is a second greeting");
}
ATF_TC_BODY(versions, tc)
{
	struct world    w;
	struct channel *c;
	uint32_t        version;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_connect();
	ask_u32(c, MSG_CTL_HELLO, MSG_VERSION + 1);
	ATF_REQUIRE_EQ(0, msg_get_u32(hear(c, MSG_CTL_HELLO), &version));
	ATF_CHECK_EQ(MSG_VERSION, version);
	hear_done(c, RESULT_REFUSED,
	    "socks5ctl and the daemon differ in version");
	ask_list(c, LIST_RULE);
	ATF_CHECK(hears_nothing(w.router, 100));
	channel_free(c);

	c = ctl_connect();
	ask_list(c, LIST_RULE);
	ATF_CHECK(is_closed(c));
	channel_free(c);

	c = ctl_greet();
	ask_u32(c, MSG_CTL_HELLO, MSG_VERSION);
	ATF_CHECK(is_closed(c));
	channel_free(c);
	world_check(&w);
}

ATF_TC(out_of_turn);
ATF_TC_HEAD(out_of_turn, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a second command before the end of the first is closed");
}
ATF_TC_BODY(out_of_turn, tc)
{
	struct world    w;
	struct channel *c;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_SESSION);
	ask_list(c, LIST_SESSION);
	(void)hear(w.router, MSG_LIST_REQ);
	ATF_CHECK(is_closed(c));
	channel_free(c);
	world_check(&w);
}

ATF_TC(garbage);
ATF_TC_HEAD(garbage, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every type, lengths of all kinds, cuts, descriptors: it costs"
	    " that connection and nothing else");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(garbage, tc)
{
	static const size_t lens[] = { 0, 1, 3, 4, 5, 8, 9, 255, 16384, 16385,
		30000 };
	static uint8_t      packet[MSG_HEADER_LEN + 30000];
	struct world        w;
	struct channel     *c;
	struct wbuf         b;
	uint32_t            type;
	size_t              i, n;
	int                 fd;

	world_start(&w, 1, CONF_LOG_TEXT);
	for (n = 0; n < MSG_HEADER_LEN; n++) {
		c = ctl_connect();
		memset(packet, 0, sizeof(packet));
		ATF_REQUIRE_EQ((ssize_t)n,
		    send(channel_fd(c), packet, n, MSG_NOSIGNAL));
		ATF_CHECK(is_closed(c));
		channel_free(c);
	}
	for (type = 0; type < MSG_MAX + 3; type++) {
		if (type == MSG_CTL_HELLO)
			continue;
		for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			c = ctl_connect();
			memset(packet, 0xff, sizeof(packet));
			wbuf_init(&b, packet, sizeof(packet));
			wbuf_u32(&b, type);
			wbuf_u64(&b, 1);
			(void)send(channel_fd(c), packet,
			    MSG_HEADER_LEN + lens[i], MSG_NOSIGNAL);
			ATF_CHECK_MSG(is_closed(c), "type %u length %zu", type,
			    lens[i]);
			channel_free(c);
		}
	}
	/* One with a descriptor: the gate refuses it at our end, too. */
	c = ctl_greet();
	ATF_REQUIRE((fd = open("/dev/null", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(-1, channel_send(c, MSG_CTL_STATUS, 0, NULL, fd));
	channel_free(c);
	world_check(&w);
}

ATF_TC(many);
ATF_TC_HEAD(many, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one connection too many is told so; room is made again");
}
ATF_TC_BODY(many, tc)
{
	struct world      w;
	struct channel   *c[CTL_CONNS_MAX], *d;
	struct msg_result res;
	unsigned int      i, round;

	world_start(&w, 1, CONF_LOG_TEXT);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < CTL_CONNS_MAX; i++)
			c[i] = ctl_greet();
		for (i = 0; i < 500; i++) {
			d = ctl_connect();
			ATF_REQUIRE_EQ(0,
			    msg_get_result(hear(d, MSG_CTL_DONE), &res));
			ATF_CHECK_EQ(RESULT_REFUSED, res.result);
			ATF_CHECK(is_closed(d));
			channel_free(d);
		}
		for (i = 0; i < CTL_CONNS_MAX; i++)
			channel_free(c[i]);
	}
	world_check(&w);
}

ATF_TC(members_leave_room);
ATF_TC_HEAD(members_leave_room, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a member of the group has his share, and root the last places");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(members_leave_room, tc)
{
	struct world    w;
	struct channel *c[CTL_CONNS_MAX];
	char            why[MSG_TEXT_SIZE];
	unsigned int    i, n = 0, first;

	world_start(&w, 1, CONF_LOG_TEXT);
	while ((c[n] = greet_as(MEMBER_UID, why, sizeof(why))) != NULL)
		ATF_REQUIRE(++n < CTL_CONNS_MAX);
	first = n;
	ATF_CHECK(first >= 4 && first <= CTL_CONNS_MAX / 2);
	ATF_CHECK_STREQ("too many connections of your socks5ctl", why);

	/* Many more members, or strangers, take what is left for them. */
	for (i = 1; (c[n] = greet_as(MEMBER_UID + i, why, sizeof(why))) != NULL;
	     i++)
		ATF_REQUIRE(++n < CTL_CONNS_MAX);
	ATF_CHECK_STREQ("too many connections of socks5ctl", why);
	ATF_CHECK_EQ(CTL_CONNS_MAX - CTL_CONNS_OWNER - CTL_CONNS_ROOT, n);
	while (n < CTL_CONNS_MAX)
		c[n++] = ctl_greet();
	ATF_CHECK(greet_as(0, why, sizeof(why)) == NULL);

	/* What one gives back is there for another. */
	channel_free(c[0]);
	c[0] = ctl_greet();
	for (i = 0; i < n; i++)
		channel_free(c[i]);
	world_check(&w);
}

ATF_TC(rights);
ATF_TC_HEAD(rights, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "root and the group may ask, others hear that they may not");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(rights, tc)
{
	struct world w;

	world_start(&w, 1, CONF_LOG_TEXT);
	ATF_CHECK_EQ(1, refused_as(OTHER_UID, OTHER_GID, OTHER_GID));
	ATF_CHECK_EQ(0, refused_as(OTHER_UID, CTL_GID, OTHER_GID));
	ATF_CHECK_EQ(0, refused_as(OTHER_UID, OTHER_GID, CTL_GID));
	ATF_CHECK_EQ(0, refused_as(0, OTHER_GID, OTHER_GID));
	world_check(&w);
}

ATF_TC(session_lines);
ATF_TC_HEAD(session_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every session that asked for something gets its line");
}
ATF_TC_BODY(session_lines, tc)
{
	static char  text[1024 * 1024];
	struct world w;
	unsigned int i, n;

	world_start(&w, 1, CONF_LOG_JSON);
	for (i = 0; i < 50; i++)
		log_sessions(&w, 20, SESSION_CONNECT, 0);
	for (n = 0; n < 1000;)
		n += hear_lines(&w, text, sizeof(text), PATIENCE_MS);
	ATF_CHECK_EQ(1000, n);
	world_check(&w);
}

ATF_TC(early_lines);
ATF_TC_HEAD(early_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "sessions without a request get few lines and then one count");
}
ATF_TC_BODY(early_lines, tc)
{
	static char  text[1024 * 1024];
	struct world w;
	unsigned int n;

	world_start(&w, 1, CONF_LOG_TEXT);
	log_sessions(&w, 50, SESSION_NO_COMMAND, 0);
	log_sessions(&w, 50, SESSION_NO_COMMAND, 0);
	n = hear_lines(&w, text, sizeof(text), PATIENCE_MS);
	while (strstr(text, "more sessions") == NULL)
		n += hear_lines(&w, text, sizeof(text), PATIENCE_MS);
	ATF_CHECK_EQ(EARLY_LINES_MAX / 3 + 2, n);
	ATF_CHECK(strstr(text,
		      "86 more sessions client=192.0.2.1 user=- "
		      "cause=closed") != NULL);
	log_sessions(&w, 1, SESSION_NO_COMMAND, 0);
	ATF_CHECK_EQ(1, hear_lines(&w, text, sizeof(text), PATIENCE_MS));
	world_check(&w);
}

ATF_TC(no_lines);
ATF_TC_HEAD(no_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "without \"sessions\" only those that a rule wants logged");
}
ATF_TC_BODY(no_lines, tc)
{
	static char  text[65536];
	struct world w;

	world_start(&w, 0, CONF_LOG_TEXT);
	log_sessions(&w, 20, SESSION_CONNECT, 0);
	log_sessions(&w, 3, SESSION_CONNECT, 1);
	ATF_CHECK_EQ(3, hear_lines(&w, text, sizeof(text), PATIENCE_MS));
	world_check(&w);
}

ATF_TC(stop_keeps_lines);
ATF_TC_HEAD(stop_keeps_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "told to stop, it first says what the router still tells");
}
ATF_TC_BODY(stop_keeps_lines, tc)
{
	static char  text[65536];
	struct world w;
	unsigned int n = 0;
	int          status;

	world_start(&w, 1, CONF_LOG_TEXT);
	ask_u32(w.parent, MSG_CHILD_STOP, 0);
	log_sessions(&w, 20, SESSION_CONNECT, 0);
	channel_free(w.router);
	w.router = NULL;
	while (n < 20)
		n += hear_lines(&w, text, sizeof(text), PATIENCE_MS);
	ATF_REQUIRE_EQ(w.pid, waitpid(w.pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

ATF_TC(bad_siblings);
ATF_TC_HEAD(bad_siblings, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a malformed answer ends that channel, is reported, and ends"
	    " the request");
}
ATF_TC_BODY(bad_siblings, tc)
{
	struct world        w;
	struct channel     *c;
	struct msg_bad_peer bad;
	struct wbuf         b;
	uint8_t             space[64];
	uint64_t            id;

	world_start(&w, 1, CONF_LOG_TEXT);
	c = ctl_greet();
	ask_list(c, LIST_SESSION);
	id = hear(w.router, MSG_LIST_REQ)->id;
	wbuf_init(&b, space, sizeof(space));
	wbuf_u64(&b, UINT64_MAX);
	wbuf_u8(&b, 0);
	say(w.router, MSG_SESSION_ROWS, id, &b);
	hear_done(c, RESULT_REFUSED, "the router does not answer");
	ATF_REQUIRE_EQ(0,
	    msg_get_bad_peer(hear(w.parent, MSG_CHILD_BAD_PEER), &bad));
	ATF_CHECK_EQ(PROC_ROUTER, bad.role);
	ATF_CHECK(is_closed(w.router));
	channel_free(w.router);
	/* A new one takes its place, and the list must rise. */
	w.router = give_peer(&w, PROC_ROUTER, 0);
	do {
		ask_list(c, LIST_SESSION);
		if (!hears_nothing(w.router, 100))
			break;
		hear_done(c, RESULT_REFUSED, "the router is not running");
	} while (1);
	answer_page(&w, 0, 10, 1);
	answer_stats(w.relay[0]);
	answer_stats(w.relay[1]);
	answer_page(&w, 5, 15, 1);
	ATF_REQUIRE_EQ(0,
	    msg_get_bad_peer(hear(w.parent, MSG_CHILD_BAD_PEER), &bad));
	ATF_CHECK_EQ(PROC_ROUTER, bad.role);
	channel_free(c);
	world_check(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, status);
	ATF_TP_ADD_TC(tp, sessions);
	ATF_TP_ADD_TC(tp, sessions_without_relay);
	ATF_TP_ADD_TC(tp, flows);
	ATF_TP_ADD_TC(tp, sessions_without_router);
	ATF_TP_ADD_TC(tp, reader_stops);
	ATF_TP_ADD_TC(tp, rules);
	ATF_TP_ADD_TC(tp, lists);
	ATF_TP_ADD_TC(tp, counters);
	ATF_TP_ADD_TC(tp, kill_session);
	ATF_TP_ADD_TC(tp, reload);
	ATF_TP_ADD_TC(tp, log_and_stop);
	ATF_TP_ADD_TC(tp, versions);
	ATF_TP_ADD_TC(tp, out_of_turn);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, members_leave_room);
	ATF_TP_ADD_TC(tp, rights);
	ATF_TP_ADD_TC(tp, session_lines);
	ATF_TP_ADD_TC(tp, early_lines);
	ATF_TP_ADD_TC(tp, no_lines);
	ATF_TP_ADD_TC(tp, stop_keeps_lines);
	ATF_TP_ADD_TC(tp, bad_siblings);
	return atf_no_error();
}

void
child_confine(struct child *c)
{
}

void
child_ready(struct child *c)
{
}

void
child_pong(struct child *c, const struct msg *m)
{
}

void
child_log(void *arg, enum log_level level, const char *line)
{
}

static void
world_start(struct world *w, int sessions, enum conf_log_format format)
{
	unsigned int i;
	int          sv[2];

	memset(w, 0, sizeof(*w));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	ATF_REQUIRE((w->pid = fork()) != -1);
	if (w->pid == 0) {
		(void)close(sv[0]);
		be_control(sv[1]);
	}
	(void)close(sv[1]);
	w->parent = channel_new(sv[0], PROC_PARENT, PROC_CONTROL, 0);
	ATF_REQUIRE(w->parent != NULL);
	give_conf(w, sessions, format);
	w->router = give_peer(w, PROC_ROUTER, 0);
	for (i = 0; i < NRELAYS; i++)
		w->relay[i] = give_peer(w, PROC_RELAY, i);
	give_socket(w);
}

static _Noreturn void
be_control(int fd)
{
	struct child     c;
	struct sigaction ignore;

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	memset(&c, 0, sizeof(c));
	c.root_fd = -1;
	c.start.role = PROC_CONTROL;
	if ((c.parent = channel_new(fd, PROC_CONTROL, PROC_PARENT, 0)) == NULL)
		_exit(2);
	control_main(&c);
}

static struct channel *
give_peer(struct world *w, enum proc_id role, unsigned int instance)
{
	struct channel *c;
	struct msg_peer p;
	struct wbuf     b;
	uint8_t         space[16];
	int             sv[2];

	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv));
	p.role = role;
	p.instance = instance;
	wbuf_init(&b, space, sizeof(space));
	msg_put_peer(&b, &p);
	ATF_REQUIRE_EQ(0,
	    channel_send(w->parent, MSG_CHILD_PEER, 0, &b, sv[1]));
	c = channel_new(sv[0], role, PROC_CONTROL, instance);
	ATF_REQUIRE(c != NULL);
	return c;
}

static void
give_socket(struct world *w)
{
	struct msg_control_socket rights;
	struct sockaddr_un        sun;
	struct wbuf               b;
	uint8_t                   space[16];
	int                       fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, SOCKET_PATH, sizeof(sun.sun_path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, chmod(SOCKET_PATH, 0777));
	ATF_REQUIRE_EQ(0, listen(fd, 128));
	rights.uid = geteuid();
	rights.gid = CTL_GID;
	rights.has_gid = 1;
	wbuf_init(&b, space, sizeof(space));
	msg_put_control_socket(&b, &rights);
	ATF_REQUIRE_EQ(0,
	    channel_send(w->parent, MSG_CONTROL_SOCKET, 0, &b, fd));
}

static void
give_conf(struct world *w, int sessions, enum conf_log_format format)
{
	struct conf *conf;
	struct wbuf  b;
	uint8_t      space[16];

	ATF_REQUIRE((conf = conf_new()) != NULL);
	conf->generation = 1;
	conf->log.sessions = sessions;
	conf->log.format = format;
	ATF_REQUIRE_EQ(0, conf_send(conf, PROC_CONTROL, emit, w));
	conf_free(conf);
	(void)hear(w->parent, MSG_CONF_READY);
	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, 1);
	say(w->parent, MSG_CONF_COMMIT, 0, &b);
}

static int
emit(void *arg, enum msg_type type, const struct wbuf *b, int fd)
{
	struct world *w = arg;

	return channel_send(w->parent, type, 0, b, -1);
}

/* It lives, serves, and ends when its parent does. */
static void
world_check(struct world *w)
{
	struct channel *c;
	struct wbuf     b;
	uint8_t         space[64];
	int             status;

	c = ctl_greet();
	ask(c, MSG_CTL_RELOAD);
	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, RESULT_OK, "");
	say(w->parent, MSG_RELOAD_RES, hear(w->parent, MSG_RELOAD_REQ)->id, &b);
	hear_done(c, RESULT_OK, "");
	channel_free(c);
	channel_free(w->parent);
	ATF_REQUIRE_EQ(w->pid, waitpid(w->pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
say(struct channel *c, enum msg_type type, uint64_t id, const struct wbuf *b)
{
	const struct list_head head = { 0, 0 };
	struct wbuf            none;
	uint8_t                space[LIST_HEAD_LEN];

	/* Whoever says nothing says no rows, which nobody waits for. */
	wbuf_init(&none, space, sizeof(space));
	if (b == NULL && type == MSG_SESSION_ROWS) {
		list_head_put(&none, &head);
		b = &none;
	}
	ATF_REQUIRE_EQ_MSG(0, channel_send(c, type, id, b, -1), "%s: %s",
	    msg_name(type), strerror(errno));
	while (channel_wants_write(c)) {
		struct pollfd pfd = { channel_fd(c), POLLOUT, 0 };

		ATF_REQUIRE_EQ(1, poll(&pfd, 1, PATIENCE_MS));
		ATF_REQUIRE_EQ(0, channel_flush(c));
	}
}

/* Log lines and session lines of the parent's channel are passed over. */
static struct msg *
hear(struct channel *c, enum msg_type type)
{
	struct msg *m;

	for (;;) {
		m = hear_any(c);
		ATF_REQUIRE_MSG(m != NULL, "closed instead of %s",
		    msg_name(type));
		if (m->type == type)
			return m;
		ATF_REQUIRE_MSG(m->type == MSG_CHILD_LOG ||
			m->type == MSG_CHILD_BAD_PEER,
		    "%s instead of %s", msg_name(m->type), msg_name(type));
	}
}

/* NULL once it is closed. */
static struct msg *
hear_any(struct channel *c)
{
	struct pollfd pfd;
	struct msg   *m;

	for (;;) {
		switch (channel_recv(c, &m)) {
		case CHANNEL_MSG:
			return m;
		case CHANNEL_CLOSED:
			return NULL;
		case CHANNEL_BAD:
			atf_tc_fail("%s", channel_error(c));
		case CHANNEL_AGAIN:
			break;
		}
		pfd.fd = channel_fd(c);
		pfd.events = POLLIN;
		ATF_REQUIRE_EQ(1, poll(&pfd, 1, PATIENCE_MS));
	}
}

static int
hears_nothing(struct channel *c, int ms)
{
	struct pollfd pfd = { channel_fd(c), POLLIN, 0 };

	return poll(&pfd, 1, ms) == 0;
}

static int
is_closed(struct channel *c)
{
	return hear_any(c) == NULL;
}

static int
ctl_socket(void)
{
	struct sockaddr_un sun;
	int                fd, size;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, SOCKET_PATH, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET, 0)) == -1)
		return -1;
	size = 65536;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static struct channel *
ctl_connect(void)
{
	struct channel *c;
	int             fd;

	ATF_REQUIRE((fd = ctl_socket()) != -1);
	c = channel_new(fd, PROC_CTL, PROC_CONTROL, 0);
	ATF_REQUIRE(c != NULL);
	return c;
}

static struct channel *
ctl_greet(void)
{
	struct channel   *c;
	struct msg       *m;
	struct msg_result res;
	uint64_t          limit;

	/* The end of others may not have been seen yet. */
	limit = clock_ms() + PATIENCE_MS;
	do {
		c = ctl_connect();
		ask_u32(c, MSG_CTL_HELLO, MSG_VERSION);
		ATF_REQUIRE((m = hear_any(c)) != NULL);
		if (m->type == MSG_CTL_HELLO)
			return c;
		ATF_REQUIRE_EQ(MSG_CTL_DONE, m->type);
		ATF_REQUIRE_EQ(0, msg_get_result(m, &res));
		ATF_CHECK_STREQ("too many connections of socks5ctl", res.text);
		channel_free(c);
	} while (clock_ms() < limit);
	atf_tc_fail("no room for a client");
}

/* A member of the group that was let in, or NULL and why he was not. */
static struct channel *
greet_as(uid_t uid, char *why, size_t size)
{
	struct channel   *c;
	struct msg       *m;
	struct msg_result res;

	ATF_REQUIRE_EQ(0, setegid(uid == 0 ? 0 : CTL_GID));
	ATF_REQUIRE_EQ(0, seteuid(uid));
	c = ctl_connect();
	ATF_REQUIRE_EQ(0, seteuid(0));
	ATF_REQUIRE_EQ(0, setegid(0));
	ask_u32(c, MSG_CTL_HELLO, MSG_VERSION);
	ATF_REQUIRE((m = hear_any(c)) != NULL);
	if (m->type == MSG_CTL_HELLO)
		return c;
	ATF_REQUIRE_EQ(MSG_CTL_DONE, m->type);
	ATF_REQUIRE_EQ(0, msg_get_result(m, &res));
	(void)strlcpy(why, res.text, size);
	channel_free(c);
	return NULL;
}

static void
ask(struct channel *c, enum msg_type type)
{
	say(c, type, 0, NULL);
}

static void
ask_list(struct channel *c, enum list list)
{
	struct wbuf b;
	uint8_t     space[1];

	wbuf_init(&b, space, sizeof(space));
	msg_put_ctl_list(&b, list);
	say(c, MSG_CTL_LIST, 0, &b);
}

static void
one_list(struct channel *c, struct channel *keeper, enum list list)
{
	ask_list(c, list);
	answer_rows(keeper, list, 0, 7, 1);
	answer_rows(keeper, list, 7, 9, 1);
	answer_rows(keeper, list, 9, 9, 0);
	hear_rows(c, list, 7 + 2 + 5);
	hear_done(c, RESULT_OK, "");
}

/* A page that is asked for from here on, and says that the next is there. */
static void
answer_rows(struct channel *keeper, enum list list, uint64_t at, uint64_t next,
    int more)
{
	const struct list_head head = { (uint8_t)more, next };
	struct msg_list_req    req;
	struct msg            *m;
	struct wbuf            b;
	uint8_t                space[MSG_PAYLOAD_MAX];
	uint64_t               n = next > at ? next - at : 5;
	union any              a;

	m = hear(keeper, MSG_LIST_REQ);
	ATF_REQUIRE_EQ(0, msg_get_list_req(m, &req));
	ATF_CHECK_EQ(list, req.list);
	ATF_CHECK_EQ(at, req.at);
	wbuf_init(&b, space, sizeof(space));
	list_head_put(&b, &head);
	while (n-- > 0) {
		memset(&a, 0, sizeof(a));
		kind_of_list(list)->make(&a, RANDOM);
		kind_of_list(list)->put(&b, &a);
	}
	ATF_REQUIRE_EQ(0, b.bad);
	say(keeper, MSG_ROWS_OF(list), m->id, &b);
}

static const struct kind *
kind_of_list(enum list list)
{
	size_t i;

	for (i = 0; kinds[i].list != MSG_ROWS_OF(list); i++)
		ATF_REQUIRE(i < NKINDS);
	return &kinds[i];
}

static void
hear_rows(struct channel *c, enum list list, unsigned int n)
{
	union list_row row;
	struct msg    *m;
	struct rbuf    r;

	while (n-- > 0) {
		m = hear(c, MSG_CTL_ROW_OF(list));
		rbuf_init(&r, m->data, m->len);
		ATF_REQUIRE_EQ(0, list_row_get(&r, list, &row));
		ATF_CHECK(rbuf_done(&r));
	}
}

static void
ask_u32(struct channel *c, enum msg_type type, uint32_t v)
{
	struct wbuf b;
	uint8_t     space[4];

	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, v);
	(void)channel_send(c, type, 0, &b, -1);
}

static void
hear_done(struct channel *c, enum result result, const char *text)
{
	struct msg_result res;

	ATF_REQUIRE_EQ(0, msg_get_result(hear(c, MSG_CTL_DONE), &res));
	ATF_CHECK_EQ(result, res.result);
	ATF_CHECK_STREQ(text, res.text);
}

/* Sessions after+1 to last; even ones are of relay 0. */
static void
answer_page(struct world *w, uint64_t after, uint64_t last, int more)
{
	struct session_row  row;
	struct msg_list_req req;
	struct list_head    head;
	struct msg         *m;
	struct wbuf         b;
	uint8_t             space[MSG_PAYLOAD_MAX];
	uint64_t            id;

	m = hear(w->router, MSG_LIST_REQ);
	ATF_REQUIRE_EQ(0, msg_get_list_req(m, &req));
	ATF_REQUIRE_EQ(LIST_SESSION, req.list);
	memset(&row, 0, sizeof(row));
	(void)addr_parse(&row.client, "192.0.2.1");
	row.command = SESSION_CONNECT;
	row.state = SESSION_OPEN;
	(void)strlcpy(row.name, "a-name-of-some-length.example.org",
	    sizeof(row.name));
	wbuf_init(&b, space, sizeof(space));
	head.more = (uint8_t)more;
	head.at = last;
	list_head_put(&b, &head);
	for (id = after + 1; id <= last; id++) {
		row.id = id;
		row.relay = id % 2 != 0;
		session_row_put(&b, &row);
	}
	ATF_REQUIRE_EQ(0, b.bad);
	say(w->router, MSG_SESSION_ROWS, m->id, &b);
}

static void
answer_stats(struct channel *c)
{
	struct session_stats s;
	struct msg          *m;
	struct wbuf          b;
	struct rbuf          r;
	uint8_t              space[MSG_PAYLOAD_MAX];

	m = hear(c, MSG_STATS_REQ);
	wbuf_init(&b, space, sizeof(space));
	rbuf_init(&r, m->data, m->len);
	memset(&s, 0, sizeof(s));
	while (r.left > 0) {
		s.id = rbuf_u64(&r);
		s.state = SESSION_HALF_CLOSED;
		s.up = s.id * 10;
		s.down = s.id * 20;
		session_stats_put(&b, &s);
	}
	/* One that is another relay's must change nothing. */
	s.id++;
	s.up = 0;
	session_stats_put(&b, &s);
	ATF_REQUIRE_EQ(0, b.bad);
	say(c, MSG_STATS_RES, m->id, &b);
}

static uint64_t
hear_row(struct channel *c, struct session_row *row)
{
	struct msg *m;
	struct rbuf r;

	m = hear(c, MSG_CTL_SESSION_ROW);
	rbuf_init(&r, m->data, m->len);
	ATF_REQUIRE_EQ(0, session_row_get(&r, row));
	return row->id;
}

/* The first counter is COUNTER_MAX times the factor, the last one once. */
static void
answer_counters(struct channel *c, uint64_t factor)
{
	struct counters n;
	struct wbuf     b;
	uint8_t         space[1024];
	unsigned int    i;

	for (i = 0; i < COUNTER_MAX; i++)
		n.v[i] = factor * (COUNTER_MAX - i);
	wbuf_init(&b, space, sizeof(space));
	msg_put_counters(&b, &n);
	say(c, MSG_COUNTERS_RES, hear(c, MSG_COUNTERS_REQ)->id, &b);
}

static void
log_sessions(struct world *w, unsigned int n, enum session_command command,
    int forced)
{
	struct session_log s;
	struct wbuf        b;
	uint8_t            space[MSG_PAYLOAD_MAX];
	unsigned int       i;

	memset(&s, 0, sizeof(s));
	(void)addr_parse(&s.client, "192.0.2.1");
	s.command = command;
	s.cause = CAUSE_CLOSED;
	s.forced = (uint8_t)forced;
	wbuf_init(&b, space, sizeof(space));
	for (i = 0; i < n; i++) {
		s.id = i;
		session_log_put(&b, &s);
	}
	ATF_REQUIRE_EQ(0, b.bad);
	say(w->router, MSG_SESSION_LOG, 0, &b);
}

/* The next batch as text; returns how many lines it has. */
static unsigned int
hear_lines(struct world *w, char *text, size_t size, int ms)
{
	struct msg  *m;
	unsigned int n = 0;
	size_t       i;

	m = hear(w->parent, MSG_CHILD_SESSION_LINES);
	ATF_REQUIRE(m->len < size);
	ATF_REQUIRE_EQ('\n', m->data[m->len - 1]);
	memcpy(text, m->data, m->len);
	text[m->len] = '\0';
	for (i = 0; i < m->len; i++)
		n += text[i] == '\n';
	return n;
}

/* Whether a process of this user and these groups is refused; -1: oddly. */
static int
refused_as(uid_t uid, gid_t gid, gid_t other)
{
	pid_t pid;
	int   status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		struct channel   *c;
		struct msg_result res;
		struct msg       *m;

		if (setgroups(1, &other) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			_exit(2);
		c = ctl_connect();
		ask_u32(c, MSG_CTL_HELLO, MSG_VERSION);
		if (hear(c, MSG_CTL_HELLO) == NULL)
			_exit(2);
		ask_list(c, LIST_RULE);
		m = hear_any(c);
		if (m == NULL || m->type != MSG_CTL_DONE ||
		    msg_get_result(m, &res) == -1)
			_exit(2);
		if (strcmp(res.text, "permission denied") == 0)
			_exit(1);
		_exit(strcmp(res.text, "the router does not answer") == 0 ? 0 :
									    2);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
