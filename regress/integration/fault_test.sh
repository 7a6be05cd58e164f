#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# An open session: every byte, FIN as FIN, reset as reset, bounded memory, its

# The system fails: calls that are interrupted or do less than they were asked
# to, and the lack of memory, ports and descriptors.  What fails, and when, is
# said in fault.py.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root

SOCKS5D=$SRC/tools/socks5d_fault

# The usual daemon, with calls that can fail.  More config on standard input.
start() {
	truncate -s 64K faults
	port=$(freeport)
	{
		cat
		echo "set relays ${RELAYS:-1}"
		echo "set timeout connect 30s"
		echo "set limit half-open 4096 per-source 4096"
		echo "log to stderr format json sessions"
		echo "listen on localhost port $port${AUTH:+ auth $AUTH}"
		echo "pass from localhost to any"
		echo "pass from localhost to { 127.0.0.1, ::1 }"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	export SOCKS5D SOCKS5CTL
	atf_check python3 "$SRC/cases/fault.py" "$1" "$port" \
	    "$(pid_of router)" "$(pid_of relay)"
}

# Every client that was accepted has ended, and nobody died.
accounted() {
	until_is 10 0 sessions || atf_fail "sessions are left"
	atf_check_equal "$(counter sessions-accepted)" \
	    "$(counter sessions-closed)"
	atf_check_equal 0 "$(counter child-deaths)"
}

# fault_case name description: where the daemon and its clients are all.
fault_case() {
	daemon_case "$1" "$2" 120
	eval "$1_body() {
		start </dev/null
		client $1
		accounted
		daemon_end
	}"
}

fault_case interrupted "signals in every call change nothing"
fault_case pieces "what goes byte by byte arrives as it was sent"
fault_case blocked "calls that would block are made later"
fault_case memory "lack of memory ends one session at most"
fault_case binds "lack of memory, sockets and descriptors ends one BIND at most"
daemon_case associations "lack of memory, sockets and descriptors ends one\
 association at most" 240
associations_body() {
	start <<-EOT
		pass quick from localhost to 127.0.0.1 rate 10M/s
	EOT
	client associations
	accounted
	daemon_end
}

daemon_case logins "lack of memory ends one session with a login at most"
logins_body() {
	AUTH=optional
	python3 "$SRC/cases/login.py" users users
	start <<-EOT
		users "$PWD/users"
	EOT
	client logins
	daemon_end
}

daemon_case proxies "lack of memory, and other failures, in those who go by\
 proxies end one session at most" 120
proxies_body() {
	upstreamd socks5 user=alice password=wonderland
	(umask 077; echo wonderland >secret)
	start <<-EOT
		upstream "proxy" {
			member socks5 127.0.0.1 port $UPSTREAM user alice \
			    password file "$PWD/secret"
			retry 0 backoff 10ms to 10ms
			breaker off
		}
		pass quick to domain "*.proxied.test" via "proxy" resolve remote
	EOT
	client proxies
	accounted
	daemon_end
}

daemon_case rates "who waits for his part of a rate gets it, though it could \
not be asked for at first" 120
rates_body() {
	start <<-EOT
		pass quick from localhost to 127.0.0.1 rate 1M/s
	EOT
	client rates
	accounted
	daemon_end
}

daemon_case daytime "a clock that is set ends nothing, and nothing is late"
daytime_body() {
	AUTH=optional
	upstreamd socks5
	python3 "$SRC/cases/login.py" users users
	start <<-EOT
		users "$PWD/users"
		upstream "proxy" {
			member socks5 127.0.0.1 port $UPSTREAM
			retry 0 backoff 10ms to 10ms
		}
		pass quick to domain "*.proxied.test" via "proxy" resolve remote
	EOT
	client daytime
	daemon_end
}

fault_case queue "lack of memory for a message that must wait"
fault_case drought "no memory at all for a while, and then again"
fault_case in_flight "too many descriptors in flight make new clients wait"
fault_case polled "who cannot be waited for is refused"

daemon_case sockets "no socket or port for a target is told to the client" 120
sockets_body() {
	printf '127.0.0.1 both.test\n::1 both.test\n' >hosts
	cat >wrapper <<-EOT
		#!/bin/sh
		exec unshare -m sh -c 'mount --bind hosts /etc/hosts &&
		    exec "\$@"' sh $SOCKS5D "\$@"
	EOT
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	start </dev/null
	client sockets
	accounted
	daemon_end
}

daemon_case reload "without memory for a new config the old one stays" 120
reload_body() {
	start </dev/null
	client reload
	accounted
	daemon_end
}

daemon_case orphan "who was refused for lack of memory is not adopted"
orphan_body() {
	start </dev/null
	client orphan
	atf_check -s exit:1 grep "adoption" daemon.log
	daemon_end "killed by signal 9"
}

daemon_case starts "without memory it does not start, and says so" 120
starts_body() {
	start </dev/null
	daemon_end
	client starts
}

# scarce case argument...
scarce() {
	_case=$1; shift
	export SOCKS5CTL
	# A network of its own may hold all of it.
	# shellcheck disable=SC2086
	atf_check $INSIDE python3 "$SRC/cases/scarce.py" "$_case" "$port" "$@"
}

daemon_case ports "with all ports in use clients are told, until one is free"
ports_body() {
	private_host
	$INSIDE sh -c \
	    'echo 61001 61012 >/proc/sys/net/ipv4/ip_local_port_range'
	start <<-EOT
		listen on 127.0.0.2 port 1080
		listen on 127.0.0.3 port 1080
		listen on 127.0.0.4 port 1080
	EOT
	port=1080
	scarce ports 12 127.0.0.2 127.0.0.3 127.0.0.4
	daemon_end
}

daemon_case stopped "a relay that stands still gets its targets later"
stopped_body() {
	RELAYS=2
	start </dev/null
	scarce stopped "$(pid_of router)" "$(pid_of relay 0)" \
	    "$(pid_of relay 1)"
	accounted
	daemon_end
}

daemon_case oom "a relay that is killed for its memory is replaced" 120
oom_body() {
	group=$(mktemp -d /sys/fs/cgroup/memory/socks5d.XXXXXX) ||
	    atf_skip "no group of processes can be limited"
	echo "$group" >group
	RELAYS=2
	start </dev/null
	scarce oom "$group" "$(pid_of relay 0)"
	await daemon.log "killed by signal 9"
	await -n 2 daemon.log "relay 0 is ready"
	atf_check_equal 1 "$(counter child-deaths)"
	daemon_end "killed by signal 9"
}
oom_cleanup() {
	all_stop
	[ ! -e group ] || rmdir "$(cat group)"
}
