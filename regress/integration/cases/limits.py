#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Sessions that keep to limits, or do not: limits.py PROXY COMMAND...

The sessions are of two processes, so that neither end holds up the other: a
target that is made here, and this one, which reads or writes as fast as it
can.  Options before the proxy: -s ADDRESS, the source; -u NAME:PASSWORD; -l
PORT, one more proxy, taken in turn.

    down N S        N sessions that download for S seconds after a first one;
                    prints bytes a second, and the least and the most of one
                    as parts of their mean
    up N S          the same, but upload
    both N S        the same, half of them upload
    idle N S        what a session under that load waits for one byte and
                    its echo, the most of S seconds, in milliseconds
    take N          one session that downloads N bytes; prints those that came
    fetch PORT      all that a target at that port sends; prints how much
    open N          opens up to N sessions; prints their REPs, each as it
                    comes, and holds them until its standard input ends
"""

import argparse
import multiprocessing
import select
import socket
import sys
import time

import socks

BLOCK = bytes(1 << 16)
WARM_UP_S = 1.0


def target(listener, counts):
    """Sends or reads for ever: by the first byte of a session, "d" or "u".

    A number behind the "d" is how many bytes are sent.
    """
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    ends, sends = {}, {}
    while True:
        for fd, what in poll.poll():
            if fd == listener.fileno():
                sock = listener.accept()[0]
                sock.setblocking(False)
                ends[sock.fileno()] = sock
                poll.register(sock, select.EPOLLIN)
                continue
            sock = ends[fd]
            try:
                if fd in sends:
                    sends[fd] -= sock.send(BLOCK[:min(sends[fd], 1 << 16)])
                    if sends[fd] == 0:
                        del sends[fd]
                        poll.modify(sock, select.EPOLLIN)
                    continue
                data = sock.recv(1 << 18)
                if data[:1] == b"u":
                    data = data[1:] or data
                    if data != b"u":
                        counts[data[-1]] += len(data)
                    continue
                if data[:1] == b"d":
                    sends[fd] = int(data[1:] or 1 << 62)
                    poll.modify(sock, select.EPOLLOUT)
                elif data[:1] == b"e":
                    sock.send(data)
                    continue
                elif data:
                    counts[data[-1]] += len(data)
                    continue
                if data:
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            poll.unregister(fd)
            sends.pop(fd, None)
            ends.pop(fd).close()


def start_target(n):
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    counts = multiprocessing.Array("Q", n + 1, lock=False)
    multiprocessing.Process(target=target, args=(listener, counts),
                            daemon=True).start()
    return listener.getsockname()[1], counts


def opened(opt, i, port):
    """A session, or its REP."""
    proxy = ([opt.proxy] + opt.more)[i % (1 + len(opt.more))]
    sock = socks.connect(proxy, source=(opt.source, 0))
    user = opt.user and opt.user.encode().split(b":")
    rep = socks.handshake(sock, "127.0.0.1", port, user=user)[0]
    return rep, sock


def must_open(opt, i, port):
    rep, sock = opened(opt, i, port)
    if rep != 0:
        raise ConnectionRefusedError(f"session {i}: rep {rep}")
    return sock


def load(opt, n, uploads, seconds, meanwhile=lambda: None):
    """Bytes that each session moved, and in how long."""
    port, counts = start_target(n)
    socks_ = [must_open(opt, i, port) for i in range(n)]
    poll = select.epoll()
    index = {}
    for i, sock in enumerate(socks_):
        sock.sendall(b"u" if i < uploads else b"d")
        sock.setblocking(False)
        index[sock.fileno()] = i
        poll.register(sock, select.EPOLLOUT if i < uploads else
                      select.EPOLLIN)
    got = [0] * n

    def run(until):
        while (left := until - time.monotonic()) > 0:
            for fd, _ in poll.poll(min(left, 0.05)):
                i = index[fd]
                try:
                    if i < uploads:
                        # The last byte says whose they are.
                        socks_[i].send(bytes([i]) * 65536)
                    else:
                        got[i] += len(socks_[i].recv(1 << 18))
                except BlockingIOError:
                    pass
            meanwhile()

    def moved():
        return [counts[i] if i < uploads else got[i] for i in range(n)]

    start = time.monotonic()
    run(start + WARM_UP_S)
    start, before = time.monotonic(), moved()
    run(start + seconds)
    elapsed, after = time.monotonic() - start, moved()
    return [a - b for a, b in zip(after, before)], elapsed


def show(moved, elapsed):
    mean = sum(moved) / len(moved)
    print(f"{sum(moved) / elapsed:.0f} {min(moved) / mean:.3f} "
          f"{max(moved) / mean:.3f}")


def idle(opt, n, seconds):
    port, _ = start_target(1)
    sock = must_open(opt, 0, port)
    state = {"since": None, "worst": 0.0}

    def meanwhile():
        if state["since"] is None:
            state["since"] = time.monotonic()
            sock.sendall(b"e")
        elif select.select([sock], [], [], 0)[0]:
            sock.recv(16)
            took = time.monotonic() - state["since"]
            state["worst"] = max(state["worst"], took)
            state["since"] = None

    load(opt, n, 0, seconds, meanwhile)
    print(f"{state['worst'] * 1000:.0f}")


def take(opt, n):
    port, _ = start_target(1)
    rep, sock = opened(opt, 0, port)
    got = 0
    if rep == 0:
        # No more than that, or what waits in buffers is used of a quota, too.
        sock.sendall(b"d%d" % n)
        try:
            while got < n and (data := sock.recv(min(n - got, 1 << 16))):
                got += len(data)
        except ConnectionResetError:
            pass
        sock.close()
    print(rep, got)


def fetch(opt, port):
    sock = must_open(opt, 0, port)
    sock.shutdown(socket.SHUT_WR)
    print(len(socks.read_all(sock)), "bytes")


def hold(opt, n):
    port, _ = start_target(1)
    held = []
    for i in range(n):
        rep, sock = opened(opt, i, port)
        held.append(sock)
        print(rep, end="\n" if i == n - 1 else " ", flush=True)
    sys.stdin.read()


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("-s", dest="source", default="127.0.0.1")
    parse.add_argument("-u", dest="user")
    parse.add_argument("-l", dest="more", type=int, action="append",
                       default=[])
    parse.add_argument("proxy", type=int)
    parse.add_argument("command")
    parse.add_argument("n", type=int)
    parse.add_argument("seconds", type=float, nargs="?", default=0)
    opt = parse.parse_args()
    if opt.command in ("down", "up", "both"):
        uploads = {"down": 0, "up": opt.n, "both": opt.n // 2}[opt.command]
        show(*load(opt, opt.n, uploads, opt.seconds))
    elif opt.command == "idle":
        idle(opt, opt.n, opt.seconds)
    elif opt.command == "take":
        take(opt, opt.n)
    elif opt.command == "fetch":
        fetch(opt, opt.n)
    elif opt.command == "open":
        hold(opt, opt.n)
    else:
        parse.error(opt.command)


if __name__ == "__main__":
    main()
