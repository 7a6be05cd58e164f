/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What socks5ctl can ask: the table of commands, and the short ones.
 *
 * Linked by control.  Every command asks other processes, waits until all
 * have answered, are gone or are too late, and says what it knows.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/role.h"
#include "conf/conf.h"
#include "control/ctl.h"

struct status_state {
	int			got;
	struct status_row	row;
	unsigned int		nchildren;
	struct child_row	children[CHILDREN_MAX];
	uint8_t			name_servers;
	uint8_t			name_servers_dead;
};

struct rules_state {
	int		counted;	/* relays told the router of bytes */
	uint32_t	from;
	int		got;		/* this page */
	int		more;
};

struct kill_state {
	uint64_t	id;
	int		got;
	uint32_t	killed;
};

struct stop_state {
	uint32_t	now;
	uint64_t	sessions;	/* or UNKNOWN */
};

static const struct ctl_command
		*find_command(enum msg_type);
static void	status_start(struct ctl_conn *, const struct msg *);
static enum ctl_answer
		status_answer(struct ctl_conn *, struct peer *,
		    const struct msg *);
static void	status_proceed(struct ctl_conn *);
static void	status_late(const struct ctl_conn *, struct child_row *);
static void	status_text(const struct status_state *, char *, size_t);
static void	rules_start(struct ctl_conn *, const struct msg *);
static void	rules_ask(struct ctl_conn *);
static enum ctl_answer
		rules_answer(struct ctl_conn *, struct peer *,
		    const struct msg *);
static void	rules_proceed(struct ctl_conn *);
static void	rules_done(struct ctl_conn *);
static void	counters_start(struct ctl_conn *, const struct msg *);
static enum ctl_answer
		counters_answer(struct ctl_conn *, struct peer *,
		    const struct msg *);
static void	counters_proceed(struct ctl_conn *);
static void	kill_start(struct ctl_conn *, const struct msg *);
static enum ctl_answer
		kill_answer(struct ctl_conn *, struct peer *,
		    const struct msg *);
static void	kill_proceed(struct ctl_conn *);
static void	reload_start(struct ctl_conn *, const struct msg *);
static enum ctl_answer
		reload_answer(struct ctl_conn *, struct peer *,
		    const struct msg *);
static void	reload_proceed(struct ctl_conn *);
static void	verbose_start(struct ctl_conn *, const struct msg *);
static void	stop_start(struct ctl_conn *, const struct msg *);
static enum ctl_answer
		stop_answer(struct ctl_conn *, struct peer *,
		    const struct msg *);
static void	stop_proceed(struct ctl_conn *);
static void	pass_u32(struct ctl_conn *, uint32_t, enum msg_type,
		    const char *);
static int	take_name_servers(const struct msg *, struct status_state *);
static int	take_sessions(const struct msg *, uint64_t *);

/*
 * The second column decides who may give a command.  The group of the
 * control socket may do everything; CTL_RIGHT_OWNER would leave a command to
 * root and the daemon's own user.
 */
