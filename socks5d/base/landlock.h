/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

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
int	landlock_enter(int connects);

#endif /* BASE_LANDLOCK_H */
