/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The state of the router process: sessions, requests under way, listeners,
 * sources, statistics of rules.
 *
 * Shared by the files of this folder only; each part says which file owns it.
 */

#ifndef ROUTER_STATE_H
#define ROUTER_STATE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/login.h"
#include "base/mac.h"
#include "base/msg_codec.h"
#include "base/quota.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/meter.h"
#include "router/places.h"
#include "router/pool.h"
#include "router/tunnel.h"
#include "socks/socks.h"
#include "table/table.h"

struct allow;
struct ended;
struct event;
struct limit_hold;
struct mapping;
struct request;
struct rule_query;
struct rules;
struct source;

/* Counters of one rule; lives on while a session opened under it does. */
struct rule_stat {
	unsigned int	refs;
	uint32_t	number;		/* RULE_NONE if not in force */
	char		where[256];	/* file:line */
	char		label[CONF_LABEL_SIZE];
	int		log;		/* the rule says "log" */
	int		drop;		/* it blocks without an answer */
	struct conf_route route;	/* as the rule has them */
	struct conf_limits limits;
	char		quota[QUOTA_RULE_SIZE];	/* what it is kept by */
	uint64_t	known;	/* if it has limits: by what, or 0 */
	uint64_t	decisions;
	uint64_t	sessions;
	uint64_t	up;
	uint64_t	down;
};

/* What auth said of a client. */
struct identity {
	char		user[LOGIN_NAME_SIZE];	/* as asked for, if it failed */
	unsigned int	ngroups;
	char		group[][LOGIN_GROUP_SIZE];
};

/* Whether auth has still to say who the user of a session is by now. */
enum late {
	LATE_NOT,
	LATE_ASKED,
	LATE_UNASKED		/* there was no auth, or it was too busy */
};

/*
 * Ids of sessions and allowances carry the number of the router's start above
 * these bits, so that none is used twice while relays outlive routers.
 */
#define ID_SERIAL_BITS	40

/* One client, from accept to the relay's report of its end. */
struct session {
	RB_ENTRY(session)	 node;		/* by id */
	uint64_t		 id;
	struct request		*req;		/* until it is connected */
	TAILQ_ENTRY(session)	 half;		/* until its request comes */
	uint64_t		 due_ms;	/* when it must have, or 0 */
	TAILQ_ENTRY(session)	 doomed;	/* while its kill waits */
	struct source		*source;	/* until it is connected */
	struct rule_stat	*rule;		/* that decided, or NULL */
	char			*name;		/* canonical, or NULL */
	char			*hint;		/* for the log, or NULL */
	struct identity		*identity;	/* see identity_of() */
	struct msg_session_open	*held;		/* until auth has said who */
	struct limit_hold	*holds;		/* limit.c: its places */
	struct allow		*allow;		/* or NULL: no rate or quota */
	LIST_ENTRY(session)	 allowed;	/* while it has one */
	struct proxy		*proxy;		/* it goes by, or NULL */
	uint64_t		 start_ms;
	uint64_t		 up;		/* as its relay told last */
	uint64_t		 down;
	struct addr		 client;
	struct addr		 target;
	uint16_t		 client_port;
	uint16_t		 target_port;
	uint16_t		 relay;
	uint8_t			 state;		/* enum session_state */
	uint8_t			 command;	/* enum session_command */
	uint8_t			 cause;		/* of a refusal, or none yet */
	uint8_t			 rep;
	uint8_t			 killed;	/* the relay is to end it, */
	uint8_t			 untold;	/* and does not know yet */
	uint8_t			 auth;		/* enum auth_mode */
	uint8_t			 login_status;	/* enum login_status */
	uint8_t			 late;		/* enum late */
	uint8_t			 adopted;	/* from a former router */
	struct listener		*listener;	/* NULL if not known */
	uint32_t		 connect_ms;
};
TAILQ_HEAD(sessions, session);
RB_HEAD(sess_tree, session);

/*
 * A listening socket with its event.  Without them it lives on for as long as
 * a session that came by it.  Its configuration is a copy as a whole, so that
 * one that a reload keeps takes all of what the new one says.
 */
