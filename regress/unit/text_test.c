/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the reader of text files: lines come out the same, however they
 * end and whatever mark stands in front of them.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/text.h"

#define NITEMS(a)    (sizeof(a) / sizeof((a)[0]))
#define TURNS        5000
#define LINES_MAX    8
#define LINE_MAX_LEN 6

static size_t random_lines(char[][LINE_MAX_LEN + 1], size_t *);

/* Lines of few different bytes, so that those that matter come often. */
static size_t
random_lines(char lines[][LINE_MAX_LEN + 1], size_t *len)
{
	static const char bytes[] = "a \t#:\xef\xbb\xbf\xff\xfe";
	size_t            i, j, n = (size_t)random() % LINES_MAX;

	for (i = 0; i < n; i++) {
		len[i] = (size_t)random() % LINE_MAX_LEN;
		for (j = 0; j < len[i]; j++)
			lines[i][j] =
			    bytes[(size_t)random() % (sizeof(bytes) - 1)];
		/* Nothing that would be a mark itself. */
		if (i == 0 && len[i] > 0)
			lines[0][0] = 'x';
		lines[i][len[i]] = '\0';
	}
	return n;
}

ATF_TC(lines);
ATF_TC_HEAD(lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "lines and their numbers are the same with any ends, a mark or "
	    "none, and the last one without an end");
}
ATF_TC_BODY(lines, tc)
{
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	char                     lines[LINES_MAX][LINE_MAX_LEN + 1];
	char                     text[256], plain[256], want[256];
	const char              *why, *end;
	size_t                   len[LINES_MAX], i, n, size, left;
	struct text              t;
	uint32_t                 at;
	int                      turn, open;

	srandom(7);
	for (turn = 0; turn < TURNS; turn++) {
		n = random_lines(lines, len);
		(void)strlcpy(text, turn % 2 ? "\xef\xbb\xbf" : "",
		    sizeof(text));
		want[0] = '\0';
		open = n > 0 && len[n - 1] > 0 && random() % 2;
		for (i = 0; i < n; i++) {
			end = ends[random() % 3];
			/* CR and then an empty line with LF would be one. */
			if (i + 1 < n && *end == '\r' && len[i + 1] == 0)
				end = "\r\n";
			(void)strlcat(text, lines[i], sizeof(text));
			(void)strlcat(want, lines[i], sizeof(want));
			if (i + 1 < n || !open) {
				(void)strlcat(text, end, sizeof(text));
				(void)strlcat(want, "\n", sizeof(want));
			}
		}
		size = strlen(text);
		ATF_REQUIRE_EQ(0, text_init(&t, text, size, &why));
		for (i = 0; i < n; i++) {
			ATF_REQUIRE_EQ(1, text_next(&t));
			ATF_CHECK_EQ(i + 1, t.line);
			ATF_REQUIRE_EQ(len[i], t.n);
			ATF_CHECK_EQ(0, memcmp(lines[i], text + t.start, t.n));
		}
		ATF_CHECK_EQ(0, text_next(&t));
		memcpy(plain, text, size + 1);
		left = size;
		ATF_REQUIRE_EQ(0, text_plain(plain, &left, &why, &at));
		ATF_CHECK_EQ(left, strlen(plain));
		ATF_CHECK_STREQ(want, plain);
	}
}

ATF_TC(encodings);
ATF_TC_HEAD(encodings, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "UTF-16 and UTF-32 are refused by name, a cut mark is no mark");
}
ATF_TC_BODY(encodings, tc)
{
	static const struct {
		const char *text;
		size_t      len;
		const char *why;
	} all[] = {
		{ "\xff\xfe"
		  "a\0",
		    4, "text in UTF-16: save it as UTF-8" },
		{ "\xfe\xff\0a", 4, "text in UTF-16: save it as UTF-8" },
		{ "\xff\xfe", 2, "text in UTF-16: save it as UTF-8" },
		{ "\xff\xfe\0", 3, "text in UTF-16: save it as UTF-8" },
		{ "\xff\xfe\0\0", 4, "text in UTF-32: save it as UTF-8" },
		{ "\0\0\xfe\xff", 4, "text in UTF-32: save it as UTF-8" },
	};
	static const struct {
		const char *text;
		size_t      len;
		size_t      first; /* of its first line */
	} fine[] = {
		{ "\xef\xbb\xbf", 3, 0 },
		{ "\xef\xbb\xbf"
		  "a",
		    4, 1 },
		{ "\xef\xbb", 2, 2 },
		{ "\xff", 1, 1 },
		{ "\xfe", 1, 1 },
		{ "\0\0\xfe", 3, 3 },
		{ "", 0, 0 },
		{ "\r", 1, 0 },
	};
	struct text t;
	const char *why;
	char        copy[8];
	size_t      i, len;
	uint32_t    line;

	for (i = 0; i < NITEMS(all); i++) {
		why = "";
		ATF_CHECK_EQ(-1, text_init(&t, all[i].text, all[i].len, &why));
		ATF_CHECK_STREQ(all[i].why, why);
		memcpy(copy, all[i].text, all[i].len);
		len = all[i].len;
		ATF_CHECK_EQ(-1, text_plain(copy, &len, &why, &line));
		ATF_CHECK_EQ(1, line);
	}
	for (i = 0; i < NITEMS(fine); i++) {
		ATF_REQUIRE_EQ(0,
		    text_init(&t, fine[i].text, fine[i].len, &why));
		(void)text_next(&t);
		ATF_CHECK_EQ_MSG(fine[i].first, t.n, "%zu", i);
	}
}

ATF_TC(nul);
ATF_TC_HEAD(nul, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a NUL is seen in its line, and refused where lines are joined");
}
ATF_TC_BODY(nul, tc)
{
	static const char text[] = "a\nb\0c\r\nd";
	struct text       t;
	const char       *why;
	char              copy[sizeof(text)];
	size_t            len = sizeof(text) - 1;
	uint32_t          line;

	ATF_REQUIRE_EQ(0, text_init(&t, text, len, &why));
	ATF_REQUIRE_EQ(1, text_next(&t));
	ATF_CHECK_EQ(0, text_has_nul(&t));
	ATF_REQUIRE_EQ(1, text_next(&t));
	ATF_CHECK_EQ(1, text_has_nul(&t));
	ATF_CHECK_EQ(3, t.n);
	ATF_REQUIRE_EQ(1, text_next(&t));
	ATF_CHECK_EQ(0, text_has_nul(&t));
	memcpy(copy, text, sizeof(text));
	ATF_CHECK_EQ(-1, text_plain(copy, &len, &why, &line));
	ATF_CHECK_EQ(2, line);
	ATF_CHECK_STREQ(TEXT_NUL, why);
}

ATF_TC(trim);
ATF_TC_HEAD(trim, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "blanks and tabs at the end are not counted, others are");
}
ATF_TC_BODY(trim, tc)
{
	ATF_CHECK_EQ(0, text_trim("", 0));
	ATF_CHECK_EQ(0, text_trim(" \t ", 3));
	ATF_CHECK_EQ(4, text_trim(" a\tb \t", 6));
	ATF_CHECK_EQ(2, text_trim("a\v", 2));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, encodings);
	ATF_TP_ADD_TC(tp, nul);
	ATF_TP_ADD_TC(tp, trim);
	return atf_no_error();
}
