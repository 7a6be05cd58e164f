/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages to control and socks5ctl about the flows of UDP
 * associations: those that have ended, and the list of them.
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

/* MSG_FLOW_ROWS and MSG_CTL_FLOW_ROW. */
struct flow_row {
	uint64_t    session;
	uint16_t    relay;
	uint32_t    flow;
	uint8_t     waits;                  /* for an address or a socket */
	char        name[HOSTNAME_MAX + 1]; /* as asked for; "" */
	struct addr addr;                   /* AF_UNSPEC: not known yet */
	uint16_t    port;
	char        via[40]; /* "exit/1"; "" directly */
	struct addr rdr;     /* where to in truth, or none */
	uint16_t    rdr_port;
	char        rule[256]; /* "file:line"; "" if none yet */
	uint64_t    age_ms;
	uint64_t    idle_ms; /* from the relay, or UNKNOWN, as all below */
	uint64_t    up;
	uint64_t    down;
	uint64_t    nup; /* datagrams */
	uint64_t    ndown;
};

/* What the relay would know, if it does not answer. */
#define FLOW_ROW_UNKNOWN UINT64_MAX

void flow_row_put(struct wbuf *, const struct flow_row *);
int  flow_row_get(struct rbuf *, struct flow_row *);

/* MSG_FLOWS_REQ: such items, of one relay. */
struct flow_id {
	uint64_t session;
	uint32_t flow;
};

/* MSG_FLOWS_RES: those known. */
struct flow_stats {
	struct flow_id id;
	uint64_t       idle_ms;
	uint64_t       up;
	uint64_t       down;
	uint64_t       nup;
	uint64_t       ndown;
};

#define FLOW_IDS_MAX   256
#define FLOW_ID_LEN    12
#define FLOW_STATS_LEN 52

void flow_id_put(struct wbuf *, const struct flow_id *);
int  flow_id_get(struct rbuf *, struct flow_id *);
void flow_stats_put(struct wbuf *, const struct flow_stats *);
int  flow_stats_get(struct rbuf *, struct flow_stats *);

#endif /* BASE_MSG_FLOW_H */
