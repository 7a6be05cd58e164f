/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a rule does to the sessions that it decides about: the answer that a
 * blocked one gets, the way that one goes which may, and its limits.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/build_rule.h"
#include "config/build_value.h"
#include "config/lex.h"

#define SESSIONS_MAX 1000000U
#define BYTES_MIN    1024ULL
#define RATE_MAX     (1ULL << 40)
#define QUOTA_MAX    (1ULL << 50)

static int build_pass_only(struct build *);
static int build_route(struct build *, struct conf_route *);
static int build_rdr(struct build *, struct conf_route *);
static int build_via(struct build *, struct conf_route *);
static int build_given(struct build *, struct conf_route *, enum effect_id);
static const char *build_lacks(enum effect_id);
static int build_interface(struct build *, const struct lex_word *, char *,
    size_t);
static int build_remote(struct build *, const struct lex_word *, int *);
static int build_limits(struct build *, struct conf_rule *);
static int build_rate(struct build *, struct conf_limits *);
static int build_quota(struct build *, struct conf_limits *);
static enum conf_scope build_scope(const struct lex_word *);
static int build_scope_check(struct build *, const struct conf_rule *,
    enum effect_id);

void
build_effect(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	build_part(b, &b->line.effect[effect_find(at->text)], at, value);
}

void
build_limit(struct build *b, const struct lex_word *at,
    const struct lex_word *value, const struct lex_word *scope)
{
	build_effect(b, at, value);
	b->line.scope[effect_find(at->text)] = scope;
}

int
build_effects(struct build *b, struct conf_rule *r)
{
	const struct lex_word *reply = b->line.reply;
	int                    bad;

	if (r->action == CONF_BLOCK) {
		r->drop = reply != NULL && reply->token == LEX_DROP;
		return build_pass_only(b);
	}
	bad = build_route(b, &r->route) == -1;
	bad |= build_limits(b, r) == -1;
	if (reply == NULL)
		return bad ? -1 : 0;
	lex_error(b->lex, reply, "%s: only in block", reply->text);
	return -1;
}

/* Nothing that a blocked session would need. */
static int
build_pass_only(struct build *b)
{
	unsigned int i;

	for (i = 0; i < EFFECT_ID_MAX; i++) {
		if (b->line.effect[i] == NULL)
			continue;
		lex_error(b->lex, b->line.effect[i],
		    "%s: only in pass: a "
		    "blocked request goes nowhere",
		    effect_name(&effects[i]));
		return -1;
	}
	return 0;
}

static int
build_route(struct build *b, struct conf_route *r)
{
	unsigned int i;
	int          bad;

	bad = build_rdr(b, r) == -1;
	bad |= build_via(b, r) == -1;
	for (i = EFFECT_ID_RESOLVE + 1; i < EFFECT_ID_LIMITS; i++)
		bad |= build_given(b, r, i) == -1;
	if (r->inbound && b->line.effect[EFFECT_ID_VIA] != NULL) {
		lex_error(b->lex, b->line.effect[EFFECT_ID_INBOUND],
		    "inbound any: not with via: what comes in comes to the "
		    "proxy, which decides about it");
		bad = 1;
	}
	return bad ? -1 : 0;
}

static int
build_rdr(struct build *b, struct conf_route *r)
{
	if (build_given(b, r, EFFECT_ID_RDR_TO) == -1)
		return -1;
	return build_given(b, r, EFFECT_ID_RDR_PORT);
}

static int
build_via(struct build *b, struct conf_route *r)
{
	const struct lex_word *resolve = b->line.effect[EFFECT_ID_RESOLVE];

	if (build_given(b, r, EFFECT_ID_VIA) == -1 ||
	    build_given(b, r, EFFECT_ID_RESOLVE) == -1)
		return -1;
	if (resolve != NULL && b->line.effect[EFFECT_ID_VIA] == NULL) {
		lex_error(b->lex, resolve,
		    "resolve %s: only with via: "
		    "without an upstream names are resolved here",
		    resolve->text);
		return -1;
	}
	if (r->remote && b->line.effect[EFFECT_ID_RDR_TO] != NULL) {
		lex_error(b->lex, resolve,
		    "resolve remote: the name would "
		    "go nowhere, for rdr-to says what is connected");
		return -1;
	}
	return 0;
}

/* The value of an effect that is no limit, if the line has it. */
static int
build_given(struct build *b, struct conf_route *r, enum effect_id id)
{
	const struct effect   *row = &effects[id];
	const struct lex_word *word = b->line.effect[id];
	void                  *v = effect_place(r, row);
	struct conf_number    *number = v;

	if (word == NULL)
		return 0;
	if (build_lacks(id) != NULL) {
		lex_error(b->lex, word, "%s: %s", row->word, build_lacks(id));
		return -1;
	}
	switch (row->kind) {
	case EFFECT_ADDRESS:
		return build_target(b, row->word, word, v);
	case EFFECT_PORT:
		return build_value_port(b, word, v);
	case EFFECT_NAME:
		if (build_name(b, row->word, word) == -1)
			return -1;
		(void)strlcpy(v, word->text, row->most + 1);
		return 0;
	case EFFECT_INTERFACE:
		return build_interface(b, word, v, row->most + 1);
	case EFFECT_REMOTE:
		return build_remote(b, word, v);
	case EFFECT_ANY:
		*(int *)v = 1;
		return 0;
	case EFFECT_NUMBER:
		number->given = 1;
		return build_value(b, row->word, word, row->least, row->most,
		    &number->n);
	case EFFECT_DURATION:
		return build_value_ms(b, row->word, word, row->least, row->most,
		    v);
	case EFFECT_LIMIT:
		break;
	}
	return 0;
}

