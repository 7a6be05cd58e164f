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
 * Where the control socket is when nobody says so: one answer for the daemon
 * and for socks5ctl.
 *
 * Linked by the parent and socks5ctl.  Looks at folders, opens nothing.
 */

#ifndef BASE_CTLPATH_H
#define BASE_CTLPATH_H

#include <stddef.h>

/* The socket of a daemon that root started. */
#define CTL_SYSTEM_PATH	"/run/socks5d.sock"

/* The longest path of a unix socket, NUL included. */
#define CTL_PATH_SIZE	108

/*
 * The socket of a daemon that this user starts: CTL_SYSTEM_PATH for root,
 * else $XDG_RUNTIME_DIR/socks5d.sock, else /tmp/socks5d-UID/socks5d.sock.
 * -1 with errno if it does not fit, or if the folder in /tmp is there and is
 * not ours alone (EPERM).
 */
int	ctl_default_path(char *dst, size_t);

/*
 * Makes the folder in /tmp if the path of ctl_default_path() is in it.  -1
 * with errno, EPERM if somebody else has it.
 */
int	ctl_make_folder(const char *path);

#endif /* BASE_CTLPATH_H */
