/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The one clock: milliseconds that never go backward.
 *
 * Deadlines and ages use clock_ms(); only log stamps use the time of day.
 */

#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <sys/time.h>

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t clock_ms(void);

/* So many milliseconds as timers want them. */
struct timeval clock_timeval(uint64_t ms);

#endif /* BASE_CLOCK_H */
