#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_life_test.sh: udp_life.py CASE PORT...

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

import contextlib
import select
import subprocess
import sys
import time

import assoc
import socks
import watch
from watch import check, until


def destinations(port):
    """Four at a time; who has had no datagram for longest is cut off."""
    with contextlib.ExitStack() as stack:
        a = stack.enter_context(assoc.Association(port))
        targets = [stack.enter_context(assoc.bound()) for _ in range(8)]
        source = None
        used = []			# the longest unused one first
        for i in (0, 1, 2, 3, 0, 4, 2, 2, 5, 0, 1, 6, 7, 4, 4, 0, 3):
            (_, at, back), source = a.echo(targets[i], "127.0.0.1", b"%d" % i)
            check(at == targets[i].getsockname()[1] and back == b"%d" % i)
            used = [x for x in used if x != i] + [i]
            used = used[-4:]
            # Each that has a flow gets through, which is a use, nobody else.
            for k, target in enumerate(targets):
                if k not in used:
                    target.sendto(b"cut off", source)
            for k in list(used):
                targets[k].sendto(b"from %d" % k, source)
                check(a.recv()[2] == b"from %d" % k, k, used)
            check(not a.has(), used)
        check(watch.counters()["udp-flows-evicted"] == 8,
              watch.counters()["udp-flows-evicted"])
        # More at once than there are places: some are dropped, and counted;
        # then it goes on.
        for _ in range(2):
            for target in targets:
                a.send(*target.getsockname(), b"burst")
        with assoc.bound() as last:
            def gets_there():
                a.send(*last.getsockname(), b"last")
                return select.select([last], [], [], 0.2)[0]
            check(until(gets_there), "no place is ever free")
            last.sendto(b"back", last.recvfrom(10)[1])
            check(a.recv()[2] == b"back")


def idle(port):
    """In 2 seconds: flows one by one, then the association; a datagram either
    way keeps them."""
    log = watch.Log()
    with assoc.Association(port) as a, assoc.Association(port) as mute, \
            assoc.bound() as up, assoc.bound() as down, \
            assoc.bound() as quiet:
        began = time.monotonic()
        for target in up, down, quiet:
            _, source = a.echo(target, "127.0.0.1", b"open")
        asked = a.control.getsockname()[1]
        while time.monotonic() - began < 5:
            a.send(*up.getsockname(), b"up")
            check(up.recv(10) == b"up")
            down.sendto(b"down", source)
            check(a.recv()[2] == b"down")
            until(lambda: False, 0.05)
        quiet.sendto(b"too late", source)
        check(not a.has(0.05), "an idle flow is kept")
        check(mute.ended(), "an association without datagrams is kept")
        check(not a.ended(), "it has ended while datagrams came")
        last = time.monotonic()
        check(until(a.ended, 20), "it does not end")
        check(time.monotonic() - last > 1, "it ends too soon")
        for client in asked, mute.control.getsockname()[1]:
            entry = log.of(client)
            check(entry["cause"] == "idle-timeout", entry)
        check(watch.counters()["idle-timeouts"] == 2)


def sooner(port):
    """A reload with a shorter time ends what has been idle for it."""
    with assoc.Association(port) as a, assoc.bound() as target:
        a.echo(target, "127.0.0.1", b"open")
        with open("socks5d.conf", encoding="ascii") as f:
            text = f.read()
        with open("socks5d.conf", "w", encoding="ascii") as f:
            f.write(text.replace("udp 10m", "udp 200ms"))
        subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "reload"], check=True,
                       capture_output=True)
        check(until(a.ended, 20), "it does not end")


def logins(required, optional, none):
    """Each listener, and rules for users, for each destination."""
    alice, bob = (b"alice", b"wonderland"), (b"bob", b"builder")
    with assoc.bound() as four, assoc.bound("::1") as six:
        for port in required, optional:
            with assoc.Association(port, user=alice) as a, \
                    assoc.Association(port, user=bob) as b:
                for target, host in (four, "127.0.0.1"), (six, "::1"):
                    check(a.echo(target, host, b"alice")[0][2] == b"alice")
                check(b.echo(six, "::1", b"bob")[0][2] == b"bob")
                before = assoc.dropped("rule")
                b.send(*four.getsockname(), b"bob")
                assoc.await_dropped("rule", before + 1)
                # A port that belongs to somebody who has logged in is his.
                with assoc.bound("127.0.0.2") as thief:
                    thief.sendto(assoc.header(*six.getsockname()[:2]), b.relay)
                check(b.echo(six, "::1", b"bob")[0][2] == b"bob")
        for port, user in ((required, (b"carol", b"")), (optional, None),
                           (none, None)):
            with socks.connect(port) as sock:
                rep = socks.handshake(sock, "0.0.0.0", 0, 3, user)[0]
                check(rep == 2, port, rep)
        for port, user in (required, (b"alice", b"wrong")), (required, None):
            with socks.connect(port) as sock:
                try:
                    socks.handshake(sock, "0.0.0.0", 0, 3, user)
                    check(False, "let in")
                except (PermissionError, ValueError):
                    pass


if __name__ == "__main__":
    globals()[sys.argv[1]](*map(int, sys.argv[2:]))
