# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# For integration tests: a daemon and targets in the test's own folder.
#
# A test's body and its cleanup are two processes, so whatever is started
# leaves its pid in a file.  Every daemon ends with a look at its house: see
# house_is_clean.

SRC=$(atf_get_srcdir)
SOCKS5D=${SOCKS5D:-$SRC/../../socks5d/socks5d}
SOCKS5CTL=${SOCKS5CTL:-$SRC/../../socks5ctl/socks5ctl}
AWAIT=$SRC/tools/await
PYTHONPATH=$SRC/lib:$SRC/peers:$SRC/cases
PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH PYTHONDONTWRITEBYTECODE

# long SHORT LONG: the number for "make check", or the one for "make abuse".
long() {
	if [ -n "$SOCKS5D_LONG" ]; then
		echo "$2"
	else
		echo "$1"
	fi
}

# freeport [n]: ports that nobody uses.
freeport() {
	"$SRC/tools/freeport" "$@"
}

# await [-n count] [-t seconds] file text
await() {
	"$AWAIT" "$@"
}

# daemon_spawn [socks5d options]: config on standard input, as socks5d.conf;
# does not wait.
daemon_spawn() {
	cat >socks5d.conf
	daemon_respawn "$@"
}

# The same with the socks5d.conf that is there.
daemon_respawn() {
	_before=$(cat daemon.log 2>/dev/null | wc -l)
	"$SOCKS5D" -dv -f socks5d.conf -s "$PWD/ctl" "$@" \
	    </dev/null >>daemon.out 2>>daemon.log &
	echo $! >daemon.pid
}

# daemon_start [socks5d options]: and waits until it is ready.
daemon_start() {
	daemon_spawn "$@"
	daemon_ready
}

# Of the last start; each child has a line of its own with that word in it.
daemon_said_ready() {
	tail -n "+$((_before + 1))" daemon.log | grep -cE 'Z ready$|"ready"'
}

daemon_ready() {
	if ! until_is 30 1 daemon_said_ready; then
		cat daemon.log >&2
		atf_fail "the daemon did not start"
	fi
	"$SOCKS5CTL" -s "$PWD/ctl" show status >status.first ||
	    atf_fail "the daemon does not answer"
	fds_settle
}

ctl() {
	"$SOCKS5CTL" -s "$PWD/ctl" "$@"
}

# pid_of role [number]: of a child that runs.
pid_of() {
	ctl show status | awk -v role="$1" -v nr="${2:-0}" \
	    '$1 == role && $2 == nr { print $3 }'
}

# How many descriptors each child has: "role number count" lines.
fds_all() {
	ctl show status | awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ {
	    print $1, $2, $3 }' | while read -r role nr pid; do
		echo "$role $nr $(ls "/proc/$pid/fd" 2>/dev/null | wc -l)"
	done
}

# Remembers how many they are once all channels are made; each process that
# answers has read what the parent told it.
fds_settle() {
	ctl show counters >counters.first
	fds_all >fds.first
	while _fds=$(fds_all); [ "$_fds" != "$(cat fds.first)" ]; do
		echo "$_fds" >fds.first
	done
}

# counter name: its value now.
counter() {
	ctl show counters | awk -v name="$1" '$1 == name { print $2 }'
}

# Memory that each process has for itself: "role number KiB" lines.
memory() {
	{
		echo "parent 0 $(cat daemon.pid)"
		ctl show status | awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/'
	} | while read -r role nr pid _; do
		echo "$role $nr $(awk '$1 == "Anonymous:" { print $2 }' \
		    "/proc/$pid/smaps_rollup")"
	done
}

# memory_is_flat KiB: no process has so much more than in memory.first.  A
# sanitizer keeps what is freed, so then this says nothing.
memory_is_flat() {
	[ -z "$ASAN_OPTIONS" ] || return 0
	memory | paste -d ' ' memory.first - >memory.now
	cat memory.now
	if awk -v max="$1" '$1 != $4 || $2 != $5 || $6 - $3 >= max { bad = 1 }
	    END { exit(!bad) }' memory.now; then
		atf_fail "memory has grown"
	fi
}

# Between two looks at something, so that looking is not the most of the load.
a_moment() {
	sleep 0.05
}

# until_is seconds value command...: until the command prints the value.
until_is() {
	_end=$(($(date +%s) + $1)); _want=$2; shift 2
	while [ "$("$@")" != "$_want" ]; do
		if [ "$(date +%s)" -ge "$_end" ]; then
			echo "$*: $("$@"), not $_want" >&2
			return 1
		fi
		a_moment
	done
}

sessions() {
	ctl show status | awk '$1 == "sessions:" { print $2 }'
}

# No session is left, no child died or was restarted, no descriptor is lost,
# and nothing was complained about but lines that match $1.
house_is_clean() {
	until_is 30 0 sessions || atf_fail "sessions are left"
	if grep -E 'killed by|security:|critical:|protocol violation' \
	    daemon.log | grep -Ev "${1:-^$}"; then
		atf_fail "a child died or misbehaved"
	fi
	until_is 30 "$(cat fds.first)" fds_all ||
	    atf_fail "descriptors are lost"
}

