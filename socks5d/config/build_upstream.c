/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Upstreams and their members from the words of their lines.
 *
 * Passwords are not read here: see secret.c.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat/nitems.h"
#include "config/arena.h"
#include "config/build.h"
#include "config/build_value.h"
#include "config/lex.h"
#include "config/slip.h"

#define SECOND 1000U
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static struct build_proxy *build_proxy_last(struct build *);
static int         build_balance(struct build *, struct conf_upstream *);
static int         build_patience(struct build *, struct conf_upstream *);
static int         build_proxies(struct build *, struct conf_upstream *);
static int         build_proxy_one(struct build *, struct conf_proxy *,
	    const struct build_proxy *);
static int         build_proxy_protocol(struct build *, struct conf_proxy *,
	    const struct build_proxy *);
static const char *protocol_meant(const char *);
static int         build_proxy_login(struct build *, struct conf_proxy *,
	    const struct build_proxy *);

void
build_retry(struct build *b, const struct lex_word *at,
    const struct lex_word *n, const struct lex_word *min,
    const struct lex_word *max)
{
	build_part(b, &b->line.retry, at, n);
	b->line.retry_min = min;
	b->line.retry_max = max;
}

void
build_breaker(struct build *b, const struct lex_word *at,
    const struct lex_word *n, const struct lex_word *within,
    const struct lex_word *how_long)
{
	build_part(b, &b->line.breaker, at, n);
	b->line.breaker_within = within;
	b->line.breaker_for = how_long;
}

void
build_breaker_off(struct build *b, const struct lex_word *at)
{
	build_part(b, &b->line.breaker, at, at);
	b->line.breaker_within = NULL;
}

void
build_check(struct build *b, const struct lex_word *at,
    const struct lex_word *every)
{
	build_part(b, &b->line.check, at, every);
}

void
build_proxy(struct build *b, const struct lex_word *at,
    const struct lex_word *protocol, const struct lex_word *addr,
    const struct lex_word *port)
{
	struct build_proxy *p;

	if ((p = arena_take(lex_arena(b->lex), sizeof(*p))) == NULL) {
		build_memory(b, at);
		return;
	}
	p->protocol = protocol;
	p->addr = addr;
	p->port = port;
	STAILQ_INSERT_TAIL(&b->line.proxies, p, entry);
}

void
build_proxy_user(struct build *b, const struct lex_word *at,
    const struct lex_word *user)
{
	struct build_proxy *p;

	if ((p = build_proxy_last(b)) != NULL)
		build_part(b, &p->user, at, user);
}

void
build_proxy_password(struct build *b, const struct lex_word *at,
    const struct lex_word *path)
{
	struct build_proxy *p;

	if ((p = build_proxy_last(b)) != NULL)
		build_part(b, &p->password, at, path);
}

void
build_proxy_udp(struct build *b, const struct lex_word *at)
{
	struct build_proxy *p;

	if ((p = build_proxy_last(b)) != NULL)
		build_part(b, &p->udp, at, at);
}

/* NULL if memory was short, which is known. */
static struct build_proxy *
build_proxy_last(struct build *b)
{
	return STAILQ_LAST(&b->line.proxies, build_proxy, entry);
}

void
build_upstream(struct build *b)
{
	const struct build_line    *line = &b->line;
	const struct conf_upstream *first;
	struct conf_upstream       *u;
	int                         bad;

	if ((u = conf_upstream_new()) == NULL) {
		build_memory(b, line->at);
		return;
	}
	TAILQ_INSERT_TAIL(&b->conf->upstreams, u, entry);
	(void)strlcpy(u->file, line->at->file, sizeof(u->file));
	u->line = line->at->line;
	bad = build_balance(b, u) == -1;
	bad |= build_patience(b, u) == -1;
	bad |= build_proxies(b, u) == -1;
	bad |= build_name(b, "upstream", line->name) == -1;
	if (bad)
		return;
	(void)strlcpy(u->name, line->name->text, sizeof(u->name));
	if ((first = conf_upstream_find(b->conf, u->name)) != u)
		lex_error(b->lex, line->name,
		    "upstream \"%s\": given twice: "
		    "first in %s:%u",
		    u->name, first->file, first->line);
	else if (b->nupstreams++ == CONF_UPSTREAMS_MAX)
		lex_error(b->lex, line->name,
		    "upstream \"%s\": more than %d "
		    "upstreams",
		    u->name, CONF_UPSTREAMS_MAX);
}

