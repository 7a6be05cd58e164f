/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The system call filter on Linux, built by libseccomp from the lists of the
 * roles.
 *
 * Builds: SANDBOX_STRICT kills where the plain one answers with an error, to
 * find who asks; SANITIZE answers with an error where the plain one kills, so
 * that a sanitizer can report.  Neither is for use.
 */

#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/syscalls.h"

#ifdef SANITIZE
#define ACT_DEFAULT SCMP_ACT_ERRNO(EPERM)
#else
#define ACT_DEFAULT SCMP_ACT_KILL_PROCESS
#endif

static scmp_filter_ctx sandbox_build(enum proc_id);
static int             sandbox_build_role(scmp_filter_ctx, enum proc_id);
static int      sandbox_add_list(scmp_filter_ctx, const struct syscall_list *,
	 uint32_t);
static int      sandbox_add_rule(scmp_filter_ctx, const struct syscall_rule *,
	 uint32_t);
static uint32_t sandbox_action(const struct syscall_rule *);

#define LIST(id, name, ...) [PROC_##id] = &name##_syscalls,
static const struct syscall_list *const lists[PROC_MAX] = {
	[PROC_PARENT] = &parent_syscalls, PROC_CHILD_TABLE(LIST)
};

#ifdef SANITIZE
static const struct syscall_rule sanitize_rules[] = {
	CALL(getppid),
	CALL(mmap),
	CALL(mprotect),
	CALL(rt_sigaction),
	CALL(sched_yield),
	CALL(sigaltstack),
};

static const struct syscall_list sanitize_syscalls =
    SYSCALL_LIST(sanitize_rules);
#endif

int
sandbox_enter(enum proc_id id)
{
	scmp_filter_ctx ctx;
	int             rc;

	if ((ctx = sandbox_build(id)) == NULL)
		return -1;
	rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc < 0) {
		errno = -rc;
		return -1;
	}
	return 0;
}

const char *
sandbox_name(void)
{
	return "seccomp";
}

int
sandbox_export(enum proc_id id, int fd)
{
	scmp_filter_ctx ctx;
	int             rc;

	if ((ctx = sandbox_build(id)) == NULL)
		return -1;
	rc = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	if (rc < 0) {
		errno = -rc;
		return -1;
	}
	return 0;
}

static scmp_filter_ctx
sandbox_build(enum proc_id id)
{
	scmp_filter_ctx ctx;
	uint32_t        action;
	int             rc;

	action = id == PROC_PARENT ? SCMP_ACT_ALLOW : ACT_DEFAULT;
	if ((ctx = seccomp_init(action)) == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	/* The default for a foreign machine's calls ends one thread only. */
	rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = sandbox_build_role(ctx, id);
	if (rc < 0) {
		seccomp_release(ctx);
		errno = -rc;
		return NULL;
	}
	return ctx;
}

static int
sandbox_build_role(scmp_filter_ctx ctx, enum proc_id id)
{
	const struct syscall_list *list;
	int                        rc;

	if (id >= PROC_MAX || (list = lists[id]) == NULL)
		return -EINVAL;
	if (id == PROC_PARENT)
		return sandbox_add_list(ctx, list, SCMP_ACT_ALLOW);
#ifdef SANITIZE
	rc = sandbox_add_list(ctx, &sanitize_syscalls, ACT_DEFAULT);
	if (rc < 0)
		return rc;
#endif
	if ((rc = sandbox_add_list(ctx, &base_syscalls, ACT_DEFAULT)) < 0)
		return rc;
	return sandbox_add_list(ctx, list, ACT_DEFAULT);
}

/* What the default does already needs no rule, and libseccomp takes none. */
static int
sandbox_add_list(scmp_filter_ctx ctx, const struct syscall_list *list,
    uint32_t action)
{
	size_t i;
	int    rc;

	for (i = 0; i < list->n; i++) {
		if (list->rules[i].nr < 0 ||
		    sandbox_action(&list->rules[i]) == action)
			continue;
		rc = sandbox_add_rule(ctx, &list->rules[i],
		    sandbox_action(&list->rules[i]));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
sandbox_add_rule(scmp_filter_ctx ctx, const struct syscall_rule *r,
    uint32_t action)
{
	struct scmp_arg_cmp        args[SYSCALL_CONDS_MAX];
	const struct syscall_cond *c;
	unsigned int               n;

	for (n = 0; n < SYSCALL_CONDS_MAX && r->cond[n].mask != 0; n++) {
		c = &r->cond[n];
		args[n].arg = c->arg;
		args[n].op = SCMP_CMP_MASKED_EQ;
		args[n].datum_a = c->mask;
		args[n].datum_b = c->value;
		if (c->value == SYSCALL_OWN_PID)
			args[n].datum_b = (scmp_datum_t)getpid();
	}
	return seccomp_rule_add_array(ctx, action, r->nr, n, args);
}

static uint32_t
sandbox_action(const struct syscall_rule *r)
{
	if (r->error == 0)
		return SCMP_ACT_ALLOW;
#ifdef SANDBOX_STRICT
	return SCMP_ACT_KILL_PROCESS;
#else
	return SCMP_ACT_ERRNO((uint32_t)r->error);
#endif
}
