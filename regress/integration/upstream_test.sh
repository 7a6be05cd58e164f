#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Sessions that go by upstreams: each protocol, chains, who is tried and in
# which order, who is left alone, and what the client hears of it.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/via.sh"

# heard log text: how many lines of that there are in the log of a proxy.
heard() {
	grep -cE "^[0-9]+ $2" "$1"
}

# tries name: of each of its three members.
tries() {
	ctl show upstreams | awk -v name="$1" '$1 == name {
	    s = s (s == "" ? "" : " ") $(NF - 1) } END { print s }'
}

# A port where nobody listens while the test runs is not to be had from the
# kernel: this is one of a proxy that has left.
dead_port() {
	upstreamd socks5
	kill "$(cat "other.${UPSTREAM_LOG%.log}.pid")"
	until_is 10 "" ss -Hltn "sport = :$UPSTREAM"
	echo "$UPSTREAM"
}

# The session lines of the log, of those that were refused.
refusals() {
	grep -c "Z session .* cause=$1 " daemon.log
}

daemon_case protocols "each protocol, with a login and without one, carries \
every byte, those that come early too"
protocols_body() {
	target echo
	(umask 077; echo sesame >secret)
	for proto in socks5 socks4 http; do
		upstreamd $proto script=script
		eval "$proto=$UPSTREAM; log_$proto=$UPSTREAM_LOG"
		upstreamd $proto user=ann password=sesame
		eval "login_$proto=$UPSTREAM"
	done
	start socks5 socks4 http login5 login4 loginh wrong <<-E
	upstream "socks5" { member socks5 127.0.0.1 port $socks5 }
	upstream "socks4" { member socks4a 127.0.0.1 port $socks4 }
	upstream "http" { member http ::1 port $http }
	upstream "login5" {
		member socks5 127.0.0.1 port $login_socks5 \
		    user "ann" password file "$PWD/secret"
	}
	upstream "login4" {
		member socks4a 127.0.0.1 port $login_socks4 user "ann"
	}
	upstream "loginh" {
		member http 127.0.0.1 port $login_http \
		    user "ann" password file "$PWD/secret"
	}
	upstream "wrong" {
		member socks5 127.0.0.1 port $login_socks5 \
		    user "eve" password file "$PWD/secret"
	}
	E
	for name in socks5 socks4 http login5 login4 loginh; do
		expect "0 right 0 right" via $name 127.0.0.1 count=2
		expect "0 right" via $name 127.0.0.1 pipelined
		[ "${name%4}" != "$name" ] || expect "0 right" via $name ::1
	done
	# SOCKS4 cannot say it.
	expect "1" via socks4 ::1
	expect "1" via wrong 127.0.0.1
	await daemon.log "member 1: login rejected, status 1" || atf_fail "no hint"
	atf_check -s exit:1 -o empty grep -r sesame daemon.log daemon.out

	# What the target says at once comes right behind the last answer,
	# whose own bytes may come one by one.
	for does in early:hello bytes+early:hello soon+early:hello; do
		echo "$does" >script
		for name in socks5 socks4 http; do
			[ "$name" = http ] || [ "$does" = "${does#soon}" ] ||
			    continue
			expect "0 right" via $name 127.0.0.1 early=hello
		done
	done
	daemon_end
}

daemon_case replies "what a proxy answers is what the client hears, and no \
other proxy is asked once it is clear"
replies_body() {
	target echo
	for proto in socks5 socks4 http; do
		upstreamd $proto script=script.$proto
		eval "$proto=$UPSTREAM"
	done
	upstreamd socks5
	start socks5 socks4 http <<-E
	upstream "socks5" {
		member socks5 127.0.0.1 port $socks5
		member socks5 127.0.0.1 port $UPSTREAM
	}
	upstream "socks4" { member socks4a 127.0.0.1 port $socks4
	    retry 0 backoff 1s to 1s }
	upstream "http" { member http 127.0.0.1 port $http
	    retry 0 backoff 1s to 1s }
	E
	for rep in 2 3 4 5 6; do
		echo "refuse:$rep" >script.socks5
		expect "$rep" via socks5 127.0.0.1
	done
	atf_check_equal 0 "$(heard "$UPSTREAM_LOG" accepted)"
	# These say nothing of the target: another one is asked.
	for rep in 1 7 8 9 255; do
		echo "refuse:$rep" >script.socks5
		expect "0 right" via socks5 127.0.0.1
	done
	atf_check_equal 5 "$(heard "$UPSTREAM_LOG" accepted)"
	echo refuse:91 >script.socks4
	expect 1 via socks4 127.0.0.1
	for answer in 403=2 504=6; do
		echo "refuse:${answer%=*}" >script.http
		expect "${answer#*=}" via http 127.0.0.1
	done
	# Whatever a proxy says of targets, it works.
	for name in socks5 socks4 http; do
		atf_check_equal up "$(field $name 1 state)"
		atf_check_equal 0 "$(field $name 1 failures)"
	done
	until_is 10 1 refusals connect-refused ||
	    atf_fail "refusals: connect-refused"
	until_is 10 2 refusals upstream-refused ||
	    atf_fail "refusals: upstream-refused"
	daemon_end
}

