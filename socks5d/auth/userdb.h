/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The users: what their file says and what we know of each since the start.
 *
 * Reads from a descriptor that the parent opened and opens nothing itself.
 */

#ifndef AUTH_USERDB_H
#define AUTH_USERDB_H

#include <stddef.h>
#include <stdint.h>

#include "auth/recall.h"
#include "users/userfile.h"

struct user {
	uint64_t      logins;
	uint64_t      failures;
	struct recall recall;
};

struct userdb {
	struct userfile *file; /* its users are ordered by name */
	struct user     *user; /* as many */
};

/*
 * Reads the whole file, wherever its offset is, and leaves the descriptor
 * open.  NULL if a line is wrong; then why has a line for each, as many as
 * fit.
 */
struct userdb *userdb_read(int fd, const char *path, char *why, size_t whysize);

/* One without users.  NULL if memory is short. */
struct userdb *userdb_new(void);
void           userdb_free(struct userdb *); /* wipes it */

/*
 * What the old one knows of users who are in both.  Logins that it remembers
 * come along only if the user's line still says the same.
 */
void userdb_inherit(struct userdb *, const struct userdb *old);

/* Logins are remembered until then at most. */
void userdb_shorten_logins(struct userdb *, uint64_t until);

/* The name may have any bytes; NULL if there is none. */
struct user *userdb_find(const struct userdb *, const void *name, size_t);

/* The line of a user that userdb_find() gave. */
const struct user_entry *userdb_entry(const struct userdb *,
    const struct user *);

#endif /* AUTH_USERDB_H */
