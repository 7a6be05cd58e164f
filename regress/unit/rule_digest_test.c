/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the digest by which a router that reloads knows its rules again:
 * rules that differ in one word have two of them.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "conf/conf.h"
#include "config/parse.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const char needs[] = "users \"/u\"\n"
			    "geoip \"/g\"\n"
			    "table <t> user a\n"
			    "table <a> address\n"
			    "table <b> address\n"
			    "table <d> domain\n"
			    "upstream u { member http ::1 port 9 }\n"
			    "upstream v { member http ::1 port 9 }\n"
			    "listen on ::1 port 1 name n auth required\n"
			    "listen on ::1 port 2 name m auth optional\n";

/* No two of them say the same. */
static const char *const says[] = {
	"pass",
	"block",
	"block drop",
	"pass quick",
	"pass log",
	"pass label l",
	"pass label m",
	"pass from any",
	"pass to any",
	"pass from localhost",
	"pass from !localhost",
	"pass to localhost",
	"pass to <internal>",
	"pass from <a>",
	"pass from <b>",
	"pass to <a>",
	"pass from !<a>",
	"pass from 10.0.0.0/8",
	"pass from 10.0.0.0/9",
	"pass from 11.0.0.0/8",
	"pass from a00::/8",
	"pass from { 10.0.0.0/8, !10.0.0.0/9 }",
	"pass from { !10.0.0.0/9, 10.0.0.0/8 }",
	"pass from 10.0.0.0/8 to 10.0.0.0/8",
	"pass port 1",
	"pass port 2",
	"pass port 1:2",
	"pass port !1",
	"pass port { 1, 2 }",
	"pass on n",
	"pass on m",
	"pass on !n",
	"pass user any",
	"pass user a",
	"pass user !a",
	"pass user <t>",
	"pass user !<t>",
	"pass user { a, b }",
	"pass group a",
	"pass group !a",
	"pass user a group b",
	"pass user b group a",
	"pass to domain a.b",
	"pass to domain !a.b",
	"pass to domain *.a.b",
	"pass to domain .a.b",
	"pass to domain a.c",
	"pass to domain <d>",
	"pass to country DE",
	"pass to country !DE",
	"pass to country NO",
	"pass to country unknown",
	"pass command connect",
	"pass command udp",
	"pass command { connect, udp }",
	"pass time 01:00-02:00",
	"pass time 01:00-03:00",
	"pass time 00:59-02:00",
	"pass time !01:00-02:00",
	"pass days mon",
	"pass days tue",
	"pass days mon-tue",
	"pass days !mon",
	"pass rdr-to 192.0.2.1",
	"pass rdr-to 192.0.2.2",
	"pass rdr-to 192.0.2.1 port 1",
	"pass rdr-to 192.0.2.1 port 2",
	"pass via u",
	"pass via v",
	"pass via u resolve remote",
	"pass source 192.0.2.1",
	"pass source 192.0.2.2",
	"pass mark 1",
	"pass mark 2",
	"pass interface a",
	"pass interface b",
	"pass timeout idle 1s",
	"pass timeout idle 2s",
	"pass timeout connect 1s",
	"pass timeout half-closed 1s",
	"pass rate 1M/s",
	"pass rate 2M/s",
	"pass rate 1M/s per source",
	"pass user any rate 1M/s per user",
	"pass sessions 1",
	"pass sessions 2",
	"pass sessions 1 per source",
	"pass new 1/s",
	"pass new 2/s",
	"pass new 1/m",
	"pass new 1/s burst 2",
	"pass new 1/s per source",
	"pass quota 1G/day",
	"pass quota 2G/day",
	"pass quota 1G/month",
	"pass user any quota 1G/day",
	"pass user any quota 1G/day per user",
};

struct known {
	uint8_t digest[CONF_DIGEST_LEN];
};

static struct known known(const char *, uint32_t);
static int          same(struct known, struct known);
static void         complain(void *, const char *);

ATF_TC_WITHOUT_HEAD(each_word);
ATF_TC_BODY(each_word, tc)
{
	static struct known all[nitems(says)];
	size_t              i, j;

	for (i = 0; i < nitems(says); i++) {
		all[i] = known(says[i], 0);
		for (j = 0; j < i; j++)
			ATF_CHECK_MSG(same(all[i], all[j]) == 0, "%s: %s",
			    says[i], says[j]);
	}
}

/* Of numbers the grammar of this system may have none. */
ATF_TC_WITHOUT_HEAD(each_number);
ATF_TC_BODY(each_number, tc)
{
	struct known      have[5];
	struct conf_rule *r;
	size_t            i, j;

	ATF_REQUIRE((r = conf_rule_new()) != NULL);
	for (i = 0; i < nitems(have); i++) {
		r->route.mark.given = i == 1 || i == 2;
		r->route.mark.n = i == 2;
		r->route.rtable.given = i == 3 || i == 4;
		r->route.rtable.n = i == 4;
		conf_rule_digest(r, have[i].digest);
		for (j = 0; j < i; j++)
			ATF_CHECK(same(have[i], have[j]) == 0);
	}
	conf_rule_free(r);
}

ATF_TC_WITHOUT_HEAD(where_it_stands);
ATF_TC_BODY(where_it_stands, tc)
{
	size_t i;

	for (i = 0; i < nitems(says); i++)
		ATF_CHECK_MSG(same(known(says[i], 0), known(says[i], 3)), "%s",
		    says[i]);
}

/*
 * A simple hash of 64 bits, as one of these was, is undone in a moment: these
 * labels were found for it.
 */
ATF_TC_WITHOUT_HEAD(made_alike);
ATF_TC_BODY(made_alike, tc)
{
	ATF_CHECK(same(known("block label lllldubznduhxjegozzzend", 0),
		      known("block label lllladwitzidKMhTwuqHend", 0)) == 0);
}

/* The digest of that rule behind so many others. */
static struct known
known(const char *rule, uint32_t number)
{
	struct known k;
	struct conf *conf;
	char         text[2048];
	uint32_t     i;

	(void)snprintf(text, sizeof(text), "%s", needs);
	for (i = 0; i < number; i++)
		(void)strlcat(text, "block\n", sizeof(text));
	(void)strlcat(text, rule, sizeof(text));
	ATF_REQUIRE(strlcat(text, "\n", sizeof(text)) < sizeof(text));
	ATF_REQUIRE_MSG((conf = parse_text(text, number == 0 ? "t" : "other",
			     NULL, 0, complain, NULL)) != NULL,
	    "%s", rule);
	ATF_REQUIRE_EQ(number, TAILQ_LAST(&conf->rules, conf_rules)->number);
	conf_rule_digest(TAILQ_LAST(&conf->rules, conf_rules), k.digest);
	conf_free(conf);
	return k;
}

static int
same(struct known a, struct known b)
{
	return memcmp(a.digest, b.digest, sizeof(a.digest)) == 0;
}

/* That tables are empty, and that some are not used, is no matter here. */
static void
complain(void *arg, const char *line)
{
	ATF_CHECK_MSG(parse_is_warning(line), "%s", line);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_word);
	ATF_TP_ADD_TC(tp, each_number);
	ATF_TP_ADD_TC(tp, where_it_stands);
	ATF_TP_ADD_TC(tp, made_alike);
	return atf_no_error();
}
