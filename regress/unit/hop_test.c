/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is said to a proxy and what its answers mean, against slow and obvious
 * readers of whole answers: on every cut and split, every one-byte change,
 * every code and every length.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "socks/socks.h"
#include "upstream/hop.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define ANSWER_MAX 700
#define SAID_MAX   (3 * HOP_OUT_MAX)

/* All that an exchange comes to, unused bytes zero. */
struct outcome {
	enum hop_result      result;
	size_t               used;
	enum upstream_status status;
	uint8_t              rep;
	struct addr          bound; /* of UDP */
	uint16_t             bound_port;
	size_t               nsaid; /* by us, all together */
	uint8_t              said[SAID_MAX];
};

/* What an obvious reader finds. */
struct verdict {
	enum hop_result      result;
	size_t               used;
	enum upstream_status status;
	uint8_t              rep;
};

struct cursor {
	const uint8_t *data;
	size_t         len;
	size_t         at;
};

/* In place of a port: an association. */
#define PORT_UDP 0x10000

struct sample {
	enum conf_protocol protocol;
	const char        *user;
	uint32_t           port; /* 0: a check; or PORT_UDP */
	size_t             len;
	const char        *data;
};

#define DATA(text) sizeof(text) - 1, text

static const struct sample samples[] = {
	{ CONF_SOCKS5, "", 80, DATA("\5\0\5\0\0\1\300\0\2\1\37\220") },
	{ CONF_SOCKS5, "u", 80, DATA("\5\2\1\0\5\0\0\1\300\0\2\1\37\220") },
	{ CONF_SOCKS5, "", 80, DATA("\5\0\5\0\0\4abcdefghijklmnop\0\1") },
	{ CONF_SOCKS5, "", 80, DATA("\5\0\5\0\0\3\3abc\0\1") },
	{ CONF_SOCKS5, "", 80, DATA("\5\0\5\0\0\3\0\0\1") },
	{ CONF_SOCKS5, "", 80, DATA("\5\0\5\2\0\1\0\0\0\0\0\0") },
	{ CONF_SOCKS5, "", 80, DATA("\5\377") },
	{ CONF_SOCKS5, "u", 80, DATA("\5\2\1\1") },
	{ CONF_SOCKS5, "", 0, DATA("\5\0") },
	{ CONF_SOCKS5, "u", 0, DATA("\5\2\5\0") },
	{ CONF_SOCKS5, "", PORT_UDP, DATA("\5\0\5\0\0\1\300\0\2\1\37\220") },
	{ CONF_SOCKS5, "", PORT_UDP, DATA("\5\0\5\0\0\1\300\0\2\1\0\0") },
	{ CONF_SOCKS5, "u", PORT_UDP,
	    DATA("\5\2\1\0\5\0\0\4abcdefghijklmnop\0\1") },
	{ CONF_SOCKS5, "", PORT_UDP, DATA("\5\0\5\0\0\3\3abc\0\1") },
	{ CONF_SOCKS5, "", PORT_UDP, DATA("\5\0\5\7\0\1\0\0\0\0\0\0") },
	{ CONF_SOCKS4A, "", 80, DATA("\0\132\37\220\300\0\2\1") },
	{ CONF_SOCKS4A, "u", 80, DATA("\4\132\0\0\0\0\0\0") },
	{ CONF_SOCKS4A, "", 80, DATA("\0\133\0\0\0\0\0\0") },
	{ CONF_HTTP, "", 80, DATA("HTTP/1.1 200 OK\r\n\r\n") },
	{ CONF_HTTP, "u", 80, DATA("HTTP/1.0 200\r\nA: b\r\n\r\n") },
	{ CONF_HTTP, "", 80, DATA("HTTP/1.1 204 \nA:\n\n") },
	{ CONF_HTTP, "", 80,
	    DATA("HTTP/1.1 100 go\r\n\r\n"
		 "HTTP/1.1 200 on\r\n\r\n") },
	{ CONF_HTTP, "", 80, DATA("HTTP/1.1 403 no\r\nLength: 3\r\n\r\nabc") },
};

static struct hop *hop_for(enum conf_protocol, const char *, const char *,
    const char *, uint16_t);
static struct hop *hop_of(const struct sample *);
static void        said(struct outcome *, const struct hop *);
static void feed(struct hop *, struct outcome *, const uint8_t *, size_t);
static void play(const struct sample *, const uint8_t *, size_t, size_t,
    struct outcome *);
static struct verdict slow(const struct sample *, const uint8_t *, size_t);
static struct verdict slow_socks5(const struct sample *, struct cursor *);
static struct verdict slow_socks4(struct cursor *);
static struct verdict slow_http(struct cursor *);
static struct verdict slow_head(const uint8_t *, size_t, size_t);
static struct verdict failed(enum upstream_status, uint8_t);
static struct verdict more(void);
static int            next(struct cursor *, uint8_t *);
static int            skip(struct cursor *, size_t);
static int            is_bad(const uint8_t *, size_t);
static void check(const struct sample *, const uint8_t *, size_t, size_t);
static void check_answer(const struct sample *, const char *, size_t);

