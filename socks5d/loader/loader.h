/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The entry of the role.
 */

#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

struct child;

/* Serves until the parent ends it. */
_Noreturn void loader_main(struct child *);

#endif /* LOADER_LOADER_H */
