/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The SOCKS5 codec against a slow and obvious reader that takes one byte at a
 * time, on every cut, every split and every one-byte change of valid
 * messages, and on all lengths.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "socks/socks.h"

/* The three messages of a client, so that one test serves them all. */
enum kind {
	GREETING,
	LOGIN,
	REQUEST,
};

/* What any decoder gives, unused bytes zero, so that memcmp() compares. */
struct outcome {
	enum socks_status     status;
	size_t                used;
	struct socks_greeting greeting;
	struct socks_login    login;
	struct socks_request  request;
};

struct sample {
	enum kind kind;
	size_t    len;
	uint8_t   data[SOCKS_LOGIN_MAX];
};

/* The bytes that a slow reader has not looked at. */
struct cursor {
	const uint8_t *data;
	size_t         len;
	size_t         at;
};

static const struct sample samples[] = {
	{ GREETING, 2, { 5, 0 } },
	{ GREETING, 3, { 5, 1, 0 } },
	{ GREETING, 5, { 5, 3, 0, 1, 2 } },
	{ GREETING, 4, { 5, 2, 5, 255 } },
	{ LOGIN, 3, { 1, 0, 0 } },
	{ LOGIN, 5, { 1, 1, 'u', 1, 'p' } },
	{ LOGIN, 9, { 1, 4, 'r', 0, 'o', 't', 2, 255, 0 } },
	{ REQUEST, 10, { 5, 1, 0, 1, 192, 0, 2, 1, 0, 80 } },
	{ REQUEST, 10, { 5, 3, 0, 1, 0, 0, 0, 0, 0, 0 } },
	{ REQUEST, 22,
	    { 5, 2, 0, 4, 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 0xff, 0xff } },
	{ REQUEST, 8, { 5, 1, 0, 3, 1, 'a', 0, 1 } },
	{ REQUEST, 18,
	    { 5, 1, 0, 3, 11, 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r',
		'g', 1, 187 } },
	{ REQUEST, 11, { 5, 1, 0, 3, 4, 0, 1, 127, 255, 128, 0 } },
};
#define NSAMPLES (sizeof(samples) / sizeof(samples[0]))

static struct outcome    fast(enum kind, const uint8_t *, size_t);
static struct outcome    slow(enum kind, const uint8_t *, size_t);
static enum socks_status slow_greeting(struct cursor *,
    struct socks_greeting *);
static enum socks_status slow_login(struct cursor *, struct socks_login *);
static enum socks_status slow_request(struct cursor *, struct socks_request *);
static int               next(struct cursor *, uint8_t *);
static int               next_bytes(struct cursor *, uint8_t *, size_t);
static void              check(enum kind, const uint8_t *, size_t);
static void              check_cuts(enum kind, const uint8_t *, size_t);
static void              check_splits(const struct sample *, size_t);
static int      feed(const struct sample *, size_t, const uint8_t *, size_t,
	 struct outcome *, size_t *, size_t *);
static void     fill(uint8_t *, size_t, unsigned int);
static uint8_t *exact(const uint8_t *, size_t);

/* Decodes from memory that ends with the input, as a sanitizer will see. */
static struct outcome
fast(enum kind kind, const uint8_t *p, size_t len)
{
	struct outcome o;
	uint8_t       *mem;

	memset(&o, 0, sizeof(o));
	mem = exact(p, len);
	switch (kind) {
	case GREETING:
		o.status = socks_get_greeting(mem, len, &o.greeting, &o.used);
		break;
	case LOGIN:
		o.status = socks_get_login(mem, len, &o.login, &o.used);
		break;
	case REQUEST:
		o.status = socks_get_request(mem, len, &o.request, &o.used);
		break;
	}
	free(mem);
	return o;
}

/* The same by the obvious reader; what is not DONE leaves no struct. */
static struct outcome
slow(enum kind kind, const uint8_t *p, size_t len)
{
	struct outcome o;
	struct cursor  c = { p, len, 0 };

	memset(&o, 0, sizeof(o));
	switch (kind) {
	case GREETING:
		o.status = slow_greeting(&c, &o.greeting);
		break;
	case LOGIN:
		o.status = slow_login(&c, &o.login);
		break;
	case REQUEST:
		o.status = slow_request(&c, &o.request);
		break;
	}
	if (o.status == SOCKS_DONE) {
		o.used = c.at;
		return o;
	}
	memset(&o.greeting, 0, sizeof(o.greeting));
	memset(&o.login, 0, sizeof(o.login));
	memset(&o.request, 0, sizeof(o.request));
	return o;
}

