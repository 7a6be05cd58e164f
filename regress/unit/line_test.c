/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of lines to name servers: bounds, one socket per message, and TCP
 * answers that arrive in any pieces or not at all.  The far ends of the lent
 * sockets are ours.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "resolver/line.h"

#define FAR_MAX  256
#define NUMBER   7
#define QUESTION 22 /* bytes of header and question */

struct world {
	struct event_base *base;
	struct line        line;
	unsigned int       wants;         /* not answered yet */
	unsigned int       most;          /* sockets at a time */
	int                refuse;        /* the router is not there */
	uint64_t           source;        /* of messages; 0: one each */
	int                far[FAR_MAX];  /* our ends */
	int                near[FAR_MAX]; /* those of the line */
	ino_t              inode[FAR_MAX];
	unsigned int       nfar;
	uint8_t            got[70000];
	size_t             ngot;
	unsigned int       ready;
	unsigned int       failed;
	unsigned int       strays;
	int                number; /* expected: NUMBER */
	int                again;  /* the number later, or -1 */
	int                error;
};

static void world_init(struct world *, int);
static void world_clear(struct world *);
static int  world_want(void *, const struct msg_dns *);
static void world_answer(void *, struct line *, const struct line_asked *,
    const uint8_t *, size_t);
static void world_failed(void *, struct line *, const struct line_asked *, int);
static void world_stray(void *);
static int  world_again(void *, const uint8_t *, size_t);
static uint64_t world_whose(void *, const uint8_t *, size_t);
static int      world_lend(struct world *);
static void     world_turn(struct world *);
static size_t   question(uint8_t *, unsigned int, int);
static void     respond(uint8_t *);
static int      is_open(const struct world *, unsigned int);
static int      udp_pair(int *);
static void     answer_in_pieces(size_t, size_t);

static const struct line_ops world_ops = {
	world_want,
	world_answer,
	world_failed,
	world_stray,
	world_again,
	world_whose,
};

ATF_TC(each_message_has_its_socket);
ATF_TC_HEAD(each_message_has_its_socket, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "up to the limit none is shared, and an answered one is closed");
}
ATF_TC_BODY(each_message_has_its_socket, tc)
{
	struct world w;
	uint8_t      q[64], in[64];
	size_t       len;
	unsigned int i, n;

	world_init(&w, 0);
	for (i = 0; i < LINE_UDP_MAX; i++) {
		len = question(q, i, 0);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
		while (w.wants > 0)
			ATF_REQUIRE(world_lend(&w) != -1);
	}
	ATF_CHECK_EQ(LINE_UDP_MAX, w.nfar);
	for (i = 0; i < w.nfar; i++) {
		n = 0;
		while (read(w.far[i], in, sizeof(in)) > 0)
			n++;
		ATF_CHECK_EQ(1, n);
	}
	/* The message of a socket is the one of its number, as all were. */
	for (i = 0; i < LINE_UDP_MAX; i++) {
		len = question(q, i, 0);
		respond(q);
		ATF_REQUIRE_EQ((ssize_t)len, write(w.far[i], q, len));
		world_turn(&w);
		ATF_CHECK(!is_open(&w, i));
		ATF_CHECK_EQ(i + 1, w.ready);
	}
	world_clear(&w);
}

ATF_TC(never_more_than_the_limit);
ATF_TC_HEAD(never_more_than_the_limit, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "many messages share what there is, and each is sent once");
}
ATF_TC_BODY(never_more_than_the_limit, tc)
{
	struct world w;
	uint8_t      q[64], in[64];
	size_t       len;
	unsigned int i, seen[500];

	memset(seen, 0, sizeof(seen));
	world_init(&w, 0);
	for (i = 0; i < 500; i++) {
		len = question(q, i, 0);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
		ATF_CHECK(w.wants + w.nfar <= LINE_UDP_MAX);
	}
	while (w.wants > 0) {
		ATF_REQUIRE(world_lend(&w) != -1);
		ATF_CHECK(w.wants + w.nfar <= LINE_UDP_MAX);
	}
	ATF_CHECK_EQ(LINE_UDP_MAX, w.nfar);
	for (i = 0; i < w.nfar; i++) {
		while (read(w.far[i], in, sizeof(in)) > QUESTION)
			seen[in[0] << 8 | in[1]]++;
	}
	for (i = 0; i < 500; i++)
		ATF_CHECK_EQ(1, seen[i]);
	world_clear(&w);
}

