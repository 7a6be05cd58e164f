/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Bulk: what was added comes out of the channel as if each message had been
 * sent by itself, however much it is and whoever reads when; and what is not
 * as it must be ends the channel without losing a descriptor.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/buf.h"
#include "base/bulk.h"
#include "base/channel.h"
#include "compat/sealed.h"

/* More than ten times what a queue takes. */
#define MANY 4000

struct pair {
	struct channel *parent;
	struct channel *router;
};

static void
pair_open(struct pair *p)
{
	int sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	p->parent = channel_new(sv[0], PROC_PARENT, PROC_ROUTER, 0);
	p->router = channel_new(sv[1], PROC_ROUTER, PROC_PARENT, 0);
	ATF_REQUIRE(p->parent != NULL && p->router != NULL);
}

static void
pair_close(struct pair *p)
{
	channel_free(p->parent);
	channel_free(p->router);
}

static int
open_fds(void)
{
	struct dirent *d;
	DIR           *dir;
	int            n = 0;

	ATF_REQUIRE((dir = opendir("/proc/self/fd")) != NULL);
	while ((d = readdir(dir)) != NULL)
		n++;
	ATF_REQUIRE_EQ(0, closedir(dir));
	return n;
}

static int
emit(void *arg, enum msg_type type, uint64_t id, const struct wbuf *w, int fd)
{
	struct pair *p = arg;

	return channel_send(p->parent, type, id, w, fd);
}

static enum channel_result
next_msg(struct channel *c, struct msg **m)
{
	enum channel_result res;

	if ((res = channel_recv(c, m)) == CHANNEL_AGAIN)
		res = channel_recv(c, m);
	return res;
}

/* Number i of many: as long as i wants, with a descriptor or without. */
static void
some_add(struct bulk *b, unsigned int i)
{
	static uint8_t data[MSG_PAYLOAD_MAX];
	struct wbuf    w;
	int            fd;

	wbuf_init(&w, data, sizeof(data));
	if (i % 100 == 7) {
		wbuf_u8(&w, 1);
		wbuf_u16(&w, 0);
		ATF_REQUIRE((fd = open("/dev/null", O_RDONLY)) != -1);
		ATF_REQUIRE_EQ(0, bulk_add(b, MSG_CHILD_PEER, i, &w, fd));
		ATF_REQUIRE_EQ(0, close(fd));
		return;
	}
	memset(data, (int)(i & 0xff), sizeof(data));
	w.len = i % 10 == 0 ? MSG_PAYLOAD_MAX : 1 + i % 977;
	ATF_REQUIRE_EQ(0, bulk_add(b, MSG_QUOTA_ROWS, i, &w, -1));
}

static void
some_check(struct msg *m, unsigned int i)
{
	size_t n;
	int    fd;

	ATF_REQUIRE_EQ(i, m->id);
	if (i % 100 == 7) {
		ATF_REQUIRE_EQ(MSG_CHILD_PEER, m->type);
		ATF_REQUIRE((fd = msg_take_fd(m)) != -1);
		ATF_REQUIRE_EQ(0, close(fd));
		return;
	}
	ATF_REQUIRE_EQ(MSG_QUOTA_ROWS, m->type);
	ATF_REQUIRE_EQ(-1, m->fd);
	ATF_REQUIRE_EQ(i % 10 == 0 ? MSG_PAYLOAD_MAX : 1 + i % 977, m->len);
	for (n = 0; n < m->len; n++)
		ATF_REQUIRE_EQ((uint8_t)i, m->data[n]);
}

static struct bulk *
filled(unsigned int n)
{
	struct bulk *b;
	unsigned int i;

	ATF_REQUIRE((b = bulk_new(PROC_PARENT, PROC_ROUTER)) != NULL);
	for (i = 0; i < n; i++)
		some_add(b, i);
	return b;
}

