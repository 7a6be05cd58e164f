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
 * Questions that wait for answers: see asked.h.
 *
 * Pure.  Linked by the resolver and unit tests.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/asked.h"

#define HEADER		12		/* RFC 1035, section 4.1.1 */
#define FLAGS		2		/* where they are in it */
#define FLAG_RESPONSE	0x80
#define NQUESTIONS	4
#define TYPE_CLASS	4		/* behind the name: section 4.1.2 */
#define LABEL_MAX	63

struct asked {
	TAILQ_ENTRY(asked)	 entry;
	uint8_t			 id[2];
	size_t			 len;		/* of the question */
	uint8_t			 question[];
};

static size_t		 question_len(const uint8_t *, size_t);
static int		 question_is(const uint8_t *, const uint8_t *, size_t);
static uint8_t		 lower(uint8_t);
static struct asked	*asked_find(const struct asked_list *, const uint8_t *,
			    size_t);

int
asked_add(struct asked_list *list, const uint8_t *msg, size_t len)
{
	struct asked	*a;
	size_t		 n;

	if ((n = question_len(msg, len)) == 0) {
		errno = EINVAL;
		return -1;
	}
	if (asked_find(list, msg, len) != NULL)
		return 0;
	if ((a = malloc(sizeof(*a) + n)) == NULL)
		return -1;
	memcpy(a->id, msg, sizeof(a->id));
	memcpy(a->question, msg + HEADER, n);
	a->len = n;
	TAILQ_INSERT_TAIL(list, a, entry);
	return 0;
}

int
asked_take(struct asked_list *list, const uint8_t *msg, size_t len)
{
	struct asked	*a;

	if ((a = asked_find(list, msg, len)) == NULL ||
	    (msg[FLAGS] & FLAG_RESPONSE) == 0)
		return 0;
	TAILQ_REMOVE(list, a, entry);
	free(a);
	return 1;
}

int
asked_has(const struct asked_list *list, const uint8_t *msg, size_t len)
{
	return asked_find(list, msg, len) != NULL;
}

int
asked_share(const struct asked_list *list, const struct asked_list *other)
{
	const struct asked	*a, *b;

	TAILQ_FOREACH(a, list, entry) {
		TAILQ_FOREACH(b, other, entry) {
			if (memcmp(a->id, b->id, sizeof(a->id)) == 0 &&
			    a->len == b->len &&
			    question_is(a->question, b->question, a->len))
				return 1;
		}
	}
	return 0;
}

int
asked_name(const uint8_t *msg, size_t len, char *name, size_t size)
{
	const uint8_t	*q = msg + HEADER;
	size_t		 i, n, end;

	if ((n = question_len(msg, len)) == 0)
		return -1;
	end = n - TYPE_CLASS - 1;	/* where the root's label is */
	if (end == 0 || end > size)
		return -1;
	for (i = 0, n = 0; i < end; i++) {
		if (n == 0) {
			n = q[i];
			if (i > 0)
				name[i - 1] = '.';
			continue;
		}
		if (q[i] == '\0' || q[i] == '.')
			return -1;
		name[i - 1] = (char)lower(q[i]);
		n--;
	}
	name[end - 1] = '\0';
	return q[end + 1] << 8 | q[end + 2];
}

void
asked_clear(struct asked_list *list)
{
	struct asked	*a;

	while ((a = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, a, entry);
		free(a);
	}
}

/* Bytes of the one question of a message, 0 if there is none or another. */
static size_t
question_len(const uint8_t *msg, size_t len)
{
	size_t	end = HEADER;

	if (len < HEADER || msg[NQUESTIONS] != 0 || msg[NQUESTIONS + 1] != 1)
		return 0;
	while (end < len && msg[end] != 0) {
		if (msg[end] > LABEL_MAX)
			return 0;
		end += 1 + (size_t)msg[end];
	}
	end += 1 + TYPE_CLASS;
	return end <= len ? end - HEADER : 0;
}

/* The bytes of a length are no letters, so the name is compared at once. */
static int
question_is(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t	i, name = len - TYPE_CLASS;

	for (i = 0; i < name; i++) {
		if (lower(a[i]) != lower(b[i]))
			return 0;
	}
	return memcmp(a + name, b + name, TYPE_CLASS) == 0;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static struct asked *
asked_find(const struct asked_list *list, const uint8_t *msg, size_t len)
{
	struct asked	*a;
	size_t		 n;

	if ((n = question_len(msg, len)) == 0)
		return NULL;
	TAILQ_FOREACH(a, list, entry) {
		if (memcmp(a->id, msg, sizeof(a->id)) == 0 && a->len == n &&
		    question_is(a->question, msg + HEADER, n))
			return a;
	}
	return NULL;
}
