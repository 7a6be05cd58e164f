/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * System calls of a role as plain data, so that the filter and the tests
 * read the same lists.  Linux only.
 *
 * A call may have several rules: it passes if one of them holds.  Conditions
 * are equalities under a mask and nothing else: libseccomp before 2.6.1
 * weakens filters that mix other comparisons or actions in one call.
 */

#ifndef BASE_SYSCALLS_H
#define BASE_SYSCALLS_H

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/proc.h"

/* Holds if (argument & mask) == value, all 64 bits; mask 0 ends a list. */
struct syscall_cond {
	unsigned int arg;
	uint64_t     mask;
	uint64_t     value;
};

#define SYSCALL_CONDS_MAX 4

/* A value that stands for the number of the process that enters. */
#define SYSCALL_OWN_PID UINT64_MAX

struct syscall_rule {
	int                 nr;    /* negative: not on this machine */
	int                 error; /* 0: allowed, else answered with it */
	struct syscall_cond cond[SYSCALL_CONDS_MAX];
};

struct syscall_list {
	const struct syscall_rule *rules;
	size_t                     n;
};

#define SYSCALL_LIST(rules)                                                    \
	{                                                                      \
		(rules), sizeof(rules) / sizeof((rules)[0])                    \
	}

/* Allowed whatever its arguments; allowed if all conditions hold; refused. */
#define CALL(name)                                                             \
	{                                                                      \
		SCMP_SYS(name), 0,                                             \
		{                                                              \
			{                                                      \
				0, 0, 0                                        \
			}                                                      \
		}                                                              \
	}
#define CALL_IF(name, ...)                                                     \
	{                                                                      \
		SCMP_SYS(name), 0,                                             \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define CALL_FAILS(name, error)                                                \
	{                                                                      \
		SCMP_SYS(name), (error),                                       \
		{                                                              \
			{                                                      \
				0, 0, 0                                        \
			}                                                      \
		}                                                              \
	}

/* The same for calls whose name this libseccomp may not know yet. */
#define NUMBER_FAILS(nr, error)                                                \
	{                                                                      \
		(nr), (error),                                                 \
		{                                                              \
			{                                                      \
				0, 0, 0                                        \
			}                                                      \
		}                                                              \
	}

/*
 * Conditions: exactly v; no bit but these; v beside bits that do not matter.
 * High halves count too, although the kernel ignores them for an int: no
 * caller of ours sets them.
 */
#define ARG_IS(n, v)                                                           \
	{                                                                      \
		(n), UINT64_MAX, (uint64_t)(v)                                 \
	}
#define ARG_WITHIN(n, bits)                                                    \
	{                                                                      \
		(n), ~(uint64_t)(bits), 0                                      \
	}
#define ARG_BESIDE(n, v, bits)                                                 \
	{                                                                      \
		(n), ~(uint64_t)(bits), (uint64_t)(v)                          \
	}

/* What every child may do; each role's list comes on top. */
extern const struct syscall_list base_syscalls;

/* router_syscalls and so on, each in its role's folder. */
#define SYSCALLS_OF(id, name, ...)                                             \
	extern const struct syscall_list name##_syscalls;
PROC_CHILD_TABLE(SYSCALLS_OF)

/* What the parent, and by inheritance every process, may not do. */
extern const struct syscall_list parent_syscalls;

#endif /* BASE_SYSCALLS_H */
