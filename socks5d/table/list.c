/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Giving the entries of a table one by one: table_next() of table.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "table/entry.h"
#include "table/image.h"
#include "table/names.h"
#include "table/table.h"

static int  next_addr(const struct table *, uint64_t *, char *);
static void net_print(const uint8_t *, size_t, int, char *);
static int  next_name(const struct table *, uint64_t *, char *);
static int  next_country(const struct table *, uint64_t *, char *);

int
table_next(const struct table *t, uint64_t *at, char dst[TABLE_ENTRY_SIZE])
{
	dst[0] = '\0';
	switch (t->kind) {
	case TABLE_ADDR:
		return next_addr(t, at, dst);
	case TABLE_DOMAIN:
	case TABLE_USER:
		return next_name(t, at, dst);
	case TABLE_COUNTRY:
		return next_country(t, at, dst);
	case TABLE_NONE:
	case TABLE_KIND_MAX:
		break;
	}
	return 0;
}

/* *at counts through all sections. */
static int
next_addr(const struct table *t, uint64_t *at, char *dst)
{
	uint64_t     i = *at;
	size_t       len;
	unsigned int section;

	for (section = 0; section < TABLE_SECTIONS; section++) {
		if (i < t->n[section]) {
			len = image_stride(t->kind, section);
			net_print(t->at[section] + (size_t)i * len, len,
			    section == IMAGE_NETS4 || section == IMAGE_NETS6,
			    dst);
			++*at;
			return 1;
		}
		i -= t->n[section];
	}
	return 0;
}

static void
net_print(const uint8_t *p, size_t width, int net, char *dst)
{
	struct prefix prefix;
	size_t        i;

	memset(&prefix, 0, sizeof(prefix));
	prefix.addr.af = width == 4 ? AF_INET : AF_INET6;
	memcpy(prefix.addr.b, p, width);
	prefix.len = (uint8_t)(8 * width);
	if (net) {
		for (i = width - 1; i > 0 && p[i] == 0; i--)
			;
		/* All zero would be an image of somebody else. */
		prefix.len = (uint8_t)(8 * i);
		if (p[i] != 0)
			prefix.len += (uint8_t)(8 - ffs(p[i]));
		addr_mask(&prefix.addr, prefix.len);
	}
	(void)prefix_print(&prefix, dst, TABLE_ENTRY_SIZE);
}

/* *at is the place of a record. */
static int
next_name(const struct table *t, uint64_t *at, char *dst)
{
	const uint8_t *r;
	const char    *before = "";
	size_t         n;

	if ((r = names_record(t, *at)) == NULL || r[1] == 0)
		return 0;
	*at += RECORD_HEAD_LEN + r[1];
	if (t->kind == TABLE_DOMAIN && (r[0] & DOMAIN_BOTH) == DOMAIN_SUBS)
		before = "*.";
	if (t->kind == TABLE_DOMAIN && (r[0] & DOMAIN_BOTH) == DOMAIN_BOTH)
		before = ".";
	n = strlcpy(dst, before, TABLE_ENTRY_SIZE);
	if (n + r[1] >= TABLE_ENTRY_SIZE ||
	    memchr(r + RECORD_HEAD_LEN, '\0', r[1]) != NULL)
		return 0;
	memcpy(dst + n, r + RECORD_HEAD_LEN, r[1]);
	dst[n + r[1]] = '\0';
	return 1;
}

static int
next_country(const struct table *t, uint64_t *at, char *dst)
{
	struct addr    addr;
	char           text[ADDR_STRLEN];
	const uint8_t *code;
	uint64_t       i = *at;

	memset(&addr, 0, sizeof(addr));
	if (i < t->n[IMAGE_FROM4]) {
		addr.af = AF_INET;
		memcpy(addr.b, t->at[IMAGE_FROM4] + (size_t)i * 4, 4);
		code = t->at[IMAGE_CODES4] + (size_t)i * 2;
	} else if ((i -= t->n[IMAGE_FROM4]) < t->n[IMAGE_FROM6]) {
		addr.af = AF_INET6;
		memcpy(addr.b, t->at[IMAGE_FROM6] + (size_t)i * 16, 16);
		code = t->at[IMAGE_CODES6] + (size_t)i * 2;
	} else
		return 0;
	++*at;
	(void)snprintf(dst, TABLE_ENTRY_SIZE, "%s %c%c",
	    addr_print(&addr, text, sizeof(text)),
	    code[0] >= 'A' && code[0] <= 'Z' ? code[0] : '-',
	    code[1] >= 'A' && code[1] <= 'Z' ? code[1] : '-');
	return 1;
}
