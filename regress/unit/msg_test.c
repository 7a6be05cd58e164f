/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The gate against a table of its own, on every type, route, length and number
 * of descriptors; the codecs on random structs, on every cut, every tail and
 * every one-byte change.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/mac.h"
#include "msg_kinds.h"
#include "msg_lengths.h"

#define ANY  MSG_PAYLOAD_MAX
#define LOTS 1000 /* random structs of each kind */
#define FEW  40

/*
 * What the gate must let pass.  Routes are pairs of letters: Parent, Router,
 * relaY, Auth, resolVer, Control, Hash, Socks5ctl.  fds is '0', '1' or '?'.
 * The lengths of most are those that their codec makes, which is measured
 * here; of sections of the config it is in wire_test.
 */
#define CODEC 1, 0
#define WIRE  2, 0

struct row {
	enum msg_type type;
	const char   *routes;
	size_t        min;
	size_t        max;
	char          fds;
};

#define DOWN "PR PY PA PV PC PL PU PH"
#define UP   "RP YP AP VP CP LP UP HP"

static struct row want[] = {
	{ MSG_CTL_HELLO, "SC CS", CODEC, '0' },
	{ MSG_PACK, "RY RV RA YR YV YA VR VY VA AR AY AV", 14, ANY, '0' },
	{ MSG_BULK_FD, DOWN, 0, 0, '1' },
	{ MSG_BULK, DOWN, 12, 12, '1' },
	{ MSG_CHILD_START, DOWN, CODEC, '?' },
	{ MSG_CHILD_PEER, DOWN, CODEC, '1' },
	{ MSG_CHILD_VERBOSE, DOWN, CODEC, '0' },
	{ MSG_CHILD_STOP, DOWN, CODEC, '0' },
	{ MSG_CHILD_READY, UP, CODEC, '0' },
	{ MSG_CHILD_LOG, UP, CODEC, '0' },
	{ MSG_CHILD_SESSION_LINES, "CP", 1, ANY, '0' },
	{ MSG_CHILD_BAD_PEER, UP, CODEC, '0' },
	{ MSG_CHILD_DRAINED, "RP", 0, 0, '0' },
	{ MSG_CHILD_KEY, "PR PA", MAC_SECRET_LEN, MAC_SECRET_LEN, '0' },
	{ MSG_CHILD_PING, DOWN, 0, 0, '0' },
	{ MSG_CHILD_PONG, UP, 0, 0, '0' },
	{ MSG_CONF_BEGIN, DOWN, 4, 4, '0' },
	{ MSG_CONF_SETTINGS, "PR PY PA PC", WIRE, '0' },
	{ MSG_CONF_LOG, "PR PC", WIRE, '0' },
	{ MSG_CONF_RESOLVER, "PR PV", WIRE, '0' },
	{ MSG_CONF_HOST, "PV", WIRE, '0' },
	{ MSG_CONF_LISTENER, "PR", WIRE, '1' },
	{ MSG_CONF_RULE, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_FROM, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_TO, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_PORTS, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_ON, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_USERS, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_DOMAINS, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_COUNTRIES, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_TIMES, "PR", WIRE, '0' },
	{ MSG_CONF_RULE_DAYS, "PR", WIRE, '0' },
	{ MSG_CONF_TABLE, "PR", WIRE, '?' },
	{ MSG_CONF_USERS, "PA", WIRE, '1' },
	{ MSG_CONF_GEOIP, "PR", WIRE, '1' },
	{ MSG_CONF_UPSTREAM, "PR PU", WIRE, '0' },
	{ MSG_CONF_MEMBER, "PR PU", WIRE, '0' },
	{ MSG_CONF_END, DOWN, 0, 0, '0' },
	{ MSG_CONF_COMMIT, DOWN, CODEC, '0' },
	{ MSG_CONF_ABORT, DOWN, CODEC, '0' },
	{ MSG_CONF_READY, UP, CODEC, '0' },
	{ MSG_CONF_FAILED, UP, CODEC, '0' },
	{ MSG_LOCAL_ADDRS, "PR", 1, ANY, '0' },
	{ MSG_SESSION_NEW, "RY", CODEC, '1' },
	{ MSG_SESSION_OPEN, "YR", CODEC, '0' },
	{ MSG_SESSION_OPENED, "RY", CODEC, '1' },
	{ MSG_SESSION_BOUND, "RY", CODEC, '0' },
	{ MSG_SESSION_REFUSED, "RY", CODEC, '0' },
	{ MSG_SESSION_KILL, "RY", 0, 0, '0' },
	{ MSG_SESSION_CLOSED, "YR", 27, 606 * 27, '0' },
	{ MSG_SESSION_ADOPT, "YR", CODEC, '0' },
	{ MSG_SESSION_TOLD, "YR", 0, 0, '0' },
	{ MSG_SESSION_MOVED, "YR", 24, 682 * 24, '0' },
	{ MSG_UDP_OPENED, "RY", CODEC, '0' },
	{ MSG_UDP_CLIENT, "RY", CODEC, '1' },
	{ MSG_UDP_WANT, "YR", CODEC, '0' },
	{ MSG_UDP_FLOW, "RY", CODEC, '1' },
	{ MSG_UDP_REFUSED, "RY", CODEC, '0' },
	{ MSG_UDP_CLOSE, "RY", CODEC, '0' },
	{ MSG_UDP_FORGET, "RY", 0, 0, '0' },
	{ MSG_UDP_COUNT, "YR", 37, 442 * 37, '0' },
	{ MSG_UDP_STATS, "YR", CODEC, '0' },
	{ MSG_LOGIN_CHECK, "YA", CODEC, '0' },
	{ MSG_LOGIN_DONE, "AY", CODEC, '0' },
	{ MSG_SESSION_USER, "AR", CODEC, '0' },
	{ MSG_HASH_JOB, "AH", CODEC, '0' },
	{ MSG_HASH_DONE, "HA", CODEC, '0' },
	{ MSG_NAME_RESOLVE, "RV", CODEC, '0' },
	{ MSG_NAME_ANSWER, "VR", CODEC, '0' },
	{ MSG_NAME_CANCEL, "RV", 0, 0, '0' },
	{ MSG_DNS_WANT, "VR", CODEC, '0' },
	{ MSG_DNS_SOCKET, "RV", CODEC, '1' },
	{ MSG_DNS_FAILED, "RV", CODEC, '0' },
	{ MSG_SESSION_LOG, "RC", 56, ANY, '0' },
	{ MSG_FLOW_LOG, "RC", 65, ANY, '0' },
	{ MSG_LIST_REQ, "CR CA", CODEC, '0' },
	{ MSG_SESSION_ROWS, "RC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_FLOW_ROWS, "RC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_RULE_ROWS, "RC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_LIMIT_ROWS, "RC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_PROXY_ROWS, "RC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_TABLE_ROWS, "RC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_USER_ROWS, "AC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_BAN_ROWS, "AC", LIST_HEAD_LEN, ANY, '0' },
	{ MSG_STATS_REQ, "CY", 8, 128 * 8, '0' },
	{ MSG_STATS_RES, "YC", 0, 128 * 111, '0' },
	{ MSG_FLOWS_REQ, "CY", 12, 256 * 12, '0' },
	{ MSG_FLOWS_RES, "YC", 0, 256 * 52, '0' },
	{ MSG_KILL_REQ, "CR", CODEC, '0' },
	{ MSG_KILL_RES, "RC", CODEC, '0' },
	{ MSG_COUNTERS_REQ, "CP CR CY CA CV CU", 0, 0, '0' },
	{ MSG_COUNTERS_RES, "PC RC YC AC VC UC", CODEC, '0' },
	{ MSG_STATUS_REQ, "CP", 0, 0, '0' },
	{ MSG_STATUS_RES, "PC", 47, 588 + CHILDREN_MAX * 37, '0' },
	{ MSG_RELOAD_REQ, "CP", 0, 0, '0' },
	{ MSG_RELOAD_RES, "PC", CODEC, '0' },
	{ MSG_VERBOSE_REQ, "CP", CODEC, '0' },
	{ MSG_STOP_REQ, "CP", CODEC, '0' },
	{ MSG_CONTROL_SOCKET, "PC", CODEC, '1' },
	{ MSG_USER_REQ, "CP", CODEC, '0' },
	{ MSG_USER_RES, "PC", CODEC, '0' },
	{ MSG_USERS_SET, "PA", CODEC, '1' },
	{ MSG_USERS_RES, "AP", CODEC, '0' },
	{ MSG_UNBAN_REQ, "CA", CODEC, '0' },
	{ MSG_UNBAN_RES, "AC", CODEC, '0' },
	{ MSG_KILL_USER_REQ, "CR", CODEC, '0' },
	{ MSG_KILL_USER_RES, "RC", CODEC, '0' },
	{ MSG_TABLE_JOB, "PL", CODEC, '1' },
	{ MSG_TABLE_SOURCE, "PL", CODEC, '1' },
	{ MSG_TABLE_BUILD, "PL", 0, 0, '0' },
	{ MSG_TABLE_BUILT, "LP", CODEC, '0' },
	{ MSG_TABLE_SET, "PR", CODEC, '1' },
	{ MSG_TABLE_SET_RES, "RP", CODEC, '0' },
	{ MSG_TABLE_REQ, "CP", CODEC, '0' },
	{ MSG_TABLE_NEXT, "PC", 0, 0, '0' },
	{ MSG_TABLE_TEXT, "CP", 0, ANY, '0' },
	{ MSG_TABLE_RES, "PC", CODEC, '0' },
	{ MSG_TABLE_TEST_REQ, "CR", 3, ANY, '0' },
	{ MSG_TABLE_TEST_RES, "RC", 1, ANY, '0' },
	{ MSG_TABLE_LIST_REQ, "CR", CODEC, '0' },
	{ MSG_TABLE_LIST_RES, "RC", 9, ANY, '0' },
	{ MSG_UPSTREAM_DIAL, "RU", CODEC, '1' },
	{ MSG_UPSTREAM_CANCEL, "RU", 0, 0, '0' },
	{ MSG_UPSTREAM_DONE, "UR", CODEC, '0' },
	{ MSG_UPSTREAM_CARRY, "RU", 0, 0, '1' },
	{ MSG_UPSTREAM_FLOW, "RU", CODEC, '1' },
	{ MSG_UPSTREAM_FLOW_END, "RU UR", CODEC, '0' },
	{ MSG_UPSTREAM_LOST, "UR", 0, 0, '0' },
	{ MSG_PROXY_SET_REQ, "CR", CODEC, '0' },
	{ MSG_PROXY_SET_RES, "RC", CODEC, '0' },
	{ MSG_ALLOW_WANT, "YR", CODEC, '0' },
	{ MSG_ALLOW_GRANT, "RY", CODEC, '0' },
	{ MSG_ALLOW_RETURN, "YR", CODEC, '0' },
	{ MSG_ALLOW_SET, "RY", CODEC, '0' },
	{ MSG_QUOTA_ROWS, "PR RP", 1, ANY, '0' },
	{ MSG_SOCKET_WANT, "RP", CODEC, '0' },
	{ MSG_SOCKET, "PR", 0, 0, '1' },
	{ MSG_SOCKET_FAILED, "PR", CODEC, '0' },
	{ MSG_CTL_REVOKE, "SC", 0, 0, '0' },
	{ MSG_REVOKE_REQ, "CP", 0, 0, '0' },
	{ MSG_REVOKE, "PR", 0, 0, '0' },
	{ MSG_REVOKED, "RP", CODEC, '0' },
	{ MSG_WHO_REQ, "RA CA", CODEC, '0' },
	{ MSG_WHO_RES, "AR AC", CODEC, '0' },
	{ MSG_TEST_REQ, "CR", CODEC, '0' },
	{ MSG_TEST_RES, "RC", 1, ANY, '0' },
	{ MSG_CTL_TEST, "SC", CODEC, '0' },
	{ MSG_CTL_TEST_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_STATUS, "SC", 0, 0, '0' },
	{ MSG_CTL_LIST, "SC", CODEC, '0' },
	{ MSG_CTL_COUNTERS, "SC", 0, 0, '0' },
	{ MSG_CTL_KILL, "SC", CODEC, '0' },
	{ MSG_CTL_RELOAD, "SC", 0, 0, '0' },
	{ MSG_CTL_VERBOSE, "SC", CODEC, '0' },
	{ MSG_CTL_STOP, "SC", CODEC, '0' },
	{ MSG_CTL_USER, "SC", CODEC, '0' },
	{ MSG_CTL_UNBAN, "SC", CODEC, '0' },
	{ MSG_CTL_TABLE, "SC", CODEC, '0' },
	{ MSG_CTL_TABLE_TEXT, "SC", 0, ANY, '0' },
	{ MSG_CTL_TABLE_TEST, "SC", 3, ANY, '0' },
	{ MSG_CTL_TABLE_SHOW, "SC", CODEC, '0' },
	{ MSG_CTL_PROXY_SET, "SC", CODEC, '0' },
	{ MSG_CTL_STATUS_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_CHILD_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_SESSION_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_FLOW_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_RULE_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_COUNTER_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_USER_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_BAN_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_LIMIT_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_TABLE_NEXT, "CS", 0, 0, '0' },
	{ MSG_CTL_TABLE_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_TABLE_TEST_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_TABLE_ENTRIES, "CS", 1, ANY, '0' },
	{ MSG_CTL_PROXY_ROW, "CS", CODEC, '0' },
	{ MSG_CTL_TEXT, "CS", CODEC, '0' },
	{ MSG_CTL_DONE, "CS", CODEC, '0' },
};
#define NWANT (sizeof(want) / sizeof(want[0]))

static const enum msg_type secrets_list[] = {
	MSG_CHILD_KEY,
	MSG_LOGIN_CHECK,
	MSG_HASH_JOB,
	MSG_USER_REQ,
	MSG_CTL_USER,
	MSG_CONF_MEMBER,
};
#define NSECRETS (sizeof(secrets_list) / sizeof(secrets_list[0]))

/* A byte of the shortest encoding of a kind, and the values it may have. */
struct ranged {
	const char  *kind;
	size_t       at;
	unsigned int low;
	unsigned int high;
	enum {
		NONE = 1,
		ROLES
	} more; /* 255; a child */
};

static const struct ranged ranges[] = {
	{ "start", 4, 1, 0, ROLES },
	{ "peer", 0, 1, 0, ROLES },
	{ "bad_peer", 0, 1, 0, ROLES },
	{ "child_row", 0, 1, 0, ROLES },
	{ "start", 14, 0, START_FLAGS, 0 },
	{ "start", 11, 0, 0, 0 },
	{ "start", 28, 0, 0, 0 },
	{ "start", 29, 0, WALL_ALL >> 8, 0 },
	{ "child_row", 9, 0, WALL_ALL >> 8, 0 },
	{ "child_row", 7, 0, 0, 0 },
	{ "walls", 2, 0, WALL_ALL >> 8, 0 },
	{ "walls", 0, 0, 0, 0 },
	{ "log", 0, 0, 3, 0 },
	{ "result", 0, 0, 2, 0 },
	{ "limit_row", 0, 0, LIMIT_KIND_MAX - 1, 0 },
	{ "session_new", 4, 0, 0, 0 },
	{ "session_open", 0, 1, 3, 0 },
	{ "session_open", 4, 0, LOGIN_TOLD_MAX - 1, 0 },
	/* Only UDP has neither a name nor an address. */
	{ "facts", 11, 3, 3, 0 },
	{ "opened", 3 + 16 + 11, 3, 3, 0 },
	{ "session_refused", 0, 1, 8, 0 },
	{ "session_closed", 8, 0, CAUSE_MAX - 1, 0 },
	{ "session_closed", 9, 0, 8, NONE },
	{ "session_closed", 10, 0, HINT_MAX - 1, 0 },
	{ "name_resolve", 0, 1, 3, 0 },
	{ "name_answer", 0, 1, 2, 0 },
	{ "name_answer", 1, 1, 3, 0 },
	{ "name_answer", 2, 0, 0, 0 },
	{ "name_answer", 3, 0, 0, 0 },
	{ "dns", 11, 0, 1, 0 },
	/* Behind one of UDP is more. */
	{ "session_log", 15, 0, 2, 0 },
	{ "session_log", 20, 0, 8, NONE },
	{ "session_log", 21, 0, CAUSE_MAX - 1, 0 },
	{ "session_log", 23, 0, 1, 0 },
	{ "flow_log", 19, 0, UDP_END_MAX - 1, 0 },
	{ "flow_log", 20, 0, DROP_MAX - 1, 0 },
	{ "ctl_list", 0, 0, LIST_MAX - 1, 0 },
	{ "list_req", 0, 0, LIST_MAX - 1, 0 },
	{ "list_head", 0, 0, 1, 0 },
	{ "session_row", 9, 0, RELAYS_MAX - 1, 0 },
	{ "session_row", 8, 0, 0, 0 },
	{ "session_row", 14, 0, 2, 0 },
	{ "session_row", 19, 0, SESSION_STATE_MAX - 1, 0 },
	{ "flow_row", 9, 0, RELAYS_MAX - 1, 0 },
	{ "flow_row", 8, 0, 0, 0 },
	{ "flow_row", 14, 0, 1, 0 },
	{ "session_stats", 8, 0, SESSION_STATE_MAX - 1, 0 },
	{ "control_socket", 8, 0, 1, 0 },
	{ "socket_want", 11, 0, 1, 0 },
	{ "socket_want", 12, 0, 1, 0 },
	{ "who_res", 0, LOGIN_OK, LOGIN_MAX - 1, 0 },
	{ "who_res", 1, 0, LOGIN_BAN_MAX - 1, 0 },
	{ "test_row", 0, 0, TEST_KIND_MAX - 1, 0 },
	{ "test_row", 1, 0, TEST_VERDICT_MAX - 1, 0 },
	{ "test_row", 7, 0, CAUSE_MAX - 1, 0 },
	{ "test_row", 8, 0, 8, NONE },
	{ "status_row", 36, 0, 1, 0 },
	{ "status_row", 37, 0, 1, 0 },
	{ "session_user", 2, LOGIN_OK + 1, LOGIN_MAX - 1, 0 },
	{ "session_user", 4, 0, 0, 0 },
	{ "hash_done", 0, 0, 1, 0 },
	{ "user_edit", 0, 0, USER_OP_MAX - 1, 0 },
	{ "user_edit", 7, 0, 1, 0 },
	{ "user_row", 4, 0, 1, 0 },
	{ "table_job", 0, 1, 4, 0 },
	{ "table_job", 1, 0, 3, 0 },
	{ "table_source", 0, 0, 1, 0 },
	{ "table_built", 0, 0, 2, 0 },
	{ "table_set", 10, 0, 1, 0 },
	{ "table_edit", 0, 0, 2, 0 },
	{ "proxy_row", 3, 0, 2, 0 },
	{ "proxy_row", 4, 1, PROXY_MEMBERS_MAX, 0 },
	{ "proxy_row", 5, 0, 2, 0 },
	{ "proxy_row", 13, 0, PROXY_STATE_MAX - 1, 0 },
	{ "proxy_set", 2, 1, PROXY_MEMBERS_MAX, 0 },
	{ "proxy_set", 3, 0, 1, 0 },
	{ "table_row", 1, 1, 4, 0 },
	{ "table_row", 2, 0, 1, 0 },
	{ "table_test_row", 0, 0, 2, 0 },
};
#define NRANGES (sizeof(ranges) / sizeof(ranges[0]))

static void              measure(void);
static const struct row *row_of(uint32_t);
static int              allowed(const struct row *, unsigned int, unsigned int);
static enum msg_verdict expected(const struct row *, unsigned int, unsigned int,
    size_t, int);
static void check_gate(const struct row *, uint32_t, unsigned int, unsigned int,
    size_t);
static void check_route(const struct row *, uint32_t, unsigned int,
    unsigned int);
static const struct kind *kind_of(const char *);
static size_t make(const struct kind *, enum shape, union any *, uint8_t *);
static int    decode(const struct kind *, const uint8_t *, size_t, union any *);
static size_t encode(const struct kind *, const union any *, uint8_t *);

/* Fills in the lengths that are left to the codecs. */
static void
measure(void)
{
	static uint8_t   data[MSG_PAYLOAD_MAX];
	static union any a;
	struct lengths   l;
	size_t           i, j, n;

	for (n = 0; n < NWANT; n++) {
		if (want[n].min == 2 && want[n].max == 0) {
			l = gate_lengths(want[n].type);
			want[n].min = l.min;
			want[n].max = l.max;
		}
		if (want[n].min <= want[n].max)
			continue;
		for (i = 0; i < NKINDS; i++) {
			for (j = 0; kinds[i].types[j] != MSG_NONE &&
			     kinds[i].types[j] != want[n].type;
			     j++)
				;
			if (kinds[i].types[j] == MSG_NONE)
				continue;
			want[n].min = make(&kinds[i], SMALLEST, &a, data);
			want[n].max = make(&kinds[i], LARGEST, &a, data);
		}
		ATF_REQUIRE_MSG(want[n].min <= want[n].max, "%s: no codec",
		    msg_name(want[n].type));
	}
}

static const struct row *
row_of(uint32_t type)
{
	size_t i;

	if (want[0].min > want[0].max)
		measure();
	for (i = 0; i < NWANT; i++) {
		if ((uint32_t)want[i].type == type)
			return &want[i];
	}
	return NULL;
}

static int
allowed(const struct row *row, unsigned int from, unsigned int to)
{
	static const char letters[PROC_MAX] = {
		[PROC_PARENT] = 'P',
		[PROC_ROUTER] = 'R',
		[PROC_RELAY] = 'Y',
		[PROC_AUTH] = 'A',
		[PROC_RESOLVER] = 'V',
		[PROC_CONTROL] = 'C',
		[PROC_LOADER] = 'L',
		[PROC_UPSTREAM] = 'U',
		[PROC_HASH] = 'H',
		[PROC_CTL] = 'S',
	};
	const char *p;

	if (from >= PROC_MAX || to >= PROC_MAX)
		return 0;
	ATF_REQUIRE_MSG(letters[from] != 0 && letters[to] != 0,
	    "%s or %s has no letter in msg_test.c", proc_name(from),
	    proc_name(to));
	for (p = row->routes; *p != '\0'; p += p[2] == '\0' ? 2 : 3) {
		if (p[0] == letters[from] && p[1] == letters[to])
			return 1;
	}
	return 0;
}

static enum msg_verdict
expected(const struct row *row, unsigned int from, unsigned int to, size_t len,
    int nfds)
{
	if (row == NULL)
		return MSG_BAD_TYPE;
	if (allowed(row, from, to) == 0)
		return MSG_BAD_ROUTE;
	if (len < row->min || len > row->max)
		return MSG_BAD_LEN;
	if (nfds == 0)
		return row->fds == '1' ? MSG_BAD_FD : MSG_OK;
	if (nfds == 1)
		return row->fds == '0' ? MSG_BAD_FD : MSG_OK;
	return MSG_BAD_FD;
}

static void
check_gate(const struct row *row, uint32_t type, unsigned int from,
    unsigned int to, size_t len)
{
	enum msg_verdict got, must;
	int              nfds;

	for (nfds = -1; nfds <= 3; nfds++) {
		must = expected(row, from, to, len, nfds);
		got = msg_check(type, from, to, len, nfds);
		/* One is enough: a whole route would be thousands. */
		ATF_REQUIRE_MSG(got == must,
		    "%s (%u) from %s to %s, "
		    "%zu bytes, %d descriptors: %s instead of %s",
		    msg_name(type), type, proc_name(from), proc_name(to), len,
		    nfds, msg_verdict_name(got), msg_verdict_name(must));
	}
}

/*
 * Each length where there is a route.  Where there is none all of them fare
 * alike: those at the edges, the small ones and each 61st stand for them.
 */
static void
check_route(const struct row *row, uint32_t type, unsigned int from,
    unsigned int to)
{
	size_t i, len;
	int    open;

	open = row != NULL && allowed(row, from, to);
	for (len = 0; len <= ANY + 1; len += open || len < 64 ? 1 : 61)
		check_gate(row, type, from, to, len);
	check_gate(row, type, from, to, ANY);
	check_gate(row, type, from, to, ANY + 1);
	check_gate(row, type, from, to, SIZE_MAX);
	for (i = 0; row != NULL && i < 3; i++) {
		check_gate(row, type, from, to, row->min + i - 1);
		check_gate(row, type, from, to, row->max + i - 1);
	}
}

ATF_TC(gate);
ATF_TC_HEAD(gate, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each type, route, length and number of descriptors that is not "
	    "in the table is refused, and each that is passes");
}
ATF_TC_BODY(gate, tc)
{
	unsigned int from, to;
	uint32_t     type;

	for (type = 0; type <= MSG_MAX + 1; type++) {
		for (from = 0; from <= PROC_MAX; from++) {
			for (to = 0; to <= PROC_MAX; to++)
				check_route(row_of(type), type, from, to);
		}
	}
	check_gate(NULL, UINT32_MAX, PROC_PARENT, PROC_RELAY, 0);
	check_gate(NULL, 1U << 31, PROC_PARENT, PROC_RELAY, 0);
}

