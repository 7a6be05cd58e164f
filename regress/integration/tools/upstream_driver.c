/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Plays parent and router to a real, confined upstream role, as lines on
 * standard input say, these and those of driver.h.  For tests alone.
 *
 *	upstream NAME		next config: one more upstream
 *	member PROTOCOL ADDR PORT [USER [PASSWORD]]
 *				next config: one more of the last upstream
 *	commit			sends the config and puts it into force
 *	dial ID MS HOST PORT HOP...
 *				HOP is NAME,N,PROTOCOL,ADDR,PORT; connects to
 *				the first; with host "-" and port 0 a check
 *	cancel ID
 *	send ID TEXT		on the socket of a dial
 *	fin ID			says FIN on it, prints what comes until FIN
 *	settle, same		counts the role's descriptors; they are as many
 *	refused			waits until this router is refused, then has
 *				a new one
 *
 * PROTOCOL is 0 (SOCKS5), 1 (SOCKS4A) or 2 (HTTP).  Prints "ID STATUS rep R
 * hop H: TEXT" of each that ended.  Exits with 0 if the role lived until it
 * was told to stop.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/msg_upstream.h"
#include "upstream/upstream.h"
#include "driver.h"

#define DIALS_MAX 256

static struct conf_upstream *last;
static int                   fds[DIALS_MAX]; /* by id; -1 if none */
static unsigned int          settled;

static void         on_msg(struct driver *, const struct msg *);
static void         on_line(struct driver *, char **, int);
static void         configure(struct driver *, char **, int);
static void         member(char **, int);
static void         commit(struct driver *);
static void         dial(struct driver *, char **, int);
static void         hop(struct upstream_hop *, char *);
static int          connect_to(const struct upstream_hop *);
static void         fin(unsigned int);
static unsigned int descriptors(const struct driver *);
static void         same(const struct driver *);

int
main(void)
{
	static struct driver d = {
		.role = PROC_UPSTREAM,
		.run = upstream_main,
		.peers = { PROC_ROUTER, PROC_PARENT },
		.on_msg = on_msg,
		.on_line = on_line,
	};
	int i;

	for (i = 0; i < DIALS_MAX; i++)
		fds[i] = -1;
	return driver_main(&d);
}

static void
on_msg(struct driver *d, const struct msg *m)
{
	struct msg_upstream_done done;

	if (m->type != MSG_UPSTREAM_DONE ||
	    msg_get_upstream_done(m, &done) == -1)
		errx(1, "unexpected or malformed %s", msg_name(m->type));
	printf("%llu %s rep %u hop %u%s%s\n", (unsigned long long)m->id,
	    upstream_status_name(done.status), done.rep, done.hop,
	    done.text[0] == '\0' ? "" : ": ", done.text);
	d->answers++;
}

static void
on_line(struct driver *d, char **word, int n)
{
	if (strcmp(word[0], "commit") == 0)
		commit(d);
	else if (strcmp(word[0], "dial") == 0 && n >= 6)
		dial(d, word, n);
	else if (strcmp(word[0], "cancel") == 0 && n == 2)
		driver_send(d->channel[PROC_ROUTER], MSG_UPSTREAM_CANCEL,
		    driver_number(word[1], UINT32_MAX), NULL, -1);
	else if (strcmp(word[0], "send") == 0 && n == 3) {
		if (write(fds[driver_number(word[1], DIALS_MAX - 1)], word[2],
			strlen(word[2])) == -1)
			err(1, "send %s", word[1]);
	} else if (strcmp(word[0], "fin") == 0 && n == 2)
		fin(driver_number(word[1], DIALS_MAX - 1));
	else if (strcmp(word[0], "settle") == 0)
		settled = descriptors(d);
	else if (strcmp(word[0], "same") == 0)
		same(d);
	else if (strcmp(word[0], "refused") == 0) {
		driver_refused(d);
		driver_router(d);
	} else
		configure(d, word, n);
}

static void
configure(struct driver *d, char **word, int n)
{
	if (strcmp(word[0], "upstream") == 0 && n == 2) {
		if ((last = conf_upstream_new()) == NULL)
			err(1, "upstream");
		(void)strlcpy(last->name, word[1], sizeof(last->name));
		TAILQ_INSERT_TAIL(&d->conf->upstreams, last, entry);
	} else if (strcmp(word[0], "member") == 0 && n >= 4)
		member(word, n);
	else
		errx(1, "what is %s?", word[0]);
}

