/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The state of the parent: children, listeners, config in force and config
 * under way.
 *
 * Shared by the files of this folder only; each part says which file owns it.
 */

#ifndef PARENT_STATE_H
#define PARENT_STATE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "base/channel_event.h"
#include "base/counters.h"
#include "base/ctlpath.h"
#include "base/log.h"
#include "base/mac.h"
#include "base/msg_codec.h"
#include "base/msg_login.h"
#include "base/msg_policy.h"
#include "base/msg_table.h"
#include "base/version.h"
#include "conf/conf.h"
#include "parent/change.h"
#include "parent/parent.h"
#include "parent/writer.h"
#include "parent/zone.h"
#include "table/table.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR	"/etc"
#endif
#define CONFIG_FILE	SYSCONFDIR "/socks5d.conf"

struct bulk;
struct event;
struct event_base;
struct loader_job;
struct parent;
struct quota_book;
struct table_change;
struct user_wish;

enum child_state {
	CHILD_DOWN,		/* waits to be started */
	CHILD_STARTING,		/* told everything, not ready yet */
	CHILD_RUNNING
};

/* What watch.c knows of a child. */
struct watch_child {
	uint64_t	 last;		/* number of the last question */
	uint64_t	 asked;		/* the same, or 0: it has answered */
	uint32_t	 silent_ms;	/* since it was asked */
	uint32_t	 idle_ms;	/* since it used the CPU, then */
	uint32_t	 ended_ms;	/* since it was told to end, or 0 */
	int		 told;		/* the log has it */
	struct timespec	 used;		/* of the CPU, at the last look */
};

/* One child process, or the place for one. */
struct process {
	struct parent	*parent;
	enum proc_id	 role;
	unsigned int	 instance;
	enum child_state state;
	pid_t		 pid;
	struct peer	*peer;		/* NULL when its channel has ended */
	struct event	*timer;		/* to the next start, or to ready */
	uint32_t	 starts;
	struct walls	 walls;
	uint32_t	 missed;	/* walls that the log told of */
	uint64_t	 started_ms;
	uint32_t	 delay_ms;	/* before the next start */
	unsigned int	 deaths;	/* in the window below */
	uint64_t	 window_ms;
	int		 builds;	/* the config of a reload */
	struct watch_child watch;
	struct timespec	 used;		/* CPU, as progress.c saw it last */
};

/* The socket of socks5ctl. */
struct control_socket {
	int				 fd;	/* -1 if there is none */
	char				 path[CTL_PATH_SIZE];
	struct msg_control_socket	 rights;
};

/* Classes of sockets that a config names. */
struct socket_classes {
	unsigned int		n;
	struct socket_class	class[CONF_SOCKETS_MAX];
};

/* Who wants a reload. */
enum reload_by {
	RELOAD_SIGNAL,
	RELOAD_ASKED,		/* control */
	RELOAD_REVOKE		/* the same, and revoke after it */
};

/* What a reload is for: what was asked for while another one ran is one. */
struct reload_wish {
	struct change		change;
	int			revoke;		/* sessions, after it */
};

/* A reload between "sent" and "committed". */
struct reload {
	struct reload_wish wish[2];
	struct reload_wish *now;	/* one of these, or NULL */
	struct reload_wish *next;	/* the other: it waits; or NULL */
	int		 loading;	/* tables: nothing was sent so far */
	struct conf	*conf;		/* NULL: probe.c is at it */
	const char	*conf_name;	/* of the config in force */
	struct control_socket control;	/* it comes into force with conf */
	struct quota_book *quota;	/* NULL: no other one */
	struct socket_classes classes;	/* so do these */
	struct event	*timeout;
	uint64_t	 sent_ms;
	char		 first[256];	/* that was complained of */
	uint64_t	 failed_ms;	/* the last one did, or 0 */
	char		 failure[256];	/* and why */
};

struct probe_note {
	char		 what[32];
	char		 name[CONF_PATH_SIZE];
};

/* Files and names of a new config, tried before the parent waits for them. */
struct probe {
	struct writer	 process;
	struct event	*tick;
	unsigned int	 idle_s;	/* it does nothing for so long */
	uint64_t	 used_ns;	/* of the CPU, at the last look */
	struct probe_note *note;	/* what it is at: shared memory */
	void		(*done)(struct parent *, const char *why);
};

/* Sessions are judged again after a reload that was asked to revoke. */
struct revoke {
	int			active;
	struct askers		askers;
	uint32_t		generation;
};

/*
 * What is done about a job of the loader: each line that it complains about,
 * then how it ended, which takes the descriptor.
 */
