/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets of the classes that rules name, which the router may not make.
 */

#ifndef PARENT_SOCKETS_H
#define PARENT_SOCKETS_H

#include "base/msg_codec.h"
#include "base/msg_policy.h"
#include "conf/conf.h"
#include "config/parse.h"

struct process;

/* Classes of sockets that a config names. */
struct socket_classes {
	unsigned int n;
	struct socket_class class[CONF_SOCKETS_MAX];
};

/*
 * Tries each class that the config names; -1 after complaining about one that
 * this process may not make.
 */
int  sockets_open(const struct conf *, struct socket_classes *, parse_report,
     void *);
void sockets_on_want(struct process *, struct msg *);

#endif /* PARENT_SOCKETS_H */
