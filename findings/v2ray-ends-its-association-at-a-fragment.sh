#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# v2ray 4.34.0 (4.34.0+ds-1 of Debian 12) with a SOCKS5 outbound: what it does with a
# datagram from the proxy whose FRAG is 1.
#
# Guess: drops it and goes on, as RFC 1928 has those do that know no fragments
#        (80 %).
# Seen:  it gives up the association without a word to anybody.  The next
#        datagram of the same client makes it ask for another one, from another
#        port, so that the target sees a stranger.
# Means: one stray fragment costs a "connection" over UDP its state; behind a
#        proxy that limits associations it costs it a place, too.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get update >/dev/null 2>&1 || :
apt-get download v2ray=4.34.0+ds-1 >/dev/null 2>&1
dpkg-deb -x v2ray*.deb root

cat >talk.py <<'EOF'
import json
import queue
import socket
import subprocess
import threading

HEAD = b"\x00\x00\x00\x01" + bytes([198, 51, 100, 1]) + b"\x00\x07"
asked = queue.Queue()
relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
relay.bind(("127.0.0.1", 0))
relay.settimeout(0.2)
tcp = socket.create_server(("127.0.0.1", 0))
door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.bind(("127.0.0.1", 0))
port = door.getsockname()[1]
door.close()


def proxy():
    while True:
        sock = tcp.accept()[0]
        sock.recv(300)
        sock.sendall(b"\x05\x00")
        sock.recv(300)
        asked.put(sock)
        sock.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01" +
                     relay.getsockname()[1].to_bytes(2, "big"))


def exchange(client, payload, frag):
    """The payload, answered with that FRAG; where it was sent from."""
    client.sendto(payload, ("127.0.0.1", port))
    data, source = relay.recvfrom(2048)
    assert data == HEAD + payload, data
    relay.sendto(HEAD[:2] + bytes([frag]) + HEAD[3:] + payload, source)
    return source


threading.Thread(target=proxy, daemon=True).start()
with open("v2ray.json", "w", encoding="ascii") as f:
    json.dump({
        "log": {"loglevel": "none"},
        "inbounds": [{"listen": "127.0.0.1", "port": port,
                      "protocol": "dokodemo-door",
                      "settings": {"address": "198.51.100.1", "port": 7,
                                   "network": "udp"}}],
        "outbounds": [{"protocol": "socks", "settings": {"servers": [
            {"address": "127.0.0.1", "port": tcp.getsockname()[1]}]}}]}, f)
v2ray = subprocess.Popen(["root/usr/bin/v2ray", "-config", "v2ray.json"],
                         stdout=subprocess.PIPE, text=True)
print(v2ray.stdout.readline().split("(")[0].strip())
try:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:                 # until it is there
        try:
            client.connect(("127.0.0.1", port))
            client.send(b"up?")
            relay.recvfrom(2048)
            break
        except OSError:
            pass
    relay.settimeout(20)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(20)
    before = asked.qsize()
    first = exchange(client, b"one", 0)
    client.recv(100)
    second = exchange(client, b"two", 0)
    client.recv(100)
    print("associations", asked.qsize() - before, "same port", first == second)
    exchange(client, b"three", 1)
    client.settimeout(1)
    try:
        print("given on:", client.recv(100))
    except TimeoutError:
        print("not given on")
    client.settimeout(20)
    third = exchange(client, b"four", 0)
    print("associations", asked.qsize() - before, "same port", first == third)
finally:
    v2ray.kill()
EOF
timeout 120 /usr/bin/python3 -u talk.py >seen
cat seen
diff - seen <<'EOF'
V2Ray 4.34.0
associations 1 same port True
not given on
associations 2 same port False
EOF
