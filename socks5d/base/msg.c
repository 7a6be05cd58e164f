/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of messages and the gate that reads it.  See msg.h.
 *
 * Lengths are those of the codecs' smallest and largest encodings; a unit
 * test holds the two against each other.
 */

#include "base/login.h"
#include "base/mac.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_limit.h"
#include "base/msg_login.h"
#include "base/msg_proxy.h"
#include "base/msg_policy.h"
#include "base/msg_table.h"
#include "base/msg_upstream.h"

/* Whether a message brings a descriptor. */
#define FD_NONE		0x00U
#define FD_ONE		0x01U
#define FD_MAYBE	0x02U
#define FD_MASK		0x03U

/* It has a password or a hash in it. */
#define SECRET		0x04U

struct msg_row {
	const char	*name;
	unsigned int	 from;		/* sets of roles */
	unsigned int	 to;
	size_t		 min;
	size_t		 max;
	unsigned int	 flags;		/* FD_*, SECRET */
};

/* Sets of roles: one of a name is that role alone. */
#define ALONE(id, ...)	id = PROC_BIT(PROC_##id),
enum {
	PROC_TABLE(ALONE)
	CHILDREN = PROC_CHILDREN,
	COUNTING = PROC_COUNTING
};

/* Field lengths; a text of one length byte takes at most sizeof its array. */
#define ADDR		5		/* one that is set */
#define ADDR_MAX	17
#define FIELD(s, f)	sizeof(((struct s *)0)->f)

#define BULK_LEN	(8 + 4)
#define START_LEN	(4 + 1 + 2 + 6 * 4)
#define PEER_LEN	(1 + 2)
#define LOG_MIN		(1 + 2)
#define LOG_MAX		(LOG_MIN + LOG_LINE_MAX - 1)
#define BAD_PEER_MIN	(PEER_LEN + 1)
#define BAD_PEER_MAX	(PEER_LEN + FIELD(msg_bad_peer, what))
#define TEXT_MIN	2
#define TEXT_MAX	(TEXT_MIN + MSG_TEXT_SIZE - 1)
#define RESULT_MIN	(1 + TEXT_MIN)
#define RESULT_MAX	(1 + TEXT_MAX)
/* Of conf/conf.h: names of 31 bytes, labels of 63, paths of 1023. */
#define CONF_NAME_MAX	(1 + 31)
#define CONF_LABEL_MAX	(1 + 63)
#define CONF_FILE_MAX	(2 + 1023)
#define SETTINGS_MIN	(21 * 4 + 1)
#define SETTINGS_MAX	(SETTINGS_MIN + 8 * (ADDR_MAX + 1))
#define CLOG_LEN	3
#define RESOLVER_MIN	(1 + 1 + 4 + 4 + 1)
#define RESOLVER_MAX	(RESOLVER_MIN + 8 * (ADDR_MAX + 2 + 16 + 4))
#define HOST_MIN	(ADDR + 1 + 1)
#define LISTENER_FIXED	(4 + 2 + 1 + 1 + 1 + 4)
#define LISTENER_MIN	(LISTENER_FIXED + ADDR + 1 + 2)
#define LISTENER_MAX	(LISTENER_FIXED + ADDR_MAX + CONF_NAME_MAX + \
			    CONF_FILE_MAX)
/* A redirection, where to bind and by what, times; then the limits. */
#define ROUTE_FIXED	(2 + 1 + 2 * (1 + 4) + 3 * 4)
#define ROUTE_MIN	(ROUTE_FIXED + 1 + 1 + 1 + 1)
#define ROUTE_MAX	(ROUTE_FIXED + 2 * ADDR_MAX + CONF_NAME_MAX + 16)
#define LIMITS_LEN	(9 + 5 + 3 * 4 + 1 + 8 + 1 + 1)
#define RULE_FIXED	(4 + 5 * 1 + 4 + 4 + LIMITS_LEN)
#define RULE_MIN	(RULE_FIXED + ROUTE_MIN + 1 + 2)
#define RULE_MAX	(RULE_FIXED + ROUTE_MAX + CONF_LABEL_MAX +	\
			    CONF_FILE_MAX)
#define RULE_ADDR_MIN	(1 + 1 + 1 + 1 + 1)
#define RULE_DOMAIN_MIN	(1 + 1 + 1 + 1)
#define RULE_COUNTRY_MIN (1 + 1)
#define RULE_TIME_MIN	(1 + 2 + 2)
#define RULE_DAY_MIN	(1 + 1 + 1)
#define UPSTREAM_FIXED	(1 + 7 * 4 + 4)
#define UPSTREAM_MIN	(UPSTREAM_FIXED + 1 + 1 + 1 + 2)
#define UPSTREAM_MAX	(UPSTREAM_FIXED + 2 * CONF_NAME_MAX + CONF_FILE_MAX)
#define MEMBER_MIN	(1 + ADDR + 2 + 1 + 1)
#define MEMBER_MAX	(1 + ADDR_MAX + 2 + 2 * LOGIN_NAME_SIZE)
#define RULE_PORT_MIN	(1 + 2 + 2)
#define RULE_ON_MIN	(1 + 1 + 1)
#define RULE_USER_MIN	(1 + 1 + 1)
#define IMAGE_LEN	(8 + 8 + 1)
#define TABLE_MIN	(1 + 1 + 1 + IMAGE_LEN + 2 + 2 + 4)
#define TABLE_MAX	(CONF_NAME_MAX + 1 + IMAGE_LEN + 2 * CONF_FILE_MAX + 4)
#define GEOIP_MIN	(IMAGE_LEN + 2 + 1)
#define GEOIP_MAX	(IMAGE_LEN + CONF_FILE_MAX)
#define USERS_MIN	2
#define USERS_MAX	CONF_FILE_MAX
#define NEW_MIN		(4 + 1)
#define NEW_MAX		(4 + 1 + ADDR_MAX + TOKEN_LEN)
#define CHECK_MIN	(ADDR + TOKEN_LEN + 1 + 1)
#define CHECK_MAX	(ADDR_MAX + TOKEN_LEN + 2 * (1 + LOGIN_FIELD_MAX))
#define SUSER_MIN	(2 + 1 + 1 + 1)
#define SUSER_MAX	(2 + 1 + LOGIN_NAME_SIZE + 1 +			\
			    LOGIN_GROUPS_MAX * LOGIN_GROUP_SIZE)
