#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# @heroku/socksv5 0.0.9, the maintained fork of npm's socksv5, refuses a
# request with a reply of two bytes: no RSV, no address, no port.
#
# Guess: refusals are whole replies of ten bytes with zeros for the address, as
#        RFC 1928, section 6 asks for (85 %).
# Seen:  a target that refuses gives 05 05 and the end of the stream, an
#        unknown command 05 07, a name that does not exist 05 04.
# Means: a client or proxy in front of such a server has to take the REP out of
#        a reply that ends after two bytes; who waits for ten can only say that
#        the proxy hung up, and may count that against the proxy.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund @heroku/socksv5@0.0.9 >npm.log 2>&1

cat >ask.js <<'EOF'
const net = require('net')
const socks = require('@heroku/socksv5')

const proxy = socks.createServer((info, accept) => accept())
proxy.useAuth(socks.auth.None())
const closed = net.createServer()
closed.listen(0, '127.0.0.1', () => {
	const port = closed.address().port
	closed.close(() => proxy.listen(0, '127.0.0.1', () => run(port)))
})

function ask(request, done) {
	let seen = Buffer.alloc(0), said = false
	const c = net.connect(proxy.address().port, '127.0.0.1',
	    () => c.write(Buffer.from([5, 1, 0])))
	c.on('data', (d) => {
		seen = Buffer.concat([seen, d])
		if (!said && seen.length >= 2) {
			said = true
			c.write(Buffer.from(request))
		}
	})
	c.on('error', () => {})
	c.on('close', () => done(seen.subarray(2).toString('hex')))
}

function run(port) {
	const at = [127, 0, 0, 1, port >> 8, port & 255]
	ask([5, 1, 0, 1, ...at], (refused) => {
		console.log('refused:', refused)
		ask([5, 2, 0, 1, ...at], (bind) => {
			console.log('bind:', bind)
			process.exit(0)
		})
	})
}
EOF
node ask.js >seen
cat seen
printf '%s\n' 'refused: 0505' 'bind: 0507' | diff - seen
