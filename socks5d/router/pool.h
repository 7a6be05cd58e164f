/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets of a class, which the parent makes: a few of each that the config
 * names are at hand; those of UDP from when one was wanted.
 */

#ifndef ROUTER_POOL_H
#define ROUTER_POOL_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/msg_policy.h"

/* At hand, of one class and family. */
#define POOL_SPARES 4

struct msg;
struct peer;
struct pool_wait;
struct router;

struct pool {
	TAILQ_ENTRY(pool) entry;
	struct socket_class class;
	sa_family_t  af;
	int          type;  /* SOCK_STREAM, SOCK_DGRAM */
	uint64_t     id;    /* of what is asked for it */
	unsigned int asked; /* answers that are due */
	unsigned int most;  /* to be at hand: 0 until somebody wants one */
	unsigned int nspare;
	int          spare[POOL_SPARES];
	TAILQ_HEAD(, pool_wait) waits;
	unsigned int nwaits;
	int          named; /* by the config in force */
};

/* Somebody who waits for one of them. */
struct pool_wait {
	TAILQ_ENTRY(pool_wait) entry;
	struct pool           *pool; /* NULL: waits for nothing */
	void (*ready)(void *, int error);
	void *arg;
};

/* A new config: the pools are those of its rules. */
void pool_commit(struct router *);

/* What is at hand may be bound to an interface that is gone. */
void pool_renew(struct router *);

/* One of that type; -1 with errno, EAGAIN if there is none at hand. */
int pool_take(struct router *, const struct socket_class *, sa_family_t,
    int type);

/*
 * After that EAGAIN: calls ready() when one is at hand, or with the errno why
 * there is none; -1 if there is no such pool any more.
 */
int pool_await(struct router *, const struct socket_class *, sa_family_t,
    int type, struct pool_wait *);

/* Waits no more; harmless if it does not wait. */
void pool_leave(struct pool_wait *);

/* MSG_SOCKET, MSG_SOCKET_FAILED */
void pool_on_socket(void *, struct peer *, struct msg *);
void pool_on_failed(void *, struct peer *, struct msg *);

#endif /* ROUTER_POOL_H */
