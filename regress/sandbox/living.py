# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""The real daemon, looked at and treated badly from outside.

    living.py SOCKS5D SOCKS5CTL CASE

seen		each child through /proc, idle and with sessions, as root
seen_rootless	the same, started by a user
stopped		each child is stopped and continued, idle and with a session
secrets		who has logged in, or tried, left no password anywhere, and the
		hashes are with auth alone
proxy_secrets	the password for a proxy is with the parent and with the role that
		logs in there, and gone when it is another
failed_STEP	a system call of the start fails: nothing starts, nothing stays
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from daemon import (LIMIT, Client, Daemon, Listener, encrypted, fail,
                    failures, opened)

HERE = os.path.dirname(os.path.abspath(__file__))
USER = 64998                    # need not exist
WALLS = {"user": 1, "root": 2, "filter": 4, "landlock": 8, "network": 16,
         "userns": 32, "noexec": 64, "bounding": 128, "nodump": 256,
         "limits": 512}

# System calls that raise the walls; each one alone makes the start fail if it
# fails for a reason that no host has to do without it.
STEPS = {
    "chroot": "chroot",
    "fchdir": "fchdir",
    "setgroups": "setgroups",
    "setresgid": "setresgid",
    "setresuid": "setresuid",
    "capset": "capset",
    "prctl": "prctl",
    "seccomp": "seccomp",
    "landlock": "landlock_restrict_self",
}


def start(echo, **options):
    daemon = Daemon(sys.argv[1], echo.port, **options)
    if daemon.wait("^ready$") is None:
        fail("the daemon does not start")
        print("\n".join(daemon.log))
    return daemon


def walls(daemon, user=None):
    """(role, number): (pid, set of walls), as the daemon itself says."""
    out = subprocess.run(
        [sys.argv[2], "-s", daemon.sock, "show", "status"], check=True,
        stdout=subprocess.PIPE, text=True, timeout=LIMIT, user=user).stdout
    found = {}
    for line in out.splitlines():
        m = re.match(r"(\w+) +(\d+) +(\d+) +\w+ +\d+  (.*)$", line)
        if m:
            found[m[1], int(m[2])] = int(m[3]), m[4].split()
    return found


def look(daemon, user):
    for (role, _), (pid, names) in sorted(walls(daemon, user).items()):
        uid = user
        if uid is None:
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                uid = int(re.search(r"Uid:\s*(\d+)", f.read())[1])
        cmd = [sys.executable, os.path.join(HERE, "proccheck.py"),
               "--id", str(uid),
               "--walls", str(sum(WALLS[n] for n in names)), role, str(pid)]
        if user is not None:
            cmd.insert(2, "--rootless")
        if subprocess.run(cmd, check=False).returncode != 0:
            fail(f"{role} {pid}")
        want = {"filter", "root"} | ({"user"} if user is None else set())
        if not want <= set(names):
            fail(f"{role}: only these walls: {names}")
        if user is None and role != "router" and "network" not in names:
            fail(f"{role}: has a network")
    if len(walls(daemon, user)) != 10:
        fail("not all children are there")


def seen(user=None, **options):
    echo = Listener(True)
    daemon = start(echo, user=user, users=[(b"u", encrypted(b"p"))],
                   auth="optional", more="""
table <t> address { 192.0.2.1 }
upstream "u" { member http 127.0.0.1 port 1 }
block from <t>
pass from any to 192.0.2.2 via "u"
""", **options)
    try:
        look(daemon, user)
        clients = [opened(daemon, echo) for _ in range(4)]
        look(daemon, user)
        for c in clients:
            c.close()
    finally:
        daemon.stop()
        echo.close()


def seen_rootless():
    """The folder of the source may be closed to others; /tmp is not."""
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o755)
        sys.argv[1] = shutil.copy(sys.argv[1], d)
        sys.argv[2] = shutil.copy(sys.argv[2], d)
        seen(USER)


