/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What auth says of clients, on a channel of its own, and requests that wait
 * for it.
 *
 * The relay in between only tells that its client
 * was told of a login; that counts for nothing until auth has said whose.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/login.h"
#include "base/msg_codec.h"
#include "base/msg_login.h"
#include "base/role.h"
#include "base/session.h"
#include "router/identity.h"
#include "router/login.h"
#include "router/session.h"
#include "router/state.h"

/*
 * No token lets a relay ask for another's session, or for one without logins:
 * who says that one has is auth itself.  A second answer for one session means
 * that its relay has asked twice, which is to guess at passwords without the
 * client's doing.
 */
struct session *
login_user(struct router *r, struct peer *from, struct msg *m)
{
	struct msg_session_user u;
	struct session         *s;

	if (msg_get_session_user(m, &u) == -1) {
		role_bad_peer(&r->role, from, "malformed session-user");
		return NULL;
	}
	/* The client may have left while its password was checked. */
	if ((s = sess_byid(r, m->id)) == NULL)
		return NULL;
	if (s->relay != u.relay ||
	    (s->state == SESSION_HANDSHAKE && s->auth == AUTH_MODE_NONE)) {
		role_bad_peer(&r->role, from,
		    "session-user for a session without that login");
		return NULL;
	}
	if (s->login_status != LOGIN_NONE || s->state != SESSION_HANDSHAKE) {
		login_accuse(r, u.relay, "login of a session it does not own");
		return NULL;
	}
	s->login_status = (uint8_t)u.status;
	/* NULL: see life_open() */
	if (!identity_is_nobody(s))
		s->identity = identity_make(u.user, u.ngroups, u.group);
	if (s->login_status != LOGIN_OK && !identity_is_nobody(s)) {
		s->cause = CAUSE_LOGIN_FAILED;
		s->hint = strdup(login_status_name((enum login_status)
						       s->login_status));
	}
	return s->held == NULL ? NULL : s;
}

void
login_accuse(struct router *r, unsigned int relay, const char *what)
{
	struct peer *p;

	if ((p = role_peer(&r->role, PROC_RELAY, relay)) != NULL)
		role_bad_peer(&r->role, p, what);
}

enum session_cause
login_hold(struct router *r, struct session *s,
    const struct msg_session_open *o)
{
	if (role_peer(&r->role, PROC_AUTH, 0) == NULL)
		return CAUSE_AUTH_DIED;
	if ((s->held = malloc(sizeof(*s->held))) == NULL)
		return CAUSE_NO_RESOURCES;
	*s->held = *o;
	return CAUSE_NONE;
}

struct session *
login_hear(struct router *r, struct session *s)
{
	struct peer *auth = role_peer(&r->role, PROC_AUTH, 0);
	uint64_t     id = s->id;

	if (s->login_status != LOGIN_NONE || auth == NULL)
		return s;
	peer_drain(auth);
	return sess_byid(r, id);
}

void
login_on_kill(void *arg, struct peer *from, struct msg *m)
{
	struct router         *r = arg;
	const struct identity *l;
	struct session        *s;
	char                   name[LOGIN_NAME_SIZE];
	uint32_t               n = 0;
	uint8_t                data[8];
	struct wbuf            b;

	if (msg_get_name(m, name, sizeof(name)) == -1) {
		role_bad_peer(&r->role, from, "malformed kill-user-req");
		return;
	}
	RB_FOREACH(s, sess_tree, &r->sessions) {
		if ((l = identity_of(s)) == NULL || strcmp(l->user, name) != 0)
			continue;
		sess_kill(r, s, CAUSE_KILLED);
		n++;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, n);
	(void)peer_send(from, MSG_KILL_USER_RES, m->id, &b, -1);
}
