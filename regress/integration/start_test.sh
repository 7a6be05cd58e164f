#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The start: what must be refused, what it says, and how it goes right.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root

# A config that is right but for the lines on standard input.
config() {
	freeport >port
	{
		cat
		echo "listen on 127.0.0.1 port $(cat port)"
		echo "pass from localhost"
	} >socks5d.conf
}

# refused text [options]: does not start, says so in one line, leaves nothing.
refused() {
	text=$1
	shift
	: >daemon.log
	timeout 20 setsid -w sh -c 'echo $$ >sid; exec "$@"' sh \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl" "$@" \
	    </dev/null >daemon.out 2>daemon.log
	atf_check_equal 1 $?
	grep -qF "$text" daemon.log || atf_fail "no \"$text\" in its log"
	[ "$(wc -l <daemon.log)" -eq 1 ] || atf_fail "more than one line"
	[ ! -e ctl ] || atf_fail "a control socket is left"
	if listens "$(cat port)"; then
		atf_fail "a listener is left"
	fi
	[ -z "$(ps -s "$(cat sid)" -o pid=)" ] || atf_fail "a process is left"
}

daemon_case users "users who do not exist or are root are refused"
users_body() {
	echo 'set user "no_such_user"' | config
	refused "user no_such_user: no such user"
	echo 'set user "root"' | config
	refused "user root: is root"
}

daemon_case chroots "a root folder that is not ours alone is refused"
chroots_body() {
	# Not below the test's folder, which need not be root's.
	echo "set chroot \"$PWD/root\"" | config
	refused "chroot $PWD/root: No such file"
	echo >root
	refused "chroot $PWD/root: Not a directory"
	rm root
	mkdir empty
	ln -s empty root
	refused "chroot $PWD/root: "
	rm root
	mkdir -m 755 root
	chown nobody root
	refused "chroot $PWD/root: must belong to root"
	chown root root
	chmod 775 root
	refused "writable by nobody else"
	chmod 757 root
	refused "writable by nobody else"
	chmod 755 root
	echo >root/file
	refused "chroot $PWD/root: must be empty"
	rm root/file
	mkdir root/folder
	refused "chroot $PWD/root: must be empty"
	rmdir root/folder
	daemon_respawn
	daemon_ready
	daemon_end
}

daemon_case addresses "addresses that are taken or not ours are refused"
addresses_body() {
	target echo
	echo "listen on 127.0.0.1 port $TARGET" | config
	refused "socks5d.conf:1: listen on 127.0.0.1:$TARGET: Address already \
in use: another program listens there; ss -tlnp shows which"
	echo "listen on ::1 port $TARGET" | config
	refused "socks5d.conf:1: listen on [::1]:$TARGET: Address already"
	echo "listen on 192.0.2.1 port $(freeport)" | config
	refused ": this host has no such address (yet); ip addr shows those"
	refused "socks5d.conf:1: listen on 192.0.2.1"
}

# first ports: how often -n refuses them as below the first, and takes them.
below() {
	echo "listen on 127.0.0.1 port 9 udp port $2" | config
	sed 's/udp/bind/' socks5d.conf >bind.conf
	for _conf in socks5d.conf bind.conf; do
		unshare -n sh -c \
		    "echo $1 >/proc/sys/net/ipv4/ip_unprivileged_port_start &&
		    exec $SOCKS5D -n -f $_conf" 2>&1
	done >said
	grep -cF "ports below $1 take rights" said
	grep -cF "configuration OK" said
}

daemon_case ports "ports for UDP and BIND that take rights are refused"
ports_body() {
	atf_check_equal "2 0" "$(echo $(below 1024 1023:2000))"
	atf_check_equal "2 0" "$(echo $(below 2000 1999))"
	atf_check_equal "0 2" "$(echo $(below 1024 1024:2000))"
	atf_check_equal "0 2" "$(echo $(below 500 500))"
	atf_check_equal "0 2" "$(echo $(below 0 1))"
}

