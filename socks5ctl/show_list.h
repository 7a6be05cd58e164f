/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How the lists of the daemon are printed: one printer, show_list of show.h,
 * and for each list what its rows look like.
 */

#ifndef SOCKS5CTL_SHOW_LIST_H
#define SOCKS5CTL_SHOW_LIST_H

#include "base/msg_list.h"
#include "grid.h"
#include "show.h"

/* With columns text() fills a row of them, else it prints what it likes. */
struct show_list {
	const char		*name;		/* of the list in a document */
	const char		*title;		/* if no columns; or NULL */
	const struct grid_col	*cols;		/* or NULL */
	size_t			 ncols;
	void			(*text)(struct show *,
				    const union list_row *);
	void			(*json)(struct json *,
				    const union list_row *);
};

extern const struct show_list	list_bans;
extern const struct show_list	list_limits;
extern const struct show_list	list_proxies;
extern const struct show_list	list_rules;
extern const struct show_list	list_sessions;
extern const struct show_list	list_tables;
extern const struct show_list	list_users;

#endif /* SOCKS5CTL_SHOW_LIST_H */
