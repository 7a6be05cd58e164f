#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Clients of login_test.sh: RFC 1929 against a running daemon.

	login.py users file	writes the file of users
	login.py case port ...	one of the functions below

The daemon must have been started with "log format json"."""

import ctypes
import itertools
import os
import selectors
import signal
import socket
import statistics
import sys
import time

import socks
import watch
from watch import check, until

EVERY = bytes(range(1, 256)).replace(b":", b"").replace(b"\n", b"").replace(
    b"\r", b"")
LONG_NAME = b"n" * 255
# name, password, options; names of every byte that a line can hold
USERS = [
    (b"alice", b"wonderland", b"groups=staff+admins"),
    (b"bob", b"builder", b"groups=staff"),
    (b"carol", b"", b""),
    (b"n", b"p", b""),
    (LONG_NAME, bytes(range(1, 256)), b""),
    (b"N" * 255, b"p" * 255, b""),
    (b"m" * 127, b"p" * 127, b""),
    (EVERY.lstrip(b"#")[:250], b"\xff" * 255, b""),
    ("j\u00f6rg".encode(), "stra\u00dfe".encode(), b""),
    (b"disabled", b"secret", b"disabled"),
    (b"expired", b"secret", b"expires=2020-01-01"),
    (b"later", b"secret", b"expires=2999-12-31"),
    (b"elsewhere", b"secret", b"from=192.0.2.0/24"),
    (b"here", b"secret", b"from=192.0.2.0/24,from=127.0.0.0/8"),
]
GOOD = b"\x01\x00"


LIBCRYPT = ctypes.CDLL("libcrypt.so.1")
LIBCRYPT.crypt.restype = ctypes.c_char_p


def encrypted(password, setting=b"$6$rounds=1000$saltsalt"):
    """What libcrypt makes of any bytes; Python's own module takes text."""
    return LIBCRYPT.crypt(password, setting)


def users(path):
    with open(path, "wb") as f:
        f.write(b"# users of the test\n\n")
        for name, password, options in USERS:
            f.write(name + b":" + encrypted(password) +
                    (b":" + options if options else b"") + b"\n")
        # The default, which takes its time.
        f.write(b"slow:" + encrypted(b"steady", b"$y$j9T$saltsaltsalt") +
                b"\n")
    os.chmod(path, 0o600)


def login(name, password):
    return (b"\x01" + bytes([len(name)]) + name + bytes([len(password)]) +
            password)


def greeting(*methods):
    return bytes([5, len(methods), *methods])


def dial(port):
    return socks.connect(int(port))


def try_login(port, name, password):
    """What RFC 1929 answers; then the connection must end or go on."""
    with dial(port) as sock:
        sock.sendall(greeting(2))
        check(socks.read_exactly(sock, 2) == b"\x05\x02", "method")
        sock.sendall(login(name, password))
        answer = socks.read_exactly(sock, 2)
        if answer != GOOD:
            check(len(answer) == 2 and answer[0] == 1 and answer[1] != 0,
                  answer)
            check(socks.read_all(sock) == b"", "more after a failure")
        return answer == GOOD


def reach(port, target, name=None, password=None):
    """The REP for that target, with or without a login."""
    with dial(port) as sock:
        sock.sendall(greeting(0 if name is None else 2))
        check(len(socks.read_exactly(sock, 2)) == 2, "method")
        if name is not None:
            sock.sendall(login(name, password))
            check(socks.read_exactly(sock, 2) == GOOD, "login of", name)
        sock.sendall(socks.request("127.0.0.1", target))
        return socks.read_reply(sock)[0]


def methods(port, optional, required):
    """Every offer on every kind of listener."""
    offers = [o for n in range(5)
              for o in itertools.permutations((0, 1, 2, 0x80), n)]
    for one, choose in (
            (port, lambda o: 0 if 0 in o else 255),
            (optional, lambda o: 2 if 2 in o else 0 if 0 in o else 255),
            (required, lambda o: 2 if 2 in o else 255)):
        for offer in offers:
            with dial(one) as sock:
                sock.sendall(greeting(*offer))
                check(socks.read_exactly(sock, 2) == bytes([5, choose(offer)]),
                      one, offer)


