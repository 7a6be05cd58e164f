/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * From a database of MaxMind's format to a table of countries: see geo.h.
 *
 * The library opens files by their path alone, so what it would find out when
 * opening one is found out here, by its own decoder; it then reads nodes and
 * values.
 */

#include <sys/types.h>
#include <sys/endian.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <maxminddb.h>

#include "compat/nitems.h"
#include "table/geo.h"
#include "table/image.h"
#include "table/table.h"

/* Of the format, https://maxmind.github.io/MaxMind-DB/ (version 2.0). */
#define MARKER         "\xab\xcd\xefMaxMind.com"
#define MARKER_LEN     (sizeof(MARKER) - 1)
#define MARKER_AREA    (128 * 1024)
#define SEPARATOR_LEN  16
#define FORMAT_VERSION 2
#define SECTION_MIN    3 /* the library counts on these */

#define DEPTH_MAX  128
#define MEMO_MIN   4096
#define RANGES_MIN 4096

/* Where in the addresses of one family countries change. */
struct ranges {
	uint8_t *from;  /* width bytes each */
	uint8_t *codes; /* two bytes each */
	size_t   width;
	uint32_t n;
	uint32_t size;
	uint16_t last;
};

/* The country that the value at an offset names; many addresses share one. */
struct memo {
	uint32_t offset;
	uint16_t code;
	uint16_t used;
};

struct geo {
	MMDB_s        db;
	char          type[64];
	uint32_t      v4_node; /* where IPv4 begins in an IPv6 tree */
	uint64_t      visits;
	int           found; /* there was some country */
	struct memo  *memo;
	size_t        nmemo;
	size_t        memosize; /* a power of two */
	struct ranges v4;
	struct ranges v6;
	char         *why;
};

/* The first node and how deep it is; what lies below goes to ranges. */
struct walk {
	struct ranges *ranges;
	unsigned int   bits;
	uint8_t        addr[16];
};

static int            geo_open(struct geo *, const uint8_t *, size_t);
static const uint8_t *find_marker(const uint8_t *, size_t);
static int            geo_metadata(struct geo *);
static int            metadata_number(MMDB_s *, const char *, uint64_t *);
static void           metadata_type(MMDB_s *, char *, size_t);
static int            geo_sections(struct geo *, const uint8_t *, size_t);
static int            geo_walk(struct geo *);
static int            geo_find_v4(struct geo *, struct walk *);
static int walk_node(struct geo *, struct walk *, uint32_t, unsigned int);
static int walk_record(struct geo *, struct walk *, uint64_t, uint8_t,
    const MMDB_entry_s *, unsigned int);
static int geo_code(struct geo *, const MMDB_entry_s *, uint16_t *);
static struct memo *memo_find(struct geo *, uint32_t);
static int          memo_grow(struct geo *);
static int          value_code(struct geo *, const MMDB_entry_s *, uint16_t *);
static uint16_t     data_code(const MMDB_entry_data_s *);
static int ranges_add(struct geo *, struct ranges *, const uint8_t *, uint16_t);
static int geo_image(const struct geo *, table_put, void *,
    struct table_result *);
static int geo_refuse(struct geo *, const char *);

int
geo_build(const void *mmdb, size_t len, table_put put, void *arg,
    struct table_result *res, char why[TABLE_FAULT_SIZE])
{
	struct geo geo;
	int        ret = -1;

	memset(&geo, 0, sizeof(geo));
	geo.v4.width = 4;
	geo.v6.width = 16;
	geo.why = why;
	why[0] = '\0';
	memset(res, 0, sizeof(*res));
	if (geo_open(&geo, mmdb, len) == -1 || geo_walk(&geo) == -1)
		goto done;
	if (!geo.found) {
		(void)snprintf(why, TABLE_FAULT_SIZE,
		    "no address has a "
		    "country: database of type \"%s\"",
		    geo.type);
		goto done;
	}
	if ((ret = geo_image(&geo, put, arg, res)) == -1)
		(void)geo_refuse(&geo, strerror(errno));
	else if (geo.v4.n == 0 || geo.v6.n == 0)
		(void)snprintf(why, TABLE_FAULT_SIZE,
		    "%s addresses only: the "
		    "country of every %s address is unknown",
		    geo.v4.n == 0 ? "IPv6" : "IPv4",
		    geo.v4.n == 0 ? "IPv4" : "IPv6");
done:
	free(geo.memo);
	free(geo.v4.from);
	free(geo.v4.codes);
	free(geo.v6.from);
	free(geo.v6.codes);
	return ret;
}

