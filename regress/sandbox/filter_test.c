/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The filters as programs, interpreted: by number against filters.txt, by
 * argument against the predicates below, and against the list of calls that
 * must be dead.
 *
 * Everything here was written from what a role may do, not from the lists in
 * the sources.  Numbers stand for themselves: a header that is wrong must not
 * be wrong on both sides.
 */

#include <atf-c.h>
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "bpf.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define ARCH         AUDIT_ARCH_X86_64
#define NUMBERS      1024U
#define X32_BIT      0x40000000U
#define ONE(id, ...) +1
#define ROLES        (1 PROC_CHILD_TABLE(ONE))

#define KILL  SECCOMP_RET_KILL_PROCESS
#define ALLOW SECCOMP_RET_ALLOW

#define ID(id, ...) PROC_##id,
static const enum proc_id roles[ROLES] = { PROC_PARENT, PROC_CHILD_TABLE(ID) };

enum say {
	SAY_KILL,
	SAY_YES,
	SAY_IF,
	SAY_EACCES,
	SAY_ENOSYS,
	SAY_EPERM
};

static const char *const say_names[] = {
	"-",
	"yes",
	"if",
	"EACCES",
	"ENOSYS",
	"EPERM",
};

static void         skip_unless_plain(void);
static void         table_read(const char *, enum say[NUMBERS][ROLES]);
static void         table_head(char *, unsigned int[ROLES]);
static void         table_row(char *, const unsigned int[ROLES],
	    enum say[NUMBERS][ROLES]);
static unsigned int number_of(const char *);
static enum say     say_byname(const char *);
static enum say     say_of(const struct bpf_returns *);
static const char  *name_of(unsigned int);

ATF_TC(by_number);
ATF_TC_HEAD(by_number, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every number gets from every role what filters.txt says");
}
ATF_TC_BODY(by_number, tc)
{
	static enum say    want[NUMBERS][ROLES];
	static struct bpf  prog;
	struct bpf_returns ret;
	unsigned int       nr, r;
	enum say           have;

	skip_unless_plain();
	table_read(atf_tc_get_config_var(tc, "srcdir"), want);
	for (r = 0; r < ROLES; r++) {
		bpf_export(&prog, roles[r]);
		for (nr = 0; nr < NUMBERS; nr++) {
			bpf_explore(&prog, ARCH, nr, &ret);
			have = say_of(&ret);
			ATF_CHECK_MSG(have == want[nr][r],
			    "%s: %s (%u): %s instead of %s",
			    proc_name(roles[r]), name_of(nr), nr,
			    say_names[have], say_names[want[nr][r]]);
		}
	}
}

ATF_TC(other_worlds);
ATF_TC_HEAD(other_worlds, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "x32 numbers, other architectures and "
	    "numbers beyond all tables kill, in the parent too where they "
	    "would pass by its list");
}
ATF_TC_BODY(other_worlds, tc)
{
	static const uint32_t archs[] = {
		AUDIT_ARCH_I386,
		AUDIT_ARCH_AARCH64,
		AUDIT_ARCH_ARM,
		0,
		UINT32_MAX,
	};
	static struct bpf  prog;
	struct bpf_returns ret;
	unsigned int       nr, r, a;

	skip_unless_plain();
	for (r = 0; r < ROLES; r++) {
		bpf_export(&prog, roles[r]);
		for (nr = 0; nr < NUMBERS; nr++) {
			bpf_explore(&prog, ARCH, X32_BIT | nr, &ret);
			ATF_CHECK_MSG(ret.n == 1 && ret.value[0] == KILL,
			    "%s: x32 %u", proc_name(roles[r]), nr);
			for (a = 0; a < nitems(archs); a++) {
				bpf_explore(&prog, archs[a], nr, &ret);
				ATF_CHECK_MSG(ret.n == 1 &&
					ret.value[0] == KILL,
				    "%s: arch %x: %u", proc_name(roles[r]),
				    archs[a], nr);
			}
		}
		for (nr = 10; nr < 32 && roles[r] != PROC_PARENT; nr++) {
			bpf_explore(&prog, ARCH, 1U << nr, &ret);
			ATF_CHECK_MSG(ret.n == 1 && ret.value[0] == KILL,
			    "%s: number %x", proc_name(roles[r]), 1U << nr);
		}
	}
}

