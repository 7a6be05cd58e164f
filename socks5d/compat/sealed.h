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
 * Memory behind a descriptor, filled by one process and then read by others
 * who can rely on it that nobody changes it any more: sealed_memfd.c, and
 * sealed_file.c for systems that have no such thing.
 */

#ifndef COMPAT_SEALED_H
#define COMPAT_SEALED_H

/* An empty one, to be written to; name is for people.  -1 with errno. */
int	sealed_new(const char *name);

/*
 * Takes the descriptor and gives one to what is behind it now, which can be
 * neither written nor cut any more, whoever else has it open.  -1 with errno,
 * EBUSY if somebody still could.
 */
int	sealed_close(int fd);

#endif /* COMPAT_SEALED_H */
