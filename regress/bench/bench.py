#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Puts the same loads on socks5d and on its peers, in turns, and compares.

	bench.py [-b binary] [-l loads] [-o file] [-p servers] [-q]
	    [-r rounds] [-s scale]

Run by "make bench".  Peers are programs with configurations of our own, see
servers.py; no service of the system is touched.  What the table means is in
README, the figures to reach are FIGURES below.
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from servers import SERVERS, Failed, Socks5dBase

HERE = os.path.dirname(os.path.abspath(__file__))
LOAD = os.path.join(HERE, "load")
# No load on a server: what rules alone cost, and tables.
ALONE = ("verdict", "images")

# Those that relay datagrams.
UDP = ["socks5d", "dante", "v2ray", "hev", "gwproxy", "3proxy"]
# Loads that are short and put on servers in turns, so often in a round.
SLICED = ("udp", "udpsetup")
SLICES = 4
# Loads that sleep so often that all depends on which processors are awake:
# client, target and server share one.
PINNED = ("udp-1",)
# More lost datagrams than this are not the same load any more.
LOST_PERCENT = 1.0

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
    "udp-16x8": (["udp", "-c", "16", "-f", "8"], 40000, 2000, UDP),
    "udp-4x64": (["udp", "-c", "4", "-f", "64", "-l", "1200"], 40000, 2000,
                 UDP),
    "udp-16x8x8": (["udp", "-c", "16", "-f", "8", "-d", "8"], 40000, 4000,
                   UDP),
    "udp-1": (["udp", "-c", "1"], 8000, 200, UDP),
    "udp-setup": (["udpsetup", "-c", "16"], 2000, 100, UDP),
    # Dante has a process for each.
    "udp-idle": (["udpidle", "-c", "2000", "-s", "1"], 0, 0,
                 [n for n in UDP if n != "dante"]),
    "verdict": (["verdict"], 0, 0, ["socks5d"]),
    "images": (["images"], 0, 0, ["socks5d"]),
}

# load, value, of whom, at most (or at least), of whose same value;
# without the last an absolute bound; "best" is the peer with the lowest
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
    ("udp-16x8", "cpu_us", "socks5d", "<=", 0.70, "best"),
    ("udp-4x64", "cpu_us", "socks5d", "<=", 0.70, "best"),
    ("udp-16x8x8", "cpu_us", "socks5d", "<=", 0.90, "best"),
    ("udp-1", "cpu_us", "socks5d", "<=", 0.95, "best"),
    ("udp-1", "p50_us", "socks5d", "<=", 1.0, "best"),
    ("udp-setup", "of_connect", "socks5d", "<=", 1.3, None),
    ("udp-idle", "pss_per_association", "socks5d", "<=", 2048, None),
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
    "udp": [("cpu_us", "CPU us/trip", 2), ("per_s", "trips/s", 0),
            ("p50_us", "p50 us", 1), ("p99_us", "p99 us", 0),
            ("lost_percent", "lost %", 2)],
    "udpsetup": [("cpu_us", "CPU us/assoc.", 1),
                 ("of_connect", "of a CONNECT", 2),
                 ("p50_us", "p50 us", 0), ("lost_percent", "lost %", 2)],
    "udpidle": [("pss_per_association", "PSS B/assoc.", 0),
                ("cpu_percent", "CPU %", 2)],
    "verdict": [(kind + "_ns", "ns, " + kind, 0) for kind in (
        "to", "from", "inet6", "port", "lists", "internal", "matching",
        "user", "group", "table", "domain", "when", "bad", "ads", "both",
        "all")],
    "images": [(kind + value, text + kind, 0)
               for kind in ("inet", "inet6", "domain")
               for value, text in (("_bytes", "B, "), ("_ms", "CPU ms, "),
                                   ("_memory", "B made, "), ("_ns", "ns, "))],
}


TARGETS = {"rate": "echo", "pingpong": "echo", "down": "source",
           "up": "sink", "fair": "source", "idle": "echo", "start": "echo",
           "udp": "udp", "udpsetup": "udp", "udpidle": "udp"}


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


