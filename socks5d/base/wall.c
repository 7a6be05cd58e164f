/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Walls, their names, and who lacks which, see wall.h.
 */

#include <stdio.h>
#include <string.h>

#include "base/wall.h"
#include "compat/nitems.h"

/* In the order in which socks5d(8) explains them. */
static const struct {
	uint32_t    bit;
	const char *name;
} walls[] = {
	{ WALL_USER, "user" },
	{ WALL_ROOT, "root" },
	{ WALL_FILTER, "filter" },
	{ WALL_LANDLOCK, "landlock" },
	{ WALL_NETWORK, "network" },
	{ WALL_USERNS, "userns" },
	{ WALL_NOEXEC, "noexec" },
	{ WALL_BOUNDING, "bounding" },
	{ WALL_NODUMP, "nodump" },
	{ WALL_LIMITS, "limits" },
};
#define NWALLS nitems(walls)

_Static_assert(NWALLS == WALLS, "every wall has a name");
_Static_assert(WALL_ALL == (1U << WALLS) - 1, "all walls are all bits");

static unsigned int wall_number(uint32_t);
static void gap_who(const struct wall_row *, size_t, uint32_t, int, char *);
static void gap_add(char *, const char *, const char *);

void
wall_stands(struct walls *w, uint32_t wall)
{
	w->stand |= wall;
	w->why[wall_number(wall)] = 0;
}

/* Errors are small numbers; one that was not were better than none. */
void
wall_fails(struct walls *w, uint32_t wall, int error)
{
	w->stand &= ~wall;
	w->why[wall_number(wall)] = error > 0 && error < UINT8_MAX ?
	    (uint8_t)error :
	    UINT8_MAX;
}

uint32_t
wall_missing(const struct walls *w)
{
	uint32_t     set = 0;
	unsigned int i;

	for (i = 0; i < WALLS; i++)
		if (w->why[i] != 0)
			set |= 1U << i;
	return set;
}

int
wall_error(const struct walls *w, uint32_t wall)
{
	return w->why[wall_number(wall)];
}

static unsigned int
wall_number(uint32_t wall)
{
	unsigned int i;

	for (i = 0; i < WALLS - 1; i++)
		if (wall == 1U << i)
			break;
	return i;
}

const char *
wall_take(uint32_t *set)
{
	size_t i;

	for (i = 0; i < NWALLS; i++) {
		if ((*set & walls[i].bit) == 0)
			continue;
		*set &= ~walls[i].bit;
		return walls[i].name;
	}
	return NULL;
}

const char *
wall_name(uint32_t wall)
{
	return wall_take(&wall);
}

uint32_t
wall_byname(const char *name)
{
	size_t i;

	for (i = 0; i < NWALLS; i++)
		if (strcmp(walls[i].name, name) == 0)
			return walls[i].bit;
	return 0;
}

/* An error that was told is not told again: those before it had none such. */
void
wall_gaps(const struct wall_row *rows, size_t               nrows,
    void (*gap)(void *, uint32_t, int, const char *), void *arg)
{
	char   who[WALL_WHO_SIZE];
	size_t i, j, k;
	int    error;

	for (i = 0; i < NWALLS; i++) {
		for (j = 0; j < nrows; j++) {
			error = wall_error(&rows[j].walls, walls[i].bit);
			for (k = 0; k < j; k++)
				if (wall_error(&rows[k].walls, walls[i].bit) ==
				    error)
					break;
			if (error == 0 || k < j)
				continue;
			gap_who(rows, nrows, walls[i].bit, error, who);
			gap(arg, walls[i].bit, error, who);
		}
	}
}

/*
 * A role is named once if it is all of its processes.  Where all roles but
 * one are meant it is shorter to name that one.
 */
static void
gap_who(const struct wall_row *rows, size_t nrows, uint32_t wall, int error,
    char *who)
{
	unsigned int all[PROC_MAX] = { 0 }, some[PROC_MAX] = { 0 };
	unsigned int nroles = 0, whole = 0, none = 0;
	enum proc_id role, other = PROC_MAX;
	char         one[32];
	size_t       i;

	for (i = 0; i < nrows; i++) {
		all[rows[i].role]++;
		some[rows[i].role] += wall_error(&rows[i].walls, wall) == error;
	}
	for (role = 0; role < PROC_MAX; role++) {
		nroles += all[role] != 0;
		whole += all[role] != 0 && some[role] == all[role];
		if (all[role] != 0 && some[role] == 0) {
			none++;
			other = role;
		}
	}
	who[0] = '\0';
	if (whole == nroles ||
	    (whole > 1 && whole + 1 == nroles && none == 1)) {
		(void)snprintf(who, WALL_WHO_SIZE, "all processes%s%s",
		    none == 1 ? " but " : "",
		    none == 1 ? proc_name(other) : "");
		return;
	}
	for (i = 0; i < nrows; i++) {
		role = rows[i].role;
		if (wall_error(&rows[i].walls, wall) != error)
			continue;
		if (some[role] == all[role]) {
			gap_add(who, proc_name(role), "");
			some[role] = 0; /* the others are told of */
			all[role] = UINT32_MAX;
		} else if (all[role] != UINT32_MAX) {
			(void)snprintf(one, sizeof(one), " %u",
			    rows[i].instance);
			gap_add(who, proc_name(role), one);
		}
	}
}

/* What does not fit is cut: there are few such lists, and none is long. */
static void
gap_add(char *who, const char *role, const char *instance)
{
	size_t len = strlen(who);

	(void)snprintf(who + len, WALL_WHO_SIZE - len, "%s%s%s",
	    len == 0 ? "" : ", ", role, instance);
}
