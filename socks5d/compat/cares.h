/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What c-ares calls in other ways from one version to the next.
 *
 * Used by the resolver.
 */

#ifndef COMPAT_CARES_H
#define COMPAT_CARES_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include <ares.h>

/* The sockets of a channel; errors are -1 with errno, as of system calls. */
struct cares_sockets {
	ares_socket_t (*open)(void *arg, int type);
	void (*close)(void *arg, ares_socket_t);
	int (*connect)(void *arg, ares_socket_t, const struct sockaddr *);
	ssize_t (*read)(void *arg, ares_socket_t, void *, size_t,
	    struct sockaddr *from, socklen_t *fromlen);
	ssize_t (*write)(void *arg, ares_socket_t, const void *, size_t);
	void *arg;
};

/* Gives them to the channel, for which they must live on. */
void cares_attach(ares_channel, struct cares_sockets *);

/*
 * Sets, with their bits in the mask, those options that not every version has:
 * no cache in the library, each question by a socket of its own, and patience
 * with a server that is often quick.  ARES_OPT_TRIES must be set.
 */
void cares_options(struct ares_options *, int *mask);

#endif /* COMPAT_CARES_H */
