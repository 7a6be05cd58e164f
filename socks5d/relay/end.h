/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One stream socket of a session, and the direction that starts at it: what
 * was read there and waits for the socket at the other end.
 */

#ifndef RELAY_END_H
#define RELAY_END_H

#include <stdint.h>

struct pipe;

/* Which end of a session; as a number also which direction: from there. */
enum side {
	CLIENT,
	TARGET,
};

struct end {
	uint8_t      readable; /* no EAGAIN since the last edge */
	uint8_t      writable;
	uint8_t      watched; /* for room to write, too */
	uint8_t      drain;   /* short reads do not mean empty */
	uint8_t      failed;  /* reset; last words may be unread */
	uint8_t      lost;    /* for lack of any sign of life */
	int          fd;      /* -1 if there is none */
	uint8_t      eof;     /* read until the FIN */
	uint8_t      done;    /* and passed it on */
	uint8_t      bulk;    /* large reads in a row */
	uint32_t     off;     /* pending[off] to [len) wait for */
	uint32_t     len;     /*   the other end to be writable */
	uint8_t     *pending; /* NULL if nothing waits */
	struct pipe *pipe;    /* in place of it, while bulk */
	uint64_t     bytes;   /* read here and written there */
};

#endif /* RELAY_END_H */