struct loader_job_result {
	int		 fd;		/* sealed image, or -1 */
	uint64_t	 size;
	uint32_t	 entries;
	uint32_t	 added;
	uint32_t	 deleted;
	const char	*why;		/* it failed, besides lines; or NULL */
};

struct loader_job_ops {
	void	(*line)(struct parent *, void *, const char *);
	void	(*done)(struct parent *, void *, struct loader_job_result *);
};

struct loader_jobs {
	TAILQ_HEAD(, loader_job)	 queue;
	struct loader_job		*current;	/* or NULL */
	int			 sent;		/* the loader has it */
	int			 dying;		/* it was ended, not yet gone */
	uint64_t		 id;		/* of the last sent */
	struct event		*timeout;
};

/* Tables of a config that are being loaded, and who waits for that. */
struct tables_ops {
	void	(*report)(struct parent *, const char *);
	void	(*done)(struct parent *, int failed);	/* -1 or 0 */
};

struct tables_load {
	struct conf		*conf;		/* NULL: none */
	const struct tables_ops	*ops;
	unsigned int		 waiting;	/* jobs */
	int			 failed;
};

/* How far a change of the file of users has come. */
enum user_change_step {
	USER_CHANGE_NONE,
	USER_CHANGE_WRITES,	/* the new file */
	USER_CHANGE_ASKS,		/* auth */
	USER_CHANGE_RENAMES,
	USER_CHANGE_REMOVES	/* it has failed */
};

/* A change of the file of users, from socks5ctl's wish to the end. */
struct user_change {
	enum user_change_step step;
	struct writer	 writer;
	struct user_wish *wish;		/* what it is for */
	uint64_t	 asked;		/* of the question to auth */
	int		 fd;		/* the new file, for reading */
	struct conf_stat stat;		/* of it: device and inode */
	int		 unsure;	/* which one has the name */
	char		 path[PATH_MAX];
	char		 new[PATH_MAX];	/* its name until then, or "" */
	char		 done[LOGIN_NAME_SIZE + 32];	/* for the log */
	char		 why[MSG_TEXT_SIZE];	/* it has failed, or "" */
	uint32_t	 starts;	/* of auth, when that took it */
	struct event	*timeout;
};

/* Changes of tables: one is made, others wait or are being sent. */
struct table_changes {
	TAILQ_HEAD(, table_change) list;
	unsigned int		 n;
	struct table_change	*current;	/* being made, or NULL */
	uint64_t		 asked;		/* of the question to router */
	struct event		*timeout;
};

/* The addresses of this host, and changes of them. */
struct localaddr_watch {
	struct event	*timer;		/* to the next look */
	int		 changed;	/* since the last one */
	int		 unknown;	/* there is no list */
	int		 deaf;		/* nobody tells of changes */
};

/* How far the end has come. */
enum stop_phase {
	STOP_NOT,
	STOP_DRAINING,		/* no new clients, sessions may end */
	STOP_ENDING,		/* sessions are being ended */
	STOP_CHILDREN		/* children are told to go */
};

struct parent {
	struct parent_options	 opt;
	struct event_base	*base;
	struct conf		*conf;		/* in force */
	const char		*conf_name;
	uint64_t		 started_ms;
	uint64_t		 conf_ms;
	int			 rootless;
	int			 verbose;
	int			 up;		/* all were ready once */
	int			 notify;	/* pipe to the starter, or -1 */
	int			 detached;	/* from its standard error */
	struct counters		 counters;

	/* process.c */
	struct process		 process[CHILDREN_MAX];
	unsigned int		 nprocesses;
	const struct process_ops *children;
	int			 binary;	/* our own, for fexecve(2) */
	char			 zone[ZONE_SIZE];	/* TZ=... of children */
	int			 oom;		/* our oom_score_adj */
	int			 root;		/* the empty directory, or -1 */
	uint32_t		 nofile;
	uint8_t			 key[MAC_SECRET_LEN];	/* MSG_CHILD_KEY */

	/* setup.c */
	struct {
		uint32_t	 uid;
		uint32_t	 gid;
	}			 users[PROC_MAX];	/* of each role */

	/* progress.c */
	uint64_t		 progress_ms;	/* the last time */

	/* listener.c */
	uint32_t		 last_listener;

	/* change.c */
	struct changes		*changes;

	/* localaddr.c */
	struct localaddr_watch	 localaddr;

	/* reload.c */
	struct reload		 reload;
	uint32_t		 last_generation;	/* tried */

	/* probe.c */
	struct probe		 probe;

	/* revoke.c */
	struct revoke		 revoke;

