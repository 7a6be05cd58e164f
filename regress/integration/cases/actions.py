#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""What rules do with sessions; run by actions_test.sh as

	actions.py case port [argument ...]	one of the functions below

The daemon must have been started with "log format json"."""

import pwd
import selectors
import socket
import sys
import threading
import time

import socks
import watch
from watch import check, until

PORTS = (7001, 7002, 7003)


def ask(port, host, target):
    """The reply of a request, b"" if there is none, and its log line."""
    log = watch.Log()
    log.file.seek(0, 2)		# a line of the start may be no JSON yet
    with socks.connect(int(port)) as sock:
        sock.sendall(socks.GREETING + socks.request(host, int(target)))
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "greeting")
        try:
            reply = socks.read_all(sock)
        except ConnectionResetError:
            reply = b""
        mine = sock.getsockname()[1]
    return reply, log.of(mine)


def refused(port, host, target, rep, hint=""):
    reply, line = ask(port, host, target)
    check(len(reply) >= 10 and reply[1] == int(rep), reply, line)
    check(hint in (line["hint"] or ""), line)
    return line


def open_to(port, host, target):
    """A session that is through, and the socket's name as it was told."""
    sock = socks.connect(int(port))
    rep, bound, _ = socks.handshake(sock, host, int(target))
    check(rep == 0, "rep", rep, host, target)
    return sock, bound


def echoes(sock):
    sock.sendall(b"hello")
    return socks.read_exactly(sock, 5) == b"hello"


def drop(port, target):
    sock, _ = open_to(port, "127.0.0.1", target)
    check(echoes(sock), "no echo")
    sock.close()
    for host in "127.0.0.2", "203.0.113.7":
        reply, line = ask(port, host, target)
        check(reply == b"" and line["rep"] is None, reply, line)
        check(line["cause"] in ("rule", "internal-address") and line["rule"],
              line)
    check(refused(port, "127.0.0.3", target, 2)["rule"].endswith(":8"),
          "rule")
    check(watch.counters()["refused-rule"] == 3, watch.counters())


def drop_name(port):
    reply, line = ask(port, b"www.example.org", 80)
    check(reply == b"" and line["rule"] == "socks5d.conf:5", reply, line)


def rdr(port, target):
    log = watch.Log()
    for host, there, address in (("192.0.2.80", 80, "192.0.2.80"),
                                 ("192.0.2.81", 443, "192.0.2.81"),
                                 (b"www.example.org", 443, "192.0.2.8"),
                                 ("192.0.2.83", target, "192.0.2.83")):
        sock, _ = open_to(port, host, there)
        check(echoes(sock), "no echo", host)
        mine = sock.getsockname()[1]
        row = watch.listed()[mine]
        check(row["address"].startswith(address) and
              row["port"] == int(there), row)
        sock.close()
        line = log.of(mine)
        check(line["address"].startswith(address) and
              line["port"] == int(there), line)
    refused(port, "192.0.2.80", 81, 2)


def source(port):
    target = watch.Target()
    sock, bound = open_to(port, "127.0.0.1", target.port)
    peer = target.accept()[1]
    check(peer[0] == "127.0.0.77", peer)
    check(bound == "127.0.0.77", bound)
    sock.close()
    line = refused(port, "127.0.0.2", target.port, 1, "192.0.2.10: Cannot "
                   "assign requested address (required by the rule in "
                   "socks5d.conf:6)")
    check(line["cause"] == "no-resources", line)
    line = refused(port, "::1", target.port, 4, "127.0.0.77")
    check(line["cause"] == "host-unreachable", line)
    with socket.create_server(("127.0.0.3", 0)) as other:
        sock, _ = open_to(port, "127.0.0.3", other.getsockname()[1])
        check(other.accept()[1][0] != "127.0.0.77", "source")
        sock.close()


def ended(log, sock):
    """Cause and milliseconds of a session that ends by itself."""
    sock.settimeout(30)
    try:
        socks.read_all(sock)
    except ConnectionResetError:
        pass
    line = log.of(sock.getsockname()[1])
    return line["cause"], line["duration_ms"]


