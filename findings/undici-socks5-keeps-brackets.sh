#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# undici 8.13.1 (Socks5ProxyAgent, on node 24.21.0) asks a SOCKS5 proxy for an
# IPv6 address as a name, and leaves the brackets of the URL on it.
#
# Guess: literals go as addresses, IPv4 as ATYP 1 and IPv6 as ATYP 4 (80 %).
# Seen:  IPv4 goes as ATYP 1, but http://[2001:db8::1]/ as ATYP 3 with the 13
#        bytes "[2001:db8::1]".  curl, Chromium and Privoxy, which send text
#        too, take the brackets off.
# Means: a server that gives this to its resolver answers "host unreachable"
#        for each IPv6 literal, and one whose rules look at addresses has to
#        read text in brackets as the address that it is.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund node@24.21.0 undici@8.13.1 >npm.log 2>&1

cat >ask.mjs <<'EOF'
import net from 'node:net'
import { Socks5ProxyAgent, fetch } from 'undici'

// A proxy that says yes to all, prints the request and answers the target's
// part itself.
const steps = ['greeting', 'request', 'http']
const server = net.createServer((c) => {
	let step = 0
	c.on('error', () => {})
	c.on('data', (d) => {
		switch (steps[step++]) {
		case 'greeting':
			return c.write(Buffer.from([5, 0]))
		case 'request':
			console.log(`ATYP ${d[3]}`, d[3] === 3 ?
			    d.subarray(5, 5 + d[4]).toString() : '')
			return c.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1,
			    0, 80]))
		default:
			return c.end('HTTP/1.1 204 No Content\r\n' +
			    'Connection: close\r\n\r\n')
		}
	})
})
server.listen(0, '127.0.0.1', async () => {
	const proxy = `socks5://127.0.0.1:${server.address().port}`
	const dispatcher = new Socks5ProxyAgent(proxy)
	for (const host of ['192.0.2.1', '[2001:db8::1]', 'a.example'])
		await fetch(`http://${host}/`, { dispatcher })
	process.exit(0)
})
EOF
node_modules/.bin/node --no-warnings ask.mjs | sed 's/ *$//' >seen
cat seen
printf '%s\n' 'ATYP 1' 'ATYP 3 [2001:db8::1]' 'ATYP 3 a.example' |
    diff - seen
