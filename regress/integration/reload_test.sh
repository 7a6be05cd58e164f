#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Reload: all of the new config or nothing, and nobody notices.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root

# As ctl, for atf_check, which runs no functions.
CTL="$SOCKS5CTL -s $PWD/ctl"

# The config on standard input is new; ${port} and so on are in it already.
config() {
	cat >socks5d.conf
}

# The usual daemon and clients.
start() {
	daemon_respawn
	daemon_ready
	clients_start "$port"
}

# What the tests begin with.
usual() {
	echo "set relays 2"
	echo "listen on 127.0.0.1 port $port name door"
	echo "pass from localhost to { any, <internal> } label all"
}

# reloaded [generation]: it works, and says so.
reloaded() {
	# A config may call for a warning, of logins that nobody needs now.
	atf_check -e not-match:"fail" -o match:"generation ${1:-}" $CTL reload
}

# refused text: reload fails, says why, and changes nothing.
refused() {
	before=$(probe)
	atf_check -s exit:1 -o empty -e match:"$1" \
	    -e match:"the config in force stays" $CTL reload
	atf_check_equal "$before" "$(probe)"
	# The same without anybody who asks.
	n=$(grep -c "reload failed" daemon.log)
	kill -HUP "$(cat daemon.pid)"
	await -n $((n + 1)) daemon.log "reload failed" ||
	    atf_fail "SIGHUP did not fail"
	atf_check_equal "$before" "$(probe)"
}

# probe: all that can be seen of the config in force.
probe() {
	ctl show status | sed -n 's/, in force.*//; /^config/p'
	children
	ctl show rules | sed 's/  matches:.*//'
	ss -Hltnp | grep "\"socks5d\",pid=$(cat daemon.pid),"
	for p in "$TARGET" 1; do
		clients ask 127.0.0.1 $p >/dev/null
		clients reply
	done
	ls -di ctl
}

# inode port: of the listener there.
inode() {
	sockets -lt "sport = :$1" | sed 's/.* ino:\([0-9]*\).*/\1/'
}

daemon_case load "20 reloads under load: no session notices" 120
load_body() {
	port=$(freeport)
	usual | config
	start
	atf_check_equal open "$(clients open 20)"
	ino=$(inode "$port")
	clients load >/dev/null
	for i in 1 2 3 4 5 6 7 8 9 10; do
		clients count 10 >/dev/null
		reloaded $((2 * i))
		clients count 10 >/dev/null
		kill -HUP "$(cat daemon.pid)"
		await daemon.log "config generation $((2 * i + 1)) is in force"
	done
	rest=$(clients rest)
	case $rest in
	*" refused 0 reps 0 broken 0 transfers 2 lost 0") ;;
	*) atf_fail "$rest" ;;
	esac
	atf_check_equal "alive 20 dead 0" "$(clients echo)"
	atf_check_equal "$ino" "$(inode "$port")"
	clients close 20 >/dev/null
	daemon_end
}

daemon_case listeners "listeners come, stay, move and go"
listeners_body() {
	set -- $(freeport 3)
	port=$1 second=$2 third=$3
	usual | config
	start
	ino=$(inode "$port")
	{ usual; echo "listen on 127.0.0.1 port $second name back"; } | config
	reloaded
	through "$second" || atf_fail "the new listener does not work"
	through "$port" || atf_fail "the old listener does not work"
	atf_check_equal "$ino" "$(inode "$port")"
	ino=$(inode "$second")
	atf_check_equal open "$(clients open 3)"
	ports=$(clients ports)
	# The first moves; those who came by it stay.
	usual | sed "s/port $port/port $third/" | config
	echo "listen on 127.0.0.1 port $second name back" >>socks5d.conf
	reloaded
	until_is 5 no is_open "$port" || atf_fail "the old listener is open"
	through "$third" || atf_fail "the moved listener does not work"
	atf_check_equal "$ino" "$(inode "$second")"
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	clients close 3 >/dev/null
	until_is 5 0 sessions
	for p in $ports; do
		await daemon.log "client=127.0.0.1:$p listener=door " ||
		    atf_fail "the name of a closed listener is lost"
	done
	# Another name for the same socket.
	sed -i "s/name back/name side/" socks5d.conf
	echo "block on side" >>socks5d.conf
	reloaded
	if through "$second"; then
		atf_fail "the new name has no meaning"
	fi
	atf_check_equal "$ino" "$(inode "$second")"
	usual | config
	reloaded
	daemon_end
}

