#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# From one configuration to the next by reload: after each step the daemon
# behaves as one that was started with that file.  The walk is in walk.py; a
# seed that it prints makes it go the same way again.

. "$(atf_get_srcdir)/lib/daemon.sh"

daemon_case walk "a reloaded daemon does what a fresh one does" 300 3600
walk_body() {
	atf_check -o save:walk.out python3 "$SRC/cases/walk.py" "$SOCKS5D" \
	    "$SOCKS5CTL" "$(long 4 40)" "$(long 6 300)"
	cat walk.out
}
