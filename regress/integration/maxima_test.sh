#! /usr/bin/env atf-sh
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

# What socks5d.conf(5) says that there may be, all of it at once.

. "$(atf_get_srcdir)/lib.sh"

daemon_case children "all processes that there may be are shown" 120
children_body() {
	python3 "$SRC/login.py" users users
	daemon_start <<-EOT
		set relays 64
		set auth workers 16
		users "$PWD/users"
		table <some> address { 192.0.2.1 }
		upstream "up" { member socks5 127.0.0.1 port 1 }
		listen on localhost port $(freeport)
		block
		pass from localhost to <some> via "up"
	EOT
	ctl show status >text || atf_fail "no answer"
	for row in "router 1" "auth 1" "resolver 1" "control 1" "loader 1" \
	    "upstream 1" "relay 64" "hash 16"; do
		set -- $row
		atf_check_equal "$row" "$1 $(awk -v role="$1" \
		    '$1 == role && $3 > 0 { n++ } END { print n }' text)"
	done
	ctl show status -j >json || atf_fail "no answer in JSON"
	atf_check_equal 86 "$(python3 -c 'import json, sys
c = json.load(sys.stdin)["children"]
print(len({(x["role"], x["instance"]) for x in c if x["pid"]}))' <json)"
	daemon_end
}

atf_init_test_cases() {
	atf_add_test_case children
}