/* With memory of its own, so that a sanitizer sees its ends. */
static struct hop *
hop_for(enum conf_protocol protocol, const char *user, const char *password,
    const char *to, uint16_t port)
{
	struct hop *h;

	ATF_REQUIRE((h = malloc(sizeof(*h))) != NULL);
	memset(h, 0xa5, sizeof(*h));
	memset(&h->task, 0, sizeof(h->task));
	h->task.protocol = protocol;
	(void)strlcpy(h->task.user, user, sizeof(h->task.user));
	(void)strlcpy(h->task.password, password, sizeof(h->task.password));
	h->task.port = port;
	if (port != 0 && addr_parse(&h->task.addr, to) == -1) {
		h->task.addr.af = AF_UNSPEC;
		(void)strlcpy(h->task.name, to, sizeof(h->task.name));
	}
	return h;
}

static struct hop *
hop_of(const struct sample *s)
{
	struct hop *h;

	h = hop_for(s->protocol, s->user, "secret", "a.example",
	    (uint16_t)s->port);
	h->task.udp = s->port == PORT_UDP;
	return h;
}

static void
said(struct outcome *o, const struct hop *h)
{
	ATF_REQUIRE(h->outlen > 0 && h->outlen <= sizeof(h->out));
	ATF_REQUIRE(o->nsaid + h->outlen <= sizeof(o->said));
	memcpy(o->said + o->nsaid, h->out, h->outlen);
	o->nsaid += h->outlen;
}

/* As the driver does: sends what it is told to, gives what came. */
static void
feed(struct hop *h, struct outcome *o, const uint8_t *p, size_t len)
{
	uint8_t *mem;
	size_t   used;

	while (len > 0 && (o->result == HOP_MORE || o->result == HOP_SEND)) {
		ATF_REQUIRE((mem = malloc(len)) != NULL);
		memcpy(mem, p, len);
		o->result = hop_take(h, mem, len, &used);
		free(mem);
		ATF_REQUIRE(used > 0 && used <= len);
		ATF_REQUIRE(o->result != HOP_MORE || used == len);
		o->used += used;
		p += used;
		len -= used;
		if (o->result == HOP_SEND)
			said(o, h);
	}
}

/* The answer in pieces of so many bytes; 0 is all at once. */
static void
play(const struct sample *s, const uint8_t *p, size_t len, size_t piece,
    struct outcome *o)
{
	struct hop *h;
	size_t      i, n;

	memset(o, 0, sizeof(*o));
	h = hop_of(s);
	if ((o->result = hop_begin(h)) == HOP_SEND)
		said(o, h);
	for (i = 0; i < len; i += n) {
		n = piece == 0 || piece > len - i ? len - i : piece;
		feed(h, o, p + i, n);
	}
	if (o->result == HOP_SEND)
		o->result = HOP_MORE;
	o->status = h->status;
	o->rep = h->rep;
	if (s->port == PORT_UDP && o->result == HOP_DONE) {
		o->bound = h->bound;
		o->bound_port = h->bound_port;
	}
	ATF_REQUIRE_EQ(o->result == HOP_FAILED, h->status != UPSTREAM_OK);
	ATF_REQUIRE_EQ(o->result == HOP_FAILED, h->rep != 0);
	hop_clear(h);
	free(h);
}

static struct verdict
slow(const struct sample *s, const uint8_t *p, size_t len)
{
	struct cursor  c = { p, len, 0 };
	struct verdict v;

	if (s->port == 0 && s->protocol != CONF_SOCKS5) {
		v = more();
		v.result = HOP_DONE;
		return v;
	}
	switch (s->protocol) {
	case CONF_SOCKS5:
		v = slow_socks5(s, &c);
		break;
	case CONF_SOCKS4A:
		v = slow_socks4(&c);
		break;
	default:
		v = slow_http(&c);
		break;
	}
	v.used = c.at;
	return v;
}

