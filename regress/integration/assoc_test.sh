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
		echo "set relays ${RELAYS:-1}"
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

# far_start name: answers there, at 10.99.0.1, to whatever it is sent.
far_start() {
	nsenter -t "$(cat "other.$1.pid")" -n \
	    python3 "$SRC/cases/associations.py" far "$1" >"far.$1.log" 2>&1 &
	echo $! >"other.far.$1.pid"
	await "far.$1.log" ready || atf_fail "nobody answers in $1"
}

# Two networks with the same host, 10.99.0.1: a is the usual way to it, b the
# one of routing table 77, and of the interface to-b.  The lines of config are
# read.
far_start_both() {
	net_new world
	for _name in a b; do
		_n=$([ $_name = a ] && echo 1 || echo 2)
		net_new $_name
		net_join world $_name $_n
		net_in $_name ip addr add 10.99.0.1/32 dev lo
		net_in $_name ip route add default via "10.9.$_n.1"
		net_in world ip route add 10.99.0.1 via "10.9.$_n.2" \
		    metric $_n
		net_in world sysctl -qw "net.ipv4.conf.to-$_name.rp_filter=0"
		far_start $_name
	done
	net_in world sysctl -qw net.ipv4.conf.all.rp_filter=0
	net_in world ip route add 10.99.0.1 via 10.9.2.2 table 77
	net_in world ip rule add fwmark 7 lookup 77
	net_in world ip addr add 10.9.1.9/24 dev to-a
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

daemon_case ways "datagrams go the way that their rule says, and answers come"
ways_body() {
	far_start_both <<-EOT
		listen on 127.0.0.1 port 1080
		pass to 10.99.0.1 port 7000:7099
		pass to 10.99.0.1 port 7100:7199 mark 7
		pass to 10.99.0.1 port 7200:7299 interface to-b
		pass to 10.99.0.1 port 7300:7399 source 10.9.1.9
		pass to 10.99.0.2 rdr-to 10.99.0.1 port 7000
		pass to 2001:db8::1 rdr-to 10.99.0.1
		pass to 10.99.0.1 port 7400:7499 interface to-c
	EOT
	client ways "$port"
	fds_settle_again
	daemon_end
}

# Sockets that the parent made for those who come are at hand from now on.
fds_settle_again() {
	until_is 10 0 sessions || atf_fail "sessions are left"
	fds_settle
}

daemon_case reclassed "a flow that waits for its socket is judged again"
reclassed_body() {
	far_start_both <<-EOT
		listen on 127.0.0.1 port 1080
		pass to 10.99.0.1 port 7100:7199 mark 7
	EOT
	kill -STOP "$(cat daemon.pid)"
	client reclassed "$port" &
	echo $! >other.client.pid
	await reclassed.waits yes || atf_fail "no client"
	kill -CONT "$(cat daemon.pid)"
	wait "$(cat other.client.pid)" || atf_fail "it does not go on"
	fds_settle_again
	daemon_end
}

daemon_case times "a rule's own time, shorter or longer than the one set"
times_body() {
	start <<-EOT
		set timeout udp 1s
		listen on 127.0.0.1 port 1080
		pass to 127.0.0.1
		pass to 127.0.0.2 timeout udp 100ms
		pass to 127.0.0.3 timeout udp 3s
	EOT
	client times "$port"
	daemon_end
}

daemon_case shorter "a shorter time holds for associations that are there"
shorter_body() {
	start <<-EOT
		set timeout udp 1h
		listen on 127.0.0.1 port 1080
		pass from localhost to { any, <internal> }
	EOT
	client shorter "$port" &
	echo $! >other.client.pid
	await shorter.works yes || atf_fail "no client"
	sed 's/1h/500ms/' socks5d.conf >new.conf
	mv new.conf socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	wait "$(cat other.client.pid)" || atf_fail "it does not end"
	daemon_end
}

daemon_case inbound "who was sent nothing is heard where a rule says so"
inbound_body() {
	far_start_both <<-EOT
		listen on 127.0.0.1 port 1080
		pass to 10.99.0.1 port 7000:7099
		pass to 10.99.0.1 port 7100:7199 mark 7 inbound any label in
		pass to 10.99.0.2 rdr-to 10.99.0.1 port 7005 inbound any
		pass to { 10.9.1.1, 10.9.2.1 }
		pass to ::1 inbound any
		block to 10.9.2.1 port 9999
	EOT
	client inbound "$port" &
	echo $! >other.client.pid
	await inbound.works yes || atf_fail "no client"
	sed 's/ inbound any//' socks5d.conf >new.conf
	mv new.conf socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	echo go >inbound.go
	wait "$(cat other.client.pid)" || atf_fail "the client"
	fds_settle_again
	daemon_end
}

daemon_case room "one source with all it can get leaves room for others"
room_body() {
	net_new world
	cat >wrapper <<-EOF
		#!/bin/sh
		ulimit -n 256
		exec nsenter -t $(cat other.world.pid) -n \
		    $(realpath "$SOCKS5D") "\$@"
	EOF
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	port=1080
	cat >socks5d.conf <<-EOT
		set relays 1
		log to stderr format json sessions
		listen on 127.0.0.1 port 1080
		pass from 127.0.0.0/8 to { any, <internal> }
	EOT
	daemon_respawn
	daemon_ready
	client room "$port"
	daemon_end
}

# rules line ...: other rules come into force, behind what is in head.conf.
rules() {
	{ cat head.conf; printf '%s\n' "$@"; } >new.conf
	mv new.conf socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
}

daemon_case judged "a reload closes what it refuses, of all, and nothing else"
judged_body() {
	cat >head.conf <<-EOT
		listen on 127.0.0.1 port 1080
		pass to 127.0.0.1
	EOT
	start <head.conf
	client judged "$port" &
	echo $! >other.client.pid
	await judged.works yes || atf_fail "no client"
	rules "set relays 1" "log to stderr format json sessions" \
	    "block to 127.0.0.1 port 5006:5999"
	echo go >judged.go
	wait "$(cat other.client.pid)" || atf_fail "the client"
	daemon_end
}

daemon_case revoked "reload revoke asks who users are, and ends what is killed"
revoked_body() {
	python3 "$SRC/cases/login.py" users users
	start <<-EOT
		users "$PWD/users"
		listen on 127.0.0.1 port 1080 auth required
		pass group staff to 127.0.0.1 port 5001
		pass group admins to 127.0.0.1 port 5002
	EOT
	client revoked "$port"
	daemon_end
}

daemon_case deaths "each process may die, and takes only what was its own" 120
deaths_body() {
	RELAYS=2
	start <<-EOT
		resolver { nameserver 127.0.0.1 port 5300 }
		listen on 127.0.0.1 port 1080 udp port 2000:2005
		pass from localhost to { any, <internal> } inbound any
	EOT
	client deaths "$port"
	daemon_end "was killed by signal 9"
}

daemon_case narrow "what is longer than the way to the client arrives"
narrow_body() {
	start <<-EOT
		listen on 127.0.0.1 port 1080
		pass from localhost to { any, <internal> }
	EOT
	client narrow "$port"
	daemon_end
}

daemon_case stops "a stop ends them when its time is over, now if it must be"
stops_body() {
	start <<-EOT
		set timeout drain 1h
		listen on 127.0.0.1 port 1080
		pass from localhost to { any, <internal> }
	EOT
	client stops "$port" &
	echo $! >other.client.pid
	await stops.works yes || atf_fail "no client"
	kill -TERM "$(cat daemon.pid)"
	await daemon.log "waiting for sessions" || atf_fail "it does not drain"
	echo go >stops.go
	await stops.drains yes || atf_fail "it does not go on"
	ctl stop now >/dev/null || atf_fail "no stop"
	wait "$(cat other.client.pid)" || atf_fail "the client"
	wait "$(cat daemon.pid)" || atf_fail "socks5d ended with status $?"
	rm -f daemon.pid
}
