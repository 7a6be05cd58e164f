#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Sessions by way of upstreams: via.py PORT HOST TARGET [ARGUMENT...]

Asks the proxy on PORT for HOST, port TARGET, where an echo server is to be,
and prints a line for each session: the reply, and whether each byte came back
as it was sent.

    count=N         one after the other
    at-once=N       all at the same time
    early=TEXT      the target, or what is before it, says this first
    pipelined       the request and what follows in one segment
    from=ADDRESS    of the client, with many commas between for one each
    timeout=N       seconds to wait for the reply
"""

import hashlib
import socket
import struct
import sys
import threading

import socks

DATA = bytes(i * 7 % 251 for i in range(70000))


def session(port, host, target, options, number):
    source = options.get("from", "127.0.0.1").split(",")
    source = (source[number % len(source)], 0)
    early = options.get("early", "").encode()
    with socks.connect(port, timeout=float(options.get("timeout", 30)),
                       source=source) as sock:
        # Whoever leaves early does so with a reset: a FIN could mean more.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        if "pipelined" in options:
            sock.sendall(socks.GREETING + socks.request(host, target) +
                         DATA[:1000])
            assert socks.read_exactly(sock, 2) == b"\x05\x00"
            rep, sent = socks.read_reply(sock)[0], 1000
        else:
            rep, sent = socks.handshake(sock, host, target)[0], 0
        if rep != 0:
            rest = sock.recv(1)
            return f"{rep}{' and more' if rest else ''}"
        writer = threading.Thread(target=sock.sendall, args=(DATA[sent:],))
        writer.start()
        got = socks.read_exactly(sock, len(early) + len(DATA))
        writer.join()
        sock.shutdown(1)
        more = socks.read_all(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 0, 0))
        right = got == early + DATA and more == b""
        return f"0 {'right' if right else hashlib.md5(got).hexdigest()}"


def main(port, host, target, *args):
    options = dict(arg.partition("=")[::2] for arg in args)
    count = int(options.get("count", options.get("at-once", 1)))
    lines = [""] * count

    def one(number):
        try:
            lines[number] = session(int(port), host, int(target), options,
                                    number)
        except (OSError, EOFError, ValueError) as error:
            lines[number] = f"{type(error).__name__}"

    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
        if "at-once" not in options:
            thread.join()
    for thread in threads:
        thread.join()
    for line in lines:
        print(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
