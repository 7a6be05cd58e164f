#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The resolver alone, confined as in the daemon, between a scripted name server
# and resolver_driver, which plays parent, router and control.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

# Runs the driver with the lines on standard input; answers go to the file
# "answers", sorted by the number of the question.
drive() {
	"$SRC/tools/resolver_driver" >answers.raw 2>resolver.log || {
		cat resolver.log answers.raw >&2
		atf_fail "the driver failed"
	}
	sort -n answers.raw >answers
}

expect() {
	cat >expected
	diff -u expected answers >&2 || atf_fail "answers differ"
}

daemon_case records "addresses, aliases and what does not exist"
records_body() {
	nameserver <<-EOT
		both.test	a=192.0.2.1,192.0.2.2 aaaa=2001:db8::1
		four.test	a=192.0.2.4
		alias.test	cname=alias2.test
		alias2.test	cname=both.test
		gone.test	cname=nowhere.test
		loop.test	cname=pool.test
		pool.test	cname=loop.test
		self.test	cname=self.test
		_u-1.test	a=192.0.2.5
		bad.test	rcode=servfail
		no.test		rcode=refused
		old.test	a=192.0.2.6 noedns
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		commit
		ask 1 both.test 46
		ask 2 four.test 46
		ask 3 alias.test 46
		ask 4 gone.test 4
		ask 5 loop.test 4
		ask 6 self.test 4
		ask 7 _u-1.test 4
		ask 8 none.test 46
		ask 9 bad.test 4
		ask 10 no.test 4
		ask 11 old.test 4
		wait 15
	EOT
	expect <<-EOT
		1 4 ok 192.0.2.1 192.0.2.2
		1 6 ok 2001:db8::1
		2 4 ok 192.0.2.4
		2 6 notfound
		3 4 ok 192.0.2.1 192.0.2.2
		3 6 ok 2001:db8::1
		4 4 notfound
		5 4 notfound
		6 4 notfound
		7 4 ok 192.0.2.5
		8 4 notfound
		8 6 notfound
		9 4 failed
		10 4 failed
		11 4 ok 192.0.2.6
	EOT
}

daemon_case hosts_and_family "what no name server is asked for"
hosts_and_family_body() {
	nameserver <<-EOT
		a.test		a=192.0.2.1 aaaa=2001:db8::1
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		host h.test 10.0.0.1
		host h.test 10.0.0.2
		commit
		ask 1 h.test 46
		ask 2 localhost 46
		wait 4
		server 127.0.0.1 $DNS
		family inet
		commit
		ask 3 h.test 4
		wait 1
		ask 4 a.test 6
		wait 1
		server 127.0.0.1 $DNS
		family inet6
		commit
		ask 5 a.test 4
		ask 6 a.test 6
		wait 2
	EOT
	expect <<-EOT
		1 4 ok 10.0.0.1 10.0.0.2
		1 6 notfound
		2 4 ok 127.0.0.1
		2 6 ok ::1
		3 4 notfound
		4 6 notfound
		5 4 notfound
		6 6 ok 2001:db8::1
	EOT
	atf_check_equal 1 "$(queries 'h\.test')"
	atf_check_equal 1 "$(queries 'a\.test')"
	atf_check_equal 0 "$(queries localhost)"
}

daemon_case edns "who refuses EDNS in whatever way is asked without"
edns_body() {
	for how in formerr notimp servfail refused badvers drop die \
	    formerr:bare notimp:bare servfail:bare refused:bare \
	    formerr:count notimp:count formerr:echo notimp:echo; do
		# Of another server nothing would be known.
		nameserver <<-EOT
			one.test	a=192.0.2.1 edns=$how
			two.test	a=192.0.2.2 aaaa=2001:db8::2 edns=$how
			three.test	a=192.0.2.3 edns=$how
			*		edns=$how
		EOT
		{
			echo "server 127.0.0.1 $DNS"
			echo commit
			echo ask 1 one.test 4
			echo wait 1
			echo ask 2 two.test 46
			echo ask 3 three.test 4
			echo wait 3
		} | drive
		diff -u - answers >&2 <<-EOT || atf_fail "$how: other answers"
			1 4 ok 192.0.2.1
			2 4 ok 192.0.2.2
			2 6 ok 2001:db8::2
			3 4 ok 192.0.2.3
		EOT
		# Once was enough: with EDNS goes only the first.
		[ "$how" = die ] && continue
		atf_check_equal "$how 0 0" "$how $(queries "two.* [1-9][0-9]*$") \
$(queries "three.* [1-9][0-9]*$")"
		atf_check_equal "$how 1 1 1" "$how $(queries 'A two.* 0$' |
		    sed 's/^2$/1/') $(queries 'A three.* 0$') \
