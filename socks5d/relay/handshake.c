/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A session before its target is connected: see handshake.h.
 *
 * Decides nothing: what the client asks for goes to the router, whose answer
 * goes to the client, in the protocol that it speaks: protocol.h.  Bytes that
 * come behind the request are kept, up to a bound, and reach the target first,
 * after success only.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "compat/poller.h"
#include "relay/allow.h"
#include "relay/closing.h"
#include "relay/handshake.h"
#include "relay/hint.h"
#include "relay/protocol.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"
#include "socks/socks.h"

/* What a client may send before its target is connected; then we wait. */
#define HANDSHAKE_BUFFER SESSION_EARLY_MAX

/* A router that has not answered this long after its own limit never will. */
#define WAITING_MS 5000

/* Who has the next word. */
enum stage {
	STAGE_CLIENT,
	STAGE_AUTH,   /* works on a login */
	STAGE_ROUTER, /* works on the request */
};

/* Exists until the target is connected or the request refused. */
struct handshake {
	enum stage   stage;
	struct talk  talk;
	struct token token;  /* unless auth is none */
	uint8_t      login;  /* enum login_told */
	uint8_t      orphan; /* its router died */
	size_t       len;
	uint8_t      buf[HANDSHAKE_BUFFER];
};

static void handshake_event(struct relay *, struct session *, unsigned int,
    unsigned int);
static void handshake_expire(struct relay *, struct session *);
static void handshake_close(struct relay *, struct session *);
static void handshake_read(struct relay *, struct session *);
static void handshake_early(struct relay *, struct session *);
static void handshake_parse(struct relay *, struct session *);
static int  handshake_next(struct relay *, struct session *, struct heard *);
static void handshake_foreign(struct relay *, struct session *);
static int  handshake_stray(struct relay *, struct session *, struct heard *);
static void handshake_no_method(struct relay *, struct session *,
    const struct heard *);
static void handshake_bad(struct relay *, struct session *,
    const struct heard *);
static void handshake_check(struct relay *, struct session *,
    const struct socks_login *);
static void handshake_told(struct relay *, struct session *, enum login_told,
    enum session_cause);
static void handshake_request(struct relay *, struct session *,
    const struct socks_request *);
static void handshake_ask(struct relay *, struct session *,
    const struct socks_request *);
static int  handshake_reply(struct relay *, struct session *, uint8_t rep,
     const struct addr *, uint16_t);
static int  handshake_say(struct relay *, struct session *, uint8_t rep,
     const struct addr *, uint16_t);
static void handshake_consume(struct handshake *, size_t);
static int client_write(struct relay *, struct session *, const void *, size_t);

static const struct session_ops handshake_ops = {
	.event = handshake_event,
	.expire = handshake_expire,
	.close = handshake_close,
};

/* The greeting came while we were told of its client, so no event has to. */
int
handshake_start(struct relay *r, uint64_t id, int fd,
    const struct msg_session_new *n)
{
	struct handshake *hs;
	struct session   *s;

	if ((s = session_new(r, id, fd, &handshake_ops, n->handshake_ms)) ==
	    NULL)
		return -1;
	/* After what stays longer, so that it leaves no holes behind. */
	if ((hs = malloc(sizeof(*hs))) == NULL) {
		(void)close(fd);
		session_free(r, s);
		return -1;
	}
	hs->stage = STAGE_CLIENT;
	hs->talk.protocol = NULL;
	hs->talk.auth = n->auth;
	hs->talk.state = 0;
	hs->token = n->token;
	hs->login = LOGIN_TOLD_NO;
	hs->orphan = 0;
	hs->len = 0;
	s->hs = hs;
	s->end[CLIENT].readable = 1;
	handshake_read(r, s);
	if (s->end[CLIENT].fd != -1 &&
	    poller_add(r->poller, s->end[CLIENT].fd, KEY(id, CLIENT)) == -1)
		session_finish(r, s, CAUSE_NO_RESOURCES, 1);
	return 0;
}

static void
handshake_event(struct relay *r, struct session *s, unsigned int which,
    unsigned int what)
{
	struct end *e = &s->end[CLIENT];

	if (what & POLLER_MORE)
		e->drain = 1;
	if (what & POLLER_IN)
		e->readable = 1;
	if (what & POLLER_ERROR)
		session_finish(r, s, CAUSE_CLIENT_RESET, 1);
	else if (s->timer == TIMER_BOUND)
		handshake_early(r, s);
	else
		handshake_read(r, s);
}

