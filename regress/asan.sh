#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Builds a copy of the tree with AddressSanitizer and UndefinedBehaviorSanitizer
# and runs those tests there that have to do with memory.  The copy is made with
# SANITIZE defined: the filter then answers with an error where it kills, since
# a sanitizer's report needs system calls of its own.
#
#	asan.sh [kyua test filter ...]

set -eu

cd "$(dirname "$0")/.."
copy=regress/build/asan
rm -rf $copy
mkdir -p $copy
tar cf - --exclude=./.git --exclude=./regress/build . | (cd $copy && tar xf -)
cd $copy
make clean >/dev/null

flags="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
CC=${CC:-clang} HARDENING=no CPPFLAGS=-DSANITIZE \
    CFLAGS="-O1 -g -fno-omit-frame-pointer $flags" LDFLAGS="$flags" make all
(cd regress && make all)

[ $# -gt 0 ] || set -- unit conf fuzz integration
# libatf does not free what it ends with; -D and the environment's macros live
# as long as the daemon; libbsd copies the words of the command line, of which
# socks5ctl takes some from main's array.
printf 'leak:%s\n' libatf-c overrides_from_env override_add setproctitle_init \
    >regress/leaks
export ASAN_OPTIONS=abort_on_error=1:disable_coredump=1
export LSAN_OPTIONS=print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
exec sh regress/run.sh "$@"
