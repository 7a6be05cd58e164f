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
 * Virtual descriptors for c-ares: see sockets.h.
 *
 * Linked by the resolver.  c-ares opens a descriptor for each question, or one
 * or few per server that it keeps while questions overlap.  Since
 * ares_process_fd() may close any of them, nothing is remembered over a call of
 * it but numbers.
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
#include "config/conf.h"
#include "resolver/asked.h"
#include "resolver/line.h"
#include "resolver/sockets.h"
#include "resolver/turns.h"

/* Above every real descriptor, so that neither is taken for the other. */
#define NUMBER_FIRST	(1 << 20)
#define NUMBER_LAST	(1 << 30)

/* RFC 1035, section 4.2.2, and the types of RFC 1035 and RFC 3596. */
#define TCP_LENGTH	2
#define TYPE_A		1
#define TYPE_AAAA	28

struct virtual {
	RB_ENTRY(virtual)	 entry;
	struct sockets		*sockets;
	struct line		*line;		/* read from; NULL: not yet */
	struct addr		 peer;		/* who c-ares thinks it is */
	uint16_t		 port;
	struct event		*writable;	/* TCP: let it write */
	int			 number;
	int			 tcp;
	int			 error;		/* for the next read */
};
RB_HEAD(virtuals, virtual);

struct sockets {
	struct event_base	*base;
	ares_channel		 channel;
	struct cares_sockets	 functions;	/* what c-ares calls */
	const struct sockets_ops *ops;
	void			*arg;
	struct turns		*turns;		/* NULL if c-ares sees to it */
	struct line		 lines[CONF_NAMESERVERS_MAX][2]; /* by .tcp */
	unsigned int		 nservers;
	struct virtuals		 virtuals;
	int			 next;		/* number */
};

static struct line	*sockets_line(struct sockets *, const struct addr *,
			    uint16_t, int);
static void		 sockets_run(struct sockets *, int, int);
static int		 line_want(void *, const struct msg_dns *);
static void		 line_ready(void *, struct line *, int);
static void		 line_failed(void *, int, int);
static void		 line_stray(void *);
static int		 line_again(void *, const uint8_t *, size_t);
static uint64_t		 line_whose(void *, const uint8_t *, size_t);

static ares_socket_t	 virtual_open(void *, int);
static void		 virtual_close(void *, ares_socket_t);
static int		 virtual_connect(void *, ares_socket_t,
			    const struct sockaddr *);
static ssize_t		 virtual_read(void *, ares_socket_t, void *, size_t,
			    struct sockaddr *, socklen_t *);
static ssize_t		 virtual_write(void *, ares_socket_t, const void *,
			    size_t);
static struct line	*virtual_line(struct virtual *, const uint8_t *,
			    size_t);
static int		 virtual_write_udp(struct virtual *, const void *,
			    size_t);
static void		 virtual_write_tcp(struct virtual *, const uint8_t *,
			    size_t);
static struct virtual	*virtual_find(struct sockets *, ares_socket_t);
static void		 virtual_free(struct virtual *);
static void		 virtual_sender(const struct virtual *,
			    struct sockaddr *, socklen_t *);
static void		 virtual_writable_cb(evutil_socket_t, short, void *);
static int		 virtual_cmp(const struct virtual *,
			    const struct virtual *);

RB_PROTOTYPE(virtuals, virtual, entry, virtual_cmp)
RB_GENERATE(virtuals, virtual, entry, virtual_cmp)

static const struct line_ops sockets_line_ops = {
	line_want,
	line_ready,
	line_failed,
	line_stray,
	line_again,
	cares_sound,
	line_whose
};

