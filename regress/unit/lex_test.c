/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the config's lexer: the tokens of a text and the lines that they
 * stand in, strings, macros, joined lines, and that no text whatever keeps it
 * from its end.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "config/lex.h"

/* What was complained about, one line each. */
struct complaints {
	unsigned int count;
	char         last[1024];
	int          malformed; /* one without "name:line: " */
};

/* One token that is expected; a text of NULL is not looked at. */
struct expect {
	int         token;
	const char *text;
	uint32_t    line;
};

/* One of everything, for tests that cut and change it. */
static const char sample[] =
    "# comment \\\n"
    "lan = \"{ 10.0.0.0/8, !10.1.0.0/16 }\"\n"
    "both = \"$lan <internal>\" # comment\n"
    "set timeout idle 15m \\\n"
    "	drain 30s\n"
    "resolver {\n"
    "	nameserver { 127.0.0.1, 9.9.9.9 port 53 }\n"
    "}\n"
    "listen on localhost port 1080 name \"a \\\"b\\\" \\\\ \\\n"
    "c\"\n"
    "pass from { $both 192.0.2.1 } label label\n"
    "block quick to !$lan\n";

static struct lex  *open_text(const char *, struct complaints *);
static void         complain(void *, const char *);
static void         expect_all(const char *, const struct expect *, size_t);
static unsigned int read_all(const char *, struct complaints *);
static void         expect_complaint(const char *, const char *);

ATF_TC(keywords_are_sorted);
ATF_TC_HEAD(keywords_are_sorted, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the table is in order, has each token once and finds every word");
}
ATF_TC_BODY(keywords_are_sorted, tc)
{
	struct complaints      c;
	struct lex            *l;
	const struct lex_word *w;
	int                    seen[LEX_MAX] = { 0 };
	size_t                 i;

	for (i = 0; i < nkeywords; i++) {
		if (i > 0)
			ATF_CHECK_MSG(strcmp(keywords[i - 1].name,
					  keywords[i].name) < 0,
			    "%s", keywords[i].name);
		ATF_REQUIRE(keywords[i].token > LEX_LATER &&
		    keywords[i].token < LEX_MAX);
		ATF_CHECK(seen[keywords[i].token]++ == 0);
		l = open_text(keywords[i].name, &c);
		ATF_CHECK_EQ(keywords[i].token, lex_next(l, &w));
		ATF_CHECK_EQ('\n', lex_next(l, &w));
		ATF_CHECK_EQ(LEX_END, lex_next(l, &w));
		ATF_CHECK_EQ(0, c.count);
		lex_free(l);
	}
	ATF_CHECK_EQ(LEX_MAX - LEX_LATER - 1, nkeywords);
}

ATF_TC(tokens_and_lines);
ATF_TC_HEAD(tokens_and_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each token stands in the line that the user sees it in");
}
ATF_TC_BODY(tokens_and_lines, tc)
{
	static const struct expect all[] = {
		{ '\n', "", 1 },
		{ LEX_MACRO, "lan", 2 },
		{ LEX_WORD, "{ 10.0.0.0/8, !10.1.0.0/16 }", 2 },
		{ '\n', "", 2 },
		{ LEX_MACRO, "both", 3 },
		{ LEX_WORD, "$lan <internal>", 3 },
		{ '\n', "", 3 },
		{ LEX_SET, "set", 4 },
		{ LEX_TIMEOUT, "timeout", 4 },
		{ LEX_IDLE, "idle", 4 },
		{ LEX_WORD, "15m", 4 },
		{ LEX_DRAIN, "drain", 5 },
		{ LEX_WORD, "30s", 5 },
		{ '\n', "", 5 },
		{ LEX_RESOLVER, "resolver", 6 },
		{ '{', "{", 6 },
		{ LEX_NAMESERVER, "nameserver", 7 },
		{ '{', "{", 7 },
		{ LEX_WORD, "127.0.0.1", 7 },
		{ ',', ",", 7 },
		{ LEX_WORD, "9.9.9.9", 7 },
		{ LEX_PORT, "port", 7 },
		{ LEX_WORD, "53", 7 },
		{ '}', "}", 7 },
		{ '}', "}", 8 },
		{ '\n', "", 8 },
		{ LEX_LISTEN, "listen", 9 },
		{ LEX_ON, "on", 9 },
		{ LEX_LOCALHOST, "localhost", 9 },
		{ LEX_PORT, "port", 9 },
		{ LEX_WORD, "1080", 9 },
		{ LEX_NAME, "name", 9 },
		{ LEX_WORD, "a \"b\" \\ c", 9 },
		{ '\n', "", 10 },
		{ LEX_PASS, "pass", 11 },
		{ LEX_FROM, "from", 11 },
		{ '{', "{", 11 },
		{ LEX_BAD, NULL, 11 },
	};

	/* No parser is here that would define the macro. */
	expect_all(sample, all, sizeof(all) / sizeof(all[0]));
}

