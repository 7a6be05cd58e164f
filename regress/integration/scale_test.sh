#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Many sessions at once.  Figures of memory are printed, not judged: they
# belong to the machine.

. "$(atf_get_srcdir)/lib/daemon.sh"

LOAD=$SRC/../bench/load

scale_case() {
	daemon_case "$1" "$2" 120
	eval "$1_cleanup() { all_stop >/dev/null 2>&1; }"
}

# run case count: that many of it, with no limit but the descriptors.
run() {
	if [ "$(ulimit -Hn)" != unlimited ] &&
	    [ "$(ulimit -Hn)" -lt $(($2 * 2 + 200)) ]; then
		atf_skip "too few descriptors"
	fi
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit half-open 10000 per-source 10000 source-sessions off
		log no sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	python3 "$SRC/cases/scale.py" "$1" "$port" "$2" "$(pid_of relay 0)" \
	    "$(pid_of relay 1)" "$(pid_of router)" || atf_fail "$1 failed"
	until_is 30 0 sessions || atf_fail "sessions are left"
	atf_check_equal "$2" "$(counter sessions-opened)"
	atf_check_equal "$2" "$(counter sessions-closed)"
	daemon_end
}

scale_case idle "4000 sessions are open at once, and all of them work"
idle_body() {
	run idle 4000
}

scale_case transfers "1000 sessions move bytes at once"
transfers_body() {
	run transfers 1000
}

scale_case fair "each of 200 streams has its share, and so has who comes new"
fair_body() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit half-open 4096 per-source 4096 source-sessions off
		log no sessions
		listen on 127.0.0.1 port $port
		pass from localhost to { any, <internal> }
	EOT
	"$LOAD" -p "$port" -c 200 -s "$(long 2 20)" fair >result ||
	    atf_fail "the load failed"
	cat result
	# A new session takes a few turns among streams that each move a
	# buffer in a turn; it does not wait for their end.
	python3 -c "
import json
r = json.load(open('result'))
turn_us = r['clients'] * 65536 / (r['gb_per_s'] * 1000)
if r['least_of_mean'] < 0.3:
    raise SystemExit('the slowest stream has too little')
if r['small'] == 0 or r['p50_us'] > 50 * turn_us:
    raise SystemExit(f'new sessions wait, and a turn takes {turn_us} us')
" || atf_fail "unfair"
	daemon_end
}
