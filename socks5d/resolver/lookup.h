/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lookups that run and who waits for them: one per name and family, however
 * many ask.
 *
 * Nobody has to wait for what he began, so each lookup is on the account of
 * the source that began it until it ends.  Who waits for a lookup that runs
 * anyway causes nothing, and is not charged.
 *
 * Pure: the time is told, answers leave by a callback.  Asks no name server.
 */

#ifndef RESOLVER_LOOKUP_H
#define RESOLVER_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

struct lookup;
struct lookups;
struct msg_name_answer;
struct name_fault;

#define LOOKUPS_MAX   4096  /* that run */
#define LOOKUPS_PART  8     /* of those free, for one source */
#define LOOKUPS_LEAST 2     /* one name, while any are free */
#define WAITERS_MAX   65536 /* for all of them */

/* Gives the answer to the one who asked under this id. */
typedef void (*lookup_answer)(void *arg, uint64_t id,
    const struct msg_name_answer *);

/* NULL with errno. */
struct lookups *lookups_new(lookup_answer, void *arg);
void            lookups_free(struct lookups *); /* answers nobody */

/* The lookup that runs for this name and RESOLVE_*, or NULL. */
struct lookup *lookups_find(struct lookups *, const char *name, uint8_t family);

/*
 * A new one, which must not be there yet, begun by that source, for which no
 * more than so many may run.  NULL with errno: EDQUOT if the source has its
 * share, ENOBUFS if there are too many at all, or another.
 */
struct lookup *lookups_add(struct lookups *, const char *name, uint8_t family,
    uint64_t source, size_t most);

/* How many run. */
size_t lookups_running(const struct lookups *);

const char *lookup_name(const struct lookup *);
uint64_t    lookup_source(const struct lookup *);
uint8_t     lookup_family(const struct lookup *);

/* Remembers why it fails, if it does; the first time is when it began. */
void lookup_fault(struct lookup *, const struct name_fault *, uint64_t now);

/* What those who wait are to be told of that. */
void lookup_failed(const struct lookup *, uint64_t now, struct name_fault *);

/*
 * The asker of this id waits until the deadline.  -1 with errno: EEXIST if it
 * waits for this family already, ENOBUFS if too many wait.
 */
int lookup_wait(struct lookups *, struct lookup *, uint64_t id,
    uint64_t deadline);

/* The asker needs no answer any more.  The lookups themselves go on. */
void lookups_cancel(struct lookups *, uint64_t id);
void lookups_cancel_all(struct lookups *);

/* Tells those whose deadline has come that the lookup failed. */
void lookups_expire(struct lookups *, uint64_t now);

/* The next deadline; 0 if nobody waits. */
uint64_t lookups_deadline(const struct lookups *);

/*
 * Gives the answer to all who wait and frees the lookup; the answer may be
 * NULL if nobody does.
 */
void lookup_finish(struct lookups *, struct lookup *,
    const struct msg_name_answer *);

#endif /* RESOLVER_LOOKUP_H */
