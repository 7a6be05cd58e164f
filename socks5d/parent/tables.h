/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The tables and the database of countries of a config.
 */

#ifndef PARENT_TABLES_H
#define PARENT_TABLES_H

struct conf;
struct parent;

/* Tables of a config that are being loaded, and who waits for that. */
struct tables_ops {
	void (*report)(struct parent *, const char *);
	void (*done)(struct parent *, int failed); /* -1 or 0 */
};

void tables_init(struct parent *);

/*
 * Loads the tables of a config, or takes them from old, if not NULL, where
 * nothing about them is new.  0 if all are there, -1 after complaining, or 1
 * if done() will tell.
 */
int  tables_load(struct parent *, struct conf *, const struct conf *old,
     const struct tables_ops *);
void tables_cancel(struct parent *);

/* Closes the images of a config. */
void tables_close(struct conf *);

#endif /* PARENT_TABLES_H */