/* Its own time, or that of the router, which should have answered by now. */
static void
handshake_expire(struct relay *r, struct session *s)
{
	if (session_waits(s)) {
		handshake_refused(r, s, SOCKS_REP_FAILURE, CAUSE_NO_RESOURCES);
		return;
	}
	role_count(&r->role, COUNTER_HANDSHAKE_TIMEOUTS);
	session_finish(r, s, CAUSE_HANDSHAKE_TIMEOUT, 0);
}

/* What it still holds of a password goes, too. */
static void
handshake_close(struct relay *r, struct session *s)
{
	explicit_bzero(s->hs->buf, s->hs->len);
	free(s->hs);
	s->hs = NULL;
}

static void
handshake_read(struct relay *r, struct session *s)
{
	struct handshake *hs = s->hs;
	struct end       *e = &s->end[CLIENT];
	ssize_t           n;

	/* While others work, the kernel keeps what the client sends. */
	while (s->timer == TIMER_HANDSHAKE && hs->stage == STAGE_CLIENT &&
	    e->readable && hs->len < sizeof(hs->buf)) {
		n = read(e->fd, hs->buf + hs->len, sizeof(hs->buf) - hs->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			e->readable = 0;
			return;
		}
		if (n <= 0) {
			session_finish(r, s,
			    n == 0 ? CAUSE_CLIENT_GONE : CAUSE_CLIENT_RESET, 0);
			return;
		}
		if ((size_t)n < sizeof(hs->buf) - hs->len && e->drain == 0)
			e->readable = 0;
		hs->len += (size_t)n;
		handshake_parse(r, s);
	}
}

/*
 * While a BIND waits.  After a FIN that follows something it may only have
 * nothing more to say; one that has nothing to say at all has left.
 */
static void
handshake_early(struct relay *r, struct session *s)
{
	struct handshake *hs = s->hs;
	struct end       *e = &s->end[CLIENT];
	ssize_t           n;

	while (e->readable && e->eof == 0 && hs->len < sizeof(hs->buf)) {
		n = read(e->fd, hs->buf + hs->len, sizeof(hs->buf) - hs->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			e->readable = 0;
			return;
		}
		if (n == -1) {
			session_finish(r, s, CAUSE_CLIENT_RESET, 0);
			return;
		}
		if (n == 0 && hs->len == 0) {
			session_finish(r, s, CAUSE_CLIENT_GONE, 0);
			return;
		}
		e->eof = n == 0;
		hs->len += (size_t)n;
	}
}

static void
handshake_parse(struct relay *r, struct session *s)
{
	struct heard h;
	int          again = 1;

	while (again && s->timer == TIMER_HANDSHAKE &&
	    s->hs->stage == STAGE_CLIENT)
		again = handshake_next(r, s, &h);
}

/* 1 if there was a whole message and the next may be there too. */
static int
handshake_next(struct relay *r, struct session *s, struct heard *h)
{
	struct handshake *hs = s->hs;
	struct talk      *t = &hs->talk;
	enum heard_what   what;

	if (hs->len == 0)
		return 0;
	if (t->protocol == NULL &&
	    (t->protocol = protocol_of(hs->buf[0])) == NULL) {
		handshake_foreign(r, s);
		return 0;
	}
	h->used = h->outlen = 0;
	what = t->protocol->hear(t, hs->buf, hs->len, h);
	handshake_consume(hs, h->used);
	switch (what) {
	case HEARD_MORE:
		break;
	case HEARD_GREETING:
		return client_write(r, s, h->out, h->outlen) == 0;
	case HEARD_STRAY_LOGIN:
		return handshake_stray(r, s, h);
	case HEARD_LOGIN:
		handshake_check(r, s, &h->login);
		explicit_bzero(&h->login, sizeof(h->login));
		break;
	case HEARD_REQUEST:
		handshake_request(r, s, &h->request);
		break;
	case HEARD_NO_METHOD:
		handshake_no_method(r, s, h);
		break;
	case HEARD_BAD:
		handshake_bad(r, s, h);
		break;
	}
	return 0;
}

/* There is no reply that it could parse. */
static void
handshake_foreign(struct relay *r, struct session *s)
{
	role_count(&r->role, COUNTER_REFUSED_PROTOCOL);
	s->hint = (uint8_t)hint_of_bytes(s->hs->buf, s->hs->len);
	session_finish(r, s, CAUSE_BAD_PROTOCOL, 0);
}

static int
handshake_stray(struct relay *r, struct session *s, struct heard *h)
{
	explicit_bzero(&h->login, sizeof(h->login));
	role_count(&r->role, COUNTER_LOGINS_IGNORED);
	log_debug("session %" PRIu64 ": a login that nobody asked for", s->id);
	return client_write(r, s, h->out, h->outlen) == 0;
}

