/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the session line: one line with all its fields whatever strangers
 * put into them, text and JSON.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "control/session_log.h"
#include "json_check.h"

static void example(struct session_log *);
static void fill(char *, size_t, unsigned int);
static void flow_example(struct flow_log *);
static void check_text(const char *);
static void check_both(const struct session_log *);

/* The fields of a text line, in their order. */
static const char *const keys[] = {
	"session",
	"id",
	"client",
	"listener",
	"user",
	"rule",
	"label",
	"command",
	"target",
	"address",
	"rep",
	"cause",
	"up",
	"down",
	"connect",
	"duration",
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

/* Behind them, of an association. */
static const char *const udp_keys[] = {
	"datagrams_up=",
	"datagrams_down=",
	"destinations=",
	"drops=",
};

ATF_TC(text);
ATF_TC_HEAD(text, tc)
{
	atf_tc_set_md_var(tc, "descr", "the line is the one in the manual");
}
ATF_TC_BODY(text, tc)
{
	struct session_log s;
	char               line[LOG_LINE_MAX];

	example(&s);
	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), &s));
	ATF_CHECK_STREQ(
	    "session id=17 client=127.0.0.1:53412 listener=- "
	    "user=- rule=/etc/socks5d.conf:12 label=- command=connect "
	    "target=example.org:443 address=93.184.216.34:443 rep=0 "
	    "cause=closed up=512 down=10240 connect=12ms duration=1302ms",
	    line);
	(void)strlcpy(s.via, "exit/2", sizeof(s.via));
	s.rdr = s.target;
	s.rdr_port = 8443;
	(void)strlcpy(s.hint, "say \"pass to <internal>\"", sizeof(s.hint));
	s.command = SESSION_NO_COMMAND;
	s.name[0] = '\0';
	s.target.af = AF_UNSPEC;
	s.rep = REP_NONE;
	(void)strlcpy(s.user, "-", sizeof(s.user));
	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), &s));
	ATF_CHECK_STREQ(
	    "session id=17 client=127.0.0.1:53412 listener=- "
	    "user=\\x2d rule=/etc/socks5d.conf:12 label=- command=- "
	    "target=- address=- rep=- "
	    "cause=closed up=512 down=10240 connect=12ms duration=1302ms "
	    "via=exit/2 rdr=93.184.216.34:8443 "
	    "hint=\"say \\x22pass to <internal>\\x22\"",
	    line);
}

ATF_TC(json);
ATF_TC_HEAD(json, tc)
{
	atf_tc_set_md_var(tc, "descr", "the JSON line is that of the manual");
}
ATF_TC_BODY(json, tc)
{
	struct session_log s;
	char               line[LOG_LINE_MAX];

	example(&s);
	ATF_REQUIRE_EQ(0, session_log_json(line, sizeof(line), &s));
	ATF_CHECK_STREQ(
	    "{\"event\":\"session\",\"id\":17,"
	    "\"client\":\"127.0.0.1\",\"client_port\":53412,"
	    "\"listener\":null,\"user\":null,"
	    "\"rule\":\"/etc/socks5d.conf:12\",\"label\":null,"
	    "\"command\":\"connect\",\"name\":\"example.org\","
	    "\"address\":\"93.184.216.34\",\"port\":443,"
	    "\"via\":null,\"rdr\":null,\"rep\":0,"
	    "\"cause\":\"closed\",\"hint\":null,\"up\":512,\"down\":10240,"
	    "\"connect_ms\":12,\"duration_ms\":1302,"
	    "\"datagrams_up\":null,\"datagrams_down\":null,"
	    "\"destinations\":null,\"drops\":null}",
	    line);
}

/* What a JSON line says of datagrams, its end. */
static const char *
json_datagrams(const char *line)
{
	const char *p = strstr(line, ",\"datagrams_up\"");

	return p == NULL ? "" : p + 1;
}

