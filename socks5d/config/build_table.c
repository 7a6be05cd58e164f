/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables from the words of their lines.
 *
 * A file that a table names is not read here.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/build_value.h"
#include "config/lex.h"

static int build_members(struct build *, struct conf_table *,
    const struct words *);
static int build_member(struct build *, struct conf_table *,
    const struct word *);
static int build_member_text(struct build *, struct conf_table *,
    const struct lex_word *, const char *);
static int build_member_address(struct build *, struct conf_table *,
    const struct lex_word *);
static int build_member_domain(struct build *, struct conf_table *,
    const struct lex_word *);
static int build_member_user(struct build *, struct conf_table *,
    const struct lex_word *);

void
build_table(struct build *b)
{
	const struct build_line *line = &b->line;
	const struct conf_table *first;
	struct conf_table       *t;
	int                      bad;

	if ((t = conf_table_new()) == NULL) {
		build_memory(b, line->at);
		return;
	}
	TAILQ_INSERT_TAIL(&b->conf->tables, t, entry);
	t->kind = line->kind->token == LEX_ADDRESS ? CONF_TABLE_ADDRESS :
	    line->kind->token == LEX_DOMAIN        ? CONF_TABLE_DOMAIN :
						     CONF_TABLE_USER;
	(void)strlcpy(t->file, line->at->file, sizeof(t->file));
	t->line = line->at->line;
	t->skip_invalid = line->skip_invalid;
	bad = build_members(b, t, line->members) == -1;
	if (line->path != NULL) {
		if (build_path(b, "file", line->path, sizeof(t->path)) == 0)
			(void)strlcpy(t->path, line->path->text,
			    sizeof(t->path));
		else
			bad = 1;
	}
	if (bad || build_table_name(b, t->name, line->name) == -1)
		return;
	if (strcmp(t->name, "internal") == 0)
		lex_error(b->lex, line->name, "table <internal>: built in");
	else if ((first = conf_table_find(b->conf, t->name)) != t)
		lex_error(b->lex, line->name,
		    "table <%s>: given twice: first "
		    "in %s:%u",
		    t->name, first->file, first->line);
	else if (b->ntables++ == CONF_TABLES_MAX)
		lex_error(b->lex, line->name,
		    "table <%s>: more than %d "
		    "tables",
		    t->name, CONF_TABLES_MAX);
}

static int
build_members(struct build *b, struct conf_table *t, const struct words *list)
{
	const struct word *w;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if (build_member(b, t, w) == -1)
			ret = -1;
	}
	return ret;
}

static int
build_member(struct build *b, struct conf_table *t, const struct word *w)
{
	static const char *const what[] = {
		[CONF_TABLE_ADDRESS] = "addresses and prefixes",
		[CONF_TABLE_DOMAIN] = "names of hosts",
		[CONF_TABLE_USER] = "names of users",
	};

	if (w->negated || w->word->token != LEX_WORD) {
		lex_error(b->lex, w->word, "%s%s: a table holds %s only",
		    w->negated ? "! " : "", lex_shown(b->lex, w->word),
		    what[t->kind]);
		return -1;
	}
	switch (t->kind) {
	case CONF_TABLE_ADDRESS:
		return build_member_address(b, t, w->word);
	case CONF_TABLE_DOMAIN:
		return build_member_domain(b, t, w->word);
	case CONF_TABLE_USER:
		return build_member_user(b, t, w->word);
	}
	return -1;
}

static int
build_member_text(struct build *b, struct conf_table *t,
    const struct lex_word *word, const char *text)
{
	struct conf_member *m;
	size_t              size;

	size = strlen(text) + 1;
	if ((m = malloc(sizeof(*m) + size)) == NULL) {
		build_memory(b, word);
		return -1;
	}
	memcpy(m->text, text, size);
	STAILQ_INSERT_TAIL(&t->members, m, entry);
	return 0;
}

static int
build_member_address(struct build *b, struct conf_table *t,
    const struct lex_word *word)
{
	struct prefix p;
	char          text[PREFIX_STRLEN];

	if (build_prefix(b, &p, word,
		" or prefix; names are for a "
		"domain table") == -1)
		return -1;
	return build_member_text(b, t, word,
	    prefix_print(&p, text, sizeof(text)));
}

static int
build_member_domain(struct build *b, struct conf_table *t,
    const struct lex_word *word)
{
	struct conf_domain d;
	char               text[HOSTNAME_MAX + 3];

	if (build_domain(b, &d, word) == -1)
		return -1;
	(void)strlcpy(text,
	    d.kind == CONF_DOMAIN_SUB      ? "*." :
		d.kind == CONF_DOMAIN_BOTH ? "." :
					     "",
	    sizeof(text));
	(void)strlcat(text, d.name, sizeof(text));
	return build_member_text(b, t, word, text);
}

static int
build_member_user(struct build *b, struct conf_table *t,
    const struct lex_word *word)
{
	if (build_user_name(b, "user", word) == -1)
		return -1;
	/* Their meaning in the texts that tables are made of. */
	if (strchr(word->text, ' ') != NULL || word->text[0] == ';') {
		lex_error(b->lex, word,
		    "user %s: a table holds no names with "
		    "blanks or a ; at the beginning: the rule itself may name "
		    "this one",
		    lex_shown(b->lex, word));
		return -1;
	}
	return build_member_text(b, t, word, word->text);
}
