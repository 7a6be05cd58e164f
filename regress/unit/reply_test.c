/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Answers in any order, against a slow reader that unpacks all first and
 * follows the chain by looking through everything.
 */

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "resolver/asked.h"
#include "resolver/reply.h"

#define HEADER     12
#define NAMES      7
#define RECORDS    14
#define ROUNDS     60000
#define TYPE_A     1
#define TYPE_NS    2
#define TYPE_CNAME 5
#define TYPE_AAAA  28

/* What goes into a message: names are numbers, 0 is the one asked for. */
struct fact {
	unsigned int owner;
	uint16_t     type;
	uint16_t class;
	uint32_t     ttl;
	unsigned int target; /* CNAME */
	uint8_t      addr[16];
};

struct world {
	uint16_t     type; /* asked for */
	unsigned int nfacts;
	struct fact  fact[RECORDS];
	uint8_t      msg[4096];
	size_t       len;
	size_t       place[NAMES]; /* where it was written whole */
	uint8_t      key[ASKED_KEY_MAX];
	size_t       nkey;
};

/* Names that end alike, so that they can point into each other. */
static const char *const text[NAMES] = {
	"\3www\7example\4test",
	"\7example\4test",
	"\1a\7example\4test",
	"\4test",
	"\3cdn\3www\7example\4test",
	"\1b\4test",
	"\1b\3net",
};

static uint32_t
any(uint32_t n)
{
	return (uint32_t)random() % n;
}

static void
put(struct world *w, uint64_t n, int bytes)
{
	while (bytes-- > 0)
		w->msg[w->len++] = (uint8_t)(n >> bytes * 8);
}

/* Whole, or a pointer, or labels and a pointer; letters of any case. */
static void
put_name(struct world *w, unsigned int name, int packed)
{
	const char  *p = text[name];
	size_t       n = strlen(p) + 1, i, start = w->len;
	unsigned int j;

	if (packed && w->place[name] != 0 && any(3) > 0) {
		put(w, 0xc000 | (uint32_t)w->place[name], 2);
		return;
	}
	for (i = 0; i < n; i += 1 + (size_t)p[i]) {
		for (j = 0; packed && i > 0 && j < NAMES; j++)
			if (strcmp(text[j], p + i) == 0 && w->place[j] != 0 &&
			    any(2) == 0) {
				put(w, 0xc000 | (uint32_t)w->place[j], 2);
				return;
			}
		w->msg[w->len++] = (uint8_t)p[i];
		for (j = 1; j <= (unsigned int)p[i]; j++)
			w->msg[w->len++] = (uint8_t)(p[i + j] ^
			    (any(4) == 0 ? 0x20 : 0));
	}
	w->place[name] = start;
}

static void
put_fact(struct world *w, const struct fact *f)
{
	size_t at;

	put_name(w, f->owner, 1);
	put(w, f->type, 2);
	put(w, f->class, 2);
	put(w, f->ttl, 4);
	at = w->len;
	put(w, 0, 2);
	if (f->type == TYPE_CNAME)
		put_name(w, f->target, 1);
	else {
		memcpy(w->msg + w->len, f->addr, sizeof(f->addr));
		w->len += f->type == TYPE_A ? 4 :
		    f->type == TYPE_AAAA    ? 16 :
					      any(16);
	}
	w->msg[at] = 0;
	w->msg[at + 1] = (uint8_t)(w->len - at - 2);
}

static void
world_make(struct world *w)
{
	struct fact *f;
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->type = any(2) ? TYPE_A : TYPE_AAAA;
	w->nfacts = any(RECORDS + 1);
	for (i = 0; i < w->nfacts; i++) {
		f = &w->fact[i];
		f->owner = any(any(2) ? 3 : NAMES);
		f->target = any(any(2) ? 3 : NAMES);
		f->type = any(12) == 0 ? TYPE_NS :
		    any(9) == 0        ? TYPE_A + TYPE_AAAA - w->type :
		    any(2)             ? w->type :
					 TYPE_CNAME;
		f->class = any(20) == 0 ? 3 : 1;
		f->ttl = any(10) == 0 ? UINT32_MAX - any(9) : any(1000);
		f->addr[3] = (uint8_t)any(6);
		f->addr[15] = (uint8_t)any(3);
	}
	put(w, 0x1234, 2);
	put(w, 0x8180, 2);
	put(w, 1, 2);
	put(w, w->nfacts, 2);
	put(w, 0, 4);
	put_name(w, 0, 0);
	put(w, w->type, 2);
	put(w, 1, 2);
	w->nkey = asked_key(w->msg, w->len, w->key);
	ATF_REQUIRE(w->nkey != 0);
	for (i = 0; i < w->nfacts; i++)
		put_fact(w, &w->fact[i]);
}

