#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# A host for the tests, so that what they say is not about this one:
#
#	host.sh FOLDER command ...
#
# The command finds the folder as /tmp; a network with nothing but loopback, of
# both families; one name server, 127.0.0.1, which is not there; no other hosts
# in the hosts file than localhost; the time of UTC; and nothing in
# /var/lib/socks5d.  All of it is gone with the last of its processes.  It is
# the only place that decides what tests find of a host: who needs more makes it
# in a network of its own, see integration/lib/net.sh.
#
# This takes root, and not every container lets even root do it.  Then the
# command sees the host as it is, but for TMPDIR, which is the folder.

set -u

# Whether there can be such a host: all that inside() needs of the kernel.
can() {
	[ "$(id -u)" -eq 0 ] || return 1
	unshare -mnu --propagation private sh -c '
	    ip link set lo up && hostname host &&
	    mount -t tmpfs none "$1" && mount --bind "$1" /tmp
	    ' sh "$1" >/dev/null 2>&1
}

# The system's settings but for those that tests could see.
settings() {
	mount -t tmpfs -o mode=755 none "$1"
	cp -a /etc/. "$1"
	rm -f "$1/resolv.conf" "$1/hosts" "$1/nsswitch.conf" "$1/localtime" \
	    "$1/timezone" "$1/gai.conf" "$1/environment" "$1/hostname" \
	    "$1/host.conf" "$1/hosts.allow" "$1/hosts.deny" "$1/nologin"
	echo "nameserver 127.0.0.1" >"$1/resolv.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$1/hosts"
	printf '%s: files\n' passwd group shadow services protocols \
	    >"$1/nsswitch.conf"
	echo "hosts: files dns" >>"$1/nsswitch.conf"
	echo host >"$1/hostname"
	# An sshd lets nobody in whose account is locked, as root's often is.
	[ ! -e "$1/shadow" ] || sed -i 's/^root:[^:]*/root:*/' "$1/shadow"
	mount --bind "$1" /etc
}

# A daemon that answers for name servers or users is not part of this host, nor
# is what a socks5d that serves it has stored.
no_daemons() {
	for dir in /run/nscd /run/systemd/resolve /run/avahi-daemon \
	    /var/lib/socks5d; do
		[ ! -d $dir ] || mount -t tmpfs -o mode=755 none $dir
	done
}

inside() {
	mkdir -p "$1/etc"
	settings "$1/etc" || exit 1
	no_daemons || exit 1
	hostname host
	for f in all default lo; do
		f=/proc/sys/net/ipv6/conf/$f/disable_ipv6
		[ ! -w $f ] || echo 0 2>/dev/null >$f
	done
	ip link set lo up || exit 1
	mount --bind "$1" /tmp || exit 1
}

case $1 in
-i)
	shift
	inside "$1"
	cd /tmp || exit 1
	shift
	TMPDIR=/tmp exec "$@"
	;;
esac
if can "$1"; then
	exec unshare -mnu --propagation private sh "$0" -i "$@"
fi
echo "the tests see this host, as there can be none of their own:" \
    "$([ "$(id -u)" -eq 0 ] && echo "unshare is refused" ||
    echo "you are not root")" >&2
cd "$1" || exit 1
shift
TMPDIR=$PWD exec "$@"
