#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The log daemon of the host: what it hears, and that nobody waits for it.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root
CASE_SECONDS=120

# A host whose /dev/log is the socket "log" here, of few messages.
log_host() {
	private_host
	mkdir dev
	: >dev/null
	: >dev/urandom
	ln -s "$PWD/log" dev/log
	$INSIDE mount --bind /dev/null dev/null
	$INSIDE mount --bind /dev/urandom dev/urandom
	$INSIDE mount --rbind dev /dev
	$INSIDE sh -c 'echo 10 >/proc/sys/net/unix/max_dgram_qlen'
}

# logd [stream] [deaf]: the log daemon is started.
logd() {
	echo >messages
	$INSIDE python3 "$SRC/peers/logd.py" "$PWD/log" messages "$@" \
	    2>logd.err &
	echo $! >other.logd.pid
	await messages "up" || atf_fail "no log daemon: $(cat logd.err)"
}

logd_end() {
	kill "$(cat other.logd.pid)"
	wait_gone 10 "$(cat other.logd.pid)" || atf_fail "the log daemon stays"
}

# hear: the log daemon reads from now on.
hear() {
	kill -USR1 "$(cat other.logd.pid)"
}

# start [log options]: the daemon, with syslog as its log.  Its own process is
# in the background, so what it leaves there is its pid.
start() {
	port=1080
	cat >socks5d.conf <<-EOT
		set relays 2
		set timeout drain 2s
		set limit half-open 2048 per-source 2048
		log to syslog $*
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	"$SOCKS5D" -f socks5d.conf -s "$PWD/ctl" </dev/null 2>daemon.log ||
	    atf_fail "it does not start: $(cat daemon.log)"
	ctl show status >status.first || atf_fail "the daemon does not answer"
	awk '$1 == "parent" { print $3 }' status.first >daemon.pid
}

# sessions_run count: so many sessions, each with a line in the log.
sessions_run() {
	$INSIDE python3 -c "
import socks
for _ in range($1):
    s = socks.connect($port)
    socks.handshake(s, '127.0.0.1', 1)
    s.close()" || atf_fail "no sessions"
}

stop() {
	kill -TERM "$(cat daemon.pid)"
	wait_gone "${1:-10}" "$(cat daemon.pid)" || atf_fail "it does not stop"
	rm daemon.pid
}

lost() {
	counter log-lines-lost
}

some_lost() {
	[ "$(lost)" -gt 0 ] && echo yes
}

# Another may be lost until it is heard.
all_told() {
	[ "$(told)" != "$(lost)" ] || echo yes
}

# What was said to be lost and what has come, of sessions.
told() {
	grep -ao '[0-9]* log lines lost' messages |
	    awk '{ n += $1 } END { print n + 0 }'
}

heard() {
	grep -ac 'session id=' messages
}

# served: a new client is.
served() {
	$INSIDE python3 -c "
import socks
print(socks.handshake(socks.connect($port), '127.0.0.1', 1)[0])" 2>/dev/null
}

daemon_case form "each line is a message of the old form, with local time"
form_body() {
	log_host
	logd
	export TZ=XYZ-5:30
	start
	stop
	await messages "socks5d has ended" || atf_fail "the end is not told"
	atf_check -o ignore python3 -c "
import datetime, re, sys
lines = open('messages').read().splitlines()[2:]
assert len(lines) > 5, lines
form = re.compile(r'<(\d+)>([A-Z][a-z][a-z]) ([ 12]\d|3[01]) '
                  r'(\d\d):(\d\d):(\d\d) socks5d\[(\d+)\]: \S.*')
zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
for l in lines:
    m = form.fullmatch(l)
    assert m, l
    assert int(m[1]) >> 3 == 3 and int(m[1]) & 7 <= 7, l
    now = datetime.datetime.now(zone).replace(tzinfo=None)
    at = datetime.datetime.strptime(
        '%d %s %s %s:%s:%s' % (now.year, m[2], m[3], m[4], m[5], m[6]),
        '%Y %b %d %H:%M:%S')
    off = abs((now - at).total_seconds())
    assert off < 600 or off > 300 * 86400, l
assert len({form.fullmatch(l)[7] for l in lines}) == 1"
	atf_check -o match:"^<30>.*: ready$" grep -a ready messages
}