/* RFC 1928, section 3 */
static enum socks_status
slow_greeting(struct cursor *c, struct socks_greeting *g)
{
	uint8_t b;

	if (next(c, &b) == 0)
		return SOCKS_MORE;
	if (b != 5)
		return SOCKS_BAD_VERSION;
	if (next(c, &g->nmethods) == 0 ||
	    next_bytes(c, g->methods, g->nmethods) == 0)
		return SOCKS_MORE;
	return SOCKS_DONE;
}

/* RFC 1929, section 2 */
static enum socks_status
slow_login(struct cursor *c, struct socks_login *l)
{
	uint8_t b;

	if (next(c, &b) == 0)
		return SOCKS_MORE;
	if (b != 1)
		return SOCKS_BAD_VERSION;
	if (next(c, &l->userlen) == 0 ||
	    next_bytes(c, l->user, l->userlen) == 0 ||
	    next(c, &l->passlen) == 0 ||
	    next_bytes(c, l->pass, l->passlen) == 0)
		return SOCKS_MORE;
	return SOCKS_DONE;
}

/* RFC 1928, section 4 */
static enum socks_status
slow_request(struct cursor *c, struct socks_request *req)
{
	uint8_t b, port[2];
	int     there;

	if (next(c, &b) == 0)
		return SOCKS_MORE;
	if (b != 5)
		return SOCKS_BAD_VERSION;
	if (next(c, &req->command) == 0)
		return SOCKS_MORE;
	if (req->command != 1 && req->command != 2 && req->command != 3)
		return SOCKS_BAD_COMMAND;
	if (next(c, &b) == 0)
		return SOCKS_MORE;
	if (b != 0)
		return SOCKS_BAD_RESERVED;
	if (next(c, &b) == 0)
		return SOCKS_MORE;
	if (b == 1) {
		req->addr.af = AF_INET;
		there = next_bytes(c, req->addr.b, 4);
	} else if (b == 4) {
		req->addr.af = AF_INET6;
		there = next_bytes(c, req->addr.b, 16);
	} else if (b == 3) {
		if (next(c, &req->namelen) == 0)
			return SOCKS_MORE;
		if (req->namelen == 0)
			return SOCKS_BAD_NAME;
		there = next_bytes(c, req->name, req->namelen);
	} else
		return SOCKS_BAD_ADDRESS_TYPE;
	if (there == 0 || next_bytes(c, port, 2) == 0)
		return SOCKS_MORE;
	req->port = (uint16_t)(port[0] * 256 + port[1]);
	return SOCKS_DONE;
}

static int
next(struct cursor *c, uint8_t *b)
{
	if (c->at == c->len)
		return 0;
	*b = c->data[c->at++];
	return 1;
}

static int
next_bytes(struct cursor *c, uint8_t *dst, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (next(c, &dst[i]) == 0)
			return 0;
	}
	return 1;
}

static void
check(enum kind kind, const uint8_t *p, size_t len)
{
	struct outcome a, b;

	a = fast(kind, p, len);
	b = slow(kind, p, len);
	ATF_REQUIRE_EQ_MSG(b.status, a.status,
	    "kind %d, %zu bytes: status %d instead of %d", kind, len, a.status,
	    b.status);
	ATF_REQUIRE_EQ_MSG(b.used, a.used, "kind %d, %zu bytes: used %zu", kind,
	    len, a.used);
	ATF_REQUIRE_MSG(memcmp(&a, &b, sizeof(a)) == 0,
	    "kind %d, %zu bytes: another struct", kind, len);
}

static void
check_cuts(enum kind kind, const uint8_t *p, size_t len)
{
	size_t n;

	for (n = 0; n <= len; n++)
		check(kind, p, n);
}

static void
fill(uint8_t *p, size_t len, unsigned int seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(seed + i * 37);
}

static uint8_t *
exact(const uint8_t *p, size_t len)
{
	uint8_t *mem;

	ATF_REQUIRE((mem = malloc(len > 0 ? len : 1)) != NULL);
	memcpy(mem, p, len);
	return mem;
}

