#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The text of the sources: what every file has and what none may have.

top() {
	cd "$(atf_get_srcdir)/../.." || atf_fail "no top folder"
}

# sources suffix...: the files with these suffixes that are ours
sources() {
	for s in "$@"; do
		find socks5d socks5ctl regress etc -name "*.$s" -type f
	done | grep -vE '^regress/build/|^socks5d/config/parse\.c$' | sort
}

atf_test_case licence
licence_head() {
	atf_set descr "every source opens with its licence, its owner and" \
	    "what it is"
}
licence_body() {
	top
	printf '%s\n' "SPDX-License-Identifier: ISC" \
	    "Copyright (c) 2026 The socks5d authors" >"$HOME/licence"
	for f in $(sources c h y sh py pl) .ci/run \
	    $(find . -name Makefile ! -path './regress/build/*'); do
		# Two comments of their own; a #! line may stand before them.
		sed '1{/^#!/d;}' "$f" | head -n 2 |
		    sed 's,^/\* \(.*\) \*/$,\1,; s/^# //' |
		    cmp -s - "$HOME/licence" || echo "$f: no licence"
		# Then, behind an empty line, prose.
		sed '1{/^#!/d;}' "$f" | sed -n '3{/./p;}; 4p' | head -n 1 |
		    grep -qE '^(/\*|# [A-Za-z"]|"""[A-Za-z])' || echo "$f: what is it?"
	done >"$HOME/found"
	atf_check cat "$HOME/found"
	atf_check -o match:"^Permission to use, copy" cat LICENSE
}

