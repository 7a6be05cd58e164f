/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Why a target was not connected: from errno to the cause in the log, and from
 * that to the reply by RFC 1928, section 6.
 *
 * Pure.
 */

#include <sys/types.h>

#include <errno.h>

#include "base/session.h"
#include "router/cause.h"
#include "socks/socks.h"

enum session_cause
cause_of_errno(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return CAUSE_CONNECT_REFUSED;
	case ETIMEDOUT:
		return CAUSE_CONNECT_TIMEOUT;
	case ENETUNREACH:
	case ENETDOWN:
	case ENODEV:
	case EAFNOSUPPORT: /* a kernel without IPv6 */
		return CAUSE_NET_UNREACHABLE;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return CAUSE_HOST_UNREACHABLE;
	case EACCES:
	case EPERM:
		return CAUSE_CONNECT_DENIED;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EAGAIN:
		return CAUSE_NO_RESOURCES;
	default:
		return CAUSE_CONNECT_FAILED;
	}
}

/* What majority practice tells the client; the log tells the exact cause. */
enum socks_rep
rep_of_cause(enum session_cause cause)
{
	switch (cause) {
	case CAUSE_RULE:
	case CAUSE_INTERNAL:
	case CAUSE_REVOKED:
	case CAUSE_CONNECT_DENIED:
	case CAUSE_UPSTREAM_REFUSED:
		return SOCKS_REP_NOT_ALLOWED;
	case CAUSE_NET_UNREACHABLE:
		return SOCKS_REP_NET_UNREACHABLE;
	case CAUSE_HOST_UNREACHABLE:
	case CAUSE_NAME_NOT_FOUND:
		return SOCKS_REP_HOST_UNREACHABLE;
	case CAUSE_CONNECT_REFUSED:
		return SOCKS_REP_REFUSED;
	case CAUSE_CONNECT_TIMEOUT:
	case CAUSE_BIND_TIMEOUT:
		return SOCKS_REP_TTL_EXPIRED;
	case CAUSE_BAD_COMMAND:
		return SOCKS_REP_BAD_COMMAND;
	default:
		return SOCKS_REP_FAILURE;
	}
}
