/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of settings: see setting.h.
 */

#include <sys/types.h>

#include <string.h>

#include "conf/setting.h"

#define SETTING_ROW(name, member, group, word, kind, least, most, off, start,  \
    flags)                                                                     \
	{ group, word, kind, least, most, off, start, flags,                   \
		offsetof(struct conf_settings, member) },

const struct setting settings[SETTING_ID_MAX] = { SETTINGS(SETTING_ROW) };

const struct setting *
setting_find(const char *group, const char *word)
{
	size_t i;

	for (i = 0; i < SETTING_ID_MAX; i++)
		if (settings[i].kind != SETTING_PART &&
		    strcmp(settings[i].group, group) == 0 &&
		    strcmp(settings[i].word, word) == 0)
			return &settings[i];
	return NULL;
}

uint32_t *
setting_place(struct conf_settings *s, const struct setting *row)
{
	return (uint32_t *)(void *)((char *)s + row->offset);
}

uint32_t
setting_get(const struct conf_settings *s, const struct setting *row)
{
	return *(const uint32_t *)(const void *)((const char *)s + row->offset);
}

void
settings_init(struct conf_settings *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < SETTING_ID_MAX; i++)
		*setting_place(s, &settings[i]) = settings[i].start;
	s->connect_most_ms = s->connect_ms;
}
