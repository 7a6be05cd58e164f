/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Channels: what goes in on one side comes out on the other, in order, with
 * its descriptors, alone or in packs; and whatever else comes in is refused
 * without losing a descriptor.  Nor does a secret outlive its message.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/buf.h"
#include "base/channel.h"

/* A router's and a relay's end, and the bare sockets under them. */
struct pair {
	struct channel *router;
	struct channel *relay;
	int             raw; /* where the router's end would be */
};

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

static void
pair_open(struct pair *p)
{
	int sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	p->router = channel_new(sv[0], PROC_ROUTER, PROC_RELAY, 0);
	p->relay = channel_new(sv[1], PROC_RELAY, PROC_ROUTER, 0);
	p->raw = sv[0];
	ATF_REQUIRE(p->router != NULL && p->relay != NULL);
}

static void
pair_close(struct pair *p)
{
	channel_free(p->router);
	channel_free(p->relay);
}

/* Reads by level, as an owner would. */
static enum channel_result
next_msg(struct channel *c, struct msg **m)
{
	enum channel_result res;

	if ((res = channel_recv(c, m)) == CHANNEL_AGAIN)
		res = channel_recv(c, m);
	return res;
}

/* A file that can be told from others by its inode. */
static int
some_fd(ino_t *inode)
{
	char        path[] = "file.XXXXXX";
	struct stat st;
	int         fd;

	ATF_REQUIRE((fd = mkstemp(path)) != -1);
	ATF_REQUIRE_EQ(0, unlink(path));
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	*inode = st.st_ino;
	return fd;
}

static ino_t
inode_of(int fd)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	return st.st_ino;
}

/* A MSG_SESSION_NEW of a listener without logins: 1 s, method 0. */
#define NEW_LEN 5

static void
put_new(struct wbuf *b)
{
	wbuf_u32(b, 1000);
	wbuf_u8(b, 0);
}

#define MANY 300

ATF_TC(in_order);
ATF_TC_HEAD(in_order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "messages sent and posted in any mix "
	    "come out in order, each with its own descriptor");
}
ATF_TC_BODY(in_order, tc)
{
	struct pair p;
	struct wbuf b;
	struct msg *m;
	uint8_t     data[8];
	ino_t       inode[MANY];
	int         before, fd, i, kind[MANY];

	before = open_fds();
	pair_open(&p);
	for (i = 0; i < MANY; i++) {
		kind[i] = (int)arc4random_uniform(4);
		wbuf_init(&b, data, sizeof(data));
		if (kind[i] & 1) {
			put_new(&b);
			fd = some_fd(&inode[i]);
		} else {
			wbuf_u8(&b, 1);
			fd = -1;
		}
		ATF_REQUIRE_EQ(0,
		    (kind[i] & 2 ? channel_post : channel_send)(p.router,
			kind[i] & 1 ? MSG_SESSION_NEW : MSG_SESSION_REFUSED,
			(uint64_t)i, &b, fd));
	}
	for (i = 0; i < MANY; i++) {
		ATF_REQUIRE(channel_flush(p.router) != -1);
		ATF_REQUIRE_EQ_MSG(CHANNEL_MSG, next_msg(p.relay, &m),
		    "message %d: %s", i, channel_error(p.relay));
		ATF_REQUIRE_EQ((uint64_t)i, m->id);
		if ((kind[i] & 1) == 0) {
			ATF_REQUIRE_EQ(MSG_SESSION_REFUSED, m->type);
			ATF_REQUIRE_EQ(-1, m->fd);
			continue;
		}
		ATF_REQUIRE_EQ(MSG_SESSION_NEW, m->type);
		ATF_REQUIRE_EQ(inode[i], inode_of(m->fd));
		/* Some are taken, the others must not leak. */
		if (i % 3 == 0)
			ATF_REQUIRE_EQ(0, close(msg_take_fd(m)));
	}
	ATF_CHECK_EQ(CHANNEL_AGAIN, next_msg(p.relay, &m));
	pair_close(&p);
	ATF_CHECK_EQ(before, open_fds());
}

ATF_TC(one_datagram);
ATF_TC_HEAD(one_datagram, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is posted in one turn is one datagram");
}
ATF_TC_BODY(one_datagram, tc)
{
	struct pair p;
	struct wbuf b;
	uint8_t     data[16384];
	int         i;

	pair_open(&p);
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, 1);
	for (i = 0; i < 100; i++)
		ATF_REQUIRE_EQ(0,
		    channel_post(p.router, MSG_SESSION_REFUSED, (uint64_t)i, &b,
			-1));
	ATF_CHECK(channel_posted(p.router));
	ATF_CHECK_EQ(-1, recv(channel_fd(p.relay), data, sizeof(data), 0));
	ATF_REQUIRE_EQ(0, channel_flush(p.router));
	ATF_CHECK_EQ(12 + 100 * 15,
	    recv(channel_fd(p.relay), data, sizeof(data), 0));
	ATF_CHECK_EQ(-1, recv(channel_fd(p.relay), data, sizeof(data), 0));
	pair_close(&p);
}

