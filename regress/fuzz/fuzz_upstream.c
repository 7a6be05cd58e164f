/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes what proxies answer.  Of an input the first byte says which protocol
 * and what is asked, the second how the answer is split; the answer is the
 * rest.
 *
 * Holds for any input: the verdict is the same however the answer was split,
 * bytes behind it are left alone and change nothing, what is said to the
 * proxy fits and has no line too many, a failure has a reason that may be
 * printed, and a success has none.
 */

#include <stdlib.h>
#include <string.h>

#include "upstream/hop.h"

struct outcome {
	enum hop_result      result;
	size_t               used;
	enum upstream_status status;
	uint8_t              rep;
	char                 text[UPSTREAM_TEXT_SIZE];
	size_t               nsaid;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void task_of(struct hop_task *, uint8_t);
static void play(uint8_t, const uint8_t *, size_t, unsigned int,
    struct outcome *);
static void check_said(const struct hop *, struct outcome *);
static void check_end(const struct hop *, const struct outcome *);
static void must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, o;

	if (size < 2)
		return 0;
	play(data[0], data + 2, size - 2, 0, &whole);
	must(whole.used <= size - 2);
	play(data[0], data + 2, size - 2, 1, &o);
	must(memcmp(&o, &whole, sizeof(o)) == 0);
	play(data[0], data + 2, size - 2, data[1] + 2U, &o);
	must(memcmp(&o, &whole, sizeof(o)) == 0);
	/* All of what belongs to it, and nothing else. */
	play(data[0], data + 2, whole.used, 0, &o);
	must(memcmp(&o, &whole, sizeof(o)) == 0);
	if (whole.used > 0 && whole.result != HOP_MORE) {
		play(data[0], data + 2, whole.used - 1, 0, &o);
		must(o.result == HOP_MORE);
	}
	return 0;
}

static void
task_of(struct hop_task *t, uint8_t how)
{
	memset(t, 0, sizeof(*t));
	t->protocol = (enum conf_protocol)(how % 3);
	t->udp = t->protocol == CONF_SOCKS5 && (how & 0x20) != 0 &&
	    (how & 0x80) != 0;
	if ((how & 0x10) != 0) {
		(void)strlcpy(t->user, "user", sizeof(t->user));
		(void)strlcpy(t->password, "secret", sizeof(t->password));
	}
	t->port = (how & 0x20) != 0 ? 0 : 443;
	if (!t->udp && (how & 0x40) != 0)
		(void)strlcpy(t->name, "a.example", sizeof(t->name));
	else if (t->port != 0)
		(void)addr_parse(&t->addr,
		    (how & 0x80) != 0 ? "2001:db8::1" : "192.0.2.1");
}

/* In pieces of so many bytes; 0 is all at once. */
static void
play(uint8_t how, const uint8_t *p, size_t len, unsigned int piece,
    struct outcome *o)
{
	struct hop *h;
	uint8_t    *mem;
	size_t      n, used;

	memset(o, 0, sizeof(*o));
	must((h = malloc(sizeof(*h))) != NULL);
	memset(h, 0x5a, sizeof(*h));
	task_of(&h->task, how);
	if ((o->result = hop_begin(h)) == HOP_SEND)
		check_said(h, o);
	while ((o->result == HOP_MORE || o->result == HOP_SEND) && len > 0) {
		n = piece == 0 || piece > len ? len : piece;
		must((mem = malloc(n)) != NULL);
		memcpy(mem, p, n);
		o->result = hop_take(h, mem, n, &used);
		free(mem);
		must(used > 0 && used <= n);
		must(used == n || o->result != HOP_MORE);
		if (o->result == HOP_SEND)
			check_said(h, o);
		o->used += used;
		p += used;
		len -= used;
	}
	if (o->result == HOP_SEND)
		o->result = HOP_MORE;
	check_end(h, o);
	o->status = h->status;
	o->rep = h->rep;
	if (o->result == HOP_FAILED)
		(void)strlcpy(o->text, h->text, sizeof(o->text));
	hop_clear(h);
	free(h);
}

static void
check_said(const struct hop *h, struct outcome *o)
{
	const uint8_t *p;
	size_t         i;

	must(h->outlen > 0 && h->outlen <= sizeof(h->out));
	o->nsaid += h->outlen;
	must(o->nsaid <= 2 * HOP_OUT_MAX);
	if (h->task.protocol != CONF_HTTP)
		return;
	for (i = 0, p = h->out; i + 4 < h->outlen; i++)
		must(memcmp(p + i, "\r\n\r\n", 4) != 0);
	must(memcmp(p + h->outlen - 4, "\r\n\r\n", 4) == 0);
}

static void
check_end(const struct hop *h, const struct outcome *o)
{
	size_t i;

	must((o->result == HOP_FAILED) == (h->status != UPSTREAM_OK));
	must((o->result == HOP_FAILED) == (h->rep != 0));
	must(h->rep <= 8 && h->status < UPSTREAM_STATUS_MAX);
	must(o->result != HOP_DONE || h->text[0] == '\0');
	must(o->result != HOP_DONE || !h->task.udp ||
	    (h->bound_port != 0 && h->bound.af != AF_UNSPEC));
	must(memchr(h->text, '\0', sizeof(h->text)) != NULL);
	for (i = 0; o->result == HOP_FAILED && h->text[i] != '\0'; i++)
		must(h->text[i] >= ' ' && h->text[i] <= '~');
}

static void
must(int truth)
{
	if (truth == 0)
		abort();
}