static void
handshake_no_method(struct relay *r, struct session *s, const struct heard *h)
{
	if (client_write(r, s, h->out, h->outlen) == -1)
		return;
	s->hint = (uint8_t)h->hint;
	closing_start(r, s, CAUSE_NO_METHOD);
}

static void
handshake_bad(struct relay *r, struct session *s, const struct heard *h)
{
	role_count(&r->role, COUNTER_REFUSED_PROTOCOL);
	s->hint = (uint8_t)h->hint;
	if (h->rep == REP_NONE)
		session_finish(r, s, h->cause, 0);
	else
		handshake_refused(r, s, h->rep, h->cause);
}

/* Auth has it now; wipe our copy. */
static void
handshake_check(struct relay *r, struct session *s, const struct socks_login *l)
{
	struct msg_login_check c;
	uint8_t                data[sizeof(c) + 16];
	struct wbuf            b;
	int                    ok;

	c.token = s->hs->token;
	c.userlen = l->userlen;
	c.passlen = l->passlen;
	memcpy(c.user, l->user, l->userlen);
	memcpy(c.pass, l->pass, l->passlen);
	wbuf_init(&b, data, sizeof(data));
	msg_put_login_check(&b, &c);
	s->hs->stage = STAGE_AUTH;
	ok = role_post(&r->role, PROC_AUTH, 0, MSG_LOGIN_CHECK, s->id, &b,
		 -1) == 0;
	explicit_bzero(&c, sizeof(c));
	explicit_bzero(data, sizeof(data));
	if (ok == 0)
		handshake_told(r, s, LOGIN_TOLD_NO, CAUSE_AUTH_DIED);
}

void
handshake_login(struct relay *r, struct session *s, enum login_told told)
{
	if (s->timer == TIMER_HANDSHAKE && s->hs->stage == STAGE_AUTH)
		handshake_told(r, s, told, CAUSE_LOGIN_FAILED);
}

static void
handshake_told(struct relay *r, struct session *s, enum login_told told,
    enum session_cause cause)
{
	const struct talk *t = &s->hs->talk;
	uint8_t            out[PROTOCOL_OUT_MAX];
	size_t             n;
	int                ok;

	ok = told == LOGIN_TOLD_OK ||
	    (told == LOGIN_TOLD_NOBODY && t->auth == AUTH_MODE_OPTIONAL);
	n = t->protocol->put_login(out, ok);
	if (client_write(r, s, out, n) == -1)
		return;
	if (ok == 0) {
		closing_start(r, s, cause);
		return;
	}
	s->hs->login = (uint8_t)told;
	s->hs->stage = STAGE_CLIENT;
	handshake_parse(r, s);
	handshake_read(r, s);
}

static void
handshake_request(struct relay *r, struct session *s,
    const struct socks_request *req)
{
	s->hs->stage = STAGE_ROUTER;
	timer_set(r, s, TIMER_WAITING, r->connect_most_ms + WAITING_MS);
	if (s->hs->orphan)
		handshake_refused(r, s, SOCKS_REP_FAILURE, CAUSE_ROUTER_DIED);
	else
		handshake_ask(r, s, req);
}

static void
handshake_ask(struct relay *r, struct session *s,
    const struct socks_request *req)
{
	struct msg_session_open o;
	uint8_t                 data[SOCKS_REQUEST_MAX + 64];
	struct wbuf             b;

	memset(&o, 0, sizeof(o));
	o.login = s->hs->login;
	o.command = (enum session_command)req->command;
	o.addr = req->addr;
	o.port = req->port;
	o.namelen = req->namelen;
	memcpy(o.name, req->name, req->namelen);
	wbuf_init(&b, data, sizeof(data));
	msg_put_session_open(&b, &o);
	if (role_post(&r->role, PROC_ROUTER, 0, MSG_SESSION_OPEN, s->id, &b,
		-1) == -1)
		handshake_refused(r, s, SOCKS_REP_FAILURE, CAUSE_ROUTER_DIED);
}

