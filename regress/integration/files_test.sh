#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Changes of the file of users while the daemon runs.  The clients are in
# Files that are read, as people have them: with a byte order mark, with the
# line ends of other systems, in another encoding, with bytes of no text.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"

MARK='\357\273\277'
FILES="socks5d.conf more.conf nets names people users secret quotas"

# One of each kind of file that a config may name, each of two lines at least.
files() {
	cat >plain.socks5d.conf <<-EOT
		# a comment
		include "more.conf"
		listen on 127.0.0.1 port 1080
		listen on 127.0.0.1 port 1081 auth required
		users "$PWD/users"
		table <nets> address file "$PWD/nets"
		table <names> domain file "$PWD/names"
		table <people> user file "$PWD/people"
		upstream up {
		    member http 192.0.2.1 port 1 user u password file \\
		        "$PWD/secret"
		}
		quotas "$PWD/quotas"
		pass from localhost user any quota 1G/day per user
		pass from localhost to <nets>
		pass from localhost to domain <names>
		pass from localhost user <people> via up
	EOT
	printf '# one\nset relays 1\n' >plain.more.conf
	printf '# nets\n192.0.2.0/24\n' >plain.nets
	printf '# names\n.example.com\n' >plain.names
	printf '# people\nalice\n' >plain.people
	printf '# users\nalice:%s\n' \
	    "$(echo wonderland | "$SOCKS5CTL" hash sha512)" >plain.users
	printf 'hush\nand a second line\n' >plain.secret
	printf '# used\n2026-11-30 quota alice 5\n' >plain.quotas
	fresh
}

# All files as they are made here.
fresh() {
	for f in $FILES; do
		cp "plain.$f" "$f"
		chmod 600 "$f"
	done
}

# fine file: the config with this one is as good as without.
fine() {
	atf_check -o file:fine -e ignore "$SOCKS5D" -nv -f socks5d.conf
}

daemon_case ends "a mark in front and other line ends change nothing, in \
any file" 120
ends_body() {
	files
	"$SOCKS5D" -nv -f socks5d.conf >fine || atf_fail "not right at all"
	for f in $FILES; do
		{ printf "$MARK"; cat "plain.$f"; } >"$f"
		fine
		sed "s/\$/$(printf '\r')/" "plain.$f" >"$f"
		fine
		tr '\n' '\r' <"plain.$f" >"$f"
		fine
		printf %s "$(cat "plain.$f")" >"$f"
		fine
		# The last line, as editors leave it that join texts.
		printf '%s\r' "$(cat "plain.$f")" >"$f"
		fine
		if [ "$f" != secret ]; then
			sed "s/\$/ $(printf '\t')/" "plain.$f" |
			    sed "s/\\\\.*/\\\\/" >"$f"
			fine
		fi
		{ printf "$MARK"; sed "s/\$/$(printf '\r')/" "plain.$f"; } \
		    >"$f"
		fine
		fresh
	done
}

# refused file text: and says this.
refused() {
	atf_check -s exit:1 -e match:"$1$2" "$SOCKS5D" -n -f socks5d.conf
}

daemon_case others "UTF-16 and bytes that are no text are refused by name, \
with the file" 120
others_body() {
	files
	for f in $FILES; do
		[ "$f" != quotas ] || continue
		at=$f:1
		nul=$f:2
		if [ "$f" = secret ]; then
			at=$f nul=$f
		fi
		for order in LE BE; do
			{
				if [ $order = LE ]; then
					printf '\377\376'
				else
					printf '\376\377'
				fi
				iconv -t UTF-16$order "plain.$f"
			} >"$f"
			refused "$at" ": text in UTF-16: save it as UTF-8"
		done
		# Without a mark its NULs tell.
		if [ "$f" = secret ]; then
			printf 'hu\0sh\n' >"$f"
		else
			{
				head -n 1 "plain.$f"
				printf 'a\0b\n'
			} >"$f"
		fi
		refused "$nul" ": NUL byte"
		fresh
	done
	{ printf '\377\376'; iconv -t UTF-16LE plain.quotas; } >quotas
	refused "quotas" ": cannot read quota usage: text in UTF-16"
}

