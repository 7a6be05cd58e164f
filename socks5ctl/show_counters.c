/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printer of "show counters".
 */

#include <inttypes.h>

#include "base/msg_codec.h"
#include "grid.h"
#include "show.h"

static void counters_begin(struct show *);
static int  counter_text(struct show *, const struct msg *);
static void counters_json_begin(struct show *);
static int  counter_json(struct show *, const struct msg *);
static int  get_counter(const struct msg *, struct counter_row *);

const struct show_kind show_counters = {
	{ counters_begin, counter_text, show_grid_end },
	{ counters_json_begin, counter_json, show_json_close },
};

static void
counters_begin(struct show *sh)
{
	static const struct grid_col cols[] = {
		{ NULL, 'l', 0 },
		{ NULL, 'r', 0 },
		{ NULL, 'l', 0 },
	};

	sh->grid = grid_new(sh->out, cols, sizeof(cols) / sizeof(cols[0]));
}

static int
counter_text(struct show *sh, const struct msg *m)
{
	struct counter_row c;

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
	struct counter_row c;
	struct json       *j = &sh->json;

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
	struct rbuf r;

	if (m->type != MSG_CTL_COUNTER_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return counter_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