static void
member(char **word, int n)
{
	struct conf_proxy *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		err(1, "member");
	p->protocol = (enum conf_protocol)driver_number(word[1], CONF_HTTP);
	if (addr_parse(&p->addr, word[2]) == -1)
		errx(1, "%s", word[2]);
	p->port = (uint16_t)driver_number(word[3], UINT16_MAX);
	if (n > 4)
		(void)strlcpy(p->user, word[4], sizeof(p->user));
	if (n > 5)
		(void)strlcpy(p->password, word[5], sizeof(p->password));
	TAILQ_INSERT_TAIL(&last->members, p, entry);
}

static void
commit(struct driver *d)
{
	driver_commit(d);
	/* When it has read the next one, it has read the commit. */
	driver_prepare(d);
	driver_send_number(d->channel[PROC_PARENT], MSG_CONF_ABORT,
	    d->generation);
	driver_conf_renew(d);
}

static void
dial(struct driver *d, char **word, int n)
{
	struct msg_upstream_dial m;
	uint8_t                  space[1024];
	struct wbuf              b;
	unsigned int             id;
	int                      i, copy;

	memset(&m, 0, sizeof(m));
	id = driver_number(word[1], DIALS_MAX - 1);
	m.ms = driver_number(word[2], UINT32_MAX);
	if (strcmp(word[3], "-") != 0 && addr_parse(&m.addr, word[3]) == -1)
		(void)strlcpy(m.name, word[3], sizeof(m.name));
	m.port = (uint16_t)driver_number(word[4], UINT16_MAX);
	for (i = 5; i < n; i++)
		hop(&m.hops[m.nhops++], word[i]);
	fds[id] = connect_to(&m.hops[0]);
	if ((copy = dup(fds[id])) == -1)
		err(1, "dup");
	wbuf_init(&b, space, sizeof(space));
	msg_put_upstream_dial(&b, &m);
	driver_send(d->channel[PROC_ROUTER], MSG_UPSTREAM_DIAL, id, &b, copy);
}

static void
hop(struct upstream_hop *h, char *text)
{
	char *part[5];
	int   n = 0;

	while (n < 5 && (part[n] = strsep(&text, ",")) != NULL)
		n++;
	if (n != 5 || addr_parse(&h->addr, part[3]) == -1)
		errx(1, "no hop");
	(void)strlcpy(h->upstream, part[0], sizeof(h->upstream));
	h->member = (uint8_t)driver_number(part[1], UINT8_MAX);
	h->protocol = (uint8_t)driver_number(part[2], CONF_HTTP);
	h->port = (uint16_t)driver_number(part[4], UINT16_MAX);
}

/* Loopback connects at once or not at all. */
static int
connect_to(const struct upstream_hop *h)
{
	struct sockaddr_storage ss;
	socklen_t               len;
	int                     fd;

	len = addr_to_sockaddr(&h->addr, h->port, &ss);
	if ((fd = socket(h->addr.af, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&ss, len) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "connect");
	return fd;
}

static void
fin(unsigned int id)
{
	struct pollfd pfd;
	char          data[4096];
	ssize_t       n;

	pfd.fd = fds[id];
	pfd.events = POLLIN;
	(void)shutdown(pfd.fd, SHUT_WR);
	printf("%u read ", id);
	for (;;) {
		if (poll(&pfd, 1, DRIVER_WAIT_MS) != 1)
			errx(1, "no FIN");
		if ((n = read(pfd.fd, data, sizeof(data))) <= 0)
			break;
		printf("%.*s", (int)n, data);
	}
	printf("\n");
	(void)close(pfd.fd);
	fds[id] = -1;
}

static unsigned int
descriptors(const struct driver *d)
{
	struct dirent *e;
	DIR           *dir;
	char           path[64];
	unsigned int   n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)d->pid);
	if ((dir = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

static void
same(const struct driver *d)
{
	const struct timespec moment = { 0, 10 * 1000 * 1000 };
	uint64_t              deadline;

	deadline = clock_ms() + DRIVER_WAIT_MS;
	while (descriptors(d) != settled) {
		if (clock_ms() >= deadline)
			errx(1, "%u descriptors, not %u", descriptors(d),
			    settled);
		(void)nanosleep(&moment, NULL);
	}
}
