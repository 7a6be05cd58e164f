#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Clients that people use, with real content, with logins and without.

. "$(atf_get_srcdir)/lib/daemon.sh"
. "$(atf_get_srcdir)/lib/sshd.sh"

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
		listen on localhost port $port
		pass from localhost to { any, <internal> }
	EOT
}

hash_of() {
	sha256sum "$1" | cut -d' ' -f1
}

# n bytes of the pattern that target.py sends.
pattern() {
	python3 -c "import target, sys
sys.stdout.buffer.write(target.pattern($1))"
}

client_case curl_v4 "curl reaches an IPv4 target by address" curl
curl_v4_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 \
	    --socks5 "127.0.0.1:$port" "http://127.0.0.1:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

client_case curl_v6 "curl reaches an IPv6 target by address" curl
curl_v6_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 -g \
	    --socks5-hostname "[::1]:$port" "http://[::1]:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

client_case curl_name "curl has the proxy look a name up" curl
curl_name_body() {
	start
	target source 100000
	atf_check -o save:got curl -sS --http0.9 \
	    --socks5-hostname "127.0.0.1:$port" "http://localhost:$TARGET/"
	atf_check_equal 100000 "$(wc -c <got)"
	daemon_end
}

client_case curl_down "curl loads 64 MiB, byte for byte" curl
curl_down_body() {
	start
	target http
	pattern 67108864 >want
	atf_check curl -sS -o got --socks5-hostname "127.0.0.1:$port" \
	    "http://127.0.0.1:$TARGET/67108864"
	atf_check cmp want got
	daemon_end
}

client_case curl_up "curl sends 64 MiB, byte for byte" curl
curl_up_body() {
	start
	target http
	head -c 67108864 /dev/urandom >sent
	atf_check -o inline:"$(hash_of sent)" curl -sS -T sent -H Expect: \
	    --socks5-hostname "127.0.0.1:$port" "http://127.0.0.1:$TARGET/"
	daemon_end
}

client_case curl_parallel "50 transfers of curl at once" curl
curl_parallel_body() {
	start
	target http
	pattern 1048576 >want
	i=0
	while [ $i -lt 50 ]; do
		echo "url = http://127.0.0.1:$TARGET/1048576"
		echo "output = got.$i"
		i=$((i + 1))
	done >urls
	atf_check -e ignore curl -sS --parallel --parallel-immediate \
	    --parallel-max 50 --socks5-hostname "127.0.0.1:$port" -K urls
	atf_check_equal 50 "$(find . -name 'got.*' | wc -l)"
	for f in got.*; do
		cmp want "$f" || atf_fail "$f is damaged"
	done
	daemon_end
}

client_case nc_both "nc over IPv4, IPv6 and by name, FIN first" nc
nc_both_body() {
	start
	target echo
	for host in 127.0.0.1 ::1 localhost; do
		atf_check -o inline:"hello\n" sh -c "echo hello | nc -N \
		    -X 5 -x 127.0.0.1:$port $host $TARGET"
	done
	daemon_end
}

client_case ncat_echo "ncat through the proxy" ncat
ncat_echo_body() {
	start
	target echo
	atf_check -o inline:"hello\n" sh -c "echo hello | ncat \
	    --proxy-type socks5 --proxy 127.0.0.1:$port 127.0.0.1 $TARGET"
	daemon_end
}

client_case python_echo "a client that sends what RFC 1928 shows" python3
python_echo_body() {
	start
	target echo
	atf_check -o inline:"hello\n" python3 -c "
import socks
s = socks.session($port, '127.0.0.1', $TARGET)
s.sendall(b'hello')
print(socks.read_exactly(s, 5).decode())
"
	daemon_end
}

# ssh_by proxy-command: prints the SHA-256 of what came through.
ssh_by() {
	$LIMIT ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=no \
	    -o UserKnownHostsFile="$PWD/known" -i "$PWD/user" -p "$sshport" \
	    -o ProxyCommand="$1" "$(id -un)@127.0.0.1" \
	    'sha256sum | cut -d" " -f1' <sent
}

