/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The walls around a child in the order in which they must rise, see
 * child.h.  What only some systems have is in confine_*.c and sandbox_*.c.
 *
 * Everything is done after the exec and never before, so that the memory and
 * descriptors of this process were never open to another one of its user.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/msg_table.h"
#include "base/sandbox.h"
#include "base/confine.h"

static void confine_folder(struct child *, struct stat *);
static void confine_root(struct child *, const struct stat *);
static void confine_check_root(const struct child *, struct stat *);
static int  confine_is_empty(void);
static void confine_user(struct child *);
static void confine_check_user(const struct msg_start *);
static void confine_limits(struct child *);
static void confine_limit(struct walls *, int, rlim_t);
static void confine_check(const struct child *, int);

void
child_confine(struct child *c)
{
	const struct msg_start *s = &c->start;
	struct walls           *w = &c->walls;
	struct stat             root;
	int                     superuser;

	confine_network(w, s->role);
	confine_folder(c, &root);
	confine_root(c, &root);
	confine_drop_bounding(w);
	confine_keep(s->role);
	confine_user(c);
	superuser = geteuid() == 0;
	/* Not behind a root directory: nobody may make one there. */
	if ((w->stand & WALL_ROOT) == 0) {
		confine_user_namespace(w, s->role);
		confine_root(c, &root);
		confine_drop_bounding(w);
	}
	if (c->root_fd != -1)
		(void)close(c->root_fd);
	c->root_fd = -1;
	confine_limits(c);
	confine_drop_rest(w, s);
	if (sandbox_enter(s->role) == -1)
		fatal("%s: system call filter", proc_name(s->role));
	if (strcmp(sandbox_name(), "none") != 0)
		wall_stands(w, WALL_FILTER);
	else
		wall_fails(w, WALL_FILTER, ENOSYS);
	confine_check(c, superuser);
}

/*
 * The parent made sure of the directory; it is checked again here where it
 * counts.  There may be none.
 */
static void
confine_folder(struct child *c, struct stat *st)
{
	if (c->root_fd == -1) {
		wall_fails(&c->walls, WALL_ROOT, ENOENT);
		return;
	}
	if (fchdir(c->root_fd) == -1)
		fatal("%s: root directory", proc_name(c->start.role));
	confine_check_root(c, st);
}

/* The working directory, which it is already, becomes the root. */
static void
confine_root(struct child *c, const struct stat *want)
{
	const char *name = proc_name(c->start.role);
	struct stat have;

	if (c->root_fd == -1)
		return;
	if (chroot(".") == -1) {
		if (errno != EPERM && errno != EACCES && errno != ENOSYS)
			fatal("%s: chroot", name);
		wall_fails(&c->walls, WALL_ROOT, errno);
		return;
	}
	if (chdir("/") == -1 || stat("/..", &have) == -1)
		fatal("%s: chroot", name);
	if (have.st_dev != want->st_dev || have.st_ino != want->st_ino)
		fatalx("%s: chroot did not change the root", name);
	wall_stands(&c->walls, WALL_ROOT);
}

/* An unlinked directory is best: nothing can be made in it any more. */
static void
confine_check_root(const struct child *c, struct stat *st)
{
	const char *name = proc_name(c->start.role);

	if (fstat(c->root_fd, st) == -1)
		fatal("%s: root directory", name);
	if (S_ISDIR(st->st_mode) == 0)
		fatalx("%s: root directory: not a directory", name);
	if (st->st_nlink == 0)
		return;
	if (st->st_uid != 0 && geteuid() == 0)
		fatalx("%s: root directory: not owned by root", name);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fatalx("%s: root directory: writable by others", name);
	if (confine_is_empty() == 0)
		fatalx("%s: root directory: not empty", name);
}

static int
confine_is_empty(void)
{
	struct dirent *de;
	DIR           *dir;
	int            n = 0;

	if ((dir = opendir(".")) == NULL)
		fatal("root directory");
	while ((de = readdir(dir)) != NULL) {
		if (strcmp(de->d_name, ".") != 0 &&
		    strcmp(de->d_name, "..") != 0)
			n++;
	}
	(void)closedir(dir);
	return n == 0;
}

