#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# socks-proxy-agent 10.1.0 (npm), socks 2.8.11 below it: a proxy that is given by
# its IPv6 address.
#
# Guess: socks5h://[::1]:PORT is reached as socks5h://127.0.0.1:PORT is; socks
#        itself takes "::1" as a proxy's host (90 %).
# Seen:  no connection is made: the agent hands the host over in its brackets,
#        and "[::1]" is looked up as a name: ENOTFOUND.  Without brackets the
#        URL is none.  By IPv4 address it works.
# Means: a proxy that listens on IPv6 alone needs a name (localhost, or one in
#        DNS) before Node programs with this agent can use it; the proxy's log
#        shows nothing of their attempts.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund socks-proxy-agent@10.1.0 \
    socks@2.8.11 >/dev/null

cat >ask.mjs <<'EOF'
import http from 'node:http';
import net from 'node:net';
import { SocksProxyAgent } from 'socks-proxy-agent';

const proxy = (host) => new Promise((done) => {
	const server = net.createServer((sock) => {
		sock.on('error', () => {});
		sock.once('data', () => {
			sock.write(Buffer.from([5, 0]));
			sock.once('data', () => sock.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])));
		});
	});
	server.listen(0, host, () => done(server.address().port));
});

for (const [listen, host] of [['127.0.0.1', '127.0.0.1'], ['::1', '[::1]']]) {
	const agent = new SocksProxyAgent(`socks5h://${host}:${await proxy(listen)}`);
	await new Promise((done) => http.get('http://a.example.org/', { agent })
	    .on('error', (error) => done(console.log(host, error.message))));
}
process.exit(0);
EOF
timeout 60 node ask.mjs >seen
cat seen
diff - seen <<'EOF'
127.0.0.1 Socks5 proxy rejected connection - NotAllowed
[::1] getaddrinfo ENOTFOUND [::1]
EOF
