/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the tests of JSON need: is this text one JSON value by RFC 8259?
 *
 * A strict reader of its own, so that the writer is not judged by itself.
 */

#ifndef REGRESS_UNIT_JSON_CHECK_H
#define REGRESS_UNIT_JSON_CHECK_H

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static const char *json_value(const char *, unsigned int);

static const char *
json_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* ASCII only, as the writer promises more than the standard asks. */
static const char *
json_string(const char *p)
{
	int i;

	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if (*p < 0x20 || *p > 0x7e)
			return NULL;
		if (*p != '\\')
			continue;
		if (*++p == 'u') {
			for (i = 0; i < 4; i++) {
				if (!isxdigit((unsigned char)*++p))
					return NULL;
			}
		} else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL)
			return NULL;
	}
	return p + 1;
}

static const char *
json_number(const char *p)
{
	if (*p == '0' && isdigit((unsigned char)p[1]))
		return NULL;
	if (!isdigit((unsigned char)*p))
		return NULL;
	return p + strspn(p, "0123456789");
}

static const char *
json_members(const char *p, char end, unsigned int depth)
{
	p = json_space(p + 1);
	if (*p == end)
		return p + 1;
	for (;;) {
		if (end == '}') {
			if ((p = json_string(json_space(p))) == NULL)
				return NULL;
			p = json_space(p);
			if (*p++ != ':')
				return NULL;
		}
		if ((p = json_value(p, depth)) == NULL)
			return NULL;
		p = json_space(p);
		if (*p == end)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

static const char *
json_value(const char *p, unsigned int depth)
{
	if (depth > 64)
		return NULL;
	p = json_space(p);
	if (*p == '{')
		return json_members(p, '}', depth + 1);
	if (*p == '[')
		return json_members(p, ']', depth + 1);
	if (*p == '"')
		return json_string(p);
	if (strncmp(p, "true", 4) == 0 || strncmp(p, "null", 4) == 0)
		return p + 4;
	if (strncmp(p, "false", 5) == 0)
		return p + 5;
	return json_number(p);
}

/* True if the text is one value and nothing else. */
static int
json_is_valid(const char *p)
{
	if ((p = json_value(p, 0)) == NULL)
		return 0;
	return *json_space(p) == '\0';
}

#endif /* REGRESS_UNIT_JSON_CHECK_H */
