/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Virtual descriptors on lent sockets: see sockets.h.
 *
 * Linked by the resolver.  c-ares opens one or few descriptors per server and
 * keeps them while queries overlap; behind a UDP one there are many lent
 * sockets, one for each datagram, closed when its answer came.  A datagram
 * waits here until its socket arrives.  Since ares_process_fd() may close any
 * descriptor, nothing is remembered over a call of it but numbers.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/msg_codec.h"
#include "config/conf.h"
#include "resolver/sockets.h"

/* Above every real descriptor, so that neither is taken for the other. */
#define VIRTUAL_FIRST	(1 << 20)
#define VIRTUAL_LAST	(1 << 30)

#define POOL_MAX	4		/* unused UDP sockets at hand */
#define POOL_AGE_MS	60000		/* this host's address may change */
#define ANSWER_AGE_MS	5000		/* c-ares waits no longer */
#define PENDING_MAX	4096		/* datagrams without a socket */
#define DATAGRAM_MAX	1024		/* a question is under 300 bytes */
#define WANTED_AGE_MS	10000		/* then it is not coming */
#define EMPTY_READS	16

struct server;
struct virtual;

struct lent {
	TAILQ_ENTRY(lent)	 entry;		/* of the pool or owner */
	struct sockets		*sockets;
	struct virtual		*owner;		/* NULL in the pool */
	struct event		*in;
	uint64_t		 used;		/* when it came or last sent */
	unsigned int		 sent;		/* datagrams */
	uint8_t			 id[2];		/* of the last one */
	int			 fd;
};
TAILQ_HEAD(lents, lent);

struct datagram {
	STAILQ_ENTRY(datagram)	 entry;
	size_t			 len;
	uint8_t			 data[];
};
STAILQ_HEAD(datagrams, datagram);

struct virtual {
	TAILQ_ENTRY(virtual)	 entry;
	struct sockets		*sockets;
	struct server		*server;	/* NULL until connected */
	struct lents		 lents;		/* the longest unused first */
	struct datagrams	 pending;
	struct event		*out;		/* TCP, with its lent socket */
	int			 number;
	int			 tcp;
	int			 wants_write;
	int			 error;		/* for the next read */
};
TAILQ_HEAD(virtuals, virtual);

struct server {
	struct addr		 addr;
	uint16_t		 port;
	struct lents		 pool;
	unsigned int		 npool;
	unsigned int		 nused;		/* UDP, in the virtuals */
	unsigned int		 nwanted;	/* UDP, on their way */
	uint64_t		 heard;		/* of them, or first wanted */
	unsigned int		 npending;	/* datagrams in the virtuals */
};

struct sockets {
	struct event_base	*base;
	ares_channel		 channel;
	sockets_want		 want;
	sockets_turn		 turn;
	void			*arg;
	struct server		 servers[CONF_NAMESERVERS_MAX];
	unsigned int		 nservers;
	struct virtuals		 virtuals;
	struct lent		*reading;	/* its event is at work */
	int			 next;		/* number */
};

static ares_socket_t	 virtual_open(int, int, int, void *);
static int		 virtual_close(ares_socket_t, void *);
static int		 virtual_connect(ares_socket_t, const struct sockaddr *,
			    ares_socklen_t, void *);
static ares_ssize_t	 virtual_read(ares_socket_t, void *, size_t, int,
			    struct sockaddr *, ares_socklen_t *, void *);
static ares_ssize_t	 virtual_write(ares_socket_t, const struct iovec *, int,
			    void *);

static struct virtual	*virtual_find(struct sockets *, ares_socket_t);
static void		 virtual_free(struct virtual *);
static void		 virtual_run(struct sockets *, int, int);
static void		 virtual_fail(struct virtual *, int);
static int		 virtual_adopt(struct virtual *, struct lent *);
static int		 virtual_flush(struct virtual *, struct lent *,
			    unsigned int);
