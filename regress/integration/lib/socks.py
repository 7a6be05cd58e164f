#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A SOCKS5 client for tests that does exactly what it is told, manners or
not.  Imported by the test programs beside it."""

import ipaddress
import socket
import struct

GREETING = b"\x05\x01\x00"
GREETING_LOGIN = b"\x05\x01\x02"


def connect(port, host="127.0.0.1", timeout=10, source=None):
    """A connection to the proxy."""
    return socket.create_connection((host, port), timeout, source)


def address(host):
    """ATYP and address: a literal as an address, else as a name."""
    if isinstance(host, bytes):
        return b"\x03" + bytes([len(host)]) + host
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return address(host.encode())
    return (b"\x01" if ip.version == 4 else b"\x04") + ip.packed


def request(host, port, command=1):
    """A whole request."""
    return (bytes([5, command, 0]) + address(host) + struct.pack(">H", port))


def read_exactly(sock, n):
    """n bytes, or what came before the end."""
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            break
        data += more
    return data


def read_reply(sock):
    """(rep, bound address, bound port) of a whole reply."""
    head = read_exactly(sock, 4)
    if len(head) != 4:
        raise EOFError(f"reply cut after {head!r}")
    if head[0] != 5 or head[2] != 0 or head[3] not in (1, 4):
        raise ValueError(f"malformed reply {head!r}")
    size = 4 if head[3] == 1 else 16
    rest = read_exactly(sock, size + 2)
    if len(rest) != size + 2:
        raise EOFError(f"reply cut after {head + rest!r}")
    return (head[1], str(ipaddress.ip_address(rest[:size])),
            struct.unpack(">H", rest[size:])[0])


def read_all(sock):
    """Everything until FIN."""
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


def login(name, password):
    """RFC 1929, of bytes."""
    return (b"\x01" + bytes([len(name)]) + name + bytes([len(password)]) +
            password)


def handshake(sock, host, port, command=1, user=None):
    """Greeting, login if user is a name and a password, request; the reply."""
    greeting = GREETING if user is None else GREETING_LOGIN
    sock.sendall(greeting)
    answer = read_exactly(sock, 2)
    if answer != b"\x05" + greeting[2:]:
        raise ValueError(f"method {answer!r}")
    if user is not None:
        sock.sendall(login(*user))
        answer = read_exactly(sock, 2)
        if answer != b"\x01\x00":
            raise PermissionError(f"login: {answer!r}")
    sock.sendall(request(host, port, command))
    return read_reply(sock)


def session(port, host, target):
    """A socket that is through to the target."""
    sock = connect(port)
    rep = handshake(sock, host, target)[0]
    if rep != 0:
        raise ConnectionRefusedError(f"rep {rep}")
    return sock


def reset(sock):
    """Ends it with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()
