/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of messages and the gate that reads it.  See msg.h.
 */

#include "base/mac.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_limit.h"
#include "base/msg_list.h"
#include "base/msg_udp.h"

/* Whether a message brings a descriptor. */
#define FD_NONE  0x00U
#define FD_ONE   0x01U
#define FD_MAYBE 0x02U
#define FD_MASK  0x03U

/* It has a password or a hash in it. */
#define SECRET 0x04U

struct msg_row {
	const char  *name;
	unsigned int from; /* sets of roles */
	unsigned int to;
	struct {
		size_t min;
		size_t max;
	} len;
	unsigned int flags; /* FD_*, SECRET */
};

/* Sets of roles: one of a name is that role alone. */
#define ALONE(id, ...)             id = PROC_BIT(PROC_##id),
#define KEEPER(id, row, role, ...) | PROC_BIT(PROC_##role)
enum {
	PROC_TABLE(ALONE) CHILDREN = PROC_CHILDREN,
	COUNTING = PROC_COUNTING,
	KEEPERS = 0 LIST_TABLE(KEEPER),
};

/*
 * Lengths of payloads: of the shortest and of the longest encoding.  The
 * numbers are those that msg_test and wire_test find by encoding both; after
 * a change of a codec they name the new ones.
 */
#define LEN(min, max) min, max
#define EXACTLY(n)    n, n
#define AT_LEAST(n)   n, MSG_PAYLOAD_MAX
#define ITEMS(n)      n, MSG_PAYLOAD_MAX - MSG_PAYLOAD_MAX % (n)
#define EMPTY         EXACTLY(0)
#define U32           EXACTLY(4)
#define U64           EXACTLY(8)
#define LIST          AT_LEAST(1) /* whether there are more, then items */

/* Payloads of several messages. */
#define TEXT       LEN(2, 2049)
#define RESULT     LEN(3, 2050)
#define FILENAME   LEN(2, 1025)
#define NAME       LEN(1, 256)
#define DNS        LEN(14, 26)
#define TEST       LEN(24, 1088)
#define USER_EDIT  LEN(8, 1668)
#define TABLE_EDIT LEN(5, 1058)
#define PROXY_SET  LEN(4, 34)

