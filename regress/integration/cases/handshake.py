#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Programs of handshake_test.sh: handshake.py CASE PORT [ARGUMENT...]

Each case is a client of the daemon on PORT and the targets as well, so it
knows every byte that was sent and must arrive.  It is silent if all is well.
"""

import itertools
import os
import random
import select
import selectors
import signal
import socket
import statistics
import sys
import time

import socks
import watch
from watch import check

EARLY = b"early\x00\xff"
BAD_REPLY = b"\x00\x01" + bytes(6)		# behind VER and REP
SUCCEEDED, FAILURE, NOT_ALLOWED, NET_UNREACHABLE = 0, 1, 2, 3
HOST_UNREACHABLE, REFUSED, TTL_EXPIRED, BAD_COMMAND, BAD_ATYP = 4, 5, 6, 7, 8


def dial(port, source=None):
    sock = socks.connect(port, source=source and (source, 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def send_pieces(sock, pieces, asked):
    """Each piece arrives alone: the next one leaves when it was read.  What
    comes behind the request, at asked, may stay unread until the success."""
    sent = 0
    for i, piece in enumerate(pieces):
        sock.sendall(piece)
        sent += len(piece)
        if i + 1 < len(pieces) and sent < asked:
            watch.wait_read(sock)


def exchange(port, target, host, pieces, asked, early, fin=False):
    """A whole session out of these pieces; nothing is lost or doubled."""
    with dial(port) as sock:
        send_pieces(sock, pieces, asked)
        if fin:
            sock.shutdown(socket.SHUT_WR)
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method", pieces)
        rep, bound, bport = socks.read_reply(sock)
        check(rep == SUCCEEDED, "rep", rep, pieces)
        conn, peer = target.accept(socket.AF_INET6 if ":" in bound else
                                   socket.AF_INET)
        with conn:
            check(peer == (bound, bport), "bound", bound, bport, "peer", peer)
            check(":" not in host or ":" in bound, "family", host, bound)
            got = socks.read_exactly(conn, len(early))
            check(got == early, "target got", got, pieces)
            conn.sendall(b"back")
            conn.shutdown(socket.SHUT_WR)
            check(socks.read_exactly(sock, 5) == b"back", "client", pieces)
            if not fin:
                sock.shutdown(socket.SHUT_WR)
            check(conn.recv(1) == b"", "more at the target", pieces)


def cut(data, cuts):
    ends = (0, *cuts, len(data))
    return [data[a:b] for a, b in zip(ends, ends[1:])]


def splits(port):
    target = watch.Target()
    for host in ("127.0.0.1", "::1", "localhost"):
        asked = socks.GREETING + socks.request(host, target.port)
        whole = asked + EARLY
        places = range(1, len(whole))
        cuts = [(), *((i,) for i in places), tuple(places)]
        if host == "127.0.0.1":
            cuts += itertools.combinations(places, 2)
        for c in cuts:
            exchange(port, target, host, cut(whole, c), len(asked), EARLY)
        exchange(port, target, host, [whole], len(asked), EARLY, fin=True)
        exchange(port, target, host, [asked], len(asked), b"", fin=True)
    # And what comes over IPv6 is not treated otherwise.
    with socks.connect(port, "::1") as sock:
        sock.sendall(socks.GREETING + socks.request("127.0.0.1", target.port))
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        reply = socks.read_reply(sock)
        conn, peer = target.accept()
        check(reply == (SUCCEEDED, *peer), "reply", reply, "peer", peer)
        conn.close()


def early_data(port):
    """More than any buffer, all of it behind the request."""
    target = watch.Target()
    for size in (1, 1785, 2047, 2048, 2049, 65536, 300000):
        early = bytes(i * 11 % 251 for i in range(size))
        asked = socks.GREETING + socks.request("127.0.0.1", target.port)
        exchange(port, target, "127.0.0.1", [asked + early], len(asked),
                 early)


def pipelined(port):
    """A second request is the target's business, nobody answers it here."""
    target = watch.Target()
    asked = socks.GREETING + socks.request("127.0.0.1", target.port)
    again = socks.GREETING + socks.request("127.0.0.1", 1)
    exchange(port, target, "127.0.0.1", [asked + again], len(asked), again)