struct listener {
	TAILQ_ENTRY(listener)	 entry;
	struct router		*router;
	struct event		*event;		/* NULL if it is closed */
	unsigned int		 refs;		/* sessions */
	struct conf_listener	 conf;		/* its entry means nothing */
};
TAILQ_HEAD(listeners, listener);

/* Why no client is accepted for now; a set. */
#define PAUSE_RESOURCES		0x01U	/* accept(2) failed for lack of them */
#define PAUSE_SESSIONS		0x02U	/* as many sessions as allowed */
#define PAUSE_NO_RELAY		0x04U
#define PAUSE_STOPPING		0x08U

/* The images of a config, mapped. */
struct tables {
	struct table	*at;		/* in the order of the config */
	size_t		 n;
	struct table	 countries;	/* empty without a database */
	struct mapping	*maps;		/* of each, and of countries */
};

/* A relay tells of sessions that it has of a former router: once each. */
struct adoption {
	int			 open;		/* it has not told of all */
	uint32_t		 ntold;
	RB_HEAD(ended_tree, ended) ended;	/* since they were told */
};

/*
 * What is told of rules whatever is asked, found once for a config: a question
 * must not cost more the more rules there are.
 */
#define EXPLAIN_SHADOWS_MAX	5

struct explain_rules {
	unsigned int		 ndomains;	/* that have domains */
	unsigned int		 nshadows;	/* that never match */
	struct {
		const struct conf_rule	*rule;
		const struct conf_rule	*by;	/* rule: it alone */
	}			 shadow[EXPLAIN_SHADOWS_MAX];
};

struct router {
	struct role		 role;

	/* router.c */
	struct rules		*rules;		/* in force */
	struct rules		*next_rules;	/* of a config to come */

	/* tables.c */
	struct tables		*tables;	/* in force */
	struct tables		*next_tables;	/* of a config to come */

	/* session.c */
	struct sess_tree	 sessions;
	size_t			 nsessions;
	uint64_t		 last_id;
	uint32_t		 load[RELAYS_MAX];	/* sessions there */
	struct sessions		 doomed[RELAYS_MAX];	/* of them: untold */

	/* lifecycle.c */
	struct adoption		 adoption[RELAYS_MAX];

	/* listener.c */
	struct listeners	 listeners;
	struct listeners	 next_listeners;	/* prepared */
	void			(*listener_ready)(int, short, void *);

	/* accept.c */
	unsigned int		 paused;
	uint32_t		 pause_ms;	/* grows while failing */
	struct event		*resume;
	uint64_t		 warned_ms;	/* last line about a pause */
	uint32_t		 max_sessions;
	uint32_t		 source_sessions;	/* of one source */
	struct sessions		 handshakes;	/* in order of arrival */
	struct event		*overdue;
	uint64_t		 suspect;	/* its id, overdue before */

	/* login.c */
	struct mac_key		 key;		/* for tokens */

	/* request.c */
	LIST_HEAD(, request)	 ended;		/* not freed yet */
	struct event		*reap;

	/* resolve.c */
	struct mac_key		 resolve_key;	/* of sources */

	/* source.c */
	struct source_bucket	*sources;
	uint32_t		 nhalf_open;
	uint64_t		 source_key;
	struct places		 places;	/* of connections under way */
	struct place_holder	 own_places;	/* for checks of proxies */
	struct event		*serve;		/* those that wait for one */

	/* limit.c */
	struct meters		 meters;

	/* grant.c */
	RB_HEAD(allow_ids, allow) allow_ids;
	RB_HEAD(allow_whats, allow) allow_whats;
	struct meter_queue	 hungry;	/* rates that others wait for */
	struct event		*tick;
	uint64_t		 last_allow;	/* id */

	/* quota.c */
	struct event		*quota_tell;
	size_t			 nquotas;	/* that are kept */
	size_t			 quota_bytes;	/* of their rows */
	int			 quota_full;	/* the log knows */
	struct quota_clock	 quota_clock;

