/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One entry of a table, as people write it in a table file, in the config or
 * after "socks5ctl table".
 *
 * Pure.  Texts need no NUL behind them and may have any bytes in them.
 */

#ifndef TABLE_ENTRY_H
#define TABLE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "table/table.h"

/* What "example.com", "*.example.com" and ".example.com" mean. */
#define DOMAIN_SELF 0x01
#define DOMAIN_SUBS 0x02 /* however deep */
#define DOMAIN_BOTH (DOMAIN_SELF | DOMAIN_SUBS)

#define DOMAIN_STRLEN (HOSTNAME_MAX + 3)

struct domain {
	uint8_t what;                   /* of the above, not none */
	char    name[HOSTNAME_MAX + 1]; /* canonical, without "*." or "." */
};

/*
 * These take one entry.  0, or -1 with why, a static text that can follow
 * "word: ".  A mapped prefix becomes the IPv4 one, for judged addresses are
 * never mapped.  A user is 1 to 255 bytes without blanks and controls, and
 * begins no comment.
 */
int entry_addr(struct prefix *, const char *, size_t, const char **why);
int entry_domain(struct domain *, const char *, size_t, const char **why);
int entry_user(const char *, size_t, const char **why);

/* As above for a table of that kind, if only to know whether it is one. */
int entry_check(enum table_kind, const char *, size_t, const char **why);

/* Two letters of any case, packed as table_country() does; 0 if not that. */
uint16_t entry_country(const char *);

/* The canonical name is what the entry says. */
int domain_match(const struct domain *, const char *name);

/* As it is written; into dst of DOMAIN_STRLEN, which is returned. */
char *domain_print(const struct domain *, char *dst, size_t);

#endif /* TABLE_ENTRY_H */
