/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The common life of the children: see role.h.
 *
 * What comes from the parent is trusted to be well formed, or this process
 * ends; what comes from a sibling is not, and only that channel ends.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/role.h"

static void           role_sink(void *, enum log_level, const char *);
static void           role_on_parent(void *, struct peer *, struct msg *);
static _Noreturn void role_on_parent_end(void *, struct peer *, const char *);
static void           role_on_sibling(void *, struct peer *, struct msg *);
static void           role_on_sibling_end(void *, struct peer *, const char *);
static void           role_on_lost(struct role *, const struct msg *);
static void           role_on_peer(struct role *, struct msg *);
static void           role_on_verbose(const struct msg *);
static void           role_on_stop(struct role *, const struct msg *);
static void           role_on_conf(struct role *, struct msg *);
static void           role_on_commit(struct role *, const struct msg *);
static void           role_on_abort(struct role *);
static void role_on_counters(struct role *, struct peer *, const struct msg *);
static void role_conf_complete(struct role *);
static void role_conf_refuse(struct role *, const char *);
static void role_hand(struct role *, struct peer *, struct msg *);
static void role_peer_set(struct role *, const struct msg_peer *, int);
static void role_peer_drop(struct role *, struct peer *);
static void role_on_drained(void *, struct peer *);

void
role_init_loop(struct role *r, struct child *c, const struct role_ops *ops,
    void *arg, const struct peer_loop *loop, void *loop_arg)
{
	memset(r, 0, sizeof(*r));
	r->child = c;
	r->ops = ops;
	r->arg = arg;
	r->loop = loop;
	r->loop_arg = loop_arg;
}

/*
 * The parent's channel is watched after the walls are up, since raising them
 * may move the descriptor; and from then on the loop must know of each log
 * line, so that a queued one is flushed.
 */
void
role_begin(struct role *r)
{
	child_confine(r->child);
	r->parent = peer_open(r->loop, r->loop_arg, r->child->parent,
	    role_on_parent, role_on_parent_end, r);
	if (r->parent == NULL)
		fatal("parent channel");
	log_set_sink(role_sink, r);
}

struct peer *
role_peer(const struct role *r, enum proc_id id, unsigned int instance)
{
	return instance < RELAYS_MAX ? r->peers[id][instance] : NULL;
}

int
role_send(struct role *r, enum proc_id id, unsigned int instance,
    enum msg_type type, uint64_t msgid, const struct wbuf *payload, int fd)
{
	return peer_send(role_peer(r, id, instance), type, msgid, payload, fd);
}

int
role_post(struct role *r, enum proc_id id, unsigned int instance,
    enum msg_type type, uint64_t msgid, const struct wbuf *payload, int fd)
{
	return peer_post(role_peer(r, id, instance), type, msgid, payload, fd);
}

void
role_count(struct role *r, enum counter c)
{
	r->counters.v[c]++;
}

void
role_bad_peer(struct role *r, struct peer *p, const char *what)
{
	uint8_t             space[512];
	struct wbuf         b;
	struct msg_bad_peer bad;

	if (p == r->parent)
		fatalx("parent: %s", what);
	memset(&bad, 0, sizeof(bad));
	bad.role = channel_peer(peer_channel(p));
	bad.instance = channel_instance(peer_channel(p));
	(void)strlcpy(bad.what, what, sizeof(bad.what));
	log_warn("%s %u: protocol violation: %s", proc_name(bad.role),
	    bad.instance, bad.what);
	role_count(r, COUNTER_BAD_PEERS);
	wbuf_init(&b, space, sizeof(space));
	msg_put_bad_peer(&b, &bad);
	(void)peer_send(r->parent, MSG_CHILD_BAD_PEER, 0, &b, -1);
	role_peer_drop(r, p);
}

static void
role_sink(void *arg, enum log_level level, const char *line)
{
	struct role *r = arg;

	child_log(r->child, level, line);
	peer_flush(r->parent);
}