is_open() {
	listens "$1" && echo yes || echo no
}

# through port [address]: a session by that listener works.
through() {
	python3 - "$1" "$TARGET" "${2:-127.0.0.1}" <<-EOT
		import sys
		import socks
		with socks.connect(int(sys.argv[1]), sys.argv[3]) as s:
		    assert socks.handshake(s, "127.0.0.1",
		        int(sys.argv[2]))[0] == 0
		    s.sendall(b"x")
		    assert socks.read_exactly(s, 1) == b"x"
	EOT
}

daemon_case wrong "a wrong file changes nothing, and it is said why"
wrong_body() {
	port=$(freeport)
	usual | config
	start
	{
		usual
		echo "block to localhost port $TARGET"
		echo "nonsense"
	} | config
	refused "socks5d.conf:5: nonsense"
	{ usual; echo "include \"$PWD/missing\""; } | config
	refused "socks5d.conf:4: .*missing"
	echo "pass from 1.2.3.4.5" >part
	{ usual; echo "include \"$PWD/part\""; } | config
	refused "$PWD/part:1: 1.2.3.4.5"
	echo "pass from localhost" | config
	refused "listen on"
	{ usual; echo "listen on * port $(freeport)"; } | config
	sed -i 's/ from localhost//' socks5d.conf
	refused "socks5d.conf:[0-9]*: .*open"
	{ usual; echo 'control "/nowhere" group "no_such_group"'; } | config
	refused "no_such_group"
	usual | config
	chmod 664 socks5d.conf
	refused "socks5d.conf: writable by others"
	rm socks5d.conf
	refused "socks5d.conf: No such file"
	usual | config
	reloaded 2
	daemon_end
}

daemon_case remembered_failure "a reload that failed is shown until one does not"
remembered_failure_body() {
	port=$(freeport)
	usual | config
	start
	atf_check -o not-match:"^reload:" $CTL show status
	{ echo; echo "passs"; usual; } | config
	kill -HUP "$(cat daemon.pid)"
	await daemon.log "reload failed" || atf_fail "it does not fail"
	atf_check -s exit:1 -e empty -o match:"^reload:    failed [0-9]+s ago: \
socks5d.conf:2: passs: " $CTL show status
	atf_check -s exit:1 -o save:status $CTL show status -j
	atf_check python3 -c "
import json
s = json.load(open('status'))
assert s['reload_error'].startswith('socks5d.conf:2: passs: '), s
assert 0 <= s['reload_error_age_ms'] < 3600000, s"
	# Another reason, by somebody who asks and is told.
	usual | sed 's/^listen.*/&\nset chroot "\/nowhere"/' | config
	atf_check -s exit:1 -e ignore $CTL reload
	atf_check -s exit:1 -o match:"^reload:    failed .* ago: set chroot: " \
	    $CTL show status
	usual | config
	reloaded
	atf_check -o not-match:"^reload:" $CTL show status
	atf_check -o match:'"reload_error":null' $CTL show status -j
	daemon_end
}

daemon_case taken "a port that is taken refuses all of it"
taken_body() {
	set -- $(freeport 2)
	port=$1
	usual | config
	start
	{
		usual
		echo "listen on 127.0.0.1 port $2"
		echo "listen on 127.0.0.1 port $TARGET"
		echo "block"
	} | config
	refused "socks5d.conf:5: .*$TARGET: Address already in use"
	atf_check_equal no "$(is_open "$2")"
	daemon_end
}

# wide: the config with all addresses of one family where usual has one.
wide() {
	usual | sed 's/on 127.0.0.1 \(.*\) door/on 0.0.0.0 \1 wide/'
}

