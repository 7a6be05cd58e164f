#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_shown_test.sh: udp_shown.py CASE PORT

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

import contextlib
import json
import os
import re
import subprocess
import sys

import assoc
import socks
import watch
from watch import check


def some(a, one, two):
    """Four datagrams there and back, 21 bytes each way, two fragments, and
    three to where a rule blocks."""
    for target, payload in ((one, b"12345"), (one, b""), (two, b"1234567890"),
                            (one, b"123456")):
        a.echo(target, "127.0.0.1", payload)
    for _ in range(2):
        a.send("127.0.0.1", one.getsockname()[1], b"part", 1)
    for _ in range(3):
        a.send("127.0.0.9", 9, b"no")
    # What was sent before it has been seen once this one is dropped, too.
    check(watch.until(lambda: dropped("rule") == 3 and
                      dropped("fragment") == 2), "not dropped")


def dropped(kind):
    return watch.counters()[f"udp-dropped-{kind}"]


def traffic(port):
    """An association that ends after that."""
    with assoc.Association(port) as a, assoc.bound() as one, \
            assoc.bound() as two:
        some(a, one, two)
        return a.control.getsockname()[1]


def line(port):
    """The line has all of it, and what others sum up is the same."""
    before = watch.counters()
    client = traffic(port)
    log = watch.Log()
    entry = log.of(client)
    expected = {
        "command": "udp", "name": None, "address": None, "port": 0,
        "via": None, "rdr": None, "rep": 0, "cause": "closed", "hint": None,
        "up": 21, "down": 21, "listener": "here", "label": "lab",
        "datagrams_up": 4, "datagrams_down": 4, "destinations": 2,
        "drops": {"fragment": 2, "rule": 3},
    }
    same(entry, expected)
    after = watch.counters()
    for name, more in (("bytes-up", 21), ("bytes-down", 21),
                       ("datagrams-up", 4), ("datagrams-down", 4),
                       ("udp-dropped-fragment", 2), ("udp-dropped-rule", 3),
                       ("associations-opened", 1)):
        check(after[name] - before[name] == more, name, after[name])
    rules = {rule["number"]: rule for rule in watch.show("rules")}
    check([(r["up"], r["down"]) for r in rules.values()] ==
          [(21, 21), (0, 0)], rules)


def flow_lines(log):
    """Those of flows, by destination."""
    log.read()
    return [entry for entry in log.others if entry.get("event") == "flow"]


def flows(port):
    """A line for each destination, and for each that is refused once."""
    log = watch.Log()
    with assoc.Association(port) as a, assoc.bound() as one, \
            assoc.bound() as two:
        me = a.control.getsockname()[1]
        some(a, one, two)
        a.echo(one, b"LocalHost.", b"123")
        at = {"one": one.getsockname()[1], "two": two.getsockname()[1]}
        # Refused ones are told of at once.
        check(watch.until(lambda: flow_lines(log)), "none yet")
        check(len(flow_lines(log)) == 1, flow_lines(log))
    number = log.of(me)["id"]
    check(watch.until(lambda: len(flow_lines(log)) == 4), flow_lines(log))
    entries = sorted(flow_lines(log), key=lambda e: (e["cause"], e["up"]))
    wanted = [
        (None, "127.0.0.1", at["two"], "closed", 10, 10, 1, 1),
        (None, "127.0.0.1", at["one"], "closed", 11, 11, 3, 3),
        (None, "127.0.0.9", 9, "rule", 0, 0, 0, 0),
    ]
    named = ("localhost", "127.0.0.1", at["one"], "closed", 3, 3, 1, 1)
    got = [(e["name"], e["address"], e["port"], e["cause"], e["up"], e["down"],
            e["datagrams_up"], e["datagrams_down"]) for e in entries]
    check(got == [named, *wanted], got)
    for entry in entries:
        check((entry["id"], entry["client"], entry["client_port"],
               entry["listener"], entry["user"], entry["rdr"]) ==
              (number, "127.0.0.1", me, "here", None, None), entry)
        blocked = entry["cause"] == "rule"
        check(entry["label"] == ("shut" if blocked else "lab"), entry)
        check(entry["rule"].startswith("socks5d.conf:"), entry)


