#! /usr/bin/env python3
# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

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
