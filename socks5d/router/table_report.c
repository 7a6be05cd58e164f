/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks about tables: which there are, what is in them.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/hostname.h"
#include "base/page.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/judge.h"
#include "router/state.h"
#include "router/table_report.h"
#include "router/tables.h"
#include "table/table.h"

static int  row_of(const struct router *, uint64_t, struct table_row *);
static void image_row(struct table_row *, const struct table *,
    const struct conf_image *, const char *);
static enum table_test test(const struct router *, const struct table *,
    const char *);
static enum table_test test_addr(const struct router *, const struct table *,
    const char *);
static enum table_test test_name(const struct table *, const char *);
static void            answer_none(struct peer *, enum msg_type, uint64_t);

void
table_report(void *arg, struct page *p)
{
	union list_row row;

	while (row_of(arg, p->at, &row.table) && page_row(p, &row))
		p->at++;
}

/* 0 if there is none of that number. */
static int
row_of(const struct router *r, uint64_t number, struct table_row *row)
{
	const struct conf       *conf = r->role.conf;
	const struct conf_table *t;
	uint64_t                 i = 0;

	memset(row, 0, sizeof(*row));
	if (conf == NULL)
		return 0;
	TAILQ_FOREACH(t, &conf->tables, entry)
		if (i++ == number)
			break;
	if (t != NULL) {
		(void)strlcpy(row->name, t->name, sizeof(row->name));
		image_row(row, &r->tables->at[number], &t->image, t->path);
		return 1;
	}
	if (number != i || conf->geoip[0] == '\0')
		return 0;
	image_row(row, &r->tables->countries, &conf->geoip_image, conf->geoip);
	return 1;
}

static void
image_row(struct table_row *row, const struct table *t,
    const struct conf_image *image, const char *file)
{
	row->kind = (uint8_t)t->kind;
	row->changed = image->changed != 0;
	row->entries = t->entries;
	row->size = image->size;
	row->loaded_ms = clock_ms() - image->loaded_ms;
	(void)strlcpy(row->file, file, sizeof(row->file));
}

void
table_report_on_test(void *arg, struct peer *from, struct msg *m)
{
	struct router           *r = arg;
	const struct conf_table *conf;
	const struct table      *t;
	struct msg_table_test    req;
	struct table_item        item;
	struct table_test_row    row;
	struct rbuf              items;
	uint8_t                  data[MSG_PAYLOAD_MAX];
	struct wbuf              b;

	if (msg_get_table_test(m, &req) == -1) {
		role_bad_peer(&r->role, from, "malformed table-test-req");
		return;
	}
	if ((t = tables_find(r, req.name, &conf)) == NULL) {
		answer_none(from, MSG_TABLE_TEST_RES, m->id);
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, TABLE_ANSWER_LAST);
	rbuf_init(&items, req.items, req.nitems);
	/* A row is an item and a byte: so many as came may not fit. */
	while (items.left > 0 && wbuf_space(&b) > sizeof(item.text)) {
		(void)table_item_get(&items, &item);
		row.in = test(r, t, item.text);
		(void)strlcpy(row.text, item.text, sizeof(row.text));
		table_test_row_put(&b, &row);
	}
	(void)peer_send(from, MSG_TABLE_TEST_RES, m->id, &b, -1);
}

static enum table_test
test(const struct router *r, const struct table *t, const char *text)
{
	switch (t->kind) {
	case TABLE_ADDR:
		return test_addr(r, t, text);
	case TABLE_DOMAIN:
		return test_name(t, text);
	case TABLE_USER:
		return table_has_user(t, text, strlen(text)) ? TABLE_TEST_IN :
							       TABLE_TEST_OUT;
	case TABLE_NONE:
	case TABLE_COUNTRY:
	case TABLE_KIND_MAX:
		break;
	}
	return TABLE_TEST_WRONG;
}

static enum table_test
test_addr(const struct router *r, const struct table *t, const char *text)
{
	struct embedded in[EMBEDDED_MAX];
	struct addr     a;
	unsigned int    i, n;
	int             has;

	if (addr_parse(&a, text) == -1)
		return TABLE_TEST_WRONG;
	addr_unmap(&a);
	has = table_has_addr(t, &a);
	n = judge_embedded(r, &a, in);
	for (i = 0; i < n; i++)
		has |= table_has_addr(t, &in[i].addr);
	return has ? TABLE_TEST_IN : TABLE_TEST_OUT;
}

static enum table_test
test_name(const struct table *t, const char *text)
{
	struct addr a;
	char        name[HOSTNAME_MAX + 1];

	if (hostname_canon((const uint8_t *)text, strlen(text), name, &a) !=
	    HOSTNAME_NAME)
		return TABLE_TEST_WRONG;
	return table_has_name(t, name) ? TABLE_TEST_IN : TABLE_TEST_OUT;
}

void
table_report_on_list(void *arg, struct peer *from, struct msg *m)
{
	struct router           *r = arg;
	const struct conf_table *conf;
	const struct table      *t;
	struct msg_table_list    req;
	struct table_item        item;
	uint8_t                  data[MSG_PAYLOAD_MAX];
	struct wbuf              b, at;

	if (msg_get_table_list(m, &req) == -1) {
		role_bad_peer(&r->role, from, "malformed table-list-req");
		return;
	}
	if ((t = tables_find(r, req.name, &conf)) == NULL) {
		answer_none(from, MSG_TABLE_LIST_RES, m->id);
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, TABLE_ANSWER_LAST);
	wbuf_u64(&b, 0);
	while (table_next(t, &req.at, item.text)) {
		table_item_put(&b, &item);
		if (wbuf_space(&b) < sizeof(item.text)) {
			data[0] = TABLE_ANSWER_MORE;
			break;
		}
	}
	wbuf_init(&at, data + 1, 8);
	wbuf_u64(&at, req.at);
	(void)peer_send(from, MSG_TABLE_LIST_RES, m->id, &b, -1);
}

static void
answer_none(struct peer *to, enum msg_type type, uint64_t id)
{
	uint8_t     data[16];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, TABLE_ANSWER_NONE);
	if (type == MSG_TABLE_LIST_RES)
		wbuf_u64(&b, 0);
	(void)peer_send(to, type, id, &b, -1);
}
