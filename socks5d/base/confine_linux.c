/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Namespaces, capabilities, process attributes and Landlock, see confine.h.
 */

#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/landlock.h"
#include "base/log.h"
#include "base/confine.h"

/* Since Linux 6.3. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#define OOM_FILE "/proc/self/oom_score_adj"

/* Of the table of roles: capabilities that one keeps. */
#define CAP_BIT(cap)                                 (UINT64_C(1) << (cap))
#define CAPS(id, name, most, oom, traits, caps, ...) [PROC_##id] = (caps),
static const uint64_t kept[PROC_MAX] = { PROC_TABLE(CAPS) };

static int   confine_may_map(uid_t, gid_t);
static int   confine_map(uid_t, gid_t);
static int   confine_write(const char *, const char *);
static void  confine_name(const struct msg_start *);
static void  confine_drop_caps(const char *, uint64_t);
static cap_t confine_caps(uint64_t);
static void  confine_landlock(struct walls *, enum proc_id);
static int   confine_keep_file_caps(void);

void
confine_network(struct walls *w, enum proc_id role)
{
	if (proc_has_network(role))
		return;
	if (unshare(CLONE_NEWNET) == -1)
		wall_fails(w, WALL_NETWORK, errno);
	else
		wall_stands(w, WALL_NETWORK);
}

/*
 * All capabilities within it are ours, whoever we are outside.  Some systems
 * let everyone make one and then allow nothing in it; the caller will see.
 */
void
confine_user_namespace(struct walls *w, enum proc_id role)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	/* In one without names all users look alike, also those it serves. */
	if (role == PROC_CONTROL && !confine_may_map(uid, gid)) {
		wall_fails(w, WALL_USERNS, EPERM);
		return;
	}
	if ((wall_missing(w) & WALL_NETWORK) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		wall_stands(w, WALL_NETWORK);
	else if (unshare(CLONE_NEWUSER) == -1) {
		wall_fails(w, WALL_USERNS, errno);
		return;
	}
	wall_stands(w, WALL_USERNS);
	if (uid != 0 && confine_map(uid, gid) == -1)
		log_debug("%s: user %u not mapped in its namespace: %s",
		    proc_name(role), uid, strerror(errno));
}

/* A namespace cannot be left again, so another process has a try. */
static int
confine_may_map(uid_t uid, gid_t gid)
{
	pid_t pid;
	int   status;

	if (uid == 0 || (pid = fork()) == -1)
		return 0;
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) == -1 ||
		    confine_map(uid, gid) == -1);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/*
 * The user keeps its number in it, so that nothing in there looks like root;
 * root, and who may not choose, is nobody there.
 */
static int
confine_map(uid_t uid, gid_t gid)
{
	char map[64];

	/* In this order: a group map needs setgroups(2) given up first. */
	if (confine_write("/proc/self/setgroups", "deny") == -1)
		return -1;
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (confine_write("/proc/self/uid_map", map) == -1)
		return -1;
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return confine_write("/proc/self/gid_map", map);
}

static int
confine_write(const char *path, const char *text)
{
	ssize_t n;
	int     fd, saved_errno;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	n = write(fd, text, strlen(text));
	saved_errno = errno;
	(void)close(fd);
	errno = saved_errno;
	return n == -1 ? -1 : 0;
}

void
confine_drop_bounding(struct walls *w)
{
	cap_value_t c;

	for (c = 0; cap_get_bound(c) != -1; c++) {
		if (cap_get_bound(c) == 0 || cap_drop_bound(c) == 0)
			continue;

		/* Who has no capability gains none: no_new_privs follows. */
		wall_fails(w, WALL_BOUNDING, errno);
		return;
	}
	wall_stands(w, WALL_BOUNDING);
}

/* Others lose all with root's user. */
void
confine_keep(enum proc_id role)
{
	if (kept[role] != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1)
		fatal("%s: keep capabilities", proc_name(role));
}