/* What this system cannot do, and what there is instead; or NULL. */
static const char *
build_lacks(enum effect_id id)
{
#ifndef SO_MARK
	if (id == EFFECT_ID_MARK)
		return "this system marks no sockets; the way they go is "
		       "chosen by rtable";
#endif
#ifndef SO_RTABLE
	if (id == EFFECT_ID_RTABLE)
		return "this system has no such option of sockets; on Linux "
		       "it is mark, with a rule of ip-rule(8) for it";
#endif
	return NULL;
}

static int
build_interface(struct build *b, const struct lex_word *name, char *dst,
    size_t size)
{
	const char *p;

	for (p = name->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) &&
			strchr("_.-:@", *p) == NULL))
			break;
	}
	if (*p == '\0' && p != name->text &&
	    strlcpy(dst, name->text, size) < size)
		return 0;
	lex_error(b->lex, name,
	    "interface %s: not 1 to %zu letters, digits, "
	    "_, ., -, : or @",
	    lex_shown(b->lex, name), size - 1);
	return -1;
}

static int
build_remote(struct build *b, const struct lex_word *word, int *remote)
{
	*remote = strcmp(word->text, "remote") == 0;
	if (*remote || strcmp(word->text, "local") == 0)
		return 0;
	lex_error(b->lex, word, "resolve %s: not local or remote",
	    lex_shown(b->lex, word));
	return -1;
}

static int
build_limits(struct build *b, struct conf_rule *r)
{
	const struct build_line *l = &b->line;
	struct conf_limits      *lim = &r->limits;
	int                      bad, i;

	bad = build_rate(b, lim) == -1;
	bad |= build_quota(b, lim) == -1;
	if (l->effect[EFFECT_ID_SESSIONS] != NULL)
		bad |= build_value(b, "sessions", l->effect[EFFECT_ID_SESSIONS],
			   1, SESSIONS_MAX, &lim->sessions) == -1;
	if (l->effect[EFFECT_ID_NEW] != NULL)
		bad |= build_value_new(b, "new", l->effect[EFFECT_ID_NEW],
			   l->burst, &lim->new_count, &lim->new_ms,
			   &lim->new_burst) == -1;
	lim->rate_per = build_scope(l->scope[EFFECT_ID_RATE]);
	lim->sessions_per = build_scope(l->scope[EFFECT_ID_SESSIONS]);
	lim->new_per = build_scope(l->scope[EFFECT_ID_NEW]);
	lim->quota_per = build_scope(l->scope[EFFECT_ID_QUOTA]);
	for (i = EFFECT_ID_LIMITS; i < EFFECT_ID_MAX; i++)
		bad |= build_scope_check(b, r, i) == -1;
	return bad ? -1 : 0;
}

/* "10M/s" */
static int
build_rate(struct build *b, struct conf_limits *lim)
{
	const struct lex_word *rate = b->line.effect[EFFECT_ID_RATE];
	size_t                 len;

	if (rate == NULL)
		return 0;
	len = strcspn(rate->text, "/");
	if (strcmp(rate->text + len, "/s") == 0)
		return build_value_size(b, "rate", rate, len, BYTES_MIN,
		    RATE_MAX, &lim->rate);
	lex_error(b->lex, rate, "rate %s: not bytes in a second, as in 10M/s",
	    lex_shown(b->lex, rate));
	return -1;
}

/* "50G/month" */
static int
build_quota(struct build *b, struct conf_limits *lim)
{
	const struct lex_word *quota = b->line.effect[EFFECT_ID_QUOTA];
	size_t                 len;

	if (quota == NULL)
		return 0;
	len = strcspn(quota->text, "/");
	if (strcmp(quota->text + len, "/day") == 0)
		lim->quota_period = CONF_DAY;
	else if (strcmp(quota->text + len, "/month") == 0)
		lim->quota_period = CONF_MONTH;
	else {
		lex_error(b->lex, quota,
		    "quota %s: not bytes in a day or a "
		    "month, as in 50G/month",
		    lex_shown(b->lex, quota));
		return -1;
	}
	return build_value_size(b, "quota", quota, len, BYTES_MIN, QUOTA_MAX,
	    &lim->quota);
}

static enum conf_scope
build_scope(const struct lex_word *scope)
{
	if (scope == NULL || scope->token == LEX_RULE)
		return CONF_PER_RULE;
	return scope->token == LEX_USER ? CONF_PER_USER : CONF_PER_SOURCE;
}

/* Who has not logged in is no user. */
static int
build_scope_check(struct build *b, const struct conf_rule *r,
    enum effect_id what)
{
	const struct lex_word *scope = b->line.scope[what];

	if (scope == NULL)
		return 0;
	if (scope->token == LEX_USER && TAILQ_EMPTY(&r->users) &&
	    TAILQ_EMPTY(&r->groups)) {
		lex_error(b->lex, scope,
		    "%s per user: the rule has no user "
		    "or group: add user any, so that only those who have "
		    "logged in come here",
		    effects[what].word);
		return -1;
	}
	if (scope->token == LEX_SOURCE && what == EFFECT_ID_QUOTA) {
		lex_error(b->lex, scope,
		    "quota per source: only per rule or "
		    "per user: addresses come and go");
		return -1;
	}
	return 0;
}
