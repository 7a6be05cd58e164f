#! /usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""An FTP server for anybody, ftpd.py PORTFILE ADDRESS FOLDER: passive and
active, without a look at where data connections lead.  Needs Debian's
python3-pyftpdlib.  Writes "port." to PORTFILE when ready, serves until it is
killed."""

import os
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import ThreadedFTPServer


class Handler(FTPHandler):
    """One control connection."""

    authorizer = DummyAuthorizer()
    permit_foreign_addresses = True


def main(portfile, address, folder):
    Handler.authorizer.add_anonymous(folder, perm="elradfmw")
    # In one thread, of several active transfers at once, it forgets one: its
    # commands lie there unread.
    server = ThreadedFTPServer((address, 0), Handler)
    with open(portfile + ".new", "w", encoding="ascii") as out:
        out.write(f"{server.address[1]}.\n")
    os.rename(portfile + ".new", portfile)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
