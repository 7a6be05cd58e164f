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
 * The parent: reads the config, opens what needs rights, starts and watches
 * the children, writes the log.  It reads no byte of a client.
 */

#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include <stddef.h>

#include "config/parse.h"

/* What the command line said. */
struct parent_options {
	const char		*file;		/* -f, or NULL */
	const char		*socket;	/* -s, or NULL */
	int			 debug;		/* -d */
	int			 check;		/* -n */
	int			 strict;	/* -W */
	int			 verbose;	/* -v */
	struct parse_override	*overrides;	/* environment, then -D */
	size_t			 noverrides;
};

/* Returns the exit status if told to check; otherwise it does not return. */
int	parent_main(const struct parent_options *);

#endif /* PARENT_PARENT_H */
