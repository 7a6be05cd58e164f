/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "reload revoke": the router judges its sessions again.
 */

#ifndef PARENT_REVOKE_H
#define PARENT_REVOKE_H

struct askers;
struct msg;
struct parent;
struct process;

void revoke_init(struct parent *);
int  revoke_is_under_way(const struct parent *);

/* Has the router judge all sessions by the config that is in force now. */
void revoke_start(struct parent *, const struct askers *);
void revoke_done(struct process *, struct msg *);

/* Who asked is gone; the router died meanwhile. */
void revoke_control_down(struct process *, const char *why);
void revoke_router_down(struct process *, const char *why);

#endif /* PARENT_REVOKE_H */