static ares_ssize_t	 tcp_write(struct virtual *, const struct iovec *);
static ares_ssize_t	 udp_write(struct virtual *, const struct iovec *, int);
static ares_ssize_t	 udp_queue(struct virtual *, const uint8_t *, size_t);
static struct lent	*udp_lent(struct virtual *);
static int		 udp_send(struct lent *, const uint8_t *, size_t);
static ares_ssize_t	 udp_read(struct lent *, uint8_t *, size_t);

static struct server	*server_find(struct sockets *, const struct addr *,
			    uint16_t);
static void		 server_clear(struct server *);
static void		 server_ask(struct sockets *, struct server *);
static void		 server_heard(struct server *);
static int		 server_want(struct sockets *, struct server *, int);
static void		 server_settle(struct sockets *, struct server *);
static struct virtual	*server_stuck(struct sockets *, const struct server *);
static struct lent	*server_pooled(struct server *);
static void		 server_lend_udp(struct sockets *, struct server *,
			    struct lent *);
static struct virtual	*server_tcp(struct sockets *, const struct server *);

static struct lent	*lent_new(struct sockets *, int);
static void		 lent_free(struct lent *);
static void		 lent_in_cb(evutil_socket_t, short, void *);
static void		 tcp_out_cb(evutil_socket_t, short, void *);

static const struct ares_socket_functions virtual_functions = {
	virtual_open,
	virtual_close,
	virtual_connect,
	virtual_read,
	virtual_write
};

struct sockets *
sockets_new(struct event_base *base, sockets_want want, sockets_turn turn,
    void *arg)
{
	struct sockets	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->base = base;
	s->want = want;
	s->turn = turn;
	s->arg = arg;
	s->next = VIRTUAL_FIRST;
	TAILQ_INIT(&s->virtuals);
	return s;
}

void
sockets_attach(struct sockets *s, ares_channel channel)
{
	s->channel = channel;
	ares_set_socket_functions(channel, &virtual_functions, s);
}

void
sockets_state_cb(void *arg, ares_socket_t number, int readable, int writable)
{
	struct sockets	*s = arg;
	struct virtual	*v;

	if ((v = virtual_find(s, number)) == NULL)
		return;
	v->wants_write = writable;
	if (v->out == NULL)
		return;
	if (writable)
		(void)event_add(v->out, NULL);
	else
		(void)event_del(v->out);
}

void
sockets_set_servers(struct sockets *s, const struct conf_nameserver *ns,
    unsigned int n)
{
	struct virtual	*v;
	unsigned int	 i;

	while ((v = TAILQ_FIRST(&s->virtuals)) != NULL)
		virtual_free(v);
	for (i = 0; i < s->nservers; i++)
		server_clear(&s->servers[i]);
	memset(s->servers, 0, sizeof(s->servers));
	for (i = 0; i < n; i++) {
		s->servers[i].addr = ns[i].addr;
		s->servers[i].port = ns[i].port;
		TAILQ_INIT(&s->servers[i].pool);
	}
	s->nservers = n;
	for (i = 0; i < n; i++)
		server_ask(s, &s->servers[i]);
}

/* What nobody asked for, or has no use any more, is closed. */
void
sockets_lend(struct sockets *s, const struct msg_dns *d, int fd)
{
	struct server	*srv;
	struct virtual	*v;
	struct lent	*l;

	srv = server_find(s, &d->server, d->port);
	if ((l = lent_new(s, fd)) == NULL) {
		sockets_refuse(s, d);
		return;
	}
	if (srv == NULL || (!d->tcp && srv->nwanted == 0))
		lent_free(l);
	else if (!d->tcp)
		server_lend_udp(s, srv, l);
	else if ((v = server_tcp(s, srv)) == NULL)
		lent_free(l);
	else if (virtual_adopt(v, l) == -1)
		virtual_fail(v, ENOBUFS);
}

