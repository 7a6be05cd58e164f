#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# What UDP associations have of the daemon: ports, addresses, sockets, time,
# room.  All of it is in a network of its own, where every port is free.  The
# clients are in associations.py.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip"

# The daemon in its network, with these lines of config.
start() {
	net_new world
	net_daemon world
	port=1080
	{
		echo "set relays 1"
		echo "log to stderr format json sessions"
		cat
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

# client case [argument ...]
client() {
	atf_check nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/cases/associations.py" "$@"
}

daemon_case ports "a port of the range for each, until all are taken"
ports_body() {
	start <<-EOT
		listen on 127.0.0.1 port 1080 udp port 2000:2005
		listen on 127.0.0.1 port 1081 udp port 2000:2005
		listen on ::1 port 1080 udp port 2000:2005
		pass from localhost to { any, <internal> }
	EOT
	client ports "$port"
	daemon_end
}

daemon_case told "clients are told the address that the listener says"
told_body() {
	start <<-EOT
		listen on 127.0.0.1 port 1080 udp address 192.0.2.7
		listen on ::1 port 1080 udp port 2000:2005 address 2001:db8::7
		pass from localhost to { any, <internal> }
	EOT
	client told "$port"
	daemon_end
}

daemon_case wildcard "answers come from the address that the client used"
wildcard_body() {
	start <<-EOT
		listen on * port 1080 open
		listen on 127.0.0.1 port 1081
		block from any
	EOT
	for _addr in 192.0.2.1/32 192.0.2.2/32 2001:db8::1/128 \
	    2001:db8::2/128; do
		net_in world ip addr add "$_addr" dev lo
	done
	# One that came in before anybody could use UDP.
	client early "$port" &
	echo $! >other.early.pid
	await early.started yes || atf_fail "no client"
	sed 's/^block.*/pass from any to { any, <internal> }/' socks5d.conf \
	    >new.conf
	mv new.conf socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	echo go >early.go
	wait "$(cat other.early.pid)" || atf_fail "the early client"
	client wildcard "$port"
	daemon_end
}
