#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Runs the tests and says what failed and why.  Everything that a run leaves
# behind is in regress/build.  The last line is "N passed, N failed, N skipped";
# the exit status is 1 if one failed or none ran.
#
#	run.sh [kyua test filter ...]
#
# They run in a copy of this folder's parent, which every user can read, on a
# host of their own (host.sh), with a bare environment and no terminal: it
# makes no difference to them where the tree lies, who cloned it with which
# umask, and what this host is like.
#
# With SOCKS5D_LONG in the environment many tests do a hundred times as much.

set -u
umask 022
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

cd "$(dirname "$0")" || exit 1
build=$PWD/build
mkdir -p "$build"
rm -f "$build/results.db" "$build/summary"

# due [filter ...]: the programs that make would build now, of those that the
# tests of the filters need; a line for each folder.
due() {
	for dir in ../socks5d ../socks5ctl unit conf fuzz sandbox \
	    integration/tools; do
		case "$dir $*" in
		../*|*" "|"$dir "*"${dir%/*}"*)	;;
		*)				continue ;;
		esac
		todo=$(env -u MAKEFLAGS make -n -C "$dir" 2>&1) ||
		    todo=" -o all"
		echo "$todo" | sed -n 's/.* -o \([^ ]*\).*/\1/p' |
		    grep -v '[.][co]$' | sort -u |
		    awk -v line="regress/$dir:" 'NR <= 5 { line = line " " $1 }
		    END { if (NR > 5) line = line " and " NR - 5 " more" }
		    END { if (NR) print line }'
	done | sed 's,regress/[.][.]/,,'
}

# absent: a program is not there, for whose lack kyua runs no test at all.
absent() {
	for source in ../socks5d/socks5d.c ../socks5ctl/socks5ctl.c \
	    ./*/*_test.c; do
		[ -x "${source%.c}" ] || return 0
	done
	return 1
}

if absent; then
	todo=$(due)
else
	todo=$(due "$@")
fi
[ -z "$todo" ] || cat <<EOT
not built, or older than its sources ("make tests" builds all):
$todo
EOT
if absent; then
	echo "no test ran"
	echo "0 passed, 1 failed, 0 skipped" | tee "$build/summary"
	exit 1
fi

# usable folder: files there can be run, by other users too, and its name is
# fit for the names of sockets and for files of settings.
usable() {
	case $1 in
	*[!A-Za-z0-9_./-]*|????????????????????????????????????????*)
		return 1
		;;
	esac
	probe=$(mktemp -d "$1/socks5d.XXXXXX" 2>/dev/null) || return 1
	chmod 755 "$probe"
	printf '#!/bin/sh\n' >"$probe/run"
	chmod 755 "$probe/run"
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --clear-groups "$probe/run"
	else
		"$probe/run"
	fi 2>/dev/null
	rc=$?
	rm -rf "$probe"
	return $rc
}

for dir in "${TMPDIR:-/tmp}" /tmp /var/tmp ""; do
	! usable "$dir" || break
done
if [ -z "$dir" ]; then
	echo "no folder for the tests: set TMPDIR to one where programs run"
	exit 1
fi
work=$(mktemp -d "$dir/socks5d.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
chmod 1777 "$work"

# Nobody but the owner may write to files of settings, and that is us.
mkdir "$work/tree" "$work/home"
tar -cf - -C .. --exclude=./.git --exclude=./regress/build . |
    tar -xf - --no-same-owner -C "$work/tree" || exit 1
chmod -R u+rwX,go+rX,go-w "$work/tree"

# What is at $TMPDIR is the folder of the run, in the host of the tests too.
# The leaks that asan.sh knows of are in the tree.
bare() {
	exec env -i PATH="$PATH" LC_ALL=C TMPDIR="$work" \
	    SOCKS5D_LONG="${SOCKS5D_LONG:-}" \
	    ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
	    LSAN_OPTIONS="${LSAN_OPTIONS:-}" \
	    UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" "$@"
}
kyua='
cd "$TMPDIR/tree/regress" || exit 1
[ ! -e leaks ] || LSAN_OPTIONS=suppressions=$PWD/leaks:$LSAN_OPTIONS
export LSAN_OPTIONS HOME="$TMPDIR/home"
cmd=$1
shift
exec kyua --config=kyua.conf --logfile="$TMPDIR/kyua.log" "$cmd" \
    --results-file="$TMPDIR/results.db" "$@"'

echo "running the tests; progress is in regress/build/progress"
bare setsid sh "$work/tree/regress/host.sh" "$work" \
    sh -c "$kyua" sh test "$@" </dev/null >"$build/progress" 2>&1 &
pid=$!
trap 'kill $pid; wait $pid; exit 1' HUP INT TERM
wait $pid
cp "$work/kyua.log" "$work/results.db" "$build"
grep "^the tests see this host" "$build/progress"
(bare sh -c "$kyua" sh report --verbose \
    --results-filter=broken,failed) >"$build/report" 2>&1

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
