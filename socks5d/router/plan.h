/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The way of one request through upstreams: which proxies it tries, in which
 * order, when it waits and when it gives up, and who is to blame.
 *
 * Pure: time and chance come from the caller, the tries themselves are made in
 * dial.c.
 *
 * A proxy that was not tried yet is tried at once.  When there is none, the
 * same ones are tried again after a wait, until there were as many tries
 * after the first as the upstream allows.
 */

#ifndef ROUTER_PLAN_H
#define ROUTER_PLAN_H

#include <stdint.h>

#include "router/proxy.h"

/* Proxies that may have been at fault; more of them go without blame. */
#define SUSPECTS_MAX 16

/*
 * What a try says of the proxy where it ended.
 *
 * Clients choose their targets, and so they choose what a proxy does once it
 * has been told of one: it may refuse, reset, be silent or, as sshd(8) does
 * for a port that is closed, hang up without a word.  If that counted against
 * it, a client could have it shut for all others.  So whatever comes after the
 * request is a failure only if another proxy gets the same request through,
 * and no proxy is asked the same again.  What comes before it, and what keeps
 * one proxy from reaching the next, is nothing that a client could choose.
 */
enum plan_blame {
	PLAN_NONE,     /* nothing: not its doing */
	PLAN_FAILED,   /* it does not work */
	PLAN_HOPELESS, /* nor will it for this request */
	PLAN_SUSPECT,  /* it does not, if another one does: not again */
	PLAN_UNABLE,   /* it works, but not for this request */
	PLAN_UNFIT,    /* nothing, and it will not do for this request */
};

enum plan_next {
	PLAN_TRY,  /* by the members chosen */
	PLAN_WAIT, /* and ask again */
	PLAN_GIVE_UP,
};

/* A proxy and the ticket of its breaker. */
struct plan_ticket {
	struct proxy *proxy;
	uint32_t      ticket;
};

/* One that may have failed, maybe by what it was to reach. */
struct plan_suspect {
	struct plan_ticket  taken;
	const struct proxy *next;  /* a suspect, too; NULL: none */
	int                 asked; /* for the target */
};

struct plan_step {
	struct upstream   *upstream;
	uint64_t           tried; /* in this round */
	uint64_t           hopeless;
	unsigned int       member; /* chosen, the first is 0 */
	struct plan_ticket taken;  /* proxy is NULL if none */
};

struct plan {
	struct upstreams   *set;
	unsigned int        nsteps;
	struct plan_step    step[CONF_HOPS_MAX]; /* from us on */
	uint64_t            source;              /* keyed hash of it */
	unsigned int        tries;
	unsigned int        rounds;
	int                 fresh; /* somebody is left to try */
	int                 stopped;
	uint64_t            only; /* these alone; 0: any */
	unsigned int        nsuspects;
	struct plan_suspect suspect[SUSPECTS_MAX];
};

/* Holds the set until plan_clear(). */
void plan_init(struct plan *, struct upstreams *, struct upstream *,
    uint64_t source);

/*
 * Goes by this member (the first is 1) of the upstream and no other, even if
 * it is not to be used, and never tries it again.
 */
void plan_only(struct plan *, unsigned int member);

/* There will be no further try. */
void plan_stop(struct plan *);

/* Whatever is under way is given up, without a word on anybody. */
void plan_clear(struct plan *);

/* With PLAN_WAIT, the wait is in wait_ms. */
enum plan_next plan_next(struct plan *, uint64_t now, uint32_t chance,
    uint32_t *wait_ms);

/* The first proxy is connected: whatever takes time may be the target's. */
void plan_connected(struct plan *, uint64_t now);

/*
 * The try went well: all its proxies did, and those that were suspect, and
 * have no part in it, are at fault: how many these are.  Of two that may have
 * failed each other it is the one that is missing, or else the farther one.
 */
unsigned int plan_worked(struct plan *, uint64_t now);

/*
 * It ended at that step; those before it worked, those behind it were not
 * reached.
 */
void plan_failed(struct plan *, unsigned int step, enum plan_blame,
    uint64_t now);

/*
 * The same for one that the one before it, at step - 1, could not reach:
 * both are passed over as long as there are others.
 */
void plan_unreached(struct plan *, unsigned int step, enum plan_blame,
    uint64_t now);

/*
 * The one at step - 1 was asked to reach it and gave no answer: it may be
 * either, and both are passed over as long as there are others.
 */
void plan_unanswered(struct plan *, unsigned int step, uint64_t now);

/* The one on the way without members to be used; else the one named. */
const struct upstream *plan_barred(const struct plan *, uint64_t now);

/* True if there is somebody else to try, should this try fail. */
int plan_spare(const struct plan *, uint64_t now);

#endif /* ROUTER_PLAN_H */
