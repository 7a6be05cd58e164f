/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One attempt to get through one or more proxies, on a socket that the router
 * connected to the first.
 *
 * Reads, writes and looks ahead on that socket, and never takes a byte from it
 * that comes after the last proxy's answer: that one is the client's.
 */

#ifndef UPSTREAM_DIAL_H
#define UPSTREAM_DIAL_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/msg_upstream.h"
#include "upstream/hop.h"

struct event;
struct event_base;

struct dial {
	RB_ENTRY(dial) entry; /* the owner's */
	uint64_t       id;
	int            fd;
	struct event  *in;
	struct event  *out;
	struct event  *deadline;
	size_t         sent; /* of what this hop has to say */
	unsigned int   at;   /* which hop it is */
	unsigned int   nhops;
	void (*done)(void *, struct dial *, const struct msg_upstream_done *);
	void      *arg;
	struct hop hops[];
};

/*
 * A dial of so many hops whose tasks the caller fills in; takes the
 * descriptor, which does not block.  NULL if memory is short; then the
 * descriptor is closed.
 */
struct dial *dial_new(struct event_base *, uint64_t id, int fd,
    unsigned int nhops,
    void (*done)(void *, struct dial *, const struct msg_upstream_done *),
    void *arg);

/*
 * Begins.  done is called once, maybe before this returns, and may free the
 * dial.
 */
void dial_start(struct dial *, uint32_t ms);

/* Closes the descriptor and wipes what is left of logins. */
void dial_free(struct dial *);

#endif /* UPSTREAM_DIAL_H */
