/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How many sockets there are, how many are asked for, and what waits for
 * them: see line.h.
 *
 * Callbacks may drop numbers and thus free any lent socket but never the line.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "resolver/lent.h"
#include "resolver/line.h"

#define POOL_MAX      4     /* unused UDP sockets at hand */
#define POOL_AGE_MS   60000 /* this host's address may change */
#define ANSWER_AGE_MS 5000  /* c-ares waits no longer */
#define WANTED_AGE_MS 10000 /* then it is not coming */
#define PENDING_MAX   4096  /* messages without a socket */

struct packet {
	TAILQ_ENTRY(packet) entry;
	RB_ENTRY(packet)    data_node;
	RB_ENTRY(packet)    number_node;
	struct share       *share;  /* TCP: a socket is wanted */
	uint64_t            source; /* TCP */
	int                 number;
	size_t              len;
	const uint8_t      *data; /* behind it */
};

static unsigned int line_max(const struct line *);
static int          line_queue(struct line *, int, const uint8_t *, size_t);
static void         line_unqueue(struct line *, struct packet *);
static int  packet_cmp_data(const struct packet *, const struct packet *);
static int  packet_cmp_number(const struct packet *, const struct packet *);
static void line_ask(struct line *);
static void line_ask_tcp(struct line *);
static int  line_take(struct line *, struct packet *);
static void line_lend_tcp(struct line *, struct lent *);
static void line_heard(struct line *);
static void line_settle(struct line *);
static void line_flush(struct line *, struct lent *, unsigned int);
static void packet_asked(const struct line *, const struct packet *,
    struct line_asked *);
static struct lent *line_lent(struct line *);
static struct lent *line_pooled(struct line *);
static struct lent *line_share(struct line *);

RB_PROTOTYPE(packets_by_data, packet, data_node, packet_cmp_data)
RB_GENERATE(packets_by_data, packet, data_node, packet_cmp_data)
RB_PROTOTYPE(packets_by_number, packet, number_node, packet_cmp_number)
RB_GENERATE(packets_by_number, packet, number_node, packet_cmp_number)

void
line_init(struct line *ln, struct event_base *base, const struct msg_dns *m,
    const struct line_ops *ops, void *arg)
{
	memset(ln, 0, sizeof(*ln));
	ln->base = base;
	ln->ops = ops;
	ln->arg = arg;
	ln->server = *m;
	TAILQ_INIT(&ln->pool);
	TAILQ_INIT(&ln->lents);
	TAILQ_INIT(&ln->pending);
	RB_INIT(&ln->by_data);
	RB_INIT(&ln->by_number);
	shares_init(&ln->shares, LINE_TCP_MAX, LINE_TCP_PART, 1);
	line_ask(ln);
}

void
line_clear(struct line *ln)
{
	struct packet *p;
	struct lent   *l;

	while ((p = TAILQ_FIRST(&ln->pending)) != NULL)
		line_unqueue(ln, p);
	while ((l = TAILQ_FIRST(&ln->pool)) != NULL)
		lent_free(l);
	while ((l = TAILQ_FIRST(&ln->lents)) != NULL)
		lent_free(l);
	ln->nwanted = 0;
}

