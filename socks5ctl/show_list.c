/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The printer of all lists: see show_list.h.
 */

#include "flows.h"
#include "show_list.h"

static void text_begin(struct show *);
static int  text_row(struct show *, const struct msg *);
static void text_end(struct show *);
static void json_begin(struct show *);
static int  json_row(struct show *, const struct msg *);
static int  get_row(const struct show *, const struct msg *, union list_row *);

const struct show_kind show_list = {
	{ text_begin, text_row, text_end },
	{ json_begin, json_row, show_json_close },
};

#define LIST_ROW(id, row, ...) [LIST_##id] = &list_##row,
static const struct show_list *const lists[LIST_MAX] = { LIST_TABLE(LIST_ROW) };

static void
text_begin(struct show *sh)
{
	const struct show_list *l = lists[sh->list];

	if (l->cols != NULL)
		sh->grid = grid_new(sh->out, l->cols, l->ncols);
	else if (l->title != NULL)
		(void)fprintf(sh->out, "%s\n", l->title);
}

static int
text_row(struct show *sh, const struct msg *m)
{
	union list_row row;

	if (get_row(sh, m, &row) == -1)
		return -1;
	lists[sh->list]->text(sh, &row);
	if (sh->flows != NULL && row.session.command == SESSION_UDP)
		flows_text(sh, &row.session);
	return 0;
}

static void
text_end(struct show *sh)
{
	if (sh->grid != NULL)
		show_grid_end(sh);
}

static void
json_begin(struct show *sh)
{
	show_json_open(sh, lists[sh->list]->name);
}

static int
json_row(struct show *sh, const struct msg *m)
{
	union list_row row;

	if (get_row(sh, m, &row) == -1)
		return -1;
	json_object(&sh->json, NULL);
	lists[sh->list]->json(&sh->json, &row);
	if (sh->flows != NULL)
		flows_json(sh, &row.session);
	json_end(&sh->json);
	return 0;
}

static int
get_row(const struct show *sh, const struct msg *m, union list_row *row)
{
	struct rbuf r;

	if (m->type != MSG_CTL_ROW_OF(sh->list))
		return -1;
	rbuf_init(&r, m->data, m->len);
	return list_row_get(&r, sh->list, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
