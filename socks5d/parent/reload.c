/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading the config again, while the daemon runs: all of it or nothing.
 *
 * A reload builds everything first: the file is parsed, sockets are opened,
 * every child builds the new config beside the old.  Only when all have said
 * yes is it committed.  Before the parent opens a file, another process has
 * seen that it can be: probe.c.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/proc.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "parent/change.h"
#include "parent/conf_read.h"
#include "parent/control_socket.h"
#include "parent/listener.h"
#include "parent/logger.h"
#include "parent/probe.h"
#include "parent/process.h"
#include "parent/progress.h"
#include "parent/quota.h"
#include "parent/reload.h"
#include "parent/revoke.h"
#include "parent/sockets.h"
#include "parent/state.h"
#include "parent/tables.h"
#include "parent/users.h"
#include "parent/walls.h"
#include "parent/wanted.h"

/* Children that do not answer in this time, and do not work, do not agree. */
#define RELOAD_TIMEOUT_S 5

/* What a reload is for: what was asked for while another one ran is one. */
struct reload_wish {
	struct change change;
	int           revoke; /* sessions, after it */
};

/* A reload between "sent" and "committed". */
struct reload {
	struct reload_wish    wish[2];
	struct reload_wish   *now;       /* one of these, or NULL */
	struct reload_wish   *next;      /* the other: it waits; or NULL */
	int                   loading;   /* tables: nothing was sent so far */
	struct conf          *conf;      /* NULL: probe.c is at it */
	const char           *conf_name; /* of the config in force */
	struct control_socket control;   /* it comes into force with conf */
	struct quota_book    *quota;     /* NULL: no other one */
	struct socket_classes classes;   /* so do these */
	struct event         *timeout;
	uint64_t              sent_ms;
	uint32_t              generation;   /* the last one that was tried */
	char                  first[256];   /* that was complained of */
	uint64_t              failed_ms;    /* the last one did, or 0 */
	char                  failure[256]; /* and why */
};

static void        reload_report(void *, const char *);
static void        reload_remember(struct parent *, const char *);
static void        reload_begin(struct parent *, struct change *);
static const char *reload_obstacle(struct parent *, const struct change *);
static void        reload_free(struct parent *, struct change *);
static void        reload_waits(struct parent *, const char *, int, uint64_t);
static void        reload_probed(struct parent *, const char *);
static void        reload_build(struct parent *);
static int         reload_open(struct parent *, struct conf *);
static int         reload_fixed(struct parent *, const struct conf *);
static void        reload_log_failed(const struct parent *, const char *,
	   const char *);
static void        reload_loaded(struct parent *, int);
static void        reload_line(struct parent *, const char *);
static void        reload_send(struct parent *);
static void        reload_not_taken(struct process *);
static void        reload_check(struct parent *);
static void        reload_commit(struct parent *);
static void        reload_undo(struct parent *);
static int         reload_goes_on(struct parent *);
static void        reload_timeout_cb(evutil_socket_t, short, void *);
static void        reload_split(struct reload_wish *, struct askers *);
static void        reload_done(struct parent *, enum result, const char *);

static const struct change_ops ops = { "reload", MSG_RELOAD_RES, 0, NULL,
	reload_begin, reload_obstacle, reload_failed, reload_free };

void
reload_init(struct parent *p)
{
	if ((p->reload = calloc(1, sizeof(*p->reload))) == NULL)
		fatalx("memory");
	p->reload->generation = p->conf->generation;
}

void
reload_start(struct parent *p, int asked, uint64_t id)
{
	struct reload *r = p->reload;
	const char    *why;
	int            fresh = r->next == NULL;

	if ((why = changes_refuse(p->changes, &ops)) != NULL) {
		log_warn("reload refused: %s", why);
		if (asked)
			change_answer(p->changes, &ops, id, RESULT_REFUSED,
			    why);
		return;
	}
	if (fresh) {
		r->next = r->now == &r->wish[0] ? &r->wish[1] : &r->wish[0];
		change_init(&r->next->change, &ops);
		r->next->revoke = 0;
	}
	if (asked == RELOAD_REVOKE)
		r->next->revoke = 1;
	if (asked &&
	    askers_add(&r->next->change.askers, id, asked == RELOAD_REVOKE) ==
		-1) {
		change_answer(p->changes, &ops, id, RESULT_REFUSED,
		    "it will "
		    "be done, but too many wait for the end of it");
		asked = 0;
	}
	why = fresh ? changes_add(p->changes, &r->next->change) :
		      changes_obstacle(p->changes, &r->next->change);
	if (why != NULL)
		reload_waits(p, why, asked, id);
}

