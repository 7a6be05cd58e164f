/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Passwords: see password.h.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include <crypt.h>
#include <errno.h>
#include <readpassphrase.h>
#include <string.h>
#include <unistd.h>

#include "base/login.h"
#include "base/text.h"
#include "password.h"
#include "say.h"

/* With a byte more, to see what is too long, and a NUL. */
#define PASSWORD_SIZE (LOGIN_FIELD_MAX + 2)

/* With what may stand in front of it and behind it in a text. */
#define LINE_SIZE (TEXT_MARK_MAX + PASSWORD_SIZE + 1)

/* What comes behind is not part of its hash. */
#define BCRYPT_MAX 72

/*
 * A check takes about 15 ms with yescrypt, 50 with bcrypt, 30 with sha512;
 * 0 is libcrypt's own choice.
 */
static const struct {
	const char   *prefix;
	unsigned long cost;
} methods[] = {
	[USERHASH_YESCRYPT] = { "$y$", 0 },
	[USERHASH_BCRYPT] = { "$2b$", 10 },
	[USERHASH_SHA512] = { "$6$", 100000 },
};

static const char too_long[] = "longer than 255 bytes";

static const char *read_terminal(char *);
static const char *read_line(char *, int);
static const char *read_bytes(char *, size_t *, int);
static int         hash(enum userhash_method, const char *, char *, size_t);

enum userhash_method
password_method(const char *name)
{
	unsigned int i;

	for (i = USERHASH_NONE + 1; i < USERHASH_MAX; i++)
		if (strcmp(userhash_name((enum userhash_method)i), name) == 0)
			return (enum userhash_method)i;
	return USERHASH_NONE;
}

void
password_hash(enum userhash_method method, enum password_want want, char *dst,
    size_t size)
{
	static const struct rlimit none = { 0, 0 };
	const char                *why;
	char                       pass[PASSWORD_SIZE];
	int                        ret;

	(void)setrlimit(RLIMIT_CORE, &none);
	memset(pass, 0, sizeof(pass));
	if (isatty(STDIN_FILENO))
		why = want == PASSWORD_EMPTY ? NULL : read_terminal(pass);
	else
		why = read_line(pass, want == PASSWORD_EMPTY);
	if (why == NULL && want == PASSWORD_REAL && pass[0] == '\0')
		why = "empty: \"empty-password\" behind the name says that "
		      "this is meant";
	if (why == NULL && want == PASSWORD_EMPTY && pass[0] != '\0')
		why = "not empty, although \"empty-password\" is given";
	if (why == NULL && strlen(pass) > LOGIN_FIELD_MAX)
		why = too_long;
	if (why == NULL && method == USERHASH_BCRYPT &&
	    strlen(pass) > BCRYPT_MAX)
		why = "longer than the 72 bytes that bcrypt looks at";
	if (why != NULL) {
		explicit_bzero(pass, sizeof(pass));
		give_up(EXIT_REFUSED, "password: %s", why);
	}
	ret = hash(method, pass, dst, size);
	explicit_bzero(pass, sizeof(pass));
	if (ret == -1)
		give_up(EXIT_REFUSED, "%s: %s", userhash_name(method),
		    strerror(errno));
}

/* NULL, or what is wrong. */
static const char *
read_terminal(char *pass)
{
	char        again[PASSWORD_SIZE];
	const char *why = NULL;

	memset(again, 0, sizeof(again));
	if (readpassphrase("password: ", pass, PASSWORD_SIZE,
		RPP_REQUIRE_TTY) == NULL ||
	    readpassphrase("once more: ", again, sizeof(again),
		RPP_REQUIRE_TTY) == NULL)
		why = "not read";
	else if (strcmp(pass, again) != 0)
		why = "the two do not match";
	else if (pass[0] == '\0')
		why = "empty";
	explicit_bzero(again, sizeof(again));
	return why;
}

/* The line without its end and without a mark; blanks may be meant. */
static const char *
read_line(char *pass, int none)
{
	struct text t;
	const char *why;
	char        line[LINE_SIZE];
	size_t      len;

	if ((why = read_bytes(line, &len, none)) == NULL &&
	    text_init(&t, line, len, &why) == 0) {
		why = NULL;
		(void)text_next(&t);
		if (text_has_nul(&t))
			why = TEXT_NUL;
		else if (t.n >= PASSWORD_SIZE)
			why = too_long;
		else if (t.n > 0)
			memcpy(pass, line + t.start, t.n);
	}
	explicit_bzero(line, sizeof(line));
	return why;
}

/* Byte by byte: what is behind the line may be for others. */
static const char *
read_bytes(char *line, size_t *len, int none)
{
	ssize_t n;
	char    c;

	for (*len = 0; *len < LINE_SIZE; line[(*len)++] = c) {
		do {
			n = read(STDIN_FILENO, &c, 1);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			return strerror(errno);
		if (n == 0 && *len == 0 && !none)
			return "standard input has no line";
		if (n == 0 || c == '\n')
			return NULL;
	}
	return too_long;
}

/* 0, or -1 with errno. */
static int
hash(enum userhash_method method, const char *pass, char *dst, size_t size)
{
	struct crypt_data data;
	char              setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char       *out, *why;
	int               ret = -1;

	memset(&data, 0, sizeof(data));
	if (crypt_gensalt_rn(methods[method].prefix, methods[method].cost, NULL,
		0, setting, sizeof(setting)) == NULL)
		return -1;
	out = crypt_rn(pass, setting, &data, sizeof(data));
	if (out != NULL && strlcpy(dst, out, size) < size &&
	    userhash_check(dst, &why) == method)
		ret = 0;
	else if (out != NULL)
		errno = EINVAL;
	explicit_bzero(&data, sizeof(data));
	return ret;
}
