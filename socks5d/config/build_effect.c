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

#define TIMEOUT_MIN_MS		100U
#define CONNECT_MAX_MS		(10 * 60 * 1000U)
#define IDLE_MAX_MS		(7 * 24 * 60 * 60 * 1000U)
#define SESSIONS_MAX		1000000U
#define RTABLE_MAX		255U
#define BYTES_MIN		1024ULL
#define RATE_MAX		(1ULL << 40)
#define QUOTA_MAX		(1ULL << 50)

/* A part of the line that only one of the two kinds of rules may have. */
struct build_effect {
	const struct lex_word	*word;
	const char		*name;
};

static int	build_pass_only(struct build *);
static int	build_route(struct build *, struct conf_route *);
static int	build_rdr(struct build *, struct conf_route *);
static int	build_via(struct build *, struct conf_route *);
static int	build_socket(struct build *, struct conf_route *);
static int	build_mark(struct build *, struct conf_route *);
static int	build_rtable(struct build *, struct conf_route *);
static int	build_interface(struct build *, struct conf_route *);
static int	build_timeouts(struct build *, struct conf_route *);
static int	build_limits(struct build *, struct conf_rule *);
static int	build_rate(struct build *, struct conf_limits *);
static int	build_quota(struct build *, struct conf_limits *);
static enum conf_scope	build_scope(const struct lex_word *);
static int	build_scope_check(struct build *, const struct conf_rule *,
		    enum build_limit);

void
build_limit(struct build *b, enum build_limit what, const struct lex_word *at,
    const struct lex_word *value, const struct lex_word *scope)
{
	build_part(b, &b->line.limit[what], at, value);
	b->line.scope[what] = scope;
}

int
build_effects(struct build *b, struct conf_rule *r)
{
	const struct lex_word	*reply = b->line.reply;
	int			 bad;

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
	const struct build_line		*l = &b->line;
	const struct build_effect	 effects[] = {
		{ l->rdr, "rdr-to" }, { l->via, "via" },
		{ l->resolve, "resolve" }, { l->source, "source" },
		{ l->mark, "mark" }, { l->rtable, "rtable" },
		{ l->interface, "interface" }, { l->idle, "timeout" },
		{ l->connect, "timeout" }, { l->half_closed, "timeout" },
		{ l->limit[BUILD_RATE], "rate" },
		{ l->limit[BUILD_RULE_SESSIONS], "sessions" },
		{ l->limit[BUILD_NEW], "new" },
		{ l->limit[BUILD_QUOTA], "quota" },
	};
	size_t	i;

	for (i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		if (effects[i].word == NULL)
			continue;
		lex_error(b->lex, effects[i].word, "%s: only in pass: a "
		    "blocked request goes nowhere", effects[i].name);
		return -1;
	}
	return 0;
}

static int
build_route(struct build *b, struct conf_route *r)
{
	int	bad;

	bad = build_rdr(b, r) == -1;
	bad |= build_via(b, r) == -1;
	bad |= build_socket(b, r) == -1;
	bad |= build_timeouts(b, r) == -1;
	return bad ? -1 : 0;
}

static int
build_rdr(struct build *b, struct conf_route *r)
{
	const struct build_line	*l = &b->line;

	if (l->rdr == NULL)
		return 0;
	if (build_target(b, "rdr-to", l->rdr, &r->rdr) == -1)
		return -1;
	if (l->rdr_port == NULL)
		return 0;
	return build_value_port(b, l->rdr_port, &r->rdr_port);
}

static int
build_via(struct build *b, struct conf_route *r)
{
	const struct build_line	*l = &b->line;

	if (l->via != NULL) {
		if (build_name(b, "via", l->via) == -1)
			return -1;
		(void)strlcpy(r->via, l->via->text, sizeof(r->via));
	}
	if (l->resolve == NULL)
		return 0;
	r->remote = strcmp(l->resolve->text, "remote") == 0;
	if (r->remote == 0 && strcmp(l->resolve->text, "local") != 0) {
		lex_error(b->lex, l->resolve, "resolve %s: not local or "
		    "remote", lex_shown(b->lex, l->resolve));
		return -1;
	}
	if (l->via == NULL) {
		lex_error(b->lex, l->resolve, "resolve %s: only with via: "
		    "without an upstream names are resolved here",
		    l->resolve->text);
		return -1;
	}
	if (r->remote && l->rdr != NULL) {
		lex_error(b->lex, l->resolve, "resolve remote: the name would "
		    "go nowhere, for rdr-to says what is connected");
		return -1;
	}
	return 0;
}

static int
build_socket(struct build *b, struct conf_route *r)
{
	const struct build_line	*l = &b->line;
	int			 bad = 0;

	if (l->source != NULL)
		bad |= build_target(b, "source", l->source, &r->source) == -1;
	bad |= build_mark(b, r) == -1;
	bad |= build_rtable(b, r) == -1;
	bad |= build_interface(b, r) == -1;
	return bad ? -1 : 0;
}

static int
build_mark(struct build *b, struct conf_route *r)
{
	const struct lex_word	*mark = b->line.mark;

	if (mark == NULL)
		return 0;
#ifdef SO_MARK
	r->has_mark = 1;
	return build_value(b, "mark", mark, 1, UINT32_MAX, &r->mark);
#else
	lex_error(b->lex, mark, "mark: this system marks no sockets; the way "
	    "they go is chosen by rtable");
	return -1;
#endif
}

