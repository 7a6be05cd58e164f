#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Rules that no longer pass what is open, and "reload revoke", which ends it.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root
CASE_SECONDS=120

# The listener's port is in $port; rules on standard input.
start() {
	port=$(freeport)
	python3 "$SRC/cases/login.py" users users
	{
		echo "set relays 2"
		echo "log to stderr format json sessions"
		echo "users \"$PWD/users\""
		echo "listen on localhost port $port auth optional"
	} >head.conf
	{ cat head.conf; cat; } >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	atf_check python3 "$SRC/cases/revoke.py" "$@"
}

daemon_case ends "reload revoke ends what is refused now, and nothing else"
ends_body() {
	start <<-EOT
		pass from localhost to <internal>
	EOT
	client ends "$port"
	daemon_end
}

daemon_case users "reload revoke asks who users are now"
users_body() {
	start <<-EOT
		pass user any to <internal>
	EOT
	client users "$port"
	daemon_end
}

daemon_case waiting "requests under way are judged again, too"
waiting_body() {
	start <<-EOT
		pass from localhost to <internal>
	EOT
	client waiting "$port"
	daemon_end
}

daemon_case fails "a reload that fails revokes nothing"
fails_body() {
	start <<-EOT
		pass from localhost to <internal>
	EOT
	client fails "$port"
	daemon_end
}

daemon_case dies "whoever dies meanwhile, who asked gets an answer"
dies_body() {
	start <<-EOT
		pass user any to <internal>
	EOT
	client dies "$port"
	daemon_end "killed by signal 9"
}

daemon_case unasked "who may not log in any more ends, though auth dies"
unasked_body() {
	start <<-EOT
		pass user any to <internal>
	EOT
	python3 "$SRC/cases/revoke.py" unasked "$port" || atf_fail "see above"
	daemon_end "killed by signal 9"
}
