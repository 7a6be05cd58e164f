# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Runs the whole daemon with one child taken over (evil/), once for each
attack of a group, and checks what is left: the target was not reached, the
attacker met the end that was foreseen for it, nobody else died, the session in
another relay went on, and new clients are served.

    evil.py BINARY GROUP [ATTACK]

Group "coverage" starts nothing: it fails if there is a message that one of
ROLES may send and no attack of that role sends.
"""

import os
import re
import signal
import subprocess
import sys

import datagrams
from daemon import (LIMIT, Client, Daemon, Listener, Proxy, encrypted, fail,
                    failures, login, opened)

MEMORY_KB = 96 * 1024           # of any process of the daemon, at the end

# What becomes of the attacker.
FILTER = "was killed by its system call filter"
ENDED = "protocol violation, terminating it"
ALIVE = "is still there"
DEAF = "was killed by signal 9"
# Who reads what strangers send goes rather than whom it accuses.
ACCUSER = "protocol violation, terminating it: accuses"
EITHER = "evil: is still there|protocol violation, terminating it"


def because(what):
    """Ended for just this, as the log shows it."""
    return ENDED + ": " + re.escape(what.replace(" ", "\\x20"))


DENIED = because("session-open with a login that auth refused")
# Auth's word may come first where the router is busy.
LATE = "(?:" + because("a login that auth denies") + "|" + DENIED + ")"
NOT_ITS = because("login of a session it does not own")
FALSE = because("login-check with an invalid token")
TWICE = because("duplicate login-check")
UNASKED = because("unsolicited hash-done")
NOBODY = because("session-user for a session without that login")
NO_REQUEST = because("session-open for a session it does not own")
NONE_THERE = because("allow-want for sessions it does not own")
NO_ASSOCIATION = because("udp-want for an association it does not own")
NO_FLOW = because("udp-count for a flow it does not have")
NO_STATS = because("udp-stats for an association it does not own")
TOO_MUCH = because("allow-want of more than its sessions can use")
NOT_GRANTED = because("allow-return of more than was granted")
# Who claims a login that never comes keeps a session that never begins.
HELD = because("handshake past its deadline")

# Those that wait for a connection by way of a proxy.
DIALS = ("turn", "turn-fastopen", "turn-shutdown", "take", "name",
         "dialed-lie", "dialed-unasked", "dialed-twice", "dialed-control",
         "dialed-far", "dialed-flood", "dialed-never", "dialed-udp")

# Those that wait for a table to load, and what becomes of the reload.
JOBS = {
    "job-dies": "the loader died while loading it",
    "image-noise": "its image is damaged",
    "image-flips": "its image is damaged|^reloaded",
    "image-huge": "its image is damaged",
    "image-mapped": "busy",
    "image-late": "its image is damaged|^reloaded",
    "built-early": "the loader died while loading it",
    "built-twice": "^reloaded",
    "built-control": "forged",
    "built-flood": "^reload failed|log lines lost",
}

# Those that wait for a question to the resolver.
QUESTIONS = ("answer-forbidden", "answer-flood")

MESSAGES = ("unknown", "none", "route", "short", "long", "garbage", "header",
            "pack-empty", "pack-nested", "pack-route", "pack-short")


# Those that wait for a password to check or to hash.
ASKED = ("hashed-other", "hashed-twice", "hashed-neither", "hashed-never",
         "said-other", "said-far", "said-nameless", "said-unknown")

# Whose messages are all to be abused: they read what strangers send, or work
# on it.
ROLES = ("relay", "resolver", "upstream", "hash", "loader")

CTL = os.path.join(os.path.dirname(sys.argv[1]), "../../socks5ctl/socks5ctl")

USER, PASSWORD = b"alice", b"right password"


# Those about allowances: of one that both relays share, and its amount.
SHARED = {
    "want-foreign": "quota 100M/day",
    "want-crowd": "quota 100M/day",
    "want-huge": "quota 100M/day",
    "want-ended": "quota 100M/day",
    "want-former": "quota 100M/day",
    "want-flood": "rate 10M/s",
    "return-foreign": "quota 100M/day",
    "return-never": "quota 100M/day",
    "return-more": "rate 10M/s quota 100M/day",
    "return-twice": "quota 100M/day",
    "return-late": "quota 100M/day",
    "closed-ungranted": "quota 100M/day",
    "moved-ungranted": "quota 100M/day",
    "count-ungranted": "quota 100M/day",
}

# Those that wait for a new router.
REBORN = ("adopt-right", "adopt-changed", "adopt-other", "adopt-twice",
          "adopt-again", "adopt-late", "told-twice")

# What makes somebody ask those that lie in their answers.
COMMANDS = {
    "stats-lie": "sessions",
    "counters-lie": "counters",
    "flows-lie": "sessions -v",
}


def messages(role, peers):
    """All malformed ones; garbage of the right length may mean something."""
    return [(role, m, peer, EITHER if m == "garbage" else ENDED)
            for peer in peers for m in MESSAGES]


def words(role):
    """What any child may say to the parent, said by a liar.  To agree to a
    config or refuse it when there is none is nothing but words."""
    return [
        (role, "log-forged", "parent", ALIVE),
        (role, "ready-twice", "parent", ENDED),
        (role, "accuse", "parent", ENDED + ": accuses router 0"),
        (role, "agree-unasked", "parent", ALIVE),
        (role, "refuse-unasked", "parent", ALIVE),
        (role, "pong-unasked", "parent",
         ENDED + ": unsolicited child-pong"),
    ]


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
        for role in ("resolver", "auth", "control", "hash", "loader",
                     "upstream")
        for attack in ("socket", "open", "kill", "sendmsg")
    ] + [
        ("router", "open", "parent", FILTER),
        ("router", "kill", "parent", FILTER),
        ("router", "sendmsg", "parent", ENDED),
    ],
    "upstream_calls": [
        ("upstream", attack, "router", FILTER)
        for attack in ("turn", "turn-fastopen", "turn-shutdown", "take",
                       "name")
    ],
    "relay_messages": messages("relay", ("router", "control", "parent")) + [
        ("relay", "unknown", "auth", ENDED),
        ("relay", "pack-nested", "auth", ENDED),
    ],
    "resolver_messages": messages("resolver", ("router", "parent")) + [
        ("resolver", "unknown", "control", ENDED)
    ],
    "control_messages": messages("control", ("router", "parent")) + [
        ("control", "unknown", p, ACCUSER)
        for p in ("relay", "auth", "resolver")
    ],
    "auth_messages": messages("auth", ("parent", "router")) + [
        ("auth", "unknown", "control", ENDED)
    ] + [
        ("auth", "unknown", p, ACCUSER) for p in ("relay", "hash")
    ],
    "hash_messages": messages("hash", ("parent", "auth")),
    "upstream_messages": messages("upstream", ("parent", "router")) + [
        ("upstream", "unknown", "control", ENDED)
    ],
    "loader_messages": messages("loader", ("parent",)),
    "images": [
        ("loader", "job-dies", "parent", FILTER),
        ("loader", "image-noise", "parent", ALIVE),
        ("loader", "image-flips", "parent", ALIVE),
        ("loader", "image-huge", "parent", ALIVE),
        ("loader", "image-mapped", "parent", ALIVE),
        ("loader", "image-late", "parent", ALIVE),
        ("loader", "built-early", "parent", ENDED),
        ("loader", "built-twice", "parent", ALIVE),
        ("loader", "built-control", "parent", ALIVE),
        ("loader", "built-flood", "parent", ALIVE),
    ],
    "proxies": [
        ("upstream", "dialed-lie", "router", ALIVE),
        ("upstream", "dialed-unasked", "router", ALIVE),
        ("upstream", "dialed-twice", "router", ALIVE),
        ("upstream", "dialed-control", "router",
         because("malformed upstream-done")),
        ("upstream", "dialed-far", "router",
         because("upstream-done of no such hop")),
        ("upstream", "dialed-flood", "router", ALIVE),
        ("upstream", "dialed-never", "router", ALIVE),
        ("upstream", "dialed-udp", "router",
         because("upstream-done of another kind")),
        ("upstream", "flow-end-unasked", "router", ALIVE),
        ("upstream", "lost-unasked", "router", ALIVE),
        ("upstream", "lost-long", "router", ENDED),
    ],
    "claims": [
        ("relay", "claim", "router", HELD, "optional"),
        ("relay", "claim-anyway", "router", DENIED, "none"),
        ("relay", "claim-none", "router", DENIED, "required"),
        ("relay", "claim-failed", "auth", DENIED, "required"),
        ("relay", "claim-failed", "auth", DENIED, "optional"),
        ("relay", "hide-failed", "auth", DENIED, "optional"),
        ("relay", "hide-right", "auth", DENIED, "optional"),
        ("relay", "claim-empty", "auth", DENIED, "optional"),
        ("relay", "hide-empty", "auth", DENIED, "optional"),
        ("relay", "told-unknown", "router",
         because("malformed session-open"), "optional"),
    ],
    # An empty password makes a stranger where they are served, if auth says
    # that it is none of the user's.
    "strangers": [
        ("relay", "nobody", "router", HELD, "optional"),
        ("relay", "nobody", "router", HELD, "required"),
        ("relay", "nobody-anyway", "router", DENIED, "none"),
        ("relay", "nobody-before", "auth", LATE, "optional"),
        ("relay", "nobody-failed", "auth", DENIED, "optional"),
        ("relay", "nobody-failed", "auth", DENIED, "required"),
        ("relay", "nobody-right", "auth", DENIED, "optional"),
        ("relay", "nobody-empty", "auth", DENIED, "required"),
    ],
    "checks": [
        ("relay", "check-again", "auth", NOT_ITS, "required"),
        ("relay", "check-twice", "auth", TWICE, "required"),
        ("relay", "check-swapped", "auth", FALSE, "required"),
        ("relay", "check-changed", "auth", FALSE, "required"),
        ("relay", "check-moved", "auth", FALSE, "required"),
        ("relay", "check-foreign", "auth", FALSE, "required"),
        ("relay", "check-late", "auth", NOT_ITS, "optional"),
        ("relay", "check-anyway", "auth", FALSE, "none"),
    ],
    "hashes": [
        ("hash", "hashed-unasked", "auth", UNASKED, "required"),
        ("hash", "hashed-other", "auth", UNASKED, "required"),
        ("hash", "hashed-twice", "auth", UNASKED, "required"),
        ("hash", "hashed-neither", "auth", because("malformed hash-done"),
         "required"),
        ("hash", "hashed-never", "auth", FILTER, "required"),
    ],
    "users": [
        ("auth", "said-other", "router", NOBODY, "required"),
        ("auth", "said-far", "router", NOBODY, "required"),
        ("auth", "said-nameless", "router",
         because("malformed session-user"), "required"),
        ("auth", "said-unknown", "router", ALIVE, "required"),
    ],
    "sessions": [
        ("relay", "open-forbidden", "router", ALIVE),
        ("relay", "open-twice", "router", ENDED),
        ("relay", "open-foreign", "router", ENDED),
        ("relay", "open-flood", "router", ENDED),
        ("relay", "closed-foreign", "router",
         because("session-closed for another relay's session")),
        ("relay", "closed-early", "router",
         because("session-closed with bytes but no target")),
        ("relay", "closed-huge", "router",
         because("more bytes of a session than time allows")),
        # Of a session that is no more there is nothing left to say.
        ("relay", "closed-twice", "router", ALIVE),
        ("relay", "moved-foreign", "router",
         because("session-moved for a session it does not own")),
        ("relay", "moved-early", "router",
         because("session-moved for a session it does not own")),
        ("relay", "moved-huge", "router",
         because("more bytes of a session than time allows")),
        ("relay", "moved-back", "router",
         because("fewer bytes of a session than before")),
        ("relay", "moved-late", "router", ALIVE),
        ("relay", "hoard", "router", ENDED),
    ],
    "binds": [
        ("relay", "bind-forbidden", "router", ALIVE),
        ("relay", "bind-foreign", "router", ENDED),
        ("relay", "bind-twice", "router", NO_REQUEST),
        ("relay", "bind-connect", "router", NO_REQUEST),
        ("relay", "bind-closed", "router",
         because("session-closed with bytes but no target")),
        ("relay", "bind-moved", "router",
         because("session-moved for a session it does not own")),
    ],
    "udp_calls": [
        ("relay", f"flow-{call}", "router", FILTER)
        for call in ("sendto", "send", "sendmsg", "sendmmsg", "reconnect",
                     "connect", "route", "device", "filter", "transparent",
                     "mark", "reuse", "cork", "more", "wait", "errors", "shut")
    ] + [
        ("relay", "front-sendto", "router", FILTER),
        ("relay", "front-reconnect", "router", FILTER),
        ("relay", "inbound-sendto", "router", FILTER),
        ("relay", "inbound-connect", "router", FILTER),
    ],
    "udp_flows": [
        ("relay", attack, "router", ALIVE)
        for attack in ("flow-games", "front-games", "inbound-games",
                       "flow-revoked", "flow-killed", "flow-barred", "flow-quota",
                       "flow-over", "flow-closed")
    ],
    "associations": [
        ("relay", "udp-early", "router", NO_ASSOCIATION),
        ("relay", "udp-connected", "router", NO_ASSOCIATION),
        ("relay", "udp-bound", "router", NO_ASSOCIATION),
        ("relay", "udp-foreign", "router", NO_ASSOCIATION),
        ("relay", "udp-open-foreign", "router", NO_REQUEST),
        ("relay", "udp-open-again", "router", NO_REQUEST),
        ("relay", "udp-open-connect", "router", NO_REQUEST),
        ("relay", "udp-open-bind", "router", NO_REQUEST),
        ("relay", "udp-forbidden", "router", ALIVE),
        ("relay", "udp-forbidden", "router", DENIED, "required"),
        ("relay", "udp-twice", "router",
         because("udp-want for a flow it has")),
        ("relay", "udp-inbound", "router",
         because("udp-want for a flow it has")),
        ("relay", "udp-port-zero", "router", because("malformed udp-want")),
        ("relay", "udp-names", "router", ALIVE),
        ("relay", "udp-flood", "router", ALIVE),
        ("relay", "udp-hoard", "router", ALIVE),
    ],
    "datagrams": [
        ("relay", "count-none", "router", NO_FLOW),
        ("relay", "count-connected", "router", NO_FLOW),
        ("relay", "count-foreign", "router", NO_FLOW),
        ("relay", "count-late", "router", NO_FLOW),
        ("relay", "count-huge", "router",
         because("more bytes of a flow than time allows")),
        ("relay", "count-ungranted", "router",
         because("more bytes of a flow than were granted")),
        ("relay", "count-back", "router",
         because("fewer datagrams of a flow than before")),
        ("relay", "count-short", "router", because("malformed udp-count")),
        ("relay", "udp-stats-foreign", "router", NO_STATS),
        ("relay", "udp-stats-connected", "router", NO_STATS),
        ("relay", "udp-stats-own", "router", ALIVE),
        ("relay", "udp-stats-short", "router", ENDED),
    ],
    "allowances": [
        ("relay", "want-foreign", "router", NONE_THERE),
        ("relay", "want-crowd", "router", NONE_THERE),
        ("relay", "want-ended", "router", NONE_THERE),
        ("relay", "want-huge", "router", TOO_MUCH),
        # The answer is free, as nothing is counted by such an id any more.
        ("relay", "want-former", "router", ALIVE),
        # It is served in turn, as its session is: others get their share.
        ("relay", "want-flood", "router", ALIVE),
        ("relay", "return-foreign", "router", NOT_GRANTED),
        ("relay", "return-never", "router", NOT_GRANTED),
        ("relay", "return-more", "router", NOT_GRANTED),
        ("relay", "return-twice", "router", NOT_GRANTED),
        # This is what an honest one does when a grant comes too late.
        ("relay", "return-late", "router", ALIVE),
        ("relay", "closed-ungranted", "router",
         because("more bytes of a session than were granted")),
        ("relay", "moved-ungranted", "router",
         because("more bytes of a session than were granted")),
    ],
    "adoptions": [
        ("relay", "adopt", "router",
         because("session-adopt with an invalid id")),
        ("relay", "adopt-flood", "router",
         because("session-adopt with an invalid signature")),
        ("relay", "adopt-right", "router", ALIVE),
        ("relay", "adopt-changed", "router",
         because("session-adopt with an invalid signature")),
        ("relay", "adopt-other", "router",
         because("session-adopt with an invalid signature")),
        ("relay", "adopt-twice", "router",
         because("session-adopt with an invalid id")),
        ("relay", "adopt-again", "router",
         because("duplicate session-adopt")),
        ("relay", "adopt-late", "router",
         because("session-adopt after the last one")),
        ("relay", "told-twice", "router", because("duplicate session-told")),
    ],
    # Numbers of its own are a relay's own word; others' it cannot change, and
    # what nobody asked for is thrown away.
    "answers": [
        ("relay", "stats-lie", "control", ALIVE),
        ("relay", "stats-unasked", "control", ALIVE),
        ("relay", "flows-lie", "control", ALIVE),
        ("relay", "flows-unasked", "control", ALIVE),
        ("relay", "counters-lie", "control", ALIVE),
        ("relay", "counters-unasked", "control", ALIVE),
        ("resolver", "counters-lie", "control", ALIVE),
        ("resolver", "counters-unasked", "control", ALIVE),
        ("upstream", "counters-lie", "control", ALIVE),
        ("upstream", "counters-unasked", "control", ALIVE),
    ],
    # Any child may refuse a config, by name.
    "configs": [
        ("relay", "refuse", "parent", ALIVE),
        ("resolver", "refuse", "parent", ALIVE),
    ],
    "words": words("relay"),
    "resolver_words": words("resolver"),
    "upstream_words": words("upstream"),
    "hash_words": words("hash"),
    "loader_words": words("loader"),
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
        ("control", "list-flood", "auth", ALIVE),
        ("control", "list-elsewhere", "router",
         because("malformed list-req")),
        ("control", "list-elsewhere", "auth", ACCUSER),
        ("control", "ask-flood", "parent", DEAF),
        ("relay", "log-flood", "parent", ALIVE),
    ],
    "hangs": [
        ("relay", "spin", "parent", ALIVE),
        ("relay", "spin-on", "parent", "was killed by signal [69]"),
    ],
}

def relayed(daemon, echo):
    """Sessions without logins, on each relay."""
    clients = [opened(daemon, echo) for _ in range(4)]
    if None in clients:
        fail("no session before the attack")
    return [c for c in clients if c is not None]


def provoke_login(daemon, role, attack, echo, mode):
    """The same, of clients that log in; sessions of others come before."""
    if role != "relay":
        clients = relayed(daemon, echo)
        for n in range(4 if attack in ASKED else 0):
            c = Client(daemon.login_port)
            c.greet(LIMIT, 2)
            # Not known from before, so each one is hashed.
            c.sock.sendall(login(USER, b"guess %d" % n))
        return clients
    honest, clients = None, []
    for _ in range(4):
        c = Client(daemon.login_port)
        clients.append(c)
        if honest is None and c.greet(0.5, 0 if mode == "none" else 2):
            honest = c
            if mode != "none" and not c.login(USER, PASSWORD):
                fail("the honest relay lets nobody in")
            if c.request("127.0.0.1", echo.port) != 0:
                fail("the honest relay does not serve")
    if honest is None:
        fail("no honest relay")
        return []
    clients.remove(honest)
    return [honest] + clients


def logs_in(daemon, echo):
    """A session with a login, tried until all are there again."""
    c = opened(daemon, echo, USER, PASSWORD)
    if c is None:
        return False
    c.close()
    return True


def dials(daemon, echo, far):
    """Sessions of others, and one by way of the proxy as the last."""
    clients = relayed(daemon, echo)
    c = Client(daemon.port)
    c.greet(LIMIT)
    c.ask("127.0.0.1", far.port)
    return clients + [c]


def table(number):
    """The content of a table."""
    return "".join(f"10.{number}.{i // 250}.{i % 250}\n" for i in range(1000))


def reload(daemon, pattern):
    """Whether a reload ends in a line like that."""
    seen = len(daemon.log)
    daemon.proc.send_signal(signal.SIGHUP)
    return daemon.wait(pattern, seen) is not None


def provoke(daemon, role, attack, echo, target, far):
    """What the attack waits for; gives the clients, honest one first."""
    clients = []
    if attack in DIALS:
        return dials(daemon, echo, far)
    if role in ("upstream", "loader"):
        clients = relayed(daemon, echo)
        if attack in JOBS:
            daemon.write("table", table(2))
            if not reload(daemon, JOBS[attack]):
                fail(f"the reload did not end with {JOBS[attack]}")
        return clients
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
                not (m[1] == "router" and
                     attack in ("adopt-flood",) + REBORN):
            fail(f"died: {line}")
    for pids in children.values():
        kb = daemon.memory_kb(pids[-1])
        if kb > MEMORY_KB:
            fail(f"{kb} KB in process {pids[-1]}")
    kb = daemon.memory_kb(daemon.proc.pid)
    if kb > MEMORY_KB:
        fail(f"{kb} KB in the parent")
    if attack in SHARED and any("cause=quota" in x for x in daemon.log):
        fail("the quota was used up")
    for line in daemon.log:
        if line.startswith("forged") or "\033" in line:
            fail(f"a child wrote a line of its own: {line!r}")


def options(role, attack, peer, mode, ports):
    """How the daemon is started; with users if somebody is to log in, and
    with the target for nobody but one of them."""
    echo, target, proxy, far = ports
    if attack in datagrams.RULES:
        return {"more": f"pass from any to 127.0.0.1 port {far.port} "
                        f"{datagrams.RULES[attack]}"}
    if attack in SHARED:
        return {"more": f"pass from any to 127.0.0.1 port {echo.port} "
                        f"{SHARED[attack]}"}
    if attack in ("spin", "spin-on"):
        return {"more": "set timeout silence 1s\nset watchdog 1s"}
    if role == "loader":
        return {
            "more": 'table <bad> address file "@DIR@/table"\n'
                    'block from any to <bad> port 1',
            "files": [("table", table(1))]
        }
    if role == "upstream":
        return {
            "more": f'upstream "proxy" {{\n'
                    f'member socks4a 127.0.0.1 port {proxy.port}\n'
                    f'}}\npass from any to 127.0.0.1 port {far.port} '
                    f'via "proxy"'
        }
    if mode is None and "hash" not in (role, peer):
        return {}
    return {
        "users": [(USER, encrypted(PASSWORD, b"$y$j9T$saltsaltsalt"))],
        "auth": mode or "required",
        "more": f"pass from any to 127.0.0.1 port {target.port} "
                f"user {USER.decode()}" if mode != "none" else ""
    }


def renew_router(daemon):
    """Another router in its place."""
    router = daemon.children()[("router", 0)][0]
    os.kill(router, signal.SIGKILL)
    if daemon.wait(rf"router 0 is ready \(pid (?!{router}\))") is None:
        fail("there is no new router")
        return False
    return True


def asks(daemon, what):
    """socks5ctl hears of everything, whoever lies."""
    res = subprocess.run([CTL, "-s", daemon.sock, "show", *what.split()],
                         capture_output=True, text=True, check=False)
    # The liar's own figures may be missing: it floods the channel with lies.
    if res.returncode != 0 and "relay 0: no answer" not in res.stderr:
        fail(f"show {what}: {res.stderr}")
    if what.startswith("sessions") and not re.search(r"^ *\d+ +1 .* open ", res.stdout,
                                            re.M):
        fail(f"no session of the other relay: {res.stdout}")


def run(role, attack, peer, end, mode=None):
    """One daemon, one attack."""
    print(f"{role}: {attack} at {peer} {mode or ''}", flush=True)
    before = len(failures)
    who = peer if end == ACCUSER else role
    echo, target = Listener(True), Listener(False)
    proxy, far = Proxy(), Listener(True)
    allowed = far if attack in datagrams.RULES else echo
    # So few descriptors that who hoards them is soon noticed.
    daemon = Daemon(sys.argv[1], echo.port, wrap=("prlimit", "--nofile=512"),
                    env={"EVIL": f"{role}:{attack}:{peer}:{target.port}:"
                                 f"{allowed.port}"},
                    **options(role, attack, peer, mode,
                              (echo, target, proxy, far)))
    try:
        if daemon.wait("^ready$") is None:
            fail("the daemon does not start")
            return
        if attack == "adopt-flood" and not renew_router(daemon):
            return
        # The second config is the sign to begin.
        daemon.proc.send_signal(signal.SIGHUP)
        if daemon.wait("^reloaded") is None:
            fail("the daemon does not reload")
            return
        if mode is None:
            clients = provoke(daemon, role, attack, echo, target, far)
        else:
            clients = provoke_login(daemon, role, attack, echo, mode)
        if daemon.wait("^evil: begins") is None:
            fail("no attack was made")
            return
        if attack in REBORN and (daemon.wait("evil: has it") is None or
                                 not renew_router(daemon)):
            return
        if role == "relay":
            datagrams.use(daemon, CTL, attack, allowed, far)
        if end == EITHER:
            mine = EITHER
        elif end == ALIVE:
            # Its own line may be among those that a full log loses.
            mine = "evil: " + end + "|log lines lost"
        else:
            mine = rf"{who} \d+ \(pid \d+\):? {end}"
        expected = end
        seen = daemon.wait(mine)
        if seen is None:
            fail(f"not seen: {who} {end}")
        elif end == EITHER:
            end = ALIVE if seen.startswith("evil") else ENDED
        if any("evil: is let" in line for line in daemon.log):
            fail("it got what it must not have")
        if attack in COMMANDS:
            asks(daemon, COMMANDS[attack])
        if attack == "flows-lie" and daemon.wait("^evil: lies") is None:
            fail("nobody asked it")
        if attack == "spin" and \
                (daemon.wait("not answer.*busy with a long task") is None or
                 daemon.wait("answers again") is None):
            fail("nobody saw it work")
        if attack == "refuse" and \
                not reload(daemon, f"^reload failed: {role} 0 refused it"):
            fail("it is not named")
        if clients and role == "relay" and not clients[0].echoes():
            fail("the session in the other relay broke")
        if attack in DIALS and clients.pop().reply() is None:
            fail("the client of the proxy was not answered")
        if role in ("hash", "auth", "upstream", "loader") and \
                not all(c.echoes() for c in clients):
            fail("a session of others broke")
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
        # An auth that is still there does nothing any more.
        if mode not in (None, "none") and (role, end) != ("auth", ALIVE) and \
                not logs_in(daemon, echo):
            fail("no user is let in")
        if role == "loader" and end != ALIVE:
            daemon.write("table", table(3))
            if not reload(daemon, "^reloaded"):
                fail("no table is loaded any more")
        if role == "upstream" and end != ALIVE:
            c = opened(daemon, far)
            if c is None:
                fail("no new client gets through the proxy")
            else:
                c.close()
        if role == "upstream" and \
                any(d != ("127.0.0.1", far.port) for d in proxy.dests):
            fail(f"the proxy was asked for {proxy.dests}")
        if target.reached():
            fail("THE TARGET WAS REACHED")
        if daemon.proc.poll() is not None:
            fail("the parent is gone")
        check_house(daemon, who, attack, expected)
        for c in clients:
            c.close()
    finally:
        daemon.stop()
        for listener in (echo, target, proxy, far):
            listener.close()
        if len(failures) != before:
            print("\n".join("    | " + line[:300]
                            for line in daemon.log[:60]), flush=True)


def coverage():
    """Each message of each role has an attack that sends it; only packs go
    between some roles by the table that have no channel."""
    res = subprocess.run([sys.argv[1]], env={"EVIL": "list"}, check=True,
                         capture_output=True, text=True)
    sends, may = {}, set()
    for line in res.stdout.splitlines():
        words = line.split()
        if words[0] == "attack":
            sends[words[1]] = words[2]
        elif words[1] in ROLES and words[2] != "socks5ctl":
            may.add(tuple(words[1:]))
    linked = {m[:2] for m in may if m[2] != "pack"}
    tried = {(case[0], case[2], sends[case[1]])
             for cases in GROUPS.values() for case in cases}
    missing = {m for m in may - tried if m[:2] in linked}
    for m in sorted(missing):
        fail("no attack: " + " ".join(m))
    if not {("relay", "router", "session-open")} < may:
        fail(f"no list of messages: {res.stdout}")


def main():
    if sys.argv[2] == "coverage":
        coverage()
        return 1 if failures else 0
    for case in GROUPS[sys.argv[2]]:
        if len(sys.argv) > 3 and sys.argv[3] not in case:
            continue
        run(*case)
    return 1 if failures else 0


sys.exit(main())
