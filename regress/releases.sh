#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Runs "make check" on other releases of Debian, each in a root of its own that
# mmdebstrap makes in a folder and that stays there for the next time:
#
#	releases.sh folder release ...
#
# TESTS in the environment are filters for run.sh; MIRROR is where the packages
# come from.  At the end there is a line for each release; all that was said is
# in the folder, release.log.  Needs root.

set -u
umask 022

if [ $# -lt 2 ] || [ "$(id -u)" -ne 0 ]; then
	echo "usage (as root): releases.sh folder release ..." >&2
	exit 2
fi
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift

# root release: makes it, or leaves the one that is there
root() {
	[ ! -e "$folder/$1/made" ] || return 0
	rm -rf "${folder:?}/$1"
	mmdebstrap --variant=apt --include=make "$1" "$folder/$1" \
	    ${MIRROR:+"$MIRROR"} && : >"$folder/$1/made"
}

# in_root release command ...: in there, with its own /proc, /sys, /dev, /run
# and /tmp.  It is the root of a mount namespace: in a chroot(2) nobody may
# make a namespace of users.
in_root() {
	root=$folder/$1
	shift
	unshare -mpuf --kill-child --propagation private sh -c '
		set -e
		root=$1
		shift
		mount --bind "$root" "$root"
		mount -t proc proc "$root/proc"
		mount -t sysfs sys "$root/sys"
		mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs -o mode=755 run "$root/run"
		mount -t tmpfs -o mode=1777 tmp "$root/tmp"
		cp -L /etc/resolv.conf "$root/run/resolv.conf"
		ln -sf /run/resolv.conf "$root/etc/resolv.conf"
		cd "$root"
		pivot_root . .
		umount -l .
		exec chroot . env -i HOME=/root \
		    PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' sh "$root" "$@" </dev/null
}

check() {
	root "$1" || return 1
	rm -rf "$folder/$1/socks5d"
	mkdir "$folder/$1/socks5d"
	(cd "$top" && tar -cf - --exclude=./.git --exclude=./regress/build .) |
	    tar -xf - --no-same-owner -C "$folder/$1/socks5d"
	in_root "$1" sh -c '
		cd /socks5d && make clean && rm -f config.mk || exit 1
		dpkg-query -W libc6 gcc libevent-dev libc-ares-dev \
		    libseccomp-dev python3
		if [ $# -eq 0 ]; then
			exec make check
		fi
		make tests && exec sh regress/run.sh "$@"' sh ${TESTS:-}
}

for release in "$@"; do
	check "$release" >"$folder/$release.log" 2>&1 &&
	    grep -qE '[0-9]: warning: .*\[-W' "$folder/$release.log" &&
	    echo "there are warnings" >>"$folder/$release.log"
	echo "$release: $(tail -n 1 "$folder/$release.log")"
done
