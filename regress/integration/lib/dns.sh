# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# For tests with names: scripted name servers.  Comes after daemon.sh.

# A command in front of all that is started here; see private_host.
INSIDE=

# private_host: from now on everything is started in a network and a mount
# namespace of their own, so that port 53 is free and files of the system can
# be covered.  For root.
private_host() {
	mkfifo host.end
	unshare -mn sh -c 'ip link set lo up && echo up >host.up && read x' \
	    <host.end >host.err 2>&1 &
	_pid=$!
	echo "$_pid" >other.host.pid
	exec 9>host.end
	await host.up up || atf_fail "no private host: $(cat host.err)"
	INSIDE="nsenter -t $_pid -m -n --wd=$PWD"
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$INSIDE" "$SOCKS5D" \
	    >socks5d.inside
	chmod +x socks5d.inside
	SOCKS5D=./socks5d.inside
}

# nameserver [address [port]]: starts dnsd.py with the script on standard
# input; its port is then in $DNS, its log in $DNS_LOG and its script in
# $DNS_SCRIPT.
nameserver() {
	_n=$(ls -d dns.*.script 2>/dev/null | wc -l)
	DNS_SCRIPT=dns.$_n.script DNS_LOG=dns.$_n.log
	cat >"$DNS_SCRIPT"
	: >"$DNS_LOG"
	$INSIDE python3 "$SRC/peers/dnsd.py" "dns.$_n.port" "$DNS_LOG" \
	    "$DNS_SCRIPT" "$@" >"dns.$_n.err" 2>&1 &
	echo $! >"other.dns$_n.pid"
	await "dns.$_n.port" "." || atf_fail "name server did not start"
	DNS=$(cut -d. -f1 "dns.$_n.port")
}

# nameserver_kill number: the first one is 0.
nameserver_kill() {
	kill "$(cat "other.dns$1.pid")"
	wait "$(cat "other.dns$1.pid")"
	rm "other.dns$1.pid"
}

# queries pattern: how many log lines match it, of the last name server.
queries() {
	grep -Ec -- "$1" "$DNS_LOG"
}

# witness name address [port]: listens there; greets with the address; its port
# is then in $WITNESS, who came is in witness.NAME.log.
witness() {
	: >"witness.$1.log"
	$INSIDE python3 "$SRC/peers/witness.py" "witness.$1.port" \
	    "witness.$1.log" "$2" ${3:+"$3"} >"witness.$1.err" 2>&1 &
	echo $! >"other.witness$1.pid"
	await "witness.$1.port" "." || atf_fail "witness did not start"
	WITNESS=$(cut -d. -f1 "witness.$1.port")
}

# How many came to the witness of that name.
came() {
	grep -c came "witness.$1.log"
}

# ask port name...: what the proxy at $port says.
ask() {
	$INSIDE python3 "$SRC/peers/ask.py" "$port" "$@"
}
