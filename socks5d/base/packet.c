/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Datagrams with descriptors over a unix socket: see packet.h.
 *
 * Knows no message.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/packet.h"

/* Room for one more than allowed, so that it is noticed. */
#define CONTROL_FDS (PACKET_FDS + 1)

union control {
	struct cmsghdr align;
	char           space[CMSG_SPACE(CONTROL_FDS * sizeof(int))];
};

static ssize_t packet_send(int, const void *, size_t, const int *, int);
static void    packet_take(struct msghdr *, struct packet_fds *);
static void    packet_add(struct packet_fds *, int);

/* A send that was interrupted has not begun, so it is simply done again. */
int
packet_write(int sock, const void *data, size_t len, const int *fds, int nfds)
{
	ssize_t n;

	do {
		n = nfds == 0 ? write(sock, data, len) :
				packet_send(sock, data, len, fds, nfds);
	} while (n == -1 && errno == EINTR);
	if (n != -1)
		return 0;
	if (errno == ETOOMANYREFS)
		errno = ENOBUFS;
	else if (errno != EAGAIN && errno != ENOBUFS)
		errno = EPIPE;
	return -1;
}

static ssize_t
packet_send(int sock, const void *data, size_t len, const int *fds, int nfds)
{
	union control   control;
	struct msghdr   mh;
	struct cmsghdr *cmsg;
	struct iovec    iov;
	union {
		const void *in;
		void       *out;
	} base = { .in = data };

	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, CMSG_SPACE((size_t)nfds * sizeof(int)));
	iov.iov_base = base.out;
	iov.iov_len = len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &control;
	mh.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&mh);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, (size_t)nfds * sizeof(int));
	return sendmsg(sock, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t
packet_read(int sock, void *buf, struct packet_fds *fds)
{
	union control control;
	struct msghdr mh;
	struct iovec  iov;
	ssize_t       n;

	fds->n = fds->more = fds->lost = 0;
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = buf;
	iov.iov_len = PACKET_MAX;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &control;
	mh.msg_controllen = sizeof(control);
	/*
	 * A peer that died with unread messages of ours shows as ECONNRESET
	 * once, before what it sent: its last words come after that.
	 */
	do {
		n = recvmsg(sock, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1)
		return -1;
	packet_take(&mh, fds);
	/*
	 * A control buffer that was cut although there was room left means
	 * that our table is full.
	 */
	if (mh.msg_flags & MSG_CTRUNC) {
		if (fds->n == PACKET_FDS)
			fds->more = 1;
		else
			fds->lost = 1;
	}
	return mh.msg_flags & MSG_TRUNC ? PACKET_MAX + 1 : n;
}

static void
packet_take(struct msghdr *mh, struct packet_fds *fds)
{
	struct cmsghdr *cmsg;
	size_t          i, n;
	int             fd;

	for (cmsg = CMSG_FIRSTHDR(mh); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(mh, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int),
			    sizeof(int));
			packet_add(fds, fd);
		}
	}
}

static void
packet_add(struct packet_fds *fds, int fd)
{
	if (fds->n < PACKET_FDS) {
		fds->fd[fds->n++] = fd;
		return;
	}
	fds->more = 1;
	(void)close(fd);
}
