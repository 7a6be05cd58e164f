#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# How much of everything an association may have, how long it lives, and that
# nothing of it is left afterwards.

. "$(atf_get_srcdir)/lib/daemon.sh"

# start [line ...]: what is set.
start() {
	port=$(freeport)
	{
		echo "set relays 1"
		echo "log to stderr format json sessions"
		printf '%s\n' "$@"
		echo "listen on localhost port $port"
		echo "pass from localhost to { any, <internal> }"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	atf_check python3 "$SRC/cases/udp_life.py" "$1" "$port"
}

daemon_case destinations "the longest unused destination goes for a new one"
destinations_body() {
	start "set limit destinations 4"
	client destinations
	daemon_end
}

daemon_case idle "flows and associations end when nothing moves"
idle_body() {
	start "set timeout udp 2s"
	client idle
	daemon_end
}

daemon_case sooner "a shorter time holds for what is there already"
sooner_body() {
	start "set timeout udp 10m"
	client sooner
	daemon_end
}

daemon_case logins "who logs in is judged as himself"
logins_body() {
	python3 "$SRC/cases/login.py" users users
	ports="$(freeport 3)"
	set -- $ports
	port=$1
	daemon_start <<-EOT
		set relays 1
		log to stderr format json sessions
		users "$PWD/users"
		listen on localhost port $1 auth required
		listen on localhost port $2 auth optional
		listen on localhost port $3 auth none
		pass user alice to <internal>
		pass user bob to ::1
		block command udp user carol
	EOT
	atf_check python3 "$SRC/cases/udp_life.py" logins "$@"
	daemon_end
}

# So many that what each leaves would be seen.
daemon_case short "nothing is left of thousands of short associations" 120
short_body() {
	start "set limit per-source 1000"
	short 1000
	memory >memory.first
	short "$(long 10000 200000)"
	memory_is_flat 256
	daemon_end
}

# short number: so many, one after the other, of 32 clients.
short() {
	"$SRC/../bench/load" -p "$port" -c 32 -n "$1" udpsetup >result ||
	    atf_fail "the load failed"
	cat result
	grep -q '"failed":0[,}]' result || atf_fail "some failed"
	until_is 30 0 sessions || atf_fail "sessions are left"
}