def causes(log):
    """Why flows have ended, in that order, with the port of each."""
    return [(e["port"], e["cause"]) for e in flow_lines(log)]


def reload(rule):
    """One rule more."""
    with open("socks5d.conf", "a", encoding="utf-8") as conf:
        conf.write(rule + "\n")
    subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "reload"], check=True,
                   stdout=subprocess.DEVNULL)


def ends(port):
    """Each way for a flow to end has its cause; there may be two."""
    log = watch.Log()
    with assoc.bound() as one, assoc.bound("127.0.0.2") as two, \
            assoc.bound() as three:
        at = [s.getsockname()[1] for s in (one, two, three)]
        with assoc.Association(port) as a:
            a.echo(one, "127.0.0.1", b"x")
            a.echo(two, "127.0.0.2", b"x")
            # The longest unused one gives way.
            a.echo(three, "127.0.0.1", b"x")
            wanted = [(at[0], "evicted")]
            check(watch.until(lambda: causes(log) == wanted), causes(log))
            reload("block to 127.0.0.2")
            wanted.append((at[1], "revoked"))
            check(watch.until(lambda: causes(log) == wanted), causes(log))
        wanted.append((at[2], "closed"))
        check(watch.until(lambda: causes(log) == wanted), causes(log))


def idle(port):
    """One that is not used any more, and the association after it."""
    log = watch.Log()
    with assoc.Association(port) as a, assoc.bound() as target:
        me = a.control.getsockname()[1]
        a.echo(target, "127.0.0.1", b"x")
        check(log.of(me)["cause"] == "idle-timeout", log.sessions)
        check([cause for _, cause in causes(log)] == ["idle"], causes(log))


def wanted(port):
    """Without "log flows" those of rules that log, alone."""
    log = watch.Log()
    with assoc.Association(port) as a, assoc.bound() as one, \
            assoc.bound("127.0.0.2") as two:
        a.echo(one, "127.0.0.1", b"x")
        a.send("127.0.0.9", 9, b"no")
        a.send("127.0.0.8", 9, b"no")
        a.echo(two, "127.0.0.2", b"x")
        check(watch.until(lambda: dropped("rule") == 2), dropped("rule"))
    check(watch.until(lambda: len(flow_lines(log)) == 2), flow_lines(log))
    got = [(e["address"], e["cause"]) for e in flow_lines(log)]
    check(got == [("127.0.0.9", "rule"), ("127.0.0.2", "closed")], got)


def listed(port):
    """The list has it while it is open, as of now."""
    with assoc.Association(port) as a, assoc.bound() as one, \
            assoc.bound() as two, assoc.bound("127.0.0.2") as other:
        me = a.control.getsockname()[1]

        def row():
            return watch.listed()[me]

        expected = {"command": "udp", "state": "open", "name": None,
                    "address": None, "up": 0, "down": 0, "datagrams_up": 0,
                    "datagrams_down": 0, "destinations": 0, "drops": {}}
        same(row(), expected)
        # One that the router drops: the relay has no socket yet.
        other.sendto(b"stranger", a.relay)
        expected["drops"] = {"stranger": 1}
        check(watch.until(lambda: row()["drops"]), row())
        same(row(), expected)
        some(a, one, two)
        other.sendto(b"stranger", a.relay)
        a.echo(one, "127.0.0.1", b"")
        expected.update(up=21, down=21, datagrams_up=5, datagrams_down=5,
                        destinations=2)
        expected["drops"] = {"stranger": 1, "rule": 3, "fragment": 2}
        same(row(), expected)
        with socks.session(port, "127.0.0.1", port) as tcp:
            entry = watch.listed()[tcp.getsockname()[1]]
            check(all(entry[k] is None for k in
                      ("datagrams_up", "datagrams_down", "destinations",
                       "drops")), entry)