/* A pack as the router would make it, with room to spoil it. */
static size_t
make_pack(uint8_t *data, size_t size)
{
	struct wbuf b;
	int         i;

	wbuf_init(&b, data, size);
	wbuf_u32(&b, MSG_PACK);
	wbuf_u64(&b, 0);
	for (i = 0; i < 3; i++) {
		wbuf_u16(&b, MSG_HEADER_LEN + NEW_LEN);
		wbuf_u32(&b, MSG_SESSION_NEW);
		wbuf_u64(&b, (uint64_t)i);
		put_new(&b);
		wbuf_u16(&b, MSG_HEADER_LEN + 1);
		wbuf_u32(&b, MSG_SESSION_REFUSED);
		wbuf_u64(&b, (uint64_t)i);
		wbuf_u8(&b, 1);
	}
	ATF_REQUIRE(!b.bad);
	return b.len;
}

/* Sends bytes with so many descriptors past the channel's own code. */
static void
raw_send(int sock, const uint8_t *data, size_t len, int nfds)
{
	union {
		struct cmsghdr align;
		char           space[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct msghdr   mh;
	struct iovec    iov;
	struct cmsghdr *cmsg;
	uint8_t         copy[20000];
	int             fds[64], i;

	memcpy(copy, data, len);
	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, sizeof(control));
	iov.iov_base = copy;
	iov.iov_len = len;
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	for (i = 0; i < nfds; i++)
		ATF_REQUIRE((fds[i] = open("/dev/null", O_RDONLY)) != -1);
	if (nfds != 0) {
		mh.msg_control = &control;
		mh.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&mh);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, (size_t)nfds * sizeof(int));
	}
	ATF_REQUIRE_EQ((ssize_t)len, sendmsg(sock, &mh, 0));
	for (i = 0; i < nfds; i++)
		ATF_REQUIRE_EQ(0, close(fds[i]));
}

/* Reads until the channel has had enough; the last result. */
static enum channel_result
read_on(struct channel *c, int *n)
{
	enum channel_result res;
	struct msg         *m;

	*n = 0;
	while ((res = next_msg(c, &m)) == CHANNEL_MSG)
		(*n)++;
	return res;
}

ATF_TC(cut_packs);
ATF_TC_HEAD(cut_packs, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a pack that is cut anywhere, or has "
	    "a tail, is refused before its first message");
}
ATF_TC_BODY(cut_packs, tc)
{
	struct pair p;
	uint8_t     data[256];
	size_t      len, cut;
	int         before, n, nfds;

	before = open_fds();
	memset(data, 0, sizeof(data));
	len = make_pack(data, sizeof(data));
	for (cut = 1; cut <= len + 3; cut++) {
		/* At the end of a message it is a shorter pack. */
		nfds = cut < len ? 0 : 3;
		pair_open(&p);
		raw_send(p.raw, data, cut, nfds);
		if (cut == len) {
			ATF_CHECK_EQ(CHANNEL_AGAIN, read_on(p.relay, &n));
			ATF_CHECK_EQ(6, n);
		} else {
			ATF_CHECK_EQ_MSG(CHANNEL_BAD, read_on(p.relay, &n),
			    "cut after %zu bytes", cut);
			ATF_CHECK_EQ_MSG(0, n, "cut after %zu bytes", cut);
		}
		pair_close(&p);
		ATF_REQUIRE_EQ(before, open_fds());
	}
}

ATF_TC(wrong_descriptors);
ATF_TC_HEAD(wrong_descriptors, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a pack or a message with more or "
	    "fewer descriptors than it must have is refused");
}
ATF_TC_BODY(wrong_descriptors, tc)
{
	struct pair p;
	uint8_t     data[256];
	size_t      len;
	int         before, n, nfds;

	before = open_fds();
	for (nfds = 0; nfds < 40; nfds++) {
		len = make_pack(data, sizeof(data));
		pair_open(&p);
		raw_send(p.raw, data, len, nfds);
		ATF_CHECK_EQ_MSG(nfds == 3 ? CHANNEL_AGAIN : CHANNEL_BAD,
		    read_on(p.relay, &n), "%d descriptors", nfds);
		ATF_CHECK_EQ(nfds == 3 ? 6 : 0, n);
		pair_close(&p);
		/* The first message of the pack, alone. */
		pair_open(&p);
		raw_send(p.raw, data + MSG_HEADER_LEN + 2,
		    MSG_HEADER_LEN + NEW_LEN, nfds);
		ATF_CHECK_EQ_MSG(nfds == 1 ? CHANNEL_AGAIN : CHANNEL_BAD,
		    read_on(p.relay, &n), "%d descriptors", nfds);
		pair_close(&p);
		ATF_REQUIRE_EQ(before, open_fds());
	}
}

