/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The commands about tables: what they send.
 *
 * Part of socks5ctl.  What an entry means only the daemon knows.
 */

#ifndef SOCKS5CTL_TABLE_H
#define SOCKS5CTL_TABLE_H

#include <stdio.h>

#include "base/msg_table.h"

struct channel;

/* What words that were typed are called, in place of a file. */
#define TABLE_WORDS "argument"

/* The name as the daemon knows it: "<bad>" and "bad" are the same. */
const char *table_name(char *);

/*
 * A request to change the table args[0] by the words behind it, or by what is
 * in file if that is not NULL.  Returns the text of them, to be sent with
 * table_send_text() each time that the daemon asks; ends the process if there
 * is none.
 */
FILE *table_put_edit(struct wbuf *, enum table_edit_op, int nargs, char **args,
    const char *file);
void  table_send_text(struct channel *, FILE *);

/* A request to look for words in the table args[0]. */
void table_put_test(struct wbuf *, int nargs, char **args);

#endif /* SOCKS5CTL_TABLE_H */