/*
 * Calls that no child may make in any form, from the ways out of a sandbox
 * that are known; and those that one role has and another must not.
 */
static const char *const dead_for_all[] = {
	"accept",
	"acct",
	"add_key",
	"arch_prctl",
	"bpf",
	"capset",
	"chdir",
	"chmod",
	"chown",
	"chroot",
	"clone",
	"creat",
	"dup",
	"dup2",
	"dup3",
	"epoll_create",
	"epoll_create1",
	"eventfd2",
	"execve",
	"execveat",
	"fanotify_init",
	"fchdir",
	"fchmod",
	"fchown",
	"finit_module",
	"fork",
	"fsopen",
	"ftruncate",
	"getdents64",
	"init_module",
	"inotify_init1",
	"io_setup",
	"io_submit",
	"io_uring_enter",
	"io_uring_register",
	"io_uring_setup",
	"ioctl",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_load",
	"keyctl",
	"kill",
	"landlock_create_ruleset",
	"landlock_restrict_self",
	"link",
	"memfd_create",
	"memfd_secret",
	"mkdir",
	"mknod",
	"modify_ldt",
	"mount",
	"mount_setattr",
	"move_mount",
	"msgsnd",
	"name_to_handle_at",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"personality",
	"pidfd_getfd",
	"pidfd_open",
	"pidfd_send_signal",
	"pipe",
	"pivot_root",
	"pkey_mprotect",
	"ppoll",
	"prctl",
	"process_madvise",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"pwritev2",
	"remap_file_pages",
	"rename",
	"request_key",
	"rt_sigaction",
	"rt_sigqueueinfo",
	"rt_tgsigqueueinfo",
	"sched_setaffinity",
	"seccomp",
	"sendfile",
	"sendmmsg",
	"sendto",
	"set_robust_list",
	"setgid",
	"setgroups",
	"setns",
	"setresgid",
	"setresuid",
	"setrlimit",
	"setsid",
	"setuid",
	"shmat",
	"shmget",
	"sigaltstack",
	"symlink",
	"sysfs",
	"tee",
	"timer_create",
	"timerfd_create",
	"tkill",
	"truncate",
	"umount2",
	"unlink",
	"unshare",
	"userfaultfd",
	"vfork",
	"vmsplice",
};

static const char *const dead_but_router[] = {
	"bind",
	"connect",
	"getpeername",
	"getsockname",
	"listen",
	"sendmsg",
	"socket",
	"socketpair",
};

static const char *const dead_but_router_upstream[] = { "recvfrom" };

static const char *const dead_but_relay[] = { "recvmmsg" };

static const char *const dead_for_relay[] = { "accept4", "getsockopt" };

static void check_dead(const char *const *, size_t, enum proc_id);

ATF_TC(must_be_dead);
ATF_TC_HEAD(must_be_dead, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each known way out kills, whatever its arguments");
}
ATF_TC_BODY(must_be_dead, tc)
{
	unsigned int r;

	skip_unless_plain();
	for (r = 1; r < ROLES; r++) {
		check_dead(dead_for_all, nitems(dead_for_all), roles[r]);
		if (roles[r] != PROC_ROUTER)
			check_dead(dead_but_router, nitems(dead_but_router),
			    roles[r]);
		if (roles[r] != PROC_UPSTREAM && roles[r] != PROC_ROUTER)
			check_dead(dead_but_router_upstream,
			    nitems(dead_but_router_upstream), roles[r]);
		if (roles[r] != PROC_RELAY)
			check_dead(dead_but_relay, nitems(dead_but_relay),
			    roles[r]);
	}
	check_dead(dead_for_relay, nitems(dead_for_relay), PROC_RELAY);
}