ATF_TC(no_other_answer_is_seen);
ATF_TC_HEAD(no_other_answer_is_seen, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a datagram with any byte of id or "
	    "question changed, or cut, or a question, is dropped and counted");
}
ATF_TC_BODY(no_other_answer_is_seen, tc)
{
	struct world w;
	uint8_t      q[64], wrong[64];
	size_t       i, len;
	unsigned int sent = 0;

	world_init(&w, 0);
	len = question(q, 300, 0);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
	ATF_REQUIRE(world_lend(&w) != -1);
	for (i = 0; i < QUESTION; i++) {
		if (i >= 2 && i < 12)
			continue;
		memcpy(wrong, q, len);
		respond(wrong);
		wrong[i] ^= 1;
		ATF_REQUIRE_EQ((ssize_t)len, write(w.far[0], wrong, len));
		world_turn(&w);
		ATF_CHECK(is_open(&w, 0));
		ATF_CHECK_EQ(++sent, w.strays);
	}
	memcpy(wrong, q, len);
	respond(wrong);
	for (i = 0; i < QUESTION; i++) {
		ATF_REQUIRE_EQ((ssize_t)i, send(w.far[0], wrong, i, 0));
		world_turn(&w);
		ATF_CHECK(is_open(&w, 0));
		ATF_CHECK_EQ(++sent, w.strays);
	}
	ATF_REQUIRE_EQ((ssize_t)len, write(w.far[0], q, len));
	world_turn(&w);
	ATF_CHECK(is_open(&w, 0));
	ATF_CHECK_EQ(++sent, w.strays);
	ATF_CHECK_EQ(0, w.ngot);

	/* Flags and counts of records are the answer's own, and letters. */
	memset(q + 2, 0xff, 2);
	memset(q + 6, 0xff, 6);
	q[13] = 'A';
	ATF_REQUIRE_EQ((ssize_t)len, write(w.far[0], q, len));
	world_turn(&w);
	ATF_CHECK(!is_open(&w, 0));
	ATF_CHECK_EQ(sent, w.strays);
	ATF_CHECK_EQ(len, w.ngot);
	world_clear(&w);
}

ATF_TC(asked_again);
ATF_TC_HEAD(asked_again, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a question that was given up for its "
	    "like is answered by what comes late, under the new number");
}
ATF_TC_BODY(asked_again, tc)
{
	struct world w;
	uint8_t      q[64];
	size_t       len;

	world_init(&w, 0);
	len = question(q, 1, 0);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
	ATF_REQUIRE(world_lend(&w) != -1);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER + 1, q, len));
	w.again = NUMBER + 1;
	line_drop(&w.line, NUMBER); /* while the second waits for one */
	ATF_CHECK(is_open(&w, 0));
	ATF_REQUIRE(world_lend(&w) != -1);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER + 2, q, len));
	ATF_REQUIRE(world_lend(&w) != -1);
	w.again = NUMBER + 2;
	line_drop(&w.line, NUMBER + 1);
	ATF_CHECK(is_open(&w, 0));
	ATF_CHECK(is_open(&w, 1));
	respond(q);
	w.number = NUMBER + 2;
	ATF_REQUIRE_EQ((ssize_t)len, write(w.far[0], q, len));
	world_turn(&w);
	ATF_CHECK_EQ(1, w.ready);
	ATF_CHECK_EQ(len, w.ngot);
	ATF_CHECK(!is_open(&w, 0));
	line_drop(&w.line, NUMBER + 2);
	ATF_CHECK(!is_open(&w, 1));
	ATF_CHECK(!is_open(&w, 2));
	world_clear(&w);
}