#define JOB_MIN		(2 + 1)
#define JOB_MAX		(2 + HASH_SETTING_SIZE - 1 + 1 + LOGIN_FIELD_MAX)
#define HASH_DONE_LEN	(1 + 4)
#define EDIT_MIN	(1 + 2 + 2 + 2 + 1)
#define EDIT_MAX	(1 + LOGIN_NAME_SIZE +				\
			    2 + HASH_SETTING_SIZE - 1 +		\
			    2 + USER_OPTIONS_SIZE - 1 + 1)
#define UROW_MIN	(1 + 1 + 2 + 1 + 2 * 8)
#define UROW_MAX	(LOGIN_NAME_SIZE + FIELD(user_row, method) +	\
			    2 + USER_OPTIONS_SIZE - 1 + 1 + 2 * 8)
#define BROW_MIN	(1 + 1 + 1 + 4 + 8)
#define BROW_MAX	(FIELD(ban_row, what) + FIELD(ban_row, at) + 4 + 8)
#define NAME_MIN	1
#define NAME_MAX_LEN	LOGIN_NAME_SIZE
#define OPEN_FIXED	(1 + 1 + 2 + 1 + 1)
#define SWANT_FIXED	(1 + 4 + 1 + 4 + 1)
#define SWANT_MIN	(SWANT_FIXED + 1)
#define SWANT_MAX	(SWANT_FIXED + SOCKET_INTERFACE_SIZE)
#define WHO_REQ_MIN	(ADDR + 1 + 1)
#define WHO_REQ_MAX	(ADDR_MAX + LOGIN_NAME_SIZE)
#define WHO_RES_MIN	(1 + 1 + 8 + 1)
#define WHO_RES_MAX	(WHO_RES_MIN + LOGIN_GROUPS_MAX * LOGIN_GROUP_SIZE)
#define TEST_MIN	(ADDR + 1 + 1 + WHO_RES_MIN + OPEN_FIXED)
#define TEST_MAX	(ADDR_MAX + FIELD(msg_test, on) +		\
			    LOGIN_NAME_SIZE + WHO_RES_MAX +		\
			    OPEN_FIXED - 1 + 255)
#define TRIED_FIXED	(1 + 1 + 4 + 1 + 1)
#define TRIED_MIN	(TRIED_FIXED + 1 + 1 + 1 + 2 + 1)
#define TRIED_MAX	(TRIED_FIXED + ADDR_MAX +			\
			    FIELD(test_row, key) +			\
			    FIELD(test_row, where) + 1 +		\
			    FIELD(test_row, text) +			\
			    FIELD(test_row, fields))
#define FACTS_FIXED	(2 + 4 + 1 + 2 + 4 + 4 + 8 + 8 + 4 + TOKEN_LEN)
#define FACTS_MIN	(FACTS_FIXED + ADDR + 2 + 1 + 1)
#define FACTS_MAX	(FACTS_FIXED + ADDR_MAX + FIELD(session_facts, name) + \
			    FIELD(session_facts, user) + ADDR_MAX)
#define OPENED_MIN	(1 + 2 + 2 * 4 + 8 + FACTS_MIN)
#define OPENED_MAX	(ADDR_MAX + 2 + 2 * 4 + 8 + FACTS_MAX)
#define CLOSED_MAX	(MSG_PAYLOAD_MAX - MSG_PAYLOAD_MAX % SESSION_CLOSED_LEN)
#define MOVED_MAX	(MSG_PAYLOAD_MAX - MSG_PAYLOAD_MAX % SESSION_MOVED_LEN)
#define RESOLVE_MIN	(1 + 8 + 4 + 1 + 1)
#define RESOLVE_MAX	(1 + 8 + 4 + FIELD(msg_name_resolve, name))
#define ANSWER_MIN	(3 + 1)
#define ANSWER_MAX	(ANSWER_MIN + NAME_ADDRS_MAX * ADDR_MAX) /* found */
#define DNS_MIN		(ADDR + 2 + 4 + 1 + 2)
#define DNS_MAX		(ADDR_MAX + 2 + 4 + 1 + 2)
#define SLOG_FIXED	(8 + 2 + 1 + 2 + 1 + 1 + 1 + 8 + 8 + 4 + 8 + 2)
#define SLOG_MIN	(SLOG_FIXED + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1)
#define SLOG_MAX	(SLOG_FIXED + ADDR_MAX +			\
			    FIELD(session_log, listener) +		\
			    FIELD(session_log, user) +			\
			    FIELD(session_log, rule) +			\
			    FIELD(session_log, label) +			\
			    FIELD(session_log, name) + ADDR_MAX +	\
			    FIELD(session_log, hint) +			\
			    FIELD(session_log, via) + ADDR_MAX)
