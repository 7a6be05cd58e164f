/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One end of a SOCK_SEQPACKET pair: see channel.h.
 *
 * Knows no event loop and no payload; every message in either direction passes
 * msg_check().
 *
 * A datagram is one message or, for the busy ones, a pack: MSG_PACK in its
 * header and then messages, each with its length (2 bytes) in front.  Their
 * descriptors come in the order of the messages whose rows want one.
 *
 * What does not fit into datagrams is in sealed memory (bulk.h) that comes in
 * one: its messages come out here as if each had been sent, in its place among
 * the others and by the same gate.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bulk.h"
#include "base/channel.h"
#include "base/packet.h"

/* Of functions here: look again. */
#define CHANNEL_MORE ((enum channel_result)(CHANNEL_BAD + 1))

/* In a pack each message has its length in front. */
#define PACK_LEN   2
#define PACK_START (MSG_HEADER_LEN + PACK_LEN)

/* A datagram that the socket did not take yet. */
struct packet {
	STAILQ_ENTRY(packet) entry;
	int                  fd[PACKET_FDS];
	int                  nfds;
	int                  secret;
	size_t               len;
	uint8_t              data[];
};
STAILQ_HEAD(packets, packet);

struct channel {
	int            fd;
	enum proc_id   self;
	enum proc_id   peer;
	unsigned int   instance;
	struct packets queue;
	size_t         queued;

	/* The pack that is being filled; see channel_push(). */
	uint8_t      out[PACK_START + PACKET_MAX];
	size_t       outlen; /* all of it, as a pack */
	unsigned int nout;
	int          outfd[PACKET_FDS];
	int          noutfds;
	int          outsecret; /* see msg_is_secret() */
	int          stuck;     /* no memory to queue it */

	/* The datagram that is being read. */
	uint8_t           in[PACKET_MAX];
	struct rbuf       pack; /* what is left of a pack */
	struct packet_fds infd;
	int               nextfd;
	struct bulk_in    bulk;    /* it, or what goes before it */
	int               emptied; /* the socket, most likely */
	uint8_t          *secret;  /* of msg, to be wiped */

	struct msg msg; /* the one the owner looks at */
	char       error[64];
};

static int  channel_must_push(const struct channel *, size_t);
static int  channel_push(struct channel *);
static int  packet_queue(struct channel *, const uint8_t *, size_t, const int *,
     int);
static void packet_free(struct packet *);
static void fds_close(const int *, int);
static void channel_forget(struct channel *);
static enum channel_result channel_read(struct channel *);
static enum channel_result channel_read_pack(struct channel *);
static int                 pack_wants(const struct channel *, struct rbuf);
static enum channel_result channel_read_bulk(struct channel *);
static enum channel_result channel_open_bulk(struct channel *);
static enum channel_result channel_gate(struct channel *, uint8_t *, size_t,
    int);
static int                 channel_next_fd(struct channel *);
static enum channel_result channel_refuse(struct channel *, const char *,
    uint32_t);