static void
check_dead(const char *const *names, size_t n, enum proc_id role)
{
	static struct bpf  prog;
	struct bpf_returns ret;
	size_t             i;

	bpf_export(&prog, role);
	for (i = 0; i < n; i++) {
		bpf_explore(&prog, ARCH, number_of(names[i]), &ret);
		ATF_CHECK_MSG(ret.n == 1 && ret.value[0] == KILL, "%s: %s",
		    proc_name(role), names[i]);
	}
}

/* What child_confine() calls after the parent's list came into force. */
ATF_TC(parent_leaves_room);
ATF_TC_HEAD(parent_leaves_room, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the parent's list, which children "
	    "inherit, has nothing that raising the walls needs");
}
ATF_TC_BODY(parent_leaves_room, tc)
{
	static const char *const needed[] = {
		"unshare",
		"chroot",
		"fchdir",
		"chdir",
		"setgroups",
		"setresgid",
		"setresuid",
		"prctl",
		"capset",
		"capget",
		"prlimit64",
		"seccomp",
		"landlock_create_ruleset",
		"landlock_restrict_self",
		"close_range",
		"openat",
		"rt_sigaction",
		"socketpair",
		"clone",
		"execveat",
		"wait4",
		"kill",
		"sendmsg",
	};
	static struct bpf  prog;
	struct bpf_returns ret;
	size_t             i;

	skip_unless_plain();
	bpf_export(&prog, PROC_PARENT);
	for (i = 0; i < nitems(needed); i++) {
		bpf_explore(&prog, ARCH, number_of(needed[i]), &ret);
		ATF_CHECK_MSG(ret.n == 1 && ret.value[0] == ALLOW, "%s",
		    needed[i]);
	}
}

/*
 * The conditions, once more: each seed is a call that must pass.  fits() says
 * of any arguments whether they may.
 */
struct seed {
	const char *call;
	uint64_t    args[6];
};

