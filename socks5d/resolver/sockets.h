/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The sockets of c-ares: descriptors that exist only here, on top of the lines
 * to the name servers.
 *
 * c-ares makes the questions, tells when to ask again and by TCP, and reads the
 * answers; which server is asked, and with or without EDNS, is decided here,
 * and an answer is put in order before c-ares sees it.
 */

#ifndef RESOLVER_SOCKETS_H
#define RESOLVER_SOCKETS_H

#include <stdint.h>

#include <ares.h>

#include "base/msg_codec.h"

struct conf_nameserver;
struct event_base;
struct sockets;

/* What they call. */
struct sockets_ops {
	/* Ask the router for a socket; -1 if that is not possible. */
	int (*want)(void *arg, const struct msg_dns *);

	/* c-ares ran for an event of a socket: see to its timeouts. */
	void (*turn)(void *arg);

	/* A datagram was dropped that answers no question. */
	void (*stray)(void *arg);

	/*
	 * The server of that number, from 0, does not answer, for this reason
	 * (ETIMEDOUT is silence); or after so long it does again.
	 */
	void (*died)(void *arg, unsigned int server, int error);
	void (*revived)(void *arg, unsigned int server, uint64_t ms);

	/*
	 * What that name and RESOLVE_* waits for or, at the end, why it failed
	 * as far as is known: the server that was asked last, and the RCODE or
	 * errno.
	 */
	void (*fault)(void *arg, const char *name, uint8_t family,
	    unsigned int server, enum name_fault_kind, int code);

	/* For whose sake that name and RESOLVE_* is asked for. */
	uint64_t (*whose)(void *arg, const char *, uint8_t);
};

/* NULL with errno. */
struct sockets *sockets_new(struct event_base *, const struct sockets_ops *,
    void *arg);

/*
 * The channel gets its sockets from here from now on.  It must have been made
 * with sockets_state_cb() as its socket state callback.
 */
void sockets_attach(struct sockets *, ares_channel);
void sockets_state_cb(void *arg, ares_socket_t, int readable, int writable);

/*
 * Forgets all sockets and takes these servers.  The channel must not have a
 * query running.
 */
void sockets_set_servers(struct sockets *, const struct conf_nameserver *,
    unsigned int n);

/* A socket came; it is taken in any case. */
void sockets_lend(struct sockets *, const struct msg_dns *, int fd);

/* A socket that was asked for cannot be had. */
void sockets_refuse(struct sockets *, const struct msg_dns *);

#endif /* RESOLVER_SOCKETS_H */
