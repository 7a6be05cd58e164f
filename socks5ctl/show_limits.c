/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


/*
 * Printer of "show limits".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg_limit.h"
#include "show.h"

static void	begin(struct show *);
static int	row_text(struct show *, const struct msg *);
static void	column(struct show *, const char *, int);
static void	number(struct show *, const struct limit_row *, uint64_t);
static void	none(struct show *);
static void	json_begin(struct show *);
static int	row_json(struct show *, const struct msg *);
static int	get_row(const struct msg *, struct limit_row *);

const struct show_kind	show_limits = {
	{ begin, row_text, none },
	{ json_begin, row_json, show_json_close }
};

static void
none(struct show *sh)
{
}

static void
begin(struct show *sh)
{
	(void)fprintf(sh->out, "%-15s %-22s %-18s %8s %7s %6s %6s %7s\n",
	    "limit", "of", "for", "sessions", "waiting", "used", "most",
	    "refused");
}

static int
row_text(struct show *sh, const struct msg *m)
{
	struct limit_row	row;

	if (get_row(m, &row) == -1)
		return -1;
	(void)fprintf(sh->out, "%-15s ", limit_kind_name(row.kind));
	column(sh, row.label[0] == '\0' || (row.label[0] == '=' &&
	    row.where[0] != '\0') ? row.where : row.label, 22);
	column(sh, row.key, 18);
	(void)fprintf(sh->out, "%8" PRIu32 " %7" PRIu32 " ", row.sessions,
	    row.waiting);
	number(sh, &row, row.used);
	number(sh, &row, row.most);
	(void)fprintf(sh->out, "%7" PRIu64 "\n", row.refused);
	return 0;
}

/* What is too long keeps its end: of a file that is the line. */
static void
column(struct show *sh, const char *text, int width)
{
	int	len = (int)strlen(text);

	if (len == 0)
		text = "-";
	if (len > width)
		text += len - width;
	show_safe(sh->out, text);
	len = (int)strlen(text);
	(void)fprintf(sh->out, "%*s ", len < width ? width - len : 0, "");
}

static void
number(struct show *sh, const struct limit_row *row, uint64_t n)
{
	char	bytes[SHOW_SHORT];

	if (row->kind == LIMIT_RATE || row->kind == LIMIT_QUOTA)
		(void)fprintf(sh->out, "%6s ", show_bytes(bytes, n));
	else
		(void)fprintf(sh->out, "%6" PRIu64 " ", n);
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
