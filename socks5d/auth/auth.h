/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Auth: the only process that sees a password hash, but for those that it
 * gives one to check.
 */

#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

struct child;

_Noreturn void auth_main(struct child *);

#endif /* AUTH_AUTH_H */
