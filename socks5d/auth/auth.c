/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The auth process: reads the users, answers relays and control.
 *
 * It is the only one with the hashes; those who check a password get one of
 * them at a time.  Clear-text passwords are wiped as soon as they are checked.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "conf/wire.h"

static int  auth_prepare(void *, struct conf *, char *, size_t);
static void auth_abort(void *);
static void auth_commit(void *, struct conf *);
static void auth_peer_up(void *, struct peer *);
static void auth_peer_down(void *, enum proc_id, unsigned int);
static void auth_peer_drained(void *, struct peer *);
static void auth_on_key(void *, struct peer *, struct msg *);
static void auth_on_check(void *, struct peer *, struct msg *);
static void auth_on_hashed(void *, struct peer *, struct msg *);
static void auth_on_users_set(void *, struct peer *, struct msg *);
static void auth_on_list(void *, struct peer *, struct msg *);
static void auth_on_unban(void *, struct peer *, struct msg *);
static void auth_on_who(void *, struct peer *, struct msg *);
static int  auth_users_set(struct auth *, struct msg *, char *, size_t);
static void auth_take(struct auth *, struct userdb *);

static const role_handler auth_handlers[MSG_MAX] = {
	[MSG_CHILD_KEY] = auth_on_key,
	[MSG_LOGIN_CHECK] = auth_on_check,
	[MSG_HASH_DONE] = auth_on_hashed,
	[MSG_USERS_SET] = auth_on_users_set,
	[MSG_LIST_REQ] = auth_on_list,
	[MSG_UNBAN_REQ] = auth_on_unban,
	[MSG_WHO_REQ] = auth_on_who,
};

static const struct role_ops auth_ops = {
	.conf = &conf_receiver,
	.handlers = auth_handlers,
	.conf_prepare = auth_prepare,
	.conf_abort = auth_abort,
	.conf_commit = auth_commit,
	.peer_up = auth_peer_up,
	.peer_down = auth_peer_down,
	.peer_drained = auth_peer_drained,
};

_Noreturn void
auth_main(struct child *child)
{
	struct auth *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("auth: memory");
	role_init(&a->role, child, &auth_ops, a);
	a->users = userdb_new();
	a->sources = throttle_new(THROTTLE_MAX);
	a->names = throttle_new(THROTTLE_MAX);
	a->pairs = throttle_new(THROTTLE_MAX);
	a->empties = throttle_new(THROTTLE_MAX);
	a->guesses = guesses_new(GUESSES_MAX);
	if (a->users == NULL || a->sources == NULL || a->names == NULL ||
	    a->pairs == NULL || a->empties == NULL || a->guesses == NULL)
		fatalx("auth: memory");
	answer_init(a);
	check_init(a);
	role_run(&a->role);
}

static int
auth_prepare(void *arg, struct conf *next, char *why, size_t size)
{
	struct auth *a = arg;

	if (next->users_fd == -1) {
		if ((a->next_users = userdb_new()) == NULL)
			(void)strlcpy(why, "out of memory", size);
	} else {
		a->next_users = userdb_read(next->users_fd, next->users, why,
		    size);
		(void)close(next->users_fd);
		next->users_fd = -1;
	}
	return a->next_users == NULL ? -1 : 0;
}

static void
auth_abort(void *arg)
{
	struct auth *a = arg;

	userdb_free(a->next_users);
	a->next_users = NULL;
}

static void
auth_commit(void *arg, struct conf *old)
{
	struct auth          *a = arg;
	struct conf_settings *s = &a->role.conf->set;
	struct throttle_limit limit;

	limit.failures = s->throttle_failures;
	limit.within_ms = s->throttle_within_ms;
	limit.ban_ms = s->throttle_ban_ms;
	throttle_set(a->sources, &limit);
	throttle_set(a->names, &limit);
	throttle_set(a->pairs, &limit);
	/* Until there is room for one again; longer each time in a row. */
	if (limit.failures != 0)
		limit.ban_ms = limit.within_ms / limit.failures;
	throttle_set(a->empties, &limit);
	auth_take(a, a->next_users);
	a->next_users = NULL;
	userdb_shorten_logins(a->users, clock_ms() + s->auth_cache_ms);
	check_set_workers(a, s->auth_workers);
	conf_discard(old);
}

/* In the place of the old ones, whose hashes are wiped. */
static void
auth_take(struct auth *a, struct userdb *users)
{
	userdb_inherit(users, a->users);
	userdb_free(a->users);
	a->users = users;
}

/* It has taken what was said about users, and may ask on. */
static void
auth_peer_drained(void *arg, struct peer *p)
{
	peer_pause(p, 0);
}

static void
auth_peer_up(void *arg, struct peer *p)
{
	struct channel *c = peer_channel(p);

	if (channel_peer(c) == PROC_HASH)
		check_worker_up(arg, channel_instance(c));
}

static void
auth_peer_down(void *arg, enum proc_id id, unsigned int instance)
{
	if (id == PROC_HASH)
		check_worker_down(arg, instance);
	else if (id == PROC_RELAY)
		check_drop_relay(arg, instance);
	else if (id == PROC_ROUTER)
		check_drop_all(arg);
}

static void
auth_on_key(void *arg, struct peer *p, struct msg *m)
{
	struct auth *a = arg;

	mac_key(&a->token_key, m->data);
	a->have_key = 1;
}

static void
auth_on_check(void *arg, struct peer *from, struct msg *m)
{
	struct auth           *a = arg;
	struct msg_login_check c;

	if (msg_get_login_check(m, &c) == -1)
		role_bad_peer(&a->role, from, "malformed login-check");
	else
		check_begin(a, from, m->id, &c);
	explicit_bzero(&c, sizeof(c));
}

static void
auth_on_hashed(void *arg, struct peer *from, struct msg *m)
{
	check_hashed(arg, from, m);
}

static void
auth_on_users_set(void *arg, struct peer *p, struct msg *m)
{
	struct auth *a = arg;
	char         why[MSG_TEXT_SIZE];
	uint8_t      data[MSG_TEXT_SIZE + 16];
	struct wbuf  b;
	enum result  result = RESULT_OK;

	why[0] = '\0';
	if (auth_users_set(a, m, why, sizeof(why)) == -1)
		result = RESULT_REFUSED;
	wbuf_init(&b, data, sizeof(data));
	msg_put_result(&b, result, why);
	(void)peer_send(p, MSG_USERS_RES, m->id, &b, -1);
}

static int
auth_users_set(struct auth *a, struct msg *m, char *why, size_t size)
{
	struct userdb *users;
	char           path[CONF_PATH_SIZE];
	int            fd;

	if (msg_get_text(m, path, sizeof(path)) == -1)
		fatalx("parent: malformed %s", msg_name(m->type));
	/* What is prepared was read before and would come into force after. */
	if (a->next_users != NULL) {
		(void)strlcpy(why, "a reload is under way", size);
		return -1;
	}
	if ((fd = msg_take_fd(m)) == -1) {
		(void)strlcpy(why, "out of descriptors", size);
		return -1;
	}
	users = userdb_read(fd, path, why, size);
	(void)close(fd);
	if (users == NULL)
		return -1;
	auth_take(a, users);
	return 0;
}

static void
auth_on_list(void *arg, struct peer *from, struct msg *m)
{
	report_list(arg, from, m);
}

static void
auth_on_unban(void *arg, struct peer *from, struct msg *m)
{
	report_unban(arg, from, m);
}

static void
auth_on_who(void *arg, struct peer *from, struct msg *m)
{
	report_who(arg, from, m);
}
