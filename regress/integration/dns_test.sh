#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Names through the whole daemon, answered by a scripted name server: the right
# reply, within the time, by one resolution, and the address that was judged
# is the address that is connected.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_SECONDS=90

# start rules [resolver options]: the daemon with the name server at $DNS.
start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		resolver { nameserver 127.0.0.1 port $DNS $2 }
		listen on localhost port $port
		$1
	EOT
}

config() {
	cat >socks5d.conf
}

# Questions without an answer are given up only after some tries, and their
# sockets with them.
finish() {
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end "$@"
}

said() {
	cat >expected
	diff -u expected got >&2 || atf_fail "the proxy said something else"
}

daemon_case replies "each outcome has its reply code"
replies_body() {
	nameserver <<-EOT
		good.test	a=127.0.0.1
		alias.test	cname=good.test
		cut.test	a=127.0.0.1 tc
		long.test	a=127.0.0.1+100
		old.test	a=127.0.0.1 noedns
		loop.test	cname=pool.test
		pool.test	cname=loop.test
		empty.test
		bad.test	rcode=servfail
		die.test	a=127.0.0.1 tc tcp=die
		dead.test	drop
	EOT
	witness good 127.0.0.1
	start "pass from localhost to { any, <internal> }" "timeout 2s"
	ask "$WITNESS" good.test alias.test cut.test long.test old.test \
	    GOOD.Test. loop.test empty.test none.test bad.test die.test \
	    dead.test 127.1 0x7f000001 2130706433 "bad name.test" >got
	said <<-EOT
		good.test 0 127.0.0.1
		alias.test 0 127.0.0.1
		cut.test 0 127.0.0.1
		long.test 0 127.0.0.1
		old.test 0 127.0.0.1
		GOOD.Test. 0 127.0.0.1
		loop.test 4
		empty.test 4
		none.test 4
		bad.test 1
		die.test 1
		dead.test 1
		127.1 2
		0x7f000001 2
		2130706433 2
		bad name.test 1
	EOT
	# What is a number in disguise or no name never leaves this host.
	atf_check_equal 0 "$(queries '127\.1|0x7f|21304|bad name')"
	atf_check_equal 1 "$(queries 'udp A good\.test')"
	finish
}

daemon_case forged "forged answers reach nobody"
forged_body() {
	nameserver <<-EOT
		a.test	a=127.0.0.1 before=wrongid,question,spoof,garbage,empty
		b.test	a=127.0.0.1 before=spoof
		c.test	before=spoof,wrongid,question drop
	EOT
	# All forged answers say 127.0.0.66.
	witness good 127.0.0.1
	witness evil 127.0.0.66 "$WITNESS"
	start "pass from localhost to { any, <internal> }" "timeout 2s"
	ask "$WITNESS" a.test b.test c.test >got
	said <<-EOT
		a.test 0 127.0.0.1
		b.test 0 127.0.0.1
		c.test 1
	EOT
	atf_check_equal 0 "$(came evil)"
	finish
}

daemon_case judged "of mixed answers only allowed addresses are connected"
judged_body() {
	nameserver <<-EOT
		mixed.test	a=127.0.0.2,127.0.0.3,127.0.0.1 aaaa=::1
		no.test		a=127.0.0.2,127.0.0.3 aaaa=::1
		hidden.test	aaaa=::ffff:127.0.0.2
		ok.test		a=127.0.0.1
	EOT
	witness good 127.0.0.1
	witness two 127.0.0.2 "$WITNESS"
	witness three 127.0.0.3 "$WITNESS"
	witness six ::1 "$WITNESS"
	start "pass from localhost to 127.0.0.1"
	ask "$WITNESS" mixed.test no.test hidden.test ok.test >got
	said <<-EOT
		mixed.test 0 127.0.0.1
		no.test 2
		hidden.test 2
		ok.test 0 127.0.0.1
	EOT
	atf_check_equal "0 0 0" "$(came two) $(came three) $(came six)"
	finish
}

