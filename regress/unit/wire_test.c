/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the config's way over a channel: every config comes through as it
 * was, each role gets its own sections only, and nothing that is malformed or
 * out of order is taken.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/buf.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "conf/wire.h"
#include "msg_lengths.h"

#define MESSAGES_MAX 256

struct message {
	enum msg_type type;
	uint8_t      *data;
	size_t        len;
	int           fd;
};

/* One transaction as it would be on the channel. */
struct messages {
	struct message m[MESSAGES_MAX];
	unsigned int   n;
	unsigned int   room; /* more than this fail */
	enum proc_id   role;
};

static const char sample[] =
    "set relays 4\n"
    "set sessions 20000\n"
    "set timeout handshake 1s connect 2s idle 3s half-closed 4s\\\n"
    "    keepalive 6s drain 5s udp 7s bind 8s\n"
    "set nat64 { 2001:db8::/32, 64:ff9b:1::/48 }\n"
    "set limit half-open 6 per-source 7 source-sessions 11\\\n"
    "    source-new 12/m burst 13 user-sessions 14 associations 15\\\n"
    "    source-associations 16 user-associations 17 destinations 18\\\n"
    "    waiting 19\n"
    "resolver { nameserver { 127.0.0.1, 2620:fe::fe port 5353,\n"
    "fe80::1%eth0 }\n"
    "    family inet6 timeout 8s cache 9 }\n"
    "log to stderr format json no sessions\n"
    "listen on localhost port 1080\n"
    "listen on 192.0.2.1 port 1081 name \"out\" open\\\n"
    "    udp port 20000:20999 address 192.0.2.9\\\n"
    "    bind port 21000 address ::9\n"
    "block\n"
    "pass quick log from { localhost, !10.0.0.0/8, <internal> }\\\n"
    "    to { any, 2001:db8::/32 } port { 80, !443, 8000:8100 }\\\n"
    "    on { \"out\", !\"out\" } label \"a label\"\n"
    "pass from !192.0.2.1 to <internal> command { bind udp } inbound any\n"
    "geoip \"/etc/geoip\"\n"
    "table <a> address\n"
    "table <d> domain file \"/d\"\n"
    "upstream first { balance source member socks4a ::1 port 9\n"
    "    breaker off }\n"
    "upstream last { via first member socks5 192.0.2.1 port 1 udp\n"
    "    member http 192.0.2.2 port 65535 balance roundrobin\n"
    "    retry 1 backoff 2s to 3s breaker after 4 failures in 5s for 6s\n"
    "    check every 7s }\n"
    "block drop from { <a>, !<a> } to domain { a.example, !*.b.example,\n"
    "    .c.example, <d> } to country { DE, !unknown }\n"
    "pass command connect time { 00:00-24:00, !22:30-06:15 }\\\n"
    "    days { sat-mon, !sun }\\\n"
    "    rdr-to 192.0.2.3 port 5 via last source ::2 mark 8\\\n"
    "    interface i timeout { connect 9s idle 10s half-closed 11s\\\n"
    "    udp 12s bind 13s }\\\n"
    "    rate 12M/s per source sessions 13 new 14/h burst 15\\\n"
    "    quota 16G/month\n"
    "pass from 192.0.2.0/24 via first resolve remote\n";

static const enum proc_id roles[] = {
	PROC_ROUTER,
	PROC_RELAY,
	PROC_AUTH,
	PROC_RESOLVER,
	PROC_CONTROL,
	PROC_LOADER,
	PROC_UPSTREAM,
	PROC_HASH,
};
#define NROLES (sizeof(roles) / sizeof(roles[0]))

static struct conf *sample_conf(void);
static struct conf *extreme_conf(int);
static void         add_host(struct conf *, const char *, const char *);
static void         add_user(struct conf_users *, enum conf_user_kind, int,
	    const char *);
static void         add_table(struct conf *, const char *);
static void         add_image(struct conf_image *);
static void same_image(const struct conf_image *, const struct conf_image *);
static void same_tables(const struct conf *, const struct conf *);
static int  same_rule(const struct conf_rule *, const struct conf_rule *);
static int  is_list(enum msg_type);
static void complain(void *, const char *);
static void send_to(struct messages *, const struct conf *, enum proc_id);
static int  collect(void *, enum msg_type, const struct wbuf *, int);
static void messages_free(struct messages *);
static enum conf_progress feed(struct conf **, const struct message *, size_t);
static enum conf_progress feed_until(struct conf **, const struct messages *,
    unsigned int);
static char              *printed(const struct conf *);
static unsigned int       open_files(void);

