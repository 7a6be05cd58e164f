# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Builds, checks, installs.  Read by GNU make and the BSD makes alike, so there
# is nothing conditional here: what differs between systems is asked by
# socks5d/probe.sh and stands in config.mk before any folder is entered.
#
#	make		build socks5d and socks5ctl; V=1 shows whole commands
#	make deps	install the packages that are missing for check and run
#	make run	build, then run the daemon in the foreground
#	make check	build and run all tests
#	make abuse	the tests of the daemon at length: half an hour
#	make asan	the same as check with AddressSanitizer and UBSan
#	make releases	make check on the RELEASES of Debian, in roots of them
#	make coverage	how much of each folder the tests run; FILTERS say which
#	make compile_commands.json	for clangd and the like
#	make fuzz	run the fuzzers, FUZZ_SECONDS each
#	make bench	measure against other proxies; BENCH is for bench.py
#	make install	DESTDIR, PREFIX, MANDIR and SYSCONFDIR are honoured
#	make dist	a tar file of what is committed
#
# Each cd has a shell of its own: bmake -j gives all lines of a target to one.

FUZZ_SECONDS	= 60
BENCH		=
RELEASES	= bookworm trixie
FILTERS		=

all: config.mk
	(cd socks5d && $(MAKE) all)
	(cd socks5ctl && $(MAKE) all)

config.mk: socks5d/probe.sh
	sh socks5d/probe.sh >config.mk.new || { rm -f config.mk.new; exit 1; }
	mv config.mk.new config.mk

deps:
	@sh etc/packages.sh -v build check

run:
	@sh etc/packages.sh build
	@sh etc/users.sh
	$(MAKE) all
	exec socks5d/socks5d -d

check: tests
	@sh regress/run.sh

abuse: tests
	@SOCKS5D_LONG=1 sh regress/run.sh integration

tests:
	@rm -f regress/build/summary
	@sh etc/packages.sh build check
	@sh etc/users.sh
	$(MAKE) all
	(cd regress && $(MAKE) all)

asan:
	@sh etc/packages.sh build check sanitize
	@sh etc/users.sh
	@sh regress/asan.sh

coverage:
	@sh etc/packages.sh build check
	@sh etc/users.sh
	@sh regress/coverage/coverage.sh $(FILTERS)

compile_commands.json: config.mk
	python3 etc/commands.py $(MAKE) >$@.new
	mv $@.new $@

releases:
	@sh etc/packages.sh releases
	@sh regress/releases.sh regress/build/releases $(RELEASES)

fuzz:
	@sh etc/packages.sh build sanitize
	$(MAKE) all
	(cd regress/fuzz && $(MAKE) FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz)

bench:
	@sh etc/packages.sh build bench
	@sh etc/users.sh
	$(MAKE) all
	(cd regress/bench && $(MAKE) all)
	python3 regress/bench/bench.py $(BENCH)

install: all
	(cd socks5d && $(MAKE) install)
	(cd socks5ctl && $(MAKE) install)
	@test -n "$(DESTDIR)" || sh etc/users.sh
	@test -n "$(DESTDIR)" || (cd socks5d && $(MAKE) -s next)

clean: config.mk
	(cd socks5d && $(MAKE) clean)
	(cd socks5ctl && $(MAKE) clean)
	(cd regress && $(MAKE) clean)
	rm -f config.mk config.mk.new config.log compile_commands.json \
	    socks5d.tar.gz

dist:
	git archive --format=tar.gz --prefix=socks5d/ -o socks5d.tar.gz HEAD

.PHONY: all deps run check abuse tests asan coverage releases fuzz bench \
	compile_commands.json install clean dist
