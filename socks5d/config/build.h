/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the grammar's actions do: words become values, values go into the
 * config, wrong ones are complained about.
 *
 * Complaints are counted by the lexer, so nothing
 * here returns a failure: the line that was wrong is left out, and a config
 * with complaints is never used.
 */

#ifndef CONFIG_BUILD_H
#define CONFIG_BUILD_H

#include <sys/queue.h>

#include <stdint.h>

#include "conf/conf.h"

struct lex;
struct lex_word;

/* A list as written; it lives in the lexer's arena. */
struct word {
	STAILQ_ENTRY(word)     entry;
	const struct lex_word *word;
	int                    negated;
};
STAILQ_HEAD(words, word);

/* What may be given once only. */
enum build_once {
	BUILD_USERS = SETTING_ID_MAX, /* those before: settings */
	BUILD_GEOIP,
	BUILD_QUOTAS,
	BUILD_USER,
	BUILD_CHROOT,
	BUILD_NAT64,
	BUILD_REQUIRE,
	BUILD_NAMESERVER,
	BUILD_FAMILY,
	BUILD_DNS_TIMEOUT,
	BUILD_CACHE,
	BUILD_CONTROL,
	BUILD_LOG_DEST,
	BUILD_LOG_FORMAT,
	BUILD_LOG_SESSIONS,
	BUILD_LOG_FLOWS,
	BUILD_ONCE_MAX,
};

/* A proxy of the upstream being read; it lives in the lexer's arena. */
struct build_proxy {
	STAILQ_ENTRY(build_proxy) entry;
	const struct lex_word    *protocol;
	const struct lex_word    *addr;
	const struct lex_word    *port;
	const struct lex_word    *user;
	const struct lex_word    *password; /* a file */
	const struct lex_word    *udp;
};
STAILQ_HEAD(build_proxies, build_proxy);

/* The clause udp or bind of a listener: its words, and what they say. */
struct build_beside {
	const struct lex_word *at;
	const struct lex_word *ports;
	const struct lex_word *addr;
	struct conf_range      range;
	struct addr            told;
};

/* The parts of the line being read, whichever it is. */
struct build_line {
	const struct lex_word *at;           /* its first word */
	const struct lex_word *path;         /* control, table */
	int                    skip_invalid; /* table */
	const struct lex_word *group;
	const struct lex_word *addr; /* listen */
	const struct lex_word *port;
	const struct lex_word *name; /* also of a table, upstream */
	const struct lex_word *auth;
	const struct lex_word *open;
	struct build_beside    udp;
	struct build_beside    bind;
	struct build_beside   *beside; /* the one being read */
	const struct lex_word *kind;   /* table */
	struct words          *members;
	const struct lex_word *balance;   /* upstream */
	const struct lex_word *retry;     /* this and those below: */
	const struct lex_word *retry_min; /* values of its parts */
	const struct lex_word *retry_max;
	const struct lex_word *breaker; /* also the word off */
	const struct lex_word *breaker_within;
	const struct lex_word *breaker_for;
	const struct lex_word *check;
	const struct lex_word *via;
	struct build_proxies   proxies;
	const struct lex_word *quick; /* pass, block */
	const struct lex_word *log;
	struct words          *from;
	struct words          *to;
	struct words          *ports;
	struct words          *on;
	struct words          *users;
	struct words          *groups;
	struct words          *domains;
	struct words          *countries;
	struct words          *commands;
	struct words          *times;
	struct words          *days;
	const struct lex_word *label;
	const struct lex_word *reply;                 /* block: return, drop */
	const struct lex_word *effect[EFFECT_ID_MAX]; /* pass: values */
	const struct lex_word *scope[EFFECT_ID_MAX];  /* of limits */
	const struct lex_word *burst;
};

struct build {
	struct conf           *conf;
	struct lex            *lex;
	struct build_line      line;
	const struct lex_word *once[BUILD_ONCE_MAX];
	uint32_t               nrules;
	unsigned int           nlisteners;
	unsigned int           ntables;
	unsigned int           nupstreams;
};

