/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * The rules: which one decides about a request to one address.
 *
 * Pure.  Linked by the router and by unit tests.
 */

#ifndef ROUTER_RULES_H
#define ROUTER_RULES_H

#include <stdint.h>

#include "base/addr.h"
#include "config/conf.h"

/* What is known of a request when one of its addresses is judged. */
struct rule_query {
	struct addr	 from;
	const char	*from_internal;	/* why "from" is internal, or NULL */
	const char	*on;		/* name of the listener, "" if none */
	struct addr	 to;		/* unmapped */
	uint16_t	 port;
	const char	*internal;	/* why "to" is internal, or NULL */
	const char	*user;		/* NULL if nobody has logged in */
	unsigned int	 ngroups;	/* of the user */
	const char	(*groups)[LOGIN_GROUP_SIZE];
};

/*
 * The rules of a config made ready to judge: what a verdict takes hardly
 * depends on how many there are.  They refer to the config, which must outlive
 * them.  NULL with errno, EINVAL if one names a table that is not there.
 */
struct rules	*rules_new(const struct conf *);
void		 rules_free(struct rules *);

/*
 * The rule that decides: the last one that matches, or the first one that
 * matches and is "quick".  NULL if none does, which is a block.  All rules
 * that matched, down to a quick one, are counted in matches, unless that is
 * NULL: it has a counter for each rule, in their order.
 *
 * A list matches if no negated member matches and a plain one does, or if all
 * its members are negated.  In a pass rule an internal address is matched
 * only by a member that names it; "any", a prefix of length 0, a "to" of
 * negated members and a missing "to" name only public ones.  A block rule
 * without such a name matches every address.  A rule with a list of users or
 * of groups matches only who has logged in, whatever the members say; a user
 * is in a list of groups if any of his groups is.
 */
const struct conf_rule	*rules_judge(const struct rules *,
			    const struct rule_query *, uint64_t *matches);

/*
 * Whether any pass rule could match, whatever the address turns out to be:
 * false spares the lookup of a name.  Uses all but to.
 */
int			 rules_possible(const struct rules *,
			    const struct rule_query *);

#endif /* ROUTER_RULES_H */
