/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reads a config and prints it, as socks5d -nv does but with none of the
 * daemon around it: complaints to stderr, exit status 1 if there were errors.
 * Then does the same again in the same process, as a reload would, and ends
 * with 3 if anything differs.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "config/parse.h"

#define OVERRIDES_MAX 16

/* What one reading gave. */
struct reading {
	char *complaints;
	char *printed; /* NULL if it was refused */
};

static void read_config(struct reading *, const char *,
    const struct parse_override *, size_t);
static void complain(void *, const char *);
static void override(struct parse_override *, char *);
static void usage(void);

int
main(int argc, char *argv[])
{
	struct parse_override overrides[OVERRIDES_MAX];
	struct reading        one, two;
	size_t                n = 0;
	int                   ch, status;

	while ((ch = getopt(argc, argv, "D:")) != -1) {
		if (ch != 'D' || n == OVERRIDES_MAX)
			usage();
		override(&overrides[n++], optarg);
	}
	if (optind + 1 != argc)
		usage();
	read_config(&one, argv[optind], overrides, n);
	read_config(&two, argv[optind], overrides, n);
	fputs(one.complaints, stderr);
	if (one.printed != NULL)
		fputs(one.printed, stdout);
	status = one.printed == NULL;
	if (strcmp(one.complaints, two.complaints) != 0 ||
	    (one.printed == NULL) != (two.printed == NULL) ||
	    (one.printed != NULL && strcmp(one.printed, two.printed) != 0))
		status = 3;
	free(one.complaints);
	free(one.printed);
	free(two.complaints);
	free(two.printed);
	return status;
}

static void
read_config(struct reading *r, const char *path,
    const struct parse_override *overrides, size_t n)
{
	struct conf *conf;
	FILE        *fp;
	size_t       len;

	r->printed = NULL;
	if ((fp = open_memstream(&r->complaints, &len)) == NULL)
		err(3, "open_memstream");
	conf = parse_config(path, overrides, n, complain, fp);
	fclose(fp);
	if (conf == NULL)
		return;
	if ((fp = open_memstream(&r->printed, &len)) == NULL)
		err(3, "open_memstream");
	conf_print(fp, conf);
	fclose(fp);
	conf_free(conf);
}

static void
complain(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

static void
override(struct parse_override *o, char *text)
{
	char *equal;

	if ((equal = strchr(text, '=')) == NULL)
		usage();
	*equal = '\0';
	o->name = text;
	o->value = equal + 1;
	o->quiet = 0;
}

static void
usage(void)
{
	fprintf(stderr, "usage: conf_cat [-D name=value] file\n");
	exit(2);
}
