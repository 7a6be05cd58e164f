#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A proxy that does as it is told, for tests of what is behind an upstream.

    upstreamd.py PORTFILE PROTOCOL [user=U] [password=P] [script=FILE] [do=B]

PROTOCOL is socks5, socks4 or http.  It listens on 127.0.0.1 and ::1, and says
what it hears: "N accepted", "N greeting 02", "N login U P", "N connect HOST
PORT", "N opened", "N ended".  A name is 127.0.0.1, whatever it is.  With a
user it lets in nobody else; to SOCKS4 the user is an id.  Of an association of
SOCKS5 it says "N associate HOST PORT", "N datagram HOST PORT BYTES" for each
that comes and "N associated PORT", its own port towards the targets, and "N from HOST" once
it knows from where its client sends.

B is what to do with a connection: parts joined by "+".  With "do=B,B,B" the
first connection gets the first, those after the last the last.  FILE has B of
the connections from now on and is read at each one; it wins while it is there.

    ok              let through, as are all that nothing else is said of
    refuse:CODE     connect to nobody and answer the request with that reply,
                    code or status; it may say that all is well
    mute            hang up in place of a refusal, as sshd(8) does
    method:N        answer the greeting with that method
    login:N         answer the login with that status
    stall:WHERE     say nothing any more; WHERE is accept, greeting, login or
                    request
    close:WHERE     close in place of the answer; reset:WHERE resets
    half:WHERE      half of the answer, then close
    junk:HEX        these bytes in place of the first answer, then nothing
    flood           junk without end in place of the first answer
    bytes           every answer byte by byte, each a segment of its own
    early:TEXT      these bytes right behind the last answer, in one segment
    ahead           all answers at once, before anything was asked
    name:N          a bound name of N bytes in the reply of SOCKS5
    head:N          N bytes of headers in the answer of HTTP
    soon            answers 100 and 103 before that of HTTP
    late:SECONDS    each answer so much later
    bound:HOST      where it says that it wants datagrams, at the right port
    port:N          at this port in place of the right one
    drop            datagrams go nowhere
    end:N           closes the connection of an association after N datagrams
    before:KIND     before each answer sends the same with another payload and
                    one thing wrong: frag, rsv, type, short, address, port or
                    name
