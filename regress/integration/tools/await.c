/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * await [-n count] [-t seconds] file text
 *
 * Waits until the file has count lines (1) that contain the text; fails
 * after so many seconds (10).  Tests wait for what is said, never for time to
 * pass.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int count(const char *, const char *);

int
main(int argc, char *argv[])
{
	const struct timespec step = { 0, 5 * 1000 * 1000 };
	struct timespec       now, end;
	int                   ch, want = 1, seconds = 10;

	while ((ch = getopt(argc, argv, "n:t:")) != -1) {
		switch (ch) {
		case 'n':
			want = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			seconds = (int)strtol(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2)
		errx(2, "usage: await [-n count] [-t seconds] file text");
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		if (count(argv[optind], argv[optind + 1]) >= want)
			return 0;
		(void)nanosleep(&step, NULL);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	errx(1, "%s: no \"%s\" within %d seconds", argv[optind],
	    argv[optind + 1], seconds);
}

static int
count(const char *file, const char *text)
{
	char  *line = NULL;
	size_t size = 0;
	FILE  *f;
	int    n = 0;

	if ((f = fopen(file, "r")) == NULL)
		return 0;
	while (getline(&line, &size, f) != -1)
		n += strstr(line, text) != NULL;
	free(line);
	(void)fclose(f);
	return n;
}
