#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""A name server that says what its script tells it, right or wrong:
dnsd.py PORTFILE LOG SCRIPT [ADDRESS [PORT]]

Listens on 127.0.0.1 or the address, UDP and TCP on one port, that the kernel
chose if none is given, writes "port." to PORTFILE when ready, serves until it is killed.  The
script is read again at each query, so a test may change it.  A line of it is a
name, *.NAME for all below that or * for all others, and what happens to
queries for it; names without a line do not exist:

    a=ADDR,...      IPv4 addresses; ADDR+N is N of them, counting up
    aaaa=ADDR,...   IPv6 addresses, in the same way
    then=ADDR,...   instead of a= from the second A query on
    cname=NAME      an alias; the records of its target come along
    ttl=N           of all records (300)
    rcode=NAME      servfail, refused, formerr, notimp, nxdomain
    delay=MS        before the answer
    drop[=N]        no answer by UDP, or none to the first N queries
    drop6           no answer to AAAA queries
    tc              the answer by UDP is cut, whatever its length
    malformed       the answer has a record that reaches beyond its end
    before=KIND,... datagrams sent before the answer: wrongid, question
                    (another one), spoof (from another port), garbage, empty,
                    short
    tcp=HOW         die (after the query), half (after half of the answer),
                    slow (a byte at a time), garbage,
                    hang (never), cut (TC there, too)
    noedns          the same as edns=formerr
    edns=HOW        queries with EDNS get an rcode as above, without OPT, or
                    badvers, drop (no answer), die (TC, and TCP is closed);
                    after an rcode, and a colon: bare (a header that counts no
                    question), count (one that does), echo (the whole query
                    back, OPT included)
    order=HOW,...   of the records: back (the last first), first (addresses
                    before aliases), twice (each); alien (before and after
                    them 127.0.0.66 or ::66 of other names), case (names in
                    the other case), packed (by pointers)
    long            no answer by UDP is too long for it

