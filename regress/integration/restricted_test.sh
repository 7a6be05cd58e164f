#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Hosts that lack or refuse something: what does not stand is told, what can
# be done without is done without, and it serves; or it says what it lacks.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root

DAEMON=$(realpath "$SOCKS5D")

# on command ...: daemons are started by it from now on.
on() {
	rm -f daemon.log daemon.out
	{
		echo '#!/bin/sh'
		printf 'exec '
		[ $# -eq 0 ] || printf "'%s' " "$@"
		echo "$DAEMON" '"$@"'
	} >on.sh
	chmod +x on.sh
	SOCKS5D=$PWD/on.sh
}

# config [line ...]: with a port that stays the same for all of a test.
config() {
	[ -n "$port" ] || port=$(freeport)
	{
		echo "set relays 2"
		printf '%s\n' "$@"
		echo "listen on 127.0.0.1 port $port"
		echo "pass from localhost to { any, <internal> }"
	} >socks5d.conf
}

# begin command ...: a daemon started by it serves sessions.
begin() {
	on "$@"
	[ -e socks5d.conf ] || config
	daemon_respawn
	daemon_ready
	[ -e clients.out ] || clients_start "$port"
	atf_check_equal open "$(clients open 3)"
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	clients close 3 >/dev/null
}

# What is missing: "wall: around whom" lines.
missing() {
	ctl show status | awk '/^missing / { found = 1; next }
	    found { wall = $1; sub(/^.*: around /, ""); print wall ": " $0 }'
}

# What this kernel lacks by itself: Linux has no noexec before 6.3.
lacks() {
	python3 -c 'import ctypes
libc = ctypes.CDLL(None)
if libc.syscall(444, None, 0, 1) < 0:
    print("landlock: all processes")
if libc.prctl(66, 0, 0, 0, 0) < 0:
    print("noexec: all processes")'
}

# Some rows are for where everybody may make a user namespace.
needs_userns() {
	unshare -Ur true 2>/dev/null || atf_skip "no user namespaces here"
}

# row "wall: around whom, ..." command ...: started by it, just these walls
# are missing, and the log says so, too.
row() {
	want=$1; shift
	begin "$@"
	{
		lacks
		echo "$want" | tr ';' '\n' | sed 's/^ //; /^$/d'
	} | sort -u >want
	missing | sort >have
	diff want have || atf_fail "$*: that was missing"
	sed -n 's/^.*Z warning: sandbox layer \([a-z]*\) missing: \([^:]*\):.*/\1: \2/p' \
	    daemon.log | sort >have
	diff want have || atf_fail "$*: that was told in the log"
	[ -z "$STAYS" ] || return 0
	daemon_end
}

# refused text command ...: it does not start, and says this.
refused() {
	want=$1; shift
	on "$@"
	[ -e socks5d.conf ] || config
	atf_check -s exit:1 -o empty -e save:refused \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
	grep -qF "$want" refused || {
		cat refused
		atf_fail "$*: it did not say: $want"
	}
	[ ! -e ctl ] || atf_fail "the control socket is left"
}

daemon_case landlock "without Landlock it serves, and says so"
landlock_body() {
	for error in EPERM EACCES ENOSYS EOPNOTSUPP; do
		row "landlock: all processes" "$SRC/tools/refuse" $error \
		    landlock_create_ruleset landlock_add_rule \
		    landlock_restrict_self --
	done
	grep -q "warning: sandbox layer landlock missing: all processes: \
Operation not supported" daemon.log || atf_fail "the reason is not told"

	# A container may know the question for the version alone.
	STAYS=yes
	row "landlock: all processes" "$SRC/tools/refuse" EPERM \
	    landlock_restrict_self --
	atf_check -o match:'"wall": ?"landlock", ?"error": ?"Operation not' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -j show status

	# Also after a reload, and around one that is new; told once.
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	pid=$(pid_of router)
	kill -9 "$pid"
	await -n 2 daemon.log "router 0 is ready" || atf_fail "no new router"
	atf_check_equal open "$(clients open 3)"
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	missing | sort >have
	atf_check diff want have
	atf_check_equal 1 "$(grep -c "sandbox layer landlock" daemon.log)"
	clients close 3 >/dev/null
	daemon_end "killed by signal 9"
}

daemon_case capabilities "root without one capability, or without any" 120
capabilities_body() {
	all="all processes"
	without() {
		_want=$1; shift
		row "$_want" setpriv "--bounding-set=-$1"
	}
	without "bounding: $all" setpcap
	without "network: $all but router" sys_admin
	without "user: $all" setuid
	grep -q "without CAP_SETUID)" daemon.log || atf_fail "not told which"
	without "user: $all" setgid
	grep -q "without CAP_SETGID)" daemon.log || atf_fail "not told which"
	for cap in dac_override chown fowner kill net_bind_service net_raw \
	    net_admin sys_resource; do
		without "" $cap
	done

	needs_userns
	# A user namespace is as good; control must tell users apart.
	without "root: control; userns: control" sys_chroot
	without "user: $all; root: control; network: control; \
userns: control" all

	# Around who cannot leave root's user it takes more than the filter.
	no="cannot leave the user root (CAP_SETUID and CAP_SETGID)"
	row "user: $all; root: $all; network: $all but router; \
userns: $all" \
	    "$SRC/tools/refuse" EPERM unshare -- setpriv --bounding-set=-all
	refused "$no" \
	    "$SRC/tools/refuse" EPERM unshare landlock_create_ruleset -- \
	    setpriv --bounding-set=-all
}

daemon_case takes "what takes a capability says which"
takes_body() {
	config
	sed -i "s/port $port/port 7/" socks5d.conf
	refused "127.0.0.1:7: Permission denied: this port needs \
CAP_NET_BIND_SERVICE" unshare -n setpriv --bounding-set=-net_bind_service
	config "control \"$PWD/other\" group nogroup"
	refused "Operation not permitted: setting its group needs CAP_CHOWN" \
	    setpriv --bounding-set=-chown
	config
	sed -i "s/^pass.*/& mark 7/" socks5d.conf
	refused "mark 7: Operation not permitted" \
	    setpriv --bounding-set=-net_raw,-net_admin
	chmod 600 socks5d.conf
	chown 64998 socks5d.conf
	refused "Permission denied" \
	    setpriv --bounding-set=-dac_override,-dac_read_search
}

daemon_case namespaces "user and network namespaces that cannot be had"
namespaces_body() {
	for error in EPERM EINVAL ENOSPC EUSERS ENOSYS; do
		row "network: all processes but router" \
		    "$SRC/tools/refuse" $error unshare --
	done
	grep -q "sandbox layer network.*: Function not implemented" daemon.log ||
	    atf_fail "the reason is not told"

	needs_userns
	# Root of a user namespace, to which the users of the host are nobody.
	row "user: all processes" unshare -Ur
}

daemon_case kill "a child that hangs is ended without CAP_KILL, too"
kill_body() {
	config "set timeout drain 0s"
	begin setpriv --bounding-set=-kill
	kill -STOP "$(pid_of relay 1)"
	kids=$(children)
	kill -TERM "$(cat daemon.pid)"
	wait_gone 20 "$(cat daemon.pid)" $kids ||
	    atf_fail "the child that hangs is left"
	rm daemon.pid
}

daemon_case required "what the configuration requires must stand"
required_body() {
	[ -n "$(lacks)" ] || config "set require all"
	row ""
	config "set require { user, landlock }"
	refused "required sandbox layer missing: landlock: Operation not permitted" \
	    "$SRC/tools/refuse" EPERM landlock_create_ruleset --
	refused "required sandbox layer missing: user: Operation not permitted" \
	    setpriv --bounding-set=-setuid
	config "set require network"
	refused "required sandbox layer missing: network: No space left" \
	    "$SRC/tools/refuse" ENOSPC unshare --

	# A reload that requires more than there is changes nothing.
	config
	STAYS=yes
	row "landlock: all processes" \
	    "$SRC/tools/refuse" EPERM landlock_create_ruleset --
	config "set require { network }"
	atf_check -o match:"generation 2" "$SOCKS5CTL" -s "$PWD/ctl" reload
	config "set require { network, landlock }"
	atf_check -s exit:1 -o ignore -e match:"router 0: required sandbox \
layer missing: landlock: Operation not permitted" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check -s exit:1 -o match:"generation 2," \
	    "$SOCKS5CTL" -s "$PWD/ctl" show status
	atf_check_equal open "$(clients open 1)"
	clients close 1 >/dev/null
	daemon_end
}

daemon_case starting "a child that starts during a reload must have the walls"
starting_body() {
	STAYS=yes
	row "network: all processes but router" \
	    "$SRC/tools/refuse" EPERM unshare --
	stopped=$(held "$(pid_of router)") || atf_fail "none is started again"
	config "set require network"
	kill -HUP "$(cat daemon.pid)"
	await daemon.log "reload: SIGHUP"
	kill -CONT $stopped
	await daemon.log "reload failed: a sandbox layer is missing"
	await daemon.log "required sandbox layer missing: network: Operation not"
	atf_check -s exit:1 -o match:"generation 1," \
	    "$SOCKS5CTL" -s "$PWD/ctl" show status
	daemon_end "was killed by signal 9"
}

# held pid: ends all children but this, and stops their successors before they
# have begun.
held() {
	python3 -c 'import os, signal, sys, time
parent, spared = sys.argv[1:]
def children():
    with open("/proc/%s/task/%s/children" % (parent, parent)) as file:
        return set(file.read().split())
for old in children() - {spared}:
    others = children()
    os.kill(int(old), signal.SIGKILL)
    end = time.monotonic() + 20
    while not (new := children() - others):
        if time.monotonic() > end:
            sys.exit(1)
    os.kill(int(*new), signal.SIGSTOP)
    print(*new)' "$(cat daemon.pid)" "$1"
}

# set_of pid name: capabilities of that set, as numbers.
set_of() {
	python3 -c 'import re, sys
text = open("/proc/%s/status" % sys.argv[1]).read()
bits = int(re.search(r"^%s:\s*(\w+)" % sys.argv[2], text, re.M)[1], 16)
print(*(n for n in range(64) if bits >> n & 1))' "$@"
}

daemon_case parent "the parent keeps no capability that it has no use for"
parent_body() {
	STAYS=yes
	row ""
	pid=$(cat daemon.pid)
	# Nor has a program that it would start.
	for n in $(set_of "$pid" CapPrm) $(set_of "$pid" CapBnd); do
		case $n in
		0|1|2|3|5|6|7|8|10|12|13|18|21)	;;
		*)	atf_fail "capability $n is permitted" ;;
		esac
	done
	for n in $(set_of "$pid" CapEff); do
		case $n in
		0|1|2|3|5|7|10|12|13)	;;
		*)	atf_fail "capability $n is in force" ;;
		esac
	done

	# Children that start later have all their walls.
	for role in router auth resolver control relay; do
		old=$(pid_of $role)
		kill -9 "$old"
		await -n 2 daemon.log "$role 0 is ready" ||
		    atf_fail "no new $role"
	done
	missing | sort >have
	atf_check diff want have
	daemon_end "killed by signal 9"
}

