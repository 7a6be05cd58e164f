/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks of the router: lists, those of sessions and of rules here,
 * and to end a session.
 *
 * Lists are paged, so none ever holds up a client.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/page.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/report.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/state.h"

static void rule_row_of(const struct router *, const struct conf_rule *,
    struct rule_row *);

/* The lists that the router keeps. */
#define FILLER_ROUTER(id, row) [LIST_##id] = row##_report,
#define FILLER_AUTH(id, row)
#define FILLER(id, row, role, ...) FILLER_##role(id, row)
static const page_filler fillers[LIST_MAX] = { LIST_TABLE(FILLER) };

void
report_on_list(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;

	page_answer(&r->role, fillers, r, from, m);
}

/* In rising order of their ids, behind the last that was told. */
void
session_report(void *arg, struct page *p)
{
	struct router  *r = arg;
	union list_row  row;
	struct session *s;
	uint64_t        now = clock_ms();

	for (s = sess_after(r, p->at); s != NULL;
	     s = RB_NEXT(sess_tree, &r->sessions, s)) {
		session_report_row(s, now, &row.session);
		if (!page_row(p, &row))
			break;
		p->at = s->id;
	}
}

void
rule_report(void *arg, struct page *p)
{
	struct router          *r = arg;
	const struct conf_rule *rule;
	union list_row          row;

	TAILQ_FOREACH(rule, &r->role.conf->rules, entry) {
		if (rule->number < p->at)
			continue;
		rule_row_of(r, rule, &row.rule);
		if (!page_row(p, &row))
			break;
		p->at = (uint64_t)rule->number + 1;
	}
}

static void
rule_row_of(const struct router *r, const struct conf_rule *rule,
    struct rule_row *row)
{
	const struct rule_stat *st = r->stats[rule->number];

	memset(row, 0, sizeof(*row));
	row->number = rule->number;
	(void)strlcpy(row->where, st->where, sizeof(row->where));
	(void)conf_rule_text(rule, row->text, sizeof(row->text));
	(void)strlcpy(row->label, st->label, sizeof(row->label));
	row->matches = r->matches[rule->number];
	row->decisions = st->decisions;
	row->sessions = st->sessions;
	row->up = st->up;
	row->down = st->down;
}

void
report_on_kill(void *arg, struct peer *from, struct msg *m)
{
	struct router  *r = arg;
	struct session *s;
	uint64_t        id;
	uint8_t         data[8];
	struct wbuf     b;

	if (msg_get_u64(m, &id) == -1) {
		role_bad_peer(&r->role, from, "malformed kill-req");
		return;
	}
	if ((s = sess_byid(r, id)) != NULL)
		sess_kill(r, s, CAUSE_KILLED);
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, s != NULL);
	(void)peer_send(from, MSG_KILL_RES, m->id, &b, -1);
}
