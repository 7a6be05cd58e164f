#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Targets for sessions: target.py PORTFILE MODE [ARGUMENT...]

Listens on 127.0.0.1 and ::1 with one port that the kernel chose, writes
"port." to PORTFILE when ready, serves until it is killed.

    echo            sends back what comes, FIN after FIN
    discard         reads, prints "got N" and the SHA-256 at the end
    source N        sends N bytes of a known pattern, then FIN
    greet TEXT      sends TEXT first, then echoes
    reset           resets every connection at its first byte
    silent          accepts and never says a word
    halfclose N     sends N bytes only after the client's FIN
    hog             sends for ever, reads nothing
    http            HTTP/1.1: GET /N answers N bytes of the pattern, PUT the
                    SHA-256 of what was sent, GET /page a page of HTML
"""

import asyncio
import hashlib
import os
import socket
import struct
import sys

BLOCK = bytes((i * 7 + i // 251) % 256 for i in range(65536))


def pattern(n):
    """The first n bytes of the known pattern."""
    return (BLOCK * (n // len(BLOCK) + 1))[:n]


async def echo(reader, writer, first=b""):
    writer.write(first)
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def discard(reader, writer):
    digest, n = hashlib.sha256(), 0
    while data := await reader.read(1 << 18):
        digest.update(data)
        n += len(data)
    print(f"got {n} {digest.hexdigest()}", flush=True)


async def send(writer, n):
    while n > 0:
        writer.write(BLOCK[:min(n, len(BLOCK))])
        await writer.drain()
        n -= min(n, len(BLOCK))
    writer.write_eof()


async def source(reader, writer, n):
    await send(writer, int(n))
    await reader.read()


async def halfclose(reader, writer, n):
    got = 0
    while data := await reader.read(65536):
        got += len(data)
    print(f"fin after {got}", flush=True)
    await send(writer, int(n))


async def reset(reader, writer):
    await reader.read(1)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


async def silent(reader, writer):
    await reader.read()


async def hog(reader, writer):
    while True:
        writer.write(BLOCK)
        await writer.drain()


async def greet(reader, writer, text):
    await echo(reader, writer, text.encode())


async def http_request(reader):
    """Method, path and headers of one request; None at the end."""
    line = (await reader.readline()).decode().split()
    if len(line) != 3:
        return None
    headers = {}
    while (row := (await reader.readline()).decode().strip()) != "":
        key, _, value = row.partition(":")
        headers[key.lower()] = value.strip()
    return line[0], line[1], headers


async def http_body(reader, headers):
    digest, left = hashlib.sha256(), int(headers.get("content-length", 0))
    while left > 0:
        data = await reader.read(min(left, 1 << 18))
        digest.update(data)
        left -= len(data) or left
    return digest.hexdigest().encode()


async def http(reader, writer):
    while asked := await http_request(reader):
        method, path, headers = asked
        if method == "PUT":
            body = await http_body(reader, headers)
        elif path == "/page":
            body = (b"<html><body><p id='p'>no script</p><script>"
                    b"fetch('/1000').then(r => r.text()).then(t => {"
                    b"document.getElementById('p').innerText ="
                    b"'fetched ' + t.length;});</script></body></html>")
        else:
            number = path.strip("/")
            body = pattern(int(number)) if number.isdigit() else b""
        kind = b"text/html" if path == "/page" else b"text/plain"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind +
                     b"; charset=latin1\r\nContent-Length: " +
                     str(len(body)).encode() + b"\r\n\r\n" + body)
        await writer.drain()


MODES = {f.__name__: f for f in (echo, discard, source, greet, reset, silent,
                                 halfclose, hog, http)}


def listeners():
    while True:
        v4 = socket.create_server(("127.0.0.1", 0), backlog=4096)
        try:
            v6 = socket.create_server(("::1", v4.getsockname()[1]),
                                      family=socket.AF_INET6, backlog=4096)
            return [v4, v6]
        except OSError:
            v4.close()


async def main(portfile, mode, *args):
    async def serve(reader, writer):
        peer = writer.get_extra_info("peername")
        print(f"accepted {peer[0]} {peer[1]}", flush=True)
        try:
            await MODES[mode](reader, writer, *args)
        except OSError as error:
            print(f"ended {error.__class__.__name__}", flush=True)
        else:
            print("ended", flush=True)
        writer.close()

    socks = listeners()
    for sock in socks:
        await asyncio.start_server(serve, sock=sock, limit=1 << 20,
                                   backlog=4096)
    with open(portfile + ".new", "w", encoding="ascii") as out:
        out.write(f"{socks[0].getsockname()[1]}.\n")
    os.rename(portfile + ".new", portfile)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
