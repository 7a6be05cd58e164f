/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "reload revoke": after the reload the router judges its sessions again.
 *
 * The config is in force by then, whatever comes of this; who asked hears of it
 * after the router has answered.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_policy.h"
#include "base/proc.h"
#include "conf/conf.h"
#include "parent/change.h"
#include "parent/process.h"
#include "parent/revoke.h"
#include "parent/state.h"

/* Sessions are judged again after a reload that was asked to revoke. */
struct revoke {
	int           active;
	struct askers askers;
	uint32_t      generation;
};

static void revoke_failed(struct parent *);
static void revoke_end(struct parent *, enum result, const char *,
    const char *);

void
revoke_init(struct parent *p)
{
	if ((p->revoke = calloc(1, sizeof(*p->revoke))) == NULL)
		fatalx("memory");
}

int
revoke_is_under_way(const struct parent *p)
{
	return p->revoke->active;
}

void
revoke_start(struct parent *p, const struct askers *askers)
{
	struct process *router = process_find(p, PROC_ROUTER, 0);

	p->revoke->active = 1;
	p->revoke->askers = *askers;
	p->revoke->generation = p->conf->generation;
	if (router->peer == NULL)
		revoke_failed(p);
	else
		process_send(router, MSG_REVOKE, 0, NULL, -1);
}

void
revoke_done(struct process *c, struct msg *m)
{
	struct parent     *p = c->parent;
	struct msg_revoked v;
	char               done[96], text[192];

	if (msg_get_revoked(m, &v) == -1 || p->revoke->active == 0) {
		process_broke(c, "malformed revoked");
		return;
	}
	(void)snprintf(done, sizeof(done),
	    "sessions judged again: %" PRIu32 ", ended: %" PRIu32, v.judged,
	    v.ended);
	(void)snprintf(text, sizeof(text),
	    "reloaded: config generation %" PRIu32 " is in force; %s",
	    p->revoke->generation, done);
	revoke_end(p, RESULT_OK, done, text);
}

void
revoke_control_down(struct process *control, const char *why)
{
	control->parent->revoke->askers.n = 0;
}

void
revoke_router_down(struct process *router, const char *why)
{
	revoke_failed(router->parent);
}

static void
revoke_failed(struct parent *p)
{
	static const char died[] = "the router died before all sessions "
				   "were judged again";
	char              text[160];

	if (p->revoke->active == 0)
		return;
	(void)snprintf(text, sizeof(text),
	    "reloaded: config generation %" PRIu32 " is in force, but %s",
	    p->revoke->generation, died);
	revoke_end(p, RESULT_REFUSED, died, text);
}

/* The log has had the reload when it came into force; who asked has not. */
static void
revoke_end(struct parent *p, enum result result, const char *line,
    const char *text)
{
	p->revoke->active = 0;
	if (result == RESULT_OK)
		log_info("%s", line);
	else
		log_warn("%s", line);
	askers_say(p->changes, &p->revoke->askers, MSG_RELOAD_RES, result,
	    text);
	p->revoke->askers.n = 0;
	changes_next(p->changes);
}
