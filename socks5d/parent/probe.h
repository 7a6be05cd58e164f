/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Files and names of a new config, tried by a process of its own.
 */

#ifndef PARENT_PROBE_H
#define PARENT_PROBE_H

#include <stdint.h>

#include "conf/conf.h"
#include "parent/writer.h"

struct event;

struct probe_note {
	char		 what[32];
	char		 name[CONF_PATH_SIZE];
};

/* Files and names of a new config, tried before the parent waits for them. */
struct probe {
	struct writer	 process;
	struct event	*tick;
	unsigned int	 idle_s;	/* it does nothing for so long */
	uint64_t	 used_ns;	/* of the CPU, at the last look */
	struct probe_note *note;	/* what it is at: shared memory */
	void		(*done)(struct parent *, const char *why);
};

void	probe_init(struct parent *);

/*
 * Has all files and names that a reload needs tried by a process of its own;
 * then done() is called, with NULL if they answered or why the reload must not
 * wait for them.  If it cannot be started: why.
 */
const char	*probe_start(struct parent *,
		    void (*done)(struct parent *, const char *why));

/* Ends it, if there is one; done() is not called. */
void	probe_cancel(struct parent *);

#endif /* PARENT_PROBE_H */
