/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "reload revoke": after the reload the router judges its sessions again.
 *
 * Linked by the parent alone.  The config is in force by then, whatever comes
 * of this; who asked hears of it after the router has answered.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>

#include "base/msg_policy.h"
#include "parent/state.h"

static void	revoke_end(struct parent *, enum result, const char *);

void
revoke_start(struct parent *p, const struct reload_askers *askers)
{
	struct process	*router = process_find(p, PROC_ROUTER, 0);

	p->revoke.active = 1;
	p->revoke.askers = *askers;
	p->revoke.generation = p->conf->generation;
	if (router->peer == NULL)
		revoke_failed(p);
	else
		process_send(router, MSG_REVOKE, 0, NULL, -1);
}

void
revoke_done(struct process *c, struct msg *m)
{
	struct parent		*p = c->parent;
	struct msg_revoked	 v;
	char			 text[160];

	if (msg_get_revoked(m, &v) == -1 || p->revoke.active == 0) {
		child_broke(c, "malformed revoked");
		return;
	}
	(void)snprintf(text, sizeof(text), "reloaded: config generation %"
	    PRIu32 " is in force; sessions judged again: %" PRIu32
	    ", ended: %" PRIu32, p->revoke.generation, v.judged, v.ended);
	revoke_end(p, RESULT_OK, text);
}

void
revoke_failed(struct parent *p)
{
	char	text[160];

	if (p->revoke.active == 0)
		return;
	(void)snprintf(text, sizeof(text), "reloaded: config generation %"
	    PRIu32 " is in force, but the router died before all sessions "
	    "were judged again", p->revoke.generation);
	revoke_end(p, RESULT_REFUSED, text);
}

static void
revoke_end(struct parent *p, enum result result, const char *text)
{
	unsigned int	i;

	p->revoke.active = 0;
	if (result == RESULT_OK)
		log_info("%s", text);
	else
		log_warn("%s", text);
	for (i = 0; i < p->revoke.askers.n; i++)
		reload_answer(p, p->revoke.askers.id[i], result, text);
	p->revoke.askers.n = 0;
	reload_next(p);
}