client_case ssh_nc "ssh with nc as its proxy command" "ssh sshd nc ssh-keygen"
ssh_nc_body() {
	start
	sshd_start
	head -c 1000000 /dev/urandom >sent
	ssh_by "nc -X 5 -x 127.0.0.1:$port %h %p" >got 2>err
	atf_check_equal "$(hash_of sent)" "$(cat got)"
	daemon_end
}

client_case ssh_ncat "ssh with ncat as its proxy command, with a login" \
    "ssh sshd ncat ssh-keygen"
ssh_ncat_body() {
	start_logins
	sshd_start
	head -c 1000000 /dev/urandom >sent
	_ncat="ncat --proxy-type socks5 --proxy 127.0.0.1:$required"
	ssh_by "$_ncat --proxy-auth alice:wonderland %h %p" >got 2>err
	atf_check_equal "$(hash_of sent)" "$(cat got)"
	session_said " user=alice .* target=127.0.0.1:$sshport .* rep=0 "
	if ssh_by "$_ncat --proxy-auth alice:wrong %h %p" >got 2>err; then
		atf_fail "a wrong password opened the way"
	fi
	session_said " user=alice .* cause=login-failed .*\"wrong password\""
	logins_end
}

# browse port: prints the page as the browser shows it, scripts done.
browse() {
	HOME=$PWD/home $LIMIT chromium --headless --no-sandbox --disable-gpu \
	    --disable-quic --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync \
	    --user-data-dir="$PWD/profile" \
	    --proxy-server="socks5://127.0.0.1:$1" \
	    --proxy-bypass-list="<-loopback>" --virtual-time-budget=10000 \
	    --dump-dom "http://localhost:$TARGET/page"
}

client_case browser "a headless browser loads a page and what it asks for" \
    chromium
browser_body() {
	start
	target http
	browse "$port" >got 2>err
	atf_check -o match:"fetched 1000" cat got
	atf_check -o match:"target=localhost:$TARGET .*rep=0" cat daemon.log
	daemon_quit
}

client_case browser_optional "a browser where logins are welcome, without" \
    chromium
browser_optional_body() {
	start_logins
	target http
	browse "$optional" >got 2>err
	atf_check -o match:"fetched 1000" cat got
	atf_check -o match:" user=- .*target=localhost:$TARGET .*rep=0" \
	    cat daemon.log
	atf_check -s exit:1 grep -E "Z session .*( user=[^-]|login-failed)" \
	    daemon.log
	daemon_quit
}

# Three listeners, and users of login.py.  Nobody is banned, since all clients
# come from one address.  "want" is what they should get.
start_logins() {
	none=$(freeport)
	optional=$(freeport)
	required=$(freeport)
	python3 "$SRC/cases/login.py" users users
	pattern 1000 >want
	target source 1000
	sessions_said=0
	daemon_start <<-EOT
		set relays 2
		set auth throttle ${throttle-off}
		users "$PWD/users"
		listen on localhost port $none
		listen on localhost port $optional auth optional
		listen on localhost port $required auth required
		pass from localhost to { any, <internal> }
		pass from localhost to 192.0.2.80 rdr-to 127.0.0.1
	EOT
}

logins_end() {
	atf_check -s exit:1 grep -F -e wonderland -e '$6$' -e '$y$' daemon.log
	daemon_end
}

# session_said regular-expression: of the next session that ended.
session_said() {
	sessions_said=$((sessions_said + 1))
	await -t 30 -n $sessions_said daemon.log "session id=" ||
	    atf_fail "no line for $client"
	_line=$(grep "Z session id=" daemon.log | sed -n "${sessions_said}p")
	echo "$_line" | grep -Eq "$1" || atf_fail "$client: no $1 in: $_line"
}

# opens user port [name password]: the client gets everything, and that user is
# in the log.
opens() {
	_user=$1; shift
	if ! $client "$@" >got 2>err || ! cmp want got; then
		atf_fail "$client $*: $(wc -c <got) bytes: $(cat err)"
	fi
	session_said " user=$_user .* command=connect .* rep=0 "
}

