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
 * Logins that need no hashing: see recall.h.
 *
 * Pure.  Linked by auth alone.
 */

#include <sys/types.h>

#include <string.h>

#include "auth/recall.h"

void
recall_put_login(struct recall *r, const uint8_t mac[MAC_LEN], uint64_t until)
{
	unsigned int	i, to = 0;

	for (i = 0; i < RECALL_LOGINS; i++) {
		if (mac_equal(r->login[i].mac, mac, MAC_LEN)) {
			to = i;
			break;
		}
		if (r->login[i].until < r->login[to].until)
			to = i;
	}
	memcpy(r->login[to].mac, mac, MAC_LEN);
	r->login[to].until = until;
}

void
recall_put_source(struct recall *r, const struct addr *a, uint64_t now)
{
	unsigned int	i, to = 0;

	for (i = 0; i < RECALL_SOURCES; i++) {
		if (addr_cmp(&r->source[i].addr, a) == 0) {
			to = i;
			break;
		}
		if (r->source[i].until < r->source[to].until)
			to = i;
	}
	r->source[to].addr = *a;
	r->source[to].until = now + RECALL_SOURCE_MS;
}

int
recall_login(const struct recall *r, const uint8_t mac[MAC_LEN], uint64_t now)
{
	unsigned int	i;
	int		found = 0;

	for (i = 0; i < RECALL_LOGINS; i++)
		if (r->login[i].until > now &&
		    mac_equal(r->login[i].mac, mac, MAC_LEN))
			found = 1;
	return found;
}

int
recall_source(const struct recall *r, const struct addr *a, uint64_t now)
{
	unsigned int	i;

	for (i = 0; i < RECALL_SOURCES; i++)
		if (r->source[i].until > now &&
		    addr_cmp(&r->source[i].addr, a) == 0)
			return 1;
	return 0;
}

int
recall_any(const struct recall *r, uint64_t now)
{
	unsigned int	i;

	for (i = 0; i < RECALL_LOGINS; i++)
		if (r->login[i].until > now)
			return 1;
	return 0;
}

void
recall_forget_logins(struct recall *r)
{
	explicit_bzero(r->login, sizeof(r->login));
}

void
recall_shorten_logins(struct recall *r, uint64_t until)
{
	unsigned int	i;

	for (i = 0; i < RECALL_LOGINS; i++)
		if (r->login[i].until > until)
			r->login[i].until = until;
}