ATF_TC(every_cut);
ATF_TC_HEAD(every_cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each prefix of a message wants more, and bytes behind it are "
	    "left alone");
}
ATF_TC_BODY(every_cut, tc)
{
	uint8_t              longer[SOCKS_LOGIN_MAX + 3];
	const struct sample *s;
	struct outcome       o;
	size_t               i, n;

	for (i = 0; i < NSAMPLES; i++) {
		s = &samples[i];
		memset(longer, 5, sizeof(longer));
		memcpy(longer, s->data, s->len);
		for (n = 0; n < s->len; n++) {
			o = fast(s->kind, longer, n);
			ATF_CHECK_EQ_MSG(SOCKS_MORE, o.status,
			    "sample %zu cut after %zu bytes", i, n);
			ATF_CHECK_EQ(0, o.used);
		}
		for (n = s->len; n <= s->len + 3; n++) {
			o = fast(s->kind, longer, n);
			ATF_CHECK_EQ_MSG(SOCKS_DONE, o.status,
			    "sample %zu in %zu bytes", i, n);
			ATF_CHECK_EQ(s->len, o.used);
		}
		check_cuts(s->kind, longer, s->len + 3);
	}
}

/*
 * Plays an exchange to the decoders as a relay does: keeps what is not used
 * up, goes on to the next message while there is one.
 */
static int
feed(const struct sample *msgs, size_t nmsgs, const uint8_t *p, size_t len,
    struct outcome *got, size_t *ngot, size_t *used)
{
	while (*ngot < nmsgs) {
		got[*ngot] = fast(msgs[*ngot].kind, p + *used, len - *used);
		if (got[*ngot].status != SOCKS_DONE)
			return got[*ngot].status == SOCKS_MORE;
		*used += got[*ngot].used;
		(*ngot)++;
	}
	return 1;
}

static void
check_splits(const struct sample *msgs, size_t nmsgs)
{
	struct outcome got[3], want[3];
	uint8_t        all[64];
	unsigned long  split;
	size_t         i, len, n, ngot, used;

	for (i = len = 0; i < nmsgs; len += msgs[i++].len) {
		memcpy(all + len, msgs[i].data, msgs[i].len);
		want[i] = slow(msgs[i].kind, msgs[i].data, msgs[i].len);
	}
	/* Bit n - 1 set: a segment ends after n bytes. */
	for (split = 0; split < 1UL << (len - 1); split++) {
		ngot = used = 0;
		for (n = 1; n <= len; n++) {
			if (n == len || (split >> (n - 1) & 1) != 0)
				ATF_REQUIRE(feed(msgs, nmsgs, all, n, got,
				    &ngot, &used));
		}
		ATF_REQUIRE_EQ_MSG(nmsgs, ngot, "split %lx", split);
		ATF_REQUIRE_EQ_MSG(len, used, "split %lx", split);
		ATF_REQUIRE_MSG(memcmp(got, want, nmsgs * sizeof(want[0])) == 0,
		    "split %lx", split);
	}
}

ATF_TC(every_split);
ATF_TC_HEAD(every_split, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each of the 2^(n-1) splits of an exchange gives the same result");
}
ATF_TC_BODY(every_split, tc)
{
	static const struct sample address[] = {
		{ GREETING, 3, { 5, 1, 0 } },
		{ REQUEST, 10, { 5, 1, 0, 1, 192, 0, 2, 1, 0, 80 } },
	};
	static const struct sample login[] = {
		{ GREETING, 4, { 5, 2, 0, 2 } },
		{ LOGIN, 5, { 1, 1, 'u', 1, 'p' } },
		{ REQUEST, 8, { 5, 1, 0, 3, 1, 'a', 1, 187 } },
	};

	check_splits(address, 2);
	check_splits(login, 3);
}

ATF_TC(every_byte_change);
ATF_TC_HEAD(every_byte_change, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each change of one byte gives a right parse or the right error, "
	    "at each cut");
}
ATF_TC_BODY(every_byte_change, tc)
{
	uint8_t      data[SOCKS_LOGIN_MAX];
	unsigned int v;
	size_t       at, i;

	for (i = 0; i < NSAMPLES; i++) {
		for (at = 0; at < samples[i].len; at++) {
			memcpy(data, samples[i].data, samples[i].len);
			for (v = 0; v <= 255; v++) {
				data[at] = (uint8_t)v;
				check_cuts(samples[i].kind, data,
				    samples[i].len);
			}
		}
	}
}

