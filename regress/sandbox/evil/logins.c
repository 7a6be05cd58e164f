/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Claims of a relay that somebody has logged in, checks that it may not have
 * made, and those who hash and check.
 */

#include <sys/socket.h>

#include <string.h>

#include "base/msg_login.h"
#include "evil.h"

#define PASSWORD "right password"

static void
check(struct channel *ch, uint64_t id, const struct token *t, const char *pass)
{
	struct msg_login_check c;
	struct wbuf            w;
	uint8_t                space[1024];

	memset(&c, 0, sizeof(c));
	c.token = *t;
	/* On a listener without logins there is none to be had. */
	if (c.token.client.af == AF_UNSPEC) {
		c.token.client.af = AF_INET;
		c.token.client.b[0] = 127;
		c.token.client.b[3] = 1;
	}
	c.userlen = 5;
	memcpy(c.user, "alice", 5);
	c.passlen = (uint8_t)strlen(pass);
	memcpy(c.pass, pass, c.passlen);
	wbuf_init(&w, space, sizeof(space));
	msg_put_login_check(&w, &c);
	(void)evil_raw_wbuf(ch, MSG_LOGIN_CHECK, id, &w);
}

/* Says to the router that the client was told so, an enum login_told. */
static void
claim(const struct evil *e, int login)
{
	struct wbuf w;
	uint8_t     space[512];

	evil_put_open(e, &w, space, sizeof(space));
	/* Command, address with its family, port; then the claim. */
	space[1 + 5 + 2] = (uint8_t)login;
	(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_SESSION_OPEN, e->id,
	    &w);
}

/* Nobody was asked. */
static void
claim_login(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_OK);
}

static void
claim_none(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NO);
}

static void
claim_nobody(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NOBODY);
}

static void
claim_unknown(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_MAX);
}

/* What auth says comes when the router already waits for it. */
static void
claim_before(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NOBODY);
	check(ch, e->id, &e->token, PASSWORD);
}

/* The answer to these is for on_login(). */
static void
check_empty(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, "");
}

static void
check_wrong(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, "wrong password");
}

static void
check_right(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, PASSWORD);
}

void
evil_on_login(void)
{
	struct channel *auth = evil.channel[PROC_AUTH];

	if (evil.done == 0)
		return;
	if (strncmp(evil.attack, "claim-", 6) == 0)
		claim(&evil, LOGIN_TOLD_OK);
	else if (strncmp(evil.attack, "hide-", 5) == 0)
		claim(&evil, LOGIN_TOLD_NO);
	else if (strncmp(evil.attack, "nobody-", 7) == 0)
		claim(&evil, LOGIN_TOLD_NOBODY);
	else if (strcmp(evil.attack, "check-again") == 0)
		check_right(&evil, auth);
}

static void
check_twice(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, "wrong password");
	check(ch, e->id, &e->token, PASSWORD);
}

/* The word on one session used for another, both of them our own. */
static void
check_swapped(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->other_token, PASSWORD);
}

static void
check_changed(struct evil *e, struct channel *ch)
{
	struct token t = e->token;

	t.tag[TOKEN_LEN - 1] ^= 1;
	check(ch, e->id, &t, PASSWORD);
}

/* As if the client were somewhere else, where nobody has failed yet. */
static void
check_moved(struct evil *e, struct channel *ch)
{
	struct token t = e->token;

	t.client.b[3] ^= 2;
	check(ch, e->id, &t, PASSWORD);
}

static void
check_foreign(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = e->id - 64; id != e->id + 64; id++) {
		if (id != e->id && id != e->other_id)
			check(ch, id, &e->token, PASSWORD);
	}
}

/* First opened as nobody, then somebody. */
static void
check_late(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NO);
	check(ch, e->id, &e->token, PASSWORD);
}

static void
hashed(struct channel *ch, uint64_t id, uint8_t match)
{
	struct wbuf w;
	uint8_t     space[8];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u8(&w, match);
	wbuf_u32(&w, 1);
	(void)evil_raw_wbuf(ch, MSG_HASH_DONE, id, &w);
}

static void
hashed_unasked(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = 0; id < 100; id++)
		hashed(ch, id, 1);
}

static void
hashed_other(struct evil *e, struct channel *ch)
{
	hashed(ch, e->id + 1, 1);
	hashed(ch, e->id - 1, 1);
}

static void
hashed_twice(struct evil *e, struct channel *ch)
{
	hashed(ch, e->id, 0);
	hashed(ch, e->id, 1);
}

static void
hashed_neither(struct evil *e, struct channel *ch)
{
	hashed(ch, e->id, 2);
}

static void
said(const struct evil *e, struct channel *ch, uint64_t id, unsigned int relay,
    enum login_status status)
{
	struct msg_session_user u;
	struct wbuf             w;
	uint8_t                 space[1024];