# A session by each of them, all at once.
all_bad() {
	_pids=
	for _name in bad5 badh bad4; do
		via $_name 127.0.0.1 >"lines.$_name" &
		_pids="$_pids $!"
	done
	wait $_pids
	atf_check -o inline:"0 right\n0 right\n0 right\n" cat lines.*
}

daemon_case failover "a proxy that refuses, is silent, leaves, lies or talks \
nonsense does not keep a client from the next one"
failover_body() {
	target echo
	dead=$(dead_port)
	upstreamd socks5 script=script; bad5=$UPSTREAM
	upstreamd http script=script; badh=$UPSTREAM
	upstreamd socks4 script=script; bad4=$UPSTREAM
	upstreamd socks5; good=$UPSTREAM
	start dead bad5 badh bad4 <<-E
	set timeout connect 2s
	upstream "dead" {
		member http 127.0.0.1 port $dead
		member socks5 127.0.0.1 port $good
	}
	upstream "bad5" {
		member socks5 127.0.0.1 port $bad5
		member socks5 127.0.0.1 port $good
		breaker off
	}
	upstream "badh" {
		member http 127.0.0.1 port $badh
		member socks5 127.0.0.1 port $good
		breaker off
	}
	upstream "bad4" {
		member socks4a 127.0.0.1 port $bad4
		member socks5 127.0.0.1 port $good
		breaker off
	}
	E
	expect "0 right" via dead 127.0.0.1
	for does in close:accept reset:accept close:request reset:request \
	    half:request junk:ff junk:485454502f312e3120 flood; do
		echo "$does" >script
		echo "$does"
		all_bad
	done
	for does in method:255 method:9 close:greeting half:greeting; do
		echo "$does" >script
		expect "0 right" via bad5 127.0.0.1
	done
	for does in stall:accept stall:request; do
		echo "$does" >script
		echo "$does"
		all_bad
	done
	# Once it has said that all is well, there is no other one, and a lie
	# is the client's to notice.
	echo refuse:0 >script
	before=$(heard "$UPSTREAM_LOG" accepted)
	expect TimeoutError via bad5 127.0.0.1 timeout=2
	atf_check_equal "$before" "$(heard "$UPSTREAM_LOG" accepted)"
	daemon_end
}

daemon_case retries "the only proxy is tried again as often as allowed, with \
waits that grow, and not after the client has left"
retries_body() {
	target echo
	upstreamd socks5 do=close:accept,close:greeting,reset:accept,ok
	four=$UPSTREAM
	upstreamd socks5 script=script; port=$UPSTREAM; log=$UPSTREAM_LOG
	upstreamd http; entry=$UPSTREAM; entry_log=$UPSTREAM_LOG
	dead=$(dead_port)
	start four one none behind <<-E
	upstream "entry" { member http 127.0.0.1 port $entry }
	upstream "behind" {
		member socks5 127.0.0.1 port $dead
		via "entry"
		retry 2 backoff 1ms to 1ms
		breaker off
	}
	upstream "four" { member socks5 127.0.0.1 port $four breaker off }
	upstream "one" {
		member socks5 127.0.0.1 port $port
		retry 2 backoff 200ms to 1s
		breaker off
	}
	upstream "none" {
		member socks5 127.0.0.1 port $port
		retry 0 backoff 1s to 1s
		breaker off
	}
	E
	expect "0 right" via four 127.0.0.1
	echo close:greeting >script
	start=$(date +%s%3N)
	expect "1" via one 127.0.0.1
	# 100 to 200 ms, then 200 to 400.
	[ $(($(date +%s%3N) - start)) -ge 300 ] || atf_fail "no wait"
	atf_check_equal 3 "$(heard "$log" accepted)"
	expect "1" via none 127.0.0.1
	atf_check_equal 4 "$(heard "$log" accepted)"
	# So is one behind another, which has not failed by saying so.
	expect "1" via behind 127.0.0.1
	atf_check_equal 3 "$(heard "$entry_log" "connect 127.0.0.1 $dead")"
	atf_check_equal "3 0" "$(field behind 1 failures) \
$(field entry 1 failures)"
	until_is 10 3 refusals upstream-failed ||
	    atf_fail "refusals: upstream-failed"

	# A client that leaves takes the try with it.
	echo stall:request >script
	ended=$(heard "$log" ended)
	expect TimeoutError via one 127.0.0.1 timeout=0.5
	until_is 10 $((ended + 1)) heard "$log" ended ||
	    atf_fail "the try goes on"
	daemon_end
}

