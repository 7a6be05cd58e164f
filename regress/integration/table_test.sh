#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Tables in a daemon that runs: from the config and files, changed by hand,
# loaded again, and with processes that die over them.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

CTL="$SOCKS5CTL -s $PWD/ctl"
DNS=

# Loopback addresses that are in <bad> are refused, and names in <names>.
# Nobody listens at $closed: whatever the rules let by ends in reply 5.
config() {
	echo "log to stderr format json sessions"
	[ -z "$DNS" ] ||
	    echo "resolver { nameserver 127.0.0.1 port $DNS }"
	echo "table <bad> address { 127.0.0.9 } file \"$PWD/bad\""
	echo "table <names> domain file \"$PWD/names\""
	echo "table <live> address"
	echo "listen on 127.0.0.1 port $port"
	echo "block"
	echo "pass to 127.0.0.0/8"
	echo "block quick to <bad>"
	echo "block quick to domain <names>"
	echo "pass to <live>"
	printf '%s\n' "$@"
}

start() {
	set -- "$(printf '%s\n' "$@")"
	set -- "$1" $(freeport 2)
	port=$2 closed=$3
	[ -e bad ] || printf '127.0.1.0/24 # a network\n\n' >bad
	[ -e names ] || echo ".blocked.example" >names
	config "$1" >socks5d.conf
	daemon_respawn
	daemon_ready
	ls "/proc/$(cat daemon.pid)/fd" | wc -l >fds.parent
}

finish() {
	daemon_end "$@"
}

# The parent has as many descriptors as at first, but for images of tables
# that have been empty then.
fds_parent() {
	_now=$(ls "/proc/$(cat daemon.pid)/fd" | wc -l)
	[ "$_now" -le $(($(cat fds.parent) + 2)) ] ||
	    atf_fail "the parent has $_now descriptors, had $(cat fds.parent)"
}

# ask reply name ...: each is answered so.
ask() {
	_rep=$1; shift
	for _n in "$@"; do
		echo "$_n $_rep"
	done >want
	python3 "$SRC/peers/ask.py" "$port" "$closed" "$@" >got
	atf_check -o file:want cat got
}

# table arguments ...: a change that is made.
table() {
	atf_check -o match:"^table <$1>: " $CTL table "$@"
}

# in_table name: how many entries.
in_table() {
	ctl show tables | awk -v name="$1" '$1 == name { print $3 }'
}

daemon_case load "lists and files are tables, from the start"
load_body() {
	start
	ask 5 127.0.0.1 127.0.2.1 127.0.0.8 localhost
	ask 2 127.0.0.9 127.0.1.0 127.0.1.255
	# The rule about the name stands before any address is known.
	ask 2 blocked.example a.b.blocked.example BLOCKED.example.
	ctl show tables >tables
	cat tables
	atf_check -o match:'^bad +addresses +2 .* no +/' \
	    -o match:'^names +domains +1 .* no +/' \
	    -o match:'^live +addresses +0 .* no +-' cat tables
	ctl show tables -j | python3 -c '
import json, sys
t = {r["name"]: r for r in json.load(sys.stdin)["tables"]}
assert t["bad"]["entries"] == 2 and t["bad"]["of"] == "addresses", t
assert t["names"]["file"].endswith("/names"), t
assert t["live"]["file"] is None and not t["live"]["changed"], t' ||
	    atf_fail "JSON"
	atf_check -o inline:'127.0.0.9\n127.0.1.0/24\n' $CTL table bad show
	atf_check -o empty $CTL table live show
	atf_check -o match:'^[{]"entries":\[".blocked.example"\],"ok":true,' \
	    $CTL table "<names>" show -j
	finish
}

daemon_case all "a table names internal addresses even by a prefix of length \
0, which a rule alone does not"
all_body() {
	start "table <all> address { 0.0.0.0/0 }" \
	    "table <all6> address { ::/0 }" \
	    "block quick to 127.0.0.8" "pass quick to 0.0.0.0/0" "block"
	ask 2 127.0.0.7
	sed -i 's,^pass quick to .*,pass quick to <all>,' socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	ask 5 127.0.0.7 127.0.2.1
	ask 2 ::1 127.0.0.8
	sed -i 's,^pass quick to .*,pass quick to <all6>,' socks5d.conf
	ctl reload >/dev/null || atf_fail "no reload"
	ask 5 ::1
	ask 2 127.0.0.7
	finish
}