int
handshake_opened(struct relay *r, struct session *s,
    const struct msg_session_opened *o, int fd)
{
	struct end *client = &s->end[CLIENT], *target = &s->end[TARGET];

	if (allow_join(r, &s->member, o->allowance) == -1 ||
	    (s->facts = malloc(o->nfacts)) == NULL ||
	    (s->hs->len != 0 &&
		(client->pending = malloc(s->hs->len)) == NULL)) {
		free(s->facts);
		s->facts = NULL;
		allow_leave(r, &s->member);
		(void)close(fd);
		handshake_refused(r, s, SOCKS_REP_FAILURE, CAUSE_NO_RESOURCES);
		return -1;
	}
	memcpy(s->facts, o->facts, o->nfacts);
	s->nfacts = (uint16_t)o->nfacts;
	s->idle_ms = o->idle_ms;
	s->half_closed_ms = o->half_closed_ms;
	target->fd = fd;
	target->writable = 1;
	/* The client waits for nothing else, so it comes first. */
	if (handshake_reply(r, s, SOCKS_REP_OK, &o->bound, o->bound_port) == -1)
		return -1;
	if (poller_add(r->poller, fd, KEY(s->id, TARGET)) == -1) {
		session_finish(r, s, CAUSE_NO_RESOURCES, 1);
		return -1;
	}
	if (s->hs->len != 0) {
		memcpy(client->pending, s->hs->buf, s->hs->len);
		client->off = 0;
		client->len = (uint32_t)s->hs->len;
		/* It has been read already. */
		if (s->member.allow != NULL)
			allow_spend(&s->member, client->len);
	}
	return 0;
}

int
handshake_associated(struct relay *r, struct session *s,
    const struct msg_udp_opened *o)
{
	if ((s->facts = malloc(o->nfacts)) == NULL) {
		handshake_refused(r, s, SOCKS_REP_FAILURE, CAUSE_NO_RESOURCES);
		return -1;
	}
	memcpy(s->facts, o->facts, o->nfacts);
	s->nfacts = (uint16_t)o->nfacts;
	return handshake_reply(r, s, SOCKS_REP_OK, &o->bound, o->bound_port);
}

/* In the log the second answer counts: this one ends nothing. */
void
handshake_bound(struct relay *r, struct session *s,
    const struct msg_session_bound *b)
{
	if (handshake_say(r, s, SOCKS_REP_OK, &b->bound, b->bound_port) == -1)
		return;
	timer_set(r, s, TIMER_BOUND, b->bind_ms + WAITING_MS);
	handshake_early(r, s);
}

void
handshake_refused(struct relay *r, struct session *s, uint8_t rep,
    enum session_cause cause)
{
	const struct addr none = { .af = AF_UNSPEC };

	if (handshake_reply(r, s, rep, &none, 0) == 0)
		closing_start(r, s, cause);
}

static int
handshake_reply(struct relay *r, struct session *s, uint8_t rep,
    const struct addr *bound, uint16_t port)
{
	if (handshake_say(r, s, rep, bound, port) == -1)
		return -1;
	s->rep = rep;
	return 0;
}

/* Each answer to a request, in the words of the client's protocol. */
static int
handshake_say(struct relay *r, struct session *s, uint8_t rep,
    const struct addr *bound, uint16_t port)
{
	uint8_t out[PROTOCOL_OUT_MAX];
	size_t  n;

	n = s->hs->talk.protocol->put_reply(out, rep, bound, port);
	return client_write(r, s, out, n);
}

void
handshake_router_down(struct relay *r)
{
	struct session_queue *q = &r->timer[TIMER_WAITING];
	struct session       *s, *next;

	TAILQ_FOREACH(s, &r->timer[TIMER_HANDSHAKE], timed)
		s->hs->orphan = 1;
	TAILQ_FOREACH_SAFE(s, q, timed, next) {
		s->hs->orphan = 1;
		handshake_refused(r, s, SOCKS_REP_FAILURE, CAUSE_ROUTER_DIED);
	}
	RB_FOREACH_SAFE(s, session_tree, &r->own, next)
		if (s->timer == TIMER_BOUND)
			handshake_refused(r, s, SOCKS_REP_FAILURE,
			    CAUSE_ROUTER_DIED);
}

/* Who waits for its word gets a no. */
void
handshake_auth_down(struct relay *r)
{
	struct session_queue *q = &r->timer[TIMER_HANDSHAKE];
	struct session       *s, *next;

	TAILQ_FOREACH_SAFE(s, q, timed, next)
		if (s->hs->stage == STAGE_AUTH)
			handshake_told(r, s, LOGIN_TOLD_NO, CAUSE_AUTH_DIED);
}

/* Drops the bytes of a message that was understood, maybe a password. */
static void
handshake_consume(struct handshake *hs, size_t used)
{
	hs->len -= used;
	memmove(hs->buf, hs->buf + used, hs->len);
	explicit_bzero(hs->buf + hs->len, used);
}

/*
 * Our messages are shorter than any socket buffer, so what does not go out at
 * once goes to a client that is no longer there.
 */
static int
client_write(struct relay *r, struct session *s, const void *data, size_t len)
{
	ssize_t n;

	if (len == 0)
		return 0;
	do {
		n = write(s->end[CLIENT].fd, data, len);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	session_finish(r, s, CAUSE_CLIENT_GONE, 1);
	return -1;
}