static const struct ctl_command	commands[] = {
	{ MSG_CTL_STATUS, CTL_RIGHT_GROUP,
	    { MSG_STATUS_RES, MSG_COUNTERS_RES },
	    status_start, status_answer, status_proceed },
	{ MSG_CTL_SESSIONS, CTL_RIGHT_GROUP,
	    { MSG_LIST_RES, MSG_STATS_RES },
	    ctl_sessions_start, ctl_sessions_answer, ctl_sessions_proceed },
	{ MSG_CTL_RULES, CTL_RIGHT_GROUP,
	    { MSG_RULES_RES, MSG_COUNTERS_RES },
	    rules_start, rules_answer, rules_proceed },
	{ MSG_CTL_COUNTERS, CTL_RIGHT_GROUP, { MSG_COUNTERS_RES },
	    counters_start, counters_answer, counters_proceed },
	{ MSG_CTL_KILL, CTL_RIGHT_GROUP, { MSG_KILL_RES },
	    kill_start, kill_answer, kill_proceed },
	{ MSG_CTL_RELOAD, CTL_RIGHT_GROUP, { MSG_RELOAD_RES },
	    reload_start, reload_answer, reload_proceed },
	{ MSG_CTL_REVOKE, CTL_RIGHT_GROUP, { MSG_RELOAD_RES },
	    reload_start, reload_answer, reload_proceed },
	{ MSG_CTL_TEST, CTL_RIGHT_GROUP, { MSG_WHO_RES, MSG_TEST_RES },
	    ctl_test_start, ctl_test_answer, ctl_test_proceed },
	{ MSG_CTL_VERBOSE, CTL_RIGHT_GROUP, { MSG_NONE },
	    verbose_start, NULL, NULL },
	{ MSG_CTL_STOP, CTL_RIGHT_GROUP, { MSG_COUNTERS_RES },
	    stop_start, stop_answer, stop_proceed },
	{ MSG_CTL_USER, CTL_RIGHT_GROUP,
	    { MSG_USER_RES, MSG_KILL_USER_RES },
	    ctl_user_start, ctl_user_answer, ctl_user_proceed },
	{ MSG_CTL_USERS, CTL_RIGHT_GROUP, { MSG_USERS_ROWS },
	    ctl_users_start, ctl_rows_answer, ctl_users_proceed },
	{ MSG_CTL_BANS, CTL_RIGHT_GROUP, { MSG_BANS_ROWS },
	    ctl_bans_start, ctl_rows_answer, ctl_bans_proceed },
	{ MSG_CTL_UNBAN, CTL_RIGHT_GROUP, { MSG_UNBAN_RES },
	    ctl_unban_start, ctl_unban_answer, ctl_unban_proceed },
	{ MSG_CTL_LIMITS, CTL_RIGHT_GROUP, { MSG_LIMITS_RES },
	    ctl_limits_start, ctl_limits_answer, ctl_limits_proceed },
	{ MSG_CTL_PROXIES, CTL_RIGHT_GROUP, { MSG_PROXIES_RES },
	    ctl_proxies_start, ctl_proxies_answer, ctl_proxies_proceed },
	{ MSG_CTL_PROXY_SET, CTL_RIGHT_GROUP, { MSG_PROXY_SET_RES },
	    ctl_proxy_set_start, ctl_proxy_set_answer,
	    ctl_proxy_set_proceed },
	{ MSG_CTL_TABLE, CTL_RIGHT_GROUP,
	    { MSG_TABLE_RES, MSG_TABLE_NEXT },
	    ctl_table_start, ctl_table_answer, ctl_table_proceed },
	{ MSG_CTL_TABLES, CTL_RIGHT_GROUP, { MSG_TABLES_ROWS },
	    ctl_tables_start, ctl_tables_answer, ctl_tables_proceed },
	{ MSG_CTL_TABLE_TEST, CTL_RIGHT_GROUP, { MSG_TABLE_TEST_RES },
	    ctl_table_test_start, ctl_table_test_answer,
	    ctl_table_test_proceed },
	{ MSG_CTL_TABLE_SHOW, CTL_RIGHT_GROUP, { MSG_TABLE_LIST_RES },
	    ctl_table_show_start, ctl_table_show_answer,
	    ctl_table_show_proceed },
};

/* NULL for what is no command but comes behind one. */
static const struct ctl_command *
find_command(enum msg_type type)
{
	size_t	i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].type == type)
			return &commands[i];
	}
	return NULL;
}

void
ctl_request(struct ctl_conn *c, const struct msg *m)
{
	const struct ctl_command	*cmd;

	if ((cmd = find_command(m->type)) == NULL) {
		log_debug("socks5ctl: %s out of turn", msg_name(m->type));
		ctl_close(c);
		return;
	}
	if (cmd->right == CTL_RIGHT_OWNER && !c->owner) {
		ctl_done(c, RESULT_REFUSED, "permission denied");
		return;
	}
	c->command = cmd;
	memset(c->late, 0, sizeof(c->late));
	ctl_round(c);
	cmd->start(c, m);
	ctl_step(c);
}

static void
status_start(struct ctl_conn *c, const struct msg *m)
{
	struct status_state	*st;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	st->row.sessions = STATUS_SESSIONS_UNKNOWN;
	(void)ctl_ask(c, PROC_PARENT, 0, MSG_STATUS_REQ, NULL);
	(void)ctl_ask(c, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
	(void)ctl_ask(c, PROC_RESOLVER, 0, MSG_COUNTERS_REQ, NULL);
}

static enum ctl_answer
status_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct status_state	*st = c->state;
	struct rbuf		 b;
	uint64_t		 sessions;

	if (m->type == MSG_COUNTERS_RES &&
	    channel_peer(peer_channel(p)) == PROC_RESOLVER)
		return take_name_servers(m, st) == -1 ? CTL_ANSWER_BAD :
		    CTL_ANSWER_LAST;
	if (m->type == MSG_COUNTERS_RES)
		return take_sessions(m, &st->row.sessions) == -1 ?
		    CTL_ANSWER_BAD : CTL_ANSWER_LAST;
	sessions = st->row.sessions;
	rbuf_init(&b, m->data, m->len);
	if (status_row_get(&b, &st->row) == -1)
		return CTL_ANSWER_BAD;
	st->row.sessions = sessions;
	while (b.left > 0 && st->nchildren < CHILDREN_MAX) {
		if (child_row_get(&b, &st->children[st->nchildren++]) == -1)
			return CTL_ANSWER_BAD;
	}
	/* Too much from the parent is no reason to end: some is shown. */
	if (b.left > 0)
		log_warn("control: more processes than can be shown");
	st->got = 1;
	return CTL_ANSWER_LAST;
}

