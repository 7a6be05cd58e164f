/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words for logins: each mode and each end of a login has one of its own, and
 * what is neither has "?".
 */

#include <string.h>

#include <atf-c.h>

#include "base/login.h"

ATF_TC(modes);
ATF_TC_HEAD(modes, tc)
{
	atf_tc_set_md_var(tc, "descr", "modes are called as in the config");
}
ATF_TC_BODY(modes, tc)
{
	ATF_CHECK_STREQ("none", auth_mode_name(AUTH_MODE_NONE));
	ATF_CHECK_STREQ("optional", auth_mode_name(AUTH_MODE_OPTIONAL));
	ATF_CHECK_STREQ("required", auth_mode_name(AUTH_MODE_REQUIRED));
	ATF_CHECK_STREQ("?", auth_mode_name(AUTH_MODE_MAX));
	ATF_CHECK_STREQ("?", auth_mode_name((enum auth_mode) - 1));
}

ATF_TC(statuses);
ATF_TC_HEAD(statuses, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each end of a login has its own words, fit for a log line");
}
ATF_TC_BODY(statuses, tc)
{
	const char  *p;
	unsigned int a, b;

	for (a = 0; a < LOGIN_MAX; a++) {
		for (p = login_status_name(a); *p != '\0'; p++)
			ATF_CHECK(*p == ' ' || (*p >= 'a' && *p <= 'z'));
		ATF_CHECK(p - login_status_name(a) > 1);
		for (b = 0; b < a; b++)
			ATF_CHECK(strcmp(login_status_name(a),
				      login_status_name(b)) != 0);
	}
	ATF_CHECK_STREQ("?", login_status_name(LOGIN_MAX));
	ATF_CHECK_STREQ("?", login_status_name((enum login_status) - 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, modes);
	ATF_TP_ADD_TC(tp, statuses);
	return atf_no_error();
}
