#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The build itself, in a copy of the tree: other compilers, another yacc,
# another make, and warnings that count as errors.

# copy: the sources, in a folder of this test
copy() {
	mkdir copy
	(cd "$(atf_get_srcdir)/../.." && tar cf - --exclude=./.git \
	    --exclude=./regress/build .) | (cd copy && tar xf -)
	cd copy || atf_fail "no copy"
	make clean >/dev/null 2>&1 || atf_fail "make clean failed"
}

# Of clang, no warning needs more, and it takes a third of the time; of gcc some
# do.  Both are slow where four tests share a processor.
CLANG="-O0 -U_FORTIFY_SOURCE -Werror"
GCC="-O1 -Werror"

atf_test_case clang
clang_head() {
	atf_set descr "clang builds all of it without a warning"
	atf_set require.progs "clang make"
	atf_set timeout 900
}
clang_body() {
	copy
	atf_check -o ignore -e ignore env CC=clang CFLAGS="$CLANG" \
	    nice make
	atf_check -o match:'^CC.*clang$' cat config.mk
}

atf_test_case bmake_bison
bmake_bison_head() {
	atf_set descr "gcc, bison and bmake build it and the tests without" \
	    "a warning, in parallel too, and clean up after themselves"
	atf_set require.progs "gcc bison bmake"
	atf_set timeout 900
}
bmake_bison_body() {
	copy
	find . -type f | sort >../before
	atf_check -o ignore -e ignore env CC=gcc CFLAGS="$GCC" \
	    YACC="bison -y" nice bmake -j2
	atf_check -o match:'^YACC.*bison -y$' cat config.mk
	atf_check test -x socks5d/socks5d
	atf_check test -x socks5ctl/socks5ctl
	cd regress || atf_fail "no folder"
	atf_check -o ignore -e ignore nice bmake -j2
	cd ..
	atf_check -o ignore -e ignore bmake clean
	find . -type f | sort >../after
	atf_check diff ../before ../after
}

atf_test_case no_sandbox
no_sandbox_head() {
	atf_set descr "a probe that finds no sandbox stops, unless told to"
}
no_sandbox_body() {
	copy
	# A compiler that finds no seccomp.h.
	cat >cc.sh <<-'EOT'
	#!/bin/sh
	for a in "$@"; do
		case $a in
		*.c) grep -q seccomp.h "$a" && exit 1 ;;
		esac
	done
	exec cc "$@"
	EOT
	chmod +x cc.sh
	atf_check -s exit:1 -o ignore -e match:'package libseccomp-dev' \
	    env CC="$PWD/cc.sh" sh socks5d/probe.sh
	atf_check -o match:'^SANDBOX.*none$' -e ignore \
	    env CC="$PWD/cc.sh" SANDBOX=none sh socks5d/probe.sh
	atf_check -s exit:1 -o ignore -e match:'SANDBOX=maybe' \
	    env SANDBOX=maybe sh socks5d/probe.sh
}

