#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# socks5ctl and the control process, with manners and without.

. "$(atf_get_srcdir)/lib/daemon.sh"

# As ctl, for atf_check, which runs no functions.
CTL="$SOCKS5CTL -s $PWD/ctl"

start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set timeout drain 30s
		set limit half-open 2048 per-source 2048
		log to stderr sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> } label "all of it"
	EOT
}

# keep N, churn: sessions that stay until drop, or come and go.
keep() {
	target echo
	mkfifo keep.in
	python3 "$SRC/peers/ctl_sessions.py" "$port" "$TARGET" "$1" \
	    <keep.in >keep.out 2>keep.err &
	echo $! >other.keep.pid
	exec 7>keep.in
	await -t 60 keep.out open || { cat keep.err >&2; atf_fail "no sessions"; }
}

drop() {
	exec 7>&-
	wait "$(cat other.keep.pid)"
	rm -f other.keep.pid keep.in
}

# bad what [arguments]: a client without manners, in the background.
bad() {
	[ -p bad.in ] || mkfifo bad.in
	python3 "$SRC/peers/ctl_client.py" "$PWD/ctl" "$@" \
	    <bad.in >bad.out 2>&1 &
	echo $! >other.bad.pid
	exec 8>bad.in
}

bad_end() {
	kill "$(cat other.bad.pid)" 2>/dev/null
	exec 8>&-
	wait "$(cat other.bad.pid)"
	rm -f other.bad.pid
}

# json expression: python's view of the document on standard input.
json() {
	python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

ids() {
	ctl show sessions -j | json '*[s["id"] for s in d["sessions"]]'
}

# listed N: so many sessions are in the list.
listed() {
	atf_check_equal "$1" "$(ids | wc -w)"
}

# within seconds command...: it must not take longer.
within() {
	_limit=$1; shift
	_start=$(date +%s)
	"$@"
	_status=$?
	[ $(($(date +%s) - _start)) -le "$_limit" ] ||
	    atf_fail "too slow: $*"
	return $_status
}

daemon_case show "every show command, as text and as JSON"
show_body() {
	start
	keep 3
	atf_check -o save:status $CTL show status
	for role in parent router relay auth resolver control; do
		atf_check -o ignore grep "^$role " status
	done
	atf_check -o match:'^sessions:  3$' cat status
	atf_check -o save:json $CTL -j show status
	atf_check_equal "3 6 1 False" "$(json 'd["sessions"],
	    len(d["children"]), d["generation"], d["stopping"]' <json)"
	atf_check -o save:sessions $CTL show sessions
	atf_check_equal 4 "$(wc -l <sessions)"
	atf_check_equal 3 "$(grep -c " connect 127.0.0.1:$TARGET *open " \
	    sessions)"
	atf_check -o save:json $CTL show sessions -j
	atf_check_equal "3 3 connect 127.0.0.1 $TARGET open None" "$(json \
	    'len(d["sessions"]), len({s["id"] for s in d["sessions"]}),
	    *(d["sessions"][0][k] for k in ("command", "address", "port",
	    "state", "user"))' <json)"
	atf_check -o match:'^@0 pass from localhost' \
	    -o match:'label "all of it"' \
	    -o match:'socks5d.conf:6  matches: 3  decisions: 3  sessions: 3' \
	    $CTL show rules
	atf_check -o save:json $CTL show rules -j
	atf_check_equal "1 all of it 3" "$(json 'len(d["rules"]),
	    d["rules"][0]["label"], d["rules"][0]["sessions"]' <json)"
	atf_check_equal 3 "$(counter sessions-opened)"
	atf_check -o save:json $CTL -j show counters
	atf_check_equal "[3]" "$(json '[c["value"] for c in d["counters"]
	    if c["name"] == "sessions-opened"]' <json)"
	drop
	daemon_end
}

daemon_case short "words may be shortened if one command is meant"
short_body() {
	start
	atf_check -o match:'^version' $CTL sh st
	atf_check -o match:'^ *id' $CTL sh se
	atf_check -s exit:2 -e match:'ambiguous command: show s: ' $CTL sh s
	# Not stop, though that is the only command of one word.
	atf_check -s exit:2 -e match:'ambiguous command: s: show, stop' $CTL s
	atf_check -s exit:2 -e match:'ambiguous command: s:' $CTL s s
	atf_check -s exit:2 -e match:'unknown command: sx' $CTL sx
	daemon_end
}

