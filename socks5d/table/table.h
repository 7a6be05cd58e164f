/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables: images of a set of addresses, domains or users, or of which country
 * has which addresses, and what may be asked of them.
 *
 * Pure.  The router maps images that it only reads; the loader makes them
 * (table/build.h, table/geo.h).  An image may come from a loader that was taken
 * over, so it is believed in nothing: a wrong one gives wrong answers, but
 * never a read outside of it nor a search without an end.
 */

#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct addr;

enum table_kind {
	TABLE_NONE,
	TABLE_ADDR,
	TABLE_DOMAIN,
	TABLE_USER,
	TABLE_COUNTRY,
	TABLE_KIND_MAX,
};

#define TABLE_ENTRIES_MAX (16 * 1024 * 1024)
#define TABLE_FILE_MAX    (256 * 1024 * 1024) /* bytes of a source */

/* Room for any entry as text, NUL included: ".name", "name", "prefix". */
#define TABLE_ENTRY_SIZE 256

/* Of a table of countries: "US" as ('U' << 8 | 'S'). */
#define TABLE_COUNTRY_UNKNOWN 0
#define TABLE_COUNTRY(a, b)   ((uint16_t)((a) << 8 | (b)))

#define TABLE_SECTIONS 4
#define TABLE_KEY_LEN  16

/* An image after its check.  The bytes stay the caller's. */
struct table {
	enum table_kind kind;
	uint32_t        entries; /* for people: nothing relies on it */
	uint32_t        n[TABLE_SECTIONS];
	const uint8_t  *at[TABLE_SECTIONS];
	uint8_t         key[TABLE_KEY_LEN];
};

/*
 * Looks whether these bytes can be an image of that kind, in no more time for
 * a large one, and makes the table.  They may stand at any address, must not
 * change and must outlive the table.  0, or -1 with an empty table of that
 * kind.
 */
int table_init(struct table *, enum table_kind, const void *image, size_t);

/* A table of that kind without an image and without entries. */
void table_init_empty(struct table *, enum table_kind);

/* The address is in a table of addresses.  Mapped ones never are. */
int table_has_addr(const struct table *, const struct addr *);

/*
 * The name, canonical as hostname_canon() leaves it, is in a table of domains,
 * or a domain is whose subdomains all are.
 */
int table_has_name(const struct table *, const char *name);

/* The user, who may have any bytes in the name, is in a table of users. */
int table_has_user(const struct table *, const void *name, size_t);

/*
 * The country of an address by a table of countries: two capital letters, the
 * first in the upper byte, or TABLE_COUNTRY_UNKNOWN.
 */
uint16_t table_country(const struct table *, const struct addr *);

/*
 * Gives entries one by one as text that is read as the same entry, in an order
 * of their own: addresses come as the fewest prefixes that cover them.  *at
 * starts as 0 and says where to go on; any other value is no danger.  1, or 0
 * at the end.  Countries come as "address CC", from there up to the next.
 */
int table_next(const struct table *, uint64_t *at, char dst[TABLE_ENTRY_SIZE]);

#endif /* TABLE_TABLE_H */