daemon_case wrong "a wrong table is no start, and each wrong line is named"
wrong_body() {
	set -- $(freeport 2)
	port=$1 closed=$2
	echo ok.example >names
	printf '127.0.0.2\nfoo\n127.0.0.3 ::1/129\n# foo\n1.2.3.4/33\n' >bad
	config >socks5d.conf
	atf_check -s exit:1 -o empty -e save:why "$SOCKS5D" -n -f socks5d.conf
	for line in 2:.foo: 3:.::1/129: 5:.1.2.3.4/33:; do
		atf_check -o ignore grep "^$PWD/bad:$line" why
	done
	atf_check_equal 3 "$(grep -c "^$PWD/bad:[0-9]" why)"
	atf_check -o ignore grep "^$PWD/bad: .* see skip-invalid in" why
	"$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl" 2>why.start &&
	    atf_fail "it has started"
	sed -n "s,.*\"message\":\"\($PWD/bad:.*\)\"},\1,p" why.start >lines
	atf_check -o file:why cat lines
	atf_check test ! -e ctl
	for how in gone folder writable; do
		rm -rf bad
		case $how in
		folder)		mkdir bad ;;
		writable)	echo 127.0.0.1 >bad; chmod 666 bad ;;
		esac
		atf_check -s exit:1 -e match:"table <bad>: $PWD/bad: " \
		    "$SOCKS5D" -n -f socks5d.conf
		"$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl" 2>why.start &&
		    atf_fail "it has started"
		atf_check -o ignore grep "table <bad>: $PWD/bad: " why.start
	done
}

daemon_case reload "a reload takes what is new in files, or nothing"
reload_body() {
	nameserver </dev/null		# no name exists
	start
	ask 2 127.0.1.1
	# Written in place, and replaced by another file.
	echo 127.0.2.0/24 >bad
	echo localhost >names.new
	mv names.new names
	atf_check -o match:"generation 2" $CTL reload
	ask 5 127.0.1.1
	ask 4 blocked.example
	ask 2 127.0.2.1 localhost 127.0.0.9
	printf '127.0.3.0/24\nbroken line\n' >bad
	echo other.example >names
	atf_check -s exit:1 -e match:"^socks5ctl: $PWD/bad:2: broken: " \
	    -e match:"^socks5ctl: $PWD/bad:2: line: " \
	    -e match:"the config in force stays" $CTL reload
	atf_check -o ignore grep "$PWD/bad:2: broken: " daemon.log
	ask 5 127.0.1.1 127.0.3.1
	ask 2 127.0.2.1 localhost
	kill -HUP "$(cat daemon.pid)"
	await -n 2 daemon.log "reload failed" || atf_fail "SIGHUP"
	ask 2 127.0.2.1 localhost
	rm bad
	atf_check -s exit:1 -e match:"bad: No such file" $CTL reload
	ask 2 127.0.2.1 localhost
	echo 127.0.3.0/24 >bad
	# Tables that come and go.
	config "table <new> address { 127.0.0.7 }" "block quick to <new>" \
	    >socks5d.conf
	atf_check -o match:"generation" $CTL reload
	ask 5 127.0.2.1 localhost
	ask 2 127.0.0.7 127.0.3.1
	sed '/new/d' socks5d.conf >s && cat s >socks5d.conf
	atf_check -o match:"generation" $CTL reload
	ask 5 127.0.0.7
	atf_check -s exit:1 -e match:"no such table: new" $CTL table new show
	fds_parent
	finish
}

daemon_case first "a config without tables may get some by a reload"
first_body() {
	set -- $(freeport 2)
	port=$1 closed=$2
	daemon_start <<-EOT
		listen on 127.0.0.1 port $port
		pass to 127.0.0.0/8
	EOT
	ask 5 127.0.0.9
	echo bad/ >bad
	echo x.example >names
	config >socks5d.conf
	atf_check -s exit:1 -e match:"bad:1: bad/: " $CTL reload
	ask 5 127.0.0.9
	echo 127.0.0.10 >bad
	atf_check -o match:"generation" $CTL reload
	ask 2 127.0.0.9 127.0.0.10
	table bad add 127.0.0.11
	ask 2 127.0.0.11
	until_is 30 1 grep -c "loader 0 is ready" daemon.log ||
	    atf_fail "no loader"
	fds_settle
	finish
}