daemon_case deaf "a log daemon that does not read holds up nothing"
deaf_body() {
	log_host
	logd deaf
	start
	before=$(children)
	n=0
	until [ "$(lost)" -gt 0 ]; do
		sessions_run 60
		n=$((n + 1))
		[ "$n" -lt 50 ] || atf_fail "nothing is lost"
	done
	# Whoever dies is started again, and clients are served.
	for role in relay router; do
		pid=$(pid_of $role)
		kill -9 "$pid"
		until_is 20 yes is_new "$role" "$pid" ||
		    atf_fail "the $role is not started again"
		until_is 20 5 served || atf_fail "nobody is served"
	done
	atf_check -o match:"is in force" "$SOCKS5CTL" -s "$PWD/ctl" reload
	# It reads again: of each line that was lost it is told.
	hear
	until_is 20 yes all_told || atf_fail "$(told) told, $(lost) lost"
	lost=$(lost)
	sessions_run 1
	until_is 20 "$(lost)" told || atf_fail "$(told) told, $(lost) lost"
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
	await messages "is in force" || atf_fail "the log does not go on"
	atf_check_equal "$lost" "$(lost)"
	stop
}

is_new() {
	_pid=$(pid_of "$1")
	[ -n "$_pid" ] && [ "$_pid" != 0 ] && [ "$_pid" != "$2" ] && echo yes
}

daemon_case deaf_stop "it stops while the log daemon does not read"
deaf_stop_body() {
	log_host
	logd deaf
	start
	until [ "$(lost)" -gt 0 ]; do
		sessions_run 100
	done
	stop 20
}

daemon_case again "a log daemon that is started again hears all of it"
again_body() {
	log_host
	logd
	start
	for i in 1 2 3; do
		logd_end
		sessions_run 40
		logd
		await -t 20 -n 40 messages "session id=" ||
		    atf_fail "$(heard) of 40"
		sessions_run 5
		await -t 20 -n 45 messages "session id=" ||
		    atf_fail "$(heard) of 45"
	done
	atf_check_equal 0 "$(lost)"
	# Two at a time: the one that does not read is left alone.
	logd_end
	logd deaf
	sessions_run 40
	cp other.logd.pid other.deaf.pid
	mv messages messages.deaf
	logd
	await -t 20 -n 20 messages "session id=" || atf_fail "it is not heard"
	stop
}

daemon_case missing "without a log daemon it starts, and finds it later"
missing_body() {
	log_host
	start
	sessions_run 20
	atf_check_equal 0 "$(lost)"
	# Not looked for with each line.
	logd
	await -t 20 messages "ready" || atf_fail "the start is not told of"
	await -t 20 -n 20 messages "session id=" || atf_fail "$(heard) of 20"
	stop
}

daemon_case stream "a log daemon that wants a stream gets one"
stream_body() {
	log_host
	logd stream
	start format json
	sessions_run 60
	await -t 20 -n 60 messages '"event":"session"' || atf_fail "not all"
	logd_end
	sessions_run 20
	logd stream deaf
	until [ "$(lost)" -gt 0 ]; do
		sessions_run 200
	done
	hear
	until_is 20 yes all_told || atf_fail "$(told) told, $(lost) lost"
	sessions_run 1
	atf_check python3 -c "
import json
for l in open('messages').read().splitlines():
    if l not in ('', 'up'):
        json.loads(l.split(']: ', 1)[1])"
	stop
}

daemon_case rate "a log daemon that is away is not looked for by each line"
rate_body() {
	[ -x "$(command -v strace)" ] || atf_skip "strace is not installed"
	log_host
	start
	strace -f -o calls -e trace=connect -p "$(cat daemon.pid)" \
	    2>strace.err &
	echo $! >other.strace.pid
	await strace.err attached || atf_skip "strace cannot attach"
	sessions_run 1000
	kill "$(cat other.strace.pid)"
	wait_gone 10 "$(cat other.strace.pid)"
	atf_check test "$(grep -c 'connect(' calls)" -lt 100
	stop
}
