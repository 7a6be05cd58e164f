/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Capabilities of Linux, see privilege.h.
 */

#include <sys/capability.h>

#include <unistd.h>

#include "compat/nitems.h"
#include "compat/privilege.h"

static const struct {
	cap_value_t cap;
	const char *name;
} caps[PRIVILEGE_MAX] = {
	[PRIVILEGE_SETUID] = { CAP_SETUID, "CAP_SETUID" },
	[PRIVILEGE_SETGID] = { CAP_SETGID, "CAP_SETGID" },
	[PRIVILEGE_CHROOT] = { CAP_SYS_CHROOT, "CAP_SYS_CHROOT" },
	[PRIVILEGE_ADMIN] = { CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	[PRIVILEGE_SETPCAP] = { CAP_SETPCAP, "CAP_SETPCAP" },
	[PRIVILEGE_BIND] = { CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE" },
	[PRIVILEGE_CHOWN] = { CAP_CHOWN, "CAP_CHOWN" },
	[PRIVILEGE_FILES] = { CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
};

/* What the parent does; the start of children takes the others, too. */
static const cap_value_t steady[] = {
	CAP_CHOWN,
	CAP_DAC_OVERRIDE,
	CAP_DAC_READ_SEARCH,
	CAP_FOWNER,
	CAP_KILL,
	CAP_NET_ADMIN,
	CAP_NET_BIND_SERVICE,
	CAP_NET_RAW,
	CAP_SETUID,
};
static const cap_value_t starting[] = {
	CAP_SETGID,
	CAP_SETPCAP,
	CAP_SYS_ADMIN,
	CAP_SYS_CHROOT,
};

static int privilege_is_of(cap_value_t, const cap_value_t *, size_t);
static int privilege_keep(cap_t, cap_t, cap_flag_t, const cap_value_t *,
    size_t);

int
privilege_have(enum privilege p)
{
	cap_flag_value_t have = CAP_CLEAR;
	cap_t            now;

	if ((now = cap_get_proc()) == NULL)
		return geteuid() == 0;
	if (cap_get_flag(now, caps[p].cap, CAP_PERMITTED, &have) == -1)
		have = CAP_CLEAR;
	(void)cap_free(now);
	return have == CAP_SET;
}

/* Root that executes a program has all that is in the bounding set. */
int
privilege_bound(void)
{
	cap_value_t c;

	for (c = 0; cap_get_bound(c) != -1; c++)
		if (cap_get_bound(c) != 0 &&
		    !privilege_is_of(c, steady, nitems(steady)) &&
		    !privilege_is_of(c, starting, nitems(starting)) &&
		    cap_drop_bound(c) == -1)
			return -1;
	return 0;
}

static int
privilege_is_of(cap_value_t c, const cap_value_t *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] == c)
			return 1;
	return 0;
}

int
privilege_lower(void)
{
	cap_t now, next;
	int   ret = -1;

	now = cap_get_proc();
	next = cap_init();
	if (now != NULL && next != NULL &&
	    privilege_keep(next, now, CAP_PERMITTED, starting,
		nitems(starting)) == 0 &&
	    privilege_keep(next, now, CAP_PERMITTED, steady, nitems(steady)) ==
		0 &&
	    privilege_keep(next, now, CAP_EFFECTIVE, steady, nitems(steady)) ==
		0)
		ret = cap_set_proc(next);
	(void)cap_free(now);
	(void)cap_free(next);
	return ret;
}

/* Those of the list that we are permitted now. */
static int
privilege_keep(cap_t next, cap_t now, cap_flag_t flag, const cap_value_t *list,
    size_t n)
{
	cap_flag_value_t have;
	size_t           i;

	for (i = 0; i < n; i++) {
		if (cap_get_flag(now, list[i], CAP_PERMITTED, &have) == -1)
			return -1;
		if (have == CAP_SET &&
		    cap_set_flag(next, flag, 1, &list[i], CAP_SET) == -1)
			return -1;
	}
	return 0;
}

const char *
privilege_name(enum privilege p)
{
	return caps[p].name;
}
