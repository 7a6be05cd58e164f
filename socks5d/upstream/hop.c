/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One proxy, whatever it speaks: see hop.h.
 *
 * Pure.  Linked by the upstream role, unit tests and fuzzers.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "socks/socks.h"
#include "upstream/hop.h"

static enum hop_result	hop_byte(struct hop *, uint8_t);
static void		hop_note(struct hop *, const char *, va_list)
			    __attribute__((__format__(printf, 2, 0)));

_Static_assert(UPSTREAM_HOPS_MAX == CONF_HOPS_MAX &&
    UPSTREAM_NAME_SIZE == CONF_NAME_SIZE &&
    UPSTREAM_MEMBERS_MAX == CONF_MEMBERS_MAX, "messages and config differ");

enum hop_result
hop_begin(struct hop *h)
{
	h->state = h->left = h->head = h->code = 0;
	h->asked = 0;
	h->outlen = 0;
	h->status = UPSTREAM_OK;
	h->rep = 0;
	h->text[0] = '\0';
	switch (h->task.protocol) {
	case CONF_SOCKS5:
		return socks5_begin(h);
	case CONF_SOCKS4A:
		return socks4_begin(h);
	case CONF_HTTP:
		return http_begin(h);
	}
	return hop_fail(h, UPSTREAM_UNFIT, 1, "no such protocol");
}

enum hop_result
hop_take(struct hop *h, const uint8_t *p, size_t len, size_t *used)
{
	enum hop_result	result = HOP_MORE;
	size_t		i;

	for (i = 0; i < len && result == HOP_MORE; i++)
		result = hop_byte(h, p[i]);
	*used = i;
	return result;
}

static enum hop_result
hop_byte(struct hop *h, uint8_t byte)
{
	switch (h->task.protocol) {
	case CONF_SOCKS5:
		return socks5_byte(h, byte);
	case CONF_SOCKS4A:
		return socks4_byte(h, byte);
	case CONF_HTTP:
		return http_byte(h, byte);
	}
	return HOP_FAILED;
}

/* What is cut is the end of what the proxy said. */
enum hop_result
hop_fail(struct hop *h, enum upstream_status status, uint8_t rep,
    const char *fmt, ...)
{
	va_list	ap;

	h->status = status;
	h->rep = rep;
	va_start(ap, fmt);
	hop_note(h, fmt, ap);
	va_end(ap);
	return HOP_FAILED;
}

enum hop_result
hop_foreign(struct hop *h, const char *fmt, ...)
{
	va_list	ap;

	h->status = UPSTREAM_PROTOCOL;
	h->rep = SOCKS_REP_FAILURE;
	h->asked = 0;
	va_start(ap, fmt);
	hop_note(h, fmt, ap);
	va_end(ap);
	return HOP_FAILED;
}

static void
hop_note(struct hop *h, const char *fmt, va_list ap)
{
	char	*p;

	(void)vsnprintf(h->text, sizeof(h->text), fmt, ap);
	for (p = h->text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
}

void
hop_clear(struct hop *h)
{
	explicit_bzero(h, sizeof(*h));
}
