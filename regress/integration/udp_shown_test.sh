#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# What is seen of UDP associations: in the log and by socks5ctl.  The clients
# are in udp_shown.py.

. "$(atf_get_srcdir)/lib/daemon.sh"

# start [words of the log]: rules on standard input.
start() {
	port=$(freeport)
	{
		echo "set relays 1"
		echo "log to stderr $*"
		echo "listen on localhost port $port name here"
		cat
	} >socks5d.conf
	daemon_respawn
	daemon_ready
}

client() {
	atf_check python3 "$SRC/cases/udp_shown.py" "$1" "$port"
}

daemon_case line "the line of an association says what became of datagrams"
line_body() {
	start format json <<-EOT
		pass from localhost to { any, <internal> } label lab
		block to 127.0.0.9
	EOT
	client line
	daemon_end
}

daemon_case text "the same as text"
text_body() {
	start <<-EOT
		pass from localhost to { any, <internal> }
		block to 127.0.0.9
	EOT
	client traffic
	await daemon.log "session id=1 " || atf_fail "no line"
	atf_check -o match:"Z session id=1 client=127.0.0.1:[0-9]+ \
listener=here user=- rule=socks5d.conf:4 label=- command=udp target=- \
address=- rep=0 cause=closed up=21 down=21 connect=0ms duration=[0-9]+ms \
datagrams_up=4 datagrams_down=4 destinations=2 drops=fragment:2,rule:3\$" \
	    grep "Z session" daemon.log
	daemon_end
}

daemon_case flows "each destination has a line if the config says so"
flows_body() {
	start format json flows <<-EOT
		pass from localhost to { any, <internal> } label lab
		block to 127.0.0.9 label shut
	EOT
	client flows
	daemon_end
}

daemon_case ends "the line of a destination says why it ended"
ends_body() {
	start format json flows <<-EOT
		set limit destinations 2
		pass from localhost to { any, <internal> }
	EOT
	client ends
	daemon_end
}

daemon_case idle "a destination that is not used any more ends for that"
idle_body() {
	start format json flows <<-EOT
		set timeout udp 300ms
		pass from localhost to { any, <internal> }
	EOT
	client idle
	daemon_end
}

daemon_case wanted "rules that log have lines of destinations all the same"
wanted_body() {
	start format json no sessions no flows <<-EOT
		pass from localhost to { any, <internal> }
		pass log to 127.0.0.2
		block log to 127.0.0.9
		block to 127.0.0.8
	EOT
	client wanted
	daemon_end
}

daemon_case listed "the list of sessions has datagrams and drops as of now"
listed_body() {
	start format json <<-EOT
		pass from localhost to { any, <internal> }
		block to 127.0.0.9
	EOT
	client listed
	daemon_end
}

daemon_case verbose "-v has the destinations of each association below it"
verbose_body() {
	start <<-EOT
		pass from localhost to { any, <internal> }
		block to 127.0.0.9
		pass to 127.0.0.3 rdr-to 127.0.0.1
	EOT
	client verbose
	for words in "-v show status" "kill 1 -v" "-v help"; do
		# shellcheck disable=SC2086
		atf_check -s exit:2 -e match:"-v goes with show sessions" \
		    "$SOCKS5CTL" -s "$PWD/ctl" $words
	done
	daemon_end
}

daemon_case many "destinations by the hundred are listed, once each"
many_body() {
	start <<-EOT
		set limit waiting 200
		pass from localhost to { any, <internal> }
	EOT
	client many
	daemon_end
}