ATF_TC(udp);
ATF_TC_HEAD(udp, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an association's line has datagrams, destinations and drops");
}
ATF_TC_BODY(udp, tc)
{
	struct session_log s;
	char               line[LOG_LINE_MAX];

	example(&s);
	s.command = SESSION_UDP;
	s.name[0] = '\0';
	memset(&s.target, 0, sizeof(s.target));
	s.target_port = 0;
	s.connect_ms = 0;
	s.udp.nup = 31;
	s.udp.ndown = 30;
	s.udp.destinations = 2;
	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), &s));
	ATF_CHECK_STREQ(
	    "session id=17 client=127.0.0.1:53412 listener=- "
	    "user=- rule=/etc/socks5d.conf:12 label=- command=udp "
	    "target=- address=- rep=0 cause=closed up=512 down=10240 "
	    "connect=0ms duration=1302ms datagrams_up=31 "
	    "datagrams_down=30 destinations=2 drops=-",
	    line);
	ATF_REQUIRE_EQ(0, session_log_json(line, sizeof(line), &s));
	ATF_CHECK(json_is_valid(line));
	ATF_CHECK_STREQ("\"datagrams_up\":31,\"datagrams_down\":30,"
			"\"destinations\":2,\"drops\":{}}",
	    json_datagrams(line));
	s.udp.drops[DROP_RULE] = 3;
	s.udp.drops[DROP_SIZE] = 1;
	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), &s));
	ATF_CHECK(strstr(line, " destinations=2 drops=rule:3,size:1") != NULL);
	ATF_REQUIRE_EQ(0, session_log_json(line, sizeof(line), &s));
	ATF_CHECK(json_is_valid(line));
	ATF_CHECK(strstr(line, "\"drops\":{\"rule\":3,\"size\":1}}") != NULL);
	s.udp.unknown = 1;
	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), &s));
	ATF_CHECK(strstr(line,
		      " datagrams_up=- datagrams_down=- destinations=- "
		      "drops=-") != NULL);
	ATF_REQUIRE_EQ(0, session_log_json(line, sizeof(line), &s));
	ATF_CHECK_STREQ("\"datagrams_up\":null,\"datagrams_down\":null,"
			"\"destinations\":null,\"drops\":null}",
	    json_datagrams(line));
}

ATF_TC(flow);
ATF_TC_HEAD(flow, tc)
{
	atf_tc_set_md_var(tc, "descr", "the line of a destination");
}
ATF_TC_BODY(flow, tc)
{
	struct flow_log f;
	char            line[LOG_LINE_MAX];

	flow_example(&f);
	ATF_REQUIRE_EQ(0, flow_log_text(line, sizeof(line), &f));
	ATF_CHECK_STREQ("flow id=17 client=127.0.0.1:53412 listener=- user=- "
			"rule=/etc/socks5d.conf:12 label=- "
			"target=ns.example.org:53 address=192.0.2.53:53 "
			"cause=idle up=66 down=412 datagrams_up=2 "
			"datagrams_down=3 duration=60000ms",
	    line);
	ATF_REQUIRE_EQ(0, flow_log_json(line, sizeof(line), &f));
	ATF_CHECK_STREQ(
	    "{\"event\":\"flow\",\"id\":17,\"client\":\"127.0.0.1\","
	    "\"client_port\":53412,\"listener\":null,\"user\":null,"
	    "\"rule\":\"/etc/socks5d.conf:12\",\"label\":null,"
	    "\"name\":\"ns.example.org\",\"address\":\"192.0.2.53\","
	    "\"port\":53,\"via\":null,\"rdr\":null,\"cause\":\"idle\","
	    "\"up\":66,"
	    "\"down\":412,\"datagrams_up\":2,\"datagrams_down\":3,"
	    "\"duration_ms\":60000}",
	    line);
	(void)strlcpy(f.via, "exit/2", sizeof(f.via));
	ATF_REQUIRE_EQ(0, flow_log_text(line, sizeof(line), &f));
	ATF_CHECK(strstr(line, " duration=60000ms via=exit/2") != NULL);
	ATF_REQUIRE_EQ(0, flow_log_json(line, sizeof(line), &f));
	ATF_CHECK(strstr(line, "\"port\":53,\"via\":\"exit/2\",") != NULL);
	/* Refused by its name, of which no address is known. */
	f.end = UDP_END_NONE;
	f.why = DROP_RULE;
	f.addr.af = AF_UNSPEC;
	ATF_REQUIRE_EQ(0, flow_log_text(line, sizeof(line), &f));
	ATF_CHECK(strstr(line,
		      " target=ns.example.org:53 address=- cause=rule ") !=
	    NULL);
	ATF_REQUIRE_EQ(0, flow_log_json(line, sizeof(line), &f));
	ATF_CHECK(strstr(line, "\"address\":null,\"port\":53,") != NULL);
	f.name[0] = '\0';
	ATF_REQUIRE_EQ(0, flow_log_text(line, sizeof(line), &f));
	ATF_CHECK(strstr(line, " target=- address=- ") != NULL);
}

