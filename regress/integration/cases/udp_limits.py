#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Associations that keep to limits, or do not: udp_limits.py PROXY COMMAND...

Targets are made here.  Options before the proxy: -s ADDRESS, the source; -u
NAME:PASSWORD.

    down N S        N flows of an association from which a target each sends
                    more than may pass, for S seconds after a first one;
                    prints bytes a second, and the least and the most of one
                    flow as parts of their mean
    up N S          the same, but the client sends
    take N          one flow to which the client sends N bytes; prints those
                    that came
    both            two flows to two ports, OPEN and SHUT, of which the second
                    one is sent as much as it takes; prints what came there
                    when nothing comes any more, and whether the first one
                    still echoes
    open N          opens up to N associations and sends over each; prints
                    their REPs, or "-" if nothing came, each as it comes, and
                    holds them until its standard input ends
"""

import argparse
import multiprocessing
import os
import select
import socket
import sys
import time

import assoc

SIZE = 1000			# bytes of a datagram
BURST = 32			# datagrams, then others have their turn
PAUSE_S = 0.002
WARM_UP_S = 1.0
QUIET_S = 0.5
MISSED = 3			# in a row: there is nothing left


def opened(opt):
    user = opt.user and opt.user.encode().split(b":")
    return assoc.Association(opt.proxy, user=user, source=(opt.source, 0))


def pour(fds, dests, stop):
    """Sends to each more than may pass."""
    socks_ = [socket.socket(fileno=fd) for fd in fds]
    data = bytes(SIZE)
    parent = os.getppid()	# who may be killed
    while not stop.is_set() and os.getppid() == parent:
        for sock, dest in zip(socks_, dests):
            for _ in range(BURST // len(socks_) or 1):
                try:
                    sock.sendto(data, dest)
                except OSError:
                    pass
        time.sleep(PAUSE_S)


def load(opt, n, up):
    """Bytes of each flow, and in how long."""
    targets = [assoc.bound() for _ in range(n)]
    ports = [t.getsockname()[1] for t in targets]
    got = dict.fromkeys(ports, 0)
    stop = multiprocessing.Event()
    with opened(opt) as a:
        dests = []
        for target, port in zip(targets, ports):
            a.send("127.0.0.1", port, b"first")
            dests.append(target.recvfrom(100)[1])
        a.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        if up:
            sender = multiprocessing.Process(target=client, args=(
                a.sock.fileno(), a.relay, ports, stop))
        else:
            sender = multiprocessing.Process(target=pour, args=(
                [t.fileno() for t in targets], dests, stop))
        sender.start()
        watch = {t.fileno(): (t, p) for t, p in zip(targets, ports)} if up \
            else {a.sock.fileno(): (a.sock, None)}
        poll = select.epoll()
        for fd in watch:
            poll.register(fd, select.EPOLLIN)

        def run(until):
            while (left := until - time.monotonic()) > 0:
                for fd, _ in poll.poll(min(left, 0.05)):
                    sock, port = watch[fd]
                    data = sock.recv(1 << 16)
                    if port is None:
                        _, port, data = assoc.parse(data)
                    got[port] += len(data)

        start = time.monotonic()
        run(start + WARM_UP_S)
        start, before = time.monotonic(), dict(got)
        run(start + opt.seconds)
        elapsed = time.monotonic() - start
        stop.set()
        sender.join()
        return [got[p] - before[p] for p in ports], elapsed


def client(fd, relay, ports, stop):
    sock = socket.socket(fileno=fd)
    data = [assoc.header("127.0.0.1", p) + bytes(SIZE) for p in ports]
    parent = os.getppid()
    while not stop.is_set() and os.getppid() == parent:
        for one in data:
            for _ in range(BURST // len(data) or 1):
                sock.sendto(one, relay)
        time.sleep(PAUSE_S)


def show(moved, elapsed):
    mean = sum(moved) / len(moved)
    print(f"{sum(moved) / elapsed:.0f} {min(moved) / mean:.3f} "
          f"{max(moved) / mean:.3f}")


def received(sock, n, answer=None):
    """Bytes that come until there are n, or nothing comes any more."""
    got = 0
    sock.settimeout(QUIET_S)
    try:
        while got < n:
            got += len(sock.recvfrom(1 << 16)[0])
            if answer:
                answer()
    except TimeoutError:
        pass
    return got


def take(opt, n):
    with opened(opt) as a, assoc.bound() as target:
        port = target.getsockname()[1]
        for left in range(n, 0, -SIZE):
            a.send("127.0.0.1", port, bytes(min(left, SIZE)))
            # As much as comes is answered with the next one.
            if received(target, min(left, SIZE)) == 0:
                break
            n -= min(left, SIZE)
        print(opt.n - n)


def both(opt, open_port, shut_port):
    with opened(opt) as a, assoc.bound(port=open_port) as one, \
            assoc.bound(port=shut_port) as other:
        a.echo(one, "127.0.0.1", b"before")
        got = missed = 0
        # What a flow leaves when it ends is the next one's.
        while missed < MISSED:
            a.send("127.0.0.1", shut_port, bytes(SIZE))
            more = received(other, SIZE)
            got += more
            missed = 0 if more else missed + 1
        (_, _, back), _ = a.echo(one, "127.0.0.1", b"after")
        print(got, back.decode())


def hold(opt, n):
    held = []
    with assoc.bound() as target:
        port = target.getsockname()[1]
        for i in range(n):
            a = opened(opt)
            held.append(a)
            came = str(a.rep)
            if a.rep == 0:
                a.send("127.0.0.1", port, b"here")
                came = "0" if received(target, 1) else "-"
            print(came, end="\n" if i == n - 1 else " ", flush=True)
        sys.stdin.read()


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("-s", dest="source", default="127.0.0.1")
    parse.add_argument("-u", dest="user")
    parse.add_argument("proxy", type=int)
    parse.add_argument("command")
    parse.add_argument("n", type=int)
    parse.add_argument("seconds", type=float, nargs="?", default=0)
    opt = parse.parse_args()
    if opt.command in ("down", "up"):
        show(*load(opt, opt.n, opt.command == "up"))
    elif opt.command == "take":
        take(opt, opt.n)
    elif opt.command == "both":
        both(opt, opt.n, int(opt.seconds))
    elif opt.command == "open":
        hold(opt, opt.n)
    else:
        parse.error(opt.command)


if __name__ == "__main__":
    main()