void
sockets_refuse(struct sockets *s, const struct msg_dns *d)
{
	struct server	*srv;
	struct virtual	*v;

	if ((srv = server_find(s, &d->server, d->port)) == NULL)
		return;
	if (d->tcp) {
		if ((v = server_tcp(s, srv)) != NULL)
			virtual_fail(v, ECONNREFUSED);
		return;
	}
	server_heard(srv);
	server_settle(s, srv);
}

/* What c-ares calls. */

static ares_socket_t
virtual_open(int family, int type, int protocol, void *arg)
{
	struct sockets	*s = arg;
	struct virtual	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return ARES_SOCKET_BAD;
	v->sockets = s;
	v->tcp = type == SOCK_STREAM;
	v->number = s->next;
	s->next = s->next == VIRTUAL_LAST ? VIRTUAL_FIRST : s->next + 1;
	TAILQ_INIT(&v->lents);
	STAILQ_INIT(&v->pending);
	TAILQ_INSERT_TAIL(&s->virtuals, v, entry);
	return v->number;
}

static int
virtual_close(ares_socket_t number, void *arg)
{
	struct virtual	*v;

	if ((v = virtual_find(arg, number)) != NULL)
		virtual_free(v);
	return 0;
}

static int
virtual_connect(ares_socket_t number, const struct sockaddr *sa,
    ares_socklen_t len, void *arg)
{
	struct sockets	*s = arg;
	struct virtual	*v;
	struct addr	 addr;
	uint16_t	 port;

	if ((v = virtual_find(s, number)) == NULL ||
	    addr_from_sockaddr(&addr, &port, sa) == -1 ||
	    (v->server = server_find(s, &addr, port)) == NULL ||
	    (v->tcp && server_want(s, v->server, 1) == -1)) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (!v->tcp)
		return 0;
	errno = EINPROGRESS;
	return -1;
}

/* The kernel lets only the server's datagrams in, so the sender is known. */
static ares_ssize_t
virtual_read(ares_socket_t number, void *buf, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *fromlen, void *arg)
{
	struct sockets		*s = arg;
	struct sockaddr_storage	 ss;
	struct virtual		*v;
	struct lent		*l;
	socklen_t		 len;

	if ((v = virtual_find(s, number)) == NULL || v->server == NULL) {
		errno = EBADF;
		return -1;
	}
	if (v->error != 0) {
		errno = v->error;
		v->error = 0;
		return -1;
	}
	l = v->tcp ? TAILQ_FIRST(&v->lents) : s->reading;
	if (l == NULL || l->owner != v) {
		errno = EAGAIN;
		return -1;
	}
	if (from != NULL && fromlen != NULL) {
		len = addr_to_sockaddr(&v->server->addr, v->server->port, &ss);
		if (len > *fromlen)
			len = *fromlen;
		memcpy(from, &ss, len);
		*fromlen = len;
	}
	return v->tcp ? read(l->fd, buf, size) : udp_read(l, buf, size);
}

static ares_ssize_t
virtual_write(ares_socket_t number, const struct iovec *iov, int n, void *arg)
{
	struct virtual	*v;

	if ((v = virtual_find(arg, number)) == NULL || v->server == NULL ||
	    n < 1) {
		errno = EBADF;
		return -1;
	}
	return v->tcp ? tcp_write(v, iov) : udp_write(v, iov, n);
}

/* Virtual descriptors. */

static struct virtual *
virtual_find(struct sockets *s, ares_socket_t number)
{
	struct virtual	*v;

	TAILQ_FOREACH(v, &s->virtuals, entry) {
		if (v->number == number)
			return v;
	}
	return NULL;
}

static void
virtual_free(struct virtual *v)
{
	struct datagram	*d;
	struct lent	*l;

	if (v->out != NULL)
		event_free(v->out);
	while ((l = TAILQ_FIRST(&v->lents)) != NULL)
		lent_free(l);
	while ((d = STAILQ_FIRST(&v->pending)) != NULL) {
		STAILQ_REMOVE_HEAD(&v->pending, entry);
		v->server->npending--;
		free(d);
	}
	TAILQ_REMOVE(&v->sockets->virtuals, v, entry);
	free(v);
}

