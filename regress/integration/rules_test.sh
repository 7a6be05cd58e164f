#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Rules, in a daemon that runs: which decides, and what each one counts.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

daemon_case random "random rules decide and count as an obvious matcher says" \
    60 1800
random_body() {
	set -- $(freeport 3)
	seed=$(date +%s)
	echo "seed $seed"
	count=$(long 300 3000)
	python3 "$SRC/cases/rules.py" 1 0 0 0 0 0 0 0 >hosts.script
	nameserver <hosts.script
	set -- "$DNS" "$@"
	python3 "$SRC/cases/rules.py" "$seed" 0 "$count" 0 "$@"
	daemon_respawn
	daemon_ready
	atf_check -o match:" passed" python3 "$SRC/cases/rules.py" "$seed" \
	    "$(long 4 20)" "$count" "$(long 250 1000)" "$@" \
	    "$SOCKS5CTL" -s "$PWD/ctl"
	daemon_end
}
