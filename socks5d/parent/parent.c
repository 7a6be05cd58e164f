/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The parent process: start, signals, loop, end.
 *
 * Once the daemon is up it makes no call whose end is the business of others,
 * or a disk, a log daemon or a name service that hangs would take from it what
 * it is there for: to start again who dies, to answer socks5ctl, to stop.  So:
 *
 *	log to the log daemon		non-blocking, queued: log_syslog.c
 *	log to stderr			non-blocking, queued: log_stderr.c;
 *					a regular file waits for its disk when
 *					the kernel holds up who writes to it
 *	writing quotas and users	a process of its own: writer.c
 *	users and groups of roles	looked up at the start: setup.c
 *	group of the control socket	start, and reload after probe.c
 *	files of the config, tables,	start, and reload after probe.c; read by
 *	  countries, users		parent (config) or children (others)
 *	addresses of this host		the kernel's: localaddr.c, host_check.c
 *	time zone			read at the start; TZ is set
 *	channels			non-blocking: channel.c
 *	children			waitpid(2) with WNOHANG; killed if late
 *	control socket			non-blocking; bound at the start, and
 *					by a reload after probe.c
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/proc.h"
#include "base/sandbox.h"
#include "base/version.h"
#include "compat/nitems.h"
#include "compat/privilege.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "parent/change.h"
#include "parent/children.h"
#include "parent/conf_read.h"
#include "parent/control_socket.h"
#include "parent/listener.h"
#include "parent/loader_job.h"
#include "parent/localaddr.h"
#include "parent/logger.h"
#include "parent/parent.h"
#include "parent/probe.h"
#include "parent/process.h"
#include "parent/quota.h"
#include "parent/reload.h"
#include "parent/revoke.h"
#include "parent/setup.h"
#include "parent/sockets.h"
#include "parent/state.h"
#include "parent/stop.h"
#include "parent/table_change.h"
#include "parent/tables.h"
#include "parent/tables_check.h"
#include "parent/user_change.h"
#include "parent/users.h"
#include "parent/users_check.h"
#include "parent/wanted.h"
#include "parent/watch.h"
#include "parent/zone.h"

static void complain(void *, const char *);
static void answer(struct parent *, enum msg_type, uint64_t, enum result,
    const char *);
static void check_complain(void *, const char *);
static int  parent_check(struct parent *);
static void parent_patience(void);
static int  parent_init(struct parent *);
static int  whole_path(const char **);
static int  open_self(void);
static int  parent_open(struct parent *);
static int  parent_load(struct parent *);
static void parent_report(struct parent *, const char *);
static void parent_loaded(struct parent *, int);
static int  parent_daemon(struct parent *);
static void parent_starter(int);
static void parent_signals(struct parent *);
static void signal_cb(evutil_socket_t, short, void *);
static void parent_log_start(struct parent *);
static void check_sink(void *, enum log_level, const char *);

int
parent_main(const struct parent_options *o)
{
	struct parent *p;
	int            rc;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("memory");
	p->opt = *o;
	p->verbose = o->verbose;
	/* Other users take root, and root may lack what it takes. */
	p->rootless = geteuid() != 0 || !privilege_have(PRIVILEGE_SETUID) ||
	    !privilege_have(PRIVILEGE_SETGID);
	p->root = p->notify = -1;
	log_set_verbose(o->verbose);
	if (o->check == 0)
		logger_early();
	zone_init(p->zone, sizeof(p->zone));
	if (o->check) {
		rc = parent_check(p);
		free(p);
		return rc;
	}
	parent_patience();
	/* From here on the end frees nothing: all goes with the process. */
	if (parent_init(p) == -1 || parent_load(p) == -1) {
		logger_close();
		_exit(1);
	}
	(void)event_base_dispatch(p->base);
	control_socket_close(p->control);
	logger_event(LOG_LEVEL_INFO, "stop", NULL, 0, "socks5d has ended");
	logger_close();
	_exit(p->exit_status);
}

static void
complain(void *arg, const char *line)
{
	conf_complain(line);
}

/* To one who asked control for a change. */
static void
answer(struct parent *p, enum msg_type type, uint64_t id, enum result result,
    const char *text)
{
	uint8_t     data[MSG_TEXT_SIZE + 16];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_result(&b, result, text);
	process_send(process_find(p, PROC_CONTROL, 0), type, id, &b, -1);
}

/* -n: complaints are the only output, so nothing is put before them. */
static void
check_sink(void *arg, enum log_level level, const char *line)
{
	(void)fprintf(stderr, "%s\n", line);
}

/* The same, and counts those that are warnings. */
static void
check_complain(void *arg, const char *line)
{
	unsigned int *warnings = arg;

	if (parse_is_warning(line))
		(*warnings)++;
	conf_complain(line);
}

