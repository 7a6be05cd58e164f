/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How many children of each role a configuration asks for.
 */

#ifndef PARENT_WANTED_H
#define PARENT_WANTED_H

#include "base/proc.h"

struct conf;

/* All but the parent and socks5ctl. */
#define WANTED_ROLES (PROC_MAX - 2)

struct wanted {
	enum proc_id role;
	unsigned int (*count)(const struct conf *);
};

/* So many, in the order in which they are started and shown. */
extern const struct wanted *const wanted;

/* One relay per CPU, if the config does not say. */
unsigned int wanted_relays(const struct conf *);

/* Of all roles together. */
unsigned int wanted_total(const struct conf *);

#endif /* PARENT_WANTED_H */
