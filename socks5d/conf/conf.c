/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration as a whole: made, freed, searched.  Pure: reads no file and
 * knows no grammar.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

struct conf *
conf_new(void)
{
	struct conf *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	TAILQ_INIT(&c->hosts);
	TAILQ_INIT(&c->listeners);
	TAILQ_INIT(&c->tables);
	TAILQ_INIT(&c->upstreams);
	TAILQ_INIT(&c->rules);
	c->users_fd = -1;
	c->geoip_fd = -1;
	(void)strlcpy(c->quotas, CONF_QUOTAS, sizeof(c->quotas));
	settings_init(&c->set);
	(void)strlcpy(c->user, CONF_USER, sizeof(c->user));
	c->log.dest = CONF_LOG_SYSLOG;
	c->log.format = CONF_LOG_TEXT;
	c->log.sessions = 1;
	c->resolver.family = CONF_FAMILY_ANY;
	c->resolver.timeout_ms = CONF_DNS_TIMEOUT_MS;
	c->resolver.cache = CONF_DNS_CACHE;
	return c;
}

void
conf_free(struct conf *c)
{
	struct conf_host     *h;
	struct conf_listener *l;
	struct conf_table    *t;
	struct conf_upstream *u;
	struct conf_rule     *r;

	if (c == NULL)
		return;
	while ((h = TAILQ_FIRST(&c->hosts)) != NULL) {
		TAILQ_REMOVE(&c->hosts, h, entry);
		free(h->name);
		free(h);
	}
	while ((l = TAILQ_FIRST(&c->listeners)) != NULL) {
		TAILQ_REMOVE(&c->listeners, l, entry);
		free(l);
	}
	while ((t = TAILQ_FIRST(&c->tables)) != NULL) {
		TAILQ_REMOVE(&c->tables, t, entry);
		conf_table_free(t);
	}
	while ((u = TAILQ_FIRST(&c->upstreams)) != NULL) {
		TAILQ_REMOVE(&c->upstreams, u, entry);
		conf_upstream_free(u);
	}
	while ((r = TAILQ_FIRST(&c->rules)) != NULL) {
		TAILQ_REMOVE(&c->rules, r, entry);
		conf_rule_free(r);
	}
	free(c);
}

const struct conf_table *
conf_table_find(const struct conf *c, const char *name)
{
	const struct conf_table *t;

	TAILQ_FOREACH(t, &c->tables, entry)
		if (strcmp(t->name, name) == 0)
			break;
	return t;
}

const struct conf_rule *
conf_rule_shadow(const struct conf *c, const struct conf_rule *rule)
{
	const struct conf_rule *by;

	if (rule->shadow == 0)
		return NULL;
	if (rule->shadow == rule->number + 1)
		return rule;
	TAILQ_FOREACH(by, &c->rules, entry)
		if (by->number + 1 == rule->shadow)
			break;
	return by;
}

const char *
conf_place_print(const char *file, uint32_t line, char *dst)
{
	if (file[0] == '\0')
		dst[0] = '\0';
	else
		(void)snprintf(dst, CONF_PLACE_STRLEN, "%s:%u: ", file, line);
	return dst;
}

const struct conf_upstream *
conf_upstream_find(const struct conf *c, const char *name)
{
	const struct conf_upstream *u;

	TAILQ_FOREACH(u, &c->upstreams, entry)
		if (strcmp(u->name, name) == 0)
			break;
	return u;
}

int
conf_upstream_udp(const struct conf_upstream *u)
{
	const struct conf_proxy *p;

	TAILQ_FOREACH(p, &u->members, entry)
		if (!p->udp)
			return 0;
	return u->via[0] == '\0';
}
