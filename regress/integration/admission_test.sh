#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Limits: who is let in, who waits, who is turned away, and what that costs.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root

# The usual daemon and clients.  More lines of config on standard input.
start() {
	port=$(freeport)
	{
		cat
		echo "listen on localhost port $port"
		echo "pass from localhost to { any, <internal> }"
	} >socks5d.conf
	daemon_respawn
	daemon_ready
	clients_start "$port"
}

# cpu pid: clock ticks that it has used.
cpu() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# lazy seconds command...: for so long the command is true and no process of
# the daemon works for more than a twentieth of the time.
lazy() {
	_until=$(($(date +%s) + $1)); _most=$(($1 * 5)); shift
	_pids="$(cat daemon.pid) $(children)"
	for _p in $_pids; do
		cpu "$_p" >"cpu.$_p"
	done
	while [ "$(date +%s)" -lt $_until ]; do
		"$@" || atf_fail "$* is not so any more"
		a_moment
	done
	for _p in $_pids; do
		_used=$(($(cpu "$_p") - $(cat "cpu.$_p")))
		[ $_used -le $_most ] ||
		    atf_fail "$(cat "/proc/$_p/comm") spins: $_used ticks"
	done
}

# paused n: so many lines say that accepting paused.
paused() {
	grep -c "accept paused" daemon.log
}

# counts name value: the counter has it, or will soon.
counts() {
	until_is 5 "$2" counter "$1" || atf_fail "$1 is not $2"
}

# few role pid n: its soft limit of descriptors.  Whoever shares its user may
# set it; we are root but may lack the right to.
few() {
	_uid=$(awk '$1 == "Uid:" { print $2 }' "/proc/$1/status")
	_gid=$(awk '$1 == "Gid:" { print $2 }' "/proc/$1/status")
	setpriv --reuid="$_uid" --regid="$_gid" --clear-groups \
	    prlimit --pid "$1" --nofile="$2": || atf_fail "no prlimit"
}

fds_of() {
	ls "/proc/$1/fd" | wc -l
}

daemon_case sessions "above the limit of sessions clients wait"
sessions_body() {
	start <<-EOT
		set sessions 5
		set limit source-sessions off
		set relays 1
	EOT
	atf_check_equal open "$(clients open 5)"
	clients ask 127.0.0.1 "$TARGET" 7 >/dev/null
	lazy 2 atf_check_equal 5 "$(sessions)"
	atf_check_equal 1 "$(paused)"
	atf_check_equal 1 "$(counter limit-sessions)"
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	# Each that leaves lets one in.
	clients close 1 >/dev/null
	atf_check_equal "0 0 0 0 0 0 0" "$(clients reply)"
	atf_check_equal open "$(clients open 1)"
	# A reload changes the limit at once, in both directions.
	sed -i 's/sessions 5/sessions 7/' socks5d.conf
	ctl reload >/dev/null
	atf_check_equal open "$(clients open 2)"
	sed -i 's/sessions 7/sessions 3/' socks5d.conf
	ctl reload >/dev/null
	clients ask 127.0.0.1 "$TARGET" 1 >/dev/null
	clients close 4 >/dev/null
	until_is 5 3 sessions || atf_fail "they do not end"
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	clients close 1 >/dev/null
	atf_check_equal 0 "$(clients reply)"
	clients close 2 >/dev/null
	daemon_end
}

daemon_case half_open "above the limit of half-open ones they are dropped"
half_open_body() {
	start <<-EOT
		set limit half-open 8 per-source 100
	EOT
	atf_check_equal open "$(clients open 2)"
	clients mute 8 >/dev/null
	until_is 5 10 sessions
	atf_check -o match:"failed" echo "$(clients open 1)"
	counts limit-half-open 1
	atf_check_equal "alive 2 dead 0" "$(clients echo)"
	# Those above three quarters have 3 seconds in place of 10.
	until_is 6 6 silent || atf_fail "they have too much time"
	atf_check_equal open "$(clients open 1)"
	clients unmute >/dev/null
	until_is 5 3 sessions || atf_fail "they do not end"
	clients mute 6 >/dev/null
	atf_check_equal open "$(clients open 1)"
	counts limit-half-open 1
	clients unmute >/dev/null
	clients close 4 >/dev/null
	daemon_end
}