daemon_case rebinding "a name that moves is judged at each request, once"
rebinding_body() {
	nameserver <<-EOT
		moves.test	a=127.0.0.1 then=127.0.0.2 ttl=0
	EOT
	witness good 127.0.0.1
	witness evil 127.0.0.2 "$WITNESS"
	start "pass from localhost to 127.0.0.1"
	ask "$WITNESS" moves.test >got
	atf_check_equal 1 "$(queries 'udp A moves')"
	atf_check_equal 1 "$(queries 'udp AAAA moves')"
	ask "$WITNESS" moves.test >>got
	said <<-EOT
		moves.test 0 127.0.0.1
		moves.test 2
	EOT
	atf_check_equal 2 "$(queries 'udp A moves')"
	atf_check_equal 0 "$(came evil)"
	finish
}

daemon_case cached "a kept answer is judged by the rules of now"
cached_body() {
	nameserver <<-EOT
		a.test		a=127.0.0.1
	EOT
	witness good 127.0.0.1
	start "pass from localhost to 127.0.0.1"
	ask "$WITNESS" a.test a.test a.test none.test none.test >got
	atf_check_equal 1 "$(queries 'udp A a\.test')"
	atf_check_equal 1 "$(queries 'udp A none\.test')"
	sed 's/^pass.*/pass from localhost to 127.0.0.9/' socks5d.conf >new
	config <new
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
	ask "$WITNESS" a.test >>got
	said <<-EOT
		a.test 0 127.0.0.1
		a.test 0 127.0.0.1
		a.test 0 127.0.0.1
		none.test 4
		none.test 4
		a.test 2
	EOT
	atf_check_equal 1 "$(queries 'udp A a\.test')"
	finish
}

daemon_case time "the whole takes no longer than the config says"
time_body() {
	nameserver <<-EOT
		dead.test	drop
	EOT
	witness good 127.0.0.1
	start "pass from localhost to { any, <internal> }" "timeout 1s"
	begin=$(date +%s%N)
	ask "$WITNESS" dead.test >got
	ms=$((($(date +%s%N) - begin) / 1000000))
	[ "$ms" -ge 900 ] || atf_fail "gave up after $ms ms"
	# Without a word about it, it would be 5 seconds or more.
	[ "$ms" -lt 4500 ] || atf_fail "took $ms ms"
	said <<-EOT
		dead.test 1
	EOT
	finish
}

daemon_case one_family "a family without an answer does not hold the other up"
one_family_body() {
	nameserver <<-EOT
		four.test	a=127.0.0.1 drop6
	EOT
	witness good 127.0.0.1
	start "pass from localhost to { any, <internal> }" "timeout 20s"
	ask "$WITNESS" four.test >got
	# The other family is still asked for.
	atf_check_equal 1 "$(counter names-running)"
	said <<-EOT
		four.test 0 127.0.0.1
	EOT
	finish
}

daemon_case dead_server "a dead name server is left behind"
dead_server_body() {
	nameserver <<-EOT
		a.test		drop
	EOT
	silent=$DNS
	nameserver <<-EOT
		a.test		a=127.0.0.1
	EOT
	witness good 127.0.0.1
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		resolver { nameserver { 127.0.0.1 port $(freeport)
			127.0.0.1 port $silent 127.0.0.1 port $DNS } }
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	ask "$WITNESS" a.test >got
	said <<-EOT
		a.test 0 127.0.0.1
	EOT
	finish
}

daemon_case reload "other name servers take over, running requests included"
reload_body() {
	nameserver <<-EOT
		a.test		a=127.0.0.1
		slow.test	drop
	EOT
	old=$DNS OLD_LOG=$DNS_LOG
	witness good 127.0.0.1
	witness new 127.0.0.2 "$WITNESS"
	start "pass from localhost to { any, <internal> }" "timeout 10s"
	ask "$WITNESS" a.test >got
	ask "$WITNESS" slow.test >slow &
	echo $! >other.ask.pid
	await "$OLD_LOG" "A slow.test"
	nameserver <<-EOT
		a.test		a=127.0.0.2
		slow.test	a=127.0.0.2
	EOT
	sed "s/port $old/port $DNS/" socks5d.conf >new
	config <new
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
	wait "$(cat other.ask.pid)"
	rm other.ask.pid
	ask "$WITNESS" a.test >>got
	cat slow >>got
	said <<-EOT
		a.test 0 127.0.0.1
		a.test 0 127.0.0.2
		slow.test 0 127.0.0.2
	EOT
	finish
}

