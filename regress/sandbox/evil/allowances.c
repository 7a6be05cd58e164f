/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay that takes, gives back and counts what it was not granted.
 */

#include <string.h>

#include "base/msg_limit.h"
#include "evil.h"

/* Ids of what the first router gives out. */
#define ALLOWANCE(n) ((UINT64_C(1) << 40) + (n))

static void
want(struct channel *ch, uint64_t id, uint64_t bytes, uint32_t sessions)
{
	struct msg_allow_want ask = { bytes, sessions };
	struct wbuf           w;
	uint8_t               space[ALLOW_WANT_LEN];

	wbuf_init(&w, space, sizeof(space));
	msg_put_allow_want(&w, &ask);
	(void)evil_raw_wbuf(ch, MSG_ALLOW_WANT, id, &w);
}

static void
give_back(struct channel *ch, uint64_t id, uint64_t bytes)
{
	struct wbuf w;
	uint8_t     space[8];

	wbuf_init(&w, space, sizeof(space));
	msg_put_u64(&w, bytes);
	(void)evil_raw_wbuf(ch, MSG_ALLOW_RETURN, id, &w);
}

void
evil_closed(struct channel *ch, uint64_t id, uint8_t rep, uint64_t up,
    uint64_t down)
{
	struct session_closed c = { .id = id,
		.cause = CAUSE_CLOSED,
		.rep = rep,
		.up = up,
		.down = down };
	struct wbuf           w;
	uint8_t               space[SESSION_CLOSED_LEN];

	wbuf_init(&w, space, sizeof(space));
	session_closed_put(&w, &c);
	(void)evil_raw_wbuf(ch, MSG_SESSION_CLOSED, 0, &w);
}

/* As an honest relay would; what follows does the rest. */
void
evil_open_own(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];

	evil_put_open_to(e, e->echo, &w, space, sizeof(space));
	(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, e->id, &w);
}

/* The own session was opened: the channel to who did it, or NULL. */
struct channel *
evil_opened(struct evil *e, const struct msg *m)
{
	struct msg_session_opened o;

	if (m->type != MSG_SESSION_OPENED || m->id != e->id ||
	    msg_get_session_opened(m, &o) == -1)
		return NULL;
	e->allowance = o.allowance;
	e->nfacts = o.nfacts;
	memcpy(e->facts, o.facts, o.nfacts);
	return e->channel[PROC_ROUTER];
}

/* The same, and asks for what may be asked for. */
static void
want_own(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		want(ch, e->allowance, 1000, 1);
}

/* That was granted: how much, or 0. */
static uint64_t
granted(struct evil *e, const struct msg *m)
{
	uint64_t bytes;

	want_own(e, m);
	if (m->type != MSG_ALLOW_GRANT || m->id != e->allowance ||
	    msg_get_u64(m, &bytes) == -1)
		return 0;
	return bytes;
}

/* Nobody of ours is there: to use it up for those who are. */
static void
want_foreign(struct evil *e, struct channel *ch)
{
	unsigned int i;

	for (i = 0; i < 800; i++)
		want(ch, ALLOWANCE(1 + i % 4), 1 << 30, 1);
}

static void
want_crowd(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		want(ch, e->allowance, 1, 1000000);
}

static void
want_huge(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		want(ch, e->allowance, UINT64_C(1) << 30, 1);
}

static void
want_ended(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) == NULL)
		return;
	evil_closed(ch, e->id, 0, 0, 0);
	want(ch, e->allowance, 1000, 1);
}

/* Of a router that was before this one, as may come after its death. */
static void
want_former(struct evil *e, struct channel *ch)
{
	unsigned int i;

	for (i = 0; i < 1000; i++)
		want(ch, 1 + i % 4, UINT64_MAX, UINT32_MAX);
}

/* Each of them right, but for the number. */
static void
want_flood(struct evil *e, const struct msg *m)
{
	struct msg_allow_want ask = { 1460, 1 };
	struct wbuf           w;
	uint8_t               space[ALLOW_WANT_LEN];
	struct channel       *ch;

	if ((ch = evil_opened(e, m)) == NULL)
		return;
	wbuf_init(&w, space, sizeof(space));
	msg_put_allow_want(&w, &ask);
	evil_flood_id(ch, MSG_ALLOW_WANT, e->allowance, &w, FLOOD);
}

/* So that others may use again what they have used. */
static void
return_foreign(struct evil *e, struct channel *ch)
{
	give_back(ch, ALLOWANCE(1), 1);
}

static void
return_never(struct evil *e, struct channel *ch)
{
	give_back(ch, ALLOWANCE(1000), 1);
}

static void
return_more(struct evil *e, const struct msg *m)
{
	uint64_t n;

	if ((n = granted(e, m)) != 0)
		give_back(e->channel[PROC_ROUTER], e->allowance, n + 1);
}

static void
return_twice(struct evil *e, const struct msg *m)
{
	uint64_t n;

	if ((n = granted(e, m)) == 0)
		return;
	give_back(e->channel[PROC_ROUTER], e->allowance, n);
	give_back(e->channel[PROC_ROUTER], e->allowance, n);
}

