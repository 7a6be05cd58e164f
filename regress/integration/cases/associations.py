#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of assoc_test.sh: associations.py CASE [ARGUMENT ...]

Each case is a client of the daemon and the targets as well, in a network of
their own.  It is silent if all is well.
"""

import errno
import contextlib
import os
import select
import signal
import subprocess
import sys
import time

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
                  "from 2000 to 2005" in line["hint"], line)
        check(watch.counters()["udp-ports"] == 2, "not counted")
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
    said("early.started")
    check(until(lambda: os.path.exists("early.go")), "nobody says go")
    check(socks.handshake(known, "0.0.0.0", 0, 3)[0] == 0, "refused")
    unknown.sendall(b"\5\3\0\1" + bytes(6))
    check(unknown.recv(10)[1] == 1, "not refused")
    mine = unknown.getsockname()[1]
    unknown.close()
    known.close()
    check("which address" in watch.Log().of(mine)["hint"], "no hint")


def said(name):
    """For the test that waits for it."""
    with open(name, "w", encoding="ascii") as file:
        file.write("yes\n")


FAR = "10.99.0.1"
FAR_PORTS = range(7000, 7500)


def far(name):
    """Answers who it is, who asked and which port."""
    socks_ = [assoc.bound(FAR, at) for at in FAR_PORTS]
    print("ready", flush=True)
    while True:
        for sock in select.select(socks_, [], [])[0]:
            _, source = sock.recvfrom(1 << 16)
            text = f"{name} {source[0]} {source[1]} {sock.getsockname()[1]}"
            sock.sendto(text.encode(), source)


def asked(a, host, ports_):
    """A datagram to each of these ports at once, and what they say: the set
    of (who, source) of all, by (host, port) of the answer."""
    for at in ports_:
        a.send(host, at, b"who")
    answers = {}
    for _ in ports_:
        whence, at, text = a.recv()
        who, source, source_port, real = text.decode().split()
        answers[whence, at] = (who, source, source_port), int(real)
    return answers


def ways(port):
    """Each class of sockets has its way and its port of an association."""
    with assoc.Association(int(port)) as a, assoc.Association(int(port)) as b:
        used = set()
        for first, who, source in ((7000, "a", "10.9.1.1"),
                                   (7100, "b", "10.9.2.1"),
                                   (7200, "b", "10.9.2.1"),
                                   (7300, "a", "10.9.1.9")):
            many = range(first, first + 30)
            for client in a, b:
                for _ in range(2):
                    answers = asked(client, FAR, many)
                    check(sorted(answers) == [(FAR, at) for at in many], first)
                    check(all(at == real for (_, at), (_, real)
                              in answers.items()), "mixed", first)
                    came = {came for came, _ in answers.values()}
                    check(len(came) == 1, came)
                (whom, whence, by), = came
                check((whom, whence) == (who, source), whom, whence)
                used.add(by)
        check(len(used) >= 2, used)
        # The client sees the address that it asked for.
        answers = asked(a, "10.99.0.2", [5, 6])
        check({at: real for at, (_, real) in answers.items()} ==
              {("10.99.0.2", 5): 7000, ("10.99.0.2", 6): 7000}, answers)
        answers = asked(a, "2001:db8::1", [7001])
        check({at: real for at, (_, real) in answers.items()} ==
              {("2001:db8::1", 7001): 7001}, answers)
        # An interface that is not there.
        a.send(FAR, 7400, b"lost")
        a.send(FAR, 7400, b"lost")
        check(until(lambda: watch.counters()["udp-dropped-unreachable"] == 2),
              "not dropped")
        asked(a, FAR, [7000])


def reclassed(port):
    """It waits as long as the parent is away."""
    with assoc.Association(int(port)) as a:
        a.send(FAR, 7100, b"who")
        check(not a.has(0.2), "answered without a socket")
        said("reclassed.waits")
        _, _, text = a.recv()
        check(text.startswith(b"b "), text)


def times(port):
    """A flow ends by its own time, the association when none is left and its
    time is over."""
    def ended(a, since):
        check(a.control.recv(1) == b"", "data")
        return time.monotonic() - since

    with assoc.bound("127.0.0.1") as one, assoc.bound("127.0.0.2") as two, \
            assoc.bound("127.0.0.3") as three:
        with assoc.Association(int(port)) as a:
            since = time.monotonic()
            works(a, one)
            passed = ended(a, since)
            check(0.9 <= passed < 10, passed)
        # The socket of the short one goes, which those at its port hear.
        with assoc.Association(int(port)) as a:
            source = works(a, two)
            check(until(lambda: free(*source)), "the flow stays")
            check(not a.has(), "an answer")
            works(a, two)
            since = time.monotonic()
            check(0.9 <= ended(a, since) < 10, "its time")
        with assoc.Association(int(port)) as a:
            since = time.monotonic()
            source = works(a, three)
            works(a, one)
            time.sleep(0.5)
            one.sendto(b"late", source)
            check(a.recv()[2] == b"late", "not late")
            passed = ended(a, since)
            check(2.9 <= passed < 20, passed)
            check(watch.Log().of(a.control.getsockname()[1])["cause"] ==
                  "idle-timeout", "cause")


def free(host, port):
    """Nobody has that port."""
    try:
        with assoc.bound(host, port):
            return True
    except OSError:
        return False


def shorter(port):
    """It ends though it was to stay for an hour."""
    with assoc.Association(int(port)) as a, assoc.bound() as target:
        works(a, target)
        said("shorter.works")
        check(a.control.recv(1) == b"", "data")


def inbound(port):
    """Strangers come through by the ports of such rules and by no others; an
    answer to one is judged like any datagram."""
    def heard(a, sock, source):
        """A datagram from that socket to the association, with its source."""
        text = b"%d" % sock.fileno()
        sock.sendto(text, source)
        host, at, back = a.recv()
        check((host, at) == sock.getsockname()[:2] and back == text, back)

    def opened(a, sock, source):
        """That port is open for anybody, which it is soon after the first
        datagram went out."""
        def there():
            sock.sendto(b"ping", source)
            return a.has(0.05)

        check(until(there), "nobody is heard")
        while a.has(0.1):
            a.recv()

    def unheard(a, socks_, source):
        """Nothing comes, for as long as others come."""
        for sock in socks_:
            sock.sendto(b"unasked", source)
        check(not a.has(0.1), "heard")

    a, b = assoc.Association(int(port)), assoc.Association(int(port))
    with a, b, assoc.bound("10.9.2.1") as one, assoc.bound("127.0.0.1") as \
            two, assoc.bound("10.9.2.1", 9999) as three, \
            assoc.bound("::1") as six, assoc.bound("::1") as other:
        many = one, two, three
        # By a rule without: nobody.
        (_, whence, by), = {w for w, _ in asked(a, FAR, [7000]).values()}
        unheard(a, many, (whence, int(by)))
        # By one with: everybody, at the port of that rule alone.
        (_, whence, by), = {w for w, _ in asked(a, FAR, [7100]).values()}
        marked = (whence, int(by))
        opened(a, one, marked)
        for _ in range(3):
            for sock in one, three:
                heard(a, sock, marked)
        # Those who were asked are still told from others.
        for _ in range(3):
            check(len(asked(a, FAR, range(7100, 7130))) == 30, "lost")
            heard(a, one, marked)
        # Answers to them are judged.
        def dropped():
            return watch.counters()["udp-dropped-rule"]

        a.send("10.9.2.1", 9999, b"no")
        check(until(lambda: dropped() == 1), dropped())
        where = one.getsockname()[1]
        a.send("10.9.2.1", where, b"yes")
        check(one.recv(10) == b"yes", "no answer")
        # Of several destinations that are one each has its answers.
        answers = asked(b, "10.99.0.2", [1, 2, 3])
        check(sorted(answers) == [("10.99.0.2", at) for at in (1, 2, 3)],
              answers)
        check(all(real == 7005 for _, real in answers.values()), answers)
        for _, whence, by in (w for w, _ in answers.values()):
            opened(b, one, (whence, int(by)))
            heard(b, one, (whence, int(by)))
        # IPv6; and the other association hears nothing of it.
        _, source = a.echo(six, "::1", b"six")
        opened(a, other, source)
        for _ in range(3):
            heard(a, other, source)
            heard(a, six, source)
        check(not b.has(), "mixed")
        rows = {row["label"]: row for row in watch.show("rules")}
        check(rows["in"]["down"] > rows["in"]["up"], rows["in"])
        said("inbound.works")
        check(until(lambda: os.path.exists("inbound.go")), "nobody says go")
        check(until(lambda: watch.counters()["udp-flows-revoked"] >= 5),
              watch.counters()["udp-flows-revoked"])
        unheard(a, (one, three), marked)
        unheard(a, (other,), source)
        check(len(asked(a, FAR, range(7100, 7130))) == 30, "lost")
        heard(a, six, source)


def room(port):
    """Sockets of flows, and those to which nothing was sent: neither keeps
    others from anything."""
    port = int(port)

    def others(last):
        """A new source has an association, and connections."""
        source = (f"127.0.0.{last}", 0)
        with assoc.Association(port, source=source) as a:
            check(a.rep == 0, "no association", last)
            for target in targets[:3]:
                works(a, target)
        for _ in range(10):
            with socks.connect(port, source=source) as sock:
                check(socks.handshake(sock, "127.0.0.1", server.port)[0] == 0,
                      "no connection", last)
                server.accept()[0].close()

    def now(name):
        return watch.counters()[name]

    server = watch.Target()
    targets, sinks = ([assoc.bound() for _ in range(30)] for _ in range(2))
    with contextlib.ExitStack() as stack:
        # Ten of them with as many destinations as it gets.
        have = [stack.enter_context(assoc.Association(port))
                for _ in range(10)]
        check(all(a.rep == 0 for a in have), "refused early")
        for a in have:
            for sink in sinks:
                a.send(*sink.getsockname(), b"greedy")
        check(until(lambda: now("datagrams-up") + now("udp-dropped-limit") ==
                    len(have) * len(sinks)), "some are missing")
        check(now("udp-sockets") == now("udp-dropped-limit") > 200,
              now("udp-sockets"))
        got = now("datagrams-up")
        check(10 <= got <= 30, got)
        others(2)
        # What it has goes on.
        while select.select([sinks[0]], [], [], 0)[0]:
            sinks[0].recv(10)
        works(have[0], sinks[0])
    check(until(lambda: not watch.listed()), "they do not end")
    with contextlib.ExitStack() as stack:
        reps = [stack.enter_context(assoc.Association(port)).rep
                for _ in range(50)]
        check(set(reps) == {0, 1} and reps.count(0) == got, reps.count(0), got)
        others(3)
    check(until(lambda: not watch.listed()), "they do not end")
    check(now("accept-paused") == 0, "accepting paused")
    with assoc.Association(port) as a:
        for target in targets[:got]:
            works(a, target)


def judged(port):
    """More of them than are judged at once."""
    targets = [assoc.bound("127.0.0.1", 5001 + i) for i in range(10)]
    with contextlib.ExitStack() as stack:
        have = [stack.enter_context(assoc.Association(int(port)))
                for _ in range(60)]
        for a in have:
            for target in targets:
                works(a, target)
        said("judged.works")
        check(until(lambda: os.path.exists("judged.go")), "nobody says go")
        # Some of them end while others are judged.
        gone, have = have[:5], have[5:]
        for a in gone:
            a.control.close()
        counted = "udp-flows-revoked"
        check(until(lambda: watch.counters()[counted] >= 5 * len(have)),
              watch.counters()[counted])
        for a in have:
            works(a, targets[0])
            works(a, targets[4])
            a.send(*targets[5].getsockname(), b"no")
        check(until(lambda: watch.counters()["udp-dropped-rule"] == len(have)),
              watch.counters()["udp-dropped-rule"])


def ctl(*words):
    return subprocess.run([watch.SOCKS5CTL, "-s", "ctl", *words], check=True,
                          capture_output=True, text=True).stdout


def users_with(old, new):
    """That text in the users file is another one; and revokes."""
    with open("users", encoding="latin-1") as file:
        text = file.read()
    check(old in text, old)
    with open("users", "w", encoding="latin-1") as file:
        file.write(text.replace(old, new))
    return ctl("reload", "revoke")


def revoked(port):
    """Who has left a group loses what that had, and no more; who is no user
    any more all of it."""
    port = int(port)
    alice, bob = (b"alice", b"wonderland"), (b"bob", b"builder")
    log = watch.Log()
    one, two = (assoc.bound("127.0.0.1", at) for at in (5001, 5002))
    with assoc.Association(port, user=alice) as a, \
            assoc.Association(port, user=bob) as b, \
            assoc.Association(port, user=bob) as c:
        for client in a, b, c:
            works(client, one)
        works(a, two)
        said_ = users_with("groups=staff+admins", "groups=staff")
        check("judged again: 3, ended: 0" in said_, said_)
        a.send("127.0.0.1", 5002, b"no")
        check(until(lambda: watch.counters()["udp-dropped-rule"] == 1),
              "not refused")
        for client in a, b, c:
            works(client, one)
        said_ = users_with("alice:", "other:")
        check("judged again: 3, ended: 1" in said_, said_)
        check(over(a), "it lives")
        line = log.of(a.control.getsockname()[1])
        check(line["cause"] == "revoked" and "unknown user" in line["hint"],
              line)
        # One by its id, then all of a user.
        mine = b.control.getsockname()[1]
        ctl("kill", str(watch.listed()[mine]["id"]))
        check(over(b), "it lives")
        check(log.of(mine)["cause"] == "killed", log.of(mine))
        works(c, one)
        ctl("user", "disable", "bob", "kill")
        check(over(c), "it lives")


def over(a):
    """It has ended."""
    try:
        return a.control.recv(1) == b""
    except ConnectionResetError:
        return True


def children():
    """The processes of the daemon by (role, number)."""
    rows = (line.split() for line in ctl("show", "status").splitlines())
    return {(row[0], int(row[1])): int(row[2]) for row in rows
            if len(row) > 2 and row[1].isdigit() and row[2].isdigit()}


def murder(role, number=0):
    """It is killed, and another one in its place."""
    was = children()[role, number]
    os.kill(was, signal.SIGKILL)

    def reborn():
        try:
            return children().get((role, number), was) not in (was, 0)
        except subprocess.CalledProcessError:
            return False		# control is not there

    check(until(reborn), "it does not come back", role)


def deaths(port):
    """Of relays, of those who are asked, and of the router, with datagrams
    under way."""
    log = watch.Log()
    with contextlib.ExitStack() as stack:
        def entered(thing):
            return stack.enter_context(thing)

        target, deaf = entered(assoc.bound()), entered(
            assoc.bound("127.0.0.1", 5300))
        have = [entered(assoc.Association(int(port))) for _ in range(4)]
        for a in have:
            works(a, target)
        rows = watch.listed()
        mine = {a: rows[a.control.getsockname()[1]]["relay"] for a in have}
        check(sorted(mine.values()) == [0, 0, 1, 1], mine.values())
        murder("relay", 1)
        for a in [a for a in have if mine[a] == 1]:
            check(over(a), "it lives")
            line = log.of(a.control.getsockname()[1])
            check(line["cause"] == "relay-died", line)
            have.remove(a)
        for a in have:
            works(a, target)
        # The ports of the range are free again.
        more = [entered(assoc.Association(int(port))) for _ in range(4)]
        check(all(a.rep == 0 for a in more), "refused")
        have += more
        for a in have:
            a.send(b"waits.test", 53, b"x")
        check(deaf.recv(512), "nobody asks")
        murder("resolver")
        check(until(lambda: watch.counters()["udp-dropped-name"] ==
                    len(have)), watch.counters()["udp-dropped-name"])
        for role in "auth", "control":
            for a in have:
                works(a, target)
            murder(role)
        for a in have:
            works(a, target)
        murder("router")
        for a in have:
            check(over(a), "it lives")
            line = log.of(a.control.getsockname()[1])
            check(line["cause"] == "router-died" and line["rep"] == 0, line)
            check(line["up"] == line["down"] >= 15, line)
        full = [entered(assoc.Association(int(port))) for _ in range(6)]
        check(all(a.rep == 0 for a in full), [a.rep for a in full])
        for a in full:
            works(a, target)


def narrow(port):
    """Answers that are longer than the way to the client arrive in pieces,
    several at a time as well as one, and others after them."""

    def answers(size):
        """So many at a time that the relay reads them together."""
        relay = children()["relay", 0]
        os.kill(relay, signal.SIGSTOP)
        try:
            for _ in range(20):
                target.sendto(b"a" * size, source)
        finally:
            os.kill(relay, signal.SIGCONT)
        for n in range(20):
            check(len(a.recv()[2]) == size, n, size)

    with assoc.Association(int(port)) as a, assoc.bound() as target:
        source = works(a, target)
        answers(1400)
        subprocess.run(["ip", "link", "set", "lo", "mtu", "1300"], check=True)
        for size in 1400, 1400, 500, 1450, 1250, 3000:
            answers(size)
        works(a, target)
        check(watch.counters()["udp-dropped-size"] == 0, "too long")


def stops(port):
    """It goes on while the daemon drains."""
    with assoc.Association(int(port)) as a, assoc.bound() as target, \
            assoc.bound() as other:
        works(a, target)
        said("stops.works")
        check(until(lambda: os.path.exists("stops.go")), "nobody says go")
        works(a, target)
        works(a, other)
        said("stops.drains")
        check(over(a), "it lives")
        line = watch.Log().of(a.control.getsockname()[1])
        check(line["cause"] == "stopped" and line["up"] == 15, line)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
