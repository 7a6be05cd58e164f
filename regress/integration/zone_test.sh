#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The time zone that TZ of the environment names: what rules, quotas and the
# log go by.  The daemon has a zone of its own, whatever that of the test is.

. "$(atf_get_srcdir)/lib/daemon.sh"

# start zone rule...: the daemon there.
start() {
	port=$(freeport)
	_zone=$1; shift
	{
		echo "quotas \"$PWD/quotas\""
		echo "log to stderr"
		echo "listen on localhost port $port"
		printf '%s\n' "$@"
	} >socks5d.conf
	if [ "$_zone" = - ]; then
		unset TZ
	else
		export TZ="$_zone"
	fi
	daemon_respawn
	unset TZ
	daemon_ready
}

# at zone hours: the time there in so many hours; seconds before midnight are
# nothing that a test waits for.
at() {
	TZ=$1 date -d "@$(($(date +%s) + $2 * 3600))" +%H:%M
}

# The hours around now in that zone: true for as long as a test takes.
around() {
	echo "time $(at "$1" -1)-$(at "$1" 1)"
}

passes() {
	ctl test connect 192.0.2.1 80 >said 2>&1 || {
		cat said >&2
		atf_fail "$*"
	}
}

# A rule for now passes in the zone, whoever died or read the config again.
holds() {
	start "$1" "block" "pass to 192.0.2.1 $(around "$2")"
	passes "$1: at the start"
	ctl reload || atf_fail "reload"
	passes "$1: after a reload"
	_old=$(pid_of router)
	kill -KILL "$_old"
	until_is 30 yes another_router || atf_fail "no router"
	passes "$1: with another router"
	daemon_end "killed by signal 9"
	mv daemon.log "log.$(echo "$1" | tr / _)"
}

another_router() {
	_new=$(pid_of router 2>/dev/null)
	[ -n "$_new" ] && [ "$_new" != "$_old" ] && ctl show rules >/dev/null \
	    2>&1 && echo yes
}

daemon_case names "a rule by the time goes by TZ, in every form of it"
names_body() {
	# Without its files it is another zone by a rule.
	holds XYZ-5:30 XYZ-5:30
	zones=/usr/share/zoneinfo
	[ -f $zones/Asia/Kolkata ] || atf_skip "has no files of zones"
	holds Asia/Kolkata XYZ-5:30
	holds ":Asia/Kolkata" XYZ-5:30
	cp $zones/Asia/Tokyo here
	chmod 644 here
	chmod 755 .
	holds "$PWD/here" XYZ-9
	grep -l "no such time zone" log.* && atf_fail "a warning"
	:
}

daemon_case wrong "a zone that there is not is told, and is that of the host"
wrong_body() {
	start Asia/Kolkatta "block" "pass to 192.0.2.1 $(around UTC0)"
	[ "$(date +%z)" = +0000 ] || atf_skip "this host is not in UTC"
	passes "UTC"
	atf_check grep -q "TZ=Asia/Kolkatta: no such time zone on this host" \
	    daemon.log
	grep -v "no such time zone" daemon.log >rest
	mv rest daemon.log
	daemon_end
}

use_it() {
	python3 -c "
import socks
with socks.connect($port) as s:
    s.sendall(b'\5\1\0' + socks.request('127.0.0.1', $TARGET))
    socks.read_exactly(s, 2), socks.read_reply(s)
    assert len(socks.read_all(s)) == 1000"
}

used() {
	awk '/^[0-9]/ { n += $4 } END { print n + 0 }' quotas 2>/dev/null
}

# At the other end of the date line, a day of quota is another one.
daemon_case days "a quota of a day is of a day there"
days_body() {
	target source 1000
	for _zone in WST-24 EST24; do
		rm -f quotas
		start $_zone "pass from localhost to <internal> quota 1M/day"
		_before=$(TZ=$_zone date +%F)
		use_it
		until_is 30 1000 used || atf_fail "it is not kept"
		_old=$(pid_of router)
		kill -KILL "$_old"
		until_is 30 yes another_router || atf_fail "no router"
		use_it
		# The parent and both routers write into the same day.
		daemon_end "killed by signal 9"
		atf_check_equal 2000 "$(used)"
		[ "$(grep -c "^[0-9]" quotas)" = 1 ] || atf_fail "$(cat quotas)"
		_day=$(grep -o "^[0-9]*-[0-9]*-[0-9]*" quotas)
		[ "$_day" = "$_before" ] ||
		    [ "$_day" = "$(TZ=$_zone date +%F)" ] ||
		    atf_fail "$_zone: $_day, not $_before"
		[ "$_day" != "$(TZ=UTC0 date +%F)" ] ||
		    atf_fail "$_zone: the day of UTC"
		rm -f daemon.log
	done
}

# change days seconds: the clocks go two hours ahead so far from now, at a full
# minute.
change() {
	_then=$(($(date +%s) / 60 * 60 + $1 * 86400 + $2))
	_day=$(TZ=UTC0 date -d "@$_then" +%j | sed 's/^0*//')
	_clock=$(TZ=UTC0 date -d "@$_then" +%H:%M:%S)
	echo "AAA0BBB-2,$((_day - 1))/$_clock,$(((_day + 19) % 365))/0"
}

daemon_case summer "a rule by the time goes by the summer time" 60 300
summer_body() {
	start "$(change -1 0)" "block" "pass to 192.0.2.1 $(around BBB-2)"
	passes "since yesterday"
	daemon_end
	start "$(change 1 0)" "block" "pass to 192.0.2.1 $(around AAA0)"
	passes "from tomorrow on"
	daemon_end
	[ "$(long 0 1)" = 1 ] || return 0
	start "$(change 0 120)" "block" "pass to 192.0.2.1 $(around BBB-2)"
	ctl test connect 192.0.2.1 80 >said && atf_fail "summer already"
	until_is 200 0 summer_has_come || atf_fail "no summer"
	daemon_end
}

summer_has_come() {
	ctl test connect 192.0.2.1 80 >said
	echo $?
}
