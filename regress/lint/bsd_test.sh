#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The files for other systems, which no build here compiles: that they are
# right in their types against headers with the documented interfaces of those
# systems, bsd/, and that each has the functions of its kind.

top() {
	cd "$(atf_get_srcdir)/../../socks5d" || atf_fail "no folder"
}

# kinds: base/walls_, compat/poller_ and so on: one file of each is built
kinds() {
	ls base/sandbox_*.c base/walls_*.c compat/*_*.c |
	    sed 's/[^_]*$//' | sort -u
}

# functions object: what it defines for others
functions() {
	nm -g --defined-only "$1" | awk '{ print $3 }' | sort
}

atf_test_case types
types_head() {
	atf_set descr "what is for other systems compiles and has all functions"
	atf_set require.progs "nm"
}
types_body() {
	top
	cc=$(sed -n 's/^CC[ 	]*= //p' ../config.mk)
	cpp=$(sed -n 's/^CPPFLAGS[ 	]*= //p' ../config.mk)
	warnings=$(sed -n '/^WARNINGS/,/[^\\]$/p' ../config.mk |
	    sed 's/^WARNINGS[ 	]*= //' | tr -d '\\')
	checked=0
	for kind in $(kinds); do
		built=
		for f in "$kind"*.c; do
			[ ! -f "${f%.c}.o" ] || built=${f%.c}.o
		done
		[ -n "$built" ] || atf_fail "$kind*: none is built"
		functions "$built" >"$HOME/wanted"
		for f in "$kind"*.c; do
			case $f in
			"${built%.o}.c"|compat/cares_*|compat/caresopt_*)
				# Those of c-ares: Debian 12 has the old one,
				# 13 the new one.
				continue
				;;
			esac
			$cc -std=c11 -Werror $warnings -I"$(atf_get_srcdir)/bsd" \
			    $cpp -I. -c -o "$HOME/it.o" "$f" ||
			    atf_fail "$f does not compile"
			functions "$HOME/it.o" |
			    diff "$HOME/wanted" - >"$HOME/found" ||
			    atf_fail "$f is not $built: $(cat "$HOME/found")"
			checked=$((checked + 1))
		done
	done
	atf_check test "$checked" -ge 12
}

atf_test_case seen
seen_head() {
	atf_set descr "a call with an argument too few, or of a wrong type, is seen"
}
seen_body() {
	top
	bsd=$(atf_get_srcdir)/bsd
	cc=$(sed -n 's/^CC[ 	]*= //p' ../config.mk)
	sed 's/, NULL, 0, NULL)/, 0, NULL)/' compat/poller_kqueue.c \
	    >"$HOME/few.c"
	sed 's/getpeereid(fd, uid,/getpeereid(fd, *uid,/' compat/peercred_bsd.c \
	    >"$HOME/peer.c"
	for f in few peer; do
		atf_check -s not-exit:0 -e match:"error: " $cc -std=c11 \
		    -D_GNU_SOURCE -Werror -I"$bsd" -I. -fsyntax-only "$HOME/$f.c"
	done
}

atf_init_test_cases() {
	atf_add_test_case types
	atf_add_test_case seen
}