ATF_TC(strings);
ATF_TC_HEAD(strings, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "quotes keep everything but \\\" and \\\\ and are closed in "
	    "their line");
}
ATF_TC_BODY(strings, tc)
{
	static const struct expect all[] = {
		{ LEX_WORD, "", 1 },
		{ LEX_WORD, "pass", 1 },
		{ LEX_WORD, "a#b", 1 },
		{ LEX_WORD, "$x", 1 },
		{ LEX_WORD, "\\n", 1 },
		{ LEX_WORD, "\"\\", 1 },
		{ '\n', "", 1 },
		{ LEX_END, "", 1 },
	};

	expect_all("\"\" \"pass\" \"a#b\"\"$x\"\"\\n\"\"\\\"\\\\\"", all,
	    sizeof(all) / sizeof(all[0]));
	expect_complaint("\"", "t:1: \"");
	expect_complaint("x \"abc\ny", "t:1: \"");
	expect_complaint("\"abc\\\"", "t:1: \"");
	expect_complaint("\"abc\\", "t:1: \"");
}

ATF_TC(line_ends);
ATF_TC_HEAD(line_ends, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "carriage returns, a missing last newline and blanks change "
	    "nothing");
}
ATF_TC_BODY(line_ends, tc)
{
	static const struct expect all[] = {
		{ LEX_PASS, "pass", 1 },
		{ LEX_QUICK, "quick", 2 },
		{ '\n', "", 2 },
		{ LEX_BLOCK, "block", 3 },
		{ '\n', "", 3 },
		{ LEX_END, "", 3 },
	};
	static const char *const texts[] = {
		"pass\\\nquick\nblock",
		"pass \\\r\nquick\r\nblock\r",
		"\tpass\\\n\tquick # \\\nblock#",
		"pass\\\nquick \n block ",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_all(texts[i], all, sizeof(all) / sizeof(all[0]));
}

ATF_TC(macros);
ATF_TC_HEAD(macros, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a macro's text is read where it is used, others inside it too; "
	    "overrides win");
}
ATF_TC_BODY(macros, tc)
{
	struct complaints      c;
	struct lex            *l;
	const struct lex_word *w;
	struct lex_word        name;

	memset(&name, 0, sizeof(name));
	name.file = "t";
	l = open_text("\n$a", &c);
	ATF_REQUIRE_EQ(0, lex_override(l, "c", "from", 0));
	ATF_REQUIRE_EQ(0, lex_override(l, "c", "to", 0));
	name.text = "a";
	lex_define(l, &name, "pass $b any # no more");
	name.text = "b";
	lex_define(l, &name, "$c");
	name.text = "c";
	lex_define(l, &name, "port");
	ATF_CHECK_EQ('\n', lex_next(l, &w));
	ATF_CHECK_EQ(LEX_PASS, lex_next(l, &w));
	ATF_CHECK_EQ(2, w->line);
	ATF_CHECK_EQ(LEX_TO, lex_next(l, &w));
	ATF_CHECK_EQ(LEX_ANY, lex_next(l, &w));
	ATF_CHECK_EQ('\n', lex_next(l, &w));
	ATF_CHECK_EQ(LEX_END, lex_next(l, &w));
	lex_finish(l);
	ATF_CHECK_EQ(0, c.count);
	lex_free(l);
	expect_complaint("pass $none", "t:1: $none: not defined");
	expect_complaint("pass $", "t:1: $: no macro name");
}

