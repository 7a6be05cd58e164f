/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the parent may not call.  Linux only, data only.
 *
 * The parent runs libc's name service with modules that nobody here knows, so
 * these calls fail instead of killing it.  Children inherit the list: it must
 * not hold what child_confine() needs (unshare, chroot, setresuid, prctl,
 * capset, seccomp, landlock).
 */

#include <errno.h>

#include "base/syscalls.h"

static const struct syscall_rule parent_rules[] = {
/* Other processes: their memory and their descriptors. */
#ifndef SANITIZE /* the leak checker traces itself */
	CALL_FAILS(ptrace, EPERM),
#endif
	CALL_FAILS(kcmp, EPERM),
	CALL_FAILS(migrate_pages, EPERM),
	CALL_FAILS(move_pages, EPERM),
	CALL_FAILS(pidfd_getfd, EPERM),
	CALL_FAILS(process_madvise, EPERM),
	CALL_FAILS(process_vm_readv, EPERM),
	CALL_FAILS(process_vm_writev, EPERM),

	/* Wide and often faulty parts of the kernel. */
	CALL_FAILS(bpf, EPERM),
	CALL_FAILS(fanotify_init, EPERM),
	CALL_FAILS(io_uring_enter, ENOSYS),
	CALL_FAILS(io_uring_register, ENOSYS),
	CALL_FAILS(io_uring_setup, ENOSYS),
	CALL_FAILS(modify_ldt, EPERM),
	CALL_FAILS(perf_event_open, EPERM),
	CALL_FAILS(personality, EPERM),
	CALL_FAILS(userfaultfd, EPERM),
	CALL_FAILS(vmsplice, EPERM),

	/* Keys. */
	CALL_FAILS(add_key, ENOSYS),
	CALL_FAILS(keyctl, ENOSYS),
	CALL_FAILS(request_key, ENOSYS),

	/* Mounts and other ways around a root directory. */
	CALL_FAILS(fsconfig, EPERM),
	CALL_FAILS(fsmount, EPERM),
	CALL_FAILS(fsopen, EPERM),
	CALL_FAILS(fspick, EPERM),
	CALL_FAILS(mount, EPERM),
	CALL_FAILS(mount_setattr, EPERM),
	CALL_FAILS(move_mount, EPERM),
	CALL_FAILS(name_to_handle_at, EPERM),
	CALL_FAILS(open_by_handle_at, EPERM),
	CALL_FAILS(open_tree, EPERM),
	CALL_FAILS(pivot_root, EPERM),
	CALL_FAILS(setns, EPERM),
	CALL_FAILS(umount2, EPERM),

	/* The machine. */
	CALL_FAILS(acct, EPERM),
	CALL_FAILS(adjtimex, EPERM),
	CALL_FAILS(clock_adjtime, EPERM),
	CALL_FAILS(clock_settime, EPERM),
	CALL_FAILS(delete_module, EPERM),
	CALL_FAILS(finit_module, EPERM),
	CALL_FAILS(init_module, EPERM),
	CALL_FAILS(ioperm, EPERM),
	CALL_FAILS(iopl, EPERM),
	CALL_FAILS(kexec_file_load, EPERM),
	CALL_FAILS(kexec_load, EPERM),
	CALL_FAILS(quotactl, EPERM),
	CALL_FAILS(quotactl_fd, EPERM),
	CALL_FAILS(reboot, EPERM),
	CALL_FAILS(setdomainname, EPERM),
	CALL_FAILS(sethostname, EPERM),
	CALL_FAILS(settimeofday, EPERM),
	CALL_FAILS(swapoff, EPERM),
	CALL_FAILS(swapon, EPERM),
	CALL_FAILS(syslog, EPERM),
	CALL_FAILS(vhangup, EPERM),
};

const struct syscall_list parent_syscalls = SYSCALL_LIST(parent_rules);
