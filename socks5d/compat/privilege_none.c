/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where there is nothing but root, see privilege.h.
 */

#include <unistd.h>

#include "compat/privilege.h"

int
privilege_have(enum privilege p)
{
	return geteuid() == 0;
}

int
privilege_bound(void)
{
	return 0;
}

int
privilege_lower(void)
{
	return 0;
}

const char *
privilege_name(enum privilege p)
{
	return "root";
}
