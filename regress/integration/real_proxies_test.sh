#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Upstreams whose members are programs that people use: what each does for a
# target that answers, for one that does not and for a name, and that none of
# it shuts the member for others.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/via.sh"
. "$(atf_get_srcdir)/lib/sshd.sh"

# Nobody listens there: it is below those that are given out.
CLOSED=1

program_case() {
	CASE_PROGS=$3
	daemon_case "$1" "$2" 120
}

# run name port command ...: until somebody listens there.
run() {
	_name=$1 _at=$2; shift 2
	HOME=$PWD "$@" >"$_name.log" 2>&1 </dev/null &
	echo $! >"other.$_name.pid"
	_end=$(($(date +%s) + 60))
	until listens "$_at"; do
		kill -0 "$(cat "other.$_name.pid")" 2>/dev/null &&
		    [ "$(date +%s)" -lt "$_end" ] || {
			cat ./*.log >&2
			atf_fail "$_name: $(tail -n 1 "$_name.log")"
		}
		a_moment
	done
}

# ask name host port: the reply, and "closed" if it says that all is well and
# then there is nothing but an end.
ask() {
	eval "_port=\$PORT_$1"
	python3 -c "import socks
with socks.connect($_port, timeout=30) as sock:
    rep = socks.handshake(sock, '$2', $3)[0]
    if rep == 0:
        try:
            rest = sock.recv(1)
        except ConnectionError:
            rest = b''
        rep = '0 closed' if rest == b'' else '0 open'
    print(rep)"
}

# by_name name ...: names go to these as they are.
by_name() {
	for _name in "$@"; do
		echo "pass on \"$_name\" to domain \"localhost\" \
		    via \"$_name\" resolve remote"
	done >rules
}

# unharmed name: whatever was asked before, it is used and has not failed.
unharmed() {
	atf_check_equal 0 "$(field "$1" 1 failures)"
	expect "0 right" via "$1" 127.0.0.1
	atf_check_equal up "$(field "$1" 1 state)"
}

program_case openssh "ssh -D: hangs up for a target that is closed, as SOCKS5 \
and SOCKS4A alike, and serves all others" "ssh sshd ssh-keygen"
openssh_body() {
	target echo
	sshd_start
	d=$(freeport)
	run ssh "$d" ssh -F none -N -D "127.0.0.1:$d" -o BatchMode=yes \
	    -o StrictHostKeyChecking=no -o UserKnownHostsFile="$PWD/known" \
	    -i "$PWD/user" -p "$sshport" "$(id -un)@127.0.0.1"
	by_name five four
	start five four <<-E
	upstream "five" { member socks5 127.0.0.1 port $d check every 1s }
	upstream "four" { member socks4a 127.0.0.1 port $d check every 1s }
	E
	for name in five four; do
		expect "0 right" via $name 127.0.0.1
		expect "0 right" via $name localhost
		for i in 1 2 3 4 5 6; do
			expect 1 ask $name 127.0.0.1 $CLOSED
			expect 1 ask $name localhost $CLOSED
		done
		unharmed $name
	done
	await daemon.log "member 1: closed, without a reply" ||
	    atf_fail "no hint"
	atf_check_equal 0 "$(counter upstream-failures)"
	daemon_end
}

program_case putty "plink -D: says that all is well and hangs up then, so it \
is the client that sees it" "plink puttygen sshd ssh-keygen"
putty_body() {
	target echo
	sshd_start
	puttygen user -O private -o user.ppk || atf_fail "puttygen"
	key=$(ssh-keygen -lf host.pub | cut -d' ' -f2)
	d=$(freeport)
	run plink "$d" plink -N -batch -hostkey "$key" -i user.ppk \
	    -P "$sshport" -D "127.0.0.1:$d" "$(id -un)@127.0.0.1"
	by_name five four
	start five four <<-E
	upstream "five" { member socks5 127.0.0.1 port $d }
	upstream "four" { member socks4a 127.0.0.1 port $d }
	E
	for name in five four; do
		expect "0 right" via $name 127.0.0.1
		expect "0 right" via $name localhost
		for i in 1 2 3 4 5 6; do
			expect "0 closed" ask $name 127.0.0.1 $CLOSED
			expect "0 closed" ask $name localhost $CLOSED
		done
		unharmed $name
		atf_check_equal 15 "$(field $name 1 tries)"
	done
	daemon_end
}

program_case tor "Tor without a network: it refuses internal addresses at \
once and others after a time, in each of its protocols, and is well" tor
tor_body() {
	socks=$(freeport)
	http=$(freeport)
	cat >torrc <<-EOT
		SocksPort 127.0.0.1:$socks
		HTTPTunnelPort 127.0.0.1:$http
		DataDirectory $PWD/tor.data
		SocksTimeout 1
		Log notice stdout
	EOT
	run tor "$http" tor -f torrc --defaults-torrc /dev/null
	listens "$socks" || atf_fail "tor: $(cat tor.log)"
	for name in five four http; do
		echo "pass on \"$name\" to domain \".example\" \
		    via \"$name\" resolve remote"
	done >rules
	start five four http <<-E
	upstream "five" { member socks5 127.0.0.1 port $socks check every 1s }
	upstream "four" { member socks4a 127.0.0.1 port $socks check every 1s }
	upstream "http" { member http 127.0.0.1 port $http check every 1s }
	E
	for name in five four http; do
		for i in 1 2 3 4 5 6; do
			expect 1 ask $name 127.0.0.1 $CLOSED
		done
		# In time it says one or the other.
		late=$(ask $name www.example 80)
		case $name$late in
		????[16])	;;
		*)		atf_fail "$name: $late" ;;
		esac
		until_is 10 1 grep -cE \
		    "target=www.example:80.*$name.*member 1: (SOCKS|HTTP)" \
		    daemon.log || atf_fail "$name: not by Tor"
		atf_check_equal "up 0" "$(field $name 1 state) \
$(field $name 1 failures)"
	done
	daemon_end
}

program_case dante "Dante: says what is wrong with a target; it takes a name \
of SOCKS4A for an address, which is told" danted
dante_body() {
	target echo
	d=$(freeport)
	cat >danted.conf <<-EOT
		logoutput: stderr
		internal: 127.0.0.1 port = $d
		external: 127.0.0.1
		clientmethod: none
		socksmethod: none
		user.privileged: $(id -un)
		user.unprivileged: $(id -un)
		client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
		socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
	EOT
	run danted "$d" danted -N 1 -f danted.conf -p "$PWD/danted.pid"
	by_name five four
	start five four <<-E
	upstream "five" { member socks5 127.0.0.1 port $d }
	upstream "four" { member socks4a 127.0.0.1 port $d }
	E
	for name in five four; do
		case $name in
		five)	closed=5 byname="0 right" ;;
		four)	closed=1 byname=1 ;;
		esac
		expect "0 right" via $name 127.0.0.1
		expect "$byname" via $name localhost
		for i in 1 2 3 4 5 6; do
			expect $closed ask $name 127.0.0.1 $CLOSED
		done
		unharmed $name
	done
	until_is 10 1 grep -c "member 1: SOCKS4 reply 91: rejected or failed; \
not every SOCKS4 proxy takes names" daemon.log || atf_fail "no hint"
	daemon_end
}

program_case shadowsocks "ss-local: says that all is well before anything is \
known, so it is the client that sees it" "ss-local ss-server"
shadowsocks_body() {
	target echo
	s=$(freeport)
	d=$(freeport)
	run ss-server "$s" ss-server -s 127.0.0.1 -p "$s" -k secret \
	    -m aes-256-gcm -t 60
	run ss-local "$d" ss-local -s 127.0.0.1 -p "$s" -b 127.0.0.1 \
	    -l "$d" -k secret -m aes-256-gcm -t 60
	by_name five
	start five four <<-E
	upstream "five" { member socks5 127.0.0.1 port $d }
	upstream "four" { member socks4a 127.0.0.1 port $d }
	E
	expect "0 right" via five 127.0.0.1
	expect "0 right" via five localhost
	for i in 1 2 3 4 5 6; do
		expect "0 closed" ask five 127.0.0.1 $CLOSED
		expect "0 closed" ask five localhost $CLOSED
	done
	unharmed five
	# It speaks no SOCKS4, and hangs up.
	expect 1 via four 127.0.0.1
	daemon_end
}
