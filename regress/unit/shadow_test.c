/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is said of rules that never match or never decide: true of random
 * rules, and complete for those of people.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/internal.h"
#include "config/parse.h"
#include "config/shadow.h"
#include "rules_world.h"

#define ROUNDS    20000
#define REQUESTS  40
#define FOUND_MAX 64

struct found {
	const struct conf_rule *rule;
	const struct conf_rule *by;
};

struct findings {
	struct found at[FOUND_MAX];
	size_t       n;
};

static unsigned int from; /* the seed of this round */

static void
find(void *arg, const struct conf_rule *rule, const struct conf_rule *by)
{
	struct findings *f = arg;

	ATF_REQUIRE(f->n < FOUND_MAX);
	f->at[f->n].rule = rule;
	f->at[f->n++].by = by;
}

/* Few conditions, so that some are wider than others. */
static struct conf_rule *
wide_rule(void)
{
	struct conf_rule *rule;
	unsigned int      n;

	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	rule->action = pick(2) ? CONF_PASS : CONF_BLOCK;
	rule->quick = pick(2) == 0;
	for (n = pick(3); n > 0; n--) {
		switch (pick(11)) {
		case 0:
			random_addrs(&rule->from);
			break;
		case 1:
		case 2:
			random_addrs(&rule->to);
			break;
		case 3:
			random_ports(&rule->ports, 1 + pick(3));
			break;
		case 4:
			random_ons(&rule->on, 1 + pick(3));
			break;
		case 5:
			random_users(&rule->users, 1 + pick(3));
			break;
		case 6:
			random_groups(&rule->groups, 1 + pick(3));
			break;
		case 7:
			random_domains(&rule->domains, 1 + pick(3));
			break;
		case 8:
			random_countries(&rule->countries, 1 + pick(3));
			break;
		case 9:
			random_times(&rule->times, 1 + pick(3));
			break;
		default:
			random_days(&rule->days, 1 + pick(3));
			rule->commands = (uint8_t)pick(8);
		}
	}
	return rule;
}

static struct conf *
wide_conf(void)
{
	struct conf *conf;
	unsigned int n;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	add_tables(conf);
	add_listeners(conf);
	for (n = 2 + pick(6); n > 0; n--)
		add_rule(conf, wide_rule());
	TAILQ_FIRST(&conf->rules)->route.remote = pick(2) != 0;
	return conf;
}

/* This host's address, which no rule has said it may be. */
static int
out_of_the_blue(const struct rule_query *q)
{
	return q->internal != NULL && addr_internal(&q->to) == NULL;
}

/* It matters what rules say of a name alone. */
static int
remote(const struct conf *conf)
{
	return TAILQ_FIRST(&conf->rules)->route.remote;
}

static void
check_true(const struct conf *conf, const struct found *f,
    const struct rule_query *q)
{
	int by_name;

	for (by_name = 0; by_name <= remote(conf); by_name++) {
		if (!slow_rule(conf, f->rule, q, by_name))
			continue;
		if (f->by == NULL)
			atf_tc_fail("seed %u: rule %u does match", from,
			    f->rule->number);
		ATF_REQUIRE_MSG(slow_rule(conf, f->by, q, by_name),
		    "seed %u: rule %u matches, but not rule %u%s", from,
		    f->rule->number, f->by->number, by_name ? " by name" : "");
	}
}

ATF_TC(what_is_said_is_true);
ATF_TC_HEAD(what_is_said_is_true, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no request ever reaches a rule that "
	    "is said to be in the shadow of another");
}
ATF_TC_BODY(what_is_said_is_true, tc)
{
	struct conf      *conf;
	struct findings   f;
	struct rule_query q;
	unsigned int      round, i, shadows = 0, dead = 0;
	size_t            n;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		from = seed;
		conf = wide_conf();
		f.n = 0;
		ATF_REQUIRE_EQ(0, shadow_rules(conf, find, &f));
		for (n = 0; n < f.n; n++) {
			shadows += f.at[n].by != NULL;
			dead += f.at[n].by == NULL;
			if (f.at[n].by == NULL)
				continue;
			ATF_REQUIRE(f.at[n].by->quick);
			ATF_REQUIRE(f.at[n].by->number < f.at[n].rule->number);
		}
		for (i = 0; i < REQUESTS && f.n != 0; i++) {
			random_query(&q);
			for (n = 0; n < f.n && !out_of_the_blue(&q); n++)
				check_true(conf, &f.at[n], &q);
		}
		conf_free(conf);
	}
	ATF_CHECK_MSG(shadows > ROUNDS / 4, "only %u shadows", shadows);
	ATF_CHECK_MSG(dead > ROUNDS / 100, "only %u never match", dead);
}

