/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The verdict on one destination, with what would have allowed it: see
 * judge.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "base/internal.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/identity.h"
#include "router/judge.h"
#include "router/listener.h"
#include "router/localaddr.h"
#include "router/rules.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"
#include "router/tables.h"
#include "table/table.h"

/* Why it counts as internal, as long as that is not known. */
#define MAYBE_OURS "maybe this host, whose addresses are not known"

/* Room for what form_text() says. */
#define FORM_TEXT_SIZE (2 * ADDR_STRLEN + 48)

static void judge_anywhere(struct router *, struct verdict *);
static void judge_name(struct router *, const struct judge_ask *,
    struct verdict *);
static void judge_address(struct router *, const struct judge_ask *,
    struct verdict *);
static void judge_nobody(struct router *, const struct judge_ask *,
    struct verdict *);
static int  judge_serves(const struct judge_ask *, struct verdict *);
static void judge_count(struct router *, const struct judge_ask *,
    const struct conf_rule *);
static int  judge_reaches(const struct conf_route *, const struct addr *);
static int  judge_carries(struct router *, const struct judge_ask *,
     struct verdict *);
static void verdict_unfit(const struct judge_ask *, struct verdict *);
static void verdict_block(struct router *, const struct judge_ask *,
    struct verdict *);
static void internal_hint(struct router *, const struct judge_ask *,
    struct verdict *, const struct conf_rule *);
static void form_hint(struct router *, const struct judge_ask *,
    struct verdict *);
static void form_text(struct router *, const struct addr *, const struct addr *,
    char *, size_t);
static const struct conf_rule *judge_decide(struct router *,
    struct rule_query *, uint64_t *);
static const struct conf_rule *judge_decide_name(struct router *,
    struct rule_query *);
static void                    query_time(struct router *, struct rule_query *);
static const char  *internal_reason(const struct router *, const struct addr *);
static unsigned int query_forms(struct router *, const struct addr *,
    struct rule_form[EMBEDDED_MAX], int);
static void         forms_maybe(struct rule_form[EMBEDDED_MAX], unsigned int);
static const struct conf_rule *judge_refused(struct router *,
    struct rule_query *, const struct conf_rule *, int);

void
judge(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	v->cause = CAUSE_NONE;
	v->hint[0] = '\0';
	judge_query(r, ask, &v->query);
	if (v->query.anywhere)
		judge_anywhere(r, v);
	else if (ask->to.af == AF_UNSPEC)
		judge_name(r, ask, v);
	else
		judge_address(r, ask, v);
}

static void
judge_anywhere(struct router *r, struct verdict *v)
{
	v->rule = NULL;
	v->kind = VERDICT_PASS;
	if (rules_possible(r->rules, &v->query))
		return;
	v->kind = VERDICT_BLOCK;
	v->cause = CAUSE_RULE;
}

/* Nobody learns a name through us who may not go anywhere. */
static void
judge_name(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	uint64_t *matches = ask->counts ? r->matches : NULL;
	int       possible;

	possible = ask->command == SESSION_BIND ?
	    rules_awaited(r->rules, &v->query) != NULL :
	    rules_possible(r->rules, &v->query);
	if (!possible) {
		v->kind = VERDICT_BLOCK;
		v->cause = CAUSE_RULE;
		v->rule = rules_judge_name(r->rules, &v->query, matches);
		(void)judge_refused(r, &v->query, v->rule, 1);
		judge_count(r, ask, v->rule);
		return;
	}
	v->kind = VERDICT_RESOLVE;
	v->rule = judge_decide_name(r, &v->query);
	if (!verdict_passes(v) || v->rule->route.remote == 0 ||
	    !judge_serves(ask, v))
		return;
	v->kind = VERDICT_PASS;
	if (ask->counts)
		(void)rules_judge_name(r->rules, &v->query, matches);
	judge_count(r, ask, v->rule);
	(void)judge_carries(r, ask, v);
}

static void
judge_address(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	v->rule = judge_decide(r, &v->query, ask->counts ? r->matches : NULL);
	judge_count(r, ask, v->rule);
	if (!verdict_passes(v))
		verdict_block(r, ask, v);
	else if (!judge_serves(ask, v))
		return;
	else if (!judge_reaches(&v->rule->route, &ask->to))
		verdict_unfit(ask, v);
	else if (judge_carries(r, ask, v))
		v->kind = VERDICT_PASS;
}

/*
 * False, and so is the verdict, if its way is by proxies that take connections
 * only: what cannot go by them must not go directly.
 */