static const struct seed seeds[] = {
	{ "recvmsg", { 3, 0x7fff00000000, 0, 0, 0, 0 } },
	{ "recvmsg", { 3, 0x7fff00000000, 0x40000040, 0, 0, 0 } },
	{ "sendmsg", { 3, 0x7fff00000000, 0x4040, 0, 0, 0 } },
	{ "fcntl", { 5, 1, 0, 0, 0, 0 } },
	{ "fcntl", { 5, 2, 1, 0, 0, 0 } },
	{ "fcntl", { 5, 3, 0, 0, 0, 0 } },
	{ "fcntl", { 5, 4, 04002, 0, 0, 0 } },
	{ "fcntl", { 5, 1030, 0, 0, 0, 0 } },
	{ "fcntl", { 5, 1031, 65536, 0, 0, 0 } },
	{ "mmap", { 0, 4096, 3, 0x22, UINT64_MAX, 0 } },
	{ "mmap", { 0, 4096, 0, 0x4022, UINT64_MAX, 0 } },
	{ "mprotect", { 0x7fff00000000, 4096, 3, 0, 0, 0 } },
	{ "futex", { 0x7fff00000000, 0x80, 0, 0, 0, 0 } },
	{ "futex", { 0x7fff00000000, 0x81, 1, 0, 0, 0 } },
	{ "futex", { 0x7fff00000000, 0x189, 0, 0, 0, UINT64_MAX } },
	{ "prlimit64", { 0, 7, 0, 0x7fff00000000, 0, 0 } },
	{ "tgkill", { UINT64_MAX, 1, 6, 0, 0, 0 } }, /* own pid put in */
	{ "pipe2", { 0x7fff00000000, 02004000, 0, 0, 0, 0 } },
	{ "splice", { 5, 0, 6, 0, 65536, 3 } },
	{ "shutdown", { 5, 1, 0, 0, 0, 0 } },
	{ "setsockopt", { 5, 1, 13, 0x7fff00000000, 8, 0 } },
	{ "setsockopt", { 5, 1, 2, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 1, 9, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 1, 10, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 6, 1, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 6, 4, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 6, 5, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 6, 6, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 6, 13, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 6, 18, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 1, 15, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 0, 10, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 41, 23, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 41, 26, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 17, 103, 0x7fff00000000, 4, 0 } },
	{ "setsockopt", { 5, 0, 24, 0x7fff00000000, 4, 0 } },
	{ "getsockopt", { 5, 1, 4, 0x7fff00000000, 0x7fff00000010, 0 } },
	{ "getsockopt", { 5, 6, 11, 0x7fff00000000, 0x7fff00000010, 0 } },
	{ "getsockopt", { 5, 1, 17, 0x7fff00000000, 0x7fff00000010, 0 } },
	{ "getsockopt", { 5, 1, 59, 0x7fff00000000, 0x7fff00000010, 0 } },
	{ "accept4", { 5, 0, 0, 02004000, 0, 0 } },
	{ "socket", { 2, 02004001, 0, 0, 0, 0 } },
	{ "socket", { 2, 02004001, 6, 0, 0, 0 } },
	{ "socket", { 2, 2, 17, 0, 0, 0 } },
	{ "socket", { 10, 02004002, 0, 0, 0, 0 } },
	{ "socket", { 10, 1, 6, 0, 0, 0 } },
	{ "recvfrom", { 5, 0x7fff00000000, 1024, 2, 0, 0 } },
	{ "recvfrom", { 5, 0, 0, 0x42, 0x7fff00000000, 0x7fff00000010 } },
	{ "recvfrom", { 5, 0, 0, 0x40, 0, 0 } },
	{ "recvmmsg", { 5, 0x7fff00000000, 32, 0x40, 0, 0 } },
	{ "socketpair", { 1, 02004002, 0, 0x7fff00000000, 0, 0 } },
};

static int  fits(enum proc_id, const char *, const uint64_t *);
static int  fits_all(const char *, const uint64_t *);
static int  fits_relay(const char *, const uint64_t *);
static int  fits_router(const char *, const uint64_t *);
static int  fits_control(const char *, const uint64_t *);
static int  fits_upstream(const char *, const uint64_t *);
static int  within(uint64_t, uint64_t);
static void sweep(const struct bpf *, enum proc_id, const struct seed *);
static void sweep_one(const struct bpf *, enum proc_id, const struct seed *,
    struct seccomp_data *);

ATF_TC(by_argument);
ATF_TC_HEAD(by_argument, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "around each permitted call, every "
	    "change of one or two bits in any argument, 64 bits wide, is "
	    "judged as written here");
}
ATF_TC_BODY(by_argument, tc)
{
	static struct bpf  prog;
	struct bpf_returns ret;
	unsigned int       r;
	size_t             i;

	skip_unless_plain();
	for (r = 1; r < ROLES; r++) {
		bpf_export(&prog, roles[r]);
		for (i = 0; i < nitems(seeds); i++) {
			bpf_explore(&prog, ARCH, number_of(seeds[i].call),
			    &ret);
			if (say_of(&ret) == SAY_IF)
				sweep(&prog, roles[r], &seeds[i]);
		}
	}
}