ATF_TC(every_byte);
ATF_TC_HEAD(every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no change of one byte of a pack "
	    "brings out a message that the gate would not let pass");
}
ATF_TC_BODY(every_byte, tc)
{
	struct pair p;
	struct msg *m;
	uint8_t     data[256];
	size_t      len, at;
	int         before, change;

	before = open_fds();
	len = make_pack(data, sizeof(data));
	for (at = 0; at < len; at++) {
		for (change = 1; change < 256; change += 1 + change / 4) {
			data[at] ^= (uint8_t)change;
			pair_open(&p);
			raw_send(p.raw, data, len, 3);
			while (next_msg(p.relay, &m) == CHANNEL_MSG)
				ATF_CHECK_EQ(MSG_OK,
				    msg_check(m->type, PROC_ROUTER, PROC_RELAY,
					m->len, m->fd != -1));
			pair_close(&p);
			data[at] ^= (uint8_t)change;
		}
	}
	ATF_CHECK_EQ(before, open_fds());
}

#define FITS 4

/* So many of FITS descriptors fit into the table: the first ones. */
static void
table_with_room(int room)
{
	struct pair p;
	struct wbuf b;
	struct msg *m;
	uint8_t     data[8];
	ino_t       inode[FITS];
	int         fill[512], n = 0, i;

	pair_open(&p);
	for (i = 0; i < FITS; i++) {
		wbuf_init(&b, data, sizeof(data));
		put_new(&b);
		ATF_REQUIRE_EQ(0,
		    channel_post(p.router, MSG_SESSION_NEW, (uint64_t)i, &b,
			some_fd(&inode[i])));
	}
	ATF_REQUIRE_EQ(0, channel_flush(p.router));
	while ((fill[n] = open("/dev/null", O_RDONLY)) != -1)
		n++;
	for (i = 0; i < room; i++)
		ATF_REQUIRE_EQ(0, close(fill[--n]));
	for (i = 0; i < FITS; i++) {
		ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.relay, &m));
		ATF_CHECK_EQ((uint64_t)i, m->id);
		ATF_CHECK_EQ_MSG(i < room, m->fd != -1, "%d of %d", i, room);
		if (m->fd != -1)
			ATF_CHECK_EQ(inode[i], inode_of(m->fd));
	}
	while (n > 0)
		ATF_REQUIRE_EQ(0, close(fill[--n]));
	wbuf_init(&b, data, sizeof(data));
	put_new(&b);
	ATF_REQUIRE_EQ(0,
	    channel_send(p.router, MSG_SESSION_NEW, 9, &b, some_fd(&inode[0])));
	ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.relay, &m));
	ATF_CHECK_EQ(inode[0], inode_of(m->fd));
	pair_close(&p);
}

ATF_TC(table_full);
ATF_TC_HEAD(table_full, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "descriptors that do not fit into our "
	    "table are lost; their messages and the channel are not");
}
ATF_TC_BODY(table_full, tc)
{
	struct rlimit rl;
	int           before, room;

	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &rl));
	rl.rlim_cur = 64;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &rl));
	before = open_fds();
	for (room = 0; room <= FITS; room++) {
		table_with_room(room);
		ATF_CHECK_EQ(before, open_fds());
	}
}

ATF_TC(bounded);
ATF_TC_HEAD(bounded, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a peer that does not read costs at "
	    "most the queue, and gets all of it when it reads again");
}
ATF_TC_BODY(bounded, tc)
{
	struct pair p;
	struct wbuf b;
	struct msg *m;
	uint8_t     data[26 * 600];
	uint64_t    sent = 0, got = 0;

	pair_open(&p);
	memset(data, 0, sizeof(data));
	wbuf_init(&b, data, sizeof(data));
	b.len = sizeof(data);
	while (channel_send(p.relay, MSG_SESSION_CLOSED, sent, &b, -1) == 0)
		sent++;
	ATF_CHECK_EQ(ENOBUFS, errno);
	ATF_CHECK(channel_wants_write(p.relay));
	ATF_CHECK(channel_queued(p.relay) <= CHANNEL_QUEUE_MAX);
	while (got < sent) {
		ATF_REQUIRE_EQ(0, channel_flush(p.relay));
		ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
		ATF_REQUIRE_EQ(got++, m->id);
	}
	ATF_CHECK_EQ(0, channel_queued(p.relay));
	ATF_CHECK(!channel_wants_write(p.relay));
	pair_close(&p);
}

