#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Session lines: one for every session, with what happened in it, whatever
# clients try to write into it.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

# start log-options...
start() {
	port=$(freeport)
	daemon_start <<-EOT
		set limit half-open 2048 per-source 2048
		log to stderr $*
		listen on localhost port $port name "here"
		pass from localhost to { any, <internal> } label "lab"
		block log to 192.0.2.1
	EOT
}

# client expression...: python with socks.py, the proxy's port as PORT.
client() {
	python3 -c "import socks, sys
PORT, TARGET = $port, ${TARGET:-0}
$1"
}

daemon_case text "the line of a session says what went through it"
text_body() {
	start sessions
	target source 100000
	client "
s = socks.session(PORT, '127.0.0.1', TARGET)
s.sendall(b'x' * 777)
s.shutdown(1)
assert len(socks.read_all(s)) == 100000
print(s.getsockname()[1])" >client.port || atf_fail "no session"
	await daemon.log "session id=1 " || atf_fail "no line"
	atf_check -o match:"Z session id=1 client=127.0.0.1:$(cat client.port) \
listener=here user=- rule=socks5d.conf:4 label=lab command=connect \
target=127.0.0.1:$TARGET address=127.0.0.1:$TARGET rep=0 cause=closed \
up=777 down=100000 connect=[0-9]+ms duration=[0-9]+ms\$" \
	    grep "Z session" daemon.log
	daemon_end
}

daemon_case json "all lines are JSON documents if the config says so"
json_body() {
	start format json sessions
	target source 100000
	client "
socks.read_all(socks.session(PORT, '127.0.0.1', TARGET))
socks.handshake(socks.connect(PORT), '192.0.2.1', 80)" ||
	    atf_fail "no session"
	await -n 2 daemon.log '"event":"session"' || atf_fail "no lines"
	atf_check -o inline:"closed 0 100000 None\nrule 2 0 192.0.2.1\n" \
	    python3 -c "
import json
lines = [json.loads(l) for l in open('daemon.log')]
for l in sorted((l for l in lines if l.get('event') == 'session'),
                key=lambda l: l['id']):
    print(l['cause'], l['rep'], l['down'],
          l['address'] if l['rep'] == 2 else l['name'])
    assert l['client'] == '127.0.0.1' and l['listener'] == 'here'"
	# All of them say when, and so that the lines can be sorted by it.
	atf_check -o inline:"True\n" python3 -c "
import json, re
when = re.compile(r'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z')
print(all(when.fullmatch(json.loads(l)['time']) for l in open('daemon.log')))"
	daemon_end
}

daemon_case held "what is said before the log is open goes there, too"
held_body() {
	start format json
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)"
	echo "spare = x" >>socks5d.conf
	daemon_respawn
	daemon_ready
	said='"warning","message":"socks5d.conf:[0-9]+: warning: spare: macro'
	atf_check -o match:"\"level\":$said not used" grep spare daemon.log
	atf_check -s exit:1 grep -v "^{" daemon.log
	daemon_end
	# If there will be no log, it is told all the same.
	echo "listen on 192.0.2.1 port 1080" >>socks5d.conf
	atf_check -s exit:1 -e match:"^socks5d: .* spare: macro not used" \
	    -e match:"^socks5d: .* listen on 192.0.2.1:1080: " \
	    "$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl"
}

daemon_case once "a line says once what it is, and a reload is told of once"
once_body() {
	start
	echo "spare = x" >>socks5d.conf
	atf_check -o match:"generation 2 is in force; sessions judged again: 0" \
	    -e match:"socks5d.conf:[0-9]+: warning: spare: macro not used" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload revoke
	atf_check -o match:"Z warning: socks5d.conf:[0-9]+: spare: macro not" \
	    grep spare daemon.log
	atf_check -o match:"Z sessions judged again: 0, ended: 0\$" \
	    grep judged daemon.log
	atf_check -o inline:"1\n" grep -c reloaded daemon.log
	daemon_end
}

