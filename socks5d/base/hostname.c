/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names as clients send them, made canonical before anyone judges them.
 *
 * Pure.  Never looks a name up.
 */

#include <string.h>

#include "base/addr.h"
#include "base/hostname.h"

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

static int canon_addr(const uint8_t *, size_t, struct addr *);
static int canon_name(const uint8_t *, size_t, char *);
static int canon_char(uint8_t);
static int label_is_number(const char *);

enum hostname_kind
hostname_canon(const uint8_t *src, size_t len, char dst[HOSTNAME_MAX + 1],
    struct addr *addr)
{
	const char *label;
	char        name[HOSTNAME_MAX + 1];

	dst[0] = '\0';
	if (canon_addr(src, len, addr) == 0)
		return HOSTNAME_ADDR;
	if (len > 0 && src[len - 1] == '.')
		len--;
	if (canon_name(src, len, name) == -1)
		return HOSTNAME_BAD;
	label = strrchr(name, '.');
	if (label_is_number(label != NULL ? label + 1 : name))
		return HOSTNAME_NUMBER;
	memcpy(dst, name, len + 1);
	return HOSTNAME_NAME;
}

/* An address, IPv6 also in brackets; -1 if it is none. */
static int
canon_addr(const uint8_t *src, size_t len, struct addr *addr)
{
	char text[ADDR_STRLEN];
	int  brackets;

	memset(addr, 0, sizeof(*addr));
	brackets = len >= 2 && src[0] == '[' && src[len - 1] == ']';
	if (brackets) {
		src++;
		len -= 2;
	}
	/* A NUL would hide what comes after it. */
	if (len == 0 || len >= sizeof(text) || memchr(src, '\0', len) != NULL)
		return -1;
	memcpy(text, src, len);
	text[len] = '\0';
	if (addr_parse(addr, text) == -1)
		return -1;
	if (brackets && addr->af != AF_INET6) {
		memset(addr, 0, sizeof(*addr));
		return -1;
	}
	addr_unmap(addr);
	return 0;
}

/* Copies in lower case; -1 unless these are labels joined by dots. */
static int
canon_name(const uint8_t *src, size_t len, char *dst)
{
	size_t i, label = 0;
	int    c;

	if (len == 0 || len > HOSTNAME_MAX)
		return -1;
	for (i = 0; i < len; i++) {
		if ((c = canon_char(src[i])) == -1)
			return -1;
		if (c == '.' ? label == 0 : label == LABEL_MAX)
			return -1;
		label = c == '.' ? 0 : label + 1;
		dst[i] = (char)c;
	}
	dst[len] = '\0';
	return label == 0 ? -1 : 0;
}

/* The byte in lower case, whatever the locale, or -1 if not allowed. */
static int
canon_char(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	return c == '-' || c == '_' || c == '.' ? c : -1;
}

/*
 * Octal is covered by decimal.  "0x" with no digit counts too: some read it
 * as 0 (WHATWG URL, "ends in a number").
 */
static int
label_is_number(const char *label)
{
	const char *digits = "0123456789";

	if (strncmp(label, "0x", 2) == 0) {
		digits = "0123456789abcdef";
		label += 2;
	}
	return label[strspn(label, digits)] == '\0';
}
