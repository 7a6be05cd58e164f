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
 * A rule as text: for -nv, for the log and for socks5ctl show rules.
 *
 * Linked by all roles.  Pure; what it prints, the parser reads.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "config/conf.h"

/* len counts what was printed, size how much of it there is room for. */
struct text {
	char	*dst;
	size_t	 size;
	size_t	 len;
};

static void	text_addrs(struct text *, const char *,
		    const struct conf_addrs *);
static void	text_addr(struct text *, const struct conf_addr *);
static void	text_ports(struct text *, const struct conf_ports *);
static void	text_ons(struct text *, const struct conf_ons *);
static void	text_users(struct text *, const char *,
		    const struct conf_users *);
static void	text_user(struct text *, const struct conf_user *);
static void	text_quoted(struct text *, const char *);
static void	text_add(struct text *, const char *);
static void	text_end(struct text *);

size_t
conf_rule_text(const struct conf_rule *r, char *dst, size_t size)
{
	struct text	t = { dst, size, 0 };

	text_add(&t, r->action == CONF_PASS ? "pass" : "block");
	if (r->quick)
		text_add(&t, " quick");
	if (r->log)
		text_add(&t, " log");
	text_addrs(&t, " from ", &r->from);
	text_addrs(&t, " to ", &r->to);
	text_ports(&t, &r->ports);
	text_ons(&t, &r->on);
	text_users(&t, " user ", &r->users);
	text_users(&t, " group ", &r->groups);
	if (r->label[0] != '\0') {
		text_add(&t, " label \"");
		text_add(&t, r->label);
		text_add(&t, "\"");
	}
	text_end(&t);
	return t.len;
}

static void
text_addrs(struct text *t, const char *what, const struct conf_addrs *list)
{
	const struct conf_addr	*a, *first;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	text_add(t, what);
	if (TAILQ_NEXT(first, entry) == NULL) {
		text_addr(t, first);
		return;
	}
	TAILQ_FOREACH(a, list, entry) {
		text_add(t, a == first ? "{ " : ", ");
		text_addr(t, a);
	}
	text_add(t, " }");
}

static void
text_addr(struct text *t, const struct conf_addr *a)
{
	char	buf[PREFIX_STRLEN];

	if (a->negated)
		text_add(t, "!");
	switch (a->kind) {
	case CONF_ADDR_ANY:
		text_add(t, "any");
		break;
	case CONF_ADDR_LOCALHOST:
		text_add(t, "localhost");
		break;
	case CONF_ADDR_INTERNAL:
		text_add(t, "<internal>");
		break;
	case CONF_ADDR_PREFIX:
		text_add(t, prefix_print(&a->prefix, buf, sizeof(buf)));
		break;
	case CONF_ADDR_TABLE:
		text_add(t, "<");
		text_add(t, a->table);
		text_add(t, ">");
		break;
	}
}

static void
text_ports(struct text *t, const struct conf_ports *list)
{
	const struct conf_port	*p, *first;
	char			 buf[16];
	int			 many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_add(t, many ? " port { " : " port ");
	TAILQ_FOREACH(p, list, entry) {
		if (p != first)
			text_add(t, ", ");
		if (p->negated)
			text_add(t, "!");
		if (p->low == p->high)
			(void)snprintf(buf, sizeof(buf), "%u", p->low);
		else
			(void)snprintf(buf, sizeof(buf), "%u:%u", p->low,
			    p->high);
		text_add(t, buf);
	}
	if (many)
		text_add(t, " }");
}

static void
text_ons(struct text *t, const struct conf_ons *list)
{
	const struct conf_on	*o, *first;
	int			 many;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	many = TAILQ_NEXT(first, entry) != NULL;
	text_add(t, many ? " on { " : " on ");
	TAILQ_FOREACH(o, list, entry) {
		if (o != first)
			text_add(t, ", ");
		text_add(t, o->negated ? "!\"" : "\"");
		text_add(t, o->name);
		text_add(t, "\"");
	}
	if (many)
		text_add(t, " }");
}

static void
text_users(struct text *t, const char *what, const struct conf_users *list)
{
	const struct conf_user	*u, *first;

	if ((first = TAILQ_FIRST(list)) == NULL)
		return;
	text_add(t, what);
	if (TAILQ_NEXT(first, entry) == NULL) {
		text_user(t, first);
		return;
	}
	TAILQ_FOREACH(u, list, entry) {
		text_add(t, u == first ? "{ " : ", ");
		text_user(t, u);
	}
	text_add(t, " }");
}

static void
text_user(struct text *t, const struct conf_user *u)
{
	if (u->negated)
		text_add(t, "!");
	switch (u->kind) {
	case CONF_USER_ANY:
		text_add(t, "any");
		break;
	case CONF_USER_NAME:
	case CONF_USER_GROUP:
		text_quoted(t, u->name);
		break;
	case CONF_USER_TABLE:
		text_add(t, "<");
		text_add(t, u->name);
		text_add(t, ">");
		break;
	}
}

/* A user's name may hold anything that a string can. */
static void
text_quoted(struct text *t, const char *s)
{
	char	c[3];

	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		c[0] = '\\';
		c[1] = *s;
		c[2] = '\0';
		text_add(t, *s == '"' || *s == '\\' ? c : c + 1);
	}
	text_add(t, "\"");
}

static void
text_add(struct text *t, const char *s)
{
	size_t	n, room = 0;

	n = strlen(s);
	if (t->len < t->size)
		room = t->size - t->len;
	if (room > 0)
		memcpy(t->dst + t->len, s, n < room ? n : room);
	t->len += n;
}

static void
text_end(struct text *t)
{
	if (t->size == 0)
		return;
	if (t->len < t->size)
		t->dst[t->len] = '\0';
	else {
		t->dst[t->size - 1] = '\0';
		if (t->size > 3)
			memcpy(t->dst + t->size - 4, "...", 3);
	}
}