static int
build_balance(struct build *b, struct conf_upstream *u)
{
	const struct lex_word *balance = b->line.balance;
	const struct lex_word *via = b->line.via;

	if (via != NULL) {
		if (build_name(b, "via", via) == -1)
			return -1;
		(void)strlcpy(u->via, via->text, sizeof(u->via));
	}
	if (balance == NULL || strcmp(balance->text, "failover") == 0)
		u->balance = CONF_FAILOVER;
	else if (strcmp(balance->text, "roundrobin") == 0)
		u->balance = CONF_ROUNDROBIN;
	else if (balance->token == LEX_SOURCE)
		u->balance = CONF_SOURCE;
	else {
		lex_error(b->lex, balance,
		    "balance %s: not failover, "
		    "roundrobin or source",
		    lex_shown(b->lex, balance));
		return -1;
	}
	return 0;
}

/* How often, how soon and how long something is tried. */
static int
build_patience(struct build *b, struct conf_upstream *u)
{
	const struct build_line *l = &b->line;
	int                      bad = 0;

	if (l->retry != NULL) {
		bad |= build_value(b, "retry", l->retry, 0, 100, &u->retry) ==
		    -1;
		bad |= build_value_ms(b, "backoff", l->retry_min, 1,
			   10 * MINUTE, &u->backoff_min_ms) == -1;
		bad |= build_value_ms(b, "to", l->retry_max, 1, 10 * MINUTE,
			   &u->backoff_max_ms) == -1;
	}
	if (bad == 0 && u->backoff_max_ms < u->backoff_min_ms) {
		lex_error(b->lex, l->retry_max,
		    "backoff %s to %s: the maximum "
		    "is below the minimum",
		    l->retry_min->text, l->retry_max->text);
		bad = 1;
	}
	if (l->breaker != NULL && l->breaker_within == NULL)
		u->breaker_failures = 0;
	else if (l->breaker != NULL) {
		bad |= build_value(b, "after", l->breaker, 1,
			   CONF_BREAKER_FAILURES_MAX,
			   &u->breaker_failures) == -1;
		bad |= build_value_ms(b, "in", l->breaker_within, SECOND, DAY,
			   &u->breaker_within_ms) == -1;
		bad |= build_value_ms(b, "for", l->breaker_for, SECOND, DAY,
			   &u->breaker_for_ms) == -1;
	}
	if (l->check != NULL)
		bad |= build_value_ms(b, "every", l->check, SECOND, DAY,
			   &u->check_ms) == -1;
	return bad ? -1 : 0;
}

static int
build_proxies(struct build *b, struct conf_upstream *u)
{
	const struct build_proxy *p;
	struct conf_proxy        *proxy;
	unsigned int              n = 0;
	int                       ret = 0;

	STAILQ_FOREACH(p, &b->line.proxies, entry) {
		if (n++ == CONF_MEMBERS_MAX) {
			lex_error(b->lex, p->addr,
			    "member %s: more than %d "
			    "members",
			    p->addr->text, CONF_MEMBERS_MAX);
			return -1;
		}
		if ((proxy = calloc(1, sizeof(*proxy))) == NULL) {
			build_memory(b, p->addr);
			return -1;
		}
		TAILQ_INSERT_TAIL(&u->members, proxy, entry);
		if (build_proxy_one(b, proxy, p) == -1)
			ret = -1;
	}
	if (n > 0)
		return ret;
	lex_error(b->lex, b->line.name,
	    "upstream %s: has no member: add one, "
	    "as in member socks5 192.0.2.1 port 1080",
	    lex_shown(b->lex, b->line.name));
	return -1;
}

