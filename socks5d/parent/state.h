/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The state of the parent.
 *
 * Each part says which file owns it; what that file does is in its header.
 */

#ifndef PARENT_STATE_H
#define PARENT_STATE_H

#include <sys/queue.h>

#include <stdint.h>

#include "base/counters.h"
#include "base/mac.h"
#include "base/proc.h"
#include "parent/parent.h"
#include "parent/process.h"
#include "parent/zone.h"

struct changes;
struct conf;
struct control_socket;
struct event;
struct event_base;
struct loader_jobs;
struct localaddr;
struct probe;
struct quota_book;
struct reload;
struct revoke;
struct socket_classes;
struct table_changes;
struct tables_load;
struct user_change;
struct watch;

struct parent {
	struct parent_options opt;
	struct event_base    *base;
	struct conf          *conf; /* in force */
	const char           *conf_name;
	uint64_t              started_ms;
	uint64_t              conf_ms;
	int                   rootless;
	int                   verbose;
	int                   up;       /* all were ready once */
	int                   notify;   /* pipe to the starter, or -1 */
	int                   detached; /* from its standard error */
	struct counters       counters;

	/* process.c */
	struct process            process[CHILDREN_MAX];
	unsigned int              nprocesses;
	const struct process_ops *children;
	int                       binary;          /* our own, for fexecve(2) */
	char                      zone[ZONE_SIZE]; /* TZ=... of children */
	int                       oom;             /* our oom_score_adj */
	int                       root; /* the empty directory, or -1 */
	uint32_t                  nofile;
	uint8_t                   key[MAC_SECRET_LEN]; /* MSG_CHILD_KEY */

	/* setup.c */
	struct {
		uint32_t uid;
		uint32_t gid;
	} users[PROC_MAX]; /* of each role */

	/* progress.c */
	uint64_t progress_ms; /* the last time */

	/* listener.c */
	uint32_t last_listener;

	/* change.c */
	struct changes *changes;

	/* writer.c */
	SLIST_HEAD(, writer) writers;

	/* stop.c */
	int           stopping; /* enum stop_phase */
	int           exit_status;
	struct event *stop_timer;

	/* What the config in force has. */
	struct control_socket *control;
	struct socket_classes *classes;
	struct quota_book     *quota; /* NULL until one is wanted */

	/* Each is known to the file that it is named after. */
	struct loader_jobs   *jobs;
	struct localaddr     *localaddr;
	struct probe         *probe;
	struct reload        *reload;
	struct revoke        *revoke;
	struct table_changes *table_changes;
	struct tables_load   *load;
	struct user_change   *user_change;
	struct watch         *watch;
};

#endif /* PARENT_STATE_H */
