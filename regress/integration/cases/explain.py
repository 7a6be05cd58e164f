#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""What "socks5ctl test" says; run by explain_test.sh as

	explain.py case [argument ...]	one of the functions below

The daemon must have been started with "log format json"."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import assoc
import socks
import watch
from watch import check, until

USERS = {"alice": b"wonderland", "bob": b"builder", "carol": b"",
         "disabled": b"secret"}


def test(*words, json_wanted=True):
    """Its exit status and what it says."""
    result = subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "test"] +
                            (["-j"] if json_wanted else []) + list(words),
                            capture_output=True, text=True, check=False)
    if not json_wanted:
        return result.returncode, result.stdout
    check(result.stdout, words, result)
    return result.returncode, json.loads(result.stdout)


COMMANDS = {"connect": 1, "bind": 2, "udp": 3}


def really(port, source, user, host, target, command="connect"):
    """The REP of a request, None if there was none, and its log line."""
    log = watch.Log()
    log.file.seek(0, 2)		# warnings of the start are no JSON yet
    sock = socks.connect(port, source=(source, 0))
    mine = sock.getsockname()[1]
    rep = None
    try:
        with sock:
            rep = socks.handshake(sock, host, target, COMMANDS[command],
                                  user and (user.encode(), USERS[user]))[0]
    except (OSError, EOFError, ValueError, AssertionError):
        pass
    return rep, log.of(mine)


def really_udp(port, source, user, host, target):
    """The REP of an association, None if there was none, and its log line
    after one datagram to that destination."""
    log = watch.Log()
    log.file.seek(0, 2)
    sock = socks.connect(port, source=(source, 0))
    mine = sock.getsockname()[1]
    rep = None
    try:
        with sock, assoc.bound(source) as datagrams:
            rep, *relay = socks.handshake(
                sock, "0.0.0.0", 0, COMMANDS["udp"],
                user and (user.encode(), USERS[user]))
            if rep == 0:
                datagrams.sendto(assoc.header(host, target), tuple(relay))
                check(until(lambda: moved(mine)), "no word of it", host)
    except (OSError, EOFError, ValueError):
        pass
    return rep, log.of(mine)


def moved(port):
    """Datagrams of the association that were sent on or dropped."""
    row = watch.listed()[port]
    return row["datagrams_up"] + sum(row["drops"].values())


def seen():
    """All that counts."""
    return ([(r["number"], r["matches"], r["decisions"], r["sessions"])
             for r in watch.show("rules")],
            {k: v for k, v in watch.counters().items()
             if not k.startswith(("names-", "cache-", "dns-"))})


def rule_of(said):
    """Where the deciding rule of each address stands."""
    return {a["address"]: a["rule"] and a["rule"]["where"]
            for a in said["addresses"]}


def same(opened, mixed, strict, target):
    ports = {None: int(opened), "mixed": int(mixed), "strict": int(strict)}
    target = int(target)
    hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "::1",
             "192.0.2.80", "192.0.2.81", "198.51.100.7", b"a.test",
             b"both.test", b"mixed.test", b"bad.test", b"none.test",
             b"fails.test", b"x.ads.test", b"A.Test.", b"127.1", b"",
             b"no name", b"127.0.0.1"]
    tries = [(None, "127.0.0.1", None, host, target) for host in hosts if host]
    tries += [(None, "127.0.0.1", None, "192.0.2.80", 80),
              (None, "127.0.0.1", None, "127.0.0.1", 1),
              (None, "127.0.0.66", None, "127.0.0.1", target),
              (None, "127.0.0.66", None, b"a.test", target),
              ("mixed", "127.0.0.67", None, "127.0.0.1", target),
              (None, "127.0.0.67", None, "127.0.0.1", target)]
    tries += [(on, "127.0.0.1", user, host, target)
              for on in ("mixed", "strict")
              for user in (None, *USERS)
              for host in ("127.0.0.1", "127.0.0.4", b"a.test")]
    requests = [(on, source, user, command, host, port)
                for on, source, user, host, port in tries
                for command in ("connect", "bind", "udp")
                if command != "bind" or (user, port) == (None, target)]
    # All are asked about before one is made: what counts is looked at once,
    # and those wait together that wait for a name server.
    with ThreadPoolExecutor(4) as pool:
        before = seen()
        answers = list(pool.map(lambda r: ask(*r), requests))
        uncounted(before, requests)
        list(pool.map(lambda r, said: happens(ports[r[0]], r, said),
                      requests, answers))


