/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A rule as text: for -nv, for the log and for socks5ctl show rules.
 *
 * Pure.  What it prints, the parser reads.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "compat/nitems.h"
#include "conf/conf.h"

/* len counts what was printed, size how much of it there is room for. */
struct text {
	char  *dst;
	size_t size;
	size_t len;
};

static void text_addrs(struct text *, const char *, const struct conf_addrs *);
static void text_addr(struct text *, const struct conf_addr *);
static void text_ports(struct text *, const struct conf_ports *);
static void text_ons(struct text *, const struct conf_ons *);
static void text_users(struct text *, const char *, const struct conf_users *);
static void text_user(struct text *, const struct conf_user *);
static void text_domains(struct text *, const struct conf_domains *);
static void text_countries(struct text *, const struct conf_countries *);
static void text_commands(struct text *, uint8_t);
static void text_times(struct text *, const struct conf_times *);
static void text_days(struct text *, const struct conf_days *);
static void text_route(struct text *, const struct conf_route *);
static void text_effect(struct text *, enum effect_kind, const void *);
static void text_limits(struct text *, const struct conf_limits *);
static void text_scope(struct text *, enum conf_scope);
static void text_open(struct text *, const char *, int);
static void text_next(struct text *, int, int);
static void text_close(struct text *, int);
static void text_number(struct text *, const char *, uint32_t);
static void text_quoted(struct text *, const char *);
static void text_add(struct text *, const char *);
static void text_end(struct text *);

size_t
conf_rule_text(const struct conf_rule *r, char *dst, size_t size)
{
	struct text t = { dst, size, 0 };

	text_add(&t, r->action == CONF_PASS ? "pass" : "block");
	if (r->drop)
		text_add(&t, " drop");
	if (r->quick)
		text_add(&t, " quick");
	if (r->log)
		text_add(&t, " log");
	text_addrs(&t, " from ", &r->from);
	text_addrs(&t, " to ", &r->to);
	text_domains(&t, &r->domains);
	text_countries(&t, &r->countries);
	text_ports(&t, &r->ports);
	text_ons(&t, &r->on);
	text_users(&t, " user ", &r->users);
	text_users(&t, " group ", &r->groups);
	text_commands(&t, r->commands);
	text_times(&t, &r->times);
	text_days(&t, &r->days);
	text_route(&t, &r->route);
	text_limits(&t, &r->limits);
	if (r->label[0] != '\0') {
		text_add(&t, " label \"");
		text_add(&t, r->label);
		text_add(&t, "\"");
	}
	text_end(&t);
	return t.len;
}

static void
text_addrs(struct text *t, const char *what, const struct conf_addrs *list)
{
	const struct conf_addr *a, *first;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	text_add(t, what);
	if (TAILQ_NEXT(first, entry) == NULL) {
		text_addr(t, first);
		return;
	}
	TAILQ_FOREACH(a, list, entry) {
		text_add(t, a == first ? "{ " : ", ");
		text_addr(t, a);
	}
	text_add(t, " }");
}

static void
text_addr(struct text *t, const struct conf_addr *a)
{
	char buf[PREFIX_STRLEN];

	if (a->negated)
		text_add(t, "!");
	switch (a->kind) {
	case CONF_ADDR_ANY:
		text_add(t, "any");
		break;
	case CONF_ADDR_LOCALHOST:
		text_add(t, "localhost");
		break;
	case CONF_ADDR_INTERNAL:
		text_add(t, "<internal>");
		break;
	case CONF_ADDR_PREFIX:
		text_add(t, prefix_print(&a->prefix, buf, sizeof(buf)));
		break;
	case CONF_ADDR_TABLE:
		text_add(t, "<");
		text_add(t, a->table);
		text_add(t, ">");
		break;
	}
}

static void
text_ports(struct text *t, const struct conf_ports *list)
{
	const struct conf_port *p, *first;
	char                    buf[16];
	int                     many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_add(t, many ? " port { " : " port ");
	TAILQ_FOREACH(p, list, entry) {
		if (p != first)
			text_add(t, ", ");
		if (p->negated)
			text_add(t, "!");
		if (p->low == p->high)
			(void)snprintf(buf, sizeof(buf), "%u", p->low);
		else
			(void)snprintf(buf, sizeof(buf), "%u:%u", p->low,
			    p->high);
		text_add(t, buf);
	}
	if (many)
		text_add(t, " }");
}

