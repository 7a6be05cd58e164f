/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Flows of associations: see flows.h.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/msg_codec.h"
#include "client.h"
#include "flows.h"
#include "say.h"
#include "show_list.h"

/* Columns of the list below an association, from the left. */
#define INDENT 4

struct flows {
	struct flow_row *row;
	size_t           n;
	size_t           size;
};

/* As in show_sessions.c; addresses only if names were asked for. */
static const struct grid_col cols[] = {
	{ "destination", 'l', 21 }, { "age", 'r', 0 }, { "idle", 'r', 0 },
	{ "datagrams", 'r', 0 }, { "up", 'r', 0 }, { "down", 'r', 0 },
	{ "rule", 'l', 16 },
	{ "", 'l', 0 }, /* where it goes, if that is another one */
};

#define NCOLS (sizeof(cols) / sizeof(cols[0]))

static void                   flows_add(struct flows *, const struct msg *);
static int                    row_cmp(const void *, const void *);
static const struct flow_row *flows_of(const struct flows *, uint64_t,
    size_t *);
static void                   row_text(struct grid *, const struct flow_row *);
static void                   row_json(struct json *, const struct flow_row *);
static void                   known(struct json *, const char *, uint64_t);
static void                   sums_text(FILE *, const struct session_row *);

/* Nobody asks for this list by itself. */
const struct show_list list_flow = { "flows", NULL, NULL, 0, NULL, NULL };

struct flows *
flows_get(struct channel *ch, int patience_ms, int *wrong)
{
	struct flows     *f;
	struct msg       *m;
	struct msg_result res;
	struct wbuf       b;
	uint8_t           space[8];

	if ((f = calloc(1, sizeof(*f))) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	wbuf_init(&b, space, sizeof(space));
	msg_put_ctl_list(&b, LIST_FLOW);
	client_send(ch, MSG_CTL_LIST, &b);
	while ((m = client_recv(ch, patience_ms, &res)) != NULL &&
	    m->type != MSG_CTL_DONE)
		flows_add(f, m);
	if (m == NULL)
		give_up(EXIT_REFUSED, "%s", res.text);
	if (msg_get_result(m, &res) == -1 || res.result == RESULT_MORE)
		give_up(EXIT_REFUSED, "the daemon sent no result");
	if (res.text[0] != '\0')
		complain("%s", res.text);
	*wrong = res.result != RESULT_OK;
	/* By session, and in it by age, as they came. */
	if (f->n != 0)
		qsort(f->row, f->n, sizeof(*f->row), row_cmp);
	return f;
}

static void
flows_add(struct flows *f, const struct msg *m)
{
	struct flow_row *more;
	struct rbuf      r;

	if (m->type == MSG_CTL_TEXT)
		return;
	if (f->n == f->size) {
		f->size = f->size == 0 ? 64 : 2 * f->size;
		more = reallocarray(f->row, f->size, sizeof(*f->row));
		if (more == NULL)
			give_up(EXIT_REFUSED, "out of memory");
		f->row = more;
	}
	rbuf_init(&r, m->data, m->len);
	if (m->type != MSG_CTL_FLOW_ROW ||
	    flow_row_get(&r, &f->row[f->n]) == -1 || !rbuf_done(&r))
		give_up(EXIT_REFUSED,
		    "the daemon sent a message "
		    "that does not belong here");
	f->n++;
}

static int
row_cmp(const void *a, const void *b)
{
	const struct flow_row *x = a, *y = b;

	if (x->session != y->session)
		return x->session < y->session ? -1 : 1;
	/* The oldest first. */
	return (x->age_ms < y->age_ms) - (x->age_ms > y->age_ms);
}

void
flows_free(struct flows *f)
{
	if (f == NULL)
		return;
	free(f->row);
	free(f);
}

/* The first of them, and how many; NULL if there are none. */
static const struct flow_row *
flows_of(const struct flows *f, uint64_t session, size_t *n)
{
	size_t low = 0, high = f->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (f->row[middle].session < session)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < f->n && f->row[low + *n].session == session;)
		++*n;
	return *n == 0 ? NULL : &f->row[low];
}

