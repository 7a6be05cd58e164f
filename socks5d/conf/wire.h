/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration over channels: begin, sections, end; each child gets its
 * own sections only, builds the new config beside the old one and swaps on
 * commit.  A codec: nothing is sent or received here.
 */

#ifndef CONF_WIRE_H
#define CONF_WIRE_H

#include "base/msg.h"
#include "base/proc.h"

struct conf;
struct wbuf;

/*
 * Takes one message of the transaction; fd is -1 or a descriptor that emit
 * must duplicate if it wants to keep or pass it.  -1 stops the sending.
 */
typedef int (*conf_emit)(void *arg, enum msg_type, const struct wbuf *, int fd);

/*
 * Emits MSG_CONF_BEGIN, the sections that the role may have by the table in
 * base/msg.c and MSG_CONF_END; of the upstreams only their own role gets the
 * logins.  0, or -1 if emit or memory failed.
 */
int conf_send(const struct conf *, enum proc_id role, conf_emit, void *arg);

/* What a message did to the config being built. */
enum conf_progress {
	CONF_MORE,     /* taken, the transaction goes on */
	CONF_COMPLETE, /* MSG_CONF_END: *next is whole */
	CONF_REFUSED,  /* malformed or out of order: *next is gone */
};

/*
 * Feeds one MSG_CONF_* message, BEGIN to END, to the config under
 * construction at *next, which is NULL before BEGIN.  Takes the descriptors of
 * listeners (conf_listener.fd), of images (conf_table.fd, conf.geoip_fd) and of
 * the file of users (conf.users_fd).
 */
enum conf_progress conf_receive(struct conf **next, struct msg *);

/* conf_free() that also closes the descriptors above. */
void conf_discard(struct conf *);

#endif /* CONF_WIRE_H */
