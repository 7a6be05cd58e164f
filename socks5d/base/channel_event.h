/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Peers on a libevent base.
 */

#ifndef BASE_CHANNEL_EVENT_H
#define BASE_CHANNEL_EVENT_H

#include "base/peer.h"

struct event_base;

/* With a struct event_base as the loop. */
extern const struct peer_loop channel_event_loop;

/* As peer_open() on that base. */
struct peer *peer_new(struct event_base *, struct channel *, peer_on_msg,
    peer_on_end, void *arg);

#endif /* BASE_CHANNEL_EVENT_H */
