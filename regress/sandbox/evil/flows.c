/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay that turns the sockets of a UDP association elsewhere, or writes on
 * when the router has cut them.  Each attack has an open flow to the port that
 * is allowed, and the client's side, too, if its name says so.
 */

#include <sys/socket.h>
#include <sys/uio.h>

#include <netinet/in.h>
#include <netinet/ip.h>

#include <linux/filter.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "evil.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#define OPTION_CORK    1
#define OPTION_SEGMENT 103

static uint64_t own; /* the session of the association */
static int      had; /* its flow */

void
evil_associate(struct evil *e, struct channel *ch)
{
	struct msg_session_open o;
	struct wbuf             w;
	uint8_t                 space[512];

	own = e->id;
	memset(&o, 0, sizeof(o));
	o.command = SESSION_UDP;
	o.addr.af = AF_INET;
	wbuf_init(&w, space, sizeof(space));
	msg_put_session_open(&w, &o);
	(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, own, &w);
}

struct channel *
evil_associated(struct evil *e, const struct msg *m)
{
	struct msg_udp_opened o;
	char                  line[64];

	if (m->type != MSG_UDP_OPENED || m->id != own ||
	    msg_get_udp_opened(m, &o) == -1)
		return NULL;
	(void)snprintf(line, sizeof(line), "evil: associated %llu at %u",
	    (unsigned long long)own, o.bound_port);
	evil_say(line);
	return e->channel[PROC_ROUTER];
}

void
evil_want(const struct evil *e, uint32_t flow, unsigned int port)
{
	struct sockaddr_in  sin = evil_target(e);
	struct msg_udp_want v;
	struct wbuf         w;
	uint8_t             space[512];

	memset(&v, 0, sizeof(v));
	v.flow = flow;
	v.addr.af = AF_INET;
	memcpy(v.addr.b, &sin.sin_addr, 4);
	v.port = (uint16_t)port;
	wbuf_init(&w, space, sizeof(space));
	msg_put_udp_want(&w, &v);
	(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_UDP_WANT, own, &w);
}

uint64_t
evil_association(void)
{
	return own;
}

static int
is_flow(const struct msg *m, int inbound)
{
	struct msg_udp_flow f;

	return m->type == MSG_UDP_FLOW && m->id == own &&
	    msg_get_udp_flow(m, &f) == 0 && udp_is_inbound(f.flow) == inbound;
}

/* Its flow is there, and works; once. */
static int
has_flow(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		evil_want(e, 1, e->echo);
	if (!is_flow(m, 0) || had != 0)
		return 0;
	had = 1;
	if (e->flow == -1 || write(e->flow, "early", 5) != 5)
		evil_say("evil: its flow does not work");
	evil_say("evil: has it");
	return 1;
}

/* --- elsewhere ---------------------------------------------------------- */

static void
flow_sendto(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);

	if (has_flow(e, m))
		(void)sendto(e->flow, "x", 1, 0, (struct sockaddr *)&sin,
		    sizeof(sin));
}

static void
flow_send(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		(void)send(e->flow, "x", 1, MSG_MORE);
}

static void
addressed(struct mmsghdr *h, struct iovec *iov, struct sockaddr_in *sin)
{
	static char x = 'x';

	iov->iov_base = &x;
	iov->iov_len = 1;
	memset(h, 0, sizeof(*h));
	h->msg_hdr.msg_name = sin;
	h->msg_hdr.msg_namelen = sizeof(*sin);
	h->msg_hdr.msg_iov = iov;
	h->msg_hdr.msg_iovlen = 1;
}

static void
flow_sendmsg(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);
	struct mmsghdr     h;
	struct iovec       iov;

	addressed(&h, &iov, &sin);
	if (has_flow(e, m))
		(void)sendmsg(e->flow, &h.msg_hdr, 0);
}

static void
flow_sendmmsg(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);
	struct mmsghdr     h;
	struct iovec       iov;

	addressed(&h, &iov, &sin);
	if (has_flow(e, m))
		(void)sendmmsg(e->flow, &h, 1, 0);
}

static void
flow_reconnect(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);
	struct sockaddr    none;

	memset(&none, 0, sizeof(none));
	if (!has_flow(e, m))
		return;
	(void)connect(e->flow, &none, sizeof(none));
	(void)connect(e->flow, (struct sockaddr *)&sin, sizeof(sin));
	(void)!write(e->flow, "x", 1);
}

static void
flow_connect(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);

	if (!has_flow(e, m))
		return;
	(void)connect(e->flow, (struct sockaddr *)&sin, sizeof(sin));
	(void)!write(e->flow, "x", 1);
}

/* A source route to the target. */
static void
flow_route(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);
	uint8_t            lsrr[8] = { IPOPT_LSRR, 7, 4 };

	memcpy(lsrr + 3, &sin.sin_addr, 4);
	if (has_flow(e, m))
		(void)setsockopt(e->flow, IPPROTO_IP, IP_OPTIONS, lsrr,
		    sizeof(lsrr));
}

