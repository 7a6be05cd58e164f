/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The line that a session or a flow leaves in the log.  Pure.
 *
 * Whatever a client, a user or a name server chose goes through log_escape()
 * or the JSON writer, so that no session can forge a line or a field.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "control/session_log.h"

/*
 * What each text may take of the line once escaped: all of it if it is plain,
 * less if much of it had to be escaped.
 */
#define LISTENER_MAX 64
#define USER_MAX     260
#define RULE_MAX     260
#define LABEL_MAX    100
#define NAME_MAX_ESC 260
#define HINT_MAX     260
#define VIA_MAX      80

/* A line being written; bad once something did not fit. */
struct line {
	char  *dst;
	size_t size;
	size_t len;
	int    bad;
};

static void        text_who(struct line *, const struct session_log *);
static void        text_what(struct line *, const struct session_log *);
static void        text_how(struct line *, const struct session_log *);
static void        text_udp(struct line *, const struct udp_sums *);
static void        json_udp(struct json *, const struct session_log *);
static const char *flow_cause(const struct flow_log *);
static const char *more_cause(const struct session_sum *);
static int         line_done(struct line *);
static void        line_add(struct line *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));
static void line_field(struct line *, const char *, const char *, size_t);
static void line_hint(struct line *, const char *);
static void json_text_or_null(struct json *, const char *, const char *,
    size_t);

int
session_log_text(char *dst, size_t size, const struct session_log *s)
{
	struct line l = { dst, size, 0, 0 };

	line_add(&l, "session id=%" PRIu64, s->id);
	text_who(&l, s);
	text_what(&l, s);
	text_how(&l, s);
	return line_done(&l);
}

static void
text_who(struct line *l, const struct session_log *s)
{
	char addr[ADDRPORT_STRLEN];

	line_add(l, " client=%s",
	    addr_print_port(&s->client, s->client_port, addr, sizeof(addr)));
	line_field(l, "listener", s->listener, LISTENER_MAX);
	line_field(l, "user", s->user, USER_MAX);
	line_field(l, "rule", s->rule, RULE_MAX);
	line_field(l, "label", s->label, LABEL_MAX);
}

/*
 * The target is what the client asked for, the address what was used; those of
 * an association have lines of their own.
 */
static void
text_what(struct line *l, const struct session_log *s)
{
	char addr[ADDRPORT_STRLEN];

	addr_print_port(&s->target, s->target_port, addr, sizeof(addr));
	line_add(l, " command=%s",
	    s->command == SESSION_NO_COMMAND ?
		"-" :
		session_command_name(s->command));
	if (s->command == SESSION_NO_COMMAND || s->command == SESSION_UDP)
		line_add(l, " target=-");
	else if (s->name[0] != '\0') {
		line_field(l, "target", s->name, NAME_MAX_ESC);
		line_add(l, ":%u", s->target_port);
	} else
		line_add(l, " target=%s", addr);
	line_add(l, " address=%s", s->target.af == AF_UNSPEC ? "-" : addr);
}

static void
text_how(struct line *l, const struct session_log *s)
{
	char addr[ADDRPORT_STRLEN];

	if (s->rep == REP_NONE)
		line_add(l, " rep=-");
	else
		line_add(l, " rep=%u", s->rep);
	line_add(l,
	    " cause=%s up=%" PRIu64 " down=%" PRIu64 " connect=%" PRIu32
	    "ms duration=%" PRIu64 "ms",
	    session_cause_name(s->cause), s->up, s->down, s->connect_ms,
	    s->duration_ms);
	if (s->command == SESSION_UDP)
		text_udp(l, &s->udp);
	if (s->via[0] != '\0')
		line_field(l, "via", s->via, VIA_MAX);
	if (s->rdr.af != AF_UNSPEC)
		line_add(l, " rdr=%s",
		    addr_print_port(&s->rdr, s->rdr_port, addr, sizeof(addr)));
	if (s->hint[0] != '\0')
		line_hint(l, s->hint);
}

static void
text_udp(struct line *l, const struct udp_sums *u)
{
	unsigned int i;
	int          any = 0;

	if (u->unknown) {
		line_add(l,
		    " datagrams_up=- datagrams_down=- "
		    "destinations=- drops=-");
		return;
	}
	line_add(l,
	    " datagrams_up=%" PRIu64 " datagrams_down=%" PRIu64
	    " destinations=%" PRIu64 " drops=",
	    u->nup, u->ndown, u->destinations);
	for (i = 0; i < DROP_MAX; i++) {
		if (u->drops[i] == 0)
			continue;
		line_add(l, "%s%s:%" PRIu32, any ? "," : "",
		    udp_drop_name((enum udp_drop)i), u->drops[i]);
		any = 1;
	}
	if (!any)
		line_add(l, "-");
}

