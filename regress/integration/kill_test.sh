#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The death of each process while there is work.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root

# The usual daemon and clients.  More lines of config on standard input.
start() {
	port=$(freeport)
	{
		cat
		echo "set relays ${RELAYS:-2}"
		# All sessions of these tests are of one source.
		echo "set limit source-sessions off"
		echo "listen on localhost port $port"
		echo "pass from localhost to { any, <internal> } label here"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
	clients_start "$port"
}

# murder role number [signal]: and waits until the parent has noticed.
murder() {
	pid=$(pid_of "$1" "$2")
	kill "-${3:-KILL}" "$pid"
	await daemon.log "$1 $2 (pid $pid) was killed by signal" ||
	    atf_fail "the death of $1 is not told"
}

# reborn role number: it runs again, as another process.
reborn() {
	until_is 5 yes is_other "$1" "$2" "$pid" || atf_fail "no new $1"
}

is_other() {
	_new=$(pid_of "$1" "$2")
	[ -n "$_new" ] && [ "$_new" -ne 0 ] && [ "$_new" -ne "$3" ] && echo yes
}

# on_relay number: ports of clients whose sessions it holds, sorted.
on_relay() {
	ctl show sessions | sed 's/127\.0\.0\.1://' |
	    awk -v r="$1" '$2 == r { print $3 }' | sort -n | paste -sd ' ' -
}

# load_end what ...: ends the load; none of these may have happened.
load_end() {
	clients count 20 >/dev/null
	rest=$(clients rest)
	for _w in "$@"; do
		case " $rest " in
		*" $_w 0 "*)	;;
		*)		atf_fail "$_w: $rest" ;;
		esac
	done
}

# oom [role]: its oom_score_adj, or that of the parent.
oom() {
	cat "/proc/$([ $# -eq 0 ] && cat daemon.pid || pid_of "$1")/oom_score_adj"
}

# oom_order: relays go first, then who helps, then the others, then the parent.
oom_order() {
	for role in relay resolver router parent; do
		[ $role != parent ] || role=
		# shellcheck disable=SC2086
		echo "$(oom $role)"
	done >scores
	paste -sd ' ' scores
	sort -rnu scores | cmp -s - scores || atf_fail "the order is not right"
	atf_check_equal "$(oom router)" "$(oom auth)"
	atf_check_equal "$(oom router)" "$(oom control)"
}

daemon_case oom "for lack of memory relays are ended first, the parent last"
oom_body() {
	before=$(cat /proc/self/oom_score_adj)
	start </dev/null
	oom_order
	# -1000 if it may.
	if echo -1000 2>/dev/null >/proc/self/oom_score_adj; then
		echo "$before" >/proc/self/oom_score_adj
		atf_check_equal -1000 "$(oom)"
	fi
	for role in relay router; do
		murder $role 0
		reborn $role 0
	done
	oom_order
	kill "$(cat other.clients.pid)"
	house_is_clean "was killed by signal 9"
	daemon_quit
	# Without the right to ask for less it is as it was started.
	_real=$(realpath "$SRC/../../socks5d/socks5d")
	printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_resource "%s" "$@"\n' \
	    "$_real" >plain
	chmod +x plain
	SOCKS5D=$PWD/plain
	daemon_respawn
	daemon_ready
	atf_check_equal "$before" "$(oom)"
	oom_order
	atf_check -s exit:1 grep -E "(warning|error).*oom" daemon.log
	daemon_end "was killed by signal 9"
}

daemon_case relay "a relay takes its own sessions with it, no others"
relay_body() {
	start </dev/null
	atf_check_equal open "$(clients open 20)"
	clients load >/dev/null
	clients count 20 >/dev/null
	dying=" $(on_relay 0) "
	murder relay 0
	atf_check_equal "alive 10 dead 10" "$(clients echo)"
	for p in $(clients dead); do
		case $dying in
		*" $p "*)	;;
		*)		atf_fail "$p was not on that relay" ;;
		esac
		await daemon.log "client=127.0.0.1:$p " ||
		    atf_fail "the end of $p is not logged"
		grep "client=127.0.0.1:$p " daemon.log |
		    grep -q "target=127.0.0.1:$TARGET .*cause=relay-died" ||
		    atf_fail "the end of $p is not logged as such"
	done
	reborn relay 0
	load_end refused reps
	atf_check_equal open "$(clients open 10)"
	[ "$(on_relay 0 | wc -w)" -ge 10 ] || atf_fail "it gets no clients"
	atf_check_equal "alive 20 dead 0" "$(clients echo)"
	clients close 20 >/dev/null
	daemon_end "killed by signal 9"
}