static void
role_on_parent(void *arg, struct peer *p, struct msg *m)
{
	struct role *r = arg;

	switch (m->type) {
	case MSG_BULK:
		role_on_lost(r, m);
		return;
	case MSG_CHILD_PEER:
		role_on_peer(r, m);
		return;
	case MSG_CHILD_VERBOSE:
		role_on_verbose(m);
		return;
	case MSG_CHILD_STOP:
		role_on_stop(r, m);
		return;
	case MSG_CHILD_PING:
		child_pong(r->child, m);
		peer_flush(p);
		return;
	case MSG_CONF_COMMIT:
		role_on_commit(r, m);
		return;
	case MSG_CONF_ABORT:
		role_on_abort(r);
		return;
	default:
		break;
	}
	if (m->type >= MSG_CONF_BEGIN && m->type <= MSG_CONF_END)
		role_on_conf(r, m);
	else
		role_hand(r, p, m);
}

static _Noreturn void
role_on_parent_end(void *arg, struct peer *p, const char *reason)
{
	_exit(reason == NULL ? 0 : 1);
}

static void
role_on_sibling(void *arg, struct peer *p, struct msg *m)
{
	struct role *r = arg;

	if (m->type == MSG_COUNTERS_REQ)
		role_on_counters(r, p, m);
	else
		role_hand(r, p, m);
}

static void
role_on_sibling_end(void *arg, struct peer *p, const char *reason)
{
	struct role *r = arg;

	if (reason == NULL)
		role_peer_drop(r, p);
	else
		role_bad_peer(r, p, reason);
}

/* The gate knows the routes, so a missing handler is a mistake of ours. */
static void
role_hand(struct role *r, struct peer *p, struct msg *m)
{
	if (r->ops->handlers[m->type] == NULL)
		fatalx("no handler for %s from %s", msg_name(m->type),
		    proc_name(channel_peer(peer_channel(p))));
	r->ops->handlers[m->type](r->arg, p, m);
}

/*
 * A new config can be refused.  Without anything else that the parent says,
 * there is no going on: who is started anew gets it again.
 */
static void
role_on_lost(struct role *r, const struct msg *m)
{
	if (m->id != MSG_CONF_BEGIN || r->conf == NULL)
		fatalx("parent: %s was lost: out of descriptors or memory",
		    msg_name((uint32_t)m->id));
	role_on_abort(r);
	role_conf_refuse(r, "lost: out of descriptors or memory");
}

static void
role_on_peer(struct role *r, struct msg *m)
{
	struct msg_peer mp;
	int             fd;

	if (msg_get_peer(m, &mp) == -1)
		fatalx("parent: malformed %s", msg_name(m->type));
	if ((fd = msg_take_fd(m)) == -1) {
		/* It comes once. */
		if (r->ops->peer_lost == NULL ||
		    r->ops->peer_lost(r->arg, mp.role) != 0)
			fatalx("%s %u: channel lost: out of descriptors",
			    proc_name(mp.role), mp.instance);
		return;
	}
	r->starts[mp.role][mp.instance] = (uint32_t)m->id;
	role_peer_set(r, &mp, fd);
}

/* A fresh channel to a sibling takes the place of that to its predecessor. */
static void
role_peer_set(struct role *r, const struct msg_peer *mp, int fd)
{
	struct channel *c;
	struct peer    *p;

	if ((p = role_peer(r, mp->role, mp->instance)) != NULL)
		role_peer_drop(r, p);
	c = channel_new(fd, r->child->start.role, mp->role, mp->instance);
	if (c == NULL)
		fatal("%s %u: channel", proc_name(mp->role), mp->instance);
	p = peer_open(r->loop, r->loop_arg, c, role_on_sibling,
	    role_on_sibling_end, r);
	if (p == NULL)
		fatal("%s %u: channel", proc_name(mp->role), mp->instance);
	if (r->ops->peer_drained != NULL)
		peer_on_drained(p, role_on_drained);
	r->peers[mp->role][mp->instance] = p;
	if (r->ops->peer_up != NULL)
		r->ops->peer_up(r->arg, p);
}

static void
role_on_drained(void *arg, struct peer *p)
{
	struct role *r = arg;

	r->ops->peer_drained(r->arg, p);
}

