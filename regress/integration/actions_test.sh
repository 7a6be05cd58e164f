#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# What a rule does with a session besides letting it pass: block drop, rdr-to,
# source, mark, interface, timeout.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root

# A case in networks of its own.
far_case() {
	CASE_PROGS="unshare nsenter ip ss"
	daemon_case "$1" "$2"
	CASE_PROGS=
}

# Rules on standard input; $TARGET is an echo server.
start() {
	port=$(freeport)
	{
		echo "set relays 2"
		echo "set limit per-source 500"
		echo "log to stderr format json sessions"
		echo "listen on localhost port $port"
		cat
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	atf_check python3 "$SRC/cases/actions.py" "$@"
}

daemon_case drop "block drop says nothing, block says no"
drop_body() {
	target echo
	start <<-EOT
		block
		pass to 127.0.0.1
		block drop to 127.0.0.2
		block return to 127.0.0.3
		block drop to 203.0.113.0/24
	EOT
	client drop "$port" "$TARGET"
	daemon_end
}

daemon_case drop_name "a name that may go nowhere is dropped unresolved"
drop_name_body() {
	start <<-EOT
		block drop
	EOT
	client drop_name "$port"
	daemon_end
}

daemon_case rdr "rdr-to goes elsewhere, and is told as what was asked for"
rdr_body() {
	target echo
	nameserver <<-EOT
		www.example.org	a=192.0.2.81,192.0.2.82
	EOT
	start <<-EOT
		resolver { nameserver 127.0.0.1 port $DNS }
		pass to 192.0.2.80 port 80 rdr-to 127.0.0.1 port $TARGET
		pass to { 192.0.2.81, 192.0.2.82 } rdr-to ::1 port $TARGET
		pass to 192.0.2.83 rdr-to 127.0.0.1
	EOT
	client rdr "$port" "$TARGET"
	daemon_end
}

daemon_case source "source is where sessions come from, or there are none"
source_body() {
	start <<-EOT
		pass to 127.0.0.1 source 127.0.0.77
		pass to 127.0.0.2 source 192.0.2.10
		pass to ::1 source 127.0.0.77
		pass to 127.0.0.3
		pass to 127.0.0.4 source 192.0.2.10
	EOT
	# Neither an address of any interface nor one that is there, or twice.
	no="socks5d.conf:6: warning: source 192.0.2.10: this host has no such \
address (yet): connections that need it fail"
	"$SOCKS5D" -n -f socks5d.conf 2>said || atf_fail "it is refused"
	atf_check_equal "$no" "$(grep "has no such" said)"
	grep -F "\"warning\",\"message\":\"$no" daemon.log >said ||
	    atf_fail "no warning"
	atf_check_equal 1 "$(grep -c "no such address" daemon.log)"
	client source "$port"
	daemon_end
}

daemon_case timeouts "a rule's timeouts are those of its sessions alone"
timeouts_body() {
	start <<-EOT
		set timeout connect 500ms idle 2s half-closed 2s
		pass to 127.0.0.1
		pass to 127.0.0.2 timeout { idle 500ms half-closed 1m }
		pass to 127.0.0.3 timeout { idle 1m half-closed 500ms }
		pass to 127.0.0.4 timeout connect 200ms
		pass to 127.0.0.5 timeout connect 6500ms
	EOT
	client timeouts "$port"
	daemon_end
}

# A network "world" for the daemon with cables to "left" and "right", both of
# which have the address 10.50.0.1 and a server that says which it is; without
# a word the way is to the left.
two_ways() {
	for _name in world left right; do
		net_new $_name
	done
	net_join world left 1
	net_join world right 2
	for _name in left right; do
		net_in $_name ip addr add 10.50.0.1/32 dev lo
		_dev=10.9.$([ $_name = left ] && echo 1 || echo 2)
		net_in $_name ip route add default via "$_dev.1"
		nsenter -t "$(cat "other.$_name.pid")" -n python3 \
		    "$SRC/cases/actions.py" server $_name >$_name.out 2>&1 &
		echo $! >"other.server$_name.pid"
		await $_name.out listening || atf_fail "no server $_name"
	done
	net_in world ip route add 10.50.0.1 via 10.9.1.2
	net_daemon world
}

far() {
	atf_check nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/cases/actions.py" "$@"
}

# So that the daemon is known to have the right for a mark here.
may_mark() {
	python3 "$SRC/cases/actions.py" may_mark 2>/dev/null ||
	    atf_skip "NO TEST OF MARKS: this machine lets nobody set one"
}

daemon_case owned "a connection by an interface is the router's, as any other"
owned_body() {
	target echo
	start <<-EOT
		pass to 127.0.0.1 interface lo
	EOT
	client owned "$port" "$TARGET"
	daemon_end
}

far_case mark "mark chooses the routing table"
mark_body() {
	may_mark
	two_ways
	net_in world ip route add 10.50.0.1 via 10.9.2.2 table 77
	net_in world ip rule add fwmark 7 lookup 77
	start <<-EOT
		pass to 10.50.0.0/16 port 7001
		pass to 10.50.0.0/16 port 7002 mark 7
		pass to 10.50.0.0/16 port 7003 mark 8
	EOT
	far says "$port" 7001 left
	far says "$port" 7002 right
	far says "$port" 7003 left
	# More at once than are at hand.
	far crowd "$port" 7002 right 100
	# Another config has other marks.
	sed -i 's/mark 7/mark 9/; s/mark 8/mark 7/' socks5d.conf
	ctl reload >reload.out || atf_fail "no reload: $(cat reload.out)"
	far says "$port" 7002 left
	far says "$port" 7003 right
	grep -v mark socks5d.conf >new.conf
	mv new.conf socks5d.conf
	ctl reload >reload.out || atf_fail "no reload: $(cat reload.out)"
	far says "$port" 7001 left
	far refused "$port" 10.50.0.1 7002 2
	sockets_gone
	daemon_quit
}

# No socket of a class is left with the router.
sockets_gone() {
	until_is 10 "$(awk '$1 == "router" { print $3 }' fds.first)" \
	    router_fds 8 || atf_fail "spare sockets are left"
}

# As many as at first, less those at hand then.
router_fds() {
	_fds=$(fds_all | awk '$1 == "router" { print $3 }')
	echo $((_fds + 2 * $1))
}

far_case interface "interface is the way out, and a missing one none"
interface_body() {
	two_ways
	# No other way is known there, and none is needed.
	net_in world ip route add 10.50.0.1 via 10.9.2.2 metric 100
	start <<-EOT
		pass to 10.50.0.0/16 port 7001
		pass to 10.50.0.0/16 port 7002 interface to-right
		pass to 10.50.0.0/16 port 7003 interface later
	EOT
	far says "$port" 7001 left
	far says "$port" 7002 right
	far crowd "$port" 7002 right 100
	no="socks5d.conf:7: warning: interface later: this host has no such"
	await daemon.log "\"warning\",\"message\":\"$no" || atf_fail "no warning"
	atf_check -o ignore -e match:"$no interface" "$SOCKS5CTL" \
	    -s "$PWD/ctl" reload
	far refused "$port" 10.50.0.1 7003 3 "later: No such device (required by the rule in socks5d.conf:7)"
	net_in world ip link add later type veth peer name beyond
	net_in world ip link set later up
	net_in world ip link set beyond up
	net_in world ip addr add 10.60.0.1/24 dev later
	net_in world ip route add 10.50.0.1 dev later metric 300
	far waits "$port" 10.50.0.1 7003
	# It comes again under another number, with spare sockets at hand.
	net_in world ip link del to-right
	net_join world right 2
	net_in right ip route add default via 10.9.2.1
	net_in world ip route add 10.50.0.1 via 10.9.2.2 metric 100
	far crowd "$port" 7002 right 20
	net_in world ip link del later
	daemon_end
}

daemon_case forbidden "a mark that may not be set is refused by the config"
forbidden_head() {
	atf_set descr "a mark that may not be set is refused by the config"
	atf_set require.user root
	atf_set require.progs "setpriv"
}
forbidden_body() {
	cat >weak <<-EOT
		#!/bin/sh
		exec setpriv --bounding-set=-net_admin,-net_raw \
		    --inh-caps=-net_admin,-net_raw $(realpath "$SOCKS5D") "\$@"
	EOT
	chmod +x weak
	SOCKS5D=$PWD/weak
	port=$(freeport)
	printf 'listen on localhost port %s\npass mark 7\n' "$port" >socks5d.conf
	atf_check -s exit:1 -e match:"socks5d.conf:2: mark 7: .*CAP_NET_RAW" \
	    ./weak -d -f socks5d.conf -s "$PWD/ctl"
	start <<-EOT
		pass
	EOT
	echo "pass mark 7" >>socks5d.conf
	atf_check -s exit:1 -e match:"socks5d.conf:6: mark 7: .*CAP_NET_RAW" \
	    -e match:"the config in force stays" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	daemon_end
}
