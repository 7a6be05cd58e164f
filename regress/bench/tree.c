/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a tree of processes uses, read from /proc: CPU time of all threads,
 * living or not, and memory as PSS.
 *
 * CPU time of living threads is that of the scheduler, in nanoseconds.  That
 * of threads and processes that have ended counts in ticks of 10 ms for each
 * process, so a run with many of those should use a second or more.
 */

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

static int      proc_read(struct tree_proc *, const char *);
static double   threads_cpu(const char *);
static void     proc_name(struct tree_proc *);
static void     tree_choose(struct tree *, pid_t);
static uint64_t proc_pss(pid_t);

void
tree_read(struct tree *t, pid_t root)
{
	struct tree_proc *procs;
	struct dirent    *e;
	DIR              *d;
	size_t            size = 0, i;

	t->procs = NULL;
	t->n = 0;
	if (root == 0)
		return;
	if ((d = opendir("/proc")) == NULL)
		err(1, "/proc");
	while ((e = readdir(d)) != NULL) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		if (t->n == size) {
			size = size * 2 + 64;
			if ((procs = reallocarray(t->procs, size,
				 sizeof(*procs))) == NULL)
				err(1, "processes");
			t->procs = procs;
		}
		if (proc_read(&t->procs[t->n], e->d_name) == 0)
			t->n++;
	}
	(void)closedir(d);
	tree_choose(t, root);
	if (t->n == 0)
		errx(1, "no process %d", (int)root);
	for (i = 0; i < t->n; i++)
		proc_name(&t->procs[i]);
}

/* From /proc/PID/stat, see proc(5).  Processes may be gone meanwhile. */
static int
proc_read(struct tree_proc *p, const char *pid)
{
	char               path[64], buf[1024], *s;
	unsigned long long ut, st;
	long long          cut, cst;
	FILE              *f;
	double             hz;
	size_t             n;
	int                parent;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return -1;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	(void)fclose(f);
	buf[n] = '\0';
	/* The name before may have anything in it, parentheses too. */
	if ((s = strrchr(buf, ')')) == NULL)
		return -1;
	if (sscanf(s + 1,
		" %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
		"%llu %llu %lld %lld",
		&parent, &ut, &st, &cut, &cst) != 5)
		return -1;
	memset(p, 0, sizeof(*p));
	p->pid = (pid_t)strtol(pid, NULL, 10);
	p->parent = parent;
	hz = (double)sysconf(_SC_CLK_TCK);
	p->cpu = threads_cpu(pid);
	/* Ended threads, or a kernel that does not tell more exactly. */
	if (p->cpu < ((double)ut + (double)st) / hz)
		p->cpu = ((double)ut + (double)st) / hz;
	p->cpu += ((double)cut + (double)cst) / hz;
	return 0;
}

/* The first number in /proc/PID/task/TID/schedstat, all threads together. */
static double
threads_cpu(const char *pid)
{
	char           path[512];
	double         ns = 0;
	uint64_t       n;
	struct dirent *e;
	DIR           *d;
	FILE          *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/task", pid);
	if ((d = opendir(path)) == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "/proc/%s/task/%s/schedstat",
		    pid, e->d_name);
		if (e->d_name[0] == '.' || (f = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(f, "%" SCNu64, &n) == 1)
			ns += (double)n;
		(void)fclose(f);
	}
	(void)closedir(d);
	return ns / 1e9;
}

/* The command line without its folder: "socks5d -x relay". */
static void
proc_name(struct tree_proc *p)
{
	char   path[64], buf[256], *s, *start = buf;
	FILE  *f;
	size_t n, i;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)p->pid);
	if ((f = fopen(path, "r")) == NULL)
		return;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	(void)fclose(f);
	buf[n] = '\0';
	if ((s = strrchr(buf, '/')) != NULL)
		start = s + 1;
	for (i = 0; i < n; i++) {
		if (!isalnum((unsigned char)buf[i]) && buf[i] != '-' &&
		    buf[i] != ':')
			buf[i] = ' ';
	}
	(void)strlcpy(p->name, start, sizeof(p->name));
	for (n = strlen(p->name); n > 0 && p->name[n - 1] == ' '; n--)
		p->name[n - 1] = '\0';
}

/* Keeps the root and all below it, whatever order they were read in. */
static void
tree_choose(struct tree *t, pid_t root)
{
	size_t i, j, kept = 0;
	int    more = 1;

	for (i = 0; i < t->n; i++)
		t->procs[i].in = t->procs[i].pid == root;
	while (more) {
		more = 0;
		for (i = 0; i < t->n; i++) {
			for (j = 0; !t->procs[i].in && j < t->n; j++) {
				if (t->procs[j].in &&
				    t->procs[j].pid == t->procs[i].parent)
					t->procs[i].in = more = 1;
			}
		}
	}
	for (i = 0; i < t->n; i++) {
		if (t->procs[i].in)
			t->procs[kept++] = t->procs[i];
	}
	t->n = kept;
}

void
tree_clear(struct tree *t)
{
	free(t->procs);
	t->procs = NULL;
	t->n = 0;
}

double
tree_cpu(const struct tree *t)
{
	double cpu = 0;
	size_t i;

	for (i = 0; i < t->n; i++)
		cpu += t->procs[i].cpu;
	return cpu;
}

uint64_t
tree_pss(const struct tree *t)
{
	uint64_t pss = 0;
	size_t   i;

	for (i = 0; i < t->n; i++)
		pss += proc_pss(t->procs[i].pid);
	return pss;
}

static uint64_t
proc_pss(pid_t pid)
{
	char     path[64], line[256];
	uint64_t kb = 0;
	FILE    *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "Pss: %" SCNu64, &kb) == 1)
			break;
	}
	(void)fclose(f);
	return kb * 1024;
}
