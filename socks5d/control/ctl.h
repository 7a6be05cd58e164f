/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The service for socks5ctl: its connections and what they ask.
 *
 * Shared by control.c (messages from other processes), ctl_conn.c (sockets),
 * ctl_request.c (commands), ctl_ask.c (what they ask of other processes),
 * ctl_sessions.c (the long list), ctl_users.c (users and bans) and
 * ctl_tables.c.  A
 * connection has at most one command under way; what it asked of other
 * processes is counted, so that an answer which never comes ends the waiting,
 * not the service.
 */

#ifndef CONTROL_CTL_H
#define CONTROL_CTL_H

#include <sys/types.h>
#include <sys/queue.h>

#include "base/channel_event.h"
#include "base/msg_codec.h"
#include "base/share.h"

struct ctl;
struct ctl_conn;
struct event;
struct role;

/*
 * Connections served at a time; a further one is told so and closed.  Some are
 * kept for the daemon's user and root, the last of them for root alone, so
 * that members of the group cannot keep them out.
 */
#define CTL_CONNS_MAX		32
#define CTL_CONNS_OWNER		2
#define CTL_CONNS_ROOT		1

/* What a member of the group may have of those that are free: one half. */
#define CTL_CONNS_PART		2

/* A connection on which nothing moves for so long is closed. */
#define CTL_IDLE_MS		30000

/* What another process takes longer for, a list goes on without. */
#define CTL_ANSWER_MS		2000

/*
 * Of who takes longer than that to answer a long command it is asked whether
 * it lives at all.  The parent may be at work on a large file: the largest
 * configuration there is takes it seconds, and ten times that on a slow host.
 */
#define CTL_PROBE_MS		3000
#define CTL_PROBE_PARENT_MS	30000

/* A reload waits for name servers, listeners and every child. */
#define CTL_RELOAD_MS		60000

/* A name may have to be looked up for it. */
#define CTL_TEST_MS		30000

/* A changed file of users is read and written by others, by slow disks too. */
#define CTL_USER_MS		30000

/* A table is built anew, which takes seconds if it is large. */
#define CTL_TABLE_MS		60000

/* No further page is asked for while more than this waits for the client. */
#define CTL_QUEUE_MAX		(128 * 1024)

/* Who may give a command. */
enum ctl_right {
	CTL_RIGHT_GROUP,	/* root, the daemon's user, the group */
	CTL_RIGHT_OWNER		/* root and the daemon's user */
};

/* What an answer did. */
enum ctl_answer {
	CTL_ANSWER_LAST,	/* taken, it was the one waited for */
	CTL_ANSWER_MORE,	/* taken, its sender has more to say */
	CTL_ANSWER_BAD		/* malformed */
};

/* A command: one row of the table in ctl_request.c. */
struct ctl_command {
	enum msg_type	  type;
	enum ctl_right	  right;
	enum msg_type	  results[2];	/* what may come back */
	void		(*start)(struct ctl_conn *, const struct msg *);
	enum ctl_answer	(*answer)(struct ctl_conn *, struct peer *,
			    const struct msg *);
	/* All answers are here, or will not come: c->late says whose. */
	void		(*proceed)(struct ctl_conn *);
};

struct ctl_conn {
	TAILQ_ENTRY(ctl_conn)	 entry;
	struct ctl		*ctl;
	struct peer		*peer;	/* NULL: closed, to be freed */
	int			 fd;	/* that of the peer */
	int			 owner;	/* root or the daemon's user */
	struct share		*share;	/* its place, if the group's */
	int			 greeted;
	const char		*refused;	/* why nothing will be done */
	uint64_t		 moved_ms;	/* last sign of life */
	size_t			 queued;	/* at the last look */

	const struct ctl_command *command;	/* NULL: none under way */
	void			*state;		/* of the command, or NULL */
	uint64_t		 request;	/* id of what was asked */
	uint64_t		 deadline_ms;	/* for the answers */
	unsigned int		 waiting;	/* answers that are due */
	uint64_t		 late[PROC_MAX]; /* a bit for each: no answer */
	uint64_t		 heard_ms;	/* others' last sign of life */
	uint64_t		 probe;		/* id of the question for one */
	uint64_t		 probe_ms;	/* when it was asked */
	int			 paced;		/* the client must read first */
	enum msg_type		 hears;		/* what it may add, once */
	void			(*hear)(struct ctl_conn *,
				    const struct msg *);
	uint16_t		 owed[PROC_MAX][RELAYS_MAX];
};
TAILQ_HEAD(ctl_conns, ctl_conn);

