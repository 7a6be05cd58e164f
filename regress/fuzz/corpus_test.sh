#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Old and seed inputs of the fuzzers: one case for each fuzzer, all of its
# oracles hold on every file of its corpus.

# fuzzer name description: runs every file of the corpus, and there are some.
fuzzer() {
	atf_test_case "$1"
	eval "$1_head() { atf_set descr \"$2\"; }
	$1_body() {
		here=\$(atf_get_srcdir)
		atf_check -o match:'^[1-9][0-9]* inputs\$' -e ignore \
		    \"\$here/fuzz_$1\" \"\$here/corpus/$1\"
	}"
	CASES="$CASES $1"
}

CASES=
fuzzer bulk "bulks are read record by record, up to their fault"
fuzzer conf "config files print as what they say, or are refused"
fuzzer ctl "no client and no other process upsets control"
fuzzer geo "databases of countries are in order, or refused"
fuzzer msg "messages encode back to the bytes they came from"
fuzzer reply "of an answer there is nothing but what was asked for"
fuzzer socks "SOCKS messages decode alike however they are split"
fuzzer table "tables have what their text says, whatever their image"
fuzzer udp "headers of datagrams decode and encode alike"
fuzzer upstream "answers of proxies mean the same however they are split"
fuzzer users "files of users keep their users when one changes"

atf_init_test_cases() {
	for c in $CASES; do
		atf_add_test_case "$c"
	done
}
