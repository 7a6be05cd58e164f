/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The rules against a slow and obvious matcher, on random rules and requests.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/internal.h"
#include "rules_world.h"

#define ROUNDS       10000
#define REQUESTS     20
#define SETS         100000 /* of rules, against the oracle */
#define SET_REQUESTS 5
#define FORM_SETS    10000 /* each judged many times */
#define LISTED       4     /* of the rules that match */

static unsigned int from; /* the seed of this round */

/* What the rules as they are used say about one request. */
static const struct conf_rule *
judge_once(const struct conf *conf, const struct rule_query *q)
{
	const struct conf_rule *rule;
	struct rules           *rules;

	world = conf;
	ATF_REQUIRE((rules = rules_new(conf)) != NULL);
	rule = rules_judge(rules, q, NULL);
	rules_free(rules);
	return rule;
}

ATF_TC(oracle);
ATF_TC_HEAD(oracle, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random rules decide as the slow and obvious matcher says");
}
/* The same rule, the same counts, and no table is asked twice. */
static const struct conf_rule *
judge_both(const struct conf *conf, const struct rules *rules,
    const struct rule_query *q, int by_name)
{
	const struct conf_rule *want, *got, *listed[LISTED];
	uint64_t                wanted[MANY], counted[MANY];
	unsigned int            i, n = 0;

	memset(wanted, 0, sizeof(wanted));
	memset(counted, 0, sizeof(counted));
	want = slow_judge(conf, q, by_name, wanted);
	asked_start(q);
	got = by_name ? rules_judge_name(rules, q, counted) :
			rules_judge(rules, q, counted);
	asked_once(by_name);
	ATF_REQUIRE_MSG(got == want, "seed %u: rule %d, not %d", from,
	    got == NULL ? -1 : (int)got->number,
	    want == NULL ? -1 : (int)want->number);
	ATF_REQUIRE_MSG(memcmp(wanted, counted, sizeof(wanted)) == 0,
	    "seed %u: other rules matched", from);
	ATF_REQUIRE_EQ(got,
	    by_name ? rules_judge_name(rules, q, NULL) :
		      rules_judge(rules, q, NULL));
	memset(listed, 0, sizeof(listed));
	i = (unsigned int)rules_matches(rules, q,
	    by_name ? ABOUT_NAME : ABOUT_ADDRESS, listed, LISTED);
	for (n = 0; n < LISTED && n < i; n++)
		ATF_REQUIRE_EQ(1, wanted[listed[n]->number]);
	for (n = 0; n < MANY; n++)
		i -= wanted[n] != 0;
	ATF_REQUIRE_EQ_MSG(0, i, "seed %u: not as many matched", from);
	return got;
}

ATF_TC_BODY(oracle, tc)
{
	struct conf            *conf;
	struct rules           *rules;
	const struct conf_rule *got;
	struct rule_query       q;
	unsigned int            round, i, possible;
	unsigned int            passed = 0, impossible = 0, known = 0;
	unsigned int            named = 0, by_name = 0, tabled = 0;

	seed = arc4random();
	for (round = 0; round < SETS; round++) {
		from = seed;
		conf = random_conf();
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < SET_REQUESTS; i++) {
			random_query(&q);
			by_name += judge_both(conf, rules, &q, 1) != NULL;
			got = judge_both(conf, rules, &q, 0);
			tabled += asked_any();
			asked_start(&q);
			possible = rules_possible(rules, &q) != 0;
			asked_once(1);
			ATF_REQUIRE_MSG(possible ==
				(unsigned int)slow_possible(conf, &q),
			    "seed %u request %u: possible or not", from, i);
			if (got != NULL && got->action == CONF_PASS) {
				passed++;
				ATF_REQUIRE(possible);
			}
			impossible += !possible;
			known += got != NULL &&
			    (!TAILQ_EMPTY(&got->users) ||
				!TAILQ_EMPTY(&got->groups));
			named += got != NULL && !TAILQ_EMPTY(&got->domains);
		}
		rules_free(rules);
		conf_free(conf);
	}
	ATF_CHECK_MSG(passed > SETS / 2, "only %u requests passed", passed);
	ATF_CHECK_MSG(impossible > SETS / 2, "only %u were impossible",
	    impossible);
	ATF_CHECK_MSG(known > SETS / 10,
	    "only %u were decided by a rule that "
	    "names users or groups",
	    known);
	ATF_CHECK_MSG(named > SETS / 20,
	    "only %u were decided by a rule that "
	    "names domains",
	    named);
	ATF_CHECK_MSG(by_name > SETS / 2, "only %u were decided by their name",
	    by_name);
	ATF_CHECK_MSG(tabled > SETS / 2, "tables were asked for only %u",
	    tabled);
}

