/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a rule says, in a few bytes: SHA-256 of it as it is on the wire, so
 * that nothing that a child gets of a rule is forgotten.
 *
 * Sessions take the limits and the counters of the rule that has the digest of
 * theirs, and parts of a file may be written by others than its owner: so it
 * is a hash of which nobody can find two texts.
 */

#include <sys/types.h>

#include <stdint.h>

#include <sha2.h>

#include "conf/wire_part.h"

static int digest_emit(void *, enum msg_type, const struct wbuf *, int);

void
conf_rule_digest(const struct conf_rule *r, uint8_t out[CONF_DIGEST_LEN])
{
	struct conf_rule bare = *r; /* has the rule's own lists */
	struct wire      w;
	SHA2_CTX         ctx;

	bare.number = 0;
	bare.file[0] = '\0';
	bare.line = 0;
	bare.shadow = 0;
	SHA256Init(&ctx);
	w.emit = digest_emit;
	w.arg = &ctx;
	w.role = PROC_ROUTER;
	wire_begin(&w);
	(void)wire_put_rule(&w, &bare);
	SHA256Final(out, &ctx);
}

/* Type and length tell where a list ends and which it is. */
static int
digest_emit(void *arg, enum msg_type type, const struct wbuf *w, int fd)
{
	uint32_t head[2] = { type, (uint32_t)w->len };

	SHA256Update(arg, (const uint8_t *)head, sizeof(head));
	SHA256Update(arg, w->data, w->len);
	return 0;
}