daemon_case in_full "nothing is ended, deleted or replaced by a word that is cut"
in_full_body() {
	atf_check -s exit:2 -e match:'^socks5ctl: st: say "stop" in full, or did you mean "show status"' \
	    "$SOCKS5CTL" -s "$PWD/none" st
	while IFS=: read -r words typed full right; do
		# Split into words on purpose.
		atf_check -s exit:2 -o empty \
		    -e match:"^socks5ctl: $typed: say \"$full\" in full" \
		    "$SOCKS5CTL" -s "$PWD/none" $words
		# In full it would be asked for.
		atf_check -s exit:3 -o empty -e match:"no daemon" \
		    "$SOCKS5CTL" -s "$PWD/none" $right <<-EOF
			secret
		EOF
	done <<-EOT
		sto:sto:stop:stop
		stop n:n:stop now:stop now
		reload r:r:reload revoke:reload revoke
		ki 1:ki:kill:kill 1
		unb all:unb:unban:unban all
		up a member 1 up:up:upstream:upstream a member 1 up
		user del bob:del:user delete:user delete bob
		user dis bob:dis:user disable:user disable bob
		user pass bob:pass:user passwd:user passwd bob
		table bad del a:del:table NAME delete:table bad delete a
		table bad rep a:rep:table NAME replace:table bad replace a
	EOT
	# What harms nobody may be short, also behind a word that may not.
	for words in "rel" "lo v" "table bad a 192.0.2.1" "user en bob" \
	    "sh ta bad" "table bad sh"; do
		case $words in
		"sh ta bad")	status=2 ;;	# tables or table
		*)		status=3 ;;
		esac
		atf_check -s exit:$status -e ignore \
		    "$SOCKS5CTL" -s "$PWD/none" $words
	done
}

daemon_case usage "what is no command is told in a line, the daemon not asked"
usage_body() {
	while IFS=: read -r words text; do
		# Split into words on purpose.
		atf_check -s exit:2 -o empty -e save:err \
		    "$SOCKS5CTL" -s "$PWD/none" $words
		atf_check_equal 1 "$(wc -l <err)"
		atf_check_equal "socks5ctl: $text" "$(sed \
		    's/; see "socks5ctl help[a-z ]*"$//' err)"
	done <<-EOT
		nothing:unknown command: nothing
		show nothing:unknown command: show nothing
		show statsu:unknown command: show statsu: did you mean "show status"?
		shwo status:unknown command: shwo: did you mean "show"?
		sess:unknown command: sess: did you mean "show sessions"?
		stauts:unknown command: stauts: did you mean "show status"?
		log loud:unknown command: log loud
		stop it:unknown command: stop it
		table bad loud:unknown command: table loud
		show status again:again: unexpected argument
		kill 1 2:2: unexpected argument
		stop now now:now: unexpected argument
		test connect host 80 81:81: unexpected argument
		user disable bob all:all: unexpected argument: only "kill" may follow
		log:log: missing argument: brief or verbose
		kill:kill: missing argument: ID
		unban:unban: missing argument: ADDRESS, user NAME or all
		unban user:unban user: missing argument: NAME
		unban bob:bob: neither an address nor "all"; for a user: unban user bob
		unban 192.0.2.1 bob:bob: unexpected argument
		user add:user add: missing argument: NAME
		upstream far:upstream: missing argument: member
		upstream far member 1:upstream: missing argument: up or down
		table:table: missing argument: NAME
		table bad:table bad: missing argument: add, delete, replace, show or test
		table bad add:table bad: missing argument: ENTRY ... or -f FILE
		table bad test:table NAME test: missing argument: WORD
		table t flush:unknown command: table flush
		table test flush:table NAME test: missing argument: WORD
		show table:show table: missing argument: NAME
		test:test: missing argument: COMMAND, HOST and PORT
		test from 192.0.2.1 connect host:test: missing argument: PORT
		kill x:x: invalid session id
		kill 1x:1x: invalid session id
		kill 18446744073709551616:18446744073709551616: invalid session id
		-j hash:-j goes with all commands but hash and help
		-f none show status:-f goes with the commands that change a table
		help nothing:unknown command: nothing
		help user nothing:unknown command: user nothing
	EOT
	for words in "" "-x" "-s" "kill -1"; do
		atf_check -s exit:2 -o empty -e match:'^usage: socks5ctl ' \
		    "$SOCKS5CTL" $words
	done
	atf_check -s exit:2 -e match:'^usage' "$SOCKS5CTL" -s "$PWD/none" ''
}

