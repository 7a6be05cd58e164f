/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the config file's lexer, grammar and printer, and the messages that
 * carry a config.
 *
 * Holds for any text: it is refused with a complaint, or it prints as a text
 * that parses again and prints the same, and every role gets its sections as
 * they are.
 */

#include <stdio.h>

#include "base/text.h"
#include "config/parse.h"

#include "conf_stream.h"

/* Counts complaints that are no warnings. */
struct report {
	unsigned int errors;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct conf *parse(const char *, struct report *);
static void         count(void *, const char *);
static char        *print(const struct conf *);
static void         check_print(const struct conf *);
static void         check_messages(struct conf *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report;
	struct conf  *c;
	const char   *why;
	char         *text;
	uint32_t      line;

	must((text = malloc(size + 1)) != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	/* As a file is read; what is no text is tried as one all the same. */
	if (text_plain(text, &size, &why, &line) == 0) {
		must(strlen(text) == size);
		must(strchr(text, '\r') == NULL);
	}
	if ((c = parse(text, &report)) == NULL)
		must(report.errors > 0);
	else {
		must(report.errors == 0);
		check_print(c);
		check_messages(c);
		conf_free(c);
	}
	free(text);
	return 0;
}

static struct conf *
parse(const char *text, struct report *report)
{
	static const struct parse_override mine[] = {
		{ "given", "192.0.2.1", 1 },
	};

	report->errors = 0;
	return parse_text(text, "fuzz", mine, 1, count, report);
}

/* One line each: what a user wrote must not make it two. */
static void
count(void *arg, const char *line)
{
	struct report *report = arg;
	const char    *what;

	must(strchr(line, '\n') == NULL);
	must((what = strstr(line, ": ")) != NULL);
	if (strncmp(what, ": warning: ", 11) != 0)
		report->errors++;
}

static char *
print(const struct conf *c)
{
	FILE  *f;
	char  *text;
	size_t len;

	must((f = open_memstream(&text, &len)) != NULL);
	conf_print(f, c);
	must(fclose(f) == 0);
	return text;
}

static void
check_print(const struct conf *c)
{
	struct report report;
	struct conf  *other;
	char         *again, *text;

	text = print(c);
	must((other = parse(text, &report)) != NULL);
	again = print(other);
	must(strcmp(text, again) == 0);
	free(again);
	free(text);
	conf_free(other);
}

static void
check_messages(struct conf *c)
{
	struct conf_listener *l;
	unsigned int          role;

	TAILQ_FOREACH(l, &c->listeners, entry)
		l->fd = stream_fd();
	for (role = 0; role < PROC_MAX; role++) {
		if (proc_is_child(role))
			stream_check(c, role);
	}
	TAILQ_FOREACH(l, &c->listeners, entry)
		(void)close(l->fd);
}