ATF_TC(few_are_overlooked);
ATF_TC_HEAD(few_are_overlooked, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a rule that never seems to match when "
	    "a quick one before it does not is nearly always found");
}
ATF_TC_BODY(few_are_overlooked, tc)
{
	struct conf      *conf;
	struct conf_rule *by, *rule;
	struct findings   f;
	struct rule_query q;
	unsigned int      round, i, alone, both;
	unsigned int      seem = 0, found = 0;

	seed = arc4random();
	for (round = 0; round < ROUNDS / 4; round++) {
		from = seed;
		conf = wide_conf();
		by = TAILQ_FIRST(&conf->rules);
		by->quick = 1;
		rule = TAILQ_NEXT(by, entry);
		alone = both = 0;
		for (i = 0; i < 20 * REQUESTS && alone == 0; i++) {
			random_query(&q);
			if (out_of_the_blue(&q) ||
			    !slow_rule(conf, rule, &q, 0))
				continue;
			if (slow_rule(conf, by, &q, 0))
				both++;
			else
				alone++;
		}
		if (alone == 0 && both > REQUESTS) {
			seem++;
			f.n = 0;
			ATF_REQUIRE_EQ(0, shadow_rules(conf, find, &f));
			found += f.n != 0 &&
			    (f.at[0].rule == by || f.at[0].rule == rule);
		}
		conf_free(conf);
	}
	ATF_CHECK_MSG(seem > ROUNDS / 40, "only %u", seem);
	ATF_CHECK_MSG(10 * found > 9 * seem, "only %u of %u", found, seem);
}

/* The rule that decides; NULL if none does.  The last match wins. */
static const struct conf_rule *
decider(const struct conf *conf, const struct rule_query *q, int by_name)
{
	const struct conf_rule *rule, *last = NULL;

	TAILQ_FOREACH(rule, &conf->rules, entry) {
		if (!slow_rule(conf, rule, q, by_name))
			continue;
		last = rule;
		if (rule->quick)
			break;
	}
	return last;
}

ATF_TC(never_deciding_is_true);
ATF_TC_HEAD(never_deciding_is_true, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no request is ever decided by a rule "
	    "that is said never to decide");
}
ATF_TC_BODY(never_deciding_is_true, tc)
{
	struct conf      *conf;
	struct findings   f;
	struct rule_query q;
	unsigned int      round, i, found = 0;
	int               by_name;
	size_t            n;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		from = seed;
		conf = wide_conf();
		shadow_mark(conf);
		f.n = 0;
		ATF_REQUIRE_EQ(0, shadow_overridden(conf, find, &f));
		found += (unsigned int)f.n;
		for (n = 0; n < f.n; n++) {
			ATF_REQUIRE(f.at[n].rule->quick == 0);
			ATF_REQUIRE(f.at[n].rule->shadow == 0);
			ATF_REQUIRE(f.at[n].by->number > f.at[n].rule->number);
		}
		for (i = 0; i < REQUESTS && f.n != 0; i++) {
			random_query(&q);
			if (out_of_the_blue(&q))
				continue;
			for (by_name = 0; by_name <= remote(conf); by_name++)
				for (n = 0; n < f.n; n++)
					ATF_REQUIRE_MSG(decider(conf, &q,
							    by_name) !=
						f.at[n].rule,
					    "seed %u: rule %u decides%s", from,
					    f.at[n].rule->number,
					    by_name ? " by name" : "");
		}
		conf_free(conf);
	}
	ATF_CHECK_MSG(found > ROUNDS / 4, "only %u", found);
}