daemon_case columns "columns hold what is in them, or fit the terminal"
columns_body() {
	port=$(freeport)
	label=$(printf '%060d' 0)
	# Of this host, and with numbers before letters.
	daemon_start <<-EOT
		table <far> address { 10.0.0.0/8 9.0.0.1 2001:db8::1 9.0.0.0/16 }
		table <near> domain { zeta.example alpha.example }
		listen on localhost port $port
		pass from localhost to { any, <internal> } sessions 9 \
		    label "$label"
	EOT
	target echo
	name=$(printf 'a%.0s' $(seq 60)).localhost
	mkfifo keep.in
	python3 -c "import socks, sys
with socks.session($port, b\"$name\", $TARGET):
    print(\"open\", flush=True)
    sys.stdin.read()" <keep.in >keep.out 2>keep.err &
	echo $! >other.keep.pid
	exec 7>keep.in
	await -t 60 keep.out open || { cat keep.err >&2; atf_fail "none"; }
	# Whoever reads it by a program gets all of it, in the same columns.
	unset COLUMNS
	for what in sessions limits status counters tables users; do
		ctl show $what >wide.$what
		COLUMNS=80 ctl show $what >narrow.$what
	done
	atf_check -o match:" $name:$TARGET " cat wide.sessions
	atf_check -o match:" $label " cat wide.limits
	atf_check -o match:" aaaaa*\.\.:$TARGET +open" cat narrow.sessions
	atf_check -o match:" 0000*\.\. " cat narrow.limits
	for what in sessions limits; do
		atf_check -o empty awk 'length($0) > 80' narrow.$what
		# All rows of a column end, or begin, where its name does.
		atf_check_equal 1 "$(awk '{ print length($0) }' \
		    wide.$what | sort -u | wc -l)"
	done
	atf_check -o inline:'9.0.0.0/16\n10.0.0.0/8\n2001:db8::1\n' \
	    $CTL show table far
	atf_check -o inline:'alpha.example\nzeta.example\n' \
	    $CTL table near show
	atf_check -o match:'"alpha.example","zeta.example"' \
	    $CTL show table near -j
	drop
	daemon_end
}

daemon_case json "each command has one document, with how it ended"
json_body() {
	port=$(freeport)
	: >users
	chmod 600 users
	rule="pass from any to { $(seq -f '192.0.2.%.0f,' 1 200) 192.0.2.201 }"
	cat >socks5d.conf <<-EOT
		users "$PWD/users"
		table <bad> address { 192.0.2.1 }
		upstream "far" { member socks5 127.0.0.1 port 9 }
		listen on localhost port $port auth optional
		block quick from any to <bad>
		pass quick from localhost to 127.0.0.1 port 1 via "far"
		pass from localhost to 127.0.0.1 quota 1000000/day \
		    sessions 7 per source
		$rule label "long"
	EOT
	daemon_respawn
	daemon_ready
	said() {
		atf_check -s exit:$1 -e save:err -o save:json $CTL -j $2
		# On stderr is what it says without the option; a test says
		# it all in its result.
		case $1$2 in
		0*|1test*)	;;
		*)		grep -q . err || atf_fail "$2: no word" ;;
		esac
		atf_check_equal "$3" "$(json "$4" <json)"
	}
	ended='d["ok"], d["message"], d["lines"]'
	said 0 reload "True reloaded: config generation 2 is in force []" \
	    "$ended"
	cp socks5d.conf right.conf
	printf 'passs\npas\n' >>socks5d.conf
	said 1 reload "False 2 True" 'd["ok"], len(d["lines"]),
	    d["message"].startswith("reload failed")'
	cp right.conf socks5d.conf
	said 0 "reload revoke" "True" 'd["ok"]'
	said 1 "kill 7" "False no such session: 7 []" "$ended"
	said 0 "table bad add 192.0.2.7" \
	    "True table <bad>: 1 added, 0 deleted, 2 in it []" "$ended"
	said 1 "table none add 192.0.2.7" "False 0" 'd["ok"], len(d["lines"])'
	said 0 "show table bad" "['192.0.2.1', '192.0.2.7'] True None" \
	    'sorted(d["entries"]), d["ok"], d["message"]'
	said 1 "show table none" "[] False" 'd["entries"], d["ok"]'
	said 0 "upstream far member 1 down" "True" 'd["ok"]'
	said 1 "unban user bob" "False no such ban" 'd["ok"], d["message"]'
	said 0 "unban all" "True bans ended: 0" 'd["ok"], d["message"]'
	atf_check -o save:json $CTL -j user add bob \
	    groups=staff+games from=192.0.2.0/24 <<-EOT
		secret
	EOT
	atf_check_equal "True" "$(json 'd["ok"]' <json)"
	atf_check -o ignore $CTL user disable bob
	said 0 "show users" \
	    "['staff', 'games'] None ['192.0.2.0/24'] True" '*[d["users"][0][k]
	    for k in ("groups", "expires", "from", "disabled")]'
	said 0 "show rules" "True True" 'len(d["rules"][3]["text"]) > 2000,
	    d["rules"][3]["text"].endswith("label \"long\"")'
	# The facts of a request come apart.
	said 0 "test connect 127.0.0.1 2" \
	    "[('quota', 'rule', 'day', 0, 1000000)] [('sessions', 7)] None" \
	    '[tuple(f[k] for k in ("limit", "per", "period", "used", "most"))
	    for f in d["addresses"][0]["facts"] if f.get("limit") == "quota"],
	    [(f["limit"], f["most"]) for f in d["addresses"][0]["facts"]
	    if f.get("limit") == "sessions"], d["message"]'
	said 1 "test connect 127.0.0.1 1" \
	    "[('far', 1, '127.0.0.1', 9, 'down')] False" \
	    '[tuple(f[k] for k in ("upstream", "number", "address", "port",
	    "state")) for f in d["addresses"][0]["facts"]
	    if f["key"] == "member"], d["ok"]'
	kill -STOP "$(pid_of router)"
	said 1 "show limits" "[] False the router does not answer" \
	    'd["limits"], d["ok"], d["message"]'
	said 1 "show status" "None False" 'd["sessions"], d["ok"]'
	kill -CONT "$(pid_of router)"
	said 0 "log brief" "True None []" "$ended"
	said 0 "stop now" "True stopping: no sessions are left" \
	    'd["ok"], d["message"]'
	wait "$(cat daemon.pid)" || atf_fail "status $?"
	rm daemon.pid
	atf_check -s exit:3 -o empty -e match:"no daemon" $CTL -j stop
	atf_check -s exit:2 -o empty -e match:"unknown" $CTL -j show nothing
}