atf_test_case install
install_head() {
	atf_set descr "make install puts exactly these files under DESTDIR"
}
install_body() {
	dest=$PWD/dest
	cd "$(atf_get_srcdir)/../.." || atf_fail "no top folder"
	atf_check -o ignore -e ignore make install DESTDIR="$dest" \
	    PREFIX=/usr
	(cd "$dest" && find . -type f -printf '%m %p\n' | sort -k 2) >"$HOME/found"
	cat >"$HOME/wanted" <<-'EOT'
	644 ./usr/lib/systemd/system/socks5d.service
	644 ./usr/lib/sysusers.d/socks5d.conf
	644 ./usr/lib/tmpfiles.d/socks5d.conf
	755 ./usr/sbin/socks5ctl
	755 ./usr/sbin/socks5d
	644 ./usr/share/examples/socks5d/socks5d.conf
	644 ./usr/share/examples/socks5d/socks5d.rc
	644 ./usr/share/man/man5/socks5d.conf.5
	644 ./usr/share/man/man8/socks5ctl.8
	644 ./usr/share/man/man8/socks5d.8
	EOT
	for f in etc/examples/*.conf; do
		echo "644 ./usr/share/examples/socks5d/$(basename "$f")"
	done | sort -k 2 - "$HOME/wanted" >"$HOME/wanted.all"
	atf_check diff "$HOME/wanted.all" "$HOME/found"
	atf_check -o match:'^ExecStart=/usr/sbin/socks5d' \
	    cat "$dest/usr/lib/systemd/system/socks5d.service"
	# The pages name the places of this install.
	atf_check -s exit:1 grep /usr/local "$dest/usr/share/man/man5/"* \
	    "$dest/usr/share/man/man8/"*
	atf_check -o match:"/usr/share/examples/socks5d\$" \
	    cat "$dest/usr/share/man/man5/socks5d.conf.5"
	# What comes next is said with the folders of this install.
	atf_check -o match:"cp /opt/share/examples/socks5d/socks5d.conf /opt/e" \
	    -o match:"systemctl enable --now socks5d" \
	    make -s -C socks5d PREFIX=/opt SYSCONFDIR=/opt/e next
}

atf_test_case quiet
quiet_head() {
	atf_set descr "make prints short lines, and whole commands with V=1"
	atf_set require.progs "make bmake"
}
quiet_body() {
	cp -Rp "$(atf_get_srcdir)/../.." tree && cd tree ||
	    atf_fail "no copy of the tree"
	for make in make bmake; do
		rm -f socks5d/base/clock.o
		(cd socks5d && $make base/clock.o) >said 2>&1 ||
		    atf_fail "$make failed"
		atf_check -o match:"^	base/clock.o\$" cat said
		atf_check -s exit:1 grep -e "-MMD" said
		rm -f socks5d/base/clock.o
		atf_check -o match:"-MMD " -o match:"-o base/clock.o" \
		    sh -c "cd socks5d && $make V=1 base/clock.o"
		(cd socks5d && $make all) >/dev/null || atf_fail "$make failed"
		rm -f regress/unit/mac_test
		atf_check -o match:"^	mac_test\$" -o not-match:-std=c11 \
		    sh -c "cd regress/unit && $make mac_test"
	done
	# The same in every folder.
	atf_check -s exit:1 grep -rn --include=Makefile "^	.(CC)" .
}

atf_test_case commands
commands_head() {
	atf_set descr "compile_commands.json has every source, with flags that" \
	    "compile it"
	atf_set require.progs "make python3"
}
commands_body() {
	cp -Rp "$(atf_get_srcdir)/../.." tree && cd tree ||
	    atf_fail "no copy of the tree"
	atf_check -o ignore -e ignore make compile_commands.json
	# coverage.sh has flags of its own.
	find socks5d socks5ctl regress -name '*.c' ! -path 'regress/build/*' \
	    ! -path 'regress/coverage/*' | sort >../sources
	cat >check.py <<-'EOT'
	import json, os, subprocess, sys
	top = os.getcwd()
	entries = json.load(open("compile_commands.json"))
	files = [os.path.relpath(e["file"], top) for e in entries]
	assert len(files) == len(set(files))
	for f in sys.stdin.read().split():
	    if f not in files:
	        print(f, "has no entry")
	for f in ("socks5d/socks5d.c", "socks5d/compat/poller_kqueue.c",
	    "socks5ctl/client.c", "regress/unit/addr_test.c"):
	    e = entries[files.index(f)]
	    subprocess.run(e["arguments"] + ["-fsyntax-only", "-Werror"],
	        cwd=e["directory"], check=True)
	EOT
	atf_check python3 check.py <../sources
}

atf_init_test_cases() {
	atf_add_test_case clang
	atf_add_test_case bmake_bison
	atf_add_test_case no_sandbox
	atf_add_test_case install
	atf_add_test_case quiet
	atf_add_test_case commands
}
