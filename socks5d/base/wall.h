/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The walls that can stand around a process, their names, and why one that
 * should stand does not.
 *
 * Pure.
 */

#ifndef BASE_WALL_H
#define BASE_WALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/proc.h"

#define WALL_USER     0x01U /* a user of its own, no way back to root */
#define WALL_ROOT     0x02U /* an empty root directory */
#define WALL_FILTER   0x04U /* system call filter */
#define WALL_LANDLOCK 0x08U
#define WALL_NETWORK  0x10U  /* an empty network namespace */
#define WALL_USERNS   0x20U  /* a user namespace, where it is needed */
#define WALL_NOEXEC   0x40U  /* memory never becomes executable */
#define WALL_BOUNDING 0x80U  /* no capability is in the bounding set */
#define WALL_NODUMP   0x100U /* no look from outside, no core */
#define WALL_LIMITS   0x200U /* of processes, files and descriptors */
#define WALL_ALL      0x3ffU
#define WALLS         10

/*
 * What became of each wall.  Of one that was to stand and does not there is
 * an errno; what neither stands nor has one was not wanted here, as a network
 * namespace is not for who makes connections.
 */
struct walls {
	uint32_t stand;      /* set of WALL_* */
	uint8_t  why[WALLS]; /* by the number of the bit */
};

/* One wall has been raised; it could not be, with the errno. */
void wall_stands(struct walls *, uint32_t wall);
void wall_fails(struct walls *, uint32_t wall, int error);

/* The walls that were to stand and do not, and why one of them does not. */
uint32_t wall_missing(const struct walls *);
int      wall_error(const struct walls *, uint32_t wall);

/* Takes one wall out of the set: its name, or NULL if there is none left. */
const char *wall_take(uint32_t *set);

/* The name of one; the one of that name, or 0. */
const char *wall_name(uint32_t wall);
uint32_t    wall_byname(const char *);

/* The walls of one process. */
struct wall_row {
	enum proc_id role;
	unsigned int instance;
	struct walls walls;
};

/* Most characters of a list of processes. */
#define WALL_WHO_SIZE 512

/*
 * Calls gap() once for each wall that is missing somewhere, and each reason
 * for that; who is as "all processes but router", or "auth, relay 1".
 */
void wall_gaps(const struct wall_row *, size_t nrows,
    void (*gap)(void *, uint32_t wall, int error, const char *who), void *);

#endif /* BASE_WALL_H */