ATF_TC(flow_words);
ATF_TC_HEAD(flow_words, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every cause, and texts of any byte, longest and cut");
}
ATF_TC_BODY(flow_words, tc)
{
	struct flow_log f;
	char            line[LOG_LINE_MAX + 1];
	unsigned int    byte, end, why;
	size_t          n;
	const char     *p;
	int             a, b;

	for (byte = 1; byte < 256; byte++) {
		memset(&f, 0xff, sizeof(f));
		memset(&f.client, 0, sizeof(f.client));
		f.client.af = AF_INET6;
		memset(f.client.b, 0xff, sizeof(f.client.b));
		f.addr = f.rdr = f.client;
		f.end = UDP_END_NO_RESOURCES;
		fill(f.listener, sizeof(f.listener) - 1, byte);
		fill(f.user, sizeof(f.user) - 1, byte);
		fill(f.rule, sizeof(f.rule) - 1, byte);
		fill(f.label, sizeof(f.label) - 1, byte);
		fill(f.name, sizeof(f.name) - 1, byte);
		ATF_REQUIRE_EQ(0, flow_log_text(line, sizeof(line), &f));
		for (p = line; *p != '\0'; p++)
			ATF_REQUIRE(*p >= ' ' && *p <= '~');
		ATF_REQUIRE_EQ(0, flow_log_json(line, sizeof(line), &f));
		ATF_REQUIRE_MSG(json_is_valid(line), "%s", line);
	}
	flow_example(&f);
	for (end = UDP_END_NONE + 1; end < UDP_END_MAX; end++) {
		f.end = (enum udp_end)end;
		ATF_REQUIRE_EQ(0, flow_log_text(line, sizeof(line), &f));
		ATF_CHECK(strstr(line, udp_end_name(f.end)) != NULL);
	}
	f.end = UDP_END_NONE;
	for (why = 0; why < DROP_MAX; why++) {
		f.why = (enum udp_drop)why;
		ATF_REQUIRE_EQ(0, flow_log_json(line, sizeof(line), &f));
		ATF_CHECK(strstr(line, udp_drop_name(f.why)) != NULL);
	}
	for (n = 1; n < 600; n++) {
		memset(line, 0x5a, sizeof(line));
		a = flow_log_text(line, n, &f);
		ATF_CHECK_EQ(0x5a, line[n]);
		ATF_CHECK(a == 0 || line[0] == '\0');
		b = flow_log_json(line, n, &f);
		ATF_CHECK_EQ(0x5a, line[n]);
		ATF_CHECK(b == 0 || line[0] == '\0');
	}
	ATF_CHECK_EQ(0, a);
	ATF_CHECK_EQ(0, b);
}

ATF_TC(every_byte);
ATF_TC_HEAD(every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "texts of any byte in any length leave the line one line");
}
ATF_TC_BODY(every_byte, tc)
{
	struct session_log s;
	unsigned int       byte;
	size_t             n;

	for (byte = 1; byte < 256; byte++) {
		for (n = 1; n < 256; n += 6) {
			example(&s);
			fill(s.user, n, byte);
			check_both(&s);
			fill(s.hint, n, byte);
			fill(s.rule, n, byte);
			if (n < sizeof(s.name))
				fill(s.name, n, byte);
			if (n < sizeof(s.label))
				fill(s.label, n, byte);
			if (n < sizeof(s.listener))
				fill(s.listener, n, byte);
			check_both(&s);
		}
	}
}

ATF_TC(longest);
ATF_TC_HEAD(longest, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the longest of everything fits; plain texts are not cut");
}
ATF_TC_BODY(longest, tc)
{
	struct session_log s;
	char               line[LOG_LINE_MAX], user[256], name[254];

	memset(&s, 0xff, sizeof(s));
	memset(&s.client, 0, sizeof(s.client));
	s.client.af = s.target.af = AF_INET6;
	memset(s.client.b, 0xff, sizeof(s.client.b));
	s.command = SESSION_CONNECT;
	s.cause = CAUSE_HALF_CLOSED_TIMEOUT;
	fill(s.listener, sizeof(s.listener) - 1, 0xff);
	fill(s.user, sizeof(s.user) - 1, 0xff);
	fill(s.rule, sizeof(s.rule) - 1, 0xff);
	fill(s.label, sizeof(s.label) - 1, 0xff);
	fill(s.name, sizeof(s.name) - 1, 0xff);
	fill(s.hint, sizeof(s.hint) - 1, 0xff);
	fill(s.via, sizeof(s.via) - 1, 0xff);
	s.rdr = s.target = s.client;
	check_both(&s);
	/* Every drop, each the most. */
	s.command = SESSION_UDP;
	s.udp.unknown = 0;
	check_both(&s);
	s.command = SESSION_CONNECT;
	fill(s.listener, sizeof(s.listener) - 1, 'l');
	fill(s.user, sizeof(s.user) - 1, 'u');
	fill(s.rule, sizeof(s.rule) - 1, 'r');
	fill(s.label, sizeof(s.label) - 1, 'b');
	fill(s.name, sizeof(s.name) - 1, 'n');
	fill(s.hint, sizeof(s.hint) - 1, 'h');
	fill(s.via, sizeof(s.via) - 1, 'v');
	check_both(&s);
	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), &s));
	fill(user, 255, 'u');
	fill(name, 253, 'n');
	ATF_CHECK(strstr(line, user) != NULL);
	ATF_CHECK(strstr(line, name) != NULL);
	ATF_CHECK(strstr(line, "...") == NULL);
	ATF_REQUIRE_EQ(0, session_log_json(line, sizeof(line), &s));
	ATF_CHECK(strstr(line, user) != NULL);
	ATF_CHECK(strstr(line, "...") == NULL);
}