ATF_TC(peer_gone);
ATF_TC_HEAD(peer_gone, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the last words of a peer are read, then its end");
}
ATF_TC_BODY(peer_gone, tc)
{
	struct pair p;
	struct wbuf b;
	struct msg *m;
	uint8_t     data[8];

	pair_open(&p);
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, 1);
	/* Unread words of ours make the socket say "reset" first. */
	ATF_REQUIRE_EQ(0,
	    channel_send(p.relay, MSG_SESSION_OPEN, 1,
		&(struct wbuf){ data, 7, 8, 0 }, -1));
	ATF_REQUIRE_EQ(0,
	    channel_send(p.router, MSG_SESSION_REFUSED, 7, &b, -1));
	channel_free(p.router);
	p.router = NULL;
	ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.relay, &m));
	ATF_CHECK_EQ(7, m->id);
	ATF_CHECK_EQ(CHANNEL_CLOSED, next_msg(p.relay, &m));
	ATF_CHECK_EQ(-1,
	    channel_send(p.relay, MSG_SESSION_OPEN, 1,
		&(struct wbuf){ data, 7, 8, 0 }, -1));
	ATF_CHECK_EQ(EPIPE, errno);
	pair_close(&p);
}

/* Stands in no memory as it is. */
static const uint8_t hidden[] = {
	0x31,
	0x9c,
	0x07,
	0xe2,
	0x5a,
	0xb8,
	0x44,
	0xd1,
	0x6e,
	0x13,
	0xf7,
	0x82,
};
#define MASK  0x5d
#define TIMES 20

/* A MSG_LOGIN_CHECK whose password is that, unmasked, so many times. */
static void
put_check(struct wbuf *b)
{
	size_t i;

	wbuf_u8(b, 4);
	wbuf_u32(b, 0x7f000001);
	for (i = 0; i < 16; i++)
		wbuf_u8(b, 0);
	wbuf_u8(b, 1);
	wbuf_u8(b, 'u');
	wbuf_u8(b, TIMES * sizeof(hidden));
	for (i = 0; i < TIMES * sizeof(hidden); i++)
		wbuf_u8(b, hidden[i % sizeof(hidden)] ^ MASK);
	ATF_REQUIRE(!b->bad);
}

/* A sanitizer's own memory is not to be read, and it keeps what is freed. */
static void
skip_if_sanitized(void)
{
#ifdef SANITIZE
	atf_tc_skip("a sanitizer keeps what is freed");
#endif
}

/* Whether it stands at p: only if all of it is there. */
static int
is_secret(const volatile uint8_t *p)
{
	size_t i;

	for (i = 0; i < sizeof(hidden); i++) {
		if ((p[i] ^ MASK) != hidden[i])
			return 0;
	}
	return 1;
}

/* Whether it stands anywhere in what this process can write. */
static int
seen(void)
{
	char      line[512], perms[8];
	uintptr_t low, high, p;
	FILE     *f;
	int       found = 0;

	ATF_REQUIRE((f = fopen("/proc/self/maps", "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &low, &high, perms) != 3 ||
		    strncmp(perms, "rw", 2) != 0)
			continue;
		for (p = low; p + sizeof(hidden) <= high && found == 0; p++)
			found = is_secret((const volatile uint8_t *)p);
	}
	ATF_REQUIRE_EQ(0, fclose(f));
	return found;
}

static void
post_check(struct channel *c)
{
	struct wbuf b;
	uint8_t     data[512];

	wbuf_init(&b, data, sizeof(data));
	put_check(&b);
	ATF_REQUIRE_EQ(0, channel_post(c, MSG_LOGIN_CHECK, 1, &b, -1));
	explicit_bzero(data, sizeof(data));
}

/* The ends of a relay, which sends, and of auth. */
static void
pair_open_auth(struct pair *p)
{
	int sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	p->relay = channel_new(sv[0], PROC_RELAY, PROC_AUTH, 0);
	p->router = channel_new(sv[1], PROC_AUTH, PROC_RELAY, 0);
	p->raw = sv[0];
	ATF_REQUIRE(p->router != NULL && p->relay != NULL);
}

ATF_TC(secrets_sent);
ATF_TC_HEAD(secrets_sent, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a password that the socket took, "
	    "alone or in a pack, is no longer in the sender's memory, and "
	    "after the next message not in the receiver's");
}
ATF_TC_BODY(secrets_sent, tc)
{
	struct pair p;
	struct msg *m;
	int         i, n;

	skip_if_sanitized();
	for (n = 1; n <= 5; n++) {
		pair_open_auth(&p);
		for (i = 0; i < n; i++)
			post_check(p.relay);
		ATF_CHECK(seen());
		ATF_REQUIRE_EQ(0, channel_flush(p.relay));
		ATF_CHECK_MSG(!seen(), "after a pack of %d", n);
		for (i = 0; i < n; i++) {
			ATF_REQUIRE_EQ(CHANNEL_MSG, channel_recv(p.router, &m));
			ATF_CHECK(is_secret(m->data + m->len - sizeof(hidden)));
		}
		ATF_CHECK_EQ(CHANNEL_AGAIN, channel_recv(p.router, &m));
		ATF_CHECK_MSG(!seen(), "after reading %d", n);
		pair_close(&p);
	}
}