static void
text_ons(struct text *t, const struct conf_ons *list)
{
	const struct conf_on *o, *first;
	int                   many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_add(t, many ? " on { " : " on ");
	TAILQ_FOREACH(o, list, entry) {
		if (o != first)
			text_add(t, ", ");
		text_add(t, o->negated ? "!\"" : "\"");
		text_add(t, o->name);
		text_add(t, "\"");
	}
	if (many)
		text_add(t, " }");
}

static void
text_users(struct text *t, const char *what, const struct conf_users *list)
{
	const struct conf_user *u, *first;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	text_add(t, what);
	if (TAILQ_NEXT(first, entry) == NULL) {
		text_user(t, first);
		return;
	}
	TAILQ_FOREACH(u, list, entry) {
		text_add(t, u == first ? "{ " : ", ");
		text_user(t, u);
	}
	text_add(t, " }");
}

static void
text_user(struct text *t, const struct conf_user *u)
{
	if (u->negated)
		text_add(t, "!");
	switch (u->kind) {
	case CONF_USER_ANY:
		text_add(t, "any");
		break;
	case CONF_USER_NAME:
	case CONF_USER_GROUP:
		text_quoted(t, u->name);
		break;
	case CONF_USER_TABLE:
		text_add(t, "<");
		text_add(t, u->name);
		text_add(t, ">");
		break;
	}
}

static void
text_domains(struct text *t, const struct conf_domains *list)
{
	static const char *const before[] = {
		[CONF_DOMAIN_EXACT] = "\"",
		[CONF_DOMAIN_SUB] = "\"*.",
		[CONF_DOMAIN_BOTH] = "\".",
		[CONF_DOMAIN_TABLE] = "<",
	};
	const struct conf_domain *d, *first;
	int                       many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_open(t, " to domain ", many);
	TAILQ_FOREACH(d, list, entry) {
		text_next(t, d == first, d->negated);
		text_add(t, before[d->kind]);
		text_add(t, d->name);
		text_add(t, d->kind == CONF_DOMAIN_TABLE ? ">" : "\"");
	}
	text_close(t, many);
}

static void
text_countries(struct text *t, const struct conf_countries *list)
{
	const struct conf_country *c, *first;
	int                        many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_open(t, " to country ", many);
	TAILQ_FOREACH(c, list, entry) {
		text_next(t, c == first, c->negated);
		text_add(t, c->code[0] == '\0' ? "unknown" : c->code);
	}
	text_close(t, many);
}

static void
text_commands(struct text *t, uint8_t commands)
{
	static const struct {
		uint8_t     bit;
		const char *name;
	} all[] = {
		{ CONF_COMMAND_CONNECT, "connect" },
		{ CONF_COMMAND_BIND, "bind" },
		{ CONF_COMMAND_UDP, "udp" },
	};
	size_t i;
	int    first = 1, many;

	if (commands == 0)
		return;
	many = (commands & (commands - 1)) != 0;
	text_open(t, " command ", many);
	for (i = 0; i < nitems(all); i++) {
		if ((commands & all[i].bit) == 0)
			continue;
		text_next(t, first, 0);
		text_add(t, all[i].name);
		first = 0;
	}
	text_close(t, many);
}

static void
text_times(struct text *t, const struct conf_times *list)
{
	const struct conf_time *m, *first;
	char                    buf[24];
	int                     many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_open(t, " time ", many);
	TAILQ_FOREACH(m, list, entry) {
		text_next(t, m == first, m->negated);
		(void)snprintf(buf, sizeof(buf), "%02u:%02u-%02u:%02u",
		    m->from / 60, m->from % 60, m->to / 60, m->to % 60);
		text_add(t, buf);
	}
	text_close(t, many);
}

static void
text_days(struct text *t, const struct conf_days *list)
{
	const struct conf_day *d, *first;
	int                    many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_open(t, " days ", many);
	TAILQ_FOREACH(d, list, entry) {
		text_next(t, d == first, d->negated);
		text_add(t, conf_day_name(d->first));
		if (d->last == d->first)
			continue;
		text_add(t, "-");
		text_add(t, conf_day_name(d->last));
	}
	text_close(t, many);
}

/*
 * Behind the conditions: the port of rdr-to must not be taken for theirs.  The
 * timeouts, which are the last, share braces.
 */