daemon_case router "without a router sessions go on, the next one knows them"
router_body() {
	start </dev/null
	atf_check_equal open "$(clients open 10)"
	ports=$(clients ports)
	clients load >/dev/null
	clients count 20 >/dev/null
	hole=$(clients hole)
	for i in 1 2 3; do
		clients ask 127.0.0.1 "$hole" >/dev/null
	done
	await_state 3 connecting
	murder router 0
	atf_check_equal "1 1 1" "$(clients reply)"
	atf_check_equal "alive 10 dead 0" "$(clients echo)"
	reborn router 0
	load_end refused broken lost
	# All of them are listed and nothing else is.
	until_is 5 "$ports" listed || atf_fail "not all sessions are adopted"
	atf_check_equal open "$(clients open 5)"
	atf_check_equal "alive 15 dead 0" "$(clients echo)"
	ctl show sessions | awk 'NR > 1 { print $1 }' >ids
	atf_check sort -nc ids
	# One is killed, one ends: both are logged in full.
	one=$(set -- $ports; echo $1)
	two=$(set -- $ports; echo $2)
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" kill "$(id_of "$two")"
	await daemon.log "cause=killed"
	atf_check_equal "alive 14 dead 1" "$(clients echo)"
	atf_check_equal "$two" "$(clients dead)"
	clients close 14 >/dev/null
	ended "$two" killed
	ended "$one" closed
	daemon_end "killed by signal 9"
}

# ended port cause: its log line says all that is to say.
ended() {
	await daemon.log "client=127.0.0.1:$1 " || atf_fail "$1 is not logged"
	grep "client=127.0.0.1:$1 " daemon.log >line
	atf_check -o ignore grep "target=127.0.0.1:$TARGET .* cause=$2 " line
	atf_check -o ignore grep "rule=[^ ]*socks5d.conf:[0-9]* label=here" line
	atf_check -o not-match:" up=0 " cat line
}

# The sessions that clients.py has open, by their ports.
listed() {
	ctl show sessions | sed 's/127\.0\.0\.1://' |
	    awk '$7 == "open" { print $3 }' | sort -n | paste -sd ' ' -
}

# id_of port: of the client's session.
id_of() {
	ctl show sessions | awk -v c="127.0.0.1:$1" '$3 == c { print $1 }'
}

# await_state n state: so many sessions are in it.
await_state() {
	until_is 5 "$1" in_state "$2" || atf_fail "not $1 sessions are $2"
}

in_state() {
	ctl show sessions | grep -cw "$1"
}

# The names make what relays have to tell longer than any buffer in between.
daemon_case router_many "a new router adopts thousands of sessions" 60 300
router_many_body() {
	half=$(long 1000 4000) all=$(long 2000 8000)
	label=$(printf '%060d' 0 | tr 0 x)
	name=$label.$label.$label.$label
	nameserver <<-EOT
		$name a=127.0.0.1
	EOT
	RELAYS=1 start <<-EOT
		resolver { nameserver 127.0.0.1 port $DNS }
	EOT
	clients name "$name" >/dev/null
	atf_check_equal open "$(clients open "$all")"
	ports=$(clients ports)
	for i in 1 2; do
		murder router 0
		reborn router 0
		until_is 20 "$ports" listed ||
		    atf_fail "not all sessions are adopted"
		atf_check_equal "alive $all dead 0" "$(clients echo)"
		atf_check_equal "$all" "$(sessions)"
	done
	# Half of them end while there is no router, or a very new one.
	murder router 0
	clients close "$half" >/dev/null
	reborn router 0
	ports=$(clients ports)
	until_is 20 "$ports" listed || atf_fail "not the right ones are adopted"
	await -t 20 -n "$half" daemon.log "cause=closed up=2 down=2 "
	clients close "$half" >/dev/null
	until_is 20 "$all" grep -c \
	    "target=$name:.*cause=closed up=2 down=2 " daemon.log || atf_fail "not all sessions are logged in full"
	atf_check_equal "$all" "$(counter sessions-closed)"
	daemon_end "killed by signal 9"
}
router_many_cleanup() {
	all_stop >/dev/null 2>&1
}

daemon_case resolver "without a resolver names fail, all else goes on"
resolver_body() {
	nameserver <<-EOT
		deaf.test drop
		here.test a=127.0.0.1
	EOT
	start <<-EOT
		resolver { nameserver 127.0.0.1 port $DNS timeout 20s }
	EOT
	atf_check_equal open "$(clients open 5)"
	clients ask deaf.test 80 >/dev/null
	await "$DNS_LOG" deaf.test
	murder resolver 0
	atf_check_equal 1 "$(clients reply)"
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	reborn resolver 0
	clients ask here.test "$TARGET" >/dev/null
	atf_check_equal 0 "$(clients reply)"
	atf_check_equal open "$(clients open 1)"
	clients close 6 >/dev/null
	daemon_end "killed by signal 9"
}

