/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows of "show rules".
 */

#include <inttypes.h>

#include "say.h"
#include "show_list.h"

static void text(struct show *, const union list_row *);
static void json(struct json *, const union list_row *);

const struct show_list list_rule = {
	.name = "rules",
	.text = text,
	.json = json,
};

/* As pfctl -v does it: the rule, then what it did. */
static void
text(struct show *sh, const union list_row *row)
{
	const struct rule_row *r = &row->rule;
	char                   up[SHOW_SHORT], down[SHOW_SHORT];

	(void)fprintf(sh->out, "@%" PRIu32 " ", r->number);
	say_safe(sh->out, r->text);
	(void)fprintf(sh->out, "\n    [ ");
	say_safe(sh->out, r->where);
	(void)fprintf(sh->out,
	    "  matches: %" PRIu64 "  decisions: %" PRIu64 "  sessions: %" PRIu64
	    "  up: %s  down: %s ]\n",
	    r->matches, r->decisions, r->sessions, show_bytes(up, r->up),
	    show_bytes(down, r->down));
}

static void
json(struct json *j, const union list_row *row)
{
	const struct rule_row *r = &row->rule;

	json_u64(j, "number", r->number);
	json_str(j, "where", r->where);
	json_str(j, "text", r->text);
	show_json_text(j, "label", r->label);
	json_u64(j, "matches", r->matches);
	json_u64(j, "decisions", r->decisions);
	json_u64(j, "sessions", r->sessions);
	json_u64(j, "up", r->up);
	json_u64(j, "down", r->down);
}
