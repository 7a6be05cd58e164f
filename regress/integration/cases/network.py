#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of network_test.sh: network.py CASE ARGUMENT...

Runs in the network of the daemon, whose log is JSON, and makes its sockets in
the networks around it.  It is silent if all is well.
"""

import ctypes
import errno
import os
import random
import select
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

import assoc
import socks
import watch
from relay import broken
from watch import check

CLONE_NEWNET = 0x40000000
HERE = os.open("/proc/self/ns/net", os.O_RDONLY)
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(net):
    if LIBC.setns(net, CLONE_NEWNET) == -1:
        raise OSError(ctypes.get_errno(), "setns")


class Net:
    """While this lasts, sockets are made in that network, and stay there."""

    def __init__(self, name):
        with open(f"other.{name}.pid", encoding="ascii") as file:
            pid = file.read().strip()
        self.net = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)

    def __enter__(self):
        enter(self.net)

    def __exit__(self, *_):
        enter(HERE)

    def nft(self, incoming, outgoing=""):
        """These rules and no others."""
        chains = "".join(
            f"chain {hook} {{\ntype filter hook {hook} priority 0\n{rules}\n}}\n"
            for hook, rules in (("input", incoming), ("output", outgoing)))
        with self:
            subprocess.run(["nft", "-f", "-"], check=True, text=True,
                           input="flush ruleset\ntable inet test {\n" +
                           chains + "}\n")

    def cut(self):
        """Nothing comes in or out any more."""
        self.nft("drop", "drop")

    def target(self, host):
        """A listening socket and its port."""
        with self:
            sock = socket.create_server((host, 0), backlog=64)
        sock.settimeout(10)
        return sock, sock.getsockname()[1]

    def session(self, proxy, host, listener):
        """(client, target's end) of a session that is through."""
        with self:
            sock = socks.connect(proxy[1], proxy[0])
        rep = socks.handshake(sock, host, listener[1])[0]
        check(rep == 0, "rep", rep)
        conn = listener[0].accept()[0]
        for one in (sock, conn):
            one.settimeout(10)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock, conn


class Here(Net):
    """The network of the daemon."""

    def __init__(self):
        self.net = HERE


def echo(pair):
    """A byte each way."""
    for a, b in (pair, pair[::-1]):
        a.sendall(b"?")
        check(b.recv(1) == b"?", "a session is dead")


def stuff(sock):
    """Sends until nothing more is taken."""
    sock.setblocking(False)
    try:
        while True:
            sock.send(bytes(65536))
    except BlockingIOError:
        pass


def try_send(sock):
    try:
        sock.send(b".")
    except OSError:
        pass


def vanished(seconds, *ports):
    """Clients and targets that are cut off: their sessions end in time,
    whatever was on its way, and nobody else's do.  The seconds are those of
    the config; each port is one of a listener."""
    seconds, ports = int(seconds), [int(port) for port in ports]
    a, b, c, here = Net("a"), Net("b"), Net("c"), Here()
    log, near, far = watch.Log(), here.target("127.0.0.1"), b.target("10.9.2.2")
    first = ports[0]
    lost, trickles, ends = [], [], []
    for port in ports:
        for kind in ("quiet", "trickle", "flood", "half-closed"):
            pair = a.session(("10.9.1.1", port), "127.0.0.1", near)
            # After a FIN the kernel no longer tells how it failed.
            lost.append((kind, "client-reset" if kind == "half-closed" else
                         "client-lost", pair, pair[1]))
    for kind in ("quiet", "trickle", "flood"):
        pair = here.session(("127.0.0.1", first), "10.9.2.2", far)
        lost.append((kind, "target-lost", pair, pair[0]))
    alive = [c.session(("10.9.3.1", port), "127.0.0.1", near)
             for port in ports]
    # One that is there and reads nothing is as good as gone.
    deaf = c.session(("10.9.3.1", first), "127.0.0.1", near)
    for pair in alive + [pair for _, _, pair, _ in lost]:
        echo(pair)
    stuff(deaf[1])
    for kind, _, pair, teller in lost:
        if kind == "flood":
            stuff(teller)
        elif kind == "trickle":
            trickles.append(teller)
        elif kind == "half-closed":
            pair[0].shutdown(socket.SHUT_WR)
            check(pair[1].recv(1) == b"", "FIN")
    a.cut()
    b.cut()
    start = time.monotonic()
    waiting = {pair[0].getsockname()[1]: (kind, cause)
               for kind, cause, pair, _ in lost}
    waiting[deaf[0].getsockname()[1]] = ("deaf", "client-lost")
    while waiting and time.monotonic() - start < seconds + 10:
        for sock in trickles:
            try_send(sock)
        time.sleep(0.1)
        took = time.monotonic() - start
        for line in log.read():
            kind, cause = waiting.pop(line["client_port"], (None, None))
            if kind is None:
                continue
            check(line["cause"] == cause, kind, cause, line)
            ends.append((round(took, 1), kind, cause))
    check(not waiting, "not noticed:", waiting, "the others:", ends)
    check(all(0.6 * seconds < took < seconds + 5 for took, _, _ in ends),
          ends)
    for kind, _, _, teller in lost:
        check(watch.until(lambda: broken(teller)), "no reset", kind)
    for pair in alive:
        echo(pair)


def vanished_udp(port):
    """Clients of associations that are cut off, while a target goes on: the
    answers keep them no longer than keepalive allows."""
    port = int(port)
    a, b, log = Net("a"), Net("b"), watch.Log()
    with assoc.bound("127.0.0.1") as target:
        with a:
            lost = assoc.Association(port, "10.9.1.1")
        with b:
            kept = assoc.Association(port, "10.9.2.1")
        sources = [one.echo(target, "127.0.0.1", b"open")[1]
                   for one in (lost, kept)]
        a.cut()
        client = lost.control.getsockname()[1]
        end = time.monotonic() + 20
        while not any(s["client_port"] == client for s in log.read()):
            check(time.monotonic() < end, "it is kept by answers")
            for source in sources:
                target.sendto(b"on and on", source)
            time.sleep(0.05)
        check(log.of(client)["cause"] == "client-lost", log.of(client))
        check(not kept.ended(), "the other one has ended")
        check(kept.recv()[2] == b"on and on")
        kept.close()


def patient(port):
    """That nobody may be out of reach for two seconds (as configured) is said
    of sessions; a target has the time for connecting."""
    b = Net("b")
    listener, tport = b.target("10.9.2.2")
    b.nft(f"tcp dport {tport} drop")
    sock = socks.connect(int(port))
    sock.sendall(socks.GREETING + socks.request("10.9.2.2", tport))
    check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
    check(not select.select([sock], [], [], 2.2)[0], "an answer too early")
    b.nft("")
    check(socks.read_reply(sock)[0] == 0, "rep")
    echo((sock, listener.accept()[0]))


def late(port):
    """A target that can be reached only after a while; and a network that has
    bad moments in the midst of a session."""
    b, here = Net("b"), Here()
    log, (listener, tport) = watch.Log(), b.target("10.9.2.2")
    b.nft(f"tcp dport {tport} drop")
    sock = socks.connect(int(port))
    cport = sock.getsockname()[1]
    sock.sendall(socks.GREETING + socks.request("10.9.2.2", tport) + b"early")
    check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
    check(not select.select([sock], [], [], 0.5)[0], "an answer too early")
    b.nft("")
    check(socks.read_reply(sock)[0] == 0, "rep")
    conn = listener.accept()[0]
    conn.settimeout(10)
    check(socks.read_exactly(conn, 5) == b"early", "early")
    sent = 5
    for verdict in ("drop", "reject with icmp type host-unreachable",
                    "reject with icmp type net-unreachable",
                    "reject with icmp type port-unreachable",
                    "reject with icmp type admin-prohibited"):
        b.nft(f"tcp dport {tport} {verdict}")
        sock.sendall(verdict.encode())
        check(not select.select([conn], [], [], 0.3)[0], verdict)
        check(not select.select([sock], [], [], 0)[0], "an end", verdict)
        b.nft("")
        check(socks.read_exactly(conn, len(verdict)) == verdict.encode(),
              verdict)
        conn.sendall(b"yes")
        check(socks.read_exactly(sock, 3) == b"yes", verdict)
        sent += len(verdict)
    # But a reset is one, whoever sends it.
    b.nft(f"tcp dport {tport} reject with tcp reset")
    try_send(sock)
    check(watch.until(lambda: broken(sock)), "no reset")
    line = log.of(cport)
    check(line["cause"] == "target-reset" and line["down"] == 15 and
          sent <= line["up"] <= sent + 1, line)


def storm(proxy):
    """Connects without an end: to say nothing, to leave, to be reset, to
    talk nonsense."""
    silent = []
    while True:
        for kind in range(4):
            try:
                sock = socks.connect(proxy[1], proxy[0])
                if kind == 0:
                    silent.append(sock)
                    continue
                if kind == 1:
                    sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if kind == 2:
                    socks.reset(sock)
                sock.close()
            except OSError:
                pass
        if len(silent) > 100:
            silent.pop(0).close()


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source, target):
    """A segment that asks for a connection; addresses are numbers."""
    draw = random.randrange
    body = [draw(1024, 65536), target[1], draw(1 << 32), 0, 5 << 12 | 2, 65535,
            0, 0]
    pseudo = struct.pack(">IIBBH", source, target[0], 0, 6, 20)
    body[6] = checksum(pseudo + struct.pack(">HHIIHHHH", *body))
    return struct.pack(">BBHHHBBHII", 0x45, 0, 40, 0, 0, 64, 6, 0, source,
                       target[0]) + struct.pack(">HHIIHHHH", *body)


