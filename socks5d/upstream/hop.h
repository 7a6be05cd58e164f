/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is said to one proxy until it is through to where it is told: SOCKS5
 * (RFC 1928, RFC 1929), SOCKS4 with names (4a) or HTTP's CONNECT (RFC 9110,
 * section 9.3.6), and what its answers mean.
 *
 * Pure: no I/O, no allocation, no clock.  Answers are judged byte by byte in
 * the order of the stream, so the verdict does not depend on how it was split;
 * and no byte is taken behind the one that ends the last answer.
 */

#ifndef UPSTREAM_HOP_H
#define UPSTREAM_HOP_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/login.h"
#include "base/msg_upstream.h"
#include "conf/conf.h"

/* The longest thing that is said to a proxy: CONNECT with a login. */
#define HOP_OUT_MAX 1536

/* All that a proxy may send before an answer of HTTP ends. */
#define HOP_HEAD_MAX 16384

enum hop_result {
	HOP_MORE,   /* the answer is not all there */
	HOP_SEND,   /* all of hop.out is to be sent before the next take */
	HOP_DONE,   /* through: the next byte is from behind the proxy */
	HOP_FAILED, /* status, rep and text of the hop say why */
};

/* How the proxy is spoken to, and where it is to connect. */
struct hop_task {
	enum conf_protocol protocol;
	char               user[LOGIN_NAME_SIZE]; /* "" for no login */
	char               password[LOGIN_NAME_SIZE];
	/*
	 * An address, a canonical name, or with port 0 neither: then only
	 * see whether it would take a request.
	 */
	struct addr addr;
	char        name[HOSTNAME_MAX + 1];
	uint16_t    port;
	int         udp; /* an association of UDP, with none of these */
};

struct hop {
	struct hop_task      task;
	unsigned int         state; /* of the protocol's own */
	unsigned int         left;  /* bytes, or digits, until the next */
	unsigned int         head;  /* bytes of HTTP so far */
	unsigned int         code;  /* what the proxy answered */
	int                  asked; /* what it does may be for where to */
	struct addr          bound; /* where it takes datagrams, of UDP */
	uint16_t             bound_port;
	size_t               outlen;
	uint8_t              out[HOP_OUT_MAX];
	enum upstream_status status; /* UPSTREAM_OK unless failed */
	uint8_t              rep;    /* for the client, if failed */
	char                 text[UPSTREAM_TEXT_SIZE];
};

/*
 * Begins, with hop->task set and the rest of any content.  HOP_SEND, or
 * HOP_DONE if there is nothing to be said, or HOP_FAILED if the task cannot
 * be said in that protocol.
 */
enum hop_result hop_begin(struct hop *);

/*
 * Takes bytes that the proxy sent; *used of them belong to it, all of them
 * if HOP_MORE.  Not to be called again after HOP_DONE or HOP_FAILED.
 */
enum hop_result hop_take(struct hop *, const uint8_t *, size_t len,
    size_t *used);

/* Wipes it. */
void hop_clear(struct hop *);

/* --- for the protocols -------------------------------------------------- */

/* A row each, in the table of hop.c. */
struct hop_protocol {
	/* As hop_begin(). */
	enum hop_result (*begin)(struct hop *);

	/* Takes the next byte of an answer. */
	enum hop_result (*byte)(struct hop *, uint8_t);
};

extern const struct hop_protocol hop_http;
extern const struct hop_protocol hop_socks4;
extern const struct hop_protocol hop_socks5;

/* Notes why it failed, in words that are made printable; HOP_FAILED. */
enum hop_result hop_fail(struct hop *, enum upstream_status, uint8_t rep,
    const char *, ...) __attribute__((__format__(printf, 4, 5)));

/* The same for what does not speak the protocol, wherever it is to go. */
enum hop_result hop_foreign(struct hop *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

#endif /* UPSTREAM_HOP_H */