	/* rulestat.c */
	struct rule_stat	**stats;	/* by number of the rule */
	uint64_t		*matches;	/* the same */
	uint32_t		 nstats;
	struct rule_stat	**next_stats;	/* of a config to come */
	uint64_t		*next_matches;
	uint32_t		 next_nstats;

	/* localaddr.c */
	struct addr		*local;		/* sorted */
	size_t			 nlocal;
	int			 local_known;	/* else all may be ours */
	struct addr		*next_local;	/* a list that is not whole */
	size_t			 nnext_local;

	/* judge.c: the local time */
	int64_t			 minute;	/* of all times */
	uint16_t		 minute_of_day;
	uint8_t			 weekday;

	/* upstream.c */
	struct upstreams	*upstreams;	/* in force */
	struct upstreams	*next_upstreams; /* of a config to come */
	TAILQ_HEAD(, check)	 checks;

	/* tunnel.c */
	struct tunnel_tree	 tunnels;	/* the role works on them */
	uint64_t		 last_tunnel;

	/* lend.c */
	TAILQ_HEAD(, lending)	 lendings;
	unsigned int		 nlendings;

	/* pool.c */
	struct pools		 pools;
	uint64_t		 last_pool;	/* its id */

	/* explain.c */
	struct explain_rules	 explained;
	TAILQ_HEAD(, trial)	 trials;
	unsigned int		 ntrials;
	uint64_t		 last_trial;

	/* revoke.c */
	struct {
		uint32_t	 generation;	/* of the last one */
		uint64_t	 last;		/* session that was looked at */
		uint64_t	 asked;		/* that auth was asked about */
		uint64_t	 late;		/* looked at for that later */
		int		 behind;	/* some of those are left */
		uint32_t	 judged;
		uint32_t	 ended;
	}			 revoke;

	/* session_report.c */
	struct event		*flush;
	struct wbuf		 log;
	uint8_t			 logdata[MSG_PAYLOAD_MAX];

	/* router.c */
	int			 stopping;	/* no new clients */
	int			 drained;	/* and none is left */
};

/* accept.c */
void	accept_init(struct router *);

/* Listens on the sockets that were prepared, and on no others. */
void	accept_listen(struct router *);

/* No client is accepted while there is any reason to pause. */
void	accept_pause(struct router *, unsigned int why);
void	accept_resume(struct router *, unsigned int why);

/* How many sessions may be open: config and descriptors. */
void	accept_set_limits(struct router *);

/* How many sessions one relay can hold. */
uint32_t	accept_room(const struct router *);

/* No client any more: whoever knocks is refused. */
void	accept_stop(struct router *);

/* listener.c */

/* Its event calls ready, with the listener. */
void		 listeners_init(struct router *,
		    void (*ready)(int, short, void *));

/* Gets ready to listen as a config to come says; -1 if memory is short. */
int		 listeners_prepare(struct router *, const struct conf *);
void		 listeners_abort(struct router *);

/*
 * Listens on the sockets that were prepared, and on no others; -1 with errno
 * if it does not hear of clients at one of them.  Those that were closed are
 * left without an event, to be swept.
 */
int		 listeners_swap(struct router *);
void		 listener_sweep(struct router *, struct listener *);

/* A session came by it; NULL and "" if there is none of that id. */
struct listener	*listener_hold(struct router *, uint32_t id);
void		 listener_release(struct router *, struct listener *);
const char	*listener_name(const struct listener *);

/* The one that is open for the address at this end; NULL if there is none. */
struct listener	*listener_at(const struct router *, int fd);

/* Who connects there comes to us. */
int		 listener_is_own(const struct router *, const struct addr *,
		    uint16_t port);

/* source.c: half-open sessions by source, /32 or /64 */

/* Counts one more; NULL if the source has as many as allowed, or no memory. */
struct source	*source_take(struct router *, const struct addr *,
		    uint32_t limit);
void		 source_release(struct router *, struct source *);
void		 source_init(struct router *);

/*
 * A place for a connection under way, of that source or, if NULL, our own: see
 * places.h.  It has none any more when it is released.
 */
int		 source_place(struct router *, struct source *, int more);
void		 source_await(struct router *, struct source *,
		    struct place_wait *);
