#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# maxima.py rules N PORT, quotas N: a config of so many rules, a file of so many
# rows; users N HASH, so many users; everything RELAYS WORKERS FOLDER PORT, all
# that there may be, with 256 listeners from PORT of 127.0.0.1 on, which port
# finds.  hosts N: so many names.  session PORT TARGET, refused PORT TARGET, host
# PORT TARGET I, by a name: one client; the exit status is 0 if that is what it
# had.

import socket
import sys
import time


def rules(n, port):
    print("set relays 2")
    print("listen on localhost port %s" % port)
    for i in range(n - 1):
        print('block to 9.%d.%d.%d label "%s"' % (
            i >> 16, i >> 8 & 255, i & 255, ("rule-%05d-" % i).ljust(63, "x")))
    print("pass from localhost to { any, <internal> }")


def quotas(n):
    month = time.strftime("%Y-%m")
    print("%s last - %d" % (month, 1 << 20))
    for i in range(n - 1):
        print("%s %s %s 1" % (month, "label".ljust(63, "x"),
                              ("u%05d" % i).ljust(40, "y")))


# Nearly as long as one may be.
def host(i):
    return "host-%05d%s" % (i, ("." + "x" * 50) * 4)


def hosts(n):
    for i in range(n):
        print("127.0.0.1 " + host(i))


def users(n, hash):
    for i in range(n):
        print("u%05d:%s" % (i, hash))


def name(what, i, length=31):
    return ("%s%d-" % (what, i)).ljust(length, "x")


# Its 255 neighbours need not be free: the others have addresses of their own.
def port():
    with socket.socket() as s:
        s.bind(("0.0.0.0", 0))
        print(s.getsockname()[1])


def everything(relays, workers, folder, port):
    print("set relays %s\nset auth workers %s" % (relays, workers))
    print('users "%s/users"\nquotas "%s/quotas"' % (folder, folder))
    for i in range(1024):
        kind, member = (
            ("address", "192.0.2.%d" % (i % 256)),
            ("domain", "d%d.example" % i),
            ("user", "u%05d" % i))[i % 3]
        print("table <%s> %s { %s }" % (name("t", i), kind, member))
    for i in range(256):
        print('listen on 127.0.%d.1 port %s auth optional name "%s"' % (
            i, port, name("l", i)))
    for i in range(256):
        print('upstream "%s" {' % name("p", i))
        for m in range(64):
            print('member http 10.%d.0.%d port 3128 user %s '
                  'password file "%s/password"' % (
                      i, m + 1, name("m", m, 200), folder))
        print("}")
    for i in range(65536 - 2):
        to = "to 9.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255)
        if i % 5 == 0:
            to = "to domain { a%d.example, b%d.example }" % (i, i)
        if i % 11 == 0:
            to = "to <%s>" % name("t", i // 11 * 3 % 1023)
        if i % 7 == 0:
            to += " user { u%05d, u%05d }" % (i, i + 1)
        print('block %s label "%s"' % (to, name("rule", i, 63)))
    print("pass from localhost to 10.0.0.0/8 quota 1G/month")
    print("pass from localhost to { any, <internal> }")


def take(s, n):
    got = b""
    while len(got) < n:
        more = s.recv(n - len(got))
        if not more:
            raise OSError("closed")
        got += more
    return got


# The reply, and whether the echo came back.
def client(port, target, i=None):
    with socket.create_connection(("127.0.0.1", int(port)), 20) as s:
        s.settimeout(20)
        s.sendall(b"\5\1\0")
        take(s, 2)
        to = b"\1\x7f\0\0\1" if i is None else (
            b"\3" + bytes([len(host(int(i)))]) + host(int(i)).encode())
        s.sendall(b"\5\1\0" + to + int(target).to_bytes(2, "big"))
        reply = take(s, 10)[1]
        if reply != 0:
            return reply, False
        s.sendall(b"echo")
        return 0, take(s, 4) == b"echo"


def main(what, *args):
    if what == "rules":
        rules(int(args[0]), args[1])
    elif what == "quotas":
        quotas(int(args[0]))
    elif what == "hosts":
        hosts(int(args[0]))
    elif what == "users":
        users(int(args[0]), args[1])
    elif what == "port":
        port()
    elif what == "everything":
        everything(*args)
    else:
        try:
            got = client(*args)
        except OSError:
            sys.exit(1)
        sys.exit(got != ((1, False) if what == "refused" else (0, True)))


main(*sys.argv[1:])
