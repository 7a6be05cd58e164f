#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Tells who comes: witness.py PORTFILE LOG ADDRESS [PORT]

Listens on the address, greets whoever comes with it, and writes "came" to LOG.
"""

import socket
import sys


def main():
    portfile, log, address = sys.argv[1:4]
    port = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(64)
        with open(portfile, "w") as f:
            f.write("%d.\n" % sock.getsockname()[1])
        while True:
            peer = sock.accept()[0]
            with open(log, "a") as f:
                f.write("came\n")
            try:
                peer.sendall(address.encode())
            except OSError:
                pass
            peer.close()


main()