def passwords(port):
    """The right one opens, nothing near it does."""
    for name, password, options in USERS:
        may = name not in (b"disabled", b"expired", b"elsewhere")
        check(try_login(port, name, password) == may, name, options)
        near = {password + b"x", password[:-1], password + b"\0", b"\0",
                b"\0" + password, b"", b"secret", b"Secret",
                bytes(b ^ 1 for b in password)}
        for wrong in near - {password}:
            if len(wrong) <= 255:
                check(not try_login(port, name, wrong), name, wrong)
    for name in (b"", b"nobody", b"alice\0", b"ALICE", b"alic", b"alice:",
                 b"# users of the test", b"a" * 255):
        for password in (b"", b"wonderland", b"x" * 255):
            check(not try_login(port, name, password), name, password)
    check(try_login(port, b"slow", b"steady"), "yescrypt")
    check(not try_login(port, b"slow", b"stead"), "yescrypt")


def empty(optional, required, anybody, users):
    """An empty password that is not the user's: a stranger where they may
    be, refused where not, and a guess nowhere."""
    target, log = watch.Target(), watch.Log()

    def one(port, name, to, want, user):
        with dial(port) as sock:
            me = sock.getsockname()[1]
            sock.sendall(greeting(0, 2) + login(name, b""))
            check(socks.read_exactly(sock, 4) == b"\x05\x02" + GOOD, name)
            sock.sendall(socks.request("127.0.0.1", to))
            check(socks.read_reply(sock)[0] == want, name, to)
            if want == 0:
                target.accept()[0].close()
        check(log.of(me)["user"] == user, log.of(me))

    anybody, users = int(anybody), int(users)
    for i in range(25):
        one(optional, (b"alice", b"nobody", b"")[i % 3], anybody, 5, None)
        one(optional, b"alice", users, 2, None)
    one(optional, b"carol", users, 5, "carol")
    for i in range(25):
        with dial(required) as sock:
            me = sock.getsockname()[1]
            sock.sendall(greeting(0, 2) + login(b"alice", b""))
            check(socks.read_all(sock) == b"\x05\x02\x01\x01", "alice")
        # Later ones of one source are only counted.
        line = log.of(me) if i < 3 else None
        check(line is None or (line["cause"], line["hint"], line["user"]) ==
              ("login-failed", "empty password", "alice"), line)
    check(try_login(required, b"carol", b""), "carol")
    check(try_login(required, b"alice", b"wonderland"), "alice")
    # So many names are not hashed; the first have been.
    for i in range(30):
        check(not try_login(required, b"nobody%d" % i, b""), i)
    check(try_login(required, b"bob", b"builder"), "bob")


def always_empty(port):
    """Who has an empty password logs in as often as others."""
    for i in range(12):
        check(try_login(port, b"carol", b""), i)
    for i in range(12):
        check(not try_login(port, b"nobody%d" % i, b""), i)
    check(try_login(port, b"carol", b""), "behind others")


def unasked(port):
    """It is answered as if it were right."""
    with dial(port) as sock:
        sock.sendall(greeting(0) + login(b"alice", b"wrong"))
        check(socks.read_exactly(sock, 4) == b"\x05\x00" + GOOD, "unasked")


def splits(port):
    """Every cut of the exchange, one byte at a time, and all at once."""
    target = watch.Target()
    whole = (greeting(0, 2) + login(b"alice", b"wonderland") +
             socks.request("127.0.0.1", target.port) + b"early")
    pieces = [[whole], [bytes([b]) for b in whole]]
    pieces += [[whole[:i], whole[i:]] for i in range(1, len(whole))]
    for cut in pieces:
        with dial(port) as sock:
            for piece in cut:
                sock.sendall(piece)
            check(socks.read_exactly(sock, 4) == b"\x05\x02" + GOOD, cut)
            check(socks.read_reply(sock)[0] == 0, cut)
            with target.accept()[0] as far:
                check(socks.read_exactly(far, 5) == b"early", cut)


