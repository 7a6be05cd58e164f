/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Large pieces of memory that go back to the system: where malloc(3) does so
 * by itself.  See bigmem.h.
 */

#include "compat/bigmem.h"

void
bigmem_return(void)
{
}
