/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Users and groups in a rule, from their words.
 *
 * The file of users is not read here.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/build_rule.h"
#include "config/build_value.h"
#include "config/lex.h"

_Static_assert(CONF_NAME_SIZE == LOGIN_GROUP_SIZE,
    "a group is as long as other names");

static struct conf_user *build_member(struct build *, struct conf_users *,
    const struct word *);
static int               build_member_user(struct build *, struct conf_user *,
		  const struct lex_word *);
static int               build_member_table(struct build *, struct conf_user *,
		  const struct lex_word *);

int
build_user_list(struct build *b, struct conf_users *users,
    const struct words *list)
{
	const struct word *w;
	struct conf_user  *u;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((u = build_member(b, users, w)) == NULL)
			return -1;
		if (build_member_user(b, u, w->word) == -1)
			ret = -1;
		else if (u->negated && u->kind == CONF_USER_ANY) {
			lex_error(b->lex, w->word,
			    "! any: never "
			    "matches");
			ret = -1;
		}
	}
	return ret;
}

int
build_group_list(struct build *b, struct conf_users *groups,
    const struct words *list)
{
	const struct word *w;
	struct conf_user  *u;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((u = build_member(b, groups, w)) == NULL)
			return -1;
		u->kind = CONF_USER_GROUP;
		if (w->word->token != LEX_WORD) {
			lex_error(b->lex, w->word,
			    "group %s: not the name of "
			    "a group",
			    w->word->text);
			ret = -1;
		} else if (build_name(b, "group", w->word) == -1)
			ret = -1;
		else
			(void)strlcpy(u->name, w->word->text, sizeof(u->name));
	}
	return ret;
}

/* One more in the list, still without its name. */
static struct conf_user *
build_member(struct build *b, struct conf_users *list, const struct word *w)
{
	struct conf_user *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		build_memory(b, w->word);
		return NULL;
	}
	TAILQ_INSERT_TAIL(list, u, entry);
	u->negated = w->negated;
	return u;
}

static int
build_member_user(struct build *b, struct conf_user *u,
    const struct lex_word *word)
{
	switch (word->token) {
	case LEX_ANY:
		u->kind = CONF_USER_ANY;
		return 0;
	case LEX_TABLE:
		return build_member_table(b, u, word);
	default:
		u->kind = CONF_USER_NAME;
		if (build_user_name(b, "user", word) == -1)
			return -1;
		(void)strlcpy(u->name, word->text, sizeof(u->name));
		return 0;
	}
}

/* Whether there is such a table is known at the end of the file. */
static int
build_member_table(struct build *b, struct conf_user *u,
    const struct lex_word *word)
{
	u->kind = CONF_USER_TABLE;
	if (strcmp(word->text, "<internal>") != 0)
		return build_table_name(b, u->name, word);
	lex_error(b->lex, word, "user <internal>: a table of addresses");
	return -1;
}
