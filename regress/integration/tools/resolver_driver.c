/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Plays parent, router and control to a real, confined resolver, as lines on
 * standard input say, these and those of driver.h.  For tests alone.
 *
 *	server ADDR PORT	next config: one more name server
 *	host NAME ADDR		next config: a line of the hosts file
 *	timeout MS, cache N, family any|inet|inet6
 *	commit			sends the config and puts it into force
 *	source N MOST		who asks from now on, and its share
 *	ask ID NAME 4|6|46	sends a question
 *	cancel ID
 *	lend yes|no|never	what to say to wishes for sockets
 *	malformed		a question with no family, which is a fault
 *	counters		prints those of names that are not 0
 *	clock			prints "clock" and milliseconds
 *	copy FROM TO		files
 *
 * Prints "ID 4|6 ok ADDR...", "... notfound", "... failed" or "... busy"
 * per answer.
 * Exits with 0 if the resolver lived until it was told to stop.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "resolver/resolver.h"
#include "driver.h"

enum lending {
	LEND_YES,
	LEND_NO,
	LEND_NEVER,
};

static enum lending lending;
static uint64_t     source;
static uint32_t     most = UINT32_MAX;
static int          counted;

static void on_msg(struct driver *, const struct msg *);
static void on_answer(struct driver *, const struct msg *);
static void on_want(struct driver *, const struct msg *);
static void on_counters(const struct msg *);
static void on_line(struct driver *, char **, int);
static void copy(const char *, const char *);
static void configure(struct driver *, char **, int);
static void ask(struct driver *, uint64_t, const char *, const char *);

int
main(void)
{
	static struct driver d = {
		.role = PROC_RESOLVER,
		.run = resolver_main,
		.peers = { PROC_ROUTER, PROC_CONTROL },
		.on_msg = on_msg,
		.on_line = on_line,
	};

	return driver_main(&d);
}

static void
on_msg(struct driver *d, const struct msg *m)
{
	switch (m->type) {
	case MSG_DNS_WANT:
		on_want(d, m);
		break;
	case MSG_COUNTERS_RES:
		on_counters(m);
		break;
	default:
		on_answer(d, m);
		break;
	}
}

static void
on_answer(struct driver *d, const struct msg *m)
{
	static const char *status[] = { "ok", "notfound", "failed", "busy" };
	struct msg_name_answer a;
	char                   text[ADDR_STRLEN];
	unsigned int           i;

	if (m->type != MSG_NAME_ANSWER || msg_get_name_answer(m, &a) == -1)
		errx(1, "unexpected or malformed %s", msg_name(m->type));
	printf("%llu %c %s", (unsigned long long)m->id,
	    a.family == RESOLVE_INET ? '4' : '6', status[a.status]);
	for (i = 0; i < a.naddrs; i++)
		printf(" %s", addr_print(&a.addrs[i], text, sizeof(text)));
	printf("\n");
	d->answers++;
}

