/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The conditions of rules: lists of members.  An empty list is a condition that
 * is not there.
 */

#ifndef CONF_CONF_CONDITION_H
#define CONF_CONF_CONDITION_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/login.h"
#include "conf/conf_size.h"

/* An address condition: one member of a from or to list. */
enum conf_addr_kind {
	CONF_ADDR_ANY,       /* from: all; to: see rules.h */
	CONF_ADDR_LOCALHOST, /* 127.0.0.0/8 and ::1 */
	CONF_ADDR_INTERNAL,  /* the built-in table and this host */
	CONF_ADDR_PREFIX,
	CONF_ADDR_TABLE, /* of addresses */
};

struct conf_addr {
	TAILQ_ENTRY(conf_addr) entry;
	enum conf_addr_kind    kind;
	int                    negated;
	struct prefix          prefix;
	char                   table[CONF_NAME_SIZE]; /* "" if none */
};
TAILQ_HEAD(conf_addrs, conf_addr);

struct conf_port {
	TAILQ_ENTRY(conf_port) entry;
	int                    negated;
	uint16_t               low; /* low <= high, both at least 1 */
	uint16_t               high;
};
TAILQ_HEAD(conf_ports, conf_port);

/* The name of a listener in a rule's "on". */
struct conf_on {
	TAILQ_ENTRY(conf_on) entry;
	int                  negated;
	char                 name[CONF_NAME_SIZE];
};
TAILQ_HEAD(conf_ons, conf_on);

/*
 * Members of a rule's "user" and "group", and of a table of users.  None of
 * them matches a client that has not logged in, nor does its negation.
 */
enum conf_user_kind {
	CONF_USER_ANY, /* whoever has logged in */
	CONF_USER_NAME,
	CONF_USER_GROUP, /* in the list of groups only */
	CONF_USER_TABLE, /* not in a table */
};

struct conf_user {
	TAILQ_ENTRY(conf_user) entry;
	enum conf_user_kind    kind;
	int                    negated;
	char                   name[LOGIN_NAME_SIZE]; /* "" for any */
};
TAILQ_HEAD(conf_users, conf_user);

/*
 * Members of a rule's "to domain": none of them matches a request that was
 * made by address.  Names are canonical, see hostname.h.
 */
enum conf_domain_kind {
	CONF_DOMAIN_EXACT, /* "example.com" */
	CONF_DOMAIN_SUB,   /* "*.example.com": what is below it */
	CONF_DOMAIN_BOTH,  /* ".example.com" */
	CONF_DOMAIN_TABLE,
};

struct conf_domain {
	TAILQ_ENTRY(conf_domain) entry;
	enum conf_domain_kind    kind;
	int                      negated;
	char name[HOSTNAME_MAX + 1]; /* bare, or a table's */
};
TAILQ_HEAD(conf_domains, conf_domain);

/* Members of "to country". */
struct conf_country {
	TAILQ_ENTRY(conf_country) entry;
	int                       negated;
	char                      code[3]; /* "DE"; "" is unknown */
};
TAILQ_HEAD(conf_countries, conf_country);

/* Members of "time": minutes of the day, local; over midnight if to < from. */
struct conf_time {
	TAILQ_ENTRY(conf_time) entry;
	int                    negated;
	uint16_t               from; /* 0 to 1439, is in it */
	uint16_t               to;   /* 1 to 1440, is not; never from */
};
TAILQ_HEAD(conf_times, conf_time);

/* Members of "days": 0 is Sunday; from Friday to Monday is 5 to 1. */
struct conf_day {
	TAILQ_ENTRY(conf_day) entry;
	int                   negated;
	uint8_t               first;
	uint8_t               last;
};
TAILQ_HEAD(conf_days, conf_day);

void conf_addrs_free(struct conf_addrs *);
void conf_ports_free(struct conf_ports *);
void conf_ons_free(struct conf_ons *);
void conf_users_free(struct conf_users *);
void conf_domains_free(struct conf_domains *);
void conf_countries_free(struct conf_countries *);
void conf_times_free(struct conf_times *);
void conf_days_free(struct conf_days *);

#endif /* CONF_CONF_CONDITION_H */
