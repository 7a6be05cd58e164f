#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# What auth adds to a login: who fails too often is banned, who does not exist
# costs as much, and the file of users is taken as a whole or not at all.  The
# clients are in auth.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

# Further lines of the config come as arguments.
start() {
	set -- "$(printf '%s\n' "$@")"
	port=$(freeport)
	[ -f users ] || python3 "$SRC/cases/login.py" users users
	daemon_start <<-EOT
		set relays 2
		log to stderr format json sessions
		users "$PWD/users"
		listen on localhost port $port auth required
		pass from localhost to <internal>
		$1
	EOT
}

client() {
	_case=$1
	shift
	atf_check -o save:client.out \
	    python3 "$SRC/cases/auth.py" "$_case" $port "$@"
	cat client.out
}

# user name password ...: a file of them.
users() {
	: >users.new
	while [ $# -gt 0 ]; do
		python3 "$SRC/cases/auth.py" line_of "$1" "$2" >>users.new
		shift 2
	done
	chmod 600 users.new
	mv users.new users
}

daemon_case source "an address that guesses is banned, late answers first"
source_body() {
	start "set auth throttle after 4 failures in 10m ban 10m"
	client source
	atf_check_equal 1 "$(counter bans)"
	daemon_end
}

daemon_case user "a user under attack is kept for where he is known"
user_body() {
	start "set auth throttle after 4 failures in 10m ban 10m" \
	    "set auth cache 0s"
	client user
	daemon_end
}

daemon_case many "hundreds of bans are shown and ended"
many_body() {
	start "set auth throttle after 1 failures in 10m ban 10m" \
	    "set limit half-open 4096 per-source 64"
	client many
	daemon_end
}

daemon_case again "the same wrong login again is no further guess"
again_body() {
	start "set auth throttle after 4 failures in 10m ban 10m" \
	    "set auth cache 0s"
	client again
	daemon_end
}

daemon_case shut_out "who may not log in is no guesser, and may again"
shut_out_body() {
	python3 "$SRC/cases/login.py" users users
	_line=$(python3 "$SRC/cases/auth.py" line_of zoe old)
	echo "$_line:disabled" >>users
	start "set auth throttle after 4 failures in 10m ban 10m"
	client shut_out
	daemon_end
}

daemon_case neighbours "who is known is not locked out with his address"
neighbours_body() {
	start "set auth throttle after 4 failures in 10m ban 10m" \
	    "set auth cache 0s"
	client neighbours
	daemon_end
}

daemon_case remembered "nor is one whose login was remembered"
remembered_body() {
	start "set auth throttle after 4 failures in 10m ban 10m"
	client remembered
	atf_check_equal 2 "$(counter logins-cached)"
	daemon_end
}

daemon_case told "test says who may not log in, and for how long"
told_body() {
	start "set auth throttle after 4 failures in 10m ban 10m" \
	    "pass to <internal>"
	client told
	daemon_end
}

daemon_case pair_of_lines "the end of a ban is logged as its beginning"
pair_of_lines_body() {
	start "set auth throttle after 4 failures in 10m ban 10m"
	client pair_of_lines
	daemon_end
}

daemon_case ends "a ban ends, and the next is longer"
ends_body() {
	start "set auth throttle after 2 failures in 10m ban 1s"
	client ends
	daemon_end
}

daemon_case alike "who does not exist takes as long to be refused" 120
alike_body() {
	for _u in slow other third; do
		python3 "$SRC/cases/auth.py" line_of $_u steady \
		    '$y$j9T$saltsaltsalt'
	done >users
	chmod 600 users
	start "set auth throttle off" "set auth cache 0s"
	client alike
	daemon_end
}

daemon_case memory "hashes are in auth alone, passwords nowhere"
memory_body() {
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer keeps what is freed"
	[ "$(id -u)" = 0 ] || atf_skip "reads the memory of others: needs root"
	python3 "$SRC/cases/login.py" users users
	python3 "$SRC/cases/auth.py" plant users
	start "set auth throttle off"
	client memory "$(cat daemon.pid)" $(ctl show status |
	    awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ { print $1 ":" $3 }')
	daemon_end
}

daemon_case file "a wrong file of users is refused whole, line by line" 120
file_body() {
	users alice one bob two
	{ echo "carol:x"; cat users; echo "dave:\$1\$a\$b:nothing=1"; } >bad
	chmod 600 bad
	cp -p users good
	mv bad users
	port=$(freeport)
	daemon_spawn <<-EOT
		log to stderr
		users "$PWD/users"
		listen on localhost port $port auth required
		pass from localhost to <internal>
	EOT
	if wait "$(cat daemon.pid)"; then
		atf_fail "a daemon without users"
	fi
	rm daemon.pid
	atf_check grep -q "users:1: " daemon.log
	atf_check grep -q "users:4: " daemon.log
	atf_check -s exit:1 grep -E 'Z ready$|commit of' daemon.log
	mv users bad
	mv good users
	# It says that it ended children.
	mv daemon.log first.log
	daemon_respawn
	daemon_ready
	client can alice one
	client can bob two
	cp -p users good
	mv bad users
	atf_check -s exit:1 -e save:said "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check grep -q "users:1: " said
	atf_check grep -q "users:4: " said
	atf_check grep -q "the config in force stays" said
	client can alice one
	users alice 1 bob two carol three
	ctl reload || atf_fail "reload"
	client cannot alice one
	client can alice 1
	client can bob two
	client can carol three
	users bob two
	ctl reload || atf_fail "reload"
	client cannot alice 1
	client cannot carol three
	client can bob two
	daemon_end
}
