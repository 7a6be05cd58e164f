/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the config as a whole: what is printed parses to the same, no text
 * makes the parser do anything but refuse or accept, checks find what they
 * are for, and the system's own files cannot spoil a config.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "conf/conf.h"
#include "config/parse.h"
#include "config/secret.h"
#include "config/system.h"

struct complaints {
	unsigned int count;
	unsigned int warnings;
	int          found; /* of the line "set relays 99" */
	char         last[2048];
};

static const char sample[] =
    "lan = \"{ 10.0.0.0/8, !10.1.0.0/16 }\"\n"
    "set relays 4\n"
    "set timeout idle 15m drain 0s udp 3s bind 4s\n"
    "set limit half-open 5 per-source 6 destinations 11 waiting 12\n"
    "set user \"u\"\n"
    "set chroot \"/a\\\"b\"\n"
    "resolver { nameserver { 127.0.0.1, ::1 port 54 } family inet\n"
    "	timeout 7s cache 0 }\n"
    "control \"/c\" group g\n"
    "log to stderr format json no sessions flows\n"
    "listen on localhost port 1080 name a auth optional bind port 90:91\n"
    "listen on * port 81 auth required open udp port 70 address ::8\n"
    "block quick log from $lan to { any <internal> !::1 }\n"
    "pass port { 80, !90:91 } on { a, !\"a\" } label \"l l\" inbound any\\\n"
    "	command !connect\n"
    "users \"/u\"\n"
    "set auth workers 3 cache 2m throttle after 4 failures in 5s ban 6h\n"
    "table <t> user { a, \"b\\\"c\" }\n"
    "pass user { any, <t>, !\"any\" } group { g, !h }\n"
    "geoip \"/g\" \nquotas \"/q\"\n"
    "set limit source-sessions 7 source-new 8/m burst 9 user-sessions 10\n"
    "table <n> domain { \"*.a.b\", .C.d. } file \"/n\"\n"
    "upstream up { member http 192.0.2.1 port 2 user u password file \"/p\"\n"
    "	via end breaker off check every 3s }\n"
    "upstream end { member socks4a ::1 port 1 retry 0 backoff 1ms to 1ms\n"
    "	balance source breaker after 1 failures in 2s for 3s\n"
    "	member socks5 192.0.2.2 port 4 udp }\n"
    "block drop to domain { x.y, !<n> } to country { no, !unknown }\n"
    "pass command { !udp !bind } time { 22:00-00:00 } days !fri-mon\\\n"
    "	rdr-to ::2 port 3 via up source ::3 mark 4 interface e\\\n"
    "	timeout { idle 5m udp 6s bind 7s }\\\n"
    "	rate 6M/s per source sessions 7 new 8/h burst 9 quota 1T/day\n";

static struct conf *parse(const char *, struct complaints *);
static void         complain(void *, const char *);
static void         check_logins(const struct conf *);
static void         check_files(const struct conf *);
static void         check_policy(const struct conf *);
static int   same_rule(const struct conf_rule *, const struct conf_rule *);
static void  check_same(const struct conf *);
static char *printed(const struct conf *);
static struct conf_rule *random_rule(void);
static void              random_users(struct conf_users *, int);
static void              random_addrs(struct conf_addrs *);
static void              random_names(struct conf_rule *);
static void              random_days(struct conf_rule *);
static void              random_route(struct conf_route *);
static void              random_limits(struct conf_limits *, int);
static void              random_target(struct addr *);
static void         check_secret(const char *, size_t, mode_t, const char *,
	    const char *);
static void         write_file(const char *, const char *);
static struct conf *load(const char *, const char *, struct complaints *);

ATF_TC(defaults);
ATF_TC_HEAD(defaults, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a config that says little has the defaults of the page");
}
ATF_TC_BODY(defaults, tc)
{
	struct complaints c;
	struct conf      *conf;

	ATF_REQUIRE((conf = parse("listen on ::1 port 1\n", &c)) != NULL);
	ATF_CHECK_EQ(0, c.count);
	ATF_CHECK_EQ(0, conf->set.relays);
	ATF_CHECK_EQ(0, conf->set.sessions);
	ATF_CHECK_EQ(10000, conf->set.handshake_ms);
	ATF_CHECK_EQ(15000, conf->set.connect_ms);
	ATF_CHECK_EQ(15 * 60 * 1000, conf->set.idle_ms);
	ATF_CHECK_EQ(2 * 60 * 1000, conf->set.half_closed_ms);
	ATF_CHECK_EQ(0, conf->set.keepalive_ms);
	ATF_CHECK_EQ(30000, conf->set.drain_ms);
	ATF_CHECK_EQ(1024, conf->set.half_open);
	ATF_CHECK_EQ(64, conf->set.per_source);
	ATF_CHECK_EQ(2, conf->set.auth_workers);
	ATF_CHECK_EQ(60000, conf->set.auth_cache_ms);
	ATF_CHECK_EQ(10, conf->set.throttle_failures);
	ATF_CHECK_EQ(10 * 60 * 1000, conf->set.throttle_within_ms);
	ATF_CHECK_EQ(10 * 60 * 1000, conf->set.throttle_ban_ms);
	ATF_CHECK_STREQ("", conf->users);
	ATF_CHECK_EQ(-1, conf->users_fd);
	ATF_CHECK(TAILQ_EMPTY(&conf->tables));
	ATF_CHECK_EQ(AUTH_MODE_NONE, TAILQ_FIRST(&conf->listeners)->auth);
	ATF_CHECK_STREQ(CONF_USER, conf->user);
	ATF_CHECK_STREQ("", conf->chroot);
	ATF_CHECK_STREQ("", conf->control);
	ATF_CHECK_STREQ("", conf->control_group);
	ATF_CHECK_EQ(CONF_LOG_SYSLOG, conf->log.dest);
	ATF_CHECK_EQ(CONF_LOG_TEXT, conf->log.format);
	ATF_CHECK_EQ(1, conf->log.sessions);
	ATF_CHECK_EQ(0, conf->log.flows);
	ATF_CHECK_EQ(0, conf->resolver.nns);
	ATF_CHECK_EQ(CONF_FAMILY_ANY, conf->resolver.family);
	ATF_CHECK_EQ(CONF_DNS_TIMEOUT_MS, conf->resolver.timeout_ms);
	ATF_CHECK_EQ(CONF_DNS_CACHE, conf->resolver.cache);
	ATF_CHECK(TAILQ_EMPTY(&conf->rules));
	ATF_CHECK(TAILQ_EMPTY(&conf->upstreams));
	ATF_CHECK_EQ(0, conf->set.source_sessions);
	ATF_CHECK_EQ(0, conf->set.source_new_count);
	ATF_CHECK_EQ(0, conf->set.user_sessions);
	ATF_CHECK_EQ(60 * 1000, conf->set.udp_ms);
	ATF_CHECK_EQ(2 * 60 * 1000, conf->set.bind_ms);
	ATF_CHECK_EQ(0, conf->set.associations);
	ATF_CHECK_EQ(0, conf->set.source_associations);
	ATF_CHECK_EQ(0, conf->set.user_associations);
	ATF_CHECK_EQ(256, conf->set.destinations);
	ATF_CHECK_EQ(32, conf->set.udp_waiting);
	ATF_CHECK_STREQ("", conf->geoip);
	ATF_CHECK_STREQ(CONF_QUOTAS, conf->quotas);
	conf_free(conf);
	conf_free(NULL);
}

