# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

"""The real daemon, looked at and treated badly from outside.

    living.py SOCKS5D SOCKS5CTL CASE

seen		each child through /proc, idle and with sessions, as root
seen_rootless	the same, started by a user
stopped		each child is stopped and continued, idle and with a session
failed_STEP	a system call of the start fails: nothing starts, nothing stays
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from daemon import LIMIT, Daemon, Listener, fail, failures, opened

HERE = os.path.dirname(os.path.abspath(__file__))
USER = 64998                    # need not exist
WALLS = {"user": 1, "root": 2, "filter": 4, "landlock": 8, "network": 16,
         "userns": 32, "noexec": 64}

# System calls that raise the walls; each one alone makes the start fail.
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
    if len(walls(daemon, user)) != 6:
        fail("not all children are there")


def seen(user=None, **options):
    echo = Listener(True)
    daemon = start(echo, user=user, **options)
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
    elif case == "stopped":
        stopped()
    else:
        failed(case.removeprefix("failed_"))
    return 1 if failures else 0


sys.exit(main())
