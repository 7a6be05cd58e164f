#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# UDP ASSOCIATE: each datagram as it was sent, to whom it may go and from
# nobody else.  The clients are in udp.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		log to stderr format json sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> }
		$1
	EOT
}

# Cases that need no more than the daemon: name and what it shows.
simple_case() {
	daemon_case "$1" "$2"
	eval "$1_body() { start; client $1; daemon_end; }"
}

client() {
	atf_check python3 "$SRC/cases/udp.py" "$1" "$port"
}

simple_case sizes "payloads of all lengths arrive whole, both ways"
simple_case families "IPv4, IPv6 and names in one association"
simple_case one_port "targets see one port for each association"
simple_case garbage "fragments and malformed datagrams are dropped and counted"
simple_case strangers "nobody else's datagrams pass, from either side"
simple_case ends "it ends with its connection, and leaves no port behind"