	/* sockets.c */
	struct socket_classes	 classes;	/* of the config in force */

	/* loader_job.c */
	struct loader_jobs		 jobs;

	/* tables.c */
	struct tables_load	 load;

	/* table_change.c */
	struct table_changes	 table_changes;

	/* writer.c */
	SLIST_HEAD(, writer)	 writers;

	/* quota.c */
	struct quota_book	*quota;		/* NULL until one is wanted */

	/* user_change.c */
	struct user_change	 user_change;

	/* control_socket.c */
	struct control_socket	 control;

	/* watch.c */
	struct {
		struct event	*timer;
		uint32_t	 every_ms;
		uint64_t	 last_ms;
	}			 watch;

	/* stop.c */
	int			 stopping;	/* enum stop_phase */
	int			 exit_status;
	struct event		*stop_timer;
};

/* process.c */

/*
 * What a part of the parent does for children of some roles, see children.c;
 * NULL is nothing.
 */
struct process_hook {
	unsigned int	  roles;			/* set of PROC_BIT() */
	void		(*greet)(struct process *);	/* before config */
	void		(*join)(struct process *);	/* with channels */
	void		(*up)(struct process *);	/* it is ready */
	void		(*down)(struct process *, const char *why);
};

struct process_ops {
	void		(*msg)(void *, struct peer *, struct msg *);
	void		(*end)(void *, struct peer *, const char *);
	void		(*unborn)(struct parent *);	/* the very first */
	const struct process_hook *hooks;
	size_t		  nhooks;
};

/* Fills in the table for what the config asks for; starts nothing. */
void		 process_init(struct parent *, const struct conf *,
		    const struct process_ops *);
void		 process_start(struct process *);

/* Makes this process the last that the kernel ends for lack of memory. */
void		 process_oom(struct parent *);
struct process	*process_find(struct parent *, enum proc_id, unsigned int);

/* It has said that it is ready. */
void		 process_ready(struct process *);

/* Reaps what has died: logs it and starts it again, unless stopping. */
void		 process_reap(struct parent *);

/* As peer_send(); quietly nothing if it is not running. */
void		 process_send(struct process *, enum msg_type, uint64_t id,
		    const struct wbuf *, int fd);

/* The same for a bulk, which it takes; -1 with errno if it has a fault. */
int		 process_send_bulk(struct process *, struct bulk *);

/* Ends it, if it runs. */
void		 process_kill(const struct process *);

/* It said what it must not say: it is told of and ended. */
void		 process_broke(struct process *, const char *what);

/* Sends a config, without and with the commit. */
int		 process_send_conf(struct process *, const struct conf *);
void		 process_commit(struct process *, const struct conf *);

/* How many relays the config asks for: one per CPU if it does not say. */
unsigned int	 process_relays(const struct conf *);

/* How many processes a config has in all, but for the parent. */
unsigned int	 process_count(const struct conf *);

/* The config asks for more: starts them and connects them to the others. */
void		 process_grow(struct parent *, const struct conf *);

/* The only one of that role, started if there was none; NULL if it cannot. */
struct process	*process_need(struct parent *, enum proc_id);

/* children.c: process_init() with all that is done for children */
void		 children_init(struct parent *, const struct conf *);

/* progress.c */

/*
 * True if some child that is starting, or builds a new config, got on with it
 * within this time, and nobody has waited since then for much too long.  Hears
 * first what they have said meanwhile, which may be the end of the matter.
 */
int	progress_is_made(struct parent *, uint64_t since_ms,
	    uint32_t within_ms);

/* A child is ready. */
void	progress_made(struct parent *);

/* dispatch.c: messages of children */
void	dispatch_msg(void *, struct peer *, struct msg *);
void	dispatch_end(void *, struct peer *, const char *);

/* setup.c: users, the empty root, descriptor limit */

/* 0, or -1 after complaining. */
int	setup_users(struct parent *, const struct conf *);
int	setup_root(struct parent *, const struct conf *);
int	setup_descriptors(struct parent *, const struct conf *);

/* listener.c */

/*
 * Opens the sockets of a config, taking over those that old, if not NULL, has
 * open for the same address, or for one that the new config has among others;
 * the latter come as listeners more.  -1 after complaining; nothing of old
 * changes.
 */
int	listener_open_all(struct parent *, struct conf *,
	    const struct conf *old, parse_report, void *);

/*
 * Nothing else can fail: the last sockets begin to listen.  -1 with why.
 */
int	listener_listen(struct conf *, char *why, size_t);

/* The config is in force: sockets kept from another learn what it says. */
void	listener_commit(const struct conf *);