ATF_TC(links);
ATF_TC_HEAD(links, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the parent has a channel to each child, and two roles that have "
	    "anything to say have one");
}
ATF_TC_BODY(links, tc)
{
	static const enum proc_id mesh[][2] = {
		{ PROC_ROUTER, PROC_RELAY },
		{ PROC_ROUTER, PROC_RESOLVER },
		{ PROC_ROUTER, PROC_AUTH },
		{ PROC_ROUTER, PROC_CONTROL },
		{ PROC_ROUTER, PROC_UPSTREAM },
		{ PROC_AUTH, PROC_RELAY },
		{ PROC_AUTH, PROC_HASH },
		{ PROC_CONTROL, PROC_RELAY },
		{ PROC_CONTROL, PROC_RESOLVER },
		{ PROC_CONTROL, PROC_AUTH },
		{ PROC_CONTROL, PROC_UPSTREAM },
		{ PROC_CONTROL, PROC_CTL },
	};
	unsigned int a, b;
	size_t       i;
	int          is;

	for (a = 0; a <= PROC_MAX; a++) {
		for (b = 0; b <= PROC_MAX; b++) {
			is = (a == PROC_PARENT && proc_is_child(b)) ||
			    (b == PROC_PARENT && proc_is_child(a));
			for (i = 0; i < sizeof(mesh) / sizeof(mesh[0]); i++)
				is |= (mesh[i][0] == a && mesh[i][1] == b) ||
				    (mesh[i][0] == b && mesh[i][1] == a);
			ATF_CHECK_EQ_MSG(is, msg_linked(a, b), "%s and %s",
			    proc_name(a), proc_name(b));
		}
	}
}

