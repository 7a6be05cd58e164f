/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the control protocol: the service of the control process, between
 * clients that send anything, a router, relays and auth that answer anything,
 * and a parent that answers as it should.  An input is a row of steps: a byte,
 * two bytes of length, payload.
 *
 * Holds for any input: the process lives, what it sends passes the gate and
 * decodes, an answer belongs to a command, and when all clients are gone
 * nothing is left of them.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/role.h"
#include "conf/conf.h"
#include "control/ctl.h"

#include "../unit/msg_kinds.h"

#define NCLIENTS   4
#define NSTEPS_MAX 200

enum source {
	PARENT,
	ROUTER,
	RELAY0,
	RELAY1,
	AUTH,
	NSOURCES,
};

/* Low bits of a step; those above choose the client, or a relay or auth. */
enum step {
	CONNECT,
	HANG_UP,
	SEND_RAW,
	SEND_MSG,
	PARENT_ANSWERS,
	ROUTER_ANSWERS,
	RELAY_ANSWERS,
	TIME_PASSES,
};

struct client {
	int          fd;   /* -1: not connected */
	unsigned int sent; /* datagrams */
	unsigned int done; /* MSG_CTL_DONE that came back */
};

struct question {
	enum msg_type type;
	uint64_t      id;
};

struct world {
	struct child    child;
	struct role     role;
	struct ctl      ctl;
	struct channel *far[NSOURCES];      /* our ends */
	struct question asked[NSOURCES][2]; /* last, and the one before */
	struct client   clients[NCLIENTS];
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void swallow(void *, enum log_level, const char *);
static int  listener(void);
static void remove_listener(void);
static void world_start(struct world *);
static void source_start(struct world *, enum source);
static void on_source(void *, struct peer *, struct msg *);
static void on_source_end(void *, struct peer *, const char *);
static void on_down(void *, enum proc_id, unsigned int);
static void step(struct world *, unsigned int, const uint8_t *, size_t);
static void client_connect(struct client *);
static void client_hang_up(struct client *);
static void client_send(struct client *, const uint8_t *, size_t);
static void client_send_msg(struct client *, const uint8_t *, size_t);
static void client_read(struct client *);
static void client_check(struct client *, const uint8_t *, size_t);
static void parent_answer(struct world *, const uint8_t *, size_t);
static void answer(struct world *, enum source, const enum msg_type *, size_t,
    const uint8_t *, size_t);
static void time_pass(struct world *);
static void settle(struct world *);
static void sources_read(struct world *);
static void world_end(struct world *);
static void must(int);

static struct sockaddr_un where;
static char               folder[64];

static const enum proc_id    source_role[NSOURCES] = { PROC_PARENT, PROC_ROUTER,
	   PROC_RELAY, PROC_RELAY, PROC_AUTH };
static const struct role_ops ops = { .peer_down = on_down };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct rbuf         r;
	unsigned int        i, n;
	uint8_t             what;
	size_t              len;

	world_start(&w);
	rbuf_init(&r, data, size);
	for (n = 0; n < NSTEPS_MAX && r.left >= 3; n++) {
		what = rbuf_u8(&r);
		len = rbuf_u16(&r);
		if (len > r.left)
			len = r.left;
		step(&w, what, rbuf_take(&r, len), len);
		settle(&w);
	}
	for (i = 0; i < NCLIENTS; i++)
		client_hang_up(&w.clients[i]);
	world_end(&w);
	return 0;
}

/* A line "error" is fatal()'s, or at least not for others to cause. */
static void
swallow(void *arg, enum log_level level, const char *line)
{
	if (level == LOG_LEVEL_ERROR)
		fprintf(stderr, "%s\n", line);
	must(level != LOG_LEVEL_ERROR);
	must(strchr(line, '\n') == NULL);
}

/* One for all runs: its name must stand in a file system. */
static int
listener(void)
{
	static int  fd = -1;
	const char *tmp;

	if (fd != -1)
		return fd;
	if ((tmp = getenv("TMPDIR")) == NULL)
		tmp = "/tmp";
	must((size_t)snprintf(folder, sizeof(folder), "%s/fuzz.XXXXXX", tmp) <
	    sizeof(folder));
	must(mkdtemp(folder) != NULL);
	where.sun_family = AF_UNIX;
	must((size_t)snprintf(where.sun_path, sizeof(where.sun_path), "%s/ctl",
		 folder) < sizeof(where.sun_path));
	must((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) != -1);
	must(bind(fd, (struct sockaddr *)&where, sizeof(where)) == 0);
	must(listen(fd, NCLIENTS) == 0);
	must(atexit(remove_listener) == 0);
	return fd;
}