/* A rule for users or groups, or else one for domains, and a request. */
static void
random_pair(int logins, struct conf_rule **rule, struct rule_query *q)
{
	unsigned int which;

	if (rule != NULL) {
		*rule = random_rule();
		which = 1 + pick(3);
		if (!logins)
			random_domains(&(*rule)->domains, 1 + pick(3));
		if (logins && which & 1)
			random_users(&(*rule)->users, 1 + pick(3));
		if (logins && which & 2)
			random_groups(&(*rule)->groups, 1 + pick(3));
		return;
	}
	random_query(q);
	if (logins)
		q->user = NULL;
	else
		q->name = NULL;
	q->ngroups = 0; /* they are the last request's */
}

static void
changes_nothing(int logins)
{
	struct conf            *conf;
	struct conf_rule       *rule, *at;
	const struct conf_rule *before[REQUESTS];
	struct rule_query       q[REQUESTS];
	struct rules           *rules;
	unsigned int            round, i;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		from = seed;
		conf = random_conf();
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < REQUESTS; i++) {
			random_pair(logins, NULL, &q[i]);
			asked_start(&q[i]);
			before[i] = rules_judge(rules, &q[i], NULL);
		}
		rules_free(rules);
		random_pair(logins, &rule, NULL);
		i = pick(8);
		TAILQ_FOREACH(at, &conf->rules, entry)
			if (i-- == 0)
				break;
		if (at == NULL)
			TAILQ_INSERT_HEAD(&conf->rules, rule, entry);
		else
			TAILQ_INSERT_AFTER(&conf->rules, at, rule, entry);
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < REQUESTS; i++)
			ATF_REQUIRE_MSG(before[i] ==
				rules_judge(rules, &q[i], NULL),
			    "seed %u request %u", from, i);
		rules_free(rules);
		conf_free(conf);
	}
}

ATF_TC(nobody);
ATF_TC_HEAD(nobody, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a rule with users or groups, wherever "
	    "it is put, changes nothing for who has not logged in");
}
ATF_TC_BODY(nobody, tc)
{
	changes_nothing(1);
}

ATF_TC(nameless);
ATF_TC_HEAD(nameless, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a rule with domains, wherever it is "
	    "put, changes nothing for a request by address");
}
ATF_TC_BODY(nameless, tc)
{
	changes_nothing(0);
}

/* What rules with this list of members say of a user in these groups. */
static int
matches(struct conf *conf, const char *user, const char *group)
{
	char                    in[1][LOGIN_GROUP_SIZE];
	struct rule_query       q;
	const struct conf_rule *got;

	memset(&q, 0, sizeof(q));
	ATF_REQUIRE_EQ(0, addr_parse(&q.from, "192.0.2.1"));
	ATF_REQUIRE_EQ(0, addr_parse(&q.to, "9.9.9.9"));
	q.on = "";
	q.port = 80;
	q.user = user;
	q.tables.at = images;
	q.tables.n = 1;
	if (group != NULL) {
		(void)strlcpy(in[0], group, sizeof(in[0]));
		q.groups = in;
		q.ngroups = 1;
	}
	got = judge_once(conf, &q);
	return got != NULL && got->action == CONF_PASS;
}

