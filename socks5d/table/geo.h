/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Makes the image of a table of countries out of a database in the format of
 * MaxMind (MMDB), such as GeoLite2-Country.
 *
 * Only here is libmaxminddb called: it reads a file that somebody else made,
 * and knows to open it by a path alone, so it is handed the bytes.
 */

#ifndef TABLE_GEO_H
#define TABLE_GEO_H

#include <stddef.h>
#include <stdint.h>

#include "table/build.h"

/*
 * Reads the database and writes its image.  Which country: the one an address
 * is in ("country"), else the one it is registered in.  0, or -1 with why, a
 * text for people of at most TABLE_FAULT_SIZE; then there may be a part of an
 * image.  With 0 why is a warning, or "".
 */
int geo_build(const void *mmdb, size_t, table_put, void *arg,
    struct table_result *, char why[TABLE_FAULT_SIZE]);

#endif /* TABLE_GEO_H */