"""

import asyncio
import base64
import os
import socket
import struct
import sys

BLOCK = b"x" * 65536
ENDINGS = ("stall", "close", "reset", "half")


class Over(Exception):
    """Nothing more is to be said on this connection."""


class Proxy:
    """One connection from the one that we are the upstream of."""

    def __init__(self, number, options, behaviour, reader, writer):
        self.number = number
        self.user = options.get("user")
        self.password = options.get("password", "")
        self.does = dict((kind, arg) for kind, _, arg in
                         (part.partition(":")
                          for part in behaviour.split("+")))
        self.reader, self.writer = reader, writer
        self.sock = writer.get_extra_info("socket")
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.first = True

    def log(self, *words):
        print(self.number, *words, flush=True)

    async def hold(self):
        """Says nothing until the other side leaves."""
        while await self.reader.read(65536):
            pass
        raise Over

    async def end(self, kind, data):
        if kind == "stall":
            await self.hold()
        if kind == "half":
            self.writer.write(data[:len(data) // 2])
            await self.writer.drain()
        if kind == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
        raise Over

    async def say(self, where, data):
        """An answer, or what the script has in its place."""
        for kind in ENDINGS:
            if self.does.get(kind) == where:
                await self.end(kind, data)
        if self.first and "junk" in self.does:
            self.writer.write(bytes.fromhex(self.does["junk"]))
            await self.writer.drain()
            await self.hold()
        while self.first and "flood" in self.does:
            self.writer.write(BLOCK)
            await self.writer.drain()
        self.first = False
        if "late" in self.does:
            await asyncio.sleep(float(self.does["late"]))
        if where == "request":
            data += self.does.get("early", "").encode()
        if "ahead" in self.does:
            return
        if "bytes" not in self.does:
            self.writer.write(data)
        for byte in data if "bytes" in self.does else b"":
            self.writer.write(bytes([byte]))
            await asyncio.sleep(0.002)
        await self.writer.drain()

    async def connect(self, host, port):
        """Streams to the destination, or the reason why there are none."""
        self.log("connect", host, port)
        if "refuse" in self.does:
            return None
        try:
            socket.inet_pton(socket.AF_INET6 if ":" in host else
                             socket.AF_INET, host)
        except OSError:
            host = "127.0.0.1"
        try:
            return await asyncio.open_connection(host, port)
        except OSError:
            if "mute" in self.does:
                raise Over from None
            return None

    def code(self, streams, ok, failed):
        if "refuse" in self.does:
            return int(self.does["refuse"])
        return failed if streams is None else ok

    # --- the protocols: each gives the streams, or raises Over -------------

    async def socks5(self):
        want = 0 if self.user is None else 2
        if "ahead" in self.does:
            self.writer.write(bytes([5, want]) +
                              (b"\1\0" if want else b"") +
                              b"\5\0\0\1" + bytes(6))
        version, count = await self.reader.readexactly(2)
        methods = await self.reader.readexactly(count)
        self.log("greeting", methods.hex())
        method = want if version == 5 and want in methods else 255
        method = int(self.does.get("method", method))
        await self.say("greeting", bytes([5, method]))
        if method == 255:
            raise Over
        if method == 2:
            await self.login()
        head = await self.reader.readexactly(4)
        if head[1] == 3:
            return await self.associate(head)
        if head[3] == 3:
            size = (await self.reader.readexactly(1))[0]
            host = (await self.reader.readexactly(size)).decode("latin1")
        else:
            host = socket.inet_ntop(
                socket.AF_INET if head[3] == 1 else socket.AF_INET6,
                await self.reader.readexactly(4 if head[3] == 1 else 16))
        port, = struct.unpack(">H", await self.reader.readexactly(2))
        streams = await self.connect(host, port)
        code = self.code(streams, 0, 5)
        bound = b"\1" + bytes(6)
        if "name" in self.does:
            size = int(self.does["name"])
            bound = bytes([3, size]) + b"n" * size + bytes(2)
        await self.say("request", bytes([5, code, 0]) + bound)
        return self.through(streams, code == 0)

    async def associate(self, head):
        """Relays datagrams as long as the connection lasts."""
        size = 4 if head[3] == 1 else 16
        host = socket.inet_ntop(
            socket.AF_INET if head[3] == 1 else socket.AF_INET6,
            await self.reader.readexactly(size))
        port, = struct.unpack(">H", await self.reader.readexactly(2))
        self.log("associate", host, port)
        code = int(self.does.get("refuse", 0))
        here = self.sock.getsockname()[0]
        loop = asyncio.get_running_loop()
        inner, relay = await loop.create_datagram_endpoint(
            lambda: Relay(self), local_addr=(here, 0))
        try:
            port = inner.get_extra_info("sockname")[1]
            bound = address(self.does.get("bound", here)) + struct.pack(
                ">H", int(self.does.get("port", port)))
            if "name" in self.does:
                size = int(self.does["name"])
                bound = bytes([3, size]) + b"n" * size + struct.pack(
                    ">H", port)
            await self.say("request", bytes([5, code, 0]) + bound)
            if code != 0:
                raise Over
            await relay.lasts(self.reader)
        finally:
            relay.close()
        raise Over

    async def login(self):
        _, size = await self.reader.readexactly(2)
        user = (await self.reader.readexactly(size)).decode("latin1")
        size, = await self.reader.readexactly(1)
        password = (await self.reader.readexactly(size)).decode("latin1")
        self.log("login", user, password)
        right = (user, password) == (self.user, self.password)
        status = int(self.does.get("login", 0 if right else 1))
        await self.say("login", bytes([1, status]))
        if status != 0:
            raise Over

    async def socks4(self):
        if "ahead" in self.does:
            self.writer.write(b"\0\x5a" + bytes(6))
        head = await self.reader.readexactly(8)
        user = (await self.reader.readuntil(b"\0"))[:-1].decode("latin1")
        host = socket.inet_ntop(socket.AF_INET, head[4:])
        if head[4:7] == bytes(3) and head[7] != 0:
            host = (await self.reader.readuntil(b"\0"))[:-1].decode("latin1")
        if user:
            self.log("login", user)
        if self.user is not None and user != self.user:
            await self.say("request", b"\0\x5d" + bytes(6))
            raise Over
        streams = await self.connect(host, struct.unpack(">H", head[2:4])[0])
        code = self.code(streams, 90, 91)
        await self.say("request", bytes([0, code]) + bytes(6))
        return self.through(streams, code == 90)

    async def http(self):
        if "ahead" in self.does:
            self.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin1")
        lines = head.split("\r\n")
        method, authority, version = lines[0].split(" ")
        if method != "CONNECT" or version != "HTTP/1.1" or \
                f"Host: {authority}" not in lines:
            self.log("bad", lines[0])
            raise Over
        for line in lines:
            key, _, value = line.partition(": Basic ")
            if key == "Proxy-Authorization":
                pair = base64.b64decode(value, validate=True).decode("latin1")
                self.log("login", *pair.split(":", 1))
        if self.user is not None and not any(
                line == "Proxy-Authorization: Basic " + base64.b64encode(
                    f"{self.user}:{self.password}".encode("latin1")).decode()
                for line in lines):
            await self.say("request", self.answer(407))
            raise Over
        host, _, port = authority.rpartition(":")
        streams = await self.connect(host.strip("[]"), int(port))
        code = self.code(streams, 200, 502)
        await self.say("request", self.answer(code))
        return self.through(streams, 200 <= code < 300)

    def answer(self, code):
        soon = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\n" \
            if "soon" in self.does else ""
        extra = "X-Long: " + "h" * int(self.does["head"]) + "\r\n" \
            if "head" in self.does else ""
        return (f"{soon}HTTP/1.1 {code} as it is told\r\n{extra}"
                "Via: 1.1 test\r\n\r\n").encode()

    def through(self, streams, granted):
        if not granted or streams is None:
            if streams is not None:
                streams[1].close()
            if granted:
                # It lied.
                return None
            raise Over
        self.log("opened")
        return streams


def address(host):
    """As SOCKS has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return (b"\4" if ":" in host else b"\1") + socket.inet_pton(family, host)


