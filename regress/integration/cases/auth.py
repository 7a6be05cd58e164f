#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Clients of a daemon that watches how often logins fail, at its port:

	auth.py case port ...	one of the functions below

They come from many addresses of loopback.  The daemon must have been started
with "log format json"."""

import os
import re
import statistics
import subprocess
import sys
import time

import login
import socks
import watch
from watch import check, until

SECRET = b"a password that is nowhere else"
GUESS = b"a guess that is nowhere else"


def attempt(port, source, name, password):
    """Whether that logs in, and after how many seconds it was told."""
    start = time.monotonic()
    with socks.connect(int(port), source=(source, 0), timeout=30) as sock:
        sock.sendall(login.greeting(2) + login.login(name, password))
        answer = socks.read_exactly(sock, 4)
    check(answer[:3] == b"\x05\x02\x01" and len(answer) == 4, answer)
    return answer[3] == 0, time.monotonic() - start


def right(port, source, name=b"alice", password=b"wonderland"):
    return attempt(port, source, name, password)[0]


def wrong(port, source, name=b"alice", password=b"guess"):
    done, seconds = attempt(port, source, name, password)
    check(not done, "a guess was right")
    return seconds


def ctl(*words):
    return subprocess.run([watch.SOCKS5CTL, "-s", "ctl", *words],
                          capture_output=True, text=True, check=False)


def banned():
    """What "show bans" has in its last column."""
    return {line.split(None, 2)[2]
            for line in ctl("show", "bans").stdout.splitlines()[1:]}


def logged(log, line):
    check(until(lambda: log.read() is not None and
                [o for o in log.others if o.get("message") == line]),
          "not in the log:", line, log.others[-5:])


def source(port):
    """An address is banned, whoever it says it is; others are not."""
    log = watch.Log()
    check(right(port, "127.0.0.2"), "first")
    waits = [wrong(port, "127.0.0.2", b"user%d" % i) for i in range(4)]
    for i, seconds in enumerate(waits):
        check(seconds >= 0.25 * 2 ** i, "no delay:", waits)
    check(not right(port, "127.0.0.2", b"bob", b"builder"),
          "banned, and in")
    check(right(port, "127.0.0.2"), "locked out where she is known")
    check(right(port, "127.0.0.3"), "another address")
    logged(log, "auth: banned 127.0.0.2 for 600 s after 4 failed logins")
    check(banned() == {"127.0.0.2"}, banned())
    check(until(lambda: any(s.get("hint") == "banned after failed logins"
                            for s in log.read())), "no reason in the log",
          log.sessions[-1])
    check(ctl("unban", "127.0.0.9").returncode != 0, "unban of nobody")
    check(ctl("unban", "127.0.0.2").returncode == 0, "unban")
    check(banned() == set() and right(port, "127.0.0.2"), "unbanned")


def user(port):
    """A user whose password is guessed is kept for where he is known; one
    who does not exist is banned just alike."""
    log = watch.Log()
    check(right(port, "127.0.0.9"), "first")
    for name in (b"alice", b"nobody"):
        for i in range(10, 14):
            wrong(port, f"127.0.0.{i}" if name == b"alice" else
                  f"127.0.1.{i}", name)
        logged(log, f"auth: banned user {name.decode()} for 600 s after 4 "
               "failed logins")
    check(banned() == {"user alice", "user nobody"}, banned())
    check(right(port, "127.0.0.9"), "where he is known")
    check(not right(port, "127.0.0.20"), "where he is not")
    check(right(port, "127.0.0.20", b"bob", b"builder"), "somebody else")
    check(ctl("unban", "user alice").returncode == 0, "unban")
    check(right(port, "127.0.0.20"), "unbanned")
    check(ctl("unban", "all").returncode == 0 and banned() == set(), "all")


def many(port):
    """As many are shown and ended as are banned, and no more."""
    count = 3000 if watch.LONG else 900
    left = [f"127.3.{i >> 8}.{i & 255}" for i in range(count)]
    want = {w for a in left for w in (a, "user " + a)}
    while left:
        batch, left = left[:100], left[100:]
        crowd = [socks.connect(int(port), source=(a, 0), timeout=30)
                 for a in batch]
        for sock, name in zip(crowd, batch):
            sock.sendall(login.greeting(2) +
                         login.login(name.encode(), b"guess"))
        for sock in crowd:
            check(socks.read_exactly(sock, 4) == b"\x05\x02\x01\x01", "in")
            sock.close()
    check(banned() == want, len(banned()), "of", len(want))
    for what in sorted(want)[::97]:
        check(ctl("unban", what).returncode == 0, what)
        want.discard(what)
    check(banned() == want, len(banned()), "left of", len(want))
    check(ctl("unban", "all").returncode == 0 and banned() == set(), "all")


def ends(port):
    """A ban ends by itself, and the next is longer."""
    log = watch.Log()
    for seconds, failures in ((1, 2), (2, 3)):
        # What is not forgotten by the end of the first still counts.
        for i in range(2 if failures == 2 else 1):
            wrong(port, "127.0.0.4", b"bob", b"%d %d" % (failures, i))
        logged(log, f"auth: banned 127.0.0.4 for {seconds} s after "
               f"{failures} failed logins")
        check(until(lambda: right(port, "127.0.0.4"), 30), "for ever")


def counter(name):
    for line in ctl("show", "counters").stdout.splitlines():
        if line.split()[0] == name:
            return int(line.split()[1])
    raise AssertionError(name)


def again(port):
    """A program with an old password is no guesser, and costs no hash; what
    it says counts anew once the user has another password."""
    hashes = counter("hashes")
    for _ in range(3):
        for name in (b"alice", b"nobody"):
            wrong(port, "127.0.0.5", name, b"old")
    check(counter("hashes") == hashes + 2, counter("hashes") - hashes)
    check(counter("logins-repeated") == 4, counter("logins-repeated"))
    check(banned() == set(), banned())
    check(right(port, "127.0.0.5"), "the right one after it")
    # From elsewhere it is another guess.
    wrong(port, "127.0.0.6", b"alice", b"old")
    check(counter("hashes") == hashes + 4, counter("hashes") - hashes)
    done = subprocess.run(
        [watch.SOCKS5CTL, "-s", "ctl", "user", "passwd", "alice"],
        input=b"old\n", capture_output=True, check=False)
    check(done.returncode == 0, done)
    check(right(port, "127.0.0.5", b"alice", b"old"), "the new one")
    check(not right(port, "127.0.0.5"), "the former one")
    check(banned() == set(), banned())
    # Two of them and one more: that is four of four.
    wrong(port, "127.0.0.5", b"nobody", b"other")
    check(banned() == {"127.0.0.5"}, banned())


def shut_out(port):
    """Who is right and may not log in is one guess, too; once he may, what
    is remembered does not keep him out."""
    for _ in range(6):
        check(not right(port, "127.0.0.5", b"zoe", b"old"), "disabled")
    check(banned() == set(), banned())
    check(counter("logins-repeated") == 5, counter("logins-repeated"))
    check(ctl("user", "enable", "zoe").returncode == 0, "enable")
    check(right(port, "127.0.0.5", b"zoe", b"old"), "enabled")


def neighbours(port):
    """Behind one address: who is known there is not locked out by another,
    and what is guessed of him is counted for himself."""
    log = watch.Log()
    check(right(port, "127.0.0.7"), "first")
    for i in range(4):
        wrong(port, "127.0.0.7", b"eve%d" % i)
    check(banned() == {"127.0.0.7"}, banned())
    check(not right(port, "127.0.0.7", b"bob", b"builder"), "a newcomer")
    for i in range(4):
        check(right(port, "127.0.0.7"), "out after", i)
        wrong(port, "127.0.0.7", b"alice", b"%d" % i)
    check(not right(port, "127.0.0.7"), "a known user is guessed for ever")
    logged(log, "auth: banned user alice at 127.0.0.7 for 600 s after 4 "
           "failed logins")
    check("user alice at 127.0.0.7" in banned(), banned())
    check(right(port, "127.0.0.8", b"bob", b"builder"), "elsewhere")
    check(ctl("unban", "user", "alice").returncode == 0, "unban")
    logged(log, "auth: unbanned user alice at 127.0.0.7")
    logged(log, "auth: unbanned user alice")
    check(right(port, "127.0.0.7"), "unbanned")
    for i in range(4, 8):
        wrong(port, "127.0.0.7", b"alice", b"%d" % i)
    check("user alice at 127.0.0.7" in banned(), banned())
    check(ctl("unban", "127.0.0.7").returncode == 0, "unban")
    logged(log, "auth: unbanned 127.0.0.7")
    check(right(port, "127.0.0.7"), "unbanned by the address")
    check(right(port, "127.0.0.7", b"bob", b"builder"), "the newcomer")


def remembered(port):
    """A login that was not hashed makes its address one of the user's, too."""
    check(right(port, "127.0.0.6"), "hashed")
    check(right(port, "127.0.0.7"), "remembered")
    for i in range(4):
        wrong(port, "127.0.0.7", b"eve%d" % i)
    check(banned() == {"127.0.0.7"}, banned())
    check(right(port, "127.0.0.7"), "out with the address")