ATF_TC(few_never_deciding_are_overlooked);
ATF_TC_HEAD(few_never_deciding_are_overlooked, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a rule that matches, but never when "
	    "the last one does not, is nearly always found");
}
ATF_TC_BODY(few_never_deciding_are_overlooked, tc)
{
	struct conf      *conf;
	struct conf_rule *rule, *last;
	struct findings   f;
	struct rule_query q;
	unsigned int      round, i, alone, both;
	unsigned int      seem = 0, found = 0;

	seed = arc4random();
	for (round = 0; round < ROUNDS / 4; round++) {
		from = seed;
		conf = wide_conf();
		rule = TAILQ_FIRST(&conf->rules);
		rule->quick = 0;
		last = TAILQ_LAST(&conf->rules, conf_rules);
		alone = both = 0;
		for (i = 0; i < 20 * REQUESTS && alone == 0; i++) {
			random_query(&q);
			if (out_of_the_blue(&q) ||
			    !slow_rule(conf, rule, &q, 0))
				continue;
			if (slow_rule(conf, last, &q, 0))
				both++;
			else
				alone++;
		}
		shadow_mark(conf);
		if (alone == 0 && both > REQUESTS && last->shadow == 0) {
			seem++;
			f.n = 0;
			ATF_REQUIRE_EQ(0, shadow_overridden(conf, find, &f));
			found += rule->shadow != 0 ||
			    (f.n != 0 && f.at[0].rule == rule);
		}
		conf_free(conf);
	}
	ATF_CHECK_MSG(seem > ROUNDS / 60, "only %u", seem);
	ATF_CHECK_MSG(10 * found > 9 * seem, "only %u of %u", found, seem);
}

ATF_TC(many_rules_end_soon);
ATF_TC_HEAD(many_rules_end_soon, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of as many rules as there may be not "
	    "all pairs are compared: the last two never are");
}
ATF_TC_BODY(many_rules_end_soon, tc)
{
	struct conf      *conf;
	struct conf_rule *rule;
	struct conf_port *port;
	struct findings   f = { .n = 0 };
	unsigned int      i;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	for (i = 0; i < CONF_RULES_MAX; i++) {
		ATF_REQUIRE((rule = conf_rule_new()) != NULL);
		ATF_REQUIRE((port = calloc(1, sizeof(*port))) != NULL);
		port->low = (uint16_t)(i < CONF_RULES_MAX - 2 ? i + 1 :
								UINT16_MAX);
		port->high = port->low;
		TAILQ_INSERT_TAIL(&rule->ports, port, entry);
		add_rule(conf, rule);
	}
	ATF_CHECK_EQ(0, shadow_overridden(conf, find, &f));
	ATF_CHECK_EQ(0, f.n);
	conf_free(conf);
}

static void
ignore(void *arg, const char *line)
{
	if (strstr(line, "warning:") == NULL)
		atf_tc_fail("%s", line);
}

static struct conf *
parse_rules(const char *text)
{
	static const char before[] =
	    "listen on ::1 port 1080 auth optional\n"
	    "listen on 127.0.0.1 port 1080 name in\n"
	    "table <t> user { bob }\n"
	    "table <u> address { 192.0.2.0/24 }\n"
	    "table <ads> domain { x.example }\n"
	    "upstream up { member socks5 ::1 port 1 }\n"
	    "users \"/dev/null\"\n"
	    "geoip \"/dev/null\"\n";
	struct conf *conf;
	char         all[4096];
	size_t       n;

	n = (size_t)snprintf(all, sizeof(all), "%s%s", before, text);
	ATF_REQUIRE(n < sizeof(all));
	conf = parse_text(all, "text", NULL, 0, ignore, NULL);
	ATF_REQUIRE_MSG(conf != NULL, "%s", text);
	return conf;
}

/* Which line is in the shadow of which: "3<2 5<0". */
static void
check_findings(const struct findings *f, const char *want, const char *text)
{
	char   got[256] = "";
	size_t i;

	for (i = 0; i < f->n; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%s%u<%u", i == 0 ? "" : " ", f->at[i].rule->number + 1,
		    f->at[i].by == NULL ? 0 : f->at[i].by->number + 1);
	ATF_CHECK_MSG(strcmp(got, want) == 0, "\"%s\", not \"%s\":\n%s", got,
	    want, text);
}

static void
check_text(const char *want, const char *text)
{
	struct findings         f;
	const struct conf_rule *rule, *by;
	struct conf            *conf;
	size_t                  i;

	conf = parse_rules(text);
	f.n = 0;
	ATF_REQUIRE_EQ(0, shadow_rules(conf, find, &f));
	/* The parser has noted the same, and nothing else. */
	i = 0;
	TAILQ_FOREACH(rule, &conf->rules, entry) {
		by = conf_rule_shadow(conf, rule);
		if (i == f.n || f.at[i].rule != rule) {
			ATF_CHECK_EQ_MSG(NULL, by, "%s", text);
			continue;
		}
		ATF_CHECK_EQ_MSG(f.at[i].by == NULL ? rule : f.at[i].by, by,
		    "%s", text);
		i++;
	}
	ATF_CHECK_EQ(f.n, i);
	check_findings(&f, want, text);
	conf_free(conf);
}

