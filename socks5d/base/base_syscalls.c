/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The system calls that every child needs: its loop, its memory, its channel
 * and its end.  Linux only, data only.
 *
 * Nothing here makes a socket, names a destination, opens a file or touches
 * another process.
 */

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>

#include "base/syscalls.h"

/* Newer than some libseccomp; these numbers are the same on all machines. */
#define NR_FCHMODAT2 452
#define NR_MSEAL     462

#define FUTEX_FLAGS (FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)

static const struct syscall_rule base_rules[] = {
	/* Bytes.  Free of conditions: the kernel then caches the verdict. */
	CALL(read),
	CALL(readv),
	CALL(write),
	CALL(writev),
	CALL(close),

	/* Channels: messages come with recvmsg(2), leave with write(2). */
	CALL_IF(recvmsg, ARG_WITHIN(2, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)),

	/* The loop; its epoll descriptor is made before. */
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),

	/* SIGSTOP and SIGCONT (a freezer, a debugger) end a sleep with this. */
	CALL(restart_syscall),

	/* F_SETOWN would aim signals, F_DUPFD take numbers: not these. */
	CALL_IF(fcntl, ARG_IS(1, F_GETFD)),
	CALL_IF(fcntl, ARG_IS(1, F_GETFL)),
	CALL_IF(fcntl, ARG_IS(1, F_SETFD), ARG_WITHIN(2, FD_CLOEXEC)),
	CALL_IF(fcntl, ARG_IS(1, F_SETFL),
	    ARG_WITHIN(2, O_NONBLOCK | O_RDWR | O_WRONLY)),

	/* Memory, never executable.  Flags are free: libc adds new ones. */
	CALL(brk),
	CALL(madvise),
	CALL(mremap),
	CALL(munmap),
	CALL_IF(mmap, ARG_WITHIN(2, PROT_READ | PROT_WRITE)),
	CALL_IF(mprotect, ARG_WITHIN(2, PROT_READ | PROT_WRITE)),

	/* Locks of libc; wait and wake, none that requeues or boosts. */
	CALL_IF(futex, ARG_BESIDE(1, FUTEX_WAIT, FUTEX_FLAGS)),
	CALL_IF(futex, ARG_BESIDE(1, FUTEX_WAKE, FUTEX_FLAGS)),
	CALL_IF(futex, ARG_BESIDE(1, FUTEX_WAIT_BITSET, FUTEX_FLAGS)),

	/* Time; mostly answered without a call, but not by every clock. */
	CALL(clock_gettime),
	CALL(gettimeofday),
	CALL(time),

	/* Questions about oneself: qsort(3), sysconf(3), arc4random(3). */
	CALL(getpid),
	CALL(getrandom),
	CALL(gettid),
	CALL(sysinfo),
	CALL_IF(prlimit64, ARG_IS(0, 0), ARG_IS(2, 0)),

	/* The end, and an honest SIGABRT of abort(3). */
	CALL(exit),
	CALL(exit_group),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL_IF(tgkill, ARG_IS(0, SYSCALL_OWN_PID)),

	/*
	 * What libc merely tries.  A strict build kills for these too, so
	 * that tests find the caller.
	 */
	CALL_FAILS(access, EACCES),
	CALL_FAILS(faccessat, EACCES),
	CALL_FAILS(lstat, EACCES),
	CALL_FAILS(newfstatat, EACCES),
	CALL_FAILS(open, EACCES),
	CALL_FAILS(openat, EACCES),
	CALL_FAILS(readlink, EACCES),
	CALL_FAILS(readlinkat, EACCES),
	CALL_FAILS(stat, EACCES),
	CALL_FAILS(statx, EACCES),
	CALL_FAILS(clone3, ENOSYS),
	CALL_FAILS(epoll_pwait2, ENOSYS),
	CALL_FAILS(faccessat2, ENOSYS),
	CALL_FAILS(openat2, ENOSYS),
	CALL_FAILS(rseq, ENOSYS),
	NUMBER_FAILS(NR_FCHMODAT2, ENOSYS),
	NUMBER_FAILS(NR_MSEAL, ENOSYS),
};

const struct syscall_list base_syscalls = SYSCALL_LIST(base_rules);