static struct verdict
slow_socks5(const struct sample *s, struct cursor *c)
{
	struct verdict v = more();
	uint8_t        b, want = s->user[0] != '\0' ? 2 : 0;
	size_t         len = 0;

	if (next(c, &b) == 0)
		return v;
	if (b != 5)
		return failed(UPSTREAM_PROTOCOL, 1);
	if (next(c, &b) == 0)
		return v;
	if (b != want)
		return failed(b == 255 ? UPSTREAM_LOGIN : UPSTREAM_PROTOCOL, 1);
	if (want == 2) {
		if (next(c, &b) == 0)
			return v;
		if (b != 1 && b != 5)
			return failed(UPSTREAM_PROTOCOL, 1);
		if (next(c, &b) == 0)
			return v;
		if (b != 0)
			return failed(UPSTREAM_LOGIN, 1);
	}
	if (s->port != 0) {
		if (next(c, &b) == 0)
			return v;
		if (b != 5)
			return failed(UPSTREAM_PROTOCOL, 1);
		if (next(c, &b) == 0)
			return v;
		if (b != 0)
			return failed(UPSTREAM_REFUSED,
			    b == 7 || b > 8 ? 1 : b);
		if (next(c, &b) == 0)
			return v;
		if (b != 0)
			return failed(UPSTREAM_PROTOCOL, 1);
		if (next(c, &b) == 0)
			return v;
		if ((b != 1 && b != 3 && b != 4) ||
		    (b == 3 && s->port == PORT_UDP))
			return failed(UPSTREAM_PROTOCOL, 1);
		len = b == 1 ? 4 : 16;
		if (b == 3) {
			if (next(c, &b) == 0)
				return v;
			len = b;
		}
		if (skip(c, len + 2) == 0)
			return v;
		if (s->port == PORT_UDP && c->data[c->at - 2] == 0 &&
		    c->data[c->at - 1] == 0)
			return failed(UPSTREAM_PROTOCOL, 1);
	}
	v.result = HOP_DONE;
	return v;
}

static struct verdict
slow_socks4(struct cursor *c)
{
	struct verdict v = more();
	uint8_t        b;

	if (next(c, &b) == 0)
		return v;
	if (b != 0 && b != 4)
		return failed(UPSTREAM_PROTOCOL, 1);
	if (next(c, &b) == 0)
		return v;
	if (b == 91)
		return failed(UPSTREAM_REFUSED, 1);
	if (b == 92 || b == 93)
		return failed(UPSTREAM_LOGIN, 1);
	if (b != 90)
		return failed(UPSTREAM_PROTOCOL, 1);
	if (skip(c, 6) == 1)
		v.result = HOP_DONE;
	return v;
}

/* Tries every length: the first that gives a verdict is what is used. */
static struct verdict
slow_http(struct cursor *c)
{
	struct verdict v = more();
	size_t         begin = 0, n;

	for (n = 1; n <= c->len; n++) {
		v = slow_head(c->data + begin, n - begin, n);
		if (v.result == HOP_SEND) {
			begin = n;
			v.result = HOP_MORE;
		} else if (v.result != HOP_MORE)
			break;
	}
	c->at = v.result == HOP_MORE ? c->len : n;
	return v;
}

/* A head that may be cut, by its lines; HOP_SEND: an answer is to follow. */
static struct verdict
slow_head(const uint8_t *p, size_t len, size_t all)
{
	static const char form[] = "HTTP/1.d ddd";
	struct verdict    v = more();
	const uint8_t    *lf;
	unsigned int      code;
	size_t            i, n;

	for (i = 0; i < len && form[i] != '\0'; i++) {
		if (form[i] == 'd' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
			return failed(UPSTREAM_PROTOCOL, 1);
	}
	if (len < 12)
		return v;
	code = (p[9] - '0') * 100U + (p[10] - '0') * 10U + (p[11] - '0');
	if (code < 100 || code == 101 || code >= 600)
		return failed(UPSTREAM_PROTOCOL, 1);
	if (len > 12 && p[12] != ' ' && p[12] != '\r' && p[12] != '\n')
		return failed(UPSTREAM_PROTOCOL, 1);
	for (i = 0; (lf = memchr(p + i, '\n', len - i)) != NULL; i += n + 1) {
		n = (size_t)(lf - (p + i));
		if (is_bad(p + i, n > 0 && p[i + n - 1] == '\r' ? n - 1 : n))
			return failed(UPSTREAM_PROTOCOL, 1);
		if (i == 0 && (code == 401 || code == 407))
			return failed(UPSTREAM_LOGIN, 1);
		if (i == 0 && code >= 300)
			return failed(UPSTREAM_REFUSED,
			    code == 403 || code == 405 || code == 451     ? 2 :
				code == 404 || code == 502 || code == 503 ? 4 :
				code == 408 || code == 504                ? 6 :
									    1);
		if (n == 0 || (n == 1 && p[i] == '\r')) {
			v.result = code < 200 ? HOP_SEND : HOP_DONE;
			return v;
		}
	}
	if (is_bad(p + i,
		len > i && p[len - 1] == '\r' ? len - i - 1 : len - i) ||
	    all >= HOP_HEAD_MAX)
		return failed(UPSTREAM_PROTOCOL, 1);
	return v;
}

static struct verdict
failed(enum upstream_status status, uint8_t rep)
{
	struct verdict v;

	memset(&v, 0, sizeof(v));
	v.result = HOP_FAILED;
	v.status = status;
	v.rep = rep;
	return v;
}

static struct verdict
more(void)
{
	struct verdict v;

	memset(&v, 0, sizeof(v));
	v.result = HOP_MORE;
	return v;
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
skip(struct cursor *c, size_t n)
{
	uint8_t b;

	while (n-- > 0) {
		if (next(c, &b) == 0)
			return 0;
	}
	return 1;
}

/* Control characters in a line; a CR that ends it is not given. */
static int
is_bad(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((p[i] < 32 && p[i] != '\t') || p[i] == 127)
			return 1;
	}
	return 0;
}

static void
check(const struct sample *s, const uint8_t *p, size_t len, size_t piece)
{
	struct outcome o;
	struct verdict v;

	play(s, p, len, piece, &o);
	v = slow(s, p, len);
	ATF_REQUIRE_EQ_MSG(v.result, o.result,
	    "sample %zd, %zu bytes: "
	    "result %d instead of %d",
	    s - samples, len, o.result, v.result);
	ATF_REQUIRE_EQ_MSG(v.used, o.used,
	    "sample %zd, %zu bytes: used %zu "
	    "instead of %zu",
	    s - samples, len, o.used, v.used);
	ATF_REQUIRE_EQ(v.status, o.status);
	ATF_REQUIRE_EQ(v.rep, o.rep);
}

ATF_TC(every_cut);
ATF_TC_HEAD(every_cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each prefix of an answer wants more, "
	    "and no byte behind it is taken");
}
ATF_TC_BODY(every_cut, tc)
{
	uint8_t        longer[ANSWER_MAX];
	struct outcome o;
	size_t         i, n, end;

	for (i = 0; i < nitems(samples); i++) {
		memset(longer, 5, sizeof(longer));
		memcpy(longer, samples[i].data, samples[i].len);
		end = slow(&samples[i], longer, samples[i].len).used;
		ATF_REQUIRE(end > 0);
		for (n = 0; n < end; n++) {
			play(&samples[i], longer, n, 0, &o);
			ATF_CHECK_EQ_MSG(HOP_MORE, o.result,
			    "sample %zu cut after %zu bytes", i, n);
		}
		for (n = end; n <= samples[i].len + 20; n++) {
			play(&samples[i], longer, n, 0, &o);
			ATF_CHECK_MSG(o.result == HOP_DONE ||
				o.result == HOP_FAILED,
			    "sample %zu", i);
			ATF_CHECK_EQ_MSG(end, o.used, "sample %zu", i);
		}
	}
}

