#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""What a test can see of the daemon from outside: the lines of its sessions,
its list of them, and the kernel's sight of a connection.  Imported by the
programs beside it; the daemon must have been started with "log format
json"."""

import ipaddress
import json
import os
import resource
import select
import socket
import struct
import subprocess
import time

# The numbers of "make check", or those of "make abuse".
LONG = bool(os.environ.get("SOCKS5D_LONG"))
SOCKS5CTL = os.environ.get("SOCKS5CTL") or os.path.join(
    os.path.dirname(__file__), "../../../socks5ctl/socks5ctl")

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20

ESTABLISHED, TIME_WAIT, CLOSED = 1, 6, 7	# include/net/tcp_states.h


def check(truth, *what):
    """Stops the test unless it is so."""
    if not truth:
        raise AssertionError(" ".join(str(w) for w in what))


def until(found, seconds=10):
    """What found() returns once that is not empty; None if it stays so."""
    end = time.monotonic() + seconds
    while True:
        if result := found():
            return result
        if time.monotonic() > end:
            return None
        time.sleep(0.005)


class Log:
    """The daemon's log as far as it was read."""

    def __init__(self, path="daemon.log"):
        self.file = open(path, encoding="utf-8")
        self.tail = ""
        self.sessions = []
        self.others = []

    def read(self):
        """The sessions so far.  A line that is no JSON is an error."""
        *lines, self.tail = (self.tail + self.file.read()).split("\n")
        for line in lines:
            entry = json.loads(line)
            if entry.get("event") == "session":
                self.sessions.append(entry)
            else:
                self.others.append(entry)
        return self.sessions

    def of(self, port, number=None):
        """The line of the last session from this client port, or of that id:
        after a reset the next client may have the same port."""
        found = until(lambda: [s for s in self.read()
                               if s["client_port"] == port and
                               number in (None, s["id"])])
        check(found, f"no line of the session from port {port}")
        return found[-1]


def all_descriptors():
    """As many as this process may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def show(what):
    """What socks5ctl shows of that kind."""
    result = subprocess.run([SOCKS5CTL, "-s", "ctl", "show", what, "-j"],
                            check=True, capture_output=True)
    return json.loads(result.stdout)[what]


def listed():
    """The sessions, each by the port of its client."""
    return {row["client_port"]: row for row in show("sessions")}


def counters():
    """Their values by their names."""
    return {row["name"]: row["value"] for row in show("counters")}


def connection(local, remote):
    """(state, bytes to read, bytes to send) of the connection from local to
    remote, each (host, port); (CLOSED, 0, 0) if there is none."""
    hosts = [ipaddress.ip_address(a[0]) for a in (local, remote)]
    family = socket.AF_INET if hosts[0].version == 4 else socket.AF_INET6
    body = struct.pack("=BBBxIHH16s16sIII", family, socket.IPPROTO_TCP, 0,
                       0xffffffff, socket.htons(local[1]),
                       socket.htons(remote[1]), hosts[0].packed,
                       hosts[1].packed, 0, 0xffffffff, 0xffffffff)
    head = struct.pack("=IHHII", 16 + len(body), SOCK_DIAG_BY_FAMILY, 1, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_SOCK_DIAG) as diag:
        diag.send(head + body)
        answer = diag.recv(8192)
    if struct.unpack_from("=H", answer, 4)[0] != SOCK_DIAG_BY_FAMILY:
        return CLOSED, 0, 0
    state = answer[17]
    if socket.ntohs(struct.unpack_from("=H", answer, 22)[0]) != remote[1]:
        return CLOSED, 0, 0		# the listener was found instead
    return state, *struct.unpack_from("=II", answer, 16 + 4 + 48 + 4)


def unread(sock):
    """How much of what sock sent its peer process has not read yet."""
    return connection(sock.getpeername()[:2], sock.getsockname()[:2])[1]


def wait_read(sock):
    """Until the peer process has read all that sock sent."""
    check(until(lambda: unread(sock) == 0), "the peer does not read")


class Target:
    """Listens on both loopback addresses with one port."""

    def __init__(self, backlog=64):
        while True:
            v4 = socket.create_server(("127.0.0.1", 0), backlog=backlog)
            self.port = v4.getsockname()[1]
            try:
                v6 = socket.create_server(("::1", self.port), backlog=backlog,
                                          family=socket.AF_INET6)
                break
            except OSError:
                v4.close()
        self.socks = (v4, v6)

    def accept(self, family=None):
        """(connection, (host, port) of its peer), of either family or one."""
        sock = self.socks[family == socket.AF_INET6]
        if family is None:
            sock = (select.select(self.socks, [], [], 10)[0] or [sock])[0]
        sock.settimeout(10)
        conn, peer = sock.accept()
        conn.settimeout(10)
        return conn, peer[:2]

    def nobody_came(self):
        """True if no connection waits."""
        for sock in self.socks:
            sock.settimeout(0)
            try:
                sock.accept()[0].close()
                return False
            except BlockingIOError:
                pass
        return True