ATF_TC(all_greeting_lengths);
ATF_TC_HEAD(all_greeting_lengths, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "NMETHODS 0 to 255 decode, offer just what they list, and encode "
	    "back");
}
ATF_TC_BODY(all_greeting_lengths, tc)
{
	uint8_t        again[SOCKS_GREETING_MAX], data[SOCKS_GREETING_MAX];
	struct outcome o;
	unsigned int   m, n;

	for (n = 0; n <= 255; n++) {
		data[0] = 5;
		data[1] = (uint8_t)n;
		for (m = 0; m < n; m++)
			data[2 + m] = (uint8_t)(255 - m);
		check_cuts(GREETING, data, 2 + n);
		o = fast(GREETING, data, 2 + n);
		ATF_REQUIRE_EQ(SOCKS_DONE, o.status);
		for (m = 0; m <= 255; m++)
			ATF_REQUIRE_EQ(m > 255 - n,
			    socks_offers(&o.greeting, (uint8_t)m));
		ATF_REQUIRE_EQ(2 + n, socks_put_greeting(again, &o.greeting));
		ATF_REQUIRE(memcmp(again, data, 2 + n) == 0);
	}
}

ATF_TC(no_method_offered);
ATF_TC_HEAD(no_method_offered, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "NMETHODS 0 is whole after two bytes and offers nothing, whatever "
	    "the struct held before");
}
ATF_TC_BODY(no_method_offered, tc)
{
	static const uint8_t  data[] = { 5, 0 };
	struct socks_greeting g;
	unsigned int          m;
	size_t                used;

	memset(&g, 0, sizeof(g));
	ATF_REQUIRE_EQ(SOCKS_DONE, socks_get_greeting(data, 2, &g, &used));
	ATF_CHECK_EQ(2, used);
	for (m = 0; m <= 255; m++)
		ATF_CHECK_EQ(0, socks_offers(&g, (uint8_t)m));
}

ATF_TC(all_name_lengths);
ATF_TC_HEAD(all_name_lengths, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names of 1 to 255 raw bytes decode and encode back, 0 is refused "
	    "at the length byte");
}
ATF_TC_BODY(all_name_lengths, tc)
{
	uint8_t        again[SOCKS_REQUEST_MAX], data[SOCKS_REQUEST_MAX];
	struct outcome o;
	unsigned int   n;

	memcpy(data, "\005\001\000\003\000", 5);
	ATF_CHECK_EQ(SOCKS_MORE, fast(REQUEST, data, 4).status);
	ATF_CHECK_EQ(SOCKS_BAD_NAME, fast(REQUEST, data, 5).status);
	for (n = 1; n <= 255; n++) {
		data[4] = (uint8_t)n;
		fill(data + 5, n + 2, n);
		check_cuts(REQUEST, data, 5 + n + 2);
		o = fast(REQUEST, data, 5 + n + 2);
		ATF_REQUIRE_EQ(SOCKS_DONE, o.status);
		ATF_REQUIRE_EQ(n, o.request.namelen);
		ATF_REQUIRE_EQ(AF_UNSPEC, o.request.addr.af);
		ATF_REQUIRE(memcmp(data + 5, o.request.name, n) == 0);
		ATF_REQUIRE_EQ(5 + n + 2, socks_put_request(again, &o.request));
		ATF_REQUIRE(memcmp(again, data, 5 + n + 2) == 0);
	}
}

ATF_TC(all_login_lengths);
ATF_TC_HEAD(all_login_lengths, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "user and password of 0 to 255 bytes each decode as they are");
}
ATF_TC_BODY(all_login_lengths, tc)
{
	uint8_t        data[SOCKS_LOGIN_MAX];
	struct outcome o;
	unsigned int   p, u;

	for (u = 0; u <= 255; u++) {
		for (p = 0; p <= 255; p++) {
			data[0] = 1;
			data[1] = (uint8_t)u;
			fill(data + 2, u, u);
			data[2 + u] = (uint8_t)p;
			fill(data + 3 + u, p, p + 1);
			check(LOGIN, data, 3 + u + p);
			check(LOGIN, data, 2 + u + p);
			o = fast(LOGIN, data, 3 + u + p);
			ATF_REQUIRE_EQ(SOCKS_DONE, o.status);
			ATF_REQUIRE_EQ(3 + u + p, o.used);
		}
	}
	check_cuts(LOGIN, data, sizeof(data));
}

