#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""What "socks5ctl show sessions" lists while sessions come and go:
listing.py CTL PORT COUNT COMMAND...

CTL is "PROGRAM -s SOCKET".  COUNT sessions of our own stay, from 127.0.0.2,
and echo; COMMAND makes others, and while it runs each list is compared with
what we know of ours, and with the list before.
"""

import json
import random
import subprocess
import sys

import socks
import watch
from watch import check

HOST = "127.0.0.2"


class Kept:
    """A session of ours and how much went through it, both ways alike."""

    def __init__(self, port, target):
        self.sock = socks.connect(port, source=(HOST, 0))
        check(socks.handshake(self.sock, "127.0.0.1", target.port)[0] == 0)
        self.conn = target.accept()[0]
        self.port = self.sock.getsockname()[1]
        self.bytes = 0

    def echo(self, n):
        for one, other in ((self.sock, self.conn), (self.conn, self.sock)):
            one.sendall(bytes(n))
            check(len(socks.read_exactly(other, n)) == n, "echo")
        self.bytes += n


class Lists:
    """One list after the other."""

    def __init__(self, command, kept):
        self.command = command.split() + ["show", "sessions", "-j"]
        self.kept = {k.port: k for k in kept}
        self.last = {}
        self.ids = {}			# of ours, by port
        self.number = self.others = 0

    def take(self):
        """The next one, all that holds of any list being checked."""
        text = subprocess.run(self.command, stdout=subprocess.PIPE,
                              check=True).stdout
        rows = json.loads(text)["sessions"]
        ids = [r["id"] for r in rows]
        check(ids == sorted(set(ids)), "ids", ids)
        for row in rows:
            self.compare(row)
        self.last = {r["id"]: r for r in rows}
        self.number += 1
        self.check_ours([r for r in rows if r["client"] == HOST])
        self.others = max(self.others, len(rows) - len(self.kept))
        return rows

    def compare(self, row):
        """A session is never younger, nor less than it was."""
        if (old := self.last.get(row["id"])) is None:
            return
        for key in ("relay", "client", "client_port", "command", "port"):
            check(old[key] in (row[key], None, 0), key, old, row)
        for key in ("up", "down", "age_ms"):
            check(row[key] >= old[key], key, old, row)

    def check_ours(self, rows):
        """All of them, with all their bytes, since nothing moves now."""
        check(sorted(r["client_port"] for r in rows) == sorted(self.kept),
              "ours", rows)
        for row in rows:
            port = row["client_port"]
            n = self.kept[port].bytes
            check(self.ids.setdefault(port, row["id"]) == row["id"], row)
            check((row["state"], row["up"], row["down"]) == ("open", n, n),
                  "has", n, row)

    def counted_are(self, up, down):
        def counted():
            text = subprocess.run(self.command[:-2] + ["counters"],
                                  stdout=subprocess.PIPE, check=True).stdout
            return dict(r.split()[:2] for r in text.decode().splitlines())

        check(watch.until(lambda: (n := counted()) and
                          (n["bytes-up"], n["bytes-down"]) ==
                          (str(up), str(down))), "counted", counted())


def main(command, port, count, *others):
    target = watch.Target(4096)
    kept = [Kept(int(port), target) for _ in range(int(count))]
    lists = Lists(command, kept)
    with subprocess.Popen(others, stdout=subprocess.PIPE) as load:
        while load.poll() is None:
            for session in random.sample(kept, len(kept) // 4):
                session.echo(random.choice((1, 100, 10000)))
            lists.take()
        moved = json.load(load.stdout)
    check(load.returncode == 0 and moved["failed"] == 0, "the load", moved)
    # Nothing else is left, as soon as relays have told.
    check(watch.until(lambda: len(lists.take()) == len(kept)), "too many")
    print(f"{lists.number} lists, up to {lists.others} others in them")
    check(lists.number > 10 and lists.others > 10, "too few to tell")
    # What is counted is what was listed: open sessions count, too.
    ours = sum(session.bytes for session in kept)
    lists.counted_are(moved["up"] + ours, moved["down"] + ours)
    for session in kept:
        socks.reset(session.sock)
        session.conn.close()
    lists.counted_are(moved["up"] + ours, moved["down"] + ours)


if __name__ == "__main__":
    main(*sys.argv[1:])