def wrong(kind, host, port, payload):
    """An answer that must not be taken for one."""
    good = bytearray(bytes(3) + address(host) + struct.pack(">H", port) +
                     b"wrong" + payload)
    if kind in ("frag", "rsv"):
        good[2 if kind == "frag" else 1] = 1
    elif kind == "type":
        good[3] = 2
    elif kind == "short":
        del good[9:]
    elif kind == "address":
        good[7] ^= 1
    elif kind == "port":
        good[len(good) - len(payload) - 6] ^= 1
    elif kind == "name":
        good[3:8] = b"\3\x09localhost"
    return bytes(good)


class Relay(asyncio.DatagramProtocol):
    """Datagrams between the one that has the association and its targets."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.inner = self.client = self.outer = None
        self.count = 0
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.inner = transport
        self.outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outer.bind(("127.0.0.1", 0))
        self.outer.setblocking(False)
        asyncio.get_running_loop().add_reader(self.outer, self.answer)
        self.proxy.log("associated", self.outer.getsockname()[1])

    def datagram_received(self, data, addr):
        if self.client is None:
            self.client = addr
            self.proxy.log("from", addr[0])
        if data[3] == 3:
            end = 5 + data[4]
            host = data[5:end].decode("latin1")
        else:
            end = 8 if data[3] == 1 else 20
            host = socket.inet_ntop(
                socket.AF_INET if data[3] == 1 else socket.AF_INET6,
                data[4:end])
        port, = struct.unpack_from(">H", data, end)
        self.proxy.log("datagram", host, port, len(data) - end - 2)
        self.count += 1
        if "drop" not in self.proxy.does:
            self.outer.sendto(data[end + 2:], (
                "127.0.0.1" if data[3] == 3 else host, port))
        if self.count == int(self.proxy.does.get("end", 0)):
            self.over.set_result(None)

    def answer(self):
        data, source = self.outer.recvfrom(1 << 16)
        if "before" in self.proxy.does:
            self.inner.sendto(wrong(self.proxy.does["before"], *source,
                                    data), self.client)
        self.inner.sendto(bytes(3) + address(source[0]) +
                          struct.pack(">H", source[1]) + data, self.client)

    async def lasts(self, reader):
        closed = asyncio.ensure_future(reader.read(1))
        await asyncio.wait((closed, self.over),
                           return_when=asyncio.FIRST_COMPLETED)
        closed.cancel()

    def close(self):
        asyncio.get_running_loop().remove_reader(self.outer)
        self.outer.close()
        self.inner.close()


async def pump(reader, writer):
    """All bytes until FIN, and the FIN."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()


async def serve(proxy, protocol):
    streams = None
    try:
        if proxy.does.get("stall") == "accept":
            await proxy.hold()
        if "accept" in (proxy.does.get("close"), proxy.does.get("reset")):
            await proxy.end("reset" if "reset" in proxy.does else "close",
                            b"")
        streams = await getattr(proxy, protocol)()
        if streams is None:
            await proxy.hold()
        await asyncio.gather(pump(proxy.reader, streams[1]),
                             pump(streams[0], proxy.writer))
    except (Over, OSError, EOFError, asyncio.IncompleteReadError,
            asyncio.LimitOverrunError):
        pass
    if streams is not None:
        streams[1].close()
    proxy.log("ended")
    proxy.writer.close()


def behaviour_of(options, number):
    try:
        with open(options["script"], encoding="ascii") as file:
            return file.read().strip()
    except (KeyError, FileNotFoundError):
        pass
    each = options.get("do", "ok").split(",")
    return each[min(number, len(each)) - 1]


def listeners():
    while True:
        v4 = socket.create_server(("127.0.0.1", 0), backlog=1024)
        try:
            v6 = socket.create_server(("::1", v4.getsockname()[1]),
                                      family=socket.AF_INET6, backlog=1024)
            return [v4, v6]
        except OSError:
            v4.close()


async def main(portfile, protocol, *args):
    options = dict(arg.split("=", 1) for arg in args)
    count = 0

    async def accepted(reader, writer):
        nonlocal count
        count += 1
        print(count, "accepted", flush=True)
        await serve(Proxy(count, options, behaviour_of(options, count),
                          reader, writer), protocol)

    socks = listeners()
    for sock in socks:
        await asyncio.start_server(accepted, sock=sock, limit=1 << 20,
                                   backlog=1024)
    with open(portfile + ".new", "w", encoding="ascii") as out:
        out.write(f"{socks[0].getsockname()[1]}.\n")
    os.rename(portfile + ".new", portfile)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
