/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One destination before the rules: may it be connected, and why not.
 */

#ifndef ROUTER_JUDGE_H
#define ROUTER_JUDGE_H

#include <stdint.h>

#include "base/embedded.h"

struct addr;
struct conf_route;
struct conf_rule;
struct request;
struct router;
struct rule_query;
struct session;

/*
 * All that is known of a client's request and of one address of it; NULL if
 * that is not known.  It refers to the client.
 */
void	judge_query(struct router *, const struct session *,
	    const struct addr *to, struct rule_query *);

/* addr_embedded() with the prefixes of the config. */
unsigned int	judge_embedded(const struct router *, const struct addr *,
		    struct embedded[EMBEDDED_MAX]);

/*
 * As rules_judge(), but as long as the addresses of this host are not known
 * only what passes if it is about one of them and if it is not.  Of what is
 * refused the query is then the one that was: with that said of the addresses,
 * and about those of their forms that do not pass.
 */
const struct conf_rule	*judge_decide(struct router *, struct rule_query *,
			    uint64_t *matches);
const struct conf_rule	*judge_decide_name(struct router *,
			    struct rule_query *);

/*
 * True if there may be an address that the rules let pass; if not, the rule
 * that says so has decided.
 */
int	request_possible(struct request *);

/*
 * True if the name goes unresolved to an upstream: then that is a candidate,
 * one without an address.
 */
int	request_judge_name(struct request *);

/* False if the route has a source of the other family. */
int	judge_reaches(const struct conf_route *, const struct addr *to);

/* Adds the address to the candidates if the rules let it pass. */
void	request_judge(struct request *, const struct addr *);

#endif /* ROUTER_JUDGE_H */
