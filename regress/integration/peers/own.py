#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# own.py PORT: reads addresses, one a line, asks the proxy at PORT of localhost
# for port 9 of each, and prints each address with what it answered.

import socket
import sys


def take(s, n):
    got = b""
    while len(got) < n:
        more = s.recv(n - len(got))
        if not more:
            break
        got += more
    return got


for line in sys.stdin:
    addr = line.strip()
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as s:
        s.sendall(b"\5\1\0")
        take(s, 2)
        if ":" in addr:
            dst = b"\4" + socket.inet_pton(socket.AF_INET6, addr)
        else:
            dst = b"\1" + socket.inet_aton(addr)
        s.sendall(b"\5\1\0" + dst + b"\0\11")
        reply = take(s, 2)
        print(addr, reply[1] if len(reply) == 2 else "closed")
