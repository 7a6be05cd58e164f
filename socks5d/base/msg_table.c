/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages about tables and their images: see msg_table.h.
 *
 * Pure codec.
 */

#include <sys/types.h>

#include <string.h>

#include "base/msg_field.h"
#include "base/msg_table.h"

static void name_get(struct rbuf *, char *, size_t);

/* A table has a name. */
static void
name_get(struct rbuf *r, char *name, size_t size)
{
	rbuf_str8(r, name, size);
	if (name[0] == '\0')
		r->bad = 1;
}

void
msg_put_table_job(struct wbuf *w, const struct msg_table_job *j)
{
	wbuf_u8(w, j->kind);
	wbuf_u8(w, (uint8_t)j->op);
}

int
msg_get_table_job(const struct msg *m, struct msg_table_job *j)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	j->kind = field_range(&r, 1, MSG_TABLE_KIND_LAST);
	j->op = (enum table_job_op)field_range(&r, TABLE_JOB_LOAD,
	    TABLE_JOB_SKIM);
	return field_end(&r);
}

void
msg_put_table_source(struct wbuf *w, const struct msg_table_source *s)
{
	wbuf_u8(w, s->old);
	wbuf_u64(w, s->size);
	wbuf_str16(w, s->name);
}

int
msg_get_table_source(const struct msg *m, struct msg_table_source *s)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	s->old = field_range(&r, 0, 1);
	s->size = rbuf_u64(&r);
	rbuf_str16(&r, s->name, sizeof(s->name));
	return field_end(&r);
}

void
msg_put_table_built(struct wbuf *w, const struct msg_table_built *b)
{
	wbuf_u8(w, (uint8_t)b->result);
	wbuf_u32(w, b->entries);
	wbuf_u32(w, b->added);
	wbuf_u32(w, b->deleted);
	wbuf_u64(w, b->size);
	field_put_text(w, b->text, sizeof(b->text));
}

int
msg_get_table_built(const struct msg *m, struct msg_table_built *b)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	b->result = (enum result)field_range(&r, RESULT_MORE, RESULT_REFUSED);
	b->entries = rbuf_u32(&r);
	b->added = rbuf_u32(&r);
	b->deleted = rbuf_u32(&r);
	b->size = rbuf_u64(&r);
	rbuf_str16(&r, b->text, sizeof(b->text));
	return field_end(&r);
}

void
msg_put_table_set(struct wbuf *w, const struct msg_table_set *s)
{
	wbuf_str8(w, s->name);
	wbuf_u64(w, s->size);
	wbuf_u8(w, s->changed);
}

int
msg_get_table_set(const struct msg *m, struct msg_table_set *s)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	name_get(&r, s->name, sizeof(s->name));
	s->size = rbuf_u64(&r);
	s->changed = field_range(&r, 0, 1);
	return field_end(&r);
}

void
msg_put_table_edit(struct wbuf *w, const struct msg_table_edit *e)
{
	wbuf_u8(w, (uint8_t)e->op);
	wbuf_str8(w, e->name);
	wbuf_str16(w, e->source);
}

int
msg_get_table_edit(const struct msg *m, struct msg_table_edit *e)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	e->op = (enum table_edit_op)field_range(&r, TABLE_EDIT_ADD,
	    TABLE_EDIT_MAX - 1);
	name_get(&r, e->name, sizeof(e->name));
	rbuf_str16(&r, e->source, sizeof(e->source));
	return field_end(&r);
}

void
table_row_put(struct wbuf *w, const struct table_row *t)
{
	wbuf_str8(w, t->name);
	wbuf_u8(w, t->kind);
	wbuf_u8(w, t->changed);
	wbuf_u32(w, t->entries);
	wbuf_u64(w, t->size);
	wbuf_u64(w, t->loaded_ms);
	wbuf_str16(w, t->file);
}

int
table_row_get(struct rbuf *r, struct table_row *t)
{
	rbuf_str8(r, t->name, sizeof(t->name));
	t->kind = field_range(r, 1, MSG_TABLE_KIND_LAST);
	t->changed = field_range(r, 0, 1);
	t->entries = rbuf_u32(r);
	t->size = rbuf_u64(r);
	t->loaded_ms = rbuf_u64(r);
	rbuf_str16(r, t->file, sizeof(t->file));
	return field_item_end(r);
}

void
msg_put_table_test(struct wbuf *w, const struct msg_table_test *t)
{
	wbuf_str8(w, t->name);
	wbuf_bytes(w, t->items, t->nitems);
}

/* Each item is looked at here, so that nobody meets a bad one later. */
int
msg_get_table_test(const struct msg *m, struct msg_table_test *t)
{
	struct table_item item;
	struct rbuf       r;

	rbuf_init(&r, m->data, m->len);
	name_get(&r, t->name, sizeof(t->name));
	t->items = r.data;
	t->nitems = r.left;
	do {
		if (table_item_get(&r, &item) == -1)
			return -1;
	} while (r.left > 0);
	return field_end(&r);
}

void
table_item_put(struct wbuf *w, const struct table_item *t)
{
	wbuf_str8(w, t->text);
}

int
table_item_get(struct rbuf *r, struct table_item *t)
{
	rbuf_str8(r, t->text, sizeof(t->text));
	return field_item_end(r);
}

void
table_test_row_put(struct wbuf *w, const struct table_test_row *t)
{
	wbuf_u8(w, (uint8_t)t->in);
	wbuf_str8(w, t->text);
}

int
table_test_row_get(struct rbuf *r, struct table_test_row *t)
{
	t->in = (enum table_test)field_range(r, TABLE_TEST_OUT,
	    TABLE_TEST_WRONG);
	rbuf_str8(r, t->text, sizeof(t->text));
	return field_item_end(r);
}

void
msg_put_table_list(struct wbuf *w, const struct msg_table_list *l)
{
	wbuf_str8(w, l->name);
	wbuf_u64(w, l->at);
}

int
msg_get_table_list(const struct msg *m, struct msg_table_list *l)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	name_get(&r, l->name, sizeof(l->name));
	l->at = rbuf_u64(&r);
	return field_end(&r);
}