void		 source_unplace(struct router *, struct source *);

/* session.c */
void		 sess_init(struct router *);
struct session	*sess_new(struct router *, unsigned int relay);
RB_PROTOTYPE(sess_tree, session, node, sess_cmp)
struct session	*sess_byid(struct router *, uint64_t);
/* The first session whose id is above, or NULL. */
struct session	*sess_after(struct router *, uint64_t);

/* The record alone: what the session has elsewhere must be given back. */
void		 sess_free(struct router *, struct session *);

/* Its request has come, or it has ended: its relay is not late with it. */
void		 sess_begun(struct router *, struct session *);

/* No longer half-open: it is connected, or has ended. */
void		 sess_settle(struct router *, struct session *);

/* This rule decided, whatever was thought before. */
void		 sess_ruled(struct session *, struct rule_stat *);

/* What a relay keeps of an open session, for the router's successor. */
void		 sess_facts(const struct router *, const struct session *,
		    struct session_facts *);

/*
 * Tells the relay to end it, for this cause.  If that cannot be told now it is
 * when the relay has taken what waits for it.
 */
void		 sess_kill(struct router *, struct session *,
		    enum session_cause);
void		 sess_relay_drained(struct router *, unsigned int relay);

/* lifecycle.c */

/* Messages of relays about sessions. */
void	life_on_open(void *, struct peer *, struct msg *);
void	life_on_closed(void *, struct peer *, struct msg *);
void	life_on_adopt(void *, struct peer *, struct msg *);
void	life_on_told(void *, struct peer *, struct msg *);
void	life_on_moved(void *, struct peer *, struct msg *);

/* A relay that may tell what it has; that has told all, or is gone. */
void	life_adoption_begin(struct router *, unsigned int relay);
void	life_adoption_end(struct router *, unsigned int relay);

/* Of auth: who a session's client is; that it is gone itself. */
void	life_on_user(void *, struct peer *, struct msg *);
void	life_auth_down(struct router *);

/* A relay died: its sessions died with it. */
void	life_relay_down(struct router *, unsigned int relay);

/* identity.c */

/* MSG_CHILD_KEY: of the tokens. */
void			 identity_on_key(void *, struct peer *, struct msg *);

/* The token that tells auth where this client comes from. */
void			 identity_sign(struct router *,
			    const struct session *, struct token *);

/* Who logs in as that, if auth is right; NULL if memory is short. */
struct identity		*identity_make(const char *, unsigned int,
			    const char (*)[LOGIN_GROUP_SIZE]);

/* The user of a session that outlived the router which knew him. */
void			 identity_adopt(struct session *, const char *);

/* Auth says that he has these groups now. */
void			 identity_regroup(struct session *, unsigned int,
			    const char (*)[LOGIN_GROUP_SIZE]);

/* Who the client is; NULL if it has not logged in. */
const struct identity	*identity_of(const struct session *);

/* For log and lists: also of a login that failed; "" if there was none. */
const char		*identity_name(const struct session *);

/*
 * Some programs always offer to log in, and say whose computer it is, with an
 * empty password, where they have no login.  They are served as those who do
 * not offer it.
 */
int			 identity_is_nobody(const struct session *);

/* True if what the client was told of its login is what auth said. */
int			 identity_admits(const struct session *, int told);

/* login.c: what auth says of clients */
void	login_on_kill(void *, struct peer *, struct msg *);

/*
 * MSG_SESSION_USER: the session if a request of it was kept for that, and may
 * go on or not now; or NULL.
 */
struct session	*login_user(struct router *, struct peer *, struct msg *);

/*
 * What auth says may still be on its way: keeps the request until it has
 * come.  CAUSE_NONE, or why it does not.
 */
enum session_cause	login_hold(struct router *, struct session *,
			    const struct msg_session_open *);

/*
 * Takes what auth has said so far, so that the log has it; the session again,
 * or NULL if it has ended over it.
 */
struct session	*login_hear(struct router *, struct session *);

/* Ends a relay that claims or asks what it must not. */
void	login_accuse(struct router *, unsigned int relay, const char *what);

