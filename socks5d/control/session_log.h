/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The line that a session or a flow leaves in the log, as text or as JSON.
 *
 * Pure.  The words are part of what users may rely on: socks5d(8) lists them.
 */

#ifndef CONTROL_SESSION_LOG_H
#define CONTROL_SESSION_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msg_codec.h"
#include "base/msg_flow.h"

/*
 * Writes one line without newline into dst, which should have LOG_LINE_MAX
 * bytes: any record fits, as each text from outside is cut to its share.
 * -1, and dst empty, if size is too small.
 */
int session_log_text(char *dst, size_t, const struct session_log *);
int session_log_json(char *dst, size_t, const struct session_log *);

/* The same of a destination of an association. */
int flow_log_text(char *dst, size_t, const struct flow_log *);
int flow_log_json(char *dst, size_t, const struct flow_log *);

/* Sessions of one second that came to nothing and got no line, or flows. */
struct session_sum {
	uint64_t           sessions;
	struct prefix      source;    /* AF_UNSPEC: of many */
	enum session_cause cause;     /* none: of many */
	int                flows;     /* that were refused */
	enum udp_drop      why;       /* so; DROP_MAX: of many */
	char               user[256]; /* "" if none */
	int                many;      /* users, not that one */
};

/* The same for a sum of them. */
int session_log_more_text(char *dst, size_t, const struct session_sum *);
int session_log_more_json(char *dst, size_t, const struct session_sum *);

#endif /* CONTROL_SESSION_LOG_H */
