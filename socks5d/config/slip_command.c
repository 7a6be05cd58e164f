/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lines about UDP and BIND that are wrong in a way that is known: words of
 * other programs, and switches where there are none, as rules say who may.
 */

#include <sys/types.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "compat/nitems.h"
#include "config/keyword.h"
#include "config/lex.h"
#include "config/slip.h"

/* Commands as others call them. */
static const struct {
	const char *word;
	const char *meant;
} slip_commands[] = {
	{ "associate", "udp" },
	{ "bindreply", "bind" },
	{ "tcp", "connect" },
	{ "udp-associate", "udp" },
	{ "udp_associate", "udp" },
	{ "udpassoc", "udp" },
	{ "udpassociate", "udp" },
	{ "udpreply", "udp" },
};

/* What they call the address that clients are told. */
static const char *const slip_told[] = {
	"advertise",
	"announce",
	"external",
	"nat",
	"public",
};

static int slip_alone(struct lex *, const struct lex_word *);
static int slip_listen(struct lex *, const struct lex_word *);
static int slip_told_word(const struct lex_word *);

int
slip_command(struct lex *lex, const struct lex_word *bad)
{
	const struct lex_word *before = lex_before(lex);

	switch (lex_first(lex)->token) {
	case LEX_LISTEN:
		return slip_listen(lex, bad);
	case LEX_PASS:
	case LEX_BLOCK:
		return slip_alone(lex, bad);
	case LEX_UPSTREAM:
		if (before->token != LEX_UDP || bad->token == '}')
			return 0;
		lex_error(lex, bad, "%s: udp is all: it has no value",
		    lex_shown(lex, bad));
		return 1;
	case LEX_LOG:
		if (bad->quoted ||
		    (strcmp(bad->text, "udp") != 0 &&
			strcmp(bad->text, "associations") != 0))
			return 0;
		lex_error(lex, bad, "%s: did you mean flows?", bad->text);
		return 1;
	default:
		return 0;
	}
}

const char *
slip_command_word(const char *text)
{
	size_t i;

	for (i = 0; i < nitems(slip_commands); i++)
		if (strcasecmp(slip_commands[i].word, text) == 0)
			return slip_commands[i].meant;
	return NULL;
}

/* pass udp, pass tcp */
static int
slip_alone(struct lex *lex, const struct lex_word *bad)
{
	const char *meant = NULL;

	if (bad->quoted == 0)
		meant = slip_command_word(bad->text);
	if (bad->token == LEX_UDP || bad->token == LEX_BIND ||
	    bad->token == LEX_CONNECT)
		meant = bad->text;
	if (meant == NULL)
		return 0;
	lex_error(lex, bad, "%s: did you mean command %s?", bad->text, meant);
	return 1;
}

/* udp yes, udp 20000:20999, udp port 20000 external 203.0.113.5 */
static int
slip_listen(struct lex *lex, const struct lex_word *bad)
{
	const struct lex_word *before = lex_before(lex);

	if (slip_told_word(bad)) {
		lex_error(lex, bad,
		    "%s: did you mean address, as in udp address 203.0.113.5?",
		    bad->text);
		return 1;
	}
	if (bad->token == LEX_ADDRESS) {
		lex_error(lex, bad,
		    "address: it stands behind udp or bind, as in udp address "
		    "203.0.113.5");
		return 1;
	}
	if (before->token != LEX_UDP && before->token != LEX_BIND)
		return 0;
	if (bad->token == LEX_WORD && bad->quoted == 0 &&
	    isdigit((unsigned char)bad->text[0]))
		lex_error(lex, bad,
		    "%s %s: the word port must stand before it, as in %s port "
		    "20000:20999",
		    before->text, lex_shown(lex, bad), before->text);
	else
		lex_error(lex, before,
		    "%s: port or address must follow, as in %s port "
		    "20000:20999; without it any port is used, and rules say "
		    "who may: see command",
		    before->text, before->text);
	return 1;
}

static int
slip_told_word(const struct lex_word *bad)
{
	size_t i;

	for (i = 0; bad->quoted == 0 && i < nitems(slip_told); i++)
		if (strcmp(slip_told[i], bad->text) == 0)
			return 1;
	return 0;
}