daemon_case breaker "after so many failures a proxy is left alone, then tried \
by one, and used again when it works"
breaker_body() {
	target echo
	upstreamd socks5 script=script; log=$UPSTREAM_LOG
	start exit long <<-E
	upstream "exit" {
		member socks5 127.0.0.1 port $UPSTREAM
		retry 0 backoff 1s to 1s
		breaker after 3 failures in 1m for 2s
	}
	upstream "long" {
		member socks5 127.0.0.1 port $UPSTREAM
		retry 0 backoff 1s to 1s
		breaker after 3 failures in 1m for 1h
	}
	E
	echo close:accept >script
	for name in long exit; do
		expect "1 1 1" via $name 127.0.0.1 count=3
		atf_check_equal "tripped" "$(field $name 1 state)"
	done
	before=$(heard "$log" accepted)
	rm script
	# Nobody is asked, whatever the client wants.
	expect "1 1 1 1" via long 127.0.0.1 count=4
	atf_check_equal "$before" "$(heard "$log" accepted)"
	await daemon.log 'has no usable member: 1 tripped' ||
	    atf_fail "no hint"
	until_is 20 half-open field exit 1 state || atf_fail "not half-open"
	expect "0 right" via exit 127.0.0.1
	atf_check_equal up "$(field exit 1 state)"
	expect "0 right 0 right" via exit 127.0.0.1 count=2

	# Open again over a trial that fails.
	echo close:accept >script
	expect "1 1 1" via exit 127.0.0.1 count=3
	until_is 20 half-open field exit 1 state || atf_fail "not half-open"
	expect "1" via exit 127.0.0.1
	atf_check_equal "tripped" "$(field exit 1 state)"
	# Whoever says that it is up, closes it.
	rm script
	ctl upstream long member 1 up || atf_fail "not upstream long member 1 up"
	expect "0 right" via long 127.0.0.1
	atf_check_equal 3 "$(counter breakers-opened)"
	atf_check_equal 10 "$(counter upstream-failures)"
	atf_check_equal 14 "$(counter upstream-tries)"
	atf_check -o match:"upstream long: member 1, .*: tripped: " \
	    grep "upstream long" daemon.log
	daemon_end
}

# six name: requests that nobody answers; prints the replies, once each.
six() {
	via "$1" 127.0.0.1 count=6 | sort -u
}

daemon_case targets "what clients have a proxy do by the targets that they \
choose shuts it for nobody, and it is asked the same once" 180
targets_body() {
	target echo
	for proto in socks5 socks4 http; do
		upstreamd $proto script=script
		eval "$proto=$UPSTREAM; log_$proto=$UPSTREAM_LOG"
	done
	upstreamd http
	start socks5 socks4 http chain <<-E
	upstream "socks5" { member socks5 127.0.0.1 port $socks5 }
	upstream "socks4" { member socks4a 127.0.0.1 port $socks4 }
	upstream "http" { member http 127.0.0.1 port $http }
	upstream "chain" {
		member socks5 127.0.0.1 port $socks5
		via "entry"
	}
	upstream "entry" { member http 127.0.0.1 port $UPSTREAM }
	E
	for name in socks5 socks4 http chain; do
		proto=$name
		case $name in
		socks5)	more="refuse:1 refuse:99" ;;
		socks4)	more="refuse:91 refuse:92 refuse:0" ;;
		http)	more="refuse:500 refuse:407 refuse:101" ;;
		chain)	more="" proto=socks5 ;;
		esac
		eval "log=\$log_$proto"
		for does in $more half:request reset:request close:request; do
			echo "$does" >script
			before=$(heard "$log" connect)
			atf_check_equal 1 "$(six $name)"
			atf_check_equal $((before + 6)) \
			    "$(heard "$log" connect)"
		done
		# After some without any answer it shows, and is used.
		atf_check_equal "failing 0" "$(field $name 1 state) \
$(field $name 1 failures)"
		rm script
		expect "0 right" via $name 127.0.0.1
		atf_check_equal "up 0" "$(field $name 1 state) \
$(field $name 1 failures)"
	done
	atf_check_equal "0 0" "$(counter upstream-failures) \
$(counter breakers-opened)"
	await daemon.log "member 1: closed, without a reply to the request" ||
	    atf_fail "no hint"
	daemon_end
}

