#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# One address, one judgement: an IPv4 address that an IPv6 one holds, as those
# of NAT64, 6to4, Teredo and ISATAP do, is judged like it, and both must pass.
# The host here has no way out, so that what passes ends in reply 3, network
# unreachable, and what does not in reply 2.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip perl"

CTL="$SOCKS5CTL -s $PWD/ctl"

# config: all but the rules, which are read.
config() {
	{
		echo "set relays 1"
		echo "log to stderr format json sessions"
		echo "resolver { nameserver 127.0.0.1 port $DNS }"
		echo "listen on localhost port $port"
		cat
	} >socks5d.conf
}

# start: with the rules on standard input and the names of hosts.
start() {
	private_host
	touch hosts
	nameserver <hosts
	port=$(freeport)
	config
	daemon_respawn
	daemon_ready
}

# Questions without an answer are given up only after some tries.
finish() {
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end
}

# The same with other rules.
again() {
	config
	atf_check -o match:"generation" $CTL reload
}

# answered reply name or address...: each is.
answered() {
	_rep=$1
	shift
	for _n in "$@"; do
		echo "$_n $_rep"
	done >want
	ask 80 "$@" >got
	atf_check -o file:want cat got
}

# The forms of 9.9.9.9 and of 8.8.8.8; a Teredo address holds two of them.
NINE="9.9.9.9 ::ffff:9.9.9.9 64:ff9b::909:909 2002:909:909::1
    2001:0:909:909::fefe:fefe 2001:0:101:101::f6f6:f6f6 2a00::5efe:909:909
    2a00::200:5efe:909:909 2002:101:101::5efe:909:909"
EIGHT="8.8.8.8 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1
    2001:0:808:808::fefe:fefe 2001:0:101:101::f7f7:f7f7 2a00::5efe:808:808"

daemon_case blocked "what is blocked is so in every form"
blocked_body() {
	cat >hosts <<-EOT
		both.test	a=9.9.9.9 aaaa=64:ff9b::909:909
		six.test	aaaa=64:ff9b::909:909
		good.test	aaaa=64:ff9b::808:808
		mixed.test	aaaa=64:ff9b::909:909,64:ff9b::808:808
	EOT
	start <<-EOT
		table <bad> address { 7.7.7.7 }
		pass
		block to 9.9.9.0/24
		block to <bad>
	EOT
	answered 2 $NINE both.test six.test
	answered 3 $EIGHT good.test mixed.test
	again <<-EOT
		table <bad> address { 9.9.9.9 }
		pass
		block quick to <bad>
	EOT
	answered 2 $NINE both.test six.test
	answered 3 $EIGHT good.test
	# Which may be changed while it runs.
	atf_check -o ignore $CTL table bad add 8.8.8.0/24
	answered 2 $NINE $EIGHT good.test mixed.test
	atf_check -o ignore $CTL table bad test $NINE $EIGHT
	atf_check -s exit:1 -o match:"64:ff9b::808:707: no" -e ignore \
	    $CTL table bad test 64:ff9b::808:707
	atf_check -o ignore $CTL table bad delete 9.9.9.9
	answered 3 $NINE both.test
	# What names one form says nothing about the address as such.
	atf_check -o ignore $CTL table bad add 64:ff9b::909:909
	answered 2 64:ff9b::909:909 six.test
	answered 3 9.9.9.9 2002:909:909::1 both.test
	finish
}

daemon_case named "what passes must do so in each of its forms"
named_body() {
	start <<-EOT
		pass to 8.8.8.0/24
	EOT
	answered 3 8.8.8.8 ::ffff:8.8.8.8
	answered 2 64:ff9b::808:808 2002:808:808::1 9.9.9.9
	again <<-EOT
		pass to { 8.8.8.0/24, 64:ff9b::/96, 2001::/32 }
	EOT
	answered 3 8.8.8.8 64:ff9b::808:808 2001:0:808:808::f7f7:f7f7
	answered 2 64:ff9b::909:909 2001:0:808:808::f6f6:f6f6
	# Negation is no way round it.
	again <<-EOT
		pass to !9.9.9.0/24
	EOT
	answered 2 $NINE
	answered 3 $EIGHT
	again <<-EOT
		pass
		block to { !8.8.8.0/24, !64:ff9b::/96 }
	EOT
	answered 3 8.8.8.8 64:ff9b::808:808
	answered 2 64:ff9b::909:909 2002:808:808::1
	# Who names a network of forms has not named what is not public in it.
	again <<-EOT
		pass
		pass to { 64:ff9b::/96, 2002::/16 }
	EOT
	answered 3 64:ff9b::808:808
	answered 2 64:ff9b::a00:1 2002:7f00:1::1 64:ff9b::a9fe:a9fe
	again <<-EOT
		pass to { any, <internal> }
		block to 10.0.0.0/8
	EOT
	answered 2 64:ff9b::a00:1 2002:a00:1::1 ::10.0.0.1 ::ffff:0:10.0.0.1 \
	    64:ff9b:1::10.0.0.1 64:ff9b:1:a00:0:100::
	finish
}

