/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router process: its messages, its config, its end.
 *
 * It holds the listeners and the policy; no byte of a client and no DNS packet
 * ever gets here.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "conf/wire.h"
#include "router/accept.h"
#include "router/assoc.h"
#include "router/drain.h"
#include "router/explain.h"
#include "router/flow.h"
#include "router/flow_name.h"
#include "router/grant.h"
#include "router/identity.h"
#include "router/lend.h"
#include "router/lifecycle.h"
#include "router/limit.h"
#include "router/listener.h"
#include "router/localaddr.h"
#include "router/login.h"
#include "router/pool.h"
#include "router/proxy_report.h"
#include "router/quota.h"
#include "router/report.h"
#include "router/request.h"
#include "router/resolve.h"
#include "router/revoke.h"
#include "router/router.h"
#include "router/rules.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/source.h"
#include "router/state.h"
#include "router/table_report.h"
#include "router/tables.h"
#include "router/tunnel.h"
#include "router/uplink.h"
#include "router/upstream.h"

static int  router_prepare(void *, struct conf *, char *, size_t);
static void router_abort(void *);
static void router_commit(void *, struct conf *);
static void router_peer_up(void *, struct peer *);
static void router_peer_drained(void *, struct peer *);
static void router_peer_down(void *, enum proc_id, unsigned int);
static void router_on_answer(void *, struct peer *, struct msg *);
static void router_stop(void *, const struct msg *);

static const role_handler router_handlers[MSG_MAX] = {
	[MSG_LOCAL_ADDRS] = localaddr_on_list,
	[MSG_CHILD_KEY] = identity_on_key,
	[MSG_SESSION_USER] = life_on_user,
	[MSG_KILL_USER_REQ] = login_on_kill,
	[MSG_SESSION_OPEN] = life_on_open,
	[MSG_SESSION_CLOSED] = life_on_closed,
	[MSG_SESSION_ADOPT] = life_on_adopt,
	[MSG_SESSION_TOLD] = life_on_told,
	[MSG_SESSION_MOVED] = life_on_moved,
	[MSG_UDP_WANT] = flow_on_want,
	[MSG_UDP_COUNT] = flow_on_count,
	[MSG_UDP_STATS] = assoc_on_stats,
	[MSG_NAME_ANSWER] = router_on_answer,
	[MSG_DNS_WANT] = lend_on_want,
	[MSG_UPSTREAM_DONE] = tunnel_on_done,
	[MSG_UPSTREAM_FLOW_END] = uplink_on_flow_end,
	[MSG_UPSTREAM_LOST] = uplink_on_lost,
	[MSG_ALLOW_WANT] = grant_on_want,
	[MSG_ALLOW_RETURN] = grant_on_return,
	[MSG_QUOTA_ROWS] = quota_on_rows,
	[MSG_PROXY_SET_REQ] = proxy_report_on_set,
	[MSG_LIST_REQ] = report_on_list,
	[MSG_KILL_REQ] = report_on_kill,
	[MSG_TABLE_SET] = tables_on_set,
	[MSG_TABLE_TEST_REQ] = table_report_on_test,
	[MSG_TABLE_LIST_REQ] = table_report_on_list,
	[MSG_REVOKE] = revoke_on_start,
	[MSG_TEST_REQ] = explain_on_test,
	[MSG_SOCKET] = pool_on_socket,
	[MSG_SOCKET_FAILED] = pool_on_failed,
	[MSG_WHO_RES] = revoke_on_who,
};

static const struct role_ops router_ops = {
	.conf = &conf_receiver,
	.handlers = router_handlers,
	.conf_prepare = router_prepare,
	.conf_abort = router_abort,
	.conf_commit = router_commit,
	.peer_up = router_peer_up,
	.peer_down = router_peer_down,
	.peer_drained = router_peer_drained,
	.stop = router_stop,
};

_Noreturn void
router_main(struct child *child)
{
	struct router *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("router: memory");
	role_init(&r->role, child, &router_ops, r);
	sess_init(r);
	life_init(r);
	source_init(r);
	request_init(r);
	assoc_init(r);
	resolve_init(r);
	accept_init(r);
	session_report_init(r);
	upstream_init(r);
	limit_init(r);
	grant_init(r);
	quota_init(r, drain_check);
	TAILQ_INIT(&r->lendings);
	TAILQ_INIT(&r->pools);
	explain_init(r);
	revoke_new(r);
	role_run(&r->role);
}