static void
text_route(struct text *t, const struct conf_route *r)
{
	const struct effect *row;
	int                  timeouts = 0;

	for (row = effects; row < &effects[EFFECT_ID_LIMITS]; row++) {
		if (effect_given(r, row) == 0)
			continue;
		if (row->kind == EFFECT_DURATION && timeouts++ == 0)
			text_add(t, " timeout {");
		text_add(t, " ");
		text_add(t, row->word);
		text_add(t, " ");
		text_effect(t, row->kind, effect_get(r, row));
	}
	if (timeouts > 0)
		text_add(t, " }");
}

static void
text_effect(struct text *t, enum effect_kind kind, const void *v)
{
	char buf[ADDR_STRLEN > CONF_DURATION_STRLEN ? ADDR_STRLEN :
						      CONF_DURATION_STRLEN];

	switch (kind) {
	case EFFECT_ADDRESS:
		text_add(t, addr_print(v, buf, sizeof(buf)));
		break;
	case EFFECT_PORT:
		text_number(t, "", *(const uint16_t *)v);
		break;
	case EFFECT_NAME:
	case EFFECT_INTERFACE:
		text_quoted(t, v);
		break;
	case EFFECT_REMOTE:
		text_add(t, "remote");
		break;
	case EFFECT_ANY:
		text_add(t, "any");
		break;
	case EFFECT_NUMBER:
		text_number(t, "", ((const struct conf_number *)v)->n);
		break;
	case EFFECT_DURATION:
		text_add(t,
		    conf_duration_text(*(const uint32_t *)v, buf, sizeof(buf)));
		break;
	case EFFECT_LIMIT:
		break;
	}
}

static void
text_limits(struct text *t, const struct conf_limits *l)
{
	char buf[CONF_BYTES_STRLEN];

	if (l->rate != 0) {
		text_add(t, " rate ");
		text_add(t, conf_bytes_text(l->rate, buf, sizeof(buf)));
		text_add(t, "/s");
		text_scope(t, l->rate_per);
	}
	if (l->sessions != 0) {
		text_number(t, " sessions ", l->sessions);
		text_scope(t, l->sessions_per);
	}
	if (l->new_count != 0) {
		text_number(t, " new ", l->new_count);
		text_add(t, conf_per_text(l->new_ms));
		if (l->new_burst != l->new_count)
			text_number(t, " burst ", l->new_burst);
		text_scope(t, l->new_per);
	}
	if (l->quota != 0) {
		text_add(t, " quota ");
		text_add(t, conf_bytes_text(l->quota, buf, sizeof(buf)));
		text_add(t, l->quota_period == CONF_DAY ? "/day" : "/month");
		text_scope(t, l->quota_per);
	}
}

static void
text_scope(struct text *t, enum conf_scope scope)
{
	switch (scope) {
	case CONF_PER_RULE:
		break;
	case CONF_PER_USER:
		text_add(t, " per user");
		break;
	case CONF_PER_SOURCE:
		text_add(t, " per source");
		break;
	}
}

static void
text_open(struct text *t, const char *what, int many)
{
	text_add(t, what);
	if (many)
		text_add(t, "{ ");
}

static void
text_next(struct text *t, int first, int negated)
{
	if (first == 0)
		text_add(t, ", ");
	if (negated)
		text_add(t, "!");
}

static void
text_close(struct text *t, int many)
{
	if (many)
		text_add(t, " }");
}

static void
text_number(struct text *t, const char *what, uint32_t n)
{
	char buf[16];

	(void)snprintf(buf, sizeof(buf), "%u", n);
	text_add(t, what);
	text_add(t, buf);
}

/* A user's name may hold anything that a string can. */
static void
text_quoted(struct text *t, const char *s)
{
	char c[3];

	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		c[0] = '\\';
		c[1] = *s;
		c[2] = '\0';
		text_add(t, *s == '"' || *s == '\\' ? c : c + 1);
	}
	text_add(t, "\"");
}

static void
text_add(struct text *t, const char *s)
{
	size_t n, room = 0;

	n = strlen(s);
	if (t->len < t->size)
		room = t->size - t->len;
	if (room > 0)
		memcpy(t->dst + t->len, s, n < room ? n : room);
	t->len += n;
}

static void
text_end(struct text *t)
{
	if (t->size == 0)
		return;
	if (t->len < t->size)
		t->dst[t->len] = '\0';
	else {
		t->dst[t->size - 1] = '\0';
		if (t->size > 3)
			memcpy(t->dst + t->size - 4, "...", 3);
	}
}