def syn_flood(proxy):
    """Half a connection each, from everywhere in 198.18/15."""
    host = struct.unpack(">I", socket.inet_aton(proxy[0]))[0]
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    while True:
        source = 198 << 24 | 18 << 16 | random.randrange(1 << 17)
        raw.sendto(syn(source, (host, proxy[1])), (proxy[0], 0))


class Attack:
    """While this lasts, processes in that network do it."""

    def __init__(self, net, what, *args):
        self.net, self.what, self.args, self.pids = net, what, args, []

    def __enter__(self):
        for _ in range(2):
            pid = os.fork()
            if pid != 0:
                self.pids.append(pid)
                continue
            try:
                enter(self.net.net)
                self.what(*self.args)
            finally:
                os._exit(1)

    def __exit__(self, *_):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def served(net, proxy, listener, count):
    """So many clients come and go, all are served; the median of the times
    that their handshakes took."""
    times = []
    for _ in range(count):
        start = time.monotonic()
        pair = net.session(proxy, "127.0.0.1", listener)
        times.append(time.monotonic() - start)
        echo(pair)
        for one in pair:
            one.close()
    return statistics.median(times)


def flood(port, limit):
    """One source does all that it can; another one is served each time, and
    hardly slower, and the list shows who is there.  The limit is that of
    half-open sessions of a source, as in the config."""
    a, b, here = Net("a"), Net("b"), Here()
    near, log = here.target("127.0.0.1"), watch.Log()
    bad, good = ("10.9.1.1", int(port)), ("10.9.2.1", int(port))
    count, most = 500 if watch.LONG else 60, int(limit)
    stays = [b.session(good, "127.0.0.1", near) for _ in range(5)]
    quiet = served(b, good, near, 30)
    start = time.monotonic()
    with Attack(a, storm, bad):
        check(watch.until(lambda: watch.counters()["limit-per-source"] > 100),
              "the limit is not reached")
        busy = []
        for i in range(5):
            busy.append(served(b, good, near, count // 5))
            for pair in stays:
                echo(pair)
            rows = watch.listed()
            for pair in stays:
                row = rows[pair[0].getsockname()[1]]
                check((row["client"], row["state"], row["up"], row["down"]) ==
                      ("10.9.2.2", "open", i + 1, i + 1), row)
            half = [row for row in rows.values() if row["client"] == "10.9.1.2"
                    and row["state"] == "handshake"]
            check(0 < len(half) <= most, len(half), "are half-open")
    took = time.monotonic() - start
    beside = statistics.median(busy)
    check(beside < 50 * quiet + 0.02, "others wait:", beside, quiet)
    # All of it is over at once, and accounted for.
    check(watch.until(lambda: len(watch.listed()) == len(stays)), "slots")
    served(a, bad, near, most * 2)
    count += 30 + most * 2
    seen = watch.counters()
    check(seen["sessions-opened"] == count + len(stays) and
          seen["sessions-closed"] == seen["sessions-accepted"] - len(stays),
          seen)
    check(watch.until(lambda: len(log.read()) + sum(
        line.get("sessions", 0) for line in log.others) ==
          seen["sessions-closed"] - seen["limit-per-source"]), "lines",
          len(log.sessions), seen)
    check(len(log.sessions) - count < 30 * (took + 5), "a storm of lines:",
          len(log.sessions), took)
    # Half a connection is none, and keeps nobody out.
    with Attack(a, syn_flood, bad):
        check(watch.until(lambda: embryos(int(port)) > 100), "no flood")
        beside = served(b, good, near, 100)
    check(beside < 50 * quiet + 0.02, "others wait:", beside, quiet)
    check(watch.counters()["sessions-accepted"] ==
          seen["sessions-accepted"] + 100, "who came?")


def embryos(port):
    """How many connections to that port are not yet there."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return sum(row.split()[3] == "03" and
                   row.split()[1].endswith(f":{port:04X}") for row in table)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