ATF_TC(no_socket_to_be_had);
ATF_TC_HEAD(no_socket_to_be_had, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "refused at once, refused later, refused to some");
}
ATF_TC_BODY(no_socket_to_be_had, tc)
{
	struct world w;
	uint8_t      q[64], in[64];
	size_t       len;

	world_init(&w, 0);
	while (w.wants > 0) {
		w.wants--;
		line_refuse(&w.line);
	}
	len = question(q, 1, 0);
	w.refuse = 1;
	ATF_CHECK_ERRNO(ENOTCONN, line_send(&w.line, NUMBER, q, len) == -1);
	w.refuse = 0;
	ATF_CHECK_EQ(0, line_send(&w.line, NUMBER, q, len));
	ATF_CHECK(w.wants > 0);
	while (w.wants > 0) {
		ATF_CHECK_EQ(0, w.failed);
		w.wants--;
		w.refuse = w.wants == 0; /* and no new ones */
		line_refuse(&w.line);
	}
	ATF_CHECK_EQ(1, w.failed);
	ATF_CHECK_EQ(ENOTCONN, w.error);

	/* With one socket for two messages, both go by it, and once. */
	w.refuse = 0;
	ATF_CHECK_EQ(0, line_send(&w.line, NUMBER, q, len));
	ATF_CHECK_EQ(0, line_send(&w.line, NUMBER, q, len));
	len = question(q, 2, 0);
	ATF_CHECK_EQ(0, line_send(&w.line, NUMBER, q, len));
	w.refuse = 1;
	ATF_REQUIRE(world_lend(&w) != -1);
	while (w.wants > 0) {
		w.wants--;
		line_refuse(&w.line);
	}
	ATF_CHECK_EQ(1, w.failed);
	ATF_CHECK_EQ((ssize_t)len, read(w.far[0], in, sizeof(in)));
	ATF_CHECK_EQ((ssize_t)len, read(w.far[0], in, sizeof(in)));
	ATF_CHECK_EQ(-1, read(w.far[0], in, sizeof(in)));
	world_clear(&w);
}

ATF_TC(shared_by_numbers);
ATF_TC_HEAD(shared_by_numbers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "at the limit the questions of all "
	    "numbers share sockets, and each gets its own answer");
}
ATF_TC_BODY(shared_by_numbers, tc)
{
	struct world w;
	uint8_t      q[64];
	size_t       len = 0;
	unsigned int i;

	world_init(&w, 0);
	for (i = 0; i < 2 * LINE_UDP_MAX; i++) {
		len = question(q, i, 0);
		ATF_REQUIRE_EQ(0, line_send(&w.line, (int)i, q, len));
		while (w.wants > 0)
			ATF_REQUIRE(world_lend(&w) != -1);
	}
	ATF_CHECK_EQ(LINE_UDP_MAX, w.nfar);
	ATF_CHECK_EQ(0, w.failed);
	for (i = 2 * LINE_UDP_MAX; i-- > 0;) {
		len = question(q, i, 0);
		respond(q);
		w.number = (int)i;
		w.ngot = 0;
		ATF_REQUIRE_EQ((ssize_t)len,
		    write(w.far[i % LINE_UDP_MAX], q, len));
		world_turn(&w);
		ATF_CHECK_EQ(len, w.ngot);
		ATF_CHECK_EQ(i >= LINE_UDP_MAX, is_open(&w, i % LINE_UDP_MAX));
	}
	ATF_CHECK_EQ(0, w.strays);
	world_clear(&w);
}

ATF_TC(refused_by_the_server);
ATF_TC_HEAD(refused_by_the_server, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a socket that fails tells all that wait for an answer there");
}
ATF_TC_BODY(refused_by_the_server, tc)
{
	struct world w;
	uint8_t      q[64];
	size_t       len = 0;
	unsigned int i;

	world_init(&w, 0);
	for (i = 0; i < LINE_UDP_MAX; i++) {
		len = question(q, i, 0);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
		while (w.wants > 0)
			ATF_REQUIRE(world_lend(&w) != -1);
	}
	len = question(q, i, 0);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
	(void)close(w.far[0]);
	len = question(q, ++i, 0);
	for (i = 0; i < LINE_UDP_MAX; i++) /* one is by that socket */
		(void)line_send(&w.line, NUMBER, q, len);
	world_turn(&w);
	ATF_CHECK(!is_open(&w, 0));
	ATF_CHECK(w.failed > 0);
	ATF_CHECK_EQ(ECONNREFUSED, w.error);
	w.far[0] = dup(w.far[1]);
	world_clear(&w);
}

ATF_TC(dropped_and_unasked);
ATF_TC_HEAD(dropped_and_unasked, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what nobody waits for and what nobody asked for is closed");
}
ATF_TC_BODY(dropped_and_unasked, tc)
{
	struct world w;
	uint8_t      q[64];
	size_t       len;
	int          i;

	world_init(&w, 0);
	len = question(q, 1, 0);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
	len = question(q, 2, 0);
	ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER + 1, q, len));
	ATF_REQUIRE(world_lend(&w) != -1);
	ATF_REQUIRE(world_lend(&w) != -1);
	line_drop(&w.line, NUMBER);
	ATF_CHECK(!is_open(&w, 0));
	ATF_CHECK(is_open(&w, 1));
	while (w.wants > 0)
		ATF_REQUIRE(world_lend(&w) != -1);
	for (i = 0; i < 10; i++) {
		w.wants = 1;
		ATF_REQUIRE(world_lend(&w) != -1);
		ATF_CHECK(!is_open(&w, w.nfar - 1));
	}
	ATF_CHECK_EQ(0, w.ready);
	world_clear(&w);
}

