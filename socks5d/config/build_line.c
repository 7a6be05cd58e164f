/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The line that is being read: its lists of words, its parts, each of which may
 * be given once.
 */

#include <sys/types.h>

#include <string.h>

#include "config/arena.h"
#include "config/build.h"
#include "config/lex.h"

struct words *
build_words(struct build *b, const struct lex_word *word)
{
	struct words *list;
	struct word  *w;

	list = arena_take(lex_arena(b->lex), sizeof(*list));
	w = arena_take(lex_arena(b->lex), sizeof(*w));
	if (list == NULL || w == NULL) {
		lex_error(b->lex, word, "out of memory");
		return NULL;
	}
	STAILQ_INIT(list);
	w->word = word;
	STAILQ_INSERT_TAIL(list, w, entry);
	return list;
}

struct words *
build_words_join(struct words *a, struct words *b)
{
	if (a == NULL || b == NULL)
		return NULL;
	STAILQ_CONCAT(a, b);
	return a;
}

struct words *
build_words_negate(struct build *b, struct words *list,
    const struct lex_word *bang)
{
	struct word *w;

	if (list == NULL)
		return NULL;
	STAILQ_FOREACH(w, list, entry) {
		if (w->negated) {
			lex_error(b->lex, bang, "! %s: negated twice",
			    lex_shown(b->lex, w->word));
			break;
		}
		w->negated = 1;
	}
	return list;
}

const struct lex_word *
build_name_of(struct build *b, const struct lex_word *keyword)
{
	struct lex_word *w;

	if ((w = arena_take(lex_arena(b->lex), sizeof(*w))) == NULL) {
		lex_error(b->lex, keyword, "out of memory");
		return keyword;
	}
	*w = *keyword;
	w->token = LEX_WORD;
	return w;
}

int
build_once(struct build *b, unsigned int what, const struct lex_word *at)
{
	const struct lex_word *first;

	if ((first = b->once[what]) == NULL) {
		b->once[what] = at;
		return 1;
	}
	lex_error(b->lex, at, "%s: given twice: first in %s:%u", at->text,
	    first->file, first->line);
	return 0;
}

void
build_begin(struct build *b, const struct lex_word *at)
{
	memset(&b->line, 0, sizeof(b->line));
	STAILQ_INIT(&b->line.proxies);
	b->line.at = at;
}

void
build_part(struct build *b, const struct lex_word **part,
    const struct lex_word *at, const struct lex_word *value)
{
	if (*part != NULL)
		lex_error(b->lex, at, "%s: given twice in one line", at->text);
	*part = value;
}

void
build_list(struct build *b, struct words **part, const struct lex_word *at,
    struct words *list)
{
	if (*part != NULL)
		lex_error(b->lex, at,
		    "%s: given twice in one line; several "
		    "values need one list, as in %s { a, b }",
		    at->text, at->text);
	*part = list;
}

void
build_memory(struct build *b, const struct lex_word *at)
{
	lex_error(b->lex, at, "out of memory");
}
