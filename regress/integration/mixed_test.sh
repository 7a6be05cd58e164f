#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# What the daemon says of its sessions, beside what their clients know: ten
# thousand of them and more, of all sizes, that end in all ways.

. "$(atf_get_srcdir)/lib/daemon.sh"

LOAD=$SRC/../bench/load
COUNT=$(long 10000 100000)

mixed_case() {
	daemon_case "$1" "$2" 240 1800
	eval "$1_cleanup() { all_stop >/dev/null 2>&1; }"
}

# start relays log-options...
start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays $1
		set limit half-open 4096 per-source 4096
		log to stderr $2 $3
		listen on 127.0.0.1 port $port
		pass from localhost to { any, <internal> }
	EOT
}

# field name: of the one line of result
field() {
	sed -n "s/.*\"$1\":\([0-9]*\)[,}].*/\1/p" result
}

# One line for each of these counters that is not zero.  How many name servers
# there are is none of ours.
counters() {
	ctl show counters |
	    awk '$2 != 0 && $1 != "name-servers" { print $1, $2 }'
}

# The load's "port up down end", in the words of the session log.
expected() {
	sed 's/ \(client\|target\)-half-closed$/ closed/
	    s/ client-closed$/ closed/' sessions.load | sort
}

logged() {
	client='client=127\.0\.0\.1:\([0-9]*\)'
	end='cause=\([a-z-]*\) up=\([0-9]*\) down=\([0-9]*\)'
	sed -n "s/^.*Z session id=[0-9]* $client .* rep=0 $end .*/\1 \3 \4 \2/p" \
	    daemon.log | sort
}

mixed_case exact "counters and log say what the clients sent and got"
exact_body() {
	start 2 sessions
	# Another draw each time; the seed is in the failure's output.
	seed=$(date +%s)
	echo "seed $seed"
	"$LOAD" -p "$port" -c 64 -n $COUNT -S "$seed" -o sessions.load \
	    mixed >result || atf_fail "the load failed"
	cat result
	atf_check_equal 0 "$(field failed)"
	until_is 30 "$COUNT" counter sessions-closed || atf_fail "still open"
	cat >counters <<-EOT
		sessions-accepted $COUNT
		sessions-opened $COUNT
		sessions-closed $COUNT
		bytes-up $(field up)
		bytes-down $(field down)
	EOT
	counters >counters.now
	atf_check diff counters counters.now
	n="\"matches\":$COUNT,\"decisions\":$COUNT,\"sessions\":$COUNT"
	atf_check -o match:"$n,\"up\":$(field up),\"down\":$(field down)}" \
	    "$SOCKS5CTL" -s ctl show rules -j
	await -t 30 -n $COUNT daemon.log "session id=" || atf_fail "no lines"
	expected >expected
	logged >logged
	atf_check cmp expected logged
	daemon_end
}

mixed_case listed "every list of sessions is true while others come and go"
listed_body() {
	start 2 no sessions
	atf_check -o save:listed -e save:listed.err \
	    python3 "$SRC/cases/listing.py" \
	    "$SOCKS5CTL -s $PWD/ctl" "$port" 400 \
	    "$LOAD" -p "$port" -c 64 -n "$(long 10000 100000)" \
	    -S "$(date +%s)" mixed
	cat listed
	daemon_end
}

run_rate() {
	"$LOAD" -p "$port" -c 64 -n "$1" rate >result ||
	    atf_fail "the load failed"
	cat result
	atf_check_equal 0 "$(field failed)"
	until_is 30 0 sessions || atf_fail "sessions are left"
}

mixed_case flat "memory does not grow with sessions that are gone"
flat_body() {
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer keeps what is freed"
	start 2 no sessions
	# What the first ones fill are pools and the heap.
	run_rate 5000
	memory >memory.first
	run_rate "$(long 100000 1000000)"
	memory_is_flat "$(long 128 192)"
	daemon_end
}
