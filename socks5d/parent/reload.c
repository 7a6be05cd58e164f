/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading the config again, while the daemon runs: all of it or nothing.
 *
 * Linked by the parent alone.  A reload builds everything first: the file is
 * parsed, sockets are opened, every child builds the new config beside the
 * old.  Only when all have said yes is it committed.  Before the parent opens
 * a file, another process has seen that it can be: probe.c.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "parent/state.h"

/* Those who wait for their turn hear so often that they still do. */
#define RELOAD_TICK_S		1

/* Children that do not answer in this time, and do not work, do not agree. */
#define RELOAD_TIMEOUT_S	5

static void	reload_report(void *, const char *);
static void	reload_remember(struct parent *, const char *);
static void	reload_tell(struct parent *, enum result, const char *);
static void	askers_tell(struct parent *, const struct reload_askers *,
		    enum result, const char *);
static const char
		*reload_obstacle(const struct parent *);
static void	reload_tick_cb(evutil_socket_t, short, void *);
static void	reload_probed(struct parent *, const char *);
static void	reload_begin(struct parent *);
static int	reload_open(struct parent *, struct conf *);
static int	reload_fixed(struct parent *, const struct conf *);
static void	reload_log_failed(const struct parent *, const char *,
		    const char *);
static void	reload_loaded(struct parent *, int);
static void	reload_line(struct parent *, const char *);
static void	reload_send(struct parent *);
static void	reload_not_taken(struct process *);
static void	reload_check(struct parent *);
static void	reload_commit(struct parent *);
static void	reload_undo(struct parent *);
static int	reload_goes_on(struct parent *);
static void	reload_timeout_cb(evutil_socket_t, short, void *);
static void	reload_done(struct parent *);

void
reload_init(struct parent *p)
{
	if ((p->reload.tick = event_new(p->base, -1, EV_PERSIST,
	    reload_tick_cb, p)) == NULL)
		fatalx("memory");
}

void
reload_start(struct parent *p, int asked, uint64_t id)
{
	struct reload_wish	*next = &p->reload.next;
	struct reload_askers	*askers;
	const char		*why;
	char			 text[128];

	if (p->stopping) {
		log_warn("reload refused: the daemon is stopping");
		if (asked)
			reload_answer(p, id, RESULT_REFUSED,
			    "the daemon is stopping");
		return;
	}
	if (next->turn == 0)
		next->turn = ++p->reload.turns;
	if (asked == RELOAD_REVOKE)
		next->revoke = 1;
	askers = asked == RELOAD_REVOKE ? &next->revokers : &next->plain;
	if (asked && askers->n < RELOAD_ASKERS_MAX)
		askers->id[askers->n++] = id;
	else if (asked)
		reload_answer(p, id, RESULT_REFUSED, "it will be done, but "
		    "too many wait for the end of it");
	if ((why = reload_obstacle(p)) == NULL) {
		reload_next(p);
		return;
	}
	(void)snprintf(text, sizeof(text), "reload: waiting: %s", why);
	log_info("%s", text);
	if (asked)
		reload_answer(p, id, RESULT_MORE, text);
	reload_waits(p);
}

/* What a reload that is asked for has to wait for, or NULL. */
static const char *
reload_obstacle(const struct parent *p)
{
	if (p->reload.active)
		return "another reload is under way";
	if (p->load.conf != NULL)
		return "the daemon is starting";
	if (p->user_edit.step != USER_EDIT_NONE)
		return "a user change is under way";
	if (p->table_edits.current != NULL)
		return "a table change is under way";
	if (p->reload.next.revoke && p->revoke.active)
		return "sessions are being judged again";
	return NULL;
}

/*
 * All that was asked for up to now is one reload, which begins now and so
 * finds what was changed before any of them.
 */
