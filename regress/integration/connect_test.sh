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
# The text of the sources: what every file has and what none may have.

# CONNECT with real clients.

. "$(atf_get_srcdir)/lib.sh"

# The usual daemon: one port, everything allowed from this host.
start() {
	port=$(freeport)
	daemon_start "$@" <<-EOT
		set relays 2
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
}

connect_case() {
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 60; }"
	eval "$1_cleanup() { all_stop; }"
}

connect_case curl_v4 "curl reaches an IPv4 target by address"
curl_v4_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 \
	    --socks5 "127.0.0.1:$port" "http://127.0.0.1:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

connect_case curl_v6 "curl reaches an IPv6 target by address"
curl_v6_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 -g \
	    --socks5-hostname "[::1]:$port" "http://[::1]:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

connect_case curl_name "curl has the proxy look a name up"
curl_name_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 \
	    --socks5-hostname "127.0.0.1:$port" "http://localhost:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

atf_init_test_cases() {
	atf_add_test_case curl_v4
	atf_add_test_case curl_v6
	atf_add_test_case curl_name
}
