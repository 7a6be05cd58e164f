/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration as a text that parses to the same configuration.
 *
 * Pure.  Prints what is in force, defaults too; what the parent took from the
 * system (name servers, hosts) is not printed.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wall.h"
#include "conf/conf.h"
#include "config/parse.h"

static void print_set(FILE *, const struct conf *);
static void print_settings(FILE *, const struct conf_settings *);
static void print_setting(FILE *, const struct conf_settings *,
    const struct setting *);
static void print_nat64(FILE *, const struct conf_settings *);
static void print_require(FILE *, uint32_t);
static void print_resolver(FILE *, const struct conf_resolver *);
static void print_control(FILE *, const struct conf *);
static void print_log(FILE *, const struct conf_log *);
static void print_files(FILE *, const struct conf *);
static void print_table(FILE *, const struct conf_table *);
static void print_upstream(FILE *, const struct conf_upstream *);
static void print_proxy(FILE *, const struct conf_proxy *);
static void print_listener(FILE *, const struct conf_listener *);
static void print_beside(FILE *, const char *, const struct conf_range *,
    const struct addr *);
static void print_rule(FILE *, const struct conf_rule *);
static void print_duration(FILE *, const char *, uint32_t);
static void print_quoted(FILE *, const char *, const char *);

void
conf_print(FILE *fp, const struct conf *c)
{
	const struct conf_listener *l;
	const struct conf_table    *t;
	const struct conf_upstream *u;
	const struct conf_rule     *r;

	print_set(fp, c);
	print_resolver(fp, &c->resolver);
	print_control(fp, c);
	print_log(fp, &c->log);
	print_files(fp, c);
	TAILQ_FOREACH(t, &c->tables, entry)
		print_table(fp, t);
	TAILQ_FOREACH(u, &c->upstreams, entry)
		print_upstream(fp, u);
	TAILQ_FOREACH(l, &c->listeners, entry)
		print_listener(fp, l);
	TAILQ_FOREACH(r, &c->rules, entry)
		print_rule(fp, r);
}

static void
print_set(FILE *fp, const struct conf *c)
{
	print_settings(fp, &c->set);
	print_quoted(fp, "set user", c->user);
	fprintf(fp, "\n");
	if (c->chroot[0] != '\0') {
		print_quoted(fp, "set chroot", c->chroot);
		fprintf(fp, "\n");
	}
	print_nat64(fp, &c->set);
	print_require(fp, c->require);
}

/* A line for each group, and for each that is in none. */
static void
print_settings(FILE *fp, const struct conf_settings *s)
{
	const struct setting *row;
	const char           *group = NULL;
	size_t                i;

	for (i = 0; i < SETTING_ID_MAX; i++) {
		row = &settings[i];
		if (row->kind == SETTING_PART ||
		    ((row->flags & SETTING_SHOWN) == 0 &&
			setting_get(s, row) == row->start))
			continue;
		if (group == NULL || row->group[0] == '\0' ||
		    strcmp(row->group, group) != 0)
			fprintf(fp, "%sset%s%s", group == NULL ? "" : "\n",
			    row->group[0] == '\0' ? "" : " ", row->group);
		group = row->group;
		print_setting(fp, s, row);
	}
	if (group != NULL)
		fprintf(fp, "\n");
}

static void
print_setting(FILE *fp, const struct conf_settings *s,
    const struct setting *row)
{
	uint32_t n = setting_get(s, row);

	if (n == row->off) {
		fprintf(fp, " %s off", row->word);
		return;
	}
	switch (row->kind) {
	case SETTING_COUNT:
		fprintf(fp, " %s %u", row->word, n);
		break;
	case SETTING_DURATION:
		print_duration(fp, row->word, n);
		break;
	case SETTING_NEW:
		fprintf(fp, " %s %u%s", row->word, n,
		    conf_per_text(s->source_new_ms));
		if (s->source_new_burst != n)
			fprintf(fp, " burst %u", s->source_new_burst);
		break;
	case SETTING_THROTTLE:
		fprintf(fp, " %s after %u failures", row->word, n);
		print_duration(fp, "in", s->throttle_within_ms);
		print_duration(fp, "ban", s->throttle_ban_ms);
		break;
	case SETTING_PART:
		break;
	}
}