ATF_TC(values);
ATF_TC_HEAD(values, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what the text says stands in the structs, with its place");
}
ATF_TC_BODY(values, tc)
{
	struct complaints           c;
	struct conf                *conf;
	const struct conf_listener *l;
	const struct conf_rule     *r;
	struct addr                 a;

	ATF_REQUIRE((conf = parse(sample, &c)) != NULL);
	ATF_CHECK_EQ(15 * 60 * 1000, conf->set.idle_ms);
	ATF_CHECK_EQ(0, conf->set.drain_ms);
	ATF_CHECK_EQ(0, conf->log.sessions);
	ATF_CHECK_EQ(1, conf->log.flows);
	ATF_CHECK_EQ(3000, conf->set.udp_ms);
	ATF_CHECK_EQ(4000, conf->set.bind_ms);
	ATF_CHECK_EQ(11, conf->set.destinations);
	ATF_CHECK_EQ(12, conf->set.udp_waiting);
	ATF_CHECK_STREQ("/a\"b", conf->chroot);
	ATF_CHECK_EQ(2, conf->resolver.nns);
	ATF_CHECK_EQ(54, conf->resolver.ns[1].port);
	ATF_CHECK_EQ(0, conf->resolver.from_system);
	l = TAILQ_FIRST(&conf->listeners);
	ATF_CHECK(l->from_localhost && l->fd == -1 && l->line == 11);
	ATF_CHECK_STREQ("t", l->file);
	ATF_CHECK_STREQ("a", l->name);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK(l->from_localhost && l->addr.af == AF_INET6);
	ATF_CHECK(l->bind_ports.low == 90 && l->bind_ports.high == 91);
	ATF_CHECK(l->udp_ports.low == 0 && l->udp_ports.high == 0);
	ATF_CHECK(l->udp_addr.af == AF_UNSPEC && l->bind_addr.af == AF_UNSPEC);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK(l->udp_ports.low == 70 && l->udp_ports.high == 70);
	ATF_CHECK(l->addr.af == AF_INET && l->udp_addr.af == AF_UNSPEC);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK(addr_parse(&a, "::8") == 0 &&
	    addr_cmp(&a, &l->udp_addr) == 0);
	r = TAILQ_FIRST(&conf->rules);
	ATF_CHECK(r->action == CONF_BLOCK && r->quick && r->log);
	ATF_CHECK(r->number == 0 && r->line == 13);
	r = TAILQ_NEXT(r, entry);
	ATF_CHECK(r->action == CONF_PASS && r->quick == 0 && r->log == 0);
	ATF_CHECK(r->number == 1 && r->line == 14 && r->route.inbound);
	ATF_CHECK_EQ(CONF_COMMAND_UDP | CONF_COMMAND_BIND, r->commands);
	ATF_CHECK_STREQ("l l", r->label);
	ATF_CHECK_STREQ("t", r->file);
	check_logins(conf);
	check_files(conf);
	check_policy(conf);
	check_same(conf);
	conf_free(conf);
}

static void
check_logins(const struct conf *conf)
{
	const struct conf_listener *l;
	const struct conf_member   *m;
	const struct conf_table    *t;
	const struct conf_rule     *r;
	const struct conf_user     *u;

	ATF_CHECK_STREQ("/u", conf->users);
	ATF_CHECK_EQ(3, conf->set.auth_workers);
	ATF_CHECK_EQ(2 * 60 * 1000, conf->set.auth_cache_ms);
	ATF_CHECK_EQ(4, conf->set.throttle_failures);
	ATF_CHECK_EQ(5 * 1000, conf->set.throttle_within_ms);
	ATF_CHECK_EQ(6 * 60 * 60 * 1000, conf->set.throttle_ban_ms);
	TAILQ_FOREACH(l, &conf->listeners, entry)
		ATF_CHECK_EQ(l->from_localhost ? AUTH_MODE_OPTIONAL :
						 AUTH_MODE_REQUIRED,
		    l->auth);
	ATF_REQUIRE((t = conf_table_find(conf, "t")) != NULL);
	ATF_CHECK(conf_table_find(conf, "T") == NULL);
	m = STAILQ_FIRST(&t->members);
	ATF_CHECK(t->kind == CONF_TABLE_USER);
	ATF_CHECK_STREQ("a", m->text);
	ATF_CHECK_STREQ("b\"c", STAILQ_NEXT(m, entry)->text);
	TAILQ_FOREACH(r, &conf->rules, entry) {
		if (TAILQ_EMPTY(&r->groups) == 0)
			break;
	}
	ATF_REQUIRE(r != NULL);
	u = TAILQ_FIRST(&r->users);
	ATF_CHECK(u->kind == CONF_USER_ANY && u->name[0] == '\0');
	u = TAILQ_NEXT(u, entry);
	ATF_CHECK(u->kind == CONF_USER_TABLE && strcmp(u->name, "t") == 0);
	u = TAILQ_NEXT(u, entry);
	ATF_CHECK(u->kind == CONF_USER_NAME && u->negated);
	ATF_CHECK_STREQ("any", u->name);
	u = TAILQ_FIRST(&r->groups);
	ATF_CHECK(u->kind == CONF_USER_GROUP && u->negated == 0);
	ATF_CHECK_STREQ("g", u->name);
	ATF_CHECK(TAILQ_NEXT(u, entry)->negated);
}

