/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who is at the far end of a unix socket: the BSDs.  Used by control.  They
 * tell the effective group only, so a user whose first group is another than
 * that of the control socket is not let in.
 */

#include <sys/types.h>

#include <unistd.h>

#include "compat/peercred.h"

int
peercred_uid(int fd, uid_t *uid)
{
	gid_t gid;

	return getpeereid(fd, uid, &gid);
}

int
peercred_has_gid(int fd, gid_t gid)
{
	uid_t uid;
	gid_t peer;

	return getpeereid(fd, &uid, &peer) == 0 && peer == gid;
}