ATF_TC(lists_of_users);
ATF_TC_HEAD(lists_of_users, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names, tables, groups and \"any\", plain and negated");
}
ATF_TC_BODY(lists_of_users, tc)
{
	struct conf       *conf;
	struct conf_rule  *rule;
	struct conf_table *t;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	ATF_REQUIRE((t = conf_table_new()) != NULL);
	(void)strlcpy(t->name, "staff", sizeof(t->name));
	t->kind = CONF_TABLE_USER;
	add_member(t, "bob");
	add_member(t, "carol");
	TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	world = conf;
	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	rule->action = CONF_PASS;
	add_rule(conf, rule);
	ATF_CHECK(matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));

	/* user { !carol } */
	add_user(&rule->users, CONF_USER_NAME, "carol")->negated = 1;
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));
	ATF_CHECK(!matches(conf, "carol", NULL));

	/* user { !carol, <staff> } */
	(void)add_user(&rule->users, CONF_USER_TABLE, "staff");
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(!matches(conf, "alice", NULL));
	ATF_CHECK(matches(conf, "bob", NULL));
	ATF_CHECK(!matches(conf, "carol", NULL));
	ATF_CHECK(!matches(conf, "staff", NULL));
	ATF_CHECK(!matches(conf, "Bob", NULL));

	/* user { !carol, <staff>, any } */
	(void)add_user(&rule->users, CONF_USER_ANY, "");
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));
	ATF_CHECK(!matches(conf, "carol", NULL));

	/* ... group { !guests } */
	add_user(&rule->groups, CONF_USER_GROUP, "guests")->negated = 1;
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));
	ATF_CHECK(matches(conf, "alice", "other"));
	ATF_CHECK(!matches(conf, "alice", "guests"));
	ATF_CHECK(!matches(conf, "carol", "other"));

	/* ... group { !guests, admins } */
	(void)add_user(&rule->groups, CONF_USER_GROUP, "admins");
	ATF_CHECK(!matches(conf, "alice", NULL));
	ATF_CHECK(!matches(conf, "admins", NULL));
	ATF_CHECK(matches(conf, "alice", "admins"));
	ATF_CHECK(!matches(conf, "alice", "guests"));
	conf_free(conf);
}

ATF_TC(table_is_missing);
ATF_TC_HEAD(table_is_missing, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "rules that name a table that is not there are not used at all");
}
ATF_TC_BODY(table_is_missing, tc)
{
	struct conf       *conf;
	struct conf_rule  *rule;
	struct conf_table *t;
	struct rules      *rules;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	add_user(&rule->users, CONF_USER_TABLE, "staff")->negated = 1;
	add_rule(conf, rule);
	errno = 0;
	ATF_CHECK_EQ(NULL, rules_new(conf));
	ATF_CHECK_EQ(EINVAL, errno);

	/* One that is there, but not of users, is no better. */
	ATF_REQUIRE((t = conf_table_new()) != NULL);
	(void)strlcpy(t->name, "staff", sizeof(t->name));
	t->kind = CONF_TABLE_DOMAIN;
	TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	errno = 0;
	ATF_CHECK_EQ(NULL, rules_new(conf));
	ATF_CHECK_EQ(EINVAL, errno);
	t->kind = CONF_TABLE_USER;
	rules = rules_new(conf);
	ATF_CHECK(rules != NULL);
	rules_free(rules);
	conf_free(conf);
}

/* How many tables are asked for a verdict. */
static unsigned int
asks(const struct conf *conf, const struct rule_query *q)
{
	asked_start(q);
	(void)judge_once(conf, q);
	return asked_any();
}

ATF_TC(asked_if_it_matters);
ATF_TC_HEAD(asked_if_it_matters, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no table is asked for a rule that "
	    "something else rules out, or below a rule that decides");
}
ATF_TC_BODY(asked_if_it_matters, tc)
{
	struct conf      *conf;
	struct conf_rule *first, *rule;
	struct rule_query q;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	add_tables(conf);
	ATF_REQUIRE((first = conf_rule_new()) != NULL);
	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	add_rule(conf, first);
	add_rule(conf, rule);
	add_user(&rule->users, CONF_USER_TABLE, "all")->negated = 1;
	do {
		random_query(&q);
	} while (q.user == NULL);
	ATF_CHECK_EQ(1, asks(conf, &q));
	q.user = NULL;
	ATF_CHECK_EQ(0, asks(conf, &q));
	q.user = "alice";
	rule->commands = q.command == SESSION_UDP ? CONF_COMMAND_CONNECT :
						    CONF_COMMAND_UDP;
	ATF_CHECK_EQ(0, asks(conf, &q));
	rule->commands = 0;
	add_user(&rule->users, CONF_USER_NAME, "alice")->negated = 1;
	ATF_CHECK_EQ(0, asks(conf, &q));
	q.user = "bob";
	ATF_CHECK_EQ(1, asks(conf, &q));
	(void)add_user(&rule->users, CONF_USER_ANY, "");
	(void)add_user(&rule->users, CONF_USER_TABLE, "staff");
	ATF_CHECK_EQ_MSG(1, asks(conf, &q), "for what \"any\" says, too");
	first->quick = 1;
	ATF_CHECK_EQ(0, asks(conf, &q));
	conf_free(conf);
}

