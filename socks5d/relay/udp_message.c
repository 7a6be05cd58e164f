/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's messages about associations: what is malformed it is blamed
 * for; those about one that has ended meanwhile are nobody's fault.
 */

#include <sys/types.h>

#include "base/counters.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "base/role.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"
#include "relay/udp.h"

static struct session *association(struct relay *, uint64_t);

void
udp_on_opened(void *arg, struct peer *from, struct msg *m)
{
	struct relay         *r = arg;
	struct msg_udp_opened o;
	struct session       *s;

	if (msg_get_udp_opened(m, &o) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-opened");
		return;
	}
	if ((s = session_byid(r, m->id)) != NULL && s->timer == TIMER_WAITING)
		udp_start(r, s, &o);
}

/* The association of a message, if it still is one. */
static struct session *
association(struct relay *r, uint64_t id)
{
	struct session *s = session_byid(r, id);

	return s != NULL && udp_is(s) ? s : NULL;
}

void
udp_on_client(void *arg, struct peer *from, struct msg *m)
{
	struct relay         *r = arg;
	struct msg_udp_client c;
	struct session       *s;
	int                   fd;

	if (msg_get_udp_client(m, &c) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-client");
		return;
	}
	if ((s = association(r, m->id)) == NULL)
		return;
	if ((fd = msg_take_fd(m)) != -1) {
		udp_client(r, s, &c, fd);
		return;
	}
	role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
	session_finish(r, s, CAUSE_NO_RESOURCES, 0);
}

void
udp_on_flow(void *arg, struct peer *from, struct msg *m)
{
	struct relay       *r = arg;
	struct msg_udp_flow f;
	struct session     *s;
	int                 fd;

	if (msg_get_udp_flow(m, &f) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-flow");
		return;
	}
	if ((s = association(r, m->id)) == NULL)
		return;
	if ((fd = msg_take_fd(m)) == -1)
		role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
	udp_flow_opened(r, s, &f, fd);
}

void
udp_on_refused(void *arg, struct peer *from, struct msg *m)
{
	struct relay          *r = arg;
	struct msg_udp_refused f;
	struct session        *s;

	if (msg_get_udp_refused(m, &f) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-refused");
		return;
	}
	if ((s = association(r, m->id)) != NULL)
		udp_flow_refused(r, s, &f);
}

void
udp_on_close(void *arg, struct peer *from, struct msg *m)
{
	struct relay          *r = arg;
	struct msg_udp_refused f;
	struct session        *s;

	if (msg_get_udp_refused(m, &f) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-close");
		return;
	}
	if ((s = association(r, m->id)) != NULL)
		udp_flow_close(r, s, &f);
}

void
udp_on_forget(void *arg, struct peer *from, struct msg *m)
{
	udp_forget(arg);
}
