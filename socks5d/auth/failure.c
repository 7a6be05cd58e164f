/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Failed logins: counted by source and by user, and what follows of it.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auth/state.h"
#include "base/embedded.h"
#include "base/log.h"
#include "conf/conf.h"

static int    failure_repeats(struct auth *, const struct login *,
       enum login_status, uint64_t);
static size_t pair_key(const struct login *, uint8_t *);
static int    failure_blind(const struct auth *, uint64_t);
static void   failure_log(struct auth *, const uint8_t *, const struct login *,
      const struct throttle_ban *);

void
source_of(const struct addr *client, struct addr *source)
{
	*source = *client;
	(void)addr_source(source);
}

void
source_key(const struct addr *client, struct source_key *k)
{
	struct addr source;

	source_of(client, &source);
	k->b[0] = source.af == AF_INET ? 4 : 6;
	memcpy(&k->b[1], source.b, sizeof(source.b));
}

char *
source_print(const uint8_t *key, char *dst, size_t size)
{
	struct prefix p;

	memset(&p, 0, sizeof(p));
	p.addr.af = key[0] == 4 ? AF_INET : AF_INET6;
	p.len = key[0] == 4 ? 32 : 64;
	memcpy(p.addr.b, &key[1], sizeof(p.addr.b));
	return prefix_print(&p, dst, size);
}

char *
ban_print(const uint8_t *source, const uint8_t *name, size_t namelen, char *dst,
    size_t size)
{
	char text[4 * LOGIN_FIELD_MAX + 1], addr[PREFIX_STRLEN];

	if (name == NULL)
		return source_print(source, dst, size);
	(void)log_escape(text, sizeof(text), name, namelen);
	if (source == NULL)
		(void)snprintf(dst, size, "user %s", text);
	else
		(void)snprintf(dst, size, "user %s at %s", text,
		    source_print(source, addr, sizeof(addr)));
	return dst;
}

/*
 * Who has logged in from there lately is judged by what is guessed of him
 * there: neither others behind the same address lock him out, nor those who
 * guess at him from elsewhere.
 */
int
failure_source_banned(struct auth *a, const struct login *l, uint64_t now)
{
	struct source_key k;
	uint8_t           pair[PAIR_KEY_MAX];
	size_t            len;

	if (failure_known(a, l, now)) {
		len = pair_key(l, pair);
		return throttle_banned(a->pairs, pair, len, now);
	}
	source_key(&l->client, &k);
	return throttle_banned(a->sources, k.b, sizeof(k.b), now);
}

int
failure_name_banned(struct auth *a, const struct login *l, uint64_t now)
{
	return failure_known(a, l, now) == 0 &&
	    throttle_banned(a->names, l->user, l->userlen, now);
}

int
failure_known(const struct auth *a, const struct login *l, uint64_t now)
{
	const struct user *u;
	struct addr        source;

	if ((u = userdb_find(a->users, l->user, l->userlen)) == NULL)
		return 0;
	source_of(&l->client, &source);
	return recall_source(&u->recall, &source, now);
}

enum login_ban
failure_ban(struct auth *a, const struct login *l, uint64_t now, uint64_t *left)
{
	struct source_key k;
	uint8_t           pair[PAIR_KEY_MAX];
	size_t            len;

	if (failure_known(a, l, now)) {
		len = pair_key(l, pair);
		*left = throttle_left(a->pairs, pair, len, now);
		return *left == 0 ? LOGIN_BAN_NONE : LOGIN_BAN_THERE;
	}
	source_key(&l->client, &k);
	if ((*left = throttle_left(a->sources, k.b, sizeof(k.b), now)) != 0)
		return LOGIN_BAN_SOURCE;
	*left = throttle_left(a->names, l->user, l->userlen, now);
	return *left == 0 ? LOGIN_BAN_NONE : LOGIN_BAN_USER;
}