int
line_send(struct line *ln, int number, const uint8_t *data, size_t len)
{
	struct lent *l;

	if (len > LINE_MESSAGE_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (ln->npending > 0 || (l = line_lent(ln)) == NULL)
		return line_queue(ln, number, data, len);
	line_ask(ln);
	return lent_send(l, number, data, len);
}

void
line_drop(struct line *ln, int number)
{
	struct packet *p, *pnext, like;
	struct lent   *l, *lnext;

	memset(&like, 0, sizeof(like));
	like.number = number;
	p = RB_NFIND(packets_by_number, &ln->by_number, &like);
	for (; p != NULL && p->number == number; p = pnext) {
		pnext = RB_NEXT(packets_by_number, &ln->by_number, p);
		line_unqueue(ln, p);
	}
	TAILQ_FOREACH_SAFE(l, &ln->lents, entry, lnext)
		lent_drop(l, number);
}

/*
 * For UDP it takes the message that has waited longest and, when more wait than
 * sockets can come, its share of them.  What nobody asked for is closed.
 */
void
line_lend(struct line *ln, int fd)
{
	struct lent *l;

	if (ln->nwanted == 0 || (l = lent_new(ln, fd)) == NULL) {
		(void)close(fd);
		line_refuse(ln);
		return;
	}
	line_heard(ln);
	if (ln->server.tcp) {
		line_lend_tcp(ln, l);
		line_go_on(ln);
		return;
	}
	if (TAILQ_EMPTY(&ln->pending)) {
		if (ln->npool > POOL_MAX)
			lent_free(l);
		return;
	}
	if (lent_use(l) == -1)
		lent_free(l);
	else
		line_flush(ln, l,
		    (ln->npending + ln->nwanted) / (ln->nwanted + 1));
	line_go_on(ln);
}

/* One message that it was wanted for, or may have it now. */
static void
line_lend_tcp(struct line *ln, struct lent *l)
{
	struct packet *p;

	TAILQ_FOREACH(p, &ln->pending, entry)
		if (p->share != NULL)
			break;
	if (p == NULL)
		TAILQ_FOREACH(p, &ln->pending, entry)
			if (line_take(ln, p))
				break;
	if (p == NULL || lent_use(l) == -1) {
		lent_free(l);
		return;
	}
	l->share = p->share;
	p->share = NULL;
	(void)lent_send(l, p->number, p->data, p->len);
	line_unqueue(ln, p);
}

/* True if the source of a message gets a socket for it. */
static int
line_take(struct line *ln, struct packet *p)
{
	struct share_key key = { 0, p->source };

	p->share = share_take(&ln->shares, &key, SIZE_MAX);
	return p->share != NULL;
}

/* What was refused is not asked for again until there is more to send. */
void
line_refuse(struct line *ln)
{
	line_heard(ln);
	line_settle(ln);
}

void
line_go_on(struct line *ln)
{
	line_ask(ln);
	line_settle(ln);
}

static unsigned int
line_max(const struct line *ln)
{
	return ln->server.tcp ? LINE_TCP_MAX : LINE_UDP_MAX;
}

/*
 * A message waits only if there is something to wait for, and once: that it is
 * sent again before it was sent at all changes its number.
 */
static int
line_queue(struct line *ln, int number, const uint8_t *data, size_t len)
{
	struct packet *p, like;

	memset(&like, 0, sizeof(like));
	like.len = len;
	like.data = data;
	if ((p = RB_FIND(packets_by_data, &ln->by_data, &like)) != NULL) {
		(void)RB_REMOVE(packets_by_number, &ln->by_number, p);
		p->number = number;
		(void)RB_INSERT(packets_by_number, &ln->by_number, p);
		return 0;
	}
	if (ln->npending == PENDING_MAX ||
	    (p = malloc(sizeof(*p) + len)) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	p->share = NULL;
	p->source = ln->server.tcp ? ln->ops->whose(ln->arg, data, len) : 0;
	p->number = number;
	p->len = len;
	p->data = memcpy(p + 1, data, len);
	TAILQ_INSERT_TAIL(&ln->pending, p, entry);
	(void)RB_INSERT(packets_by_data, &ln->by_data, p);
	(void)RB_INSERT(packets_by_number, &ln->by_number, p);
	ln->npending++;
	line_ask(ln);
	if (ln->nwanted > 0 || ln->nlents > 0)
		return 0;
	line_unqueue(ln, p);
	errno = ENOTCONN;
	return -1;
}

static void
line_unqueue(struct line *ln, struct packet *p)
{
	TAILQ_REMOVE(&ln->pending, p, entry);
	(void)RB_REMOVE(packets_by_data, &ln->by_data, p);
	(void)RB_REMOVE(packets_by_number, &ln->by_number, p);
	share_release(&ln->shares, p->share);
	ln->npending--;
	free(p);
}

/*
 * One socket for each message that waits, and the pool full.  What was wanted
 * and never heard of again must not count for ever.
 */
static void
line_ask(struct line *ln)
{
	struct packet *p;
	unsigned int   need;
	uint64_t       now;

	now = clock_ms();
	if (ln->nwanted > 0 && now - ln->heard > WANTED_AGE_MS) {
		ln->nwanted = 0;
		TAILQ_FOREACH(p, &ln->pending, entry) {
			share_release(&ln->shares, p->share);
			p->share = NULL;
		}
	}
	if (ln->nwanted == 0)
		ln->heard = now;
	if (ln->server.tcp) {
		line_ask_tcp(ln);
		return;
	}
	need = ln->npending + POOL_MAX;
	while (ln->npool + ln->nwanted < need &&
	    ln->nlents + ln->npool + ln->nwanted < line_max(ln)) {
		if (ln->ops->want(ln->arg, &ln->server) == -1)
			return;
		ln->nwanted++;
	}
}

/*
 * One for each message whose source has not got its share.  A server that says
 * nothing for so long that nobody waits for it any more has its socket
 * closed, as there is no other end to it while there are questions.
 */
static void
line_ask_tcp(struct line *ln)
{
	struct packet *p;
	struct lent   *l, *next;
	unsigned int   need = 0;
	uint64_t       now = clock_ms();

	TAILQ_FOREACH_SAFE(l, &ln->lents, entry, next)
		if (now - l->used > ANSWER_AGE_MS)
			lent_free(l);
	TAILQ_FOREACH(p, &ln->pending, entry)
		if (p->share != NULL || line_take(ln, p))
			need++;
	while (ln->nwanted < need &&
	    ln->nlents + ln->npool + ln->nwanted < line_max(ln)) {
		if (ln->ops->want(ln->arg, &ln->server) == -1)
			return;
		ln->nwanted++;
	}
}

/* The router said yes or no to one wish. */
static void
line_heard(struct line *ln)
{
	if (ln->nwanted > 0)
		ln->nwanted--;
	ln->heard = clock_ms();
}

/*
 * When no socket is on its way any more, what
 * still waits shares a socket that is there, or fails.  TCP waits for a
 * socket to come free.
 */
static void
line_settle(struct line *ln)
{
	struct line_asked asked;
	struct packet    *p;
	struct lent      *l;

	while (ln->nwanted == 0 && (p = TAILQ_FIRST(&ln->pending)) != NULL) {
		if (ln->server.tcp && ln->nlents > 0)
			return;
		if (!ln->server.tcp && (l = line_share(ln)) != NULL) {
			line_flush(ln, l, PENDING_MAX);
			continue;
		}
		packet_asked(ln, p, &asked);
		line_unqueue(ln, p);
		ln->ops->failed(ln->arg, ln, &asked, ENOTCONN);
	}
}

/* Sends up to n messages that wait. */
static void
line_flush(struct line *ln, struct lent *l, unsigned int n)
{
	struct line_asked asked;
	struct packet    *p;
	int               error = 0;

	while (n-- > 0 && error == 0 &&
	    (p = TAILQ_FIRST(&ln->pending)) != NULL) {
		packet_asked(ln, p, &asked);
		if (lent_send(l, asked.number, p->data, p->len) == -1)
			error = errno;
		line_unqueue(ln, p);
	}
	if (error != 0)
		ln->ops->failed(ln->arg, ln, &asked, error);
}

static void
packet_asked(const struct line *ln, const struct packet *p,
    struct line_asked *asked)
{
	size_t head = ln->server.tcp ? LINE_TCP_LENGTH : 0;

	asked->number = p->number;
	asked->nkey = p->len < head ?
	    0 :
	    asked_key(p->data + head, p->len - head, asked->key);
}

/*
 * A socket for one more message: an unused one; none, if one can be waited
 * for; or at the limit the one that was not used for the longest time.
 */
static struct lent *
line_lent(struct line *ln)
{
	struct lent *l;

	if ((l = line_pooled(ln)) != NULL) {
		if (lent_use(l) == 0)
			return l;
		lent_free(l);
	}
	if (ln->nlents + ln->nwanted < line_max(ln) ||
	    (l = TAILQ_FIRST(&ln->lents)) == NULL)
		return NULL;
	if (clock_ms() - l->used > ANSWER_AGE_MS) {
		lent_free(l);
		return NULL;
	}
	return ln->server.tcp ? NULL : line_share(ln);
}

static struct lent *
line_pooled(struct line *ln)
{
	struct lent *l;
	uint64_t     now;

	now = clock_ms();
	while ((l = TAILQ_FIRST(&ln->pool)) != NULL) {
		if (now - l->used <= POOL_AGE_MS)
			return l;
		lent_free(l);
	}
	return NULL;
}

/* The socket that was not used for the longest time. */
static struct lent *
line_share(struct line *ln)
{
	struct lent *l;

	if ((l = TAILQ_FIRST(&ln->lents)) != NULL) {
		TAILQ_REMOVE(&ln->lents, l, entry);
		TAILQ_INSERT_TAIL(&ln->lents, l, entry);
	}
	return l;
}

static int
packet_cmp_data(const struct packet *a, const struct packet *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->data, b->data, a->len);
}

/* One number may have several; the least is found by no packet at all. */
static int
packet_cmp_number(const struct packet *a, const struct packet *b)
{
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->data == NULL || b->data == NULL)
		return (a->data != NULL) - (b->data != NULL);
	return packet_cmp_data(a, b);
}
