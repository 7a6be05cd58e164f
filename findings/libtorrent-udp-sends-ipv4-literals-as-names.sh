#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# libtorrent-rasterbar 2.0.8 (python3-libtorrent of Debian 12) with a UDP tracker
# behind a SOCKS5 proxy: how the tracker stands in the datagrams.
#
# Guess: udp://127.0.0.1:7001 goes out with ATYP 1, udp://tracker.example.org
#        with ATYP 3 (85 %).
# Seen:  both have ATYP 3; that of the literal has the nine letters "127.0.0.1".
#        The association itself is asked for with ATYP 1, 0.0.0.0:0.
# Means: a proxy that relays UDP to addresses only, or that looks up each name
#        without seeing that it is a number, fails for trackers that need no
#        name server.  The two are told apart by the text, not by ATYP.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get update >/dev/null 2>&1
apt-get install -s --no-install-recommends python3-libtorrent=2.0.8-1+b1 \
    libtorrent-rasterbar2.0=2.0.8-1+b1 |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' |
    xargs -r apt-get download >/dev/null 2>&1
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done

cat >track.py <<'EOF'
import queue
import socket
import sys
import threading

sys.path.insert(0, "root/usr/lib/python3/dist-packages")
import libtorrent

REPLY = b"\x05\x00\x00\x01\x7f\x00\x00\x01"
asked, sent = queue.Queue(), queue.Queue()
relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
relay.bind(("127.0.0.1", 0))
kept = []


def proxy(listener):
    while True:
        sock = listener.accept()[0]
        kept.append(sock)
        sock.recv(300)
        sock.sendall(b"\x05\x00")
        asked.put(sock.recv(300))
        sock.sendall(REPLY + relay.getsockname()[1].to_bytes(2, "big"))


def datagrams():
    while True:
        data = relay.recvfrom(2048)[0]
        end = 5 + data[4] if data[3] == 3 else 8
        sent.put((data[3], bytes(data[5:end])))


listener = socket.create_server(("127.0.0.1", 0))
for work in (lambda: proxy(listener), datagrams):
    threading.Thread(target=work, daemon=True).start()
session = libtorrent.session({
    "proxy_type": int(libtorrent.proxy_type_t.socks5),
    "proxy_hostname": "127.0.0.1",
    "proxy_port": listener.getsockname()[1],
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False, "enable_lsd": False,
    "enable_upnp": False, "enable_natpmp": False})
for what in ("tracker.example.org:6969", "127.0.0.1:7001"):
    add = libtorrent.parse_magnet_uri(
        "magnet:?xt=urn:btih:" + ("a" if what[0] == "t" else "b") * 40 +
        "&tr=udp://" + what)
    add.save_path = "."
    session.add_torrent(add)
seen = {sent.get(timeout=60)}
while len(seen) < 2:
    seen.add(sent.get(timeout=60))
print("version", libtorrent.__version__)
print("association", asked.get(timeout=1).hex())
for atyp, text in sorted(seen):
    print("datagram atyp", atyp, text.decode())
EOF
timeout 180 env LD_LIBRARY_PATH="$dir/root/usr/lib/$(uname -m)-linux-gnu" \
    python3 track.py >seen
cat seen
diff - seen <<'EOF'
version 2.0.8.0
association 05030001000000000000
datagram atyp 3 127.0.0.1
datagram atyp 3 tracker.example.org
EOF
