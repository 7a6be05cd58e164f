/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a rule says, in 64 bits: a digest of it as it is on the wire, so that
 * nothing that a child gets of a rule is forgotten.
 */

#include <sys/types.h>

#include <string.h>

#include "conf/wire_part.h"

/* The prime is that of FNV-1a, which takes single bytes. */
#define DIGEST_START	0xcbf29ce484222325ULL
#define DIGEST_PRIME	0x100000001b3ULL

static int	digest_emit(void *, enum msg_type, const struct wbuf *, int);

uint64_t
conf_rule_digest(const struct conf_rule *r)
{
	struct conf_rule	 bare = *r;	/* has the rule's own lists */
	struct wire		 w;
	uint64_t		 h = DIGEST_START;

	bare.number = 0;
	bare.file[0] = '\0';
	bare.line = 0;
	bare.shadow = 0;
	w.emit = digest_emit;
	w.arg = &h;
	w.role = PROC_ROUTER;
	wire_begin(&w);
	(void)wire_put_rule(&w, &bare);
	return h;
}

static int
digest_emit(void *arg, enum msg_type type, const struct wbuf *w, int fd)
{
	uint64_t	*h = arg, part;
	size_t		 i, n;

	*h = (*h ^ ((uint64_t)type << 32 | w->len)) * DIGEST_PRIME;
	for (i = 0; i < w->len; i += n) {
		part = 0;
		n = w->len - i < sizeof(part) ? w->len - i : sizeof(part);
		memcpy(&part, w->data + i, n);
		*h = (*h ^ part) * DIGEST_PRIME;
		*h ^= *h >> 32;
	}
	return 0;
}
