/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * From descriptors to an image: reads sources of all kinds, builds, writes.
 *
 * Used by the loader, and by the parent for "socks5d -n".  Descriptors are of
 * regular files; none is opened or closed here, and where they stand does not
 * matter.
 */

#ifndef TABLE_LOAD_H
#define TABLE_LOAD_H

#include "table/build.h"

struct load;

/* Takes one complaint: "name:line: word: why", "name: why" or "why". */
typedef void (*load_report)(void *arg, const char *line);

/*
 * An image of that kind into image_fd, from its beginning; -1 if it only is to
 * be known whether there would be one.  op is what becomes of the entries of
 * the sources.  NULL without memory.
 */
struct load *load_new(enum table_kind, enum table_op, int image_fd, load_report,
    void *arg);
void         load_free(struct load *);

/* Entries of texts that are invalid are left out from now on. */
void load_skip_invalid(struct load *);

/*
 * Reads all of a text, or a database if it is about countries.  name is for
 * complaints; with an empty one they have no line either.
 */
void load_source(struct load *, int fd, const char *name);

/* Reads the older image, which is changed. */
void load_old(struct load *, int fd);

/*
 * 0 once the image is written, perhaps with a complaint that is a warning, or
 * -1 after one that is not, perhaps long ago.
 */
int load_finish(struct load *, struct table_result *);

#endif /* TABLE_LOAD_H */
