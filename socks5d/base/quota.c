/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Periods and lines of used quota: see quota.h.
 *
 * Pure.  The zone must have been read (tzset(3)) before a process loses the
 * file system.
 */

#include <stdio.h>
#include <string.h>

#include "base/quota.h"

#define DAY_S 86400

/* A clock that is set by so much was not wrong. */
#define LEAP_S 60

static size_t name_put(char *, const char *);
static int    name_plain(const char *, unsigned char);
static int    is_period(const char *);
static size_t word_get(const char **, const char *, char *, size_t);
static int    octal_get(const char *, const char *);
static int    bytes_get(const char *, uint64_t *);

void
quota_period(time_t t, int month, char dst[QUOTA_PERIOD_SIZE])
{
	struct tm tm;

	/* A year of more digits would be no line; it is not ours to see. */
	if (localtime_r(&t, &tm) == NULL ||
	    strftime(dst, QUOTA_PERIOD_SIZE, month ? "%Y-%m" : "%Y-%m-%d",
		&tm) == 0)
		(void)snprintf(dst, QUOTA_PERIOD_SIZE, "%s",
		    month ? "9999-12" : "9999-12-31");
}

int
quota_is_month(const char *period)
{
	return strlen(period) == strlen("2026-11");
}

int
quota_is_old(const char *period, time_t t)
{
	char since[QUOTA_PERIOD_SIZE];
	int  month = quota_is_month(period);

	quota_period(t - (month ? 31 * DAY_S : DAY_S), month, since);
	return strcmp(period, since) < 0;
}

int
quota_count_is_old(const struct quota_count *c, time_t t)
{
	return (c->now.period[0] == '\0' || quota_is_old(c->now.period, t)) &&
	    (c->before.period[0] == '\0' || quota_is_old(c->before.period, t));
}

int
quota_turn(struct quota_count *c, const char *period)
{
	struct quota_slot was = c->now;

	if (strcmp(was.period, period) == 0)
		return 0;
	if (strcmp(c->before.period, period) == 0)
		c->now = c->before;
	else {
		(void)strlcpy(c->now.period, period, sizeof(c->now.period));
		c->now.bytes = 0;
	}
	c->before = was;
	return 1;
}

time_t
quota_clock(struct quota_clock *c, time_t wall, uint64_t ms)
{
	time_t want = c->wall + (time_t)((ms - c->ms) / 1000);

	if (c->ms != 0 && wall > want + LEAP_S && ms - c->ms < DAY_S * 1000)
		return want;
	c->wall = wall;
	c->ms = ms;
	return wall;
}

size_t
quota_line_put(char *dst, size_t size, const struct quota_row *row)
{
	char rule[4 * QUOTA_RULE_SIZE], user[4 * LOGIN_NAME_SIZE];
	int  n;

	(void)name_put(rule, row->rule);
	if (name_put(user, row->user) == 0)
		(void)strlcpy(user, "-", sizeof(user));
	n = snprintf(dst, size, "%s %s %s %llu\n", row->period, rule, user,
	    (unsigned long long)row->bytes);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

size_t
quota_row_room(const struct quota_row *row)
{
	struct quota_row longest = *row;
	char             line[QUOTA_LINE_SIZE];

	(void)strlcpy(longest.period, "2026-11-22", sizeof(longest.period));
	longest.bytes = UINT64_MAX;
	return 2 * quota_line_put(line, sizeof(line), &longest);
}

/* dst has room for four times the name. */
static size_t
name_put(char *dst, const char *name)
{
	size_t      n = 0;
	const char *p;

	for (p = name; *p != '\0'; p++) {
		if (name_plain(name, (unsigned char)*p))
			dst[n++] = *p;
		else {
			(void)snprintf(dst + n, 5, "\\%03o",
			    (unsigned int)(unsigned char)*p);
			n += 4;
		}
	}
	dst[n] = '\0';
	return n;
}

static int
name_plain(const char *name, unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '\\' && c != '#' &&
	    strcmp(name, "-") != 0;
}

int
quota_line_get(const char *line, size_t len, struct quota_row *row)
{
	const char *p = line, *end = line + len;
	char        number[24];
	int         all;

	if (word_get(&p, end, row->period, sizeof(row->period)) == 0 ||
	    !is_period(row->period))
		return -1;
	if (word_get(&p, end, row->rule, sizeof(row->rule)) == 0)
		return -1;
	all = end - p >= 2 && p[0] == '-' && p[1] == ' ';
	if (word_get(&p, end, row->user, sizeof(row->user)) == 0)
		return -1;
	if (all)
		row->user[0] = '\0';
	if (word_get(&p, end, number, sizeof(number)) == 0 || p != end)
		return -1;
	return bytes_get(number, &row->bytes);
}

static int
is_period(const char *s)
{
	const char *form = "0000-00-00";
	size_t      i, n;

	if ((n = strlen(s)) != strlen("2026-11-22") && n != strlen("2026-11"))
		return 0;
	for (i = 0; i < n; i++)
		if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return 0;
	return 1;
}

/* The next word and the blank behind it; its length, 0 if there is none. */
static size_t
word_get(const char **pp, const char *end, char *dst, size_t size)
{
	const char *p = *pp;
	size_t      n = 0;
	int         c;

	while (p < end && *p != ' ') {
		c = (unsigned char)*p;
		if (c == '\\') {
			if ((c = octal_get(p, end)) == -1)
				return 0;
			p += 3;
		} else if (c < ' ' || c >= 0x7f || c == '#')
			return 0;
		p++;
		if (n + 1 >= size)
			return 0;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	/* A line does not end in a blank. */
	if (p < end && ++p == end)
		return 0;
	*pp = p;
	return n;
}

/* Of a backslash and three digits; a name has no NUL. */
static int
octal_get(const char *p, const char *end)
{
	int i, c = 0;

	if (end - p < 4)
		return -1;
	for (i = 1; i < 4; i++) {
		if (p[i] < '0' || p[i] > '7')
			return -1;
		c = c * 8 + p[i] - '0';
	}
	return c == 0 || c > 255 ? -1 : c;
}

static int
bytes_get(const char *s, uint64_t *bytes)
{
	*bytes = 0;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || *bytes > UINT64_MAX / 10 - 1)
			return -1;
		*bytes = *bytes * 10 + (uint64_t)(*s - '0');
	}
	return 0;
}
