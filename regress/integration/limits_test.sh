#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Limits of rules, users and sources: places, new sessions, rates and quotas.
# The clients are in limits.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

# The daemon, without logins at $port and with them at $logins.  The config is
# on standard input, further words of the last rule in the arguments.
start() {
	port=$(freeport)
	logins=$(freeport)
	[ -f users ] || python3 "$SRC/cases/login.py" users users
	{
		echo "set relays 2"
		echo "log to stderr format json sessions"
		echo "users \"$PWD/users\""
		echo "quotas \"$PWD/state/quotas\""
		echo "listen on localhost port $port"
		echo "listen on localhost port $logins auth required"
		cat
		echo "pass from localhost to { any, <internal> } $*"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

# limits arguments...: of limits.py at the port without logins.
limits() {
	python3 "$SRC/cases/limits.py" "$port" "$@"
}

by_user() {
	_user=$1; shift
	python3 "$SRC/cases/limits.py" -u "$_user" "$logins" "$@"
}

by_source() {
	_source=$1; shift
	python3 "$SRC/cases/limits.py" -s "$_source" "$port" "$@"
}

alice=alice:wonderland
bob=bob:builder

# within rate percent fairness rate least most: what limits.py prints is so.
within() {
	awk -v rate="$1" -v slack="$2" -v fair="$3" -v got="$4" -v least="$5" \
	    -v most="$6" 'BEGIN { d = (got - rate) / rate * 100
	    exit(d > slack || d < -slack || least < 1 - fair ||
	    most > 1 + fair) }' ||
	    atf_fail "$4 a second, from $5 to $6 each, with a rate of $1"
}

# refused n cause hint: so many lines of sessions have both.
refused() {
	grep '"cause":"'"$2"'"' daemon.log | grep -cF "$3"
}

is_refused() {
	until_is 5 "$1" refused "$@" || atf_fail "not $1 times: $3"
}

daemon_case rate_ratio "bytes a second are those of the rule, either way" 90 300
rate_ratio_body() {
	start rate 4M/s
	for way in down up both; do
		set -- $(limits $way 6 $(long 3 10))
		echo "$way $*"
		within 4194304 5 0.4 "$@"
	done
	daemon_end
}

daemon_case rate_fair "sessions under one rate have the same of it" 90 300
rate_fair_body() {
	start rate 6M/s
	set -- $(limits down 12 $(long 5 10))
	echo "$*"
	within 6291456 5 0.25 "$@"
	# A few bytes come through although others take all they can.
	worst=$(limits idle 8 2)
	[ "$worst" -lt 2000 ] || atf_fail "$worst ms for a byte"
	daemon_end
}

daemon_case rate_scope "each source has a rate, and each user has" 90 300
rate_scope_body() {
	start rate 2M/s per source <<-EOT
		pass quick user any to <internal> rate 1M/s per user
	EOT
	by_source 127.0.0.2 down 2 4 >other &
	other=$!
	set -- $(limits down 2 4)
	wait $other || atf_fail "the other source failed"
	within 2097152 8 0.4 "$@"
	within 2097152 8 0.4 $(cat other)
	by_user $bob down 2 4 >other &
	other=$!
	set -- $(by_user $alice down 2 4)
	wait $other || atf_fail "the other user failed"
	within 1048576 8 0.4 "$@"
	within 1048576 8 0.4 $(cat other)
	daemon_end
}

# cpu: clock ticks that all processes of the daemon have used.
cpu() {
	for _p in $(cat daemon.pid) $(ctl show status |
	    awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ { print $3 }'); do
		awk '{ print $14 + $15 }' "/proc/$_p/stat"
	done | awk '{ n += $1 } END { print n }'
}

daemon_case rate_sleeps "who waits for a rate costs next to nothing"
rate_sleeps_body() {
	start rate 30K/s
	before=$(cpu)
	limits down 20 3 >/dev/null
	used=$(($(cpu) - before))
	echo "$used ticks"
	[ $used -le 60 ] || atf_fail "$used ticks in 4 seconds"
	daemon_end
}

daemon_case rate_ends "sessions end under a rate as they do without" 60
rate_ends_body() {
	start rate 1M/s
	target source 500000
	atf_check -o match:"^500000 " \
	    python3 "$SRC/cases/limits.py" "$port" fetch \
	    "$TARGET"
	until_is 5 1 grep -c '"cause":"closed"' daemon.log ||
	    atf_fail "it did not end as it should"
	daemon_end
}

daemon_case places_rule "no more sessions than the rule says" 60
places_rule_body() {
	start sessions 3 label three
	mkfifo hold
	limits open 5 <hold >reps &
	exec 8>hold
	await reps "0 0 0 1 1"
	is_refused 2 limit "sessions 3 of the rule in socks5d.conf:7 is reached"
	atf_check_equal 2 "$(counter limit-rule-sessions)"
	ctl show limits >list
	atf_check -o match:"^sessions +three +- +3 +0 +3 +3 +2$" cat list
	# Each that ends leaves its place.
	exec 8>&-
	until_is 5 0 sessions || atf_fail "sessions are left"
	atf_check_equal "0 0 0" "$(limits open 3 </dev/null)"
	daemon_end
}

daemon_case places_of "places by user and by source are each one's own" 60
places_of_body() {
	start sessions 2 per source <<-EOT
		pass quick user any to <internal> sessions 1 per user
	EOT
	mkfifo hold
	limits open 3 <hold >reps1 &
	by_source 127.0.0.2 open 3 <hold >reps2 &
	by_user $alice open 2 <hold >reps3 &
	by_user $bob open 2 <hold >reps4 &
	exec 8>hold
	await reps1 "0 0 1"
	await reps2 "0 0 1"
	await reps3 "0 1"
	await reps4 "0 1"
	is_refused 2 limit "sessions 2 per source of the rule in"
	is_refused 2 limit "sessions 1 per user of the rule in"
	exec 8>&-
	daemon_end
}

daemon_case places_set "set limit counts by source and user under all rules"
places_set_body() {
	start <<-EOT
		set limit source-sessions 4 user-sessions 2
	EOT
	mkfifo hold
	limits open 6 <hold >reps1 &
	exec 8>hold
	await reps1 "0 0 0 0 1 1"
	python3 "$SRC/cases/limits.py" -s 127.0.0.2 -u $alice "$logins" open 3 \
	    <hold >reps2 8>&- &
	await reps2 "0 0 1"
	is_refused 2 limit 'source-sessions 4 of \"set limit\" is reached'
	is_refused 1 limit 'user-sessions 2 of \"set limit\" is reached'
	atf_check_equal 2 "$(counter limit-source-sessions)"
	atf_check_equal 1 "$(counter limit-user-sessions)"
	exec 8>&-
	daemon_end
}

daemon_case places_default "no source has all sessions, unless that is said"
places_default_body() {
	start <<-EOT
		set sessions 12
		set timeout handshake 60s
	EOT
	mkfifo hold
	limits open 10 <hold >reps1 &
	exec 8>hold
	await reps1 "0 0 0 0 0 0 0 0 0 1"
	is_refused 1 limit 'source-sessions 9 of \"set limit\" is reached'
	atf_check_equal 1 "$(counter limit-source-sessions)"
	ctl show limits >limits.out
	grep -E "source-sessions.* 9 +9 " limits.out || {
		cat limits.out >&2
		atf_fail "it is not shown"
	}
	atf_check_equal "0 0" "$(by_source 127.0.0.2 open 2 </dev/null)"
	exec 8>&-
	until_is 10 0 sessions || atf_fail "sessions are left"
	echo "set limit source-sessions off" >>socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	mkfifo hold2
	limits open 11 <hold2 >reps2 &
	exec 8>hold2
	await reps2 "0 0 0 0 0 0 0 0 0 0 0"
	atf_check_equal 1 "$(counter limit-source-sessions)"
	exec 8>&-
	daemon_end
}

daemon_case new_sessions "new ones in a time, by rule and by source" 60
new_sessions_body() {
	start new 3/h burst 3 per source <<-EOT
		set limit source-new 2/h burst 5
	EOT
	# Half an hour is not over while this runs.
	atf_check_equal "0 0 0 1 1" "$(limits open 5 </dev/null)"
	is_refused 2 limit "new 3/h burst 3 per source of the rule in"
	atf_check_equal 2 "$(counter limit-rule-new)"
	sed -i 's/new 3.*per source/label free/' socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	atf_check_equal "0 0 1" "$(limits open 3 </dev/null)"
	is_refused 1 limit 'source-new 2/h burst 5 of \"set limit\"'
	atf_check_equal 1 "$(counter limit-source-new)"
	# Another source has its own.
	atf_check_equal "0 0" "$(by_source 127.0.0.2 open 2 </dev/null)"
	daemon_end
}

kept() {
	cut -d ' ' -f 2- state/quotas 2>/dev/null | paste -sd , -
}

daemon_case quota_exact "a quota is what it says, and outlives the daemon"
quota_exact_body() {
	start quota 3M/day label web
	atf_check_equal "0 1000000" "$(limits take 1000000)"
	set -- $(limits take 9000000)
	atf_check_equal 0 "$1"
	is_refused 1 quota "quota 3M/day of the rule in socks5d.conf:7 is used"
	atf_check_equal 1 "$(counter quota-ended)"
	used=$(ctl -j show limits | sed -n 's/.*"used":\([0-9]*\).*/\1/p')
	echo "1000000 and $2 of 3145728, $used used"
	# What was read and not delivered when it ended comes back.
	[ "$used" -ge 3000000 ] && [ "$used" -le 3145728 ] ||
	    atf_fail "$used is used"
	[ $((1000000 + $2)) -le 3145728 ] || atf_fail "more than the quota"
	until_is 5 refused refuse || atf_fail "there is something left"
	is_refused 1 limit "is used up"
	until_is 8 "web - 3145728" kept || atf_fail "it is not kept"
	daemon_end
	start quota 3M/day label web
	atf_check_equal "1 0" "$(limits take 1)"
	daemon_end
	# More is more, and what is kept is what the log says was moved.
	start quota 64M/day label web
	atf_check_equal "0 500000" "$(limits take 500000)"
	daemon_end
	set -- $(sed -n 's/.*"rep":0,.*"up":\([0-9]*\),"down":\([0-9]*\),.*/\1 \2/p' \
	    daemon.log | tail -n 1)
	atf_check_equal "web - $((3145728 + $1 + $2))" "$(kept)"
}

# Until the quota is used up to the last byte; what came back is used again.
refuse() {
	set -- $(limits take 9000000)
	if [ "$1" = 1 ]; then echo refused; else echo "$*"; fi
}

daemon_case quota_users "each user has a quota, over deaths of the router"
quota_users_body() {
	start <<-EOT
		pass quick user any to <internal> quota 2M/month per user
	EOT
	by_user $alice take 9000000 >/dev/null
	until_is 5 refused by_alice || atf_fail "there is something left"
	atf_check_equal "0 600000" "$(by_user $bob take 600000)"
	until_is 8 2 grep -c . state/quotas || atf_fail "it is not kept"
	grep -q " alice 2097152$" state/quotas || atf_fail "alice is not in it"
	kill -KILL "$(pid_of router)"
	await daemon.log "router 0 (pid"
	until_is 15 refused by_alice || atf_fail "the new router forgot"
	set -- $(by_user $bob take 9000000)
	[ "$1" -eq 0 ] && [ "$2" -le 1500000 ] || atf_fail "bob has $*"
	ctl show limits >list
	atf_check -o match:"^quota +.* alice +0 +0 +2.0M +" cat list
	house_is_clean "router 0 \(pid [0-9]+\) was killed by signal 9"
	daemon_quit
}

by_alice() {
	set -- $(by_user $alice take 9000000)
	if [ "$1" = 1 ]; then echo refused; else echo "$*"; fi
}

daemon_case quota_file "a file that is damaged, over, or cannot be written"
quota_file_body() {
	mkdir state
	today=$(date +%Y-%m-%d)
	cat >state/quotas <<-EOT
		# a comment

		2001-01-01 web - 99999999
		$today web - 1048576
		$today no line of it
		$today other alice 12
	EOT
	chmod 600 state/quotas
	start quota 1M/day label web
	grep -q "state/quotas:5: invalid line" daemon.log ||
	    atf_fail "the bad line is not told of"
	atf_check_equal "1 0" "$(limits take 1)"
	# Only with the first change it is written anew.
	sed -i 's/1M.day/8M\/day/' socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	atf_check_equal "0 1000" "$(limits take 1000)"
	until_is 8 2 grep -c . state/quotas || atf_fail "it is not written"
	atf_check -o match:"^$today other alice 12$" cat state/quotas
	# A folder in its place: the daemon says so, and goes on.
	rm state/quotas
	mkdir state/quotas
	atf_check_equal "0 1000" "$(limits take 1000)"
	await daemon.log "cannot save quota usage"
	rmdir state/quotas
	atf_check_equal "0 1000" "$(limits take 1000)"
	await daemon.log "writable again"
	# A file may not be as long.
	prlimit --pid "$(cat daemon.pid)" --fsize=10: || atf_fail "no prlimit"
	atf_check_equal "0 1000" "$(limits take 1000)"
	await daemon.log "cannot save quota usage: File too large"
	atf_check -o match:"^$today other alice 12$" cat state/quotas
	daemon_end
}

daemon_case quota_foreign "what is no file of quotas stays as it is"
quota_foreign_body() {
	mkdir state
	echo "root:x:0:0:root:/root:/bin/sh" >foreign
	start quota 8M/day label web
	cp foreign state/quotas
	atf_check_equal "0 1000" "$(limits take 1000)"
	await daemon.log "cannot save quota usage: not a quota file"
	cmp foreign state/quotas || atf_fail "another's file is gone"
	# As a device would be.
	rm state/quotas
	mkfifo state/new
	atf_check_equal "0 1000" "$(limits take 1000)"
	await daemon.log "writable again"
	mv state/new state/quotas
	atf_check_equal "0 1000" "$(limits take 1000)"
	await daemon.log "cannot save quota usage: not a regular file"
	# Nor by another name: it does not become the file of quotas.
	sed -i "s,state/quotas,foreign," socks5d.conf
	atf_check -s exit:1 -o ignore \
	    -e match:"foreign: .* not a quota file" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	daemon_end
	[ -p state/quotas ] || atf_fail "the pipe is gone"
	grep -q "^root:" foreign || atf_fail "another's file is gone"
}

daemon_case quota_moves "a file that a reload moves to counts as well"
quota_moves_body() {
	mkdir state
	today=$(date +%Y-%m-%d)
	yesterday=$(date -d yesterday +%Y-%m-%d)
	start quota 1M/day label web
	atf_check_equal "0 1000" "$(limits take 1000)"
	until_is 10 1 grep -cs . state/quotas || atf_fail "it is not kept"
	# A copy of the old one: what is in both was used once.
	cp -p state/quotas state/copy
	sed -i "s,state/quotas,state/copy," socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	atf_check_equal "0 1000" "$(limits take 1000)"
	until_is 10 "$(used)" copied || atf_fail "$(copied) of $(used)"
	# Another one, of which no more than a few bytes are left.
	cat >state/other <<-EOT
		$yesterday web - 5
		$today web - 1048000
		$today other alice 12
	EOT
	chmod 600 state/other
	sed -i "s,state/copy,state/other," socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	set -- $(limits take 4000)
	[ "$2" -le 576 ] || atf_fail "$2 of 576 bytes"
	until_is 10 refused refuse || atf_fail "there is something left"
	until_is 10 1048576 other || atf_fail "it is not kept: $(cat state/other)"
	atf_check -o match:"^$yesterday web - 5$" \
	    -o match:"^$today other alice 12$" cat state/other
	# The next router knows it, too.
	kill -KILL "$(pid_of router)"
	until_is 15 refused refuse || atf_fail "the new router forgot"
	daemon_end "router 0 \(pid [0-9]+\) was killed by signal 9"
}

used() {
	ctl -j show limits | sed -n 's/.*"used":\([0-9]*\).*/\1/p'
}

copied() {
	sed -n 's/.* web - //p' state/copy
}

other() {
	sed -n "s/^$today web - //p" state/other
}

daemon_case router_dies "sessions keep to rate and places over its death"
router_dies_body() {
	dies
}

# The rule is another one by number then, and of another generation.
daemon_case router_dies_later "and so they do when rules are others by then"
router_dies_later_body() {
	dies reloaded
}

dies() {
	start rate 3M/s sessions 5
	limits down 4 8 >figures &
	load=$!
	until_is 5 4 sessions
	if [ $# -ne 0 ]; then
		sed -i 's/^pass from localhost/block quick to 192.0.2.1\n&/' \
		    socks5d.conf
		ctl reload >/dev/null || atf_fail "no reload"
	fi
	kill -KILL "$(pid_of router)"
	await daemon.log "router 0 (pid"
	until_is 10 4 sessions || atf_fail "they are not adopted"
	# The four have their places.
	atf_check_equal "0 1" "$(limits open 2 </dev/null)"
	wait $load || atf_fail "sessions were lost"
	cat figures
	# While there is no router there is nothing to be had.
	within 3145728 25 0.5 $(cat figures)
	house_is_clean "router 0 \(pid [0-9]+\) was killed by signal 9"
	daemon_quit
}

daemon_case reload_frees "a reload leaves open sessions their rate"
reload_frees_body() {
	start rate 2M/s
	limits down 2 4 >figures &
	load=$!
	until_is 5 2 sessions
	sed -i 's/rate 2M.s//' socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	atf_check_equal "0 9000000" "$(limits take 9000000)"
	wait $load
	within 2097152 8 0.4 $(cat figures)
	daemon_end
}
