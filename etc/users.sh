#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Creates the system users of socks5d and its empty root directory where they
# are missing, and says so.  The users are those of socks5d.sysusers.  Does
# nothing unless run by root.

set -eu

[ "$(id -u)" -eq 0 ] || exit 0
list=$(dirname "$0")/socks5d.sysusers
nologin=$(command -v nologin || echo /usr/sbin/nologin)

# missing: those users of the list that are not there
missing() {
	while read -r type name rest; do
		[ "$type" = u ] || continue
		id -u "$name" >/dev/null 2>&1 || echo "$name"
	done <"$list"
}

create() {
	if command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home \
		    --home-dir / --shell "$nologin" "$1"
	elif command -v adduser >/dev/null; then
		adduser --system --group --no-create-home --home / \
		    --shell "$nologin" "$1"
	else
		pw useradd "$1" -d / -s "$nologin"
	fi
}

users=$(missing)
if [ -n "$users" ] && command -v systemd-sysusers >/dev/null; then
	systemd-sysusers "$list" >/dev/null 2>&1 || true
fi
for u in $(missing); do
	create "$u"
done
for u in $users; do
	echo "created the system user $u"
done

for dir in /var/empty /var/empty/socks5d; do
	[ -d $dir ] && continue
	mkdir $dir
	chmod 755 $dir
	echo "created the empty directory $dir"
done
