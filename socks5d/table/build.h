/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Makes the image of a table of addresses, domains or users: from the text of
 * a file, from single entries, from an older image with changes.
 *
 * For the loader, and for "socks5d -n" in the parent.  Pure but for memory:
 * bytes come from the caller and go to a function of the caller.
 */

#ifndef TABLE_BUILD_H
#define TABLE_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "table/table.h"

struct table_build;

/*
 * Takes one fault: "word: why" and the line of the text it is in, counted from
 * 1, or 0 for what is in no line.  It is printable, and no longer than
 * TABLE_FAULT_SIZE with its NUL.
 */
typedef void (*table_complain)(void *arg, uint32_t line, const char *text);

#define TABLE_FAULT_SIZE 256
#define TABLE_FAULTS_MAX 20 /* more than these are not reported */

/* Takes the next bytes of an image; 0, or -1 with errno. */
typedef int (*table_put)(void *arg, const void *, size_t);

enum table_op {
	TABLE_ADD,
	TABLE_DELETE,
};

/* What a build made of it. */
struct table_result {
	uint32_t entries; /* of the image */
	uint32_t added;   /* given and not in the old one */
	uint32_t deleted; /* given and in the old one */
	uint64_t size;    /* bytes of the image */
};

/* NULL without memory.  Complaints may come from any function below. */
struct table_build *table_build_new(enum table_kind, table_complain, void *arg);
void                table_build_free(struct table_build *);

/*
 * What is given from now on changes this table, which is of the same kind:
 * deletions are taken from it first, then additions are made.  Addresses that
 * are deleted are not in it afterwards, even out of the middle of a prefix.
 * Of a domain that is deleted, the entry of that very name loses itself, its
 * subdomains or both, as written; entries of names above it stay.  Without
 * this call the table is made of the additions alone.
 */
void table_build_from(struct table_build *, const struct table *);

/*
 * From now on what is no such entry is left out of each text, unless more lines
 * have one than are right: a few faults of whoever publishes a list must not
 * take all of it.
 */
void table_build_skip(struct table_build *);

/*
 * At the end of a text: how many of its entries were left out, and the first of
 * them as in a complaint, with its line.  None if they are too many, which has
 * been complained of.
 */
uint32_t table_build_skipped(const struct table_build *, const char **,
    uint32_t *line);

/* True if there were entries that could be skipped, and were not. */
int table_build_invalid(const struct table_build *);

/* One entry.  0, or -1 after a complaint of that line. */
int table_build_entry(struct table_build *, enum table_op, const char *, size_t,
    uint32_t line);

/*
 * Bytes of a text, cut anywhere: entries between blanks and line ends, "#" or
 * ";" before a word begins a comment.  With length 0 the text ends and the
 * next may begin.  0, or -1 once too much was wrong to go on.
 */
int table_build_text(struct table_build *, enum table_op, const void *, size_t);

/*
 * Writes the image, if nothing was complained of.  0, or -1 after a complaint;
 * then there may be a part of an image.  The build is of no more use than to
 * be freed.
 */
int table_build_write(struct table_build *, table_put, void *arg,
    struct table_result *);

#endif /* TABLE_BUILD_H */
