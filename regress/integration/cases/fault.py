#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of fault_test.sh: fault.py CASE PORT [ARGUMENT...]

Each case is a client of socks5d_fault on PORT and the targets as well, and
says what fails in which role.  It is silent if all is well.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import assoc
import socks
import watch
from clients import Clients
from relay import (BLOCK, MEBI, cpu, is_reset, line_is, open_pair, send_all,
                   take_all, transfer)
from watch import check

LONG = bool(os.environ.get("SOCKS5D_LONG"))

# The same as in fault.c, and enum proc_id.
CALLS = ("alloc", "read", "write", "tell", "splice", "recvmsg", "sendmsg",
         "accept", "socket", "connect", "epoll_add", "epoll_wait", "pipe",
         "daytime", "fsync", "rename", "open", "getgrnam", "uptime", "dup",
         "bind", "recvmmsg")
ROLES = {"parent": 0, "router": 1, "relay": 2, "auth": 3, "control": 5,
         "upstream": 7}
ROW = struct.Struct("=8Q")
PAGE = len(CALLS) * ROW.size
FIELDS = ("calls", "skip", "times", "every", "error", "most", "hits", "alive")
FOREVER = 2 ** 64 - 1
HANGS = 9999


class Faults:
    """What fails in a role, in the file that the daemon has a page of."""

    def __init__(self, role):
        with open("faults", "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 0)
        self.start = ROLES[role] * PAGE

    def at(self, call, field):
        return self.start + CALLS.index(call) * ROW.size + \
            FIELDS.index(field) * 8

    def get(self, call, field):
        return struct.unpack_from("=Q", self.map, self.at(call, field))[0]

    def put(self, call, field, value):
        struct.pack_into("=Q", self.map, self.at(call, field), value)

    def fail(self, call, error=0, times=FOREVER, skip=0, every=1, most=0):
        """From now on; most: no error, but so many bytes at most."""
        self.put(call, "times", 0)
        for field, value in (("calls", 0), ("hits", 0), ("skip", skip),
                             ("every", every), ("error", error),
                             ("most", most), ("times", times)):
            self.put(call, field, value)

    def rest(self, *calls):
        """Nothing of these fails any more; how often each did."""
        for call in calls:
            self.put(call, "times", 0)
        return [self.get(call, "hits") for call in calls]


def rest(rows):
    """The same for (role's faults, call): each must have failed."""
    for faults, call in rows:
        check(faults.rest(call)[0] != 0, call, "never failed")


def through(port, size, host="127.0.0.1", before=None):
    """So much both ways; before() comes when the session is open."""
    target, log = watch.Target(), watch.Log()
    sock, conn = open_pair(port, target, host)
    with sock, conn:
        if before:
            before()
        transfer(sock, conn, size, size)
        line_is(log, sock, "closed", size, size)


def bulk(port, relay, before=None):
    """Until some of it was spliced: what comes in pieces is not."""
    relay.put("splice", "hits", 0)
    for _ in range(30):
        through(port, 4 * MEBI, before=before)
        if relay.get("splice", "hits") != 0:
            return
    check(False, "nothing is spliced")


def interrupted(port, *_):
    """A signal in every call: each is done again, nothing is done twice."""
    relay, router = Faults("relay"), Faults("router")
    rows = [(relay, call) for call in ("read", "write", "tell", "splice",
                                       "recvmsg", "epoll_wait")]
    rows += [(router, call) for call in ("tell", "sendmsg", "recvmsg",
                                         "accept")]
    for faults, call in rows:
        faults.fail(call, errno.EINTR, every=2)
    for size in (0, 1, 3000, 300000, 4 * MEBI):
        for host in ("127.0.0.1", "::1", "localhost"):
            through(port, size, host)
    bulk(port, relay)
    rest(rows)


def pieces(port, *_):
    """Reads and writes that do less than was asked for, down to a byte."""
    relay = Faults("relay")
    for calls, every in ((("read",), 1), (("write",), 1), (("splice",), 1),
                         (("splice",), 3), (("read", "write", "splice"), 1)):
        for most, size in ((1, 30000), (1000, MEBI), (60000, 8 * MEBI)):
            def arm(each=every, n=most, which=calls):
                for call in which:
                    relay.fail(call, most=n, every=each)
            if calls == ("splice",):
                bulk(port, relay, arm)
            else:
                through(port, size, before=arm)
            check(relay.rest(*calls)[0] != 0, calls, "never fell short")
    # Without a pipe bulk is copied.
    relay.fail("pipe", errno.EMFILE)
    for _ in range(30):
        through(port, 4 * MEBI)
        if relay.get("pipe", "hits") != 0:
            break
    rest([(relay, "pipe")])


def blocked(port, *_):
    """Calls that would block although there was reason to make them."""
    relay, router = Faults("relay"), Faults("router")
    for every in (2, 3, 7):
        rows = [(relay, call) for call in ("read", "tell", "recvmsg",
                                           "splice")]
        rows += [(router, call) for call in ("tell", "sendmsg", "recvmsg",
                                             "accept")]
        for faults, call in rows:
            faults.fail(call, errno.EAGAIN, every=every)

        # An answer that does not go out at once is one to nobody.
        def arm(each=every):
            relay.fail("write", errno.EAGAIN, every=each)
        for size in (0, 1, 3000, 300000):
            through(port, size, before=arm)
            relay.rest("write")
        bulk(port, relay)
        rest(rows)


# --- one call fails ----------------------------------------------------------

def is_broken(error):
    """A connection that ended is the reason."""
    return isinstance(error, ConnectionError) or \
        isinstance(error, OSError) and error.errno == errno.ENOTCONN


class Kinds:
    """Sessions that go all the ways there are.  Each says how it ended: "done"
    if nothing was wrong, else how it was told so."""

    NAMES = ("plain", "named", "early", "refused", "internal", "number",
             "reset")
    BYTES = ("slow", "bulk", "kept")		# only the relay sees these

    def __init__(self, port, host="localhost"):
        self.port, self.host = port, host
        self.target = watch.Target()
        self.sock = self.cport = None
        self.failed = lambda: False	# whether the fault has been

    def run(self, name):
        try:
            self.sock = socks.connect(self.port, timeout=5)
        except ConnectionError:
            return "reset"
        self.cport = self.sock.getsockname()[1]
        with self.sock:
            try:
                return getattr(self, name)()
            except ConnectionError as error:
                return "reset" if error.errno else "closed"
            except EOFError:
                return "closed"
            except ValueError as error:
                check(str(error) == "method b''", error)
                return "closed"
            finally:
                while not self.target.nobody_came():
                    pass

    def open(self, host, early=b""):
        """The target's end; None if it was refused for lack of something."""
        self.sock.sendall(socks.GREETING)
        if socks.read_exactly(self.sock, 2) != b"\x05\x00":
            raise EOFError
        self.sock.sendall(socks.request(host, self.target.port) + early)
        rep = socks.read_reply(self.sock)[0]
        if rep == 1:
            return None
        check(rep == 0, "rep", rep)
        conn = self.target.accept(socket.AF_INET6 if host == self.host and
                                  self.inet6_came() else socket.AF_INET)[0]
        conn.settimeout(5)
        return conn

    def inet6_came(self):
        return bool(select.select(self.target.socks[1:], [], [], 0.2)[0])

    def whole(self, conn, up, down):
        """Both ways at once, then FIN both ways."""
        if conn is None:
            return "rep 1"
        sock = self.sock
        with conn, ThreadPoolExecutor(4) as pool:
            jobs = [pool.submit(send_all, sock, up),
                    pool.submit(send_all, conn, down),
                    pool.submit(take_all, conn), pool.submit(take_all, sock)]
            # Whoever hears of a reset first, the other may hear of an end.
            if any(is_broken(job.exception()) for job in jobs):
                return "reset"
            check((up, jobs[0].result()) == jobs[2].result(), "up")
            check((down, jobs[1].result()) == jobs[3].result(), "down")
        return "done"

    def plain(self):
        return self.whole(self.open("127.0.0.1"), 10, 10)

    def named(self):
        return self.whole(self.open(self.host), 10, 10)

    def bulk(self):
        return self.whole(self.open("127.0.0.1"), MEBI, 4 * MEBI)

    def proxied(self):
        """By way of a proxy, which is told the name.  What it was asked for
        before may come only now, and goes at once."""
        conn = self.open(b"x.proxied.test")
        if conn is None:
            return "rep 1"
        self.sock.sendall(b"x")
        while conn.recv(1) == b"":
            conn.close()
            conn = self.target.accept()[0]
            conn.settimeout(5)
        return self.whole(conn, 10, 10)

    def early(self):
        conn = self.open("127.0.0.1", BLOCK[:5000])
        if conn is None:
            return "rep 1"
        with conn:
            check(socks.read_exactly(conn, 5000) == BLOCK[:5000], "early")
            return self.whole(conn, 10, 10)

    def bound(self):
        """The target connects, by BIND."""
        self.sock.sendall(socks.GREETING + socks.request("127.0.0.1", 0, 2) +
                          b"early")
        if socks.read_exactly(self.sock, 2) != b"\x05\x00":
            raise EOFError
        rep, *where = socks.read_reply(self.sock)
        if rep == 0:
            conn = socks.connect(where[1], where[0], timeout=5)
            rep = socks.read_reply(self.sock)[0]
        if rep != 0:
            check(rep == 1, "rep", rep)
            return "rep 1"
        with conn:
            check(socks.read_exactly(conn, 5) == b"early", "early")
            return self.whole(conn, 10, 10)

    def associated(self):
        """Datagrams to three destinations and back, to one of them by name.
        One of them may be out of reach, and a datagram may be lost."""
        rep, *relay = socks.handshake(self.sock, "0.0.0.0", 0, 3)
        if rep != 0:
            check(rep == 1, "rep", rep)
            return "rep 1"
        lost = set()
        with contextlib.ExitStack() as stack:
            own, *targets = [stack.enter_context(assoc.bound(host)) for host in
                             ("127.0.0.1", "127.0.0.1", "::1", "127.0.0.1")]
            for n in range(9):
                host = ("127.0.0.1", "::1", b"localhost")[n % 3]
                target, up = targets[n % 3], b"up %d" % n
                own.sendto(assoc.header(host, target.getsockname()[1]) + up,
                           tuple(relay))
                if self.came(target, up):
                    data, source = target.recvfrom(100)
                    target.sendto(data.replace(b"up", b"down"), source)
                    if self.came(own, b"down"):
                        check(assoc.parse(own.recv(100))[2] == b"down %d" % n)
                        continue
                lost.add((n // 3, n % 3))
        at = {where for _, where in lost}
        check(len(at) <= 1, "more than one is lost", lost)
        return "lost" if lost else "done"

    def came(self, sock, what):
        """Whether it has: what was lost does not come a little later."""
        deadline = time.monotonic() + 5
        while not select.select([sock], [], [], 0.1)[0]:
            if select.select([self.sock], [], [], 0)[0]:
                raise EOFError
            if self.failed() and select.select([sock], [], [], 0.3)[0] == []:
                return False
            check(time.monotonic() < deadline, what, "does not come")
        return True

    def reset(self):
        conn = self.open("127.0.0.1")
        if conn is None:
            return "rep 1"
        socks.reset(self.sock)
        with conn:
            check(is_reset(conn), "no reset")
        return "done"

    def slow(self):
        """Neither side reads until the relay has to keep something."""
        conn = self.open("127.0.0.1")
        if conn is None:
            return "rep 1"
        sent = []
        with conn:
            for one in (self.sock, conn):
                one.setblocking(False)
                n = 0
                while select.select([], [one], [], 0.05)[1]:
                    n += one.send(BLOCK)
                sent.append(n)
                one.settimeout(5)
            for one, n in ((conn, sent[0]), (self.sock, sent[1])):
                check(len(socks.read_exactly(one, n)) == n, "slow")
            return self.whole(conn, 10, 10)

    def kept(self):
        """The same in reads that are too small for a pipe."""
        relay = Faults("relay")
        relay.fail("read", most=16000)
        try:
            return self.slow()
        finally:
            relay.rest("read")

    def refusal(self, host, port, rep):
        got = socks.handshake(self.sock, host, port)[0]
        check(got in (rep, 1), "rep", got)
        check(self.sock.recv(1) == b"", "more after a refusal")
        return "done" if got == rep else "rep 1"

    def login(self):
        """As a user of login.py, where the listener has them."""
        self.sock.sendall(b"\x05\x01\x02")
        if socks.read_exactly(self.sock, 2) != b"\x05\x02":
            raise EOFError
        self.sock.sendall(b"\x01\x05alice\x0awonderland")
        status = socks.read_exactly(self.sock, 2)
        if len(status) != 2:
            raise EOFError
        if status != b"\x01\x00":
            check(self.sock.recv(1) == b"", "more after a failed login")
            return "no login"
        self.sock.sendall(socks.request("127.0.0.1", self.target.port))
        if socks.read_reply(self.sock)[0] != 0:
            return "rep 1"
        return self.whole(self.target.accept()[0], 10, 10)

    def refused(self):
        with socket.socket() as deaf:			# bound, not listening
            deaf.bind(("127.0.0.1", 0))
            return self.refusal("127.0.0.1", deaf.getsockname()[1], 5)

    def internal(self):
        return self.refusal("127.0.0.7", self.target.port, 2)

    def number(self):
        return self.refusal("0x7f.1", self.target.port, 2)


def sweep(port, faults, call, error, names=Kinds.NAMES, also=None):
    """The first such call of a session fails, then the second, and so on,
    until there was none so late.  All that it used is given back.  And with
    each also() happens."""
    both = [Faults("relay"), Faults("router")]
    if "proxied" in names:
        both.append(Faults("upstream"))
    kinds, results, log = Kinds(port), [], watch.Log()
    kinds.failed = lambda: faults.get(call, "hits") != 0
    for name in names:
        for _ in range(2):
            check(kinds.run(name) == "done", name, "without a fault")
            log.of(kinds.cport)
        before, n, hits = alive(both), 0, 1
        while hits != 0:
            faults.fail(call, error, times=1, skip=n)
            if also:
                also()
            results.append(kinds.run(name))
            check(watch.until(lambda: alive(both) == before, 5), name, n,
                  "ended with", results[-1], "memory", before, alive(both))
            hits = faults.rest(call)[0]
            n += 1
        check(results[-1] == "done", name, "ends with", results[-1])
    return results


def alive(both):
    return [faults.get("alloc", "alive") for faults in both]


def memory(port, *_):
    """The lack of it at any moment is the end of a session at most."""
    sweep(port, Faults("router"), "alloc", errno.ENOMEM)
    sweep(port, Faults("relay"), "alloc", errno.ENOMEM,
          Kinds.NAMES + Kinds.BYTES[:2])
    results = sweep(port, Faults("relay"), "alloc", errno.ENOMEM, ("kept",))
    check(set(results[3:-1]) == {"reset"}, results)


def logins(port, *_):
    """The same for sessions with a login, and for auth."""
    for role in "router", "relay", "auth":
        sweep(port, Faults(role), "alloc", errno.ENOMEM, ("login",))


def binds(port, *_):
    """The same for BIND, and whatever else fails for it."""
    for role in "router", "relay":
        sweep(port, Faults(role), "alloc", errno.ENOMEM, ("bound",))
        sweep(port, Faults(role), "epoll_add", errno.ENOSPC, ("bound",))
    router, kinds = Faults("router"), Kinds(port)
    for error in FAILURES["socket"]:
        sweep(port, router, "socket", error, ("bound",))
    # Nothing can be accepted for a while, and who has come waits.
    for error in errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM:
        router.fail("accept", error, skip=1, times=5)
        check(kinds.run("bound") == "done", error)
        check(router.rest("accept") == [5], error)
    for error in errno.ECONNABORTED, errno.EPROTO, errno.EINTR, errno.EPERM:
        router.fail("accept", error, times=20, every=2)
        check(kinds.run("bound") == "done", error)
        router.rest("accept")


def associations(port, *_):
    """The same for UDP: what cannot be had is out of reach, or the end of that
    association."""
    def swept(role, call, error):
        results = sweep(port, Faults(role), call, error, ("associated",))
        check(len(results) > 1, role, call, "never failed")
    for role in "router", "relay":
        for call, error in (("alloc", errno.ENOMEM),
                            ("epoll_add", errno.ENOSPC)):
            swept(role, call, error)
    for call in "socket", "connect", "bind", "dup":
        for error in FAILURES.get(call, (errno.EMFILE, errno.EADDRINUSE)):
            swept("router", call, error)
    # It is told of what was sent before, or of signals.
    for call in "read", "recvmmsg":
        for error in errno.ECONNREFUSED, errno.EINTR, errno.ENOMEM:
            swept("relay", call, error)
    for error in errno.EAGAIN, errno.ENOBUFS:
        swept("relay", "tell", error)


def proxies(port, *_):
    """The same for sessions by way of a proxy, and whatever else fails in who
    speaks to it."""
    for role in "router", "upstream":
        sweep(port, Faults(role), "alloc", errno.ENOMEM, ("proxied",))
    upstream = Faults("upstream")
    for call, error in (("epoll_add", errno.ENOMEM), ("read", errno.EINTR),
                        ("write", errno.EINTR), ("write", errno.EAGAIN),
                        ("tell", errno.EAGAIN)):
        sweep(port, upstream, call, error, ("proxied",))
    for call in "read", "write":
        upstream.fail(call, most=1)
        check(Kinds(port).run("proxied") == "done", call, "in pieces")
        # Of what is said, the greeting at least.
        check(upstream.rest(call)[0] > 2, call, "not in pieces")
    for at in range(2):
        sweep(port, upstream, "alloc", errno.ENOMEM, ("proxied",),
              lambda n=at: upstream.fail("tell", errno.EAGAIN, skip=n,
                                         times=1))


def rates(port, *_):
    """What is lost on the way is granted later: nobody under a rate waits for
    ever.  To remember who waits takes no memory but the session's own."""
    router, target = Faults("router"), watch.Target()
    for call, error in (("alloc", errno.ENOMEM), ("tell", errno.EPIPE)):
        sock, conn = open_pair(port, target)
        with sock, conn, ThreadPoolExecutor(1) as pool:
            # More than a burst, so that there are questions all the time.
            job = pool.submit(send_all, sock, 3 * MEBI)
            take_some(conn, MEBI)
            router.fail(call, error, times=3)
            take_some(conn, 2 * MEBI)
            check((router.rest(call)[0] != 0) == (call == "tell"), call,
                  "failed or did not fail")
            job.result()


def take_some(sock, size):
    """So many bytes, each within ten seconds of the last."""
    sock.settimeout(10)
    got = 0
    while got < size:
        data = sock.recv(min(65536, size - got))
        check(data, "an end after", got)
        got += len(data)


def daytime(port, *_):
    """Somebody sets the clock, far forward and far back: what takes its time
    or waits for something goes by another one."""
    roles = [Faults(role) for role in ROLES]
    kept = open_pair(port, watch.Target())
    for ahead in (7, 365 * 86400, -365 * 86400, -7):
        for faults in roles:
            faults.fail("daytime", most=ahead % 2 ** 64)
        for name in Kinds.NAMES + ("proxied", "proxied", "login"):
            result = Kinds(port).run(name)
            check(result == "done", name, result, "with the clock at", ahead)
        kept[0].sendall(b"x")
        check(kept[1].recv(2) == b"x", "no byte with the clock at", ahead)
    for faults in roles:
        faults.rest("daytime")
    for sock in kept:
        sock.close()


def queue(port, *_):
    """The same while a channel is full, so that messages must be kept."""
    for role, call in (("relay", "tell"), ("router", "tell"),
                       ("router", "sendmsg")):
        faults = Faults(role)
        for at in range(4):
            sweep(port, faults, "alloc", errno.ENOMEM, ("plain", "refused"),
                  lambda f=faults, c=call, n=at: f.fail(c, errno.EAGAIN,
                                                        skip=n, times=1))


def drought(port, *_):
    """No memory at all for a while, whatever the size of the router's tables
    at that moment: what it could not do then it does afterwards."""
    router, log = Faults("router"), watch.Log()
    both = [Faults("relay"), router]
    kinds = Kinds(port)
    waiting = Clients(port, kinds.target.port)
    hole, sizes = waiting.hole(), 40 if LONG else 12

    def one_more():
        """A request that will wait, and until then is one in the tables."""
        before = router.get("epoll_add", "calls")
        waiting.ask("127.0.0.1", hole)
        check(watch.until(lambda: before != router.get("epoll_add", "calls")))

    for n in range(sizes):
        one_more()
        before = alive(both)
        # The session and its source are there, all that follows is not.
        router.fail("alloc", errno.ENOMEM, skip=2)
        result = kinds.run("plain")
        check(watch.until(lambda: alive(both) == before), n, "leaks")
        router.rest("alloc")
        check(result == "rep 1", n, result)
        line = log.of(kinds.cport)
        check(line["cause"] == "no-resources", n, line)
    for n in range(sizes):
        one_more()
        router.fail("alloc", errno.ENOMEM)
        router.fail("accept", errno.EMFILE)
        with socks.connect(port, timeout=5) as sock:
            check(watch.until(lambda: router.get("accept", "hits") != 0), n)
            check(router.get("accept", "hits") < 10, n, "it spins")
            router.rest("alloc", "accept")
            # It listens again, but epoll does not hear of it at first.
            router.fail("epoll_add", errno.ENOSPC, times=n % 5 == 0)
            check(socks.handshake(sock, "127.0.0.1",
                                  kinds.target.port)[0] == 0, n)
            kinds.target.accept()[0].close()
            cport = sock.getsockname()[1]
        log.of(cport)


def orphan(port, *_):
    """A session that was refused for lack of memory has no target to tell the
    next router of; the router's pid comes on standard input."""
    relay, held = Faults("relay"), []
    target = watch.Target()
    for n in range(2, 5):
        relay.fail("alloc", errno.ENOMEM, skip=n, times=1)
        held.append(socks.connect(port, timeout=5))
        held[-1].sendall(socks.GREETING + socks.request(
            "127.0.0.1", target.port) + b"early")
        check(socks.read_exactly(held[-1], 2) == b"\x05\x00", "method")
        rep = socks.read_reply(held[-1])[0]
        check(rep == (1 if relay.rest("alloc")[0] else 0), n, "rep", rep)
    with open("daemon.log", encoding="utf-8") as log:
        pid = next(line for line in log if "router 0 is ready" in line)
    os.kill(int(pid.split("pid ")[1].split(")")[0]), signal.SIGKILL)
    sock = socks.connect(port, timeout=5)
    check(socks.handshake(sock, "127.0.0.1", target.port)[0] == 0, "later")


FAILURES = {
    "socket": (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM),
    "connect": (errno.EADDRNOTAVAIL, errno.EADDRINUSE, errno.EAGAIN,
                errno.ENOBUFS, errno.ENOMEM)
}


def sockets(port, *_):
    """No socket for a target, or none of its ports: the client is told, and
    what has a second address goes there."""
    router, log = Faults("router"), watch.Log()
    kinds = Kinds(port, "both.test")
    sock, conn = open_pair(port, kinds.target)
    for call, errors in FAILURES.items():
        for error in errors:
            router.fail(call, error)
            for _ in range(2):
                check(kinds.run("plain") == "rep 1", call, error)
                line = log.of(kinds.cport)
                check(line["cause"] == "no-resources", line)
            check(kinds.run("named") == "rep 1", call, error)
            router.fail(call, error, times=1)
            check(kinds.run("named") == "done", call, error)
            router.rest(call)
            check(kinds.run("plain") == "done", call, error)
            conn.sendall(b"!")
            check(sock.recv(2) == b"!", "the others suffer")


def in_flight(port, *pids):
    """As many descriptors on their way as the system allows: who is new waits,
    and nobody is lost or works for nothing."""
    router, kinds = Faults("router"), Kinds(port)
    sock, conn = open_pair(port, kinds.target)
    for error in errno.ETOOMANYREFS, errno.ENOBUFS:
        for times in 1, 2, 10:
            router.fail("sendmsg", error, times=times)
            check(kinds.run("plain") == "done", times)
            check(router.rest("sendmsg") == [times], times)
        router.fail("sendmsg", error)
        waiting = [socks.connect(port) for _ in range(50)]
        for one in waiting:
            one.sendall(socks.GREETING + socks.request(
                "127.0.0.1", kinds.target.port))
        worked, start = cpu(pids), time.monotonic()
        while time.monotonic() - start < 1:
            conn.sendall(b"!")
            check(sock.recv(2) == b"!", "the others suffer")
            time.sleep(0.02)
        share = (cpu(pids) - worked) / (time.monotonic() - start)
        check(share < 0.3, "it is busy with nothing:", share)
        check(not select.select(waiting, [], [], 0)[0], "they are answered")
        router.rest("sendmsg")
        for one in waiting:
            check(socks.read_exactly(one, 2) == b"\x05\x00", "method")
            check(socks.read_reply(one)[0] == 0, "rep")
            kinds.target.accept()[0].close()
            one.close()


def polled(port, *_):
    """Nothing can be waited for: epoll takes no more."""
    sweep(port, Faults("relay"), "epoll_add", errno.ENOSPC)
    router, kinds = Faults("router"), Kinds(port)
    waiting = Clients(port, kinds.target.port)
    hole = waiting.hole()
    for error in errno.ENOSPC, errno.ENOMEM:
        router.fail("epoll_add", error)
        waiting.ask("127.0.0.1", hole, 3)
        check(waiting.reply() == "1 1 1", error)
        router.rest("epoll_add")
        check(kinds.run("plain") == "done", error)


def ctl(*args):
    """(exit status, what socks5ctl said)."""
    run = subprocess.run([os.environ["SOCKS5CTL"], "-s", "ctl", *args],
                         capture_output=True, text=True, timeout=20,
                         check=False)
    return run.returncode, run.stdout + run.stderr


def reload(port, *_):
    """Without the memory for a new config the old one stays, and so does every
    session and who has it."""
    kinds = Kinds(port)
    sock, conn = open_pair(port, kinds.target)
    for role in "relay", "router":
        faults, n, hits = Faults(role), 0, 1
        while hits != 0:
            faults.fail("alloc", errno.ENOMEM, times=1, skip=n)
            status, said = ctl("reload")
            hits = faults.rest("alloc")[0]
            check(status == 0 or "the config in force stays" in said and
                  hits != 0, role, n, said)
            conn.sendall(b"!")
            check(sock.recv(2) == b"!", "a session suffers")
            check(kinds.run("plain") == "done", role, n)
            n += 1
        check(n > 1, role, "has no use for memory")


def starts(port, *_):
    """No memory at any moment of a start: it says what for, and then either
    nothing of it is left or, if it was up already, it has replaced a child."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)	# PR_SET_CHILD_SUBREAPER
    for role in "router", "relay":
        faults, n, hits = Faults(role), 0 if LONG else 4, 1
        while hits != 0:
            faults.fail("alloc", errno.ENOMEM, times=1, skip=n)
            status, said = one_start()
            hits = faults.rest("alloc")[0]
            check("SIGSYS" not in said, role, n, said)
            if hits == 0:
                check(status == 0, role, n, said)
            elif "accept paused: Cannot allocate memory" not in said:
                check(f"{role} 0 " in said and "with status 1" in said and
                      re.search("memory", said), role, n, said)
            n += 1 if LONG else 5


def one_start():
    """(exit status, what it said) of a daemon that is stopped when it is
    ready; waits until its children have ended too."""
    with subprocess.Popen([os.environ["SOCKS5D"], "-d", "-f", "socks5d.conf",
                           "-s", os.getcwd() + "/ctl"], text=True,
                          stderr=subprocess.PIPE) as daemon:
        said = ""
        for line in daemon.stderr:
            said += line
            if '"ready"' in line:
                daemon.terminate()
    check(watch.until(no_children, 5), "somebody is left", said)
    return daemon.returncode, said


def no_children():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        return True
    return False


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