int
flow_log_text(char *dst, size_t size, const struct flow_log *f)
{
	struct line l = { dst, size, 0, 0 };
	char        addr[ADDRPORT_STRLEN];

	line_add(&l, "flow id=%" PRIu64 " client=%s", f->id,
	    addr_print_port(&f->client, f->client_port, addr, sizeof(addr)));
	line_field(&l, "listener", f->listener, LISTENER_MAX);
	line_field(&l, "user", f->user, USER_MAX);
	line_field(&l, "rule", f->rule, RULE_MAX);
	line_field(&l, "label", f->label, LABEL_MAX);
	addr_print_port(&f->addr, f->port, addr, sizeof(addr));
	if (f->name[0] != '\0') {
		line_field(&l, "target", f->name, NAME_MAX_ESC);
		line_add(&l, ":%u", f->port);
	} else
		line_add(&l, " target=%s",
		    f->addr.af == AF_UNSPEC ? "-" : addr);
	line_add(&l,
	    " address=%s cause=%s up=%" PRIu64 " down=%" PRIu64
	    " datagrams_up=%" PRIu64 " datagrams_down=%" PRIu64
	    " duration=%" PRIu64 "ms",
	    f->addr.af == AF_UNSPEC ? "-" : addr, flow_cause(f), f->up, f->down,
	    f->nup, f->ndown, f->duration_ms);
	if (f->via[0] != '\0')
		line_field(&l, "via", f->via, VIA_MAX);
	if (f->rdr.af != AF_UNSPEC)
		line_add(&l, " rdr=%s",
		    addr_print_port(&f->rdr, f->rdr_port, addr, sizeof(addr)));
	return line_done(&l);
}

static const char *
flow_cause(const struct flow_log *f)
{
	return f->end == UDP_END_NONE ? udp_drop_name(f->why) :
					udp_end_name(f->end);
}

/* The members of a session's line, as far as they make sense. */
int
flow_log_json(char *dst, size_t size, const struct flow_log *f)
{
	char        addr[ADDR_STRLEN], rdr[ADDRPORT_STRLEN];
	struct json j;

	json_init(&j, dst, size, NULL, NULL);
	json_object(&j, NULL);
	json_str(&j, "event", "flow");
	json_u64(&j, "id", f->id);
	json_str(&j, "client", addr_print(&f->client, addr, sizeof(addr)));
	json_u64(&j, "client_port", f->client_port);
	json_text_or_null(&j, "listener", f->listener, LISTENER_MAX);
	json_text_or_null(&j, "user", f->user, USER_MAX);
	json_text_or_null(&j, "rule", f->rule, RULE_MAX);
	json_text_or_null(&j, "label", f->label, LABEL_MAX);
	json_text_or_null(&j, "name", f->name, NAME_MAX_ESC);
	json_str(&j, "address",
	    f->addr.af == AF_UNSPEC ? NULL :
				      addr_print(&f->addr, addr, sizeof(addr)));
	json_u64(&j, "port", f->port);
	json_text_or_null(&j, "via", f->via, VIA_MAX);
	json_str(&j, "rdr",
	    f->rdr.af == AF_UNSPEC ?
		NULL :
		addr_print_port(&f->rdr, f->rdr_port, rdr, sizeof(rdr)));
	json_str(&j, "cause", flow_cause(f));
	json_u64(&j, "up", f->up);
	json_u64(&j, "down", f->down);
	json_u64(&j, "datagrams_up", f->nup);
	json_u64(&j, "datagrams_down", f->ndown);
	json_u64(&j, "duration_ms", f->duration_ms);
	json_end(&j);
	return json_done(&j);
}

static const char *
more_cause(const struct session_sum *s)
{
	if (s->flows)
		return s->why == DROP_MAX ? NULL : udp_drop_name(s->why);
	return s->cause == CAUSE_NONE ? NULL : session_cause_name(s->cause);
}

int
session_log_more_text(char *dst, size_t size, const struct session_sum *s)
{
	struct line l = { dst, size, 0, 0 };
	const char *cause;
	char        source[PREFIX_STRLEN];

	line_add(&l, "%" PRIu64 " more %s client=%s", s->sessions,
	    s->flows ? "flows" : "sessions",
	    s->source.addr.af == AF_UNSPEC ?
		"-" :
		prefix_print(&s->source, source, sizeof(source)));
	if (s->many)
		line_add(&l, " user=*");
	else
		line_field(&l, "user", s->user, USER_MAX);
	cause = more_cause(s);
	line_add(&l, " cause=%s", cause == NULL ? "-" : cause);
	return line_done(&l);
}