silent() {
	ctl show sessions | grep -cw handshake
}

daemon_case per_source "a source has its share of half-open ones"
per_source_body() {
	start <<-EOT
		set limit half-open 100 per-source 4
	EOT
	clients mute 4 127.0.0.2 >/dev/null
	until_is 5 4 sessions
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.2)"
	counts limit-per-source 1
	atf_check_equal open "$(clients open 5 127.0.0.3)"
	clients mute 4 127.0.0.4 >/dev/null
	until_is 5 13 sessions
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.4)"
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.2)"
	counts limit-per-source 3
	# Sessions that are open do not count.
	clients unmute >/dev/null
	until_is 5 5 sessions
	atf_check_equal open "$(clients open 5 127.0.0.2)"
	counts limit-per-source 3
	clients close 10 >/dev/null
	daemon_end
}

daemon_case connecting "who is not connected yet is half open, whatever he \
waits for"
connecting_body() {
	start <<-EOT
		set limit half-open 9 per-source 4
		set timeout connect 20s
	EOT
	hole=$(clients hole)
	clients ask 127.0.0.1 "$hole" 4 127.0.0.2 >/dev/null
	until_is 5 4 in_state connecting || atf_fail "they do not connect"
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.2)"
	counts limit-per-source 1
	# Sessions that are open do not count.
	atf_check_equal open "$(clients open 5 127.0.0.3)"
	clients ask 127.0.0.1 "$hole" 4 127.0.0.3 >/dev/null
	until_is 5 8 in_state connecting || atf_fail "they do not connect"
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.3)"
	counts limit-per-source 2
	# That is three quarters of all: one more must be quick.
	clients mute 1 127.0.0.4 >/dev/null
	until_is 6 0 silent || atf_fail "it has too much time"
	clients mute 1 127.0.0.4 >/dev/null
	until_is 5 1 silent
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.5)"
	counts limit-half-open 1
	# One who has been refused and stays is not rid of it before he goes.
	clients unmute >/dev/null
	clients leave >/dev/null
	until_is 5 5 sessions || atf_fail "who has left has his places"
	clients ask 127.0.0.1 "$(freeport)" 4 127.0.0.2 >/dev/null
	atf_check -o match:"failed" echo "$(clients open 1 127.0.0.2)"
	counts limit-per-source 3
	atf_check_equal "5 5 5 5" "$(clients reply)"
	until_is 5 5 sessions
	atf_check_equal open "$(clients open 4 127.0.0.2)"
	clients close 9 >/dev/null
	daemon_end
}

[ -z "$SOCKS5D_LONG" ] || daemon_case patient \
    "a relay is not to blame for what takes its clients time" 90
patient_body() {
	start <<-EOT
		set timeout handshake 1s connect 24s
	EOT
	hole=$(clients hole)
	clients ask 127.0.0.1 "$hole" 1 >/dev/null
	# By then a handshake would have been overdue at two looks.
	until_is 5 1 in_state connecting || atf_fail "it does not connect"
	until_is 60 0 in_state connecting || atf_fail "it has no end"
	atf_check_equal 6 "$(clients reply)"
	atf_check_equal 0 "$(counter child-deaths)"
	atf_check_equal 0 "$(counter bad-peers)"
	daemon_end
}

# in_state state: how many sessions are.
in_state() {
	ctl show sessions | grep -cw "$1"
}

