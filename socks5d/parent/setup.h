/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the daemon needs of the system before any child starts.
 */

#ifndef PARENT_SETUP_H
#define PARENT_SETUP_H

struct conf;
struct parent;

/* 0, or -1 after complaining. */
int setup_users(struct parent *, const struct conf *);
int setup_root(struct parent *, const struct conf *);
int setup_descriptors(struct parent *, const struct conf *);

#endif /* PARENT_SETUP_H */
