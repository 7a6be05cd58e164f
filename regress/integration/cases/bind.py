#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Clients that ask for BIND, and who connects to them; run by bind_test.sh as

	bind.py case port [argument ...]	one of the functions below

The config without its rules is in ./head.conf."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import socks
import watch
from watch import check, until

OK, FAILURE, NOT_ALLOWED, TTL_EXPIRED, BAD_COMMAND = 0, 1, 2, 6, 7


class Bind:
    """A client that has its first reply."""

    def __init__(self, port, target="127.0.0.1", tport=0, proxy="127.0.0.1",
                 user=None, early=b"", source=None):
        self.sock = socks.connect(port, proxy, source=source and (source, 0))
        self.port = self.sock.getsockname()[1]
        if early:
            self.sock.sendall(socks.GREETING +
                              socks.request(target, tport, 2) + early)
            check(socks.read_exactly(self.sock, 2) == b"\x05\x00", "method")
            reply = socks.read_reply(self.sock)
        else:
            reply = socks.handshake(self.sock, target, tport, 2, user)
        self.rep, self.where = reply[0], reply[1:]

    def comes(self, source=None):
        """Somebody connects to where the target should."""
        return come(self.where, source)

    def refuses(self, source=None):
        """Whoever comes from there is not the one."""
        check(sent_away(self.where, source), "let in", source)

    def second(self):
        """The second reply."""
        return socks.read_reply(self.sock)

    def row(self):
        """Of "socks5ctl show sessions"; None if there is none."""
        return watch.listed().get(self.port)

    def opens(self, source=None):
        """The target that comes is through to the client."""
        peer = self.comes(source)
        check(self.second() == (OK, *peer.getsockname()[:2]), "second reply")
        carry(self.sock, peer)
        return peer

    def ends(self, rep):
        """The second reply is a failure, then the end."""
        check(self.second() == (rep, "0.0.0.0", 0), "second reply")
        check(self.sock.recv(1) == b"", "no end")
        self.sock.close()

    def close(self):
        self.sock.close()


def come(where, source=None):
    return socket.create_connection(where, 10, source and (source, 0))


def carry(client, peer):
    """Bytes go both ways."""
    for a, b in (client, peer), (peer, client):
        a.sendall(b"x" * 1000)
        check(socks.read_exactly(b, 1000) == b"x" * 1000, "bytes")


def sent_away(where, source=None):
    """Who connects is refused by a reset, before a byte is read."""
    try:
        with come(where, source) as sock:
            return sock.recv(1) is None
    except ConnectionResetError:
        return True


def is_free(where):
    """Nobody listens there."""
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    with socket.socket(family) as sock:
        return sock.connect_ex(where) == errno.ECONNREFUSED


def is_freed(bind):
    check(until(lambda: is_free(bind.where)), "the port is not free")


def refused(port, rep, target, tport=0, **kind):
    """It gets one reply, and that is a no."""
    bind = Bind(port, target, tport, **kind)
    check((bind.rep, bind.where) == (rep, ("0.0.0.0", 0)), bind.rep,
          bind.where)
    check(bind.sock.recv(1) == b"", "no end")
    bind.close()
    return bind


def counts(**wanted):
    got = {name: watch.counters()[name.replace("_", "-")] for name in wanted}
    check(got == wanted, got, wanted)


def ctl(*words):
    return subprocess.run([watch.SOCKS5CTL, "-s", "ctl", *words],
                          capture_output=True, text=True, check=False)


def config(*rules):
    with open("head.conf", encoding="utf-8") as head, \
            open("socks5d.conf", "w", encoding="utf-8") as conf:
        conf.write(head.read() + "\n".join(rules) + "\n")


def pid_of(role, number=0):
    out = ctl("show", "status").stdout
    return [int(line.split()[2]) for line in out.splitlines()
            if line.split()[:2] == [role, str(number)]][0]