#define SROW_FIXED	(8 + 2 + 2 + 1 + 2 + 1 + 4 * 8 + 2)
#define SROW_MIN	(SROW_FIXED + 1 + 1 + 1 + 1 + 1 + 1)
#define SROW_MAX	(SROW_FIXED + ADDR_MAX + FIELD(session_row, user) + \
			    FIELD(session_row, name) + ADDR_MAX +	\
			    FIELD(session_row, via) + ADDR_MAX)
#define STATS_LEN	(8 + 1 + 3 * 8)
#define RROW_FIXED	(4 + 5 * 8)
#define RROW_MIN	(RROW_FIXED + 1 + 2 + 1)
#define RROW_MAX	(RROW_FIXED + FIELD(rule_row, where) +		\
			    1 + FIELD(rule_row, text) + FIELD(rule_row, label))
#define COUNTERS_LEN	(COUNTER_MAX * 8)
#define STATUS_FIXED	(4 + 4 + 4 * 8 + 2 + 1 + 1)
#define STATUS_MIN	(STATUS_FIXED + 1 + 1 + 1)
#define STATUS_MAX	(STATUS_FIXED + FIELD(status_row, version) +	\
			    FIELD(status_row, config) +			\
			    FIELD(status_row, reload))
#define CHILD_LEN	(1 + 2 + 3 * 4 + WALLS_LEN + 8)
#define CROW_MIN	(1 + 8 + 1)
#define CROW_MAX	(FIELD(counter_row, name) + 8 +			\
			    FIELD(counter_row, help))
#define TJOB_LEN	(1 + 1)
#define TSOURCE_MIN	(1 + 8 + 2)
#define TSOURCE_MAX	(TSOURCE_MIN + MSG_TABLE_SOURCE_SIZE - 1)
#define TBUILT_MIN	(1 + 3 * 4 + 8 + TEXT_MIN)
#define TBUILT_MAX	(1 + 3 * 4 + 8 + TEXT_MAX)
#define TNAME_MIN	(1 + 1)
#define TNAME_MAX	MSG_TABLE_NAME_SIZE
#define TSET_MIN	(TNAME_MIN + 8 + 1)
#define TSET_MAX	(TNAME_MAX + 8 + 1)
#define HOP_FIXED	(1 + 1 + 2)
#define HOP_MIN		(HOP_FIXED + 2 + ADDR)
#define HOP_MAX		(HOP_FIXED + FIELD(upstream_hop, upstream) + ADDR_MAX)
#define DIAL_FIXED	(4 + 1 + 2)
#define DIAL_MIN	(DIAL_FIXED + HOP_MIN + 1 + 1)
#define DIAL_MAX	(DIAL_FIXED + UPSTREAM_HOPS_MAX * HOP_MAX + 1 +	\
			    FIELD(msg_upstream_dial, name))
#define DIALED_MIN	(4 + 1)
#define DIALED_MAX	(4 + FIELD(msg_upstream_done, text))
#define LROW_FIXED	(1 + 2 * 4 + 3 * 8)
#define LROW_MIN	(LROW_FIXED + 1 + 1 + 1)
#define LROW_MAX	(LROW_FIXED + FIELD(limit_row, where) +		\
			    FIELD(limit_row, label) + FIELD(limit_row, key))
#define TEDIT_MIN	(1 + TNAME_MIN + 2)
#define TEDIT_MAX	(1 + TNAME_MAX + 2 + MSG_TABLE_SOURCE_SIZE - 1)
#define TROW_FIXED	(1 + 1 + 4 + 2 * 8)
#define TROW_MIN	(1 + TROW_FIXED + 2)
#define TROW_MAX	(TNAME_MAX + TROW_FIXED + 2 + MSG_TABLE_SOURCE_SIZE - 1)
#define TITEM_MIN	1
#define TTEST_MIN	(TNAME_MIN + TITEM_MIN)
#define TTROW_MIN	(1 + TITEM_MIN)
#define TTROW_MAX	(1 + MSG_TABLE_ENTRY_SIZE)
#define TLIST_MIN	(TNAME_MIN + 8)
#define TLIST_MAX	(TNAME_MAX + 8)
#define PSET_MIN	(1 + 1 + 1 + 1)
#define PSET_MAX	(FIELD(msg_proxy_set, upstream) + 1 + 1)
#define PROW_FIXED	(1 + 1 + 1 + 2 + 1 + 4 + 4 + 6 * 8)
#define PROW_MIN	(1 + 1 + 1 + PROW_FIXED + ADDR + 1)
#define PROW_MAX	(FIELD(proxy_row, upstream) + FIELD(proxy_row, via) + \
			    PROW_FIXED + ADDR_MAX + FIELD(proxy_row, error))
#define ANY_MAX		MSG_PAYLOAD_MAX

