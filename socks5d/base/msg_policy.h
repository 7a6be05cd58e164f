/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages about what rules do with sessions: sockets of a
 * class, the second look at sessions after a reload, and "socks5ctl test".
 *
 * Pure codec.  Rules as in msg_codec.h: get functions return -1 if the payload
 * is not exactly right.
 */

#ifndef BASE_MSG_POLICY_H
#define BASE_MSG_POLICY_H

#include <stdint.h>

#include "base/login.h"
#include "base/msg_codec.h"

/* CONF_INTERFACE_SIZE */
#define SOCKET_INTERFACE_SIZE 16

/* What only the parent can do to a socket; none of it is no class. */
struct socket_class {
	uint8_t  has_mark;
	uint8_t  has_rtable;
	uint32_t mark; /* 0 unless it has one */
	uint32_t rtable;
	char     interface[SOCKET_INTERFACE_SIZE]; /* "" any */
};

/*
 * MSG_SOCKET_WANT (id is the router's): one for TCP or UDP, of a class that
 * the config names.  MSG_SOCKET brings it, without a payload;
 * MSG_SOCKET_FAILED says why not: msg_put_u32() of an errno.
 */
struct msg_socket_want {
	struct socket_class class;
	uint8_t inet6; /* else IPv4 */
	uint8_t udp;   /* else TCP */
};

void msg_put_socket_want(struct wbuf *, const struct msg_socket_want *);
int  msg_get_socket_want(const struct msg *, struct msg_socket_want *);

/*
 * MSG_CTL_REVOKE, MSG_REVOKE_REQ, MSG_REVOKE have no payload.  How many
 * sessions were judged again, and how many of them are ended for it.
 */
struct msg_revoked {
	uint32_t judged;
	uint32_t ended;
};

void msg_put_revoked(struct wbuf *, const struct msg_revoked *);
int  msg_get_revoked(const struct msg *, struct msg_revoked *);

/*
 * MSG_WHO_REQ (id is the asker's): who would this be who logs in from there,
 * if the password were right.  MSG_WHO_RES: never LOGIN_NONE; groups only if
 * it is LOGIN_OK.
 */
struct msg_who_req {
	struct addr from;                  /* set */
	char        user[LOGIN_NAME_SIZE]; /* not empty */
};

struct msg_who_res {
	enum login_status status;
	enum login_ban    ban;    /* whatever the status */
	uint64_t          ban_ms; /* how long it lasts */
	unsigned int      ngroups;
	char              group[LOGIN_GROUPS_MAX][LOGIN_GROUP_SIZE];
};

void msg_put_who_req(struct wbuf *, const struct msg_who_req *);
int  msg_get_who_req(const struct msg *, struct msg_who_req *);
void msg_put_who_res(struct wbuf *, const struct msg_who_res *);
int  msg_get_who_res(const struct msg *, struct msg_who_res *);

/*
 * MSG_CTL_TEST and, with what auth says, MSG_TEST_REQ: a request to try.  In
 * the first the login is LOGIN_NONE.
 */
struct msg_test {
	struct addr             from;   /* set */
	char                    on[32]; /* a listener; "" the first */
	char                    user[LOGIN_NAME_SIZE]; /* "" without login */
	struct msg_who_res      login; /* LOGIN_NONE: not known */
	struct msg_session_open open;
};

void msg_put_test(struct wbuf *, const struct msg_test *);
int  msg_get_test(const struct msg *, struct msg_test *);

/*
 * MSG_TEST_RES: a byte "more" (answers with further rows follow), then rows;
 * MSG_CTL_TEST_ROW is one of them.  First facts of the request, then for each
 * address itself, facts of it and the rules that matched, in this order; at
 * last the result and facts of it.
 */
enum test_kind {
	TEST_FACT,    /* key and text, and fields of it */
	TEST_ADDRESS, /* addr (AF_UNSPEC: by name), verdict, rule */
	TEST_RULE,    /* a rule that matched */
	TEST_RESULT,  /* verdict, cause, rep, text */
	TEST_KIND_MAX,
};

enum test_verdict {
	TEST_PASS,
	TEST_BLOCK,
	TEST_DROP,
	TEST_FAIL, /* nobody forbids it, but it cannot be done */
	TEST_VERDICT_MAX,
};

struct test_row {
	enum test_kind     kind;
	enum test_verdict  verdict;
	struct addr        addr;
	uint32_t           number; /* of the rule; RULE_NONE */
	enum session_cause cause;
	uint8_t            rep; /* REP_NONE: no answer */
	char               key[16];
	char               where[256]; /* file:line; "" no rule */
	char               text[RULE_TEXT_SIZE];
	char               fields[256]; /* "name=text", "name#number" */
};                                      /*   on lines of their own */

/* Most bytes of one packed row. */
#define TEST_ROW_MAX 4736

void test_row_put(struct wbuf *, const struct test_row *);
int  test_row_get(struct rbuf *, struct test_row *);

/* For people and JSON: "pass". */
const char *test_verdict_name(enum test_verdict);

#endif /* BASE_MSG_POLICY_H */
