#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of scale_test.sh: scale.py CASE PORT COUNT [PID...]

Many sessions at once, clients and targets in this process.  Prints what the
processes' memory grew by per session.
"""

import asyncio
import hashlib
import socket
import sys

import socks
import watch
from relay import BLOCK, rss
from watch import check

SIZE = 200000


def report(what, count, before, pids):
    grown = rss(pids) - before
    print(f"{count} {what}: {grown} KiB more, {grown * 1024 // count} bytes "
          "each")


def idle(port, count, pids):
    """All stay open and all still work; none has to wait for a slot."""
    target = watch.Target(4096)
    before, pairs = rss(pids), []
    for i in range(count):
        sock = socks.session(port, "127.0.0.1", target.port)
        pairs.append((sock, target.accept()[0]))
    report("idle sessions", count, before, pids)
    for i, (sock, conn) in enumerate(pairs):
        data = str(i).encode()
        sock.sendall(data)
        check(conn.recv(100) == data, "up", i)
        conn.sendall(data)
        check(sock.recv(100) == data, "down", i)
    report("used sessions", count, before, pids)
    for i, (sock, conn) in enumerate(pairs):
        if i % 2:
            socks.reset(sock)
        else:
            sock.close()
        conn.close()


def part(i):
    """What session i sends: its own cut of the pattern."""
    return BLOCK[i * 97 % 500000:][:SIZE]


async def one_side(reader, writer, mine, other):
    """Sends all of mine while it takes all of other."""
    async def send():
        writer.write(mine)
        await writer.drain()
        writer.write_eof()
    sending = asyncio.ensure_future(send())
    digest = hashlib.blake2b()
    while data := await reader.read(1 << 16):
        digest.update(data)
    await sending
    check(digest.digest() == hashlib.blake2b(other).digest(), "bytes differ")
    writer.close()


async def transfers_all(port, count, pids):
    ready, go, ends = asyncio.Semaphore(0), asyncio.Event(), []

    async def serve(reader, writer):
        i = int.from_bytes(await reader.readexactly(4), "big")
        ends.append(asyncio.current_task())
        await one_side(reader, writer, part(i + 1), part(i))

    async def client(i):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(socks.GREETING)
        check(await reader.readexactly(2) == b"\x05\x00", "method", i)
        writer.write(socks.request("127.0.0.1", tport))
        reply = await reader.readexactly(10)
        check(reply[1] == 0, "reply", i, reply)
        ready.release()
        await go.wait()
        writer.write(i.to_bytes(4, "big"))
        await one_side(reader, writer, part(i), part(i + 1))

    sock = socket.create_server(("127.0.0.1", 0), backlog=4096)
    tport = sock.getsockname()[1]
    server = await asyncio.start_server(serve, sock=sock,
                                        backlog=4096)
    before = rss(pids)
    tasks = [asyncio.ensure_future(client(i)) for i in range(count)]
    opened = asyncio.gather(*(ready.acquire() for _ in range(count)))
    await asyncio.wait([opened, *tasks], return_when=asyncio.FIRST_COMPLETED)
    check(opened.done(), "not all could open a session")
    go.set()
    await asyncio.gather(*tasks)
    await asyncio.gather(*ends)
    check(len(ends) == count, "targets", len(ends))
    report("transfers", count, before, pids)
    server.close()


def transfers(port, count, pids):
    """All are open before the first begins, then all move at once."""
    asyncio.run(transfers_all(port, count, pids))


if __name__ == "__main__":
    watch.all_descriptors()
    globals()[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
