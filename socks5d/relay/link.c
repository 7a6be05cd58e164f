/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Channels on the relay's loop: see link.h.
 */

#include "base/channel.h"
#include "base/log.h"
#include "compat/poller.h"
#include "relay/link.h"
#include "relay/session.h"
#include "relay/state.h"

static void *link_watch(void *, struct peer *);
static void  link_unwatch(void *);
static void  link_again(void *);
static void  link_output(void *, enum peer_when);
static void  link_flush_one(struct relay *, struct link *);

const struct peer_loop link_loop = {
	.watch = link_watch,
	.unwatch = link_unwatch,
	.again = link_again,
	.output = link_output,
};

static void *
link_watch(void *loop, struct peer *p)
{
	struct relay   *r = loop;
	struct channel *c = peer_channel(p);
	struct link    *l = &r->link[channel_peer(c)];

	if (poller_add_input(r->poller, channel_fd(c),
		KEY(channel_peer(c), KEY_LINK)) == -1)
		return NULL;
	l->relay = r;
	l->peer = p;
	l->output = l->wants = l->again = 0;
	return l;
}

/* Closing the channel ends what the poller watches. */
static void
link_unwatch(void *watch)
{
	struct link *l = watch;

	l->peer = NULL;
}

static void
link_again(void *watch)
{
	struct link *l = watch;

	l->again = 1;
	l->relay->links_again = 1;
}

/* Each turn ends with a flush, so nothing else is to be noted. */
static void
link_output(void *watch, enum peer_when when)
{
	struct link *l = watch;

	if (when != PEER_TURN_END)
		l->wants = 1;
}

void
link_event(struct relay *r, enum proc_id role)
{
	if (r->link[role].peer != NULL)
		peer_in(r->link[role].peer);
}

void
link_resume(struct relay *r)
{
	struct link *l;
	unsigned int i;

	if (r->links_again == 0)
		return;
	r->links_again = 0;
	for (i = 0; i < PROC_MAX; i++) {
		l = &r->link[i];
		if (l->again) {
			l->again = 0;
			link_event(r, (enum proc_id)i);
		}
	}
}

void
link_flush(struct relay *r)
{
	unsigned int i;

	for (i = 0; i < PROC_MAX; i++)
		if (r->link[i].peer != NULL)
			link_flush_one(r, &r->link[i]);
}

static void
link_flush_one(struct relay *r, struct link *l)
{
	struct channel *c = peer_channel(l->peer);

	l->wants = 0;
	if (channel_posted(c) || channel_wants_write(c))
		peer_out(l->peer);
	if (l->wants == l->output)
		return;
	if (poller_set_output(r->poller, channel_fd(c),
		KEY(channel_peer(c), KEY_LINK), l->wants) == -1)
		fatal("relay: channel to %s", proc_name(channel_peer(c)));
	l->output = l->wants;
}
