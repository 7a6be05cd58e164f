#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The upstream role alone, confined as in the daemon, between scripted proxies
# and upstream_driver, which plays parent and router.

. "$(atf_get_srcdir)/lib/daemon.sh"

# Runs the driver with the lines on standard input; what it prints goes to the
# file "answers", sorted by the number of the dial.
drive() {
	"$SRC/tools/upstream_driver" >answers.raw 2>upstream.log || {
		cat upstream.log answers.raw >&2
		atf_fail "the driver failed"
	}
	sort -s -n -k1,1 answers.raw >answers
}

expect() {
	cat >expected
	diff -u expected answers >&2 || atf_fail "answers differ"
}

# proxy NAME PROTOCOL [arguments]: an upstream of one proxy.  Adds its lines of
# the config to "conf" and sets $NAME to how it is named in a dial.
proxy() {
	_name=$1 _kind=$2; shift 2
	upstreamd "$_kind" "$@"
	case $_kind in
	socks5)	_nr=0 ;;
	socks4)	_nr=1 ;;
	http)	_nr=2 ;;
	esac
	_user='' _password=''
	for _arg in "$@"; do
		case $_arg in
		user=*)		_user=${_arg#user=} ;;
		password=*)	_password=${_arg#password=} ;;
		esac
	done
	cat >>conf <<-EOT
		upstream $_name
		member $_nr 127.0.0.1 $UPSTREAM $_user $_password
	EOT
	eval "$_name=$_name,1,$_nr,127.0.0.1,$UPSTREAM"
	eval "${_name}_log=$UPSTREAM_LOG"
}

daemon_case protocols "through each kind of proxy to addresses and names \
with and without a login, and what comes is what was sent"
protocols_body() {
	target echo
	proxy five socks5
	proxy fivein socks5 user=alice password=secret
	proxy four socks4
	proxy fourin socks4 user=alice
	proxy http http
	proxy httpin http user=alice password=secret
	drive <<-EOT
		$(cat conf)
		commit
		settle
		dial 1 9000 127.0.0.1 $TARGET $five
		dial 2 9000 ::1 $TARGET $five
		dial 3 9000 a.example $TARGET $five
		dial 4 9000 a.example $TARGET $fivein
		dial 5 9000 127.0.0.1 $TARGET $four
		dial 6 9000 a.example $TARGET $four
		dial 7 9000 a.example $TARGET $fourin
		dial 8 9000 127.0.0.1 $TARGET $http
		dial 9 9000 ::1 $TARGET $http
		dial 10 9000 a.example $TARGET $http
		dial 11 9000 a.example $TARGET $httpin
		dial 12 9000 ::1 $TARGET $four
		wait 12
		same
		$(for i in 1 2 3 4 5 6 7 8 9 10 11; do
			echo "send $i data-of-$i"
			echo "fin $i"
		done)
	EOT
	{
		for i in 1 2 3 4 5 6 7 8 9 10 11; do
			echo "$i ok rep 0 hop 0"
			echo "$i read data-of-$i"
		done
		echo "12 cannot carry this destination rep 8 hop 0:" \
		    "SOCKS4 has no IPv6"
	} | expect
	atf_check grep -qx "1 greeting 00" "$five_log"
	atf_check grep -qx "1 connect 127.0.0.1 $TARGET" "$five_log"
	atf_check grep -qx "2 connect ::1 $TARGET" "$five_log"
	atf_check grep -qx "3 connect a.example $TARGET" "$five_log"
	atf_check grep -qx "1 greeting 02" "$fivein_log"
	atf_check grep -qx "1 login alice secret" "$fivein_log"
	atf_check grep -qx "1 connect 127.0.0.1 $TARGET" "$four_log"
	atf_check grep -qx "2 connect a.example $TARGET" "$four_log"
	atf_check grep -qx "1 login alice" "$fourin_log"
	atf_check grep -qx "2 connect ::1 $TARGET" "$http_log"
	atf_check grep -qx "1 login alice secret" "$httpin_log"
	atf_check -s exit:1 grep -rq secret upstream.log
}