ATF_TC(in_order);
ATF_TC_HEAD(in_order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "more than a queue takes comes out in "
	    "its order and place, though nobody reads meanwhile");
}
ATF_TC_BODY(in_order, tc)
{
	struct pair  p;
	struct msg  *m;
	unsigned int i, round;
	int          fds = open_fds();

	pair_open(&p);
	for (round = 0; round < 3; round++) {
		ATF_REQUIRE_EQ(0,
		    channel_send(p.parent, MSG_REVOKE, 1, NULL, -1));
		ATF_REQUIRE_EQ(0, bulk_send(filled(MANY), emit, &p));
		ATF_REQUIRE_EQ(0,
		    channel_send(p.parent, MSG_REVOKE, 2, NULL, -1));
		ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
		ATF_CHECK_EQ(1, m->id);
		for (i = 0; i < MANY; i++) {
			ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
			some_check(m, i);
			ATF_REQUIRE(channel_in_bulk(p.router));
			ATF_REQUIRE(channel_pending(p.router));
			/* The others have their turn, too. */
			ATF_REQUIRE(channel_flush(p.parent) != -1);
		}
		ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
		ATF_CHECK_EQ(2, m->id);
		ATF_CHECK(!channel_in_bulk(p.router));
		ATF_CHECK_EQ(CHANNEL_AGAIN, next_msg(p.router, &m));
	}
	pair_close(&p);
	ATF_CHECK_EQ(fds, open_fds());
}

ATF_TC(amid);
ATF_TC_HEAD(amid, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a channel that ends amid a bulk, or before, loses no descriptor");
}
ATF_TC_BODY(amid, tc)
{
	struct pair  p;
	struct msg  *m;
	unsigned int i, n;
	int          fds = open_fds();

	for (n = 0; n < 300; n += 50) {
		pair_open(&p);
		ATF_REQUIRE_EQ(0, bulk_send(filled(300), emit, &p));
		for (i = 0; i < n; i++)
			ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
		pair_close(&p);
		ATF_REQUIRE_EQ(fds, open_fds());
	}
	bulk_free(filled(300));
	ATF_CHECK_EQ(fds, open_fds());
}

ATF_TC(not_added);
ATF_TC_HEAD(not_added, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what the gate refuses is not added, "
	    "and the bulk is not sent; nor is one with nothing in it");
}
ATF_TC_BODY(not_added, tc)
{
	struct pair  p;
	struct bulk *b;
	struct msg  *m;

	pair_open(&p);
	b = filled(3);
	/* No router gets the hosts; a peer has a descriptor. */
	ATF_CHECK_EQ(-1, bulk_add(b, MSG_CONF_HOST, 0, NULL, -1));
	ATF_CHECK_EQ(EINVAL, errno);
	ATF_CHECK_EQ(-1, bulk_add(b, MSG_REVOKE, 0, NULL, -1));
	ATF_CHECK_EQ(-1, bulk_send(b, emit, &p));
	ATF_CHECK_EQ(EINVAL, errno);
	b = filled(3);
	ATF_CHECK_EQ(-1, bulk_add(b, MSG_CHILD_PEER, 0, NULL, -1));
	bulk_free(b);
	ATF_REQUIRE_EQ(0, bulk_send(filled(0), emit, &p));
	ATF_CHECK_EQ(CHANNEL_AGAIN, next_msg(p.router, &m));
	pair_close(&p);
}

/* Sends these bytes as a bulk, saying that they are so many. */
static void
send_bytes(struct pair *p, const void *bytes, size_t len, uint64_t says,
    uint32_t nfds)
{
	uint8_t     data[12];
	struct wbuf w;
	int         fd;

	ATF_REQUIRE((fd = sealed_new("test")) != -1);
	ATF_REQUIRE_EQ((ssize_t)len, write(fd, bytes, len));
	ATF_REQUIRE((fd = sealed_close(fd)) != -1);
	ATF_REQUIRE_EQ(0, lseek(fd, 0, SEEK_SET));
	wbuf_init(&w, data, sizeof(data));
	wbuf_u64(&w, says);
	wbuf_u32(&w, nfds);
	ATF_REQUIRE_EQ(0,
	    channel_send(p->parent, MSG_BULK, MSG_REVOKE, &w, fd));
}

static void
record(struct wbuf *w, uint8_t nfds, uint32_t type, size_t len)
{
	wbuf_u8(w, nfds);
	wbuf_u16(w, (uint16_t)(MSG_HEADER_LEN + len));
	wbuf_u32(w, type);
	wbuf_u64(w, 0);
	while (len-- > 0)
		wbuf_u8(w, 'x');
}

