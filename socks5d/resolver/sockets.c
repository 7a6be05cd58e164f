/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Virtual descriptors for c-ares: see sockets.h.
 *
 * c-ares opens a descriptor for each question, or one or few per server that it
 * keeps while questions overlap.  Since ares_process_fd() may close any of
 * them, nothing is remembered over a call of it but numbers.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/clock.h"
#include "compat/cares.h"
#include "conf/conf.h"
#include "resolver/asked.h"
#include "resolver/edns.h"
#include "resolver/health.h"
#include "resolver/line.h"
#include "resolver/reply.h"
#include "resolver/sockets.h"
#include "resolver/turns.h"

/* Above every real descriptor, so that neither is taken for the other. */
#define NUMBER_FIRST (1 << 20)
#define NUMBER_LAST  (1 << 30)

/* The types of RFC 1035 and RFC 3596. */
#define TYPE_A    1
#define TYPE_AAAA 28

/* Datagrams of this size pass everywhere without fragments. */
#define EDNS_SIZE 1232

/*
 * Our own questions have numbers that are no socket's: one kind with EDNS, one
 * without, each of two generations, as the older may still be answered.
 */
#define PROBE_FIRST           (-2)
#define PROBE_LAST            (-5)
#define PROBE_EDNS(gen)       (PROBE_FIRST - 2 * (int)(gen))
#define PROBE_BARE(gen)       (PROBE_FIRST - 2 * (int)(gen)-1)
#define PROBE_IS_BARE(number) ((number) % 2 != 0)

/* Nobody waits any more for what c-ares sent longer ago. */
#define TURN_RUNS_MS 5000

struct virtual
{
	RB_ENTRY(virtual) entry;
	struct sockets   *sockets;
	int               connected;
	struct addr       peer; /* who c-ares thinks it is */
	uint16_t          port;
	struct event     *writable; /* TCP: let it write */
	int               number;
	int               tcp;
};
RB_HEAD(virtuals, virtual);

struct sockets {
	struct event_base        *base;
	ares_channel              channel;
	struct cares_sockets      functions; /* what c-ares calls */
	const struct sockets_ops *ops;
	void                     *arg;
	struct turns             *turns;
	struct line               lines[CONF_NAMESERVERS_MAX][2]; /* by .tcp */
	struct edns               edns[CONF_NAMESERVERS_MAX];
	struct health             health[CONF_NAMESERVERS_MAX];
	int                       refused[CONF_NAMESERVERS_MAX][2]; /* why */
	unsigned int              probe[CONF_NAMESERVERS_MAX]; /* generation */
	struct event             *pulse; /* next that health asks for */
	unsigned int              nservers;
	struct virtuals           virtuals;
	int                       next;    /* number */
	int                       reading; /* the number that may read */
	size_t                    nanswer; /* what there is to be read */
	size_t                    given;   /* of it, already */
	uint8_t                   answer[LINE_TCP_LENGTH + REPLY_MAX];
};

static struct line *sockets_line(struct sockets *, const struct msg_dns *);
static void         sockets_run(struct sockets *, int, int);
static int          line_want(void *, const struct msg_dns *);
static void line_answer(void *, struct line *, const struct line_asked *,
    const uint8_t *, size_t);
static int  sockets_ask_bare(struct sockets *, struct turn *,
     const struct reply *);
static void line_failed(void *, struct line *, const struct line_asked *, int);
static int  sockets_ask_next(struct sockets *, struct turn *);
static int  sockets_send(struct sockets *, struct turn *);
static int  sockets_write(struct sockets *, const struct turn *);
static void sockets_give(struct sockets *, int, const uint8_t *, size_t);
static void turn_fault(struct sockets *, const struct turn *,
    enum name_fault_kind, int);
static uint8_t      question_name(const uint8_t *, size_t, char *, size_t);
static void         probe_answer(struct sockets *, unsigned int, int,
	    const struct reply *);
