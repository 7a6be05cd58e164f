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
 * A length of time in few characters, for people.
 *
 * Pure.  Linked by control, socks5ctl and their tests.
 */

#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

/* Room for any of them; no more than 6 characters are used. */
#define DURATION_STRLEN	8

/*
 * The two largest units that matter: "57s", "9m57s", "2h05m", "3d04h", "120d".
 * What is left is cut, so that nothing seems to last longer than it did.
 */
char	*duration_text(uint64_t ms, char dst[DURATION_STRLEN]);

#endif /* BASE_DURATION_H */
