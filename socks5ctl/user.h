/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The commands about users: what they send, and the hash that no daemon needs.
 *
 * Part of socks5ctl.
 */

#ifndef SOCKS5CTL_USER_H
#define SOCKS5CTL_USER_H

#include "base/msg_login.h"

/* Most bytes of a change: its strings, their lengths and the rest. */
#define USER_EDIT_SIZE                                                         \
	(LOGIN_NAME_SIZE + HASH_SETTING_SIZE + USER_OPTIONS_SIZE + 16)

/*
 * The payload of a change: args are the user's name and what comes behind it,
 * which are options to add, and else maybe "kill".  Asks for a password if the
 * change needs one.  Ends the process with words if something is wrong.
 */
void user_put_edit(struct wbuf *, enum user_op, int nargs, char **args);

/* The payload of an unban: what "show bans" prints, in one word or two. */
void user_put_unban(struct wbuf *, int nargs, char **args);

/* Asks for a password and prints its hash, by the method of the argument. */
void user_print_hash(int nargs, char **args);

#endif /* SOCKS5CTL_USER_H */
