/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One proxied connection inside a relay, from hand-over to close, and the
 * relay that holds it.
 *
 * Shared by the files of this folder only.  A session belongs to exactly one
 * relay process; session_finish() marks it, session_reap() alone frees it, at
 * the end of a loop turn, so no event of that turn meets freed memory.
 */

#ifndef RELAY_SESSION_H
#define RELAY_SESSION_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "base/child.h"
#include "base/counters.h"
#include "base/msg_login.h"
#include "base/session.h"
#include "conf/conf.h"

struct poller;

/* One read, and so the most that a direction keeps for a slow reader. */
#define RELAY_BUFFER	(64 * 1024)

/*
 * After so many reads in a row of at least so many bytes a direction is bulk
 * and gets a pipe, if there is one, until less comes at a time.
 */
#define BULK_READS	4
#define BULK_LEAST	(RELAY_BUFFER / 4)

/* Bytes that a pipe holds, if its user may have as many. */
#define PIPE_SIZE	(256 * 1024)

/*
 * What one direction moves before it is another one's turn.  Those that have
 * more to move, and all bulk, wait in a queue of which each turn of the loop
 * serves so many bytes: handshakes and small traffic come in between, however
 * many the others are.  A visit counts as some bytes even if it moved none.
 */
#define SHARE_BYTES	(256 * 1024)
#define TURN_BYTES	(1024 * 1024)
#define VISIT_BYTES	(16 * 1024)

/* What a client may send before its target is connected; then we wait. */
#define HANDSHAKE_BUFFER	SESSION_EARLY_MAX

/* A router that has not answered this long after its own limit never will. */
#define WAITING_MS	5000

/* Reports wait while more bytes than this are queued for the router. */
#define REPORT_QUEUE	(64 * 1024)

/* After a refusal the client may take this long, and send this much. */
#define CLOSING_MS	2000
#define CLOSING_BYTES	(256 * 1024)

/*
 * What the poller knows things by: a channel by the role at its far end, a
 * socket by its session and side.  Ids never come twice, so an event that
 * comes late finds nothing instead of something else.
 */
#define KEY_LINK		(UINT64_C(1) << 63)
#define KEY_SESSION(id, side)	((id) << 1 | (side))

enum side {
	CLIENT,
	TARGET
};

/* Bytes on their way from one socket to another, never in our memory. */
struct pipe {
	LIST_ENTRY(pipe)	 entry;		/* while nobody has it */
	int			 in;
	int			 out;
	uint32_t		 filled;	/* bytes in it */
};

/* One socket of a session, and the direction that starts at it. */
struct end {
	uint8_t		 readable;	/* no EAGAIN since the last edge */
	uint8_t		 writable;
	uint8_t		 watched;	/* for room to write, too */
	uint8_t		 drain;		/* short reads do not mean empty */
	uint8_t		 failed;	/* reset; last words may be unread */
	uint8_t		 lost;		/* for lack of any sign of life */
	int		 fd;		/* -1 if there is none */
	uint8_t		 eof;		/* read until the FIN */
	uint8_t		 done;		/* and passed it on */
	uint8_t		 bulk;		/* large reads in a row */
	uint32_t	 off;		/* pending[off] to [len) wait for */
	uint32_t	 len;		/*   the other end to be writable */
	uint8_t		*pending;	/* NULL if nothing waits */
	struct pipe	*pipe;		/* in place of it, while bulk */
	uint64_t	 bytes;		/* read here and written there */
};

/* How far the handshake has come. */
enum stage {
	STAGE_GREETING,
	STAGE_LOGIN,		/* RFC 1929 */
	STAGE_CHECK,		/* auth works on it */
	STAGE_REQUEST,
	STAGE_WAITING		/* the router works on the request */
};

/* Exists until the target is connected or the request refused. */
struct handshake {
	enum stage	stage;
	enum auth_mode	auth;
	struct token	token;		/* unless that is none */
	uint8_t		login;		/* auth said yes */
	uint8_t		ignored;	/* one login that nobody asked for */
	size_t		len;
	uint8_t		buf[HANDSHAKE_BUFFER];
};

/* Each session is in one of these, in the order of its deadlines. */
enum timer {
	TIMER_HANDSHAKE,
	TIMER_WAITING,		/* for the router, which keeps the time */
	TIMER_IDLE,
	TIMER_HALF_CLOSED,
	TIMER_CLOSING,
	TIMER_FINISHED,		/* to be reported and freed */
	TIMER_MAX
};

