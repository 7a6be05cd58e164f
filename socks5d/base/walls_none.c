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
 * No further walls, see walls.h: for systems where the root directory, the
 * user and the filter are all there is.
 */

#include <errno.h>

#include "base/walls.h"

void
walls_network(struct walls *w, enum proc_id role)
{
}

void
walls_user_namespace(struct walls *w, enum proc_id role)
{
}

void
walls_drop_bounding(struct walls *w)
{
}

void
walls_drop_rest(struct walls *w, const struct msg_start *s)
{
}

int
walls_writer(pid_t parent)
{
	return 0;
}

int
walls_get_oom(int *score)
{
	errno = ENOTSUP;
	return -1;
}

int
walls_set_oom(int score)
{
	errno = ENOTSUP;
	return -1;
}
