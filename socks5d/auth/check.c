/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One login from question to answer: the router's word on the client, bans,
 * what is remembered, a hash if need be.
 *
 * Whether there is such a user, and whether he may log in, makes no difference
 * before the hash is there: nobody can tell by the time that it takes.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "auth/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/token.h"
#include "conf/conf.h"

/* A worker that takes longer than this for one password is broken. */
#define STUCK_MS 60000

/* Where there is no user at all: one of the default cost. */
#define NOBODYS_HASH                                                           \
	"$y$j9T$EoDFKpiTZfRMTBXJuiLbe/$"                                       \
	"1cCweNrQ8SZGDagOMf.SUp9S/weZn9PAaGLYhZqAnz/"

static struct login *login_new(struct auth *, unsigned int, uint64_t,
    const struct msg_login_check *);
static void          check_recall(struct auth *, struct login *,
	     const struct msg_login_check *);
static void          check_hash(struct auth *, struct login *, const uint8_t *,
	     const struct msg_login_check *);
static void check_mac(struct auth *, const struct msg_login_check *, uint8_t *);
static enum login_status check_guess(struct auth *, struct login *,
    const uint8_t *);
static const char       *check_setting(struct auth *, const struct login *);
static enum job_class    check_judge(void *, const struct login *);
static int               check_start(void *, unsigned int, uint64_t,
		  const struct msg_hash_job *);
static void              check_done(void *, struct login *, enum job_result);
static void check_fits(struct auth *, struct login *, const struct job *);
static void check_right(struct auth *, struct login *, struct user *);
static void check_fails(struct auth *, struct login *, enum login_status);
static void check_schedule(struct auth *);
static void check_timer_cb(evutil_socket_t, short, void *);

static const struct jobs_ops check_ops = {
	.judge = check_judge,
	.start = check_start,
	.done = check_done,
};

void
check_init(struct auth *a)
{
	uint8_t secret[MAC_SECRET_LEN];

	arc4random_buf(secret, sizeof(secret));
	mac_key(&a->recall_key, secret);
	arc4random_buf(secret, sizeof(secret));
	mac_key(&a->dummy_key, secret);
	arc4random_buf(secret, sizeof(secret));
	mac_key(&a->guess_key, secret);
	explicit_bzero(secret, sizeof(secret));
	a->jobs = jobs_new(&check_ops, a);
	a->job_timer = evtimer_new(a->role.base, check_timer_cb, a);
	if (a->jobs == NULL || a->job_timer == NULL)
		fatalx("auth: memory");
}

void
check_begin(struct auth *a, struct peer *from, uint64_t session,
    const struct msg_login_check *c)
{
	struct login *l, key;
	unsigned int  relay = channel_instance(peer_channel(from));

	if (a->have_key == 0 ||
	    token_valid(&a->token_key, session, relay, &c->token) == 0) {
		role_bad_peer(&a->role, from,
		    "login-check with an invalid token");
		return;
	}
	key.session = session;
	if (RB_FIND(login_tree, &a->logins, &key) != NULL) {
		role_bad_peer(&a->role, from, "duplicate login-check");
		return;
	}
	if ((l = login_new(a, relay, session, c)) == NULL) {
		if (errno == ENOMEM)
			log_warn("auth: out of memory: login refused");
		answer_busy(a, relay, session);
		return;
	}
	if (failure_source_banned(a, l, clock_ms()))
		check_fails(a, l, LOGIN_BANNED);
	else
		check_recall(a, l, c);
	check_schedule(a);
}

void
check_hashed(struct auth *a, struct peer *from, const struct msg *m)
{
	struct msg_hash_done d;
	unsigned int         worker = channel_instance(peer_channel(from));

	if (msg_get_hash_done(m, &d) == -1) {
		role_bad_peer(&a->role, from, "malformed hash-done");
		return;
	}
	role_count(&a->role, COUNTER_HASHES);
	a->role.counters.v[COUNTER_HASH_MICROSECONDS] += d.us;
	if (jobs_answer(a->jobs, worker, m->id, d.match, clock_ms()) == -1)
		role_bad_peer(&a->role, from, "unsolicited hash-done");
	check_schedule(a);
}