ATF_TC(internal_needs_a_name);
ATF_TC_HEAD(internal_needs_a_name, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever the rules, an internal "
	    "address passes only by a rule that names it");
}
ATF_TC_BODY(internal_needs_a_name, tc)
{
	struct conf            *conf;
	const struct conf_rule *got;
	const struct conf_addr *a;
	struct rule_query       q;
	unsigned int            round;
	int                     named;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		conf = random_conf();
		random_query(&q);
		got = judge_once(conf, &q);
		if (got != NULL && got->action == CONF_PASS &&
		    q.internal != NULL) {
			named = 0;
			TAILQ_FOREACH(a, &got->to, entry)
				named |= !a->negated && !slow_is_any(a);
			ATF_CHECK(named);
		}
		conf_free(conf);
	}
}

ATF_TC(block_reaches_internal);
ATF_TC_HEAD(block_reaches_internal, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a block rule without \"to\" blocks internal addresses too");
}
ATF_TC_BODY(block_reaches_internal, tc)
{
	struct conf      *conf;
	struct conf_rule *pass, *block;
	struct conf_addr *a;
	struct rule_query q;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	ATF_REQUIRE((pass = conf_rule_new()) != NULL);
	ATF_REQUIRE((block = conf_rule_new()) != NULL);
	ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
	a->kind = CONF_ADDR_INTERNAL;
	pass->action = CONF_PASS;
	TAILQ_INSERT_TAIL(&pass->to, a, entry);
	add_rule(conf, pass);
	random_query(&q);
	q.internal = "private";
	ATF_CHECK_EQ(pass, judge_once(conf, &q));
	block->action = CONF_BLOCK;
	add_rule(conf, block);
	ATF_CHECK_EQ(block, judge_once(conf, &q));
	conf_free(conf);
}

/* Up to three more forms of an address, which are judged like it. */
static unsigned int
random_forms(struct rule_form *f)
{
	unsigned int i, n = pick(4);

	memset(f, 0, EMBEDDED_MAX * sizeof(*f));
	for (i = 0; i < n; i++) {
		random_addr(&f[i].held.addr);
		f[i].internal = addr_internal(&f[i].held.addr);
		f[i].country = random_country();
	}
	return n;
}

/* The request as if these forms of its addresses were all there is of it. */
static void
form_of(struct rule_query *dst, const struct rule_query *q, unsigned int i,
    unsigned int k)
{
	*dst = *q;
	dst->nfrom_forms = dst->nto_forms = 0;
	if (i > 0) {
		dst->from = q->from_forms[i - 1].held.addr;
		dst->from_internal = q->from_forms[i - 1].internal;
	}
	if (k > 0) {
		dst->to = q->to_forms[k - 1].held.addr;
		dst->internal = q->to_forms[k - 1].internal;
		dst->country = q->to_forms[k - 1].country;
	}
}

/*
 * Each form of it on its own: one that is refused is the verdict, or else, by
 * name, one that has yet to be resolved, or else that on the first.
 */
static const struct conf_rule *
slow_forms(const struct conf *conf, const struct rule_query *q, int by_name,
    uint64_t *matches, int *possible)
{
	const struct conf_rule *rule, *decides = NULL;
	struct rule_query       one;
	uint64_t                counted[MANY];
	unsigned int            i, k, refused, wanted;

	*possible = 1;
	for (i = 0; i <= q->nfrom_forms; i++) {
		form_of(&one, q, i, 0);
		*possible = *possible && slow_possible(conf, &one);
	}
	for (wanted = 0; wanted < 3; wanted++)
		for (i = 0; i <= q->nfrom_forms; i++)
			for (k = 0; k <= (by_name ? 0 : q->nto_forms); k++) {
				form_of(&one, q, i, k);
				memset(counted, 0, sizeof(counted));
				rule = slow_judge(conf, &one, by_name, counted);
				refused = rule == NULL ||
				    rule->action == CONF_BLOCK;
				if (wanted == 0     ? !refused :
					wanted == 1 ? !by_name ||
					    rule->route.remote :
						      0)
					continue;
				decides = rule;
				memcpy(matches, counted, sizeof(counted));
				return decides;
			}
	return decides;
}