ATF_TC(depth);
ATF_TC_HEAD(depth, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "macros that contain themselves or each other end in one "
	    "complaint");
}
ATF_TC_BODY(depth, tc)
{
	struct complaints      c;
	struct lex            *l;
	const struct lex_word *w;
	struct lex_word        at;
	char                   name[16], value[16];
	int                    i, n, token;

	memset(&at, 0, sizeof(at));
	at.file = "t";
	at.text = name;
	/* The last one of n contains the first one, or only a word. */
	for (n = 1; n <= 2 * LEX_DEPTH_MAX; n++) {
		l = open_text("$m0", &c);
		for (i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "m%d", i);
			snprintf(value, sizeof(value), "$m%d", (i + 1) % n);
			lex_define(l, &at, value);
		}
		ATF_CHECK_EQ(LEX_BAD, lex_next(l, &w));
		ATF_CHECK_EQ(1, c.count);
		lex_free(l);
		l = open_text("$m0", &c);
		for (i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "m%d", i);
			snprintf(value, sizeof(value), "$m%d", i + 1);
			lex_define(l, &at, i + 1 < n ? value : "pass");
		}
		token = lex_next(l, &w);
		ATF_CHECK_EQ_MSG(n <= LEX_DEPTH_MAX ? LEX_PASS : LEX_BAD, token,
		    "%d macros", n);
		lex_free(l);
	}
}

ATF_TC(recover);
ATF_TC_HEAD(recover, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "after any token of a line, recovering leads to its newline and "
	    "the next line is whole");
}
ATF_TC_BODY(recover, tc)
{
	static const char text[] =
	    "pass { a\n { b } \"c\" ( $d \"e\n } f { g }\nblock any\n";
	struct complaints      c;
	struct lex            *l;
	const struct lex_word *w;
	int                    i, n, token;

	for (n = 1;; n++) {
		l = open_text(text, &c);
		for (i = token = 0; i < n; i++)
			token = lex_next(l, &w);
		lex_recover(l);
		if (token != '\n')
			ATF_CHECK_EQ('\n', lex_next(l, &w));
		ATF_CHECK_EQ(LEX_BLOCK, lex_next(l, &w));
		ATF_CHECK_EQ(LEX_ANY, lex_next(l, &w));
		ATF_CHECK_EQ('\n', lex_next(l, &w));
		ATF_CHECK_EQ(LEX_END, lex_next(l, &w));
		lex_free(l);
		if (token == '\n')
			break;
	}
	ATF_CHECK(n > 8);
}

ATF_TC(every_cut_ends);
ATF_TC_HEAD(every_cut_ends, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each beginning of a text has an end, and no more tokens than "
	    "the whole");
}
ATF_TC_BODY(every_cut_ends, tc)
{
	struct complaints c;
	char             *text;
	size_t            n;

	for (n = 0; n < sizeof(sample); n++) {
		/* From the heap, so that a sanitizer sees its end. */
		ATF_REQUIRE((text = strndup(sample, n)) != NULL);
		(void)read_all(text, &c);
		ATF_CHECK_EQ(0, c.malformed);
		free(text);
	}
}

ATF_TC(every_byte_ends);
ATF_TC_HEAD(every_byte_ends, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with any byte in any place the text ends, each complaint with "
	    "its line");
}
ATF_TC_BODY(every_byte_ends, tc)
{
	struct complaints c;
	char              text[sizeof(sample)];
	size_t            i;
	int               byte;

	for (i = 0; i < sizeof(sample) - 1; i++) {
		for (byte = 1; byte < 256; byte++) {
			memcpy(text, sample, sizeof(text));
			text[i] = byte;
			(void)read_all(text, &c);
			ATF_CHECK_EQ_MSG(0, c.malformed, "%s", c.last);
		}
	}
}

