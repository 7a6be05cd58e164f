# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""What attacks with UDP need beside themselves, and where their datagrams may
be afterwards; for evil.py."""

import os
import re
import select
import signal
import socket
import subprocess

from daemon import LIMIT, Client, fail

# Options of the rules that allow the flows of some.
RULES = {
    "flow-revoked": "",
    "flow-killed": "",
    "flow-barred": "",
    "flow-over": "",
    "flow-closed": "",
    "flow-quota": "quota 1M/day",
    "inbound-games": "inbound any",
    "inbound-sendto": "inbound any",
    "inbound-connect": "inbound any",
}

# Those that write on when their flow has been cut.
CUTS = [a for a in RULES if a.startswith("flow-")]

# Those that have a flow; that have the client's side too, or a socket for what
# nobody was asked for.
FLOWS, FRONTS, INBOUND = "flow-", "front-", "inbound-"

# Those that only talk, and end with a word.
TALKS = ("udp-forbidden", "udp-names", "udp-flood", "udp-hoard",
         "udp-stats-own", "flows-lie")


def came(sock):
    """Payloads that have come there."""
    found = []
    while select.select([sock], [], [], 0)[0]:
        found.append(sock.recv(1 << 17))
    return found


def change(daemon, replacements):
    """Another config, in which these patterns are replaced."""
    with open(os.path.join(daemon.dir.name, "conf"), encoding="ascii") as f:
        text = f.read()
    for pattern, by in replacements:
        text, n = re.subn(pattern, by, text, flags=re.M)
        if n == 0:
            fail(f"no {pattern} in the config")
    daemon.write("conf", text)


def ctl(daemon, program, *words):
    res = subprocess.run([program, "-s", daemon.sock, *words], check=False,
                         capture_output=True, text=True, timeout=LIMIT)
    if res.returncode != 0:
        fail(f"{words}: {res.stderr}")


def use_up(daemon, far):
    """Another client moves all that the quota has."""
    c = Client(daemon.port)
    c.greet(1)
    if c.request("127.0.0.1", far.port) != 0:
        fail("no session that uses up the quota")
    try:
        for _ in range(64):
            c.sock.sendall(bytes(65536))
            c.sock.recv(65536)
    except OSError:
        pass
    c.close()


def cut(daemon, program, attack, ident, far):
    """What makes the router cut that flow."""
    mine = rf"^pass from any to 127.0.0.1 port {far.port}.*"
    if attack == "flow-revoked":
        change(daemon, [(mine, "")])
        daemon.proc.send_signal(signal.SIGHUP)
    elif attack == "flow-barred":
        change(daemon, [(mine, ""), (r"^(pass from any to .*)",
                                     r"\1 command connect")])
        ctl(daemon, program, "reload", "revoke")
    elif attack == "flow-killed":
        ctl(daemon, program, "kill", ident)
    elif attack == "flow-quota":
        use_up(daemon, far)


def use(daemon, program, attack, allowed, far):
    """What it waits for; afterwards its datagrams are where they may be."""
    if attack in TALKS:
        if daemon.wait("evil: did all it could|auth refused") is None:
            fail("it did not do it")
        if any("accept paused" in line for line in daemon.log):
            fail("it leaves no descriptors to others")
        return
    if not attack.startswith((FLOWS, FRONTS, INBOUND)):
        return
    line = daemon.wait("^evil: associated")
    if line is None or daemon.wait("^evil: has it") is None:
        fail("it has no flow")
        return
    ident, port = re.match(r"evil: associated (\d+) at (\d+)", line).groups()
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with client:
        client.bind(("127.0.0.1", 0))
        if attack.startswith(FRONTS):
            client.sendto(b"x", ("127.0.0.1", int(port)))
            if daemon.wait("^evil: has its client") is None:
                fail("it has no client")
        cut(daemon, program, attack, ident, far)
        if (attack in CUTS or attack.endswith("-games")) and \
                daemon.wait("^evil: did all it could") is None:
            fail("it did not do it")
        judge(attack, came(allowed.udp), came(client))
    if any("does not work" in line for line in daemon.log):
        fail("its sockets do not work")


def judge(attack, at_allowed, at_client):
    """What came where."""
    if b"early" not in at_allowed:
        fail("its flow leads nowhere")
    if attack.startswith(FRONTS) and b"early" not in at_client:
        fail("its client's side leads nowhere")
    games = [d for d in at_allowed if d.startswith(b"g")]
    if attack == "flow-games" and len(games) < 10:
        fail(f"only {len(games)} datagrams came")
    if attack in RULES and [d for d in at_allowed if d != b"early"]:
        fail(f"came too late: {at_allowed}")
    if not attack.startswith(FRONTS) and at_client:
        fail(f"came to the client: {at_client}")
