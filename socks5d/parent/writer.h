/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Files written while the daemon runs, and tried before they are read: by a
 * process of their own, as a disk may hang.
 *
 * Such a process is forked and not executed anew, so that it has what is to be
 * done; it has nothing else, makes one answer and ends.  There is one of a kind
 * at a time.  The parent hears of its end by SIGCHLD and waits for none; one
 * that is late is killed, and if even that waits for the disk no other is
 * started until it is gone.
 */

#ifndef PARENT_WRITER_H
#define PARENT_WRITER_H

#include <sys/types.h>
#include <sys/queue.h>

#include "base/msg_codec.h"
#include "conf/conf.h"

struct event;
struct parent;

/* What came of it. */
struct writer_result {
	int              failed;
	int              nothing;             /* was to be written */
	int              died;                /* before it was done */
	char             text[MSG_TEXT_SIZE]; /* why, or anything */
	struct conf_stat stat;                /* of the file */
	int              fd;                  /* or -1 */
};

struct writer {
	SLIST_ENTRY(writer) entry;
	struct parent      *parent;
	pid_t               pid;    /* 0: there is none */
	int                 sock;   /* or -1 */
	int                 late;   /* done() was called */
	int                 killed; /* it did not end in time */
	int                 reads;  /* it writes nothing */
	struct event       *deadline;
	void (*done)(void *, struct writer_result *);
	void *arg;
};

/* -1 if memory is short. */
int  writer_init(struct parent *, struct writer *);
void writer_clear(struct writer *);

/*
 * Has work() done by a process of its own.  Then done() is called with what it
 * left in the result, whose descriptor it takes, or says why there is none.
 * -1 with errno if it could not be started, EBUSY if the last one is not gone.
 */
int writer_start(struct writer *, unsigned int seconds,
    void (*work)(void *, struct writer_result *),
    void (*done)(void *, struct writer_result *), void *arg);

/* True while done() has not been called. */
int writer_is_busy(const struct writer *);

/* It may take so much longer from now on. */
void writer_hurry(struct writer *, unsigned int seconds);

/* Ends it, if there is one; done() is not called. */
void writer_cancel(struct writer *);

/* A process has ended; true if it was one of these. */
int writer_reap(struct parent *, pid_t, int status);

/*
 * What is said of a file for which another one cannot be written that takes its
 * name: as errno says, and what helps.
 */
const char *writer_why(int error);

/* For work(): this failed, as errno says. */
void writer_failed(struct writer_result *, const char *why);

#endif /* PARENT_WRITER_H */