ATF_TC(round_trip);
ATF_TC_HEAD(round_trip, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "text to struct to messages to struct to text is the same text");
}
ATF_TC_BODY(round_trip, tc)
{
	struct messages             ms;
	struct conf                *conf, *next = NULL;
	const struct conf_listener *a, *b;
	const struct conf_rule     *ra, *rb;
	char                       *before, *after;

	conf = sample_conf();
	before = printed(conf);
	send_to(&ms, conf, PROC_ROUTER);
	ATF_REQUIRE_EQ(CONF_COMPLETE, feed_until(&next, &ms, ms.n));
	/* What a router has no business with it does not get. */
	next->log = conf->log;
	after = printed(next);
	ATF_CHECK_STREQ(before, after);
	ATF_CHECK_EQ(conf->generation, next->generation);
	b = TAILQ_FIRST(&next->listeners);
	TAILQ_FOREACH(a, &conf->listeners, entry) {
		ATF_REQUIRE(b != NULL);
		ATF_CHECK(b->fd != -1);
		ATF_CHECK_EQ(a->id, b->id);
		ATF_CHECK_EQ(a->line, b->line);
		ATF_CHECK_EQ(a->auth, b->auth);
		ATF_CHECK_STREQ(a->file, b->file);
		b = TAILQ_NEXT(b, entry);
	}
	ATF_CHECK(b == NULL);
	rb = TAILQ_FIRST(&next->rules);
	TAILQ_FOREACH(ra, &conf->rules, entry) {
		ATF_REQUIRE(rb != NULL);
		ATF_CHECK(same_rule(ra, rb));
		ATF_CHECK_EQ(ra->number, rb->number);
		ATF_CHECK_EQ(ra->line, rb->line);
		ATF_CHECK_STREQ(ra->file, rb->file);
		rb = TAILQ_NEXT(rb, entry);
	}
	ATF_CHECK(rb == NULL);
	same_tables(conf, next);
	free(before);
	free(after);
	messages_free(&ms);
	conf_discard(next);
	conf_discard(conf);
}

ATF_TC(own_sections_only);
ATF_TC_HEAD(own_sections_only, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no role gets a section that is not meant for it");
}
ATF_TC_BODY(own_sections_only, tc)
{
	static const char *const sections[NROLES] = {
		" conf-begin conf-settings conf-log conf-resolver "
		"conf-listener conf-table conf-geoip conf-upstream "
		"conf-member conf-rule conf-rule-users conf-rule-from "
		"conf-rule-to conf-rule-ports conf-rule-on "
		"conf-rule-domains conf-rule-countries conf-rule-times "
		"conf-rule-days conf-end ",
		" conf-begin conf-settings conf-end ",
		" conf-begin conf-settings conf-users conf-end ",
		" conf-begin conf-resolver conf-host conf-end ",
		" conf-begin conf-settings conf-log conf-end ",
		" conf-begin conf-end ",
		" conf-begin conf-upstream conf-member conf-end ",
		" conf-begin conf-end ",
	};
	struct conf_rule *rule;
	struct messages   ms;
	struct conf      *conf, *next;
	char              seen[1024], name[64];
	unsigned int      i, j;

	conf = sample_conf();
	/* What children are told is the longest that any rule says. */
	conf->set.connect_most_ms = conf->set.connect_ms;
	TAILQ_FOREACH(rule, &conf->rules, entry)
		if (rule->route.connect_ms > conf->set.connect_most_ms)
			conf->set.connect_most_ms = rule->route.connect_ms;
	for (i = 0; i < NROLES; i++) {
		send_to(&ms, conf, roles[i]);
		(void)strlcpy(seen, " ", sizeof(seen));
		for (j = 0; j < ms.n; j++) {
			snprintf(name, sizeof(name), " %s ",
			    msg_name(ms.m[j].type));
			if (strstr(seen, name) == NULL)
				(void)strlcat(seen, name + 1, sizeof(seen));
		}
		ATF_CHECK_STREQ(sections[i], seen);
		next = NULL;
		ATF_REQUIRE_EQ(CONF_COMPLETE, feed_until(&next, &ms, ms.n));
		ATF_CHECK_STREQ("", next->control);
		ATF_CHECK(strcmp(next->user, conf->user) != 0);
		if (roles[i] != PROC_RESOLVER && roles[i] != PROC_HASH &&
		    roles[i] != PROC_LOADER && roles[i] != PROC_UPSTREAM)
			ATF_CHECK_EQ(0,
			    memcmp(&next->set, &conf->set, sizeof(conf->set)));
		if (roles[i] == PROC_CONTROL)
			ATF_CHECK_EQ(0,
			    memcmp(&next->log, &conf->log, sizeof(conf->log)));
		/* Who is to see hashes, and so may read the file. */
		ATF_CHECK_EQ(roles[i] == PROC_AUTH, next->users_fd != -1);
		ATF_CHECK_STREQ(roles[i] == PROC_AUTH ? conf->users : "",
		    next->users);
		ATF_CHECK_EQ(roles[i] == PROC_ROUTER, next->geoip_fd != -1);
		if (roles[i] == PROC_ROUTER)
			same_image(&conf->geoip_image, &next->geoip_image);
		conf_discard(next);
		messages_free(&ms);
	}
	conf_discard(conf);
}