_Static_assert(LROW_MAX <= LIMIT_ROW_MAX, "LIMIT_ROW_MAX");
_Static_assert(FACTS_MAX <= SESSION_FACTS_MAX, "SESSION_FACTS_MAX");
_Static_assert(SLOG_MAX <= SESSION_LOG_MAX, "SESSION_LOG_MAX");
_Static_assert(SROW_MAX <= SESSION_ROW_MAX, "SESSION_ROW_MAX");
_Static_assert(UROW_MAX <= USER_ROW_MAX, "USER_ROW_MAX");
_Static_assert(BROW_MAX <= BAN_ROW_MAX, "BAN_ROW_MAX");
_Static_assert(PROW_MAX <= PROXY_ROW_MAX, "PROXY_ROW_MAX");
_Static_assert(TROW_MAX <= TABLE_ROW_MAX, "TABLE_ROW_MAX");
_Static_assert(TRIED_MAX <= TEST_ROW_MAX, "TEST_ROW_MAX");
_Static_assert(RROW_MAX <= RULE_ROW_MAX, "RULE_ROW_MAX");
_Static_assert(STATS_IDS_MAX * STATS_LEN <= MSG_PAYLOAD_MAX, "STATS_IDS_MAX");
_Static_assert(STATUS_MAX + CHILDREN_MAX * CHILD_LEN <= MSG_PAYLOAD_MAX,
    "CHILDREN_MAX");