/*
 * To a user and group of which this host, or the user namespace that it is
 * all in, knows nothing there is no way, and none without the capabilities.
 */
static void
confine_user(struct child *c)
{
	const struct msg_start *s = &c->start;
	const char             *name = proc_name(s->role);

	if ((s->flags & START_ROOTLESS) != 0) {
		wall_fails(&c->walls, WALL_USER, EPERM);
		return;
	}
	if (s->uid == 0 || s->gid == 0)
		fatalx("%s: refusing to run as root", name);
	if (setgroups(0, NULL) == -1 ||
	    setresgid(s->gid, s->gid, s->gid) == -1 ||
	    setresuid(s->uid, s->uid, s->uid) == -1) {
		if (errno != EPERM && errno != EINVAL)
			fatal("%s: change to user %u", name, s->uid);
		wall_fails(&c->walls, WALL_USER, errno);
		return;
	}
	confine_check_user(s);
	wall_stands(&c->walls, WALL_USER);
}

static void
confine_check_user(const struct msg_start *s)
{
	const char *name = proc_name(s->role);
	uid_t       ruid, euid, suid;
	gid_t       rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1)
		fatal("%s: user", name);
	if (ruid != s->uid || euid != s->uid || suid != s->uid ||
	    rgid != s->gid || egid != s->gid || sgid != s->gid ||
	    getgroups(0, NULL) != 0)
		fatalx("%s: user did not change", name);
	if (setuid(0) != -1 || seteuid(0) != -1 || setgid(0) != -1 ||
	    setegid(0) != -1)
		fatalx("%s: can still become root", name);
}

static void
confine_limits(struct child *c)
{
	const struct msg_start *s = &c->start;
	struct rlimit           have;
	rlim_t                  nofile = s->nofile;

	if (getrlimit(RLIMIT_NOFILE, &have) == -1)
		fatal("getrlimit");
	if (nofile > have.rlim_max) {
		log_warn("%s: needs %llu descriptors, limit is %llu",
		    proc_name(s->role), (unsigned long long)nofile,
		    (unsigned long long)have.rlim_max);
		nofile = have.rlim_max;
	}
	wall_stands(&c->walls, WALL_LIMITS);
	confine_limit(&c->walls, RLIMIT_NOFILE, nofile);
	confine_limit(&c->walls, RLIMIT_CORE, 0);
	/* An image is no file, but the kernel holds its size to be one's. */
	confine_limit(&c->walls, RLIMIT_FSIZE,
	    s->role == PROC_LOADER ? MSG_TABLE_IMAGE_MAX : 0);
	confine_limit(&c->walls, RLIMIT_NPROC, 0);
}

static void
confine_limit(struct walls *w, int what, rlim_t n)
{
	struct rlimit rl = { n, n };

	if (setrlimit(what, &rl) == -1)
		wall_fails(w, WALL_LIMITS, errno);
}

/*
 * What stands must be what the config requires.  And a process of root's user
 * would own what it could open, so it takes more than the filter alone.
 */
static void
confine_check(const struct child *c, int superuser)
{
	const struct msg_start *s = &c->start;
	const struct walls     *w = &c->walls;
	uint32_t                lacking = s->require & wall_missing(w);
	uint32_t                first;

	first = lacking & -lacking;
	if (first != 0)
		fatalx("%s %u: required sandbox layer missing: %s: %s",
		    proc_name(s->role), s->instance, wall_name(first),
		    strerror(wall_error(w, first)));
	if (superuser && (w->stand & (WALL_ROOT | WALL_LANDLOCK)) == 0)
		fatalx("%s %u: cannot leave the user root (CAP_SETUID and "
		       "CAP_SETGID), and neither an empty root directory nor "
		       "Landlock is available: start it as another user",
		    proc_name(s->role), s->instance);
}
