/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Dials on sockets of the test, which plays the proxies: every protocol alone
 * and up to three of them one behind the other, with data right behind the
 * last answer, cut anywhere; and proxies that stall, leave and flood.
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "upstream/dial.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define LONG_MS 60000

/* What a proxy is asked by play_task(), and how it says that all is well. */
struct kind {
	enum conf_protocol protocol;
	const char        *user;
	size_t             nasks;
	struct {
		size_t      len;
		const char *ask;
		size_t      alen;
		const char *answer;
	} turns[3];
};

#define TURN(ask, answer)                                                      \
	{                                                                      \
		sizeof(ask) - 1, ask, sizeof(answer) - 1, answer               \
	}

static const struct kind kinds[] = {
	{ CONF_SOCKS5, "", 2,
	    { TURN("\5\1\0", "\5\0"),
		TURN("\5\1\0\1\300\0\2\11\0\120", "\5\0\0\3\2ab\0\1") } },
	{ CONF_SOCKS5, "user", 3,
	    { TURN("\5\1\2", "\5\2"), TURN("\1\4user\4pass", "\1\0"),
		TURN("\5\1\0\1\300\0\2\11\0\120", "\5\0\0\1abcdef") } },
	{ CONF_SOCKS4A, "user", 1,
	    { TURN("\4\1\0\120\300\0\2\11user\0", "\0\132abcdef") } },
	{ CONF_HTTP, "user", 1,
	    { TURN("CONNECT 192.0.2.9:80 HTTP/1.1\r\nHost: 192.0.2.9:80\r\n"
		   "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n",
		"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n") } },
};

static const char behind[] = "\5\0HTTP/1.1 200 OK\r\n\r\nof the client";

struct play {
	struct event_base       *base;
	struct dial             *dial;
	int                      proxy;  /* the far end */
	int                      router; /* its copy */
	int                      ndone;
	struct msg_upstream_done done;
};

static void play_open(struct play *, unsigned int);
static void play_task(struct play *, unsigned int, const struct kind *);
static void play_start(struct play *, uint32_t);
static void play_close(struct play *);
static void play_done(void *, struct dial *, const struct msg_upstream_done *);
static void turn(struct play *);
static void say(struct play *, const void *, size_t);
static void expect(int, const void *, size_t);
static void ask(struct play *, const struct kind *);
static size_t all_answers(const struct kind *, char *);
static int    is_open(int);

static void
play_open(struct play *p, unsigned int nhops)
{
	int sv[2];

	memset(p, 0, sizeof(*p));
	ATF_REQUIRE((p->base = event_base_new()) != NULL);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) ==
	    0);
	p->proxy = sv[0];
	ATF_REQUIRE((p->router = dup(sv[1])) != -1);
	p->dial = dial_new(p->base, 7, sv[1], nhops, play_done, p);
	ATF_REQUIRE(p->dial != NULL);
}

static void
play_task(struct play *p, unsigned int hop, const struct kind *k)
{
	struct hop_task *t = &p->dial->hops[hop].task;

	t->protocol = k->protocol;
	(void)strlcpy(t->user, k->user, sizeof(t->user));
	(void)strlcpy(t->password, "pass", sizeof(t->password));
	ATF_REQUIRE_EQ(0, addr_parse(&t->addr, "192.0.2.9"));
	t->port = 80;
}

static void
play_start(struct play *p, uint32_t ms)
{
	dial_start(p->dial, ms);
}

static void
play_close(struct play *p)
{
	dial_free(p->dial);
	(void)close(p->proxy);
	(void)close(p->router);
	event_base_free(p->base);
}

/* The router may use its copy from now on. */
static void
play_done(void *arg, struct dial *d, const struct msg_upstream_done *done)
{
	struct play *p = arg;

	ATF_CHECK_EQ(7, d->id);
	ATF_CHECK_EQ(-1, d->fd);
	p->ndone++;
	p->done = *done;
	dial_free(d);
	p->dial = NULL;
}

static void
turn(struct play *p)
{
	ATF_REQUIRE(event_base_loop(p->base, EVLOOP_NONBLOCK) != -1);
}

static void
say(struct play *p, const void *data, size_t len)
{
	ATF_REQUIRE_EQ((ssize_t)len, write(p->proxy, data, len));
	turn(p);
}