ATF_TC(names);
ATF_TC_HEAD(names, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each type has a name of its own, and what is none has \"?\"");
}
ATF_TC_BODY(names, tc)
{
	uint32_t a, b;

	ATF_CHECK_STREQ("?", msg_name(MSG_NONE));
	ATF_CHECK_STREQ("?", msg_name(MSG_MAX));
	ATF_CHECK_STREQ("?", msg_name(UINT32_MAX));
	for (a = MSG_NONE + 1; a < MSG_MAX; a++) {
		ATF_CHECK(strcmp(msg_name(a), "?") != 0);
		for (b = a + 1; b < MSG_MAX; b++)
			ATF_CHECK(strcmp(msg_name(a), msg_name(b)) != 0);
	}
	for (a = MSG_OK; a <= MSG_BAD_FD; a++)
		ATF_CHECK(strcmp(msg_verdict_name(a), "?") != 0);
}

/* FNV-1a. */
static uint32_t
mix(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *b = data;

	while (len-- > 0)
		sum = (sum ^ *b++) * 16777619U;
	return sum;
}

ATF_TC(version);
ATF_TC_HEAD(version, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "MSG_VERSION is another one once the messages of socks5ctl are");
}
ATF_TC_BODY(version, tc)
{
	char              line[128];
	const struct row *row;
	uint32_t          type, sum = 2166136261U;

	for (type = MSG_NONE + 1; type < MSG_MAX; type++) {
		if (!msg_goes(type, PROC_CTL, PROC_CONTROL) &&
		    !msg_goes(type, PROC_CONTROL, PROC_CTL))
			continue;
		row = row_of(type);
		(void)snprintf(line, sizeof(line), "%u %s %zu %zu\n", type,
		    msg_name(type), row->min, row->max);
		sum = mix(sum, line, strlen(line));
	}
	/* By the first, which never changes, the others are told apart. */
	ATF_CHECK_EQ(1, MSG_CTL_HELLO);
	/* If this fails: one more than before, and what it is now. */
	ATF_CHECK_EQ_MSG(3, MSG_VERSION, "version %u", MSG_VERSION);
	ATF_CHECK_EQ_MSG(0xbe8d7328U, sum, "messages 0x%08x", sum);
}

