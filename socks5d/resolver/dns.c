/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * c-ares on a libevent base: see dns.h.
 *
 * One channel for life, since making another would need a file.  Its sockets
 * are those of sockets.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ares.h>
#include <event2/event.h>

#include "base/log.h"
#include "compat/cares.h"
#include "conf/conf.h"
#include "resolver/dns.h"
#include "resolver/sockets.h"

/*
 * Of the first round over the servers; the library doubles it with each
 * round.  An answer that comes later still counts, so that being impatient
 * costs a datagram and spares a second when the first server is dead.
 */
#define DNS_TIMEOUT_MS 1000
#define DNS_ROUNDS     3

/* Before a question that a server refused is asked again. */
#define DNS_AGAIN_MS 100

/*
 * Longer datagrams than this the library does not take, whoever sent them.
 * What servers are told is for sockets.c to say.
 */
#define DNS_EDNS_SIZE 4096

struct question {
	TAILQ_ENTRY(question) entry;
	struct dns           *dns;
	void                 *cookie;
	int                   again; /* asked a second time */
	uint8_t               family;
	char                  name[HOSTNAME_MAX + 1];
};
TAILQ_HEAD(questions, question);

struct dns {
	ares_channel           channel;
	struct sockets        *sockets;
	struct event          *timer; /* of the library */
	struct event          *again;
	const struct dns_ops  *ops;
	void                  *arg;
	struct questions       running;
	struct questions       refused; /* to be asked again */
	struct conf_nameserver ns[CONF_NAMESERVERS_MAX];
	unsigned int           nns;
	int                    holding; /* ares_cancel(), then again */
};

static int      dns_open_channel(struct dns *);
static void     dns_use_servers(struct dns *);
static int      dns_want_socket(void *, const struct msg_dns *);
static uint64_t dns_whose_name(void *, const char *, uint8_t);
static void     dns_server_died(void *, unsigned int, int);
static void     dns_server_revived(void *, unsigned int, uint64_t);
static void     dns_fault(void *, const char *, uint8_t, unsigned int,
	enum name_fault_kind, int);
static void     dns_turn(void *);
static void     dns_stray(void *);
static void     dns_timer_cb(evutil_socket_t, short, void *);
static void     dns_again_cb(evutil_socket_t, short, void *);
static void     questions_ask(struct dns *, struct questions *);
static void     question_ask(struct question *);
static void     question_cb(void *, int, int, struct ares_addrinfo *);
static void     question_end(struct question *, const struct dns_result *);
static void     result_init(struct dns_result *, uint8_t, enum name_status);
static void result_fill(struct dns_result *, int, const struct ares_addrinfo *);
static void result_add(struct dns_result *, const struct ares_addrinfo_node *);
static void result_ttl(struct dns_result *, int);
static int  family_af(uint8_t);

struct dns *
dns_new(struct event_base *base, const struct dns_ops *ops, void *arg)
{
	static const struct sockets_ops sockets_ops = {
		dns_want_socket,
		dns_turn,
		dns_stray,
		dns_server_died,
		dns_server_revived,
		dns_fault,
		dns_whose_name,
	};
	struct dns *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	TAILQ_INIT(&d->running);
	TAILQ_INIT(&d->refused);
	d->ops = ops;
	d->arg = arg;
	d->timer = evtimer_new(base, dns_timer_cb, d);
	d->again = evtimer_new(base, dns_again_cb, d);
	d->sockets = sockets_new(base, &sockets_ops, d);
	if (d->timer == NULL || d->again == NULL || d->sockets == NULL ||
	    dns_open_channel(d) == -1) {
		free(d);
		return NULL;
	}
	return d;
}

int
dns_set_servers(struct dns *d, const struct conf_resolver *c)
{
	unsigned int i;
	int          same;

	same = d->nns == c->nns;
	for (i = 0; same && i < c->nns; i++) {
		same = conf_nameserver_same(&d->ns[i], &c->ns[i]) &&
		    d->ns[i].scope == c->ns[i].scope;
	}
	if (same)
		return 0;
	memcpy(d->ns, c->ns, sizeof(d->ns));
	d->nns = c->nns;
	d->holding = 1;
	ares_cancel(d->channel);
	d->holding = 0;
	dns_use_servers(d);
	questions_ask(d, &d->running);
	return 1;
}

