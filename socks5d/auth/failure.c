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
 * Failed logins: counted by source and by user, and what follows of it.
 *
 * Linked by auth alone.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <inttypes.h>
#include <string.h>

#include "auth/state.h"
#include "base/log.h"

static int	failure_blind(const struct auth *, uint64_t);
static void	failure_log(struct auth *, const char *,
		    const struct throttle_ban *);

void
source_of(const struct addr *client, struct addr *source)
{
	*source = *client;
	addr_unmap(source);
	addr_mask(source, source->af == AF_INET ? 32 : 64);
}

void
source_key(const struct addr *client, struct source_key *k)
{
	struct addr	source;

	source_of(client, &source);
	k->b[0] = source.af == AF_INET ? 4 : 6;
	memcpy(&k->b[1], source.b, sizeof(source.b));
}

char *
source_print(const uint8_t *key, char *dst, size_t size)
{
	struct prefix	p;

	memset(&p, 0, sizeof(p));
	p.addr.af = key[0] == 4 ? AF_INET : AF_INET6;
	p.len = key[0] == 4 ? 32 : 64;
	memcpy(p.addr.b, &key[1], sizeof(p.addr.b));
	return prefix_print(&p, dst, size);
}

int
failure_source_banned(struct auth *a, const struct login *l, uint64_t now)
{
	struct source_key	k;

	source_key(&l->client, &k);
	return throttle_banned(a->sources, k.b, sizeof(k.b), now);
}

int
failure_name_banned(struct auth *a, const struct login *l, uint64_t now)
{
	return throttle_banned(a->names, l->user, l->userlen, now);
}

uint32_t
failure_recent(struct auth *a, const struct login *l, uint64_t now)
{
	struct source_key	k;

	source_key(&l->client, &k);
	return throttle_recent(a->sources, k.b, sizeof(k.b), now);
}

int
failure_suspect(struct auth *a, const struct login *l, uint64_t now)
{
	return failure_recent(a, l, now) > 0 ||
	    throttle_recent(a->names, l->user, l->userlen, now) > 0;
}

/*
 * A user is banned for those only who come from where he has not been; the
 * name may be nobody's, so that a ban does not tell who is there.
 */
void
failure_count(struct auth *a, const struct login *l, uint64_t now)
{
	struct source_key	k;
	struct throttle_ban	ban;
	char			name[4 * LOGIN_FIELD_MAX + 1];
	char			what[sizeof(name) + 8];
	int			blind;

	blind = failure_blind(a, now);
	source_key(&l->client, &k);
	if (throttle_fail(a->sources, k.b, sizeof(k.b), now, &ban))
		failure_log(a, source_print(k.b, what, sizeof(what)), &ban);
	if (throttle_fail(a->names, l->user, l->userlen, now, &ban)) {
		(void)strlcpy(what, "user ", sizeof(what));
		(void)strlcat(what, log_escape(name, sizeof(name), l->user,
		    l->userlen), sizeof(what));
		failure_log(a, what, &ban);
	}
	if (blind == 0 && failure_blind(a, now))
		log_warn("auth: out of memory for failed logins: refusing "
		    "sources and users not seen before for a while");
}

static int
failure_blind(const struct auth *a, uint64_t now)
{
	return throttle_blind(a->sources, now) || throttle_blind(a->names, now);
}

/* Log watchers read this line: it stays as it is. */
static void
failure_log(struct auth *a, const char *what, const struct throttle_ban *ban)
{
	role_count(&a->role, COUNTER_BANS);
	log_warn("auth: banned %s for %" PRIu64 " s after %" PRIu32
	    " failed logins", what, (ban->left_ms + 999) / 1000,
	    ban->failures);
}