@contextlib.contextmanager
def started(load, name, ports):
    """A server that nobody has used yet."""
    with tempfile.TemporaryDirectory(prefix="socks5d-bench.") as folder:
        os.chmod(folder, 0o755)
        server = SERVERS[name](folder, ports[TARGETS[LOADS[load][0][0]]])
        try:
            yield server
        finally:
            server.stop()


def put(load, server, ports, scale):
    """One load on one server: a dictionary."""
    args, count, warm, _ = LOADS[load]
    command = [LOAD, "-p", str(server.port), "-P", str(server.pid)]
    if server.plain:
        command += ["-T"]
    if server.login:
        command += ["-u", server.login]
    if count:
        command += ["-n", str(max(100, int(count * scale)))]
    if warm:
        command += ["-w", str(warm)]
    command += args[1:]
    result = measured(command, args[0], ports)
    if args[0] == "udpsetup":
        other = measured(command, "rate", ports)
        result["connect_us"] = other["cpu_us"]
        if other["cpu_us"]:
            result["of_connect"] = result["cpu_us"] / other["cpu_us"]
    return result


def measured(command, mode, ports):
    """What load says of itself and of the server."""
    try:
        p = subprocess.run(command + ["-t", str(ports[TARGETS[mode]]), mode],
                           timeout=120, capture_output=True, text=True,
                           check=False)
    except subprocess.TimeoutExpired as e:
        raise Failed("took too long") from e
    if p.returncode != 0:
        raise Failed(p.stderr.strip())
    result = json.loads(p.stdout)
    if "lost" in result and "stalled" in result:
        raise Failed("no more answers after the loss of %d datagrams" %
                     result["lost"])
    if result["failed"] or "stalled" in result:
        raise Failed("%d sessions failed%s" % (
            result["failed"],
            ", then nothing" if "stalled" in result else ""))
    if result.get("wrong"):
        raise Failed("%d datagrams came back otherwise than they were sent" %
                     result["wrong"])
    return result


def run(load, name, scale):
    """One load on a server of its own."""
    if load in ALONE:
        return json.loads(subprocess.check_output([os.path.join(HERE, load)]))
    with Targets() as ports, started(load, name, ports) as server:
        # Memory of what is still starting is not that of sessions.
        if load in ("start", "idle", "udp-idle"):
            time.sleep(1)
        return put(load, server, ports, scale)


