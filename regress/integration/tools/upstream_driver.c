/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Plays parent and router to a real, confined upstream role, as lines on
 * standard input say.  For tests alone.
 *
 *	upstream NAME		next config: one more upstream
 *	member PROTOCOL ADDR PORT [USER [PASSWORD]]
 *				next config: one more of the last upstream
 *	commit			sends the config and puts it into force
 *	dial ID MS HOST PORT HOP...
 *				HOP is NAME,N,PROTOCOL,ADDR,PORT; connects to
 *				the first; with host "-" and port 0 a check
 *	cancel ID
 *	wait N			until N more dials ended and were printed
 *	send ID TEXT		on the socket of a dial
 *	fin ID			says FIN on it, prints what comes until FIN
 *	settle, same		counts the role's descriptors; they are as many
 *	router			a new router takes the place of the old
 *	refused			waits until this router is refused, then has
 *				a new one
 *
 * PROTOCOL is 0 (SOCKS5), 1 (SOCKS4A) or 2 (HTTP).  Prints "ID STATUS rep R
 * hop H: TEXT" of each that ended.  Exits with 0 if the role lived until it
 * was told to stop.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
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
#include "base/msg_upstream.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "upstream/upstream.h"

#define WAIT_MAX_MS	20000
#define DIALS_MAX	256
#define WORDS_MAX	16