ATF_TC(forms);
ATF_TC_HEAD(forms, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a request passes only if it does in "
	    "every form of its addresses");
}
ATF_TC_BODY(forms, tc)
{
	struct conf            *conf;
	struct conf_rule       *rule;
	struct rules           *rules;
	const struct conf_rule *want, *got;
	struct rule_query       q, plain;
	uint64_t                wanted[MANY], counted[MANY];
	unsigned int            round, i, passed = 0, kept = 0, refused = 0;
	int                     by_name, possible;

	seed = arc4random();
	for (round = 0; round < FORM_SETS; round++) {
		from = seed;
		conf = random_conf();
		TAILQ_FOREACH(rule, &conf->rules, entry)
			rule->route.remote = pick(2) != 0;
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < SET_REQUESTS; i++) {
			random_query(&q);
			q.nfrom_forms = random_forms(q.from_forms);
			q.nto_forms = random_forms(q.to_forms);
			by_name = pick(4) == 0;
			memset(wanted, 0, sizeof(wanted));
			memset(counted, 0, sizeof(counted));
			want = slow_forms(conf, &q, by_name, wanted, &possible);
			got = by_name ? rules_judge_name(rules, &q, counted) :
					rules_judge(rules, &q, counted);
			ATF_REQUIRE_MSG(got == want,
			    "seed %u: rule %d, not "
			    "%d",
			    from, got == NULL ? -1 : (int)got->number,
			    want == NULL ? -1 : (int)want->number);
			ATF_REQUIRE_MSG(memcmp(wanted, counted,
					    sizeof(wanted)) == 0,
			    "seed %u: other rules "
			    "matched",
			    from);
			ATF_REQUIRE_EQ_MSG(possible,
			    rules_possible(rules, &q) != 0,
			    "seed %u: possible or not", from);
			form_of(&plain, &q, 0, 0);
			rules_narrow(rules, &q, by_name);
			ATF_REQUIRE_EQ(0, q.nfrom_forms + q.nto_forms);
			ATF_REQUIRE_EQ(got,
			    by_name ? rules_judge_name(rules, &q, NULL) :
				      rules_judge(rules, &q, NULL));
			if (got != NULL && got->action == CONF_PASS) {
				passed++;
				kept += addr_cmp(&q.to, &plain.to) == 0;
				continue;
			}
			want = by_name ? rules_judge_name(rules, &plain, NULL) :
					 rules_judge(rules, &plain, NULL);
			refused += want != NULL && want->action == CONF_PASS;
		}
		rules_free(rules);
		conf_free(conf);
	}
	ATF_CHECK_EQ_MSG(passed, kept, "one that passes is as it was asked");
	ATF_CHECK_MSG(passed > FORM_SETS / 50, "only %u requests passed",
	    passed);
	ATF_CHECK_MSG(refused > FORM_SETS / 5,
	    "only %u were refused for a "
	    "form alone",
	    refused);
}

ATF_TC(command_is_passed);
ATF_TC_HEAD(command_is_passed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a command is passed if a pass rule has it, or none");
}
ATF_TC_BODY(command_is_passed, tc)
{
	static const struct {
		enum conf_action action;
		unsigned int     commands;
		int              passes; /* bind or udp, from here on */
	} add[] = {
		{ CONF_BLOCK, 0, 0 },
		{ CONF_BLOCK, CONF_COMMAND_BIND, 0 },
		{ CONF_PASS, CONF_COMMAND_CONNECT, 0 },
		{ CONF_PASS, CONF_COMMAND_CONNECT | CONF_COMMAND_UDP, 1 },
	};
	struct conf_rule *rule;
	struct conf      *conf;
	struct rules     *rules;
	size_t            i;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	for (i = 0; i < sizeof(add) / sizeof(add[0]); i++) {
		ATF_REQUIRE((rule = conf_rule_new()) != NULL);
		rule->number = (uint32_t)i;
		rule->action = add[i].action;
		rule->commands = (uint8_t)add[i].commands;
		TAILQ_INSERT_TAIL(&conf->rules, rule, entry);
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		ATF_CHECK_EQ_MSG(add[i].passes,
		    rules_pass_command(rules,
			CONF_COMMAND_BIND | CONF_COMMAND_UDP),
		    "with rule %zu", i);
		ATF_CHECK_EQ(0, rules_pass_command(rules, CONF_COMMAND_BIND));
		rules_free(rules);
	}
	rule->commands = 0;
	ATF_REQUIRE((rules = rules_new(conf)) != NULL);
	ATF_CHECK_EQ(1, rules_pass_command(rules, CONF_COMMAND_BIND));
	rules_free(rules);
	conf_free(conf);
}

/* A port that a list of the rules begins or ends at, or one beside it. */
static uint16_t
edge_port(const struct conf *conf, unsigned int n)
{
	const struct conf_rule *rule;
	const struct conf_port *p;
	unsigned int            seen = 0;

	TAILQ_FOREACH(rule, &conf->rules, entry)
		TAILQ_FOREACH(p, &rule->ports, entry) {
			if (seen++ == n / 4)
				return (uint16_t)((n & 2 ? p->high + 1 :
							   p->low) -
				    (n & 1));
		}
	return 0;
}

