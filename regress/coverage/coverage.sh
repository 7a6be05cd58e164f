#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# How much of the code the tests run, by folder: builds a copy of the tree with
# gcc's counters, runs tests there and prints the share of lines that ran.
#
#	coverage.sh [kyua test filter ...]
#
# Without filters: unit, conf, fuzz, sandbox and integration.  The filters of
# the daemon's processes are in force: see dump.c.  Tests that look at a process
# from outside may fail, as it has one mapping more; the figures stand.

set -eu

cd "$(dirname "$0")/../.."
copy=$PWD/regress/build/coverage
rm -rf "$copy"
mkdir -p "$copy"
tar cf - --exclude=./.git --exclude=./regress/build . | (cd "$copy" && tar xf -)
cd "$copy"
make clean >/dev/null

# Not below /tmp: the tests have one of their own.
dumps=$(mktemp -d /var/tmp/socks5d.XXXXXX)
trap 'rm -rf "$dumps"' EXIT
trap 'exit 1' HUP INT TERM
chmod 1777 "$dumps"
cc=${CC:-gcc}
$cc -O1 -Wall -D_GNU_SOURCE -DCOVERAGE_DIR="\"$dumps\"" -c -o "$copy/dump.o" \
    regress/coverage/dump.c
CC=$cc HARDENING=no \
    CFLAGS="-O0 -g --coverage -fprofile-info-section=gcov_info" \
    LDFLAGS="$copy/dump.o -Wl,--wrap=_exit --coverage" make all
(cd regress && make all)

[ $# -gt 0 ] || set -- unit conf fuzz sandbox integration
sh regress/run.sh "$@" || true
python3 regress/coverage/merge.py "$dumps" "$copy"
