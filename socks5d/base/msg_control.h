/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages to control and socks5ctl: ended sessions, and rows of
 * lists of sessions, rules, counters and processes.
 *
 * Pure codec.  Rules as in msg_codec.h.
 */

#ifndef BASE_MSG_CONTROL_H
#define BASE_MSG_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/counters.h"
#include "base/hostname.h"
#include "base/msg.h"
#include "base/proc.h"
#include "base/session.h"
#include "base/wall.h"

/* What an association has come to, beside bytes. */
struct udp_sums {
	uint64_t nup; /* datagrams client to targets */
	uint64_t ndown;
	uint64_t destinations;    /* that it was connected to */
	uint32_t drops[DROP_MAX]; /* by cause */
	uint8_t  unknown;         /* it outlived who counted */
};

/* MSG_SESSION_LOG: such records until the end of the payload. */
struct session_log {
	uint64_t             id;
	struct addr          client;
	uint16_t             client_port;
	char                 listener[32];
	char                 user[256]; /* "" if none */
	char                 rule[256]; /* "file:line"; "" if none */
	char                 label[64];
	enum session_command command;
	char                 name[HOSTNAME_MAX + 1];
	struct addr          target; /* AF_UNSPEC: none used */
	uint16_t             target_port;
	uint8_t              rep; /* REP_NONE: none sent */
	enum session_cause   cause;
	char                 hint[256]; /* what would change it; "" */
	uint8_t              forced;    /* even if "no sessions" */
	uint64_t             up;
	uint64_t             down;
	uint32_t             connect_ms;
	uint64_t             duration_ms;
	char                 via[40]; /* "exit/1"; "" directly */
	struct addr          rdr;     /* where to in truth, or none */
	uint16_t             rdr_port;
	struct udp_sums      udp; /* of command udp only */
};

/* Most bytes of one packed record. */
#define SESSION_LOG_MAX 1536

void session_log_put(struct wbuf *, const struct session_log *);
int  session_log_get(struct rbuf *, struct session_log *);

/* MSG_SESSION_ROWS and MSG_CTL_SESSION_ROW. */
struct session_row {
	uint64_t             id;
	uint16_t             relay;
	struct addr          client;
	uint16_t             client_port;
	char                 user[256];
	enum session_command command;
	char                 name[HOSTNAME_MAX + 1];
	struct addr          target;
	uint16_t             target_port;
	enum session_state   state;
	uint64_t             age_ms;
	uint64_t             idle_ms; /* from the relay, or UNKNOWN */
	uint64_t             up;
	uint64_t             down;
	char                 via[40]; /* "exit/1"; "" directly */
	struct addr          rdr;     /* where to in truth, or none */
	uint16_t             rdr_port;
	struct udp_sums      udp; /* of command udp only */
};

/* Idle time and bytes of a session whose relay does not answer. */
#define SESSION_ROW_UNKNOWN UINT64_MAX

void session_row_put(struct wbuf *, const struct session_row *);
int  session_row_get(struct rbuf *, struct session_row *);

/* MSG_STATS_REQ: ids (8 bytes) of one relay; MSG_STATS_RES: those known. */
struct session_stats {
	uint64_t           id;
	enum session_state state;
	uint64_t           idle_ms;
	uint64_t           up;
	uint64_t           down;
	uint8_t            is_udp;
	struct udp_sums    udp; /* if so: what was seen there */
};

#define STATS_IDS_MAX 128
#define STATS_LEN_MAX (34 + 25 + 4 * DROP_MAX)

void session_stats_put(struct wbuf *, const struct session_stats *);
int  session_stats_get(struct rbuf *, struct session_stats *);

/* A longer rule is cut, and ends in "...". */
#define RULE_TEXT_SIZE 4096

/* MSG_RULE_ROWS and MSG_CTL_RULE_ROW. */
struct rule_row {
	uint32_t number;
	char     where[256];           /* file:line */
	char     text[RULE_TEXT_SIZE]; /* as -nv prints it */
	char     label[64];
	uint64_t matches;   /* addresses judged that it matched */
	uint64_t decisions; /* addresses for which it decided */
	uint64_t sessions;  /* sessions opened under it */
	uint64_t up;
	uint64_t down;
};

void rule_row_put(struct wbuf *, const struct rule_row *);
int  rule_row_get(struct rbuf *, struct rule_row *);

/* MSG_COUNTERS_RES: all counters of one process, in the table's order. */
void msg_put_counters(struct wbuf *, const struct counters *);
int  msg_get_counters(const struct msg *, struct counters *);

/* MSG_STATUS_RES and MSG_CTL_STATUS_ROW: the daemon as a whole. */
struct status_row {
	char     version[32];
	char     config[256]; /* file, or "built-in default" */
	uint32_t generation;
	uint32_t pid; /* of the parent */
	uint64_t uptime_ms;
	uint64_t config_age_ms;
	uint64_t sessions;     /* filled in by control, or UNKNOWN */
	uint8_t  name_servers; /* the same, or 0 */
	uint8_t  name_servers_dead;
	uint8_t  rootless;
	uint8_t  stopping;
	uint64_t reload_age_ms; /* since the last one failed, and */
	char     reload[256];   /* why; "" if it did not */
};

#define STATUS_SESSIONS_UNKNOWN UINT64_MAX

/* One child, MSG_CTL_CHILD_ROW; MSG_STATUS_RES has a list of them. */
struct child_row {
	enum proc_id role;
	uint16_t     instance;
	uint32_t     pid; /* 0 while it is not running */
	struct walls walls;
	uint32_t     restarts;
	uint32_t     silent_ms; /* 0: it answers */
	uint64_t     uptime_ms;
};

void status_row_put(struct wbuf *, const struct status_row *);
int  status_row_get(struct rbuf *, struct status_row *);
void child_row_put(struct wbuf *, const struct child_row *);
int  child_row_get(struct rbuf *, struct child_row *);

/* MSG_CTL_COUNTER_ROW */
struct counter_row {
	char     name[64];
	uint64_t value;
	char     help[128];
};

void counter_row_put(struct wbuf *, const struct counter_row *);
int  counter_row_get(struct rbuf *, struct counter_row *);

/*
 * MSG_CONTROL_SOCKET: who besides uid 0 may use the listening socket that
 * comes along.  A new message replaces the socket and the rights.
 */
struct msg_control_socket {
	uint32_t uid; /* the daemon's own, 0 if root */
	uint32_t gid; /* members of this group, if has_gid */
	uint8_t  has_gid;
};

#define CONTROL_SOCKET_LEN 9

void msg_put_control_socket(struct wbuf *, const struct msg_control_socket *);
int  msg_get_control_socket(const struct msg *, struct msg_control_socket *);

#endif /* BASE_MSG_CONTROL_H */
