#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The run of the tests: that it sees nothing of the host that it is on, and is
# green on the worst of them.

top=$(atf_get_srcdir)/../..

atf_test_case own
own_head() {
	atf_set descr "tests see a network, names, a time and an environment" \
	    "that are made for them, and no terminal"
	atf_set require.user root
}
own_body() {
	unshare -mnu true 2>/dev/null || atf_skip "unshare is refused"
	[ "$(hostname)" = host ] || atf_fail "this was not run by run.sh"
	atf_check -o inline:"lo\n" sh -c "ip -o link | awk -F': ' '{ print \$2 }'"
	atf_check -o match:"state UNKNOWN|UP" ip -o link show up dev lo
	atf_check -o inline:"" ip route show
	atf_check -o inline:"nameserver 127.0.0.1\n" cat /etc/resolv.conf
	atf_check -o inline:"127.0.0.1 localhost\n::1 localhost\n" \
	    cat /etc/hosts
	atf_check -o inline:"+0000 0022\n" sh -c 'echo "$(date +%z) $(umask)"'
	atf_check -o inline:"/dev/null\n" readlink /proc/self/fd/0
	atf_check -s not-exit:0 -e ignore sh -c ": </dev/tty"
	# kyua adds some, and atf-sh.
	env | sed 's/=.*//' | grep -vE '^(__|_$|ATF|LC_|LANG|PWD$|OLDPWD$|SHLVL$)' |
	    sort >names
	atf_check -o inline:"ASAN_OPTIONS\nHOME\nLSAN_OPTIONS\nPATH\n\
SOCKS5D_LONG\nTMPDIR\nTZ\nUBSAN_OPTIONS\n" cat names
}

atf_test_case readable
readable_head() {
	atf_set descr "every user can read and run what tests need, and none" \
	    "but its owner may write there"
	atf_set require.user root
}
readable_body() {
	cd "$top" || atf_fail "no top folder"
	atf_check -o inline:"" find . ! -type l \
	    \( ! -perm -a+r -o -perm /go+w -o -type d ! -perm -a+x \)
	atf_check -o match:"^usage" -e ignore -s ignore \
	    setpriv --reuid 65534 --regid 65534 --clear-groups \
	    sh -c './socks5d/socks5d -h 2>&1'
}

# worst command ...: on a host with a default route that swallows all, no IPv6,
# no name server that answers, a folder for programs that runs none, and where
# nobody may log in or come from anywhere.
worst() {
	unshare -mn sh -c '
		ip link set lo up
		ip route add blackhole default
		for f in all default lo; do
			f=/proc/sys/net/ipv6/conf/$f/disable_ipv6
			[ ! -w $f ] || echo 1 >$f
		done
		mkdir etc noexec
		cp -a /etc/. etc
		rm etc/resolv.conf etc/hosts
		ln -s /nowhere/resolv.conf etc/resolv.conf
		sed -i "s/^root:[^:]*/root:!/" etc/shadow
		echo ALL: ALL >etc/hosts.deny
		echo closed >etc/nologin
		mount --bind etc /etc
		mount -t tmpfs -o noexec none noexec
		exec "$@"' sh "$@"
}

atf_test_case worst_host
worst_host_head() {
	atf_set descr "tests that ask the most of a host pass on one that gives" \
	    "nothing, from a tree where root alone may go"
	atf_set require.user root
	atf_set timeout 600
}
worst_host_body() {
	unshare -mn true 2>/dev/null || atf_skip "unshare is refused"
	umask 077
	mkdir -p "for root/a tree"
	(cd "$top" && tar -cf - --exclude=./.git --exclude=./regress/build .) |
	    (cd "for root/a tree" && umask 000 && tar -xmf -)
	chmod -R go= "for root"
	worst env -u HOME -u LC_ALL TZ=XYZ-5:30 LC_ALL=tr_TR.UTF-8 CI=true \
	    LANG=de_DE.UTF-8 http_proxy=http://127.0.0.1:9 \
	    TMPDIR="$PWD/noexec" sh -c 'umask 000; exec sh "$@" <&-' sh \
	    "for root/a tree/regress/run.sh" \
	    conf/conf_test.sh:files unit/ctlpath_test \
	    integration/explain_test.sh:same integration/rootless_test.sh \
	    integration/resolver_test.sh:hosts_and_family \
	    integration/real_proxies_test.sh:openssh \
	    integration/real_proxies_test.sh:dante \
	    integration/start_test.sh \
	    integration/dns_test.sh:system sandbox/live_test.sh:seen_rootless \
	    lint/host_test.sh:own >said 2>&1 || cat said
	tail -n 1 said
	atf_check -o match:"^[0-9]+ passed, 0 failed, 0 skipped$" \
	    tail -n 1 said
}

# a_tree: a copy of the tree, that belongs to nobody
a_tree() {
	mkdir tree
	(cd "$top" && tar -cf - --exclude=./.git --exclude=./regress/build .) |
	    tar -xf - -C tree
	chown -R 65534 tree
}

atf_test_case no_host
no_host_head() {
	atf_set descr "who may make no host for the tests runs them on this one"
	atf_set require.user root
	atf_set timeout 300
}
no_host_body() {
	a_tree
	tests="unit/addr_test conf integration/explain_test.sh:same \
	    integration/rootless_test.sh:smoke"
	atf_check -o match:"see this host.*: unshare is refused$" \
	    -o match:"^[0-9]+ passed, 0 failed, 0 skipped$" \
	    setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
	    sh tree/regress/run.sh $tests
	rm -rf tree/regress/build
	tests="unit/addr_test conf integration/rootless_test.sh:smoke"
	atf_check -o match:"see this host.*: you are not root$" \
	    -o match:"^[0-9]+ passed, 0 failed, 1 skipped$" \
	    setpriv --reuid 65534 --regid 65534 --clear-groups \
	    sh tree/regress/run.sh $tests
}

atf_test_case unbuilt
unbuilt_head() {
	atf_set descr "what is not built is named, and is no success"
}
unbuilt_body() {
	mkdir tree
	(cd "$top" && tar -cf - --exclude=./.git --exclude=./regress/build .) |
	    tar -xf - -C tree
	rm tree/regress/unit/addr_test tree/regress/integration/tools/await
	atf_check -s exit:1 -o match:"^not built, .*make tests" \
	    -o match:"^regress/unit: addr_test" \
	    -o match:"^regress/integration/tools: await" \
	    -o match:"^0 passed, 1 failed, 0 skipped$" \
	    sh tree/regress/run.sh lint
}

atf_test_case nothing_ran
nothing_ran_head() {
	atf_set descr "a filter that matches no test is no success"
	atf_set timeout 120
}
nothing_ran_body() {
	atf_check -s exit:1 -o match:"^no test ran$" \
	    -o match:"^0 passed, 1 failed, 0 skipped$" \
	    sh "$top/regress/run.sh" unit/no_such_test
}

atf_init_test_cases() {
	atf_add_test_case own
	atf_add_test_case readable
	atf_add_test_case worst_host
	atf_add_test_case no_host
	atf_add_test_case unbuilt
	atf_add_test_case nothing_ran
}
