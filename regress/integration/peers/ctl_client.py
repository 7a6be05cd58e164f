#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A client of the control socket without manners.

ctl_client.py socket garbage
    sends everything that is wrong, each on a connection of its own; fails
    unless each is closed
ctl_client.py socket crowd N
    makes N connections at once and leaves them open until it is ended;
    says "crowd" once they are there
ctl_client.py socket halves NAME N
    begins N changes of the table NAME, sends half of one, and leaves
ctl_client.py socket member UID GID
    becomes that user, asks for the status, says "served", and asks again for
    each line that it reads; says what it hears
ctl_client.py socket other
    is a daemon, of the version before, for one client; says "listens"
ctl_client.py socket half
    is a daemon that says one line and leaves, for one client; says "listens"
ctl_client.py socket deaf
    asks for the sessions and never reads; says "asked" and, once it is
    closed, "closed"
"""

import array
import os
import random
import re
import select
import socket
import struct
import sys

HEADER = struct.Struct(">IQ")
HERE = os.path.dirname(os.path.abspath(__file__))


def lists():
    """The nouns of LIST_TABLE."""
    path = os.path.join(HERE, "../../../socks5d/base/list.h")
    with open(path, encoding="ascii") as f:
        return re.findall(r"^\tX\(([A-Z]+), ", f.read(), re.M)


def message_types():
    """Names and numbers of the enum, as this build has them."""
    path = os.path.join(HERE, "../../../socks5d/base/msg.h")
    with open(path, encoding="ascii") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    body = re.search(r"enum msg_type \{(.*?)\}", text, re.S).group(1)
    # Those of the lists come from the table of these.
    for macro, name in (("ROWS", "MSG_%s_ROWS,"),
                        ("CTL_ROW", "MSG_CTL_%s_ROW,")):
        body = body.replace(f"LIST_TABLE(LIST_MSG_{macro})",
                            "".join(name % n for n in lists()))
    names = [n.strip() for n in body.split(",") if n.strip()]
    return {name: number for number, name in enumerate(names)}


TYPES = message_types()


def version():
    """MSG_VERSION of this build."""
    path = os.path.join(HERE, "../../../socks5d/base/msg_codec.h")
    with open(path, encoding="ascii") as f:
        return int(re.search(r"^#define MSG_VERSION\s+(\d+)U$", f.read(),
                             re.M).group(1))


def hello(number):
    return (HEADER.pack(TYPES["MSG_CTL_HELLO"], 0) +
            struct.pack(">I", number))


def connect(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.settimeout(10)
    sock.connect(path)
    return sock


def greeted(path):
    """A connection that has said and heard a good greeting."""
    sock = connect(path)
    sock.send(hello(version()))
    answer = sock.recv(65536)
    if HEADER.unpack(answer[:12])[0] != TYPES["MSG_CTL_HELLO"]:
        raise ValueError(f"greeting answered by {answer!r}")
    return sock


def is_closed(sock):
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def wrong_ones():
    """Datagrams that are no request, after a greeting or not."""
    yield b"\0"
    for n in range(1, HEADER.size):
        yield b"\xff" * n
    for number in list(range(TYPES["MSG_MAX"] + 2)) + [0xffffffff]:
        for n in (0, 1, 7, 16384, 16385, 60000):
            yield HEADER.pack(number, 0) + b"\xee" * n
    rnd = random.Random(1)
    for n in range(200):
        yield rnd.randbytes(rnd.randrange(1, 300))


def is_request(data):
    """A few of them are right by chance: those the table has so."""
    if len(data) != HEADER.size:
        return False
    number = HEADER.unpack(data)[0]
    return number in [TYPES["MSG_CTL_" + name] for name in
                      ("STATUS", "COUNTERS", "RELOAD", "REVOKE")]


def garbage(path):
    for data in wrong_ones():
        if is_request(data):
            continue
        for opener in (connect, greeted):
            with opener(path) as sock:
                sock.send(data)
                if not is_closed(sock):
                    sys.exit(f"not closed: {opener.__name__} {data[:40]!r}")
    # A descriptor comes along where none belongs.
    fds = array.array("i", [0, 1, 2])
    for n in range(1, 4):
        with greeted(path) as sock:
            sock.sendmsg([HEADER.pack(TYPES["MSG_CTL_STATUS"], 0)],
                         [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds[:n])])
            if not is_closed(sock):
                sys.exit(f"not closed: {n} descriptors")


def crowd(path, n):
    """The backlog is shorter than this, so some wait and some are refused."""
    socks = []
    for _ in range(n):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.setblocking(False)
        try:
            sock.connect(path)
        except BlockingIOError:
            select.select([], [], [], 0.001)
        socks.append(sock)
    print("crowd", flush=True)
    sys.stdin.read()


def halves(path, name, n):
    edit = bytes([0, len(name)]) + name.encode() + b"\0\1x"
    for i in range(n):
        with greeted(path) as sock:
            sock.send(HEADER.pack(TYPES["MSG_CTL_TABLE"], 0) + edit)
            answer = HEADER.unpack(sock.recv(65536)[:12])[0]
            if answer != TYPES["MSG_CTL_TABLE_NEXT"]:
                sys.exit(f"answered by {answer}")
            if i % 2:
                sock.send(HEADER.pack(TYPES["MSG_CTL_TABLE_TEXT"], 0) +
                          b"192.0.2.1\n")
                sock.recv(65536)
            if i % 4 == 3:
                # Another command in the middle of this one.
                sock.send(HEADER.pack(TYPES["MSG_CTL_LIST"], 0) + b"\0")
                if not is_closed(sock):
                    sys.exit("not closed")


def done(sock):
    """The text of the result that ends a command."""
    while True:
        data = sock.recv(65536)
        if not data:
            return "closed"
        if HEADER.unpack(data[:12])[0] == TYPES["MSG_CTL_DONE"]:
            return data[15:].decode()


def member(path, uid, gid):
    ask = HEADER.pack(TYPES["MSG_CTL_STATUS"], 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    with greeted(path) as sock:
        sock.send(ask)
        print("served" + done(sock), flush=True)
        for _ in sys.stdin:
            sock.send(ask)
            print(done(sock), flush=True)


def deaf(path):
    with greeted(path) as sock:
        # The first list is that of sessions.
        sock.send(HEADER.pack(TYPES["MSG_CTL_LIST"], 0) + b"\0")
        print("asked", flush=True)
        poll = select.poll()
        poll.register(sock, 0)
        poll.poll(60000)
        print("closed", flush=True)


def served(path):
    """The client of a daemon that is played here."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(60)
        print("listens", flush=True)
        sock, _ = listener.accept()
    sock.settimeout(60)
    if sock.recv(65536) != hello(version()):
        sys.exit("no greeting")
    return sock


def other(path):
    with served(path) as sock:
        sock.send(hello(version() - 1))
        if not is_closed(sock):
            sys.exit("goes on")


def half(path):
    with served(path) as sock:
        sock.send(hello(version()))
        sock.recv(65536)
        sock.send(HEADER.pack(TYPES["MSG_CTL_TEXT"], 0) + b"\0\4line")


def main():
    path, what, *rest = sys.argv[1:]
    if what == "garbage":
        garbage(path)
    elif what == "crowd":
        crowd(path, int(rest[0]))
    elif what == "halves":
        halves(path, rest[0], int(rest[1]))
    elif what == "member":
        member(path, int(rest[0]), int(rest[1]))
    elif what == "other":
        other(path)
    elif what == "half":
        half(path)
    elif what == "deaf":
        deaf(path)


main()