$(queries 'A one.* 0$')"
	done
}

daemon_case edns_other "it is not held against other servers"
edns_other_body() {
	nameserver <<-EOT
		a.test		edns=notimp rcode=servfail
		b.test		edns=notimp a=192.0.2.3
	EOT
	old=$DNS old_log=$DNS_LOG
	nameserver <<-EOT
		a.test		a=192.0.2.1
	EOT
	drive <<-EOT
		server 127.0.0.1 $old
		server 127.0.0.1 $DNS
		commit
		ask 1 b.test 4
		wait 1
		ask 2 a.test 4
		wait 1
	EOT
	expect <<-EOT
		1 4 ok 192.0.2.3
		2 4 ok 192.0.2.1
	EOT
	atf_check_equal "1 0" "$(queries 'a\.test.* 1232$') $(queries '0$')"
	DNS_LOG=$old_log
	atf_check_equal "1 0" "$(queries 'a\.test.* 0$') \
$(queries 'a\.test.* 1232$')"
}

daemon_case edns_real "a failure that is one is not asked for twice for ever"
edns_real_body() {
	nameserver <<-EOT
		ok.test		a=192.0.2.1
		*		rcode=servfail
	EOT
	{
		echo "server 127.0.0.1 $DNS"
		echo commit
		echo ask 1 ok.test 4
		echo wait 1
		for i in $(seq 2 31); do
			echo "ask $i bad$i.test 4"
		done
		echo wait 30
	} | drive
	atf_check_equal 30 "$(grep -c ' 4 failed' answers)"
	# It answered with EDNS before.
	atf_check_equal "30 0" "$(queries 'A bad') $(queries ' 0$')"

	# Nothing but failures: some may be for EDNS.
	nameserver <<-EOT
		*		edns=servfail rcode=servfail
	EOT
	{
		echo "server 127.0.0.1 $DNS"
		echo commit
		for i in $(seq 100); do
			echo "ask $i bad$i.test 4"
			echo wait 1
		done
	} | drive
	atf_check_equal 100 "$(grep -c ' 4 failed' answers)"
	n=$(queries ' 0$')
	[ "$n" -ge 1 ] && [ "$n" -lt 40 ] ||
	    atf_fail "$n of 100 asked without EDNS"
}

daemon_case records_order "an answer is a set of records, in whatever order"
records_order_body() {
	n=0
	: >script
	: >expected
	{
		echo "server 127.0.0.1 PORT"
		echo commit
	} >lines
	for how in none back first twice alien case packed back,packed \
	    first,case,twice back,alien,twice,packed,case; do
		n=$((n + 1))
		cat >>script <<-EOT
			$n.a.test	cname=$n.b.test order=$how
			$n.b.test	cname=$n.c.test
			$n.c.test	a=192.0.2.1,192.0.2.2 aaaa=2001:db8::1
			$n.e.test	cname=$n.gone.test order=$how
			$n.l.test	cname=$n.m.test order=$how
			$n.m.test	cname=$n.l.test
		EOT
		cat >>lines <<-EOT
			ask $n $n.a.test 46
			ask $((n + 100)) $n.e.test 4
			ask $((n + 200)) $n.l.test 4
			wait 4
		EOT
		case $how in
		*back*)	echo "$n 4 ok 192.0.2.2 192.0.2.1" ;;
		*)	echo "$n 4 ok 192.0.2.1 192.0.2.2" ;;
		esac >>expected
		echo "$n 6 ok 2001:db8::1" >>expected
		echo "$((n + 100)) 4 notfound" >>expected
		echo "$((n + 200)) 4 notfound" >>expected
	done
	nameserver <script
	sed "s/PORT/$DNS/" lines | drive
	sort -n expected >wanted
	diff -u wanted answers >&2 || atf_fail "answers differ"
}

daemon_case long "a long answer by UDP is taken, EDNS or not"
long_body() {
	nameserver <<-EOT
		plain.test	a=192.0.2.1+60 long edns=formerr
		more.test	a=192.0.2.1+100 long
		much.test	a=192.0.2.1+140 long
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		commit
		ask 1 plain.test 4
		ask 2 more.test 4
		ask 3 much.test 4
		wait 3
	EOT
	atf_check_equal 3 "$(grep -c "ok 192.0.2.1 192.0.2.2" answers)"
	atf_check_equal 0 "$(queries tcp)"
}