static int
judge_carries(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	const struct conf_upstream *u;
	const char                 *via = v->rule->route.via;

	if (ask->command != SESSION_UDP || via[0] == '\0')
		return 1;
	u = conf_upstream_find(r->role.conf, via);
	if (u != NULL && conf_upstream_udp(u))
		return 1;
	v->kind = VERDICT_UNFIT;
	v->cause = CAUSE_UPSTREAM_FAILED;
	(void)snprintf(v->hint, sizeof(v->hint),
	    "upstream \"%s\" of the rule in line %u does not relay UDP: not "
	    "all its members say udp, or it is reached via another one",
	    via, v->rule->line);
	return 0;
}

void
judge_awaited(struct router *r, const struct judge_ask *given,
    struct verdict *v)
{
	struct judge_ask ask = *given;

	if (addr_is_unspecified(&ask.to))
		memset(&ask.to, 0, sizeof(ask.to));
	v->cause = CAUSE_NONE;
	v->hint[0] = '\0';
	judge_query(r, &ask, &v->query);
	v->query.anywhere = 0;
	v->rule = rules_awaited(r->rules, &v->query);
	if (v->rule == NULL)
		judge_nobody(r, &ask, v);
	else if (!judge_serves(&ask, v))
		return;
	else if (ask.to.af != AF_UNSPEC &&
	    !judge_reaches(&v->rule->route, &ask.to))
		verdict_unfit(&ask, v);
	else
		v->kind = VERDICT_PASS;
}

/* Which rule it is that blocks, as far as that can be said. */
static void
judge_nobody(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	uint64_t *matches = ask->counts ? r->matches : NULL;

	if (ask->to.af != AF_UNSPEC)
		v->rule = judge_decide(r, &v->query, matches);
	else {
		v->rule = rules_judge_name(r->rules, &v->query, matches);
		(void)judge_refused(r, &v->query, v->rule, 1);
	}
	judge_count(r, ask, v->rule);
	/* From that port he would go elsewhere. */
	if (verdict_passes(v) && !judge_serves(ask, v))
		return;
	if (ask->to.af != AF_UNSPEC)
		verdict_block(r, ask, v);
	v->kind = VERDICT_BLOCK;
	if (v->cause == CAUSE_NONE)
		v->cause = CAUSE_RULE;
}

/* False if what the rule says of the way cannot be done for the command. */
static int
judge_serves(const struct judge_ask *ask, struct verdict *v)
{
	const struct conf_route *route = &v->rule->route;
	const char              *what;

	if (ask->command != SESSION_BIND)
		return 1;
	if (route->via[0] != '\0')
		what = "via";
	else if (route->rdr.af != AF_UNSPEC || route->rdr_port != 0)
		what = "rdr-to";
	else
		return 1;
	v->kind = VERDICT_UNFIT;
	v->cause = CAUSE_BAD_COMMAND;
	(void)snprintf(v->hint, sizeof(v->hint),
	    "bind is not served with \"%s\" of the rule in line %u", what,
	    v->rule->line);
	return 0;
}

static void
judge_count(struct router *r, const struct judge_ask *ask,
    const struct conf_rule *rule)
{
	if (ask->counts && rule != NULL)
		r->stats[rule->number]->decisions++;
}

int
verdict_passes(const struct verdict *v)
{
	return v->rule != NULL && v->rule->action == CONF_PASS;
}

/* False if the route has a source of the other family. */
static int
judge_reaches(const struct conf_route *route, const struct addr *to)
{
	if (route->source.af == AF_UNSPEC || route->via[0] != '\0')
		return 1;
	if (route->rdr.af != AF_UNSPEC)
		to = &route->rdr;
	return to->af == route->source.af;
}

static void
verdict_unfit(const struct judge_ask *ask, struct verdict *v)
{
	char addr[ADDR_STRLEN];

	v->kind = VERDICT_UNFIT;
	v->cause = CAUSE_HOST_UNREACHABLE;
	(void)snprintf(v->hint, sizeof(v->hint),
	    "source %s of the rule in "
	    "line %u cannot reach an address of the other family",
	    addr_print(&v->rule->route.source, addr, sizeof(addr)),
	    v->rule->line);
}

