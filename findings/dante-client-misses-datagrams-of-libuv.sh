#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Dante 1.4.2 (libdsocksd0 1.4.2+dfsg-7+b8 of Debian 12) under a program whose
# UDP is libuv's 1.44.2: dig 9.18 (bind9-dnsutils of Debian 12).
#
# Guess: dig +notcp through it asks the name server by way of the proxy (60 %).
# Seen:  it asks for an association, and sends the bare query to the proxy's UDP
#        port, without the header of RFC 1928: the query's flags are where FRAG
#        and ATYP should be.
# Means: the library sees connect(2), but not sendmmsg(2), which libuv calls by
#        its number.  A proxy sees a malformed datagram and no other; it is not
#        an attack, and dig only says that it timed out.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get update >/dev/null 2>&1 || :
apt-get install -s --no-install-recommends bind9-dnsutils libuv1 |
    sed -n 's/^Inst \([^ ]*\) .*/\1/p' >more
apt-get download libdsocksd0=1.4.2+dfsg-7+b8 libuv1=1.44.2-1+deb12u1 \
    bind9-dnsutils bind9-libs $(cat more) >/dev/null 2>&1
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done
arch=$(uname -m)-linux-gnu

cat >proxy.py <<'EOF'
import os
import socket
import subprocess
import sys

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
udp.settimeout(20)
tcp = socket.create_server(("127.0.0.1", 0))
with open("socks.conf", "w", encoding="ascii") as f:
    f.write(f"""
route {{
    from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = {tcp.getsockname()[1]}
    proxyprotocol: socks_v5
    command: connect udpassociate
    protocol: tcp udp
    method: none
}}
""")
dig = subprocess.Popen(
    ["root/usr/bin/dig", "+notcp", "+tries=1", "+timeout=5", "+noedns",
     "+nocookie", "@198.51.100.1", "a.example"], stdout=subprocess.DEVNULL,
    env={"LD_PRELOAD": sys.argv[1], "LD_LIBRARY_PATH": sys.argv[2],
         "SOCKS_CONF": "socks.conf"})
sock = tcp.accept()[0]
sock.recv(300)
sock.sendall(b"\x05\x00")
print("request", sock.recv(300)[:8].hex())
sock.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01" +
             udp.getsockname()[1].to_bytes(2, "big"))
data = udp.recvfrom(2048)[0]
print("datagram, after its first two bytes", data[2:].hex())
print("dig ends with", dig.wait(20))
EOF
timeout 120 /usr/bin/python3 -u proxy.py \
    "$(find "$dir/root" -type f -name 'libdsocksd.so.0.*') libdl.so.2" \
    "$dir/root/usr/lib/$arch" >seen 2>err || cat err >&2
dpkg-deb -f libuv1*.deb Version >>seen
cat seen
sed 's/^\(request 05030001\).*/\1/' seen | diff - /dev/fd/3 3<<'EOF'
request 05030001
datagram, after its first two bytes 012000010000000000000161076578616d706c650000010001
dig ends with 9
1.44.2-1+deb12u1
EOF
