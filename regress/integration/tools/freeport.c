/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * freeport [count]
 *
 * Prints TCP ports that are free on all local addresses, one per line.  They
 * are not of those that the kernel gives to connections, which could take one
 * before the test does.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST 10000
#define TRIES 1000

static unsigned int ephemeral(void);
static int          bind_any(unsigned int);

int
main(int argc, char *argv[])
{
	unsigned int port, end;
	int          i, n, tries;

	n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1;
	end = ephemeral();
	/* All stay open until the end, so that no port comes twice. */
	for (i = 0; i < n; i++) {
		for (tries = 0; tries < TRIES; tries++) {
			port = FIRST + arc4random_uniform(end - FIRST);
			if (bind_any(port) == 0)
				break;
		}
		if (tries == TRIES)
			errx(1, "no free port");
		printf("%u\n", port);
	}
	return 0;
}

/* The first port that the kernel chooses from. */
static unsigned int
ephemeral(void)
{
	unsigned int low = 0;
	FILE        *f;

	f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
	if (f == NULL || fscanf(f, "%u", &low) != 1)
		low = 32768;
	if (f != NULL)
		(void)fclose(f);
	return low > 2 * FIRST ? low : 65536;
}

static int
bind_any(unsigned int port)
{
	struct sockaddr_in6 sin6;
	int                 fd;

	if ((fd = socket(AF_INET6, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_port = htons((uint16_t)port);
	if (bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == 0)
		return 0;
	(void)close(fd);
	return -1;
}