daemon_case behind "data right behind the answer is the client's, in one \
segment with it or after an answer byte by byte"
behind_body() {
	target echo
	proxy five socks5 do=early:FIRST-
	proxy four socks4 do=early:FIRST-
	proxy http http do=early:FIRST-
	proxy slow5 socks5 user=u password=p do=bytes+early:FIRST-+name:255
	proxy slow4 socks4 do=bytes+early:FIRST-
	proxy slowh http do=bytes+early:FIRST-+soon
	proxy longh http do=early:FIRST-+head:16000
	proxy ahead5 socks5 do=ahead
	proxy ahead4 socks4 do=ahead
	proxy aheadh http do=ahead
	drive <<-EOT
		$(cat conf)
		commit
		dial 1 9000 127.0.0.1 $TARGET $five
		dial 2 9000 127.0.0.1 $TARGET $four
		dial 3 9000 127.0.0.1 $TARGET $http
		dial 4 9000 127.0.0.1 $TARGET $slow5
		dial 5 9000 127.0.0.1 $TARGET $slow4
		dial 6 9000 127.0.0.1 $TARGET $slowh
		dial 7 9000 127.0.0.1 $TARGET $longh
		dial 8 9000 127.0.0.1 $TARGET $ahead5
		dial 9 9000 127.0.0.1 $TARGET $ahead4
		dial 10 9000 127.0.0.1 $TARGET $aheadh
		wait 10
		$(for i in 1 2 3 4 5 6 7 8 9 10; do
			echo "send $i data"
			echo "fin $i"
		done)
	EOT
	for i in 1 2 3 4 5 6 7 8 9 10; do
		echo "$i ok rep 0 hop 0"
		if [ $i -le 7 ]; then
			echo "$i read FIRST-data"
		else
			echo "$i read data"
		fi
	done | expect
}

daemon_case refusals "what a proxy refuses, or does in place of an answer"
refusals_body() {
	TARGET=1
	proxy five socks5 do=refuse:2,refuse:5,refuse:99,method:1,junk:0000
	proxy login5 socks5 user=u password=p \
	    do=method:255,login:1,method:0,close:login
	proxy four socks4 do=refuse:91,refuse:93,refuse:0,junk:0505
	proxy http http \
	    do=refuse:403,refuse:407,refuse:502,refuse:504,refuse:101
	proxy bad http do=junk:160301,flood,refuse:200+head:20000
	drive <<-EOT
		$(cat conf)
		commit
		settle
		$(for i in 1 2 3 4 5; do
			echo "dial $i 9000 a.example 80 $five"
			echo "wait 1"
		done)
		$(for i in 6 7 8 9; do
			echo "dial $i 9000 a.example 80 $login5"
			echo "wait 1"
		done)
		$(for i in 10 11 12 13; do
			echo "dial $i 9000 a.example 80 $four"
			echo "wait 1"
		done)
		$(for i in 14 15 16 17 18; do
			echo "dial $i 9000 a.example 80 $http"
			echo "wait 1"
		done)
		$(for i in 19 20 21; do
			echo "dial $i 9000 a.example 80 $bad"
			echo "wait 1"
		done)
		same
	EOT
	_names="; not every SOCKS4 proxy takes names"
	expect <<-EOT
		1 refused rep 2 hop 0: SOCKS5 reply 2: not allowed
		2 refused rep 5 hop 0: SOCKS5 reply 5: connection refused
		3 refused rep 1 hop 0: SOCKS5 reply 99
		4 protocol error rep 1 hop 0: not SOCKS5: method 1
		5 protocol error rep 1 hop 0: not SOCKS5: version 0
		6 login refused rep 1 hop 0: does not accept a user name and password
		7 login refused rep 1 hop 0: login rejected, status 1
		8 protocol error rep 1 hop 0: not SOCKS5: method 0
		9 closed the connection rep 1 hop 0: closed
		10 refused rep 1 hop 0: SOCKS4 reply 91: rejected or failed$_names
		11 login refused rep 1 hop 0: SOCKS4 reply 93: identd names another user
		12 protocol error rep 1 hop 0: not SOCKS4: reply 0
		13 protocol error rep 1 hop 0: not SOCKS4: version 5
		14 refused rep 2 hop 0: HTTP 403 as it is told
		15 login refused rep 1 hop 0: HTTP 407 as it is told
		16 refused rep 4 hop 0: HTTP 502 as it is told
		17 refused rep 6 hop 0: HTTP 504 as it is told
		18 protocol error rep 1 hop 0: not HTTP: status code does not answer CONNECT
		19 protocol error rep 1 hop 0: not HTTP: no status line
		20 protocol error rep 1 hop 0: not HTTP: no status line
		21 protocol error rep 1 hop 0: not HTTP: response header too long
	EOT
}

