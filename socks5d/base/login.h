/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words for logins (RFC 1929) that several roles share.
 *
 * Pure.
 */

#ifndef BASE_LOGIN_H
#define BASE_LOGIN_H

/* What a listener wants of its clients: "auth" in its line. */
enum auth_mode {
	AUTH_MODE_NONE,     /* method 0 only */
	AUTH_MODE_OPTIONAL, /* method 2 if the client offers it, else 0 */
	AUTH_MODE_REQUIRED, /* method 2 only */
	AUTH_MODE_MAX,
};

/* How a login ended.  The client hears whether it is LOGIN_OK, no more. */
enum login_status {
	LOGIN_NONE, /* there was none */
	LOGIN_OK,
	LOGIN_UNKNOWN_USER,
	LOGIN_WRONG_PASSWORD,
	LOGIN_DISABLED,
	LOGIN_EXPIRED,
	LOGIN_WRONG_SOURCE, /* not an address that the user may use */
	LOGIN_BANNED,       /* too many have failed: not looked at */
	LOGIN_BUSY,         /* too many wait to be checked */
	LOGIN_EMPTY,        /* an empty password, which is not the user's */
	LOGIN_MAX,
};

/* What keeps a login from being looked at, see auth/failure.c. */
enum login_ban {
	LOGIN_BAN_NONE,
	LOGIN_BAN_SOURCE, /* of all who are not known there */
	LOGIN_BAN_USER,   /* wherever the user is not known */
	LOGIN_BAN_THERE,  /* of a user at a source that knows the user */
	LOGIN_BAN_MAX,
};

/* What the relay is told of it, and what it tells the router. */
enum login_told {
	LOGIN_TOLD_NO, /* of a request: there was no login */
	LOGIN_TOLD_OK,
	LOGIN_TOLD_NOBODY, /* LOGIN_EMPTY: a stranger, where they may be */
	LOGIN_TOLD_MAX,
};

/* Bytes of a user's name or password in RFC 1929; names with a NUL. */
#define LOGIN_FIELD_MAX 255
#define LOGIN_NAME_SIZE (LOGIN_FIELD_MAX + 1)

/* Of one user, with its NUL. */
#define LOGIN_GROUPS_MAX 16
#define LOGIN_GROUP_SIZE 32

const char *auth_mode_name(enum auth_mode); /* "optional" */

/* For the log: "wrong password". */
const char *login_status_name(enum login_status);

#endif /* BASE_LOGIN_H */
