/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Why a target was not connected: from errno to the cause in the log, and from
 * that to the reply by RFC 1928, section 6.  Pure.
 */

#ifndef ROUTER_CAUSE_H
#define ROUTER_CAUSE_H

#include "base/session.h"
#include "socks/socks.h"

enum session_cause cause_of_errno(int);
enum socks_rep     rep_of_cause(enum session_cause);

#endif /* ROUTER_CAUSE_H */
