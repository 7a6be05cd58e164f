/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Answers, put in order: see reply.h.
 *
 * Pure.  Reads what anybody may have written: each name is unpacked once, and
 * once more where it seems to be one of the chain.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "resolver/reply.h"
#include "resolver/asked.h"

/* RFC 1035, section 4.1: bytes, and where they are. */
#define HEADER        12
#define FLAGS         2
#define RCODE         3
#define NQUESTIONS    4
#define NANSWERS      6
#define NAUTHORITY    8
#define NADDITIONAL   10
#define FLAG_RESPONSE 0x80
#define FLAG_CUT      0x02
#define RCODE_BITS    0x0f
#define TYPE_CLASS    4  /* behind the name of a question */
#define FIXED         10 /* behind the name of a record */
#define POINTER       0xc0
#define NAME_BYTES    255
#define LABELS        127 /* of a name that is as long */

#define TYPE_A     1
#define TYPE_CNAME 5
#define TYPE_AAAA  28
#define TYPE_OPT   41
#define CLASS_IN   1

/* Names that are others but look alike, in one answer: it is made so. */
#define CLASHES_MAX 64

/* Uncompressed, letters in lower case. */
struct name {
	size_t  len;
	uint8_t b[NAME_BYTES];
};

/* An alias or an address; positions in the message. */
struct record {
	size_t   owner;
	size_t   data;
	uint32_t hash; /* of the owner */
	uint32_t ttl;
	uint16_t type;
};

struct reading {
	const uint8_t *msg;
	size_t         len;
	uint16_t       type; /* that is asked for */
	struct record *record;
	size_t         nrecords;
	unsigned int   clashes;
};

static size_t message_question(const uint8_t *, size_t);
static size_t message_read(struct reading *, size_t);
static size_t record_read(const uint8_t *, size_t, size_t, struct record *,
    uint16_t *, uint16_t *);
static int record_keep(const struct reading *, const struct record *, uint16_t,
    uint16_t);
static int chain_follow(struct reading *, struct name *, uint32_t *);
static const struct record *chain_alias(struct reading *, const struct name *);
static int                  record_is(struct reading *, const struct record *,
		     const struct name *, uint32_t);
static unsigned int chain_addresses(struct reading *, const struct name *,
    uint32_t, uint8_t *);
static int      address_is_new(const uint8_t *, unsigned int, const uint8_t *,
	 size_t);
static size_t   name_read(const uint8_t *, size_t, size_t, struct name *);
static uint32_t name_hash(const struct name *);
static uint16_t get16(const uint8_t *);
static uint32_t get32(const uint8_t *);
static void     put16(uint8_t *, uint16_t);

void
reply_read(struct reply *a, const uint8_t *msg, size_t len)
{
	struct record r;
	uint16_t class, size;
	size_t       at;
	unsigned int n;

	a->code = msg[RCODE] & RCODE_BITS;
	a->cut = (msg[FLAGS] & FLAG_CUT) != 0;
	a->edns = 0;
	if ((at = message_question(msg, len)) == 0)
		return;
	n = (unsigned int)get16(msg + NANSWERS) + get16(msg + NAUTHORITY) +
	    get16(msg + NADDITIONAL);
	while (n-- > 0 &&
	    (at = record_read(msg, len, at, &r, &class, &size)) != 0) {
		if (r.type != TYPE_OPT)
			continue;
		a->edns = 1;
		a->code |= (r.ttl >> 24) << 4;
		return;
	}
}