daemon_case per_network "an IPv6 source is a network of 64 bits"
per_network_body() {
	# A network of its own, as loopback has but one address.
	unshare -n sh -c 'ip link set lo up && echo up && exec tail -f /dev/null' \
	    >up 2>&1 &
	echo $! >other.network.pid
	await up up || atf_fail "no network"
	net="nsenter -n -t $(cat other.network.pid)"
	for a in 1::1 1::2 1:0:0:0:ffff::1 1:0:1::1; do
		$net ip addr add "fd00:$a/128" dev lo || atf_fail "no address"
	done
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$net" "$SOCKS5D" >wrapper
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	cat >socks5d.conf <<-EOT
		set limit half-open 100 per-source 3
		listen on :: port 1080 open
		pass from any
	EOT
	daemon_respawn
	daemon_ready
	mute=0
	for a in 1::1 1::2 1:0:0:0:ffff::1; do
		mute=$((mute + 1))
		$net python3 -c "import socket
s = socket.create_connection(('fd00:1::1', 1080), 5, ('fd00:$a', 0))
print('muted', flush=True)
s.settimeout(None)
s.recv(1)" >"mute.$mute" 2>&1 &
		echo $! >"other.mute$mute.pid"
		await "mute.$mute" muted
	done
	until_is 5 3 sessions || atf_fail "they are not served"
	for a in 1::1 1::2 1:0:0:0:ffff::1; do
		atf_check_equal dropped "$(knock "$a")"
	done
	counts limit-per-source 3
	atf_check_equal served "$(knock 1:0:1::1)"
	for i in 1 2 3; do
		kill "$(cat "other.mute$i.pid")"
	done
	daemon_end
}

# knock address: what becomes of a client from there.
knock() {
	$net python3 -c "import socket, socks
s = socket.create_connection(('fd00:1::1', 1080), 5, ('fd00:$1', 0))
try:
    s.sendall(socks.GREETING)
    print('served' if socks.read_exactly(s, 2) else 'dropped')
except ConnectionError:
    print('dropped')"
}

daemon_case descriptors "with few descriptors clients wait, nobody spins" 90
descriptors_body() {
	cat >wrapper <<-EOT
		#!/bin/sh
		ulimit -n 64
		exec $SOCKS5D "\$@"
	EOT
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	start <<-EOT
		set relays 1
		set timeout connect 2s
		set limit per-source 1000 source-sessions off
	EOT
	# A relay's 64 less 16, two for each session.
	atf_check_equal open "$(clients open 24)"
	waiting=$(long 60 480)
	clients ask 127.0.0.1 "$TARGET" "$waiting" >/dev/null
	lazy 6 atf_check_equal 24 "$(sessions)"
	[ "$(paused)" -le 2 ] || atf_fail "too many lines"
	atf_check_equal "alive 24 dead 0" "$(clients echo)"
	clients close 4 >/dev/null
	clients reply | tr ' ' '\n' | sort | uniq -c >reps
	atf_check -o inline:"$waiting 0\n" awk '{ print $1, $2 }' reps
	clients close 20 >/dev/null
	until_is 5 0 sessions || atf_fail "sessions are left"
	# As many requests under way as there may be.
	hole=$(clients hole)
	clients ask 127.0.0.1 "$hole" 30 >/dev/null
	clients reply | tr ' ' '\n' >reps
	refused=$(grep -cx 1 reps)
	# Those that had a place, and those that only waited for it.
	[ "$refused" -gt 0 ] || atf_fail "there were places for all"
	atf_check_equal $((30 - refused)) "$(grep -cx 6 reps)"
	atf_check_equal "$refused" "$(counter limit-attempts)"
	until_is 5 "$refused" grep -c "cause=limit .*hint=\"too many pending \
connection attempts from this source\"" daemon.log ||
	    atf_fail "no line says why"
	atf_check_equal open "$(clients open 20)"
	clients close 20 >/dev/null
	daemon_end
}