/* Lists: NULL only if memory is short, which the lexer then knows. */
struct words *build_words(struct build *, const struct lex_word *);
struct words *build_words_join(struct words *, struct words *);
struct words *build_words_negate(struct build *, struct words *,
    const struct lex_word *bang);

/* The keyword as the word that it is elsewhere. */
const struct lex_word *build_name_of(struct build *, const struct lex_word *);

/* True the first time of a setting_id or build_once; at is the keyword. */
int build_once(struct build *, unsigned int once, const struct lex_word *at);

/* The row of a word of a "set" line, or NULL. */
const struct setting *build_setting_row(struct build *,
    const struct lex_word *);

/* set: a number of the table, then those that are in none. */
void build_setting(struct build *, const struct lex_word *,
    const struct lex_word *value);
void build_throttle_off(struct build *, const struct lex_word *at);
void build_throttle(struct build *, const struct lex_word *at,
    const struct lex_word *const after[2], const struct lex_word *const in[2],
    const struct lex_word *const ban[2]);
void build_user(struct build *, const struct lex_word *,
    const struct lex_word *value);
void build_chroot(struct build *, const struct lex_word *,
    const struct lex_word *value);
void build_nat64(struct build *, const struct lex_word *);
void build_require(struct build *, const struct lex_word *);
void build_users(struct build *, const struct lex_word *,
    const struct lex_word *value);
void build_geoip(struct build *, const struct lex_word *,
    const struct lex_word *value);
void build_quotas(struct build *, const struct lex_word *,
    const struct lex_word *value);
void build_source_new(struct build *, const struct lex_word *,
    const struct lex_word *value, const struct lex_word *burst);
void build_dns_timeout(struct build *, const struct lex_word *at,
    const struct lex_word *value);
void build_dns_cache(struct build *, const struct lex_word *at,
    const struct lex_word *value);
void build_nameserver(struct build *, const struct lex_word *addr,
    const struct lex_word *port);

/*
 * listen, control, table, upstream, pass, block: begun, given their parts,
 * ended.  part is the place in build.line that must still be empty.
 */
void build_begin(struct build *, const struct lex_word *at);
void build_part(struct build *, const struct lex_word **part,
    const struct lex_word *at, const struct lex_word *value);
void build_list(struct build *, struct words **part, const struct lex_word *at,
    struct words *list);
void build_effect(struct build *, const struct lex_word *at,
    const struct lex_word *value);
void build_limit(struct build *, const struct lex_word *at,
    const struct lex_word *value, const struct lex_word *scope);
void build_retry(struct build *, const struct lex_word *at,
    const struct lex_word *n, const struct lex_word *min,
    const struct lex_word *max);
void build_breaker(struct build *, const struct lex_word *at,
    const struct lex_word *n, const struct lex_word *within,
    const struct lex_word *how_long);
void build_breaker_off(struct build *, const struct lex_word *at);
void build_check(struct build *, const struct lex_word *at,
    const struct lex_word *every);
void build_proxy(struct build *, const struct lex_word *at,
    const struct lex_word *protocol, const struct lex_word *addr,
    const struct lex_word *port);
void build_proxy_user(struct build *, const struct lex_word *at,
    const struct lex_word *user);
void build_proxy_password(struct build *, const struct lex_word *at,
    const struct lex_word *path);
void build_proxy_udp(struct build *, const struct lex_word *at);
void build_control(struct build *);
void build_beside_begin(struct build *, struct build_beside *part,
    const struct lex_word *at);
void build_listener(struct build *);
void build_table(struct build *);
void build_upstream(struct build *);
void build_rule(struct build *);

/* Warns of settings that were given and have no effect, at the end. */
void build_idle(struct build *);

void build_memory(struct build *, const struct lex_word *at);

/* name = value */
void build_macro(struct build *, const struct lex_word *name,
    struct words *values);

#endif /* CONFIG_BUILD_H */