static int
router_prepare(void *arg, struct conf *next, char *why, size_t size)
{
	struct router *r = arg;

	if (tables_prepare(r, next, why, size) == -1)
		return -1;
	(void)strlcpy(why, "out of memory", size);
	r->next_rules = rules_new(next);
	if (r->next_rules == NULL && errno == EINVAL)
		(void)strlcpy(why, "a rule names an unknown table", size);
	if (r->next_rules != NULL && upstream_prepare(r, next) == -1 &&
	    errno == EINVAL)
		(void)strlcpy(why, "a rule names an unknown upstream", size);
	if (r->next_rules != NULL && r->next_upstreams != NULL &&
	    rule_stats_prepare(r, next) == 0 && listeners_prepare(r, next) == 0)
		return 0;
	router_abort(r);
	return -1;
}

static void
router_abort(void *arg)
{
	struct router *r = arg;

	rules_free(r->next_rules);
	r->next_rules = NULL;
	tables_abort(r);
	upstream_abort(r);
	rule_stats_abort(r);
	listeners_abort(r);
}

/* Nothing can fail here, so the swap is whole. */
static void
router_commit(void *arg, struct conf *old)
{
	struct router *r = arg;

	rules_free(r->rules);
	r->rules = r->next_rules;
	r->next_rules = NULL;
	tables_commit(r);
	upstream_commit(r);
	rule_stats_commit(r);
	explain_commit(r);
	pool_commit(r);
	accept_commit(r);
	assoc_commit(r);
	conf_discard(old);
}

static void
router_peer_up(void *arg, struct peer *p)
{
	struct router *r = arg;

	if (channel_peer(peer_channel(p)) == PROC_AUTH)
		revoke_auth_up(r);
	if (channel_peer(peer_channel(p)) != PROC_RELAY)
		return;
	life_adoption_begin(r, channel_instance(peer_channel(p)));
	if (r->role.conf != NULL)
		accept_set_limits(r);
}

/* What was not said for want of room. */
static void
router_peer_drained(void *arg, struct peer *p)
{
	struct router *r = arg;

	if (channel_peer(peer_channel(p)) == PROC_RELAY)
		sess_relay_drained(r, channel_instance(peer_channel(p)));
}

static void
router_peer_down(void *arg, enum proc_id id, unsigned int instance)
{
	struct router *r = arg;

	if (id == PROC_RELAY) {
		life_relay_down(r, instance);
		life_adoption_end(r, instance);
		grant_relay_down(r, instance);
		if (r->role.conf != NULL)
			accept_set_limits(r);
	} else if (id == PROC_RESOLVER) {
		lend_cancel(r);
		explain_resolver_down(r);
		request_resolver_down(r);
		flow_name_resolver_down(r);
	} else if (id == PROC_UPSTREAM) {
		tunnel_role_down(r);
		uplink_role_down(r);
	} else if (id == PROC_CONTROL)
		explain_control_down(r);
	else if (id == PROC_AUTH) {
		life_auth_down(r);
		revoke_auth_down(r);
	}
}

/* The resolver is asked by three, who know their questions by the id. */
static void
router_on_answer(void *arg, struct peer *from, struct msg *m)
{
	struct router         *r = arg;
	struct msg_name_answer a;

	if (msg_get_name_answer(m, &a) == -1)
		role_bad_peer(&r->role, from, "malformed name-answer");
	else if (m->id & EXPLAIN_ID)
		explain_answer(r, &a, m->id);
	else if (m->id & FLOW_ID)
		flow_name_answer(r, &a, m->id);
	else
		request_answer(r, &a, m->id);
}

/*
 * First told: no new clients, wait for the sessions to end.  Told "now": end
 * them.  Told when there are none left: go.
 */
static void
router_stop(void *arg, const struct msg *m)
{
	struct router  *r = arg;
	struct session *c;
	uint32_t        now;

	if (msg_get_u32(m, &now) == -1)
		fatalx("router: malformed %s", msg_name(m->type));
	if (r->drained)
		_exit(0);
	accept_stop(r);
	r->stopping = 1;
	if (now)
		RB_FOREACH(c, sess_tree, &r->sessions)
			sess_kill(r, c, CAUSE_STOPPED);
	drain_check(r);
}
