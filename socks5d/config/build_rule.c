/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules from the words of their lines.  The members of lists are in
 * build_list.c, what a rule does to sessions is in build_effect.c.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/build_rule.h"
#include "config/lex.h"

static int build_conditions(struct build *, struct conf_rule *);
static int build_label(struct build *, struct conf_rule *);

void
build_rule(struct build *b)
{
	const struct build_line *line = &b->line;
	const struct lex_word   *at = line->at;
	struct conf_rule        *r;
	int                      bad;

	if ((r = conf_rule_new()) == NULL) {
		build_memory(b, at);
		return;
	}
	r->action = at->token == LEX_PASS ? CONF_PASS : CONF_BLOCK;
	r->quick = line->quick != NULL;
	r->log = line->log != NULL;
	(void)strlcpy(r->file, at->file, sizeof(r->file));
	r->line = at->line;
	r->number = b->nrules;
	bad = build_conditions(b, r) == -1;
	bad |= build_effects(b, r) == -1;
	bad |= build_label(b, r) == -1;
	if (bad == 0 && b->nrules == CONF_RULES_MAX) {
		lex_error(b->lex, at, "%s: more than %d rules", at->text,
		    CONF_RULES_MAX);
		bad = 1;
	}
	if (bad) {
		conf_rule_free(r);
		return;
	}
	TAILQ_INSERT_TAIL(&b->conf->rules, r, entry);
	b->nrules++;
}

/* Each part is looked at, so that each of its errors is told. */
static int
build_conditions(struct build *b, struct conf_rule *r)
{
	const struct build_line *line = &b->line;
	int                      bad;

	bad = build_addrs(b, &r->from, line->from) == -1;
	bad |= build_addrs(b, &r->to, line->to) == -1;
	bad |= build_ports(b, &r->ports, line->ports) == -1;
	bad |= build_ons(b, &r->on, line->on) == -1;
	bad |= build_user_list(b, &r->users, line->users) == -1;
	bad |= build_group_list(b, &r->groups, line->groups) == -1;
	bad |= build_domains(b, &r->domains, line->domains) == -1;
	bad |= build_countries(b, &r->countries, line->countries) == -1;
	bad |= build_commands(b, &r->commands, line->commands) == -1;
	bad |= build_times(b, &r->times, line->times) == -1;
	bad |= build_days(b, &r->days, line->days) == -1;
	return bad ? -1 : 0;
}

static int
build_label(struct build *b, struct conf_rule *r)
{
	const struct lex_word *label = b->line.label;
	const char            *p;

	if (label == NULL)
		return 0;
	for (p = label->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    !isprint((unsigned char)*p) || *p == '"' || *p == '\\')
			break;
	}
	if (*p == '\0' && p != label->text &&
	    strlcpy(r->label, label->text, sizeof(r->label)) < sizeof(r->label))
		return 0;
	lex_error(b->lex, label,
	    "label %s: not 1 to %d printable ASCII "
	    "characters without \" and \\",
	    lex_shown(b->lex, label), CONF_LABEL_SIZE - 1);
	return -1;
}