/* Just this is there to be read. */
static void
expect(int fd, const void *data, size_t len)
{
	char    got[4096];
	ssize_t n;

	n = read(fd, got, sizeof(got));
	ATF_REQUIRE_EQ_MSG((ssize_t)len, len == 0 && n == -1 ? 0 : n,
	    "%zd bytes instead of %zu", n, len);
	ATF_REQUIRE(memcmp(got, data, len) == 0);
}

/* A whole exchange with one proxy, each answer after what it answers. */
static void
ask(struct play *p, const struct kind *k)
{
	size_t i;

	for (i = 0; i < k->nasks; i++) {
		expect(p->proxy, k->turns[i].ask, k->turns[i].len);
		ATF_REQUIRE_EQ(0, p->ndone);
		if (i + 1 < k->nasks)
			say(p, k->turns[i].answer, k->turns[i].alen);
	}
}

static size_t
all_answers(const struct kind *k, char *dst)
{
	size_t i, n = 0;

	for (i = 0; i < k->nasks; i++) {
		memcpy(dst + n, k->turns[i].answer, k->turns[i].alen);
		n += k->turns[i].alen;
	}
	return n;
}

static int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

ATF_TC(takes_no_more);
ATF_TC_HEAD(takes_no_more, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what comes right behind the last "
	    "answer is left in the socket, however both are cut");
}
ATF_TC_BODY(takes_no_more, tc)
{
	struct play        p;
	const struct kind *k;
	char               last[512];
	size_t             i, cut, len;

	for (i = 0; i < nitems(kinds); i++) {
		k = &kinds[i];
		len = k->turns[k->nasks - 1].alen;
		memcpy(last, k->turns[k->nasks - 1].answer, len);
		memcpy(last + len, behind, sizeof(behind));
		len += sizeof(behind);
		for (cut = 0; cut < len; cut++) {
			play_open(&p, 1);
			play_task(&p, 0, k);
			play_start(&p, LONG_MS);
			ask(&p, k);
			if (cut > 0)
				say(&p, last, cut);
			say(&p, last + cut, len - cut);
			ATF_REQUIRE_EQ(1, p.ndone);
			ATF_CHECK_EQ(UPSTREAM_OK, p.done.status);
			ATF_CHECK_EQ(0, p.done.rep);
			ATF_CHECK_STREQ("", p.done.text);
			expect(p.router, behind, sizeof(behind));
			play_close(&p);
		}
	}
}

ATF_TC(byte_by_byte);
ATF_TC_HEAD(byte_by_byte, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "three hops of any protocols, each "
	    "answer byte by byte, and data behind the last of them");
}
ATF_TC_BODY(byte_by_byte, tc)
{
	struct play        p;
	const struct kind *k;
	size_t             i, n, t, b;

	for (i = 0; i < nitems(kinds) * nitems(kinds) * nitems(kinds); i++) {
		play_open(&p, 3);
		for (n = 0, t = i; n < 3; n++, t /= nitems(kinds))
			play_task(&p, (unsigned int)n,
			    &kinds[t % nitems(kinds)]);
		play_start(&p, LONG_MS);
		for (n = 0, t = i; n < 3; n++, t /= nitems(kinds)) {
			k = &kinds[t % nitems(kinds)];
			ask(&p, k);
			for (b = 0; b < k->turns[k->nasks - 1].alen; b++)
				say(&p, k->turns[k->nasks - 1].answer + b, 1);
		}
		ATF_REQUIRE_EQ(1, p.ndone);
		ATF_CHECK_EQ(UPSTREAM_OK, p.done.status);
		ATF_CHECK_EQ(2, p.done.hop);
		say(&p, behind, sizeof(behind));
		expect(p.router, behind, sizeof(behind));
		play_close(&p);
	}
}

