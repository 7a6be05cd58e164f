/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The daemon is up: all children are ready for the first time.
 *
 * The log says so, and whoever started the daemon in the background hears it
 * by the pipe that he waits on.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "conf/conf.h"
#include "parent/logger.h"
#include "parent/process.h"
#include "parent/ready.h"
#include "parent/state.h"
#include "parent/walls.h"

static void ready_notify(struct parent *);

void
ready_child_up(struct process *c)
{
	struct parent *p = c->parent;
	unsigned int   i;

	if (p->up)
		return;
	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].state != CHILD_RUNNING)
			return;
	p->up = 1;
	logger_up();
	walls_log(p);
	logger_event(LOG_LEVEL_INFO, "start",
	    (const struct logger_field[]){
		{ "version", SOCKS5D_VERSION, 0 }, { "pid", NULL, getpid() } },
	    2, "ready");
	if (p->notify != -1)
		ready_notify(p);
}

/* From here on standard error is another's, unless it is the log. */
static void
ready_notify(struct parent *p)
{
	int null;

	if (p->conf->log.dest != CONF_LOG_STDERR &&
	    (null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1) {
		(void)dup2(null, STDERR_FILENO);
		(void)close(null);
		logger_stderr();
		p->detached = 1;
	}
	if (write(p->notify, "", 1) == -1)
		log_warn_errno("cannot report readiness");
	(void)close(p->notify);
	p->notify = -1;
}
