#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Started by somebody who is not root.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=unprivileged

start() {
	port=$(freeport)
	cat >socks5d.conf <<-EOT
		set relays 2
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	daemon_respawn
	daemon_ready
	clients_start "$port"
}

# walls role: what stands around it.
walls() {
	ctl show status | awk -v role="$1" '$1 == role && $2 == 0 {
	    $1 = $2 = $3 = $4 = $5 = ""; print }'
}

daemon_case smoke "it serves, and says which walls differ"
smoke_body() {
	start
	atf_check -o ignore grep "rootless: all processes run as user" \
	    daemon.log
	atf_check -o ignore grep "Z warning: sandbox layer user missing: all \
processes: Operation not permitted (without CAP_SETUID and CAP_SETGID)" \
	    daemon.log
	atf_check -o match:'"rootless": ?true' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -j show status
	for role in router relay auth resolver control; do
		case "$(walls $role) " in
		*" user "*)	atf_fail "$role claims a user of its own" ;;
		*" filter "*)	;;
		*)		atf_fail "no filter around $role" ;;
		esac
		case "$(walls $role) " in
		*" root "*|*" landlock "*)	;;
		*)	atf_fail "$role sees the file system" ;;
		esac
		pid=$(pid_of $role)
		atf_check_equal "$(id -u)" \
		    "$(awk '$1 == "Uid:" { print $2 }' "/proc/$pid/status")"
	done
	atf_check_equal open "$(clients open 10)"
	atf_check_equal "alive 10 dead 0" "$(clients echo)"
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check_equal "alive 10 dead 0" "$(clients echo)"
	clients ask localhost "$TARGET" >/dev/null
	atf_check_equal 0 "$(clients reply)"
	clients close 10 >/dev/null
	daemon_end
}

daemon_case death "a child that dies is started again"
death_body() {
	start
	atf_check_equal open "$(clients open 10)"
	for role in router auth resolver control; do
		pid=$(pid_of $role)
		kill -9 "$pid"
		await daemon.log "$role 0 (pid $pid) was killed by signal 9" ||
		    atf_fail "the death of $role is not told"
		until_is 5 yes is_other "$role" "$pid" ||
		    atf_fail "no new $role"
	done
	atf_check_equal "alive 10 dead 0" "$(clients echo)"
	atf_check_equal open "$(clients open 2)"
	clients close 12 >/dev/null
	daemon_end "killed by signal 9"
}

is_other() {
	_new=$(pid_of "$1")
	[ -n "$_new" ] && [ "$_new" -ne 0 ] && [ "$_new" -ne "$2" ] && echo yes
}

daemon_case folder "its control socket is in a folder of its user"
folder_body() {
	port=$(freeport)
	cat >socks5d.conf <<-EOT
		listen on localhost port $port
		pass from localhost
	EOT
	mkdir -m 700 run
	XDG_RUNTIME_DIR=$PWD/run
	export XDG_RUNTIME_DIR
	"$SOCKS5D" -dv -f socks5d.conf </dev/null 2>daemon.log &
	echo $! >daemon.pid
	await daemon.log ready || atf_fail "it did not start"
	[ -S run/socks5d.sock ] || atf_fail "the socket is not there"
	atf_check -o match:"generation 1" "$SOCKS5CTL" show status
	kids=$(ps -o pid= --ppid "$(cat daemon.pid)")
	atf_check -o ignore "$SOCKS5CTL" stop
	wait_gone 5 "$(cat daemon.pid)" $kids || atf_fail "it does not end"
	[ ! -e run/socks5d.sock ] || atf_fail "the socket is left"
	rm daemon.pid
}

daemon_case refusals "what takes root is refused in so many words"
refusals_body() {
	port=$(freeport)
	cat >socks5d.conf <<-EOT
		listen on 127.0.0.1 port 7
		pass from localhost
	EOT
	atf_check -s exit:1 -o empty \
	    -e match:"socks5d.conf:1: listen on 127.0.0.1:7: Permission" \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	[ ! -e ctl ] || atf_fail "the control socket is left"
	sed -i "s/port 7/port $port/" socks5d.conf
	chmod 000 socks5d.conf
	atf_check -s exit:1 -o empty \
	    -e match:"socks5d.conf: Permission denied" \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	chmod 600 socks5d.conf
	mkdir -m 500 closed
	atf_check -s exit:1 -o empty \
	    -e match:"control socket $PWD/closed/ctl: Permission denied" \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/closed/ctl"
}

daemon_case bare "with the filter alone it starts, and says what is missing"
bare_body() {
	DAEMON=$(realpath "$SOCKS5D")
	cat >bare.sh <<-EOF
		#!/bin/sh
		exec "$SRC/tools/refuse" EPERM unshare \
		    landlock_create_ruleset -- "$DAEMON" "\$@"
	EOF
	chmod +x bare.sh
	SOCKS5D=$PWD/bare.sh
	start
	for wall in user root landlock userns bounding; do
		atf_check -o ignore grep -E "Z warning: sandbox layer $wall missing: \
all processes: (Operation not|No such)" daemon.log
	done
	atf_check_equal open "$(clients open 3)"
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	clients close 3 >/dev/null
	daemon_end
	echo "set require all" >>socks5d.conf
	atf_check -s exit:1 -o ignore -e match:"required sandbox layer \
missing: user: Operation not permitted" "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
}

daemon_case processes "a limit of processes that it meets at once"
processes_body() {
	cat >socks5d.conf <<-EOT
		listen on 127.0.0.1 port $(freeport)
		pass from localhost
	EOT
	atf_check -s exit:1 -o empty \
	    -e match:"cannot start .*: fork: Resource temporarily unavailable" \
	    prlimit --nproc=1:1 "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	[ ! -e ctl ] || atf_fail "the control socket is left"
}