def tried(source, name):
    """What "test" says of a login from there: its status and its notes."""
    done = ctl("test", "from", source, "user", name, "connect", "127.0.0.1",
               "80")
    return done.returncode, [line[6:] for line in done.stdout.splitlines()
                             if line.startswith("note: ")]


def told(port):
    """The question why somebody cannot log in is answered."""
    def no(source, name, why):
        status, notes = tried(source, name)
        check(status == 1 and any(re.fullmatch(why, n) for n in notes),
              source, name, status, notes)

    no("127.0.0.9", "disabled", "login failed: user is disabled")
    no("127.0.0.9", "expired", "login failed: user has expired")
    no("127.0.0.9", "elsewhere", "login failed: not from this address")
    no("127.0.0.9", "nobody", "login failed: unknown user")
    check(right(port, "127.0.0.9"), "first")
    check(tried("127.0.0.9", "alice") == (0, []), tried("127.0.0.9", "alice"))
    for i in range(4):
        wrong(port, "127.0.0.9", b"eve", b"%d" % i)
    no("127.0.0.9", "bob", r"127\.0\.0\.9 is banned for \d+m\d+s: logins from "
       r"there fail until then \(socks5ctl unban 127\.0\.0\.9\)")
    no("127.0.0.9", "nobody", "127.* is banned .*")
    # What is known is another matter, and elsewhere it is not the address.
    check(tried("127.0.0.9", "alice") == (0, []), tried("127.0.0.9", "alice"))
    check(tried("127.0.0.8", "bob") == (0, []), tried("127.0.0.8", "bob"))
    no("127.0.0.8", "eve", r"user eve is banned for \d+m\d+s: .*"
       r"\(socks5ctl unban user eve\)")
    for i in range(4):
        wrong(port, "127.0.0.9", b"alice", b"%d" % i)
    no("127.0.0.9", "alice", r"user alice is banned at 127\.0\.0\.9 for .*"
       r"\(socks5ctl unban user alice\)")
    check(not right(port, "127.0.0.9"), "and it was true")
    check(ctl("unban", "all").returncode == 0, "unban")
    check(tried("127.0.0.9", "bob") == (0, []), tried("127.0.0.9", "bob"))


