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
 * The walls around a child in the order in which they must rise, see
 * child.h.  What only some systems have is in walls_*.c and sandbox_*.c.
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
#include "base/walls.h"

static uint32_t	confine_root(struct child *);
static void	confine_check_root(const struct child *, struct stat *);
static int	confine_is_empty(void);
static uint32_t	confine_user(const struct child *);
static void	confine_check_user(const struct msg_start *);
static void	confine_limits(const struct msg_start *);
static void	confine_limit(int, const char *, rlim_t);

void
child_confine(struct child *c)
{
	const struct msg_start	*s = &c->start;

	c->walls = walls_namespaces(s);
	c->walls |= confine_root(c);
	walls_drop_bounding(s);
	c->walls |= confine_user(c);
	confine_limits(s);
	c->walls |= walls_drop_rest(s);
	if ((c->walls & (WALL_ROOT | WALL_LANDLOCK)) == 0)
		fatalx("%s: neither a user namespace for an empty root "
		    "directory nor landlock here: start socks5d as root",
		    proc_name(s->role));
	if (sandbox_enter(s->role) == -1)
		fatal("%s: system call filter", proc_name(s->role));
	if (strcmp(sandbox_name(), "none") != 0)
		c->walls |= WALL_FILTER;
}

/*
 * The parent made sure of the directory; it is checked again here where it
 * counts.  Rootless, there may be none, or no right to enter it.
 */
static uint32_t
confine_root(struct child *c)
{
	const char	*name = proc_name(c->start.role);
	struct stat	 want, have;
	int		 rootless;

	rootless = (c->start.flags & START_ROOTLESS) != 0;
	if (c->root_fd == -1) {
		if (rootless == 0)
			fatalx("%s: no empty root directory", name);
		return 0;
	}
	if (fchdir(c->root_fd) == -1)
		fatal("%s: root directory", name);
	confine_check_root(c, &want);
	(void)close(c->root_fd);
	c->root_fd = -1;
	if (chroot(".") == -1) {
		if (rootless && errno == EPERM)
			return 0;
		fatal("%s: chroot", name);
	}
	if (chdir("/") == -1 || stat("/..", &have) == -1)
		fatal("%s: chroot", name);
	if (have.st_dev != want.st_dev || have.st_ino != want.st_ino)
		fatalx("%s: chroot did not change the root", name);
	return WALL_ROOT;
}

/* An unlinked directory is best: nothing can be made in it any more. */
static void
confine_check_root(const struct child *c, struct stat *st)
{
	const char	*name = proc_name(c->start.role);

	if (fstat(c->root_fd, st) == -1)
		fatal("%s: root directory", name);
	if (S_ISDIR(st->st_mode) == 0)
		fatalx("%s: root directory: is none", name);
	if (st->st_nlink == 0)
		return;
	if (st->st_uid != 0 && (c->start.flags & START_ROOTLESS) == 0)
		fatalx("%s: root directory: not owned by root", name);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fatalx("%s: root directory: writable by others", name);
	if (confine_is_empty() == 0)
		fatalx("%s: root directory: not empty", name);
}

static int
confine_is_empty(void)
{
	struct dirent	*de;
	DIR		*dir;
	int		 n = 0;

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

static uint32_t
confine_user(const struct child *c)
{
	const struct msg_start	*s = &c->start;
	const char		*name = proc_name(s->role);

	if ((s->flags & START_ROOTLESS) != 0) {
		if (geteuid() == 0)
			fatalx("%s: rootless, but root", name);
		return 0;
	}
	if (s->uid == 0 || s->gid == 0)
		fatalx("%s: refusing to run as root", name);
	if (setgroups(0, NULL) == -1)
		fatal("%s: setgroups", name);
	if (setresgid(s->gid, s->gid, s->gid) == -1)
		fatal("%s: setresgid %u", name, s->gid);
	if (setresuid(s->uid, s->uid, s->uid) == -1)
		fatal("%s: setresuid %u", name, s->uid);
	confine_check_user(s);
	return WALL_USER;
}

static void
confine_check_user(const struct msg_start *s)
{
	const char	*name = proc_name(s->role);
	uid_t		 ruid, euid, suid;
	gid_t		 rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) == -1 ||
	    getresgid(&rgid, &egid, &sgid) == -1)
		fatal("%s: user", name);
	if (ruid != s->uid || euid != s->uid || suid != s->uid ||
	    rgid != s->gid || egid != s->gid || sgid != s->gid ||
	    getgroups(0, NULL) != 0)
		fatalx("%s: user did not change", name);
	if (setuid(0) != -1 || seteuid(0) != -1 || setgid(0) != -1 ||
	    setegid(0) != -1)
		fatalx("%s: the way back to root is open", name);
}

static void
confine_limits(const struct msg_start *s)
{
	struct rlimit	have;
	rlim_t		nofile = s->nofile;

	if (getrlimit(RLIMIT_NOFILE, &have) == -1)
		fatal("getrlimit");
	if (nofile > have.rlim_max) {
		log_warn("%s: %llu descriptors wanted, %llu may be had",
		    proc_name(s->role), (unsigned long long)nofile,
		    (unsigned long long)have.rlim_max);
		nofile = have.rlim_max;
	}
	confine_limit(RLIMIT_NOFILE, "descriptors", nofile);
	confine_limit(RLIMIT_CORE, "core files", 0);
	/* An image is no file, but the kernel holds its size to be one's. */
	confine_limit(RLIMIT_FSIZE, "file size",
	    s->role == PROC_LOADER ? MSG_TABLE_IMAGE_MAX : 0);
	confine_limit(RLIMIT_NPROC, "processes", 0);
}

static void
confine_limit(int what, const char *name, rlim_t n)
{
	struct rlimit	rl = { n, n };

	if (setrlimit(what, &rl) == -1)
		fatal("limit of %s", name);
}