static int
build_proxy_one(struct build *b, struct conf_proxy *proxy,
    const struct build_proxy *p)
{
	int bad;

	bad = build_proxy_protocol(b, proxy, p) == -1;
	if (addr_parse(&proxy->addr, p->addr->text) == -1 &&
	    slip_address(p->addr->text, 1) == NULL &&
	    strspn(p->addr->text, "0123456789.:/") < strlen(p->addr->text)) {
		lex_error(b->lex, p->addr,
		    "member %s: not an address: a name "
		    "would have to be resolved before anything else works, "
		    "and whoever answers for it would see all that goes "
		    "there",
		    lex_shown(b->lex, p->addr));
		bad = 1;
	} else
		bad |= build_target(b, "member", p->addr, &proxy->addr) == -1;
	bad |= build_value_port(b, p->port, &proxy->port) == -1;
	bad |= build_proxy_login(b, proxy, p) == -1;
	proxy->udp = p->udp != NULL;
	if (proxy->udp && strcmp(p->protocol->text, "socks5") != 0) {
		lex_error(b->lex, p->udp,
		    "udp: %s has no UDP: only a member socks5 may relay "
		    "datagrams",
		    lex_shown(b->lex, p->protocol));
		bad = 1;
	}
	return bad ? -1 : 0;
}

static int
build_proxy_protocol(struct build *b, struct conf_proxy *proxy,
    const struct build_proxy *p)
{
	enum conf_protocol protocol;

	for (protocol = CONF_SOCKS5; protocol <= CONF_HTTP; protocol++) {
		if (strcmp(p->protocol->text, conf_protocol_name(protocol)) ==
		    0) {
			proxy->protocol = protocol;
			return 0;
		}
	}
	lex_error(b->lex, p->protocol,
	    "member %s: not socks5, socks4a or "
	    "http%s",
	    lex_shown(b->lex, p->protocol), protocol_meant(p->protocol->text));
	return -1;
}

/* As others call them. */
static const char *
protocol_meant(const char *text)
{
	static const struct {
		const char *text, *meant;
	} slips[] = {
		{ "socks", ": did you mean socks5?" },
		{ "socks4",
		    ": did you mean socks4a? By address that is "
		    "SOCKS4" },
		{ "socks5h",
		    ": did you mean socks5, and in the rule "
		    "\"resolve remote\"?" },
		{ "https",
		    ": did you mean http? TLS to a proxy is not "
		    "supported" },
	};
	size_t i;

	for (i = 0; i < nitems(slips); i++)
		if (strcasecmp(text, slips[i].text) == 0)
			return slips[i].meant;
	return "";
}

static int
build_proxy_login(struct build *b, struct conf_proxy *proxy,
    const struct build_proxy *p)
{
	int bad = 0;

	if (p->user != NULL) {
		bad |= build_user_name(b, "user", p->user) == -1;
		(void)strlcpy(proxy->user, p->user->text, sizeof(proxy->user));
	}
	if (p->password != NULL) {
		bad |= build_path(b, "password file", p->password,
			   sizeof(proxy->path)) == -1;
		(void)strlcpy(proxy->path, p->password->text,
		    sizeof(proxy->path));
	}
	if (p->password != NULL && p->user == NULL) {
		lex_error(b->lex, p->password, "password: without user");
		bad = 1;
	}
	if (p->password != NULL && strcmp(p->protocol->text, "socks4a") == 0) {
		lex_error(b->lex, p->password,
		    "password: SOCKS4A has a user "
		    "but no password");
		bad = 1;
	}
	if (p->user != NULL && p->password == NULL &&
	    strcmp(p->protocol->text, "socks4a") != 0) {
		lex_error(b->lex, p->user,
		    "user %s: without a password: add "
		    "the file that it stands in, as in password file "
		    "\"/etc/socks5d/exit.secret\"",
		    lex_shown(b->lex, p->user));
		bad = 1;
	}
	return bad ? -1 : 0;
}