def pair_of_lines(port):
    """What says that a ban has ended names it as the line that began it,
    whatever the name is made of."""
    log = watch.Log()
    for name in ("two words", "tab\there", "caf\u00e9", "a at 1.2.3.4"):
        for i in range(4):
            wrong(port, f"127.0.2.{i + 1}", name.encode())
        check(ctl("unban", "user", name).returncode == 0, name)
        check(ctl("unban", "all").returncode in (0, 1), name)
        check(until(lambda: log.read() is not None and [
            o for o in log.others
            if "unbanned user" in o.get("message", "")]), name)
        said = [o["message"] for o in log.others]
        began = [m for m in said if "auth: banned user" in m][-1]
        ended = [m for m in said if "auth: unbanned user" in m][-1]
        check(began.split(" for ")[0].replace("banned", "unbanned") == ended,
              began, ended)
        log.others.clear()


def alike(port):
    """An unknown user costs as much time as a known one.  What a busy host
    does to one of them it does not do each time."""
    count = 500 if watch.LONG else 30
    said = []
    for _ in range(4):
        known, unknown = [], []
        for i in range(count):
            known.append(wrong(port, "127.0.0.1", b"slow", b"guess%d" % i))
            unknown.append(wrong(port, "127.0.0.1", b"nobody%d" % i,
                                 b"guess"))
        a, b = statistics.median(known), statistics.median(unknown)
        said.append(f"{a * 1000:.2f} ms known, {b * 1000:.2f} ms unknown")
        print(said[-1])
        if abs(a - b) < max(a, b) * (0.05 if watch.LONG else 0.25):
            return
    check(False, said)


def memory_of(pid):
    """All that a process may write to, piece by piece."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            where = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not where:
                continue
            start, end = (int(x, 16) for x in where.groups())
            mem.seek(start)
            try:
                yield mem.read(end - start)
            except OSError:
                pass


def memory(port, parent, *children):
    """Hashes are in auth alone, passwords in no process, once they have been
    checked; children are given as role:pid."""
    with open("users", "rb") as f:
        line = next(x for x in f if x.startswith(b"planted:"))
    digest = line.strip().rsplit(b"$", 1)[1]
    for _ in range(3):
        check(right(port, "127.0.0.1", b"planted", SECRET), "right")
        wrong(port, "127.0.0.1", b"planted", GUESS)
    found = {}
    for child in (f"parent:{parent}", *children):
        role, pid = child.split(":")
        for piece in memory_of(pid):
            for word, what in ((digest, "hash"), (SECRET, "password"),
                               (GUESS, "guess")):
                if word in piece:
                    found.setdefault(role, set()).add(what)
    check(found == {"auth": {"hash"}}, "found", found)


def can(port, name, password):
    check(attempt(port, "127.0.0.1", name.encode(), password.encode())[0],
          name)


def cannot(port, name, password):
    check(not attempt(port, "127.0.0.1", name.encode(), password.encode())[0],
          name)


def line_of(name, password, setting="$6$rounds=1000$saltsalt"):
    print(name + ":" +
          login.encrypted(password.encode(), setting.encode()).decode())


def plant(path):
    with open(path, "ab") as f:
        f.write(b"planted:" + login.encrypted(SECRET) + b"\n")
    os.chmod(path, 0o600)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
