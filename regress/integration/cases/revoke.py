#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Sessions that a reload takes back; run by revoke_test.sh as

	revoke.py case port	one of the functions below

The config without its rules is in ./head.conf."""

import os
import signal
import socket
import subprocess
import sys

import socks
import watch
from watch import check, until


def config(*rules):
    with open("head.conf", encoding="utf-8") as head, \
            open("socks5d.conf", "w", encoding="utf-8") as conf:
        conf.write(head.read() + "\n".join(rules) + "\n")


def ctl(*words):
    return subprocess.run([watch.SOCKS5CTL, "-s", "ctl", *words],
                          capture_output=True, text=True, check=False)


def revoke(judged, ended, *rules):
    """The rules come into force, and so many sessions end."""
    config(*rules)
    result = ctl("reload", "revoke")
    check(result.returncode == 0 and result.stdout.endswith(
        f"sessions judged again: {judged}, ended: {ended}\n"), result)


class Session:
    """One that is open."""

    def __init__(self, port, target, source="127.0.0.1", host="127.0.0.1",
                 user=None):
        self.sock = socks.connect(port, source=(source, 0))
        rep = socks.handshake(self.sock, host, target.port, 1, user)[0]
        check(rep == 0, "rep", rep)
        # A name has addresses of both families.
        self.peer = target.accept(None)[0]
        self.port = self.sock.getsockname()[1]

    def alive(self):
        try:
            self.sock.sendall(b"x")
            if self.peer.recv(1) != b"x":
                return False
            self.peer.sendall(b"y")
            return self.sock.recv(1) == b"y"
        except OSError:
            return False

    def check_revoked(self, log, words):
        check(watch.until(lambda: not self.alive()), "alive")
        entry = log.of(self.port)
        check(entry["cause"] == "revoked" and words in entry["hint"], entry)
        check(entry["rep"] == 0, entry)

    def close(self):
        self.sock.close()
        self.peer.close()


def ends(port):
    """By source, by target, by name, by the lack of a rule."""
    log, target, other = watch.Log(), watch.Target(), watch.Target()
    one = Session(port, target)
    two = Session(port, target, source="127.0.0.2")
    three = Session(port, other)
    four = Session(port, target, host=b"localhost")
    mute = socks.connect(port)
    everything = "pass from localhost to <internal>"
    revoke(4, 0, everything)
    check(all(s.alive() for s in (one, two, three, four)), "one is dead")
    revoke(4, 1, everything, "block from 127.0.0.2")
    two.check_revoked(log, "socks5d.conf:6 no longer allows it")
    check(one.alive() and three.alive() and four.alive(), "one is dead")
    # A rule that sends new sessions away leaves the old ones alone.
    config(everything, f"block to any port {other.port}")
    check(ctl("reload").returncode == 0, "reload")
    check(three.alive(), "a plain reload ended a session")
    revoke(3, 1, everything, f"block to any port {other.port}")
    three.check_revoked(log, "socks5d.conf:6")
    revoke(2, 2)
    for session in one, four:
        session.check_revoked(log, "no rule allows it any more")
    check(watch.counters()["sessions-revoked"] == 4, watch.counters())
    check(log.others[-1] is not None, "no log")
    revoke(0, 0, everything)
    with socks.session(port, "127.0.0.1", target.port):
        pass
    mute.close()


def users(port):
    """A user who is gone, disabled, out of his group, or just the same."""
    log, target = watch.Log(), watch.Target()
    sessions = {name: Session(port, target, user=(name, password))
                for name, password in ((b"alice", b"wonderland"),
                                       (b"bob", b"builder"),
                                       (b"carol", b""), (b"n", b"p"),
                                       (b"here", b"secret"))}
    rules = ("pass user any to <internal>",)
    revoke(5, 0, *rules)
    with open("users", "rb") as f:
        lines = f.read().split(b"\n")
    kept = []
    for line in lines:
        name = line.split(b":")[0]
        if name == b"carol":
            continue
        if name == b"alice":
            line = line.replace(b"groups=staff+admins", b"groups=staff")
        if name == b"n":
            line = b":".join(line.split(b":")[:2]) + b":disabled"
        if name == b"here":
            line = line.replace(b",from=127.0.0.0/8", b"")
        kept.append(line)
    with open("users", "wb") as f:
        f.write(b"\n".join(kept))
    revoke(5, 3, *rules)
    sessions[b"carol"].check_revoked(log, "unknown user")
    sessions[b"n"].check_revoked(log, "disabled")
    sessions[b"here"].check_revoked(log, "no longer valid")
    check(sessions[b"alice"].alive() and sessions[b"bob"].alive(), "dead")
    revoke(2, 0, "pass group staff to <internal>")
    revoke(2, 2, "pass group admins to <internal>")
    for name in b"alice", b"bob":
        sessions[name].check_revoked(log, "no rule allows")


def waiting(port):
    """A connection that is under way when its target becomes forbidden."""
    log = watch.Log()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as hole:
        fill = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(hole.getsockname())
            fill.append(sock)
        asks = []
        for host in "127.0.0.1", b"localhost":
            sock = socks.connect(port)
            sock.sendall(socks.GREETING +
                         socks.request(host, hole.getsockname()[1]))
            asks.append(sock)
        check(until(lambda: [row["state"] for row in watch.show("sessions")]
                    == ["connecting"] * 2), watch.show("sessions"))
        revoke(2, 0, "pass from localhost to <internal>")
        revoke(2, 2, "block")
        for sock in asks:
            entry = log.of(sock.getsockname()[1])
            check(entry["cause"] == "revoked", entry)
            sock.close()
        for sock in fill:
            sock.close()


def fails(port):
    target = watch.Target()
    session = Session(port, target)
    config("block", "nonsense")
    result = ctl("reload", "revoke")
    check(result.returncode == 1 and "nonsense" in result.stderr, result)
    check(session.alive(), "it ended a session")
    session.close()
    config("block")
    check(ctl("reload", "revoke").returncode == 0, "it cannot any more")


def pid_of(role):
    out = ctl("show", "status").stdout
    return [int(line.split()[2]) for line in out.splitlines()
            if line.split()[:2] == [role, "0"]][0]


def dies(port):
    """Whoever dies while it is waited for, there is an answer."""
    target = watch.Target()
    for role in "auth", "router":
        pid = pid_of(role)
        sessions = [Session(port, target, user=(b"bob", b"builder"))
                    for _ in range(100)]
        config("pass group staff to <internal>")
        with subprocess.Popen([watch.SOCKS5CTL, "-s", "ctl", "reload",
                               "revoke"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as proc:
            os.kill(pid, signal.SIGKILL)
            out, err = proc.communicate(timeout=50)
        check("is in force" in out + err or "stays" in err, role, out, err)
        check(until(lambda r=role, p=pid: pid_of(r) not in (0, p)), role)
        check(all(s.alive() for s in sessions), "a session ended", role)
        check(until(lambda: ctl("reload").returncode == 0), "no reload")
        for session in sessions:
            session.close()


def auth_is_up(old):
    rows = [line.split() for line in ctl("show", "status").stdout.split("\n")]
    return any(row[2] not in ("-", str(old)) for row in rows
               if row[:1] == ["auth"])


def unasked(port):
    """Auth dies before it was asked about all; nobody stays for that."""
    target = watch.Target()
    with open("users", "rb") as f:
        everybody = f.read()
    others = b"\n".join(line for line in everybody.split(b"\n")
                        if not line.startswith(b"bob:"))
    hit = 0
    for _ in range(10):
        with open("users", "wb") as f:
            f.write(everybody)
        check(ctl("reload").returncode == 0, "no reload")
        sessions = [Session(port, target, user=(b"bob", b"builder"))
                    for _ in range(200)]
        pid = pid_of("auth")
        with open("users", "wb") as f:
            f.write(others)
        with open("daemon.log", encoding="utf-8") as log, \
                subprocess.Popen([watch.SOCKS5CTL, "-s", "ctl", "reload",
                                  "revoke"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) as proc:
            log.seek(0, 2)
            while "in force" not in log.readline():
                if proc.poll() is not None:
                    break
            os.kill(pid, signal.SIGKILL)
            out, err = proc.communicate(timeout=50)
        check("is in force" in out + err, out, err)
        hit += "ended: 200" not in out
        check(until(lambda p=pid: auth_is_up(p), 30), "no auth")
        check(until(lambda: not any(s.alive() for s in sessions)),
              "a session stays", sum(s.alive() for s in sessions), out)
        for session in sessions:
            session.close()
        if hit == 2:
            break


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
