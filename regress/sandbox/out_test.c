/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Confined children of each role try every system call and every other known
 * way out, and die of it.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "bpf.h"
#include "confined.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The kernel's own trampolines: it lets them by every filter and ends with
 * SIGILL or an errno whoever did not come from one.
 */
#define NR_URETPROBE 335
#define NR_UPROBE    336

static int raw_call(long, const long *);
static int sweep_status(enum proc_id, int (*)(long, const long *), long,
    const long *);
static int int_80(long, const long *);

ATF_TC(each_number_live);
ATF_TC_HEAD(each_number_live, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the kernel kills for each number that "
	    "the role's program kills for, and for x32, int 0x80 and "
	    "numbers that do not exist");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(each_number_live, tc)
{
	static const long  none[6];
	static struct bpf  prog;
	struct bpf_returns ret;
	enum proc_id       role;
	size_t             i;
	long               nr;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < CONFINED_ROLES; i++) {
		role = confined_roles[i];
		bpf_export(&prog, role);
		for (nr = 0; nr < 512; nr++) {
			bpf_explore(&prog, AUDIT_ARCH_X86_64, (uint32_t)nr,
			    &ret);
			if (ret.n == 1 &&
			    ret.value[0] == SECCOMP_RET_KILL_PROCESS &&
			    nr != NR_URETPROBE && nr != NR_UPROBE)
				ATF_CHECK_MSG(filter_killed(sweep_status(role,
						  raw_call, nr, none)),
				    "%s: call %ld", proc_name(role), nr);
		}
		ATF_CHECK(filter_killed(sweep_status(role, raw_call, 5000,
		    none)));
		ATF_CHECK(filter_killed(sweep_status(role, raw_call,
		    0x40000000L + SYS_getpid, none)));
		ATF_CHECK(WIFSIGNALED(sweep_status(role, int_80, 20, none)));
	}
}

ATF_TC(high_halves);
ATF_TC_HEAD(high_halves, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an argument whose lower half is "
	    "allowed and whose upper half is not zero kills");
}
ATF_TC_BODY(high_halves, tc)
{
	static const long plain[] = { AF_INET, SOCK_STREAM, 0, 0, 0, 0 };
	static const long family[] = {
		AF_INET | 1L << 32,
		SOCK_STREAM,
		0,
		0,
		0,
		0,
	};
	static const long how[] = { 0, SHUT_WR | 1L << 40, 0, 0, 0, 0 };
	static const long shut[] = { 0, SHUT_WR, 0, 0, 0, 0 };

	SKIP_UNLESS_PLAIN();
	ATF_CHECK_EQ(0, sweep_status(PROC_ROUTER, raw_call, SYS_socket, plain));
	ATF_CHECK(filter_killed(sweep_status(PROC_ROUTER, raw_call, SYS_socket,
	    family)));
	ATF_CHECK_EQ(0, sweep_status(PROC_RELAY, raw_call, SYS_shutdown, shut));
	ATF_CHECK(filter_killed(sweep_status(PROC_RELAY, raw_call, SYS_shutdown,
	    how)));
}

/* A fork with the filter alone, since there are thousands of them. */
static int
sweep_status(enum proc_id role, int (*call)(long, const long *), long nr,
    const long *args)
{
	const struct rlimit none = { 0, 0 };
	pid_t               pid;
	int                 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		/* child_confine() would forbid thousands of core files too. */
		if (setrlimit(RLIMIT_CORE, &none) == -1 ||
		    sandbox_enter(role) == -1)
			_exit(99);
		_exit(call(nr, args));
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return status;
}

static int
raw_call(long nr, const long *a)
{
	(void)syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return 0;
}

static int
int_80(long nr, const long *a)
{
#ifdef __x86_64__
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr) : "memory");
	return 0;
#else
	abort();
#endif
}

static int
open_is_refused(void *arg)
{
	static const char *const paths[] = {
		"/",
		".",
		"..",
		"/etc/passwd",
		"/proc/self/mem",
		"/dev/null",
		"/proc/self/fd/3",
		"",
	};
	size_t i;

	for (i = 0; i < nitems(paths); i++) {
		if (open(paths[i], O_RDONLY) != -1 || errno != EACCES ||
		    open(paths[i], O_CREAT | O_WRONLY, 0600) != -1 ||
		    errno != EACCES)
			return 1;
	}
	return 0;
}

static int
out_by_setuid(void *arg)
{
	return setuid(0);
}

static int
out_by_chroot(void *arg)
{
	return chroot("..");
}

static int
out_by_chdir(void *arg)
{
	return chdir("..");
}

static int
out_by_ptrace(void *arg)
{
	return (int)syscall(SYS_ptrace, 16 /* attach */, *(pid_t *)arg, 0, 0);
}

static int
out_by_pidfd(void *arg)
{
	return (int)syscall(SYS_pidfd_open, *(pid_t *)arg, 0);
}

static int
out_by_getfd(void *arg)
{
	return (int)syscall(SYS_pidfd_getfd, 0, 0, 0);
}

static int
out_by_vm_read(void *arg)
{
	return (int)syscall(SYS_process_vm_readv, *(pid_t *)arg, 0, 0, 0, 0, 0);
}