static int
parent_check(struct parent *p)
{
	struct conf *conf;
	unsigned int n = 0;
	char         warnings[32] = "";

	log_set_sink(check_sink, NULL);
	if ((conf = conf_read(p, check_complain, &n)) == NULL)
		return 1;
	if ((users_check(conf, check_complain, &n) |
		tables_check(conf, check_complain, &n) |
		quota_check(conf, check_complain, &n) |
		setup_descriptors(p, conf)) == -1) {
		conf_free(conf);
		return 1;
	}
	if (n != 0)
		(void)snprintf(warnings, sizeof(warnings), ", %u warning%s", n,
		    n == 1 ? "" : "s");
	if (p->opt.verbose)
		conf_print(stdout, conf);
	else if (conf_read_is_builtin(p))
		(void)fprintf(stderr,
		    "built-in configuration OK%s: %s does "
		    "not exist\n",
		    warnings, conf_read_file(p));
	else
		(void)fprintf(stderr, "configuration OK%s\n", warnings);
	conf_free(conf);
	/* Half of a configuration may look like a whole one. */
	if (ferror(stdout) || fflush(stdout) == EOF) {
		log_errno("stdout");
		return 1;
	}
	return p->opt.strict && n != 0;
}

/*
 * A reload that is asked for while nobody hears it is done once there is
 * somebody, see parent_signals(); it would end us instead.
 */
static void
parent_patience(void)
{
	sigset_t hangup;

	(void)sigemptyset(&hangup);
	(void)sigaddset(&hangup, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &hangup, NULL) == -1)
		fatal("sigprocmask");
}

/* Everything that can go wrong at the start goes wrong here. */
static int
parent_init(struct parent *p)
{
	struct quota_book *quota;

	if (p->opt.debug == 0 &&
	    (whole_path(&p->opt.file) == -1 ||
		whole_path(&p->opt.socket) == -1)) {
		log_errno("current directory");
		return -1;
	}
	if ((p->conf = conf_read(p, complain, NULL)) == NULL)
		return -1;
	/* Whoever started us may have left some open; the file was one. */
	closefrom(STDERR_FILENO + 1);
	p->conf->generation = 1;
	p->started_ms = p->conf_ms = clock_ms();
	if ((p->binary = open_self()) == -1) {
		log_errno("own binary: /proc/self/exe");
		return -1;
	}
	if (p->opt.debug == 0 && parent_daemon(p) == -1)
		return -1;
	if ((p->base = event_base_new()) == NULL)
		fatalx("no event base");
	p->conf->set.relays = wanted_relays(p->conf);
	if ((p->changes = changes_new(p->base, p, answer)) == NULL)
		fatalx("memory");
	changes_hold(p->changes, "the daemon is starting");
	if ((p->classes = calloc(1, sizeof(*p->classes))) == NULL)
		fatalx("memory");
	control_socket_init(p);
	loader_job_init(p);
	tables_init(p);
	reload_init(p);
	revoke_init(p);
	table_change_init(p);
	user_change_init(p);
	probe_init(p);
	children_init(p, p->conf);
	if (quota_prepare(p, p->conf, &quota, complain, NULL) == -1)
		return -1;
	if (parent_open(p) == -1) {
		control_socket_close(p->control);
		return -1;
	}
	logger_open(p->base, &p->opt, &p->conf->log);
	process_oom(p);
	parent_signals(p);
	watch_init(p);
	localaddr_watch(p);
	quota_commit(p, &quota);
	if (privilege_have(PRIVILEGE_SETPCAP) && privilege_bound() == -1)
		log_warn_errno("cannot empty the capability bounding set");
	if (privilege_lower() == -1)
		log_warn_errno("cannot drop capabilities");
	/* Deny what neither we nor, by inheritance, any child ever needs. */
	if (sandbox_enter(PROC_PARENT) == -1) {
		log_errno("sandbox");
		control_socket_close(p->control);
		return -1;
	}
	parent_log_start(p);
	return 0;
}

/*
 * A daemon leaves the folder that a relative path starts from, and a reload
 * must find the same file.
 */
static int
whole_path(const char **path)
{
	char *folder, *whole;
	int   n;

	if (*path == NULL || **path == '/')
		return 0;
	if ((folder = getcwd(NULL, 0)) == NULL)
		return -1;
	n = asprintf(&whole, "%s/%s", folder, *path);
	free(folder);
	if (n == -1)
		return -1;
	*path = whole;
	return 0;
}

/* Above the number that a child's channel takes on the way to the exec. */
static int
open_self(void)
{
	int fd, high;

	if ((fd = open("/proc/self/exe", O_PATH | O_CLOEXEC)) == -1)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_CHANNEL_FD + 1);
	(void)close(fd);
	return high;
}