daemon_case silent "a target that is silent takes all the time that there is, \
and shuts the proxy for nobody"
silent_body() {
	target echo
	upstreamd socks5 script=script
	start exit <<-E
	set timeout connect 2s
	upstream "exit" {
		member socks5 127.0.0.1 port $UPSTREAM
		breaker after 1 failures in 1m for 1h
	}
	E
	echo stall:request >script
	expect "6" via exit 127.0.0.1
	rm script
	expect "0 right" via exit 127.0.0.1
	atf_check_equal "0 0" "$(counter upstream-failures) \
$(counter breakers-opened)"
	daemon_end
}

daemon_case shown "one that fails each time is not shown as up; sessions, \
bytes and the time to connect are those of the member"
shown_body() {
	target echo
	upstreamd socks5; port=$UPSTREAM
	dead=$(dead_port)
	start exit gone behind <<-E
	upstream "exit" { member socks5 127.0.0.1 port $port }
	upstream "gone" {
		member socks5 127.0.0.1 port $dead
		retry 1 backoff 1ms to 1ms
		breaker off
	}
	upstream "behind" { member socks5 127.0.0.1 port $port via "exit" }
	E
	atf_check_equal "None 0" "$(field exit 1 connect_ms) \
$(field exit 1 bytes_up)"
	expect "0 right 0 right" via exit 127.0.0.1 count=2
	expect "0 right" via behind 127.0.0.1
	expect 1 via gone 127.0.0.1
	until_is 10 0 sessions || atf_fail "sessions are left"
	atf_check_equal "failing 2 2 0" "$(field gone 1 state) \
$(field gone 1 tries) $(field gone 1 failures) $(field gone 1 bytes_up)"
	atf_check_equal "up 140000 140000" "$(field exit 1 state) \
$(field exit 1 bytes_up) $(field exit 1 bytes_down)"
	atf_check_equal "70000 None" "$(field behind 1 bytes_down) \
$(field behind 1 connect_ms)"
	[ "$(field exit 1 connect_ms)" -ge 0 ] || atf_fail "no time"
	ctl show upstreams >shown
	cat shown
	atf_check -o match:"^upstream +nr speaks +address +state +sessions +\
connect +bytes +tries +failures$" head -n 1 shown
	atf_check -o match:" up +0 +[0-9]+ms +273K +3 +0$" grep "^exit" shown
	atf_check -o match:" failing +0 +- +0 +2 +2$" grep "^gone" shown
	daemon_end
}

daemon_case hurried "a proxy that is left with next to no time, as others \
waited for the target, has not failed by being slower than that"
hurried_body() {
	target echo
	for i in 1 2 3; do
		upstreamd socks5 do=stall:request
		eval "silent$i=$UPSTREAM"
	done
	upstreamd socks5 script=script; log=$UPSTREAM_LOG
	start exit <<-E
	set timeout connect 2s
	upstream "exit" {
		member socks5 127.0.0.1 port $silent1
		member socks5 127.0.0.1 port $silent2
		member socks5 127.0.0.1 port $silent3
		member socks5 127.0.0.1 port $UPSTREAM
	}
	E
	echo stall:greeting >script
	via exit 127.0.0.1 at-once=8 >lines
	atf_check -o inline:"6\n" sort -u lines
	[ "$(heard "$log" greeting)" -ge 5 ] || atf_fail "it was not tried"
	atf_check_equal "up 0" "$(field exit 4 state) $(field exit 4 failures)"
	# With all the time that there is, it has.
	for i in 1 2 3; do
		ctl upstream exit member $i down || atf_fail "not down"
	done
	expect 1 via exit 127.0.0.1
	atf_check_equal "failing 1" "$(field exit 4 state) \
$(field exit 4 failures)"
	daemon_end
}