def stopped():
    echo = Listener(True)
    daemon = start(echo)
    try:
        for held in False, True:
            c = opened(daemon, echo) if held else None
            children = walls(daemon)
            for pid, _ in children.values():
                os.kill(pid, signal.SIGSTOP)
            for pid, _ in children.values():
                os.kill(pid, signal.SIGCONT)
            if held and not c.echoes():
                fail("a session broke")
            fresh = opened(daemon, echo)
            if fresh is None:
                fail("no new client is served")
            if walls(daemon) != children:
                fail("a child died")
            for client in c, fresh:
                if client is not None:
                    client.close()
    finally:
        daemon.stop()
        echo.close()


def memory(pid):
    """All that a process can read, piece by piece."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        areas = [line.split()[:2] for line in maps]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for area, rights in areas:
            low, high = (int(n, 16) for n in area.split("-"))
            if rights[0] != "r" or low >= 1 << 63:
                continue
            try:
                mem.seek(low)
                yield mem.read(high - low)
            except OSError:
                pass        # the kernel's own, [vvar]


def holders(daemon, needles):
    """The roles, with what of the needles is in their memory."""
    found = {}
    pids = {role: pid for (role, _), (pid, _) in walls(daemon).items()}
    pids |= {f"{role} {n}": pid
             for (role, n), (pid, _) in walls(daemon).items()}
    pids["parent"] = daemon.proc.pid
    for role, pid in pids.items():
        for piece in memory(pid):
            for name, needle in needles.items():
                if needle in piece:
                    found.setdefault(name, set()).add(role.split()[0])
    return found


def right_places(daemon, needles, more):
    """Waits until each secret is where it must be, and nowhere else."""
    want = more | {n: {"auth"} for n in needles if n.startswith("hash")}
    want |= {n: {"parent", "upstream"} for n in needles
             if n.startswith("proxy")}
    end = time.monotonic() + LIMIT
    while (found := holders(daemon, needles)) != want:
        if time.monotonic() > end:
            fail(f"{found} instead of {want}")
            return
        time.sleep(0.1)


def change(daemon, needles):
    """What is no longer a hash of somebody is forgotten."""
    users = os.path.join(daemon.dir.name, "users")
    new = b"fresh Ntp1-password"
    subprocess.run([sys.argv[2], "-s", daemon.sock, "user", "passwd", "alice"],
                   input=new + b"\n", check=True, timeout=LIMIT)
    c = Client(daemon.login_port)
    if not c.greet(LIMIT, 2) or not c.login(b"alice", new):
        fail("the new password does not do")
    c.close()
    needles["password fresh Ntp1-"] = new[:11]
    needles["old hash of alice"] = needles.pop("hash of alice")
    with open(users, "rb") as f:
        line = [n for n in f.read().splitlines() if n.startswith(b"alice:")][0]
    needles["hash of alice"] = line[-30:]
    right_places(daemon, needles, {})
    with open(users, "rb") as f:
        kept = [n for n in f.read().splitlines() if n.startswith(b"bob:")]
    with open(users, "wb") as f:
        f.write(kept[0] + b"\n")
    daemon.proc.send_signal(signal.SIGHUP)
    if daemon.wait("^reloaded") is None:
        fail("the daemon does not reload")
    needles["gone hash of alice"] = needles.pop("hash of alice")
    needles["gone hash of slow"] = needles.pop("hash of slow")
    right_places(daemon, needles, {})


class Gate(Listener):
    """A proxy of HTTP that lets nobody through but to itself."""

    def echo(self, conn):
        head = b""
        try:
            while not head.endswith(b"\r\n\r\n"):
                if not (byte := conn.recv(1)):
                    return
                head += byte
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        except OSError:
            return
        super().echo(conn)


def proxy_secrets():
    """The password for a proxy, used, changed and used again."""
    echo, gate = Listener(True), Gate(True)
    needles = {"proxy's password": b"first Prx8-password",
               "proxy's user": b"user-Prx8-name"}
    user = needles["proxy's user"].decode()
    daemon = start(echo, more=f"""
