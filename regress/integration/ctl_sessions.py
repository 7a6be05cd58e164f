#! /usr/bin/env python3
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
