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
	const char            *name;  /* of the list in a document */
	const char            *title; /* if no columns; or NULL */
	const struct grid_col *cols;  /* or NULL */
	size_t                 ncols;
	void (*text)(struct show *, const union list_row *);
	void (*json)(struct json *, const union list_row *);
};

/* That of each list: list_session for the first. */
#define SHOW_LIST(id, row, ...) extern const struct show_list list_##row;
LIST_TABLE(SHOW_LIST)
#undef SHOW_LIST

#endif /* SOCKS5CTL_SHOW_LIST_H */
