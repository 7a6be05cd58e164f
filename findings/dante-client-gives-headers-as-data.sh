#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Dante 1.4.2 (libdsocksd0 1.4.2+dfsg-7+b8 of Debian 12) and a proxy whose answer to
# UDP ASSOCIATE has 0.0.0.0 as BND.ADDR: what the program gets.
#
# Guess: datagrams go to 0.0.0.0, which is this host; nothing comes from a proxy
#        on another one (70 %).
# Seen:  they go to the proxy's own address, as with other clients, and with a
#        header.  But answers are given to the program as they came, the ten
#        bytes of their header in front, and as sent by the proxy.  With the
#        same address in BND.ADDR it gets the payload, from the target.
# Means: many proxies say 0.0.0.0 there, and this client then seems to work: it
#        sends, the target answers, and each program finds rubbish in front.  A
#        proxy has to name its address.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get update >/dev/null 2>&1 || :
apt-get download libdsocksd0=1.4.2+dfsg-7+b8 >/dev/null 2>&1
dpkg-deb -x libdsocksd0*.deb root
lib=$(find "$dir/root" -type f -name "libdsocksd.so.0.*")

cat >talk.py <<'EOF'
import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
s.sendto(b"hello", ("198.51.100.1", 7))
data, source = s.recvfrom(100)
print(data.hex(), "from", "the target" if source == ("198.51.100.1", 7) else
      "the proxy" if source[0] == "127.0.0.1" else source)
EOF

cat >proxy.py <<'EOF'
import os
import socket
import subprocess
import sys
import threading

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
tcp = socket.create_server(("127.0.0.1", 0))
bnd = None


def talk():
    sock = tcp.accept()[0]
    sock.recv(300)
    sock.sendall(b"\x05\x00")
    sock.recv(300)
    sock.sendall(b"\x05\x00\x00\x01" + socket.inet_aton(bnd) +
                 udp.getsockname()[1].to_bytes(2, "big"))
    # The target answers with what it got.
    data, source = udp.recvfrom(100)
    print("proxy got", data.hex())
    udp.sendto(data, source)
    sock.recv(1)


with open("socks.conf", "w", encoding="ascii") as f:
    f.write(f"""
route {{
    from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = {tcp.getsockname()[1]}
    proxyprotocol: socks_v5
    command: udpassociate
    protocol: udp
    method: none
}}
""")
for bnd in "127.0.0.1", "0.0.0.0":
    print("BND.ADDR", bnd)
    server = threading.Thread(target=talk, daemon=True)
    server.start()
    subprocess.run(["/usr/bin/python3", "talk.py"], check=True, timeout=60,
                   env={"LD_PRELOAD": sys.argv[1] + " libdl.so.2",
                        "SOCKS_CONF": "socks.conf"})
    server.join(20)
EOF
timeout 120 /usr/bin/python3 -u proxy.py "$lib" >seen 2>err || cat err >&2
dpkg-deb -f libdsocksd0*.deb Version >>seen
cat seen
diff - seen <<'EOF'
BND.ADDR 127.0.0.1
proxy got 00000001c6336401000768656c6c6f
68656c6c6f from the target
BND.ADDR 0.0.0.0
proxy got 00000001c6336401000768656c6c6f
00000001c6336401000768656c6c6f from the proxy
1.4.2+dfsg-7+b8
EOF
