/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "socks5ctl test": what would become of a request, and why.
 *
 * A trial is a client and a request that no relay knows.  It goes through the
 * functions that every request goes through, up to where a connection would
 * begin; it counts nowhere and takes no place under a limit.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/hostname.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg_codec.h"
#include "base/msg_policy.h"
#include "base/msg_proxy.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/assoc.h"
#include "router/bind.h"
#include "router/candidate.h"
#include "router/cause.h"
#include "router/explain.h"
#include "router/identity.h"
#include "router/judge.h"
#include "router/limit.h"
#include "router/listener.h"
#include "router/proxy.h"
#include "router/request.h"
#include "router/resolve.h"
#include "router/rules.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"
#include "socks/socks.h"
#include "table/table.h"

#define TRIALS_MAX 16 /* that wait for the resolver */

/* Of those that matched so many are told, the last ones. */
#define MATCHES_MAX 24

/* Warnings of rules that a trial ends with, at most. */
#define SHADOWS_MAX 5

/*
 * What is told of rules whatever is asked, found once for a config: a question
 * must not cost more the more rules there are.
 */
struct explain_rules {
	unsigned int ndomains; /* that have domains */
	unsigned int nshadows; /* that never match */
	struct {
		const struct conf_rule *rule;
		const struct conf_rule *by; /* rule: it alone */
	} shadow[SHADOWS_MAX];
};

struct explain {
	struct explain_rules rules;
	TAILQ_HEAD(, trial) trials;
	unsigned int ntrials;
	uint64_t     last; /* id */
};

struct trial {
	TAILQ_ENTRY(trial) entry;
	struct router     *router;
	struct session    *session;
	struct request    *req;
	uint64_t           id;          /* of control's question */
	uint64_t           asked;       /* of the one to the resolver */
	char               fields[256]; /* of the next fact */
	int                limited;     /* a limit is reached */
	int                anywhere;    /* no destination was asked about */
	enum session_cause denied;      /* no association, or none */
	struct wbuf        rows;
	uint8_t            data[MSG_PAYLOAD_MAX];
};

static struct trial *trial_new(struct router *, uint64_t);
static void          trial_free(struct trial *);
static void          trial_begin(struct trial *, const struct msg_test *);
static int           trial_listener(struct trial *, const struct msg_test *);
static int           trial_login(struct trial *, const struct msg_test *);
static void          trial_ban(struct trial *, const struct msg_test *);
static int           trial_associate(struct trial *, const struct addr *);
static int  trial_names(struct trial *, const struct msg_session_open *,
     struct addr *);
static void trial_name(struct trial *);
static void trial_address(struct trial *, const struct addr *);
static void trial_by_address(struct trial *);
static void trial_listens(struct trial *);
static void trial_told(struct trial *, const char *, const struct conf_range *,
    const struct addr *);
static void trial_shadows(struct trial *);
static void trial_verdict(struct trial *, const struct addr *,
    const struct verdict *);
static void trial_why(struct trial *, const struct verdict *);
static void trial_forms(struct trial *, const struct rule_query *);
static void trial_route(struct trial *, const struct conf_rule *);
static void trial_upstream(struct trial *, const struct upstream *);
static int  trial_passable(const struct router *, const struct conf_route *);
static void trial_limits(struct trial *, const struct conf_rule *);
static void trial_limit(void *, const struct limit_told *);
static void trial_field(struct trial *, const char *, const char *);
static void trial_number(struct trial *, const char *, uint64_t);
static void trial_matches(struct trial *, const struct rule_query *,
    enum rules_about);
