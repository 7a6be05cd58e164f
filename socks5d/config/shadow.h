/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules that do less than they seem to: those that never match, and those that
 * never decide.
 *
 * Pure.  The parent warns of them and tells the router, which has no time to
 * look: it takes tenths of a second.
 */

#ifndef CONFIG_SHADOW_H
#define CONFIG_SHADOW_H

#include "conf/conf.h"

/* Called for a rule with the one that is to blame. */
typedef void (*shadow_found)(void *, const struct conf_rule *,
    const struct conf_rule *by);

/*
 * Finds the rules that never match, in their order: by is a quick rule before
 * it that matches whatever it would, or NULL if its own conditions exclude
 * each other.  Not all are found: it takes one single rule to blame, what is
 * in a table may change and counts as unknown, and of very many rules only so
 * many are compared.  What is found is true as long as no address is this
 * host's that a rule names without "<internal>".  -1 with errno if memory is
 * short.
 */
int shadow_rules(const struct conf *, shadow_found, void *arg);

/*
 * Finds the rules that never decide, in their order: by is the last rule
 * after it that matches all that it matches, so that the last match is always
 * another one.  Rules that shadow_mark() has found are left out.  The same
 * bounds and limits hold as above.  -1 with errno if memory is short.
 */
int shadow_overridden(const struct conf *, shadow_found, void *arg);

/*
 * Notes in each rule that was found by whom it never matches: the number of
 * the quick rule and 1, or that of its own and 1.  0 is none.
 */
void shadow_mark(struct conf *);

#endif /* CONFIG_SHADOW_H */
