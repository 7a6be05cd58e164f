#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The manual pages and examples against the tables in the source: what one says
# the other has, and the other way round.

top() {
	cd "$(atf_get_srcdir)/../.." || atf_fail "no top folder"
}

PAGES="socks5d.8 socks5d.conf.5 socks5ctl/socks5ctl.8"

# marked macro file: the words that stand in this mdoc macro, one a line
marked() {
	awk -v want="$1" '
	/^\.\\"/ { next }
	/^\./ {
		n = 0
		sub(/^\./, "")
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^[A-Z][a-z]$/)
				n = $i == want
			else if (n && $i !~ /^[].,:;|(){}[]+$/ && $i !~ /^\\/)
				print $i
		}
	}' "$2" | tr -d '"' | sort -u
}

atf_test_case mandoc
mandoc_head() {
	atf_set descr "mandoc finds no fault with the pages"
	atf_set require.progs "mandoc"
}
mandoc_body() {
	top
	for p in $PAGES; do
		atf_check mandoc -Tlint -Wwarning "$p"
		# Pages that are not installed here are not a fault.
		mandoc -Tlint -Wstyle "$p" |
		    grep -v 'referenced manual not found' >"$HOME/style"
		atf_check cat "$HOME/style"
	done
}

atf_test_case sections
sections_head() {
	atf_set descr "the pages have the sections that readers look for"
}
sections_body() {
	top
	for p in $PAGES; do
		for s in NAME DESCRIPTION FILES EXAMPLES "SEE ALSO"; do
			atf_check -o ignore grep "^\\.Sh $s\$" "$p"
		done
	done
	for s in SYNOPSIS SIGNALS "EXIT STATUS" STANDARDS CAVEATS BUGS; do
		atf_check -o ignore grep "^\\.Sh $s\$" socks5d.8
	done
}

atf_test_case keywords
keywords_head() {
	atf_set descr "socks5d.conf(5) has the words of the table, no others"
}
keywords_body() {
	top
	sed -n 's/^	[SX]([A-Z0-9_]*, "\([a-z0-9-]*\)", .*/\1/p' \
	    socks5d/config/keyword.h | sort >"$HOME/table"
	atf_check test -s "$HOME/table"
	{ marked Ic socks5d.conf.5; marked Cm socks5d.conf.5; } | sort -u |
	    grep -v '^<internal>$' >"$HOME/page"
	atf_check diff "$HOME/table" "$HOME/page"
}

atf_test_case keywords_sorted
keywords_sorted_head() {
	atf_set descr "the lexer's table is sorted, for it is searched by halves"
}
keywords_sorted_body() {
	top
	sed -n 's/^	[SX]([A-Z0-9_]*, "\([a-z0-9-]*\)", .*/\1/p' \
	    socks5d/config/keyword.h >"$HOME/table"
	atf_check env LC_ALL=C sort -c "$HOME/table"
}