ATF_TC(every_cut_is_refused);
ATF_TC_HEAD(every_cut_is_refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no message is taken without its last bytes or with a tail, but "
	    "for whole items of lists; no descriptor is lost");
}
ATF_TC_BODY(every_cut_is_refused, tc)
{
	struct messages       ms;
	struct conf          *conf, *next;
	const struct message *m;
	enum conf_progress    p;
	unsigned int          i, j, files;
	size_t                len;

	conf = sample_conf();
	files = open_files();
	for (i = 0; i < NROLES; i++) {
		send_to(&ms, conf, roles[i]);
		for (j = 0; j < ms.n; j++) {
			m = &ms.m[j];
			for (len = 0; len <= m->len + 1; len++) {
				if (len == m->len)
					continue;
				next = NULL;
				(void)feed_until(&next, &ms, j);
				p = feed(&next, m, len);
				/* A list may have fewer items than it had. */
				if (p == CONF_MORE && len < m->len &&
				    is_list(m->type)) {
					conf_discard(next);
					continue;
				}
				ATF_CHECK_EQ_MSG(CONF_REFUSED, p,
				    "%s of %zu bytes with %zu",
				    msg_name(m->type), m->len, len);
				ATF_CHECK(next == NULL);
			}
		}
		messages_free(&ms);
	}
	ATF_CHECK_EQ(files, open_files());
	conf_discard(conf);
}

static void every_byte(enum proc_id);

ATF_TC(every_byte_is_safe);
ATF_TC_HEAD(every_byte_is_safe, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with any byte changed a config is refused or is one that can be "
	    "printed and sent");
}
ATF_TC_BODY(every_byte_is_safe, tc)
{
	every_byte(PROC_ROUTER);
	every_byte(PROC_UPSTREAM);
	every_byte(PROC_AUTH);
}

static void
every_byte(enum proc_id role)
{
	struct messages ms, again;
	struct conf    *conf, *next;
	unsigned int    j, k;
	size_t          at;
	uint8_t         was;
	int             byte;

	conf = sample_conf();
	send_to(&ms, conf, role);
	for (j = 0; j < ms.n; j++) {
		for (at = 0; at < ms.m[j].len; at++) {
			was = ms.m[j].data[at];
			for (byte = 0; byte < 256; byte++) {
				ms.m[j].data[at] = byte;
				next = NULL;
				for (k = 0; k <= j; k++) {
					if (feed(&next, &ms.m[k],
						ms.m[k].len) == CONF_REFUSED)
						break;
				}
				if (next == NULL)
					continue;
				free(printed(next));
				send_to(&again, next, role);
				messages_free(&again);
				conf_discard(next);
			}
			ms.m[j].data[at] = was;
		}
	}
	messages_free(&ms);
	conf_discard(conf);
}

ATF_TC(order);
ATF_TC_HEAD(order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "nothing comes before the beginning, no beginning twice, no part "
	    "of a rule or table before it, no file of users twice");
}
ATF_TC_BODY(order, tc)
{
	struct messages ms;
	struct conf    *conf, *next;
	unsigned int    i, j, files;

	conf = sample_conf();
	files = open_files();
	for (i = 0; i < NROLES; i++) {
		send_to(&ms, conf, roles[i]);
		for (j = 1; j < ms.n; j++) {
			next = NULL;
			ATF_CHECK_EQ(CONF_REFUSED,
			    feed(&next, &ms.m[j], ms.m[j].len));
			ATF_CHECK(next == NULL);
			(void)feed_until(&next, &ms, j);
			ATF_CHECK_EQ(CONF_REFUSED,
			    feed(&next, &ms.m[0], ms.m[0].len));
			ATF_CHECK(next == NULL);
			if (ms.m[j].type == MSG_CONF_HOST ||
			    is_list(ms.m[j].type) == 0)
				continue;
			(void)feed_until(&next, &ms, 1);
			ATF_CHECK_EQ(CONF_REFUSED,
			    feed(&next, &ms.m[j], ms.m[j].len));
			ATF_CHECK(next == NULL);
		}
		messages_free(&ms);
	}
	ATF_CHECK_EQ(files, open_files());
	conf_discard(conf);
}

