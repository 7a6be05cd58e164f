/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay that lies about a BIND: asks for one that it may not have, and says
 * of one that waits what it could only say of an open session.
 */

#include <string.h>

#include "evil.h"

static void
put_bind(struct wbuf *w, void *space, size_t size, uint8_t first)
{
	struct msg_session_open o;

	memset(&o, 0, sizeof(o));
	o.command = SESSION_BIND;
	o.addr.af = AF_INET;
	o.addr.b[0] = first;
	o.addr.b[3] = 1;
	wbuf_init(w, space, size);
	msg_put_session_open(w, &o);
}

/* Whoever is on loopback may come; nobody else that is internal. */
static void
bind_own(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];

	put_bind(&w, space, sizeof(space), 127);
	(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, e->id, &w);
}

static void
bind_forbidden(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];

	put_bind(&w, space, sizeof(space), 10);
	(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, e->id, &w);
}

/* Nothing but a no may come of it. */
static void
bind_refused(struct evil *e, const struct msg *m)
{
	if (m->id == e->id && m->type != MSG_SESSION_REFUSED)
		evil_say("evil: is let");
}

static void
bind_foreign(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];
	uint64_t    id;

	put_bind(&w, space, sizeof(space), 127);
	for (id = e->id - 64; id != e->id + 64; id++) {
		if (id != e->id)
			(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, id, &w);
	}
}

/* The own session is bound: the channel to who did it, or NULL. */
static struct channel *
bound(struct evil *e, const struct msg *m)
{
	struct msg_session_bound b;

	if (m->type != MSG_SESSION_BOUND || m->id != e->id ||
	    msg_get_session_bound(m, &b) == -1)
		return NULL;
	if (m->fd != -1)
		evil_say("evil: is let"); /* the socket that listens */
	return e->channel[PROC_ROUTER];
}

static void
bind_twice(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = bound(e, m)) != NULL)
		bind_own(e, ch);
}

/* A target while the other one is awaited. */
static void
bind_connect(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = bound(e, m)) != NULL)
		evil_open_own(e, ch);
}

static void
bind_closed(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = bound(e, m)) != NULL)
		evil_closed(ch, e->id, 0, 1, 1);
}

static void
bind_moved(struct evil *e, const struct msg *m)
{
	struct session_moved v = { .id = e->id, .up = 1, .down = 1 };
	struct channel      *ch;
	struct wbuf          w;
	uint8_t              space[SESSION_MOVED_LEN];

	if ((ch = bound(e, m)) == NULL)
		return;
	wbuf_init(&w, space, sizeof(space));
	session_moved_put(&w, &v);
	(void)evil_raw_wbuf(ch, MSG_SESSION_MOVED, 0, &w);
}

const struct attack attacks_binds[] = {
	{ "bind-forbidden", MSG_SESSION_OPEN, NEED_SESSION, bind_forbidden,
	    bind_refused },
	{ "bind-foreign", MSG_SESSION_OPEN, NEED_SESSION, bind_foreign, NULL },
	{ "bind-twice", MSG_SESSION_OPEN, NEED_SESSION, bind_own, bind_twice },
	{ "bind-connect", MSG_SESSION_OPEN, NEED_SESSION, bind_own,
	    bind_connect },
	{ "bind-closed", MSG_SESSION_CLOSED, NEED_SESSION, bind_own,
	    bind_closed },
	{ "bind-moved", MSG_SESSION_MOVED, NEED_SESSION, bind_own, bind_moved },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
