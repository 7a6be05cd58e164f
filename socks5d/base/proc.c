/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names of the roles.
 *
 * Pure.  Linked by everything, socks5ctl included.
 */

#include <string.h>

#include "base/proc.h"

static const char *const proc_names[] = {
	[PROC_PARENT] =		"parent",
	[PROC_ROUTER] =		"router",
	[PROC_RELAY] =		"relay",
	[PROC_AUTH] =		"auth",
	[PROC_RESOLVER] =	"resolver",
	[PROC_CONTROL] =	"control",
	[PROC_LOADER] =		"loader",
	[PROC_UPSTREAM] =	"upstream",
	[PROC_HASH] =		"hash",
	[PROC_CTL] =		"socks5ctl"
};

_Static_assert(sizeof(proc_names) / sizeof(proc_names[0]) == PROC_MAX,
    "every role needs its name");
_Static_assert(HASHERS_MAX <= RELAYS_MAX,
    "tables by role and instance have RELAYS_MAX columns");

const char *
proc_name(enum proc_id id)
{
	if ((unsigned int)id >= PROC_MAX)
		return "?";
	return proc_names[id];
}

enum proc_id
proc_byname(const char *name)
{
	unsigned int	i;

	for (i = 0; i < PROC_MAX; i++) {
		if (strcmp(name, proc_names[i]) == 0)
			break;
	}
	return i;
}

unsigned int
proc_instances(enum proc_id id)
{
	switch (id) {
	case PROC_RELAY:
		return RELAYS_MAX;
	case PROC_HASH:
		return HASHERS_MAX;
	default:
		return 1;
	}
}
