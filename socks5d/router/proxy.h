/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The upstreams in force: their proxies and what is known of each.
 *
 * Pure but for the log: no sockets, no clock.  Who goes through them is in
 * plan.h and tunnel.h.
 */

#ifndef ROUTER_PROXY_H
#define ROUTER_PROXY_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/msg_proxy.h"
#include "conf/conf.h"
#include "router/balance.h"
#include "router/breaker.h"

/* One proxy; lives on over reloads that leave it as it is. */
struct proxy {
	unsigned int         refs;
	unsigned int         number; /* the first is 1 */
	char                 upstream[CONF_NAME_SIZE];
	enum conf_protocol   protocol;
	struct addr          addr;
	uint16_t             port;
	uint64_t             identity;
	struct breaker       breaker;
	struct breaker_limit limit;
	int                  down;     /* somebody said so */
	int                  unwell;   /* its last check failed */
	int                  failing;  /* so did the last try of it */
	unsigned int         vain;     /* requests left unanswered */
	int                  unproven; /* others answered them */
	enum proxy_state     noticed;  /* proxy_notice() */
	uint64_t             sessions; /* open by it */
	uint64_t             bytes_up; /* of those that ended */
	uint64_t             bytes_down;
	uint32_t             connect_ms; /* the last time */
	uint64_t             tries;
	uint64_t             failures;
	char                 error[160]; /* of the last; "" if none */
	uint64_t             error_ms;
};

struct upstream {
	TAILQ_ENTRY(upstream) entry;
	char                  name[CONF_NAME_SIZE];
	struct upstream      *via; /* NULL: directly */
	uint32_t              retry;
	uint32_t              backoff_min_ms;
	uint32_t              backoff_max_ms;
	uint32_t              check_ms; /* 0: none */
	struct balance        balance;
	struct proxy         *member[CONF_MEMBERS_MAX];
};

/* All of a config; whoever is under way by one of them keeps it alive. */
struct upstreams {
	TAILQ_HEAD(, upstream) list;
	unsigned int refs;
};

/*
 * Those of a config, with the proxies of old, which may be NULL, where they
 * are the same.  The caller has the one reference.  NULL with ENOMEM, or
 * EINVAL if one goes by another that is not there, or around in a circle.
 */
struct upstreams *upstreams_new(const struct conf *,
    const struct upstreams *old);
struct upstreams *upstreams_hold(struct upstreams *);
void              upstreams_release(struct upstreams *);

/* These now are in force: limits hold for their proxies from here on. */
void upstreams_commit(struct upstreams *, const struct conf *);

/* The one of that name, or NULL. */
struct upstream *upstream_find(const struct upstreams *, const char *);

/* Its members that may be tried, whatever each try may have to do. */
uint64_t upstream_usable(const struct upstream *, uint64_t now);

/* That none of them is used, and why: "no usable member: 2 tripped". */
void upstream_idle(const struct upstream *, uint64_t now, char *dst,
    size_t size);

struct proxy *proxy_hold(struct proxy *);
void          proxy_release(struct proxy *);

/* How a try with that ticket went; the last: nobody knows if it failed. */
void proxy_worked(struct proxy *, uint32_t ticket);
void proxy_failed(struct proxy *, uint32_t ticket, uint64_t now);
void proxy_unanswered(struct proxy *);

/*
 * It passed a check or did not.  One that passes is used, even if its breaker
 * is open; but if that opened over requests, which a check does not make, one
 * session has to show it first.
 */
void proxy_checked(struct proxy *, int passed, uint64_t now);

/* Whatever went wrong before is mended. */
void proxy_mended(struct proxy *);

enum proxy_state proxy_state_of(const struct proxy *, uint64_t now);

/*
 * Logs it if it can or cannot be used any more, with this for a reason or, if
 * that is NULL, its last error; true if its breaker has opened.
 */
int proxy_notice(struct proxy *, const char *why);

#endif /* ROUTER_PROXY_H */