def replies(port):
    """Two replies: where to come, and who came."""
    log = watch.Log()
    for asked in "127.0.0.1", "::1", "::ffff:127.0.0.1", b"127.0.0.1":
        host = "::1" if asked == "::1" else "127.0.0.1"
        bind = Bind(port, asked, 21)
        check(bind.rep == OK and bind.where[0] == host and bind.where[1] != 0,
              bind.rep, bind.where)
        row = bind.row()
        check((row["command"], row["state"], row["address"]) ==
              ("bind", "bound", host), row)
        peer = bind.opens()
        came = peer.getsockname()[1]
        row = bind.row()
        check((row["state"], row["port"]) == ("open", came), row)
        # It was one connection; the port is gone at once.
        check(is_free(bind.where), "still listens")
        peer.close()
        check(bind.sock.recv(1) == b"", "no end")
        bind.close()
        line = log.of(bind.port)
        check((line["command"], line["address"], line["port"], line["rep"],
               line["cause"], line["up"], line["down"]) ==
              ("bind", host, came, 0, "closed", 1000, 1000), line)
    counts(binds=4, sessions_opened=4, bind_strangers=0, bind_timeouts=0)


def strangers(port):
    """Others are sent away, however many, and the right one is awaited."""
    bind = Bind(port, "127.0.0.2")
    for i in range(50):
        bind.refuses("127.0.0.3" if i % 2 else "127.0.0.1")
    counts(bind_strangers=50)
    check(bind.row()["state"] == "bound", bind.row())
    bind.opens("127.0.0.2")
    bind.close()


def second_peer(port):
    """One connection only: who comes behind the right one gets nothing."""
    bind = Bind(port)
    pid = pid_of("router")
    os.kill(pid, signal.SIGSTOP)
    peers = [bind.comes() for _ in range(3)]
    os.kill(pid, signal.SIGCONT)
    second = bind.second()
    right = [p for p in peers if p.getsockname()[:2] == second[1:]]
    check(second[0] == OK and len(right) == 1, second)
    for peer in peers:
        if peer is not right[0]:
            try:
                check(peer.recv(1) is None, "two peers")
            except ConnectionResetError:
                pass
    carry(bind.sock, right[0])
    bind.close()


def timeout(port):
    """Nobody comes: the second reply says so, the port is free."""
    log = watch.Log()
    bind = Bind(port)
    bind.ends(TTL_EXPIRED)
    is_freed(bind)
    line = log.of(bind.port)
    check((line["cause"], line["rep"], line["hint"]) ==
          ("bind-timeout", TTL_EXPIRED, None), line)
    check(900 < line["duration_ms"] < 9000, line)
    # The rule has a time of its own, which is longer.
    slow = Bind(port, "127.0.0.9")
    bind = Bind(port)
    bind.ends(TTL_EXPIRED)
    slow.opens("127.0.0.9")
    slow.close()
    counts(bind_timeouts=2)


def gone(port):
    """A client that leaves takes its port along."""
    log = watch.Log()
    for leave, cause in ((lambda s: s.close(), "client-gone"),
                         (lambda s: s.shutdown(socket.SHUT_WR),
                          "client-gone"),
                         (socks.reset, "client-reset")):
        bind = Bind(port)
        leave(bind.sock)
        is_freed(bind)
        line = log.of(bind.port)
        check((line["cause"], line["rep"]) == (cause, None), line)
    # Before the first reply, as far as the daemon can have seen it.
    sock = socks.connect(port)
    mine = sock.getsockname()[1]
    sock.sendall(socks.GREETING + socks.request("127.0.0.1", 0, 2))
    sock.close()
    check(log.of(mine)["cause"].startswith("client-"), log.of(mine))
    # Reset behind early data, and with more of it than is kept.
    for early in b"early", b"e" * 100000:
        bind = Bind(port, early=early)
        socks.reset(bind.sock)
        is_freed(bind)
        check(log.of(bind.port)["cause"] == "client-reset", early[:1])


def half_closed(port):
    """Who has said all and waits has not left."""
    for early in b"e", b"early" * 100, b"e" * 2048, b"e" * 50000:
        bind = Bind(port, early=early)
        bind.sock.shutdown(socket.SHUT_WR)
        check(until(lambda b=bind: b.row()["state"] == "bound"), "not bound")
        watch.unread(bind.sock)
        with bind.comes() as peer:
            check(socks.read_all(peer) == early, "early data", len(early))
            check(bind.second()[0] == OK, "second reply")
            peer.sendall(b"answer")
        check(socks.read_all(bind.sock) == b"answer", "answer")
        bind.close()