daemon_case configs "configs that cannot be read or trusted are refused"
configs_body() {
	freeport >port
	refused "socks5d.conf: No such file"
	mkdir socks5d.conf
	refused "socks5d.conf: not a regular file"
	rmdir socks5d.conf
	config </dev/null
	chmod 664 socks5d.conf
	refused "socks5d.conf: writable by others"
	chmod 646 socks5d.conf
	refused "socks5d.conf: writable by others"
	chmod 644 socks5d.conf
	chown nobody socks5d.conf
	refused "socks5d.conf: owned by another user"
	chown root socks5d.conf
	echo "lisssten" | config
	refused "socks5d.conf:1:"
	echo "include \"$PWD/missing\"" | config
	refused "$PWD/missing"
	: >socks5d.conf
	refused "listen on"
}

# What logins need, in a config of its own.
with_users() {
	freeport >port
	cat >socks5d.conf <<-EOT
		users "$PWD/users"
		listen on 127.0.0.1 port $(cat port) auth required
		pass from localhost
	EOT
}

daemon_case user_files "a file of users that is not safe or not there is refused"
user_files_body() {
	with_users
	refused "users $PWD/users: No such file"
	mkdir users
	refused "users $PWD/users: not a regular file"
	rmdir users
	mkfifo users
	refused "users $PWD/users: not a regular file"
	rm users
	truncate -s 16777217 users
	refused "users $PWD/users: longer than 16 megabytes"
	echo "# nobody" >users
	for mode in 620 602 666; do
		chmod $mode users
		refused "users $PWD/users: writable by others"
	done
	chmod 604 users
	refused "users $PWD/users: readable by others"
	chmod 600 users
	chown nobody users
	refused "users $PWD/users: owned by another user"
	# What counts is where a link leads.
	mv users there
	ln -s there users
	refused "users $PWD/users: owned by another user"
	chown root there
	chmod 640 there
	daemon_respawn
	daemon_ready
	daemon_end
}

daemon_case user_lines "wrong lines of the file of users are told, all at once"
user_lines_body() {
	with_users
	umask 077
	printf '# comment\n\n%s\n%s\n%s\n' 'alice:$6$salt$planted' \
	    'bob:$1$saltsalt$planted' 'carol' >users
	for d in -n -d ""; do
		atf_check -s exit:1 -o empty -e save:err \
		    "$SOCKS5D" $d -f socks5d.conf -s "$PWD/ctl"
		for line in 3 4 5; do
			atf_check_equal 1 "$(grep -c "$PWD/users:$line: " err)"
		done
		if grep -q planted err; then
			atf_fail "a hash is told"
		fi
		[ ! -e ctl ] || atf_fail "a control socket is left"
	done
	echo "# nobody" >users
	atf_check -e inline:"configuration OK\n" \
	    "$SOCKS5D" -n -f socks5d.conf
}

daemon_case errors "all errors of a config are told in one run"
errors_body() {
	config <<-EOT
		set relays 0
		listen on 1.2.3.4.5 port 70000
		block to nowhere.example
	EOT
	atf_check -s exit:1 -o empty -e save:err \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	for line in 1 2 3; do
		grep -q "socks5d.conf:$line: " err || {
			cat err >&2
			atf_fail "nothing about line $line"
		}
	done
}

daemon_case sockets "control sockets that cannot be made are refused"
sockets_body() {
	config </dev/null
	refused "control socket $PWD/missing/ctl: No such file" \
	    -s "$PWD/missing/ctl"
	long=$PWD/$(printf '%0200d' 0)
	refused "control socket: File name too long" -s "$long"
	echo "precious" >file
	refused "control socket $PWD/file: " -s "$PWD/file"
	atf_check -o inline:"precious\n" cat file
	mkdir folder
	refused "control socket $PWD/folder: " -s "$PWD/folder"
	echo 'control "/nowhere" group "no_such_group"' | config
	refused "control group no_such_group: no such group"
}

daemon_case descriptors "too few descriptors are refused"
descriptors_body() {
	config </dev/null
	(ulimit -n 40 && refused "descriptors") || exit 1
	(ulimit -n 40 && checked "limit of 40 descriptors: at least") || exit 1
	atf_check -e inline:"configuration OK\n" "$SOCKS5D" -n -f socks5d.conf
}

