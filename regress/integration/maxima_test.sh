#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# What socks5d.conf(5) says that there may be, all of it at once.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root

daemon_case children "all processes that there may be are shown" 120
children_body() {
	python3 "$SRC/cases/login.py" users users
	daemon_start <<-EOT
		set relays 64
		set auth workers 16
		users "$PWD/users"
		table <some> address { 192.0.2.1 }
		upstream "up" { member socks5 127.0.0.1 port 1 }
		listen on localhost port $(freeport)
		block
		pass from localhost to <some> via "up"
	EOT
	ctl show status >text || atf_fail "no answer"
	for row in "router 1" "auth 1" "resolver 1" "control 1" "loader 1" \
	    "upstream 1" "relay 64" "hash 16"; do
		set -- $row
		atf_check_equal "$row" "$1 $(awk -v role="$1" \
		    '$1 == role && $3 > 0 { n++ } END { print n }' text)"
	done
	ctl show status -j >json || atf_fail "no answer in JSON"
	atf_check_equal 86 "$(python3 -c 'import json, sys
c = json.load(sys.stdin)["children"]
print(len({(x["role"], x["instance"]) for x in c if x["pid"]}))' <json)"
	daemon_end
}

# On one processor, where nobody reads while others write.
daemon_on_one_cpu() {
	cat >wrapper <<-EOF
		#!/bin/sh
		exec taskset -c 0 $(realpath "$SOCKS5D") "\$@"
	EOF
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
}

# dies role times: it is killed so often, and each time another comes up that
# serves.
dies() {
	_n=0
	while [ $_n -lt "$2" ]; do
		_n=$((_n + 1))
		_pid=$(pid_of "$1")
		kill -9 "$_pid"
		until_is 90 1 is_another "$1" "$_pid" ||
		    atf_fail "$1 does not come back"
		serves || atf_fail "nobody is served after the death of $1"
	done
}

is_another() {
	[ -n "$(pid_of "$1")" ] && [ "$(pid_of "$1")" != "$2" ] &&
	    [ "$(pid_of "$1")" != - ] && echo 1
}

# A session, soon: a child is ready before it is told everything.
serves() {
	until_is 90 1 one_session
}

one_session() {
	python3 "$SRC/cases/maxima.py" session "$port" "$TARGET" && echo 1
}

daemon_case rules "as many rules as there may be start, reload and start again" \
    300
rules_body() {
	target echo
	port=$(freeport)
	daemon_on_one_cpu
	daemon_start <<-EOT
		set relays 2
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	python3 "$SRC/cases/maxima.py" rules 65536 "$port" >socks5d.conf
	ctl reload || atf_fail "no reload"
	serves
	dies router "$(long 2 5)"
	ctl reload || atf_fail "no second reload"
	serves
	daemon_end "killed by signal 9"
	daemon_respawn
	daemon_ready
	serves
	atf_check_equal 65536 "$(ctl show rules -j | python3 -c 'import json, sys
print(len(json.load(sys.stdin)["rules"]))')"
	daemon_end "killed by signal 9"
}

daemon_case quotas "as many rows of used quota as there may be are told" 300
quotas_body() {
	target echo
	port=$(freeport)
	daemon_on_one_cpu
	mkdir -m 700 state
	python3 "$SRC/cases/maxima.py" quotas 65536 >state/quotas
	chmod 600 state/quotas
	daemon_start <<-EOT
		set relays 2
		quotas "$PWD/state/quotas"
		listen on localhost port $port
		pass from localhost to <internal>
	EOT
	cat >>socks5d.conf <<-EOT
		pass from localhost to <internal> quota 1M/month label "last"
	EOT
	# Its quota is used up, which the first router to have the rule knows.
	ctl reload || atf_fail "no reload"
	until_is 90 1 is_refused || atf_fail "it is not refused"
	dies_refusing "$(long 2 5)"
	# There is no room for the use of another one.
	sed -i 's/label "last"/label "other"/' socks5d.conf
	ctl reload || atf_fail "no second reload"
	is_refused || atf_fail "what cannot be kept can be used"
	[ "$(counter quota-room)" -gt 0 ] || atf_fail "it is not counted"
	grep -q "too many used quotas (65536)" daemon.log ||
	    atf_fail "the log does not say so"
	kill -9 "$(pid_of router)"
	until_is 90 1 is_refused || atf_fail "a new router has room"
	sed -i 's/label "other"/label "last"/' socks5d.conf
	daemon_end "killed by signal 9|router 0 died [0-9]+ times in a row"
	daemon_respawn
	daemon_ready
	until_is 90 1 is_refused || atf_fail "it is not refused"
	daemon_end "killed by signal 9|router 0 died [0-9]+ times in a row"
}