static void trial_end(struct trial *);
static void trial_done(struct trial *, enum session_cause);
static int  cause_is_failure(enum session_cause);
static void trial_order(const struct request *, char *, size_t);
static void order_add(const struct request *, unsigned int, char *, size_t);
static void trial_fact(struct trial *, const char *, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
static void row_init(struct test_row *, enum test_kind);
static void row_rule(struct test_row *, const struct conf_rule *);
static void trial_row(struct trial *, const struct test_row *);
static void trial_send(struct trial *, int);

void
explain_init(struct router *r)
{
	if ((r->explain = calloc(1, sizeof(*r->explain))) == NULL)
		fatal("router: memory");
	TAILQ_INIT(&r->explain->trials);
}

void
explain_commit(struct router *r)
{
	const struct conf      *conf = r->role.conf;
	struct explain_rules   *x = &r->explain->rules;
	const struct conf_rule *rule, *by;

	memset(x, 0, sizeof(*x));
	TAILQ_FOREACH(rule, &conf->rules, entry) {
		x->ndomains += !TAILQ_EMPTY(&rule->domains);
		if (rule->shadow == 0)
			continue;
		if (x->nshadows < SHADOWS_MAX) {
			if ((by = conf_rule_shadow(conf, rule)) == NULL)
				fatalx("router: a rule in no rule's shadow");
			x->shadow[x->nshadows].rule = rule;
			x->shadow[x->nshadows].by = by;
		}
		x->nshadows++;
	}
}

void
explain_on_test(void *arg, struct peer *from, struct msg *m)
{
	struct router  *r = arg;
	struct msg_test t;
	struct trial   *tr;
	uint8_t         none[1] = { 0 };
	struct wbuf     b;

	if (msg_get_test(m, &t) == -1) {
		role_bad_peer(&r->role, from, "malformed test-req");
		return;
	}
	if ((tr = trial_new(r, m->id)) != NULL) {
		trial_begin(tr, &t);
		return;
	}
	wbuf_init(&b, none, sizeof(none));
	b.len = sizeof(none);
	(void)peer_send(from, MSG_TEST_RES, m->id, &b, -1);
}

static struct trial *
trial_new(struct router *r, uint64_t id)
{
	struct trial *t;

	if (r->explain->ntrials == TRIALS_MAX ||
	    (t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->router = r;
	t->id = id;
	t->asked = EXPLAIN_ID | ++r->explain->last;
	wbuf_init(&t->rows, t->data, sizeof(t->data));
	wbuf_u8(&t->rows, 0);
	TAILQ_INSERT_TAIL(&r->explain->trials, t, entry);
	r->explain->ntrials++;
	t->session = calloc(1, sizeof(*t->session));
	if (t->session != NULL)
		t->req = request_new(r, t->session, 0, REQUEST_ADDRS_MAX);
	if (t->req == NULL) {
		trial_free(t);
		return NULL;
	}
	t->req->trial = 1;
	return t;
}

static void
trial_free(struct trial *t)
{
	struct router  *r = t->router;
	struct session *s = t->session;

	TAILQ_REMOVE(&r->explain->trials, t, entry);
	r->explain->ntrials--;
	if (t->req != NULL)
		request_free(t->req);
	if (s != NULL) {
		rule_stat_release(s->rule);
		listener_release(r, s->listener);
		free(s->name);
		free(s->hint);
		free(s->identity);
		free(s);
	}
	free(t);
}

/* In the order in which a session goes through it. */
static void
trial_begin(struct trial *t, const struct msg_test *m)
{
	struct session *s = t->session;
	struct addr     to;

	s->client = m->from;
	addr_unmap(&s->client);
	s->command = (uint8_t)m->open.command;
	s->target_port = t->req->port = m->open.port;
	if (trial_listener(t, m) == -1 || trial_login(t, m) == -1 ||
	    trial_names(t, &m->open, &to) == -1)
		return;
	trial_shadows(t);
	if (m->open.command == SESSION_BIND)
		trial_listens(t);
	if (m->open.command == SESSION_UDP && trial_associate(t, &to) == -1)
		return;
	if (m->open.command != SESSION_BIND && m->open.port == 0)
		trial_done(t, CAUSE_BAD_PROTOCOL);
	else if (s->name != NULL)
		trial_name(t);
	else {
		trial_by_address(t);
		t->req->found = 1;
		trial_address(t, &to);
		trial_end(t);
	}
}

/*
 * Whether the client may have an association at all, which every datagram
 * needs; without a destination nothing else was asked.
 */
static int
trial_associate(struct trial *t, const struct addr *to)
{
	struct session             *s = t->session;
	const struct conf_listener *l = &s->listener->conf;

	trial_told(t, "udp", &l->udp_ports, &l->udp_addr);
	if (!assoc_allowed(t->router, s)) {
		t->denied = CAUSE_RULE;
		trial_fact(t, "note", "no rule passes UDP for this client");
	}
	if (t->req->port != 0 || s->name != NULL || !addr_is_unspecified(to))
		return 0;
	if (t->denied == CAUSE_NONE)
		trial_limits(t, NULL);
	t->anywhere = 1;
	trial_done(t, t->limited ? CAUSE_LIMIT : CAUSE_NONE);
	return -1;
}

/* -1 if the trial has ended; so below. */
static int
trial_listener(struct trial *t, const struct msg_test *m)
{
	struct router   *r = t->router;
	struct listener *l;

	TAILQ_FOREACH(l, &r->listeners, entry)
		if (l->event != NULL &&
		    (m->on[0] == '\0' || strcmp(l->conf.name, m->on) == 0))
			break;
	if (l == NULL) {
		trial_fact(t, "note",
		    m->on[0] == '\0' ? "no listener" : "no such listener: %s",
		    m->on);
		trial_done(t, CAUSE_NONE);
		return -1;
	}
	t->session->listener = listener_hold(r, l->conf.id);
	t->session->auth = (uint8_t)l->conf.auth;
	if (l->conf.name[0] != '\0')
		trial_fact(t, "listener", "%s", l->conf.name);
	return 0;
}

static int
trial_login(struct trial *t, const struct msg_test *m)
{
	struct session *s = t->session;
	char            text[256];
	unsigned int    i;

	if (m->user[0] == '\0') {
		if (s->auth != AUTH_MODE_REQUIRED)
			return 0;
		trial_fact(t, "note", "the listener requires a login");
		trial_done(t, CAUSE_NO_METHOD);
		return -1;
	}
	if (s->auth == AUTH_MODE_NONE) {
		trial_fact(t, "note",
		    "this listener takes no logins: the "
		    "user is ignored");
		return 0;
	}
	trial_ban(t, m);
	if (m->login.status == LOGIN_OK && m->login.ban != LOGIN_BAN_NONE) {
		trial_done(t, CAUSE_LOGIN_FAILED);
		return -1;
	}
	if (m->login.status != LOGIN_OK) {
		trial_fact(t, "note", "login failed: %s",
		    m->login.status == LOGIN_NONE ?
			"auth does not answer" :
			login_status_name(m->login.status));
		trial_done(t, CAUSE_LOGIN_FAILED);
		return -1;
	}
	s->identity = identity_make(m->user, m->login.ngroups, m->login.group);
	if (s->identity == NULL) {
		trial_done(t, CAUSE_NO_RESOURCES);
		return -1;
	}
	s->login_status = LOGIN_OK;
	text[0] = '\0';
	for (i = 0; i < m->login.ngroups; i++) {
		(void)strlcat(text, i == 0 ? "" : " ", sizeof(text));
		(void)strlcat(text, m->login.group[i], sizeof(text));
	}
	trial_fact(t, "user", "%s", m->user);
	if (text[0] != '\0')
		trial_fact(t, "groups", "%s", text);
	return 0;
}

/* With the command that ends it. */
static void
trial_ban(struct trial *t, const struct msg_test *m)
{
	struct prefix p;
	char          at[PREFIX_STRLEN], left[32];
	uint64_t      s = (m->login.ban_ms + 999) / 1000;

	p.addr = t->session->client;
	p.len = addr_source(&p.addr);
	(void)prefix_print(&p, at, sizeof(at));
	if (s >= 3600)
		(void)snprintf(left, sizeof(left), "%" PRIu64 "h%" PRIu64 "m",
		    s / 3600, s / 60 % 60);
	else
		(void)snprintf(left, sizeof(left), "%" PRIu64 "m%" PRIu64 "s",
		    s / 60, s % 60);
	switch (m->login.ban) {
	case LOGIN_BAN_NONE:
	case LOGIN_BAN_MAX:
		break;
	case LOGIN_BAN_SOURCE:
		trial_fact(t, "note",
		    "%s is banned for %s: logins from there "
		    "fail until then (socks5ctl unban %s)",
		    at, left, at);
		break;
	case LOGIN_BAN_USER:
		trial_fact(t, "note",
		    "user %s is banned for %s: the login "
		    "fails until then where the user has not logged in lately "
		    "(socks5ctl unban user %s)",
		    m->user, left, m->user);
		break;
	case LOGIN_BAN_THERE:
		trial_fact(t, "note",
		    "user %s is banned at %s for %s: the "
		    "login fails until then (socks5ctl unban user %s)",
		    m->user, at, left, m->user);
		break;
	}
}

static int
trial_names(struct trial *t, const struct msg_session_open *o,
    struct addr *addr)
{
	struct session *s = t->session;
	char            name[HOSTNAME_MAX + 1];

	if (bind_is_any(o, addr))
		return 0;
	*addr = o->addr;
	if (addr->af == AF_UNSPEC) {
		switch (hostname_canon(o->name, o->namelen, name, addr)) {
		case HOSTNAME_ADDR:
			break;
		case HOSTNAME_NAME:
			if ((s->name = strdup(name)) == NULL) {
				trial_done(t, CAUSE_NO_RESOURCES);
				return -1;
			}
			trial_fact(t, "name", "%s", name);
			return 0;
		case HOSTNAME_NUMBER:
			trial_fact(t, "note", "address not in canonical form");
			s->hint = strdup("");
			/* FALLTHROUGH */
		case HOSTNAME_BAD:
			trial_done(t, CAUSE_BAD_NAME);
			return -1;
		}
	}
	addr_unmap(addr);
	return 0;
}

/* As request_resolve() does it. */
static void
trial_name(struct trial *t)
{
	struct router  *r = t->router;
	struct session *s = t->session;
	struct verdict  v;

	candidate_judge_name(t->req, &v);
	switch (v.kind) {
	case VERDICT_BLOCK:
	case VERDICT_UNFIT:
		trial_verdict(t, NULL, &v);
		trial_fact(t, "why",
		    "no rule could allow any address of "
		    "it: not looked up");
		trial_matches(t, &v.query, ABOUT_NAME);
		trial_done(t, v.cause);
		return;
	case VERDICT_PASS:
		trial_verdict(t, NULL, &v);
		trial_matches(t, &v.query, ABOUT_NAME);
		t->req->found = 1;
		trial_end(t);
		return;
	case VERDICT_RESOLVE:
		break;
	}
	/* Whoever it is about must not pay for it. */
	t->req->waiting = resolve_ask(r, t->asked, s->name, NULL);
	if (t->req->waiting == 0)
		trial_done(t, CAUSE_NAME_FAILED);
}

void
explain_answer(struct router *r, const struct msg_name_answer *a, uint64_t id)
{
	struct trial *t;
	struct addr   addr;
	unsigned int  i;

	TAILQ_FOREACH(t, &r->explain->trials, entry)
		if (t->asked == id && (t->req->waiting & a->family) != 0)
			break;
	if (t == NULL)
		return;
	t->req->waiting &= (uint8_t)~a->family;
	if (a->status == NAME_FAILED || a->status == NAME_BUSY)
		t->req->failed = 1;
	if (a->status == NAME_FAILED)
		t->req->fault = a->fault;
	for (i = 0; i < a->naddrs; i++) {
		addr = a->addrs[i];
		addr_unmap(&addr);
		t->req->found = 1;
		trial_address(t, &addr);
	}
	if (t->req->waiting == 0)
		trial_end(t);
}

void
explain_resolver_down(struct router *r)
{
	struct trial *t, *next;

	TAILQ_FOREACH_SAFE(t, &r->explain->trials, entry, next) {
		t->req->waiting = 0;
		t->req->failed = 1;
		trial_end(t);
	}
}

void
explain_control_down(struct router *r)
{
	struct trial *t;

	while ((t = TAILQ_FIRST(&r->explain->trials)) != NULL)
		trial_free(t);
}

/* Lists of names are no use against who looks names up himself. */
static void
trial_by_address(struct trial *t)
{
	unsigned int n = t->router->explain->rules.ndomains;

	if (n != 0)
		trial_fact(t, "note",
		    "rules with domains do not match "
		    "requests by address; there are %u",
		    n);
}

/* Where and for whom the listener has a BIND wait. */
static void
trial_listens(struct trial *t)
{
	const struct conf_listener *l = &t->session->listener->conf;

	trial_told(t, "bind", &l->bind_ports, &l->bind_addr);
	trial_fact(t, "note",
	    "who connects is judged again, with the port that he comes from");
}

static void
trial_told(struct trial *t, const char *key, const struct conf_range *ports,
    const struct addr *told)
{
	char addr[ADDR_STRLEN];

	if (ports->high == 0)
		trial_fact(t, key, "on any port");
	else
		trial_fact(t, key, "on a port from %u to %u", ports->low,
		    ports->high);
	if (told->af != AF_UNSPEC)
		trial_fact(t, key, "clients are told %s",
		    addr_print(told, addr, sizeof(addr)));
}

/* Who asks why may well be looking at a rule that has no say. */
static void
trial_shadows(struct trial *t)
{
	const struct explain_rules *x = &t->router->explain->rules;
	const struct conf_rule     *rule, *by;
	unsigned int                i;

	for (i = 0; i < x->nshadows && i < SHADOWS_MAX; i++) {
		rule = x->shadow[i].rule;
		by = x->shadow[i].by;
		if (by == rule)
			trial_fact(t, "warning",
			    "%s:%u never matches: its "
			    "conditions exclude each other",
			    rule->file, rule->line);
		else
			trial_fact(t, "warning",
			    "%s:%u never matches: "
			    "shadowed by the quick rule at %s:%u",
			    rule->file, rule->line, by->file, by->line);
	}
	if (x->nshadows > SHADOWS_MAX)
		trial_fact(t, "warning", "%u more rules never match",
		    x->nshadows - SHADOWS_MAX);
}

static void
trial_address(struct trial *t, const struct addr *to)
{
	struct router    *r = t->router;
	struct judge_ask  ask;
	struct rule_query asked;
	struct verdict    v;

	judge_session(t->session, &ask);
	ask.to = *to;
	judge_query(r, &ask, &asked);
	candidate_judge(t->req, to, &v);
	trial_verdict(t, to, &v);
	trial_forms(t, &asked);
	trial_why(t, &v);
	trial_matches(t, &v.query,
	    t->session->command == SESSION_BIND ? ABOUT_AWAITED :
						  ABOUT_ADDRESS);
}

/* Without an address it is the name that was judged. */
static void
trial_verdict(struct trial *t, const struct addr *to, const struct verdict *v)
{
	struct test_row row;

	row_init(&row, TEST_ADDRESS);
	if (to != NULL)
		row.addr = *to;
	row_rule(&row, v->rule);
	row.verdict = v->kind == VERDICT_PASS ? TEST_PASS :
	    v->rule != NULL && v->rule->action == CONF_BLOCK && v->rule->drop ?
						TEST_DROP :
						TEST_BLOCK;
	trial_row(t, &row);
	if (v->rule == NULL)
		trial_fact(t, "why", "no rule matches");
	else if (v->kind == VERDICT_PASS) {
		trial_route(t, v->rule);
		trial_limits(t, v->rule);
	}
}

static void
trial_why(struct trial *t, const struct verdict *v)
{
	uint16_t country = v->query.country;

	if (v->query.internal != NULL)
		trial_fact(t, "internal", "%s", v->query.internal);
	if (rules_use_country(t->router->rules))
		trial_fact(t, "country",
		    country == TABLE_COUNTRY_UNKNOWN ? "unknown" : "%c%c",
		    country >> 8, country & 0xff);
	if (v->kind != VERDICT_PASS && v->hint[0] != '\0')
		trial_fact(t, "why", "%s", v->hint);
}

/* What is judged beside the addresses themselves. */
static void
trial_forms(struct trial *t, const struct rule_query *q)
{
	const struct rule_form *f;
	char                    addr[ADDR_STRLEN];
	unsigned int            i;

	for (i = 0; i < q->nto_forms; i++) {
		f = &q->to_forms[i];
		trial_fact(t, "contains", "%s (%s), which must pass, too",
		    addr_print(&f->held.addr, addr, sizeof(addr)),
		    embedded_form_name(f->held.form));
	}
	for (i = 0; i < q->nfrom_forms; i++) {
		f = &q->from_forms[i];
		trial_fact(t, "client",
		    "contains %s (%s), which must pass, "
		    "too",
		    addr_print(&f->held.addr, addr, sizeof(addr)),
		    embedded_form_name(f->held.form));
	}
}

static void
trial_route(struct trial *t, const struct conf_rule *rule)
{
	const struct conf_route *route = &rule->route;
	char                     addr[ADDR_STRLEN];

	if (route->rdr.af != AF_UNSPEC) {
		trial_field(t, "address",
		    addr_print(&route->rdr, addr, sizeof(addr)));
		trial_number(t, "port",
		    route->rdr_port != 0 ? route->rdr_port : t->req->port);
		trial_fact(t, "rdr-to", "%s port %u",
		    addr_print(&route->rdr, addr, sizeof(addr)),
		    route->rdr_port != 0 ? route->rdr_port : t->req->port);
	}
	if (route->via[0] != '\0') {
		trial_field(t, "upstream", route->via);
		trial_fact(t, "upstream", "%s%s", route->via,
		    route->remote ? ", which resolves the name" : "");
		trial_upstream(t,
		    upstream_find(t->router->upstreams, route->via));
	}
	if (route->source.af != AF_UNSPEC)
		trial_fact(t, "source", "%s",
		    addr_print(&route->source, addr, sizeof(addr)));
	if (route->mark.given)
		trial_fact(t, "mark", "%" PRIu32, route->mark.n);
	if (route->rtable.given)
		trial_fact(t, "rtable", "%" PRIu32, route->rtable.n);
	if (route->interface[0] != '\0')
		trial_fact(t, "interface", "%s", route->interface);
}

/* Its members, and those of what it goes by. */
static void
trial_upstream(struct trial *t, const struct upstream *u)
{
	const struct proxy *p;
	uint64_t            now = clock_ms();
	char                addr[ADDRPORT_STRLEN];
	unsigned int        i;

	for (; u != NULL; u = u->via) {
		for (i = 0; i < CONF_MEMBERS_MAX; i++) {
			if ((p = u->member[i]) == NULL)
				continue;
			trial_field(t, "upstream", u->name);
			trial_number(t, "number", p->number);
			trial_field(t, "address",
			    addr_print(&p->addr, addr, sizeof(addr)));
			trial_number(t, "port", p->port);
			trial_field(t, "state",
			    proxy_state_name(proxy_state_of(p, now)));
			trial_fact(t, "member", "%s/%u %s: %s", u->name,
			    p->number,
			    addr_print_port(&p->addr, p->port, addr,
				sizeof(addr)),
			    proxy_state_name(proxy_state_of(p, now)));
		}
	}
}

/* False if an upstream on the way has no member that could be tried. */
static int
trial_passable(const struct router *r, const struct conf_route *route)
{
	const struct upstream *u;
	uint64_t               now = clock_ms();

	if (route->via[0] == '\0')
		return 1;
	for (u = upstream_find(r->upstreams, route->via); u != NULL; u = u->via)
		if (upstream_usable(u, now) == 0)
			return 0;
	return 1;
}

/* Without a rule those of what every session counts for. */
static void
trial_limits(struct trial *t, const struct conf_rule *rule)
{
	struct rule_stat *st = rule == NULL ? NULL :
					      t->router->stats[rule->number];
	struct limit_who  who;
	char              hint[256];

	limit_who(t->session, &who);
	limit_each(t->router, &who, st, trial_limit, t);
	hint[0] = '\0';
	if (limit_look(t->router, &who, st, hint, sizeof(hint)) == -1) {
		trial_fact(t, "refused", "%s", hint);
		t->limited = 1;
	}
}

static void
trial_limit(void *arg, const struct limit_told *told)
{
	trial_field(arg, "limit", told->name);
	trial_field(arg, "per", told->per);
	if (told->period != NULL)
		trial_field(arg, "period", told->period);
	trial_number(arg, "used", told->used);
	trial_number(arg, "most", told->most);
	trial_fact(arg, "limit", "%s", told->text);
}

static void
trial_matches(struct trial *t, const struct rule_query *q,
    enum rules_about about)
{
	const struct conf_rule **match;
	struct test_row          row;
	size_t                   i, n, have;

	n = rules_matches(t->router->rules, q, about, NULL, 0);
	if (n == 0 || (match = calloc(n, sizeof(*match))) == NULL)
		return;
	have = rules_matches(t->router->rules, q, about, match, n);
	if (have < n)
		n = have;
	i = n > MATCHES_MAX ? n - MATCHES_MAX : 0;
	if (i != 0)
		trial_fact(t, "note", "%zu more rules matched before these", i);
	for (; i < n; i++) {
		row_init(&row, TEST_RULE);
		row_rule(&row, match[i]);
		trial_row(t, &row);
	}
	free(match);
}

static void
trial_end(struct trial *t)
{
	struct request    *req = t->req;
	struct limit_who   who;
	char               hint[256];
	struct rule_stat  *rule;
	enum session_cause cause = CAUSE_LIMIT;
	unsigned int       i;

	if (req->naddrs == 0) {
		trial_done(t, request_hopeless(req));
		return;
	}
	/* The first that can go on decides, as in connect_next(). */
	limit_who(t->session, &who);
	for (i = 0; i < req->naddrs && cause != CAUSE_NONE; i++) {
		rule = req->addrs[i].rule;
		if (limit_look(t->router, &who, rule, hint, sizeof(hint)) == -1)
			continue;
		cause = trial_passable(t->router, &rule->route) ?
		    CAUSE_NONE :
		    CAUSE_UPSTREAM_FAILED;
	}
	trial_done(t, cause);
}

/* The last row; the trial is gone after it. */
static void
trial_done(struct trial *t, enum session_cause cause)
{
	struct session *s = t->session;
	struct test_row row;

	if (t->denied != CAUSE_NONE)
		cause = t->denied;
	row_init(&row, TEST_RESULT);
	row.cause = cause;
	row.verdict = cause_is_failure(cause) ? TEST_FAIL : TEST_BLOCK;
	row.rep = (uint8_t)rep_of_cause(cause);
	if (cause == CAUSE_NONE && t->req->naddrs == 0 && !t->anywhere)
		row.rep = REP_NONE;
	else if (cause == CAUSE_NONE) {
		row.verdict = TEST_PASS;
		row.rep = SOCKS_REP_OK;
		trial_order(t->req, row.text, sizeof(row.text));
	} else if (t->denied == CAUSE_NONE && request_drops(s, cause)) {
		row.verdict = TEST_DROP;
		row.rep = REP_NONE;
	} else if (cause == CAUSE_NO_METHOD || cause == CAUSE_LOGIN_FAILED)
		row.rep = REP_NONE;
	else if (cause == CAUSE_BAD_NAME && s->hint != NULL)
		row.rep = SOCKS_REP_NOT_ALLOWED;
	else if (cause == CAUSE_BAD_COMMAND)
		(void)strlcpy(row.text, s->hint == NULL ? "" : s->hint,
		    sizeof(row.text));
	else if (row.verdict == TEST_FAIL)
		(void)resolve_hint(t->req, cause, row.text, sizeof(row.text));
	/* A datagram that is dropped has no answer, an association has. */
	if (cause != CAUSE_NONE && s->command == SESSION_UDP &&
	    t->denied == CAUSE_NONE && !t->anywhere)
		row.rep = REP_NONE;
	if (cause == CAUSE_BAD_PROTOCOL)
		(void)strlcpy(row.text, "there is no port 0", sizeof(row.text));
	trial_row(t, &row);
	trial_send(t, 0);
	trial_free(t);
}

/* Nobody has blocked what no name server knows and no proxy takes. */
static int
cause_is_failure(enum session_cause cause)
{
	return cause == CAUSE_NAME_NOT_FOUND || cause == CAUSE_NAME_FAILED ||
	    cause == CAUSE_UPSTREAM_FAILED || cause == CAUSE_NO_RESOURCES;
}

/*
 * Where it would try to connect to, one after the other.  Datagrams go to the
 * first that can be reached, IPv4 before IPv6, as flow.c does it.
 */
static void
trial_order(const struct request *req, char *dst, size_t size)
{
	int          udp = req->session->command == SESSION_UDP;
	unsigned int i;

	dst[0] = '\0';
	for (i = 0; i < req->naddrs; i++)
		if (!udp || req->addrs[i].addr.af != AF_INET6)
			order_add(req, i, dst, size);
	for (i = 0; i < req->naddrs; i++)
		if (udp && req->addrs[i].addr.af == AF_INET6)
			order_add(req, i, dst, size);
}

static void
order_add(const struct request *req, unsigned int i, char *dst, size_t size)
{
	const struct addr *addr = &req->addrs[i].addr;
	char               text[ADDR_STRLEN];

	(void)strlcat(dst, dst[0] == '\0' ? "" : ", ", size);
	(void)strlcat(dst,
	    addr->af == AF_UNSPEC ? req->session->name :
				    addr_print(addr, text, sizeof(text)),
	    size);
}

static void
trial_fact(struct trial *t, const char *key, const char *fmt, ...)
{
	struct test_row row;
	va_list         ap;

	row_init(&row, TEST_FACT);
	(void)strlcpy(row.key, key, sizeof(row.key));
	va_start(ap, fmt);
	(void)vsnprintf(row.text, sizeof(row.text), fmt, ap);
	va_end(ap);
	(void)strlcpy(row.fields, t->fields, sizeof(row.fields));
	t->fields[0] = '\0';
	trial_row(t, &row);
}

/* What a program wants of the next fact, so that it need not take it apart. */
static void
trial_field(struct trial *t, const char *name, const char *text)
{
	size_t n = strlen(t->fields);

	(void)snprintf(t->fields + n, sizeof(t->fields) - n, "%s=%s\n", name,
	    text);
}

static void
trial_number(struct trial *t, const char *name, uint64_t number)
{
	size_t n = strlen(t->fields);

	(void)snprintf(t->fields + n, sizeof(t->fields) - n, "%s#%" PRIu64 "\n",
	    name, number);
}

static void
row_init(struct test_row *row, enum test_kind kind)
{
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	row->number = RULE_NONE;
	row->rep = REP_NONE;
}

static void
row_rule(struct test_row *row, const struct conf_rule *rule)
{
	if (rule == NULL)
		return;
	row->number = rule->number;
	rule_where(rule, row->where, sizeof(row->where));
	(void)conf_rule_text(rule, row->text, sizeof(row->text));
}

static void
trial_row(struct trial *t, const struct test_row *row)
{
	if (wbuf_space(&t->rows) < TEST_ROW_MAX)
		trial_send(t, 1);
	test_row_put(&t->rows, row);
}

static void
trial_send(struct trial *t, int more)
{
	t->data[0] = (uint8_t)more;
	(void)role_send(&t->router->role, PROC_CONTROL, 0, MSG_TEST_RES, t->id,
	    &t->rows, -1);
	wbuf_init(&t->rows, t->data, sizeof(t->data));
	wbuf_u8(&t->rows, 0);
}
