#!/bin/sh
# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# Runs the tests and says what failed and why.  Everything that a run leaves
# behind is in regress/build.  The last line is "N passed, N failed, N skipped";
# the exit status is 1 if one failed or none ran.
#
#	run.sh [kyua test filter ...]
#
# With SOCKS5D_LONG in the environment many tests do a hundred times as much.

set -u

cd "$(dirname "$0")" || exit 1
build=$PWD/build
mkdir -p "$build/home"
rm -f "$build/results.db" "$build/summary"

# Tests see a bare environment: no proxies, no make, no one's settings.
k() {
	cmd=$1
	shift
	env -i PATH="$PATH" HOME="$build/home" LC_ALL=C \
	    TMPDIR="${TMPDIR:-/tmp}" \
	    SOCKS5D_LONG="${SOCKS5D_LONG:-}" \
	    ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
	    LSAN_OPTIONS="${LSAN_OPTIONS:-}" \
	    UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" \
	    kyua --config=kyua.conf --logfile="$build/kyua.log" "$cmd" \
	    --results-file="$build/results.db" "$@"
}

echo "running the tests; progress is in regress/build/progress"
k test "$@" >"$build/progress" 2>&1 &
pid=$!
trap 'kill $pid; wait $pid; exit 1' HUP INT TERM
wait $pid
k report --verbose --results-filter=broken,failed >"$build/report" 2>&1

# "Test cases: 9 total, 1 skipped, 2 expected failures, 3 broken, 4 failed"
counts=$(sed -n 's/^Test cases: //p' "$build/report" | tail -n 1)
# shellcheck disable=SC2046
set -- $(echo "$counts" | tr -cd '0-9 ')
if [ $# -ne 5 ] || [ "$1" -eq 0 ]; then
	cat "$build/progress" "$build/report"
	echo "no test ran"
	set -- 1 0 0 1 0
else
	# Of each failure its name and what it said, no more.
	awk '/^===> [^ ]*:/ { show = 1; skip = 0; print "" }
	    /^===> (Broken|Failed) tests|^===> Summary/ { show = 0 }
	    /^(Start time|End time|Duration): / { next }
	    /^Metadata:$/ { skip = 1 }
	    skip && /^$/ { skip = 0 }
	    show && !skip' "$build/report"
	echo
	grep -E '  ->  (skipped|expected_failure): ' "$build/progress"
fi

# An expected failure has neither passed nor failed.
echo "$(($1 - $2 - $3 - $4 - $5)) passed, $(($4 + $5)) failed," \
    "$(($2 + $3)) skipped" | tee "$build/summary"
[ $(($4 + $5)) -eq 0 ]