# denied user cause port [name password]: the client fails and says why, as
# the log does.
denied() {
	_user=$1; _cause=$2; shift 2
	if $client "$@" >got 2>err; then
		atf_fail "$client $*: was let in"
	fi
	atf_check_equal 0 "$(wc -c <got)"
	[ -s err ] || atf_fail "$client $*: fails without a word"
	session_said " user=$_user .* command=- .* rep=- cause=$_cause"
}

unknown="login-failed .* hint=\"unknown user\""
wrong="login-failed .* hint=\"wrong password\""
empty="login-failed .* hint=\"empty password\""

# What holds of each client with a login of its own.
logins_of() {
	client=$1
	opens - "$none"
	opens - "$none" alice wonderland
	opens - "$optional"
	opens alice "$optional" alice wonderland
	denied alice "$wrong" "$optional" alice wrong
	denied - no-method "$required"
	opens alice "$required" alice wonderland
	denied alice "$wrong" "$required" alice wrong
	denied nobody "$unknown" "$required" nobody wonderland
}

# of n character: so many of them
of() {
	printf "%$1s" "" | tr " " "$2"
}

long_ones() {
	opens "$(of 255 N)" "$required" "$(of 255 N)" "$(of 255 p)"
	denied "$(of 255 N)" "$wrong" "$required" "$(of 255 N)" "$(of 254 p)"
	denied "$(of 254 N)" "$unknown" "$required" "$(of 254 N)" \
	    "$(of 255 p)"
}

empty_ones() {
	opens carol "$required" carol ""
	denied - "$unknown" "$required" "" wonderland
	denied alice "$empty" "$required" alice ""
	opens - "$optional" alice ""
}

# curl decodes what it is given.
by_curl() {
	$LIMIT curl -sS --http0.9 --socks5-hostname "127.0.0.1:$1" \
	    ${2+--proxy-user "$2:$3"} "http://127.0.0.1:$TARGET/"
}

client_case login_curl "curl logs in, with any bytes" curl
login_curl_body() {
	start_logins
	logins_of by_curl
	long_ones
	empty_ones
	denied - "$empty" "$required" "" ""
	python3 -c "
import login, urllib.parse
for name, password, options in login.USERS:
    if not options:
        print(*(''.join('%%%02x' % b for b in word) or '-'
                for word in (name, password)))" >encoded
	atf_check -o not-inline:"0\n" grep -c "%ff" encoded
	while read -r _name _password; do
		opens ".*" "$required" "$_name" "${_password#-}"
	done <encoded
	logins_end
}

# -E: "socks" is PySocks, not ours.
by_pysocks() {
	$LIMIT /usr/bin/python3 -E -c "
import socks, sys
port, target, *login = sys.argv[1:]
s = socks.socksocket()
s.set_proxy(socks.SOCKS5, '127.0.0.1', int(port), True, *login)
s.connect(('127.0.0.1', int(target)))
while data := s.recv(65536):
    sys.stdout.buffer.write(data)
" "$1" "$TARGET" ${2+"$2" "$3"}
}

# It offers no login without a password, and its lengths beyond 127 are wrong.
client_case login_pysocks "PySocks logs in"
login_pysocks_body() {
	start_logins
	logins_of by_pysocks
	opens "$(of 127 m)" "$required" "$(of 127 m)" "$(of 127 p)"
	denied - no-method "$required" carol ""
	denied ".*" "$unknown" "$required" "$(of 255 N)" "$(of 255 p)"
	logins_end
}

by_perl() {
	$LIMIT perl -e '
use IO::Socket::Socks;
my ($port, $target, @login) = @ARGV;
my $s = IO::Socket::Socks->new(ProxyAddr => "127.0.0.1",
    ProxyPort => $port, ConnectAddr => "127.0.0.1", ConnectPort => $target,
    @login ? (AuthType => "userpass", Username => $login[0],
    Password => $login[1]) : ()) or die "$SOCKS_ERROR\n";
print while <$s>;
' "$1" "$TARGET" ${2+"$2" "$3"}
}

client_case login_perl "Perl's IO::Socket::Socks logs in" perl
login_perl_body() {
	start_logins
	logins_of by_perl
	long_ones
	empty_ones
	denied - "$empty" "$required" "" ""
	opens "j.*rg" "$required" "$(printf 'j\303\266rg')" \
	    "$(printf 'stra\303\237e')"
	logins_end
}

