/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions to the name servers, by c-ares.
 *
 * Knows neither cache nor who asks; the types of c-ares stay behind this
 * header, so that something else can take its place.
 */

#ifndef RESOLVER_DNS_H
#define RESOLVER_DNS_H

#include <stdint.h>

#include "base/msg_codec.h"

struct conf_resolver;
struct dns;
struct event_base;

struct dns_result {
	struct msg_name_answer answer;
	uint32_t               ttl;    /* the smallest of all records */
	int                    exists; /* the name does, if not this family */
};

/* What it calls. */
struct dns_ops {
	/* Ask the router for a connected socket; -1 if it cannot be asked. */
	int (*want)(void *arg, const struct msg_dns *);

	/* A question is answered; cookie is that of dns_ask(). */
	void (*done)(void *arg, void *cookie, const struct dns_result *);

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
	uint64_t (*whose)(void *arg, const char *name, uint8_t family);
};

/*
 * Must be called before the walls are up, as the library takes its random key
 * from a file.  NULL if that failed.
 */
struct dns *dns_new(struct event_base *, const struct dns_ops *, void *arg);

/*
 * Uses these servers from now on; what is asked already is asked again if
 * they are others than before, which is when the result is 1.
 */
int dns_set_servers(struct dns *, const struct conf_resolver *);

/*
 * Asks for the addresses of a canonical name; ops.done follows, perhaps
 * before this returns.
 */
void dns_ask(struct dns *, const char *name, uint8_t family, void *cookie);

/* What the router says to a wish; the descriptor is taken in any case. */
void dns_lend(struct dns *, const struct msg_dns *, int fd);
void dns_refuse(struct dns *, const struct msg_dns *);

/* The router is gone: all questions fail, no socket will come. */
void dns_drop(struct dns *);

/* A new router is there: let it lend some sockets in advance. */
void dns_start(struct dns *);

#endif /* RESOLVER_DNS_H */
