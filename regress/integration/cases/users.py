#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Changes of the file of users by socks5ctl, while the daemon runs.

	users.py case ...	one of the functions below

The daemon's file of users is ./users, its control socket ./ctl."""

import itertools
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys

import socks
import watch
from login import encrypted, greeting, login, try_login, dial, GOOD
from watch import SOCKS5CTL, check, until

FILE = "users"
NEW = "users.socks5d-new"
HEAD = b"# users of the test, \xff\n\n \t\n#off:x\n"
FAST = b"$y$j75$saltsaltsalt1/"		# yescrypt in a millisecond


def ctl_start(*words):
    return subprocess.Popen([SOCKS5CTL, "-s", "ctl", *words],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def ctl_end(proc, given=b""):
    out, err = proc.communicate(given, timeout=60)
    return proc.returncode, out, err


def ctl(*words, given=b""):
    """Exit status, what it printed, and its complaints."""
    return ctl_end(ctl_start(*words), given)


def done(*words, given=b""):
    status, out, err = ctl(*words, given=given)
    check(status == 0 and err == b"", words, status, out, err)
    return out


def refused(*words, given=b"", why=b"", status=1):
    """It fails, for that reason, and not a byte of the file changes."""
    before = content()
    got, out, err = ctl(*words, given=given)
    check(got == status and out == b"" and why in err, words, got, out, err)
    check(content() == before, "the file changed")
    check(not os.path.exists(NEW), "a new file is left")
    return err


def content():
    with open(FILE, "rb") as f:
        return f.read()


def write(text):
    with open(FILE, "wb") as f:
        f.write(text)


def row(name, password, options=b""):
    return (name + b":" + encrypted(password, FAST) +
            (b":" + options if options else b"") + b"\n")


def users():
    """As the daemon lists them, by name."""
    listed = json.loads(done("user", "list", "-j"))["users"]
    return {u["name"]: u for u in listed}


def children(role=None):
    """The pids of the daemon's children."""
    status = json.loads(done("show", "status", "-j"))
    return [c["pid"] for c in status["children"]
            if role in (None, c["role"]) and c["pid"]]


def first():
    """The file that the tests begin with."""
    write(HEAD + row(b"alice", b"wonderland", b"groups=staff") +
          b"\n# amid\n" + row(b"bob", b"builder"))
    os.chmod(FILE, 0o640)
    if os.geteuid() == 0:
        os.chown(FILE, 0, 12345)


def session(port, target, name, password):
    """An open one of this user: both of its ends."""
    sock = dial(port)
    sock.sendall(greeting(2) + login(name, password) +
                 socks.request("127.0.0.1", target.port))
    check(socks.read_exactly(sock, 4) == b"\x05\x02" + GOOD, name)
    check(socks.read_reply(sock)[0] == 0, name)
    return sock, target.accept()[0]


def lives(pair):
    """The session still moves a byte."""
    pair[0].sendall(b"?")
    return socks.read_exactly(pair[1], 1) == b"?"


def ended(pair):
    """Both sides of the session have come to their end."""
    for sock in pair:
        try:
            if sock.recv(1) != b"":
                return False
        except ConnectionResetError:
            pass
    return True


def changes(port):
    """Each change is in force at once, and spares the rest of the file."""
    before, mode = content(), os.stat(FILE)
    first = open(FILE, "rb")		# so that no other gets its number
    done("user", "add", "carol", "groups=a+b", "from=127.0.0.0/8",
         given=b"one\n")
    added = content()
    check(added.startswith(before), "add changed other lines")
    check(added.count(b"\n") == before.count(b"\n") + 1, added)
    check(added.endswith(b":groups=a+b,from=127.0.0.0/8\n"), added)
    check(try_login(port, b"carol", b"one"), "added")
    check(not try_login(port, b"carol", b"two"), "added")
    for number in range(3):
        # A login is remembered, and must not be after the change.
        check(try_login(port, b"carol", b"one"), "again")
        done("user", "passwd", "carol", given=b"two\nnot this\n")
        check(not try_login(port, b"carol", b"one"), "the old password")
        check(try_login(port, b"carol", b"two"), "the new password")
        done("user", "passwd", "carol", given=b"one")
    check(try_login(port, b"alice", b"wonderland"), "another user")
    done("user", "disable", "carol")
    check(users()["carol"]["options"].endswith(",disabled"), "listed")
    check(not try_login(port, b"carol", b"one"), "disabled")
    done("user", "disable", "carol")
    done("user", "enable", "carol")
    check(try_login(port, b"carol", b"one"), "enabled")
    done("user", "delete", "carol")
    check(not try_login(port, b"carol", b"one"), "deleted")
    check(content() == before, "the file is not as it was")
    now = os.stat(FILE)
    for what in "st_mode", "st_uid", "st_gid":
        check(getattr(now, what) == getattr(mode, what), what)
    check(now.st_ino != mode.st_ino, "it was written in its place")
    first.close()
    check(not os.path.exists(NEW), "a new file is left")


def kills(port):
    """Sessions end with kill, and with kill only, and no others."""
    target = watch.Target()
    for words, given in ((("passwd",), b"new\n"), (("disable",), b""),
                         (("enable",), b""), (("delete",), b"")):
        if words != ("enable",):
            write(HEAD + row(b"alice", b"wonderland") +
                  row(b"bob", b"builder"))
            done("reload")
        else:
            check(not try_login(port, b"bob", b"builder"), "disabled")
            done("user", "enable", "bob")
        kept = session(port, target, b"bob", b"builder")
        other = session(port, target, b"alice", b"wonderland")
        done("user", *words, "bob", given=given)
        check(lives(kept), words, "ended the sessions")
        if words == ("delete",):
            write(content() + row(b"bob", b"builder"))
            done("reload")
        out = done("user", *words, "bob", "kill", given=given)
        check(out.endswith(b", sessions ended: 1\n"), out)
        check(ended(kept), words, "kill")
        check(lives(other), words, "another user")
        for sock in kept + other:
            sock.close()


def refusals(port):
    """What cannot be done changes nothing, and says why."""
    refused("user", "add", "alice", given=b"x\n", why=b"already exists")
    for words in ("passwd",), ("delete",), ("disable",), ("enable", ):
        refused("user", *words, "nobody", given=b"x\n", why=b"no such user")
    refused("user", "delete", "#off", why=b"invalid user name", status=2)
    for name in "", "a:b", "a\nb", "#a", "n" * 256:
        refused("user", "add", name, given=b"x\n", why=b"invalid user name", status=2)
    for option in ("nonsense", "groups=", "expires=2027-02-30", "from=host",
                   "disabled\neve:" + encrypted(b"x").decode()):
        refused("user", "add", "dave", option, given=b"x\n",
                why=b"user dave: ")
    refused("user", "add", "dave", "x" * 1024, given=b"x\n", why=b"longer",
            status=2)
    refused("user", "add", "dave", given=b"", why=b"no line")
    refused("user", "add", "dave", given=b"x" * 256 + b"\n", why=b"255")
    refused("user", "add", "dave", given=b"a\0b\n", why=b"NUL")
    refused("user", "delete", "alice", "kil", why=b"kill", status=2)
    refused("user", "delete", why=b"missing", status=2)
    # A wrong command is nothing that a disk did.
    row_of = [line.split() for line in done("show", "counters").splitlines()
              if line.startswith(b"files-not-written")]
    check(row_of[0][1] == b"0", row_of)
    # Faults of the file, made by hand.
    good = content()
    bad = b"eve:$1$salt$hash\n"
    write(good + bad)
    line = good.count(b"\n") + 1
    err = refused("user", "disable", "alice",
                  why=b"users:%d: hash: MD5 is too weak" % line)
    check(b"is unchanged" in err, err)
    err = refused("reload", why=b"users:%d: hash: MD5" % line)
    check(b"salt" not in err, "a hash was shown")
    check(try_login(port, b"alice", b"wonderland"), "the users are gone")
    # Its own line may be wrong if it goes.
    done("user", "delete", "eve")
    check(content() == good, "the rest changed")
    os.chmod(FILE, 0o644)
    refused("user", "disable", "alice", why=b"chmod o-r")
    os.chmod(FILE, 0o600)
    os.rename(FILE, "away")
    os.mkfifo(FILE)
    check(b"not a regular file" in ctl("user", "disable", "alice")[2], "fifo")
    os.remove(FILE)
    check(b"No such file" in ctl("user", "disable", "alice")[2], "gone")
    os.rename("away", FILE)
    check(try_login(port, b"alice", b"wonderland"), "the users are gone")
    done("user", "disable", "alice")
    check(not try_login(port, b"alice", b"wonderland"), "disabled")


def links(port):
    """A link to the file stays one; a leftover is replaced, not used."""
    os.mkdir("far")
    os.rename(FILE, "far/real")
    os.symlink("far/real", FILE)
    with open("far/real.socks5d-new", "wb") as f:
        f.write(row(b"eve", b"evil"))
    done("user", "add", "carol", given=b"one\n")
    check(os.path.islink(FILE), "the link was replaced")
    check(stat.S_IMODE(os.stat("far/real").st_mode) == 0o640, "mode")
    check(os.listdir("far") == ["real"], os.listdir("far"))
    check(try_login(port, b"carol", b"one"), "added")
    check(not try_login(port, b"eve", b"evil"), "a leftover was used")
    # One that is a link leads nowhere.
    os.symlink("../victim", "far/real.socks5d-new")
    done("user", "delete", "carol")
    check(not os.path.exists("victim"), "a link was followed")


def together(port, count):
    """Many at once: those that are told it was done are in the file."""
    names = ["u%d" % i for i in range(int(count))]
    while names:
        procs = [(n, ctl_start("user", "add", n)) for n in names]
        left = []
        for name, proc in procs:
            status, _, err = ctl_end(proc, b"pass\n")
            check(status == 0 or b"too many" in err, status, err)
            there = b"\n" + name.encode() + b":" in content()
            check(there == (status == 0), name, status)
            if status:
                left.append(name)
        check(len(left) < len(names), "nobody came through")
        # They wait for each other.
        check(not left or len(names) > 20, "some were not heard")
        names = left
    check(len(users()) == int(count) + 2, "some are not listed")


def auth_hangs(port):
    """Without auth's word nothing changes."""
    auth = children("auth")[0]
    os.kill(auth, signal.SIGSTOP)
    refused("user", "disable", "alice", why=b"auth did not answer in time")
    check(until(lambda: children("auth") not in ([auth], [])), "no new auth")
    check(until(lambda: try_login(port, b"alice", b"wonderland")), "login")
    auth = children("auth")[0]
    os.kill(auth, signal.SIGSTOP)
    proc = ctl_start("user", "disable", "alice")
    check(until(lambda: os.path.exists(NEW)), "no new file")
    os.kill(auth, signal.SIGKILL)
    status, _, err = ctl_end(proc)
    check(status == 1 and b"auth died meanwhile" in err, err)
    check(not os.path.exists(NEW), "a new file is left")
    check(until(lambda: try_login(port, b"alice", b"wonderland")), "login")
    # What was said to be done is kept by the next auth.
    done("user", "disable", "alice")
    os.kill(children("auth")[0], signal.SIGKILL)
    check(until(lambda: try_login(port, b"bob", b"builder")), "login")
    check(not try_login(port, b"alice", b"wonderland"), "forgotten")


def reloads(port, daemon):
    """A reload waits for a change under way, and both are done."""
    auth = children("auth")[0]
    os.kill(auth, signal.SIGSTOP)
    proc = ctl_start("user", "disable", "alice")
    check(until(lambda: os.path.exists(NEW)), "no new file")
    os.kill(int(daemon), signal.SIGHUP)
    reload = ctl_start("reload")
    os.kill(int(daemon), signal.SIGHUP)
    waits = ctl_start("user", "disable", "bob")
    check(until(lambda: b"waiting: a user change" in
                open("daemon.log", "rb").read()), "nobody waits")
    check(reload.poll() is None, "it did not wait")
    check(waits.poll() is None, "this neither")
    os.kill(auth, signal.SIGCONT)
    status, _, err = ctl_end(proc)
    check(status == 0, err)
    status, out, err = ctl_end(reload)
    check(status == 0 and b"is in force" in out, out, err)
    check(not try_login(port, b"alice", b"wonderland"), "disabled")
    status, _, err = ctl_end(waits)
    check(status == 0, err)
    check(not try_login(port, b"bob", b"builder"), "bob is not disabled")


def lists(port, count):
    """Every user is listed, however many, and none can forge a line."""
    names = [b"u%d" % i for i in range(int(count))]
    names += [b"a\x1b[31mb", "j\u00f6rg".encode(), b"x\\y \"z\"", b"\v" * 255]
    one = row(b"", b"pass", b"groups=%s,expires=2030-01-01" % (b"g" * 31))
    write(b"".join(name + one for name in names))
    os.chmod(FILE, 0o600)
    done("reload")
    listed = json.loads(done("user", "list", "-j"))["users"]
    check(len(listed) == len(names), len(listed))
    check(len({u["name"] for u in listed}) == len(names), "one is there twice")
    check(listed[0].keys() == {"name", "method", "options", "groups",
                               "expires", "from", "disabled", "cached",
                               "logins", "failures"}, listed[0])
    text = done("user", "list")
    check(text.count(b"\n") == len(names) + 1, "lines")
    check(re.fullmatch(rb"[ -~\n]*", text), "control bytes")
    check(b"$y$" not in text, "a hash")
    check(try_login(port, b"u7", b"pass"), "login")
    check(not try_login(port, b"u7", b"word"), "login")
    me = users()["u7"]
    check((me["cached"], me["logins"], me["failures"]) == (True, 1, 1), me)


def options(port):
    """Options change one by one, as often as one likes, and nothing is
    written for what is so already."""
    def same(*words):
        before = os.stat("users")
        check(done("user", *words).endswith(b": unchanged\n"), words)
        after = os.stat("users")
        check((before.st_ino, before.st_mtime_ns) ==
              (after.st_ino, after.st_mtime_ns), "written anew")

    def line():
        return users()["bob"]["options"]

    check(try_login(port, b"bob", b"builder"), "first")
    for words, want in (
            (("groups=staff",), "groups=staff"),
            (("expires=2999-12-31", "groups=a+b"),
             "groups=a+b,expires=2999-12-31"),
            (("from=192.0.2.0/24", "from=127.0.0.0/8"),
             "groups=a+b,expires=2999-12-31,from=192.0.2.0/24,"
             "from=127.0.0.0/8"),
            (("expires=-", "from=-"), "groups=a+b")):
        check(done("user", "set", "bob", *words) == b"user bob: changed\n",
              words)
        check(line() == want, line(), want)
        check(try_login(port, b"bob", b"builder"), words)
        same("set", "bob", *words)
    done("user", "disable", "bob")
    same("disable", "bob")
    done("user", "set", "bob", "groups=c")
    check(line() == "groups=c,disabled", line())
    check(not try_login(port, b"bob", b"builder"), "enabled by that")
    done("user", "enable", "bob")
    same("enable", "bob")
    done("user", "set", "bob", "from=192.0.2.1")
    check(not try_login(port, b"bob", b"builder"), "from elsewhere")
    refused("user", "set", "bob", "group=x", why=b"option")
    refused("user", "set", "bob", "group=", why=b"option")
    refused("user", "set", "nobody", "groups=x", why=b"no such user")
    refused("user", "set", "bob", why=b"missing", status=2)
    status, out, err = ctl("user", "set", "bob", "expires=2020-01-31")
    check(status == 0 and b"expires=2020-01-31 has passed" in err, err)
    done("user", "set", "bob", "expires=2999-01-31")


def no_password(port):
    """An empty password is one that was meant."""
    for given in (b"\n", b""):
        refused("user", "add", "eve", given=given, why=b"password: ")
        refused("user", "passwd", "bob", given=given, why=b"password: ")
    for words in (("add", "eve"), ("passwd", "bob")):
        refused("user", *words, "empty-password", given=b"secret\n",
                why=b"not empty")
    check(not try_login(port, b"eve", b""), "eve")
    done("user", "add", "eve", "groups=a", "empty-password")
    check(users()["eve"]["options"] == "groups=a", users()["eve"])
    check(try_login(port, b"eve", b"") and
          not try_login(port, b"eve", b"x"), "eve")
    done("user", "passwd", "bob", "empty-password", "kill", given=b"\n")
    check(try_login(port, b"bob", b""), "bob")
    done("user", "passwd", "bob", given=b"x\n")
    check(not try_login(port, b"bob", b"") and
          try_login(port, b"bob", b"x"), "bob again")
    status, out, err = ctl("user", "add", "old", "expires=2020-01-31",
                           given=b"x\n")
    check(status == 0 and b"expires=2020-01-31 has passed" in err, err)
    refused("user", "passwd", "bob", "kill", "twice", given=b"x\n", status=2)


def bans(port):
    """Who fails too often is banned, listed, and free again when told."""
    check(done("unban", "all") == b"bans ended: 0\n", "unban")
    guess = (b"guess %d" % i for i in itertools.count())
    check(until(lambda: not try_login(port, b"bob", next(guess)) and
                json.loads(done("show", "bans", "-j"))["bans"], 30), "no ban")
    listed = json.loads(done("show", "bans", "-j"))["bans"]
    check("127.0.0.1" in [b["what"] for b in listed], listed)
    check(all(b["left_ms"] > 0 and b["failures"] > 0 for b in listed), listed)
    check(done("show", "bans").count(b"\n") == len(listed) + 1, "lines")
    check(not try_login(port, b"alice", b"wonderland"), "not banned")
    refused("unban", "192.0.2.1", why=b"no such ban")
    refused("unban", "user", "nobody", why=b"no such ban")
    check(done("unban", "127.0.0.1") == b"bans ended: 1\n", "unban")
    for b in listed:
        if b["what"].startswith("user "):
            done("unban", *b["what"].split(" ", 1))
    check(json.loads(done("show", "bans", "-j"))["bans"] == [], "left")
    check(until(lambda: try_login(port, b"alice", b"wonderland")), "login")


def secrets(port, daemon):
    """Whatever was done, no password is left anywhere, and no hash but in
    auth; who checks one has it for that time only."""
    word, guess = b"a-word-that-stands-nowhere-else", b"a-guess-like-no-other"
    done("user", "add", "carol", given=word + b"\n")
    done("user", "passwd", "carol", given=word + b"\n")
    for _ in range(3):
        check(try_login(port, b"carol", word), "login")
        check(not try_login(port, b"carol", guess), "guess")
        check(not try_login(port, b"nobody", guess), "guess")
    done("reload")
    done("user", "disable", "bob")
    lines = dict(line.split(b":")[:2] for line in content().splitlines()
                 if line[:1] not in b"#" and b":" in line)
    check(b"carol" in lines, lines)
    stored = list(lines.values())
    auth = children("auth")[0]
    for pid in set(children() + [int(daemon)]):
        for secret in [word, guess] + (stored if pid != auth else []):
            check(not holds(pid, secret), "process", pid, "has", secret)
    # The search finds what there is.
    check(holds(auth, lines[b"carol"]), "auth has no hash")
    with open("daemon.log", "rb") as f:
        text = f.read()
    check(b"user carol: added" in text, "no word of it in the log")
    for secret in [word, guess] + stored:
        check(secret not in text, secret, "is in the log")
    for pid in set(children() + [int(daemon)]):
        for what in "cmdline", "environ":
            with open(f"/proc/{pid}/{what}", "rb") as f:
                text = f.read()
            for secret in [word, guess] + stored:
                check(secret not in text, secret, "is in", what, "of", pid)


def holds(pid, secret):
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
         open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, perms = line.split()[:2]
            if "r" not in perms or "[v" in line:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            mem.seek(start)
            try:
                if secret in mem.read(end - start):
                    return True
            except OSError:
                pass
    return False


def hashes():
    """Each method's hash is of the password, and is never the same twice."""
    for method, prefix, words in (("yescrypt", b"$y$", ([], ["yescrypt"])),
                                  ("bcrypt", b"$2b$", (["bcrypt"],)),
                                  ("sha512", b"$6$", (["sha512"],))):
        for password in (b"", b"x", bytes(range(1, 10)) + b"\x0b\xff", b"y" * 72):
            for w in words:
                out = done("hash", *w, given=password + b"\n").rstrip(b"\n")
                check(out.startswith(prefix), method, out)
                check(encrypted(password, out) == out, method, password)
                check(encrypted(password + b"z", out) != out or
                      len(password) == 72, method, password)
        check(done("hash", method, given=b"a\n") !=
              done("hash", method, given=b"a\n"), "one salt for two")
    done("hash", given=b"z" * 255)
    for words, given in ((("hash",), b"z" * 256), (("hash",), b""),
                         (("hash",), b"\0"), (("hash", "bcrypt"), b"z" * 73)):
        status, out, _ = ctl(*words, given=given)
        check(status == 1 and out == b"", words, len(given))
    check(ctl("hash", "md5", given=b"x")[0] == 2, "md5")


def terminal():
    """Asked twice, and never shown."""
    for answers, status in ((b"secret\nsecret\n", 0), (b"secret\nsecreT\n", 1),
                            (b"\n\n", 1)):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(SOCKS5CTL, [SOCKS5CTL, "hash", "sha512"])
        seen = b""
        for prompt, answer in zip((b"password: ", b"once more: "),
                                  answers.splitlines(True)):
            while not seen.endswith(prompt):
                seen += os.read(fd, 1000)
            os.write(fd, answer)
        try:
            while piece := os.read(fd, 1000):
                seen += piece
        except OSError:
            pass
        os.close(fd)
        got = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        check(got == status, seen)
        check(b"secre" not in seen, seen)
        check((b"$6$" in seen) == (status == 0), seen)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