daemon_case forged "wrong id, question or sender, and garbage, pass by"
forged_body() {
	kinds=wrongid,question,spoof,garbage,empty,short
	nameserver <<-EOT
		all.test	a=192.0.2.1 before=$kinds
		wrongid.test	a=192.0.2.2 before=wrongid
		question.test	a=192.0.2.3 before=question
		spoof.test	a=192.0.2.4 before=spoof
		nothing.test	before=$kinds drop
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		timeout 2000
		commit
		ask 1 all.test 4
		ask 2 wrongid.test 4
		ask 3 question.test 4
		ask 4 spoof.test 4
		ask 5 nothing.test 4
		wait 5
		counters
	EOT
	# Those of another sender do not get as far as the count.
	strays=$(sed -n 's/^names-stray //p' answers)
	sed -i '/^name/d' answers
	expect <<-EOT
		1 4 ok 192.0.2.1
		2 4 ok 192.0.2.2
		3 4 ok 192.0.2.3
		4 4 ok 192.0.2.4
		5 4 failed
	EOT
	[ "$strays" -ge 12 ] || atf_fail "$strays strays counted"
	# None of them made it ask again but the one without an answer.
	for n in all wrongid question spoof; do
		atf_check_equal 1 "$(queries "$n\.test")"
	done
}

daemon_case malformed "an answer that does not parse ends its question alone"
malformed_body() {
	nameserver <<-EOT
		bad.test	malformed
		badcut.test	malformed tc
		late.test	a=192.0.2.1 delay=600
		latecut.test	a=192.0.2.2 delay=300 tc
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		timeout 4000
		commit
		ask 1 late.test 4
		ask 2 latecut.test 4
		ask 3 bad.test 4
		ask 4 badcut.test 4
		wait 4
	EOT
	expect <<-EOT
		1 4 ok 192.0.2.1
		2 4 ok 192.0.2.2
		3 4 failed
		4 4 failed
	EOT
	atf_check_equal "1 1 1" "$(queries 'udp A late\.test') \
$(queries 'udp A latecut\.test') $(queries 'tcp A latecut\.test')"
}

daemon_case slow "a name may take longer than those before it"
slow_body() {
	nameserver <<-EOT
		quick.test	a=192.0.2.1 ttl=0
		slow.test	a=192.0.2.2 delay=3000
	EOT
	{
		echo "server 127.0.0.1 $DNS"
		echo "timeout 8000"
		echo commit
		for i in $(seq 20); do
			echo "ask $i quick.test 4"
			echo wait 1
		done
		echo ask 21 slow.test 4
		echo wait 1
	} | drive
	atf_check -o inline:"21 4 ok 192.0.2.2\n" tail -n 1 answers
}

daemon_case ports "each question comes from a port of its own"
ports_body() {
	for i in $(seq 200); do
		echo "n$i.test a=192.0.2.1"
	done >names
	nameserver <names
	{
		echo "server 127.0.0.1 $DNS"
		echo commit
		for i in $(seq 20); do
			for j in $(seq 10); do
				n=$((i * 10 - j + 1))
				echo "ask $n n$n.test 4"
			done
			echo wait 10
		done
	} | drive
	atf_check_equal 200 "$(grep -c "ok 192.0.2.1" answers)"
	# The kernel may give a number twice, but not often.
	ports=$(awk '{ print $4 }' "$DNS_LOG" | sort -u | wc -l)
	[ "$ports" -ge 190 ] || atf_fail "only $ports ports in 200 questions"
}

daemon_case tcp "answers that are too long come by TCP"
tcp_body() {
	nameserver <<-EOT
		cut.test	a=192.0.2.1 tc
		long.test	a=10.0.0.1+100
		huge.test	a=10.0.0.1+2000
		slow.test	a=192.0.2.2 tc tcp=slow
		late.test	a=192.0.2.3 delay=400
		many.test	aaaa=2001:db8::1+60
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		commit
		ask 1 cut.test 4
		ask 2 long.test 4
		ask 3 huge.test 4
		ask 4 slow.test 4
		ask 5 late.test 4
		ask 6 many.test 6
		wait 6
	EOT
	first() {
		printf '%s' "$1"
		for i in $(seq 32); do
			printf ' %s' "$2$(printf "$3" "$i")"
		done
		echo
	}
	expect <<-EOT
		1 4 ok 192.0.2.1
		$(first '2 4 ok' 10.0.0. %d)
		$(first '3 4 ok' 10.0.0. %d)
		4 4 ok 192.0.2.2
		5 4 ok 192.0.2.3
		$(first '6 6 ok' 2001:db8:: %x)
	EOT
	for n in cut long huge slow many; do
		atf_check_equal "$n 1 1" "$n $(queries "udp.* $n\.test") \
$(queries "tcp.* $n\.test")"
	done
}

