#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# simple-socks 3.6.0, a SOCKS5 server of the npm registry, makes its reply by
# overwriting the request in place: whatever came behind the request in the
# same segment comes back to the client as the end of the reply, and never gets
# to the target.
#
# Guess: early data (bytes of the client right behind its request) is kept and
#        sent to the target once it is connected, or lost (50 % each).
# Seen:  request + "hi\n" in one segment: the reply is its ten bytes + "hi\n".
#        A BIND and a UDP ASSOCIATE that it does not serve are answered with
#        REP 0, success, and then the connection is closed.
# Means: with such a server as an upstream, nothing may be sent to it before
#        its reply is there, and what comes right behind a reply is not always
#        the target's.

set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund simple-socks@3.6.0 >npm.log 2>&1

cat >ask.mjs <<'EOF'
import net from 'node:net'
import socks from 'simple-socks'

const listen = (s) => new Promise((ok) => s.listen(0, '127.0.0.1',
    () => ok(s.address().port)))
let got = ''
const target = net.createServer((c) => {
	c.on('error', () => {})
	c.on('data', (d) => { got += d })
})
const port = await listen(target)
const proxy = socks.createServer()
proxy.on('proxyError', () => {})
const at = await listen(proxy)

// Says the greeting, waits for the method, then says the rest in one write.
const ask = (rest) => new Promise((ok) => {
	let seen = Buffer.alloc(0), said = false
	const c = net.connect(at, '127.0.0.1', () => c.write(
	    Buffer.from([5, 1, 0])))
	const done = (how) => { c.destroy(); ok([seen.subarray(2), how]) }
	c.on('error', () => done('error'))
	c.on('end', () => done('end'))
	c.on('data', (d) => {
		seen = Buffer.concat([seen, d])
		if (!said && seen.length >= 2) {
			said = true
			c.write(rest)
			setTimeout(() => done('open'), 1000)
		}
	})
})
const request = (cmd) => Buffer.from([5, cmd, 0, 1, 127, 0, 0, 1,
    port >> 8, port & 255])

const [reply, how] = await ask(Buffer.concat([request(1),
    Buffer.from('hi\n')]))
console.log('connect: rep', reply[1], 'then',
    JSON.stringify(reply.subarray(10).toString()), how,
    'target got', JSON.stringify(got))
for (const cmd of [2, 3]) {
	const [r, h] = await ask(request(cmd))
	console.log(`command ${cmd}: rep`, r[1], h)
}
process.exit(0)
EOF
node ask.mjs >seen
cat seen
diff - seen <<'EOF'
connect: rep 0 then "hi\n" open target got ""
command 2: rep 0 end
command 3: rep 0 end
EOF