daemon_case later "a wall that cannot be had any more"
later_body() {
	needs_userns
	STAYS=yes
	for require in "" "set require network"; do
		rm -f daemon.log
		config "$require"
		row "user: all processes" unshare -Ur
		nsenter -t "$(cat daemon.pid)" -U --preserve-credentials \
		    sh -c "echo 0 >/proc/sys/user/max_net_namespaces"
		kill -9 "$(pid_of relay 1)"
		if [ -z "$require" ]; then
			await daemon.log "sandbox layer network missing: \
relay 1: No space left on device" || atf_fail "it is not told"
			atf_check_equal "network: relay 1" \
			    "$(missing | grep network)"
			daemon_end "killed by signal 9"
			continue
		fi
		await daemon.log "relay 1: required sandbox layer \
missing: network: No space left on device" || atf_fail "it is not refused"
		atf_check_equal open "$(clients open 3)"
		atf_check_equal "alive 3 dead 0" "$(clients echo)"
		clients close 3 >/dev/null
		kill "$(cat daemon.pid)"
		wait "$(cat daemon.pid)" || atf_fail "it ended with $?"
		rm daemon.pid
	done
}

daemon_case family "a kernel without IPv6"
family_body() {
	port=$(freeport)
	for listen in "*" localhost; do
		config
		sed -i "s/listen on 127.0.0.1/listen on $listen/
		    s/^pass/block\npass/" socks5d.conf
		row "" "$SRC/tools/refuse" EAFNOSUPPORT socket:10 --
		grep -q "Address family not supported by protocol, going on \
without it" daemon.log || atf_fail "it is not told"
	done

	# Nothing of it is wanted, and none of it is there.
	config
	sed -i "s/listen on 127.0.0.1/listen on ::1/" socks5d.conf
	refused "Address family not supported by protocol" \
	    "$SRC/tools/refuse" EAFNOSUPPORT socket:10 --

	# What clients ask for in vain is no reason to die.
	config
	STAYS=yes
	row "" "$SRC/tools/refuse" EAFNOSUPPORT socket:10 --
	clients ask ::1 "$TARGET" >/dev/null
	atf_check -o match:"^[34]$" echo "$(clients reply)"
	daemon_end
}