/* resolve.c */
void	resolve_init(struct router *);

/*
 * Asks for the addresses of a name under that id, for this client, or for
 * nobody if it is NULL.  The families that will be answered; 0 if there is no
 * resolver.
 */
uint8_t	resolve_ask(struct router *, uint64_t id, const char *name,
	    const struct addr *client);

/*
 * Why there is nothing to connect to, for the log and who asks; -1 if that is
 * not known.
 */
int	resolve_hint(const struct request *, enum session_cause, char *,
	    size_t);

/* What it means if that was refused. */
#define RESOLVE_BUSY_HINT	"too many name lookups of its source pending"

/* request.c */

/* Works on what the client asks for; it ends in opened or refused. */
void	request_start(struct router *, struct session *,
	    const struct msg_session_open *);
void	request_on_answer(void *, struct peer *, struct msg *);

/* The resolver is gone: whatever waits for a name gets no answer. */
void	request_resolver_down(struct router *);

/* Answers with a refusal, for this cause. */
void	request_refuse(struct router *, struct session *, enum session_cause);

/* The requests that have ended are freed by the loop. */
void		 request_init(struct router *);

/* One that has no time limit yet; NULL if memory is short. */
struct request	*request_new(struct router *, struct session *, uint16_t);
void		 request_free(struct request *);

/* True if the rule that refused it wants the client to hear nothing. */
int			request_drops(const struct session *,
			    enum session_cause);

/* Why it has no address to connect to. */
enum session_cause	request_hopeless(const struct request *);

/* Ends the session's request, if it has one, without an answer to the relay. */
void	request_cancel(struct router *, struct session *);

/* egress.c */

/* Where a connection to there really goes by this route. */
void	egress_where(const struct conf_route *, struct addr *,
	    uint16_t *port);

/*
 * A socket for a connection to there, not connected yet; -1 with errno, which
 * is EAGAIN if it must be made by the parent: see pool_await().  The route, or
 * NULL, is that of the rule that allows it.
 */
int	egress_socket(struct router *, const struct addr *,
	    const struct conf_route *);

/* Gives it the source that the route asks for, if any; -1 with errno. */
int	egress_bind(int, const struct conf_route *);

/*
 * True if it is connected, but to itself: where nobody listens at a port of
 * this host that the system gives out, too, that may have been given to this
 * very socket.  It is to be taken as refused, and only fit to be closed, which
 * gives its port back at once.  own and its port, unless NULL, get the address
 * that the socket has here; AF_UNSPEC if that is not known, or if it is true.
 */
int	egress_to_self(int, uint16_t port, struct addr *own,
	    uint16_t *own_port);

/* It is connected: asks the peer for signs of life, if so configured. */
void	egress_keepalive(const struct router *, const struct conf_route *,
	    int fd);

/* connect.c: Happy Eyeballs over the addresses that were allowed */

#define REQUEST_ADDRS_MAX	(2 * NAME_ADDRS_MAX)
#define ATTEMPTS_MAX		8	/* connections tried at once */

/* One that is used has a place. */
struct attempt {
	struct request	*req;
	struct event	*event;
	int		 fd;		/* -1 if there is none */
	unsigned int	 index;		/* into addrs */
	uint64_t	 start_ms;
	struct pool_wait wait;		/* for a socket of its class */
};

/* An allowed address and the rule that allowed it; reloads may come. */
struct candidate {
	struct addr		 addr;	/* AF_UNSPEC: goes on by its name */
	struct rule_stat	*rule;
};

/*
 * A request ends in request_cancel(), and then does nothing any more: it has no
 * timer, socket or wait, s->req does not lead to it, and functions that are
 * given it return.  It is freed by the loop after that, when no function that
 * has it can be under way, so done may end it, and so may all that is called
 * from here.
 */
