/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Children: started, connected to each other, watched, started again.
 */

#ifndef PARENT_PROCESS_H
#define PARENT_PROCESS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/msg.h"
#include "base/proc.h"
#include "base/wall.h"

struct bulk;
struct conf;
struct event;
struct msg;
struct parent;
struct peer;
struct wbuf;

enum child_state {
	CHILD_DOWN,     /* waits to be started */
	CHILD_STARTING, /* told everything, not ready yet */
	CHILD_RUNNING,
};

/* What watch.c knows of a child. */
struct watch_child {
	uint64_t        last;      /* number of the last question */
	uint64_t        asked;     /* the same, or 0: it has answered */
	uint32_t        silent_ms; /* since it was asked */
	uint32_t        idle_ms;   /* since it used the CPU, then */
	uint32_t        ended_ms;  /* since it was told to end, or 0 */
	int             told;      /* the log has it */
	struct timespec used;      /* of the CPU, at the last look */
};

/* One child process, or the place for one. */
struct process {
	struct parent     *parent;
	enum proc_id       role;
	unsigned int       instance;
	enum child_state   state;
	pid_t              pid;
	struct peer       *peer;  /* NULL when its channel has ended */
	struct event      *timer; /* to the next start, or to ready */
	uint32_t           starts;
	struct walls       walls;
	uint32_t           missed; /* walls that the log told of */
	uint64_t           started_ms;
	uint32_t           delay_ms; /* before the next start */
	unsigned int       deaths;   /* in the window below */
	uint64_t           window_ms;
	int                builds; /* the config of a reload */
	struct watch_child watch;
	struct timespec    used; /* CPU, as progress.c saw it last */
};

/*
 * What a part of the parent does for children of some roles, see children.c;
 * NULL is nothing.
 */
struct process_hook {
	unsigned int roles;              /* set of PROC_BIT() */
	void (*greet)(struct process *); /* before config */
	void (*join)(struct process *);  /* with channels */
	void (*up)(struct process *);    /* it is ready */
	void (*down)(struct process *, const char *why);
};

struct process_ops {
	void (*msg)(void *, struct peer *, struct msg *);
	void (*end)(void *, struct peer *, const char *);
	void (*unborn)(struct parent *); /* the very first */
	const struct process_hook *hooks;
	size_t                     nhooks;
};

/* Fills in the table for what the config asks for; starts nothing. */
void process_init(struct parent *, const struct conf *,
    const struct process_ops *);
void process_start(struct process *);

/* Makes this process the last that the kernel ends for lack of memory. */
void            process_oom(struct parent *);
struct process *process_find(struct parent *, enum proc_id, unsigned int);

/* It has said that it is ready. */
void process_ready(struct process *);

/* Reaps what has died: logs it and starts it again, unless stopping. */
void process_reap(struct parent *);

/* As peer_send(); quietly nothing if it is not running. */
void process_send(struct process *, enum msg_type, uint64_t id,
    const struct wbuf *, int fd);

/* The same for a bulk, which it takes; -1 with errno if it has a fault. */
int process_send_bulk(struct process *, struct bulk *);

/* Ends it, if it runs. */
void process_kill(const struct process *);

/* It said what it must not say: it is told of and ended. */
void process_broke(struct process *, const char *what);

/* Sends a config, without and with the commit. */
int  process_send_conf(struct process *, const struct conf *);
void process_commit(struct process *, const struct conf *);

/* The config asks for more: starts them and connects them to the others. */
void process_grow(struct parent *, const struct conf *);

/* The only one of that role, started if there was none; NULL if it cannot. */
struct process *process_need(struct parent *, enum proc_id);

#endif /* PARENT_PROCESS_H */