def ask(on, source, user, command, host, port):
    """What it says of a request."""
    words = ["from", source]
    words += ["on", on] if on else []
    words += ["user", user] if user else []
    text = host.decode() if isinstance(host, bytes) else host
    status, said = test(*words, command, text, str(port))
    check(status == (said["result"]["verdict"] != "pass"), status, said)
    return said


def uncounted(before, *what):
    now = seen()
    check(now == before, "it counted", what, before, now)


def compare(listener, on, source, user, command, host, port):
    """What it says of a request, which counts nothing and is what comes of
    it."""
    request = (on, source, user, command, host, port)
    before = seen()
    said = ask(*request)
    uncounted(before, request)
    happens(listener, request, said)
    return said


def happens(listener, request, said):
    """The request is made, and that is what comes of it."""
    _, source, user, command, host, port = request
    result = said["result"]
    if command == "udp":
        datagram(listener, request, said)
        return
    rep, line = really(listener, source, user, host, port, command)
    what = (request, said, line)
    if result["verdict"] == "pass":
        # Allowed; what the network made of it is no word of the rules.
        check(command != "udp" and rep in (0, 3, 4, 5), rep, *what)
        check(line["rule"] == rule_of(said)[line["address"]], *what)
    else:
        check(line["cause"] == result["cause"], *what)
        check(line["rep"] == result["rep"], *what)
        check(rep in (None, line["rep"]), rep, *what)
        if line["rule"]:
            check(line["rule"] in rule_of(said).values(), *what)
    matched(said, what)


# Why a datagram is dropped, by the cause that a request would have.
DROPS = {"rule": "rule", "internal-address": "internal-address", "bad-name": "name",
         "name-not-found": "name", "name-failed": "name", "limit": "limit"}


def datagram(listener, request, said):
    """One is sent, and that is what comes of it."""
    _, source, user, _, host, port = request
    result = said["result"]
    rep, line = really_udp(listener, source, user, host, port)
    what = (request, said, line)
    if rep != 0:
        # There is no association at all.
        check(line["cause"] == result["cause"], *what)
        check(line["rep"] == result["rep"], *what)
        check(not line["destinations"] and not line["drops"], *what)
    elif result["verdict"] == "pass":
        where = result["targets"].split(", ")[0]
        check(line["rule"] == rule_of(said)[where], *what)
        check((line["destinations"], line["drops"]) in
              ((1, {}), (0, {"unreachable": 1})), *what)
    else:
        check(result["rep"] is None and line["destinations"] == 0, *what)
        check(line["drops"] == {DROPS.get(result["cause"], "unreachable"): 1},
              *what)
    matched(said, what)


def matched(said, what):
    """The rule that decides is among those that matched."""
    for entry in said["addresses"]:
        numbers = [m["number"] for m in entry["matched"]]
        check(entry["rule"] is None or
              entry["rule"]["number"] in numbers, *what)
        check(numbers == sorted(numbers), *what)


def told(opened, mixed, strict):
    """Lines of words of "test", "=" and the numbers of the rules that match
    each address, of which the last one decides."""
    ports = {None: int(opened), "mixed": int(mixed), "strict": int(strict)}
    for row in sys.stdin:
        words, _, wanted = row.partition("=")
        words, wanted = words.split(), [int(n) for n in wanted.split()]
        options = dict(zip(words[:-3:2], words[1:-3:2]))
        command, host, port = words[-3:]
        name = host.encode() if host[-1].isalpha() else host
        on = options.get("on")
        asked = (on, options.get("from", "127.0.0.1"), options.get("user"),
                 command, name, int(port))
        said = compare(ports[on], *asked)
        check(said["addresses"], row, said)
        for entry in said["addresses"]:
            check([m["number"] for m in entry["matched"]] == wanted, row, said)
            check(entry["rule"] and entry["rule"]["number"] == wanted[-1],
                  row, said)
            if command == "udp" and not denied(said):
                check(said["result"]["verdict"] == entry["verdict"], row, said)
                check(said["result"]["rep"] ==
                      (0 if entry["verdict"] == "pass" else None), row, said)


