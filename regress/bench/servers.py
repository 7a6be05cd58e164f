# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""The proxies that bench.py measures: how each is started and ended.

They are started in the foreground on loopback with configurations of our own.
Those of PEERS are no packages of the system: they run if their program is in
the folder that the variable PEERS of the environment names.
"""

import json
import os
import shutil
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOCKS5D = os.path.join(HERE, "../../socks5d/socks5d")


class Failed(Exception):
    """One run did not work; the table shows a dash for it."""


def free_port():
    """A port that the kernel chose; nobody had it a moment ago."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A proxy in the foreground: started for one run, ended by its pid."""

    plain = False
    login = None
    program = None  # of Debian or in $PEERS; None: ours
    packaged = True

    def __init__(self, folder, target=0):
        self.folder = folder
        self.port = free_port()
        self.target = target
        # What it says goes to a file, as a log does.
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=folder)
        self.pid = self.process.pid
        self.wait_ready()

    def command(self):
        raise NotImplementedError

    @classmethod
    def path(cls):
        """Where its program is, or None."""
        if cls.program is None or cls.packaged:
            return shutil.which(cls.program or "true")
        folder = os.environ.get("PEERS")
        return folder and shutil.which(cls.program,
                                       path=os.path.abspath(folder))

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def wait_ready(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)
        self.stop()
        with open(os.path.join(self.folder, "log"), encoding="ascii",
                  errors="replace") as f:
            raise Failed("did not start: " + f.read()[-500:])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class Socks5d(Server):
    """With its session log on, as it is by default."""

    binary = SOCKS5D
    relays = 1
    rules = 0

    def command(self):
        rules = "".join(self.rule(i) for i in range(self.rules))
        conf = self.write("socks5d.conf", f"""
set relays {self.relays}
set limit half-open 16384 per-source 16384 source-sessions 1000000
set timeout drain 0s
log to stderr
listen on 127.0.0.1 port {self.port}{self.users()}
pass from localhost to {{ any, <internal> }}
{rules}""")
        return [self.binary, "-d", "-f", conf,
                "-s", os.path.join(self.folder, "ctl")]

    def users(self):
        """What follows the line of the listener."""
        return ""

    def rule(self, i):
        """Of several kinds, and none matches: all are to be asked."""
        net = "%d.%d" % (i // 250, i % 250)
        return (f"block from localhost to 198.{net}.0/24 port {1 + i}\n",
                f"pass from 10.{net}.0/24 port {{ 80, 443 }}\n",
                f"block from !localhost to !10.{net}.0/24\n",
                "block from localhost to {%s}\n" % ", ".join(
                    f"20.{n}.{net}" for n in range(8)))[i % 4]


class Socks5d2(Socks5d):
    relays = 2


class Socks5dRules(Socks5d):
    rules = 1000


class Socks5dLogin(Socks5d):
    """A login for each session; the first ones are hashed, before it counts."""

    login = "bench:correct horse"
    hashed = ("$y$j9T$4vJHxdX0mzPpYcUFAmKtm."
              "$4yMIdm2r5Es4v1aI5BXecXlbF0wy8ZH36Owx88swc0/")

    def users(self):
        path = self.write("users", f"bench:{self.hashed}\n", 0o600)
        return f' auth required\nusers "{path}"'


class Socks5dBase(Socks5d):
    """Another build, to be compared with; see -b."""


class Microsocks(Server):
    program = "microsocks"

    def command(self):
        return ["microsocks", "-i", "127.0.0.1", "-p", str(self.port)]


class Dante(Server):
    program = "danted"

    def command(self):
        conf = self.write("danted.conf", f"""
logoutput: stderr
internal: 127.0.0.1 port = {self.port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 log: disconnect }}
""")
        return ["danted", "-f", conf, "-p", os.path.join(self.folder, "pid")]


class Haproxy(Server):
    """No SOCKS at all: a bare relay to one target, and no log."""

    program = "haproxy"
    plain = True

    def command(self):
        conf = self.write("haproxy.cfg", f"""
global
	nbthread 1
	maxconn 6000
defaults
	mode tcp
	option splice-auto
	timeout connect 10s
	timeout client 10m
	timeout server 10m
listen relay
	bind 127.0.0.1:{self.port}
	server target 127.0.0.1:{self.target}
""")
        return ["haproxy", "-db", "-q", "-f", conf]


class V2ray(Server):
    """Its log of sessions is on, as it is by default."""

    program = "v2ray"

    def command(self):
        conf = self.write("v2ray.json", json.dumps({
            "inbounds": [{
                "listen": "127.0.0.1", "port": self.port, "protocol": "socks",
                "settings": {"auth": "noauth", "udp": True,
                             "ip": "127.0.0.1"}}],
            "outbounds": [{"protocol": "freedom"}]}))
        return ["v2ray", "-config", conf]


class Hev(Server):
    """One worker, as socks5d has one relay."""

    program = "hev-socks5-server"
    packaged = False

    def command(self):
        conf = self.write("hev.yml", f"""
main:
  workers: 1
  port: {self.port}
  listen-address: '127.0.0.1'
misc:
  limit-nofile: 65535
""")
        return [self.path(), conf]


class Gwproxy(Server):
    program = "gwproxy"
    packaged = False

    def command(self):
        return [self.path(), "--as-socks5=1",
                f"--bind=127.0.0.1:{self.port}", "--nr-workers=1",
                "--nr-dns-workers=1", "--log-level=2", "--acl-allow-all"]


class Threeproxy(Server):
    program = "3proxy"
    packaged = False

    def command(self):
        conf = self.write("3proxy.cfg", f"""
maxconn 6000
auth none
allow *
socks -p{self.port} -i127.0.0.1 -e127.0.0.1
""")
        return [self.path(), conf]


SERVERS = {"socks5d": Socks5d, "socks5d-2": Socks5d2,
           "socks5d-rules": Socks5dRules, "socks5d-login": Socks5dLogin,
           "microsocks": Microsocks, "dante": Dante, "haproxy": Haproxy,
           "v2ray": V2ray, "hev": Hev, "gwproxy": Gwproxy,
           "3proxy": Threeproxy}
