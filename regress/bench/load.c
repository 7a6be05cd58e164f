/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * load: puts a load on a proxy and measures what it costs.
 *
 *	load [-T] [-c clients] [-d destinations] [-f in-flight] [-l length]
 *	    [-n count] [-o file] [-P pid] [-p port] [-S seed] [-s seconds]
 *	    [-t port] [-u user:password] [-w count] mode
 *
 *	rate		clients in a loop: connect, a byte and back, reset;
 *			count sessions
 *	pingpong	64 bytes and back on clients sessions; count trips
 *	down, up	count bytes over clients streams
 *	idle		clients sessions that do nothing, for so many seconds
 *	mixed		count sessions of all sizes that end in all ways
 *	fair		clients streams down for so many seconds, and meanwhile
 *			a client that does what it does in rate
 *	udp		datagrams there and back on clients associations;
 *			count trips
 *	udpsetup	clients in a loop: connect, associate, a datagram and
 *			back, reset; count associations
 *	udpidle		clients associations that do nothing after the first
 *			datagram, for so many seconds
 *	start		the tree of processes as it is
 *	target		no load, only targets, until standard input ends;
 *			prints their ports
 *
 *	-d	udp: so many destinations, at 127.0.0.1 and the next addresses
 *	-f	udp: datagrams of one association under way
 *	-l	udp: bytes of each datagram
 *	-o	mixed: a line for each session goes there
 *	-P	process whose tree is measured: CPU seconds and PSS
 *	-p	port of the proxy on 127.0.0.1
 *	-S	mixed: the same number, the same sessions
 *	-T	the proxy is a plain relay to a target; no SOCKS5
 *	-t	port of a target that runs already
 *	-u	each connection logs in (RFC 1929)
 *	-w	so many sessions or trips before anything is counted
 *
 * It prints one JSON object.  Who runs it is bench.py or a person; it is not
 * part of what is installed.
 */

#include <sys/resource.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "udp.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static void           login(struct options *, char *);
static uint64_t       number(const char *, uint64_t, uint64_t);
static void           mode_target(const struct options *);
static void           raise_limit(void);
_Noreturn static void usage(void);

static const struct mode {
	const char *name;
	void (*run)(const struct options *);
	int proxy; /* needs -p */
} modes[] = {
	{ "rate", mode_rate, 1 },
	{ "pingpong", mode_pingpong, 1 },
	{ "down", mode_down, 1 },
	{ "up", mode_up, 1 },
	{ "idle", mode_idle, 1 },
	{ "mixed", mode_mixed, 1 },
	{ "fair", mode_fair, 1 },
	{ "udp", mode_udp, 1 },
	{ "udpsetup", mode_udpsetup, 1 },
	{ "udpidle", mode_udpidle, 1 },
	{ "start", mode_start, 0 },
	{ "target", mode_target, 0 },
};

int
main(int argc, char *argv[])
{
	struct options o = { .clients = 1,
		.count = 1000,
		.seconds = 5,
		.inflight = 1,
		.length = 64,
		.destinations = 1 };
	size_t         i;
	int            ch;

	while ((ch = getopt(argc, argv, "c:d:f:l:n:o:P:p:S:s:Tt:u:w:")) != -1) {
		switch (ch) {
		case 'c':
			o.clients = (unsigned int)number(optarg, 1, 100000);
			break;
		case 'd':
			o.destinations = (unsigned int)number(optarg, 1,
			    UDP_TARGETS);
			break;
		case 'f':
			o.inflight = (unsigned int)number(optarg, 1,
			    UDP_SLOTS_MAX);
			break;
		case 'l':
			o.length = (unsigned int)number(optarg, UDP_LENGTH_MIN,
			    UDP_LENGTH_MAX);
			break;
		case 'n':
			o.count = number(optarg, 1, UINT64_MAX / 2);
			break;
		case 'o':
			o.file = optarg;
			break;
		case 'P':
			o.pid = (pid_t)number(optarg, 1, INT32_MAX);
			break;
		case 'p':
			o.proxy = (uint16_t)number(optarg, 1, UINT16_MAX);
			break;
		case 'S':
			o.seed = number(optarg, 0, UINT64_MAX);
			break;
		case 's':
			o.seconds = (unsigned int)number(optarg, 1, 3600);
			break;
		case 'T':
			o.plain = 1;
			break;
		case 't':
			o.target = (uint16_t)number(optarg, 1, UINT16_MAX);
			break;
		case 'u':
			login(&o, optarg);
			break;
		case 'w':
			o.warm = (unsigned int)number(optarg, 0, UINT32_MAX);
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 1)
		usage();
	o.mode = argv[optind];
	raise_limit();
	for (i = 0; i < nitems(modes); i++) {
		if (strcmp(modes[i].name, o.mode) == 0 &&
		    (o.proxy != 0 || !modes[i].proxy)) {
			modes[i].run(&o);
			return 0;
		}
	}
	usage();
}

/* Splits a user and a password. */
static void
login(struct options *o, char *s)
{
	o->user = s;
	o->pass = s + strcspn(s, ":");
	if (*o->pass != '\0')
		*o->pass++ = '\0';
	if (*o->user == '\0' || strlen(o->user) > LOAD_NAME_MAX ||
	    strlen(o->pass) > LOAD_NAME_MAX)
		errx(2, "not a user and a password: user:password");
}

static uint64_t
number(const char *s, uint64_t min, uint64_t max)
{
	uint64_t v;
	char    *end;

	v = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || v < min || v > max)
		errx(2, "%s: not a number from %llu to %llu", s,
		    (unsigned long long)min, (unsigned long long)max);
	return v;
}

static void
mode_target(const struct options *o)
{
	uint16_t port[TARGET_MAX] = { 0 };
	uint16_t udp = 0;
	pid_t    pid[TARGET_MAX], udp_pid;
	int      i;

	for (i = 0; i < TARGET_MAX; i++)
		pid[i] = target_start((enum target_kind)i, &port[i]);
	udp_pid = udp_target_start(&udp);
	printf("{\"echo\":%u,\"sink\":%u,\"source\":%u,\"script\":%u,"
	       "\"udp\":%u}\n",
	    port[TARGET_ECHO], port[TARGET_SINK], port[TARGET_SOURCE],
	    port[TARGET_SCRIPT], udp);
	(void)fflush(stdout);
	while (getchar() != EOF)
		continue;
	for (i = 0; i < TARGET_MAX; i++)
		target_stop(pid[i]);
	target_stop(udp_pid);
}

/* A descriptor for each client and one for each that the target serves. */
static void
raise_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "open files");
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "open files");
}

static void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: load [-T] [-c clients] [-d destinations] [-f in-flight] "
	    "[-l length]\n\t[-n count] [-o file] [-P pid] [-p port] "
	    "[-S seed] [-s seconds]\n\t[-t port] [-u user:password] "
	    "[-w count] mode\n");
	exit(2);
}
