/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Landlock, see landlock.h.
 *
 * The TCP rights are a wall for those who have no socket(2) anyway: Fast Open
 * and Multipath TCP pass them by.  The filter is what counts.
 */

#include <sys/syscall.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "base/landlock.h"

/*
 * The kernel's interface by version, written out here because headers are
 * often years behind the kernel that runs.
 */
#define NR_CREATE_RULESET 444
#define NR_RESTRICT_SELF  446

#define CREATE_VERSION (1U << 0)

#define FS_ABI_1        ((1ULL << 13) - 1) /* execute to make-symlink */
#define FS_REFER        (1ULL << 13)       /* 2 */
#define FS_TRUNCATE     (1ULL << 14)       /* 3 */
#define FS_IOCTL_DEV    (1ULL << 15)       /* 5 */
#define NET_BIND_TCP    (1ULL << 0)        /* 4 */
#define NET_CONNECT_TCP (1ULL << 1)        /* 4 */
#define SCOPE_ABSTRACT  (1ULL << 0)        /* 6 */
#define SCOPE_SIGNAL    (1ULL << 1)        /* 6 */

struct ruleset_attr {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

static int                 landlock_refused(void);
static struct ruleset_attr landlock_ruleset(long, int);

int
landlock_enter(int connects)
{
	struct ruleset_attr attr;
	long                abi;
	int                 fd, rc, saved_errno;

	abi = syscall(NR_CREATE_RULESET, NULL, (size_t)0, CREATE_VERSION);
	if (abi == -1)
		return landlock_refused();
	attr = landlock_ruleset(abi, connects);

	/* Older kernels take a longer struct if its tail is zero. */
	fd = (int)syscall(NR_CREATE_RULESET, &attr, sizeof(attr), 0U);
	if (fd == -1)
		return landlock_refused();
	rc = (int)syscall(NR_RESTRICT_SELF, fd, 0U);
	saved_errno = errno;
	(void)close(fd);
	errno = saved_errno;
	return rc == -1 ? landlock_refused() : 1;
}

/*
 * Not compiled in, not switched on, or refused by the system call filter of
 * a container: some of these answer EPERM to each of the calls, the question
 * for the version included.  The last is for too many walls of the kind.
 */
static int
landlock_refused(void)
{
	switch (errno) {
	case ENOSYS:
	case EOPNOTSUPP:
	case EPERM:
	case EACCES:
	case E2BIG:
		return 0;
	default:
		return -1;
	}
}

static struct ruleset_attr
landlock_ruleset(long abi, int connects)
{
	struct ruleset_attr attr = { FS_ABI_1, 0, 0 };

	if (abi >= 2)
		attr.handled_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_fs |= FS_TRUNCATE;
	if (abi >= 4 && connects == 0)
		attr.handled_net |= NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		attr.handled_fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		attr.scoped |= SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return attr;
}
