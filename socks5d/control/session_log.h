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
 * The line that a session leaves in the log, as text or as JSON.
 *
 * Pure.  Linked by control and its tests.  The words are part of what users
 * may rely on: socks5d(8) lists them.
 */

#ifndef CONTROL_SESSION_LOG_H
#define CONTROL_SESSION_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/msg_codec.h"

/*
 * Writes one line without newline into dst, which should have LOG_LINE_MAX
 * bytes: any record fits, as each text from outside is cut to its share.
 * -1, and dst empty, if size is too small.
 */
int	session_log_text(char *dst, size_t, const struct session_log *);
int	session_log_json(char *dst, size_t, const struct session_log *);

/* The same for n sessions without a request that got no line each. */
int	session_log_more_text(char *dst, size_t, uint64_t n);
int	session_log_more_json(char *dst, size_t, uint64_t n);

#endif /* CONTROL_SESSION_LOG_H */