daemon_case wide "from one address to all of them and back, and nobody notices" 120 1800
wide_body() {
	port=$(freeport)
	usual | config
	start
	atf_check_equal open "$(clients open 5)"
	clients load >/dev/null
	for i in $(seq "$(long 10 60)"); do
		wide | config
		reloaded
		through "$port" 127.0.0.2 || atf_fail "not at all addresses"
		clients count 10 >/dev/null
		usual | config
		reloaded
		clients count 10 >/dev/null
		if through "$port" 127.0.0.2; then
			atf_fail "still at all addresses"
		fi
	done
	rest=$(clients rest)
	case $rest in
	*" refused 0 reps 0 broken 0 transfers 2 lost 0") ;;
	*) atf_fail "$rest" ;;
	esac
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	clients close 5 >/dev/null
	fds_settle
	daemon_end
}

daemon_case part "who keeps its socket in another listener has all of that one's"
part_body() {
	port=$(freeport)
	python3 "$SRC/cases/login.py" users users
	usual | config
	start
	{
		wide | sed 's/wide/& auth required/'
		echo "users \"$PWD/users\""
		echo "set auth throttle off"
		echo "block on wide port 1"
	} | config
	reloaded
	atf_check_equal "05ff 05ff 0502 0502 method 0 login: " "$(door "$port")"
	await daemon.log "listener=wide user=bob" ||
	    atf_fail "the listener has its old name"
	# And once more, now that the one socket is a part of the other.
	{ wide; echo "users \"$PWD/users\""; } | config
	reloaded
	atf_check_equal "05ff 0500 05ff 0500 0 method method " "$(door "$port")"
	usual | config
	reloaded
	if through "$port" 127.0.0.2; then
		atf_fail "still at all addresses"
	fi
	through "$port" || atf_fail "the one address is lost"
	fds_settle
	daemon_end
}

daemon_case failing "a move that fails later changes nothing"
failing_body() {
	port=$(freeport)
	bad="table <t> address file \"$PWD/table\""
	: >table
	{ usual; echo "$bad"; } | config
	start
	usual | config
	reloaded
	fds_settle
	echo "name" >table
	{ wide; echo "$bad"; echo "block to <t>"; } | config
	refused "$PWD/table:1"
	refused "$PWD/table:1"
	if through "$port" 127.0.0.2; then
		atf_fail "at all addresses"
	fi
	wide | config
	reloaded
	{ usual; echo "$bad"; echo "block to <t>"; } | config
	refused "$PWD/table:1"
	through "$port" 127.0.0.2 || atf_fail "not at all addresses"
	usual | config
	reloaded
	# Nobody else may be beside it, then or now.
	beside() {
		python3 - "$port" "$1" <<-EOT
			import os, socket, sys
			os.setuid(65534)
			s = socket.socket()
			for o in socket.SO_REUSEADDR, socket.SO_REUSEPORT:
			    s.setsockopt(socket.SOL_SOCKET, o, 1)
			try:
			    s.bind((sys.argv[2], int(sys.argv[1])))
			    s.listen()
			    print("free")
			except OSError:
			    print("taken")
		EOT
	}
	atf_check_equal taken "$(beside 127.0.0.1)"
	atf_check_equal taken "$(beside 0.0.0.0)"
	wide | config
	reloaded
	atf_check_equal taken "$(beside 127.0.0.2)"
	usual | config
	reloaded
	daemon_end
}

daemon_case beside "one address and all of them, side by side"
beside_body() {
	port=$(freeport)
	both() {
		usual | sed "s/^listen.*/listen on $1 port $port name $2\\
listen on $3 port $port name $4/"
		echo "block on wide port 1"
	}
	for order in "127.0.0.1 door 0.0.0.0 wide" \
	    "0.0.0.0 wide 127.0.0.1 door"; do
		both $order | config
		atf_check -o ignore -e match:OK "$SOCKS5D" -n -f socks5d.conf
		target echo
		daemon_respawn
		daemon_ready
		through "$port" || atf_fail "the one address"
		await daemon.log "listener=door user=- rule=socks5d" ||
		    atf_fail "not by its own listener"
		through "$port" 127.0.0.2 || atf_fail "another address"
		await daemon.log "listener=wide user=- rule=socks5d" ||
		    atf_fail "not by that of all"
		for i in 1 2; do
			wide | config
			reloaded
			through "$port" || atf_fail "the one address"
			both $order | config
			reloaded
			through "$port" || atf_fail "the one address"
		done
		daemon_end
		rm daemon.log
	done
}