ATF_TC(logins_of_proxies);
ATF_TC_HEAD(logins_of_proxies, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who logs in at a proxy has its name and password, the router "
	    "neither");
}
ATF_TC_BODY(logins_of_proxies, tc)
{
	static const enum proc_id to[] = { PROC_ROUTER, PROC_UPSTREAM };
	struct messages           ms;
	struct conf              *conf, *next;
	struct conf_upstream     *u;
	struct conf_proxy        *p;
	const char               *want;
	unsigned int              i, n;

	conf = sample_conf();
	TAILQ_FOREACH(u, &conf->upstreams, entry) {
		TAILQ_FOREACH(p, &u->members, entry)
			(void)strlcpy(p->user, "hush", sizeof(p->user));
	}
	for (i = 0; i < 2; i++) {
		want = to[i] == PROC_UPSTREAM ? "hush" : "";
		send_to(&ms, conf, to[i]);
		next = NULL;
		ATF_REQUIRE_EQ(CONF_COMPLETE, feed_until(&next, &ms, ms.n));
		n = 0;
		TAILQ_FOREACH(u, &next->upstreams, entry) {
			TAILQ_FOREACH(p, &u->members, entry) {
				ATF_CHECK_STREQ(want, p->user);
				ATF_CHECK_STREQ(want, p->password);
				n++;
			}
		}
		ATF_CHECK_EQ(3, n);
		conf_discard(next);
		messages_free(&ms);
	}
	conf_discard(conf);
}

ATF_TC(users_twice);
ATF_TC_HEAD(users_twice, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a second file of users is refused, and neither stays open");
}
ATF_TC_BODY(users_twice, tc)
{
	struct messages ms;
	struct conf    *conf, *next = NULL;
	unsigned int    files, i;

	conf = sample_conf();
	files = open_files();
	send_to(&ms, conf, PROC_AUTH);
	for (i = 0; ms.m[i].type != MSG_CONF_USERS; i++)
		continue;
	(void)feed_until(&next, &ms, i + 1);
	ATF_CHECK_EQ(files + 1, open_files());
	ATF_CHECK_EQ(CONF_REFUSED, feed(&next, &ms.m[i], ms.m[i].len));
	ATF_CHECK(next == NULL);
	ATF_CHECK_EQ(files, open_files());
	messages_free(&ms);
	conf_discard(conf);
}

ATF_TC(users_refused);
ATF_TC_HEAD(users_refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a user without a name, an \"any\" "
	    "with one, a kind or a flag that is none, and in a table all but "
	    "plain names are refused; the shortest lists are not");
}
ATF_TC_BODY(users_refused, tc)
{
	static const struct {
		uint8_t item[4];
		size_t  len;
		int     rule;
	} items[] = {
		{ { CONF_USER_ANY, 0, 0 }, 3, 1 },
		{ { CONF_USER_ANY, 1, 0 }, 3, 1 },
		{ { CONF_USER_ANY, 0, 1, 'a' }, 4, 0 },
		{ { CONF_USER_NAME, 0, 0 }, 3, 0 },
		{ { CONF_USER_NAME, 0, 1, 'a' }, 4, 1 },
		{ { CONF_USER_NAME, 1, 1, 'a' }, 4, 1 },
		{ { CONF_USER_NAME, 2, 1, 'a' }, 4, 0 },
		{ { CONF_USER_NAME, 0, 1, 0 }, 4, 0 },
		{ { CONF_USER_GROUP, 0, 1, 'a' }, 4, 1 },
		{ { CONF_USER_GROUP, 0, 0 }, 3, 0 },
		{ { CONF_USER_TABLE, 0, 1, 'a' }, 4, 1 },
		{ { CONF_USER_TABLE + 1, 0, 1, 'a' }, 4, 0 },
	};
	struct messages ms;
	struct message  m;
	struct conf    *conf, *next;
	uint8_t         data[4];
	size_t          i, j;
	int             ok;

	conf = sample_conf();
	send_to(&ms, conf, PROC_ROUTER);
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		ok = items[i].rule;
		memcpy(data, items[i].item, sizeof(data));
		m.type = MSG_CONF_RULE_USERS;
		m.data = data;
		m.len = items[i].len;
		m.fd = -1;
		ATF_CHECK_EQ_MSG(ok,
		    ok &&
			msg_check(m.type, PROC_PARENT, PROC_ROUTER, m.len, 0) ==
			    MSG_OK,
		    "item %zu", i);
		next = NULL;
		for (j = 0; ms.m[j].type != m.type; j++)
			continue;
		(void)feed_until(&next, &ms, j);
		ATF_CHECK_EQ_MSG(ok ? CONF_MORE : CONF_REFUSED,
		    feed(&next, &m, m.len), "item %zu", i);
		conf_discard(next);
	}
	messages_free(&ms);
	conf_discard(conf);
}

