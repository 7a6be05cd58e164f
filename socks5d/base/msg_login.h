/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages about logins and users.
 *
 * Pure codec.  Rules as in msg_codec.h: get functions return -1 if the payload
 * is not exactly right.  Those whose types are secret (see msg.c) leave copies
 * only in the struct, which its owner wipes.
 */

#ifndef BASE_MSG_LOGIN_H
#define BASE_MSG_LOGIN_H

#include "base/login.h"
#include "base/msg_codec.h"

/* What libcrypt makes of a password, with its NUL: CRYPT_OUTPUT_SIZE. */
#define HASH_SETTING_SIZE 384

/* The options of a user's line, with the NUL. */
#define USER_OPTIONS_SIZE 1024

/* Of other payloads; the address is always set. */
void token_put(struct wbuf *, const struct token *);
void token_get(struct rbuf *, struct token *);

/* MSG_LOGIN_CHECK (id is the session's): any bytes, RFC 1929. */
struct msg_login_check {
	struct token token;
	uint8_t      userlen;
	uint8_t      passlen;
	uint8_t      user[LOGIN_FIELD_MAX];
	uint8_t      pass[LOGIN_FIELD_MAX];
};

void msg_put_login_check(struct wbuf *, const struct msg_login_check *);
int  msg_get_login_check(const struct msg *, struct msg_login_check *);

/* MSG_LOGIN_DONE (id is the session's): msg_put_u32() of a login_told. */

/*
 * MSG_SESSION_USER (id is the session's): which relay asked, how the login
 * ended and, if it did well, who it is.  The name is also there if it did not,
 * for the log, with a NUL in it shown as "?".
 */
struct msg_session_user {
	uint16_t          relay;
	enum login_status status; /* never LOGIN_NONE */
	char              user[LOGIN_NAME_SIZE];
	unsigned int      ngroups;
	char              group[LOGIN_GROUPS_MAX][LOGIN_GROUP_SIZE];
};

void msg_put_session_user(struct wbuf *, const struct msg_session_user *);
int  msg_get_session_user(const struct msg *, struct msg_session_user *);

/* MSG_HASH_JOB (id is auth's): the hash is one of libcrypt. */
struct msg_hash_job {
	char    hash[HASH_SETTING_SIZE];
	uint8_t passlen;
	uint8_t pass[LOGIN_FIELD_MAX];
};

/* MSG_HASH_DONE (the job's id): whether it fits, and what that took. */
struct msg_hash_done {
	uint8_t  match;
	uint32_t us; /* microseconds */
};

void msg_put_hash_job(struct wbuf *, const struct msg_hash_job *);
int  msg_get_hash_job(const struct msg *, struct msg_hash_job *);
void msg_put_hash_done(struct wbuf *, const struct msg_hash_done *);
int  msg_get_hash_done(const struct msg *, struct msg_hash_done *);

/*
 * MSG_CTL_USER and MSG_USER_REQ: a change of the file of users.  What an
 * operation does not need is empty: add takes hash and options, passwd the
 * hash, set options that replace those of their kind, the others neither.
 */
enum user_op {
	USER_ADD,
	USER_PASSWD,
	USER_DELETE,
	USER_DISABLE,
	USER_ENABLE,
	USER_SET,
	USER_OP_MAX,
};

struct msg_user_edit {
	enum user_op op;
	char         name[LOGIN_NAME_SIZE]; /* not empty */
	char         hash[HASH_SETTING_SIZE];
	char         options[USER_OPTIONS_SIZE];
	uint8_t      kill; /* end the user's sessions, too */
};

void msg_put_user_edit(struct wbuf *, const struct msg_user_edit *);
int  msg_get_user_edit(const struct msg *, struct msg_user_edit *);

/*
 * MSG_CONF_USERS, MSG_USERS_SET: the path of the file, for complaints, which
 * is msg_put_text().  MSG_USERS_RES, MSG_USER_RES: msg_put_result().
 * MSG_UNBAN_RES, MSG_KILL_USER_RES: msg_put_u32() of how many.
 */
struct user_row {
	char     name[LOGIN_NAME_SIZE];
	char     method[16]; /* "yescrypt" */
	char     options[USER_OPTIONS_SIZE];
	uint8_t  cached; /* a login is remembered */
	uint64_t logins; /* since the start */
	uint64_t failures;
};

struct ban_row {
	char     what[LOGIN_NAME_SIZE]; /* "192.0.2.1", "user alice" */
	char     at[PREFIX_STRLEN];     /* a user there only */
	uint32_t failures;
	uint64_t left_ms;
};

void user_row_put(struct wbuf *, const struct user_row *);
int  user_row_get(struct rbuf *, struct user_row *);
void ban_row_put(struct wbuf *, const struct ban_row *);
int  ban_row_get(struct rbuf *, struct ban_row *);

/*
 * MSG_CTL_UNBAN, MSG_UNBAN_REQ: what a ban_row says, or "all".
 * MSG_KILL_USER_REQ: the name.
 */
void msg_put_name(struct wbuf *, const char *);
int  msg_get_name(const struct msg *, char *, size_t);

#endif /* BASE_MSG_LOGIN_H */
