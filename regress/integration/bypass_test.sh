#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Ways round the policy: whatever is asked for is judged as the address that
# would be connected, and as the name that would be looked up.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_SECONDS=90

# start: rules on standard input, with the name server at $DNS.
start() {
	port=$(freeport)
	{
		echo "resolver { nameserver 127.0.0.1 port $DNS }"
		echo "listen on localhost port $port"
		cat
	} >rules
	daemon_start <rules
}

# Questions without an answer are given up only after some tries.
finish() {
	until_is 15 "$(cat fds.first)" fds_all ||
	    atf_fail "the resolver keeps sockets"
	daemon_end
}

daemon_case open "who may go anywhere gets to nothing internal"
open_body() {
	nameserver <<-EOT
		loop.test	a=127.0.0.1 aaaa=::1
		meta.test	a=169.254.169.254
		zero.test	a=0.0.0.0 aaaa=::
		six.test	aaaa=fe80::1,fd00::1
		mapped.test	aaaa=::ffff:127.0.0.1
		nat.test	aaaa=64:ff9b::7f00:1,2002:7f00:1::1
		alias.test	cname=loop.test
		alias2.test	cname=alias.test
		many.test	a=127.0.0.1+30
	EOT
	witness four 127.0.0.1
	witness six ::1 "$WITNESS"
	start <<-EOT
		pass
		pass to any
		pass to { 0.0.0.0/0, ::/0 }
		pass to !192.0.2.77
		pass to domain { ".test" "localhost" ".localhost" }
	EOT
	atf_check python3 "$SRC/cases/bypass.py" open "$port" "$WITNESS"
	atf_check_equal "0 0" "$(came four) $(came six)"
	finish
}

daemon_case names "a domain is blocked however it is written"
names_body() {
	for name in good blocked www.blocked a.b.c.blocked sub.below \
	    a.sub.below ads x.ads exact xn--bcher-kva xblocked \
	    blocked.test.good below x.exact xads; do
		echo "$name.test a=127.0.0.9"
	done >hosts.script
	echo "alias.blocked.test cname=good.test" >>hosts.script
	nameserver <hosts.script
	witness nine 127.0.0.9
	echo ".ads.test" >ads
	chmod 600 ads
	start <<-EOT
		table <ads> domain file "$PWD/ads"
		pass to 127.0.0.9
		block to domain ".blocked.test"
		block to domain { "*.below.test", <ads> }
		block quick to domain { "exact.test" "xn--bcher-kva.test" }
	EOT
	atf_check -o inline:"7 of 7\n" \
	    python3 "$SRC/cases/bypass.py" names "$port" "$WITNESS"
	atf_check_equal 7 "$(came nine)"
	# Nor is it told to name servers that somebody wanted to go there.
	atf_check -s exit:1 grep -E \
	    ' (([^ ]*\.)?blocked|(x\.)?ads|exact|sub\.below)\.test ' "$DNS_LOG"
	finish
}
