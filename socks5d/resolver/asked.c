/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions that wait for answers: see asked.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/asked.h"

#define ID            2  /* bytes */
#define HEADER        12 /* RFC 1035, section 4.1.1 */
#define FLAGS         2  /* where they are in it */
#define RCODE         3
#define RCODE_BITS    0x0f
#define FLAG_RESPONSE 0x80
#define NQUESTIONS    4
#define TYPE_CLASS    4 /* behind the name: section 4.1.2 */
#define NRECORDS      7 /* of the answer, the low byte */
#define NADDITIONAL   10
#define OPT           11 /* bytes without data: RFC 6891 */
#define OPT_TYPE      41
#define OPT_SIZE      3 /* where it is in it */
#define LABEL_MAX     63

struct asked {
	TAILQ_ENTRY(asked) entry;
	int                number;
	size_t             len;
	uint8_t            key[];
};

static size_t        question_len(const uint8_t *, size_t);
static int           message_is_bare(const uint8_t *, size_t);
static struct asked *asked_of_id(const struct asked_list *, const uint8_t *);
static int           key_is(const uint8_t *, const uint8_t *, size_t);
static struct asked *asked_find(const struct asked_list *, const uint8_t *,
    size_t);

size_t
asked_key(const uint8_t *msg, size_t len, uint8_t *key)
{
	size_t n;

	if ((n = question_len(msg, len)) == 0)
		return 0;
	memcpy(key, msg, ID);
	memcpy(key + ID, msg + HEADER, n);
	return ID + n;
}

int
asked_add(struct asked_list *list, int number, const uint8_t *msg, size_t len)
{
	struct asked *a;
	uint8_t       key[ASKED_KEY_MAX];
	size_t        n;

	if ((n = asked_key(msg, len, key)) == 0) {
		errno = EINVAL;
		return -1;
	}
	if ((a = asked_find(list, key, n)) != NULL) {
		a->number = number;
		return 0;
	}
	if ((a = malloc(sizeof(*a) + n)) == NULL)
		return -1;
	memcpy(a->key, key, n);
	a->len = n;
	a->number = number;
	TAILQ_INSERT_TAIL(list, a, entry);
	return 0;
}

int
asked_take(struct asked_list *list, const uint8_t *msg, size_t len,
    uint8_t *key, size_t *nkey)
{
	struct asked *a;
	size_t        n;
	int           number;

	if (len < HEADER || (msg[FLAGS] & FLAG_RESPONSE) == 0)
		return -1;
	if (message_is_bare(msg, len))
		a = asked_of_id(list, msg);
	else if ((n = asked_key(msg, len, key)) != 0)
		a = asked_find(list, key, n);
	else
		a = NULL;
	if (a == NULL)
		return -1;
	memcpy(key, a->key, a->len);
	*nkey = a->len;
	number = a->number;
	TAILQ_REMOVE(list, a, entry);
	free(a);
	return number;
}

int
asked_first(const struct asked_list *list, uint8_t *key, size_t *nkey)
{
	const struct asked *a;

	if ((a = TAILQ_FIRST(list)) == NULL)
		return -1;
	memcpy(key, a->key, a->len);
	*nkey = a->len;
	return a->number;
}

void
asked_forget(struct asked_list *list, const uint8_t *key, size_t len)
{
	struct asked *a;

	if ((a = asked_find(list, key, len)) == NULL)
		return;
	TAILQ_REMOVE(list, a, entry);
	free(a);
}

void
asked_move(struct asked_list *to, struct asked_list *from)
{
	TAILQ_INIT(to);
	TAILQ_CONCAT(to, from, entry);
}

void
asked_drop(struct asked_list *list, int number, asked_again again, void *arg)
{
	struct asked *a, *next;
	int           other;

	TAILQ_FOREACH_SAFE(a, list, entry, next) {
		if (a->number != number)
			continue;
		other = again(arg, a->key, a->len);
		if (other != -1 && other != number) {
			a->number = other;
			continue;
		}
		TAILQ_REMOVE(list, a, entry);
		free(a);
	}
}

int
asked_name(const uint8_t *msg, size_t len, char *name, size_t size)
{
	const uint8_t *q = msg + HEADER;
	size_t         i, n, end;

	if ((n = question_len(msg, len)) == 0)
		return -1;
	end = n - TYPE_CLASS - 1; /* where the root's label is */
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
		name[i - 1] = (char)asked_lower(q[i]);
		n--;
	}
	name[end - 1] = '\0';
	return q[end + 1] << 8 | q[end + 2];
}

size_t
asked_plain(uint8_t *msg, size_t len, unsigned int size)
{
	uint8_t *opt;
	size_t   n, end;

	if ((n = question_len(msg, len)) == 0)
		return len;
	end = HEADER + n;
	opt = msg + end;
	if (len < end + OPT || msg[NRECORDS] != 0 || opt[0] != 0 ||
	    opt[1] != 0 || opt[2] != OPT_TYPE)
		return len;
	opt[OPT_SIZE] = size >> 8 & 0xff;
	opt[OPT_SIZE + 1] = size & 0xff;
	opt[OPT - 2] = opt[OPT - 1] = 0;
	return end + OPT;
}

/* EDNS is all that may come behind the question of what we ask. */
size_t
asked_bare(uint8_t *msg, size_t len)
{
	size_t n;

	if ((n = question_len(msg, len)) == 0)
		return len;
	memset(msg + NADDITIONAL, 0, 2);
	return HEADER + n;
}

void
asked_clear(struct asked_list *list)
{
	struct asked *a;

	while ((a = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, a, entry);
		free(a);
	}
}

/*
 * Bytes of the one question of a message, 0 if there is none, another one, or
 * a name that is too long.
 */
static size_t
question_len(const uint8_t *msg, size_t len)
{
	size_t end = HEADER;

	if (len < HEADER || msg[NQUESTIONS] != 0 || msg[NQUESTIONS + 1] != 1)
		return 0;
	while (end < len && msg[end] != 0) {
		if (msg[end] > LABEL_MAX)
			return 0;
		end += 1 + (size_t)msg[end];
	}
	end += 1 + TYPE_CLASS;
	return end <= len && end - HEADER <= ASKED_KEY_MAX - ID ? end - HEADER :
								  0;
}

/* An error without its question, which is all that some servers say. */
static int
message_is_bare(const uint8_t *msg, size_t len)
{
	return (msg[RCODE] & RCODE_BITS) != 0 &&
	    (len == HEADER ||
		(msg[NQUESTIONS] == 0 && msg[NQUESTIONS + 1] == 0));
}

/* The one question of this id; NULL if there are several. */
static struct asked *
asked_of_id(const struct asked_list *list, const uint8_t *id)
{
	struct asked *a, *found = NULL;

	TAILQ_FOREACH(a, list, entry) {
		if (memcmp(a->key, id, ID) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = a;
	}
	return found;
}

/*
 * Of the same length, with the same id, type and class.  The bytes of a length
 * are no letters, so the name is compared at once.
 */
static int
key_is(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t i, end = len - TYPE_CLASS;

	for (i = ID; i < end; i++) {
		if (asked_lower(a[i]) != asked_lower(b[i]))
			return 0;
	}
	return memcmp(a, b, ID) == 0 &&
	    memcmp(a + end, b + end, TYPE_CLASS) == 0;
}

uint8_t
asked_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static struct asked *
asked_find(const struct asked_list *list, const uint8_t *key, size_t len)
{
	struct asked *a;

	TAILQ_FOREACH(a, list, entry) {
		if (a->len == len && key_is(a->key, key, len))
			return a;
	}
	return NULL;
}