static void
remove_listener(void)
{
	(void)unlink(where.sun_path);
	(void)rmdir(folder);
}

static void
world_start(struct world *w)
{
	struct msg_control_socket rights;
	unsigned int              i;
	int                       fd;

	memset(w, 0, sizeof(*w));
	log_set_sink(swallow, NULL);
	log_set_verbose(1);
	role_init(&w->role, &w->child, &ops, w);
	must((w->role.conf = conf_new()) != NULL);
	ctl_init(&w->ctl, &w->role);
	for (i = 0; i < NSOURCES; i++)
		source_start(w, i);
	for (i = 0; i < NCLIENTS; i++)
		w->clients[i].fd = -1;
	memset(&rights, 0, sizeof(rights));
	rights.uid = geteuid();
	must((fd = dup(listener())) != -1);
	ctl_listen(&w->ctl, fd, &rights);
}

/* A channel to a parent, router or relay that has just been started. */
static void
source_start(struct world *w, enum source s)
{
	struct channel *near;
	struct peer   **p;
	unsigned int    instance;
	int             fds[2];

	instance = s == RELAY1 ? 1 : 0;
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	channel_free(w->far[s]);
	w->far[s] = channel_new(fds[0], source_role[s], PROC_CONTROL, 0);
	near = channel_new(fds[1], PROC_CONTROL, source_role[s], instance);
	must(w->far[s] != NULL && near != NULL);
	p = s == PARENT ? &w->role.parent :
			  &w->role.peers[source_role[s]][instance];
	*p = peer_new(w->role.base, near, on_source, on_source_end, w);
	must(*p != NULL);
}

static void
on_source(void *arg, struct peer *p, struct msg *m)
{
	struct world *w = arg;

	if (m->type == MSG_SESSION_ROWS || m->type == MSG_STATS_RES ||
	    m->type == MSG_RULE_ROWS || m->type == MSG_KILL_RES ||
	    m->type == MSG_LIMIT_ROWS || m->type == MSG_COUNTERS_RES ||
	    m->type == MSG_STATUS_RES || m->type == MSG_RELOAD_RES ||
	    m->type == MSG_USER_RES || m->type == MSG_USER_ROWS ||
	    m->type == MSG_BAN_ROWS || m->type == MSG_UNBAN_RES ||
	    m->type == MSG_KILL_USER_RES || m->type == MSG_TABLE_RES ||
	    m->type == MSG_TABLE_NEXT || m->type == MSG_TABLE_ROWS ||
	    m->type == MSG_TABLE_TEST_RES || m->type == MSG_WHO_RES ||
	    m->type == MSG_TEST_RES || m->type == MSG_TABLE_LIST_RES)
		asks_on_answer(&w->ctl.conns.asks, p, m);
}

static void
on_source_end(void *arg, struct peer *p, const char *reason)
{
	struct world *w = arg;

	role_bad_peer(&w->role, p, reason == NULL ? "gone" : reason);
}

static void
on_down(void *arg, enum proc_id id, unsigned int instance)
{
	struct world *w = arg;

	asks_on_gone(&w->ctl.conns.asks, id, instance);
}