static void
check_files(const struct conf *conf)
{
	const struct conf_table    *t;
	const struct conf_upstream *up;
	const struct conf_proxy    *p;

	ATF_CHECK_STREQ("/g", conf->geoip);
	ATF_CHECK_STREQ("/q", conf->quotas);
	ATF_CHECK_EQ(7, conf->set.source_sessions);
	ATF_CHECK_EQ(8, conf->set.source_new_count);
	ATF_CHECK_EQ(60000, conf->set.source_new_ms);
	ATF_CHECK_EQ(9, conf->set.source_new_burst);
	ATF_CHECK_EQ(10, conf->set.user_sessions);
	ATF_REQUIRE((t = conf_table_find(conf, "n")) != NULL);
	ATF_CHECK_EQ(CONF_TABLE_DOMAIN, t->kind);
	ATF_CHECK_STREQ("/n", t->path);
	ATF_CHECK_STREQ("*.a.b", STAILQ_FIRST(&t->members)->text);
	ATF_REQUIRE((up = conf_upstream_find(conf, "up")) != NULL);
	ATF_CHECK(conf_upstream_find(conf, "down") == NULL);
	ATF_CHECK_STREQ("end", up->via);
	ATF_CHECK_EQ(CONF_FAILOVER, up->balance);
	ATF_CHECK_EQ(CONF_RETRY, up->retry);
	ATF_CHECK_EQ(0, up->breaker_failures);
	ATF_CHECK_EQ(3000, up->check_ms);
	p = TAILQ_FIRST(&up->members);
	ATF_CHECK_EQ(CONF_HTTP, p->protocol);
	ATF_CHECK_EQ(2, p->port);
	ATF_CHECK_STREQ("u", p->user);
	ATF_CHECK_STREQ("/p", p->path);
	ATF_CHECK_EQ(0, p->udp);
	ATF_CHECK_STREQ("", p->password);
	ATF_REQUIRE((up = conf_upstream_find(conf, "end")) != NULL);
	ATF_CHECK_EQ(CONF_SOURCE, up->balance);
	ATF_CHECK_EQ(0, TAILQ_FIRST(&up->members)->udp);
	ATF_CHECK_EQ(1, TAILQ_LAST(&up->members, conf_proxies)->udp);
	ATF_CHECK(up->retry == 0 && up->backoff_max_ms == 1);
	ATF_CHECK(up->breaker_failures == 1 && up->breaker_for_ms == 3000 &&
	    up->breaker_within_ms == 2000);
}

static void
check_policy(const struct conf *conf)
{
	const struct conf_rule   *r;
	const struct conf_domain *d;
	const struct conf_limits *l;
	struct addr               a;

	r = TAILQ_LAST(&conf->rules, conf_rules);
	ATF_CHECK_EQ(CONF_COMMAND_CONNECT, r->commands);
	ATF_CHECK_EQ(22 * 60, TAILQ_FIRST(&r->times)->from);
	ATF_CHECK_EQ(24 * 60, TAILQ_FIRST(&r->times)->to);
	ATF_CHECK(TAILQ_FIRST(&r->days)->negated &&
	    TAILQ_FIRST(&r->days)->first == 5 &&
	    TAILQ_FIRST(&r->days)->last == 1);
	ATF_CHECK(addr_parse(&a, "::2") == 0 &&
	    addr_cmp(&a, &r->route.rdr) == 0 && r->route.rdr_port == 3);
	ATF_CHECK(addr_parse(&a, "::3") == 0 &&
	    addr_cmp(&a, &r->route.source) == 0);
	ATF_CHECK(r->route.mark.given && r->route.mark.n == 4);
	ATF_CHECK_STREQ("up", r->route.via);
	ATF_CHECK_STREQ("e", r->route.interface);
	ATF_CHECK_EQ(0, r->route.inbound);
	ATF_CHECK_EQ(300000, r->route.idle_ms);
	ATF_CHECK_EQ(6000, r->route.udp_ms);
	ATF_CHECK_EQ(7000, r->route.bind_ms);
	ATF_CHECK_EQ(0, r->route.connect_ms);
	l = &r->limits;
	ATF_CHECK(l->rate == 6 << 20 && l->rate_per == CONF_PER_SOURCE);
	ATF_CHECK(l->sessions == 7 && l->sessions_per == CONF_PER_RULE);
	ATF_CHECK(l->new_count == 8 && l->new_ms == 3600000 &&
	    l->new_burst == 9);
	ATF_CHECK(l->quota == 1ULL << 40 && l->quota_period == CONF_DAY);
	r = TAILQ_PREV(r, conf_rules, entry);
	ATF_CHECK(r->drop && r->limits.rate == 0 && r->commands == 0);
	d = TAILQ_FIRST(&r->domains);
	ATF_CHECK(d->kind == CONF_DOMAIN_EXACT && d->negated == 0);
	ATF_CHECK_STREQ("x.y", d->name);
	d = TAILQ_NEXT(d, entry);
	ATF_CHECK(d->kind == CONF_DOMAIN_TABLE && d->negated);
	ATF_CHECK_STREQ("n", d->name);
	ATF_CHECK_STREQ("NO", TAILQ_FIRST(&r->countries)->code);
	ATF_CHECK_STREQ("", TAILQ_LAST(&r->countries, conf_countries)->code);
}

ATF_TC(every_cut);
ATF_TC_HEAD(every_cut, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each beginning of a config is refused with a complaint or is "
	    "itself a config that prints and parses");
}
ATF_TC_BODY(every_cut, tc)
{
	struct complaints c;
	struct conf      *conf;
	char             *text;
	size_t            n;

	for (n = 0; n < sizeof(sample); n++) {
		ATF_REQUIRE((text = strndup(sample, n)) != NULL);
		conf = parse(text, &c);
		ATF_CHECK((conf == NULL) == (c.count > 0));
		if (conf != NULL)
			check_same(conf);
		conf_free(conf);
		free(text);
	}
}

ATF_TC(every_byte);
ATF_TC_HEAD(every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr", "with any byte in any place likewise");
}
ATF_TC_BODY(every_byte, tc)
{
	struct complaints c;
	struct conf      *conf;
	char              text[sizeof(sample)];
	size_t            i;
	int               byte;

	for (i = 0; i < sizeof(sample) - 1; i++) {
		for (byte = 1; byte < 256; byte++) {
			memcpy(text, sample, sizeof(text));
			text[i] = byte;
			conf = parse(text, &c);
			ATF_CHECK((conf == NULL) == (c.count > 0));
			if (conf != NULL)
				check_same(conf);
			conf_free(conf);
		}
	}
}

ATF_TC(words_in_any_order);
ATF_TC_HEAD(words_in_any_order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no sequence of words and marks is more than an error in its "
	    "line: the last line's error is found, too");
}
ATF_TC_BODY(words_in_any_order, tc)
{
	static const char *const words[] = {
		"pass",
		"block",
		"quick",
		"log",
		"from",
		"to",
		"port",
		"on",
		"label",
		"any",
		"localhost",
		"<internal>",
		"10.0.0.0/8",
		"80",
		"{",
		"}",
		",",
		"!",
		"\"a b\"",
		"\n",
		"set",
		"listen",
		"open",
		"resolver",
		"nameserver",
		"timeout",
		"idle",
		"10s",
		"include",
		"a =",
		"$a",
		"\\\n",
		"#",
		"udp",
		"user",
		"sessions",
		"no",
		"family",
		"inet",
		"cache",
		"control",
		"group",
		"name",
		"table",
		"<t>",
		"address",
		"domain",
		"file",
		"upstream",
		"up",
		"member",
		"socks5",
		"via",
		"retry 1 backoff 1s to 2s",
		"breaker",
		"to domain",
		"to country",
		"command",
		"time",
		"days",
		"mon",
		"rdr-to",
		"resolve remote",
		"source",
		"mark",
		"rate 9K/s",
		"per",
		"new 1/s",
		"burst",
		"quota 1G/day",
		"drop",
		"geoip",
		"NO",
		"connect",
		"inbound",
		"flows",
		"bind",
	};
	struct complaints c;
	char              text[1024];
	int               i, j;

	srandom(1);
	for (i = 0; i < 20000; i++) {
		text[0] = '\0';
		for (j = random() % 30; j > 0; j--) {
			(void)strlcat(text,
			    words[random() %
				(sizeof(words) / sizeof(words[0]))],
			    sizeof(text));
			(void)strlcat(text, " ", sizeof(text));
		}
		(void)strlcat(text, "\nset relays 99\n", sizeof(text));
		ATF_REQUIRE(parse(text, &c) == NULL);
		ATF_CHECK_MSG(c.found, "%s", text);
	}
}

