/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What an answer of a name server comes to: the addresses of the name that
 * was asked for, and nothing else of it.
 *
 * Pure.  The order of the records of an answer says nothing (RFC 1034, section
 * 3.7), yet libraries that read it once from top to bottom miss the address
 * that stands before its alias, and others take every address that they see,
 * whoever's it is.  So the message that goes on from here is a new one: the
 * question, and the addresses at the end of its chain of aliases as if they
 * were its own.
 */

#ifndef RESOLVER_REPLY_H
#define RESOLVER_REPLY_H

#include <stddef.h>
#include <stdint.h>

/* Addresses that are taken, and the aliases in a row that are followed. */
#define REPLY_ADDRS 32
#define REPLY_CHAIN 16

/* Room for the longest message made: the last term is an IPv6 address. */
#define REPLY_MAX (12 + 255 + 4 + REPLY_ADDRS * (2 + 10 + 16))

/* RFC 1035, section 4.1.1, and RFC 6891, section 9. */
enum reply_code {
	REPLY_NOERROR = 0,
	REPLY_FORMERR = 1,
	REPLY_SERVFAIL = 2,
	REPLY_NXDOMAIN = 3,
	REPLY_NOTIMP = 4,
	REPLY_REFUSED = 5,
	REPLY_BADVERS = 16,
};

/* What a response says as a whole. */
struct reply {
	unsigned int code; /* with the bits that EDNS adds */
	int          cut;  /* TC: the rest comes by TCP */
	int          edns; /* has an OPT record */
};

/* Reads it from a message of at least a header. */
void reply_read(struct reply *, const uint8_t *, size_t);

/*
 * Makes the message to go on from a response to one question for addresses,
 * whose letters are those of the key, and gives its length.  Its time to live
 * is the shortest of the chain.  A chain that goes in circles or is too long
 * has no addresses; what cannot be parsed becomes SERVFAIL.  out has REPLY_MAX
 * bytes.
 */
size_t reply_make(const uint8_t *key, size_t nkey, const uint8_t *, size_t,
    uint8_t *out);

/* Makes the response that says no more than this to a question of that key. */
size_t reply_fail(const uint8_t *key, size_t, enum reply_code, uint8_t *out);

#endif /* RESOLVER_REPLY_H */
