/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What children say to the parent.
 */

#ifndef PARENT_DISPATCH_H
#define PARENT_DISPATCH_H

struct msg;
struct peer;

/* As peer_new() wants them. */
void dispatch_msg(void *, struct peer *, struct msg *);
void dispatch_end(void *, struct peer *, const char *);

#endif /* PARENT_DISPATCH_H */
