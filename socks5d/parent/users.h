/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The users file: opened here, read by auth.
 */

#ifndef PARENT_USERS_H
#define PARENT_USERS_H

#include "config/parse.h"

struct conf;

/* Opens the file of users, if there is to be one; -1 after complaining. */
int  users_open(struct conf *, parse_report, void *);
void users_close(struct conf *);

#endif /* PARENT_USERS_H */
