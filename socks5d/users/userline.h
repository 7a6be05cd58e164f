/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One line of the file of users.
 *
 * Pure.  For the files userfile*.c alone.
 */

#ifndef USERS_USERLINE_H
#define USERS_USERLINE_H

#include <stddef.h>

struct user_entry;

/*
 * What is wrong with an option that there is not; good until it is asked for
 * the next one.
 */
const char *userline_unknown(const char *option, size_t len);

/* True if a line is neither empty nor a comment; it need not be right. */
int userline_is_user(const char *, size_t);

/*
 * Fills in a zeroed entry from a line, which ends in a NUL in place of its
 * newline, is cut at its colons and must live as long as the entry.  NULL, or
 * what is wrong; the entry is to be cleared either way.
 */
const char *userline_parse(struct user_entry *, char *, size_t);
void        userline_clear(struct user_entry *);

#endif /* USERS_USERLINE_H */
