/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The roles of socks5d: one process each, relays several times over.
 *
 * Linked by everything, socks5ctl included.  PROC_CTL stands for a socks5ctl
 * at the far end of a control connection; it is never started by us.
 */

#ifndef BASE_PROC_H
#define BASE_PROC_H

enum proc_id {
	PROC_PARENT,
	PROC_ROUTER,
	PROC_RELAY,
	PROC_AUTH,
	PROC_RESOLVER,
	PROC_CONTROL,
	PROC_LOADER,
	PROC_UPSTREAM,
	PROC_HASH,
	PROC_CTL,
	PROC_MAX
};

/* One bit per role, for sets of roles. */
#define PROC_BIT(p)	(1U << (p))

/* Relays that one daemon may have; instance numbers are below it. */
#define RELAYS_MAX	64

/* The same for those that hash passwords. */
#define HASHERS_MAX	16

/*
 * Children that one daemon may have: what proc_instances() says of each role
 * between the parent and socks5ctl.  Tables of all children have this size.
 */
#define CHILDREN_MAX	(PROC_CTL - PROC_PARENT - 3 + RELAYS_MAX + HASHERS_MAX)

/* How many of a role there may be; no role has more than RELAYS_MAX. */
unsigned int	 proc_instances(enum proc_id);

/* The role's name as printed in logs ("relay"); "?" if id is no role. */
const char	*proc_name(enum proc_id);

/* The role of that name, or PROC_MAX if there is none. */
enum proc_id	 proc_byname(const char *);

#endif /* BASE_PROC_H */