atf_test_case blanks
blanks_head() {
	atf_set descr "no blanks at the end of a line, no lines at the end of" \
	    "a file, no carriage returns"
}
blanks_body() {
	top
	cr=$(printf '\r')
	{
		grep -nE "[ 	]+\$|$cr" $(sources c h y sh py) README etc/socks5d.* \
		    etc/examples/* *.[58] socks5ctl/*.8 $(find . -name Makefile \
		    ! -path './regress/build/*')
		for f in $(sources c h y sh py) README *.[58] etc/*; do
			[ -f "$f" ] || continue
			[ -n "$(tail -n 1 "$f")" ] || echo "$f: ends in a blank line"
			[ -z "$(tail -c 1 "$f")" ] || echo "$f: no newline at the end"
		done
	} >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case width
width_head() {
	atf_set descr "no line of C is wider than 80 columns"
}
width_body() {
	top
	for f in $(sources c h y); do
		expand "$f" | awk -v f="$f" \
		    'length($0) > 80 { print f ":" NR ": " length($0) }'
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case forbidden
forbidden_head() {
	atf_set descr "no function is called that is easy to use wrongly"
}
forbidden_body() {
	top
	{
		words='strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets'
		words="$words|strtok|atoi|atol|atoll|alloca|signal|tmpnam"
		words="$words|mktemp|inet_addr|inet_ntoa"
		calls "$words" $(sources c h y)
		# Tests may draw numbers and ask libc for comparison.
		words='rand|srand|random|srandom|system|popen|crypt'
		words="$words|getaddrinfo|gethostby[a-z]*|getservbyname"
		calls "$words" $(sources c h y | grep -v ^regress/)
	} >"$HOME/found"
	atf_check cat "$HOME/found"
}

# calls names file...: where one of these functions is called
calls() {
	names=$1
	shift
	grep -nE "(^|[^A-Za-z0-9_.>])($names)\(" "$@"
}

atf_test_case style
style_head() {
	atf_set descr "exact comparisons, no parentheses around what is" \
	    "returned, no unfinished work"
}
style_body() {
	top
	{
		grep -nE '^[ 	]*return \([^()]*\);$' $(sources c h y)
		grep -nE '(^|[^A-Za-z0-9_])(TODO|FIXME|XXX|HACK)($|[^A-Za-z0-9_])' \
		    $(sources c h y py conf) README *.[58] socks5ctl/*.8
		grep -nE '#[ 	]*if(def|ndef)?[ 	].*(__linux__|__OpenBSD__|__FreeBSD__|_WIN32)' \
		    $(sources c h y) | grep -v '^socks5d/compat/'
	} >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case comments
comments_head() {
	atf_set descr "files, functions and users that comments name are" \
	    "there, and what a role is said to lack it lacks"
	atf_set require.progs "python3"
}
comments_body() {
	top
	atf_check python3 regress/lint/comments.py
	# It sees what it looks for.
	mkdir -p "$HOME/t/socks5d/base" "$HOME/t/socks5d/auth" \
	    "$HOME/t/socks5ctl"
	cd "$HOME/t" || atf_fail "no folder"
	printf '%s\n' "/* Used by the router.  See no_such(), gone.c and a.h. */" \
	    >socks5d/base/a.h
	printf '%s\n' "/*" " * It has no accept(2), no bind(2) and no listen(2)." \
	    " * Linked by all. */" '#include "base/a.h"' "CALL(bind)," \
	    >socks5d/auth/auth_syscalls.c
	cat >wanted <<-EOT
		socks5d/auth/auth_syscalls.c:1: there is a bind(2) below
		socks5d/auth/auth_syscalls.c:1: who links it is for the linker to say
		socks5d/base/a.h:1: there is no gone.c
		socks5d/base/a.h:1: there is no no_such()
		socks5d/base/a.h:1: used by auth, not by router
	EOT
	atf_check -s exit:1 -o file:wanted \
	    python3 "$(atf_get_srcdir)/comments.py" .
}

atf_test_case format
format_head() {
	atf_set descr "all C is as clang-format 14 would write it"
	atf_set require.progs "clang-format-14"
}
format_body() {
	top
	atf_check clang-format-14 --dry-run -Werror $(sources c h)
	printf 'int\tf( void );\n' >"$HOME/bad.c"
	cp .clang-format "$HOME"
	atf_check -s exit:1 -e match:"bad.c:1" \
	    clang-format-14 --dry-run -Werror "$HOME/bad.c"
}

atf_test_case tokens
tokens_head() {
	atf_set descr "the tokens of the grammar are the keywords and what the" \
	    "lexer finds beside them, and the grammar uses each"
}
tokens_body() {
	top
	# What is no keyword; the first three are there to be refused.
	others="BAD LATER RESERVED BANG EFFECT MACRO SETTING SOFT SWITCH TABLE WORD"
	sed -n 's/^%token[ 	]*<word>//p' socks5d/config/parse.y |
	    tr -s ' 	' '\n\n' | grep . | sort >"$HOME/declared"
	{
		sed -n 's/^	X(\([A-Z0-9_]*\), ".*/\1/p' \
		    socks5d/config/keyword.h
		printf '%s\n' $others
	} | sort >"$HOME/known"
	sed '1,/^%%/d' socks5d/config/parse.y | sed '/^%%/,$d' |
	    grep -oE '[A-Z][A-Z0-9_]+' | sort -u >"$HOME/used"
	atf_check test -s "$HOME/declared" -a -s "$HOME/used"
	{
		comm -23 "$HOME/declared" "$HOME/known" |
		    sed 's/$/: %token, but no row in keyword.h/'
		comm -13 "$HOME/declared" "$HOME/known" |
		    sed 's/$/: a row in keyword.h, but no %token/'
		comm -23 "$HOME/declared" "$HOME/used" |
		    grep -vxE 'BAD|LATER|RESERVED' |
		    sed 's/$/: no line of the grammar has it/'
	} >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case listed
listed_head() {
	atf_set descr "every source is built, every test is run"
}
listed_body() {
	top
	{
		for f in $(find socks5d -name '*.[cy]'); do
			o=${f#socks5d/}
			o=${o%.*}.o
			case $o in
			# One of each of these is chosen by name.
			base/sandbox_*|base/confine_*|compat/*)
				continue
				;;
			esac
			grep -qw "$(echo "$o" | sed 's/\./\\./g')" \
			    socks5d/Makefile || echo "not built: $f"
		done
		# tests.lua finds them where a Kyuafile calls it.
		for f in $(find regress -name '*_test.c' -o -name '*_test.sh' |
		    grep -v '^regress/build/'); do
			grep -qs 'tests\.lua' "$(dirname "$f")/Kyuafile" ||
			    echo "not run: $f"
		done
		for k in regress/*/Kyuafile; do
			grep -q "\"${k#regress/}\"" regress/Kyuafile ||
			    echo "not included: $k"
		done
		# daemon.sh makes each daemon_case known.
		grep -lE '^atf_(init_test_cases|test_case)' \
		    regress/integration/*_test.sh | sed 's/^/its own list: /'
	} >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_init_test_cases() {
	atf_add_test_case licence
	atf_add_test_case blanks
	atf_add_test_case width
	atf_add_test_case forbidden
	atf_add_test_case style
	atf_add_test_case comments
	atf_add_test_case format
	atf_add_test_case tokens
	atf_add_test_case listed
}