atf_test_case options
options_head() {
	atf_set descr "the pages have the options that the programs take"
}
options_body() {
	top
	for pair in socks5d/socks5d.c:socks5d.8 \
	    socks5ctl/socks5ctl.c:socks5ctl/socks5ctl.8; do
		src=${pair%:*}
		page=${pair#*:}
		# -x is how the parent starts a child; nobody else may.
		sed -n 's/.*getopt_long([^"]*"\([^"]*\)".*/\1/p' "$src" |
		    tr -d ':+x' | fold -w 1 | sort -u >"$HOME/source"
		atf_check test -s "$HOME/source"
		sed -n 's/^\.It Fl \([A-Za-z]\).*/\1/p' "$page" |
		    sort -u >"$HOME/page"
		atf_check diff "$HOME/source" "$HOME/page"
	done
}

atf_test_case commands
commands_head() {
	atf_set descr "socks5ctl(8) has the commands of the table, no others"
}
commands_body() {
	top
	sed -n 's/^	{ { "\([a-z]*\)", NULL }.*/\1/p
	    s/^	{ { "\([a-z]*\)", "\([a-z]*\)" }.*/\1 \2/p' \
	    socks5ctl/command_table.c | sort >"$HOME/table"
	atf_check test -s "$HOME/table"
	# ".It Cm stop Op Cm now" is two commands: stop, stop now.
	awk '/^\.It Cm / {
		words = ""
		# The name of a table stands between two words of a command.
		sub(/ Ar name Cm /, " ")
		for (i = 3; i <= NF && $i !~ /^([A-Z][a-z]|\|)$/; i++)
			words = words (words == "" ? "" : " ") $i
		print words
		if ($0 ~ / Op Cm [a-z]+/)
			print words, $NF
	}' socks5ctl/socks5ctl.8 | sort >"$HOME/page"
	atf_check diff "$HOME/table" "$HOME/page"
}

atf_test_case counters
counters_head() {
	atf_set descr "socks5ctl(8) has the counters, in the table's order"
}
counters_body() {
	top
	sed -n 's/^	X([A-Z_]*, "\([a-z-]*\)",.*/\1/p' \
	    socks5d/base/counters.h >"$HOME/table"
	atf_check test -s "$HOME/table"
	sed -n 's/^\.It Va \([a-z-]*\)$/\1/p' socks5ctl/socks5ctl.8 \
	    >"$HOME/page"
	atf_check diff "$HOME/table" "$HOME/page"
}

atf_test_case causes
causes_head() {
	atf_set descr "socks5d(8) has the causes of the tables, and the" \
	    "fields of a session line"
}
# words TABLE LINE: the page has the names of the table behind that line.
words() {
	sed -n "s/^	\[$1_[A-Z_]*\] =[ 	]*\"\([a-z-]*\)\".*/\1/p" \
	    socks5d/base/session.c | grep -vx none | sort >"$HOME/table"
	atf_check test -s "$HOME/table"
	# A list may have another one in it.
	sed -n "/^$2\$/,/^\.Pp/s/^\.It Li //p" socks5d.8 |
	    tr -d ' ' | tr ',' '\n' | sort >"$HOME/page"
	atf_check diff "$HOME/table" "$HOME/page"
}
causes_body() {
	top
	# A session that has ended always has a cause.
	words CAUSE "Causes are"
	words DROP "Datagrams of an association are dropped for"
	words UDP_END "refused, which is not asked about again for some seconds, and"
	sed -n '/^\.Sh SESSION LINES/,/^\.Sh FILES/s/^\.It Va //p' socks5d.8 |
	    tr -d ' ' | tr ',' '\n' >"$HOME/fields"
	sed -n '/^session id=/,/^\.Ed/p' socks5d.8 | grep -o '[a-z]*=' |
	    tr -d '=' >"$HOME/sample"
	# Those that are there only if there is something to say.
	printf "%s\n" datagrams_up datagrams_down destinations drops \
	    via rdr hint >>"$HOME/sample"
	atf_check diff "$HOME/sample" "$HOME/fields"
}

atf_test_case hints
hints_head() {
	atf_set descr "the page has each reason of a login that failed"
}
hints_body() {
	top
	sed -n 's/^	\[LOGIN_[A-Z_]*\] =[ 	]*"\(.*\)".*/\1/p' \
	    socks5d/base/login.c | grep -vx -e "no login" -e "logged in" |
	    sort >"$HOME/table"
	atf_check test -s "$HOME/table"
	sed -n '/^\.It Li login-failed/,/^\.It Li bad-name/s/^\.It Ql //p' \
	    socks5d.8 | sed 's/ , /\
/g' | sort >"$HOME/page"
	atf_check diff "$HOME/table" "$HOME/page"
}

atf_test_case users
users_head() {
	atf_set descr "whatever names a file of users names one that socks5ctl" \
	    "can change under the unit for systemd"
}
users_body() {
	top
	dir=$(sed -n 's/^StateDirectory=//p' etc/socks5d.service)
	atf_check_equal 1 "$(echo "$dir" | grep -c .)"
	grep -hEo '(^|[#	 ])users[ 	]+[\\]?"[^"]*"' etc/socks5d.conf \
	    etc/examples/*.conf socks5d.conf.5 socks5d/config/*.c |
	    sed 's/^[^"]*"/"/; s/\\//g' | sort >"$HOME/named"
	atf_check test "$(wc -l <"$HOME/named")" -gt 4
	atf_check -o inline:"\"/var/lib/$dir/users\"\n" uniq "$HOME/named"
}

atf_test_case examples
examples_head() {
	atf_set descr "the example configurations are right, and what -nv" \
	    "prints of them is too"
}
examples_body() {
	top
	# A checkout may be writable by a group; a configuration may not.
	cp etc/socks5d.conf etc/examples/*.conf "$HOME"
	sed -i "s|/var/lib/socks5d/users|$HOME/users|; s|/etc/socks5d/|$HOME/|
	    s|/var/lib/GeoIP/|$HOME/|" "$HOME"/*.conf
	echo "# nobody" >"$HOME/users"
	touch "$HOME/ads" "$HOME/bad"
	printf '192.0.2.0/24 DE\n2001:db8::/32 DE\n' | \
	    perl regress/integration/tools/mmdb.pl >"$HOME/GeoLite2-Country.mmdb"
	chmod 600 "$HOME"/*.conf "$HOME/users"
	for f in "$HOME"/*.conf; do
		# This host is not the one that they are for.
		atf_check -e save:"$HOME/said" socks5d/socks5d -n -f "$f"
		sed -i 's/^\(configuration OK\).*/\1/
		    /: warning: source .*this host has no/d' "$HOME/said"
		atf_check -o inline:"configuration OK\n" cat "$HOME/said"
		atf_check -e ignore -o save:"$HOME/once" socks5d/socks5d -nv -f "$f"
		chmod 600 "$HOME/once"
		atf_check -e ignore -o file:"$HOME/once" socks5d/socks5d -nv \
		    -f "$HOME/once"
	done
}

atf_test_case readme
readme_head() {
	atf_set descr "the files that README names are there, and its map of" \
	    "processes fits on a screen"
}
readme_body() {
	top
	for f in $(grep -ohE '(socks5d|socks5ctl|regress|etc|base|config)/[A-Za-z_0-9./]*' \
	    README CONTRIBUTING | grep -vE '^(etc/socks5d.conf|socks5d/users|regress/build)|NAME' |
	    sed 's/\.$//' | sort -u); do
		[ -e "$f" ] || [ -e "socks5d/$f" ] || echo "not there: $f"
	done >"$HOME/found"
	atf_check cat "$HOME/found"
	lines=$(sed -n '/^The processes/,/^Messages go/p' README |
	    sed '1,3d; $d' | grep -c .)
	atf_check test "$lines" -le 20
}

atf_test_case version
version_head() {
	atf_set descr "NEWS, README and both programs tell one version"
}
version_body() {
	top
	v=$(sed -n 's/^#define SOCKS5D_VERSION[ 	]*"\(.*\)"$/\1/p' \
	    socks5d/base/version.h)
	atf_check test -n "$v"
	atf_check_equal "$v" \
	    "$(sed -n 's/^socks5d \([^ ]*\).*/\1/p' NEWS | head -n 1)"
	atf_check -o ignore grep -F "It is version $v " README
	atf_check -o inline:"socks5d $v\n" socks5d/socks5d -V
	atf_check -o inline:"socks5ctl $v\n" socks5ctl/socks5ctl -V
	# Nobody else has it.
	atf_check -o inline:"socks5d/base/version.h\n" \
	    grep -rlF --include="*.[chy]" "\"$v\"" socks5d socks5ctl
}

atf_test_case unit_file
unit_file_head() {
	atf_set descr "systemd understands the unit file"
	atf_set require.progs "systemd-analyze"
}
unit_file_body() {
	top
	# The programs need not be installed here, nor the pages.
	sed '/^Documentation=/d; s,/usr/local/sbin/socks5[a-z]*,/bin/true,' \
	    etc/socks5d.service >"$HOME/socks5d.service"
	systemd-analyze verify "$HOME/socks5d.service" 2>&1 |
	    grep '^socks5d\.service' >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_init_test_cases() {
	atf_add_test_case mandoc
	atf_add_test_case sections
	atf_add_test_case keywords
	atf_add_test_case keywords_sorted
	atf_add_test_case options
	atf_add_test_case commands
	atf_add_test_case counters
	atf_add_test_case causes
	atf_add_test_case hints
	atf_add_test_case users
	atf_add_test_case examples
	atf_add_test_case readme
	atf_add_test_case version
	atf_add_test_case unit_file
}