daemon_case endings "proxies that leave, or say nothing any more, wherever \
they do it"
endings_body() {
	target echo
	n=0 all=''
	for end in close reset half stall; do
		for where in accept greeting login request; do
			[ "$end $where" != "half accept" ] || continue
			n=$((n + 1))
			all="$all${all:+,}$end:$where"
			case $end:$where in
			# Where to was asked, and may be what is silent.
			stall:request)
				echo "$n did not answer in time rep 6" ;;
			stall:*)
				echo "$n did not answer in time rep 1" ;;
			*)
				echo "$n closed the connection rep 1" ;;
			esac
		done
	done >want
	proxy five socks5 user=u password=p "do=$all"
	drive <<-EOT
		$(cat conf)
		commit
		settle
		$(i=0
		while [ $((i += 1)) -le $n ]; do
			echo "dial $i 3000 a.example $TARGET $five"
		done)
		wait $n
		same
	EOT
	atf_check -o file:want sed 's/ hop 0.*//' answers
}

daemon_case hops "three proxies one behind the other, and which of them was \
at fault"
hops_body() {
	target echo
	proxy five socks5 user=alice password=first do=bytes
	proxy http http user=bob password=second
	proxy four socks4 user=carol do=early:FIRST-
	proxy plain socks4
	proxy no http do=refuse:403
	proxy deaf socks5 do=stall:request
	drive <<-EOT
		$(cat conf)
		commit
		dial 1 9000 a.example $TARGET $five $http $four
		wait 1
		dial 2 9000 a.example $TARGET $http $five $four
		dial 3 9000 a.example $TARGET $plain $no $five
		dial 4 1500 a.example $TARGET $http $five $deaf
		dial 5 9000 - 0 $http $five
		dial 6 9000 a.example $TARGET $http dead,1,2,127.0.0.1,1
		wait 5
		send 1 data
		fin 1
	EOT
	expect <<-EOT
		1 ok rep 0 hop 2
		1 read FIRST-data
		2 ok rep 0 hop 2
		3 refused rep 2 hop 1: HTTP 403 as it is told
		4 did not answer in time rep 6 hop 2: no answer in time
		5 ok rep 0 hop 1
		6 not in the configuration rep 1 hop 1
	EOT
	atf_check grep -qx "1 login alice first" "$five_log"
	atf_check grep -qx "1 connect 127.0.0.1 ${http##*,}" "$five_log"
	atf_check grep -qx "1 login bob second" "$http_log"
	atf_check grep -qx "1 connect 127.0.0.1 ${four##*,}" "$http_log"
	atf_check grep -qx "1 login carol" "$four_log"
	atf_check grep -qx "1 connect a.example $TARGET" "$four_log"
}

