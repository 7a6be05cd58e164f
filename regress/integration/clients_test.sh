#! /usr/bin/env atf-sh
# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
# For integration tests: a daemon and targets in the test's own folder.

# Clients that people use, with real content.

. "$(atf_get_srcdir)/lib.sh"

client_case() {
	atf_test_case "$1" cleanup
	eval "$1_head() { atf_set descr \"$2\"; atf_set timeout 120;
	    atf_set require.progs \"$3\"; }"
	eval "$1_cleanup() { all_stop; }"
}

start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
}

hash_of() {
	sha256sum "$1" | cut -d' ' -f1
}

# n bytes of the pattern that target.py sends.
pattern() {
	python3 -c "import sys; sys.path.insert(0, '$SRC'); import target
sys.stdout.buffer.write(target.pattern($1))"
}

client_case curl_v4 "curl reaches an IPv4 target by address" curl
curl_v4_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 \
	    --socks5 "127.0.0.1:$port" "http://127.0.0.1:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

client_case curl_v6 "curl reaches an IPv6 target by address" curl
curl_v6_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 -g \
	    --socks5-hostname "[::1]:$port" "http://[::1]:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

client_case curl_name "curl has the proxy look a name up" curl
curl_name_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 \
	    --socks5-hostname "127.0.0.1:$port" "http://localhost:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

client_case curl_down "curl loads 64 MiB, byte for byte" curl
curl_down_body() {
	start
	target http
	pattern 67108864 >want
	atf_check curl -sS -o got --socks5-hostname "127.0.0.1:$port" \
	    "http://127.0.0.1:$TARGET/67108864"
	atf_check cmp want got
	daemon_end
}

client_case curl_up "curl sends 64 MiB, byte for byte" curl
curl_up_body() {
	start
	target http
	head -c 67108864 /dev/urandom >sent
	atf_check -o inline:"$(hash_of sent)" curl -sS -T sent -H Expect: \
	    --socks5-hostname "127.0.0.1:$port" "http://127.0.0.1:$TARGET/"
	daemon_end
}

client_case curl_parallel "50 transfers of curl at once" curl
curl_parallel_body() {
	start
	target http
	pattern 1048576 >want
	i=0
	while [ $i -lt 50 ]; do
		echo "url = http://127.0.0.1:$TARGET/1048576"
		echo "output = got.$i"
		i=$((i + 1))
	done >urls
	atf_check -e ignore curl -sS --parallel --parallel-immediate \
	    --parallel-max 50 --socks5-hostname "127.0.0.1:$port" -K urls
	atf_check_equal 50 "$(find . -name 'got.*' | wc -l)"
	for f in got.*; do
		cmp want "$f" || atf_fail "$f is damaged"
	done
	daemon_end
}

client_case nc_both "nc over IPv4, IPv6 and by name, FIN first" nc
nc_both_body() {
	start
	target echo
	for host in 127.0.0.1 ::1 localhost; do
		atf_check -o inline:"hello\n" sh -c "echo hello | nc -N \
		    -X 5 -x 127.0.0.1:$port $host $TARGET"
	done
	daemon_end
}

client_case ncat_echo "ncat through the proxy" ncat
ncat_echo_body() {
	start
	target echo
	atf_check -o inline:"hello\n" sh -c "echo hello | ncat \
	    --proxy-type socks5 --proxy 127.0.0.1:$port 127.0.0.1 $TARGET"
	daemon_end
}

client_case python_echo "a client that sends what RFC 1928 shows" python3
python_echo_body() {
	start
	target echo
	atf_check -o inline:"hello\n" python3 -c "
import sys
sys.path.insert(0, '$SRC')
import socks
s = socks.session($port, '127.0.0.1', $TARGET)
s.sendall(b'hello')
print(socks.read_exactly(s, 5).decode())
"
	daemon_end
}

client_case ssh_nc "ssh with nc as its proxy command" "ssh sshd nc ssh-keygen"
ssh_nc_body() {
	start
	sshport=$(freeport)
	ssh-keygen -q -t ed25519 -N "" -f host || atf_fail "host key"
	ssh-keygen -q -t ed25519 -N "" -f user || atf_fail "user key"
	cp user.pub authorized
	cat >sshd_config <<-EOT
		ListenAddress 127.0.0.1:$sshport
		HostKey $PWD/host
		AuthorizedKeysFile $PWD/authorized
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		PidFile $PWD/sshd.pid
		MaxStartups 100
	EOT
	# Debian's sshd wants its folder even when it is not the system's.
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	"$(command -v sshd)" -D -e -f sshd_config >sshd.log 2>&1 &
	echo $! >other.sshd.pid
	await sshd.log "Server listening" || atf_fail "sshd: $(cat sshd.log)"
	head -c 1000000 /dev/urandom >sent
	atf_check -o inline:"$(hash_of sent)\n" -e ignore sh -c "ssh -F none \
	    -o BatchMode=yes -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile=$PWD/known -i $PWD/user -p $sshport \
	    -o 'ProxyCommand=nc -X 5 -x 127.0.0.1:$port %h %p' \
	    $(id -un)@127.0.0.1 'sha256sum | cut -d\" \" -f1' <sent"
	daemon_end
}

client_case browser "a headless browser loads a page and what it asks for" \
    chromium
browser_body() {
	start
	target http
	atf_check -o match:"fetched 1000" -e ignore env HOME="$PWD/home" \
	    chromium --headless --no-sandbox --disable-gpu --disable-quic \
	    --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync \
	    --user-data-dir="$PWD/profile" \
	    --proxy-server="socks5://127.0.0.1:$port" \
	    --proxy-bypass-list="<-loopback>" --virtual-time-budget=10000 \
	    --dump-dom "http://localhost:$TARGET/page"
	atf_check -o match:"target=localhost:$TARGET .*rep=0" cat daemon.log
	daemon_quit
}

atf_init_test_cases() {
	atf_add_test_case curl_v4
	atf_add_test_case curl_v6
	atf_add_test_case curl_name
	atf_add_test_case curl_down
	atf_add_test_case curl_up
	atf_add_test_case curl_parallel
	atf_add_test_case nc_both
	atf_add_test_case ncat_echo
	atf_add_test_case python_echo
	atf_add_test_case ssh_nc
	atf_add_test_case browser
}