ATF_TC(every_split);
ATF_TC_HEAD(every_split, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an answer gives the same however it "
	    "is split: all ways if short, all sizes of pieces if not");
}
ATF_TC_BODY(every_split, tc)
{
	const struct sample *s;
	struct outcome       o, want;
	struct hop          *h;
	unsigned long        split;
	size_t               i, n, from;

	for (i = 0; i < nitems(samples); i++) {
		s = &samples[i];
		play(s, (const uint8_t *)s->data, s->len, 0, &want);
		for (n = 1; n <= s->len; n++) {
			play(s, (const uint8_t *)s->data, s->len, n, &o);
			ATF_REQUIRE_MSG(memcmp(&o, &want, sizeof(o)) == 0,
			    "sample %zu in pieces of %zu", i, n);
		}
		for (split = 0; s->len <= 14 && split < 1UL << (s->len - 1);
		     split++) {
			memset(&o, 0, sizeof(o));
			h = hop_of(s);
			o.result = hop_begin(h);
			said(&o, h);
			for (n = 1, from = 0; n <= s->len; n++) {
				if (n < s->len && (split >> (n - 1) & 1) == 0)
					continue;
				feed(h, &o, (const uint8_t *)s->data + from,
				    n - from);
				from = n;
			}
			o.status = h->status;
			o.rep = h->rep;
			if (s->port == PORT_UDP && o.result == HOP_DONE) {
				o.bound = h->bound;
				o.bound_port = h->bound_port;
			}
			free(h);
			ATF_REQUIRE_MSG(memcmp(&o, &want, sizeof(o)) == 0,
			    "sample %zu split %lx", i, split);
		}
	}
}

ATF_TC(every_byte_change);
ATF_TC_HEAD(every_byte_change, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each change of one byte of an answer "
	    "gets the right verdict, at each cut");
}
ATF_TC_BODY(every_byte_change, tc)
{
	const struct sample *s;
	uint8_t              data[ANSWER_MAX];
	unsigned int         v;
	size_t               at, i, n;

	for (i = 0; i < nitems(samples); i++) {
		s = &samples[i];
		for (at = 0; at < s->len; at++) {
			memcpy(data, s->data, s->len);
			for (v = 0; v <= 255; v++) {
				data[at] = (uint8_t)v;
				check(s, data, s->len, 1);
				for (n = at; n <= s->len; n += 3)
					check(s, data, n, 0);
			}
		}
	}
}

static void
check_answer(const struct sample *s, const char *data, size_t len)
{
	check(s, (const uint8_t *)data, len, 0);
	check(s, (const uint8_t *)data, len, 1);
}

