/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * To read a bulk: see bulk.h.
 *
 * It is read by read(2) and not from a mapping: what is checked is then a copy
 * of our own, and memory that is shorter than was said is a fault of the
 * message and not in the reader.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bulk.h"

/* What is read at once. */
#define BUFFER_SIZE (2 * BULK_RECORD_MAX)

static int bulk_fill(struct bulk_in *, size_t);

void
bulk_in_init(struct bulk_in *in)
{
	memset(in, 0, sizeof(*in));
	in->fd = -1;
}

void
bulk_in_clear(struct bulk_in *in)
{
	size_t i;

	for (i = in->taken; i < in->nfds; i++)
		if (in->fds[i] != -1)
			(void)close(in->fds[i]);
	free(in->fds);
	if (in->buf != NULL)
		freezero(in->buf, BUFFER_SIZE);
	if (in->fd != -1)
		(void)close(in->fd);
	bulk_in_init(in);
}

/* One that is lost has a place, too. */
void
bulk_in_fd(struct bulk_in *in, struct msg *m)
{
	int *fds, fd = msg_take_fd(m);

	fds = reallocarray(in->fds, in->nfds + 1, sizeof(*fds));
	if (fds == NULL) {
		if (fd != -1)
			(void)close(fd);
		in->lost++;
		return;
	}
	in->fds = fds;
	fds[in->nfds++] = fd;
}

int
bulk_in_open(struct bulk_in *in, struct msg *m)
{
	struct rbuf b;
	uint32_t    nfds;

	rbuf_init(&b, m->data, m->len);
	in->left = rbuf_u64(&b);
	nfds = rbuf_u32(&b);
	if (!rbuf_done(&b) || nfds != in->nfds + in->lost || in->left == 0)
		return -1;
	in->fd = msg_take_fd(m);
	if (in->fd == -1 || in->lost != 0 ||
	    (in->buf = malloc(BUFFER_SIZE)) == NULL) {
		bulk_in_clear(in);
		return 1;
	}
	return 0;
}

int
bulk_in_active(const struct bulk_in *in)
{
	return in->buf != NULL;
}

int
bulk_in_next(struct bulk_in *in, uint8_t **data, size_t *len, int *nfds)
{
	struct rbuf b;
	uint8_t     has;

	if (in->left == 0 && in->at == in->len)
		return in->taken == in->nfds ? 0 : -1;
	if (bulk_fill(in, BULK_RECORD_HEAD) == -1)
		return -1;
	rbuf_init(&b, in->buf + in->at, BULK_RECORD_HEAD);
	has = rbuf_u8(&b);
	*len = rbuf_u16(&b);
	in->at += BULK_RECORD_HEAD;
	if (has > 1 || *len > BULK_RECORD_MAX - BULK_RECORD_HEAD ||
	    bulk_fill(in, *len) == -1 || (has && in->taken == in->nfds))
		return -1;
	*nfds = has;
	*data = in->buf + in->at;
	in->at += *len;
	return 1;
}

int
bulk_in_take_fd(struct bulk_in *in)
{
	return in->fds[in->taken++];
}

/* Has so many bytes in the buffer, if there are. */
static int
bulk_fill(struct bulk_in *in, size_t want)
{
	size_t  room;
	ssize_t n;

	if (in->len - in->at >= want)
		return 0;
	memmove(in->buf, in->buf + in->at, in->len - in->at);
	in->len -= in->at;
	in->at = 0;
	while (in->len < want && in->left > 0) {
		room = BUFFER_SIZE - in->len;
		n = read(in->fd, in->buf + in->len,
		    room < in->left ? room : (size_t)in->left);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		in->len += (size_t)n;
		in->left -= (uint64_t)n;
	}
	return in->len < want ? -1 : 0;
}
