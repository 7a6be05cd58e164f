/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a client and a target of mode mixed agree on.
 *
 * The first bytes of the client are the order, and count as part of up.  The
 * bytes after it, and those of the target, are a pattern that both know, so
 * that a byte lost, doubled or moved is seen.  A session ends in one of the
 * ways below, and each of them leaves no doubt about what has arrived: whoever
 * ends it has the other's word for it.
 */

#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#include <stdint.h>
#include <stddef.h>

enum script_end {
	END_CLIENT_HALF,  /* up, end of it; then down, close */
	END_TARGET_HALF,  /* down, end of it; then up, close */
	END_CLIENT_CLOSE, /* both at once, the client closes */
	END_CLIENT_RESET, /* both at once, the client resets */
	END_TARGET_RESET, /* both at once, the target resets */
	END_MAX,
};

/*
 * Where both go at once, the last byte of down waits until all of up has
 * come.  In TARGET_RESET the client's last byte, the last of up, waits until
 * all of down has come.
 */
struct script {
	uint32_t up;   /* with these bytes */
	uint32_t down; /* at least 1 */
	uint32_t end;
	uint32_t seed; /* where the patterns start */
};

/* How far both ways are. */
struct progress {
	struct script s;
	uint64_t      up;
	uint64_t      down;
};

#define PATTERN_PERIOD 251

/* Pattern bytes from an offset on, LOAD_BUFSIZE of them. */
const unsigned char *pattern_at(uint64_t);

/* Whether these are the bytes of the pattern from that offset on. */
int pattern_is(uint64_t, const void *, size_t);

#endif /* BENCH_SCRIPT_H */
