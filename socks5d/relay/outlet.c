/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What leaves by one socket: see outlet.h.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <errno.h>
#include <unistd.h>

#include "base/role.h"
#include "base/session.h"
#include "compat/udp.h"
#include "relay/outlet.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/udp.h"

static unsigned int outlet_run(const struct outlet *, unsigned int);
static int  outlet_together(struct outlet *, unsigned int, unsigned int);
static void outlet_one(struct outlet *, struct iovec *);
static enum udp_drop drop_of_errno(int);

void
udp_drop(struct relay *r, struct session *s, enum udp_drop why, uint32_t n)
{
	s->udp->stats.drops[why] += n;
	r->role.counters.v[COUNTER_UDP_DROPPED_STRANGER + (int)why] += n;
}

void
outlet_init(struct outlet *o, struct relay *r, struct session *s, int fd,
    uint16_t *segment, uint16_t *whole)
{
	o->relay = r;
	o->session = s;
	o->fd = fd;
	o->segment = segment;
	o->whole = whole;
	o->n = 0;
	o->sent = 0;
	o->bytes = 0;
}

void
outlet_add(struct outlet *o, uint8_t *data, size_t len)
{
	o->iov[o->n].iov_base = data;
	o->iov[o->n].iov_len = len;
	o->n++;
}

void
outlet_send(struct outlet *o)
{
	unsigned int i, n;

	for (i = 0; i < o->n; i += n) {
		n = outlet_run(o, i);
		if (n > 1 && outlet_together(o, i, n) == 0)
			continue;
		n = 1;
		outlet_one(o, &o->iov[i]);
	}
}

/* How many from there on may go together: the last one may be shorter. */
static unsigned int
outlet_run(const struct outlet *o, unsigned int from)
{
	size_t       len = o->iov[from].iov_len, sum = len;
	unsigned int i;

	if (len == 0 || (*o->whole != 0 && len >= *o->whole))
		return 1;
	for (i = from + 1; i < o->n && i - from < UDP_SEGMENTS; i++) {
		sum += o->iov[i].iov_len;
		if (o->iov[i].iov_len > len || o->iov[i].iov_len == 0 ||
		    sum > UDP_SEGMENT_BYTES)
			break;
		if (o->iov[i].iov_len < len)
			return i - from + 1;
	}
	return i - from;
}

/* -1 if they must be sent one by one; then so are those of their length. */
static int
outlet_together(struct outlet *o, unsigned int from, unsigned int n)
{
	size_t  len = o->iov[from].iov_len;
	ssize_t sent;

	if (*o->segment != len) {
		if (udp_segment(o->fd, (unsigned int)len) == -1)
			goto whole;
		*o->segment = (uint16_t)len;
	}
	if ((sent = writev(o->fd, &o->iov[from], (int)n)) != -1) {
		o->sent += n;
		o->bytes += (uint64_t)sent;
		return 0;
	}
	/* Other errors are not about their length. */
	if (errno != EINVAL && errno != EMSGSIZE && errno != EIO)
		return -1;
whole:
	*o->whole = (uint16_t)len;
	return -1;
}

static void
outlet_one(struct outlet *o, struct iovec *v)
{
	unsigned int tries = 0;
	ssize_t      n;

	/* A longer one would be cut. */
	if (*o->segment != 0 && v->iov_len > *o->segment) {
		(void)udp_segment(o->fd, 0);
		*o->segment = 0;
	}
	/*
	 * The first error may be of an earlier datagram: ICMP.  Or of their
	 * length: what is set for several holds for one, too, and then it must
	 * fit into the way in one piece, of which the system may make several.
	 */
	while ((n = write(o->fd, v->iov_base, v->iov_len)) == -1 &&
	    errno != EAGAIN && errno != EPIPE && tries++ < 1) {
		if (*o->segment != 0) {
			(void)udp_segment(o->fd, 0);
			*o->segment = 0;
		}
	}
	if (n == -1) {
		udp_drop(o->relay, o->session, drop_of_errno(errno), 1);
		v->iov_base = NULL;
		return;
	}
	o->sent++;
	o->bytes += (uint64_t)n;
}

static enum udp_drop
drop_of_errno(int error)
{
	switch (error) {
	case EMSGSIZE:
		return DROP_SIZE;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return DROP_BUFFER;
	case EPIPE: /* the router has cut it */
		return DROP_RULE;
	default:
		return DROP_UNREACHABLE;
	}
}
