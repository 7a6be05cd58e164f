#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_via_test.sh: udp_via.py CASE PORT [ARGUMENT...]

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

import contextlib
import os
import select
import signal
import sys

import assoc
import watch
from watch import check, until


def echoes(a, host="127.0.0.1", count=1, again=1):
    """So many datagrams there and back, each sent up to so often, as what is
    under way when a way ends is lost; the name and source of the last."""
    with assoc.bound("::1" if host == "::1" else "127.0.0.1") as target:
        for number in range(count):
            payload = b"payload %d" % number
            for left in reversed(range(again)):
                a.send(host, target.getsockname()[1], payload)
                if left and not select.select([target], [], [], 0.25)[0]:
                    continue
                data, source = target.recvfrom(1 << 16)
                check(data == payload or again > 1, data)
                target.sendto(b"back " + data, source)
                if not left or a.has(0.25):
                    break
            name, port, back = a.recv()
            # Of one that was sent again there may be several.
            while back != b"back " + payload and again > 1:
                name, port, back = a.recv()
            check(port == target.getsockname()[1], port)
            check(back == b"back " + payload, back)
        return name, source


def sizes(port):
    """Payloads of all lengths arrive as they were sent, both ways."""
    with assoc.Association(port) as a, assoc.bound() as target:
        where = target.getsockname()
        for size in (0, 1, 64, 1200, 1472, 9000, 65507 - assoc.HEADER4):
            payload = bytes(i * 7 % 251 for i in range(size))
            (host, at, back), _ = a.echo(target, "127.0.0.1", payload)
            check((host, at) == where and back == payload, host, at, size)


def families(port):
    """IPv4, IPv6 and names that are resolved here, in one association."""
    with assoc.Association(port) as a:
        for host, shown in (("127.0.0.1", "127.0.0.1"), ("::1", "::1"),
                            (b"localhost", "127.0.0.1")):
            name, _ = echoes(a, host, 3)
            check(name == shown, name)


def burst(port):
    """Datagrams that come together, of all lengths and some of none, arrive
    in their order."""
    with assoc.Association(port) as a, assoc.bound() as target:
        a.echo(target, "127.0.0.1", b"first")
        sent = [bytes([i]) * (i * 37 % 90) for i in range(24)]
        for payload in sent:
            a.send("127.0.0.1", target.getsockname()[1], payload)
        got = [target.recvfrom(1 << 16) for _ in sent]
        check([data for data, _ in got] == sent, got)
        for data, source in got:
            target.sendto(data, source)
        back = [a.recv()[2] for _ in sent]
        check(back == sent, back)


def remote(port, *names):
    """Names that the proxy resolves: answers have the name, as it was
    written, and two of them are kept apart."""
    with assoc.Association(port) as a, assoc.bound() as target:
        for name in names:
            name = name.encode()
            a.send(name, target.getsockname()[1], name)
        for _ in names:
            data, source = target.recvfrom(1 << 16)
            check(data.decode() in names, data)
            target.sendto(b"from " + data, source)
        for _ in names:
            name, at, back = a.recv()
            check(back == b"from " + name and name.decode() in names and
                  at == target.getsockname()[1], name, at, back)


def echo(port, count="1", again="1"):
    """Datagrams there and back."""
    with assoc.Association(port) as a:
        echoes(a, count=int(count), again=int(again))


def nothing(port, cause, count="1"):
    """What is sent is dropped for that, and arrives nowhere."""
    def dropped():
        return watch.counters()[f"udp-dropped-{cause}"]

    before = dropped()
    with assoc.Association(port) as a, assoc.bound() as target:
        check(a.rep == 0, a.rep)
        for _ in range(int(count)):
            a.send("127.0.0.1", target.getsockname()[1], b"to nobody")
        until(lambda: dropped() - before == int(count))
        check(not select.select([target], [], [], 0)[0], "it arrived")


def unheard(port, count):
    """What is sent gets no answer, and that is all."""
    with assoc.Association(port) as a, assoc.bound() as target:
        for _ in range(int(count)):
            a.send("127.0.0.1", target.getsockname()[1], b"to nobody")
        check(not a.has(1), "an answer")
        check(not select.select([target], [], [], 0)[0], "it arrived")


def many(port, count):
    """So many destinations in turn, all of them twice; each answer is from
    the one that was asked."""
    with assoc.Association(port) as a, contextlib.ExitStack() as stack:
        targets = [stack.enter_context(assoc.bound())
                   for _ in range(int(count))]
        for number, target in enumerate(2 * targets):
            payload = b"%d" % number
            (_, at, back), _ = a.echo(target, "127.0.0.1", payload)
            check(at == target.getsockname()[1] and back == payload,
                  number, at, back)


def redirected(port, shown):
    """A target that the client knows by another address."""
    with assoc.Association(port) as a, assoc.bound() as target:
        a.send(shown, target.getsockname()[1], b"there")
        data, source = target.recvfrom(1 << 16)
        target.sendto(data, source)
        host, at, back = a.recv()
        check((host, at, back) == (shown, target.getsockname()[1], b"there"),
              host, at, back)


def wrong(port, cause, count):
    """The answer that is right arrives, and what the proxy sent before it is
    dropped for that."""
    before = watch.counters()[f"udp-dropped-{cause}"]
    with assoc.Association(port) as a:
        echoes(a, count=int(count))
        check(not a.has(), "more than was sent")
    dropped = watch.counters()[f"udp-dropped-{cause}"] - before
    check(dropped == int(count), dropped)


def restarts(port, pid, role):
    """The way is lost with that process, and found again: by a relay that
    asks anew, or in another association."""
    with assoc.Association(port) as a:
        echoes(a)
        os.kill(int(pid), signal.SIGKILL)
        if role == "upstream":
            echoes(a, again=40)
        else:
            check(a.control.recv(1) == b"", "it goes on")
    with assoc.Association(port) as a:
        echoes(a, again=40)


def steps(port, *files):
    """An echo, and another one when each of these files is there; the file
    that is named "said" is written after each."""
    with assoc.Association(port) as a:
        for number in range(len(files) + 1):
            if number:
                until(lambda: os.path.exists(files[number - 1]))
            echoes(a, again=40)
            with open("said", "a", encoding="ascii") as out:
                out.write("x\n")


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
