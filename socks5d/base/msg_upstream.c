/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads between the router and the upstream role: see msg_upstream.h.
 *
 * Pure codec.
 */

#include <sys/types.h>

#include <string.h>

#include "base/msg_field.h"
#include "base/msg_upstream.h"
#include "compat/nitems.h"

static void hop_put(struct wbuf *, const struct upstream_hop *);
static void hop_get(struct rbuf *, struct upstream_hop *);
static int  destination_ok(const struct msg_upstream_dial *);
static int  name_ok(const char *);
static int  text_ok(const char *);

static const char *const status_names[] = {
	[UPSTREAM_OK] = "ok",
	[UPSTREAM_REFUSED] = "refused",
	[UPSTREAM_LOGIN] = "login refused",
	[UPSTREAM_PROTOCOL] = "protocol error",
	[UPSTREAM_CLOSED] = "closed the connection",
	[UPSTREAM_TIMEOUT] = "did not answer in time",
	[UPSTREAM_UNFIT] = "cannot carry this destination",
	[UPSTREAM_UNKNOWN] = "not in the configuration",
	[UPSTREAM_NO_RESOURCES] = "no resources",
};

_Static_assert(nitems(status_names) == UPSTREAM_STATUS_MAX,
    "every status needs its name");

#define PROTOCOL_LAST 2 /* CONF_HTTP */
#define REP_LAST      8 /* SOCKS_REP_BAD_ADDRESS_TYPE */

void
msg_put_upstream_dial(struct wbuf *w, const struct msg_upstream_dial *d)
{
	unsigned int i;

	wbuf_u32(w, d->ms);
	wbuf_u8(w, d->nhops);
	for (i = 0; i < d->nhops; i++)
		hop_put(w, &d->hops[i]);
	wbuf_addr(w, &d->addr);
	wbuf_str8(w, d->name);
	wbuf_u16(w, d->port);
	wbuf_u8(w, d->udp);
}

int
msg_get_upstream_dial(const struct msg *m, struct msg_upstream_dial *d)
{
	struct rbuf  r;
	unsigned int i;

	rbuf_init(&r, m->data, m->len);
	if ((d->ms = rbuf_u32(&r)) == 0)
		r.bad = 1;
	d->nhops = field_range(&r, 1, UPSTREAM_HOPS_MAX);
	for (i = 0; i < d->nhops; i++)
		hop_get(&r, &d->hops[i]);
	rbuf_addr(&r, &d->addr);
	rbuf_str8(&r, d->name, sizeof(d->name));
	d->port = rbuf_u16(&r);
	d->udp = field_range(&r, 0, 1);
	if (!destination_ok(d))
		r.bad = 1;
	return field_end(&r);
}

static void
hop_put(struct wbuf *w, const struct upstream_hop *h)
{
	wbuf_str8(w, h->upstream);
	wbuf_u8(w, h->member);
	wbuf_u8(w, h->protocol);
	wbuf_addr(w, &h->addr);
	wbuf_u16(w, h->port);
}

static void
hop_get(struct rbuf *r, struct upstream_hop *h)
{
	rbuf_str8(r, h->upstream, sizeof(h->upstream));
	h->member = field_range(r, 1, UPSTREAM_MEMBERS_MAX);
	h->protocol = field_range(r, 0, PROTOCOL_LAST);
	field_addr(r, &h->addr);
	h->port = rbuf_u16(r);
	if (h->upstream[0] == '\0' || h->port == 0)
		r->bad = 1;
}

static int
destination_ok(const struct msg_upstream_dial *d)
{
	if (d->udp && (d->port != 0 || d->nhops != 1))
		return 0;
	if (d->name[0] != '\0')
		return d->addr.af == AF_UNSPEC && d->port != 0 &&
		    name_ok(d->name);
	return (d->addr.af == AF_UNSPEC) == (d->port == 0);
}

/* What is sent to a proxy as text must not be able to say anything else. */
static int
name_ok(const char *name)
{
	struct addr addr;
	char        canon[HOSTNAME_MAX + 1];

	return hostname_canon((const uint8_t *)name, strlen(name), canon,
		   &addr) == HOSTNAME_NAME &&
	    strcmp(canon, name) == 0;
}

void
msg_put_upstream_done(struct wbuf *w, const struct msg_upstream_done *d)
{
	wbuf_u8(w, (uint8_t)d->status);
	wbuf_u8(w, d->rep);
	wbuf_u8(w, d->hop);
	wbuf_u8(w, d->asked);
	wbuf_addr(w, &d->bound);
	wbuf_u16(w, d->bound_port);
	wbuf_str8(w, d->text);
}

int
msg_get_upstream_done(const struct msg *m, struct msg_upstream_done *d)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	d->status = (enum upstream_status)field_range(&r, UPSTREAM_OK,
	    UPSTREAM_STATUS_MAX - 1);
	d->rep = field_range(&r, 0, REP_LAST);
	d->hop = field_range(&r, 0, UPSTREAM_HOPS_MAX - 1);
	d->asked = field_range(&r, 0, 1);
	rbuf_addr(&r, &d->bound);
	d->bound_port = rbuf_u16(&r);
	rbuf_str8(&r, d->text, sizeof(d->text));
	if ((d->status == UPSTREAM_OK) != (d->rep == 0) || !text_ok(d->text))
		r.bad = 1;
	if ((d->bound.af == AF_UNSPEC) != (d->bound_port == 0) ||
	    (d->bound_port != 0 &&
		(d->status != UPSTREAM_OK || d->text[0] != '\0')))
		r.bad = 1;
	return field_end(&r);
}

void
msg_put_upstream_flow(struct wbuf *w, const struct msg_upstream_flow *f)
{
	wbuf_u32(w, f->flow);
	wbuf_addr(w, &f->addr);
	wbuf_str8(w, f->name);
	wbuf_u16(w, f->port);
}

int
msg_get_upstream_flow(const struct msg *m, struct msg_upstream_flow *f)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	f->flow = rbuf_u32(&r);
	rbuf_addr(&r, &f->addr);
	rbuf_str8(&r, f->name, sizeof(f->name));
	f->port = rbuf_u16(&r);
	if ((f->addr.af == AF_UNSPEC) == (f->name[0] == '\0') ||
	    (f->name[0] != '\0' && !name_ok(f->name)) || f->port == 0)
		r.bad = 1;
	return field_end(&r);
}

static int
text_ok(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return 0;
	}
	return 1;
}

const char *
upstream_status_name(enum upstream_status status)
{
	if ((unsigned int)status >= UPSTREAM_STATUS_MAX)
		return "?";
	return status_names[status];
}