void
dns_ask(struct dns *d, const char *name, uint8_t family, void *cookie)
{
	struct dns_result r;
	struct question  *q;

	if ((q = calloc(1, sizeof(*q))) == NULL ||
	    strlcpy(q->name, name, sizeof(q->name)) >= sizeof(q->name)) {
		free(q);
		result_init(&r, family, NAME_FAILED);
		d->ops->done(d->arg, cookie, &r);
		return;
	}
	q->dns = d;
	q->family = family;
	q->cookie = cookie;
	question_ask(q);
	dns_turn(d);
}

void
dns_lend(struct dns *d, const struct msg_dns *m, int fd)
{
	sockets_lend(d->sockets, m, fd);
}

void
dns_refuse(struct dns *d, const struct msg_dns *m)
{
	sockets_refuse(d->sockets, m);
}

void
dns_drop(struct dns *d)
{
	struct dns_result r;
	struct question  *q;

	ares_cancel(d->channel);
	sockets_set_servers(d->sockets, d->ns, 0);
	while ((q = TAILQ_FIRST(&d->refused)) != NULL) {
		TAILQ_REMOVE(&d->refused, q, entry);
		result_init(&r, q->family, NAME_FAILED);
		d->ops->done(d->arg, q->cookie, &r);
		free(q);
	}
	dns_turn(d);
}

void
dns_start(struct dns *d)
{
	sockets_set_servers(d->sockets, d->ns, d->nns);
}

/*
 * No search list, no aliases, no hosts file, no resolv.conf: after this the
 * library opens nothing any more.  An error that it gets is the last word, as
 * sockets.c has asked all servers by then.
 */
static int
dns_open_channel(struct dns *d)
{
	struct ares_options o;
	char                lookups[] = "b";
	int                 mask;

	memset(&o, 0, sizeof(o));
	o.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS |
	    ARES_FLAG_NOCHECKRESP;
	o.timeout = DNS_TIMEOUT_MS;
	o.tries = DNS_ROUNDS;
	o.ednspsz = DNS_EDNS_SIZE;
	o.lookups = lookups;
	o.sock_state_cb = sockets_state_cb;
	o.sock_state_cb_data = d->sockets;
	mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS |
	    ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_NOROTATE |
	    ARES_OPT_SOCK_STATE_CB;
	cares_options(&o, &mask);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&d->channel, &o, mask) != ARES_SUCCESS)
		return -1;
	sockets_attach(d->sockets, d->channel);
	return 0;
}

/*
 * The library knows servers by number only: which it is, where it is and how
 * it does, is for sockets.c.  A list in text is the one form that all versions
 * of c-ares take.
 */
static void
dns_use_servers(struct dns *d)
{
	char         list[CONF_NAMESERVERS_MAX * sizeof("127.0.0.255,")];
	size_t       n;
	unsigned int i;
	int          error;

	list[0] = '\0';
	for (i = 0; i < d->nns; i++) {
		n = strlen(list);
		(void)snprintf(list + n, sizeof(list) - n, "%s127.0.0.%u",
		    i > 0 ? "," : "", i + 1);
	}
	error = ares_set_servers_ports_csv(d->channel, list);
	if (error != ARES_SUCCESS)
		log_error("name servers: %s", ares_strerror(error));
	sockets_set_servers(d->sockets, d->ns, d->nns);
}

static int
dns_want_socket(void *arg, const struct msg_dns *m)
{
	struct dns *d = arg;

	return d->ops->want(d->arg, m);
}

static uint64_t
dns_whose_name(void *arg, const char *name, uint8_t family)
{
	struct dns *d = arg;

	return d->ops->whose(d->arg, name, family);
}

static void
dns_server_died(void *arg, unsigned int server, int error)
{
	struct dns *d = arg;

	d->ops->died(d->arg, server, error);
}

static void
dns_server_revived(void *arg, unsigned int server, uint64_t ms)
{
	struct dns *d = arg;

	d->ops->revived(d->arg, server, ms);
}

static void
dns_fault(void *arg, const char *name, uint8_t family, unsigned int server,
    enum name_fault_kind kind, int code)
{
	struct dns *d = arg;

	d->ops->fault(d->arg, name, family, server, kind, code);
}

/* After all that may have moved the library on: sets its next timeout. */
static void
dns_turn(void *arg)
{
	struct dns    *d = arg;
	struct timeval tv;

	if (ares_timeout(d->channel, NULL, &tv) == NULL)
		(void)evtimer_del(d->timer);
	else
		(void)evtimer_add(d->timer, &tv);
}

static void
dns_stray(void *arg)
{
	struct dns *d = arg;

	d->ops->stray(d->arg);
}

