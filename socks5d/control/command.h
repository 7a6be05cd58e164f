/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What socks5ctl can ask: one row for each command in command.c, and what
 * each of them does in a file of its own.
 *
 * Every command asks other processes, waits until all have answered, are gone
 * or are too late, and says what it knows.
 */

#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include "control/conn.h"

/* A reload waits for name servers, listeners and every child. */
#define CTL_RELOAD_MS 60000

/* A name may have to be looked up for it. */
#define CTL_TEST_MS 30000

/* A changed file of users is read and written by others, by slow disks too. */
#define CTL_USER_MS 30000

/* A table is built anew, which takes seconds if it is large. */
#define CTL_TABLE_MS 60000

/* Starts the command that the client asks for, if it may. */
void command_start(struct conn *, const struct msg *);

extern const struct ctl_command ctl_counters; /* ctl_counters.c */
extern const struct ctl_command ctl_kill;     /* ctl_daemon.c */
extern const struct ctl_command ctl_reload;
extern const struct ctl_command ctl_stop;
extern const struct ctl_command ctl_verbose;
extern const struct ctl_command ctl_list;       /* list.c */
extern const struct ctl_command ctl_status;     /* ctl_status.c */
extern const struct ctl_command ctl_table_edit; /* ctl_tables.c */
extern const struct ctl_command ctl_table_show;
extern const struct ctl_command ctl_table_test;
extern const struct ctl_command ctl_test;      /* ctl_test.c */
extern const struct ctl_command ctl_proxy_set; /* ctl_proxies.c */
extern const struct ctl_command ctl_unban;     /* ctl_users.c */
extern const struct ctl_command ctl_user_edit;

/* ctl_counters.c: of the router's counters, sessions that have not ended. */
int counters_get_sessions(const struct msg *, uint64_t *);

#endif /* CONTROL_COMMAND_H */
