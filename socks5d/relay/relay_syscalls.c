/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a relay may call beyond base_syscalls.c.  Linux only, data only.
 *
 * It reads and writes the sockets that it was given.  Each line here was
 * weighed against what a taken-over relay could do with it: a listening,
 * fresh or connecting TCP socket plus shutdown(SHUT_RD) and MSG_FASTOPEN is
 * as good as connect(2), a UDP socket plus an address is too.  So there is no
 * call with flags or an address to send with, and shutdown(2) is one-sided.
 */

#include <sys/socket.h>

#include <fcntl.h>

#include "base/syscalls.h"

/* Not in the libc header of every libc. */
#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/*
 * Without SPLICE_F_MORE: a datagram that it leaves unfinished in a UDP socket
 * could still be added to and sent when the router has cut that flow.
 */
#define SPLICE_FLAGS (SPLICE_F_MOVE | SPLICE_F_NONBLOCK)

static const struct syscall_rule relay_rules[] = {
	/* The timer of its poller. */
	CALL(timerfd_settime),

	/* Bulk transfer through pipes of its own. */
	CALL_IF(pipe2, ARG_IS(1, O_NONBLOCK | O_CLOEXEC)),
	CALL_IF(splice, ARG_IS(1, 0), ARG_IS(3, 0),
	    ARG_WITHIN(5, SPLICE_FLAGS)),
	CALL_IF(fcntl, ARG_IS(1, F_SETPIPE_SZ)),

	/* Datagrams, several at once: in, and out by writev(2). */
	CALL_IF(recvmmsg, ARG_IS(3, MSG_DONTWAIT), ARG_IS(4, 0)),
	CALL_IF(setsockopt, ARG_IS(1, SOL_UDP), ARG_IS(2, UDP_SEGMENT)),

	/* A FIN is passed on as a FIN, a reset as a reset. */
	CALL_IF(shutdown, ARG_IS(1, SHUT_WR)),
	CALL_IF(setsockopt, ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_LINGER)),
};

const struct syscall_list relay_syscalls = SYSCALL_LIST(relay_rules);
