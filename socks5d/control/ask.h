/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions to other processes, and what becomes of the answers.
 *
 * A question may go to several processes; who asks hears of each answer, and
 * once that all are there or will not come.  Every answer that is due is
 * counted by who owes it, so that a process which dies, hangs or babbles can
 * neither hold up a question nor answer for another one.  Knows nothing of who
 * asks: a connection of socks5ctl, a timer, whatever there is.
 */

#ifndef CONTROL_ASK_H
#define CONTROL_ASK_H

#include <sys/types.h>
#include <sys/queue.h>

#include "base/channel_event.h"
#include "base/msg.h"

struct event;
struct role;

/* What another process takes longer for, is gone on without. */
#define ASK_ANSWER_MS 2000

/*
 * Of who takes longer than that to answer a long question it is asked whether
 * it lives at all.  The parent may be at work on a large file: the largest
 * configuration there is takes it seconds, and ten times that on a slow host.
 */
#define ASK_PROBE_MS        3000
#define ASK_PROBE_PARENT_MS 30000

/* What an answer did. */
enum ask_answer {
	ASK_LAST, /* taken, it was the one waited for */
	ASK_MORE, /* taken, its sender has more to say */
	ASK_BAD,  /* malformed */
};

struct ask_ops {
	/* It may end the question, but not free it. */
	enum ask_answer (*answer)(void *arg, struct peer *, const struct msg *);
	/* All answers are here, or will not come: ask_late() says whose. */
	void (*done)(void *arg);
};

/* One question at a time; fields are ask.c's, but for those said so. */
struct ask {
	TAILQ_ENTRY(ask)      entry;
	struct asks          *asks;
	const struct ask_ops *ops;
	void                 *arg;
	int                   begun;
	enum msg_type         results[2];     /* asker's: what may come */
	uint64_t              deadline_ms;    /* for the answers */
	uint64_t              request;        /* id of what was asked */
	unsigned int          waiting;        /* answers that are due */
	uint64_t              heard_ms;       /* others' last sign of life */
	uint64_t              probe;          /* id of the question for one */
	uint64_t              probe_ms;       /* when it was asked */
	uint64_t              late[PROC_MAX]; /* a bit for each: no answer */
	uint16_t              owed[PROC_MAX][RELAYS_MAX];
};
TAILQ_HEAD(ask_list, ask);

/* All that are under way in this process. */
struct asks {
	struct role    *role;
	struct ask_list list;
	struct event   *tick; /* runs while an answer is due */
	uint64_t        last_id;
};

/* After role_init(); ends the process if memory is short. */
void asks_init(struct asks *, struct role *);

/* From the role: an answer has come; a process is gone. */
void asks_on_answer(struct asks *, struct peer *, const struct msg *);
void asks_on_gone(struct asks *, enum proc_id, unsigned int instance);

/* Who asks; nothing is asked yet. */
void ask_init(struct ask *, struct asks *, const struct ask_ops *, void *arg);

/*
 * Begins a question, whose answers are of these types, one may be MSG_NONE;
 * ends it, and nothing is heard of it any more.
 */
void ask_begin(struct ask *, enum msg_type, enum msg_type);
void ask_end(struct ask *);

/* That long from now the answers may take, in place of ASK_ANSWER_MS. */
void ask_allow(struct ask *, uint64_t ms);

/* Further ones to the same end: what is still to come is now too late. */
void ask_round(struct ask *);

/*
 * Asks one process: -1 if it is not there.  Asks those of a role that are
 * there, and all that the gate lets control send this to.
 */
int  ask_one(struct ask *, enum proc_id, unsigned int instance, enum msg_type,
     const struct wbuf *);
void ask_role(struct ask *, enum proc_id, enum msg_type);
void ask_all(struct ask *, enum msg_type);

/* Says more to one who was asked, from whom no further answer is due. */
int ask_add(struct ask *, enum proc_id, unsigned int instance, enum msg_type,
    const struct wbuf *);

/* Nothing will come from it for this question; whether that is so. */
void ask_set_late(struct ask *, enum proc_id, unsigned int instance);
int  ask_is_late(const struct ask *, enum proc_id, unsigned int instance);

/*
 * Whose answers did not come: "relay 0, relay 2", cut if it does not fit.  0 if
 * nobody's.
 */
int ask_late(const struct ask *, char *dst, size_t size);

#endif /* CONTROL_ASK_H */
