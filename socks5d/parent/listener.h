/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The sockets that clients connect to.
 */

#ifndef PARENT_LISTENER_H
#define PARENT_LISTENER_H

#include <stddef.h>

#include "config/parse.h"

struct conf;
struct parent;

/*
 * Opens the sockets of a config, taking over those that old, if not NULL, has
 * open for the same address, or for one that the new config has among others;
 * the latter come as listeners more.  -1 after complaining; nothing of old
 * changes.
 */
int listener_open_all(struct parent *, struct conf *, const struct conf *old,
    parse_report, void *);

/*
 * Nothing else can fail: the last sockets begin to listen.  -1 with why.
 */
int listener_listen(struct conf *, char *why, size_t);

/* The config is in force: sockets kept from another learn what it says. */
void listener_commit(const struct conf *);

/* Closes what conf has open and keep, if not NULL, does not use. */
void listener_close_all(struct conf *, const struct conf *keep);

#endif /* PARENT_LISTENER_H */
