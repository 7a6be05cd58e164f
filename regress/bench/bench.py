#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Puts the same loads on socks5d and on its peers, in turns, and compares.

	bench.py [-b binary] [-l loads] [-o file] [-p servers] [-q]
	    [-r rounds] [-s scale]

Run by "make bench".  Peers are the packaged programs with configurations of
our own, in the foreground, on loopback; no service of the system is touched.
What the table means is in README, the figures to reach are FIGURES below.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOAD = os.path.join(HERE, "load")
# No load on a server: what rules alone cost, and tables.
ALONE = ("verdict", "images")
SOCKS5D = os.path.join(HERE, "../../socks5d/socks5d")

# name: what it is, mode and arguments of load, what scales, who runs it
GB = 10 ** 9
LOADS = {
    "rate-1": (["rate", "-c", "1"], 4000, 200,
               ["socks5d", "microsocks", "haproxy"]),
    "rate-64": (["rate", "-c", "64"], 12000, 500,
                ["socks5d", "microsocks", "haproxy", "dante",
                 "socks5d-rules", "socks5d-2", "socks5d-login"]),
    "rate-1000": (["rate", "-c", "1000"], 8000, 1000,
                  ["socks5d", "microsocks", "haproxy"]),
    "pingpong": (["pingpong", "-c", "100"], 100000, 1000,
                 ["socks5d", "microsocks", "haproxy", "dante"]),
    "down-1": (["down", "-c", "1"], 3 * GB, 0,
               ["socks5d", "haproxy", "dante"]),
    "down-16": (["down", "-c", "16"], 3 * GB, 0,
                ["socks5d", "haproxy", "dante"]),
    "up-4": (["up", "-c", "4"], 3 * GB, 0,
             ["socks5d", "haproxy", "dante"]),
    "fair": (["fair", "-c", "200", "-s", "3"], 0, 0,
             ["socks5d", "microsocks", "dante"]),
    "idle": (["idle", "-c", "4000", "-s", "3"], 0, 0,
             ["socks5d", "microsocks", "haproxy"]),
    "start": (["start"], 0, 0, ["socks5d-2", "microsocks", "haproxy",
                                "dante"]),
    "verdict": (["verdict"], 0, 0, ["socks5d"]),
    "images": (["images"], 0, 0, ["socks5d"]),
}

# load, value, of whom, at most (or at least), of whose same value;
# without the last an absolute bound
FIGURES = [
    ("rate-64", "cpu_us", "socks5d", "<=", 0.60, "microsocks"),
    ("rate-64", "cpu_us", "socks5d", "<=", 1.75, "haproxy"),
    ("rate-64", "cpu_us", "socks5d-rules", "<=", 1.15, "socks5d"),
    ("rate-64", "cpu_us", "socks5d-login", "<=", 1.15, "socks5d"),
    ("pingpong", "cpu_us", "socks5d", "<=", 1.0, "haproxy"),
    ("down-1", "cpu_s_per_gb", "socks5d", "<=", 0.60, "haproxy"),
    ("down-1", "cpu_s_per_gb", "socks5d", "<=", 0.40, "dante"),
    ("down-16", "cpu_s_per_gb", "socks5d", "<=", 0.60, "haproxy"),
    ("down-16", "cpu_s_per_gb", "socks5d", "<=", 0.40, "dante"),
    ("up-4", "cpu_s_per_gb", "socks5d", "<=", 0.60, "haproxy"),
    ("up-4", "cpu_s_per_gb", "socks5d", "<=", 0.40, "dante"),
    ("fair", "least_of_mean", "socks5d", ">=", 0.30, None),
    ("fair", "p99_us", "socks5d", "<=", 1.0, "microsocks"),
    ("idle", "pss_per_session", "socks5d", "<=", 1024, None),
    ("idle", "cpu_percent", "socks5d", "<=", 1.0, None),
    ("start", "pss", "socks5d-2", "<=", 12 * 1024 * 1024, None),
    ("verdict", "ns", "socks5d", "<=", 3000, None),
    ("images", "inet_bytes", "socks5d", "<=", 16 * 1024 * 1024, None),
    ("images", "inet6_bytes", "socks5d", "<=", 16 * 1024 * 1024, None),
    ("images", "domain_bytes", "socks5d", "<=", 64 * 1024 * 1024, None),
    ("images", "inet_ms", "socks5d", "<=", 5000, None),
    ("images", "inet6_ms", "socks5d", "<=", 5000, None),
    ("images", "domain_ms", "socks5d", "<=", 5000, None),
    ("rate-1", "per_s", "socks5d", ">=", 1.0, "microsocks"),
    ("rate-64", "per_s", "socks5d", ">=", 1.0, "microsocks"),
    ("rate-1000", "per_s", "socks5d", ">=", 1.0, "microsocks"),
    ("rate-1", "p99_us", "socks5d", "<=", 1.0, "microsocks"),
    ("rate-64", "p99_us", "socks5d", "<=", 1.0, "microsocks"),
    ("rate-1000", "p99_us", "socks5d", "<=", 1.0, "microsocks"),
    ("rate-64", "per_s", "socks5d-2", ">=", 1.0, "socks5d"),
]

