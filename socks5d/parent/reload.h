/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading the config again, while the daemon runs: a kind of change.h.
 */

#ifndef PARENT_RELOAD_H
#define PARENT_RELOAD_H

#include <stdint.h>

#include "parent/change.h"
#include "parent/control_socket.h"
#include "parent/sockets.h"

struct conf;
struct event;
struct process;
struct quota_book;

/* Who wants a reload. */
enum reload_by {
	RELOAD_SIGNAL,
	RELOAD_ASKED,		/* control */
	RELOAD_REVOKE		/* the same, and revoke after it */
};

/* What a reload is for: what was asked for while another one ran is one. */
struct reload_wish {
	struct change		change;
	int			revoke;		/* sessions, after it */
};

/* A reload between "sent" and "committed". */
struct reload {
	struct reload_wish wish[2];
	struct reload_wish *now;	/* one of these, or NULL */
	struct reload_wish *next;	/* the other: it waits; or NULL */
	int		 loading;	/* tables: nothing was sent so far */
	struct conf	*conf;		/* NULL: probe.c is at it */
	const char	*conf_name;	/* of the config in force */
	struct control_socket control;	/* it comes into force with conf */
	struct quota_book *quota;	/* NULL: no other one */
	struct socket_classes classes;	/* so do these */
	struct event	*timeout;
	uint64_t	 sent_ms;
	char		 first[256];	/* that was complained of */
	uint64_t	 failed_ms;	/* the last one did, or 0 */
	char		 failure[256];	/* and why */
};

/* Stops a reload under way, if there is one, as if it had failed. */
void		 reload_failed(struct parent *, const char *why);

/* A child has died, which is why a reload that needs it fails. */
void		 reload_child_down(struct process *, const char *why);

/* A child refused a config: why has one reason a line and is modified. */
void		 reload_refused(struct process *, char *why);

/*
 * Begins a reload, now or as soon as nothing is in its way; asked, an enum
 * reload_by, and id tell who wants to hear how it ends.  It reads the config
 * after this call, whatever is under way.
 */
void	reload_start(struct parent *, int asked, uint64_t id);

/* One is under way or waits. */
int	reload_is_wanted(const struct parent *);

/* A child that starts now takes part in the reload under way, if any. */
void	reload_join(struct process *);

/* A child has built the new config. */
void	reload_acked(struct process *, uint32_t generation);

#endif /* PARENT_RELOAD_H */
