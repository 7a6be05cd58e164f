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
 * Capabilities of Linux, see privilege.h.
 */

#include <sys/capability.h>

#include <unistd.h>

#include "compat/privilege.h"

static const struct {
	cap_value_t	 cap;
	const char	*name;
} caps[PRIVILEGE_MAX] = {
	[PRIVILEGE_SETUID] =	{ CAP_SETUID,		"CAP_SETUID" },
	[PRIVILEGE_SETGID] =	{ CAP_SETGID,		"CAP_SETGID" },
	[PRIVILEGE_CHROOT] =	{ CAP_SYS_CHROOT,	"CAP_SYS_CHROOT" },
	[PRIVILEGE_ADMIN] =	{ CAP_SYS_ADMIN,	"CAP_SYS_ADMIN" },
	[PRIVILEGE_SETPCAP] =	{ CAP_SETPCAP,		"CAP_SETPCAP" },
	[PRIVILEGE_BIND] =	{ CAP_NET_BIND_SERVICE,
				    "CAP_NET_BIND_SERVICE" },
	[PRIVILEGE_CHOWN] =	{ CAP_CHOWN,		"CAP_CHOWN" },
	[PRIVILEGE_FILES] =	{ CAP_DAC_OVERRIDE,	"CAP_DAC_OVERRIDE" }
};

int
privilege_have(enum privilege p)
{
	cap_flag_value_t	have = CAP_CLEAR;
	cap_t			now;

	if ((now = cap_get_proc()) == NULL)
		return geteuid() == 0;
	if (cap_get_flag(now, caps[p].cap, CAP_EFFECTIVE, &have) == -1)
		have = CAP_CLEAR;
	(void)cap_free(now);
	return have == CAP_SET;
}

const char *
privilege_name(enum privilege p)
{
	return caps[p].name;
}
