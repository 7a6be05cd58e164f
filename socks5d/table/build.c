/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Making the image of a table: see build.h.
 *
 * Here are the faults and the text; the sets themselves are in nets.c and
 * names.c.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "table/build.h"
#include "table/entry.h"
#include "table/names.h"
#include "table/nets.h"

/* A word in a complaint is cut here, longer ones are no entries at all. */
#define SHOWN_MAX 80
#define WORD_MAX  512

struct table_build {
	enum table_kind kind;
	table_complain  complain;
	void           *arg;
	unsigned int    faults;
	uint32_t        given;
	struct table    old;

	/* What is skipped of this text, if anything may be. */
	int      skips;
	uint32_t right; /* lines */
	uint32_t wrong;
	uint32_t counted;  /* the last of them */
	int      is_wrong; /* it is */
	uint32_t skipped;
	uint32_t invalid; /* and is not */
	uint32_t first_line;
	char     first[TABLE_FAULT_SIZE];

	/* Of addresses, and of names: what to delete and what to add. */
	struct nets_change v4;
	struct nets_change v6;
	struct records     del;
	struct records     add;

	/* Where a text stands. */
	size_t   nhead; /* SIZE_MAX: it has begun */
	char     head[TEXT_MARK_MAX];
	uint32_t line;
	int      comment;
	int      cr; /* LF after it is no line */
	size_t   wordlen;
	char     word[WORD_MAX];
};

static int  build_add(struct table_build *, enum table_op, const char *, size_t,
     const char **);
static int  build_nets(struct table_build *, enum table_op,
     const struct prefix *);
static int  build_name(struct table_build *, enum table_op, uint8_t,
     const char *, size_t);
static int  is_address(const char *, size_t);
static void build_word_fault(struct table_build *, uint32_t, const char *,
    size_t, const char *);
