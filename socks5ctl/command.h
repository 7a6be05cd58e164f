/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The commands: what there are, which one was typed, what is to be said of
 * them.
 *
 * The table itself is in command_table.c.
 */

#ifndef SOCKS5CTL_COMMAND_H
#define SOCKS5CTL_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"

struct show_kind;

/* What comes after the words of a command. */
enum argument {
	ARG_NONE,
	ARG_ID, /* the number of a session */
	ARG_USER_OPTIONS,
	ARG_USER_SET,
	ARG_USER_PASSWORD,
	ARG_USER_KILL,
	ARG_BAN,
	ARG_METHOD,
	ARG_MEMBER,
	ARG_ENTRIES, /* of a table, or where they are */
	ARG_REPLACE, /* the same, or none */
	ARG_ITEMS,   /* to look for in a table */
	ARG_TABLE,   /* its name alone, between the words */
	ARG_NAME,    /* the same behind them */
	ARG_TRIAL,   /* a request */
	ARG_COMMAND, /* the words of a command, or none */
};

/* What the request carries. */
enum payload {
	PAYLOAD_NONE,
	PAYLOAD_VALUE, /* the value of the row */
	PAYLOAD_LIST,  /* the value is the list */
	PAYLOAD_ID,    /* the argument */
	PAYLOAD_EDIT,  /* the value is the operation */
	PAYLOAD_BAN,
	PAYLOAD_MEMBER,
	PAYLOAD_TABLE, /* the value is the operation */
	PAYLOAD_TABLE_TEST,
	PAYLOAD_TABLE_NAME,
	PAYLOAD_TRIAL,
};

/*
 * Whether the words may be shortened: not those of a command that ends, takes
 * away or replaces something, since nobody should do that by a slip.
 */
enum spelling {
	SPELL_SHORT,
	SPELL_FULL,
};

#define WORDS_MAX 2

struct command {
	const char             *words[WORDS_MAX];
	enum argument           argument;
	enum msg_type           request; /* MSG_NONE: needs no daemon */
	enum payload            payload;
	uint32_t                value;
	int                     patience_ms;
	const struct show_kind *show; /* NULL: nothing to show */
	const char             *help;
	enum spelling           spelling;
};

extern const struct command commands[];
extern const size_t         ncommands;

/*
 * The command that was typed, of which the last nargs words are arguments;
 * the words of argv may have changed places.  Ends the process with a line if
 * it is none, or one that lacks something.
 */
const struct command *command_find(int argc, char **argv, int *nargs);

/* How to use socks5ctl, in a line or two on stderr; ends the process. */
_Noreturn void command_usage(void);

/* To stdout: all commands, or how to use those that begin with these words. */
void command_help(int argc, char **argv);

#endif /* SOCKS5CTL_COMMAND_H */
