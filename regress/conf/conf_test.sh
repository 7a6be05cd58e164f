#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Every NAME.conf here is a test.  With NAME.ok beside it the config is right
# and is printed like that; with NAME.err it is refused and the complaints are
# exactly these.  NAME.warn holds the warnings of one that is right, NAME.args
# options for it.  Parsers made by byacc and by bison must agree.

# The work folder gets copies, for nobody but us may be able to write them.
prepare() {
	cp "$(atf_get_srcdir)"/*.conf .
	cp -R "$(atf_get_srcdir)/include" .
	chmod -R go-w .
}

check_conf() {
	src=$(atf_get_srcdir)
	name=$1
	args=
	[ ! -f "$src/$name.args" ] || args=$(cat "$src/$name.args")
	warn=empty
	[ ! -f "$src/$name.warn" ] || warn=file:$src/$name.warn
	prepare
	for program in conf_byacc conf_bison; do
		if [ -f "$src/$name.err" ]; then
			atf_check -s exit:1 -e file:"$src/$name.err" \
			    "$src/$program" $args "$name.conf"
			continue
		fi
		atf_check -o file:"$src/$name.ok" -e $warn \
		    "$src/$program" $args "$name.conf"
		# What was printed is a config like any other, and the same.
		cp "$src/$name.ok" again.conf
		chmod 600 again.conf
		atf_check -o file:again.conf -e ignore \
		    "$src/$program" again.conf
	done
}

atf_test_case alone
alone_head() {
	atf_set descr "no .ok, .err, .warn or .args is without its .conf"
}
alone_body() {
	cd "$(atf_get_srcdir)" || atf_fail "no folder"
	for f in *.ok *.err *.warn *.args; do
		[ -f "${f%.*}.conf" ] || echo "$f"
	done >"$HOME/found"
	for f in *.conf; do
		[ -f "${f%.conf}.ok" ] || [ -f "${f%.conf}.err" ] || echo "$f"
	done >>"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case daemon
daemon_head() {
	atf_set descr "socks5d -nv takes and refuses the same configs"
}
daemon_body() {
	src=$(atf_get_srcdir)
	prepare
	for f in "$src"/*.ok; do
		name=$(basename "$f" .ok)
		[ ! -f "$src/$name.args" ] || continue
		atf_check -o file:"$f" -e ignore \
		    "$src/../../socks5d/socks5d" -nv -f "$name.conf"
	done
	for f in "$src"/*.err; do
		name=$(basename "$f" .err)
		[ ! -f "$src/$name.args" ] || continue
		atf_check -s exit:1 -e file:"$f" \
		    "$src/../../socks5d/socks5d" -nv -f "$name.conf"
	done
}

atf_test_case files
files_head() {
	atf_set descr "a config with all kinds of files loads if they are" \
	    "there, and each one that is not is told"
}
files_body() {
	src=$(atf_get_srcdir)
	dir=$(pwd)
	cat >whole.conf <<-EOF
	lan     = "{ 10.0.0.0/8 fd00::/8 }"

	set relays 4                  # default: one per CPU
	set sessions 20000            # default: what the descriptors allow
	set timeout handshake 10s connect 15s idle 15m half-closed 2m drain 30s
	set limit half-open 1024 per-source 64

	resolver {
		nameserver { 127.0.0.1, 9.9.9.9 port 53 }
		family any timeout 5s cache 10000
	}
	users   "$dir/users"
	quotas  "$dir/quotas"

	table <bad>    address file "$dir/bad-addresses"
	table <ads>    domain  file "$dir/ad-domains"
	table <staff>  user    { alice, bob }

	listen on localhost port 1080
	listen on 0.0.0.0 port 1081 name "outside" auth required
	listen on ::      port 1081 name "outside" auth required

	upstream "exit" {
	    balance failover                          # or roundrobin, source
	    member socks5 192.0.2.1 port 1080 user "u" \\
		password file "$dir/exit.secret"
	    member http   192.0.2.2 port 3128
	    retry 3 backoff 100ms to 5s
	    breaker after 5 failures in 30s for 60s
	}
	upstream "tor" { member socks5 127.0.0.1 port 9050 }

	control "/run/socks5d.sock" group "wheel"
	log to syslog format text sessions

	block
	pass from localhost
	pass from \$lan on "outside"
	pass user <staff> to any port { 80 443 8000:8100 } label "staff-web"
	pass user <staff> to 10.20.0.0/16         # an internal network, named
	block quick log to <bad>
	block quick to domain <ads>
	pass quick to domain "*.onion" via "tor" resolve remote
	pass to 192.0.2.80 port 80 rdr-to 127.0.0.1 port 8080
	pass user alice command { connect udp } rate 10M/s sessions 50 \\
	    quota 50G/month source 192.0.2.10
	EOF
	printf 'hush\n' >exit.secret
	printf '192.0.2.0/24\n2001:db8::1\n' >bad-addresses
	printf '*.ads.example\n' >ad-domains
	: >users
	chmod 600 whole.conf exit.secret bad-addresses ad-domains users
	atf_check -o match:'^upstream "tor"' -e not-match:"error" \
	    "$src/../../socks5d/socks5d" -nv -f whole.conf
	chmod 640 exit.secret
	atf_check -s exit:1 -o empty -e match:"^whole.conf:23: member 1: \
password file $dir/exit.secret: not for its owner alone: chmod go= is needed\$" \
	    "$src/../../socks5d/socks5d" -nv -f whole.conf
	rm exit.secret
	atf_check -s exit:1 -o empty -e match:"^whole.conf:23: member 1: \
password file $dir/exit.secret: No such file or directory\$" \
	    "$src/../../socks5d/socks5d" -nv -f whole.conf
}

atf_test_case unsafe
unsafe_head() {
	atf_set descr "a file that others may write or that is no file is refused"
}
unsafe_body() {
	src=$(atf_get_srcdir)
	prepare
	for mode in 620 602; do
		chmod $mode minimal.conf
		for program in conf_byacc conf_bison; do
			atf_check -s exit:1 -e inline:"minimal.conf: writable by \
others: chmod go-w is needed\n" \
			    "$src/$program" minimal.conf
			echo 'include "minimal.conf"' >over.conf
			atf_check -s exit:1 -e inline:"over.conf:1: include \
minimal.conf: writable by others: chmod go-w is needed\n" \
			    "$src/$program" over.conf
		done
	done
	for program in conf_byacc conf_bison; do
		atf_check -s exit:1 -e inline:".: not a regular file\n" \
		    "$src/$program" .
		mkfifo pipe 2>/dev/null || :
		atf_check -s exit:1 -e inline:"pipe: not a regular file\n" \
		    "$src/$program" pipe
		atf_check -s exit:1 -e inline:"none: No such file or directory\n" \
		    "$src/$program" none
	done
}

atf_test_case foreign
foreign_head() {
	atf_set descr "a file of another user is refused"
	atf_set require.user root
}
foreign_body() {
	src=$(atf_get_srcdir)
	prepare
	chown 12345 minimal.conf
	for program in conf_byacc conf_bison; do
		atf_check -s exit:1 -e inline:"minimal.conf: owned by another \
user: its owner must be root or the user who starts socks5d\n" \
		    "$src/$program" minimal.conf
	done
}

atf_test_case page
page_head() {
	atf_set descr "the examples of socks5d.conf(5) are right"
}
page_body() {
	src=$(atf_get_srcdir)
	awk '/^\.Sh / { on = $2 == "EXAMPLES" }
	    /^\.Bd / && on { name = "example" ++n ".conf"; next }
	    /^\.Ed/ { close(name); name = "" }
	    name != "" { gsub(/\\e/, "\\"); print >name }' \
	    "$src/../../socks5d.conf.5"
	for f in example*.conf; do
		# Commands, or what is for the firewall.
		grep -q '^listen on' "$f" || continue
		chmod 600 "$f"
		atf_check -o ignore "$src/conf_byacc" "$f"
		echo "$f" >>tried
	done
	atf_check -o inline:"9\n" grep -c . tried
}

atf_init_test_cases() {
	for conf in "$(atf_get_srcdir)"/*.conf; do
		name=$(basename "$conf" .conf)
		eval "${name}_head() {
			atf_set descr 'the config $name.conf'
		}
		${name}_body() {
			check_conf $name
		}"
		atf_add_test_case "$name"
	done
	atf_add_test_case alone
	atf_add_test_case daemon
	atf_add_test_case files
	atf_add_test_case page
	atf_add_test_case unsafe
	atf_add_test_case foreign
}
