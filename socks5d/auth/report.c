/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks: users, bans, the end of a ban; and what the router asks,
 * too: who a user is now.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "auth/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_policy.h"
#include "base/page.h"

/* Bytes of answers that wait; further questions wait, too. */
#define WHO_QUEUE_MAX (CHANNEL_QUEUE_MAX / 4)

/* Bans are of sources, then of users, then of users at sources. */
enum ban_kind {
	BAN_SOURCE,
	BAN_NAME,
	BAN_PAIR,
};

/* A page of bans that is being filled. */
struct bans {
	struct page  *page;
	uint64_t      n; /* that were seen */
	enum ban_kind kind;
};

/* Whose bans end: of the user with this name, or of the source. */
struct unban {
	const uint8_t    *name; /* NULL: of the source */
	size_t            len;
	struct source_key source;
};

static void     user_row_of(const struct auth *, size_t, struct user_row *);
static int      ban_take(void *, const struct throttle_ban *);
static void     ban_what(enum ban_kind, const struct throttle_ban *,
	struct ban_row *);
static uint32_t unban_some(struct auth *, const char *, uint64_t);
static int      unban_take(void *, const struct throttle_ban *);
static void     unban_log(const uint8_t *, const uint8_t *, size_t);

/* The lists that auth keeps. */
#define FILLER_AUTH(id, row) [LIST_##id] = row##_report,
#define FILLER_ROUTER(id, row)
#define FILLER(id, row, role, ...) FILLER_##role(id, row)
static const page_filler fillers[LIST_MAX] = { LIST_TABLE(FILLER) };

void
report_list(struct auth *a, struct peer *from, const struct msg *m)
{
	page_answer(&a->role, fillers, a, from, m);
}

void
user_report(void *arg, struct page *p)
{
	struct auth   *a = arg;
	union list_row row;
	size_t         n = a->users->file == NULL ? 0 : a->users->file->nusers;

	for (; p->at < n; p->at++) {
		user_row_of(a, p->at, &row.user);
		if (!page_row(p, &row))
			break;
	}
}

void
ban_report(void *arg, struct page *p)
{
	struct auth *a = arg;
	struct bans  b = { p, 0, BAN_SOURCE };
	uint64_t     now = clock_ms();

	throttle_bans(a->sources, now, ban_take, &b);
	b.kind = BAN_NAME;
	if (!p->full)
		throttle_bans(a->names, now, ban_take, &b);
	b.kind = BAN_PAIR;
	if (!p->full)
		throttle_bans(a->pairs, now, ban_take, &b);
}

/* Also takes back what would make the next ban longer. */
void
report_unban(struct auth *a, struct peer *from, const struct msg *m)
{
	char        what[LOGIN_NAME_SIZE];
	uint8_t     data[8];
	struct wbuf b;
	uint64_t    now = clock_ms();
	uint32_t    n;

	if (msg_get_name(m, what, sizeof(what)) == -1) {
		role_bad_peer(&a->role, from, "malformed unban-req");
		return;
	}
	if (strcmp(what, "all") == 0) {
		n = throttle_unban_all(a->sources, now) +
		    throttle_unban_all(a->names, now) +
		    throttle_unban_all(a->pairs, now);
		if (n > 0)
			log_info("auth: unbanned all");
	} else
		n = unban_some(a, what, now);
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, n);
	(void)peer_send(from, MSG_UNBAN_RES, m->id, &b, -1);
}

static void
user_row_of(const struct auth *a, size_t i, struct user_row *row)
{
	const struct user_entry *e = &a->users->file->user[i];
	const struct user       *u = &a->users->user[i];

	memset(row, 0, sizeof(*row));
	(void)strlcpy(row->name, e->name, sizeof(row->name));
	(void)strlcpy(row->method, userhash_name(e->method),
	    sizeof(row->method));
	(void)strlcpy(row->options, e->options, sizeof(row->options));
	row->cached = (uint8_t)recall_any(&u->recall, clock_ms());
	row->logins = u->logins;
	row->failures = u->failures;
}