/* How it ends: CHANNEL_BAD, or CHANNEL_AGAIN if all is well. */
static enum channel_result
outcome(const void *bytes, size_t len, uint64_t says, unsigned int sent,
    uint32_t nfds)
{
	enum channel_result res;
	struct pair         p;
	struct msg         *m;
	int                 before = open_fds();

	pair_open(&p);
	while (sent-- > 0)
		ATF_REQUIRE_EQ(0,
		    channel_send(p.parent, MSG_BULK_FD, 0, NULL,
			open("/dev/null", O_RDONLY)));
	send_bytes(&p, bytes, len, says, nfds);
	while ((res = next_msg(p.router, &m)) == CHANNEL_MSG)
		ATF_REQUIRE(m->type != MSG_BULK && m->type != MSG_BULK_FD);
	pair_close(&p);
	ATF_REQUIRE_EQ(before, open_fds());
	return res;
}

ATF_TC(malformed);
ATF_TC_HEAD(malformed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "cuts, tails, wrong types, lengths and "
	    "descriptors end the channel");
}
ATF_TC_BODY(malformed, tc)
{
	static const uint32_t types[] = { MSG_NONE, MSG_PACK, MSG_BULK,
		MSG_BULK_FD, MSG_CHILD_START, MSG_CONF_HOST, MSG_CHILD_READY,
		MSG_MAX };
	uint8_t               data[64];
	struct wbuf           w;
	size_t                i;

	wbuf_init(&w, data, sizeof(data));
	record(&w, 0, MSG_REVOKE, 0);
	record(&w, 0, MSG_QUOTA_ROWS, 7);
	ATF_CHECK_EQ(CHANNEL_AGAIN, outcome(data, w.len, w.len, 0, 0));
	for (i = 1; i < w.len; i++)
		if (i != BULK_RECORD_HEAD + MSG_HEADER_LEN)
			ATF_CHECK_EQ_MSG(CHANNEL_BAD, outcome(data, i, i, 0, 0),
			    "cut after %zu", i);
	/* The memory is shorter than was said, or longer, which is cut. */
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len + 1, 0, 0));
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len - 1, 0, 0));
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, 0, 0, 0));
	/* Descriptors too many and too few, in each place. */
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 1, 1));
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 1, 0));
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 0, 1));
	wbuf_init(&w, data, sizeof(data));
	record(&w, 1, MSG_CHILD_PEER, 3);
	ATF_CHECK_EQ(CHANNEL_AGAIN, outcome(data, w.len, w.len, 1, 1));
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 0, 0));
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 2, 2));
	data[0] = 0;
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 1, 1));
	data[0] = 2;
	ATF_CHECK_EQ(CHANNEL_BAD, outcome(data, w.len, w.len, 2, 2));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		wbuf_init(&w, data, sizeof(data));
		record(&w, 0, types[i], 4);
		ATF_CHECK_EQ_MSG(CHANNEL_BAD, outcome(data, w.len, w.len, 0, 0),
		    "%s", msg_name(types[i]));
	}
}

ATF_TC(lost);
ATF_TC_HEAD(lost, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a bulk that finds no descriptor free "
	    "is told of as a whole, and the next one comes through");
}
ATF_TC_BODY(lost, tc)
{
	struct rlimit rl, none;
	struct pair   p;
	struct msg   *m;
	int           fds = open_fds();

	pair_open(&p);
	ATF_REQUIRE_EQ(0, bulk_send(filled(300), emit, &p));
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &rl));
	none = rl;
	none.rlim_cur = 0;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	ATF_CHECK_EQ(CHANNEL_MSG, next_msg(p.router, &m));
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &rl));
	ATF_CHECK_EQ(MSG_BULK, m->type);
	ATF_CHECK_EQ(MSG_QUOTA_ROWS, m->id);
	ATF_CHECK_EQ(-1, m->fd);
	ATF_CHECK_EQ(CHANNEL_AGAIN, next_msg(p.router, &m));
	ATF_REQUIRE_EQ(0, bulk_send(filled(1), emit, &p));
	ATF_CHECK_EQ(CHANNEL_MSG, next_msg(p.router, &m));
	some_check(m, 0);
	pair_close(&p);
	ATF_CHECK_EQ(fds, open_fds());
}

ATF_TP_ADD_TCS(tp)
{
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN },
	    NULL);
	ATF_TP_ADD_TC(tp, in_order);
	ATF_TP_ADD_TC(tp, amid);
	ATF_TP_ADD_TC(tp, not_added);
	ATF_TP_ADD_TC(tp, malformed);
	ATF_TP_ADD_TC(tp, lost);
	return atf_no_error();
}
