#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Echoes datagrams: udpd.py PORTFILE [ADDRESS ...]

Answers at the addresses, 127.0.0.1 and ::1 if there are none, all at one port;
writes "port." to PORTFILE when ready and serves until it is killed.  It prints
a line for each datagram: who sent it, and its length.
"""

import os
import selectors
import sys

import assoc


def sockets(addresses):
    """One for each, at one port."""
    while True:
        socks = [assoc.bound(addresses[0])]
        port = socks[0].getsockname()[1]
        try:
            return socks + [assoc.bound(a, port) for a in addresses[1:]]
        except OSError:
            for sock in socks:
                sock.close()


def main(portfile, *addresses):
    sel = selectors.DefaultSelector()
    for sock in sockets(addresses or ("127.0.0.1", "::1")):
        sel.register(sock, selectors.EVENT_READ)
        port = sock.getsockname()[1]
    with open(portfile + ".new", "w", encoding="ascii") as out:
        out.write(f"{port}.\n")
    os.rename(portfile + ".new", portfile)
    while True:
        for key, _ in sel.select():
            data, source = key.fileobj.recvfrom(1 << 16)
            print(source[0], source[1], len(data), flush=True)
            key.fileobj.sendto(data, source)


main(*sys.argv[1:])