ATF_TC(secrets);
ATF_TC_HEAD(secrets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "passwords, hashes and keys are secret, and nothing else is");
}
ATF_TC_BODY(secrets, tc)
{
	uint32_t type;
	size_t   i;
	int      secret;

	for (type = 0; type <= MSG_MAX + 1; type++) {
		secret = 0;
		for (i = 0; i < NSECRETS; i++)
			secret |= type == (uint32_t)secrets_list[i];
		ATF_CHECK_EQ_MSG(secret, msg_is_secret(type), "%s",
		    msg_name(type));
	}
	ATF_CHECK_EQ(0, msg_is_secret(UINT32_MAX));
}

ATF_TC(take_fd);
ATF_TC_HEAD(take_fd, tc)
{
	atf_tc_set_md_var(tc, "descr", "a descriptor can be taken once");
}
ATF_TC_BODY(take_fd, tc)
{
	struct msg m = { MSG_SESSION_NEW, 1, NULL, 0, 7 };

	ATF_CHECK_EQ(7, msg_take_fd(&m));
	ATF_CHECK_EQ(-1, m.fd);
	ATF_CHECK_EQ(-1, msg_take_fd(&m));
}

static const struct kind *
kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < NKINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	atf_tc_fail("no kind %s", name);
}

static size_t
make(const struct kind *k, enum shape shape, union any *a, uint8_t *data)
{
	memset(a, 0, sizeof(*a));
	k->make(a, shape);
	return encode(k, a, data);
}

