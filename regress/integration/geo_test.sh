#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Countries of addresses, by databases that are made here.  The daemon is in a
# network of its own without any way out: what its rules let by ends in reply
# 3, network unreachable.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip perl"

CTL="$SOCKS5CTL -s $PWD/ctl"

# database file: of the lines "prefix CC" on standard input.
database() {
	perl "$SRC/tools/mmdb.pl" >"$1.new" || atf_fail "no database"
	mv "$1.new" "$1"
}

usual() {
	database geo.mmdb <<-EOT
		20.1.0.0/16 US
		20.2.0.0/16 DE
		20.2.3.0/24 KP
		2a00:1::/32 US
		2a00:2::/32 DE
		127.0.0.0/8 US
		10.0.0.0/8 US
	EOT
}

config() {
	echo "log to stderr format json sessions"
	echo "geoip \"$PWD/geo.mmdb\""
	echo "listen on 127.0.0.1 port $port"
	echo "block"
	printf '%s\n' "$@"
}

start() {
	net_new world
	net_daemon world
	port=$(freeport)
	[ -e geo.mmdb ] || usual
	config "$@" >socks5d.conf
	daemon_respawn
	daemon_ready
}

# ask reply address ...: each is answered so.
ask() {
	_rep=$1; shift
	for _n in "$@"; do
		echo "$_n $_rep"
	done >want
	nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/peers/ask.py" "$port" 80 "$@" >got
	atf_check -o file:want cat got
}

daemon_case judged "the country of each address is judged"
judged_body() {
	start "pass to country { us }"
	ask 3 20.1.0.1 20.1.255.255 2a00:1::7 ::ffff:20.1.2.3
	ask 2 20.2.0.1 20.2.3.4 2a00:2::7 20.3.0.1 2a00:3::1
	# Internal ones are in no country, whatever the database says.
	ask 2 127.0.0.1 10.1.2.3 64:ff9b::1401:203
	config "pass to country { !DE, !KP }" >socks5d.conf
	atf_check -o match:"generation 2" $CTL reload
	ask 3 20.1.0.1 20.3.0.1 2a00:3::1
	ask 2 20.2.0.1 20.2.3.4 2a00:2::7
	config "pass to country unknown" >socks5d.conf
	atf_check -o match:"generation 3" $CTL reload
	ask 3 20.3.0.1 2a00:3::1
	ask 2 20.1.0.1 20.2.3.4 2a00:2::7
	config "pass" "block quick to country { kp }" >socks5d.conf
	atf_check -o match:"generation 4" $CTL reload
	ask 3 20.1.0.1 20.2.0.1 20.3.0.1
	ask 2 20.2.3.4
	config "pass to { any <internal> }" "block quick to country unknown" \
	    >socks5d.conf
	atf_check -e ignore -o match:"generation 5" $CTL reload
	ask 3 20.1.0.1
	ask 2 20.3.0.1 127.0.0.1 10.1.2.3
	atf_check -o match:"^- +countries .* $PWD/geo.mmdb" $CTL show tables
	atf_check -o match:'"name":null,"of":"countries"' $CTL show tables -j
	daemon_end
}

daemon_case family "a database of one family is warned of, each time it is read"
family_body() {
	only="addresses only: the country of every"
	echo "20.1.0.0/16 US" | database geo.mmdb
	start "pass to country US"
	await daemon.log "geo.mmdb: warning: IPv4 $only IPv6 address is unknown" ||
	    atf_fail "the start says nothing"
	echo "2a00:1::/32 US" | database geo.mmdb
	atf_check -o match:"generation 2" \
	    -e match:"geo.mmdb: warning: IPv6 $only IPv4 address is unknown" \
	    $CTL reload
	atf_check -o empty -e match:"warning: IPv6 $only IPv4" \
	    -e match:"configuration OK, 1 warning" \
	    "$SOCKS5D" -n -f socks5d.conf
	printf '20.1.0.0/16 US\n2a00:1::/32 US\n' | database geo.mmdb
	atf_check -o match:"generation 3" -e empty $CTL reload
	daemon_end
}

