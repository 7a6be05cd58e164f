/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A connection of socks5ctl, as a command has it: see conn.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/role.h"
#include "control/conn.h"

/* Room for a result and its text. */
#define DONE_SIZE (MSG_TEXT_SIZE + 8)

static enum ask_answer on_answer(void *, struct peer *, const struct msg *);
static void            on_done(void *);
static void            forget(struct conn *);
static const char     *the(enum proc_id);

static const struct ask_ops conn_asks = { on_answer, on_done };

void
conns_init(struct conns *cs, struct role *r)
{
	memset(cs, 0, sizeof(*cs));
	cs->role = r;
	asks_init(&cs->asks, r);
	TAILQ_INIT(&cs->list);
}

void
conns_reap(struct conns *cs)
{
	struct conn *c, *next;

	TAILQ_FOREACH_SAFE(c, &cs->list, entry, next) {
		if (c->peer != NULL)
			continue;
		TAILQ_REMOVE(&cs->list, c, entry);
		free(c);
	}
}

void
conn_add(struct conns *cs, struct conn *c, struct peer *p)
{
	c->conns = cs;
	c->peer = p;
	c->moved_ms = clock_ms();
	ask_init(&c->ask, &cs->asks, &conn_asks, c);
	TAILQ_INSERT_TAIL(&cs->list, c, entry);
	cs->n++;
}

void
conn_start(struct conn *c, const struct ctl_command *cmd, const struct msg *m)
{
	c->command = cmd;
	ask_begin(&c->ask, cmd->results[0], cmd->results[1]);
	cmd->start(c, m);
	conn_step(c);
}

void
conn_step(struct conn *c)
{
	while (c->command != NULL && c->ask.waiting == 0 && !c->paced)
		c->command->proceed(c);
}

static enum ask_answer
on_answer(void *arg, struct peer *p, const struct msg *m)
{
	struct conn *c = arg;

	return c->command->answer(c, p, m);
}

static void
on_done(void *arg)
{
	conn_step(arg);
}

int
conn_send(struct conn *c, enum msg_type type, const struct wbuf *b)
{
	if (peer_send(c->peer, type, 0, b, -1) == 0)
		return 0;
	conn_close(c);
	return -1;
}

void
conn_text(struct conn *c, const char *text)
{
	uint8_t     space[DONE_SIZE];
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_text(&b, text);
	(void)conn_send(c, MSG_CTL_TEXT, &b);
}

void
conn_done(struct conn *c, enum result result, const char *text)
{
	uint8_t     space[DONE_SIZE];
	struct wbuf b;

	/* The text may be the command's. */
	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, result, text);
	forget(c);
	(void)conn_send(c, MSG_CTL_DONE, &b);
}

void
conn_done_late(struct conn *c, const char *missing)
{
	char who[128], text[256];

	if (!ask_late(&c->ask, who, sizeof(who))) {
		conn_done(c, RESULT_OK, "");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s: no answer: %s", who, missing);
	conn_done(c, RESULT_REFUSED, text);
}

void
conn_done_gone(struct conn *c, enum proc_id id)
{
	char text[64];

	(void)snprintf(text, sizeof(text),
	    id == PROC_PARENT ? "cannot reach %s%s" : "%s%s is not running",
	    the(id), proc_name(id));
	conn_done(c, RESULT_REFUSED, text);
}

void
conn_done_silent(struct conn *c, enum proc_id id)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s%s does not answer", the(id),
	    proc_name(id));
	conn_done(c, RESULT_REFUSED, text);
}

static const char *
the(enum proc_id id)
{
	return id == PROC_AUTH ? "" : "the ";
}

void
conn_close(struct conn *c)
{
	if (c->peer == NULL)
		return;
	forget(c);
	peer_free(c->peer);
	c->peer = NULL;
	share_release(&c->conns->members, c->share);
	c->share = NULL;
	c->conns->n--;
}

/* Ends the command without a word. */
static void
forget(struct conn *c)
{
	ask_end(&c->ask);
	c->command = NULL;
	free(c->state);
	c->state = NULL;
	c->paced = 0;
	c->hears = MSG_NONE;
}

void *
conn_state(struct conn *c, size_t size)
{
	if ((c->state = calloc(1, size)) == NULL)
		conn_done(c, RESULT_REFUSED, "out of memory");
	return c->state;
}

int
conn_pace(struct conn *c)
{
	c->paced = peer_queued(c->peer) > CONN_QUEUE_MAX;
	return c->paced;
}

int
conn_ask(struct conn *c, enum proc_id id, enum msg_type type,
    const struct wbuf *b)
{
	if (ask_one(&c->ask, id, 0, type, b) == 0)
		return 0;
	conn_done_gone(c, id);
	return -1;
}
