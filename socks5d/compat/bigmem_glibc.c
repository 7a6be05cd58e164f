/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Large pieces of memory that go back to the system: glibc, which would take
 * larger and larger ones from its heap.  See bigmem.h.
 */

#include <malloc.h>

#include "compat/bigmem.h"

#define LARGE (256 * 1024)

void
bigmem_return(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
}
