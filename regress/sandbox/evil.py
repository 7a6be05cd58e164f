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

"""Runs the whole daemon with one child taken over (evil.c), once for each
attack of a group, and checks what is left: the target was not reached, the
attacker met the end that was foreseen for it, nobody else died, the session in
another relay went on, and new clients are served.

    evil.py BINARY GROUP
"""

import os
import re
import signal
import sys

from daemon import LIMIT, Client, Daemon, Listener, fail, failures, opened

MEMORY_KB = 96 * 1024           # of any process of the daemon, at the end

# What becomes of the attacker.
FILTER = "was killed by its system call filter"
ENDED = "broke the rules, ending it"
ALIVE = "is still there"
DEAF = "was killed by signal 9"
# Who reads what strangers send goes rather than whom it accuses.
ACCUSER = "broke the rules, ending it: accuses"
EITHER = "evil: is still there|broke the rules, ending it"

# Those that wait for a question to the resolver.
QUESTIONS = ("answer-forbidden", "answer-flood")

MESSAGES = ("unknown", "none", "route", "short", "long", "garbage", "header",
            "pack-empty", "pack-nested", "pack-route", "pack-short")


def messages(role, peers):
    """All malformed ones; garbage of the right length may mean something."""
    return [(role, m, peer, EITHER if m == "garbage" else ENDED)
            for peer in peers for m in MESSAGES]


# Role, attack, peer, end.
GROUPS = {
    "relay_calls": [
        ("relay", "socket", "router", FILTER),
        ("relay", "open", "router", FILTER),
        ("relay", "kill", "router", FILTER),
        ("relay", "sendmsg", "router", FILTER),
        ("relay", "reconnect", "router", FILTER),
        ("relay", "fastopen", "router", FILTER),
        ("relay", "shutdown", "router", FILTER),
    ],
    "other_calls": [
        (role, attack, "parent", FILTER)
        for role in ("resolver", "auth", "control")
        for attack in ("socket", "open", "kill", "sendmsg")
    ] + [
        ("router", "open", "parent", FILTER),
        ("router", "kill", "parent", FILTER),
        ("router", "sendmsg", "parent", ENDED),
    ],
    "relay_messages": messages("relay", ("router", "control", "parent")) + [
        ("relay", "unknown", "auth", ENDED)
    ],
    "resolver_messages": messages("resolver", ("router", "parent")) + [
        ("resolver", "unknown", "control", ENDED)
    ],
    "control_messages": messages("control", ("router", "parent")) + [
        ("control", "unknown", p, ACCUSER)
        for p in ("relay", "auth", "resolver")
    ],
    "auth_messages": messages("auth", ("parent",)) + [
        ("auth", "unknown", p, ENDED) for p in ("router", "control")
    ],
    "sessions": [
        ("relay", "open-forbidden", "router", ALIVE),
        ("relay", "open-twice", "router", ENDED),
        ("relay", "open-foreign", "router", ENDED),
        ("relay", "open-flood", "router", ENDED),
        ("relay", "closed-foreign", "router", ENDED),
        ("relay", "adopt", "router", ENDED),
        ("relay", "hoard", "router", ENDED),
        ("relay", "adopt-flood", "router", ENDED),
    ],
    "names": [
        ("resolver", "answer-unasked", "router", ALIVE),
        ("resolver", "answer-forbidden", "router", ALIVE),
        ("resolver", "answer-flood", "router", ALIVE),
        ("resolver", "dns-want", "router", ALIVE),
        ("resolver", "dns-want-flood", "router", ALIVE),
        ("resolver", "dns-hoard", "router", ALIVE),
    ],
    "floods": [
        ("control", "list-flood", "router", ALIVE),
        ("control", "ask-flood", "parent", DEAF),
        ("relay", "log-flood", "parent", ALIVE),
    ],
    "words": [
        ("relay", "log-forged", "parent", ALIVE),
    ],
    "lies": [
        ("relay", "ready-twice", "parent", ENDED),
        ("relay", "accuse", "parent", ENDED),
        ("resolver", "accuse", "parent", ENDED),
    ],
}