ATF_TC(rule_text);
ATF_TC_HEAD(rule_text, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a rule's text parses to an equal rule, and cut anywhere it says "
	    "so");
}
ATF_TC_BODY(rule_text, tc)
{
	static const char listen[] =
	    "users \"/u\"\n"
	    "table <t0> user a\n"
	    "table <t1> user b\n"
	    "table <a0> address\n"
	    "table <d0> domain\n"
	    "geoip \"/g\"\n"
	    "upstream u0 { member socks5 ::1 port 9 udp }\n"
	    "listen on ::1 port 1 name n0 "
	    "auth required\n"
	    "listen on ::1 port 2 name n1 "
	    "auth optional\n"
	    "listen on ::1 port 3 name n0 "
	    "auth optional\n";
	struct complaints c;
	struct conf      *conf;
	struct conf_rule *r, *other;
	char              text[4096], cut[4096], whole[8192];
	size_t            len, size;
	int               i;

	srandom(2);
	other = random_rule();
	for (i = 0; i < 2000; i++) {
		r = random_rule();
		len = conf_rule_text(r, text, sizeof(text));
		ATF_REQUIRE(len < sizeof(text) && len == strlen(text));
		snprintf(whole, sizeof(whole), "%s%s\n", listen, text);
		if ((conf = parse(whole, &c)) == NULL)
			atf_tc_fail("%s: %s", text, c.last);
		ATF_CHECK_MSG(same_rule(r, TAILQ_FIRST(&conf->rules)), "%s",
		    text);
		conf_free(conf);
		conf_rule_text(other, whole, sizeof(whole));
		ATF_CHECK_EQ(strcmp(text, whole) == 0, same_rule(r, other));
		for (size = 0; i < 20 && size <= len; size++) {
			memset(cut, 'x', sizeof(cut));
			ATF_CHECK_EQ(len, conf_rule_text(r, cut, size));
			ATF_CHECK_EQ('x', cut[size]);
			if (size == 0)
				continue;
			ATF_CHECK_EQ(size - 1, strlen(cut));
			if (size > 3)
				ATF_CHECK_STREQ("...", cut + size - 4);
		}
		conf_rule_free(other);
		other = r;
	}
	conf_rule_free(other);
}

ATF_TC(open_listeners);
ATF_TC_HEAD(open_listeners, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "strangers are served only where it says open, whatever the rules "
	    "look like");
}
ATF_TC_BODY(open_listeners, tc)
{
	/* listen, rule, whether it is refused */
	static const struct {
		const char  *listen;
		const char  *rule;
		unsigned int refused; /* with one complaint */
	} all[] = {
		{ "127.0.0.1", "pass", 0 },
		{ "::1", "pass", 0 },
		{ "localhost", "pass", 0 },
		{ "192.0.2.1", "pass", 1 },
		{ "0.0.0.0", "pass", 1 },
		{ "::", "pass", 1 },
		{ "*", "pass", 1 },
		{ "192.0.2.1", "pass quick to any", 1 },
		{ "192.0.2.1", "block", 0 },
		{ "192.0.2.1", "pass from any", 1 },
		{ "192.0.2.1", "pass from { 10.0.0.0/8, any }", 1 },
		{ "192.0.2.1", "pass from 0.0.0.0/0", 1 },
		{ "192.0.2.1", "pass from !10.0.0.0/8", 1 },
		{ "192.0.2.1", "pass from ! { localhost <internal> }", 1 },
		{ "192.0.2.1", "pass from 10.0.0.0/8", 0 },
		{ "192.0.2.1", "pass from { 10.0.0.0/8, !10.1.0.0/16 }", 0 },
		{ "192.0.2.1", "pass from <internal>", 0 },
		{ "192.0.2.1", "pass from localhost", 0 },
		{ "192.0.2.1", "pass on this", 1 },
		{ "192.0.2.1", "pass on other", 0 },
		{ "192.0.2.1", "pass on !other", 1 },
		{ "192.0.2.1", "pass on !this", 0 },
		{ "192.0.2.1", "pass on { other this }", 1 },
		{ "192.0.2.1", "pass on { this !this }", 0 },
	};
	static const struct {
		const char *mode;
		const char *user;
		int         enough;
	} logins[] = {
		{ "optional", "", 0 },
		{ "optional", "user any", 1 },
		{ "optional", "user !alice", 1 },
		{ "optional", "group { a, !b }", 1 },
		{ "required", "", 1 },
		{ "required", "group !b", 1 },
		{ "none", "", 0 },
	};
	struct complaints c;
	struct conf      *conf;
	char              text[256];
	size_t            i, k;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(text, sizeof(text),
		    "listen on %s port 1 name this\n"
		    "listen on ::1 port 2 name other\n%s\n",
		    all[i].listen, all[i].rule);
		conf = parse(text, &c);
		ATF_CHECK_EQ_MSG(all[i].refused == 0, conf != NULL, "%s", text);
		ATF_CHECK_EQ(all[i].refused, c.count);
		if (all[i].refused)
			ATF_CHECK_MSG(strncmp(c.last, "t:1: ", 5) == 0 &&
				strstr(c.last, "t:3") != NULL,
			    "%s", c.last);
		conf_free(conf);
		snprintf(text, sizeof(text),
		    "listen on %s port 1 name this "
		    "open\nlisten on ::1 port 2 name other\n%s\n",
		    all[i].listen, all[i].rule);
		ATF_CHECK((conf = parse(text, &c)) != NULL);
		conf_free(conf);
	}
	/* A login asked for by the listener or by the rule is as good. */
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (k = 0; k < sizeof(logins) / sizeof(logins[0]); k++) {
			snprintf(text, sizeof(text),
			    "users \"/u\"\nlisten on "
			    "%s port 1 name this auth %s\nlisten on ::1 "
			    "port 2 name other auth required\n%s %s\n",
			    all[i].listen, logins[k].mode, all[i].rule,
			    logins[k].user);
			conf = parse(text, &c);
			ATF_CHECK_EQ_MSG(all[i].refused == 0 ||
				logins[k].enough,
			    conf != NULL, "%s", text);
			conf_free(conf);
		}
	}
}

