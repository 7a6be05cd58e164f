/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Happy Eyeballs (RFC 8305): one connection to a target out of several
 * addresses, each of which was judged and allowed.
 */

#ifndef ROUTER_CONNECT_H
#define ROUTER_CONNECT_H

struct request;

/*
 * Tries the next address, if one is left.  At the end of all tries, be it
 * within the call or later, done of the request is called.
 */
void connect_next(struct request *);

/* Closes all attempts but the one given (or all, if -1); waits for no more. */
void connect_close(struct request *, int keep);

#endif /* ROUTER_CONNECT_H */