daemon_case router_full "a router without descriptors waits, and recovers" 90
router_full_body() {
	start <<-EOT
		set limit per-source 1000
	EOT
	atf_check_equal open "$(clients open 3)"
	router=$(pid_of router)
	few "$router" "$(fds_of "$router")"
	clients ask 127.0.0.1 "$TARGET" 20 >/dev/null
	await daemon.log "accept paused: Too many open files" ||
	    atf_fail "nothing is said"
	lazy 6 atf_check_equal "alive 3 dead 0" "$(clients echo)"
	[ "$(paused)" -le 3 ] || atf_fail "too many lines"
	[ "$(counter accept-paused)" -ge 5 ] || atf_fail "it is not counted"
	atf_check_equal 3 "$(sessions)"
	few "$router" 1024
	atf_check_equal "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0" \
	    "$(clients reply)"
	atf_check_equal open "$(clients open 5)"
	clients close 8 >/dev/null
	daemon_end
}

daemon_case relay_full "a relay without descriptors loses what is new, no more"
relay_full_body() {
	start <<-EOT
		set relays 1
	EOT
	atf_check_equal open "$(clients open 3)"
	relay=$(pid_of relay 0)
	have=$(fds_of "$relay")
	# The client's does not fit.
	few "$relay" "$have"
	atf_check -o match:"failed" echo "$(clients open 1)"
	counts descriptors-lost 1
	# The client's fits, the target's does not.
	few "$relay" $((have + 1))
	atf_check_equal "rep 1" "$(clients open 1)"
	counts descriptors-lost 2
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	few "$relay" 1024
	atf_check_equal open "$(clients open 3)"
	atf_check_equal "alive 6 dead 0" "$(clients echo)"
	# What was refused for it is logged as such.
	until_is 5 2 grep -c "cause=no-resources" daemon.log
	clients close 6 >/dev/null
	daemon_end
}

# end_of role number: ends it and waits until another one runs.
end_of() {
	_old=$(pid_of "$1" "$2")
	kill -9 "$_old"
	await daemon.log "$1 $2 (pid $_old) was killed by signal" ||
	    atf_fail "the death of $1 is not told"
}

daemon_case channel_lost "without a descriptor for a channel both begin anew"
channel_lost_body() {
	start <<-EOT
		set relays 2
	EOT
	atf_check_equal open "$(clients open 10)"
	# The channel to a new relay does not fit into the router.
	router=$(pid_of router)
	few "$router" 3
	end_of relay 0
	wait_gone 5 "$router" || atf_fail "the router goes on without"
	until_is 10 5 sessions || atf_fail "its sessions are not adopted"
	atf_check_equal "alive 5 dead 5" "$(clients echo)"
	atf_check_equal open "$(clients open 10)"
	atf_check_equal "alive 15 dead 0" "$(clients echo)"
	# Nor that to a new router into a relay.
	relay=$(pid_of relay 1)
	few "$relay" 3
	end_of router 0
	wait_gone 5 "$relay" || atf_fail "a relay goes on without a router"
	until_is 10 2 relays_up
	clients echo >/dev/null
	atf_check_equal open "$(clients open 10)"
	clients close 25 >/dev/null
	daemon_end "killed by signal 9"
}

relays_up() {
	ctl show status | awk '$1 == "relay" && $3 != 0' | wc -l
}

daemon_case errors "no failure of accept(2) ends or stops it"
errors_body() {
	# The library fails each way once, and is loaded by a name that only
	# this daemon sees.
	cp -R /etc etc
	echo "$SRC/tools/badaccept.so" >etc/ld.so.preload
	cat >wrapper <<-EOT
		#!/bin/sh
		exec unshare -m sh -c 'mount --bind $PWD/etc /etc &&
		    exec "\$@"' sh $SOCKS5D "\$@"
	EOT
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	start </dev/null
	# One client meets them all, and is served.
	atf_check_equal open "$(clients open 1)"
	atf_check_equal 4 "$(counter accept-paused)"
	atf_check_equal 1 "$(paused)"
	atf_check_equal open "$(clients open 5)"
	atf_check_equal "alive 6 dead 0" "$(clients echo)"
	atf_check_equal 6 "$(counter sessions-accepted)"
	clients close 6 >/dev/null
	daemon_end
}