daemon_case live "a change is in force at once, or not at all"
live_body() {
	start
	ask 5 127.0.0.20
	atf_check -o inline:"table <bad>: 2 added, 0 deleted, 4 in it\n" \
	    $CTL table bad add 127.0.0.20 127.0.9.0/24
	ask 2 127.0.0.20 127.0.9.9 127.0.1.1 127.0.0.9
	atf_check -o inline:"table <bad>: 0 added, 0 deleted, 4 in it\n" \
	    $CTL table bad add 127.0.0.20
	table bad delete 127.0.0.20 127.0.1.128/25
	ask 5 127.0.0.20 127.0.1.128 127.0.1.255
	ask 2 127.0.1.127 127.0.9.9
	table names add "*.example" x.y.test
	ask 2 any.example x.y.test X.Y.TEST.
	table names delete "*.example"
	ask 2 x.blocked.example
	# What is wrong changes nothing.
	atf_check -s exit:1 -e match:"^socks5ctl: nothing: " \
	    -e match:"the table is unchanged" \
	    $CTL table bad add 127.0.0.30 nothing 127.0.0.31
	atf_check -s exit:1 -e match:"such table" $CTL table no add 127.0.0.1
	atf_check -s exit:1 -e match:"^socks5ctl: a..b: " \
	    $CTL table names replace a..b
	ask 5 127.0.0.30 127.0.0.31
	ask 2 x.y.test
	atf_check_equal "2 5 2" "$(counter tables-loaded | tr '\n' ' ')$(
	    counter tables-changed) $(counter tables-failed)"
	atf_check -o inline:"127.0.1.1: yes\n127.0.0.30: no\nx: not an entry that this table can have\n" \
	    -e match:"in the table: 1 of 3" -s exit:1 \
	    $CTL table bad test 127.0.1.1 127.0.0.30 x
	atf_check -o inline:"::ffff:127.0.1.1: yes\n" \
	    $CTL table bad test ::ffff:127.0.1.1
	atf_check -s exit:1 -e match:"no such table" -o empty \
	    $CTL table no test 127.0.0.1
	# Files, and all at once.
	printf '127.0.0.40 127.0.0.41\n# 127.0.0.42\n' >new
	table bad replace -f new
	ask 2 127.0.0.40 127.0.0.41
	ask 5 127.0.0.42 127.0.0.9 127.0.1.1
	atf_check -s exit:1 -e match:"^socks5ctl: new:3: x/: " sh -c \
	    "echo x/ >>new; $CTL table bad replace -f new"
	echo 127.0.0.43 | atf_check -o match:"1 added" \
	    $CTL table bad add -f -
	ask 2 127.0.0.40 127.0.0.43
	table bad replace
	atf_check_equal 0 "$(in_table bad)"
	ask 5 127.0.0.40 127.0.0.43
	table live add 127.0.0.50
	atf_check -s exit:2 -e ignore -o empty $CTL table bad add
	atf_check -s exit:2 -e ignore -o empty $CTL table bad add "#x"
	atf_check -s exit:2 -e ignore -o empty $CTL table bad
	atf_check -s exit:1 -e match:"No such file" \
	    $CTL table bad add -f nowhere
	fds_parent
	finish
}

daemon_case many "many entries are added, shown and taken out" 60
many_body() {
	start
	n=$(long 100000 1000000)
	awk -v n=$n 'BEGIN { for (i = 0; i < n; i++)
	    printf "%d.%d.%d.%d\n", 11 + int(i / 8388608),
		int(i / 32768) % 256, int(i / 128) % 256, i % 128 * 2 }' \
	    >list
	atf_check -o inline:"table <live>: $n added, 0 deleted, $n in it\n" \
	    $CTL table live replace -f list
	$CTL table live show >shown || atf_fail "show"
	atf_check cmp list shown
	$CTL table live show -j | python3 -c '