daemon_case help "help and the version are had without a daemon, with status 0"
help_body() {
	for words in -h --help help; do
		atf_check -o save:help "$SOCKS5CTL" -s "$PWD/none" $words
		atf_check -o empty awk 'length($0) > 79' help
		for word in "show status" "table NAME add" "stop now" kill; do
			atf_check -o match:"^  $word  +[a-z]" cat help
		done
	done
	atf_check -o match:'^socks5ctl user add NAME' \
	    -o match:'^socks5ctl user passwd NAME' "$SOCKS5CTL" help user
	atf_check -o match:'^socks5ctl test .from ADDRESS.' \
	    "$SOCKS5CTL" help test
	atf_check -o inline:'socks5ctl stop now
	stop the daemon and end all sessions
' "$SOCKS5CTL" help stop now
	atf_check -o match:'^usage: socks5d ' "$SOCKS5D" -h
	atf_check -o match:'^usage: socks5d ' "$SOCKS5D" --help
	for words in -V --version; do
		atf_check -o match:'^socks5ctl [0-9]+[.][0-9]' \
		    "$SOCKS5CTL" $words
		atf_check -o match:'^socks5d [0-9]+[.][0-9]' "$SOCKS5D" $words
	done
	atf_check -s exit:2 -e match:'^socks5d: x: unexpected' \
	    -e match:'^usage' "$SOCKS5D" x
	atf_check -s exit:2 -e match:'^usage' "$SOCKS5D" -y
	start
	atf_check_equal "socks5ctl $(ctl show status | awk '$1 == "version:" {
	    sub(",", "", $2); print $2 }')" "$("$SOCKS5CTL" -V)"
	daemon_end
}

daemon_case no_daemon "no socket, nobody behind it, or a name too long"
no_daemon_body() {
	atf_check -s exit:3 -e match:"no daemon at $PWD/ctl" $CTL show status
	python3 -c 'import socket; s = socket.socket(socket.AF_UNIX,
	    socket.SOCK_SEQPACKET); s.bind("ctl")'
	atf_check -s exit:3 -e match:"no daemon at $PWD/ctl" $CTL show status
	rm ctl
	: >ctl
	atf_check -s exit:3 -e match:"no daemon at $PWD/ctl" $CTL show status
	atf_check -s exit:1 -e match:"File name too long" "$SOCKS5CTL" \
	    -s "/$(printf %0200d 0)" show status
}

daemon_case kill_one "kill ends that session and no other"
kill_one_body() {
	start
	keep 3
	set -- $(ids)
	atf_check -o inline:"session $2 ended\n" $CTL kill "$2"
	# The relay ends it, and then says so.
	until_is 10 "$1 $3" ids || atf_fail "it is still there, or another not"
	await daemon.log " id=$2 " || atf_fail "no session line"
	atf_check -o match:" id=$2 .* label=all\\\\x20of\\\\x20it .* cause=killed " \
	    grep "Z session" daemon.log
	atf_check -s exit:1 -e inline:"socks5ctl: no such session: $2\n" $CTL kill "$2"
	atf_check -s exit:1 -e match:"no such session" $CTL kill 0
	atf_check -s exit:1 -e match:"no such session" \
	    $CTL kill 18446744073709551615
	drop
	daemon_end
}