ATF_TC(bounds);
ATF_TC_HEAD(bounds, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no more listeners, rules and tables than the limits are taken, "
	    "as many are");
}
ATF_TC_BODY(bounds, tc)
{
	struct complaints c;
	struct conf      *conf;
	char             *text;
	size_t            size, len;
	int               i, more;

	size = CONF_LISTENERS_MAX * 40 + CONF_TABLES_MAX * 30 +
	    CONF_RULES_MAX * 6 + 100;
	ATF_REQUIRE((text = malloc(size)) != NULL);
	for (more = 0; more < 4; more++) {
		len = 0;
		for (i = 0; i < CONF_LISTENERS_MAX + (more == 1); i++)
			len += snprintf(text + len, size - len,
			    "listen on 127.0.0.1 port %d\n", i + 1);
		for (i = 0; i < CONF_RULES_MAX + (more == 2); i++)
			len += snprintf(text + len, size - len, "pass\n");
		for (i = 0; i < CONF_TABLES_MAX + (more == 3); i++)
			len += snprintf(text + len, size - len,
			    "table <t%d> user a\n", i);
		conf = parse(text, &c);
		ATF_CHECK_EQ(more > 0, conf == NULL);
		ATF_CHECK_EQ_MSG(more > 0, c.count, "%s", c.last);
		conf_free(conf);
	}
	free(text);
}

ATF_TC(many_warnings);
ATF_TC_HEAD(many_warnings, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "thousands of rules that call for a warning cost neither lines "
	    "nor time without end");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(many_warnings, tc)
{
	struct complaints c;
	struct conf      *conf;
	char             *text;
	size_t            size, len;
	int               i;

	size = 20000 * 128;
	ATF_REQUIRE((text = malloc(size)) != NULL);
	len = snprintf(text, size,
	    "listen on ::1 port 1\nupstream u { "
	    "member http ::1 port 9 }\n");
	for (i = 0; i < 10000; i++)
		len += snprintf(text + len, size - len,
		    "pass to domain "
		    "a%d port %d via u resolve remote\nblock quick to "
		    "192.0.2.%d port %d\n",
		    i, 1 + i, i % 200, 30000 + i);
	ATF_REQUIRE((conf = parse(text, &c)) != NULL);
	ATF_CHECK_EQ(0, c.count);
	ATF_CHECK_MSG(c.warnings < 30, "%u", c.warnings);
	conf_free(conf);
	for (i = 0; i < 20; i++)
		len += snprintf(text + len, size - len, "block to ::1\n");
	ATF_REQUIRE((conf = parse(text, &c)) != NULL);
	ATF_CHECK_EQ(0, c.count);
	ATF_CHECK_MSG(c.warnings >= 10 && c.warnings < 30, "%u", c.warnings);
	conf_free(conf);
	free(text);
}

ATF_TC(secrets);
ATF_TC_HEAD(secrets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a proxy's password is the first line of a file that is for its "
	    "owner alone; whatever else is there is refused and named");
}
ATF_TC_BODY(secrets, tc)
{
	static const struct {
		const char *text;
		size_t      len;
		const char *password; /* NULL: refused */
	} files[] = {
		{ "hush", 4, "hush" },
		{ "hush\n", 5, "hush" },
		{ "hush\r\n", 6, "hush" },
		{ "hush\nmore", 9, "hush" },
		{ " a b:c ", 7, " a b:c " },
		{ " a b:c \t\r\n", 10, " a b:c \t" },
		{ "hush\r", 5, "hush" },
		{ "\xef\xbb\xbf"
		  "hush\r\n",
		    9, "hush" },
		{ "\xff\x01\n", 3, "\xff\x01" },
		{ "", 0, NULL },
		{ "\n", 1, NULL },
		{ "\r\n", 2, NULL },
		{ "\nhush\n", 6, NULL },
	};
	char   longest[300];
	size_t i;
	mode_t mode;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		check_secret(files[i].text, files[i].len, 0600,
		    files[i].password, "first line");
	check_secret("hu\0sh\n", 6, 0600, NULL, "NUL byte");
	check_secret("\xff\xfeh\0", 4, 0600, NULL, "UTF-16");
	memset(longest, 'x', sizeof(longest));
	check_secret(longest, 256, 0600, NULL, "1 to 255 bytes");
	longest[255] = '\n';
	check_secret(longest, 300, 0600, longest, "");
	for (mode = 0; mode < 0100; mode++)
		check_secret("hush", 4, 0600 | mode, mode == 0 ? "hush" : NULL,
		    (mode & 022) != 0 ? "writable by others" :
					"for its owner alone");
}

/* Whether the password is that line, or else the complaint names the fault. */
static void
check_secret(const char *text, size_t len, mode_t mode, const char *password,
    const char *why)
{
	struct complaints  c;
	struct conf       *conf;
	struct conf_proxy *p;
	char               whole[1024], dir[512];
	FILE              *fp;
	size_t             n;

	(void)unlink("secret");
	ATF_REQUIRE((fp = fopen("secret", "w")) != NULL);
	ATF_REQUIRE_EQ(len, fwrite(text, 1, len, fp));
	ATF_REQUIRE_EQ(0, fclose(fp));
	ATF_REQUIRE_EQ(0, chmod("secret", mode));
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	snprintf(whole, sizeof(whole),
	    "listen on ::1 port 1\n\nupstream u { "
	    "member socks5 ::1 port 9\nmember http ::1 port 2 user u password "
	    "file \"%s/secret\" }\n",
	    dir);
	ATF_REQUIRE((conf = parse(whole, &c)) != NULL);
	p = TAILQ_LAST(&TAILQ_FIRST(&conf->upstreams)->members, conf_proxies);
	ATF_CHECK_EQ(password == NULL ? -1 : 0,
	    conf_load_secrets(conf, complain, &c));
	ATF_CHECK_EQ(password == NULL, c.count);
	if (password != NULL) {
		n = strcspn(password, "\n");
		ATF_CHECK(strlen(p->password) == n &&
		    memcmp(p->password, password, n) == 0);
	} else {
		ATF_CHECK_STREQ("", p->password);
		ATF_CHECK_MSG(strncmp(c.last,
				  "t:3: member 2: password file "
				  "/",
				  30) == 0,
		    "%s", c.last);
		ATF_CHECK_MSG(strstr(c.last, why) != NULL, "%s", c.last);
	}
	conf_free(conf);
}