ATF_TC(answers_ahead);
ATF_TC_HEAD(answers_ahead, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "proxies that answer before they are "
	    "asked are heard in order, and take nothing of what is behind");
}
ATF_TC_BODY(answers_ahead, tc)
{
	struct play p;
	char        data[1024];
	size_t      i, n, t, len;

	for (i = 0; i < nitems(kinds) * nitems(kinds) * nitems(kinds); i++) {
		play_open(&p, 3);
		for (n = len = 0, t = i; n < 3; n++, t /= nitems(kinds)) {
			play_task(&p, (unsigned int)n,
			    &kinds[t % nitems(kinds)]);
			len += all_answers(&kinds[t % nitems(kinds)],
			    data + len);
		}
		memcpy(data + len, behind, sizeof(behind));
		ATF_REQUIRE(write(p.proxy, data, len + sizeof(behind)) > 0);
		play_start(&p, LONG_MS);
		turn(&p);
		ATF_REQUIRE_EQ(1, p.ndone);
		ATF_CHECK_EQ(UPSTREAM_OK, p.done.status);
		expect(p.router, behind, sizeof(behind));
		play_close(&p);
	}
}

ATF_TC(closed_anywhere);
ATF_TC_HEAD(closed_anywhere, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a proxy that leaves after any byte "
	    "of its answers is reported as gone, with the hop that it was");
}
ATF_TC_BODY(closed_anywhere, tc)
{
	struct sigaction ignore;
	struct play      p;
	char             data[1024];
	size_t           i, n, len, cut;

	/* As child_begin() does. */
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	ATF_REQUIRE_EQ(0, sigaction(SIGPIPE, &ignore, NULL));
	for (i = 0; i < nitems(kinds) * nitems(kinds); i++) {
		len = all_answers(&kinds[i % nitems(kinds)], data);
		n = len;
		len += all_answers(&kinds[i / nitems(kinds)], data + len);
		for (cut = 0; cut < len; cut++) {
			play_open(&p, 2);
			play_task(&p, 0, &kinds[i % nitems(kinds)]);
			play_task(&p, 1, &kinds[i / nitems(kinds)]);
			play_start(&p, LONG_MS);
			ATF_REQUIRE_EQ((ssize_t)cut, write(p.proxy, data, cut));
			/* What is not read makes a reset of the end. */
			if (cut % 2 == 0) {
				turn(&p);
				while (read(p.proxy, data + len, 100) > 0)
					;
			}
			(void)close(p.proxy);
			turn(&p);
			turn(&p);
			ATF_REQUIRE_EQ(1, p.ndone);
			ATF_CHECK_EQ(UPSTREAM_CLOSED, p.done.status);
			ATF_CHECK_EQ(1, p.done.rep);
			ATF_CHECK(p.done.hop <= (cut < n ? 0 : 1));
			ATF_CHECK(p.done.text[0] != '\0');
			p.proxy = -1;
			play_close(&p);
		}
	}
}

ATF_TC(asked);
ATF_TC_HEAD(asked, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what a proxy does once all of the "
	    "request was sent may be the target's doing: leaving, silence, "
	    "half a reply, a wrong one; what it does before, or in another "
	    "tongue, is its own");
}
ATF_TC_BODY(asked, tc)
{
	static char      junk[4096];
	struct sigaction ignore;
	struct play      p;
	size_t           i, n, how, last;
	int              is_asked, foreign;

	/* As child_begin() does. */
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	ATF_REQUIRE_EQ(0, sigaction(SIGPIPE, &ignore, NULL));
	for (i = 0; i < nitems(kinds); i++) {
		last = kinds[i].nasks - 1;
		for (n = 0; n < 6 * kinds[i].nasks; n++) {
			play_open(&p, 1);
			play_task(&p, 0, &kinds[i]);
			how = n % 6;
			/* The request does not get out of here. */
			while (how == 5 &&
			    (write(p.router, junk, sizeof(junk)) > 0 ||
				write(p.router, junk, 1) == 1))
				;
			play_start(&p, how == 1 || how == 5 ? 20 : LONG_MS);
			if (how != 5 && n / 6 > 0)
				say(&p, kinds[i].turns[0].answer,
				    kinds[i].turns[0].alen);
			if (how != 5 && n / 6 > 1)
				say(&p, kinds[i].turns[1].answer,
				    kinds[i].turns[1].alen);
			is_asked = n / 6 == last && how != 5;
			foreign = 0;
			switch (how) {
			case 0: /* reset: what it was told is unread */
				(void)close(p.proxy);
				p.proxy = -1;
				break;
			case 2: /* half a reply */
				say(&p, kinds[i].turns[n / 6].answer, 1);
				/* FALLTHROUGH */
			case 3:
				(void)shutdown(p.proxy, SHUT_WR);
				break;
			case 4:
				foreign = kinds[i].protocol != CONF_SOCKS5;
				say(&p, foreign ? "x" : "\7", 1);
				break;
			}
			turn(&p);
			if (p.ndone == 0)
				ATF_REQUIRE(how == 1 || how == 5);
			while (p.ndone == 0)
				ATF_REQUIRE(event_base_loop(p.base,
						EVLOOP_ONCE) != -1);
			ATF_CHECK_EQ(1, p.ndone);
			ATF_CHECK_EQ_MSG(is_asked && !foreign, p.done.asked,
			    "kind %zu, turn %zu, how %zu: %s", i, n / 6, how,
			    p.done.text);
			play_close(&p);
		}
		/* Its words, but none that it may say. */
		play_open(&p, 1);
		play_task(&p, 0, &kinds[i]);
		play_start(&p, LONG_MS);
		for (n = 0; n < last; n++)
			say(&p, kinds[i].turns[n].answer,
			    kinds[i].turns[n].alen);
		switch (kinds[i].protocol) {
		case CONF_SOCKS5:
			say(&p, "\7", 1);
			break;
		case CONF_SOCKS4A:
			say(&p, "\0\1", 2);
			break;
		case CONF_HTTP:
			say(&p, "HTTP/1.1 600", 12);
			break;
		}
		ATF_REQUIRE_EQ(1, p.ndone);
		ATF_CHECK_EQ(UPSTREAM_PROTOCOL, p.done.status);
		ATF_CHECK_EQ(1, p.done.asked);
		play_close(&p);
	}
}

