/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lists, page by page, from those who keep what is listed: a page is one
 * message, and the asker says where the next one begins.  So a list of any
 * length holds nobody up and costs no memory, and is no snapshot.
 */

#ifndef BASE_PAGE_H
#define BASE_PAGE_H

#include "base/msg_list.h"

struct peer;
struct role;

/* A page that is being filled. */
struct page {
	enum list   list;
	uint64_t    at;   /* where it begins; in the end, the next one */
	int         full; /* a row did not fit */
	struct wbuf b;
	uint8_t     data[MSG_PAYLOAD_MAX];
};

/*
 * Puts the rows from at on in, in their order, until page_row() says 0, and
 * then leaves at where the row that did not fit can be found.  That must rise
 * with each page.
 */
typedef void (*page_filler)(void *arg, struct page *);

/*
 * Those of each list, session_report() for the first, which are where the list
 * is kept and nowhere else.
 */
#define PAGE_FILLER(id, row, ...) void row##_report(void *, struct page *);
LIST_TABLE(PAGE_FILLER)
#undef PAGE_FILLER

/* 0 if it does not fit any more. */
int page_row(struct page *, const union list_row *);

/*
 * Answers a MSG_LIST_REQ by the filler of that list; who asks for a list that
 * has none here is a bad peer.
 */
void page_answer(struct role *, const page_filler[LIST_MAX], void *arg,
    struct peer *from, const struct msg *);

#endif /* BASE_PAGE_H */