daemon_case log_level "log verbose and log brief"
log_level_body() {
	start
	atf_check $CTL log brief
	await daemon.log "log is brief" || atf_fail "not brief"
	atf_check $CTL log verbose
	await daemon.log "log is verbose" || atf_fail "not verbose"
	daemon_end
}

daemon_case reload "reload says what was wrong and changes nothing, or all"
reload_body() {
	start
	keep 1
	cp socks5d.conf right.conf
	printf 'set relays 99999\npasss\n' >>socks5d.conf
	atf_check -s exit:1 -e match:'socks5d.conf:7: ' \
	    -e match:'socks5d.conf:8: passs' $CTL reload
	atf_check -s exit:1 -o match:'generation 1,' $CTL show status
	cp right.conf socks5d.conf
	echo 'block to 192.0.2.1' >>socks5d.conf
	atf_check -o match:'generation 2' $CTL reload
	atf_check -o match:'generation 2,' $CTL show status
	atf_check -o match:'^@1 block to 192.0.2.1' $CTL show rules
	atf_check_equal 1 "$(sessions)"
	drop
	daemon_end
}

daemon_case stop_drains "stop waits for the sessions"
stop_drains_body() {
	start
	keep 1
	atf_check -o inline:'stopping: 1 session left, with 30s to end\n' \
	    $CTL stop
	await daemon.log "waiting for sessions" || atf_fail "does not stop"
	atf_check -o match:'stopping' $CTL show status
	atf_check kill -0 "$(cat daemon.pid)"
	drop
	wait "$(cat daemon.pid)" || atf_fail "status $?"
	rm daemon.pid
	atf_check -s exit:3 -e ignore $CTL show status
}

daemon_case stop_now "stop now does not, and the sessions get their lines"
stop_now_body() {
	start
	keep 20
	atf_check -o inline:'stopping: ending 20 sessions\n' $CTL stop now
	wait "$(cat daemon.pid)" || atf_fail "status $?"
	rm daemon.pid
	atf_check_equal 20 "$(grep -c 'Z session id=.* cause=stopped ' \
	    daemon.log)"
	drop
}

daemon_case stopped_children "a child that hangs costs seconds and is named" 120
stopped_children_body() {
	start
	keep 4
	pid=$(pid_of control)
	kill -STOP "$pid"
	for _ in 1 2; do
		within 3 atf_check -s exit:3 -e match:'does not answer' \
		    $CTL show status
	done
	kill -CONT "$pid"
	atf_check -o ignore $CTL show status
	pid=$(pid_of router)
	kill -STOP "$pid"
	within 4 atf_check -s exit:1 -e match:'router does not answer' \
	    $CTL show sessions
	within 4 atf_check -s exit:1 -e match:'router does not answer' \
	    $CTL show rules
	within 4 atf_check -s exit:1 -e match:'router does not answer' \
	    $CTL kill 0
	within 4 atf_check -s exit:1 -o ignore \
	    -e inline:'socks5ctl: router 0: no answer: not in the sums\n' \
	    $CTL show counters
	within 4 atf_check -s exit:1 -o match:'sessions:  not known' \
	    -o match:'^router +0 .* NO ANSWER for [0-9]+s; user' \
	    -e match:'^socks5ctl: router 0: no answer for [0-9]+s$' \
	    $CTL show status
	# What may take long all the same ends soon if nobody works on it.
	within 9 atf_check -s exit:1 -e match:'router does not answer' \
	    $CTL test connect 127.0.0.1 80
	kill -CONT "$pid"
	pid=$(pid_of relay 1)
	kill -STOP "$pid"
	within 4 atf_check -s exit:1 -o save:list \
	    -e match:'^socks5ctl: relay 1: no answer: bytes and idle times' \
	    $CTL show sessions
	atf_check_equal 2 "$(awk '$2 == 1 && /[?] +[?] +[?]$/' list | wc -l)"
	within 4 atf_check -s exit:1 -o save:list -e match:'relay 1: no' \
	    $CTL show sessions -j
	atf_check_equal "2 2" "$(json '[s["up"] for s in d["sessions"]].count(
	    None), len([s for s in d["sessions"] if s["up"] == 0])' <list)"
	within 4 atf_check -s exit:1 -o ignore -e match:'relay 1: no answer' \
	    $CTL show rules
	kill -CONT "$pid"
	atf_check -o ignore $CTL show sessions
	listed 4
	# The parent has a while, as it may read a large file.
	kill -STOP "$(cat daemon.pid)"
	within 45 atf_check -s exit:1 -e match:'parent does not answer' \
	    $CTL reload
	kill -CONT "$(cat daemon.pid)"
	drop
	daemon_end
}

# moved: bytes up by the counter, and up and down by the rule.
moved() {
	echo "$(counter bytes-up) $(ctl show rules -j | json \
	    'd["rules"][0]["up"], d["rules"][0]["down"]')"
}

