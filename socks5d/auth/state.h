/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the files of auth share.
 */

#ifndef AUTH_STATE_H
#define AUTH_STATE_H

#include "auth/guess.h"
#include "auth/jobs.h"
#include "auth/login.h"
#include "auth/throttle.h"
#include "auth/userdb.h"
#include "base/mac.h"
#include "base/role.h"
#include "base/share.h"

struct event;

/*
 * Logins that are not answered yet, whether their clients still wait or not:
 * those with the answer delayed, too.  One source has no more than an eighth
 * of what is free.
 */
#define LOGINS_MAX  4096
#define LOGINS_PART 8

/* A failed login is answered after 250 ms, 500 ms .. 4 s: so many steps. */
#define DELAY_STEPS 5

struct auth {
	struct role       role;
	struct userdb    *users;
	struct userdb    *next_users; /* of the config to come */
	struct throttle  *sources;    /* by masked address */
	struct throttle  *names;      /* of users, also unknown */
	struct throttle  *pairs;      /* a user where he is known */
	struct throttle  *empties;    /* hashed, by source */
	struct guesses   *guesses;    /* that were wrong lately */
	struct jobs      *jobs;
	struct login_tree logins; /* that are not answered */
	struct shares     shares; /* of them, by source */
	struct logins     delayed[DELAY_STEPS];
	struct event     *delay_timer;
	struct event     *job_timer;
	struct mac_key    token_key;  /* of the router's word */
	struct mac_key    recall_key; /* of passwords */
	struct mac_key    dummy_key;  /* of names */
	struct mac_key    guess_key;  /* of guesses */
	int               have_key;
};

/* check.c: a login from question to answer. */
void check_init(struct auth *);
void check_begin(struct auth *, struct peer *, uint64_t session,
    const struct msg_login_check *);
void check_hashed(struct auth *, struct peer *, const struct msg *);
void check_set_workers(struct auth *, unsigned int);
void check_worker_up(struct auth *, unsigned int);
void check_worker_down(struct auth *, unsigned int);
void check_drop_relay(struct auth *, unsigned int);
void check_drop_all(struct auth *);

/* Whether this user may log in from there, with the right password. */
enum login_status check_allowed(const struct user_entry *,
    const struct addr *client);

/* answer.c: what is said of it, and when. */
void answer_init(struct auth *);
void answer_ok(struct auth *, struct login *, const struct user_entry *);
void answer_failure(struct auth *, struct login *, enum login_status,
    uint32_t failures);

/* An empty password, which is the user's in no case. */
void answer_empty(struct auth *, struct login *);

/* A no at once, if the login cannot even be taken. */
void answer_busy(struct auth *, unsigned int relay, uint64_t session);

/* The login is in no list any more, answered or not. */
void answer_forget(struct auth *, struct login *);

/* failure.c: keys of the throttle, what fails and is banned. */
#define SOURCE_KEY_LEN 17

/* Behind it the name. */
#define PAIR_KEY_MAX (SOURCE_KEY_LEN + LOGIN_FIELD_MAX)

struct source_key {
	uint8_t b[SOURCE_KEY_LEN];
};

/* What counts as one client: an IPv4 address or a /64. */
void source_of(const struct addr *client, struct addr *source);
void source_key(const struct addr *client, struct source_key *);

/* Whether this user has logged in from there lately. */
int failure_known(const struct auth *, const struct login *, uint64_t);

/*
 * What is banned is not looked at: by its source, or for a user who is known
 * there by what was guessed of him there; and, unless he is, by its name.
 */
int failure_source_banned(struct auth *, const struct login *, uint64_t);
int failure_name_banned(struct auth *, const struct login *, uint64_t);

/* Which of them it is, and how long it lasts. */
enum login_ban failure_ban(struct auth *, const struct login *, uint64_t now,
    uint64_t *left);
uint32_t       failure_recent(struct auth *, const struct login *, uint64_t);
int            failure_suspect(struct auth *, const struct login *, uint64_t);

/* One more guess of that source and user, unless it was made before. */
void failure_count(struct auth *, const struct login *, enum login_status,
    uint64_t);

/*
 * An empty password is no guess and bans nobody.  It is remembered as others
 * are; and no more of one source are hashed than guesses would be, but for
 * users who are known there, whose empty password may be right each time.
 */
int  failure_empty_room(struct auth *, const struct login *, uint64_t);
void failure_empty(struct auth *, const struct login *, enum login_status,
    uint64_t);

/* "192.0.2.1", "2001:db8::/64". */
char *source_print(const uint8_t *key, char *, size_t);

/*
 * What is banned, as the log has it, from the key of a source, of a name or of
 * both: "192.0.2.1", "user alice", "user alice at 192.0.2.1".  Either may be
 * NULL.
 */
#define BAN_TEXT_SIZE (4 * LOGIN_FIELD_MAX + 80)

char *ban_print(const uint8_t *source, const uint8_t *name, size_t namelen,
    char *, size_t);

/* report.c: what control asks. */
void report_list(struct auth *, struct peer *, const struct msg *);
void report_unban(struct auth *, struct peer *, const struct msg *);
void report_who(struct auth *, struct peer *, const struct msg *);

#endif /* AUTH_STATE_H */
