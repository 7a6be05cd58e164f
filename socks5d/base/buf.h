/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Bytes of messages: a bounded writer and a reader, both in network byte
 * order, both remembering their first error, so that a codec is a plain list
 * of fields with one check at its end.
 *
 * Pure: no I/O, no allocation.
 */

#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct addr;

/* Writes into storage of the caller; bad once something did not fit. */
struct wbuf {
	uint8_t *data;
	size_t   len;
	size_t   size;
	int      bad;
};

/* Reads from storage of the caller; bad once something was not there. */
struct rbuf {
	const uint8_t *data;
	size_t         left;
	int            bad;
};

void wbuf_init(struct wbuf *, void *storage, size_t size);
void wbuf_u8(struct wbuf *, uint8_t);
void wbuf_u16(struct wbuf *, uint16_t);
void wbuf_u32(struct wbuf *, uint32_t);
void wbuf_u64(struct wbuf *, uint64_t);
void wbuf_bytes(struct wbuf *, const void *, size_t);

/* A length byte, then the text without its NUL; bad if over 255 bytes. */
void wbuf_str8(struct wbuf *, const char *);

/* Two length bytes, then the text without its NUL; bad if over 65535. */
void wbuf_str16(struct wbuf *, const char *);

/* An address: one byte 0, 4 or 6, then 0, 4 or 16 bytes. */
void wbuf_addr(struct wbuf *, const struct addr *);

/* Bytes that still fit. */
size_t wbuf_space(const struct wbuf *);

void     rbuf_init(struct rbuf *, const void *, size_t);
uint8_t  rbuf_u8(struct rbuf *); /* these give 0 when bad */
uint16_t rbuf_u16(struct rbuf *);
uint32_t rbuf_u32(struct rbuf *);
uint64_t rbuf_u64(struct rbuf *);

/* The next n bytes, inside the message, or NULL (and bad) if not there. */
const uint8_t *rbuf_take(struct rbuf *, size_t n);

/*
 * Text into dst, NUL-terminated.  Bad, and dst empty, if it does not fit or
 * has a NUL inside.
 */
void rbuf_str8(struct rbuf *, char *dst, size_t dstsize);
void rbuf_str16(struct rbuf *, char *dst, size_t dstsize);

/* An address; bad unless its family byte is 0, 4 or 6. */
void rbuf_addr(struct rbuf *, struct addr *);

/* Exactly used up, without an error: a tail is as wrong as a cut. */
int rbuf_done(const struct rbuf *);

#endif /* BASE_BUF_H */
