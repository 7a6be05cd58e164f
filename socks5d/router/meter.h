/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Meters: one for each thing that is counted under a limit, by kind, rule and
 * key, where a key is a user, a source, or nothing for all together.
 *
 * Pure; the clock is the caller's.  A meter lives while something holds it and
 * then for as long as it has something to remember; of those that nobody holds
 * there is a bounded number.
 */

#ifndef ROUTER_METER_H
#define ROUTER_METER_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "base/limit.h"
#include "base/quota.h"
#include "router/bucket.h"

/* Most meters that nobody holds; the one that was last so first goes. */
#define METERS_IDLE_MAX 65536

/* Longest key: the rule and the user of a quota, each with its NUL. */
#define METER_KEY_MAX (QUOTA_RULE_SIZE + LOGIN_NAME_SIZE)

struct allow;
struct portion;

struct meter {
	RB_ENTRY(meter)    node;
	TAILQ_ENTRY(meter) idle; /* while nobody holds it */
	enum limit_kind    kind;
	void              *rule; /* NULL: of no one rule */
	unsigned int       refs;
	uint64_t           refused;
	uint32_t           sessions; /* of a rate or quota */

	/* LIMIT_NEW, LIMIT_SOURCE_NEW, LIMIT_RATE */
	struct bucket bucket; /* ms is 0: not yet one */

	/* LIMIT_RATE: grant.c */
	TAILQ_HEAD(, portion) portions; /* that wait */
	uint32_t           waiting;     /* sessions of all of them */
	TAILQ_ENTRY(meter) hungry;      /* while there are any */
	int                hungry_now;
	uint64_t           used;  /* in a second */
	uint64_t           moved; /* bytes since then */
	uint64_t           since;
	uint64_t           owed; /* bytes that were moved beyond it */

	/* LIMIT_QUOTA: quota.c */
	LIST_HEAD(, allow) allows; /* grant.c */
	struct quota_count count;
	uint32_t           renewed; /* how often */
	uint64_t           most;    /* as of the last rule */
	int                dirty;   /* not yet told */
	int                turned;  /* nor that of before */
	int                kept;    /* held for its period */

	size_t  len;
	uint8_t key[];
};
RB_HEAD(meter_tree, meter);
TAILQ_HEAD(meter_queue, meter);

struct meters {
	struct meter_tree  tree;
	struct meter_queue idle;
	size_t             nidle;
	size_t             max; /* of idle ones */
	void (*hold)(void *rule);
	void (*release)(void *rule);
	struct meter *probe; /* to look for */
};

RB_PROTOTYPE(meter_tree, meter, node, meter_cmp)

/*
 * An empty set; each meter of a rule holds it from the first to the last.  -1
 * if memory is short.  max is METERS_IDLE_MAX but for tests.
 */
int  meters_init(struct meters *, size_t max, void (*hold)(void *),
     void (*release)(void *));
void meters_clear(struct meters *);

/* The meter, or NULL if there is none. */
struct meter *meter_find(struct meters *, enum limit_kind, void *rule,
    const void *key, size_t len);

/*
 * The same, made if need be; NULL if out of memory.  Takes no reference; it
 * is there at least until the next call.
 */
struct meter *meter_get(struct meters *, enum limit_kind, void *rule,
    const void *key, size_t len, uint64_t now);

/* Whoever releases one does not use it any more. */
void meter_hold(struct meters *, struct meter *);
void meter_release(struct meters *, struct meter *);

/* Its bucket, made or changed to these limits. */
struct bucket *meter_bucket(struct meter *, uint64_t count, uint32_t ms,
    uint64_t size, uint64_t now);

/* Frees one that nobody holds, or just the caller. */
void meter_free(struct meters *, struct meter *);

#endif /* ROUTER_METER_H */