# The values that are shown of each load, and how.
SHOWN = {
    "rate": [("cpu_us", "CPU us/session", 1), ("per_s", "sessions/s", 0),
             ("p50_us", "p50 us", 0), ("p99_us", "p99 us", 0)],
    "pingpong": [("cpu_us", "CPU us/trip", 2), ("per_s", "trips/s", 0),
                 ("p99_us", "p99 us", 0)],
    "down": [("cpu_s_per_gb", "CPU s/GB", 3), ("gb_per_s", "GB/s", 2)],
    "up": [("cpu_s_per_gb", "CPU s/GB", 3), ("gb_per_s", "GB/s", 2)],
    "fair": [("least_of_mean", "least / mean", 2), ("gb_per_s", "GB/s", 2),
             ("p99_us", "small p99 us", 0)],
    "idle": [("pss_per_session", "PSS B/session", 0),
             ("cpu_percent", "CPU %", 2)],
    "start": [("pss", "PSS B", 0)],
    "verdict": [(kind + "_ns", "ns, " + kind, 0) for kind in (
        "to", "from", "inet6", "port", "lists", "internal", "matching",
        "user", "group", "table", "domain", "when", "bad", "ads", "both",
        "all")],
    "images": [(kind + value, text + kind, 0)
               for kind in ("inet", "inet6", "domain")
               for value, text in (("_bytes", "B, "), ("_ms", "CPU ms, "),
                                   ("_memory", "B made, "), ("_ns", "ns, "))],
}


class Failed(Exception):
    """One run did not work; the table shows a dash for it."""