static void
reload_waits(struct parent *p, const char *why, int asked, uint64_t id)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "reload: waiting: %s", why);
	log_info("%s", text);
	if (asked)
		change_answer(p->changes, &ops, id, RESULT_MORE, text);
}

int
reload_is_wanted(const struct parent *p)
{
	return p->reload->now != NULL || p->reload->next != NULL;
}

/* One that is to revoke begins when the last one has. */
static const char *
reload_obstacle(struct parent *p, const struct change *c)
{
	return ((const struct reload_wish *)c)->revoke &&
		revoke_is_under_way(p) ?
	    "sessions are being judged again" :
	    NULL;
}

/*
 * All that was asked for up to now is one reload, which begins now and so
 * finds what was changed before any of them.
 */
static void
reload_begin(struct parent *p, struct change *c)
{
	struct reload *r = p->reload;
	const char    *why;
	char           text[128];

	r->now = r->next;
	r->next = NULL;
	r->conf_name = p->conf_name;
	r->first[0] = '\0';
	if ((why = probe_start(p, reload_probed)) != NULL) {
		(void)snprintf(text, sizeof(text),
		    "cannot check its files and names: %s", why);
		reload_failed(p, text);
	}
}

static void
reload_free(struct parent *p, struct change *c)
{
	if (p->reload->next != NULL && &p->reload->next->change == c)
		p->reload->next = NULL;
}

static void
reload_probed(struct parent *p, const char *why)
{
	if (why != NULL)
		reload_failed(p, why);
	else
		reload_build(p);
}

static void
reload_build(struct parent *p)
{
	static const struct tables_ops load_ops = { reload_line,
		reload_loaded };
	static const char              text[] = "reload failed: the config "
						"in force stays";
	struct reload                 *r = p->reload;
	struct conf                   *conf;

	if ((conf = conf_read(p, reload_report, p)) == NULL ||
	    reload_open(p, conf) == -1) {
		if (conf != NULL)
			conf_free(conf);
		p->conf_name = r->conf_name;
		reload_remember(p, "it cannot be read");
		reload_log_failed(p, "invalid configuration", text);
		reload_done(p, RESULT_REFUSED, text);
		return;
	}
	/* Not used again, or a late answer would be to the next one. */
	conf->generation = ++r->generation;
	conf->set.relays = wanted_relays(conf);
	r->conf = conf;
	r->loading = 1;
	switch (tables_load(p, conf, p->conf, &load_ops)) {
	case -1:
		reload_failed(p, "a table could not be loaded");
		break;
	case 0:
		reload_loaded(p, 0);
		break;
	default:
		break;
	}
}

/* The tables of the new config are there, so it is whole. */
static void
reload_loaded(struct parent *p, int failed)
{
	if (failed) {
		reload_failed(p, "a table could not be loaded");
		return;
	}
	p->reload->loading = 0;
	reload_send(p);
}

static void
reload_line(struct parent *p, const char *line)
{
	reload_report(p, line);
}

/* All that the new config needs of the system, or nothing. */
static int
reload_open(struct parent *p, struct conf *conf)
{
	if (reload_fixed(p, conf) == -1 ||
	    sockets_open(conf, &p->reload->classes, reload_report, p) == -1 ||
	    users_open(conf, reload_report, p) == -1)
		return -1;
	if (quota_prepare(p, conf, &p->reload->quota, reload_report, p) == 0) {
		if (listener_open_all(p, conf, p->conf, reload_report, p) ==
		    0) {
			if (control_socket_open(p, conf, &p->reload->control,
				reload_report, p) == 0)
				return 0;
			listener_close_all(conf, p->conf);
		}
		quota_abort(&p->reload->quota);
	}
	users_close(conf);
	return -1;
}

/*
 * Complaints go to the log and to whoever asked.  The first one that is no
 * warning is what is remembered.
 */
static void
reload_report(void *arg, const char *line)
{
	struct parent *p = arg;

	if (p->reload->first[0] == '\0' && parse_is_warning(line) == 0)
		(void)strlcpy(p->reload->first, line, sizeof(p->reload->first));
	conf_complain(line);
	change_say(p->changes, &p->reload->now->change, RESULT_MORE, line);
}

/* Until the next one does better. */
static void
reload_remember(struct parent *p, const char *why)
{
	struct reload *r = p->reload;

	r->failed_ms = clock_ms();
	(void)strlcpy(r->failure, r->first[0] != '\0' ? r->first : why,
	    sizeof(r->failure));
}