daemon_case whose_login "a login goes to no other proxy than its own, and \
the one in force is used"
whose_login_body() {
	TARGET=1
	proxy mine socks5 user=alice password=new
	mine_port=$UPSTREAM
	proxy other socks5 user=eve password=new
	drive <<-EOT
		dial 1 9000 a.example 80 $mine
		wait 1
		upstream mine
		member 0 127.0.0.1 $mine_port alice old
		upstream two
		member 1 127.0.0.1 1
		member 0 127.0.0.1 $mine_port alice new
		commit
		dial 2 9000 - 0 $mine
		wait 1
		dial 3 9000 - 0 mine,1,0,127.0.0.1,$UPSTREAM
		dial 4 9000 - 0 mine,1,2,127.0.0.1,$mine_port
		dial 5 9000 - 0 mine,1,0,::1,$mine_port
		dial 6 9000 - 0 mine,2,0,127.0.0.1,$mine_port
		dial 7 9000 - 0 $other
		dial 8 9000 - 0 min,1,0,127.0.0.1,$mine_port
		dial 9 9000 - 0 two,2,0,127.0.0.1,$mine_port
		wait 7
		upstream mine
		member 0 127.0.0.1 $mine_port alice new
		commit
		dial 10 9000 - 0 $mine
		dial 11 9000 - 0 two,2,0,127.0.0.1,$mine_port
		wait 2
	EOT
	{
		echo "1 not in the configuration rep 1 hop 0"
		echo "2 login refused rep 1 hop 0: login rejected, status 1"
		for i in 3 4 5 6 7 8; do
			echo "$i not in the configuration rep 1 hop 0"
		done
		echo "9 ok rep 0 hop 0"
		echo "10 ok rep 0 hop 0"
		echo "11 not in the configuration rep 1 hop 0"
	} | expect
	atf_check -s exit:1 grep login "$other_log"
	atf_check -o inline:"3\n" grep -c login "$mine_log"
	atf_check -s exit:1 grep -rqE 'old|new|alice' upstream.log
}

daemon_case given_up "a dial that is given up, and those of a router that \
is gone, end at once and without a word"
given_up_body() {
	TARGET=1
	proxy deaf http do=stall:accept
	drive <<-EOT
		$(cat conf)
		commit
		settle
		dial 1 60000 a.example 80 $deaf
		dial 2 60000 a.example 80 $deaf
		cancel 1
		cancel 77
		cancel 2
		same
		dial 3 60000 a.example 80 $deaf
		dial 4 60000 a.example 80 $deaf
		router
		same
		dial 3 200 a.example 80 $deaf
		wait 1
		dial 5 60000 a.example 80 $deaf
		dial 5 60000 a.example 80 $deaf
		refused
		same
		dial 6 60000 a.example 80 deaf,0,0,127.0.0.1,$UPSTREAM
		refused
		dial 7 200 a.example 80 $deaf
		wait 1
		same
	EOT
	expect <<-EOT
		refused
		refused
		3 did not answer in time rep 6 hop 0: no answer in time
		7 did not answer in time rep 6 hop 0: no answer in time
	EOT
}

daemon_case crowd "many dials at once, each of them through"
crowd_body() {
	n=$(long 60 240)
	target echo
	proxy five socks5 user=u password=p do=bytes
	proxy http http do=bytes+soon
	drive <<-EOT
		$(cat conf)
		commit
		settle
		$(i=0
		while [ $i -lt $n ]; do
			echo "dial $i 30000 127.0.0.1 $TARGET $five $http"
			i=$((i + 1))
		done)
		wait $n
		same
		$(i=0
		while [ $i -lt $n ]; do
			echo "send $i data-of-$i"
			echo "fin $i"
			i=$((i + 1))
		done)
	EOT
	i=0
	while [ $i -lt $n ]; do
		echo "$i ok rep 0 hop 1"
		echo "$i read data-of-$i"
		i=$((i + 1))
	done | expect
}
