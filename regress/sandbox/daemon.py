# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""The daemon as the tests of its walls need it: started with a config of
theirs, its log read while it runs, clients for it, targets behind it.
"""

import ctypes
import os
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

# What stderr has before each line.
MARK = re.compile(r"^[-0-9T:.]+Z ((error|warning|debug): )?")

LIMIT = 30                      # seconds for anything to happen

failures = []                   # what was not as it must be


def fail(what):
    failures.append(what)
    print(f"    {what}", flush=True)


class Listener:
    """A TCP listener and a UDP socket of one port; echoes, or only counts."""

    def __init__(self, echo):
        while True:
            self.tcp = socket.create_server(("127.0.0.1", 0))
            self.port = self.tcp.getsockname()[1]
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                self.udp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.tcp.close()
                self.udp.close()
        if echo:
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn = self.tcp.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.echo, args=(conn,),
                             daemon=True).start()

    @staticmethod
    def echo(conn):
        with conn:
            try:
                while data := conn.recv(65536):
                    conn.sendall(data)
            except OSError:
                pass

    def reached(self):
        return bool(select.select([self.tcp, self.udp], [], [], 0)[0])

    def close(self):
        self.tcp.close()
        self.udp.close()


class Proxy(Listener):
    """A SOCKS4 proxy to anywhere on this host."""

    def __init__(self):
        self.dests = []         # what it was asked for
        super().__init__(True)

    def echo(self, conn):
        with conn, socket.socket() as far:
            try:
                head = b""
                while len(head) < 9 or head[-1] != 0:
                    if not (byte := conn.recv(1)):
                        return
                    head += byte
                dest = (socket.inet_ntoa(head[4:8]),
                        struct.unpack(">H", head[2:4])[0])
                self.dests.append(dest)
                if head[0] != 4:
                    return
                far.connect(dest)
                conn.sendall(b"\0\x5a" + bytes(6))
                threading.Thread(target=self.pump, args=(far, conn),
                                 daemon=True).start()
                self.pump(conn, far)
            except OSError:
                pass

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


LIBCRYPT = ctypes.CDLL("libcrypt.so.1")
LIBCRYPT.crypt.restype = ctypes.c_char_p


def encrypted(password, setting=b"$6$rounds=1000$saltsalt"):
    return LIBCRYPT.crypt(password, setting)


def login(user, password):
    """The message of RFC 1929."""
    return b"\1" + bytes([len(user)]) + user + bytes([len(password)]) + password


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Daemon:
    """The daemon under test, its log and its children."""

    def __init__(self, binary, echo, env=None, wrap=(), user=None, users=None,
                 auth="none", more="", files=()):
        """users: pairs of name and hash, and a second listener that wants
        logins as auth says; more: lines at the end of the config; files:
        names in its folder, @DIR@, and what is in them."""
        self.port = free_port()
        self.login_port = free_port()
        self.dir = tempfile.TemporaryDirectory()
        os.chmod(self.dir.name, 0o777)
        self.log = []
        self.news = threading.Condition()
        conf = os.path.join(self.dir.name, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"set relays 2\n"
                    f"quotas \"{os.getcwd()}/quotas\"\n"
                    f"set timeout connect 3s handshake 2s\n"
                    f"listen on 127.0.0.1 port {self.port}\n"
                    f"resolver {{ nameserver 127.0.0.1 port {free_port()} "
                    f"}}\n"
                    f"pass from any to 127.0.0.1 port {echo}\n"
                    f"pass from any to any\n")
            if users is not None:
                f.write(f"set auth throttle off\n"
                        f"listen on 127.0.0.1 port {self.login_port} "
                        f"auth {auth}\n"
                        f"users \"{self.dir.name}/users\"\n")
            f.write(more.replace("@DIR@", self.dir.name) + "\n")
        for name, text in files:
            self.write(name, text)
        self.write_users(users or [], user)
        self.sock = os.path.join(self.dir.name, "ctl")
        # pylint: disable=consider-using-with
        self.proc = subprocess.Popen(
            [*wrap, binary, "-dv", "-f", conf, "-s", self.sock],
            env={"PATH": "/usr/bin:/bin"} | (env or {}), user=user,
            group=user, extra_groups=None if user is None else [],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace")
        threading.Thread(target=self.read, daemon=True).start()

    def write(self, name, text):
        """A file that is there all at once."""
        path = os.path.join(self.dir.name, name)
        with open(path + ".new", "w", encoding="ascii") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text)
        os.rename(path + ".new", path)

    def write_users(self, users, owner=None):
        path = os.path.join(self.dir.name, "users")
        with open(path, "wb") as f:
            os.fchmod(f.fileno(), 0o600)
            os.fchown(f.fileno(), -1 if owner is None else owner, -1)
            for name, crypted in users:
                f.write(name + b":" + crypted + b"\n")

    def read(self):
        for line in self.proc.stderr:
            line = MARK.sub("", line)
            with self.news:
                # A flood is not worth the memory.
                if len(self.log) < 1000 or " xxxx" not in line:
                    self.log.append(line.rstrip("\n")[:300])
                self.news.notify_all()
        with self.news:
            self.log.append("end of log")
            self.news.notify_all()

    def wait(self, pattern, seen=0):
        """The first line that matches, after so many, waiting for it; or
        None."""
        end = time.monotonic() + LIMIT
        with self.news:
            while True:
                for line in self.log[seen:]:
                    if re.search(pattern, line):
                        return line
                seen = len(self.log)
                if self.log and self.log[-1] == "end of log" or \
                        not self.news.wait(end - time.monotonic()):
                    return None

    def children(self):
        """Process ids by role and instance, as logged when ready."""
        found = {}
        for line in list(self.log):
            m = re.match(r"(\w+) (\d+) is ready \(pid (\d+)\)", line)
            if m:
                found.setdefault((m[1], int(m[2])), []).append(int(m[3]))
        return found

    def memory_kb(self, pid):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                return int(re.search(r"VmRSS:\s*(\d+)", f.read())[1])
        except (OSError, TypeError):
            return 0

    def stop(self):
        if self.proc.poll() is None:
            # The second one means: do not wait for sessions.
            self.proc.send_signal(signal.SIGTERM)
            self.wait("^stopping")
            self.proc.send_signal(signal.SIGTERM)
        try:
            self.proc.wait(LIMIT)
        except subprocess.TimeoutExpired:
            fail("the daemon does not end")
            self.proc.kill()
            self.proc.wait()
        self.dir.cleanup()


class Client:
    """One SOCKS client."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), LIMIT)

    def greet(self, timeout, method=0):
        """Is there a relay that answers?"""
        self.sock.settimeout(timeout)
        try:
            self.sock.sendall(bytes([5, 1, method]))
            return self.sock.recv(2) == bytes([5, method])
        except OSError:
            return False
        finally:
            self.sock.settimeout(LIMIT)

    def login(self, user, password):
        """Whether it is let in; None if there is no answer."""
        try:
            self.sock.sendall(login(user, password))
            answer = self.sock.recv(2)
        except OSError:
            return None
        return answer[1] == 0 if len(answer) == 2 else None

    def ask(self, host, port):
        """Sends a request to connect."""
        if re.match(r"[\d.]+$", host):
            addr = b"\1" + socket.inet_aton(host)
        else:
            addr = b"\3" + bytes([len(host)]) + host.encode()
        self.sock.sendall(b"\5\1\0" + addr + struct.pack(">H", port))

    def reply(self):
        """Its code, or None."""
        try:
            reply = self.sock.recv(10)
            return reply[1] if len(reply) == 10 else None
        except OSError:
            return None

    def request(self, host, port):
        """The same, asked for just before."""
        try:
            self.ask(host, port)
        except OSError:
            return None
        return self.reply()

    def echoes(self):
        try:
            self.sock.sendall(b"hello")
            return self.sock.recv(5) == b"hello"
        except OSError:
            return False

    def close(self):
        self.sock.close()


def opened(daemon, echo, user=None, password=None):
    """A session through the daemon, tried until a relay takes it."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        try:
            c = Client(daemon.port if user is None else daemon.login_port)
        except OSError:
            time.sleep(0.1)
            continue
        if c.greet(1, 0 if user is None else 2) and \
                (user is None or c.login(user, password)) and \
                c.request("127.0.0.1", echo.port) == 0 and c.echoes():
            return c
        c.close()
    return None
