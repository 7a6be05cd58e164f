/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The sections that bring a descriptor over channels: listeners, images of
 * tables and of the database of countries, the file of users.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>

#include "conf/wire_part.h"

static void put_beside(struct wire *, const struct conf_range *,
    const struct addr *);
static int  get_beside(struct conf_range *, struct addr *, struct rbuf *);
static void put_image(struct wire *, const struct conf_image *);
static void get_image(struct conf_image *, struct rbuf *);

/* A listener that could not be opened has no descriptor and is not sent. */
int
wire_put_listeners(struct wire *w, const struct conf *c)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l->fd == -1)
			continue;
		wbuf_u32(&w->w, l->id);
		wbuf_addr(&w->w, &l->addr);
		wbuf_u16(&w->w, l->port);
		wbuf_str8(&w->w, l->name);
		wbuf_u8(&w->w, l->open != 0);
		wbuf_u8(&w->w, l->from_localhost != 0);
		wbuf_u8(&w->w, (uint8_t)l->auth);
		put_beside(w, &l->udp_ports, &l->udp_addr);
		put_beside(w, &l->bind_ports, &l->bind_addr);
		wbuf_str16(&w->w, l->file);
		wbuf_u32(&w->w, l->line);
		if (wire_emit(w, MSG_CONF_LISTENER, l->fd) == -1)
			return -1;
	}
	return 0;
}

int
wire_get_listener(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_listener *l;
	uint8_t               auth;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->listeners, l, entry);
	l->fd = msg_take_fd(m);
	l->id = rbuf_u32(r);
	rbuf_addr(r, &l->addr);
	l->port = rbuf_u16(r);
	rbuf_str8(r, l->name, sizeof(l->name));
	l->open = wire_flag(r);
	l->from_localhost = wire_flag(r);
	if ((auth = rbuf_u8(r)) >= AUTH_MODE_MAX)
		return -1;
	l->auth = auth;
	if (get_beside(&l->udp_ports, &l->udp_addr, r) == -1 ||
	    get_beside(&l->bind_ports, &l->bind_addr, r) == -1)
		return -1;
	if (l->udp_addr.af != AF_UNSPEC && l->udp_addr.af != l->addr.af)
		return -1;
	rbuf_str16(r, l->file, sizeof(l->file));
	l->line = rbuf_u32(r);
	return l->fd == -1 || l->addr.af == AF_UNSPEC ? -1 : 0;
}

static void
put_beside(struct wire *w, const struct conf_range *ports,
    const struct addr *told)
{
	wbuf_u16(&w->w, ports->low);
	wbuf_u16(&w->w, ports->high);
	wbuf_addr(&w->w, told);
}

/* Port 0 is none, but for both. */
static int
get_beside(struct conf_range *ports, struct addr *told, struct rbuf *r)
{
	ports->low = rbuf_u16(r);
	ports->high = rbuf_u16(r);
	rbuf_addr(r, told);
	return r->bad || ports->low > ports->high ||
		(ports->low == 0) != (ports->high == 0) ?
	    -1 :
	    0;
}

int
wire_put_tables(struct wire *w, const struct conf *c)
{
	const struct conf_table *t;

	TAILQ_FOREACH(t, &c->tables, entry) {
		wbuf_str8(&w->w, t->name);
		wbuf_u8(&w->w, t->kind);
		put_image(w, &t->image);
		wbuf_str16(&w->w, t->path);
		wbuf_str16(&w->w, t->file);
		wbuf_u32(&w->w, t->line);
		if (wire_emit(w, MSG_CONF_TABLE, t->fd) == -1)
			return -1;
	}
	return 0;
}

int
wire_get_table(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_table *t;
	uint8_t            kind;

	if ((t = conf_table_new()) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->tables, t, entry);
	t->fd = msg_take_fd(m);
	rbuf_str8(r, t->name, sizeof(t->name));
	if ((kind = rbuf_u8(r)) > CONF_TABLE_USER)
		return -1;
	t->kind = kind;
	get_image(&t->image, r);
	rbuf_str16(r, t->path, sizeof(t->path));
	rbuf_str16(r, t->file, sizeof(t->file));
	t->line = rbuf_u32(r);
	return t->name[0] == '\0' ? -1 : 0;
}

/* Without an image there is no telling where an address is. */
int
wire_put_geoip(struct wire *w, const struct conf *c)
{
	if (c->geoip_fd == -1)
		return 0;
	put_image(w, &c->geoip_image);
	wbuf_str16(&w->w, c->geoip);
	return wire_emit(w, MSG_CONF_GEOIP, c->geoip_fd);
}

int
wire_get_geoip(struct conf *c, struct rbuf *r, struct msg *m)
{
	if (c->geoip_fd != -1)
		return -1;
	c->geoip_fd = msg_take_fd(m);
	get_image(&c->geoip_image, r);
	rbuf_str16(r, c->geoip, sizeof(c->geoip));
	return c->geoip_fd == -1 || c->geoip[0] == '\0' ? -1 : 0;
}

/* Which file it is from, only the parent knows. */
static void
put_image(struct wire *w, const struct conf_image *image)
{
	wbuf_u64(&w->w, image->size);
	wbuf_u64(&w->w, image->loaded_ms);
	wbuf_u8(&w->w, image->changed != 0);
}

static void
get_image(struct conf_image *image, struct rbuf *r)
{
	image->size = rbuf_u64(r);
	image->loaded_ms = rbuf_u64(r);
	image->changed = wire_flag(r);
}

/* Auth reads the file itself, so that nobody else sees a hash. */
int
wire_put_users(struct wire *w, const struct conf *c)
{
	if (c->users_fd == -1)
		return 0;
	wbuf_str16(&w->w, c->users);
	return wire_emit(w, MSG_CONF_USERS, c->users_fd);
}

int
wire_get_users(struct conf *c, struct rbuf *r, struct msg *m)
{
	if (c->users_fd != -1)
		return -1;
	c->users_fd = msg_take_fd(m);
	rbuf_str16(r, c->users, sizeof(c->users));
	return c->users_fd == -1 ? -1 : 0;
}
