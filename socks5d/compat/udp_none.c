/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Systems without recvmmsg(2), UDP_SEGMENT or IP_MTU_DISCOVER: see udp.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>

#include "compat/udp.h"

struct udp_batch *
udp_batch_new(size_t headroom)
{
	struct udp_batch *b;
	uint8_t          *data;
	size_t            size = headroom + UDP_LONGEST;
	unsigned int      i;

	b = calloc(1, sizeof(*b));
	data = calloc(UDP_BATCH, size);
	if (b == NULL || data == NULL) {
		free(data);
		free(b);
		return NULL;
	}
	for (i = 0; i < UDP_BATCH; i++)
		b->data[i] = data + i * size + headroom;
	return b;
}

int
udp_batch_read(struct udp_batch *b, int fd, unsigned int at, unsigned int max,
    int from)
{
	struct sockaddr *sa;
	socklen_t        len;
	unsigned int     i;
	ssize_t          n;

	for (i = at; i < at + max; i++) {
		sa = from ? (struct sockaddr *)&b->from[i] : NULL;
		len = sizeof(b->from[i]);
		do {
			n = recvfrom(fd, b->data[i], UDP_LONGEST, MSG_DONTWAIT,
			    sa, from ? &len : NULL);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			break;
		b->len[i] = (size_t)n;
	}
	if (i == at && errno != EAGAIN)
		return -1;
	return (int)(i - at);
}

int
udp_segment(int fd, unsigned int size)
{
	errno = ENOTSUP;
	return -1;
}

void
udp_whole(int fd, sa_family_t af)
{
}