static int
geo_refuse(struct geo *geo, const char *why)
{
	(void)strlcpy(geo->why, why, TABLE_FAULT_SIZE);
	return -1;
}

static int
geo_open(struct geo *geo, const uint8_t *p, size_t len)
{
	const uint8_t *metadata;

	if (len > TABLE_FILE_MAX)
		return geo_refuse(geo, "longer than 256 MiB");
	if ((metadata = find_marker(p, len)) == NULL)
		return geo_refuse(geo,
		    "not a MaxMind DB file, or not "
		    "all of one");
	metadata += MARKER_LEN;
	geo->db.filename = "";
	geo->db.file_content = p;
	geo->db.file_size = (ssize_t)len;
	geo->db.metadata_section = metadata;
	geo->db.metadata_section_size = (uint32_t)(p + len - metadata);
	if (geo_metadata(geo) == -1)
		return geo_refuse(geo,
		    "MaxMind DB metadata invalid or of an "
		    "unknown version");
	if (geo_sections(geo, p, len) == -1)
		return geo_refuse(geo, "truncated MaxMind DB file");
	return 0;
}

/* The last one, and not too far from the end. */
static const uint8_t *
find_marker(const uint8_t *p, size_t len)
{
	const uint8_t *found = NULL, *next, *end = p + len;

	if (len > MARKER_AREA)
		p += len - MARKER_AREA;
	while ((next = memmem(p, (size_t)(end - p), MARKER, MARKER_LEN)) !=
	    NULL) {
		found = next;
		p = next + 1;
	}
	return found;
}

static int
geo_metadata(struct geo *geo)
{
	MMDB_s   db;
	uint64_t nodes, record, version, format;

	if (geo->db.metadata_section_size < SECTION_MIN)
		return -1;
	/* To the decoder it is a section like any other. */
	memset(&db, 0, sizeof(db));
	db.data_section = geo->db.metadata_section;
	db.data_section_size = geo->db.metadata_section_size;
	if (metadata_number(&db, "node_count", &nodes) == -1 ||
	    metadata_number(&db, "record_size", &record) == -1 ||
	    metadata_number(&db, "ip_version", &version) == -1 ||
	    metadata_number(&db, "binary_format_major_version", &format) == -1)
		return -1;
	if (nodes == 0 || nodes > UINT32_MAX || format != FORMAT_VERSION ||
	    (record != 24 && record != 28 && record != 32) ||
	    (version != 4 && version != 6))
		return -1;
	metadata_type(&db, geo->type, sizeof(geo->type));
	geo->db.metadata.node_count = (uint32_t)nodes;
	geo->db.metadata.record_size = (uint16_t)record;
	geo->db.metadata.ip_version = (uint16_t)version;
	geo->db.full_record_byte_size = (uint16_t)(record * 2 / 8);
	geo->db.depth = version == 4 ? 32 : 128;
	return 0;
}

static int
metadata_number(MMDB_s *db, const char *key, uint64_t *n)
{
	MMDB_entry_s      start = { .mmdb = db, .offset = 0 };
	MMDB_entry_data_s data;

	if (MMDB_get_value(&start, &data, key, NULL) != MMDB_SUCCESS ||
	    !data.has_data)
		return -1;
	switch (data.type) {
	case MMDB_DATA_TYPE_UINT16:
		*n = data.uint16;
		return 0;
	case MMDB_DATA_TYPE_UINT32:
		*n = data.uint32;
		return 0;
	case MMDB_DATA_TYPE_UINT64:
		*n = data.uint64;
		return 0;
	default:
		return -1;
	}
}

