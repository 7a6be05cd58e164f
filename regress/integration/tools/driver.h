/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Plays the rest of the daemon to one real, confined role, as lines on
 * standard input say: what resolver_driver and upstream_driver share.  For
 * tests alone.
 *
 * Lines that each driver knows:
 *
 *	wait N			until N more answers came and were printed
 *	router			a new router takes the place of the old
 *	log WORD		until a line with it was logged since the last
 *				such, of which it is the end
 *
 * What goes wrong with the driver itself, and each thing that is waited for in
 * vain, ends it with err(3).
 */

#ifndef REGRESS_DRIVER_H
#define REGRESS_DRIVER_H

#include <sys/types.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/msg_codec.h"
#include "conf/conf.h"

#define DRIVER_WAIT_MS 20000
#define DRIVER_WORDS   16

struct driver {
	/* Set by who calls driver_main(). */
	enum proc_id role;
	void (*run)(struct child *);
	enum proc_id peers[2]; /* its siblings; PROC_PARENT if none */
	/* A message of a sibling, and a line that is not known here. */
	void (*on_msg)(struct driver *, const struct msg *);
	void (*on_line)(struct driver *, char **, int);

	pid_t           pid;
	struct channel *channel[PROC_MAX];
	struct conf    *conf;    /* the next one */
	unsigned int    answers; /* printed so far */
	unsigned int    generation;
	int             ready;      /* replies to a config */
	int             told;       /* of a bad peer */
	char            log[65536]; /* lines */
	size_t          nlog;
	size_t          seen; /* of them */
};

/* All of it; 0 if the role lived until it was told to stop. */
int driver_main(struct driver *);

/* Sends the config, which the role finds right, and puts it into force. */
void driver_prepare(struct driver *);
void driver_commit(struct driver *);

/* The next one is empty. */
void driver_conf_renew(struct driver *);

/* Serves what comes until the number is that large. */
void driver_until(struct driver *, const int *, int);

/* The router's channel ends and the parent hears of it; prints "refused". */
void driver_refused(struct driver *);

/* A router in place of the one that is there, if any. */
void driver_router(struct driver *);

void driver_send(struct channel *, enum msg_type, uint64_t, const struct wbuf *,
    int);
void driver_send_number(struct channel *, enum msg_type, uint32_t);

/* A number up to max. */
uint32_t driver_number(const char *, uint32_t);

#endif /* REGRESS_DRIVER_H */
