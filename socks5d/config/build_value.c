/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words as numbers, times, sizes, ports, paths, addresses and names.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compat/nitems.h"
#include "config/build.h"
#include "config/build_value.h"
#include "config/lex.h"
#include "config/slip.h"

#define SECOND 1000U
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* Bounds of "so many in a time". */
#define NEW_MAX 1000000U

static int parse_size(const char *, size_t, uint64_t *);

int
build_value(struct build *b, const char *what, const struct lex_word *value,
    uint32_t low, uint32_t high, uint32_t *n)
{
	const char *fault = NULL;

	/* strtonum() alone would take blanks and a sign. */
	if (isdigit((unsigned char)value->text[0]))
		*n = strtonum(value->text, low, high, &fault);
	else
		fault = "no number";
	if (fault == NULL)
		return 0;
	lex_error(b->lex, value, "%s %s: not %u to %u", what,
	    lex_shown(b->lex, value), low, high);
	return -1;
}

int
build_value_ms(struct build *b, const char *what, const struct lex_word *value,
    uint32_t low, uint32_t high, uint32_t *ms)
{
	uint64_t n;
	char     from[CONF_DURATION_STRLEN], to[CONF_DURATION_STRLEN];

	if (build_parse_duration(value->text, &n) == -1) {
		lex_error(b->lex, value,
		    "%s %s: not a number with one of the "
		    "units ms, s, m, h, d, as in 10s",
		    what, lex_shown(b->lex, value));
		return -1;
	}
	if (n < low || n > high) {
		lex_error(b->lex, value, "%s %s: not %s to %s", what,
		    lex_shown(b->lex, value),
		    conf_duration_text(low, from, sizeof(from)),
		    conf_duration_text(high, to, sizeof(to)));
		return -1;
	}
	*ms = n;
	return 0;
}

int
build_parse_duration(const char *text, uint64_t *ms)
{
	static const struct {
		const char *name;
		uint32_t    ms;
	} units[] = {
		{ "ms", 1 },
		{ "s", SECOND },
		{ "m", MINUTE },
		{ "h", HOUR },
		{ "d", DAY },
	};
	size_t digits, i;

	digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 9)
		return -1;
	for (i = 0; i < nitems(units); i++) {
		if (strcmp(text + digits, units[i].name) == 0) {
			*ms = strtoull(text, NULL, 10) * units[i].ms;
			return 0;
		}
	}
	return -1;
}

int
build_value_size(struct build *b, const char *what,
    const struct lex_word *value, size_t len, uint64_t low, uint64_t high,
    uint64_t *n)
{
	char from[CONF_BYTES_STRLEN], to[CONF_BYTES_STRLEN];

	if (parse_size(value->text, len, n) == 0 && *n >= low && *n <= high)
		return 0;
	lex_error(b->lex, value,
	    "%s %s: not %s to %s, with a unit K, M, G or "
	    "T or without",
	    what, lex_shown(b->lex, value),
	    conf_bytes_text(low, from, sizeof(from)),
	    conf_bytes_text(high, to, sizeof(to)));
	return -1;
}

/* The text of so many bytes as a number of bytes. */
static int
parse_size(const char *text, size_t len, uint64_t *n)
{
	static const char units[] = "KMGT";
	const char       *unit;
	size_t            digits;

	digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 9 || digits > len)
		return -1;
	*n = strtoull(text, NULL, 10);
	if (digits == len)
		return 0;
	if (digits + 1 != len ||
	    (unit = memchr(units, text[digits], sizeof(units) - 1)) == NULL)
		return -1;
	/* At most 2^30 * 2^40. */
	*n <<= 10 * (unit - units + 1);
	return *n >> 40 < 1 << 30 ? 0 : -1;
}

