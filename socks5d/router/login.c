/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who a client is: auth says so, on a channel of its own.
 *
 * Linked by the router alone.  The relay in between only tells that its client
 * was told of a login; that counts for nothing until auth has said whose.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/msg_login.h"
#include "base/token.h"
#include "router/state.h"

static struct login	*login_new(const struct msg_session_user *);
static int		 login_is_nobody(const struct session *);
static void		 login_go_on(struct router *, struct session *);

void
login_on_key(void *arg, struct peer *from, struct msg *m)
{
	struct router	*r = arg;

	mac_key(&r->key, m->data);	/* the gate saw to its length */
}

void
login_sign(struct router *r, const struct session *s, struct token *t)
{
	t->client = s->client;
	token_sign(&r->key, s->id, s->relay, t);
}

/*
 * No token lets a relay ask for another's session, or for one without logins:
 * who says that one has is auth itself.  A second answer for one session means
 * that its relay has asked twice, which is to guess at passwords without the
 * client's doing.
 */
void
login_on_user(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	struct msg_session_user	 u;
	struct session		*s;

	if (msg_get_session_user(m, &u) == -1) {
		role_bad_peer(&r->role, from, "malformed session-user");
		return;
	}
	/* The client may have left while its password was checked. */
	if ((s = sess_byid(r, m->id)) == NULL)
		return;
	if (s->relay != u.relay || (s->state == SESSION_HANDSHAKE &&
	    s->auth == AUTH_MODE_NONE)) {
		role_bad_peer(&r->role, from,
		    "session-user for a session without that login");
		return;
	}
	if (s->login_status != LOGIN_NONE || s->state != SESSION_HANDSHAKE) {
		login_accuse(r, u.relay, "login of a session it does not own");
		return;
	}
	s->login_status = (uint8_t)u.status;
	if (!login_is_nobody(s))
		s->login = login_new(&u);	/* NULL: see life_open() */
	if (s->login_status != LOGIN_OK && !login_is_nobody(s)) {
		s->cause = CAUSE_LOGIN_FAILED;
		s->hint = strdup(login_status_name(
		    (enum login_status)s->login_status));
	}
	if (s->held != NULL)
		login_go_on(r, s);
}

/*
 * Some programs always offer to log in, and say whose computer it is, with an
 * empty password, where they have no login.  They are served as those who do
 * not offer it.
 */
static int
login_is_nobody(const struct session *s)
{
	return s->login_status == LOGIN_EMPTY &&
	    s->auth == AUTH_MODE_OPTIONAL;
}

static struct login *
login_new(const struct msg_session_user *u)
{
	return login_make(u->user, u->ngroups, u->group);
}

struct login *
login_make(const char *user, unsigned int ngroups,
    const char (*group)[LOGIN_GROUP_SIZE])
{
	struct login	*l;
	size_t		 size = ngroups * sizeof(*group);

	if ((l = malloc(sizeof(*l) + size)) == NULL)
		return NULL;
	(void)strlcpy(l->user, user, sizeof(l->user));
	l->ngroups = ngroups;
	if (size != 0)
		memcpy(l->group, group, size);
	return l;
}

/* The former router knew his groups, too; now auth is asked, if need be. */
void
login_adopt(struct session *s, const char *user)
{
	if (user[0] != '\0' && (s->login = login_make(user, 0, NULL)) != NULL)
		s->login_status = LOGIN_OK;
}

/* Without memory he keeps those that he had. */
void
login_regroup(struct session *s, unsigned int ngroups,
    const char (*group)[LOGIN_GROUP_SIZE])
{
	struct login	*l;

	if ((l = login_make(s->login->user, ngroups, group)) == NULL)
		return;
	free(s->login);
	s->login = l;
}

const struct login *
login_of(const struct session *s)
{
	return s->login_status == LOGIN_OK ? s->login : NULL;
}

const char *
login_name(const struct session *s)
{
	return s->login == NULL ? "" : s->login->user;
}

void
login_accuse(struct router *r, unsigned int relay, const char *what)
{
	struct peer	*p;

	if ((p = role_peer(&r->role, PROC_RELAY, relay)) != NULL)
		role_bad_peer(&r->role, p, what);
}

/* The client was told one thing by its relay; auth must have said the same. */
int
login_admits(const struct session *s, int told)
{
	if (told == LOGIN_TOLD_OK)
		return s->login_status == LOGIN_OK;
	if (told == LOGIN_TOLD_NOBODY)
		return login_is_nobody(s);
	return s->login_status == LOGIN_NONE &&
	    s->auth != AUTH_MODE_REQUIRED;
}

void
login_hold(struct router *r, struct session *s,
    const struct msg_session_open *o)
{
	enum session_cause	cause = CAUSE_AUTH_DIED;

	if (role_peer(&r->role, PROC_AUTH, 0) != NULL) {
		if ((s->held = malloc(sizeof(*s->held))) != NULL) {
			*s->held = *o;
			return;
		}
		cause = CAUSE_NO_RESOURCES;
	}
	sess_begun(r, s);
	request_refuse(r, s, cause);
}

struct session *
login_hear(struct router *r, struct session *s)
{
	struct peer	*auth = role_peer(&r->role, PROC_AUTH, 0);
	uint64_t	 id = s->id;

	if (s->login_status != LOGIN_NONE || auth == NULL)
		return s;
	peer_drain(auth);
	return sess_byid(r, id);
}

/* The relay's channel was faster than auth's, which has come now. */
static void
login_go_on(struct router *r, struct session *s)
{
	struct msg_session_open	*o = s->held;

	s->held = NULL;
	if (login_admits(s, o->login))
		life_open(r, s, o);
	else
		login_accuse(r, s->relay, "a login that auth denies");
	free(o);
}

void
login_auth_down(struct router *r)
{
	struct session	*s, *next;

	for (s = RB_MIN(sess_tree, &r->sessions); s != NULL; s = next) {
		next = RB_NEXT(sess_tree, &r->sessions, s);
		if (s->held == NULL)
			continue;
		free(s->held);
		s->held = NULL;
		sess_begun(r, s);
		request_refuse(r, s, CAUSE_AUTH_DIED);
	}
}

void
login_on_kill(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	const struct login	*l;
	struct session		*s;
	char			 name[LOGIN_NAME_SIZE];
	uint32_t		 n = 0;
	uint8_t			 data[8];
	struct wbuf		 b;

	if (msg_get_name(m, name, sizeof(name)) == -1) {
		role_bad_peer(&r->role, from, "malformed kill-user-req");
		return;
	}
	RB_FOREACH(s, sess_tree, &r->sessions) {
		if ((l = login_of(s)) == NULL || strcmp(l->user, name) != 0)
			continue;
		sess_kill(r, s, CAUSE_KILLED);
		n++;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, n);
	(void)peer_send(from, MSG_KILL_USER_RES, m->id, &b, -1);
}