void
check_set_workers(struct auth *a, unsigned int n)
{
	jobs_set_workers(a->jobs, n, clock_ms());
	check_schedule(a);
}

void
check_worker_up(struct auth *a, unsigned int worker)
{
	jobs_worker_up(a->jobs, worker, clock_ms());
	check_schedule(a);
}

void
check_worker_down(struct auth *a, unsigned int worker)
{
	jobs_worker_down(a->jobs, worker, clock_ms());
	check_schedule(a);
}

/* Its sessions have ended, and its successor knows none of them. */
void
check_drop_relay(struct auth *a, unsigned int relay)
{
	struct login *l, *next;

	RB_FOREACH_SAFE(l, login_tree, &a->logins, next) {
		if (l->relay != relay)
			continue;
		if (l->job != NULL)
			jobs_leave(a->jobs, l);
		answer_forget(a, l);
	}
	check_schedule(a);
}

/* A new router knows no session that was being checked. */
void
check_drop_all(struct auth *a)
{
	struct login *l;

	while ((l = RB_ROOT(&a->logins)) != NULL) {
		if (l->job != NULL)
			jobs_leave(a->jobs, l);
		answer_forget(a, l);
	}
	check_schedule(a);
}

static struct login *
login_new(struct auth *a, unsigned int relay, uint64_t session,
    const struct msg_login_check *c)
{
	struct share_key source;
	struct login    *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	share_key_source(&source, &c->token.client);
	if ((l->share = share_take(&a->shares, &source, SIZE_MAX)) == NULL) {
		free(l);
		return NULL;
	}
	l->session = session;
	l->relay = (uint16_t)relay;
	l->client = c->token.client;
	l->empty = c->passlen == 0;
	l->userlen = c->userlen;
	memcpy(l->user, c->user, c->userlen);
	(void)RB_INSERT(login_tree, &a->logins, l);
	return l;
}

/*
 * Who has been right lately is not hashed again, and is not kept out by what
 * others do to his name.
 */
static void
check_recall(struct auth *a, struct login *l, const struct msg_login_check *c)
{
	const struct user_entry *e;
	struct user             *u;
	enum login_status        status;
	uint8_t                  tag[MAC_LEN];

	check_mac(a, c, tag);
	u = userdb_find(a->users, l->user, l->userlen);
	if (u != NULL && recall_login(&u->recall, tag, clock_ms())) {
		e = userdb_entry(a->users, u);
		if (check_allowed(e, &l->client) == LOGIN_OK) {
			role_count(&a->role, COUNTER_LOGINS_CACHED);
			check_right(a, l, u);
			return;
		}
	}
	if (check_judge(a, l) == JOB_REFUSED)
		check_fails(a, l, LOGIN_BANNED);
	else if ((status = check_guess(a, l, tag)) != LOGIN_OK)
		check_fails(a, l, status);
	else if (l->empty && !failure_empty_room(a, l, clock_ms()))
		check_fails(a, l, LOGIN_BANNED);
	else
		check_hash(a, l, tag, c);
}

/*
 * The same as before from there is still wrong, or right for somebody who may
 * not log in: LOGIN_OK if it has to be hashed.  What it is compared with is
 * part of what is remembered; for a name that is nobody's that is nothing.
 */