static void
step(struct world *w, unsigned int what, const uint8_t *p, size_t len)
{
	static const enum msg_type from_router[] = { MSG_SESSION_ROWS,
		MSG_RULE_ROWS, MSG_KILL_RES, MSG_COUNTERS_RES,
		MSG_KILL_USER_RES, MSG_TABLE_ROWS, MSG_TABLE_TEST_RES,
		MSG_TABLE_LIST_RES, MSG_LIMIT_ROWS, MSG_TEST_RES };
	static const enum msg_type from_relay[] = { MSG_STATS_RES,
		MSG_COUNTERS_RES };
	static const enum msg_type from_auth[] = { MSG_USER_ROWS, MSG_BAN_ROWS,
		MSG_UNBAN_RES, MSG_COUNTERS_RES, MSG_WHO_RES };
	struct client             *c;

	c = &w->clients[what / 8 % NCLIENTS];
	switch ((enum step)(what % 8)) {
	case CONNECT:
		client_connect(c);
		break;
	case HANG_UP:
		client_hang_up(c);
		break;
	case SEND_RAW:
		client_send(c, p, len);
		break;
	case SEND_MSG:
		client_send_msg(c, p, len);
		break;
	case PARENT_ANSWERS:
		parent_answer(w, p, len);
		break;
	case ROUTER_ANSWERS:
		answer(w, ROUTER, from_router, 10, p, len);
		break;
	case RELAY_ANSWERS:
		if (what / 8 % 4 == 2)
			answer(w, AUTH, from_auth, 5, p, len);
		else
			answer(w, what / 8 % 2 ? RELAY1 : RELAY0, from_relay, 2,
			    p, len);
		break;
	case TIME_PASSES:
		time_pass(w);
		break;
	}
}

static void
client_connect(struct client *c)
{
	if (c->fd != -1)
		return;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	must(c->fd != -1);
	must(connect(c->fd, (struct sockaddr *)&where, sizeof(where)) == 0);
	c->sent = c->done = 0;
}

static void
client_hang_up(struct client *c)
{
	if (c->fd == -1)
		return;
	must(close(c->fd) == 0);
	c->fd = -1;
}

static void
client_send(struct client *c, const uint8_t *p, size_t len)
{
	if (c->fd == -1)
		return;
	if (send(c->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT) != -1)
		c->sent++;
}

/* The first byte is one of the client's types, the rest its payload. */
static void
client_send_msg(struct client *c, const uint8_t *p, size_t len)
{
	uint8_t      data[MSG_HEADER_LEN + MSG_PAYLOAD_MAX];
	struct wbuf  w;
	unsigned int n;

	if (len == 0)
		return;
	n = p[0] % (MSG_CTL_STATUS_ROW - MSG_CTL_STATUS + 1);
	wbuf_init(&w, data, sizeof(data));
	wbuf_u32(&w, n == 0 ? MSG_CTL_HELLO : MSG_CTL_STATUS + n - 1);
	wbuf_u64(&w, 0);
	wbuf_bytes(&w, p + 1, len - 1);
	if (w.bad == 0)
		client_send(c, data, w.len);
}

