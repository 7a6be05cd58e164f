#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The addresses of the host itself, which no "to any" includes: all of them,
# however many there are, and when they cannot be read.  What a rule refuses is
# answered with 2; port 9, where nobody listens, with 5.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip"
CASE_SECONDS=120

# A host with public addresses of its own, those of the file "batch", too, and a
# neighbour, 8.20.0.2.  The config, without a listener, is read.
world() {
	net_new world
	net_new far
	[ ! -e batch ] || net_in world ip -batch batch
	net_join world far 1
	net_in world ip addr add 8.20.0.1/24 dev to-far
	net_in far ip addr add 8.20.0.2/24 dev to-world
	net_daemon world
	port=$(freeport)
	{
		echo "set relays 1"
		echo "set limit per-source 100000"
		echo "listen on 127.0.0.1 port $port"
		cat
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

# ask address ...: what is answered for each; those from standard input for -.
ask() {
	if [ "$1" != - ]; then
		printf '%s\n' "$@"
	else
		cat
	fi | nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/peers/own.py" "$port"
}

# answered N address: that one, soon.
answered() {
	until_is 20 "$2 $1" ask "$2" || atf_fail "$2 is not answered by $1"
}

daemon_case many "thousands of own addresses are refused, the last like the first"
many_body() {
	python3 -c 'for i in range(3400):
    print("8.9.%d.%d" % (i >> 8, i & 255))
for i in range(1000):
    print("2a00:1234::%x" % i)' >own
	sed 's,^.*:.*$,addr add &/128 dev lo,;t
	    s,^,addr add ,;s,$,/32 dev lo,' own >batch
	world <<-EOT
		pass from localhost
	EOT
	awk 'NR % 50 == 1 { print } { last = $0 } END { print last }' own |
	    ask - >got
	awk '$2 != 2' got >wrong
	atf_check cat wrong
	answered 5 8.20.0.2
	# One more, and one less: the router hears of it, or of its next one.
	net_in world ip addr add 8.20.0.3/32 dev lo
	answered 2 8.20.0.3
	net_in world ip addr del 8.20.0.3/32 dev lo
	net_in far ip addr add 8.20.0.3/24 dev to-world
	answered 5 8.20.0.3
	kill -9 "$(pid_of router)"
	until_is 20 1 counter child-deaths
	answered 5 8.20.0.2
	tail -n 40 own | ask - >got
	awk '$2 != 2' got >wrong
	atf_check cat wrong
	daemon_end "killed by signal 9"
}

# verdict word port: of that port of 8.20.0.2.
verdict() {
	ctl test from 127.0.0.1 connect 8.20.0.2 "$2" >verdict
	grep -qw "$1" verdict || atf_fail "$2: $(cat verdict)"
}

daemon_case unknown "without the list, what may be in it is refused"
unknown_body() {
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer wants to be loaded first"
	LD_PRELOAD=$SRC/tools/noaddrs.so
	export LD_PRELOAD
	: >no-addresses
	world <<-EOT
		log to stderr sessions
		block
		pass from localhost
		pass from localhost to { any, <internal> } port 10:19
		pass from localhost to 8.20.0.0/31
		pass from localhost to <internal> port 20
	EOT
	unset LD_PRELOAD
	grep -q "addresses of this host: unknown: refusing any target" \
	    daemon.log || atf_fail "nobody is told"
	# Whosever it is; but for one that a rule names.
	answered 5 8.20.0.1
	answered 2 8.20.0.2
	ctl test from 127.0.0.1 connect 8.20.0.2 9 >verdict
	grep -q "maybe this host, whose addresses are not known" verdict ||
	    atf_fail "$(cat verdict)"
	# One that passes either way; then one that does so only if it is ours.
	verdict pass 15
	verdict block 20
	kill -9 "$(pid_of router)"
	until_is 20 1 counter child-deaths
	answered 2 8.20.0.2
	rm no-addresses
	answered 5 8.20.0.2
	grep -q "addresses of this host: known again" daemon.log ||
	    atf_fail "nobody is told that they are"
	# It fails while the daemon runs: what was known then may be wrong.
	: >no-addresses
	net_in world ip addr add 8.20.0.9/32 dev lo
	answered 2 8.20.0.2
	rm no-addresses
	answered 5 8.20.0.2
	answered 2 8.20.0.9
	daemon_end "killed by signal 9"
}

daemon_case loop "an upstream that leads back to the daemon is no way"
loop_body() {
	back=$(freeport)
	# Which addresses the host has is not in the config.
	world <<-EOT
		log to stderr sessions
		listen on 0.0.0.0 port $back open
		upstream back {
			member socks5 8.20.0.1 port $back
			retry 0 backoff 1s to 1s
		}
		upstream both {
			member socks5 8.20.0.1 port $back
			member http 8.20.0.2 port 9
			retry 0 backoff 1s to 1s
		}
		pass from any to 8.20.0.2 port 9 via back
	EOT
	answered 1 8.20.0.2
	await daemon.log "member 1: is a listener of this daemon: a loop" ||
	    atf_fail "the log does not tell"
	ctl show counters >counters
	n=$(awk '$1 == "sessions-accepted" { print $2 }' counters)
	[ "$n" -le 5 ] || atf_fail "one request became $n"
	# The other member is tried.
	sed 's/via back/via both/' socks5d.conf >next.conf
	cat next.conf >socks5d.conf
	ctl reload || atf_fail "not taken"
	answered 1 8.20.0.2
	await daemon.log "member 2: Connection refused" ||
	    atf_fail "the other one was not tried"
	daemon_end
}

daemon_case itself "a connection to itself is one that was refused"
itself_body() {
	net_new world
	# The first of them is what a socket gets that has no port yet.
	net_in world sh -c \
	    'echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range'
	net_daemon world
	port=39000
	cat >socks5d.conf <<-EOT
		set relays 1
		log to stderr format json sessions
		listen on localhost port $port
		upstream "dead" {
			member socks5 127.0.0.1 port 40000
			check every 1s
			retry 0 backoff 100ms to 100ms
		}
		block
		pass from localhost to { <internal> any }
		pass to 127.0.0.1 port 40001 source 127.0.0.1
		pass to 9.9.9.9 via "dead"
		pass to 9.9.9.8 rdr-to 127.0.0.1 port 40000
	EOT
	daemon_respawn
	daemon_ready
	rounds=$(long 40 200)
	nsenter -t "$(cat other.world.pid)" -n python3 "$SRC/peers/itself.py" \
	    "$port" "$rounds" >got
	atf_check -o inline:"5\n" sort -u got
	until_is 20 "$((rounds * 6))" grep -c '"event":"session"' daemon.log ||
	    atf_fail "sessions are missing in the log"
	grep -c "the connection was one to itself" daemon.log >selves
	# Or this has shown nothing.
	[ "$(cat selves)" -ge "$rounds" ] || atf_fail "only $(cat selves) were"
	atf_check -s exit:1 grep '"event":"session".*"rep":0' daemon.log
	until_is 20 1 sh -c "\"$SOCKS5CTL\" -s \"$PWD/ctl\" show upstreams |
	    grep -c 'Connection refused'" || atf_fail "not told of the member"
	# Who should be there can have its port at once.
	net_in world python3 -c 'import socket
for port in 40000, 40001:
    socket.socket().bind(("127.0.0.1", port))'
	daemon_end "upstream"
}
