#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Old and seed inputs of the fuzzers: one case for each fuzzer, all of its
# oracles hold on every file of its corpus.

# replay name: every file of the corpus, and there are some
replay() {
	here=$(atf_get_srcdir)
	atf_check -o match:'^[1-9][0-9]* inputs$' -e ignore \
	    "$here/fuzz_$1_test" "$here/corpus/$1"
}

atf_test_case bulk
bulk_head() {
	atf_set descr "bulks are read record by record, up to their fault"
}
bulk_body() {
	replay bulk
}

atf_test_case conf
conf_head() {
	atf_set descr "config files print as what they say, or are refused"
}
conf_body() {
	replay conf
}

atf_test_case ctl
ctl_head() {
	atf_set descr "no client and no other process upsets control"
}
ctl_body() {
	replay ctl
}

atf_test_case geo
geo_head() {
	atf_set descr "databases of countries are in order, or refused"
}
geo_body() {
	replay geo
}

atf_test_case msg
msg_head() {
	atf_set descr "messages encode back to the bytes they came from"
}
msg_body() {
	replay msg
}

atf_test_case reply
reply_head() {
	atf_set descr "of an answer there is nothing but what was asked for"
}
reply_body() {
	replay reply
}

atf_test_case socks
socks_head() {
	atf_set descr "SOCKS messages decode alike however they are split"
}
socks_body() {
	replay socks
}

atf_test_case table
table_head() {
	atf_set descr "tables have what their text says, whatever their image"
}
table_body() {
	replay table
}

atf_test_case upstream
upstream_head() {
	atf_set descr "answers of proxies mean the same however they are split"
}
upstream_body() {
	replay upstream
}

atf_test_case users
users_head() {
	atf_set descr "files of users keep their users when one changes"
}
users_body() {
	replay users
}

atf_init_test_cases() {
	atf_add_test_case bulk
	atf_add_test_case conf
	atf_add_test_case ctl
	atf_add_test_case geo
	atf_add_test_case msg
	atf_add_test_case reply
	atf_add_test_case socks
	atf_add_test_case table
	atf_add_test_case upstream
	atf_add_test_case users
}
