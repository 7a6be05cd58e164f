/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Logins that need no hashing: see recall.h.
 *
 * Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "auth/recall.h"

void
recall_put_login(struct recall *r, const uint8_t mac[MAC_LEN], uint64_t until)
{
	unsigned int i, to = 0;

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
	unsigned int i, to = 0;

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
	unsigned int i;
	int          found = 0;

	for (i = 0; i < RECALL_LOGINS; i++)
		if (r->login[i].until > now &&
		    mac_equal(r->login[i].mac, mac, MAC_LEN))
			found = 1;
	return found;
}

int
recall_source(const struct recall *r, const struct addr *a, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < RECALL_SOURCES; i++)
		if (r->source[i].until > now &&
		    addr_cmp(&r->source[i].addr, a) == 0)
			return 1;
	return 0;
}

int
recall_any(const struct recall *r, uint64_t now)
{
	unsigned int i;

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
	unsigned int i;

	for (i = 0; i < RECALL_LOGINS; i++)
		if (r->login[i].until > until)
			r->login[i].until = until;
}
