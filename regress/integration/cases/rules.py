#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Random rules in a running daemon, against an obvious matcher.

	rules.py SEED ROUNDS RULES REQUESTS DNS PORT PORT PORT CTL...

In each round some rules come and some go, the daemon reloads, clients ask
for targets, and then both the verdicts and the counters of "show rules" are
those of the matcher here.  CTL... is how socks5ctl is called; the config is
written to socks5d.conf, the users to socks5d.users, a table to bad.table.
DNS is the port of a name server that knows HOSTS; with no ROUNDS at all it
may be 0: then the lines of its script are printed.
"""

import functools
import ipaddress
import json
import os
import random
import subprocess
import sys
import time

import socks

CLIENTS = ["127.0.0.1", "127.0.0.2", "127.0.1.1", "127.3.0.1"]
TARGETS = ["127.0.0.1", "127.0.0.7", "127.0.1.1", "127.1.0.9", "127.2.3.4"]
MEMBERS = ["any", "localhost", "<internal>", "0.0.0.0/0", "::/0", "::1",
           "127.0.0.0/8", "127.0.0.0/16", "127.0.0.0/24", "127.0.0.0/29",
           "127.0.1.1", "127.1.0.0/16", "127.2.3.4", "10.0.0.0/8",
           "<bad>", "<home>", "<none>"]
ADDRESSES = {"<bad>": ["127.0.0.7", "127.1.0.0/16", "192.0.2.0/24"],
             "<home>": ["127.0.0.0/24", "127.2.3.4", "::1"], "<none>": []}
# What clients ask for by name, and where it is.
HOSTS = {"a.test": "127.0.0.1", "www.a.test": "127.0.0.7",
         "x.www.a.test": "127.0.1.1", "xa.test": "127.1.0.9",
         "b.test": "127.2.3.4", "ads.b.test": "127.0.0.1",
         "a.test.b.test": "127.0.1.1"}
DOMAINS = ["a.test", ".a.test", "*.a.test", "*.www.a.test", ".test", "xa.test",
           "*.b.test", "b.test", "www.a.test", "other.test", "<ads>", "<work>"]
DOMAIN_TABLES = {"<ads>": ["ads.b.test", "*.www.a.test", ".xa.test"],
                 "<work>": [".b.test", "a.test"]}
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
# What they want of their clients.
LISTENERS = {"inside": "optional", "outside": "required", "": "none"}
NOT_ALLOWED = 2

# Whoever logs in, with his groups.
USERS = {"alice": ["admins", "staff"], "bob": ["staff"], "carol": [],
         "any": ["guests"], "a b": ["guests", "night", "staff"],
         "j\u00f6rg": ["admins"], "admins": ["night"]}
GROUPS = ["admins", "staff", "guests", "night", "nobody"]
TABLES = {"<staff>": ["alice", "bob", "eve"], "<night>": ["admins", "alice"],
          "<alice>": ["carol"]}
WHOEVER = "any user"
PASSWORD = "correct horse"
# Its hash, one that costs next to nothing.
HASHED = ("$6$rounds=1000$saltsalt$4GMtaIz3E1AdDi2SmCokEW0ehi.HdxNDcL3fGE1XXuz"
          "vo6kbx7UOloZKONqEk5H3JrQA4NOfU8BmqFPrpGqwA1")


class Rule:
    """One rule, and what it should have counted."""

    last = 0

    def __init__(self):
        Rule.last += 1
        self.label = f"r{Rule.last}"
        self.action = random.choice(["pass", "block"])
        # One that is quick and often matches would hide all below it.
        self.quick = random.random() < 0.01
        self.sources = members(MEMBERS, 0.5)
        self.targets = members(MEMBERS, 0.7)
        self.ports = members([(p, p + n) for p in range(1, 20, 3)
                              for n in range(4)], 0.5)
        self.names = members(["inside", "outside"], 0.3)
        self.users = members([WHOEVER, "eve", *USERS, *TABLES], 0.3)
        self.groups = members(GROUPS, 0.2)
        self.domains = members(DOMAINS, 0.25)
        self.times = members(times(), 0.1)
        self.days = members(days(), 0.1)
        self.command = random.choice(["connect", "bind udp", "connect bind",
                                      "bind", *[None] * 16])
        # The daemon refuses a rule that no login can reach.
        if not any(auth != "none" and listed(self.names, name.__eq__)
                   for name, auth in LISTENERS.items()):
            self.users, self.groups = [], []
        self.matches = 0
        self.decisions = 0

    def __str__(self):
        text = self.action + (" quick" if self.quick else "")
        for word, found in (
                ("from", self.sources), ("to", self.targets),
                ("port", [(no, "%d:%d" % p) for no, p in self.ports]),
                ("on", [(no, f'"{n}"') for no, n in self.names]),
                ("user", [(no, user_word(n)) for no, n in self.users]),
                ("group", self.groups),
                ("to domain", [(no, f'"{d}"' if d[0] != "<" else d)
                               for no, d in self.domains]),
                ("time", [(no, "-".join("%02d:%02d" % divmod(m, 60)
                                        for m in t)) for no, t in self.times]),
                ("days", [(no, f"{DAYS[a]}-{DAYS[b]}" if a != b else DAYS[a])
                          for no, (a, b) in self.days])):
            if found:
                text += " %s { %s }" % (word, ", ".join(
                    ("!" if no else "") + m for no, m in found))
        if self.command:
            text += f" command {{ {self.command} }}"
        return f'{text} label "{self.label}"\n'

    def matching(self, client, name, target, host, port, user):
        return (self.may_match(client, name, host, port, user) and
                self.reaches(target))

    def may_match(self, client, name, host, port, user):
        """All but the address."""
        return (self.knows(user) and
                listed(self.sources, lambda m: covers(m, client)) and
                listed(self.ports, lambda p: p[0] <= port <= p[1]) and
                listed(self.names, lambda n: n == name) and
                (host is not None or not self.domains) and
                listed(self.domains, lambda d: is_below(d, host)) and
                (not self.command or "connect" in self.command) and
                self.is_time())

    def is_time(self):
        now = time.localtime()
        minute = now.tm_hour * 60 + now.tm_min
        day = (now.tm_wday + 1) % 7
        return (listed(self.times, lambda t: between(minute, *t) and
                       minute != t[1]) and
                listed(self.days, lambda d: between(day, *d)))

    def blocks(self, *request):
        """Wherever the name of the request leads."""
        return (self.action == "block" and self.anywhere() and
                self.may_match(*request))

    def anywhere(self):
        return all(m == "any" for no, m in self.targets)

    def knows(self, user):
        """Who asks for users or groups wants a login, whatever the members."""
        if user is None:
            return not self.users and not self.groups
        return (listed(self.users, lambda m: m in (WHOEVER, user) or
                       user in TABLES.get(m, ())) and
                listed(self.groups, lambda m: m in USERS[user]))

    def reaches(self, target):
        """All targets here are internal: who passes them has to name them."""
        if not listed(self.targets, lambda m: covers(m, target)):
            return False
        return self.action == "block" or any(
            covers(m, target) and m not in ("any", "0.0.0.0/0", "::/0")
            for no, m in self.targets if not no)


def members(choices, chance):
    """A list of up to four, each negated or not; "!any" is refused."""
    if random.random() >= chance:
        return []
    found = random.choices(choices, k=random.randint(1, 4))
    return [(random.random() < 0.25 and m not in ("any", WHOEVER), m)
            for m in found]


def near(minute):
    """So that the answer could change while the test runs."""
    now = time.localtime()
    away = (minute - now.tm_hour * 60 - now.tm_min) % 1440
    return away < 30 or away > 1410


def times():
    ends = [m for m in range(0, 1440, 90) if not near(m)]
    return [tuple(random.sample(ends, 2)) for _ in range(4)]


def days():
    if near(0):
        return [(0, 6)]
    return [(random.randrange(7), random.randrange(7)) for _ in range(4)]


def between(value, first, last):
    if first <= last:
        return first <= value <= last
    return value >= first or value <= last


def is_below(domain, host):
    if domain in DOMAIN_TABLES:
        return any(is_below(d, host) for d in DOMAIN_TABLES[domain])
    bare = domain.lstrip("*.")
    return (host == bare and domain[0] != "*" or
            host.endswith("." + bare) and domain[0] in "*.")


def user_word(member):
    if member == WHOEVER:
        return "any"
    return member if member in TABLES else f'"{member}"'


def listed(found, says):
    plain = [m for no, m in found if not no]
    return (not any(says(m) for no, m in found if no) and
            (not plain or any(says(m) for m in plain)))


@functools.cache
def covers(member, address):
    if member in ("any", "localhost", "<internal>"):
        return True
    if member in ADDRESSES:
        return any(covers(m, address) for m in ADDRESSES[member])
    return ipaddress.ip_address(address) in ipaddress.ip_network(member)


def may_pass(rules, *request):
    """Whether there is an address that could be let pass."""
    for i, rule in enumerate(rules):
        if rule.action == "pass" and rule.may_match(*request) and not any(
                r.blocks(*request) and (r.quick if j < i else not rule.quick)
                for j, r in enumerate(rules) if j != i):
            return True
    return False


def judge(rules, client, name, target, host, port, user):
    """Whether it passes; the rules count."""
    decides = None
    # What no address can save is not even resolved.
    by_name = host is not None and not may_pass(rules, client, name, host,
                                                port, user)
    for rule in rules:
        if (rule.anywhere() and rule.may_match(client, name, host, port, user)
                if by_name else
                rule.matching(client, name, target, host, port, user)):
            rule.matches += 1
            decides = rule
            if rule.quick:
                break
    if decides is None:
        return False
    decides.decisions += 1
    return decides.action == "pass"


def change(rules, count):
    """As many as wanted, of which some are new, in places of all kinds."""
    for _ in range(min(len(rules), 10)):
        del rules[random.randrange(len(rules))]
    while len(rules) < count:
        rules.insert(random.randint(0, len(rules)), Rule())


def write_users():
    with open("socks5d.users", "w", encoding="utf-8") as f:
        for name, groups in USERS.items():
            f.write(f"{name}:{HASHED}" + (":groups=" + "+".join(groups)
                                          if groups else "") + "\n")
    os.chmod("socks5d.users", 0o600)


def load(rules, dns, ports, ctl):
    with open("bad.table", "w", encoding="utf-8") as f:
        f.writelines(f"{a}\t# bad\n" for a in ADDRESSES["<bad>"])
    os.chmod("bad.table", 0o600)
    with open("socks5d.conf", "w", encoding="utf-8") as f:
        f.write(f'users "{os.getcwd()}/socks5d.users"\n')
        f.write(f"resolver {{ nameserver 127.0.0.1 port {dns} }}\n")
        for (name, auth), port in zip(LISTENERS.items(), ports):
            f.write(f"listen on 127.0.0.1 port {port} auth {auth}"
                    + (f' name "{name}"\n' if name else "\n"))
        for name, users in TABLES.items():
            f.write(f"table {name} user {{ %s }}\n"
                    % ", ".join(map(user_word, users)))
        for name, found in ADDRESSES.items():
            f.write(f"table {name} address " + (
                f'file "{os.getcwd()}/bad.table"\n' if name == "<bad>" else
                f"{{ {' '.join(found)} }}\n" if found else "\n"))
        for name, domains in DOMAIN_TABLES.items():
            f.write(f"table {name} domain {{ %s }}\n"
                    % ", ".join(f'"{d}"' for d in domains))
        f.writelines(str(rule) for rule in rules)
    if ctl:
        subprocess.run(ctl + ["reload"], check=True, capture_output=True)


def ask(rules, ports):
    """Nobody listens at the targets, so that who may pass is refused there."""
    client = random.choice(CLIENTS)
    i = random.randrange(len(LISTENERS))
    name, auth = list(LISTENERS.items())[i]
    target = random.choice(TARGETS)
    host = None
    if random.random() < 0.5:
        host, target = random.choice(list(HOSTS.items()))
    port = random.randint(1, 24)
    user = random.choice(list(USERS))
    if auth == "none" or (auth == "optional" and random.random() < 0.3):
        user = None
    with socks.connect(ports[i], source=(client, 0)) as sock:
        rep = socks.handshake(sock, spelt(host) if host else target, port,
                              user=user and (user.encode(),
                                             PASSWORD.encode()))[0]
    want = judge(rules, client, name, target, host, port, user)
    if want != (rep != NOT_ALLOWED):
        sys.exit(f"{client} on {name!r} as {user!r} to {host} {target} "
                 f"{port}: reply {rep}, but passes: {want}")
    return want


def spelt(host):
    """Names are the same in any case, and with a dot behind them."""
    return random.choice([host, host.upper(), host + ".", host.title()])


def compare(rules, ctl):
    out = subprocess.run(ctl + ["-j", "show", "rules"], check=True,
                         capture_output=True, text=True).stdout
    got = [(r["label"], r["matches"], r["decisions"])
           for r in json.loads(out)["rules"]]
    want = [(r.label, r.matches, r.decisions) for r in rules]
    for g, w in zip(got, want):
        if g != w:
            sys.exit(f"label, matches and decisions: {g}, not {w}")
    if len(got) != len(want):
        sys.exit(f"{len(got)} rules, not {len(want)}")


def main():
    seed, rounds, count, requests = (int(a) for a in sys.argv[1:5])
    dns = int(sys.argv[5])
    ports = [int(a) for a in sys.argv[6:9]]
    ctl = sys.argv[9:]
    random.seed(seed)
    rules = []
    change(rules, count)
    if rounds == 0 and dns == 0:
        print("\n".join(f"{name} a={a}" for name, a in HOSTS.items()))
        return
    if rounds == 0:
        write_users()
        load(rules, dns, ports, None)
        return
    passed = 0
    for nr in range(rounds):
        if nr != 0:
            change(rules, count + nr)
        load(rules, dns, ports, ctl)
        passed += sum(ask(rules, ports) for _ in range(requests))
        compare(rules, ctl)
    print(f"{passed} of {rounds * requests} passed")


main()
