#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The storeys of the source, as storeys.py reads them from the objects of the
# last build: within a folder files stand on one another and not in circles,
# and each folder stands only on those that it may.

# Each folder and those that it may need.  What every child may call is said in
# base, what a role may call beyond that by the role: lists of system calls are
# no edge.
MAY="base: compat
conf: base compat
socks: base
table: base compat
users: base compat
config: base compat conf
parent: base compat conf config table users
router: base compat conf socks table
relay: base compat conf socks
auth: base conf users
hash: base conf
loader: base compat conf table
upstream: base compat conf socks
resolver: base compat conf
control: base compat conf
socks5ctl: base users
socks5d: base parent router relay auth hash loader upstream resolver control"

storeys="python3 $(atf_get_srcdir)/storeys.py"

# circles of the storeys.py -c that is read: those of more than two files
circles() {
	awk '/^[^	]/ && $2 > 2' | LC_ALL=C sort
}

atf_test_case circles
circles_head() {
	atf_set descr "no more than two files of a folder stand on one another"
	atf_set require.progs "nm python3"
}
circles_body() {
	$storeys -c >found || atf_fail "cannot be read"
	circles <found >large
	[ ! -s large ] || cat found
	atf_check cat large
}

atf_test_case folders
folders_head() {
	atf_set descr "no folder needs or includes what is above it or beside it"
	atf_set require.progs "nm python3"
}
folders_body() {
	$storeys -f >edges || atf_fail "cannot be read"
	atf_check test "$(wc -l <edges)" -gt 100
	echo "$MAY" | tr -d : |
	    awk '{ for (i = 2; i <= NF; i++) print $1, $i }' >may
	cut -f 1 edges | sort -u >are
	awk -F '\t' 'NR == FNR { may[$0]; next }
	    !($1 in may) && $2 !~ /^base\/.*_syscalls$/ { print $2 }' \
	    may edges >found
	atf_check cat found
	# Nothing is allowed that nobody needs.
	sort may | comm -23 - are >found
	atf_check cat found
}

atf_test_case seen
seen_head() {
	atf_set descr "a circle is seen, with its files and its symbols, and" \
	    "what stands on it is above it"
	atf_set require.progs "cc nm python3"
}
seen_body() {
	mkdir -p socks5d/router socks5d/base socks5ctl
	cd socks5d/router || atf_fail "no folder"
	echo "int b(void); int a(void); int a(void) { return b(); }" >a.c
	echo "int c(void); int b(void); int b(void) { return c(); }" >b.c
	echo "int a(void), d(void), c(void); int c(void) { return a() + d(); }" \
	    >c.c
	echo "int d(void); int d(void) { return 1; }" >d.c
	echo "int a(void), e(void); int e(void) { return a(); }" >e.c
	echo "int d(void), f(void); int f(void) { return d(); }" \
	    >../base/f.c
	for f in *.c ../base/*.c; do
		cc -c -o "${f%.c}.o" "$f" || atf_fail "no object of $f"
	done
	# What has no source is not of this tree.
	mv e.o gone.o && cp gone.o e.o
	cd ../..
	printf 'router 3\n\ta -> b: b\n\tb -> c: c\n\tc -> a: a\n' >wanted
	atf_check -o file:wanted $storeys -C . -c
	$storeys -C . -c | circles >sizes
	atf_check -o inline:"router 3\n" cat sizes
	printf 'router\n   2  e\n   1  (a b c)\n   0  d\n' >wanted
	atf_check -o file:wanted $storeys -C . router
	atf_check -o inline:"base router\tbase/f needs router/d\n" \
	    $storeys -C . -f
	atf_check -o inline:"router/d\n\tbase: f\n\trouter: c\n" \
	    $storeys -C . -u router/d.c
}

atf_init_test_cases() {
	atf_add_test_case circles
	atf_add_test_case folders
	atf_add_test_case seen
}
