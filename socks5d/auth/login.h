/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * One login that is not answered yet.
 *
 * Linked by auth alone.
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
	RB_ENTRY(login)		 bysession;
	TAILQ_ENTRY(login)	 entry;	/* of its job, or of those delayed */
	struct job		*job;	/* NULL once that is done */
	uint64_t		 session;
	uint16_t		 relay;
	struct addr		 client;
	struct share		*share;	/* of its source */
	struct logins		*delayed;	/* NULL, or the list it is in */
	enum login_status	 status;	/* delayed: what to answer */
	uint64_t		 due;		/* and when */
	uint8_t			 guess[MAC_LEN];
	uint8_t			 empty;		/* the password is */
	uint8_t			 guessed;	/* guess is there */
	uint8_t			 nobody;	/* was nobody's name then */
	uint8_t			 userlen;
	uint8_t			 user[LOGIN_FIELD_MAX];
};

RB_PROTOTYPE(login_tree, login, bysession, login_cmp)

#endif /* AUTH_LOGIN_H */
