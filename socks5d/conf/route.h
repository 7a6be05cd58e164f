/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which class of sockets a route asks for: the parent makes them, the router
 * uses them.
 *
 * Pure.
 */

#ifndef CONF_ROUTE_H
#define CONF_ROUTE_H

#include "base/msg_policy.h"
#include "conf/conf.h"

/* 0 if any socket will do. */
int socket_class_of(const struct conf_route *, struct socket_class *);

int socket_class_equal(const struct socket_class *,
    const struct socket_class *);

#endif /* CONF_ROUTE_H */
