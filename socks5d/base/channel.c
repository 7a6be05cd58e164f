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
 * One end of a SOCK_SEQPACKET pair: see channel.h.
 *
 * Linked by everything.  Knows no event loop and no payload; every message in
 * either direction passes msg_check().
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/channel.h"

#define PACKET_MAX	(MSG_HEADER_LEN + MSG_PAYLOAD_MAX)

/* Room for more than the one allowed, so that a second one is noticed. */
#define CONTROL_FDS	4

/* A packet that the socket did not take yet. */
struct packet {
	STAILQ_ENTRY(packet)	 entry;
	int			 fd;
	size_t			 len;
	uint8_t			 data[];
};
STAILQ_HEAD(packets, packet);

struct channel {
	int		 fd;
	enum proc_id	 self;
	enum proc_id	 peer;
	unsigned int	 instance;
	struct packets	 queue;
	size_t		 queued;
	struct msg	 msg;		/* the one the owner looks at */
	char		 error[64];
	uint8_t		 in[PACKET_MAX];
};

static int	packet_write(int, const void *, size_t, int);
static int	packet_queue(struct channel *, const void *, size_t, int);
static void	packet_free(struct packet *);
static int	control_fds(struct msghdr *, int *);
static enum channel_result
		channel_refuse(struct channel *, const char *, uint32_t, int);
static enum channel_result
		channel_gate(struct channel *, size_t, int, int, int);

struct channel *
channel_new(int fd, enum proc_id self, enum proc_id peer,
    unsigned int instance)
{
	struct channel	*c;
	int		 flags;

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
	STAILQ_INIT(&c->queue);
	return c;
}

void
channel_free(struct channel *c)
{
	struct packet	*p;

	if (c == NULL)
		return;
	while ((p = STAILQ_FIRST(&c->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->queue, entry);
		packet_free(p);
	}
	if (c->msg.fd != -1)
		(void)close(c->msg.fd);
	(void)close(c->fd);
	free(c);
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
	return !STAILQ_EMPTY(&c->queue);
}

size_t
channel_queued(const struct channel *c)
{
	return c->queued;
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
	uint8_t		packet[PACKET_MAX];
	struct wbuf	b;
	size_t		len;
	int		save, ret = -1;

	len = payload == NULL ? 0 : payload->len;
	if (payload != NULL && payload->bad) {
		errno = EMSGSIZE;
		goto done;
	}
	if (msg_check(type, c->self, c->peer, len, fd != -1) != MSG_OK) {
		errno = EINVAL;
		goto done;
	}
	wbuf_init(&b, packet, sizeof(packet));
	wbuf_u32(&b, type);
	wbuf_u64(&b, id);
	if (len != 0)
		wbuf_bytes(&b, payload->data, len);
	if (STAILQ_EMPTY(&c->queue)) {
		ret = packet_write(c->fd, packet, b.len, fd);
		if (ret == 0 || errno != EAGAIN)
			goto done;
	}
	ret = packet_queue(c, packet, b.len, fd);
	if (ret == 0)
		return 0;
 done:
	if (fd != -1) {
		save = errno;
		(void)close(fd);
		errno = save;
	}
	return ret;
}

int
channel_flush(struct channel *c)
{
	struct packet	*p;

	while ((p = STAILQ_FIRST(&c->queue)) != NULL) {
		if (packet_write(c->fd, p->data, p->len, p->fd) == -1) {
			/* ENOBUFS: descriptors in flight, try again later. */
			if (errno == EAGAIN || errno == ENOBUFS)
				return 0;
			return -1;
		}
		STAILQ_REMOVE_HEAD(&c->queue, entry);
		c->queued -= p->len;
		packet_free(p);
	}
	return 0;
}

/*
 * EAGAIN means "later" and EPIPE that nobody is there; a send that was
 * interrupted has not begun, so it is simply done again.
 */
static int
packet_write(int sock, const void *data, size_t len, int fd)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr	 mh;
	struct cmsghdr	*cmsg;
	struct iovec	 iov;
	union {
		const void	*in;
		void		*out;
	} base;
	ssize_t		 n;

	base.in = data;
	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, sizeof(control));
	iov.iov_base = base.out;
	iov.iov_len = len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	if (fd != -1) {
		mh.msg_control = &control;
		mh.msg_controllen = sizeof(control.space);
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	do {
		n = fd == -1 ? write(sock, data, len) :
		    sendmsg(sock, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n != -1)
		return 0;
	if (errno == ETOOMANYREFS)
		errno = ENOBUFS;
	else if (errno != EAGAIN && errno != ENOBUFS)
		errno = EPIPE;
	return -1;
}

static int
packet_queue(struct channel *c, const void *data, size_t len, int fd)
{
	struct packet	*p;

	if (c->queued + len > CHANNEL_QUEUE_MAX ||
	    (p = malloc(sizeof(*p) + len)) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	p->fd = fd;
	p->len = len;
	memcpy(p->data, data, len);
	STAILQ_INSERT_TAIL(&c->queue, p, entry);
	c->queued += len;
	return 0;
}

static void
packet_free(struct packet *p)
{
	if (p->fd != -1)
		(void)close(p->fd);
	free(p);
}

enum channel_result
channel_recv(struct channel *c, struct msg **msgp)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(CONTROL_FDS * sizeof(int))];
	} control;
	struct msghdr	mh;
	struct iovec	iov;
	ssize_t		n;
	int		fd, nfds;

	if (c->msg.fd != -1) {
		(void)close(c->msg.fd);
		c->msg.fd = -1;
	}
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = c->in;
	iov.iov_len = sizeof(c->in);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &control;
	mh.msg_controllen = sizeof(control);
	/*
	 * A peer that died with unread messages of ours shows as ECONNRESET
	 * once, before what it sent: its last words come after that.
	 */
	do {
		n = recvmsg(c->fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1)
		return errno == EAGAIN ? CHANNEL_AGAIN : CHANNEL_CLOSED;
	nfds = control_fds(&mh, &fd);
	if (n == 0 && nfds == 0)
		return CHANNEL_CLOSED;
	*msgp = &c->msg;
	if (mh.msg_flags & MSG_TRUNC)
		return channel_refuse(c, "too long", MSG_NONE, fd);
	return channel_gate(c, (size_t)n, fd, nfds, mh.msg_flags);
}