def provoke(daemon, role, attack, echo, target):
    """What the attack waits for; gives the clients, honest one first."""
    clients = []
    if role == "relay" and attack not in MESSAGES:
        # Three sessions on two relays: the taken-over one does not answer.
        honest = None
        for _ in range(4):
            c = Client(daemon.port)
            clients.append(c)
            if honest is None and c.greet(0.5):
                honest = c
                if c.request("127.0.0.1", echo.port) != 0:
                    fail("the honest relay does not serve")
        if honest is not None:
            clients.remove(honest)
            clients.insert(0, honest)
    elif role == "resolver" and attack in QUESTIONS:
        c = Client(daemon.port)
        clients.append(c)
        c.greet(LIMIT)
        code = c.request("outside.example", target.port)
        if code in (None, 0):
            fail(f"a name with a forbidden address was answered {code}")
    return clients


def check_house(daemon, who, attack, expected):
    """Nobody but who had to go died, nobody grew without bound."""
    children = daemon.children()
    for line in daemon.log:
        m = re.search(r"(\w+) (\d+) \(pid (\d+)\) (was killed|ended with)",
                      line)
        if m and (m[1] != who or expected == ALIVE) and \
                (m[1], attack) != ("router", "adopt-flood"):
            fail(f"died: {line}")
    for pids in children.values():
        kb = daemon.memory_kb(pids[-1])
        if kb > MEMORY_KB:
            fail(f"{kb} KB in process {pids[-1]}")
    kb = daemon.memory_kb(daemon.proc.pid)
    if kb > MEMORY_KB:
        fail(f"{kb} KB in the parent")
    for line in daemon.log:
        if line.startswith("forged") or "\033" in line:
            fail(f"a child wrote a line of its own: {line!r}")


def run(role, attack, peer, end):
    """One daemon, one attack."""
    print(f"{role}: {attack} at {peer}", flush=True)
    before = len(failures)
    who = peer if end == ACCUSER else role
    echo, target = Listener(True), Listener(False)
    # So few descriptors that who hoards them is soon noticed.
    daemon = Daemon(sys.argv[1], echo.port, wrap=("prlimit", "--nofile=512"),
                    env={"EVIL": f"{role}:{attack}:{peer}:{target.port}"})
    try:
        if daemon.wait("^ready$") is None:
            fail("the daemon does not start")
            return
        if attack == "adopt-flood":
            router = daemon.children()[("router", 0)][0]
            os.kill(router, signal.SIGKILL)
            if daemon.wait(rf"router 0 is ready \(pid (?!{router}\))") is None:
                fail("there is no new router")
                return
        # The second config is the sign to begin.
        daemon.proc.send_signal(signal.SIGHUP)
        if daemon.wait("^reloaded") is None:
            fail("the daemon does not reload")
            return
        clients = provoke(daemon, role, attack, echo, target)
        if daemon.wait("^evil: begins") is None:
            fail("no attack was made")
            return
        if end == EITHER:
            mine = EITHER
        elif end == ALIVE:
            # Its own line may be among those that a full log loses.
            mine = "evil: " + end + "|log lines lost"
        else:
            mine = rf"{who} \d+ \(pid \d+\) {end}"
        expected = end
        seen = daemon.wait(mine)
        if seen is None:
            fail(f"not seen: {who} {end}")
        elif end == EITHER:
            end = ALIVE if seen.startswith("evil") else ENDED
        if clients and role == "relay" and not clients[0].echoes():
            fail("the session in the other relay broke")
        if end != ALIVE:
            m = re.search(rf"{who} (\d+) \(pid (\d+)\)", seen or "")
            nr, pid = m.groups() if m else (0, 0)
            if daemon.wait(rf"{who} {nr} is ready \(pid (?!{pid}\))") is None:
                fail("it was not started again")
        c = opened(daemon, echo)
        if c is None:
            fail("no new client is served")
        else:
            c.close()
        if target.reached():
            fail("THE TARGET WAS REACHED")
        if daemon.proc.poll() is not None:
            fail("the parent is gone")
        check_house(daemon, who, attack, expected)
        for c in clients:
            c.close()
    finally:
        daemon.stop()
        echo.close()
        target.close()
        if len(failures) != before:
            print("\n".join("    | " + line[:300]
                            for line in daemon.log[:60]), flush=True)


def main():
    for case in GROUPS[sys.argv[2]]:
        if len(sys.argv) > 3 and sys.argv[3] not in case:
            continue
        run(*case)
    return 1 if failures else 0


sys.exit(main())
