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
 * Namespaces, capabilities, process attributes and Landlock, see walls.h.
 */

#include <sys/capability.h>
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/landlock.h"
#include "base/log.h"
#include "base/walls.h"

/* Since Linux 6.3. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE			65
#define PR_MDWE_REFUSE_EXEC_GAIN	1
#endif

static uint32_t	walls_user_namespace(int);
static int	walls_write(const char *, const char *);
static void	walls_name(const struct msg_start *);
static void	walls_drop_caps(const char *);
static int	walls_has_network(enum proc_id);

uint32_t
walls_namespaces(const struct msg_start *s)
{
	int	flags;

	flags = walls_has_network(s->role) ? 0 : CLONE_NEWNET;
	if ((s->flags & START_ROOTLESS) != 0)
		return walls_user_namespace(flags);

	/* A container or an old kernel may refuse; then there is none. */
	if (flags == 0 || unshare(flags) == -1)
		return 0;
	return WALL_NETWORK;
}

/*
 * Without root, chroot(2) needs a user namespace.  The user keeps its number
 * in it, so that nothing in there looks like root.  Some systems let everyone
 * make one and then allow nothing in it; that is as good as none.
 */
static uint32_t
walls_user_namespace(int flags)
{
	char		map[64];
	uint32_t	walls = WALL_USERNS;
	uid_t		uid;
	gid_t		gid;

	uid = geteuid();
	gid = getegid();
	if (flags != 0 && unshare(CLONE_NEWUSER | flags) == 0)
		walls |= WALL_NETWORK;
	else if (unshare(CLONE_NEWUSER) == -1)
		return 0;

	/* In this order: a group map needs setgroups(2) given up first. */
	if (walls_write("/proc/self/setgroups", "deny") == -1)
		return 0;
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (walls_write("/proc/self/uid_map", map) == -1)
		return 0;
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	if (walls_write("/proc/self/gid_map", map) == -1)
		return 0;
	return walls;
}

/* -1 if it is not allowed; whatever else goes wrong is fatal. */
static int
walls_write(const char *path, const char *text)
{
	ssize_t	n;
	int	fd;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1) {
		if (errno == EPERM || errno == EACCES)
			return -1;
		fatal("user namespace: %s", path);
	}
	n = write(fd, text, strlen(text));
	if (n == -1 && errno != EPERM)
		fatal("user namespace: %s", path);
	(void)close(fd);
	return n == -1 ? -1 : 0;
}

void
walls_drop_bounding(const struct msg_start *s)
{
	cap_value_t	c;

	for (c = 0; cap_get_bound(c) != -1; c++) {
		if (cap_get_bound(c) == 0 || cap_drop_bound(c) == 0)
			continue;

		/* Who has no capability gains none: no_new_privs follows. */
		if ((s->flags & START_ROOTLESS) != 0 && errno == EPERM)
			return;
		fatal("capability %d: drop from the bounding set", c);
	}
}

uint32_t
walls_drop_rest(const struct msg_start *s)
{
	const char	*name = proc_name(s->role);
	uint32_t	 walls = 0;

	walls_name(s);
	walls_drop_caps(name);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		fatal("%s: not dumpable", name);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		fatal("%s: no new privileges", name);
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
		walls |= WALL_NOEXEC;

	switch (landlock_enter(walls_has_network(s->role))) {
	case 1:
		walls |= WALL_LANDLOCK;
		break;
	case 0:
		break;
	default:
		fatal("%s: landlock", name);
	}
	return walls;
}

/* After fexecve(3) it would be a number; cut at 15 bytes by the kernel. */
static void
walls_name(const struct msg_start *s)
{
	char	name[32];

	if (s->role == PROC_RELAY)
		(void)snprintf(name, sizeof(name), "socks5d-relay%u",
		    s->instance);
	else
		(void)snprintf(name, sizeof(name), "socks5d-%s",
		    proc_name(s->role));
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

/* The change of user leaves the inheritable set as it was. */
static void
walls_drop_caps(const char *name)
{
	cap_t	none, now;

	if ((none = cap_init()) == NULL)
		fatal("%s: capabilities", name);
	if (cap_set_proc(none) == -1)
		fatal("%s: drop capabilities", name);
	if ((now = cap_get_proc()) == NULL)
		fatal("%s: capabilities", name);
	if (cap_compare(none, now) != 0)
		fatalx("%s: capabilities are left", name);
	(void)cap_free(now);
	(void)cap_free(none);

	/* Empty since the inheritable set is; older kernels have none. */
	if (cap_reset_ambient() == -1 && errno != EINVAL && errno != ENOSYS)
		fatal("%s: drop ambient capabilities", name);
}

static int
walls_has_network(enum proc_id role)
{
	return role == PROC_ROUTER;
}