static void
flow_device(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		(void)setsockopt(e->flow, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
}

static void
flow_filter(struct evil *e, const struct msg *m)
{
	struct sock_filter all = { BPF_RET | BPF_K, 0, 0, 0xffff };
	struct sock_fprog  prog = { 1, &all };

	if (has_flow(e, m))
		(void)setsockopt(e->flow, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
		    sizeof(prog));
}

static void
set_number(int fd, int level, int option)
{
	int one = 1;

	(void)setsockopt(fd, level, option, &one, sizeof(one));
}

static void
flow_transparent(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		set_number(e->flow, IPPROTO_IP, IP_TRANSPARENT);
}

static void
flow_mark(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		set_number(e->flow, SOL_SOCKET, SO_MARK);
}

static void
flow_reuse(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		set_number(e->flow, SOL_SOCKET, SO_REUSEADDR);
}

static void
flow_cork(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		set_number(e->flow, SOL_UDP, OPTION_CORK);
}

/* An unfinished datagram would leave after the router has cut the flow. */
static void
flow_more(struct evil *e, const struct msg *m)
{
	int fd[2];

	if (!has_flow(e, m) || pipe2(fd, O_NONBLOCK | O_CLOEXEC) == -1 ||
	    write(fd[1], "x", 1) != 1)
		return;
	(void)splice(fd[0], NULL, e->flow, NULL, 1, SPLICE_F_MORE);
}

static void
receive(struct evil *e, const struct msg *m, int flags, struct timespec *ts)
{
	struct mmsghdr h;
	struct iovec   iov;
	char           buf[64];

	memset(&h, 0, sizeof(h));
	iov.iov_base = buf;
	iov.iov_len = sizeof(buf);
	h.msg_hdr.msg_iov = &iov;
	h.msg_hdr.msg_iovlen = 1;
	if (has_flow(e, m))
		(void)recvmmsg(e->flow, &h, 1, flags, ts);
}

static void
flow_wait(struct evil *e, const struct msg *m)
{
	struct timespec ts = { 0, 1 };

	receive(e, m, MSG_DONTWAIT, &ts);
}

/* From the kernel's own memory: what was sent, and errors of it. */
static void
flow_errors(struct evil *e, const struct msg *m)
{
	receive(e, m, MSG_DONTWAIT | MSG_ERRQUEUE, NULL);
}

static void
flow_shut(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		(void)shutdown(e->flow, SHUT_RD);
}

/* --- by what may be called ---------------------------------------------- */

/* Everything that sends, of that much, with segments of that size. */
static void
send_all(int fd, int segment, const char *data, size_t len)
{
	struct iovec iov[3];
	size_t       part = len / 3;
	int          pipe_fd[2], i;

	(void)setsockopt(fd, SOL_UDP, OPTION_SEGMENT, &segment,
	    sizeof(segment));
	(void)!write(fd, data, len);
	for (i = 0; i < 3; i++) {
		iov[i].iov_base = (void *)(uintptr_t)(data + part * i);
		iov[i].iov_len = i < 2 ? part : len - 2 * part;
	}
	(void)!writev(fd, iov, 3);
	if (pipe2(pipe_fd, O_NONBLOCK | O_CLOEXEC) == -1)
		return;
	(void)!write(pipe_fd[1], data, len);
	(void)splice(pipe_fd[0], NULL, fd, NULL, len, SPLICE_F_NONBLOCK);
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
}

static void
games(int fd)
{
	static const int    segments[] = { 0, 1, 2, 1472, 32768, 65507, 65535,
		   65536, -1, 0 };
	static const size_t lens[] = { 0, 1, 3, 128, 129, 1472, 4096, 65507,
		65508, 200000 };
	static char         data[200000];
	size_t              i, j;

	memset(data, 'g', sizeof(data));
	for (i = 0; i < nitems(segments); i++)
		for (j = 0; j < nitems(lens); j++)
			send_all(fd, segments[i], data, lens[j]);
	evil_say("evil: did all it could");
}

static void
flow_games(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m))
		games(e->flow);
}

/* The client's side goes nowhere but to where the client sent from. */
static int
has_front(struct evil *e, const struct msg *m)
{
	(void)has_flow(e, m);
	if (m->type != MSG_UDP_CLIENT || m->id != own)
		return 0;
	if (e->front == -1 || write(e->front, "early", 5) != 5)
		evil_say("evil: its client's side does not work");
	evil_say("evil: has its client");
	return 1;
}

static void
front_games(struct evil *e, const struct msg *m)
{
	if (has_front(e, m))
		games(e->front);
}

