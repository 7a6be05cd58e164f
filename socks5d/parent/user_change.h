/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Changes of the users file while the daemon runs: a kind of change.h.
 */

#ifndef PARENT_USER_CHANGE_H
#define PARENT_USER_CHANGE_H

#include <stdint.h>

struct msg_result;
struct msg_user_edit;
struct parent;
struct process;

void user_change_init(struct parent *);

/* Begins a change that control asks for under this id; it hears of the end. */
void user_change_start(struct parent *, uint64_t id,
    const struct msg_user_edit *);

/* Auth has read the file that it was asked about. */
void user_change_taken(struct parent *, uint64_t asked, struct msg_result *);

/* Auth has died: a change under way fails, and the old file stays. */
void user_change_auth_down(struct process *, const char *why);

#endif /* PARENT_USER_CHANGE_H */
