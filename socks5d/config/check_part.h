/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the checks of a whole config share: see check.h.
 */

#ifndef CONFIG_CHECK_PART_H
#define CONFIG_CHECK_PART_H

#include <stdint.h>

struct conf;

/* Who hears of faults, and how many there were. */
struct check {
	void (*complain)(void *, const char *, uint32_t, const char *);
	void        *arg;
	unsigned int faults;
};

/* Complains of what stands in that file and line. */
void check_fault(struct check *, const char *, uint32_t, const char *, ...)
    __attribute__((__format__(printf, 4, 5)));

/* Upstreams, and the rules that send requests there. */
void check_upstreams(const struct conf *, struct check *);

#endif /* CONFIG_CHECK_PART_H */
