#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_names_test.sh: udp_names.py CASE PORT [ARGUMENT...]

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

import os
import signal
import subprocess
import sys
import time

import assoc
import watch
from assoc import await_dropped
from watch import check, until


def ctl(*words):
    """socks5ctl, which must succeed."""
    subprocess.run([watch.SOCKS5CTL, "-s", "ctl", *words], check=True,
                   capture_output=True)


def reload(*rules):
    """With these rules behind the head of the first configuration."""
    with open("head.conf", encoding="ascii") as f:
        head = f.read()
    with open("socks5d.conf", "w", encoding="ascii") as f:
        f.write(head + "".join(rule + "\n" for rule in rules))
    ctl("reload")


def both():
    """Targets on both loopback addresses with one port, and on the others
    that nobody is to come to."""
    while True:
        made = []
        try:
            made.append(assoc.bound())
            port = made[0].getsockname()[1]
            for host in "::1", "127.0.0.2", "127.0.0.3":
                made.append(assoc.bound(host, port))
            return made
        except OSError:
            for sock in made:
                sock.close()


def nobody_came(*socks):
    """True if nothing came there."""
    for sock in socks:
        sock.settimeout(0)
        try:
            sock.recv(1)
            return False
        except BlockingIOError:
            pass
    return True


def judged(port):
    """Each address is, whatever the name; the real one is told."""
    four, six, *others = both()
    with assoc.Association(port) as a:
        for name, target in ((b"one.test", four), (b"ONE.Test.", four),
                             (b"mixed.test", four), (b"alias.test", four),
                             (b"only6.test", six), (b"mapped.test", four),
                             (b"six.test", six), (b"127.0.0.1", four),
                             (b"::1", six), (b"localhost", four)):
            for payload in name, b"", name:
                (host, at, back), _ = a.echo(target, name, payload)
                check((host, at) == target.getsockname()[:2], name, host, at)
                check(back == payload, name, back)
        where = four.getsockname()[1]
        drops = {"rule": 0, "name": 0}
        for name, kind in ((b"none.test", "rule"), (b"hidden.test", "rule"),
                           (b"blocked.test", "rule"), ("127.0.0.2", "rule"),
                           ("::ffff:127.0.0.2", "rule"),
                           (b"127.0.0.2", "rule"), (b"empty.test", "name"),
                           (b"missing.test", "name"), (b"bad.test", "name"),
                           (b"127.1", "name"), (b"0x7f000001", "name"),
                           (b"2130706433", "name"), (b"bad name", "name"),
                           (b"\0", "name"), (b".", "name"),
                           (b"\xff" * 255, "name")):
            a.send(name, where, b"to nobody")
            drops[kind] += 1
            await_dropped(kind, drops[kind])
        check(nobody_came(four, six, *others), "to somebody")
        check(not a.has() and not a.ended(), "an answer")


def internal(port):
    """Names and forms of addresses that lead inside are refused."""
    four, six, *others = both()
    with assoc.Association(port) as a:
        where = four.getsockname()[1]
        drops = 0
        for host in (b"loop.test", b"meta.test", b"zero.test", b"mapped.test",
                     b"nat.test", b"alias.test", b"localhost", b"127.0.0.1",
                     b"a.localhost", b"broad.test", "127.0.0.1", "::1",
                     "::ffff:127.0.0.1", "0.0.0.0", "::",
                     "64:ff9b::7f00:1", "::127.0.0.1", "2002:7f00:1::1",
                     "169.254.169.254", "255.255.255.255", "224.0.0.1",
                     "ff02::1", "fe80::1", "10.0.0.1"):
            a.send(host, where, b"inside")
            drops += 1
            check(until(lambda: assoc.dropped("internal") == drops), host,
                  watch.counters())
        check(nobody_came(four, six, *others), "somebody is reached")
        check(not a.has() and not a.ended(), "an answer")


def rebind(port):
    """As long as it is in use a name keeps its address; who asks for it later
    has the verdict on the other one."""
    four, _, *others = both()
    where = four.getsockname()[1]
    with assoc.Association(port) as a, assoc.Association(port) as b:
        a.echo(four, b"turn.test", b"first")
        b.send(b"turn.test", where, b"second")
        await_dropped("rule", 1)
        check(a.echo(four, b"turn.test", b"third")[0][2] == b"third")
        check(nobody_came(*others), "the other address is reached")


