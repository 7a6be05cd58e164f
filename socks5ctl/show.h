/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What socks5ctl prints: rows of an answer as text or as one JSON document.
 *
 * Part of socks5ctl.  Whatever comes from the daemon is escaped, since names
 * in it were chosen by strangers.
 */

#ifndef SOCKS5CTL_SHOW_H
#define SOCKS5CTL_SHOW_H

#include <stdio.h>

#include "base/duration.h"
#include "base/json.h"
#include "base/msg.h"
#include "base/wall.h"

struct flows;
struct grid;
struct sorted;

/* An answer being printed. */
struct show {
	FILE            *out;
	struct json      json;
	char             space[4096]; /* of the JSON writer */
	unsigned int     rows;
	unsigned int     stage;    /* of a printer's own */
	int              ok;       /* at the end: it was done */
	const char      *message;  /* and what was said of it, or "" */
	enum list        list;     /* which it is, if it is one */
	int              words;    /* lines are of typed words */
	struct grid     *grid;     /* rows in columns */
	struct flows    *flows;    /* below sessions, or NULL */
	struct sorted   *sorted;   /* to be sorted; show_table.c */
	int              wrong;    /* not as it should be: status 1 */
	struct wall_row *children; /* those that run; show_status.c */
	size_t           nchildren;
};

/*
 * How an answer of one kind is printed.  begin comes before the first row or,
 * if there is none, before end; row gives -1 if the message is not one of
 * its rows.
 */
struct show_form {
	void (*begin)(struct show *);
	int (*row)(struct show *, const struct msg *);
	void (*end)(struct show *);
};

/* A kind of answer in both forms. */
struct show_kind {
	struct show_form text;
	struct show_form json;
};

extern const struct show_kind show_result; /* of what shows nothing */
extern const struct show_kind show_list;   /* of any list */
extern const struct show_kind show_status;
extern const struct show_kind show_counters;
extern const struct show_kind show_test;
extern const struct show_kind show_table;
extern const struct show_kind show_table_test;

/*
 * Numbers in few columns: up to 6 characters, "9m57s" or "1.5G".  They return
 * dst, which has SHOW_SHORT bytes.
 */
#define SHOW_SHORT DURATION_STRLEN
char *show_time(char *dst, uint64_t ms);
char *show_bytes(char *dst, uint64_t n);

/*
 * What a MSG_CTL_TEXT says of a line; where what was typed was sent as lines,
 * their numbers say nothing and are left out.  -1 if it is none.
 */
int show_line(const struct show *, const struct msg *, char *, size_t);

/* The end of what is printed in columns. */
void show_grid_end(struct show *);

/* What all JSON documents begin and end with: the end says how it went. */
void show_json_open(struct show *, const char *list);
void show_json_close(struct show *);

/* A text, or null if it is empty. */
void show_json_text(struct json *, const char *name, const char *);

#endif /* SOCKS5CTL_SHOW_H */
