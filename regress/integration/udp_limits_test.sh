#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Limits of rules, users and sources, as UDP associations keep to them.  The
# clients are in udp_limits.py; of TCP, in limits_test.sh.

. "$(atf_get_srcdir)/lib/daemon.sh"

# The daemon, without logins at $port and with them at $logins.  The config is
# on standard input, further words of the last rule in the arguments.
start() {
	port=$(freeport)
	logins=$(freeport)
	[ -f users ] || python3 "$SRC/cases/login.py" users users
	{
		echo "set relays ${relays:-2}"
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

# udp arguments...: of udp_limits.py at the port without logins.
udp() {
	python3 "$SRC/cases/udp_limits.py" "$port" "$@"
}

by_user() {
	_user=$1; shift
	python3 "$SRC/cases/udp_limits.py" -u "$_user" "$logins" "$@"
}

by_source() {
	_source=$1; shift
	python3 "$SRC/cases/udp_limits.py" -s "$_source" "$port" "$@"
}

alice=alice:wonderland
bob=bob:builder

# within rate percent fairness rate least most: what udp_limits.py prints is so.
within() {
	awk -v rate="$1" -v slack="$2" -v fair="$3" -v got="$4" -v least="$5" \
	    -v most="$6" 'BEGIN { d = (got - rate) / rate * 100
	    exit(d > slack || d < -slack || least < 1 - fair ||
	    most > 1 + fair) }' ||
	    atf_fail "$4 a second, from $5 to $6 each, with a rate of $1"
}

count() {
	atf_check_equal "$1" "$(counter "$2")"
}

daemon_case rate_ratio "bytes a second are those of the rule, either way" 90 300
rate_ratio_body() {
	start rate 1M/s
	for way in down up; do
		set -- $(udp $way 3 $(long 3 10))
		echo "$way $*"
		within 1048576 6 0.3 "$@"
	done
	# What came from the client and may not go on is dropped, and counted.
	[ "$(counter udp-dropped-rate)" -gt 1000 ] ||
	    atf_fail "$(counter udp-dropped-rate) are dropped"
	daemon_end
}

daemon_case rate_tcp "datagrams and streams share a rate" 90 300
rate_tcp_body() {
	relays=1
	start rate 3M/s
	# Streams go on a little longer: they are there all the time.
	python3 "$SRC/cases/limits.py" "$port" down 2 6 >tcp &
	tcp=$!
	until_is 5 2 sessions
	set -- $(udp down 1 3)
	wait $tcp || atf_fail "no streams"
	echo "$* beside $(cat tcp)"
	# A third each.
	within 1048576 25 1 "$@"
	daemon_end
}

daemon_case rate_rules "each flow is under the rate of its own rule" 90 300
rate_rules_body() {
	start <<-EOT
		pass quick user alice to <internal> rate 200K/s per user
		pass quick user any to <internal> rate 400K/s per user
	EOT
	by_user $alice down 2 4 >one &
	one=$!
	by_user $bob up 2 4 >two || atf_fail "bob has nothing"
	wait $one || atf_fail "alice has nothing"
	cat one two
	within 204800 10 0.4 $(cat one)
	within 409600 10 0.4 $(cat two)
	daemon_end
}

daemon_case little "a little under a rate comes through, and at once" 60
little_body() {
	start rate 20K/s
	atf_check_equal 5000 "$(udp take 5000)"
	count 0 udp-dropped-rate
	daemon_end
}

kept() {
	cut -d ' ' -f 2- state/quotas 2>/dev/null | paste -sd , -
}

daemon_case quota_counts "what is left of a grant when a flow ends comes back"
quota_counts_body() {
	start quota 64M/day label web
	atf_check_equal 500000 "$(udp take 500000)"
	until_is 5 0 sessions || atf_fail "the association is left"
	ctl -j show limits >limits.out
	atf_check -o match:'"used":500000,' cat limits.out
	until_is 8 "web - 500000" kept || atf_fail "it is not kept: $(kept)"
	daemon_end
}

daemon_case quota_ends "the flow ends with its quota, the association does not"
quota_ends_body() {
	set -- $(freeport 2)
	start <<-EOT
		pass quick from localhost to <internal> port $2 \
		    quota 1M/day label small
	EOT
	udp both "$1" "$2" >out || atf_fail "the association has ended"
	read -r got word <out
	echo "$got of 1048576"
	atf_check_equal after "$word"
	[ "$got" -le 1049575 ] && [ "$got" -ge 1040000 ] ||
	    atf_fail "$got bytes of a quota of 1048576"
	[ "$(counter udp-flows-quota)" -gt 0 ] || atf_fail "no flow ended"
	[ "$(counter limit-quota)" -gt 0 ] || atf_fail "none was refused"
	count 0 quota-ended
	daemon_end
}

daemon_case places_rule "an association has one place under a rule" 60
places_rule_body() {
	start sessions 2
	mkfifo hold
	udp open 4 <hold >reps &
	exec 8>hold
	await reps "0 0 - -"
	count 2 limit-rule-sessions
	count 2 udp-dropped-limit
	ctl show limits >list
	atf_check -o match:"^sessions +socks5d.conf:7 +- +2 +0 +2 +2 +2$" cat list
	# TCP has its places from the same.
	atf_check_equal 1 "$(python3 "$SRC/cases/limits.py" "$port" \
	    open 1 </dev/null)"
	exec 8>&-
	until_is 5 0 sessions || atf_fail "associations are left"
	atf_check_equal "0 0" "$(udp open 2 </dev/null)"
	# However many destinations it has.
	udp down 4 0.1 >/dev/null
	count 3 limit-rule-sessions
	daemon_end
}

daemon_case places_set "set limit counts associations as sessions, too" 60
places_set_body() {
	start <<-EOT
		set limit source-sessions 3
		set limit user-sessions 2
	EOT
	mkfifo hold
	udp open 4 <hold >reps1 &
	exec 8>hold
	await reps1 "0 0 0 1"
	python3 "$SRC/cases/udp_limits.py" -s 127.0.0.2 -u $alice "$logins" \
	    open 3 <hold >reps2 8>&- &
	await reps2 "0 0 1"
	count 1 limit-source-sessions
	count 1 limit-user-sessions
	until_is 5 1 grep -cF 'source-sessions 3 of \"set limit\" is reached' \
	    daemon.log || atf_fail "the line does not say why"
	exec 8>&-
	daemon_end
}

daemon_case new_flows "new associations in a time, by rule" 60
new_flows_body() {
	start new 2/h burst 2
	# Half an hour is not over while this runs.
	atf_check_equal "0 0 - -" "$(udp open 4 </dev/null)"
	count 2 limit-rule-new
	daemon_end
}

daemon_case places_udp "associations in all, of a source and of a user" 60
places_udp_body() {
	start <<-EOT
		set limit associations 4
		set limit source-associations 3
		set limit user-associations 1
	EOT
	mkfifo hold
	udp open 4 <hold >reps1 &
	exec 8>hold
	await reps1 "0 0 0 1"
	count 1 limit-source-associations
	# Streams are not counted.
	atf_check_equal "0 0 0" "$(python3 "$SRC/cases/limits.py" "$port" \
	    open 3 </dev/null)"
	python3 "$SRC/cases/udp_limits.py" -s 127.0.0.2 -u $alice "$logins" \
	    open 2 <hold >reps2 8>&- &
	await reps2 "0 1"
	# That of the user would be next; but there are four in all.
	count 1 limit-associations
	atf_check_equal 1 "$(by_source 127.0.0.3 open 1 </dev/null)"
	count 2 limit-associations
	ctl show limits >list
	atf_check -o match:"^associations +- +- +4 +0 +4 +4 +2$" \
	    -o match:"^source-associations +- +127.0.0.1 +3 +0 +3 +3 +1$" \
	    -o match:"^user-associations +- +alice +1 +0 +1 +1 +0$" cat list
	ctl test udp 127.0.0.1 80 >told && atf_fail "it would pass"
	atf_check -o match:"limit: associations 4 of 4 in all" \
	    -o match:"refused: associations 4 of \"set limit\" is reached" \
	    cat told
	until_is 5 1 grep -cF 'source-associations 3 of \"set limit\"' \
	    daemon.log || atf_fail "the line does not say why"
	exec 8>&-
	until_is 5 0 sessions || atf_fail "associations are left"
	atf_check_equal "0 1" "$(by_user $alice open 2 </dev/null)"
	count 1 limit-user-associations
	daemon_end
}

daemon_case dies "what is granted survives the death of a relay or the router" 60
dies_body() {
	relays=1
	start rate 1M/s quota 64M/day label web
	for role in relay router; do
		python3 "$SRC/cases/udp_limits.py" "$port" down 2 20 \
		    >/dev/null 2>&1 &
		load=$!
		until_is 5 1 sessions
		# Both flows have something of it.
		until_is 5 2 members || atf_fail "no flow under the rate"
		kill -KILL "$(pid_of $role)"
		until_is 15 0 sessions || atf_fail "the association is left"
		until_is 15 0 members || atf_fail "a flow has its place still"
		kill $load
		wait $load
		until_is 15 1000 udp take 1000
		# Nobody knows what that relay has moved of it: all counts.
		[ $role = router ] || [ "$(used)" -gt 10000 ] ||
		    atf_fail "$(used) of the quota is used"
	done
	house_is_clean "(relay|router) 0 \(pid [0-9]+\) was killed by signal 9"
	daemon_quit
}

used() {
	ctl -j show limits | tr '}' '\n' | grep '"quota"' |
	    sed 's/.*"used":\([0-9]*\).*/\1/'
}

# Flows and sessions that share the rate.
members() {
	ctl show limits | awk '$1 == "rate" { n = $4 } END { print n + 0 }'
}
