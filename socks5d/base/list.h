/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The lists that socks5ctl can ask for, from one table: it makes the types of
 * their messages and the gate's rows (msg.h, msg.c), the codec of any row
 * (msg_list.h) and the pages that their keepers send (page.h).
 *
 * Pure.
 */

#ifndef BASE_LIST_H
#define BASE_LIST_H

/*
 * Constant; what is listed, of which there are struct session_row,
 * session_row_put() and session_row_get(); the role that knows; bytes of the
 * shortest row and of the longest, as msg_test finds them by encoding both.
 */
#define LIST_TABLE(X)                                                          \
	X(SESSION, session, ROUTER, 56, 728)                                   \
	X(FLOW, flow, ROUTER, 72, 651)                                         \
	X(RULE, rule, ROUTER, 48, 4461)                                        \
	X(LIMIT, limit, ROUTER, 36, 609)                                       \
	X(PROXY, proxy, ROUTER, 71, 271)                                       \
	X(TABLE, table, ROUTER, 25, 1079)                                      \
	X(USER, user, AUTH, 21, 1314)                                          \
	X(BAN, ban, AUTH, 15, 318)

#define LIST_ENUM(id, ...) LIST_##id,
enum list {
	LIST_TABLE(LIST_ENUM) LIST_MAX,
};
#undef LIST_ENUM

/* The types of a list's messages, in msg.h: pages of it, and one row. */
#define LIST_MSG_ROWS(id, ...)    MSG_##id##_ROWS,
#define LIST_MSG_CTL_ROW(id, ...) MSG_CTL_##id##_ROW,

/* The type of pages, MSG_SESSION_ROWS, and of rows, MSG_CTL_SESSION_ROW. */
#define MSG_ROWS_OF(list) ((enum msg_type)(MSG_SESSION_ROWS + (int)(list)))
#define MSG_CTL_ROW_OF(list)                                                   \
	((enum msg_type)(MSG_CTL_SESSION_ROW + (int)(list)))

#endif /* BASE_LIST_H */
