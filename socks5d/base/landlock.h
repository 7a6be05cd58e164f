/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Landlock, the second wall around files: everything handled, nothing
 * allowed.  Linux only.
 */

#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

/*
 * Denies this process, for good, every file that it has not open, and with
 * scopes in the kernel signals and abstract sockets beyond itself; unless
 * connects is set, making TCP connections and binding too.  Needs
 * no_new_privs.  1 if the wall stands, 0 with errno if the host has none or
 * refuses it, -1 with errno if it could not be raised.
 */
int landlock_enter(int connects);

#endif /* BASE_LANDLOCK_H */
