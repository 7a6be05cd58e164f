/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the gate, all codecs of messages and the receiver of a config.  An
 * input is a row of messages: a byte, two bytes of length, payload.  Every
 * codec sees every payload, and the receiver those with a low first byte, so
 * that old inputs keep their sense when types get other numbers.
 *
 * Holds for any input: what decodes encodes back to the bytes it came from,
 * the gate lets pass what decodes, and a config that arrived whole can be
 * sent on.
 */

#include "../unit/msg_kinds.h"
#include "conf_stream.h"

#define CONF_TYPES (MSG_CONF_END - MSG_CONF_BEGIN + 1)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void check_gate(uint32_t, size_t);
static void feed_conf(struct conf **, enum msg_type, const uint8_t *, size_t);
static void check_whole(const struct kind *, const uint8_t *, size_t);
static void check_list(const struct kind *, const uint8_t *, size_t);
static void skip_head(enum msg_type, struct rbuf *);
static int  gate_passes(uint32_t, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf;
	struct rbuf  r;
	uint8_t      first;
	size_t       i, len;

	conf = NULL;
	rbuf_init(&r, data, size);
	while (r.left > 0) {
		first = rbuf_u8(&r);
		len = rbuf_u16(&r) % (MSG_PAYLOAD_MAX + 1);
		if (len > r.left)
			len = r.left;
		data = rbuf_take(&r, len);
		if (r.bad)
			break;
		check_gate(first, len);
		for (i = 0; i < NKINDS; i++) {
			check_whole(&kinds[i], data, len);
			check_list(&kinds[i], data, len);
		}
		if (first < CONF_TYPES)
			feed_conf(&conf, MSG_CONF_BEGIN + first, data, len);
	}
	if (conf != NULL)
		conf_discard(conf);
	return 0;
}

/* Nobody talks to its own role, sends two descriptors, or too much. */
static void
check_gate(uint32_t type, size_t len)
{
	unsigned int from, to;

	for (from = 0; from <= PROC_MAX; from++) {
		must(msg_check(type, from, from, len, 0) != MSG_OK);
		for (to = 0; to <= PROC_MAX; to++) {
			must(msg_check(type, from, to, len, 2) != MSG_OK);
			must(msg_check(type, from, to, MSG_PAYLOAD_MAX + 1,
				 0) != MSG_OK);
		}
	}
}

static void
feed_conf(struct conf **conf, enum msg_type type, const uint8_t *p, size_t len)
{
	struct msg         m = { type, 0, p, len, -1 };
	enum conf_progress progress;

	if (stream_has_fd(type))
		m.fd = stream_fd();
	progress = conf_receive(conf, &m);
	must(progress != CONF_REFUSED || *conf == NULL);
	if (m.fd != -1)
		(void)close(m.fd);
	if (progress != CONF_COMPLETE)
		return;
	stream_check(*conf, PROC_ROUTER);
	stream_check(*conf, PROC_RESOLVER);
	stream_check(*conf, PROC_CONTROL);
	stream_check(*conf, PROC_AUTH);
	conf_discard(*conf);
	*conf = NULL;
}

static void
check_whole(const struct kind *k, const uint8_t *p, size_t len)
{
	static uint8_t   again[MSG_PAYLOAD_MAX];
	static union any a;
	struct rbuf      r;
	struct wbuf      w;
	size_t           i;

	memset(&a, 0, sizeof(a));
	rbuf_init(&r, p, len);
	if (k->get(&r, &a) == -1 || rbuf_done(&r) == 0)
		return;
	wbuf_init(&w, again, sizeof(again));
	k->put(&w, &a);
	must(w.bad == 0 && w.len == len);
	must(memcmp(again, p, len) == 0);
	for (i = 0; k->types[i] != MSG_NONE; i++)
		must(gate_passes(k->types[i], len));
}

/* Items until the end of the payload, each as its own bytes. */
static void
check_list(const struct kind *k, const uint8_t *p, size_t len)
{
	static uint8_t   again[MSG_PAYLOAD_MAX];
	static union any a;
	struct rbuf      r;
	struct wbuf      w;
	const uint8_t   *item;

	if (k->list == MSG_NONE)
		return;
	rbuf_init(&r, p, len);
	skip_head(k->list, &r);
	while (r.left > 0 && r.bad == 0) {
		item = r.data;
		memset(&a, 0, sizeof(a));
		if (k->get(&r, &a) == -1)
			return;
		wbuf_init(&w, again, sizeof(again));
		k->put(&w, &a);
		must(w.bad == 0 && w.len == (size_t)(r.data - item));
		must(memcmp(again, item, w.len) == 0);
	}
}

/* What stands before the items. */
static void
skip_head(enum msg_type type, struct rbuf *r)
{
	struct status_row status;
	struct list_head  head;

	if (type >= MSG_ROWS_OF(0) && type < MSG_ROWS_OF(LIST_MAX))
		(void)list_head_get(r, &head);
	else if (type == MSG_STATUS_RES)
		(void)status_row_get(r, &status);
}

static int
gate_passes(uint32_t type, size_t len)
{
	unsigned int from, to;

	for (from = 0; from < PROC_MAX; from++) {
		for (to = 0; to < PROC_MAX; to++) {
			if (msg_check(type, from, to, len, 0) == MSG_OK ||
			    msg_check(type, from, to, len, 1) == MSG_OK)
				return 1;
		}
	}
	return 0;
}