struct ctl {
	struct role			*role;
	int				 fd;		/* listening, or -1 */
	struct event			*accept;
	struct event			*tick;
	int				 paused;	/* out of descriptors */
	struct msg_control_socket	 rights;
	struct ctl_conns		 conns;
	unsigned int			 nconns;	/* not closed */
	struct shares			 members;	/* those of the group */
	uint64_t			 last_request;
};

/* ctl_conn.c: after role_init(); ends the process if memory is short. */
void	ctl_init(struct ctl *, struct role *);

/*
 * Serves this socket from now on, with these rights, which hold for those who
 * are connected as well; takes fd.
 */
void	ctl_listen(struct ctl *, int fd, const struct msg_control_socket *);

/*
 * Sends to the client.  A client that cannot be sent to is closed: after -1
 * the connection has no command any more.
 */
int	ctl_send(struct ctl_conn *, enum msg_type, const struct wbuf *);

/* Ends the command, saying how. */
void	ctl_done(struct ctl_conn *, enum result, const char *text);

/* Closes; the memory goes later, when nobody has it on the stack. */
void	ctl_close(struct ctl_conn *);

/* Forgets the command without a word. */
void	ctl_forget(struct ctl_conn *);

/* ctl_request.c: starts the command that the client asks for. */
void	ctl_request(struct ctl_conn *, const struct msg *);

/* ctl_ask.c: goes on with the command as far as it can now. */
void	ctl_step(struct ctl_conn *);

/*
 * Asks another process; whatever comes back with this id goes to the
 * command's answer().  -1 if that process is not there.  Before the first
 * question of a round, ctl_round() makes earlier answers too late.
 */
void	ctl_round(struct ctl_conn *);
int	ctl_ask(struct ctl_conn *, enum proc_id, unsigned int instance,
	    enum msg_type, const struct wbuf *);

/*
 * Whose answers did not come: "relay 0, relay 2", cut if it does not fit.  0 if
 * nobody's.
 */
int	ctl_late(const struct ctl_conn *, char *dst, size_t size);

/* Notes that nothing will come from it in this command. */
void	ctl_set_late(struct ctl_conn *, enum proc_id, unsigned int instance);

/* Asks those who owe an answer for long whether they live; time passed. */
void	ctl_probe(struct ctl_conn *, uint64_t now);

/* An answer from another process; that a process is gone; time passed. */
void	ctl_on_answer(struct ctl *, struct peer *, const struct msg *);
void	ctl_on_gone(struct ctl *, enum proc_id, unsigned int instance);
void	ctl_on_late(struct ctl_conn *);

/*
 * Zeroed memory that the command keeps in c->state until it ends.  NULL if
 * there is none: the command was then refused.
 */
void	*ctl_state(struct ctl_conn *, size_t);

/* ctl_sessions.c: one row of the table, see struct ctl_command. */
void	ctl_sessions_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_sessions_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_sessions_proceed(struct ctl_conn *);

/* ctl_users.c: rows of the table as well. */
void	ctl_user_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_user_answer(struct ctl_conn *, struct peer *, const struct msg *);
void	ctl_user_proceed(struct ctl_conn *);
void	ctl_users_start(struct ctl_conn *, const struct msg *);
void	ctl_users_proceed(struct ctl_conn *);
void	ctl_bans_start(struct ctl_conn *, const struct msg *);
void	ctl_bans_proceed(struct ctl_conn *);
enum ctl_answer
	ctl_rows_answer(struct ctl_conn *, struct peer *, const struct msg *);
void	ctl_unban_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_unban_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_unban_proceed(struct ctl_conn *);

/* ctl_limits.c: a row of the table. */
void	ctl_limits_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_limits_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_limits_proceed(struct ctl_conn *);

/* ctl_proxies.c: rows of the table. */
void	ctl_proxies_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_proxies_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_proxies_proceed(struct ctl_conn *);
void	ctl_proxy_set_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_proxy_set_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_proxy_set_proceed(struct ctl_conn *);

/* ctl_tables.c: rows of the table, too. */
void	ctl_table_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_table_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_table_proceed(struct ctl_conn *);
void	ctl_tables_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_tables_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_tables_proceed(struct ctl_conn *);
void	ctl_table_test_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_table_test_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_table_test_proceed(struct ctl_conn *);
void	ctl_table_show_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_table_show_answer(struct ctl_conn *, struct peer *,
	    const struct msg *);
void	ctl_table_show_proceed(struct ctl_conn *);

/* ctl_test.c: one row of the table. */
void	ctl_test_start(struct ctl_conn *, const struct msg *);
enum ctl_answer
	ctl_test_answer(struct ctl_conn *, struct peer *, const struct msg *);
void	ctl_test_proceed(struct ctl_conn *);

#endif /* CONTROL_CTL_H */