ATF_TC(all_commands);
ATF_TC_HEAD(all_commands, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each unknown command is told as soon as CMD is there, and not "
	    "hidden by what follows");
}
ATF_TC_BODY(all_commands, tc)
{
	uint8_t      data[10] = { 5, 0, 9, 9, 9, 9, 9, 9, 9, 9 };
	unsigned int cmd;
	size_t       n;

	ATF_CHECK_EQ(SOCKS_MORE, fast(REQUEST, data, 1).status);
	for (cmd = 0; cmd <= 255; cmd++) {
		data[1] = (uint8_t)cmd;
		if (cmd >= 1 && cmd <= 3) {
			ATF_CHECK_EQ(SOCKS_MORE, fast(REQUEST, data, 2).status);
			continue;
		}
		for (n = 2; n <= sizeof(data); n++)
			ATF_CHECK_EQ_MSG(SOCKS_BAD_COMMAND,
			    fast(REQUEST, data, n).status,
			    "command %u in %zu bytes", cmd, n);
	}
}

ATF_TC(all_address_types);
ATF_TC_HEAD(all_address_types, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each unknown ATYP is told as soon as it is there");
}
ATF_TC_BODY(all_address_types, tc)
{
	uint8_t      data[10] = { 5, 1, 0, 0, 9, 9, 9, 9, 9, 9 };
	unsigned int atyp;
	size_t       n;

	ATF_CHECK_EQ(SOCKS_MORE, fast(REQUEST, data, 3).status);
	for (atyp = 0; atyp <= 255; atyp++) {
		data[3] = (uint8_t)atyp;
		if (atyp == 1 || atyp == 3 || atyp == 4) {
			ATF_CHECK_EQ(SOCKS_MORE, fast(REQUEST, data, 4).status);
			continue;
		}
		for (n = 4; n <= sizeof(data); n++)
			ATF_CHECK_EQ_MSG(SOCKS_BAD_ADDRESS_TYPE,
			    fast(REQUEST, data, n).status,
			    "type %u in %zu bytes", atyp, n);
	}
}

ATF_TC(nothing_stale);
ATF_TC_HEAD(nothing_stale, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a struct or buffer that held something else says nothing of it");
}
ATF_TC_BODY(nothing_stale, tc)
{
	struct socks_request again, req;
	uint8_t              data[SOCKS_REQUEST_MAX];
	size_t               i, used;

	for (i = 0; i < NSAMPLES; i++) {
		if (samples[i].kind != REQUEST)
			continue;
		memset(&req, 0xee, sizeof(req));
		ATF_REQUIRE_EQ(SOCKS_DONE,
		    socks_get_request(samples[i].data, samples[i].len, &req,
			&used));
		ATF_CHECK_EQ(req.addr.af == AF_UNSPEC, req.namelen > 0);
		memset(&again, 0, sizeof(again));
		ATF_REQUIRE_EQ(SOCKS_DONE,
		    socks_get_request(samples[i].data, samples[i].len, &again,
			&used));
		ATF_CHECK(memcmp(&req.addr, &again.addr, sizeof(req.addr)) ==
		    0);

		memset(data, 0xee, sizeof(data));
		ATF_REQUIRE_EQ(samples[i].len, socks_put_request(data, &req));
		ATF_CHECK(memcmp(data, samples[i].data, samples[i].len) == 0);
	}
}

