/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a client is that does not speak SOCKS5: see hint.h.  Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "compat/nitems.h"
#include "relay/hint.h"

static int is_http(const uint8_t *, size_t);

enum session_hint
hint_of_bytes(const uint8_t *p, size_t len)
{
	static const struct {
		const char       *start;
		enum session_hint hint;
	} starts[] = {
		{ "CONNECT ", HINT_HTTP_PROXY },
		{ "SSH-", HINT_SSH },
		{ "PROXY ", HINT_PROXY_HEADER },
		{ "\r\n\r\n", HINT_PROXY_HEADER },
	};
	size_t i, n;

	if (len == 0)
		return HINT_NONE;
	for (i = 0; i < nitems(starts); i++) {
		n = strlen(starts[i].start);
		if (len >= n && memcmp(p, starts[i].start, n) == 0)
			return starts[i].hint;
	}
	if (is_http(p, len))
		return memmem(p, len, " /", 2) != NULL ? HINT_HTTP :
							 HINT_HTTP_PROXY;
	switch (p[0]) {
	case 1:
		return HINT_LOGIN_FIRST;
	case 4:
		return HINT_SOCKS4;
	case 0x16:
		return HINT_TLS;
	default:
		return HINT_NOT_SOCKS;
	}
}

/* A method: capital letters and a space; the line may not be whole yet. */
static int
is_http(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < 16; i++) {
		if (p[i] == ' ')
			return i >= 3;
		if (p[i] < 'A' || p[i] > 'Z')
			return 0;
	}
	return 0;
}
