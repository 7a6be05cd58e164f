#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of fault_test.sh: scarce.py CASE PORT [ARGUMENT...]

Each case is a client of the daemon on PORT and the targets as well, while the
system really lacks something.  It is silent if all is well.
"""

import os
import select
import signal
import socket
import sys
import time

import socks
import watch
from fault import LONG, ctl
from relay import is_reset, open_pair, rss
from watch import check


def relays():
    """The number of the relay of each session, by its client's port."""
    rows = [row.split() for row in
            ctl("show", "sessions")[1].splitlines()[1:]]
    return {int(row[2].rsplit(":", 1)[1]): int(row[1]) for row in rows}


def port_of(sock):
    return sock.getsockname()[1]


def echoes(sock, conn):
    """A byte each way."""
    for a, b in ((sock, conn), (conn, sock)):
        a.sendall(b"!")
        check(b.recv(2) == b"!", "no echo")


def ports(port, size, *addresses):
    """All ports of this host are in use towards one target; the daemon listens
    on several addresses, so that clients have ports to come from."""
    target, other = watch.Target(), watch.Target()
    log, pairs = watch.Log(), []

    def request(n, to):
        sock = socks.connect(port, addresses[n % len(addresses)])
        return sock, socks.handshake(sock, "127.0.0.1", to.port)[0]

    # Each target has one as well.
    for n in range(int(size) - 2):
        sock, rep = request(n, target)
        check(rep == 0, n, rep)
        pairs.append((sock, target.accept()[0]))
    for n in range(20):
        sock, rep = request(n, target)
        check(rep == 1, n, rep)
        socks.reset(sock)
        sock, rep = request(n, other)
        check(rep == 0, n, rep, "to another target")
        socks.reset(sock)
        check(is_reset(other.accept()[0]), "no reset")
    for pair in pairs:
        echoes(*pair)
    # A reset leaves nothing behind that holds the port.
    sock, conn = pairs.pop()
    socks.reset(sock)
    check(is_reset(conn), "no reset")
    sock, rep = request(0, target)
    check(rep == 0, rep)
    pairs.append((sock, target.accept()[0]))
    sock, rep = request(1, target)
    check(rep == 1, "one more")
    socks.reset(sock)
    for sock, conn in pairs:
        echoes(sock, conn)
        conn.close()
        sock.close()
    check(watch.until(lambda: 21 == len(
        [s for s in log.read() if s["cause"] == "no-resources"])), "no lines")


class Hole(watch.Target):
    """A target that does not answer until it opens."""

    def __init__(self):
        super().__init__(0)
        self.filler = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", self.port))
            self.filler.append(sock)

    def open(self):
        """From now on it takes whoever knocks again."""
        self.socks[0].listen(4096)
        for sock in self.filler:
            sock.close()


def connecting():
    return ctl("show", "sessions")[1].count(" connecting")


def answers(waiting, seconds):
    """Those that were told of success; until all are or time is over."""
    poll, done = select.poll(), set()
    byfd = {sock.fileno(): sock for sock in waiting}
    for sock in waiting:
        poll.register(sock, select.POLLIN)
    end = time.monotonic() + seconds
    while len(done) < len(waiting) and time.monotonic() < end:
        for fd, _ in poll.poll(1000):
            poll.unregister(fd)
            check(socks.read_reply(byfd[fd])[0] == 0, "rep")
            done.add(byfd[fd])
    return done


def stopped(port, router, *pids):
    """A relay does not run while the router has a target for each of many of
    its sessions: it gets all of them later, and other relays do not wait."""
    hole, target = Hole(), watch.Target()
    pairs = [open_pair(port, target) for _ in range(20)]
    waiting = []
    for _ in range(4000 if LONG else 300):
        waiting.append(socks.connect(port, timeout=30))
        waiting[-1].sendall(socks.GREETING + socks.request(
            "127.0.0.1", hole.port))
        check(socks.read_exactly(waiting[-1], 2) == b"\x05\x00", "method")
    check(watch.until(lambda: connecting() == len(waiting)), "not all connect")
    of = relays()
    running = [pair for pair in pairs if of[port_of(pair[0])] == 1]
    # It has fewer sessions than the other, so that new ones go there.
    for _ in range(5):
        for sock in running.pop():
            sock.close()
    check(watch.until(lambda: len(relays()) == len(of) - 5), "not closed")
    before = rss([router])
    os.kill(int(pids[0]), signal.SIGSTOP)
    try:
        hole.open()
        mine = [sock for sock in waiting if of[port_of(sock)] == 1]
        check(answers(mine, 15) == set(mine), "the others wait")
        running += [open_pair(port, target) for _ in range(4)]
        for pair in running:
            echoes(*pair)
        took = rss([router]) - before
        check(took < 8192 + len(waiting), "the router grew by", took, "KiB")
    finally:
        os.kill(int(pids[0]), signal.SIGCONT)
    others = [sock for sock in waiting if of[port_of(sock)] == 0]
    check(answers(others, 15) == set(others), "some are lost")
    for i, sock in enumerate(waiting):
        sock.sendall(i.to_bytes(4, "big"))
    seen = set()
    while len(seen) < len(waiting):
        conn = hole.accept()[0]
        if data := socks.read_exactly(conn, 4):		# not a filler
            check(data not in seen, "twice")
            seen.add(data)
        conn.close()


def oom(port, group, pid, *_):
    """A relay in a group of processes with little memory, and sessions that
    want more: it is killed and comes back, and others do not notice."""
    target, mutes = watch.Target(), []
    pairs = [open_pair(port, target) for _ in range(8)]
    of = relays()
    good = [pair for pair in pairs if of[port_of(pair[0])] == 1]
    with open(group + "/memory.limit_in_bytes", "w", encoding="ascii") as file:
        file.write(str(1 << 20))
    with open(group + "/cgroup.procs", "w", encoding="ascii") as file:
        file.write(pid)
    while os.path.exists("/proc/" + pid) and len(mutes) < 3000:
        mutes.append(socks.connect(port))
    # They may still have to be accepted.
    check(watch.until(lambda: not os.path.exists("/proc/" + pid), 30),
          "there is memory enough")
    for pair in good:
        echoes(*pair)
    for _ in range(4):
        echoes(*open_pair(port, target))


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