static int
take_name_servers(const struct msg *m, struct status_state *st)
{
	struct counters	n;

	if (msg_get_counters(m, &n) == -1)
		return -1;
	st->name_servers = (uint8_t)n.v[COUNTER_NAME_SERVERS];
	st->name_servers_dead = (uint8_t)n.v[COUNTER_NAME_SERVERS_DEAD];
	return 0;
}

/* Of the router's counters: those that have not ended. */
static int
take_sessions(const struct msg *m, uint64_t *sessions)
{
	struct counters	n;
	uint64_t	closed;

	if (msg_get_counters(m, &n) == -1)
		return -1;
	closed = n.v[COUNTER_SESSIONS_CLOSED];
	if (n.v[COUNTER_SESSIONS_ACCEPTED] >= closed)
		*sessions = n.v[COUNTER_SESSIONS_ACCEPTED] - closed;
	return 0;
}

static void
status_proceed(struct ctl_conn *c)
{
	struct status_state	*st = c->state;
	char			 text[512];
	uint8_t			 space[1024];
	struct wbuf		 b;
	unsigned int		 i;

	if (!st->got) {
		ctl_done(c, RESULT_REFUSED, "the parent does not answer");
		return;
	}
	st->row.name_servers = st->name_servers;
	st->row.name_servers_dead = st->name_servers_dead;
	wbuf_init(&b, space, sizeof(space));
	status_row_put(&b, &st->row);
	if (ctl_send(c, MSG_CTL_STATUS_ROW, &b) == -1)
		return;
	for (i = 0; i < st->nchildren; i++) {
		status_late(c, &st->children[i]);
		wbuf_init(&b, space, sizeof(space));
		child_row_put(&b, &st->children[i]);
		if (ctl_send(c, MSG_CTL_CHILD_ROW, &b) == -1)
			return;
	}
	status_text(st, text, sizeof(text));
	ctl_done(c, text[0] == '\0' ? RESULT_OK : RESULT_REFUSED, text);
}

/* The parent need not have noticed yet what we have. */
static void
status_late(const struct ctl_conn *c, struct child_row *row)
{
	if (row->pid != 0 && row->silent_ms < CTL_ANSWER_MS &&
	    (c->late[row->role] & UINT64_C(1) << row->instance) != 0)
		row->silent_ms = CTL_ANSWER_MS;
}

/* Which processes do not do their work, or "". */
static void
status_text(const struct status_state *st, char *dst, size_t size)
{
	const struct child_row	*row;
	char			 who[64], time[DURATION_STRLEN];
	unsigned int		 i;

	dst[0] = '\0';
	/* Who stops has less and less of them. */
	for (i = 0; i < st->nchildren && !st->row.stopping; i++) {
		row = &st->children[i];
		if (row->pid != 0 && row->silent_ms == 0)
			continue;
		(void)snprintf(who, sizeof(who), "%s%s %u: %s%s",
		    dst[0] == '\0' ? "" : "; ", proc_name(row->role),
		    row->instance, row->pid == 0 ? "not running" :
		    "no answer for ", row->pid == 0 ? "" :
		    duration_text(row->silent_ms, time));
		(void)strlcat(dst, who, size);
	}
}

/* Relays say first what the sessions that are open have moved by now. */
static void
rules_start(struct ctl_conn *c, const struct msg *m)
{
	unsigned int	i;

	if (ctl_state(c, sizeof(struct rules_state)) == NULL)
		return;
	for (i = 0; i < RELAYS_MAX; i++)
		(void)ctl_ask(c, PROC_RELAY, i, MSG_COUNTERS_REQ, NULL);
}

