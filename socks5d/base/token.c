/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's word on a client's address and on a session: see token.h.
 *
 * Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "base/buf.h"
#include "base/token.h"

/* The tag is the first half of this. */
static void
token_mac(const struct mac_key *key, uint64_t session, unsigned int relay,
    const struct token *t, uint8_t out[MAC_LEN])
{
	uint8_t     data[8 + 2 + 17];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	wbuf_u64(&b, session);
	wbuf_u16(&b, (uint16_t)relay);
	wbuf_addr(&b, &t->client);
	mac(key, data, b.len, NULL, 0, out);
}

void
token_sign(const struct mac_key *key, uint64_t session, unsigned int relay,
    struct token *t)
{
	uint8_t out[MAC_LEN];

	token_mac(key, session, relay, t, out);
	memcpy(t->tag, out, TOKEN_LEN);
}

int
token_valid(const struct mac_key *key, uint64_t session, unsigned int relay,
    const struct token *t)
{
	uint8_t out[MAC_LEN];

	token_mac(key, session, relay, t, out);
	return mac_equal(out, t->tag, TOKEN_LEN);
}

/* Longer than what a token signs, so that neither passes for the other. */
static void
facts_mac(const struct mac_key *key, uint64_t session, unsigned int relay,
    uint32_t start, const struct session_facts *f, uint8_t out[MAC_LEN])
{
	struct session_facts bare = *f;
	uint8_t              head[8 + 2 + 4], data[SESSION_FACTS_MAX];
	struct wbuf          h, b;

	memset(bare.tag, 0, sizeof(bare.tag));
	wbuf_init(&h, head, sizeof(head));
	wbuf_u64(&h, session);
	wbuf_u16(&h, (uint16_t)relay);
	wbuf_u32(&h, start);
	wbuf_init(&b, data, sizeof(data));
	session_facts_put(&b, &bare);
	mac(key, head, h.len, data, b.len, out);
}

void
facts_sign(const struct mac_key *key, uint64_t session, unsigned int relay,
    uint32_t start, struct session_facts *f)
{
	uint8_t out[MAC_LEN];

	facts_mac(key, session, relay, start, f, out);
	memcpy(f->tag, out, sizeof(f->tag));
}

int
facts_valid(const struct mac_key *key, uint64_t session, unsigned int relay,
    uint32_t start, const struct session_facts *f)
{
	uint8_t out[MAC_LEN];

	facts_mac(key, session, relay, start, f, out);
	return mac_equal(out, f->tag, sizeof(f->tag));
}