static const struct sample {
	const char *want;
	const char *text;
} shadows[] = {
	/* Not by what is not quick, nor by what comes later. */
	{ "", "block\npass\n" },
	{ "", "pass port 80\nblock quick\n" },
	{ "2<1", "block quick\npass to 9.9.9.9\n" },
	{ "2<1 3<1", "pass quick\npass to 9.9.9.9\npass from ::1\n" },
	/* Internal addresses, which have to be named. */
	{ "", "pass quick\npass to 10.0.0.0/8\n" },
	{ "", "pass quick\nblock\n" },
	{ "2<1", "pass quick to { any, <internal> }\nblock\n" },
	{ "2<1", "block quick to <internal>\npass to 10.1.0.0/16\n" },
	{ "", "block quick to <internal>\npass to 8.0.0.0/6\n" },
	{ "2<1", "block quick to <internal>\npass to localhost\n" },
	{ "", "block quick to 10.0.0.0/8\npass to <internal>\n" },
	/* They hide nearly anywhere in IPv6. */
	{ "", "pass quick\npass to 2001:4860::/32\n" },
	/* Prefixes add up, and are taken away. */
	{ "2<1",
	    "block quick from { 10.0.0.0/9, 10.128.0.0/9 }\n"
	    "pass from 10.0.0.0/8\n" },
	{ "",
	    "block quick from { 10.0.0.0/8, !10.1.1.1 }\n"
	    "pass from 10.1.0.0/16\n" },
	{ "2<1",
	    "block quick from { 10.0.0.0/8, !10.1.1.1 }\n"
	    "pass from { 10.1.0.0/16, !10.1.1.0/24 }\n" },
	{ "2<1", "block quick from { 0.0.0.0/0, ::/0 }\npass\n" },
	{ "", "block quick from 0.0.0.0/0\npass\n" },
	/* Ports, commands, times and days. */
	{ "2<1", "block quick port 1:65535\npass\n" },
	{ "", "block quick port 2:65535\npass\n" },
	{ "2<1", "block quick port { 80:90, 91:99 }\npass port 85:95\n" },
	{ "", "block quick port { 80:90, !85 }\npass port 80:90\n" },
	{ "2<1", "block quick command { connect, bind, udp }\npass\n" },
	{ "", "block quick command { connect, bind }\npass\n" },
	{ "2<1",
	    "block quick time 22:00-06:00\n"
	    "pass time { 23:00-24:00, 00:00-05:30 }\n" },
	{ "", "block quick time 22:00-06:00\npass time 05:00-06:01\n" },
	{ "2<1", "block quick days fri-mon\npass days { sat, sun }\n" },
	{ "", "block quick days fri-mon\npass days mon-fri\n" },
	{ "2<1", "block quick days { mon-fri, sat, sun }\npass\n" },
	/* Listeners are those that there are. */
	{ "", "block quick on in\npass\n" },
	{ "2<1", "block quick on !in\nblock on !in\n" },
	/* Users and tables, whose members may change. */
	{ "2<1", "block quick user any\npass user bob\n" },
	{ "", "block quick user <t>\npass user bob\n" },
	{ "2<1", "block quick user <t>\npass user <t> port 80\n" },
	{ "2<1", "block quick user { !<t> }\npass user { any, !<t> }\n" },
	{ "", "block quick user { !<t> }\npass user any\n" },
	{ "2<1", "block quick from <u>\npass from <u>\n" },
	{ "", "block quick from <u>\npass from 192.0.2.1\n" },
	{ "", "block quick group a\npass group b\n" },
	{ "2<1", "block quick group { a, b }\npass group b user bob\n" },
	{ "", "block quick group { a, !b }\npass group a\n" },
	{ "", "block quick user any\npass\n" },
	/* Domains. */
	{ "2<1",
	    "block quick to domain .example.com\n"
	    "pass to domain { example.com, *.a.example.com }\n" },
	{ "",
	    "block quick to domain *.example.com\n"
	    "pass to domain example.com\n" },
	{ "",
	    "block quick to domain *.a.example.com\n"
	    "pass to domain *.example.com\n" },
	{ "2<1",
	    "block quick to domain { *.com, !b.com }\n"
	    "pass to domain { *.a.com, a.com }\n" },
	{ "",
	    "block quick to domain example.com\n"
	    "pass to domain xexample.com\n" },
	{ "", "block quick to domain <ads>\npass to domain x.example\n" },
	{ "", "block quick to domain { *.com, !b.com }\npass\n" },
	/* Countries. */
	{ "2<1",
	    "block quick to country { KP, unknown }\n"
	    "pass to country kp\n" },
	{ "", "block quick to country { !KP }\npass to country kp\n" },
	{ "2<1", "block quick to country { !KP }\npass to country unknown\n" },
	/* An upstream may get a name while no address is known. */
	{ "",
	    "block quick to { 0.0.0.0/0, ::/0 }\n"
	    "pass via up resolve remote\n" },
	/* Of themselves. */
	{ "1<0", "pass from { 10.0.0.0/8, !10.0.0.0/7 }\n" },
	{ "1<0", "pass port { 80, !1:100 }\n" },
	{ "1<0", "pass from { <u>, !<u> }\n" },
};

