/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A bounded writer and a reader of message bytes in network byte order.
 *
 * Pure: no I/O, no allocation.  Once bad, a buffer neither writes nor gives
 * anything more.
 */

#include <sys/socket.h>

#include <string.h>

#include "base/addr.h"
#include "base/buf.h"

static void     wbuf_number(struct wbuf *, uint64_t, size_t);
static void     wbuf_str(struct wbuf *, const char *, size_t);
static uint64_t rbuf_number(struct rbuf *, size_t);
static void     rbuf_str(struct rbuf *, size_t, char *, size_t);

void
wbuf_init(struct wbuf *b, void *storage, size_t size)
{
	b->data = storage;
	b->len = 0;
	b->size = size;
	b->bad = 0;
}

void
wbuf_u8(struct wbuf *b, uint8_t v)
{
	wbuf_number(b, v, 1);
}

void
wbuf_u16(struct wbuf *b, uint16_t v)
{
	wbuf_number(b, v, 2);
}

void
wbuf_u32(struct wbuf *b, uint32_t v)
{
	wbuf_number(b, v, 4);
}

void
wbuf_u64(struct wbuf *b, uint64_t v)
{
	wbuf_number(b, v, 8);
}

void
wbuf_bytes(struct wbuf *b, const void *src, size_t n)
{
	if (b->bad || n > b->size - b->len) {
		b->bad = 1;
		return;
	}
	if (n == 0)
		return; /* src may be NULL then */
	memcpy(b->data + b->len, src, n);
	b->len += n;
}

void
wbuf_str8(struct wbuf *b, const char *s)
{
	wbuf_str(b, s, 1);
}

void
wbuf_str16(struct wbuf *b, const char *s)
{
	wbuf_str(b, s, 2);
}

void
wbuf_addr(struct wbuf *b, const struct addr *a)
{
	switch (a->af) {
	case AF_UNSPEC:
		wbuf_u8(b, 0);
		return;
	case AF_INET:
		wbuf_u8(b, 4);
		wbuf_bytes(b, a->b, 4);
		return;
	case AF_INET6:
		wbuf_u8(b, 6);
		wbuf_bytes(b, a->b, 16);
		return;
	}
	b->bad = 1;
}

size_t
wbuf_space(const struct wbuf *b)
{
	if (b->bad)
		return 0;
	return b->size - b->len;
}

void
rbuf_init(struct rbuf *b, const void *data, size_t len)
{
	/* An empty payload may be NULL; rbuf_take() keeps NULL for errors. */
	b->data = data != NULL ? data : (const void *)"";
	b->left = data != NULL ? len : 0;
	b->bad = 0;
}

uint8_t
rbuf_u8(struct rbuf *b)
{
	return (uint8_t)rbuf_number(b, 1);
}

uint16_t
rbuf_u16(struct rbuf *b)
{
	return (uint16_t)rbuf_number(b, 2);
}

uint32_t
rbuf_u32(struct rbuf *b)
{
	return (uint32_t)rbuf_number(b, 4);
}

uint64_t
rbuf_u64(struct rbuf *b)
{
	return rbuf_number(b, 8);
}

const uint8_t *
rbuf_take(struct rbuf *b, size_t n)
{
	const uint8_t *p;

	if (b->bad || n > b->left) {
		b->bad = 1;
		return NULL;
	}
	p = b->data;
	b->data += n;
	b->left -= n;
	return p;
}

void
rbuf_str8(struct rbuf *b, char *dst, size_t dstsize)
{
	rbuf_str(b, 1, dst, dstsize);
}

void
rbuf_str16(struct rbuf *b, char *dst, size_t dstsize)
{
	rbuf_str(b, 2, dst, dstsize);
}

void
rbuf_addr(struct rbuf *b, struct addr *a)
{
	const uint8_t *p;
	sa_family_t    af;
	size_t         n;

	memset(a, 0, sizeof(*a)); /* AF_UNSPEC, also when bad */
	switch (rbuf_u8(b)) {
	case 0:
		return;
	case 4:
		af = AF_INET;
		n = 4;
		break;
	case 6:
		af = AF_INET6;
		n = 16;
		break;
	default:
		b->bad = 1;
		return;
	}
	if ((p = rbuf_take(b, n)) == NULL)
		return;
	a->af = af;
	memcpy(a->b, p, n);
}

int
rbuf_done(const struct rbuf *b)
{
	return !b->bad && b->left == 0;
}

/* The low n bytes of v, the highest first. */
static void
wbuf_number(struct wbuf *b, uint64_t v, size_t n)
{
	uint8_t bytes[8];
	size_t  i;

	for (i = n; i > 0; i--) {
		bytes[i - 1] = v & 0xff;
		v >>= 8;
	}
	wbuf_bytes(b, bytes, n);
}

/* A length of nlen bytes, then the text; all of it or nothing. */
static void
wbuf_str(struct wbuf *b, const char *s, size_t nlen)
{
	size_t n;

	n = strlen(s);
	if (n > (nlen == 1 ? UINT8_MAX : UINT16_MAX) ||
	    nlen + n > wbuf_space(b)) {
		b->bad = 1;
		return;
	}
	wbuf_number(b, n, nlen);
	wbuf_bytes(b, s, n);
}

static uint64_t
rbuf_number(struct rbuf *b, size_t n)
{
	const uint8_t *p;
	uint64_t       v = 0;
	size_t         i;

	if ((p = rbuf_take(b, n)) == NULL)
		return 0;
	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static void
rbuf_str(struct rbuf *b, size_t nlen, char *dst, size_t dstsize)
{
	const uint8_t *p;
	size_t         n;

	dst[0] = '\0';
	n = rbuf_number(b, nlen);
	if ((p = rbuf_take(b, n)) == NULL)
		return;
	if (n >= dstsize || memchr(p, '\0', n) != NULL) {
		b->bad = 1;
		return;
	}
	memcpy(dst, p, n);
	dst[n] = '\0';
}
