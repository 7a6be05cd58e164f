#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Datagrams to names, and what rules say of them: each address of a name is
# judged, and who waits for a name server holds up nobody.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_SECONDS=90

# start [resolver options]: rules on standard input, the name server at $DNS.
start() {
	port=$(freeport)
	cat >head.conf <<-EOT
		set relays 1
		log to stderr format json sessions
		resolver { nameserver 127.0.0.1 port $DNS $1 }
		listen on localhost port $port
	EOT
	cat head.conf - >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	atf_check python3 "$SRC/cases/udp_names.py" "$1" "$port"
}

# Questions without an answer are given up only after some tries, and their
# sockets with them.
finish() {
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end
}

daemon_case judged "of a name's addresses the first that is allowed is used"
judged_body() {
	nameserver <<-EOT
		one.test	a=127.0.0.1
		mixed.test	a=127.0.0.2,127.0.0.3,127.0.0.1 aaaa=::1
		none.test	a=127.0.0.2,127.0.0.3
		six.test	a=127.0.0.2 aaaa=::1
		only6.test	aaaa=::1
		hidden.test	aaaa=::ffff:127.0.0.2
		mapped.test	aaaa=::ffff:127.0.0.1
		alias.test	cname=mixed.test
		empty.test
		bad.test	rcode=servfail
	EOT
	start <<-EOT
		pass from localhost to { 127.0.0.1 ::1 }
		block to domain "blocked.test"
	EOT
	client judged
	# What is a number in disguise or no name never leaves this host.
	atf_check_equal 0 "$(queries '127\.1|0x7f|21304|bad name|blocked')"
	finish
}

daemon_case internal "who may send anywhere gets to nothing internal"
internal_body() {
	nameserver <<-EOT
		loop.test	a=127.0.0.1 aaaa=::1
		meta.test	a=169.254.169.254
		zero.test	a=0.0.0.0 aaaa=::
		mapped.test	aaaa=::ffff:127.0.0.1
		nat.test	aaaa=64:ff9b::7f00:1,2002:7f00:1::1
		alias.test	cname=loop.test
		broad.test	a=255.255.255.255,224.0.0.1
	EOT
	start <<-EOT
		pass
		pass to any
		pass to { 0.0.0.0/0, ::/0 }
		pass to domain { ".test" "localhost" ".localhost" }
	EOT
	client internal
	finish
}

daemon_case rebind "a name that changes its address is judged again"
rebind_body() {
	nameserver <<-EOT
		turn.test	a=127.0.0.1 then=127.0.0.2 ttl=0
	EOT
	start <<-EOT
		pass from localhost to 127.0.0.1
	EOT
	client rebind
	finish
}

daemon_case slow "who waits for a name server holds up nothing else"
slow_body() {
	nameserver <<-EOT
		one.test	a=127.0.0.1
		late.test	a=127.0.0.1 delay=3000
		*.late.test	a=127.0.0.1 delay=3000
		never.test	drop
		gone.test	drop
	EOT
	start "timeout 4s" <<-EOT
		set limit waiting 8
		pass from localhost to { any, <internal> }
	EOT
	client slow
	finish
}

daemon_case late "a name that is late keeps its association, and no flow for \
ever"
late_body() {
	nameserver <<-EOT
		late.test	a=127.0.0.1 delay=1600
	EOT
	start "timeout 4s" <<-EOT
		set timeout udp 1s
		pass from localhost to { any, <internal> } timeout udp 300ms
	EOT
	client late
	finish
}

daemon_case killed "who was killed gets nothing for a name that is known later"
killed_body() {
	nameserver <<-EOT
		one.test	a=127.0.0.1
		late.test	a=127.0.0.1 delay=1500
	EOT
	start "timeout 4s" <<-EOT
		pass from localhost to { any, <internal> }
	EOT
	atf_check python3 "$SRC/cases/udp_names.py" killed "$port" \
	    "$(pid_of relay)"
	finish
}

daemon_case rules "what is refused is asked for again in its time, or at once \
after a reload"
rules_body() {
	nameserver <<-EOT
		one.test	a=127.0.0.1
	EOT
	start <<-EOT
		table <good> address { 127.0.0.9 }
		pass from localhost to { 127.0.0.1 <good> }
	EOT
	client rules
	finish
}