ATF_TC(refused);
ATF_TC_HEAD(refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who refuses is told with what it "
	    "said, and what else it says stays where it is");
}
ATF_TC_BODY(refused, tc)
{
	struct play p;

	play_open(&p, 2);
	play_task(&p, 0, &kinds[2]);
	play_task(&p, 1, &kinds[3]);
	play_start(&p, LONG_MS);
	ask(&p, &kinds[2]);
	say(&p, kinds[2].turns[0].answer, kinds[2].turns[0].alen);
	expect(p.proxy, kinds[3].turns[0].ask, kinds[3].turns[0].len);
	say(&p, "HTTP/1.1 403 Go away\r\nA: b\r\n\r\nx", 31);
	ATF_REQUIRE_EQ(1, p.ndone);
	ATF_CHECK_EQ(UPSTREAM_REFUSED, p.done.status);
	ATF_CHECK_EQ(2, p.done.rep);
	ATF_CHECK_EQ(1, p.done.hop);
	ATF_CHECK_STREQ("HTTP 403 Go away", p.done.text);
	expect(p.router, "A: b\r\n\r\nx", 9);
	play_close(&p);
}

ATF_TC(unfit);
ATF_TC_HEAD(unfit, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what the second hop cannot be told is "
	    "known when the first has answered, and nothing is sent to it");
}
ATF_TC_BODY(unfit, tc)
{
	struct play p;

	play_open(&p, 2);
	play_task(&p, 0, &kinds[2]);
	play_task(&p, 1, &kinds[2]);
	ATF_REQUIRE_EQ(0,
	    addr_parse(&p.dial->hops[1].task.addr, "2001:db8::1"));
	play_start(&p, LONG_MS);
	ask(&p, &kinds[2]);
	say(&p, kinds[2].turns[0].answer, kinds[2].turns[0].alen);
	ATF_REQUIRE_EQ(1, p.ndone);
	ATF_CHECK_EQ(UPSTREAM_UNFIT, p.done.status);
	ATF_CHECK_EQ(1, p.done.hop);
	expect(p.proxy, "", 0);
	play_close(&p);
}

ATF_TC(reads_late);
ATF_TC_HEAD(reads_late, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a proxy that does not read is waited "
	    "for, and gets all in the end");
}
ATF_TC_BODY(reads_late, tc)
{
	static char junk[4096];
	struct play p;
	char        got[sizeof(junk)];
	size_t      i, sent, n;
	ssize_t     r;

	for (i = 0; i < nitems(kinds); i++) {
		play_open(&p, 1);
		play_task(&p, 0, &kinds[i]);
		sent = 0;
		while ((r = write(p.router, junk, sizeof(junk))) > 0)
			sent += (size_t)r;
		while (write(p.router, junk, 1) == 1)
			sent++;
		play_start(&p, LONG_MS);
		turn(&p);
		for (n = 0; n < sent; n += (size_t)r) {
			r = read(p.proxy, got,
			    sent - n < sizeof(got) ? sent - n : sizeof(got));
			ATF_REQUIRE(r > 0);
			turn(&p);
		}
		turn(&p);
		ask(&p, &kinds[i]);
		n = kinds[i].nasks - 1;
		say(&p, kinds[i].turns[n].answer, kinds[i].turns[n].alen);
		ATF_CHECK_EQ(1, p.ndone);
		ATF_CHECK_EQ(UPSTREAM_OK, p.done.status);
		play_close(&p);
	}
}

