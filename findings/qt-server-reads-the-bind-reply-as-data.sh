#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Qt 5.15.8 (QTcpServer with a SOCKS5 QNetworkProxy, by PyQt5 5.15.9): a server
# that listens through a proxy by BIND announces a client before there is one,
# and gives the proxy's second reply to the program as that client's data.
#
# Guess: it waits for the second reply, announces the peer that the reply
#        names, and asks for the next BIND on another connection (60 %).
# Seen:  newConnection comes with the first reply, while nobody has connected;
#        its peer has no address.  The ten bytes of the second reply, which say
#        who it is, are the first that readAll() returns, before "hello".  There
#        is no other BIND.
# Means: with BIND a Qt program works only if its protocol bears ten strange
#        bytes; what it tells of "clients" says nothing about the proxy.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
qt=5.15.8+dfsg-11+deb12u3
apt-get update >/dev/null 2>&1
apt-get install -s --no-install-recommends python3-pyqt5=5.15.9+dfsg-1 \
    "libqt5network5=$qt" | sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' |
    xargs -r apt-get download >/dev/null 2>&1
for deb in *.deb; do
	dpkg-deb -x "$deb" root
done

cat >listen.py <<'EOF'
import multiprocessing
import socket

from PyQt5.QtCore import QCoreApplication, QTimer, qVersion
from PyQt5.QtNetwork import QHostAddress, QNetworkProxy, QTcpServer

FIRST = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34"
SECOND = b"\x05\x00\x00\x01\xc0\x00\x02\x09\x0f\xa0"
said, early = multiprocessing.Event(), multiprocessing.Queue()


def proxy(listener):
    """Serves BIND; its client comes when the program was told of one, or
    after ten seconds."""
    while True:
        sock = listener.accept()[0]
        sock.recv(300)
        sock.sendall(b"\x05\x00")
        sock.recv(300)
        sock.sendall(FIRST)
        early.put(said.wait(10))
        sock.sendall(SECOND)
        sock.sendall(b"hello")


# A process: PyQt holds Python's lock while it talks to the proxy.
listener = socket.create_server(("127.0.0.1", 0))
multiprocessing.Process(target=proxy, args=(listener,), daemon=True).start()
app, got = QCoreApplication([]), bytearray()
server = QTcpServer()
server.setProxy(QNetworkProxy(QNetworkProxy.Socks5Proxy, "127.0.0.1",
                              listener.getsockname()[1]))


def announced():
    client = server.nextPendingConnection()
    print("peer:", repr(client.peerAddress().toString()))

    def read():
        got.extend(bytes(client.readAll()))
        if got.endswith(b"hello"):
            QTimer.singleShot(1000, app.quit)
    client.readyRead.connect(read)
    announced.client = client
    said.set()


server.newConnection.connect(announced)
print("Qt", qVersion())
print("listens:", server.listen(QHostAddress.Any, 0))
QTimer.singleShot(20000, app.quit)
app.exec()
print("announced before the second reply:", early.get(timeout=20))
print("data:", bytes(got))
print("other BIND requests:", early.qsize())
EOF
LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu \
PYTHONPATH=$dir/root/usr/lib/python3/dist-packages \
    /usr/bin/python3 -u listen.py >seen
cat seen
diff - seen <<'EOF'
Qt 5.15.8
listens: True
peer: ''
announced before the second reply: True
data: b'\x05\x00\x00\x01\xc0\x00\x02\t\x0f\xa0hello'
other BIND requests: 0
EOF