static enum login_status
check_guess(struct auth *a, struct login *l, const uint8_t *tag)
{
	const struct user_entry *e = NULL;
	const struct user       *u;
	const char              *hash = "";
	uint8_t                  what[SOURCE_KEY_LEN + MAC_LEN];
	struct source_key        k;

	if ((u = userdb_find(a->users, l->user, l->userlen)) != NULL) {
		e = userdb_entry(a->users, u);
		hash = e->hash;
	}
	source_key(&l->client, &k);
	memcpy(what, k.b, SOURCE_KEY_LEN);
	memcpy(what + SOURCE_KEY_LEN, tag, MAC_LEN);
	mac(&a->guess_key, what, sizeof(what), hash, strlen(hash), l->guess);
	l->guessed = 1;
	l->nobody = e == NULL;
	switch (guesses_find(a->guesses, l->guess, clock_ms())) {
	case GUESS_WRONG:
		return e == NULL ? LOGIN_UNKNOWN_USER : LOGIN_WRONG_PASSWORD;
	case GUESS_RIGHT:
		return e == NULL ? LOGIN_OK : check_allowed(e, &l->client);
	case GUESS_NEW:
		break;
	}
	return LOGIN_OK;
}

static void
check_hash(struct auth *a, struct login *l, const uint8_t *tag,
    const struct msg_login_check *c)
{
	struct msg_hash_job job;
	uint64_t            now = clock_ms();

	memset(&job, 0, sizeof(job));
	(void)strlcpy(job.hash, check_setting(a, l), sizeof(job.hash));
	job.passlen = c->passlen;
	memcpy(job.pass, c->pass, c->passlen);
	jobs_add(a->jobs, l, tag, &job, now + a->role.conf->set.handshake_ms,
	    now);
	explicit_bzero(&job, sizeof(job));
}

/* Of the name with its length before it, and the password. */
static void
check_mac(struct auth *a, const struct msg_login_check *c, uint8_t *tag)
{
	uint8_t name[1 + LOGIN_FIELD_MAX];

	name[0] = c->userlen;
	memcpy(&name[1], c->user, c->userlen);
	mac(&a->recall_key, name, 1 + (size_t)c->userlen, c->pass, c->passlen,
	    tag);
}

/*
 * The hash to compare with.  For a name that is nobody's it is somebody's,
 * always the same, so that it takes as long as it would if he were there.
 */
static const char *
check_setting(struct auth *a, const struct login *l)
{
	const struct user *u;
	uint8_t            tag[MAC_LEN];
	uint64_t           n;

	if ((u = userdb_find(a->users, l->user, l->userlen)) != NULL)
		return userdb_entry(a->users, u)->hash;
	if (a->users->file == NULL || a->users->file->nusers == 0)
		return NOBODYS_HASH;
	mac(&a->dummy_key, l->user, l->userlen, NULL, 0, tag);
	memcpy(&n, tag, sizeof(n));
	return a->users->file->user[n % a->users->file->nusers].hash;
}

enum login_status
check_allowed(const struct user_entry *e, const struct addr *client)
{
	if (e->disabled)
		return LOGIN_DISABLED;
	if (e->expires != 0 && (int64_t)time(NULL) >= e->expires)
		return LOGIN_EXPIRED;
	if (user_entry_from(e, client) == 0)
		return LOGIN_WRONG_SOURCE;
	return LOGIN_OK;
}

static enum job_class
check_judge(void *arg, const struct login *l)
{
	struct auth *a = arg;
	uint64_t     now = clock_ms();

	if (failure_source_banned(a, l, now))
		return JOB_REFUSED;
	if (failure_known(a, l, now))
		return failure_recent(a, l, now) > 0 ? JOB_CLEAN : JOB_KNOWN;
	if (failure_name_banned(a, l, now))
		return JOB_REFUSED;
	return failure_suspect(a, l, now) ? JOB_SUSPECT : JOB_CLEAN;
}

static int
check_start(void *arg, unsigned int worker, uint64_t id,
    const struct msg_hash_job *job)
{
	struct auth *a = arg;
	uint8_t      data[sizeof(*job) + 8];
	struct wbuf  b;
	int          error;

	wbuf_init(&b, data, sizeof(data));
	msg_put_hash_job(&b, job);
	error = role_send(&a->role, PROC_HASH, worker, MSG_HASH_JOB, id, &b,
	    -1);
	explicit_bzero(data, sizeof(data));
	return error;
}