void
reload_next(struct parent *p)
{
	struct reload	*r = &p->reload;
	const char	*why;
	char		 text[128];

	user_edit_next(p);
	table_edit_next(p);
	if (r->next.turn == 0 || p->stopping || reload_obstacle(p) != NULL)
		return;
	r->wish = r->next;
	memset(&r->next, 0, sizeof(r->next));
	r->conf_name = p->conf_name;
	r->first[0] = '\0';
	r->active = 1;
	/* It has its whole time from here. */
	reload_tell(p, RESULT_MORE, "");
	if ((why = probe_start(p, reload_probed)) != NULL) {
		(void)snprintf(text, sizeof(text),
		    "cannot check its files and names: %s", why);
		reload_failed(p, text);
	}
}

int
reload_is_before(const struct parent *p, uint64_t turn)
{
	return p->reload.next.turn != 0 && p->reload.next.turn < turn;
}

void
reload_waits(struct parent *p)
{
	static const struct timeval	every = { RELOAD_TICK_S, 0 };

	if (!event_pending(p->reload.tick, EV_TIMEOUT, NULL))
		(void)event_add(p->reload.tick, &every);
}

/* What they wait for may take longer than they would wait for us. */
static void
reload_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent		*p = arg;
	struct reload_wish	*next = &p->reload.next;

	askers_tell(p, &next->plain, RESULT_MORE, "");
	askers_tell(p, &next->revokers, RESULT_MORE, "");
	user_edit_tick(p);
	table_edit_tick(p);
	if (next->turn == 0 && p->user_edit.nwaiting == 0 &&
	    p->table_edits.n == 0)
		(void)event_del(p->reload.tick);
}

void
reload_drop(struct parent *p, const char *why)
{
	struct reload_wish	next = p->reload.next;

	memset(&p->reload.next, 0, sizeof(p->reload.next));
	askers_tell(p, &next.plain, RESULT_REFUSED, why);
	askers_tell(p, &next.revokers, RESULT_REFUSED, why);
	reload_failed(p, why);
}

static void
reload_probed(struct parent *p, const char *why)
{
	if (why != NULL)
		reload_failed(p, why);
	else
		reload_begin(p);
}

static void
reload_begin(struct parent *p)
{
	static const struct tables_ops	 ops = { reload_line, reload_loaded };
	struct reload			*r = &p->reload;
	struct conf			*conf;

	if ((conf = conf_read(p, reload_report, p)) == NULL ||
	    reload_open(p, conf) == -1) {
		if (conf != NULL)
			conf_free(conf);
		p->conf_name = r->conf_name;
		reload_remember(p, "it cannot be read");
		reload_log_failed(p, "invalid configuration",
		    "reload failed: the config in force stays");
		reload_tell(p, RESULT_REFUSED,
		    "reload failed: the config in force stays");
		reload_done(p);
		return;
	}
	/* Not used again, or a late answer would be to the next one. */
	conf->generation = ++p->last_generation;
	conf->set.relays = process_relays(conf);
	r->conf = conf;
	r->loading = 1;
	switch (tables_load(p, conf, p->conf, &ops)) {
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
	p->reload.loading = 0;
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
	    sockets_open(conf, &p->reload.classes, reload_report, p) == -1 ||
	    users_open(conf, reload_report, p) == -1)
		return -1;
	if (quota_prepare(p, conf, &p->reload.quota, reload_report,
	    p) == 0) {
		if (listener_open_all(p, conf, p->conf, reload_report,
		    p) == 0) {
			if (control_socket_open(p, conf, &p->reload.control,
			    reload_report, p) == 0)
				return 0;
			listener_close_all(conf, p->conf);
		}
		quota_abort(&p->reload.quota);
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
	struct parent	*p = arg;

	if (p->reload.first[0] == '\0' && parse_is_warning(line) == 0)
		(void)strlcpy(p->reload.first, line, sizeof(p->reload.first));
	conf_complain(line);
	reload_tell(arg, RESULT_MORE, line);
}

/* Until the next one does better. */
static void
reload_remember(struct parent *p, const char *why)
{
	struct reload	*r = &p->reload;

	r->failed_ms = clock_ms();
	(void)strlcpy(r->failure, r->first[0] != '\0' ? r->first : why,
	    sizeof(r->failure));
}

/* To all who asked for the reload under way, if it was not a signal alone. */
static void
reload_tell(struct parent *p, enum result result, const char *text)
{
	askers_tell(p, &p->reload.wish.plain, result, text);
	askers_tell(p, &p->reload.wish.revokers, result, text);
}

static void
askers_tell(struct parent *p, const struct reload_askers *askers,
    enum result result, const char *text)
{
	unsigned int	i;

	for (i = 0; i < askers->n; i++)
		reload_answer(p, askers->id[i], result, text);
}

void
reload_answer(struct parent *p, uint64_t id, enum result result,
    const char *text)
{
	uint8_t		data[MSG_TEXT_SIZE + 16];
	struct wbuf	b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_result(&b, result, text);
	process_send(process_find(p, PROC_CONTROL, 0), MSG_RELOAD_RES, id, &b,
	    -1);
}

/* What processes were born with cannot be changed under them. */
static int
reload_fixed(struct parent *p, const struct conf *conf)
{
	if (strcmp(conf->user, p->conf->user) != 0) {
		reload_report(p, "set user: cannot change while running: "
		    "restart instead");
		return -1;
	}
	if (strcmp(conf->chroot, p->conf->chroot) != 0) {
		reload_report(p, "set chroot: cannot change while running: "
		    "restart instead");
		return -1;
	}
	if (p->detached && conf->log.dest == CONF_LOG_STDERR) {
		reload_report(p, "log to stderr: closed when the daemon "
		    "went to the background: restart instead");
		return -1;
	}
	return walls_check(p, conf, reload_report, p);
}

static void
reload_send(struct parent *p)
{
	struct timeval	 tv = { RELOAD_TIMEOUT_S, 0 };
	struct reload	*r = &p->reload;
	struct process	*c;
	unsigned int	 i;

	if (r->timeout == NULL && (r->timeout = evtimer_new(p->base,
	    reload_timeout_cb, p)) == NULL) {
		reload_failed(p, "out of memory");
		return;
	}
	(void)event_add(r->timeout, &tv);
	r->sent_ms = clock_ms();
	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		c->acked = c->peer == NULL;	/* gets it when it starts */
		if (c->acked == 0 && process_send_conf(c, r->conf) == -1) {
			reload_not_taken(c);
			return;
		}
	}
	reload_check(p);
}

