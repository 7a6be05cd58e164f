#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# "socks5ctl test": what it says is what happens.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_USER=root
CASE_SECONDS=120

# Rules on standard input; $DNS is a name server, $open, $mixed and $strict are ports of listeners.
start() {
	nameserver <<-EOT
		a.test		a=127.0.0.1
		both.test	a=127.0.0.1 aaaa=::1
		mixed.test	a=127.0.0.2,127.0.0.1
		bad.test	a=127.0.0.2
		none.test
		fails.test	rcode=2
		x.ads.test	a=127.0.0.1
	EOT
	python3 "$SRC/cases/login.py" users users
	set -- $(freeport 3)
	open=$1 mixed=$2 strict=$3
	{
		echo "set relays 2"
		echo "log to stderr format json sessions"
		echo "users \"$PWD/users\""
		echo "resolver { nameserver 127.0.0.1 port $DNS timeout 2s }"
		echo "listen on localhost port $open"
		echo "listen on 127.0.0.1 port $mixed name mixed auth optional \
		    udp port 20000:20999"
		echo "listen on 127.0.0.1 port $strict name strict auth required"
		cat
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	atf_check python3 "$SRC/cases/explain.py" "$@"
}

daemon_case same "what it says is what happens, and nothing is counted"
same_body() {
	target echo
	start <<-EOT
		block
		pass from localhost to <internal>
		pass to 192.0.2.80 port 80 rdr-to 127.0.0.1 port $TARGET
		pass to 192.0.2.81 rdr-to 127.0.0.1 port $TARGET source 127.0.0.9
		pass to ::1 source 127.0.0.9
		block to 127.0.0.2
		block drop to 127.0.0.3
		block drop from 127.0.0.66
		block user bob
		block group admins
		pass quick user alice to 127.0.0.4
		block to domain { ".ads.test" }
		block port 1
		block from 127.0.0.67 on mixed
	EOT
	client same "$open" "$mixed" "$strict" "$TARGET"
	daemon_end
}

# told: the lines are those of explain.py told.
told() {
	cat >requests
	atf_check python3 "$SRC/cases/explain.py" told "$open" "$mixed" \
	    "$strict" <requests
}

daemon_case command "the command is a condition, served or not"
command_body() {
	target echo
	start <<-EOT
		block
		pass from localhost to <internal> command { connect bind }
		pass from localhost to 127.0.0.2 command udp
		block drop to 127.0.0.3 command udp
		pass to domain "*.ads.test" command !connect
	EOT
	told <<-EOT
		connect 127.0.0.1 $TARGET = 0 1
		bind 127.0.0.1 $TARGET = 0 1
		udp 127.0.0.1 $TARGET = 0
		connect 127.0.0.2 $TARGET = 0 1
		udp 127.0.0.2 $TARGET = 0 2
		udp 127.0.0.3 $TARGET = 0 3
		bind 127.0.0.3 $TARGET = 0 1
		connect a.test $TARGET = 0 1
		udp a.test $TARGET = 0
		udp bad.test $TARGET = 0 2
		connect x.ads.test $TARGET = 0 1
	EOT
	daemon_end
}

daemon_case associate "whether a client may have an association is told, too"
associate_body() {
	start <<-EOT
		set limit source-associations 1
		block
		pass from localhost to <internal>
		block from 127.0.0.66
	EOT
	client associate "$open" "$mixed"
	daemon_end
}

daemon_case facts "each action is told"
facts_body() {
	start <<-EOT
		upstream "exit" { member socks5 127.0.0.1 port 9 }
		pass from localhost to <internal>
		pass to 192.0.2.80 port 80 rdr-to 127.0.0.1 port 8080
		pass to 192.0.2.81 source 127.0.0.9
		pass to 192.0.2.82 via "exit"
		pass to domain "*.onion" via "exit" resolve remote
		pass to 127.0.0.4 sessions 1
		pass to 127.0.0.5 interface lo
		block drop to 127.0.0.3
		block quick to 127.0.0.9
		pass to 127.0.0.9 port 80
	EOT
	client facts "$open"
	daemon_end "never matches"
}

daemon_case who "who asks, and where, is a condition"
who_body() {
	target echo
	start <<-EOT
		table <inside> address 127.0.0.20/30
		table <trusted> user { bob }
		block
		pass from localhost to <internal>
		block from 127.0.0.66
		block drop from { 127.0.0.64/26, !127.0.0.66 }
		block from { <inside>, !127.0.0.22 }
		block on mixed user any
		pass on mixed group admins to <internal>
		pass on strict to 127.0.0.1 user { alice, bob }
		pass user <trusted> to <internal>
		block group { staff, !admins } on strict
		pass from ::1 to <internal>
	EOT
	told <<-EOT
		connect 127.0.0.1 $TARGET = 0 1
		from 127.0.0.66 connect 127.0.0.1 $TARGET = 0 1 2
		from 127.0.0.67 connect 127.0.0.1 $TARGET = 0 1 3
		from 127.0.0.63 connect 127.0.0.1 $TARGET = 0 1
		from 127.0.0.21 connect 127.0.0.1 $TARGET = 0 1 4
		from 127.0.0.21 connect a.test $TARGET = 0 4
		from 127.0.0.22 connect a.test $TARGET = 0 1
		on mixed connect 127.0.0.1 $TARGET = 0 1
		on mixed user alice connect 127.0.0.1 $TARGET = 0 1 5 6
		on mixed user bob connect 127.0.0.1 $TARGET = 0 1 5 8
		on mixed user carol connect 127.0.0.1 $TARGET = 0 1 5
		on strict user alice connect 127.0.0.1 $TARGET = 0 1 7
		on strict user bob connect 127.0.0.1 $TARGET = 0 1 7 8 9
		on strict user carol connect a.test $TARGET = 0 1
		on mixed user alice udp 127.0.0.1 $TARGET = 0 1 5 6
	EOT
	daemon_end
}

daemon_case where "tables of addresses and of names are conditions"
where_body() {
	target echo
	echo "127.0.0.16/28" >bad
	start <<-EOT
		table <bad> address file "$PWD/bad"
		table <good> address { 127.0.0.18, 198.51.100.0/24 }
		table <ads> domain { ".ads.test", "bad.test" }
		table <later> address
		block
		pass to <internal>
		block to <bad>
		pass to <good> rdr-to 127.0.0.1 port $TARGET
		block to domain <ads>
		block to { !<good>, !127.0.0.40 } port $TARGET label "others"
		pass to <later>
		pass to { 127.0.0.1, 127.0.0.2 } to domain { "a.test", <ads> }
	EOT
	told <<-EOT
		connect 127.0.0.1 $TARGET = 0 1 5
		connect 127.0.0.1 1 = 0 1
		connect 127.0.0.17 1 = 0 1 2
		connect 127.0.0.18 1 = 0 1 2 3
		connect 127.0.0.40 $TARGET = 0 1
		connect 198.51.100.7 80 = 0 1 3
		connect a.test $TARGET = 0 1 5 7
		connect bad.test 1 = 0 1 4 7
		connect x.ads.test $TARGET = 0 1 4 5 7
		udp 127.0.0.17 1 = 0 1 2
	EOT
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" table later add 127.0.0.0/30
	told <<-EOT
		connect 127.0.0.1 $TARGET = 0 1 5 6
		connect 127.0.0.4 $TARGET = 0 1 5
	EOT
	daemon_end
}

CASE_PROGS=perl
daemon_case country "the country of an address is a condition"
CASE_PROGS=
country_body() {
	target echo
	perl "$SRC/tools/mmdb.pl" >geo.mmdb <<-EOT || atf_fail "no database"
		20.1.0.0/16 US
		20.2.0.0/16 DE
		20.2.3.0/24 KP
		2a00:1::/32 US
		127.0.0.0/8 US
	EOT
	start <<-EOT
		geoip "$PWD/geo.mmdb"
		block
		pass to country { us, de } rdr-to 127.0.0.1 port $TARGET
		pass to { 20.0.0.0/6, 127.0.0.1 } to country unknown \
		    rdr-to 127.0.0.1 port $TARGET
		block to country !us port 1
		block drop to country kp
	EOT
	printf 'us.test\ta=20.1.2.3 aaaa=2a00:1::7\n' >>"$DNS_SCRIPT"
	told <<-EOT
		connect 20.1.2.3 80 = 0 1
		connect 20.2.2.3 80 = 0 1
		connect 20.2.3.3 80 = 0 4
		connect 20.3.2.3 80 = 0 2
		connect 127.0.0.1 80 = 0 2
		connect 127.0.0.2 80 = 0
		connect 20.1.2.3 1 = 0 1
		connect 20.2.2.3 1 = 0 1 3
		connect us.test 80 = 0 1
		connect 2a00:2::1 80 = 0
		udp 20.2.3.3 1 = 0 3 4
	EOT
	client fact "country: US" 20.1.2.3
	client fact "country: KP" 20.2.3.3
	client fact "country: unknown" 127.0.0.1
	client fact "country: US" us.test
	daemon_end
}

daemon_case time "the time and the day are conditions"
time_body() {
	target echo
	now=$(($(date +%s) - 2 * 3600))
	hours() {
		echo "$(date -d "@$((now + $1 * 3600))" +%H:%M)-$(
		    date -d "@$((now + $2 * 3600))" +%H:%M)"
	}
	day() {
		date -d "@$((now + $1 * 86400))" +%a | tr '[:upper:]' '[:lower:]'
	}
	# Midnight may come meanwhile.
	today="{ $(LC_ALL=C day 0) $(LC_ALL=C day 1) }"
	others="{ $(LC_ALL=C day 3)-$(LC_ALL=C day 5) }"
	start <<-EOT
		block
		pass to <internal> time $(hours 0 4)
		block to 127.0.0.2 time $(hours 6 22)
		block drop to 127.0.0.3 time { $(hours 5 8) $(hours 1 4) }
		block to 127.0.0.4 days $today
		block to 127.0.0.5 days $others
		pass to 127.0.0.4 time $(hours 0 4) days $today
		pass to 127.0.0.4 time $(hours 6 22) days $today
	EOT
	told <<-EOT
		connect 127.0.0.1 $TARGET = 0 1
		connect 127.0.0.2 $TARGET = 0 1
		connect 127.0.0.3 $TARGET = 0 1 3
		connect 127.0.0.4 $TARGET = 0 1 4 6
		connect 127.0.0.5 $TARGET = 0 1
		udp 127.0.0.4 $TARGET = 0 1 4 6
	EOT
	daemon_end
}

