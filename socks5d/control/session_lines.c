/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Session lines on their way to the parent.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <string.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/role.h"
#include "conf/conf.h"
#include "control/session_lines.h"
#include "control/session_log.h"

static void second_cb(evutil_socket_t, short, void *);
static void begin_second(struct session_lines *, int);
static int  wants(struct session_lines *, const struct session_log *);
static void add_line(struct session_lines *, const char *);
static void add_sum(void *, const struct session_sum *);
static void send_batch(struct session_lines *);

void
session_lines_init(struct session_lines *l, struct role *r)
{
	memset(l, 0, sizeof(*l));
	l->role = r;
	session_sums_init(&l->sums);
	l->second = event_new(r->base, -1, 0, second_cb, l);
	if (l->second == NULL)
		fatalx("no memory for session lines");
}

void
session_lines_conf(struct session_lines *l, const struct conf_log *log)
{
	session_lines_flush(l);
	l->json = log->format == CONF_LOG_JSON;
	l->wanted = log->sessions;
}

int
session_lines_add(struct session_lines *l, const struct msg *m)
{
	char               line[LOG_LINE_MAX];
	struct session_log s;
	struct rbuf        b;

	rbuf_init(&b, m->data, m->len);
	while (b.left > 0) {
		if (session_log_get(&b, &s) == -1)
			return -1;
		if (!wants(l, &s))
			continue;
		if ((l->json ? session_log_json : session_log_text)(line,
			sizeof(line), &s) == -1)
			fatalx("session %llu: its line does not fit",
			    (unsigned long long)s.id);
		add_line(l, line);
	}
	/* The router gathers sessions before it tells of them. */
	send_batch(l);
	return 0;
}

/* Whether the config or a rule wants them the router has seen to. */
int
session_lines_add_flows(struct session_lines *l, const struct msg *m)
{
	char            line[LOG_LINE_MAX];
	struct flow_log f;
	struct rbuf     b;
	int             any, wanted;

	rbuf_init(&b, m->data, m->len);
	while (b.left > 0) {
		if (flow_log_get(&b, &f) == -1)
			return -1;
		any = l->sums.any;
		wanted = session_sums_flow(&l->sums, &f);
		begin_second(l, any);
		if (!wanted)
			continue;
		if ((l->json ? flow_log_json : flow_log_text)(line,
			sizeof(line), &f) == -1)
			fatalx("session %llu: the line of a flow does not fit",
			    (unsigned long long)f.id);
		add_line(l, line);
	}
	send_batch(l);
	return 0;
}

/* With the first session or flow that is counted. */
static void
begin_second(struct session_lines *l, int any)
{
	static const struct timeval second = { 1, 0 };

	if (!any && l->sums.any)
		(void)event_add(l->second, &second);
}

void
session_lines_flush(struct session_lines *l)
{
	session_sums_end(&l->sums, add_sum, l);
	send_batch(l);
}

static void
second_cb(evutil_socket_t fd, short what, void *arg)
{
	session_lines_flush(arg);
}

static int
wants(struct session_lines *l, const struct session_log *s)
{
	int any = l->sums.any, line;

	if (!s->forced && !l->wanted)
		return 0;
	line = session_sums_line(&l->sums, s);
	begin_second(l, any);
	return line;
}

static void
add_line(struct session_lines *l, const char *line)
{
	size_t n;

	n = strlen(line);
	if (l->len + n + 1 > sizeof(l->buf))
		send_batch(l);
	memcpy(l->buf + l->len, line, n);
	l->buf[l->len + n] = '\n';
	l->len += n + 1;
	l->lines++;
}

static void
add_sum(void *arg, const struct session_sum *s)
{
	struct session_lines *l = arg;
	char                  line[LOG_LINE_MAX];

	if ((l->json ? session_log_more_json : session_log_more_text)(line,
		sizeof(line), s) == 0)
		add_line(l, line);
}

/* A parent that does not take lines hears of the loss once it does again. */
static void
send_batch(struct session_lines *l)
{
	struct wbuf b;

	if (l->len == 0)
		return;
	wbuf_init(&b, l->buf, sizeof(l->buf));
	b.len = l->len;
	if (peer_send(l->role->parent, MSG_CHILD_SESSION_LINES, 0, &b, -1) ==
	    -1) {
		l->lost += l->lines;
		l->role->counters.v[COUNTER_LOG_LINES_LOST] += l->lines;
	} else if (l->lost != 0) {
		log_warn("%llu session lines were lost",
		    (unsigned long long)l->lost);
		l->lost = 0;
	}
	l->len = 0;
	l->lines = 0;
}
