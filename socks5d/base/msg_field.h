/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fields that several payloads share.  Private to the codecs of messages,
 * msg_*.c; nobody else includes it.
 */

#ifndef BASE_MSG_FIELD_H
#define BASE_MSG_FIELD_H

#include <stdint.h>

#include "base/buf.h"
#include "base/proc.h"

struct addr;
struct walls;

/* A byte of low to high; bad and low if it is another. */
uint8_t field_range(struct rbuf *, uint8_t low, uint8_t high);

/* The REP that a client got, or REP_NONE. */
uint8_t field_rep(struct rbuf *);

/* An address that must be there: AF_UNSPEC is bad. */
void field_addr(struct rbuf *, struct addr *);

/* A child: its role and, for a relay, its number, else 0. */
void field_put_child(struct wbuf *, enum proc_id, unsigned int instance);
void field_child(struct rbuf *, enum proc_id *, unsigned int *instance);

/* What became of the walls of a child: those that stand, then errors. */
void field_put_walls(struct wbuf *, const struct walls *);
void field_walls(struct rbuf *, struct walls *);

/* A text with two length bytes, cut so that its reader's array holds it. */
void field_put_text(struct wbuf *, const char *, size_t size);

/* The end of a decoder of a whole payload, and of one item of a list. */
int field_end(const struct rbuf *);
int field_item_end(const struct rbuf *);

#endif /* BASE_MSG_FIELD_H */