ATF_TC(shadows_of_people);
ATF_TC_HEAD(shadows_of_people, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of each condition: who is in whose shadow, and who is not");
}
ATF_TC_BODY(shadows_of_people, tc)
{
	size_t i;

	for (i = 0; i < sizeof(shadows) / sizeof(shadows[0]); i++)
		check_text(shadows[i].want, shadows[i].text);
}

static const struct sample overridden[] = {
	/* The order of who comes from "the first match wins". */
	{ "1<2", "pass from 10.0.0.0/8\nblock\n" },
	{ "", "block\npass from 10.0.0.0/8\n" },
	{ "", "pass quick from 10.0.0.0/8\nblock\n" },
	{ "1<2", "pass from 10.0.0.0/8\nblock quick\n" },
	/* Named is who is last, and who decides. */
	{ "1<3 2<3", "pass port 80\nblock port 1:100\nblock\n" },
	{ "1<2", "pass port 80\nblock port 1:100\npass from ::1 port 80\n" },
	/* Of the same kind it is as useless. */
	{ "1<2", "pass port 80\npass port 1:100\n" },
	{ "1<2", "pass label a\npass label b\n" },
	/* Who never matches is in the shadow of another one. */
	{ "", "block quick\npass port 80\npass\n" },
	{ "", "block quick port 80\npass from ::1\npass port 80\n" },
	/* Internal addresses are passed by those who name them. */
	{ "", "block to <internal>\npass\n" },
	{ "", "block\npass\n" },
	{ "1<2", "pass\nblock\n" },
	{ "1<2", "pass to 10.0.0.0/8\nblock to <internal>\n" },
	/* One rule must match it all, not two together. */
	{ "", "pass\nblock from 0.0.0.0/0\nblock from ::/0\n" },
	/* Who does not log in is matched by no user. */
	{ "", "block\npass user any to { any, <internal> }\n" },
	{ "1<2", "block user bob\npass user any to { any, <internal> }\n" },
	/* Tables change; what is in one of that name is in it. */
	{ "", "pass from 192.0.2.1\nblock from <u>\n" },
	{ "1<2", "pass from <u> port 80\nblock from <u>\n" },
	/* Names that leave unresolved are no addresses. */
	{ "",
	    "pass via up resolve remote\n"
	    "block to { 0.0.0.0/0, ::/0, <internal> }\n" },
	{ "1<2", "pass via up resolve remote\nblock\n" },
};

ATF_TC(never_deciding_of_people);
ATF_TC_HEAD(never_deciding_of_people, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "rules whose order is the wrong way round, and others");
}
ATF_TC_BODY(never_deciding_of_people, tc)
{
	struct findings f;
	struct conf    *conf;
	size_t          i;

	for (i = 0; i < sizeof(overridden) / sizeof(overridden[0]); i++) {
		conf = parse_rules(overridden[i].text);
		f.n = 0;
		ATF_REQUIRE_EQ(0, shadow_overridden(conf, find, &f));
		check_findings(&f, overridden[i].want, overridden[i].text);
		conf_free(conf);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_said_is_true);
	ATF_TP_ADD_TC(tp, few_are_overlooked);
	ATF_TP_ADD_TC(tp, shadows_of_people);
	ATF_TP_ADD_TC(tp, never_deciding_is_true);
	ATF_TP_ADD_TC(tp, few_never_deciding_are_overlooked);
	ATF_TP_ADD_TC(tp, never_deciding_of_people);
	ATF_TP_ADD_TC(tp, many_rules_end_soon);
	return atf_no_error();
}
