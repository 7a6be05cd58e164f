/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the table of roles says of one role: see proc.h.
 *
 * Pure.
 */

#include <string.h>

#include "base/proc.h"

#define NAME(id, name, ...)                      [PROC_##id] = #name,
#define MOST(id, name, most, ...)                [PROC_##id] = (most),
#define TRAITS(id, name, most, oom, traits, ...) [PROC_##id] = (traits),

static const char *const  names[] = { PROC_TABLE(NAME) };
static const unsigned int instances[] = { PROC_TABLE(MOST) };
static const unsigned int traits[] = { PROC_TABLE(TRAITS) };

#define FITS(id, name, most, ...) &&(most) <= RELAYS_MAX
_Static_assert(1 PROC_TABLE(FITS),
    "tables by role and instance have RELAYS_MAX columns");

const char *
proc_name(enum proc_id id)
{
	if ((unsigned int)id >= PROC_MAX)
		return "?";
	return names[id];
}

enum proc_id
proc_byname(const char *name)
{
	unsigned int i;

	for (i = 0; i < PROC_MAX; i++) {
		if (strcmp(name, names[i]) == 0)
			break;
	}
	return i;
}

unsigned int
proc_instances(enum proc_id id)
{
	return (unsigned int)id < PROC_MAX ? instances[id] : 0;
}

int
proc_is_child(unsigned int id)
{
	return id < PROC_MAX && (PROC_CHILDREN & PROC_BIT(id)) != 0;
}

int
proc_has_network(enum proc_id id)
{
	return id < PROC_MAX && (traits[id] & PROC_NETWORK) != 0;
}
