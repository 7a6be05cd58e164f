/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of what a configuration asks for of each role: a new role is a row
 * here.  Who talks to whom follows from the table of messages.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <unistd.h>

#include "base/proc.h"
#include "compat/nitems.h"
#include "conf/conf.h"
#include "parent/wanted.h"

static unsigned int one(const struct conf *);
static unsigned int hashers(const struct conf *);
static unsigned int loaders(const struct conf *);
static unsigned int upstreams(const struct conf *);

static const struct wanted rows[] = {
	{ PROC_ROUTER, one },
	{ PROC_AUTH, one },
	{ PROC_RESOLVER, one },
	{ PROC_CONTROL, one },
	{ PROC_RELAY, wanted_relays },
	{ PROC_HASH, hashers },
	{ PROC_LOADER, loaders },
	{ PROC_UPSTREAM, upstreams },
};
_Static_assert(nitems(rows) == WANTED_ROLES, "every role needs its row");

const struct wanted *const wanted = rows;

static unsigned int
one(const struct conf *conf)
{
	return 1;
}

unsigned int
wanted_relays(const struct conf *conf)
{
	long cpus;

	if (conf->set.relays != 0)
		return conf->set.relays;
	if ((cpus = sysconf(_SC_NPROCESSORS_ONLN)) < 1)
		return 1;
	return cpus > RELAYS_MAX ? RELAYS_MAX : (unsigned int)cpus;
}

/* Without users there is nothing to hash. */
static unsigned int
hashers(const struct conf *conf)
{
	return conf->users[0] == '\0' ? 0 : conf->set.auth_workers;
}

/* Without tables and a database there is nothing to load. */
static unsigned int
loaders(const struct conf *conf)
{
	return !TAILQ_EMPTY(&conf->tables) || conf->geoip[0] != '\0';
}

static unsigned int
upstreams(const struct conf *conf)
{
	return !TAILQ_EMPTY(&conf->upstreams);
}

unsigned int
wanted_total(const struct conf *conf)
{
	unsigned int i, n = 0;

	for (i = 0; i < WANTED_ROLES; i++)
		n += wanted[i].count(conf);
	return n;
}
