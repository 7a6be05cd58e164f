/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Upstreams: made and freed.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "conf/conf_upstream.h"

struct conf_upstream *
conf_upstream_new(void)
{
	struct conf_upstream *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	TAILQ_INIT(&u->members);
	u->retry = CONF_RETRY;
	u->backoff_min_ms = CONF_BACKOFF_MIN_MS;
	u->backoff_max_ms = CONF_BACKOFF_MAX_MS;
	u->breaker_failures = CONF_BREAKER_FAILURES;
	u->breaker_within_ms = CONF_BREAKER_WITHIN_MS;
	u->breaker_for_ms = CONF_BREAKER_FOR_MS;
	return u;
}

void
conf_upstream_free(struct conf_upstream *u)
{
	struct conf_proxy *p;

	if (u == NULL)
		return;
	while ((p = TAILQ_FIRST(&u->members)) != NULL) {
		TAILQ_REMOVE(&u->members, p, entry);
		freezero(p, sizeof(*p));
	}
	free(u);
}