daemon_case tcp_dies "a TCP connection that dies takes one question along"
tcp_dies_body() {
	nameserver <<-EOT
		die.test	a=192.0.2.1 tc tcp=die
		half.test	a=192.0.2.1 tc tcp=half
		garbage.test	a=192.0.2.1 tc tcp=garbage
		late.test	a=192.0.2.2 delay=400
		latecut.test	a=192.0.2.3 delay=200 tc
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		timeout 4000
		commit
		ask 1 late.test 4
		ask 2 latecut.test 4
		ask 3 die.test 4
		ask 4 half.test 4
		ask 5 garbage.test 4
		wait 5
		ask 6 latecut.test 4
		wait 1
	EOT
	expect <<-EOT
		1 4 ok 192.0.2.2
		2 4 ok 192.0.2.3
		3 4 failed
		4 4 failed
		5 4 failed
		6 4 ok 192.0.2.3
	EOT
	atf_check_equal 1 "$(queries 'late\.test')"
}

daemon_case tcp_cut "an answer that is cut by TCP, too, says nothing"
tcp_cut_body() {
	nameserver <<-EOT
		cut.test	a=192.0.2.1 tc tcp=cut
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		timeout 4000
		commit
		ask 1 cut.test 4
		wait 1
	EOT
	expect <<-EOT
		1 4 failed
	EOT
}

daemon_case tcp_late "a cut answer that comes late is no answer by TCP"
tcp_late_body() {
	nameserver <<-EOT
		cut.test	a=192.0.2.1 tc delay=1700
	EOT
	late=$DNS
	nameserver <<-EOT
		cut.test	a=192.0.2.2 tc delay=500
	EOT
	drive <<-EOT
		server 127.0.0.1 $late
		server 127.0.0.1 $DNS
		timeout 8000
		commit
		ask 1 cut.test 4
		wait 1
	EOT
	# Which of the two has the last word is a matter of time.
	atf_check -o match:"^1 4 ok 192.0.2.[12]$" cat answers
}

daemon_case lost "a lost datagram is sent again, a dead server left behind"
lost_body() {
	nameserver <<-EOT
		a.test		drop
	EOT
	silent=$DNS
	nameserver <<-EOT
		a.test		a=192.0.2.1
		once.test	a=192.0.2.2 drop=1
	EOT
	drive <<-EOT
		server 127.0.0.1 $(freeport)
		server 127.0.0.1 $silent
		server 127.0.0.1 $DNS
		timeout 8000
		commit
		ask 1 a.test 4
		wait 1
		server 127.0.0.1 $DNS
		timeout 8000
		commit
		ask 2 once.test 4
		wait 1
	EOT
	expect <<-EOT
		1 4 ok 192.0.2.1
		2 4 ok 192.0.2.2
	EOT
}

daemon_case silence "names that nobody answers for take no others along"
silence_body() {
	{
		for i in $(seq 60); do
			echo "mute$i.test	drop"
			echo "n$i.test	a=192.0.2.1"
		done
	} >names
	nameserver <names
	{
		echo "server 127.0.0.1 $DNS"
		echo timeout 10000
		echo commit
		for i in $(seq 60); do
			echo "ask $((1000 + i)) mute$i.test 4"
		done
		for i in $(seq 60); do
			echo "ask $i n$i.test 4"
		done
		echo wait 60
	} | drive
	atf_check_equal 60 "$(grep -c " 4 ok 192.0.2.1$" answers)"
	atf_check_equal 60 "$(wc -l <answers)"
}