static void
dns_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dns *d = arg;

	ares_process_fd(d->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	dns_turn(d);
}

static void
dns_again_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dns *d = arg;

	questions_ask(d, &d->refused);
}

/* What is asked may be answered or refused before the call returns. */
static void
questions_ask(struct dns *d, struct questions *from)
{
	struct questions list;
	struct question *q;

	TAILQ_INIT(&list);
	TAILQ_CONCAT(&list, from, entry);
	while ((q = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, q, entry);
		question_ask(q);
	}
	dns_turn(d);
}

/*
 * Without a name server there is nobody to ask; the library may still know
 * those that it had last.  A service, even a number, would make it look for a
 * file; sorting would make it open sockets, and the router has an order of its
 * own.
 */
static void
question_ask(struct question *q)
{
	struct ares_addrinfo_hints hints;
	struct dns_result          r;

	TAILQ_INSERT_TAIL(&q->dns->running, q, entry);
	if (q->dns->nns == 0) {
		result_init(&r, q->family, NAME_FAILED);
		question_end(q, &r);
		return;
	}
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = family_af(q->family);
	hints.ai_flags = ARES_AI_NOSORT;
	ares_getaddrinfo(q->dns->channel, q->name, NULL, &hints, question_cb,
	    q);
}

/*
 * After a reload the router may not know yet the server that we want a socket
 * to.  So what reached no server is asked once more; NOTIMP is how sockets.c
 * tells that, and what no server says.
 */
static void
question_cb(void *arg, int status, int timeouts, struct ares_addrinfo *ai)
{
	struct question  *q = arg;
	struct dns       *d = q->dns;
	struct dns_result r;
	struct timeval    tv = { 0, DNS_AGAIN_MS * 1000 };

	if (d->holding)
		return;
	if ((status == ARES_ECONNREFUSED || status == ARES_ENOTIMP) &&
	    !q->again) {
		q->again = 1;
		TAILQ_REMOVE(&d->running, q, entry);
		TAILQ_INSERT_TAIL(&d->refused, q, entry);
		(void)evtimer_add(d->again, &tv);
		return;
	}
	result_init(&r, q->family, NAME_FAILED);
	result_fill(&r, status, ai);
	if (ai != NULL)
		ares_freeaddrinfo(ai);
	question_end(q, &r);
}

static void
question_end(struct question *q, const struct dns_result *r)
{
	struct dns *d = q->dns;
	void       *cookie = q->cookie;

	TAILQ_REMOVE(&d->running, q, entry);
	free(q);
	d->ops->done(d->arg, cookie, r);
}

static void
result_init(struct dns_result *r, uint8_t family, enum name_status status)
{
	memset(r, 0, sizeof(*r));
	r->answer.family = family;
	r->answer.status = status;
	r->ttl = UINT32_MAX;
}

static void
result_fill(struct dns_result *r, int status, const struct ares_addrinfo *ai)
{
	const struct ares_addrinfo_cname *c;
	const struct ares_addrinfo_node  *n;

	switch (status) {
	case ARES_SUCCESS:
		break;
	case ARES_ENODATA:
		r->exists = 1;
		r->answer.status = NAME_NOT_FOUND;
		return;
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		r->answer.status = NAME_NOT_FOUND;
		return;
	default:
		return;
	}
	r->exists = 1;
	for (c = ai->cnames; c != NULL; c = c->next)
		result_ttl(r, c->ttl);
	for (n = ai->nodes; n != NULL; n = n->ai_next)
		result_add(r, n);
	r->answer.status = r->answer.naddrs > 0 ? NAME_OK : NAME_NOT_FOUND;
}

static void
result_add(struct dns_result *r, const struct ares_addrinfo_node *n)
{
	struct addr addr;
	uint16_t    port;

	if (n->ai_family != family_af(r->answer.family) ||
	    r->answer.naddrs == NAME_ADDRS_MAX ||
	    addr_from_sockaddr(&addr, &port, n->ai_addr) == -1)
		return;
	r->answer.addrs[r->answer.naddrs++] = addr;
	result_ttl(r, n->ai_ttl);
}

/* RFC 2181, section 8: a TTL with the top bit set means 0. */
static void
result_ttl(struct dns_result *r, int ttl)
{
	if (ttl < 0)
		ttl = 0;
	if ((uint32_t)ttl < r->ttl)
		r->ttl = (uint32_t)ttl;
}

static int
family_af(uint8_t family)
{
	return family == RESOLVE_INET ? AF_INET : AF_INET6;
}
