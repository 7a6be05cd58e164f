/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Entries of a table, put in order.
 *
 * Part of socks5ctl.
 */

#ifndef SOCKS5CTL_SORTED_H
#define SOCKS5CTL_SORTED_H

struct sorted;

/* These end the process if memory is short. */
struct sorted *sorted_new(void);
void           sorted_add(struct sorted *, const char *);

/*
 * All of them: addresses and prefixes by number, then others by their letters.
 * Frees.
 */
void sorted_end(struct sorted *, void (*)(void *, const char *), void *);

#endif /* SOCKS5CTL_SORTED_H */