static const struct fact *
world_alias(const struct world *w, unsigned int name)
{
	unsigned int i;

	for (i = 0; i < w->nfacts; i++)
		if (w->fact[i].type == TYPE_CNAME && w->fact[i].class == 1 &&
		    w->fact[i].owner == name)
			return &w->fact[i];
	return NULL;
}

static uint32_t
ttl_of(const struct fact *f, uint32_t least)
{
	uint32_t ttl = f->ttl > INT32_MAX ? 0 : f->ttl;

	return ttl < least ? ttl : least;
}

/* The message as it should become. */
static size_t
world_expect(const struct world *w, uint8_t *out)
{
	const struct fact *f;
	struct world       e;
	unsigned int       name = 0, i, n = 0, steps;
	uint32_t           ttl = UINT32_MAX;
	size_t             size = w->type == TYPE_A ? 4 : 16, at, q;

	memset(&e, 0, sizeof(e));
	put(&e, 0x12348180, 4);
	put(&e, 1, 2);
	put(&e, 0, 6);
	memcpy(e.msg + e.len, w->key + 2, w->nkey - 2);
	e.len += w->nkey - 2;
	q = e.len;
	for (steps = 0; steps < NAMES && (f = world_alias(w, name)) != NULL;
	     steps++) {
		ttl = ttl_of(f, ttl);
		name = f->target;
	}
	for (i = 0; steps < NAMES && i < w->nfacts; i++) {
		f = &w->fact[i];
		if (f->type != w->type || f->class != 1 || f->owner != name)
			continue;
		for (at = q; at < e.len; at += 12 + size)
			if (memcmp(e.msg + at + 12, f->addr, size) == 0)
				break;
		if (at < e.len)
			continue;
		put(&e, 0xc00c, 2);
		put(&e, w->type, 2);
		put(&e, 1, 2);
		put(&e, ttl_of(f, ttl), 4);
		put(&e, (uint32_t)size, 2);
		memcpy(e.msg + e.len, f->addr, size);
		e.len += size;
		n++;
	}
	e.msg[7] = (uint8_t)n;
	memcpy(out, e.msg, e.len);
	return e.len;
}

ATF_TC(any_order);
ATF_TC_HEAD(any_order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random chains in random order come to "
	    "what a slow reader makes of them, whatever follows");
}
ATF_TC_BODY(any_order, tc)
{
	static struct world w;
	uint8_t             out[REPLY_MAX], expected[REPLY_MAX];
	uint8_t            *copy;
	size_t              n, len;
	int                 i, some = 0;

	srandom(4);
	for (i = 0; i < ROUNDS; i++) {
		world_make(&w);
		n = world_expect(&w, expected);
		if (expected[7] > 0)
			some++;
		if (any(2))
			put(&w, (uint32_t)random(), 4); /* garbage */
		ATF_REQUIRE((copy = malloc(w.len)) != NULL);
		memcpy(copy, w.msg, w.len);
		len = reply_make(w.key, w.nkey, copy, w.len, out);
		free(copy);
		ATF_REQUIRE_EQ(n, len);
		ATF_REQUIRE_MSG(memcmp(out, expected, n) == 0, "round %d", i);
	}
	ATF_CHECK_MSG(some > ROUNDS / 10, "%d with addresses", some);
}

