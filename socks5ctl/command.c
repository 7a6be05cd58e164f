/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The commands that are typed: see command.h.
 */

#include <sys/types.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/distance.h"
#include "command.h"
#include "say.h"

/*
 * How many arguments there are, what they are called, and what is asked for
 * if there are too few.  The name of a table is one of them, but stands among
 * the words.
 */
static const struct {
	int         min;
	int         max;
	const char *text;
	const char *missing;
} arguments[] = {
	[ARG_NONE] = { 0, 0, "", "" },
	[ARG_ID] = { 1, 1, "ID", "ID" },
	[ARG_USER_OPTIONS] = { 1, 1000,
	    "NAME [empty-password] "
	    "[OPTION ...]",
	    "NAME" },
	[ARG_USER_SET] = { 2, 1000, "NAME OPTION ...", "NAME and OPTION" },
	[ARG_USER_PASSWORD] = { 1, 3, "NAME [empty-password] [kill]", "NAME" },
	[ARG_USER_KILL] = { 1, 2, "NAME [kill]", "NAME" },
	[ARG_BAN] = { 1, 2, "ADDRESS | user NAME | all",
	    "ADDRESS, user NAME or all" },
	[ARG_METHOD] = { 0, 1, "[yescrypt | bcrypt | sha512]", "" },
	[ARG_MEMBER] = { 0, 4, "NAME member NUMBER up | down", "" },
	[ARG_ENTRIES] = { 1, INT_MAX, "ENTRY ... | -f FILE", "" },
	[ARG_REPLACE] = { 1, INT_MAX, "[ENTRY ... | -f FILE]", "" },
	[ARG_ITEMS] = { 2, INT_MAX, "WORD ...", "WORD" },
	[ARG_TABLE] = { 1, 1, "", "" },
	[ARG_NAME] = { 1, 1, "NAME", "NAME" },
	[ARG_TRIAL] = { 0, 9,
	    "[from ADDRESS] [user NAME] "
	    "[on LISTENER] COMMAND HOST PORT",
	    "" },
	[ARG_COMMAND] = { 0, WORDS_MAX, "[COMMAND]", "" },
};

/* The widest words of a command, with the name of a table between them. */
#define WORDS_SIZE 40
#define WORDS_COLS 20

static int is_table(const char *);
static int table_words(int, char **);
static int complete(const struct command *, const char *, const char *);
static const struct command *match(const char *, const char *);
static const char           *whole_word(const char *, const char *);
static int                   is_prefix(const char *, const char *);
static int                   same(const char *, const char *);
static int                   takes_word(const char *);
static int                   is_verb(const char *, int);
static _Noreturn void        unknown(const char *, const char *);
static const char           *nearest(const char *, const char *);
static void                  add_words(char *, size_t, const char *);
static _Noreturn void        ambiguous(const char *, const char *);
static void check_spelling(const struct command *, const char *, const char *);
static const char *show_like(const char *);
static void        check_arguments(const struct command *, int, char **);
static const char *words_of(const struct command *, char[WORDS_SIZE]);
static int         help_wants(const struct command *, int, char **);

const struct command *
command_find(int argc, char **argv, int *nargs)
{
	const struct command *c;
	const char           *words[WORDS_MAX] = { NULL, NULL };
	int                   ntyped = 1;

	if (argc == 0 || *argv[0] == '\0')
		command_usage();
	words[0] = whole_word(NULL, argv[0]);
	if (is_table(words[0]))
		argc = table_words(argc, argv);
	if (argc > 1 && takes_word(words[0])) {
		words[1] = whole_word(words[0], argv[1]);
		ntyped = 2;
	}
	if ((c = match(words[0], words[1])) == NULL)
		unknown(words[0], NULL);
	check_spelling(c, argv[0], ntyped == 2 ? argv[1] : NULL);
	*nargs = argc - ntyped;
	check_arguments(c, *nargs, argv + ntyped);
	return c;
}

/* Its name stands before the second word of the command. */
static int
is_table(const char *first)
{
	return strcmp(first, "table") == 0;
}

/*
 * "table NAME WORD" becomes "table WORD NAME", which may be typed, too.  A
 * table may have the name of a command.
 */
static int
table_words(int argc, char **argv)
{
	char *name = argc > 1 ? argv[1] : NULL;
	char  all[96] = "";

	if (argc < 2)
		give_up_usage("table", "table: missing argument: NAME");
	if (argc == 2) {
		add_words(all, sizeof(all), "table");
		give_up_usage("table", "table %s: missing argument: %s", name,
		    all);
	}
	if (!is_verb(argv[2], 0) && is_verb(name, 1))
		return argc;
	argv[1] = argv[2];
	argv[2] = name;
	return argc;
}

