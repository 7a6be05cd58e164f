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
 * Who is at the far end of a unix socket: the BSDs.  Linked by control.  They
 * tell the effective group only, so a user whose first group is another than
 * that of the control socket is not let in.
 */

#include <sys/types.h>

#include <unistd.h>

#include "compat/peercred.h"

int
peercred_uid(int fd, uid_t *uid)
{
	gid_t	gid;

	return getpeereid(fd, uid, &gid);
}

int
peercred_has_gid(int fd, gid_t gid)
{
	uid_t	uid;
	gid_t	peer;

	return getpeereid(fd, &uid, &peer) == 0 && peer == gid;
}