daemon_case disabled "IPv6 that is switched off"
disabled_body() {
	net_new old
	net_in old sh -c "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"
	config
	sed -i "s/listen on 127.0.0.1/listen on */" socks5d.conf
	on nsenter -t "$(cat other.old.pid)" -n
	daemon_respawn
	daemon_ready
	cat >greet.py <<-EOF
		import socket
		s = socket.create_connection(("127.0.0.1", $port))
		s.sendall(bytes((5, 1, 0)))
		print(s.recv(2).hex())
	EOF
	atf_check -o inline:"0500\n" \
	    nsenter -t "$(cat other.old.pid)" -n python3 greet.py
	daemon_end
}

daemon_case read_only "nothing can be written but its control socket"
read_only_body() {
	cat >ro.sh <<-EOF
		set -e
		cd /
		mkdir "$PWD/rw"
		[ ! -d /var/empty ] || mount -t tmpfs -o ro none /var/empty
		for d in /tmp /run /dev/shm /; do
			[ -d \$d ] || continue
			mount --bind \$d \$d
			mount -o remount,bind,ro \$d
		done
		mount -t tmpfs none "$PWD/rw"
		exec "\$@"
	EOF
	config
	on unshare -m sh "$PWD/ro.sh"
	"$SOCKS5D" -d -f "$PWD/socks5d.conf" -s "$PWD/rw/ctl" 2>daemon.log &
	echo $! >daemon.pid
	await daemon.log "ready" || atf_fail "it does not start"
	atf_check -o match:"no empty directory.*: Read-only file system" \
	    -o match:"sandbox layer root missing: all processes: No such" \
	    cat daemon.log
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)" || atf_fail "it ended with $?"
	rm daemon.pid
	rmdir rw

	# Not the one that said "ready" above.
	rm daemon.log
	mkdir -m 755 empty
	config "set chroot \"$PWD/empty\"" "set require { root }"
	"$SOCKS5D" -d -f "$PWD/socks5d.conf" -s "$PWD/rw/ctl" 2>daemon.log &
	echo $! >daemon.pid
	await daemon.log "ready" || atf_fail "it does not start"
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)" || atf_fail "it ended with $?"
	rm daemon.pid
	rmdir rw

	atf_check -s exit:1 -e match:"control socket $PWD/ctl: Read-only" \
	    "$SOCKS5D" -d -f "$PWD/socks5d.conf" -s "$PWD/ctl"
}

