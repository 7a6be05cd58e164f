/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Confined children of each role, behind all their walls: what they look
 * like from outside, and how they die when they try what they must not.
 *
 * Every attack is first made by a process without walls, so that an attack
 * that would not have worked anyway proves nothing by failing.
 */

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "bpf.h"
#include "confined.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * The kernel's own trampolines: it lets them by every filter and ends with
 * SIGILL or an errno whoever did not come from one.
 */
#define NR_URETPROBE	335
#define NR_UPROBE	336

static const enum proc_id children[] = {
	PROC_ROUTER, PROC_RELAY, PROC_AUTH, PROC_RESOLVER, PROC_CONTROL
};

/* Those that never connect anything by themselves. */
static const enum proc_id unconnected[] = {
	PROC_RELAY, PROC_AUTH, PROC_RESOLVER, PROC_CONTROL
};

/*
 * A target that nobody may reach: TCP, UDP and abstract unix datagrams, each
 * watched; and a descriptor that the attacker holds when the walls rise.
 */
struct target {
	struct sockaddr_in	tcp;
	struct sockaddr_in	udp;
	struct sockaddr_un	local;
	socklen_t		locallen;
	int			watch[3];
	int			held;
};

/* prepare makes held, attack uses it; reaches: without walls it arrives. */
struct attack {
	const char	*name;
	void		(*prepare)(void *);
	int		(*attack)(void *);
	int		 reaches;
};

static void	skip_unless_plain(void);
static void	target_open(struct target *);
static void	target_close(struct target *);
static int	target_reached(const struct target *);
static int	bound(int, int, struct sockaddr_in *);
static int	died_by_filter(int);
static int	fast_open(struct target *, int);

/* --- what they look like ------------------------------------------------ */

static int	wait_for_parent(void *);

ATF_TC(seen_from_outside);
ATF_TC_HEAD(seen_from_outside, tc)
{
	atf_tc_set_md_var(tc, "descr", "user, groups, capabilities, root, "
	    "descriptors, limits and memory of each confined role");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "python3");
}
ATF_TC_BODY(seen_from_outside, tc)
{
	struct confined	c;
	char		cmd[1024];
	size_t		i;

	skip_unless_plain();
	for (i = 0; i < nitems(children); i++) {
		memset(&c, 0, sizeof(c));
		c.role = children[i];
		c.attack = wait_for_parent;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_CHECK_EQ(WALL_USER, c.walls & WALL_USER);
		ATF_CHECK_EQ(WALL_ROOT, c.walls & WALL_ROOT);
		ATF_CHECK_EQ(WALL_FILTER, c.walls & WALL_FILTER);
		(void)snprintf(cmd, sizeof(cmd), "python3 %s/proccheck.py "
		    "--bare --id %u --walls %u --nofile 64 %s %d",
		    atf_tc_get_config_var(tc, "srcdir"), CONFINED_ID,
		    c.walls, proc_name(c.role), (int)c.pid);
		ATF_CHECK_EQ_MSG(0, system(cmd), "%s", cmd);
		ATF_CHECK_EQ(0, confined_end(&c));
	}
}

static int
wait_for_parent(void *arg)
{
	char	c;

	/* No poll(2) behind the filter; the channel is non-blocking. */
	while (read(CHILD_CHANNEL_FD, &c, 1) == -1 && errno == EAGAIN)
		;
	return 0;
}

/* --- ways to a target --------------------------------------------------- */

static void
hold_nothing(void *arg)
{
}

