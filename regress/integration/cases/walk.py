#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A daemon goes by reload from one configuration to another at random, and
after each step it must behave as one that was started with that file:

	walk.py SOCKS5D SOCKS5CTL CONFIGS STEPS [SEED]

Configurations are made of random choices of each setting.  For each a daemon
of its own is started once, and what it answers to all probes is what the one
that walks must answer.  Both read the same files; ports and the path of the
control socket, in which they differ, are macros.  Probes come from addresses
that nobody used before, so that they find nothing that is left of earlier
ones."""

import concurrent.futures
import itertools
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import login
import socks

HERE = os.path.dirname(os.path.abspath(__file__))
DOORS = "abc"
# Time limits are far below or far above what a probe waits.
SHORT, WAIT, LONG = "800ms", 1.6, "1h"
# Many of the same kind, so that none is in two places at once.
USERS, SECRET = 400, b"builder"
PASSWORDS = {"one": b"wonderland", "two": b"looking-glass"}
RULES = [
    "pass from localhost to <internal>",
    "block from 127.7.0.0/16 to <internal>",
    "block drop from 127.8.0.0/16 to 127.0.0.3",
    "block to 127.0.0.1 port {t2}",
    "block quick to <t>",
    "pass quick from localhost to <t> label marked",
    "block to domain <d>",
    "block to domain \"b.test\" label \"by name\"",
    "pass log from localhost to 127.0.0.3",
    "pass from localhost to 127.0.0.1 port {t2} source 127.0.0.99",
    "pass from localhost to 127.0.0.80 rdr-to 127.0.0.1 port {t1}",
    "pass from localhost to 127.0.0.80 rdr-to 127.0.0.1 port {t2}",
    "pass from 127.8.0.0/16 to 127.0.0.1 port {t2} via e",
    "pass from 127.7.0.0/16 to domain \"c.test\" via e resolve remote",
    "pass from localhost to 127.0.0.1 port {t1} timeout idle 800ms",
    "pass from localhost to 127.0.0.1 port {t1} timeout idle 2h",
    "pass from localhost to 127.0.0.1 port {t1} sessions 2 per source",
    "pass from localhost to 127.0.0.1 port {t1} sessions 4 per source",
    "pass from localhost to 127.0.0.1 port {t1} new 3/h per source",
    "pass from localhost to 127.0.0.1 port {t1} rate 1M/s per source",
    "block from localhost to 127.0.0.1 command connect port {t2} label x",
]
NAMED = [
    "block on x to 127.0.0.1 port {t2}",
    "block on y",
    "pass from localhost on y to 127.0.0.3 label y",
]
KNOWN = [
    "pass user alice to <internal>",
    "block user carol",
    "block group staff to 127.0.0.3",
    "pass user any to 127.0.0.1 sessions 3 per user",
    "block user <u> to <internal>",
]


class Target:
    """Says who came, from where and to which address; echoes; does not end
    when the other side does."""

    def __init__(self, name):
        self.name = name
        self.sock = socket.create_server(("0.0.0.0", 0), backlog=256)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            sock, peer = self.sock.accept()
            threading.Thread(target=self.one, args=(sock, peer),
                             daemon=True).start()

    def one(self, sock, peer):
        at = sock.getsockname()[0]
        came = peer[0] if peer[0].startswith("127.0.0.") else "other"
        with sock:
            try:
                sock.sendall(f"{self.name} {came} {at}\n".encode())
                while data := sock.recv(4096):
                    sock.sendall(data)
                p = select.poll()
                p.register(sock, select.POLLHUP)
                p.poll(30000)
            except OSError:
                pass


class Proxy:
    """An upstream without manners to speak of; its address is its own."""

    def __init__(self, source):
        self.source = source
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            sock, _ = self.sock.accept()
            threading.Thread(target=self.one, args=(sock,),
                             daemon=True).start()

    def one(self, sock):
        try:
            n = socks.read_exactly(sock, 2)[1]
            socks.read_exactly(sock, n)
            sock.sendall(b"\5\0")
            head = socks.read_exactly(sock, 4)
            if head[3] == 3:
                socks.read_exactly(sock, socks.read_exactly(sock, 1)[0])
                host = "127.0.0.1"
            else:
                host = socket.inet_ntoa(socks.read_exactly(sock, 4))
            port = int.from_bytes(socks.read_exactly(sock, 2), "big")
            out = socket.create_connection((host, port), 10,
                                           (self.source, 0))
            sock.sendall(b"\5\0\0\1\0\0\0\0\0\0")
            threading.Thread(target=self.pump, args=(out, sock),
                             daemon=True).start()
            self.pump(sock, out)
        except (OSError, IndexError):
            sock.close()

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(4096):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def free_ports(n):
    """Ports that nobody uses."""
    found = subprocess.run([os.path.join(HERE, "../tools/freeport"), str(n)],
                           capture_output=True, text=True, check=True)
    return [int(w) for w in found.stdout.split()]


class World:
    """All that is outside of the daemons."""

    def __init__(self):
        self.targets = [Target("t1"), Target("t2")]
        self.proxies = [Proxy("127.0.0.77"), Proxy("127.0.0.78")]
        self.children = []
        self.ports = {"t1": self.targets[0].port,
                      "t2": self.targets[1].port,
                      "p1": self.proxies[0].port,
                      "p2": self.proxies[1].port}
        for i, at in enumerate(("127.0.0.1", "127.0.0.3")):
            with open(f"walk.dns{i}.script", "w", encoding="ascii") as f:
                for name in "abcd":
                    f.write(f"{name}.test a={at}\n")
                f.write("six.test aaaa=::1\n")
                f.write(f"*.many.test a={at}\nmute.test drop drop6 tcp=die\n")
            self.ports[f"n{i + 1}"] = self.dns(i)

    def dns(self, i):
        """A name server; one of the two says other things."""
        child = subprocess.Popen([
            sys.executable, os.path.join(HERE, "../peers/dnsd.py"),
            f"walk.dns{i}.port", f"walk.dns{i}.log", f"walk.dns{i}.script"])
        note_pid(f"dns{i}", child.pid)
        self.children.append(child)
        while True:
            try:
                with open(f"walk.dns{i}.port", encoding="ascii") as f:
                    if (text := f.read()).endswith("\n"):
                        return int(text.split(".")[0])
            except FileNotFoundError:
                pass
            time.sleep(0.01)

    def queries(self, name):
        """How often both were asked for that, in IPv4."""
        n = 0
        for i in range(2):
            with open(f"walk.dns{i}.log", encoding="ascii") as f:
                n += sum(f" A {name} " in line for line in f)
        return n


def note_pid(name, pid):
    """For the cleanup of the test, should we not get there."""
    with open(f"other.walk-{name}.pid", "w", encoding="ascii") as f:
        f.write(f"{pid}\n")


class Config:
    """One configuration: its text and that of the files which it names."""

    def __init__(self, rnd, ports):
        self.files = {}
        pick = rnd.choice
        lines = ["set timeout drain 0s", f"set relays {pick([1, 2])}"]

        def maybe(line, chance=0.5):
            if rnd.random() < chance:
                lines.append(line)

        lines.append("set auth throttle " + pick([
            "off", "off", "after 2 failures in 10m ban 10m",
            "after 4 failures in 1h ban 1h"]) +
            pick(["", " cache 0s", " cache 10m"]))
        maybe(f"set limit half-open {pick([300, 1024])} "
              f"per-source {pick([2, 4, 64])}")
        lines[-1] += pick(["", f" source-sessions {pick([2, 4])}"]) \
            if "limit" in lines[-1] else ""
        lines[-1] += pick(["", " source-new 3/h burst 5"]) \
            if "limit" in lines[-1] else ""
        lines[-1] += pick(["", " user-sessions 2"]) \
            if "limit" in lines[-1] else ""
        maybe("set nat64 { 2a00:64::/32" + pick(["", ", fd64::/96"]) + " }")
        times = [f"{what} {pick([SHORT, LONG if what != 'handshake' else '5m'])}"
                 for what in ("handshake", "idle", "half-closed")
                 if rnd.random() < 0.5]
        if rnd.random() < 0.5:
            times.append(f"keepalive {pick(['40s', '1h'])}")
        if times:
            lines.append("set timeout " + " ".join(times))
        lines.append("control $ctl" + pick("12") +
                     pick(["", " group nogroup"] if os.getuid() == 0
                          else [""]))
        lines.append("log to stderr format " + pick(["text", "json"]) +
                     pick(["", " sessions", " no sessions"]))
        lines.append("resolver { nameserver { " + pick([
            "127.0.0.1 port {n1}", "127.0.0.1 port {n2}",
            "127.0.0.1 port {n2}, 127.0.0.1 port {n1}",
            "127.0.0.1 port {n1} fe80::9%lo"]) + " } family " +
            pick(["any", "inet", "inet6"]) + " timeout " +
            pick([SHORT, "20s"]) + pick(["", " cache 0", " cache 100"]) + " }")
        names, auths = set(), set()
        for door in DOORS:
            ways = pick([["127.0.0.1"], ["127.0.0.1"], ["0.0.0.0"], [],
                         ["0.0.0.0", "127.0.0.1"]])
            for at in ways or (["127.0.0.1"] if door == "a" else []):
                name, auth = pick(["", "x", "y"]), \
                    pick(["none", "optional", "required"])
                names.add(name)
                auths.add(auth)
                lines.append(f"listen on {at} port ${door}" +
                             (f" name {name}" if name else "") +
                             f" auth {auth}" +
                             (" open" if at == "0.0.0.0" else ""))
        lines.append("users $users")
        self.password = pick(list(PASSWORDS))
        self.users(pick(["staff", "other"]), pick(["", ",disabled"]))
        lines.append("table <t> address { " + pick([
            "127.0.0.3", "127.0.0.4", "127.0.0.1"]) + " }" +
            pick(["", " file $table", " file $table skip-invalid"]))
        self.files["walk.table"] = pick(["127.0.0.1\n", "127.0.0.5\n", "#\n"])
        lines.append("table <d> domain { " + pick(
            ["\"a.test\"", "\".test\"", "\"d.test\""]) + " }")
        lines.append("table <u> user { " + pick(["alice", "carol"]) + " }")
        lines.append("upstream e { member socks5 127.0.0.1 port {" +
                     pick(["p1", "p2"]) + "} balance " +
                     pick(["failover", "roundrobin", "source"]) +
                     " breaker off retry " + pick("03") +
                     " backoff 1ms to 2ms }")
        lines.append("block" + pick(["", " drop", " log"]))
        rules = rnd.sample(RULES, rnd.randint(3, 8))
        rules += rnd.sample([r for r in NAMED if r.split("on ")[1][0] in
                             names], rnd.randint(0, 1)) if "y" in names and \
            "x" in names else []
        if auths - {"none"}:
            rules += rnd.sample(KNOWN, rnd.randint(0, 3))
        rnd.shuffle(rules)
        lines += ["pass from localhost to { any <internal> }"] + rules
        text = "\n".join(lines) + "\n"
        for name, port in ports.items():
            text = text.replace("{%s}" % name, str(port))
        self.files["walk.conf"] = text

    def users(self, group, carol):
        """alice changes her password, many their group; carol may be out."""
        secret = login.encrypted(SECRET).decode()
        lines = ["alice:" +
                 login.encrypted(PASSWORDS[self.password]).decode(),
                 "carol:" + login.encrypted(b"singer").decode() +
                 ":groups=staff" + carol]
        lines += [f"u{i}:{secret}:groups={group}" for i in range(USERS)]
        self.files["walk.users"] = "\n".join(lines) + "\n"

    def write(self, folder):
        for name, text in self.files.items():
            path = os.path.join(folder, name)
            with open(path + ".new", "w", encoding="ascii") as f:
                f.write(text)
            os.chmod(path + ".new", 0o600)
            os.rename(path + ".new", path)


class Daemon:
    """One, with ports and a control socket of its own."""

    def __init__(self, name, socks5d, socks5ctl):
        self.name = name
        self.socks5d = socks5d
        self.socks5ctl = socks5ctl
        self.ports = dict(zip(DOORS, free_ports(len(DOORS))))
        self.generation = 1
        self.process = None
        os.makedirs(name, exist_ok=True)

    def take(self, config):
        """Its files are those of that configuration from now on."""
        config.write(self.name)

    def options(self):
        macros = {door: str(port) for door, port in self.ports.items()}
        for n in "12":
            macros["ctl" + n] = os.path.abspath(f"{self.name}/ctl{n}")
        for name in "users", "table":
            macros[name] = os.path.abspath(f"{self.name}/walk.{name}")
        return [w for k, v in macros.items() for w in ("-D", f"{k}={v}")]

    def check(self):
        """Whether -n takes the configuration that is there."""
        rc = subprocess.run([self.socks5d, "-n", "-f", "walk.conf",
                             *self.options()], capture_output=True,
                            check=False, text=True, cwd=self.name)
        return rc.returncode == 0, rc.stderr

    def start(self):
        with open(f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.socks5d, "-d", "-f", "walk.conf", *self.options()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.name)
        note_pid(self.name, self.process.pid)
        self.wait("ready")

    def log(self):
        with open(f"{self.name}.log", encoding="utf-8") as f:
            return f.read()

    def wait(self, text):
        """Until that is in the log."""
        end = time.monotonic() + 60
        while not re.search(text, self.log(), re.M):
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"{self.name}: no {text!r} in its log:\n"
                                     + self.log()[-3000:])
            time.sleep(0.01)

    def control(self):
        """Where its control socket is, or None."""
        paths = [p for p in (f"{self.name}/ctl1", f"{self.name}/ctl2")
                 if os.path.exists(p)]
        return paths[0] if len(paths) == 1 else None

    def ctl(self, *words):
        done = subprocess.run([self.socks5ctl, "-s",
                               os.path.abspath(self.control() or "none"),
                               *words], capture_output=True, text=True,
                              check=False)
        return f"{done.returncode} {done.stdout}{done.stderr}"

    def reload(self, asked):
        self.generation += 1
        told = f"config generation {self.generation} is in force"
        if asked:
            if told not in (answer := self.ctl("reload")):
                raise AssertionError("reload: " + answer + self.log()[-2000:])
        else:
            self.process.send_signal(signal.SIGHUP)
            self.wait(told)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        status = self.process.wait(60)
        bad = re.search("^.*(killed by|security:|critical:|protocol violation)"
                        ".*$", self.log(), re.M)
        os.unlink(f"other.walk-{self.name}.pid")
        self.process = None
        if status != 0 or bad:
            raise AssertionError(f"{self.name}: status {status}: " +
                                 (bad[0] if bad else self.log()[-2000:]))


class Probes:
    """What a daemon does, as a dict of words."""

    serial = itertools.count(1)
    lock = threading.Lock()

    def __init__(self, daemon, world):
        self.d = daemon
        self.w = world

    def source(self, net):
        """An address that nobody came from before."""
        with self.lock:
            n = next(self.serial)
        return f"127.{net}.{n >> 8 & 255}.{n & 255}"

    def user(self):
        """One whose sessions all have ended."""
        with self.lock:
            return b"u%d" % (next(self.serial) % USERS), SECRET

    def all(self):
        """Those that wait all wait at the same time."""
        found = {}
        self.d.ctl("unban", "all")
        jobs = [self.greetings, self.logins, self.sessions, self.places,
                self.half_open, self.throttle,
                self.idle, self.half_closed, self.handshake, self.keepalive,
                self.lookup_time, self.cache, self.told, self.lists,
                self.control, self.lines]
        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            for job in [pool.submit(self.one, j) for j in jobs]:
                found.update(job.result())
        return found

    def one(self, probe):
        """The answers of a probe, each under its name."""
        for tries in range(3):
            try:
                return {f"{probe.__name__} {k}": v for k, v in probe()}
            except (OSError, EOFError, ValueError, IndexError) as e:
                found = {probe.__name__: f"{type(e).__name__} {e}"}
        return found

    def ways(self):
        return itertools.product(DOORS, ("127.0.0.1", "127.0.0.2"))

    def dial(self, door, host="127.0.0.1", net=7, source=None):
        return socks.connect(self.d.ports[door], host, 10,
                             (source or self.source(net), 0))

    def offer(self, sock, methods):
        sock.sendall(bytes([5, len(methods), *methods]))
        return socks.read_exactly(sock, 2).hex()

    def greetings(self):
        for door, host in self.ways():
            source = self.source(7)
            for methods in ([], [0], [2], [0, 2], [0x80, 1]):
                try:
                    with self.dial(door, host, source=source) as sock:
                        answer = self.offer(sock, methods)
                except ConnectionRefusedError:
                    answer = "nobody"
                yield f"{door} {host} {methods}", answer

    def enter(self, door, source, user):
        """A client that has greeted and logged in, and the answers."""
        sock = self.dial(door, source=source)
        answer = self.offer(sock, [0] if user is None else [2])
        if user is not None and answer == "0502":
            sock.sendall(socks.login(*user))
            answer = socks.read_exactly(sock, 2).hex()
            if answer != "0100":
                answer = "refused"
        return sock, answer

    def logins(self):
        """Each fails once at most, which is no reason for a ban."""
        pairs = [(b"alice", p) for p in PASSWORDS.values()] + [
            self.user(), (b"carol", b"singer")]
        for door in DOORS:
            for i, user in enumerate(pairs):
                try:
                    sock, answer = self.enter(door, self.source(7), user)
                    sock.close()
                except ConnectionRefusedError:
                    answer = "nobody"
                yield f"{door} user {i}", answer
                if answer in ("nobody", "05ff"):
                    break
            else:
                return

    def ask(self, door, source, user, host, port):
        """What becomes of a request; the socket stays open if it is well."""
        try:
            sock, answer = self.enter(door, source, user)
        except ConnectionRefusedError:
            return None, "nobody"
        if answer not in ("0500", "0100"):
            sock.close()
            return None, answer
        sock.sendall(socks.request(host, port))
        try:
            rep = socks.read_reply(sock)[0]
        except (EOFError, ConnectionResetError):
            rep = "dropped"
        if rep != 0:
            sock.close()
            return None, f"rep {rep}"
        said = b""
        while not said.endswith(b"\n") and (more := sock.recv(64)):
            said += more
        return sock, said.decode().strip()

    def sessions(self):
        t1, t2 = self.w.ports["t1"], self.w.ports["t2"]
        asked = [("127.0.0.1", t1), ("127.0.0.1", t2), ("127.0.0.3", t1),
                 ("127.0.0.4", t2), ("127.0.0.80", 80), ("127.0.0.1", 1),
                 ("a.test", t1), ("b.test", t1), ("c.test", t2),
                 ("six.test", t1), ("none.test", t1)]
        for door in DOORS:
            for host, port in asked:
                for known, net in ((0, 7), (0, 8), (1, 7)):
                    user = self.user() if known else None
                    sock, answer = self.ask(door, self.source(net), user,
                                            host, port)
                    if sock is not None:
                        socks.reset(sock)
                    name = {t1: "t1", t2: "t2"}.get(port, port)
                    yield f"{door} {host} {name} {known} {net}", answer
                    if answer == "nobody":
                        break

    def door(self):
        """One where clients without a login are served, or with one."""
        for door in DOORS:
            for user in None, self.user():
                sock, _ = self.ask(door, self.source(7), user, "127.0.0.1",
                                   self.w.ports["t1"])
                if sock is not None:
                    socks.reset(sock)
                    return door, user
        return None, None

    def together(self, door, user, source):
        """How many of six sessions are let through."""
        open_ = []
        for _ in range(6):
            sock, _ = self.ask(door, source or self.source(7), user,
                               "127.0.0.1", self.w.ports["t1"])
            if sock is not None:
                open_.append(sock)
        for sock in open_:
            socks.reset(sock)
        return len(open_)

    def places(self):
        door, user = self.door()
        if door is not None and user is None:
            yield "source", self.together(door, None, self.source(7))
        elif door is not None:
            yield "user", self.together(door, self.user(), None)

    def half_open(self):
        """Of one source; of all it would be in the way of other probes."""
        source = self.source(7)
        open_ = [self.dial("a", source=source) for _ in range(5)]
        served = 0
        for sock in open_:
            try:
                served += self.offer(sock, [0]) != ""
            except ConnectionResetError:
                pass
        for sock in open_:
            sock.close()
        yield "source", served

    def throttle(self):
        """What two wrong logins do to a right one; others have theirs."""
        for door in DOORS:
            source = self.source(7)
            try:
                sock, answer = self.enter(door, source, self.user())
                sock.close()
                if answer != "0100":
                    continue
                for i in range(2):
                    sock, answer = self.enter(door, source,
                                              (b"no%d" % i, b"miner"))
                    sock.close()
                sock, answer = self.enter(door, source, self.user())
                sock.close()
                yield "after two", answer
                return
            except ConnectionRefusedError:
                continue

    def ended(self, sock):
        """Whether the daemon ends it within the time."""
        p = select.poll()
        p.register(sock, select.POLLIN)
        return bool(p.poll(WAIT * 1000))

    def idle(self):
        door, user = self.door()
        if door is not None:
            sock, answer = self.ask(door, self.source(7), user, "127.0.0.1",
                                    self.w.ports["t1"])
            yield answer, sock and self.ended(sock)

    def half_closed(self):
        door, user = self.door()
        if door is not None:
            sock, answer = self.ask(door, self.source(7), user, "127.0.0.1",
                                    self.w.ports["t1"])
            if sock is not None:
                sock.shutdown(socket.SHUT_WR)
            yield answer, sock and self.ended(sock)

    def handshake(self):
        with self.dial("a") as sock:
            yield "a", self.ended(sock)

    def keepalive(self):
        """As the kernel has it of a client's connection."""
        door, user = self.door()
        if door is None:
            return
        sock, answer = self.ask(door, self.source(8), user, "127.0.0.1",
                                self.w.ports["t1"])
        if sock is None:
            return
        ss = subprocess.run(
            ["ss", "-Htno", "sport", "=", f":{self.d.ports[door]}", "and",
             "dport", "=", f":{sock.getsockname()[1]}"],
            capture_output=True, text=True, check=True).stdout
        socks.reset(sock)
        timer = re.search(r"keepalive,(\d+)(\.\d+)?(\w+)", ss)
        yield "client", timer and "min" in timer[3] and int(timer[1]) // 10

    def lookup_time(self):
        """A name that no server answers for."""
        door, user = self.door()
        if door is None:
            return
        sock, answer = self.enter(door, self.source(7), user)
        sock.sendall(socks.request("mute.test", self.w.ports["t1"]))
        yield "over", self.ended(sock)
        sock.close()

    def cache(self):
        """Whether a name that was asked for is asked for again."""
        door, user = self.door()
        if door is None:
            return
        name = self.source(7).replace(".", "-") + ".many.test"
        for _ in range(2):
            sock, answer = self.ask(door, self.source(7), user, name,
                                    self.w.ports["t1"])
            if sock is not None:
                socks.reset(sock)
        yield "asked", (answer, self.w.queries(name))

    def clean(self, text):
        """Without what no two daemons have in common."""
        for door, port in self.d.ports.items():
            text = text.replace(str(port), door)
        return text.replace(self.d.name, "NAME")

    def told(self):
        """What "socks5ctl test" says."""
        t1, t2 = self.w.ports["t1"], self.w.ports["t2"]
        for host, port in (("127.0.0.1", t1), ("127.0.0.1", t2),
                           ("127.0.0.3", t1), ("127.0.0.80", 80),
                           ("2a00:64:7f00:3::", t1), ("fd64::7f00:1", t2),
                           ("a.test", t1), ("c.test", t2)):
            for who in ([], ["user", "alice"], ["user", "u1"], ["on", "x"],
                        ["on", "y", "user", "carol"]):
                words = ["test", "from", self.source(8), *who, "connect",
                         host, str(port)]
                text = self.clean(self.d.ctl(*words))
                text = re.sub(r"127\.8\.\d+\.\d+", "SOURCE", text)
                text = re.sub(r"(sessions) \d+ of", r"\1 N of", text)
                text = re.sub(r"shared by.*", "", text)
                yield " ".join([*who, host, str(port)]), text

    def lists(self):
        """What lists say of the configuration."""
        for line in self.d.ctl("show", "rules").splitlines():
            if "matches:" not in line:
                yield "rule " + line, True
        for what, keys in (("tables", ("name", "kind", "entries")),
                           ("upstreams", ("upstream", "member", "address",
                                          "protocol", "state"))):
            text = self.d.ctl("-j", "show", what)
            rows = json.loads(text.split(" ", 1)[1])
            rows = next(v for v in rows.values() if isinstance(v, list))
            yield what, [{k: r.get(k) for k in keys} for r in rows]
        text = self.d.ctl("-j", "user", "list").split(" ", 1)[1]
        rows = json.loads(text)
        rows = next(v for v in rows.values() if isinstance(v, list))
        yield "users", [[r.get(k) for k in ("name", "groups", "disabled")]
                        for r in rows]

    def control(self):
        for n in "12":
            path = f"{self.d.name}/ctl{n}"
            try:
                st = os.stat(path)
                yield n, (oct(st.st_mode), st.st_gid)
            except FileNotFoundError:
                yield n, None

    def lines(self):
        """What the log has of a session that was let through or refused."""
        for net, host in ((7, "127.0.0.1"), (8, "127.0.0.3")):
            source = self.source(net)
            seen = []
            for door in DOORS:
                sock, answer = self.ask(door, source, None, host,
                                        self.w.ports["t1"])
                if sock is not None:
                    socks.reset(sock)
                seen.append(answer)
            end = time.monotonic() + WAIT / 2
            found = []
            while len(found) < sum(" " in s for s in seen) and \
                    time.monotonic() < end:
                time.sleep(0.05)
                found = [line for line in self.d.log().splitlines() if
                         re.search(r"command(=|\":\")connect", line) and
                         re.search(source + r"[:\"]", line)]
            yield f"{net} {host}", (seen, sorted(
                (line[:1] == "{", "listener=x" in line or
                 '"listener":"x"' in line) for line in found))