ATF_TC(no_condition_unseen);
ATF_TC_HEAD(no_condition_unseen, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every call that filters.txt lists "
	    "with conditions has a seed that passes in that role");
}
ATF_TC_BODY(no_condition_unseen, tc)
{
	static enum say want[NUMBERS][ROLES];
	uint64_t        args[6];
	unsigned int    nr, r;
	size_t          i;
	int             found;

	table_read(atf_tc_get_config_var(tc, "srcdir"), want);
	for (nr = 0; nr < NUMBERS; nr++) {
		for (r = 1; r < ROLES; r++) {
			if (want[nr][r] != SAY_IF)
				continue;
			found = 0;
			for (i = 0; i < nitems(seeds); i++) {
				memcpy(args, seeds[i].args, sizeof(args));
				if (args[0] == UINT64_MAX)
					args[0] = (uint64_t)getpid();
				if (number_of(seeds[i].call) == nr &&
				    fits(roles[r], seeds[i].call, args))
					found = 1;
			}
			ATF_CHECK_MSG(found, "%s: %s", proc_name(roles[r]),
			    name_of(nr));
		}
	}
}

static void
sweep(const struct bpf *prog, enum proc_id role, const struct seed *seed)
{
	struct seccomp_data d;
	unsigned int        i, j;

	memset(&d, 0, sizeof(d));
	d.arch = ARCH;
	d.nr = (int)number_of(seed->call);
	memcpy(d.args, seed->args, sizeof(d.args));
	if (d.args[0] == UINT64_MAX)
		d.args[0] = (uint64_t)getpid();
	sweep_one(prog, role, seed, &d);
	for (i = 0; i < 6 * 64; i++) {
		d.args[i / 64] ^= 1ULL << (i % 64);
		sweep_one(prog, role, seed, &d);
		for (j = i + 1; j < 6 * 64; j++) {
			d.args[j / 64] ^= 1ULL << (j % 64);
			sweep_one(prog, role, seed, &d);
			d.args[j / 64] ^= 1ULL << (j % 64);
		}
		d.args[i / 64] ^= 1ULL << (i % 64);
	}
}

static void
sweep_one(const struct bpf *prog, enum proc_id role, const struct seed *seed,
    struct seccomp_data *d)
{
	uint64_t args[6];
	uint32_t want;

	memcpy(args, d->args, sizeof(args));
	want = fits(role, seed->call, args) ? ALLOW : KILL;
	ATF_REQUIRE_MSG(bpf_run(prog, d) == want,
	    "%s: %s(%llx, %llx, %llx, %llx, %llx, %llx) is %s", proc_name(role),
	    seed->call, d->args[0], d->args[1], d->args[2], d->args[3],
	    d->args[4], d->args[5], want == ALLOW ? "refused" : "allowed");
}

static int
fits(enum proc_id role, const char *call, const uint64_t *a)
{
	if (fits_all(call, a))
		return 1;
	switch (role) {
	case PROC_RELAY:
		return fits_relay(call, a);
	case PROC_ROUTER:
		return fits_router(call, a);
	case PROC_CONTROL:
		return fits_control(call, a);
	case PROC_UPSTREAM:
		return fits_upstream(call, a);
	default:
		return 0;
	}
}

static int
fits_all(const char *call, const uint64_t *a)
{
	if (strcmp(call, "recvmsg") == 0)
		return within(a[2], 0x40000040);
	if (strcmp(call, "fcntl") == 0)
		return a[1] == 1 || a[1] == 3 ||
		    (a[1] == 2 && within(a[2], 1)) ||
		    (a[1] == 4 && within(a[2], 04003));
	if (strcmp(call, "mmap") == 0 || strcmp(call, "mprotect") == 0)
		return within(a[2], 3);
	if (strcmp(call, "futex") == 0)
		return within(a[1], 0x18b) &&
		    ((a[1] & 0x7f) == 0 || (a[1] & 0x7f) == 1 ||
			(a[1] & 0x7f) == 9);
	if (strcmp(call, "prlimit64") == 0)
		return a[0] == 0 && a[2] == 0;
	if (strcmp(call, "tgkill") == 0)
		return a[0] == (uint64_t)getpid();
	return 0;
}

