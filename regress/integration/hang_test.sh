#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# A child that hangs is noticed, named and, if so configured, ended; and it
# holds up nobody.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root

# All that there may be, but control, whom the others are looked at through.
ALL="router:0 relay:0 relay:1 auth:0 resolver:0 hash:0 loader:0 upstream:0"

# start [seconds]: a daemon with a process of each role, in which silence is
# noticed after a second.  More lines of config on standard input.
start() {
	port=$(freeport)
	echo "192.0.2.1" >table
	echo 'alice:$6$rounds=1000$saltsalt$'"$(
	    printf 'a%.0s' $(seq 86))" >users
	chmod 600 users table
	{
		cat
		echo "set relays 2"
		echo "set auth workers 1"
		echo "set timeout silence 1s drain 1s handshake 1m"
		echo "users \"$PWD/users\""
		echo "table <bad> address file \"$PWD/table\""
		echo 'upstream "far" { member socks5 127.0.0.1 port 9 }'
		echo "listen on localhost port $port"
		echo "block from any to <bad>"
		echo 'pass from any to 198.51.100.1 via "far"'
		echo "pass from localhost to { any, <internal> }"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
	clients_start "$port"
	ctl show status >status
}

# pid_then role:number: of a child, as it was at the start.
pid_then() {
	awk -v role="${1%:*}" -v nr="${1#*:}" \
	    '$1 == role && $2 == nr { print $3 }' status
}

# who role:number: as the log and others call it.
who() {
	echo "${1%:*} ${1#*:} (pid $(pid_then "$1"))"
}

# signal_to signal role:number ...
signal_to() {
	_sig=$1; shift
	for _c in "$@"; do
		kill "-$_sig" "$(pid_then "$_c")"
	done
}

# said text role:number ...: the log says that of each.
said() {
	_text=$1; shift
	for _c in "$@"; do
		await -t 20 daemon.log "$(who "$_c") $_text" ||
		    atf_fail "$_c: not $_text"
	done
}

# never text: the log does not have it.
never() {
	atf_check -s exit:1 grep -E "$1" daemon.log
}

# is_other role:number: another process has taken its place.
is_other() {
	_new=$(pid_of "${1%:*}" "${1#*:}")
	case $_new in
	""|-|"$(pid_then "$1")")	echo no ;;
	*)				echo yes ;;
	esac
}

silences() {
	ctl show counters | awk '$1 == "child-silences" { print $2 }'
}

daemon_case named "whoever is silent is named, and when it no longer is"
named_body() {
	start </dev/null
	atf_check_equal open "$(clients open 4)"
	signal_to STOP $ALL
	said "does not answer: silent for" $ALL
	atf_check -s exit:1 -o save:silent -e match:"relay 1: no answer" \
	    $SOCKS5CTL -s ctl show status
	for c in $ALL; do
		grep -E "^${c%:*} +${c#*:} .* NO ANSWER for [0-9]+" silent ||
		    atf_fail "$c is not shown as silent"
	done
	atf_check_equal 1 "$(grep -c '^control .*' silent)"
	atf_check -s exit:1 grep "^control .*NO ANSWER" silent
	ctl -j show status | grep -q '"silent_ms": *[1-9]' ||
	    atf_fail "not in JSON"
	signal_to CONT $ALL
	said "answers again, after" $ALL
	atf_check -o not-match:"NO ANSWER" $SOCKS5CTL -s ctl show status
	atf_check_equal 8 "$(silences)"
	# Once each, however long it took; control comes last.
	atf_check_equal 8 "$(grep -c 'does not answer' daemon.log)"
	signal_to STOP control:0
	said "does not answer: silent for" control:0
	atf_check -s exit:3 -e match:"does not answer" \
	    $SOCKS5CTL -s ctl show status
	signal_to CONT control:0
	said "answers again, after" control:0
	atf_check_equal "alive 4 dead 0" "$(clients echo)"
	never "watchdog"
	clients close 4 >/dev/null
	daemon_end
}

