#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Asks the proxy for targets by name: ask.py PROXYPORT PORT NAME...

Prints a line per name: the reply, and what the target said first, if it was
reached.  The names are asked for one after the other.
"""

import sys

import socks


def main():
    proxy, port = int(sys.argv[1]), int(sys.argv[2])
    for name in sys.argv[3:]:
        with socks.connect(proxy, timeout=30) as sock:
            rep = socks.handshake(sock, name.encode(), port)[0]
            said = sock.recv(64).decode() if rep == 0 else ""
            print(f"{name} {rep} {said}".rstrip(), flush=True)


main()
