/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses of this host, for the router.
 */

#ifndef PARENT_LOCALADDR_H
#define PARENT_LOCALADDR_H

struct event;
struct parent;
struct process;

/* The addresses of this host, and changes of them. */
struct localaddr_watch {
	struct event	*timer;		/* to the next look */
	int		 changed;	/* since the last one */
	int		 unknown;	/* there is no list */
	int		 deaf;		/* nobody tells of changes */
};

void	localaddr_watch(struct parent *);
void	localaddr_send(struct process *);

#endif /* PARENT_LOCALADDR_H */