/* Closes what conf has open and keep, if not NULL, does not use. */
void	listener_close_all(struct conf *, const struct conf *keep);

/* users.c */

/* Opens the file of users, if there is to be one; -1 after complaining. */
int	users_open(struct conf *, parse_report, void *);
void	users_close(struct conf *);

/* users_check.c: reads that file; -1 after complaining about each fault. */
int	users_check(const struct conf *, parse_report, void *);

/* loader_job.c */
void	loader_job_init(struct parent *);

/* A job; NULL if memory is short. */
struct loader_job	*loader_job_new(enum table_kind, enum table_job_op,
		    const struct loader_job_ops *, void *arg);
void		 loader_job_free(struct loader_job *);

/* Adds a source, of that name in complaints; takes the descriptor. */
void	loader_job_source(struct loader_job *, int fd, int old,
	    const char *name);

/* Takes the job.  It may end before this returns. */
void	loader_job_start(struct parent *, struct loader_job *);

/* Forgets jobs with these functions, which are not called any more. */
void	loader_job_cancel(struct parent *, const struct loader_job_ops *);

/* The loader says something; -1 if it must not.  It has come; it is gone. */
int	loader_job_on_built(struct parent *, uint64_t id,
	    struct msg_table_built *);
void	loader_job_up(struct process *);
void	loader_job_down(struct process *, const char *why);

/* tables.c */

/*
 * Loads the tables of a config, or takes them from old, if not NULL, where
 * nothing about them is new.  0 if all are there, -1 after complaining, or 1
 * if done() will tell.
 */
int	tables_load(struct parent *, struct conf *, const struct conf *old,
	    const struct tables_ops *);
void	tables_cancel(struct parent *);

/* Closes the images of a config. */
void	tables_close(struct conf *);

/* tables_check.c: reads all of them; -1 after complaining about each fault */
int	tables_check(const struct conf *, parse_report, void *);

/* table_change.c */
void	table_change_init(struct parent *);

/* Control begins a change under this id; a part of its entries. */
void	table_change_start(struct parent *, uint64_t id,
	    const struct msg_table_edit *);
void	table_change_text(struct parent *, uint64_t id, const uint8_t *, size_t);

/* The router has taken a table, or not. */
void	table_change_taken(struct parent *, uint64_t asked,
	    const struct msg_result *);

/* Those who began changes are gone; the router is. */
void	table_change_control_down(struct process *, const char *why);
void	table_change_router_down(struct process *, const char *why);

/* quota.c */

/*
 * Reads the file if the config has quotas and it was not read so far; -1 after
 * complaining.  It is in force after the commit; an abort undoes that.
 */
int	quota_prepare(struct parent *, const struct conf *,
	    struct quota_book **, parse_report, void *);

/* The same look at the file, for somebody who does not start. */
int	quota_check(const struct conf *, parse_report, void *);
void	quota_commit(struct parent *, struct quota_book **);
void	quota_abort(struct quota_book **);

/* Tells a router that starts what was used. */
void	quota_send(struct process *);

/* The router says what is used now. */
void	quota_changed(struct process *, struct msg *);

/*
 * At the end: true if all is on the disk, or cannot be.  If not, that is begun,
 * and kept() is called when it has come to its end.
 */
int	quota_is_kept(struct parent *, void (*kept)(struct parent *));

/* user_change.c */
void	user_change_init(struct parent *);

/* Begins a change that control asks for under this id; it hears of the end. */
void	user_change_start(struct parent *, uint64_t id,
	    const struct msg_user_edit *);

/* Auth has read the file that it was asked about. */
void	user_change_taken(struct parent *, uint64_t asked, struct msg_result *);

/* Auth has died: a change under way fails, and the old file stays. */
void	user_change_auth_down(struct process *, const char *why);

/* ready.c: a child is ready; the first time that all are, say so. */
void	ready_child_up(struct process *);

/* conf_read.c */

/* Reads the config as the options say; NULL after complaining. */
struct conf	*conf_read(struct parent *, parse_report, void *);

/* Its name, or that of the file that is looked for. */
const char	*conf_read_file(const struct parent *);

/* There is no file. */
int		 conf_read_is_builtin(const struct parent *);

/* To the log, as the warning or the error that it is. */
void		 conf_complain(const char *line);

/* reload.c */

/* Stops a reload under way, if there is one, as if it had failed. */
void		 reload_failed(struct parent *, const char *why);

/* A child has died, which is why a reload that needs it fails. */
void		 reload_child_down(struct process *, const char *why);

/* A child refused a config: why has one reason a line and is modified. */
void		 reload_refused(struct process *, char *why);