/* clang-format off */
/* Type, name, senders, receivers, lengths, descriptor. */
#define MSG_TABLE(X)							\
	X(CTL_HELLO, "ctl-hello", CTL | CONTROL, CTL | CONTROL,		\
	    U32, FD_NONE)						\
	X(PACK, "pack", ROUTER | RELAY | RESOLVER | AUTH,		\
	    ROUTER | RELAY | RESOLVER | AUTH,				\
	    AT_LEAST(2 + MSG_HEADER_LEN), FD_NONE)			\
	X(BULK_FD, "bulk-fd", PARENT, CHILDREN, EMPTY, FD_ONE)		\
	X(BULK, "bulk", PARENT, CHILDREN, EXACTLY(12), FD_ONE)		\
									\
	X(CHILD_START, "child-start", PARENT, CHILDREN,			\
	    EXACTLY(31), FD_MAYBE)					\
	X(CHILD_PEER, "child-peer", PARENT, CHILDREN,			\
	    EXACTLY(3), FD_ONE)						\
	X(CHILD_VERBOSE, "child-verbose", PARENT, CHILDREN,		\
	    U32, FD_NONE)						\
	X(CHILD_STOP, "child-stop", PARENT, CHILDREN, U32, FD_NONE)	\
	X(CHILD_READY, "child-ready", CHILDREN, PARENT,			\
	    EXACTLY(WALLS_LEN), FD_NONE)				\
	X(CHILD_LOG, "child-log", CHILDREN, PARENT,			\
	    LEN(3, 2050), FD_NONE)					\
	X(CHILD_SESSION_LINES, "child-session-lines", CONTROL, PARENT,	\
	    AT_LEAST(1), FD_NONE)					\
	X(CHILD_BAD_PEER, "child-bad-peer", CHILDREN, PARENT,		\
	    LEN(4, 131), FD_NONE)					\
	X(CHILD_DRAINED, "child-drained", ROUTER, PARENT,		\
	    EMPTY, FD_NONE)						\
	X(CHILD_KEY, "child-key", PARENT, ROUTER | AUTH,		\
	    EXACTLY(MAC_SECRET_LEN), SECRET)				\
	X(CHILD_PING, "child-ping", PARENT, CHILDREN, EMPTY, FD_NONE)	\
	X(CHILD_PONG, "child-pong", CHILDREN, PARENT, EMPTY, FD_NONE)	\
									\
	X(CONF_BEGIN, "conf-begin", PARENT, CHILDREN, U32, FD_NONE)	\
	X(CONF_SETTINGS, "conf-settings", PARENT,			\
	    ROUTER | RELAY | AUTH | CONTROL, LEN(113, 257), FD_NONE)	\
	X(CONF_LOG, "conf-log", PARENT, ROUTER | CONTROL, EXACTLY(4),	\
	    FD_NONE)							\
	X(CONF_RESOLVER, "conf-resolver", PARENT, ROUTER | RESOLVER,	\
	    LEN(11, 323), FD_NONE)					\
	X(CONF_HOST, "conf-host", PARENT, RESOLVER,			\
	    AT_LEAST(7), FD_NONE)					\
	X(CONF_LISTENER, "conf-listener", PARENT, ROUTER,		\
	    LEN(31, 1129), FD_ONE)					\
	X(CONF_RULE, "conf-rule", PARENT, ROUTER,			\
	    LEN(95, 1259), FD_NONE)					\
	X(CONF_RULE_FROM, "conf-rule-from", PARENT, ROUTER,		\
	    AT_LEAST(5), FD_NONE)					\
	X(CONF_RULE_TO, "conf-rule-to", PARENT, ROUTER,			\
	    AT_LEAST(5), FD_NONE)					\
	X(CONF_RULE_PORTS, "conf-rule-ports", PARENT, ROUTER,		\
	    AT_LEAST(5), FD_NONE)					\
	X(CONF_RULE_ON, "conf-rule-on", PARENT, ROUTER,			\
	    AT_LEAST(3), FD_NONE)					\
	X(CONF_RULE_USERS, "conf-rule-users", PARENT, ROUTER,		\
	    AT_LEAST(3), FD_NONE)					\
	X(CONF_RULE_DOMAINS, "conf-rule-domains", PARENT, ROUTER,	\
	    AT_LEAST(4), FD_NONE)					\
	X(CONF_RULE_COUNTRIES, "conf-rule-countries", PARENT, ROUTER,	\
	    AT_LEAST(2), FD_NONE)					\
	X(CONF_RULE_TIMES, "conf-rule-times", PARENT, ROUTER,		\
	    AT_LEAST(5), FD_NONE)					\
	X(CONF_RULE_DAYS, "conf-rule-days", PARENT, ROUTER,		\
	    AT_LEAST(3), FD_NONE)					\
	X(CONF_TABLE, "conf-table", PARENT, ROUTER,			\
	    LEN(28, 2104), FD_MAYBE)					\
	X(CONF_USERS, "conf-users", PARENT, AUTH, FILENAME, FD_ONE)	\
	X(CONF_GEOIP, "conf-geoip", PARENT, ROUTER,			\
	    LEN(20, 1042), FD_ONE)					\
	X(CONF_UPSTREAM, "conf-upstream", PARENT, ROUTER | UPSTREAM,	\
	    LEN(38, 1122), FD_NONE)					\
	X(CONF_MEMBER, "conf-member", PARENT, ROUTER | UPSTREAM,	\
	    LEN(11, 533), SECRET)					\
	X(CONF_END, "conf-end", PARENT, CHILDREN, EMPTY, FD_NONE)	\
	X(CONF_COMMIT, "conf-commit", PARENT, CHILDREN, U32, FD_NONE)	\
	X(CONF_ABORT, "conf-abort", PARENT, CHILDREN, U32, FD_NONE)	\
	X(CONF_READY, "conf-ready", CHILDREN, PARENT, U32, FD_NONE)	\
	X(CONF_FAILED, "conf-failed", CHILDREN, PARENT, TEXT, FD_NONE)	\
	X(LOCAL_ADDRS, "local-addrs", PARENT, ROUTER, LIST, FD_NONE)	\
									\
	X(SESSION_NEW, "session-new", ROUTER, RELAY,			\
	    LEN(5, 38), FD_ONE)						\
	X(SESSION_OPEN, "session-open", RELAY, ROUTER,			\
	    LEN(7, 261), FD_NONE)					\
	X(SESSION_OPENED, "session-opened", ROUTER, RELAY,		\
	    LEN(80, 632), FD_ONE)					\
	X(SESSION_BOUND, "session-bound", ROUTER, RELAY,		\
	    LEN(11, 23), FD_NONE)					\
	X(SESSION_REFUSED, "session-refused", ROUTER, RELAY,		\
	    EXACTLY(1), FD_NONE)					\
	X(SESSION_KILL, "session-kill", ROUTER, RELAY, EMPTY, FD_NONE)	\
	X(SESSION_CLOSED, "session-closed", RELAY, ROUTER,		\
	    ITEMS(SESSION_CLOSED_LEN), FD_NONE)				\
	X(SESSION_ADOPT, "session-adopt", RELAY, ROUTER,		\
	    LEN(61, 597), FD_NONE)					\
	X(SESSION_TOLD, "session-told", RELAY, ROUTER, EMPTY, FD_NONE)	\
	X(SESSION_MOVED, "session-moved", RELAY, ROUTER,		\
	    ITEMS(SESSION_MOVED_LEN), FD_NONE)				\
									\
	X(UDP_OPENED, "udp-opened", ROUTER, RELAY,			\
	    LEN(72, 620), FD_NONE)					\
	X(UDP_CLIENT, "udp-client", ROUTER, RELAY,			\
	    LEN(7, 19), FD_ONE)						\
	X(UDP_WANT, "udp-want", RELAY, ROUTER, LEN(9, 263), FD_NONE)	\
	X(UDP_FLOW, "udp-flow", ROUTER, RELAY, LEN(19, 35), FD_ONE)	\
	X(UDP_REFUSED, "udp-refused", ROUTER, RELAY,			\
	    EXACTLY(5), FD_NONE)					\
	X(UDP_CLOSE, "udp-close", ROUTER, RELAY, EXACTLY(5), FD_NONE)	\
	X(UDP_FORGET, "udp-forget", ROUTER, RELAY, EMPTY, FD_NONE)	\
	X(UDP_COUNT, "udp-count", RELAY, ROUTER,			\
	    ITEMS(UDP_COUNT_LEN), FD_NONE)				\
	X(UDP_STATS, "udp-stats", RELAY, ROUTER,			\
	    EXACTLY(UDP_STATS_LEN), FD_NONE)				\
									\
	X(LOGIN_CHECK, "login-check", RELAY, AUTH,			\
	    LEN(23, 545), SECRET)					\
	X(LOGIN_DONE, "login-done", AUTH, RELAY, U32, FD_NONE)		\
	X(SESSION_USER, "session-user", AUTH, ROUTER,			\
	    LEN(5, 772), FD_NONE)					\
	X(HASH_JOB, "hash-job", AUTH, HASH, LEN(3, 641), SECRET)	\
	X(HASH_DONE, "hash-done", HASH, AUTH, EXACTLY(5), FD_NONE)	\
									\
	X(NAME_RESOLVE, "name-resolve", ROUTER, RESOLVER,		\
	    LEN(15, 267), FD_NONE)					\
	X(NAME_ANSWER, "name-answer", RESOLVER, ROUTER,			\
	    LEN(4, 548), FD_NONE)					\
	X(NAME_CANCEL, "name-cancel", ROUTER, RESOLVER, EMPTY, FD_NONE)	\
	X(DNS_WANT, "dns-want", RESOLVER, ROUTER, DNS, FD_NONE)		\
	X(DNS_SOCKET, "dns-socket", ROUTER, RESOLVER, DNS, FD_ONE)	\
	X(DNS_FAILED, "dns-failed", ROUTER, RESOLVER, DNS, FD_NONE)	\
									\
	X(SESSION_LOG, "session-log", ROUTER, CONTROL,			\
	    AT_LEAST(56), FD_NONE)					\
	X(FLOW_LOG, "flow-log", ROUTER, CONTROL,			\
	    AT_LEAST(65), FD_NONE)					\
	X(LIST_REQ, "list-req", CONTROL, KEEPERS, EXACTLY(9), FD_NONE)	\
	X(STATS_REQ, "stats-req", CONTROL, RELAY,			\
	    LEN(8, STATS_IDS_MAX * 8), FD_NONE)				\
	X(STATS_RES, "stats-res", RELAY, CONTROL,			\
	    LEN(0, STATS_IDS_MAX * STATS_LEN_MAX), FD_NONE)		\
	X(FLOWS_REQ, "flows-req", CONTROL, RELAY,			\
	    LEN(FLOW_ID_LEN, FLOW_IDS_MAX * FLOW_ID_LEN), FD_NONE)	\
	X(FLOWS_RES, "flows-res", RELAY, CONTROL,			\
	    LEN(0, FLOW_IDS_MAX * FLOW_STATS_LEN), FD_NONE)		\
	X(KILL_REQ, "kill-req", CONTROL, ROUTER, U64, FD_NONE)		\
	X(KILL_RES, "kill-res", ROUTER, CONTROL, U32, FD_NONE)		\
	X(COUNTERS_REQ, "counters-req", CONTROL, COUNTING,		\
	    EMPTY, FD_NONE)						\
	X(COUNTERS_RES, "counters-res", COUNTING, CONTROL,		\
	    EXACTLY(8 * COUNTER_MAX), FD_NONE)				\
	X(STATUS_REQ, "status-req", CONTROL, PARENT, EMPTY, FD_NONE)	\
	X(STATUS_RES, "status-res", PARENT, CONTROL,			\
	    LEN(47, 588 + CHILDREN_MAX * 37), FD_NONE)			\
	X(RELOAD_REQ, "reload-req", CONTROL, PARENT, EMPTY, FD_NONE)	\
	X(RELOAD_RES, "reload-res", PARENT, CONTROL, RESULT, FD_NONE)	\
	X(VERBOSE_REQ, "verbose-req", CONTROL, PARENT, U32, FD_NONE)	\
	X(STOP_REQ, "stop-req", CONTROL, PARENT, U32, FD_NONE)		\
	X(CONTROL_SOCKET, "control-socket", PARENT, CONTROL,		\
	    EXACTLY(CONTROL_SOCKET_LEN), FD_ONE)			\
	X(USER_REQ, "user-req", CONTROL, PARENT, USER_EDIT, SECRET)	\
	X(USER_RES, "user-res", PARENT, CONTROL, RESULT, FD_NONE)	\
	X(USERS_SET, "users-set", PARENT, AUTH, FILENAME, FD_ONE)	\
	X(USERS_RES, "users-res", AUTH, PARENT, RESULT, FD_NONE)	\
	X(UNBAN_REQ, "unban-req", CONTROL, AUTH, NAME, FD_NONE)		\
	X(UNBAN_RES, "unban-res", AUTH, CONTROL, U32, FD_NONE)		\
	X(KILL_USER_REQ, "kill-user-req", CONTROL, ROUTER,		\
	    NAME, FD_NONE)						\
	X(KILL_USER_RES, "kill-user-res", ROUTER, CONTROL,		\
	    U32, FD_NONE)						\
									\
	X(TABLE_JOB, "table-job", PARENT, LOADER, EXACTLY(2), FD_ONE)	\
	X(TABLE_SOURCE, "table-source", PARENT, LOADER,			\
	    LEN(11, 1034), FD_ONE)					\
	X(TABLE_BUILD, "table-build", PARENT, LOADER, EMPTY, FD_NONE)	\
	X(TABLE_BUILT, "table-built", LOADER, PARENT,			\
	    LEN(23, 2070), FD_NONE)					\
	X(TABLE_SET, "table-set", PARENT, ROUTER, LEN(11, 41), FD_ONE)	\
	X(TABLE_SET_RES, "table-set-res", ROUTER, PARENT,		\
	    RESULT, FD_NONE)						\
	X(TABLE_REQ, "table-req", CONTROL, PARENT, TABLE_EDIT, FD_NONE)	\
	X(TABLE_NEXT, "table-next", PARENT, CONTROL, EMPTY, FD_NONE)	\
	X(TABLE_TEXT, "table-text", CONTROL, PARENT,			\
	    AT_LEAST(0), FD_NONE)					\
	X(TABLE_RES, "table-res", PARENT, CONTROL, RESULT, FD_NONE)	\
	X(TABLE_TEST_REQ, "table-test-req", CONTROL, ROUTER,		\
	    AT_LEAST(3), FD_NONE)					\
	X(TABLE_TEST_RES, "table-test-res", ROUTER, CONTROL,		\
	    LIST, FD_NONE)						\
	X(TABLE_LIST_REQ, "table-list-req", CONTROL, ROUTER,		\
	    LEN(10, 40), FD_NONE)					\
	X(TABLE_LIST_RES, "table-list-res", ROUTER, CONTROL,		\
	    AT_LEAST(9), FD_NONE)					\
									\
	X(UPSTREAM_DIAL, "upstream-dial", ROUTER, UPSTREAM,		\
	    LEN(21, 687), FD_ONE)					\
	X(UPSTREAM_CANCEL, "upstream-cancel", ROUTER, UPSTREAM,		\
	    EMPTY, FD_NONE)						\
	X(UPSTREAM_DONE, "upstream-done", UPSTREAM, ROUTER,		\
	    LEN(8, 135), FD_NONE)					\
	X(UPSTREAM_CARRY, "upstream-carry", ROUTER, UPSTREAM,		\
	    EMPTY, FD_ONE)						\
	X(UPSTREAM_FLOW, "upstream-flow", ROUTER, UPSTREAM,		\
	    LEN(9, 261), FD_ONE)					\
	X(UPSTREAM_FLOW_END, "upstream-flow-end", ROUTER | UPSTREAM,	\
	    ROUTER | UPSTREAM, EXACTLY(4), FD_NONE)			\
	X(UPSTREAM_LOST, "upstream-lost", UPSTREAM, ROUTER,		\
	    EMPTY, FD_NONE)						\
	X(PROXY_SET_REQ, "proxy-set-req", CONTROL, ROUTER,		\
	    PROXY_SET, FD_NONE)						\
	X(PROXY_SET_RES, "proxy-set-res", ROUTER, CONTROL,		\
	    RESULT, FD_NONE)						\
									\
	X(ALLOW_WANT, "allow-want", RELAY, ROUTER,			\
	    EXACTLY(ALLOW_WANT_LEN), FD_NONE)				\
	X(ALLOW_GRANT, "allow-grant", ROUTER, RELAY, U64, FD_NONE)	\
	X(ALLOW_RETURN, "allow-return", RELAY, ROUTER, U64, FD_NONE)	\
	X(ALLOW_SET, "allow-set", ROUTER, RELAY, U64, FD_NONE)		\
	X(QUOTA_ROWS, "quota-rows", PARENT | ROUTER, PARENT | ROUTER,	\
	    LIST, FD_NONE)						\
									\
	X(SOCKET_WANT, "socket-want", ROUTER, PARENT,			\
	    LEN(13, 28), FD_NONE)					\
	X(SOCKET, "socket", PARENT, ROUTER, EMPTY, FD_ONE)		\
	X(SOCKET_FAILED, "socket-failed", PARENT, ROUTER, U32, FD_NONE)	\
									\
	X(CTL_REVOKE, "ctl-revoke", CTL, CONTROL, EMPTY, FD_NONE)	\
	X(REVOKE_REQ, "revoke-req", CONTROL, PARENT, EMPTY, FD_NONE)	\
	X(REVOKE, "revoke", PARENT, ROUTER, EMPTY, FD_NONE)		\
	X(REVOKED, "revoked", ROUTER, PARENT, U64, FD_NONE)		\
	X(WHO_REQ, "who-req", ROUTER | CONTROL, AUTH,			\
	    LEN(7, 273), FD_NONE)					\
	X(WHO_RES, "who-res", AUTH, ROUTER | CONTROL,			\
	    LEN(11, 523), FD_NONE)					\
	X(TEST_REQ, "test-req", CONTROL, ROUTER, TEST, FD_NONE)		\
	X(TEST_RES, "test-res", ROUTER, CONTROL, LIST, FD_NONE)		\
	X(CTL_TEST, "ctl-test", CTL, CONTROL, TEST, FD_NONE)		\
	X(CTL_TEST_ROW, "ctl-test-row", CONTROL, CTL,			\
	    LEN(14, 4650), FD_NONE)					\
									\
	X(CTL_STATUS, "ctl-status", CTL, CONTROL, EMPTY, FD_NONE)	\
	X(CTL_LIST, "ctl-list", CTL, CONTROL, EXACTLY(1), FD_NONE)	\
	X(CTL_COUNTERS, "ctl-counters", CTL, CONTROL, EMPTY, FD_NONE)	\
	X(CTL_KILL, "ctl-kill", CTL, CONTROL, U64, FD_NONE)		\
	X(CTL_RELOAD, "ctl-reload", CTL, CONTROL, EMPTY, FD_NONE)	\
	X(CTL_VERBOSE, "ctl-verbose", CTL, CONTROL, U32, FD_NONE)	\
	X(CTL_STOP, "ctl-stop", CTL, CONTROL, U32, FD_NONE)		\
	X(CTL_USER, "ctl-user", CTL, CONTROL, USER_EDIT, SECRET)	\
	X(CTL_UNBAN, "ctl-unban", CTL, CONTROL, NAME, FD_NONE)		\
	X(CTL_TABLE, "ctl-table", CTL, CONTROL, TABLE_EDIT, FD_NONE)	\
	X(CTL_TABLE_TEXT, "ctl-table-text", CTL, CONTROL,		\
	    AT_LEAST(0), FD_NONE)					\
	X(CTL_TABLE_TEST, "ctl-table-test", CTL, CONTROL,		\
	    AT_LEAST(3), FD_NONE)					\
	X(CTL_TABLE_SHOW, "ctl-table-show", CTL, CONTROL,		\
	    NAME, FD_NONE)						\
	X(CTL_PROXY_SET, "ctl-proxy-set", CTL, CONTROL,			\
	    PROXY_SET, FD_NONE)						\
	X(CTL_STATUS_ROW, "ctl-status-row", CONTROL, CTL,		\
	    LEN(47, 588), FD_NONE)					\
	X(CTL_CHILD_ROW, "ctl-child-row", CONTROL, CTL,			\
	    EXACTLY(37), FD_NONE)					\
	X(CTL_COUNTER_ROW, "ctl-counter-row", CONTROL, CTL,		\
	    LEN(10, 200), FD_NONE)					\
	X(CTL_TABLE_NEXT, "ctl-table-next", CONTROL, CTL,		\
	    EMPTY, FD_NONE)						\
	X(CTL_TABLE_TEST_ROW, "ctl-table-test-row", CONTROL, CTL,	\
	    LEN(2, 257), FD_NONE)					\
	X(CTL_TABLE_ENTRIES, "ctl-table-entries", CONTROL, CTL,		\
	    AT_LEAST(1), FD_NONE)					\
	X(CTL_TEXT, "ctl-text", CONTROL, CTL, TEXT, FD_NONE)		\
	X(CTL_DONE, "ctl-done", CONTROL, CTL, RESULT, FD_NONE)