ATF_TC(long_lists);
ATF_TC_HEAD(long_lists, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "lists longer than a message come through in several");
}
ATF_TC_BODY(long_lists, tc)
{
	struct messages         ms;
	struct conf            *conf, *next = NULL;
	struct conf_rule       *r;
	struct conf_addr       *a;
	const struct conf_host *ha, *hb;
	char                    name[256];
	int                     i;

	conf = sample_conf();
	memset(name, 'a', sizeof(name));
	for (i = 0; i < 250; i += 64)
		name[i] = 'b', name[i + 63 < 250 ? i + 63 : 249] = '.';
	for (i = 0; i < 1000; i++) {
		snprintf(name + 247, 6, "%05d", i);
		add_host(conf, "192.0.2.1", name);
	}
	r = TAILQ_LAST(&conf->rules, conf_rules);
	for (i = 0; i < 5000; i++) {
		ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
		a->kind = CONF_ADDR_PREFIX;
		a->prefix.addr.af = AF_INET6;
		a->prefix.addr.b[0] = i / 256;
		a->prefix.addr.b[1] = i % 256;
		a->prefix.len = 128;
		TAILQ_INSERT_TAIL(&r->to, a, entry);
		snprintf(name, sizeof(name), "%0*d", 1 + i % 255, i);
		add_user(&r->users, CONF_USER_NAME, 0, name);
	}
	send_to(&ms, conf, PROC_ROUTER);
	ATF_REQUIRE_EQ(CONF_COMPLETE, feed_until(&next, &ms, ms.n));
	ATF_CHECK(same_rule(r, TAILQ_LAST(&next->rules, conf_rules)));
	same_tables(conf, next);
	conf_discard(next);
	messages_free(&ms);
	next = NULL;
	send_to(&ms, conf, PROC_RESOLVER);
	ATF_REQUIRE_EQ(CONF_COMPLETE, feed_until(&next, &ms, ms.n));
	hb = TAILQ_FIRST(&next->hosts);
	TAILQ_FOREACH(ha, &conf->hosts, entry) {
		ATF_REQUIRE(hb != NULL);
		ATF_CHECK_STREQ(ha->name, hb->name);
		ATF_CHECK_EQ(0, addr_cmp(&ha->addr, &hb->addr));
		hb = TAILQ_NEXT(hb, entry);
	}
	ATF_CHECK(hb == NULL);
	conf_discard(next);
	messages_free(&ms);
	conf_discard(conf);
}

ATF_TC(sending_stops);
ATF_TC_HEAD(sending_stops, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "wherever the channel fails, sending fails and goes no further");
}
ATF_TC_BODY(sending_stops, tc)
{
	struct messages ms;
	struct conf    *conf;
	unsigned int    i, n, whole;

	conf = sample_conf();
	for (i = 0; i < NROLES; i++) {
		send_to(&ms, conf, roles[i]);
		whole = ms.n;
		messages_free(&ms);
		for (n = 0; n < whole; n++) {
			memset(&ms, 0, sizeof(ms));
			ms.room = n;
			ms.role = roles[i];
			ATF_CHECK_EQ(-1,
			    conf_send(conf, roles[i], collect, &ms));
			ATF_CHECK_EQ(n, ms.n);
			messages_free(&ms);
		}
	}
	conf_discard(conf);
}

/* A text of so many letters, or the longest. */
static void
text(char *dst, size_t size, size_t least, int longest)
{
	size_t n = longest ? size - 1 : least;

	memset(dst, 'a', n);
	dst[n] = '\0';
}
#define TEXT(array, least) text(array, sizeof(array), least, longest)

static void
address(struct addr *a, int longest)
{
	ATF_REQUIRE_EQ(0, addr_parse(a, longest ? "2001:db8::1" : "192.0.2.1"));
}