ATF_TC(tcp_answers_in_pieces);
ATF_TC_HEAD(tcp_answers_in_pieces, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "any split of an answer is that answer, any cut is none");
}
ATF_TC_BODY(tcp_answers_in_pieces, tc)
{
	static const size_t sizes[] = { 0, 1, 2, 12, QUESTION - 1, QUESTION,
		QUESTION + 1, 255, 256, 300 };
	size_t              i, split;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (split = 0; split <= 2 + sizes[i]; split++)
			answer_in_pieces(sizes[i], split);
	answer_in_pieces(65535, 1);
	answer_in_pieces(65535, 40000);
}

ATF_TC(tcp_other_answers);
ATF_TC_HEAD(tcp_other_answers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what answers another question is the "
	    "end of its connection, and no answer");
}
ATF_TC_BODY(tcp_other_answers, tc)
{
	struct world w;
	uint8_t      q[64];
	size_t       len, i;

	for (i = 2; i < 2 + QUESTION; i++) {
		if (i >= 4 && i < 14)
			continue;
		world_init(&w, 1);
		len = question(q, 1, 1);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
		ATF_REQUIRE(world_lend(&w) != -1);
		respond(q + 2);
		q[i] ^= 1;
		ATF_REQUIRE_EQ((ssize_t)len, write(w.far[0], q, len));
		world_turn(&w);
		ATF_CHECK_EQ(0, w.ready);
		ATF_CHECK_EQ(1, w.failed);
		ATF_CHECK_EQ(EBADMSG, w.error);
		ATF_CHECK(!is_open(&w, 0));
		world_clear(&w);
	}
}

ATF_TC(tcp_is_bounded);
ATF_TC_HEAD(tcp_is_bounded, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "messages wait for a connection to end, and get the next");
}
ATF_TC_BODY(tcp_is_bounded, tc)
{
	struct world w;
	uint8_t      q[64], in[64];
	size_t       len;
	unsigned int i;

	world_init(&w, 1);
	ATF_CHECK_EQ(0, w.wants);
	for (i = 0; i < 3 * LINE_TCP_MAX; i++) {
		len = question(q, i, 1);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
	}
	for (i = 0; i < 3 * LINE_TCP_MAX; i++) {
		while (w.wants > 0)
			ATF_REQUIRE(world_lend(&w) != -1);
		ATF_CHECK(w.nfar <= i + LINE_TCP_MAX);
		ATF_REQUIRE(i < w.nfar);
		ATF_REQUIRE_EQ((ssize_t)len, read(w.far[i], in, sizeof(in)));
		ATF_CHECK_EQ((int)i, in[2] << 8 | in[3]);
		(void)shutdown(w.far[i], SHUT_WR);
		world_turn(&w);
		ATF_CHECK(!is_open(&w, i));
	}
	ATF_CHECK_EQ(0, w.ready);
	ATF_CHECK_EQ(3 * LINE_TCP_MAX, w.failed);
	ATF_CHECK_EQ(ECONNRESET, w.error);
	world_clear(&w);
}

