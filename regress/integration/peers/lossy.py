#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A transfer both ways over a path that loses datagrams, as QUIC has it, by way
of the daemon: lossy.py PROXY PORT TARGET TARGETPORT NUMBER

Sends so many datagrams of 1200 bytes, each numbered, at most WINDOW without an
answer, and again what was not answered; the target echoes.  It fails if one
comes that was not sent, or is altered, or comes more often than it was sent,
or, of those that were sent once, in another order; it prints how many it sent.
"""

import sys
import time

import assoc

SIZE, WINDOW, PATIENCE = 1200, 64, 0.2


def payload(number, copy):
    """Of each sending another one."""
    head = number.to_bytes(4, "big") + copy.to_bytes(4, "big")
    return head + bytes((number * 31 + i) % 256 for i in range(SIZE - 8))


def main(proxy, port, target, target_port, total):
    sent, when, done = {}, {}, set()
    first, n, late, answered = 0, 0, 0, set()
    newest = -1
    with assoc.Association(int(port), proxy) as a:
        a.sock.settimeout(PATIENCE)
        end = time.monotonic() + 60
        while len(done) < total and time.monotonic() < end:
            now = time.monotonic()
            for i in range(first, min(first + WINDOW, total)):
                if i in done or now - when.get(i, 0) < PATIENCE:
                    continue
                sent[i] = sent.get(i, 0) + 1
                when[i] = now
                a.send(target, int(target_port), payload(i, sent[i]))
                n += 1
            try:
                host, at, data = a.recv()
            except TimeoutError:
                continue
            number, copy = (int.from_bytes(data[j:j + 4], "big")
                            for j in (0, 4))
            if (host, at) != (target, int(target_port)) or \
                    not 1 <= copy <= sent.get(number, 0) or \
                    data != payload(number, copy):
                sys.exit(f"another datagram: {number} {copy} {len(data)}")
            if (number, copy) in answered:
                sys.exit(f"twice: {number} {copy}")
            answered.add((number, copy))
            # Nothing on this path changes the order.
            if copy == 1:
                late += number < newest
                newest = max(newest, number)
            done.add(number)
            while first in done:
                first += 1
    if len(done) < total:
        sys.exit(f"only {len(done)} of {total}")
    if late:
        sys.exit(f"{late} came after one that was sent later")
    print(n)


main(*sys.argv[1:5], int(sys.argv[5]))
