#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The unit under a real systemd: a machine of systemd-nspawn boots with /usr of
# this host, what "make install" makes, and no network but its own.

. "$(atf_get_srcdir)/lib/daemon.sh"

CASE_USER=root

LANDLOCK="landlock_create_ruleset landlock_add_rule landlock_restrict_self"

# machine_new: its root folder.
machine_new() {
	mkdir -p root result
	: >result/log
	(
		cd root
		mkdir -p proc sys dev run tmp root var/lib etc/systemd/system \
		    usr/local
		for d in bin sbin lib lib32 lib64; do
			[ ! -d "/usr/$d" ] || ln -s "usr/$d" "$d"
		done
		echo "ID=socks5d" >etc/os-release
		: >etc/machine-id
		echo "root:x:0:0:root:/root:/bin/sh" >etc/passwd
		echo "root:x:0:" >etc/group
		echo "127.0.0.1 localhost" >etc/hosts
		echo "nameserver 127.0.0.1" >etc/resolv.conf
		cat >etc/systemd/system/test.service <<-EOF
			[Unit]
			DefaultDependencies=no
			SuccessAction=exit-force
			FailureAction=exit-force

			[Service]
			Type=oneshot
			StandardOutput=append:/result/log
			StandardError=append:/result/log
			ExecStart=/bin/sh /result/$1
		EOF
	)
	(cd "$SRC/../.." && make install DESTDIR="$PWD_TEST/root" \
	    PREFIX=/usr/local) >install.log 2>&1 || {
		cat install.log
		atf_fail "make install"
	}
}

# machine script [option of systemd-nspawn ...]: boots; it ends when that
# script of the folder result has ended.  On a busy host a machine may end
# before it has begun, which says nothing: then there is another.
machine() {
	_script=$1; shift
	PWD_TEST=$PWD
	rm -rf root result/log
	machine_new "$_script"
	for d in /usr/bin /usr/sbin /usr/lib /usr/lib32 /usr/lib64 \
	    /usr/libexec /usr/share /etc/alternatives; do
		[ ! -d "$d" ] || set -- "$@" "--bind-ro=$d"
	done
	for _try in 1 2 3; do
		machine_boot "$@"
		[ ! -s result/log ] || break
	done
	cat nspawn.log result/log
}

machine_boot() {
	_name=socks5d-$$
	echo "$_name" >machine.name
	timeout -k 5 90 systemd-nspawn -q -b -D "$PWD/root" \
	    --machine="$_name" --register=no --keep-unit --private-network \
	    --bind="$PWD/result:/result" --console=pipe "$@" \
	    systemd.unit=test.service </dev/null >nspawn.log 2>&1 &
	echo $! >other.nspawn.pid
	wait $!
	echo "systemd-nspawn ended with $?" >>nspawn.log
	rm -f other.nspawn.pid
	machine_forget
}

# What it leaves of the machine on this host.
machine_forget() {
	[ -s machine.name ] || return 0
	rmdir "/run/systemd/nspawn/propagate/$(cat machine.name)" 2>/dev/null
	rm -f "/run/systemd/nspawn/locks/inode-$(stat -c %d:%i root)"
	rm machine.name
}

# The test is for where such a machine can be had.
needs_machine() {
	for p in systemd-nspawn systemd-analyze; do
		command -v $p >/dev/null || atf_skip "no $p"
	done
	[ -z "$ASAN_OPTIONS" ] || atf_skip "a sanitizer needs what it forbids"
	mkdir -p result
	echo 'echo booted' >result/probe.sh
	machine probe.sh >probe.log
	grep -q "^booted" result/log ||
	    atf_skip "systemd-nspawn: $(tr '\n' ' ' <nspawn.log)"
}