struct request {
	struct router		*router;
	LIST_ENTRY(request)	 ended;		/* while it is over */
	uint8_t			 over;
	/* The connected target's socket and its candidate; or -1 and 0. */
	void			(*done)(struct request *, int fd,
				    unsigned int index);
	struct session		*session;
	struct event		*deadline;
	struct event		*next;		/* start another attempt */
	uint64_t		 start_ms;
	uint64_t		 due_ms;	/* of the deadline */
	uint16_t		 port;
	uint8_t			 waiting;	/* families not yet answered */
	uint8_t			 started;	/* connecting has begun */
	uint8_t			 denied;	/* cause: refused address */
	uint8_t			 found;		/* the name has an address */
	uint8_t			 failed;	/* a lookup failed */
	struct name_fault	 fault;		/* why, if that is known */
	uint8_t			 busy;		/* too many of its source */
	uint8_t			 trial;		/* explain.c asks: no counts */
	uint8_t			 proxied;	/* upstream.c is at work */
	uint8_t			 place;		/* it has one to spare */
	uint16_t		 bound_port;
	struct addr		 bound;		/* of the socket connected */
	struct place_wait	 turn;		/* or waits for it */
	struct tunnel		*tunnel;	/* then */
	unsigned int		 proxied_index;	/* into addrs */
	const struct rule_stat	*dead_end;	/* its upstream does not work */
	sa_family_t		 dead_af;	/* for that family; 0 for all */
	uint8_t			 cause;		/* what a proxy said, or none */
	int			 error;		/* best errno so far */
	unsigned int		 naddrs;
	unsigned int		 tried;
	unsigned int		 nactive;
	struct attempt		 attempt[ATTEMPTS_MAX];
	struct candidate	 addrs[REQUEST_ADDRS_MAX];
};

/*
 * Tries the next address, if one is left.  At the end of all tries, be it
 * within the call or later, done of the request is called.
 */
void	connect_next(struct request *);

/* Closes all attempts but the one given (or all, if -1); waits for no more. */
void	connect_close(struct request *, int keep);

/* upstream.c */
void	upstream_init(struct router *);

/*
 * Upstreams of a config to come, EINVAL or ENOMEM if they cannot be; they come
 * into force with it, or not.
 */
int	upstream_prepare(struct router *, const struct conf *);
void	upstream_abort(struct router *);
void	upstream_commit(struct router *);

/*
 * Connects the request's candidate of that index by the upstream of its rule.
 * 0: done is called at the end, with the request, and hands on to
 * upstream_ended() what it is told; until then it counts in nactive.  -1 with
 * req->cause, if it failed at once.
 */
int	upstream_start(struct request *, unsigned int index, tunnel_done done);
void	upstream_ended(struct request *, const struct tunnel_end *);

/* The session has ended: it goes by no proxy any more. */
void	upstream_leave(struct session *);

/* Gives up what upstream_start() began, if it did. */
void	upstream_cancel(struct request *);

/* limit.c */

/* By whom places are counted. */
struct limit_who {
	struct addr	 source;	/* masked: /32 or /64 */
	const char	*user;		/* NULL if not logged in */
};

void	limit_init(struct router *);
void	limit_who(const struct session *, struct limit_who *);

/*
 * Takes a place under this rule for the session of the request, unless it has
 * one there; -1 if a limit is reached, which is then the session's hint.
 */
int	limit_admit(struct request *, struct rule_stat *);

/* The same, but takes nothing: -1 if it would be refused, with the hint. */
int	limit_look(struct router *, const struct limit_who *,
	    struct rule_stat *, char *hint, size_t);

/* The state of a limit: "sessions 3 of 50 per user", and the same apart. */
struct limit_told {
	const char	*name;
	const char	*per;
	const char	*period;	/* of a quota, or NULL */
	uint64_t	 used;		/* of a rate: sessions that share it */
	uint64_t	 most;
	char		 text[160];
};

/*
 * Tells each limit that such a session would be under, and its present state.
 * Takes nothing, either.
 */
void	limit_each(struct router *, const struct limit_who *,
	    struct rule_stat *, void (*)(void *, const struct limit_told *),
	    void *);

/* The request has won under that rule: other places are given back. */
void	limit_settle(struct router *, struct session *,
	    const struct rule_stat *);

/* The session has ended: gives back all places. */
void	limit_release(struct router *, struct session *);

