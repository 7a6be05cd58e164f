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
 * A connection to one of our targets, for the files that serve one.
 */

#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stdint.h>

#include "script.h"

struct served {
	struct progress	progress;	/* script */
	uint64_t	got;		/* sink */
	uint64_t	want;		/* sink: after so many it answers */
	uint32_t	events;		/* that it awaits */
	int		fd;
	int		epfd;
	int		eof;
};

void	served_await(struct served *, uint32_t);

/* Closing it will be a reset. */
void	served_reset(struct served *);

/* On any event: -1 if the connection is to be closed. */
int	serve_script(struct served *);

#endif /* BENCH_TARGET_H */