struct sockets *
sockets_new(struct event_base *base, const struct sockets_ops *ops, void *arg)
{
	struct sockets	*s;

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
	if (!cares_keeps_order() && (s->turns = turns_new()) == NULL) {
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
	struct virtual	*v;

	if (writable && (v = virtual_find(arg, number)) != NULL &&
	    v->writable != NULL)
		event_active(v->writable, EV_WRITE, 0);
}

void
sockets_set_servers(struct sockets *s, const struct conf_nameserver *ns,
    unsigned int n)
{
	struct msg_dns	 m;
	struct virtual	*v;
	unsigned int	 i;
	int		 tcp;

	while ((v = RB_MIN(virtuals, &s->virtuals)) != NULL)
		virtual_free(v);
	for (i = 0; i < s->nservers; i++) {
		line_clear(&s->lines[i][0]);
		line_clear(&s->lines[i][1]);
	}
	s->nservers = n;
	if (s->turns != NULL)
		turns_reset(s->turns, n);
	memset(&m, 0, sizeof(m));
	for (i = 0; i < n; i++) {
		for (tcp = 0; tcp < 2; tcp++) {
			m.server = ns[i].addr;
			m.port = ns[i].port;
			m.tcp = tcp != 0;
			line_init(&s->lines[i][tcp], s->base, &m,
			    &sockets_line_ops, s);
		}
	}
}

void
sockets_lend(struct sockets *s, const struct msg_dns *m, int fd)
{
	struct line	*ln;

	if ((ln = sockets_line(s, &m->server, m->port, m->tcp)) == NULL)
		(void)close(fd);
	else
		line_lend(ln, fd);
}

void
sockets_refuse(struct sockets *s, const struct msg_dns *m)
{
	struct line	*ln;

	if ((ln = sockets_line(s, &m->server, m->port, m->tcp)) != NULL)
		line_refuse(ln);
}

static struct line *
sockets_line(struct sockets *s, const struct addr *addr, uint16_t port,
    int tcp)
{
	const struct msg_dns	*m;
	unsigned int		 i;

	for (i = 0; i < s->nservers; i++) {
		m = &s->lines[i][0].server;
		if (m->port == port && addr_cmp(&m->server, addr) == 0)
			return &s->lines[i][tcp != 0];
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
	struct sockets	*s = arg;

	return s->ops->want(s->arg, m);
}

/* What comes late may come from another server than was asked last. */
static void
line_ready(void *arg, struct line *ln, int number)
{
	struct virtual	*v;

	if ((v = virtual_find(arg, number)) == NULL)
		return;
	v->line = ln;
	sockets_run(arg, number, ARES_SOCKET_BAD);
}

/* The next read of c-ares fails, and it turns to another server. */
static void
line_failed(void *arg, int number, int error)
{
	struct sockets	*s = arg;
	struct virtual	*v;

	if ((v = virtual_find(s, number)) == NULL)
		return;
	v->error = error;
	sockets_run(s, number, ARES_SOCKET_BAD);
}

static void
line_stray(void *arg)
{
	struct sockets	*s = arg;

	s->ops->stray(s->arg);
}

/* What is no question of ours is nobody's. */
static uint64_t
line_whose(void *arg, const uint8_t *data, size_t len)
{
	struct sockets	*s = arg;
	char		 name[HOSTNAME_MAX + 1];
	int		 type;

	type = asked_name(data + TCP_LENGTH, len - TCP_LENGTH, name,
	    sizeof(name));
	if (type != TYPE_A && type != TYPE_AAAA)
		return 0;
	return s->ops->whose(s->arg, name, type == TYPE_A ? RESOLVE_INET :
	    RESOLVE_INET6);
}

static int
line_again(void *arg, const uint8_t *key, size_t len)
{
	struct sockets	*s = arg;
	int		 number;

	if (s->turns == NULL ||
	    (number = turns_number(s->turns, key, len)) == -1 ||
	    virtual_find(s, number) == NULL)
		return -1;
	return number;
}

/* What c-ares calls. */

static ares_socket_t
virtual_open(void *arg, int type)
{
	struct sockets	*s = arg;
	struct virtual	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return ARES_SOCKET_BAD;
	v->sockets = s;
	v->tcp = type == SOCK_STREAM;
	if (v->tcp && (v->writable = event_new(s->base, -1, 0,
	    virtual_writable_cb, v)) == NULL) {
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
	struct virtual	*v;

	if ((v = virtual_find(arg, number)) != NULL)
		virtual_free(v);
}

static int
virtual_connect(void *arg, ares_socket_t number, const struct sockaddr *sa)
{
	struct sockets	*s = arg;
	struct virtual	*v;

	if ((v = virtual_find(s, number)) == NULL ||
	    addr_from_sockaddr(&v->peer, &v->port, sa) == -1 ||
	    (v->line = sockets_line(s, &v->peer, v->port, v->tcp)) == NULL) {
		errno = ECONNREFUSED;
		return -1;
	}
	return 0;
}

static ssize_t
virtual_read(void *arg, ares_socket_t number, void *buf, size_t size,
    struct sockaddr *from, socklen_t *fromlen)
{
	struct virtual	*v;

	if ((v = virtual_find(arg, number)) == NULL || v->line == NULL) {
		errno = EBADF;
		return -1;
	}
	if (v->error != 0) {
		errno = v->error;
		v->error = 0;
		return -1;
	}
	if (from != NULL && fromlen != NULL)
		virtual_sender(v, from, fromlen);
	return line_read(v->line, number, buf, size);
}

static ssize_t
virtual_write(void *arg, ares_socket_t number, const void *data, size_t len)
{
	struct virtual	*v;

	if ((v = virtual_find(arg, number)) == NULL || v->line == NULL) {
		errno = EBADF;
		return -1;
	}
	if (v->tcp)
		virtual_write_tcp(v, data, len);
	else if (virtual_write_udp(v, data, len) == -1)
		return -1;
	return (ssize_t)len;
}

/*
 * Cookies (RFC 7873) are left out where the library does not know which server
 * it talks to: it would miss those of one in the answers of another.
 */
static int
virtual_write_udp(struct virtual *v, const void *data, size_t len)
{
	uint8_t	msg[LINE_MESSAGE_MAX];

	if (len > sizeof(msg)) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(msg, data, len);
	if (v->sockets->turns != NULL)
		len = asked_plain(msg, len);
	return line_send(virtual_line(v, msg, len), v->number, msg, len);
}

/* The line of the server that the message goes to. */
static struct line *
virtual_line(struct virtual *v, const uint8_t *msg, size_t len)
{
	struct sockets	*s = v->sockets;
	unsigned int	 i;

	if (s->turns == NULL)
		return v->line;
	i = turns_take(s->turns, msg, len, v->tcp, v->number, clock_ms());
	return &s->lines[i][v->tcp];
}

/*
 * One or more whole messages, each with its length before it (RFC 1035,
 * section 4.2.2).  What cannot be sent is lost as on a connection that dies,
 * as an error would end all questions to this server.
 */
static void
virtual_write_tcp(struct virtual *v, const uint8_t *data, size_t left)
{
	struct line	*ln;
	size_t		 len;

	for (; left >= 2; left -= len, data += len) {
		len = 2 + ((size_t)data[0] << 8 | data[1]);
		if (len > left)
			break;
		ln = virtual_line(v, data + 2, len - 2);
		(void)line_send(ln, v->number, data, len);
	}
}

static struct virtual *
virtual_find(struct sockets *s, ares_socket_t number)
{
	struct virtual	key;

	key.number = number;
	return RB_FIND(virtuals, &s->virtuals, &key);
}

static void
virtual_free(struct virtual *v)
{
	struct sockets	*s = v->sockets;
	unsigned int	 i;

	RB_REMOVE(virtuals, &s->virtuals, v);
	if (v->line != NULL) {
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
	struct sockaddr_storage	 ss;
	socklen_t		 len;

	len = addr_to_sockaddr(&v->peer, v->port, &ss);
	if (len > *fromlen)
		len = *fromlen;
	memcpy(from, &ss, len);
	*fromlen = len;
}

static void
virtual_writable_cb(evutil_socket_t fd, short what, void *arg)
{
	struct virtual	*v = arg;

	sockets_run(v->sockets, ARES_SOCKET_BAD, v->number);
}

static int
virtual_cmp(const struct virtual *a, const struct virtual *b)
{
	return (a->number > b->number) - (a->number < b->number);
}