# still N: so many bytes were moved, no more and no less, again and again.
still() {
	until_is 10 "$1 $1 $1" moved || atf_fail "not $1"
	atf_check_equal "$1 $1 $1" "$(moved)"
}

daemon_case moved "bytes of open sessions count while they move, and once" 90
moved_body() {
	start
	clients_start "$port"
	atf_check_equal open "$(clients open 3)"
	still 0
	# A byte each way through each.
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	still 3
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	still 6
	# A new router hears all of it again, with the sessions.
	kill -KILL "$(pid_of router)"
	await daemon.log "was killed by signal 9" || atf_fail "nobody saw it"
	until_is 10 3 sessions || atf_fail "they are not adopted"
	still 6
	atf_check -o ignore $CTL reload
	still 6
	atf_check_equal "alive 3 dead 0" "$(clients echo)"
	still 9
	clients close 1 >/dev/null
	until_is 10 2 sessions
	still 9
	atf_check_equal "alive 2 dead 0" "$(clients echo)"
	still 11
	clients close 2 >/dev/null
	until_is 10 0 sessions
	still 11
	atf_check_equal 11 "$(sed -n 's/^.*Z session .* up=\([0-9]*\) .*/\1/p' \
	    daemon.log | paste -sd + | bc)"
	daemon_end "router 0 .* was killed by signal 9"
}

daemon_case moved_died "what a relay told is kept by the rule when it dies"
moved_died_body() {
	start
	clients_start "$port"
	atf_check_equal open "$(clients open 4)"
	atf_check_equal "alive 4 dead 0" "$(clients echo)"
	still 4
	kill -KILL "$(pid_of relay 0)"
	await daemon.log "was killed by signal 9" || atf_fail "nobody saw it"
	until_is 10 2 sessions
	atf_check_equal "4 4" "$(ctl show rules -j | json \
	    'd["rules"][0]["up"], d["rules"][0]["down"]')"
	atf_check_equal 2 "$(grep -c 'Z session .* cause=relay-died up=1 ' \
	    daemon.log)"
	clients echo >/dev/null
	until_is 10 "6 6" eval 'ctl show rules -j | json \
	    "d[\"rules\"][0][\"up\"], d[\"rules\"][0][\"down\"]"'
	clients close 4 >/dev/null
	daemon_end "relay 0 .* was killed by signal 9"
}

daemon_case killed_control "control dies; it comes back to the same socket"
killed_control_body() {
	start
	keep 4
	for n in 1 2 3; do
		kill -KILL "$(pid_of control)"
		await -n "$n" daemon.log "was killed by signal 9" ||
		    atf_fail "nobody saw it"
		await -n "$((n + 1))" daemon.log "control 0 is ready" ||
		    atf_fail "it does not come back"
		atf_check -o match:'^control +0 ' $CTL show status
		listed 4
	done
	atf_check -o match:"^control .* 3  " $CTL show status
	drop
	daemon_end "control 0 .* was killed by signal 9"
}

daemon_case killed_router "a new router lists the sessions that live on, in order"
killed_router_body() {
	start
	keep 9
	before=$(ids)
	kill -KILL "$(pid_of router)"
	await daemon.log "was killed by signal 9" || atf_fail "nobody saw it"
	until_is 10 "$before" ids 2>/dev/null || atf_fail "now: $(ids)"
	atf_check_equal 9 "$(sessions)"
	pid=$(pid_of router)
	drop
	until_is 5 0 sessions || atf_fail "sessions are left"
	atf_check_equal "$pid" "$(pid_of router)"
	daemon_end "router 0 .* was killed by signal 9"
}

daemon_case strangers "other users are refused, by mode and by the kernel"
strangers_head() {
	atf_set descr "other users are refused, by mode and by the kernel"
	atf_set require.user root
	atf_set require.progs "setpriv"
	atf_set timeout 60
}
strangers_body() {
	port=$(freeport)
	daemon_start <<-EOT
		control "$PWD/ctl" group "games"
		listen on localhost port $port
		pass from localhost
	EOT
	games=$(getent group games | cut -d: -f3)
	# The folder of this test may be in one that others cannot enter.
	chmod 755 .
	cp "$SOCKS5CTL" socks5ctl
	as="setpriv --reuid 65534 --regid"
	show="./socks5ctl -s ctl show status"
	atf_check -s exit:1 -e match:'ctl: Permission denied' \
	    $as 65534 --clear-groups $show
	atf_check -o ignore $as "$games" --clear-groups $show
	atf_check -o ignore $as 65534 --groups "$games" $show
	atf_check $as 65534 --groups "1,2,3,4,$games,7" \
	    ./socks5ctl -s $CTL log brief
	chmod 666 ctl
	for words in "show status" "show sessions" "show rules" \
	    "show counters" "kill 1" "reload" "log brief" "log verbose" \
	    "stop" "stop now"; do
		atf_check -s exit:1 -e inline:'socks5ctl: permission denied\n' \
		    $as 65534 --groups 1,2,3 ./socks5ctl -s ctl $words
	done
	daemon_end
}

