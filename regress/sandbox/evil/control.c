/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Numbers that control asks for, and control that asks without end.
 */

#include <string.h>

#include "base/counters.h"
#include "base/msg_flow.h"
#include "base/msg_list.h"
#include "evil.h"

/* Of the first list that is kept there. */
static void
list_flood(struct evil *e, struct channel *ch)
{
	struct msg_list_req q = { .list = 0 };
	struct wbuf         w;
	uint8_t             space[16];

	while (list_keeper(q.list) != channel_peer(ch))
		q.list++;
	wbuf_init(&w, space, sizeof(space));
	msg_put_list_req(&w, &q);
	evil_flood(ch, MSG_LIST_REQ, &w, FLOOD);
}

static void
list_elsewhere(struct evil *e, struct channel *ch)
{
	struct msg_list_req q = { .list = 0 };
	struct wbuf         w;
	uint8_t             space[16];

	while (list_keeper(q.list) == channel_peer(ch))
		q.list++;
	wbuf_init(&w, space, sizeof(space));
	msg_put_list_req(&w, &q);
	(void)evil_raw_wbuf(ch, MSG_LIST_REQ, 1, &w);
}

/*
 * Answers that nobody reads, up to the end that this has; with the questions
 * that come last some are left for the time after it.
 */
static void
ask_flood(struct evil *e, struct channel *ch)
{
	struct wbuf none, w;
	uint8_t     space[8];
	int         i;

	wbuf_init(&none, NULL, 0);
	evil_flood(ch, MSG_COUNTERS_REQ, &none,
	    CHANNEL_QUEUE_MAX / (MSG_HEADER_LEN + 8 * COUNTER_MAX) - 20);
	wbuf_init(&w, space, sizeof(space));
	msg_put_u32(&w, 1);
	for (i = 0; i < 1000; i++) {
		evil_flood(ch, MSG_VERBOSE_REQ, &w, 9);
		evil_flood(ch, MSG_COUNTERS_REQ, &none, 1);
	}
}

/* Of sessions that are not its own, absurd, and more often than asked. */
static void
stats_lie(struct evil *e, const struct msg *m)
{
	struct session_stats st;
	struct wbuf          w;
	uint8_t              space[MSG_PAYLOAD_MAX];
	unsigned int         i;

	if (m->type != MSG_STATS_REQ)
		return;
	memset(&st, 0xff, sizeof(st));
	st.state = SESSION_CLOSING;
	st.is_udp = st.udp.unknown = 1;
	wbuf_init(&w, space, sizeof(space));
	for (st.id = e->id - 64; st.id != e->id + 64; st.id++)
		session_stats_put(&w, &st);
	for (i = 0; i < 100; i++)
		(void)evil_raw_wbuf(e->channel[PROC_CONTROL], MSG_STATS_RES,
		    m->id, &w);
}

static void
stats_unasked(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = 0; id < 1000; id++)
		(void)evil_raw(ch, MSG_STATS_RES, id, "", 0);
}

static void
counters_lie(struct evil *e, const struct msg *m)
{
	uint8_t      ones[8 * COUNTER_MAX];
	unsigned int i;

	if (m->type != MSG_COUNTERS_REQ)
		return;
	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < 100; i++)
		(void)evil_raw(e->channel[PROC_CONTROL], MSG_COUNTERS_RES,
		    m->id, ones, sizeof(ones));
}

static void
counters_unasked(struct evil *e, struct channel *ch)
{
	uint8_t  zeros[8 * COUNTER_MAX];
	uint64_t id;

	memset(zeros, 0, sizeof(zeros));
	for (id = 0; id < 1000; id++)
		(void)evil_raw(ch, MSG_COUNTERS_RES, id, zeros, sizeof(zeros));
}

/* The same of flows: of its own, once it has one, and of others. */
static void
flows_lie(struct evil *e, const struct msg *m)
{
	struct flow_stats st;
	struct wbuf       w;
	uint8_t           space[128 * FLOW_STATS_LEN];
	unsigned int      i;

	if (evil_associated(e, m) != NULL)
		evil_want(e, 1, e->echo);
	if (m->type == MSG_UDP_FLOW && m->id == evil_association())
		evil_say("evil: did all it could");
	if (m->type == MSG_STATS_REQ)
		(void)evil_raw(e->channel[PROC_CONTROL], MSG_STATS_RES, m->id,
		    "", 0);
	if (m->type != MSG_FLOWS_REQ)
		return;
	memset(&st, 0xff, sizeof(st));
	wbuf_init(&w, space, sizeof(space));
	for (i = 0; i < 128; i++) {
		st.id.session = evil_association() - 64 + i;
		st.id.flow = 1;
		flow_stats_put(&w, &st);
	}
	for (i = 0; i < 100; i++)
		(void)evil_raw_wbuf(e->channel[PROC_CONTROL], MSG_FLOWS_RES,
		    m->id, &w);
	evil_say("evil: lies");
}

static void
flows_unasked(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = 0; id < 1000; id++)
		(void)evil_raw(ch, MSG_FLOWS_RES, id, "", 0);
}

static void
associate(struct evil *e, struct channel *ch)
{
	evil_associate(e, e->channel[PROC_ROUTER]);
}

const struct attack attacks_control[] = {
	{ "list-flood", MSG_LIST_REQ, NEED_NOTHING, list_flood, NULL },
	{ "list-elsewhere", MSG_LIST_REQ, NEED_NOTHING, list_elsewhere, NULL },
	{ "ask-flood", MSG_COUNTERS_REQ, NEED_NOTHING, ask_flood, NULL },
	{ "stats-lie", MSG_STATS_RES, NEED_SESSION, evil_do_nothing,
	    stats_lie },
	{ "stats-unasked", MSG_STATS_RES, NEED_NOTHING, stats_unasked, NULL },
	{ "counters-lie", MSG_COUNTERS_RES, NEED_NOTHING, evil_do_nothing,
	    counters_lie },
	{ "counters-unasked", MSG_COUNTERS_RES, NEED_NOTHING, counters_unasked,
	    NULL },
	{ "flows-lie", MSG_FLOWS_RES, NEED_SESSION, associate, flows_lie },
	{ "flows-unasked", MSG_FLOWS_RES, NEED_NOTHING, flows_unasked, NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
