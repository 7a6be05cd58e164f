/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of roles: the processes of socks5d, one or several of each.
 *
 * A new role is a row here; what else it takes is in CONTRIBUTING.
 */

#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdint.h>

/* Relays that one daemon may have; instance numbers are below it. */
#define RELAYS_MAX 64

/* The same for those that hash passwords. */
#define HASHERS_MAX 16

/* What is said of a role beside numbers. */
#define PROC_COUNTS  0x01U /* answers counters-req of control */
#define PROC_NETWORK 0x02U /* makes sockets, so it keeps the network */

/*
 * A row for each role that is a child of the parent, in no order that means
 * anything.  Only the columns that a file asks for need to compile there.
 *
 *	id		PROC_id
 *	name		of its folder, name_main(), name_syscalls, and of its
 *			system user, _socks5d_name
 *	most		processes of it, at most RELAYS_MAX
 *	oom		how soon the kernel ends it when memory runs out, from
 *			0 to 1000, first: a relay is started again and takes
 *			only its own sessions with it
 *	traits		PROC_COUNTS, PROC_NETWORK
 *	caps		Linux capabilities that it keeps, a CAP_BIT(CAP_...)
 *			for each; 0: none
 *	promises	what it needs of pledge(2): "recvfd" and "sendfd" go
 *			with the channels, "inet" with connect(2), "unix" with
 *			the accepts of control
 */
/* clang-format off */
#define PROC_CHILD_TABLE(X)						\
	X(ROUTER,	router,		1,		100,		\
	    PROC_COUNTS | PROC_NETWORK,	0, "stdio inet sendfd recvfd")	\
	X(RELAY,	relay,		RELAYS_MAX,	500,		\
	    PROC_COUNTS,		0, "stdio recvfd")		\
	X(AUTH,		auth,		1,		100,		\
	    PROC_COUNTS,		0, "stdio recvfd")		\
	X(RESOLVER,	resolver,	1,		300,		\
	    PROC_COUNTS,		0, "stdio recvfd")		\
	X(CONTROL,	control,	1,		100,		\
	    0,				0, "stdio unix recvfd")		\
	X(LOADER,	loader,		1,		300,		\
	    0,				0, "stdio recvfd")		\
	X(UPSTREAM,	upstream,	1,		300,		\
	    PROC_COUNTS,		0, "stdio recvfd")		\
	X(HASH,		hash,		HASHERS_MAX,	300,		\
	    0,				0, "stdio recvfd")
/* clang-format on */

/*
 * All of them: with the parent, and with a socks5ctl at the far end of a
 * control connection, which is never started by us.
 */
#define PROC_TABLE(X)                                                          \
	X(PARENT, parent, 1, 0, PROC_COUNTS | PROC_NETWORK, 0,                 \
	    "stdio rpath wpath cpath fattr chown inet unix dns getpw "         \
	    "id proc exec sendfd recvfd")                                      \
	PROC_CHILD_TABLE(X)                                                    \
	X(CTL, socks5ctl, 1, 0, 0, 0, "")

#define PROC_ID(id, ...) PROC_##id,
enum proc_id {
	PROC_TABLE(PROC_ID) PROC_MAX,
};

/* One bit per role, for sets of roles. */
#define PROC_BIT(p) (1U << (p))

#define PROC_MEMBER(id, ...) | PROC_BIT(PROC_##id)
#define PROC_COUNTER(id, name, most, oom, traits, ...)                         \
	| ((traits)&PROC_COUNTS ? PROC_BIT(PROC_##id) : 0)
#define PROC_MOST(id, name, most, ...) +(most)
enum {
	PROC_CHILDREN = 0 PROC_CHILD_TABLE(PROC_MEMBER),
	PROC_COUNTING = 0 PROC_TABLE(PROC_COUNTER),

	/* Children that one daemon may have; tables of all have this size. */
	CHILDREN_MAX = 0 PROC_CHILD_TABLE(PROC_MOST),
};

/* How many of a role there may be; no role has more than RELAYS_MAX. */
unsigned int proc_instances(enum proc_id);

/* Whether it is a child of the parent; any number may be asked for. */
int proc_is_child(unsigned int id);

/* Whether it keeps the host's network, as who makes sockets must. */
int proc_has_network(enum proc_id);

/* The role's name as printed in logs ("relay"); "?" if id is no role. */
const char *proc_name(enum proc_id);

/* The role of that name, or PROC_MAX if there is none. */
enum proc_id proc_byname(const char *);

#endif /* BASE_PROC_H */
