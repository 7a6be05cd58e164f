/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The part of msg_kinds.h about base/msg_policy.h, which includes it.
 */

static void
make_socket_want(union any *a, enum shape shape)
{
	struct socket_class *c = &a->socket_want.class;

	c->has_mark = (uint8_t)any_of(shape, 0, 1);
	if (c->has_mark)
		c->mark = (uint32_t)any_number();
	c->has_rtable = (uint8_t)any_of(shape, 0, 1);
	if (c->has_rtable)
		c->rtable = (uint32_t)any_number();
	any_text(c->interface, sizeof(c->interface), shape, 0);
	a->socket_want.inet6 = (uint8_t)any_of(shape, 0, 1);
	a->socket_want.udp = (uint8_t)any_of(shape, 0, 1);
}

static void
make_revoked(union any *a, enum shape shape)
{
	a->revoked.judged = (uint32_t)any_number();
	a->revoked.ended = (uint32_t)any_number();
}

static void
make_who_req(union any *a, enum shape shape)
{
	any_addr(&a->who_req.from, shape, 0);
	any_text(a->who_req.user, sizeof(a->who_req.user), shape, 1);
}

static void
any_who(struct msg_who_res *w, enum shape shape, enum login_status status)
{
	unsigned int i;

	w->status = status;
	w->ban = (enum login_ban)any_of(shape, 0, LOGIN_BAN_MAX - 1);
	w->ban_ms = any_number();
	w->ngroups = status != LOGIN_OK ? 0 :
					  any_of(shape, 0, LOGIN_GROUPS_MAX);
	for (i = 0; i < w->ngroups; i++)
		any_text(w->group[i], sizeof(w->group[i]), shape, 0);
}

static void
make_who_res(union any *a, enum shape shape)
{
	any_who(&a->who_res, shape,
	    shape == RANDOM ?
		(enum login_status)any_of(RANDOM, LOGIN_OK, LOGIN_MAX - 1) :
		LOGIN_OK);
}

static void
make_test(union any *a, enum shape shape)
{
	struct msg_test *t = &a->test;
	union any       *open;

	any_addr(&t->from, shape, 0);
	any_text(t->on, sizeof(t->on), shape, 0);
	any_text(t->user, sizeof(t->user), shape, 0);
	any_who(&t->login, shape, t->user[0] == '\0' ? LOGIN_NONE : LOGIN_OK);
	if ((open = calloc(1, sizeof(*open))) == NULL)
		abort();
	make_session_open(open, shape);
	t->open = open->session_open;
	t->open.login = 0; /* is said elsewhere */
	free(open);
}

static void
make_test_row(union any *a, enum shape shape)
{
	struct test_row *t = &a->test_row;

	t->kind = (enum test_kind)any_of(shape, 0, TEST_KIND_MAX - 1);
	t->verdict = (enum test_verdict)any_of(shape, 0, TEST_VERDICT_MAX - 1);
	any_addr(&t->addr, shape, 1);
	t->number = (uint32_t)any_number();
	t->cause = (enum session_cause)any_of(shape, 0, CAUSE_MAX - 1);
	t->rep = any_rep();
	any_text(t->key, sizeof(t->key), shape, 0);
	any_text(t->where, sizeof(t->where), shape, 0);
	any_text(t->text, sizeof(t->text), shape, 0);
	any_text(t->fields, sizeof(t->fields), shape, 0);
}

WHOLE(socket_want)
WHOLE(revoked)
WHOLE(who_req)
WHOLE(who_res)
WHOLE(test)
ITEM(test_row)