static int
parent_open(struct parent *p)
{
	struct control_socket control;

	if (setup_users(p, p->conf) == -1 || setup_root(p, p->conf) == -1 ||
	    setup_descriptors(p, p->conf) == -1 ||
	    sockets_open(p->conf, p->classes, complain, NULL) == -1 ||
	    users_open(p->conf, complain, NULL) == -1)
		return -1;
	/* First, as it finds out whether another daemon runs already. */
	if (control_socket_open(p, p->conf, &control, complain, NULL) == -1)
		return -1;
	control_socket_commit(p, &control);
	return listener_open_all(p, p->conf, NULL, complain, NULL);
}

/* Tables first, with the loader alone, if there are any; then the others. */
static int
parent_load(struct parent *p)
{
	static const struct tables_ops ops = { parent_report, parent_loaded };
	struct process                *loader;

	switch (tables_load(p, p->conf, NULL, &ops)) {
	case -1:
		control_socket_close(p->control);
		return -1;
	case 0:
		parent_loaded(p, 0);
		break;
	default:
		if ((loader = process_find(p, PROC_LOADER, 0))->pid == 0)
			process_start(loader);
		break;
	}
	return 0;
}

static void
parent_report(struct parent *p, const char *line)
{
	conf_complain(line);
}

static void
parent_loaded(struct parent *p, int failed)
{
	unsigned int i;

	if (p->stopping != STOP_NOT)
		return;
	if (failed) {
		stop_failed(p);
		return;
	}
	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].pid == 0)
			process_start(&p->process[i]);
	changes_hold(p->changes, NULL);
}

/*
 * Goes to the background; the process that was started stays until the daemon
 * is up, so that its exit status tells.
 */
static int
parent_daemon(struct parent *p)
{
	int pipefd[2], null;

	if (pipe2(pipefd, O_CLOEXEC) == -1) {
		log_errno("pipe");
		return -1;
	}
	switch (fork()) {
	case -1:
		log_errno("fork");
		return -1;
	case 0:
		break;
	default:
		(void)close(pipefd[1]);
		parent_starter(pipefd[0]);
	}
	(void)close(pipefd[0]);
	p->notify = pipefd[1];
	if (setsid() == -1 || chdir("/") == -1 ||
	    (null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1) {
		log_errno("daemon");
		return -1;
	}
	/* stderr stays for complaints until all is up. */
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)close(null);
	return 0;
}

/* One byte says that the daemon is up, the end of the pipe that it is not. */
static void
parent_starter(int fd)
{
	char    c;
	ssize_t n;

	do {
		n = read(fd, &c, 1);
	} while (n == -1 && errno == EINTR);
	_exit(n == 1 ? 0 : 1);
}

static void
parent_signals(struct parent *p)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2 };
	struct event    *ev;
	sigset_t         none;
	size_t           i;

	for (i = 0; i < nitems(signals); i++) {
		ev = evsignal_new(p->base, signals[i], signal_cb, p);
		if (ev == NULL || event_add(ev, NULL) == -1)
			fatalx("signals");
	}
	/* They may be blocked by whoever started us. */
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fatal("sigprocmask");
	for (i = 0; i < nitems(ignored); i++)
		(void)sigaction(ignored[i],
		    &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

static void
signal_cb(evutil_socket_t sig, short what, void *arg)
{
	struct parent *p = arg;

	switch (sig) {
	case SIGCHLD:
		process_reap(p);
		break;
	case SIGHUP:
		log_info("reload: SIGHUP");
		reload_start(p, RELOAD_SIGNAL, 0);
		break;
	case SIGINT:
	case SIGTERM:
		stop_begin(p, 0);
		break;
	}
}

static void
parent_log_start(struct parent *p)
{
	const struct conf_listener *l;
	char                        addr[ADDRPORT_STRLEN];

	log_info("socks5d %s: config %s, libevent %s, sandbox %s%s",
	    SOCKS5D_VERSION, p->conf_name, event_get_version(), sandbox_name(),
	    p->rootless ? ", rootless" : "");
	if (p->rootless)
		log_warn("rootless: all processes run as user %u%s",
		    (unsigned int)geteuid(),
		    geteuid() == 0 ?
			", which is "
			"root: without CAP_SETUID and CAP_SETGID they cannot "
			"leave it" :
			"");
	TAILQ_FOREACH(l, &p->conf->listeners, entry)
		log_info("listening on %s%s%s",
		    addr_print_port(&l->addr, l->port, addr, sizeof(addr)),
		    l->name[0] != '\0' ? " " : "", l->name);
}
