/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's word on a client's address: good for that client, in that
 * session, of that relay, with that key, and for nothing else.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/token.h"

#define ROUNDS 200

static void make(struct mac_key *, struct token *, sa_family_t);
static void make_facts(struct mac_key *, struct session_facts *);

/* A key and an address of that family, anew each time. */
static void
make(struct mac_key *key, struct token *t, sa_family_t af)
{
	uint8_t secret[MAC_SECRET_LEN];

	arc4random_buf(secret, sizeof(secret));
	mac_key(key, secret);
	memset(t, 0, sizeof(*t));
	t->client.af = af;
	arc4random_buf(t->client.b, af == AF_INET ? 4 : 16);
}

/* Facts with something in each of them, signed for session 77 of relay 3. */
static void
make_facts(struct mac_key *key, struct session_facts *f)
{
	struct token t;

	make(key, &t, AF_INET6);
	memset(f, 0, sizeof(*f));
	f->client = t.client;
	f->client_port = 1;
	f->listener = 2;
	f->command = SESSION_CONNECT;
	(void)strlcpy(f->name, "www.example.org", sizeof(f->name));
	(void)strlcpy(f->user, "alice", sizeof(f->user));
	f->target = t.client;
	f->target_port = 3;
	f->generation = 4;
	f->rule = 5;
	f->limits = 6;
	f->start_ms = 7;
	f->connect_ms = 8;
	facts_sign(key, 77, 3, 9, f);
}

static const sa_family_t families[] = { AF_INET, AF_INET6 };

ATF_TC(every_bit);
ATF_TC_HEAD(every_bit, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with any bit of the address or of "
	    "the tag changed it is refused");
}
ATF_TC_BODY(every_bit, tc)
{
	struct mac_key key;
	struct token   t;
	size_t         bit, f, len;

	for (f = 0; f < 2; f++) {
		make(&key, &t, families[f]);
		token_sign(&key, 77, 3, &t);
		ATF_CHECK(token_valid(&key, 77, 3, &t));
		len = families[f] == AF_INET ? 4 : 16;
		for (bit = 0; bit < 8 * len; bit++) {
			t.client.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
			ATF_CHECK(!token_valid(&key, 77, 3, &t));
			t.client.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		for (bit = 0; bit < 8 * sizeof(t.tag); bit++) {
			t.tag[bit / 8] ^= (uint8_t)(1U << bit % 8);
			ATF_CHECK(!token_valid(&key, 77, 3, &t));
			t.tag[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		ATF_CHECK(token_valid(&key, 77, 3, &t));
	}
}

ATF_TC(other_family);
ATF_TC_HEAD(other_family, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the same bytes as an address of another family are refused");
}
ATF_TC_BODY(other_family, tc)
{
	struct mac_key key;
	struct token   t;
	size_t         f;

	for (f = 0; f < 2; f++) {
		make(&key, &t, families[f]);
		token_sign(&key, 1, 0, &t);
		t.client.af = families[1 - f];
		ATF_CHECK(!token_valid(&key, 1, 0, &t));
	}
}

ATF_TC(other_session);
ATF_TC_HEAD(other_session, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "for any other session it is refused, "
	    "one bit away or many");
}
ATF_TC_BODY(other_session, tc)
{
	struct mac_key key;
	struct token   t;
	uint64_t       id, other;
	unsigned int   i;

	for (i = 0; i < ROUNDS; i++) {
		make(&key, &t, families[i % 2]);
		arc4random_buf(&id, sizeof(id));
		token_sign(&key, id, i % RELAYS_MAX, &t);
		ATF_CHECK(token_valid(&key, id, i % RELAYS_MAX, &t));
		ATF_CHECK(!token_valid(&key, id ^ (1ULL << i % 64),
		    i % RELAYS_MAX, &t));
		arc4random_buf(&other, sizeof(other));
		ATF_CHECK(other == id ||
		    !token_valid(&key, other, i % RELAYS_MAX, &t));
	}
}

ATF_TC(other_relay);
ATF_TC_HEAD(other_relay, tc)
{
	atf_tc_set_md_var(tc, "descr", "for any other relay it is refused");
}
ATF_TC_BODY(other_relay, tc)
{
	struct mac_key key;
	struct token   t;
	unsigned int   relay, other;

	for (relay = 0; relay < RELAYS_MAX; relay++) {
		make(&key, &t, families[relay % 2]);
		token_sign(&key, 9, relay, &t);
		for (other = 0; other < RELAYS_MAX; other++)
			ATF_CHECK_EQ(other == relay,
			    token_valid(&key, 9, other, &t));
	}
}

ATF_TC(other_key);
ATF_TC_HEAD(other_key, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with any other key it is refused, "
	    "and without one nobody makes it");
}
ATF_TC_BODY(other_key, tc)
{
	struct mac_key key, other;
	struct token   t, unused, zero;
	unsigned int   i;

	for (i = 0; i < ROUNDS; i++) {
		make(&key, &t, families[i % 2]);
		zero = t;
		ATF_CHECK(!token_valid(&key, 5, 0, &zero));
		token_sign(&key, 5, 0, &t);
		make(&other, &unused, AF_INET);
		ATF_CHECK(!token_valid(&other, 5, 0, &t));
	}
}

ATF_TC(facts);
ATF_TC_HEAD(facts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "facts of a session are good as they "
	    "are, in that life of that relay, and with no bit changed");
}
ATF_TC_BODY(facts, tc)
{
	struct session_facts f, g;
	struct mac_key       key, other;
	struct token         t;
	struct wbuf          w;
	struct rbuf          r;
	uint8_t              data[SESSION_FACTS_MAX];
	size_t               bit, refused = 0;

	make_facts(&key, &f);
	make(&other, &t, AF_INET);
	ATF_REQUIRE(facts_valid(&key, 77, 3, 9, &f));
	ATF_CHECK(!facts_valid(&key, 78, 3, 9, &f));
	ATF_CHECK(!facts_valid(&key, 77, 4, 9, &f));
	ATF_CHECK(!facts_valid(&key, 77, 3, 10, &f));
	ATF_CHECK(!facts_valid(&other, 77, 3, 9, &f));
	wbuf_init(&w, data, sizeof(data));
	session_facts_put(&w, &f);
	for (bit = 0; bit < 8 * w.len; bit++) {
		data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		rbuf_init(&r, data, w.len);
		if (session_facts_get(&r, &g) == -1 || !rbuf_done(&r))
			refused++;
		else
			ATF_CHECK_MSG(!facts_valid(&key, 77, 3, 9, &g),
			    "bit %zu", bit);
		data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	ATF_CHECK(refused < 8 * w.len / 4);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_bit);
	ATF_TP_ADD_TC(tp, other_family);
	ATF_TP_ADD_TC(tp, other_session);
	ATF_TP_ADD_TC(tp, other_relay);
	ATF_TP_ADD_TC(tp, other_key);
	ATF_TP_ADD_TC(tp, facts);
	return atf_no_error();
}
