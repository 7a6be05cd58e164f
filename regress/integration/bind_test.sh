#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# BIND: the target connects, and only the one that may.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CASE_SECONDS=120

# start [listener's words]: the daemon of most cases; its port is in $port.
# What stands before the rules comes in $head, rules on standard input.
start() {
	port=$(freeport)
	python3 "$SRC/cases/login.py" users users
	{
		echo "set relays 2"
		echo "log to stderr format json sessions"
		echo "users \"$PWD/users\""
		printf '%s' "$head"
		echo "listen on ${on:-localhost} port $port $*"
	} >head.conf
	{ cat head.conf; cat; } >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	_case=$1
	shift
	atf_check python3 "$SRC/cases/bind.py" "$_case" "$port" "$@"
}

# Cases that need no more than the daemon: name and what it shows.
simple_case() {
	daemon_case "$1" "$2"
	eval "$1_body() {
		start <<-EOT
			pass from localhost to <internal>
		EOT
		client $1
		daemon_end
	}"
}

simple_case replies "the first reply says where, the second who came"
simple_case strangers "who is not awaited is sent away and counted"
simple_case second_peer "one connection only"
simple_case gone "a client that leaves takes its port along"
simple_case half_closed "a client that has said all is still there"
simple_case early "what is sent too early comes whole, both ways"
simple_case turns "several in turn and at once"
simple_case kill "socks5ctl kill frees the port"
simple_case reload "a reload keeps what waits; revoke judges it again"

daemon_case timeout "nobody comes: a second reply, and the port is free"
timeout_body() {
	head="set timeout bind 1s
" start <<-EOT
		pass from localhost to <internal>
		pass from localhost to 127.0.0.9 timeout bind 30s
	EOT
	client timeout
	daemon_end
}

daemon_case ports "the listener's ports, no others, until they are used up"
ports_body() {
	low=$(python3 -c '
import socket
while True:
    socks = [socket.create_server(("127.0.0.1", 0))]
    low = socks[0].getsockname()[1]
    try:
        for host in "127.0.0.1", "::1":
            for port in range(low, low + 3):
                if (host, port) != ("127.0.0.1", low):
                    family = socket.AF_INET6 if ":" in host else socket.AF_INET
                    socks.append(socket.create_server((host, port),
                                                      family=family))
        break
    except (OSError, OverflowError):
        pass
print(low)')
	start bind port "$low:$((low + 2))" <<-EOT
		pass from localhost to <internal>
	EOT
	client ports "$low"
	daemon_end
}

daemon_case policy "rules say who may come"
policy_body() {
	start <<-EOT
		pass command bind from localhost to 127.0.0.2
		pass command bind from localhost to any
		block to 127.0.0.3
		block to 192.0.2.1
		pass command connect to <internal>
	EOT
	client policy
	daemon_end
}

daemon_case peer_port "a port in a rule is the one that the peer comes from"
peer_port_body() {
	good=$(freeport)
	start <<-EOT
		pass command bind from localhost to 127.0.0.1 port $good
	EOT
	client peer_port "$good"
	daemon_end
}

daemon_case refusals "what cannot be is refused at once, with the reason"
refusals_body() {
	head="upstream up {
	member socks5 127.0.0.1 port 1
}
" start <<-EOT
		pass command connect to 127.0.0.1
		pass to 127.0.0.2 via up
		pass to 127.0.0.3 rdr-to 127.0.0.1
		pass to { 127.0.0.4, ::1 } source 192.0.2.99
		pass to domain nobody.test via up resolve remote
	EOT
	client refusals
	daemon_end
}

daemon_case here "a wildcard listener knows where each client came to"
here_body() {
	port=$(freeport)
	daemon_start <<-EOT
		log to stderr format json sessions
		listen on 0.0.0.0 port $port
		listen on :: port $port
		pass from localhost to <internal>
	EOT
	client here
	daemon_end
}

daemon_case told "bind address is told in place of ours"
told_body() {
	start bind address 203.0.113.5 <<-EOT
		pass from localhost to <internal>
	EOT
	client told
	daemon_end
}

daemon_case source "the source of the rule is where it listens"
source_body() {
	start <<-EOT
		pass from localhost to <internal> source 127.0.0.77
	EOT
	client source
	daemon_end
}

daemon_case names "each allowed address of a name may come"
names_body() {
	nameserver <<-EOT
		both.test	a=127.0.0.2,127.0.0.3
		mixed.test	a=127.0.0.66,127.0.0.2
		bad.test	a=127.0.0.66
		none.test
	EOT
	head="resolver { nameserver 127.0.0.1 port $DNS timeout 2s }
" start <<-EOT
		pass from localhost to <internal>
		block to 127.0.0.66
	EOT
	client names
	daemon_end
}

daemon_case users "logins hold for BIND"
users_body() {
	start auth required <<-EOT
		pass command bind user alice to <internal>
		pass command connect user bob to <internal>
	EOT
	client users
	daemon_end
}

daemon_case limits "limits hold for BIND"
limits_body() {
	start <<-EOT
		pass from localhost to <internal> sessions 1 per source
	EOT
	client limits
	daemon_end
}

daemon_case amounts "rates and quotas hold for BIND"
amounts_body() {
	head="quotas \"$PWD/quotas\"
" start <<-EOT
		pass from localhost to 127.0.0.2 quota 100K/day
		pass from localhost to 127.0.0.3 rate 100K/s
	EOT
	client amounts
	daemon_end
}

daemon_case router_dies "the router dies: second reply, port free"
router_dies_body() {
	start <<-EOT
		pass from localhost to <internal>
	EOT
	client router_dies
	daemon_end "killed by signal 9"
}

daemon_case relay_dies "a relay dies: port free"
relay_dies_body() {
	start <<-EOT
		pass from localhost to <internal>
	EOT
	client relay_dies
	daemon_end "killed by signal 9"
}

daemon_case drains "a stop gives what waits the time to drain"
drains_body() {
	head="set timeout drain 2s
" start <<-EOT
		pass from localhost to <internal>
	EOT
	client drains
	wait "$(cat daemon.pid)" || atf_fail "socks5d ended with status $?"
	rm daemon.pid
}

CASE_USER=root
daemon_case ways "interface and mark hold for what listens, too"
ways_body() {
	# Not every machine lets root set one.
	mark=$(python3 "$SRC/cases/actions.py" may_mark 2>/dev/null && echo yes)
	start <<-EOT
		pass command bind from localhost to 127.0.0.5 interface "lo"
		${mark:+pass from localhost to 127.0.0.6 mark 7}
	EOT
	client ways "127.0.0.5${mark:+,127.0.0.6}"
	# What the parent makes when it is asked is kept at hand.
	fds_settle
	daemon_end
}