daemon_case six "the same with IPv6, and with both at once"
six_body() {
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 || atf_skip "there is no ::1"
	port=$(freeport)
	both() {
		usual | sed "s/on 127.0.0.1 /on $1 /"
	}
	both localhost | config
	start
	for i in 1 2 3; do
		both "*" | config
		reloaded
		for a in ::1 127.0.0.1 127.0.0.2; do
			through "$port" $a || atf_fail "* is not at $a"
		done
		both localhost | config
		reloaded
		through "$port" ::1 || atf_fail "not at ::1"
		through "$port" || atf_fail "not at 127.0.0.1"
		both :: | config
		reloaded
		through "$port" ::1 || atf_fail ":: is not at ::1"
		if through "$port"; then
			atf_fail ":: is for IPv4"
		fi
		both ::1 | config
		reloaded
		through "$port" ::1 || atf_fail "not at ::1"
		both localhost | config
		reloaded
	done
	daemon_end
}

up_children() {
	children | grep -c '[1-9]'
}

# parent_fds: how many descriptors the parent has.
parent_fds() {
	ls "/proc/$(cat daemon.pid)/fd" | wc -l
}

daemon_case users "the file of users: all of the new one or all of the old"
users_body() {
	set -- $(freeport 2)
	port=$1 second=$2
	umask 077
	usual | config
	start
	kids=$(up_children)
	fds=$(parent_fds)
	logins() {
		usual
		echo "users \"$PWD/users\""
		echo "listen on 127.0.0.1 port $second auth required"
	}
	logins | config
	refused "users $PWD/users: No such file"
	echo "# nobody" >users
	chmod 604 users
	refused "users $PWD/users: readable by others"
	chmod 600 users
	chown nobody users
	refused "users $PWD/users: owned by another user"
	chown root users
	echo "alice:planted" >>users
	refused "$PWD/users:2: hash: "
	if grep -q planted daemon.log; then
		atf_fail "a hash is in the log"
	fi
	atf_check_equal no "$(is_open "$second")"
	atf_check_equal "$fds" "$(parent_fds)"
	# The file is right at last, then not any more.
	echo "# nobody" >users
	reloaded
	until_is 20 $((kids + 2)) up_children || atf_fail "nobody hashes"
	fds_settle
	atf_check_equal yes "$(is_open "$second")"
	fds=$(parent_fds)
	echo "no colon" >>users
	refused "$PWD/users:2: no colon"
	rm users
	refused "users $PWD/users: No such file"
	echo "# nobody" >users
	reloaded
	reloaded
	atf_check_equal "$fds" "$(parent_fds)"
	logins | sed "s/ auth required//; /^users/d" | config
	reloaded
	usual | config
	reloaded
	fds_settle
	daemon_end
}

# door port: what a listener answers to four offers, then the reply to a client
# without a login, with a right one and with a wrong one, or why there is none.
door() {
	python3 - "$1" "$TARGET" <<-EOT
		import sys
		import socks
		port, target = map(int, sys.argv[1:])
		for offer in b"", b"\0", b"\2", b"\0\2":
		    with socks.connect(port) as s:
		        s.sendall(b"\5" + bytes([len(offer)]) + offer)
		        print(socks.read_exactly(s, 2).hex(), end=" ")
		for user in None, (b"bob", b"builder"), (b"bob", b"miner"):
		    with socks.connect(port) as s:
		        try:
		            print(socks.handshake(s, "127.0.0.1", target,
		                user=user)[0], end=" ")
		        except (ValueError, PermissionError) as e:
		            print(str(e).split()[0], end=" ")
	EOT
}

daemon_case auth "a listener that stays asks for the login that is wanted" 120
auth_body() {
	port=$(freeport)
	python3 "$SRC/cases/login.py" users users
	mode() {
		echo "set auth throttle off"
		echo "users \"$PWD/users\""
		usual | sed "s/name door/& auth $1/"
	}
	none="05ff 0500 05ff 0500 0 method method "
	optional="05ff 0500 0502 0502 0 0 login: "
	required="05ff 05ff 0502 0502 method 0 login: "
	mode none | config
	start
	ino=$(inode "$port")
	atf_check_equal "$none" "$(door "$port")"
	atf_check_equal open "$(clients open 3)"
	# From each to each other one.
	for to in required none optional required optional none; do
		mode $to | config
		reloaded
		eval "want=\$$to"
		atf_check_equal "$want" "$(door "$port")"
		case $to in
		required)
			atf_check -s exit:1 -o match:"requires a login" $CTL \
			    test connect 127.0.0.1 80
			;;
		*)
			atf_check -o match:"pass" $CTL \
			    test connect 127.0.0.1 80
			;;
		esac
		atf_check_equal "$ino" "$(inode "$port")"
		atf_check_equal "alive 3 dead 0" "$(clients echo)"
	done
	clients close 3 >/dev/null
	fds_settle
	daemon_end
}