/* Of what was cut or changed nothing may come but addresses that are in it. */
ATF_TC(broken);
ATF_TC_HEAD(broken, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no byte beyond the message is read; what is cut says SERVFAIL");
}
ATF_TC_BODY(broken, tc)
{
	static struct world w;
	struct reply        r;
	uint8_t             out[REPLY_MAX];
	uint8_t            *copy;
	size_t              n, len, end;
	int                 i;

	srandom(5);
	for (i = 0; i < ROUNDS; i++) {
		world_make(&w);
		n = HEADER + any((uint32_t)(w.len - HEADER));
		ATF_REQUIRE((copy = malloc(n)) != NULL);
		memcpy(copy, w.msg, n);
		len = reply_make(w.key, w.nkey, copy, n, out);
		free(copy);
		ATF_REQUIRE_EQ(HEADER + w.nkey - 2, len);
		ATF_REQUIRE_EQ(REPLY_SERVFAIL, out[3] & 0xf);
		end = HEADER + w.nkey - 2;
		ATF_REQUIRE((copy = malloc(w.len)) != NULL);
		memcpy(copy, w.msg, w.len);
		for (n = any(4); n > 0 && w.len > end; n--)
			copy[end + any((uint32_t)(w.len - end))] = (uint8_t)
			    random();
		reply_read(&r, copy, w.len);
		len = reply_make(w.key, w.nkey, copy, w.len, out);
		ATF_REQUIRE(len >= end && len <= sizeof(out));
		ATF_REQUIRE_EQ((size_t)out[7] * (w.type == TYPE_A ? 16 : 28),
		    len - end);
		for (n = end; n < len; n += w.type == TYPE_A ? 16 : 28)
			ATF_REQUIRE(memmem(copy + end, w.len - end,
					out + n + 12,
					w.type == TYPE_A ? 4 : 16) != NULL);
		free(copy);
	}
}

/* Many names that hash alike are a way to make it slow, not a way to lie. */
ATF_TC(hostile);
ATF_TC_HEAD(hostile, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "pointers in circles and forward, long names, long chains");
}
ATF_TC_BODY(hostile, tc)
{
	static struct world w;
	uint8_t             out[REPLY_MAX];
	unsigned int        i, n, steps;
	size_t              at, len;

	static const uint8_t bad[][4] = {
		{ 0xc0, 30 },             /* itself */
		{ 0xc0, 40 },             /* forward */
		{ 0xc0, 4 },              /* into the header */
		{ 1, 'a', 0xc0, 30 },     /* itself, later */
		{ 0x40, 0 }, { 0x80, 0 }, /* no labels */
	};

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&w, 0, sizeof(w));
		w.len = 0;
		put(&w, 0x12348180, 4);
		put(&w, 0x00010001, 4);
		put(&w, 0, 4);
		memcpy(w.msg + w.len, "\7example\4test\0\0\1\0\1", 18);
		w.len += 18;
		ATF_REQUIRE_EQ(30, w.len);
		memcpy(w.msg + w.len, bad[i], 4);
		w.len += 4;
		put(&w, 0x00010001, 4);
		put(&w, 0, 4);
		put(&w, 4, 2);
		put(&w, 0x01020304, 4);
		w.nkey = asked_key(w.msg, w.len, w.key);
		len = reply_make(w.key, w.nkey, w.msg, w.len, out);
		ATF_CHECK_EQ(30, len);
		ATF_CHECK_EQ(REPLY_SERVFAIL, out[3] & 0xf);
	}
	/* A chain of so many names, n0 to n1 to n2 ..., backwards. */
	for (steps = 1; steps < 40; steps++) {
		memset(&w, 0, sizeof(w));
		put(&w, 0x12348180, 4);
		put(&w, 1, 2);
		put(&w, steps + 1, 2);
		put(&w, 0, 4);
		memcpy(w.msg + w.len, "\1\0\0\0\1\0\1", 7);
		w.len += 7;
		w.nkey = asked_key(w.msg, w.len, w.key);
		for (n = steps + 1; n-- > 0;) {
			put(&w, 1, 1);
			put(&w, n, 1);
			put(&w, 0, 1);
			put(&w, n == steps ? TYPE_A : TYPE_CNAME, 2);
			put(&w, 1, 2);
			put(&w, 60, 4);
			at = w.len;
			put(&w, 0, 2);
			put(&w,
			    n == steps ? 0x01020304 : 1 << 16 | (n + 1) << 8,
			    n == steps ? 4 : 3);
			w.msg[at + 1] = n == steps ? 4 : 3;
		}
		len = reply_make(w.key, w.nkey, w.msg, w.len, out);
		ATF_CHECK_EQ_MSG(steps <= REPLY_CHAIN, out[7], "%u aliases",
		    steps);
		ATF_CHECK_EQ(0, out[3] & 0xf);
	}
}

