/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of commands.  It is the only list of them: parsing, usage and the
 * test of the manual page read it.
 */

#include "base/msg_list.h"
#include "command.h"
#include "show.h"

/*
 * The daemon itself gives up after 2 seconds, with a reload after 60, with a
 * change of users after 30; it says each second that one still waits.
 */
#define PATIENCE_MS 5000
#define RELOAD_MS   65000
#define TABLE_MS    65000
#define USER_MS     35000
#define TEST_MS     35000

/* clang-format off */
const struct command	commands[] = {
	{ { "show", "status" }, ARG_NONE, MSG_CTL_STATUS, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_status,
	    "the daemon and its processes", SPELL_SHORT },
	{ { "show", "sessions" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_SESSION, PATIENCE_MS, &show_list,
	    "open sessions", SPELL_SHORT },
	{ { "show", "rules" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_RULE, PATIENCE_MS, &show_list,
	    "rules in force, with their counters", SPELL_SHORT },
	{ { "show", "counters" }, ARG_NONE, MSG_CTL_COUNTERS, PAYLOAD_NONE,
	    0, PATIENCE_MS, &show_counters,
	    "counters since the start", SPELL_SHORT },
	{ { "show", "limits" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_LIMIT, PATIENCE_MS, &show_list,
	    "limits in use, and how much of each", SPELL_SHORT },
	{ { "show", "bans" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_BAN, PATIENCE_MS, &show_list,
	    "sources and users banned for failed logins", SPELL_SHORT },
	{ { "show", "users" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_USER, PATIENCE_MS, &show_list,
	    "users, without their hashes", SPELL_SHORT },
	{ { "show", "upstreams" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_PROXY, PATIENCE_MS, &show_list,
	    "members of each upstream and their state", SPELL_SHORT },
	{ { "show", "tables" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_TABLE, PATIENCE_MS, &show_list,
	    "tables and the GeoIP database", SPELL_SHORT },
	{ { "show", "table" }, ARG_NAME, MSG_CTL_TABLE_SHOW,
	    PAYLOAD_TABLE_NAME, 0, PATIENCE_MS, &show_table,
	    "entries of a table", SPELL_SHORT },
	{ { "kill", NULL }, ARG_ID, MSG_CTL_KILL, PAYLOAD_ID, 0,
	    PATIENCE_MS, NULL,
	    "end the session with this id", SPELL_FULL },
	{ { "log", "brief" }, ARG_NONE, MSG_CTL_VERBOSE, PAYLOAD_VALUE, 0,
	    PATIENCE_MS, NULL,
	    "log what an administrator should know", SPELL_SHORT },
	{ { "log", "verbose" }, ARG_NONE, MSG_CTL_VERBOSE, PAYLOAD_VALUE, 1,
	    PATIENCE_MS, NULL,
	    "also log what helps with debugging", SPELL_SHORT },
	{ { "reload", NULL }, ARG_NONE, MSG_CTL_RELOAD, PAYLOAD_NONE, 0,
	    RELOAD_MS, NULL,
	    "read the configuration again", SPELL_SHORT },
	{ { "reload", "revoke" }, ARG_NONE, MSG_CTL_REVOKE, PAYLOAD_NONE, 0,
	    RELOAD_MS, NULL,
	    "and end the sessions that it refuses", SPELL_FULL },
	{ { "stop", NULL }, ARG_NONE, MSG_CTL_STOP, PAYLOAD_VALUE, 0,
	    PATIENCE_MS, NULL,
	    "stop the daemon; sessions have the drain time", SPELL_FULL },
	{ { "stop", "now" }, ARG_NONE, MSG_CTL_STOP, PAYLOAD_VALUE, 1,
	    PATIENCE_MS, NULL,
	    "stop the daemon and end all sessions", SPELL_FULL },
	{ { "table", "add" }, ARG_ENTRIES, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_ADD, TABLE_MS, NULL,
	    "add entries to a table", SPELL_SHORT },
	{ { "table", "delete" }, ARG_ENTRIES, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_DELETE, TABLE_MS, NULL,
	    "delete entries from a table", SPELL_FULL },
	{ { "table", "replace" }, ARG_REPLACE, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_REPLACE, TABLE_MS, NULL,
	    "replace all entries of a table", SPELL_FULL },
	{ { "table", "show" }, ARG_TABLE, MSG_CTL_TABLE_SHOW,
	    PAYLOAD_TABLE_NAME, 0, PATIENCE_MS, &show_table,
	    "the same as \"show table\"", SPELL_SHORT },
	{ { "table", "test" }, ARG_ITEMS, MSG_CTL_TABLE_TEST,
	    PAYLOAD_TABLE_TEST, 0, PATIENCE_MS, &show_table_test,
	    "look for an address, name or user in a table", SPELL_SHORT },
	{ { "test", NULL }, ARG_TRIAL, MSG_CTL_TEST, PAYLOAD_TRIAL, 0,
	    TEST_MS, &show_test,
	    "what would happen to a request, and why", SPELL_SHORT },
	{ { "unban", NULL }, ARG_BAN, MSG_CTL_UNBAN, PAYLOAD_BAN, 0,
	    PATIENCE_MS, NULL,
	    "end a ban", SPELL_FULL },
	{ { "upstream", NULL }, ARG_MEMBER, MSG_CTL_PROXY_SET,
	    PAYLOAD_MEMBER, 0, PATIENCE_MS, NULL,
	    "use a member of an upstream, or do not", SPELL_FULL },
	{ { "user", "add" }, ARG_USER_OPTIONS, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_ADD, USER_MS, NULL,
	    "add a user to the users file", SPELL_SHORT },
	{ { "user", "delete" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_DELETE, USER_MS, NULL,
	    "delete a user from the users file", SPELL_FULL },
	{ { "user", "disable" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_DISABLE, USER_MS, NULL,
	    "disable a user's logins", SPELL_FULL },
	{ { "user", "enable" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_ENABLE, USER_MS, NULL,
	    "enable a user's logins again", SPELL_SHORT },
	{ { "user", "list" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_USER, PATIENCE_MS, &show_list,
	    "the same as \"show users\"", SPELL_SHORT },
	{ { "user", "passwd" }, ARG_USER_PASSWORD, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_PASSWD, USER_MS, NULL,
	    "change a user's password", SPELL_FULL },
	{ { "user", "set" }, ARG_USER_SET, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_SET, USER_MS, NULL,
	    "change options of a user", SPELL_FULL },
	{ { "hash", NULL }, ARG_METHOD, MSG_NONE, PAYLOAD_NONE, 0,
	    0, NULL,
	    "print the hash of a password; needs no daemon", SPELL_SHORT },
	{ { "help", NULL }, ARG_COMMAND, MSG_NONE, PAYLOAD_NONE, 0,
	    0, NULL,
	    "print this, or how to use a command", SPELL_SHORT },
};
/* clang-format on */

const size_t ncommands = sizeof(commands) / sizeof(commands[0]);