ATF_TC(secrets_not_files);
ATF_TC_HEAD(secrets_not_files, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a password is not read from what is missing or no file, and all "
	    "of those are told in one run");
}
ATF_TC_BODY(secrets_not_files, tc)
{
	struct complaints c;
	struct conf      *conf;

	ATF_REQUIRE(
	    (conf = parse(
		 "listen on ::1 port 1\nupstream u {\n"
		 "member socks5 ::1 port 9 user u password file \"/dev/null\"\n"
		 "member socks5 ::1 port 2 user u password file \"/\"\n"
		 "member socks5 ::1 port 3 user u password file \"/no/such\"\n"
		 "}\n",
		 &c)) != NULL);
	ATF_CHECK_EQ(-1, conf_load_secrets(conf, complain, &c));
	ATF_CHECK_EQ(3, c.count);
	conf_free(conf);
}

ATF_TC(name_servers);
ATF_TC_HEAD(name_servers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "good name servers of resolv.conf are taken, bad lines reported, "
	    "none of them means 127.0.0.1");
}
ATF_TC_BODY(name_servers, tc)
{
	/* resolv.conf, name servers, the first of them, warnings */
	static const struct {
		const char  *text;
		unsigned int n;
		const char  *first;
		unsigned int warnings;
	} all[] = {
		{ "nameserver 192.0.2.1\n", 1, "192.0.2.1", 0 },
		{ "nameserver 192.0.2.1", 1, "192.0.2.1", 0 },
		{ "\xef\xbb\xbfnameserver 192.0.2.1 \r\n", 1, "192.0.2.1", 0 },
		{ "# x\rnameserver 192.0.2.1\r", 1, "192.0.2.1", 0 },
		{ "\xff\xfenameserver 192.0.2.1", 1, "127.0.0.1", 2 },
		{ " \tnameserver\t2001:db8::1  # x\r\n", 1, "2001:db8::1", 0 },
		{ "; nameserver 192.0.2.2\nnameserver 192.0.2.1;x", 1,
		    "192.0.2.1", 0 },
		{ "nameserver 192.0.2.1\nnameserver 192.0.2.1\n", 1,
		    "192.0.2.1", 0 },
		{ "search example.com\noptions ndots:5\n", 1, "127.0.0.1", 1 },
		{ "", 1, "127.0.0.1", 1 },
		{ "nameserver\nnameserver x\nnameserver fe80::1\n"
		  "nameserver 192.0.2.1 192.0.2.2\n",
		    1, "192.0.2.1", 3 },
		/* A zone; one that is not there now; one of no use. */
		{ "nameserver fe80::1%lo\nnameserver 192.0.2.1\n", 2, "fe80::1",
		    0 },
		{ "nameserver fe80::1%nosuch\nnameserver fe80::1%lo\n", 2,
		    "fe80::1", 1 },
		{ "nameserver 2001:db8::1%lo\nnameserver ::1\n", 1, "::1", 1 },
		{ "nameserver ns.example\n", 1, "127.0.0.1", 2 },
		{ "nameservers 192.0.2.1\n", 1, "127.0.0.1", 1 },
		{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"
		  "nameserver 192.0.2.3\nnameserver 192.0.2.4\n"
		  "nameserver 192.0.2.5\nnameserver 192.0.2.6\n"
		  "nameserver 192.0.2.7\nnameserver 192.0.2.8\n"
		  "nameserver 192.0.2.9\n",
		    8, "192.0.2.1", 1 },
	};
	struct complaints c;
	struct conf      *conf;
	struct addr       first;
	size_t            i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		conf = load(all[i].text, "", &c);
		ATF_CHECK_EQ(all[i].n, conf->resolver.nns);
		ATF_CHECK_EQ(1, conf->resolver.from_system);
		ATF_REQUIRE_EQ(0, addr_parse(&first, all[i].first));
		ATF_CHECK_EQ_MSG(0,
		    addr_cmp(&first, &conf->resolver.ns[0].addr), "%s",
		    all[i].text);
		ATF_CHECK_EQ(53, conf->resolver.ns[0].port);
		ATF_CHECK_EQ_MSG(all[i].warnings, c.warnings, "%s: %s",
		    all[i].text, c.last);
		ATF_CHECK_EQ(c.count, c.warnings);
		/* They are the system's, not the file's. */
		check_same(conf);
		conf_free(conf);
	}
}

ATF_TC(own_name_servers);
ATF_TC_HEAD(own_name_servers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "name servers of the config itself stay the only ones, and a "
	    "missing file is no failure");
}
ATF_TC_BODY(own_name_servers, tc)
{
	struct complaints c;
	struct conf      *conf;

	ATF_REQUIRE((conf = parse(sample, &c)) != NULL);
	memset(&c, 0, sizeof(c));
	write_file("resolv", "nameserver 192.0.2.1\n");
	ATF_REQUIRE_EQ(0,
	    conf_load_system(conf, "resolv", "none", complain, &c));
	ATF_CHECK_EQ(2, conf->resolver.nns);
	ATF_CHECK_EQ(0, conf->resolver.from_system);
	ATF_CHECK_EQ(1, c.warnings);
	conf_free(conf);
	ATF_REQUIRE((conf = conf_new()) != NULL);
	memset(&c, 0, sizeof(c));
	ATF_REQUIRE_EQ(0, conf_load_system(conf, "none", "none", complain, &c));
	ATF_CHECK_EQ(1, conf->resolver.nns);
	ATF_CHECK_EQ(3, c.warnings);
	conf_free(conf);
}

ATF_TC(hosts);
ATF_TC_HEAD(hosts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names of the hosts file are canonical, those that are none are "
	    "reported and left out");
}
ATF_TC_BODY(hosts, tc)
{
	static const char text[] =
	    "\xef\xbb\xbf"
	    "127.0.0.1	localhost Host.EXAMPLE.\n"
	    "# comment\n"
	    "::1 ip6-localhost # loopback\n"
	    "2001:db8::1\n"
	    "fe80::1%lo scoped\n"
	    "127.1 short\n"
	    "192.0.2.1 bad/name 192.0.2.2 0x7f.1 \xff good_name\r"
	    "192.0.2.1";
	static const char *const names[] = {
		"localhost",
		"host.example",
		"ip6-localhost",
		"good_name",
	};
	struct complaints       c;
	struct conf            *conf;
	const struct conf_host *h;
	size_t                  i = 0;

	conf = load("nameserver ::1\n", text, &c);
	TAILQ_FOREACH(h, &conf->hosts, entry) {
		ATF_REQUIRE(i < sizeof(names) / sizeof(names[0]));
		ATF_CHECK_STREQ(names[i++], h->name);
	}
	ATF_CHECK_EQ(sizeof(names) / sizeof(names[0]), i);
	ATF_CHECK_EQ(6, c.warnings);
	conf_free(conf);
}

