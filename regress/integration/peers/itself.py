#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Asks for ports where nobody listens, of those that the system gives out.

	itself.py PROXY ROUNDS

Prints the reply to each request.
"""

import sys

import socks

# By IPv4, by IPv6, from a given source, by a rule that sends it elsewhere.
TARGETS = [("127.0.0.1", 40000), ("::1", 40000), ("0.0.0.0", 40000),
           ("127.0.0.1", 40001), ("9.9.9.8", 80), (b"localhost", 40000)]


def main():
    proxy, rounds = int(sys.argv[1]), int(sys.argv[2])
    for nr in range(rounds):
        for i, (host, port) in enumerate(TARGETS):
            # Each client has ports to itself.
            source = f"127.1.{nr}.{i + 1}"
            with socks.connect(proxy, timeout=30, source=(source, 0)) as sock:
                print(socks.handshake(sock, host, port)[0])


main()