daemon_case stdin "what comes by standard input is read like a file" 120
stdin_body() {
	port=$(freeport)
	: >users
	chmod 600 users
	daemon_start <<-EOT
		users "$PWD/users"
		table <nets> address
		listen on 127.0.0.1 port $port auth required
		pass from localhost to <internal>
	EOT
	# The blank at the end is part of it, the rest is not.
	printf "${MARK}pass word \r\n" | atf_check -o ignore \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add alice
	printf 'pass word \r' | atf_check -o ignore \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add bob
	printf '\377\376p\0\n\0' | atf_check -s exit:1 -e match:UTF-16 \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add carol
	printf 'p\0\n' | atf_check -s exit:1 -e match:"NUL byte" \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add carol
	printf '%300s' x | atf_check -s exit:1 -e match:"longer than 255" \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add carol
	printf "$MARK%255s\r\n" x | atf_check -o ignore \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add long
	python3 - $port <<-EOT || atf_fail "no login"
		import sys, login
		for name, password in ((b"alice", b"pass word "),
		    (b"bob", b"pass word "), (b"long", b" " * 254 + b"x")):
		    if not login.try_login(sys.argv[1], name, password):
		        sys.exit(name)
	EOT
	printf "$MARK# x\r192.0.2.1\r\n192.0.2.2" >list
	atf_check -o match:'2 added' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -f - table nets replace <list
	atf_check -o match:'2 in it' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -f list table nets replace
	{ printf '\377\376'; iconv -t UTF-16LE list; } >wide
	atf_check -s exit:1 -e match:'stdin:1: text in UTF-16' \
	    "$SOCKS5CTL" -s "$PWD/ctl" -f - table nets replace <wide
	atf_check -s exit:1 -e match:"$PWD: Is a directory" \
	    "$SOCKS5CTL" -s "$PWD/ctl" -f "$PWD" table nets replace
	daemon_end
}

# A daemon with the files of ./dir, which is seen as this host or a container
# sees it.
start_in_dir() {
	port=$(freeport)
	daemon_start <<-EOT
		users "$PWD/dir/users"
		quotas "$PWD/dir/quotas"
		listen on 127.0.0.1 port $port auth required
		pass from localhost to { any <internal> } user any \
		    quota 1G/day per user
	EOT
}

# One user who may log in, and quotas of some day.
dir() {
	mkdir dir
	printf '# users\nalice:%s\n' \
	    "$(echo wonderland | "$SOCKS5CTL" hash sha512)" >users
	echo "2099-01-01 socks5d.conf:5 alice 5" >quotas
	chmod 600 users quotas
}

# unchanged pattern: no change of users, for that reason, and auth goes on.
unchanged() {
	auth=$(pid_of auth)
	echo pass | atf_check -s exit:1 -e match:"$1" \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add bob
	atf_check_equal "$auth" "$(pid_of auth)"
	atf_check cmp users.first users.now
	$INSIDE cat "$PWD/dir/users" >users.now
	atf_check cmp users.first users.now
	atf_check -s exit:1 $INSIDE test -e "$PWD/dir/users.socks5d-new"
	atf_check_equal 0 "$(login_of alice wonderland)"
}

login_of() {
	$INSIDE python3 -c "
import sys, login
sys.exit(not login.try_login($port, b'$1', b'$2'))"
	echo $?
}

# A session of alice, so that there is something to write.
use() {
	$INSIDE python3 -c "
import login, socks, socket
with socket.socket() as target:
    target.bind(('127.0.0.1', 0))
    target.listen()
    with login.dial($port) as s:
        s.sendall(login.greeting(2))
        socks.read_exactly(s, 2)
        s.sendall(login.login(b'alice', b'wonderland'))
        socks.read_exactly(s, 2)
        s.sendall(socks.request('127.0.0.1', target.getsockname()[1]))
        assert socks.read_reply(s)[0] == 0
        conn = target.accept()[0]
        conn.sendall(b'x' * 1000)
        conn.close()
        socks.read_all(s)"
}

daemon_case mounted "a file that is mounted by itself, as in a container" 120
mounted_head() {
	atf_set descr "a file that is mounted by itself stays, and it is said why"
	atf_set timeout 120
	atf_set require.user root
}
mounted_body() {
	dir
	private_host
	: >dir/users
	: >dir/quotas
	for f in users quotas; do
		$INSIDE mount --bind "$PWD/$f" "$PWD/dir/$f"
	done
	cp users users.first
	cp users users.now
	start_in_dir
	unchanged "dir/users: it is mounted by itself, .*: mount the folder"
	use || atf_fail "alice is not served"
	await -t 30 daemon.log "dir/quotas: cannot save quota usage: it is \
mounted by itself" || atf_fail "quotas"
	atf_check -o inline:"2099-01-01 socks5d.conf:5 alice 5\n" cat quotas
	daemon_end
}

