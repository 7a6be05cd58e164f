#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The order of the tests: regress/README is a map of all there is, nothing is
# left over, and no two names are mistaken for each other.

top() {
	cd "$(atf_get_srcdir)/../.." || atf_fail "no top folder"
}

# helpers: the files of regress that are no test and no input of one.
helpers() {
	find regress -path regress/build -prune -o -path regress/lint -prune \
	    -o -path regress/fuzz/corpus -prune \
	    -o -path regress/bench -prune -o -type f \( -name '*.[ch]' \
	    -o -name '*.py' -o -name '*.sh' -o -name '*.pl' -o -name '*.lua' \
	    -o -name '*.txt' -o -name '*.dict' \) -print |
	    grep -vE '_test\.(c|sh)$|/fuzz_[a-z]*\.c$' | sort
}

atf_test_case map
map_head() {
	atf_set descr "regress/README names each helper of the tests, and" \
	    "nothing that is not there"
}
map_body() {
	top
	helpers >"$HOME/helpers"
	atf_check test -s "$HOME/helpers"
	{
		while read -r f; do
			name=${f##*/}
			case $f in
			regress/integration/cases/*)
				[ ! -e "regress/integration/${name%.py}_test.sh" ] ||
				    continue
				;;
			esac
			grep -qwF "$name" regress/README ||
			    echo "regress/README does not know $f"
		done <"$HOME/helpers"
		for name in $(grep -owE '[a-z0-9_]+\.(c|h|py|sh|pl|lua|txt|dict)' \
		    regress/README | grep -vE '^(name)?_test' | sort -u); do
			[ -n "$(find regress -name "$name")" ] ||
			    echo "regress/README names $name"
		done
	} >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case used
used_head() {
	atf_set descr "each helper of the tests is used by something"
}
used_body() {
	top
	helpers >"$HOME/helpers"
	atf_check test -s "$HOME/helpers"
	while read -r f; do
		name=${f##*/}
		what="(^|[^a-z0-9_])$name"
		case $f in
		# Tests say what they want, a Makefile what it makes of it.
		*.c)	what="(^|[^a-z0-9_])${name%.c}([^a-z0-9_]|\$)" ;;
		*.py)	what="$what|(import|from) ${name%.py}([^a-z0-9_]|\$)" ;;
		*.dict)	continue ;;
		esac
		grep -rqIE --exclude-dir=build --exclude=README \
		    --exclude="$name" "$what" regress Makefile ||
		    echo "nobody uses $f"
	done <"$HOME/helpers" >"$HOME/found"
	atf_check cat "$HOME/found"
}

# Names of files of which one is another with a letter or an underscore more,
# or with one letter in another's place, which says little of short names.
twins() {
	find socks5d socks5ctl regress etc -path regress/build -prune -o \
	    -path regress/conf -prune -o -path regress/fuzz/corpus -prune -o \
	    -type f \( -name '*.[chy]' -o -name '*.py' -o -name '*.sh' \) \
	    -print | sed 's/\.[a-z]*$//' | sort -u | awk -F/ '
	function near(a, b,	i, n) {
		if (length(a) > length(b))
			return near(b, a)
		n = length(b)
		if (n > length(a) + 1 || n < 5)
			return 0
		for (i = 1; substr(a, i, 1) == substr(b, i, 1); i++)
			;
		# Digits tell things apart.
		if (substr(b, i, 1) ~ /[0-9]/)
			return 0
		return substr(b, i + 1) == \
		    substr(a, i + (n == length(a)))
	}
	{
		name[NR] = $NF
		plain[NR] = $NF
		gsub(/_/, "", plain[NR])
		folder[NR] = substr($0, 1, length($0) - length($NF))
		for (i = 1; i < NR; i++) {
			if (name[i] == name[NR])
				continue
			if (plain[i] == plain[NR] ||
			    (folder[i] == folder[NR] && near(name[i], name[NR])))
				print folder[i] name[i], folder[NR] name[NR]
		}
	}'
}

atf_test_case names
names_head() {
	atf_set descr "no two files of a folder differ by a letter, no two at" \
	    "all by an underscore"
}
names_body() {
	top
	twins >"$HOME/twins"
	atf_check cat "$HOME/twins"
}

atf_init_test_cases() {
	atf_add_test_case map
	atf_add_test_case used
	atf_add_test_case names
}