daemon_case places "no /proc, no /dev/null"
places_body() {
	config
	atf_check -s exit:1 -o empty \
	    -e match:"own binary: /proc/self/exe: No such file" \
	    unshare -m sh -c 'umount -l /proc && exec "$@"' sh "$DAEMON" -d \
	    -f socks5d.conf -s "$PWD/ctl"
	atf_check -s exit:1 -o empty -e match:"/dev/null: No such file" \
	    unshare -m sh -c 'mount -t tmpfs none /dev && exec "$@"' sh \
	    "$DAEMON" -d -f socks5d.conf -s "$PWD/ctl"
}

daemon_case inherited "what it was started with: umask, descriptors, signals"
inherited_body() {
	STAYS=yes
	for mask in 000 077 777; do
		row "" sh -c "umask $mask; exec \"\$0\" \"\$@\""
		atf_check_equal 600 "$(stat -c %a ctl)"
		daemon_end
	done
	row "" sh -c 'exec "$0" "$@" <&- >&-'
	daemon_end

	cat >many.py <<-EOF
		import os, signal, sys
		for _ in range(500):
		    os.set_inheritable(os.open("/", os.O_RDONLY), True)
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		signal.signal(signal.SIGHUP, signal.SIG_IGN)
		signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
		os.execv(sys.argv[1], sys.argv[1:])
	EOF
	row "" python3 "$PWD/many.py"
	atf_check_equal 0 "$(readlink "/proc/$(cat daemon.pid)"/fd/* |
	    grep -cx /)"
	kill -HUP "$(cat daemon.pid)"
	await daemon.log "generation 2 is in force" || atf_fail "no reload"
	pid=$(pid_of relay 1)
	kill -9 "$pid"
	await daemon.log "relay 1 (pid $pid) was killed by signal 9" ||
	    atf_fail "its death is not noticed"
	await -n 2 daemon.log "relay 1 is ready" || atf_fail "no new relay"
	daemon_end "killed by signal 9"
}

daemon_case limits "limits of descriptors"
limits_body() {
	row "" prlimit --nofile=1024:1024
	refused "limit of 40 descriptors: at least" prlimit --nofile=40:40
}
