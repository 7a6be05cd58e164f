/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules and their conditions: made and freed.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "conf/conf_rule.h"

struct conf_rule *
conf_rule_new(void)
{
	struct conf_rule *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	TAILQ_INIT(&r->from);
	TAILQ_INIT(&r->to);
	TAILQ_INIT(&r->ports);
	TAILQ_INIT(&r->on);
	TAILQ_INIT(&r->users);
	TAILQ_INIT(&r->groups);
	TAILQ_INIT(&r->domains);
	TAILQ_INIT(&r->countries);
	TAILQ_INIT(&r->times);
	TAILQ_INIT(&r->days);
	return r;
}

void
conf_rule_free(struct conf_rule *r)
{
	if (r == NULL)
		return;
	conf_addrs_free(&r->from);
	conf_addrs_free(&r->to);
	conf_ports_free(&r->ports);
	conf_ons_free(&r->on);
	conf_users_free(&r->users);
	conf_users_free(&r->groups);
	conf_domains_free(&r->domains);
	conf_countries_free(&r->countries);
	conf_times_free(&r->times);
	conf_days_free(&r->days);
	free(r);
}

int
conf_rule_passes(const struct conf_rule *r, uint8_t command)
{
	return r->action == CONF_PASS &&
	    (r->commands == 0 || (r->commands & command) != 0);
}

void
conf_addrs_free(struct conf_addrs *list)
{
	struct conf_addr *a;

	while ((a = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, a, entry);
		free(a);
	}
}

void
conf_ports_free(struct conf_ports *list)
{
	struct conf_port *p;

	while ((p = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, p, entry);
		free(p);
	}
}

void
conf_ons_free(struct conf_ons *list)
{
	struct conf_on *o;

	while ((o = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, o, entry);
		free(o);
	}
}

void
conf_users_free(struct conf_users *list)
{
	struct conf_user *u;

	while ((u = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, u, entry);
		free(u);
	}
}

void
conf_domains_free(struct conf_domains *list)
{
	struct conf_domain *m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

void
conf_countries_free(struct conf_countries *list)
{
	struct conf_country *m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

void
conf_times_free(struct conf_times *list)
{
	struct conf_time *m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

void
conf_days_free(struct conf_days *list)
{
	struct conf_day *m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}
