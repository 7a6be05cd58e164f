/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where clients come in.
 */

#ifndef CONF_CONF_LISTENER_H
#define CONF_CONF_LISTENER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/login.h"
#include "conf/conf_size.h"

/* A range of ports; from 0 to 0 it is any. */
struct conf_range {
	uint16_t low;
	uint16_t high;
};

/*
 * The addresses that clients are told are for hosts behind a translator.  That
 * of UDP is of the family of the listener; AF_UNSPEC: the one that the client
 * came to.  That of BIND is told where what listens is of its family;
 * AF_UNSPEC: the one that it listens on.
 */
struct conf_listener {
	TAILQ_ENTRY(conf_listener) entry;
	struct addr                addr;
	uint16_t                   port;
	char                       name[CONF_NAME_SIZE]; /* "" if none */
	int                        open; /* the admin said "open" */
	enum auth_mode             auth;
	int                        from_localhost; /* "listen on localhost" */
	struct conf_range          udp_ports;      /* of associations */
	struct addr                udp_addr;       /* that clients are told */
	struct conf_range          bind_ports;     /* where BIND listens */
	struct addr                bind_addr;      /* that clients are told */
	char                       file[CONF_PATH_SIZE];
	uint32_t                   line;
	uint32_t                   id;    /* from the parent, kept on reload */
	int                        fd;    /* parent and router; -1 if none */
	int                        later; /* parent: it does not listen yet */
};
TAILQ_HEAD(conf_listeners, conf_listener);

/*
 * True if who connects to that address and port comes to this listener; ours
 * says that the address is one of this host.
 */
int conf_listener_takes(const struct conf_listener *, const struct addr *,
    uint16_t port, int ours);

#endif /* CONF_CONF_LISTENER_H */