daemon_case readonly "a file system that is read-only, as of a service" 120
readonly_head() {
	atf_set descr "on a read-only file system nothing is changed, and it \
is said where it could be"
	atf_set timeout 120
	atf_set require.user root
}
readonly_body() {
	dir
	cp -p users quotas dir
	cp users users.first
	cp users users.now
	private_host
	$INSIDE mount --bind "$PWD/dir" "$PWD/dir"
	$INSIDE mount -o remount,bind,ro "$PWD/dir"
	start_in_dir
	unchanged "dir/users: Read-only file system: .* /var/lib/socks5d"
	use || atf_fail "alice is not served"
	await -t 30 daemon.log "dir/quotas: cannot save quota usage: \
Read-only file system: a service of systemd has to keep it in" ||
	    atf_fail "quotas"
	daemon_end
}

daemon_case full "a file system that is full" 120
full_head() {
	atf_set descr "on a full file system nothing is changed or lost"
	atf_set timeout 120
	atf_set require.user root
}
full_body() {
	dir
	private_host
	$INSIDE mount -t tmpfs -o size=64k,mode=755 none "$PWD/dir"
	$INSIDE cp -p users quotas "$PWD/dir"
	cp users users.first
	cp users users.now
	start_in_dir
	$INSIDE sh -c "cat /dev/zero >'$PWD/dir/filler'" 2>/dev/null
	unchanged "dir/users: No space left for a new file .*stays as it is"
	use || atf_fail "alice is not served"
	await -t 30 daemon.log "dir/quotas: cannot save quota usage: No space \
left" || atf_fail "quotas"
	atf_check -o inline:"2099-01-01 socks5d.conf:5 alice 5\n" \
	    $INSIDE cat "$PWD/dir/quotas"
	# With room again all goes on.
	$INSIDE rm "$PWD/dir/filler"
	await -t 30 daemon.log "writable again" || atf_fail "not again"
	echo pass | atf_check -o ignore \
	    "$SOCKS5CTL" -s "$PWD/ctl" user add bob
	atf_check_equal 0 "$(login_of bob pass)"
	daemon_end
}

daemon_case skipped "a few faults of a list that others publish" 120
skipped_body() {
	port=$(freeport)
	{
		seq -f "host%.0f.example.com" 100
		printf 'm\303\274ller.example\n'
		printf 'blocked.example\n'
		printf 'caf\303\251.example\n'
	} >list
	config() {
		cat <<-EOT
			table <ads> domain file "$PWD/list" $1
			listen on 127.0.0.1 port $port
			pass from localhost
			block to domain <ads>
		EOT
	}
	config >socks5d.conf
	# What can be done about it is said.
	atf_check -s exit:1 -e match:"list:101: m.*not ASCII" \
	    -e match:"list: invalid entries of a list can be skipped: see \
skip-invalid" "$SOCKS5D" -n -f socks5d.conf
	config skip-invalid >socks5d.conf
	atf_check -e match:"list:101: warning: m.*not ASCII.*: skipped, with \
1 more" -e match:"OK" "$SOCKS5D" -n -f socks5d.conf
	daemon_respawn
	daemon_ready
	atf_check -o match:"list:101: .*m.*skipped, with 1 more" \
	    cat daemon.log
	atf_check -o match:"blocked.example" \
	    "$SOCKS5CTL" -s "$PWD/ctl" table ads test blocked.example
	# A page about an error is no list.
	cp list list.good
	printf '<!DOCTYPE html>\n<title>Not Found</title>\n' >list
	atf_check -s exit:1 -e match:"list:1: .* too many to be skipped" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	atf_check -o match:"101 in it" -e match:"stdin:101: warning: m" \
	    "$SOCKS5CTL" -s "$PWD/ctl" -f - table ads replace <list.good
	# Without the word all of it counts again, though the file is the same.
	cat list.good >list
	atf_check -o ignore -e match:"warning: m" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	config >socks5d.conf
	atf_check -s exit:1 -e match:"list:103: caf" \
	    "$SOCKS5CTL" -s "$PWD/ctl" reload
	daemon_end
}
