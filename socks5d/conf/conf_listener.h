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

struct conf_listener {
	TAILQ_ENTRY(conf_listener) entry;
	struct addr                addr;
	uint16_t                   port;
	char                       name[CONF_NAME_SIZE]; /* "" if none */
	int                        open; /* the admin said "open" */
	enum auth_mode             auth;
	int                        from_localhost; /* "listen on localhost" */
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
