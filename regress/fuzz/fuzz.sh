#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Builds the fuzzers with libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer and runs each for so many seconds.  What they find
# worth keeping gathers in ../build/fuzz, and so do inputs that crash; a crash
# belongs into corpus/ together with its repair.
#
#	fuzz.sh seconds [name ...]
#
# Called by the Makefile, which hands CPPFLAGS and LIBS.

set -eu

cd "$(dirname "$0")"
seconds=$1
shift
[ $# -gt 0 ] || set -- $(ls fuzz_*.c | sed "s/fuzz_//; s/[.]c//")

out=$PWD/../build/fuzz
top=$PWD/../../socks5d
clang=${FUZZ_CC:-clang}
flags="-std=c11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
mkdir -p "$out/obj"

# The top Makefile built all before: what has an object is of this system.
rm -f "$out/lib.a"
for built in "$top"/*/*.o; do
	src=${built%.o}.c
	[ -f "$src" ] || continue	# of a file that has gone since
	obj=$out/obj/$(echo "${src#"$top"/}" | tr / _).o
	$clang ${CPPFLAGS:-} -I"$top" $flags -fsanitize=fuzzer-no-link \
	    -c -o "$obj" "$src"
	ar q "$out/lib.a" "$obj" 2>/dev/null
done

for name; do
	$clang ${CPPFLAGS:-} -I"$top" $flags -fsanitize=fuzzer \
	    -o "$out/fuzz_$name" "fuzz_$name.c" "$out/lib.a" ${LIBS:-}
done
status=0
for name; do
	mkdir -p "$out/$name"
	echo "fuzz_$name: $seconds seconds"
	dict=
	[ ! -f "$name.dict" ] || dict=-dict=$name.dict
	"$out/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
	    -print_final_stats=1 -artifact_prefix="$out/$name-" $dict \
	    "$out/$name" "corpus/$name" >"$out/$name.log" 2>&1 || status=1
	grep -E '^(stat::number_of_executed|SUMMARY|==.*ERROR)' \
	    "$out/$name.log" || true
done
[ $status -eq 0 ] || echo "a fuzzer failed: see regress/build/fuzz/*.log"
exit $status
