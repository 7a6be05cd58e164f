#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# ruby-socksify 1.7.1 (Debian 12): which names of hosts it can ask a SOCKS5 proxy
# for.
#
# Guess: "cafe" and "decade" go out as names, ATYP 3, as "coffee-7" does (97 %).
# Seen:  whatever has no other letters than a to f, digits and colons is taken
#        for an IPv6 address, and those it refuses itself, after the greeting:
#        "TCP/IPv6 over SOCKS is not yet supported".  No request is sent.
# Means: the proxy sees clients that greet and leave.  The host's name decides;
#        with its domain ("cafe.example.org") or in capitals it works.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get update >/dev/null 2>&1
apt-get install -s --no-install-recommends ruby-socksify=1.7.1+gh-1 ruby3.1 |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' |
    xargs -r apt-get download >/dev/null 2>&1
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done

cat >ask.py <<'EOF'
import socket
import subprocess

PROGRAM = """
require "socksify"
TCPSocket::socks_server = "127.0.0.1"
TCPSocket::socks_port = ARGV[1].to_i
begin
  TCPSocket.new(ARGV[0], 80)
rescue RuntimeError => error
  puts error.message[0, 40]
end
"""

listener = socket.create_server(("127.0.0.1", 0))
for name in ("coffee-7", "cafe.example.org", "CAFE", "cafe", "decade"):
    ruby = subprocess.Popen(
        ["ruby3.1", "--disable-gems", "-e", PROGRAM, name,
         str(listener.getsockname()[1])], stdout=subprocess.PIPE, text=True)
    sock = listener.accept()[0]
    sock.recv(300)
    sock.sendall(b"\x05\x00")
    request = sock.recv(300)
    if request:
        sock.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
    said = "atyp %d" % request[3] if request else "no request"
    print(name, said, *ruby.communicate()[0].splitlines(), sep=": ")
EOF
arch=$(uname -m)-linux-gnu
timeout 120 env PATH="$dir/root/usr/bin:$PATH" \
    LD_LIBRARY_PATH="$dir/root/usr/lib/$arch" \
    RUBYLIB="$dir/root/usr/lib/ruby/vendor_ruby:$dir/root/usr/lib/ruby/3.1.0:$dir/root/usr/lib/$arch/ruby/3.1.0" \
    python3 ask.py >seen
cat seen
diff - seen <<'EOF'
coffee-7: atyp 3
cafe.example.org: atyp 3
CAFE: atyp 3
cafe: no request: TCP/IPv6 over SOCKS is not yet supported
decade: no request: TCP/IPv6 over SOCKS is not yet supported
EOF
