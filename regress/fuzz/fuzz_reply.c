/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes what reads the answers of name servers: an input is a datagram.
 *
 * Holds for any input: the message that goes on has the question of the one
 * that came, whole, and nothing but addresses of the type that was asked for,
 * which are all in the one that came, each once; it says less than that
 * nowhere when it is read again, and nothing at all of a response that is
 * cut or that is an error.
 */

#include <stdlib.h>
#include <string.h>

#include "resolver/asked.h"
#include "resolver/reply.h"

#define HEADER 12
#define RECORD 12 /* before the address */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void check_made(const uint8_t *, size_t, size_t, const uint8_t *,
    size_t);
static void must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply whole;
	uint8_t      key[ASKED_KEY_MAX], out[REPLY_MAX];
	uint8_t      again[REPLY_MAX], *msg, *mine;
	size_t       nkey, len;

	if (size < HEADER || size > UINT16_MAX)
		return 0;
	/* Of the very size, so that a byte too far is seen. */
	must((msg = malloc(size)) != NULL);
	memcpy(msg, data, size);
	reply_read(&whole, msg, size);
	must(whole.edns || whole.code < REPLY_BADVERS);
	if ((nkey = asked_key(msg, size, key)) != 0) {
		len = reply_make(key, nkey, msg, size, out);
		check_made(msg, size, nkey, out, len);
		must((mine = malloc(len)) != NULL);
		memcpy(mine, out, len);
		must(reply_make(key, nkey, mine, len, again) == len);
		must(memcmp(again, out, len) == 0);
		free(mine);
		len = reply_fail(key, nkey, REPLY_SERVFAIL, out);
		check_made(msg, size, nkey, out, len);
	}
	free(msg);
	return 0;
}

static void
check_made(const uint8_t *msg, size_t size, size_t nkey, const uint8_t *out,
    size_t len)
{
	size_t         end = HEADER + nkey - 2, n, one, i;
	unsigned int   type;
	const uint8_t *p;

	must(len >= end && len <= REPLY_MAX);
	type = (unsigned int)out[end - 4] << 8 | out[end - 3];
	one = RECORD + (type == 1 ? 4 : 16);
	n = (size_t)out[6] << 8 | out[7];
	must(len == end + n * one && n <= REPLY_ADDRS);
	must((out[4] << 8 | out[5]) == 1 &&
	    (out[8] | out[9] | out[10] | out[11]) == 0);
	if ((out[2] & 2) != 0 || (out[3] & 15) != 0)
		must(n == 0);
	for (p = out + end, i = 0; i < n; i++, p += one) {
		must(p[0] == 0xc0 && p[1] == HEADER);
		must(((unsigned int)p[2] << 8 | p[3]) == type);
		must((p[6] & 0x80) == 0);
		must(memmem(msg + HEADER, size - HEADER, p + RECORD,
			 one - RECORD) != NULL);
	}
}

static void
must(int truth)
{
	if (!truth)
		abort();
}
