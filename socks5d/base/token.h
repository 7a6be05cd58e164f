/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's word to auth on where the client of a session comes from; see
 * struct token.  It travels through a relay, which can neither make one nor
 * pass off another session's.
 *
 * And its word to the next router on what is known of an open session; see
 * struct session_facts.  That is kept by the relay, and good for this one life
 * of it: a relay that is started again cannot use its predecessor's.
 *
 * Pure.  Used by the router, which signs, and auth, which checks.
 */

#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include "base/mac.h"
#include "base/msg_codec.h"

/* Fills in the tag for token.client in this session of this relay. */
void token_sign(const struct mac_key *, uint64_t session, unsigned int relay,
    struct token *);

/* True if it was signed with this key for this session of this relay. */
int token_valid(const struct mac_key *, uint64_t session, unsigned int relay,
    const struct token *);

/* The same of facts; the relay is that of so many starts. */
void facts_sign(const struct mac_key *, uint64_t session, unsigned int relay,
    uint32_t start, struct session_facts *);
int  facts_valid(const struct mac_key *, uint64_t session, unsigned int relay,
     uint32_t start, const struct session_facts *);

#endif /* BASE_TOKEN_H */
