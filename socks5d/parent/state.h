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
#include "parent/control_socket.h"
#include "parent/loader_job.h"
#include "parent/localaddr.h"
#include "parent/parent.h"
#include "parent/probe.h"
#include "parent/process.h"
#include "parent/reload.h"
#include "parent/revoke.h"
#include "parent/sockets.h"
#include "parent/stop.h"
#include "parent/table_change.h"
#include "parent/tables.h"
#include "parent/user_change.h"
#include "parent/writer.h"
#include "parent/zone.h"

struct conf;
struct event;
struct event_base;
struct quota_book;

struct parent {
	struct parent_options	 opt;
	struct event_base	*base;
	struct conf		*conf;		/* in force */
	const char		*conf_name;
	uint64_t		 started_ms;
	uint64_t		 conf_ms;
	int			 rootless;
	int			 verbose;
	int			 up;		/* all were ready once */
	int			 notify;	/* pipe to the starter, or -1 */
	int			 detached;	/* from its standard error */
	struct counters		 counters;

	/* process.c */
	struct process		 process[CHILDREN_MAX];
	unsigned int		 nprocesses;
	const struct process_ops *children;
	int			 binary;	/* our own, for fexecve(2) */
	char			 zone[ZONE_SIZE];	/* TZ=... of children */
	int			 oom;		/* our oom_score_adj */
	int			 root;		/* the empty directory, or -1 */
	uint32_t		 nofile;
	uint8_t			 key[MAC_SECRET_LEN];	/* MSG_CHILD_KEY */

	/* setup.c */
	struct {
		uint32_t	 uid;
		uint32_t	 gid;
	}			 users[PROC_MAX];	/* of each role */

	/* progress.c */
	uint64_t		 progress_ms;	/* the last time */

	/* listener.c */
	uint32_t		 last_listener;

	/* change.c */
	struct changes		*changes;

	/* localaddr.c */
	struct localaddr_watch	 localaddr;

	/* reload.c */
	struct reload		 reload;
	uint32_t		 last_generation;	/* tried */

	/* probe.c */
	struct probe		 probe;

	/* revoke.c */
	struct revoke		 revoke;

	/* sockets.c */
	struct socket_classes	 classes;	/* of the config in force */

	/* loader_job.c */
	struct loader_jobs		 jobs;

	/* tables.c */
	struct tables_load	 load;

	/* table_change.c */
	struct table_changes	 table_changes;

	/* writer.c */
	SLIST_HEAD(, writer)	 writers;

	/* quota.c */
	struct quota_book	*quota;		/* NULL until one is wanted */

	/* user_change.c */
	struct user_change	 user_change;

	/* control_socket.c */
	struct control_socket	 control;

	/* watch.c */
	struct {
		struct event	*timer;
		uint32_t	 every_ms;
		uint64_t	 last_ms;
	}			 watch;

	/* stop.c */
	int			 stopping;	/* enum stop_phase */
	int			 exit_status;
	struct event		*stop_timer;
};

#endif /* PARENT_STATE_H */