static void
client_read(struct client *c)
{
	static uint8_t data[2 * MSG_PAYLOAD_MAX];
	ssize_t        n;

	if (c->fd == -1)
		return;
	while ((n = recv(c->fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		client_check(c, data, (size_t)n);
}

static void
client_check(struct client *c, const uint8_t *p, size_t len)
{
	static union any a;
	struct rbuf      r;
	uint32_t         type;
	size_t           i, j;

	rbuf_init(&r, p, len);
	type = rbuf_u32(&r);
	(void)rbuf_u64(&r);
	must(r.bad == 0);
	must(msg_check(type, PROC_CONTROL, PROC_CTL, r.left, 0) == MSG_OK);
	if (type == MSG_CTL_DONE)
		c->done++;
	must(c->done <= c->sent);
	if (type == MSG_CTL_TABLE_NEXT)
		return;
	for (i = 0; i < NKINDS; i++) {
		while (kinds[i].list == type && r.left > 0)
			must(kinds[i].get(&r, &a) == 0);
		if (kinds[i].list == type)
			return;
		for (j = 0; kinds[i].types[j] != MSG_NONE; j++) {
			if (kinds[i].types[j] != type)
				continue;
			must(kinds[i].get(&r, &a) == 0 && rbuf_done(&r));
			return;
		}
	}
	abort();
}

/* From the parent comes only what it was asked for, at worst again. */
static void
parent_answer(struct world *w, const uint8_t *p, size_t len)
{
	static const struct status_row row = { .version = "1" };
	static const struct child_row  child = { .role = PROC_AUTH };
	static const struct counters   none;
	const struct question         *q;
	uint8_t                        data[MSG_PAYLOAD_MAX];
	struct wbuf                    b;

	if (len < 2)
		return;
	q = &w->asked[PARENT][p[0] % 2];
	wbuf_init(&b, data, sizeof(data));
	if (q->type == MSG_RELOAD_REQ || q->type == MSG_REVOKE_REQ) {
		msg_put_result(&b, p[1] % 3, "said by the parent");
		(void)channel_send(w->far[PARENT], MSG_RELOAD_RES, q->id, &b,
		    -1);
	} else if (q->type == MSG_USER_REQ) {
		msg_put_result(&b, p[1] % 3, "said by the parent");
		(void)channel_send(w->far[PARENT], MSG_USER_RES, q->id, &b, -1);
	} else if (q->type == MSG_TABLE_REQ && p[1] % 4 == 3) {
		(void)channel_send(w->far[PARENT], MSG_TABLE_NEXT, q->id, NULL,
		    -1);
	} else if (q->type == MSG_TABLE_REQ) {
		msg_put_result(&b, p[1] % 4, "said by the parent");
		(void)channel_send(w->far[PARENT], MSG_TABLE_RES, q->id, &b,
		    -1);
	} else if (q->type == MSG_STATUS_REQ) {
		status_row_put(&b, &row);
		child_row_put(&b, &child);
		(void)channel_send(w->far[PARENT], MSG_STATUS_RES, q->id, &b,
		    -1);
	} else if (q->type == MSG_COUNTERS_REQ) {
		msg_put_counters(&b, &none);
		(void)channel_send(w->far[PARENT], MSG_COUNTERS_RES, q->id, &b,
		    -1);
	}
}

/* Two bytes choose type and question, the rest is the payload. */
static void
answer(struct world *w, enum source s, const enum msg_type *types,
    size_t ntypes, const uint8_t *p, size_t len)
{
	uint8_t     data[MSG_HEADER_LEN + MSG_PAYLOAD_MAX];
	struct wbuf b;

	if (role_peer(&w->role, source_role[s], s == RELAY1 ? 1 : 0) == NULL) {
		source_start(w, s);
		return;
	}
	if (len < 2)
		return;
	wbuf_init(&b, data, sizeof(data));
	wbuf_u32(&b, types[p[0] % ntypes]);
	wbuf_u64(&b, w->asked[s][p[1] % 2].id);
	wbuf_bytes(&b, p + 2, len - 2);
	if (b.bad == 0)
		(void)send(channel_fd(w->far[s]), data, b.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* So much that no answer will be waited for any longer. */
static void
time_pass(struct world *w)
{
	struct ask *a;

	TAILQ_FOREACH(a, &w->ctl.conns.asks.list, entry)
		a->deadline_ms = 0;
	event_active(w->ctl.conns.asks.tick, EV_TIMEOUT, 0);
	event_active(w->ctl.tick, EV_TIMEOUT, 0);
}

/* Until nobody has anything to do: an answer may lead to a question. */
static void
settle(struct world *w)
{
	unsigned int i, turn;

	for (turn = 0; turn < 4; turn++) {
		must(event_base_loop(w->role.base, EVLOOP_NONBLOCK) != -1);
		sources_read(w);
		for (i = 0; i < NCLIENTS; i++)
			client_read(&w->clients[i]);
	}
}

static void
sources_read(struct world *w)
{
	enum channel_result res;
	struct msg         *m;
	unsigned int        i;

	for (i = 0; i < NSOURCES; i++) {
		while ((res = channel_recv(w->far[i], &m)) == CHANNEL_MSG) {
			w->asked[i][1] = w->asked[i][0];
			w->asked[i][0].type = m->type;
			w->asked[i][0].id = m->id;
		}
		must(res != CHANNEL_BAD);
	}
}

static void
world_end(struct world *w)
{
	unsigned int i;

	settle(w);
	must(w->ctl.conns.n == 0);
	time_pass(w);
	settle(w);
	must(TAILQ_EMPTY(&w->ctl.conns.list));
	for (i = 0; i < NSOURCES; i++) {
		peer_free(i == PARENT ? w->role.parent :
					role_peer(&w->role, source_role[i],
					    i == RELAY1 ? 1 : 0));
		channel_free(w->far[i]);
	}
	event_free(w->ctl.accept);
	event_free(w->ctl.tick);
	event_free(w->ctl.conns.asks.tick);
	(void)close(w->ctl.fd);
	event_base_free(w->role.base);
	conf_free(w->role.conf);
}

static void
must(int truth)
{
	if (truth == 0)
		abort();
}