def timeouts(port):
    log = watch.Log()
    first = {}
    held = []
    for host in "127.0.0.1", "127.0.0.2", "127.0.0.3":
        with socket.create_server((host, 0)) as server:
            for half in False, True:
                sock, _ = open_to(port, host, server.getsockname()[1])
                peer = server.accept()[0]
                if half:
                    peer.shutdown(socket.SHUT_WR)
                first[host, half] = sock
                held.append(peer)
    order = []
    with selectors.DefaultSelector() as sel:
        for key, sock in first.items():
            if key[1]:
                check(sock.recv(1) == b"", "no FIN")
    results = {}
    threads = []
    for key in (("127.0.0.2", False), ("127.0.0.3", True),
                ("127.0.0.1", False), ("127.0.0.1", True)):
        def wait(key=key):
            try:
                first[key].settimeout(30)
                while first[key].recv(1):
                    pass
                if key[1]:
                    # FIN was before; the end shows on the far side.
                    held[list(first).index(key)].settimeout(30)
                    held[list(first).index(key)].recv(1)
            except OSError:
                pass
            order.append(key)
        threads.append(threading.Thread(target=wait))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for key, sock in first.items():
        mine = sock.getsockname()[1]
        if key in (("127.0.0.2", True), ("127.0.0.3", False)):
            check(mine in watch.listed(), "it ended", key)
            continue
        line = log.of(mine)
        results[key] = line["duration_ms"]
        check(line["cause"] == ("half-closed-timeout" if key[1] else
                                "idle-timeout"), key, line)
    for short in ("127.0.0.2", False), ("127.0.0.3", True):
        for normal in ("127.0.0.1", False), ("127.0.0.1", True):
            check(500 <= results[short] < results[normal], results)
    for sock in list(first.values()) + held:
        sock.close()
    connects(port)


def connects(port):
    """The time to connect, of targets that do not answer."""
    took = {}
    for host in "127.0.0.4", "127.0.0.1", "127.0.0.5":
        with socket.create_server((host, 0), backlog=0) as hole:
            fill = []
            for _ in range(4):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(hole.getsockname())
                fill.append(sock)
            begin = time.monotonic()
            line = refused(port, host, hole.getsockname()[1], 6)
            took[host] = time.monotonic() - begin
            check(line["cause"] == "connect-timeout", line)
            for sock in fill:
                sock.close()
    check(0.2 <= took["127.0.0.4"] < took["127.0.0.1"] < took["127.0.0.5"]
          and took["127.0.0.5"] >= 6.5, took)


def server(name):
    """Says its name to whoever comes."""
    sel = selectors.DefaultSelector()
    for port in PORTS:
        sel.register(socket.create_server(("10.50.0.1", port), backlog=256),
                     selectors.EVENT_READ)
    print("listening", flush=True)
    while True:
        for key, _ in sel.select():
            with key.fileobj.accept()[0] as sock:
                sock.sendall(name.encode())


def says(port, target, name):
    sock, _ = open_to(port, "10.50.0.1", target)
    with sock:
        got = socks.read_all(sock)
    check(got == name.encode(), got)


def crowd(port, target, name, count):
    """All ask before any is answered."""
    ask_all = [socks.connect(int(port)) for _ in range(int(count))]
    for sock in ask_all:
        sock.sendall(socks.GREETING + socks.request("10.50.0.1",
                                                    int(target)))
    for sock in ask_all:
        with sock:
            socks.read_exactly(sock, 2)
            rep = socks.read_reply(sock)[0]
            check(rep == 0, "rep", rep)
            check(socks.read_all(sock) == name.encode(), "elsewhere")


def waits(port, host, target):
    """The interface leads nowhere, but is there: a connection is tried."""
    with socks.connect(int(port)) as sock:
        sock.sendall(socks.GREETING + socks.request(host, int(target)))
        check(until(lambda: [row for row in watch.listed().values()
                             if row["state"] == "connecting"]), "no try")


def owned(port, target):
    """A connection is the router's, to firewalls too, whoever made it."""
    sock = socks.connect(int(port))
    rep, _, here = socks.handshake(sock, "127.0.0.1", int(target))
    check(rep == 0, "rep", rep)
    with sock, open("/proc/net/tcp", encoding="ascii") as table:
        ends = f":{here:04X}", f":{int(target):04X}"
        owners = [int(row[7]) for row in map(str.split, table)
                  if row[1].endswith(ends[0]) and row[2].endswith(ends[1])]
    check(owners == [pwd.getpwnam("_socks5d_router").pw_uid], owners)


def may_mark():
    socket.socket().setsockopt(socket.SOL_SOCKET, 36, 7)	# SO_MARK


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