daemon_case order "listeners are in the order of the new file"
order_body() {
	set -- $(freeport 2)
	port=$1 open="listen on 127.0.0.1 port $1 name door"
	strict="listen on 127.0.0.1 port $2 name door auth required"
	python3 "$SRC/cases/login.py" users users
	lines() {
		usual | sed '/^listen/d'
		printf '%s\n' "users \"$PWD/users\"" "$@"
	}
	lines "$open" "$strict" | config
	start
	# Of listeners with one name the first is meant.
	for i in 1 2; do
		atf_check -o match:pass $CTL test on door connect 127.0.0.1 80
		lines "$strict" "$open" | config
		reloaded
		atf_check -s exit:1 -o match:"requires a login" $CTL \
		    test on door connect 127.0.0.1 80
		lines "$open" "$strict" | config
		reloaded
	done
	daemon_end
}

daemon_case times "open sessions may be idle for as long as is set now"
times_body() {
	port=$(freeport)
	usual | config
	start
	set_times() {
		{ usual; echo "set timeout $1"; } | config
		reloaded
	}
	atf_check_equal open "$(clients open 5)"
	set_times "idle 20m"
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	set_times "idle 500ms"
	until_is 20 0 sessions || atf_fail "they are still idle"
	until_is 5 5 grep -c cause=idle-timeout daemon.log ||
	    atf_fail "they ended for another reason"
	# For some their rule has the last word, and these come first.
	own() {
		usual | sed 's/label all/timeout idle 1h &/'
		echo "set timeout idle $1"
		echo "pass from localhost to 127.0.0.1 port $TARGET"
	}
	target echo
	own 20m | config
	reloaded
	atf_check_equal open "$(clients open 3)"
	own 300ms | config
	reloaded
	python3 - "$port" "$TARGET" <<-EOT || atf_fail "not idle"
		import sys
		import socks
		with socks.session(int(sys.argv[1]), "127.0.0.1",
		        int(sys.argv[2])) as s:
		    s.settimeout(20)
		    try:
		        sys.exit(s.recv(1) != b"")
		    except ConnectionResetError:
		        pass
	EOT
	atf_check_equal "alive 3 dead 5" "$(clients echo)"
	clients close 8 >/dev/null
	daemon_end
}

daemon_case remembered "a login is remembered for as long as is set now"
remembered_body() {
	port=$(freeport)
	python3 "$SRC/cases/login.py" users users
	keep() {
		usual | sed "s/name door/& auth required/"
		echo "users \"$PWD/users\""
		echo "set auth cache $1"
	}
	keep 1h | config
	start
	enter() {
		python3 -c "
import login, sys
sys.exit(not login.try_login($port, b'bob', b'builder'))" ||
		    atf_fail "bob is not let in"
	}
	enter
	enter
	atf_check_equal 1 "$(counter logins-cached)"
	keep 2h | config
	reloaded
	enter
	atf_check_equal 2 "$(counter logins-cached)"
	keep 0s | config
	reloaded
	enter
	atf_check_equal 2 "$(counter logins-cached)"
	daemon_end
}

daemon_case fixed "what processes were born with is refused"
fixed_body() {
	port=$(freeport)
	usual | config
	start
	{ usual; echo 'set user "nobody"'; } | config
	refused "set user: cannot change"
	{ usual; echo 'set chroot "/var/empty"'; } | config
	refused "set chroot: cannot change"
	daemon_end
}

