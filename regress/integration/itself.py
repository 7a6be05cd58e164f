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
