#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_test.sh: udp.py CASE PORT

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
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


def hints(port):
    """What a client says of itself beforehand may be anything."""
    with assoc.bound() as target, assoc.bound("::1") as six:
        hints = [("0.0.0.0", 0), ("::", 0), (b"0", 0), (b"0.0.0.0", 0),
                 ("127.0.0.1", 0), ("127.0.0.1", 9), ("::1", 9),
                 target.getsockname(), six.getsockname()[:2],
                 ("192.0.2.1", 4242), ("2001:db8::1", 1), (b"localhost", 0),
                 ("::ffff:127.0.0.1", 5), ("255.255.255.255", 65535),
                 (b"none.invalid", 53), (b"bad name", 1), (b"\0", 7),
                 (b"\xff" * 255, 7), (b".", 0), (b"127.1", 0)]
        for via in "127.0.0.1", "::1":
            for hint in hints:
                with assoc.Association(port, via, hint=hint) as a:
                    check(a.rep == 0, via, hint, a.rep)
                    check(a.relay[0] == via and a.relay[1] != 0, a.relay)
                    (_, _, back), _ = a.echo(target, "127.0.0.1", b"four")
                    check(back == b"four", via, hint)
                    (_, _, back), _ = a.echo(six, "::1", b"six")
                    check(back == b"six", via, hint)


def longest(port):
    """As long as the way allows and no longer: nothing is ever cut."""
    with open("/sys/class/net/lo/mtu", encoding="ascii") as f:
        mtu = int(f.read())
    drops = 0
    for via in "127.0.0.1", "::1":
        for host in "127.0.0.1", "::1":
            with assoc.Association(port, via) as a, \
                    assoc.bound(host) as target:
                head = assoc.HEADER6 if ":" in host else assoc.HEADER4
                _, source = a.echo(target, host, b"open")
                # There it must fit into one packet of the path.
                room = assoc.LONGEST_OF[":" in via] - head
                most = min(assoc.LONGEST_OF[":" in host],
                           mtu - (48 if ":" in host else 28))
                there = min(room, most)
                a.send(host, target.getsockname()[1], b"u" * there)
                check(target.recv(1 << 16) == b"u" * there, via, host, there)
                if there < room:
                    a.send(host, target.getsockname()[1], b"u" * (there + 1))
                    drops += 1
                    assoc.await_dropped("size", drops)
                # Back it must fit behind its header.
                most = assoc.LONGEST_OF[":" in host]
                back = min(room, most)
                for size in 0, back, 0:
                    target.sendto(b"d" * size, source)
                    check(a.recv()[2] == b"d" * size, via, host, size)
                if back < most:
                    target.sendto(b"d" * (back + 1), source)
                    drops += 1
                    assoc.await_dropped("size", drops)
                check(a.echo(target, host, b"lives")[0][2] == b"lives")
                check(not a.has(), via, host)
    check(drops > 0, "nothing was too long")


def refused(port):
    """Refusals by hosts, on either side, hurt nobody else."""
    with assoc.Association(port) as a, assoc.bound() as target:
        with assoc.bound() as gone, assoc.bound("::1") as gone6:
            closed = gone.getsockname(), gone6.getsockname()[:2]
        (_, _, _), source = a.echo(target, "127.0.0.1", b"open")
        for i in range(50):
            for where in closed:
                a.send(*where, b"nobody")
            payload = b"good %d" % i
            (_, _, back), _ = a.echo(target, "127.0.0.1", payload)
            check(back == payload, back)
        # Somebody listens there now.
        with assoc.bound(*closed[0]) as back:
            check(a.echo(back, "127.0.0.1", b"late")[0][2] == b"late")
        # The client's socket is gone for a while.
        own = a.sock.getsockname()
        for i in range(20):
            a.sock.close()
            for _ in range(3):
                target.sendto(b"to nobody", source)
            until_read(source)
            a.sock = assoc.bound(*own)
            payload = b"again %d" % i
            if i % 2:
                target.sendto(payload, source)
                back = a.recv()[2]
            else:
                (_, _, back), _ = a.echo(target, "127.0.0.1", payload)
            # What was read before may be written only now.
            while back == b"to nobody":
                back = a.recv()[2]
            check(back == payload, back, payload)
        check(not a.ended(), "it has ended")