import json, sys
assert len(json.load(sys.stdin)["entries"]) == int(sys.argv[1])' $n ||
	    atf_fail "JSON"
	atf_check -o match:" $n deleted, 0 in it" \
	    $CTL table live delete -f list
	finish
}

daemon_case stays "what was changed stays while config and file do"
stays_body() {
	start
	table bad add 127.0.0.20
	table bad delete 127.0.0.9
	table live add 127.0.0.21
	atf_check -o match:"generation 2" $CTL reload
	ask 2 127.0.0.20
	ask 5 127.0.0.9
	atf_check_equal 1 "$(in_table live)"
	# A rule is another, but not the table.
	echo "block quick to 127.0.0.5" >>socks5d.conf
	atf_check -o match:"generation 3" $CTL reload
	ask 2 127.0.0.20 127.0.0.5
	ask 5 127.0.0.9
	# A router that comes back has it, too.
	kill -9 "$(pid_of router)"
	until_is 30 2 grep -c "router 0 is ready" daemon.log ||
	    atf_fail "no router"
	until_is 30 "127.0.0.20 2" \
	    python3 "$SRC/peers/ask.py" "$port" "$closed" 127.0.0.20 ||
	    atf_fail "the table was lost"
	ask 5 127.0.0.9
	table bad add 127.0.0.22
	ask 2 127.0.0.22
	# The loader is not needed but for changes.
	kill -9 "$(pid_of loader)"
	ask 2 127.0.0.20
	table bad add 127.0.0.23
	ask 2 127.0.0.23
	# A file with something new in it is the table.
	echo 127.0.4.0/24 >bad
	atf_check -o match:"generation 4" $CTL reload
	atf_check -o ignore grep "table <bad>: .* discarded" daemon.log
	ask 2 127.0.4.1 127.0.0.9
	ask 5 127.0.0.20 127.0.0.23
	atf_check_equal 1 "$(in_table live)"
	sed 's/<live> address/<live> address { 127.0.0.60 }/' socks5d.conf >s
	cat s >socks5d.conf
	atf_check -o match:"generation 5" $CTL reload
	atf_check -o inline:"127.0.0.60\n" $CTL table live show
	fds_parent
	fds_settle
	finish "killed by signal 9"
}

loader_runs() {
	[ -d "/proc/$(pid_of loader | grep -x '[0-9]*')/fd" ] && echo yes
}

daemon_case loader_dies "a loader that dies over a table is no new config"
loader_dies_body() {
	start
	echo 127.0.5.0/24 >bad
	pid=$(pid_of loader)
	kill -STOP "$pid"
	$CTL reload >out 2>err &
	echo $! >other.reload.pid
	# It waits in the loader's channel; nobody else is held up by that.
	atf_check -o ignore $CTL show tables
	ask 5 127.0.5.1
	ask 2 127.0.1.1
	# One that is to be read after it, and has a table more.
	cp socks5d.conf once.conf
	echo "table <more> address" >>socks5d.conf
	kill -HUP "$(cat daemon.pid)"
	await daemon.log "waiting: another reload" || atf_fail "not remembered"
	$CTL table more add 192.0.2.1 >out.more 2>&1 &
	echo $! >other.more.pid
	$CTL reload >out.second 2>err.second &
	echo $! >other.second.pid
	await -n 2 daemon.log "waiting: another reload" || atf_fail "forgotten"
	kill -9 "$pid"
	wait "$(cat other.reload.pid)" && atf_fail "reloaded without loader"
	cat err
	atf_check -o ignore grep "table <bad>: the loader died while loading it" err
	atf_check -o ignore grep "the config in force stays" err
	wait "$(cat other.second.pid)" || atf_fail "$(cat err.second)"
	wait "$(cat other.more.pid)" || atf_fail "$(cat out.more)"
	ask 2 127.0.5.1
	cat once.conf >socks5d.conf
	atf_check -o match:"generation" $CTL reload
	ask 2 127.0.5.1
	# The same with a change by hand.
	pid=$(pid_of loader)
	images=$(images_parent)
	kill -STOP "$pid"
	$CTL table bad add 127.0.0.30 >out 2>err &
	echo $! >other.add.pid
	until_is 30 $((images + 2)) images_parent || atf_fail "no change"
	$CTL reload >out.reload 2>&1 &
	echo $! >other.reload.pid
	kill -HUP "$(cat daemon.pid)"
	kill -9 "$pid"
	wait "$(cat other.add.pid)" && atf_fail "added without loader"
	atf_check -o ignore grep "the loader died while loading it" err
	wait "$(cat other.reload.pid)" || atf_fail "$(cat out.reload)"
	ask 5 127.0.0.30
	# The second time it is not started again at once.
	until_is 30 yes loader_runs || atf_fail "the loader is not back"
	fds_settle
	finish "killed by signal 9"
}