/* One item in each list, and each item as short or as long as it can be. */
static struct conf *
extreme_conf(int longest)
{
	struct conf_listener *l;
	struct conf_upstream *u;
	struct conf_proxy    *p;
	struct conf_table    *t;
	struct conf_rule     *r;
	struct conf_host     *h;
	struct conf          *conf;
	unsigned int          i;

	conf = parse_text(
	    "geoip \"/g\"\ntable <t> address\n"
	    "upstream u { member socks5 192.0.2.1 port 1 }\n"
	    "listen on 127.0.0.1 port 1 name \"l\"\n"
	    "pass from 192.0.2.1 to any port 80 on \"l\" label \"l\"\n"
	    "pass to domain { a.example }\npass to country { unknown }\n"
	    "pass time { 00:00-24:00 } days sun\n",
	    "extreme", NULL, 0, complain, NULL);
	ATF_REQUIRE(conf != NULL);
	conf->set.nnat64 = longest ? NAT64_MAX : 0;
	for (i = 0; i < NAT64_MAX; i++)
		address(&conf->set.nat64[i].addr, longest);
	conf->resolver.nns = longest ? CONF_NAMESERVERS_MAX : 0;
	for (i = 0; i < CONF_NAMESERVERS_MAX; i++) {
		address(&conf->resolver.ns[i].addr, longest);
		TEXT(conf->resolver.ns[i].zone, 0);
	}
	add_host(conf, "192.0.2.1", "a");
	h = TAILQ_FIRST(&conf->hosts);
	address(&h->addr, longest);
	l = TAILQ_FIRST(&conf->listeners);
	address(&l->addr, longest);
	if (longest) {
		address(&l->udp_addr, longest);
		address(&l->bind_addr, longest);
	}
	TEXT(l->name, 0);
	TEXT(l->file, 0);
	ATF_REQUIRE((l->fd = open("/dev/null", O_RDONLY)) != -1);
	t = TAILQ_FIRST(&conf->tables);
	TEXT(t->name, 1);
	TEXT(t->path, 0);
	TEXT(t->file, 0);
	TEXT(conf->geoip, 1);
	ATF_REQUIRE((conf->geoip_fd = open("/dev/null", O_RDONLY)) != -1);
	TEXT(conf->users, 0);
	ATF_REQUIRE((conf->users_fd = open("/dev/null", O_RDONLY)) != -1);
	u = TAILQ_FIRST(&conf->upstreams);
	TEXT(u->name, 1);
	TEXT(u->via, 0);
	TEXT(u->file, 0);
	p = TAILQ_FIRST(&u->members);
	address(&p->addr, longest);
	TEXT(p->user, 0);
	TEXT(p->password, 0);
	r = TAILQ_FIRST(&conf->rules);
	add_user(&r->users, CONF_USER_ANY, 0, "");
	TEXT(TAILQ_FIRST(&r->on)->name, 1);
	TAILQ_FOREACH(r, &conf->rules, entry) {
		if (!TAILQ_EMPTY(&r->domains))
			TEXT(TAILQ_FIRST(&r->domains)->name, 1);
		if (!TAILQ_EMPTY(&r->from))
			TAILQ_FIRST(&r->from)->prefix.addr.af = AF_UNSPEC;
		if (!TAILQ_EMPTY(&r->to))
			TAILQ_FIRST(&r->to)->prefix.addr.af = AF_UNSPEC;
		TEXT(r->label, 0);
		TEXT(r->file, 0);
		TEXT(r->route.via, 0);
		TEXT(r->route.interface, 0);
		if (longest) {
			address(&r->route.rdr, longest);
			address(&r->route.source, longest);
		}
	}
	return conf;
}

ATF_TC(lengths_are_tight);
ATF_TC_HEAD(lengths_are_tight, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the lengths of sections in the table of messages are those of "
	    "the shortest and the longest encoding");
}
ATF_TC_BODY(lengths_are_tight, tc)
{
	static struct messages ms;
	static size_t          min[MSG_MAX], max[MSG_MAX];
	struct conf           *conf;
	unsigned int           i, j, type;
	int                    longest;

	for (longest = 0; longest <= 1; longest++) {
		conf = extreme_conf(longest);
		for (i = 0; i < NROLES; i++) {
			send_to(&ms, conf, roles[i]);
			for (j = 0; j < ms.n; j++) {
				type = ms.m[j].type;
				if (min[type] == 0 || ms.m[j].len < min[type])
					min[type] = ms.m[j].len;
				if (ms.m[j].len > max[type])
					max[type] = ms.m[j].len;
			}
			messages_free(&ms);
		}
		conf_discard(conf);
	}
	for (type = MSG_CONF_SETTINGS; type < MSG_CONF_END; type++)
		check_lengths(type, min[type],
		    is_list(type) ? MSG_PAYLOAD_MAX : max[type]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, own_sections_only);
	ATF_TP_ADD_TC(tp, every_cut_is_refused);
	ATF_TP_ADD_TC(tp, every_byte_is_safe);
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, logins_of_proxies);
	ATF_TP_ADD_TC(tp, users_twice);
	ATF_TP_ADD_TC(tp, users_refused);
	ATF_TP_ADD_TC(tp, long_lists);
	ATF_TP_ADD_TC(tp, sending_stops);
	ATF_TP_ADD_TC(tp, lengths_are_tight);
	return atf_no_error();
}

