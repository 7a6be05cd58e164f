/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * c-ares with ares_set_socket_functions_ex(): see cares.h.
 *
 * Used by the resolver.
 */

#include <errno.h>

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

/* There is nothing to set, and the library does without. */
static int
cares_setsockopt(ares_socket_t fd, ares_socket_opt_t option, const void *value,
    ares_socklen_t len, void *arg)
{
	errno = ENOSYS;
	return -1;
}

static int
cares_connect(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len,
    unsigned int flags, void *arg)
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

static ares_ssize_t
cares_sendto(ares_socket_t fd, const void *buf, size_t size, int flags,
    const struct sockaddr *to, ares_socklen_t tolen, void *arg)
{
	struct cares_sockets *s = arg;

	return s->write(s->arg, fd, buf, size);
}

void
cares_attach(ares_channel channel, struct cares_sockets *s)
{
	static const struct ares_socket_functions_ex functions = {
		.version = 1,
		.flags = ARES_SOCKFUNC_FLAG_NONBLOCKING,
		.asocket = cares_open,
		.aclose = cares_close,
		.asetsockopt = cares_setsockopt,
		.aconnect = cares_connect,
		.arecvfrom = cares_recvfrom,
		.asendto = cares_sendto,
	};

	(void)ares_set_socket_functions_ex(channel, &functions, s);
}
