#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# An open session: every byte, FIN as FIN, reset as reset, bounded memory, its
# deadlines and its line in the log.  The clients are in relay.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_SECONDS=120

start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit half-open 4096 per-source 4096
		log to stderr format json sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> }
		$1
	EOT
}

# client case: its clients, which are told the relays' pids.
client() {
	atf_check python3 "$SRC/cases/relay.py" "$1" "$port" \
	    "$(pid_of relay 0)" "$(pid_of relay 1)"
}

# Cases that need no more than the daemon: name and what it shows.
simple_case() {
	daemon_case "$1" "$2"
	eval "$1_body() { start; client $1; daemon_end; }"
}

simple_case bulk "64 MiB up, down and both at once arrive as they were sent"
simple_case sizes "transfers around the sizes of the buffers"
simple_case tiny_buffers "sockets that take little at a time"
simple_case ping_pong "single bytes are passed on at once"
simple_case half_close "a FIN is passed on as a FIN, the other way goes on"
simple_case together "both sides close at the same moment"
simple_case resets "a reset is passed on as a reset, nothing is left of it"
simple_case hasty_targets "a target that ends what it has just accepted"
simple_case resets_in_flow "a reset in mid-stream leaves what came before"
simple_case last_words "what was said before a reset arrives"
simple_case urgent "urgent bytes are not lost and hold up nothing"
simple_case hogs "those who do not read cost a buffer, no more"
simple_case listed "the list of sessions is exact, whatever others do"
simple_case churn "sessions that end in the midst of everything"

daemon_case timeouts "idle and half-closed sessions end, busy ones do not"
timeouts_body() {
	start "set timeout idle 1s half-closed 1s"
	client timeouts
	daemon_end
}

daemon_case mixed "bytes of the log and the counters are those that were seen"
mixed_body() {
	start
	seed=$(date +%s)
	echo "seed $seed"
	atf_check -o save:sums \
	    python3 "$SRC/cases/relay.py" mixed "$port" "$seed"
	read -r up down <sums
	atf_check_equal "$up" "$(counter bytes-up)"
	atf_check_equal "$down" "$(counter bytes-down)"
	daemon_end
}
