/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Linux: see udp.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compat/udp.h"

/* Not in the libc header of every libc. */
#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

struct batch {
	struct mmsghdr msg[UDP_BATCH];
	struct iovec   iov[UDP_BATCH];
};

struct udp_batch *
udp_batch_new(size_t headroom)
{
	struct udp_batch *b;
	struct batch     *own;
	uint8_t          *data;
	size_t            size = headroom + UDP_LONGEST;
	unsigned int      i;

	b = calloc(1, sizeof(*b));
	own = calloc(1, sizeof(*own));
	/* Of this much the kernel gives what is used, a page at a time. */
	data = calloc(UDP_BATCH, size);
	if (b == NULL || own == NULL || data == NULL) {
		free(data);
		free(own);
		free(b);
		return NULL;
	}
	b->system = own;
	for (i = 0; i < UDP_BATCH; i++) {
		b->data[i] = data + i * size + headroom;
		own->iov[i].iov_base = b->data[i];
		own->iov[i].iov_len = UDP_LONGEST;
		own->msg[i].msg_hdr.msg_iov = &own->iov[i];
		own->msg[i].msg_hdr.msg_iovlen = 1;
	}
	return b;
}

int
udp_batch_read(struct udp_batch *b, int fd, unsigned int at, unsigned int max,
    int from)
{
	struct batch  *own = b->system;
	struct msghdr *h;
	unsigned int   i;
	int            n;

	for (i = at; i < at + max; i++) {
		h = &own->msg[i].msg_hdr;
		h->msg_name = from ? &b->from[i] : NULL;
		h->msg_namelen = from ? sizeof(b->from[i]) : 0;
	}
	do {
		n = recvmmsg(fd, &own->msg[at], max, MSG_DONTWAIT, NULL);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	for (i = at; i < at + (unsigned int)n; i++)
		b->len[i] = own->msg[i].msg_len;
	return n;
}

int
udp_segment(int fd, unsigned int size)
{
	int n = (int)size;

	return setsockopt(fd, SOL_UDP, UDP_SEGMENT, &n, sizeof(n));
}

void
udp_whole(int fd, sa_family_t af)
{
	int n = IP_PMTUDISC_DO;

	if (af == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &n,
		    sizeof(n));
	else
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &n,
		    sizeof(n));
}