static size_t
encode(const struct kind *k, const union any *a, uint8_t *data)
{
	struct wbuf w;

	wbuf_init(&w, data, MSG_PAYLOAD_MAX);
	k->put(&w, a);
	ATF_REQUIRE_EQ_MSG(0, w.bad, "%s does not fit", k->name);
	return w.len;
}

/* Decodes from memory that ends with the input, as a sanitizer will see. */
static int
decode(const struct kind *k, const uint8_t *p, size_t len, union any *a)
{
	struct rbuf r;
	uint8_t    *mem;
	int         ret;

	ATF_REQUIRE((mem = malloc(len > 0 ? len : 1)) != NULL);
	memcpy(mem, p, len);
	memset(a, 0, sizeof(*a));
	rbuf_init(&r, mem, len);
	ret = k->get(&r, a);
	if (rbuf_done(&r) == 0)
		ret = -1;
	free(mem);
	return ret;
}

ATF_TC(round_trip);
ATF_TC_HEAD(round_trip, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each struct comes back from its bytes as it was");
}
ATF_TC_BODY(round_trip, tc)
{
	uint8_t   data[MSG_PAYLOAD_MAX];
	union any a, b;
	size_t    i, len, n;

	for (i = 0; i < NKINDS; i++) {
		for (n = 0; n < LOTS; n++) {
			len = make(&kinds[i], n < 3 ? n : RANDOM, &a, data);
			ATF_REQUIRE_EQ_MSG(0, decode(&kinds[i], data, len, &b),
			    "%s", kinds[i].name);
			ATF_REQUIRE_MSG(memcmp(&a, &b, sizeof(a)) == 0,
			    "%s: another struct", kinds[i].name);
		}
	}
}