struct driver {
	pid_t		 pid;
	struct channel	*parent;
	struct channel	*router;
	struct conf	*conf;
	struct conf_upstream *last;
	int		 fds[DIALS_MAX];	/* by id; -1 if none */
	unsigned int	 generation;
	unsigned int	 ended;			/* printed so far */
	unsigned int	 settled;
	int		 ready;			/* replies to a config */
	int		 told;			/* of a bad peer */
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
static void	driver_line(struct driver *, char *);
static void	driver_configure(struct driver *, char **, int);
static void	driver_member(struct driver *, char **, int);
static void	driver_commit(struct driver *);
static void	driver_prepare(struct driver *);
static int	driver_emit(void *, enum msg_type, const struct wbuf *, int);
static void	driver_dial(struct driver *, char **, int);
static void	driver_hop(struct upstream_hop *, char *);
static int	driver_connect(const struct upstream_hop *);
static void	driver_refused(struct driver *);
static void	driver_wait(struct driver *, unsigned int);
static void	driver_fin(struct driver *, unsigned int);
static unsigned int
		driver_descriptors(const struct driver *);
static void	driver_same(struct driver *);
static void	send_number(struct channel *, enum msg_type, uint32_t);
static void	send_to(struct channel *, enum msg_type, uint64_t,
		    const struct wbuf *, int);
static void	pair(int *);
static uint32_t	number(const char *, uint32_t);

int
main(void)
{
	struct driver	d;
	char		line[1024];
	int		i, status;

	memset(&d, 0, sizeof(d));
	for (i = 0; i < DIALS_MAX; i++)
		d.fds[i] = -1;
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
		errx(1, "upstream ended with status %#x", (unsigned)status);
	conf_free(d.conf);
	channel_free(d.parent);
	channel_free(d.router);
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
	if ((d->parent = channel_new(sv[0], PROC_PARENT, PROC_UPSTREAM,
	    0)) == NULL)
		err(1, "channel");
	driver_send_start(d);
	d->router = driver_peer(d, PROC_ROUTER);
}

static void
driver_child(int fd)
{
	struct child	c;

	if (fd != CHILD_CHANNEL_FD && dup2(fd, CHILD_CHANNEL_FD) == -1)
		err(1, "dup2");
	child_begin(&c, PROC_UPSTREAM);
	upstream_main(&c);
}

/* An unlinked directory makes the best empty root. */
static void
driver_send_start(struct driver *d)
{
	char			dir[] = "/tmp/upstream.XXXXXX";
	uint8_t			space[128];
	struct msg_start	s;
	struct rlimit		rl;
	struct wbuf		b;
	int			fd = -1;

	memset(&s, 0, sizeof(s));
	s.version = MSG_VERSION;
	s.role = PROC_UPSTREAM;
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
	if ((c = channel_new(sv[0], id, PROC_UPSTREAM, 0)) == NULL)
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
	struct channel	*c[2] = { d->parent, d->router };
	struct pollfd	 pfd[2];
	uint64_t	 now;
	size_t		 i;

	if ((now = clock_ms()) >= deadline)
		errx(1, "waited in vain");
	for (i = 0; i < 2; i++) {
		pfd[i].fd = c[i] == NULL ? -1 : channel_fd(c[i]);
		pfd[i].events = POLLIN;
		if (c[i] != NULL && channel_wants_write(c[i]))
			pfd[i].events |= POLLOUT;
		pfd[i].revents = 0;
	}
	if (poll(pfd, 2, (int)(deadline - now)) == -1)
		err(1, "poll");
	for (i = 0; i < 2; i++) {
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
		errx(1, "upstream: %s", channel_error(c));
	case CHANNEL_CLOSED:
		if (c == d->parent)
			errx(1, "the upstream role died");
		channel_free(c);
		d->router = NULL;
		return;
	case CHANNEL_MSG:
		break;
	}
	if (c == d->parent)
		driver_on_parent(d, m);
	else
		driver_on_router(d, m);
}

static void
driver_on_parent(struct driver *d, const struct msg *m)
{
	struct msg_log	log;

	switch (m->type) {
	case MSG_CHILD_LOG:
		if (msg_get_log(m, &log) == 0)
			fprintf(stderr, "upstream: %s\n", log.line);
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
	struct msg_upstream_done	done;

	if (m->type != MSG_UPSTREAM_DONE ||
	    msg_get_upstream_done(m, &done) == -1)
		errx(1, "unexpected or malformed %s", msg_name(m->type));
	printf("%llu %s rep %u hop %u%s%s\n", (unsigned long long)m->id,
	    upstream_status_name(done.status), done.rep, done.hop,
	    done.text[0] == '\0' ? "" : ": ", done.text);
	d->ended++;
}

static void
driver_line(struct driver *d, char *line)
{
	char		*word[WORDS_MAX] = { NULL };
	int		 n = 0;

	while (n < WORDS_MAX && (word[n] = strsep(&line, " \n")) != NULL &&
	    *word[n] != '\0')
		n++;
	if (n == 0)
		return;
	if (strcmp(word[0], "commit") == 0)
		driver_commit(d);
	else if (strcmp(word[0], "dial") == 0 && n >= 6)
		driver_dial(d, word, n);
	else if (strcmp(word[0], "cancel") == 0 && n == 2)
		send_to(d->router, MSG_UPSTREAM_CANCEL,
		    number(word[1], UINT32_MAX), NULL, -1);
	else if (strcmp(word[0], "wait") == 0 && n == 2)
		driver_wait(d, number(word[1], DIALS_MAX));
	else if (strcmp(word[0], "send") == 0 && n == 3) {
		if (write(d->fds[number(word[1], DIALS_MAX - 1)], word[2],
		    strlen(word[2])) == -1)
			err(1, "send %s", word[1]);
	} else if (strcmp(word[0], "fin") == 0 && n == 2)
		driver_fin(d, number(word[1], DIALS_MAX - 1));
	else if (strcmp(word[0], "settle") == 0)
		d->settled = driver_descriptors(d);
	else if (strcmp(word[0], "same") == 0)
		driver_same(d);
	else if (strcmp(word[0], "router") == 0) {
		channel_free(d->router);
		d->router = driver_peer(d, PROC_ROUTER);
	} else if (strcmp(word[0], "refused") == 0)
		driver_refused(d);
	else
		driver_configure(d, word, n);
}

static void
driver_configure(struct driver *d, char **word, int n)
{
	if (strcmp(word[0], "upstream") == 0 && n == 2) {
		if ((d->last = conf_upstream_new()) == NULL)
			err(1, "upstream");
		(void)strlcpy(d->last->name, word[1], sizeof(d->last->name));
		TAILQ_INSERT_TAIL(&d->conf->upstreams, d->last, entry);
	} else if (strcmp(word[0], "member") == 0 && n >= 4)
		driver_member(d, word, n);
	else
		errx(1, "what is %s?", word[0]);
}

static void
driver_member(struct driver *d, char **word, int n)
{
	struct conf_proxy	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		err(1, "member");
	p->protocol = (enum conf_protocol)number(word[1], CONF_HTTP);
	if (addr_parse(&p->addr, word[2]) == -1)
		errx(1, "%s", word[2]);
	p->port = (uint16_t)number(word[3], UINT16_MAX);
	if (n > 4)
		(void)strlcpy(p->user, word[4], sizeof(p->user));
	if (n > 5)
		(void)strlcpy(p->password, word[5], sizeof(p->password));
	TAILQ_INSERT_TAIL(&d->last->members, p, entry);
}

static void
driver_commit(struct driver *d)
{
	driver_prepare(d);
	send_number(d->parent, MSG_CONF_COMMIT, d->generation);
	/* When it has read the next one, it has read the commit. */
	driver_prepare(d);
	send_number(d->parent, MSG_CONF_ABORT, d->generation);
	conf_free(d->conf);
	if ((d->conf = conf_new()) == NULL)
		err(1, "conf");
}

static void
driver_prepare(struct driver *d)
{
	d->conf->generation = ++d->generation;
	if (conf_send(d->conf, PROC_UPSTREAM, driver_emit, d) == -1)
		errx(1, "conf_send");
	driver_until(d, &d->ready, d->ready + 1);
}

static int
driver_emit(void *arg, enum msg_type type, const struct wbuf *b, int fd)
{
	struct driver	*d = arg;

	return channel_send(d->parent, type, 0, b, -1);
}

static void
driver_dial(struct driver *d, char **word, int n)
{
	struct msg_upstream_dial	m;
	uint8_t				space[1024];
	struct wbuf			b;
	unsigned int			id;
	int				i, copy;

	memset(&m, 0, sizeof(m));
	id = number(word[1], DIALS_MAX - 1);
	m.ms = number(word[2], UINT32_MAX);
	if (strcmp(word[3], "-") != 0 && addr_parse(&m.addr, word[3]) == -1)
		(void)strlcpy(m.name, word[3], sizeof(m.name));
	m.port = (uint16_t)number(word[4], UINT16_MAX);
	for (i = 5; i < n; i++)
		driver_hop(&m.hops[m.nhops++], word[i]);
	d->fds[id] = driver_connect(&m.hops[0]);
	if ((copy = dup(d->fds[id])) == -1)
		err(1, "dup");
	wbuf_init(&b, space, sizeof(space));
	msg_put_upstream_dial(&b, &m);
	send_to(d->router, MSG_UPSTREAM_DIAL, id, &b, copy);
}

static void
driver_hop(struct upstream_hop *h, char *text)
{
	char	*part[5];
	int	 n = 0;

	while (n < 5 && (part[n] = strsep(&text, ",")) != NULL)
		n++;
	if (n != 5 || addr_parse(&h->addr, part[3]) == -1)
		errx(1, "no hop");
	(void)strlcpy(h->upstream, part[0], sizeof(h->upstream));
	h->member = (uint8_t)number(part[1], UINT8_MAX);
	h->protocol = (uint8_t)number(part[2], CONF_HTTP);
	h->port = (uint16_t)number(part[4], UINT16_MAX);
}

/* Loopback connects at once or not at all. */
static int
driver_connect(const struct upstream_hop *h)
{
	struct sockaddr_storage	ss;
	socklen_t		len;
	int			fd;

	len = addr_to_sockaddr(&h->addr, h->port, &ss);
	if ((fd = socket(h->addr.af, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&ss, len) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "connect");
	return fd;
}

/* The channel ends and the parent hears of it. */
static void
driver_refused(struct driver *d)
{
	uint64_t	deadline;

	driver_until(d, &d->told, d->told + 1);
	deadline = clock_ms() + WAIT_MAX_MS;
	while (d->router != NULL)
		driver_turn(d, deadline);
	d->router = driver_peer(d, PROC_ROUTER);
	printf("refused\n");
}

static void
driver_wait(struct driver *d, unsigned int n)
{
	uint64_t	deadline;

	deadline = clock_ms() + WAIT_MAX_MS;
	for (n += d->ended; d->ended < n; )
		driver_turn(d, deadline);
}

static void
driver_fin(struct driver *d, unsigned int id)
{
	struct pollfd	pfd;
	char		data[4096];
	ssize_t		n;

	pfd.fd = d->fds[id];
	pfd.events = POLLIN;
	(void)shutdown(pfd.fd, SHUT_WR);
	printf("%u read ", id);
	for (;;) {
		if (poll(&pfd, 1, WAIT_MAX_MS) != 1)
			errx(1, "no FIN");
		if ((n = read(pfd.fd, data, sizeof(data))) <= 0)
			break;
		printf("%.*s", (int)n, data);
	}
	printf("\n");
	(void)close(pfd.fd);
	d->fds[id] = -1;
}

static unsigned int
driver_descriptors(const struct driver *d)
{
	struct dirent	*e;
	DIR		*dir;
	char		 path[64];
	unsigned int	 n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)d->pid);
	if ((dir = opendir(path)) == NULL)
		err(1, "%s", path);
	while ((e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

static void
driver_same(struct driver *d)
{
	const struct timespec	moment = { 0, 10 * 1000 * 1000 };
	uint64_t		deadline;

	deadline = clock_ms() + WAIT_MAX_MS;
	while (driver_descriptors(d) != d->settled) {
		if (clock_ms() >= deadline)
			errx(1, "%u descriptors, not %u",
			    driver_descriptors(d), d->settled);
		(void)nanosleep(&moment, NULL);
	}
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

static uint32_t
number(const char *text, uint32_t max)
{
	const char	*why;
	uint32_t	 n;

	n = (uint32_t)strtonum(text, 0, max, &why);
	if (why != NULL)
		errx(1, "%s: %s", text, why);
	return n;
}