def refused_early_data(port, blocked):
    """Nothing comes near a target that is refused."""
    target = watch.Target()
    early = b"x" * 1500
    for host, tport, rep in (("127.0.0.1", int(blocked), NOT_ALLOWED),
                             ("10.0.0.1", target.port, NOT_ALLOWED),
                             ("127.0.0.2", target.port, NOT_ALLOWED),
                             (b"127.1", target.port, NOT_ALLOWED),
                             ("127.0.0.1", 0, FAILURE)):
        with dial(port) as sock:
            sock.sendall(socks.GREETING + socks.request(host, tport) + early)
            check(socks.read_all(sock) == b"\x05\x00\x05" + bytes([rep]) +
                  BAD_REPLY, "reply", host, tport)
    check(target.nobody_came(), "somebody came")


def whole_answer(port, message):
    """All that the daemon says to message; then it must say FIN."""
    with dial(port) as sock:
        sock.sendall(message)
        return socks.read_all(sock)


def greetings(port):
    for first in range(256):
        if first == 5:
            continue
        with dial(port) as sock:
            sock.sendall(bytes([first]))
            check(sock.recv(100) == b"", "version", first)
    refused = b"\x05\xff"
    others = bytes(range(1, 256))
    more = socks.request("127.0.0.1", 1)
    for methods in (b"", b"\x01", b"\x02", b"\xff", b"\x01\x02\x03", others):
        greeting = bytes([5, len(methods)]) + methods
        for message in (greeting, greeting + more):
            answer = whole_answer(port, message)
            check(answer == refused, "methods", methods, answer)
    for i in range(255):
        methods = others[:i] + b"\x00" + others[i:254]
        with dial(port) as sock:
            sock.sendall(bytes([5, 255]) + methods)
            check(socks.read_exactly(sock, 2) == b"\x05\x00", "place", i)


def check_bad(port, request, rep):
    answer = whole_answer(port, socks.GREETING + request)
    check(answer == b"\x05\x00\x05" + bytes([rep]) + BAD_REPLY, "request",
          request, answer)


def requests(port):
    """Every wrong value at each place of a request."""
    good = socks.request("127.0.0.1", 1)
    check_bad(port, good, REFUSED)
    rep = {0: lambda v: FAILURE, 1: lambda v: BAD_COMMAND,
           2: lambda v: FAILURE, 3: lambda v: BAD_ATYP}
    # A 1 begins a login that nobody asked for: see unasked().
    fine = {0: (5, 1), 1: (1, 2, 3), 2: (0,), 3: (1, 3, 4)}
    for place in range(4):
        for value in range(256):
            if value in fine[place]:
                continue
            bad = bytearray(good)
            bad[place] = value
            check_bad(port, bytes(bad), rep[place](value))
    # Judged as soon as it is there, whatever is missing behind it.
    check_bad(port, b"\x04", FAILURE)
    check_bad(port, b"\x05\x09", BAD_COMMAND)
    check_bad(port, b"\x05\x01\x01", FAILURE)
    check_bad(port, b"\x05\x01\x00\x05", BAD_ATYP)
    check_bad(port, b"\x05\x01\x00\x03\x00", FAILURE)
    check_bad(port, socks.request("127.0.0.1", 0), FAILURE)
    check_bad(port, socks.request("::1", 0), FAILURE)
    check_bad(port, socks.request(b"localhost", 0), FAILURE)


def names(port, queries):
    """Names of every length and of every byte; none but good ones are asked
    for, and those in one spelling.  The scripted server knows no name."""
    label = b"a" * 63
    longest = b".".join((label, label, label, b"a" * 61))
    asked = {longest}
    for name in (longest, longest + b".", longest.upper()):
        check_bad(port, socks.request(name, 80), HOST_UNREACHABLE)
    for name in (longest + b"a", longest + b"a.", b"a" * 255, b"." * 255,
                 b"\xff" * 255, b"\x00" * 255, b"a" * 64, b".", b"..", b".a",
                 b"a..b", b"a..", b" ", b"a b", b"\x00", b"localhost\x00",
                 b"localhost\x00.example", b"127.0.0.1\x00", b"local host",
                 b"a\n", b"a\r\nsession id=7", b"::1%lo", b"[::1", b"::1]",
                 b"[127.0.0.1]", b"http://a", b"a:80", b"*.a", b"\xc3\xa4.a",
                 b"127.0.0.1/8", b"127.0.0.1 "):
        check_bad(port, socks.request(name, 80), FAILURE)
    good = b"-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    for byte in range(256):
        name = b"x" + bytes([byte]) + b"y.test"
        check_bad(port, socks.request(name, 80), HOST_UNREACHABLE if
                  byte in good else FAILURE)
        if byte in good:
            asked.add(name.lower())
    with open(queries, "rb") as log:
        seen = {line.split()[2] for line in log}
    check(seen == asked, "asked for", seen ^ asked)