ATF_TC(every_cut_and_tail);
ATF_TC_HEAD(every_cut_and_tail, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no prefix of a valid payload decodes, nor one with any byte "
	    "behind it");
}
ATF_TC_BODY(every_cut_and_tail, tc)
{
	uint8_t      data[MSG_PAYLOAD_MAX];
	union any    a;
	unsigned int v;
	size_t       i, len, n, round;

	for (i = 0; i < NKINDS; i++) {
		for (round = 0; round < FEW; round++) {
			len = make(&kinds[i], round < 3 ? round : RANDOM, &a,
			    data);
			for (n = 0; n < len; n++)
				ATF_REQUIRE_EQ_MSG(-1,
				    decode(&kinds[i], data, n, &a),
				    "%s cut after %zu of %zu bytes",
				    kinds[i].name, n, len);
			for (v = 0; v <= 255; v++) {
				data[len] = (uint8_t)v;
				ATF_REQUIRE_EQ_MSG(-1,
				    decode(&kinds[i], data, len + 1, &a),
				    "%s with a tail", kinds[i].name);
			}
		}
	}
}

ATF_TC(every_byte_change);
ATF_TC_HEAD(every_byte_change, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a payload with one byte changed is refused or encodes back to "
	    "just those bytes");
}
ATF_TC_BODY(every_byte_change, tc)
{
	uint8_t      again[MSG_PAYLOAD_MAX], data[MSG_PAYLOAD_MAX], old;
	union any    a;
	unsigned int v;
	size_t       at, i, len, round;

	for (i = 0; i < NKINDS; i++) {
		for (round = 0; round < 3; round++) {
			len = make(&kinds[i], round, &a, data);
			for (at = 0; at < len; at++) {
				old = data[at];
				for (v = 0; v <= 255; v++) {
					data[at] = (uint8_t)v;
					if (decode(&kinds[i], data, len, &a) ==
					    -1)
						continue;
					ATF_REQUIRE_EQ(len,
					    encode(&kinds[i], &a, again));
					ATF_REQUIRE_MSG(memcmp(data, again,
							    len) == 0,
					    "%s: byte %zu is %u", kinds[i].name,
					    at, v);
				}
				data[at] = old;
			}
		}
	}
}

ATF_TC(out_of_range);
ATF_TC_HEAD(out_of_range, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each value of each enum, set and truth is refused unless it has "
	    "a meaning");
}
ATF_TC_BODY(out_of_range, tc)
{
	const struct kind   *k;
	const struct ranged *g;
	uint8_t              data[MSG_PAYLOAD_MAX];
	union any            a;
	unsigned int         v;
	size_t               i, len;
	int                  right;

	for (i = 0; i < NRANGES; i++) {
		g = &ranges[i];
		k = kind_of(g->kind);
		/* Roles are made at random: a relay's number may be its own. */
		do {
			len = make(k, SMALLEST, &a, data);
		} while (g->more == ROLES && proc_instances(data[g->at]) != 1);
		for (v = 0; v <= 255; v++) {
			data[g->at] = (uint8_t)v;
			right = (v >= g->low && v <= g->high) ||
			    (g->more == NONE && v == 255) ||
			    (g->more == ROLES && proc_is_child(v));
			ATF_CHECK_EQ_MSG(right ? 0 : -1,
			    decode(k, data, len, &a), "%s: byte %zu is %u",
			    k->name, g->at, v);
		}
	}
}

