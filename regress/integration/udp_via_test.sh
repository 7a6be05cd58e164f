#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# UDP by way of SOCKS5 proxies: an association at one of them, of which the
# client sees nothing.  The clients are in udp_via.py.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/via.sh"

ALL='pass from localhost to { any, <internal> } via "up"'

# start_by members [rules]: a daemon that sends all by an upstream of these
# members, or what the rules say.
start_by() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		log to stderr format json sessions flows
		upstream "up" { $1 }
		listen on localhost port $port
		${2:-$ALL}
	EOT
}

# member [arguments of upstreamd]: adds such a proxy to $MEMBERS.
member() {
	upstreamd socks5 "$@"
	MEMBERS="$MEMBERS member socks5 127.0.0.1 port $UPSTREAM udp"
}

client() {
	_case=$1; shift
	atf_check timeout 50 python3 "$SRC/cases/udp_via.py" "$_case" "$port" \
	    "$@"
}

# ours: another daemon of ours as a proxy, in a folder of its own.
ours() {
	_port=$(freeport)
	mkdir ours
	cat >ours/socks5d.conf <<-EOT
		set relays 1
		listen on 127.0.0.1 port $_port
		pass from localhost to { any, <internal> }
	EOT
	"$SOCKS5D" -dv -f ours/socks5d.conf -s "$PWD/ours/ctl" \
	    </dev/null >ours/out 2>ours/log &
	echo $! >other.ours.pid
	await -t 30 ours/log "Z ready" || atf_fail "no other daemon"
	MEMBERS="$MEMBERS member socks5 127.0.0.1 port $_port udp"
}

# ours_is_clean: it has no association and no descriptor of one any more.
ours_is_clean() {
	until_is 10 0 ours_sessions || atf_fail "the other daemon has sessions"
	if grep -E 'killed by|security:|protocol violation' ours/log; then
		atf_fail "the other daemon has lost a child"
	fi
}

ours_sessions() {
	"$SOCKS5CTL" -s "$PWD/ours/ctl" show status |
	    awk '$1 == "sessions:" { print $2 }'
}

# Cases that need one right proxy: name and what it shows.
ours_case() {
	daemon_case "$1" "$2"
	eval "$1_body() {
		ours
		start_by \"\$MEMBERS\"
		client $1
		ours_is_clean
		daemon_end
	}"
}

ours_case sizes "payloads of all lengths arrive whole, both ways"
ours_case families "IPv4, IPv6 and names in one association"
ours_case burst "datagrams that come together stay apart and in order"

ours_case echo "a destination, and the association at the proxy ends with it"

# Names go to the proxy as they are.
NAMES='pass to domain { "*.example", "localhost" } via "up" resolve remote'

daemon_case remote "names that the proxy resolves, each with its own answers, \
which carry the name"
remote_body() {
	member
	start_by "$MEMBERS" "$NAMES"
	client remote One.Example two.example
	await -n 2 "$UPSTREAM_LOG" "associated" || atf_fail "associations"
	for name in one two; do
		await "$UPSTREAM_LOG" "datagram $name.example" ||
		    atf_fail "not by name"
	done
	await -n 2 "$UPSTREAM_LOG" "ended" || atf_fail "they go on"
	# More than are asked for at a time.
	client remote $(seq -f %g.example 12)
	await -n 14 "$UPSTREAM_LOG" "ended" || atf_fail "they go on"
	daemon_end
}

daemon_case remote_ours "the same by another daemon of ours"
remote_ours_body() {
	ours
	start_by "$MEMBERS" "$NAMES"
	client remote localhost
	ours_is_clean
	daemon_end
}

daemon_case bound "datagrams go to the proxy's own address, whatever it says \
of where it is bound"
bound_body() {
	for host in 0.0.0.0 :: 192.0.2.1 127.0.0.2 ::ffff:127.0.0.1; do
		MEMBERS=
		member "do=bound:$host"
		start_by "$MEMBERS"
		client echo 2
		daemon_end
	done
}