daemon_case events "JSON has the parts of what happens to the daemon"
events_body() {
	start format json
	echo "nonsense here" >>socks5d.conf
	ctl reload >/dev/null 2>&1 && atf_fail "a wrong config is taken"
	sed -i '/nonsense/d' socks5d.conf
	atf_check -o ignore "$SOCKS5CTL" -s "$PWD/ctl" reload
	relay=$(pid_of relay 1)
	kill -9 "$relay"
	await daemon.log '"event":"exit"' || atf_fail "no event"
	await -n 2 daemon.log "relay 1 is ready" || atf_fail "it is not back"
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)"
	atf_check -o inline:"start\nreload-failed 1\nreload 2\n\
exit relay 1 9 None $relay\nstop\n" python3 -c "
import json
for line in open('daemon.log'):
    e = json.loads(line)
    if 'event' not in e:
        continue
    assert e['level'] and e['message'] and e['time'], e
    keys = {'start': (), 'stop': (), 'reload': ('generation',),
            'reload-failed': ('generation',),
            'exit': ('role', 'instance', 'signal', 'status', 'pid')}
    print(e['event'], *(e[k] for k in keys[e['event']]))
    assert e['event'] != 'reload-failed' or e['error'], e
    assert e['event'] != 'start' or e['version'] and e['pid'] == $(
	cat daemon.pid), e"
	rm -f daemon.pid
}

daemon_case marks "stderr has time and level; the journal is told priorities"
marks_body() {
	start sessions
	echo "nonsense here" >>socks5d.conf
	ctl reload >/dev/null 2>&1 && atf_fail "a wrong config is taken"
	when='20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:]{8}\.[0-9]{3}Z'
	await daemon.log "reload failed" || atf_fail "no line"
	atf_check -o ignore grep -E "^$when ready\$" daemon.log
	atf_check -o ignore grep -E "^$when error: reload failed: " daemon.log
	atf_check -s exit:1 grep -Ev "^$when ((error|warning|debug): )?[^ :]+" \
	    daemon.log
	daemon_end
}

daemon_case journal "stderr that is the journal's has priorities and no time"
journal_body() {
	start sessions
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)"
	rm -f daemon.pid ctl
	for format in text json; do
		atf_check -o ignore python3 -c "
import os, re, subprocess, sys
# As systemd has it: a stream, named by its device and inode.
def lines_of(stream):
    r, w = os.pipe()
    st = os.fstat(w)
    os.environ['JOURNAL_STREAM'] = stream or f'{st.st_dev}:{st.st_ino}'
    p = subprocess.Popen(['$SOCKS5D', '-d', '-v', '-f', 'socks5d.conf',
        '-s', '$PWD/ctl'], stderr=w)
    os.close(w)
    said = []
    with os.fdopen(r) as f:
        for line in f:
            said.append(line)
            if re.search(r'\bready\W*\$', line) and 'is ready' not in line:
                subprocess.run(['sh', '-c', 'echo nonsense >>socks5d.conf'])
                subprocess.run(['$SOCKS5CTL', '-s', '$PWD/ctl', 'reload'],
                    stderr=subprocess.DEVNULL)
                subprocess.run(['sed', '-i', '/nonsense/d', 'socks5d.conf'])
                p.terminate()
    p.wait()
    return said
subprocess.run(['sed', '-i', 's/^log to stderr.*/log to stderr format '
    '$format sessions/', 'socks5d.conf'], check=True)
json = '$format' == 'json'
said = lines_of(None)
start = '[{]' if json else '[a-z]'
assert all(re.match('<[3467]>' + start, l) for l in said), said
assert any(re.match('<3>.*reload failed', l) for l in said), said
assert any(re.match('<6>.*ready', l) for l in said), said
assert any(re.match('<7>.*is ready', l) for l in said), said
# Of another stream, or none.
for other in ('1:2', '8', ':', '', 'x:y'):
    said = lines_of(other or '-')
    assert not any(l.startswith('<') for l in said), (other, said)"
	done
}

daemon_case rule_log "with no sessions, only rules with log get lines"
rule_log_body() {
	start no sessions
	target source 1000
	client "
socks.read_all(socks.session(PORT, '127.0.0.1', TARGET))
socks.handshake(socks.connect(PORT), '192.0.2.1', 80)" ||
	    atf_fail "no session"
	await daemon.log "cause=rule" || atf_fail "no line"
	until_is 5 2 counter sessions-closed || atf_fail "still open"
	atf_check_equal 1 "$(grep -c 'Z session' daemon.log)"
	daemon_end
}