ATF_TC(shown);
ATF_TC_HEAD(shown, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no word can forge a line of the log or flood it");
}
ATF_TC_BODY(shown, tc)
{
	struct complaints      c;
	struct lex            *l;
	const struct lex_word *w;
	const char            *text;
	char                   evil[512];
	int                    byte;

	for (byte = 1; byte < 256; byte++) {
		if (byte == '"' || byte == '\\' || byte == '\n')
			continue;
		memset(evil, byte, sizeof(evil));
		evil[0] = evil[sizeof(evil) - 2] = '"';
		evil[sizeof(evil) - 1] = '\0';
		l = open_text(evil, &c);
		ATF_REQUIRE_EQ(LEX_WORD, lex_next(l, &w));
		text = lex_shown(l, w);
		ATF_CHECK(strlen(text) < 100);
		for (; *text != '\0'; text++)
			ATF_CHECK(*text >= ' ' && *text <= '~');
		lex_free(l);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, keywords_are_sorted);
	ATF_TP_ADD_TC(tp, tokens_and_lines);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, line_ends);
	ATF_TP_ADD_TC(tp, macros);
	ATF_TP_ADD_TC(tp, depth);
	ATF_TP_ADD_TC(tp, recover);
	ATF_TP_ADD_TC(tp, every_cut_ends);
	ATF_TP_ADD_TC(tp, every_byte_ends);
	ATF_TP_ADD_TC(tp, shown);
	return atf_no_error();
}

static struct lex *
open_text(const char *text, struct complaints *c)
{
	struct lex *l;

	memset(c, 0, sizeof(*c));
	ATF_REQUIRE((l = lex_new(complain, c)) != NULL);
	ATF_REQUIRE_EQ(0, lex_open_text(l, text, "t"));
	return l;
}

static void
complain(void *arg, const char *line)
{
	struct complaints *c = arg;

	c->count++;
	(void)strlcpy(c->last, line, sizeof(c->last));
	if (strncmp(line, "t:", 2) != 0 || line[2] < '1' || line[2] > '9' ||
	    strchr(line, '\n') != NULL)
		c->malformed = 1;
}

static void
expect_all(const char *text, const struct expect *e, size_t n)
{
	struct complaints      c;
	struct lex            *l;
	const struct lex_word *w;
	size_t                 i;
	int                    token;

	l = open_text(text, &c);
	for (i = 0; i < n; i++) {
		token = lex_next(l, &w);
		ATF_CHECK_EQ_MSG(e[i].token, token, "token %zu: %d for %d", i,
		    token, e[i].token);
		ATF_CHECK_EQ(token, w->token);
		if (e[i].text != NULL)
			ATF_CHECK_STREQ(e[i].text, w->text);
		ATF_CHECK_EQ_MSG(e[i].line, w->line,
		    "token %zu in line %u, "
		    "not %u",
		    i, w->line, e[i].line);
		ATF_CHECK_STREQ("t", w->file);
	}
	lex_free(l);
}

/* As a parser that likes no line that has a complaint. */
static unsigned int
read_all(const char *text, struct complaints *c)
{
	struct lex            *l;
	const struct lex_word *w;
	unsigned int           n = 0;
	int                    token;

	l = open_text(text, c);
	while ((token = lex_next(l, &w)) != LEX_END) {
		if (token == LEX_BAD)
			lex_recover(l);
		/* An empty line is the least that a byte can be. */
		ATF_REQUIRE(++n <= 2 * strlen(text) + 1);
	}
	ATF_CHECK_EQ(c->count, lex_errors(l));
	lex_free(l);
	return n;
}

static void
expect_complaint(const char *text, const char *start)
{
	struct complaints c;

	(void)read_all(text, &c);
	ATF_CHECK(c.count > 0);
	ATF_CHECK_MSG(strncmp(c.last, start, strlen(start)) == 0, "%s", c.last);
}
