#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# System calls are what a session costs: this counts those of the hot path,
# so that a change that adds one is seen.
#
# One client in a loop makes the counts repeat; with many clients there are
# fewer, since one wake-up then serves many sessions.  Who has made one of
# them go away writes the lower number here.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root
CASE_PROGS=strace
CASE_SECONDS=120

LOAD=$SRC/../bench/load
COUNT=1000

# load, process, system call, at most so many for each session or round trip.
# What is not here may not happen.  Of epoll_wait one more than usual: whether
# two events come in one wake-up is up to the scheduler.  What the router writes
# are lines for the log, as many at once as come in its time for that: on a busy
# host each alone.
BOUNDS="
rate		router	accept4		2
rate		router	close		2
rate		router	connect		2
rate		router	epoll_wait	4
rate		router	getsockname	1
rate		router	recvmsg		2
rate		router	sendmsg		2
rate		router	setsockopt	3
rate		router	socket		1
rate		router	write		1
rate		relay	close		2
rate		relay	epoll_ctl	2
rate		relay	epoll_wait	7
rate		relay	read		5
rate		relay	recvmsg		2
rate		relay	setsockopt	1
rate		relay	write		6
pingpong	relay	epoll_wait	3
pingpong	relay	read		2
pingpong	relay	write		2
udp		relay	epoll_wait	2
udp		relay	read		2
udp		relay	write		2
"

# Datagrams that are there at once share system calls: one to wait, one to read
# and one to write for all of them.  Between two rounds some come alone, so this
# is twice what it would be, and a tenth of what they would need one by one.
BURST=32
BURST_BOUND=0.3

# Calls that belong to the clock and not to the load, in parts of COUNT.
SLACK=0.05

# trace role: counts its calls from now on into calls.role.
trace() {
	# The number of an attached process is said on standard error.
	strace -c -U calls,name -o "calls.$1" -p "$(pid_of "$1")" \
	    2>"trace.$1" &
	echo $! >"other.strace.$1.pid"
	await "trace.$1" attached || atf_fail "$1 is not traced"
}

# trace_end role
trace_end() {
	kill -INT "$(cat "other.strace.$1.pid")"
	wait "$(cat "other.strace.$1.pid")"
	rm "other.strace.$1.pid"
}

# over load role: what is over its bound, one line each
over() {
	echo "$BOUNDS" | awk -v load="$1" -v role="$2" -v count="$COUNT" \
	    -v slack="$SLACK" '
	    FILENAME == "-" && $1 == load && $2 == role { bound[$3] = $4 }
	    FILENAME != "-" && $1 ~ /^[0-9]+$/ && $2 != "total" {
		seen++
		if ($1 / count > bound[$2] + slack)
			printf("%s: %s %.2f times, %s allowed\n", role, $2,
			    $1 / count, bound[$2] + 0)
	    }
	    END { if (!seen) print role ": no calls were counted" }
	' - "calls.$2"
}

judge() {
	{
		over "$1" router
		over "$1" relay
	} >over
	atf_check cat over
}

# count argument ...: a load with these arguments, by one client.
count() {
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer has calls of its own"
	port=$(freeport)
	daemon_start <<-EOT
		set relays 1
		set limit half-open 4096 per-source 4096
		log no sessions
		listen on 127.0.0.1 port $port
		pass from localhost to { any, <internal> }
	EOT
	trace router
	trace relay
	atf_check -o match:'"failed":0,' -o not-match:stalled \
	    "$LOAD" -p "$port" -c 1 -n $COUNT "$@"
	trace_end router
	trace_end relay
	until_is 10 0 sessions || atf_fail "sessions are left"
	cat calls.router calls.relay
	daemon_end
}

daemon_case session "a session takes no more system calls than it did"
session_body() {
	count rate
	judge rate
}

daemon_case trip "a round trip takes no more system calls than it did"
trip_body() {
	count pingpong
	judge pingpong
}

daemon_case datagram "a datagram on its own is waited for, read and written"
datagram_body() {
	count udp
	judge udp
}

daemon_case burst "datagrams that come together share system calls"
burst_body() {
	COUNT=6400
	count -f $BURST udp
	# The router has no part in it.
	over burst router >over
	# There and back.
	awk -v datagrams=$((2 * COUNT)) -v bound=$BURST_BOUND '
	    $1 ~ /^[0-9]+$/ && $2 != "total" { n += $1 }
	    END {
		if (n == 0 || n / datagrams > bound)
			printf("%.2f calls a datagram, %s allowed\n",
			    n / datagrams, bound)
	    }
	' calls.relay >>over
	atf_check cat over
}