static void
print_nat64(FILE *fp, const struct conf_settings *s)
{
	char         text[PREFIX_STRLEN];
	unsigned int i;

	if (s->nnat64 == 0)
		return;
	fprintf(fp, "set nat64 {");
	for (i = 0; i < s->nnat64; i++)
		fprintf(fp, "%s %s", i == 0 ? "" : ",",
		    prefix_print(&s->nat64[i], text, sizeof(text)));
	fprintf(fp, " }\n");
}

static void
print_require(FILE *fp, uint32_t walls)
{
	const char *name, *before = "";

	if (walls == WALL_ALL)
		fprintf(fp, "set require all\n");
	if (walls == 0 || walls == WALL_ALL)
		return;
	fprintf(fp, "set require {");
	for (; (name = wall_take(&walls)) != NULL; before = ",")
		fprintf(fp, "%s %s", before, name);
	fprintf(fp, " }\n");
}

static void
print_resolver(FILE *fp, const struct conf_resolver *r)
{
	char         text[ADDR_STRLEN];
	const char  *family = "any";
	unsigned int i;

	fprintf(fp, "resolver {");
	if (r->nns > 0 && r->from_system == 0) {
		fprintf(fp, " nameserver {");
		for (i = 0; i < r->nns; i++) {
			fprintf(fp, "%s %s", i == 0 ? "" : ",",
			    addr_print(&r->ns[i].addr, text, sizeof(text)));
			if (r->ns[i].zone[0] != '\0')
				fprintf(fp, "%%%s", r->ns[i].zone);
			if (r->ns[i].port != 53)
				fprintf(fp, " port %u", r->ns[i].port);
		}
		fprintf(fp, " }");
	}
	if (r->family == CONF_FAMILY_INET)
		family = "inet";
	else if (r->family == CONF_FAMILY_INET6)
		family = "inet6";
	fprintf(fp, " family %s", family);
	print_duration(fp, "timeout", r->timeout_ms);
	fprintf(fp, " cache %u }\n", r->cache);
}

static void
print_control(FILE *fp, const struct conf *c)
{
	if (c->control[0] == '\0')
		return;
	print_quoted(fp, "control", c->control);
	if (c->control_group[0] != '\0')
		print_quoted(fp, " group", c->control_group);
	fprintf(fp, "\n");
}

static void
print_log(FILE *fp, const struct conf_log *l)
{
	fprintf(fp, "log to %s format %s %s %s\n",
	    l->dest == CONF_LOG_STDERR ? "stderr" : "syslog",
	    l->format == CONF_LOG_JSON ? "json" : "text",
	    l->sessions ? "sessions" : "no sessions",
	    l->flows ? "flows" : "no flows");
}

static void
print_files(FILE *fp, const struct conf *c)
{
	if (c->users[0] != '\0') {
		print_quoted(fp, "users", c->users);
		fprintf(fp, "\n");
	}
	if (c->geoip[0] != '\0') {
		print_quoted(fp, "geoip", c->geoip);
		fprintf(fp, "\n");
	}
	if (strcmp(c->quotas, CONF_QUOTAS) != 0) {
		print_quoted(fp, "quotas", c->quotas);
		fprintf(fp, "\n");
	}
}

static void
print_table(FILE *fp, const struct conf_table *t)
{
	const struct conf_member *m, *first;

	first = STAILQ_FIRST(&t->members);
	fprintf(fp, "table <%s> %s", t->name, conf_table_kind_name(t->kind));
	STAILQ_FOREACH(m, &t->members, entry)
		print_quoted(fp, m == first ? " {" : ",", m->text);
	fprintf(fp, "%s", first == NULL ? "" : " }");
	if (t->path[0] != '\0')
		print_quoted(fp, " file", t->path);
	fprintf(fp, "%s\n", t->skip_invalid ? " skip-invalid" : "");
}

