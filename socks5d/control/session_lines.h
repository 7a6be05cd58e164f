/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Session lines on their way to the parent: formatted, limited, batched.
 *
 * Used by control.c.  Never waits: what the parent does not take is counted
 * and lost.
 */

#ifndef CONTROL_SESSION_LINES_H
#define CONTROL_SESSION_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"
#include "control/session_sums.h"

struct conf_log;
struct event;
struct msg;
struct role;

struct session_lines {
	struct role        *role;
	struct event       *second; /* ends that of the sums */
	int                 json;
	int                 wanted; /* the config says sessions */
	struct session_sums sums;   /* of those without a line */
	uint64_t            lost;   /* lines that the parent did not take */
	unsigned int        lines;  /* in buf */
	size_t              len;
	char                buf[MSG_PAYLOAD_MAX];
};

/* After role_init(); ends the process if memory is short. */
void session_lines_init(struct session_lines *, struct role *);

/* What the config says from now on. */
void session_lines_conf(struct session_lines *, const struct conf_log *);

/* Takes MSG_SESSION_LOG; -1 if it is malformed. */
int session_lines_add(struct session_lines *, const struct msg *);

/* The same of MSG_FLOW_LOG. */
int session_lines_add_flows(struct session_lines *, const struct msg *);

/* Hands over what there is, the count of unlogged ones included. */
void session_lines_flush(struct session_lines *);

#endif /* CONTROL_SESSION_LINES_H */