daemon_case system "resolv.conf is followed at reload, whatever it says"
system_head() {
	atf_set descr "resolv.conf is followed at reload, whatever it says"
	atf_set require.user root
	atf_set require.progs ip nsenter unshare
	atf_set timeout 90
}
system_body() {
	private_host
	echo "a.test a=127.0.0.1" >one
	printf '%s\n' "a.test a=127.0.0.2" "x.example.test a=127.0.0.2" >two
	nameserver 127.0.0.1 53 <one
	nameserver 127.0.0.2 53 <two
	witness one 127.0.0.1
	witness two 127.0.0.2 "$WITNESS"
	echo "nameserver 127.0.0.1" >resolv.conf
	$INSIDE mount --bind "$PWD/resolv.conf" /etc/resolv.conf
	port=1080
	daemon_start <<-EOT
		set relays 1
		resolver { cache 0 }
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	ask "$WITNESS" a.test >got
	cat >resolv.conf <<-EOT
		options edns0 trust-ad
		nameserver fe80::1%gone0
		nameserver not-an-address
		nameserver 127.0.0.9
		nameserver 127.0.0.2
		nameserver ::1
		search example.test
	EOT
	atf_check -o ignore -e match:nameserver \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	# The search list is not for what is not written.
	ask "$WITNESS" a.test x x.example.test >>got
	: >resolv.conf
	atf_check -o ignore -e match:"no name server" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	ask "$WITNESS" a.test >>got
	said <<-EOT
		a.test 0 127.0.0.1
		a.test 0 127.0.0.2
		x 4
		x.example.test 0 127.0.0.2
		a.test 0 127.0.0.1
	EOT
	for what in fe80::1%gone0 not-an-address "no name server"; do
		grep -q "resolv.conf.*$what" daemon.log ||
		    atf_fail "no word about $what"
	done
	finish
}

daemon_case zone "a name server may be known by its link-local address alone"
zone_head() {
	atf_set descr "a name server may be known by its link-local address"
	atf_set require.user root
	atf_set require.progs ip nsenter unshare
	atf_set timeout 90
}
zone_body() {
	private_host
	net_new far
	$INSIDE ip link add du0 type veth peer name du1 \
	    netns "$(cat other.far.pid)"
	$INSIDE ip link set du0 up
	net_in far ip link set du1 addrgenmode none
	net_in far ip link set du1 up
	net_in far ip -6 addr add fe80::77/64 dev du1 nodad
	inside=$INSIDE INSIDE="nsenter -t $(cat other.far.pid) -n"
	nameserver :: 53 <<-EOT
		*	a=127.0.0.1
		cut.test	a=127.0.0.1 tc
	EOT
	INSIDE=$inside
	witness one 127.0.0.1
	echo "nameserver fe80::77%du0" >resolv.conf
	$INSIDE mount --bind "$PWD/resolv.conf" /etc/resolv.conf
	port=1080
	# This host's own link-local address takes its time.
	ready() {
		$INSIDE ip -6 -o addr show dev du0 scope link -tentative |
		    grep -c fe80
	}
	until_is 20 1 ready || atf_fail "no link-local address on du0"
	daemon_start <<-EOT
		set relays 1
		resolver { cache 0 }
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	ask "$WITNESS" a.test cut.test >got
	# The same from the configuration itself.
	echo "nameserver 127.0.0.9" >resolv.conf
	sed 's/cache 0/cache 0 nameserver fe80::77%du0/' socks5d.conf >new
	config <new
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
	ask "$WITNESS" b.test >>got
	said <<-EOT
		a.test 0 127.0.0.1
		cut.test 0 127.0.0.1
		b.test 0 127.0.0.1
	EOT
	finish
}

daemon_case killed "a resolver that dies is started again"
killed_body() {
	nameserver <<-EOT
		a.test		a=127.0.0.1
		slow.test	drop
	EOT
	witness good 127.0.0.1
	start "pass from localhost to { any, <internal> }" "timeout 8s"
	ask "$WITNESS" slow.test >slow &
	echo $! >other.ask.pid
	await "$DNS_LOG" "A slow.test"
	pid=$(pid_of resolver)
	kill -9 "$pid"
	wait "$(cat other.ask.pid)"
	rm other.ask.pid
	atf_check -o match:"^slow.test 1" cat slow
	until_is 10 1 eval 'p=$(pid_of resolver); [ -n "$p" ] &&
	    [ "$p" != 0 ] && [ "$p" != "$pid" ] && echo 1'
	until_is 10 "a.test 0 127.0.0.1" ask "$WITNESS" a.test
	finish "resolver .*killed by"
}