daemon_case auth "without auth sessions go on"
auth_body() {
	start </dev/null
	atf_check_equal open "$(clients open 5)"
	clients load >/dev/null
	clients count 20 >/dev/null
	murder auth 0
	reborn auth 0
	load_end refused reps broken lost
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	clients close 5 >/dev/null
	daemon_end "killed by signal 9"
}

daemon_case control "without control sessions go on, and it comes back"
control_body() {
	start </dev/null
	atf_check_equal open "$(clients open 5)"
	clients load >/dev/null
	clients count 20 >/dev/null
	murder control 0
	reborn control 0
	load_end refused reps broken lost
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	clients close 5 >/dev/null
	until_is 5 5 grep -c 'cause=closed up=1 down=1 ' daemon.log ||
	    atf_fail "not all sessions are logged"
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	daemon_end "killed by signal 9"
}

daemon_case parent "nothing outlives the parent"
parent_body() {
	start </dev/null
	atf_check_equal open "$(clients open 20)"
	clients load >/dev/null
	clients count 20 >/dev/null
	kids=$(children)
	kill -9 "$(cat daemon.pid)"
	wait_gone 2 $kids || atf_fail "children outlive their parent"
	atf_check_equal "alive 0 dead 20" "$(clients echo)"
	if listens "$port"; then
		atf_fail "somebody listens"
	fi
	clients rest >/dev/null
	mv daemon.log daemon.first.log
	daemon_respawn
	daemon_ready
	atf_check_equal open "$(clients open 5)"
	clients close 5 >/dev/null
	daemon_end
}

daemon_case upgrade "a binary that is replaced meanwhile changes nothing"
upgrade_body() {
	cp "$SOCKS5D" binary
	SOCKS5D=$PWD/binary
	start </dev/null
	rm binary
	printf '#!/bin/sh\nexit 1\n' >binary
	chmod +x binary
	atf_check_equal open "$(clients open 2)"
	for role in router auth resolver control; do
		murder $role 0
		reborn $role 0
	done
	atf_check_equal "alive 2 dead 0" "$(clients echo)"
	atf_check_equal open "$(clients open 2)"
	clients close 4 >/dev/null
	daemon_end "killed by signal 9"
}

daemon_case backoff "who dies again and again is started later and later"
backoff_body() {
	start </dev/null
	for delay in 0 1 2 4; do
		murder auth 0
		since=$(date +%s%N)
		until_is 10 yes is_other auth 0 "$pid" ||
		    atf_fail "no new auth"
		took=$((($(date +%s%N) - since) / 1000000))
		[ $took -ge $((delay * 1000 - 300)) ] ||
		    atf_fail "after $took ms, not $delay s"
		[ $took -le $((delay * 1000 + 3000)) ] ||
		    atf_fail "only after $took ms, not $delay s"
	done
	for delay in 1 2 4; do
		grep -q "auth 0 .*again in ${delay}s$" daemon.log ||
		    atf_fail "a delay of $delay s is not told"
	done
	atf_check_equal 4 "$(counter child-deaths)"
	atf_check -o match:"^auth +0 +[0-9]+ +[0-9]+s +4 " \
	    "$SOCKS5CTL" -s "$PWD/ctl" show status
	daemon_end "killed by signal 9"
}

daemon_case signals "a death is told with role, pid and signal"
signals_body() {
	start </dev/null
	atf_check_equal open "$(clients open 2)"
	# One that a sanitizer leaves alone.
	murder relay 0 TRAP
	reborn relay 0
	grep -qF "relay 0 (pid $pid) was killed by signal 5 (SIGTRAP)" \
	    daemon.log || atf_fail "SIGTRAP is not told"
	murder resolver 0 ABRT
	reborn resolver 0
	grep -qF "resolver 0 (pid $pid) was killed by signal 6 (SIGABRT)" \
	    daemon.log || atf_fail "SIGABRT is not told"
	pid=$(pid_of auth)
	kill -SYS "$pid"
	await daemon.log "security: auth 0 (pid $pid) was killed by its system"
	reborn auth 0
	atf_check_equal 1 "$(counter child-sandbox-kills)"
	atf_check_equal 3 "$(counter child-deaths)"
	# A crash is a crash of one process.
	atf_check_equal "alive 1 dead 1" "$(clients echo)"
	clients close 1 >/dev/null
	daemon_end "killed by"
}

daemon_case ignored "signals that mean nothing do nothing"
ignored_body() {
	start </dev/null
	atf_check_equal open "$(clients open 5)"
	children >before
	for s in HUP INT QUIT TERM PIPE USR1 USR2 XFSZ CHLD WINCH CONT; do
		for p in $(cat before); do
			kill "-$s" "$p"
		done
	done
	for s in PIPE USR1 USR2 CHLD WINCH CONT; do
		kill "-$s" "$(cat daemon.pid)"
	done
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	children >after
	atf_check cmp before after
	clients close 5 >/dev/null
	daemon_end
}