def numbers(port):
    """Numbers in disguise are refused, as no rule could have meant them."""
    target = watch.Target()
    for name in (b"127.1", b"127.0.1", b"0x7f.1", b"0x7f.0.0.1", b"0x7f000001",
                 b"2130706433", b"017700000001", b"0177.0.0.1", b"0",
                 b"127.0.0.1.", b"127.0.0.01", b"127.0.0.1.1", b"1.2.3.4.",
                 b"127.0.0.256", b"0x", b"localhost.1", b"0X7F.1", b"00",
                 b"127.0.0.0x1", b"1.", b"999999999999999999999"):
        check_bad(port, socks.request(name, target.port), NOT_ALLOWED)
    check(target.nobody_came(), "somebody came")


def literals(port):
    """Names that are addresses, and addresses in other families' clothes."""
    target = watch.Target()
    mapped = b"\x04" + bytes(10) + b"\xff\xff\x7f\x00\x00\x01"
    for host, at in (
            (b"127.0.0.1", "127.0.0.1"), (b"::1", "::1"), (b"[::1]", "::1"),
            (b"0:0:0:0:0:0:0:1", "::1"), (b"0:0::0.0.0.1", "::1"),
            (b"::ffff:127.0.0.1", "127.0.0.1"),
            (b"::FFFF:7f00:1", "127.0.0.1"), (mapped, "127.0.0.1"),
            (b"localhost", None), (b"LOCALHOST", None),
            (b"LocalHost.", None)):
        address = host if host is mapped else socks.address(host)
        asked = (socks.GREETING + b"\x05\x01\x00" + address +
                 target.port.to_bytes(2, "big"))
        exchange(port, target, at or "localhost", [asked], len(asked), b"")


def causes(port, blocked):
    """The reply and the log's word for it."""
    log = watch.Log()
    free = watch.Target()
    for sock in free.socks:
        sock.close()
    for host, tport, rep, cause in (
            ("127.0.0.1", free.port, REFUSED, "connect-refused"),
            ("::1", free.port, REFUSED, "connect-refused"),
            ("localhost", free.port, REFUSED, "connect-refused"),
            ("127.0.0.1", int(blocked), NOT_ALLOWED, "rule"),
            ("localhost", int(blocked), NOT_ALLOWED, "rule"),
            ("127.0.0.2", free.port, NOT_ALLOWED, "internal-address"),
            ("10.0.0.1", free.port, NOT_ALLOWED, "internal-address"),
            ("::ffff:10.0.0.1", free.port, NOT_ALLOWED, "internal-address"),
            ("0.0.0.0", free.port, NOT_ALLOWED, "internal-address"),
            ("::", free.port, NOT_ALLOWED, "internal-address"),
            (b"127.1", free.port, NOT_ALLOWED, "bad-name"),
            (b"a b", free.port, FAILURE, "bad-name"),
            (b"nowhere.test", 80, HOST_UNREACHABLE, "name-not-found"),
            (b"broken.test", 80, FAILURE, "name-failed"),
            (b"inside.test", 80, NOT_ALLOWED, "internal-address")):
        check_logged(port, log, socks.request(host, tport), rep, cause)
    # The address that was refused is not why the other one failed.
    line = check_logged(port, log, socks.request(b"half.test", free.port),
                        REFUSED, "connect-refused")
    check(line["address"] == "127.0.0.1" and line["hint"] is None, line)
    target, _ = full_target()
    with dial(port) as sock:
        sock.sendall(socks.GREETING + socks.request(b"half.test", target.port))
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        check(not select.select([sock], [], [], 0.3)[0], "target has room")
        cport = sock.getsockname()[1]
        socks.reset(sock)
    line = log.of(cport)
    check(line["cause"] == "client-reset", line)
    for message, rep, cause in (
            (b"\x05\x09", BAD_COMMAND, "bad-command"),
            (b"\x05\x01\x00\x02", BAD_ATYP, "bad-address-type"),
            (b"\x05\x01\x00\x03\x00", FAILURE, "bad-name"),
            (b"\x05\x01\x01", FAILURE, "bad-protocol"),
            (b"\x04", FAILURE, "bad-protocol")):
        check_logged(port, log, message, rep, cause)
    with dial(port) as sock:
        sock.sendall(b"\x05\x01\x02")
        check(socks.read_all(sock) == b"\x05\xff", "method")
        cport = sock.getsockname()[1]
    check(log.of(cport)["cause"] == "no-method", log.of(cport))
    with dial(port) as sock:
        sock.sendall(socks.GREETING)
        # Closing with an answer unread would be a reset.
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        cport = sock.getsockname()[1]
    check(log.of(cport)["cause"] == "client-gone", log.of(cport))
    with dial(port) as sock:
        cport = sock.getsockname()[1]
        socks.reset(sock)
    check(log.of(cport)["cause"] == "client-reset", log.of(cport))


