/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One entry of a table as text: see entry.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/login.h"
#include "table/entry.h"

static int prefix_bits(const char *);

int
entry_addr(struct prefix *p, const char *word, size_t len, const char **why)
{
	char text[PREFIX_STRLEN];

	*why = "not an address or prefix";
	if (len == 0 || len >= sizeof(text) || memchr(word, '\0', len) != NULL)
		return -1;
	memcpy(text, word, len);
	text[len] = '\0';
	if (prefix_parse(p, text) == -1) {
		if (prefix_bits(text))
			*why = "host bits are set";
		return -1;
	}
	prefix_unmap(p);
	return 0;
}

/* It would be a prefix, did its address not say more than its length. */
static int
prefix_bits(const char *text)
{
	struct addr  addr;
	char         part[PREFIX_STRLEN], *slash;
	const char  *len;
	size_t       n;
	unsigned int bits = 0, max;

	(void)strlcpy(part, text, sizeof(part));
	if ((slash = strchr(part, '/')) == NULL)
		return 0;
	*slash = '\0';
	if (addr_parse(&addr, part) == -1)
		return 0;
	len = slash + 1;
	n = strspn(len, "0123456789");
	if (n == 0 || n > 3 || len[n] != '\0' || (n > 1 && len[0] == '0'))
		return 0;
	for (; *len != '\0'; len++)
		bits = bits * 10 + (unsigned int)(*len - '0');
	max = addr.af == AF_INET ? 32 : 128;
	return bits <= max;
}

int
entry_domain(struct domain *d, const char *word, size_t len, const char **why)
{
	struct addr addr;
	size_t      i;

	d->what = DOMAIN_SELF;
	if (len >= 2 && word[0] == '*' && word[1] == '.') {
		d->what = DOMAIN_SUBS;
		word += 2;
		len -= 2;
	} else if (len >= 1 && word[0] == '.') {
		d->what = DOMAIN_BOTH;
		word++;
		len--;
	}
	switch (hostname_canon((const uint8_t *)word, len, d->name, &addr)) {
	case HOSTNAME_NAME:
		return 0;
	case HOSTNAME_ADDR:
		*why = "an address, not a domain";
		return -1;
	case HOSTNAME_NUMBER:
		*why = "a number, not a domain";
		return -1;
	case HOSTNAME_BAD:
		break;
	}
	*why = "not \"name\", \"*.name\" or \".name\"";
	for (i = 0; i < len; i++) {
		if ((unsigned char)word[i] > 127)
			*why = "not ASCII: write its labels as \"xn--...\"";
	}
	return -1;
}

int
entry_user(const char *word, size_t len, const char **why)
{
	size_t i;

	if (len == 0 || len > LOGIN_FIELD_MAX) {
		*why = "invalid user name: not 1 to 255 bytes";
		return -1;
	}
	if (word[0] == '#' || word[0] == ';') {
		*why = "invalid user name: begins as a comment, \"#\" or \";\"";
		return -1;
	}
	for (i = 0; i < len; i++) {
		/* Bytes of other languages are fine, blanks are not. */
		if ((unsigned char)word[i] <= ' ' || word[i] == 0x7f) {
			*why = "invalid user name: blank or control character";
			return -1;
		}
	}
	return 0;
}

int
entry_check(enum table_kind kind, const char *word, size_t len,
    const char **why)
{
	struct prefix prefix;
	struct domain domain;

	switch (kind) {
	case TABLE_ADDR:
		return entry_addr(&prefix, word, len, why);
	case TABLE_DOMAIN:
		return entry_domain(&domain, word, len, why);
	case TABLE_USER:
		return entry_user(word, len, why);
	case TABLE_NONE:
	case TABLE_COUNTRY:
	case TABLE_KIND_MAX:
		break;
	}
	*why = "this table takes no entries";
	return -1;
}

uint16_t
entry_country(const char *text)
{
	uint16_t code = 0;
	size_t   i;

	for (i = 0; i < 2; i++) {
		if (text[i] >= 'a' && text[i] <= 'z')
			code = (uint16_t)(code << 8 | (text[i] - 'a' + 'A'));
		else if (text[i] >= 'A' && text[i] <= 'Z')
			code = (uint16_t)(code << 8 | text[i]);
		else
			return TABLE_COUNTRY_UNKNOWN;
	}
	return text[2] == '\0' ? code : TABLE_COUNTRY_UNKNOWN;
}

int
domain_match(const struct domain *d, const char *name)
{
	size_t n = strlen(name), len = strlen(d->name);

	if (n == len)
		return (d->what & DOMAIN_SELF) != 0 &&
		    memcmp(name, d->name, len) == 0;
	return (d->what & DOMAIN_SUBS) != 0 && n > len &&
	    name[n - len - 1] == '.' &&
	    memcmp(name + n - len, d->name, len) == 0;
}

char *
domain_print(const struct domain *d, char *dst, size_t size)
{
	static const char *const before[] = {
		[DOMAIN_SELF] = "",
		[DOMAIN_SUBS] = "*.",
		[DOMAIN_BOTH] = ".",
	};

	(void)snprintf(dst, size, "%s%s",
	    before[d->what & DOMAIN_BOTH] != NULL ?
		before[d->what & DOMAIN_BOTH] :
		"",
	    d->name);
	return dst;
}