int
session_log_json(char *dst, size_t size, const struct session_log *s)
{
	char        addr[ADDR_STRLEN], rdr[ADDRPORT_STRLEN];
	struct json j;

	json_init(&j, dst, size, NULL, NULL);
	json_object(&j, NULL);
	json_str(&j, "event", "session");
	json_u64(&j, "id", s->id);
	json_str(&j, "client", addr_print(&s->client, addr, sizeof(addr)));
	json_u64(&j, "client_port", s->client_port);
	json_text_or_null(&j, "listener", s->listener, LISTENER_MAX);
	json_text_or_null(&j, "user", s->user, USER_MAX);
	json_text_or_null(&j, "rule", s->rule, RULE_MAX);
	json_text_or_null(&j, "label", s->label, LABEL_MAX);
	json_str(&j, "command",
	    s->command == SESSION_NO_COMMAND ?
		NULL :
		session_command_name(s->command));
	json_text_or_null(&j, "name", s->command == SESSION_UDP ? "" : s->name,
	    NAME_MAX_ESC);
	json_str(&j, "address",
	    s->target.af == AF_UNSPEC ?
		NULL :
		addr_print(&s->target, addr, sizeof(addr)));
	json_u64(&j, "port", s->target_port);
	json_text_or_null(&j, "via", s->via, VIA_MAX);
	json_str(&j, "rdr",
	    s->rdr.af == AF_UNSPEC ?
		NULL :
		addr_print_port(&s->rdr, s->rdr_port, rdr, sizeof(rdr)));
	if (s->rep == REP_NONE)
		json_null(&j, "rep");
	else
		json_u64(&j, "rep", s->rep);
	json_str(&j, "cause", session_cause_name(s->cause));
	json_text_or_null(&j, "hint", s->hint, HINT_MAX);
	json_u64(&j, "up", s->up);
	json_u64(&j, "down", s->down);
	json_u64(&j, "connect_ms", s->connect_ms);
	json_u64(&j, "duration_ms", s->duration_ms);
	json_udp(&j, s);
	json_end(&j);
	return json_done(&j);
}

/* Keys that every line has: null where there are no datagrams. */
static void
json_udp(struct json *j, const struct session_log *s)
{
	const struct udp_sums *u = &s->udp;
	unsigned int           i;

	if (s->command != SESSION_UDP || u->unknown) {
		json_null(j, "datagrams_up");
		json_null(j, "datagrams_down");
		json_null(j, "destinations");
		json_null(j, "drops");
		return;
	}
	json_u64(j, "datagrams_up", u->nup);
	json_u64(j, "datagrams_down", u->ndown);
	json_u64(j, "destinations", u->destinations);
	json_object(j, "drops");
	for (i = 0; i < DROP_MAX; i++)
		if (u->drops[i] != 0)
			json_u64(j, udp_drop_name((enum udp_drop)i),
			    u->drops[i]);
	json_end(j);
}

int
session_log_more_json(char *dst, size_t size, const struct session_sum *s)
{
	char        source[PREFIX_STRLEN];
	struct json j;

	json_init(&j, dst, size, NULL, NULL);
	json_object(&j, NULL);
	json_str(&j, "event", s->flows ? "more-flows" : "more-sessions");
	json_u64(&j, s->flows ? "flows" : "sessions", s->sessions);
	json_str(&j, "client",
	    s->source.addr.af == AF_UNSPEC ?
		NULL :
		prefix_print(&s->source, source, sizeof(source)));
	json_text_or_null(&j, "user", s->user, USER_MAX);
	json_bool(&j, "many_users", s->many);
	json_str(&j, "cause", more_cause(s));
	json_end(&j);
	return json_done(&j);
}

static int
line_done(struct line *l)
{
	if (!l->bad)
		return 0;
	if (l->size > 0)
		l->dst[0] = '\0';
	return -1;
}

static void
line_add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int     n;

	if (l->bad)
		return;
	va_start(ap, fmt);
	n = vsnprintf(l->dst + l->len, l->size - l->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= l->size - l->len) {
		l->bad = 1;
		return;
	}
	l->len += (size_t)n;
}

/* No value is "-", many are "*"; a value must not look like either. */
static void
line_field(struct line *l, const char *key, const char *value, size_t max)
{
	char esc[512];

	if (value[0] == '\0')
		line_add(l, " %s=-", key);
	else if (strcmp(value, "-") == 0)
		line_add(l, " %s=\\x2d", key);
	else if (strcmp(value, "*") == 0)
		line_add(l, " %s=\\x2a", key);
	else {
		line_add(l, " %s=%s", key,
		    log_escape(esc, max + 1, value, strlen(value)));
	}
}

/* Words between quotes: only here spaces stay. */
static void
line_hint(struct line *l, const char *hint)
{
	char   esc[HINT_MAX + 1];
	size_t n, room;

	line_add(l, " hint=\"");
	room = HINT_MAX;
	while (*hint != '\0' && room >= 8) {
		n = strcspn(hint, " ");
		log_escape(esc, room + 1, hint, n);
		line_add(l, "%s", esc);
		room -= strlen(esc);
		hint += n;
		for (; *hint == ' ' && room > 0; hint++, room--)
			line_add(l, " ");
	}
	line_add(l, "%s\"", *hint == '\0' ? "" : "...");
}

static void
json_text_or_null(struct json *j, const char *key, const char *value,
    size_t max)
{
	if (value[0] == '\0')
		json_null(j, key);
	else
		json_str_max(j, key, value, max);
}
