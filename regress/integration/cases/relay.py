#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of relay_test.sh: relay.py CASE PORT [PID of a relay...]

Each case is a client of the daemon on PORT and the targets as well, so it
knows every byte that was sent and must arrive.  It is silent if all is well.
"""

import concurrent.futures
import hashlib
import os
import random
import select
import signal
import socket
import statistics
import struct
import sys
import time

import socks
import watch
from watch import check

MEBI = 1 << 20
BLOCK = bytes((i * 7 + i // 251) % 256 for i in range(MEBI))
HZ = os.sysconf("SC_CLK_TCK")


def open_pair(port, target, host="127.0.0.1"):
    """(client, target's end) of a session that is through."""
    sock = socks.session(port, host, target.port)
    conn = target.accept(socket.AF_INET6 if ":" in host else
                         None if host[-1].isalpha() else
                         socket.AF_INET)[0]
    for one in (sock, conn):
        one.settimeout(30)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, conn


def send_all(sock, size):
    """Sends so much of the pattern, then FIN; its digest."""
    digest = hashlib.blake2b()
    while size > 0:
        part = BLOCK[:size]
        sock.sendall(part)
        digest.update(part)
        size -= len(part)
    sock.shutdown(socket.SHUT_WR)
    return digest.hexdigest()


def take_all(sock):
    """(size, digest) of everything until FIN."""
    digest, size = hashlib.blake2b(), 0
    while data := sock.recv(MEBI):
        digest.update(data)
        size += len(data)
    return size, digest.hexdigest()


def transfer(sock, conn, up, down):
    """So many bytes both ways at once; each must arrive as it was sent."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sent = (pool.submit(send_all, sock, up),
                pool.submit(send_all, conn, down))
        got = pool.submit(take_all, conn), pool.submit(take_all, sock)
        for way, size in ((0, up), (1, down)):
            check(got[way].result() == (size, sent[way].result()),
                  ("up", "down")[way], size, "arrived otherwise")


def line_is(log, sock, cause, up, down, number=None):
    """Waits for the line of a session, by the port of its client."""
    line = log.of(sock if isinstance(sock, int) else sock.getsockname()[1],
                  number)
    check((line["cause"], line["up"], line["down"], line["rep"]) ==
          (cause, up, down, 0), "wanted", cause, up, down, "got", line)


def is_reset(sock):
    """True if it ends by a reset and nothing came before."""
    try:
        sock.recv(1)
    except ConnectionResetError:
        return True
    return False


def bulk(port, *_):
    target, log = watch.Target(), watch.Log()
    for host in ("127.0.0.1", "::1"):
        for up, down in ((64 * MEBI, 0), (0, 64 * MEBI),
                         (64 * MEBI, 64 * MEBI)):
            sock, conn = open_pair(port, target, host)
            with sock, conn:
                transfer(sock, conn, up, down)
                line_is(log, sock, "closed", up, down)


def sizes(port, *_):
    """Around each buffer of the relay."""
    target, log = watch.Target(), watch.Log()
    near = [base + d for base in (2048, 65536, 4 * 65536, 8 * 65536)
            for d in (-1, 0, 1)]
    for size in (0, 1, 2, *near):
        for up, down in ((size, 0), (0, size), (size, size)):
            sock, conn = open_pair(port, target)
            with sock, conn:
                transfer(sock, conn, up, down)
                line_is(log, sock, "closed", up, down)


def tiny_buffers(port, *_):
    """Sockets that take a few bytes at a time, at one end, then at both."""
    target, log, size = watch.Target(), watch.Log(), 20000
    for small in ((0,), (1,), (0, 1)):
        pair = open_pair(port, target)
        for i in small:
            pair[i].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            pair[i].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        with pair[0], pair[1]:
            transfer(*pair, size, size)
            line_is(log, pair[0], "closed", size, size)


def ping_pong(port, *_):
    """One byte there, one byte back: nothing waits for company."""
    target, log = watch.Target(), watch.Log()
    sock, conn = open_pair(port, target)
    start = time.monotonic()
    with sock, conn:
        for i in range(1000):
            byte = bytes([i % 256])
            sock.sendall(byte)
            check(conn.recv(2) == byte, "up", i)
            conn.sendall(byte)
            check(sock.recv(2) == byte, "down", i)
        check(time.monotonic() - start < 15, "bytes are held back")
        transfer(sock, conn, 0, 0)
        line_is(log, sock, "closed", 1000, 1000)


def half_close(port, *_):
    """After the FIN of one side the other still has its say."""
    target, log = watch.Target(), watch.Log()
    for first in (0, 1):
        for early in (0, 1, 300000):
            pair = open_pair(port, target)
            a, b = pair[first], pair[1 - first]
            with a, b:
                with concurrent.futures.ThreadPoolExecutor(2) as pool:
                    sent = pool.submit(send_all, a, early)
                    check(take_all(b) == (early, sent.result()), "first")
                    check(not select.select([a], [], [], 0)[0],
                          "the FIN came back")
                    sent = pool.submit(send_all, b, MEBI)
                    check(take_all(a) == (MEBI, sent.result()), "second")
                line_is(log, pair[0], "closed", *((early, MEBI) if first == 0
                                                  else (MEBI, early)))


def together(port, *_):
    """Both sides say FIN at the same moment."""
    target, log = watch.Target(), watch.Log()
    for i in range(100):
        sock, conn = open_pair(port, target)
        with sock, conn:
            sock.sendall(b"u" * i)
            conn.sendall(b"d" * i)
            for one in ((sock, conn), (conn, sock))[i % 2]:
                one.shutdown(socket.SHUT_WR)
            check(socks.read_all(sock) == b"d" * i, "down", i)
            check(socks.read_all(conn) == b"u" * i, "up", i)
            line_is(log, sock, "closed", i, i)


def resets(port, *_):
    """A reset of one side is a reset at the other, and no connection is left
    in the kernel, not even in TIME_WAIT."""
    target, log = watch.Target(), watch.Log()
    for who, cause in ((0, "client-reset"), (1, "target-reset")):
        for how in ("quiet", "after FIN", "after the other's FIN",
                    "with unread data"):
            pair = open_pair(port, target)
            a, b = pair[who], pair[1 - who]
            cport = pair[0].getsockname()[1]
            addresses = [one.getsockname()[:2] for one in pair]
            peers = [one.getpeername()[:2] for one in pair]
            if how == "after FIN":
                a.shutdown(socket.SHUT_WR)
                check(b.recv(1) == b"", "FIN")
            elif how == "after the other's FIN":
                b.shutdown(socket.SHUT_WR)
                check(a.recv(1) == b"", "FIN")
            elif how == "with unread data":
                b.sendall(b"x" * 10)
                check(watch.until(lambda: watch.connection(
                    a.getsockname()[:2], a.getpeername()[:2])[1] == 10),
                      "data does not arrive")
            socks.reset(a)
            if how == "after FIN":
                # It was told of an end already; only a write shows the rest.
                check(watch.until(lambda: broken(b)), "no reset", who, how)
            else:
                check(is_reset(b), "no reset", who, how)
            line = log.of(cport)
            check(line["cause"] == cause, how, line)
            b.close()
            for pairing in zip(addresses, peers):
                for one in (pairing, pairing[::-1]):
                    check(watch.until(lambda: watch.connection(*one)[0] ==
                                      watch.CLOSED), "left", who, how, one)


def hasty_targets(port, *_):
    """A target that resets what it has just accepted, or ends it: the client
    hears of a session and its end, or of none at all."""
    target, log = watch.Target(), watch.Log()
    for i in range(60):
        sock = socks.connect(port)
        cport = sock.getsockname()[1]
        with sock:
            sock.sendall(socks.GREETING + socks.request("127.0.0.1",
                                                        target.port))
            conn = target.accept()[0]
            if i % 3 == 0:
                socks.reset(conn)
            elif i % 3 == 1:
                conn.sendall(b"bye")
                socks.reset(conn)
            else:
                conn.sendall(b"bye")
                conn.close()
            check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
            rep = socks.read_reply(sock)[0]
            if i % 3 == 2:
                check(rep == 0 and socks.read_all(sock) == b"bye", rep, i)
            elif rep == 0:
                try:
                    while sock.recv(10):
                        pass
                    raise AssertionError("a FIN in place of a reset")
                except ConnectionResetError:
                    pass
        line = log.of(cport)
        check((line["rep"], line["cause"]) in (
            [(0, "closed")], [(0, "target-reset"), (5, "connect-refused")])
              [i % 3 != 2], line)


def resets_in_flow(port, *_):
    """A reset in the midst of a stream: what has arrived until then is the
    beginning of it, and the line of the log counts no more than was sent."""
    target, log = watch.Target(), watch.Log()
    for i in range(100 if watch.LONG else 20):
        pair = open_pair(port, target)
        cport = pair[0].getsockname()[1]
        sender, reader = pair[i % 2], pair[1 - i % 2]
        sent = got = 0
        sender.setblocking(False)
        limit = (i + 1) * 199999
        while got < limit:
            try:
                sent += sender.send(BLOCK[sent % MEBI:])
            except BlockingIOError:
                pass
            part = reader.recv(MEBI)
            check((BLOCK + BLOCK)[got % MEBI:][:len(part)] == part, "bytes")
            got += len(part)
        socks.reset(pair[i // 2 % 2])
        other = pair[1 - i // 2 % 2]
        other.settimeout(10)
        try:
            while part := other.recv(MEBI):
                check((BLOCK + BLOCK)[got % MEBI:][:len(part)] == part,
                      "last bytes")
                got += len(part)
            raise AssertionError("a FIN in place of a reset")
        except ConnectionResetError:
            pass
        other.close()
        line = log.of(cport)
        there, back = (line["up"], line["down"])[::1 if i % 2 == 0 else -1]
        check(line["cause"] == ("client-reset", "target-reset")[i // 2 % 2]
              and got <= there <= sent and back == 0, line, got, sent)


def broken(sock):
    """True once the connection was reset."""
    try:
        sock.getpeername()
    except OSError:
        return True
    return False


class Stopped:
    """While this lasts the relays do not run, so that all that is sent is
    found by them at once."""

    def __init__(self, pids):
        self.pids = [int(pid) for pid in pids]

    def __enter__(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
            check(watch.until(lambda: open(f"/proc/{pid}/stat").read()
                              .split(") ")[1][0] == "T"), "does not stop")

    def __exit__(self, *_):
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)


def wait_acked(sock):
    """Until the peer's kernel has all that was sent."""
    check(watch.until(lambda: watch.connection(
        sock.getsockname()[:2], sock.getpeername()[:2])[2] == 0), "not acked")


def last_words(port, *pids):
    """What a side said before it was reset still arrives: a server that does
    not want an upload says why, then closes with unread data."""
    target, log = watch.Target(), watch.Log()
    words = BLOCK[:50000]
    for who, cause in ((0, "client-reset"), (1, "target-reset")):
        for other in (b"", b"y", b"z" * 30000):
            pair = open_pair(port, target)
            a, b = pair[who], pair[1 - who]
            cport = pair[0].getsockname()[1]
            with Stopped(pids):
                # What came first is looked at first.
                b.sendall(other)
                a.sendall(words)
                wait_acked(a)
                socks.reset(a)
            check(socks.read_exactly(b, len(words)) == words, "last words",
                  who, len(other))
            check(is_reset(b), "no reset", who, len(other))
            line = log.of(cport)
            check(line["cause"] == cause and
                  line["up" if who == 0 else "down"] == len(words), line)
            b.close()


def urgent(port, *pids):
    """Urgent bytes are passed on where they stand, and what lies behind them
    does not wait for more to come."""
    target, log = watch.Target(), watch.Log()
    for who in (0, 1):
        pair = open_pair(port, target)
        a, b = pair[who], pair[1 - who]
        with a, b:
            want = b""
            for before, after in ((0, 0), (0, 5), (5, 0), (1000, 1000),
                                  (70000, 3), (3, 50000)):
                with Stopped(pids):
                    a.sendall(BLOCK[:before])
                    a.send(b"!", socket.MSG_OOB)
                    a.sendall(BLOCK[:after])
                part = BLOCK[:before] + b"!" + BLOCK[:after]
                want += part
                check(socks.read_exactly(b, len(part)) == part, who, before,
                      after)
            transfer(*pair, 0, 0)
            line_is(log, pair[0], "closed", *((len(want), 0) if who == 0 else
                                              (0, len(want))))


def rss(pids):
    """KiB of memory that these processes have in use."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            total += sum(int(line.split()[1]) for line in file
                         if line.startswith("VmRSS:"))
    return total


def cpu(pids):
    """Seconds that these processes have worked."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / HZ


def small_pair(port, target):
    """The kernel keeps little for it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(10)
    sock.connect(("127.0.0.1", port))
    check(socks.handshake(sock, "127.0.0.1", target.port)[0] == 0, "rep")
    conn = target.accept()[0]
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    conn.settimeout(10)
    return sock, conn


def trips(pair, count=50):
    """The median time of a byte there and back."""
    times = []
    for _ in range(count):
        start = time.monotonic()
        for a, b in (pair, pair[::-1]):
            a.sendall(b"?")
            check(b.recv(2) == b"?", "the others wait")
        times.append(time.monotonic() - start)
    return statistics.median(times)


def stuff(pairs, good):
    """Sends on all of them until none takes more; how much each took."""
    full, end = 0, time.monotonic() + (120 if watch.LONG else 20)
    took = [0] * len(pairs)
    for _, sender in pairs:
        sender.setblocking(False)
    while full < 20:
        check(time.monotonic() < end, "there is no end to what they take")
        before = sum(took)
        for i, (_, sender) in enumerate(pairs):
            try:
                while True:
                    took[i] += sender.send(BLOCK[took[i] % MEBI:])
            except BlockingIOError:
                pass
        full = full + 1 if sum(took) == before else 0
        trips(good, 1)
    return took


def many_hogs(port, count, *pids):
    """So many; the kernel's memory for sockets has an end, too, so this is
    for a network in which each has little."""
    hogs(port, *pids, count=int(count))


def hogs(port, *pids, count=100):
    """Who sends for ever to those who never read costs a bounded buffer, no
    work, and nobody else anything; and nothing of it is lost."""
    target, log = watch.Target(), watch.Log()
    watch.all_descriptors()
    good = open_pair(port, target)
    for _ in range(2):					# warm
        transfer(*open_pair(port, target), MEBI, MEBI)
    quiet, before, pairs = trips(good), rss(pids), []
    for i in range(count):
        pair = small_pair(port, target)
        pairs.append((pair[i % 2], pair[(i + 1) % 2]))
    took = stuff(pairs, good)
    grown = rss(pids) - before
    limit = count * 64 * 12 // 10 + 4096
    check(grown <= limit, "memory grew by", grown, "KiB of", limit)
    worked, start = cpu(pids), time.monotonic()
    for _ in range(20):
        trips(good, 1)
        select.select([good[0]], [], [], 0.05)
    share = (cpu(pids) - worked) / (time.monotonic() - start)
    check(share < 0.3, "the relays are busy with nothing:", share)
    # Hogs that are in the way are so each time, other programs now and then.
    beside = min(trips(good) for _ in range(5))
    check(beside < 5 * quiet + 0.001, "the others wait:", beside, quiet)
    rows = watch.listed()
    for i, (reader, sender) in enumerate(pairs):
        row = rows[pairs[i][i % 2].getsockname()[1]]
        ways = row["up"], row["down"]
        check(row["state"] == "open" and ways[i % 2] == 0 and
              0 < ways[(i + 1) % 2] <= took[i], row, took[i])
    transfer(*open_pair(port, target), MEBI, MEBI)
    for reader, sender in pairs[20:]:
        socks.reset(reader)
        sender.close()
    for i, (reader, sender) in enumerate(pairs[:20]):
        sender.shutdown(socket.SHUT_WR)
        want = hashlib.blake2b()
        for _ in range(took[i] // MEBI):
            want.update(BLOCK)
        want.update(BLOCK[:took[i] % MEBI])
        check(take_all(reader) == (took[i], want.hexdigest()), "lost")
        reader.shutdown(socket.SHUT_WR)
    for i in range(20):
        line_is(log, pairs[i][i % 2], "closed", *(
            (0, took[i]) if i % 2 == 0 else (took[i], 0)))
    transfer(*good, 0, 0)
    row = log.of(good[0].getsockname()[1])
    check(row["up"] == row["down"] and row["cause"] == "closed", row)


def timeouts(port, *pids):
    """One second each, as configured; traffic of either way renews them."""
    target, log = watch.Target(), watch.Log()
    idle, stuck = open_pair(port, target), open_pair(port, target)
    half = [open_pair(port, target) for _ in range(2)]
    busy = [open_pair(port, target) for _ in range(2)]
    half_busy = [open_pair(port, target) for _ in range(2)]
    for who in (0, 1):
        for pair in (half[who], half_busy[who]):
            pair[who].shutdown(socket.SHUT_WR)
            check(pair[1 - who].recv(1) == b"", "FIN")
    end = time.monotonic() + 3
    sent = 0
    while time.monotonic() < end:
        for who in (0, 1):
            for a, b in ((busy[who][who], busy[who][1 - who]),
                         (half_busy[who][1 - who], half_busy[who][who])):
                a.sendall(b".")
                check(b.recv(1) == b".", "cut while busy")
        sent += 1
        select.select([], [], [], 0.2)
    for pair in (idle, stuck):
        check(is_reset(pair[0]) and is_reset(pair[1]), "no reset when idle")
        line_is(log, pair[0], "idle-timeout", 0, 0)
    for who in (0, 1):
        pair = half[who]
        check(is_reset(pair[who]), "no reset when half-closed")
        line_is(log, pair[0], "half-closed-timeout", 0, 0)
        transfer(*busy[who], 0, 0)
        line_is(log, busy[who][0], "closed", *((sent, 0) if who == 0 else
                                               (0, sent)))
        pair = half_busy[who]
        pair[1 - who].shutdown(socket.SHUT_WR)
        line_is(log, pair[0], "closed", *((0, sent) if who == 0 else
                                          (sent, 0)))
    # Nobody waits for a reader that does not come, be it after a FIN.
    deaf = []
    for who, fin in ((0, False), (1, False), (0, True), (1, True)):
        pair = open_pair(port, target)
        if fin:
            pair[1 - who].shutdown(socket.SHUT_WR)
            check(pair[who].recv(1) == b"", "FIN")
        pair[who].setblocking(False)
        deaf.append((pair, who, fin))
    end = time.monotonic() + 0.8
    while time.monotonic() < end:
        for pair, who, _ in deaf:
            try:
                pair[who].send(BLOCK)
            except (BlockingIOError, ConnectionError):
                pass            # full, or the session has ended meanwhile
    for pair, who, fin in deaf:
        line = log.of(pair[0].getsockname()[1])
        moved = (line["up"], line["down"])[::1 if who == 0 else -1]
        check(line["cause"] == ("half-closed-timeout" if fin else
                                "idle-timeout") and
              moved[0] > 0 and moved[1] == 0, line)


def mixed(port, seed, count=400):
    """The lines' numbers are those that the clients saw; prints their sums."""
    target, log = watch.Target(), watch.Log()
    draw = random.Random(int(seed))
    kinds = ("close", "client-fin", "target-fin", "client-reset",
             "target-reset", "refused")
    # Of those that ask for nothing some twenty per second have a line.
    jobs = [("nothing", 0, 0)] * 10
    jobs += [(draw.choice(kinds), draw.randrange(1 << draw.randrange(1, 20)),
              draw.randrange(1 << draw.randrange(1, 20)))
             for _ in range(int(count))]
    draw.shuffle(jobs)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda job: one_mixed(port, *job), jobs))
    up = down = 0
    for cport, cause, u, d in results:
        line = log.of(cport)
        check((line["cause"], line["up"], line["down"]) == (cause, u, d),
              "seed", seed, "wanted", cause, u, d, "got", line)
        up += u
        down += d
    check(len(log.read()) == len(jobs), "seed", seed, "lines",
          len(log.sessions))
    print(up, down)


