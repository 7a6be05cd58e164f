/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names in an image, and a growing set of them on the way into one.
 *
 * Private to socks5d/table.  Pure but for memory.
 */

#ifndef TABLE_NAMES_H
#define TABLE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "table/build.h"
#include "table/table.h"

/* The record of that very name, or NULL. */
const uint8_t *names_find(const struct table *, const void *name, size_t);

/* The record at that place of the section of records, or NULL. */
const uint8_t *names_record(const struct table *, uint64_t place);

/* Records behind each other, as they are in an image. */
struct records {
	uint8_t *p;
	size_t   len;
	size_t   size;
	uint32_t n;
};

/* 0, or -1 without memory. */
int  records_add(struct records *, uint8_t what, const void *name, size_t);
void records_clear(struct records *);

/*
 * Writes the image of what is in the old table, without what is deleted, with
 * what is added.  0, or -1 with errno.
 */
int names_write(enum table_kind, const struct table *old,
    const struct records *del, const struct records *add, table_put, void *arg,
    struct table_result *);

#endif /* TABLE_NAMES_H */