/* The query is of the form of the address that was refused. */
static void
verdict_block(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	struct rule_query      *q = &v->query;
	const struct conf_rule *would;
	const char             *internal = q->internal;

	v->kind = VERDICT_BLOCK;
	v->cause = CAUSE_RULE;
	form_hint(r, ask, v);
	if (internal == NULL)
		return;
	q->internal = NULL;
	would = rules_judge(r->rules, q, NULL);
	q->internal = internal;
	if (would == NULL || would->action != CONF_PASS)
		return;
	v->cause = CAUSE_INTERNAL;
	internal_hint(r, ask, v, would);
}

static void
internal_hint(struct router *r, const struct judge_ask *ask, struct verdict *v,
    const struct conf_rule *would)
{
	char addr[ADDR_STRLEN], what[FORM_TEXT_SIZE];

	(void)addr_print(&v->query.to, addr, sizeof(addr));
	if (addr_cmp(&v->query.to, &ask->to) == 0)
		(void)snprintf(what, sizeof(what), "%s", addr);
	else
		form_text(r, &ask->to, &v->query.to, what, sizeof(what));
	(void)snprintf(v->hint, sizeof(v->hint),
	    "%s is internal (%s): the "
	    "rule in line %u would pass it if it said \"to %s\" or \"to "
	    "<internal>\"",
	    what, v->query.internal, would->line, addr);
}

/* Says so if it is not for the addresses as they are that it was refused. */
static void
form_hint(struct router *r, const struct judge_ask *ask, struct verdict *v)
{
	char what[FORM_TEXT_SIZE], where[CONF_PATH_SIZE + 16];

	if (addr_cmp(&v->query.to, &ask->to) != 0)
		form_text(r, &ask->to, &v->query.to, what, sizeof(what));
	else if (addr_cmp(&v->query.from, &ask->from) != 0)
		form_text(r, &ask->from, &v->query.from, what, sizeof(what));
	else
		return;
	if (v->rule == NULL)
		(void)snprintf(v->hint, sizeof(v->hint),
		    "%s, which no rule "
		    "passes",
		    what);
	else {
		rule_where(v->rule, where, sizeof(where));
		(void)snprintf(v->hint, sizeof(v->hint),
		    "%s, which the rule "
		    "in %s blocks",
		    what, where);
	}
}

void
judge_session(const struct session *s, struct judge_ask *ask)
{
	ask->command = (enum session_command)s->command;
	ask->from = s->client;
	ask->on = listener_name(s->listener);
	ask->who = identity_of(s);
	ask->name = s->name;
	memset(&ask->to, 0, sizeof(ask->to));
	ask->port = s->target_port;
	ask->counts = 0;
}

void
judge_query(struct router *r, const struct judge_ask *ask, struct rule_query *q)
{
	/* All but what only its number tells to be there. */
	memset(q, 0, offsetof(struct rule_query, from_forms));
	q->command = ask->command;
	q->from = ask->from;
	q->on = ask->on;
	q->from_internal = internal_reason(r, &q->from);
	q->nfrom_forms = query_forms(r, &q->from, q->from_forms, 0);
	q->name = ask->name;
	q->port = ask->port;
	if (ask->who != NULL) {
		q->user = ask->who->user;
		q->ngroups = ask->who->ngroups;
		q->groups = ask->who->group;
	}
	q->tables.at = r->tables->at;
	q->tables.n = r->tables->n;
	if (rules_use_time(r->rules))
		query_time(r, q);
	q->anywhere = ask->name == NULL && ask->to.af == AF_UNSPEC;
	if (ask->to.af == AF_UNSPEC)
		return;
	q->to = ask->to;
	q->internal = internal_reason(r, &ask->to);
	if (q->internal == NULL && rules_use_country(r->rules))
		q->country = table_country(&r->tables->countries, &ask->to);
	q->nto_forms = query_forms(r, &ask->to, q->to_forms, 1);
}

unsigned int
judge_embedded(const struct router *r, const struct addr *a,
    struct embedded dst[EMBEDDED_MAX])
{
	const struct conf_settings *set = &r->role.conf->set;

	return addr_embedded(a, set->nat64, set->nnat64, dst);
}

/* What an address holds, as it is asked for if it is that of a target. */
static unsigned int
query_forms(struct router *r, const struct addr *a,
    struct rule_form dst[EMBEDDED_MAX], int target)
{
	struct embedded in[EMBEDDED_MAX];
	unsigned int    i, n;

	n = judge_embedded(r, a, in);
	for (i = 0; i < n; i++) {
		dst[i].held = in[i];
		dst[i].internal = internal_reason(r, &in[i].addr);
		dst[i].country = 0;
		if (target && dst[i].internal == NULL &&
		    rules_use_country(r->rules))
			dst[i].country = table_country(&r->tables->countries,
			    &in[i].addr);
	}
	return n;
}