/* What it calls itself, for people: nothing depends on it. */
static void
metadata_type(MMDB_s *db, char *dst, size_t size)
{
	MMDB_entry_s      start = { .mmdb = db, .offset = 0 };
	MMDB_entry_data_s data;
	size_t            i;

	(void)strlcpy(dst, "?", size);
	if (MMDB_get_value(&start, &data, "database_type", NULL) !=
		MMDB_SUCCESS ||
	    !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return;
	for (i = 0; i < data.data_size && i < size - 1; i++)
		dst[i] = data.utf8_string[i] >= ' ' &&
			data.utf8_string[i] <= '~' ?
		    data.utf8_string[i] :
		    '?';
	dst[i] = '\0';
}

/* The tree, a separator, the data, all before the metadata. */
static int
geo_sections(struct geo *geo, const uint8_t *p, size_t len)
{
	uint64_t tree;
	size_t   rest;

	tree = (uint64_t)geo->db.metadata.node_count *
		geo->db.full_record_byte_size +
	    SEPARATOR_LEN;
	rest = (size_t)(geo->db.metadata_section - p) - MARKER_LEN;
	if (tree > rest || rest - tree < SECTION_MIN)
		return -1;
	/*
	 * The library takes the metadata for a part of the data, and counts
	 * on that when it looks whether a record points into it.
	 */
	geo->db.data_section = p + tree;
	geo->db.data_section_size = (uint32_t)(len - tree);
	return 0;
}

static int
geo_walk(struct geo *geo)
{
	struct walk walk;

	memset(&walk, 0, sizeof(walk));
	walk.ranges = &geo->v4;
	walk.bits = 32;
	if (geo->db.metadata.ip_version == 4)
		return walk_node(geo, &walk, 0, 0);
	if (geo_find_v4(geo, &walk) == -1)
		return -1;
	walk.ranges = &geo->v6;
	walk.bits = 128;
	return walk_node(geo, &walk, 0, 0);
}

/*
 * In a tree of IPv6 the addresses of IPv4 are ::/96.  Other forms of them
 * (mapped, 6to4, Teredo) lead to the same node and are left out there: they
 * are not what is asked for.
 */
static int
geo_find_v4(struct geo *geo, struct walk *walk)
{
	MMDB_search_node_s node;
	uint32_t           n = 0;
	unsigned int       depth;

	for (depth = 0; depth < 96; depth++) {
		if (MMDB_read_node(&geo->db, n, &node) != MMDB_SUCCESS)
			return geo_refuse(geo, "corrupt search tree");
		if (node.left_record_type != MMDB_RECORD_TYPE_SEARCH_NODE)
			return walk_record(geo, walk, node.left_record,
			    node.left_record_type, &node.left_record_entry, 0);
		n = (uint32_t)node.left_record;
	}
	if (walk_node(geo, walk, n, 0) == -1)
		return -1;
	geo->v4_node = n;
	return 0;
}

/*
 * Both halves of a node, lower addresses first.  The node before is at most
 * DEPTH_MAX calls up.
 */
static int
walk_node(struct geo *geo, struct walk *walk, uint32_t n, unsigned int depth)
{
	MMDB_search_node_s node;
	int                ret;

	/* Nobody needs to come twice to a node that is no loop's. */
	if (++geo->visits > 2 * (uint64_t)geo->db.metadata.node_count ||
	    depth >= walk->bits ||
	    MMDB_read_node(&geo->db, n, &node) != MMDB_SUCCESS)
		return geo_refuse(geo, "corrupt search tree");
	if (walk_record(geo, walk, node.left_record, node.left_record_type,
		&node.left_record_entry, depth + 1) == -1)
		return -1;
	walk->addr[depth / 8] |= (uint8_t)(0x80 >> depth % 8);
	ret = walk_record(geo, walk, node.right_record, node.right_record_type,
	    &node.right_record_entry, depth + 1);
	walk->addr[depth / 8] &= (uint8_t) ~(0x80 >> depth % 8);
	return ret;
}

static int
walk_record(struct geo *geo, struct walk *walk, uint64_t record, uint8_t type,
    const MMDB_entry_s *entry, unsigned int depth)
{
	uint16_t code = TABLE_COUNTRY_UNKNOWN;

	switch (type) {
	case MMDB_RECORD_TYPE_SEARCH_NODE:
		if (geo->v4_node == 0 || record != geo->v4_node)
			return walk_node(geo, walk, (uint32_t)record, depth);
		break;
	case MMDB_RECORD_TYPE_EMPTY:
		break;
	case MMDB_RECORD_TYPE_DATA:
		if (geo_code(geo, entry, &code) == -1)
			return -1;
		break;
	default:
		return geo_refuse(geo, "corrupt search tree");
	}
	return ranges_add(geo, walk->ranges, walk->addr, code);
}

/* Asks the library once for each value. */
static int
geo_code(struct geo *geo, const MMDB_entry_s *entry, uint16_t *code)
{
	struct memo *memo;

	if (geo->nmemo >= geo->memosize / 2 && memo_grow(geo) == -1)
		return geo_refuse(geo, strerror(errno));
	memo = memo_find(geo, entry->offset);
	if (!memo->used) {
		if (value_code(geo, entry, code) == -1)
			return -1;
		memo->offset = entry->offset;
		memo->code = *code;
		memo->used = 1;
		geo->nmemo++;
	}
	*code = memo->code;
	return 0;
}

/* Its place or the free one where it belongs. */
static struct memo *
memo_find(struct geo *geo, uint32_t offset)
{
	size_t i;

	i = (offset * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (geo->memosize - 1);
	while (geo->memo[i].used && geo->memo[i].offset != offset)
		i = (i + 1) & (geo->memosize - 1);
	return &geo->memo[i];
}

static int
memo_grow(struct geo *geo)
{
	struct memo *old = geo->memo;
	size_t       i, oldsize = geo->memosize;

	geo->memosize = oldsize == 0 ? MEMO_MIN : 2 * oldsize;
	if ((geo->memo = calloc(geo->memosize, sizeof(*old))) == NULL) {
		geo->memo = old;
		geo->memosize = oldsize;
		return -1;
	}
	for (i = 0; i < oldsize; i++) {
		if (old[i].used)
			*memo_find(geo, old[i].offset) = old[i];
	}
	free(old);
	return 0;
}

/*
 * The country of a value, as MaxMind's databases have it, then as others do.
 * One without any is nothing wrong.
 */
static int
value_code(struct geo *geo, const MMDB_entry_s *entry, uint16_t *code)
{
	static const char *const paths[][3] = {
		{ "country", "iso_code", NULL },
		{ "registered_country", "iso_code", NULL },
		{ "country_code", NULL, NULL },
		{ "country", NULL, NULL },
	};
	MMDB_entry_s      start = *entry;
	MMDB_entry_data_s data;
	size_t            i;

	*code = TABLE_COUNTRY_UNKNOWN;
	for (i = 0; i < nitems(paths); i++) {
		switch (MMDB_aget_value(&start, &data, paths[i])) {
		case MMDB_SUCCESS:
			if ((*code = data_code(&data)) != 0) {
				geo->found = 1;
				return 0;
			}
			break;
		case MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR:
		case MMDB_INVALID_LOOKUP_PATH_ERROR:
			break;
		default:
			return geo_refuse(geo, "corrupt data section");
		}
	}
	return 0;
}

static uint16_t
data_code(const MMDB_entry_data_s *data)
{
	const char *s = data->utf8_string;

	if (!data->has_data || data->type != MMDB_DATA_TYPE_UTF8_STRING ||
	    data->data_size != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' ||
	    s[1] > 'Z')
		return TABLE_COUNTRY_UNKNOWN;
	return TABLE_COUNTRY(s[0], s[1]);
}

/* From here on it is another country; nothing to add if it is the same. */
static int
ranges_add(struct geo *geo, struct ranges *r, const uint8_t *from,
    uint16_t code)
{
	uint8_t *p;
	uint32_t size;

	if (code == r->last)
		return 0;
	if (r->n == r->size) {
		if (r->n >= TABLE_ENTRIES_MAX)
			return geo_refuse(geo, "too many ranges");
		size = r->size == 0 ? RANGES_MIN : 2 * r->size;
		if ((p = reallocarray(r->from, size, r->width)) == NULL)
			return geo_refuse(geo, strerror(errno));
		r->from = p;
		if ((p = reallocarray(r->codes, size, 2)) == NULL)
			return geo_refuse(geo, strerror(errno));
		r->codes = p;
		r->size = size;
	}
	memcpy(r->from + r->n * r->width, from, r->width);
	be16enc(r->codes + (size_t)r->n * 2, code);
	r->n++;
	r->last = code;
	return 0;
}

static int
geo_image(const struct geo *geo, table_put put, void *arg,
    struct table_result *res)
{
	static const uint8_t no_key[TABLE_KEY_LEN];
	struct image_out    *o;
	uint32_t             n[TABLE_SECTIONS];
	int                  ret;

	if ((o = malloc(sizeof(*o))) == NULL)
		return -1;
	n[IMAGE_FROM4] = n[IMAGE_CODES4] = geo->v4.n;
	n[IMAGE_FROM6] = n[IMAGE_CODES6] = geo->v6.n;
	res->entries = res->added = geo->v4.n + geo->v6.n;
	image_begin(o, put, arg, TABLE_COUNTRY, res->entries, no_key, n);
	image_put(o, geo->v4.from, geo->v4.n * geo->v4.width);
	image_put(o, geo->v4.codes, (size_t)geo->v4.n * 2);
	image_put(o, geo->v6.from, geo->v6.n * geo->v6.width);
	image_put(o, geo->v6.codes, (size_t)geo->v6.n * 2);
	res->size = o->size;
	ret = image_end(o);
	free(o);
	return ret;
}
