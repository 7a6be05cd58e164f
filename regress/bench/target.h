/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A connection to one of our targets, for the files that serve one.
 */

#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdint.h>

#include "script.h"

struct served {
	struct progress progress; /* script */
	uint64_t        got;      /* sink */
	uint64_t        want;     /* sink: after so many it answers */
	uint32_t        events;   /* that it awaits */
	int             fd;
	int             epfd;
	int             eof;
};

void served_await(struct served *, uint32_t);

/* Closing it will be a reset. */
void served_reset(struct served *);

/* On any event: -1 if the connection is to be closed. */
int serve_script(struct served *);

#endif /* BENCH_TARGET_H */