daemon_case replaced "a new database comes into force by a reload, not before"
replaced_body() {
	start "pass to country { US }"
	ask 3 20.1.0.1
	database geo.mmdb <<-EOT
		20.1.0.0/16 DE
		20.3.0.0/16 US
	EOT
	ask 3 20.1.0.1
	ask 2 20.3.0.1
	atf_check -e ignore -o match:"generation 2" $CTL reload
	ask 2 20.1.0.1 2a00:1::7
	ask 3 20.3.0.1
	# In place, as nobody should; cut while it is in use.
	: >geo.mmdb
	ask 2 20.1.0.1
	ask 3 20.3.0.1
	atf_check -s exit:1 -e match:"geo.mmdb: " \
	    -e match:"the config in force stays" $CTL reload
	ask 3 20.3.0.1
	rm geo.mmdb
	atf_check -s exit:1 -e match:"geoip $PWD/geo.mmdb: No such file" \
	    $CTL reload
	ask 2 20.1.0.1
	ask 3 20.3.0.1
	# A router that comes back still has it.
	kill -9 "$(pid_of router)"
	until_is 30 2 grep -c "router 0 is ready" daemon.log ||
	    atf_fail "no router"
	until_is 30 "20.3.0.1 3" nsenter -t "$(cat other.world.pid)" -n \
	    python3 "$SRC/peers/ask.py" "$port" 80 20.3.0.1 || atf_fail "lost"
	ask 2 20.1.0.1
	usual
	atf_check -e ignore -o match:"generation" $CTL reload
	ask 3 20.1.0.1
	# Without it, nothing is asked of it any more.
	echo "listen on 127.0.0.1 port $port" >socks5d.conf
	atf_check -e ignore -o match:"generation" $CTL reload
	atf_check -o not-match:"countries" $CTL show tables
	fds_settle
	daemon_end "killed by signal 9"
}

daemon_case damaged "a damaged database is an error at load, never a crash"
damaged_body() {
	start "pass to country { US }"
	mv geo.mmdb whole
	size=$(stat -c %s whole)
	n=$(long 12 100)
	for i in $(seq 0 $n) text; do
		if [ $i = text ]; then
			cp socks5d.conf geo.mmdb
		else
			head -c $((size * i / (n + 1))) whole >geo.mmdb
		fi
		# Cut within its last bytes it may still be of use.
		timeout 20 "$SOCKS5D" -n -f socks5d.conf 2>why
		case $? in
		0)	[ "$i" != text -a "$i" -gt $((n / 2)) ] ||
			    atf_fail "$i: taken" ;;
		1)	atf_check -o ignore grep "geo.mmdb: " why ;;
		*)	atf_fail "$i: $(cat why)" ;;
		esac
	done
	atf_check -s exit:1 -e match:"geo.mmdb: " $CTL reload
	ask 3 20.1.0.1
	ask 2 20.2.0.1
	sed "s/port $port/port $(freeport)/" socks5d.conf >other.conf
	timeout 20 "$SOCKS5D" -d -f other.conf -s "$PWD/ctl2" 2>why &&
	    atf_fail "it has started"
	atf_check -o ignore grep "geo.mmdb: " why
	# Bytes of it that are others: an error or a database, and a daemon
	# that goes on.
	for i in $(seq $(long 10 200)); do
		cp whole geo.mmdb
		head -c 40 /dev/urandom | dd of=geo.mmdb conv=notrunc bs=1 \
		    seek=$((size * i / $(long 11 201))) 2>/dev/null
		$CTL reload >out 2>&1
		cat out
	done
	cp whole geo.mmdb
	atf_check -e ignore -o match:"generation" $CTL reload
	ask 3 20.1.0.1
	ask 2 20.2.0.1
	daemon_end
}

daemon_case random "each of many networks is in its country"
random_body() {
	python3 - >lines <<-EOT
		import random
		nets = {(random.randrange(20, 60), random.randrange(256),
		         random.randrange(256)) for _ in range($(long 2000 50000))}
		for a, b, c in nets:
		    print(f"{a}.{b}.{c}.0/24", random.choice(["US", "DE", "FR"]))
	EOT
	database geo.mmdb <lines
	start "pass to country { US, FR }"
	shuf -n $(long 40 400) lines >some
	ask 3 $(awk '$2 != "DE" { sub(/0\/24/, "77", $1); print $1 }' some)
	ask 2 $(awk '$2 == "DE" { sub(/0\/24/, "77", $1); print $1 }' some)
	daemon_end
}