daemon_case forged "no name that a client asks for makes a line or a field"
forged_body() {
	start sessions
	client "
names = [b'a\nsession id=7 up=9', b'a b', b'a\" up=9 hint=\"', b'\x1b[31m',
    b'\xff' * 255, b'%s%n', b'\\\\', b'=', b'a\tb', b'\x00', b'127.1']
for n in names:
    s = socks.connect(PORT)
    assert socks.handshake(s, n, 80)[0] != 0, n
    s.close()" || atf_fail "client failed"
	await -n 11 daemon.log "session id=" || atf_fail "no lines"
	atf_check_equal 11 "$(grep -c 'Z session id=' daemon.log)"
	atf_check -s exit:1 grep -n '[^ -~]' daemon.log
	for target in 'a\\x0asession\\x20id=7\\x20up=9' '\\x1b\[31m' '\?' \
	    '127\.1' '\\x5c' "$(printf '\\\\xff%.0s' 1 2 3)"; do
		atf_check -o ignore grep " target=$target.*:80 " daemon.log
	done
	# Each has all fields once.
	for key in id client listener user rule label command target address \
	    rep cause up down connect duration; do
		atf_check_equal 11 "$(grep 'Z session' daemon.log |
		    sed 's/ hint=".*//' | grep -o " $key=" | wc -l)"
	done
	daemon_end
}

daemon_case early "clients that leave at once get few lines and a count"
early_body() {
	start sessions
	client "
for _ in range(300):
    socks.connect(PORT).close()" || atf_fail "client failed"
	until_is 10 300 counter sessions-closed || atf_fail "still open"
	await daemon.log "more sessions client=127.0.0.1 user=- cause=" ||
	    atf_fail "no count"
	until_is 5 300 early_sum || atf_fail "lines and counts"
	lines=$(grep -c 'Z session id=' daemon.log)
	atf_check test "$lines" -le 100
	daemon_end
}

early_sum() {
	awk '/Z session id=/ { n++ }
	    / more sessions / { n += $2 } END { print n }' daemon.log
}

daemon_case accounting "lines add up to what the clients saw" 120
accounting_body() {
	start sessions
	target echo
	client "
import random, threading, collections
rnd = random.Random(5)
total = collections.Counter()
lock = threading.Lock()
def work(seed):
    r = random.Random(seed)
    mine = collections.Counter()
    for _ in range(60):
        kind = r.randrange(4)
        if kind == 0:
            s = socks.connect(PORT)
            socks.handshake(s, '192.0.2.1', 80)
            mine['rule'] += 1
        elif kind == 1:
            s = socks.connect(PORT)
            s.sendall(b'GET / HTTP/1.0\r\n\r\n')
            socks.read_all(s)
            mine['early'] += 1
        else:
            s = socks.session(PORT, '127.0.0.1', TARGET)
            n = r.choice([0, 1, 1000, 100000])
            t = threading.Thread(target=lambda:
                (s.sendall(b'z' * n), s.shutdown(1)))
            t.start()
            got = len(socks.read_all(s))
            t.join()
            assert got == n, (got, n)
            mine['closed'] += 1
            mine['bytes'] += n
        s.close()
    with lock:
        total.update(mine)
ts = [threading.Thread(target=work, args=(i,)) for i in range(8)]
[t.start() for t in ts]
[t.join() for t in ts]
print(total['rule'], total['closed'], total['bytes'], total['early'],
      sum(total[k] for k in ('rule', 'closed', 'early')))
" >seen || atf_fail "client failed"
	read -r rule closed bytes early all <seen
	until_is 10 "$all" counter sessions-closed || atf_fail "still open"
	until_is 10 "$all" early_sum || atf_fail "a session has no line"
	atf_check_equal "$rule" "$(grep -c ' cause=rule ' daemon.log)"
	atf_check_equal "$closed" "$(grep -c ' cause=closed ' daemon.log)"
	for key in up down; do
		atf_check_equal "$bytes" "$(sed -n \
		    "s/^.*Z session .* cause=closed .*\\b$key=\([0-9]*\) .*/\1/p" \
		    daemon.log | awk '{ n += $1 } END { print n }')"
	done
	atf_check_equal "$bytes" "$(counter bytes-up)"
	atf_check_equal "$bytes" "$(counter bytes-down)"
	atf_check_equal "" "$(sed -n 's/^.*Z session \(id=[0-9]*\) .*/\1/p' \
	    daemon.log | sort | uniq -d)"
	daemon_end
}