ATF_TC(every_size);
ATF_TC_HEAD(every_size, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with too little room there is no line, and nothing beyond it");
}
ATF_TC_BODY(every_size, tc)
{
	struct session_log s;
	char               line[LOG_LINE_MAX + 1];
	size_t             n;
	int                a, b;

	example(&s);
	for (n = 1; n < LOG_LINE_MAX; n++) {
		memset(line, 0x5a, sizeof(line));
		a = session_log_text(line, n, &s);
		ATF_CHECK_EQ(0x5a, line[n]);
		ATF_CHECK(a == 0 || line[0] == '\0');
		b = session_log_json(line, n, &s);
		ATF_CHECK_EQ(0x5a, line[n]);
		ATF_CHECK(b == 0 || line[0] == '\0');
	}
	ATF_CHECK_EQ(0, a);
	ATF_CHECK_EQ(0, b);
}

ATF_TC(every_word);
ATF_TC_HEAD(every_word, tc)
{
	atf_tc_set_md_var(tc, "descr", "every command, cause and reply");
}
ATF_TC_BODY(every_word, tc)
{
	struct session_log s;
	int                command, cause, rep;

	example(&s);
	for (command = 0; command <= SESSION_UDP; command++) {
		for (cause = 0; cause < CAUSE_MAX; cause++) {
			for (rep = 0; rep < 256; rep++) {
				s.command = (enum session_command)command;
				s.cause = (enum session_cause)cause;
				s.rep = (uint8_t)rep;
				check_both(&s);
			}
		}
	}
}

ATF_TC(more);
ATF_TC_HEAD(more, tc)
{
	atf_tc_set_md_var(tc, "descr", "the line for those without one");
}
ATF_TC_BODY(more, tc)
{
	struct session_sum s;
	char               line[LOG_LINE_MAX];

	memset(&s, 0, sizeof(s));
	s.sessions = 7;
	s.many = 1;
	ATF_REQUIRE_EQ(0, session_log_more_text(line, sizeof(line), &s));
	ATF_CHECK_STREQ("7 more sessions client=- user=* cause=-", line);
	ATF_REQUIRE_EQ(0, session_log_more_json(line, sizeof(line), &s));
	ATF_CHECK_STREQ("{\"event\":\"more-sessions\",\"sessions\":7,"
			"\"client\":null,\"user\":null,\"many_users\":true,"
			"\"cause\":null}",
	    line);
	s.many = 0;
	s.cause = CAUSE_LOGIN_FAILED;
	ATF_REQUIRE_EQ(0, prefix_parse(&s.source, "2001:db8::/64"));
	(void)strlcpy(s.user, "a b", sizeof(s.user));
	ATF_REQUIRE_EQ(0, session_log_more_text(line, sizeof(line), &s));
	ATF_CHECK_STREQ("7 more sessions client=2001:db8::/64 user=a\\x20b "
			"cause=login-failed",
	    line);
	ATF_REQUIRE_EQ(0, session_log_more_json(line, sizeof(line), &s));
	ATF_CHECK_STREQ("{\"event\":\"more-sessions\",\"sessions\":7,"
			"\"client\":\"2001:db8::/64\",\"user\":\"a b\","
			"\"many_users\":false,\"cause\":\"login-failed\"}",
	    line);
	(void)strlcpy(s.user, "*", sizeof(s.user));
	ATF_REQUIRE_EQ(0, session_log_more_text(line, sizeof(line), &s));
	ATF_CHECK(strstr(line, "user=\\x2a") != NULL);
	s.flows = 1;
	s.why = DROP_RULE;
	ATF_REQUIRE_EQ(0, session_log_more_text(line, sizeof(line), &s));
	ATF_CHECK_STREQ("7 more flows client=2001:db8::/64 user=\\x2a "
			"cause=rule",
	    line);
	ATF_REQUIRE_EQ(0, session_log_more_json(line, sizeof(line), &s));
	ATF_CHECK_STREQ("{\"event\":\"more-flows\",\"flows\":7,"
			"\"client\":\"2001:db8::/64\",\"user\":\"*\","
			"\"many_users\":false,\"cause\":\"rule\"}",
	    line);
	s.why = DROP_MAX;
	ATF_REQUIRE_EQ(0, session_log_more_text(line, sizeof(line), &s));
	ATF_CHECK(strstr(line, " cause=-") != NULL);
	/* The longest name, each byte of it escaped. */
	memset(s.user, '\n', sizeof(s.user) - 1);
	ATF_CHECK_EQ(0, session_log_more_text(line, sizeof(line), &s));
	ATF_CHECK_EQ(0, session_log_more_json(line, sizeof(line), &s));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, json);
	ATF_TP_ADD_TC(tp, udp);
	ATF_TP_ADD_TC(tp, flow);
	ATF_TP_ADD_TC(tp, flow_words);
	ATF_TP_ADD_TC(tp, every_byte);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, every_size);
	ATF_TP_ADD_TC(tp, every_word);
	ATF_TP_ADD_TC(tp, more);
	return atf_no_error();
}