def denied(said):
    """Whether it says that there would be no association at all."""
    return "note: no rule passes UDP for this client" in facts_of(said)


def facts_of(said):
    return [f"{f['key']}: {f['text']}"
            for a in [said] + said["addresses"] for f in a["facts"]]


def facts(opened):
    wanted = {
        ("192.0.2.80", "80"): "rdr-to: 127.0.0.1 port 8080",
        ("192.0.2.81", "80"): "source: 127.0.0.9",
        ("192.0.2.82", "80"): "upstream: exit",
        ("duck.onion", "80"): "upstream: exit, which resolves the name",
        ("127.0.0.5", "80"): "interface: lo",
        ("127.0.0.1", "80"): "internal: loopback",
        ("a.test", "80"): "name: a.test",
        ("10.1.2.3", "80"): "internal: private",
        ("0177.1", "80"): "note: address not in canonical form",
    }
    for words, fact in wanted.items():
        said = test("connect", *words)[1]
        check(any(f.startswith(fact) for f in facts_of(said)), words, fact,
              said)
        out = test("connect", *words, json_wanted=False)[1]
        check(fact in out, words, fact, out)
        warned = sum(f.startswith("warning: ") and
                     "never matches: shadowed by the quick rule" in f
                     for f in facts_of(said))
        check(warned == (1 if said["addresses"] else 0), said)
    said = test("connect", "127.0.0.3", "80")[1]
    check(said["result"]["verdict"] == "block drop" and
          said["result"]["rep"] is None, said)
    said = test("connect", "duck.onion", "80")[1]
    check([a["address"] for a in said["addresses"]] == [None] and
          said["result"]["targets"] == "duck.onion", said)
    check(any(f.startswith("member: exit/1 127.0.0.1:9: ")
              for f in facts_of(said)), said)
    subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "upstream", "exit",
                    "member", "1", "down"], check=True)
    status, said = test("connect", "duck.onion", "80")
    rep, line = really(int(opened), "127.0.0.1", None, b"duck.onion", 80)
    check(status == 1 and said["result"]["cause"] == line["cause"] ==
          "upstream-failed" and said["result"]["rep"] == rep, said, line)
    with watch.socket.create_server(("127.0.0.4", 0)) as server:
        port = server.getsockname()[1]
        check(test("connect", "127.0.0.4", str(port))[0] == 0, "limit")
        with socks.session(int(opened), "127.0.0.4", port):
            status, said = test("connect", "127.0.0.4", str(port))
            check(status == 1 and said["result"]["cause"] == "limit" and
                  any(f.startswith("refused: sessions 1 of the rule in ")
                      for f in facts_of(said)), said)
    check(until(lambda: test("connect", "127.0.0.4", "80")[0] == 0), "limit")
    out = test("udp", "127.0.0.1", "80", json_wanted=False)[1]
    check("\n127.0.0.1: pass by " in out and
          out.endswith("result: pass to 127.0.0.1\n"), out)
    said = test("udp", "127.0.0.1", "0")[1]
    check(said["result"]["cause"] == "bad-protocol" and
          said["result"]["rep"] is None, said)
    check(said["result"]["why"] == "there is no port 0", said)
    # Whom the rules may let connect, and from where he is told to.
    for anybody in "0.0.0.0", "::", "0":
        out = test("bind", anybody, "0", json_wanted=False)[1]
        check("\nbind: on any port\n" in out and ": pass by " in out, out)
    said = test("bind", "192.0.2.82", "0")[1]
    check(said["result"]["cause"] == "bad-command" and
          '"via" of the rule' in said["result"]["why"], said)
    said = test("user", "alice", "connect", "127.0.0.1", "80")[1]
    check(any("takes no logins" in f for f in facts_of(said)), said)
    status, said = test("on", "nowhere", "connect", "127.0.0.1", "80")
    check(status == 1 and said["result"]["cause"] is None and
          any("no such listener" in f for f in facts_of(said)), said)
    said = test("user", "\x1b[31mred\n", "on", "nowhere", "connect",
                "127.0.0.1", "80")[1]
    check(said["result"]["verdict"] == "block", said)