def early(port):
    """What is sent before the second reply comes whole and in order."""
    pattern = bytes(range(256)) * 400
    for size in 1, 2047, 2048, 2049, len(pattern):
        bind = Bind(port, early=pattern[:size])
        bind.sock.sendall(b"more")
        peer = bind.comes()
        peer.sendall(pattern[-size:])
        check(socks.read_exactly(peer, size + 4) == pattern[:size] + b"more",
              "to the peer", size)
        check(bind.second() == (OK, *peer.getsockname()), "second reply")
        check(socks.read_exactly(bind.sock, size) == pattern[-size:],
              "to the client", size)
        peer.close()
        bind.close()


def turns(port):
    """In turn and at once, each has its own port and its own end."""
    seen = set()
    for _ in range(30):
        bind = Bind(port)
        bind.opens().close()
        bind.close()
    binds = [Bind(port) for _ in range(20)]
    seen = {bind.where for bind in binds}
    check(len(seen) == len(binds), "ports", seen)
    for bind in reversed(binds[10:]):
        bind.opens().close()
        bind.close()
    for bind in binds[:10]:
        check(bind.row()["state"] == "bound", bind.row())
        bind.opens()
        bind.close()
    counts(binds=50, sessions_opened=50)


def ports(port, low):
    """The listener's ports, no others; used up, and free again."""
    low, log = int(low), watch.Log()
    binds = [Bind(port) for _ in range(3)]
    check({b.where for b in binds} ==
          {("127.0.0.1", low + n) for n in range(3)},
          [b.where for b in binds])
    late = refused(port, FAILURE, "127.0.0.1")
    line = log.of(late.port)
    check(line["cause"] == "no-resources" and
          f"all ports from {low} to {low + 2} of" in line["hint"], line)
    counts(bind_ports=1)
    # Another address has its own, and so has an open session.
    other = Bind(port, "::1")
    check(other.where[0] == "::1" and low <= other.where[1] <= low + 2,
          other.where)
    peer = binds[0].opens()
    again = Bind(port)
    check(again.where == binds[0].where, again.where)
    # TIME_WAIT at the port, on our side, is no obstacle either.
    peer.close()
    binds[0].close()
    again.opens().close()
    again.close()
    for bind in *binds[1:], other:
        bind.close()
        is_freed(bind)


def policy(port):
    """Who may come is judged like a target: by address and port."""
    log = watch.Log()
    # Nobody could: nothing is opened.
    refused(port, NOT_ALLOWED, "127.0.0.3")
    bind = refused(port, NOT_ALLOWED, "192.0.2.1")
    check(log.of(bind.port)["cause"] == "rule", log.of(bind.port))
    bind = refused(port, NOT_ALLOWED, "127.0.0.5")
    line = log.of(bind.port)
    check(line["cause"] == "internal-address" and "is internal (loopback)" in
          line["hint"], line)
    # Whom the rules let pass, of anybody.
    for anybody in "0.0.0.0", "::", b"0", b"0.0.0.0":
        bind = Bind(port, anybody, proxy="127.0.0.1")
        check(bind.rep == OK and bind.where[0] == "127.0.0.1", bind.where)
        bind.refuses("127.0.0.3")
        bind.refuses("127.0.0.4")
        bind.opens("127.0.0.2")
        bind.close()
    counts(bind_refused=8, bind_strangers=0)


def peer_port(port, good):
    """A rule about the port is about that of who connects."""
    bind = Bind(port, "127.0.0.1", 21)
    bind.refuses()
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        peer.bind(("127.0.0.1", int(good)))
        peer.connect(bind.where)
        check(bind.second() == (OK, "127.0.0.1", int(good)), "second reply")
        carry(bind.sock, peer)
    bind.close()
    counts(bind_refused=1)


