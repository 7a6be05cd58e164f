#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# One source does its worst, with the settings as they come, and another one
# must not feel it: each of its requests succeeds, and takes no more than twice
# its own time without the attack.  The sources are in greed.py.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip"

# How long, each time with the attack and without.
SECONDS_EACH=$(long 2 60)

greed() {
	$INSIDE python3 "$SRC/cases/greed.py" "$@" "$SECONDS_EACH" \
	    >greed.out 2>&1 || {
		cat greed.out >&2
		atf_fail "the other source suffers"
	}
	cat greed.out
}

daemon_case lookups "names of servers that never answer" 120 600
lookups_body() {
	nameserver <<-EOT
		*.ok.test	a=127.0.0.1 ttl=0
		*.dead.test	drop
	EOT
	target greet hello
	port=$(freeport)
	daemon_start <<-EOT
		log to stderr format json sessions
		resolver { nameserver 127.0.0.1 port $DNS }
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	greed lookups "$port" "$TARGET"
	# The lookups of the greedy one are known and few, whoever waits.
	[ "$(counter names-refused)" -gt 100 ] || atf_fail "nothing refused"
	[ "$(counter names-running)" -le 130 ] || atf_fail "too many run"
	grep '"client":"127.0.0.2"' daemon.log | grep '"cause":"limit"' |
	    grep -q '"hint":"too many name lookups of its source pending"' ||
	    atf_fail "no line says why"
	if grep '"client":"127.0.0.3"' daemon.log | grep -v '"cause":"closed"'
	then
		atf_fail "a session of the other source"
	fi
	# Each ends in time.
	until_is 20 0 counter names-running || atf_fail "lookups are left"
	# With one more question the resolver has its stock of sockets again.
	ask "$TARGET" more.ok.test
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end
}

daemon_case lookups_tcp "names whose answer by TCP never comes" 180 600
lookups_tcp_body() {
	nameserver <<-EOT
		*.long.test	a=127.0.0.1 ttl=0 tc
		*.hang.test	tc tcp=hang
	EOT
	target greet hello
	port=$(freeport)
	daemon_start <<-EOT
		resolver { nameserver 127.0.0.1 port $DNS }
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	greed lookups_tcp "$port" "$TARGET"
	until_is 30 0 counter names-running || atf_fail "lookups are left"
	ask "$TARGET" more.long.test
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end
}

daemon_case hashes "wrong passwords, and nobody who waits for the answer" 120 600
hashes_body() {
	line=$(python3 "$SRC/cases/auth.py" line_of user secret \
	    '$y$j9T$EoDFKpiTZfRMTBXJuiLbe/')
	for i in $(seq 0 499); do
		echo "user$i:${line#*:}"
	done >users
	chmod 600 users
	target discard
	port=$(freeport)
	daemon_start <<-EOT
		log to stderr format json sessions
		users "$PWD/users"
		listen on localhost port $port auth required
		pass from localhost to <internal>
	EOT
	greed hashes "$port" "$TARGET"
	[ "$(counter logins-banned)" -gt 100 ] || atf_fail "nobody is banned"
	if grep '"client":"127.0.0.3"' daemon.log | grep login-failed; then
		atf_fail "a login of the other source"
	fi
	daemon_end
}

daemon_case lines "sessions that come to nothing, to fill the log" 180 600
lines_body() {
	python3 "$SRC/cases/auth.py" line_of alice secret >users
	chmod 600 users
	port=$(freeport)
	daemon_start <<-EOT
		log to stderr format json sessions
		users "$PWD/users"
		listen on localhost port $port auth optional
		pass from localhost to <internal>
	EOT
	greed lines "$port"
	daemon_end
}

daemon_case control "all places for socks5ctl, held by a member of the group" \
    120 600
control_body() {
	daemon_start <<-EOF
		control "$PWD/ctl" group "games"
		listen on localhost port $(freeport)
		pass from localhost to any
	EOF
	chmod 755 .
	greed control "$(getent group games | cut -d: -f3)"
	daemon_end
}

# scarce: a daemon with few descriptors, where 198.51.100.0/24 and
# 203.0.113.0/24 swallow what is sent there.  More config on standard input.
scarce() {
	net_new world
	net_new hole
	net_join world hole 1
	for _to in 198.51.100.0/24 203.0.113.0/24; do
		net_in world ip route add "$_to" via 10.9.1.2
	done
	INSIDE="nsenter -t $(cat other.world.pid) -n"
	cat >wrapper <<-EOT
		#!/bin/sh
		ulimit -n $NOFILE
		exec $INSIDE $(realpath "$SOCKS5D") "\$@"
	EOT
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	nameserver <<-EOT
		*.ok.test	a=127.0.0.1 ttl=0
		many.hole.test	a=198.51.100.1+16 ttl=0
		slow.hole.test	a=203.0.113.1+16 ttl=0
	EOT
	witness here 127.0.0.1
	port=$(freeport)
	{
		cat
		echo "set relays 2"
		echo "log to stderr format json sessions"
		echo "resolver { nameserver 127.0.0.1 port $DNS }"
		echo "listen on localhost port $port"
		echo "pass from localhost to { any, <internal> }"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

# All is as before: it has done what it can, and none of it had a consequence.
endured() {
	_most=$(awk '$1 == "router:" { print $2 }' greed.out)
	[ "$_most" -le $((NOFILE - 16)) ] ||
	    atf_fail "the router had $_most of $NOFILE descriptors"
	if grep -E "accept paused|cause\":\"no-resources" daemon.log; then
		atf_fail "there was not enough of something"
	fi
	if grep '"client":"127.0.0.3"' daemon.log | grep -v '"cause":"closed"'
	then
		atf_fail "a session of the other source"
	fi
	[ "$(counter "$1")" -gt 0 ] || atf_fail "it was not greedy: $1"
	daemon_end
}

NOFILE=256

# silent: port 1079 there lets everybody connect and says nothing.
silent() {
	$INSIDE python3 -c "import socket, time
server = socket.create_server(('127.0.0.1', 1079), backlog=4096)
print('up', flush=True)
time.sleep(1000)" >silent.out 2>&1 &
	echo $! >other.silent.pid
	await silent.out up || atf_fail "nobody to be silent"
}

daemon_case sessions "as many sessions as there may be, for ever"
sessions_body() {
	scarce </dev/null
	silent
	greed sessions "$port" "$WITNESS" "$(pid_of router)"
	endured limit-source-sessions
}

daemon_case attempts "targets with many addresses of which none answers"
attempts_body() {
	scarce </dev/null
	greed attempts "$port" "$WITNESS" "$(pid_of router)"
	endured attempts-waited
}

daemon_case dials "upstreams that are slow, or do not answer at all"
dials_body() {
	scarce <<-EOT
		upstream "slow" {
			member socks5 127.0.0.1 port 1079
			member socks5 203.0.113.200 port 1080
			breaker off
		}
		pass quick to domain "slow.hole.test" via "slow" resolve remote
	EOT
	silent
	greed dials "$port" "$WITNESS" "$(pid_of router)"
	endured attempts-waited
}

daemon_case binds "BINDs without end, to which nobody connects"
binds_body() {
	scarce </dev/null
	greed binds "$port" "$WITNESS" "$(pid_of router)"
	endured limit-attempts
}