daemon_case order "each question begins with the first server"
order_body() {
	{
		echo "mute.test	drop"
		echo "slow.test	a=192.0.2.9 delay=1500"
		for i in $(seq 20); do
			echo "n$i.test	a=192.0.2.1"
		done
	} >first
	nameserver <first
	one=$DNS
	sed 's/192.0.2.1/192.0.2.2/' first >second
	nameserver <second
	{
		echo "server 127.0.0.1 $one"
		echo "server 127.0.0.1 $DNS"
		echo timeout 10000
		echo commit
		echo ask 100 mute.test 4
		echo ask 101 slow.test 4
		echo wait 1
		for i in $(seq 20); do
			echo "ask $i n$i.test 4"
		done
		echo wait 20
	} | drive
	atf_check_equal 20 "$(grep -c " 4 ok 192.0.2.1$" answers)"
	atf_check_equal 0 "$(queries 'A n[0-9]')"
}

# Of what the driver printed for "clock": from the first to the second.
took() {
	sed -n 's/^clock //p' answers.raw | xargs | awk '{ print $2 - $1 }'
}

daemon_case dead_first "a dead first server costs time once, and comes back"
dead_first_body() {
	echo "* drop" >dead
	echo "* a=192.0.2.1" >well
	nameserver <dead
	one=$DNS one_log=$DNS_LOG one_script=$DNS_SCRIPT
	nameserver <<-EOT
		*		a=192.0.2.2
	EOT
	# The first names are waited for; those that come later are not.
	{
		echo "server 127.0.0.1 $one"
		echo "server 127.0.0.1 $DNS"
		echo timeout 10000
		echo commit
		for i in $(seq 4); do
			echo "ask $i n$i.test 4"
			echo wait 1
		done
		echo log answer
		echo clock
		for i in $(seq 11 70); do
			echo "ask $i n$i.test 4"
			echo wait 1
		done
		echo clock
		echo "copy well $one_script"
		echo log again
		echo ask 80 n80.test 4
		echo wait 1
		echo counters
	} | drive
	atf_check_equal 64 "$(grep -c ' 4 ok 192.0.2.2$' answers)"
	atf_check_equal 1 "$(grep -c '^80 4 ok 192.0.2.1$' answers)"
	# Each of the 60 took a second; now none asks there at all.
	[ "$(took)" -lt 15000 ] || atf_fail "60 names took $(took) ms"
	atf_check_equal 0 "$(grep -Ec 'n[1-7][0-9]' "$one_log")"
	atf_check_equal 0 "$(queries 'n80')"
	atf_check -o ignore grep "^name-server-failures 1$" answers.raw
	atf_check -o ignore grep \
	    "127.0.0.1:$one: no answer, asking the others first" resolver.log
	atf_check -o ignore grep "127.0.0.1:$one: answers again after [0-9]*s$" \
	    resolver.log
}

daemon_case refusing_first "a server that is not there is asked no more"
refusing_first_body() {
	none=$(freeport)
	nameserver <<-EOT
		*		a=192.0.2.2
	EOT
	{
		echo "server 127.0.0.1 $none"
		echo "server 127.0.0.1 $DNS"
		echo commit
		for i in $(seq 10); do
			echo "ask $i n$i.test 4"
			echo wait 1
		done
		echo counters
	} | drive
	atf_check_equal 10 "$(grep -c ' 4 ok 192.0.2.2$' answers)"
	atf_check -o ignore grep "^name-server-failures 1$" answers.raw
	atf_check_equal 1 "$(grep -c \
	    "127.0.0.1:$none: Connection refused, asking" resolver.log)"
}

daemon_case all_dead "with all servers dead they are still asked"
all_dead_body() {
	echo "* drop" >dead
	echo "* a=192.0.2.1" >well
	nameserver <dead
	one=$DNS
	nameserver <dead
	{
		echo "server 127.0.0.1 $one"
		echo "server 127.0.0.1 $DNS"
		echo timeout 3500
		echo commit
		echo ask 1 n1.test 4
		echo wait 1
		echo log answer
		echo log answer
		# Between two probes; a question finds it well at once.
		echo "copy well $DNS_SCRIPT"
		echo ask 2 n2.test 4
		echo wait 1
		echo log again
		echo ask 3 n3.test 4
		echo wait 1
	} | drive
	expect <<-EOT
		1 4 failed
		2 4 ok 192.0.2.1
		3 4 ok 192.0.2.1
	EOT
}

