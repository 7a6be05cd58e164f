/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about names: see msg_name.h.
 */

#include <string.h>

#include "base/msg_field.h"
#include "base/msg_name.h"

static void        put_name_fault(struct wbuf *, const struct name_fault *);
static void        get_name_fault(struct rbuf *, struct name_fault *);
static sa_family_t family_af(uint8_t);

void
msg_put_name_resolve(struct wbuf *w, const struct msg_name_resolve *n)
{
	wbuf_u8(w, n->families);
	wbuf_u64(w, n->source);
	wbuf_u32(w, n->most);
	wbuf_str8(w, n->name);
}

int
msg_get_name_resolve(const struct msg *m, struct msg_name_resolve *n)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	n->families = field_range(&r, RESOLVE_INET,
	    RESOLVE_INET | RESOLVE_INET6);
	n->source = rbuf_u64(&r);
	n->most = rbuf_u32(&r);
	rbuf_str8(&r, n->name, sizeof(n->name));
	if (n->name[0] == '\0')
		r.bad = 1;
	return field_end(&r);
}

void
msg_put_name_answer(struct wbuf *w, const struct msg_name_answer *a)
{
	unsigned int i;

	wbuf_u8(w, a->family);
	wbuf_u8(w, (uint8_t)a->status);
	wbuf_u8(w, (uint8_t)a->naddrs);
	for (i = 0; i < a->naddrs; i++)
		wbuf_addr(w, &a->addrs[i]);
	put_name_fault(w, &a->fault);
}

static void
put_name_fault(struct wbuf *w, const struct name_fault *f)
{
	wbuf_u8(w, (uint8_t)f->kind);
	if (f->kind == NAME_FAULT_NONE)
		return;
	wbuf_addr(w, &f->server);
	wbuf_u16(w, f->port);
	wbuf_u16(w, f->code);
	wbuf_u32(w, f->ms);
}

static void
get_name_fault(struct rbuf *r, struct name_fault *f)
{
	memset(f, 0, sizeof(*f));
	f->kind = (enum name_fault_kind)field_range(r, NAME_FAULT_NONE,
	    NAME_FAULT_MAX - 1);
	if (f->kind == NAME_FAULT_NONE)
		return;
	field_addr(r, &f->server);
	f->port = rbuf_u16(r);
	f->code = rbuf_u16(r);
	f->ms = rbuf_u32(r);
}

int
msg_get_name_answer(const struct msg *m, struct msg_name_answer *a)
{
	struct rbuf  r;
	unsigned int i;

	rbuf_init(&r, m->data, m->len);
	a->family = field_range(&r, RESOLVE_INET, RESOLVE_INET6);
	a->status = (enum name_status)field_range(&r, NAME_OK, NAME_BUSY);
	a->naddrs = field_range(&r, 0, NAME_ADDRS_MAX);
	if ((a->status == NAME_OK) != (a->naddrs > 0))
		r.bad = 1;
	for (i = 0; i < a->naddrs; i++) {
		rbuf_addr(&r, &a->addrs[i]);
		if (a->addrs[i].af != family_af(a->family))
			r.bad = 1;
	}
	get_name_fault(&r, &a->fault);
	if (a->fault.kind != NAME_FAULT_NONE && a->status != NAME_FAILED)
		r.bad = 1;
	return field_end(&r);
}

static sa_family_t
family_af(uint8_t family)
{
	return family == RESOLVE_INET ? AF_INET : AF_INET6;
}

void
msg_put_dns(struct wbuf *w, const struct msg_dns *d)
{
	wbuf_addr(w, &d->server);
	wbuf_u16(w, d->port);
	wbuf_u32(w, d->scope);
	wbuf_u8(w, d->tcp);
	wbuf_u16(w, d->error);
}

int
msg_get_dns(const struct msg *m, struct msg_dns *d)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_addr(&r, &d->server);
	d->port = rbuf_u16(&r);
	d->scope = rbuf_u32(&r);
	d->tcp = field_range(&r, 0, 1);
	d->error = rbuf_u16(&r);
	return field_end(&r);
}
