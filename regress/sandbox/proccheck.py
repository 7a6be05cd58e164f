# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Looks at one child from outside, as root, through /proc.

Prints a line for each thing that is not as it must be and exits 1 if there
was one.  Used by role_walls_test on bare children and by the tests of the
running daemon; --bare leaves out what only an exec can clean.
"""

import argparse
import os
import re
import stat
import sys

WALL_USER, WALL_ROOT, WALL_FILTER, WALL_LANDLOCK = 1, 2, 4, 8
WALL_NETWORK, WALL_USERNS, WALL_NOEXEC = 16, 32, 64
WALL_BOUNDING = 128

ROLES = ("router", "relay", "auth", "resolver", "control", "loader",
         "upstream", "hash")

# What a child may hold: kinds of /proc/PID/fd links.  libevent keeps a pipe.
KINDS = ("socket:", "pipe:", "anon_inode:[eventpoll]",
         "anon_inode:[timerfd]")

bad = 0


def check(good, what):
    """Counts and prints what is not good."""
    global bad
    if not good:
        bad += 1
        print(f"{args.role} {args.pid}: {what}")


def proc(name):
    """The text of a file of this process."""
    with open(f"/proc/{args.pid}/{name}", "rb") as f:
        return f.read().decode(errors="replace")


def status():
    """The fields of /proc/PID/status."""
    return dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", proc("status"), re.M))


def check_user(st):
    uids, gids = set(st["Uid"].split()), set(st["Gid"].split())
    check(uids == {args.id}, f"user {uids} instead of {args.id}")
    check(len(gids) == 1, f"groups {gids}")
    check("0" not in uids | gids, "root")
    check(st["Groups"] == "" or args.rootless, f"groups {st['Groups']}")
    for cap in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        if cap == "CapBnd" and not args.walls & WALL_BOUNDING:
            continue
        check(int(st[cap], 16) == 0, f"{cap} {st[cap]}")


def check_filter(st):
    check(st["Seccomp"] == "2", f"seccomp mode {st['Seccomp']}")
    check(int(st.get("Seccomp_filters", "1")) >= 1, "no filter")
    check(st["NoNewPrivs"] == "1", "may gain privileges")
    check(st["Threads"] == "1", "has threads")
    # Of a process that cannot be traced or dumped these belong to root.
    owner = os.stat(f"/proc/{args.pid}/environ").st_uid
    check(owner == 0, f"is dumpable: its environ belongs to {owner}")


def check_places():
    empty = re.compile(r"^/\S*( \(deleted\))?$")
    for link in "root", "cwd":
        path = os.readlink(f"/proc/{args.pid}/{link}")
        check(path != "/" and empty.match(path), f"{link} is {path}")
        try:
            inside = os.listdir(f"/proc/{args.pid}/{link}/")
        except FileNotFoundError:
            inside = []
        check(inside == [], f"{link} has {inside}")
    other = os.readlink(f"/proc/{args.pid}/ns/net")
    ours = os.readlink("/proc/self/ns/net")
    check((other != ours) == bool(args.walls & WALL_NETWORK),
          f"network namespace {other}, ours {ours}")


def check_memory():
    for line in proc("maps").splitlines():
        perms = line.split()[1]
        check(not ("w" in perms and "x" in perms), f"maps: {line}")


def check_fds():
    top = f"/proc/{args.pid}/fd"
    for fd in sorted(os.listdir(top), key=int):
        link = os.readlink(f"{top}/{fd}")
        if int(fd) <= 2:
            check(link == "/dev/null", f"descriptor {fd} is {link}")
            continue
        check(link.startswith(KINDS), f"descriptor {fd} is {link}")
        mode = os.stat(f"{top}/{fd}").st_mode
        check(not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or
                   stat.S_ISBLK(mode) or stat.S_ISCHR(mode)) or
              "anon_inode" in link, f"descriptor {fd} is a file: {link}")
        check(int(fd) < args.nofile, f"descriptor {fd} beyond its limit")


def check_limits():
    # The loader fills images, of a gigabyte at most.
    size = str(1 << 30) if args.role == "loader" else "0"
    want = {"Max core file size": "0", "Max file size": size,
            "Max processes": "0"}
    if args.nofile < 1 << 30:
        want["Max open files"] = str(args.nofile)
    for line in proc("limits").splitlines():
        name = line[:26].strip()
        if name in want:
            soft, hard = line[26:].split()[:2]
            check(soft == hard == want[name], f"{name} is {soft}, {hard}")


def check_strings():
    env = [v for v in proc("environ").split("\0") if v]
    check(env == [] or all(v.startswith("TZ=") for v in env),
          f"environment {env}")
    argv = proc("cmdline").split("\0")[:-1]
    check(argv[1:] == ["-x", args.role] or argv[1:] == [],
          f"arguments {argv}")


def main():
    st = status()
    check_user(st)
    check_filter(st)
    if args.walls & WALL_ROOT:
        check_places()
    check_memory()
    check_fds()
    check_limits()
    if not args.bare:
        check_strings()
    return 1 if bad else 0


p = argparse.ArgumentParser()
p.add_argument("--bare", action="store_true")
p.add_argument("--rootless", action="store_true")
p.add_argument("--id", required=True)
p.add_argument("--walls", type=int, required=True)
p.add_argument("--nofile", type=int, default=1 << 30)
p.add_argument("role", choices=ROLES)
p.add_argument("pid", type=int)
args = p.parse_args()
sys.exit(main())
