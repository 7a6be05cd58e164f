/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printers of "show rules" and "show counters".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <string.h>

#include "base/msg_codec.h"
#include "grid.h"
#include "show.h"

static void	none(struct show *);
static int	rule_text(struct show *, const struct msg *);
static void	rules_json_begin(struct show *);
static int	rule_json(struct show *, const struct msg *);
static int	get_rule(const struct msg *, struct rule_row *);
static void	counters_begin(struct show *);
static int	counter_text(struct show *, const struct msg *);
static void	counters_json_begin(struct show *);
static int	counter_json(struct show *, const struct msg *);
static int	get_counter(const struct msg *, struct counter_row *);

const struct show_kind	show_rules = {
	{ none, rule_text, none },
	{ rules_json_begin, rule_json, show_json_close }
};

const struct show_kind	show_counters = {
	{ counters_begin, counter_text, show_grid_end },
	{ counters_json_begin, counter_json, show_json_close }
};

static void
none(struct show *sh)
{
}

/* As pfctl -v does it: the rule, then what it did. */
static int
rule_text(struct show *sh, const struct msg *m)
{
	struct rule_row	r;
	char		up[SHOW_SHORT], down[SHOW_SHORT];

	if (get_rule(m, &r) == -1)
		return -1;
	(void)fprintf(sh->out, "@%" PRIu32 " ", r.number);
	show_safe(sh->out, r.text);
	(void)fprintf(sh->out, "\n    [ ");
	show_safe(sh->out, r.where);
	(void)fprintf(sh->out, "  matches: %" PRIu64 "  decisions: %" PRIu64
	    "  sessions: %" PRIu64 "  up: %s  down: %s ]\n", r.matches,
	    r.decisions, r.sessions, show_bytes(up, r.up),
	    show_bytes(down, r.down));
	return 0;
}

static void
rules_json_begin(struct show *sh)
{
	show_json_open(sh, "rules");
}

static int
rule_json(struct show *sh, const struct msg *m)
{
	struct rule_row	 r;
	struct json	*j = &sh->json;

	if (get_rule(m, &r) == -1)
		return -1;
	json_object(j, NULL);
	json_u64(j, "number", r.number);
	json_str(j, "where", r.where);
	json_str(j, "text", r.text);
	json_str(j, "label", r.label[0] == '\0' ? NULL : r.label);
	json_u64(j, "matches", r.matches);
	json_u64(j, "decisions", r.decisions);
	json_u64(j, "sessions", r.sessions);
	json_u64(j, "up", r.up);
	json_u64(j, "down", r.down);
	json_end(j);
	return 0;
}

static int
get_rule(const struct msg *m, struct rule_row *row)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_RULE_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return rule_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}

static void
counters_begin(struct show *sh)
{
	static const struct grid_col	cols[] = {
		{ NULL, 'l', 0 },
		{ NULL, 'r', 0 },
		{ NULL, 'l', 0 }
	};

	sh->grid = grid_new(sh->out, cols, sizeof(cols) / sizeof(cols[0]));
}

static int
counter_text(struct show *sh, const struct msg *m)
{
	struct counter_row	c;

	if (get_counter(m, &c) == -1)
		return -1;
	grid_cell(sh->grid, "%s", c.name);
	grid_cell(sh->grid, "%" PRIu64, c.value);
	grid_cell(sh->grid, "%s", c.help);
	return 0;
}

static void
counters_json_begin(struct show *sh)
{
	show_json_open(sh, "counters");
}

static int
counter_json(struct show *sh, const struct msg *m)
{
	struct counter_row	 c;
	struct json		*j = &sh->json;

	if (get_counter(m, &c) == -1)
		return -1;
	json_object(j, NULL);
	json_str(j, "name", c.name);
	json_u64(j, "value", c.value);
	json_str(j, "help", c.help);
	json_end(j);
	return 0;
}

static int
get_counter(const struct msg *m, struct counter_row *row)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_COUNTER_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return counter_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
