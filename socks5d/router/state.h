/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The state of the router process, each part with the file that owns it.
 *
 * A file includes this for its own part, and the headers of the files that it
 * calls; what a part means to others is said there.
 */

#ifndef ROUTER_STATE_H
#define ROUTER_STATE_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/buf.h"
#include "base/mac.h"
#include "base/quota.h"
#include "base/role.h"
#include "base/share.h"
#include "router/flow_turn.h"
#include "router/meter.h"
#include "router/places.h"

struct flow;
struct lookup_ops;
struct member;

struct router {
	struct role role;

	/* router.c */
	struct rules *rules;      /* in force */
	struct rules *next_rules; /* of a config to come */

	/* tables.c */
	struct tables *tables;      /* in force */
	struct tables *next_tables; /* of a config to come */

	/* session.c */
	RB_HEAD(sess_tree, session)   sessions;
	size_t                        nsessions;
	uint64_t                      last_id;
	uint32_t                      nsockets;           /* by their weight */
	uint32_t                      load[RELAYS_MAX];   /* of them: there */
	TAILQ_HEAD(sessions, session) doomed[RELAYS_MAX]; /* them: untold */
	struct adoption              *adoption; /* lifecycle.c: by relay */
	void (*sess_killed)(struct router *, struct session *);

	/* assoc.c, flow.c, flow_judge.c */
	TAILQ_HEAD(assocs, assoc)   assocs;
	RB_HEAD(flow_serials, flow) flows; /* of all of them, by age */
	uint64_t                    last_flow;
	struct flow_turns           flow_turns;
	struct assoc               *judge_next; /* or NULL */
	struct event               *judge_more;
	void (*flow_opened)(struct router *, const struct flow *);

	/* flow_name.c */
	RB_HEAD(flow_lookups, lookup) lookups;
	uint64_t                      last_lookup;
	const struct lookup_ops      *lookup_ops;

	struct shares room; /* room.c: descriptors, by source */

	/* front.c: of addresses with ports of ranges */
	LIST_HEAD(, portmap) portmaps;

	/* listener.c */
	TAILQ_HEAD(listeners, listener) listeners;
	struct listeners                next_listeners; /* prepared */
	void (*listener_ready)(int, short, void *);

	/* accept.c */
	unsigned int    paused;
	uint32_t        pause_ms; /* grows while failing */
	struct event   *resume;
	uint64_t        warned_ms; /* last line about a pause */
	uint32_t        max_sessions;
	uint32_t        max_sockets;
	uint32_t        source_sessions; /* of one source */
	struct sessions handshakes;      /* in order of arrival */
	struct event   *overdue;
	uint64_t        suspect;   /* its id, overdue before */
	int             asks_here; /* to which address clients come */

	/* identity.c */
	struct mac_key key; /* for tokens */

	/* request.c */
	LIST_HEAD(, request) ended; /* not freed yet */
	struct event *reap;

	/* resolve.c */
	struct mac_key resolve_key; /* of sources */

	/* source.c */
	struct source_bucket *sources;
	uint32_t              nhalf_open;
	uint64_t              source_key;
	struct places         places;     /* of connections under way */
	struct place_holder   own_places; /* for checks of proxies */
	struct event         *serve;      /* those that wait for one */

	/* limit.c */
	struct meters meters;

	/* grant.c */
	RB_HEAD(allow_ids, allow)   allow_ids;
	RB_HEAD(allow_whats, allow) allow_whats;
	struct meter_queue          hungry; /* rates that others wait for */
	struct event               *tick;
	uint64_t                    last_allow; /* id */
	void (*flow_used_up)(struct router *, struct member *);

	/* quota.c */
	struct event *quota_tell;
	void (*quota_told)(struct router *);
	size_t             nquotas;     /* that are kept */
	size_t             quota_bytes; /* of their rows */
	int                quota_full;  /* the log knows */
	struct quota_clock quota_clock;

	/* rulestat.c */
	struct rule_stat **stats;   /* by number of the rule */
	uint64_t          *matches; /* the same */
	uint32_t           nstats;
	struct rule_stat **next_stats; /* of a config to come */
	uint64_t          *next_matches;
	uint32_t           next_nstats;

	/* localaddr.c */
	struct addr *local; /* sorted */
	size_t       nlocal;
	int          local_known; /* else all may be ours */
	struct addr *next_local;  /* a list that is not whole */
	size_t       nnext_local;

	/* judge.c: the local time */
	int64_t  minute; /* of all times */
	uint16_t minute_of_day;
	uint8_t  weekday;

	/* upstream.c, tunnel.c */
	struct upstreams *upstreams;      /* in force */
	struct upstreams *next_upstreams; /* of a config to come */
	TAILQ_HEAD(, check) checks;
	RB_HEAD(tunnel_tree, tunnel) tunnels; /* the role works on them */
	uint64_t                     last_tunnel;

	/* uplink.c */
	RB_HEAD(uplink_ids, uplink) uplinks; /* the role has them */

	/* lend.c */
	TAILQ_HEAD(, lending) lendings;
	unsigned int nlendings;

	/* pool.c */
	TAILQ_HEAD(pools, pool) pools;
	uint64_t                last_pool; /* its id */

	/* explain.c, revoke.c: their own */
	struct explain    *explain;
	struct revocation *revoke;

	/* session_report.c */
	struct event *flush;
	struct wbuf   log;
	uint8_t       logdata[MSG_PAYLOAD_MAX];
	struct wbuf   flow_log; /* the same of flow_report.c */
	uint8_t       flow_logdata[MSG_PAYLOAD_MAX];

	/* drain.c */
	int stopping; /* no new clients */
	int drained;  /* and none is left */
};

#endif /* ROUTER_STATE_H */