is_refused() {
	python3 "$SRC/cases/maxima.py" refused "$port" "$TARGET" && echo 1
}

dies_refusing() {
	_n=0
	while [ $_n -lt "$1" ]; do
		_n=$((_n + 1))
		_pid=$(pid_of router)
		kill -9 "$_pid"
		until_is 90 1 is_another router "$_pid" ||
		    atf_fail "the router does not come back"
		until_is 90 1 is_refused || atf_fail "it begins anew"
	done
}

daemon_case hosts "as many names of hosts as there may be are known" 120
hosts_body() {
	target echo
	port=$(freeport)
	python3 "$SRC/cases/maxima.py" hosts 20000 >hosts
	daemon_on_one_cpu
	cat >around <<-EOF
		#!/bin/sh
		exec unshare -m sh -c 'mount --bind $PWD/hosts /etc/hosts &&
		    exec "\$@"' sh $SOCKS5D "\$@"
	EOF
	chmod +x around
	SOCKS5D=$PWD/around
	daemon_start <<-EOT
		set relays 2
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	knows_hosts
	! grep "more than" daemon.log || atf_fail "they are too many"
	kill -9 "$(pid_of resolver)"
	knows_hosts
	echo "127.0.0.1 more" >>hosts
	ctl reload || atf_fail "no reload"
	knows_hosts
	grep -q "more than 20000" daemon.log || atf_fail "nothing is left out"
	daemon_end "killed by signal 9"
}

# The first and the last of them.
knows_hosts() {
	for i in 0 19999; do
		until_is 60 1 is_known $i || atf_fail "no $i"
	done
}

is_known() {
	python3 "$SRC/cases/maxima.py" host "$port" "$TARGET" "$1" && echo 1
}

# All that socks5d.conf(5) gives a number for; fewer processes if it is short.
everything() {
	python3 "$SRC/cases/login.py" users some
	hash=$(grep -am1 '^alice:' some | cut -d: -f2 | cut -d' ' -f1)
	python3 "$SRC/cases/maxima.py" users 100000 "$hash" >users
	python3 "$SRC/cases/maxima.py" quotas 65536 >quotas
	echo sesame >password
	chmod 600 users quotas password
	python3 "$SRC/cases/maxima.py" everything "$(long 4 64)" \
	    "$(long 2 16)" "$PWD" "$port" >socks5d.conf
	"$SOCKS5D" -n -f socks5d.conf || atf_fail "it is refused"
}

daemon_case everything "all numbers at once: a start, a reload, deaths" 300 3600
everything_body() {
	target echo
	port=$(python3 "$SRC/cases/maxima.py" port)
	everything
	daemon_on_one_cpu
	daemon_respawn
	until_is "$(long 120 1200)" 1 daemon_said_ready ||
	    atf_fail "the daemon did not start"
	ctl show status >/dev/null || atf_fail "no answer"
	fds_settle
	serves
	ctl reload || atf_fail "no reload"
	serves
	dies router "$(long 1 5)"
	for role in auth resolver control loader upstream hash relay; do
		[ -n "$SOCKS5D_LONG" ] || [ "$role" = upstream ] || continue
		dies "$role" 1
	done
	ctl reload || atf_fail "no second reload"
	serves
	daemon_end "killed by signal 9"
}