static void
rules_ask(struct ctl_conn *c)
{
	struct rules_state	*st = c->state;
	struct msg_rules_req	 req;
	uint8_t			 space[16];
	struct wbuf		 b;

	st->got = 0;
	st->more = 0;
	req.from = st->from;
	wbuf_init(&b, space, sizeof(space));
	msg_put_rules_req(&b, &req);
	ctl_round(c);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_RULES_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

/* Numbers must rise, so that a list has an end whatever the router says. */
static enum ctl_answer
rules_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct rules_state	*st = c->state;
	struct rule_row		 row;
	uint8_t			 space[RULE_ROW_MAX];
	struct wbuf		 b;
	struct rbuf		 r;
	struct counters		 n;

	if (m->type == MSG_COUNTERS_RES)
		return msg_get_counters(m, &n) == -1 ? CTL_ANSWER_BAD :
		    CTL_ANSWER_LAST;
	rbuf_init(&r, m->data, m->len);
	st->more = rbuf_u8(&r) != 0;
	if (st->more && r.left == 0)
		return CTL_ANSWER_BAD;
	while (r.left > 0) {
		if (rule_row_get(&r, &row) == -1 || row.number < st->from ||
		    row.number == UINT32_MAX)
			return CTL_ANSWER_BAD;
		st->from = row.number + 1;
		wbuf_init(&b, space, sizeof(space));
		rule_row_put(&b, &row);
		if (ctl_send(c, MSG_CTL_RULE_ROW, &b) == -1)
			return CTL_ANSWER_LAST;
	}
	st->got = 1;
	return CTL_ANSWER_LAST;
}

static void
rules_proceed(struct ctl_conn *c)
{
	struct rules_state	*st = c->state;

	if (!st->counted) {
		st->counted = 1;
		rules_ask(c);
	} else if (!st->got)
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
	else if (!st->more)
		rules_done(c);
	else if (peer_queued(c->peer) > CTL_QUEUE_MAX)
		c->paced = 1;
	else
		rules_ask(c);
}

static void
rules_done(struct ctl_conn *c)
{
	char	who[128], text[256];

	if (!ctl_late(c, who, sizeof(who))) {
		ctl_done(c, RESULT_OK, "");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s: no answer: bytes of open "
	    "sessions there are as of earlier", who);
	ctl_done(c, RESULT_REFUSED, text);
}

static void
counters_start(struct ctl_conn *c, const struct msg *m)
{
	struct counters	*sum;
	unsigned int	 id, i;

	if ((sum = ctl_state(c, sizeof(*sum))) == NULL)
		return;
	*sum = c->ctl->role->counters;
	(void)ctl_ask(c, PROC_PARENT, 0, MSG_COUNTERS_REQ, NULL);
	for (id = 0; id < PROC_MAX; id++) {
		if (!proc_is_child(id) || (PROC_COUNTING & PROC_BIT(id)) == 0)
			continue;
		for (i = 0; i < proc_instances(id); i++) {
			(void)ctl_ask(c, (enum proc_id)id, i,
			    MSG_COUNTERS_REQ, NULL);
		}
	}
}

static enum ctl_answer
counters_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct counters	*sum = c->state;
	struct counters	 n;
	unsigned int	 i;

	if (msg_get_counters(m, &n) == -1)
		return CTL_ANSWER_BAD;
	for (i = 0; i < COUNTER_MAX; i++)
		sum->v[i] += n.v[i];
	return CTL_ANSWER_LAST;
}

static void
counters_proceed(struct ctl_conn *c)
{
	struct counters		*sum = c->state;
	struct counter_row	 row;
	char			 who[128], text[256];
	uint8_t			 space[512];
	struct wbuf		 b;
	unsigned int		 i;

	for (i = 0; i < COUNTER_MAX; i++) {
		memset(&row, 0, sizeof(row));
		(void)strlcpy(row.name, counter_name((enum counter)i),
		    sizeof(row.name));
		(void)strlcpy(row.help, counter_help((enum counter)i),
		    sizeof(row.help));
		row.value = sum->v[i];
		wbuf_init(&b, space, sizeof(space));
		counter_row_put(&b, &row);
		if (ctl_send(c, MSG_CTL_COUNTER_ROW, &b) == -1)
			return;
	}
	if (!ctl_late(c, who, sizeof(who))) {
		ctl_done(c, RESULT_OK, "");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s: no answer: not in the sums",
	    who);
	ctl_done(c, RESULT_REFUSED, text);
}