ATF_TC(hosts_bound);
ATF_TC_HEAD(hosts_bound, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a hosts file without end costs neither memory nor log lines "
	    "without end");
}
ATF_TC_BODY(hosts_bound, tc)
{
	struct complaints       c;
	struct conf            *conf;
	const struct conf_host *h;
	char                   *text;
	size_t                  size, len = 0;
	int                     i, n;

	size = (CONF_HOSTS_MAX + 1000) * 32;
	ATF_REQUIRE((text = malloc(size)) != NULL);
	for (i = 0; i < CONF_HOSTS_MAX + 1000; i++)
		len += snprintf(text + len, size - len, "192.0.2.1 n%d %s\n", i,
		    i % 2 ? "" : "/");
	conf = load("nameserver ::1\n", text, &c);
	n = 0;
	TAILQ_FOREACH(h, &conf->hosts, entry)
		n++;
	ATF_CHECK_EQ(CONF_HOSTS_MAX, n);
	ATF_CHECK(c.warnings > 0 && c.warnings < 20);
	conf_free(conf);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, values);
	ATF_TP_ADD_TC(tp, every_cut);
	ATF_TP_ADD_TC(tp, every_byte);
	ATF_TP_ADD_TC(tp, words_in_any_order);
	ATF_TP_ADD_TC(tp, rule_text);
	ATF_TP_ADD_TC(tp, open_listeners);
	ATF_TP_ADD_TC(tp, bounds);
	ATF_TP_ADD_TC(tp, many_warnings);
	ATF_TP_ADD_TC(tp, secrets);
	ATF_TP_ADD_TC(tp, secrets_not_files);
	ATF_TP_ADD_TC(tp, name_servers);
	ATF_TP_ADD_TC(tp, own_name_servers);
	ATF_TP_ADD_TC(tp, hosts);
	ATF_TP_ADD_TC(tp, hosts_bound);
	return atf_no_error();
}

static struct conf *
parse(const char *text, struct complaints *c)
{
	memset(c, 0, sizeof(*c));
	return parse_text(text, "t", NULL, 0, complain, c);
}

static void
complain(void *arg, const char *line)
{
	struct complaints *c = arg;

	if (strstr(line, ": warning: ") != NULL)
		c->warnings++;
	/* Warnings of the parser do not refuse a config. */
	if (strstr(line, ": warning: ") == NULL || strncmp(line, "t:", 2) != 0)
		c->count++;
	if (strstr(line, ": relays 99: not 1 to 64") != NULL)
		c->found = 1;
	(void)strlcpy(c->last, line, sizeof(c->last));
	ATF_CHECK_MSG(strchr(line, '\n') == NULL, "%s", line);
}

static int
same_rule(const struct conf_rule *a, const struct conf_rule *b)
{
	uint8_t da[CONF_DIGEST_LEN], db[CONF_DIGEST_LEN];

	conf_rule_digest(a, da);
	conf_rule_digest(b, db);
	return memcmp(da, db, sizeof(da)) == 0;
}

/* What is printed parses, and prints the same again. */
static void
check_same(const struct conf *conf)
{
	struct complaints       c;
	struct conf            *again;
	const struct conf_rule *a, *b;
	char                   *one, *two;

	one = printed(conf);
	if ((again = parse(one, &c)) == NULL &&
	    TAILQ_EMPTY(&conf->listeners) == 0)
		atf_tc_fail("%s: %s", one, c.last);
	if (again != NULL) {
		two = printed(again);
		ATF_CHECK_STREQ(one, two);
		ATF_CHECK_EQ(0,
		    memcmp(&conf->set, &again->set, sizeof(conf->set)));
		b = TAILQ_FIRST(&again->rules);
		TAILQ_FOREACH(a, &conf->rules, entry) {
			ATF_REQUIRE(b != NULL);
			ATF_CHECK(same_rule(a, b));
			b = TAILQ_NEXT(b, entry);
		}
		free(two);
	}
	conf_free(again);
	free(one);
}

static char *
printed(const struct conf *conf)
{
	char  *text;
	size_t len;
	FILE  *fp;

	ATF_REQUIRE((fp = open_memstream(&text, &len)) != NULL);
	conf_print(fp, conf);
	fclose(fp);
	return text;
}

static struct conf_rule *
random_rule(void)
{
	struct conf_rule *r;
	struct conf_port *p;
	struct conf_on   *o;
	int               n;

	ATF_REQUIRE((r = conf_rule_new()) != NULL);
	r->action = random() % 2 ? CONF_PASS : CONF_BLOCK;
	r->quick = random() % 2;
	r->log = random() % 2;
	random_addrs(&r->from);
	random_addrs(&r->to);
	for (n = random() % 4; n > 0; n--) {
		ATF_REQUIRE((p = calloc(1, sizeof(*p))) != NULL);
		p->negated = random() % 2;
		p->low = 1 + random() % 65535;
		p->high = random() % 2 ? p->low :
					 p->low + random() % (65536 - p->low);
		TAILQ_INSERT_TAIL(&r->ports, p, entry);
	}
	for (n = random() % 3; n > 0; n--) {
		ATF_REQUIRE((o = calloc(1, sizeof(*o))) != NULL);
		o->negated = random() % 2;
		(void)strlcpy(o->name, random() % 2 ? "n0" : "n1",
		    sizeof(o->name));
		TAILQ_INSERT_TAIL(&r->on, o, entry);
	}
	random_users(&r->users, 0);
	random_users(&r->groups, 1);
	random_names(r);
	random_days(r);
	if (random() % 2)
		(void)strlcpy(r->label, random() % 2 ? "a # {" : "b",
		    sizeof(r->label));
	if (r->action == CONF_BLOCK) {
		r->drop = random() % 2;
		return r;
	}
	random_route(&r->route);
	/* What comes in comes here, and to the client alone. */
	if (r->route.via[0] != '\0' || r->route.rdr.af != AF_UNSPEC)
		r->commands &= (uint8_t)~CONF_COMMAND_BIND;
	random_limits(&r->limits,
	    TAILQ_EMPTY(&r->users) == 0 || TAILQ_EMPTY(&r->groups) == 0);
	return r;
}

static void
random_names(struct conf_rule *r)
{
	static const char *const names[] = {
		"example.com",
		"a",
		"xn--bcher-kva.example",
		"_x.y-z.0a",
	};
	struct conf_domain  *d;
	struct conf_country *c;
	int                  n;

	for (n = random() % 4; n > 0; n--) {
		ATF_REQUIRE((d = calloc(1, sizeof(*d))) != NULL);
		TAILQ_INSERT_TAIL(&r->domains, d, entry);
		d->negated = random() % 2;
		d->kind = random() % 4;
		(void)strlcpy(d->name,
		    d->kind == CONF_DOMAIN_TABLE ? "d0" : names[random() % 4],
		    sizeof(d->name));
	}
	for (n = random() % 4; n > 0; n--) {
		ATF_REQUIRE((c = calloc(1, sizeof(*c))) != NULL);
		TAILQ_INSERT_TAIL(&r->countries, c, entry);
		c->negated = random() % 2;
		if (random() % 3 == 0)
			continue;
		c->code[0] = 'A' + random() % 26;
		c->code[1] = 'A' + random() % 26;
	}
	r->commands = random() % 2 ? random() % 8 : 0;
}

