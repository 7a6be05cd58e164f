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
	_case=$1; shift
	atf_check python3 "$SRC/cases/udp.py" "$_case" "$port" "$@"
}

simple_case sizes "payloads of all lengths arrive whole, both ways"
simple_case families "IPv4, IPv6 and names in one association"
simple_case one_port "targets see one port for each association"
simple_case garbage "fragments and malformed datagrams are dropped and counted"
simple_case strangers "nobody else's datagrams pass, from either side"
simple_case captured "no association is taken by way of another one"
simple_case many "associations of one client, each with its own answers"
simple_case ends "it ends with its connection, and leaves no port behind"
simple_case hints "a client may say of itself what it wants"
simple_case longest "what is as long as the way allows passes, longer does not"
simple_case refused "refusals of hosts hurt no other destination"
simple_case itself "ports of the daemon lead nowhere, and nothing goes round"

CASE_USER=root

daemon_case queued "who came before the client passes nothing behind it"
queued_body() {
	start
	client queued "$(pid_of router)"
	daemon_end
}

CASE_PROGS=strace

# Between bind(2) and connect(2) a flow is open to everybody.
daemon_case flood "a port that is flooded lets nothing through, even at first"
flood_body() {
	start
	strace -qq -o connects -e trace=connect \
	    -e inject=connect:delay_enter=2000 -p "$(pid_of router)" \
	    2>trace.err &
	echo $! >other.strace.pid
	until_is 20 1 traced || atf_fail "the router is not traced"
	client flood
	[ "$(grep -c connect connects)" -ge 50 ] || atf_fail "nothing was late"
	kill -INT "$(cat other.strace.pid)"
	wait "$(cat other.strace.pid)"
	rm other.strace.pid
	daemon_end
}

traced() {
	awk '$1 == "TracerPid:" { print $2 != 0 }' \
	    "/proc/$(pid_of router)/status"
}
