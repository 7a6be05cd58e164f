/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay that lies about sessions: opens what it may not, and after the
 * router's death makes up, changes or keeps back what it has.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <string.h>

#include "evil.h"

void
evil_put_open_to(const struct evil *e, unsigned int port, struct wbuf *w,
    void *space, size_t size)
{
	struct msg_session_open o;
	struct sockaddr_in      sin = evil_target(e);

	memset(&o, 0, sizeof(o));
	o.command = SESSION_CONNECT;
	o.addr.af = AF_INET;
	memcpy(o.addr.b, &sin.sin_addr, 4);
	o.port = (uint16_t)port;
	wbuf_init(w, space, size);
	msg_put_session_open(w, &o);
}

void
evil_put_open(const struct evil *e, struct wbuf *w, void *space, size_t size)
{
	evil_put_open_to(e, e->port, w, space, size);
}

static void
open_forbidden(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];

	evil_put_open(e, &w, space, sizeof(space));
	(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, e->id, &w);
}

static void
open_twice(struct evil *e, struct channel *ch)
{
	open_forbidden(e, ch);
	open_forbidden(e, ch);
}

/* The ids around the own one are those of other relays. */
static void
open_foreign(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];
	uint64_t    id;

	evil_put_open(e, &w, space, sizeof(space));
	for (id = e->id - 64; id != e->id + 64; id++) {
		if (id != e->id)
			(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, id, &w);
	}
}

static void
open_flood(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];

	evil_put_open(e, &w, space, sizeof(space));
	evil_flood_id(ch, MSG_SESSION_OPEN, e->id, &w, FLOOD);
}

static void
closed_foreign(struct evil *e, struct channel *ch)
{
	struct session_closed c;
	struct wbuf           w;
	uint8_t               space[128 * SESSION_CLOSED_LEN];

	memset(&c, 0, sizeof(c));
	c.cause = CAUSE_CLOSED;
	c.rep = REP_NONE;
	wbuf_init(&w, space, sizeof(space));
	for (c.id = e->id - 64; c.id != e->id + 64; c.id++) {
		if (c.id != e->id)
			session_closed_put(&w, &c);
	}
	(void)evil_raw_wbuf(ch, MSG_SESSION_CLOSED, 0, &w);
}

static void
put_facts(const struct evil *e, struct wbuf *w, void *space, size_t size)
{
	struct session_facts f;

	memset(&f, 0, sizeof(f));
	f.client.af = f.target.af = AF_INET;
	f.client.b[0] = f.target.b[0] = 127;
	f.client.b[3] = f.target.b[3] = 1;
	f.command = SESSION_CONNECT;
	f.target_port = (uint16_t)e->port;
	f.rule = RULE_NONE;
	wbuf_init(w, space, size);
	session_facts_put(w, &f);
}

static void
adopt_forged(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[SESSION_FACTS_MAX];

	put_facts(e, &w, space, sizeof(space));
	(void)evil_raw_wbuf(ch, MSG_SESSION_ADOPT, 1, &w);
	(void)evil_raw_wbuf(ch, MSG_SESSION_ADOPT, e->id + 1, &w);
}

/* After the router's death: sessions of it that there never were. */
static void
adopt_flood(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[SESSION_FACTS_MAX];
	uint64_t    id;

	put_facts(e, &w, space, sizeof(space));
	for (id = 1; id < FLOOD; id++)
		evil_flood_id(ch, MSG_SESSION_ADOPT, id, &w, 1);
}

/* A new router wants to know: the channel to it, or NULL. */
static struct channel *
reborn(struct evil *e, const struct msg *m)
{
	struct msg_peer p;

	if (evil_opened(e, m) != NULL)
		evil_say("evil: has it");
	if (m->type != MSG_CHILD_PEER || e->nfacts == 0 ||
	    msg_get_peer(m, &p) == -1 || p.role != PROC_ROUTER)
		return NULL;
	return e->channel[PROC_ROUTER];
}

static void
adopt(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, MSG_SESSION_ADOPT, e->id, e->facts, e->nfacts);
}

static void
told(struct channel *ch)
{
	(void)evil_raw(ch, MSG_SESSION_TOLD, 0, "", 0);
}

/* What an honest one does; without it the others here would prove nothing. */
static void
adopt_right(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	adopt(e, ch);
	told(ch);
}

/* Of somebody else, or under another rule: any byte may be the one. */
static void
adopt_changed(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	e->facts[1] ^= 1;
	adopt(e, ch);
}

static void
adopt_other(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	e->id = e->other_id;
	adopt(e, ch);
}

static void
adopt_twice(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	adopt(e, ch);
	adopt(e, ch);
}

static void
adopt_again(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	adopt(e, ch);
	evil_closed(ch, e->id, 0, 0, 0);
	adopt(e, ch);
}

static void
adopt_late(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	told(ch);
	adopt(e, ch);
}

static void
told_twice(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	told(ch);
	told(ch);
}

const struct attack attacks_sessions[] = {
	{ "open-forbidden", MSG_SESSION_OPEN, NEED_SESSION, open_forbidden,
	    NULL },
	{ "open-twice", MSG_SESSION_OPEN, NEED_SESSION, open_twice, NULL },
	{ "open-foreign", MSG_SESSION_OPEN, NEED_SESSION, open_foreign, NULL },
	{ "open-flood", MSG_SESSION_OPEN, NEED_SESSION, open_flood, NULL },
	{ "closed-foreign", MSG_SESSION_CLOSED, NEED_SESSION, closed_foreign,
	    NULL },
	{ "adopt", MSG_SESSION_ADOPT, NEED_SESSION, adopt_forged, NULL },
	{ "adopt-flood", MSG_SESSION_ADOPT, NEED_NOTHING, adopt_flood, NULL },
	{ "adopt-right", MSG_SESSION_ADOPT, NEED_SESSION, evil_open_own,
	    adopt_right },
	{ "adopt-changed", MSG_SESSION_ADOPT, NEED_SESSION, evil_open_own,
	    adopt_changed },
	{ "adopt-other", MSG_SESSION_ADOPT, NEED_SESSION, evil_open_own,
	    adopt_other },
	{ "adopt-twice", MSG_SESSION_ADOPT, NEED_SESSION, evil_open_own,
	    adopt_twice },
	{ "adopt-again", MSG_SESSION_ADOPT, NEED_SESSION, evil_open_own,
	    adopt_again },
	{ "adopt-late", MSG_SESSION_ADOPT, NEED_SESSION, evil_open_own,
	    adopt_late },
	{ "told-twice", MSG_SESSION_TOLD, NEED_SESSION, evil_open_own,
	    told_twice },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