static struct conf *
sample_conf(void)
{
	struct conf_listener *l;
	struct conf_upstream *u;
	struct conf_proxy    *p;
	struct conf_rule     *r;
	struct conf          *conf;

	conf = parse_text(sample, "sample", NULL, 0, complain, NULL);
	ATF_REQUIRE(conf != NULL);
	conf->generation = 0x01020304;
	(void)strlcpy(conf->control, "/secret", sizeof(conf->control));
	(void)strlcpy(conf->user, "secret", sizeof(conf->user));
	add_host(conf, "192.0.2.1", "one.example");
	add_host(conf, "2001:db8::1", "one.example");
	add_table(conf, "nobody");
	add_table(conf, "staff");
	ATF_REQUIRE((TAILQ_FIRST(&conf->tables)->fd = open("/dev/null",
			 O_RDONLY)) != -1);
	(void)strlcpy(conf->geoip, "/etc/geoip", sizeof(conf->geoip));
	ATF_REQUIRE((conf->geoip_fd = open("/dev/null", O_RDONLY)) != -1);
	add_image(&conf->geoip_image);
	r = TAILQ_FIRST(&conf->rules);
	add_user(&r->users, CONF_USER_ANY, 0, "");
	r = TAILQ_NEXT(r, entry);
	add_user(&r->users, CONF_USER_NAME, 0, "al");
	add_user(&r->users, CONF_USER_TABLE, 1, "staff");
	add_user(&r->groups, CONF_USER_GROUP, 0, "admins");
	add_user(&r->groups, CONF_USER_GROUP, 1, "guests");
	TAILQ_FOREACH(u, &conf->upstreams, entry) {
		TAILQ_FOREACH(p, &u->members, entry)
			(void)strlcpy(p->password, "hush", sizeof(p->password));
	}
	(void)strlcpy(conf->users, "/etc/users", sizeof(conf->users));
	ATF_REQUIRE((conf->users_fd = open("/dev/null", O_RDONLY)) != -1);
	TAILQ_FOREACH(l, &conf->listeners, entry) {
		l->auth = l->open ? AUTH_MODE_REQUIRED : AUTH_MODE_OPTIONAL;
		ATF_REQUIRE((l->fd = open("/dev/null", O_RDONLY)) != -1);
		l->id = l->port + l->fd;
	}
	/* Not shown by a router's config, so not by the one to compare. */
	conf->control[0] = '\0';
	return conf;
}

static void
add_host(struct conf *conf, const char *addr, const char *name)
{
	struct conf_host *h;

	ATF_REQUIRE((h = calloc(1, sizeof(*h))) != NULL);
	ATF_REQUIRE_EQ(0, addr_parse(&h->addr, addr));
	ATF_REQUIRE((h->name = strdup(name)) != NULL);
	TAILQ_INSERT_TAIL(&conf->hosts, h, entry);
}

static void
add_table(struct conf *conf, const char *name)
{
	struct conf_table *t;

	ATF_REQUIRE((t = conf_table_new()) != NULL);
	t->kind = CONF_TABLE_USER;
	(void)strlcpy(t->name, name, sizeof(t->name));
	(void)strlcpy(t->path, "/etc/table", sizeof(t->path));
	(void)strlcpy(t->file, "sample", sizeof(t->file));
	t->line = 7;
	add_image(&t->image);
	TAILQ_INSERT_HEAD(&conf->tables, t, entry);
}

static void
add_image(struct conf_image *image)
{
	image->size = 1ULL << 33 | 5;
	image->loaded_ms = 1ULL << 34 | 7;
	image->changed = 1;
}

static void
same_image(const struct conf_image *a, const struct conf_image *b)
{
	ATF_CHECK_EQ(a->size, b->size);
	ATF_CHECK_EQ(a->loaded_ms, b->loaded_ms);
	ATF_CHECK_EQ(a->changed, b->changed);
}

static void
add_user(struct conf_users *list, enum conf_user_kind kind, int negated,
    const char *name)
{
	struct conf_user *u;

	ATF_REQUIRE((u = calloc(1, sizeof(*u))) != NULL);
	u->kind = kind;
	u->negated = negated;
	(void)strlcpy(u->name, name, sizeof(u->name));
	TAILQ_INSERT_TAIL(list, u, entry);
}

