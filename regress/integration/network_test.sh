#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Networks that lose, refuse and flood, around a daemon in one of its own.  The
# clients and the targets are in network.py.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip nft sysctl"

# The daemon's network and one for each name, 10.9.1.2, 10.9.2.2 and so on as
# seen from there; the config, without listeners and rules, is read.
start() {
	net_new world
	_n=0
	for _name in "$@"; do
		_n=$((_n + 1))
		net_new "$_name"
		net_join world "$_name" $_n
	done
	net_daemon world
	port=$(freeport)
	{
		cat
		echo "log to stderr format json sessions"
		echo "listen on * port $port open"
		echo "pass from any to { any, <internal> }"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

# client case [argument ...]
client() {
	atf_check nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/cases/network.py" "$@"
}

daemon_case vanished "who is cut off is noticed, with bytes on the way or not"
vanished_body() {
	start a b c <<-EOT
		set timeout half-closed 1h
	EOT
	# The listener that is there learns it from a reload, the other one
	# is born with it.
	other=$(freeport)
	cat >>socks5d.conf <<-EOT
		set timeout keepalive 3s
		listen on 0.0.0.0 port $other open
	EOT
	ctl reload >/dev/null || atf_fail "no reload"
	fds_settle
	client vanished 3 "$port" "$other"
	daemon_end
}

daemon_case vanished_udp "so is who has an association, though answers come"
vanished_udp_body() {
	start a b <<-EOT
		set timeout keepalive 2s udp 10m
	EOT
	client vanished_udp "$port"
	daemon_end
}

daemon_case late "a network with bad moments costs time, not sessions"
late_body() {
	start a b <<-EOT
		set timeout connect 10s
	EOT
	client late "$port"
	daemon_end
}

daemon_case patient "connecting has its own time"
patient_body() {
	start a b <<-EOT
		set timeout connect 20s keepalive 2s
	EOT
	client patient "$port"
	daemon_end
}

daemon_case flood "one source that floods is nobody else's trouble"
flood_body() {
	start a b <<-EOT
		set timeout handshake 2s
		set limit half-open 200 per-source 20
	EOT
	net_in world ip route add 198.18.0.0/15 via 10.9.1.2
	client flood "$port" 20
	daemon_end
}

daemon_case hogs "hundreds that do not read cost a buffer each, no more"
hogs_body() {
	start <<-EOT
		set relays 2
		set limit half-open 4096 per-source 4096 source-sessions off
	EOT
	net_in world sysctl -q net.ipv4.tcp_rmem="4096 16384 32768" \
	    net.ipv4.tcp_wmem="4096 16384 32768"
	atf_check nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/cases/relay.py" many_hogs "$port" "$(long 300 5000)" \
	    "$(pid_of relay 0)" "$(pid_of relay 1)"
	daemon_end
}
