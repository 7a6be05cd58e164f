#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# UDP and BIND through a firewall and behind a translator of addresses, with
# the configurations and the rules of nft(8) that socks5d.conf(5) has for them.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip nft sysctl"

# example text: the one of the page that has this text.
example() {
	python3 "$SRC/cases/firewall.py" example \
	    "$SRC/../../socks5d.conf.5" "$1"
}

# cable here there n name address address: net_join, with the name of the page
# here, and with addresses of both ends.
cable() {
	net_join "$1" "$2" "$3"
	net_in "$1" ip link set "to-$2" down
	net_in "$1" ip link set "to-$2" name "$4"
	net_in "$1" ip link set "$4" up
	net_in "$1" ip addr add "$5" dev "$4"
	net_in "$2" ip addr add "$6" dev "to-$1"
}

# peer network: the host that clients talk to.
peer() {
	nsenter -t "$(cat "other.$1.pid")" -n python3 \
	    "$SRC/cases/firewall.py" peer >peer.out 2>&1 &
	echo $! >other.peer.pid
	await peer.out ready || atf_fail "no peer"
}

# client network case [argument ...]
client() {
	_net=$1
	shift
	atf_check nsenter -t "$(cat "other.$_net.pid")" -n \
	    python3 "$SRC/cases/firewall.py" "$@"
}

daemon_case gateway "a gateway whose firewall is that of the page"
gateway_body() {
	for _name in gateway lan wan; do
		net_new $_name
	done
	cable gateway lan 1 lan0 192.168.1.1/24 192.168.1.2/24
	cable gateway wan 2 wan0 203.0.113.1/24 203.0.113.9/24
	net_in wan ip addr add 9.9.9.2/32 dev lo
	net_in gateway ip route add 9.9.9.2 via 203.0.113.9
	example "udp dport 32768-60999 accept" >rules
	net_in gateway nft -f - <rules
	peer wan
	net_daemon gateway
	example "inbound any timeout udp 2m" >socks5d.conf
	daemon_respawn
	daemon_ready
	client lan gateway
	daemon_end
}

daemon_case translator "a proxy behind a translator that is that of the page"
translator_body() {
	for _name in proxy router outside; do
		net_new $_name
	done
	cable router proxy 1 lan0 10.0.0.1/24 10.0.0.5/24
	cable router outside 2 wan0 203.0.113.5/24 203.0.113.9/24
	net_in outside ip addr add 9.9.9.2/32 dev lo
	net_in outside ip route add 10.0.0.0/24 via 203.0.113.5
	net_in router ip route add 9.9.9.2 via 203.0.113.9
	net_in router sysctl -q -w net.ipv4.ip_forward=1
	net_in proxy ip route add default via 10.0.0.1
	example "udp dport 20000-20999 dnat to 10.0.0.5" >rules
	net_in router nft -f - <rules
	peer outside
	net_daemon proxy
	python3 "$SRC/cases/login.py" users users
	example "listen on 10.0.0.5 port 1080" |
	    sed "s|\"/var/lib/socks5d/users\"|\"$PWD/users\"|" >socks5d.conf
	daemon_respawn
	daemon_ready
	client outside translator
	daemon_end
}