daemon_case lost_group "who is connected goes by the group of a reload, too"
lost_group_head() {
	atf_set descr "who is connected goes by the group of a reload, too"
	atf_set require.user root
	atf_set timeout 60
}
lost_group_body() {
	port=$(freeport)
	daemon_start <<-EOT
		control "$PWD/ctl" group "games"
		listen on localhost port $port
		pass from localhost
	EOT
	games=$(getent group games | cut -d: -f3)
	chmod 755 .
	pids=
	for user in 65534 0; do
		mkfifo ask.$user
		python3 "$SRC/peers/ctl_client.py" ctl member $user "$games" \
		    <ask.$user >heard.$user &
		pids="$pids $!"
	done
	exec 4>ask.65534 5>ask.0
	await heard.65534 served
	await heard.0 served
	sed -i 's/ group "games"//' socks5d.conf
	atf_check -o ignore $CTL reload
	for n in 1 2; do
		echo >&4
		echo >&5
		await -n $n heard.65534 "permission denied"
	done
	exec 4>&- 5>&-
	wait $pids
	atf_check_equal "served,," "$(paste -sd , heard.0)"
	daemon_end
}

daemon_case folder "a group gets no file that others may have put there"
folder_head() {
	atf_set descr "a group gets no file that others may have put there"
	atf_set require.user root
	atf_set timeout 60
}
folder_body() {
	port=$(freeport)
	mkdir open
	cat >socks5d.conf <<-EOT
		control "$PWD/open/ctl" group "games"
		listen on localhost port $port
		pass from localhost
	EOT
	# Another user's, writable by all or by a group: it does not start.
	for who in "65534 0 755" "0 0 777" "0 65534 775"; do
		set -- $who
		chown "$1:$2" open
		chmod "$3" open
		atf_check -s exit:1 -e match:"its directory|the directory" \
		    "$SOCKS5D" -d -f socks5d.conf
		[ ! -e open/ctl ] || atf_fail "it is left"
		# Above it they are as bad.
		mkdir open/in
		sed 's,open/ctl,open/in/ctl,' socks5d.conf >in.conf
		atf_check -s exit:1 -e match:"the directory belongs" \
		    "$SOCKS5D" -d -f in.conf
		rmdir open/in
	done
	# Without a group nothing is given to anybody.
	chown 0:0 open
	chmod 777 open
	sed -i 's/ group "games"//' socks5d.conf
	"$SOCKS5D" -dv -f socks5d.conf </dev/null 2>daemon.log &
	echo $! >daemon.pid
	_ctl="$SOCKS5CTL -s $PWD/open/ctl"
	await daemon.log ready || atf_fail "it does not start"
	atf_check_equal "600 root" "$(stat -c '%a %G' open/ctl)"
	# A reload goes by the same, and changes nothing.
	sed -i 's/ctl"/& group "games"/' socks5d.conf
	atf_check -s exit:1 -o ignore -e match:"the directory belongs" $_ctl reload
	atf_check_equal "600 root" "$(stat -c '%a %G' open/ctl)"
	# Where nobody renames what is another's it is the group's.
	chmod 1777 open
	atf_check -o ignore $_ctl reload
	atf_check_equal "660 games" "$(stat -c '%a %G' open/ctl)"
	sed -i 's/ group "games"//' socks5d.conf
	atf_check -o ignore $_ctl reload
	atf_check_equal "600 root" "$(stat -c '%a %G' open/ctl)"
	# No link is followed, whoever made it.
	echo secret >file
	chmod 600 file
	mv open/ctl open/moved
	ln -s "$PWD/file" open/ctl
	sed -i 's/ctl"/& group "games"/' socks5d.conf
	$SOCKS5CTL -s "$PWD/open/moved" reload >reload.out 2>&1
	await daemon.log "owner and mode" || atf_fail "it is not told"
	atf_check_equal "600 root" "$(stat -c '%a %G' file)"
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)"
	rm daemon.pid
}

daemon_case garbage "what is no message costs that connection" 120
garbage_body() {
	start
	pid=$(pid_of control)
	atf_check python3 "$SRC/peers/ctl_client.py" "$PWD/ctl" garbage
	atf_check_equal "$pid" "$(pid_of control)"
	daemon_end
}