static void
same_tables(const struct conf *a, const struct conf *b)
{
	const struct conf_table *ta, *tb;

	tb = TAILQ_FIRST(&b->tables);
	TAILQ_FOREACH(ta, &a->tables, entry) {
		ATF_REQUIRE(tb != NULL);
		ATF_CHECK_STREQ(ta->name, tb->name);
		ATF_CHECK_EQ(ta->kind, tb->kind);
		ATF_CHECK_STREQ(ta->path, tb->path);
		ATF_CHECK_EQ(ta->fd == -1, tb->fd == -1);
		same_image(&ta->image, &tb->image);
		ATF_CHECK_STREQ(ta->file, tb->file);
		ATF_CHECK_EQ(ta->line, tb->line);
		tb = TAILQ_NEXT(tb, entry);
	}
	ATF_CHECK(tb == NULL);
}

/* Those whose payloads are items until their end. */
static int
same_rule(const struct conf_rule *a, const struct conf_rule *b)
{
	uint8_t da[CONF_DIGEST_LEN], db[CONF_DIGEST_LEN];

	conf_rule_digest(a, da);
	conf_rule_digest(b, db);
	return memcmp(da, db, sizeof(da)) == 0;
}

static int
is_list(enum msg_type type)
{
	return type == MSG_CONF_HOST ||
	    (type >= MSG_CONF_RULE_FROM && type <= MSG_CONF_RULE_DAYS);
}

static void
complain(void *arg, const char *line)
{
	/* That a rule is of no use does not concern those who carry it. */
	if (strstr(line, ": warning: ") == NULL)
		atf_tc_fail("%s", line);
}

static void
send_to(struct messages *ms, const struct conf *conf, enum proc_id role)
{
	memset(ms, 0, sizeof(*ms));
	ms->room = MESSAGES_MAX;
	ms->role = role;
	ATF_REQUIRE_EQ(0, conf_send(conf, role, collect, ms));
}

static int
collect(void *arg, enum msg_type type, const struct wbuf *w, int fd)
{
	struct messages *ms = arg;
	struct message  *m;

	if (ms->n == ms->room)
		return -1;
	/* A channel would not let anything else by. */
	ATF_REQUIRE_EQ_MSG(MSG_OK,
	    msg_check(type, PROC_PARENT, ms->role, w->len, fd != -1),
	    "%s of %zu bytes", msg_name(type), w->len);
	m = &ms->m[ms->n++];
	m->type = type;
	m->len = w->len;
	/* One byte more, which the test of tails gives away. */
	ATF_REQUIRE((m->data = calloc(1, w->len + 1)) != NULL);
	memcpy(m->data, w->data, w->len);
	m->fd = fd;
	return 0;
}

static void
messages_free(struct messages *ms)
{
	unsigned int i;

	for (i = 0; i < ms->n; i++)
		free(ms->m[i].data);
	ms->n = 0;
}

/* Feeds so many bytes of the message, with a descriptor of its own. */
static enum conf_progress
feed(struct conf **next, const struct message *m, size_t len)
{
	struct msg         msg;
	enum conf_progress p;
	uint8_t           *copy;

	/* Of just this size, so that a sanitizer sees its end. */
	ATF_REQUIRE((copy = malloc(len == 0 ? 1 : len)) != NULL);
	memcpy(copy, m->data, len);
	memset(&msg, 0, sizeof(msg));
	msg.type = m->type;
	msg.data = copy;
	msg.len = len;
	msg.fd = -1;
	if (m->fd != -1)
		ATF_REQUIRE((msg.fd = dup(m->fd)) != -1);
	p = conf_receive(next, &msg);
	free(copy);
	/* As the channel does with what nobody took. */
	if (msg.fd != -1)
		close(msg.fd);
	return p;
}

static enum conf_progress
feed_until(struct conf **next, const struct messages *ms, unsigned int n)
{
	enum conf_progress p = CONF_MORE;
	unsigned int       i;

	for (i = 0; i < n; i++) {
		p = feed(next, &ms->m[i], ms->m[i].len);
		ATF_REQUIRE_EQ_MSG(ms->m[i].type == MSG_CONF_END ?
			CONF_COMPLETE :
			CONF_MORE,
		    p, "%s", msg_name(ms->m[i].type));
	}
	return p;
}

static char *
printed(const struct conf *conf)
{
	struct conf copy = *conf;
	char       *text;
	size_t      len;
	FILE       *fp;

	/* A user is not in any section, and the file of users in auth's. */
	(void)strlcpy(copy.user, "u", sizeof(copy.user));
	copy.users[0] = '\0';
	ATF_REQUIRE((fp = open_memstream(&text, &len)) != NULL);
	conf_print(fp, &copy);
	fclose(fp);
	return text;
}

static unsigned int
open_files(void)
{
	unsigned int n = 0;
	int          fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}