# checked why: it is wrong for "socks5d -n" as well.
checked() {
	atf_check -s exit:1 -o empty -e match:"$1" "$SOCKS5D" -n \
	    -f socks5d.conf
}

daemon_case second "a second daemon is refused, the first goes on"
second_body() {
	config </dev/null
	daemon_respawn
	daemon_ready
	target echo
	cp socks5d.conf first.conf
	config </dev/null
	atf_check -s exit:1 -o empty -e match:"another socks5d answers there" \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	# The same port, but its own socket.
	atf_check -s exit:1 -o empty -e match:"Address already in use" \
	    "$SOCKS5D" -d -f first.conf -s "$PWD/ctl2"
	[ ! -e ctl2 ] || atf_fail "a control socket is left"
	atf_check -o match:"generation 1" "$SOCKS5CTL" -s "$PWD/ctl" show status
	daemon_end
}

daemon_case stale "the socket of a daemon that was killed is taken over"
stale_body() {
	config </dev/null
	daemon_respawn
	daemon_ready
	kids=$(children)
	kill -9 "$(cat daemon.pid)"
	wait_gone 5 $kids || atf_fail "children outlive their parent"
	[ -S ctl ] || atf_fail "there is no stale socket"
	mv daemon.log daemon.first.log
	daemon_respawn
	daemon_ready
	daemon_end
}

daemon_case options "wrong options are refused with status 2"
options_body() {
	for o in -q -Dname -D=value -Da-b=1 "-f" "-dn extra" "-- -d"; do
		atf_check -s exit:2 -o empty -e not-empty "$SOCKS5D" $o
	done
	# What only socks5d says to itself.
	atf_check -s exit:1 -o empty -e match:"-x is for socks5d itself" \
	    "$SOCKS5D" -x relay
	atf_check -s exit:1 -o empty -e match:"-x is for socks5d itself" \
	    "$SOCKS5D" -x parent
}

daemon_case background "without -d it goes to the background when it is up"
background_body() {
	config </dev/null
	# Relative names stay right although its folder changes.
	atf_check -e ignore "$SOCKS5D" -f socks5d.conf -s ctl
	ctl -j show status >status || atf_fail "it is not up"
	python3 -c 'import json; print(json.load(open("status"))["pid"])' \
	    >daemon.pid
	atf_check_equal "$PWD/socks5d.conf" "$(ctl -j show status |
	    python3 -c 'import json, sys; print(json.load(sys.stdin)["config"])')"
	listens "$(cat port)" || atf_fail "it does not listen"
	atf_check_equal 1 "$(ps -o ppid= -p "$(cat daemon.pid)" | tr -d ' ')"
	atf_check_equal / "$(readlink "/proc/$(cat daemon.pid)/cwd")"
	for fd in 0 1 2; do
		atf_check_equal /dev/null \
		    "$(readlink "/proc/$(cat daemon.pid)/fd/$fd")"
	done
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	# All that it says would be lost from then on.
	cp socks5d.conf before
	echo "log to stderr" >>socks5d.conf
	atf_check -s exit:1 -e match:"log to stderr: .*restart instead" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	cp before socks5d.conf
	kids=$(children)
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" stop
	wait_gone 5 "$(cat daemon.pid)" $kids || atf_fail "it does not end"
	[ ! -e ctl ] || atf_fail "the control socket is left"
}

daemon_case closed "it starts without any descriptor"
closed_body() {
	config </dev/null
	"$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl" <&- >&- 2>&- &
	echo $! >daemon.pid
	until_is 10 ctl ls ctl || atf_fail "it does not start"
	until_is 10 1 up || atf_fail "it does not start"
	for fd in 0 1 2; do
		atf_check_equal /dev/null \
		    "$(readlink "/proc/$(cat daemon.pid)/fd/$fd")"
	done
	daemon_quit
}

up() {
	ctl show status 2>/dev/null | grep -c version
}

