/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who is at the far end of a unix socket: Linux.  Used by control.  The kernel
 * keeps the credentials of the moment of connect(2).
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>

#include "compat/peercred.h"

/* In the headers of libc only since 2.28. */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

/* NGROUPS_MAX of the kernel. */
#define GROUPS_MAX 65536

static int in_supplementary(int, gid_t);

int
peercred_uid(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t    len;

	len = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	*uid = cred.uid;
	return 0;
}

int
peercred_has_gid(int fd, gid_t gid)
{
	struct ucred cred;
	socklen_t    len;

	len = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return 0;
	return cred.gid == gid || in_supplementary(fd, gid);
}

static int
in_supplementary(int fd, gid_t gid)
{
	gid_t    *gids;
	socklen_t len;
	size_t    i;
	int       found = 0;

	if ((gids = calloc(GROUPS_MAX, sizeof(*gids))) == NULL)
		return 0;
	len = GROUPS_MAX * sizeof(*gids);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &len) == 0) {
		for (i = 0; i < len / sizeof(*gids) && !found; i++)
			found = gids[i] == gid;
	}
	free(gids);
	return found;
}
