/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who the client of a session is: see state.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/login.h"
#include "base/mac.h"
#include "base/msg_codec.h"
#include "base/token.h"
#include "router/identity.h"
#include "router/session.h"
#include "router/state.h"

void
identity_on_key(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;

	mac_key(&r->key, m->data); /* the gate saw to its length */
}

void
identity_sign(struct router *r, const struct session *s, struct token *t)
{
	t->client = s->client;
	token_sign(&r->key, s->id, s->relay, t);
}

struct identity *
identity_make(const char *user, unsigned int ngroups,
    const char (*group)[LOGIN_GROUP_SIZE])
{
	struct identity *l;
	size_t           size = ngroups * sizeof(*group);

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
identity_adopt(struct session *s, const char *user)
{
	if (user[0] != '\0' &&
	    (s->identity = identity_make(user, 0, NULL)) != NULL)
		s->login_status = LOGIN_OK;
}

/* Without memory he keeps those that he had. */
void
identity_regroup(struct session *s, unsigned int ngroups,
    const char (*group)[LOGIN_GROUP_SIZE])
{
	struct identity *l;

	if ((l = identity_make(s->identity->user, ngroups, group)) == NULL)
		return;
	free(s->identity);
	s->identity = l;
}

const struct identity *
identity_of(const struct session *s)
{
	return s->login_status == LOGIN_OK ? s->identity : NULL;
}

const char *
identity_name(const struct session *s)
{
	return s->identity == NULL ? "" : s->identity->user;
}

int
identity_is_nobody(const struct session *s)
{
	return s->login_status == LOGIN_EMPTY && s->auth == AUTH_MODE_OPTIONAL;
}

/* The client was told one thing by its relay; auth must have said the same. */
int
identity_admits(const struct session *s, int told)
{
	if (told == LOGIN_TOLD_OK)
		return s->login_status == LOGIN_OK;
	if (told == LOGIN_TOLD_NOBODY)
		return identity_is_nobody(s);
	return s->login_status == LOGIN_NONE && s->auth != AUTH_MODE_REQUIRED;
}