static void
random_days(struct conf_rule *r)
{
	struct conf_time *t;
	struct conf_day  *d;
	int               n;

	for (n = random() % 3; n > 0; n--) {
		ATF_REQUIRE((t = calloc(1, sizeof(*t))) != NULL);
		TAILQ_INSERT_TAIL(&r->times, t, entry);
		t->negated = random() % 2;
		t->from = random() % 1440;
		t->to = 1 + random() % 1440;
		if (t->to == t->from)
			t->to = t->from == 1 ? 2 : t->from - 1;
	}
	for (n = random() % 3; n > 0; n--) {
		ATF_REQUIRE((d = calloc(1, sizeof(*d))) != NULL);
		TAILQ_INSERT_TAIL(&r->days, d, entry);
		d->negated = random() % 2;
		d->first = random() % 7;
		d->last = random() % 7;
	}
}

static void
random_target(struct addr *a)
{
	int i;

	a->af = random() % 2 ? AF_INET : AF_INET6;
	a->b[0] = a->af == AF_INET ? 1 + random() % 223 : 0x20;
	for (i = 1; i < (a->af == AF_INET ? 4 : 16); i++)
		a->b[i] = random();
}

static void
random_route(struct conf_route *r)
{
	if (random() % 2) {
		random_target(&r->rdr);
		r->rdr_port = random() % 2 ? 1 + random() % 65535 : 0;
	}
	if (random() % 2) {
		(void)strlcpy(r->via, "u0", sizeof(r->via));
		r->remote = r->rdr.af == AF_UNSPEC && random() % 2;
	}
	if (random() % 2)
		random_target(&r->source);
	r->mark.given = random() % 2;
	if (r->mark.given)
		r->mark.n = random() % 2 ? UINT32_MAX : 1 + random();
	if (random() % 2)
		(void)strlcpy(r->interface, random() % 2 ? "eth0.7" : "to",
		    sizeof(r->interface));
	r->connect_ms = random() % 2 ? 100 + random() % 599901 : 0;
	r->idle_ms = random() % 2 ? 1000 * (1 + random() % 600000) : 0;
	r->half_closed_ms = random() % 2 ? 60000 * (1 + random() % 1000) : 0;
	r->udp_ms = random() % 2 ? 100 + random() % 604799901 : 0;
	r->bind_ms = random() % 2 ? 100 + random() % 3599901 : 0;
	r->inbound = r->via[0] == '\0' && random() % 2;
}

static void
random_limits(struct conf_limits *l, int users)
{
	static const uint32_t times[] = { 1000, 60000, 3600000 };
	int                   scopes = users ? 2 : 1;

	if (random() % 2) {
		l->rate = (uint64_t)(1024 + random() % 999998976)
		    << 10 * (random() % 2);
		l->rate_per = random() % 2 ? CONF_PER_SOURCE :
					     random() % scopes;
	}
	if (random() % 2) {
		l->sessions = 1 + random() % 1000000;
		l->sessions_per = random() % 2 ? CONF_PER_SOURCE :
						 random() % scopes;
	}
	if (random() % 2) {
		l->new_count = 1 + random() % 1000000;
		l->new_ms = times[random() % 3];
		l->new_burst = random() % 2 ? l->new_count :
					      1 + random() % 1000000;
		l->new_per = random() % scopes;
	}
	if (random() % 2) {
		l->quota = (uint64_t)(1 + random() % 1024)
		    << 10 * (1 + random() % 4);
		l->quota_period = random() % 2;
		l->quota_per = random() % scopes;
	}
}

static void
random_users(struct conf_users *list, int groups)
{
	static const char odd[] = "\"\\$ #}";
	struct conf_user *u;
	int               i, n;

	for (n = random() % 4; n > 0; n--) {
		ATF_REQUIRE((u = calloc(1, sizeof(*u))) != NULL);
		TAILQ_INSERT_TAIL(list, u, entry);
		u->kind = groups ? CONF_USER_GROUP : random() % 4;
		if (groups == 0 && u->kind == CONF_USER_GROUP)
			u->kind = CONF_USER_NAME;
		if (u->kind != CONF_USER_ANY)
			u->negated = random() % 2;
		if (u->kind == CONF_USER_TABLE)
			(void)strlcpy(u->name, random() % 2 ? "t0" : "t1",
			    sizeof(u->name));
		else if (u->kind == CONF_USER_GROUP)
			(void)strlcpy(u->name, random() % 2 ? "g-0" : "any",
			    sizeof(u->name));
		else if (u->kind == CONF_USER_NAME) {
			u->name[0] = 'x';
			for (i = 1 + random() % 8; i > 0; i--)
				u->name[i] = random() % 2 ?
				    0x80 + random() % 0x80 :
				    odd[random() % 6];
		}
	}
}

static void
random_addrs(struct conf_addrs *list)
{
	struct conf_addr *a;
	int               i, n;

	for (n = random() % 4; n > 0; n--) {
		ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
		TAILQ_INSERT_TAIL(list, a, entry);
		a->kind = random() % 5;
		if (a->kind != CONF_ADDR_ANY)
			a->negated = random() % 2;
		if (a->kind == CONF_ADDR_TABLE)
			(void)strlcpy(a->table, "a0", sizeof(a->table));
		if (a->kind != CONF_ADDR_PREFIX)
			continue;
		a->prefix.addr.af = random() % 2 ? AF_INET : AF_INET6;
		for (i = 0; i < (a->prefix.addr.af == AF_INET ? 4 : 16); i++)
			a->prefix.addr.b[i] = random();
		a->prefix.len = random() %
		    (a->prefix.addr.af == AF_INET ? 33 : 129);
		addr_mask(&a->prefix.addr, a->prefix.len);
	}
}

static void
write_file(const char *name, const char *text)
{
	FILE *fp;

	ATF_REQUIRE((fp = fopen(name, "w")) != NULL);
	ATF_REQUIRE(fputs(text, fp) != EOF);
	ATF_REQUIRE_EQ(0, fclose(fp));
}

static struct conf *
load(const char *resolv, const char *hosts_text, struct complaints *c)
{
	struct conf *conf;

	memset(c, 0, sizeof(*c));
	ATF_REQUIRE((conf = conf_new()) != NULL);
	write_file("resolv", resolv);
	write_file("hosts", hosts_text);
	ATF_REQUIRE_EQ(0,
	    conf_load_system(conf, "resolv", "hosts", complain, c));
	return conf;
}