daemon_case country "the country is that of the address inside, too"
country_body() {
	perl "$SRC/tools/mmdb.pl" >geo.mmdb <<-EOT || atf_fail "no database"
		8.8.8.0/24 US
		9.9.9.0/24 KP
		2a00::/16 US
	EOT
	start <<-EOT
		geoip "$PWD/geo.mmdb"
		pass
		block to country kp
	EOT
	answered 2 $NINE
	answered 3 $EIGHT
	again <<-EOT
		geoip "$PWD/geo.mmdb"
		pass to country us
	EOT
	answered 3 8.8.8.8 2a00::5efe:808:808
	answered 2 2a00::5efe:909:909 2a00::5efe:707:707 64:ff9b::808:808
	again <<-EOT
		geoip "$PWD/geo.mmdb"
		pass to country !kp
	EOT
	answered 2 $NINE
	answered 3 $EIGHT
	finish
}

daemon_case own "an address of this host is none's in any form"
own_body() {
	start <<-EOT
		pass
		pass to 64:ff9b::/96
	EOT
	answered 3 8.20.0.1 64:ff9b::814:1
	$INSIDE ip addr add 8.20.0.1/32 dev lo
	until_is 20 "8.20.0.1 2" ask 80 8.20.0.1 || atf_fail "never known"
	answered 2 64:ff9b::814:1 2002:814:1::1 2001:0:814:1::fefe:fefe \
	    2a00::5efe:814:1
	finish
}

daemon_case nat64 "an IPv4 address is known by a prefix that is configured"
nat64_body() {
	rules="pass
	    block to 9.9.9.0/24"
	start <<-EOT
		$rules
	EOT
	of32=2a00:64:909:909:: of48=2a00:1:64:909:9:900::
	of96=2a00:9:0:0:64::909:909
	answered 3 $of32 $of48 $of96
	answered 2 64:ff9b::909:909
	again <<-EOT
		set nat64 { 2a00:64::/32, 2a00:1:64::/48, 2a00:9:0:0:64::/96 }
		$rules
	EOT
	answered 2 $of32 $of48 $of96 64:ff9b::909:909 2a00:64:909:909:ff00::1 \
	    2a00:64:a00:1:: 2a00:9:0:0:64::7f00:1
	answered 3 2a00:64:808:808:: 2a00:1:64:808:8:800:: \
	    2a00:9:0:0:64::808:808 2a00:65:909:909:: 2a00:9::909:909
	atf_check -s exit:1 -o match:"contains 9.9.9.9 \(NAT64\)" \
	    $CTL test connect $of48 80
	finish
}

daemon_case client "a client is judged in each form, too"
client_body() {
	start <<-EOT
		pass
		block from 9.9.9.0/24
		block from 7.7.7.7 to 8.8.8.8
	EOT
	for from in 9.9.9.9 ::ffff:9.9.9.9 64:ff9b::909:909 2002:909:909::1; do
		atf_check -s exit:1 -o match:"cause rule" \
		    $CTL test from "$from" connect 1.1.1.1 80
		atf_check -s exit:1 -o match:"not looked up" \
		    $CTL test from "$from" connect a.test 80
	done
	$INSIDE ip addr add 64:ff9b::909:909/128 dev lo
	atf_check -o inline:"2\n" $INSIDE python3 -c "
import socks
sock = socks.connect($port, '::1', 30, ('64:ff9b::909:909', 0))
print(socks.handshake(sock, '1.1.1.1', 80)[0])"
	for from in 7.7.7.7 64:ff9b::707:707; do
		atf_check -o ignore $CTL test from "$from" connect 1.1.1.1 80
		for to in 8.8.8.8 64:ff9b::808:808 2002:808:808::1; do
			atf_check -s exit:1 -o match:"cause rule" \
			    $CTL test from "$from" connect "$to" 80
		done
	done
	finish
}

daemon_case source "clients that a translator brings are a source each"
source_body() {
	start <<-EOT
		set limit source-sessions 1
		set nat64 2a00:9:0:0:64::/96
		pass from any to { any <internal> }
	EOT
	witness one 127.0.0.1
	for addr in 9.9.9.9/32 64:ff9b::909:909/128 64:ff9b::808:808/128 \
	    2a00:9:0:0:64::707:707/128 2a00:9:0:0:64::606:606/128; do
		$INSIDE ip addr add "$addr" dev lo
	done
	cat >clients.py <<-EOT
		import sys
		import time
		import socks
		# One of them is the same as the first, whichever way it comes;
		# a prefix that is configured may have hosts of its own in it.
		held = []
		for source in ("64:ff9b::909:909", "64:ff9b::808:808", "9.9.9.9",
		               "64:ff9b::909:909", "2a00:9:0:0:64::707:707",
		               "2a00:9:0:0:64::606:606"):
		    host = "::1" if ":" in source else "127.0.0.1"
		    sock = socks.connect($port, host, 30, (source, 0))
		    held.append(sock)
		    print(source, socks.handshake(sock, "127.0.0.1", $WITNESS)[0])
		for sock in held[:2] + held[4:5]:
		    sock.sendall(b"x")
	EOT
	cat >want <<-EOT
		64:ff9b::909:909 0
		64:ff9b::808:808 0
		9.9.9.9 1
		64:ff9b::909:909 1
		2a00:9:0:0:64::707:707 0
		2a00:9:0:0:64::606:606 1
	EOT
	atf_check -o file:want $INSIDE python3 clients.py
	finish
}

