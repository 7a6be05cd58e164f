/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The time zone of the environment: see zone.h.
 *
 * Libc takes a name that it does not know for UTC without a word, and rules by
 * the time would be off by hours.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "parent/zone.h"

#define ZONE_DIR "/usr/share/zoneinfo"

/* That of this host.  Without TZ libc would look for it at each call. */
#define ZONE_HOST ":/etc/localtime"

static int zone_file(const char *);
static int is_rule(const char *);
static int rule_name(const char **);
static int rule_time(const char **, int);
static int rule_day(const char **);
static int rule_number(const char **, int, int);

void
zone_init(char *dst, size_t size)
{
	const char *value = getenv("TZ"), *dir = getenv("TZDIR");
	char        zone[ZONE_SIZE - 3], safe[256];

	if (dir == NULL || dir[0] == '\0')
		dir = ZONE_DIR;
	if (value == NULL)
		(void)strlcpy(zone, ZONE_HOST, sizeof(zone));
	else if (zone_resolve(value, dir, zone, sizeof(zone)) == -1) {
		log_warn("TZ=%s: no such time zone on this host (is tzdata "
			 "installed?): using %s",
		    log_escape(safe, sizeof(safe), value, strlen(value)),
		    &ZONE_HOST[1]);
		(void)strlcpy(zone, ZONE_HOST, sizeof(zone));
	}
	if (setenv("TZ", zone, 1) == -1)
		fatal("TZ");
	(void)snprintf(dst, size, "TZ=%s", zone);
	tzset();
}

int
zone_resolve(const char *value, const char *dir, char *dst, size_t size)
{
	int colon = value[0] == ':', n;

	value += colon;
	if (value[0] == '\0' || strcmp(value, "UTC") == 0 ||
	    strcmp(value, "GMT") == 0)
		n = snprintf(dst, size, "UTC0");
	else if (value[0] == '/')
		n = snprintf(dst, size, ":%s", value);
	else
		n = snprintf(dst, size, ":%s/%s", dir, value);
	if (n < 0 || (size_t)n >= size)
		return -1;
	if (dst[0] != ':' || zone_file(dst + 1))
		return 0;
	if (colon || is_rule(value) == 0 || strlcpy(dst, value, size) >= size)
		return -1;
	return 0;
}

/* RFC 8536, section 3.1. */
static int
zone_file(const char *path)
{
	char    magic[4];
	ssize_t n;
	int     fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return 0;
	n = read(fd, magic, sizeof(magic));
	(void)close(fd);
	return n == (ssize_t)sizeof(magic) &&
	    memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/* As POSIX has it: CET-1CEST,M3.5.0,M10.5.0/3. */
static int
is_rule(const char *s)
{
	if (rule_name(&s) == -1 || rule_time(&s, 24) == -1)
		return 0;
	if (*s == '\0')
		return 1;
	if (rule_name(&s) == -1 ||
	    (*s != '\0' && *s != ',' && rule_time(&s, 24) == -1))
		return 0;
	if (*s == '\0')
		return 1;
	return rule_day(&s) == 0 && rule_day(&s) == 0 && *s == '\0';
}

/* Three letters or more, or in angle brackets digits and signs, too. */
static int
rule_name(const char **s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+-";
	char              plain[2 * 26 + 1];
	size_t            len;

	if (**s == '<') {
		len = strspn(++*s, letters);
		*s += len;
		return len >= 3 && *(*s)++ == '>' ? 0 : -1;
	}
	(void)strlcpy(plain, letters, sizeof(plain));
	len = strspn(*s, plain);
	*s += len;
	return len >= 3 ? 0 : -1;
}

/* [+-]hh[:mm[:ss]] */
static int
rule_time(const char **s, int hours)
{
	int i;

	if (**s == '+' || **s == '-')
		(*s)++;
	if (rule_number(s, 0, hours) == -1)
		return -1;
	for (i = 0; i < 2 && **s == ':'; i++) {
		(*s)++;
		if (rule_number(s, 0, 59) == -1)
			return -1;
	}
	return 0;
}

/* ,Mm.w.d or ,Jn or ,n; each may have a time behind it. */
static int
rule_day(const char **s)
{
	if (*(*s)++ != ',')
		return -1;
	if (**s == 'M') {
		(*s)++;
		if (rule_number(s, 1, 12) == -1 || *(*s)++ != '.' ||
		    rule_number(s, 1, 5) == -1 || *(*s)++ != '.' ||
		    rule_number(s, 0, 6) == -1)
			return -1;
	} else if (**s == 'J') {
		(*s)++;
		if (rule_number(s, 1, 365) == -1)
			return -1;
	} else if (rule_number(s, 0, 365) == -1)
		return -1;
	if (**s != '/')
		return 0;
	(*s)++;
	return rule_time(s, 167);
}

static int
rule_number(const char **s, int low, int high)
{
	int n = 0, digits = 0;

	for (; **s >= '0' && **s <= '9' && digits < 3; digits++)
		n = n * 10 + (*(*s)++ - '0');
	return digits > 0 && n >= low && n <= high ? 0 : -1;
}