static void
front_sendto(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);

	if (has_front(e, m))
		(void)sendto(e->front, "x", 1, 0, (struct sockaddr *)&sin,
		    sizeof(sin));
}

static void
front_reconnect(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);

	if (has_front(e, m))
		(void)connect(e->front, (struct sockaddr *)&sin, sizeof(sin));
}

/* --- of those who were not asked: not connected, to be read only ---------- */

static int
has_inbound(struct evil *e, const struct msg *m)
{
	(void)has_flow(e, m);
	return is_flow(m, 1) && e->inbound != -1;
}

static void
inbound_games(struct evil *e, const struct msg *m)
{
	struct iovec iov = { "x", 1 };

	if (!has_inbound(e, m))
		return;
	if (write(e->inbound, "x", 1) != -1 ||
	    writev(e->inbound, &iov, 1) != -1 || write(e->inbound, "", 0) != -1)
		evil_say("evil: is let");
	games(e->inbound);
}

static void
inbound_sendto(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);

	if (has_inbound(e, m))
		(void)sendto(e->inbound, "x", 1, 0, (struct sockaddr *)&sin,
		    sizeof(sin));
}

static void
inbound_connect(struct evil *e, const struct msg *m)
{
	struct sockaddr_in sin = evil_target(e);

	if (!has_inbound(e, m))
		return;
	(void)connect(e->inbound, (struct sockaddr *)&sin, sizeof(sin));
	(void)!write(e->inbound, "x", 1);
}

/* --- too late ----------------------------------------------------------- */

static void
late(struct evil *e)
{
	static const char data[] = "late late late late late late late late";

	send_all(e->flow, 0, data, sizeof(data));
	send_all(e->flow, 4, data, sizeof(data));
	send_all(e->flow, 65535, data, sizeof(data));
	send_all(e->flow, 0, data, sizeof(data));
	evil_say("evil: did all it could");
}

/* The test has the router cut it, and we are told so. */
static void
flow_cut(struct evil *e, const struct msg *m)
{
	(void)has_flow(e, m);
	if (m->id == own &&
	    (m->type == MSG_UDP_CLOSE || m->type == MSG_SESSION_KILL))
		late(e);
}

/* We said that it is over, and the answer to another question comes later. */
static void
flow_over(struct evil *e, const struct msg *m)
{
	if (has_flow(e, m)) {
		evil_counted(e, own, 1, 1, 5);
		evil_want(e, 2, e->echo);
		/* The second one is not the one to be written to. */
		e->keep = 1;
	} else if (is_flow(m, 0))
		late(e);
}

/* The same of the whole session: the question is of another one. */
static void
flow_closed(struct evil *e, const struct msg *m)
{
	struct channel *ch = e->channel[PROC_ROUTER];
	struct wbuf     w;
	uint8_t         space[512];

	if (has_flow(e, m)) {
		evil_closed(ch, own, 0, 5, 0);
		evil_put_open_to(e, e->echo, &w, space, sizeof(space));
		(void)evil_raw_wbuf(ch, MSG_SESSION_OPEN, e->other_id, &w);
	} else if (m->type == MSG_SESSION_REFUSED ||
	    m->type == MSG_SESSION_OPENED)
		late(e);
}

#define FLOW(name, step)                                                       \
	{                                                                      \
		name, MSG_NONE, NEED_SESSION, evil_associate, step             \
	}

const struct attack attacks_flows[] = {
	FLOW("flow-sendto", flow_sendto),
	FLOW("flow-send", flow_send),
	FLOW("flow-sendmsg", flow_sendmsg),
	FLOW("flow-sendmmsg", flow_sendmmsg),
	FLOW("flow-reconnect", flow_reconnect),
	FLOW("flow-connect", flow_connect),
	FLOW("flow-route", flow_route),
	FLOW("flow-device", flow_device),
	FLOW("flow-filter", flow_filter),
	FLOW("flow-transparent", flow_transparent),
	FLOW("flow-mark", flow_mark),
	FLOW("flow-reuse", flow_reuse),
	FLOW("flow-cork", flow_cork),
	FLOW("flow-more", flow_more),
	FLOW("flow-wait", flow_wait),
	FLOW("flow-errors", flow_errors),
	FLOW("flow-shut", flow_shut),
	FLOW("flow-games", flow_games),
	FLOW("front-games", front_games),
	FLOW("front-sendto", front_sendto),
	FLOW("front-reconnect", front_reconnect),
	FLOW("inbound-games", inbound_games),
	FLOW("inbound-sendto", inbound_sendto),
	FLOW("inbound-connect", inbound_connect),
	FLOW("flow-revoked", flow_cut),
	FLOW("flow-killed", flow_cut),
	FLOW("flow-barred", flow_cut),
	FLOW("flow-quota", flow_cut),
	FLOW("flow-over", flow_over),
	FLOW("flow-closed", flow_closed),
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
