/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows of "show limits".
 */

#include <inttypes.h>

#include "show_list.h"

static const struct grid_col cols[] = {
	{ "limit", 'l', 0 },
	{ "of", 'l', 14 },
	{ "for", 'l', 15 },
	{ "sessions", 'r', 0 },
	{ "waiting", 'r', 0 },
	{ "used", 'r', 0 },
	{ "most", 'r', 0 },
	{ "refused", 'r', 0 },
};

static void text(struct show *, const union list_row *);
static void number(struct grid *, const struct limit_row *, uint64_t);
static void json(struct json *, const union list_row *);

const struct show_list list_limit = {
	"limits",
	NULL,
	cols,
	sizeof(cols) / sizeof(cols[0]),
	text,
	json,
};

static void
text(struct show *sh, const union list_row *u)
{
	const struct limit_row *row = &u->limit;
	struct grid            *g = sh->grid;
	const char             *of;

	of = row->label[0] == '\0' ||
		(row->label[0] == '=' && row->where[0] != '\0') ?
	    row->where :
	    row->label;
	grid_cell(g, "%s", limit_kind_name(row->kind));
	grid_cell(g, "%s", of[0] == '\0' ? "-" : of);
	grid_cell(g, "%s", row->key[0] == '\0' ? "-" : row->key);
	grid_cell(g, "%" PRIu32, row->sessions);
	grid_cell(g, "%" PRIu32, row->waiting);
	number(g, row, row->used);
	number(g, row, row->most);
	grid_cell(g, "%" PRIu64, row->refused);
}

static void
number(struct grid *g, const struct limit_row *row, uint64_t n)
{
	char bytes[SHOW_SHORT];

	if (row->kind == LIMIT_RATE || row->kind == LIMIT_QUOTA)
		grid_cell(g, "%s", show_bytes(bytes, n));
	else
		grid_cell(g, "%" PRIu64, n);
}

static void
json(struct json *j, const union list_row *u)
{
	const struct limit_row *row = &u->limit;

	json_str(j, "limit", limit_kind_name(row->kind));
	show_json_text(j, "where", row->where);
	show_json_text(j, "label", row->label);
	show_json_text(j, "key", row->key);
	json_u64(j, "sessions", row->sessions);
	json_u64(j, "waiting", row->waiting);
	json_u64(j, "used", row->used);
	json_u64(j, "most", row->most);
	json_u64(j, "refused", row->refused);
}