ATF_TC(every_code);
ATF_TC_HEAD(every_code, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every method, login status, reply and "
	    "code of HTTP means what it should");
}
ATF_TC_BODY(every_code, tc)
{
	char         data[64];
	unsigned int v;
	int          n;

	for (v = 0; v <= 255; v++) {
		memcpy(data, "\5\0\5\0\0\1\0\0\0\0\0\0", 12);
		data[1] = (char)v;
		check_answer(&samples[0], data, 12);
		check_answer(&samples[1], data, 12);
		data[1] = 0;
		data[3] = (char)v;
		check_answer(&samples[0], data, 12);
		memcpy(data, "\5\2\1\0\5\0\0\1\0\0\0\0\0\0", 14);
		data[3] = (char)v;
		check_answer(&samples[1], data, 14);
		memcpy(data, "\0\132\0\0\0\0\0\0", 8);
		data[1] = (char)v;
		check_answer(&samples[15], data, 8);
	}
	for (v = 0; v <= 999; v++) {
		n = snprintf(data, sizeof(data), "HTTP/1.1 %03u x\r\n\r\n", v);
		check_answer(&samples[18], data, (size_t)n);
	}
}

ATF_TC(reply_lengths);
ATF_TC_HEAD(reply_lengths, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a bound name of 0 to 255 bytes is "
	    "skipped to its last byte");
}
ATF_TC_BODY(reply_lengths, tc)
{
	uint8_t        data[ANSWER_MAX];
	struct outcome o;
	unsigned int   v;
	size_t         n;

	for (v = 0; v <= 255; v++) {
		memset(data, (int)v, sizeof(data));
		memcpy(data, "\5\0\5\0\0\3", 6);
		data[6] = (uint8_t)v;
		n = 7 + (size_t)v + 2;
		play(&samples[0], data, n - 1, 0, &o);
		ATF_CHECK_EQ(HOP_MORE, o.result);
		play(&samples[0], data, n + 5, 0, &o);
		ATF_CHECK_EQ(HOP_DONE, o.result);
		ATF_CHECK_EQ(n, o.used);
	}
}

ATF_TC(udp_bound);
ATF_TC_HEAD(udp_bound, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an association is asked for without a destination, and where the "
	    "proxy wants datagrams is known after it; no other protocol has "
	    "such");
}
ATF_TC_BODY(udp_bound, tc)
{
	static const struct {
		const char *at;
		size_t      len;
		const char *data;
	} want[] = {
		{ "192.0.2.1", DATA("\5\0\5\0\0\1\300\0\2\1\37\220") },
		{ "0.0.0.0", DATA("\5\0\5\0\0\1\0\0\0\0\37\220") },
		{ "2001:db8::1",
		    DATA("\5\0\5\0\0\4\x20\x01\x0d\xb8\0\0\0\0"
			 "\0\0\0\0\0\0\0\1\37\220") },
		{ "192.0.2.1",
		    DATA("\5\0\5\0\0\4\0\0\0\0\0\0\0\0\0\0\377\377"
			 "\300\0\2\1\37\220") },
	};
	static const char          request[] = "\5\1\0\5\3\0\1\0\0\0\0\0";
	static const struct sample udp = { CONF_SOCKS5, "", PORT_UDP,
		DATA("") };
	struct outcome             o;
	struct addr                addr;
	struct hop                *h;
	size_t                     i;

	for (i = 0; i < nitems(want); i++) {
		play(&udp, (const uint8_t *)want[i].data, want[i].len, 0, &o);
		ATF_REQUIRE_EQ(HOP_DONE, o.result);
		ATF_REQUIRE_EQ(0, addr_parse(&addr, want[i].at));
		ATF_CHECK_EQ(0, addr_cmp(&addr, &o.bound));
		ATF_CHECK_EQ(8080, o.bound_port);
		ATF_REQUIRE_EQ(sizeof(request), o.nsaid);
		ATF_CHECK_EQ(0, memcmp(request, o.said, o.nsaid));
	}
	for (i = CONF_SOCKS4A; i <= CONF_HTTP; i++) {
		h = hop_for((enum conf_protocol)i, "", "", "", 0);
		h->task.udp = 1;
		ATF_CHECK_EQ(HOP_FAILED, hop_begin(h));
		ATF_CHECK_EQ(UPSTREAM_UNFIT, h->status);
		free(h);
	}
}