daemon_case trial "a client with a target that is silent does not keep a \
proxy that works again from the others" 120
trial_body() {
	target echo
	upstreamd socks5 script=script; log=$UPSTREAM_LOG
	start exit <<-E
	upstream "exit" {
		member socks5 127.0.0.1 port $UPSTREAM
		retry 10 backoff 500ms to 500ms
		breaker after 1 failures in 1m for 1s
	}
	E
	echo close:accept >script
	expect "1" via exit 127.0.0.1 # and is tried until it is open
	until_is 20 half-open field exit 1 state || atf_fail "not half-open"
	echo stall:request >script
	before=$(heard "$log" connect)
	via exit 127.0.0.1 timeout=50 >silent &
	echo $! >other.silent.pid
	until_is 20 $((before + 1)) heard "$log" connect ||
	    atf_fail "it is not tried"
	rm script
	expect "0 right" via exit 127.0.0.1
	atf_check_equal up "$(field exit 1 state)"
	kill "$(cat other.silent.pid)"
	wait "$(cat other.silent.pid)"
	daemon_end
}

daemon_case others "a proxy that leaves a request unanswered has failed if \
another one gets it through, and only then; who stays with one, still does" 120
others_body() {
	target echo
	for i in 1 2; do
		upstreamd socks5 script=script.$i
		eval "port$i=$UPSTREAM; log$i=$UPSTREAM_LOG"
	done
	start both source <<-E
	upstream "both" {
		member socks5 127.0.0.1 port $port1
		member socks5 127.0.0.1 port $port2
		breaker after 5 failures in 1h for 1h
	}
	upstream "source" {
		balance source
		member socks5 127.0.0.1 port $port1
		member socks5 127.0.0.1 port $port2
	}
	E
	expect "0 right" via source 127.0.0.1
	before=$(field source 1 tries)
	for does in close:request reset:request half:request; do
		echo $does | tee script.1 >script.2
		for name in both source; do
			tries=$(field $name 1 tries)/$(field $name 2 tries)
			atf_check_equal 1 "$(six $name)"
			atf_check_equal $((${tries%/*} + 6)) \
			    "$(field $name 1 tries)"
			atf_check_equal $((${tries#*/} + 6)) \
			    "$(field $name 2 tries)"
		done
		rm script.*
		expect "0 right" via both 127.0.0.1
		atf_check_equal "0 0" "$(field both 1 failures) \
$(field both 2 failures)"
		atf_check_equal up "$(field both 1 state)"
	done
	expect "0 right" via source 127.0.0.1
	if [ "$before" = 1 ]; then
		atf_check_equal 20 "$(field source 1 tries)"
	else
		atf_check_equal 20 "$(field source 2 tries)"
	fi
	echo close:request >script.1
	expect "0 right 0 right 0 right 0 right 0 right" \
	    via both 127.0.0.1 count=5
	atf_check_equal "tripped 5" "$(field both 1 state) \
$(field both 1 failures)"
	atf_check_equal "5 1" "$(counter upstream-failures) \
$(counter breakers-opened)"
	daemon_end
}

daemon_case addresses "an address that a proxy cannot reach for reasons that \
it does not tell does not keep a client from the next one of the name"
addresses_body() {
	target echo
	upstreamd socks5 do=close:request,ok,reset:request,ok,refuse:1,ok
	socks5=$UPSTREAM
	upstreamd http do=close:request,ok,half:request,ok,refuse:500,ok
	start socks5 http <<-E
	upstream "socks5" { member socks5 127.0.0.1 port $socks5 }
	upstream "http" { member http 127.0.0.1 port $UPSTREAM }
	E
	expect "0 right 0 right 0 right" via socks5 localhost count=3
	expect "0 right 0 right 0 right" via http localhost count=3
	daemon_end
}

daemon_case ways "a proxy that does not answer when asked for the next one \
is passed over, and fails if it is the one without which others get there" 120
ways_body() {
	target echo
	for i in 1 2; do
		upstreamd socks5 script=script.$i
		eval "entry$i=$UPSTREAM"
	done
	upstreamd socks5; exit=$UPSTREAM
	dead=$(dead_port)
	start exit one <<-E
	upstream "entry" {
		member socks5 127.0.0.1 port $entry1
		member socks5 127.0.0.1 port $entry2
	}
	upstream "exit" {
		member socks5 127.0.0.1 port $exit
		via "entry"
	}
	upstream "only" { member socks5 127.0.0.1 port $entry1 }
	upstream "one" {
		member socks5 127.0.0.1 port $dead
		member socks5 127.0.0.1 port $exit
		via "only"
	}
	E
	# As sshd(8) does for what it cannot reach: not its fault.
	echo close:request >script.1
	for i in 1 2 3 4 5; do
		expect "0 right" via exit 127.0.0.1
		atf_check_equal $i "$(field entry 1 failures)"
	done
	atf_check_equal "tripped up" "$(field entry 1 state) \
$(field exit 1 state)"
	echo mute >script.1
	expect "0 right" via one 127.0.0.1
	atf_check_equal "0 1 0" "$(field only 1 failures) \
$(field one 1 failures) $(field one 2 failures)"
	daemon_end
}

