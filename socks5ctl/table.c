/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The commands about tables: see table.h.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/channel.h"
#include "client.h"
#include "say.h"
#include "table.h"

static FILE *open_text(const char *);
static FILE *words_text(int, char **);

const char *
table_name(char *name)
{
	size_t len = strlen(name);

	if (len > 2 && name[0] == '<' && name[len - 1] == '>') {
		name[len - 1] = '\0';
		name++;
	}
	if (*name == '\0' || strlen(name) >= MSG_TABLE_NAME_SIZE)
		give_up(EXIT_USAGE, "%s: invalid name of a table", name);
	return name;
}

FILE *
table_put_edit(struct wbuf *b, enum table_edit_op op, int nargs, char **args,
    const char *file)
{
	struct msg_table_edit e;
	FILE                 *text;

	memset(&e, 0, sizeof(e));
	e.op = op;
	(void)strlcpy(e.name, table_name(args[0]), sizeof(e.name));
	if (file != NULL && nargs > 1)
		give_up(EXIT_USAGE, "%s: unexpected argument", args[1]);
	if (file == NULL && nargs == 1 && op != TABLE_EDIT_REPLACE)
		give_up_usage("table",
		    "table %s: missing argument: "
		    "ENTRY ... or -f FILE",
		    e.name);
	if (file == NULL) {
		(void)strlcpy(e.source, TABLE_WORDS, sizeof(e.source));
		text = words_text(nargs - 1, args + 1);
	} else if (strcmp(file, "-") == 0) {
		(void)strlcpy(e.source, "stdin", sizeof(e.source));
		text = stdin;
	} else {
		if (strlcpy(e.source, file, sizeof(e.source)) >=
		    sizeof(e.source))
			give_up(EXIT_USAGE, "%s: too long", file);
		text = open_text(file);
	}
	msg_put_table_edit(b, &e);
	return text;
}

/* A folder opens as a file does, and shows when it is read. */
static FILE *
open_text(const char *path)
{
	FILE *fp;
	int   c = EOF;

	if ((fp = fopen(path, "r")) == NULL ||
	    ((c = getc(fp)) == EOF && ferror(fp)))
		give_up(EXIT_REFUSED, "%s: %s", path, strerror(errno));
	if (c != EOF)
		(void)ungetc(c, fp);
	return fp;
}

/* A word on each line, so that complaints have their numbers. */
static FILE *
words_text(int n, char **words)
{
	FILE *fp;
	int   i;

	if ((fp = tmpfile()) == NULL)
		give_up(EXIT_REFUSED, "temporary file: %s", strerror(errno));
	for (i = 0; i < n; i++) {
		/* What would be a comment or a blank in a file. */
		if (*words[i] == '\0' || *words[i] == '#' || *words[i] == ';' ||
		    strpbrk(words[i], " \t\r\n") != NULL)
			give_up(EXIT_USAGE, "%s: invalid entry", words[i]);
		(void)fprintf(fp, "%s\n", words[i]);
	}
	if (ferror(fp) || fflush(fp) == EOF || fseek(fp, 0, SEEK_SET) == -1)
		give_up(EXIT_REFUSED, "temporary file: %s", strerror(errno));
	return fp;
}

/* Nothing, at the end. */
void
table_send_text(struct channel *ch, FILE *text)
{
	uint8_t     space[MSG_PAYLOAD_MAX];
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	b.len = fread(space, 1, sizeof(space), text);
	if (ferror(text))
		give_up(EXIT_REFUSED, "entries: %s", strerror(errno));
	client_send(ch, MSG_CTL_TABLE_TEXT, b.len == 0 ? NULL : &b);
}

void
table_put_test(struct wbuf *b, int nargs, char **args)
{
	struct msg_table_test t;
	struct table_item     item;
	uint8_t               space[MSG_PAYLOAD_MAX - MSG_TABLE_NAME_SIZE];
	struct wbuf           items;
	int                   i;

	memset(&t, 0, sizeof(t));
	(void)strlcpy(t.name, table_name(args[0]), sizeof(t.name));
	wbuf_init(&items, space, sizeof(space));
	for (i = 1; i < nargs; i++) {
		if (strlcpy(item.text, args[i], sizeof(item.text)) >=
		    sizeof(item.text))
			give_up(EXIT_USAGE, "%s: too long", args[i]);
		table_item_put(&items, &item);
	}
	if (items.bad)
		give_up(EXIT_USAGE, "too many words");
	t.items = items.data;
	t.nitems = items.len;
	msg_put_table_test(b, &t);
}