daemon_case umask "whatever the umask, its socket is for its user alone"
umask_body() {
	for mask in 0 077 0777; do
		config </dev/null
		(umask $mask && exec "$SOCKS5D" -d -f socks5d.conf \
		    -s "$PWD/ctl") </dev/null 2>>daemon.log &
		echo $! >daemon.pid
		until_is 10 1 up || atf_fail "it does not start"
		atf_check_equal "srw-------" "$(stat -c %A ctl)"
		daemon_quit
	done
}

daemon_case background_fails "its starter tells of a start that fails"
background_fails_body() {
	target echo
	echo "listen on 127.0.0.1 port $TARGET" | config
	atf_check -s exit:1 -o empty -e match:"Address already in use" \
	    "$SOCKS5D" -f socks5d.conf -s ctl
	[ ! -e ctl ] || atf_fail "a control socket is left"
}

daemon_case no_child "no child, no daemon: the starter says why"
no_child_body() {
	config </dev/null
	# An address space in which a child cannot start.
	for d in "" -d; do
		atf_check -s exit:1 -o empty -e save:err \
		    strace -f -qq -o trace -e trace=chroot \
		    -e inject=chroot:error=EIO \
		    "$SOCKS5D" $d -f socks5d.conf -s "$PWD/ctl"
		grep -q "chroot: Input/output error" err || {
			cat err >&2
			atf_fail "the reason is not told"
		}
		[ ! -e ctl ] || atf_fail "a control socket is left"
		if listens "$(cat port)"; then
			atf_fail "a listener is left"
		fi
	done
}

daemon_case builtin "without a config there is a default, and the log says so"
builtin_body() {
	[ ! -e /etc/socks5d.conf ] || atf_skip "there is an /etc/socks5d.conf"
	# Its port is fixed, so it gets a network of its own.
	unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
	    "$SOCKS5D" -d -s "$PWD/ctl" </dev/null 2>daemon.log &
	echo $! >daemon.pid
	await daemon.log ready || atf_fail "it did not start"
	grep -q "config built-in default" daemon.log ||
	    atf_fail "the log does not name it"
	grep -q "listening on 127.0.0.1:1080" daemon.log ||
	    atf_fail "it does not listen where it should"
	atf_check -o match:"config: .*built-in default" \
	    "$SOCKS5CTL" -s "$PWD/ctl" show status
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	fds_settle
	daemon_end
}

daemon_case checks "-n checks, -nv prints what can be read again"
checks_body() {
	config <<-EOT
		lan = "{ 10.0.0.0/8, fd00::/8 }"
		set relays 3
		block log from \$lan to any port { 25, 1000:2000 }
	EOT
	atf_check -o empty -e inline:"configuration OK\n" \
	    "$SOCKS5D" -n -f socks5d.conf
	atf_check -o save:one -e empty "$SOCKS5D" -nv -f socks5d.conf
	atf_check -o file:one -e empty "$SOCKS5D" -nv -f one
	grep -q "relays 3" one || atf_fail "it prints something else"
	echo "wrong" | config
	atf_check -s exit:1 -o empty -e match:"^socks5d.conf:1: " \
	    "$SOCKS5D" -n -f socks5d.conf
	if [ ! -e /etc/socks5d.conf ]; then
		atf_check -o match:"port 1080" -e empty "$SOCKS5D" -nv
		atf_check -o empty -e inline:"built-in configuration OK: \
/etc/socks5d.conf does not exist\n" "$SOCKS5D" -n
	fi
	# Warnings are counted; only who asks for it fails by them.
	echo "a = b" | config
	atf_check -o empty -e inline:"socks5d.conf:1: warning: a: macro not \
used\nconfiguration OK, 1 warning\n" "$SOCKS5D" -n -f socks5d.conf
	atf_check -s exit:1 -o empty -e match:"OK, 1 warning$" \
	    "$SOCKS5D" -nW -f socks5d.conf
	atf_check -o empty -e match:"OK, 2 warnings$" \
	    "$SOCKS5D" -n -D b=c -f socks5d.conf
	# The environment may be meant for another file.
	atf_check -o empty -e match:"OK, 1 warning$" \
	    env SOCKS5D_b=c "$SOCKS5D" -n -f socks5d.conf
	atf_check -s exit:1 -o ignore -e ignore \
	    "$SOCKS5D" -nvW -f socks5d.conf
	config </dev/null
	atf_check -e ignore "$SOCKS5D" -nW -f socks5d.conf
	# Files that the config names are told with its line.
	config <<-EOT
		table <t> address file "$PWD/none"
		geoip "$PWD/none"
		users "$PWD/none"
		pass from <t> to country DE
	EOT
	atf_check -s exit:1 -o empty \
	    -e match:"^socks5d.conf:1: table <t>: $PWD/none: No such file" \
	    -e match:"^socks5d.conf:2: geoip: $PWD/none: No such file" \
	    -e match:"^socks5d.conf:3: users $PWD/none: No such file" \
	    "$SOCKS5D" -n -f socks5d.conf
	atf_check -s exit:1 -o empty \
	    -e match:"socks5d.conf:3: users $PWD/none: No such file" \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	sed -i /users/d socks5d.conf
	atf_check -s exit:1 -o empty \
	    -e match:"socks5d.conf:1: table <t>: $PWD/none: No such" \
	    -e match:"socks5d.conf:2: geoip $PWD/none: No such file" \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
}