static int
ban_take(void *arg, const struct throttle_ban *ban)
{
	struct bans   *b = arg;
	union list_row row;

	if (b->n++ < b->page->at)
		return 1;
	memset(&row.ban, 0, sizeof(row.ban));
	ban_what(b->kind, ban, &row.ban);
	row.ban.failures = ban->failures;
	row.ban.left_ms = ban->left_ms;
	if (!page_row(b->page, &row))
		return 0;
	b->page->at = b->n;
	return 1;
}

/* A name with a NUL is nobody's; what is behind it is not shown. */
static void
ban_what(enum ban_kind kind, const struct throttle_ban *ban,
    struct ban_row *row)
{
	size_t skip = kind == BAN_PAIR ? SOURCE_KEY_LEN : 0;

	if (kind == BAN_SOURCE) {
		(void)source_print(ban->key, row->what, sizeof(row->what));
		return;
	}
	(void)snprintf(row->what, sizeof(row->what), "user %.*s",
	    (int)(ban->len - skip), (const char *)ban->key + skip);
	if (kind == BAN_PAIR)
		(void)source_print(ban->key, row->at, sizeof(row->at));
}

/* "user alice" and "192.0.2.1" are also those of him and of all there. */
static uint32_t
unban_some(struct auth *a, const char *what, uint64_t now)
{
	struct unban  u;
	struct prefix p;
	uint32_t      n;

	memset(&u, 0, sizeof(u));
	if (strncmp(what, "user ", 5) == 0) {
		u.name = (const uint8_t *)what + 5;
		u.len = strlen(what + 5);
		n = throttle_unban(a->names, u.name, u.len, now);
	} else if (prefix_parse(&p, what) == 0) {
		source_key(&p.addr, &u.source);
		n = throttle_unban(a->sources, u.source.b, sizeof(u.source.b),
		    now);
	} else
		return 0;
	if (n > 0)
		unban_log(u.name == NULL ? u.source.b : NULL, u.name, u.len);
	return n + throttle_unban_some(a->pairs, now, unban_take, &u);
}

/* Of a user at a source. */
static int
unban_take(void *arg, const struct throttle_ban *ban)
{
	const struct unban *u = arg;
	const uint8_t      *name = ban->key + SOURCE_KEY_LEN;
	size_t              len = ban->len - SOURCE_KEY_LEN;

	if (u->name == NULL ?
		memcmp(ban->key, u->source.b, SOURCE_KEY_LEN) != 0 :
		(len != u->len || memcmp(name, u->name, len) != 0))
		return 0;
	if (ban->left_ms > 0)
		unban_log(ban->key, name, len);
	return 1;
}

/* In the words of the line that said it was banned. */
static void
unban_log(const uint8_t *source, const uint8_t *name, size_t len)
{
	char what[BAN_TEXT_SIZE];

	log_info("auth: unbanned %s",
	    ban_print(source, name, len, what, sizeof(what)));
}

void
report_who(struct auth *a, struct peer *from, const struct msg *m)
{
	const struct user_entry *e;
	const struct user       *u;
	struct msg_who_req       q;
	struct msg_who_res       w;
	struct login             l;
	uint8_t                  data[sizeof(w) + 16];
	struct wbuf              b;

	if (msg_get_who_req(m, &q) == -1) {
		role_bad_peer(&a->role, from, "malformed who-req");
		return;
	}
	memset(&w, 0, sizeof(w));
	memset(&l, 0, sizeof(l));
	l.client = q.from;
	l.userlen = (uint8_t)strlen(q.user);
	memcpy(l.user, q.user, l.userlen);
	w.ban = failure_ban(a, &l, clock_ms(), &w.ban_ms);
	w.status = LOGIN_UNKNOWN_USER;
	u = userdb_find(a->users, q.user, strlen(q.user));
	if (u != NULL) {
		e = userdb_entry(a->users, u);
		w.status = check_allowed(e, &q.from);
		if (w.status == LOGIN_OK && e->ngroups != 0) {
			w.ngroups = e->ngroups;
			memcpy(w.group, e->group,
			    e->ngroups * sizeof(w.group[0]));
		}
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_who_res(&b, &w);
	(void)peer_send(from, MSG_WHO_RES, m->id, &b, -1);
	/* No answer may be lost: a session lives on for want of it. */
	if (peer_queued(from) > WHO_QUEUE_MAX)
		peer_pause(from, 1);
}
