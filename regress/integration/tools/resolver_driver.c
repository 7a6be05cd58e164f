/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Plays parent, router and control to a real, confined resolver, as lines on
 * standard input say.  For tests alone.
 *
 *	server ADDR PORT	next config: one more name server
 *	host NAME ADDR		next config: a line of the hosts file
 *	timeout MS, cache N, family any|inet|inet6
 *	commit			sends the config and puts it into force
 *	source N MOST		who asks from now on, and its share
 *	ask ID NAME 4|6|46	sends a question
 *	cancel ID
 *	lend yes|no|never	what to say to wishes for sockets
 *	wait N			until N more answers came and were printed
 *	router			a new router takes the place of the old
 *	malformed		a question with no family, which is a fault
 *	counters		prints those of names that are not 0
 *	clock			prints "clock" and milliseconds
 *	log WORD		until a line with it was logged since the last
 *				such, of which it is the end
 *	copy FROM TO		files
 *
 * Prints "ID 4|6 ok ADDR...", "... notfound", "... failed" or "... busy"
 * per answer.
 * Exits with 0 if the resolver lived until it was told to stop.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "resolver/resolver.h"

#define WAIT_MAX_MS	20000

enum lending {
	LEND_YES,
	LEND_NO,
	LEND_NEVER
};

struct driver {
	pid_t		 pid;
	struct channel	*parent;
	struct channel	*router;
	struct channel	*control;
	struct conf	*conf;
	enum lending	 lending;
	uint64_t	 source;
	uint32_t	 most;
	unsigned int	 generation;
	unsigned int	 answers;	/* printed so far */
	char		 log[65536];	/* lines */
	size_t		 nlog;
	size_t		 seen;		/* of them */
	int		 ready;		/* replies to a config */
	int		 told;		/* of a bad peer */
	int		 counted;
};

static void	driver_start(struct driver *);
static void	driver_child(int);
static void	driver_send_start(struct driver *);
static struct channel
		*driver_peer(struct driver *, enum proc_id);
static void	driver_turn(struct driver *, uint64_t);
static void	driver_until(struct driver *, const int *, int);
static void	driver_recv(struct driver *, struct channel *);
static void	driver_on_parent(struct driver *, const struct msg *);
static void	driver_on_router(struct driver *, const struct msg *);
static void	driver_on_want(struct driver *, const struct msg *);
static void	driver_on_counters(struct driver *, const struct msg *);
static void	driver_line(struct driver *, char *);
static void	driver_logged(struct driver *, const char *);
static void	driver_copy(const char *, const char *);
static void	driver_configure(struct driver *, char **, int);
static void	driver_commit(struct driver *);
static int	driver_emit(void *, enum msg_type, const struct wbuf *, int);
static void	driver_ask(struct driver *, uint64_t, const char *,
		    const char *);
static void	driver_malformed(struct driver *);
static void	driver_wait(struct driver *, unsigned int);
static void	send_number(struct channel *, enum msg_type, uint32_t);
static void	send_to(struct channel *, enum msg_type, uint64_t,
		    const struct wbuf *, int);
static void	pair(int *);

int
main(void)
{
	static struct driver	d;
	char			line[1024];
	int			status;

	memset(&d, 0, sizeof(d));
	d.most = UINT32_MAX;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if ((d.conf = conf_new()) == NULL)
		err(1, "conf");
	driver_start(&d);
	while (fgets(line, sizeof(line), stdin) != NULL)
		driver_line(&d, line);
	send_number(d.parent, MSG_CHILD_STOP, 0);
	if (waitpid(d.pid, &status, 0) == -1)
		err(1, "waitpid");
	if (status != 0)
		errx(1, "resolver ended with status %#x", (unsigned)status);
	conf_free(d.conf);
	channel_free(d.parent);
	channel_free(d.router);
	channel_free(d.control);
	return 0;
}

static void
driver_start(struct driver *d)
{
	int	sv[2];

	pair(sv);
	if ((d->pid = fork()) == -1)
		err(1, "fork");
	if (d->pid == 0)
		driver_child(sv[1]);
	(void)close(sv[1]);
	if ((d->parent = channel_new(sv[0], PROC_PARENT, PROC_RESOLVER,
	    0)) == NULL)
		err(1, "channel");
	driver_send_start(d);
	d->router = driver_peer(d, PROC_ROUTER);
	d->control = driver_peer(d, PROC_CONTROL);
}

