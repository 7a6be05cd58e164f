#! /usr/bin/env atf-sh
# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# From one configuration to the next by reload: after each step the daemon
# behaves as one that was started with that file.  The walk is in walk.py; a
# seed that it prints makes it go the same way again.

. "$(atf_get_srcdir)/lib.sh"

daemon_case walk "a reloaded daemon does what a fresh one does" 300 3600
walk_body() {
	atf_check -o save:walk.out python3 "$SRC/walk.py" "$SOCKS5D" \
	    "$SOCKS5CTL" "$(long 4 40)" "$(long 6 300)"
	cat walk.out
}

atf_init_test_cases() {
	atf_add_test_case walk
}
