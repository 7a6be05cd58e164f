/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names and meanings of the counters, from the table in counters.h.
 *
 * Pure.
 */

#include "base/counters.h"

#define COUNTER_NAME(id, name, help) [COUNTER_##id] = name,
#define COUNTER_HELP(id, name, help) [COUNTER_##id] = help,

static const char *const counter_names[] = { COUNTER_TABLE(COUNTER_NAME) };
static const char *const counter_helps[] = { COUNTER_TABLE(COUNTER_HELP) };

const char *
counter_name(enum counter c)
{
	if ((unsigned int)c >= COUNTER_MAX)
		return "?";
	return counter_names[c];
}

const char *
counter_help(enum counter c)
{
	if ((unsigned int)c >= COUNTER_MAX)
		return "?";
	return counter_helps[c];
}
