/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay: reads what clients send, moves bytes, and can do nothing else.
 */

#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

struct child;

_Noreturn void relay_main(struct child *);

#endif /* RELAY_RELAY_H */