/* A session of a former router, whose rule is known, has its places. */
void	limit_adopt(struct router *, struct session *);

/* The meter for that, made if need be; NULL if memory is short. */
struct meter	*limit_meter(struct router *, enum limit_kind,
		    struct rule_stat *, enum conf_scope,
		    const struct limit_who *);

/* That the quota of the rule is used up. */
void	limit_quota_text(struct rule_stat *, char *, size_t);

/* limit_report.c */
void	limit_on_list(void *, struct peer *, struct msg *);

/* grant.c */
void	grant_init(struct router *);

/*
 * The session belongs to the allowance of its rule, whose id that is; 0 if
 * the rule has neither rate nor quota.  -1 if memory is short.
 */
int	grant_join(struct router *, struct session *,
	    const struct limit_who *, uint64_t *id);
void	grant_leave(struct router *, struct session *);

/* False if the relay cannot have had so many bytes for this session. */
int	grant_covers(const struct session *, uint64_t bytes);

/* How much it has moved, or will, of what is granted cannot be known. */
void	grant_lose(const struct session *);

/* A session of a former router: its relay is told where it belongs. */
void	grant_adopt(struct router *, struct session *);
void	grant_on_want(void *, struct peer *, struct msg *);
void	grant_on_return(void *, struct peer *, struct msg *);
void	grant_relay_down(struct router *, unsigned int relay);

/* A rule under whose quota there are sessions at present, or "". */
const char	*grant_where(const struct meter *);

/* quota.c */
void	quota_init(struct router *);

/* What the used quota of the rule is kept by. */
void	quota_name(const struct conf_rule *, char dst[QUOTA_RULE_SIZE]);

/*
 * The meter of its quota, or NULL; made, or NULL if memory is short or there is
 * no room to keep another one.
 */
struct meter	*quota_find(struct router *, const struct rule_stat *,
		    const char *user);
struct meter	*quota_get(struct router *, const struct rule_stat *,
		    const char *user);
int		 quota_is_used(struct router *, const struct rule_stat *,
		    const char *user);

/* There is none, and no room for it; somebody was refused for that. */
int		 quota_is_full(struct router *, const struct rule_stat *,
		    const char *user);
void		 quota_refused(struct router *);

/* Bytes used in this period, and left of so many. */
uint64_t	 quota_used(struct router *, struct meter *);
uint64_t	 quota_left(struct router *, struct meter *, uint64_t most);

/* So many more, or less, are used. */
void		 quota_add(struct router *, struct meter *, int64_t);

/* Rule and user of a meter of a quota. */
void		 quota_key(const struct meter *, const char **rule,
		    char *user, size_t);

/*
 * The parent hears of all that has changed.  False if it does not read so
 * fast: then that goes on by itself.
 */
int		 quota_tell(struct router *);
void		 quota_on_rows(void *, struct peer *, struct msg *);

/* judge.c */

/*
 * All that is known of a client's request and of one address of it; NULL if
 * that is not known.  It refers to the client.
 */
void	judge_query(struct router *, const struct session *,
	    const struct addr *to, struct rule_query *);

/* addr_embedded() with the prefixes of the config. */
unsigned int	judge_embedded(const struct router *, const struct addr *,
		    struct embedded[EMBEDDED_MAX]);

/*
 * As rules_judge(), but as long as the addresses of this host are not known
 * only what passes if it is about one of them and if it is not.  Of what is
 * refused the query is then the one that was: with that said of the addresses,
 * and about those of their forms that do not pass.
 */
const struct conf_rule	*judge_decide(struct router *, struct rule_query *,
			    uint64_t *matches);
const struct conf_rule	*judge_decide_name(struct router *,
			    struct rule_query *);

/*
 * True if there may be an address that the rules let pass; if not, the rule
 * that says so has decided.
 */
int	request_possible(struct request *);

/*
 * True if the name goes unresolved to an upstream: then that is a candidate,
 * one without an address.
 */
int	request_judge_name(struct request *);

/* False if the route has a source of the other family. */
int	judge_reaches(const struct conf_route *, const struct addr *to);

