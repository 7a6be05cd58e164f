#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Clients that stay: clients.py PROXY-PORT TARGET-PORT

The target is an echo server.  Commands come on standard input, one line
each; each is answered with one line.

    open N [SOURCE]     N more sessions, from that address
    name HOST           the target's name for those that come
    mute N [SOURCE]     N more connections that say nothing
    unmute              closes all of these
    hole                a port of 127.0.0.1 that does not answer at all
    ask HOST PORT [N [SOURCE]]
                        sends a request for it, N times, and waits for no reply
    reply               REPs of all those that wait, sorted
    leave               resets all those that wait
    echo                a byte through each session: "alive N dead N"
    ports               ports of the sessions that are alive, sorted
    dead                ports of those that were found dead, sorted
    close N             closes the N oldest sessions
    load                starts new sessions all the time, in two threads, and
                        two that move bytes without an end
    count N             waits until N sessions of the load came and went
    rest                ends the load: "connects N refused N reps N broken N
                        transfers N lost N"
"""

import os
import resource
import socket
import sys
import threading

import socks

CHUNK = bytes((i * 13 + i // 241) % 256 for i in range(40000))


class Load:
    """Sessions that come and go, and some that last."""

    def __init__(self, proxy, target):
        self.proxy, self.target = proxy, target
        self.lock = threading.Condition()
        self.stopping = False
        self.count = dict.fromkeys(("connects", "refused", "reps", "broken",
                                    "transfers", "lost"), 0)
        self.threads = []
        for work in (self.short, self.short, self.long, self.long):
            self.threads.append(threading.Thread(target=work, daemon=True))
            self.threads[-1].start()

    def add(self, what):
        with self.lock:
            self.count[what] += 1
            self.lock.notify_all()

    def short(self):
        """New sessions, one after the other."""
        while not self.stopping:
            try:
                sock = socks.connect(self.proxy)
            except OSError:
                self.add("refused")
                continue
            with sock:
                self.add(self.one(sock))

    def one(self, sock):
        try:
            rep = socks.handshake(sock, "127.0.0.1", self.target)[0]
            if rep != 0:
                return "reps"
            sock.sendall(b"hello")
            if socks.read_exactly(sock, 5) != b"hello":
                return "broken"
        except (OSError, EOFError, ValueError):
            return "broken"
        return "connects"

    def long(self):
        """One session that never stops."""
        try:
            with socks.session(self.proxy, "127.0.0.1", self.target) as sock:
                while not self.stopping:
                    sock.sendall(CHUNK)
                    if socks.read_exactly(sock, len(CHUNK)) != CHUNK:
                        raise EOFError
            self.add("transfers")
        except (OSError, EOFError):
            self.add("lost")

    def wait(self, n):
        with self.lock:
            n += self.count["connects"]
            self.lock.wait_for(lambda: self.count["connects"] >= n, 30)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()
        return " ".join(f"{k} {v}" for k, v in self.count.items())


class Clients:
    """The commands."""

    def __init__(self, proxy, target):
        self.proxy, self.target = proxy, target
        self.sessions, self.mutes, self.waiting = [], [], []
        self.gone, self.holes = [], []
        self.running = None
        self.host = "127.0.0.1"

    def name(self, host):
        self.host = host
        return "named"

    def open(self, n, source=""):
        for _ in range(int(n)):
            sock = self.connect(source)
            rep = socks.handshake(sock, self.host, self.target)[0]
            if rep != 0:
                return f"rep {rep}"
            self.sessions.append(sock)
        return "open"

    def connect(self, source):
        return socks.connect(self.proxy, source=(source, 0) if source else
                             None)

    def mute(self, n, source=""):
        self.mutes += [self.connect(source) for _ in range(int(n))]
        return "mute"

    def unmute(self):
        for sock in self.mutes:
            sock.close()
        self.mutes = []
        return "unmuted"

    def hole(self):
        hole = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.holes.append(hole)
        # With the queue full the kernel drops whoever else comes.
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(hole.getsockname())
            self.holes.append(sock)
        return str(hole.getsockname()[1])

    def ask(self, host, port, n=1, source=""):
        for _ in range(int(n)):
            sock = self.connect(source)
            sock.sendall(socks.GREETING + socks.request(host, int(port)))
            self.waiting.append(sock)
        return "asked"

    def reply(self):
        reps = []
        for sock in self.waiting:
            try:
                socks.read_exactly(sock, 2)
                reps.append(str(socks.read_reply(sock)[0]))
            except (OSError, EOFError):
                reps.append("none")
            sock.close()
        self.waiting = []
        return " ".join(sorted(reps)) or "none"

    def leave(self):
        for sock in self.waiting:
            socks.reset(sock)
        self.waiting = []
        return "left"

    def echo(self):
        alive = []
        for sock in self.sessions:
            byte = os.urandom(1)
            port = sock.getsockname()[1]
            try:
                sock.sendall(byte)
                if socks.read_exactly(sock, 1) != byte:
                    raise EOFError
                alive.append(sock)
            except (OSError, EOFError):
                self.gone.append(port)
                sock.close()
        dead = len(self.sessions) - len(alive)
        self.sessions = alive
        return f"alive {len(alive)} dead {dead}"

    def ports(self):
        return " ".join(str(p) for p in sorted(
            s.getsockname()[1] for s in self.sessions)) or "none"

    def dead(self):
        return " ".join(str(p) for p in sorted(self.gone)) or "none"

    def close(self, n):
        for sock in self.sessions[:int(n)]:
            sock.shutdown(socket.SHUT_WR)
            socks.read_all(sock)
            sock.close()
        del self.sessions[:int(n)]
        return "closed"

    def load(self):
        self.running = Load(self.proxy, self.target)
        return "loading"

    def count(self, n):
        self.running.wait(int(n))
        return "counted"

    def rest(self):
        return self.running.stop()


def main(proxy, target):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = Clients(int(proxy), int(target))
    print("ready", flush=True)
    for line in sys.stdin:
        word, *args = line.split()
        try:
            answer = getattr(clients, word)(*args)
        except (OSError, EOFError, ValueError) as error:
            answer = f"failed: {error!r}"
        print(answer, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