struct channel *
channel_new(int fd, enum proc_id self, enum proc_id peer, unsigned int instance)
{
	struct channel *c;
	int             flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return NULL;
	if ((flags & O_NONBLOCK) == 0 &&
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->fd = fd;
	c->self = self;
	c->peer = peer;
	c->instance = instance;
	c->msg.fd = -1;
	bulk_in_init(&c->bulk);
	STAILQ_INIT(&c->queue);
	return c;
}

void
channel_free(struct channel *c)
{
	struct packet *p;

	if (c == NULL)
		return;
	while ((p = STAILQ_FIRST(&c->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->queue, entry);
		packet_free(p);
	}
	fds_close(c->outfd, c->noutfds);
	fds_close(c->infd.fd + c->nextfd, c->infd.n - c->nextfd);
	bulk_in_clear(&c->bulk);
	if (c->msg.fd != -1)
		(void)close(c->msg.fd);
	(void)close(c->fd);
	/* Of what was not read, not sent or refused some may be secret. */
	freezero(c, sizeof(*c));
}

int
channel_fd(const struct channel *c)
{
	return c->fd;
}

enum proc_id
channel_peer(const struct channel *c)
{
	return c->peer;
}

unsigned int
channel_instance(const struct channel *c)
{
	return c->instance;
}

int
channel_wants_write(const struct channel *c)
{
	return !STAILQ_EMPTY(&c->queue) || c->stuck;
}

int
channel_posted(const struct channel *c)
{
	return c->nout != 0;
}

int
channel_pending(const struct channel *c)
{
	return c->pack.left != 0 || bulk_in_active(&c->bulk);
}

int
channel_in_bulk(const struct channel *c)
{
	return bulk_in_active(&c->bulk);
}

size_t
channel_queued(const struct channel *c)
{
	return c->stuck ? CHANNEL_QUEUE_MAX : c->queued;
}

const char *
channel_error(const struct channel *c)
{
	return c->error;
}

int
channel_send(struct channel *c, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	if (channel_post(c, type, id, payload, fd) == -1)
		return -1;
	return channel_flush(c) == -1 ? -1 : 0;
}

int
channel_post(struct channel *c, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	struct wbuf b;
	size_t      len, need;
	int         save;

	len = payload == NULL ? 0 : payload->len;
	need = PACK_LEN + MSG_HEADER_LEN + len;
	if (payload != NULL && payload->bad) {
		errno = EMSGSIZE;
		goto fail;
	}
	if (msg_check(type, c->self, c->peer, len, fd != -1) != MSG_OK) {
		errno = EINVAL;
		goto fail;
	}
	if (c->queued + need > CHANNEL_QUEUE_MAX) {
		errno = ENOBUFS;
		goto fail;
	}
	if (c->nout != 0 && channel_must_push(c, need) && channel_push(c) != 0)
		goto fail;
	if (c->nout == 0)
		c->outlen = MSG_HEADER_LEN;
	wbuf_init(&b, c->out + c->outlen, sizeof(c->out) - c->outlen);
	wbuf_u16(&b, (uint16_t)(MSG_HEADER_LEN + len));
	wbuf_u32(&b, type);
	wbuf_u64(&b, id);
	if (len != 0)
		wbuf_bytes(&b, payload->data, len);
	c->outlen += b.len;
	c->nout++;
	if (msg_is_secret(type))
		c->outsecret = 1;
	if (fd != -1)
		c->outfd[c->noutfds++] = fd;
	return 0;
fail:
	if (fd != -1) {
		save = errno;
		(void)close(fd);
		errno = save;
	}
	return -1;
}

/* No room in the pack, or no packs to this peer. */
static int
channel_must_push(const struct channel *c, size_t need)
{
	return c->outlen + need > PACKET_MAX || c->noutfds == PACKET_FDS ||
	    msg_check(MSG_PACK, c->self, c->peer, PACK_LEN + MSG_HEADER_LEN,
		0) != MSG_OK;
}

/*
 * Hands what was posted to the socket, or to the queue if that is full.  A
 * message that stayed alone goes as it is, without the pack around it.  1 if
 * there is no memory for the queue: then all stays where it is.
 */
static int
channel_push(struct channel *c)
{
	const uint8_t *data = c->out;
	struct wbuf    b;
	size_t         len = c->outlen;
	int            ret;

	if (c->nout == 0)
		return 0;
	if (c->nout == 1) {
		data += PACK_START;
		len -= PACK_START;
	} else {
		wbuf_init(&b, c->out, MSG_HEADER_LEN);
		wbuf_u32(&b, MSG_PACK);
		wbuf_u64(&b, 0);
	}
	ret = -1;
	errno = EAGAIN;
	if (STAILQ_EMPTY(&c->queue))
		ret = packet_write(c->fd, data, len, c->outfd, c->noutfds);
	c->stuck = 0;
	if (ret == 0 || (errno != EAGAIN && errno != ENOBUFS))
		fds_close(c->outfd, c->noutfds);
	else if ((ret = packet_queue(c, data, len, c->outfd, c->noutfds)) ==
	    -1) {
		c->stuck = 1;
		return 1;
	}
	if (c->outsecret)
		explicit_bzero(c->out, c->outlen);
	c->outsecret = 0;
	c->nout = 0;
	c->noutfds = 0;
	return ret;
}

int
channel_flush(struct channel *c)
{
	struct packet *p;

	while ((p = STAILQ_FIRST(&c->queue)) != NULL) {
		if (packet_write(c->fd, p->data, p->len, p->fd, p->nfds) ==
		    -1) {
			if (errno == ENOBUFS)
				return 1;
			if (errno != EAGAIN)
				return -1;
			break;
		}
		STAILQ_REMOVE_HEAD(&c->queue, entry);
		c->queued -= p->len;
		packet_free(p);
	}
	return channel_push(c);
}

/* Takes the descriptors, if it succeeds. */
static int
packet_queue(struct channel *c, const uint8_t *data, size_t len, const int *fds,
    int nfds)
{
	struct packet *p;

	if ((p = malloc(sizeof(*p) + len)) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	memcpy(p->fd, fds, (size_t)nfds * sizeof(*fds));
	p->nfds = nfds;
	p->secret = c->outsecret;
	p->len = len;
	memcpy(p->data, data, len);
	STAILQ_INSERT_TAIL(&c->queue, p, entry);
	c->queued += len;
	return 0;
}

static void
packet_free(struct packet *p)
{
	fds_close(p->fd, p->nfds);
	if (p->secret)
		explicit_bzero(p->data, p->len);
	free(p);
}

static void
fds_close(const int *fds, int n)
{
	int i;

	for (i = 0; i < n; i++)
		(void)close(fds[i]);
}

enum channel_result
channel_recv(struct channel *c, struct msg **msgp)
{
	enum channel_result res;
	const uint8_t      *data;
	size_t              len;

	*msgp = &c->msg;
	do {
		if (c->msg.fd != -1) {
			(void)close(c->msg.fd);
			c->msg.fd = -1;
		}
		channel_forget(c);
		if (bulk_in_active(&c->bulk)) {
			res = channel_read_bulk(c);
			continue;
		}
		if (c->pack.left == 0)
			res = channel_read(c);
		else {
			/* Lengths were checked when the pack was received. */
			len = rbuf_u16(&c->pack);
			data = rbuf_take(&c->pack, len);
			res = channel_gate(c, c->in + (data - c->in), len, -1);
		}
		if (res == CHANNEL_MSG)
			res = channel_open_bulk(c);
	} while (res == CHANNEL_MORE);
	return res;
}

/*
 * The owner sees no MSG_BULK_FD, nor a MSG_BULK but for one that is lost, with
 * all that was in it.
 */
static enum channel_result
channel_open_bulk(struct channel *c)
{
	if (c->msg.type != MSG_BULK_FD && c->msg.type != MSG_BULK)
		return CHANNEL_MSG;
	c->emptied = 0; /* each of these has another behind it */
	if (c->msg.type == MSG_BULK_FD) {
		bulk_in_fd(&c->bulk, &c->msg);
		return CHANNEL_MORE;
	}
	switch (bulk_in_open(&c->bulk, &c->msg)) {
	case 0:
		return CHANNEL_MORE;
	case 1:
		return CHANNEL_MSG;
	default:
		return channel_refuse(c, "malformed", MSG_BULK);
	}
}

static enum channel_result
channel_read_bulk(struct channel *c)
{
	enum channel_result res;
	struct rbuf         b;
	uint8_t            *data;
	size_t              len;
	uint32_t            type;
	int                 nfds;

	switch (bulk_in_next(&c->bulk, &data, &len, &nfds)) {
	case 0:
		bulk_in_clear(&c->bulk);
		return CHANNEL_MORE;
	case 1:
		break;
	default:
		bulk_in_clear(&c->bulk);
		return channel_refuse(c, "malformed", MSG_BULK);
	}
	rbuf_init(&b, data, len);
	type = rbuf_u32(&b);
	/* Nothing that has others in it, or comes before all others. */
	if (type == MSG_PACK || type == MSG_BULK_FD || type == MSG_BULK ||
	    type == MSG_CHILD_START)
		res = channel_refuse(c, msg_verdict_name(MSG_BAD_TYPE), type);
	else
		res = channel_gate(c, data, len, nfds);
	if (res != CHANNEL_MSG)
		bulk_in_clear(&c->bulk);
	return res;
}

/* The owner has done with its message. */
static void
channel_forget(struct channel *c)
{
	if (c->secret != NULL)
		explicit_bzero(c->secret, c->msg.len);
	c->secret = NULL;
}

/*
 * One datagram.  After one that had room for more the socket is most likely
 * empty, and asking it costs as much as the owner's loop, which will know.
 */
static enum channel_result
channel_read(struct channel *c)
{
	struct rbuf b;
	ssize_t     n;
	int         nfds;

	if (c->emptied) {
		c->emptied = 0;
		return CHANNEL_AGAIN;
	}
	c->nextfd = 0;
	if ((n = packet_read(c->fd, c->in, &c->infd)) == -1)
		return errno == EAGAIN ? CHANNEL_AGAIN : CHANNEL_CLOSED;
	if (n == 0 && c->infd.n == 0)
		return CHANNEL_CLOSED;
	if ((size_t)n > PACKET_MAX)
		return channel_refuse(c, "too long", MSG_NONE);
	c->emptied = (size_t)n < PACKET_MAX / 2 && c->infd.n < PACKET_FDS;
	rbuf_init(&b, c->in, (size_t)n);
	if (rbuf_u32(&b) == MSG_PACK) {
		(void)rbuf_u64(&b);
		c->pack = b;
		return channel_read_pack(c);
	}
	/* Of one descriptor none fitted: it is lost.  Of two: too many. */
	nfds = c->infd.n + c->infd.more + c->infd.lost;
	return channel_gate(c, c->in, (size_t)n, nfds);
}

static enum channel_result
channel_read_pack(struct channel *c)
{
	struct msg *m;
	int         wants;

	wants = pack_wants(c, c->pack);
	if (wants == -1 || c->pack.left == 0 ||
	    msg_check(MSG_PACK, c->peer, c->self, c->pack.left, 0) != MSG_OK) {
		c->pack.left = 0;
		return channel_refuse(c, "malformed", MSG_PACK);
	}
	if (c->infd.more || c->infd.n > wants ||
	    (c->infd.n < wants && c->infd.lost == 0)) {
		c->pack.left = 0;
		return channel_refuse(c, msg_verdict_name(MSG_BAD_FD),
		    MSG_PACK);
	}
	return channel_recv(c, &m);
}

/* How many descriptors the messages of a pack want; -1 if it is malformed. */
static int
pack_wants(const struct channel *c, struct rbuf pack)
{
	struct rbuf    b;
	const uint8_t *data;
	size_t         len;
	uint32_t       type;
	int            n = 0;

	while (pack.left != 0) {
		len = rbuf_u16(&pack);
		if ((data = rbuf_take(&pack, len)) == NULL ||
		    len < MSG_HEADER_LEN)
			return -1;
		rbuf_init(&b, data, len);
		type = rbuf_u32(&b);
		/* No pack in a pack, and none that may do without. */
		if (type == MSG_PACK || type == MSG_CHILD_START)
			return -1;
		n += msg_check(type, c->peer, c->self, len - MSG_HEADER_LEN,
			 1) == MSG_OK;
	}
	return n;
}

/* nfds is -1 in a pack, whose descriptors have been counted. */
static enum channel_result
channel_gate(struct channel *c, uint8_t *data, size_t len, int nfds)
{
	enum msg_verdict v;
	struct rbuf      b;
	uint32_t         type;

	rbuf_init(&b, data, len);
	type = rbuf_u32(&b);
	c->msg.id = rbuf_u64(&b);
	if (b.bad)
		return channel_refuse(c, "no header", MSG_NONE);
	if (nfds == -1)
		nfds = msg_check(type, c->peer, c->self, b.left, 1) == MSG_OK;
	v = msg_check(type, c->peer, c->self, b.left, nfds);
	if (v != MSG_OK)
		return channel_refuse(c, msg_verdict_name(v), type);
	c->msg.type = (enum msg_type)type;
	c->msg.data = b.data;
	c->msg.len = b.left;
	c->msg.fd = nfds == 0 ? -1 : channel_next_fd(c);
	if (msg_is_secret(type))
		c->secret = data + (b.data - data);
	return CHANNEL_MSG;
}

/* -1 if it did not fit into our table. */
static int
channel_next_fd(struct channel *c)
{
	if (bulk_in_active(&c->bulk))
		return bulk_in_take_fd(&c->bulk);
	return c->nextfd < c->infd.n ? c->infd.fd[c->nextfd++] : -1;
}

static enum channel_result
channel_refuse(struct channel *c, const char *what, uint32_t type)
{
	fds_close(c->infd.fd + c->nextfd, c->infd.n - c->nextfd);
	c->nextfd = c->infd.n;
	(void)snprintf(c->error, sizeof(c->error), "message %s: %s",
	    msg_name(type), what);
	return CHANNEL_BAD;
}