/*
 * As rules_judge(), but as long as the addresses of this host are not known
 * only what passes if it is about one of them and if it is not.  Of what is
 * refused the query is then the one that was: with that said of the addresses,
 * and about those of their forms that do not pass.
 *
 * While it is not known which addresses are those of this host, one that may
 * be is passed only if it would be either way, and so is one that comes from
 * such an address: what is not known must open no door.  Each form is judged
 * by itself, so that they need not be mixed.
 */
static const struct conf_rule *
judge_decide(struct router *r, struct rule_query *q, uint64_t *matches)
{
	const struct conf_rule *rule, *other;
	struct rule_query       maybe;
	unsigned int            way;

	rule = rules_judge(r->rules, q, matches);
	for (way = 1; way < 4 && !localaddr_known(r); way++) {
		if (rule == NULL || rule->action != CONF_PASS)
			break;
		maybe = *q;
		if ((way & 1) != 0) {
			if (q->internal == NULL)
				maybe.internal = MAYBE_OURS;
			forms_maybe(maybe.to_forms, maybe.nto_forms);
		}
		if ((way & 2) != 0) {
			if (q->from_internal == NULL)
				maybe.from_internal = MAYBE_OURS;
			forms_maybe(maybe.from_forms, maybe.nfrom_forms);
		}
		other = rules_judge(r->rules, &maybe, NULL);
		if (other == NULL || other->action != CONF_PASS) {
			*q = maybe;
			rule = other;
		}
	}
	return judge_refused(r, q, rule, 0);
}

static void
forms_maybe(struct rule_form f[EMBEDDED_MAX], unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (f[i].internal == NULL)
			f[i].internal = MAYBE_OURS;
}

/* Of a request that is refused only that form is of interest. */
static const struct conf_rule *
judge_refused(struct router *r, struct rule_query *q,
    const struct conf_rule *rule, int by_name)
{
	if (rule == NULL || rule->action != CONF_PASS)
		rules_narrow(r->rules, q, by_name);
	return rule;
}

/* The same for rules_judge_name(). */
static const struct conf_rule *
judge_decide_name(struct router *r, struct rule_query *q)
{
	const struct conf_rule *rule, *other;
	struct rule_query       maybe;

	rule = rules_judge_name(r->rules, q, NULL);
	if (localaddr_known(r) || rule == NULL || rule->action != CONF_PASS)
		return judge_refused(r, q, rule, 1);
	maybe = *q;
	if (q->from_internal == NULL)
		maybe.from_internal = MAYBE_OURS;
	forms_maybe(maybe.from_forms, maybe.nfrom_forms);
	other = rules_judge_name(r->rules, &maybe, NULL);
	if (other == NULL || other->action != CONF_PASS) {
		*q = maybe;
		rule = other;
	}
	return judge_refused(r, q, rule, 1);
}

/* The local time changes its words but once a minute. */
static void
query_time(struct router *r, struct rule_query *q)
{
	time_t    now = time(NULL);
	struct tm tm;

	if (now / 60 != r->minute && localtime_r(&now, &tm) != NULL) {
		r->minute = now / 60;
		r->minute_of_day = (uint16_t)(tm.tm_hour * 60 + tm.tm_min);
		r->weekday = (uint8_t)tm.tm_wday;
	}
	q->minute = r->minute_of_day;
	q->weekday = r->weekday;
}

static const char *
internal_reason(const struct router *r, const struct addr *a)
{
	const char *why;

	if ((why = addr_internal(a)) == NULL && localaddr_is(r, a))
		why = "this host";
	return why;
}

/* "64:ff9b::909:909 contains 9.9.9.9 (NAT64)" */
static void
form_text(struct router *r, const struct addr *a, const struct addr *held,
    char *dst, size_t size)
{
	struct embedded in[EMBEDDED_MAX];
	const char     *form = "?";
	char            outer[ADDR_STRLEN], inner[ADDR_STRLEN];
	unsigned int    i, n;

	n = judge_embedded(r, a, in);
	for (i = 0; i < n; i++)
		if (addr_cmp(&in[i].addr, held) == 0)
			form = embedded_form_name(in[i].form);
	(void)snprintf(dst, size, "%s contains %s (%s)",
	    addr_print(a, outer, sizeof(outer)),
	    addr_print(held, inner, sizeof(inner)), form);
}
