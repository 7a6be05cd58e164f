/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads about the life of children, results and texts, and the fields that
 * all payloads share.  See msg_codec.h and msg_field.h.
 */

#include <string.h>

#include "base/msg_codec.h"
#include "base/msg_field.h"

uint8_t
field_range(struct rbuf *r, uint8_t low, uint8_t high)
{
	uint8_t v;

	v = rbuf_u8(r);
	if (v >= low && v <= high)
		return v;
	r->bad = 1;
	return low;
}

uint8_t
field_rep(struct rbuf *r)
{
	uint8_t v;

	v = rbuf_u8(r);
	if (v > 8 && v != REP_NONE)
		r->bad = 1;
	return v;
}

void
field_addr(struct rbuf *r, struct addr *a)
{
	rbuf_addr(r, a);
	if (a->af == AF_UNSPEC)
		r->bad = 1;
}

void
field_put_child(struct wbuf *w, enum proc_id role, unsigned int instance)
{
	wbuf_u8(w, (uint8_t)role);
	wbuf_u16(w, (uint16_t)instance);
}

void
field_child(struct rbuf *r, enum proc_id *role, unsigned int *instance)
{
	*role = (enum proc_id)rbuf_u8(r);
	*instance = rbuf_u16(r);
	if (!proc_is_child(*role) || *instance >= proc_instances(*role))
		r->bad = 1;
}

void
field_put_walls(struct wbuf *w, const struct walls *walls)
{
	wbuf_u32(w, walls->stand);
	wbuf_bytes(w, walls->why, sizeof(walls->why));
}

/* None stands and is missing, too. */
void
field_walls(struct rbuf *r, struct walls *walls)
{
	size_t i;

	walls->stand = rbuf_u32(r);
	for (i = 0; i < WALLS; i++)
		walls->why[i] = rbuf_u8(r);
	if ((walls->stand & (~WALL_ALL | wall_missing(walls))) != 0)
		r->bad = 1;
}

void
field_put_text(struct wbuf *w, const char *text, size_t size)
{
	size_t len;

	len = strnlen(text, size - 1);
	wbuf_u16(w, (uint16_t)len);
	wbuf_bytes(w, text, len);
}

int
field_end(const struct rbuf *r)
{
	return rbuf_done(r) ? 0 : -1;
}

int
field_item_end(const struct rbuf *r)
{
	return r->bad ? -1 : 0;
}

void
msg_put_start(struct wbuf *w, const struct msg_start *s)
{
	wbuf_u32(w, s->version);
	field_put_child(w, s->role, s->instance);
	wbuf_u32(w, s->incarnation);
	wbuf_u32(w, s->flags);
	wbuf_u32(w, s->uid);
	wbuf_u32(w, s->gid);
	wbuf_u32(w, s->nofile);
	wbuf_u32(w, s->require);
}

int
msg_get_start(const struct msg *m, struct msg_start *s)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	s->version = rbuf_u32(&r);
	field_child(&r, &s->role, &s->instance);
	s->incarnation = rbuf_u32(&r);
	s->flags = rbuf_u32(&r);
	if ((s->flags & ~START_FLAGS) != 0)
		r.bad = 1;
	s->uid = rbuf_u32(&r);
	s->gid = rbuf_u32(&r);
	s->nofile = rbuf_u32(&r);
	s->require = rbuf_u32(&r);
	if ((s->require & ~WALL_ALL) != 0)
		r.bad = 1;
	return field_end(&r);
}

void
msg_put_peer(struct wbuf *w, const struct msg_peer *p)
{
	field_put_child(w, p->role, p->instance);
}

int
msg_get_peer(const struct msg *m, struct msg_peer *p)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_child(&r, &p->role, &p->instance);
	return field_end(&r);
}

void
msg_put_walls(struct wbuf *w, const struct walls *walls)
{
	field_put_walls(w, walls);
}

int
msg_get_walls(const struct msg *m, struct walls *walls)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_walls(&r, walls);
	return field_end(&r);
}

void
msg_put_u32(struct wbuf *w, uint32_t v)
{
	wbuf_u32(w, v);
}

int
msg_get_u32(const struct msg *m, uint32_t *v)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	*v = rbuf_u32(&r);
	return field_end(&r);
}

void
msg_put_u64(struct wbuf *w, uint64_t v)
{
	wbuf_u64(w, v);
}

int
msg_get_u64(const struct msg *m, uint64_t *v)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	*v = rbuf_u64(&r);
	return field_end(&r);
}

void
msg_put_log(struct wbuf *w, enum log_level level, const char *line)
{
	wbuf_u8(w, (uint8_t)level);
	field_put_text(w, line, LOG_LINE_MAX);
}

int
msg_get_log(const struct msg *m, struct msg_log *log)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	log->level = (enum log_level)field_range(&r, LOG_LEVEL_ERROR,
	    LOG_LEVEL_MAX - 1);
	rbuf_str16(&r, log->line, sizeof(log->line));
	return field_end(&r);
}

void
msg_put_bad_peer(struct wbuf *w, const struct msg_bad_peer *p)
{
	field_put_child(w, p->role, p->instance);
	wbuf_str8(w, p->what);
}

int
msg_get_bad_peer(const struct msg *m, struct msg_bad_peer *p)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_child(&r, &p->role, &p->instance);
	rbuf_str8(&r, p->what, sizeof(p->what));
	return field_end(&r);
}

void
msg_put_text(struct wbuf *w, const char *text)
{
	field_put_text(w, text, MSG_TEXT_SIZE);
}

int
msg_get_text(const struct msg *m, char *dst, size_t dstsize)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	rbuf_str16(&r, dst, dstsize);
	return field_end(&r);
}

void
msg_put_result(struct wbuf *w, enum result result, const char *text)
{
	wbuf_u8(w, (uint8_t)result);
	field_put_text(w, text, MSG_TEXT_SIZE);
}

int
msg_get_result(const struct msg *m, struct msg_result *res)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	res->result = (enum result)field_range(&r, RESULT_MORE, RESULT_REFUSED);
	rbuf_str16(&r, res->text, sizeof(res->text));
	return field_end(&r);
}

int
local_addr_get(struct rbuf *r, struct addr *a)
{
	field_addr(r, a);
	return field_item_end(r);
}