/*
 * Begins a reload, now or as soon as nothing is in its way; asked, an enum
 * reload_by, and id tell who wants to hear how it ends.  It reads the config
 * after this call, whatever is under way.
 */
void	reload_start(struct parent *, int asked, uint64_t id);

/* One is under way or waits. */
int	reload_is_wanted(const struct parent *);

/* A child that starts now takes part in the reload under way, if any. */
void	reload_join(struct process *);

/* A child has built the new config. */
void	reload_acked(struct process *, uint32_t generation);

/* sockets.c */

/*
 * Tries each class that the config names; -1 after complaining about one that
 * this process may not make.
 */
int	sockets_open(const struct conf *, struct socket_classes *,
	    parse_report, void *);
void	sockets_on_want(struct process *, struct msg *);

/* host_check.c: warns of what rules name and this host does not have */
void	host_check(const struct conf *, parse_report, void *);

/* revoke.c */

/* Has the router judge all sessions by the config that is in force now. */
void	revoke_start(struct parent *, const struct askers *);
void	revoke_done(struct process *, struct msg *);

/* The router died meanwhile. */
void	revoke_control_down(struct process *, const char *why);
void	revoke_router_down(struct process *, const char *why);

/* probe.c */
void	probe_init(struct parent *);

/*
 * Has all files and names that a reload needs tried by a process of its own;
 * then done() is called, with NULL if they answered or why the reload must not
 * wait for them.  If it cannot be started: why.
 */
const char	*probe_start(struct parent *,
		    void (*done)(struct parent *, const char *why));

/* Ends it, if there is one; done() is not called. */
void	probe_cancel(struct parent *);

/* control_socket.c */

/*
 * Looks at all that the next one waits for, and makes nothing; at() is called
 * before each thing that may hang, with its kind and its name.
 */
void	control_socket_look(const struct parent *, const struct conf *,
	    void (*at)(const char *what, const char *name));

/*
 * Makes the socket that the config wants, or takes the one there is if it is
 * at the same place; -1 after complaining.  It is in force after the commit;
 * an abort undoes what was made.
 */
int	control_socket_open(struct parent *, const struct conf *,
	    struct control_socket *, parse_report, void *);
void	control_socket_commit(struct parent *, const struct control_socket *);
void	control_socket_abort(const struct parent *, struct control_socket *);
void	control_socket_send(struct process *);

/* Removes its file, too. */
void	control_socket_close(struct control_socket *);

/* localaddr.c */
void	localaddr_watch(struct parent *);
void	localaddr_send(struct process *);

/* logger.c */

/* Until the log is open, errors go to stderr and all else is held for it. */
void	logger_early(void);
void	logger_open(struct event_base *, const struct parent_options *,
	    const struct conf_log *);

/* The daemon is up: from now on nobody reads stderr but as a log. */
void	logger_up(void);

/* stderr is another one now. */
void	logger_stderr(void);

/* The end: what is still on its way gets out, if the log takes it soon. */
void	logger_close(void);
void	logger_lines(const uint8_t *, size_t);

/*
 * A line that JSON has the parts of as well: "event" and the fields.  Text is
 * the line alone.  A field of text NULL is a number, or null if that is below
 * zero.
 */
struct logger_field {
	const char	*name;
	const char	*text;
	int64_t		 number;
};

void	logger_event(enum log_level, const char *event,
	    const struct logger_field *, size_t n, const char *line);

/* Lines that the log did not take. */
uint64_t	logger_lost(void);

/* walls.c */

/* Says in the log which walls do not stand, and why: at the start, later. */
void	walls_log(struct parent *);
void	walls_log_child(struct process *);

/*
 * -1 after complaining if a child that runs lacks what the config requires;
 * the other is for one child.
 */
int	walls_check(const struct parent *, const struct conf *, parse_report,
	    void *);
int	walls_check_child(const struct process *, const struct conf *,
	    parse_report, void *);

/* watch.c */
void	watch_init(struct parent *);
void	watch_on_pong(struct process *, struct msg *);

/* For how long it has not answered, if that is too long; else 0. */
uint32_t	watch_silent(const struct process *);

/* stop.c */
void	stop_begin(struct parent *, int now);
void	stop_drained(struct parent *);

/* The daemon never came up: end with a failure. */
void	stop_failed(struct parent *);

/* A child could not even be started, and none was up so far. */
void	stop_unborn(struct parent *);

/* One has ended: it may be the end of the start, of sessions, or of all. */
void	stop_child_down(struct process *, const char *why);

/* Ends the loop once the last child is gone. */
void	stop_child_gone(struct parent *);

#endif /* PARENT_STATE_H */
