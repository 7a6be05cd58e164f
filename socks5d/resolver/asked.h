/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The questions that one datagram socket waits for answers to, and which
 * datagrams may be taken for them.
 *
 * Pure.  Looks at the header and the question of a message (RFC 1035, sections
 * 4.1.1 and 4.1.2) and no further.
 */

#ifndef RESOLVER_ASKED_H
#define RESOLVER_ASKED_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

struct asked;

/* The most bytes of a key: id, the longest name, type and class. */
#define ASKED_KEY_MAX (2 + 255 + 4)

/* The same of a question with a header, and EDNS without options. */
#define ASKED_MESSAGE_MAX (12 + 255 + 4 + 11)

TAILQ_HEAD(asked_list, asked);

/*
 * Writes the key of a message, its id and its question, and gives its length:
 * 0 if it is no message with one question.
 */
size_t asked_key(const uint8_t *, size_t, uint8_t *key);

/* The number under which the question of this key goes on, or -1. */
typedef int (*asked_again)(void *arg, const uint8_t *key, size_t);

/*
 * The question of this message waits from now on under this number, once
 * however often it is added.  -1 with errno: EINVAL if it is no message with
 * one question, ENOMEM.
 */
int asked_add(struct asked_list *, int number, const uint8_t *, size_t);

/*
 * The number of the question that this message answers, and which then waits
 * no more; its key, of up to ASKED_KEY_MAX bytes, is written.  -1 if there is
 * none.  An answer is a response with the id and the question.  Letters are
 * the same in upper and lower case, as servers need not give them back as they
 * came.  An error may come without its question (as from servers that did not
 * get as far as to read it), if the id is that of one question alone.
 */
int asked_take(struct asked_list *, const uint8_t *, size_t, uint8_t *key,
    size_t *nkey);

/* Number and key of the question that waits longest, or -1. */
int asked_first(const struct asked_list *, uint8_t *key, size_t *nkey);

/* The question of this key waits no more. */
void asked_forget(struct asked_list *, const uint8_t *key, size_t);

/* Moves all from the second list to the first, which is empty. */
void asked_move(struct asked_list *, struct asked_list *);

/* Those of a number wait no more, but for those that go on under another. */
void asked_drop(struct asked_list *, int number, asked_again, void *arg);

/*
 * The type that a message asks for and the name, in lower case; -1 if it has
 * not one question, or the name has a NUL or a dot in a label or is too long.
 */
int asked_name(const uint8_t *, size_t, char *name, size_t);

/*
 * Takes the options of EDNS from a question, if it has any, and says that so
 * many bytes may be answered by UDP; its new length.  What is behind them
 * goes, too.
 */
size_t asked_plain(uint8_t *, size_t, unsigned int size);

/* Takes EDNS itself from it; its new length. */
size_t asked_bare(uint8_t *, size_t);

/* As DNS has it: RFC 4343. */
uint8_t asked_lower(uint8_t);

void asked_clear(struct asked_list *);

#endif /* RESOLVER_ASKED_H */