/* clang-format on */

/* A list has two types: pages come from who keeps it, rows are shown. */
#define LIST_ROWS(id, row, role, min, max)                                     \
	[MSG_##id##_ROWS] = { #row "-rows", role, CONTROL,                     \
		{ AT_LEAST(LIST_HEAD_LEN) }, FD_NONE },                        \
	[MSG_CTL_##id##_ROW] = { "ctl-" #row "-row", CONTROL, CTL,             \
		{ min, max }, FD_NONE },

#define MSG_ROW(id, name, from, to, len, flags)                                \
	[MSG_##id] = { name, from, to, { len }, flags },
static const struct msg_row rows[MSG_MAX] = { MSG_TABLE(MSG_ROW)
	    LIST_TABLE(LIST_ROWS) };

/* As no type can have two rows, so many rows mean one for each. */
#define MSG_ONE(...) +1
_Static_assert(0 MSG_TABLE(MSG_ONE) + 2 * LIST_MAX == MSG_MAX - 1,
    "a type has no row");

/* clang-format off */
#define FITS_(min, max)		&& (min) <= (max) && (max) <= MSG_PAYLOAD_MAX
/* clang-format on */
#define FITS(...)                                FITS_(__VA_ARGS__)
#define MSG_FITS(id, name, from, to, len, flags) FITS(len)
#define ROW_FITS(id, row, role, min, max)        FITS_(min, LIST_HEAD_LEN + max)
_Static_assert(1 MSG_TABLE(MSG_FITS) LIST_TABLE(ROW_FITS),
    "a payload does not fit a message");

static const struct msg_row *msg_row(uint32_t);
static int                   fd_fits(unsigned int, int);

enum msg_verdict
msg_check(uint32_t type, enum proc_id from, enum proc_id to, size_t len,
    int nfds)
{
	const struct msg_row *row;

	if ((row = msg_row(type)) == NULL)
		return MSG_BAD_TYPE;
	if (msg_goes(type, from, to) == 0)
		return MSG_BAD_ROUTE;
	if (len < row->len.min || len > row->len.max)
		return MSG_BAD_LEN;
	if (fd_fits(row->flags & FD_MASK, nfds) == 0)
		return MSG_BAD_FD;
	return MSG_OK;
}

/* No two processes of one role have a channel. */
int
msg_goes(uint32_t type, enum proc_id from, enum proc_id to)
{
	const struct msg_row *row;

	return (row = msg_row(type)) != NULL && from != to &&
	    (unsigned int)from < PROC_MAX && (unsigned int)to < PROC_MAX &&
	    (row->from & PROC_BIT(from)) != 0 && (row->to & PROC_BIT(to)) != 0;
}

/* A pack is no reason for a channel: its messages are. */
int
msg_linked(enum proc_id a, enum proc_id b)
{
	uint32_t type;

	for (type = MSG_NONE + 1; type < MSG_MAX; type++) {
		if (type != MSG_PACK &&
		    (msg_goes(type, a, b) || msg_goes(type, b, a)))
			return 1;
	}
	return 0;
}

static const struct msg_row *
msg_row(uint32_t type)
{
	if (type <= MSG_NONE || type >= MSG_MAX)
		return NULL;
	return &rows[type];
}

static int
fd_fits(unsigned int fd, int nfds)
{
	switch (fd) {
	case FD_NONE:
		return nfds == 0;
	case FD_ONE:
		return nfds == 1;
	case FD_MAYBE:
		return nfds == 0 || nfds == 1;
	}
	return 0;
}

const char *
msg_name(uint32_t type)
{
	const struct msg_row *row;

	if ((row = msg_row(type)) == NULL)
		return "?";
	return row->name;
}

int
msg_is_secret(uint32_t type)
{
	const struct msg_row *row;

	return (row = msg_row(type)) != NULL && (row->flags & SECRET) != 0;
}

const char *
msg_verdict_name(enum msg_verdict verdict)
{
	switch (verdict) {
	case MSG_OK:
		return "right";
	case MSG_BAD_TYPE:
		return "unknown type";
	case MSG_BAD_ROUTE:
		return "wrong route";
	case MSG_BAD_LEN:
		return "wrong length";
	case MSG_BAD_FD:
		return "wrong number of descriptors";
	}
	return "?";
}

int
msg_take_fd(struct msg *m)
{
	int fd;

	fd = m->fd;
	m->fd = -1;
	return fd;
}
