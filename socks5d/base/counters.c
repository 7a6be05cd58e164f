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
 * Names and meanings of the counters, from the table in counters.h.
 *
 * Pure.  Linked by everything, socks5ctl included.
 */

#include "base/counters.h"

#define COUNTER_NAME(id, name, help)	[COUNTER_##id] = name,
#define COUNTER_HELP(id, name, help)	[COUNTER_##id] = help,

static const char *const counter_names[] = { COUNTER_TABLE(COUNTER_NAME) };
static const char *const counter_helps[] = { COUNTER_TABLE(COUNTER_HELP) };

const char *
counter_name(enum counter c)
{
	if ((unsigned int)c >= COUNTER_MAX)
		return "?";
	return counter_names[c];
}

const char *
counter_help(enum counter c)
{
	if ((unsigned int)c >= COUNTER_MAX)
		return "?";
	return counter_helps[c];
}
