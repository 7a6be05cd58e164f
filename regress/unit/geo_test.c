/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of databases of countries: what a table says of an address is what the
 * writer was told, and no damage does more than to be refused.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>

#include "base/addr.h"
#include "table/entry.h"
#include "table/geo.h"
#include "table_set.h"

#define NETS         40
#define ADDRS        4000
#define DATABASE_MAX (1024 * 1024)

struct net {
	struct prefix prefix;
	char          code[3];
};

static const char *const options[] = {
	"-r 24",
	"-r 28",
	"-r 32",
	"-4 -r 24",
	"-4 -r 28",
	"-4 -r 32",
};

static size_t   write_database(const atf_tc_t *, const char *, const char *,
      uint8_t *);
static void     draw_net(struct net *, int);
static uint16_t list_country(const struct net *, size_t, const struct addr *);
static void     load(const uint8_t *, size_t, struct image *, struct table *);
static void     try_damaged(const uint8_t *, size_t);

ATF_TC(random_nets);
ATF_TC_HEAD(random_nets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "addresses have the countries that the database gives them");
	atf_tc_set_md_var(tc, "require.progs", "perl");
}
ATF_TC_BODY(random_nets, tc)
{
	static const char *const how[] = {
		"",
		"country",
		"registered",
		"flat",
	};
	static uint8_t db[DATABASE_MAX];
	struct net     nets[NETS];
	struct image   im;
	struct table   t;
	struct addr    a;
	char           lines[NETS * 80], text[PREFIX_STRLEN];
	size_t         i, j, n, len;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		len = 0;
		for (j = 0; j < NETS; j++) {
			draw_net(&nets[j], i < 3);
			len += (size_t)snprintf(lines + len,
			    sizeof(lines) - len, "%s/%u %s %s\n",
			    addr_print(&nets[j].prefix.addr, text,
				sizeof(text)),
			    nets[j].prefix.len, nets[j].code, how[rand() % 4]);
		}
		n = write_database(tc, options[i], lines, db);
		load(db, n, &im, &t);
		for (j = 0; j < ADDRS; j++) {
			a = nets[rand() % NETS].prefix.addr;
			n = (size_t)(8 + rand() % (a.af == AF_INET ? 24 : 56));
			a.b[n / 8] ^= (uint8_t)(0x80 >> n % 8);
			a.b[3 + rand() % (a.af == AF_INET ? 1 : 13)] = (uint8_t)
			    rand();
			ATF_REQUIRE_EQ_MSG(list_country(nets, NETS, &a),
			    table_country(&t, &a), "%s: %s", options[i],
			    addr_print(&a, text, sizeof(text)));
		}
		image_free(&im);
	}
}

/* Of IPv6 none of those that databases have for IPv4. */
static void
draw_net(struct net *net, int with_inet6)
{
	struct prefix *p = &net->prefix;
	size_t         i, width;

	memset(p, 0, sizeof(*p));
	p->addr.af = with_inet6 && rand() % 2 == 0 ? AF_INET6 : AF_INET;
	width = p->addr.af == AF_INET ? 4 : 16;
	for (i = 0; i < width; i++)
		p->addr.b[i] = (uint8_t)(rand() % 4 == 0 ? rand() : 0x0a);
	if (p->addr.af == AF_INET6)
		p->addr.b[0] = 0x24;
	p->len = (uint8_t)(8 + (size_t)rand() % (width * 8 - 7));
	addr_mask(&p->addr, p->len);
	net->code[0] = (char)('A' + rand() % 26);
	net->code[1] = (char)('A' + rand() % 26);
	net->code[2] = '\0';
}

/* The last one that has the address counts. */
static uint16_t
list_country(const struct net *nets, size_t n, const struct addr *a)
{
	uint16_t code = TABLE_COUNTRY_UNKNOWN;
	size_t   i;

	for (i = 0; i < n; i++) {
		if (prefix_match(&nets[i].prefix, a))
			code = entry_country(nets[i].code);
	}
	return code;
}

/* Bytes of the database that the packaged writer makes of these lines. */
static size_t
write_database(const atf_tc_t *tc, const char *how, const char *lines,
    uint8_t *db)
{
	char   command[1024];
	FILE  *f;
	size_t n;

	ATF_REQUIRE((f = fopen("lines", "w")) != NULL);
	ATF_REQUIRE(fputs(lines, f) != EOF);
	ATF_REQUIRE_EQ(0, fclose(f));
	(void)snprintf(command, sizeof(command),
	    "perl %s/../integration/tools/mmdb.pl %s <lines",
	    atf_tc_get_config_var(tc, "srcdir"), how);
	ATF_REQUIRE((f = popen(command, "r")) != NULL);
	n = fread(db, 1, DATABASE_MAX, f);
	ATF_REQUIRE_EQ(0, pclose(f));
	ATF_REQUIRE(n > 0 && n < DATABASE_MAX);
	return n;
}

static void
load(const uint8_t *db, size_t n, struct image *im, struct table *t)
{
	struct table_result res;
	char                why[TABLE_FAULT_SIZE];

	memset(im, 0, sizeof(*im));
	ATF_REQUIRE_EQ_MSG(0, geo_build(db, n, image_take, im, &res, why), "%s",
	    why);
	ATF_REQUIRE_EQ(im->len, res.size);
	ATF_REQUIRE_EQ(0,
	    table_init(t, TABLE_COUNTRY, image_seal(im), im->len));
	ATF_CHECK_EQ(res.entries, t->entries);
}

