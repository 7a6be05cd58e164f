/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One address of a request before the rules: it becomes a candidate for a
 * connection, or is refused, with what would have allowed it.
 *
 * Linked by the router alone.  Connects nothing; what did not pass here is
 * never a candidate.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "router/request.h"
#include "router/rules.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"
#include "router/tables.h"
#include "table/table.h"

/* Why it counts as internal, as long as that is not known. */
#define MAYBE_OURS	"maybe this host, whose addresses are not known"

/* Room for what form_text() says. */
#define FORM_TEXT_SIZE	(2 * ADDR_STRLEN + 48)

static void	request_decided(struct request *, const struct conf_rule *);
static void	query_time(struct router *, struct rule_query *);
static const char
		*internal_reason(const struct router *, const struct addr *);
static unsigned int
		query_forms(struct router *, const struct addr *,
		    struct rule_form[EMBEDDED_MAX], int);
static void	forms_maybe(struct rule_form[EMBEDDED_MAX], unsigned int);
static const struct conf_rule
		*judge_refused(struct router *, struct rule_query *,
		    const struct conf_rule *, int);
static void	request_denied(struct request *, const struct addr *,
		    struct rule_query *, const struct conf_rule *);
static void	request_hint(struct router *, struct session *,
		    const struct addr *, const struct rule_query *,
		    const struct conf_rule *);
static void	form_hint(struct router *, struct session *,
		    const struct addr *, const struct rule_query *,
		    const struct conf_rule *);
static void	form_text(struct router *, const struct addr *,
		    const struct addr *, char *, size_t);
static void	request_unfit(struct request *, const struct addr *,
		    const struct conf_rule *);
static void	request_add(struct request *, const struct addr *,
		    struct rule_stat *);

int
request_possible(struct request *req)
{
	struct router		*r = req->router;
	const struct conf_rule	*rule;
	struct rule_query	 q;

	judge_query(r, req->session, NULL, &q);
	if (rules_possible(r->rules, &q))
		return 1;
	rule = rules_judge_name(r->rules, &q, req->trial ? NULL : r->matches);
	if (rule != NULL) {
		request_decided(req, rule);
		rule_stat_release(req->session->rule);
		req->session->rule = rule_stat_hold(r, rule->number);
	}
	return 0;
}

static void
request_decided(struct request *req, const struct conf_rule *rule)
{
	if (req->trial == 0)
		req->router->stats[rule->number]->decisions++;
}

int
request_judge_name(struct request *req)
{
	struct router		*r = req->router;
	const struct conf_rule	*rule;
	struct rule_query	 q;
	struct addr		 unknown;

	judge_query(r, req->session, NULL, &q);
	rule = judge_decide_name(r, &q);
	if (rule == NULL || rule->action != CONF_PASS ||
	    rule->route.remote == 0)
		return 0;
	if (req->trial == 0)
		(void)rules_judge_name(r->rules, &q, r->matches);
	request_decided(req, rule);
	memset(&unknown, 0, sizeof(unknown));
	request_add(req, &unknown, rule_stat_hold(r, rule->number));
	return 1;
}

void
request_judge(struct request *req, const struct addr *to)
{
	struct router		*r = req->router;
	const struct conf_rule	*rule;
	struct rule_query	 q;

	judge_query(r, req->session, to, &q);
	rule = judge_decide(r, &q, req->trial ? NULL : r->matches);
	if (rule != NULL)
		request_decided(req, rule);
	if (rule == NULL || rule->action == CONF_BLOCK)
		request_denied(req, to, &q, rule);
	else if (judge_reaches(&rule->route, to))
		request_add(req, to, rule_stat_hold(r, rule->number));
	else
		request_unfit(req, to, rule);
}

int
judge_reaches(const struct conf_route *route, const struct addr *to)
{
	if (route->source.af == AF_UNSPEC || route->via[0] != '\0')
		return 1;
	if (route->rdr.af != AF_UNSPEC)
		to = &route->rdr;
	return to->af == route->source.af;
}

/* Remembers why, for the case that there is no other address. */
static void
request_unfit(struct request *req, const struct addr *to,
    const struct conf_rule *rule)
{
	struct session	*s = req->session;
	char		 text[160], addr[ADDR_STRLEN];

	(void)snprintf(text, sizeof(text), "source %s of the rule in line "
	    "%u cannot reach an address of the other family",
	    addr_print(&rule->route.source, addr, sizeof(addr)), rule->line);
	free(s->hint);
	s->hint = strdup(text);
	s->target = *to;
	rule_stat_release(s->rule);
	s->rule = rule_stat_hold(req->router, rule->number);
	req->denied = CAUSE_HOST_UNREACHABLE;
}

void
judge_query(struct router *r, const struct session *s, const struct addr *to,
    struct rule_query *q)
{
	const struct identity	*login = identity_of(s);

	/* All but what only its number tells to be there. */
	memset(q, 0, offsetof(struct rule_query, from_forms));
	q->command = (enum session_command)s->command;
	q->from = s->client;
	q->on = listener_name(s->listener);
	q->from_internal = internal_reason(r, &q->from);
	q->nfrom_forms = query_forms(r, &q->from, q->from_forms, 0);
	q->name = s->name;
	q->port = s->target_port;
	if (login != NULL) {
		q->user = login->user;
		q->ngroups = login->ngroups;
		q->groups = login->group;
	}
	q->tables.at = r->tables->at;
	q->tables.n = r->tables->n;
	if (rules_use_time(r->rules))
		query_time(r, q);
	if (to == NULL)
		return;
	q->to = *to;
	q->internal = internal_reason(r, to);
	if (q->internal == NULL && rules_use_country(r->rules))
		q->country = table_country(&r->tables->countries, to);
	q->nto_forms = query_forms(r, to, q->to_forms, 1);
}