daemon_case balance "roundrobin: each as often; source: one for each source, \
and another one only while that is away"
balance_body() {
	target echo
	for i in 1 2 3; do
		upstreamd socks5 script=script.$i
		eval "port$i=$UPSTREAM; log$i=$UPSTREAM_LOG"
	done
	start round source <<-E
	upstream "round" {
		balance roundrobin
		member socks5 127.0.0.1 port $port1
		member socks5 127.0.0.1 port $port2
		member socks5 127.0.0.1 port $port3
	}
	upstream "source" {
		balance source
		member socks5 127.0.0.1 port $port1
		member socks5 127.0.0.1 port $port2
		member socks5 127.0.0.1 port $port3
	}
	E
	via round 127.0.0.1 count=9
	atf_check_equal "3 3 3" "$(tries round)"
	# By whom each source goes, from how often each was tried.
	before=$(tries source)
	# So many that one of three is left out once in thousands of times.
	for i in $(seq 24); do
		expect "0 right 0 right" via source 127.0.0.1 count=2 \
		    from=127.0.0.$i
		after=$(tries source)
		echo "$before" "$after"
		before=$after
	done >seen
	at=$(awk '{ n = 0; for (i = 1; i <= 3; i++)
	    if ($(i + 3) == $i + 2) { n++; print i } else if ($(i + 3) != $i)
	    n = 9; if (n != 1) print "none" }' seen)
	echo "$at"
	atf_check_equal "1 2 3" \
	    "$(echo "$at" | sort -u | tr '\n' ' ' | sed 's/ $//')"
	at_1=$(echo "$at" | head -n 1)
	# Away, and here again.
	ctl upstream source member $at_1 down || atf_fail "not upstream source member $at_1 down"
	expect "0 right" via source 127.0.0.1
	before=$(field source $at_1 tries)
	ctl upstream source member $at_1 up || atf_fail "not upstream source member $at_1 up"
	expect "0 right" via source 127.0.0.1
	atf_check_equal $((before + 1)) "$(field source $at_1 tries)"
	daemon_end
}

daemon_case hops "upstreams one behind the other, of all protocols, each \
told of the next one"
hops_body() {
	target echo
	upstreamd http; entry=$UPSTREAM; entry_log=$UPSTREAM_LOG
	upstreamd socks5; middle=$UPSTREAM; middle_log=$UPSTREAM_LOG
	upstreamd socks4; exit=$UPSTREAM; exit_log=$UPSTREAM_LOG
	dead=$(dead_port)
	start exit half <<-E
	upstream "half" {
		member socks5 127.0.0.1 port $dead
		member socks5 127.0.0.1 port $middle
		via "entry"
	}
	upstream "exit" {
		member socks4a 127.0.0.1 port $exit
		via "middle"
	}
	upstream "middle" {
		member socks5 127.0.0.1 port $middle
		via "entry"
	}
	upstream "entry" { member http 127.0.0.1 port $entry }
	E
	expect "0 right 0 right" via exit 127.0.0.1 count=2
	atf_check_equal 2 "$(heard "$entry_log" "connect 127.0.0.1 $middle")"
	atf_check_equal 2 "$(heard "$middle_log" "connect 127.0.0.1 $exit")"
	atf_check_equal 2 "$(heard "$exit_log" "connect 127.0.0.1 $TARGET")"
	# The second hop cannot be reached from the first: the other one.
	expect "0 right" via half 127.0.0.1
	atf_check_equal 1 "$(heard "$entry_log" "connect 127.0.0.1 $dead")"
	atf_check_equal 0 "$(field entry 1 failures)"
	daemon_end
}