daemon_case mute_names "names that nobody answers for kill no server"
mute_names_body() {
	for i in $(seq 40); do
		echo "mute$i.test drop"
	done >names
	{ cat names; echo "* a=192.0.2.1"; } >one
	nameserver <one
	one=$DNS
	{ cat names; echo "* a=192.0.2.2"; } >two
	nameserver <two
	{
		echo "server 127.0.0.1 $one"
		echo "server 127.0.0.1 $DNS"
		echo timeout 5000
		echo commit
		for i in $(seq 40); do
			echo "ask $((100 + i)) mute$i.test 4"
		done
		echo wait 40
		echo ask 1 n1.test 4
		echo wait 1
		echo counters
	} | drive
	atf_check_equal 40 "$(grep -c failed answers)"
	grep -q "^1 4 ok 192.0.2.1$" answers || atf_fail "not the first server"
	atf_check_equal 0 "$(grep -c "^name-server-failures" answers)"
	# It was in doubt, and said so to one who asked.
	atf_check -o ignore grep "udp 2 " dns.0.log
}

daemon_case deaf_first "a server that hears no EDNS is found out, not left"
deaf_first_body() {
	echo "* a=192.0.2.1 edns=drop" >deaf
	nameserver <deaf
	one=$DNS
	nameserver <<-EOT
		*		a=192.0.2.2
	EOT
	{
		echo "server 127.0.0.1 $one"
		echo "server 127.0.0.1 $DNS"
		echo timeout 10000
		echo commit
		for i in $(seq 6); do
			echo "ask $i n$i.test 4"
			echo wait 1
		done
		echo counters
	} | drive
	# After some names by the second server it is the first one's again.
	atf_check -o inline:"6 4 ok 192.0.2.1\n" sed -n '/^6 /p' answers
	atf_check_equal 0 "$(grep -c "^name-server-failures" answers)"
	atf_check_equal 0 "$(grep -c ' n6.test .* [1-9][0-9]*$' dns.0.log)"
}

daemon_case deadline "a question ends at its deadline"
deadline_body() {
	nameserver <<-EOT
		dead.test	drop
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		timeout 300
		commit
		ask 1 dead.test 46
		wait 2
		ask 2 dead.test 46
		wait 2
		cache 0
		timeout 300
		commit
		ask 3 dead.test 4
		wait 1
	EOT
	expect <<-EOT
		1 4 failed
		1 6 failed
		2 4 failed
		2 6 failed
		3 4 failed
	EOT
	# The second time it joined what was under way.
	atf_check_equal 1 "$(queries 'udp A dead')"
}

daemon_case together "many who ask for one name cause one query"
together_body() {
	nameserver <<-EOT
		a.test		a=192.0.2.1 delay=200
	EOT
	{
		echo "server 127.0.0.1 $DNS"
		echo commit
		for i in $(seq 500); do
			echo "ask $i a.test 4"
		done
		for i in $(seq 101 200); do
			echo "cancel $i"
		done
		echo wait 400
		echo counters
	} | drive
	atf_check_equal 400 "$(grep -c "4 ok 192.0.2.1" answers)"
	atf_check_equal 1 "$(queries 'a\.test')"
	atf_check -o ignore grep "^names-resolved 1$" answers
}

daemon_case cached "what is kept, and what is not"
cached_body() {
	nameserver <<-EOT
		kept.test	a=192.0.2.1
		zero.test	a=192.0.2.2 then=192.0.2.3 ttl=0
		alias.test	cname=zero.test
		bad.test	rcode=servfail
	EOT
	drive <<-EOT
		server 127.0.0.1 $DNS
		commit
		ask 1 kept.test 4
		ask 2 zero.test 4
		ask 3 none.test 4
		wait 3
		ask 4 kept.test 4
		ask 5 zero.test 4
		ask 6 none.test 4
		ask 7 alias.test 4
		ask 8 bad.test 4
		wait 5
		ask 9 alias.test 4
		ask 10 bad.test 4
		wait 2
		counters
		cache 0
		server 127.0.0.1 $DNS
		commit
		ask 11 kept.test 4
		wait 1
	EOT
	atf_check_equal 2 "$(queries 'kept\.test')"
	atf_check_equal 2 "$(queries 'zero\.test')"
	atf_check_equal 1 "$(queries 'none\.test')"
	atf_check_equal 2 "$(queries 'alias\.test')"
	atf_check_equal 2 "$(grep -c " kept" "$DNS_LOG")"
	grep -q "^2 4 ok 192.0.2.2$" answers || atf_fail "first of zero"
	grep -q "^5 4 ok 192.0.2.3$" answers || atf_fail "second of zero"
	atf_check -o ignore grep "^names-cached 2$" answers
}

