#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of greed_test.sh: greed.py CASE PORT ARGUMENT... SECONDS

A greedy source does what the case says, at full speed and with no more
connections open than it is allowed, while a modest one goes on as before.
Prints what the modest one has seen.  Each of its requests must succeed; on a
busy host it may take some rounds, each with a greedy source that is new,
until the times can be compared.
"""

import collections
import itertools
import multiprocessing
import os
import select
import subprocess
import sys
import threading
import time

import ctl_client
import socks
from watch import SOCKS5CTL, Log, check, until

GREEDY = ("127.0.0.2", "127.0.0.4", "127.0.0.6")	# round by round
MODEST = "127.0.0.3"
OPEN = 31	# connections of the greedy one: less than half of what it may

# Below this the percentile tells of a busy host, not of the daemon.
FLOOR = 0.25


class Seen:
    """What came of the same request again and again, for a while."""

    def __init__(self, request, seconds, pause):
        self.failed = collections.Counter()
        self.times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(self.times) < 20:
            time.sleep(pause)
            begin = time.monotonic()
            try:
                request()
            except (OSError, EOFError, ValueError, AssertionError) as error:
                self.failed[repr(error)] += 1
            self.times.append(time.monotonic() - begin)

    def p99(self):
        return sorted(self.times)[len(self.times) * 99 // 100]

    def __str__(self):
        return (f"{len(self.times)} requests, {self.failed.total()} failed, "
                f"p99 {self.p99() * 1000:.1f} ms {dict(self.failed)}")


def compare(request, attack, args, seconds, pause=0):
    """The request must not feel the attack."""
    for source in GREEDY:
        before = Seen(request, seconds, pause)
        print("alone: ", before, flush=True)
        during = attacked(attack, (source, *args), request, seconds, pause)
        print("beside:", during, flush=True)
        check(not before.failed and not during.failed, "failed")
        if during.p99() < 2 * max(before.p99(), FLOOR):
            return
    check(False, "too slow")


def attacked(attack, args, request, seconds, pause):
    """What the request has seen of the attack."""
    stop = multiprocessing.Event()
    begun = multiprocessing.Event()
    process = multiprocessing.Process(target=attack,
                                      args=(stop, begun, *args))
    process.start()
    try:
        check(begun.wait(30), "no attack")
        return Seen(request, seconds, pause)
    finally:
        stop.set()
        process.join()
        check(process.exitcode == 0, "the attack failed")


def hit_and_run(source, port, payloads, stop, begun, enough):
    """Sends each on a connection of its own and waits for no answer; the
    processor is left to the others, as it is not what this is about."""
    os.nice(19)
    held = collections.deque()
    for n, payload in enumerate(payloads):
        if stop.is_set():
            break
        if n == enough:
            begun.set()
        if len(held) == OPEN:
            held.popleft().close()
        try:
            sock = socks.connect(port, source=(source, 0))
            held.append(sock)
            sock.sendall(payload)
        except OSError:
            pass


def names(stop, begun, source, port, zone):
    hit_and_run(source, port,
                (socks.GREETING + socks.request(f"n{n}.{zone}", 80)
                 for n in itertools.count()), stop, begun, 3000)


class Watched:
    """How many descriptors the router had at most."""

    def __init__(self, router):
        self.path, self.most = f"/proc/{router}/fd", 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            self.most = max(self.most, len(os.listdir(self.path)))
            time.sleep(0.02)


def all_that_it_can_get(stop, begun, source, port, host, target, enough,
                        command=1):
    """As many sessions at a time as there may be, each left alone until it is
    refused, or for ever if it is opened; then the next one."""
    os.nice(19)
    poll, held, tries = select.poll(), {}, 0
    while not stop.is_set():
        while len(held) < enough:
            tries += 1
            try:
                sock = socks.connect(port, source=(source, 0))
                sock.sendall(socks.GREETING + socks.request(host, target,
                                                            command))
            except OSError:
                break
            held[sock.fileno()] = sock
            poll.register(sock, select.POLLRDHUP | select.POLLHUP)
            if tries % 64 == 0:
                break
        for fd, _ in poll.poll(20):
            poll.unregister(fd)
            held.pop(fd).close()
        if tries > 2 * enough or len(held) == enough:
            begun.set()
    for sock in held.values():
        socks.reset(sock)


def beside(port, target, router, host, aim, seconds):
    """The modest one has names and addresses, of targets that answer."""
    watched, numbers = Watched(router), itertools.count()

    def request():
        n = next(numbers)
        with socks.connect(port, source=(MODEST, 0)) as sock:
            rep = socks.handshake(sock, f"v{n}.ok.test" if n % 2 else
                                  "127.0.0.1", target)[0]
            check(rep == 0, "rep", rep)
            check(socks.read_exactly(sock, 9) == b"127.0.0.1", "target")

    compare(request, all_that_it_can_get, (port, host, aim, 400), seconds)
    print("router:", watched.most, "descriptors at most", flush=True)


def attempts(port, target, router, seconds):
    beside(port, target, router, "many.hole.test", 80, seconds)


def binds(port, target, router, seconds):
    """The modest one connects, and is connected to."""
    watched, numbers = Watched(router), itertools.count()

    def request():
        command = 1 + next(numbers) % 2
        with socks.connect(port, source=(MODEST, 0)) as sock:
            rep, *where = socks.handshake(sock, "127.0.0.1", target, command)
            check(rep == 0, "rep", rep)
            if command == 1:
                check(socks.read_exactly(sock, 9) == b"127.0.0.1", "target")
                return
            with socks.connect(where[1], where[0]) as peer:
                check(socks.read_reply(sock)[0] == 0, "nobody came")
                peer.sendall(b"hello")
                check(socks.read_exactly(sock, 5) == b"hello", "peer")

    compare(request, all_that_it_can_get, (port, "127.0.0.1", 0, 400, 2),
            seconds)
    print("router:", watched.most, "descriptors at most", flush=True)


def sessions(port, target, router, seconds):
    beside(port, target, router, "127.0.0.1", 1079, seconds)


def dials(port, target, router, seconds):
    beside(port, target, router, "slow.hole.test", 81, seconds)


def lookups(port, target, seconds, mine="ok.test", theirs="dead.test"):
    numbers = itertools.count()

    def request():
        with socks.connect(port, source=(MODEST, 0)) as sock:
            rep = socks.handshake(sock, f"v{next(numbers)}.{mine}", target)[0]
            check(rep == 0, "rep", rep)
            check(socks.read_exactly(sock, 5) == b"hello", "target")

    compare(request, names, (port, theirs), seconds)


def lookups_tcp(port, target, seconds):
    lookups(port, target, seconds, "long.test", "hang.test")


def guesses(stop, begun, source, port):
    """Half of them the names that the modest one has, and no password twice."""
    hit_and_run(source, port, (socks.GREETING_LOGIN + socks.login(
        b"user%d" % (n % 1000), b"guess%d" % n) + socks.request("127.0.0.1", 80)
        for n in itertools.count()), stop, begun, 100)


def hashes(port, target, seconds):
    """Each login is of a user who was not there before, so it is hashed."""
    numbers = itertools.count()

    def request():
        user = (b"user%d" % (next(numbers) % 500), b"secret")
        with socks.connect(port, source=(MODEST, 0)) as sock:
            rep = socks.handshake(sock, "127.0.0.1", target, user=user)[0]
            check(rep == 0, "rep", rep)

    compare(request, guesses, (port,), seconds)


def noise(stop, begun, source, port):
    """All that comes to nothing: before, by and after the request."""
    kinds = (lambda n: b"GET / HTTP/1.0\r\n\r\n",
             lambda n: socks.GREETING,
             lambda n: socks.GREETING + socks.request("192.0.2.1", 80),
             lambda n: socks.GREETING_LOGIN + socks.login(
                 b"nobody%d" % n, b"guess%d" % n))
    hit_and_run(source, port, (kinds[n % len(kinds)](n)
                               for n in itertools.count()),
                stop, begun, 1000)


def lines(port, seconds):
    """Few sessions that come to nothing, each of which has its line."""
    log = Log()
    numbers = itertools.count()

    def line(of, cause):
        return until(lambda: [s for s in log.read() if s["cause"] == cause and
                              (s["client"], s["client_port"]) == of], 2)

    def request():
        n = next(numbers)
        with socks.connect(port, source=(MODEST, 0)) as sock:
            mine = sock.getsockname()
            sock.sendall(b"modest")
            check(sock.recv(1) == b"", "an answer")
        check(line(mine, "bad-protocol"), "no line of", n)

    def guess():
        with socks.connect(port, source=(MODEST, 0)) as sock:
            mine = sock.getsockname()
            sock.sendall(socks.GREETING_LOGIN + socks.login(b"alice", b"x"))
            while sock.recv(10):
                pass
        check(line(mine, "login-failed")[-1]["user"] == "alice", "no alice")

    guess()
    compare(request, noise, (port,), seconds, 0.2)
    guess()
    others = [e for e in log.others if e.get("event") == "more-sessions"]
    told = collections.Counter(s["client"] for s in log.read())
    for other in others:
        told[other["client"]] += other["sessions"]
    print(dict(told), len(log.sessions), "lines,", len(others), "sums")
    check(told.keys() <= {*GREEDY, MODEST}, "lines of whom?", told)


def turned_away(sock):
    return bool(select.select([sock], [], [], 0)[0])


def hoard(stop, begun, source, gid):
    """Has all connections to the control socket that it can get."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(65534)
    os.nice(19)
    held = []
    while not stop.is_set():
        try:
            held.append(ctl_client.connect("ctl"))
        except OSError:
            pass
        if len(held) >= 100:
            for sock in filter(turned_away, held):
                sock.close()
            held = [sock for sock in held if sock.fileno() != -1]
            begun.set()


def control(gid, seconds):
    def request():
        done = subprocess.run([SOCKS5CTL, "-s", "ctl", "show", "status"],
                              capture_output=True, text=True)
        check(done.returncode == 0, done.returncode, done.stderr)

    compare(request, hoard, (gid,), seconds)


CASES = {"lookups": lookups, "lookups_tcp": lookups_tcp, "hashes": hashes,
         "lines": lines, "control": control, "attempts": attempts,
         "dials": dials, "binds": binds, "sessions": sessions}

if __name__ == "__main__":
    CASES[sys.argv[1]](*(int(arg) for arg in sys.argv[2:]))
