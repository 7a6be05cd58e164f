/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the logger: who gets which line, what a line can hold, how fatal
 * ends a process, and that nothing from outside can forge a line.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/log.h"

#define CANARY 0xa5

/* What the sink has got. */
struct got {
	unsigned int   n;
	enum log_level level;
	char           line[2 * LOG_LINE_MAX];
};

static void   sink(void *, enum log_level, const char *);
static int    run_child(void (*)(void), char *, size_t);
static void   child_info(void);
static void   child_debug(void);
static void   child_fatal(void);
static void   child_fatalx(void);
static void   at_exit(void);
static size_t unescape(uint8_t *, const char *);

ATF_TC(levels_reach_the_sink);
ATF_TC_HEAD(levels_reach_the_sink, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each function gives its level, formatted, without newline");
}
ATF_TC_BODY(levels_reach_the_sink, tc)
{
	struct got got = { .n = 0 };

	log_set_sink(sink, &got);
	log_error("a %d", 1);
	ATF_CHECK_EQ(LOG_LEVEL_ERROR, got.level);
	ATF_CHECK_STREQ("a 1", got.line);
	log_warn("b %s", "2");
	ATF_CHECK_EQ(LOG_LEVEL_WARN, got.level);
	ATF_CHECK_STREQ("b 2", got.line);
	log_info("c");
	ATF_CHECK_EQ(LOG_LEVEL_INFO, got.level);
	ATF_CHECK_STREQ("c", got.line);
	ATF_CHECK_EQ(3, got.n);
}

ATF_TC(debug_only_if_verbose);
ATF_TC_HEAD(debug_only_if_verbose, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "debug lines come and go with the switch, others always come");
}
ATF_TC_BODY(debug_only_if_verbose, tc)
{
	struct got got = { .n = 0 };

	log_set_sink(sink, &got);
	ATF_CHECK(!log_is_verbose());
	log_debug("x");
	ATF_CHECK_EQ(0, got.n);
	log_set_verbose(2);
	ATF_CHECK_EQ(1, log_is_verbose());
	log_debug("%s", "y");
	ATF_CHECK_EQ(1, got.n);
	ATF_CHECK_EQ(LOG_LEVEL_DEBUG, got.level);
	ATF_CHECK_STREQ("y", got.line);
	log_set_verbose(0);
	log_debug("z");
	ATF_CHECK_EQ(1, got.n);
	log_info("i");
	ATF_CHECK_EQ(2, got.n);
}

ATF_TC(errno_is_said_and_kept);
ATF_TC_HEAD(errno_is_said_and_kept, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the errno functions add its words; no function changes errno");
}
ATF_TC_BODY(errno_is_said_and_kept, tc)
{
	struct got got = { .n = 0 };
	char       want[256];

	log_set_sink(sink, &got);
	log_set_verbose(1);
	(void)snprintf(want, sizeof(want), "open: %s", strerror(ENOENT));
	errno = ENOENT;
	log_errno("%s", "open");
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(LOG_LEVEL_ERROR, got.level);
	ATF_CHECK_STREQ(want, got.line);
	log_warn_errno("%s", "open");
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(LOG_LEVEL_WARN, got.level);
	ATF_CHECK_STREQ(want, got.line);
	log_error("x");
	ATF_CHECK_EQ(ENOENT, errno);
	log_debug("x");
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_STREQ("x", got.line);
}

ATF_TC(long_lines_are_cut);
ATF_TC_HEAD(long_lines_are_cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no line is longer than promised, with errno or without");
}
ATF_TC_BODY(long_lines_are_cut, tc)
{
	static char text[2 * LOG_LINE_MAX];
	struct got  got = { .n = 0 };
	size_t      n;

	log_set_sink(sink, &got);
	for (n = LOG_LINE_MAX - 64; n < LOG_LINE_MAX + 64; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		log_info("%s", text);
		ATF_CHECK_EQ(n < LOG_LINE_MAX ? n : LOG_LINE_MAX - 1,
		    strlen(got.line));
		errno = EPERM;
		log_errno("%s", text);
		ATF_CHECK(strlen(got.line) < LOG_LINE_MAX);
	}
}

ATF_TC(a_line_is_one_line);
ATF_TC_HEAD(a_line_is_one_line, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "control bytes that got into a line do not get out of it");
}
ATF_TC_BODY(a_line_is_one_line, tc)
{
	struct got got = { .n = 0 };
	int        c;

	log_set_sink(sink, &got);
	for (c = 1; c < 128; c++) {
		log_info("a%cb", c);
		ATF_CHECK_EQ_MSG(c < ' ' || c == 0x7f ? '?' : c, got.line[1],
		    "byte %d", c);
		ATF_CHECK_EQ(3, strlen(got.line));
	}
}

ATF_TC(stderr_without_sink);
ATF_TC_HEAD(stderr_without_sink, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "without a sink a line goes to stderr with prefix and newline");
}
ATF_TC_BODY(stderr_without_sink, tc)
{
	static char text[2 * LOG_LINE_MAX];
	int         status;

	status = run_child(child_info, text, sizeof(text));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ATF_CHECK_STREQ("socks5d: hello\n", text);
	(void)run_child(child_debug, text, sizeof(text));
	ATF_CHECK_STREQ("", text);
}

ATF_TC(fatal_ends_with_1);
ATF_TC_HEAD(fatal_ends_with_1, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "fatal logs and ends with status 1, without atexit handlers");
}
ATF_TC_BODY(fatal_ends_with_1, tc)
{
	char text[512], want[512];
	int  status;

	status = run_child(child_fatal, text, sizeof(text));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	(void)snprintf(want, sizeof(want), "socks5d: relay: read: %s\n",
	    strerror(EIO));
	ATF_CHECK_STREQ(want, text);
	status = run_child(child_fatalx, text, sizeof(text));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ATF_CHECK_STREQ("socks5d: relay: impossible\n", text);
}