daemon_case relays "more relays come, fewer wait for a restart"
relays_body() {
	port=$(freeport)
	usual | config
	start
	atf_check_equal open "$(clients open 4)"
	usual | sed 's/relays 2/relays 4/' | config
	reloaded
	until_is 5 4 relays || atf_fail "there are no more relays"
	until_is 5 0 starting
	atf_check_equal open "$(clients open 8)"
	atf_check_equal "alive 12 dead 0" "$(clients echo)"
	for r in 0 1 2 3; do
		ctl show sessions | awk -v r=$r 'NR > 1 && $2 == r' >on
		atf_check_equal 3 "$(wc -l <on)"
	done
	usual | sed 's/relays 2/relays 1/' | config
	reloaded
	await daemon.log "set relays 1: 4 run" || atf_fail "nothing is said"
	atf_check_equal 4 "$(relays)"
	atf_check_equal "alive 12 dead 0" "$(clients echo)"
	clients close 12 >/dev/null
	fds_settle
	daemon_end
}

relays() {
	ctl show status | grep -c '^relay '
}

# How many children have no walls yet.
starting() {
	ctl show status | awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ && NF < 6' | wc -l
}

daemon_case counters "numbers of rules that stay go on"
counters_body() {
	port=$(freeport)
	nameserver <<-EOT
		slow.test delay=1500 a=127.0.0.1
	EOT
	usual2() {
		usual
		echo "resolver { nameserver 127.0.0.1 port $DNS }"
		echo "block to localhost port 1 label one"
	}
	usual2 | config
	start
	atf_check_equal open "$(clients open 5)"
	clients ask 127.0.0.1 1 >/dev/null
	atf_check_equal 2 "$(clients reply)"
	atf_check_equal "6 5 5" "$(numbers all)"
	atf_check_equal "1 1 0" "$(numbers one)"
	# A request on its way keeps the rule that passed it.
	clients ask slow.test "$TARGET" >/dev/null
	{ echo "block port 7 label new"; usual2; } | config
	reloaded
	atf_check_equal "6 5 5" "$(numbers all)"
	atf_check_equal "1 1 0" "$(numbers one)"
	atf_check_equal "0 0 0" "$(numbers new)"
	atf_check_equal 0 "$(clients reply)"
	until_is 5 "7 6 6" numbers all
	await daemon.log "target=slow.test:"
	grep "target=slow.test" daemon.log >line
	atf_check -o match:" label=all .* rep=0 " cat line
	# One that changed begins anew, sessions of the old one go on.
	usual2 | sed 's/label all/label most/' | config
	reloaded
	atf_check_equal "0 0 0" "$(numbers most)"
	atf_check_equal "1 1 0" "$(numbers one)"
	atf_check_equal "alive 5 dead 0" "$(clients echo)"
	clients close 5 >/dev/null
	until_is 5 5 grep -c 'label=all .* up=1 ' daemon.log
	atf_check_equal "0 0 0" "$(numbers most)"
	daemon_end
}

# numbers label: matches, decisions and sessions of that rule.
numbers() {
	ctl -j show rules | python3 -c 'import json, sys
for r in json.load(sys.stdin)["rules"]:
    if r["label"] == sys.argv[1]:
        print(r["matches"], r["decisions"], r["sessions"])' "$1"
}

daemon_case hosts "the hosts file is read again"
hosts_body() {
	port=$(freeport)
	# Files of its own in the place of the system's.
	cat >wrapper <<-EOT
		#!/bin/sh
		exec unshare -m sh -c 'mount --bind $PWD/hosts /etc/hosts &&
		    mount --bind $PWD/resolv /etc/resolv.conf &&
		    exec "\$@"' sh $SOCKS5D "\$@"
	EOT
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
	echo "127.0.0.1 h.test" >hosts
	echo "nameserver 127.0.0.99" >resolv
	usual | config
	start
	atf_check_equal 0 "$(asked h.test)"
	atf_check_equal 1 "$(asked g.test)"
	echo "127.0.0.1 g.test" >hosts
	atf_check_equal 0 "$(asked h.test)"
	reloaded
	atf_check_equal 0 "$(asked g.test)"
	atf_check_equal 1 "$(asked h.test)"
	daemon_end
}

asked() {
	clients ask "$1" "$TARGET" >/dev/null
	clients reply
}