def one_mixed(port, kind, up, down):
    """(port of the client, cause, bytes up, bytes down) as it must be."""
    sock = socks.connect(port)
    cport = sock.getsockname()[1]
    if kind == "nothing":
        sock.close()
        return cport, "client-gone", 0, 0
    early = BLOCK[:up]
    if kind == "refused":
        with socket.socket() as deaf:			# bound, not listening
            deaf.bind(("127.0.0.1", 0))
            sock.sendall(socks.GREETING + socks.request(
                "127.0.0.1", deaf.getsockname()[1]) + early[:1000])
            sock.shutdown(socket.SHUT_WR)
            answer = socks.read_all(sock)
        check(answer[3] == 5, "reply", answer)
        sock.close()
        return cport, "connect-refused", 0, 0
    target = watch.Target(4)
    sock.sendall(socks.GREETING + socks.request("127.0.0.1", target.port))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sock.sendall, early)
        conn = target.accept()[0]
        check(socks.read_exactly(conn, up) == early, "up", up)
        sending.result()
        sending = pool.submit(conn.sendall, BLOCK[:down])
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        check(socks.read_reply(sock)[0] == 0, "rep")
        check(socks.read_exactly(sock, down) == BLOCK[:down], "down", down)
        sending.result()
    cause = kind if kind.endswith("reset") else "closed"
    if cause == kind:
        socks.reset(sock if kind == "client-reset" else conn)
    else:
        first, last = (conn, sock) if kind == "target-fin" else (sock, conn)
        first.shutdown(socket.SHUT_WR)
        if kind != "close":
            check(last.recv(1) == b"", "FIN")
        last.shutdown(socket.SHUT_WR)
        check(first.recv(1) == b"", "FIN")
    sock.close()
    conn.close()
    for one in target.socks:
        one.close()
    return cport, cause, up, down