static void         probe_send(struct sockets *, unsigned int);
static void         probe_drop(struct sockets *, unsigned int);
static void         server_heard(struct sockets *, unsigned int);
static void         server_revived(struct sockets *, unsigned int);
static void         server_died(struct sockets *, unsigned int, int);
static void         server_is_deaf(struct sockets *, unsigned int);
static void         sockets_pulse(struct sockets *);
static void         sockets_pulse_cb(evutil_socket_t, short, void *);
static unsigned int line_server(const struct sockets *, const struct line *);
static turns_set    sockets_alive(const struct sockets *);
static void         line_stray(void *);
static int          line_again(void *, const uint8_t *, size_t);
static uint64_t     line_whose(void *, const uint8_t *, size_t);

static ares_socket_t virtual_open(void *, int);
static void          virtual_close(void *, ares_socket_t);
static int     virtual_connect(void *, ares_socket_t, const struct sockaddr *);
static ssize_t virtual_read(void *, ares_socket_t, void *, size_t,
    struct sockaddr *, socklen_t *);
static ssize_t virtual_write(void *, ares_socket_t, const void *, size_t);
static int     virtual_send(struct virtual *, const uint8_t *, size_t);
static void    virtual_write_tcp(struct virtual *, const uint8_t *, size_t);
static struct virtual *virtual_find(struct sockets *, ares_socket_t);
static void            virtual_free(struct virtual *);
static void            virtual_sender(const struct virtual *, struct sockaddr *,
	       socklen_t *);
static void            virtual_writable_cb(evutil_socket_t, short, void *);
static int virtual_cmp(const struct virtual *, const struct virtual *);

RB_PROTOTYPE(virtuals, virtual, entry, virtual_cmp)
RB_GENERATE(virtuals, virtual, entry, virtual_cmp)

static const struct line_ops sockets_line_ops = {
	line_want,
	line_answer,
	line_failed,
	line_stray,
	line_again,
	line_whose,
};

