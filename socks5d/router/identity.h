/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who the client of a session is.
 *
 * The relay in between only tells that its client was told of a login; that
 * counts for nothing until auth has said whose: login.h.
 */

#ifndef ROUTER_IDENTITY_H
#define ROUTER_IDENTITY_H

#include "base/login.h"

struct msg;
struct peer;
struct router;
struct session;
struct token;

/* What auth said of a client. */
struct identity {
	char         user[LOGIN_NAME_SIZE]; /* as asked for, if it failed */
	unsigned int ngroups;
	char         group[][LOGIN_GROUP_SIZE];
};

/* MSG_CHILD_KEY: of the tokens. */
void identity_on_key(void *, struct peer *, struct msg *);

/* The token that tells auth where this client comes from. */
void identity_sign(struct router *, const struct session *, struct token *);

/* Who logs in as that, if auth is right; NULL if memory is short. */
struct identity *identity_make(const char *, unsigned int,
    const char (*)[LOGIN_GROUP_SIZE]);

/* The user of a session that outlived the router which knew him. */
void identity_adopt(struct session *, const char *);

/* Auth says that he has these groups now. */
void identity_regroup(struct session *, unsigned int,
    const char (*)[LOGIN_GROUP_SIZE]);

/* Who the client is; NULL if it has not logged in. */
const struct identity *identity_of(const struct session *);

/* For log and lists: also of a login that failed; "" if there was none. */
const char *identity_name(const struct session *);

/*
 * Some programs always offer to log in, and say whose computer it is, with an
 * empty password, where they have no login.  They are served as those who do
 * not offer it.
 */
int identity_is_nobody(const struct session *);

/* True if what the client was told of its login is what auth said. */
int identity_admits(const struct session *, int told);

#endif /* ROUTER_IDENTITY_H */
