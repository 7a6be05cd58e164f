/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading the config again, while the daemon runs: a kind of change.h.
 */

#ifndef PARENT_RELOAD_H
#define PARENT_RELOAD_H

#include <stdint.h>

struct parent;
struct process;

/* Who wants a reload. */
enum reload_by {
	RELOAD_SIGNAL,
	RELOAD_ASKED,  /* control */
	RELOAD_REVOKE, /* the same, and revoke after it */
};

void reload_init(struct parent *);

/* Stops a reload under way, if there is one, as if it had failed. */
void reload_failed(struct parent *, const char *why);

/* A child has died, which is why a reload that needs it fails. */
void reload_child_down(struct process *, const char *why);

/* A child refused a config: why has one reason a line and is modified. */
void reload_refused(struct process *, char *why);

/*
 * Begins a reload, now or as soon as nothing is in its way; asked, an enum
 * reload_by, and id tell who wants to hear how it ends.  It reads the config
 * after this call, whatever is under way.
 */
void reload_start(struct parent *, int asked, uint64_t id);

/*
 * Why the last one failed, and how long ago, if none did better since; else
 * NULL.
 */
const char *reload_failure(const struct parent *, uint64_t *age_ms);

/* One is under way or waits. */
int reload_is_wanted(const struct parent *);

/* A child that starts now takes part in the reload under way, if any. */
void reload_join(struct process *);

/* A child has built the new config. */
void reload_acked(struct process *, uint32_t generation);

#endif /* PARENT_RELOAD_H */