/* This may be: the grant came when the session was over. */
static void
return_late(struct evil *e, const struct msg *m)
{
	uint64_t n;

	if ((n = granted(e, m)) == 0)
		return;
	evil_closed(e->channel[PROC_ROUTER], e->id, 0, 0, 0);
	give_back(e->channel[PROC_ROUTER], e->allowance, n);
}

/* It never had a target. */
static void
closed_early(struct evil *e, struct channel *ch)
{
	evil_closed(ch, e->id, 0, 1, 1);
}

/* More than any host moves in that time; sums of it would wrap. */
static void
closed_huge(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		evil_closed(ch, e->id, 0, UINT64_MAX, UINT64_MAX);
}

/* To have used up what others may use, too. */
static void
closed_ungranted(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		evil_closed(ch, e->id, 0, 50000000, 50000000);
}

static void
moved(struct channel *ch, uint64_t id, uint64_t up, uint64_t down)
{
	struct session_moved v = { .id = id, .up = up, .down = down };
	struct wbuf          w;
	uint8_t              space[SESSION_MOVED_LEN];

	wbuf_init(&w, space, sizeof(space));
	session_moved_put(&w, &v);
	(void)evil_raw_wbuf(ch, MSG_SESSION_MOVED, 0, &w);
}

/* Others' bytes, and its own before there is a target. */
static void
moved_foreign(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = e->id - 64; id != e->id + 64; id++)
		if (id != e->id)
			moved(ch, id, 1, 1);
}

static void
moved_early(struct evil *e, struct channel *ch)
{
	moved(ch, e->id, 1, 1);
}

static void
moved_huge(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		moved(ch, e->id, UINT64_MAX, UINT64_MAX);
}

static void
moved_ungranted(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		moved(ch, e->id, 50000000, 50000000);
}

/* What was counted is taken back. */
static void
moved_back(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) == NULL)
		return;
	moved(ch, e->id, 2000, 2000);
	moved(ch, e->id, 1000, 1000);
}

/* As an honest one, after its end. */
static void
moved_late(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) == NULL)
		return;
	evil_closed(ch, e->id, 0, 1000, 1000);
	moved(ch, e->id, 2000, 2000);
}

static void
closed_twice(struct evil *e, const struct msg *m)
{
	struct channel *ch;
	unsigned int    i;

	if ((ch = evil_opened(e, m)) == NULL)
		return;
	for (i = 0; i < 1000; i++)
		evil_closed(ch, e->id, 0, 0, 0);
}

const struct attack attacks_allowances[] = {
	{ "closed-early", MSG_SESSION_CLOSED, NEED_SESSION, closed_early,
	    NULL },
	{ "closed-huge", MSG_SESSION_CLOSED, NEED_SESSION, evil_open_own,
	    closed_huge },
	{ "closed-ungranted", MSG_SESSION_CLOSED, NEED_SESSION, evil_open_own,
	    closed_ungranted },
	{ "moved-foreign", MSG_SESSION_MOVED, NEED_SESSION, moved_foreign,
	    NULL },
	{ "moved-early", MSG_SESSION_MOVED, NEED_SESSION, moved_early, NULL },
	{ "moved-huge", MSG_SESSION_MOVED, NEED_SESSION, evil_open_own,
	    moved_huge },
	{ "moved-ungranted", MSG_SESSION_MOVED, NEED_SESSION, evil_open_own,
	    moved_ungranted },
	{ "moved-back", MSG_SESSION_MOVED, NEED_SESSION, evil_open_own,
	    moved_back },
	{ "moved-late", MSG_SESSION_MOVED, NEED_SESSION, evil_open_own,
	    moved_late },
	{ "closed-twice", MSG_SESSION_CLOSED, NEED_SESSION, evil_open_own,
	    closed_twice },
	{ "want-foreign", MSG_ALLOW_WANT, NEED_SESSION, want_foreign, NULL },
	{ "want-crowd", MSG_ALLOW_WANT, NEED_SESSION, evil_open_own,
	    want_crowd },
	{ "want-huge", MSG_ALLOW_WANT, NEED_SESSION, evil_open_own, want_huge },
	{ "want-ended", MSG_ALLOW_WANT, NEED_SESSION, evil_open_own,
	    want_ended },
	{ "want-former", MSG_ALLOW_WANT, NEED_SESSION, want_former, NULL },
	{ "want-flood", MSG_ALLOW_WANT, NEED_SESSION, evil_open_own,
	    want_flood },
	{ "return-foreign", MSG_ALLOW_RETURN, NEED_SESSION, return_foreign,
	    NULL },
	{ "return-never", MSG_ALLOW_RETURN, NEED_SESSION, return_never, NULL },
	{ "return-more", MSG_ALLOW_RETURN, NEED_SESSION, evil_open_own,
	    return_more },
	{ "return-twice", MSG_ALLOW_RETURN, NEED_SESSION, evil_open_own,
	    return_twice },
	{ "return-late", MSG_ALLOW_RETURN, NEED_SESSION, evil_open_own,
	    return_late },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
