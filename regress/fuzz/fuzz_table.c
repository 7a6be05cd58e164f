/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes tables: a byte that says of what kind, then a text, or the image that
 * a loader which was taken over might have made.
 *
 * Holds for any input: a complaint is one printable line; the image of a text
 * that is right lists entries that make the same image again, has what it
 * lists, and what is deleted is not in it; any image can be asked and listed
 * to its end, and changed into one that is right.
 */

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/login.h"
#include "table/build.h"
#include "table/entry.h"
#include "table/table.h"

struct image {
	uint8_t *p;
	size_t   len;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void fuzz_text(enum table_kind, const char *, size_t, size_t);
static void fuzz_image(enum table_kind, const uint8_t *, size_t);
static int  make(enum table_kind, const struct table *, enum table_op,
     const char *, size_t, size_t, struct image *);
static void complain(void *, uint32_t, const char *);
static int  put(void *, const void *, size_t);
static void check_listed(const struct table *);
static void check_entry(const struct table *, const char *, int);
static void ask(const struct table *);
static void must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum table_kind kind;

	if (size < 2)
		return 0;
	kind = (enum table_kind)(TABLE_ADDR + (data[0] & 3) % 3);
	if ((data[0] & 0x80) != 0)
		fuzz_image(kind, data + 1, size - 1);
	else
		fuzz_text(kind, (const char *)data + 2, size - 2, data[1]);
	return 0;
}

static void
fuzz_text(enum table_kind kind, const char *text, size_t len, size_t cut)
{
	struct image image, whole;
	struct table t;

	if (make(kind, NULL, TABLE_ADD, text, len, len, &image) == -1) {
		must(make(kind, NULL, TABLE_ADD, text, len, cut, &whole) == -1);
		return;
	}
	must(table_init(&t, kind, image.p, image.len) == 0);
	check_listed(&t);
	ask(&t);
	/* However it is cut it is the same, but for the key of names. */
	must(make(kind, NULL, TABLE_ADD, text, len, cut, &whole) == 0);
	must(whole.len == image.len);
	free(whole.p);
	/* Without all of itself it is empty. */
	must(make(kind, &t, TABLE_DELETE, text, len, len, &whole) == 0);
	must(table_init(&t, kind, whole.p, whole.len) == 0);
	must(t.entries == 0);
	free(whole.p);
	free(image.p);
}

/* An image of an older one and one text in two pieces. */
static int
make(enum table_kind kind, const struct table *old, enum table_op op,
    const char *text, size_t len, size_t cut, struct image *image)
{
	struct table_result res;
	struct table_build *b;
	int                 ret;

	memset(image, 0, sizeof(*image));
	if (cut > len)
		cut = len;
	must((b = table_build_new(kind, complain, NULL)) != NULL);
	if (old != NULL)
		table_build_from(b, old);
	if (cut > 0)
		(void)table_build_text(b, op, text, cut);
	if (cut < len)
		(void)table_build_text(b, op, text + cut, len - cut);
	(void)table_build_text(b, op, NULL, 0);
	ret = table_build_write(b, put, image, &res);
	must(ret == -1 || res.size == image->len);
	table_build_free(b);
	return ret;
}

static void
complain(void *arg, uint32_t line, const char *text)
{
	must(strlen(text) > 0 && strlen(text) < TABLE_FAULT_SIZE);
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

static int
put(void *arg, const void *data, size_t len)
{
	struct image *image = arg;

	must((image->p = realloc(image->p, image->len + len)) != NULL);
	memcpy(image->p + image->len, data, len);
	image->len += len;
	return 0;
}

/* Each is in the table, and all together make it again. */
static void
check_listed(const struct table *t)
{
	char         entry[TABLE_ENTRY_SIZE], *text = NULL;
	struct image again;
	size_t       len = 0;
	uint64_t     at = 0;
	uint32_t     n = 0;

	/* Not in front, where some of them would be a mark of UTF-16. */
	must((text = malloc(1)) != NULL);
	text[len++] = '\n';
	while (table_next(t, &at, entry)) {
		check_entry(t, entry, 1);
		must((text = realloc(text, len + sizeof(entry))) != NULL);
		memcpy(text + len, entry, strlen(entry));
		len += strlen(entry);
		text[len++] = '\n';
		n++;
	}
	must(n == t->entries);
	must(make(t->kind, NULL, TABLE_ADD, text, len, len, &again) == 0);
	free(again.p);
	free(text);
}

static void
check_entry(const struct table *t, const char *entry, int has)
{
	struct prefix p;
	struct domain d;
	const char   *why;
	char          name[HOSTNAME_MAX + 3];

	must(entry_check(t->kind, entry, strlen(entry), &why) == 0);
	if (t->kind == TABLE_ADDR) {
		must(entry_addr(&p, entry, strlen(entry), &why) == 0);
		must(table_has_addr(t, &p.addr) == has);
	} else if (t->kind == TABLE_USER) {
		must(table_has_user(t, entry, strlen(entry)) == has);
	} else {
		must(entry_domain(&d, entry, strlen(entry), &why) == 0);
		if ((d.what & DOMAIN_SELF) != 0)
			must(table_has_name(t, d.name) == has);
		if ((d.what & DOMAIN_SUBS) == 0 ||
		    strlen(d.name) > HOSTNAME_MAX - 2)
			return;
		(void)memcpy(name, "a.", 2);
		(void)memcpy(name + 2, d.name, strlen(d.name) + 1);
		must(table_has_name(t, name) == has);
	}
}

static void
fuzz_image(enum table_kind kind, const uint8_t *data, size_t size)
{
	static const char *const add[] = {
		[TABLE_ADDR] = "192.0.2.1 2001:db8::1",
		[TABLE_DOMAIN] = ".example.com",
		[TABLE_USER] = "alice",
	};
	struct table t, t2;
	struct image image;

	if (table_init(&t, kind, data, size) == -1) {
		must(t.kind == kind && t.n[0] == 0 && t.n[1] == 0);
		return;
	}
	ask(&t);
	must(make(kind, &t, TABLE_ADD, add[kind], strlen(add[kind]), 5,
		 &image) == 0);
	must(table_init(&t2, kind, image.p, image.len) == 0);
	ask(&t2);
	free(image.p);
}

static void
ask(const struct table *t)
{
	static const char *const addrs[] = {
		"0.0.0.0",
		"192.0.2.1",
		"255.255.255.255",
		"::",
		"2001:db8::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	struct addr a;
	char        entry[TABLE_ENTRY_SIZE];
	uint64_t    at = 0;
	size_t      i;

	for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		must(addr_parse(&a, addrs[i]) == 0);
		(void)table_has_addr(t, &a);
		(void)table_country(t, &a);
	}
	(void)table_has_name(t, "www.example.com");
	(void)table_has_user(t, "alice", 5);
	while (table_next(t, &at, entry))
		must(memchr(entry, '\0', sizeof(entry)) != NULL);
}

static void
must(int truth)
{
	if (!truth)
		abort();
}