/* Type, name, senders, receivers, lengths, descriptor. */
#define MSG_TABLE(X)							\
	X(CTL_HELLO, "ctl-hello", CTL | CONTROL, CTL | CONTROL,		\
	    4, 4, FD_NONE)						\
	X(PACK, "pack", ROUTER | RELAY | RESOLVER | AUTH,		\
	    ROUTER | RELAY | RESOLVER | AUTH,				\
	    2 + MSG_HEADER_LEN, ANY_MAX, FD_NONE)			\
	X(BULK_FD, "bulk-fd", PARENT, CHILDREN, 0, 0, FD_ONE)		\
	X(BULK, "bulk", PARENT, CHILDREN, BULK_LEN, BULK_LEN, FD_ONE)	\
									\
	X(CHILD_START, "child-start", PARENT, CHILDREN,			\
	    START_LEN, START_LEN, FD_MAYBE)				\
	X(CHILD_PEER, "child-peer", PARENT, CHILDREN,			\
	    PEER_LEN, PEER_LEN, FD_ONE)					\
	X(CHILD_VERBOSE, "child-verbose", PARENT, CHILDREN,		\
	    4, 4, FD_NONE)						\
	X(CHILD_STOP, "child-stop", PARENT, CHILDREN, 4, 4, FD_NONE)	\
	X(CHILD_READY, "child-ready", CHILDREN, PARENT,			\
	    WALLS_LEN, WALLS_LEN, FD_NONE)				\
	X(CHILD_LOG, "child-log", CHILDREN, PARENT,			\
	    LOG_MIN, LOG_MAX, FD_NONE)					\
	X(CHILD_SESSION_LINES, "child-session-lines", CONTROL, PARENT,	\
	    1, ANY_MAX, FD_NONE)					\
	X(CHILD_BAD_PEER, "child-bad-peer", CHILDREN, PARENT,		\
	    BAD_PEER_MIN, BAD_PEER_MAX, FD_NONE)			\
	X(CHILD_DRAINED, "child-drained", ROUTER, PARENT, 0, 0, FD_NONE) \
	X(CHILD_KEY, "child-key", PARENT, ROUTER | AUTH,		\
	    MAC_SECRET_LEN, MAC_SECRET_LEN, FD_NONE | SECRET)		\
	X(CHILD_PING, "child-ping", PARENT, CHILDREN, 0, 0, FD_NONE)	\
	X(CHILD_PONG, "child-pong", CHILDREN, PARENT, 0, 0, FD_NONE)	\
									\
	X(CONF_BEGIN, "conf-begin", PARENT, CHILDREN, 4, 4, FD_NONE)	\
	X(CONF_SETTINGS, "conf-settings", PARENT,			\
	    ROUTER | RELAY | AUTH | CONTROL,				\
	    SETTINGS_MIN, SETTINGS_MAX, FD_NONE)			\
	X(CONF_LOG, "conf-log", PARENT, CONTROL,			\
	    CLOG_LEN, CLOG_LEN, FD_NONE)				\
	X(CONF_RESOLVER, "conf-resolver", PARENT, ROUTER | RESOLVER,	\
	    RESOLVER_MIN, RESOLVER_MAX, FD_NONE)			\
	X(CONF_HOST, "conf-host", PARENT, RESOLVER,			\
	    HOST_MIN, ANY_MAX, FD_NONE)					\
	X(CONF_LISTENER, "conf-listener", PARENT, ROUTER,		\
	    LISTENER_MIN, LISTENER_MAX, FD_ONE)				\
	X(CONF_RULE, "conf-rule", PARENT, ROUTER,			\
	    RULE_MIN, RULE_MAX, FD_NONE)				\
	X(CONF_RULE_FROM, "conf-rule-from", PARENT, ROUTER,		\
	    RULE_ADDR_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_TO, "conf-rule-to", PARENT, ROUTER,			\
	    RULE_ADDR_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_PORTS, "conf-rule-ports", PARENT, ROUTER,		\
	    RULE_PORT_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_ON, "conf-rule-on", PARENT, ROUTER,			\
	    RULE_ON_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_USERS, "conf-rule-users", PARENT, ROUTER,		\
	    RULE_USER_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_DOMAINS, "conf-rule-domains", PARENT, ROUTER,	\
	    RULE_DOMAIN_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_COUNTRIES, "conf-rule-countries", PARENT, ROUTER,	\
	    RULE_COUNTRY_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_TIMES, "conf-rule-times", PARENT, ROUTER,		\
	    RULE_TIME_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_RULE_DAYS, "conf-rule-days", PARENT, ROUTER,		\
	    RULE_DAY_MIN, ANY_MAX, FD_NONE)				\
	X(CONF_TABLE, "conf-table", PARENT, ROUTER,			\
	    TABLE_MIN, TABLE_MAX, FD_MAYBE)				\
	X(CONF_USERS, "conf-users", PARENT, AUTH,			\
	    USERS_MIN, USERS_MAX, FD_ONE)				\
	X(CONF_GEOIP, "conf-geoip", PARENT, ROUTER,			\
	    GEOIP_MIN, GEOIP_MAX, FD_ONE)				\
	X(CONF_UPSTREAM, "conf-upstream", PARENT, ROUTER | UPSTREAM,	\
	    UPSTREAM_MIN, UPSTREAM_MAX, FD_NONE)			\
	X(CONF_MEMBER, "conf-member", PARENT, ROUTER | UPSTREAM,	\
	    MEMBER_MIN, MEMBER_MAX, FD_NONE | SECRET)			\
	X(CONF_END, "conf-end", PARENT, CHILDREN, 0, 0, FD_NONE)	\
	X(CONF_COMMIT, "conf-commit", PARENT, CHILDREN, 4, 4, FD_NONE)	\
	X(CONF_ABORT, "conf-abort", PARENT, CHILDREN, 4, 4, FD_NONE)	\
	X(CONF_READY, "conf-ready", CHILDREN, PARENT, 4, 4, FD_NONE)	\
	X(CONF_FAILED, "conf-failed", CHILDREN, PARENT,			\
	    TEXT_MIN, TEXT_MAX, FD_NONE)				\
	X(LOCAL_ADDRS, "local-addrs", PARENT, ROUTER, 1, ANY_MAX, FD_NONE) \
									\
	X(SESSION_NEW, "session-new", ROUTER, RELAY,			\
	    NEW_MIN, NEW_MAX, FD_ONE)					\
	X(SESSION_OPEN, "session-open", RELAY, ROUTER,			\
	    OPEN_FIXED + 1, OPEN_FIXED + 255, FD_NONE)			\
	X(SESSION_OPENED, "session-opened", ROUTER, RELAY,		\
	    OPENED_MIN, OPENED_MAX, FD_ONE)				\
	X(SESSION_REFUSED, "session-refused", ROUTER, RELAY,		\
	    1, 1, FD_NONE)						\
	X(SESSION_KILL, "session-kill", ROUTER, RELAY, 0, 0, FD_NONE)	\
	X(SESSION_CLOSED, "session-closed", RELAY, ROUTER,		\
	    SESSION_CLOSED_LEN, CLOSED_MAX, FD_NONE)			\
	X(SESSION_ADOPT, "session-adopt", RELAY, ROUTER,		\
	    FACTS_MIN, FACTS_MAX, FD_NONE)				\
	X(SESSION_TOLD, "session-told", RELAY, ROUTER, 0, 0, FD_NONE)	\
	X(SESSION_MOVED, "session-moved", RELAY, ROUTER,		\
	    SESSION_MOVED_LEN, MOVED_MAX, FD_NONE)			\
									\
	X(LOGIN_CHECK, "login-check", RELAY, AUTH,			\
	    CHECK_MIN, CHECK_MAX, FD_NONE | SECRET)			\
	X(LOGIN_DONE, "login-done", AUTH, RELAY, 4, 4, FD_NONE)		\
	X(SESSION_USER, "session-user", AUTH, ROUTER,			\
	    SUSER_MIN, SUSER_MAX, FD_NONE)				\
	X(HASH_JOB, "hash-job", AUTH, HASH,				\
	    JOB_MIN, JOB_MAX, FD_NONE | SECRET)				\
	X(HASH_DONE, "hash-done", HASH, AUTH,				\
	    HASH_DONE_LEN, HASH_DONE_LEN, FD_NONE)			\
									\
	X(NAME_RESOLVE, "name-resolve", ROUTER, RESOLVER,		\
	    RESOLVE_MIN, RESOLVE_MAX, FD_NONE)				\
	X(NAME_ANSWER, "name-answer", RESOLVER, ROUTER,			\
	    ANSWER_MIN, ANSWER_MAX, FD_NONE)				\
	X(NAME_CANCEL, "name-cancel", ROUTER, RESOLVER, 0, 0, FD_NONE)	\
	X(DNS_WANT, "dns-want", RESOLVER, ROUTER,			\
	    DNS_MIN, DNS_MAX, FD_NONE)					\
	X(DNS_SOCKET, "dns-socket", ROUTER, RESOLVER,			\
	    DNS_MIN, DNS_MAX, FD_ONE)					\
	X(DNS_FAILED, "dns-failed", ROUTER, RESOLVER,			\
	    DNS_MIN, DNS_MAX, FD_NONE)					\
									\
	X(SESSION_LOG, "session-log", ROUTER, CONTROL,			\
	    SLOG_MIN, ANY_MAX, FD_NONE)					\
	X(LIST_REQ, "list-req", CONTROL, ROUTER, 8, 8, FD_NONE)		\
	X(LIST_RES, "list-res", ROUTER, CONTROL, 1, ANY_MAX, FD_NONE)	\
	X(STATS_REQ, "stats-req", CONTROL, RELAY,			\
	    8, STATS_IDS_MAX * 8, FD_NONE)				\
	X(STATS_RES, "stats-res", RELAY, CONTROL,			\
	    0, STATS_IDS_MAX * STATS_LEN, FD_NONE)			\
	X(RULES_REQ, "rules-req", CONTROL, ROUTER, 4, 4, FD_NONE)	\
	X(RULES_RES, "rules-res", ROUTER, CONTROL, 1, ANY_MAX, FD_NONE)	\
	X(KILL_REQ, "kill-req", CONTROL, ROUTER, 8, 8, FD_NONE)		\
	X(KILL_RES, "kill-res", ROUTER, CONTROL, 4, 4, FD_NONE)		\
	X(COUNTERS_REQ, "counters-req", CONTROL, COUNTING, 0, 0, FD_NONE) \
	X(COUNTERS_RES, "counters-res", COUNTING, CONTROL,		\
	    COUNTERS_LEN, COUNTERS_LEN, FD_NONE)			\
	X(STATUS_REQ, "status-req", CONTROL, PARENT, 0, 0, FD_NONE)	\
	X(STATUS_RES, "status-res", PARENT, CONTROL, STATUS_MIN,	\
	    STATUS_MAX + CHILDREN_MAX * CHILD_LEN, FD_NONE)		\
	X(RELOAD_REQ, "reload-req", CONTROL, PARENT, 0, 0, FD_NONE)	\
	X(RELOAD_RES, "reload-res", PARENT, CONTROL,			\
	    RESULT_MIN, RESULT_MAX, FD_NONE)				\
	X(VERBOSE_REQ, "verbose-req", CONTROL, PARENT, 4, 4, FD_NONE)	\
	X(STOP_REQ, "stop-req", CONTROL, PARENT, 4, 4, FD_NONE)		\
	X(CONTROL_SOCKET, "control-socket", PARENT, CONTROL,		\
	    CONTROL_SOCKET_LEN, CONTROL_SOCKET_LEN, FD_ONE)		\
	X(USER_REQ, "user-req", CONTROL, PARENT,			\
	    EDIT_MIN, EDIT_MAX, FD_NONE | SECRET)			\
	X(USER_RES, "user-res", PARENT, CONTROL,			\
	    RESULT_MIN, RESULT_MAX, FD_NONE)				\
	X(USERS_SET, "users-set", PARENT, AUTH,				\
	    USERS_MIN, USERS_MAX, FD_ONE)				\
	X(USERS_RES, "users-res", AUTH, PARENT,				\
	    RESULT_MIN, RESULT_MAX, FD_NONE)				\
	X(USERS_REQ, "users-req", CONTROL, AUTH, 4, 4, FD_NONE)		\
	X(USERS_ROWS, "users-rows", AUTH, CONTROL, 1, ANY_MAX, FD_NONE)	\
	X(BANS_REQ, "bans-req", CONTROL, AUTH, 4, 4, FD_NONE)		\
	X(BANS_ROWS, "bans-rows", AUTH, CONTROL, 1, ANY_MAX, FD_NONE)	\
	X(UNBAN_REQ, "unban-req", CONTROL, AUTH,			\
	    NAME_MIN, NAME_MAX_LEN, FD_NONE)				\
	X(UNBAN_RES, "unban-res", AUTH, CONTROL, 4, 4, FD_NONE)		\
	X(KILL_USER_REQ, "kill-user-req", CONTROL, ROUTER,		\
	    NAME_MIN, NAME_MAX_LEN, FD_NONE)				\
	X(KILL_USER_RES, "kill-user-res", ROUTER, CONTROL, 4, 4, FD_NONE) \
									\
	X(TABLE_JOB, "table-job", PARENT, LOADER,			\
	    TJOB_LEN, TJOB_LEN, FD_ONE)					\
	X(TABLE_SOURCE, "table-source", PARENT, LOADER,			\
	    TSOURCE_MIN, TSOURCE_MAX, FD_ONE)				\
	X(TABLE_BUILD, "table-build", PARENT, LOADER, 0, 0, FD_NONE)	\
	X(TABLE_BUILT, "table-built", LOADER, PARENT,			\
	    TBUILT_MIN, TBUILT_MAX, FD_NONE)				\
	X(TABLE_SET, "table-set", PARENT, ROUTER,			\
	    TSET_MIN, TSET_MAX, FD_ONE)					\
	X(TABLE_SET_RES, "table-set-res", ROUTER, PARENT,		\
	    RESULT_MIN, RESULT_MAX, FD_NONE)				\
	X(TABLE_REQ, "table-req", CONTROL, PARENT,			\
	    TEDIT_MIN, TEDIT_MAX, FD_NONE)				\
	X(TABLE_NEXT, "table-next", PARENT, CONTROL, 0, 0, FD_NONE)	\
	X(TABLE_TEXT, "table-text", CONTROL, PARENT, 0, ANY_MAX, FD_NONE) \
	X(TABLE_RES, "table-res", PARENT, CONTROL,			\
	    RESULT_MIN, RESULT_MAX, FD_NONE)				\
	X(TABLES_REQ, "tables-req", CONTROL, ROUTER, 4, 4, FD_NONE)	\
	X(TABLES_ROWS, "tables-rows", ROUTER, CONTROL, 1, ANY_MAX, FD_NONE) \
	X(TABLE_TEST_REQ, "table-test-req", CONTROL, ROUTER,		\
	    TTEST_MIN, ANY_MAX, FD_NONE)				\
	X(TABLE_TEST_RES, "table-test-res", ROUTER, CONTROL,		\
	    1, ANY_MAX, FD_NONE)					\
	X(TABLE_LIST_REQ, "table-list-req", CONTROL, ROUTER,		\
	    TLIST_MIN, TLIST_MAX, FD_NONE)				\
	X(TABLE_LIST_RES, "table-list-res", ROUTER, CONTROL,		\
	    1 + 8, ANY_MAX, FD_NONE)					\
									\
	X(UPSTREAM_DIAL, "upstream-dial", ROUTER, UPSTREAM,		\
	    DIAL_MIN, DIAL_MAX, FD_ONE)					\
	X(UPSTREAM_CANCEL, "upstream-cancel", ROUTER, UPSTREAM,		\
	    0, 0, FD_NONE)						\
	X(UPSTREAM_DONE, "upstream-done", UPSTREAM, ROUTER,		\
	    DIALED_MIN, DIALED_MAX, FD_NONE)				\
	X(PROXIES_REQ, "proxies-req", CONTROL, ROUTER, 4, 4, FD_NONE)	\
	X(PROXIES_RES, "proxies-res", ROUTER, CONTROL,			\
	    1, ANY_MAX, FD_NONE)					\
	X(PROXY_SET_REQ, "proxy-set-req", CONTROL, ROUTER,		\
	    PSET_MIN, PSET_MAX, FD_NONE)				\
	X(PROXY_SET_RES, "proxy-set-res", ROUTER, CONTROL,		\
	    RESULT_MIN, RESULT_MAX, FD_NONE)				\
									\
	X(ALLOW_WANT, "allow-want", RELAY, ROUTER,			\
	    ALLOW_WANT_LEN, ALLOW_WANT_LEN, FD_NONE)			\
	X(ALLOW_GRANT, "allow-grant", ROUTER, RELAY, 8, 8, FD_NONE)	\
	X(ALLOW_RETURN, "allow-return", RELAY, ROUTER, 8, 8, FD_NONE)	\
	X(ALLOW_SET, "allow-set", ROUTER, RELAY, 8, 8, FD_NONE)		\
	X(QUOTA_ROWS, "quota-rows", PARENT | ROUTER, PARENT | ROUTER,	\
	    1, ANY_MAX, FD_NONE)					\
	X(LIMITS_REQ, "limits-req", CONTROL, ROUTER, 4, 4, FD_NONE)	\
	X(LIMITS_RES, "limits-res", ROUTER, CONTROL, 1, ANY_MAX, FD_NONE) \
									\
	X(SOCKET_WANT, "socket-want", ROUTER, PARENT,			\
	    SWANT_MIN, SWANT_MAX, FD_NONE)				\
	X(SOCKET, "socket", PARENT, ROUTER, 0, 0, FD_ONE)		\
	X(SOCKET_FAILED, "socket-failed", PARENT, ROUTER,		\
	    4, 4, FD_NONE)						\
									\
	X(CTL_REVOKE, "ctl-revoke", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(REVOKE_REQ, "revoke-req", CONTROL, PARENT, 0, 0, FD_NONE)	\
	X(REVOKE, "revoke", PARENT, ROUTER, 0, 0, FD_NONE)		\
	X(REVOKED, "revoked", ROUTER, PARENT, 8, 8, FD_NONE)		\
	X(WHO_REQ, "who-req", ROUTER | CONTROL, AUTH,			\
	    WHO_REQ_MIN, WHO_REQ_MAX, FD_NONE)				\
	X(WHO_RES, "who-res", AUTH, ROUTER | CONTROL,			\
	    WHO_RES_MIN, WHO_RES_MAX, FD_NONE)				\
	X(TEST_REQ, "test-req", CONTROL, ROUTER,			\
	    TEST_MIN, TEST_MAX, FD_NONE)				\
	X(TEST_RES, "test-res", ROUTER, CONTROL, 1, ANY_MAX, FD_NONE)	\
	X(CTL_TEST, "ctl-test", CTL, CONTROL,				\
	    TEST_MIN, TEST_MAX, FD_NONE)				\
	X(CTL_TEST_ROW, "ctl-test-row", CONTROL, CTL,			\
	    TRIED_MIN, TRIED_MAX, FD_NONE)				\
									\
	X(CTL_STATUS, "ctl-status", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_SESSIONS, "ctl-sessions", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_RULES, "ctl-rules", CTL, CONTROL, 0, 0, FD_NONE)		\
	X(CTL_COUNTERS, "ctl-counters", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_KILL, "ctl-kill", CTL, CONTROL, 8, 8, FD_NONE)		\
	X(CTL_RELOAD, "ctl-reload", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_VERBOSE, "ctl-verbose", CTL, CONTROL, 4, 4, FD_NONE)	\
	X(CTL_STOP, "ctl-stop", CTL, CONTROL, 4, 4, FD_NONE)		\
	X(CTL_USER, "ctl-user", CTL, CONTROL,				\
	    EDIT_MIN, EDIT_MAX, FD_NONE | SECRET)			\
	X(CTL_USERS, "ctl-users", CTL, CONTROL, 0, 0, FD_NONE)		\
	X(CTL_BANS, "ctl-bans", CTL, CONTROL, 0, 0, FD_NONE)		\
	X(CTL_UNBAN, "ctl-unban", CTL, CONTROL,				\
	    NAME_MIN, NAME_MAX_LEN, FD_NONE)				\
	X(CTL_TABLE, "ctl-table", CTL, CONTROL,				\
	    TEDIT_MIN, TEDIT_MAX, FD_NONE)				\
	X(CTL_TABLE_TEXT, "ctl-table-text", CTL, CONTROL,		\
	    0, ANY_MAX, FD_NONE)					\
	X(CTL_TABLES, "ctl-tables", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_TABLE_TEST, "ctl-table-test", CTL, CONTROL,		\
	    TTEST_MIN, ANY_MAX, FD_NONE)				\
	X(CTL_TABLE_SHOW, "ctl-table-show", CTL, CONTROL,		\
	    NAME_MIN, NAME_MAX_LEN, FD_NONE)				\
	X(CTL_PROXIES, "ctl-proxies", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_PROXY_SET, "ctl-proxy-set", CTL, CONTROL,			\
	    PSET_MIN, PSET_MAX, FD_NONE)				\
	X(CTL_STATUS_ROW, "ctl-status-row", CONTROL, CTL,		\
	    STATUS_MIN, STATUS_MAX, FD_NONE)				\
	X(CTL_CHILD_ROW, "ctl-child-row", CONTROL, CTL,			\
	    CHILD_LEN, CHILD_LEN, FD_NONE)				\
	X(CTL_SESSION_ROW, "ctl-session-row", CONTROL, CTL,		\
	    SROW_MIN, SROW_MAX, FD_NONE)				\
	X(CTL_RULE_ROW, "ctl-rule-row", CONTROL, CTL,			\
	    RROW_MIN, RROW_MAX, FD_NONE)				\
	X(CTL_COUNTER_ROW, "ctl-counter-row", CONTROL, CTL,		\
	    CROW_MIN, CROW_MAX, FD_NONE)				\
	X(CTL_USER_ROW, "ctl-user-row", CONTROL, CTL,			\
	    UROW_MIN, UROW_MAX, FD_NONE)				\
	X(CTL_BAN_ROW, "ctl-ban-row", CONTROL, CTL,			\
	    BROW_MIN, BROW_MAX, FD_NONE)				\
	X(CTL_LIMITS, "ctl-limits", CTL, CONTROL, 0, 0, FD_NONE)	\
	X(CTL_LIMIT_ROW, "ctl-limit-row", CONTROL, CTL,			\
	    LROW_MIN, LROW_MAX, FD_NONE)				\
	X(CTL_TABLE_NEXT, "ctl-table-next", CONTROL, CTL, 0, 0, FD_NONE) \
	X(CTL_TABLE_ROW, "ctl-table-row", CONTROL, CTL,			\
	    TROW_MIN, TROW_MAX, FD_NONE)				\
	X(CTL_TABLE_TEST_ROW, "ctl-table-test-row", CONTROL, CTL,	\
	    TTROW_MIN, TTROW_MAX, FD_NONE)				\
	X(CTL_TABLE_ENTRIES, "ctl-table-entries", CONTROL, CTL,		\
	    TITEM_MIN, ANY_MAX, FD_NONE)				\
	X(CTL_PROXY_ROW, "ctl-proxy-row", CONTROL, CTL,			\
	    PROW_MIN, PROW_MAX, FD_NONE)				\
	X(CTL_TEXT, "ctl-text", CONTROL, CTL,				\
	    TEXT_MIN, TEXT_MAX, FD_NONE)				\
	X(CTL_DONE, "ctl-done", CONTROL, CTL,				\
	    RESULT_MIN, RESULT_MAX, FD_NONE)

#define MSG_ROW(id, name, from, to, min, max, flags)			\
	[MSG_##id] = { name, from, to, min, max, flags },
static const struct msg_row rows[MSG_MAX] = {
	MSG_TABLE(MSG_ROW)
};

/* As no type can have two rows, so many rows mean one for each. */
#define MSG_ONE(id, name, from, to, min, max, flags)	+ 1
_Static_assert(0 MSG_TABLE(MSG_ONE) == MSG_MAX - 1, "a type has no row");

static const struct msg_row	*msg_row(uint32_t);
static int			 fd_fits(unsigned int, int);

enum msg_verdict
msg_check(uint32_t type, enum proc_id from, enum proc_id to, size_t len,
    int nfds)
{
	const struct msg_row	*row;

	if ((row = msg_row(type)) == NULL)
		return MSG_BAD_TYPE;
	if (msg_goes(type, from, to) == 0)
		return MSG_BAD_ROUTE;
	if (len < row->min || len > row->max)
		return MSG_BAD_LEN;
	if (fd_fits(row->flags & FD_MASK, nfds) == 0)
		return MSG_BAD_FD;
	return MSG_OK;
}

/* No two processes of one role have a channel. */
int
msg_goes(uint32_t type, enum proc_id from, enum proc_id to)
{
	const struct msg_row	*row;

	return (row = msg_row(type)) != NULL && from != to &&
	    (unsigned int)from < PROC_MAX && (unsigned int)to < PROC_MAX &&
	    (row->from & PROC_BIT(from)) != 0 &&
	    (row->to & PROC_BIT(to)) != 0;
}

/* A pack is no reason for a channel: its messages are. */
int
msg_linked(enum proc_id a, enum proc_id b)
{
	uint32_t	type;

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
	const struct msg_row	*row;

	if ((row = msg_row(type)) == NULL)
		return "?";
	return row->name;
}

int
msg_is_secret(uint32_t type)
{
	const struct msg_row	*row;

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
	int	fd;

	fd = m->fd;
	m->fd = -1;
	return fd;
}