ATF_TC(tcp_is_shared_out);
ATF_TC_HEAD(tcp_is_shared_out, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whose answers never come holds up nobody else");
}
ATF_TC_BODY(tcp_is_shared_out, tc)
{
	struct world w;
	uint8_t      q[64], in[64];
	size_t       len;
	unsigned int i, held;

	world_init(&w, 1);
	w.source = 1;
	for (i = 0; i < 100; i++) {
		len = question(q, i, 1);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
	}
	while (w.wants > 0)
		ATF_REQUIRE(world_lend(&w) != -1);
	held = w.nfar;
	ATF_CHECK_EQ(LINE_TCP_MAX / 2 - 1, held);

	/* Another source's go out at once, one by one. */
	w.source = 2;
	for (i = 0; i < 50; i++) {
		len = question(q, 200 + i, 1);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
		ATF_REQUIRE_EQ(1, w.wants);
		ATF_REQUIRE(world_lend(&w) != -1);
		ATF_REQUIRE_EQ((ssize_t)len,
		    read(w.far[w.nfar - 1], in, sizeof(in)));
		ATF_CHECK_EQ(200 + (int)i, in[2] << 8 | in[3]);
		(void)shutdown(w.far[w.nfar - 1], SHUT_WR);
		world_turn(&w);
		ATF_CHECK(!is_open(&w, w.nfar - 1));
		ATF_CHECK_EQ(0, w.wants);
	}

	/* A socket of the first one is there for the next of it. */
	(void)shutdown(w.far[0], SHUT_WR);
	world_turn(&w);
	ATF_REQUIRE_EQ(1, w.wants);
	ATF_REQUIRE(world_lend(&w) != -1);
	ATF_REQUIRE_EQ((ssize_t)len, read(w.far[w.nfar - 1], in, sizeof(in)));
	ATF_CHECK_EQ((int)held, in[2] << 8 | in[3]);

	/* What was refused is asked for again with the next event. */
	(void)shutdown(w.far[1], SHUT_WR);
	world_turn(&w);
	ATF_REQUIRE_EQ(1, w.wants);
	w.wants = 0;
	line_refuse(&w.line);
	ATF_CHECK_EQ(0, w.wants);
	(void)shutdown(w.far[2], SHUT_WR);
	world_turn(&w);
	ATF_REQUIRE_EQ(2, w.wants);

	/* With the messages all shares end. */
	line_drop(&w.line, NUMBER);
	ATF_CHECK_EQ(0, w.line.shares.taken);
	world_clear(&w);
}

static void
world_init(struct world *w, int tcp)
{
	struct msg_dns m;

	memset(w, 0, sizeof(*w));
	memset(&m, 0, sizeof(m));
	m.tcp = tcp != 0;
	w->number = NUMBER;
	w->again = -1;
	ATF_REQUIRE((w->base = event_base_new()) != NULL);
	line_init(&w->line, w->base, &m, &world_ops, w);
}

static void
world_clear(struct world *w)
{
	unsigned int i;

	line_clear(&w->line);
	for (i = 0; i < w->nfar; i++) {
		ATF_CHECK(!is_open(w, i));
		(void)close(w->far[i]);
	}
	event_base_free(w->base);
}

static int
world_want(void *arg, const struct msg_dns *m)
{
	struct world *w = arg;

	if (w->refuse)
		return -1;
	w->wants++;
	return 0;
}

static void
world_answer(void *arg, struct line *ln, const struct line_asked *asked,
    const uint8_t *msg, size_t len)
{
	struct world *w = arg;

	ATF_REQUIRE_EQ(w->number, asked->number);
	ATF_REQUIRE_EQ(QUESTION - 10, asked->nkey);
	ATF_REQUIRE_EQ(&w->line, ln);
	ATF_REQUIRE(len <= sizeof(w->got));
	w->ready++;
	memcpy(w->got, msg, len);
	w->ngot = len;
}

static void
world_failed(void *arg, struct line *ln, const struct line_asked *asked,
    int error)
{
	struct world *w = arg;

	ATF_REQUIRE_EQ(NUMBER, asked->number);
	ATF_REQUIRE_EQ(QUESTION - 10, asked->nkey);
	ATF_REQUIRE_EQ(&w->line, ln);
	w->failed++;
	w->error = error;
}

static void
world_stray(void *arg)
{
	struct world *w = arg;

	w->strays++;
}

/* The key is that of the one question that the test asks twice. */
static int
world_again(void *arg, const uint8_t *key, size_t len)
{
	struct world *w = arg;

	ATF_CHECK_EQ(QUESTION - 10, len);
	return w->again;
}

static uint64_t
world_whose(void *arg, const uint8_t *data, size_t len)
{
	struct world *w = arg;

	ATF_REQUIRE(len > 4);
	return w->source != 0 ? w->source : 1000U + (data[2] << 8 | data[3]);
}

/* Gives one of the sockets that are wanted; its far end is the last one. */
static int
world_lend(struct world *w)
{
	struct stat st;
	int         sv[2];

	if (w->nfar == FAR_MAX ||
	    (w->line.server.tcp ?
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) :
		    udp_pair(sv)) == -1 ||
	    fstat(sv[1], &st) == -1)
		return -1;
	w->far[w->nfar] = sv[0];
	w->near[w->nfar] = sv[1];
	w->inode[w->nfar++] = st.st_ino;
	w->wants--;
	line_lend(&w->line, sv[1]);
	return sv[0];
}