ATF_TC(one_deadline);
ATF_TC_HEAD(one_deadline, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "there is one deadline for all, which "
	    "bytes now and then do not move");
}
ATF_TC_BODY(one_deadline, tc)
{
	struct play    p;
	struct timeval tv = { 0, 1000 };
	const char    *next = "HTTP/1.1 200 OK\r\n";
	size_t         i;
	unsigned int   turns = 0;

	for (i = 0; i < nitems(kinds); i++) {
		play_open(&p, 1);
		play_task(&p, 0, &kinds[i]);
		play_start(&p, 20);
		while (p.ndone == 0) {
			if (kinds[i].protocol == CONF_HTTP) {
				say(&p, *next == '\0' ? "a" : next, 1);
				next += *next != '\0';
				turns++;
			}
			if (p.ndone > 0)
				break;
			(void)event_base_loopexit(p.base, &tv);
			ATF_REQUIRE(event_base_dispatch(p.base) != -1);
		}
		ATF_CHECK_EQ(1, p.ndone);
		ATF_CHECK_EQ(UPSTREAM_TIMEOUT, p.done.status);
		/* SOCKS5 has not got as far as to say where to. */
		ATF_CHECK_EQ(kinds[i].protocol == CONF_SOCKS5 ? 1 : 6,
		    p.done.rep);
		play_close(&p);
	}
	ATF_CHECK(turns > 1);
}

ATF_TC(floods);
ATF_TC_HEAD(floods, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a proxy that sends without end is "
	    "ended at a bound");
}
ATF_TC_BODY(floods, tc)
{
	static char  x[4096];
	struct play  p;
	unsigned int i;

	memset(x, 'x', sizeof(x));
	play_open(&p, 1);
	play_task(&p, 0, &kinds[3]);
	play_start(&p, LONG_MS);
	say(&p, "HTTP/1.1 200 ", 13);
	for (i = 0; p.ndone == 0; i++) {
		ATF_REQUIRE(i <= HOP_HEAD_MAX / sizeof(x));
		say(&p, x, sizeof(x));
	}
	ATF_CHECK_EQ(UPSTREAM_PROTOCOL, p.done.status);
	play_close(&p);
}

ATF_TC(given_up);
ATF_TC_HEAD(given_up, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a dial that is given up says nothing "
	    "any more and leaves no descriptor");
}
ATF_TC_BODY(given_up, tc)
{
	struct play p;
	size_t      i, n;
	int         fd;

	for (i = 0; i < nitems(kinds); i++) {
		for (n = 0; n < kinds[i].nasks; n++) {
			play_open(&p, 1);
			play_task(&p, 0, &kinds[i]);
			fd = p.dial->fd;
			play_start(&p, LONG_MS);
			if (n > 0)
				say(&p, kinds[i].turns[0].answer,
				    kinds[i].turns[0].alen);
			ATF_CHECK(is_open(fd));
			dial_free(p.dial);
			p.dial = NULL;
			ATF_CHECK(!is_open(fd));
			say(&p, "anything", 8);
			turn(&p);
			ATF_CHECK_EQ(0, p.ndone);
			expect(p.router, "anything", 8);
			play_close(&p);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, takes_no_more);
	ATF_TP_ADD_TC(tp, byte_by_byte);
	ATF_TP_ADD_TC(tp, answers_ahead);
	ATF_TP_ADD_TC(tp, closed_anywhere);
	ATF_TP_ADD_TC(tp, asked);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, unfit);
	ATF_TP_ADD_TC(tp, reads_late);
	ATF_TP_ADD_TC(tp, one_deadline);
	ATF_TP_ADD_TC(tp, floods);
	ATF_TP_ADD_TC(tp, given_up);
	return atf_no_error();
}