int
build_value_new(struct build *b, const char *what, const struct lex_word *value,
    const struct lex_word *burst, uint32_t *count, uint32_t *ms, uint32_t *most)
{
	static const struct {
		const char *name;
		uint32_t    ms;
	} units[] = {
		{ "/s", SECOND },
		{ "/m", MINUTE },
		{ "/h", HOUR },
	};
	size_t   digits, i;
	uint64_t n;

	digits = strspn(value->text, "0123456789");
	for (i = 0; i < nitems(units); i++) {
		if (strcmp(value->text + digits, units[i].name) == 0)
			break;
	}
	if (i == nitems(units) || parse_size(value->text, digits, &n) == -1 ||
	    n < 1 || n > NEW_MAX) {
		lex_error(b->lex, value,
		    "%s %s: not 1 to %u in a time of /s, "
		    "/m or /h, as in 10/s",
		    what, lex_shown(b->lex, value), NEW_MAX);
		return -1;
	}
	*count = n;
	*ms = units[i].ms;
	*most = n;
	if (burst == NULL)
		return 0;
	return build_value(b, "burst", burst, 1, NEW_MAX, most);
}

int
build_value_port(struct build *b, const struct lex_word *value, uint16_t *port)
{
	if (build_parse_port(value->text, strlen(value->text), port) == 0)
		return 0;
	if (build_port_slip(b, value))
		return -1;
	lex_error(b->lex, value, "port %s: not 1 to 65535",
	    lex_shown(b->lex, value));
	return -1;
}

int
build_value_ports(struct build *b, const struct lex_word *word, uint16_t *low,
    uint16_t *high)
{
	const char *colon;
	size_t      len;

	if (build_port_slip(b, word))
		return -1;
	len = strlen(word->text);
	if ((colon = strchr(word->text, ':')) != NULL)
		len = colon - word->text;
	if (build_parse_port(word->text, len, low) == -1 ||
	    (colon != NULL &&
		build_parse_port(colon + 1, strlen(colon + 1), high) == -1)) {
		lex_error(b->lex, word,
		    "port %s: not 1 to 65535, alone or "
		    "as a range 8000:8100",
		    lex_shown(b->lex, word));
		return -1;
	}
	if (colon == NULL)
		*high = *low;
	if (*low <= *high)
		return 0;
	lex_error(b->lex, word, "port %s: the maximum is below the minimum",
	    lex_shown(b->lex, word));
	return -1;
}

int
build_port_slip(struct build *b, const struct lex_word *value)
{
	const char  *dash;
	uint16_t     low, high;
	unsigned int number;

	if ((number = slip_service(value->text)) != 0) {
		lex_error(b->lex, value,
		    "port %s: ports are numbers: write "
		    "%u",
		    lex_shown(b->lex, value), number);
		return 1;
	}
	if ((dash = strchr(value->text, '-')) == NULL ||
	    build_parse_port(value->text, dash - value->text, &low) == -1 ||
	    build_parse_port(dash + 1, strlen(dash + 1), &high) == -1)
		return 0;
	lex_error(b->lex, value,
	    "port %s: a range has a colon: %u:%u, where "
	    "several ports are allowed",
	    lex_shown(b->lex, value), low, high);
	return 1;
}

int
build_parse_port(const char *text, size_t len, uint16_t *port)
{
	char        digits[6];
	const char *fault;

	if (len == 0 || len >= sizeof(digits) ||
	    strspn(text, "0123456789") < len)
		return -1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*port = strtonum(digits, 1, UINT16_MAX, &fault);
	return fault == NULL ? 0 : -1;
}

int
build_path(struct build *b, const char *what, const struct lex_word *value,
    size_t size)
{
	const char *p;

	if (value->text[0] != '/') {
		lex_error(b->lex, value,
		    "%s %s: not a path that begins "
		    "with /",
		    what, lex_shown(b->lex, value));
		return -1;
	}
	if (strlen(value->text) >= size) {
		lex_error(b->lex, value, "%s %s: longer than %zu bytes", what,
		    lex_shown(b->lex, value), size - 1);
		return -1;
	}
	for (p = value->text; *p != '\0'; p++) {
		if (iscntrl((unsigned char)*p)) {
			lex_error(b->lex, value,
			    "%s %s: has a control "
			    "character",
			    what, lex_shown(b->lex, value));
			return -1;
		}
	}
	return 0;
}