daemon_case checks "a proxy that fails its check is used no more until it \
passes one"
checks_body() {
	target echo
	upstreamd socks5 script=script; port=$UPSTREAM; log=$UPSTREAM_LOG
	upstreamd socks5; other=$UPSTREAM
	start exit behind <<-E
	upstream "behind" { member socks5 127.0.0.1 port 1 via "exit" }
	upstream "exit" {
		member socks5 127.0.0.1 port $(echo "$log" >/dev/null; cut -d. -f1 "${log%.log}.port")
		member socks5 127.0.0.1 port $other
		check every 1s
		breaker off
	}
	E
	echo close:greeting >script
	until_is 20 "check failed" field exit 1 state ||
	    atf_fail "not noticed"
	expect "0 right" via exit 127.0.0.1
	atf_check_equal 0 "$(heard "$log" connect)"
	atf_check_equal up "$(field exit 2 state)"
	rm script
	until_is 20 up field exit 1 state || atf_fail "not noticed"
	expect "0 right" via exit 127.0.0.1
	atf_check_equal 1 "$(heard "$log" connect)"
	# Down is down, and checked by nobody.
	ctl upstream exit member 1 down || atf_fail "not upstream exit member 1 down"
	expect "0 right" via exit 127.0.0.1
	atf_check_equal down "$(field exit 1 state)"
	# The one without members is named, not the one that goes by it.
	ctl upstream exit member 2 down || atf_fail "member 2"
	expect "1" via behind 127.0.0.1
	await daemon.log 'x22exit\x22 has no usable member: 2 down' ||
	    atf_fail "no hint"
	atf_check_equal 1 "$(heard "$log" connect)"
	daemon_end
}

daemon_case passed "a proxy that passes a check is used again though its \
breaker is open, and each change of that is in the log once, with its level" \
    120
passed_body() {
	target echo
	upstreamd socks5 script=script; port=$UPSTREAM; log=$UPSTREAM_LOG
	start exit <<-E
	log to stderr format json
	upstream "exit" {
		member socks5 127.0.0.1 port $port
		retry 0 backoff 1s to 1s
		breaker after 1 failures in 1h for 1h
		check every 1s
	}
	E
	upstream="upstream exit: member 1, 127.0.0.1:$port:"
	for does in close:accept close:greeting reset:greeting; do
		echo "$does" >script
		expect "1" via exit 127.0.0.1
		until_is 20 "check failed" field exit 1 state ||
		    atf_fail "no check"
		# Failed checks that change nothing.
		before=$(heard "$log" accepted)
		until [ "$(heard "$log" accepted)" -gt $((before + 2)) ]; do
			a_moment
		done
		rm script
		until_is 20 up field exit 1 state || atf_fail "still shut"
		expect "0 right" via exit 127.0.0.1
	done
	# What somebody wanted is no warning.
	ctl upstream exit member 1 down || atf_fail "not down"
	grep "$upstream" daemon.log >said
	cat said
	atf_check -o match:'"level":"warning".*: (tripped|check failed): [a-zC]' \
	    -o not-match:'member 1: ' grep -E "tripped|check failed" said
	atf_check -o not-match:warning grep -E ": (up|down)" said
	atf_check_equal "3 1" "$(grep -c ": up" said) \
$(grep -c ": down" said)"
	[ "$(grep -c "check failed" said)" -le 3 ] || atf_fail "it repeats"
	[ "$(grep -c "tripped" said)" -le 3 ] || atf_fail "it repeats"
	daemon_end
}

daemon_case remote "a name goes to the proxy as it is where the rule says so, \
else the address that was judged"
remote_body() {
	target echo
	for proto in socks5 socks4 http; do
		upstreamd $proto
		eval "$proto=$UPSTREAM; log_$proto=$UPSTREAM_LOG"
	done
	for proto in socks5 socks4 http; do
		echo "pass on \"$proto\" to domain \".test\" via \"$proto\" \
		    resolve remote"
	done >rules
	start socks5 socks4 http <<-E
	upstream "socks5" { member socks5 127.0.0.1 port $socks5 }
	upstream "socks4" { member socks4a 127.0.0.1 port $socks4 }
	upstream "http" { member http 127.0.0.1 port $http }
	E
	for proto in socks5 socks4 http; do
		eval "log=\$log_$proto"
		expect "0 right" via $proto WWW.Example.TEST.
		atf_check_equal 1 \
		    "$(heard "$log" "connect www.example.test $TARGET")"
		# One that has no IPv6 is told the other address.
		expect "0 right" via $proto localhost
		atf_check_equal 0 "$(heard "$log" "connect localhost")"
	done
	daemon_end
}

