/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the files wire*.c share: a sending under way, and the sections, each
 * with its encoder and its decoder.
 *
 * For these files only; others use wire.h.
 */

#ifndef CONF_WIRE_PART_H
#define CONF_WIRE_PART_H

#include "base/buf.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "conf/wire.h"

/* The longest single item of a list: a host, by far. */
#define WIRE_ITEM_MAX 300

/* One sending. */
struct wire {
	conf_emit    emit;
	void        *arg;
	enum proc_id role; /* that it goes to */
	struct wbuf  w;
	uint8_t      data[MSG_PAYLOAD_MAX];
};

void wire_begin(struct wire *);

/* Sends what was written and begins anew.  0, or -1. */
int wire_emit(struct wire *, enum msg_type, int fd);

/* Lists are cut into messages: sends what is there if an item may not fit. */
int wire_room(struct wire *, enum msg_type);

/* The last part of a list; none is sent for an empty one. */
int wire_rest(struct wire *, enum msg_type);

/* 0 or 1; anything else is a mistake of the sender. */
int wire_flag(struct rbuf *);

/* All of a section, in as many messages as it takes.  0, or -1. */
int wire_put_settings(struct wire *, const struct conf *);
int wire_put_log(struct wire *, const struct conf *);
int wire_put_resolver(struct wire *, const struct conf *);
int wire_put_hosts(struct wire *, const struct conf *);
int wire_put_listeners(struct wire *, const struct conf *);
int wire_put_tables(struct wire *, const struct conf *);
int wire_put_geoip(struct wire *, const struct conf *);
int wire_put_upstreams(struct wire *, const struct conf *);
int wire_put_rules(struct wire *, const struct conf *);
int wire_put_users(struct wire *, const struct conf *);

/* One rule, for put_rules; then its conditions. */
int wire_put_rule(struct wire *, const struct conf_rule *);
int wire_put_conditions(struct wire *, const struct conf_rule *);

/* One message of a section.  0, or -1 if it is malformed. */
int wire_get_settings(struct conf *, struct rbuf *, struct msg *);
int wire_get_log(struct conf *, struct rbuf *, struct msg *);
int wire_get_resolver(struct conf *, struct rbuf *, struct msg *);
int wire_get_hosts(struct conf *, struct rbuf *, struct msg *);
int wire_get_listener(struct conf *, struct rbuf *, struct msg *);
int wire_get_table(struct conf *, struct rbuf *, struct msg *);
int wire_get_geoip(struct conf *, struct rbuf *, struct msg *);
int wire_get_upstream(struct conf *, struct rbuf *, struct msg *);
int wire_get_member(struct conf *, struct rbuf *, struct msg *);
int wire_get_rule(struct conf *, struct rbuf *, struct msg *);
int wire_get_condition(struct conf *, struct rbuf *, struct msg *);
int wire_get_users(struct conf *, struct rbuf *, struct msg *);

#endif /* CONF_WIRE_PART_H */