/* What processes were born with cannot be changed under them. */
static int
reload_fixed(struct parent *p, const struct conf *conf)
{
	if (strcmp(conf->user, p->conf->user) != 0) {
		reload_report(p,
		    "set user: cannot change while running: "
		    "restart instead");
		return -1;
	}
	if (strcmp(conf->chroot, p->conf->chroot) != 0) {
		reload_report(p,
		    "set chroot: cannot change while running: "
		    "restart instead");
		return -1;
	}
	if (p->detached && conf->log.dest == CONF_LOG_STDERR) {
		reload_report(p,
		    "log to stderr: closed when the daemon "
		    "went to the background: restart instead");
		return -1;
	}
	return walls_check(p, conf, reload_report, p);
}

static void
reload_send(struct parent *p)
{
	struct timeval  tv = { RELOAD_TIMEOUT_S, 0 };
	struct reload  *r = p->reload;
	struct process *c;
	unsigned int    i;

	if (r->timeout == NULL &&
	    (r->timeout = evtimer_new(p->base, reload_timeout_cb, p)) == NULL) {
		reload_failed(p, "out of memory");
		return;
	}
	(void)event_add(r->timeout, &tv);
	r->sent_ms = clock_ms();
	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		c->builds = c->peer != NULL; /* or gets it at its start */
		if (c->builds && process_send_conf(c, r->conf) == -1) {
			reload_not_taken(c);
			return;
		}
	}
	reload_check(p);
}

static void
reload_not_taken(struct process *c)
{
	char why[64];

	(void)snprintf(why, sizeof(why), "%s %u (pid %d): cannot send it",
	    proc_name(c->role), c->instance, (int)c->pid);
	reload_failed(c->parent, why);
}

void
reload_join(struct process *c)
{
	struct parent *p = c->parent;

	/*
	 * While it is being committed the new config is in force already, and
	 * before it is read and its tables are loaded it is sent to nobody.
	 */
	if (p->reload->conf == NULL || p->reload->loading)
		return;
	c->builds = 1;
	if (process_send_conf(c, p->reload->conf) == -1)
		reload_not_taken(c);
}

void
reload_acked(struct process *c, uint32_t generation)
{
	struct parent     *p = c->parent;
	const struct conf *conf = p->reload->conf;

	if (conf == NULL || generation != conf->generation)
		return;
	c->builds = 0;
	reload_check(p);
}

static void
reload_check(struct parent *p)
{
	char         why[128];
	unsigned int i;

	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].builds)
			return;
	/* Of those that were starting when this began it was not known. */
	if (walls_check(p, p->reload->conf, reload_report, p) == -1)
		reload_failed(p, "a sandbox layer is missing");
	else if (listener_listen(p->reload->conf, why, sizeof(why)) == -1)
		reload_failed(p, why);
	else
		reload_commit(p);
}

static void
reload_commit(struct parent *p)
{
	struct reload *r = p->reload;
	struct conf   *old = p->conf;
	struct askers  revokers;
	char           text[128];
	unsigned int   i;

	p->conf = r->conf;
	r->failed_ms = 0;
	*p->classes = r->classes;
	r->conf = NULL;
	p->conf_ms = clock_ms();
	/* The router knows what is used before a rule asks for it. */
	quota_commit(p, &r->quota);
	for (i = 0; i < p->nprocesses; i++)
		process_commit(&p->process[i], p->conf);
	listener_close_all(old, p->conf);
	users_close(old);
	tables_close(old);
	listener_commit(p->conf);
	logger_open(p->base, &p->opt, &p->conf->log);
	process_grow(p, p->conf);
	control_socket_commit(p, &r->control);
	control_socket_send(process_find(p, PROC_CONTROL, 0));
	(void)snprintf(text, sizeof(text),
	    "reloaded: config generation %u is in force", p->conf->generation);
	logger_event(LOG_LEVEL_INFO, "reload",
	    (const struct logger_field[]){
		{ "generation", NULL, p->conf->generation } },
	    1, text);
	conf_free(old);
	reload_split(r->now, &revokers);
	if (r->now->revoke)
		revoke_start(p, &revokers);
	reload_done(p, RESULT_OK, text);
}

/* Who asked for sessions to be judged again waits for the end of that. */
static void
reload_split(struct reload_wish *w, struct askers *revokers)
{
	struct askers *all = &w->change.askers, plain;
	unsigned int   i;

	plain.n = revokers->n = 0;
	for (i = 0; i < all->n; i++)
		(void)askers_add(all->asker[i].more ? revokers : &plain,
		    all->asker[i].id, 0);
	*all = plain;
}