static int
fits_relay(const char *call, const uint64_t *a)
{
	if (strcmp(call, "fcntl") == 0)
		return a[1] == 1031;
	if (strcmp(call, "pipe2") == 0)
		return a[1] == 02004000;
	if (strcmp(call, "splice") == 0)
		return a[1] == 0 && a[3] == 0 && a[5] <= 3;
	if (strcmp(call, "shutdown") == 0)
		return a[1] == 1;
	if (strcmp(call, "setsockopt") == 0)
		return (a[1] == 1 && a[2] == 13) || (a[1] == 17 && a[2] == 103);
	if (strcmp(call, "recvmmsg") == 0)
		return a[3] == 0x40 && a[4] == 0;
	return 0;
}

static int
fits_router(const char *call, const uint64_t *a)
{
	uint64_t type;

	if (strcmp(call, "fcntl") == 0)
		return a[1] == 1030 && a[2] == 0;
	if (strcmp(call, "sendmsg") == 0)
		return within(a[2], 0x4040);
	if (strcmp(call, "accept4") == 0)
		return a[3] == 02004000;
	if (strcmp(call, "shutdown") == 0)
		return a[1] == 1;
	if (strcmp(call, "getsockopt") == 0)
		return (a[1] == 1 && a[2] == 4) || (a[1] == 6 && a[2] == 11);
	if (strcmp(call, "setsockopt") == 0)
		return (a[1] == 1 &&
			   (a[2] == 2 || a[2] == 9 || a[2] == 10 ||
			       a[2] == 13 || a[2] == 15)) ||
		    (a[1] == 41 && (a[2] == 23 || a[2] == 26)) ||
		    (a[1] == 6 &&
			(a[2] == 1 || a[2] == 13 || a[2] == 18 ||
			    (a[2] >= 4 && a[2] <= 6))) ||
		    (a[1] == 0 && (a[2] == 10 || a[2] == 24));
	/* Never a byte of what came. */
	if (strcmp(call, "recvfrom") == 0)
		return a[2] == 0 && within(a[3], 0x42);
	if (strcmp(call, "socket") == 0) {
		type = a[1] & ~02004000ULL;
		return (a[0] == 2 || a[0] == 10) &&
		    ((type == 1 && (a[2] == 0 || a[2] == 6)) ||
			(type == 2 && (a[2] == 0 || a[2] == 17)));
	}
	/* Of UNIX, for datagrams. */
	if (strcmp(call, "socketpair") == 0)
		return a[0] == 1 && (a[1] & ~02004000ULL) == 2 && a[2] == 0;
	return 0;
}

static int
fits_control(const char *call, const uint64_t *a)
{
	if (strcmp(call, "accept4") == 0)
		return a[3] == 02004000;
	if (strcmp(call, "getsockopt") == 0)
		return a[1] == 1 && (a[2] == 17 || a[2] == 59);
	return 0;
}

/* MSG_PEEK and nothing else, and no address to be had. */
static int
fits_upstream(const char *call, const uint64_t *a)
{
	if (strcmp(call, "recvfrom") == 0)
		return a[3] == 2 && a[4] == 0 && a[5] == 0;
	return 0;
}

static int
within(uint64_t v, uint64_t bits)
{
	return (v & ~bits) == 0;
}

/* The lists differ in builds for sanitizers; numbers are of one machine. */
static void
skip_unless_plain(void)
{
#if defined(SANITIZE) || defined(SANDBOX_STRICT)
	atf_tc_skip("the filters of this build are not the real ones");
#endif
#ifndef __x86_64__
	atf_tc_skip("the numbers here are those of x86-64");
#endif
}

static void
table_read(const char *dir, enum say table[NUMBERS][ROLES])
{
	char         path[1024], line[256];
	FILE        *f;
	unsigned int nr, r, column[ROLES];
	int          head = 1;

	for (nr = 0; nr < NUMBERS; nr++) {
		for (r = 0; r < ROLES; r++)
			table[nr][r] = roles[r] == PROC_PARENT ? SAY_YES :
								 SAY_KILL;
	}
	(void)snprintf(path, sizeof(path), "%s/filters.txt", dir);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (head)
			table_head(line, column);
		else
			table_row(line, column, table);
		head = 0;
	}
	(void)fclose(f);
}

