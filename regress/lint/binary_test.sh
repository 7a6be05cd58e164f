#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The programs as they were linked: is the hardening in them that the build
# asked for, and nothing that should not be there?

top() {
	cd "$(atf_get_srcdir)/../.." || atf_fail "no top folder"
	[ -x socks5d/socks5d ] && [ -x socks5ctl/socks5ctl ] ||
	    atf_fail "the programs are not there; run make first"
}

PROGRAMS="socks5d/socks5d socks5ctl/socks5ctl"

atf_test_case position_independent
position_independent_head() {
	atf_set descr "the programs can be loaded anywhere"
}
position_independent_body() {
	top
	for p in $PROGRAMS; do
		atf_check -o match:'Type: +DYN' readelf -hW $p
		atf_check -o match:'FLAGS_1.*PIE' readelf -dW $p
		atf_check -o not-match:'TEXTREL' readelf -dW $p
	done
}

atf_test_case relocations_read_only
relocations_read_only_head() {
	atf_set descr "all symbols are bound at start, then made read-only"
}
relocations_read_only_body() {
	top
	for p in $PROGRAMS; do
		atf_check -o match:'GNU_RELRO' readelf -lW $p
		atf_check -o match:'BIND_NOW' readelf -dW $p
		atf_check -o match:'FLAGS_1.*NOW' readelf -dW $p
	done
}

atf_test_case memory
memory_head() {
	atf_set descr "no memory is both writable and executable"
}
memory_body() {
	top
	for p in $PROGRAMS; do
		atf_check -o match:'GNU_STACK.* RW ' readelf -lW $p
		atf_check -o not-match:'RWE' readelf -lW $p
		atf_check -s exit:1 -o empty sh -c \
		    "readelf -SW $p | grep -E ' W?A?X?WA?X|WAX|AXW'"
	done
}

atf_test_case guards
guards_head() {
	atf_set descr "the stack protector and the checked functions are used"
}
guards_body() {
	top
	for p in $PROGRAMS; do
		atf_check -o match:'__stack_chk_fail' nm -D $p
		atf_check -o match:'__(read|memcpy|snprintf|vsnprintf|strlcpy|fprintf|printf|memset|vfprintf|recv|memmove)_chk' \
		    nm -D $p
	done
}

atf_test_case libraries
libraries_head() {
	atf_set descr "no search path is built in, and no library is linked" \
	    "that was not chosen"
}
libraries_body() {
	top
	for p in $PROGRAMS; do
		atf_check -o not-match:'R(UN)?PATH' readelf -dW $p
	done
	readelf -dW socks5d/socks5d | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
	    sed 's/[-.].*//' | sort >"$HOME/found"
	libs="libbsd\nlibc\nlibcap\nlibcares\nlibcrypt\nlibevent_core"
	libs="$libs\nlibmaxminddb\nlibmd\nlibseccomp\n"
	atf_check -o inline:"$libs" \
	    grep -v '^ld' "$HOME/found"
	readelf -dW socks5ctl/socks5ctl |
	    sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
	    sed 's/[-.].*//' | sort >"$HOME/found"
	atf_check -o inline:"libbsd\nlibc\nlibcrypt\n" grep -v '^ld' "$HOME/found"
}

atf_init_test_cases() {
	atf_add_test_case position_independent
	atf_add_test_case relocations_read_only
	atf_add_test_case memory
	atf_add_test_case guards
	atf_add_test_case libraries
}