def associate(opened, mixed):
    """Whether a client may have an association, without a destination."""
    opened, mixed = int(opened), int(mixed)

    def same_as(port, source, *words):
        status, said = test("from", source, *words)
        rep, line = really(port, source, None, "0.0.0.0", 0, "udp")
        result = said["result"]
        check(result["rep"] == rep, said, line)
        check((result["verdict"] == "pass") == (rep == 0) == (status == 0),
              said)
        check(result["cause"] in (None, line["cause"]), said, line)
        check(said["addresses"] == [] and result["targets"] is None, said)
        return said

    for anywhere in "0.0.0.0", "::", "0":
        said = same_as(opened, "127.0.0.1", "udp", anywhere, "0")
        check("udp: on any port" in facts_of(said), said)
        check("limit: source-associations 0 of 1 per source" in
              facts_of(said), said)
    said = same_as(mixed, "127.0.0.1", "on", "mixed", "udp", "0.0.0.0", "0")
    check("udp: on a port from 20000 to 20999" in facts_of(said), said)
    said = same_as(opened, "127.0.0.66", "udp", "0.0.0.0", "0")
    check(denied(said), said)
    out = test("from", "127.0.0.66", "udp", "127.0.0.1", "9",
               json_wanted=False)[1]
    check(out.endswith("\nresult: block, cause rule, reply 2\n"), out)
    with assoc.Association(opened):
        said = same_as(opened, "127.0.0.1", "udp", "0.0.0.0", "0")
        check(said["result"]["cause"] == "limit", said)
        check(any(f.startswith("refused: ") for f in facts_of(said)), said)
    check(until(lambda: test("udp", "0.0.0.0", "0")[0] == 0), "limit")
    out = test("udp", "0.0.0.0", "0", json_wanted=False)[1]
    check(out.endswith("\nresult: pass\n"), out)
    # IPv4 is tried first.
    said = test("udp", "both.test", "9")[1]
    check(said["result"]["targets"] == "127.0.0.1, ::1", said)


def fact(wanted, host):
    """It is told of each address."""
    said = test("connect", host, "80")[1]
    check(said["addresses"], said)
    for entry in said["addresses"]:
        check(wanted in [f"{f['key']}: {f['text']}"
                         for f in entry["facts"]], wanted, said)


def proxies(opened, target, *ports):
    """Each member down by turns, then both of them."""
    def member(number, state):
        subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "upstream", "exit",
                        "member", str(number), state], check=True,
                       stdout=subprocess.DEVNULL)

    for down in (), (1,), (2,), (1, 2):
        for number in down:
            member(number, "down")
        said = compare(int(opened), None, "127.0.0.1", None, "connect",
                       "127.0.0.1", int(target))
        told_of = [f for f in facts_of(said) if f.startswith("member: ")]
        check(told_of == [
            f"member: exit/{n} 127.0.0.1:{ports[n - 1]}: "
            f"{'down' if n in down else 'up'}" for n in (1, 2)], said)
        check(said["result"]["cause"] ==
              ("upstream-failed" if len(down) == 2 else None), said)
        line = really(int(opened), "127.0.0.1", None, "127.0.0.1",
                      int(target))[1]
        check((line["via"] is None) == (len(down) == 2), line)
        if len(down) == 1:
            check(str(ports[2 - down[0]]) in line["via"] or
                  f"/{3 - down[0]}" in line["via"], line)
        for number in down:
            member(number, "up")


def limits_of(said):
    """Each limit of the first address, and what refuses, without its end."""
    check(said["addresses"], said)
    return [f["text"] if f["key"] == "limit" else
            "refused: " + f["text"].split(" of the rule in ")[0]
            for f in said["addresses"][0]["facts"]
            if f["key"] in ("limit", "refused")]