/* Two sockets connected to each other. */
static int
udp_pair(int *sv)
{
	struct sockaddr_in sin[2];
	socklen_t          len;
	int                i;

	for (i = 0; i < 2; i++) {
		memset(&sin[i], 0, sizeof(sin[i]));
		sin[i].sin_family = AF_INET;
		sin[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		len = sizeof(sin[i]);
		sv[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		if (sv[i] == -1 ||
		    bind(sv[i], (struct sockaddr *)&sin[i], len) == -1 ||
		    getsockname(sv[i], (struct sockaddr *)&sin[i], &len) == -1)
			return -1;
	}
	for (i = 0; i < 2; i++) {
		if (connect(sv[i], (struct sockaddr *)&sin[!i],
			sizeof(sin[0])) == -1)
			return -1;
	}
	return 0;
}

static void
world_turn(struct world *w)
{
	(void)event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* A query with this id for a.bc, of type and class 1. */
static size_t
question(uint8_t *q, unsigned int id, int tcp)
{
	static const uint8_t rest[] = {
		1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 2, 'b', 'c', 0, 0, 1, 0,
		1, 0, 0, 41, 4, 208, 0, 0, /* begin of what may follow */
	};

	if (tcp) {
		*q++ = 0;
		*q++ = 2 + sizeof(rest);
	}
	*q++ = (uint8_t)(id >> 8);
	*q++ = (uint8_t)id;
	memcpy(q, rest, sizeof(rest));
	return (tcp ? 4 : 2) + sizeof(rest);
}

/* Makes a response of a question. */
static void
respond(uint8_t *q)
{
	q[2] |= 0x80;
}

/* Whether the line still has the socket that was lent as number i. */
static int
is_open(const struct world *w, unsigned int i)
{
	struct stat st;

	return fstat(w->near[i], &st) == 0 && st.st_ino == w->inode[i];
}

/*
 * An answer of that size comes in two pieces and is there as a whole, if it
 * is long enough to be one; cut at that place, there is none.
 */
static void
answer_in_pieces(size_t size, size_t split)
{
	static uint8_t answer[2 + 65535];
	struct world   w;
	uint8_t        q[64];
	size_t         i, len;
	int            cut, far;

	(void)question(q, 1, 1);
	respond(q + 2);
	for (i = 0; i < size; i++)
		answer[2 + i] = (uint8_t)(i * 7);
	memcpy(answer + 2, q + 2, size < QUESTION ? size : QUESTION);
	answer[0] = (uint8_t)(size >> 8);
	answer[1] = (uint8_t)size;
	for (cut = 0; cut < 2; cut++) {
		world_init(&w, 1);
		len = question(q, 1, 1);
		ATF_REQUIRE_EQ(0, line_send(&w.line, NUMBER, q, len));
		ATF_REQUIRE((far = world_lend(&w)) != -1);
		ATF_REQUIRE_EQ((ssize_t)split, write(far, answer, split));
		world_turn(&w);
		if (cut && split < 2 + size) {
			(void)shutdown(far, SHUT_WR);
			world_turn(&w);
			ATF_REQUIRE_EQ(0, w.ready);
			ATF_REQUIRE_EQ(1, w.failed);
			world_clear(&w);
			continue;
		}
		if (split < 2 + size) {
			ATF_REQUIRE_EQ(0, w.ready);
			ATF_REQUIRE_EQ((ssize_t)(2 + size - split),
			    write(far, answer + split, 2 + size - split));
			world_turn(&w);
		}
		ATF_REQUIRE_EQ(size < QUESTION, w.failed);
		ATF_REQUIRE_EQ(size >= QUESTION, w.ready);
		if (size >= QUESTION) {
			ATF_REQUIRE_EQ(size, w.ngot);
			ATF_REQUIRE(memcmp(answer + 2, w.got, size) == 0);
		}
		world_clear(&w);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_message_has_its_socket);
	ATF_TP_ADD_TC(tp, never_more_than_the_limit);
	ATF_TP_ADD_TC(tp, no_other_answer_is_seen);
	ATF_TP_ADD_TC(tp, asked_again);
	ATF_TP_ADD_TC(tp, no_socket_to_be_had);
	ATF_TP_ADD_TC(tp, shared_by_numbers);
	ATF_TP_ADD_TC(tp, refused_by_the_server);
	ATF_TP_ADD_TC(tp, dropped_and_unasked);
	ATF_TP_ADD_TC(tp, tcp_answers_in_pieces);
	ATF_TP_ADD_TC(tp, tcp_other_answers);
	ATF_TP_ADD_TC(tp, tcp_is_bounded);
	ATF_TP_ADD_TC(tp, tcp_is_shared_out);
	return atf_no_error();
}