static void
kill_start(struct ctl_conn *c, const struct msg *m)
{
	struct kill_state	*st;
	uint8_t			 space[16];
	struct wbuf		 b;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_u64(m, &st->id) == -1) {
		ctl_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_u64(&b, st->id);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_KILL_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

static enum ctl_answer
kill_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct kill_state	*st = c->state;

	if (msg_get_u32(m, &st->killed) == -1)
		return CTL_ANSWER_BAD;
	st->got = 1;
	return CTL_ANSWER_LAST;
}

static void
kill_proceed(struct ctl_conn *c)
{
	const struct kill_state	*st = c->state;
	char			 text[64];

	if (!st->got) {
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
		return;
	}
	(void)snprintf(text, sizeof(text), st->killed ? "session %" PRIu64
	    " ended" : "no such session: %" PRIu64, st->id);
	ctl_done(c, st->killed ? RESULT_OK : RESULT_REFUSED, text);
}

/*
 * A reload goes on when the client that asked for it leaves.  Whether one is
 * under way is the parent's business, where a second one waits for its turn.
 */
static void
reload_start(struct ctl_conn *c, const struct msg *m)
{
	if (ctl_ask(c, PROC_PARENT, 0, m->type == MSG_CTL_REVOKE ?
	    MSG_REVOKE_REQ : MSG_RELOAD_REQ, NULL) == -1) {
		ctl_done(c, RESULT_REFUSED, "cannot reach the parent");
		return;
	}
	c->deadline_ms = clock_ms() + CTL_RELOAD_MS;
}

static enum ctl_answer
reload_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct msg_result	 res;
	uint8_t			 space[MSG_TEXT_SIZE + 8];
	struct wbuf		 b;

	if (msg_get_result(m, &res) == -1)
		return CTL_ANSWER_BAD;
	if (res.result != RESULT_MORE) {
		ctl_done(c, res.result, res.text);
		return CTL_ANSWER_LAST;
	}
	/* Who hears something waits on, and so does the client. */
	c->deadline_ms = clock_ms() + CTL_RELOAD_MS;
	wbuf_init(&b, space, sizeof(space));
	msg_put_text(&b, res.text);
	(void)ctl_send(c, MSG_CTL_TEXT, &b);
	return CTL_ANSWER_MORE;
}

static void
reload_proceed(struct ctl_conn *c)
{
	ctl_done(c, RESULT_REFUSED, "the parent does not answer");
}

static void
verbose_start(struct ctl_conn *c, const struct msg *m)
{
	uint32_t	on;

	if (msg_get_u32(m, &on) == -1 || on > 1)
		ctl_close(c);
	else
		pass_u32(c, on, MSG_VERBOSE_REQ, "");
}

/* How many sessions there are it must be asked before it stops. */
static void
stop_start(struct ctl_conn *c, const struct msg *m)
{
	struct stop_state	*st;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	st->sessions = STATUS_SESSIONS_UNKNOWN;
	if (msg_get_u32(m, &st->now) == -1 || st->now > 1)
		ctl_close(c);
	else
		(void)ctl_ask(c, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
}

static enum ctl_answer
stop_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct stop_state	*st = c->state;

	return take_sessions(m, &st->sessions) == -1 ? CTL_ANSWER_BAD :
	    CTL_ANSWER_LAST;
}

static void
stop_proceed(struct ctl_conn *c)
{
	const struct stop_state	*st = c->state;
	char			 n[48], text[160], time[DURATION_STRLEN];

	if (st->sessions == STATUS_SESSIONS_UNKNOWN)
		(void)strlcpy(n, "sessions", sizeof(n));
	else
		(void)snprintf(n, sizeof(n), "%" PRIu64 " session%s",
		    st->sessions, st->sessions == 1 ? "" : "s");
	if (st->sessions == 0)
		(void)strlcpy(text, "stopping: no sessions are left",
		    sizeof(text));
	else if (st->now)
		(void)snprintf(text, sizeof(text), "stopping: ending %s", n);
	else
		(void)snprintf(text, sizeof(text), "stopping: %s left, with "
		    "%s to end", n, duration_text(
		    c->ctl->role->conf->set.drain_ms, time));
	pass_u32(c, st->now, MSG_STOP_REQ, text);
}

/* Off to the parent, who does it without an answer. */
static void
pass_u32(struct ctl_conn *c, uint32_t v, enum msg_type type,
    const char *text)
{
	uint8_t		space[8];
	struct wbuf	b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, v);
	if (peer_send(c->ctl->role->parent, type, 0, &b, -1) == -1)
		ctl_done(c, RESULT_REFUSED, "cannot reach the parent");
	else
		ctl_done(c, RESULT_OK, text);
}
