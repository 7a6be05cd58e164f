#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Asks for what the policy forbids, in every spelling.

	bypass.py open|names PROXY TARGET

open: under rules that let anybody go to any public address, a list of ways
to get to an address that is not.  names: under rules that block domains, ways
to write those; TARGET is reached by good.test, and by names in the list were
they not blocked.  Prints what was answered with anything but 2, a line each,
and for names at the end how often good.test was reached.
"""

import ipaddress
import sys

import socks

NOT_ALLOWED = 2

# IPv4 addresses that are not public, and what may hide them in IPv6.
INNER = ["0.0.0.0", "0.0.0.1", "10.0.0.1", "100.64.0.1", "127.0.0.1",
         "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
         "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
         "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
         "240.0.0.1", "255.255.255.255"]
INNER6 = ["::", "::1", "64:ff9b:1::1", "100::1", "2001:2::1", "2001:10::1",
          "2001:20::1", "2001:db8::1", "3fff::1", "5f00::1", "fc00::1",
          "fd00::1", "fe80::1", "fec0::1", "ff02::1", "::ffff:0:7f00:1"]
# As names, in whatever libraries take for addresses.
NUMBERS = ["127.1", "127.0.1", "0177.0.0.1", "0x7f.1", "0x7F000001",
           "2130706433", "017700000001", "127.0.0.1.", "1.2.3.4.", "0",
           "10.1", "0xa.0.0.1", "167772161", "012.1", "127.0.0.0x1"]
# These resolve to one of the above, by the name server or by custom.
HOSTS = ["loop.test", "LOOP.test.", "meta.test", "zero.test", "six.test",
         "mapped.test", "nat.test", "alias.test", "alias2.test", "many.test",
         "localhost", "LocalHost", "localhost.", "a.localhost"]

BLOCKED = ["blocked.test", "BLOCKED.TEST", "Blocked.Test.", "blocked.test.",
           "www.blocked.test", "a.b.c.blocked.test", "WWW.Blocked.test.",
           "sub.below.test", "a.sub.below.test", "SUB.BELOW.TEST.",
           "ads.test", "x.ads.test", "Ads.Test.", "exact.test", "EXACT.test.",
           "xn--bcher-kva.test", "XN--BCHER-KVA.TEST", "alias.blocked.test"]
# No names at all; whoever read on or decoded them would be where he must not.
BROKEN = [b"blocked.test\0", b"blocked.test\0.good.test", b"\0blocked.test",
          b"blocked.test ", b" blocked.test", b"%62locked.test",
          b"blocked%2etest", b"blocked.test/", b"good.test/../blocked.test",
          b"good.test#blocked.test", b"user@blocked.test", b"blocked.test:80",
          b"blocked..test", b".blocked.test", b"blocked.test..",
          b"[blocked.test]", "b\u00fccher.test".encode(),
          "blocked\u3002test".encode(), "\uff42locked.test".encode(),
          b"b\xfccher.test", b"blocked.test\r\nX: good.test", b"a" * 64,
          b"127.0.0.9%lo", b"[127.0.0.9]", b"::ffff:127.0.0.9%lo"]
# Others, though they look alike.
GOOD = ["good.test", "GOOD.test.", "xblocked.test", "blocked.test.good.test",
        "below.test", "x.exact.test", "xads.test"]


def hidden(text):
    """The forms of IPv6 that have an IPv4 address in them."""
    ip = int(ipaddress.ip_address(text))
    for prefix, shift in (("::ffff:0:0", 0), ("64:ff9b::", 0), ("::", 0),
                          ("2002::", 80), ("2001::", 64)):
        yield str(ipaddress.IPv6Address(
            int(ipaddress.IPv6Address(prefix)) | ip << shift))
    yield str(ipaddress.IPv6Address(
        int(ipaddress.IPv6Address("2001::")) | ip ^ 0xffffffff))
    yield str(ipaddress.IPv6Address(
        int(ipaddress.IPv6Address("2001:4860::5efe:0:0")) | ip))


def inside():
    for address in INNER:
        yield address
        yield address.encode()
        for form in hidden(address):
            yield form
            yield form.encode()
            yield f"[{form}]".encode()
    for address in INNER6:
        yield address
        yield address.encode()
    for name in NUMBERS + HOSTS:
        yield name.encode()


def ask(proxy, host, port):
    """The reply, and what the target said."""
    with socks.connect(proxy, timeout=30) as sock:
        rep = socks.handshake(sock, host, port)[0]
        return rep, sock.recv(64) if rep == 0 else b""


def main():
    what = sys.argv[1]
    proxy, port = (int(a) for a in sys.argv[2:4])
    if what == "open":
        for host in inside():
            for at in (port, proxy):
                rep, _ = ask(proxy, host, at)
                if rep != NOT_ALLOWED:
                    print(host, at == proxy, rep)
        return
    for name in BLOCKED:
        rep, _ = ask(proxy, name.encode(), port)
        if rep != NOT_ALLOWED:
            print(name, rep)
    for name in BROKEN:
        rep, said = ask(proxy, name, port)
        if rep == 0:
            print(name, rep, said)
    reached = sum(ask(proxy, name.encode(), port)[1] == b"127.0.0.9"
                  for name in GOOD)
    print(f"{reached} of {len(GOOD)}")


main()