static void
hold_connected(void *arg)
{
	struct target		*t = arg;
	struct sockaddr_in	 sin;
	int			 s;

	s = bound(SOCK_STREAM, 1, &sin);
	t->held = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(t->held, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	(void)close(s);
}

static void
hold_listening(void *arg)
{
	struct target		*t = arg;
	struct sockaddr_in	 sin;

	t->held = bound(SOCK_STREAM, 1, &sin);
}

static void
hold_fresh(void *arg)
{
	struct target	*t = arg;

	t->held = socket(AF_INET, SOCK_STREAM, 0);
}

/* A listener whose queue is full leaves one more caller waiting. */
static void
hold_connecting(void *arg)
{
	struct target		*t = arg;
	struct sockaddr_in	 sin;
	struct pollfd		 pfd;
	int			 i;

	(void)bound(SOCK_STREAM, 0, &sin);
	for (i = 0; i < 16; i++) {
		pfd.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		pfd.events = POLLOUT;
		if (connect(pfd.fd, (struct sockaddr *)&sin,
		    sizeof(sin)) == -1 && errno != EINPROGRESS)
			err(1, "connect");
		if (poll(&pfd, 1, 50) == 0)
			break;
	}
	if (i == 16)
		errx(1, "no connect stays unfinished");
	t->held = pfd.fd;
}

static void
hold_udp(void *arg)
{
	struct target		*t = arg;
	struct sockaddr_in	 sin;

	(void)bound(SOCK_DGRAM, 0, &sin);
	t->held = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(t->held, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
}

static void
hold_unix_dgram(void *arg)
{
	struct target	*t = arg;
	int		 sv[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) == -1)
		err(1, "socketpair");
	t->held = sv[0];
}

static int
by_socket(void *arg)
{
	struct target	*t = arg;
	int		 s;

	s = socket(AF_INET, SOCK_STREAM, 0);
	return connect(s, (struct sockaddr *)&t->tcp, sizeof(t->tcp));
}

static int
by_reconnect(void *arg)
{
	struct target	*t = arg;
	struct sockaddr	 none;

	memset(&none, 0, sizeof(none));
	(void)connect(t->held, &none, sizeof(none));
	return connect(t->held, (struct sockaddr *)&t->tcp, sizeof(t->tcp));
}

static int
by_fast_open(void *arg)
{
	return fast_open(arg, 0);
}

static int
by_fast_open_msg(void *arg)
{
	return fast_open(arg, 1);
}

static int
by_shutdown_both(void *arg)
{
	struct target	*t = arg;

	(void)shutdown(t->held, SHUT_RDWR);
	return fast_open(t, 0);
}

static int
by_shutdown_read(void *arg)
{
	struct target	*t = arg;

	(void)shutdown(t->held, SHUT_RD);
	return fast_open(t, 1);
}

static int
by_shutdown_write(void *arg)
{
	struct target	*t = arg;

	(void)shutdown(t->held, SHUT_WR);
	return fast_open(t, 0);
}

static int
by_sendto(void *arg)
{
	struct target	*t = arg;

	return sendto(t->held, "x", 1, 0, (struct sockaddr *)&t->udp,
	    sizeof(t->udp)) == 1 ? 0 : 1;
}

static int
by_sendmsg(void *arg)
{
	struct target	*t = arg;
	struct iovec	 iov;
	struct msghdr	 mh;
	char		 x = 'x';

	memset(&mh, 0, sizeof(mh));
	iov.iov_base = &x;
	iov.iov_len = 1;
	mh.msg_name = &t->udp;
	mh.msg_namelen = sizeof(t->udp);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	return sendmsg(t->held, &mh, 0) == 1 ? 0 : 1;
}

static int
by_abstract_name(void *arg)
{
	struct target	*t = arg;

	return sendto(t->held, "x", 1, 0, (struct sockaddr *)&t->local,
	    t->locallen) == 1 ? 0 : 1;
}

static const struct attack attacks[] = {
	{ "socket and connect", hold_nothing, by_socket, 1 },
	{ "connected, reconnect", hold_connected, by_reconnect, 1 },
	{ "connected, fast open", hold_connected, by_fast_open, 0 },
	{ "listening, shut down, fast open", hold_listening,
	    by_shutdown_both, 1 },
	{ "listening, shut for reading, fast open by sendmsg",
	    hold_listening, by_shutdown_read, 1 },
	{ "listening, shut for writing, fast open", hold_listening,
	    by_shutdown_write, 0 },
	{ "connecting, shut for writing, fast open", hold_connecting,
	    by_shutdown_write, 1 },
	{ "fresh, fast open", hold_fresh, by_fast_open, 1 },
	{ "fresh, fast open by sendmsg", hold_fresh, by_fast_open_msg, 1 },
	{ "UDP, sendto", hold_udp, by_sendto, 1 },
	{ "UDP, sendmsg", hold_udp, by_sendmsg, 1 },
	{ "unix datagrams, sendto", hold_unix_dgram, by_abstract_name, 1 },
};

ATF_TC(no_way_to_a_target);
ATF_TC_HEAD(no_way_to_a_target, tc)
{
	atf_tc_set_md_var(tc, "descr", "whatever socket a child holds, each "
	    "known way to turn it at another target kills and arrives not");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(no_way_to_a_target, tc)
{
	struct confined	c;
	struct target	t;
	size_t		i, j;
	pid_t		pid;
	int		status;

	skip_unless_plain();
	for (i = 0; i < nitems(attacks); i++) {
		target_open(&t);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			attacks[i].prepare(&t);
			_exit(attacks[i].attack(&t) == 0 ? 0 : 1);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK_EQ_MSG(attacks[i].reaches, target_reached(&t),
		    "%s: without walls", attacks[i].name);
		target_close(&t);

		for (j = 0; j < nitems(unconnected); j++) {
			target_open(&t);
			memset(&c, 0, sizeof(c));
			c.role = unconnected[j];
			c.prepare = attacks[i].prepare;
			c.attack = attacks[i].attack;
			c.arg = &t;
			ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s",
			    c.log);
			status = confined_end(&c);
			ATF_CHECK_MSG(died_by_filter(status), "%s: %s: %x",
			    proc_name(c.role), attacks[i].name, status);
			ATF_CHECK_EQ_MSG(0, target_reached(&t), "%s: %s",
			    proc_name(c.role), attacks[i].name);
			target_close(&t);
		}
	}
}

/* --- each call there is ------------------------------------------------- */

static int	raw_call(long, const long *);
static int	sweep_status(enum proc_id, int (*)(long, const long *), long,
		    const long *);
static int	int_80(long, const long *);

ATF_TC(each_number_live);
ATF_TC_HEAD(each_number_live, tc)
{
	atf_tc_set_md_var(tc, "descr", "the kernel kills for each number that "
	    "the role's program kills for, and for x32, int 0x80 and "
	    "numbers that do not exist");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(each_number_live, tc)
{
	static const long	none[6];
	static struct bpf	prog;
	struct bpf_returns	ret;
	enum proc_id		role;
	size_t			i;
	long			nr;

	skip_unless_plain();
	for (i = 0; i < nitems(children); i++) {
		role = children[i];
		bpf_export(&prog, role);
		for (nr = 0; nr < 512; nr++) {
			bpf_explore(&prog, AUDIT_ARCH_X86_64, (uint32_t)nr,
			    &ret);
			if (ret.n == 1 &&
			    ret.value[0] == SECCOMP_RET_KILL_PROCESS &&
			    nr != NR_URETPROBE && nr != NR_UPROBE)
				ATF_CHECK_MSG(died_by_filter(sweep_status(role,
				    raw_call, nr, none)), "%s: call %ld",
				    proc_name(role), nr);
		}
		ATF_CHECK(died_by_filter(sweep_status(role, raw_call, 5000,
		    none)));
		ATF_CHECK(died_by_filter(sweep_status(role, raw_call,
		    0x40000000L + SYS_getpid, none)));
		ATF_CHECK(WIFSIGNALED(sweep_status(role, int_80, 20, none)));
	}
}

ATF_TC(high_halves);
ATF_TC_HEAD(high_halves, tc)
{
	atf_tc_set_md_var(tc, "descr", "an argument whose lower half is "
	    "allowed and whose upper half is not zero kills");
}
ATF_TC_BODY(high_halves, tc)
{
	static const long	plain[] = { AF_INET, SOCK_STREAM, 0, 0, 0, 0 };
	static const long	family[] = {
		AF_INET | 1L << 32, SOCK_STREAM, 0, 0, 0, 0
	};
	static const long	how[] = { 0, SHUT_WR | 1L << 40, 0, 0, 0, 0 };
	static const long	shut[] = { 0, SHUT_WR, 0, 0, 0, 0 };

	skip_unless_plain();
	ATF_CHECK_EQ(0, sweep_status(PROC_ROUTER, raw_call, SYS_socket,
	    plain));
	ATF_CHECK(died_by_filter(sweep_status(PROC_ROUTER, raw_call,
	    SYS_socket, family)));
	ATF_CHECK_EQ(0, sweep_status(PROC_RELAY, raw_call, SYS_shutdown,
	    shut));
	ATF_CHECK(died_by_filter(sweep_status(PROC_RELAY, raw_call,
	    SYS_shutdown, how)));
}

/* A fork with the filter alone, since there are thousands of them. */
static int
sweep_status(enum proc_id role, int (*call)(long, const long *), long nr,
    const long *args)
{
	pid_t	pid;
	int	status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (sandbox_enter(role) == -1)
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
	long	ret;

	__asm__ volatile("int $0x80" : "=a" (ret) : "a" (nr) : "memory");
	return 0;
#else
	abort();
#endif
}

/* --- other ways out ----------------------------------------------------- */

static int
open_is_refused(void *arg)
{
	static const char *const	paths[] = {
		"/", ".", "..", "/etc/passwd", "/proc/self/mem", "/dev/null",
		"/proc/self/fd/3", ""
	};
	size_t				 i;

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
	return (int)syscall(SYS_process_vm_readv, *(pid_t *)arg, 0, 0, 0, 0,
	    0);
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
	pid_t	pid = *(pid_t *)arg;

	return (int)syscall(SYS_tgkill, pid, pid, SIGTERM);
}

static int
out_by_exec(void *arg)
{
	char	 sh[] = "/bin/sh";
	char	*argv[] = { sh, NULL };

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
	static const unsigned long	rl[] = { 1000, 1000 };

	return (int)syscall(SYS_prlimit64, 0, 7, rl, NULL);
}

static const struct {
	const char	*name;
	int		(*attack)(void *);
} outs[] = {
	{ "setuid", out_by_setuid }, { "chroot", out_by_chroot },
	{ "chdir", out_by_chdir }, { "ptrace", out_by_ptrace },
	{ "pidfd_open", out_by_pidfd }, { "pidfd_getfd", out_by_getfd },
	{ "process_vm_readv", out_by_vm_read }, { "kill", out_by_kill },
	{ "kill -1", out_by_kill_all }, { "tgkill", out_by_tgkill },
	{ "exec", out_by_exec }, { "fork", out_by_fork },
	{ "memfd_create", out_by_memfd }, { "code", out_by_code },
	{ "io_uring", out_by_io_uring }, { "dup2", out_by_dup },
	{ "F_SETOWN", out_by_owner }, { "ioctl", out_by_ioctl },
	{ "prlimit", out_by_limit },
};

ATF_TC(no_way_out);
ATF_TC_HEAD(no_way_out, tc)
{
	atf_tc_set_md_var(tc, "descr", "becoming root, leaving the root "
	    "directory, touching another process, running a program and "
	    "their like kill; opening anything is refused");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "120");
}
ATF_TC_BODY(no_way_out, tc)
{
	struct confined	c;
	pid_t		self, group;
	size_t		i, j;
	int		status;

	skip_unless_plain();

	/* kill -1 must not have a chance to end the tester. */
	self = getpid();
	ATF_REQUIRE((group = fork()) != -1);
	if (group == 0) {
		(void)pause();
		_exit(0);
	}
	for (i = 0; i < nitems(children); i++) {
		memset(&c, 0, sizeof(c));
		c.role = children[i];
		c.arg = &group;
		c.attack = open_is_refused;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_CHECK_EQ_MSG(0, confined_end(&c), "%s: open",
		    proc_name(c.role));
		for (j = 0; j < nitems(outs); j++) {
			c.attack = outs[j].attack;
			ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s",
			    c.log);
			status = confined_end(&c);
			ATF_CHECK_MSG(died_by_filter(status), "%s: %s: %x",
			    proc_name(c.role), outs[j].name, status);
		}
	}
	ATF_CHECK_EQ(0, waitpid(group, &status, WNOHANG));
	ATF_CHECK_EQ(self, getpid());
	(void)kill(group, SIGKILL);
	(void)waitpid(group, &status, 0);
}

