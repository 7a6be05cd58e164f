/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * images: what tables of a million entries cost to load, to keep and to ask.
 *
 * Makes texts with a million addresses of either family and a million domains,
 * builds an image of each, asks it, and prints one JSON object: bytes of the
 * image, milliseconds of CPU and bytes of memory to build it, nanoseconds for
 * a question.  Run by bench.py or by hand; links tables and nothing that does
 * any I/O.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "table/build.h"

#define ENTRIES   1000000
#define QUESTIONS (1 << 16) /* every other has the answer yes */
#define PIECE     65536     /* as a file is read */

struct bytes {
	uint8_t *p;
	size_t   len;
	size_t   size;
};

static void     measure(const char *, enum table_kind,
	void (*)(uint64_t, char *, size_t));
static void     build(struct bytes *, enum table_kind, const struct bytes *);
static int      put(void *, const void *, size_t);
static void     complain(void *, uint32_t, const char *);
static double   ask(const struct bytes *, enum table_kind,
      void (*)(uint64_t, char *, size_t));
static void     make_inet(uint64_t, char *, size_t);
static void     make_inet6(uint64_t, char *, size_t);
static void     make_domain(uint64_t, char *, size_t);
static uint64_t mix(uint64_t);
static double   cpu_ms(void);
static long     rss_kb(void);

int
main(void)
{
	printf("{\"failed\":0");
	measure("inet", TABLE_ADDR, make_inet);
	measure("inet6", TABLE_ADDR, make_inet6);
	measure("domain", TABLE_DOMAIN, make_domain);
	printf("}\n");
	if (fflush(stdout) == EOF)
		err(1, "output");
	return 0;
}

/* In a process of its own, so that what it took of memory is just that. */
static void
measure(const char *name, enum table_kind kind,
    void (*make)(uint64_t, char *, size_t))
{
	struct bytes text = { NULL, 0, 0 }, image = { NULL, 0, 0 };
	char         entry[TABLE_ENTRY_SIZE];
	double       ms;
	uint64_t     i;
	long         kb;
	int          status;

	if (fflush(stdout) == EOF)
		err(1, "output");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		break;
	default:
		if (wait(&status) == -1 || status != 0)
			errx(1, "%s: failed", name);
		return;
	}
	for (i = 0; i < ENTRIES; i++) {
		make(2 * i, entry, sizeof(entry));
		(void)strlcat(entry, "\n", sizeof(entry));
		(void)put(&text, entry, strlen(entry));
	}
	kb = rss_kb();
	ms = cpu_ms();
	build(&image, kind, &text);
	ms = cpu_ms() - ms;
	kb = rss_kb() - kb;
	printf(",\"%s_bytes\":%zu,\"%s_ms\":%.0f,\"%s_memory\":%ld,"
	       "\"%s_ns\":%.0f",
	    name, image.len, name, ms, name, kb * 1024, name,
	    ask(&image, kind, make));
	if (fflush(stdout) == EOF)
		err(1, "output");
	_exit(0);
}

static void
build(struct bytes *image, enum table_kind kind, const struct bytes *text)
{
	struct table_result res;
	struct table_build *b;
	size_t              at, n;

	if ((b = table_build_new(kind, complain, NULL)) == NULL)
		err(1, "memory");
	for (at = 0; at < text->len; at += n) {
		n = text->len - at < PIECE ? text->len - at : PIECE;
		(void)table_build_text(b, TABLE_ADD, text->p + at, n);
	}
	if (table_build_write(b, put, image, &res) == -1 ||
	    res.entries < ENTRIES / 10 * 9)
		errx(1, "no image");
	table_build_free(b);
}

static int
put(void *arg, const void *data, size_t len)
{
	struct bytes *b = arg;

	if (b->size - b->len < len) {
		b->size = b->size + b->size / 4 + len;
		if ((b->p = realloc(b->p, b->size)) == NULL)
			err(1, "memory");
	}
	memcpy(b->p + b->len, data, len);
	b->len += len;
	return 0;
}

static void
complain(void *arg, uint32_t line, const char *text)
{
	errx(1, "%u: %s", line, text);
}

/* Nanoseconds for one question. */
static double
ask(const struct bytes *image, enum table_kind kind,
    void (*make)(uint64_t, char *, size_t))
{
	struct table t;
	struct addr *addrs;
	char(*names)[TABLE_ENTRY_SIZE];
	double       ms;
	size_t       i;
	unsigned int yes = 0;

	if (table_init(&t, kind, image->p, image->len) == -1)
		errx(1, "not an image");
	addrs = calloc(QUESTIONS, sizeof(*addrs));
	names = calloc(QUESTIONS, sizeof(*names));
	if (addrs == NULL || names == NULL)
		err(1, "memory");
	for (i = 0; i < QUESTIONS; i++) {
		make(mix(i) % ENTRIES * 2 + i % 2, names[i], sizeof(names[i]));
		(void)addr_parse(&addrs[i], names[i]);
	}
	ms = cpu_ms();
	for (i = 0; i < QUESTIONS; i++)
		yes += (unsigned int)(kind == TABLE_ADDR ?
			table_has_addr(&t, &addrs[i]) :
			table_has_name(&t, names[i]));
	ms = cpu_ms() - ms;
	if (yes < QUESTIONS / 2 || yes > QUESTIONS / 2 + QUESTIONS / 50)
		errx(1, "wrong answers: %u", yes);
	return ms * 1000000 / QUESTIONS;
}

static void
make_inet(uint64_t i, char *dst, size_t size)
{
	uint64_t x = mix(i);

	(void)snprintf(dst, size, "%u.%u.%u.%u", (unsigned int)(x & 0xff),
	    (unsigned int)(x >> 8 & 0xff), (unsigned int)(x >> 16 & 0xff),
	    (unsigned int)(x >> 24 & 0xff));
}

static void
make_inet6(uint64_t i, char *dst, size_t size)
{
	uint64_t x = mix(i), y = mix(x);

	(void)snprintf(dst, size, "2%03x:%x:%x:%x:%x:%x:%x:%x",
	    (unsigned int)(x & 0xfff), (unsigned int)(x >> 16 & 0xffff),
	    (unsigned int)(x >> 32 & 0xffff), (unsigned int)(x >> 48),
	    (unsigned int)(y & 0xffff), (unsigned int)(y >> 16 & 0xffff),
	    (unsigned int)(y >> 32 & 0xffff), (unsigned int)(y >> 48));
}

/* As those on lists are: 15 to 35 bytes, three labels. */
static void
make_domain(uint64_t i, char *dst, size_t size)
{
	static const char *const tops[] = {
		"com",
		"net",
		"org",
		"info",
		"xyz",
		"example",
		"co.uk",
		"ru",
	};
	uint64_t x = mix(i);

	(void)snprintf(dst, size, "ads%u.%.*s%012llx.%s",
	    (unsigned int)(x % 100), (int)(x >> 8 & 7), "tracker",
	    (unsigned long long)(x >> 16), tops[x >> 11 & 7]);
}

/* A number that looks as if drawn by lot, and never the same twice. */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9) + 1;
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static double
cpu_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1000 + (double)ts.tv_nsec / 1000000;
}

static long
rss_kb(void)
{
	struct rusage ru;

	(void)getrusage(RUSAGE_SELF, &ru);
	return ru.ru_maxrss;
}