def refusals(port):
    """What is refused before anything listens, and why."""
    log = watch.Log()
    for target, rep, cause, hint in (
            ("127.0.0.1", NOT_ALLOWED, "rule", None),
            ("127.0.0.2", BAD_COMMAND, "bad-command", '"via" of the rule'),
            ("127.0.0.3", BAD_COMMAND, "bad-command", '"rdr-to" of the rule'),
            (b"nobody.test", BAD_COMMAND, "bad-command", '"via" of the rule'),
            (b"127.1", NOT_ALLOWED, "bad-name", "not in canonical form"),
            ("127.0.0.4", FAILURE, "no-resources", "192.0.2.99: Cannot"),
            ("::1", 4, "host-unreachable", "other family")):
        line = log.of(refused(port, rep, target).port)
        check(line["cause"] == cause and line["command"] == "bind" and
              line["rep"] == rep, line)
        check((line["hint"] is None) == (hint is None) and
              (hint is None or hint in line["hint"]), line)
    counts(binds=0)


def here(port):
    """Where anybody may come is the address that the client came to."""
    for proxy in "127.0.0.1", "127.0.0.7", "127.9.8.7", "::1":
        bind = Bind(port, "0.0.0.0", proxy=proxy)
        check(bind.rep == OK and bind.where[0] == proxy, proxy, bind.where)
        bind.opens(proxy)
        bind.close()
    # One who is named may be told another: the one that leads to him.
    bind = Bind(port, "127.0.0.1", proxy="127.0.0.7")
    check(bind.where[0] == "127.0.0.1", bind.where)
    bind.close()


def told(port):
    """Behind a translator the client hears what the peer connects to."""
    bind = Bind(port)
    check(bind.rep == OK and bind.where[0] == "203.0.113.5", bind.where)
    bind.where = ("127.0.0.1", bind.where[1])
    bind.opens()
    bind.close()
    # Of the other family there is nothing to tell.
    bind = Bind(port, "::1")
    check(bind.where[0] == "::1", bind.where)
    bind.close()


def source(port):
    """The source of the rule is where it listens."""
    bind = Bind(port, "127.0.0.1")
    check(bind.rep == OK and bind.where[0] == "127.0.0.77", bind.where)
    bind.opens()
    bind.close()


def ways(port, peers):
    """By which interface or with which mark it goes out says where it listens;
    the sockets are the parent's."""
    for peer in peers.split(","):
        for _ in range(20):
            bind = Bind(port, peer)
            check(bind.rep == OK and bind.where[0] == "127.0.0.1",
                  bind.rep, bind.where)
            bind.opens(peer)
            bind.close()
    binds = [Bind(port, "127.0.0.5") for _ in range(20)]
    for bind in binds:
        bind.opens("127.0.0.5")
        bind.close()


def names(port):
    """Each address of a name may come, and no other."""
    for peer in "127.0.0.2", "127.0.0.3":
        bind = Bind(port, b"both.test")
        check(bind.rep == OK and bind.where[0] == "127.0.0.1", bind.where)
        row = bind.row()
        check(row["name"] == "both.test", row)
        bind.refuses("127.0.0.4")
        bind.opens(peer)
        bind.close()
    # One of them is not allowed.
    bind = Bind(port, b"mixed.test")
    bind.refuses("127.0.0.66")
    bind.opens("127.0.0.2")
    bind.close()
    refused(port, NOT_ALLOWED, b"bad.test")
    refused(port, 4, b"none.test")
    counts(bind_strangers=3)


def users(port):
    """Rules about users are rules about BIND."""
    log = watch.Log()
    bind = Bind(port, user=(b"alice", b"wonderland"))
    bind.opens()
    bind.close()
    check(log.of(bind.port)["user"] == "alice", log.of(bind.port))
    refused(port, NOT_ALLOWED, "127.0.0.1", user=(b"bob", b"builder"))


def limits(port):
    """A place under a limit is taken while the target is awaited."""
    log = watch.Log()
    first = Bind(port)
    late = refused(port, FAILURE, "127.0.0.1")
    line = log.of(late.port)
    check(line["cause"] == "limit" and "sessions 1 per source of the" in
          line["hint"], line)
    first.opens()
    refused(port, FAILURE, "127.0.0.1")
    first.close()
    check(until(lambda: not watch.show("sessions")), "it stays")
    bind = Bind(port)
    bind.opens()
    bind.close()