static void
reload_not_taken(struct process *c)
{
	char	why[64];

	(void)snprintf(why, sizeof(why), "%s %u (pid %d): cannot send it",
	    proc_name(c->role), c->instance, (int)c->pid);
	reload_failed(c->parent, why);
}

void
reload_join(struct process *c)
{
	struct parent	*p = c->parent;

	/*
	 * While it is being committed the new config is in force already, and
	 * before it is read and its tables are loaded it is sent to nobody.
	 */
	if (p->reload.conf == NULL || p->reload.loading)
		return;
	c->acked = 0;
	if (process_send_conf(c, p->reload.conf) == -1)
		reload_not_taken(c);
}

void
reload_acked(struct process *c, uint32_t generation)
{
	struct parent	*p = c->parent;

	if (p->reload.conf == NULL || generation != p->reload.conf->generation)
		return;
	c->acked = 1;
	reload_check(p);
}

static void
reload_check(struct parent *p)
{
	char		why[128];
	unsigned int	i;

	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].acked == 0)
			return;
	/* Of those that were starting when this began it was not known. */
	if (walls_check(p, p->reload.conf, reload_report, p) == -1)
		reload_failed(p, "a sandbox layer is missing");
	else if (listener_listen(p->reload.conf, why, sizeof(why)) == -1)
		reload_failed(p, why);
	else
		reload_commit(p);
}

static void
reload_commit(struct parent *p)
{
	struct reload	*r = &p->reload;
	struct conf	*old = p->conf;
	char		 text[128];
	unsigned int	 i;

	p->conf = r->conf;
	r->failed_ms = 0;
	p->classes = r->classes;
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
	logger_event(LOG_LEVEL_INFO, "reload", (const struct logger_field[]){
	    { "generation", NULL, p->conf->generation } }, 1, text);
	askers_tell(p, &r->wish.plain, RESULT_OK, text);
	if (r->wish.revoke)
		revoke_start(p, &r->wish.revokers);
	conf_free(old);
	reload_done(p);
}