daemon_case reload "other name servers: running questions go to them"
reload_body() {
	nameserver <<-EOT
		a.test		drop
		b.test		a=192.0.2.1
	EOT
	old=$DNS
	nameserver <<-EOT
		a.test		a=192.0.2.2
		b.test		a=192.0.2.3
	EOT
	drive <<-EOT
		server 127.0.0.1 $old
		commit
		ask 1 b.test 4
		wait 1
		ask 2 a.test 4
		server 127.0.0.1 $DNS
		commit
		wait 1
		ask 3 b.test 4
		wait 1
		commit
		ask 4 b.test 4
		wait 1
	EOT
	expect <<-EOT
		1 4 ok 192.0.2.1
		2 4 ok 192.0.2.2
		3 4 ok 192.0.2.3
		4 4 failed
	EOT
}

daemon_case no_socket "no socket, an answer never given, a new router"
no_socket_body() {
	nameserver <<-EOT
		a.test		a=192.0.2.1
		b.test		a=192.0.2.2
		c.test		a=192.0.2.3
		slow.test	a=192.0.2.4 delay=2000
	EOT
	drive <<-EOT
		lend no
		server 127.0.0.1 $DNS
		timeout 600
		commit
		ask 1 a.test 4
		wait 1
		lend never
		ask 2 b.test 4
		wait 1
		ask 3 slow.test 46
		lend yes
		router
		ask 3 c.test 4
		wait 1
		ask 4 a.test 4
		wait 1
		malformed
		router
		ask 5 b.test 4
		wait 1
	EOT
	expect <<-EOT
		refused
		1 4 failed
		2 4 failed
		3 4 ok 192.0.2.3
		4 4 ok 192.0.2.1
		5 4 ok 192.0.2.2
	EOT
}

daemon_case flood "more names than may be looked up at once"
flood_body() {
	nameserver <<-EOT
		ok.test		a=192.0.2.1
	EOT
	{
		echo "server 127.0.0.1 $(freeport)"
		echo "server 127.0.0.1 $DNS"
		echo lend never
		echo timeout 3000
		echo commit
		for i in $(seq 4296); do
			echo "source $i 2"
			echo "ask $i n$i.test 4"
		done
		echo wait 4296
		echo router
		echo lend yes
		echo ask 5000 ok.test 4
		echo wait 1
	} | drive
	atf_check_equal 4296 "$(grep -c "4 failed" answers)"
	# Those beyond the limit are told at once, before all others.
	atf_check_equal 200 "$(head -n 200 answers.raw |
	    awk '$1 > 4096' | wc -l)"
	atf_check -o inline:"5000 4 ok 192.0.2.1\n" tail -n 1 answers
}

daemon_case shares "what was begun is on the source's account to its end"
shares_body() {
	nameserver <<-EOT
		ok.test		a=192.0.2.1
		$(for i in $(seq 40); do echo "n$i.test drop"; done)
	EOT
	# Nobody waits for any of them: the answers are those that say no.
	{
		echo "server 127.0.0.1 $DNS"
		echo timeout 3000
		echo commit
		echo source 7 16
		for i in $(seq 20); do
			echo "ask $i n$i.test 46"
			echo "cancel $i"
		done
		echo wait 24
		echo ask 50 ok.test 4
		echo wait 1
		# Who asks for the same waits for it and is not charged.
		echo source 8 2
		echo ask 51 n1.test 46
		echo cancel 51
		echo ask 52 ok.test 46
		echo wait 2
		# From memory anybody may be told.
		echo source 7 16
		echo ask 53 ok.test 46
		echo wait 2
		echo counters
		# The end of who asked is the end of all it began.
		echo router
		echo ask 54 n40.test 46
		echo cancel 54
		echo ask 55 none.test 4
		echo wait 1
	} | drive
	grep -v '^name' answers >answers.only
	mv answers.only answers
	expect <<-EOT
		$(for i in $(seq 9 20); do
			echo "$i 4 busy"
			echo "$i 6 busy"
		done)
		50 4 busy
		52 4 ok 192.0.2.1
		52 6 notfound
		53 4 ok 192.0.2.1
		53 6 notfound
		55 4 notfound
	EOT
	atf_check_equal "names-refused 25" "$(grep refused answers.raw)"
	atf_check_equal "names-running 16" "$(grep running answers.raw)"
}