void
reload_failed(struct parent *p, const char *why)
{
	struct reload *r = p->reload;
	char           text[MSG_TEXT_SIZE];

	if (r->now == NULL)
		return;
	probe_cancel(p);
	if (r->conf != NULL)
		reload_undo(p);
	p->conf_name = r->conf_name;
	reload_remember(p, why);
	(void)snprintf(text, sizeof(text),
	    "reload failed: %s: the config in force stays", why);
	reload_log_failed(p, why, text);
	reload_done(p, RESULT_REFUSED, text);
}

const char *
reload_failure(const struct parent *p, uint64_t *age_ms)
{
	if (p->reload->failed_ms == 0)
		return NULL;
	*age_ms = clock_ms() - p->reload->failed_ms;
	return p->reload->failure;
}

static void
reload_log_failed(const struct parent *p, const char *why, const char *line)
{
	logger_event(LOG_LEVEL_ERROR, "reload-failed",
	    (const struct logger_field[]){ { "error", why, 0 },
		{ "generation", NULL, p->conf->generation } },
	    2, line);
}

/* Nobody has been told of a config that is not read. */
void
reload_child_down(struct process *c, const char *why)
{
	if (c->parent->reload->conf != NULL)
		reload_failed(c->parent, why);
}

static void
reload_undo(struct parent *p)
{
	struct reload *r = p->reload;
	uint8_t        data[8];
	struct wbuf    b;
	unsigned int   i;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, r->conf->generation);
	for (i = 0; i < p->nprocesses && r->loading == 0; i++)
		process_send(&p->process[i], MSG_CONF_ABORT, 0, &b, -1);
	listener_close_all(r->conf, p->conf);
	users_close(r->conf);
	tables_cancel(p);
	tables_close(r->conf);
	control_socket_abort(p, &r->control);
	quota_abort(&r->quota);
	conf_free(r->conf);
	r->conf = NULL;
}

static void
reload_done(struct parent *p, enum result result, const char *text)
{
	struct reload *r = p->reload;
	struct change *c = &r->now->change;
	unsigned int   i;

	r->now = NULL;
	r->loading = 0;
	for (i = 0; i < p->nprocesses; i++)
		p->process[i].builds = 0;
	if (r->timeout != NULL)
		(void)event_del(r->timeout);
	change_end(p->changes, c, result, text);
}

/* A child may complain about many lines of a file. */
void
reload_refused(struct process *c, char *why)
{
	struct parent *p = c->parent;
	char          *line;
	char           who[64], text[MSG_TEXT_SIZE + 64];

	while ((line = strsep(&why, "\n")) != NULL) {
		/* Those two speak of lines of files, nobody else. */
		if (c->role == PROC_AUTH || c->role == PROC_ROUTER)
			(void)strlcpy(text, line, sizeof(text));
		else
			(void)snprintf(text, sizeof(text), "%s %u: %s",
			    proc_name(c->role), c->instance, line);
		if (p->reload->conf != NULL)
			reload_report(p, text);
		else
			log_error("%s", text);
	}
	/* What it refuses is an older one. */
	if (p->reload->conf == NULL)
		return;
	(void)snprintf(who, sizeof(who), "%s %u refused it", proc_name(c->role),
	    c->instance);
	reload_failed(p, who);
}

/* As long as those who have not answered are at work. */
static int
reload_goes_on(struct parent *p)
{
	static const struct timeval tv = { RELOAD_TIMEOUT_S, 0 };

	if (!progress_is_made(p, p->reload->sent_ms, RELOAD_TIMEOUT_S * 1000))
		return p->reload->now == NULL;
	if (p->reload->now != NULL)
		(void)event_add(p->reload->timeout, &tv);
	return 1;
}

/* All of them, by name: something has to be done about each. */
static void
reload_timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent        *p = arg;
	const struct process *c;
	char                  why[MSG_TEXT_SIZE / 2], who[64];
	unsigned int          i;

	if (reload_goes_on(p))
		return;
	why[0] = '\0';
	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		if (c->builds == 0)
			continue;
		(void)snprintf(who, sizeof(who), "%s%s %u (pid %d)",
		    why[0] == '\0' ? "" : ", ", proc_name(c->role), c->instance,
		    (int)c->pid);
		(void)strlcat(why, who, sizeof(why));
	}
	(void)strlcat(why, " did not answer in time", sizeof(why));
	reload_failed(p, why);
}
