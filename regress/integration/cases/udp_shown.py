#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of udp_shown_test.sh: udp_shown.py CASE PORT

Each case is a client of the daemon on PORT and the targets as well.  It is
silent if all is well.
"""

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


def same(entry, expected):
    for key, value in expected.items():
        check(entry[key] == value, key, entry)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
