/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The end of a stopping daemon: see drain.h.
 */

#include <sys/types.h>

#include "router/drain.h"
#include "router/quota.h"
#include "router/session_report.h"
#include "router/state.h"

void
drain_check(struct router *r)
{
	/* It comes back here when all is told. */
	if (r->stopping == 0 || r->nsessions != 0 || r->drained ||
	    quota_tell(r) == 0)
		return;
	r->drained = 1;
	session_report_flush(r);
	(void)peer_send(r->role.parent, MSG_CHILD_DRAINED, 0, NULL, -1);
}