def limited(opened, mixed, target):
    """What each limit says, while its places are taken one by one."""
    opened, mixed, target = int(opened), int(mixed), int(target)

    def says(host, *wanted, user=None):
        words = ["on", "mixed", "user", user] if user else []
        wanted = [f"source-sessions {wanted[0]} of 3 per source",
                  *wanted[1:]]
        said = test(*words, "connect", host, str(target))[1]
        check(limits_of(said) == wanted, wanted, said)
        out = test(*words, "connect", host, str(target),
                   json_wanted=False)[1]
        for text in wanted[:2]:
            check(f"    limit: {text}\n" in out, text, out)
        refused = wanted[-1].startswith("refused")
        check((said["result"]["cause"] == "limit") == refused and
              (said["result"]["verdict"] == "pass") != refused, said)
        if refused:
            compare(mixed if user else opened, user and "mixed", "127.0.0.1",
                    user, "connect", host, target)

    def eventually(*args, **kwargs):
        def good():
            try:
                says(*args, **kwargs)
            except AssertionError:
                return False
            return True
        check(until(good), *args)
        says(*args, **kwargs)

    places = "sessions {} of 2 per source"
    says("127.0.0.4", 0, places.format(0))
    with socks.session(opened, "127.0.0.4", target):
        says("127.0.0.4", 1, places.format(1))
        with socks.session(opened, "127.0.0.4", target):
            says("127.0.0.4", 2, places.format(2),
                 "refused: sessions 2 per source")
            # It is the others' rule that is full.
            says("127.0.0.7", 2, "rate 10M/s per rule",
                 "sessions 0 of 9 per rule")
            with socks.session(opened, "127.0.0.7", target):
                says("127.0.0.5", 3, "new 2/h burst 2 per rule: 2 left",
                     'refused: source-sessions 3 of "set limit" is reached')
        eventually("127.0.0.4", 1, places.format(1))
    eventually("127.0.0.4", 0, places.format(0))

    new = "new 2/h burst 2 per rule: {} left"
    for left in 2, 1:
        says("127.0.0.5", 0, new.format(left))
        socks.session(opened, "127.0.0.5", target).close()
        eventually("127.0.0.5", 0, new.format(left - 1), *(
            ["refused: new 2/h burst 2"] if left == 1 else []))

    with socks.session(opened, "127.0.0.7", target):
        says("127.0.0.7", 1, "rate 10M/s per rule: shared by 1 session",
             "sessions 1 of 9 per rule")
    eventually("127.0.0.7", 0, "rate 10M/s per rule",
               "sessions 0 of 9 per rule")

    quota = "quota {} of 2K per user this month"
    says("127.0.0.6", 0, quota.format(0), user="alice")
    with socks.connect(mixed) as sock:
        rep = socks.handshake(sock, "127.0.0.6", target, 1,
                              (b"alice", USERS["alice"]))[0]
        check(rep == 0, rep)
        sock.sendall(b"x" * 512)
        check(len(socks.read_exactly(sock, 512)) == 512, "no echo")
    eventually("127.0.0.6", 0, quota.format(1024), user="alice")
    with socks.connect(mixed) as sock:
        socks.handshake(sock, "127.0.0.6", target, 1,
                        (b"alice", USERS["alice"]))
        try:
            sock.sendall(b"x" * 8192)
            while sock.recv(8192):
                pass
        except OSError:
            pass
    eventually("127.0.0.6", 0, quota.format(2048),
               "refused: quota 2K/month per user", user="alice")
    says("127.0.0.6", 0, quota.format(0), user="bob")


def many(opened):
    status, said = test("connect", "long.test", "80")
    check(status == 0 and len(said["addresses"]) == 30, said)
    for entry in said["addresses"]:
        numbers = [m["number"] for m in entry["matched"]]
        check(numbers == list(range(276, 300)), numbers)
        check({"key": "note", "text": "276 more rules matched before these"}
              in entry["facts"], entry)


def pid_of(role):
    out = subprocess.run([watch.SOCKS5CTL, "-s", "ctl", "show", "status"],
                         capture_output=True, text=True, check=True).stdout
    return [int(line.split()[2]) for line in out.splitlines()
            if line.split()[:2] == [role, "0"]][0]


def gone():
    """Whoever is asked dies meanwhile."""
    for role, words in (("resolver", ("connect", "a.test", "80")),
                        ("auth", ("on", "mixed", "user", "bob", "connect",
                                  "127.0.0.1", "80")),
                        ("router", ("connect", "127.0.0.1", "80"))):
        pid = pid_of(role)
        os.kill(pid, signal.SIGSTOP)
        with subprocess.Popen([watch.SOCKS5CTL, "-s", "ctl", "test", *words],
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.PIPE) as proc:
            os.kill(pid, signal.SIGKILL)
            out, err = proc.communicate(timeout=40)
        check(proc.returncode in (0, 1) and out + err, role, out, err)
        check(until(lambda r=role, p=pid: pid_of(r) not in (0, p)), role)
        check(until(lambda: test("on", "mixed", "user", "bob", "connect",
                                 "a.test", "80")[0] == 0), role)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