# Debian's modules are where only Debian's node looks by itself.
by_node() {
	NODE_PATH=/usr/share/nodejs $LIMIT node -e '
const { SocksClient } = require("socks");
const [port, target, userId, password] = process.argv.slice(1);
SocksClient.createConnection({ command: "connect",
    proxy: { host: "127.0.0.1", port: +port, type: 5, userId, password },
    destination: { host: "127.0.0.1", port: +target },
}).then(({ socket }) => {
    socket.pipe(process.stdout);
    socket.resume();
}, error => {
    console.error(error.message);
    process.exitCode = 1;
});
' "$1" "$TARGET" ${2+"$2" "$3"}
}

client_case login_node "Node's socks logs in" node
login_node_body() {
	start_logins
	logins_of by_node
	long_ones
	empty_ones
	opens "j.*rg" "$required" "$(printf 'j\303\266rg')" \
	    "$(printf 'stra\303\237e')"
	logins_end
}

by_ncat() {
	$LIMIT ncat --proxy-type socks5 --proxy "127.0.0.1:$1" \
	    ${2+--proxy-auth "$2:$3"} 127.0.0.1 "$TARGET" </dev/null
}

client_case login_ncat "ncat logs in" ncat
login_ncat_body() {
	start_logins
	logins_of by_ncat
	long_ones
	empty_ones
	denied - "$empty" "$required" "" ""
	logins_end
}

by_nc() {
	$LIMIT nc -X 5 -x "127.0.0.1:$1" 127.0.0.1 "$TARGET" </dev/null
}

client_case login_nc "nc, which knows no logins, where none is needed" nc
login_nc_body() {
	start_logins
	client=by_nc
	opens - "$none"
	opens - "$optional"
	denied - no-method "$required"
	logins_end
}

# by_proxychains port name password program...
by_proxychains() {
	cat >proxychains.conf <<-EOT
		strict_chain
		[ProxyList]
		socks5 127.0.0.1 $1 $2 $3
	EOT
	shift 3
	$LIMIT proxychains4 -f proxychains.conf "$@" </dev/null
}

by_proxychains_curl() {
	by_proxychains "$1" "$2" "$3" curl -sS --http0.9 \
	    "http://127.0.0.1:$TARGET/"
}

by_proxychains_nc() {
	by_proxychains "$1" "$2" "$3" nc 127.0.0.1 "$TARGET"
}

client_case login_proxychains "programs that proxychains has log in" \
    "proxychains4 curl nc"
login_proxychains_body() {
	start_logins
	logins_of by_proxychains_curl
	long_ones
	logins_of by_proxychains_nc
	logins_end
}

# Without a login java(1) sends the name of its user and an empty password, and
# it offers that to every proxy.
java_program() {
	cat >Ask.java <<-EOT
	import java.net.*;

	public class Ask {
	    public static void main(String[] a) throws Exception {
	        if (a.length > 2)
	            Authenticator.setDefault(new Authenticator() {
	                protected PasswordAuthentication
	                        getPasswordAuthentication() {
	                    return new PasswordAuthentication(a[2],
	                        a[3].toCharArray());
	                }
	            });
	        Socket s = new Socket(new Proxy(Proxy.Type.SOCKS,
	            new InetSocketAddress("127.0.0.1",
	            Integer.parseInt(a[0]))));
	        s.connect(new InetSocketAddress("127.0.0.1",
	            Integer.parseInt(a[1])));
	        s.getOutputStream().write(
	            "GET / HTTP/1.0\\r\\n\\r\\n".getBytes());
	        s.getInputStream().transferTo(System.out);
	        System.out.flush();
	    }
	}
	EOT
	atf_check -e ignore javac -proc:none Ask.java
}

by_java() {
	_port=$1
	shift
	$LIMIT java -XX:TieredStopAtLevel=1 -Duser.name=worker -cp . Ask \
	    "$_port" "$TARGET" "$@"
}