def differences(want, have):
    return sorted(k for k in want.keys() | have.keys()
                  if want.get(k) != have.get(k))


def reference(n, config, world, programs):
    """What a daemon that is started with it answers."""
    daemon = Daemon(f"fresh{n}", *programs)
    daemon.take(config)
    try:
        daemon.start()
        return Probes(daemon, world).all()
    finally:
        daemon.stop()


def compare(n, config, world, programs, walker, want):
    """Differences that stay; on a busy machine time limits may come late, so
    each is looked at again, with a daemon of its own beside it."""
    have = Probes(walker, world).all()
    bad = differences(want, have)
    for _ in range(3):
        if not bad:
            break
        want = reference(n, config, world, programs)
        have = Probes(walker, world).all()
        bad = [k for k in bad if want.get(k) != have.get(k)]
    return [(k, want.get(k), have.get(k)) for k in bad]


def configs(rnd, count, world, programs):
    """So many that the daemon takes."""
    made = []
    checker = Daemon("checker", *programs)
    while len(made) < count:
        config = Config(rnd, world.ports)
        checker.take(config)
        good, why = checker.check()
        if good:
            made.append(config)
        elif "never match" not in why and "used twice" not in why:
            raise AssertionError(config.files["walk.conf"] + why)
    return made


def walk(programs, count, steps, seed):
    rnd = random.Random(seed)
    print(f"seed {seed}", flush=True)
    world = World()
    made = configs(rnd, count, world, programs)
    walker = Daemon("walker", *programs)
    wants = {}
    at = None
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for n, want in enumerate(pool.map(
                    lambda n: reference(n, made[n], world, programs),
                    range(count))):
                wants[n] = want
        for step in range(steps):
            n = rnd.choice([i for i in range(count) if i != at])
            walker.take(made[n])
            if step == 0:
                walker.start()
            else:
                walker.reload(rnd.random() < 0.5)
            bad = compare(n, made[n], world, programs, walker, wants[n])
            if bad:
                print(f"step {step}, from config {at} to {n}:\n" +
                      (made[at].files["walk.conf"] if at is not None else "")
                      + "---\n" + made[n].files["walk.conf"])
                for key, want, have in bad:
                    print(f"{key}:\n\tstarted  {want}\n\treloaded {have}")
                return 1
            at = n
        walker.stop()
        print(f"{steps} steps, {len(wants)} configs, "
              f"{len(wants[at])} answers each")
        return 0
    finally:
        for child in world.children:
            child.kill()
        if walker.process is not None:
            walker.process.terminate()
            walker.process.wait()


def main():
    programs = sys.argv[1:3]
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else \
        random.SystemRandom().randrange(1 << 32)
    sys.exit(walk(programs, int(sys.argv[3]), int(sys.argv[4]), seed))


if __name__ == "__main__":
    main()