ATF_TC(endless_heads);
ATF_TC_HEAD(endless_heads, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a head of HTTP ends at a bound, and "
	    "no earlier: one line, many lines, many answers");
}
ATF_TC_BODY(endless_heads, tc)
{
	static const char *const more_of[] = {
		"a",
		"a: b\r\n",
		"HTTP/1.1 103 x\r\n\r\n",
	};
	static const char begin[] = "HTTP/1.1 200 OK\r\n";
	struct outcome    o;
	uint8_t          *data;
	size_t            i, n, len;

	ATF_REQUIRE((data = malloc(HOP_HEAD_MAX + 100)) != NULL);
	for (i = 0; i < nitems(more_of); i++) {
		n = 0;
		if (i < 2) {
			memcpy(data, begin, sizeof(begin) - 1);
			n = sizeof(begin) - 1;
		}
		for (len = strlen(more_of[i]); n < HOP_HEAD_MAX + 50; n += len)
			memcpy(data + n, more_of[i], len);
		play(&samples[18], data, n, 0, &o);
		ATF_CHECK_EQ(HOP_FAILED, o.result);
		ATF_CHECK_EQ(UPSTREAM_PROTOCOL, o.status);
		ATF_CHECK_EQ(HOP_HEAD_MAX, o.used);
		play(&samples[18], data, HOP_HEAD_MAX - 1, 7, &o);
		ATF_CHECK_EQ(HOP_MORE, o.result);
	}
	/* Right to the last byte. */
	memcpy(data, begin, sizeof(begin) - 1);
	memset(data + sizeof(begin) - 1, 'a', HOP_HEAD_MAX);
	memcpy(data + HOP_HEAD_MAX - 4, "\r\n\r\n", 4);
	play(&samples[18], data, HOP_HEAD_MAX, 0, &o);
	ATF_CHECK_EQ(HOP_DONE, o.result);
	free(data);
}

ATF_TC(text_is_printable);
ATF_TC_HEAD(text_is_printable, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what a proxy gives as its reason is "
	    "printable and bounded, whatever it sent");
}
ATF_TC_BODY(text_is_printable, tc)
{
	struct hop  *h;
	uint8_t      data[1024];
	unsigned int v;
	size_t       i, n, used;

	for (v = 0; v <= 255; v++) {
		for (n = 0; n < 300; n += 13) {
			h = hop_of(&samples[18]);
			ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
			memcpy(data, "HTTP/1.1 500 ", 13);
			memset(data + 13, (int)v, n);
			memcpy(data + 13 + n, "\r\n", 2);
			ATF_CHECK_EQ(HOP_FAILED,
			    hop_take(h, data, n + 15, &used));
			ATF_CHECK(strlen(h->text) < sizeof(h->text));
			for (i = 0; h->text[i] != '\0'; i++)
				ATF_CHECK(h->text[i] >= 32 &&
				    h->text[i] <= 126);
			free(h);
		}
	}
}

/* --- what is said ------------------------------------------------------- */

static void   text_of(char *, size_t, unsigned int);
static size_t decode64(const char *, size_t, char *);

/* Any bytes but NUL; no colon, which one of the protocols cannot say. */
static void
text_of(char *dst, size_t len, unsigned int seed)
{
	size_t i;

	for (i = 0; i < len; i++) {
		dst[i] = (char)(1 + (seed + i * 37) % 255);
		if (dst[i] == ':')
			dst[i] = ';';
	}
	dst[len] = '\0';
}

ATF_TC(socks5_says);
ATF_TC_HEAD(socks5_says, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a SOCKS5 server understands greeting, "
	    "login and request, with users, passwords and names of any "
	    "length and both kinds of address");
}
ATF_TC_BODY(socks5_says, tc)
{
	static const char *const addrs[] = {
		"192.0.2.1",
		"2001:db8::1",
		"0.0.0.1",
	};
	struct socks_greeting g;
	struct socks_login    l;
	struct socks_request  req;
	struct addr           a;
	struct hop           *h;
	char                  user[256], pass[256], name[256];
	size_t                n, used;

	for (n = 0; n <= 255; n++) {
		text_of(user, n, 3);
		text_of(pass, 255 - n, 7);
		memset(name, 'a', sizeof(name));
		name[n > 253 ? 253 : n] = '\0';
		if (n == 0)
			(void)strlcpy(name, "x", sizeof(name));
		h = hop_for(CONF_SOCKS5, user, pass, name,
		    (uint16_t)(n * 251 + 1));
		ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
		ATF_REQUIRE_EQ(SOCKS_DONE,
		    socks_get_greeting(h->out, h->outlen, &g, &used));
		ATF_CHECK_EQ(h->outlen, used);
		ATF_CHECK_EQ(1, g.nmethods);
		ATF_CHECK_EQ(n == 0 ? 0 : 2, g.methods[0]);
		if (n > 0) {
			ATF_REQUIRE_EQ(HOP_SEND,
			    hop_take(h, (const uint8_t *)"\5\2", 2, &used));
			ATF_REQUIRE_EQ(SOCKS_DONE,
			    socks_get_login(h->out, h->outlen, &l, &used));
			ATF_CHECK_EQ(h->outlen, used);
			ATF_CHECK_EQ(n, l.userlen);
			ATF_CHECK_EQ(255 - n, l.passlen);
			ATF_CHECK(memcmp(l.user, user, n) == 0);
			ATF_CHECK(memcmp(l.pass, pass, 255 - n) == 0);
			ATF_REQUIRE_EQ(HOP_SEND,
			    hop_take(h, (const uint8_t *)"\1\0", 2, &used));
		} else
			ATF_REQUIRE_EQ(HOP_SEND,
			    hop_take(h, (const uint8_t *)"\5\0", 2, &used));
		ATF_REQUIRE_EQ(SOCKS_DONE,
		    socks_get_request(h->out, h->outlen, &req, &used));
		ATF_CHECK_EQ(h->outlen, used);
		ATF_CHECK_EQ(SOCKS_CMD_CONNECT, req.command);
		ATF_CHECK_EQ(strlen(name), req.namelen);
		ATF_CHECK(memcmp(req.name, name, req.namelen) == 0);
		ATF_CHECK_EQ(n * 251 + 1, req.port);
		free(h);
	}
	for (n = 0; n < nitems(addrs); n++) {
		h = hop_for(CONF_SOCKS5, "", "", addrs[n], 443);
		ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
		ATF_REQUIRE_EQ(HOP_SEND,
		    hop_take(h, (const uint8_t *)"\5\0", 2, &used));
		ATF_REQUIRE_EQ(SOCKS_DONE,
		    socks_get_request(h->out, h->outlen, &req, &used));
		ATF_REQUIRE_EQ(0, addr_parse(&a, addrs[n]));
		ATF_CHECK_EQ(0, addr_cmp(&a, &req.addr));
		ATF_CHECK_EQ(443, req.port);
		free(h);
	}
}

