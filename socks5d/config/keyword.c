/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The words that are keywords of socks5d.conf: their table and its search.
 */

#include <stdlib.h>
#include <string.h>

#include "compat/nitems.h"
#include "config/keyword.h"

static int keyword_cmp(const void *, const void *);

#define KEYWORD_ROW(token, word, starts)    { word, LEX_##token, starts },
#define KEYWORD_SETTING(token, word, class) { word, LEX_##token, 0 },
const struct keyword keywords[] = { KEYWORDS(KEYWORD_ROW, KEYWORD_SETTING) };

const size_t nkeywords = nitems(keywords);

/* Words of later versions, and what they would do. */
static const struct {
	const char *name;
	const char *what;
} later[] = {
	{ "metrics", "the metrics page" },
};

const struct keyword *
keyword_find(const char *text)
{
	return bsearch(text, keywords, nkeywords, sizeof(keywords[0]),
	    keyword_cmp);
}

static int
keyword_cmp(const void *key, const void *entry)
{
	const struct keyword *k = entry;

	return strcmp(key, k->name);
}

const char *
keyword_later(const char *text)
{
	size_t i;

	for (i = 0; i < nitems(later); i++) {
		if (strcmp(text, later[i].name) == 0)
			return later[i].what;
	}
	return NULL;
}