# Ends the daemon as a service manager would, and looks at its house first.
daemon_end() {
	house_is_clean "$@"
	daemon_quit
}

daemon_quit() {
	kill -TERM "$(cat daemon.pid)"
	wait "$(cat daemon.pid)" || atf_fail "socks5d ended with status $?"
	rm -f daemon.pid
	if [ -e ctl ]; then
		atf_fail "the control socket is left"
	fi
}

# target mode [arguments]: starts target.py; its port is then in $TARGET.
target() {
	_n=$(ls -d target.*.port 2>/dev/null | wc -l)
	python3 "$SRC/peers/target.py" "target.$_n.port" "$@" \
	    >"target.$_n.log" 2>&1 &
	echo $! >"target.$_n.pid"
	await "target.$_n.port" "." || atf_fail "target did not start"
	TARGET=$(cut -d. -f1 "target.$_n.port")
	TARGET_LOG=target.$_n.log
}

# upstreamd protocol [arguments]: starts upstreamd.py, a proxy to go by; its
# port is then in $UPSTREAM, what it hears in $UPSTREAM_LOG.
upstreamd() {
	_n=$(ls -d upstreamd.*.port 2>/dev/null | wc -l)
	python3 "$SRC/peers/upstreamd.py" "upstreamd.$_n.port" "$@" \
	    >"upstreamd.$_n.log" 2>&1 &
	echo $! >"other.upstreamd.$_n.pid"
	await "upstreamd.$_n.port" "." || atf_fail "upstreamd did not start"
	UPSTREAM=$(cut -d. -f1 "upstreamd.$_n.port")
	UPSTREAM_LOG=upstreamd.$_n.log
}

# What holds for the test cases that follow:
CASE_USER=		# who they are for: root, unprivileged, or whoever it is
CASE_PROGS=		# programs without which they are skipped
CASE_SECONDS=60		# how long one may take

# daemon_case name description [seconds [seconds if long]]: a test case that
# cleans up; name_body is what it does.  Nothing else makes it known.
daemon_case() {
	atf_test_case "$1" cleanup
	eval "$1_head() {
		atf_set descr \"$2\"
		atf_set timeout $(long "${3:-$CASE_SECONDS}" "${4:-900}")
		${CASE_USER:+atf_set require.user $CASE_USER}
		${CASE_PROGS:+atf_set require.progs $CASE_PROGS}
	}
	$1_cleanup() { all_stop; }"
	CASES="$CASES $1"
}

CASES=
atf_init_test_cases() {
	for _case in $CASES; do
		atf_add_test_case "$_case"
	done
}

# clients_start port: clients.py with an echo server as its target.
clients_start() {
	target echo
	mkfifo clients.in
	python3 "$SRC/peers/clients.py" "$1" "$TARGET" \
	    <clients.in >clients.out 2>clients.err &
	echo $! >other.clients.pid
	exec 9>clients.in
	await clients.out ready || atf_fail "no clients"
}

# clients command [argument ...]: one command; prints its answer.
clients() {
	_lines=$(wc -l <clients.out)
	echo "$@" >&9
	await -t 40 -n $((_lines + 1)) clients.out "" || cat clients.err >&2
	tail -n 1 clients.out
}

# children: pids of all processes of the daemon but the parent.
children() {
	ctl show status | awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ { print $3 }'
}

# all_gone pid ...: none of these processes runs any more.
all_gone() {
	for _p in "$@"; do
		case $(ps -o stat= -p "$_p") in
		""|Z*)	;;
		*)	return 1 ;;
		esac
	done
}

# wait_gone seconds pid ...
wait_gone() {
	_end=$(($(date +%s) + $1)); shift
	until all_gone "$@"; do
		[ "$(date +%s)" -lt "$_end" ] || return 1
		a_moment
	done
}

# listens port: somebody listens there.
listens() {
	[ -n "$(ss -Hltn "sport = :$1")" ]
}

# sockets option ...: what ss says of sockets, all of it.  On a host where it
# cannot say their cgroup it complains, once for each.
sockets() {
	ss -Hne "$@" 2>/dev/null
}

# For every cleanup: ends what this test started, by pid.
all_stop() {
	for _f in daemon.pid target.*.pid other.*.pid; do
		if [ -s "$_f" ] && kill -0 "$(cat "$_f")" 2>/dev/null; then
			kill "$(cat "$_f")"
		fi
	done
	if [ -s daemon.pid ]; then
		for _i in 1 2 3 4 5 6 7 8 9 10; do
			kill -0 "$(cat daemon.pid)" 2>/dev/null || break
			kill "$(cat daemon.pid)" 2>/dev/null
			"$AWAIT" -t 1 /proc/self/stat "no such text" 2>/dev/null
		done
		kill -9 "$(cat daemon.pid)" 2>/dev/null
	fi
	if [ -e daemon.log ]; then
		cat daemon.log >&2
	fi
	:
}
