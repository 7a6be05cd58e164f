/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of effects: see effect.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "conf/effect.h"

#define EFFECT_ROW(name, member, group, word, kind, least, most)               \
	{ group, word, EFFECT_##kind, least, most,                             \
		offsetof(struct conf_route, member) },
#define EFFECT_ROW_LIMIT(name, word) { "", word, EFFECT_LIMIT, 0, 0, 0 },

const struct effect effects[EFFECT_ID_MAX] = { ROUTE_EFFECTS(EFFECT_ROW)
	    LIMIT_EFFECTS(EFFECT_ROW_LIMIT) };

enum effect_id
effect_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < EFFECT_ID_MAX; i++)
		if (strcmp(effects[i].word, word) == 0)
			return i;
	abort();
}

const char *
effect_name(const struct effect *row)
{
	return row->group[0] != '\0' ? row->group : row->word;
}

void *
effect_place(struct conf_route *route, const struct effect *row)
{
	return (char *)route + row->offset;
}

const void *
effect_get(const struct conf_route *route, const struct effect *row)
{
	return (const char *)route + row->offset;
}

int
effect_given(const struct conf_route *route, const struct effect *row)
{
	const void *v = effect_get(route, row);

	switch (row->kind) {
	case EFFECT_ADDRESS:
		return ((const struct addr *)v)->af != AF_UNSPEC;
	case EFFECT_PORT:
		return *(const uint16_t *)v != 0;
	case EFFECT_NAME:
	case EFFECT_INTERFACE:
		return *(const char *)v != '\0';
	case EFFECT_REMOTE:
	case EFFECT_ANY:
		return *(const int *)v;
	case EFFECT_NUMBER:
		return ((const struct conf_number *)v)->given;
	case EFFECT_DURATION:
		return *(const uint32_t *)v != 0;
	case EFFECT_LIMIT:
		break;
	}
	return 0;
}