/* Each record has a name that is a ladder of so many pointers. */
ATF_TC(ladder);
ATF_TC_HEAD(ladder, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a name has no more pointers than it could have labels");
}
ATF_TC_BODY(ladder, tc)
{
	static struct world w;
	struct reply        r;
	uint8_t             out[REPLY_MAX];
	unsigned int        rungs, i;
	size_t              at;

	for (rungs = 1; rungs < 300; rungs++) {
		memset(&w, 0, sizeof(w));
		put(&w, 0x12348180, 4);
		put(&w, 0x00010002, 4);
		put(&w, 1, 4);
		memcpy(w.msg + w.len, "\1a\0\0\1\0\1", 7);
		w.len += 7;
		/* The ladder stands in a record of another type. */
		memcpy(w.msg + w.len, "\0\0\20\0\1\0\0\0\0", 9);
		w.len += 9;
		put(&w, 2 * (rungs - 1), 2);
		at = HEADER;
		for (i = 1; i < rungs; i++) {
			put(&w, 0xc000 | (uint32_t)at, 2);
			at = w.len - 2;
		}
		put(&w, 0xc000 | (uint32_t)at, 2);
		put(&w, 0x00010001, 4);
		put(&w, 60, 4);
		put(&w, 4, 2);
		put(&w, 0x01020304, 4);
		memcpy(w.msg + w.len, "\0\0\51\4\320\0\0\0\0\0\0", 11);
		w.len += 11;
		w.nkey = asked_key(w.msg, w.len, w.key);
		(void)reply_make(w.key, w.nkey, w.msg, w.len, out);
		ATF_CHECK_EQ_MSG(rungs <= 127, out[7], "%u rungs", rungs);
		ATF_CHECK_EQ(rungs <= 127 ? 0 : REPLY_SERVFAIL, out[3] & 0xf);
		reply_read(&r, w.msg, w.len);
		ATF_CHECK_EQ_MSG(rungs <= 127, r.edns, "%u rungs", rungs);
	}
}

ATF_TC(whole);
ATF_TC_HEAD(whole, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "errors, cut answers and what EDNS adds are seen");
}
ATF_TC_BODY(whole, tc)
{
	static const uint8_t msg[] = {
		0,
		7,
		0x83,
		0x81,
		0,
		1,
		0,
		0,
		0,
		0,
		0,
		1,
		1,
		'a',
		0,
		0,
		1,
		0,
		1,
		0,
		0,
		41,
		4,
		208,
		1,
		0,
		0,
		0,
		0,
		0,
	};
	struct reply r;
	uint8_t      out[REPLY_MAX], key[ASKED_KEY_MAX];
	size_t       nkey, n;

	nkey = asked_key(msg, sizeof(msg), key);
	reply_read(&r, msg, sizeof(msg));
	ATF_CHECK_EQ(17, r.code);
	ATF_CHECK_EQ(1, r.edns);
	ATF_CHECK_EQ(1, r.cut);
	for (n = HEADER; n < sizeof(msg); n++) {
		reply_read(&r, msg, n);
		ATF_CHECK_EQ(1, r.code);
		ATF_CHECK_EQ(0, r.edns);
	}
	ATF_CHECK_EQ(19, reply_make(key, nkey, msg, sizeof(msg), out));
	ATF_CHECK(memcmp(out, msg, 11) == 0);
	ATF_CHECK_EQ(0, out[11]);
	ATF_CHECK_EQ(19, reply_fail(key, nkey, REPLY_NOTIMP, out));
	reply_read(&r, out, 19);
	ATF_CHECK_EQ(REPLY_NOTIMP, r.code);
	ATF_CHECK_EQ(0, r.cut);
	ATF_CHECK(memcmp(out + 12, msg + 12, 7) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, any_order);
	ATF_TP_ADD_TC(tp, broken);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, ladder);
	ATF_TP_ADD_TC(tp, whole);
	return atf_no_error();
}