	memset(&u, 0, sizeof(u));
	u.relay = (uint16_t)relay;
	u.status = status;
	(void)strlcpy(u.user, "alice", sizeof(u.user));
	wbuf_init(&w, space, sizeof(space));
	msg_put_session_user(&w, &u);
	(void)evil_raw_wbuf(ch, MSG_SESSION_USER, id, &w);
}

/* Of relays that there are, and that there are not. */
static void
said_other(struct evil *e, struct channel *ch)
{
	unsigned int relay;

	for (relay = 0; relay < 2; relay++)
		said(e, ch, e->id, relay, LOGIN_WRONG_PASSWORD);
}

static void
said_far(struct evil *e, struct channel *ch)
{
	said(e, ch, e->id, RELAYS_MAX, LOGIN_OK);
	said(e, ch, e->id, UINT16_MAX, LOGIN_OK);
}

static void
said_unknown(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = e->id + 1000; id < e->id + 2000; id++)
		said(e, ch, id, 0, LOGIN_OK);
}

static void
said_nameless(struct evil *e, struct channel *ch)
{
	static const uint8_t ok[] = { 0, 0, LOGIN_OK, 0, 0 };

	(void)evil_raw(ch, MSG_SESSION_USER, e->id, ok, sizeof(ok));
}

const struct attack attacks_logins[] = {
	{ "claim", MSG_SESSION_OPEN, NEED_LOGIN, claim_login, NULL },
	{ "claim-anyway", MSG_SESSION_OPEN, NEED_SESSION, claim_login, NULL },
	{ "claim-none", MSG_SESSION_OPEN, NEED_LOGIN, claim_none, NULL },
	{ "claim-failed", MSG_SESSION_OPEN, NEED_LOGIN, check_wrong, NULL },
	{ "hide-failed", MSG_SESSION_OPEN, NEED_LOGIN, check_wrong, NULL },
	{ "hide-right", MSG_SESSION_OPEN, NEED_LOGIN, check_right, NULL },
	{ "claim-empty", MSG_SESSION_OPEN, NEED_LOGIN, check_empty, NULL },
	{ "hide-empty", MSG_SESSION_OPEN, NEED_LOGIN, check_empty, NULL },
	{ "nobody", MSG_SESSION_OPEN, NEED_LOGIN, claim_nobody, NULL },
	{ "nobody-anyway", MSG_SESSION_OPEN, NEED_SESSION, claim_nobody, NULL },
	{ "nobody-before", MSG_SESSION_OPEN, NEED_LOGIN, claim_before, NULL },
	{ "nobody-failed", MSG_SESSION_OPEN, NEED_LOGIN, check_wrong, NULL },
	{ "nobody-right", MSG_SESSION_OPEN, NEED_LOGIN, check_right, NULL },
	{ "nobody-empty", MSG_SESSION_OPEN, NEED_LOGIN, check_empty, NULL },
	{ "told-unknown", MSG_SESSION_OPEN, NEED_LOGIN, claim_unknown, NULL },
	{ "check-again", MSG_LOGIN_CHECK, NEED_LOGIN, check_wrong, NULL },
	{ "check-twice", MSG_LOGIN_CHECK, NEED_LOGIN, check_twice, NULL },
	{ "check-swapped", MSG_LOGIN_CHECK, NEED_SESSION, check_swapped, NULL },
	{ "check-changed", MSG_LOGIN_CHECK, NEED_LOGIN, check_changed, NULL },
	{ "check-moved", MSG_LOGIN_CHECK, NEED_LOGIN, check_moved, NULL },
	{ "check-foreign", MSG_LOGIN_CHECK, NEED_LOGIN, check_foreign, NULL },
	{ "check-late", MSG_LOGIN_CHECK, NEED_LOGIN, check_late, NULL },
	{ "check-anyway", MSG_LOGIN_CHECK, NEED_SESSION, check_right, NULL },
	{ "hashed-unasked", MSG_HASH_DONE, NEED_NOTHING, hashed_unasked, NULL },
	{ "hashed-other", MSG_HASH_DONE, NEED_QUESTION, hashed_other, NULL },
	{ "hashed-twice", MSG_HASH_DONE, NEED_QUESTION, hashed_twice, NULL },
	{ "hashed-neither", MSG_HASH_DONE, NEED_QUESTION, hashed_neither,
	    NULL },
	{ "said-other", MSG_SESSION_USER, NEED_QUESTION, said_other, NULL },
	{ "said-far", MSG_SESSION_USER, NEED_QUESTION, said_far, NULL },
	{ "said-unknown", MSG_SESSION_USER, NEED_QUESTION, said_unknown, NULL },
	{ "said-nameless", MSG_SESSION_USER, NEED_QUESTION, said_nameless,
	    NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
