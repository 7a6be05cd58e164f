/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a run prints: one JSON object on one line.
 */

#include <inttypes.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

#define PART_MIN   0.01 /* smaller parts of the CPU are noise */
#define SAMPLES_US 10.0 /* a sample counts in parts of 1 us */

static int    compare(const void *, const void *);
static double cpu_before(const struct tree *, pid_t);

void
report_begin(const struct load *l)
{
	printf("{\"mode\":\"%s\"", l->o->mode);
	report_u64("clients", l->o->clients);
	report_u64("failed", l->failed);
	if (l->stalled)
		report_u64("stalled", 1);
}

void
report_u64(const char *name, uint64_t v)
{
	printf(",\"%s\":%" PRIu64, name, v);
}

void
report_num(const char *name, double v)
{
	printf(",\"%s\":%.6g", name, v);
}

void
report_end(void)
{
	printf("}\n");
	if (fflush(stdout) == EOF)
		err(1, "output");
}

void
report_latency(struct load *l)
{
	uint64_t n = l->measured;

	if (n == 0)
		return;
	qsort(l->samples, n, sizeof(*l->samples), compare);
	report_num("p50_us", l->samples[n / 2] / SAMPLES_US);
	report_num("p99_us", l->samples[n - 1 - n / 100] / SAMPLES_US);
	report_num("max_us", l->samples[n - 1] / SAMPLES_US);
}

static int
compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void
report_cpu(const struct tree *before, const struct tree *after,
    const char *name, double n)
{
	const char *comma = "";
	double      all, part;
	size_t      i;

	if (after->n == 0)
		return;
	all = tree_cpu(after) - tree_cpu(before);
	report_num("cpu_s", all);
	if (n > 0)
		report_num(name, all / n);
	printf(",\"cpu_parts\":{");
	for (i = 0; i < after->n; i++) {
		part = after->procs[i].cpu -
		    cpu_before(before, after->procs[i].pid);
		if (all > 0 && part / all >= PART_MIN) {
			printf("%s\"%s %d\":%.3f", comma, after->procs[i].name,
			    (int)after->procs[i].pid, part / all);
			comma = ",";
		}
	}
	printf("}");
}

static double
cpu_before(const struct tree *t, pid_t pid)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (t->procs[i].pid == pid)
			return t->procs[i].cpu;
	}
	return 0;
}

void
sample_add(struct load *l, uint64_t ns)
{
	uint32_t *samples;

	if (l->measured == l->maxsamples) {
		l->maxsamples = l->maxsamples * 2 + 1024;
		if ((samples = reallocarray(l->samples, l->maxsamples,
			 sizeof(*samples))) == NULL)
			err(1, "samples");
		l->samples = samples;
	}
	l->samples[l->measured++] = (uint32_t)((double)ns / 1e3 * SAMPLES_US);
}