ATF_TC(instances);
ATF_TC_HEAD(instances, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "only relays and those who hash have numbers, below their limit");
}
ATF_TC_BODY(instances, tc)
{
	const struct kind *k;
	uint8_t            data[3];
	union any          a;
	unsigned int       n, role, all = 0;

	for (role = 0; role < PROC_MAX; role++)
		all += proc_is_child(role) ? proc_instances(role) : 0;
	ATF_CHECK_EQ(CHILDREN_MAX, all);
	k = kind_of("peer");
	ATF_CHECK(!proc_is_child(PROC_PARENT) && !proc_is_child(PROC_CTL));
	ATF_CHECK(!proc_is_child(PROC_MAX) && !proc_is_child(UINT32_MAX));
	ATF_CHECK_EQ(0, proc_instances(PROC_MAX));
	for (role = 0; role < PROC_MAX; role++) {
		if (!proc_is_child(role))
			continue;
		for (n = 0; n <= UINT16_MAX; n++) {
			data[0] = (uint8_t)role;
			data[1] = (uint8_t)(n >> 8);
			data[2] = (uint8_t)n;
			ATF_REQUIRE_EQ(n < (role == PROC_RELAY ? RELAYS_MAX :
						   role == PROC_HASH ?
								 HASHERS_MAX :
								 1) ?
				0 :
				-1,
			    decode(k, data, 3, &a));
		}
	}
}

ATF_TC(contradictions);
ATF_TC_HEAD(contradictions, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "fields that are right alone but not together are refused");
}
ATF_TC_BODY(contradictions, tc)
{
	/* connect: name and address; neither of them */
	static const uint8_t both[] = { 1, 4, 192, 0, 2, 1, 0, 80, 0, 1, 'a' };
	static const uint8_t neither[] = { 1, 0, 0, 80, 0, 0 };
	/* found, but no address; not found, but one; IPv6 for IPv4 */
	static const uint8_t empty[] = { 1, NAME_OK, 0, 0 };
	static const uint8_t full[] = { 1, NAME_FAILED, 1, 4, 1, 2, 3, 4, 0 };
	static const uint8_t other[] = { 2, NAME_OK, 1, 4, 1, 2, 3, 4, 0 };
	static const uint8_t none[] = { 1, NAME_OK, 1, 0, 0 };
	/* not found, and a fault; a fault that is none; of no server */
	static const uint8_t mute[] = { 1, NAME_NOT_FOUND, 0, NAME_FAULT_SILENT,
		4, 1, 2, 3, 4, 0, 53, 0, 0, 0, 0, 0, 0 };
	static const uint8_t fault[] = { 1, NAME_FAILED, 0, NAME_FAULT_MAX, 4,
		1, 2, 3, 4, 0, 53, 0, 0, 0, 0, 0, 0 };
	static const uint8_t nowhere[] = { 1, NAME_FAILED, 0, NAME_FAULT_SILENT,
		0, 0, 53, 0, 0, 0, 0, 0, 0 };
	/* a name server without an address; a name that is none */
	static const uint8_t server[] = { 0, 0, 53, 0, 0, 0, 0, 0 };
	static const uint8_t noname[] = { 3, 0 };
	/* a token of nobody; logged in, but nobody; nobody to change */
	static const uint8_t nobody[5 + 1 + TOKEN_LEN] = { 0, 0, 0, 0, 1 };
	static const uint8_t in[] = { 0, 0, LOGIN_OK, 0, 0 };
	static const uint8_t edit[] = { USER_DELETE, 0, 0, 0, 0, 0, 0 };
	static const uint8_t ban[1 + 4 + 8] = { 0 };
	/* a table without a name; nothing to look for in it */
	static const uint8_t table[1 + 8 + 1] = { 0 };
	static const uint8_t test[] = { 1, 'a' };
	union any            a;

	ATF_CHECK_EQ(-1,
	    decode(kind_of("session_open"), both, sizeof(both), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("session_open"), neither, sizeof(neither), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), empty, sizeof(empty), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), full, sizeof(full), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), other, sizeof(other), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), none, sizeof(none), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), mute, sizeof(mute), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), fault, sizeof(fault), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_answer"), nowhere, sizeof(nowhere), &a));
	ATF_CHECK_EQ(-1, decode(kind_of("dns"), server, sizeof(server), &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("name_resolve"), noname, sizeof(noname), &a));
	ATF_CHECK_EQ(-1, decode(kind_of("local_addr"), none + 3, 1, &a));
	ATF_CHECK_EQ(-1,
	    decode(kind_of("session_new"), nobody, sizeof(nobody), &a));
	ATF_CHECK_EQ(-1, decode(kind_of("session_user"), in, sizeof(in), &a));
	ATF_CHECK_EQ(-1, decode(kind_of("user_edit"), edit, sizeof(edit), &a));
	ATF_CHECK_EQ(-1, decode(kind_of("ban_row"), ban, sizeof(ban), &a));
	ATF_CHECK_EQ(-1, decode(kind_of("table_set"), table, 10, &a));
	ATF_CHECK_EQ(-1, decode(kind_of("table_edit"), table, 4, &a));
	ATF_CHECK_EQ(-1, decode(kind_of("table_list"), table, 9, &a));
	ATF_CHECK_EQ(-1, decode(kind_of("tested"), table, 2, &a));
	ATF_CHECK_EQ(-1, decode(kind_of("tested"), test, 2, &a));
}

ATF_TC(lengths_are_tight);
ATF_TC_HEAD(lengths_are_tight, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the lengths of the table are those of the shortest and the "
	    "longest encoding");
}
ATF_TC_BODY(lengths_are_tight, tc)
{
	const struct row *row;
	uint32_t          type;

	for (type = MSG_NONE + 1; type < MSG_MAX; type++) {
		ATF_REQUIRE((row = row_of(type)) != NULL);
		check_lengths(type, row->min, row->max);
	}
}