/*
 * One of the words behind the name, maybe shortened if it need not be in full:
 * a short name of a table is not the beginning of a word.
 */
static int
is_verb(const char *typed, int full)
{
	size_t i;

	for (i = 0; i < ncommands; i++) {
		if (is_table(commands[i].words[0]) &&
		    (full ? strcmp(typed, commands[i].words[1]) == 0 :
			    is_prefix(typed, commands[i].words[1])))
			return 1;
	}
	return 0;
}

static const struct command *
match(const char *first, const char *second)
{
	size_t i;

	for (i = 0; i < ncommands; i++) {
		if (complete(&commands[i], first, second))
			return &commands[i];
	}
	return NULL;
}

static int
complete(const struct command *c, const char *first, const char *second)
{
	return same(c->words[0], first) && same(c->words[1], second);
}

/*
 * The word that was typed, maybe shortened, as the first of a command or
 * behind another.  Each word is judged alone: "s" may be show or stop, even
 * though only one of them stands without a second word.
 */
static const char *
whole_word(const char *before, const char *typed)
{
	const struct command *c;
	const char           *word, *found = NULL;
	size_t                i;

	for (i = 0; i < ncommands; i++) {
		c = &commands[i];
		word = before == NULL ? c->words[0] : c->words[1];
		if (word == NULL || !is_prefix(typed, word) ||
		    (before != NULL && strcmp(c->words[0], before) != 0))
			continue;
		if (strcmp(word, typed) == 0)
			return word;
		if (found != NULL && strcmp(found, word) != 0)
			ambiguous(before, typed);
		found = word;
	}
	if (found == NULL)
		unknown(before, typed);
	return found;
}