static void build_fault(struct table_build *, uint32_t, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
static void text_count(struct table_build *, uint32_t, int);
static int  too_many_skipped(const struct table_build *);
static void text_skipped(struct table_build *);
static void text_begin(struct table_build *, enum table_op);
static void text_bytes(struct table_build *, enum table_op, const char *,
    size_t);
static int  text_byte(struct table_build *, enum table_op, char);
static int  text_word(struct table_build *, enum table_op);
static int  build_image(struct table_build *, table_put, void *,
     struct table_result *);

struct table_build *
table_build_new(enum table_kind kind, table_complain complain, void *arg)
{
	struct table_build *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->kind = kind;
	b->complain = complain;
	b->arg = arg;
	b->line = 1;
	b->v4.add.width = b->v4.del.width = 4;
	b->v6.add.width = b->v6.del.width = 16;
	table_init_empty(&b->old, kind);
	return b;
}

void
table_build_free(struct table_build *b)
{
	if (b == NULL)
		return;
	nets_clear(&b->v4.add);
	nets_clear(&b->v4.del);
	nets_clear(&b->v4.out);
	nets_clear(&b->v6.add);
	nets_clear(&b->v6.del);
	nets_clear(&b->v6.out);
	records_clear(&b->del);
	records_clear(&b->add);
	free(b);
}

void
table_build_from(struct table_build *b, const struct table *old)
{
	b->old = *old;
}

int
table_build_entry(struct table_build *b, enum table_op op, const char *word,
    size_t len, uint32_t line)
{
	const char *why;

	if (b->given == TABLE_ENTRIES_MAX) {
		build_fault(b, line, "more than %d entries", TABLE_ENTRIES_MAX);
		b->faults = TABLE_FAULTS_MAX;
		return -1;
	}
	why = NULL;
	if (build_add(b, op, word, len, &why) == 0) {
		b->given++;
		text_count(b, line, 0);
		return 0;
	}
	/* Half of a list in the form of hosts(5) is that. */
	if (why != NULL && b->skips && b->kind == TABLE_DOMAIN &&
	    is_address(word, len))
		return 0;
	if (why != NULL) {
		build_word_fault(b, line, word, len, why);
		return -1;
	}
	build_fault(b, line, "%s", strerror(errno));
	b->faults = TABLE_FAULTS_MAX;
	return -1;
}

/* -1 with why if it is no entry, without if there is no room for it. */
static int
build_add(struct table_build *b, enum table_op op, const char *word, size_t len,
    const char **why)
{
	struct prefix prefix;
	struct domain domain;

	switch (b->kind) {
	case TABLE_ADDR:
		if (entry_addr(&prefix, word, len, why) == -1)
			return -1;
		*why = NULL;
		return build_nets(b, op, &prefix);
	case TABLE_DOMAIN:
		if (entry_domain(&domain, word, len, why) == -1)
			return -1;
		return build_name(b, op, domain.what, domain.name,
		    strlen(domain.name));
	case TABLE_USER:
		if (entry_user(word, len, why) == -1)
			return -1;
		return build_name(b, op, DOMAIN_SELF, word, len);
	case TABLE_NONE:
	case TABLE_COUNTRY:
	case TABLE_KIND_MAX:
		break;
	}
	return entry_check(b->kind, word, len, why);
}

static int
build_nets(struct table_build *b, enum table_op op, const struct prefix *p)
{
	struct nets_change *c = p->addr.af == AF_INET ? &b->v4 : &b->v6;

	return nets_add(op == TABLE_ADD ? &c->add : &c->del, p->addr.b, p->len);
}

static int
build_name(struct table_build *b, enum table_op op, uint8_t what,
    const char *name, size_t len)
{
	return records_add(op == TABLE_ADD ? &b->add : &b->del, what, name,
	    len);
}

static int
is_address(const char *word, size_t len)
{
	struct addr addr;
	char        text[ADDR_STRLEN];

	if (len >= sizeof(text))
		return 0;
	memcpy(text, word, len);
	text[len] = '\0';
	return addr_parse(&addr, text) == 0;
}

/* The word as it was written, but cut and unable to forge a line. */
static void
build_word_fault(struct table_build *b, uint32_t line, const char *word,
    size_t len, const char *why)
{
	char   shown[SHOWN_MAX + 8];
	size_t i, n = 0;

	for (i = 0; i < len && n < SHOWN_MAX; i++) {
		if (isascii((unsigned char)word[i]) &&
		    isprint((unsigned char)word[i]))
			shown[n++] = word[i];
		else
			n += (size_t)snprintf(shown + n, 5, "\\x%02x",
			    (unsigned char)word[i]);
	}
	(void)strlcpy(shown + n, i < len ? "..." : "", sizeof(shown) - n);
	if (!b->skips) {
		build_fault(b, line, "%s: %s", n == 0 ? "\"\"" : shown, why);
		b->invalid++;
		return;
	}
	text_count(b, line, 1);
	if (b->skipped++ == 0) {
		b->first_line = line;
		(void)snprintf(b->first, sizeof(b->first), "%s: %s",
		    n == 0 ? "\"\"" : shown, why);
	}
}

int
table_build_invalid(const struct table_build *b)
{
	return b->invalid > 0;
}

void
table_build_skip(struct table_build *b)
{
	b->skips = 1;
}

uint32_t
table_build_skipped(const struct table_build *b, const char **first,
    uint32_t *line)
{
	*first = b->first;
	*line = b->first_line;
	return too_many_skipped(b) ? 0 : b->skipped;
}

/* A line with any word in it that is wrong is. */
static void
text_count(struct table_build *b, uint32_t line, int wrong)
{
	if (b->counted != line) {
		b->counted = line;
		b->is_wrong = 0;
		b->right++;
	}
	if (wrong && b->is_wrong == 0) {
		b->is_wrong = 1;
		b->right--;
		b->wrong++;
	}
}

/*
 * A page about an error, or a list of another kind, is not one with faults.
 * Most words of a sentence would do as names, so it is lines that count.
 */
static int
too_many_skipped(const struct table_build *b)
{
	return b->wrong > b->right;
}

static void
text_skipped(struct table_build *b)
{
	if (too_many_skipped(b))
		build_fault(b, b->first_line,
		    "%s; %u of %u lines are "
		    "invalid: too many to be skipped",
		    b->first, b->wrong, b->wrong + b->right);
}

static void
build_fault(struct table_build *b, uint32_t line, const char *fmt, ...)
{
	char    text[TABLE_FAULT_SIZE];
	va_list ap;

	if (b->faults >= TABLE_FAULTS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->complain(b->arg, line, text);
	b->faults++;
}

int
table_build_text(struct table_build *b, enum table_op op, const void *data,
    size_t len)
{
	const char *p = data;

	if (b->nhead == 0)
		b->right = b->wrong = b->counted = b->skipped = 0;
	if (len == 0) {
		text_begin(b, op);
		(void)text_word(b, op);
		text_skipped(b);
		b->nhead = 0;
		b->line = 1;
		b->comment = b->cr = 0;
	}
	for (; len > 0 && b->nhead < sizeof(b->head); len--) {
		b->head[b->nhead++] = *p++;
		if (b->nhead == sizeof(b->head))
			text_begin(b, op);
	}
	text_bytes(b, op, p, len);
	return b->faults >= TABLE_FAULTS_MAX ? -1 : 0;
}

/* Its first bytes are there, or all that it has. */
static void
text_begin(struct table_build *b, enum table_op op)
{
	size_t      n = b->nhead;
	const char *why;
	int         mark;

	if (n > sizeof(b->head))
		return;
	b->nhead = SIZE_MAX;
	if ((mark = text_mark(b->head, n, &why)) == -1) {
		build_fault(b, 1, "%s", why);
		b->faults = TABLE_FAULTS_MAX;
	} else
		text_bytes(b, op, b->head + mark, n - (size_t)mark);
}

static void
text_bytes(struct table_build *b, enum table_op op, const char *p, size_t len)
{
	for (; len > 0 && b->faults < TABLE_FAULTS_MAX; len--)
		(void)text_byte(b, op, *p++);
}

static int
text_byte(struct table_build *b, enum table_op op, char c)
{
	int ret, cr = b->cr;

	b->cr = c == '\r';
	switch (c) {
	case '\n':
		if (cr)
			return 0;
		/* FALLTHROUGH */
	case '\r':
		ret = text_word(b, op);
		b->comment = 0;
		b->line++;
		return ret;
	case ' ':
	case '\t':
		return text_word(b, op);
	case '\0':
		if (b->comment)
			break;
		build_fault(b, b->line, "%s", TEXT_NUL);
		b->faults = TABLE_FAULTS_MAX;
		return -1;
	case '#':
	case ';':
		if (b->wordlen == 0)
			b->comment = 1;
		break;
	default:
		break;
	}
	if (!b->comment && b->wordlen < sizeof(b->word))
		b->word[b->wordlen++] = c;
	return 0;
}

static int
text_word(struct table_build *b, enum table_op op)
{
	size_t len = b->wordlen;

	b->wordlen = 0;
	if (len == 0)
		return 0;
	return table_build_entry(b, op, b->word, len, b->line);
}

int
table_build_write(struct table_build *b, table_put put, void *arg,
    struct table_result *res)
{
	memset(res, 0, sizeof(*res));
	if (b->faults > 0)
		return -1;
	if (build_image(b, put, arg, res) == 0)
		return 0;
	if (errno == E2BIG)
		build_fault(b, 0, "more than %d entries", TABLE_ENTRIES_MAX);
	else
		build_fault(b, 0, "%s", strerror(errno));
	return -1;
}

static int
build_image(struct table_build *b, table_put put, void *arg,
    struct table_result *res)
{
	if (b->kind != TABLE_ADDR)
		return names_write(b->kind, &b->old, &b->del, &b->add, put, arg,
		    res);
	if (nets_apply(&b->v4, &b->old) == -1 ||
	    nets_apply(&b->v6, &b->old) == -1 ||
	    nets_write(&b->v4.out, &b->v6.out, put, arg, &res->size) == -1)
		return -1;
	res->entries = (uint32_t)(b->v4.out.n + b->v6.out.n);
	res->added = b->v4.added + b->v6.added;
	res->deleted = b->v4.deleted + b->v6.deleted;
	return 0;
}
