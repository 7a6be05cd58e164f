/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the names that need no name server.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/msg_codec.h"
#include "conf/conf.h"
#include "resolver/hosts.h"

#define LINES 3000
#define NAMES 500

static void line_add(struct conf_hosts *, const char *, const char *);
static void lines_free(struct conf_hosts *);
static void expect(const struct hosts *, const char *, uint8_t, int,
    enum name_status, const char *);

ATF_TC(order_of_the_file);
ATF_TC_HEAD(order_of_the_file, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each name has its lines, in their order, against a plain search");
}
ATF_TC_BODY(order_of_the_file, tc)
{
	struct conf_hosts      lines = TAILQ_HEAD_INITIALIZER(lines);
	struct conf_host      *line;
	struct msg_name_answer a;
	struct hosts          *h;
	char                   name[16], addr[ADDR_STRLEN];
	unsigned int           n;
	int                    i;

	srandom(3);
	for (i = 0; i < LINES; i++) {
		(void)snprintf(name, sizeof(name), "h%ld", random() % NAMES);
		(void)snprintf(addr, sizeof(addr), "10.0.%d.%d", i / 256,
		    i % 256);
		line_add(&lines, name, addr);
	}
	ATF_REQUIRE((h = hosts_new(&lines)) != NULL);
	for (i = 0; i < NAMES; i++) {
		(void)snprintf(name, sizeof(name), "h%d", i);
		n = 0;
		if (!hosts_get(h, name, RESOLVE_INET, &a))
			a.naddrs = 0;
		TAILQ_FOREACH(line, &lines, entry) {
			if (strcmp(line->name, name) != 0 ||
			    n == NAME_ADDRS_MAX)
				continue;
			ATF_REQUIRE(n < a.naddrs);
			ATF_CHECK_EQ(0, addr_cmp(&line->addr, &a.addrs[n]));
			n++;
		}
		ATF_CHECK_EQ(n, a.naddrs);
	}
	hosts_free(h);
	lines_free(&lines);
}

ATF_TC(the_file_has_the_last_word);
ATF_TC_HEAD(the_file_has_the_last_word, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "families, unknown names, more lines than an answer holds");
}
ATF_TC_BODY(the_file_has_the_last_word, tc)
{
	struct conf_hosts      lines = TAILQ_HEAD_INITIALIZER(lines);
	struct msg_name_answer a;
	struct hosts          *h;
	int                    i;

	line_add(&lines, "both", "192.0.2.1");
	line_add(&lines, "both", "2001:db8::1");
	line_add(&lines, "four", "192.0.2.4");
	line_add(&lines, "six", "2001:db8::6");
	for (i = 0; i < NAME_ADDRS_MAX + 5; i++)
		line_add(&lines, "many", "192.0.2.9");
	ATF_REQUIRE((h = hosts_new(&lines)) != NULL);
	expect(h, "both", RESOLVE_INET, 1, NAME_OK, "192.0.2.1");
	expect(h, "both", RESOLVE_INET6, 1, NAME_OK, "2001:db8::1");
	expect(h, "four", RESOLVE_INET, 1, NAME_OK, "192.0.2.4");
	expect(h, "four", RESOLVE_INET6, 1, NAME_NOT_FOUND, NULL);
	expect(h, "six", RESOLVE_INET, 1, NAME_NOT_FOUND, NULL);
	expect(h, "", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	expect(h, "bot", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	expect(h, "bothh", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	expect(h, "zzz", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	ATF_CHECK(hosts_get(h, "many", RESOLVE_INET, &a));
	ATF_CHECK_EQ(NAME_ADDRS_MAX, a.naddrs);
	hosts_free(h);
	lines_free(&lines);
}

ATF_TC(localhost_is_always_there);
ATF_TC_HEAD(localhost_is_always_there, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "localhost and below it, unless the file says otherwise");
}
ATF_TC_BODY(localhost_is_always_there, tc)
{
	struct conf_hosts lines = TAILQ_HEAD_INITIALIZER(lines);
	struct hosts     *h;

	ATF_REQUIRE((h = hosts_new(&lines)) != NULL);
	expect(h, "localhost", RESOLVE_INET, 1, NAME_OK, "127.0.0.1");
	expect(h, "localhost", RESOLVE_INET6, 1, NAME_OK, "::1");
	expect(h, "a.b.localhost", RESOLVE_INET, 1, NAME_OK, "127.0.0.1");
	expect(h, "notlocalhost", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	expect(h, ".localhost", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	expect(h, "localhost.a", RESOLVE_INET, 0, NAME_NOT_FOUND, NULL);
	hosts_free(h);
	line_add(&lines, "localhost", "127.0.0.2");
	ATF_REQUIRE((h = hosts_new(&lines)) != NULL);
	expect(h, "localhost", RESOLVE_INET, 1, NAME_OK, "127.0.0.2");
	expect(h, "localhost", RESOLVE_INET6, 1, NAME_NOT_FOUND, NULL);
	hosts_free(h);
	lines_free(&lines);
}

static void
line_add(struct conf_hosts *lines, const char *name, const char *addr)
{
	struct conf_host *line;

	ATF_REQUIRE((line = calloc(1, sizeof(*line))) != NULL);
	ATF_REQUIRE((line->name = strdup(name)) != NULL);
	ATF_REQUIRE_EQ(0, addr_parse(&line->addr, addr));
	TAILQ_INSERT_TAIL(lines, line, entry);
}

static void
lines_free(struct conf_hosts *lines)
{
	struct conf_host *line;

	while ((line = TAILQ_FIRST(lines)) != NULL) {
		TAILQ_REMOVE(lines, line, entry);
		free(line->name);
		free(line);
	}
}

/* addr is the only address of the answer, NULL for none. */
static void
expect(const struct hosts *h, const char *name, uint8_t family, int known,
    enum name_status status, const char *addr)
{
	struct msg_name_answer a;
	char                   text[ADDR_STRLEN];

	ATF_CHECK_EQ(known, hosts_get(h, name, family, &a));
	ATF_CHECK_EQ(family, a.family);
	ATF_CHECK_EQ(status, a.status);
	ATF_REQUIRE_EQ(addr == NULL ? 0 : 1, a.naddrs);
	if (addr != NULL)
		ATF_CHECK_STREQ(addr,
		    addr_print(&a.addrs[0], text, sizeof(text)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order_of_the_file);
	ATF_TP_ADD_TC(tp, the_file_has_the_last_word);
	ATF_TP_ADD_TC(tp, localhost_is_always_there);
	return atf_no_error();
}