ATF_TC(items_fit);
ATF_TC_HEAD(items_fit, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the shortest list of the table is one item, and the longest item "
	    "fits where the header says so");
}
ATF_TC_BODY(items_fit, tc)
{
	uint8_t   data[MSG_PAYLOAD_MAX];
	union any a;

	ATF_CHECK_EQ(row_of(MSG_SESSION_CLOSED)->min,
	    make(kind_of("session_closed"), LARGEST, &a, data));
	ATF_CHECK_EQ(row_of(MSG_SESSION_MOVED)->min,
	    make(kind_of("session_moved"), LARGEST, &a, data));
	ATF_CHECK_EQ(row_of(MSG_UDP_COUNT)->min,
	    make(kind_of("udp_count"), LARGEST, &a, data));
	ATF_CHECK_EQ(row_of(MSG_SESSION_LOG)->min,
	    make(kind_of("session_log"), SMALLEST, &a, data));
	ATF_CHECK_EQ(row_of(MSG_STATS_RES)->max,
	    STATS_IDS_MAX * make(kind_of("session_stats"), LARGEST, &a, data));
	ATF_CHECK_EQ(FLOW_ID_LEN, make(kind_of("flow_id"), LARGEST, &a, data));
	ATF_CHECK_EQ(FLOW_STATS_LEN,
	    make(kind_of("flow_stats"), LARGEST, &a, data));
	ATF_CHECK_EQ(row_of(MSG_STATUS_RES)->max,
	    make(kind_of("status_row"), LARGEST, &a, data) +
		CHILDREN_MAX * make(kind_of("child_row"), LARGEST, &a, data));

	ATF_CHECK(make(kind_of("facts"), LARGEST, &a, data) <=
	    SESSION_FACTS_MAX);
	ATF_CHECK_EQ(row_of(MSG_FLOW_LOG)->min,
	    make(kind_of("flow_log"), SMALLEST, &a, data));
	ATF_CHECK(make(kind_of("flow_log"), LARGEST, &a, data) <= FLOW_LOG_MAX);
	ATF_CHECK(make(kind_of("session_log"), LARGEST, &a, data) <=
	    SESSION_LOG_MAX);
	ATF_CHECK(make(kind_of("test_row"), LARGEST, &a, data) <= TEST_ROW_MAX);
}

ATF_TC(all_types_have_codecs);
ATF_TC_HEAD(all_types_have_codecs, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each type is empty, raw, config or goes through the tests here");
}
ATF_TC_BODY(all_types_have_codecs, tc)
{
	unsigned int found, type;
	size_t       i, j;

	for (type = MSG_NONE + 1; type < MSG_MAX; type++) {
		found = row_of(type)->max == 0 ||
		    (type >= MSG_CONF_BEGIN && type <= MSG_CONF_END) ||
		    type == MSG_CHILD_SESSION_LINES || type == MSG_STATS_REQ ||
		    type == MSG_PACK || type == MSG_BULK ||
		    type == MSG_CHILD_KEY || type == MSG_QUOTA_ROWS ||
		    type == MSG_TABLE_TEST_REQ || type == MSG_TABLE_LIST_RES ||
		    type == MSG_TABLE_TEXT || type == MSG_CTL_TABLE_TEXT;
		for (i = 0; i < NKINDS; i++) {
			found += kinds[i].list == type;
			for (j = 0; kinds[i].types[j] != MSG_NONE; j++)
				found += kinds[i].types[j] == type;
		}
		ATF_CHECK_EQ_MSG(1, found, "%s", msg_name(type));
	}
}

ATF_TC(long_texts_are_cut);
ATF_TC_HEAD(long_texts_are_cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a log line, text or result that is too long arrives cut");
}
ATF_TC_BODY(long_texts_are_cut, tc)
{
	char        line[2 * MSG_TEXT_SIZE + LOG_LINE_MAX];
	uint8_t     data[MSG_PAYLOAD_MAX];
	struct wbuf w;
	union any   a;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	wbuf_init(&w, data, sizeof(data));
	msg_put_log(&w, LOG_LEVEL_INFO, line);
	ATF_REQUIRE_EQ(0, decode(kind_of("log"), data, w.len, &a));
	ATF_CHECK_EQ(LOG_LINE_MAX - 1, strlen(a.log.line));

	wbuf_init(&w, data, sizeof(data));
	msg_put_text(&w, line);
	ATF_REQUIRE_EQ(0, decode(kind_of("text"), data, w.len, &a));
	ATF_CHECK_EQ(MSG_TEXT_SIZE - 1, strlen(a.text.text));

	wbuf_init(&w, data, sizeof(data));
	msg_put_result(&w, RESULT_OK, line);
	ATF_REQUIRE_EQ(0, decode(kind_of("result"), data, w.len, &a));
	ATF_CHECK_EQ(MSG_TEXT_SIZE - 1, strlen(a.result.text));
}

ATF_TC(no_nul_in_texts);
ATF_TC_HEAD(no_nul_in_texts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a NUL inside a text is refused, inside a raw name or a password "
	    "it is not");
}
ATF_TC_BODY(no_nul_in_texts, tc)
{
	static const uint8_t text[] = { 0, 3, 'a', 0, 'b' };
	static const uint8_t job[] = { 0, 0, 3, 'a', 0, 'b' };
	static const uint8_t open[] = { 1, 0, 0, 80, 0, 3, 'a', 0, 'b' };
	union any            a;

	ATF_CHECK_EQ(-1, decode(kind_of("text"), text, sizeof(text), &a));
	ATF_REQUIRE_EQ(0,
	    decode(kind_of("session_open"), open, sizeof(open), &a));
	ATF_CHECK_EQ(3, a.session_open.namelen);
	ATF_CHECK(memcmp(a.session_open.name, open + 6, 3) == 0);
	ATF_REQUIRE_EQ(0, decode(kind_of("hash_job"), job, sizeof(job), &a));
	ATF_CHECK_EQ(3, a.hash_job.passlen);
	ATF_CHECK(memcmp(a.hash_job.pass, job + 3, 3) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, gate);
	ATF_TP_ADD_TC(tp, links);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, version);
	ATF_TP_ADD_TC(tp, secrets);
	ATF_TP_ADD_TC(tp, take_fd);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, every_cut_and_tail);
	ATF_TP_ADD_TC(tp, every_byte_change);
	ATF_TP_ADD_TC(tp, out_of_range);
	ATF_TP_ADD_TC(tp, instances);
	ATF_TP_ADD_TC(tp, contradictions);
	ATF_TP_ADD_TC(tp, lengths_are_tight);
	ATF_TP_ADD_TC(tp, items_fit);
	ATF_TP_ADD_TC(tp, all_types_have_codecs);
	ATF_TP_ADD_TC(tp, long_texts_are_cut);
	ATF_TP_ADD_TC(tp, no_nul_in_texts);
	return atf_no_error();
}