static void
print_upstream(FILE *fp, const struct conf_upstream *u)
{
	const struct conf_proxy *p;

	print_quoted(fp, "upstream", u->name);
	fprintf(fp, " {\n\tbalance %s\n", conf_balance_name(u->balance));
	if (u->via[0] != '\0') {
		print_quoted(fp, "\tvia", u->via);
		fprintf(fp, "\n");
	}
	TAILQ_FOREACH(p, &u->members, entry)
		print_proxy(fp, p);
	fprintf(fp, "\tretry %u", u->retry);
	print_duration(fp, "backoff", u->backoff_min_ms);
	print_duration(fp, "to", u->backoff_max_ms);
	if (u->breaker_failures == 0)
		fprintf(fp, "\n\tbreaker off");
	else {
		fprintf(fp, "\n\tbreaker after %u failures",
		    u->breaker_failures);
		print_duration(fp, "in", u->breaker_within_ms);
		print_duration(fp, "for", u->breaker_for_ms);
	}
	if (u->check_ms != 0) {
		fprintf(fp, "\n\tcheck");
		print_duration(fp, "every", u->check_ms);
	}
	fprintf(fp, "\n}\n");
}

static void
print_proxy(FILE *fp, const struct conf_proxy *p)
{
	char text[ADDR_STRLEN];

	fprintf(fp, "\tmember %s %s port %u", conf_protocol_name(p->protocol),
	    addr_print(&p->addr, text, sizeof(text)), p->port);
	if (p->user[0] != '\0')
		print_quoted(fp, " user", p->user);
	if (p->path[0] != '\0')
		print_quoted(fp, " password file", p->path);
	fprintf(fp, "%s\n", p->udp ? " udp" : "");
}

static void
print_listener(FILE *fp, const struct conf_listener *l)
{
	char text[ADDR_STRLEN];

	/* The line of its IPv4 twin stands for both. */
	if (l->from_localhost && l->addr.af == AF_INET6)
		return;
	fprintf(fp, "listen on %s port %u",
	    l->from_localhost ? "localhost" :
				addr_print(&l->addr, text, sizeof(text)),
	    l->port);
	if (l->name[0] != '\0')
		print_quoted(fp, " name", l->name);
	if (l->auth != AUTH_MODE_NONE)
		fprintf(fp, " auth %s", auth_mode_name(l->auth));
	fprintf(fp, "%s", l->open ? " open" : "");
	print_beside(fp, "udp", &l->udp_ports, &l->udp_addr);
	print_beside(fp, "bind", &l->bind_ports, &l->bind_addr);
	fprintf(fp, "\n");
}

static void
print_beside(FILE *fp, const char *command, const struct conf_range *ports,
    const struct addr *told)
{
	char text[ADDR_STRLEN];

	if (ports->low != 0 || told->af != AF_UNSPEC)
		fprintf(fp, " %s", command);
	if (ports->low != 0)
		fprintf(fp, " port %u", ports->low);
	if (ports->high != ports->low)
		fprintf(fp, ":%u", ports->high);
	if (told->af != AF_UNSPEC)
		fprintf(fp, " address %s",
		    addr_print(told, text, sizeof(text)));
}

static void
print_rule(FILE *fp, const struct conf_rule *r)
{
	char  *text;
	size_t len;

	len = conf_rule_text(r, NULL, 0);
	if ((text = malloc(len + 1)) == NULL) {
		fprintf(fp, "# a rule of %zu bytes: out of memory\n", len);
		return;
	}
	(void)conf_rule_text(r, text, len + 1);
	fprintf(fp, "%s\n", text);
	free(text);
}

static void
print_duration(FILE *fp, const char *name, uint32_t ms)
{
	char text[CONF_DURATION_STRLEN];

	fprintf(fp, " %s %s", name, conf_duration_text(ms, text, sizeof(text)));
}

static void
print_quoted(FILE *fp, const char *name, const char *value)
{
	fprintf(fp, "%s \"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', fp);
		fputc(*value, fp);
	}
	fputc('"', fp);
}
