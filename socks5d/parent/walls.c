/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which walls do not stand around which child, and why: the log says it once,
 * and a config may require that they stand.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/wall.h"
#include "compat/nitems.h"
#include "compat/privilege.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "parent/process.h"
#include "parent/state.h"
#include "parent/walls.h"

static void        walls_gap(void *, uint32_t, int, const char *);
static const char *walls_lacking(uint32_t, char *, size_t);

void
walls_log(struct parent *p)
{
	struct wall_row rows[CHILDREN_MAX];
	struct process *c;
	unsigned int    i;

	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		rows[i].role = c->role;
		rows[i].instance = c->instance;
		rows[i].walls = c->walls;
		c->missed = wall_missing(&c->walls);
	}
	wall_gaps(rows, p->nprocesses, walls_gap, NULL);
}

/* What the one before it lacked, too, is not told again. */
void
walls_log_child(struct process *c)
{
	char     who[32];
	uint32_t set, wall;

	(void)snprintf(who, sizeof(who), "%s %u", proc_name(c->role),
	    c->instance);
	set = wall_missing(&c->walls) & ~c->missed;
	c->missed |= set;
	for (; set != 0; set &= ~wall) {
		wall = set & -set;
		walls_gap(NULL, wall, wall_error(&c->walls, wall), who);
	}
}

static void
walls_gap(void *arg, uint32_t wall, int error, const char *who)
{
	char lacking[128];

	log_warn("sandbox layer %s missing: %s: %s%s", wall_name(wall), who,
	    strerror(error),
	    walls_lacking(error == EPERM ? wall : 0, lacking, sizeof(lacking)));
}

/* The capabilities that raising it takes and that we do not have. */
static const char *
walls_lacking(uint32_t wall, char *dst, size_t size)
{
	static const struct {
		uint32_t       wall;
		enum privilege privilege;
	} takes[] = {
		{ WALL_USER, PRIVILEGE_SETUID },
		{ WALL_USER, PRIVILEGE_SETGID },
		{ WALL_ROOT, PRIVILEGE_CHROOT },
		{ WALL_NETWORK, PRIVILEGE_ADMIN },
		{ WALL_BOUNDING, PRIVILEGE_SETPCAP },
	};
	size_t i;

	dst[0] = '\0';
	for (i = 0; i < nitems(takes); i++) {
		if (takes[i].wall != wall || privilege_have(takes[i].privilege))
			continue;
		(void)strlcat(dst, dst[0] == '\0' ? " (without " : " and ",
		    size);
		(void)strlcat(dst, privilege_name(takes[i].privilege), size);
	}
	if (dst[0] != '\0')
		(void)strlcat(dst, ")", size);
	return dst;
}

int
walls_check(const struct parent *p, const struct conf *conf,
    parse_report report, void *arg)
{
	unsigned int i;

	for (i = 0; i < p->nprocesses; i++)
		if (walls_check_child(&p->process[i], conf, report, arg) == -1)
			return -1;
	return 0;
}

int
walls_check_child(const struct process *c, const struct conf *conf,
    parse_report report, void *arg)
{
	char     text[256];
	uint32_t lacking, first;

	lacking = conf->require & wall_missing(&c->walls);
	if ((first = lacking & -lacking) == 0)
		return 0;
	(void)snprintf(text, sizeof(text),
	    "%s %u: required sandbox layer missing: %s: %s", proc_name(c->role),
	    c->instance, wall_name(first),
	    strerror(wall_error(&c->walls, first)));
	report(arg, text);
	return -1;
}