# refused name reason do=...: nothing goes by such a proxy, nor directly.
daemon_case refused "a proxy that refuses, has no port or only a name for us, \
or hangs up: nothing arrives, and nothing goes directly"
refused_body() {
	for does in refuse:7 refuse:2 port:0 name:9 close:request reset:request \
	    close:greeting junk:ffff; do
		MEMBERS=
		member "do=$does"
		start_by "$MEMBERS"
		client nothing unreachable 3
		daemon_end
	done
}

daemon_case silent "a proxy that does not answer, and one that relays nothing"
silent_body() {
	member do=stall:request
	start_by "$MEMBERS" "set timeout connect 1s
$ALL"
	client nothing unreachable 2
	daemon_end
	MEMBERS=
	member do=drop
	start_by "$MEMBERS"
	client unheard 5
	await -n 5 "$UPSTREAM_LOG" "datagram 127.0.0.1" || atf_fail "not sent"
	await "$UPSTREAM_LOG" ended || atf_fail "the association goes on"
	daemon_end
}

daemon_case many "many destinations by one association"
many_body() {
	member
	start_by "$MEMBERS"
	client many 100
	[ "$(grep -c associated "$UPSTREAM_LOG")" = 1 ] ||
	    atf_fail "more than one association"
	daemon_end
}

daemon_case ways "a proxy of IPv6, a source, and a destination that is another \
one in truth"
ways_body() {
	upstreamd socks5
	start_by "member socks5 ::1 port $UPSTREAM udp"
	client echo 3
	daemon_end
	member
	start_by "$MEMBERS" "$ALL source 127.0.0.2"
	client echo 3
	await "$UPSTREAM_LOG" "from 127.0.0.2" || atf_fail "another source"
	daemon_end
	# What is said to be 192.0.2.1 is here.
	start_by "$MEMBERS" \
	    "pass to 192.0.2.1 rdr-to 127.0.0.1 via \"up\""
	client redirected 192.0.2.1
	daemon_end
}

daemon_case login "with a login, and not with a wrong one"
login_body() {
	upstreamd socks5 user=alice password=secret
	(umask 077; echo secret >secret)
	start_by "member socks5 127.0.0.1 port $UPSTREAM user alice \
password file \"$PWD/secret\" udp"
	client echo
	daemon_end
	echo wrong >secret
	start_by "member socks5 127.0.0.1 port $UPSTREAM user alice \
password file \"$PWD/secret\" udp"
	client nothing unreachable
	daemon_end
}

daemon_case wrong "answers that are fragments, malformed or from anybody else \
are dropped and counted, and those behind them arrive"
wrong_body() {
	for kind in frag:fragment rsv:malformed type:malformed short:malformed \
	    address:stranger port:stranger name:stranger; do
		MEMBERS=
		member "do=before:${kind%:*}"
		start_by "$MEMBERS"
		client wrong "${kind#*:}" 3
		daemon_end
	done
}

daemon_case failover "of two proxies the one that works is used, and the other \
one when that one is gone"
failover_body() {
	member do=refuse:1
	member
	start_by "$MEMBERS"
	client echo 2
	client echo 2
	await -n 2 "$UPSTREAM_LOG" "associated" || atf_fail "not by the second"
	[ "$(field up 2 sessions)" = 0 ] || atf_fail "sessions are left"
	daemon_end
}

daemon_case lost "a proxy that ends the association: its destinations are \
asked for anew"
lost_body() {
	member do=end:1,end:1,end:1,ok
	start_by "$MEMBERS"
	client echo 4 40
	# Datagrams may be through before the end is noticed.
	[ "$(grep -c associated "$UPSTREAM_LOG")" -ge 2 ] ||
	    atf_fail "not asked anew"
	await daemon.log '"cause":"proxy"' || atf_fail "no line of it"
	daemon_end
}