size_t
reply_make(const uint8_t *key, size_t nkey, const uint8_t *msg, size_t len,
    uint8_t *out)
{
	struct reading rd;
	struct name    name;
	size_t         end, size;
	uint32_t       ttl = UINT32_MAX;
	unsigned int   n = 0;

	memset(&rd, 0, sizeof(rd));
	rd.msg = msg;
	rd.len = len;
	if ((end = message_question(msg, len)) == 0 || end != HEADER + nkey - 2)
		return reply_fail(key, nkey, REPLY_SERVFAIL, out);
	memcpy(out, msg, HEADER);
	memcpy(out + HEADER, key + 2, nkey - 2);
	memset(out + NANSWERS, 0, HEADER - NANSWERS);
	if ((msg[FLAGS] & FLAG_CUT) != 0 ||
	    (msg[RCODE] & RCODE_BITS) != REPLY_NOERROR)
		return end;
	rd.type = get16(msg + end - TYPE_CLASS);
	size = rd.type == TYPE_A ? 4 : 16;
	if (message_read(&rd, end) == 0 ||
	    name_read(msg, len, HEADER, &name) == 0)
		out[RCODE] |= REPLY_SERVFAIL;
	else if (chain_follow(&rd, &name, &ttl))
		n = chain_addresses(&rd, &name, ttl, out + end);
	if (rd.clashes > CLASHES_MAX) {
		n = 0;
		out[RCODE] |= REPLY_SERVFAIL;
	}
	free(rd.record);
	put16(out + NANSWERS, (uint16_t)n);
	return end + n * (2 + FIXED + size);
}

size_t
reply_fail(const uint8_t *key, size_t len, enum reply_code code, uint8_t *out)
{
	memset(out, 0, HEADER);
	memcpy(out, key, 2);
	out[FLAGS] = FLAG_RESPONSE;
	out[RCODE] = (uint8_t)code;
	out[NQUESTIONS + 1] = 1;
	memcpy(out + HEADER, key + 2, len - 2);
	return HEADER + len - 2;
}

/* Where the one question of a message ends; 0 if it has another number. */
static size_t
message_question(const uint8_t *msg, size_t len)
{
	uint8_t key[ASKED_KEY_MAX];
	size_t  n;

	return (n = asked_key(msg, len, key)) == 0 ? 0 : HEADER + n - 2;
}

/* All aliases and addresses of the answer; 0 if it is cut or malformed. */
static size_t
message_read(struct reading *rd, size_t at)
{
	struct record *r;
	uint16_t class, size;
	unsigned int n = get16(rd->msg + NANSWERS);

	/* Each has a byte of a name at the least. */
	if (n > (rd->len - at) / (1 + FIXED))
		return 0;
	if ((rd->record = calloc(n + 1, sizeof(*rd->record))) == NULL)
		return 0;
	while (n-- > 0) {
		r = &rd->record[rd->nrecords];
		if ((at = record_read(rd->msg, rd->len, at, r, &class,
			 &size)) == 0)
			return 0;
		switch (record_keep(rd, r, class, size)) {
		case -1:
			return 0;
		case 1:
			rd->nrecords++;
			break;
		}
	}
	return at;
}

/* Gives where the record at this place ends, or 0 if it does not. */
static size_t
record_read(const uint8_t *msg, size_t len, size_t at, struct record *r,
    uint16_t *class, uint16_t *size)
{
	struct name name;

	r->owner = at;
	if ((at = name_read(msg, len, at, &name)) == 0 || len - at < FIXED)
		return 0;
	r->hash = name_hash(&name);
	r->type = get16(msg + at);
	*class = get16(msg + at + 2);
	r->ttl = get32(msg + at + 4);
	*size = get16(msg + at + 8);
	r->data = at + FIXED;
	return len - r->data < *size ? 0 : r->data + *size;
}

/* 1 if it may be of the chain, 0 if it is something else, -1 if malformed. */
static int
record_keep(const struct reading *rd, const struct record *r, uint16_t class,
    uint16_t size)
{
	struct name name;

	if (class != CLASS_IN)
		return 0;
	if (r->type == TYPE_CNAME)
		return name_read(rd->msg, rd->len, r->data, &name) ==
			r->data + size ?
		    1 :
		    -1;
	if (r->type != rd->type)
		return 0;
	if (r->type == TYPE_A)
		return size == 4 ? 1 : -1;
	if (r->type == TYPE_AAAA)
		return size == 16 ? 1 : -1;
	return 0;
}

/* From a name to the end of its chain; 0 if that has none. */
static int
chain_follow(struct reading *rd, struct name *name, uint32_t *ttl)
{
	const struct record *r;
	unsigned int         n;

	for (n = 0; n <= REPLY_CHAIN; n++) {
		if ((r = chain_alias(rd, name)) == NULL)
			return 1;
		(void)name_read(rd->msg, rd->len, r->data, name);
		if (r->ttl < *ttl || r->ttl > INT32_MAX)
			*ttl = r->ttl > INT32_MAX ? 0 : r->ttl;
	}
	return 0;
}