daemon_case via "of an upstream those that are up are tried"
via_body() {
	target echo
	upstreamd socks5
	first=$UPSTREAM
	upstreamd socks5
	start <<-EOT
		upstream "exit" {
			member socks5 127.0.0.1 port $first
			member socks5 127.0.0.1 port $UPSTREAM
		}
		block
		pass from localhost to 127.0.0.1 via "exit"
	EOT
	client proxies "$open" "$TARGET" "$first" "$UPSTREAM"
	daemon_end
}

daemon_case limited "each limit is told as it is at present"
limited_body() {
	target echo
	start <<-EOT
		quotas "$PWD/quotas"
		set limit source-sessions 3
		block
		pass to 127.0.0.4 rdr-to 127.0.0.1 sessions 2 per source
		pass to 127.0.0.5 rdr-to 127.0.0.1 new 2/h burst 2
		pass user any to 127.0.0.6 rdr-to 127.0.0.1 quota 2K/month per user
		pass to 127.0.0.7 rdr-to 127.0.0.1 rate 10M/s sessions 9
	EOT
	client limited "$open" "$mixed" "$TARGET"
	daemon_end
}

daemon_case many "many rules and many addresses are told in pieces"
many_body() {
	start <<-EOT
		$(for i in $(seq 300); do
			echo "pass from localhost to <internal> label \"rule-$i\""
		done)
	EOT
	printf 'long.test\ta=127.0.0.1+30\n' >>"$DNS_SCRIPT"
	client many "$open"
	daemon_end
}

daemon_case gone "without auth, router or resolver there is an answer"
gone_body() {
	start <<-EOT
		pass from localhost to <internal>
	EOT
	client gone
	daemon_end "killed by signal 9"
}

daemon_case wrong "what is no request is not sent"
wrong_body() {
	for args in "connect" "connect a.test" "connect a.test x" \
	    "connect a.test 65536" "connect a.test -1" "from a.test connect a 1" \
	    "nonsense a.test 1" "from 127.0.0.1 user connect a.test 1" \
	    "from 127.0.0.1 from 127.0.0.1 user a on b connect a.test 1"; do
		atf_check -s exit:2 -o empty -e not-empty \
		    "$SOCKS5CTL" -s "$PWD/none" test $args
	done
}
