/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether children that start, or build a new config, get on with it.
 */

#ifndef PARENT_PROGRESS_H
#define PARENT_PROGRESS_H

#include <stdint.h>

struct parent;

/*
 * True if some child that is starting, or builds a new config, got on with it
 * within this time, and nobody has waited since then for much too long.  Hears
 * first what they have said meanwhile, which may be the end of the matter.
 */
int progress_is_made(struct parent *, uint64_t since_ms, uint32_t within_ms);

/* A child is ready. */
void progress_made(struct parent *);

#endif /* PARENT_PROGRESS_H */
