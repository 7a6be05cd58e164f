#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Disks and name services that hang or fail, and clocks that are wrong: what is
# kept in files, and read from them, while the daemon runs.  See fault.py for what can be made to fail.

. "$(atf_get_srcdir)/lib/daemon.sh"

SOCKS5D=$SRC/tools/socks5d_fault
CONF=

# start word...: a daemon whose last rule has these words, too; with more
# lines of config from the variable CONF.
start() {
	[ -e faults ] || truncate -s 64K faults
	mkdir -p state
	port=$(freeport)
	cat >socks5d.conf <<-EOT
		$CONF
		set relays 2
		set timeout drain 1s
		log to stderr format json sessions
		quotas "$PWD/state/quotas"
		listen on localhost port $port
		pass from localhost to { any, <internal> } $*
	EOT
	daemon_respawn
	daemon_ready
}

# fault statement: of python, with the faults of the parent as p and those of
# the router as r.
fault() {
	python3 -c "
from fault import Faults, HANGS
p, r = Faults('parent'), Faults('router')
$1"
}

limits() {
	python3 "$SRC/cases/limits.py" "$port" "$@"
}

# days number: the clock is so many days ahead, for parent and router.
days() {
	fault "
for f in p, r:
    f.fail('daytime', most=$1 * 86400 % 2 ** 64)"
}

# Whoever dies is started again, questions are answered, clients are served.
in_service() {
	for role in relay router; do
		pid=$(pid_of $role)
		kill -9 "$pid"
		until_is 20 yes is_new "$role" "$pid" ||
		    atf_fail "the $role is not started again"
	done
	atf_check -e ignore -o match:"is in force" "$SOCKS5CTL" -s "$PWD/ctl" reload
	until_is 20 "0 1000" limits take 1000 || atf_fail "nobody is served"
}

is_new() {
	_pid=$(pid_of "$1")
	[ -n "$_pid" ] && [ "$_pid" != 0 ] && [ "$_pid" != "$2" ] && echo yes
}

kept() {
	cut -d ' ' -f 2- state/quotas 2>/dev/null | paste -sd , -
}

daemon_case quota_hangs "a disk that hangs under the file of quotas" 120
quota_hangs_body() {
	start quota 1G/day label web
	for call in fsync rename; do
		fault "p.fail('$call', HANGS)"
		atf_check_equal "0 1000" "$(limits take 1000)"
		until_is 20 1 fault "print(p.get('$call', 'hits'))" ||
		    atf_fail "it is not written"
		in_service
		await -t 40 daemon.log "cannot save quota usage: the disk does not answer"
		fault "p.rest('$call')"
		await -t 40 daemon.log "writable again"
		until_is 20 yes same_as_limits || atf_fail "it is not kept"
		mv daemon.log "log.$call"
		: >daemon.log
		kill -TERM "$(cat daemon.pid)"
		wait "$(cat daemon.pid)"
		start quota 1G/day label web
	done
	atf_check -o not-match:"^0 " -o ignore echo "$(counter files-not-written)"
	# At the end it is waited for, but not for ever.
	fault "p.fail('fsync', HANGS)"
	atf_check_equal "0 1000" "$(limits take 1000)"
	kill -TERM "$(cat daemon.pid)"
	wait_gone 20 "$(cat daemon.pid)" || atf_fail "it does not stop"
	rm daemon.pid
	await daemon.log "cannot save quota usage: the disk does not answer"
	await daemon.log "has ended"
}

same_as_limits() {
	_used=$(ctl -j show limits | sed -n 's/.*"used":\([0-9]*\).*/\1/p')
	[ "$(kept)" = "web - $_used" ] && echo yes
}

daemon_case quota_fails "a disk that fails, until it does not"
quota_fails_body() {
	start quota 1G/day label web
	fault "p.fail('fsync', 5)"
	atf_check_equal "0 1000" "$(limits take 1000)"
	await -t 20 daemon.log "cannot save quota usage: Input/output error"
	[ ! -e state/quotas.new ] || atf_fail "half a file is left"
	fault "p.rest('fsync')"
	# Though nothing is used meanwhile.
	await -t 20 daemon.log "writable again"
	atf_check_equal yes "$(same_as_limits)"
	daemon_end
}

daemon_case quota_clock "a clock that was ahead gives nobody a new quota"
quota_clock_body() {
	start quota 10K/day label web
	today=$(date +%Y-%m-%d)
	until_is 20 used use || atf_fail "there is no end of it"
	n=1
	for ahead in 1 30; do
		n=$((n + 1))
		days $ahead
		atf_check_equal "0 1000" "$(limits take 1000)"
		until_is 10 1 kept_on "$(date -d "+${ahead}days" +%Y-%m-%d)" ||
		    atf_fail "it is not kept of that day"
		days 0
		atf_check_equal "1 0" "$(limits take 4000)"
		until_is 10 yes same_row || atf_fail "it is not kept"
		pid=$(pid_of router)
		kill -9 "$pid"
		until_is 20 yes is_new router "$pid" || atf_fail "no router"
		await -n "$n" daemon.log '"router 0 is ready' ||
		    atf_fail "the router is not ready"
		atf_check_equal "1 0" "$(limits take 4000)"
	done
	daemon_end "router 0 \(pid [0-9]+\) was killed by signal 9"
	start quota 10K/day label web
	atf_check_equal "1 0" "$(limits take 4000)"
	daemon_end "router 0 \(pid [0-9]+\) was killed by signal 9"
}

