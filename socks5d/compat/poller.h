/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Readiness for the relay, whose loop is the hot path.  Sockets of sessions
 * are watched by edge: one system call to add a socket, another one only if
 * it is ever full, none to remove it (closing it does).  poller_epoll.c and
 * poller_kqueue.c.
 */

#ifndef COMPAT_POLLER_H
#define COMPAT_POLLER_H

#include <stdint.h>

#define POLLER_IN    0x01U /* readable, or the peer said FIN */
#define POLLER_OUT   0x02U /* writable again */
#define POLLER_MORE  0x04U /* FIN or urgent data: see poller_add() */
#define POLLER_ERROR 0x08U /* the socket failed: reset by the peer */

struct poller;

/*
 * The key is the owner's.  Closing a socket ends its watch only when no other
 * process has it open any more, so late events with the key of something that
 * is gone may come: the owner looks keys up, they are no pointers.
 */
struct poller_event {
	uint64_t     key;
	unsigned int what;
};

/* NULL with errno. */
struct poller *poller_new(void);

/*
 * Watches fd for input; what arrives is told once, so the owner reads until
 * EAGAIN.  A read of less than was asked for means the same as EAGAIN, unless
 * POLLER_MORE was told.  -1 with errno.
 */
int poller_add(struct poller *, int fd, uint64_t key);

/*
 * Such an fd was full: from now on it is also told, once each time, when it
 * can be written again, even if that was before this call.  Most sockets are
 * never full, and to watch them for output would only wake their owner for
 * each new one.  -1 with errno.
 */
int poller_add_output(struct poller *, int fd, uint64_t key);

/*
 * Watches fd for input by level: told again for as long as there is some.
 * For channels, which see channel_recv().  -1 with errno.
 */
int poller_add_input(struct poller *, int fd, uint64_t key);

/* Whether to tell as well when such an fd can be written. */
int poller_set_output(struct poller *, int fd, uint64_t key, int on);

/*
 * Watches it no more: for one that another process has open as well, whose
 * watch would outlast close(2).
 */
void poller_remove(struct poller *, int fd);

/*
 * Waits up to timeout_ms (-1: for ever) from now_ms on, by a clock that never
 * goes back, and fills up to n events.  Returns how many, 0 on a timeout, a
 * signal or for no reason, -1 with errno.
 */
int poller_wait(struct poller *, struct poller_event *, int n, uint64_t now_ms,
    int timeout_ms);

#endif /* COMPAT_POLLER_H */
