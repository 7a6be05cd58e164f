/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Options of a c-ares that has no cache: see cares.h.
 *
 * Used by the resolver.
 */

#include "compat/cares.h"

void
cares_options(struct ares_options *o, int *mask)
{
}