daemon_case names "users and groups of rules that the users file does not have"
names_body() {
	hash='$6$salt$JWPkFlJPZzBLOTyzkzFDEXUcXtvlzmxaSULyjkpYXDSbeFqm6kAzF3MJ9t6IfCvgQZdNq8NIG9rhqhpSS7n7v1'
	printf '%s\n' "alice:$hash:groups=staff" "old:$hash:disabled" \
	    "gone:$hash:expires=2020-01-31,groups=past" >users
	chmod 600 users
	config <<-EOT
		users "$PWD/users"
		listen on 127.0.0.1 port 1 auth required
		table <t> user { alice, bob }
		block user { alice, alcie, !old, gone }
		block group { staff, staf, past }
		block user <t>
		block user any group nothing
	EOT
	cat >want <<-EOT
		socks5d.conf:4: warning: user alcie: not in the users file: did you mean alice?
		socks5d.conf:4: warning: user old: disabled in the users file
		socks5d.conf:4: warning: user gone: expired in the users file
		socks5d.conf:5: warning: group staf: no user in the users file has it: did you mean staff?
		socks5d.conf:5: warning: group past: all its users are disabled or expired
		socks5d.conf:7: warning: group nothing: no user in the users file has it
		socks5d.conf:3: warning: user bob: not in the users file
		configuration OK, 7 warnings
	EOT
	atf_check -o empty -e file:want "$SOCKS5D" -n -f socks5d.conf
	# Before there is anybody, nothing is a slip.
	: >users
	atf_check -o empty -e inline:"configuration OK\n" \
	    "$SOCKS5D" -n -f socks5d.conf
}

daemon_case overrides "-D wins over SOCKS5D_name wins over the file"
overrides_body() {
	config <<-EOT
		n = 2
		set relays \$n
	EOT
	atf_check -o match:"relays 2" -e empty "$SOCKS5D" -nv -f socks5d.conf
	atf_check -o match:"relays 3" -e empty \
	    env SOCKS5D_n=3 "$SOCKS5D" -nv -f socks5d.conf
	atf_check -o match:"relays 4" -e empty \
	    env SOCKS5D_n=3 "$SOCKS5D" -nv -D n=4 -f socks5d.conf
	atf_check -o match:"relays 5" -e empty \
	    env SOCKS5D_n=3 "$SOCKS5D" -nv -D n=4 -D n=5 -f socks5d.conf
	# They hold for reloads as well.
	SOCKS5D_n=3 daemon_respawn -D "n=1"
	daemon_ready
	atf_check -o match:"^relay +0 " -o not-match:"^relay +1 " \
	    "$SOCKS5CTL" -s "$PWD/ctl" show status
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check -o match:"^relay +0 " -o not-match:"^relay +1 " \
	    "$SOCKS5CTL" -s "$PWD/ctl" show status
	daemon_end
}