void
flows_text(struct show *sh, const struct session_row *s)
{
	const struct flow_row *row;
	struct grid           *g;
	FILE                  *out;
	char                  *text;
	size_t                 i, n, len;

	if ((out = open_memstream(&text, &len)) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	sums_text(out, s);
	if ((row = flows_of(sh->flows, s->id, &n)) != NULL) {
		g = grid_inside(out, sh->out, INDENT, cols, NCOLS);
		for (i = 0; i < n; i++)
			row_text(g, &row[i]);
		grid_end(g);
	}
	if (fclose(out) != 0)
		give_up(EXIT_REFUSED, "out of memory");
	grid_below(sh->grid, text);
	free(text);
}

/* In the words of the log. */
static void
sums_text(FILE *out, const struct session_row *s)
{
	const struct udp_sums *u = &s->udp;
	unsigned int           i;
	int                    any = 0;

	if (u->unknown) {
		(void)fprintf(out,
		    "%*sdatagrams_up=- datagrams_down=- destinations=- "
		    "drops=-\n",
		    INDENT, "");
		return;
	}
	(void)fprintf(out,
	    "%*sdatagrams_up=%" PRIu64 " datagrams_down=%" PRIu64
	    " destinations=%" PRIu64 " drops=",
	    INDENT, "", u->nup, u->ndown, u->destinations);
	for (i = 0; i < DROP_MAX; i++) {
		if (u->drops[i] == 0)
			continue;
		(void)fprintf(out, "%s%s:%" PRIu32, any ? "," : "",
		    udp_drop_name((enum udp_drop)i), u->drops[i]);
		any = 1;
	}
	(void)fprintf(out, "%s\n", any ? "" : "-");
}

static void
row_text(struct grid *g, const struct flow_row *f)
{
	char addr[ADDRPORT_STRLEN], text[SHOW_SHORT];
	int  told = f->idle_ms != FLOW_ROW_UNKNOWN;

	addr_print_port(&f->addr, f->port, addr, sizeof(addr));
	if (f->name[0] != '\0')
		grid_cell(g, "%s:%u", f->name, f->port);
	else
		grid_cell(g, "%s", f->addr.af == AF_UNSPEC ? "-" : addr);
	grid_cell(g, "%s", show_time(text, f->age_ms));
	grid_cell(g, "%s", told ? show_time(text, f->idle_ms) : "?");
	if (told)
		grid_cell(g, "%" PRIu64 "/%" PRIu64, f->nup, f->ndown);
	else
		grid_cell(g, "?");
	grid_cell(g, "%s", told ? show_bytes(text, f->up) : "?");
	grid_cell(g, "%s", told ? show_bytes(text, f->down) : "?");
	grid_cell(g, "%s", f->rule[0] == '\0' ? "-" : f->rule);
	if (f->waits)
		grid_cell(g, "waits");
	else if (f->via[0] != '\0')
		grid_cell(g, "via=%s", f->via);
	else if (f->rdr.af != AF_UNSPEC)
		grid_cell(g, "rdr=%s",
		    addr_print_port(&f->rdr, f->rdr_port, addr, sizeof(addr)));
	else
		grid_cell(g, "%s",
		    f->name[0] == '\0' ?
			"" :
			addr_print(&f->addr, addr, sizeof(addr)));
}

void
flows_json(struct show *sh, const struct session_row *s)
{
	const struct flow_row *row;
	size_t                 i, n;

	if (s->command != SESSION_UDP) {
		json_null(&sh->json, "flows");
		return;
	}
	json_array(&sh->json, "flows");
	row = flows_of(sh->flows, s->id, &n);
	for (i = 0; i < n; i++)
		row_json(&sh->json, &row[i]);
	json_end(&sh->json);
}

static void
row_json(struct json *j, const struct flow_row *f)
{
	char addr[ADDRPORT_STRLEN];

	json_object(j, NULL);
	show_json_text(j, "name", f->name);
	json_str(j, "address",
	    f->addr.af == AF_UNSPEC ? NULL :
				      addr_print(&f->addr, addr, sizeof(addr)));
	json_u64(j, "port", f->port);
	show_json_text(j, "via", f->via);
	json_str(j, "rdr",
	    f->rdr.af == AF_UNSPEC ?
		NULL :
		addr_print_port(&f->rdr, f->rdr_port, addr, sizeof(addr)));
	show_json_text(j, "rule", f->rule);
	json_bool(j, "waits", f->waits);
	json_u64(j, "age_ms", f->age_ms);
	known(j, "idle_ms", f->idle_ms);
	known(j, "up", f->up);
	known(j, "down", f->down);
	known(j, "datagrams_up", f->nup);
	known(j, "datagrams_down", f->ndown);
	json_end(j);
}

static void
known(struct json *j, const char *name, uint64_t n)
{
	if (n == FLOW_ROW_UNKNOWN)
		json_null(j, name);
	else
		json_u64(j, name, n);
}