daemon_case client_gone "nobody is connected for a client that left"
client_gone_body() {
	nameserver <<-EOT
		late.test	a=127.0.0.1 delay=700
		a.test		a=127.0.0.1
	EOT
	witness good 127.0.0.1
	start "pass from localhost to { any, <internal> }"
	python3 - "$port" "$WITNESS" "$DNS_LOG" <<-EOT
		import socks, sys
		proxy, port = int(sys.argv[1]), int(sys.argv[2])
		sock = socks.connect(proxy)
		sock.sendall(socks.GREETING + socks.request("late.test", port))
		while "A late.test" not in open(sys.argv[3]).read():
		    pass
		socks.reset(sock)
	EOT
	until_is 5 0 sessions || atf_fail "the session is still there"
	# A second client waits for the same answer and gets it.
	ask "$WITNESS" late.test >got
	said <<-EOT
		late.test 0 127.0.0.1
	EOT
	atf_check_equal 1 "$(came good)"
	finish
}

daemon_case hosts "the hosts file and localhost need no name server"
hosts_body() {
	nameserver <<-EOT
		a.test		a=127.0.0.1
	EOT
	witness good 127.0.0.1
	start "pass from localhost to { any, <internal> }"
	ask "$WITNESS" localhost >got
	grep -q "^localhost 0" got || atf_fail "localhost: $(cat got)"
	atf_check_equal 0 "$(queries .)"
	finish
}

# hint name: of the last session for it; test says the same.
hint() {
	sed -n "s/.* target=$1:80 .* hint=\"\([^\"]*\)\".*/\1/p" daemon.log |
	    tail -n 1
}

tested() {
	"$SOCKS5CTL" -s "$PWD/ctl" test connect "$1" 80 | tail -n 1
}

daemon_case told "why a name failed is told in log and test, and nobody blocked it"
told_body() {
	nameserver <<-EOT
		bad.test	rcode=servfail
		no.test		rcode=refused
		odd.test	malformed
		dead.test	drop
		ok.test		a=127.0.0.1
	EOT
	server=127.0.0.1:$DNS
	start "pass from localhost to any" "timeout 1s cache 0"
	ask 80 bad.test no.test odd.test dead.test none.test intranet \
	    ok.test >got
	said <<-EOT
		bad.test 1
		no.test 1
		odd.test 1
		dead.test 1
		none.test 4
		intranet 4
		ok.test 2
	EOT
	until_is 10 7 grep -c " cause=" daemon.log || atf_fail "no lines"
	atf_check_equal "$server: SERVFAIL" "$(hint bad.test)"
	atf_check_equal "$server: REFUSED" "$(hint no.test)"
	atf_check_equal "$server: malformed answer" "$(hint odd.test)"
	hint dead.test >out
	atf_check -o match:"^$server: no answer in [1-4]s$" cat out
	atf_check_equal "" "$(hint none.test)"
	full="search lists are not used, write the name in full"
	atf_check_equal "$full" "$(hint intranet)"

	failed="result: fail, cause name-failed, reply 1"
	none="result: fail, cause name-not-found, reply 4"
	atf_check_equal "$failed: $server: SERVFAIL" "$(tested bad.test)"
	tested dead.test >out
	atf_check -o match:"^$failed: $server: no answer in [1-9]s$" cat out
	atf_check_equal "$none" "$(tested none.test)"
	atf_check_equal "$none: $full" "$(tested intranet)"
	tested ok.test >out
	atf_check -o match:"^result: block, cause internal" cat out
	atf_check -s exit:1 -o match:'"verdict":"fail"' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -j test connect none.test 80
	finish
}