/* Lets c-ares look at a descriptor; whatever it was, it may be gone after. */
static void
virtual_run(struct sockets *s, int in, int out)
{
	ares_process_fd(s->channel, in, out);
	s->turn(s->arg);
}

/* The next read of c-ares fails, and it turns to another server. */
static void
virtual_fail(struct virtual *v, int error)
{
	v->error = error;
	virtual_run(v->sockets, v->number, ARES_SOCKET_BAD);
}

/* Takes a lent socket or frees it; -1 if memory is short. */
static int
virtual_adopt(struct virtual *v, struct lent *l)
{
	struct event_base	*base;

	base = v->sockets->base;
	l->in = event_new(base, l->fd, EV_READ | EV_PERSIST, lent_in_cb, l);
	if (v->tcp)
		v->out = event_new(base, l->fd, EV_WRITE, tcp_out_cb, v);
	if (l->in == NULL || (v->tcp && v->out == NULL) ||
	    event_add(l->in, NULL) == -1) {
		lent_free(l);
		return -1;
	}
	l->owner = v;
	TAILQ_INSERT_TAIL(&v->lents, l, entry);
	if (!v->tcp)
		v->server->nused++;
	else if (v->wants_write)
		(void)event_add(v->out, NULL);
	return 0;
}

/* Sends up to n waiting datagrams; -1 if the socket took one badly. */
static int
virtual_flush(struct virtual *v, struct lent *l, unsigned int n)
{
	struct datagram	*d;
	int		 ret = 0;

	while (n-- > 0 && ret == 0 &&
	    (d = STAILQ_FIRST(&v->pending)) != NULL) {
		STAILQ_REMOVE_HEAD(&v->pending, entry);
		v->server->npending--;
		ret = udp_send(l, d->data, d->len);
		free(d);
	}
	return ret;
}

static ares_ssize_t
tcp_write(struct virtual *v, const struct iovec *iov)
{
	struct lent	*l;

	if ((l = TAILQ_FIRST(&v->lents)) == NULL) {
		errno = EAGAIN;
		return -1;
	}
	return write(l->fd, iov[0].iov_base, iov[0].iov_len);
}