/* How many descriptors came; the first goes to *first, others are closed. */
static int
control_fds(struct msghdr *mh, int *first)
{
	struct cmsghdr	*cmsg;
	size_t		 i, n;
	int		 fd, nfds = 0;

	*first = -1;
	for (cmsg = CMSG_FIRSTHDR(mh); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(mh, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int),
			    sizeof(int));
			if (nfds++ == 0)
				*first = fd;
			else
				(void)close(fd);
		}
	}
	return nfds;
}

static enum channel_result
channel_refuse(struct channel *c, const char *what, uint32_t type, int fd)
{
	if (fd != -1)
		(void)close(fd);
	(void)snprintf(c->error, sizeof(c->error), "message %s: %s",
	    msg_name(type), what);
	return CHANNEL_BAD;
}

/*
 * A cut control buffer without any descriptor in it means that our table is
 * full; with one in it, that the sender attached more than CONTROL_FDS.
 */
static enum channel_result
channel_gate(struct channel *c, size_t len, int fd, int nfds, int flags)
{
	enum msg_verdict	v;
	struct rbuf		b;
	uint32_t		type;
	int			lost;

	rbuf_init(&b, c->in, len);
	type = rbuf_u32(&b);
	c->msg.id = rbuf_u64(&b);
	if (b.bad)
		return channel_refuse(c, "no header", MSG_NONE, fd);
	lost = (flags & MSG_CTRUNC) && nfds == 0;
	if ((flags & MSG_CTRUNC) && nfds != 0)
		nfds++;
	v = msg_check(type, c->peer, c->self, b.left, lost ? 1 : nfds);
	if (v != MSG_OK)
		return channel_refuse(c, msg_verdict_name(v), type, fd);
	c->msg.type = (enum msg_type)type;
	c->msg.data = b.data;
	c->msg.len = b.left;
	c->msg.fd = fd;
	return CHANNEL_MSG;
}