def malformed(port):
    """What is no login ends, without a word to guess by."""
    for first in range(256):
        if first == 1:
            continue
        with dial(port) as sock:
            sock.sendall(greeting(2) + bytes([first]) + b"\1a\1b")
            check(socks.read_all(sock) == b"\x05\x02", first)
    # A request in place of the login reaches nobody.
    target = watch.Target()
    with dial(port) as sock:
        sock.sendall(greeting(2) + socks.request("127.0.0.1", target.port))
        check(socks.read_all(sock) == b"\x05\x02", "no login")
    check(target.nobody_came(), "a target was reached without a login")


def rules(port, optional, *ports):
    """Users and groups decide; who did not log in is none of them."""
    kinds = ("alice", "staff", "admins", "table", "any", "notbob", "free")
    refused, nobody_there = 2, 5
    who = {b"alice": b"wonderland", b"bob": b"builder", b"carol": b""}
    may = {b"alice": {"alice", "staff", "admins", "table", "any", "notbob"},
           b"bob": {"staff", "any"},
           b"carol": {"table", "any", "notbob"},
           None: set()}
    for name, names in may.items():
        for kind, target in zip(kinds, ports):
            for one in (port, optional):
                if name is None and one == port:
                    continue
                rep = reach(one, int(target), name, who.get(name))
                want = (nobody_there if kind in names or kind == "free"
                        else refused)
                check(rep == want, name, kind, rep)


def stop_worker(port, *pids):
    """Those who hash stand still: nobody waits longer than the handshake."""
    for pid in pids:
        os.kill(int(pid), signal.SIGSTOP)
    try:
        with dial(port) as sock:
            sock.sendall(greeting(2) + login(b"slow", b"steady"))
            check(socks.read_all(sock) == b"\x05\x02", "an answer")
    finally:
        for pid in pids:
            os.kill(int(pid), signal.SIGCONT)
    check(try_login(port, b"slow", b"steady"), "afterwards")


def kill_worker(port, *pids):
    """Those who hash die amid a job: another one does it."""
    for pid in pids:
        os.kill(int(pid), signal.SIGSTOP)
    with dial(port) as sock:
        sock.sendall(greeting(2) + login(b"slow", b"steady"))
        check(socks.read_exactly(sock, 2) == b"\x05\x02", "method")
        for pid in pids:
            os.kill(int(pid), signal.SIGKILL)
        check(socks.read_exactly(sock, 2) == GOOD, "the job was lost")


def kill_auth(port, auth, *pids):
    """Auth dies amid a check: the client hears no, and tries again."""
    for pid in pids:
        os.kill(int(pid), signal.SIGSTOP)
    with dial(port) as sock:
        sock.sendall(greeting(2) + login(b"slow", b"steady"))
        check(socks.read_exactly(sock, 2) == b"\x05\x02", "method")
        os.kill(int(auth), signal.SIGKILL)
        check(socks.read_all(sock) == b"\x01\x01", "answer")
    for pid in pids:
        os.kill(int(pid), signal.SIGCONT)
    check(until(lambda: try_login(port, b"slow", b"steady")), "afterwards")