void
confine_drop_rest(struct walls *w, const struct msg_start *s)
{
	const char *name = proc_name(s->role);
	uint64_t    keep = kept[s->role];

	confine_name(s);
	/* Those of a user namespace are good for nothing outside. */
	if ((w->stand & WALL_USERNS) != 0)
		keep = 0;
	confine_drop_caps(name, keep);
	(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		wall_fails(w, WALL_NODUMP, errno);
	else
		wall_stands(w, WALL_NODUMP);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		fatal("%s: no new privileges", name);
	/* A kernel that does not know it says EINVAL. */
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == -1)
		wall_fails(w, WALL_NOEXEC, errno == EINVAL ? ENOSYS : errno);
	else
		wall_stands(w, WALL_NOEXEC);
	confine_landlock(w, s->role);
}

static void
confine_landlock(struct walls *w, enum proc_id role)
{
	switch (landlock_enter(proc_has_network(role))) {
	case 1:
		wall_stands(w, WALL_LANDLOCK);
		break;
	case 0:
		wall_fails(w, WALL_LANDLOCK, errno);
		break;
	default:
		fatal("%s: landlock", proc_name(role));
	}
}

/* After fexecve(3) it would be a number; cut at 15 bytes by the kernel. */
static void
confine_name(const struct msg_start *s)
{
	char name[32];

	if (s->role == PROC_RELAY)
		(void)snprintf(name, sizeof(name), "socks5d-relay%u",
		    s->instance);
	else
		(void)snprintf(name, sizeof(name), "socks5d-%s",
		    proc_name(s->role));
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

/*
 * Just these, as far as they were there at all.  The change of user leaves the
 * inheritable set as it was.
 */
static void
confine_drop_caps(const char *name, uint64_t keep)
{
	cap_t want, now;

	if ((want = confine_caps(keep)) == NULL)
		fatal("%s: capabilities", name);
	if (cap_set_proc(want) == -1)
		fatal("%s: drop capabilities", name);
	if ((now = cap_get_proc()) == NULL)
		fatal("%s: capabilities", name);
	if (cap_compare(want, now) != 0)
		fatalx("%s: capabilities were not dropped", name);
	(void)cap_free(now);
	(void)cap_free(want);

	/* Empty since the inheritable set is; older kernels have none. */
	if (cap_reset_ambient() == -1 && errno != EINVAL && errno != ENOSYS)
		fatal("%s: drop ambient capabilities", name);
}

/* Those that are in the set and permitted; NULL with errno. */
static cap_t
confine_caps(uint64_t set)
{
	cap_flag_value_t has;
	cap_value_t      c;
	cap_t            have, keep;
	int              error = 0;

	have = cap_get_proc();
	keep = cap_init();
	error = have == NULL || keep == NULL;
	for (c = 0; c < 64 && !error; c++) {
		if ((set & CAP_BIT(c)) == 0)
			continue;
		error = cap_get_flag(have, c, CAP_PERMITTED, &has) == -1 ||
		    (has == CAP_SET &&
			(cap_set_flag(keep, CAP_PERMITTED, 1, &c, CAP_SET) ==
				-1 ||
			    cap_set_flag(keep, CAP_EFFECTIVE, 1, &c, CAP_SET) ==
				-1));
	}
	if (have != NULL)
		(void)cap_free(have);
	if (!error)
		return keep;
	if (keep != NULL)
		(void)cap_free(keep);
	return NULL;
}

int
confine_writer(pid_t parent)
{
	(void)prctl(PR_SET_NAME, "socks5d-writer", 0, 0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	/* It may have died before it was said so. */
	if (getppid() != parent) {
		errno = ESRCH;
		return -1;
	}
	return confine_keep_file_caps();
}

/* To write to any folder, and to keep an owner. */
static int
confine_keep_file_caps(void)
{
	cap_t keep;
	int   ret;

	keep = confine_caps(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) |
	    CAP_BIT(CAP_FOWNER));
	if (keep == NULL)
		return -1;
	ret = cap_set_proc(keep);
	(void)cap_free(keep);
	return ret;
}

int
confine_get_oom(int *score)
{
	char    text[16], *end;
	ssize_t n;
	int     fd;

	if ((fd = open(OOM_FILE, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	*score = (int)strtol(text, &end, 10);
	return end == text ? -1 : 0;
}

int
confine_set_oom(int score)
{
	char    text[16];
	ssize_t n;
	int     fd, len;

	len = snprintf(text, sizeof(text), "%d", score);
	if ((fd = open(OOM_FILE, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	n = write(fd, text, (size_t)len);
	(void)close(fd);
	return n == len ? 0 : -1;
}
