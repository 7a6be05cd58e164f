/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about names: between the router and the resolver, whose
 * sockets to name servers the router makes.
 *
 * Pure codec.  Rules as in msg_codec.h.
 */

#ifndef BASE_MSG_NAME_H
#define BASE_MSG_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/hostname.h"
#include "base/msg.h"

/* MSG_NAME_RESOLVE; a MSG_NAME_ANSWER per family comes back. */
#define RESOLVE_INET  0x01U
#define RESOLVE_INET6 0x02U

struct msg_name_resolve {
	uint8_t  families; /* a set, not empty */
	uint64_t source;   /* who asks: a number, no address */
	uint32_t most;     /* lookups that may run for it */
	char     name[HOSTNAME_MAX + 1];
};

enum name_status {
	NAME_OK,        /* at least one address */
	NAME_NOT_FOUND, /* no such name, or none of this family */
	NAME_FAILED,    /* timeout, SERVFAIL, no name server */
	NAME_BUSY,      /* not asked: too many for who asks */
};

#define NAME_ADDRS_MAX 32 /* of one family; the rest is cut */

/* Why a lookup failed, as far as a name server has to do with it. */
enum name_fault_kind {
	NAME_FAULT_NONE,   /* none has */
	NAME_FAULT_SILENT, /* it did not answer in that time */
	NAME_FAULT_CODE,   /* it answered with this RCODE */
	NAME_FAULT_ERROR,  /* it could not be asked: an errno */
	NAME_FAULT_MAX,
};

struct name_fault {
	enum name_fault_kind kind;
	struct addr          server; /* the last that was asked */
	uint16_t             port;
	uint16_t             code; /* RCODE or errno */
	uint32_t             ms;   /* since the lookup began */
};

struct msg_name_answer {
	uint8_t           family; /* RESOLVE_INET or RESOLVE_INET6 */
	enum name_status  status;
	struct name_fault fault; /* of NAME_FAILED alone */
	unsigned int      naddrs;
	struct addr       addrs[NAME_ADDRS_MAX];
};

void msg_put_name_resolve(struct wbuf *, const struct msg_name_resolve *);
int  msg_get_name_resolve(const struct msg *, struct msg_name_resolve *);
void msg_put_name_answer(struct wbuf *, const struct msg_name_answer *);
int  msg_get_name_answer(const struct msg *, struct msg_name_answer *);

/*
 * MSG_DNS_WANT, MSG_DNS_SOCKET, MSG_DNS_FAILED: the message id is chosen by
 * the resolver and given back; the server is meant by address, so that a
 * reload in between confuses nobody.  It must be a configured one.
 */
struct msg_dns {
	struct addr server;
	uint16_t    port;
	uint32_t    scope; /* interface of a link-local one, or 0 */
	uint8_t     tcp;   /* else UDP */
	uint16_t    error; /* MSG_DNS_FAILED: errno, 0: not tried */
};

void msg_put_dns(struct wbuf *, const struct msg_dns *);
int  msg_get_dns(const struct msg *, struct msg_dns *);

#endif /* BASE_MSG_NAME_H */