def check_logged(port, log, request, rep, cause):
    with dial(port) as sock:
        sock.sendall(socks.GREETING + request)
        answer = socks.read_all(sock)
        cport = sock.getsockname()[1]
    check(answer == b"\x05\x00\x05" + bytes([rep]) + BAD_REPLY, "request",
          request, answer)
    line = log.of(cport)
    check((line["rep"], line["cause"]) == (rep, cause), request, line)
    check(line["up"] == line["down"] == 0, line)
    return line


def much_after_refusal(port):
    """No reset overtakes the reply, whatever the client has sent."""
    bad = socks.GREETING + socks.request("10.0.0.1", 1)
    answer = b"\x05\x00\x05\x02" + BAD_REPLY
    for size in (1, 2048, 65536, 200000):
        for late in (False, True):
            with dial(port) as sock:
                sock.sendall(bad)
                if late:
                    got = socks.read_exactly(sock, len(answer))
                    sock.sendall(bytes(size))
                else:
                    sock.sendall(bytes(size))
                    got = b""
                sock.shutdown(socket.SHUT_WR)
                got += socks.read_all(sock)
            check(got == answer, "after", size, "late", late, got)
    # Beyond any patience the connection is cut, but the reply was first.
    with dial(port) as sock:
        sock.settimeout(5)
        sock.sendall(bad)
        check(socks.read_exactly(sock, len(answer)) == answer, "reply")
        try:
            for _ in range(4096):
                sock.sendall(bytes(65536))
            raise AssertionError("256 MiB were taken after a refusal")
        except (BrokenPipeError, ConnectionResetError):
            pass


def stays_after_refusal(port):
    """A client that does not hang up is hung up on."""
    log = watch.Log()
    with dial(port) as sock:
        sock.sendall(socks.GREETING + socks.request("10.0.0.1", 1))
        check(len(socks.read_all(sock)) == 12, "reply")
        line = log.of(sock.getsockname()[1])
        check(line["cause"] == "internal-address" and
              line["duration_ms"] >= 1000,
              line)


def strangers(port):
    """Other protocols are hung up on at once, without an answer."""
    for hello in (b"\x04\x01\x00\x50\x7f\x00\x00\x01user\x00",
                  b"\x04\x01\x00\x50\x00\x00\x00\x01u\x00localhost\x00",
                  b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                  b"CONNECT a:443 HTTP/1.1\r\n\r\n",
                  b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                  b"SSH-2.0-x\r\n", b"\r\n", b"\x00", b"PROXY TCP4 1.1.1.1 ",
                  b"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c", b"\x01\x01a\x01b"):
        start = time.monotonic()
        with dial(port) as sock:
            sock.sendall(hello)
            try:
                got = sock.recv(100)
            except ConnectionResetError:
                got = b""
            check(got == b"", "answer to", hello, got)
        check(time.monotonic() - start < 5, "slow to hang up on", hello)