upstream "gate" {{
    member http 127.0.0.1 port {gate.port} user "{user}" \\
        password file "@DIR@/secret"
}}
pass from any to 127.0.0.1 port {gate.port} via "gate"
""", files=[("secret", needles["proxy's password"].decode() + "\n")])
    try:
        for new in None, b"second Prx9-password":
            if new is not None:
                needles["gone password"] = needles["proxy's password"]
                needles["proxy's password"] = new
                daemon.write("secret", new.decode() + "\n")
                daemon.proc.send_signal(signal.SIGHUP)
                if daemon.wait("^reloaded") is None:
                    fail("the daemon does not reload")
            right_places(daemon, needles, {})
            c = opened(daemon, gate)
            if c is None:
                fail("no session by way of the proxy")
                continue
            right_places(daemon, needles, {})
            c.close()
        if any("Prx" in line for line in daemon.log):
            fail("in the log")
    finally:
        daemon.stop()
        echo.close()
        gate.close()


def secrets():
    """Passwords of any length, right and wrong; kept by the cache or not."""
    hashed = {b"alice": b"right Kzq7-password of alice",
              b"bob": b"right Wvb2-password" + b"+" * 230,
              b"slow": b"right Jmx5-password of slow"}
    settings = {b"alice": b"$6$rounds=1000$aliceAliceSalt",
                b"bob": b"$2b$04$abcdefghijklmnopqrstuu",
                b"slow": b"$y$j9T$slowSlowSlowSalt"}
    users = [(n, encrypted(p[:72] if n == b"bob" else p, settings[n]))
             for n, p in hashed.items()]
    typed = list(hashed.items()) + [
        (b"alice", b"wrong Rht9-password"), (b"alice", b"wrong Rht9-password"),
        (b"nobody", b"wrong Nbd3-password"), (b"slow", b"wrong Slw4-password"),
        (b"bob", b"wrong Bob8-" + bytes(range(1, 200))),
        (b"alice", b"wrong Nul6-\0password")]
    needles = {"password " + p[:11].decode(): p[:11] for _, p in typed}
    needles |= {"hash of " + n.decode(): h[-30:] for n, h in users}
    echo = Listener(True)
    daemon = start(echo, users=users, auth="required")
    try:
        for _ in range(3):
            for user, password in typed:
                c = Client(daemon.login_port)
                if not c.greet(LIMIT, 2):
                    fail("no login is wanted")
                right = hashed.get(user) == password
                if c.login(user, password) != right:
                    fail(f"{password[:11]}: not {right}")
                if right and c.request("127.0.0.1", echo.port) != 0:
                    fail("no session")
                c.close()
        # Half a login, for as long as its client takes.
        half = Client(daemon.login_port)
        half.greet(LIMIT, 2)
        half.sock.sendall(b"\1\5alice\x20right Kzq7-")
        right_places(daemon, needles, {"password right Kzq7-": {"relay"}})
        half.close()
        right_places(daemon, needles, {})
        change(daemon, needles)
        for line in daemon.log:
            if "-password" in line or "$" in line or "-\\" in line:
                fail(f"in the log: {line}")
    finally:
        daemon.stop()
        echo.close()


def family(pid):
    """Processes below pid."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found += [int(name)] + family(int(name))
    return found


def failed(step):
    echo = Listener(True)
    daemon = Daemon(sys.argv[1], echo.port, wrap=(
        "strace", "-f", "-o", "/dev/null", "-e", f"trace={STEPS[step]}",
        "-e", f"inject={STEPS[step]}:error=EIO"))
    try:
        if daemon.wait("^end of log$|^ready$") != "end of log":
            fail(f"{step} fails and the daemon starts")
            print("\n".join(daemon.log))
        elif daemon.proc.wait(LIMIT) == 0:
            fail(f"{step} fails and the exit status is 0")
        if family(daemon.proc.pid):
            fail(f"{step} fails and children are left")
    finally:
        for pid in family(daemon.proc.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        daemon.proc.kill()
        daemon.stop()
        echo.close()


def main():
    case = sys.argv[3]
    if case == "seen":
        seen()
    elif case == "seen_rootless":
        seen_rootless()
    elif case == "secrets":
        secrets()
    elif case == "proxy_secrets":
        proxy_secrets()
    elif case == "stopped":
        stopped()
    else:
        failed(case.removeprefix("failed_"))
    return 1 if failures else 0


sys.exit(main())
