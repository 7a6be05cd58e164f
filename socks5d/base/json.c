/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A writer of JSON: see json.h.  Never does I/O itself.
 */

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static void   json_begin(struct json *, const char *, char);
static void   json_member(struct json *, const char *);
static void   json_plain(struct json *, const char *, const char *);
static size_t json_unit(char *, const uint8_t *, size_t, size_t *);
static size_t utf8_decode(const uint8_t *, size_t, uint32_t *);
static void   json_put(struct json *, const char *, size_t);
static void   json_text(struct json *, const char *);

/* Two escaped halves of a code point beyond the first 65536, and a NUL. */
#define UNIT_SIZE 13

void
json_init(struct json *j, char *dst, size_t size, json_sink sink, void *arg)
{
	memset(j, 0, sizeof(*j));
	j->dst = dst;
	j->size = size;
	j->sink = sink;
	j->arg = arg;
}

void
json_object(struct json *j, const char *key)
{
	json_begin(j, key, '{');
}

void
json_array(struct json *j, const char *key)
{
	json_begin(j, key, '[');
}

static void
json_begin(struct json *j, const char *key, char what)
{
	json_member(j, key);
	if (j->depth == JSON_DEPTH_MAX) {
		j->bad = 1;
		return;
	}
	j->open[j->depth++] = what;
	j->comma = 0;
	json_put(j, &what, 1);
}

void
json_end(struct json *j)
{
	if (j->depth == 0) {
		j->bad = 1;
		return;
	}
	json_text(j, j->open[--j->depth] == '{' ? "}" : "]");
	j->comma = 1;
	if (j->depth == 0)
		j->finished = 1;
}

void
json_u64(struct json *j, const char *key, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	json_plain(j, key, text);
}

void
json_bool(struct json *j, const char *key, int v)
{
	json_plain(j, key, v ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	json_plain(j, key, "null");
}

void
json_str(struct json *j, const char *key, const char *s)
{
	json_str_max(j, key, s, SIZE_MAX);
}

void
json_str_max(struct json *j, const char *key, const char *s, size_t max)
{
	char           unit[UNIT_SIZE];
	const uint8_t *p;
	size_t         len, n, ulen, used, left, whole;

	if (s == NULL) {
		json_null(j, key);
		return;
	}
	p = (const uint8_t *)s;
	len = strlen(s);
	/* Does all of it fit?  Only then need no room be kept for dots. */
	whole = 0;
	for (n = 0; n < len && whole <= max; n += used)
		whole += json_unit(unit, p + n, len - n, &used);
	left = whole <= max ? whole : max - 3;
	json_member(j, key);
	json_text(j, "\"");
	for (n = 0; n < len; n += used) {
		ulen = json_unit(unit, p + n, len - n, &used);
		if (ulen > left) {
			json_text(j, "...");
			break;
		}
		left -= ulen;
		json_put(j, unit, ulen);
	}
	json_text(j, "\"");
	if (j->depth == 0)
		j->finished = 1;
}

int
json_done(struct json *j)
{
	if (!j->finished || j->depth != 0)
		j->bad = 1;
	if (j->bad) {
		if (j->sink == NULL && j->size > 0)
			j->dst[0] = '\0';
		return -1;
	}
	if (j->sink != NULL) {
		j->sink(j->arg, j->dst, j->len);
		j->len = 0;
		return 0;
	}
	j->dst[j->len] = '\0';
	return 0;
}

/* What comes before a value: the comma, then the key where one belongs. */
static void
json_member(struct json *j, const char *key)
{
	int in_object;

	in_object = j->depth > 0 && j->open[j->depth - 1] == '{';
	if (j->finished || (key != NULL) != in_object) {
		j->bad = 1;
		return;
	}
	if (j->comma)
		json_text(j, ",");
	j->comma = 1;
	if (key != NULL) {
		json_text(j, "\"");
		json_text(j, key);
		json_text(j, "\":");
	}
}

static void
json_plain(struct json *j, const char *key, const char *text)
{
	json_member(j, key);
	json_text(j, text);
	if (j->depth == 0)
		j->finished = 1;
}

/*
 * The next character of a text, escaped into dst of UNIT_SIZE.  Returns its
 * length there, and in used how many bytes of the text it was.
 */
static size_t
json_unit(char *dst, const uint8_t *p, size_t len, size_t *used)
{
	uint32_t c;
	int      n;

	*used = utf8_decode(p, len, &c);
	if (c == '"' || c == '\\')
		n = snprintf(dst, UNIT_SIZE, "\\%c", (char)c);
	else if (c >= 0x20 && c < 0x7f)
		n = snprintf(dst, UNIT_SIZE, "%c", (char)c);
	else if (c < 0x10000)
		n = snprintf(dst, UNIT_SIZE, "\\u%04x", (unsigned int)c);
	else {
		c -= 0x10000;
		n = snprintf(dst, UNIT_SIZE, "\\u%04x\\u%04x",
		    0xd800U | (unsigned int)(c >> 10),
		    0xdc00U | (unsigned int)(c & 0x3ff));
	}
	return (size_t)n;
}

/*
 * One character by RFC 3629: no overlong form, no surrogate, nothing beyond
 * U+10FFFF.  A byte that starts none of these is U+FFFD, alone.
 */
static size_t
utf8_decode(const uint8_t *p, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t                i, n;

	if (p[0] < 0x80) {
		*c = p[0];
		return 1;
	}
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	*c = p[0] & (0x7fU >> n);
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
		goto fail;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto fail;
		*c = *c << 6 | (p[i] & 0x3fU);
	}
	if (*c >= least[n] && *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff))
		return n;
fail:
	*c = 0xfffd;
	return 1;
}

/* A byte of the storage stays free for the NUL. */
static void
json_put(struct json *j, const char *s, size_t n)
{
	if (j->bad)
		return;
	if (n >= j->size - j->len && j->sink != NULL) {
		j->sink(j->arg, j->dst, j->len);
		j->len = 0;
	}
	if (n >= j->size - j->len) {
		j->bad = 1;
		return;
	}
	memcpy(j->dst + j->len, s, n);
	j->len += n;
}

static void
json_text(struct json *j, const char *s)
{
	json_put(j, s, strlen(s));
}
