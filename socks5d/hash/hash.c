/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Checks one password after the other against a hash of libcrypt.
 *
 * Each hash role is a process of its own, as one check takes as long as a
 * thousand sessions, and gets the next job from auth when it has done the last.
 * It knows no user and keeps nothing.
 */

#include <sys/types.h>

#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mac.h"
#include "base/msg_login.h"
#include "base/role.h"
#include "conf/receiver.h"
#include "hash/hash.h"

struct hasher {
	struct role         role;
	struct msg_hash_job job;
	struct crypt_data   data;
};

static void     hash_on_job(void *, struct peer *, struct msg *);
static int      hash_fits(struct hasher *);
static uint64_t clock_us(void);

static const role_handler hash_handlers[MSG_MAX] = {
	[MSG_HASH_JOB] = hash_on_job,
};

static const struct role_ops hash_ops = {
	.conf = &conf_receiver,
	.handlers = hash_handlers,
};

_Noreturn void
hash_main(struct child *child)
{
	struct hasher *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		fatal("hash: memory");
	role_init(&h->role, child, &hash_ops, h);
	role_run(&h->role);
}

static void
hash_on_job(void *arg, struct peer *from, struct msg *m)
{
	struct hasher       *h = arg;
	struct msg_hash_done d;
	uint8_t              data[16];
	struct wbuf          b;
	uint64_t             start;

	if (msg_get_hash_job(m, &h->job) == -1) {
		role_bad_peer(&h->role, from, "malformed hash-job");
		return;
	}
	start = clock_us();
	d.match = (uint8_t)hash_fits(h);
	d.us = (uint32_t)(clock_us() - start);
	explicit_bzero(&h->job, sizeof(h->job));
	wbuf_init(&b, data, sizeof(data));
	msg_put_hash_done(&b, &d);
	(void)peer_send(from, MSG_HASH_DONE, m->id, &b, -1);
}

/*
 * A password with a NUL in it fits nothing: libcrypt would only look at
 * what is before it.
 */
static int
hash_fits(struct hasher *h)
{
	char        pass[LOGIN_FIELD_MAX + 1];
	const char *out;
	size_t      len;
	int         fits = 0;

	memcpy(pass, h->job.pass, h->job.passlen);
	pass[h->job.passlen] = '\0';
	memset(&h->data, 0, sizeof(h->data));
	out = crypt_rn(pass, h->job.hash, &h->data, sizeof(h->data));
	if (out != NULL && out[0] != '*') {
		len = strlen(h->job.hash);
		fits = strlen(out) == len &&
		    mac_equal((const uint8_t *)out,
			(const uint8_t *)h->job.hash, len);
	}
	if (strlen(pass) != h->job.passlen)
		fits = 0;
	explicit_bzero(pass, sizeof(pass));
	explicit_bzero(&h->data, sizeof(h->data));
	return fits;
}

static uint64_t
clock_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