def free_port():
    """A port that the kernel chose; nobody had it a moment ago."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A proxy in the foreground: started for one run, ended by its pid."""

    plain = False
    login = None

    def __init__(self, folder, target=0):
        self.folder = folder
        self.port = free_port()
        self.target = target
        # What it says goes to a file, as a log does.
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=folder)
        self.pid = self.process.pid
        self.wait_ready()

    def command(self):
        raise NotImplementedError

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def wait_ready(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)
        self.stop()
        with open(os.path.join(self.folder, "log"), encoding="ascii",
                  errors="replace") as f:
            raise Failed("did not start: " + f.read()[-500:])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class Socks5d(Server):
    """With its session log on, as it is by default."""

    binary = SOCKS5D
    relays = 1
    rules = 0

    def command(self):
        rules = "".join(self.rule(i) for i in range(self.rules))
        conf = self.write("socks5d.conf", f"""
set relays {self.relays}
set limit half-open 16384 per-source 16384 source-sessions 1000000
set timeout drain 0s
log to stderr
listen on 127.0.0.1 port {self.port}{self.users()}
pass from localhost to {{ any, <internal> }}
{rules}""")
        return [self.binary, "-d", "-f", conf,
                "-s", os.path.join(self.folder, "ctl")]

    def users(self):
        """What follows the line of the listener."""
        return ""

    def rule(self, i):
        """Of several kinds, and none matches: all are to be asked."""
        net = "%d.%d" % (i // 250, i % 250)
        return (f"block from localhost to 198.{net}.0/24 port {1 + i}\n",
                f"pass from 10.{net}.0/24 port {{ 80, 443 }}\n",
                f"block from !localhost to !10.{net}.0/24\n",
                "block from localhost to {%s}\n" % ", ".join(
                    f"20.{n}.{net}" for n in range(8)))[i % 4]


class Socks5d2(Socks5d):
    relays = 2


class Socks5dRules(Socks5d):
    rules = 1000


class Socks5dLogin(Socks5d):
    """A login for each session; the first ones are hashed, before it counts."""

    login = "bench:correct horse"
    hashed = ("$y$j9T$4vJHxdX0mzPpYcUFAmKtm."
              "$4yMIdm2r5Es4v1aI5BXecXlbF0wy8ZH36Owx88swc0/")

    def users(self):
        path = self.write("users", f"bench:{self.hashed}\n", 0o600)
        return f' auth required\nusers "{path}"'


class Socks5dBase(Socks5d):
    """Another build, to be compared with; see -b."""


class Microsocks(Server):
    def command(self):
        return ["microsocks", "-i", "127.0.0.1", "-p", str(self.port)]


class Dante(Server):
    def command(self):
        conf = self.write("danted.conf", f"""
logoutput: stderr
internal: 127.0.0.1 port = {self.port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 log: disconnect }}
""")
        return ["danted", "-f", conf, "-p", os.path.join(self.folder, "pid")]


class Haproxy(Server):
    """No SOCKS at all: a bare relay to one target, and no log."""

    plain = True

    def command(self):
        conf = self.write("haproxy.cfg", f"""
global
	nbthread 1
	maxconn 6000
defaults
	mode tcp
	option splice-auto
	timeout connect 10s
	timeout client 10m
	timeout server 10m
listen relay
	bind 127.0.0.1:{self.port}
	server target 127.0.0.1:{self.target}
""")
        return ["haproxy", "-db", "-q", "-f", conf]


SERVERS = {"socks5d": Socks5d, "socks5d-2": Socks5d2,
           "socks5d-rules": Socks5dRules, "socks5d-login": Socks5dLogin,
           "microsocks": Microsocks,
           "dante": Dante, "haproxy": Haproxy}
PROGRAMS = {"microsocks": "microsocks", "dante": "danted",
            "haproxy": "haproxy"}
TARGETS = {"rate": "echo", "pingpong": "echo", "down": "source",
           "up": "sink", "fair": "source", "idle": "echo", "start": "echo"}


class Targets:
    """The target servers of one run; new ones, so with new ports."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [LOAD, "target"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return json.loads(self.process.stdout.readline())

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def run(load, name, scale):
    """One load on one server that nobody has used yet: a dictionary."""
    args, count, warm, _ = LOADS[load]
    if load in ALONE:
        return json.loads(subprocess.check_output([os.path.join(HERE, load)]))
    with tempfile.TemporaryDirectory(prefix="socks5d-bench.") as folder, \
            Targets() as ports:
        os.chmod(folder, 0o755)
        target = ports[TARGETS[args[0]]]
        server = SERVERS[name](folder, target)
        try:
            if args[0] == "start":
                time.sleep(1)
            command = [LOAD, "-p", str(server.port), "-P", str(server.pid),
                       "-t", str(target)]
            if server.plain:
                command += ["-T"]
            if server.login:
                command += ["-u", server.login]
            if count:
                command += ["-n", str(max(100, int(count * scale)))]
            if warm:
                command += ["-w", str(warm)]
            p = subprocess.run(command + args[1:] + args[:1], timeout=120,
                               capture_output=True, text=True, check=False)
            if p.returncode != 0:
                raise Failed(p.stderr.strip())
            result = json.loads(p.stdout)
            if result["failed"] or "stalled" in result:
                raise Failed("%d sessions failed%s" % (
                    result["failed"],
                    ", then nothing" if "stalled" in result else ""))
            return result
        except subprocess.TimeoutExpired as e:
            raise Failed("took too long") from e
        finally:
            server.stop()


def measure(options, rounds):
    """Adds a dictionary from load and server to result for each round."""
    for nr in range(options.rounds):
        results = {}
        rounds.append(results)
        for load in options.loads:
            names = [n for n in LOADS[load][3] if n in options.servers]
            # Nobody is always the first.
            names = names[nr % len(names):] + names[:nr % len(names)]
            for name in names:
                say(options, f"round {nr + 1}: {load} on {name}")
                try:
                    results[load, name] = run(load, name, options.scale)
                except Failed as e:
                    print(f"{load} on {name}: {e}", file=sys.stderr)


def interrupted(*_):
    """As with ^C: servers are stopped, and what there is is shown."""
    raise KeyboardInterrupt


def say(options, text):
    if not options.quiet:
        print(text, file=sys.stderr)


def median(rounds, load, name, value):
    found = [r[load, name][value] for r in rounds
             if value in r.get((load, name), {})]
    return statistics.median(found) if found else None


def ratio(rounds, load, value, name, peer):
    """The median of what each round says: rounds are not alike."""
    found = []
    for r in rounds:
        a = r.get((load, name), {}).get(value)
        b = r.get((load, peer), {}).get(value)
        if a is not None and b:
            found.append(a / b)
    return statistics.median(found) if found else None


def head(options):
    cpu = "unknown processor"
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        for line in f:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
    yield "%s, %d processors, Linux %s, load average before %.1f" % (
        cpu, os.cpu_count(), platform.release(), options.busy)
    yield "%d rounds, scale %g, %.0f s; medians" % (
        options.rounds, options.scale, options.seconds)


def table(options, rounds):
    """The lines of the two tables: what was measured, what was to reach."""
    yield from head(options)
    yield ""
    yield "%-11s %-14s" % ("load", "value") + "".join(
        "%14s" % n for n in options.servers)
    for load in options.loads:
        for value, text, digits in SHOWN[LOADS[load][0][0]]:
            cells = []
            for name in options.servers:
                m = median(rounds, load, name, value)
                cells.append("%14s" % ("-" if m is None
                                       else "%.*f" % (digits, m)))
            yield "%-11s %-14s" % (load, text) + "".join(cells)
    yield ""
    yield "%-11s %-16s %-32s %10s %10s" % (
        "load", "value", "figure", "reached", "")
    for load, value, name, how, bound, peer in FIGURES:
        if load not in options.loads or not {name, peer or name} <= set(
                options.servers):
            continue
        if peer is None:
            got = median(rounds, load, name, value)
            goal = f"{name} {how} {bound}"
        else:
            got = ratio(rounds, load, value, name, peer)
            goal = f"{name} {how} {bound:.2f} x {peer}"
        if got is None:
            verdict = "not run"
        elif (peer == "base" or got == bound or
              (got <= bound) == (how == "<=")):
            verdict = ""
        else:
            verdict = "MISSED"
        yield "%-11s %-16s %-32s %10s %10s" % (
            load, value, goal,
            "-" if got is None else "%.*f" % (2 if bound < 100 else 0, got),
            verdict)


def parts(rounds, options):
    """Which process of the tree used the CPU, for the loads of socks5d."""
    yield ""
    yield "processes of socks5d, part of its CPU time, last round"
    for load in options.loads:
        r = rounds[-1].get((load, "socks5d"), {}).get("cpu_parts")
        if r:
            yield "%-11s " % load + ", ".join(
                "%s %.0f %%" % (role(k), v * 100)
                for k, v in sorted(r.items(), key=lambda i: -i[1]))


def role(name):
    """Of a command line and a pid: "socks5d -x relay 4711"."""
    words = name.split()
    return words[2] if words[1:2] == ["-x"] else "parent"


def add_base(options):
    """The build of -b runs all loads on a server that socks5d does."""
    Socks5dBase.binary = os.path.abspath(options.base)
    SERVERS["base"] = Socks5dBase
    options.servers.append("base")
    for load, (args, _, _, names) in LOADS.items():
        if "socks5d" in names and load not in ALONE:
            names.append("base")
            value = SHOWN[args[0]][0][0]
            how = ">=" if args[0] == "fair" else "<="
            FIGURES.append((load, value, "socks5d", how, 1.0, "base"))


def arguments():
    p = argparse.ArgumentParser(description="compares socks5d with its peers")
    p.add_argument("-b", dest="base", metavar="binary",
                   help="an older socks5d to be compared with, as base")
    p.add_argument("-l", dest="loads", default=",".join(LOADS),
                   help="loads, with commas: " + " ".join(LOADS))
    p.add_argument("-o", dest="output", help="write the table here, too")
    p.add_argument("-p", dest="servers", default=",".join(SERVERS),
                   help="servers, with commas: " + " ".join(SERVERS))
    p.add_argument("-q", dest="quiet", action="store_true",
                   help="do not say what runs")
    p.add_argument("-r", dest="rounds", type=int, default=3)
    p.add_argument("-s", dest="scale", type=float, default=1.0,
                   help="times the sessions, trips and bytes of each load")
    options = p.parse_args()
    options.loads = options.loads.split(",")
    options.servers = options.servers.split(",")
    for n in options.loads:
        if n not in LOADS:
            p.error(f"no load is called {n}")
    for n in options.servers:
        if n not in SERVERS:
            p.error(f"no server is called {n}")
    if options.base:
        add_base(options)
    for n in options.loads:
        if not set(LOADS[n][3]) & set(options.servers):
            p.error(f"{n} is measured on none of these servers")
    return options


def main():
    options = arguments()
    for name, program in PROGRAMS.items():
        if name in options.servers and shutil.which(program) is None:
            sys.exit(f"{program} is missing; see etc/packages.sh")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options.busy = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, interrupted)
    rounds = []
    start = time.monotonic()
    try:
        measure(options, rounds)
    except KeyboardInterrupt:
        if not rounds:
            raise
    options.rounds = len(rounds)
    options.seconds = time.monotonic() - start
    lines = list(table(options, rounds)) + list(parts(rounds, options))
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.output:
        with open(options.output, "w", encoding="ascii") as f:
            f.write(text)


if __name__ == "__main__":
    main()
