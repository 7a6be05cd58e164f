/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages of all lists, and the codec of any list's row: see
 * list.h.
 *
 * Pure codec.  Rules as in msg_codec.h: get functions return -1 if the payload
 * is not exactly right.
 */

#ifndef BASE_MSG_LIST_H
#define BASE_MSG_LIST_H

#include "base/list.h"
#include "base/msg_control.h"
#include "base/msg_flow.h"
#include "base/msg_limit.h"
#include "base/msg_login.h"
#include "base/msg_proxy.h"
#include "base/msg_table.h"

/* A row of some list. */
#define LIST_UNION(id, row, ...) struct row##_row row;
union list_row {
	LIST_TABLE(LIST_UNION)
};
#undef LIST_UNION

void list_row_put(struct wbuf *, enum list, const union list_row *);
int  list_row_get(struct rbuf *, enum list, union list_row *);

/* The role that keeps it. */
enum proc_id list_keeper(enum list);

/* MSG_CTL_LIST: which list; a MSG_CTL_SESSION_ROW for each row comes back. */
void msg_put_ctl_list(struct wbuf *, enum list);
int  msg_get_ctl_list(const struct msg *, enum list *);

/*
 * MSG_LIST_REQ: the next page of a list, please.  Where it begins is 0 at
 * first and then what the last page said; what it means is the keeper's
 * business.
 */
struct msg_list_req {
	enum list list;
	uint64_t  at;
};

void msg_put_list_req(struct wbuf *, const struct msg_list_req *);
int  msg_get_list_req(const struct msg *, struct msg_list_req *);

/*
 * MSG_SESSION_ROWS and its like: whether rows follow that did not fit, and
 * where they begin; then rows until the end of the payload.
 */
struct list_head {
	uint8_t  more;
	uint64_t at;
};

#define LIST_HEAD_LEN 9 /* bytes */

void list_head_put(struct wbuf *, const struct list_head *);
int  list_head_get(struct rbuf *, struct list_head *);

#endif /* BASE_MSG_LIST_H */