struct sockets *
sockets_new(struct event_base *base, const struct sockets_ops *ops, void *arg)
{
	struct sockets *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->base = base;
	s->ops = ops;
	s->arg = arg;
	s->functions.open = virtual_open;
	s->functions.close = virtual_close;
	s->functions.connect = virtual_connect;
	s->functions.read = virtual_read;
	s->functions.write = virtual_write;
	s->functions.arg = s;
	s->next = NUMBER_FIRST;
	RB_INIT(&s->virtuals);
	s->pulse = evtimer_new(base, sockets_pulse_cb, s);
	if (s->pulse == NULL || (s->turns = turns_new()) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
sockets_attach(struct sockets *s, ares_channel channel)
{
	s->channel = channel;
	cares_attach(channel, &s->functions);
}

/* c-ares has something to write on TCP, which it must do in its own turn. */
void
sockets_state_cb(void *arg, ares_socket_t number, int readable, int writable)
{
	struct virtual *v;

	if (writable && (v = virtual_find(arg, number)) != NULL &&
	    v->writable != NULL)
		event_active(v->writable, EV_WRITE, 0);
}

void
sockets_set_servers(struct sockets *s, const struct conf_nameserver *ns,
    unsigned int n)
{
	struct msg_dns  m;
	struct virtual *v;
	unsigned int    i;
	int             tcp;

	while ((v = RB_MIN(virtuals, &s->virtuals)) != NULL)
		virtual_free(v);
	for (i = 0; i < s->nservers; i++) {
		line_clear(&s->lines[i][0]);
		line_clear(&s->lines[i][1]);
	}
	s->nservers = n;
	turns_reset(s->turns, n);
	memset(s->edns, 0, sizeof(s->edns));
	memset(s->health, 0, sizeof(s->health));
	memset(s->refused, 0, sizeof(s->refused));
	sockets_pulse(s);
	memset(&m, 0, sizeof(m));
	for (i = 0; i < n; i++) {
		for (tcp = 0; tcp < 2; tcp++) {
			m.server = ns[i].addr;
			m.port = ns[i].port;
			m.scope = ns[i].scope;
			m.tcp = tcp != 0;
			line_init(&s->lines[i][tcp], s->base, &m,
			    &sockets_line_ops, s);
		}
	}
}

void
sockets_lend(struct sockets *s, const struct msg_dns *m, int fd)
{
	struct line *ln;

	if ((ln = sockets_line(s, m)) == NULL)
		(void)close(fd);
	else
		line_lend(ln, fd);
}

void
sockets_refuse(struct sockets *s, const struct msg_dns *m)
{
	struct line *ln;
	unsigned int i;

	if ((ln = sockets_line(s, m)) == NULL)
		return;
	i = line_server(s, ln);
	s->refused[i][m->tcp] = m->error;
	if (m->error != 0 && !m->tcp)
		server_died(s, i, m->error);
	line_refuse(ln);
}

static struct line *
sockets_line(struct sockets *s, const struct msg_dns *like)
{
	const struct msg_dns *m;
	unsigned int          i;

	for (i = 0; i < s->nservers; i++) {
		m = &s->lines[i][0].server;
		if (m->port == like->port && m->scope == like->scope &&
		    addr_cmp(&m->server, &like->server) == 0)
			return &s->lines[i][like->tcp != 0];
	}
	return NULL;
}

static void
sockets_run(struct sockets *s, int in, int out)
{
	ares_process_fd(s->channel, in, out);
	s->ops->turn(s->arg);
}

static int
line_want(void *arg, const struct msg_dns *m)
{
	struct sockets *s = arg;

	return s->ops->want(s->arg, m);
}

/*
 * What comes late may come from another server than was asked last, and goes
 * to the socket that c-ares asked on last, unless it is an error: then there is
 * a better to come.  Errors make it the next server's turn, and are all one to
 * c-ares, which has ways of its own with some of them.  By TCP it takes a cut
 * answer for a whole one, so there it is an error, and one that comes late by
 * UDP says nothing new.
 */
static void
line_answer(void *arg, struct line *ln, const struct line_asked *asked,
    const uint8_t *msg, size_t len)
{
	struct sockets *s = arg;
	struct reply    a;
	struct turn    *t;
	uint8_t         out[REPLY_MAX];
	size_t          n;
	unsigned int    i = line_server(s, ln);
	int             number, now_asked, code;

	reply_read(&a, msg, len);
	if (asked->number <= PROBE_FIRST) {
		probe_answer(s, i, asked->number, &a);
		return;
	}
	server_heard(s, i);
	if ((t = turns_find(s->turns, asked->key, asked->nkey)) == NULL ||
	    (a.cut && t->tcp && !ln->server.tcp))
		return;
	now_asked = t->server == i;
	if (now_asked && sockets_ask_bare(s, t, &a))
		return;
	number = t->number;
	if ((a.code == REPLY_NOERROR || a.code == REPLY_NXDOMAIN) &&
	    !(a.cut && ln->server.tcp))
		n = reply_make(t->key, t->nkey, msg, len, out);
	else
		n = reply_fail(t->key, t->nkey, REPLY_SERVFAIL, out);
	code = (int)a.code;
	reply_read(&a, out, n);
	if (a.code == REPLY_SERVFAIL) {
		if (!now_asked)
			return;
		turn_fault(s, t, NAME_FAULT_CODE, code);
		if (sockets_ask_next(s, t) == 0)
			return;
	}
	if (a.code != REPLY_SERVFAIL && !a.cut)
		turns_end(s->turns, t);
	sockets_give(s, number, out, n);
}

/* True if the answer is not taken, as without EDNS there may be a better. */
static int
sockets_ask_bare(struct sockets *s, struct turn *t, const struct reply *a)
{
	struct edns *e = &s->edns[t->server];
	uint64_t     now = clock_ms();

	if (t->bare) {
		if (t->doubted)
			edns_compare(e, a, now);
		return 0;
	}
	if (!edns_doubts(e, a, now))
		return 0;
	t->bare = t->doubted = 1;
	return sockets_write(s, t) == 0;
}

/*
 * A connection that ended without an answer may be the way of a server, or of
 * what is before it, to say that it takes no EDNS.  Without a server that could
 * be reached c-ares is told of an error that none says.
 */
static void
line_failed(void *arg, struct line *ln, const struct line_asked *asked,
    int error)
{
	struct sockets *s = arg;
	struct turn    *t;
	uint8_t         out[REPLY_MAX];
	unsigned int    i = line_server(s, ln);

	if (!ln->server.tcp && error != ENOTCONN)
		server_died(s, i, error);
	if ((t = turns_find(s->turns, asked->key, asked->nkey)) == NULL ||
	    t->server != i)
		return;
	if (t->tcp && error != ENOTCONN) {
		if (!t->bare &&
		    edns_doubts_end(&s->edns[t->server], clock_ms())) {
			t->bare = t->doubted = 1;
			(void)sockets_write(s, t);
		}
		return;
	}
	if (sockets_ask_next(s, t) == 0)
		return;
	if (error == ENOTCONN && s->refused[i][ln->server.tcp] != 0)
		error = s->refused[i][ln->server.tcp];
	turn_fault(s, t, NAME_FAULT_ERROR, error);
	sockets_give(s, t->number, out,
	    reply_fail(t->key, t->nkey, REPLY_NOTIMP, out));
}

/* To those that are left for this time; -1 if none takes it. */
static int
sockets_ask_next(struct sockets *s, struct turn *t)
{
	while (turns_next(s->turns, t, sockets_alive(s)))
		if (sockets_send(s, t) == 0)
			return 0;
	return -1;
}

/*
 * To the server whose turn it is.  One that said nothing to a question with
 * EDNS may answer it without.
 */
static int
sockets_send(struct sockets *s, struct turn *t)
{
	struct edns *e = &s->edns[t->server];
	turns_set    bit = (turns_set)1 << t->server;
	uint64_t     now = clock_ms();

	t->bare = !edns_is_on(e, now);
	if (!t->bare && (t->with_edns & bit) != 0 &&
	    edns_doubts_silence(e, now))
		t->bare = t->doubted = 1;
	if (!t->bare)
		t->with_edns |= bit;
	return sockets_write(s, t);
}

static int
sockets_write(struct sockets *s, const struct turn *t)
{
	uint8_t  buf[LINE_TCP_LENGTH + ASKED_MESSAGE_MAX];
	uint8_t *msg = buf + LINE_TCP_LENGTH;
	size_t   len = t->len;

	memcpy(msg, t->msg, len);
	if (t->bare)
		len = asked_bare(msg, len);
	buf[0] = (uint8_t)(len >> 8);
	buf[1] = (uint8_t)len;
	turn_fault(s, t, NAME_FAULT_SILENT, 0);
	health_sent(&s->health[t->server], clock_ms());
	sockets_pulse(s);
	return t->tcp ? line_send(&s->lines[t->server][1], t->number, buf,
			    LINE_TCP_LENGTH + len) :
			line_send(&s->lines[t->server][0], t->number, msg, len);
}

/* c-ares reads by TCP the length, then the message, perhaps turn by turn. */
static void
sockets_give(struct sockets *s, int number, const uint8_t *msg, size_t len)
{
	struct virtual *v;
	size_t          before, head;

	if (len == 0 || (v = virtual_find(s, number)) == NULL)
		return;
	head = v->tcp ? LINE_TCP_LENGTH : 0;
	s->answer[0] = (uint8_t)(len >> 8);
	s->answer[1] = (uint8_t)len;
	memcpy(s->answer + head, msg, len);
	s->nanswer = head + len;
	s->given = 0;
	s->reading = number;
	do {
		before = s->given;
		sockets_run(s, number, ARES_SOCKET_BAD);
	} while (s->given > before && s->given < s->nanswer &&
	    virtual_find(s, number) != NULL);
	s->nanswer = s->given = 0;
}

static void
turn_fault(struct sockets *s, const struct turn *t, enum name_fault_kind kind,
    int code)
{
	char    name[HOSTNAME_MAX + 1];
	uint8_t family;

	family = question_name(t->msg, t->len, name, sizeof(name));
	if (family != 0)
		s->ops->fault(s->arg, name, family, t->server, kind, code);
}

/* To whoever knows no EDNS, what has none is all that can be asked. */
static void
probe_answer(struct sockets *s, unsigned int i, int number,
    const struct reply *a)
{
	struct edns *e = &s->edns[i];
	uint64_t     now = clock_ms();

	if (!PROBE_IS_BARE(number)) {
		(void)edns_doubts(e, a, now);
		server_heard(s, i);
	} else if (!edns_is_on(e, now))
		server_heard(s, i);
	else if (health_heard_bare(&s->health[i], now))
		server_revived(s, i);
	sockets_pulse(s);
}

/*
 * Asks for the name servers of the root, which all servers know that know
 * anything of the world; that one says no is an answer, too.
 */
static void
probe_send(struct sockets *s, unsigned int i)
{
	uint8_t msg[] = {
		0,
		0,
		1,
		0,
		0,
		1,
		0,
		0,
		0,
		0,
		0,
		1,
		0,
		0,
		2,
		0,
		1,
		0,
		0,
		41,
		EDNS_SIZE >> 8,
		EDNS_SIZE & 0xff,
		0,
		0,
		0,
		0,
		0,
		0,
	};
	struct line *ln = &s->lines[i][0];
	unsigned int gen = s->probe[i]++ % 2;

	line_drop(ln, PROBE_EDNS(gen));
	line_drop(ln, PROBE_BARE(gen));
	if (edns_is_on(&s->edns[i], clock_ms())) {
		arc4random_buf(msg, 2);
		(void)line_send(ln, PROBE_EDNS(gen), msg, sizeof(msg));
	}
	arc4random_buf(msg, 2);
	(void)line_send(ln, PROBE_BARE(gen), msg, asked_bare(msg, sizeof(msg)));
}

static void
probe_drop(struct sockets *s, unsigned int i)
{
	int number;

	for (number = PROBE_FIRST; number >= PROBE_LAST; number--)
		line_drop(&s->lines[i][0], number);
}

static void
server_heard(struct sockets *s, unsigned int i)
{
	struct health *h = &s->health[i];

	if (h->probes > 0 || h->dead)
		probe_drop(s, i);
	if (health_heard(h, clock_ms()))
		server_revived(s, i);
	sockets_pulse(s);
}

static void
server_revived(struct sockets *s, unsigned int i)
{
	s->ops->revived(s->arg, i, clock_ms() - s->health[i].died);
}

/* What it was asked goes to the next one. */
static void
server_died(struct sockets *s, unsigned int i, int error)
{
	struct turn *t;
	uint64_t     now = clock_ms();

	if (error != ETIMEDOUT && !health_failed(&s->health[i], now))
		return;
	s->ops->died(s->arg, i, error);
	sockets_pulse(s);
	for (t = turns_first(s->turns); t != NULL; t = turns_after(t))
		if (t->server == i && now - t->sent < TURN_RUNS_MS &&
		    turns_next(s->turns, t, sockets_alive(s)))
			(void)sockets_send(s, t);
}

/* What it was asked it is asked again without EDNS. */
static void
server_is_deaf(struct sockets *s, unsigned int i)
{
	struct turn *t;
	uint64_t     now = clock_ms();

	if (!edns_doubts_silence(&s->edns[i], now))
		return;
	edns_turn_off(&s->edns[i], now);
	for (t = turns_first(s->turns); t != NULL; t = turns_after(t)) {
		if (t->server != i || t->bare || now - t->sent >= TURN_RUNS_MS)
			continue;
		t->bare = 1;
		(void)sockets_write(s, t);
	}
}

static void
sockets_pulse(struct sockets *s)
{
	struct timeval tv;
	uint64_t       next = 0, now = clock_ms();
	unsigned int   i;

	for (i = 0; i < s->nservers; i++)
		if (s->health[i].next != 0 &&
		    (next == 0 || s->health[i].next < next))
			next = s->health[i].next;
	if (next == 0) {
		(void)evtimer_del(s->pulse);
		return;
	}
	next = next > now ? next - now : 0;
	tv = clock_timeval(next);
	(void)evtimer_add(s->pulse, &tv);
}

static void
sockets_pulse_cb(evutil_socket_t fd, short what, void *arg)
{
	struct sockets *s = arg;
	unsigned int    i;

	for (i = 0; i < s->nservers; i++) {
		switch (health_turn(&s->health[i], clock_ms())) {
		case HEALTH_NOTHING:
			break;
		case HEALTH_PROBE:
			probe_send(s, i);
			break;
		case HEALTH_DIED:
			server_died(s, i, ETIMEDOUT);
			break;
		case HEALTH_DEAF:
			server_is_deaf(s, i);
			break;
		}
	}
	sockets_pulse(s);
}

static unsigned int
line_server(const struct sockets *s, const struct line *ln)
{
	return (unsigned int)(ln - &s->lines[0][0]) / 2;
}

static turns_set
sockets_alive(const struct sockets *s)
{
	turns_set    set = 0;
	unsigned int i;

	for (i = 0; i < s->nservers; i++)
		if (!s->health[i].dead)
			set |= (turns_set)1 << i;
	return set;
}

static void
line_stray(void *arg)
{
	struct sockets *s = arg;

	s->ops->stray(s->arg);
}

/* What is no question of ours is nobody's. */
static uint64_t
line_whose(void *arg, const uint8_t *data, size_t len)
{
	struct sockets *s = arg;
	char            name[HOSTNAME_MAX + 1];
	uint8_t         family;

	family = question_name(data + LINE_TCP_LENGTH, len - LINE_TCP_LENGTH,
	    name, sizeof(name));
	return family == 0 ? 0 : s->ops->whose(s->arg, name, family);
}

/* The name of a question, and its RESOLVE_*; 0 if it is none of ours. */
static uint8_t
question_name(const uint8_t *msg, size_t len, char *name, size_t size)
{
	switch (asked_name(msg, len, name, size)) {
	case TYPE_A:
		return RESOLVE_INET;
	case TYPE_AAAA:
		return RESOLVE_INET6;
	default:
		return 0;
	}
}

static int
line_again(void *arg, const uint8_t *key, size_t len)
{
	struct sockets *s = arg;
	struct turn    *t;

	if ((t = turns_find(s->turns, key, len)) == NULL ||
	    virtual_find(s, t->number) == NULL)
		return -1;
	return t->number;
}

/* What c-ares calls. */

static ares_socket_t
virtual_open(void *arg, int type)
{
	struct sockets *s = arg;
	struct virtual *v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return ARES_SOCKET_BAD;
	v->sockets = s;
	v->tcp = type == SOCK_STREAM;
	if (v->tcp &&
	    (v->writable = event_new(s->base, -1, 0, virtual_writable_cb, v)) ==
		NULL) {
		free(v);
		return ARES_SOCKET_BAD;
	}
	v->number = s->next;
	s->next = s->next == NUMBER_LAST ? NUMBER_FIRST : s->next + 1;
	(void)RB_INSERT(virtuals, &s->virtuals, v);
	return v->number;
}

static void
virtual_close(void *arg, ares_socket_t number)
{
	struct virtual *v;

	if ((v = virtual_find(arg, number)) != NULL)
		virtual_free(v);
}

static int
virtual_connect(void *arg, ares_socket_t number, const struct sockaddr *sa)
{
	struct sockets *s = arg;
	struct virtual *v;

	if ((v = virtual_find(s, number)) == NULL ||
	    addr_from_sockaddr(&v->peer, &v->port, sa) == -1) {
		errno = ECONNREFUSED;
		return -1;
	}
	v->connected = 1;
	return 0;
}

static ssize_t
virtual_read(void *arg, ares_socket_t number, void *buf, size_t size,
    struct sockaddr *from, socklen_t *fromlen)
{
	struct sockets *s = arg;
	struct virtual *v;

	if ((v = virtual_find(s, number)) == NULL || !v->connected) {
		errno = EBADF;
		return -1;
	}
	if (s->reading != number || s->given == s->nanswer) {
		errno = EAGAIN;
		return -1;
	}
	if (from != NULL && fromlen != NULL)
		virtual_sender(v, from, fromlen);
	if (size > s->nanswer - s->given)
		size = s->nanswer - s->given;
	memcpy(buf, s->answer + s->given, size);
	s->given += size;
	return (ssize_t)size;
}

static ssize_t
virtual_write(void *arg, ares_socket_t number, const void *data, size_t len)
{
	struct virtual *v;

	if ((v = virtual_find(arg, number)) == NULL || !v->connected) {
		errno = EBADF;
		return -1;
	}
	if (v->tcp)
		virtual_write_tcp(v, data, len);
	else if (virtual_send(v, data, len) == -1)
		return -1;
	return (ssize_t)len;
}

/*
 * Cookies (RFC 7873) are left out, as the library does not know which server
 * it talks to: it would miss those of one in the answers of another.
 */
static int
virtual_send(struct virtual *v, const uint8_t *data, size_t len)
{
	struct sockets *s = v->sockets;
	struct turn    *t;
	uint8_t         msg[LINE_MESSAGE_MAX];

	if (len > sizeof(msg)) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(msg, data, len);
	len = asked_plain(msg, len, EDNS_SIZE);
	if ((t = turns_take(s->turns, msg, len, v->tcp, v->number,
		 sockets_alive(s), clock_ms())) == NULL) {
		errno = ECONNREFUSED;
		return -1;
	}
	return sockets_send(s, t) == 0 ? 0 : sockets_ask_next(s, t);
}

/*
 * One or more whole messages, each with its length before it (RFC 1035,
 * section 4.2.2).  What cannot be sent is lost as on a connection that dies,
 * as an error would end all questions to this server.
 */
static void
virtual_write_tcp(struct virtual *v, const uint8_t *data, size_t left)
{
	size_t len;

	for (; left >= LINE_TCP_LENGTH; left -= len, data += len) {
		len = LINE_TCP_LENGTH + ((size_t)data[0] << 8 | data[1]);
		if (len > left)
			break;
		(void)virtual_send(v, data + LINE_TCP_LENGTH,
		    len - LINE_TCP_LENGTH);
	}
}

static struct virtual *
virtual_find(struct sockets *s, ares_socket_t number)
{
	struct virtual key;

	key.number = number;
	return RB_FIND(virtuals, &s->virtuals, &key);
}

static void
virtual_free(struct virtual *v)
{
	struct sockets *s = v->sockets;
	unsigned int    i;

	RB_REMOVE(virtuals, &s->virtuals, v);
	if (v->connected) {
		for (i = 0; i < s->nservers; i++)
			line_drop(&s->lines[i][v->tcp], v->number);
	}
	if (v->writable != NULL)
		event_free(v->writable);
	free(v);
}

/* A connected socket lets no other sender in, so it need not be asked for. */
static void
virtual_sender(const struct virtual *v, struct sockaddr *from,
    socklen_t *fromlen)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	len = addr_to_sockaddr(&v->peer, v->port, &ss);
	if (len > *fromlen)
		len = *fromlen;
	memcpy(from, &ss, len);
	*fromlen = len;
}

static void
virtual_writable_cb(evutil_socket_t fd, short what, void *arg)
{
	struct virtual *v = arg;

	sockets_run(v->sockets, ARES_SOCKET_BAD, v->number);
}

static int
virtual_cmp(const struct virtual *a, const struct virtual *b)
{
	return (a->number > b->number) - (a->number < b->number);
}