def verbose(port):
    """The list has the flows below their associations, as of now."""
    def row():
        result = subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "show",
                                 "sessions", "-vj"],
                                check=True, capture_output=True)
        rows = json.loads(result.stdout)["sessions"]
        return {r["client_port"]: r for r in rows}

    with assoc.Association(port) as a, assoc.Association(port) as idle, \
            assoc.bound() as one, assoc.bound() as two, \
            socks.session(port, "127.0.0.1", port) as tcp:
        me = a.control.getsockname()[1]
        some(a, one, two)
        a.echo(one, b"LocalHost", b"123")
        a.send("127.0.0.3", two.getsockname()[1], b"elsewhere")
        two.recvfrom(16)
        rows = row()
        check(rows[tcp.getsockname()[1]]["flows"] is None, rows)
        check(rows[idle.control.getsockname()[1]]["flows"] == [], rows)
        flows_now = rows[me]["flows"]
        got = [(f["name"], f["address"], f["port"], f["up"], f["down"],
                f["datagrams_up"], f["datagrams_down"]) for f in flows_now]
        at = {"one": one.getsockname()[1], "two": two.getsockname()[1]}
        check(got == [(None, "127.0.0.1", at["one"], 11, 11, 3, 3),
                      (None, "127.0.0.1", at["two"], 10, 10, 1, 1),
                      ("localhost", "127.0.0.1", at["one"], 3, 3, 1, 1),
                      (None, "127.0.0.3", at["two"], 9, 0, 1, 0)], got)
        check([f["rdr"] for f in flows_now] ==
              [None, None, None, f"127.0.0.1:{at['two']}"], flows_now)
        rules = [f["rule"].split(":")[1] for f in flows_now]
        check(rules == ["4", "4", "4", "6"], rules)
        for entry in flows_now:
            check(not entry["waits"], entry)
            check(entry["idle_ms"] <= entry["age_ms"], entry)
        out = as_text("-v")
        check(f"""
    datagrams_up=6 datagrams_down=5 destinations=4 drops=fragment:2,rule:3
    destination""" in out, out)
        for line in (rf"    127\.0\.0\.1:{at['one']} +\S+ +\S+ +3/3 +11 +11 "
                     rf"socks5d\.conf:4\n",
                     rf"    localhost:{at['one']} +\S+ +\S+ +1/1 +3 +3 "
                     rf"socks5d\.conf:4 127\.0\.0\.1\n",
                     rf"    127\.0\.0\.3:{at['two']} +\S+ +\S+ +1/0 +9 +0 "
                     rf"socks5d\.conf:6 rdr=127\.0\.0\.1:{at['two']}\n"):
            check(re.search(line, out), line, out)
        check(not re.search(r" \n", out), out)
        # Without -v, and to an 80 column terminal.
        check("datagrams" not in as_text(), as_text())
        out = as_text("-v", columns="80")
        check(max(len(line) for line in out.split("\n")
                  if " rdr=" not in line) <= 80, out)


def many(port):
    """More flows than fit into a page, of several associations."""
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(assoc.bound())
        where = target.getsockname()[1]
        clients = [stack.enter_context(assoc.Association(port))
                   for _ in range(4)]
        for number in range(2, 102):
            for client in clients:
                client.send(f"127.0.1.{number}", where, b"x")
        result = []

        def all_there():
            out = subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "-vj", "show",
                                  "sessions"], check=True,
                                 capture_output=True).stdout
            result[:] = [len({f["address"] for f in s["flows"]
                              if f["datagrams_up"] == 1})
                         for s in json.loads(out)["sessions"]]
            return result == [100] * 4
        check(watch.until(all_there), result)


def as_text(*options, columns=None):
    env = dict(os.environ)
    env.pop("COLUMNS", None)
    if columns:
        env["COLUMNS"] = columns
    return subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "show", "sessions",
                           *options], check=True, capture_output=True,
                          text=True, env=env).stdout


def same(entry, expected):
    for key, value in expected.items():
        check(entry[key] == value, key, entry)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