static ares_ssize_t
udp_write(struct virtual *v, const struct iovec *iov, int n)
{
	uint8_t		 data[DATAGRAM_MAX];
	struct lent	*l;
	size_t		 len = 0;
	int		 i;

	for (i = 0; i < n; i++) {
		if (iov[i].iov_len > sizeof(data) - len) {
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(data + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	if (!STAILQ_EMPTY(&v->pending) || (l = udp_lent(v)) == NULL)
		return udp_queue(v, data, len);
	server_ask(v->sockets, v->server);
	if (udp_send(l, data, len) == -1)
		return -1;
	return (ares_ssize_t)len;
}

static ares_ssize_t
udp_queue(struct virtual *v, const uint8_t *data, size_t len)
{
	struct server	*srv;
	struct datagram	*d;

	srv = v->server;
	if (srv->npending == PENDING_MAX ||
	    (d = malloc(sizeof(*d) + len)) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	d->len = len;
	memcpy(d->data, data, len);
	STAILQ_INSERT_TAIL(&v->pending, d, entry);
	srv->npending++;
	server_ask(v->sockets, srv);
	if (srv->nwanted > 0)
		return (ares_ssize_t)len;

	/* The router is not there: nothing will come for this datagram. */
	STAILQ_REMOVE(&v->pending, d, datagram, entry);
	srv->npending--;
	free(d);
	errno = ECONNREFUSED;
	return -1;
}

/*
 * A socket for one more question: an unused one; none, if one can be waited
 * for; or at the limit the one that was not used for the longest time.
 */
static struct lent *
udp_lent(struct virtual *v)
{
	struct server	*srv;
	struct lent	*l;

	srv = v->server;
	if ((l = server_pooled(srv)) != NULL)
		return virtual_adopt(v, l) == -1 ? NULL : l;
	if (srv->nused + srv->nwanted < SOCKETS_MAX)
		return NULL;
	if ((l = TAILQ_FIRST(&v->lents)) == NULL)
		return NULL;
	if (clock_ms() - l->used > ANSWER_AGE_MS) {
		lent_free(l);
		return NULL;
	}
	TAILQ_REMOVE(&v->lents, l, entry);
	TAILQ_INSERT_TAIL(&v->lents, l, entry);
	return l;
}

/* A datagram that the kernel has no room for is lost, as on any link. */
static int
udp_send(struct lent *l, const uint8_t *data, size_t len)
{
	if (len >= sizeof(l->id))
		memcpy(l->id, data, sizeof(l->id));
	l->sent++;
	l->used = clock_ms();
	if (write(l->fd, data, len) == -1 && errno != EAGAIN &&
	    errno != ENOBUFS)
		return -1;
	return 0;
}

/* Empty datagrams tell nothing; the socket of an answered question goes. */
static ares_ssize_t
udp_read(struct lent *l, uint8_t *buf, size_t size)
{
	ssize_t	n;
	int	i;

	for (i = 0; i < EMPTY_READS; i++) {
		if ((n = read(l->fd, buf, size)) == -1)
			return -1;
		if (n == 0)
			continue;
		if (l->sent == 1 && n >= 2 && memcmp(l->id, buf, 2) == 0)
			lent_free(l);
		return n;
	}
	errno = EAGAIN;
	return -1;
}

/* Name servers. */

static struct server *
server_find(struct sockets *s, const struct addr *addr, uint16_t port)
{
	unsigned int	i;

	for (i = 0; i < s->nservers; i++) {
		if (s->servers[i].port == port &&
		    addr_cmp(&s->servers[i].addr, addr) == 0)
			return &s->servers[i];
	}
	return NULL;
}

static void
server_clear(struct server *srv)
{
	struct lent	*l;

	while ((l = TAILQ_FIRST(&srv->pool)) != NULL) {
		TAILQ_REMOVE(&srv->pool, l, entry);
		lent_free(l);
	}
	srv->npool = 0;
}

/*
 * One socket for each waiting datagram, and the pool full.  What was wanted
 * and never heard of again must not count for ever.
 */
static void
server_ask(struct sockets *s, struct server *srv)
{
	uint64_t	now;

	now = clock_ms();
	if (srv->nwanted > 0 && now - srv->heard > WANTED_AGE_MS)
		srv->nwanted = 0;
	if (srv->nwanted == 0)
		srv->heard = now;
	while (srv->npool + srv->nwanted < POOL_MAX + srv->npending &&
	    srv->nused + srv->npool + srv->nwanted < SOCKETS_MAX) {
		if (server_want(s, srv, 0) == -1)
			return;
		srv->nwanted++;
	}
}

/* The router said yes or no to one wish. */
static void
server_heard(struct server *srv)
{
	if (srv->nwanted > 0)
		srv->nwanted--;
	srv->heard = clock_ms();
}

static int
server_want(struct sockets *s, struct server *srv, int tcp)
{
	struct msg_dns	d;

	memset(&d, 0, sizeof(d));
	d.server = srv->addr;
	d.port = srv->port;
	d.tcp = tcp ? 1 : 0;
	return s->want(s->arg, &d);
}

/*
 * When no socket is on its way any more, what still waits shares a socket
 * that is there, or fails.
 */
static void
server_settle(struct sockets *s, struct server *srv)
{
	struct virtual	*v;
	struct datagram	*d;
	struct lent	*l;

	while (srv->nwanted == 0 && (v = server_stuck(s, srv)) != NULL) {
		if ((l = TAILQ_LAST(&v->lents, lents)) != NULL &&
		    virtual_flush(v, l, PENDING_MAX) == 0)
			continue;
		while ((d = STAILQ_FIRST(&v->pending)) != NULL) {
			STAILQ_REMOVE_HEAD(&v->pending, entry);
			srv->npending--;
			free(d);
		}
		virtual_fail(v, ECONNREFUSED);
	}
}

static struct virtual *
server_stuck(struct sockets *s, const struct server *srv)
{
	struct virtual	*v;

	TAILQ_FOREACH(v, &s->virtuals, entry) {
		if (v->server == srv && !STAILQ_EMPTY(&v->pending))
			return v;
	}
	return NULL;
}

static struct lent *
server_pooled(struct server *srv)
{
	struct lent	*l;
	uint64_t	 now;

	now = clock_ms();
	while ((l = TAILQ_FIRST(&srv->pool)) != NULL) {
		TAILQ_REMOVE(&srv->pool, l, entry);
		srv->npool--;
		if (now - l->used <= POOL_AGE_MS)
			return l;
		lent_free(l);
	}
	return NULL;
}

/*
 * A socket came: it takes the datagram that has waited longest and, when more
 * wait than sockets can come, those too.
 */
static void
server_lend_udp(struct sockets *s, struct server *srv, struct lent *l)
{
	struct virtual	*v;
	unsigned int	 n;

	server_heard(srv);
	if ((v = server_stuck(s, srv)) == NULL) {
		if (srv->npool == POOL_MAX) {
			lent_free(l);
			return;
		}
		TAILQ_INSERT_TAIL(&srv->pool, l, entry);
		srv->npool++;
		return;
	}
	if (virtual_adopt(v, l) == 0) {
		n = srv->npending > srv->nwanted ?
		    srv->npending - srv->nwanted : 1;
		if (virtual_flush(v, l, n) == -1)
			virtual_fail(v, errno);
	}
	server_ask(s, srv);
	server_settle(s, srv);
}

/* The descriptor that waits for a TCP socket to this server. */
static struct virtual *
server_tcp(struct sockets *s, const struct server *srv)
{
	struct virtual	*v;

	TAILQ_FOREACH(v, &s->virtuals, entry) {
		if (v->tcp && v->server == srv && TAILQ_EMPTY(&v->lents))
			return v;
	}
	return NULL;
}

/* Lent sockets and their events. */

/* Takes the descriptor in any case; NULL if memory is short. */
static struct lent *
lent_new(struct sockets *s, int fd)
{
	struct lent	*l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	l->sockets = s;
	l->fd = fd;
	l->used = clock_ms();
	return l;
}

/* One of the pool was taken out of it before. */
static void
lent_free(struct lent *l)
{
	if (l->owner != NULL) {
		TAILQ_REMOVE(&l->owner->lents, l, entry);
		if (!l->owner->tcp)
			l->owner->server->nused--;
	}
	if (l->sockets->reading == l)
		l->sockets->reading = NULL;
	if (l->in != NULL)
		event_free(l->in);
	(void)close(l->fd);
	free(l);
}

static void
lent_in_cb(evutil_socket_t fd, short what, void *arg)
{
	struct lent	*l = arg;
	struct sockets	*s = l->sockets;

	s->reading = l;
	virtual_run(s, l->owner->number, ARES_SOCKET_BAD);
	s->reading = NULL;
}

static void
tcp_out_cb(evutil_socket_t fd, short what, void *arg)
{
	struct virtual	*v = arg;
	struct sockets	*s = v->sockets;
	int		 number = v->number;

	virtual_run(s, ARES_SOCKET_BAD, number);
	if ((v = virtual_find(s, number)) != NULL && v->wants_write &&
	    v->out != NULL)
		(void)event_add(v->out, NULL);
}