ATF_TC(elsewhere_is_somewhere);
ATF_TC_HEAD(elsewhere_is_somewhere, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whether there is any destination does not depend on the way to "
	    "it: by a proxy or redirected");
}
ATF_TC_BODY(elsewhere_is_somewhere, tc)
{
	struct conf      *conf;
	struct conf_rule *rule;
	struct rules     *here, *there;
	struct rule_query q;
	unsigned int      round, i, may = 0, none = 0;

	seed = arc4random();
	for (round = 0; round < SETS / 50; round++) {
		from = seed;
		conf = random_conf();
		world = conf;
		ATF_REQUIRE((here = rules_new(conf)) != NULL);
		TAILQ_FOREACH(rule, &conf->rules, entry) {
			if (pick(2))
				(void)strlcpy(rule->route.via, "up",
				    sizeof(rule->route.via));
			else
				rule->route.rdr_port = 53;
		}
		ATF_REQUIRE((there = rules_new(conf)) != NULL);
		for (i = 0; i < SET_REQUESTS; i++) {
			random_query(&q);
			q.anywhere = 1;
			q.name = NULL;
			q.port = 0;
			memset(&q.to, 0, sizeof(q.to));
			q.nto_forms = 0;
			ATF_REQUIRE_EQ_MSG(rules_possible(here, &q),
			    rules_possible(there, &q), "seed %u", from);
			may += rules_possible(here, &q) != 0;
			none += rules_possible(here, &q) == 0;
		}
		rules_free(here);
		rules_free(there);
		conf_free(conf);
	}
	ATF_CHECK_MSG(may > 0 && none > 0, "%u possible, %u not", may, none);
}

ATF_TC(awaited_is_judged);
ATF_TC_HEAD(awaited_is_judged, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who is awaited may come from some port, who is not from none");
}
ATF_TC_BODY(awaited_is_judged, tc)
{
	struct conf            *conf;
	struct rules           *rules;
	const struct conf_rule *got, *rule;
	struct rule_query       q, any;
	unsigned int            round, i, n, passed, may = 0, none = 0;
	unsigned int            wrong = 0;

	seed = arc4random();
	for (round = 0; round < SETS / 50; round++) {
		from = seed;
		conf = random_conf();
		world = conf;
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < SET_REQUESTS; i++) {
			random_query(&q);
			any = q;
			any.to.af = AF_UNSPEC;
			any.nto_forms = 0;
			got = rules_awaited(rules, &q);
			passed = 0;
			for (n = 0; n == 0 || q.port != 0; n++) {
				if (n != 0)
					q.port = edge_port(conf, n - 1);
				rule = rules_judge(rules, &q, NULL);
				passed |= rule != NULL &&
				    rule->action == CONF_PASS;
			}
			ATF_REQUIRE_MSG(got != NULL || passed == 0,
			    "seed %u: one that may come is not awaited", from);
			ATF_REQUIRE_MSG(got == NULL ||
				(got->action == CONF_PASS &&
				    rules_awaited(rules, &any) != NULL),
			    "seed %u: not of anybody", from);
			may += got != NULL;
			none += got == NULL;
			wrong += got != NULL && passed == 0;
		}
		rules_free(rules);
		conf_free(conf);
	}
	ATF_CHECK_MSG(may > SETS / 100 && none > SETS / 100,
	    "%u may come, %u not", may, none);
	/* A list of ports may leave none of another's, which is not seen. */
	ATF_CHECK_MSG(wrong < may / 3, "%u of %u were awaited for nothing",
	    wrong, may);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, oracle);
	ATF_TP_ADD_TC(tp, forms);
	ATF_TP_ADD_TC(tp, nobody);
	ATF_TP_ADD_TC(tp, nameless);
	ATF_TP_ADD_TC(tp, lists_of_users);
	ATF_TP_ADD_TC(tp, table_is_missing);
	ATF_TP_ADD_TC(tp, asked_if_it_matters);
	ATF_TP_ADD_TC(tp, internal_needs_a_name);
	ATF_TP_ADD_TC(tp, block_reaches_internal);
	ATF_TP_ADD_TC(tp, command_is_passed);
	ATF_TP_ADD_TC(tp, elsewhere_is_somewhere);
	ATF_TP_ADD_TC(tp, awaited_is_judged);
	return atf_no_error();
}
