/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names that need no name server: see hosts.h.
 *
 * A sorted array of pointers to the lines; those of one name stay in the order
 * of the file.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/msg_codec.h"
#include "conf/conf.h"
#include "resolver/hosts.h"

/* position makes sorting stable. */
struct host {
	const struct conf_host *line;
	size_t                  position;
};

struct hosts {
	size_t      count;
	struct host host[];
};

static int    host_cmp(const void *, const void *);
static size_t hosts_first(const struct hosts *, const char *);
static int    is_localhost(const char *);
static void   localhost_answer(struct msg_name_answer *);
static void   answer_add(struct msg_name_answer *, const struct addr *);

struct hosts *
hosts_new(const struct conf_hosts *lines)
{
	const struct conf_host *line;
	struct hosts           *h;
	size_t                  n = 0;

	TAILQ_FOREACH(line, lines, entry)
		n++;
	if ((h = calloc(1, sizeof(*h) + n * sizeof(h->host[0]))) == NULL)
		return NULL;
	TAILQ_FOREACH(line, lines, entry) {
		h->host[h->count].line = line;
		h->host[h->count].position = h->count;
		h->count++;
	}
	qsort(h->host, h->count, sizeof(h->host[0]), host_cmp);
	return h;
}

void
hosts_free(struct hosts *h)
{
	free(h);
}

int
hosts_get(const struct hosts *h, const char *name, uint8_t family,
    struct msg_name_answer *a)
{
	size_t i, first;

	memset(a, 0, sizeof(*a));
	a->family = family;
	a->status = NAME_NOT_FOUND;
	first = hosts_first(h, name);
	for (i = first; i < h->count; i++) {
		if (strcmp(h->host[i].line->name, name) != 0)
			break;
		answer_add(a, &h->host[i].line->addr);
	}
	if (i != first)
		return 1;
	if (!is_localhost(name))
		return 0;
	localhost_answer(a);
	return 1;
}

static int
host_cmp(const void *pa, const void *pb)
{
	const struct host *a = pa, *b = pb;
	int                cmp;

	if ((cmp = strcmp(a->line->name, b->line->name)) != 0)
		return cmp;
	return a->position < b->position ? -1 : a->position > b->position;
}

/* The first line whose name is not less than this one. */
static size_t
hosts_first(const struct hosts *h, const char *name)
{
	size_t low = 0, high = h->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(h->host[mid].line->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int
is_localhost(const char *name)
{
	static const char suffix[] = ".localhost";
	size_t            len;

	if (strcmp(name, suffix + 1) == 0)
		return 1;
	len = strlen(name);
	return len > sizeof(suffix) - 1 &&
	    strcmp(name + len - (sizeof(suffix) - 1), suffix) == 0;
}

static void
localhost_answer(struct msg_name_answer *a)
{
	struct addr loopback;

	(void)addr_parse(&loopback, "127.0.0.1");
	answer_add(a, &loopback);
	(void)addr_parse(&loopback, "::1");
	answer_add(a, &loopback);
}

/* Takes the address if it is of the family that is asked for. */
static void
answer_add(struct msg_name_answer *a, const struct addr *addr)
{
	if (addr->af != (a->family == RESOLVE_INET ? AF_INET : AF_INET6) ||
	    a->naddrs == NAME_ADDRS_MAX)
		return;
	a->addrs[a->naddrs++] = *addr;
	a->status = NAME_OK;
}
