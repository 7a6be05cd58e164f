#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_test.sh: udp.py CASE PORT

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

import socket
import sys

import assoc
import socks
import watch
from watch import check, until


def sizes(port):
    """Every payload arrives as it was sent, both ways, the empty one, too."""
    with assoc.Association(port) as a, assoc.bound() as target:
        check(a.rep == 0 and a.relay[0] == "127.0.0.1", a.rep, a.relay)
        where = target.getsockname()
        for size in (0, 1, 2, 64, 508, 1200, 1472, 1473, 4096, 40000,
                     assoc.LONGEST - assoc.HEADER4):
            payload = bytes(i * 7 % 251 for i in range(size))
            (host, at, back), _ = a.echo(target, "127.0.0.1", payload)
            check((host, at) == where, host, at)
            check(back == payload, size)


def families(port):
    """IPv4, IPv6 and names in one association, each from its own address."""
    with assoc.Association(port) as a, assoc.bound() as four, \
            assoc.bound("::1") as six:
        for _ in range(3):
            (host, at, _), _ = a.echo(four, "127.0.0.1", b"four")
            check((host, at) == four.getsockname(), host, at)
            (host, at, _), _ = a.echo(six, "::1", b"six")
            check((host, at) == six.getsockname()[:2], host, at)
            (host, at, _), _ = a.echo(four, b"localhost", b"named")
            check((host, at) == four.getsockname(), host, at)
            (host, at, _), _ = a.echo(four, "::ffff:127.0.0.1", b"mapped")
            check((host, at) == four.getsockname(), host, at)


def one_port(port):
    """All targets see an association at one address and port, and two
    associations at two."""
    with assoc.Association(port) as a, assoc.Association(port) as b, \
            assoc.bound() as one, assoc.bound() as two:
        sources = [x.echo(t, "127.0.0.1", b"x")[1]
                   for x in (a, b) for t in (one, two)]
        check(sources[0] == sources[1] and sources[2] == sources[3] and
              sources[0] != sources[2], sources)


def garbage(port):
    """What is no datagram for anybody is dropped, and the association lives
    on."""
    def dropped(kind):
        return watch.counters()[f"udp-dropped-{kind}"]

    with assoc.Association(port) as a, assoc.bound() as target:
        where = target.getsockname()[1]
        a.echo(target, "127.0.0.1", b"before")
        good = assoc.header("127.0.0.1", where)
        for data in (b"", b"\0", good[:9], b"\0\1" + good[2:],
                     b"\1\0" + good[2:], good[:3] + b"\2" + good[4:],
                     good[:3] + b"\0" + good[4:], good[:-2] + b"\0\0",
                     b"\0\0\0\3\0\0\x50", b"\0\0\0\3\x09localhos"):
            a.send_raw(data)
        for frag in (1, 0x80, 0xff):
            a.send("127.0.0.1", where, b"part", frag)
        (_, _, back), _ = a.echo(target, "127.0.0.1", b"after")
        check(back == b"after", back)
        check(dropped("fragment") == 3, dropped("fragment"))
        check(dropped("malformed") == 10, dropped("malformed"))


def strangers(port):
    """Datagrams of others are dropped, those from the client's host as well
    once its port is known."""
    with assoc.Association(port) as a, assoc.bound() as target, \
            assoc.bound("127.0.0.2") as other, assoc.bound() as near:
        where = target.getsockname()
        data = assoc.header(*where) + b"stranger"
        for _ in range(5):
            other.sendto(data, a.relay)
        check(until(lambda: watch.counters()["udp-dropped-stranger"] == 5),
              watch.counters()["udp-dropped-stranger"])
        (_, _, back), source = a.echo(target, *where[:1], b"mine")
        check(back == b"mine", back)
        for sock in other, near:
            try:
                sock.sendto(data, a.relay)
                sock.sendto(data, a.relay)
            except ConnectionRefusedError:
                pass			# its port is for the client alone
        # Nor does anybody else get through from the other side.
        for sock in other, near:
            sock.sendto(b"unasked", source)
        (_, _, back), _ = a.echo(target, *where[:1], b"again")
        check(back == b"again", back)
        check(not a.has(), "a stranger's datagram")


def ends(port):
    """An association ends with its connection, and its port with it."""
    for end in (lambda s: s.shutdown(socket.SHUT_WR), socks.reset,
                lambda s: s.close()):
        a = assoc.Association(port)
        with assoc.bound() as target:
            _, source = a.echo(target, "127.0.0.1", b"x")
        end(a.control)
        for host, at in (a.relay, source):
            def free(host=host, at=at):
                try:
                    with assoc.bound(host, at):
                        return True
                except OSError:
                    return False
            check(until(free), "the port is still taken")
        a.close()
    check(until(lambda: not watch.listed()), "it is still there")


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
