/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One login that is not answered yet.
 */

#ifndef AUTH_LOGIN_H
#define AUTH_LOGIN_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/login.h"
#include "base/mac.h"
#include "base/share.h"

struct job;

TAILQ_HEAD(logins, login);
RB_HEAD(login_tree, login);

/*
 * It is in the tree of all until it is answered, and either in its job or
 * delayed.
 */
struct login {
	RB_ENTRY(login)    bysession;
	TAILQ_ENTRY(login) entry; /* of its job, or of those delayed */
	struct job        *job;   /* NULL once that is done */
	uint64_t           session;
	uint16_t           relay;
	struct addr        client;
	struct share      *share;   /* of its source */
	struct logins     *delayed; /* NULL, or the list it is in */
	enum login_status  status;  /* delayed: what to answer */
	uint64_t           due;     /* and when */
	uint8_t            guess[MAC_LEN];
	uint8_t            empty;   /* the password is */
	uint8_t            guessed; /* guess is there */
	uint8_t            nobody;  /* was nobody's name then */
	uint8_t            userlen;
	uint8_t            user[LOGIN_FIELD_MAX];
};

RB_PROTOTYPE(login_tree, login, bysession, login_cmp)

#endif /* AUTH_LOGIN_H */