unsigned int
judge_embedded(const struct router *r, const struct addr *a,
    struct embedded dst[EMBEDDED_MAX])
{
	const struct conf_settings	*set = &r->role.conf->set;

	return addr_embedded(a, set->nat64, set->nnat64, dst);
}

/* What an address holds, as it is asked for if it is that of a target. */
static unsigned int
query_forms(struct router *r, const struct addr *a,
    struct rule_form dst[EMBEDDED_MAX], int target)
{
	struct embedded	in[EMBEDDED_MAX];
	unsigned int	i, n;

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
 * While it is not known which addresses are those of this host, one that may
 * be is passed only if it would be either way, and so is one that comes from
 * such an address: what is not known must open no door.  Each form is judged
 * by itself, so that they need not be mixed.
 */
const struct conf_rule *
judge_decide(struct router *r, struct rule_query *q, uint64_t *matches)
{
	const struct conf_rule	*rule, *other;
	struct rule_query	 maybe;
	unsigned int		 way;

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
	unsigned int	i;

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
const struct conf_rule *
judge_decide_name(struct router *r, struct rule_query *q)
{
	const struct conf_rule	*rule, *other;
	struct rule_query	 maybe;

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
	time_t		now = time(NULL);
	struct tm	tm;

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
	const char	*why;

	if ((why = addr_internal(a)) == NULL && localaddr_is(r, a))
		why = "this host";
	return why;
}

/*
 * Remembers why, for the case that no other address is allowed: the query is
 * of the form of it that was refused.
 */
static void
request_denied(struct request *req, const struct addr *to,
    struct rule_query *q, const struct conf_rule *rule)
{
	struct router		*r = req->router;
	struct session		*s = req->session;
	const struct conf_rule	*would;
	const char		*internal = q->internal;

	req->denied = CAUSE_RULE;
	free(s->hint);
	s->hint = NULL;
	s->target = *to;
	rule_stat_release(s->rule);
	s->rule = rule == NULL ? NULL : rule_stat_hold(r, rule->number);
	form_hint(r, s, to, q, rule);
	if (internal == NULL)
		return;
	q->internal = NULL;
	would = rules_judge(r->rules, q, NULL);
	q->internal = internal;
	if (would == NULL || would->action != CONF_PASS)
		return;
	req->denied = CAUSE_INTERNAL;
	request_hint(r, s, to, q, would);
}

static void
request_hint(struct router *r, struct session *s, const struct addr *to,
    const struct rule_query *q, const struct conf_rule *would)
{
	char	text[384], addr[ADDR_STRLEN], what[FORM_TEXT_SIZE];

	(void)addr_print(&q->to, addr, sizeof(addr));
	if (addr_cmp(&q->to, to) == 0)
		(void)snprintf(what, sizeof(what), "%s", addr);
	else
		form_text(r, to, &q->to, what, sizeof(what));
	(void)snprintf(text, sizeof(text), "%s is internal (%s): the rule in "
	    "line %u would pass it if it said \"to %s\" or \"to <internal>\"",
	    what, q->internal, would->line, addr);
	free(s->hint);
	s->hint = strdup(text);
}

/* Says so if it is not for the addresses as they are that it was refused. */
static void
form_hint(struct router *r, struct session *s, const struct addr *to,
    const struct rule_query *q, const struct conf_rule *rule)
{
	char	text[CONF_PATH_SIZE + 256], what[FORM_TEXT_SIZE];
	char	where[CONF_PATH_SIZE + 16];

	if (addr_cmp(&q->to, to) != 0)
		form_text(r, to, &q->to, what, sizeof(what));
	else if (addr_cmp(&q->from, &s->client) != 0)
		form_text(r, &s->client, &q->from, what, sizeof(what));
	else
		return;
	if (rule == NULL)
		(void)snprintf(text, sizeof(text), "%s, which no rule passes",
		    what);
	else {
		rule_where(rule, where, sizeof(where));
		(void)snprintf(text, sizeof(text), "%s, which the rule in %s "
		    "blocks", what, where);
	}
	free(s->hint);
	s->hint = strdup(text);
}

/* "64:ff9b::909:909 contains 9.9.9.9 (NAT64)" */
static void
form_text(struct router *r, const struct addr *a, const struct addr *held,
    char *dst, size_t size)
{
	struct embedded	 in[EMBEDDED_MAX];
	const char	*form = "?";
	char		 outer[ADDR_STRLEN], inner[ADDR_STRLEN];
	unsigned int	 i, n;

	n = judge_embedded(r, a, in);
	for (i = 0; i < n; i++)
		if (addr_cmp(&in[i].addr, held) == 0)
			form = embedded_form_name(in[i].form);
	(void)snprintf(dst, size, "%s contains %s (%s)",
	    addr_print(a, outer, sizeof(outer)),
	    addr_print(held, inner, sizeof(inner)), form);
}

/* Families take turns, IPv6 first: RFC 8305, section 4. */
static void
request_add(struct request *req, const struct addr *addr,
    struct rule_stat *rule)
{
	struct candidate	*c = req->addrs;
	unsigned int		 i, same = 0, at;

	if (req->naddrs == REQUEST_ADDRS_MAX) {
		rule_stat_release(rule);
		return;
	}
	for (i = req->tried; i < req->naddrs; i++)
		same += c[i].addr.af == addr->af;
	at = req->tried + 2 * same + (addr->af == AF_INET);
	if (at > req->naddrs)
		at = req->naddrs;
	memmove(&c[at + 1], &c[at], (req->naddrs - at) * sizeof(*c));
	c[at].addr = *addr;
	c[at].rule = rule;
	req->naddrs++;
}
