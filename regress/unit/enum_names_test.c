/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the tables of names that logs and socks5ctl print: every value has
 * one, no two are the same, none would break a line into wrong words.
 */

#include <string.h>

#include <atf-c.h>

#include "base/counters.h"
#include "base/proc.h"
#include "base/session.h"

/* Longest name that the columns of socks5ctl and the log expect. */
#define NAME_MAX_LEN 26

typedef const char *(*namer)(unsigned int);

static void        check_names(namer, unsigned int);
static const char *proc_namer(unsigned int);
static const char *command_namer(unsigned int);
static const char *state_namer(unsigned int);
static const char *cause_namer(unsigned int);
static const char *drop_namer(unsigned int);
static const char *end_namer(unsigned int);
static const char *counter_namer(unsigned int);

ATF_TC(names_are_complete);
ATF_TC_HEAD(names_are_complete, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every value has a name of its own, every other number is \"?\"");
}
ATF_TC_BODY(names_are_complete, tc)
{
	check_names(proc_namer, PROC_MAX);
	check_names(command_namer, SESSION_UDP + 1);
	check_names(state_namer, SESSION_STATE_MAX);
	check_names(cause_namer, CAUSE_MAX);
	check_names(drop_namer, DROP_MAX);
	check_names(end_namer, UDP_END_MAX);
	check_names(counter_namer, COUNTER_MAX);
}

ATF_TC(roles_come_back);
ATF_TC_HEAD(roles_come_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a role is found by its exact name and by nothing else");
}
ATF_TC_BODY(roles_come_back, tc)
{
	unsigned int i;

	for (i = 0; i < PROC_MAX; i++)
		ATF_CHECK_EQ(i, proc_byname(proc_name(i)));
	ATF_CHECK_EQ(PROC_MAX, proc_byname(""));
	ATF_CHECK_EQ(PROC_MAX, proc_byname("?"));
	ATF_CHECK_EQ(PROC_MAX, proc_byname("rela"));
	ATF_CHECK_EQ(PROC_MAX, proc_byname("relays"));
	ATF_CHECK_EQ(PROC_MAX, proc_byname("Relay"));
}

ATF_TC(commands_are_those_of_the_rfc);
ATF_TC_HEAD(commands_are_those_of_the_rfc, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "commands have the numbers of RFC 1928, section 4");
}
ATF_TC_BODY(commands_are_those_of_the_rfc, tc)
{
	ATF_CHECK_STREQ("connect", session_command_name(1));
	ATF_CHECK_STREQ("bind", session_command_name(2));
	ATF_CHECK_STREQ("udp", session_command_name(3));
}

ATF_TC(counters_are_explained);
ATF_TC_HEAD(counters_are_explained, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every counter says what it counts, in words of its own");
}
ATF_TC_BODY(counters_are_explained, tc)
{
	unsigned int i, j;

	for (i = 0; i < COUNTER_MAX; i++) {
		ATF_REQUIRE(counter_help(i) != NULL);
		ATF_CHECK(strlen(counter_help(i)) > 0);
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(strcmp(counter_help(i),
					  counter_help(j)) != 0,
			    "%s and %s", counter_name(i), counter_name(j));
	}
	ATF_CHECK_STREQ("?", counter_help(COUNTER_MAX));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names_are_complete);
	ATF_TP_ADD_TC(tp, roles_come_back);
	ATF_TP_ADD_TC(tp, commands_are_those_of_the_rfc);
	ATF_TP_ADD_TC(tp, counters_are_explained);
	return atf_no_error();
}

static void
check_names(namer name, unsigned int max)
{
	unsigned int i, j;

	for (i = 0; i < max; i++) {
		ATF_REQUIRE_MSG(name(i) != NULL, "value %u", i);
		ATF_CHECK_MSG(strlen(name(i)) > 0 &&
			strlen(name(i)) <= NAME_MAX_LEN,
		    "%s", name(i));
		ATF_CHECK_EQ_MSG(strlen(name(i)),
		    strspn(name(i), "abcdefghijklmnopqrstuvwxyz0123456789-"),
		    "%s", name(i));
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(strcmp(name(i), name(j)) != 0,
			    "%s is the name of %u and %u", name(i), i, j);
	}
	ATF_CHECK_STREQ("?", name(max));
	ATF_CHECK_STREQ("?", name(0x7fffffff));
	ATF_CHECK_STREQ("?", name((unsigned int)-1));
}

static const char *
proc_namer(unsigned int i)
{
	return proc_name(i);
}

static const char *
command_namer(unsigned int i)
{
	return session_command_name(i);
}

static const char *
state_namer(unsigned int i)
{
	return session_state_name(i);
}

static const char *
cause_namer(unsigned int i)
{
	return session_cause_name(i);
}

static const char *
drop_namer(unsigned int i)
{
	return udp_drop_name(i);
}

static const char *
end_namer(unsigned int i)
{
	return udp_end_name(i);
}

static const char *
counter_namer(unsigned int i)
{
	return counter_name(i);
}