def logged(port):
    """Each login has its words in the session's line."""
    target, log, want = watch.Target(), watch.Log(), {}
    def one(name, password, cause, hint, user):
        with dial(port) as sock:
            me = sock.getsockname()[1]
            sock.sendall(greeting(2) + login(name, password))
            if cause is None:
                sock.sendall(socks.request("127.0.0.1", target.port))
                check(socks.read_exactly(sock, 4) == b"\x05\x02" + GOOD)
                check(socks.read_reply(sock)[0] == 0, name)
                target.accept()[0].close()
            else:
                check(socks.read_all(sock) == b"\x05\x02\x01\x01", name)
        want[me] = cause, hint, user
    one(b"alice", b"wonderland", None, None, "alice")
    one(b"alice", b"wrong", "login-failed", "wrong password", "alice")
    one(b"nobody", b"x", "login-failed", "unknown user", "nobody")
    one(b"disabled", b"secret", "login-failed", "user is disabled",
        "disabled")
    one(b"expired", b"secret", "login-failed", "user has expired", "expired")
    one(b"elsewhere", b"secret", "login-failed", "not from this address",
        "elsewhere")
    one(b"a\nb\0\x1b[1m", b"x", "login-failed", "unknown user", None)
    for me, (cause, hint, user) in want.items():
        line = log.of(me)
        check(cause is None or (line["cause"], line["hint"]) == (cause, hint),
              line)
        check(user is None or line["user"] == user, line)
    with open("daemon.log", "rb") as f:
        text = f.read()
    for secret in (b"wonderland", b"$6$", b"$y$", b"steady"):
        check(secret not in text, secret, "is in the log")


def wait_in_line(port, count):
    """More logins at once than are checked at a time; each is answered."""
    crowd = [dial(port) for _ in range(int(count))]
    for i, sock in enumerate(crowd):
        sock.sendall(greeting(2) + login(
            b"bob", b"builder" if i % 2 else b"wrong%d" % i))
    for i, sock in enumerate(crowd):
        answer = socks.read_exactly(sock, 4)
        check(answer[:3] == b"\x05\x02\x01", i, answer)
        check((answer[3] == 0) == (i % 2 == 1), i, answer)
        sock.close()


class Guesser:
    """One of many: guesses at one connection after the other."""

    def __init__(self, port, number, poll):
        self.port, self.poll, self.tries = int(port), poll, 0
        self.source = f"127.2.{number >> 8}.{number & 255}"
        self.sock = None
        self.again()

    def again(self):
        self.end()
        self.sock = socket.socket()
        self.sock.bind((self.source, 0))
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", self.port))
        self.poll.register(self.sock, selectors.EVENT_WRITE, self)

    def end(self):
        if self.sock is not None:
            self.poll.unregister(self.sock)
            self.sock.close()

    def event(self, mask):
        try:
            if mask & selectors.EVENT_WRITE:
                self.tries += 1
                self.sock.sendall(greeting(2) + login(
                    b"slow", b"guess%d" % self.tries))
                self.poll.modify(self.sock, selectors.EVENT_READ, self)
            elif self.sock.recv(100) == b"":
                self.again()
        except OSError:
            self.again()


def honest(port, poll=None):
    """Seconds that a login takes, while the guessers go on."""
    start = time.monotonic()
    with dial(port) as sock:
        sock.sendall(greeting(2) + login(b"slow", b"steady"))
        sock.setblocking(False)
        own = selectors.DefaultSelector()
        own.register(sock, selectors.EVENT_READ)
        answer = b""
        while len(answer) < 4:
            if own.select(0 if poll else 10):
                answer += sock.recv(4)
            for key, mask in poll.select(0.001) if poll else ():
                key.data.event(mask)
    check(answer == b"\x05\x02" + GOOD, "an honest login got", answer)
    return time.monotonic() - start


def guessers(port, count):
    """Guessing from many sources does not hold up who knows the password."""
    def median():
        return statistics.median(honest(port) for _ in range(20))
    before = median()
    poll = selectors.DefaultSelector()
    crowd = [Guesser(port, n, poll) for n in range(1, int(count) + 1)]
    # Once each of them has been heard.
    while min(g.tries for g in crowd) < 2:
        for key, mask in poll.select(1):
            key.data.event(mask)
    amid = statistics.median(honest(port, poll) for _ in range(40))
    tries = sum(g.tries for g in crowd)
    for g in crowd:
        g.end()
    quiet = max(before, median())
    check(amid < 3 * quiet, f"{amid * 1000:.1f} ms amid {tries} tries,"
          f" {quiet * 1000:.1f} ms without")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
