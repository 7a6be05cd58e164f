#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Clients of every kind at once, with and without disasters:
soak.py CASE CTL PORT BLOCKED AMOUNT SEED [COMMAND...]

CTL is "PROGRAM -s SOCKET", BLOCKED a port that a rule forbids.

    calm     AMOUNT sessions; then the session lines and the counters must
             say what each of them did, and nothing else
    storm    for AMOUNT seconds, beside COMMAND over and over, with reloads and
             with children that are killed; then the same is true of all
             sessions that did not end near a death

Our clients come from 127.0.0.2, so that lines of other ones are told apart.
"""

import asyncio
import collections
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time

import socks
import watch
from watch import check

HOST = "127.0.0.2"
IP_BIND_ADDRESS_NO_PORT = 24	# include/uapi/linux/in.h

CROWD = 100			# clients at once
BLOCK = bytes((i * 11 + i // 239) % 256 for i in range(1 << 20))

# Near a death: what ended so long before it may not have been told on, and
# what began so soon after it may have been refused.
BEFORE, AFTER = 2, 1


def rejected(rep):
    """A reply of refusal, after the method."""
    return b"\x05\x00\x05" + bytes([rep]) + b"\x00\x01" + bytes(6)


class Session:
    """One connection; what its line must say is known at its end."""

    def __init__(self, world):
        self.world = world
        self.draw = world.draw
        self.start = time.monotonic()
        self.want = None		# rep, cause, up, down
        self.port = self.end = self.why = None

    async def run(self, kind):
        """The script of that name; True if all went as it should."""
        sock = socket.socket()
        sock.setblocking(False)
        try:
            # Ports that rest are in the way only of those who ask for them.
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((HOST, 0))
            await asyncio.get_running_loop().sock_connect(
                sock, ("127.0.0.1", self.world.port))
            self.port = sock.getsockname()[1]
            self.reader, self.writer = await asyncio.open_connection(sock=sock)
        except OSError as error:
            sock.close()
            self.end, self.why = time.monotonic(), error
            return False
        try:
            self.want = await asyncio.wait_for(getattr(self, kind)(), 60)
        except (OSError, EOFError, TimeoutError) as error:
            self.why = error
        self.writer.close()
        self.end = time.monotonic()
        return self.want is not None

    def reset(self):
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        self.writer.close()

    def expect(self, truth):
        if not truth:
            raise EOFError

    async def pieces(self, data, size, pause):
        """Slowly."""
        for i in range(0, len(data), size):
            self.writer.write(data[i:i + size])
            await asyncio.sleep(pause)

    async def open(self, target):
        self.writer.write(socks.GREETING + socks.request("127.0.0.1", target))
        await self.opened()

    async def opened(self):
        answer = await self.reader.readexactly(12)
        self.expect(answer[:4] == b"\x05\x00\x05\x00")

    async def exchange(self, n):
        """So many bytes to the echo server and back."""
        at = self.draw.randrange(len(BLOCK) - n)
        self.writer.write(BLOCK[at:at + n])
        self.expect(await self.reader.readexactly(n) == BLOCK[at:at + n])

    async def over(self):
        """Nothing more comes."""
        self.expect(await self.reader.read() == b"")

    # The kinds; each gives what its line must say.

    async def closes(self):
        n = self.draw.choice((1, 100, 5000, 60000))
        await self.open(self.world.echo)
        await self.exchange(n)
        self.writer.write_eof()
        await self.over()
        return 0, "closed", n, n

    async def bulk(self):
        await self.open(self.world.echo)
        for _ in range(3):
            await self.exchange(len(BLOCK) // 2)
        self.writer.write_eof()
        await self.over()
        return 0, "closed", len(BLOCK) // 2 * 3, len(BLOCK) // 2 * 3

    async def resets(self):
        n = self.draw.choice((1, 100, 5000, 60000))
        await self.open(self.world.echo)
        await self.exchange(n)
        self.reset()
        return 0, "client-reset", n, n

    async def is_reset(self):
        await self.open(self.world.resetter)
        self.writer.write(b"x")
        try:
            await self.reader.read()
        except ConnectionResetError:
            pass
        return 0, "target-reset", 1, 0

    async def slow(self):
        await self.pieces(socks.GREETING +
                          socks.request("127.0.0.1", self.world.echo), 3, 0.03)
        await self.opened()
        await self.pieces(b"slowly", 1, 0.1)
        self.expect(await self.reader.readexactly(6) == b"slowly")
        self.writer.write_eof()
        await self.over()
        return 0, "closed", 6, 6

    async def refused(self, rep, request):
        self.writer.write(socks.GREETING + request)
        self.expect(await self.reader.read() == rejected(rep))

    async def blocked(self):
        await self.refused(2, socks.request("127.0.0.1", self.world.blocked))
        return 2, "rule", 0, 0

    async def internal(self):
        await self.refused(2, socks.request("10.0.0.1", 80))
        return 2, "internal-address", 0, 0

    async def disguised(self):
        await self.refused(2, socks.request(b"0x7f.1", 80))
        return 2, "bad-name", 0, 0

    async def nobody(self):
        await self.refused(5, socks.request("127.0.0.1", self.world.nobody))
        return 5, "connect-refused", 0, 0

    async def stranger(self):
        self.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await self.over()
        return None, "bad-protocol", 0, 0

    async def methodless(self):
        self.writer.write(b"\x05\x01\x02")
        self.expect(await self.reader.read() == b"\x05\xff")
        return None, "no-method", 0, 0

    async def commander(self):
        await self.refused(7, b"\x05\x09\x00\x01" + bytes(6))
        return 7, "bad-command", 0, 0

    async def silent(self):
        await self.over()
        return None, "handshake-timeout", 0, 0

    async def leaves(self):
        self.writer.write(socks.GREETING[:self.draw.randrange(1, 3)])
        self.writer.write_eof()
        await self.over()
        return None, "client-gone", 0, 0

    async def leaves_rudely(self):
        self.writer.write(socks.GREETING)
        self.expect(await self.reader.readexactly(2) == b"\x05\x00")
        self.reset()
        return None, "client-reset", 0, 0


# How often each, and what it counts beside being accepted and closed.
KINDS = {
    "closes": (20, "sessions-opened"), "resets": (20, "sessions-opened"),
    "is_reset": (10, "sessions-opened"), "bulk": (2, "sessions-opened"),
    "slow": (2, "sessions-opened"), "blocked": (5, "refused-rule"),
    "internal": (5, "refused-internal"), "disguised": (5, "refused-name"),
    "nobody": (5, "connect-failed"), "stranger": (5, "refused-protocol"),
    "methodless": (5, None),
    "commander": (5, "refused-protocol"), "leaves": (5, None),
    "leaves_rudely": (5, None), "silent": (1, "handshake-timeouts"),
}

# There may be so many of these that some have no line, but are in a sum.
EARLY = ("stranger", "methodless", "commander", "leaves", "leaves_rudely",
         "silent")


class World:
    """The targets, the clients, and what they have lived through."""

    def __init__(self, ctl, port, blocked, seed):
        self.command = ctl.split()
        self.port, self.blocked = int(port), int(blocked)
        self.draw = random.Random(int(seed))
        self.log = watch.Log()
        self.log.read().clear()
        self.log.others.clear()
        self.counted = self.counters()
        self.broken, self.done = [], []
        self.deaths = []		# [when, when it was over]
        self.asked = []			# of ctl: (start, end, result)

    async def targets(self):
        async def echo(reader, writer):
            try:
                while data := await reader.read(1 << 16):
                    writer.write(data)
                    await writer.drain()
            except OSError:
                pass
            writer.close()

        async def reset(reader, writer):
            await reader.read(1)
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()

        servers = [await asyncio.start_server(serve, "127.0.0.1", 0,
                                              backlog=1000)
                   for serve in (echo, reset)]
        self.echo, self.resetter = (s.sockets[0].getsockname()[1]
                                    for s in servers)
        none = socket.socket()		# bound and not listening
        none.bind(("127.0.0.1", 0))
        self.nobody = none.getsockname()[1]
        return servers, none

    async def client(self, more):
        """One session after the other."""
        kinds = list(KINDS)
        weights = [KINDS[k][0] for k in kinds]
        while more():
            session = Session(self)
            session.kind = self.draw.choices(kinds, weights)[0]
            well = await session.run(session.kind)
            (self.done if well else self.broken).append(session)

    def ctl(self, *args):
        return subprocess.run(self.command + list(args), check=False,
                              capture_output=True, text=True)

    def counters(self):
        """Those that are not zero."""
        rows = [r.split() for r in self.ctl("show", "counters").stdout
                .splitlines()]
        return collections.Counter({r[0]: int(r[1]) for r in rows
                                    if r[1] != "0"})

    async def acts(self, *args):
        """A command of socks5ctl, while others go on."""
        return await asyncio.to_thread(self.ctl, *args)

    async def reloads(self, end):
        """Each succeeds, unless somebody dies meanwhile."""
        while time.monotonic() < end:
            start = time.monotonic()
            done = await self.acts("reload")
            self.asked.append((start, time.monotonic(), done))
            await asyncio.sleep(self.draw.uniform(0.1, 2))

    async def deaths_until(self, end):
        """One child after the other, each when all are well again."""
        # Seldom enough that none counts as dying all the time.
        pause = min((end - time.monotonic()) / 4, 12)
        turn = []
        while True:
            await asyncio.sleep(self.draw.uniform(0.5, 1.5) * pause)
            if time.monotonic() >= end:
                return
            children = await self.children()
            # Who died last has to wait longest to be started again.
            if not turn:
                turn = sorted(children)
                self.draw.shuffle(turn)
            who = turn.pop()
            self.deaths.append([time.monotonic(), float("inf")])
            os.kill(children[who], signal.SIGKILL)
            print("kills", *who, flush=True)
            while (now := await self.children()).get(who, children[who]) == \
                    children[who] or len(now) < len(children):
                await asyncio.sleep(0.1)
            self.deaths[-1][1] = time.monotonic()

    async def children(self):
        """Pids by role and number, of those that run."""
        status = await self.acts("show", "status", "-j")
        if status.returncode != 0:
            return {}
        return {(c["role"], c["instance"]): c["pid"]
                for c in json.loads(status.stdout)["children"] if c["pid"]}

    async def loads(self, end, command):
        """Its sessions may break, but it must neither hang nor fail."""
        while time.monotonic() < end:
            load = await asyncio.create_subprocess_exec(
                *command, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            check(await asyncio.wait_for(load.wait(), 120) == 0, command)

    async def lists(self, end):
        """No session is twice in a list of sessions."""
        while time.monotonic() < end:
            start = time.monotonic()
            done = await self.acts("show", "sessions", "-j")
            self.asked.append((start, time.monotonic(), done))
            if done.returncode == 0:
                rows = json.loads(done.stdout)["sessions"]
                ids = [r["id"] for r in rows]
                check(ids == sorted(set(ids)), "ids", ids)
            await asyncio.sleep(self.draw.uniform(0.1, 1))

    def near_death(self, start, end):
        return any(start <= over + AFTER and end >= when - BEFORE
                   for when, over in self.deaths)

    def judge(self):
        """The lines against what the clients know; who is sure."""
        for s in self.broken:
            check(self.near_death(s.start, s.end), s.kind, "took",
                  s.end - s.start, "s and broke:", repr(s.why),
                  [line for line in self.lines()
                   if line["client_port"] == s.port])
        sure = [s for s in self.done if not self.near_death(s.end, s.end)]
        for start, end, result in self.asked:
            check(result.returncode == 0 or self.near_death(start, end),
                  result)
        early = [s for s in sure if s.kind in EARLY]
        watch.until(lambda: not self.untold(sure) and
                    self.untold(early, False).total() <= self.summed(), 30)
        check(not self.untold(sure), "no line:", self.untold(sure))
        missing = self.untold(early, False).total()
        check(missing <= self.summed(), missing, "not in", self.summed())
        # Nor is there any other one.
        lines = collections.Counter(line["client_port"]
                                    for line in self.lines())
        lines.subtract(s.port for s in self.done + self.broken)
        check(not +lines, "too many lines of ports", +lines)
        check(self.deaths or missing == self.summed(), missing, "and not",
              self.summed())
        print(f"{len(self.done)} sessions, {len(self.broken)} broken, "
              f"{len(sure)} compared, {len(self.deaths)} deaths")
        return sure

    def untold(self, sessions, each=True):
        """Those without their line; each has one, or is in a sum."""
        wanted = collections.Counter((s.port, *s.want) for s in sessions
                                     if not each or s.kind not in EARLY)
        return wanted - collections.Counter(
            tuple(line[k] for k in ("client_port", "rep", "cause", "up",
                                    "down")) for line in self.lines())

    def lines(self):
        return [s for s in self.log.read() if s["client"] == HOST]

    def summed(self):
        return sum(e["sessions"] for e in self.log.others
                   if e.get("event") == "more-sessions")

    def judge_counters(self, sure):
        """Each counter moved as often as sessions say."""
        want = collections.Counter({"sessions-accepted": len(sure),
                                    "sessions-closed": len(sure)})
        for s in sure:
            if KINDS[s.kind][1] is not None:
                want[KINDS[s.kind][1]] += 1
            want["bytes-up"] += s.want[2]
            want["bytes-down"] += s.want[3]
        got = self.counters()
        got.subtract(self.counted)
        check(+got == +want, "counted", +got, "not", +want)


async def calm(world, count):
    left = iter(range(int(count)))
    targets = await world.targets()
    await asyncio.gather(*(world.client(lambda: next(left, None) is not None)
                           for _ in range(CROWD)))
    world.judge_counters(world.judge())
    return targets


async def storm(world, seconds, *command):
    end = time.monotonic() + int(seconds)
    targets = await world.targets()
    await asyncio.gather(
        world.reloads(end), world.deaths_until(end), world.loads(end, command),
        world.lists(end),
        *(world.client(lambda: time.monotonic() < end) for _ in range(CROWD)))
    print(len(world.asked), "reloads and lists")
    world.judge()
    return targets


def main(case, ctl, port, blocked, amount, seed, *command):
    world = World(ctl, port, blocked, seed)
    asyncio.run(globals()[case](world, amount, *command))


if __name__ == "__main__":
    main(*sys.argv[1:])
