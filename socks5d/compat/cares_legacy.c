/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * c-ares before ares_set_socket_functions_ex(): see cares.h.
 *
 * Used by the resolver.
 */

#include <sys/uio.h>

#include "compat/cares.h"

static ares_socket_t
cares_open(int family, int type, int protocol, void *arg)
{
	struct cares_sockets *s = arg;

	return s->open(s->arg, type);
}

static int
cares_close(ares_socket_t fd, void *arg)
{
	struct cares_sockets *s = arg;

	s->close(s->arg, fd);
	return 0;
}

static int
cares_connect(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len,
    void *arg)
{
	struct cares_sockets *s = arg;

	return s->connect(s->arg, fd, sa);
}

static ares_ssize_t
cares_recvfrom(ares_socket_t fd, void *buf, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *fromlen, void *arg)
{
	struct cares_sockets *s = arg;

	return s->read(s->arg, fd, buf, size, from, fromlen);
}

/* Each part is a datagram or one or more messages of TCP, as a whole. */
static ares_ssize_t
cares_sendv(ares_socket_t fd, const struct iovec *iov, int n, void *arg)
{
	struct cares_sockets *s = arg;
	ssize_t               len, total = 0;
	int                   i;

	for (i = 0; i < n; i++) {
		len = s->write(s->arg, fd, iov[i].iov_base, iov[i].iov_len);
		if (len == -1)
			return i > 0 ? total : -1;
		total += len;
	}
	return total;
}

void
cares_attach(ares_channel channel, struct cares_sockets *s)
{
	static const struct ares_socket_functions functions = {
		.asocket = cares_open,
		.aclose = cares_close,
		.aconnect = cares_connect,
		.arecvfrom = cares_recvfrom,
		.asendv = cares_sendv,
	};

	ares_set_socket_functions(channel, &functions, s);
}