client_case login_java "Java without a login is a stranger, and no guesser" \
    "java javac"
login_java_body() {
	throttle="after 3 failures in 1h ban 1h" start_logins
	java_program
	client=by_java
	for _i in 1 2 3 4; do
		opens - "$optional"
	done
	opens alice "$optional" alice wonderland
	denied worker "$empty" "$required"
	denied alice "$wrong" "$required" alice wrong
	opens alice "$required" alice wonderland
	atf_check_equal 0 "$(counter bans)"
	logins_end
}

# Without any password tsocks gives up when it is asked for one.  It takes the
# network of loopback for one that needs no proxy.
by_tsocks() {
	cat >tsocks.conf <<-EOT
		server = 127.0.0.1
		server_port = $1
		server_type = 5
	EOT
	env TSOCKS_CONF_FILE="$PWD/tsocks.conf" TSOCKS_USERNAME="${2-worker}" \
	    ${3+"TSOCKS_PASSWORD=$3"} $LIMIT tsocks curl -sS --http0.9 \
	    "http://192.0.2.80:$TARGET/"
}

client_case login_tsocks "tsocks with an empty password is a stranger" \
    "tsocks curl"
login_tsocks_body() {
	throttle="after 3 failures in 1h ban 1h" start_logins
	client=by_tsocks
	opens - "$none"
	for _i in 1 2 3 4; do
		opens - "$optional" worker ""
	done
	opens alice "$optional" alice wonderland
	denied worker "$empty" "$required" worker ""
	denied alice "$wrong" "$required" alice wrong
	opens alice "$required" alice wonderland
	atf_check_equal 0 "$(counter bans)"
	logins_end
}

# What a BIND of these clients is told is where somebody connects who says
# hello; they print what they were told of him, and what he says.
bound_said() {
	until_is 10 0 sessions || atf_fail "sessions are left"
	atf_check_equal 2 "$(counter binds)"
	cat got
	awk '$1 != "127.0.0.1" || $2 == 0 { exit 1 }' got || atf_fail "told"
	atf_check_equal "hello hello" "$(awk '{ print $3 }' got | xargs)"
	atf_check_equal 2 "$(grep -c "command=bind .* rep=0 cause=closed" \
	    daemon.log)"
}

client_case bind_perl "Perl's IO::Socket::Socks has somebody connect" perl
bind_perl_body() {
	start
	for _from in 127.0.0.1 0.0.0.0; do
		$LIMIT perl -e '
use IO::Socket::INET;
use IO::Socket::Socks;
my $s = IO::Socket::Socks->new(ProxyAddr => "127.0.0.1",
    ProxyPort => $ARGV[0], BindAddr => $ARGV[1], BindPort => 0)
    or die "$SOCKS_ERROR\n";
my ($host, $port) = $s->dst;
my $p = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
    or die "peer: $!\n";
$s->accept or die "$SOCKS_ERROR\n";
print $p "hello\n";
$p->shutdown(1);
($host, $port) = $s->dst;
print "$host $port ", <$s>;
' "$port" "$_from" >>got || atf_fail "see above"
	done
	bound_said
	daemon_end
}

client_case bind_node "Node's socks has somebody connect" node
bind_node_body() {
	start
	for _from in 127.0.0.1 0.0.0.0; do
		NODE_PATH=/usr/share/nodejs $LIMIT node -e '
const { SocksClient } = require("socks");
const net = require("net");
const [port, host] = process.argv.slice(1);
const client = new SocksClient({ command: "bind",
    proxy: { host: "127.0.0.1", port: +port, type: 5 },
    destination: { host, port: 0 },
});
client.on("error", error => {
    console.error(error.message);
    process.exitCode = 1;
});
client.on("bound", info => {
    const peer = net.connect(info.remoteHost.port, info.remoteHost.host);
    peer.end("hello\n");
});
client.on("established", info => {
    const told = info.remoteHost;
    process.stdout.write(`${told.host} ${told.port} `);
    info.socket.pipe(process.stdout);
    info.socket.resume();
});
client.connect();
' "$port" "$_from" >>got || atf_fail "see above"
	done
	bound_said
	daemon_end
}
