/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions to the resolver, for requests and for those who ask what a
 * request would come to.
 *
 * The resolver charges each lookup to the source that caused it, but need not
 * know who that is: it gets a keyed hash of the address, with a key of this
 * process's own.  All lookups of a router end with it, so that its successor
 * may have another.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/hostname.h"
#include "base/mac.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "base/share.h"
#include "compat/nitems.h"
#include "conf/conf.h"
#include "router/request.h"
#include "router/resolve.h"
#include "router/session.h"
#include "router/state.h"

#define FAMILIES (RESOLVE_INET | RESOLVE_INET6)

static void     resolve_fault(const struct name_fault *, char *, size_t);
static uint64_t resolve_source(const struct router *, const struct addr *);

void
resolve_init(struct router *r)
{
	uint8_t secret[MAC_SECRET_LEN];

	arc4random_buf(secret, sizeof(secret));
	mac_key(&r->resolve_key, secret);
	explicit_bzero(secret, sizeof(secret));
}

/*
 * A source that waits for all that it asks has no more names under way than
 * half-open sessions, of two families each.
 */
uint8_t
resolve_ask(struct router *r, uint64_t id, const char *name,
    const struct addr *client)
{
	struct msg_name_resolve n;
	uint8_t                 data[HOSTNAME_MAX + 32];
	struct wbuf             b;

	memset(&n, 0, sizeof(n));
	n.families = FAMILIES;
	n.source = client == NULL ? 0 : resolve_source(r, client);
	n.most = 2 * r->role.conf->set.per_source;
	(void)strlcpy(n.name, name, sizeof(n.name));
	wbuf_init(&b, data, sizeof(data));
	msg_put_name_resolve(&b, &n);
	if (role_post(&r->role, PROC_RESOLVER, 0, MSG_NAME_RESOLVE, id, &b,
		-1) == -1)
		return 0;
	return n.families;
}

int
resolve_hint(const struct request *req, enum session_cause cause, char *dst,
    size_t size)
{
	if (cause == CAUSE_LIMIT && req->busy) {
		(void)strlcpy(dst, RESOLVE_BUSY_HINT, size);
		return 0;
	}
	if (cause == CAUSE_NAME_NOT_FOUND &&
	    strchr(req->session->name, '.') == NULL) {
		(void)strlcpy(dst,
		    "search lists are not used, write the "
		    "name in full",
		    size);
		return 0;
	}
	if (cause != CAUSE_NAME_FAILED || req->fault.kind == NAME_FAULT_NONE)
		return -1;
	resolve_fault(&req->fault, dst, size);
	return 0;
}

/* "192.0.2.1: no answer in 5s" */
static void
resolve_fault(const struct name_fault *f, char *dst, size_t size)
{
	static const char *codes[] = { NULL, "FORMERR", "SERVFAIL", NULL,
		"NOTIMP", "REFUSED" };
	char               text[ADDRPORT_STRLEN];

	if (f->port == 53)
		addr_print(&f->server, text, sizeof(text));
	else
		addr_print_port(&f->server, f->port, text, sizeof(text));
	if (f->kind == NAME_FAULT_ERROR)
		(void)snprintf(dst, size, "%s: %s", text, strerror(f->code));
	else if (f->kind == NAME_FAULT_SILENT && f->ms < 1000)
		(void)snprintf(dst, size, "%s: no answer in %" PRIu32 "ms",
		    text, f->ms);
	else if (f->kind == NAME_FAULT_SILENT)
		(void)snprintf(dst, size, "%s: no answer in %" PRIu32 "s", text,
		    (f->ms + 500) / 1000);
	else if (f->code < nitems(codes) && codes[f->code] != NULL)
		(void)snprintf(dst, size, "%s: %s", text, codes[f->code]);
	else if (f->code == 0)
		(void)snprintf(dst, size, "%s: malformed answer", text);
	else
		(void)snprintf(dst, size, "%s: RCODE %u", text, f->code);
}

static uint64_t
resolve_source(const struct router *r, const struct addr *client)
{
	struct share_key key;
	uint8_t          out[MAC_LEN];
	uint64_t         n;

	share_key_source(&key, client);
	mac(&r->resolve_key, &key.hi, sizeof(key.hi), &key.lo, sizeof(key.lo),
	    out);
	memcpy(&n, out, sizeof(n));
	return n;
}
