#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Sessions for the tests of socks5ctl.

ctl_sessions.py proxy-port target-port N
    opens N sessions to the target one after another, says "open", and keeps
    them until its standard input ends
ctl_sessions.py proxy-port target-port churn
    opens and closes sessions until its standard input ends
"""

import os
import select
import sys

import socks


def main():
    port, target, what = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if what == "churn":
        kept = []
        print("open", flush=True)
        while not select.select([sys.stdin], [], [], 0)[0]:
            kept.append(socks.session(port, "127.0.0.1", target))
            if len(kept) > 20:
                kept.pop(0).close()
        return
    kept = [socks.session(port, "127.0.0.1", target)
            for _ in range(int(what))]
    print("open", flush=True)
    sys.stdin.read()
    os._exit(0 if len(kept) else 1)


main()