def dribble(sock, data, gap=0.3):
    """Sends a byte after each gap until the other side hangs up; seconds."""
    start = time.monotonic()
    for i in range(len(data)):
        if select.select([sock], [], [], gap)[0]:
            break
        sock.send(data[i:i + 1])
    else:
        select.select([sock], [], [], 30)
    took = time.monotonic() - start
    try:
        check(sock.recv(100) == b"", "an answer to", data)
    except ConnectionResetError:
        pass
    return took


def deadline(port):
    """One second in all (as configured), however often bytes come; and the
    deadline of the handshake is not one of the session."""
    target, log = watch.Target(), watch.Log()
    lasting = socks.session(port, "127.0.0.1", target.port)
    conn = target.accept()[0]
    name = socks.request(b"a" * 255, 80)
    for greeting, rest in ((b"", b""), (b"", socks.GREETING[:2]),
                           (b"", b"\x05\xff" + bytes(255)),
                           (socks.GREETING, b""), (socks.GREETING, name)):
        with dial(port) as sock:
            if greeting:
                sock.sendall(greeting)
                check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
            took = dribble(sock, rest)
            check(0.5 < took < 6, "closed after", took, greeting, rest)
            line = log.of(sock.getsockname()[1])
            check(line["cause"] == "handshake-timeout" and
                  line["duration_ms"] >= 1000, line)
    lasting.sendall(b"still here")
    check(socks.read_exactly(conn, 10) == b"still here", "lasting session")


def silent(port, sources, each):
    """So many connections from each source that say nothing."""
    return [dial(port, source) for source in sources for _ in range(each)]


def is_cut(sock):
    """True if it is closed without a word."""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def limits(port):
    """40 half-open sessions in all, 10 per source (as configured); who is
    through does not count, and a full source is nobody else's trouble."""
    target = watch.Target()
    lasting = []
    for _ in range(15):
        lasting.append(socks.session(port, "127.0.0.1", target.port))
        lasting.append(target.accept()[0])
    first = silent(port, ["127.0.0.1"], 10)
    with dial(port) as sock:
        check(is_cut(sock), "an 11th from one source")
    with dial(port, "127.0.0.2") as sock:
        check(socks.handshake(sock, "127.0.0.1", target.port)[0] == SUCCEEDED,
              "another source")
        target.accept()[0].close()
    first.pop().close()
    check(watch.until(lambda: works(port, target)), "its slot is not freed")
    others = silent(port, ["127.0.0.2", "127.0.0.3", "127.0.0.4"], 10)
    first += silent(port, ["127.0.0.1"], 1)
    with dial(port, "127.0.0.5") as sock:
        check(is_cut(sock), "a 41st in all")
    # Above three quarters they had 3 seconds, not the 60 configured.
    start = time.monotonic()
    for sock in others[-9:]:
        check(is_cut(sock), "under stress")
    check(time.monotonic() - start < 20, "no shorter deadline under stress")
    for sock in first + others:
        socks.reset(sock)
    check(watch.until(lambda: works(port, target)), "slots are not freed")
    for sock in lasting:
        sock.close()


def works(port, target, source=None):
    with dial(port, source) as sock:
        try:
            if socks.handshake(sock, "127.0.0.1", target.port)[0] != SUCCEEDED:
                return False
        except (OSError, ValueError):
            return False
    target.accept()[0].close()
    return True


def took(port, target, source):
    """How long a good client's handshake takes."""
    begun = time.monotonic()
    check(works(port, target, source), "a good client fails")
    return time.monotonic() - begun


