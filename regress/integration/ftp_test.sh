#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Active FTP through a gateway: the clients are inside, the server outside, and
# nothing leads from one to the other but the daemon.  The server connects to
# what the client was told of a BIND.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/net.sh"

CASE_USER=root
CASE_PROGS="unshare nsenter ip nft socksify curl lftp"
CASE_SECONDS=120

# A client that hangs is a failure.
LIMIT="timeout 60"

# ports: of BIND, a range that the firewall lets in and nothing else.
LOW=21000 HIGH=21063

# The daemon's network and its two sides; the rest of the listener's line and
# then the rules are read.
start() {
	/usr/bin/python3 -E -c "import pyftpdlib" 2>/dev/null ||
	    atf_skip "no python3-pyftpdlib"
	net_new world
	net_new inside
	net_new outside
	net_join world inside 1
	net_join world outside 2
	net_daemon world
	net_in world nft -f - <<-EOT
		table inet filter {
			chain input {
				type filter hook input priority 0; policy accept;
				iifname "to-outside" ct state established accept
				iifname "to-outside" tcp dport $LOW-$HIGH accept
				iifname "to-outside" tcp dport 0-65535 drop
			}
		}
	EOT
	port=$(freeport)
	{
		echo "set relays 2"
		read -r listener
		echo "listen on 10.9.1.1 port $port $listener"
		cat
	} >socks5d.conf
	daemon_respawn
	daemon_ready
	mkdir pub
	nsenter -t "$(cat other.outside.pid)" -n /usr/bin/python3 -E \
	    "$SRC/peers/ftpd.py" ftpd.port 10.9.2.2 "$PWD/pub" \
	    >ftpd.log 2>&1 &
	echo $! >other.ftpd.pid
	await ftpd.port "." || atf_fail "ftpd did not start: $(cat ftpd.log)"
	ftpd=$(cut -d. -f1 ftpd.port)
	# What is not for the proxy would fail: no way leads out of there.
	cat >socks.conf <<-EOT
		resolveprotocol: fake
		route {
			from: 0.0.0.0/0 to: 0.0.0.0/0 via: 10.9.1.1 port = $port
			proxyprotocol: socks_v5
			command: connect bind
			protocol: tcp
			method: none
		}
	EOT
}

# inside command...: what has connections goes through the daemon.
inside() {
	SOCKS_CONF=$PWD/socks.conf $LIMIT \
	    nsenter -t "$(cat other.inside.pid)" -n socksify "$@"
}

files() {
	for _i in 1 2 3 4 5 6 7 8; do
		head -c $((_i * 100000 + _i)) /dev/urandom >"$1/file.$_i"
	done
}

# So many data connections came to where a BIND listened, and were served.
bound() {
	until_is 10 0 sessions || atf_fail "sessions are left"
	atf_check_equal "$1" "$(counter binds)"
	atf_check_equal "0 0 0" "$(counter bind-strangers) \
$(counter bind-refused) $(counter bind-timeouts)"
	atf_check_equal "$1" "$(grep -c "command=bind .* rep=0 cause=closed" \
	    daemon.log)"
	grep -q "command=bind target=10\.9\.2\.2:" daemon.log ||
	    atf_fail "the server did not come"
}

gateway() {
	start <<-EOT
		bind port $LOW:$HIGH
		pass command connect from 10.9.1.0/24 to 10.9.2.2
		pass command bind from 10.9.1.0/24 to 10.9.2.2 source 10.9.2.1
	EOT
}

daemon_case curl "curl loads and stores files, one after the other"
curl_body() {
	gateway
	files pub
	mkdir up down
	files up
	set --
	for _i in 1 2 3 4; do
		set -- "$@" -o "down/file.$_i" \
		    "ftp://10.9.2.2:$ftpd/file.$_i"
	done
	inside curl -sS --disable-eprt -P - "$@" || atf_fail "curl: $?"
	for _i in 1 2 3 4; do
		cmp "pub/file.$_i" "down/file.$_i" || atf_fail "file $_i"
	done
	inside curl -sS --disable-eprt -P - -T up/file.5 \
	    "ftp://10.9.2.2:$ftpd/up.5" || atf_fail "curl -T: $?"
	inside curl -sS --disable-eprt -P - -T up/file.6 \
	    "ftp://10.9.2.2:$ftpd/up.6" || atf_fail "curl -T: $?"
	cmp up/file.5 pub/up.5 && cmp up/file.6 pub/up.6 || atf_fail "upload"
	inside curl -sS --disable-eprt -P - "ftp://10.9.2.2:$ftpd/" >list ||
	    atf_fail "curl: $?"
	atf_check_equal 10 "$(wc -l <list)"
	bound 7
	daemon_end
}

daemon_case lftp "lftp mirrors folders, several files at once"
lftp_body() {
	gateway
	mkdir pub/files up
	files pub/files
	files up
	cat >script <<-EOT
		set ftp:passive-mode off
		set ftp:fix-pasv-address off
		set ftp:prefer-epsv off
		set net:max-retries 1
		open ftp://10.9.2.2:$ftpd
		mirror -P 4 files down
		mirror -R -P 4 up stored
		ls
	EOT
	inside lftp -f script >lftp.out 2>&1 ||
	    atf_fail "lftp: $(tail -n 3 lftp.out)"
	for _i in 1 2 3 4 5 6 7 8; do
		cmp "pub/files/file.$_i" "down/file.$_i" || atf_fail "down $_i"
		cmp "up/file.$_i" "pub/stored/file.$_i" || atf_fail "up $_i"
	done
	_n=$(counter binds)
	[ "$_n" -ge 17 ] || atf_fail "only $_n BINDs"
	bound "$_n"
	daemon_end
}

# The client is told an address that a translator has; the server that connects
# there comes through it.
daemon_case translated "behind a translator the address outside is told"
translated_body() {
	start <<-EOT
		bind port $LOW:$HIGH address 203.0.113.5
		pass command connect from 10.9.1.0/24 to 10.9.2.2
		pass command bind from 10.9.1.0/24 to 10.9.2.2 source 10.9.2.1
	EOT
	net_in outside ip route add 203.0.113.5/32 via 10.9.2.1
	net_in world nft -f - <<-EOT
		table ip nat {
			chain prerouting {
				type nat hook prerouting priority -100;
				ip daddr 203.0.113.5 tcp dport $LOW-$HIGH dnat to 10.9.2.1
			}
		}
	EOT
	files pub
	inside curl -sS --disable-eprt -P - -o got \
	    "ftp://10.9.2.2:$ftpd/file.8" || atf_fail "curl: $?"
	cmp got pub/file.8 || atf_fail "another file"
	bound 1
	daemon_end
}