/* Adds the address to the candidates if the rules let it pass. */
void	request_judge(struct request *, const struct addr *);

/* cause.c */

enum session_cause	cause_of_errno(int);
enum socks_rep		rep_of_cause(enum session_cause);

/* rulestat.c */

/*
 * Statistics for the rules of a config to come, where those of unchanged rules
 * go on; -1 if memory is short.  They come into force with it, or not.
 */
int			 rule_stats_prepare(struct router *,
			    const struct conf *);
void			 rule_stats_abort(struct router *);
void			 rule_stats_commit(struct router *);
/* "file:line" of a rule; of a path that is too long the end. */
void			 rule_where(const struct conf_rule *, char *, size_t);
struct rule_stat	*rule_stat_hold(struct router *, uint32_t number);
/*
 * The rule by which a former router limited a session, when it had that
 * number; NULL if there is none such any more.
 */
struct rule_stat	*rule_stat_known(struct router *, uint64_t known,
			    uint32_t number);
void			 rule_stat_release(struct rule_stat *);

/* tables.c */

/*
 * Maps the images of a config to come, whose descriptors are closed then; -1
 * with why.  They come into force with it, or not.
 */
int	tables_prepare(struct router *, struct conf *, char *why, size_t);
void	tables_abort(struct router *);
void	tables_commit(struct router *);
void	tables_on_set(void *, struct peer *, struct msg *);

/* The table in force of that name, and what the config says; or NULL. */
const struct table	*tables_find(const struct router *, const char *,
			    const struct conf_table **);

/* table_report.c: what control asks of them */
void	table_report_on_rows(void *, struct peer *, struct msg *);
void	table_report_on_test(void *, struct peer *, struct msg *);
void	table_report_on_list(void *, struct peer *, struct msg *);

/* localaddr.c: the addresses of this host */
void	localaddr_on_list(void *, struct peer *, struct msg *);
int	localaddr_is(const struct router *, const struct addr *);

/* False while there is no list: then any address may be one of this host. */
int	localaddr_known(const struct router *);

/* lend.c: connected sockets to name servers, for the resolver */
void	lend_on_want(void *, struct peer *, struct msg *);
void	lend_cancel(struct router *);

/* explain.c: what would become of a request */
void	explain_init(struct router *);
void	explain_commit(struct router *);
void	explain_on_test(void *, struct peer *, struct msg *);
void	explain_on_answer(struct router *, const struct msg_name_answer *,
	    uint64_t id);

/* These are gone: what one would say nobody hears, or is not said. */
void	explain_resolver_down(struct router *);
void	explain_control_down(struct router *);

/* An id of NAME_RESOLVE that is no session's. */
#define EXPLAIN_ID	(UINT64_C(1) << 63)

/* revoke.c: sessions that a reload's rules refuse */
void	revoke_on_start(void *, struct peer *, struct msg *);
void	revoke_on_who(void *, struct peer *, struct msg *);

/* One that was not known yet when the others were judged again. */
void	revoke_late(struct router *, struct session *);

/* Auth is gone; it is there again and is asked what was not answered. */
void	revoke_auth_down(struct router *);
void	revoke_auth_up(struct router *);

/* session_report.c: a session as control learns of it */
void	session_report_init(struct router *);

/* It has ended: a line of the log, sent with others a little later. */
void	session_report_end(struct router *, const struct session *);
void	session_report_flush(struct router *);

/* A row of a list of sessions. */
void	session_report_row(const struct session *, uint64_t now,
	    struct session_row *);

/* report.c: what control asks for */
void	report_on_list(void *, struct peer *, struct msg *);
void	report_on_rules(void *, struct peer *, struct msg *);
void	report_on_kill(void *, struct peer *, struct msg *);

/* proxy_report.c: what control asks and says about proxies */
void	proxy_report_on_rows(void *, struct peer *, struct msg *);
void	proxy_report_on_set(void *, struct peer *, struct msg *);

/* router.c: the last session of a stopping daemon has ended. */
void	router_check_drained(struct router *);

#endif /* ROUTER_STATE_H */
