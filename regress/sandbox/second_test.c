/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The other walls, each for itself: this program is linked without a system
 * call filter, so whatever stops these children is something else.
 */

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "confined.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* Versions of Landlock; an older kernel has less of it. */
#define LANDLOCK_TCP    4
#define LANDLOCK_SCOPES 6

/* Each returns 0 if the wall held, else the number of what did not. */
static int  files_are_gone(void *);
static int  root_is_gone(void *);
static int  others_are_out_of_reach(void *);
static int  network_is_gone(void *);
static int  code_stays_as_it_is(void *);
static int  limits_stay(void *);
static int  scopes_hold(void *);
static int  words_do_not_arrive(void *);
static long landlock_version(void);
static void check_all(int (*)(void *), uint32_t, uint32_t, void *);
static int  wait_for_parent(void *);

ATF_TC(files);
ATF_TC_HEAD(files, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no file can be opened, made, entered or run");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(files, tc)
{
	check_all(files_are_gone, 0, 0, NULL);
	check_all(files_are_gone, START_ROOTLESS, 0, NULL);
	check_all(files_are_gone, START_ROOTLESS | START_NO_ROOT, 0, NULL);
}

static int
files_are_gone(void *arg)
{
	static const char *const paths[] = {
		"/etc/passwd",
		"../etc/passwd",
		"/tmp",
		"/dev/null",
		"/proc/self/status",
		"/lib64/ld-linux-x86-64.so.2",
	};
	char   sh[] = "/bin/sh", c[] = "-c", run[] = "exit 77";
	char  *argv[] = { sh, c, run, NULL };
	size_t i;

	for (i = 0; i < nitems(paths); i++) {
		if (open(paths[i], O_RDONLY) != -1)
			return (int)i + 1;
	}
	if (open("/x", O_CREAT | O_WRONLY, 0600) != -1 ||
	    open("/tmp/x.confined", O_CREAT | O_WRONLY, 0600) != -1)
		return 10;
	if (mkdir("/x", 0700) != -1 || mkdir("/tmp/x.confined", 0700) != -1)
		return 11;
	if (symlink("a", "/x") != -1 || rename("/etc", "/x") != -1 ||
	    unlink("/etc/hostname") != -1)
		return 12;
	(void)execv(sh, argv);
	return 0;
}

ATF_TC(root);
ATF_TC_HEAD(root, tc)
{
	atf_tc_set_md_var(tc, "descr", "no way back to root, no new root");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(root, tc)
{
	check_all(root_is_gone, 0, WALL_USER, NULL);
	check_all(root_is_gone, START_ROOTLESS, 0, NULL);
}

static int
root_is_gone(void *arg)
{
	gid_t gid = 0;

	if (setuid(0) != -1 || setreuid(0, 0) != -1 || setresuid(0, 0, 0) != -1)
		return 1;
	if (setgid(0) != -1 || setgroups(1, &gid) != -1)
		return 2;
	if (chroot("..") != -1 || chroot("/") != -1)
		return 3;
	if (unshare(CLONE_NEWNET) != -1 || unshare(CLONE_NEWNS) != -1)
		return 4;
	return 0;
}

ATF_TC(others);
ATF_TC_HEAD(others, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a sister of the same user and the "
	    "parent cannot be traced, read, robbed or signalled");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(others, tc)
{
	struct confined sister;
	pid_t           victims[2];

	memset(&sister, 0, sizeof(sister));
	sister.role = PROC_RELAY;
	sister.attack = wait_for_parent;
	ATF_REQUIRE_EQ_MSG(0, confined_start(&sister), "%s", sister.log);
	victims[0] = sister.pid;
	victims[1] = getpid();
	check_all(others_are_out_of_reach, 0, WALL_USER, victims);
	check_all(others_are_out_of_reach, START_ROOTLESS, 0, victims);
	ATF_CHECK_EQ(0, confined_end(&sister));
}

static int
others_are_out_of_reach(void *arg)
{
	const pid_t *victims = arg;
	struct iovec local, remote;
	char         buf[16];
	int          i, fd;

	local.iov_base = remote.iov_base = buf;
	local.iov_len = remote.iov_len = sizeof(buf);
	for (i = 0; i < 2; i++) {
		if (ptrace(PTRACE_ATTACH, victims[i], NULL, NULL) != -1 ||
		    ptrace(PTRACE_SEIZE, victims[i], NULL, NULL) != -1)
			return i * 10 + 1;
		if (process_vm_readv(victims[i], &local, 1, &remote, 1, 0) !=
		    -1)
			return i * 10 + 2;
		fd = (int)syscall(SYS_pidfd_open, victims[i], 0);
		if (fd != -1 &&
		    syscall(SYS_pidfd_getfd, fd, CHILD_CHANNEL_FD, 0) != -1)
			return i * 10 + 3;
	}

	/* Of one user they may signal each other unless Landlock forbids. */
	if (kill(victims[1], 0) != -1)
		return 20;
	return 0;
}

ATF_TC(network);
ATF_TC_HEAD(network, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "all but the router are in a network namespace without a way out");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(network, tc)
{
	struct sockaddr_in sin;
	socklen_t          len;
	int                s;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	len = sizeof(sin);
	ATF_REQUIRE((s = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(s, (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE_EQ(0, listen(s, 1));
	ATF_REQUIRE_EQ(0, getsockname(s, (struct sockaddr *)&sin, &len));
	check_all(network_is_gone, 0, WALL_NETWORK, &sin);
	check_all(network_is_gone, START_ROOTLESS, WALL_NETWORK, &sin);
}

static int
network_is_gone(void *arg)
{
	int s;

	if ((s = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return 0;
	if (connect(s, arg, sizeof(struct sockaddr_in)) != -1)
		return 1;
	if (landlock_version() >= LANDLOCK_TCP && errno != EACCES)
		return 3;
	(void)close(s);
	if ((s = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		return 0;
	if (sendto(s, "x", 1, 0, arg, sizeof(struct sockaddr_in)) != -1)
		return 2;
	return 0;
}

ATF_TC(scopes);
ATF_TC_HEAD(scopes, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no signal to a process of the same "
	    "user, no word to an abstract unix socket");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(scopes, tc)
{
	struct confined    sister;
	struct sockaddr_un sun;
	socklen_t          len;
	int                s;

	if (landlock_version() < LANDLOCK_SCOPES)
		atf_tc_skip("this kernel has no such wall");
	memset(&sister, 0, sizeof(sister));
	sister.role = PROC_RELAY;
	sister.attack = wait_for_parent;
	ATF_REQUIRE_EQ_MSG(0, confined_start(&sister), "%s", sister.log);
	check_all(scopes_hold, 0, WALL_LANDLOCK, &sister.pid);
	check_all(scopes_hold, START_ROOTLESS, WALL_LANDLOCK, &sister.pid);
	ATF_CHECK_EQ(0, confined_end(&sister));

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	len = sizeof(sa_family_t);
	ATF_REQUIRE((s = socket(AF_UNIX, SOCK_DGRAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(s, (struct sockaddr *)&sun, len));
	len = sizeof(sun);
	ATF_REQUIRE_EQ(0, getsockname(s, (struct sockaddr *)&sun, &len));
	sun.sun_path[sizeof(sun.sun_path) - 1] = (char)len;
	check_all(words_do_not_arrive, 0, WALL_LANDLOCK, &sun);
	check_all(words_do_not_arrive, START_ROOTLESS, WALL_LANDLOCK, &sun);
	ATF_CHECK_EQ(-1, recv(s, &len, 1, MSG_DONTWAIT));
}

static int
scopes_hold(void *arg)
{
	return kill(*(pid_t *)arg, 0) == -1 && errno == EPERM ? 0 : 1;
}

static int
words_do_not_arrive(void *arg)
{
	struct sockaddr_un sun = *(struct sockaddr_un *)arg;
	socklen_t          len;
	int                s;

	len = (socklen_t)sun.sun_path[sizeof(sun.sun_path) - 1];
	if ((s = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1)
		return 0;
	return sendto(s, "x", 1, 0, (struct sockaddr *)&sun, len) == -1 ? 0 : 1;
}

static long
landlock_version(void)
{
	return syscall(444, NULL, (size_t)0, 1U);
}

ATF_TC(memory);
ATF_TC_HEAD(memory, tc)
{
	atf_tc_set_md_var(tc, "descr", "no memory becomes executable");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(memory, tc)
{
	check_all(code_stays_as_it_is, 0, WALL_NOEXEC, NULL);
	check_all(code_stays_as_it_is, START_ROOTLESS, WALL_NOEXEC, NULL);
}

static int
code_stays_as_it_is(void *arg)
{
	void *p;

	if (mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return 1;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) != -1)
		return 2;
	return 0;
}

ATF_TC(limits);
ATF_TC_HEAD(limits, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no process, no file to write to, no "
	    "core, not more descriptors than given, and no way to change it");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(limits, tc)
{
	check_all(limits_stay, 0, WALL_USER, NULL);
	check_all(limits_stay, START_ROOTLESS, 0, NULL);
}

static int
limits_stay(void *arg)
{
	static const int which[] = {
		RLIMIT_CORE,
		RLIMIT_FSIZE,
		RLIMIT_NPROC,
		RLIMIT_NOFILE,
	};
	const enum proc_id *role = arg;
	struct rlimit       rl;
	rlim_t              want;
	size_t              i;
	pid_t               pid;

	if ((pid = fork()) != -1) {
		if (pid == 0)
			_exit(0);
		return 1;
	}
	for (i = 0; i < nitems(which); i++) {
		want = which[i] == RLIMIT_NOFILE ? 64 : 0;
		/* Memory that it fills, of a gigabyte at most. */
		if (which[i] == RLIMIT_FSIZE && *role == PROC_LOADER)
			want = 1024 * 1024 * 1024;
		if (getrlimit(which[i], &rl) == -1 ||
		    rl.rlim_cur != rl.rlim_max || rl.rlim_cur != want)
			return (int)i + 10;
		rl.rlim_cur = rl.rlim_max = rl.rlim_max + 1;
		if (setrlimit(which[i], &rl) != -1)
			return (int)i + 20;
	}
	while (dup(CHILD_CHANNEL_FD) != -1)
		;
	return errno == EMFILE ? 0 : 30;
}

/*
 * In each role whose walls include these; where none has them, skip.  An
 * attack without an argument gets the role.
 */
static void
check_all(int (*attack)(void *), uint32_t flags, uint32_t walls, void *arg)
{
	struct confined c;
	size_t          i, n = 0;
	int             status;

	ATF_REQUIRE_STREQ("none", sandbox_name());
	for (i = 0; i < CONFINED_ROLES; i++) {
		memset(&c, 0, sizeof(c));
		c.role = confined_roles[i];
		c.flags = flags;
		c.attack = attack;
		c.arg = arg != NULL ? arg : &c.role;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		if ((c.walls & walls) != walls)
			continue;
		n++;
		ATF_CHECK_EQ_MSG(0, status, "%s, flags %x: %d",
		    proc_name(c.role), flags, WEXITSTATUS(status));
	}
	if (n == 0)
		atf_tc_skip("this kernel has no such wall");
}

static int
wait_for_parent(void *arg)
{
	char c;

	while (read(CHILD_CHANNEL_FD, &c, 1) == -1 && errno == EAGAIN)
		;
	return 0;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, files);
	ATF_TP_ADD_TC(tp, root);
	ATF_TP_ADD_TC(tp, others);
	ATF_TP_ADD_TC(tp, network);
	ATF_TP_ADD_TC(tp, scopes);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, limits);
	return atf_no_error();
}