def slow_crowd(port):
    """Hundreds that dribble (2 seconds, as configured), in the greeting or in
    the request, cost a good client next to nothing, and each of them is
    closed when its time is over, however much it still sends.  The good one
    has an address of its own: it may get a port that one of them has left."""
    target, log, good = watch.Target(), watch.Log(), "127.0.0.2"
    greeting = b"\x05\xff" + bytes(255)
    request = socks.request(b"a" * 255, 80)
    watch.all_descriptors()
    quiet = statistics.median(took(port, target, good) for _ in range(20))
    crowd = [dial(port) for _ in range(2000 if watch.LONG else 500)]
    texts, crowded = {}, selectors.DefaultSelector()
    for i, sock in enumerate(crowd):
        crowded.register(sock, selectors.EVENT_READ)
        texts[sock] = greeting if i % 2 else request
        if i % 2 == 0:
            sock.sendall(socks.GREETING)
            check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
    start, i, busy, left = time.monotonic(), 0, [], crowd
    while left and time.monotonic() - start < 20:
        for sock in left:
            try:
                sock.send(texts[sock][i:i + 1])
            except OSError:
                pass
        i += 1
        busy.append(took(port, target, good))
        gone = {key.fileobj for key, _ in crowded.select(0.1)
                if not is_open(key.fileobj)}
        for sock in gone:
            crowded.unregister(sock)
        left = [sock for sock in left if sock not in gone]
    check(not left, len(left), "are still there")
    beside = statistics.median(busy)
    check(beside < 20 * quiet + 0.01, "a good client waits:", beside, quiet)
    # Some have a line, the others are counted.
    check(watch.until(lambda: len(log.read()) + sum(
        line.get("sessions", 0) for line in log.others) == len(crowd) + 20 +
          len(busy)), "not all are accounted for")
    lines = [line for line in log.sessions if line["client"] != good]
    check(lines and all(line["cause"] == "handshake-timeout" and
                        2000 <= line["duration_ms"] < 5000 for line in lines),
          lines)


def unasked(port):
    """A login (RFC 1929) after method 0 is answered and means nothing."""
    target = watch.Target()
    request = socks.request("127.0.0.1", target.port)
    for user in (b"", b"u", bytes(range(1, 256))):
        for password in (b"", b"p" * 255):
            login = b"\x01" + bytes([len(user)]) + user + bytes(
                [len(password)]) + password
            with dial(port) as sock:
                sock.sendall(socks.GREETING + login + request)
                check(socks.read_exactly(sock, 8) ==
                      b"\x05\x00\x01\x00\x05\x00\x00\x01", user)
            # Once: the next one is no request.
            answer = whole_answer(port, socks.GREETING + login + login)
            check(answer == b"\x05\x00\x01\x00\x05" + bytes([FAILURE]) +
                  BAD_REPLY, user, answer)


def is_open(sock):
    """False once its end was read."""
    try:
        return sock.recv(100) != b""
    except OSError:
        return False


def mutations(port, seed):
    """A byte changed anywhere: every answer is a whole one, and the target
    is reached only by who asked for it."""
    target, draw = watch.Target(), random.Random(int(seed))
    for host in ("127.0.0.1", "::1", "localhost"):
        whole = socks.GREETING + socks.request(host, target.port)
        for place in range(len(whole)):
            values = {whole[place] ^ 1 << bit for bit in range(8)}
            values |= {draw.randrange(256) for _ in range(8)}
            for value in values - {whole[place]}:
                changed = bytearray(whole)
                changed[place] = value
                mutation(port, target, bytes(changed), seed)


def mutation(port, target, message, seed):
    with dial(port) as sock:
        sock.sendall(message)
        sock.shutdown(socket.SHUT_WR)
        answer, came = b"", False
        while select.select([sock, *target.socks], [], [], 10)[0]:
            while not target.nobody_came():
                came = True
            try:
                if not select.select([sock], [], [], 0)[0]:
                    continue
                more = sock.recv(1000)
            except ConnectionResetError:
                more = b""
            answer += more
            if not more:
                break
    wanted = asks_for(message, target.port)
    check(came == wanted, "seed", seed, message, "came", came)
    # A login that nobody asked for came before it.
    if answer[2:4] == b"\x01\x00":
        answer = answer[:2] + answer[4:]
    if wanted:
        check(answer[:4] == b"\x05\x00\x05\x00", "seed", seed, message,
              answer)
    elif answer[2:4] != b"\x05\x00":		# some other service answered
        check(answer in (b"", b"\x05\xff", b"\x05\x00") or (
              len(answer) == 12 and answer[:3] == b"\x05\x00\x05" and
              1 <= answer[3] <= 8 and answer[4:] == BAD_REPLY),
              "seed", seed, message, answer)


