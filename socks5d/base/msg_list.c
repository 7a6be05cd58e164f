/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages of all lists: see msg_list.h.
 */

#include "base/msg_field.h"
#include "base/msg_list.h"

void
list_row_put(struct wbuf *w, enum list list, const union list_row *u)
{
	switch (list) {
#define LIST_PUT(id, row, ...)                                                 \
	case LIST_##id:                                                        \
		row##_row_put(w, &u->row);                                     \
		break;
		LIST_TABLE(LIST_PUT)
	case LIST_MAX:
		w->bad = 1;
		break;
	}
}

int
list_row_get(struct rbuf *r, enum list list, union list_row *u)
{
	switch (list) {
#define LIST_GET(id, row, ...)                                                 \
	case LIST_##id:                                                        \
		return row##_row_get(r, &u->row);
		LIST_TABLE(LIST_GET)
	case LIST_MAX:
		break;
	}
	return -1;
}

enum proc_id
list_keeper(enum list list)
{
#define LIST_KEEPER(id, row, role, ...) [LIST_##id] = PROC_##role,
	static const enum proc_id keepers[LIST_MAX] = {
		LIST_TABLE(LIST_KEEPER)
	};

	return keepers[list];
}

void
msg_put_ctl_list(struct wbuf *w, enum list list)
{
	wbuf_u8(w, (uint8_t)list);
}

int
msg_get_ctl_list(const struct msg *m, enum list *list)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	*list = (enum list)field_range(&r, 0, LIST_MAX - 1);
	return field_end(&r);
}

void
msg_put_list_req(struct wbuf *w, const struct msg_list_req *q)
{
	wbuf_u8(w, (uint8_t)q->list);
	wbuf_u64(w, q->at);
}

int
msg_get_list_req(const struct msg *m, struct msg_list_req *q)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	q->list = (enum list)field_range(&r, 0, LIST_MAX - 1);
	q->at = rbuf_u64(&r);
	return field_end(&r);
}

void
list_head_put(struct wbuf *w, const struct list_head *h)
{
	wbuf_u8(w, h->more);
	wbuf_u64(w, h->at);
}

int
list_head_get(struct rbuf *r, struct list_head *h)
{
	h->more = field_range(r, 0, 1);
	h->at = rbuf_u64(r);
	return field_item_end(r);
}