static int
build_rtable(struct build *b, struct conf_route *r)
{
	const struct lex_word	*rtable = b->line.rtable;

	if (rtable == NULL)
		return 0;
#ifdef SO_RTABLE
	r->has_rtable = 1;
	return build_value(b, "rtable", rtable, 0, RTABLE_MAX, &r->rtable);
#else
	lex_error(b->lex, rtable, "rtable: this system has no such option of "
	    "sockets; on Linux it is mark, with a rule of ip-rule(8) for it");
	return -1;
#endif
}

static int
build_interface(struct build *b, struct conf_route *r)
{
	const struct lex_word	*name = b->line.interface;
	const char		*p;

	if (name == NULL)
		return 0;
	for (p = name->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) || (!isalnum((unsigned char)*p)
		    && strchr("_.-:@", *p) == NULL))
			break;
	}
	if (*p == '\0' && p != name->text &&
	    strlcpy(r->interface, name->text, sizeof(r->interface)) <
	    sizeof(r->interface))
		return 0;
	lex_error(b->lex, name, "interface %s: not 1 to %d letters, digits, "
	    "_, ., -, : or @", lex_shown(b->lex, name),
	    CONF_INTERFACE_SIZE - 1);
	return -1;
}

static int
build_timeouts(struct build *b, struct conf_route *r)
{
	const struct build_line	*l = &b->line;
	int			 bad = 0;

	if (l->idle != NULL)
		bad |= build_value_ms(b, "idle", l->idle, TIMEOUT_MIN_MS,
		    IDLE_MAX_MS, &r->idle_ms) == -1;
	if (l->connect != NULL)
		bad |= build_value_ms(b, "connect", l->connect,
		    TIMEOUT_MIN_MS, CONNECT_MAX_MS, &r->connect_ms) == -1;
	if (l->half_closed != NULL)
		bad |= build_value_ms(b, "half-closed", l->half_closed,
		    TIMEOUT_MIN_MS, IDLE_MAX_MS, &r->half_closed_ms) == -1;
	return bad ? -1 : 0;
}

static int
build_limits(struct build *b, struct conf_rule *r)
{
	const struct build_line	*l = &b->line;
	struct conf_limits	*lim = &r->limits;
	int			 bad, i;

	bad = build_rate(b, lim) == -1;
	bad |= build_quota(b, lim) == -1;
	if (l->limit[BUILD_RULE_SESSIONS] != NULL)
		bad |= build_value(b, "sessions",
		    l->limit[BUILD_RULE_SESSIONS], 1, SESSIONS_MAX,
		    &lim->sessions) == -1;
	if (l->limit[BUILD_NEW] != NULL)
		bad |= build_value_new(b, "new", l->limit[BUILD_NEW], l->burst,
		    &lim->new_count, &lim->new_ms, &lim->new_burst) == -1;
	lim->rate_per = build_scope(l->scope[BUILD_RATE]);
	lim->sessions_per = build_scope(l->scope[BUILD_RULE_SESSIONS]);
	lim->new_per = build_scope(l->scope[BUILD_NEW]);
	lim->quota_per = build_scope(l->scope[BUILD_QUOTA]);
	for (i = 0; i < BUILD_LIMIT_MAX; i++)
		bad |= build_scope_check(b, r, i) == -1;
	return bad ? -1 : 0;
}

/* "10M/s" */
static int
build_rate(struct build *b, struct conf_limits *lim)
{
	const struct lex_word	*rate = b->line.limit[BUILD_RATE];
	size_t			 len;

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
	const struct lex_word	*quota = b->line.limit[BUILD_QUOTA];
	size_t			 len;

	if (quota == NULL)
		return 0;
	len = strcspn(quota->text, "/");
	if (strcmp(quota->text + len, "/day") == 0)
		lim->quota_period = CONF_DAY;
	else if (strcmp(quota->text + len, "/month") == 0)
		lim->quota_period = CONF_MONTH;
	else {
		lex_error(b->lex, quota, "quota %s: not bytes in a day or a "
		    "month, as in 50G/month", lex_shown(b->lex, quota));
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
    enum build_limit what)
{
	static const char *const names[BUILD_LIMIT_MAX] = {
		[BUILD_RATE] = "rate",
		[BUILD_RULE_SESSIONS] = "sessions",
		[BUILD_NEW] = "new",
		[BUILD_QUOTA] = "quota",
	};
	const struct lex_word	*scope = b->line.scope[what];

	if (scope == NULL)
		return 0;
	if (scope->token == LEX_USER && TAILQ_EMPTY(&r->users) &&
	    TAILQ_EMPTY(&r->groups)) {
		lex_error(b->lex, scope, "%s per user: the rule has no user "
		    "or group: add user any, so that only those who have "
		    "logged in come here", names[what]);
		return -1;
	}
	if (scope->token == LEX_SOURCE && what == BUILD_QUOTA) {
		lex_error(b->lex, scope, "quota per source: only per rule or "
		    "per user: addresses come and go");
		return -1;
	}
	return 0;
}