/* --- what must go on working -------------------------------------------- */

static int
aborts(void *arg)
{
	abort();
}

static int
crashes(void *arg)
{
	*(volatile int *)arg = 1;
	return 0;
}

static int
uses_memory(void *arg)
{
	char	*p;
	size_t	 n;

	for (n = 1; n < 64U << 20; n *= 2) {
		if ((p = malloc(n)) == NULL)
			return 1;
		memset(p, 1, n);
		if ((p = realloc(p, n * 2)) == NULL)
			return 1;
		free(p);
	}
	return arc4random() == arc4random() ? 1 : 0;
}

/*
 * A stop in a timed wait continues by restart_syscall(2).  A futex that
 * nobody wakes is the only wait that all roles may make.
 */
static int
sleeps(void *arg)
{
	const struct timespec	ts = { 0, 300000000 };
	int			word = 0;

	if (syscall(SYS_futex, &word, 0x80, 0, &ts, NULL, 0) != -1)
		return 1;
	return errno == ETIMEDOUT ? 0 : 2;
}

ATF_TC(honest_ends);
ATF_TC_HEAD(honest_ends, tc)
{
	atf_tc_set_md_var(tc, "descr", "abort and a bad pointer show as "
	    "themselves; memory, random numbers and a stop do no harm");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(honest_ends, tc)
{
	struct confined	c;
	size_t		i;
	int		status;

	skip_unless_plain();
	for (i = 0; i < nitems(children); i++) {
		memset(&c, 0, sizeof(c));
		c.role = children[i];
		c.attack = aborts;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		c.attack = crashes;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
		c.attack = uses_memory;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_CHECK_EQ(0, confined_end(&c));
		c.attack = sleeps;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_REQUIRE_EQ(0, kill(c.pid, SIGSTOP));
		ATF_REQUIRE_EQ(c.pid, waitpid(c.pid, &status, WUNTRACED));
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE_EQ(0, kill(c.pid, SIGCONT));
		ATF_CHECK_EQ(0, confined_end(&c));
	}
}

ATF_TC(signals_do_not_end_it);
ATF_TC_HEAD(signals_do_not_end_it, tc)
{
	atf_tc_set_md_var(tc, "descr", "what a terminal or a service manager "
	    "sends to the whole group leaves children to their parent");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(signals_do_not_end_it, tc)
{
	static const int	sent[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE,
		SIGXFSZ
	};
	struct confined		c;
	size_t			i, j;

	skip_unless_plain();
	for (i = 0; i < nitems(children); i++) {
		memset(&c, 0, sizeof(c));
		c.role = children[i];
		c.attack = wait_for_parent;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		for (j = 0; j < nitems(sent); j++)
			ATF_REQUIRE_EQ(0, kill(c.pid, sent[j]));
		ATF_CHECK_EQ(0, confined_end(&c));
	}
}

/* --- without root ------------------------------------------------------- */

ATF_TC(rootless);
ATF_TC_HEAD(rootless, tc)
{
	atf_tc_set_md_var(tc, "descr", "without root there is an empty root "
	    "directory or Landlock, and the filter");
}
ATF_TC_BODY(rootless, tc)
{
	struct confined	c;
	size_t		i, j;
	int		status;

	skip_unless_plain();
	for (i = 0; i < nitems(children); i++) {
		for (j = 0; j < 2; j++) {
			memset(&c, 0, sizeof(c));
			c.role = children[i];
			c.flags = START_ROOTLESS;
			c.flags |= j == 1 ? START_NO_ROOT : 0;
			c.attack = open_is_refused;
			ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s",
			    c.log);
			ATF_CHECK((c.walls & WALL_FILTER) != 0);
			ATF_CHECK((c.walls & WALL_USER) == 0);
			ATF_CHECK((c.walls &
			    (j == 0 ? WALL_ROOT : WALL_LANDLOCK)) != 0);
			ATF_CHECK_EQ(0, confined_end(&c));
		}
		c.flags = START_ROOTLESS;
		c.attack = out_by_fork;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		ATF_CHECK(died_by_filter(status));
	}
}

ATF_TC(no_root_as_root);
ATF_TC_HEAD(no_root_as_root, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "started by root, a child without an empty root does not start");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(no_root_as_root, tc)
{
	struct confined	c;
	int		status;

	memset(&c, 0, sizeof(c));
	c.role = PROC_RELAY;
	c.flags = START_NO_ROOT;
	c.attack = wait_for_parent;
	ATF_REQUIRE_EQ(-1, confined_start(&c));
	ATF_CHECK_STREQ("relay: no empty root directory", c.log);
	status = confined_end(&c);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* --- the target --------------------------------------------------------- */

/* In builds for sanitizers the filter answers instead of killing. */
static void
skip_unless_plain(void)
{
#if defined(SANITIZE) || defined(SANDBOX_STRICT)
	atf_tc_skip("the filters of this build are not the real ones");
#endif
}

static void
target_open(struct target *t)
{
	memset(t, 0, sizeof(*t));
	t->held = -1;
	t->watch[0] = bound(SOCK_STREAM, 8, &t->tcp);
	t->watch[1] = bound(SOCK_DGRAM, 0, &t->udp);
	t->watch[2] = socket(AF_UNIX, SOCK_DGRAM, 0);
	ATF_REQUIRE(t->watch[2] != -1);
	t->local.sun_family = AF_UNIX;
	t->locallen = sizeof(sa_family_t);
	ATF_REQUIRE_EQ(0, bind(t->watch[2], (struct sockaddr *)&t->local,
	    t->locallen));
	t->locallen = sizeof(t->local);
	ATF_REQUIRE_EQ(0, getsockname(t->watch[2],
	    (struct sockaddr *)&t->local, &t->locallen));
}

static void
target_close(struct target *t)
{
	size_t	i;

	for (i = 0; i < nitems(t->watch); i++)
		(void)close(t->watch[i]);
}

/* Everything is local and the attacker is dead: what came is there. */
static int
target_reached(const struct target *t)
{
	struct pollfd	pfd[3];
	size_t		i;

	for (i = 0; i < nitems(pfd); i++) {
		pfd[i].fd = t->watch[i];
		pfd[i].events = POLLIN;
	}
	return poll(pfd, nitems(pfd), 0) > 0;
}

static int
bound(int type, int backlog, struct sockaddr_in *sin)
{
	socklen_t	len;
	int		s;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	len = sizeof(*sin);
	if ((s = socket(AF_INET, type, 0)) == -1 ||
	    bind(s, (struct sockaddr *)sin, sizeof(*sin)) == -1 ||
	    (type == SOCK_STREAM && listen(s, backlog) == -1) ||
	    getsockname(s, (struct sockaddr *)sin, &len) == -1)
		err(1, "a socket of the test");
	return s;
}

static int
died_by_filter(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static int
fast_open(struct target *t, int msg)
{
	struct iovec	iov;
	struct msghdr	mh;
	char		x = 'x';

	if (msg == 0)
		return sendto(t->held, &x, 1, MSG_FASTOPEN | MSG_NOSIGNAL,
		    (struct sockaddr *)&t->tcp, sizeof(t->tcp)) == 1 ? 0 : 1;
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = &x;
	iov.iov_len = 1;
	mh.msg_name = &t->tcp;
	mh.msg_namelen = sizeof(t->tcp);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	return sendmsg(t->held, &mh, MSG_FASTOPEN | MSG_NOSIGNAL) == 1 ? 0 : 1;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, seen_from_outside);
	ATF_TP_ADD_TC(tp, no_way_to_a_target);
	ATF_TP_ADD_TC(tp, each_number_live);
	ATF_TP_ADD_TC(tp, high_halves);
	ATF_TP_ADD_TC(tp, no_way_out);
	ATF_TP_ADD_TC(tp, honest_ends);
	ATF_TP_ADD_TC(tp, signals_do_not_end_it);
	ATF_TP_ADD_TC(tp, rootless);
	ATF_TP_ADD_TC(tp, no_root_as_root);
	return atf_no_error();
}
