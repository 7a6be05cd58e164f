/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The parts of a sending: see wire_part.h.
 */

#include <sys/types.h>

#include "conf/wire_part.h"

void
wire_begin(struct wire *w)
{
	wbuf_init(&w->w, w->data, sizeof(w->data));
}

int
wire_emit(struct wire *w, enum msg_type type, int fd)
{
	if (w->w.bad || w->emit(w->arg, type, &w->w, fd) == -1)
		return -1;
	wire_begin(w);
	return 0;
}

int
wire_room(struct wire *w, enum msg_type type)
{
	if (wbuf_space(&w->w) >= WIRE_ITEM_MAX)
		return 0;
	return wire_emit(w, type, -1);
}

int
wire_rest(struct wire *w, enum msg_type type)
{
	if (w->w.len == 0)
		return 0;
	return wire_emit(w, type, -1);
}

int
wire_flag(struct rbuf *r)
{
	uint8_t v;

	if ((v = rbuf_u8(r)) > 1)
		r->bad = 1;
	return v;
}
