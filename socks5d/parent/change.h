/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Changes of what is in force while the daemon runs: one at a time, the others
 * wait in the order in which they came.
 *
 * A reload, a change of the users and one of a table are kinds of changes.
 * What a kind does when its turn has come is its own matter; waiting, and who
 * hears of it, is done here.  A kind puts struct change first in its own.
 */

#ifndef PARENT_CHANGE_H
#define PARENT_CHANGE_H

#include <sys/queue.h>

#include <stdint.h>

#include "base/msg.h"
#include "base/msg_codec.h"

struct change;
struct changes;
struct event_base;
struct parent;

/* Who asked for something, by control's ids; as many as it serves. */
#define ASKERS_MAX 32

struct askers {
	unsigned int n;
	struct {
		uint64_t id;
		int      more; /* a wish beside, as the kind has it */
	} asker[ASKERS_MAX];
};

struct change_ops {
	const char   *name;   /* "reload" */
	enum msg_type answer; /* to who asked */
	unsigned int  max;    /* that may wait; 0: any number */
	const char   *full;   /* said when so many do */

	/* Its turn has come; ends, now or later, with change_end(). */
	void (*begin)(struct parent *, struct change *);

	/* What it waits for though its turn has come, or NULL; may be NULL. */
	const char *(*obstacle)(struct parent *, const struct change *);

	/* It is under way and the daemon stops; NULL if it goes on. */
	void (*stop)(struct parent *, const char *why);

	void (*free)(struct parent *, struct change *);
};

struct change {
	TAILQ_ENTRY(change)      entry;
	const struct change_ops *ops;
	struct askers            askers;
	int                      queued; /* it has not begun */
	int                      waited; /* nor could, at first */
};

/*
 * answer sends one to control.  Nothing begins so far: see changes_hold().
 * NULL if memory is short.
 */
struct changes *changes_new(struct event_base *, struct parent *,
    void (*answer)(struct parent *, enum msg_type, uint64_t, enum result,
	const char *));
void            changes_free(struct changes *);

/* No change begins while there is a reason; NULL ends that. */
void changes_hold(struct changes *, const char *why);

/* Why another change of this kind is not taken now, or NULL. */
const char *changes_refuse(const struct changes *, const struct change_ops *);

/* Prepares one that nobody asked for so far. */
void change_init(struct change *, const struct change_ops *);

/*
 * Takes the change, which begins at once unless something is in its way: what
 * that is, for who asked, or NULL.  It may have ended before this returns.
 */
const char *changes_add(struct changes *, struct change *);

/* What this one, which waits, waits for; the text is good until the next. */
const char *changes_obstacle(struct changes *, const struct change *);

/* An obstacle has gone. */
void changes_next(struct changes *);

/* To one who asked for such a change. */
void change_answer(struct changes *, const struct change_ops *, uint64_t id,
    enum result, const char *);

/* To all who asked for it. */
void change_say(struct changes *, const struct change *, enum result,
    const char *);

/* It has ended, whether it had begun or not: says so and frees it. */
void change_end(struct changes *, struct change *, enum result, const char *);

/* The daemon stops: all that wait are refused, and so is what comes. */
void changes_stop(struct changes *, const char *why);

/* Control is gone, and with it all who asked; what they asked for is not. */
void changes_forget(struct changes *);

/* Tells who waits that he still does; called each second while one does. */
void changes_tick(struct changes *);

/* -1 if there is no room for one more; more is kept beside him. */
int  askers_add(struct askers *, uint64_t id, int more);
void askers_say(struct changes *, const struct askers *, enum msg_type,
    enum result, const char *);

#endif /* PARENT_CHANGE_H */