/* Loopback connects at once or not at all. */
static void
on_want(struct driver *d, const struct msg *m)
{
	struct sockaddr_storage ss;
	struct msg_dns          dns;
	uint8_t                 space[32];
	struct wbuf             b;
	socklen_t               len;
	int                     fd = -1;

	if (msg_get_dns(m, &dns) == -1)
		errx(1, "malformed %s", msg_name(m->type));
	if (lending == LEND_NEVER)
		return;
	if (lending == LEND_YES) {
		len = addr_to_sockaddr(&dns.server, dns.port, &ss);
		fd = socket(dns.server.af, dns.tcp ? SOCK_STREAM : SOCK_DGRAM,
		    0);
		if (fd == -1)
			err(1, "socket");
		if (connect(fd, (struct sockaddr *)&ss, len) == -1) {
			(void)close(fd);
			fd = -1;
		} else if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
			err(1, "fcntl");
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_dns(&b, &dns);
	driver_send(d->channel[PROC_ROUTER],
	    fd == -1 ? MSG_DNS_FAILED : MSG_DNS_SOCKET, m->id, &b, fd);
}

static void
on_counters(const struct msg *m)
{
	struct counters c;
	int             i;

	if (msg_get_counters(m, &c) == -1)
		errx(1, "malformed %s", msg_name(m->type));
	for (i = 0; i < COUNTER_MAX; i++) {
		if (c.v[i] != 0)
			printf("%s %llu\n", counter_name((enum counter)i),
			    (unsigned long long)c.v[i]);
	}
	counted++;
}

static void
on_line(struct driver *d, char **word, int n)
{
	if (strcmp(word[0], "commit") == 0) {
		driver_commit(d);
		driver_conf_renew(d);
	} else if (strcmp(word[0], "ask") == 0 && n == 4)
		ask(d, strtoull(word[1], NULL, 10), word[2], word[3]);
	else if (strcmp(word[0], "source") == 0 && n == 3) {
		source = strtoull(word[1], NULL, 10);
		most = driver_number(word[2], UINT32_MAX);
	} else if (strcmp(word[0], "cancel") == 0 && n == 2)
		driver_send(d->channel[PROC_ROUTER], MSG_NAME_CANCEL,
		    strtoull(word[1], NULL, 10), NULL, -1);
	else if (strcmp(word[0], "lend") == 0 && n == 2)
		lending = strcmp(word[1], "yes") == 0 ? LEND_YES :
		    strcmp(word[1], "no") == 0        ? LEND_NO :
							LEND_NEVER;
	else if (strcmp(word[0], "malformed") == 0) {
		ask(d, 1, "a.test", "");
		driver_refused(d);
	} else if (strcmp(word[0], "counters") == 0) {
		driver_send(d->channel[PROC_CONTROL], MSG_COUNTERS_REQ, 1, NULL,
		    -1);
		driver_until(d, &counted, counted + 1);
	} else if (strcmp(word[0], "clock") == 0)
		printf("clock %llu\n", (unsigned long long)clock_ms());
	else if (strcmp(word[0], "copy") == 0 && n == 3)
		copy(word[1], word[2]);
	else
		configure(d, word, n);
}

/* In one go, as who reads the second sees one or the other. */
static void
copy(const char *from, const char *to)
{
	char   data[4096], fresh[256];
	FILE  *in, *out;
	size_t n;

	(void)snprintf(fresh, sizeof(fresh), "%s.new", to);
	if ((in = fopen(from, "r")) == NULL ||
	    (out = fopen(fresh, "w")) == NULL)
		err(1, "%s to %s", from, to);
	while ((n = fread(data, 1, sizeof(data), in)) > 0)
		(void)fwrite(data, 1, n, out);
	(void)fclose(in);
	if (fclose(out) != 0 || rename(fresh, to) == -1)
		err(1, "%s", to);
}

static void
configure(struct driver *d, char **word, int n)
{
	struct conf_resolver *r = &d->conf->resolver;
	struct conf_host     *h;

	if (strcmp(word[0], "server") == 0 && n == 3) {
		if (addr_parse(&r->ns[r->nns].addr, word[1]) == -1)
			errx(1, "%s", word[1]);
		r->ns[r->nns++].port = (uint16_t)driver_number(word[2],
		    UINT16_MAX);
	} else if (strcmp(word[0], "host") == 0 && n == 3) {
		if ((h = calloc(1, sizeof(*h))) == NULL ||
		    (h->name = strdup(word[1])) == NULL)
			err(1, "host");
		if (addr_parse(&h->addr, word[2]) == -1)
			errx(1, "%s", word[2]);
		TAILQ_INSERT_TAIL(&d->conf->hosts, h, entry);
	} else if (strcmp(word[0], "timeout") == 0 && n == 2)
		r->timeout_ms = driver_number(word[1], UINT32_MAX);
	else if (strcmp(word[0], "cache") == 0 && n == 2)
		r->cache = driver_number(word[1], UINT32_MAX);
	else if (strcmp(word[0], "family") == 0 && n == 2)
		r->family = strcmp(word[1], "inet") == 0 ? CONF_FAMILY_INET :
		    strcmp(word[1], "inet6") == 0        ? CONF_FAMILY_INET6 :
							   CONF_FAMILY_ANY;
	else
		errx(1, "what is %s?", word[0]);
}

static void
ask(struct driver *d, uint64_t id, const char *name, const char *families)
{
	struct msg_name_resolve q;
	uint8_t                 space[300];
	struct wbuf             b;

	memset(&q, 0, sizeof(q));
	if (strlcpy(q.name, name, sizeof(q.name)) >= sizeof(q.name))
		errx(1, "%s", name);
	if (strchr(families, '4') != NULL)
		q.families |= RESOLVE_INET;
	if (strchr(families, '6') != NULL)
		q.families |= RESOLVE_INET6;
	q.source = source;
	q.most = most;
	wbuf_init(&b, space, sizeof(space));
	msg_put_name_resolve(&b, &q);
	driver_send(d->channel[PROC_ROUTER], MSG_NAME_RESOLVE, id, &b, -1);
}