/* Which of the roles each column is: all of them, in any order. */
static void
table_head(char *line, unsigned int column[ROLES])
{
	char        *word, *last;
	unsigned int i, r, seen = 0;

	ATF_REQUIRE((word = strtok_r(line, " \t\n", &last)) != NULL);
	ATF_REQUIRE_STREQ("call", word);
	for (i = 0; i < ROLES; i++) {
		word = strtok_r(NULL, " \t\n", &last);
		ATF_REQUIRE_MSG(word != NULL, "no column %u", i);
		for (r = 0; r < ROLES; r++)
			if (strcmp(word, proc_name(roles[r])) == 0)
				break;
		ATF_REQUIRE_MSG(r < ROLES, "%s: no role", word);
		ATF_REQUIRE_MSG((seen & 1U << r) == 0, "%s: twice", word);
		seen |= 1U << r;
		column[i] = r;
	}
	ATF_REQUIRE(strtok_r(NULL, " \t\n", &last) == NULL);
}

static void
table_row(char *line, const unsigned int column[ROLES],
    enum say table[NUMBERS][ROLES])
{
	char        *word, *last;
	unsigned int nr, r;

	ATF_REQUIRE((word = strtok_r(line, " \t\n", &last)) != NULL);
	nr = number_of(word);
	for (r = 0; r < ROLES; r++) {
		word = strtok_r(NULL, " \t\n", &last);
		ATF_REQUIRE_MSG(word != NULL, "%s: column %u", line, r);
		table[nr][column[r]] = say_byname(word);
	}
	ATF_REQUIRE(strtok_r(NULL, " \t\n", &last) == NULL);
}

static unsigned int
number_of(const char *name)
{
	int nr;

	if (name[0] >= '0' && name[0] <= '9')
		return (unsigned int)strtoul(name, NULL, 10);
	nr = seccomp_syscall_resolve_name(name);
	ATF_REQUIRE_MSG(nr >= 0 && (unsigned int)nr < NUMBERS, "no call %s",
	    name);
	return (unsigned int)nr;
}

static enum say
say_byname(const char *word)
{
	size_t i;

	for (i = 0; i < nitems(say_names); i++) {
		if (strcmp(word, say_names[i]) == 0)
			return (enum say)i;
	}
	atf_tc_fail("filters.txt: no such word: %s", word);
}

/* Allowed or killed, depending on arguments, is the one mixture there is. */
static enum say
say_of(const struct bpf_returns *r)
{
	if (r->n == 2 &&
	    ((r->value[0] == ALLOW && r->value[1] == KILL) ||
		(r->value[0] == KILL && r->value[1] == ALLOW)))
		return SAY_IF;
	ATF_REQUIRE_EQ(1, r->n);
	switch (r->value[0]) {
	case ALLOW:
		return SAY_YES;
	case KILL:
		return SAY_KILL;
	case SECCOMP_RET_ERRNO | EACCES:
		return SAY_EACCES;
	case SECCOMP_RET_ERRNO | ENOSYS:
		return SAY_ENOSYS;
	case SECCOMP_RET_ERRNO | EPERM:
		return SAY_EPERM;
	}
	atf_tc_fail("filter returns %x", r->value[0]);
}

static const char *
name_of(unsigned int nr)
{
	static char buf[64];
	char       *name;

	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);
	(void)snprintf(buf, sizeof(buf), "%s", name == NULL ? "?" : name);
	free(name);
	return buf;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, by_number);
	ATF_TP_ADD_TC(tp, other_worlds);
	ATF_TP_ADD_TC(tp, must_be_dead);
	ATF_TP_ADD_TC(tp, parent_leaves_room);
	ATF_TP_ADD_TC(tp, by_argument);
	ATF_TP_ADD_TC(tp, no_condition_unseen);
	return atf_no_error();
}