int
build_target(struct build *b, const char *what, const struct lex_word *value,
    struct addr *addr)
{
	static const struct addr none4 = { AF_INET, { 0 } };
	static const struct addr none6 = { AF_INET6, { 0 } };
	const char              *why;

	if (addr_parse(addr, value->text) == -1) {
		if ((why = slip_address(value->text, 1)) == NULL)
			why = "not an address; names are not looked up";
		lex_error(b->lex, value, "%s %s: %s", what,
		    lex_shown(b->lex, value), why);
		return -1;
	}
	addr_unmap(addr);
	if (addr_cmp(addr, &none4) != 0 && addr_cmp(addr, &none6) != 0 &&
	    addr->b[0] != 0xff &&
	    (addr->af != AF_INET || addr->b[0] < 0xe0 || addr->b[0] > 0xef))
		return 0;
	lex_error(b->lex, value, "%s %s: not the address of one host", what,
	    lex_shown(b->lex, value));
	return -1;
}

/* Names and labels are printed in many places: they stay plain. */
int
build_name(struct build *b, const char *what, const struct lex_word *value)
{
	const char *p;

	for (p = value->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) && strchr("_.-", *p) == NULL))
			break;
	}
	if (*p == '\0' && p != value->text && p - value->text < CONF_NAME_SIZE)
		return 0;
	lex_error(b->lex, value,
	    "%s %s: not 1 to %d letters, digits, _, . "
	    "or -",
	    what, lex_shown(b->lex, value), CONF_NAME_SIZE - 1);
	return -1;
}

int
build_table_name(struct build *b, char dst[CONF_NAME_SIZE],
    const struct lex_word *word)
{
	size_t len;

	/* The lexer has seen to the brackets. */
	len = strlen(word->text) - 2;
	if (len < CONF_NAME_SIZE) {
		memcpy(dst, word->text + 1, len);
		dst[len] = '\0';
		return 0;
	}
	lex_error(b->lex, word, "%s: longer than %d bytes",
	    lex_shown(b->lex, word), CONF_NAME_SIZE - 1);
	return -1;
}

/* A line of the file of users can begin with it, and a terminal show it. */
int
build_user_name(struct build *b, const char *what, const struct lex_word *word)
{
	const char *p;

	if (word->token != LEX_WORD) {
		lex_error(b->lex, word,
		    "%s %s: a keyword: as a name it "
		    "needs \"quotes\"",
		    what, word->text);
		return -1;
	}
	for (p = word->text; *p != '\0'; p++) {
		if (*p == ':' || iscntrl((unsigned char)*p))
			break;
	}
	if (*p == '\0' && p != word->text && word->text[0] != '#' &&
	    p - word->text <= LOGIN_FIELD_MAX)
		return 0;
	lex_error(b->lex, word,
	    "%s %s: not 1 to %d bytes without : and "
	    "control characters, or begins with #",
	    what, lex_shown(b->lex, word), LOGIN_FIELD_MAX);
	return -1;
}

/* A user or a group: what useradd(8) would take, so that nothing is escaped. */
int
build_account(struct build *b, const char *what, const struct lex_word *value)
{
	const char *p;

	for (p = value->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) && strchr("_.-", *p) == NULL))
			break;
	}
	if (*p == '\0' && p != value->text && value->text[0] != '-' &&
	    p - value->text < CONF_NAME_SIZE)
		return 0;
	lex_error(b->lex, value,
	    "%s %s: not a name of 1 to %d letters, "
	    "digits, _, . or -",
	    what, lex_shown(b->lex, value), CONF_NAME_SIZE - 1);
	return -1;
}