def until_read(local):
    """Until all datagrams that came to that port have been read."""
    def empty():
        with open("/proc/net/udp", encoding="ascii") as f:
            rows = [line.split() for line in f][1:]
        return all(int(row[4].split(":")[1], 16) == 0 for row in rows
                   if int(row[1].split(":")[1], 16) == local[1])
    check(until(empty), "the relay does not read")


def itself(port):
    """Ports of the daemon's own lead nowhere, and nothing goes round."""
    with assoc.Association(port) as a, assoc.Association(port) as b, \
            assoc.bound() as target:
        _, source = a.echo(target, "127.0.0.1", b"open")
        _, other = b.echo(target, "127.0.0.1", b"open")
        inner = assoc.header(*target.getsockname()) + b"inner"
        for _ in range(5):
            for where in (a.relay, b.relay, ("127.0.0.1", port)):
                a.send(*where, inner)
            a.send("127.0.0.1", source[1], b"self")
            a.send("127.0.0.1", other[1], b"for b")
            b.send("127.0.0.1", source[1], b"for a")
        got = [[], []]
        while a.has(0.3) or b.has(0.3):
            for which, one in enumerate((a, b)):
                while one.has():
                    got[which].append(one.recv()[1:])
        # Its own port is where it comes back from, once each time.  From
        # each other they have what was sent when both flows were open.
        check(got[0].count((source[1], b"self")) == 5, got)
        mixed = got[0].count((other[1], b"for a"))
        check(mixed <= 5 and len(got[0]) == 5 + mixed, got)
        check(len(got[1]) <= 5 and
              set(got[1]) <= {(source[1], b"for b")}, got)
        for one in a, b:
            check(one.echo(target, "127.0.0.1", b"end")[0][2] == b"end")
        up = watch.counters()["datagrams-up"]
        check(up <= 2 + 6 * 5 + 2, up)


def queued(port, router):
    """Connecting a socket does not empty it: strangers' datagrams that came
    before are behind those of the client."""
    with assoc.Association(port) as a, assoc.bound() as target, \
            assoc.bound("127.0.0.2") as other, assoc.bound() as near:
        data = assoc.header(*target.getsockname())
        os.kill(router, signal.SIGSTOP)
        try:
            for i in range(4):
                a.send_raw(data + b"%d" % i)
                for sock in other, near:
                    for _ in range(20):
                        sock.sendto(data + b"stranger", a.relay)
        finally:
            os.kill(router, signal.SIGCONT)
        for i in range(4):
            payload, source = target.recvfrom(100)
            check(payload == b"%d" % i, payload)
        assoc.await_dropped("stranger", 160)
        target.sendto(b"back", source)
        check(a.recv()[2] == b"back")
        check(a.echo(target, "127.0.0.1", b"more")[0][2] == b"more")


def captured(port):
    """Nobody has another one's association by sending to it through his own,
    though both seem to be at one host then."""
    with assoc.bound() as target, assoc.bound("::1") as six:
        for via, here in ("127.0.0.1", target), ("::1", six):
            with assoc.Association(port, via) as thief, \
                    assoc.Association(port, via) as a:
                inner = assoc.header(*here.getsockname()[:2]) + b"stolen"
                before = assoc.dropped("stranger")
                for _ in range(3):
                    thief.send(*a.relay, inner)
                check(until(lambda: assoc.dropped("stranger") - before == 3),
                      via, assoc.dropped("stranger") - before)
                (_, _, back), _ = a.echo(here, via, b"mine")
                check(back == b"mine" and not thief.has(), via, back)


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


def flooder(port):
    """Sends to that port until it is killed."""
    with assoc.bound() as sock:
        print("ready", flush=True)
        while True:
            sock.sendto(b"flood", ("127.0.0.1", port))