uint32_t
failure_recent(struct auth *a, const struct login *l, uint64_t now)
{
	struct source_key k;

	source_key(&l->client, &k);
	return throttle_recent(a->sources, k.b, sizeof(k.b), now);
}

int
failure_suspect(struct auth *a, const struct login *l, uint64_t now)
{
	return failure_recent(a, l, now) > 0 ||
	    throttle_recent(a->names, l->user, l->userlen, now) > 0;
}

/*
 * A user is banned for those only who come from where he has not been; the
 * name may be nobody's, so that a ban does not tell who is there.
 */
void
failure_count(struct auth *a, const struct login *l, enum login_status status,
    uint64_t now)
{
	struct source_key   k;
	struct throttle_ban ban;
	uint8_t             pair[PAIR_KEY_MAX];
	size_t              len;
	int                 blind;

	if (failure_repeats(a, l, status, now)) {
		role_count(&a->role, COUNTER_LOGINS_REPEATED);
		return;
	}
	blind = failure_blind(a, now);
	source_key(&l->client, &k);
	if (throttle_fail(a->sources, k.b, sizeof(k.b), now, &ban))
		failure_log(a, k.b, NULL, &ban);
	if (throttle_fail(a->names, l->user, l->userlen, now, &ban))
		failure_log(a, NULL, l, &ban);
	if (failure_known(a, l, now)) {
		len = pair_key(l, pair);
		if (throttle_fail(a->pairs, pair, len, now, &ban))
			failure_log(a, k.b, l, &ban);
	}
	if (blind == 0 && failure_blind(a, now))
		log_warn("auth: out of memory for failed logins: refusing "
			 "sources and users not seen before for a while");
}

int
failure_empty_room(struct auth *a, const struct login *l, uint64_t now)
{
	struct source_key   k;
	struct throttle_ban ban;

	if (failure_known(a, l, now))
		return 1;
	source_key(&l->client, &k);
	if (throttle_banned(a->empties, k.b, sizeof(k.b), now))
		return 0;
	(void)throttle_fail(a->empties, k.b, sizeof(k.b), now, &ban);
	return 1;
}

void
failure_empty(struct auth *a, const struct login *l, enum login_status status,
    uint64_t now)
{
	if (status != LOGIN_BANNED)
		(void)failure_repeats(a, l, status, now);
}

/* Remembers it, and says whether it was. */
static int
failure_repeats(struct auth *a, const struct login *l, enum login_status status,
    uint64_t now)
{
	const struct conf_settings *s = &a->role.conf->set;
	enum guess                  is = GUESS_RIGHT;

	if (l->guessed == 0 || s->throttle_failures == 0)
		return 0;
	if (status == LOGIN_UNKNOWN_USER || status == LOGIN_WRONG_PASSWORD)
		is = GUESS_WRONG;
	return guesses_put(a->guesses, l->guess, is, now,
	    now + s->throttle_within_ms);
}

static size_t
pair_key(const struct login *l, uint8_t *dst)
{
	struct source_key k;

	source_key(&l->client, &k);
	memcpy(dst, k.b, sizeof(k.b));
	memcpy(dst + sizeof(k.b), l->user, l->userlen);
	return sizeof(k.b) + l->userlen;
}

static int
failure_blind(const struct auth *a, uint64_t now)
{
	return throttle_blind(a->sources, now) ||
	    throttle_blind(a->names, now) || throttle_blind(a->pairs, now);
}

/* Log watchers read this line: it stays as it is. */
static void
failure_log(struct auth *a, const uint8_t *source, const struct login *l,
    const struct throttle_ban *ban)
{
	char what[BAN_TEXT_SIZE];

	role_count(&a->role, COUNTER_BANS);
	log_warn("auth: banned %s for %" PRIu64 " s after %" PRIu32
		 " failed logins",
	    ban_print(source, l == NULL ? NULL : l->user,
		l == NULL ? 0 : l->userlen, what, sizeof(what)),
	    (ban->left_ms + 999) / 1000, ban->failures);
}