# What runs in the machine; each step is told, the first that fails ends it.
steps() {
	cat >result/step.sh <<-'EOF'
		fail() {
			echo "FAILED: $*"
			journalctl -u socks5d -n 40 --no-pager
			finish 1
		}
		finish() {
			[ -z "$server" ] || kill "$server"
			exit "$1"
		}
		try() { echo "+ $*"; "$@" || fail "$*"; }
		until_ok() {
			for _i in $(seq 100); do
				"$@" >/dev/null 2>&1 && return 0
				sleep 0.1
			done
			fail "never: $*"
		}
		PATH=$PATH:/usr/local/sbin
		generation() { socks5ctl show status |
		    grep -q "generation $1,"; }
		# Who is being started has not told its layers yet.
		settled() { socks5ctl show status >/status &&
		    ! grep -q "STARTING\|NOT RUNNING" /status; }
		serves() { [ "$(curl -s -m 10 --socks5-hostname \
		    "127.0.0.1:$1" "http://$2:8000/word")" = hello ]; }
		pid() { systemctl show -P MainPID socks5d; }
	EOF
	cat >result/unit.sh <<-'EOF'
		. /result/step.sh
		try systemd-sysusers /usr/local/lib/sysusers.d/socks5d.conf
		try systemd-tmpfiles --create \
		    /usr/local/lib/tmpfiles.d/socks5d.conf
		try getent passwd _socks5d_router
		try ip link set lo up
		mkdir /srv && cd /srv && echo hello >word
		python3 -m http.server >/dev/null 2>&1 &
		server=$!
		until_ok curl -s http://127.0.0.1:8000/word

		# What it takes a capability, a file or a folder for.
		groupadd -r proxy
		echo 192.0.2.0/24 >/etc/socks5d.table
		cat >/etc/socks5d.conf <<-EOT
			set timeout drain 1s
			control "/run/socks5d.sock" group proxy
			users "/var/lib/socks5d/users"
			table <away> address file "/etc/socks5d.table"
			listen on 127.0.0.1 port 1080
			listen on 127.0.0.1 port 80 name low
			listen on 127.0.0.1 port 1081 auth required
			block
			pass from localhost to <internal> mark 7
			block to <away>
		EOT
		mkdir -p -m 700 /var/lib/socks5d
		: >/var/lib/socks5d/users
		chmod 600 /var/lib/socks5d/users
		try systemctl start socks5d
		until_ok socks5ctl show status
		try systemctl is-active socks5d
		try socks5ctl show status
		until_ok settled
		sed '1,/^missing/d' /status >/result/missing
		try [ "$(stat -c "%a %G" /run/socks5d.sock)" = "660 proxy" ]
		try serves 1080 127.0.0.1
		try serves 80 localhost
		try sh -c 'echo secret | socks5ctl user add alice'
		try [ "$(curl -s --proxy socks5h://alice:secret@127.0.0.1:1081 \
		    http://127.0.0.1:8000/word)" = hello ]

		# What the unit says holds for the parent.
		grep -E "^(NoNewPrivs|Seccomp|CapBnd):" "/proc/$(pid)/status"
		try grep -q "^NoNewPrivs:.1" "/proc/$(pid)/status"
		try grep -q "^Seccomp:.2" "/proc/$(pid)/status"
		mode_of() { awk -v at="$1" '$5 == at { m = $6 }
		    END { print substr(m, 1, 2) }' \
		    "/proc/$(pid)/mountinfo"; }
		try [ "$(mode_of /)" = ro ]
		try [ "$(mode_of /run)" = rw ]
		try [ "$(mode_of /var/lib/socks5d)" = rw ]
		try [ ! -e "/proc/$(pid)/root/proc/sys" ]

		# A reload by systemctl, good and bad.
		try systemctl reload socks5d
		try generation 2
		cp /etc/socks5d.conf good
		echo "nonsense here" >>/etc/socks5d.conf
		echo "+ a reload of a bad file"
		systemctl reload socks5d && fail "it was taken"
		try systemctl is-active socks5d
		try generation 2
		try serves 1080 127.0.0.1
		cp good /etc/socks5d.conf
		try systemctl reload socks5d

		# What went wrong, and nothing else, is an error in the journal.
		errors() { journalctl -q -p err -u socks5d -o cat --no-pager; }
		failed_said() { errors | grep -q "^reload failed"; }
		until_ok failed_said
		errors | grep "ready" && fail "all is an error"
		try sh -c "journalctl -q -u socks5d -o cat --no-pager | \
		    grep -qx ready"

		# Children that die and that hang.
		child() { socks5ctl show status | awk -v r="$1" -v n="$2" \
		    '$1 == r && $2 == n { print $3 }'; }
		for role in router control auth resolver relay; do
			old=$(child $role 0)
			try kill -9 "$old"
			until_ok sh -c "socks5ctl show status | awk \
			    '\$1 == \"$role\" && \$2 == 0 && \$3 > 0 && \
			    \$3 != $old { n = 1 } END { exit !n }'"
		done
		until_ok serves 1080 127.0.0.1
		until_ok settled
		sed '1,/^missing/d' /status >/result/missing2
		try kill -STOP "$(child relay 0)"
		try systemctl stop socks5d
		try [ ! -e /run/socks5d.sock ]
		try [ "$(systemctl show -P Result socks5d)" = success ]

		# A wrong file does not start, and that is said at once.
		echo "nonsense here" >>/etc/socks5d.conf
		systemctl start socks5d && fail "a wrong file is started"
		nonsense_said() { journalctl -q -u socks5d -o cat --no-pager |
		    grep -q "socks5d.conf:[0-9]*: nonsense"; }
		until_ok nonsense_said
		# An address that comes late is waited for.
		systemctl stop socks5d
		cp good /etc/socks5d.conf
		echo "listen on 192.0.2.77 port 1080" >>/etc/socks5d.conf
		systemctl start socks5d
		try ip addr add 192.0.2.77/32 dev lo
		serves_status() { socks5ctl show status | grep -q relay; }
		until_ok serves_status
		try systemctl stop socks5d
		echo "all done"
		finish 0
	EOF
}

daemon_case unit "start, sessions, reload, children that die, stop" 200
unit_body() {
	needs_machine
	steps
	machine unit.sh --system-call-filter="$LANDLOCK"
	grep -q "^all done" result/log || atf_fail "see the log above"
	atf_check cat result/missing result/missing2
}
unit_cleanup() {
	all_stop
	machine_forget
}

daemon_case refused "the same in a container that refuses Landlock" 200
refused_body() {
	needs_machine
	steps
	machine unit.sh
	grep -q "^all done" result/log || atf_fail "see the log above"
	atf_check -o inline:"landlock  Operation not permitted: around all \
processes\n" cat result/missing
	atf_check cmp result/missing result/missing2
}
refused_cleanup() {
	all_stop
	machine_forget
}

# It may only fall: what is added to the unit must not be taken out again.
EXPOSURE=28

daemon_case exposure "the exposure that systemd-analyze finds stays low"
exposure_body() {
	command -v systemd-analyze >/dev/null || atf_skip "no systemd-analyze"
	cp "$SRC/../../etc/socks5d.service" .
	atf_check -o save:exposure -e ignore systemd-analyze security \
	    --no-pager --offline=yes --threshold=$EXPOSURE socks5d.service
	cat exposure
	# The test itself can fail.
	sed -i '/^SystemCallFilter/d' socks5d.service
	atf_check -s not-exit:0 -o ignore -e ignore systemd-analyze security \
	    --no-pager --offline=yes --threshold=$EXPOSURE socks5d.service
}
