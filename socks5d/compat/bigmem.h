/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Large pieces of memory that go back to the system.
 *
 * Used by the loader, which needs much for a moment and then rests.  Some
 * malloc(3) keep what was freed for the next time; BSD's do not.
 */

#ifndef COMPAT_BIGMEM_H
#define COMPAT_BIGMEM_H

/* From now on, what is freed and was large is no more this process's. */
void bigmem_return(void);

#endif /* COMPAT_BIGMEM_H */
