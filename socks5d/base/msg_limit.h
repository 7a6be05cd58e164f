/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about limits: allowances, used quota, and lists.
 *
 * Pure codec.  Rules as in msg_codec.h.
 */

#ifndef BASE_MSG_LIMIT_H
#define BASE_MSG_LIMIT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/limit.h"
#include "base/msg.h"

/*
 * MSG_ALLOW_WANT (the id is the allowance's): a relay has so few bytes left
 * that it wants so many more; so many of its sessions wait for them, and at
 * least one will.  It is answered by a grant in time, or by the end of the
 * sessions.  A relay that hears nothing asks
 * again after a while; of its questions the last one counts.
 */
struct msg_allow_want {
	uint64_t bytes;
	uint32_t sessions; /* at least 1 */
};

#define ALLOW_WANT_LEN 12

/* What is asked for on behalf of each session, besides a debt. */
#define ALLOW_WANT_BYTES (1024 * 1024)

/* What a flow may move beyond what is granted: a datagram is not split. */
#define ALLOW_OVER_MAX 65535

void msg_put_allow_want(struct wbuf *, const struct msg_allow_want *);
int  msg_get_allow_want(const struct msg *, struct msg_allow_want *);

/*
 * One number, msg_put_u64().  MSG_ALLOW_GRANT and MSG_ALLOW_RETURN (the id is
 * the allowance's): bytes that may be moved, and those of them that were not.
 * MSG_ALLOW_SET (the id is the session's): the allowance that an open session
 * belongs to from now on; 0 for none.
 *
 * MSG_QUOTA_ROWS: lines as in base/quota.h, whole ones.  From the parent they
 * say what was used before, from the router what is used now.
 */

/* One thing that is counted, in MSG_LIMIT_ROWS and MSG_CTL_LIMIT_ROW. */
struct limit_row {
	enum limit_kind kind;
	char            where[256]; /* file:line; "" for a "set" line */
	char            label[64];
	char            key[256]; /* user or source; "" for all */
	uint32_t        sessions; /* that it holds for */
	uint32_t        waiting;  /* of them, for their turn */
	uint64_t        used;
	uint64_t        most;
	uint64_t        refused; /* requests */
};

void limit_row_put(struct wbuf *, const struct limit_row *);
int  limit_row_get(struct rbuf *, struct limit_row *);

#endif /* BASE_MSG_LIMIT_H */