def slow(port):
    """Names that nobody answers for fill no place that others need."""
    with assoc.Association(port) as a, assoc.Association(port) as b, \
            assoc.bound() as target, assoc.bound() as other:
        where = target.getsockname()[1]
        a.echo(target, "127.0.0.1", b"open")
        began = time.monotonic()
        # 8 may wait: of 12 for a name, 4 are dropped at once.
        for i in range(12):
            a.send(b"late.test", where, b"late %d" % i)
        await_dropped("waiting", 4)
        # Those who come now are not the ones who wait for it: one of a new
        # destination takes a place that late.test has more of.
        for one in a, b:
            for at in target, other:
                (_, _, back), _ = one.echo(at, "127.0.0.1", b"quick")
                check(back == b"quick", back)
            (_, _, back), _ = one.echo(other, b"one.test", b"named")
            check(back == b"named", back)
        for i in range(6):
            a.send(b"%d.late.test" % i, other.getsockname()[1], b"%d" % i)
        for i in range(3):
            a.echo(target, "127.0.0.1", b"quick")
        check(time.monotonic() - began < 2.9, "they were held up")
        got = [target.recv(100)]
        while until(lambda: readable(target), 0.5):
            got.append(target.recv(100))
        # In their order, and nothing twice.
        check(got == sorted(set(got), key=lambda x: int(x.split()[1])) and
              1 <= len(got) <= 8, got)
        more = {other.recv(100) for _ in range(6)}
        check(more == {b"%d" % i for i in range(6)}, more)
        # Nobody answers: they are dropped when that is known.
        before = assoc.dropped("name")
        for i in range(5):
            a.send(b"never.test", where, b"never")
        await_dropped("name", before + 5)
        check(a.echo(target, "127.0.0.1", b"lives")[0][2] == b"lives")
        # Who leaves meanwhile leaves nothing.
        a.send(b"gone.test", where, b"gone")


def late(port):
    """What waits longer than a flow may be idle is dropped; what comes then
    goes on when the name is known, and the flow has its time from then on."""
    with assoc.Association(port) as a, assoc.bound() as target:
        a.send(b"late.test", target.getsockname()[1], b"old")
        await_dropped("waiting", 1)
        a.send(b"late.test", target.getsockname()[1], b"new")
        check(target.recv(100) == b"new", "it was sent after all")
        check(until(a.ended), "it is never idle")


def killed(port, relay):
    """A relay that does not end a session which it is told to end: the router
    gives it no socket any more."""
    def sockets(target):
        """Those that are connected to it, of anybody."""
        there = f"0100007F:{target.getsockname()[1]:04X}"
        with open("/proc/net/udp", encoding="ascii") as file:
            return sum(line.split()[2] == there for line in file)
    with assoc.Association(port) as a, assoc.bound() as one, \
            assoc.bound() as late:
        a.echo(one, b"one.test", b"open")
        check(sockets(one) == 1, sockets(one))
        a.send(b"late.test", late.getsockname()[1], b"late")
        check(until(lambda: watch.counters()["names-running"] != 0))
        number = watch.listed()[a.control.getsockname()[1]]["id"]
        os.kill(relay, signal.SIGSTOP)
        try:
            ctl("kill", str(number))
            check(not until(lambda: sockets(late), 2.5), "it has one")
        finally:
            os.kill(relay, signal.SIGCONT)
        check(until(a.ended), "it is not killed")
        check(not readable(late), "it was sent")


def readable(sock):
    """Whether something is there."""
    sock.settimeout(0.01)
    try:
        sock.recv(1, 2)			# MSG_PEEK
        return True
    except (TimeoutError, BlockingIOError):
        return False
    finally:
        sock.settimeout(assoc.WAIT)


def rules(port):
    """Tables and rules change: a verdict does not last."""
    everything = "pass from localhost to { any, <internal> }"
    with assoc.Association(port) as a, assoc.bound() as one, \
            assoc.bound("127.0.0.2") as two, assoc.bound("::1") as six:
        a.echo(one, "127.0.0.1", b"open")
        a.echo(one, b"one.test", b"open")
        for _ in range(5):
            a.send("127.0.0.2", two.getsockname()[1], b"refused")
        await_dropped("rule", 5)
        # It may come a little late, and then at the next datagram.
        ctl("table", "good", "add", "127.0.0.2")
        began = time.monotonic()

        def passes():
            a.send("127.0.0.2", two.getsockname()[1], b"asked")
            return readable(two)
        check(until(passes, 20), "it stays refused")
        check(1 < time.monotonic() - began, "refusals are not kept")
        while readable(two):
            two.recv(100)
        check(a.echo(two, "127.0.0.2", b"table")[0][2] == b"table")
        # A reload is felt at once.
        a.send("::1", six.getsockname()[1], b"refused")
        before = assoc.dropped("rule")
        until(lambda: assoc.dropped("rule") > before, 1)
        reload(everything)

        def passes6():
            a.send("::1", six.getsockname()[1], b"asked")
            return readable(six)
        check(until(passes6, 2), "refused after the reload")
        while readable(six):
            six.recv(100)
        # What is refused now is closed; the others live.
        source = a.echo(one, "127.0.0.1", b"all")[1]
        for at in two, six:
            a.echo(at, at.getsockname()[0], b"all")
        while a.has():
            a.recv()
        reload(everything, f"block to any port {two.getsockname()[1]}",
               "block to ::1")
        check(until(lambda: watch.counters()["udp-flows-revoked"] == 2),
              watch.counters())
        two.sendto(b"late", source)
        before = assoc.dropped("rule")
        for at in two, six:
            a.send(*at.getsockname()[:2], b"refused")
        await_dropped("rule", before + 2)
        check(not readable(two) and not readable(six), "it still passes")
        (_, _, back), now = a.echo(one, "127.0.0.1", b"lives")
        check(back == b"lives" and now == source, back, now, source)
        check(not a.has() and not a.ended(), "an answer of what is closed")


if __name__ == "__main__":
    globals()[sys.argv[1]](*map(int, sys.argv[2:]))