static void
example(struct session_log *s)
{
	memset(s, 0, sizeof(*s));
	s->id = 17;
	(void)addr_parse(&s->client, "127.0.0.1");
	s->client_port = 53412;
	(void)strlcpy(s->rule, "/etc/socks5d.conf:12", sizeof(s->rule));
	s->command = SESSION_CONNECT;
	(void)strlcpy(s->name, "example.org", sizeof(s->name));
	(void)addr_parse(&s->target, "93.184.216.34");
	s->target_port = 443;
	s->cause = CAUSE_CLOSED;
	s->up = 512;
	s->down = 10240;
	s->connect_ms = 12;
	s->duration_ms = 1302;
}

static void
fill(char *dst, size_t n, unsigned int byte)
{
	memset(dst, (int)byte, n);
	dst[n] = '\0';
}

static void
flow_example(struct flow_log *f)
{
	memset(f, 0, sizeof(*f));
	f->id = 17;
	(void)addr_parse(&f->client, "127.0.0.1");
	f->client_port = 53412;
	(void)strlcpy(f->rule, "/etc/socks5d.conf:12", sizeof(f->rule));
	(void)strlcpy(f->name, "ns.example.org", sizeof(f->name));
	(void)addr_parse(&f->addr, "192.0.2.53");
	f->port = 53;
	f->end = UDP_END_IDLE;
	f->up = 66;
	f->down = 412;
	f->nup = 2;
	f->ndown = 3;
	f->duration_ms = 60000;
}

/* All keys once and in order, nothing but printable ASCII. */
static void
check_text(const char *line)
{
	const char *p;
	size_t      i, n;

	for (p = line; *p != '\0'; p++)
		ATF_REQUIRE(*p >= ' ' && *p <= '~');
	p = line;
	for (i = 0; i < NKEYS; i++) {
		n = strlen(keys[i]);
		ATF_REQUIRE_MSG(strncmp(p, keys[i], n) == 0, "%s: %s", keys[i],
		    line);
		p += n;
		ATF_REQUIRE_EQ(i == 0 ? ' ' : '=', *p);
		if (i != 0)
			p += strcspn(p, " ");
		if (*p == ' ')
			p++;
	}
	for (i = 0; i < 4 && strstr(line, " command=udp ") != NULL; i++) {
		n = strlen(udp_keys[i]);
		ATF_REQUIRE_MSG(strncmp(p, udp_keys[i], n) == 0, "%s", line);
		p += strcspn(p, " ");
		if (*p == ' ')
			p++;
	}
	for (i = 0; i < 2; i++) {
		if (strncmp(p, i == 0 ? "via=" : "rdr=", 4) == 0)
			p += strcspn(p, " ");
		if (*p == ' ')
			p++;
	}
	if (*p == '\0')
		return;
	ATF_REQUIRE_EQ(0, strncmp(p, "hint=\"", 6));
	p = strchr(p + 6, '"');
	ATF_REQUIRE(p != NULL);
	ATF_CHECK_STREQ("\"", p);
}

static void
check_both(const struct session_log *s)
{
	char line[LOG_LINE_MAX];

	ATF_REQUIRE_EQ(0, session_log_text(line, sizeof(line), s));
	check_text(line);
	ATF_REQUIRE_EQ(0, session_log_json(line, sizeof(line), s));
	ATF_REQUIRE_MSG(json_is_valid(line), "%s", line);
}
