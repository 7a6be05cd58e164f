#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Logins of RFC 1929, from the greeting to the line in the log.  The clients
# and the users are in login.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_SECONDS=120

# Three listeners: without logins, with them if the client likes, and with
# them.  Further lines of the config come as arguments.  Nobody is banned,
# since all of them come from one address.
start() {
	set -- "$(printf '%s\n' "$@")"
	none=$(freeport)
	optional=$(freeport)
	required=$(freeport)
	[ -f users ] || python3 "$SRC/cases/login.py" users users
	daemon_start <<-EOT
		set relays 2
		set limit half-open 4096 per-source 4096
		${throttle-set auth throttle off}
		${timeout:+set timeout handshake $timeout}
		log to stderr format json sessions
		users "$PWD/users"
		listen on localhost port $none
		listen on localhost port $optional auth optional
		listen on localhost port $required auth required
		pass from localhost to <internal>
		$1
	EOT
}

client() {
	_case=$1
	shift
	atf_check python3 "$SRC/cases/login.py" "$_case" "$@"
}

hashers() {
	ctl show status | awk '$1 == "hash" { print $3 }'
}

daemon_case methods "every offer of methods on every kind of listener"
methods_body() {
	start
	client methods $none $optional $required
	daemon_end
}

daemon_case passwords "the right password opens, nothing near it does"
passwords_body() {
	start
	client passwords $required
	daemon_end
}

daemon_case not_kept "the same without any memory of logins"
not_kept_body() {
	start "set auth cache 0s"
	client passwords $required
	daemon_end
}

daemon_case empty "an empty password makes a stranger, and no guesser"
empty_body() {
	anybody=$(freeport)
	users=$(freeport)
	throttle="set auth throttle after 10 failures in 1h ban 1h" start "
		block to <internal> port $users
		pass to <internal> port $users user any"
	client empty $optional $required $anybody $users
	atf_check_equal 0 "$(counter bans)"
	atf_check_equal 0 "$(counter logins-failed)"
	atf_check_equal 105 "$(counter logins-empty)"
	# Carol and the two with a password, and what ten guesses would cost.
	[ "$(counter hashes)" -le 13 ] || atf_fail "all are hashed"
	daemon_end
}

daemon_case always_empty "nor is one that is right, remembered or not"
always_empty_body() {
	throttle="set auth throttle after 4 failures in 1h ban 1h" start \
	    "set auth cache 0s"
	client always_empty $required
	atf_check_equal 13 "$(counter logins-ok)"
	[ "$(counter hashes)" -le 17 ] || atf_fail "all are hashed"
	daemon_end
}

daemon_case unasked "a login that nobody asked for is seen"
unasked_body() {
	start
	client unasked $none
	atf_check_equal 1 "$(counter logins-ignored)"
	daemon_end
}

daemon_case splits "a login survives every cut"
splits_body() {
	start
	client splits $required
	daemon_end
}

daemon_case malformed "what is no login opens nothing"
malformed_body() {
	start
	client malformed $required
	daemon_end
}

daemon_case rules "users and groups decide, and nobody is none of them"
rules_body() {
	for _t in alice staff admins table any notbob free; do
		eval "$_t=\$(freeport)"
	done
	start "
		table <friends> user { alice, carol }
		block
		pass from localhost to <internal> port $free
		pass to <internal> port $alice user alice
		pass to <internal> port $staff group staff
		pass to <internal> port $admins group { admins, nobody }
		pass to <internal> port $table user <friends>
		pass to <internal> port $any user any
		pass to <internal> port $notbob user { any, !bob }"
	client rules $required $optional $alice $staff $admins $table $any \
	    $notbob $free
	daemon_end
}

daemon_case logged "each login has its words in the log, and no secrets"
logged_body() {
	start
	client logged $required
	daemon_end
}

daemon_case together "more logins at once than can be checked at once"
together_body() {
	start
	client wait_in_line $required 100
	daemon_end
}

daemon_case guessers "200 who guess do not hold up who knows"
guessers_body() {
	throttle= start "set auth cache 0s"
	client guessers $required 200
	daemon_end
}

daemon_case workers_hang "who hangs over a hash holds up nobody else for ever"
workers_hang_body() {
	timeout=2s start
	client stop_worker $required $(hashers)
	daemon_end
}

daemon_case workers_die "a hash that was lost with its process is done again"
workers_die_body() {
	start
	client kill_worker $required $(hashers)
	daemon_end "killed by signal 9"
}

daemon_case auth_dies "without auth logins fail, and it comes back"
auth_dies_body() {
	start
	client kill_auth $required "$(pid_of auth)" $(hashers)
	daemon_end "killed by signal 9"
}
