#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Clients that people use for UDP: each asks for its association, addresses its
# datagrams and understands answers in its own way.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/dns.sh"
. "$(atf_get_srcdir)/lib/net.sh"

# Before every client: none may hang for ever.
LIMIT="timeout 60"

client_case() {
	CASE_PROGS=$3
	daemon_case "$1" "$2" 120
}

start() {
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit waiting 1024
		log to stderr sessions
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
}

# udpd [address ...]: their server; its port is then in $UDPD.
udpd() {
	$INSIDE python3 "$SRC/peers/udpd.py" udpd.port "$@" >udpd.log 2>&1 &
	echo $! >other.udpd.pid
	await udpd.port "." || atf_fail "udpd did not start"
	UDPD=$(cut -d. -f1 udpd.port)
}

# ended pattern: how many associations have ended as it says.
ended() {
	grep -c " command=udp .* cause=closed .*$1" daemon.log
}

# associated n: so many have, each with its client, and with nothing dropped.
associated() {
	until_is 10 "$1" ended "drops=-" || {
		cat daemon.log >&2
		atf_fail "not $1 associations that dropped nothing"
	}
	atf_check_equal "$1" "$(grep -c " command=udp " daemon.log)"
}

# payloads that clients send: what came back of each is printed as a number.
sizes="0 1 100 1200 1472 9000 65000"
came="0,1,100,1200,1472,9000,65000"

# -E: "socks" is PySocks, not ours.
pysocks() {
	/usr/bin/python3 -E -c "import socks" 2>/dev/null ||
	    atf_skip "no python3-socks"
	$LIMIT /usr/bin/python3 -E -c "
import socket, socks, sys
port, target, *sizes = (int(x) for x in sys.argv[1:])
def new():
    s = socks.socksocket(socket.AF_INET, socket.SOCK_DGRAM)
    s.set_proxy(socks.SOCKS5, '127.0.0.1', port)
    s.settimeout(20)
    return s
$1
" "$port" "$UDPD" $sizes
}

client_case pysocks "PySocks, to IPv4, IPv6 and names in one association" \
    python3
pysocks_body() {
	udpd
	start
	pysocks "
s = new()
for host in '127.0.0.1', '::1', 'localhost':
    got = []
    for n in sizes:
        s.sendto(b'p' * n, (host, target))
        data, peer = s.recvfrom(1 << 16)
        assert data == b'p' * n, (host, n, len(data))
        got.append(str(len(data)))
    print(peer[0], peer[1] == target, ','.join(got))
s.close()
" >got || atf_fail "see above"
	atf_check_equal "127.0.0.1 True $came" "$(sed -n 1p got)"
	atf_check_equal "::1 True $came" "$(sed -n 2p got)"
	atf_check -o match:"(127.0.0.1|::1) True $came" sed -n 3p got
	associated 1
	daemon_end
}

client_case pysocks_connected "PySocks, connected: what it sent to answers" \
    python3
pysocks_connected_body() {
	udpd
	start
	pysocks "
for host in '127.0.0.1', 'localhost':
    s = new()
    s.connect((host, target))
    got = []
    for n in sizes:
        s.send(b'p' * n)
        got.append(str(len(s.recv(1 << 16))))
    print(','.join(got))
    s.close()
" >got || atf_fail "see above"
	printf '%s\n%s\n' "$came" "$came" >want
	atf_check cmp want got
	associated 2
	daemon_end
}

client_case pysocks_many "PySocks, 100 associations at once" python3
pysocks_many_body() {
	udpd
	start
	pysocks "
all = [new() for _ in range(100)]
for i, s in enumerate(all):
    s.sendto(b'mine is %d' % i, ('127.0.0.1', target))
for i, s in enumerate(all):
    assert s.recvfrom(100)[0] == b'mine is %d' % i, i
for s in all:
    s.close()
" || atf_fail "see above"
	associated 100
	daemon_end
}

client_case perl "Perl's IO::Socket::Socks, by address and by name" perl
perl_body() {
	perl -MIO::Socket::Socks -e 1 2>/dev/null ||
	    atf_skip "no libio-socket-socks-perl"
	udpd
	start
	$LIMIT perl -e '
use IO::Socket::Socks;
use Socket qw(:DEFAULT inet_ntop inet_pton unpack_sockaddr_in6
    pack_sockaddr_in6 sockaddr_family);
my ($port, $target, @sizes) = @ARGV;
my $s = IO::Socket::Socks->new(UdpAddr => "127.0.0.1", UdpPort => 0,
    ProxyAddr => "127.0.0.1", ProxyPort => $port) or die "$SOCKS_ERROR\n";
my @to = (pack_sockaddr_in($target, inet_aton("127.0.0.1")),
    pack_sockaddr_in6($target, inet_pton(AF_INET6, "::1")),
    ["localhost", $target]);
for my $to (@to) {
	my @got;
	my $from;
	for my $n (@sizes) {
		defined $s->send("p" x $n, 0, $to) or die "send $n: $!\n";
		my $data;
		defined($from = $s->recv($data, 65536)) or die "recv: $!\n";
		$data eq "p" x $n or die "$n: another payload\n";
		push @got, length $data;
	}
	print sockaddr_family($from) == AF_INET ? 4 : 6, " ",
	    join(",", @got), "\n";
}
' "$port" "$UDPD" $sizes >got || atf_fail "see above"
	atf_check_equal "4 $came" "$(sed -n 1p got)"
	atf_check_equal "6 $came" "$(sed -n 2p got)"
	atf_check -o match:"[46] $came" sed -n 3p got
	associated 1
	daemon_end
}

