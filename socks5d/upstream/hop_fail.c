/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Why a proxy was of no use, in words for the log: see hop.h.  Pure.
 */

#include <stdarg.h>
#include <stdio.h>

#include "socks/socks.h"
#include "upstream/hop.h"

static void hop_note(struct hop *, const char *, va_list)
    __attribute__((__format__(printf, 2, 0)));

/* What is cut is the end of what the proxy said. */
enum hop_result
hop_fail(struct hop *h, enum upstream_status status, uint8_t rep,
    const char *fmt, ...)
{
	va_list ap;

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
	va_list ap;

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
	char *p;

	(void)vsnprintf(h->text, sizeof(h->text), fmt, ap);
	for (p = h->text; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
}