/* In which queue a session waits for its turn. */
enum queue {
	QUEUE_NONE,
	QUEUE_BUSY,		/* the relay's: has more to move */
	QUEUE_ALLOW		/* its allowance's: must not move more yet */
};

struct session {
	union {
		TAILQ_ENTRY(session)	 timed;
		RB_ENTRY(session)	 own;	/* if has_own */
	};
	TAILQ_ENTRY(session)	 busy;		/* see is_busy */
	LIST_ENTRY(session)	 byid;
	uint64_t		 id;
	uint64_t		 deadline;	/* clock_ms() */
	uint64_t		 active;	/* last time that bytes moved */
	uint64_t		 counted;	/* bytes the router knows of */
	uint32_t		 idle_ms;	/* its rule's own; 0: as set */
	uint32_t		 half_closed_ms;
	struct end		 end[2];
	struct handshake	*hs;
	struct allow		*allow;		/* NULL: no rate, no quota */
	uint8_t			*facts;		/* packed, for a new router */
	uint16_t		 nfacts;
	uint8_t			 timer;		/* enum timer */
	uint8_t			 cause;		/* enum session_cause */
	uint8_t			 rep;		/* sent, or REP_NONE */
	uint8_t			 is_busy;	/* enum queue */
	uint8_t			 due;		/* has a slice, see allow.c */
	uint8_t			 turn;		/* side that comes first */
	uint8_t			 has_own;	/* it is in that tree */
	uint8_t			 orphan;	/* its router died */
	uint8_t			 untold;	/* to its new router */
	uint8_t			 hint;		/* enum session_hint */
	uint32_t		 drained;	/* bytes, while closing */
	uint32_t		 carry;		/* see allow_more() */
};
TAILQ_HEAD(session_queue, session);
LIST_HEAD(session_bucket, session);
RB_HEAD(session_tree, session);

/*
 * What sessions under one rate or quota may still move.  No grant is larger
 * than GRANT_MAX.
 */
#define GRANT_MAX	(UINT64_C(1) << 40)

struct allow {
	RB_ENTRY(allow)		 node;		/* by id */
	uint64_t		 id;
	unsigned int		 refs;		/* sessions */
	struct session_queue	 waiting;
	uint32_t		 nwaiting;
	uint32_t		 ndue;		/* have a slice, not yet used */
	uint32_t		 slice;		/* bytes */
	uint64_t		 asked;		/* when, until it is answered */
	int64_t			 left;		/* bytes; below 0 a debt */
	int64_t			 low;		/* ask for more below this */
	uint64_t		 used;		/* the time that it last was */
};
RB_HEAD(allow_tree, allow);

/* A channel and what the poller knows it by. */
struct link {
	uint8_t		 output;	/* the poller tells of room to write */
	struct channel	*channel;	/* NULL while there is none */
};

/* The whole state of a relay process. */
struct relay {
	struct child		*child;
	struct poller		*poller;
	struct link		 link[PROC_MAX];
	struct session_queue	 timer[TIMER_MAX];
	struct session_tree	 own;		/* by deadline, see below */
	struct session_queue	 busy;		/* see TURN_BYTES */
	struct allow_tree	 allows;
	uint64_t		 allow_due;	/* of allow_sweep(), or 0 */
	uint32_t		 may_read;	/* bytes, in this visit */
	struct session_bucket	*bucket;	/* by id, a power of 2 */
	size_t			 nbuckets;
	size_t			 nsessions;
	size_t			 nuntold;
	int			 told;		/* the router: no more come */
	size_t			 telling;	/* bucket that is next */
	size_t			 counting;	/* the same, of bytes */
	uint64_t		 now;		/* of this loop turn */
	struct conf		*conf;
	struct conf		*next;		/* under construction */
	int			 next_refused;
	struct counters		 counters;
	LIST_HEAD(, pipe)	 pipes;		/* free ones */
	uint32_t		 pipes_left;	/* that may still be made */
	uint8_t			 buffer[RELAY_BUFFER];
};

/* session.c */

/* Takes the client's descriptor in any case; NULL if memory is short. */
struct session	*session_new(struct relay *, uint64_t id, int fd,
		    const struct msg_session_new *);
struct session	*session_byid(struct relay *, uint64_t id);

