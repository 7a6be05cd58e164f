#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The end: nobody new, time for those who are there, a line for each.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root

# The usual daemon and clients.  More lines of config on standard input.
start() {
	port=$(freeport)
	{
		cat
		echo "set relays 2"
		echo "set limit per-source 1000"
		echo "listen on localhost port $port name door"
		echo "pass from localhost to { any, <internal> } on door"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
	clients_start "$port"
	kids=$(children)
}

term() {
	kill "-${1:-TERM}" "$(cat daemon.pid)"
}

# ended seconds: by itself, with status 0, and nothing is left of it.
ended() {
	wait_gone "$1" "$(cat daemon.pid)" || atf_fail "it does not end"
	wait "$(cat daemon.pid)" || atf_fail "it ended with status $?"
	all_gone $kids || atf_fail "children are left"
	[ ! -e ctl ] || atf_fail "the control socket is left"
	if listens "$port"; then
		atf_fail "somebody listens"
	fi
	rm daemon.pid
	if grep -E 'killed by|security:|critical:|status 1' daemon.log |
	    grep -Ev "${2:-^$}"; then
		atf_fail "a child died"
	fi
}

# closed_door: the listeners are closed, new clients are refused by the kernel.
closed_door() {
	await daemon.log "stopping" || atf_fail "it does not stop"
	until_is 5 no open_door || atf_fail "the listener is open"
	atf_check -o match:"failed: ConnectionRefusedError" \
	    echo "$(clients open 1)"
}

open_door() {
	listens "$port" && echo yes || echo no
}

# logged n cause: so many session lines have that cause; there is one for each
# session, and all know the listener.
logged() {
	atf_check_equal "$1" "$(grep -c "Z session .* cause=$2 " daemon.log)"
	sed -n 's/^.*Z session id=\([0-9]*\) .*/\1/p' daemon.log | sort -n >ids
	seq "$(wc -l <ids)" >all_ids
	atf_check cmp all_ids ids
	atf_check -s exit:1 grep -v " listener=door " lines
}

# logged_in_all n: all sessions have their line.
logged_in_all() {
	grep "Z session " daemon.log >lines
	atf_check_equal "$1" "$(wc -l <lines)"
}

daemon_case drain "it waits for the sessions that there are, no longer"
drain_body() {
	start <<-EOT
		set timeout handshake 3s
	EOT
	atf_check_equal open "$(clients open 10)"
	atf_check_equal mute "$(clients mute 3)"
	until_is 5 13 sessions
	term
	closed_door
	atf_check_equal "alive 10 dead 0" "$(clients echo)"
	atf_check -o match:'"stopping": ?true' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -j show status
	atf_check -s exit:1 -e match:"the daemon is stopping" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check_equal closed "$(clients close 9)"
	atf_check_equal "alive 1 dead 0" "$(clients echo)"
	until_is 10 1 sessions || atf_fail "silent clients are not ended"
	all_gone "$(cat daemon.pid)" && atf_fail "it does not wait"
	atf_check_equal closed "$(clients close 1)"
	ended 3
	logged_in_all 13
	logged 10 closed
	logged 3 handshake-timeout
}

daemon_case int "SIGINT is as SIGTERM"
int_body() {
	start </dev/null
	atf_check_equal open "$(clients open 2)"
	term INT
	closed_door
	atf_check_equal "alive 2 dead 0" "$(clients echo)"
	atf_check_equal closed "$(clients close 2)"
	ended 3
	logged_in_all 2
}

daemon_case idle "without a session it ends at once"
idle_body() {
	start <<-EOT
		set timeout drain 1h
	EOT
	term
	ended 3
}

daemon_case timeout "sessions that overstay the time to drain are ended"
timeout_body() {
	start <<-EOT
		set timeout drain 1s
	EOT
	atf_check_equal open "$(clients open 10)"
	atf_check_equal mute "$(clients mute 2)"
	until_is 5 12 sessions
	term
	ended 5
	atf_check_equal "alive 0 dead 10" "$(clients echo)"
	logged_in_all 12
	logged 12 stopped
}

daemon_case at_once "drain 0s waits for nobody"
at_once_body() {
	start <<-EOT
		set timeout drain 0s
	EOT
	atf_check_equal open "$(clients open 10)"
	term
	ended 3
	logged_in_all 10
	logged 10 stopped
}

daemon_case twice "a second signal ends all at once"
twice_body() {
	start <<-EOT
		set timeout drain 1h
	EOT
	atf_check_equal open "$(clients open 10)"
	term
	closed_door
	term
	ended 3
	atf_check_equal "alive 0 dead 10" "$(clients echo)"
	logged_in_all 10
	logged 10 stopped
}

daemon_case ctl_stop "socks5ctl stop drains, stop now does not"
ctl_stop_body() {
	start <<-EOT
		set timeout drain 1h
	EOT
	atf_check_equal open "$(clients open 10)"
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" stop
	closed_door
	atf_check_equal closed "$(clients close 3)"
	atf_check_equal "alive 7 dead 0" "$(clients echo)"
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" stop now
	ended 3
	atf_check_equal "alive 0 dead 7" "$(clients echo)"
	logged_in_all 10
	logged 3 closed
	logged 7 stopped
}

daemon_case many "of hundreds of sessions each gets its line"
many_body() {
	start </dev/null
	atf_check_equal open "$(clients open 400)"
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" stop now
	ended 5
	logged_in_all 400
	logged 400 stopped
}

daemon_case busy "it ends under load as well"
busy_body() {
	start <<-EOT
		set timeout drain 1s
	EOT
	clients load >/dev/null
	clients count 20 >/dev/null
	term
	ended 6
	clients rest >/dev/null
	grep "Z session " daemon.log >lines
	logged 2 stopped
}

daemon_case requests "requests under way are answered or ended"
requests_body() {
	start <<-EOT
		set timeout connect 2s drain 1h
	EOT
	hole=$(clients hole)
	clients ask 127.0.0.1 "$hole" >/dev/null
	clients ask 127.0.0.1 "$hole" >/dev/null
	until_is 5 2 sessions
	term
	atf_check_equal "6 6" "$(clients reply)"
	ended 5
	logged_in_all 2
	logged 2 connect-timeout
}

daemon_case dead_router "a router that dies meanwhile is no reason to stay"
dead_router_body() {
	start <<-EOT
		set timeout drain 1h
	EOT
	atf_check_equal open "$(clients open 5)"
	router=$(pid_of router)
	term
	closed_door
	kill -9 "$router"
	ended 5 "killed by signal 9"
}

daemon_case hung "a child that hangs does not hold it up"
hung_body() {
	start <<-EOT
		set timeout drain 1s
	EOT
	atf_check_equal open "$(clients open 4)"
	kill -STOP "$(pid_of relay 0)" "$(pid_of auth)"
	term
	ended 12 "killed by signal 9"
}

daemon_case early "it can be stopped before it is up"
early_body() {
	port=$(freeport)
	for i in 1 2 3; do
		: >daemon.log
		daemon_spawn <<-EOT
			listen on localhost port $port
			pass from localhost
		EOT
		await daemon.log listening || atf_fail "it does not start"
		kids=
		term
		ended 5
	done
}