ATF_TC(secrets_queued);
ATF_TC_HEAD(secrets_queued, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what a slow peer left in the queue "
	    "is wiped when it went on, and when the channel ends before");
}
ATF_TC_BODY(secrets_queued, tc)
{
	struct pair p;
	struct msg *m;
	int         end;

	skip_if_sanitized();
	for (end = 0; end <= 1; end++) {
		pair_open_auth(&p);
		while (!channel_wants_write(p.relay)) {
			post_check(p.relay);
			ATF_REQUIRE(channel_flush(p.relay) != -1);
		}
		post_check(p.relay);
		post_check(p.relay);
		ATF_REQUIRE(channel_flush(p.relay) != -1);
		post_check(p.relay);
		ATF_CHECK(seen());
		while (end == 0 &&
		    (channel_wants_write(p.relay) || channel_posted(p.relay))) {
			ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
			ATF_REQUIRE(channel_flush(p.relay) != -1);
		}
		while (end == 0 && next_msg(p.router, &m) == CHANNEL_MSG)
			continue;
		if (end == 1)
			pair_close(&p);
		ATF_CHECK_MSG(!seen(), end ? "at the end" : "when it is sent");
		if (end == 0)
			pair_close(&p);
	}
}

ATF_TC(secrets_unread);
ATF_TC_HEAD(secrets_unread, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a channel that ends amid a pack, or "
	    "because of what came in, leaves no password");
}
ATF_TC_BODY(secrets_unread, tc)
{
	struct pair p;
	struct wbuf b;
	struct msg *m;
	uint8_t     data[512];
	int         i;

	skip_if_sanitized();
	pair_open_auth(&p);
	for (i = 0; i < 3; i++)
		post_check(p.relay);
	ATF_REQUIRE_EQ(0, channel_flush(p.relay));
	ATF_REQUIRE_EQ(CHANNEL_MSG, next_msg(p.router, &m));
	ATF_CHECK(seen());
	pair_close(&p);
	ATF_CHECK_MSG(!seen(), "amid a pack");

	pair_open_auth(&p);
	wbuf_init(&b, data, sizeof(data));
	wbuf_u32(&b, MSG_HASH_JOB);
	wbuf_u64(&b, 1);
	put_check(&b);
	ATF_REQUIRE_EQ((ssize_t)b.len, send(p.raw, data, b.len, 0));
	explicit_bzero(data, sizeof(data));
	ATF_CHECK_EQ(CHANNEL_BAD, next_msg(p.router, &m));
	pair_close(&p);
	ATF_CHECK_MSG(!seen(), "refused");
}

ATF_TP_ADD_TCS(tp)
{
	/* As in every process of the daemon. */
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN },
	    NULL);
	ATF_TP_ADD_TC(tp, in_order);
	ATF_TP_ADD_TC(tp, one_datagram);
	ATF_TP_ADD_TC(tp, cut_packs);
	ATF_TP_ADD_TC(tp, wrong_descriptors);
	ATF_TP_ADD_TC(tp, every_byte);
	ATF_TP_ADD_TC(tp, table_full);
	ATF_TP_ADD_TC(tp, bounded);
	ATF_TP_ADD_TC(tp, peer_gone);
	ATF_TP_ADD_TC(tp, secrets_sent);
	ATF_TP_ADD_TC(tp, secrets_queued);
	ATF_TP_ADD_TC(tp, secrets_unread);
	return atf_no_error();
}
