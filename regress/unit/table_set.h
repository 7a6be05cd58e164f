/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Making tables in tests: an image in memory that ends where a page without
 * any right begins, so that one byte read too far is the end of the test.
 */

#ifndef TABLE_SET_H
#define TABLE_SET_H

#include <sys/mman.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "table/build.h"

/* Bytes of an image while it is written, and complaints. */
struct image {
	uint8_t *p;
	size_t   len;
	size_t   size;
	uint8_t *map; /* once sealed */
	size_t   maplen;
	char     faults[8192]; /* "line: text\n" each */
};

static inline int
image_take(void *arg, const void *data, size_t len)
{
	struct image *im = arg;

	if (im->size - im->len <= len) {
		im->size = 2 * im->size + len + 1;
		im->p = realloc(im->p, im->size);
		ATF_REQUIRE(im->p != NULL);
	}
	memcpy(im->p + im->len, data, len);
	im->len += len;
	return 0;
}

static inline void
image_complain(void *arg, uint32_t line, const char *text)
{
	struct image *im = arg;
	size_t        n = strlen(im->faults);

	(void)snprintf(im->faults + n, sizeof(im->faults) - n, "%u: %s\n", line,
	    text);
}

/* Moves the image to the end of pages of its own, read-only. */
static inline const uint8_t *
image_seal(struct image *im)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	im->maplen = (im->len + page - 1) / page * page + page;
	im->map = mmap(NULL, im->maplen, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ATF_REQUIRE(im->map != MAP_FAILED);
	memcpy(im->map + im->maplen - page - im->len, im->p, im->len);
	ATF_REQUIRE_EQ(0,
	    mprotect(im->map + im->maplen - page, page, PROT_NONE));
	return im->map + im->maplen - page - im->len;
}

static inline void
image_free(struct image *im)
{
	if (im->map != NULL)
		ATF_REQUIRE_EQ(0, munmap(im->map, im->maplen));
	free(im->p);
	memset(im, 0, sizeof(*im));
}

/*
 * The image of a table after a text of deletions and one of additions (NULL
 * for none); from is the table before, or NULL.
 */
static inline void
image_make(struct image *im, enum table_kind kind, const struct table *from,
    const char *del, const char *add, struct table_result *res)
{
	struct table_build *b;

	memset(im, 0, sizeof(*im));
	ATF_REQUIRE((b = table_build_new(kind, image_complain, im)) != NULL);
	if (from != NULL)
		table_build_from(b, from);
	if (del != NULL) {
		ATF_REQUIRE_EQ(0,
		    table_build_text(b, TABLE_DELETE, del, strlen(del)));
		ATF_REQUIRE_EQ(0, table_build_text(b, TABLE_DELETE, "", 0));
	}
	if (add != NULL) {
		ATF_REQUIRE_EQ(0,
		    table_build_text(b, TABLE_ADD, add, strlen(add)));
		ATF_REQUIRE_EQ(0, table_build_text(b, TABLE_ADD, "", 0));
	}
	ATF_REQUIRE_EQ(0, table_build_write(b, image_take, im, res));
	ATF_REQUIRE_STREQ("", im->faults);
	ATF_REQUIRE_EQ(im->len, res->size);
	table_build_free(b);
}

/* All entries of a table, each with a newline; to be freed. */
static inline char *
table_text(const struct table *t)
{
	char     entry[TABLE_ENTRY_SIZE], *text = NULL;
	size_t   len = 0;
	uint64_t at = 0;
	FILE    *f;

	ATF_REQUIRE((f = open_memstream(&text, &len)) != NULL);
	while (table_next(t, &at, entry))
		fprintf(f, "%s\n", entry);
	ATF_REQUIRE_EQ(0, fclose(f));
	return text;
}

#endif /* TABLE_SET_H */