def amounts(port):
    """Rates and quotas count what the target sends and gets."""
    log = watch.Log()
    bind = Bind(port, "127.0.0.2", early=b"e" * 500)
    peer = bind.comes("127.0.0.2")
    check(bind.second()[0] == OK, "second reply")
    try:
        check(socks.read_exactly(peer, 500) == b"e" * 500, "early data")
        for _ in range(1000):
            peer.sendall(b"x" * 1000)
            if not bind.sock.recv(1000):
                break
    except ConnectionError:
        pass
    line = log.of(bind.port)
    check(line["cause"] == "quota" and 50000 <= line["up"] + line["down"] <=
          102400, line)
    start = time.monotonic()
    bind = Bind(port, "127.0.0.3")
    peer = bind.comes("127.0.0.3")
    check(bind.second()[0] == OK, "second reply")
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(peer.sendall, b"y" * 150000)
        check(len(socks.read_exactly(bind.sock, 150000)) == 150000, "bytes")
        job.result()
    check(time.monotonic() - start > 0.8, "no rate")
    bind.close()
    peer.close()


def kill(port):
    log = watch.Log()
    bind = Bind(port)
    number = bind.row()["id"]
    check(ctl("kill", str(number)).returncode == 0, "kill")
    try:
        check(bind.sock.recv(1) == b"", "alive")
    except ConnectionResetError:
        pass
    is_freed(bind)
    check(log.of(bind.port)["cause"] == "killed", log.of(bind.port))
    bind.close()


def reload(port):
    """A reload keeps what is awaited, and judges who comes by its rules."""
    log = watch.Log()
    passes = "pass from localhost to <internal>"
    one, two, three = Bind(port), Bind(port), Bind(port, "127.0.0.2")
    config(passes, "block to 127.0.0.2")
    check(ctl("reload").returncode == 0, "reload")
    for bind in one, two, three:
        check(bind.row()["state"] == "bound", bind.row())
    one.opens()
    three.refuses("127.0.0.2")
    counts(bind_refused=1)
    # Revoking judges again who may come.
    config(passes, "block to 127.0.0.2")
    result = ctl("reload", "revoke")
    check("judged again: 3, ended: 1\n" in result.stdout, result)
    is_freed(three)
    check(log.of(three.port)["cause"] == "revoked", log.of(three.port))
    two.opens()
    # And open ones like any session.
    config("pass from localhost to 127.0.0.9")
    result = ctl("reload", "revoke")
    check("judged again: 2, ended: 2\n" in result.stdout, result)
    for bind in one, two, three:
        bind.close()


def router_dies(port):
    """The second reply comes, and the port is free for the next router."""
    log = watch.Log()
    bind, early_one = Bind(port), Bind(port, early=b"early")
    opened = Bind(port)
    peer = opened.opens()
    pid = pid_of("router")
    os.kill(pid, signal.SIGKILL)
    for waits in bind, early_one:
        waits.ends(FAILURE)
        is_freed(waits)
    check(until(lambda: pid_of("router") not in (0, pid)), "no router")
    carry(opened.sock, peer)
    check(until(lambda: opened.row() is not None), "not adopted")
    check(opened.row()["command"] == "bind", opened.row())
    came = peer.getsockname()[1]
    opened.close()
    peer.close()
    line = log.of(opened.port)
    check(line["command"] == "bind" and line["port"] == came, line)
    check(until(lambda: Bind(port).rep == OK), "no BIND any more")


def relay_dies(port):
    """Of a relay that dies no port stays."""
    bind = Bind(port)
    os.kill(pid_of("relay", bind.row()["relay"]), signal.SIGKILL)
    is_freed(bind)
    try:
        check(bind.sock.recv(1) == b"", "alive")
    except ConnectionResetError:
        pass
    bind.close()


def drains(port):
    """A daemon that stops lets those that wait have their time, no more."""
    log = watch.Log()
    bind, late = Bind(port), Bind(port)
    check(ctl("stop").returncode == 0, "stop")
    check(until(lambda: is_free(("127.0.0.1", port))), "it still listens")
    peer = bind.opens()
    peer.close()
    check(bind.sock.recv(1) == b"", "no end")
    bind.close()
    try:
        check(late.sock.recv(1) == b"", "alive")
    except ConnectionResetError:
        pass
    check(log.of(bind.port)["cause"] == "closed", log.of(bind.port))
    check(log.of(late.port)["cause"] == "stopped", log.of(late.port))
    check(is_free(late.where), "the port is not free")


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
