#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Changes of the file of users while the daemon runs.  The clients are in
# users.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root
CASE_SECONDS=120

# A listener with logins.  Further lines of the config come as arguments.
start() {
	set -- "$(printf '%s\n' "$@")"
	port=$(freeport)
	[ -e users ] || python3 "$SRC/cases/users.py" first
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
	atf_check python3 "$SRC/cases/users.py" "$@"
}

daemon_case changes "each change is in force at once, and spares the rest"
changes_body() {
	start "set auth throttle off"
	client changes $port
	daemon_end
}

daemon_case kills "sessions of a user end with kill, and only then"
kills_body() {
	start "set auth throttle off"
	client kills $port
	daemon_end
}

daemon_case refusals "what cannot be done changes nothing, and says why"
refusals_body() {
	start "set auth throttle off"
	client refusals $port
	daemon_end
}

daemon_case links "a link stays one, and none is followed when writing"
links_body() {
	start "set auth throttle off"
	client links $port
	daemon_end
}

daemon_case together "of many at once those are there that were told so"
together_body() {
	start
	client together $port $(long 12 60)
	daemon_end
}

daemon_case auth_hangs "without auth's word the file stays as it is"
auth_hangs_body() {
	start "set auth throttle off"
	client auth_hangs $port
	daemon_end "killed by signal 9"
}

daemon_case reloads "a reload and a change do not get in each other's way"
reloads_body() {
	start
	client reloads $port "$(cat daemon.pid)"
	daemon_end
}

daemon_case lists "every user is listed, and nobody forges a line"
lists_body() {
	start
	client lists $port $(long 3000 99990)
	daemon_end
}

daemon_case options "options change one by one, and only if they do"
options_body() {
	start
	client options $port
	daemon_end
}

daemon_case no_password "an empty password is one that was meant"
no_password_body() {
	start
	client no_password $port
	daemon_end
}

daemon_case bans "who fails too often is banned, until told otherwise"
bans_body() {
	start "set auth throttle after 3 failures in 10m ban 10m"
	client bans $port
	daemon_end
}

daemon_case secrets "nothing secret is left anywhere but hashes in auth"
secrets_body() {
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer keeps what is freed"
	start
	client secrets $port "$(cat daemon.pid)"
	daemon_end
}

daemon_case none "without a file of users there is none to change"
none_body() {
	daemon_start <<-EOT
		listen on localhost port $(freeport)
		pass from localhost
	EOT
	echo pass | atf_check -s exit:1 \
	    -e inline:"socks5ctl: no users file is configured\n" \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add alice
	atf_check -o match:'^user ' "$SOCKS5CTL" -s "$PWD/ctl" user list
	daemon_end
}

daemon_case hashes "hashes of each method, without a daemon"
hashes_body() {
	client hashes
}

daemon_case terminal "at a terminal a password is asked for twice, unseen"
terminal_body() {
	client terminal
}