static void
check_done(void *arg, struct login *l, enum job_result result)
{
	struct auth *a = arg;
	struct job  *job = l->job;

	l->job = NULL;
	switch (result) {
	case JOB_FITS:
		check_fits(a, l, job);
		return;
	case JOB_DIFFERS:
		if (userdb_find(a->users, l->user, l->userlen) == NULL)
			check_fails(a, l, LOGIN_UNKNOWN_USER);
		else
			check_fails(a, l, LOGIN_WRONG_PASSWORD);
		return;
	case JOB_BANNED:
		check_fails(a, l, LOGIN_BANNED);
		return;
	case JOB_LOST:
		check_fails(a, l, LOGIN_BUSY);
		return;
	}
}

/*
 * The file of users may be another than when it began.  What fitted is then no
 * wrong guess to remember, as the hash may come back.
 */
static void
check_fits(struct auth *a, struct login *l, const struct job *job)
{
	const struct user_entry *e;
	struct user             *u;
	enum login_status        status;

	u = userdb_find(a->users, l->user, l->userlen);
	if (u == NULL) {
		l->guessed &= l->nobody;
		check_fails(a, l, LOGIN_UNKNOWN_USER);
		return;
	}
	e = userdb_entry(a->users, u);
	if (strcmp(e->hash, job->hash.hash) != 0) {
		l->guessed &= l->nobody;
		check_fails(a, l, LOGIN_WRONG_PASSWORD);
		return;
	}
	if ((status = check_allowed(e, &l->client)) != LOGIN_OK) {
		check_fails(a, l, status);
		return;
	}
	if (a->role.conf->set.auth_cache_ms != 0)
		recall_put_login(&u->recall, job->mac,
		    clock_ms() + a->role.conf->set.auth_cache_ms);
	check_right(a, l, u);
}

/* From now on the user is known there, whether it was hashed or remembered. */
static void
check_right(struct auth *a, struct login *l, struct user *u)
{
	struct addr source;

	u->logins++;
	source_of(&l->client, &source);
	recall_put_source(&u->recall, &source, clock_ms());
	answer_ok(a, l, userdb_entry(a->users, u));
}

/* What was not looked at is not counted as a failure of anybody. */
static void
check_fails(struct auth *a, struct login *l, enum login_status status)
{
	struct user *u;
	uint64_t     now = clock_ms();
	uint32_t     recent;

	if (status == LOGIN_BUSY) {
		answer_failure(a, l, status, 0);
		return;
	}
	if (l->empty &&
	    (status == LOGIN_BANNED || status == LOGIN_UNKNOWN_USER ||
		status == LOGIN_WRONG_PASSWORD)) {
		failure_empty(a, l, status, now);
		answer_empty(a, l);
		return;
	}
	if (status != LOGIN_BANNED) {
		u = userdb_find(a->users, l->user, l->userlen);
		if (u != NULL)
			u->failures++;
		failure_count(a, l, status, now);
	}
	recent = failure_recent(a, l, now);
	/* What was made before may be known for longer than it counts. */
	if (recent == 0 && a->role.conf->set.throttle_failures != 0)
		recent = 1;
	answer_failure(a, l, status, recent);
}

/* Looks after jobs once a second while there are any. */
static void
check_schedule(struct auth *a)
{
	struct timeval tv = { 1, 0 };

	a->role.counters.v[COUNTER_LOGINS_WAITING] = jobs_waiting(a->jobs);
	if (jobs_any(a->jobs) == 0)
		(void)evtimer_del(a->job_timer);
	else if (evtimer_pending(a->job_timer, NULL) == 0)
		(void)evtimer_add(a->job_timer, &tv);
}

static void
check_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct auth *a = arg;
	struct peer *p;
	uint64_t     now = clock_ms();
	int          worker;

	jobs_expire(a->jobs, now);
	if ((worker = jobs_stuck(a->jobs, STUCK_MS, now)) != -1 &&
	    (p = role_peer(&a->role, PROC_HASH, (unsigned int)worker)) != NULL)
		role_bad_peer(&a->role, p, "no hash-done in a minute");
	check_schedule(a);
}
