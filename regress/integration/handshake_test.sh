#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# From the first byte of a client to the reply: every cut, every byte value,
# every refusal, and how long it may take.  The clients are in handshake.py.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_SECONDS=120

# The daemon of most cases, from which nothing leads out of this host; public=any
# is for cases that ask for no public address.  $blocked is a port of the target host that a rule
# forbids; further lines of the config come as arguments.
start() {
	set -- "$(printf '%s\n' "$@")"
	port=$(freeport)
	blocked=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit ${limit:-half-open 4096 per-source 4096}
		log to stderr format ${format:-json} sessions
		listen on localhost port $port
		pass from localhost to { ${public:+$public,} 127.0.0.1, ::1 }
		block quick from any to any port $blocked
		$1
	EOT
}

client() {
	_case=$1
	shift
	atf_check python3 "$SRC/cases/handshake.py" "$_case" "$port" "$@"
}

# Cases that need no more than the daemon: name and what it shows.
simple_case() {
	daemon_case "$1" "$2"
	eval "$1_body() { start; client $1; daemon_end; }"
}

simple_case splits "an exchange survives every cut, one-byte pieces and joins"
simple_case early_data "what comes with the request is neither lost nor early"
simple_case pipelined "a second request is the target's, not ours"
simple_case greetings "every version, every list of methods"
simple_case requests "every wrong value at every place of a request"
simple_case unasked "a login after method 0 is answered and ignored"
simple_case numbers "numbers in disguise are refused"
simple_case literals "names that are addresses, addresses that are mapped"
simple_case much_after_refusal "the reply arrives whatever a client sends"
simple_case strangers "SOCKS4, HTTP, TLS and others are closed quickly"

daemon_case hints "what the client did wrong is told by its first bytes"
hints_body() {
	python3 "$SRC/cases/login.py" users users
	login=$(freeport)
	start "users \"$PWD/users\"" \
	    "listen on 127.0.0.1 port $login auth required"
	client hints "$login"
	daemon_end
}

daemon_case stays_after_refusal "a refused client does not stay for ever"
stays_after_refusal_body() {
	public=any start
	client stays_after_refusal
	daemon_end
}

daemon_case refused_early_data "a refused target hears nothing"
refused_early_data_body() {
	start
	client refused_early_data "$blocked"
	daemon_end
}

daemon_case names "names of every length and of every byte"
names_body() {
	nameserver </dev/null
	start "resolver { nameserver 127.0.0.1 port $DNS timeout 2s }"
	client names "$DNS_LOG"
	daemon_end
}

daemon_case causes "each refusal has its reply and its word in the log"
causes_body() {
	nameserver <<-EOT
		broken.test rcode=servfail
		half.test a=127.0.0.1 aaaa=fd00::1
		inside.test a=10.0.0.1 aaaa=fd00::1
	EOT
	public=any start "resolver { nameserver 127.0.0.1 port $DNS timeout 2s }"
	client causes "$blocked"
	daemon_end
}

daemon_case deadline "the handshake has one deadline, the session none"
deadline_body() {
	start "set timeout handshake 1s"
	client deadline
	daemon_end
}

daemon_case leaves "clients that leave while their target is connected"
leaves_body() {
	start "set timeout connect 5s"
	client leaves
	daemon_end
}

daemon_case limits "half-open sessions are limited, for each and for all"
limits_body() {
	limit="half-open 40 per-source 10" start "set timeout handshake 60s"
	client limits
	daemon_end
}

daemon_case slow_crowd "many slow clients do not hold up a good one"
slow_crowd_body() {
	start "set timeout handshake 2s"
	client slow_crowd
	daemon_end
}

daemon_case mutations "one byte changed, anywhere"
mutations_body() {
	nameserver </dev/null
	start "resolver { nameserver 127.0.0.1 port $DNS timeout 2s }"
	seed=$(date +%s)
	client mutations "$seed"
	daemon_end
}

daemon_case silent_router "a router that hangs does not hang its clients"
silent_router_body() {
	start "set timeout connect 1s"
	client silent_router "$(pid_of router)"
	daemon_end
}

daemon_case lines_json "one line a session, as JSON, whatever names hold"
lines_json_body() {
	nameserver </dev/null
	start "resolver { nameserver 127.0.0.1 port $DNS timeout 2s }"
	client lines json
	daemon_end
}

daemon_case lines_text "one line a session, as text, whatever names hold"
lines_text_body() {
	nameserver </dev/null
	format=text start "resolver { nameserver 127.0.0.1 port $DNS timeout 2s }"
	client lines text
	daemon_end
}

# The network of the daemon, with all that can be wrong with one.
network_start() {
	net_new world
	net_in world ip link add test0 type veth peer name test1
	net_in world ip link set test0 up
	net_in world ip link set test1 up
	net_in world ip addr add 192.0.2.1/24 dev test0
	net_in world ip addr add 2001:db8::1/64 dev test0 nodad
	net_in world ip route add prohibit 198.51.101.0/24
	net_in world ip route add unreachable 198.51.102.0/24
	net_in world nft -f - <<-EOT
		table inet test { chain out {
		type filter hook output priority 0
		ip daddr 192.0.2.10 reject with icmp type net-unreachable
		ip daddr 192.0.2.11 reject with icmp type host-unreachable
		ip daddr 192.0.2.12 reject with icmp type port-unreachable
		ip daddr 192.0.2.13 reject with icmp type admin-prohibited
		ip daddr 192.0.2.14 meta l4proto tcp reject with tcp reset
		ip daddr 192.0.2.15 drop
		ip6 daddr 2001:db8::10 reject with icmpv6 type no-route
		ip6 daddr 2001:db8::11 reject with icmpv6 type addr-unreachable
		ip6 daddr 2001:db8::12 reject with icmpv6 type port-unreachable
		ip6 daddr 2001:db8::13 reject with icmpv6 type admin-prohibited
		ip6 daddr 2001:db8::14 meta l4proto tcp reject with tcp reset
		ip6 daddr 2001:db8::15 drop
		}
		}
	EOT
}

daemon_case unreachable "each way in which a network says no"
unreachable_head() {
	atf_set descr "each way in which a network says no"
	atf_set require.user root
	atf_set require.progs "unshare nsenter ip nft"
	atf_set timeout 60
}
unreachable_body() {
	network_start
	net_daemon world
	port=$(freeport)
	daemon_start <<-EOT
		set timeout connect 4s
		log to stderr format json sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	net_in world python3 "$SRC/cases/handshake.py" unreachable "$port"
	daemon_end
}