# Images that the parent has open; a change has the old and the new one.
images_parent() {
	ls -l "/proc/$(cat daemon.pid)/fd" | grep -c "memfd:socks5d table"
}

daemon_case conditions "each kind of table is asked where rules name it"
conditions_body() {
	set -- $(freeport 3)
	port=$1 closed=$2
	echo secret | $SOCKS5CTL hash >hash || atf_fail "no hash"
	printf '%s\n' "alice:$(cat hash)" "bob:$(cat hash)" >users
	chmod 600 users
	cat >socks5d.conf <<-EOT
		log to stderr format json sessions
		users "$PWD/users"
		set auth throttle off
		table <who> address
		table <staff> user { alice }
		listen on 127.0.0.1 port $port
		listen on 127.0.0.1 port $3 auth required
		block
		pass from <who> to <internal>
		pass user <staff> to <internal>
	EOT
	daemon_respawn
	daemon_ready
	ask 2 127.0.0.5
	table who add 127.0.0.1
	ask 5 127.0.0.5
	table who replace 127.0.0.2
	ask 2 127.0.0.5
	as alice $3 5
	as bob $3 2
	table staff add bob
	table staff delete alice
	as alice $3 2
	as bob $3 5
	atf_check -o inline:"bob: yes\n" $CTL table staff test bob
	finish
}

# as user port reply: what a request of this user is answered.
as() {
	python3 - "$@" "$closed" >got <<-EOT
		import sys
		user, port, _, closed = sys.argv[1:]
		import socks
		with socks.connect(int(port)) as s:
		    print(socks.handshake(s, "127.0.0.5", int(closed),
		          user=(user.encode(), b"secret"))[0])
	EOT
	atf_check_equal "$3" "$(cat got)"
}

# It takes half a minute.
[ -z "$SOCKS5D_LONG" ] || daemon_case loader_hangs \
    "a loader that hangs is ended, and so is its job" 60
loader_hangs_body() {
	start
	kill -STOP "$(pid_of loader)"
	atf_check -s exit:1 -e match:"did not finish in time" \
	    $CTL table bad add 127.0.0.30
	table bad add 127.0.0.31
	ask 2 127.0.0.31
	ask 5 127.0.0.30
	fds_parent
	fds_settle
	finish "killed by signal 9"
}

daemon_case together "changes at the same time are all made" 60
together_body() {
	start
	n=$(long 12 30)
	for i in $(seq $n); do
		$CTL table bad add 127.0.7.$i >out.$i 2>&1 &
		echo $! >other.$i.pid
		if [ $((i % 4)) -eq 0 ]; then
			kill -HUP "$(cat daemon.pid)"
		fi
	done
	for i in $(seq $n); do
		wait "$(cat other.$i.pid)" || atf_fail "$i: $(cat out.$i)"
	done
	atf_check -o ignore $CTL table bad test \
	    $(seq $n | sed 's/^/127.0.7./')
	fds_parent
	finish
}

daemon_case halves "changes that are begun and left keep nobody out"
halves_body() {
	start
	atf_check python3 "$SRC/peers/ctl_client.py" "$PWD/ctl" halves bad 100
	table bad add 127.0.0.30
	ask 2 127.0.0.30
	# Those which never ended changed nothing.
	atf_check -s exit:1 -o match:"192.0.2.1: no" -e ignore \
	    $CTL table bad test 192.0.2.1
	# They go with control.
	kill -9 "$(pid_of control)"
	until_is 30 2 grep -c "control 0 is ready" daemon.log ||
	    atf_fail "no control"
	table bad add 127.0.0.31
	fds_parent
	fds_settle
	finish "killed by signal 9"
}
