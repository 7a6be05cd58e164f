# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Daemons with upstreams, and sessions that go by them.

# start name ...: a daemon with the upstreams on standard input, and a listener
# for each of the names with a rule that sends all by that one; its port is
# then in $PORT_name.  Rules in the file "rules" come behind those.
start() {
	for _name in "$@"; do
		_port=$(freeport)
		while grep -qw "$_port" listeners 2>/dev/null; do
			_port=$(freeport)
		done
		eval "PORT_$_name=$_port"
		echo "listen on 127.0.0.1 port $_port name \"$_name\"" >>listeners
		echo "pass on \"$_name\" to localhost via \"$_name\"" >>passes
	done
	{
		cat listeners -
		echo block
		cat passes
		cat rules 2>/dev/null
	} >start.conf
	daemon_start <start.conf
}

# via name host [argument ...]: sessions to the echo server.
via() {
	eval "_port=\$PORT_$1"; _host=$2; shift 2
	python3 "$SRC/peers/via.py" "$_port" "$_host" "$TARGET" "$@"
}

# expect lines command ...: it prints these lines, written here as one.
expect() {
	_lines=$1; shift
	_got=$("$@" | tr '\n' ' ')
	[ "${_got% }" = "$_lines" ] || atf_fail "$*: ${_got% }, not $_lines"
}

# field upstream member name: what "show upstreams" has there.
field() {
	ctl show upstreams -j | python3 -c 'import json, sys
for row in json.load(sys.stdin)["upstreams"]:
    if [row["upstream"], str(row["member"])] == sys.argv[1:3]:
        print(row[sys.argv[3]])' "$@"
}