def flood(port):
    """Who floods the port while flows are made gets nothing through."""
    with assoc.Association(port) as a, assoc.bound() as target:
        _, source = a.echo(target, "127.0.0.1", b"open")
        flooders = [subprocess.Popen([sys.executable, __file__, "flooder",
                                      str(source[1])],
                                     stdout=subprocess.PIPE)
                    for _ in range(2)]
        try:
            for f in flooders:
                check(f.stdout.readline() == b"ready\n", "no flood")
            for i in range(1000 if watch.LONG else 50):
                payload = b"good %d" % i
                with assoc.bound() as other:
                    (_, at, back), seen = a.echo(other, "127.0.0.1", payload)
                    check(seen == source, seen, source)
                    check((at, back) == (other.getsockname()[1], payload),
                          at, back)
            check(not a.has(), "a datagram of the flood")
            check(all(f.poll() is None for f in flooders), "no flood")
        finally:
            for f in flooders:
                f.kill()
                f.communicate()


def many(port):
    """Many associations of one client, of one socket of it, even; each gets
    its own answers though they ask the same targets."""
    with contextlib.ExitStack() as stack:
        targets = [stack.enter_context(assoc.bound()) for _ in range(3)]
        all_of = [stack.enter_context(assoc.Association(port))
                  for _ in range(20)]
        for a in all_of[10:]:
            a.sock.close()
            a.sock = all_of[0].sock		# one for ten and the first
        for turn in range(5):
            asked = []
            for i, a in enumerate(all_of):
                for t in targets:
                    a.send(*t.getsockname(), b"%d %d" % (i, turn))
                    asked.append((t, *t.recvfrom(100)))
            random.shuffle(asked)
            for t, payload, source in asked:
                t.sendto(payload, source)
            got = {}
            for a in {a.sock: a for a in all_of}.values():
                mine = {b.relay: i for i, b in enumerate(all_of)
                        if b.sock is a.sock}
                for _ in range(len(mine) * len(targets)):
                    data, relay = a.sock.recvfrom(1 << 16)
                    host, at, payload = assoc.parse(data)
                    check(payload == b"%d %d" % (mine[relay], turn),
                          mine[relay], payload)
                    got[mine[relay], at] = payload
            check(len(got) == len(asked), len(got))


def ends(port):
    """An association ends with its connection, and its port with it."""
    def killed(sock):
        rows = watch.listed()
        number = rows[sock.getsockname()[1]]["id"]
        subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "kill", str(number)],
                       check=True, capture_output=True)

    def flooded(sock):
        """With what it is not to send."""
        with contextlib.suppress(OSError):
            for _ in range(64):
                sock.sendall(bytes(1 << 16))

    def stray(sock):
        """With a little of it, and FIN."""
        sock.sendall(b"stray bytes" * 1000)
        sock.shutdown(socket.SHUT_WR)

    log = watch.Log()
    for end, cause in ((lambda s: s.shutdown(socket.SHUT_WR), "closed"),
                       (socks.reset, "client-reset"),
                       (lambda s: s.close(), "closed"), (stray, "closed"),
                       (killed, "killed"), (flooded, "bad-protocol")):
        with assoc.Association(port) as a, assoc.bound() as target:
            a.control.sendall(b"something")
            _, source = a.echo(target, "127.0.0.1", b"x")
            check(not a.ended())
            client = a.control.getsockname()[1]
            end(a.control)
            for host, at in (a.relay, source):
                def free(host=host, at=at):
                    try:
                        with assoc.bound(host, at):
                            return True
                    except OSError:
                        return False
                check(until(free), "the port is still taken")
            entry = log.of(client)
            check(entry["cause"] == cause and entry["rep"] == 0, entry)
            check(entry["command"] == "udp", entry)
    check(until(lambda: not watch.listed()), "it is still there")


if __name__ == "__main__":
    globals()[sys.argv[1]](*map(int, sys.argv[2:]))