/*
 * Moves the session to that timer, which ends in ms from now.  One whose rule
 * has a timeout of its own is kept in a tree while that runs, as in a queue
 * it would stand out of order.
 */
void		 session_set_timer(struct relay *, struct session *,
		    enum timer, uint32_t ms);

/* These two end as the session's rule says, or as is set. */
void		 session_set_idle(struct relay *, struct session *);
void		 session_set_half_closed(struct relay *, struct session *);

/*
 * That time is shorter now: also for sessions that wait already, but for those
 * whose rule says how long.
 */
void		 session_shorten(struct relay *, enum timer, uint32_t was,
		    uint32_t is);

/*
 * Ends the session: closes what is open, with a reset if reset is set, and
 * leaves it to session_reap().  Harmless if it is finished already.
 */
void		 session_finish(struct relay *, struct session *,
		    enum session_cause, int reset);

/* A new router: it will hear of every session that has a target. */
void		 session_adopt(struct relay *);

/*
 * Tells the router of sessions that it does not know and of those that are
 * finished, which are then freed; ends a turn.
 */
void		 session_reap(struct relay *);

/*
 * Adds to these counters what sessions have moved that are not reaped yet, and
 * tells the router of it, so that bytes are counted while they move and not
 * only at the end.  What has no room in the channel comes with a later call.
 */
void		 session_count(struct relay *, struct counters *);

/* Ends sessions whose deadline has come. */
void		 session_expire(struct relay *);

/* Milliseconds until the next deadline; -1 if there is none. */
int		 session_timeout(struct relay *);

enum session_state session_get_state(const struct session *);

/* Ends the handshake, and what it still holds of a password. */
void		 session_forget(struct session *);

/* handshake.c */

/* A new session: reads what its client has sent, and watches for more. */
void	handshake_start(struct relay *, struct session *);

/* The client's socket is readable, in a session with a handshake. */
void	handshake_read(struct relay *, struct session *);

/* The router's answers.  Takes the descriptor. */
void	handshake_opened(struct relay *, struct session *,
	    const struct msg_session_opened *, int fd);
void	handshake_refused(struct relay *, struct session *, uint8_t rep,
	    enum session_cause);

/* What auth says of the login. */
void	handshake_login(struct relay *, struct session *, enum login_told,
	    enum session_cause);

/* The router is gone: nobody will answer this session. */
void	handshake_orphan(struct relay *, struct session *);

/* A refused client still sends: take it, so that no reset eats the reply. */
void	closing_read(struct relay *, struct session *);

/* pipe.c */

/* For a relay with so many descriptors. */
void		 pipe_init(struct relay *, uint32_t nofile);

/* An empty pipe, or NULL if all are in use: then bytes are copied. */
struct pipe	*pipe_get(struct relay *);
void		 pipe_put(struct relay *, struct pipe *);

/* Closes those that nobody has, when there is nothing to do for them. */
void		 pipe_trim(struct relay *);

/* allow.c */

/* The session belongs to the allowance of that id, 0 is none; -1: no memory. */
int		 allow_join(struct relay *, struct session *, uint64_t id);
void		 allow_leave(struct relay *, struct session *);

/* For sessions that have one.  What it may read now; 0: it must wait. */
uint32_t	 allow_slice(struct relay *, struct session *);

/* It has read so many bytes. */
void		 allow_spend(struct session *, uint32_t);

/* It has more to read than it may: it is told when it is its turn. */
void		 allow_wait(struct relay *, struct session *);

/* A visit has ended: the next ones may come, or more is to be asked for. */
void		 allow_more(struct relay *, struct session *,
		    uint32_t used);

/* The router's answers, and a router that knows of none of the questions. */
void		 allow_grant(struct relay *, uint64_t id, uint64_t bytes);
void		 allow_router_up(struct relay *);

/* Gives back what nobody uses, if it is time for that: allow_due. */
void		 allow_sweep(struct relay *);

/* tcp.c */

/* The poller told of a socket of an open session. */
void	tcp_event(struct relay *, struct session *, enum side,
	    unsigned int what);

/* Moves what can be moved both ways, at most a share each. */
void	tcp_pump(struct relay *, struct session *);

/* Serves those that have more to move: TURN_BYTES of it. */
void	tcp_turn(struct relay *);

/* hint.c: what sends such first bytes; HINT_NONE if there are none. */
enum session_hint	hint_of_bytes(const uint8_t *, size_t);

#endif /* RELAY_SESSION_H */
