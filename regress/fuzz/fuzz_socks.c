/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the SOCKS5 codec with what a client sends: a greeting, a login if it
 * offers one, a request.
 *
 * Holds for any input: the verdict on a message is the same however it was
 * split and whatever stands behind it, and what decodes encodes back to the
 * bytes it came from.
 */

#include <stdlib.h>
#include <string.h>

#include "socks/socks.h"

enum kind {
	GREETING,
	LOGIN,
	REQUEST,
	END,
};

struct outcome {
	enum socks_status     status;
	size_t                used;
	struct socks_greeting greeting;
	struct socks_login    login;
	struct socks_request  request;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void   decode(enum kind, const uint8_t *, size_t, struct outcome *);
static void   check_splits(enum kind, const uint8_t *, size_t,
      const struct outcome *);
static void   check_again(enum kind, const uint8_t *, const struct outcome *);
static size_t put_login(uint8_t *, const struct socks_login *);
static enum kind after(enum kind, const struct outcome *);
static void      must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome o;
	enum kind      kind;

	for (kind = GREETING; kind != END; kind = after(kind, &o)) {
		decode(kind, data, size, &o);
		check_splits(kind, data, size, &o);
		if (o.status != SOCKS_DONE)
			return 0;
		check_again(kind, data, &o);
		data += o.used;
		size -= o.used;
	}
	return 0;
}

static void
decode(enum kind kind, const uint8_t *p, size_t len, struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	switch (kind) {
	case GREETING:
		o->status = socks_get_greeting(p, len, &o->greeting, &o->used);
		break;
	case LOGIN:
		o->status = socks_get_login(p, len, &o->login, &o->used);
		break;
	case REQUEST:
		o->status = socks_get_request(p, len, &o->request, &o->used);
		break;
	case END:
		break;
	}
	must(o->used <= len);
	must((o->status == SOCKS_DONE) == (o->used > 0));
}

/*
 * A reader that gets one byte at a time sees every cut: it must want more up
 * to some byte, and from there on have the verdict on the whole.
 */
static void
check_splits(enum kind kind, const uint8_t *p, size_t len,
    const struct outcome *whole)
{
	struct outcome o;
	uint8_t       *mem;
	size_t         n;
	int            settled;

	settled = 0;
	if (len > SOCKS_LOGIN_MAX + 1)
		len = SOCKS_LOGIN_MAX + 1;
	for (n = 0; n <= len; n++) {
		must((mem = malloc(n > 0 ? n : 1)) != NULL);
		memcpy(mem, p, n);
		decode(kind, mem, n, &o);
		free(mem);
		if (o.status == SOCKS_MORE) {
			must(!settled);
			continue;
		}
		must(settled || o.status != SOCKS_DONE || n == whole->used);
		settled = 1;
		must(memcmp(&o, whole, sizeof(o)) == 0);
	}
	must(settled == (whole->status != SOCKS_MORE));
}

static void
check_again(enum kind kind, const uint8_t *p, const struct outcome *o)
{
	uint8_t again[SOCKS_LOGIN_MAX];
	size_t  len;

	len = 0;
	switch (kind) {
	case GREETING:
		len = socks_put_greeting(again, &o->greeting);
		break;
	case LOGIN:
		len = put_login(again, &o->login);
		break;
	case REQUEST:
		len = socks_put_request(again, &o->request);
		break;
	case END:
		break;
	}
	must(len == o->used);
	must(memcmp(again, p, len) == 0);
}

/* RFC 1929, section 2; the daemon itself never sends one. */
static size_t
put_login(uint8_t *dst, const struct socks_login *l)
{
	dst[0] = SOCKS_LOGIN_VERSION;
	dst[1] = l->userlen;
	memcpy(dst + 2, l->user, l->userlen);
	dst[2 + l->userlen] = l->passlen;
	memcpy(dst + 3 + l->userlen, l->pass, l->passlen);
	return 3 + (size_t)l->userlen + l->passlen;
}

static enum kind
after(enum kind kind, const struct outcome *o)
{
	if (kind == GREETING && socks_offers(&o->greeting, SOCKS_METHOD_LOGIN))
		return LOGIN;
	return kind == REQUEST ? END : REQUEST;
}

static void
must(int truth)
{
	if (truth == 0)
		abort();
}