daemon_case shown "one association at the proxy for each of ours, counted as \
a session of it"
shown_body() {
	member
	start_by "$MEMBERS"
	python3 "$SRC/cases/udp_via.py" steps "$port" go >steps.out 2>&1 &
	echo $! >other.steps.pid
	await said x || atf_fail "no echo: $(cat steps.out)"
	[ "$(field up 1 sessions)" = 1 ] || atf_fail "no session"
	atf_check -o match:" 1/1 .* socks5d.conf:[0-9]+ via=up/1\$" \
	    "$SOCKS5CTL" -s "$PWD/ctl" show sessions -v
	: >go
	await -n 2 said x || atf_fail "no second echo: $(cat steps.out)"
	wait "$(cat other.steps.pid)" || {
		cat steps.out >&2
		atf_fail "see above"
	}
	until_is 10 0 field up 1 sessions || atf_fail "a session is left"
	[ "$(grep -c associated "$UPSTREAM_LOG")" = 1 ] ||
	    atf_fail "more than one association"
	[ "$(field up 1 bytes_up)" = 18 ] || atf_fail "bytes"
	await -n 2 daemon.log '"via":"up/1"' || atf_fail "no lines of flows"
	daemon_end
}

daemon_case reloads "a rule that goes another way after a reload: so do the \
datagrams that follow"
reloads_body() {
	member
	start_by "$MEMBERS"
	python3 "$SRC/cases/udp_via.py" steps "$port" direct by >steps.out 2>&1 &
	echo $! >other.steps.pid
	await said x || atf_fail "no echo: $(cat steps.out)"
	cp socks5d.conf by.conf
	sed 's/ via "up"//' by.conf >socks5d.conf
	ctl reload || atf_fail "reload"
	: >direct
	await -n 2 said x || atf_fail "no second echo: $(cat steps.out)"
	[ "$(grep -c datagram "$UPSTREAM_LOG")" = 1 ] ||
	    atf_fail "still by the proxy"
	await "$UPSTREAM_LOG" ended || atf_fail "the association goes on"
	cp by.conf socks5d.conf
	ctl reload || atf_fail "reload"
	: >by
	await -n 3 said x || atf_fail "no third echo: $(cat steps.out)"
	[ "$(grep -c datagram "$UPSTREAM_LOG")" = 2 ] ||
	    atf_fail "not by the proxy"
	wait "$(cat other.steps.pid)" || {
		cat steps.out >&2
		atf_fail "see above"
	}
	daemon_end
}

daemon_case unfit "a rule that names no command, and a proxy that relays no \
UDP: nothing arrives, and nothing goes directly"
unfit_body() {
	upstreamd socks5
	start_by "member socks5 127.0.0.1 port $UPSTREAM"
	client nothing unreachable 2
	target echo
	python3 "$SRC/peers/via.py" "$port" 127.0.0.1 "$TARGET" >out
	[ "$(cat out)" = "0 right" ] || atf_fail "connections: $(cat out)"
	daemon_end
	if grep -q associate "$UPSTREAM_LOG"; then
		atf_fail "it was asked"
	fi
}

daemon_case deaths "the upstream process or the router is killed: the way is \
found again"
deaths_body() {
	member
	start_by "$MEMBERS"
	for role in upstream router; do
		client restarts "$(pid_of $role)" $role
		await -n 1 daemon.log "$role" || atf_fail "no word of it"
	done
	until_is 30 0 sessions || atf_fail "sessions are left"
	daemon_quit
}

CASE_PROGS=danted
daemon_case dante "by way of Dante"
dante_body() {
	_port=$(freeport)
	cat >danted.conf <<-EOT
		logoutput: stderr
		internal: 127.0.0.1 port = $_port
		external: 127.0.0.1
		clientmethod: none
		socksmethod: none
		user.privileged: $(id -un)
		user.unprivileged: $(id -un)
		client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
		socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0
			command: udpassociate udpreply }
	EOT
	danted -N 1 -f danted.conf -p "$PWD/danted.pid" >danted.log 2>&1 &
	echo $! >other.danted.pid
	until_is 10 yes is_there "$_port" || {
		cat danted.log >&2
		atf_fail "see above"
	}
	start_by "member socks5 127.0.0.1 port $_port udp"
	client echo 5
	daemon_end
}

is_there() {
	listens "$1" && echo yes
}