@contextlib.contextmanager
def one_processor(load):
    """For what is started meanwhile, if the load asks for it."""
    before = os.sched_getaffinity(0)
    if load in PINNED:
        os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def slices(options, load, names, rounds):
    """All servers at once, and the load on each of them in short turns."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(one_processor(load))
        ports = stack.enter_context(Targets())
        servers = {}
        for name in names:
            try:
                servers[name] = stack.enter_context(
                    started(load, name, ports))
            except Failed as e:
                print(f"{load} on {name}: {e}", file=sys.stderr)
        for nr in range(SLICES):
            results = {}
            rounds.append(results)
            for name in turned(list(servers), nr):
                try:
                    results[load, name] = put(load, servers[name], ports,
                                              options.scale)
                except Failed as e:
                    print(f"{load} on {name}: {e}", file=sys.stderr)
                    del servers[name]


def turned(names, nr):
    """Nobody is always the first."""
    nr %= len(names) or 1
    return names[nr:] + names[:nr]


def measure(options, rounds):
    """Adds a dictionary from load and server to result for each round, or for
    each turn of one."""
    for nr in range(options.rounds):
        results = {}
        rounds.append(results)
        for load in options.loads:
            names = turned([n for n in LOADS[load][3]
                            if n in options.servers], nr)
            if LOADS[load][0][0] in SLICED:
                say(options, f"round {nr + 1}: {load} on all in turns")
                slices(options, load, names, rounds)
                continue
            for name in names:
                say(options, f"round {nr + 1}: {load} on {name}")
                try:
                    results[load, name] = run(load, name, options.scale)
                except Failed as e:
                    print(f"{load} on {name}: {e}", file=sys.stderr)
        options.done = nr + 1


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
        options.done, options.scale, options.seconds)


def table(options, rounds):
    """The lines of the two tables: what was measured, what was to reach."""
    yield from head(options)
    yield ""
    datagrams = [n for n in options.loads if n.startswith("udp")]
    sessions = [n for n in options.loads if n not in datagrams]
    for loads in sessions, datagrams:
        yield from measures(options, rounds, loads)
    yield from remarks(options, rounds)
    yield from figures(options, rounds)


def measures(options, rounds, loads):
    """What was measured, in columns for the servers that have any of it."""
    names = [n for n in options.servers
             if any(n in LOADS[load][3] for load in loads)]
    if not names:
        return
    yield "%-11s %-14s" % ("load", "value") + "".join(
        "%14s" % n for n in names)
    for load in loads:
        for value, text, digits in SHOWN[LOADS[load][0][0]]:
            cells = []
            for name in names:
                m = median(rounds, load, name, value)
                cells.append("%14s" % ("-" if m is None
                                       else "%.*f" % (digits, m)))
            yield "%-11s %-14s" % (load, text) + "".join(cells)
    yield ""


def remarks(options, rounds):
    """Who has not done what the load was meant to be."""
    found = False
    for load in options.loads:
        for name in options.servers:
            lost = median(rounds, load, name, "lost_percent") or 0
            if lost > LOST_PERCENT:
                found = True
                yield f"{name} loses {lost:.1f} % of the datagrams of {load}"
    if found:
        yield ""


def best(options, rounds, load, value):
    """The peer that needs least and loses next to nothing, or None."""
    found = []
    for name in options.servers:
        m = median(rounds, load, name, value)
        lost = median(rounds, load, name, "lost_percent") or 0
        if (m is not None and lost <= LOST_PERCENT and name != "base" and
                not name.startswith("socks5d")):
            found.append((m, name))
    return min(found)[1] if found else None


def figures(options, rounds):
    """What was to be reached."""
    yield "%-11s %-19s %-34s %10s %10s" % (
        "load", "value", "figure", "reached", "")
    for load, value, name, how, bound, peer in FIGURES:
        if load not in options.loads or name not in options.servers:
            continue
        goal = f"{name} {how} {bound}"
        if peer is not None:
            goal = f"{name} {how} {bound:.2f} x {peer}"
        if peer == "best":
            peer = best(options, rounds, load, value)
            goal += f" ({peer})"
        elif peer not in options.servers + [None]:
            continue
        if peer is None and not goal.endswith("(None)"):
            got = median(rounds, load, name, value)
        else:
            got = ratio(rounds, load, value, name, peer)
        if got is None:
            verdict = "not run"
        elif (peer == "base" or got == bound or
              (got <= bound) == (how == "<=")):
            verdict = ""
        else:
            verdict = "MISSED"
        yield "%-11s %-19s %-34s %10s %10s" % (
            load, value, goal,
            "-" if got is None else "%.*f" % (2 if bound < 100 else 0, got),
            verdict)


def parts(rounds, options):
    """Which process of the tree used the CPU, for the loads of socks5d."""
    yield ""
    yield "processes of socks5d, part of its CPU time, last round"
    for load in options.loads:
        found = [r[load, "socks5d"]["cpu_parts"] for r in rounds
                 if "cpu_parts" in r.get((load, "socks5d"), {})]
        r = found[-1] if found else None
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
    for n in list(options.servers):
        if n not in SERVERS:
            p.error(f"no server is called {n}")
        if not SERVERS[n].packaged and SERVERS[n].path() is None:
            print(f"{n} is left out: no {SERVERS[n].program} in $PEERS",
                  file=sys.stderr)
            options.servers.remove(n)
    if options.base:
        add_base(options)
    for n in options.loads:
        if not set(LOADS[n][3]) & set(options.servers):
            p.error(f"{n} is measured on none of these servers")
    return options


def main():
    options = arguments()
    for name in options.servers:
        if SERVERS[name].packaged and SERVERS[name].path() is None:
            sys.exit(f"{SERVERS[name].program} is missing; "
                     "see etc/packages.sh")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options.busy = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, interrupted)
    options.done = 0
    rounds = []
    start = time.monotonic()
    try:
        measure(options, rounds)
    except KeyboardInterrupt:
        if not rounds:
            raise
    options.seconds = time.monotonic() - start
    lines = list(table(options, rounds)) + list(parts(rounds, options))
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.output:
        with open(options.output, "w", encoding="ascii") as f:
            f.write(text)


if __name__ == "__main__":
    main()
