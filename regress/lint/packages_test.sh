#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# etc/packages.sh between a dpkg-query and an apt-get that are ours.

packages=$(atf_get_srcdir)/../../etc/packages.sh

# system uid missing package: who it is, and what dpkg does not know
system() {
	mkdir -p bin
	cat >bin/dpkg-query <<-EOT
		#!/bin/sh
		case " $2 " in
		*" \$4 "*)	exit 1 ;;
		esac
		echo "ii "
	EOT
	cat >bin/apt-get <<-'EOT'
		#!/bin/sh
		echo "$@" >>calls
		cat >>stdin
		echo "Reading package lists..."
		case $* in
		*install*)
			echo "$DEBIAN_FRONTEND" >>frontend
			"$POLICY_RC_D" ssh start 2>/dev/null
			echo "starts: $?" >>policy
			[ ! -e deadly ] || kill -9 "$PPID"
			[ ! -e broken ] || {
				echo "E: Unable to locate package bmake" >&2
				exit 100
			}
			;;
		*)
			! [ -e offline ]
			;;
		esac
	EOT
	printf '#!/bin/sh\necho %s\n' "$1" >bin/id
	printf '#!/bin/sh\necho "$@" >>disabled\n' >bin/systemctl
	printf '#!/bin/sh\n! [ -e "no-$2" ]\n' >bin/apt-cache
	chmod +x bin/*
	PATH=$PWD/bin:$PATH
	POLICY_RC_D=$PWD/policy-rc.d
	export POLICY_RC_D
	rm -f calls frontend stdin policy disabled
}

atf_test_case nothing
nothing_head() {
	atf_set descr "what is there is not installed again, and said if asked"
}
nothing_body() {
	system 0 ""
	atf_check sh "$packages" build check
	atf_check -o inline:"nothing is missing\n" sh "$packages" -v build
	[ ! -e calls ] || atf_fail "$(cat calls)"
}

atf_test_case missing
missing_head() {
	atf_set descr "it says first what it installs, and nobody is asked"
}
missing_body() {
	system 0 "bmake byacc"
	for offline in "" offline; do
		[ -z "$offline" ] || : >offline
		atf_check -o inline:"installing what is missing: byacc bmake\n\
installed\n" sh -c "yes | sh '$packages' build check"
		atf_check -o inline:"noninteractive\n" tail -n 1 frontend
		atf_check -o match:"install -y .*byacc bmake" tail -n 1 calls
		[ ! -s stdin ] || atf_fail "it asked"
	done
}

atf_test_case gone
gone_head() {
	atf_set descr "what a release has no more is said and done without"
}
gone_body() {
	system 0 "dante-server tor"
	: >no-dante-server
	atf_check -o inline:"installing what is missing: dante-server tor\n\
dante-server: not in this release, done without\ninstalled\n" \
	    sh "$packages" check
	atf_check -o not-match:dante -o match:" tor" tail -n 1 calls
	system 0 "dante-server"
	atf_check sh "$packages" check
	[ ! -e calls ] || atf_fail "$(cat calls)"
	rm no-dante-server
	atf_check -o ignore sh "$packages" check
	atf_check -o match:dante tail -n 1 calls
}

atf_test_case refused
refused_head() {
	atf_set descr "why not is said in one line, the last"
}
refused_body() {
	system 0 "bmake"
	: >broken
	atf_check -s exit:1 -o inline:"installing what is missing: bmake\n" \
	    -e inline:"cannot install them: E: Unable to locate package bmake\n" \
	    sh "$packages" build check
	system 1000 "bmake"
	atf_check -s exit:1 -e inline:"packages are missing; as root, run: \
apt-get install -y --no-install-recommends bmake\n" \
	    sh "$packages" build check
	[ ! -e calls ] || atf_fail "$(cat calls)"
	atf_check -s exit:2 -e match:"^usage" sh "$packages" tea
}

atf_test_case still
still_head() {
	atf_set descr "no daemon that is installed is started, now or at the \
next boot; one that was there before, and a policy of others, are left alone"
}
still_body() {
	system 0 "tor openssh-server"
	atf_check -o ignore sh "$packages" check
	atf_check -o inline:"starts: 101\n" cat policy
	[ ! -e policy-rc.d ] || atf_fail "the policy is left"
	atf_check -o inline:"disable --now ssh.service\n\
disable --now tor.service\n" sort disabled
	system 0 "tor"
	: >broken
	atf_check -s exit:1 -o ignore -e ignore sh "$packages" check
	[ ! -e policy-rc.d ] || atf_fail "the policy is left after a failure"
	rm broken

	system 0 "curl"
	printf '#!/bin/sh\nexit 0\n' >policy-rc.d
	chmod +x policy-rc.d
	atf_check -o ignore sh "$packages" check
	atf_check -o inline:"starts: 0\n" cat policy
	atf_check -o inline:"#!/bin/sh\nexit 0\n" cat policy-rc.d
	[ ! -e disabled ] || atf_fail "$(cat disabled)"
}

atf_test_case cut_off
cut_off_head() {
	atf_set descr "a run that ends before its time leaves no policy that \
holds, and the next run clears it away"
}
cut_off_body() {
	# Nobody reads what it says at its end.
	system 0 "tor"
	mkfifo said
	sh "$packages" check >said &
	head -n 1 said >/dev/null
	wait $!
	atf_check -o inline:"starts: 101\n" cat policy
	[ ! -e policy-rc.d ] || atf_fail "the policy is left"

	system 0 "tor"
	: >deadly
	atf_check -s signal:kill -o ignore sh "$packages" check
	atf_check -o inline:"starts: 101\n" cat policy
	[ -e policy-rc.d ] || atf_fail "it was not killed in time"
	atf_check ./policy-rc.d ssh start
	rm deadly

	system 0 "tor"
	atf_check -o ignore sh "$packages" check
	atf_check -o inline:"starts: 101\n" cat policy
	[ ! -e policy-rc.d ] || atf_fail "the policy is left"
}

atf_init_test_cases() {
	atf_add_test_case nothing
	atf_add_test_case missing
	atf_add_test_case gone
	atf_add_test_case refused
	atf_add_test_case still
	atf_add_test_case cut_off
}