def asks_for(message, port):
    """Whether it is a request for that port of this host, read plainly."""
    if message[:1] != b"\x05" or len(message) < 2 + message[1]:
        return False
    methods, rest = message[2:2 + message[1]], message[2 + message[1]:]
    if 0 not in methods or rest[:3] != b"\x05\x01\x00":
        return False
    size = {1: 4, 3: 1 + (rest[4:5] or b"\0")[0], 4: 16}.get(rest[3], 1000)
    host, end = rest[4:4 + size], rest[4 + size:6 + size]
    return len(end) == 2 and int.from_bytes(end, "big") == port and (
        rest[3], host.lower()) in (
            (1, b"\x7f\0\0\1"), (4, bytes(15) + b"\1"),
            (3, b"\x09localhost"))


def silent_router(port, router):
    """A router that does not answer: the client gets a reply all the same."""
    target = watch.Target()
    lasting = socks.session(port, "127.0.0.1", target.port)
    conn = target.accept()[0]
    with dial(port) as sock:
        sock.sendall(socks.GREETING)
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        os.kill(int(router), signal.SIGSTOP)
        try:
            sock.sendall(socks.request("127.0.0.1", target.port))
            sock.settimeout(30)
            check(socks.read_all(sock) == b"\x05\x01" + BAD_REPLY, "reply")
            lasting.sendall(b"on")
            check(conn.recv(10) == b"on", "a session that was through")
        finally:
            os.kill(int(router), signal.SIGCONT)
    check(watch.until(lambda: works(port, target)), "it does not recover")


def full_target():
    """A target whose backlog is full: who connects has to wait."""
    target = watch.Target(backlog=0)
    fill = []
    for _ in range(2):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", target.port))
        fill.append(sock)
    return target, fill


def leaves(port):
    """A client that is reset while its target is connected takes its slot
    along; one that only says FIN may still want the answer."""
    log = watch.Log()
    target, fill = full_target()
    asked = socks.GREETING + socks.request("127.0.0.1", target.port)
    with dial(port) as sock:
        sock.sendall(asked + EARLY)
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        cport = sock.getsockname()[1]
        check(not select.select([sock], [], [], 0.3)[0], "target has room")
        socks.reset(sock)
    line = log.of(cport)
    check(line["cause"] == "client-reset" and line["rep"] is None and
          line["duration_ms"] < 4500, line)
    with dial(port) as sock:
        sock.sendall(asked + EARLY)
        sock.shutdown(socket.SHUT_WR)
        check(socks.read_all(sock) == b"\x05\x00\x05\x06" + BAD_REPLY,
              "timeout")
        line = log.of(sock.getsockname()[1])
    check(line["cause"] == "connect-timeout" and line["duration_ms"] >= 4900,
          line)
    # All that is sent meanwhile waits in the kernel, then goes through.
    early = bytes(i % 249 for i in range(200000))
    with dial(port) as sock:
        sock.sendall(asked)
        check(socks.read_exactly(sock, 2) == b"\x05\x00", "method")
        sock.sendall(early)
        for one in fill:
            one.close()
        while True:
            conn = target.accept()[0]
            if socks.read_exactly(conn, len(early)) == early:
                break
        check(socks.read_reply(sock)[0] == SUCCEEDED, "rep")


def unreachable(port):
    """Each way in which a network can say no, all at once."""
    cases = (("192.0.2.10", NET_UNREACHABLE, "net-unreachable"),
             ("192.0.2.11", HOST_UNREACHABLE, "host-unreachable"),
             ("192.0.2.12", REFUSED, "connect-refused"),
             ("192.0.2.13", HOST_UNREACHABLE, "host-unreachable"),
             ("192.0.2.14", REFUSED, "connect-refused"),
             ("192.0.2.15", TTL_EXPIRED, "connect-timeout"),
             ("198.51.100.1", NET_UNREACHABLE, "net-unreachable"),
             ("198.51.101.1", NOT_ALLOWED, "connect-denied"),
             ("198.51.102.1", HOST_UNREACHABLE, "host-unreachable"),
             ("2001:db8::10", NET_UNREACHABLE, "net-unreachable"),
             ("2001:db8::11", HOST_UNREACHABLE, "host-unreachable"),
             ("2001:db8::12", REFUSED, "connect-refused"),
             ("2001:db8::13", NOT_ALLOWED, "connect-denied"),
             ("2001:db8::14", REFUSED, "connect-refused"),
             ("2001:db8::15", TTL_EXPIRED, "connect-timeout"),
             ("2001:db8:1::1", NET_UNREACHABLE, "net-unreachable"))
    log, open_ones = watch.Log(), []
    for host, rep, cause in cases:
        sock = dial(port)
        sock.sendall(socks.GREETING + socks.request(host, 80) + EARLY)
        open_ones.append((sock, host, rep, cause))
    wrong = []
    for sock, host, rep, cause in open_ones:
        answer = socks.read_all(sock)
        line = log.of(sock.getsockname()[1])
        if (answer != b"\x05\x00\x05" + bytes([rep]) + BAD_REPLY or
                (line["rep"], line["cause"]) != (rep, cause)):
            wrong.append((host, answer, line["rep"], line["cause"]))
        sock.close()
    check(not wrong, wrong)