LOG gets one line per query: "udp|tcp A|AAAA|type name port edns-size".
"""

import ipaddress
import os
import socket
import struct
import sys
import threading
import time

RCODES = {"formerr": 1, "servfail": 2, "nxdomain": 3, "notimp": 4,
    "refused": 5}
TYPES = {1: "A", 28: "AAAA"}
OPT = 41
TC = 0x0200


class Query:
    def __init__(self, data):
        self.id, _, n, _, _, extra = struct.unpack("!6H", data[:12])
        if n != 1:
            raise ValueError("questions")
        labels, at = [], 12
        while data[at] != 0:
            labels.append(data[at + 1:at + 1 + data[at]])
            at += 1 + data[at]
        self.name = b".".join(labels).decode("ascii").lower()
        self.type, _ = struct.unpack("!2H", data[at + 1:at + 5])
        self.question = data[12:at + 5]
        self.data = data
        self.edns = 0
        if extra == 1 and data[at + 5:at + 8] == b"\0\0" + bytes([OPT]):
            self.edns = struct.unpack("!H", data[at + 8:at + 10])[0]


def encode(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in
        name.split(".")) + b"\0"


def record(name, rtype, ttl, data):
    return encode(name) + struct.pack("!HHIH", rtype, 1, ttl,
        len(data)) + data


def addresses(text):
    found = []
    for item in text.split(","):
        first, _, count = item.partition("+")
        first = ipaddress.ip_address(first)
        found += [first + i for i in range(int(count or 1))]
    return [x.packed for x in found]


class Server:
    def __init__(self, script, log):
        self.script = script
        self.log = log
        self.seen = {}
        self.lock = threading.Lock()

    def note(self, how, q, port):
        with self.lock:
            key = (q.name, q.type)
            self.seen[key] = self.seen.get(key, 0) + 1
            os.write(self.log, ("%s %s %s %d %d\n" % (how,
                TYPES.get(q.type, str(q.type)), q.name, port,
                q.edns)).encode())
            return self.seen[key]

    def rules(self, name):
        rules = {}
        with open(self.script) as f:
            for line in f:
                words = line.split()
                if not words or words[0].startswith("#"):
                    continue
                rules[words[0]] = dict((w.partition("=")[0],
                    w.partition("=")[2]) for w in words[1:])
        below = "*." + name.partition(".")[2]
        for other in below, "*":
            if name not in rules and other in rules:
                rules[name] = rules[other]
        return rules

    # The records for a name, following aliases that do not go in circles.
    def records(self, rules, name, rtype, nth):
        found, visited = [], set()
        order = rules[name].get("order", "").split(",")
        while name in rules and name not in visited:
            visited.add(name)
            r = rules[name]
            ttl = int(r.get("ttl", 300))
            if "cname" in r:
                found.append((name, 5, ttl, r["cname"]))
                name = r["cname"]
                continue
            key = TYPES.get(rtype, "").lower()
            if key == "a" and nth > 1 and "then" in r:
                key = "then"
            for data in addresses(r[key]) if key in r else []:
                found.append((name, rtype, ttl, data))
        return self.arrange(found, order, rtype)

    def arrange(self, found, order, rtype):
        if "back" in order:
            found.reverse()
        if "first" in order:
            found.sort(key=lambda x: x[1] == 5)
        if "twice" in order:
            found = [x for x in found for _ in range(2)]
        if "alien" in order:
            evil = addresses("127.0.0.66" if rtype == 1 else "::66")[0]
            found = [("alien.test", rtype, 300, evil)] + found + [
                ("alien.test", rtype, 300, evil),
                ("www." + found[-1][0], rtype, 300, evil)]
        if "case" in order:
            found = [(x[0].swapcase(),) + x[1:] for x in found]
        places = {} if "packed" in order else None
        # Behind a header and the question, whose length is made up later.
        return [(x, places) for x in found], len(found)

    # Records to bytes from the place on where they begin.
    def pour(self, found, at):
        data = b""
        for (name, rtype, ttl, what), places in found:
            owner = self.name(name, at + len(data), places)
            head = at + len(data) + len(owner) + 10
            if rtype == 5:
                what = self.name(what, head, places)
            data += owner + struct.pack("!HHIH", rtype, 1, ttl,
                len(what)) + what
        return data

    def name(self, name, at, places):
        if places is None:
            return encode(name)
        if name in places:
            return struct.pack("!H", 0xc000 | places[name])
        places[name] = at
        return encode(name)

    def answer(self, rules, q, nth):
        rule = rules.get(q.name)
        if rule is None:
            return self.pack(q, RCODES["nxdomain"], b"", 0)
        if "noedns" in rule:
            rule["edns"] = "formerr"
        if "edns" in rule and q.edns:
            return self.no_edns(q, rule["edns"])
        if "rcode" in rule:
            return self.pack(q, RCODES[rule["rcode"]], b"", 0)
        if "malformed" in rule:
            return self.pack(q, 0, record(q.name, q.type, 300,
                bytes(4))[:-2], 1, opt=False)
        found, count = self.records(rules, q.name, q.type, nth)
        return self.pack(q, 0, self.pour(found, 12 + len(q.question)), count)

    # None for no answer.
    def no_edns(self, q, how):
        rcode, _, shape = how.partition(":")
        if rcode == "drop":
            return None
        if rcode == "die":
            return self.pack(q, 0, b"", 0, TC)
        if rcode == "badvers":
            reply = self.pack(q, 0, b"", 0)
            return reply[:-6] + b"\1" + reply[-5:]
        rcode = RCODES[rcode]
        if shape in ("bare", "count"):
            return struct.pack("!6H", q.id, 0x8180 | rcode,
                1 if shape == "count" else 0, 0, 0, 0)
        if shape == "echo":
            return struct.pack("!2H", q.id, 0x8180 | rcode) + q.data[4:]
        return self.pack(q, rcode, b"", 0, opt=False)

    def pack(self, q, rcode, records, count, flags=0, opt=True):
        opt = opt and q.edns != 0
        data = struct.pack("!6H", q.id, 0x8180 | flags | rcode, 1,
            count, 0, 1 if opt else 0) + q.question + records
        if opt:
            data += b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0)
        return data

    # Wrong datagrams that come first, spoofed ones from another socket.
    def before(self, sock, peer, kinds, q):
        evil = record(q.name, 1, 300, b"\x7f\0\0\x42")
        right = self.pack(q, 0, evil, 1)
        for kind in kinds:
            if kind == "wrongid":
                sock.sendto(struct.pack("!H", q.id ^ 0x5555) +
                    right[2:], peer)
            elif kind == "question":
                q2 = Query(struct.pack("!6H",
                    q.id, 0x0100, 1, 0, 0, 0) +
                    encode("other.test") +
                    struct.pack("!HH", q.type, 1))
                sock.sendto(self.pack(q2, 0, record(
                    "other.test", 1, 300, b"\x7f\0\0\x42"), 1),
                    peer)
            elif kind == "spoof":
                with socket.socket(sock.family,
                    socket.SOCK_DGRAM) as other:
                    other.bind((sock.getsockname()[0], 0))
                    other.sendto(right, peer)
            elif kind == "garbage":
                sock.sendto(os.urandom(200), peer)
            elif kind == "empty":
                sock.sendto(b"", peer)
            elif kind == "short":
                sock.sendto(right[:5], peer)
            else:
                raise ValueError(kind)

    def udp(self, sock, data, peer):
        q = Query(data)
        nth = self.note("udp", q, peer[1])
        rules = self.rules(q.name)
        rule = rules.get(q.name, {})
        if "before" in rule:
            self.before(sock, peer, rule["before"].split(","), q)
        time.sleep(int(rule.get("delay", 0)) / 1000)
        if "drop6" in rule and q.type == 28:
            return
        if "drop" in rule and nth <= int(rule["drop"] or 1 << 30):
            return
        reply = self.answer(rules, q, nth)
        if reply is None:
            return
        if "tc" in rule or ("long" not in rule and
            len(reply) > (q.edns or 512)):
            reply = self.pack(q, 0, b"", 0, TC)
        sock.sendto(reply, peer)

    def tcp(self, sock, peer):
        while True:
            head = self.exactly(sock, 2)
            if head is None:
                return
            data = self.exactly(sock, struct.unpack("!H", head)[0])
            if data is None:
                return
            q = Query(data)
            nth = self.note("tcp", q, peer[1])
            rules = self.rules(q.name)
            rule = rules.get(q.name, {})
            time.sleep(int(rule.get("delay", 0)) / 1000)
            reply = self.answer(rules, q, nth)
            if reply is None or ("die" == rule.get("edns") and q.edns):
                return
            reply = struct.pack("!H", len(reply)) + reply
            how = rule.get("tcp", "")
            if how == "die":
                return
            if how == "hang":
                continue
            if how == "cut":
                reply = self.pack(q, 0, b"", 0, TC)
                reply = struct.pack("!H", len(reply)) + reply
            if how == "half":
                sock.sendall(reply[:len(reply) // 2])
                return
            if how == "garbage":
                sock.sendall(os.urandom(100))
                return
            if how == "slow":
                for i in range(len(reply)):
                    sock.sendall(reply[i:i + 1])
                    time.sleep(0.001)
                continue
            sock.sendall(reply)

    def exactly(self, sock, n):
        data = b""
        while len(data) < n:
            more = sock.recv(n - len(data))
            if not more:
                return None
            data += more
        return data


def listen(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    while True:
        udp = socket.socket(family, socket.SOCK_DGRAM)
        udp.bind((address, port))
        tcp = socket.socket(family, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tcp.bind((address, udp.getsockname()[1]))
        except OSError:
            if port != 0:
                raise
            udp.close()
            tcp.close()
            continue
        tcp.listen(128)
        return udp, tcp


def quietly(function, *args):
    try:
        function(*args)
    except (OSError, ValueError, IndexError, struct.error):
        pass


def tcp_loop(server, tcp):
    while True:
        sock, peer = tcp.accept()
        threading.Thread(target=tcp_session, args=(server, sock, peer),
            daemon=True).start()


def tcp_session(server, sock, peer):
    with sock:
        quietly(server.tcp, sock, peer)


def main():
    portfile, log, script = sys.argv[1:4]
    address = sys.argv[4] if len(sys.argv) > 4 else "127.0.0.1"
    port = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    server = Server(script, os.open(log, os.O_WRONLY | os.O_CREAT |
        os.O_APPEND, 0o666))
    udp, tcp = listen(address, port)
    threading.Thread(target=tcp_loop, args=(server, tcp),
        daemon=True).start()
    with open(portfile, "w") as f:
        f.write("%d.\n" % udp.getsockname()[1])
    while True:
        data, peer = udp.recvfrom(65535)
        threading.Thread(target=quietly, args=(server.udp, udp, data,
            peer), daemon=True).start()


main()
