/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The file of users: "name:hash[:option,...]", one in a line, with comments
 * and empty lines.
 *
 * Pure: a buffer in, structs or a buffer out.  Used by auth, which reads the
 * file, and by the parent, which only checks and changes it.  Options are
 * groups=a+b, expires=2027-01-31, disabled and from=prefix, which may be there
 * several times.
 */

#ifndef USERS_USERFILE_H
#define USERS_USERFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/login.h"
#include "base/msg_login.h"
#include "users/userhash.h"

#define USERFILE_SIZE_MAX  (16 * 1024 * 1024)
#define USERFILE_USERS_MAX 100000
#define USERFILE_FROM_MAX  64 /* prefixes of one user */

/* One user.  All strings and arrays are the userfile's. */
struct user_entry {
	const char          *name;
	const char          *hash;
	const char          *options; /* as written, "" for none */
	enum userhash_method method;  /* never USERHASH_NONE */
	int                  disabled;
	int64_t              expires; /* from then on, in seconds
						 * since 1970; 0 for never */
	unsigned int         ngroups;
	char (*group)[LOGIN_GROUP_SIZE];
	unsigned int   nfrom; /* 0: from anywhere */
	struct prefix *from;
	uint32_t       line;
};

struct userfile {
	struct user_entry *user; /* ordered by name */
	size_t             nusers;

	char  *text; /* what the strings are in */
	size_t textlen;
};

/* One fault of a file, as conf_check() reports those of a config. */
typedef void (*userfile_complain)(void *arg, const char *file, uint32_t line,
    const char *text);

/*
 * All users of a file, or NULL after complaining about each line that is not
 * right, or about memory with line 0.  No complaint has anything of a hash in
 * it.  The text is only read.
 */
struct userfile *userfile_parse(const char *file, const char *text, size_t,
    userfile_complain, void                                  *arg);

/* Wipes it, too. */
void userfile_free(struct userfile *);

/* The user of that name, which may have any bytes in it; or NULL. */
const struct user_entry *userfile_find(const struct userfile *,
    const void *name, size_t);

/* True if the client may log in as this user from there, if it may at all. */
int user_entry_from(const struct user_entry *, const struct addr *);

enum userfile_edit {
	USERFILE_EDITED,
	USERFILE_EDIT_NOTHING, /* it is so already; there is no new text */
	USERFILE_EDIT_REFUSED, /* why says it: such a user, no such user */
	USERFILE_EDIT_MEMORY,
};

/*
 * The text of a file with one change, in a new buffer for the caller to wipe
 * and free.  Every byte that is not about the change stays; other lines need
 * not even be right.  A user that is added comes last.  passwd keeps the
 * options, disable and enable all but "disabled".  set replaces the options of
 * the kinds that it is given, and takes away those whose value is "-", as in
 * "groups=-"; others stay where they are.  why is a buffer of
 * USERFILE_WHY_SIZE.
 */
#define USERFILE_WHY_SIZE 256

enum userfile_edit userfile_edit(const char *text, size_t,
    const struct msg_user_edit *, char **out, size_t *outlen, char *why);

#endif /* USERS_USERFILE_H */