/* Of two aliases for a name, which are none too many, the first counts. */
static const struct record *
chain_alias(struct reading *rd, const struct name *name)
{
	uint32_t hash = name_hash(name);
	size_t   i;

	for (i = 0; i < rd->nrecords; i++)
		if (rd->record[i].type == TYPE_CNAME &&
		    record_is(rd, &rd->record[i], name, hash))
			return &rd->record[i];
	return NULL;
}

static int
record_is(struct reading *rd, const struct record *r, const struct name *name,
    uint32_t hash)
{
	struct name owner;

	if (r->hash != hash || rd->clashes > CLASHES_MAX)
		return 0;
	(void)name_read(rd->msg, rd->len, r->owner, &owner);
	if (owner.len == name->len && memcmp(owner.b, name->b, name->len) == 0)
		return 1;
	rd->clashes++;
	return 0;
}

/* Writes its addresses, each once, as those of the question; how many. */
static unsigned int
chain_addresses(struct reading *rd, const struct name *name, uint32_t ttl,
    uint8_t *out)
{
	const struct record *r;
	const uint8_t       *data;
	uint8_t             *at = out;
	uint32_t             hash = name_hash(name), least;
	size_t               i, size = rd->type == TYPE_A ? 4 : 16;
	unsigned int         n = 0;

	for (i = 0; i < rd->nrecords && n < REPLY_ADDRS; i++) {
		r = &rd->record[i];
		data = rd->msg + r->data;
		if (r->type == TYPE_CNAME || !record_is(rd, r, name, hash) ||
		    !address_is_new(out, n, data, size))
			continue;
		least = r->ttl > INT32_MAX ? 0 : r->ttl;
		if (ttl < least)
			least = ttl;
		put16(at, POINTER << 8 | HEADER);
		put16(at + 2, rd->type);
		put16(at + 4, CLASS_IN);
		put16(at + 6, (uint16_t)(least >> 16));
		put16(at + 8, (uint16_t)least);
		put16(at + 10, (uint16_t)size);
		memcpy(at + 12, data, size);
		at += 12 + size;
		n++;
	}
	return n;
}

static int
address_is_new(const uint8_t *out, unsigned int n, const uint8_t *data,
    size_t size)
{
	unsigned int i;

	for (i = 0; i < n; i++, out += 2 + FIXED + size)
		if (memcmp(out + 2 + FIXED, data, size) == 0)
			return 0;
	return 1;
}

/*
 * Unpacks the name at this place and gives where it ends there; 0 if it does
 * not end, is too long or points anywhere but further back each time.  More
 * pointers than labels are a ladder of them, which each of thousands of records
 * may climb: an answer would cost a hundred times what its length says.
 */
static size_t
name_read(const uint8_t *msg, size_t len, size_t at, struct name *name)
{
	size_t       end = 0, least = at, n, i;
	unsigned int pointers = 0;

	name->len = 0;
	while (at < len) {
		n = msg[at];
		if ((n & POINTER) == POINTER) {
			if (len - at < 2 || ++pointers > LABELS)
				return 0;
			if (end == 0)
				end = at + 2;
			at = (n & ~(size_t)POINTER) << 8 | msg[at + 1];
			if (at >= least || at < HEADER)
				return 0;
			least = at;
			continue;
		}
		if ((n & POINTER) != 0 || len - at < 1 + n ||
		    NAME_BYTES - name->len < 1 + n)
			return 0;
		for (i = 0; i <= n; i++)
			name->b[name->len++] = asked_lower(msg[at + i]);
		at += 1 + n;
		if (n == 0)
			return end == 0 ? at : end;
	}
	return 0;
}

/* FNV-1a: that others can make names alike to it is counted. */
static uint32_t
name_hash(const struct name *name)
{
	uint32_t h = 2166136261U;
	size_t   i;

	for (i = 0; i < name->len; i++)
		h = (h ^ name->b[i]) * 16777619U;
	return h;
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void
put16(uint8_t *p, uint16_t n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}
