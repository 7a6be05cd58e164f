#! /usr/bin/env atf-sh
# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.


# Hosts that lack or refuse something: what does not stand is told, what can
# be done without is done without, and it serves.

. "$(atf_get_srcdir)/lib.sh"

DAEMON=$(realpath "$SOCKS5D")

# on command ...: daemons are started by it from now on.
on() {
	rm -f daemon.log clients.*
	cat >on.sh <<-EOF
		#!/bin/sh
		exec $* $DAEMON "\$@"
	EOF
	chmod +x on.sh
	SOCKS5D=$PWD/on.sh
}

refuse() {
	echo "$SRC/refuse $* --"
}

start() {
	port=$(freeport)
	cat >socks5d.conf <<-EOT
		set relays 2
		listen on 127.0.0.1 port $port
		pass from localhost to { any, <internal> }
	EOT
	daemon_respawn
	daemon_ready
}

# Sessions are served, also after a reload and by a router that is new.
serves() {
	clients_start "$port"
	atf_check_equal open "$(clients open 3)"
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	pid=$(pid_of router)
	kill -9 "$pid"
	await daemon.log "router 0 (pid $pid) was killed by signal 9" ||
	    atf_fail "the death of the router is not told"
	await -n 2 daemon.log "router 0 is ready" || atf_fail "no new router"
	atf_check_equal open "$(clients open 3)"
	atf_check_equal "alive 6 dead 0" "$(clients echo)"
	clients close 6 >/dev/null
	daemon_end "killed by signal 9"
}

# walls: what stands around each child: "role wall ..." lines, each once.
walls() {
	ctl show status | awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ {
	    $2 = $3 = $4 = $5 = ""; $0 = $0; $1 = $1; print }' | sort -u
}

daemon_case landlock "without Landlock it serves, and says so"
landlock_body() {
	for error in EPERM EACCES ENOSYS EOPNOTSUPP; do
		on $(refuse $error landlock_create_ruleset \
		    landlock_add_rule landlock_restrict_self)
		start
		atf_check -o match:"wall.*landlock" cat daemon.log
		atf_check -o not-match:landlock -o match:"router.* filter" \
		    "$SOCKS5CTL" -s "$PWD/ctl" show status
		serves
	done

	# A container may know the question for the version alone.
	on $(refuse EPERM landlock_restrict_self)
	start
	atf_check -o not-match:landlock "$SOCKS5CTL" -s "$PWD/ctl" show status
	serves
}

atf_init_test_cases() {
	atf_add_test_case landlock
}
