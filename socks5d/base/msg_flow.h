/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages to control and socks5ctl about the flows of UDP
 * associations: those that have ended.
 *
 * Pure codec.  Rules as in msg_codec.h.
 */

#ifndef BASE_MSG_FLOW_H
#define BASE_MSG_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/hostname.h"
#include "base/session.h"

/* MSG_FLOW_LOG: such records until the end of the payload. */
struct flow_log {
	uint64_t      id; /* of the session */
	struct addr   client;
	uint16_t      client_port; /* of its connection */
	char          listener[32];
	char          user[256];              /* "" if none */
	char          rule[256];              /* "file:line"; "" if none */
	char          label[64];              /* of the rule */
	char          name[HOSTNAME_MAX + 1]; /* as asked for; "" */
	struct addr   addr; /* the last one tried; AF_UNSPEC: none */
	uint16_t      port;
	enum udp_end  end; /* UDP_END_NONE: it was refused, */
	enum udp_drop why; /* for this */
	uint64_t      up;  /* bytes of payload */
	uint64_t      down;
	uint64_t      nup; /* datagrams */
	uint64_t      ndown;
	uint64_t      duration_ms;
	char          via[40]; /* "exit/1"; "" directly */
	struct addr   rdr;     /* where to in truth, or none */
	uint16_t      rdr_port;
};

/* Most bytes of one packed record. */
#define FLOW_LOG_MAX 1280

void flow_log_put(struct wbuf *, const struct flow_log *);
int  flow_log_get(struct rbuf *, struct flow_log *);

#endif /* BASE_MSG_FLOW_H */