class Known:
    """A session whose row in the list is known to the byte."""

    def __init__(self, port, target):
        self.sock, self.conn = open_pair(port, target)
        self.port = self.sock.getsockname()[1]
        self.id = watch.listed()[self.port]["id"]
        self.row = {"id": self.id, "state": "open", "command": "connect", "client":
                    "127.0.0.1", "address": "127.0.0.1", "port": target.port,
                    "up": 0, "down": 0}

    def move(self, way, size):
        """So many bytes up (0) or down (1), as far as the other side."""
        pair = (self.sock, self.conn)[::1 if way == 0 else -1]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sent = pool.submit(pair[0].sendall, BLOCK[:size])
            check(socks.read_exactly(pair[1], size) == BLOCK[:size], "bytes")
            sent.result()
        self.row[("up", "down")[way]] += size

    def fin(self, way):
        pair = (self.sock, self.conn)[::1 if way == 0 else -1]
        pair[0].shutdown(socket.SHUT_WR)
        check(pair[1].recv(1) == b"", "FIN")
        self.row["state"] = "half-closed"

    def is_listed(self, rows):
        row = rows[self.port]
        seen = {key: row[key] for key in self.row}
        check(seen == self.row, "wanted", self.row, "got", row)


def waiting(port, request, state):
    """A connection that stays in that state for a while."""
    sock = socks.connect(port)
    sock.sendall(request)
    if request:
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
    return sock, {"state": state, "up": 0, "down": 0}