daemon_case banned "a ban is of the address that was translated"
banned_body() {
	python3 "$SRC/cases/login.py" users users
	start <<-EOT
		users "$PWD/users"
		set auth throttle after 4 failures in 10m ban 10m
		listen on ::1 port $(freeport | tee second) name second \
		    auth required
		pass from any to { any <internal> }
	EOT
	$INSIDE ip addr add 64:ff9b::909:909/128 dev lo
	atf_check -o inline:"refused\nrefused\nrefused\nrefused\n" \
	    $INSIDE python3 -c "
import socks
for n in range(4):
    sock = socks.connect($(cat second), '::1', 30, ('64:ff9b::909:909', 0))
    try:
        socks.handshake(sock, '127.0.0.1', 9, user=(b'eve', b'%d' % n))
    except PermissionError:
        print('refused')"
	for from in 9.9.9.9 64:ff9b::909:909; do
		atf_check -s exit:1 -o match:"9.9.9.9 is banned for .*unban 9" \
		    $CTL test from "$from" user bob on second \
		    connect 127.0.0.1 9
	done
	atf_check -o not-match:"banned" $CTL test from 64:ff9b::808:808 \
	    user bob on second connect 127.0.0.1 9
	atf_check -o ignore $CTL unban 64:ff9b::909:909
	atf_check -o not-match:"banned" $CTL test from 9.9.9.9 user bob \
	    on second connect 127.0.0.1 9
	finish
}

daemon_case revoked "a session ends if its address is refused inside"
revoked_body() {
	start <<-EOT
		pass to { any, 64:ff9b::/96 }
	EOT
	$INSIDE ip addr add 64:ff9b::909:909/128 dev lo
	until_is 20 1 sh -c "$CTL test connect 64:ff9b::909:909 80 |
	    grep -c 'internal: this host'" || atf_fail "never known"
	cat >client.py <<-EOT
		import socket
		import socks
		nine = socket.create_server(("64:ff9b::909:909", 0),
		                            family=socket.AF_INET6)
		sock = socks.connect($port)
		sock.settimeout(60)
		print(socks.handshake(sock, "64:ff9b::909:909",
		                      nine.getsockname()[1])[0], flush=True)
		try:
		    while sock.recv(64):
		        pass
		except ConnectionResetError:
		    pass
		print("end", flush=True)
	EOT
	$INSIDE python3 client.py >client.out 2>&1 &
	echo $! >other.client.pid
	await client.out 0 || atf_fail "no session: $(cat client.out)"
	config <<-EOT
		pass to { any, 64:ff9b::/96 }
		block to 9.9.9.0/24
	EOT
	atf_check -o ignore $CTL reload revoke
	await client.out end || atf_fail "it goes on"
	atf_check -o inline:"0\nend\n" cat client.out
	finish
}

daemon_case told "socks5ctl test and the log say which form it was"
told_body() {
	start <<-EOT
		pass
		block to 9.9.9.0/24
		pass to 10.1.0.0/16
		pass to 10.2.0.0/16
		pass to 64:ff9b::/96
	EOT
	why="64:ff9b::909:909 contains 9.9.9.9 \(NAT64\), which the rule in"
	atf_check -s exit:1 -o save:out $CTL test connect 64:ff9b::909:909 80
	atf_check -o ignore grep -E \
	    "contains: 9.9.9.9 \(NAT64\), which must pass, too" out
	atf_check -o ignore grep -E "why: $why .*:6 blocks" out
	atf_check -o save:out $CTL test connect 64:ff9b::a01:203 80
	atf_check -o ignore grep -E "contains: 10.1.2.3 \(NAT64\)" out
	atf_check -s exit:1 -o save:out $CTL test connect 64:ff9b::a03:1 80
	atf_check -o ignore grep -E "contains 10.3.0.1 \(NAT64\) is internal" \
	    out
	answered 2 64:ff9b::909:909
	until_is 20 1 grep -cE "\"address\":\"64:ff9b::909:909\".*$why" \
	    daemon.log || atf_fail "the log does not say so"
	# The rule that blocks is the one that has decided.
	atf_check -o match:'conf:6  matches: 1  decisions: 1 ' \
	    -o match:'conf:9  matches: 0  decisions: 0 ' $CTL show rules
	finish
}
