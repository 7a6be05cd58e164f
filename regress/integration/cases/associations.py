#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of assoc_test.sh: associations.py CASE [ARGUMENT ...]

Each case is a client of the daemon and the targets as well, in a network of
their own.  It is silent if all is well.
"""

import errno
import os
import socket
import sys

import assoc
import socks
import watch
from watch import check, until


def works(a, target):
    """It carries a datagram there and back."""
    host, port = target.getsockname()[:2]
    (*whence, back), source = a.echo(target, host, b"works")
    check(back == b"works" and whence == [host, port], whence, back)
    return source


def refused(port, host="127.0.0.1"):
    """An association that is not to be had; the line of its session."""
    a = assoc.Association(port, host)
    check(a.rep == 1, a.rep)
    mine = a.control.getsockname()[1]
    a.close()
    return watch.Log().of(mine)


def ports(port):
    """Each has a port of the range to itself, whichever listener it came by;
    one that was given back is the last to be given again."""
    port = int(port)
    full = range(2000, 2006)

    def opened(at=port, host="127.0.0.1"):
        a = assoc.Association(at, host)
        check(a.rep == 0, a.rep)
        check(a.relay[0] == host and a.relay[1] in full, a.relay)
        return a

    with assoc.bound() as target:
        # Each time another one.
        seen = []
        for _ in full:
            with opened() as a:
                seen.append(a.relay[1])
            check(until(lambda: not watch.listed()), "it does not end")
        check(sorted(seen) == list(full), seen)
        have = [opened(port + i % 2) for i, _ in enumerate(full)]
        check(sorted(a.relay[1] for a in have) == list(full), "twice")
        for a in have:
            works(a, target)
        for i in range(2):
            line = refused(port + i)
            check(line["cause"] == "no-resources" and line["rep"] == 1 and
                  "2000:2005" in line["hint"], line)
        check(watch.counters()["limit-udp-ports"] == 2, "not counted")
        # At another address they are others.
        with opened(port, "::1") as a:
            works(a, target)
        gone = have.pop(3)
        gone.close()
        check(until(lambda: len(watch.listed()) == len(have)), "not ended")
        with opened() as a:
            check(a.relay == gone.relay, a.relay)
            works(a, target)
        check(until(lambda: len(watch.listed()) == len(have)), "not ended")
        # What other programs have is passed over.
        with assoc.bound("127.0.0.1", gone.relay[1]):
            refused(port)
        for a in have[:2]:
            a.close()
        check(until(lambda: len(watch.listed()) == len(have) - 2), "not ended")
        with assoc.bound("127.0.0.1", have[0].relay[1]), opened() as a, \
                opened() as b:
            check({a.relay, b.relay} == {gone.relay, have[1].relay}, "foreign")
        for a in have[2:]:
            a.close()


def told(port):
    """The address is the one in the configuration, the port the real one."""
    for host, said in ("127.0.0.1", "192.0.2.7"), ("::1", "2001:db8::7"):
        with assoc.Association(int(port), host) as a, assoc.bound() as target:
            check(a.rep == 0 and a.relay[0] == said, a.relay)
            check(host != "::1" or a.relay[1] in range(2000, 2006), a.relay)
            a.relay = (host, a.relay[1])	# as a translator does
            works(a, target)


HOSTS = ("127.0.0.1", "127.0.0.2", "::1", "192.0.2.1", "192.0.2.2",
         "2001:db8::1", "2001:db8::2")


def wildcard(port):
    """Wherever the client came to, there its datagrams go, and answers come
    from there, on a host that has many addresses."""
    with assoc.bound() as target:
        for host in HOSTS:
            with assoc.Association(int(port), host) as a:
                check(a.rep == 0 and a.relay[0] == host, a.rep, a.relay)
                works(a, target)
                works(a, target)


def early(port):
    """Where a client came to is not known if nobody could use UDP then."""
    known = socks.connect(int(port) + 1)
    unknown = socks.connect(int(port))
    unknown.sendall(b"\5\1\0")
    check(unknown.recv(2) == b"\5\0", "no method")
    with open("early.started", "w", encoding="ascii") as file:
        file.write("yes\n")
    check(until(lambda: os.path.exists("early.go")), "nobody says go")
    check(socks.handshake(known, "0.0.0.0", 0, 3)[0] == 0, "refused")
    unknown.sendall(b"\5\3\0\1" + bytes(6))
    check(unknown.recv(10)[1] == 1, "not refused")
    mine = unknown.getsockname()[1]
    unknown.close()
    known.close()
    check("which address" in watch.Log().of(mine)["hint"], "no hint")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