static int
is_prefix(const char *typed, const char *word)
{
	return *typed != '\0' && strncmp(word, typed, strlen(typed)) == 0;
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
takes_word(const char *first)
{
	size_t i;

	for (i = 0; i < ncommands; i++) {
		if (strcmp(commands[i].words[0], first) == 0 &&
		    commands[i].words[1] != NULL)
			return 1;
	}
	return 0;
}

/* No command begins so; without typed, one that lacks its second word. */
static _Noreturn void
unknown(const char *before, const char *typed)
{
	const char *like;
	char        all[160] = "";

	if (typed == NULL) {
		add_words(all, sizeof(all), before);
		give_up_usage(before, "%s: missing argument: %s", before, all);
	}
	if ((like = nearest(before, typed)) != NULL)
		give_up(EXIT_USAGE,
		    "unknown command: %s%s%s: did you mean "
		    "\"%s%s%s\"?",
		    before == NULL ? "" : before, before == NULL ? "" : " ",
		    typed, before == NULL ? "" : before,
		    before == NULL ? "" : " ", like);
	if (before == NULL &&
	    ((like = show_like(typed)) != NULL ||
		(like = nearest("show", typed)) != NULL))
		give_up(EXIT_USAGE,
		    "unknown command: %s: did you mean "
		    "\"show %s\"?",
		    typed, like);
	give_up_usage(before, "unknown command: %s%s%s",
	    before == NULL ? "" : before, before == NULL ? "" : " ", typed);
}

/* What was meant if a finger slipped, or NULL. */
static const char *
nearest(const char *before, const char *typed)
{
	const struct command *c;
	const char           *word, *best = NULL;
	unsigned int          d, min;
	size_t                i, len = strlen(typed);

	if (len < 2 || len > DISTANCE_LEN_MAX)
		return NULL;
	min = distance_limit(len);
	for (i = 0; i < ncommands; i++) {
		c = &commands[i];
		word = before == NULL ? c->words[0] : c->words[1];
		if (word == NULL ||
		    (before != NULL && strcmp(c->words[0], before) != 0))
			continue;
		if ((d = distance(typed, word)) < min) {
			min = d;
			best = word;
		}
	}
	return best;
}

/* "a, b or c" of the words that may follow. */
static void
add_words(char *dst, size_t size, const char *first)
{
	const char *word, *last = NULL;
	size_t      i;

	for (i = 0; i < ncommands; i++) {
		if (strcmp(commands[i].words[0], first) != 0 ||
		    (word = commands[i].words[1]) == NULL)
			continue;
		if (last != NULL && *dst != '\0')
			(void)strlcat(dst, ", ", size);
		if (last != NULL)
			(void)strlcat(dst, last, size);
		last = word;
	}
	if (*dst != '\0')
		(void)strlcat(dst, " or ", size);
	(void)strlcat(dst, last, size);
}

static _Noreturn void
ambiguous(const char *before, const char *typed)
{
	const char *word, *last = "";
	char        all[160] = "";
	size_t      i;

	for (i = 0; i < ncommands; i++) {
		if (before != NULL && strcmp(commands[i].words[0], before) != 0)
			continue;
		word = commands[i].words[before == NULL ? 0 : 1];
		if (word == NULL || !is_prefix(typed, word) ||
		    strcmp(word, last) == 0)
			continue;
		if (*last != '\0')
			(void)strlcat(all, ", ", sizeof(all));
		(void)strlcat(all, word, sizeof(all));
		last = word;
	}
	give_up_usage(before, "ambiguous command: %s%s%s: %s",
	    before == NULL ? "" : before, before == NULL ? "" : " ", typed,
	    all);
}

/* Without the word for it, nothing is ended, taken away or replaced. */
static void
check_spelling(const struct command *c, const char *first, const char *second)
{
	const char *like, *typed;
	char        words[WORDS_SIZE];

	if (c->spelling == SPELL_SHORT ||
	    (same(c->words[0], first) && same(c->words[1], second)))
		return;
	typed = same(c->words[0], first) ? second : first;
	like = second == NULL ? show_like(first) : NULL;
	if (like != NULL)
		give_up(EXIT_USAGE,
		    "%s: say \"%s\" in full, or did you mean "
		    "\"show %s\"?",
		    typed, words_of(c, words), like);
	give_up(EXIT_USAGE, "%s: say \"%s\" in full", typed,
	    words_of(c, words));
}

/* What "show" would show with this word, of which much is forgotten. */
static const char *
show_like(const char *typed)
{
	const struct command *c;
	size_t                i;

	for (i = 0; i < ncommands; i++) {
		c = &commands[i];
		if (strcmp(c->words[0], "show") == 0 &&
		    is_prefix(typed, c->words[1]))
			return c->words[1];
	}
	return NULL;
}

static void
check_arguments(const struct command *c, int n, char **args)
{
	char words[WORDS_SIZE];

	if (n < arguments[c->argument].min)
		give_up_usage(c->words[0], "%s: missing argument: %s",
		    words_of(c, words), arguments[c->argument].missing);
	if (n > arguments[c->argument].max)
		give_up_usage(c->words[0], "%s: unexpected argument",
		    args[arguments[c->argument].max]);
}

_Noreturn void
command_usage(void)
{
	(void)fprintf(stderr,
	    "usage: socks5ctl [-hjVv] [-f file] [-s socket] "
	    "command [argument ...]\n"
	    "       \"socks5ctl help\" lists the commands\n");
	exit(EXIT_USAGE);
}

void
command_help(int argc, char **argv)
{
	const struct command *c;
	char                  words[WORDS_SIZE];
	size_t                i;
	int                   found = 0;

	if (argc == 0)
		(void)printf("usage: socks5ctl [-hjVv] [-f file] [-s socket] "
			     "command [argument ...]\n\n");
	for (i = 0; i < ncommands; i++) {
		c = &commands[i];
		if (!help_wants(c, argc, argv))
			continue;
		found = 1;
		(void)words_of(c, words);
		if (argc == 0)
			(void)printf("  %-*s  %s\n", WORDS_COLS, words,
			    c->help);
		else
			(void)printf("socks5ctl %s%s%s\n\t%s\n", words,
			    arguments[c->argument].text[0] == '\0' ? "" : " ",
			    arguments[c->argument].text, c->help);
	}
	if (argc == 0)
		(void)printf("\n\"socks5ctl help COMMAND\" tells its "
			     "arguments; see also socks5ctl(8).\n");
	else if (!found)
		unknown(argc > 1 ? whole_word(NULL, argv[0]) : NULL,
		    argv[argc - 1]);
}

/* All commands that begin so; the name of a table may be among the words. */
static int
help_wants(const struct command *c, int argc, char **argv)
{
	if (argc == 0)
		return 1;
	if (!is_prefix(argv[0], c->words[0]))
		return 0;
	return argc == 1 ||
	    (c->words[1] != NULL && is_prefix(argv[1], c->words[1]));
}

static const char *
words_of(const struct command *c, char dst[WORDS_SIZE])
{
	(void)snprintf(dst, WORDS_SIZE, "%s%s%s%s", c->words[0],
	    is_table(c->words[0]) ? " NAME" : "",
	    c->words[1] == NULL ? "" : " ",
	    c->words[1] == NULL ? "" : c->words[1]);
	return dst;
}