ATF_TC(all_ports);
ATF_TC_HEAD(all_ports, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each port survives encoding and decoding, for both families");
}
ATF_TC_BODY(all_ports, tc)
{
	uint8_t              data[SOCKS_REQUEST_MAX];
	struct socks_request req;
	struct outcome       o;
	unsigned int         port;
	size_t               len;

	memset(&req, 0, sizeof(req));
	req.command = SOCKS_CMD_CONNECT;
	fill(req.addr.b, 4, 200);
	for (port = 0; port <= 65535; port++) {
		req.addr.af = AF_INET;
		req.port = (uint16_t)port;
		len = socks_put_request(data, &req);
		ATF_REQUIRE_EQ(10, len);
		o = fast(REQUEST, data, len);
		ATF_REQUIRE_EQ(SOCKS_DONE, o.status);
		ATF_REQUIRE(memcmp(&o.request, &req, sizeof(req)) == 0);
	}
	req.addr.af = AF_INET6;
	fill(req.addr.b, 16, 250);
	len = socks_put_request(data, &req);
	ATF_REQUIRE_EQ(22, len);
	o = fast(REQUEST, data, len);
	ATF_REQUIRE(memcmp(&o.request, &req, sizeof(req)) == 0);
}

ATF_TC(replies);
ATF_TC_HEAD(replies, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each reply is complete, with ATYP 1 or 4 and nothing stale in "
	    "it");
}
ATF_TC_BODY(replies, tc)
{
	static const uint8_t none[10] = { 5, 0, 0, 1 };
	uint8_t              dst[SOCKS_REPLY_MAX], want[SOCKS_REPLY_MAX];
	struct addr          bound;
	unsigned int         rep;

	fill(bound.b, sizeof(bound.b), 129);
	for (rep = SOCKS_REP_OK; rep <= SOCKS_REP_BAD_ADDRESS_TYPE; rep++) {
		memset(dst, 0xee, sizeof(dst));
		bound.af = AF_UNSPEC;
		ATF_REQUIRE_EQ(10, socks_put_reply(dst, rep, &bound, 0));
		memcpy(want, none, sizeof(none));
		want[1] = (uint8_t)rep;
		ATF_CHECK(memcmp(dst, want, 10) == 0);
		ATF_CHECK_EQ(0xee, dst[10]);

		bound.af = AF_INET;
		ATF_REQUIRE_EQ(10, socks_put_reply(dst, rep, &bound, 0x8001));
		memcpy(want + 4, bound.b, 4);
		memcpy(want + 8, "\200\001", 2);
		ATF_CHECK(memcmp(dst, want, 10) == 0);

		bound.af = AF_INET6;
		ATF_REQUIRE_EQ(22, socks_put_reply(dst, rep, &bound, 0x01ff));
		want[3] = 4;
		memcpy(want + 4, bound.b, 16);
		memcpy(want + 20, "\001\377", 2);
		ATF_CHECK(memcmp(dst, want, 22) == 0);
	}
}

ATF_TC(short_answers);
ATF_TC_HEAD(short_answers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "method and login answers carry their versions, a failed login is "
	    "not 0");
}
ATF_TC_BODY(short_answers, tc)
{
	uint8_t      dst[2];
	unsigned int m;

	for (m = 0; m <= 255; m++) {
		ATF_CHECK_EQ(2, socks_put_method(dst, (uint8_t)m));
		ATF_CHECK_EQ(5, dst[0]);
		ATF_CHECK_EQ(m, dst[1]);
	}
	ATF_CHECK_EQ(2, socks_put_login(dst, 1));
	ATF_CHECK_EQ(1, dst[0]);
	ATF_CHECK_EQ(0, dst[1]);
	ATF_CHECK_EQ(2, socks_put_login(dst, 0));
	ATF_CHECK_EQ(1, dst[0]);
	ATF_CHECK(dst[1] != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_cut);
	ATF_TP_ADD_TC(tp, every_split);
	ATF_TP_ADD_TC(tp, every_byte_change);
	ATF_TP_ADD_TC(tp, all_greeting_lengths);
	ATF_TP_ADD_TC(tp, no_method_offered);
	ATF_TP_ADD_TC(tp, all_name_lengths);
	ATF_TP_ADD_TC(tp, all_login_lengths);
	ATF_TP_ADD_TC(tp, all_commands);
	ATF_TP_ADD_TC(tp, all_address_types);
	ATF_TP_ADD_TC(tp, nothing_stale);
	ATF_TP_ADD_TC(tp, all_ports);
	ATF_TP_ADD_TC(tp, replies);
	ATF_TP_ADD_TC(tp, short_answers);
	return atf_no_error();
}