void
reload_failed(struct parent *p, const char *why)
{
	struct reload	*r = &p->reload;
	char		 text[MSG_TEXT_SIZE];

	if (r->active == 0)
		return;
	probe_cancel(p);
	if (r->conf != NULL)
		reload_undo(p);
	p->conf_name = r->conf_name;
	reload_remember(p, why);
	(void)snprintf(text, sizeof(text),
	    "reload failed: %s: the config in force stays", why);
	reload_log_failed(p, why, text);
	reload_tell(p, RESULT_REFUSED, text);
	reload_done(p);
}

static void
reload_log_failed(const struct parent *p, const char *why, const char *line)
{
	logger_event(LOG_LEVEL_ERROR, "reload-failed",
	    (const struct logger_field[]){ { "error", why, 0 },
	    { "generation", NULL, p->conf->generation } }, 2, line);
}

/*
 * Nobody has been told of a config that is not read.  Those who asked are gone
 * with control, but what they asked for is not.
 */
void
reload_child_down(struct process *c, const char *why)
{
	struct parent	*p = c->parent;
	struct reload	*r = &p->reload;

	if (c->role == PROC_CONTROL) {
		r->wish.plain.n = r->wish.revokers.n = 0;
		r->next.plain.n = r->next.revokers.n = 0;
		p->revoke.askers.n = 0;
	}
	if (r->conf != NULL)
		reload_failed(p, why);
}

static void
reload_undo(struct parent *p)
{
	struct reload	*r = &p->reload;
	uint8_t		 data[8];
	struct wbuf	 b;
	unsigned int	 i;

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
reload_done(struct parent *p)
{
	p->reload.active = 0;
	p->reload.loading = 0;
	memset(&p->reload.wish, 0, sizeof(p->reload.wish));
	if (p->reload.timeout != NULL)
		(void)event_del(p->reload.timeout);
	reload_next(p);
}

/* A child may complain about many lines of a file. */
void
reload_refused(struct process *c, char *why)
{
	struct parent	*p = c->parent;
	char		*line;
	char		 who[64], text[MSG_TEXT_SIZE + 64];

	while ((line = strsep(&why, "\n")) != NULL) {
		/* Those two speak of lines of files, nobody else. */
		if (c->role == PROC_AUTH || c->role == PROC_ROUTER)
			(void)strlcpy(text, line, sizeof(text));
		else
			(void)snprintf(text, sizeof(text), "%s %u: %s",
			    proc_name(c->role), c->instance, line);
		if (p->reload.conf != NULL)
			reload_report(p, text);
		else
			log_error("%s", text);
	}
	/* What it refuses is an older one. */
	if (p->reload.conf == NULL)
		return;
	(void)snprintf(who, sizeof(who), "%s %u refused it",
	    proc_name(c->role), c->instance);
	reload_failed(p, who);
}

/* As long as those who have not answered are at work. */
static int
reload_goes_on(struct parent *p)
{
	static const struct timeval	 tv = { RELOAD_TIMEOUT_S, 0 };

	if (!progress_is_made(p, p->reload.sent_ms, RELOAD_TIMEOUT_S * 1000))
		return p->reload.active == 0;
	if (p->reload.active)
		(void)event_add(p->reload.timeout, &tv);
	return 1;
}

/* All of them, by name: something has to be done about each. */
static void
reload_timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent		*p = arg;
	const struct process	*c;
	char			 why[MSG_TEXT_SIZE / 2], who[64];
	unsigned int		 i;

	if (reload_goes_on(p))
		return;
	why[0] = '\0';
	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		if (c->acked)
			continue;
		(void)snprintf(who, sizeof(who), "%s%s %u (pid %d)",
		    why[0] == '\0' ? "" : ", ", proc_name(c->role),
		    c->instance, (int)c->pid);
		(void)strlcat(why, who, sizeof(why));
	}
	(void)strlcat(why, " did not answer in time", sizeof(why));
	reload_failed(p, why);
}
