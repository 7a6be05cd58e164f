/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Runs a fuzzer's entry over files and the files of folders, once each, so
 * that a machine without libFuzzer still runs all old inputs.  Linked to one
 * fuzzer at a time.  Ends with 1 if there was nothing to run.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Longest input; libFuzzer makes none that is longer. */
#define INPUT_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned int run_folder(const char *);
static unsigned int run_file(const char *);

int
main(int argc, char *argv[])
{
	struct stat  st;
	unsigned int n;
	int          i;

	n = 0;
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == -1)
			err(1, "%s", argv[i]);
		n += S_ISDIR(st.st_mode) ? run_folder(argv[i]) :
					   run_file(argv[i]);
	}
	printf("%u inputs\n", n);
	return n == 0;
}

static unsigned int
run_folder(const char *name)
{
	struct dirent *d;
	DIR           *dir;
	char           path[4096];
	unsigned int   n;

	if ((dir = opendir(name)) == NULL)
		err(1, "%s", name);
	n = 0;
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", name,
			d->d_name) >= sizeof(path))
			errx(1, "%s: path too long", d->d_name);
		n += run_file(path);
	}
	(void)closedir(dir);
	return n;
}

/* The memory ends with the input, as a sanitizer will see. */
static unsigned int
run_file(const char *path)
{
	struct stat st;
	FILE       *f;
	uint8_t    *data;
	size_t      size;

	if ((f = fopen(path, "r")) == NULL || fstat(fileno(f), &st) == -1)
		err(1, "%s", path);
	if (st.st_size > INPUT_MAX)
		errx(1, "%s: too long", path);
	size = (size_t)st.st_size;
	if ((data = malloc(size > 0 ? size : 1)) == NULL)
		err(1, "%s", path);
	if (fread(data, 1, size, f) != size)
		err(1, "%s", path);
	(void)fclose(f);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}
