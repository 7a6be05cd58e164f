/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Entries of a table, put in order.
 *
 * Part of socks5ctl.
 */

#ifndef SOCKS5CTL_LIST_H
#define SOCKS5CTL_LIST_H

struct list;

/* These end the process if memory is short. */
struct list	*list_new(void);
void		 list_add(struct list *, const char *);

/*
 * All of them: addresses and prefixes by number, then others by their letters.
 * Frees.
 */
void		 list_end(struct list *, void (*)(void *, const char *),
		    void *);

#endif /* SOCKS5CTL_LIST_H */