daemon_case stuck "a log that nobody reads stops nothing"
stuck_body() {
	port=$(freeport)
	cat >socks5d.conf <<-EOT
		set limit half-open 2048 per-source 2048
		log to stderr sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
	mkfifo pipe
	exec 6<>pipe
	"$SOCKS5D" -d -f socks5d.conf -s "$PWD/ctl" </dev/null 2>pipe &
	echo $! >daemon.pid
	until_is 10 ctl ls ctl || atf_fail "it does not start"
	clients_start "$port"
	for i in 1 2 3 4 5 6 7 8; do
		atf_check_equal open "$(clients open 100)"
		clients close 100 >/dev/null
	done
	until_is 10 800 counter sessions-closed || atf_fail "it stands still"
	until_is 10 yes lost || atf_fail "nothing is lost"
	# Once there is room it says so, before anything else.
	cat <&6 >daemon.log &
	echo $! >other.reader.pid
	await daemon.log "log lines lost" || atf_fail "it is not told"
	atf_check_equal open "$(clients open 1)"
	clients close 1 >/dev/null
	await daemon.log "id=801 " || atf_fail "the log does not go on"
	atf_check_equal "$(counter log-lines-lost) log lines lost" \
	    "$(grep -o '[0-9]* log lines lost' daemon.log)"
	daemon_quit
}

lost() {
	[ "$(counter log-lines-lost)" -gt 0 ] && echo yes
}

daemon_case full "a full disk gets whole lines, and how many were lost"
full_head() {
	atf_set descr "a full disk gets whole lines, and how many were lost"
	atf_set timeout 120
	atf_set require.user root
}
full_body() {
	private_host
	mkdir disk
	$INSIDE mount -t tmpfs -o size=16k none "$PWD/disk"
	cat >socks5d.conf <<-EOT
		set limit half-open 2048 per-source 2048
		log to stderr format json sessions
		listen on localhost port 1080
		pass from localhost to { any, <internal> }
	EOT
	$INSIDE sh -c "exec \"$(realpath "$SRC/../../socks5d/socks5d")\" -d \
	    -f socks5d.conf -s '$PWD/ctl' 2>'$PWD/disk/log'" </dev/null &
	echo $! >daemon.pid
	until_is 10 ctl ls ctl || atf_fail "it does not start"
	until_is 10 5 full_sessions 1
	until [ "$(lost)" = yes ]; do
		full_sessions 200 >/dev/null
	done
	for i in 1 2 3; do
		# Room, for some or all; nothing is logged that would help.
		lost=$(all_lost)
		$INSIDE mount -o remount,size=${i}m "$PWD/disk"
		until_is 20 "$lost" full_told || atf_fail "it is not told of"
		[ "$i" = 3 ] && break
		$INSIDE mount -o remount,size=$(($($INSIDE du -k "$PWD/disk/log" |
		    cut -f 1) + 4 * i))k "$PWD/disk"
		until [ "$(counter log-lines-lost)" -gt "$lost" ]; do
			full_sessions 200 >/dev/null
		done
	done
	kill "$(cat daemon.pid)"
	wait "$(cat daemon.pid)" || atf_fail "it ended with status $?"
	rm daemon.pid
	atf_check -o match:"has ended" $INSIDE cat "$PWD/disk/log"
}

# How many lines are lost, once all sessions that are over have their line.
all_lost() {
	until_is 20 0 sessions
	_lost=
	while [ "$_lost" != "$(counter log-lines-lost)" ]; do
		_lost=$(counter log-lines-lost)
		for _i in 1 2 3 4 5 6; do
			a_moment
		done
	done
	echo "$_lost"
}

# The reply to the last of so many.
full_sessions() {
	$INSIDE python3 -c "
import socks
for _ in range($1):
    s = socks.connect(1080)
    rep = socks.handshake(s, '127.0.0.1', 1)[0]
    s.close()
print(rep)" 2>/dev/null
}

# How many are told of, in lines that are all JSON.
full_told() {
	$INSIDE python3 -c "
import json, re
n = 0
for l in open('$PWD/disk/log'):
    m = re.fullmatch(r'(\d+) log lines lost', json.loads(l).get('message', ''))
    n += int(m[1]) if m else 0
print(n)"
}
