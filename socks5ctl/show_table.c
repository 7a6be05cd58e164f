/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows of "show tables"; printers of "table show" and "table test".
 */

#include <inttypes.h>
#include <string.h>

#include "say.h"
#include "sorted.h"
#include "show_list.h"

static void        none(struct show *);
static void        tables_text(struct show *, const union list_row *);
static void        tables_json(struct json *, const union list_row *);
static const char *kind_name(const struct table_row *);
static void        entries_begin(struct show *);
static int         entries_row(struct show *, const struct msg *);
static void        entries_end(struct show *);
static void        entry_text(void *, const char *);
static void        entries_json_end(struct show *);
static void        entry_json(void *, const char *);
static int         test_text(struct show *, const struct msg *);
static void        test_json_begin(struct show *);
static int         test_json(struct show *, const struct msg *);
static int         get_test(const struct msg *, struct table_test_row *);

static const struct grid_col cols[] = {
	{ "table", 'l', 0 },
	{ "of", 'l', 0 },
	{ "entries", 'r', 0 },
	{ "size", 'r', 0 },
	{ "age", 'r', 0 },
	{ "changed", 'l', 0 },
	{ "file", 'l', 0 },
};

const struct show_list list_table = {
	"tables",
	NULL,
	cols,
	sizeof(cols) / sizeof(cols[0]),
	tables_text,
	tables_json,
};

const struct show_kind show_table = {
	{ entries_begin, entries_row, entries_end },
	{ entries_begin, entries_row, entries_json_end },
};

const struct show_kind show_table_test = {
	{ none, test_text, none },
	{ test_json_begin, test_json, show_json_close },
};

static void
none(struct show *sh)
{
}

static void
tables_text(struct show *sh, const union list_row *row)
{
	const struct table_row *t = &row->table;
	char                    text[SHOW_SHORT];

	grid_cell(sh->grid, "%s", t->name[0] == '\0' ? "-" : t->name);
	grid_cell(sh->grid, "%s", kind_name(t));
	grid_cell(sh->grid, "%" PRIu32, t->entries);
	grid_cell(sh->grid, "%s", show_bytes(text, t->size));
	grid_cell(sh->grid, "%s", show_time(text, t->loaded_ms));
	grid_cell(sh->grid, "%s", t->changed ? "yes" : "no");
	grid_cell(sh->grid, "%s", t->file[0] == '\0' ? "-" : t->file);
}

static void
tables_json(struct json *j, const union list_row *row)
{
	const struct table_row *t = &row->table;

	show_json_text(j, "name", t->name);
	json_str(j, "of", kind_name(t));
	json_u64(j, "entries", t->entries);
	json_u64(j, "size", t->size);
	json_u64(j, "age_ms", t->loaded_ms);
	json_bool(j, "changed", t->changed);
	show_json_text(j, "file", t->file);
}

static const char *
kind_name(const struct table_row *t)
{
	static const char *const names[MSG_TABLE_KIND_LAST + 1] = {
		"?",
		"addresses",
		"domains",
		"users",
		"countries",
	};

	return names[t->kind];
}

static void
entries_begin(struct show *sh)
{
	sh->sorted = sorted_new();
}

/* They come in an order that nobody knows. */
static int
entries_row(struct show *sh, const struct msg *m)
{
	struct table_item item;
	struct rbuf       r;

	if (m->type != MSG_CTL_TABLE_ENTRIES)
		return -1;
	rbuf_init(&r, m->data, m->len);
	while (r.left > 0) {
		if (table_item_get(&r, &item) == -1)
			return -1;
		sorted_add(sh->sorted, item.text);
	}
	return 0;
}

static void
entries_end(struct show *sh)
{
	sorted_end(sh->sorted, entry_text, sh);
}

static void
entry_text(void *arg, const char *text)
{
	struct show *sh = arg;

	say_safe(sh->out, text);
	(void)fputc('\n', sh->out);
}

static void
entries_json_end(struct show *sh)
{
	show_json_open(sh, "entries");
	sorted_end(sh->sorted, entry_json, sh);
	show_json_close(sh);
}

static void
entry_json(void *arg, const char *text)
{
	struct show *sh = arg;

	json_str(&sh->json, NULL, text);
}

static int
test_text(struct show *sh, const struct msg *m)
{
	static const char *const words[] = {
		[TABLE_TEST_OUT] = "no",
		[TABLE_TEST_IN] = "yes",
		[TABLE_TEST_WRONG] = "not an entry that this table can have",
	};
	struct table_test_row t;

	if (get_test(m, &t) == -1)
		return -1;
	say_safe(sh->out, t.text);
	(void)fprintf(sh->out, ": %s\n", words[t.in]);
	return 0;
}

static void
test_json_begin(struct show *sh)
{
	show_json_open(sh, "tests");
}

static int
test_json(struct show *sh, const struct msg *m)
{
	struct table_test_row t;
	struct json          *j = &sh->json;

	if (get_test(m, &t) == -1)
		return -1;
	json_object(j, NULL);
	json_str(j, "item", t.text);
	if (t.in == TABLE_TEST_WRONG)
		json_null(j, "in");
	else
		json_bool(j, "in", t.in == TABLE_TEST_IN);
	json_end(j);
	return 0;
}

static int
get_test(const struct msg *m, struct table_test_row *row)
{
	struct rbuf r;

	if (m->type != MSG_CTL_TABLE_TEST_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return table_test_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
