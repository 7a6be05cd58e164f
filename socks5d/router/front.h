/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The sockets that clients of associations send to: at the address that the
 * client came to, and a port of the range that its listener has for them.
 *
 * What is held of a range is known here, so that a full one costs no search,
 * and the port that was given back last is the last to be given again: what is
 * still on its way to the one who had it must not come to another one.
 */

#ifndef ROUTER_FRONT_H
#define ROUTER_FRONT_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

struct addr;
struct portmap;
struct router;
struct session;

/* What one holds; of all zeroes it holds nothing. */
struct front {
	struct portmap *map; /* NULL: not of a range */
	uint16_t        port;
};

enum front_error {
	FRONT_OK,
	FRONT_FAILED,  /* with errno */
	FRONT_USED_UP, /* all ports of the range are taken */
	FRONT_NOWHERE, /* it is not known where the client came to */
};

void front_init(struct router *);

/*
 * A socket for that session's client, and what the client is told of it.  The
 * port is to be given back when the socket is closed everywhere.
 */
enum front_error front_open(struct router *, const struct session *,
    struct front *, int *fd, struct addr *told, uint16_t *port);
void             front_release(struct front *);

#endif /* ROUTER_FRONT_H */
