#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Associations at random, against a slow and obvious model of them:

	udp_model.py PORT STEPS [SEED]

Steps are bursts to destinations of all kinds, answers, strangers, ends and
reloads.  Each payload is sent once in the life of the program, so whatever
arrives must be one that the model waits for, there, and in its order.  Each
step is over when all that it waits for has come, so no buffer overflows."""

import itertools
import random
import select
import socket
import subprocess
import sys

import assoc
import socks
import watch
from watch import check, until

ALWAYS = "127.0.0.1"		# where every rule set lets everybody
HOSTS = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "::1")
BURST = 12			# fewer than may wait for verdicts


class Destination:
    """As a client names it: what stands in the header, the name in it or
    None, and the target that has it, or None."""

    def __init__(self, host, target, name=None):
        self.host, self.target, self.name = host, target, name


class Client:
    """An association, and what the model knows of it."""

    def __init__(self, port):
        self.assoc = assoc.Association(port)
        self.port = self.assoc.control.getsockname()[1]
        self.open = {}			# target: its source as seen there
        self.flows = set()		# destinations that passed
        self.waiting = False		# some may wait to be refused


class Model:
    """The world, and what it is to do."""

    def __init__(self, port, rng):
        self.port, self.rng = port, rng
        self.numbers = itertools.count()
        self.rules = []
        self.drops = dict.fromkeys(
            ("rule", "name", "fragment", "malformed"), 0)
        self.there = {}			# payload: (target, client, order key)
        self.back = {}			# payload: (client, target)
        self.last = {}			# of each flow: number that came last
        self.clients = []
        self.always = assoc.bound(ALWAYS)
        self.targets = [assoc.bound(h) for h in HOSTS for _ in range(2)]
        self.stranger = assoc.bound("127.0.0.77")
        self.destinations = self.name_all()
        self.load()

    def name_all(self):
        """All ways to name each target, and names of none."""
        found = []
        with open("names", "w", encoding="ascii") as script:
            for i, t in enumerate(self.targets):
                host = t.getsockname()[0]
                kind = "aaaa" if ":" in host else "a"
                found += [Destination(host, t),
                          Destination(host.encode(), t)]
                if kind == "a":
                    found.append(Destination("::ffff:" + host, t))
                for name, more in ((f"t{i}.test", ""),
                                   (f"slow{i}.test", " delay=60 ttl=1")):
                    script.write(f"{name} {kind}={host}{more}\n")
                    found.append(Destination(name.encode(), t, name))
                found.append(Destination(f"T{i}.Test.".encode(), t,
                                         f"t{i}.test"))
                script.write(f"mixed{i}.test a=127.0.0.99")
                script.write(f" aaaa={host}\n" if kind == "aaaa" else
                             f",{host}\n")
                found.append(Destination(f"mixed{i}.test".encode(), t,
                                         f"mixed{i}.test"))
        for host in (b"missing.test", b"127.1", b"not a name", b"0x7f.1"):
            found.append(Destination(host, None))
        return found

    def allowed(self, dest):
        """The last rule that matches decides; without one it is no."""
        host, port = dest.target.getsockname()[:2]
        verdict = False
        for action, what in self.rules:
            if what in (host, port, dest.name):
                verdict = action == "pass"
        return verdict

    def load(self):
        """The rules, as the configuration has them."""
        with open("head.conf", encoding="ascii") as f:
            text = f.read()
        text += f"pass quick from localhost to {ALWAYS}\n"
        for action, what in self.rules:
            where = (f"any port {what}" if isinstance(what, int) else
                     f'domain "{what}"' if what.endswith(".test") else what)
            text += f"{action} to {where}\n"
        with open("socks5d.conf", "w", encoding="ascii") as f:
            f.write(text)
        subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "reload"], check=True,
                       capture_output=True)

    def payload(self):
        """One that was never sent before, of a random length."""
        size = self.rng.choice((0, 0, 1, 10, 100, 100, 1200, 9000))
        return b"%08d" % next(self.numbers) + bytes(size)

    # What comes.

    def arrived(self, sock, data, source):
        """At a target."""
        check(data in self.there, f"unexpected at {sock.getsockname()}:",
              data[:20], source)
        target, client, key = self.there.pop(data)
        check(target is sock, "at another target:", data[:20])
        check(self.last.get(key, -1) < int(data[:8]), "out of order:",
              data[:20], self.last.get(key))
        self.last[key] = int(data[:8])
        if target is not self.always:
            client.open[target] = source
        for other in self.clients:
            check(other is client or source not in other.open.values(),
                  "two associations with one port:", source)

    def returned(self, client):
        """At a client."""
        host, port, data = client.assoc.recv()
        check(data in self.back, f"unexpected from {host} {port}:", data[:20])
        owner, target = self.back.pop(data)
        check(owner is client, "to another client:", data[:20])
        check((host, port) == target.getsockname()[:2], "from elsewhere:",
              host, port, target.getsockname())

    def wait(self):
        """For all that is to come, and for nothing else."""
        socks_of = {c.assoc.sock: c for c in self.clients}
        every = [*self.targets, self.always, *socks_of]
        while True:
            seconds = assoc.WAIT if self.there or self.back else 0
            ready = select.select(every, [], [], seconds)[0]
            if not ready:
                break
            for sock in ready:
                if sock in socks_of:
                    self.returned(socks_of[sock])
                else:
                    self.arrived(sock, *sock.recvfrom(1 << 16))
        check(not self.there and not self.back, "lost:",
              [(d[:8], t.getsockname(), k[1:]) for d, (t, _, k) in
               self.there.items()],
              [(d[:8], t.getsockname()) for d, (_, t) in self.back.items()])

    def wait_drops(self):
        """Until all is dropped that is to be: what waits for the addresses of
        a name is not judged before it has them."""
        for kind, number in self.drops.items():
            assoc.await_dropped(kind, number)
        for client in self.clients:
            client.waiting = False

    def settle(self):
        """Until the relays of all associations know what was said before: by
        a destination that none of them had."""
        for client in self.clients:
            with assoc.bound(ALWAYS) as fresh:
                client.assoc.echo(fresh, ALWAYS, b"settled")

    # What is done.

    def start(self):
        """One more association."""
        self.clients.append(Client(self.port))

    def burst(self):
        """From one client to some destinations, some of them more often."""
        client = self.rng.choice(self.clients)
        if client.waiting:
            self.wait_drops()
        some = self.rng.sample(self.destinations, self.rng.randint(1, 4))
        for _ in range(self.rng.randint(1, BURST)):
            dest, data = self.rng.choice(some), self.payload()
            port = (dest.target or self.always).getsockname()[1]
            if dest.target is None:
                self.drops["name"] += 1
                client.waiting = True
            elif self.allowed(dest):
                self.there[data] = (dest.target, client,
                                    (client, dest.host, port))
                client.flows.add(dest)
            else:
                self.drops["rule"] += 1
                client.waiting = client.waiting or dest.name is not None
            client.assoc.send(dest.host, port, data)

    def answers(self):
        """Of targets that were sent to, to their clients, mixed."""
        pairs = [(c, t) for c in self.clients for t in c.open]
        for _ in range(min(len(pairs) * 4, BURST)):
            client, target = self.rng.choice(pairs)
            data = self.payload()
            self.back[data] = client, target
            target.sendto(data, client.open[target])

    def noise(self):
        """What is nobody's, from all sides."""
        client = self.rng.choice(self.clients)
        good = assoc.header(ALWAYS, self.always.getsockname()[1])
        client.assoc.send_raw(good + b"known")	# so that its port is known
        check(self.always.recv(100) == b"known")
        client.assoc.send_raw(b"\0\0\1" + good[3:] + self.payload())
        self.drops["fragment"] += 1
        client.assoc.send_raw(good[:self.rng.randint(0, len(good) - 1)])
        self.drops["malformed"] += 1
        self.stranger.sendto(good + self.payload(), client.assoc.relay)
        for source in set(client.open.values()):
            if "." in source[0]:
                self.stranger.sendto(self.payload(), source)

    def end(self):
        """Of one association, in one way or another."""
        self.wait_drops()
        client = self.clients.pop(self.rng.randrange(len(self.clients)))
        how = self.rng.choice(("close", "fin", "reset"))
        if how == "reset":
            socks.reset(client.assoc.control)
        elif how == "fin":
            client.assoc.control.shutdown(socket.SHUT_WR)
        client.assoc.close()
        check(until(lambda: client.port not in watch.listed()), "it stays")

    def reload(self):
        """With other rules: what they refuse is closed, the rest lives."""
        self.wait_drops()
        what = self.rng.sample(HOSTS, self.rng.randint(0, len(HOSTS)))
        self.rules = [("pass", host) for host in what]
        for _ in range(self.rng.randint(0, 3)):
            one = self.rng.choice(self.targets)
            i = self.targets.index(one)
            self.rules.append(self.rng.choice((
                ("block", one.getsockname()[0]),
                ("block", one.getsockname()[1]),
                ("block", f"t{i}.test"), ("block", f"mixed{i}.test"),
                ("pass", one.getsockname()[0]))))
        self.load()
        self.settle()
        for client in self.clients:
            client.flows = {d for d in client.flows if self.allowed(d)}
            for target in list(client.open):
                if all(d.target is not target for d in client.flows):
                    # Its answers come no more.
                    target.sendto(self.payload(), client.open.pop(target))

    def step(self):
        """One of these."""
        if not self.clients:
            self.start()
        self.rng.choices(
            (self.burst, self.answers, self.noise, self.start, self.end,
             self.reload), (40, 30, 6, 6 if len(self.clients) < 6 else 0, 3,
                            4))[0]()
        self.wait()

    def count(self):
        """All that was dropped, and why."""
        self.wait_drops()
        for kind in ("limit", "waiting", "size", "buffer", "unreachable",
                     "no-resources"):
            check(assoc.dropped(kind) == 0, kind, assoc.dropped(kind))
        check(not any(c.assoc.has(0.1) for c in self.clients), "more came")
        self.wait()


def main():
    port, steps = int(sys.argv[1]), int(sys.argv[2])
    seed = sys.argv[3] if len(sys.argv) > 3 else str(
        random.SystemRandom().randrange(1 << 32))
    model = Model(port, random.Random(seed))
    step = 0
    try:
        for step in range(steps):
            model.step()
        model.count()
        for client in model.clients:
            client.assoc.close()
    except BaseException:
        print(f"seed {seed}, step {step}, rules {model.rules}",
              file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
