#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Random associations, destinations, answers, ends and reloads: what must
# arrive does, once and in its order, and nothing else.  A failure prints its
# seed, for "udp_model.py PORT STEPS SEED".

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

daemon_case random "a slow and obvious model is right about associations" 120
random_body() {
	port=$(freeport)
	# The model writes the script.
	nameserver </dev/null
	ln -sf "$DNS_SCRIPT" names
	cat >head.conf <<-EOT
		set relays 2
		log to stderr format json sessions
		resolver { nameserver 127.0.0.1 port $DNS }
		listen on localhost port $port
	EOT
	cp head.conf socks5d.conf
	daemon_respawn
	daemon_ready
	atf_check python3 "$SRC/cases/udp_model.py" "$port" \
	    "$(long 400 20000)"
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end
}