ATF_TC(socks4_says);
ATF_TC_HEAD(socks4_says, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "SOCKS4 requests are right for "
	    "addresses, for names and users of any length, and not made for "
	    "what cannot be said");
}
ATF_TC_BODY(socks4_says, tc)
{
	static const char *const unfit[] = {
		"2001:db8::1",
		"0.0.0.0",
		"0.0.0.1",
		"0.0.0.255",
	};
	struct hop *h;
	char        user[256], name[256];
	size_t      n, i;

	for (n = 0; n <= 255; n++) {
		text_of(user, n, 5);
		memset(name, 'b', sizeof(name));
		i = n > 253 ? 253 : n == 0 ? 1 : n;
		name[i] = '\0';
		h = hop_for(CONF_SOCKS4A, user, "", name, 0x1234);
		ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
		ATF_REQUIRE_EQ(8 + n + 1 + i + 1, h->outlen);
		ATF_CHECK(memcmp(h->out, "\4\1\22\64\0\0\0\1", 8) == 0);
		ATF_CHECK_STREQ(user, (const char *)h->out + 8);
		ATF_CHECK_STREQ(name, (const char *)h->out + 8 + n + 1);
		free(h);
		h = hop_for(CONF_SOCKS4A, user, "", "192.0.2.1", 80);
		ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
		ATF_REQUIRE_EQ(8 + n + 1, h->outlen);
		ATF_CHECK(memcmp(h->out, "\4\1\0\120\300\0\2\1", 8) == 0);
		ATF_CHECK_STREQ(user, (const char *)h->out + 8);
		free(h);
	}
	for (n = 0; n < nitems(unfit); n++) {
		h = hop_for(CONF_SOCKS4A, "", "", unfit[n], 80);
		ATF_CHECK_EQ(HOP_FAILED, hop_begin(h));
		ATF_CHECK_EQ(UPSTREAM_UNFIT, h->status);
		ATF_CHECK_EQ(SOCKS_REP_BAD_ADDRESS_TYPE, h->rep);
		free(h);
	}
}

