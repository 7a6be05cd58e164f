#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# proxy-chain 3.0.1 (npm), an HTTP proxy, with a SOCKS5 proxy as its upstream:
# who looks up the names that its clients ask for.
#
# Guess: "socks5:" in the URL of the upstream says that it does so itself, for
#        every client, as in curl (75 %).
# Seen:  it depends on the method of the client: for CONNECT the name goes to the
#        upstream (ATYP 3), for GET it is looked up here and the address goes
#        (ATYP 1 or 4).
# Means: the rules for names of a SOCKS5 proxy behind it are asked for HTTPS
#        alone; of http: URLs it sees addresses, and names leak to the resolver
#        of the host in front.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund proxy-chain@3.0.1 >/dev/null

cat >ask.mjs <<'EOF'
import http from 'node:http';
import net from 'node:net';
import { Server } from 'proxy-chain';

let seen;
const upstream = net.createServer((sock) => {
	sock.on('error', () => {});
	sock.once('data', () => {
		sock.write(Buffer.from([5, 0]));
		sock.once('data', (request) => {
			seen(request[3]);
			sock.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]));
		});
	});
});
await new Promise((done) => upstream.listen(0, '127.0.0.1', done));
const upstreamProxyUrl = `socks5://127.0.0.1:${upstream.address().port}`;
const server = new Server({ port: 0, host: '127.0.0.1',
	prepareRequestFunction: () => ({ upstreamProxyUrl }) });
await server.listen();

for (const [method, path] of [['CONNECT', 'localhost:80'], ['GET', 'http://localhost/']]) {
	const atyp = new Promise((done) => { seen = done; });
	http.request({ port: server.port, host: '127.0.0.1', method, path })
	    .on('error', () => {}).end();
	console.log(method, await atyp === 3 ? 'name' : 'address');
}
process.exit(0);
EOF
timeout 60 node ask.mjs >seen
cat seen
diff - seen <<'EOF'
CONNECT name
GET address
EOF