daemon_case crowd "500 connections at once are held off, and gone again"
crowd_body() {
	start
	pid=$(pid_of control)
	bad crowd 500
	await -t 30 bad.out crowd || { cat bad.out >&2; atf_fail "no crowd"; }
	# There is no room now: which of both it is depends on the moment.
	ctl show status >crowd.out 2>crowd.err
	case $? in
	1|3)
		;;
	*)
		atf_fail "somehow there was room for one more"
		;;
	esac
	atf_check -o match:'too many connections|does not answer' \
	    cat crowd.err
	bad_end
	until_is 10 "$pid" pid_of control 2>/dev/null ||
	    atf_fail "there is no room again"
	daemon_end
}

daemon_case other "a daemon of another version is told apart, in words"
other_body() {
	bad other
	await bad.out listens || atf_fail "no daemon: $(cat bad.out)"
	atf_check -s exit:1 -e match:'^socks5ctl: the daemon speaks version [0-9]* of the protocol, this socks5ctl version [0-9]*$' \
	    $CTL show sessions
	wait "$(cat other.bad.pid)" || atf_fail "$(cat bad.out)"
}

daemon_case half "what a daemon leaves half said is a whole document"
half_body() {
	bad half
	await bad.out listens || atf_fail "no daemon: $(cat bad.out)"
	atf_check -s exit:1 -e match:'^socks5ctl: the daemon closed the' \
	    -o inline:'{"lines":["line"],"ok":false,"message":"the daemon closed the connection"}\n' \
	    $CTL -j reload
	wait "$(cat other.bad.pid)" || atf_fail "$(cat bad.out)"
	rm ctl
	bad half
	await bad.out listens || atf_fail "no daemon: $(cat bad.out)"
	atf_check -s exit:1 -e inline:'socks5ctl: line\nsocks5ctl: the daemon closed the connection\n' \
	    $CTL reload
	wait "$(cat other.bad.pid)" || atf_fail "$(cat bad.out)"
}

# later seconds: for control, so many have passed that nobody waited for.
later() {
	python3 -c "import fault
control = fault.Faults('control')
control.put('uptime', 'most', $1)
control.put('uptime', 'times', fault.FOREVER)" || atf_fail "no clock"
}

daemon_case deaf "a client that never reads holds nobody up and is closed" 150
deaf_body() {
	truncate -s 64K faults
	SOCKS5D=$SRC/tools/socks5d_fault
	start
	keep 1000
	bad deaf
	await bad.out asked || atf_fail "not asked"
	for _ in 1 2 3; do
		within 5 listed 1000
	done
	# It has 30 seconds, by a clock that the test can move on.
	later 10
	within 5 listed 1000
	atf_check -s exit:1 grep closed bad.out
	later 31
	await bad.out closed || atf_fail "it is never closed"
	bad_end
	drop
	daemon_end
}

daemon_case slow "one that reads slowly gets the whole list" 90
slow_body() {
	start
	keep 1000
	ctl show sessions -j | python3 -c '
import os, sys, time
data = b""
while more := os.read(0, 4096):
    data += more
    time.sleep(0.02)
sys.stdout.buffer.write(data)' >slow.json
	atf_check_equal 1000 "$(json 'len(d["sessions"])' <slow.json)"
	listed 1000
	drop
	daemon_end
}

daemon_case churn "lists are right while sessions come and go" 90
churn_body() {
	start
	keep churn
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		atf_check -o inline:'True\n' sh -c "
		    '$SOCKS5CTL' -s '$PWD/ctl' show sessions -j |
		    python3 -c 'import json, sys
ids = [s[\"id\"] for s in json.load(sys.stdin)[\"sessions\"]]
print(ids == sorted(set(ids)))'"
	done
	drop
	daemon_end
}

daemon_case pipe "a reader that leaves early ends socks5ctl quietly"
pipe_body() {
	start
	keep 1000
	ctl show sessions 2>pipe.err | head -n 1 >pipe.out
	atf_check -o match:'^ *id rl client' cat pipe.out
	atf_check cat pipe.err
	for words in "-s $PWD/ctl show status" help -V; do
		atf_check -s exit:1 -e match:'stdout: No space' \
		    sh -c "'$SOCKS5CTL' $words >/dev/full"
	done
	echo pass | atf_check -s exit:1 -e match:'stdout: No space' \
	    sh -c "'$SOCKS5CTL' hash >/dev/full"
	for words in "-nv -f socks5d.conf" -h -V; do
		atf_check -s exit:1 -e match:'stdout: No space' \
		    sh -c "'$SOCKS5D' $words >/dev/full"
	done
	atf_check -s exit:1 -e match:'stdout: No space' \
	    sh -c "'$SOCKS5CTL' -s '$PWD/ctl' show sessions >/dev/full"
	drop
	daemon_end
}
