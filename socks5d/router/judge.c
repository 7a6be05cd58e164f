/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * One address of a request before the rules: it becomes a candidate for a
 * connection, or is refused, with what would have allowed it.
 *
 * Linked by the router alone.  Connects nothing; what did not pass here is
 * never a candidate.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"
#include "router/rules.h"
#include "router/state.h"

static void	request_query(const struct request *, const struct addr *,
		    struct rule_query *);
static const char
		*internal_reason(const struct router *, const struct addr *);
static void	request_denied(struct request *, struct rule_query *,
		    const struct conf_rule *);
static void	request_hint(struct client *, const struct rule_query *,
		    const struct conf_rule *);
static void	request_add(struct request *, const struct addr *,
		    struct rule_stat *);

int
request_possible(const struct request *req)
{
	struct rule_query	q;

	request_query(req, NULL, &q);
	return rules_possible(req->router->rules, &q);
}

void
request_judge(struct request *req, const struct addr *to)
{
	struct router		*r = req->router;
	const struct conf_rule	*rule;
	struct rule_query	 q;

	request_query(req, to, &q);
	rule = rules_judge(r->rules, &q, r->matches);
	if (rule != NULL)
		r->stats[rule->number]->decisions++;
	if (rule == NULL || rule->action == CONF_BLOCK)
		request_denied(req, &q, rule);
	else
		request_add(req, to, rule_stat_hold(r, rule->number));
}

static void
request_query(const struct request *req, const struct addr *to,
    struct rule_query *q)
{
	struct router		*r = req->router;
	const struct login	*login = login_of(req->client);

	memset(q, 0, sizeof(*q));
	q->from = req->client->client;
	q->on = listener_name(req->client->listener);
	q->from_internal = internal_reason(r, &q->from);
	q->port = req->port;
	if (login != NULL) {
		q->user = login->user;
		q->ngroups = login->ngroups;
		q->groups = login->group;
	}
	if (to == NULL)
		return;
	q->to = *to;
	q->internal = internal_reason(r, to);
}

static const char *
internal_reason(const struct router *r, const struct addr *a)
{
	const char	*why;

	if ((why = addr_internal(a)) == NULL && localaddr_is(r, a))
		why = "this host";
	return why;
}

/* Remembers why, for the case that no other address is allowed. */
static void
request_denied(struct request *req, struct rule_query *q,
    const struct conf_rule *rule)
{
	struct router		*r = req->router;
	struct client		*s = req->client;
	const struct conf_rule	*would;
	const char		*internal = q->internal;

	req->denied = CAUSE_RULE;
	free(s->hint);
	s->hint = NULL;
	s->target = q->to;
	rule_stat_release(s->rule);
	s->rule = rule == NULL ? NULL : rule_stat_hold(r, rule->number);
	if (internal == NULL)
		return;
	q->internal = NULL;
	would = rules_judge(r->rules, q, NULL);
	q->internal = internal;
	if (would == NULL || would->action != CONF_PASS)
		return;
	req->denied = CAUSE_INTERNAL;
	request_hint(s, q, would);
}

static void
request_hint(struct client *s, const struct rule_query *q,
    const struct conf_rule *would)
{
	char	text[256], addr[ADDR_STRLEN];

	(void)addr_print(&q->to, addr, sizeof(addr));
	(void)snprintf(text, sizeof(text), "%s is internal (%s): the rule in "
	    "line %u would pass it if it said \"to %s\" or \"to <internal>\"",
	    addr, q->internal, would->line, addr);
	free(s->hint);
	s->hint = strdup(text);
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
