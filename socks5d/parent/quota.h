/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The file of used quota.
 */

#ifndef PARENT_QUOTA_H
#define PARENT_QUOTA_H

#include "config/parse.h"

struct conf;
struct msg;
struct parent;
struct process;
struct quota_book;

/*
 * Reads the file if the config has quotas and it was not read so far; -1 after
 * complaining.  It is in force after the commit; an abort undoes that.
 */
int quota_prepare(struct parent *, const struct conf *, struct quota_book **,
    parse_report, void *);

/* The same look at the file, for somebody who does not start. */
int  quota_check(const struct conf *, parse_report, void *);
void quota_commit(struct parent *, struct quota_book **);
void quota_abort(struct quota_book **);

/* Tells a router that starts what was used. */
void quota_send(struct process *);

/* The router says what is used now. */
void quota_changed(struct process *, struct msg *);

/*
 * At the end: true if all is on the disk, or cannot be.  If not, that is begun,
 * and kept() is called when it has come to its end.
 */
int quota_is_kept(struct parent *, void (*kept)(struct parent *));

#endif /* PARENT_QUOTA_H */
