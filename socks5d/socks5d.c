/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * main: options, then the parent or the child that the command line names.
 *
 * The only file that knows all roles.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/child.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/version.h"
#include "control/control.h"
#include "hash/hash.h"
#include "loader/loader.h"
#include "parent/parent.h"
#include "relay/relay.h"
#include "resolver/resolver.h"
#include "router/router.h"
#include "upstream/upstream.h"

#define ENV_PREFIX "SOCKS5D_"

extern char **environ;

static void           descriptors_open(void);
static int            read_option(struct parent_options *, int);
static _Noreturn void usage(FILE *, int);
static _Noreturn void printed(FILE *);
static _Noreturn void child_main(const char *);
static void           override_add(struct parent_options *, char *);
static char          *name_end(char *);
static void           overrides_from_env(struct parent_options *);

int
main(int argc, char *argv[])
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct parent_options o;
	int                   ch;

	/* A child; its argument vector is ours and has just this form. */
	if (argc == 3 && strcmp(argv[1], "-x") == 0)
		child_main(argv[2]);
	descriptors_open();
	memset(&o, 0, sizeof(o));
	overrides_from_env(&o);
	while ((ch = getopt_long(argc, argv, "D:df:hns:VvW", names, NULL)) !=
	    -1) {
		if (read_option(&o, ch) == -1)
			usage(stderr, 2);
	}
	if (argc != optind) {
		(void)fprintf(stderr, "socks5d: %s: unexpected argument\n",
		    argv[optind]);
		usage(stderr, 2);
	}
	return parent_main(&o);
}

/* -1 if there is no such option. */
static int
read_option(struct parent_options *o, int ch)
{
	switch (ch) {
	case 'D':
		override_add(o, optarg);
		return 0;
	case 'd':
		o->debug = 1;
		return 0;
	case 'f':
		o->file = optarg;
		return 0;
	case 'h':
		usage(stdout, 0);
	case 'n':
		o->check = 1;
		return 0;
	case 's':
		o->socket = optarg;
		return 0;
	case 'V':
		(void)printf("socks5d %s\n", SOCKS5D_VERSION);
		printed(stdout);
	case 'v':
		o->verbose = 1;
		return 0;
	case 'W':
		o->strict = 1;
		return 0;
	default:
		return -1;
	}
}

/* Without the first three, a line of the log could go into a socket. */
static void
descriptors_open(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd == -1)
		fatal("/dev/null");
	(void)close(fd);
}

static _Noreturn void
usage(FILE *to, int status)
{
	(void)fprintf(to,
	    "usage: socks5d [-dhnVvW] [-D name=value] "
	    "[-f file] [-s socket]\n");
	if (status != 0)
		exit(status);
	(void)fprintf(to,
	    "\t-D name=value\tdefine a macro\n"
	    "\t-d\t\tstay in the foreground, log to stderr\n"
	    "\t-f file\t\tread this configuration file\n"
	    "\t-h\t\tprint this\n"
	    "\t-n\t\tcheck the configuration and exit\n"
	    "\t-s socket\tuse this control socket\n"
	    "\t-V\t\tprint the version\n"
	    "\t-v\t\tlog more; with -n, print the configuration\n"
	    "\t-W\t\twith -n, fail if there are warnings\n"
	    "See socks5d(8), socks5d.conf(5) and socks5ctl(8).\n");
	printed(to);
}

/* All of it, or that is an error. */
static _Noreturn void
printed(FILE *to)
{
	if (ferror(to) || fflush(to) == EOF) {
		perror("socks5d: stdout");
		exit(1);
	}
	exit(0);
}

static _Noreturn void
child_main(const char *name)
{
#define MAIN(id, name, ...) [PROC_##id] = name##_main,
	static void (*const mains[PROC_MAX])(struct child *) = {
		PROC_CHILD_TABLE(MAIN)
	};
	struct child *child;
	enum proc_id  role = proc_byname(name);

	if ((child = calloc(1, sizeof(*child))) == NULL)
		fatal("memory");
	child_begin(child, role);
	if (proc_is_child(role))
		mains[role](child);
	fatalx("-x is for socks5d itself");
}

/* "name=value"; both stay where they are. */
static void
override_add(struct parent_options *o, char *text)
{
	struct parse_override *more;
	char                  *value;

	if ((value = name_end(text)) == NULL) {
		(void)fprintf(stderr, "socks5d: -D %s: not name=value\n", text);
		exit(2);
	}
	*value++ = '\0';
	more = reallocarray(o->overrides, o->noverrides + 1, sizeof(*more));
	if (more == NULL)
		fatal("memory");
	o->overrides = more;
	more[o->noverrides].name = text;
	more[o->noverrides].quiet = 0;
	more[o->noverrides++].value = value;
}

/* The "=" behind the name of a macro; NULL if that is not what stands there. */
static char *
name_end(char *text)
{
	size_t n;

	n = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_");
	return n == 0 || text[n] != '=' ? NULL : text + n;
}

/* SOCKS5D_name=value is -D name=value, but weaker. */
static void
overrides_from_env(struct parent_options *o)
{
	char **e, *copy;
	size_t n = strlen(ENV_PREFIX);

	for (e = environ; *e != NULL; e++) {
		if (strncmp(*e, ENV_PREFIX, n) != 0 || name_end(*e + n) == NULL)
			continue;
		if ((copy = strdup(*e + n)) == NULL)
			fatal("memory");
		override_add(o, copy);
		/* Those of the environment may be for another file. */
		o->overrides[o->noverrides - 1].quiet = 1;
	}
}
