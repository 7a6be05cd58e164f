/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks of the router: lists of sessions and rules, and to end a
 * session.
 *
 * Lists are paged by the asker, so none ever holds up a client.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/report.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/state.h"

static void	rule_row_of(const struct router *, const struct conf_rule *,
		    struct rule_row *);

void
report_on_list(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	struct msg_list_req	 req;
	struct session_row	 row;
	struct session		*s;
	uint8_t			 data[MSG_PAYLOAD_MAX];
	struct wbuf		 b;
	uint64_t		 now = clock_ms();

	if (msg_get_list_req(m, &req) == -1) {
		role_bad_peer(&r->role, from, "malformed list-req");
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, 0);
	for (s = sess_after(r, req.after); s != NULL;
	    s = RB_NEXT(sess_tree, &r->sessions, s)) {
		if (wbuf_space(&b) < SESSION_ROW_MAX) {
			data[0] = 1;
			break;
		}
		session_report_row(s, now, &row);
		session_row_put(&b, &row);
	}
	(void)peer_send(from, MSG_LIST_RES, m->id, &b, -1);
}

void
report_on_rules(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	struct msg_rules_req	 req;
	const struct conf_rule	*rule;
	struct rule_row		 row;
	uint8_t			 data[MSG_PAYLOAD_MAX];
	struct wbuf		 b;

	if (msg_get_rules_req(m, &req) == -1) {
		role_bad_peer(&r->role, from, "malformed rules-req");
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, 0);
	TAILQ_FOREACH(rule, &r->role.conf->rules, entry) {
		if (rule->number < req.from)
			continue;
		if (wbuf_space(&b) < RULE_ROW_MAX) {
			data[0] = 1;
			break;
		}
		rule_row_of(r, rule, &row);
		rule_row_put(&b, &row);
	}
	(void)peer_send(from, MSG_RULES_RES, m->id, &b, -1);
}

static void
rule_row_of(const struct router *r, const struct conf_rule *rule,
    struct rule_row *row)
{
	const struct rule_stat	*st = r->stats[rule->number];

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
	struct router	*r = arg;
	struct session	*s;
	uint64_t	 id;
	uint8_t		 data[8];
	struct wbuf	 b;

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
