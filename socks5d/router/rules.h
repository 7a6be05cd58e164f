/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The rules: which one decides about a request to one address, or about one
 * by name before its addresses are known.
 *
 * Pure.
 */

#ifndef ROUTER_RULES_H
#define ROUTER_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "base/session.h"
#include "conf/conf.h"
#include "table/table.h"

/* The tables of the config, in its order. */
struct rule_tables {
	const struct table *at;
	size_t              n;
};

/* One more form of an address of a request: what it holds. */
struct rule_form {
	struct embedded held;
	const char     *internal; /* as in the query, of this one */
	uint16_t        country;  /* the same; unused for "from" */
};

/* What is known of a request when one of its addresses is judged. */
struct rule_query {
	enum session_command command;
	struct addr          from;
	const char  *from_internal; /* why "from" is internal, or NULL */
	const char  *on;            /* name of the listener, "" if none */
	const char  *name;          /* canonical, NULL if none was asked */
	struct addr  to;            /* unmapped */
	uint16_t     port;
	uint16_t     country;  /* of "to", see table/table.h */
	const char  *internal; /* why "to" is internal, or NULL */
	const char  *user;     /* NULL if nobody has logged in */
	unsigned int ngroups;  /* of the user */
	const char (*groups)[LOGIN_GROUP_SIZE];
	uint16_t           minute;  /* of the local day */
	uint8_t            weekday; /* 0 is Sunday */
	struct rule_tables tables;  /* those beyond n are empty */
	int anywhere; /* rules_possible(): name and port are not known */

	/* What "from" and "to" hold, which is judged like these. */
	unsigned int     nfrom_forms;
	unsigned int     nto_forms;
	struct rule_form from_forms[EMBEDDED_MAX];
	struct rule_form to_forms[EMBEDDED_MAX];
};

/*
 * The rules of a config made ready to judge: what a verdict takes hardly
 * depends on how many there are.  They refer to the config, which must outlive
 * them.  NULL with errno, EINVAL if one names a table that is not there or is
 * of another kind.
 */
struct rules *rules_new(const struct conf *);
void          rules_free(struct rules *);

/*
 * The rule that decides: the last one that matches, or the first one that
 * matches and is "quick".  NULL if none does, which is a block.  All rules
 * that matched, down to a quick one, are counted in matches, unless that is
 * NULL: it has a counter for each rule, in their order.
 *
 * A list matches if no negated member matches and a plain one does, or if all
 * its members are negated.  In a pass rule an internal address is matched
 * only by a member that names it, and a table names what is in it; "any", a
 * prefix of length 0, a "to" of negated members and a missing "to" name only
 * public ones.  A block rule without such a name matches every address.  A
 * rule with a list of users or of groups matches only who has logged in, and
 * one with a list of domains only requests by name, whatever the members say;
 * a user is in a list of groups if any of his groups is.
 *
 * A table is asked only if the answer matters, and at most once for each of
 * "from", "to", name and user.
 *
 * All this is about one form of an address.  A request whose addresses hold
 * others is judged once for each pair of forms, as if it were all there is,
 * and passes only if each of them does: then by the rule that decides for the
 * addresses as they are.  Otherwise the first form that does not pass decides,
 * and its matches are the ones that are counted.
 */
const struct conf_rule *rules_judge(const struct rules *,
    const struct rule_query *, uint64_t *matches);

/*
 * The same for the name alone, before it is resolved: rules whose "to" has
 * members other than "any", or with a list of countries, do not match.  Only
 * a pass rule with "resolve remote" is the last word about the request, so of
 * forms that pass one without it decides.  Uses neither to nor country.
 */
const struct conf_rule *rules_judge_name(const struct rules *,
    const struct rule_query *, uint64_t *matches);

/*
 * Makes of the query the one about the form that decides, and of it alone.
 */
void rules_narrow(const struct rules *, struct rule_query *, int by_name);

/* What is known of a request that rules match. */
enum rules_about {
	ABOUT_ADDRESS,
	ABOUT_NAME,
	ABOUT_AWAITED, /* as of rules_awaited() */
};

/*
 * The rules that these two count, or that could decide of what is awaited, in
 * their order: fills in up to max of them and returns how many there are.
 */
size_t rules_matches(const struct rules *, const struct rule_query *,
    enum rules_about, const struct conf_rule **, size_t max);

/*
 * Whether a pass rule could decide, whatever the addresses turn out to be:
 * false spares the lookup of a name.  Uses neither to nor country, and of a
 * query about anywhere neither name nor port: whether there is any destination
 * that a pass rule could allow.
 */
int rules_possible(const struct rules *, const struct rule_query *);

/*
 * The same of a connection that is awaited: its port is not known, nor its
 * address if "to" is of no family.  The pass rule that would decide if all
 * that is not known were as it wants; NULL if none could.  As nobody is awaited
 * elsewhere, one with "via" or "rdr-to" is it only if it decides in any case.
 */
const struct conf_rule *rules_awaited(const struct rules *,
    const struct rule_query *);

/* Whether any pass rule is about one of these: a set of CONF_COMMAND_*. */
int rules_pass_command(const struct rules *, unsigned int);

/* Whether any rule asks for countries, or for time or days. */
int rules_use_country(const struct rules *);
int rules_use_time(const struct rules *);

#endif /* ROUTER_RULES_H */