# Debian's modules are where only Debian's node looks by itself.
client_case node "Node's socks, by address and by name" node
node_body() {
	NODE_PATH=/usr/share/nodejs node -e 'require("socks")' 2>/dev/null ||
	    atf_skip "no node-socks"
	udpd
	start
	NODE_PATH=/usr/share/nodejs $LIMIT node -e '
const { SocksClient } = require("socks");
const dgram = require("dgram");
const [port, target, ...sizes] = process.argv.slice(1).map(Number);
const hosts = ["127.0.0.1", "::1", "localhost"];
const todo = hosts.flatMap(host => sizes.map(size => ({ host, size })));
const got = {};
const udp = dgram.createSocket("udp4");
const client = new SocksClient({ command: "associate",
    proxy: { host: "127.0.0.1", port, type: 5 },
    destination: { host: "0.0.0.0", port: 0 },
});
client.on("error", error => {
    console.error(error.message);
    process.exit(1);
});
client.on("established", info => {
    const next = () => {
        if (todo.length == 0) {
            for (const host of hosts)
                console.log(got[host].join(","));
            info.socket.end();
            udp.close();
            return;
        }
        udp.send(SocksClient.createUDPFrame({
            remoteHost: { host: todo[0].host, port: target },
            data: Buffer.alloc(todo[0].size, "n"),
        }), info.remoteHost.port, info.remoteHost.host);
    };
    udp.on("message", message => {
        const frame = SocksClient.parseUDPFrame(message);
        const { host } = todo.shift();
        if (frame.remoteHost.port != target || frame.frameNumber != 0)
            process.exit(1);
        (got[host] = got[host] || []).push(frame.data.length);
        next();
    });
    next();
});
udp.bind(0, "127.0.0.1", () => client.connect());
' "$port" "$UDPD" $sizes >got || atf_fail "see above"
	printf '%s\n%s\n%s\n' "$came" "$came" "$came" >want
	atf_check cmp want got
	associated 1
	daemon_end
}

# The rest has a client and a server with nothing between them but the daemon,
# since Dante's library goes to loopback by itself.
CASE_USER=root

gateway_case() {
	client_case "$1" "$2" "unshare nsenter ip $3"
}

gateway() {
	net_new world
	net_new inside
	net_new outside
	net_join world inside 1
	net_join world outside 2
	net_daemon world
	port=$(freeport)
	daemon_start <<-EOT
		set relays 2
		set limit waiting 1024
		log to stderr sessions
		listen on 10.9.1.1 port $port
		pass from 10.9.1.0/24 to 10.9.2.2
	EOT
	INSIDE="nsenter -t $(cat other.outside.pid) -n"
	cat >socks.conf <<-EOT
		resolveprotocol: fake
		route {
			from: 0.0.0.0/0 to: 0.0.0.0/0 via: 10.9.1.1 port = $port
			proxyprotocol: socks_v5
			command: connect bind udpassociate
			protocol: tcp udp
			method: none
		}
	EOT
}

# inside command...: a program of the client.
inside() {
	SOCKS_CONF=$PWD/socks.conf $LIMIT \
	    nsenter -t "$(cat other.inside.pid)" -n "$@"
}

gateway_case socksify "a program that socksify has, connected and not" \
    "socksify python3"
socksify_body() {
	gateway
	udpd 10.9.2.2
	inside socksify /usr/bin/python3 -E -c "
import socket, sys
target, *sizes = (int(x) for x in sys.argv[1:])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
sizes = [n for n in sizes if n <= 1472]
for connected in False, True:
    if connected:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(20)
        s.connect(('10.9.2.2', target))
    got = []
    for n in sizes:
        if connected:
            s.send(b'd' * n)
            data = s.recv(1 << 16)
        else:
            s.sendto(b'd' * n, ('10.9.2.2', target))
            data, peer = s.recvfrom(1 << 16)
            assert peer == ('10.9.2.2', target), peer
        assert data == b'd' * n, (connected, n, len(data))
        got.append(str(len(data)))
    print(','.join(got))
" "$UDPD" $sizes >got || atf_fail "see above"
	printf '%s\n%s\n' 0,1,100,1200,1472 0,1,100,1200,1472 >want
	atf_check cmp want got
	associated 2
	daemon_end
}