ATF_TC(escape_every_byte);
ATF_TC_HEAD(escape_every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each byte is itself or \\xNN as the header says, and comes back");
}
ATF_TC_BODY(escape_every_byte, tc)
{
	uint8_t src, back[8];
	char    dst[8], want[8];
	int     c, plain;

	for (c = 0; c < 256; c++) {
		src = (uint8_t)c;
		plain = c > ' ' && c < 127 && c != '\\' && c != '"';
		(void)snprintf(want, sizeof(want), plain ? "%c" : "\\x%02x", c);
		ATF_CHECK(log_escape(dst, sizeof(dst), &src, 1) == dst);
		ATF_CHECK_STREQ(want, dst);
		ATF_CHECK_EQ(1, unescape(back, dst));
		ATF_CHECK_EQ(c, back[0]);
	}
	ATF_CHECK_STREQ("", log_escape(dst, sizeof(dst), NULL, 0));
}

ATF_TC(escape_of_every_size);
ATF_TC_HEAD(escape_of_every_size, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what does not fit ends in dots after a whole number of bytes");
}
ATF_TC_BODY(escape_of_every_size, tc)
{
	static const uint8_t src[] = "a\n\"bc \\d\xff"
				     "e";
	static const char    full[] = "a\\x0a\\x22bc\\x20\\x5cd\\xffe\\x00";
	uint8_t              dst[sizeof(full) + 8], back[sizeof(full)];
	char                 text[sizeof(full) + 8];
	size_t               len, n, size;

	for (size = 0; size <= sizeof(full) + 4; size++) {
		memset(dst, CANARY, sizeof(dst));
		(void)log_escape((char *)dst, size, src, sizeof(src));
		for (n = size; n < sizeof(dst); n++)
			ATF_CHECK_EQ(CANARY, dst[n]);
		if (size == 0)
			continue;
		ATF_REQUIRE(memchr(dst, '\0', size) != NULL);
		memcpy(text, dst, sizeof(dst));
		len = strlen(text);
		if (size >= sizeof(full)) {
			ATF_CHECK_STREQ(full, text);
			continue;
		}
		if (size < sizeof("...")) {
			ATF_CHECK_EQ(size - 1, len);
			ATF_CHECK_EQ(len, strspn(text, "."));
			continue;
		}
		ATF_CHECK_STREQ("...", text + len - 3);
		text[len - 3] = '\0';
		n = unescape(back, text);
		ATF_CHECK_MSG(n < sizeof(src), "size %zu", size);
		ATF_CHECK_EQ_MSG(0, memcmp(src, back, n), "size %zu", size);
		/* No more than one escape is lost beyond need. */
		ATF_CHECK_MSG(len + 4 >= size, "size %zu: %s", size, text);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, levels_reach_the_sink);
	ATF_TP_ADD_TC(tp, debug_only_if_verbose);
	ATF_TP_ADD_TC(tp, errno_is_said_and_kept);
	ATF_TP_ADD_TC(tp, long_lines_are_cut);
	ATF_TP_ADD_TC(tp, a_line_is_one_line);
	ATF_TP_ADD_TC(tp, stderr_without_sink);
	ATF_TP_ADD_TC(tp, fatal_ends_with_1);
	ATF_TP_ADD_TC(tp, escape_every_byte);
	ATF_TP_ADD_TC(tp, escape_of_every_size);
	return atf_no_error();
}

static void
sink(void *arg, enum log_level level, const char *line)
{
	struct got *got = arg;

	got->n++;
	got->level = level;
	ATF_REQUIRE(strlcpy(got->line, line, sizeof(got->line)) <
	    sizeof(got->line));
	errno = EDOM; /* as a sink that sends may */
}

/* Runs f in a child and keeps what it says on stderr; returns its status. */
static int
run_child(void (*f)(void), char *text, size_t size)
{
	ssize_t n;
	size_t  len = 0;
	pid_t   pid;
	int     fds[2], status;

	ATF_REQUIRE_EQ(0, pipe(fds));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (dup2(fds[1], STDERR_FILENO) == -1 || close(fds[0]) == -1 ||
		    close(fds[1]) == -1)
			_exit(2);
		f();
		_exit(0);
	}
	ATF_REQUIRE_EQ(0, close(fds[1]));
	while (len < size - 1 &&
	    (n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	ATF_REQUIRE_EQ(0, close(fds[0]));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return status;
}

static void
child_info(void)
{
	log_info("hello");
}

static void
child_debug(void)
{
	log_debug("hello");
}

static void
child_fatal(void)
{
	if (atexit(at_exit) != 0)
		_exit(2);
	errno = EIO;
	fatal("relay: %s", "read");
}

static void
child_fatalx(void)
{
	if (atexit(at_exit) != 0)
		_exit(2);
	errno = EIO;
	fatalx("relay: %s", "impossible");
}

static void
at_exit(void)
{
	log_info("an atexit handler ran");
}

/* The bytes that an escaped text stands for; returns how many. */
static size_t
unescape(uint8_t *dst, const char *s)
{
	char   hex[3] = "";
	size_t n = 0;

	while (*s != '\0') {
		if (*s != '\\') {
			dst[n++] = (uint8_t)*s++;
			continue;
		}
		ATF_REQUIRE_EQ('x', s[1]);
		ATF_REQUIRE(s[2] != '\0' && s[3] != '\0');
		memcpy(hex, s + 2, 2);
		dst[n++] = (uint8_t)strtoul(hex, NULL, 16);
		s += 4;
	}
	return n;
}
