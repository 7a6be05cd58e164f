/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A role whose loop is libevent's: see role.h.
 */

#include <event2/event.h>

#include "base/channel_event.h"
#include "base/log.h"
#include "base/role.h"

void
role_init(struct role *r, struct child *c, const struct role_ops *ops,
    void *arg)
{
	struct event_config *cfg;
	struct event_base   *base;

	/* The filter does not allow what it would turn to in need of memory. */
	if ((cfg = event_config_new()) == NULL ||
	    event_config_avoid_method(cfg, "poll") == -1 ||
	    event_config_avoid_method(cfg, "select") == -1)
		fatal("event base");
	(void)event_config_set_flag(cfg,
	    EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	if ((base = event_base_new_with_config(cfg)) == NULL)
		fatal("event base");
	event_config_free(cfg);
	role_init_loop(r, c, ops, arg, &channel_event_loop, base);
	r->base = base;
}

_Noreturn void
role_run(struct role *r)
{
	role_begin(r);
	if (event_base_dispatch(r->base) == -1)
		fatalx("event loop failed");
	fatalx("event loop has no events left");
}
