/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "reload revoke": the router judges its sessions again.
 */

#ifndef PARENT_REVOKE_H
#define PARENT_REVOKE_H

#include <stdint.h>

#include "parent/change.h"

struct msg;
struct process;

/* Sessions are judged again after a reload that was asked to revoke. */
struct revoke {
	int			active;
	struct askers		askers;
	uint32_t		generation;
};

/* Has the router judge all sessions by the config that is in force now. */
void	revoke_start(struct parent *, const struct askers *);
void	revoke_done(struct process *, struct msg *);

/* The router died meanwhile. */
void	revoke_control_down(struct process *, const char *why);
void	revoke_router_down(struct process *, const char *why);

#endif /* PARENT_REVOKE_H */
