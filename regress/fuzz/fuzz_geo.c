/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes databases of countries.
 *
 * Holds for any input: it is refused with a reason, or becomes an image that
 * can be asked, whose ranges are in order and differ from the one before.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "table/geo.h"
#include "table/table.h"

struct image {
	uint8_t *p;
	size_t   len;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void check(const struct table *);
static int  put(void *, const void *, size_t);
static void must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_result res;
	struct image        image;
	struct table        t;
	char                why[TABLE_FAULT_SIZE];

	memset(&image, 0, sizeof(image));
	if (geo_build(data, size, put, &image, &res, why) == -1) {
		must(why[0] != '\0' && strlen(why) < sizeof(why));
		must(image.len == 0);
		return 0;
	}
	must(res.size == image.len);
	must(table_init(&t, TABLE_COUNTRY, image.p, image.len) == 0);
	must(t.entries > 0);
	check(&t);
	free(image.p);
	return 0;
}

/* Where each range begins is its country. */
static void
check(const struct table *t)
{
	struct addr addr, before;
	char        entry[TABLE_ENTRY_SIZE], *code;
	uint64_t    at = 0;
	uint16_t    is, was = 0;
	uint32_t    n = 0;

	memset(&before, 0, sizeof(before));
	while (table_next(t, &at, entry)) {
		must((code = strchr(entry, ' ')) != NULL);
		*code++ = '\0';
		must(addr_parse(&addr, entry) == 0);
		is = table_country(t, &addr);
		must(is ==
		    (code[0] == '-' ? 0 : TABLE_COUNTRY(code[0], code[1])));
		if (addr.af == before.af)
			must(addr_cmp(&before, &addr) < 0 && is != was);
		before = addr;
		was = is;
		n++;
	}
	must(n == t->entries);
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

static void
must(int truth)
{
	if (!truth)
		abort();
}
