/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the files wire*.c share: a sending under way, the parts of a rule and of
 * an upstream.
 *
 * Linked by all roles.  For these files only; others use wire.h.
 */

#ifndef CONF_WIRE_RULE_H
#define CONF_WIRE_RULE_H

#include "base/buf.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "conf/wire.h"

/* One sending. */
struct wire {
	conf_emit	 emit;
	void		*arg;
	struct wbuf	 w;
	uint8_t		 data[MSG_PAYLOAD_MAX];
};

/* Sends what was written and begins anew.  0, or -1. */
int	wire_emit(struct wire *, enum msg_type, int fd);

/* Lists are cut into messages: sends what is there if an item may not fit. */
int	wire_room(struct wire *, enum msg_type);

/* The last part of a list; none is sent for an empty one. */
int	wire_rest(struct wire *, enum msg_type);

/* 0 or 1; anything else is a mistake of the sender. */
int	wire_flag(struct rbuf *);

/* A rule, then its lists, each in as many messages as it takes.  0, or -1. */
int	wire_put_rule(struct wire *, const struct conf_rule *);
int	wire_get_rule(struct conf *, struct rbuf *);
int	wire_get_addrs(struct conf_addrs *, struct rbuf *);
int	wire_get_ports(struct conf_ports *, struct rbuf *);
int	wire_get_ons(struct conf_ons *, struct rbuf *);
int	wire_get_users(struct conf_rule *, struct rbuf *);

int	wire_put_conditions(struct wire *, const struct conf_rule *);
int	wire_get_domains(struct conf_domains *, struct rbuf *);
int	wire_get_countries(struct conf_countries *, struct rbuf *);
int	wire_get_times(struct conf_times *, struct rbuf *);
int	wire_get_days(struct conf_days *, struct rbuf *);

/* What the rule does to sessions, as parts of the rule. */
void	wire_put_effects(struct wire *, const struct conf_rule *);
int	wire_get_effects(struct conf_rule *, struct rbuf *);

/* An upstream, then its members, with their logins or without. */
int	wire_put_upstream(struct wire *, const struct conf_upstream *,
	    int logins);
int	wire_get_upstream(struct conf *, struct rbuf *);
int	wire_get_member(struct conf_upstream *, struct rbuf *);

/* A table with the descriptor of its image, then its members. */
int	wire_put_table(struct wire *, const struct conf_table *);
int	wire_get_table(struct conf *, struct rbuf *, struct msg *);
void	wire_put_image(struct wire *, const struct conf_image *);
void	wire_get_image(struct conf_image *, struct rbuf *);

#endif /* CONF_WIRE_RULE_H */