static void
role_peer_drop(struct role *r, struct peer *p)
{
	enum proc_id id;
	unsigned int instance;

	id = channel_peer(peer_channel(p));
	instance = channel_instance(peer_channel(p));
	r->peers[id][instance] = NULL;
	peer_free(p);
	if (r->ops->peer_down != NULL)
		r->ops->peer_down(r->arg, id, instance);
}

static void
role_on_verbose(const struct msg *m)
{
	uint32_t on;

	if (msg_get_u32(m, &on) == -1)
		fatalx("parent: malformed %s", msg_name(m->type));
	log_set_verbose(on != 0);
}

static void
role_on_stop(struct role *r, const struct msg *m)
{
	if (r->ops->stop == NULL)
		_exit(0);
	r->ops->stop(r->arg, m);
}

/* After a refusal the rest of that transaction is in the channel already. */
static void
role_on_conf(struct role *r, struct msg *m)
{
	if (m->type == MSG_CONF_BEGIN) {
		role_on_abort(r);
		r->next_refused = 0;
	} else if (r->next_refused)
		return;
	switch (r->ops->conf->receive(&r->next, m)) {
	case 0:
		return;
	case 1:
		role_conf_complete(r);
		return;
	default:
		role_conf_refuse(r, "malformed or out of memory");
		return;
	}
}

static void
role_conf_complete(struct role *r)
{
	char        why[MSG_TEXT_SIZE];
	uint8_t     space[16];
	struct wbuf b;

	why[0] = '\0';
	if (r->ops->conf_prepare != NULL &&
	    r->ops->conf_prepare(r->arg, r->next, why, sizeof(why)) == -1) {
		role_conf_refuse(r, why);
		return;
	}
	r->next_ready = 1;
	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, r->ops->conf->generation(r->next));
	if (peer_send(r->parent, MSG_CONF_READY, 0, &b, -1) == -1)
		fatal("parent: %s", msg_name(MSG_CONF_READY));
}

static void
role_conf_refuse(struct role *r, const char *why)
{
	uint8_t     space[MSG_TEXT_SIZE + 16];
	struct wbuf b;

	r->ops->conf->discard(r->next);
	r->next = NULL;
	r->next_refused = 1;
	wbuf_init(&b, space, sizeof(space));
	msg_put_text(&b, why);
	if (peer_send(r->parent, MSG_CONF_FAILED, 0, &b, -1) == -1)
		fatal("parent: %s", msg_name(MSG_CONF_FAILED));
}

static void
role_on_commit(struct role *r, const struct msg *m)
{
	struct conf *old;
	uint32_t     generation;
	int          first = r->conf == NULL;

	/* The parent has the reason. */
	if (first && r->next_refused)
		_exit(1);
	if (!r->next_ready || msg_get_u32(m, &generation) == -1 ||
	    generation != r->ops->conf->generation(r->next))
		fatalx("parent: commit of a config that is not ready");
	old = r->conf;
	r->conf = r->next;
	r->next = NULL;
	r->next_ready = 0;
	if (r->ops->conf_commit != NULL)
		r->ops->conf_commit(r->arg, old);
	else
		r->ops->conf->discard(old);
	if (first) {
		child_ready(r->child);
		peer_flush(r->parent);
	}
}

static void
role_on_abort(struct role *r)
{
	if (r->next_ready && r->ops->conf_abort != NULL)
		r->ops->conf_abort(r->arg);
	r->ops->conf->discard(r->next);
	r->next = NULL;
	r->next_ready = 0;
	r->next_refused = 1;
}

/* Behind what others were told meanwhile, for who asks them next. */
static void
role_on_counters(struct role *r, struct peer *p, const struct msg *m)
{
	uint8_t         space[8 * COUNTER_MAX + 16];
	struct counters all = r->counters;
	struct wbuf     b;

	if (r->ops->counters != NULL)
		r->ops->counters(r->arg, &all);
	wbuf_init(&b, space, sizeof(space));
	msg_put_counters(&b, &all);
	(void)peer_post(p, MSG_COUNTERS_RES, m->id, &b, -1);
}
