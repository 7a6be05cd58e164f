/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of pages of a list: all rows arrive, once and in order, however many
 * there are and however long they be.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/channel_event.h"
#include "base/page.h"
#include "base/role.h"

/* A role that keeps a list of bans, and the one who asks. */
struct world {
	struct child    child;
	struct role     role;
	struct channel *far;
	unsigned int    nrows;
	size_t          most; /* bytes of what a row is about */
	unsigned int    down; /* peers that were bad */
};

static void         world_start(struct world *);
static struct peer *asker(struct world *);
static void         on_msg(void *, struct peer *, struct msg *);
static void         on_end(void *, struct peer *, const char *);
static void         on_down(void *, enum proc_id, unsigned int);
static void         fill(void *, struct page *);
static void         row_of(const struct world *, uint64_t, union list_row *);
static struct msg  *page_of(struct world *, enum list, uint64_t at);
static unsigned int walk(struct world *);

static const struct role_ops ops = { .peer_down = on_down };
static const page_filler     fillers[LIST_MAX] = { [LIST_BAN] = fill };

ATF_TC(whole_lists);
ATF_TC_HEAD(whole_lists, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each row once and in order, in as few pages as can be");
}
ATF_TC_BODY(whole_lists, tc)
{
	static const unsigned int ns[] = { 0, 1, 2, 61, 62, 63, 64, 65, 1000 };
	static const size_t       sizes[] = { 1, 100, 255 };
	struct world              w;
	unsigned int              i, j, pages, least;

	world_start(&w);
	for (i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			w.nrows = ns[i];
			w.most = sizes[j];
			pages = walk(&w);
			/* A row has 14 bytes beside what it is about. */
			least = (unsigned int)(ns[i] * (14 + sizes[j] / 2) /
			    MSG_PAYLOAD_MAX);
			ATF_CHECK(pages >= least);
			ATF_CHECK(pages <= 2 * least + 3);
		}
	}
	ATF_CHECK_EQ(0, w.down);
}

ATF_TC(while_it_changes);
ATF_TC_HEAD(while_it_changes, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a list that became shorter than what was asked for ends");
}
ATF_TC_BODY(while_it_changes, tc)
{
	struct world     w;
	struct list_head head;
	struct rbuf      r;
	struct msg      *m;

	world_start(&w);
	w.nrows = 10;
	w.most = 1;
	m = page_of(&w, LIST_BAN, 11);
	rbuf_init(&r, m->data, m->len);
	ATF_REQUIRE_EQ(0, list_head_get(&r, &head));
	ATF_CHECK_EQ(0, head.more);
	ATF_CHECK_EQ(0, r.left);
}

ATF_TC(no_such_list);
ATF_TC_HEAD(no_such_list, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who asks for a list that is kept elsewhere, or for none, is a "
	    "bad peer");
}
ATF_TC_BODY(no_such_list, tc)
{
	struct world w;
	struct msg   m = { MSG_LIST_REQ, 1, NULL, 0, -1 };
	struct wbuf  b;
	uint8_t      data[9];
	unsigned int list;

	world_start(&w);
	for (list = 0; list <= LIST_MAX; list++) {
		if (list == LIST_BAN)
			continue;
		wbuf_init(&b, data, sizeof(data));
		wbuf_u8(&b, (uint8_t)list);
		wbuf_u64(&b, 0);
		m.data = b.data;
		m.len = b.len;
		page_answer(&w.role, fillers, &w, asker(&w), &m);
	}
	ATF_CHECK_EQ(LIST_MAX, w.down);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole_lists);
	ATF_TP_ADD_TC(tp, while_it_changes);
	ATF_TP_ADD_TC(tp, no_such_list);
	return atf_no_error();
}