def listed(port, *_):
    """The list of sessions is exact while others come, go and are cut."""
    target, log, draw = watch.Target(), watch.Log(), random.Random(2)
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    fill = [socket.socket() for _ in range(3)]
    for sock in fill:
        sock.setblocking(False)
        sock.connect_ex(full.getsockname())
    abuse = []
    for _ in range(2):
        abuse.append(os.fork())
        if abuse[-1] == 0:
            try:
                while os.getppid() != 1:
                    churn(port)
            finally:
                os._exit(1)
    try:
        known = [Known(port, target) for _ in range(20)]
        others = [
            waiting(port, b"", "handshake"),
            waiting(port, socks.GREETING, "handshake"),
            waiting(port, socks.GREETING + socks.request("127.0.0.1", 80)[:9],
                    "handshake"),
            waiting(port, socks.GREETING + socks.request(
                *full.getsockname()), "connecting")]
        gone = []
        for turn in range(200 if watch.LONG else 25):
            for one in known[2:]:
                one.move(draw.randrange(2), draw.randrange(1 << draw.randrange(
                    1, 19)))
            if turn == 4:
                known[0].fin(0)
                known[1].fin(1)
            elif turn > 4 and len(known) > 6:
                last = known.pop()
                last.fin(turn % 2)
                last.fin(1 - turn % 2)
                line_is(log, last.port, "closed", last.row["up"],
                        last.row["down"], last.id)
                gone.append(last)
            rows = watch.listed()
            for one in known:
                one.is_listed(rows)
            for sock, row in others:
                if not is_over(sock):
                    seen = rows[sock.getsockname()[1]]
                    check(row.items() <= seen.items(), row, seen)
            ids = {row["id"] for row in rows.values()}
            check(not any(one.id in ids for one in gone), "gone, but listed")
    finally:
        for pid in abuse:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    check(watch.until(lambda: len(watch.listed()) <= len(known) + len(others)),
          "sessions are left")


def is_over(sock):
    """True if its time has come: something was said to it."""
    return sock in select.select([sock], [], [], 0)[0]


def churn(port, *_):
    """Sessions that end while their sockets still have something to say."""
    target = watch.Target()
    draw = random.Random(1)
    for i in range(300):
        sock = socks.connect(port)
        sock.sendall(draw.choice((
            b"G", b"\x05\x00", b"\x05\x01\x00\x05\x09",
            socks.GREETING + socks.request("127.0.0.1", 1),
            socks.GREETING + socks.request("127.0.0.1", target.port))) +
            BLOCK[:draw.randrange(3000)])
        try:
            if i % 3:
                sock.sendall(BLOCK[:5000])
            if i % 5 == 0:
                sock.recv(1)
        except OSError:
            pass
        if i % 2:
            socks.reset(sock)
        else:
            sock.close()
        target.nobody_came()
    while not target.nobody_came():
        pass


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
