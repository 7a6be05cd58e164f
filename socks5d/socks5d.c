/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * main: options, then the parent or the child that the command line names.
 *
 * The only file that knows all roles.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/child.h"
#include "base/log.h"
#include "base/proc.h"
#include "control/control.h"
#include "hash/hash.h"
#include "loader/loader.h"
#include "parent/parent.h"
#include "relay/relay.h"
#include "resolver/resolver.h"
#include "router/router.h"
#include "upstream/upstream.h"

#define ENV_PREFIX	"SOCKS5D_"

extern char	**environ;

static void		descriptors_open(void);
static _Noreturn void	usage(void);
static _Noreturn void	child_main(const char *);
static void		override_add(struct parent_options *, char *);
static char		*name_end(char *);
static void		overrides_from_env(struct parent_options *);

int
main(int argc, char *argv[])
{
	struct parent_options	o;
	int			ch;

	/* A child; its argument vector is ours and has just this form. */
	if (argc == 3 && strcmp(argv[1], "-x") == 0)
		child_main(argv[2]);
	descriptors_open();
	memset(&o, 0, sizeof(o));
	overrides_from_env(&o);
	while ((ch = getopt(argc, argv, "D:df:ns:v")) != -1) {
		switch (ch) {
		case 'D':
			override_add(&o, optarg);
			break;
		case 'd':
			o.debug = 1;
			break;
		case 'f':
			o.file = optarg;
			break;
		case 'n':
			o.check = 1;
			break;
		case 's':
			o.socket = optarg;
			break;
		case 'v':
			o.verbose = 1;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	return parent_main(&o);
}

/* Without the first three, a line of the log could go into a socket. */
static void
descriptors_open(void)
{
	int	fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd == -1)
		fatal("/dev/null");
	(void)close(fd);
}

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: socks5d [-dnv] [-D name=value] "
	    "[-f file] [-s socket]\n");
	exit(2);
}

static _Noreturn void
child_main(const char *role)
{
	struct child	*child;

	if ((child = calloc(1, sizeof(*child))) == NULL)
		fatal("memory");
	child_begin(child, proc_byname(role));
	switch (proc_byname(role)) {
	case PROC_ROUTER:
		router_main(child);
	case PROC_RELAY:
		relay_main(child);
	case PROC_AUTH:
		auth_main(child);
	case PROC_RESOLVER:
		resolver_main(child);
	case PROC_CONTROL:
		control_main(child);
	case PROC_LOADER:
		loader_main(child);
	case PROC_UPSTREAM:
		upstream_main(child);
	case PROC_HASH:
		hash_main(child);
	case PROC_PARENT:
	case PROC_CTL:
	case PROC_MAX:
		break;
	}
	fatalx("-x is for socks5d itself");
}

/* "name=value"; both stay where they are. */
static void
override_add(struct parent_options *o, char *text)
{
	struct parse_override	*more;
	char			*value;

	if ((value = name_end(text)) == NULL) {
		(void)fprintf(stderr, "socks5d: -D %s: not name=value\n",
		    text);
		exit(2);
	}
	*value++ = '\0';
	more = reallocarray(o->overrides, o->noverrides + 1, sizeof(*more));
	if (more == NULL)
		fatal("memory");
	o->overrides = more;
	more[o->noverrides].name = text;
	more[o->noverrides++].value = value;
}

/* The "=" behind the name of a macro; NULL if that is not what stands there. */
static char *
name_end(char *text)
{
	size_t	n;

	n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_");
	return n == 0 || text[n] != '=' ? NULL : text + n;
}

/* SOCKS5D_name=value is -D name=value, but weaker. */
static void
overrides_from_env(struct parent_options *o)
{
	char	**e, *copy;
	size_t	  n = strlen(ENV_PREFIX);

	for (e = environ; *e != NULL; e++) {
		if (strncmp(*e, ENV_PREFIX, n) != 0 ||
		    name_end(*e + n) == NULL)
			continue;
		if ((copy = strdup(*e + n)) == NULL)
			fatal("memory");
		override_add(o, copy);
	}
}
