/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Signs of life: each child is asked for one again and again.
 */

#ifndef PARENT_WATCH_H
#define PARENT_WATCH_H

#include <stdint.h>

struct msg;
struct parent;
struct process;

void watch_init(struct parent *);
void watch_on_pong(struct process *, struct msg *);

/* For how long it has not answered, if that is too long; else 0. */
uint32_t watch_silent(const struct process *);

#endif /* PARENT_WATCH_H */
