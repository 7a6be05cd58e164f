# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Networks of their own, for tests that cut cables and flood: each belongs to
# a process that does nothing, and is gone with it.  Need root.

# net_new name: one with nothing but loopback.
net_new() {
	unshare -n tail -f /dev/null &
	echo $! >"other.$1.pid"
	_own=$(readlink /proc/self/ns/net)
	while [ "$(readlink "/proc/$!/ns/net")" = "$_own" ]; do
		a_moment
	done
	net_in "$1" ip link set lo up
}

# net_in name command...
net_in() {
	_net=$1
	shift
	nsenter -t "$(cat "other.$_net.pid")" -n "$@" ||
	    atf_fail "$*: failed in the network $_net"
}

# net_join name name n: a cable, 10.9.n.1 at its first end, 10.9.n.2 at the
# other.
net_join() {
	net_in "$1" ip link add "to-$2" type veth peer name "to-$1" \
	    netns "$(cat "other.$2.pid")"
	net_in "$1" ip addr add "10.9.$3.1/24" dev "to-$2"
	net_in "$2" ip addr add "10.9.$3.2/24" dev "to-$1"
	net_in "$1" ip link set "to-$2" up
	net_in "$2" ip link set "to-$1" up
}

# net_daemon name: daemons run there from now on.
net_daemon() {
	cat >wrapper <<-EOF
		#!/bin/sh
		exec nsenter -t $(cat "other.$1.pid") -n $(realpath "$SOCKS5D") "\$@"
	EOF
	chmod +x wrapper
	SOCKS5D=$PWD/wrapper
}
