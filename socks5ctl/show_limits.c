/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printer of "show limits".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg_limit.h"
#include "grid.h"
#include "show.h"

static void	begin(struct show *);
static int	row_text(struct show *, const struct msg *);
static void	number(struct grid *, const struct limit_row *, uint64_t);
static void	json_begin(struct show *);
static int	row_json(struct show *, const struct msg *);
static int	get_row(const struct msg *, struct limit_row *);

const struct show_kind	show_limits = {
	{ begin, row_text, show_grid_end },
	{ json_begin, row_json, show_json_close }
};

static void
begin(struct show *sh)
{
	static const struct grid_col	cols[] = {
		{ "limit", 'l', 0 },
		{ "of", 'l', 14 },
		{ "for", 'l', 15 },
		{ "sessions", 'r', 0 },
		{ "waiting", 'r', 0 },
		{ "used", 'r', 0 },
		{ "most", 'r', 0 },
		{ "refused", 'r', 0 }
	};

	sh->grid = grid_new(sh->out, cols, sizeof(cols) / sizeof(cols[0]));
}

static int
row_text(struct show *sh, const struct msg *m)
{
	struct limit_row	row;
	struct grid		*g = sh->grid;
	const char		*of;

	if (get_row(m, &row) == -1)
		return -1;
	of = row.label[0] == '\0' || (row.label[0] == '=' &&
	    row.where[0] != '\0') ? row.where : row.label;
	grid_cell(g, "%s", limit_kind_name(row.kind));
	grid_cell(g, "%s", of[0] == '\0' ? "-" : of);
	grid_cell(g, "%s", row.key[0] == '\0' ? "-" : row.key);
	grid_cell(g, "%" PRIu32, row.sessions);
	grid_cell(g, "%" PRIu32, row.waiting);
	number(g, &row, row.used);
	number(g, &row, row.most);
	grid_cell(g, "%" PRIu64, row.refused);
	return 0;
}

static void
number(struct grid *g, const struct limit_row *row, uint64_t n)
{
	char	bytes[SHOW_SHORT];

	if (row->kind == LIMIT_RATE || row->kind == LIMIT_QUOTA)
		grid_cell(g, "%s", show_bytes(bytes, n));
	else
		grid_cell(g, "%" PRIu64, n);
}

static void
json_begin(struct show *sh)
{
	show_json_open(sh, "limits");
}

static int
row_json(struct show *sh, const struct msg *m)
{
	struct limit_row	 row;
	struct json		*j = &sh->json;

	if (get_row(m, &row) == -1)
		return -1;
	json_object(j, NULL);
	json_str(j, "limit", limit_kind_name(row.kind));
	json_str(j, "where", row.where[0] == '\0' ? NULL : row.where);
	json_str(j, "label", row.label[0] == '\0' ? NULL : row.label);
	json_str(j, "key", row.key[0] == '\0' ? NULL : row.key);
	json_u64(j, "sessions", row.sessions);
	json_u64(j, "waiting", row.waiting);
	json_u64(j, "used", row.used);
	json_u64(j, "most", row.most);
	json_u64(j, "refused", row.refused);
	json_end(j);
	return 0;
}

static int
get_row(const struct msg *m, struct limit_row *row)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_LIMIT_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return limit_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
