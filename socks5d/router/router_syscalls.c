/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the router may call beyond base_syscalls.c.  Linux only, data only.
 *
 * The one role that connects.  It binds what it connects, if a rule says from
 * where, and what listens for the target of a BIND; listeners for clients come
 * from the parent.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>

#include "base/syscalls.h"

/* Not in the libc header of every libc. */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

#define SOCK_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

#define SOCKET(af, type, protocol)                                             \
	CALL_IF(socket, ARG_IS(0, (af)), ARG_BESIDE(1, (type), SOCK_FLAGS),    \
	    ARG_IS(2, (protocol)))
#define OPTION(level, option)                                                  \
	CALL_IF(setsockopt, ARG_IS(1, (level)), ARG_IS(2, (option)))

static const struct syscall_rule router_rules[] = {
	/* Clients. */
	CALL_IF(accept4, ARG_IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	CALL(getpeername),
	CALL(getsockname),

	/* Targets and name servers: TCP and UDP, so no raw, no MPTCP. */
	SOCKET(AF_INET, SOCK_STREAM, 0),
	SOCKET(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(AF_INET, SOCK_DGRAM, 0),
	SOCKET(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET(AF_INET6, SOCK_STREAM, 0),
	SOCKET(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(AF_INET6, SOCK_DGRAM, 0),
	SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	CALL(bind),
	CALL(connect),

	/* The target of a BIND, which connects to us: accept4(2) is above. */
	CALL(listen),

	CALL_IF(getsockopt, ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ERROR)),
	CALL_IF(getsockopt, ARG_IS(1, IPPROTO_TCP), ARG_IS(2, TCP_INFO)),

	/* From whom a datagram comes, and away with it: never its bytes. */
	CALL_IF(recvfrom, ARG_IS(2, 0), ARG_WITHIN(3, MSG_PEEK | MSG_DONTWAIT)),

	/*
	 * The two ends of a flow that goes by a proxy: the relay's and the
	 * upstream process's, neither of which can name another socket.
	 */
	CALL_IF(socketpair, ARG_IS(0, AF_UNIX),
	    ARG_BESIDE(1, SOCK_DGRAM, SOCK_FLAGS), ARG_IS(2, 0)),

	/* One socket for the upstream process, the same kept for the relay. */
	CALL_IF(fcntl, ARG_IS(1, F_DUPFD_CLOEXEC), ARG_IS(2, 0)),

	/* Descriptors to siblings; without MSG_FASTOPEN, see the relay. */
	CALL_IF(sendmsg, ARG_WITHIN(2, MSG_DONTWAIT | MSG_NOSIGNAL)),

	/* The options of a session, all set before the relay has it. */
	OPTION(SOL_SOCKET, SO_KEEPALIVE),
	OPTION(SOL_SOCKET, SO_LINGER),
	OPTION(SOL_SOCKET, SO_OOBINLINE),
	OPTION(SOL_SOCKET, SO_REUSEADDR),
	OPTION(IPPROTO_TCP, TCP_CONGESTION),
	OPTION(IPPROTO_TCP, TCP_KEEPCNT),
	OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
	OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
	OPTION(IPPROTO_TCP, TCP_NODELAY),
	OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT),
	OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),

	/* UDP: ports that flows share, nothing fragmented. */
	OPTION(SOL_SOCKET, SO_REUSEPORT),
	OPTION(IPPROTO_IP, IP_MTU_DISCOVER),
	OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER),
	OPTION(IPPROTO_IPV6, IPV6_V6ONLY),

	/* A client that is refused, a target or flow that is not wanted. */
	CALL_IF(shutdown, ARG_IS(1, SHUT_WR)),
};

const struct syscall_list router_syscalls = SYSCALL_LIST(router_rules);
