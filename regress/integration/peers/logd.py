#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A log daemon: logd.py SOCKET OUT [stream] [deaf]

Receives as /dev/log does and writes each message to OUT as a line.  A deaf one
reads nothing before SIGUSR1.
"""

import os
import select
import signal
import socket
import sys


def messages(server, stream):
    """What comes in, message by message."""
    if not stream:
        while True:
            yield server.recv(65536)
    poll = select.poll()
    poll.register(server, select.POLLIN)
    conns = {}
    while True:
        for fd, _ in poll.poll():
            if fd == server.fileno():
                conn, _ = server.accept()
                conns[conn.fileno()] = [conn, b""]
                poll.register(conn, select.POLLIN)
                continue
            data = conns[fd][0].recv(65536)
            if not data:
                poll.unregister(fd)
                conns.pop(fd)[0].close()
                continue
            *whole, conns[fd][1] = (conns[fd][1] + data).split(b"\0")
            yield from whole


def main(path, out, *options):
    stream = "stream" in options
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if stream
                           else socket.SOCK_DGRAM)
    if os.path.lexists(path):
        os.unlink(path)
    server.bind(path)
    if stream:
        server.listen(5)
    with open(out, "ab", buffering=0) as log:
        log.write(b"up\n")
        if "deaf" in options:
            signal.sigwait([signal.SIGUSR1])
        for message in messages(server, stream):
            log.write(message + b"\n")


main(*sys.argv[1:])