ATF_TC(forms_of_inet);
ATF_TC_HEAD(forms_of_inet, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "IPv4 addresses inside of others have no country, and one entry "
	    "for all of IPv4 is one");
	atf_tc_set_md_var(tc, "require.progs", "perl");
}
ATF_TC_BODY(forms_of_inet, tc)
{
	static uint8_t           db[DATABASE_MAX];
	static const char *const without[] = {
		"::ffff:192.0.2.1",
		"2002:c000:201::1",
		"::192.0.2.1",
		"2001:0:c000:201::1",
		"2001:db8::1",
		"::",
	};
	struct image im;
	struct table t;
	struct addr  a;
	size_t       i, n;

	n = write_database(tc, "-r 24", "192.0.2.0/24 DE\n", db);
	load(db, n, &im, &t);
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		ATF_REQUIRE_EQ(0, addr_parse(&a, without[i]));
		ATF_CHECK_EQ_MSG(0, table_country(&t, &a), "%s", without[i]);
	}
	image_free(&im);
	n = write_database(tc, "-n", "::/8 US\n2400::/12 FR\n", db);
	load(db, n, &im, &t);
	ATF_REQUIRE_EQ(0, addr_parse(&a, "0.0.0.0"));
	ATF_CHECK_EQ(TABLE_COUNTRY('U', 'S'), table_country(&t, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "255.255.255.255"));
	ATF_CHECK_EQ(TABLE_COUNTRY('U', 'S'), table_country(&t, &a));
	image_free(&im);
	n = write_database(tc, "-4", "0.0.0.0/1 US bare\n128.0.0.0/2 US bare\n",
	    db);
	load(db, n, &im, &t);
	ATF_CHECK_EQ(2, t.entries);
	ATF_REQUIRE_EQ(0, addr_parse(&a, "191.255.255.255"));
	ATF_CHECK_EQ(TABLE_COUNTRY('U', 'S'), table_country(&t, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "192.0.0.0"));
	ATF_CHECK_EQ(0, table_country(&t, &a));
	image_free(&im);
}

ATF_TC(refused);
ATF_TC_HEAD(refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is no database of countries is refused, and why is said");
	atf_tc_set_md_var(tc, "require.progs", "perl");
}
ATF_TC_BODY(refused, tc)
{
	static uint8_t      db[DATABASE_MAX];
	struct table_result res;
	struct image        im;
	char                why[TABLE_FAULT_SIZE];
	size_t              n;

	memset(&im, 0, sizeof(im));
	n = write_database(tc, "-t GeoLite2-ASN", "192.0.2.0/24 DE none\n", db);
	ATF_CHECK_EQ(-1, geo_build(db, n, image_take, &im, &res, why));
	ATF_CHECK_STREQ("no address has a country: database of type "
			"\"GeoLite2-ASN\"",
	    why);
	ATF_CHECK_EQ(-1, geo_build("", 0, image_take, &im, &res, why));
	ATF_CHECK_STREQ("not a MaxMind DB file, or not all of one", why);
	n = write_database(tc, "", "192.0.2.0/24 DE\n", db);
	ATF_CHECK_EQ(-1,
	    geo_build(db + 600, n - 600, image_take, &im, &res, why));
	ATF_CHECK_STREQ("truncated MaxMind DB file", why);
	ATF_CHECK_EQ(0, im.len);
}

ATF_TC(damage);
ATF_TC_HEAD(damage, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a database cut anywhere or with any byte changed does no harm");
	atf_tc_set_md_var(tc, "require.progs", "perl");
}
ATF_TC_BODY(damage, tc)
{
	static uint8_t db[DATABASE_MAX], bad[DATABASE_MAX];
	size_t         i, j, k, n;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		n = write_database(tc, options[i],
		    i < 3 ?
			"192.0.2.0/24 DE\n"
			"198.51.100.0/24 US flat\n2400::/12 FR registered\n" :
			"192.0.2.0/24 DE\n198.51.100.0/24 US flat\n",
		    db);
		for (j = 0; j < n; j++) {
			try_damaged(db, j);
			memcpy(bad, db, n);
			for (k = 0; k < 4; k++) {
				bad[j] = (uint8_t)(k == 0 ? 0 :
					k == 1            ? 0xff :
							    rand());
				try_damaged(bad, n);
			}
		}
	}
}

/* Whatever comes of it, it ends, stays inside, and can be looked into. */
static void
try_damaged(const uint8_t *db, size_t n)
{
	struct table_result res;
	struct image        in, out;
	struct table        t;
	struct addr         a;
	char                why[TABLE_FAULT_SIZE];

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	(void)image_take(&in, db, n);
	if (geo_build(image_seal(&in), n, image_take, &out, &res, why) == 0) {
		ATF_REQUIRE_EQ(0,
		    table_init(&t, TABLE_COUNTRY, out.p, out.len));
		ATF_REQUIRE_EQ(0, addr_parse(&a, "192.0.2.1"));
		(void)table_country(&t, &a);
	} else
		ATF_CHECK(why[0] != '\0');
	image_free(&in);
	image_free(&out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random_nets);
	ATF_TP_ADD_TC(tp, forms_of_inet);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, damage);
	return atf_no_error();
}