daemon_case together "all that is asked for in a reload is one reload after it"
together_body() {
	port=$(freeport)
	: >users
	chmod 600 users
	with_users | config
	start
	relay=$(pid_of relay 0)
	kill -STOP "$relay"
	kill -HUP "$(cat daemon.pid)"
	# From here on it has read what it will bring into force.
	until_is 20 2 users_open || atf_fail "the file is not read"
	with_users | sed 's/label all/label later/' | config
	for ask in reload "reload revoke" reload; do
		n=$(ls -d out.* 2>/dev/null | wc -l)
		ctl $ask >out.$n 2>err.$n &
		echo $! >other.ask$n.pid
		await -n $((n + 1)) daemon.log "waiting: another reload" ||
		    atf_fail "it is not remembered"
	done
	kill -HUP "$(cat daemon.pid)"
	await -n 4 daemon.log "waiting: another reload" || atf_fail "by SIGHUP"
	echo pass | ctl user add alice >out.user 2>err.user &
	echo $! >other.user.pid
	await err.user "waiting: a reload is under way" || atf_fail "a user"
	kill -CONT "$relay"
	wait "$(cat other.user.pid)" || atf_fail "no user: $(cat err.user)"
	for n in 0 1 2; do
		wait "$(cat other.ask$n.pid)" || atf_fail "$(cat err.$n)"
		atf_check -o match:"generation 3 is in force" cat out.$n
		atf_check -o match:"^socks5ctl: reload: waiting: another reload \
is under way" cat err.$n
	done
	# The stronger wish is for all, and told to who had it.
	atf_check -o match:"judged again: 0, ended: 0" cat out.1
	atf_check -o match:"label \"later\"" $CTL show rules
	atf_check -o match:"^alice" cut -d: -f1 users
	reloaded 4
	daemon_end
}

with_users() {
	echo "users \"$PWD/users\""
	usual | sed 's/name door/& auth optional/'
}

users_open() {
	ls -l "/proc/$(cat daemon.pid)/fd" | grep -c "$PWD/users\$"
}

daemon_case burst "after many signals the last file is in force" 120
burst_body() {
	port=$(freeport)
	# To read this again takes longer than all that is done here.
	seq -f "host%.0f.example.com" 100000 >names
	{
		usual
		echo "table <names> domain file \"$PWD/names\""
		echo "block to domain <names>"
	} | config
	start
	n=$(long 50 2000)
	python3 - "$(cat daemon.pid)" "$n" <<-EOT
		import os, signal, sys
		text = open("socks5d.conf").read()
		for i in range(int(sys.argv[2])):
		    with open("next", "w") as f:
		        f.write(text.replace("label all", "label n%d" % (i + 1)))
		    os.chmod("next", 0o600)
		    os.replace("next", "socks5d.conf")
		    os.utime("names")
		    os.kill(int(sys.argv[1]), signal.SIGHUP)
	EOT
	until_is 60 "n$n" label || atf_fail "an older file is in force"
	daemon_end
}

label() {
	ctl show rules | sed -n 's/.* label "\(n[0-9]*\)".*/\1/p'
}

daemon_case early "what comes while the daemon starts is done as well"
early_body() {
	port=$(freeport)
	seq -f "host%.0f.example.com" 200000 >names
	names() {
		usual
		echo "table <names> domain file \"$PWD/names\""
		echo "block to domain <names>"
	}
	names | config
	daemon_respawn
	# The loader is the first; the file was read before.
	until_is 20 1 children_of || atf_fail "no loader"
	names | sed 's/label all/label n1/' >next
	mv next socks5d.conf
	kill -HUP "$(cat daemon.pid)"
	daemon_ready
	until_is 60 n1 label || atf_fail "the older file is in force"
	daemon_end
}

children_of() {
	ps -o pid= --ppid "$(cat daemon.pid)" | grep -c .
}

daemon_case joined "a child that starts meanwhile takes part in it"
joined_body() {
	port=$(freeport)
	usual | config
	start
	resolver=$(pid_of resolver)
	# After its second death it is away for a second.
	kill -KILL "$(pid_of relay 0)"
	await -n 2 daemon.log "relay 0 is ready" || atf_fail "it is not back"
	relay=$(pid_of relay 0)
	kill -STOP "$resolver"
	kill -KILL "$relay"
	await daemon.log "relay 0 will start again" || atf_fail "no delay"
	kill -HUP "$(cat daemon.pid)"
	await -n 3 daemon.log "relay 0 is ready" || atf_fail "it is not back"
	kill -CONT "$resolver"
	await daemon.log "generation 2 is in force" || atf_fail "no reload"
	atf_check -o match:"^relay .* 2  " $CTL show status
	atf_check_equal open "$(clients open 4)"
	clients close 4 >/dev/null
	if grep "ended with" daemon.log; then
		atf_fail "it died of the reload"
	fi
	daemon_end "killed by signal 9"
}