ATF_TC(http_says);
ATF_TC_HEAD(http_says, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "CONNECT is right for names and both "
	    "kinds of address, and its login decodes to user and password "
	    "of any length");
}
ATF_TC_BODY(http_says, tc)
{
	static const char basic[] = "Proxy-Authorization: Basic ";
	char              user[256], pass[256], pair[1024], want[1024];
	const char       *text, *code, *end;
	struct hop       *h;
	size_t            n;

	h = hop_for(CONF_HTTP, "", "", "a.example", 443);
	ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
	h->out[h->outlen] = '\0';
	ATF_CHECK_STREQ("CONNECT a.example:443 HTTP/1.1\r\n"
			"Host: a.example:443\r\n\r\n",
	    (const char *)h->out);
	free(h);
	h = hop_for(CONF_HTTP, "", "", "2001:db8::1", 1);
	ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
	h->out[h->outlen] = '\0';
	ATF_CHECK_STREQ("CONNECT [2001:db8::1]:1 HTTP/1.1\r\n"
			"Host: [2001:db8::1]:1\r\n\r\n",
	    (const char *)h->out);
	free(h);
	h = hop_for(CONF_HTTP, "Aladdin", "open sesame", "192.0.2.1", 80);
	ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
	h->out[h->outlen] = '\0';
	ATF_CHECK_STREQ("CONNECT 192.0.2.1:80 HTTP/1.1\r\n"
			"Host: 192.0.2.1:80\r\nProxy-Authorization: Basic "
			"QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n",
	    (const char *)h->out);
	free(h);
	for (n = 1; n <= 255; n++) {
		text_of(user, n, 11);
		text_of(pass, (n * 7) % 256, 13);
		h = hop_for(CONF_HTTP, user, pass, "a.example", 443);
		ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
		ATF_REQUIRE(h->outlen < sizeof(h->out));
		h->out[h->outlen] = '\0';
		text = (const char *)h->out;
		ATF_REQUIRE((code = strstr(text, basic)) != NULL);
		code += sizeof(basic) - 1;
		ATF_REQUIRE((end = strstr(code, "\r\n\r\n")) != NULL);
		ATF_CHECK_EQ(h->outlen, (size_t)(end + 4 - text));
		pair[decode64(code, (size_t)(end - code), pair)] = '\0';
		(void)snprintf(want, sizeof(want), "%s:%s", user, pass);
		ATF_CHECK_STREQ(want, pair);
		free(h);
	}
	/* The longest of all there is. */
	memset(want, 'a', 253);
	want[253] = '\0';
	text_of(user, 255, 1);
	h = hop_for(CONF_HTTP, user, user, want, 65535);
	ATF_CHECK_EQ(HOP_SEND, hop_begin(h));
	free(h);
	h = hop_for(CONF_HTTP, "a:b", "c", "a.example", 443);
	ATF_CHECK_EQ(HOP_FAILED, hop_begin(h));
	ATF_CHECK_EQ(UPSTREAM_UNFIT, h->status);
	free(h);
}

static size_t
decode64(const char *p, size_t len, char *dst)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char       *at;
	unsigned int      v = 0;
	size_t            i, n = 0, bits = 0;

	ATF_REQUIRE_EQ(0, len % 4);
	for (i = 0; i < len && p[i] != '='; i++) {
		ATF_REQUIRE((at = strchr(set, p[i])) != NULL);
		v = v << 6 | (unsigned int)(at - set);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			dst[n++] = (char)(v >> bits & 255);
		}
	}
	ATF_REQUIRE(len - i <= 2);
	return n;
}

ATF_TC(checks);
ATF_TC_HEAD(checks, tc)
{
	atf_tc_set_md_var(tc, "descr", "a check logs in and asks for nothing");
}
ATF_TC_BODY(checks, tc)
{
	struct hop *h;
	size_t      used;

	h = hop_for(CONF_SOCKS4A, "u", "", "", 0);
	ATF_CHECK_EQ(HOP_DONE, hop_begin(h));
	free(h);
	h = hop_for(CONF_HTTP, "u", "p", "", 0);
	ATF_CHECK_EQ(HOP_DONE, hop_begin(h));
	free(h);
	h = hop_for(CONF_SOCKS5, "", "", "", 0);
	ATF_CHECK_EQ(HOP_SEND, hop_begin(h));
	ATF_CHECK_EQ(HOP_DONE, hop_take(h, (const uint8_t *)"\5\0", 2, &used));
	free(h);
	h = hop_for(CONF_SOCKS5, "u", "p", "", 0);
	ATF_CHECK_EQ(HOP_SEND, hop_begin(h));
	ATF_CHECK_EQ(HOP_SEND, hop_take(h, (const uint8_t *)"\5\2", 2, &used));
	ATF_CHECK_EQ(HOP_DONE, hop_take(h, (const uint8_t *)"\1\0", 2, &used));
	free(h);
}

ATF_TC(secrets_go);
ATF_TC_HEAD(secrets_go, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "nothing is left of a hop that is "
	    "cleared");
}
ATF_TC_BODY(secrets_go, tc)
{
	struct hop    *h;
	const uint8_t *p;
	size_t         i;

	h = hop_for(CONF_HTTP, "user", "password", "a.example", 443);
	ATF_REQUIRE_EQ(HOP_SEND, hop_begin(h));
	hop_clear(h);
	p = (const uint8_t *)h;
	for (i = 0; i < sizeof(*h); i++)
		ATF_REQUIRE_EQ(0, p[i]);
	free(h);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_cut);
	ATF_TP_ADD_TC(tp, every_split);
	ATF_TP_ADD_TC(tp, every_byte_change);
	ATF_TP_ADD_TC(tp, every_code);
	ATF_TP_ADD_TC(tp, reply_lengths);
	ATF_TP_ADD_TC(tp, udp_bound);
	ATF_TP_ADD_TC(tp, endless_heads);
	ATF_TP_ADD_TC(tp, text_is_printable);
	ATF_TP_ADD_TC(tp, socks5_says);
	ATF_TP_ADD_TC(tp, socks4_says);
	ATF_TP_ADD_TC(tp, http_says);
	ATF_TP_ADD_TC(tp, checks);
	ATF_TP_ADD_TC(tp, secrets_go);
	return atf_no_error();
}
