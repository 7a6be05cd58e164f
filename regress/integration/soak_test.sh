#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Clients of every kind at once: as they come, and in a daemon that loses its
# children and its configuration all the time.

. "$(atf_get_srcdir)/lib/daemon.sh"

LOAD=$SRC/../bench/load

soak_case() {
	daemon_case "$1" "$2" 120 1800
	eval "$1_cleanup() { all_stop >/dev/null 2>&1; }"
}

start() {
	port=$(freeport)
	blocked=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit half-open 4096 per-source 4096
		set timeout handshake $(long 5 10)s
		log to stderr format json sessions
		listen on 127.0.0.1 port $port
		pass from localhost to { any, 127.0.0.1 }
		block quick from any to any port $blocked
	EOT
	seed=$(date +%s)
	echo "seed $seed"
}

# soak case amount [command ...]
soak() {
	_case=$1 _amount=$2
	shift 2
	atf_check -o save:soak.out -e save:soak.err \
	    python3 "$SRC/cases/soak.py" \
	    "$_case" "$SOCKS5CTL -s $PWD/ctl" "$port" "$blocked" "$_amount" \
	    "$seed" "$@"
	cat soak.out
}

soak_case causes "each session of any kind has its line and its counters"
causes_body() {
	start
	soak calm "$(long 3000 50000)"
	daemon_end
}

soak_case storm "after deaths and reloads everything is as it was"
storm_body() {
	start
	soak calm "$(long 1000 10000)"
	memory >memory.first
	soak storm "$(long 6 240)" "$LOAD" -p "$port" -c 32 -n 2000 \
	    -S "$seed" mixed
	soak calm "$(long 1000 10000)"
	memory_is_flat 1024
	daemon_end "killed by signal 9"
}