def lines(port, how):
    """One line each, whatever names hold; how is json or text."""
    evil = (b"a\nsession id=1", b"\x1b[2J", b"a\r\n", b'a" b="', b"\\x0a",
            b"\xff" * 255, b"\x00" * 255, b"\xe2\x80\xae" * 20, b"%s%n%d",
            b"a" * 63 + b".test", b"{}", b"\x7f", b"x" * 255, b"127.1")
    ports = []
    for name in evil:
        with dial(port) as sock:
            sock.sendall(socks.GREETING + socks.request(name, 80))
            check(len(socks.read_all(sock)) == 12, "reply to", name)
            ports.append(sock.getsockname()[1])
    if how == "json":
        log = watch.Log()
        for one in ports:
            log.of(one)
        seen = [s["client_port"] for s in log.sessions]
    else:
        def found():
            with open("daemon.log", "rb") as file:
                text = file.read()
            return text if text.count(b" cause=") >= len(evil) else None
        text = watch.until(found)
        check(text is not None, "lines are missing")
        check(all(byte == 10 or 32 <= byte < 127 for byte in text), text)
        seen = [int(line.split(b"client=")[1].split()[0].split(b":")[1])
                for line in text.splitlines() if b"session id=" in line]
    check(sorted(seen) == sorted(ports), seen, ports)


def hints(port, login):
    """A refusal that the client's owner can mend says what is wrong."""
    log = watch.Log()
    hello = socks.request("127.0.0.1", 9)

    # Of one source there are few lines in a second.
    source = (f"127.7.0.{n}" for n in itertools.count(1))

    def one(where, sent, cause, hint):
        with socket.create_connection(("127.0.0.1", where), 20,
                                      (next(source), 0)) as sock:
            sock.sendall(sent)
            me = sock.getsockname()[1]
            sock.shutdown(socket.SHUT_WR)
            socks.read_all(sock)
        line = log.of(me)
        check(line["cause"] == cause and hint in (line["hint"] or ""), line)

    for sent, hint in (
            (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "an HTTP request"),
            (b"GET http://a.test/ HTTP/1.1\r\n\r\n", "an HTTP proxy request"),
            (b"CONNECT a.test:443 HTTP/1.1\r\n\r\n",
             "an HTTP proxy request"),
            (b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00", "SOCKS4"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS"),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY protocol"),
            (b"\r\n\r\n\x00\r\nQUIT\n\x21\x11", "PROXY protocol"),
            (b"\x01\x01a\x01b", "login before"),
            (b"\x00\x01\x02", "no known protocol"),
            (b"get / http", "no known protocol"),
            (b"GET", "no known protocol"),
            (socks.GREETING + b"\x04" + hello[1:], "malformed request")):
        one(port, sent, "bad-protocol", hint)
    one(port, b"\x05\x01\x02", "no-method", "insists on a login")
    one(port, b"\x05\x01\x01", "no-method", "neither")
    one(port, b"\x05\x00", "no-method", "neither")
    one(login, b"\x05\x01\x00", "no-method", "browsers cannot log in")
    one(login, b"\x05\x01\x01", "no-method", "neither")
    one(login, b"\x05\x01\x02\x05\x01a\x01b", "bad-protocol",
        "malformed login")
    one(port, socks.GREETING + hello[:1] + b"\x09" + hello[2:],
        "bad-command", "not CONNECT, BIND or")
    one(port, socks.GREETING + hello[:3] + b"\x09" + hello[4:],
        "bad-address-type", "address type")

if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
