#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Clients of UDP and BIND that have a firewall or a translator before them, and
the host that they talk to; run by firewall_test.sh as

	firewall.py case [argument ...]	one of the functions below"""

import re
import socket
import sys

import assoc
import socks
from watch import check

PEER, PEER_PORT = "9.9.9.2", 7000
USER = (b"alice", b"wonderland")


def example(page, text):
    """The literal block of the page that has that text."""
    with open(page, encoding="utf-8") as f:
        blocks = re.findall(r"\.Bd -literal -offset indent\n(.*?)\.Ed\n",
                            f.read(), re.DOTALL)
    found = [block for block in blocks if text in re.sub(
        r"\s+", " ", block.replace("\\e\n", ""))]
    check(len(found) == 1, len(found), text)
    sys.stdout.write(found[0].replace("\\e", "\\"))


def peer():
    """Does what it is told by datagrams: an answer, one from another port, or a
    connection to there."""
    sock = assoc.bound(PEER, PEER_PORT)
    sock.settimeout(None)
    other = assoc.bound(PEER, PEER_PORT + 1)
    print("ready", flush=True)
    while True:
        data, source = sock.recvfrom(512)
        word, *rest = data.split()
        if word == b"connect":
            with socket.create_connection(
                    (rest[0].decode(), int(rest[1])), timeout=assoc.WAIT,
                    source_address=(PEER, 0)) as client:
                client.sendall(b"data")
        else:
            (sock if word == b"answer" else other).sendto(data, source)


def speaks(association, told):
    """There and back; where it was told to send to."""
    host, port = association.relay
    check(host == told and 20000 <= port <= 20999, association.relay)
    association.send(PEER, PEER_PORT, b"answer")
    check(association.recv() == (PEER, PEER_PORT, b"answer"), "no answer")


def binds(association, proxy, told, user=None):
    """The peer connects to where the client was told, and its data come."""
    with socks.connect(1080, proxy) as sock:
        rep, host, port = socks.handshake(sock, PEER, 0, 2, user)
        check(rep == 0 and host == told and 21000 <= port <= 21099, rep, host,
              port)
        association.send(PEER, PEER_PORT, b"connect %s %d" % (
            host.encode(), port))
        second = socks.read_reply(sock)
        check(second[:2] == (0, PEER), second)
        check(socks.read_exactly(sock, 4) == b"data", "no data")


def gateway():
    with assoc.Association(1080, "192.168.1.1",
                           source=("192.168.1.2", 0)) as one:
        speaks(one, "192.168.1.1")
        # One that was not sent any.
        one.send(PEER, PEER_PORT, b"elsewhere")
        check(one.recv() == (PEER, PEER_PORT + 1, b"elsewhere"), "inbound")
        binds(one, "192.168.1.1", "203.0.113.1")


def translator():
    with assoc.Association(1080, "203.0.113.5", user=USER,
                           source=("203.0.113.9", 0)) as one:
        speaks(one, "203.0.113.5")
        binds(one, "203.0.113.5", "203.0.113.5", USER)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