daemon_case status "show status says how many name servers answer"
status_body() {
	nameserver <<-EOT
		a.test		a=127.0.0.1
	EOT
	none=$(freeport)
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		resolver { nameserver { 127.0.0.1 port $none
			127.0.0.1 port $DNS } }
		listen on localhost port $port
		pass from localhost to any
	EOT
	names() {
		"$SOCKS5CTL" -s "$PWD/ctl" show status | sed -n 's/^names: *//p'
	}
	atf_check_equal "2 name servers" "$(names)"
	ask 80 a.test >got
	said <<-EOT
		a.test 2
	EOT
	atf_check_equal "2 name servers, 1 does not answer" "$(names)"
	atf_check -o match:'"name_servers":2,"name_servers_dead":1' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -j show status
	printf '%s\n' "* a=127.0.0.1" >well
	nameserver 127.0.0.1 "$none" <well
	until_is 20 "2 name servers" names
	kill -STOP "$(pid_of resolver)"
	until_is 20 "not known" names
	atf_check -s exit:1 -e match:"resolver 0: no answer" \
	    -o match:'"name_servers":null,"name_servers_dead":null' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -j show status
	kill -CONT "$(pid_of resolver)"
	until_is 20 "2 name servers" names
	finish
}

daemon_case told_far "a name server that no way leads to is told so"
told_far_head() {
	atf_set descr "a name server that no way leads to is told so"
	atf_set require.user root
	atf_set require.progs ip nsenter unshare
	atf_set timeout 90
}
told_far_body() {
	private_host
	port=1080
	daemon_start <<-EOT
		resolver { nameserver 192.0.2.1 }
		listen on localhost port $port
		pass from localhost to any
	EOT
	ask 80 a.test >got
	said <<-EOT
		a.test 1
	EOT
	until_is 10 1 grep -c " cause=" daemon.log || atf_fail "no line"
	atf_check_equal "192.0.2.1: Network is unreachable" "$(hint a.test)"
	atf_check_equal 1 \
	    "$(grep -c "name server 192.0.2.1: Network is unreachable$" \
	    daemon.log)"
	"$SOCKS5CTL" -s "$PWD/ctl" show status >out
	atf_check -o match:"1 name server, 1 does not answer" cat out
	# A way that comes is found by a question, or without one.
	net_new far
	$INSIDE ip link add du0 type veth peer name du1 \
	    netns "$(cat other.far.pid)"
	$INSIDE ip addr add 192.0.2.2/24 dev du0
	$INSIDE ip link set du0 up
	net_in far ip addr add 192.0.2.1/24 dev du1
	net_in far ip link set du1 up
	inside=$INSIDE INSIDE="nsenter -t $(cat other.far.pid) -n"
	nameserver 192.0.2.1 53 <<-EOT
		*	a=127.0.0.1
	EOT
	INSIDE=$inside
	until_is 40 1 grep -c "192.0.2.1: answers again" daemon.log ||
	    atf_fail "it does not come back"
	ask 80 b.test >got
	said <<-EOT
		b.test 2
	EOT
	# The four in advance could not be had at first.
	awk '$1 == "resolver" { $3 += 4 } { print }' fds.first >fds.later
	mv fds.later fds.first
	daemon_end
}

daemon_case told_gone "a name server that is not there is told by its error"
told_gone_body() {
	DNS=$(freeport)
	start "pass from localhost to any"
	ask 80 a.test >got
	said <<-EOT
		a.test 1
	EOT
	until_is 10 1 grep -c " cause=" daemon.log || atf_fail "no line"
	atf_check_equal "127.0.0.1:$DNS: Connection refused" "$(hint a.test)"
	atf_check_equal 1 \
	    "$(grep -c "name server 127.0.0.1:$DNS: Connection refused$" \
	    daemon.log)"
	finish
}

daemon_case told_all "of the last name server it is told that no other answers"
told_all_body() {
	one=$(freeport)
	two=$(freeport)
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		resolver { nameserver { 127.0.0.1 port $one
			127.0.0.1 port $two } }
		listen on localhost port $port
		pass from localhost to any
	EOT
	ask 80 a.test >got
	until_is 10 1 grep -c ": Connection refused, asking the others first$" \
	    daemon.log || atf_fail "the first is not told"
	until_is 10 1 grep -c ": Connection refused, and no other answers$" \
	    daemon.log || atf_fail "the last is not told"
	finish
}
