# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# An sshd of the test's own: included behind daemon.sh.

# sshd_start: one at $sshport, with its key in "host" and a user's in "user".
sshd_start() {
	sshport=$(freeport)
	ssh-keygen -q -t ed25519 -N "" -f host || atf_fail "host key"
	ssh-keygen -q -t ed25519 -N "" -f user || atf_fail "user key"
	cp user.pub authorized
	cat >sshd_config <<-EOT
		ListenAddress 127.0.0.1:$sshport
		HostKey $PWD/host
		AuthorizedKeysFile $PWD/authorized
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		PidFile $PWD/sshd.pid
		MaxStartups 100
	EOT
	# Debian's sshd wants its folder even when it is not the system's.
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	"$(command -v sshd)" -D -e -f sshd_config >sshd.log 2>&1 &
	echo $! >other.sshd.pid
	await sshd.log "Server listening" || atf_fail "sshd: $(cat sshd.log)"
}
