/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A small world of random rules and requests, and a slow and obvious matcher.
 *
 * The matcher, in rules_slow.c, asks, for each rule, the question of the
 * manual page in the words of the manual page; it shares no code with the
 * router or with the tables but the structs.  It answers for tables too, in
 * place of table/table.c: whoever asks one is noted.
 */

#ifndef RULES_WORLD_H
#define RULES_WORLD_H

#include <sys/types.h>

#include "base/addr.h"
#include "conf/conf.h"
#include "router/rules.h"
#include "table/table.h"

#define MANY    300 /* rules; more than are judged at once */
#define NTABLES 10  /* of a world */

/*
 * Tables as the rules see them: who of them is asked knows his config by the
 * world, and his number by his place here.
 */
extern struct table       images[NTABLES];
extern const struct conf *world;

/* What follows from it is the same in each run. */
extern unsigned int seed;

/* One of so many. */
unsigned int pick(unsigned int);

/* Random parts of a rule, of so many members; a rule, a request, a config. */
void              random_addr(struct addr *);
void              random_addrs(struct conf_addrs *);
void              random_users(struct conf_users *, unsigned int);
void              random_groups(struct conf_users *, unsigned int);
void              random_ports(struct conf_ports *, unsigned int);
void              random_ons(struct conf_ons *, unsigned int);
void              random_domains(struct conf_domains *, unsigned int);
void              random_countries(struct conf_countries *, unsigned int);
void              random_times(struct conf_times *, unsigned int);
void              random_days(struct conf_days *, unsigned int);
struct conf_rule *random_rule(void);
void              random_query(struct rule_query *);
struct conf      *random_conf(void);
uint16_t          random_country(void);

/* To a config, or to a list in it. */
struct conf_user *add_user(struct conf_users *, enum conf_user_kind,
    const char *);
void              add_rule(struct conf *, struct conf_rule *);
void              add_member(struct conf_table *, const char *);
void              add_tables(struct conf *);
void              add_listeners(struct conf *);

/*
 * Whether the rule matches, which one decides, and whether there may be one
 * that passes, by what is known of the request: by_name, before it has an
 * address.  matches: counts of the rules that were asked and said yes, by
 * number.
 */
int                     slow_is_any(const struct conf_addr *);
int                     slow_rule(const struct conf *, const struct conf_rule *,
			const struct rule_query *, int);
const struct conf_rule *slow_judge(const struct conf *,
    const struct rule_query *, int, uint64_t *);
int slow_possible(const struct conf *, const struct rule_query *);

/*
 * From asked_start() on who asks a table is noted: it is about this request.
 * asked_once() requires that no table was asked twice, and none about an
 * address that is not known.
 */
void         asked_start(const struct rule_query *);
void         asked_once(int);
unsigned int asked_any(void);

#endif /* RULES_WORLD_H */
