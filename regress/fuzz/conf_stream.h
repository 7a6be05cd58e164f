/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A config as the row of messages that a child gets, and back.  Included by
 * the fuzzers of messages and of the config file.
 */

#ifndef CONF_STREAM_H
#define CONF_STREAM_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/wire.h"

/* Messages behind each other: type, length, payload. */
struct stream {
	uint8_t *data;
	size_t   len;
	size_t   size;
};

static void must(int);
static int  stream_fd(void);
static void stream_take(struct stream *, const struct conf *, enum proc_id);
static int  stream_add(void *, enum msg_type, const struct wbuf *, int);
static struct conf *stream_give(const struct stream *);
static void         stream_check(const struct conf *, enum proc_id);

static void
must(int truth)
{
	if (truth == 0)
		abort();
}

static int
stream_has_fd(enum msg_type type)
{
	return type == MSG_CONF_LISTENER || type == MSG_CONF_USERS;
}

/* Stands for a listening socket, or the file of users. */
static int
stream_fd(void)
{
	int fd;

	must((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1);
	return fd;
}

static void
stream_take(struct stream *s, const struct conf *c, enum proc_id role)
{
	memset(s, 0, sizeof(*s));
	must(conf_send(c, role, stream_add, s) == 0);
}

static int
stream_add(void *arg, enum msg_type type, const struct wbuf *payload, int fd)
{
	struct stream *s = arg;
	uint32_t       head[2] = { type, (uint32_t)payload->len };

	must(stream_has_fd(type) == (fd != -1));
	if (s->size - s->len < sizeof(head) + payload->len) {
		s->size = 2 * s->size + sizeof(head) + MSG_PAYLOAD_MAX;
		must((s->data = realloc(s->data, s->size)) != NULL);
	}
	memcpy(s->data + s->len, head, sizeof(head));
	s->len += sizeof(head);
	if (payload->len > 0)
		memcpy(s->data + s->len, payload->data, payload->len);
	s->len += payload->len;
	return 0;
}

static struct conf *
stream_give(const struct stream *s)
{
	struct conf       *c;
	struct msg         m;
	enum conf_progress progress;
	uint32_t           head[2];
	size_t             at;

	c = NULL;
	progress = CONF_REFUSED;
	for (at = 0; at < s->len; at += m.len) {
		memcpy(head, s->data + at, sizeof(head));
		at += sizeof(head);
		m.type = head[0];
		m.id = 0;
		m.data = s->data + at;
		m.len = head[1];
		m.fd = stream_has_fd(m.type) ? stream_fd() : -1;
		progress = conf_receive(&c, &m);
		must(progress != CONF_REFUSED && m.fd == -1);
	}
	must(progress == CONF_COMPLETE);
	return c;
}

/* What a child gets says the same when it is sent on. */
static void
stream_check(const struct conf *c, enum proc_id role)
{
	struct conf  *other;
	struct stream again, s;

	stream_take(&s, c, role);
	other = stream_give(&s);
	stream_take(&again, other, role);
	must(again.len == s.len);
	must(memcmp(again.data, s.data, s.len) == 0);
	conf_discard(other);
	free(again.data);
	free(s.data);
}

#endif /* CONF_STREAM_H */
