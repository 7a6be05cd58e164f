#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""UDP ASSOCIATE as a client sees it, and targets that answer.  Imported by the
programs in cases/."""

import socket
import struct

import socks
import watch

WAIT = 10			# for what must come
HEADER4, HEADER6 = 10, 22	# bytes in front of an answer
LONGEST = 65507			# payload of UDP over IPv4
LONGEST_OF = (LONGEST, 65527)	# over IPv4 and IPv6


def header(host, port, frag=0):
    """The header of a datagram to that host, an address or bytes of a
    name."""
    return struct.pack(">HB", 0, frag) + socks.address(host) + struct.pack(
        ">H", port)


def dropped(kind):
    """How many datagrams the daemon has dropped for that."""
    return watch.counters()[f"udp-dropped-{kind}"]


def await_dropped(kind, number):
    """Until they are so many."""
    watch.until(lambda: dropped(kind) >= number)
    if dropped(kind) != number:
        raise AssertionError(kind, number, {
            k: v for k, v in watch.counters().items()
            if k.startswith("udp-") and v})


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def bound(host="127.0.0.1", port=0):
    """A UDP socket there."""
    sock = socket.socket(family_of(host), socket.SOCK_DGRAM)
    sock.bind((host, port))
    sock.settimeout(WAIT)
    return sock


def parse(data):
    """(host, port, payload) of an answer; a name is bytes."""
    rsv, frag, atyp = struct.unpack_from(">HBB", data)
    if (rsv, frag) != (0, 0) or atyp not in (1, 3, 4):
        raise ValueError(f"header {data[:4]!r}")
    if atyp == 3:
        end = 5 + data[4]
        return (data[5:end], struct.unpack_from(">H", data, end)[0],
                data[end + 2:])
    size = 4 if atyp == 1 else 16
    host = socket.inet_ntop(socket.AF_INET if atyp == 1 else socket.AF_INET6,
                            data[4:4 + size])
    port = struct.unpack_from(">H", data, 4 + size)[0]
    return host, port, data[4 + size + 2:]


class Association:
    """A client with its connection and its socket; the reply is in rep, and
    where it is to send to in relay."""

    def __init__(self, port, host="127.0.0.1", user=None, hint=("0.0.0.0", 0),
                 source=None):
        self.control = socks.connect(port, host, source=source)
        self.rep, *self.relay = socks.handshake(
            self.control, hint[0], hint[1], 3, user)
        self.relay = tuple(self.relay)
        self.sock = bound(self.control.getsockname()[0])

    def send(self, host, port, payload=b"", frag=0):
        self.send_raw(header(host, port, frag) + payload)

    def send_raw(self, data):
        self.sock.sendto(data, self.relay)

    def recv(self):
        """(host, port, payload) of the next answer, from the relay alone."""
        data, source = self.sock.recvfrom(1 << 16)
        if source[:2] != self.relay:
            raise ValueError(f"an answer from {source}")
        return parse(data)

    def has(self, seconds=0):
        """Whether an answer is there."""
        self.sock.settimeout(seconds or 0.001)
        try:
            self.sock.recvfrom(1, socket.MSG_PEEK)
            return True
        except (TimeoutError, BlockingIOError):
            return False
        finally:
            self.sock.settimeout(WAIT)

    def echo(self, target, host, payload):
        """There, where target is, and back; the payload that came back and
        the address that target saw."""
        port = target.getsockname()[1]
        self.send(host, port, payload)
        data, source = target.recvfrom(1 << 16)
        if data != payload:
            raise ValueError(f"{len(data)} bytes for {len(payload)}")
        target.sendto(data, source)
        return self.recv(), source

    def ended(self):
        """Whether the daemon has closed its connection."""
        self.control.settimeout(0)
        try:
            return self.control.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        finally:
            self.control.settimeout(WAIT)

    def close(self):
        self.control.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()