# Its own calls of the kernel are not seen by the library, so what it sends has
# no header: that is no datagram for anybody.
gateway_case dig "what dig sends past socksify goes nowhere, and harms nothing" \
    "socksify dig"
dig_body() {
	gateway
	nameserver 10.9.2.2 <<-EOT
		www.example.org a=192.0.2.1
	EOT
	for _i in 1 2 3; do
		inside socksify dig +short +tries=1 +timeout=1 @10.9.2.2 \
		    -p "$DNS" www.example.org A >got &&
		    atf_fail "dig was answered"
	done
	atf_check_equal 0 "$(queries ".")"
	until_is 10 3 ended "datagrams_up=0 .*drops=malformed:1" ||
	    atf_fail "no such lines"
	daemon_end
}

gateway_case resolver "a program that socksify has asks a name server" \
    "socksify python3"
resolver_body() {
	gateway
	nameserver 10.9.2.2 <<-EOT
		www.example.org a=192.0.2.1
	EOT
	inside socksify /usr/bin/python3 -E -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
query = (b'\x12\x34\x01\0\0\1\0\0\0\0\0\0' +
         b'\3www\7example\3org\0\0\1\0\1')
for _ in range(20):
    s.sendto(query, ('10.9.2.2', $DNS))
    answer = s.recv(512)
    assert answer[:2] == query[:2] and answer[-4:] == bytes([192, 0, 2, 1])
" || atf_fail "see above"
	atf_check_equal 20 "$(queries "^udp A")"
	associated 1
	daemon_end
}

# Its inbound takes datagrams for one destination, which its outbound carries
# by SOCKS.  In its request it names that destination.
client_case v2ray "v2ray carries datagrams of others" "v2ray python3"
v2ray_body() {
	udpd
	start
	door=$(freeport)
	cat >v2ray.json <<-EOT
	{
	    "log": { "loglevel": "warning" },
	    "inbounds": [ {
	        "listen": "127.0.0.1", "port": $door,
	        "protocol": "dokodemo-door",
	        "settings": { "address": "127.0.0.1", "port": $UDPD,
	            "network": "udp" }
	    } ],
	    "outbounds": [ {
	        "protocol": "socks",
	        "settings": { "servers": [
	            { "address": "127.0.0.1", "port": $port } ] }
	    } ]
	}
	EOT
	if v2ray help 2>&1 | grep -q "^	run "; then
		v2ray run -c v2ray.json >v2ray.log 2>&1 &
	else
		v2ray -config v2ray.json >v2ray.log 2>&1 &
	fi
	echo $! >other.v2ray.pid
	until_is 20 yes opened "$door" || atf_fail "v2ray: $(cat v2ray.log)"
	# Longer ones it does not take.
	$LIMIT python3 -c "
import assoc
clients = [assoc.bound() for _ in range(3)]
for size in (1, 100, 1200, 1472):
    for i, c in enumerate(clients):
        c.sendto(bytes([i]) * size, ('127.0.0.1', $door))
    for i, c in enumerate(clients):
        assert c.recv(1 << 16) == bytes([i]) * size, (i, size)
" || atf_fail "v2ray: $(cat v2ray.log)"
	kill "$(cat other.v2ray.pid)"
	wait "$(cat other.v2ray.pid)"
	rm other.v2ray.pid
	associated 3
	daemon_end
}

# opened port: whether somebody has a UDP socket there.
opened() {
	[ -z "$(ss -Hlun "sport = :$1")" ] || echo yes
}

# A tenth is lost on each of the two ways, in each direction: what arrives is
# right, and all does in the end.
gateway_case lossy "a transfer over ways that lose datagrams" nft
lossy_body() {
	gateway
	udpd 10.9.2.2
	for _net in inside world outside; do
		net_in "$_net" nft -f - <<-EOT
			table inet loss {
				chain input {
					type filter hook input priority 0
					meta l4proto udp numgen random mod 10 < 1 counter drop
				}
			}
		EOT
	done
	total=$(long 2000 50000)
	inside python3 "$SRC/peers/lossy.py" 10.9.1.1 "$port" 10.9.2.2 \
	    "$UDPD" "$total" >got || atf_fail "see above"
	for _net in inside world outside; do
		net_in "$_net" nft list table inet loss
	done >nft.out
	dropped=$(awk '/counter packets/ {
	    for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1)
	    } END { print n }' nft.out)
	echo "$(cat got) sent for $total, $dropped lost"
	# It takes more than that for each to come back.
	[ "$dropped" -gt $((total / 5)) ] || atf_fail "too little was lost"
	associated 1
	daemon_end
}