# How many rows of that day are in the file.
kept_on() {
	grep -cs "^$1 " state/quotas
}

same_row() {
	grep -qs "^$today web - 10240$" state/quotas && echo yes
}

use() {
	if [ "$(limits take 4000)" = "1 0" ]; then echo used; fi
}

daemon_case quota_behind "a clock that is behind loses nothing of later days"
quota_behind_body() {
	mkdir state
	tomorrow=$(date -d +1day +%Y-%m-%d)
	echo "$tomorrow web - 900000" >state/quotas
	chmod 600 state/quotas
	start quota 1M/day label web
	atf_check_equal "0 1000" "$(limits take 1000)"
	daemon_end
	atf_check -o ignore grep "^$tomorrow web - 900000$" state/quotas
	start quota 1M/day label web
	days 1
	set -- $(limits take 4000000)
	[ "$2" -le 148576 ] || atf_fail "$2 of 148576 bytes"
	daemon_end
}

daemon_case quota_unread "what was used and cannot be read stops the start"
quota_unread_body() {
	mkdir state
	start
	echo "root:x:0:0:root:/root:/bin/sh" >state/quotas
	sed -i 's/ <internal> }/& quota 1M\/day/' socks5d.conf
	# Nor does a reload begin to count at nothing.
	atf_check -s exit:1 -o ignore \
	    -e match:"cannot read quota usage: not a quota file" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check_equal "0 1000" "$(limits take 1000)"
	daemon_end
	for why in "not a quota file" "longer than" \
	    "more used quotas than are kept" \
	    "writable by others" "not a regular file"; do
		case $why in
		longer*)	truncate -s 33M state/quotas ;;
		*more*)		python3 "$SRC/cases/maxima.py" quotas 65537 \
				    >state/quotas ;;
		writable*)	: >state/quotas; chmod 666 state/quotas ;;
		*regular*)		rm state/quotas; mkfifo state/quotas ;;
		esac
		: >daemon.log
		daemon_respawn
		wait "$(cat daemon.pid)"
		atf_check_equal "1: $why" "$?: $why"
		rm daemon.pid
		grep "quotas: cannot read quota usage: $why" daemon.log ||
		    atf_fail "it does not say why"
		rm -f ctl
		# Who asks before is told the same.
		atf_check -s exit:1 -o empty -e match:"cannot read quota usage: $why" \
		    "$SOCKS5D" -n -f socks5d.conf
	done
}

daemon_case users_hang "a disk that hangs under the file of users" 120
users_hang_body() {
	python3 "$SRC/cases/login.py" users users
	CONF="users \"$PWD/users\""
	start
	cp -p users before
	for call in fsync rename; do
		fault "p.fail('$call', HANGS)"
		ctl user disable alice >answer 2>&1 &
		echo $! >other.ctl.pid
		until_is 20 1 fault "print(p.get('$call', 'hits'))" ||
		    atf_fail "it is not written"
		# Another one waits for the end of it.
		ctl user disable bob >answer.bob 2>&1 &
		echo $! >other.bob.pid
		await answer.bob "waiting: another user change" ||
		    atf_fail "it does not wait"
		pid=$(pid_of relay)
		kill -9 "$pid"
		until_is 20 yes is_new relay "$pid" ||
		    atf_fail "the relay is not started again"
		until_is 20 "0 1000" limits take 1000 ||
		    atf_fail "nobody is served"
		wait "$(cat other.ctl.pid)" && atf_fail "it is said to be done"
		grep "the disk does not answer" answer || cat answer
		atf_check -o ignore grep "the disk does not answer" answer
		wait "$(cat other.bob.pid)" && atf_fail "bob's is said to be done"
		fault "p.rest('$call')"
		until_is 20 running auth_state || atf_fail "auth is gone"
		atf_check cmp before users
		atf_check_equal "" "$(ls users.socks5d-new 2>/dev/null)"
		atf_check -o ignore -e ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
		atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" \
		    user disable alice
		atf_check -s exit:1 cmp -s before users
		atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" \
		    user enable alice
		cp -p users before
	done
	daemon_end "(relay|auth) [01] \(pid [0-9]+\) was killed by signal 9"
}