daemon_case watchdog "whoever is silent is ended and started anew"
watchdog_body() {
	start <<-EOF
		set watchdog 2s
	EOF
	atf_check_equal open "$(clients open 4)"
	signal_to STOP control:0 $ALL
	for c in control:0 $ALL; do
		await -t 20 daemon.log "watchdog: $(who $c) was silent for" ||
		    atf_fail "$c is not ended"
	done
	said "was killed by signal" control:0 $ALL
	for c in control:0 $ALL; do
		until_is 20 yes is_other "$c" || atf_fail "there is no new $c"
	done
	until_is 20 open clients open 1 || atf_fail "nobody is served"
	clients rest >/dev/null
	ctl show counters >counters
	atf_check -o match:"^child-watchdog +9 " cat counters
}

daemon_case reload "a reload says which of them it has waited for"
reload_body() {
	start </dev/null
	signal_to STOP relay:1 resolver:0
	atf_check -s exit:1 -e match:"resolver 0 \(pid $(pid_then resolver:0)\
\), relay 1 \(pid $(pid_then relay:1)\) did not answer in time" \
	    $SOCKS5CTL -s ctl reload
	signal_to CONT relay:1 resolver:0
	said "answers again" relay:1 resolver:0
	atf_check -e ignore -o match:"reloaded" $SOCKS5CTL -s ctl reload
	atf_check_equal open "$(clients open 4)"
	clients close 4 >/dev/null
	daemon_end
}

daemon_case stop "a stop comes to its end, whoever hangs"
stop_body() {
	start </dev/null
	kids=$(children)
	atf_check_equal open "$(clients open 4)"
	signal_to STOP control:0 $ALL
	kill -TERM "$(cat daemon.pid)"
	wait_gone 20 "$(cat daemon.pid)" || atf_fail "it does not end"
	wait "$(cat daemon.pid)" || atf_fail "it ended with status $?"
	rm daemon.pid
	all_gone $kids || atf_fail "children are left"
}

daemon_case lists "lists come without those that do not answer"
lists_body() {
	start </dev/null
	atf_check_equal open "$(clients open 4)"
	for c in router:0 relay:1 auth:0 resolver:0; do
		signal_to STOP $c
		for what in "show status" "show sessions" "show rules" \
		    "show counters" "show limits" "show upstreams" \
		    "show bans" "show tables" "user list"; do
			timeout 20 $SOCKS5CTL -s ctl $what >out 2>err ||
			    grep -qE "(no|not) answer" err ||
			    atf_fail "$c holds up $what: $(cat err)"
		done
		signal_to CONT $c
	done
	signal_to STOP relay:1
	ctl show sessions >out
	atf_check_equal 2 "$(awk '$2 == 1 && $9 $10 $11 == "???"' out | wc -l)"
	atf_check_equal 2 "$(awk '$2 == 0 && !/[?]/' out | wc -l)"
	atf_check_equal 6 "$(ctl -j show sessions | grep -oE \
	    '"(idle_ms|up|down)": ?null' | wc -l)"
	signal_to CONT relay:1
	clients close 4 >/dev/null
	daemon_end
}

daemon_case paused "if all of the daemon was stopped nobody was silent"
paused_body() {
	start <<-EOF
		set watchdog 1s
	EOF
	parent=$(cat daemon.pid)
	kids=$(children)
	atf_check_equal open "$(clients open 4)"
	for i in 1 2; do
		kill -STOP "$parent" $kids
		sleep 3		# longer than anybody may be silent
		kill -CONT "$parent" $kids
		a_moment
	done
	atf_check_equal "alive 4 dead 0" "$(clients echo)"
	atf_check_equal "$kids" "$(children)"
	never "does not answer|watchdog"
	clients close 4 >/dev/null
	daemon_end
}