daemon_case hung "a child that does not answer refuses it"
hung_body() {
	port=$(freeport)
	: >users
	chmod 600 users
	with_users | config
	start
	relay=$(pid_of relay 0)
	kill -STOP "$relay"
	atf_check -s exit:1 \
	    -e match:"relay 0 \(pid $relay\) did not answer in time" $CTL reload
	kill -CONT "$relay"
	# Its late answer is to nothing.
	reloaded
	atf_check_equal open "$(clients open 4)"
	clients close 4 >/dev/null
	# And one that dies.
	relay=$(pid_of relay 1)
	kill -STOP "$relay"
	kill -HUP "$(cat daemon.pid)"
	# From here on it has been sent, and is waited for.
	until_is 20 2 users_open || atf_fail "the file is not read"
	kill -9 "$relay"
	await daemon.log "reload failed: relay 1 (pid $relay) d" ||
	    atf_fail "a reload without a child"
	until_is 5 0 starting
	reloaded
	atf_check_equal open "$(clients open 4)"
	atf_check_equal "alive 4 dead 0" "$(clients echo)"
	clients close 4 >/dev/null
	daemon_end "killed by signal 9"
}

daemon_case socket "the control socket moves"
socket_body() {
	port=$(freeport)
	# Without -s, so that the config has its say.
	{ usual; echo "control \"$PWD/ctl\""; } | config
	"$SOCKS5D" -dv -f socks5d.conf </dev/null 2>>daemon.log &
	echo $! >daemon.pid
	daemon_ready
	{ usual; echo "control \"$PWD/ctl2\""; } | config
	reloaded
	[ ! -e ctl ] || atf_fail "the old socket is left"
	CTL="$SOCKS5CTL -s $PWD/ctl2"
	atf_check -o match:"generation 2" $CTL show status
	# To where a file is: nothing changes.
	echo "precious" >file
	{ usual; echo "control \"$PWD/file\""; echo "block"; } | config
	atf_check -s exit:1 -e match:"control socket $PWD/file" $CTL reload
	atf_check -o inline:"precious\n" cat file
	atf_check -s exit:1 -o match:"generation 2" $CTL show status
	# Another group on the same socket.
	ino=$(stat -c %i ctl2)
	{ usual; echo "control \"$PWD/ctl2\" group nogroup"; } | config
	reloaded
	atf_check_equal "$ino srw-rw---- nogroup" "$(stat -c '%i %A %G' ctl2)"
	{ usual; echo "control \"$PWD/ctl2\""; } | config
	reloaded
	atf_check_equal "$ino srw------- root" "$(stat -c '%i %A %G' ctl2)"
	# The same socket by another path.
	ln -s . link
	{ usual; echo "control \"$PWD/link/ctl2\""; } | config
	reloaded
	atf_check_equal "$ino srw------- root" "$(stat -c '%i %A %G' ctl2)"
	{ usual; echo "control \"$PWD/ctl\""; } | config
	reloaded
	[ ! -e ctl2 ] || atf_fail "the old socket is left"
	daemon_end
}

daemon_case names "a role that comes later has a user, whoever answers for names"
names_body() {
	cp /etc/passwd passwd
	private_host
	$INSIDE mount --bind "$PWD/passwd" /etc/passwd
	port=1080
	usual | config
	daemon_respawn
	daemon_ready
	# Nobody of ours is known any more.
	sed '/socks5d/d' /etc/passwd | $INSIDE tee /etc/passwd >/dev/null
	{
		echo 'table <later> address { 192.0.2.1 }'
		usual | sed 's/relays 2/relays 3/'
		echo 'block to <later>'
	} | config
	reloaded 2
	until_is 10 3 relays || atf_fail "a relay has not come"
	atf_check -s exit:1 grep "no such user" daemon.log
	daemon_quit
}

relays() {
	ctl show status | awk '$1 == "relay" && $3 > 0' | grep -c .
}
