/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */
/*
 * The turns of name servers: see turns.h.
 *
 * Pure.  Linked by the resolver and unit tests.  What is not sent again for a
 * minute is forgotten: no question lasts that long.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "resolver/asked.h"
#include "resolver/turns.h"

struct turn {
	RB_ENTRY(turn)		 node;
	TAILQ_ENTRY(turn)	 entry;		/* the last sent at the end */
	uint64_t		 sent;
	size_t			 len;		/* of the message */
	unsigned int		 server;
	int			 number;
	int			 tcp;
	size_t			 nkey;
	uint8_t			 key[ASKED_KEY_MAX];
};
RB_HEAD(turn_tree, turn);
TAILQ_HEAD(turn_list, turn);

struct turns {
	struct turn_tree	 tree;
	struct turn_list	 list;
	unsigned int		 n;
	unsigned int		 nservers;
};

static struct turn	*turn_find(struct turns *, const uint8_t *,
			    size_t);
static struct turn	*turn_new(struct turns *, const uint8_t *, size_t);
static void		 turn_free(struct turns *, struct turn *);
static int		 turn_cmp(const struct turn *, const struct turn *);

RB_PROTOTYPE(turn_tree, turn, node, turn_cmp)
RB_GENERATE(turn_tree, turn, node, turn_cmp)

struct turns *
turns_new(void)
{
	struct turns	*ts;

	if ((ts = calloc(1, sizeof(*ts))) == NULL)
		return NULL;
	RB_INIT(&ts->tree);
	TAILQ_INIT(&ts->list);
	return ts;
}

void
turns_free(struct turns *ts)
{
	if (ts == NULL)
		return;
	turns_reset(ts, 0);
	free(ts);
}

void
turns_reset(struct turns *ts, unsigned int nservers)
{
	struct turn	*t;

	while ((t = TAILQ_FIRST(&ts->list)) != NULL)
		turn_free(ts, t);
	ts->nservers = nservers;
}

unsigned int
turns_take(struct turns *ts, const uint8_t *msg, size_t len, int tcp,
    int number, uint64_t now)
{
	struct turn	*t;
	uint8_t		 key[ASKED_KEY_MAX];
	size_t		 n;

	while ((t = TAILQ_FIRST(&ts->list)) != NULL &&
	    now - t->sent > TURNS_AGE_MS)
		turn_free(ts, t);
	if (ts->nservers == 0 || (n = asked_key(msg, len, key)) == 0)
		return 0;
	if ((t = turn_find(ts, key, n)) == NULL) {
		if ((t = turn_new(ts, key, n)) == NULL)
			return 0;
		t->tcp = tcp;
	} else if (tcp && !t->tcp)
		t->tcp = 1;
	else if (len >= t->len)
		t->server = (t->server + 1) % ts->nservers;
	t->len = len;
	t->number = number;
	t->sent = now;
	TAILQ_REMOVE(&ts->list, t, entry);
	TAILQ_INSERT_TAIL(&ts->list, t, entry);
	return t->server;
}

int
turns_number(struct turns *ts, const uint8_t *key, size_t len)
{
	struct turn	*t;

	return (t = turn_find(ts, key, len)) == NULL ? -1 : t->number;
}

static struct turn *
turn_find(struct turns *ts, const uint8_t *key, size_t len)
{
	struct turn	like;

	memcpy(like.key, key, len);
	like.nkey = len;
	return RB_FIND(turn_tree, &ts->tree, &like);
}

static struct turn *
turn_new(struct turns *ts, const uint8_t *key, size_t len)
{
	struct turn	*t;

	if (ts->n == TURNS_MAX)
		turn_free(ts, TAILQ_FIRST(&ts->list));
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	memcpy(t->key, key, len);
	t->nkey = len;
	(void)RB_INSERT(turn_tree, &ts->tree, t);
	TAILQ_INSERT_TAIL(&ts->list, t, entry);
	ts->n++;
	return t;
}

static void
turn_free(struct turns *ts, struct turn *t)
{
	(void)RB_REMOVE(turn_tree, &ts->tree, t);
	TAILQ_REMOVE(&ts->list, t, entry);
	ts->n--;
	free(t);
}

static int
turn_cmp(const struct turn *a, const struct turn *b)
{
	if (a->nkey != b->nkey)
		return a->nkey < b->nkey ? -1 : 1;
	return memcmp(a->key, b->key, a->nkey);
}