static void
world_start(struct world *w)
{
	struct channel *near;
	int             sv[2];

	memset(w, 0, sizeof(*w));
	role_init(&w->role, &w->child, &ops, w);
	/* To whom bad peers are reported. */
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	near = channel_new(sv[1], PROC_AUTH, PROC_PARENT, 0);
	ATF_REQUIRE(near != NULL);
	w->role.parent = peer_new(w->role.base, near, on_msg, on_end, w);
	ATF_REQUIRE(w->role.parent != NULL);
}

/* A new channel from control, as a bad one is closed. */
static struct peer *
asker(struct world *w)
{
	struct channel *near;
	struct peer    *p;
	int             sv[2];

	if ((p = w->role.peers[PROC_CONTROL][0]) != NULL)
		return p;
	channel_free(w->far);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	w->far = channel_new(sv[0], PROC_CONTROL, PROC_AUTH, 0);
	near = channel_new(sv[1], PROC_AUTH, PROC_CONTROL, 0);
	ATF_REQUIRE(w->far != NULL && near != NULL);
	p = peer_new(w->role.base, near, on_msg, on_end, w);
	ATF_REQUIRE(p != NULL);
	w->role.peers[PROC_CONTROL][0] = p;
	return p;
}

static void
on_msg(void *arg, struct peer *p, struct msg *m)
{
}

static void
on_end(void *arg, struct peer *p, const char *reason)
{
}

static void
on_down(void *arg, enum proc_id id, unsigned int instance)
{
	struct world *w = arg;

	w->down++;
}

static void
fill(void *arg, struct page *p)
{
	struct world  *w = arg;
	union list_row row;

	for (; p->at < w->nrows; p->at++) {
		row_of(w, p->at, &row);
		if (!page_row(p, &row))
			break;
	}
}

/* Of many lengths, the longest and the shortest among them. */
static void
row_of(const struct world *w, uint64_t n, union list_row *row)
{
	memset(row, 0, sizeof(*row));
	memset(row->ban.what, 'x', n % 2 ? w->most : w->most / 2 + 1);
	row->ban.failures = (uint32_t)n;
}

static struct msg *
page_of(struct world *w, enum list list, uint64_t at)
{
	struct msg_list_req req = { list, at };
	struct msg          m = { MSG_LIST_REQ, 7, NULL, 0, -1 };
	struct msg         *res;
	enum channel_result got;
	struct wbuf         b;
	uint8_t             data[9];
	unsigned int        i = 0;

	wbuf_init(&b, data, sizeof(data));
	msg_put_list_req(&b, &req);
	m.data = b.data;
	m.len = b.len;
	page_answer(&w->role, fillers, w, asker(w), &m);
	/* That there is nothing may be a guess, but not twice. */
	do {
		got = channel_recv(w->far, &res);
	} while (got == CHANNEL_AGAIN && i++ < 2);
	ATF_REQUIRE_EQ(CHANNEL_MSG, got);
	ATF_REQUIRE_EQ(MSG_ROWS_OF(list), res->type);
	ATF_REQUIRE_EQ(7, res->id);
	return res;
}

/* The number of pages that it took. */
static unsigned int
walk(struct world *w)
{
	struct list_head head = { 1, 0 };
	union list_row   row, want;
	struct rbuf      r;
	struct msg      *m;
	unsigned int     n = 0, pages;

	for (pages = 0; head.more; pages++) {
		m = page_of(w, LIST_BAN, head.at);
		rbuf_init(&r, m->data, m->len);
		ATF_REQUIRE_EQ(0, list_head_get(&r, &head));
		ATF_REQUIRE(!head.more || r.left > 0);
		for (; r.left > 0; n++) {
			memset(&row, 0, sizeof(row));
			ATF_REQUIRE_EQ(0, list_row_get(&r, LIST_BAN, &row));
			row_of(w, n, &want);
			ATF_REQUIRE_EQ(0, memcmp(&row, &want, sizeof(row)));
		}
		ATF_CHECK_EQ(n, head.at);
	}
	ATF_CHECK_EQ(w->nrows, n);
	return pages;
}