daemon_case routes "what a rule says of the way holds for the way to the \
first proxy, where it leads to for what that is told"
routes_body() {
	target echo
	upstreamd socks5
	log=$UPSTREAM_LOG
	echo=$TARGET
	mark=
	[ "$(id -u)" != 0 ] || mark="mark 77"
	cat >rules <<-E
	pass on "from" to localhost via "from" source 127.0.0.77 $mark
	pass on "rdr" to 127.0.0.9 via "rdr" rdr-to 127.0.0.1 port $TARGET
	pass on "family" to localhost via "family" source ::1
	E
	start from rdr family <<-E
	upstream "from" { member socks5 127.0.0.1 port $UPSTREAM }
	upstream "rdr" { member socks5 127.0.0.1 port $UPSTREAM }
	upstream "family" {
		member socks5 127.0.0.1 port $UPSTREAM
		member socks5 ::1 port $UPSTREAM
	}
	E
	clients_start "$PORT_from"
	atf_check_equal open "$(clients open 1)"
	atf_check -o match:" via=from/1$" \
	    "$SOCKS5CTL" -s "$PWD/ctl" show sessions
	sockets -t state established "dport = :$UPSTREAM" >ways
	atf_check -o match:127.0.0.77 -o match:"${mark:+fwmark:0x4d}" cat ways
	# More at once than there are sockets at hand.
	via from 127.0.0.1 at-once=20 >lines
	atf_check -o inline:"0 right\n" sort -u lines
	exec 9>&-
	wait "$(cat other.clients.pid)"

	expect "0 right" via rdr 127.0.0.9
	await daemon.log " via=rdr/1 rdr=127.0.0.1:$echo" ||
	    atf_fail "not in the log"
	atf_check_equal 0 "$(heard "$log" "connect 127.0.0.9")"
	expect "0 right" via family 127.0.0.1
	atf_check_equal 1 "$(field family 2 tries)"
	atf_check_equal 0 "$(field family 1 failures)"
	daemon_end
}

daemon_case crowd "more sessions at once than there are sockets at hand are \
each one try, and no failure of anybody"
crowd_body() {
	target echo
	upstreamd socks5
	n=$(long 50 500)
	cat >rules <<-E
	pass on "exit" to 127.0.0.1 via "exit" interface lo
	pass on "gone" to 127.0.0.1 via "gone" interface nowhere0
	E
	start exit gone <<-E
	set limit per-source 1000	# all of them are of one
	upstream "exit" {
		member socks5 127.0.0.1 port $UPSTREAM
		retry 0 backoff 1s to 1s
	}
	upstream "gone" {
		member socks5 127.0.0.1 port $UPSTREAM
		retry 0 backoff 1s to 1s
	}
	E
	via exit 127.0.0.1 at-once="$n" >lines
	atf_check -o inline:"0 right\n" sort -u lines
	atf_check_equal "$n 0 up" "$(field exit 1 tries) \
$(field exit 1 failures) $(field exit 1 state)"
	atf_check_equal 0 "$(counter upstream-failures)"

	# Nor is it the proxy's that there is no such interface.
	via gone 127.0.0.1 at-once=10 >lines
	atf_check -o inline:"3\n" sort -u lines
	atf_check_equal "0 up " "$(field gone 1 failures) \
$(field gone 1 state) $(field gone 1 error)"
	daemon_end
}

daemon_case restarts "sessions live on when the upstream process dies, and \
new ones are made by the next one"
restarts_body() {
	target echo
	upstreamd socks5 script=script
	start exit <<-E
	upstream "exit" { member socks5 127.0.0.1 port $UPSTREAM }
	E
	clients_start "$PORT_exit"
	atf_check_equal open "$(clients open 5)"
	pid=$(pid_of upstream)
	kill -KILL "$pid"
	expect "0 right 0 right 0 right" via exit 127.0.0.1 count=3
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	exec 9>&-
	wait "$(cat other.clients.pid)"
	house_is_clean "killed by"
	daemon_quit
}

daemon_case reload "what is known of a proxy is kept over reloads, sessions \
go on without the upstream, and none is refused while reloads go on"
reload_body() {
	target echo
	upstreamd socks5; one=$UPSTREAM
	upstreamd socks5; two=$UPSTREAM
	start exit <<-E
	upstream "exit" {
		member socks5 127.0.0.1 port $one
		member socks5 127.0.0.1 port $two
	}
	E
	ctl upstream exit member 1 down || atf_fail "not upstream exit member 1 down"
	via exit 127.0.0.1 count=$(long 150 3000) >lines &
	echo $! >other.via.pid
	for _i in $(seq "$(long 10 100)"); do
		ctl reload >/dev/null || atf_fail "no reload"
	done
	wait "$(cat other.via.pid)"
	atf_check -o inline:"0 right\n" sort -u lines
	atf_check_equal down "$(field exit 1 state)"
	atf_check_equal 0 "$(field exit 1 tries)"
	sed "s/port $two/port $one/" socks5d.conf >new &&
	    mv new socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	atf_check_equal down "$(field exit 1 state)"
	atf_check_equal up "$(field exit 2 state)"
	atf_check_equal 0 "$(field exit 2 tries)"
	daemon_end
}
