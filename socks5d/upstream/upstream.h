/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The entry of the role.
 */

#ifndef UPSTREAM_UPSTREAM_H
#define UPSTREAM_UPSTREAM_H

struct child;

/* Serves until the parent ends it. */
_Noreturn void upstream_main(struct child *);

#endif /* UPSTREAM_UPSTREAM_H */
