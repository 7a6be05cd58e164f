#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The whole daemon: seen from outside (living.py), and with a child that was
# taken over (evil.py).

SRC=$(atf_get_srcdir)
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

# live_case name descr [program]: a case that runs living.py
live_case() {
	atf_test_case "$1"
	eval "${1}_head() {
		atf_set descr \"$2\"
		atf_set require.user root
		atf_set require.progs \"python3 ${3:-}\"
		atf_set timeout 120
	}
	${1}_body() {
		atf_check -o ignore python3 \"\$SRC/living.py\" \
		    \"\$SRC/../../socks5d/socks5d\" \
		    \"\$SRC/../../socks5ctl/socks5ctl\" $1
	}"
	CASES="$CASES $1"
}

# evil_case group descr: one that runs evil.py
evil_case() {
	atf_test_case "$1"
	eval "${1}_head() {
		atf_set descr \"$2\"
		atf_set require.user root
		atf_set require.progs python3
		atf_set timeout 300
	}
	${1}_body() {
		python3 \"\$SRC/evil.py\" \"\$SRC/socks5d_evil\" $1 ||
		    atf_fail \"see what it wrote\"
	}"
	CASES="$CASES $1"
}

CASES=
live_case seen "user, capabilities, root, descriptors, limits and memory of\
 each child are as planned, idle and with sessions"
live_case seen_rootless "the same, when a user started the daemon"
live_case stopped "no child dies of being stopped and continued"
live_case secrets "no process keeps a password that was typed, and none but\
 auth has a hash"
live_case proxy_secrets "the password for a proxy is where it must be, and gone\
 when it has changed"
for step in chroot fchdir setgroups setresgid setresuid capset prctl \
    seccomp landlock; do
	live_case failed_$step "where $step fails, nothing starts" strace
done
evil_case relay_calls "a relay that was taken over dies of each forbidden\
 system call; no target is reached and no other session suffers"
evil_case other_calls "so do the other roles"
evil_case upstream_calls "nor can the role that has sockets to proxies turn one\
 elsewhere, or take what is not a proxy's answer"
evil_case relay_messages "malformed messages of a relay end it alone"
evil_case resolver_messages "those of the resolver end it alone"
evil_case control_messages "those of control end it alone"
evil_case auth_messages "those of auth end it alone"
evil_case hash_messages "those of one who hashes end it alone"
evil_case upstream_messages "those of the upstream role end it alone"
evil_case loader_messages "those of the loader end it alone"
evil_case images "a loader that lies about its images crashes nobody, changes\
 none that is in use, and is done without"
evil_case proxies "an upstream role that lies gets no session to a forbidden\
 target, and harms none that goes without it"
evil_case claims "a relay cannot claim a user, nor leave out a login"
evil_case strangers "nor make a stranger of one whom auth has not called so"
evil_case checks "a relay cannot have a password checked but once for its own\
 session, from where the client is"
evil_case hashes "who hashes answers only what was asked; what it was given\
 another one does"
evil_case users "auth cannot speak of what is not its, and nobody else is\
 ended for it"
evil_case sessions "a relay cannot use a session twice, nor another's, nor\
 against the policy, nor drown the router"
evil_case binds "nor have a target connect that may not, or be one before"
evil_case udp_calls "nor turn a UDP socket elsewhere"
evil_case udp_flows "what it writes to one goes nowhere else, and nowhere once\
 the router has cut it"
evil_case associations "it gets no flow that may not be, nor too many"
evil_case datagrams "nor can it count datagrams of others, or that cannot be"
evil_case allowances "a relay can neither use up nor give back what others\
 may move"
evil_case adoptions "a relay cannot make up sessions for a new router, nor\
 change, repeat or keep back those that it has"
evil_case answers "a relay's numbers change nobody else's"
evil_case configs "who refuses a config is named"
evil_case coverage "there is an attack for each message of each role that\
 reads what strangers send, and of those that work on it"
evil_case names "a lying resolver opens no way to a forbidden target"
evil_case floods "who is flooded with messages lives and does not grow"
evil_case words "a relay cannot write a log line of its own making, have the\
 router ended, claim walls, or say what nobody asked"
for role in resolver upstream hash loader; do
	evil_case ${role}_words "nor can the role $role"
done
evil_case hangs "who works on something long is not ended by the watchdog, but\
 one who works without end is"

atf_init_test_cases() {
	for c in $CASES; do
		atf_add_test_case "$c"
	done
}
