/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lists, page by page: see page.h.
 */

#include "base/page.h"
#include "base/role.h"

int
page_row(struct page *p, const union list_row *row)
{
	size_t len = p->b.len;

	list_row_put(&p->b, p->list, row);
	if (!p->b.bad)
		return 1;
	p->b.len = len;
	p->b.bad = 0;
	p->full = 1;
	return 0;
}

void
page_answer(struct role *r, const page_filler fillers[LIST_MAX], void *arg,
    struct peer *from, const struct msg *m)
{
	struct page         p;
	struct msg_list_req req;
	struct list_head    head;
	struct wbuf         b;

	if (msg_get_list_req(m, &req) == -1 || fillers[req.list] == NULL) {
		role_bad_peer(r, from, "malformed list-req");
		return;
	}
	p.list = req.list;
	p.at = req.at;
	p.full = 0;
	wbuf_init(&p.b, p.data, sizeof(p.data));
	p.b.len = LIST_HEAD_LEN;
	fillers[req.list](arg, &p);
	head.more = p.full != 0;
	head.at = p.at;
	wbuf_init(&b, p.data, LIST_HEAD_LEN);
	list_head_put(&b, &head);
	(void)peer_send(from, MSG_ROWS_OF(p.list), m->id, &p.b, -1);
}
