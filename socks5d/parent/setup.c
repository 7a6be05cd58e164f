/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the daemon needs of the system before any child starts: users, an
 * empty directory to be the root of children, descriptors.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "compat/nitems.h"
#include "conf/conf.h"
#include "parent/setup.h"
#include "parent/state.h"
#include "parent/wanted.h"

/* Beyond this a table of descriptors is a burden and no help. */
#define NOFILE_MAX (1024 * 1024)

/* Without those for listeners and channels. */
#define NOFILE_MIN 48

static int setup_role(struct parent *, const struct conf *, enum proc_id);
static const struct passwd *role_user(const char *, enum proc_id);
static int                  root_check(int, const char *);
static int                  root_unlinked(void);

/*
 * A user of its own for each role where the system has them.  They are looked
 * up once, for roles that start later, too: whoever answers for the name
 * service may be far away.
 */
int
setup_users(struct parent *p, const struct conf *conf)
{
	unsigned int i;

	for (i = 0; i < PROC_MAX; i++)
		if (proc_is_child(i) && setup_role(p, conf, i) == -1)
			return -1;
	return 0;
}

static int
setup_role(struct parent *p, const struct conf *conf, enum proc_id role)
{
	const struct passwd *pw;
	const char          *base;

	if (p->rootless) {
		p->users[role].uid = geteuid();
		p->users[role].gid = getegid();
		return 0;
	}
	base = conf->user[0] != '\0' ? conf->user : CONF_USER;
	if ((pw = role_user(base, role)) == NULL) {
		log_error("user %s: no such user: create it (make install "
			  "does), or name another with 'set user \"name\"'",
		    base);
		return -1;
	}
	if (pw->pw_uid == 0 || pw->pw_gid == 0) {
		log_error("user %s: is root: child processes must not be",
		    pw->pw_name);
		return -1;
	}
	p->users[role].uid = pw->pw_uid;
	p->users[role].gid = pw->pw_gid;
	return 0;
}

static const struct passwd *
role_user(const char *base, enum proc_id role)
{
	const struct passwd *pw;
	char                 name[64];

	(void)snprintf(name, sizeof(name), "%s_%s", base, proc_name(role));
	if ((pw = getpwnam(name)) != NULL)
		return pw;
	return getpwnam(base);
}

/*
 * The directory is held open from here on, so nobody can put another in its
 * place.  Without one in the config an unlinked directory serves: it is
 * empty, and nothing can ever be created in it.
 */
int
setup_root(struct parent *p, const struct conf *conf)
{
	const char *path = conf->chroot;
	struct stat st;

	/* To root of a user namespace it may belong to nobody. */
	if (path[0] == '\0' && geteuid() == 0 && lstat(CONF_CHROOT, &st) == 0 &&
	    st.st_uid == 0)
		path = CONF_CHROOT;
	if (path[0] == '\0') {
		if ((p->root = root_unlinked()) == -1)
			log_warn_errno("no empty directory for child "
				       "processes: neither " CONF_CHROOT
				       " nor one in "
				       "/tmp, /run or /dev/shm");
		return 0;
	}
	p->root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->root == -1) {
		log_errno("chroot %s", path);
		return -1;
	}
	if (root_check(p->root, path) == -1) {
		(void)close(p->root);
		p->root = -1;
		return -1;
	}
	return 0;
}

static int
root_check(int fd, const char *path)
{
	const struct dirent *d;
	struct stat          st;
	DIR                 *dir;
	int                  copy, empty = 1;

	if (fstat(fd, &st) == -1) {
		log_errno("chroot %s", path);
		return -1;
	}
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		log_error("chroot %s: must belong to root and be writable by "
			  "nobody else",
		    path);
		return -1;
	}
	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1 ||
	    (dir = fdopendir(copy)) == NULL) {
		log_errno("chroot %s", path);
		return -1;
	}
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			empty = 0;
	(void)closedir(dir);
	if (empty == 0) {
		log_error("chroot %s: must be empty", path);
		return -1;
	}
	return 0;
}

/* Where all else is for reading only, something of these seldom is. */
static int
root_unlinked(void)
{
	static const char *const places[] = { "/tmp", "/run", "/dev/shm" };
	char                     path[64];
	size_t                   i;
	int                      fd;

	for (i = 0; i < nitems(places); i++) {
		(void)snprintf(path, sizeof(path), "%s/socks5d.XXXXXXXXXX",
		    places[i]);
		if (mkdtemp(path) == NULL)
			continue;
		fd = open(path,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd != -1)
			(void)fchmod(fd, 0555);
		(void)rmdir(path);
		return fd;
	}
	return -1;
}

int
setup_descriptors(struct parent *p, const struct conf *conf)
{
	const struct conf_listener *l;
	const struct conf_table    *t;
	struct rlimit               rl;
	unsigned int                need = NOFILE_MIN + wanted_total(conf);

	/* Of a config in force, of the next one, and on the way to a child. */
	TAILQ_FOREACH(l, &conf->listeners, entry)
		need += 3;
	TAILQ_FOREACH(t, &conf->tables, entry)
		need += 3;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("getrlimit");
	if (rl.rlim_max > NOFILE_MAX)
		rl.rlim_max = NOFILE_MAX;
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("setrlimit");
	p->nofile = (uint32_t)rl.rlim_cur;
	if (p->nofile >= need)
		return 0;
	log_error("limit of %u descriptors: at least %u are needed, and more "
		  "to serve clients",
	    p->nofile, need);
	return -1;
}
