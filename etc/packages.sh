#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Installs the Debian packages that are missing for the given purposes: build,
# check, releases, sanitize, bench.  It first says which, and asks nothing.
# Without root it prints the one command to run and fails; what cannot be
# installed it says in one line.  With -v it also says that nothing is missing.
# On a system without dpkg it does nothing; the probe then says what is missing.

set -eu

verbose=
if [ "${1:-}" = -v ]; then
	verbose=yes
	shift
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	[ -z "$verbose" ] || echo "not Debian: see README for what is needed"
	exit 0
fi

wanted=
for purpose in "$@"; do
	case $purpose in
	build)
		wanted="$wanted gcc libc6-dev make pkg-config byacc
		    libevent-dev libc-ares-dev libseccomp-dev libcap-dev
		    libbsd-dev libmd-dev libcrypt-dev libmaxminddb-dev"
		;;
	check)
		wanted="$wanted atf-sh bind9-dnsutils binutils bison bmake
		    chromium clang curl dante-client dante-server
		    default-jdk-headless git hostname iproute2 kyua lftp
		    libatf-dev libio-socket-socks-perl
		    libmaxmind-db-writer-perl mandoc ncat netcat-openbsd
		    nftables node-socks nodejs openssh-client openssh-server
		    procps proxychains4 putty-tools python3 python3-pyftpdlib
		    python3-socks shadowsocks-libev strace systemd
		    systemd-container tor tsocks tzdata util-linux v2ray"
		# Another release has another version, which writes otherwise.
		! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release ||
		    wanted="$wanted clang-format-14"
		;;
	bench)
		wanted="$wanted dante-server haproxy microsocks python3 v2ray"
		;;
	releases)
		wanted="$wanted debian-archive-keyring mmdebstrap"
		;;
	sanitize)
		wanted="$wanted clang libclang-rt-dev llvm"
		;;
	*)
		echo "usage: packages.sh [-v] build|check|releases|sanitize|bench ..." >&2
		exit 2
		;;
	esac
done

missing=
for p in $wanted; do
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null) in
	ii*)
		;;
	*)
		missing="$missing $p"
		;;
	esac
done

# Debian 13 has no Dante, and its tests are skipped there.
lacks_dante() {
	case "$missing " in
	*" dante-server "*)
		! apt-cache show dante-server >/dev/null 2>&1 ;;
	*)
		false ;;
	esac
}
if [ "$missing" = " dante-server" ] && lacks_dante &&
    apt-cache show dpkg >/dev/null 2>&1; then
	missing=
fi
if [ -z "$missing" ]; then
	[ -z "$verbose" ] || echo "nothing is missing"
	exit 0
fi

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "packages are missing; as root, run: $install" >&2
	exit 1
fi

# Some of them are daemons, and the tests start their own: Debian's is to run
# neither now nor after the next boot.  A policy that is there is somebody's say.
# Ours holds as long as this process does, should it be killed before it can
# take it away; then the next run does.
policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}
sign="# While etc/packages.sh of socks5d installs."
mine=
still() {
	while grep -qsxF "$sign" "$policy"; do
		sh "$policy" any start || {
			sleep 1		# another run, which ends
			continue
		}
		rm -f "$policy"
	done
	[ ! -e "$policy" ] && [ ! -L "$policy" ] || return 0
	mine=$policy
	cat >"$policy" <<-EOT
		#!/bin/sh
		$sign
		kill -0 $$ 2>/dev/null || exit 0
		[ ! -r /proc/$$/cmdline ] ||
		    grep -q packages.sh /proc/$$/cmdline || exit 0
		exit 101
	EOT
	chmod 755 "$policy"
}

# Only what was not there before: another one is used by somebody.  It runs if
# that policy let it.
disable() {
	command -v systemctl >/dev/null || return 0
	for p in $missing; do
		case $p in
		dante-server)		unit=danted ;;
		haproxy)		unit=haproxy ;;
		microsocks)		unit=microsocks ;;
		openssh-server)		unit=ssh ;;
		shadowsocks-libev)	unit=shadowsocks-libev ;;
		tor)			unit=tor ;;
		v2ray)			unit=v2ray ;;
		*)			continue ;;
		esac
		systemctl disable --now "$unit.service" >>"$log" 2>&1 </dev/null ||
		    true
	done
}

# An old list of packages may do, so only that the second fails counts.
echo "installing what is missing:$missing"
log=$(mktemp)
trap 'rm -f "$log" $mine' EXIT
trap 'exit 1' HUP INT PIPE QUIT TERM
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
export APT_LISTCHANGES_FRONTEND=none
apt-get -q -o DPkg::Lock::Timeout=600 update >"$log" 2>&1 </dev/null || true
if lacks_dante; then
	echo "dante-server: not in this release, done without"
	missing=$(echo "$missing " | sed 's/ dante-server / /; s/ $//')
	install="apt-get install -y --no-install-recommends$missing"
fi
still
if ! $install -q -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    >>"$log" 2>&1 </dev/null; then
	why=$(grep -E '^(E|Err|dpkg: error)[: ]' "$log" | tail -n 1)
	echo "cannot install them: ${why:-$(tail -n 1 "$log")}" >&2
	exit 1
fi
disable
echo "installed"