static void
driver_child(int fd)
{
	struct child	c;

	if (fd != CHILD_CHANNEL_FD && dup2(fd, CHILD_CHANNEL_FD) == -1)
		err(1, "dup2");
	child_begin(&c, PROC_RESOLVER);
	resolver_main(&c);
}

/* An unlinked directory makes the best empty root. */
static void
driver_send_start(struct driver *d)
{
	char			dir[] = "/tmp/resolver.XXXXXX";
	uint8_t			space[128];
	struct msg_start	s;
	struct rlimit		rl;
	struct wbuf		b;
	int			fd = -1;

	memset(&s, 0, sizeof(s));
	s.version = MSG_VERSION;
	s.role = PROC_RESOLVER;
	s.flags = START_VERBOSE;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	s.nofile = rl.rlim_cur < 512 ? (uint32_t)rl.rlim_cur : 512;
	if (geteuid() == 0) {
		s.uid = s.gid = 65534;
		if (mkdtemp(dir) == NULL ||
		    (fd = open(dir, O_RDONLY | O_DIRECTORY)) == -1 ||
		    rmdir(dir) == -1)
			err(1, "%s", dir);
	} else {
		s.uid = getuid();
		s.gid = getgid();
		s.flags |= START_ROOTLESS | START_NO_ROOT;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_start(&b, &s);
	send_to(d->parent, MSG_CHILD_START, 0, &b, fd);
}

static struct channel *
driver_peer(struct driver *d, enum proc_id id)
{
	struct channel	*c;
	struct msg_peer	 p;
	uint8_t		 space[16];
	struct wbuf	 b;
	int		 sv[2];

	pair(sv);
	if ((c = channel_new(sv[0], id, PROC_RESOLVER, 0)) == NULL)
		err(1, "channel");
	memset(&p, 0, sizeof(p));
	p.role = id;
	wbuf_init(&b, space, sizeof(space));
	msg_put_peer(&b, &p);
	send_to(d->parent, MSG_CHILD_PEER, 0, &b, sv[1]);
	return c;
}

/* Serves whatever comes until one more message came, or dies waiting. */
static void
driver_turn(struct driver *d, uint64_t deadline)
{
	struct channel	*c[3] = { d->parent, d->router, d->control };
	struct pollfd	 pfd[3];
	uint64_t	 now;
	size_t		 i;

	if ((now = clock_ms()) >= deadline)
		errx(1, "waited in vain");
	for (i = 0; i < 3; i++) {
		pfd[i].fd = c[i] == NULL ? -1 : channel_fd(c[i]);
		pfd[i].events = POLLIN;
		if (c[i] != NULL && channel_wants_write(c[i]))
			pfd[i].events |= POLLOUT;
		pfd[i].revents = 0;
	}
	if (poll(pfd, 3, (int)(deadline - now)) == -1)
		err(1, "poll");
	for (i = 0; i < 3; i++) {
		if ((pfd[i].revents & POLLOUT) != 0)
			(void)channel_flush(c[i]);
		if ((pfd[i].revents & ~POLLOUT) != 0)
			driver_recv(d, c[i]);
	}
}

static void
driver_until(struct driver *d, const int *what, int value)
{
	uint64_t	deadline;

	deadline = clock_ms() + WAIT_MAX_MS;
	while (*what < value)
		driver_turn(d, deadline);
}

static void
driver_recv(struct driver *d, struct channel *c)
{
	struct msg	*m;

	switch (channel_recv(c, &m)) {
	case CHANNEL_AGAIN:
		return;
	case CHANNEL_BAD:
		errx(1, "resolver: %s", channel_error(c));
	case CHANNEL_CLOSED:
		if (c == d->parent)
			errx(1, "the resolver died");
		if (c != d->router)
			errx(1, "channel closed");
		channel_free(c);
		d->router = NULL;
		return;
	case CHANNEL_MSG:
		break;
	}
	if (c == d->parent)
		driver_on_parent(d, m);
	else if (c == d->router)
		driver_on_router(d, m);
	else
		driver_on_counters(d, m);
}

static void
driver_on_parent(struct driver *d, const struct msg *m)
{
	struct msg_log	log;

	switch (m->type) {
	case MSG_CHILD_LOG:
		if (msg_get_log(m, &log) == -1)
			return;
		fprintf(stderr, "resolver: %s\n", log.line);
		d->nlog += (size_t)snprintf(d->log + d->nlog,
		    sizeof(d->log) - d->nlog, "%s\n", log.line);
		if (d->nlog >= sizeof(d->log))
			errx(1, "too much is logged");
		return;
	case MSG_CHILD_READY:
		return;
	case MSG_CONF_READY:
		d->ready++;
		return;
	case MSG_CHILD_BAD_PEER:
		d->told++;
		return;
	default:
		errx(1, "unexpected %s", msg_name(m->type));
	}
}

static void
driver_on_router(struct driver *d, const struct msg *m)
{
	static const char	*status[] = { "ok", "notfound", "failed",
				    "busy" };
	struct msg_name_answer	 a;
	char			 text[ADDR_STRLEN];
	unsigned int		 i;

	if (m->type == MSG_DNS_WANT) {
		driver_on_want(d, m);
		return;
	}
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
driver_on_want(struct driver *d, const struct msg *m)
{
	struct sockaddr_storage	ss;
	struct msg_dns		dns;
	uint8_t			space[32];
	struct wbuf		b;
	socklen_t		len;
	int			fd = -1;

	if (msg_get_dns(m, &dns) == -1)
		errx(1, "malformed %s", msg_name(m->type));
	if (d->lending == LEND_NEVER)
		return;
	if (d->lending == LEND_YES) {
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
	send_to(d->router, fd == -1 ? MSG_DNS_FAILED : MSG_DNS_SOCKET, m->id,
	    &b, fd);
}

static void
driver_on_counters(struct driver *d, const struct msg *m)
{
	struct counters	c;
	int		i;

	if (m->type != MSG_COUNTERS_RES || msg_get_counters(m, &c) == -1)
		errx(1, "unexpected or malformed %s", msg_name(m->type));
	for (i = 0; i < COUNTER_MAX; i++) {
		if (c.v[i] != 0)
			printf("%s %llu\n", counter_name((enum counter)i),
			    (unsigned long long)c.v[i]);
	}
	d->counted++;
}

static void
driver_line(struct driver *d, char *line)
{
	char	*word[4] = { NULL, NULL, NULL, NULL };
	int	 n = 0;

	while (n < 4 && (word[n] = strsep(&line, " \n")) != NULL &&
	    *word[n] != '\0')
		n++;
	if (n == 0)
		return;
	if (strcmp(word[0], "commit") == 0)
		driver_commit(d);
	else if (strcmp(word[0], "ask") == 0 && n == 4)
		driver_ask(d, strtoull(word[1], NULL, 10), word[2], word[3]);
	else if (strcmp(word[0], "source") == 0 && n == 3) {
		d->source = strtoull(word[1], NULL, 10);
		d->most = (uint32_t)strtoul(word[2], NULL, 10);
	} else if (strcmp(word[0], "cancel") == 0 && n == 2)
		send_to(d->router, MSG_NAME_CANCEL,
		    strtoull(word[1], NULL, 10), NULL, -1);
	else if (strcmp(word[0], "wait") == 0 && n == 2)
		driver_wait(d, (unsigned int)strtoul(word[1], NULL, 10));
	else if (strcmp(word[0], "lend") == 0 && n == 2)
		d->lending = strcmp(word[1], "yes") == 0 ? LEND_YES :
		    strcmp(word[1], "no") == 0 ? LEND_NO : LEND_NEVER;
	else if (strcmp(word[0], "router") == 0) {
		channel_free(d->router);
		d->router = driver_peer(d, PROC_ROUTER);
	} else if (strcmp(word[0], "malformed") == 0)
		driver_malformed(d);
	else if (strcmp(word[0], "counters") == 0) {
		send_to(d->control, MSG_COUNTERS_REQ, 1, NULL, -1);
		driver_until(d, &d->counted, d->counted + 1);
	} else if (strcmp(word[0], "clock") == 0)
		printf("clock %llu\n", (unsigned long long)clock_ms());
	else if (strcmp(word[0], "log") == 0 && n == 2)
		driver_logged(d, word[1]);
	else if (strcmp(word[0], "copy") == 0 && n == 3)
		driver_copy(word[1], word[2]);
	else
		driver_configure(d, word, n);
}

static void
driver_logged(struct driver *d, const char *word)
{
	const char	*at;
	uint64_t	 deadline;

	deadline = clock_ms() + WAIT_MAX_MS;
	while ((at = strstr(d->log + d->seen, word)) == NULL)
		driver_turn(d, deadline);
	d->seen = (size_t)(at - d->log) + strcspn(at, "\n");
}

/* In one go, as who reads the second sees one or the other. */
static void
driver_copy(const char *from, const char *to)
{
	char	data[4096], fresh[256];
	FILE	*in, *out;
	size_t	 n;

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
driver_configure(struct driver *d, char **word, int n)
{
	struct conf_resolver	*r = &d->conf->resolver;
	struct conf_host	*h;
	const char		*why;

	if (strcmp(word[0], "server") == 0 && n == 3) {
		if (addr_parse(&r->ns[r->nns].addr, word[1]) == -1)
			errx(1, "%s", word[1]);
		r->ns[r->nns++].port = (uint16_t)strtonum(word[2], 1,
		    UINT16_MAX, &why);
		if (why != NULL)
			errx(1, "port %s: %s", word[2], why);
	} else if (strcmp(word[0], "host") == 0 && n == 3) {
		if ((h = calloc(1, sizeof(*h))) == NULL ||
		    (h->name = strdup(word[1])) == NULL)
			err(1, "host");
		if (addr_parse(&h->addr, word[2]) == -1)
			errx(1, "%s", word[2]);
		TAILQ_INSERT_TAIL(&d->conf->hosts, h, entry);
	} else if (strcmp(word[0], "timeout") == 0 && n == 2)
		r->timeout_ms = (uint32_t)strtoul(word[1], NULL, 10);
	else if (strcmp(word[0], "cache") == 0 && n == 2)
		r->cache = (uint32_t)strtoul(word[1], NULL, 10);
	else if (strcmp(word[0], "family") == 0 && n == 2)
		r->family = strcmp(word[1], "inet") == 0 ? CONF_FAMILY_INET :
		    strcmp(word[1], "inet6") == 0 ? CONF_FAMILY_INET6 :
		    CONF_FAMILY_ANY;
	else
		errx(1, "what is %s?", word[0]);
}

static void
driver_commit(struct driver *d)
{
	d->conf->generation = ++d->generation;
	if (conf_send(d->conf, PROC_RESOLVER, driver_emit, d) == -1)
		errx(1, "conf_send");
	driver_until(d, &d->ready, d->ready + 1);
	send_number(d->parent, MSG_CONF_COMMIT, d->generation);
	conf_free(d->conf);
	if ((d->conf = conf_new()) == NULL)
		err(1, "conf");
}

static int
driver_emit(void *arg, enum msg_type type, const struct wbuf *b, int fd)
{
	struct driver	*d = arg;

	return channel_send(d->parent, type, 0, b, -1);
}

static void
driver_ask(struct driver *d, uint64_t id, const char *name,
    const char *families)
{
	struct msg_name_resolve	q;
	uint8_t			space[300];
	struct wbuf		b;

	memset(&q, 0, sizeof(q));
	if (strlcpy(q.name, name, sizeof(q.name)) >= sizeof(q.name))
		errx(1, "%s", name);
	if (strchr(families, '4') != NULL)
		q.families |= RESOLVE_INET;
	if (strchr(families, '6') != NULL)
		q.families |= RESOLVE_INET6;
	q.source = d->source;
	q.most = d->most;
	wbuf_init(&b, space, sizeof(space));
	msg_put_name_resolve(&b, &q);
	send_to(d->router, MSG_NAME_RESOLVE, id, &b, -1);
}

/* The channel ends and the parent hears of it. */
static void
driver_malformed(struct driver *d)
{
	uint64_t	deadline;

	driver_ask(d, 1, "a.test", "");
	driver_until(d, &d->told, d->told + 1);
	deadline = clock_ms() + WAIT_MAX_MS;
	while (d->router != NULL)
		driver_turn(d, deadline);
	printf("refused\n");
}

static void
driver_wait(struct driver *d, unsigned int n)
{
	uint64_t	deadline;

	deadline = clock_ms() + WAIT_MAX_MS;
	for (n += d->answers; d->answers < n; )
		driver_turn(d, deadline);
}

static void
send_number(struct channel *c, enum msg_type type, uint32_t n)
{
	uint8_t		space[8];
	struct wbuf	b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, n);
	send_to(c, type, 0, &b, -1);
}

static void
send_to(struct channel *c, enum msg_type type, uint64_t id,
    const struct wbuf *b, int fd)
{
	if (channel_send(c, type, id, b, fd) == -1)
		err(1, "%s", msg_name(type));
	if (channel_flush(c) == -1)
		err(1, "flush");
}

static void
pair(int *sv)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		err(1, "socketpair");
}