static int
out_by_kill(void *arg)
{
	return kill(*(pid_t *)arg, SIGTERM);
}

static int
out_by_kill_all(void *arg)
{
	return kill(-1, SIGKILL);
}

static int
out_by_tgkill(void *arg)
{
	pid_t pid = *(pid_t *)arg;

	return (int)syscall(SYS_tgkill, pid, pid, SIGTERM);
}

static int
out_by_exec(void *arg)
{
	char  sh[] = "/bin/sh";
	char *argv[] = { sh, NULL };

	return execv(sh, argv);
}

static int
out_by_fork(void *arg)
{
	return (int)syscall(SYS_fork);
}

static int
out_by_memfd(void *arg)
{
	return (int)syscall(SYS_memfd_create, "x", 0);
}

static int
out_by_code(void *arg)
{
	return (int)syscall(SYS_mmap, NULL, 4096, 7, 0x22, -1, 0);
}

static int
out_by_io_uring(void *arg)
{
	return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int
out_by_dup(void *arg)
{
	return dup2(CHILD_CHANNEL_FD, 5);
}

static int
out_by_owner(void *arg)
{
	return fcntl(CHILD_CHANNEL_FD, F_SETOWN, *(pid_t *)arg);
}

static int
out_by_ioctl(void *arg)
{
	return (int)syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x");
}

static int
out_by_limit(void *arg)
{
	static const unsigned long rl[] = { 1000, 1000 };

	return (int)syscall(SYS_prlimit64, 0, 7, rl, NULL);
}

static const struct {
	const char *name;
	int (*attack)(void *);
} outs[] = {
	{ "setuid", out_by_setuid },
	{ "chroot", out_by_chroot },
	{ "chdir", out_by_chdir },
	{ "ptrace", out_by_ptrace },
	{ "pidfd_open", out_by_pidfd },
	{ "pidfd_getfd", out_by_getfd },
	{ "process_vm_readv", out_by_vm_read },
	{ "kill", out_by_kill },
	{ "kill -1", out_by_kill_all },
	{ "tgkill", out_by_tgkill },
	{ "exec", out_by_exec },
	{ "fork", out_by_fork },
	{ "memfd_create", out_by_memfd },
	{ "code", out_by_code },
	{ "io_uring", out_by_io_uring },
	{ "dup2", out_by_dup },
	{ "F_SETOWN", out_by_owner },
	{ "ioctl", out_by_ioctl },
	{ "prlimit", out_by_limit },
};

ATF_TC(no_way_out);
ATF_TC_HEAD(no_way_out, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "becoming root, leaving the root "
	    "directory, touching another process, running a program and "
	    "their like kill; opening anything is refused");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(no_way_out, tc)
{
	struct confined c;
	pid_t           self, group;
	size_t          i, j;
	int             status;

	SKIP_UNLESS_PLAIN();

	/* kill -1 must not have a chance to end the tester. */
	self = getpid();
	ATF_REQUIRE((group = fork()) != -1);
	if (group == 0) {
		(void)pause();
		_exit(0);
	}
	for (i = 0; i < CONFINED_ROLES; i++) {
		memset(&c, 0, sizeof(c));
		c.role = confined_roles[i];
		c.arg = &group;
		c.attack = open_is_refused;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_CHECK_EQ_MSG(0, confined_end(&c), "%s: open",
		    proc_name(c.role));
		for (j = 0; j < nitems(outs); j++) {
			c.attack = outs[j].attack;
			ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
			status = confined_end(&c);
			ATF_CHECK_MSG(filter_killed(status), "%s: %s: %x",
			    proc_name(c.role), outs[j].name, status);
		}
	}
	ATF_CHECK_EQ(0, waitpid(group, &status, WNOHANG));
	ATF_CHECK_EQ(self, getpid());
	(void)kill(group, SIGKILL);
	(void)waitpid(group, &status, 0);
}

ATF_TC(rootless);
ATF_TC_HEAD(rootless, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "without root there is an empty root "
	    "directory or Landlock, and the filter");
}
ATF_TC_BODY(rootless, tc)
{
	struct confined c;
	size_t          i, j;
	int             status;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < CONFINED_ROLES; i++) {
		for (j = 0; j < 2; j++) {
			memset(&c, 0, sizeof(c));
			c.role = confined_roles[i];
			c.flags = START_ROOTLESS;
			c.flags |= j == 1 ? START_NO_ROOT : 0;
			c.attack = open_is_refused;
			ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
			ATF_CHECK((c.walls & WALL_FILTER) != 0);
			ATF_CHECK((c.walls & WALL_USER) == 0);
			ATF_CHECK((c.walls &
				      (WALL_LANDLOCK |
					  (j == 0 ? WALL_ROOT : 0))) != 0);
			ATF_CHECK_EQ(0, confined_end(&c));
		}
		c.flags = START_ROOTLESS;
		c.attack = out_by_fork;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		ATF_CHECK(filter_killed(status));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_number_live);
	ATF_TP_ADD_TC(tp, high_halves);
	ATF_TP_ADD_TC(tp, no_way_out);
	ATF_TP_ADD_TC(tp, rootless);
	return atf_no_error();
}