daemon_case users_renamed "a disk that hangs when a change is in place" 120
users_renamed_body() {
	python3 "$SRC/cases/login.py" users users
	CONF="users \"$PWD/users\""
	start
	cp -p users before
	# The first is of the file, the second of its folder.
	fault "p.fail('fsync', HANGS, skip=1)"
	atf_check -o match:"user alice: disabled" \
	    "$SOCKS5CTL" -s "$PWD/ctl" user disable alice
	fault "p.rest('fsync')"
	atf_check -o ignore grep "not yet written to disk: the disk does not answer" \
	    daemon.log
	atf_check -s exit:1 cmp -s before users
	atf_check -o match:"alice .*disabled" "$SOCKS5CTL" -s "$PWD/ctl" \
	    user list
	pid=$(pid_of auth)
	kill -9 "$pid"
	until_is 20 yes is_new auth "$pid" || atf_fail "no new auth"
	until_is 20 running auth_state || atf_fail "auth is gone"
	atf_check -o match:"alice .*disabled" "$SOCKS5CTL" -s "$PWD/ctl" \
	    user list
	daemon_end "auth 0 \(pid [0-9]+\) was killed by signal 9"
}

daemon_case reload_hangs "a disk or a name service that hangs under a reload" \
    240
reload_hangs_body() {
	mkdir slow
	: >slow/part.conf
	echo 192.0.2.1 >slow/table
	python3 "$SRC/cases/login.py" users slow/users
	CONF="table <bad> address file \"$PWD/slow/table\"
		users \"$PWD/slow/users\"
		control \"$PWD/ctl\" group \"$(id -gn)\"
		include \"$PWD/slow/part.conf\""
	start
	hang open 0 "file $PWD/slow/part.conf" reload
	hang open 1 "file $PWD/slow/users" "reload revoke"
	hang getgrnam 0 "group $(id -gn)" reload
	atf_check_equal 0 "$(counter files-not-written)"
	# Who stops waits for none of it.
	fault "p.fail('open', HANGS)"
	kill -HUP "$(cat daemon.pid)"
	until_is 20 1 fault "print(p.get('open', 'hits'))" ||
	    atf_fail "it is not tried"
	kill -TERM "$(cat daemon.pid)"
	wait_gone 9 "$(cat daemon.pid)" || atf_fail "it does not stop"
	rm daemon.pid
	await daemon.log "reload failed: the daemon is stopping"
	await daemon.log "has ended"
}

# hang call skip what command: a reload is refused as that does not answer, and
# nobody else waits for it; when it does answer a reload is as ever.
hang() {
	fault "p.fail('$1', HANGS, skip=$2)"
	ctl $4 >answer 2>&1 &
	echo $! >other.ctl.pid
	until_is 20 1 fault "print(p.get('$1', 'hits'))" ||
	    atf_fail "it is not tried"
	pid=$(pid_of relay)
	kill -9 "$pid"
	until_is 8 yes is_new relay "$pid" ||
	    atf_fail "the relay is not started again"
	until_is 8 "0 1000" limits take 1000 || atf_fail "nobody is served"
	ctl reload >answer.again 2>&1 &
	echo $! >other.again.pid
	await answer.again "waiting: another reload" || atf_fail "not remembered"
	kill -0 "$(cat other.ctl.pid)" || atf_fail "it has an answer already"
	wait "$(cat other.ctl.pid)" && atf_fail "it is said to be done"
	atf_check_equal "socks5ctl: reload failed: $3 did not answer in 10 \
seconds: the config in force stays" "$(cat answer)"
	fault "p.rest('$1')"
	# It is tried, while the disk may hang so far.
	wait "$(cat other.again.pid)" ||
	    atf_check -o match:"did not answer|have not answered so far" \
	    cat answer.again
	atf_check -e ignore -o match:"is in force" "$SOCKS5CTL" -s "$PWD/ctl" $4
	atf_check_equal "0 1000" "$(limits take 1000)"
}

auth_state() {
	if [ -n "$(pid_of auth)" ] && ctl user list >/dev/null 2>&1; then
		echo running
	fi
}

daemon_case users_secret "the parent has no hash in its memory" 60
users_secret_body() {
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer keeps what is freed"
	[ "$(id -u)" -eq 0 ] || atf_skip "needs root"
	python3 "$SRC/cases/login.py" users users
	CONF="users \"$PWD/users\""
	start
	ctl user disable alice >out || atf_fail "no change: $(cat out)"
	hash=$(sed -n 's/^[!*]*bob:\([^:]*\).*/\1/p' users | head -n 1)
	[ "${#hash}" -gt 20 ] || atf_fail "no hash: $(cat users)"
	atf_check_equal 0 "$(in_memory "$(cat daemon.pid)" "$hash")"
	# It would be found: auth has it.
	atf_check_equal 1 "$(in_memory "$(pid_of auth)" "$hash")"
	daemon_end
}

# in_memory pid text: 1 if the process has it in memory that it writes to.
in_memory() {
	python3 -c "
import sys
pid, text = sys.argv[1], sys.argv[2].encode()
found = 0
with open('/proc/%s/maps' % pid) as maps, \
     open('/proc/%s/mem' % pid, 'rb') as mem:
    for line in maps:
        span, mode = line.split()[:2]
        if mode.startswith('rw') and '[vvar' not in line:
            start, end = (int(x, 16) for x in span.split('-'))
            mem.seek(start)
            try:
                found |= text in mem.read(end - start)
            except OSError:
                pass
print(int(found))" "$@"
}
