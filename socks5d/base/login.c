/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words for logins: see login.h.
 *
 * Pure.
 */

#include <stddef.h>

#include "base/login.h"
#include "compat/nitems.h"

static const char *const mode_names[] = {
	[AUTH_MODE_NONE] = "none",
	[AUTH_MODE_OPTIONAL] = "optional",
	[AUTH_MODE_REQUIRED] = "required",
};

static const char *const status_names[] = {
	[LOGIN_NONE] = "no login",
	[LOGIN_OK] = "logged in",
	[LOGIN_UNKNOWN_USER] = "unknown user",
	[LOGIN_WRONG_PASSWORD] = "wrong password",
	[LOGIN_DISABLED] = "user is disabled",
	[LOGIN_EXPIRED] = "user has expired",
	[LOGIN_WRONG_SOURCE] = "not from this address",
	[LOGIN_BANNED] = "banned after failed logins",
	[LOGIN_BUSY] = "too many logins at once",
	[LOGIN_EMPTY] = "empty password",
};

_Static_assert(nitems(mode_names) == AUTH_MODE_MAX,
    "every mode needs its name");
_Static_assert(nitems(status_names) == LOGIN_MAX,
    "every status needs its name");

const char *
auth_mode_name(enum auth_mode mode)
{
	if ((size_t)mode >= nitems(mode_names))
		return "?";
	return mode_names[mode];
}

const char *
login_status_name(enum login_status status)
{
	if ((size_t)status >= nitems(status_names))
		return "?";
	return status_names[status];
}
